/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-mapping.h"

#include <string.h>

#include "regie-json.h"
#include "regie-time.h"

JsonNode *
regie_mapping_find (JsonNode *root, const char *const *pointers)
{
  for (guint i = 0; pointers != NULL && pointers[i] != NULL; i++)
    {
      JsonNode *found = regie_json_pointer_get (root, pointers[i]);

      if (found != NULL && !JSON_NODE_HOLDS_NULL (found))
        return found;
    }

  return NULL;
}

static gboolean
holds (JsonNode *node, GType type)
{
  return JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == type;
}

char *
regie_mapping_dup_scalar (JsonNode *node)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];

  if (node == NULL)
    return NULL;
  if (holds (node, G_TYPE_STRING))
    return g_strdup (json_node_get_string (node));
  if (holds (node, G_TYPE_INT64))
    return g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (node));
  if (holds (node, G_TYPE_DOUBLE))
    return g_strdup (g_ascii_dtostr (digits, sizeof digits, json_node_get_double (node)));

  return NULL;
}

/* Shares nothing with NODE: json_node_copy() only refers to an object again. */
static JsonNode *
deep_copy (JsonNode *node)
{
  g_autoptr (JsonObject) box = json_object_new ();
  g_autoptr (JsonObject) copy = NULL;

  json_object_set_member (box, "value", json_node_copy (node));
  copy = regie_json_copy (box);

  return json_object_dup_member (copy, "value");
}

/* --- one value --- */

static gboolean
read_number (JsonNode *node, double *number)
{
  const char *text;
  char *end;

  if (holds (node, G_TYPE_INT64) || holds (node, G_TYPE_DOUBLE))
    {
      *number = json_node_get_double (node);
      return TRUE;
    }
  if (!holds (node, G_TYPE_STRING))
    return FALSE;
  text = json_node_get_string (node);
  *number = g_ascii_strtod (text, &end);

  return end != text && *end == '\0';
}

static JsonNode *
new_int (gint64 value)
{
  return json_node_init_int (json_node_alloc (), value);
}

static JsonNode *
new_text (const char *text)
{
  return json_node_init_string (json_node_alloc (), text);
}

static JsonNode *
to_boolean (JsonNode *node)
{
  double number;
  const char *text = holds (node, G_TYPE_STRING) ? json_node_get_string (node) : "";

  if (holds (node, G_TYPE_BOOLEAN))
    return json_node_init_boolean (json_node_alloc (), json_node_get_boolean (node));
  if (g_ascii_strcasecmp (text, "true") == 0 || g_ascii_strcasecmp (text, "yes") == 0)
    return json_node_init_boolean (json_node_alloc (), TRUE);
  if (g_ascii_strcasecmp (text, "false") == 0 || g_ascii_strcasecmp (text, "no") == 0)
    return json_node_init_boolean (json_node_alloc (), FALSE);
  if (read_number (node, &number))
    return json_node_init_boolean (json_node_alloc (), number != 0);

  return NULL;
}

static JsonNode *
to_time (JsonNode *node, GTimeZone *zone)
{
  g_autofree char *text = regie_mapping_dup_scalar (node);
  gint64 time;

  return text != NULL && regie_time_parse (text, zone, &time) ? new_int (time) : NULL;
}

/* NULL: it cannot be read so. */
static JsonNode *
convert (RegieConverter converter, JsonNode *node, GTimeZone *zone)
{
  g_autofree char *text = NULL;
  double number;

  switch (converter)
    {
    case REGIE_CONVERT_TEXT:
      text = regie_mapping_dup_scalar (node);
      return text != NULL ? new_text (text) : NULL;
    case REGIE_CONVERT_INTEGER:
      return read_number (node, &number) ? new_int ((gint64) number) : NULL;
    case REGIE_CONVERT_NUMBER:
      return read_number (node, &number) ? json_node_init_double (json_node_alloc (), number) : NULL;
    case REGIE_CONVERT_BOOLEAN:
      return to_boolean (node);
    case REGIE_CONVERT_TIME:
      return to_time (node, zone);
    case REGIE_CONVERT_SECONDS:
      return read_number (node, &number) ? new_int ((gint64) (number * 1000)) : NULL;
    case REGIE_CONVERT_PERCENT:
      return read_number (node, &number) ? json_node_init_double (json_node_alloc (), number / 100) : NULL;
    case REGIE_CONVERT_NONE:
    default:
      return NULL;
    }
}

/* What a field of this type needs where the profile names no converter and the value is of another type. */
static RegieConverter
converter_of_type (RegieFieldType type, JsonNode *node)
{
  switch (type)
    {
    case REGIE_FIELD_TIME:
      return REGIE_CONVERT_TIME;
    case REGIE_FIELD_INT:
    case REGIE_FIELD_DURATION:
    case REGIE_FIELD_MONEY:
      return holds (node, G_TYPE_INT64) ? REGIE_CONVERT_NONE : REGIE_CONVERT_INTEGER;
    case REGIE_FIELD_NUMBER:
    case REGIE_FIELD_RATE:
      return holds (node, G_TYPE_STRING) ? REGIE_CONVERT_NUMBER : REGIE_CONVERT_NONE;
    case REGIE_FIELD_BOOL:
      return holds (node, G_TYPE_BOOLEAN) ? REGIE_CONVERT_NONE : REGIE_CONVERT_BOOLEAN;
    case REGIE_FIELD_REF:
      return holds (node, G_TYPE_STRING) ? REGIE_CONVERT_NONE : REGIE_CONVERT_TEXT;
    default:
      return REGIE_CONVERT_NONE;
    }
}

/* --- from the wire --- */

/* Puts VALUE (borrowed) into RECORD as FIELD, converted; as it came where that fails. */
static void
put_field (JsonObject *record,
           const RegieField *field,
           RegieConverter converter,
           GHashTable *values,
           JsonNode *value,
           GTimeZone *zone)
{
  g_autoptr (JsonNode) converted = NULL;

  if (JSON_NODE_HOLDS_NULL (value))
    return;
  if (values != NULL)
    {
      g_autofree char *theirs = holds (value, G_TYPE_BOOLEAN)
                                    ? g_strdup (json_node_get_boolean (value) ? "true" : "false")
                                    : regie_mapping_dup_scalar (value);
      const char *ours = theirs != NULL ? g_hash_table_lookup (values, theirs) : NULL;

      if (ours != NULL)
        converted = new_text (ours);
    }
  if (converted == NULL)
    {
      if (converter == REGIE_CONVERT_NONE)
        converter = converter_of_type (field->type, value);
      converted = convert (converter, value, zone);
    }
  if (converted != NULL)
    json_object_set_member (record, field->name, g_steal_pointer (&converted));
}

/* The first token of a pointer, when it is the only one: a member that a mapping uses up. */
static const char *
sole_member (const char *pointer)
{
  return *pointer == '/' && strpbrk (pointer + 1, "/~") == NULL ? pointer + 1 : NULL;
}

static void
map_fields (RegieProfile *profile, const RegieProfileKind *here, JsonNode *wire, JsonObject *record)
{
  for (guint i = 0; i < here->fields->len; i++)
    {
      const RegieProfileField *field = g_ptr_array_index (here->fields, i);
      JsonNode *value = regie_mapping_find (wire, (const char *const *) field->from);

      for (guint p = 0; field->from[p] != NULL; p++)
        {
          const char *member = sole_member (field->from[p]);

          if (member != NULL)
            json_object_remove_member (record, member);
        }
      if (value == NULL && field->fallback != NULL)
        json_object_set_string_member (record, field->field->name, field->fallback);
      if (value == NULL)
        continue;
      json_object_set_member (record, field->field->name, deep_copy (value));
      put_field (record, field->field, field->convert, field->values, value, profile->zone);
    }
}

static gboolean
is_mapped (const RegieProfileKind *here, const RegieField *field)
{
  for (guint i = 0; here != NULL && i < here->fields->len; i++)
    {
      if (((RegieProfileField *) g_ptr_array_index (here->fields, i))->field == field)
        return TRUE;
    }

  return FALSE;
}

JsonObject *
regie_mapping_from_wire (RegieProfile *profile, const RegieKind *kind, JsonNode *wire, GError **error)
{
  const RegieProfileKind *here = regie_profile_get_kind (profile, kind);
  g_autoptr (JsonObject) record = NULL;
  g_autofree char *id = NULL;
  JsonNode *etag;

  if (!JSON_NODE_HOLDS_OBJECT (wire))
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_PROTOCOL, "a %s came that is no object", kind->name);
      return NULL;
    }
  id = regie_mapping_dup_scalar (regie_mapping_find (wire, (const char *const *) profile->record_id));
  if (id == NULL || *id == '\0')
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_PROTOCOL, "a %s came without its id", kind->name);
      return NULL;
    }

  record = regie_json_copy (json_node_get_object (wire));
  if (here != NULL)
    map_fields (profile, here, wire, record);
  for (guint i = 0; i < kind->n_fields; i++)
    {
      JsonNode *value = json_object_get_member (record, kind->fields[i].name);

      if (value != NULL && !is_mapped (here, &kind->fields[i]))
        put_field (record, &kind->fields[i], REGIE_CONVERT_NONE, NULL, value, profile->zone);
    }
  json_object_set_string_member (record, "id", id);
  etag = regie_mapping_find (wire, (const char *const *) profile->record_etag);
  if (etag != NULL)
    json_object_set_member (record, "rev", json_node_copy (etag));

  return g_steal_pointer (&record);
}

/* --- to the wire --- */

static JsonNode *
field_to_wire (const RegieProfileField *mapping, const RegieField *field, JsonNode *value)
{
  RegieConverter converter = mapping != NULL ? mapping->convert : REGIE_CONVERT_NONE;
  g_autofree char *text = NULL;
  const char *theirs;
  double number;

  if (JSON_NODE_HOLDS_NULL (value))
    return json_node_copy (value);
  if (mapping != NULL && mapping->back != NULL && holds (value, G_TYPE_STRING))
    {
      theirs = g_hash_table_lookup (mapping->back, json_node_get_string (value));
      if (theirs != NULL)
        return new_text (theirs);
    }
  if (field->type == REGIE_FIELD_TIME && holds (value, G_TYPE_INT64))
    {
      text = regie_time_to_rfc3339 (json_node_get_int (value));
      return text != NULL ? new_text (text) : json_node_new (JSON_NODE_NULL);
    }
  if (converter == REGIE_CONVERT_SECONDS && read_number (value, &number))
    return json_node_init_double (json_node_alloc (), number / 1000);
  if (converter == REGIE_CONVERT_PERCENT && read_number (value, &number))
    return json_node_init_double (json_node_alloc (), number * 100);

  return json_node_copy (value);
}

static const RegieProfileField *
find_mapping (const RegieProfileKind *here, const char *name)
{
  for (guint i = 0; here != NULL && i < here->fields->len; i++)
    {
      const RegieProfileField *field = g_ptr_array_index (here->fields, i);

      if (g_str_equal (field->field->name, name))
        return field;
    }

  return NULL;
}

/* Sets VALUE (taken) at POINTER, making the objects on the way. */
static void
put_at (JsonObject *object, const char *pointer, JsonNode *value)
{
  g_auto (GStrv) tokens = g_strsplit (pointer + 1, "/", -1);
  guint n = g_strv_length (tokens);

  for (guint i = 0; i + 1 < n; i++)
    {
      JsonObject *next = regie_json_get_object (object, tokens[i]);

      if (next == NULL)
        {
          next = json_object_new ();
          json_object_set_object_member (object, tokens[i], next);
        }
      object = next;
    }
  json_object_set_member (object, tokens[n - 1], value);
}

JsonObject *
regie_mapping_to_wire (RegieProfile *profile, const RegieKind *kind, JsonObject *fields, GError **error)
{
  const RegieProfileKind *here = regie_profile_get_kind (profile, kind);
  g_autoptr (JsonObject) wire = json_object_new ();
  g_autoptr (JsonObject) own = regie_json_copy (fields);
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;

  json_object_iter_init_ordered (&iter, own);
  while (json_object_iter_next_ordered (&iter, &name, &value))
    {
      const RegieField *field = regie_kind_find_field (kind, name);
      const RegieProfileField *mapping = find_mapping (here, name);

      if (mapping != NULL && mapping->to == NULL)
        {
          g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID, "/%s: %s does not take it", name,
                       profile->title);
          return NULL;
        }
      if (mapping != NULL)
        put_at (wire, mapping->to, field_to_wire (mapping, field, value));
      else if (field != NULL)
        json_object_set_member (wire, name, field_to_wire (NULL, field, value));
      else
        json_object_set_member (wire, name, json_node_copy (value));
    }

  return g_steal_pointer (&wire);
}

JsonNode *
regie_mapping_value_to_wire (RegieProfile *profile, const RegieKind *kind, const char *name, JsonNode *value)
{
  const RegieField *field = kind != NULL ? regie_kind_find_field (kind, name) : NULL;
  const RegieProfileKind *here = kind != NULL ? regie_profile_get_kind (profile, kind) : NULL;
  g_autoptr (JsonNode) own = deep_copy (value);

  return field != NULL ? field_to_wire (find_mapping (here, name), field, own) : g_steal_pointer (&own);
}

char *
regie_mapping_filter_value (const RegieKind *kind, const char *field, const char *value)
{
  const RegieField *known = regie_kind_find_field (kind, field);
  gint64 time;

  if (known != NULL && known->type == REGIE_FIELD_TIME &&
      g_ascii_string_to_signed (value, 10, G_MININT64, G_MAXINT64, &time, NULL))
    {
      char *text = regie_time_to_rfc3339 (time);

      if (text != NULL)
        return text;
    }

  return g_strdup (value);
}
