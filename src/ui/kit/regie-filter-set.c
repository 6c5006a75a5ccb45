/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-filter-set.h"

#include "regie-json.h"

static void
filter_free (gpointer data)
{
  RegieFilter *filter = data;

  g_ptr_array_unref (filter->values);
  g_free (filter);
}

RegieFilterSet *
regie_filter_set_new (const RegieKind *kind)
{
  RegieFilterSet *self = g_new0 (RegieFilterSet, 1);

  self->kind = kind;
  self->filters = g_ptr_array_new_with_free_func (filter_free);

  return self;
}

void
regie_filter_set_free (RegieFilterSet *self)
{
  g_ptr_array_unref (self->filters);
  g_free (self);
}

gboolean
regie_filter_is_possible (const RegieField *field)
{
  return (field->flags & REGIE_FIELD_INDEXED) && !(field->flags & REGIE_FIELD_HIDDEN) &&
         (field->type == REGIE_FIELD_ENUM || field->type == REGIE_FIELD_REF ||
          field->type == REGIE_FIELD_BOOL);
}

const RegieFilter *
regie_filter_set_find (RegieFilterSet *self, const RegieField *field)
{
  for (guint i = 0; i < self->filters->len; i++)
    {
      RegieFilter *filter = g_ptr_array_index (self->filters, i);

      if (filter->field == field)
        return filter;
    }

  return NULL;
}

static gboolean
find_value (const RegieFilter *filter, const char *value, guint *index)
{
  return filter != NULL && g_ptr_array_find_with_equal_func (filter->values, value, g_str_equal, index);
}

gboolean
regie_filter_set_has (RegieFilterSet *self, const RegieField *field, const char *value)
{
  return find_value (regie_filter_set_find (self, field), value, NULL);
}

gboolean
regie_filter_set_toggle (RegieFilterSet *self, const RegieField *field, const char *value, gboolean on)
{
  RegieFilter *filter = (RegieFilter *) regie_filter_set_find (self, field);
  guint at = 0;

  g_return_val_if_fail (regie_filter_is_possible (field), FALSE);

  if (find_value (filter, value, &at) == on)
    return FALSE;
  if (!on)
    {
      g_ptr_array_remove_index (filter->values, at);
      if (filter->values->len == 0)
        g_ptr_array_remove (self->filters, filter);
      return TRUE;
    }
  if (filter == NULL)
    {
      filter = g_new0 (RegieFilter, 1);
      filter->field = field;
      filter->values = g_ptr_array_new_with_free_func (g_free);
      g_ptr_array_add (self->filters, filter);
    }
  g_ptr_array_add (filter->values, g_strdup (value));

  return TRUE;
}

static gboolean
is_same (const RegieFilter *filter, const char *const *values)
{
  guint n = values != NULL ? g_strv_length ((GStrv) values) : 0;

  if (n != (filter != NULL ? filter->values->len : 0))
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      if (!find_value (filter, values[i], NULL))
        return FALSE;
    }

  return TRUE;
}

gboolean
regie_filter_set_put (RegieFilterSet *self, const RegieField *field, const char *const *values)
{
  RegieFilter *filter = (RegieFilter *) regie_filter_set_find (self, field);

  if (is_same (filter, values))
    return FALSE;
  if (filter != NULL)
    g_ptr_array_remove (self->filters, filter);
  for (guint i = 0; values != NULL && values[i] != NULL; i++)
    regie_filter_set_toggle (self, field, values[i], TRUE);

  return TRUE;
}

gboolean
regie_filter_set_clear (RegieFilterSet *self)
{
  gboolean any = self->filters->len > 0;

  g_ptr_array_set_size (self->filters, 0);

  return any;
}

void
regie_filter_set_apply (RegieFilterSet *self, RegieQuery *query)
{
  for (guint i = 0; i < self->filters->len; i++)
    {
      RegieFilter *filter = g_ptr_array_index (self->filters, i);
      g_autoptr (GString) all = g_string_new (NULL);

      for (guint j = 0; j < filter->values->len; j++)
        g_string_append_printf (all, "%s%s", j > 0 ? "," : "",
                                (char *) g_ptr_array_index (filter->values, j));
      regie_query_where (query, filter->field->name, REGIE_OP_IN, all->str);
    }
}

static const char *
get_text (JsonArray *array, guint i)
{
  return i < json_array_get_length (array) ? json_node_get_string (json_array_get_element (array, i)) : NULL;
}

void
regie_filter_set_read (RegieFilterSet *self, const RegieQuery *query)
{
  g_autoptr (JsonObject) json = regie_query_to_json (query);
  JsonArray *where = regie_json_get_array (json, "where");

  regie_filter_set_clear (self);
  for (guint i = 0; where != NULL && i < json_array_get_length (where); i++)
    {
      JsonArray *condition = json_array_get_array_element (where, i);
      const RegieField *field = regie_kind_find_field (self->kind, get_text (condition, 0));
      const char *op = get_text (condition, 1);
      g_auto (GStrv) values = NULL;

      if (field == NULL || !regie_filter_is_possible (field) ||
          !(g_strcmp0 (op, "in") == 0 || g_strcmp0 (op, "eq") == 0))
        continue;
      values = g_strsplit (get_text (condition, 2), ",", -1);
      regie_filter_set_put (self, field, (const char *const *) values);
    }
}

gboolean
regie_query_has_condition (const RegieQuery *query, const char *field)
{
  g_autoptr (JsonObject) json = regie_query_to_json (query);
  JsonArray *where = regie_json_get_array (json, "where");

  for (guint i = 0; where != NULL && i < json_array_get_length (where); i++)
    {
      if (g_strcmp0 (get_text (json_array_get_array_element (where, i), 0), field) == 0)
        return TRUE;
    }

  return FALSE;
}
