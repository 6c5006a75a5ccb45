/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-tasks-view.h"

#include <glib/gi18n.h>

#include "regie-json.h"
#include "regie-kind-fields.h"
#include "regie-table.h"

#define NEWEST 500

struct _RegieTasksView
{
  AdwBin parent_instance;

  RegieContext *context;
  RegieRecord *record;
  RegieTable *table;
};

G_DEFINE_FINAL_TYPE (RegieTasksView, regie_tasks_view, ADW_TYPE_BIN)

typedef struct
{
  RegieTasksView *view;
  char *action;
} Selected;

static void
selected_free (gpointer data)
{
  Selected *self = data;

  g_object_unref (self->view);
  g_free (self->action);
  g_free (self);
}

static DexFuture *
selected_fiber (gpointer data)
{
  Selected *self = data;
  const RegieKind *kind = regie_kind_get (REGIE_TASK_KIND);
  g_auto (GStrv) keys = dex_await_boxed (regie_table_dup_selected_keys (self->view->table), NULL);

  if (keys == NULL || keys[0] == NULL)
    return NULL;
  if (g_str_equal (self->action, "delete"))
    regie_context_delete_many (self->view->context, kind, (const char *const *) keys);
  else
    regie_context_act_many (self->view->context, kind, (const char *const *) keys, self->action);

  return NULL;
}

static void
on_selected_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  Selected *selected = g_new0 (Selected, 1);

  selected->view = g_object_ref (REGIE_TASKS_VIEW (widget));
  selected->action = g_strdup (name + strlen ("tasks."));
  dex_future_disown (dex_scheduler_spawn (NULL, 0, selected_fiber, selected, selected_free));
}

static void
on_open (RegieTasksView *self, RegieRecord *task)
{
  regie_context_open (self->context, regie_record_get_kind (task), regie_record_get_key (task));
}

static GtkWidget *
create_new_button (void)
{
  GtkWidget *button = gtk_button_new_from_icon_name ("list-add-symbolic");

  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "human.new-task");
  gtk_widget_set_tooltip_text (button, _ ("New task"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("New task"), -1);

  return button;
}

static void
build (RegieTasksView *self)
{
  static const char *const columns[] = {
    "state", "summary", "type", "priority", "latency", "created_at", NULL
  };
  static const char *const details[] = { "type", "created_at", NULL };
  const RegieKind *kind = regie_kind_get (REGIE_TASK_KIND);
  g_autoptr (RegieQuery) query = regie_query_new (kind);

  regie_query_where (query, "digital_human", REGIE_OP_EQ, regie_context_get_ref (self->record));
  regie_query_sort (query, "created_at", TRUE);
  self->table = regie_table_new (regie_context_get_store (self->context), kind, "human-tasks");
  regie_table_set_default_columns (self->table, columns);
  regie_table_set_narrow_fields (self->table, "summary", details, "state");
  regie_table_set_base_query (self->table, query);
  regie_table_set_empty (self->table, "view-list-symbolic", _ ("No Tasks Yet"),
                         _ ("Give it a message to analyse or to answer, or a service to call."),
                         _ ("_New Task"), "human.new-task");
  regie_table_add_selection_action (self->table, _ ("Try Again"), "view-refresh-symbolic", "tasks.retry",
                                    FALSE);
  regie_table_add_selection_action (self->table, _ ("Cancel"), "process-stop-symbolic", "tasks.cancel",
                                    FALSE);
  regie_table_add_selection_action (self->table, _ ("Delete"), "user-trash-symbolic", "tasks.delete", TRUE);
  regie_table_add_toolbar_widget (self->table, create_new_button ());
  regie_table_add_key (self->table, "Delete|KP_Delete", "tasks.delete");
  regie_table_add_key (self->table, "<Control>z", "win.undo");
  g_signal_connect_object (self->table, "open", G_CALLBACK (on_open), self, G_CONNECT_SWAPPED);
  adw_bin_set_child (ADW_BIN (self), GTK_WIDGET (self->table));
}

/* Older tasks than those that came with the events are asked for when somebody looks. */
static void
fetch (RegieTasksView *self)
{
  g_autoptr (JsonObject) params =
      regie_json_object_new ("digital_human", 's', regie_context_get_ref (self->record), NULL);

  dex_future_disown (regie_connection_fetch_window (regie_context_get_local (self->context),
                                                    regie_kind_get (REGIE_TASK_KIND), params, NEWEST));
}

static void
regie_tasks_view_dispose (GObject *object)
{
  RegieTasksView *self = REGIE_TASKS_VIEW (object);

  g_clear_object (&self->record);
  g_clear_object (&self->context);

  G_OBJECT_CLASS (regie_tasks_view_parent_class)->dispose (object);
}

static void
regie_tasks_view_class_init (RegieTasksViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = regie_tasks_view_dispose;
  gtk_widget_class_install_action (widget_class, "tasks.retry", NULL, on_selected_action);
  gtk_widget_class_install_action (widget_class, "tasks.cancel", NULL, on_selected_action);
  gtk_widget_class_install_action (widget_class, "tasks.delete", NULL, on_selected_action);
}

static void
regie_tasks_view_init (RegieTasksView *self)
{
}

GtkWidget *
regie_tasks_view_new (RegieContext *context, RegieRecord *record)
{
  RegieTasksView *self = g_object_new (REGIE_TYPE_TASKS_VIEW, NULL);

  self->context = g_object_ref (context);
  self->record = g_object_ref (record);
  build (self);
  fetch (self);

  return GTK_WIDGET (self);
}
