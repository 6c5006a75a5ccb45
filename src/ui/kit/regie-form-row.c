/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-form-row.h"

#include "regie-format.h"
#include "regie-json.h"
#include "regie-text-safe.h"

struct _RegieFormRow
{
  GObject parent_instance;

  const RegieField *field;
  const RegieEditor *editor;
  GtkWidget *row, *note, *note_label;
  JsonNode *base;
  gboolean touched;
  gboolean show_problem;
  char *error;
  guint loading;
};

G_DEFINE_FINAL_TYPE (RegieFormRow, regie_form_row, G_TYPE_OBJECT)

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* --- what is wrong --- */

/* NULL when nothing is; else a new sentence. */
static char *
find_problem (RegieFormRow *self)
{
  const char *code = NULL;
  g_autoptr (JsonNode) value = self->editor->get (self->row, self->field, &code);
  g_autofree char *message = NULL;

  if (code == NULL)
    message = regie_field_check (self->field, value, &code);

  return code != NULL ? regie_format_problem (self->field, code) : NULL;
}

static void
update_accessible (RegieFormRow *self, gboolean invalid, gboolean has_note)
{
  GtkAccessible *accessible = GTK_ACCESSIBLE (regie_editor_get_focus (self->row));

  gtk_accessible_update_state (accessible, GTK_ACCESSIBLE_STATE_INVALID,
                               invalid ? GTK_ACCESSIBLE_INVALID_TRUE : GTK_ACCESSIBLE_INVALID_FALSE, -1);
  if (has_note)
    gtk_accessible_update_relation (
        accessible, invalid ? GTK_ACCESSIBLE_RELATION_ERROR_MESSAGE : GTK_ACCESSIBLE_RELATION_DESCRIBED_BY,
        self->note_label, NULL, -1);
  if (!invalid)
    gtk_accessible_reset_relation (accessible, GTK_ACCESSIBLE_RELATION_ERROR_MESSAGE);
}

static void
update_note (RegieFormRow *self)
{
  g_autofree char *problem = self->touched || self->show_problem ? find_problem (self) : NULL;
  const char *wrong = self->error != NULL ? self->error : problem;
  const char *text = wrong != NULL ? wrong : regie_format_label (self->field->help);

  regie_label_set_safe_text (GTK_LABEL (self->note_label), text, FALSE);
  gtk_widget_set_visible (self->note, *text != '\0');
  if (*text != '\0')
    gtk_widget_add_css_class (self->row, "regie-noted");
  else
    gtk_widget_remove_css_class (self->row, "regie-noted");
  if (wrong != NULL)
    {
      gtk_widget_add_css_class (self->row, "error");
      gtk_widget_add_css_class (self->note, "error");
      gtk_widget_remove_css_class (self->note_label, "dimmed");
    }
  else
    {
      gtk_widget_remove_css_class (self->row, "error");
      gtk_widget_remove_css_class (self->note, "error");
      gtk_widget_add_css_class (self->note_label, "dimmed");
    }
  update_accessible (self, wrong != NULL, *text != '\0');
}

static void
on_changed (RegieFormRow *self)
{
  if (self->loading > 0)
    return;
  self->touched = TRUE;
  g_clear_pointer (&self->error, g_free);
  update_note (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

/* --- the object --- */

static void
regie_form_row_dispose (GObject *object)
{
  RegieFormRow *self = REGIE_FORM_ROW (object);

  g_clear_object (&self->row);
  g_clear_object (&self->note);
  g_clear_pointer (&self->base, json_node_unref);
  g_clear_pointer (&self->error, g_free);
  G_OBJECT_CLASS (regie_form_row_parent_class)->dispose (object);
}

static void
regie_form_row_class_init (RegieFormRowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = regie_form_row_dispose;
  signals[CHANGED] =
      g_signal_new ("changed", REGIE_TYPE_FORM_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
regie_form_row_init (RegieFormRow *self)
{
}

static void
create_note (RegieFormRow *self)
{
  self->note = g_object_ref_sink (adw_preferences_row_new ());
  self->note_label = gtk_label_new (NULL);
  gtk_label_set_wrap (GTK_LABEL (self->note_label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (self->note_label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (self->note_label), 0);
  gtk_widget_add_css_class (self->note_label, "caption");
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (self->note), self->note_label);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (self->note), FALSE);
  gtk_list_box_row_set_selectable (GTK_LIST_BOX_ROW (self->note), FALSE);
  gtk_widget_set_focusable (self->note, FALSE);
  gtk_widget_add_css_class (self->note, "regie-note");
}

RegieFormRow *
regie_form_row_new (const RegieField *field, RegieStore *store, const char *connection)
{
  RegieFormRow *self = g_object_new (REGIE_TYPE_FORM_ROW, NULL);

  self->field = field;
  self->editor = regie_editor_get (field);
  self->row = g_object_ref_sink (self->editor->create (field, store, connection));
  create_note (self);
  self->loading++;
  self->editor->set (self->row, field, NULL);
  self->loading--;
  g_signal_connect_object (self->row, self->editor->signal, G_CALLBACK (on_changed), self, G_CONNECT_SWAPPED);
  if (field->flags & REGIE_FIELD_REQUIRED)
    gtk_accessible_update_property (GTK_ACCESSIBLE (regie_editor_get_focus (self->row)),
                                    GTK_ACCESSIBLE_PROPERTY_REQUIRED, TRUE, -1);
  update_note (self);

  return self;
}

const RegieField *
regie_form_row_get_field (RegieFormRow *self)
{
  return self->field;
}

GtkWidget *
regie_form_row_get_row (RegieFormRow *self)
{
  return self->row;
}

GtkWidget *
regie_form_row_get_note (RegieFormRow *self)
{
  return self->note;
}

static void
show_value (RegieFormRow *self, JsonNode *value)
{
  self->loading++;
  self->editor->set (self->row, self->field, value);
  self->loading--;
  update_note (self);
}

void
regie_form_row_set_base (RegieFormRow *self, JsonNode *base)
{
  g_autoptr (JsonNode) copy = base != NULL && !JSON_NODE_HOLDS_NULL (base) ? json_node_copy (base) : NULL;

  g_clear_pointer (&self->base, json_node_unref);
  self->base = g_steal_pointer (&copy);
  if (!self->touched)
    show_value (self, self->base);
}

void
regie_form_row_set_typed (RegieFormRow *self, JsonNode *value)
{
  self->touched = TRUE;
  g_clear_pointer (&self->error, g_free);
  show_value (self, value);
  g_signal_emit (self, signals[CHANGED], 0);
}

void
regie_form_row_reset (RegieFormRow *self)
{
  self->touched = FALSE;
  self->show_problem = FALSE;
  g_clear_pointer (&self->error, g_free);
  show_value (self, self->base);
}

JsonNode *
regie_form_row_get_value (RegieFormRow *self)
{
  const char *code = NULL;

  /* Untouched: as it was, not as the editor rounds it. */
  if (!self->touched)
    return self->base != NULL ? json_node_copy (self->base) : NULL;

  return self->editor->get (self->row, self->field, &code);
}

/* Empty text and empty lists are no value. */
static gboolean
is_empty (JsonNode *node)
{
  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  if (JSON_NODE_HOLDS_ARRAY (node))
    return json_array_get_length (json_node_get_array (node)) == 0;

  return JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING &&
         *json_node_get_string (node) == '\0';
}

gboolean
regie_form_row_is_changed (RegieFormRow *self)
{
  g_autoptr (JsonNode) value = NULL;

  if (!self->touched)
    return FALSE;
  value = regie_form_row_get_value (self);
  if (is_empty (value) || is_empty (self->base))
    return is_empty (value) != is_empty (self->base);

  return !regie_json_node_equal (value, self->base);
}

gboolean
regie_form_row_is_valid (RegieFormRow *self)
{
  g_autofree char *problem = find_problem (self);

  return problem == NULL && self->error == NULL;
}

void
regie_form_row_show_problem (RegieFormRow *self)
{
  self->show_problem = TRUE;
  update_note (self);
}

void
regie_form_row_set_error (RegieFormRow *self, const char *message)
{
  g_set_str (&self->error, message);
  update_note (self);
}

void
regie_form_row_grab_focus (RegieFormRow *self)
{
  gtk_widget_grab_focus (regie_editor_get_focus (self->row));
}
