/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* The thin coloured line that says which connection a row came from. */
#define REGIE_TYPE_CONNECTION_MARK (regie_connection_mark_get_type ())
G_DECLARE_FINAL_TYPE (RegieConnectionMark, regie_connection_mark, REGIE, CONNECTION_MARK, GtkWidget)

GtkWidget *regie_connection_mark_new (void);

/* NULL: nothing is drawn. Property "connection". */
void regie_connection_mark_set_connection (RegieConnectionMark *self, const char *connection);

/* Names a connection for everything that shows it: HUE 0..359 and TITLE (for tooltips, accessible labels and
 * filters). One never named shows its id, with a hue made from it. Existing marks follow. Main thread. */
void regie_connection_mark_register (const char *connection, guint hue, const char *title);
const char *regie_connection_mark_get_title (const char *connection);

/* The colour of CONNECTION for the light or dark scheme. */
void regie_connection_mark_get_color (const char *connection, gboolean dark, GdkRGBA *color);

G_END_DECLS
