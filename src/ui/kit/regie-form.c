/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-form.h"

#include "regie-cell.h"
#include "regie-form-row.h"
#include "regie-format.h"
#include "regie-json.h"
#include "regie-kit-private.h"

struct _RegieForm
{
  GtkWidget parent_instance;

  RegieStore *store;
  const RegieKind *kind;
  char *connection;
  RegieRecord *record; /* NULL: a new one */
  RegieRefTitles *titles;
  GStrv hidden, only;
  gboolean show_read_only;

  gboolean built;
  GPtrArray *rows;     /* of RegieFormRow */
  GPtrArray *showings; /* of AdwActionRow: fields that cannot be edited */
  gboolean valid;
  guint quiet; /* changes are not told one by one */
};

enum
{
  PROP_0,
  PROP_VALID,
  N_PROPS
};

enum
{
  CHANGED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (RegieForm, regie_form, GTK_TYPE_WIDGET)

/* --- which fields --- */

static gboolean
is_shown (RegieForm *self, const RegieField *field)
{
  if (field->flags & REGIE_FIELD_HIDDEN)
    return FALSE;
  if (self->only != NULL)
    return g_strv_contains ((const char *const *) self->only, field->name);

  return self->hidden == NULL || !g_strv_contains ((const char *const *) self->hidden, field->name);
}

static gboolean
is_editable (RegieForm *self, const RegieField *field)
{
  if (field->flags & (REGIE_FIELD_READ_ONLY | REGIE_FIELD_TRANSIENT))
    return FALSE;

  return self->record == NULL || !(field->flags & REGIE_FIELD_CREATE_ONLY);
}

/* --- validity --- */

static void
update_valid (RegieForm *self)
{
  gboolean valid = TRUE;

  for (guint i = 0; i < self->rows->len && valid; i++)
    valid = regie_form_row_is_valid (g_ptr_array_index (self->rows, i));
  if (valid == self->valid)
    return;
  self->valid = valid;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_VALID]);
}

static void
on_row_changed (RegieForm *self)
{
  if (self->quiet > 0)
    return;
  update_valid (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

/* --- building --- */

static void
add_editor (RegieForm *self, AdwPreferencesGroup *group, const RegieField *field)
{
  RegieFormRow *row = regie_form_row_new (field, self->store, self->connection);

  g_ptr_array_add (self->rows, row);
  g_signal_connect_object (row, "changed", G_CALLBACK (on_row_changed), self, G_CONNECT_SWAPPED);
  adw_preferences_group_add (group, regie_form_row_get_row (row));
  adw_preferences_group_add (group, regie_form_row_get_note (row));
}

static void
add_showing (RegieForm *self, AdwPreferencesGroup *group, const RegieField *field)
{
  GtkWidget *row = adw_action_row_new ();

  regie_row_set_safe_title (ADW_PREFERENCES_ROW (row), regie_format_label (field->label));
  gtk_widget_add_css_class (row, "property");
  adw_action_row_set_subtitle_selectable (ADW_ACTION_ROW (row), TRUE);
  g_object_set_data (G_OBJECT (row), "regie-field", (gpointer) field);
  g_ptr_array_add (self->showings, row);
  adw_preferences_group_add (group, row);
}

static AdwPreferencesGroup *
ensure_group (RegieForm *self, GHashTable *groups, const char *name)
{
  AdwPreferencesGroup *group = g_hash_table_lookup (groups, name != NULL ? name : "");

  if (group == NULL)
    {
      group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());
      if (name != NULL)
        regie_group_set_safe_title (group, regie_format_label (name));
      gtk_widget_set_parent (GTK_WIDGET (group), GTK_WIDGET (self));
      g_hash_table_insert (groups, (char *) (name != NULL ? name : ""), group);
    }

  return group;
}

static void
clear (RegieForm *self)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_ptr_array_set_size (self->rows, 0);
  g_ptr_array_set_size (self->showings, 0);
  self->built = FALSE;
}

static JsonNode *
get_base (RegieForm *self, const RegieField *field)
{
  if (self->record == NULL)
    return field->fallback != NULL ? json_from_string (field->fallback, NULL) : NULL;
  if (!regie_record_is_loaded (self->record))
    return NULL;
  if (regie_record_get_node (self->record, field->name) != NULL)
    return json_node_copy (regie_record_get_node (self->record, field->name));

  /* One that the backend does not mention has its default. */
  return field->fallback != NULL ? json_from_string (field->fallback, NULL) : NULL;
}

static void
show_values (RegieForm *self)
{
  self->quiet++;
  for (guint i = 0; i < self->rows->len; i++)
    {
      RegieFormRow *row = g_ptr_array_index (self->rows, i);
      g_autoptr (JsonNode) base = get_base (self, regie_form_row_get_field (row));

      regie_form_row_set_base (row, base);
    }
  self->quiet--;

  for (guint i = 0; i < self->showings->len; i++)
    {
      AdwPreferencesRow *row = g_ptr_array_index (self->showings, i);
      const RegieField *field = g_object_get_data (G_OBJECT (row), "regie-field");
      g_autoptr (JsonNode) value = get_base (self, field);
      g_autofree char *text = field->type == REGIE_FIELD_REF && self->record != NULL
                                  ? regie_cell_format (field, self->record, self->titles)
                                  : regie_format_value_full (field, value);

      regie_row_set_safe_subtitle (row, *text != '\0' ? text : REGIE_FORMAT_NONE);
    }
  update_valid (self);
}

/* Rows are made when somebody asks for them or the form is about to be seen: until then it may still be told
 * what to leave out. */
static void
ensure_built (RegieForm *self)
{
  g_autoptr (GHashTable) groups = NULL;

  if (self->built)
    return;
  self->built = TRUE;
  groups = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < self->kind->n_fields; i++)
    {
      const RegieField *field = &self->kind->fields[i];

      if (!is_shown (self, field))
        continue;
      if (is_editable (self, field))
        add_editor (self, ensure_group (self, groups, field->group), field);
      else if (self->record != NULL && (self->show_read_only || (field->flags & REGIE_FIELD_CREATE_ONLY)))
        add_showing (self, ensure_group (self, groups, field->group), field);
    }
  show_values (self);
}

static RegieFormRow *
find_row (RegieForm *self, const char *name)
{
  ensure_built (self);
  for (guint i = 0; i < self->rows->len; i++)
    {
      RegieFormRow *row = g_ptr_array_index (self->rows, i);

      if (g_strcmp0 (regie_form_row_get_field (row)->name, name) == 0)
        return row;
    }

  return NULL;
}

static void
rebuild (RegieForm *self)
{
  g_autoptr (JsonObject) typed = NULL;

  if (!self->built)
    return;
  typed = regie_form_get_patch (self);
  clear (self);
  ensure_built (self);
  regie_form_set_values (self, typed);
}

/* --- the widget --- */

static void
regie_form_root (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (regie_form_parent_class)->root (widget);
  ensure_built (REGIE_FORM (widget));
}

static gboolean
regie_form_grab_focus (GtkWidget *widget)
{
  RegieForm *self = REGIE_FORM (widget);
  /* A name is what one types first, even where a choice stands above it. */
  RegieFormRow *title = find_row (self, self->kind->title_field);

  if (self->rows->len == 0)
    return FALSE;
  regie_form_row_grab_focus (title != NULL ? title : g_ptr_array_index (self->rows, 0));

  return TRUE;
}

static void
regie_form_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  switch (id)
    {
    case PROP_VALID:
      g_value_set_boolean (value, regie_form_is_valid (REGIE_FORM (object)));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
regie_form_dispose (GObject *object)
{
  RegieForm *self = REGIE_FORM (object);

  if (self->rows != NULL)
    clear (self);
  self->built = TRUE;
  g_clear_object (&self->record);
  g_clear_object (&self->titles);
  g_clear_object (&self->store);
  G_OBJECT_CLASS (regie_form_parent_class)->dispose (object);
}

static void
regie_form_finalize (GObject *object)
{
  RegieForm *self = REGIE_FORM (object);

  g_clear_pointer (&self->rows, g_ptr_array_unref);
  g_clear_pointer (&self->showings, g_ptr_array_unref);
  g_clear_pointer (&self->connection, g_free);
  g_clear_pointer (&self->hidden, g_strfreev);
  g_clear_pointer (&self->only, g_strfreev);
  G_OBJECT_CLASS (regie_form_parent_class)->finalize (object);
}

static void
regie_form_class_init (RegieFormClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = regie_form_get_property;
  object_class->dispose = regie_form_dispose;
  object_class->finalize = regie_form_finalize;
  widget_class->root = regie_form_root;
  widget_class->grab_focus = regie_form_grab_focus;

  properties[PROP_VALID] =
      g_param_spec_boolean ("valid", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[CHANGED] =
      g_signal_new ("changed", REGIE_TYPE_FORM, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BOX_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "regieform");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_FORM);
  regie_kit_ensure_style ();
}

static void
regie_form_init (RegieForm *self)
{
  GtkLayoutManager *layout = gtk_widget_get_layout_manager (GTK_WIDGET (self));

  gtk_orientable_set_orientation (GTK_ORIENTABLE (layout), GTK_ORIENTATION_VERTICAL);
  gtk_box_layout_set_spacing (GTK_BOX_LAYOUT (layout), 24);
  self->rows = g_ptr_array_new_with_free_func (g_object_unref);
  self->showings = g_ptr_array_new ();
}

RegieForm *
regie_form_new (RegieStore *store, const RegieKind *kind, const char *connection)
{
  RegieForm *self = g_object_new (REGIE_TYPE_FORM, NULL);

  self->store = g_object_ref (store);
  self->kind = kind;
  self->connection = g_strdup (connection);
  self->titles = regie_ref_titles_new (store);
  g_signal_connect_object (self->titles, "changed", G_CALLBACK (show_values), self, G_CONNECT_SWAPPED);

  return self;
}

/* --- public --- */

void
regie_form_set_record (RegieForm *self, RegieRecord *record)
{
  g_return_if_fail (REGIE_IS_FORM (self));
  g_return_if_fail (REGIE_IS_RECORD (record));

  if (record == self->record)
    return;
  if (self->record != NULL)
    g_signal_handlers_disconnect_by_func (self->record, show_values, self);
  g_set_object (&self->record, record);
  g_signal_connect_object (record, "changed", G_CALLBACK (show_values), self, G_CONNECT_SWAPPED);
  if (self->connection == NULL && regie_record_is_loaded (record))
    self->connection = g_strdup (regie_record_get_connection (record));
  if (self->built)
    {
      clear (self);
      ensure_built (self);
    }
}

void
regie_form_set_values (RegieForm *self, JsonObject *values)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;
  gboolean any = FALSE;

  g_return_if_fail (REGIE_IS_FORM (self));
  g_return_if_fail (values != NULL);

  self->quiet++;
  json_object_iter_init (&iter, values);
  while (json_object_iter_next (&iter, &name, &value))
    {
      RegieFormRow *row = find_row (self, name);

      if (row == NULL)
        continue;
      regie_form_row_set_typed (row, value);
      any = TRUE;
    }
  self->quiet--;
  if (any)
    on_row_changed (self);
}

void
regie_form_reset (RegieForm *self)
{
  g_return_if_fail (REGIE_IS_FORM (self));

  ensure_built (self);
  self->quiet++;
  for (guint i = 0; i < self->rows->len; i++)
    regie_form_row_reset (g_ptr_array_index (self->rows, i));
  self->quiet--;
  on_row_changed (self);
}

void
regie_form_hide_fields (RegieForm *self, const char *const *names)
{
  g_return_if_fail (REGIE_IS_FORM (self));

  g_strfreev (self->hidden);
  self->hidden = g_strdupv ((GStrv) names);
  rebuild (self);
}

void
regie_form_show_only (RegieForm *self, const char *const *names)
{
  g_return_if_fail (REGIE_IS_FORM (self));

  g_strfreev (self->only);
  self->only = g_strdupv ((GStrv) names);
  rebuild (self);
}

void
regie_form_set_show_read_only (RegieForm *self, gboolean show)
{
  g_return_if_fail (REGIE_IS_FORM (self));

  self->show_read_only = show;
  rebuild (self);
}

JsonObject *
regie_form_get_values (RegieForm *self)
{
  JsonObject *values = json_object_new ();

  g_return_val_if_fail (REGIE_IS_FORM (self), values);

  ensure_built (self);
  for (guint i = 0; i < self->rows->len; i++)
    {
      RegieFormRow *row = g_ptr_array_index (self->rows, i);
      JsonNode *value = regie_form_row_get_value (row);

      if (value != NULL)
        json_object_set_member (values, regie_form_row_get_field (row)->name, value);
    }

  return values;
}

JsonObject *
regie_form_get_patch (RegieForm *self)
{
  JsonObject *patch = json_object_new ();

  g_return_val_if_fail (REGIE_IS_FORM (self), patch);

  ensure_built (self);
  for (guint i = 0; i < self->rows->len; i++)
    {
      RegieFormRow *row = g_ptr_array_index (self->rows, i);
      const char *name = regie_form_row_get_field (row)->name;
      JsonNode *value;

      if (!regie_form_row_is_changed (row))
        continue;
      value = regie_form_row_get_value (row);
      if (value != NULL)
        json_object_set_member (patch, name, value);
      else
        json_object_set_null_member (patch, name);
    }

  return patch;
}

gboolean
regie_form_is_changed (RegieForm *self)
{
  g_return_val_if_fail (REGIE_IS_FORM (self), FALSE);

  for (guint i = 0; i < self->rows->len; i++)
    {
      if (regie_form_row_is_changed (g_ptr_array_index (self->rows, i)))
        return TRUE;
    }

  return FALSE;
}

gboolean
regie_form_is_valid (RegieForm *self)
{
  g_return_val_if_fail (REGIE_IS_FORM (self), FALSE);

  ensure_built (self);

  return self->valid;
}

gboolean
regie_form_focus_first_invalid (RegieForm *self)
{
  RegieFormRow *first = NULL;

  g_return_val_if_fail (REGIE_IS_FORM (self), FALSE);

  ensure_built (self);
  for (guint i = 0; i < self->rows->len; i++)
    {
      RegieFormRow *row = g_ptr_array_index (self->rows, i);

      regie_form_row_show_problem (row);
      if (first == NULL && !regie_form_row_is_valid (row))
        first = row;
    }
  if (first != NULL)
    regie_form_row_grab_focus (first);

  return first != NULL;
}

gboolean
regie_form_set_field_error (RegieForm *self, const char *name, const char *message)
{
  RegieFormRow *row;

  g_return_val_if_fail (REGIE_IS_FORM (self), FALSE);

  row = find_row (self, name);
  if (row == NULL)
    return FALSE;
  regie_form_row_set_error (row, message);
  update_valid (self);

  return TRUE;
}

gboolean
regie_form_set_error (RegieForm *self, const GError *error)
{
  g_auto (GStrv) parts = NULL;
  const RegieField *field;
  g_autofree char *name = NULL;
  g_autofree char *words = NULL;

  g_return_val_if_fail (REGIE_IS_FORM (self), FALSE);
  g_return_val_if_fail (error != NULL, FALSE);

  if (!g_error_matches (error, REGIE_ERROR, REGIE_ERROR_INVALID) || error->message[0] != '/')
    return FALSE;
  /* "/field: words", or "/field/3: words" for an item of it. */
  parts = g_strsplit (error->message + 1, ": ", 2);
  name = g_strndup (parts[0], strcspn (parts[0], "/"));
  field = regie_kind_find_field (self->kind, name);

  if (field == NULL)
    return FALSE;
  words = regie_format_refusal (field, error, parts[1] != NULL ? parts[1] : parts[0]);

  return regie_form_set_field_error (self, name, words);
}

GtkWidget *
regie_form_get_row (RegieForm *self, const char *name)
{
  RegieFormRow *row;

  g_return_val_if_fail (REGIE_IS_FORM (self), NULL);

  row = find_row (self, name);

  return row != NULL ? regie_form_row_get_row (row) : NULL;
}

void
regie_form_focus_field (RegieForm *self, const char *name)
{
  RegieFormRow *row;

  g_return_if_fail (REGIE_IS_FORM (self));

  row = find_row (self, name);
  if (row != NULL)
    regie_form_row_grab_focus (row);
}
