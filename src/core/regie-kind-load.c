/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "regie-json.h"
#include "regie-kinds-private.h"

/* Marks a word for the translators; the dashboard translates it. */
#define N_(text) (text)

static const char *const type_names[] = {
  [REGIE_FIELD_TEXT] = "text",   [REGIE_FIELD_MULTILINE] = "multiline", [REGIE_FIELD_EMAIL] = "email",
  [REGIE_FIELD_INT] = "int",     [REGIE_FIELD_NUMBER] = "number",       [REGIE_FIELD_BOOL] = "bool",
  [REGIE_FIELD_ENUM] = "enum",   [REGIE_FIELD_TIME] = "time",           [REGIE_FIELD_DURATION] = "duration",
  [REGIE_FIELD_MONEY] = "money", [REGIE_FIELD_RATE] = "rate",           [REGIE_FIELD_CLOCK] = "clock",
  [REGIE_FIELD_ZONE] = "zone",   [REGIE_FIELD_LANGUAGE] = "language",   [REGIE_FIELD_REF] = "ref",
  [REGIE_FIELD_LIST] = "list",   [REGIE_FIELD_SERIES] = "series",       [REGIE_FIELD_JSON] = "json",
};

static const struct
{
  const char *name;
  RegieFieldFlags flag;
} flag_names[] = {
  { "required", REGIE_FIELD_REQUIRED },       { "read-only", REGIE_FIELD_READ_ONLY },
  { "create-only", REGIE_FIELD_CREATE_ONLY }, { "indexed", REGIE_FIELD_INDEXED },
  { "searched", REGIE_FIELD_SEARCHED },       { "column", REGIE_FIELD_COLUMN },
  { "hidden", REGIE_FIELD_HIDDEN },           { "transient", REGIE_FIELD_TRANSIENT },
};

const char *
regie_field_type_to_string (RegieFieldType type)
{
  g_return_val_if_fail ((guint) type < G_N_ELEMENTS (type_names), "json");

  return type_names[type];
}

gboolean
regie_field_type_from_string (const char *name, RegieFieldType *type)
{
  for (guint i = 0; i < G_N_ELEMENTS (type_names); i++)
    {
      if (g_strcmp0 (type_names[i], name) == 0)
        {
          *type = i;
          return TRUE;
        }
    }

  return FALSE;
}

static const char *
intern (JsonObject *object, const char *member)
{
  return g_intern_string (regie_json_get_text (object, member, NULL));
}

static gboolean
load_flags (RegieField *field, JsonArray *names, GError **error)
{
  for (guint i = 0; names != NULL && i < json_array_get_length (names); i++)
    {
      const char *name = json_array_get_string_element (names, i);
      guint f = 0;

      while (f < G_N_ELEMENTS (flag_names) && g_strcmp0 (flag_names[f].name, name) != 0)
        f++;
      if (f == G_N_ELEMENTS (flag_names))
        {
          g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID, "field %s: no flag %s", field->name, name);
          return FALSE;
        }
      field->flags |= flag_names[f].flag;
    }

  return TRUE;
}

static void
load_values (RegieField *field, JsonArray *values)
{
  RegieEnumValue *list;

  field->n_values = values != NULL ? json_array_get_length (values) : 0;
  list = g_new0 (RegieEnumValue, field->n_values);
  for (guint i = 0; i < field->n_values; i++)
    {
      JsonObject *value = json_array_get_object_element (values, i);

      list[i].name = intern (value, "name");
      list[i].label = intern (value, "label");
      list[i].style = intern (value, "style");
    }
  field->values = list;
}

static gboolean
load_field (RegieField *field, JsonObject *description, GError **error)
{
  field->name = intern (description, "name");
  field->label = intern (description, "label");
  field->help = intern (description, "help");
  field->group = intern (description, "group");
  field->unit = intern (description, "unit");
  field->ref = intern (description, "ref");
  field->has_min = json_object_has_member (description, "min");
  field->has_max = json_object_has_member (description, "max");
  field->min = regie_json_get_number (description, "min", 0);
  field->max = regie_json_get_number (description, "max", 0);

  if (field->name == NULL || field->label == NULL)
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID, "a field without name or label");
      return FALSE;
    }
  if (!regie_field_type_from_string (regie_json_get_text (description, "type", NULL), &field->type))
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID, "field %s: no such type", field->name);
      return FALSE;
    }
  if (json_object_has_member (description, "default"))
    {
      g_autofree char *text = regie_json_to_string (json_object_get_member (description, "default"));
      field->fallback = g_intern_string (text);
    }
  if (field->type == REGIE_FIELD_RATE && !field->has_max)
    {
      field->has_min = field->has_max = TRUE;
      field->max = 1;
    }
  load_values (field, regie_json_get_array (description, "values"));

  return load_flags (field, regie_json_get_array (description, "flags"), error);
}

/* What every kind has, behind its own fields. */
static const RegieField common_fields[] = {
  { .name = "id",
    .type = REGIE_FIELD_TEXT,
    .flags = REGIE_FIELD_READ_ONLY | REGIE_FIELD_HIDDEN,
    .label = N_ ("Id") },
  { .name = "rev",
    .type = REGIE_FIELD_INT,
    .flags = REGIE_FIELD_READ_ONLY | REGIE_FIELD_HIDDEN,
    .label = N_ ("Version") },
  { .name = "created_at",
    .type = REGIE_FIELD_TIME,
    .flags = REGIE_FIELD_READ_ONLY | REGIE_FIELD_INDEXED,
    .label = N_ ("Created") },
  { .name = "updated_at",
    .type = REGIE_FIELD_TIME,
    .flags = REGIE_FIELD_READ_ONLY | REGIE_FIELD_INDEXED,
    .label = N_ ("Changed") },
};

static gboolean
load_fields (RegieKind *kind, JsonArray *descriptions, GError **error)
{
  guint n_own = descriptions != NULL ? json_array_get_length (descriptions) : 0;
  RegieField *fields = g_new0 (RegieField, G_N_ELEMENTS (common_fields) + n_own);

  memcpy (fields + n_own, common_fields, sizeof common_fields);
  kind->fields = fields;
  kind->n_fields = G_N_ELEMENTS (common_fields) + n_own;
  for (guint i = 0; i < n_own; i++)
    {
      if (!load_field (&fields[i], json_array_get_object_element (descriptions, i), error))
        return FALSE;
    }

  return TRUE;
}

static void
load_actions (RegieKind *kind, JsonArray *descriptions)
{
  RegieAction *actions;

  kind->n_actions = descriptions != NULL ? json_array_get_length (descriptions) : 0;
  actions = g_new0 (RegieAction, kind->n_actions);
  for (guint i = 0; i < kind->n_actions; i++)
    {
      JsonObject *description = json_array_get_object_element (descriptions, i);

      actions[i].name = intern (description, "name");
      actions[i].label = intern (description, "label");
      actions[i].inverse = intern (description, "inverse");
      actions[i].icon = intern (description, "icon");
      actions[i].destructive = regie_json_get_bool (description, "destructive", FALSE);
      actions[i].outward = regie_json_get_bool (description, "outward", FALSE);
    }
  kind->actions = actions;
}

static RegieReplication
load_replication (JsonObject *description)
{
  const char *name = regie_json_get_text (description, "replication", "full");

  if (g_str_equal (name, "window"))
    return REGIE_REPLICATE_WINDOW;
  if (g_str_equal (name, "remote"))
    return REGIE_REPLICATE_REMOTE;

  return REGIE_REPLICATE_FULL;
}

static void
free_unfinished (RegieKind *kind)
{
  for (guint i = 0; i < kind->n_fields; i++)
    g_free ((gpointer) kind->fields[i].values);
  g_free ((gpointer) kind->fields);
  g_free (kind);
}

RegieKind *
regie_kind_load (JsonObject *description, GError **error)
{
  RegieKind *kind = g_new0 (RegieKind, 1);
  g_autofree char *table = NULL;

  kind->name = intern (description, "name");
  kind->path = intern (description, "path");
  kind->label = intern (description, "label");
  kind->plural = intern (description, "plural");
  kind->icon = intern (description, "icon");
  kind->title_field = intern (description, "title");
  kind->replication = load_replication (description);
  kind->can_create = regie_json_get_bool (description, "create", FALSE);
  kind->can_update = regie_json_get_bool (description, "update", FALSE);
  kind->can_delete = regie_json_get_bool (description, "delete", FALSE);
  table = g_strdelimit (g_strdup (kind->name), "-", '_');
  kind->table = g_intern_string (table);

  if (!load_fields (kind, regie_json_get_array (description, "fields"), error))
    {
      g_prefix_error (error, "kind %s: ", kind->name);
      free_unfinished (kind);
      return NULL;
    }
  load_actions (kind, regie_json_get_array (description, "actions"));

  return kind;
}
