/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-application-private.h"

#include <glib/gi18n.h>
#include <libsoup/soup.h>
#include <sqlite3.h>

#include "regie-config.h"
#include "regie-engine-process.h"
#include "regie-help-dialog.h"
#include "regie-preferences-dialog.h"
#include "regie-shortcuts-dialog.h"
#include "regie-window.h"

static GtkWidget *
get_parent (RegieApplication *self)
{
  return GTK_WIDGET (gtk_application_get_active_window (GTK_APPLICATION (self)));
}

/* What a report of a fault needs, and nothing secret. */
static char *
build_debug_information (void)
{
  GString *text = g_string_new (NULL);
  g_autofree char *socket = regie_engine_process_default_socket ();
  g_autofree char *store = regie_application_dup_store_dir ();

  g_string_append_printf (text, "Régie %s\n", REGIE_VERSION);
  g_string_append_printf (text, "GTK %u.%u.%u, libadwaita %u.%u.%u, GLib %u.%u.%u\n",
                          gtk_get_major_version (), gtk_get_minor_version (), gtk_get_micro_version (),
                          adw_get_major_version (), adw_get_minor_version (), adw_get_micro_version (),
                          glib_major_version, glib_minor_version, glib_micro_version);
  g_string_append_printf (text, "libsoup %u.%u.%u, SQLite %s\n", soup_get_major_version (),
                          soup_get_minor_version (), soup_get_micro_version (), sqlite3_libversion ());
  g_string_append_printf (text, "Display %s, renderer %s\n", G_OBJECT_TYPE_NAME (gdk_display_get_default ()),
                          g_getenv ("GSK_RENDERER") != NULL ? g_getenv ("GSK_RENDERER") : "default");
  g_string_append_printf (text, "Engine socket %s\nStore %s\n", socket, store);
  g_string_append_printf (text, "Flatpak %s\n",
                          g_file_test ("/.flatpak-info", G_FILE_TEST_EXISTS) ? "yes" : "no");

  return g_string_free_and_steal (text);
}

static void
on_about (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  AdwDialog *dialog = adw_about_dialog_new ();
  g_autofree char *debug = build_debug_information ();

  g_object_set (dialog, "application-name", _ ("Régie"), "application-icon", REGIE_APP_ID, "developer-name",
                _ ("The Régie developers"), "version", REGIE_VERSION, "license-type", GTK_LICENSE_GPL_3_0,
                "comments", _ ("The control room for Digital Humans"), "debug-info", debug,
                "debug-info-filename", "regie-debug.txt", NULL);
  adw_dialog_present (dialog, get_parent (data));
}

static void
on_preferences (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  RegieApplication *self = data;

  if (self->context != NULL)
    adw_dialog_present (regie_preferences_dialog_new (self->context), get_parent (self));
}

static void
on_shortcuts (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  adw_dialog_present (regie_shortcuts_dialog_new (), get_parent (data));
}

static void
on_help (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  adw_dialog_present (regie_help_dialog_new (), get_parent (data));
}

static void
on_new_window (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  RegieApplication *self = data;
  GtkWindow *window;

  if (self->context == NULL)
    return;
  window = GTK_WINDOW (regie_window_new (GTK_APPLICATION (self), self->context));
  _regie_application_watch_window (self, window);
  gtk_window_present (window);
}

static void
on_quit (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_autoptr (GList) windows = g_list_copy (gtk_application_get_windows (GTK_APPLICATION (data)));

  for (GList *l = windows; l != NULL; l = l->next)
    gtk_window_close (l->data);
}

/* From a notification: PARAMETER is (kind, key). */
static void
on_open_record (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  RegieApplication *self = data;
  const char *kind, *key;

  g_variant_get (parameter, "(&s&s)", &kind, &key);
  g_application_activate (G_APPLICATION (self));
  if (self->context != NULL && regie_kind_get (kind) != NULL)
    regie_context_open (self->context, regie_kind_get (kind), key);
}

static void
on_restart_human (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  RegieApplication *self = data;

  if (self->context != NULL)
    regie_context_act (self->context, regie_kind_get ("digital-human"),
                       g_variant_get_string (parameter, NULL), "restart");
}

void
_regie_application_actions_init (RegieApplication *self)
{
  static const GActionEntry entries[] = {
    { .name = "about", .activate = on_about },
    { .name = "preferences", .activate = on_preferences },
    { .name = "shortcuts", .activate = on_shortcuts },
    { .name = "help", .activate = on_help },
    { .name = "new-window", .activate = on_new_window },
    { .name = "quit", .activate = on_quit },
    { .name = "open-record", .activate = on_open_record, .parameter_type = "(ss)" },
    { .name = "restart-digital-human", .activate = on_restart_human, .parameter_type = "s" },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
}
