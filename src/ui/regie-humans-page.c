/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-humans-page.h"

#include <glib/gi18n.h>

#include "regie-bulk-dialog.h"
#include "regie-kind-fields.h"
#include "regie-record-dialog.h"
#include "regie-table.h"
#include "regie-why-dialog.h"

struct _RegieHumansPage
{
  AdwNavigationPage parent_instance;

  RegieContext *context;
  const RegieKind *kind;
  RegieTable *table;

  AdwBin *table_bin;
  GMenuModel *row_menu;
};

G_DEFINE_FINAL_TYPE (RegieHumansPage, regie_humans_page, ADW_TYPE_NAVIGATION_PAGE)

/* --- what is done to the selection --- */

typedef struct
{
  RegieHumansPage *page;
  char *action;
} Selected;

static void
selected_free (gpointer data)
{
  Selected *self = data;

  g_object_unref (self->page);
  g_free (self->action);
  g_free (self);
}

static DexFuture *
selected_fiber (gpointer data)
{
  Selected *self = data;
  RegieHumansPage *page = self->page;
  g_auto (GStrv) keys = dex_await_boxed (regie_table_dup_selected_keys (page->table), NULL);

  if (keys == NULL || keys[0] == NULL)
    return NULL;
  if (g_str_equal (self->action, "delete"))
    regie_context_delete_many (page->context, page->kind, (const char *const *) keys);
  else if (g_str_equal (self->action, "bulk-edit"))
    adw_dialog_present (regie_bulk_dialog_new (page->context, page->kind, (const char *const *) keys),
                        GTK_WIDGET (page));
  else
    regie_context_act_many (page->context, page->kind, (const char *const *) keys, self->action);

  return NULL;
}

static void
on_selected_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  Selected *selected = g_new0 (Selected, 1);

  selected->page = g_object_ref (REGIE_HUMANS_PAGE (widget));
  selected->action = g_strdup (name + strlen ("humans."));
  dex_future_disown (dex_scheduler_spawn (NULL, 0, selected_fiber, selected, selected_free));
}

/* --- what is done to one --- */

static void
on_open (RegieHumansPage *self, RegieRecord *record)
{
  regie_context_open (self->context, self->kind, regie_record_get_key (record));
}

static void
on_open_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  RegieHumansPage *self = REGIE_HUMANS_PAGE (widget);
  g_autoptr (RegieRecord) record = regie_table_dup_selected_record (self->table);

  if (record != NULL)
    on_open (self, record);
}

static void
on_edit (GtkWidget *widget, const char *name, GVariant *parameter)
{
  RegieHumansPage *self = REGIE_HUMANS_PAGE (widget);
  g_autoptr (RegieRecord) record = regie_table_dup_selected_record (self->table);

  if (record != NULL)
    adw_dialog_present (ADW_DIALOG (regie_record_dialog_new (regie_context_get_store (self->context),
                                                             self->kind, NULL, record)),
                        GTK_WIDGET (self));
}

static void
on_copy_id (GtkWidget *widget, const char *name, GVariant *parameter)
{
  RegieHumansPage *self = REGIE_HUMANS_PAGE (widget);
  g_autoptr (RegieRecord) record = regie_table_dup_selected_record (self->table);

  if (record == NULL)
    return;
  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), regie_context_get_ref (record));
  regie_context_say (self->context, _ ("Identifier copied"), NULL);
}

static void
on_why (GtkWidget *widget, const char *name, GVariant *parameter)
{
  RegieHumansPage *self = REGIE_HUMANS_PAGE (widget);
  g_autoptr (RegieRecord) record = regie_table_dup_selected_record (self->table);

  if (record != NULL)
    adw_dialog_present (regie_why_dialog_new (self->context, record), widget);
}

static void
on_search (GtkWidget *widget, const char *name, GVariant *parameter)
{
  regie_table_focus_search (REGIE_HUMANS_PAGE (widget)->table);
}

/* --- the table --- */

static void
update_query (RegieHumansPage *self)
{
  g_autoptr (RegieQuery) query = regie_context_query (self->context, self->kind);

  regie_query_sort (query, "name", FALSE);
  regie_table_set_base_query (self->table, query);
}

static void
update_actions (RegieHumansPage *self)
{
  static const char *const for_one[] = { "humans.open", "humans.why", "humans.edit", "humans.copy-id" };
  static const char *const for_some[] = { "humans.start",  "humans.stop",     "humans.restart",
                                          "humans.pause",  "humans.resume",   "humans.duplicate",
                                          "humans.delete", "humans.bulk-edit" };
  guint64 n = regie_table_get_n_selected (self->table);

  for (guint i = 0; i < G_N_ELEMENTS (for_one); i++)
    gtk_widget_action_set_enabled (GTK_WIDGET (self), for_one[i], n == 1);
  for (guint i = 0; i < G_N_ELEMENTS (for_some); i++)
    gtk_widget_action_set_enabled (GTK_WIDGET (self), for_some[i], n > 0);
}

static void
build_table (RegieHumansPage *self)
{
  static const char *const details[] = { "workspace", "last_activity_at", NULL };
  static const char *const columns[] = { "state",    "name",        "workspace",  "connection",
                                         "activity", "latency_p95", "errors_day", "last_activity_at",
                                         NULL };

  self->table = regie_table_new (regie_context_get_store (self->context), self->kind, "digital-humans");
  regie_table_set_default_columns (self->table, columns);
  regie_table_set_narrow_fields (self->table, "name", details, "state");
  regie_table_set_row_menu (self->table, self->row_menu);
  regie_table_set_empty (
      self->table, "avatar-default-symbolic", _ ("No Digital Humans Yet"),
      _ ("A Digital Human answers, sorts and acts for you. Make one, or look at the sample first."),
      _ ("_New Digital Human"), "win.new-digital-human");
  regie_table_add_selection_action (self->table, _ ("Start"), "media-playback-start-symbolic", "humans.start",
                                    FALSE);
  regie_table_add_selection_action (self->table, _ ("Stop"), "media-playback-stop-symbolic", "humans.stop",
                                    FALSE);
  regie_table_add_selection_action (self->table, _ ("Restart"), "view-refresh-symbolic", "humans.restart",
                                    FALSE);
  regie_table_add_selection_action (self->table, _ ("Edit…"), "document-edit-symbolic", "humans.bulk-edit",
                                    FALSE);
  regie_table_add_selection_action (self->table, _ ("Delete"), "user-trash-symbolic", "humans.delete", TRUE);
  regie_table_add_key (self->table, "Delete|KP_Delete", "humans.delete");
  regie_table_add_key (self->table, "F2", "humans.edit");
  regie_table_add_key (self->table, "<Control>z", "win.undo");
  g_signal_connect_object (self->table, "open", G_CALLBACK (on_open), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->table, "selection-changed", G_CALLBACK (update_actions), self,
                           G_CONNECT_SWAPPED);
  adw_bin_set_child (self->table_bin, GTK_WIDGET (self->table));
}

static void
regie_humans_page_dispose (GObject *object)
{
  RegieHumansPage *self = REGIE_HUMANS_PAGE (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), REGIE_TYPE_HUMANS_PAGE);
  g_clear_object (&self->context);

  G_OBJECT_CLASS (regie_humans_page_parent_class)->dispose (object);
}

static void
regie_humans_page_class_init (RegieHumansPageClass *klass)
{
  static const char *const selected[] = { "humans.start",  "humans.stop",     "humans.restart",
                                          "humans.pause",  "humans.resume",   "humans.duplicate",
                                          "humans.delete", "humans.bulk-edit" };
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = regie_humans_page_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/regie/Regie/ui/regie-humans-page.ui");
  gtk_widget_class_bind_template_child (widget_class, RegieHumansPage, table_bin);
  gtk_widget_class_bind_template_child (widget_class, RegieHumansPage, row_menu);
  for (guint i = 0; i < G_N_ELEMENTS (selected); i++)
    gtk_widget_class_install_action (widget_class, selected[i], NULL, on_selected_action);
  gtk_widget_class_install_action (widget_class, "humans.open", NULL, on_open_action);
  gtk_widget_class_install_action (widget_class, "humans.why", NULL, on_why);
  gtk_widget_class_install_action (widget_class, "humans.edit", NULL, on_edit);
  gtk_widget_class_install_action (widget_class, "humans.copy-id", NULL, on_copy_id);
  gtk_widget_class_install_action (widget_class, "page.search", NULL, on_search);
}

static void
regie_humans_page_init (RegieHumansPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

AdwNavigationPage *
regie_humans_page_new (RegieContext *context)
{
  RegieHumansPage *self = g_object_new (REGIE_TYPE_HUMANS_PAGE, NULL);

  self->context = g_object_ref (context);
  self->kind = regie_kind_get (REGIE_DIGITAL_HUMAN_KIND);
  build_table (self);
  update_query (self);
  update_actions (self);
  g_signal_connect_object (context, "notify::workspace", G_CALLBACK (update_query), self, G_CONNECT_SWAPPED);

  return ADW_NAVIGATION_PAGE (self);
}

RegieTable *
regie_humans_page_get_table (RegieHumansPage *self)
{
  return self->table;
}
