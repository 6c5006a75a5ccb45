/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-talk-row.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "regie-cause.h"
#include "regie-format.h"
#include "regie-json.h"
#include "regie-kind-fields.h"
#include "regie-text-safe.h"

struct _RegieTalkRow
{
  GtkWidget parent_instance;

  RegieContext *context;
  RegieRecord *task;
  GtkWidget *box;
  GtkLabel *question;
  GtkLabel *answer;
  GtkLabel *state;
  GtkWidget *open;
};

G_DEFINE_FINAL_TYPE (RegieTalkRow, regie_talk_row, GTK_TYPE_WIDGET)

static const char *
get_member (JsonNode *node, const char *member)
{
  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return NULL;

  return regie_json_get_text (json_node_get_object (node), member, NULL);
}

/* "14:02 · 12 ms · process 4711", or how far it is. */
static char *
describe (RegieTalkRow *self)
{
  const char *state = regie_task_get_state (self->task);
  g_autofree char *error = regie_cause_read_record (self->task, "error");
  const RegieField *field = regie_kind_find_field (regie_record_get_kind (self->task), "state");
  g_autofree char *clock = NULL;
  g_autofree char *latency = NULL;
  g_autofree char *pid = NULL;

  if (g_strcmp0 (state, "failed") == 0 && error != NULL)
    return g_steal_pointer (&error);
  if (g_strcmp0 (state, "done") != 0)
    return regie_format_value (field, regie_record_get_node (self->task, "state"));

  clock = regie_format_time_clock (regie_task_get_finished_at (self->task), FALSE);
  latency = regie_format_duration (regie_task_get_latency (self->task));

  pid = g_strdup_printf ("%" G_GINT64_FORMAT, regie_task_get_worker_pid (self->task));

  return g_strdup_printf (_ ("%s · %s · process %s"), clock, latency, pid);
}

static void
show_task (RegieTalkRow *self)
{
  const char *answer = get_member (regie_task_get_result (self->task), "text");
  g_autofree char *state = describe (self);

  regie_label_set_safe_text (self->question, get_member (regie_task_get_payload (self->task), "text"), TRUE);
  regie_label_set_safe_text (self->answer, answer, TRUE);
  gtk_widget_set_visible (GTK_WIDGET (self->answer), answer != NULL);
  regie_label_set_safe_text (self->state, state, FALSE);
}

static void
on_open (RegieTalkRow *self)
{
  if (self->task != NULL)
    regie_context_open (self->context, regie_record_get_kind (self->task), regie_record_get_key (self->task));
}

void
regie_talk_row_set_task (RegieTalkRow *self, RegieRecord *task)
{
  if (self->task == task)
    return;
  if (self->task != NULL)
    g_signal_handlers_disconnect_by_func (self->task, show_task, self);
  g_set_object (&self->task, task);
  if (task != NULL)
    {
      g_signal_connect_object (task, "changed", G_CALLBACK (show_task), self, G_CONNECT_SWAPPED);
      show_task (self);
    }
}

static GtkLabel *
add_bubble (RegieTalkRow *self, const char *style, GtkAlign align)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_widget_set_halign (label, align);
  gtk_widget_add_css_class (label, "bubble");
  gtk_widget_add_css_class (label, style);
  gtk_box_append (GTK_BOX (self->box), label);

  return GTK_LABEL (label);
}

static void
regie_talk_row_dispose (GObject *object)
{
  RegieTalkRow *self = REGIE_TALK_ROW (object);

  regie_talk_row_set_task (self, NULL);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->context);

  G_OBJECT_CLASS (regie_talk_row_parent_class)->dispose (object);
}

static void
regie_talk_row_class_init (RegieTalkRowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = regie_talk_row_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
regie_talk_row_init (RegieTalkRow *self)
{
  GtkWidget *foot = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  self->question = add_bubble (self, "mine", GTK_ALIGN_END);
  self->answer = add_bubble (self, "theirs", GTK_ALIGN_START);

  self->state = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_wrap (self->state, TRUE);
  gtk_label_set_natural_wrap_mode (self->state, GTK_NATURAL_WRAP_NONE);
  gtk_label_set_xalign (self->state, 0);
  gtk_widget_add_css_class (GTK_WIDGET (self->state), "caption");
  gtk_widget_add_css_class (GTK_WIDGET (self->state), "dimmed");
  self->open = gtk_button_new_from_icon_name ("view-more-horizontal-symbolic");
  gtk_widget_add_css_class (self->open, "flat");
  gtk_widget_add_css_class (self->open, "circular");
  gtk_widget_set_tooltip_text (self->open, _ ("Show how it came to this"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->open), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Show how it came to this"), -1);
  g_signal_connect_object (self->open, "clicked", G_CALLBACK (on_open), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (foot), GTK_WIDGET (self->state));
  gtk_box_append (GTK_BOX (foot), self->open);
  gtk_box_append (GTK_BOX (self->box), foot);
}

GtkWidget *
regie_talk_row_new (RegieContext *context)
{
  RegieTalkRow *self = g_object_new (REGIE_TYPE_TALK_ROW, NULL);

  self->context = g_object_ref (context);

  return GTK_WIDGET (self);
}
