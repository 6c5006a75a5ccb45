/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-task-dialog.h"

#include <glib/gi18n.h>

#include "regie-draft.h"
#include "regie-format.h"
#include "regie-json.h"
#include "regie-kind-fields.h"
#include "regie-kit.h"

struct _RegieTaskDialog
{
  AdwDialog parent_instance;

  RegieContext *context;
  RegieRecord *human;

  AdwHeaderBar *header;
  AdwComboRow *type_row;
  AdwComboRow *priority_row;
  AdwPreferencesGroup *text_group;
  AdwPreferencesGroup *call_group;
  GtkTextView *text;
  AdwComboRow *method_row;
  AdwEntryRow *url_row;
  AdwEntryRow *body_row;
};

G_DEFINE_FINAL_TYPE (RegieTaskDialog, regie_task_dialog, ADW_TYPE_DIALOG)

static const char *
get_choice (AdwComboRow *row, const char *field_name)
{
  const RegieField *field = regie_kind_find_field (regie_kind_get (REGIE_TASK_KIND), field_name);

  return field->values[adw_combo_row_get_selected (row)].name;
}

static void
fill_choices (AdwComboRow *row, const char *field_name, const char *chosen)
{
  const RegieField *field = regie_kind_find_field (regie_kind_get (REGIE_TASK_KIND), field_name);
  g_autoptr (GtkStringList) labels = gtk_string_list_new (NULL);

  for (guint i = 0; i < field->n_values; i++)
    gtk_string_list_append (labels, regie_format_label (field->values[i].label));
  adw_combo_row_set_model (row, G_LIST_MODEL (labels));
  for (guint i = 0; i < field->n_values; i++)
    {
      if (g_str_equal (field->values[i].name, chosen))
        adw_combo_row_set_selected (row, i);
    }
}

static char *
dup_text (RegieTaskDialog *self)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->text);
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (buffer, &start, &end);

  return g_strstrip (gtk_text_buffer_get_text (buffer, &start, &end, FALSE));
}

static gboolean
is_call (RegieTaskDialog *self)
{
  return g_str_equal (get_choice (self->type_row, "type"), "http");
}

static gboolean
is_body_valid (RegieTaskDialog *self)
{
  const char *body = gtk_editable_get_text (GTK_EDITABLE (self->body_row));
  g_autoptr (JsonNode) node = *body != '\0' ? regie_json_parse (body, -1, NULL) : NULL;

  return *body == '\0' || node != NULL;
}

static void
set_valid (AdwEntryRow *row, gboolean valid, const char *message)
{
  if (valid)
    gtk_widget_remove_css_class (GTK_WIDGET (row), "error");
  else
    gtk_widget_add_css_class (GTK_WIDGET (row), "error");
  gtk_widget_set_tooltip_text (GTK_WIDGET (row), valid ? NULL : message);
  gtk_accessible_update_state (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_STATE_INVALID,
                               valid ? GTK_ACCESSIBLE_INVALID_FALSE : GTK_ACCESSIBLE_INVALID_TRUE, -1);
}

static void
update (RegieTaskDialog *self)
{
  const char *url = gtk_editable_get_text (GTK_EDITABLE (self->url_row));
  gboolean url_valid = g_str_has_prefix (url, "https://") || g_str_has_prefix (url, "http://");
  gboolean body_valid = is_body_valid (self);
  g_autofree char *text = dup_text (self);
  gboolean call = is_call (self);

  gtk_widget_set_visible (GTK_WIDGET (self->text_group), !call);
  gtk_widget_set_visible (GTK_WIDGET (self->call_group), call);
  set_valid (self->url_row, url_valid || *url == '\0', _ ("An address that begins with https:// or http://"));
  set_valid (self->body_row, body_valid, _ ("This is not JSON"));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "task.give",
                                 call ? url_valid && body_valid : *text != '\0');
}

static JsonObject *
build_payload (RegieTaskDialog *self)
{
  const char *body = gtk_editable_get_text (GTK_EDITABLE (self->body_row));
  GtkStringObject *method;
  g_autofree char *text = NULL;
  JsonObject *payload;

  if (!is_call (self))
    {
      text = dup_text (self);
      return regie_json_object_new ("text", 's', text, NULL);
    }

  method = adw_combo_row_get_selected_item (self->method_row);
  payload = regie_json_object_new ("method", 's', gtk_string_object_get_string (method), "url", 's',
                                   gtk_editable_get_text (GTK_EDITABLE (self->url_row)), NULL);
  if (*body != '\0')
    json_object_set_string_member (payload, "body", body);

  return payload;
}

static DexFuture *
give_fiber (gpointer data)
{
  RegieTaskDialog *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) fields = regie_json_object_new (
      "digital_human", 's', regie_context_get_ref (self->human), "type", 's',
      get_choice (self->type_row, "type"), "priority", 's', get_choice (self->priority_row, "priority"),
      "payload", 'o', build_payload (self), NULL);
  g_autofree char *key =
      dex_await_string (regie_store_create (regie_context_get_store (self->context), "local",
                                            regie_kind_get (REGIE_TASK_KIND), fields, 0),
                        &error);

  if (key == NULL)
    {
      regie_context_say_error (self->context, _ ("The task could not be given"), error);
      return NULL;
    }
  gtk_text_buffer_set_text (gtk_text_view_get_buffer (self->text), "", -1);
  regie_draft_flush (gtk_text_view_get_buffer (self->text));
  adw_dialog_close (ADW_DIALOG (self));
  regie_context_open (self->context, regie_kind_get (REGIE_TASK_KIND), key);

  return NULL;
}

static void
on_give (GtkWidget *widget, const char *name, GVariant *parameter)
{
  regie_spawn (widget, give_fiber);
}

static void
on_cancel (RegieTaskDialog *self)
{
  adw_dialog_close (ADW_DIALOG (self));
}

static void
regie_task_dialog_dispose (GObject *object)
{
  RegieTaskDialog *self = REGIE_TASK_DIALOG (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), REGIE_TYPE_TASK_DIALOG);
  g_clear_object (&self->human);
  g_clear_object (&self->context);

  G_OBJECT_CLASS (regie_task_dialog_parent_class)->dispose (object);
}

static void
regie_task_dialog_class_init (RegieTaskDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = regie_task_dialog_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/regie/Regie/ui/regie-task-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, RegieTaskDialog, header);
  gtk_widget_class_bind_template_child (widget_class, RegieTaskDialog, type_row);
  gtk_widget_class_bind_template_child (widget_class, RegieTaskDialog, priority_row);
  gtk_widget_class_bind_template_child (widget_class, RegieTaskDialog, text_group);
  gtk_widget_class_bind_template_child (widget_class, RegieTaskDialog, call_group);
  gtk_widget_class_bind_template_child (widget_class, RegieTaskDialog, text);
  gtk_widget_class_bind_template_child (widget_class, RegieTaskDialog, method_row);
  gtk_widget_class_bind_template_child (widget_class, RegieTaskDialog, url_row);
  gtk_widget_class_bind_template_child (widget_class, RegieTaskDialog, body_row);
  gtk_widget_class_bind_template_callback (widget_class, on_cancel);
  gtk_widget_class_install_action (widget_class, "task.give", NULL, on_give);
}

static void
regie_task_dialog_init (RegieTaskDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  regie_kit_add_accept_key (GTK_WIDGET (self), "task.give");
  regie_kit_fit_dialog (ADW_DIALOG (self), self->header);
  fill_choices (self->type_row, "type", "analyze");
  fill_choices (self->priority_row, "priority", "normal");
  g_signal_connect_object (self->type_row, "notify::selected", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (gtk_text_view_get_buffer (self->text), "changed", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->url_row, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->body_row, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
}

AdwDialog *
regie_task_dialog_new (RegieContext *context, RegieRecord *human)
{
  RegieTaskDialog *self = g_object_new (REGIE_TYPE_TASK_DIALOG, NULL);
  g_autofree char *draft_name = g_strdup_printf ("draft/task/%s", regie_record_get_key (human));

  self->context = g_object_ref (context);
  self->human = g_object_ref (human);
  regie_draft_attach (gtk_text_view_get_buffer (self->text), regie_context_get_store (context), draft_name);

  return ADW_DIALOG (self);
}
