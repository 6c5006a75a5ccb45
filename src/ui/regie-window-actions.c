/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>

#include "regie-command-palette.h"
#include "regie-connection-dialog.h"
#include "regie-frames-overlay.h"
#include "regie-humans-page.h"
#include "regie-json.h"
#include "regie-log-page.h"
#include "regie-record-dialog.h"
#include "regie-window-private.h"

static void
on_show_page (GtkWidget *widget, const char *name, GVariant *parameter)
{
  regie_window_show_page (REGIE_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

/* The list of Digital Humans, narrowed to the states in PARAMETER (with commas between; empty: all). */
static void
on_show_humans (GtkWidget *widget, const char *name, GVariant *parameter)
{
  RegieWindow *self = REGIE_WINDOW (widget);
  const char *states = g_variant_get_string (parameter, NULL);
  g_auto (GStrv) values = g_strsplit (states, ",", -1);
  AdwNavigationPage *page;

  regie_window_show_page (self, "digital-humans");
  page = adw_navigation_view_get_visible_page (self->navigation);
  regie_table_set_filter (regie_humans_page_get_table (REGIE_HUMANS_PAGE (page)), "state",
                          *states != '\0' ? (const char *const *) values : NULL);
}

static void
on_show_log (GtkWidget *widget, const char *name, GVariant *parameter)
{
  RegieWindow *self = REGIE_WINDOW (widget);

  adw_navigation_view_push (self->navigation, regie_log_page_new (self->context));
  adw_navigation_split_view_set_show_content (self->split_view, TRUE);
}

static void
on_command_palette (GtkWidget *widget, const char *name, GVariant *parameter)
{
  adw_dialog_present (regie_command_palette_new (REGIE_WINDOW (widget)), widget);
}

/* --- making things --- */

static void
on_made (RegieWindow *self, const char *key, const char *intent, GObject *dialog)
{
  const RegieKind *kind = g_object_get_data (dialog, "kind");

  if (g_str_equal (kind->name, "digital-human"))
    regie_window_show_record (self, kind, key);
  else
    regie_window_show_page (self, "workspaces");
}

/* The workspace that is shown, or the only one; nothing when it must be chosen. New. */
static char *
dup_likely_workspace (RegieWindow *self)
{
  const char *shown = regie_context_get_workspace (self->context);
  g_autoptr (RegieRecord) only = NULL;

  if (*shown != '\0' || g_list_model_get_n_items (G_LIST_MODEL (self->workspaces)) != 1)
    return g_strdup (shown);
  only = g_list_model_get_item (G_LIST_MODEL (self->workspaces), 0);

  return g_strdup (regie_context_get_ref (only));
}

static void
make (RegieWindow *self, const char *kind_name)
{
  const RegieKind *kind = regie_kind_get (kind_name);
  RegieRecordDialog *dialog =
      regie_record_dialog_new (regie_context_get_store (self->context), kind, "local", NULL);
  g_autofree char *workspace = dup_likely_workspace (self);

  if (*workspace != '\0' && regie_kind_find_field (kind, "workspace") != NULL)
    {
      g_autoptr (JsonObject) values = regie_json_object_new ("workspace", 's', workspace, NULL);
      regie_record_dialog_preset (dialog, values);
    }
  g_object_set_data (G_OBJECT (dialog), "kind", (gpointer) kind);
  g_signal_connect_object (dialog, "saved", G_CALLBACK (on_made), self, G_CONNECT_SWAPPED);
  adw_dialog_present (ADW_DIALOG (dialog), GTK_WIDGET (self));
}

static void
on_new_digital_human (GtkWidget *widget, const char *name, GVariant *parameter)
{
  make (REGIE_WINDOW (widget), "digital-human");
}

static void
on_new_workspace (GtkWidget *widget, const char *name, GVariant *parameter)
{
  make (REGIE_WINDOW (widget), "workspace");
}

/* --- what is asked of the engine as a whole --- */

static void
on_answered (RegieWindow *self, const char *done, const char *failed, DexFuture *future)
{
  g_autoptr (GError) error = NULL;

  if (dex_await (future, &error))
    regie_context_say (self->context, done, NULL);
  else
    regie_context_say_error (self->context, failed, error);
  _regie_window_actions_update (self);
}

static DexFuture *
request (RegieWindow *self, const char *name, GBytes *body)
{
  RegieConnection *local = regie_context_get_local (self->context);

  return regie_backend_request (regie_connection_get_backend (local), name, NULL, body);
}

static DexFuture *
pause_fiber (gpointer data)
{
  on_answered (data, _ ("All outward actions are paused"), _ ("They could not be paused"),
               request (data, "pause", NULL));
  regie_connection_retry (regie_context_get_local (REGIE_WINDOW (data)->context));

  return NULL;
}

static DexFuture *
resume_fiber (gpointer data)
{
  on_answered (data, _ ("Outward actions go on"), _ ("They could not be resumed"),
               request (data, "resume", NULL));
  regie_connection_retry (regie_context_get_local (REGIE_WINDOW (data)->context));

  return NULL;
}

static DexFuture *
sample_fiber (gpointer data)
{
  on_answered (data, _ ("The sample workspace is there"), _ ("The sample workspace could not be made"),
               request (data, "sample", NULL));

  return NULL;
}

static void
on_pause_everything (GtkWidget *widget, const char *name, GVariant *parameter)
{
  regie_spawn (widget, pause_fiber);
}

static void
on_resume_everything (GtkWidget *widget, const char *name, GVariant *parameter)
{
  regie_spawn (widget, resume_fiber);
}

static void
on_add_sample (GtkWidget *widget, const char *name, GVariant *parameter)
{
  regie_spawn (widget, sample_fiber);
}

/* --- import --- */

static DexFuture *
import_fiber (gpointer data)
{
  RegieWindow *self = data;
  GFile *file = g_object_get_data (G_OBJECT (self), "import-file");
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = dex_await_boxed (dex_file_load_contents_bytes (file), &error);

  if (bytes == NULL)
    regie_context_say_error (self->context, _ ("The file could not be read"), error);
  else
    on_answered (self, _ ("The workspace was imported"), _ ("The workspace could not be imported"),
                 request (self, "import", bytes));

  return NULL;
}

static void
on_import_chosen (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (RegieWindow) self = data;
  g_autoptr (GFile) file = gtk_file_dialog_open_finish (GTK_FILE_DIALOG (object), result, NULL);

  if (file == NULL)
    return;
  g_object_set_data_full (G_OBJECT (self), "import-file", g_steal_pointer (&file), g_object_unref);
  regie_spawn (self, import_fiber);
}

static void
on_import_workspace (GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_autoptr (GtkFileDialog) dialog = gtk_file_dialog_new ();
  g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();
  g_autoptr (GListStore) filters = g_list_store_new (GTK_TYPE_FILE_FILTER);

  gtk_file_filter_set_name (filter, _ ("Régie workspaces"));
  gtk_file_filter_add_suffix (filter, "regie");
  g_list_store_append (filters, filter);
  gtk_file_dialog_set_title (dialog, _ ("Import a Workspace"));
  gtk_file_dialog_set_filters (dialog, G_LIST_MODEL (filters));
  gtk_file_dialog_open (dialog, GTK_WINDOW (widget), NULL, on_import_chosen, g_object_ref (widget));
}

static void
on_add_connection (GtkWidget *widget, const char *name, GVariant *parameter)
{
  adw_dialog_present (regie_connection_dialog_new (REGIE_WINDOW (widget)->context), widget);
}

static void
on_undo (GtkWidget *widget, const char *name, GVariant *parameter)
{
  regie_context_undo (REGIE_WINDOW (widget)->context);
}

static void
on_toggle_frames (GtkWidget *widget, const char *name, GVariant *parameter)
{
  RegieWindow *self = REGIE_WINDOW (widget);

  if (self->frames != NULL)
    {
      gtk_overlay_remove_overlay (self->overlay, self->frames);
      self->frames = NULL;
      return;
    }
  self->frames = regie_frames_overlay_new ();
  gtk_overlay_add_overlay (self->overlay, self->frames);
}

void
_regie_window_actions_update (RegieWindow *self)
{
  RegieConnection *local = regie_context_get_local (self->context);
  gboolean online = regie_connection_get_state (local) == REGIE_CONNECTION_ONLINE;
  gboolean can_undo;
  gboolean paused = regie_json_get_bool (regie_connection_get_info (local), "paused", FALSE);

  g_object_get (self->context, "can-undo", &can_undo, NULL);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.pause-everything", online && !paused);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.resume-everything", online && paused);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.add-sample", online);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.undo", can_undo);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.import-workspace", online);
  gtk_widget_set_visible (self->pause_button, paused);
}

void
_regie_window_class_actions_init (RegieWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_install_action (widget_class, "win.show-page", "s", on_show_page);
  gtk_widget_class_install_action (widget_class, "win.show-humans", "s", on_show_humans);
  gtk_widget_class_install_action (widget_class, "win.show-log", NULL, on_show_log);
  gtk_widget_class_install_action (widget_class, "win.command-palette", NULL, on_command_palette);
  gtk_widget_class_install_action (widget_class, "win.new-digital-human", NULL, on_new_digital_human);
  gtk_widget_class_install_action (widget_class, "win.new-workspace", NULL, on_new_workspace);
  gtk_widget_class_install_action (widget_class, "win.import-workspace", NULL, on_import_workspace);
  gtk_widget_class_install_action (widget_class, "win.add-sample", NULL, on_add_sample);
  gtk_widget_class_install_action (widget_class, "win.add-connection", NULL, on_add_connection);
  gtk_widget_class_install_action (widget_class, "win.pause-everything", NULL, on_pause_everything);
  gtk_widget_class_install_action (widget_class, "win.resume-everything", NULL, on_resume_everything);
  gtk_widget_class_install_action (widget_class, "win.undo", NULL, on_undo);
  gtk_widget_class_install_action (widget_class, "win.toggle-frames", NULL, on_toggle_frames);
  /* Not for the whole application: a text that has the focus undoes what was typed first. */
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_z, GDK_CONTROL_MASK, "win.undo", NULL);
}
