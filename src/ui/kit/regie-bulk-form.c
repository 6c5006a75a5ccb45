/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-bulk-form.h"

#include "regie-form-row.h"
#include "regie-format.h"
#include "regie-kit-private.h"
#include "regie-text-safe.h"

struct _RegieBulkForm
{
  AdwBin parent_instance;

  RegieStore *store;
  const RegieKind *kind;
  char *connection;
  GPtrArray *places;
  AdwPreferencesPage *page; /* owned by the bin */
};

G_DEFINE_FINAL_TYPE (RegieBulkForm, regie_bulk_form, ADW_TYPE_BIN)

typedef struct
{
  RegieFormRow *row;
  AdwExpanderRow *expander; /* owned by its group */
} Place;

enum
{
  PROP_0,
  PROP_N_CHOSEN,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static void
place_free (gpointer data)
{
  Place *place = data;

  g_object_unref (place->row);
  g_free (place);
}

static gboolean
is_chosen (const Place *place)
{
  return adw_expander_row_get_enable_expansion (place->expander);
}

/* --- building --- */

static gboolean
is_offered (const RegieField *field, const char *const *without)
{
  return !(field->flags &
           (REGIE_FIELD_READ_ONLY | REGIE_FIELD_TRANSIENT | REGIE_FIELD_CREATE_ONLY | REGIE_FIELD_HIDDEN)) &&
         !g_strv_contains (without, field->name);
}

static AdwPreferencesGroup *
ensure_group (RegieBulkForm *self, GHashTable *groups, const char *name)
{
  AdwPreferencesGroup *group = g_hash_table_lookup (groups, name != NULL ? name : "");

  if (group == NULL)
    {
      group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());
      if (name != NULL)
        regie_group_set_safe_title (group, regie_format_label (name));
      adw_preferences_page_add (self->page, group);
      g_hash_table_insert (groups, (char *) (name != NULL ? name : ""), group);
    }

  return group;
}

static void
on_chosen (RegieBulkForm *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_CHOSEN]);
}

static void
add_field (RegieBulkForm *self, AdwPreferencesGroup *group, const RegieField *field)
{
  Place *place = g_new0 (Place, 1);
  g_autoptr (JsonNode) base = field->fallback != NULL ? json_from_string (field->fallback, NULL) : NULL;

  place->row = regie_form_row_new (field, self->store, self->connection);
  regie_form_row_set_base (place->row, base);
  place->expander = ADW_EXPANDER_ROW (adw_expander_row_new ());
  regie_row_set_safe_title (ADW_PREFERENCES_ROW (place->expander), regie_format_label (field->label));
  adw_expander_row_set_show_enable_switch (place->expander, TRUE);
  adw_expander_row_set_enable_expansion (place->expander, FALSE);
  adw_expander_row_add_row (place->expander, regie_form_row_get_row (place->row));
  adw_expander_row_add_row (place->expander, regie_form_row_get_note (place->row));
  adw_preferences_group_add (group, GTK_WIDGET (place->expander));
  g_ptr_array_add (self->places, place);
  g_signal_connect_object (place->expander, "notify::enable-expansion", G_CALLBACK (on_chosen), self,
                           G_CONNECT_SWAPPED);
}

static void
build (RegieBulkForm *self, const char *const *without)
{
  g_autoptr (GHashTable) groups = g_hash_table_new (g_str_hash, g_str_equal);

  self->page = ADW_PREFERENCES_PAGE (adw_preferences_page_new ());
  for (guint i = 0; i < self->kind->n_fields; i++)
    {
      const RegieField *field = &self->kind->fields[i];

      if (is_offered (field, without))
        add_field (self, ensure_group (self, groups, field->group), field);
    }
  adw_bin_set_child (ADW_BIN (self), GTK_WIDGET (self->page));
}

/* --- the object --- */

static void
regie_bulk_form_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  switch (id)
    {
    case PROP_N_CHOSEN:
      g_value_set_uint (value, regie_bulk_form_get_n_chosen (REGIE_BULK_FORM (object)));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
regie_bulk_form_finalize (GObject *object)
{
  RegieBulkForm *self = REGIE_BULK_FORM (object);

  g_ptr_array_unref (self->places);
  g_clear_object (&self->store);
  g_free (self->connection);
  G_OBJECT_CLASS (regie_bulk_form_parent_class)->finalize (object);
}

static void
regie_bulk_form_class_init (RegieBulkFormClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = regie_bulk_form_get_property;
  object_class->finalize = regie_bulk_form_finalize;
  properties[PROP_N_CHOSEN] =
      g_param_spec_uint ("n-chosen", NULL, NULL, 0, G_MAXUINT, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), GTK_ACCESSIBLE_ROLE_FORM);
  regie_kit_ensure_style ();
}

static void
regie_bulk_form_init (RegieBulkForm *self)
{
  self->places = g_ptr_array_new_with_free_func (place_free);
}

RegieBulkForm *
regie_bulk_form_new (RegieStore *store,
                     const RegieKind *kind,
                     const char *connection,
                     const char *const *without)
{
  RegieBulkForm *self = g_object_new (REGIE_TYPE_BULK_FORM, NULL);

  self->store = g_object_ref (store);
  self->kind = kind;
  self->connection = g_strdup (connection);
  build (self, without);

  return self;
}

JsonObject *
regie_bulk_form_get_patch (RegieBulkForm *self)
{
  JsonObject *patch = json_object_new ();

  g_return_val_if_fail (REGIE_IS_BULK_FORM (self), patch);

  for (guint i = 0; i < self->places->len; i++)
    {
      Place *place = g_ptr_array_index (self->places, i);
      const char *name = regie_form_row_get_field (place->row)->name;
      JsonNode *value;

      if (!is_chosen (place))
        continue;
      value = regie_form_row_get_value (place->row);
      if (value != NULL)
        json_object_set_member (patch, name, value);
      else
        json_object_set_null_member (patch, name);
    }

  return patch;
}

gboolean
regie_bulk_form_focus_first_invalid (RegieBulkForm *self)
{
  Place *first = NULL;

  g_return_val_if_fail (REGIE_IS_BULK_FORM (self), FALSE);

  for (guint i = 0; i < self->places->len; i++)
    {
      Place *place = g_ptr_array_index (self->places, i);

      if (!is_chosen (place) || regie_form_row_is_valid (place->row))
        continue;
      regie_form_row_show_problem (place->row);
      if (first == NULL)
        first = place;
    }
  if (first != NULL)
    {
      adw_expander_row_set_expanded (first->expander, TRUE);
      regie_form_row_grab_focus (first->row);
    }

  return first != NULL;
}

static Place *
find_place (RegieBulkForm *self, const char *name)
{
  for (guint i = 0; i < self->places->len; i++)
    {
      Place *place = g_ptr_array_index (self->places, i);

      if (g_str_equal (regie_form_row_get_field (place->row)->name, name))
        return place;
    }

  return NULL;
}

void
regie_bulk_form_choose (RegieBulkForm *self, const char *field, gboolean chosen)
{
  Place *place;

  g_return_if_fail (REGIE_IS_BULK_FORM (self));

  place = find_place (self, field);
  if (place != NULL)
    adw_expander_row_set_enable_expansion (place->expander, chosen);
}

void
regie_bulk_form_set_value (RegieBulkForm *self, const char *field, JsonNode *value)
{
  Place *place;

  g_return_if_fail (REGIE_IS_BULK_FORM (self));

  place = find_place (self, field);
  if (place == NULL)
    return;
  adw_expander_row_set_enable_expansion (place->expander, TRUE);
  regie_form_row_set_typed (place->row, value);
}

guint
regie_bulk_form_get_n_chosen (RegieBulkForm *self)
{
  guint n = 0;

  g_return_val_if_fail (REGIE_IS_BULK_FORM (self), 0);

  for (guint i = 0; i < self->places->len; i++)
    n += is_chosen (g_ptr_array_index (self->places, i)) ? 1 : 0;

  return n;
}
