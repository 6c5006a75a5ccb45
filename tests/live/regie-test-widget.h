/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* For tests of widgets. */

/* g_test_init() and adw_init(), with settings that do not change between machines. */
void regie_test_init (int *argc, char ***argv);

/* Iterates the main context until CONDITION holds; fails the test after ten seconds. */
#define REGIE_TEST_UNTIL(condition)                                                                          \
  G_STMT_START                                                                                               \
  {                                                                                                          \
    gint64 until_ = g_get_monotonic_time () + 10 * G_TIME_SPAN_SECOND;                                       \
    while (!(condition))                                                                                     \
      {                                                                                                      \
        if (g_get_monotonic_time () > until_)                                                                \
          g_error ("%s:%d: never came true: %s", __FILE__, __LINE__, #condition);                            \
        regie_test_iterate ();                                                                               \
      }                                                                                                      \
  }                                                                                                          \
  G_STMT_END

/* One turn of the main context, at most 5 ms long. */
void regie_test_iterate (void);

/* Iterates for the events that are there already, until nothing is left to do. */
void regie_test_settle (void);

/* A window of this size with CHILD, shown and drawn once. */
GtkWindow *regie_test_present (GtkWidget *child, int width, int height);

/* Destroys the window and waits until it is gone. */
void regie_test_close (GtkWindow *window);

/* What the widget looks like now. */
GdkTexture *regie_test_render (GtkWidget *widget);

/* How many pixels of the picture differ from its corner. */
guint regie_test_count_ink (GdkTexture *texture);

/* Sends a key to the focus of WINDOW, through the same shortcuts and controllers as a real one. */
gboolean regie_test_activate_shortcut (GtkWidget *widget, const char *trigger);

/* The first descendant of this type, or of this type with this accessible or visible label; NULL. */
GtkWidget *regie_test_find (GtkWidget *root, GType type);
GtkWidget *regie_test_find_text (GtkWidget *root, const char *text);

G_END_DECLS
