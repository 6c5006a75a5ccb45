/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-workspaces-page.h"

#include <glib/gi18n.h>

#include "regie-json.h"
#include "regie-kind-fields.h"
#include "regie-record-dialog.h"
#include "regie-table.h"

struct _RegieWorkspacesPage
{
  AdwNavigationPage parent_instance;

  RegieContext *context;
  const RegieKind *kind;
  RegieTable *table;
};

G_DEFINE_FINAL_TYPE (RegieWorkspacesPage, regie_workspaces_page, ADW_TYPE_NAVIGATION_PAGE)

/* Opening a workspace narrows the pages to it. */
static void
on_open (RegieWorkspacesPage *self, RegieRecord *workspace)
{
  regie_context_set_workspace (self->context, regie_context_get_ref (workspace));
  gtk_widget_activate_action (GTK_WIDGET (self), "win.show-page", "s", "digital-humans");
}

static void
on_act (GtkWidget *widget, const char *name, GVariant *parameter)
{
  RegieWorkspacesPage *self = REGIE_WORKSPACES_PAGE (widget);
  g_autoptr (RegieRecord) workspace = regie_table_dup_selected_record (self->table);

  if (workspace != NULL)
    regie_context_act (self->context, self->kind, regie_record_get_key (workspace),
                       name + strlen ("workspaces."));
}

static void
on_delete (GtkWidget *widget, const char *name, GVariant *parameter)
{
  RegieWorkspacesPage *self = REGIE_WORKSPACES_PAGE (widget);
  g_autoptr (RegieRecord) workspace = regie_table_dup_selected_record (self->table);
  const char *keys[] = { workspace != NULL ? regie_record_get_key (workspace) : NULL, NULL };

  if (workspace == NULL)
    return;
  if (g_str_equal (regie_context_get_workspace (self->context), regie_context_get_ref (workspace)))
    regie_context_set_workspace (self->context, "");
  regie_context_delete_many (self->context, self->kind, keys);
}

static void
on_edit (GtkWidget *widget, const char *name, GVariant *parameter)
{
  RegieWorkspacesPage *self = REGIE_WORKSPACES_PAGE (widget);
  g_autoptr (RegieRecord) workspace = regie_table_dup_selected_record (self->table);

  if (workspace != NULL)
    adw_dialog_present (ADW_DIALOG (regie_record_dialog_new (regie_context_get_store (self->context),
                                                             self->kind, NULL, workspace)),
                        widget);
}

static void
on_show (GtkWidget *widget, const char *name, GVariant *parameter)
{
  RegieWorkspacesPage *self = REGIE_WORKSPACES_PAGE (widget);
  g_autoptr (RegieRecord) workspace = regie_table_dup_selected_record (self->table);

  if (workspace != NULL)
    on_open (self, workspace);
}

static void
on_search (GtkWidget *widget, const char *name, GVariant *parameter)
{
  regie_table_focus_search (REGIE_WORKSPACES_PAGE (widget)->table);
}

/* --- export --- */

typedef struct
{
  RegieContext *context;
  GFile *file;
  char *id;
} Export;

static void
export_free (gpointer data)
{
  Export *self = data;

  g_object_unref (self->context);
  g_clear_object (&self->file);
  g_free (self->id);
  g_free (self);
}

static DexFuture *
export_fiber (gpointer data)
{
  Export *self = data;
  RegieConnection *local = regie_context_get_local (self->context);
  g_autoptr (JsonObject) params = regie_json_object_new ("id", 's', self->id, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = dex_await_boxed (
      regie_backend_request (regie_connection_get_backend (local), "export", params, NULL), &error);

  if (bytes == NULL ||
      !dex_await (dex_file_replace_contents_bytes (self->file, bytes, NULL, FALSE, G_FILE_CREATE_PRIVATE),
                  &error))
    regie_context_say_error (self->context, _ ("The workspace could not be exported"), error);
  else
    regie_context_say (self->context, _ ("The workspace was exported"), NULL);

  return NULL;
}

static void
on_export_chosen (GObject *object, GAsyncResult *result, gpointer data)
{
  Export *export = data;

  export->file = gtk_file_dialog_save_finish (GTK_FILE_DIALOG (object), result, NULL);
  if (export->file != NULL)
    dex_future_disown (dex_scheduler_spawn (NULL, 0, export_fiber, export, export_free));
  else
    export_free (export);
}

static void
on_export (GtkWidget *widget, const char *name, GVariant *parameter)
{
  RegieWorkspacesPage *self = REGIE_WORKSPACES_PAGE (widget);
  g_autoptr (RegieRecord) workspace = regie_table_dup_selected_record (self->table);
  g_autoptr (GtkFileDialog) dialog = gtk_file_dialog_new ();
  g_autofree char *file_name = NULL;
  Export *export;

  if (workspace == NULL || regie_record_get_remote_id (workspace) == NULL)
    return;
  export = g_new0 (Export, 1);
  export->context = g_object_ref (self->context);
  export->id = g_strdup (regie_record_get_remote_id (workspace));
  file_name = g_strdup_printf ("%s.regie", regie_record_get_title (workspace));
  g_strdelimit (file_name, "/\\", '-');
  gtk_file_dialog_set_title (dialog, _ ("Export the Workspace"));
  gtk_file_dialog_set_initial_name (dialog, file_name);
  gtk_file_dialog_save (dialog, GTK_WINDOW (gtk_widget_get_root (widget)), NULL, on_export_chosen, export);
}

static void
update_actions (RegieWorkspacesPage *self)
{
  static const char *const actions[] = { "workspaces.show",   "workspaces.edit",   "workspaces.pause",
                                         "workspaces.resume", "workspaces.export", "workspaces.delete" };
  gboolean one = regie_table_get_n_selected (self->table) == 1;

  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    gtk_widget_action_set_enabled (GTK_WIDGET (self), actions[i], one);
}

static GMenu *
build_menu (void)
{
  GMenu *menu = g_menu_new ();
  g_autoptr (GMenu) look = g_menu_new ();
  g_autoptr (GMenu) pause = g_menu_new ();
  g_autoptr (GMenu) change = g_menu_new ();

  g_menu_append (look, _ ("_Show Its Digital Humans"), "workspaces.show");
  g_menu_append (pause, _ ("_Pause Outward Actions"), "workspaces.pause");
  g_menu_append (pause, _ ("_Resume Outward Actions"), "workspaces.resume");
  g_menu_append (change, _ ("_Edit…"), "workspaces.edit");
  g_menu_append (change, _ ("E_xport…"), "workspaces.export");
  g_menu_append (change, _ ("_Delete"), "workspaces.delete");
  g_menu_append_section (menu, NULL, G_MENU_MODEL (look));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (pause));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (change));

  return menu;
}

static GtkWidget *
build_header (void)
{
  GtkWidget *bar = adw_header_bar_new ();
  GtkWidget *add = gtk_button_new_from_icon_name ("list-add-symbolic");

  gtk_actionable_set_action_name (GTK_ACTIONABLE (add), "win.new-workspace");
  gtk_widget_set_tooltip_text (add, _ ("New workspace"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (add), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("New workspace"),
                                  -1);
  adw_header_bar_pack_start (ADW_HEADER_BAR (bar), add);

  return bar;
}

static void
build (RegieWorkspacesPage *self)
{
  static const char *const columns[] = { "name", "description", "digital_humans", "running", "paused", NULL };
  static const char *const details[] = { "digital_humans", "running", NULL };
  g_autoptr (RegieQuery) query = regie_query_new (self->kind);
  g_autoptr (GMenu) menu = build_menu ();
  GtkWidget *view = adw_toolbar_view_new ();

  regie_query_sort (query, "name", FALSE);
  self->table = regie_table_new (regie_context_get_store (self->context), self->kind, "workspaces");
  regie_table_set_default_columns (self->table, columns);
  regie_table_set_narrow_fields (self->table, "name", details, NULL);
  regie_table_set_base_query (self->table, query);
  regie_table_set_row_menu (self->table, G_MENU_MODEL (menu));
  regie_table_set_empty (self->table, "folder-symbolic", _ ("No Workspaces Yet"),
                         _ ("A workspace holds the Digital Humans of one business or project."),
                         _ ("_New Workspace"), "win.new-workspace");
  regie_table_add_selection_action (self->table, _ ("Edit…"), "document-edit-symbolic", "workspaces.edit",
                                    FALSE);
  regie_table_add_selection_action (self->table, _ ("Export…"), "document-save-symbolic", "workspaces.export",
                                    FALSE);
  regie_table_add_selection_action (self->table, _ ("Delete"), "user-trash-symbolic", "workspaces.delete",
                                    TRUE);
  regie_table_add_key (self->table, "Delete|KP_Delete", "workspaces.delete");
  regie_table_add_key (self->table, "F2", "workspaces.edit");
  regie_table_add_key (self->table, "<Control>z", "win.undo");
  g_signal_connect_object (self->table, "open", G_CALLBACK (on_open), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->table, "selection-changed", G_CALLBACK (update_actions), self,
                           G_CONNECT_SWAPPED);

  adw_toolbar_view_add_top_bar (ADW_TOOLBAR_VIEW (view), build_header ());
  adw_toolbar_view_set_content (ADW_TOOLBAR_VIEW (view), GTK_WIDGET (self->table));
  adw_navigation_page_set_child (ADW_NAVIGATION_PAGE (self), view);
}

static void
regie_workspaces_page_dispose (GObject *object)
{
  g_clear_object (&REGIE_WORKSPACES_PAGE (object)->context);

  G_OBJECT_CLASS (regie_workspaces_page_parent_class)->dispose (object);
}

static void
regie_workspaces_page_class_init (RegieWorkspacesPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = regie_workspaces_page_dispose;
  gtk_widget_class_install_action (widget_class, "workspaces.show", NULL, on_show);
  gtk_widget_class_install_action (widget_class, "workspaces.edit", NULL, on_edit);
  gtk_widget_class_install_action (widget_class, "workspaces.pause", NULL, on_act);
  gtk_widget_class_install_action (widget_class, "workspaces.resume", NULL, on_act);
  gtk_widget_class_install_action (widget_class, "workspaces.export", NULL, on_export);
  gtk_widget_class_install_action (widget_class, "workspaces.delete", NULL, on_delete);
  gtk_widget_class_install_action (widget_class, "page.search", NULL, on_search);
}

static void
regie_workspaces_page_init (RegieWorkspacesPage *self)
{
}

AdwNavigationPage *
regie_workspaces_page_new (RegieContext *context)
{
  RegieWorkspacesPage *self =
      g_object_new (REGIE_TYPE_WORKSPACES_PAGE, "title", _ ("Workspaces"), "tag", "workspaces", NULL);

  self->context = g_object_ref (context);
  self->kind = regie_kind_get (REGIE_WORKSPACE_KIND);
  build (self);
  update_actions (self);

  return ADW_NAVIGATION_PAGE (self);
}
