/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-talk-view.h"

#include <glib/gi18n.h>

#include "regie-draft.h"
#include "regie-format.h"
#include "regie-json.h"
#include "regie-kind-fields.h"
#include "regie-talk-row.h"
#include "regie-text-safe.h"

struct _RegieTalkView
{
  AdwBin parent_instance;

  RegieContext *context;
  RegieRecord *record;
  RegieList *tasks;

  GtkListView *list;
  GtkStack *stack;
  GtkTextView *text;
  GtkWidget *send;
  AdwBanner *stopped;
};

G_DEFINE_FINAL_TYPE (RegieTalkView, regie_talk_view, ADW_TYPE_BIN)

static char *
dup_text (RegieTalkView *self)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->text);
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (buffer, &start, &end);

  return gtk_text_buffer_get_text (buffer, &start, &end, FALSE);
}

static void
on_text_changed (RegieTalkView *self)
{
  g_autofree char *text = g_strstrip (dup_text (self));

  gtk_widget_action_set_enabled (GTK_WIDGET (self), "talk.send", *text != '\0');
}

/* --- sending --- */

static DexFuture *
send_fiber (gpointer data)
{
  RegieTalkView *self = data;
  g_autofree char *text = g_strstrip (dup_text (self));
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) fields = regie_json_object_new (
      "digital_human", 's', regie_context_get_ref (self->record), "type", 's', "answer", "priority", 's',
      "high", "payload", 'o', regie_json_object_new ("text", 's', text, NULL), NULL);
  g_autofree char *key = NULL;

  if (*text == '\0')
    return NULL;
  key = dex_await_string (regie_store_create (regie_context_get_store (self->context), "local",
                                              regie_kind_get (REGIE_TASK_KIND), fields, 0),
                          &error);
  if (key == NULL)
    regie_context_say_error (self->context, _ ("The message could not be given"), error);
  else
    gtk_text_buffer_set_text (gtk_text_view_get_buffer (self->text), "", -1);

  return NULL;
}

static void
on_send (GtkWidget *widget, const char *name, GVariant *parameter)
{
  regie_spawn (widget, send_fiber);
}

static gboolean
on_key (RegieTalkView *self, guint key, guint code, GdkModifierType state)
{
  if ((key != GDK_KEY_Return && key != GDK_KEY_KP_Enter) || (state & GDK_SHIFT_MASK))
    return GDK_EVENT_PROPAGATE;
  gtk_widget_activate_action (GTK_WIDGET (self), "talk.send", NULL);

  return GDK_EVENT_STOP;
}

/* --- showing --- */

static gboolean
scroll_down (gpointer data)
{
  RegieTalkView *self = data;
  guint n = self->tasks != NULL ? g_list_model_get_n_items (G_LIST_MODEL (self->tasks)) : 0;

  if (n > 0 && self->list != NULL)
    gtk_list_view_scroll_to (self->list, n - 1, GTK_LIST_SCROLL_NONE, NULL);

  return G_SOURCE_REMOVE;
}

static void
on_items_changed (RegieTalkView *self, guint position, guint removed, guint added)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->tasks));

  gtk_stack_set_visible_child_name (self->stack, n > 0 ? "talk" : "empty");
  /* After the list has laid its new rows out. */
  if (added > 0 && position + added == n)
    g_idle_add_full (G_PRIORITY_LOW, scroll_down, g_object_ref (self), g_object_unref);
}

static void
on_record_changed (RegieTalkView *self)
{
  gboolean running = g_strcmp0 (regie_digital_human_get_wanted (self->record), "running") == 0;

  adw_banner_set_revealed (self->stopped, !running);
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item, RegieTalkView *self)
{
  gtk_list_item_set_activatable (item, FALSE);
  gtk_list_item_set_selectable (item, FALSE);
  gtk_list_item_set_child (item, regie_talk_row_new (self->context));
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  regie_talk_row_set_task (REGIE_TALK_ROW (gtk_list_item_get_child (item)), gtk_list_item_get_item (item));
}

static void
on_unbind (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  regie_talk_row_set_task (REGIE_TALK_ROW (gtk_list_item_get_child (item)), NULL);
}

static void
fill_list (RegieTalkView *self)
{
  g_autoptr (RegieQuery) query = regie_query_new (regie_kind_get (REGIE_TASK_KIND));
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();
  g_autoptr (GtkNoSelection) selection = NULL;

  regie_query_where (query, "digital_human", REGIE_OP_EQ, regie_context_get_ref (self->record));
  regie_query_where (query, "type", REGIE_OP_EQ, "answer");
  self->tasks = regie_store_list (regie_context_get_store (self->context), query);
  g_signal_connect_object (factory, "setup", G_CALLBACK (on_setup), self, 0);
  g_signal_connect_object (factory, "bind", G_CALLBACK (on_bind), self, 0);
  g_signal_connect_object (factory, "unbind", G_CALLBACK (on_unbind), self, 0);
  gtk_list_view_set_factory (self->list, factory);
  selection = gtk_no_selection_new (g_object_ref (G_LIST_MODEL (self->tasks)));
  gtk_list_view_set_model (self->list, GTK_SELECTION_MODEL (selection));
  g_signal_connect_object (self->tasks, "items-changed", G_CALLBACK (on_items_changed), self,
                           G_CONNECT_SWAPPED);
  on_items_changed (self, 0, 0, g_list_model_get_n_items (G_LIST_MODEL (self->tasks)));
}

static void
regie_talk_view_dispose (GObject *object)
{
  RegieTalkView *self = REGIE_TALK_VIEW (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), REGIE_TYPE_TALK_VIEW);
  g_clear_object (&self->tasks);
  g_clear_object (&self->record);
  g_clear_object (&self->context);

  G_OBJECT_CLASS (regie_talk_view_parent_class)->dispose (object);
}

static void
regie_talk_view_class_init (RegieTalkViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = regie_talk_view_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/regie/Regie/ui/regie-talk-view.ui");
  gtk_widget_class_bind_template_child (widget_class, RegieTalkView, list);
  gtk_widget_class_bind_template_child (widget_class, RegieTalkView, stack);
  gtk_widget_class_bind_template_child (widget_class, RegieTalkView, text);
  gtk_widget_class_bind_template_child (widget_class, RegieTalkView, send);
  gtk_widget_class_bind_template_child (widget_class, RegieTalkView, stopped);
  gtk_widget_class_install_action (widget_class, "talk.send", NULL, on_send);
}

static void
regie_talk_view_init (RegieTalkView *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect_object (keys, "key-pressed", G_CALLBACK (on_key), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (GTK_WIDGET (self->text), keys);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "talk.send", FALSE);
}

GtkWidget *
regie_talk_view_new (RegieContext *context, RegieRecord *record)
{
  RegieTalkView *self = g_object_new (REGIE_TYPE_TALK_VIEW, NULL);
  g_autofree char *draft_name = g_strdup_printf ("draft/talk/%s", regie_record_get_key (record));

  self->context = g_object_ref (context);
  self->record = g_object_ref (record);
  fill_list (self);
  g_signal_connect_object (record, "changed", G_CALLBACK (on_record_changed), self, G_CONNECT_SWAPPED);
  on_record_changed (self);
  g_signal_connect_object (gtk_text_view_get_buffer (self->text), "changed", G_CALLBACK (on_text_changed),
                           self, G_CONNECT_SWAPPED);
  regie_draft_attach (gtk_text_view_get_buffer (self->text), regie_context_get_store (context), draft_name);

  return GTK_WIDGET (self);
}
