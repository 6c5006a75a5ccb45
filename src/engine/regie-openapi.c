/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-api-private.h"

#include "core/regie-json.h"
#include "regie-config.h"

/* OpenAPI 3.1 made from the kinds. */

static JsonObject *
ref_to (const char *place, const char *name)
{
  g_autofree char *ref = g_strdup_printf ("#/components/%s/%s", place, name);

  return regie_json_object_new ("$ref", 's', ref, NULL);
}

/* "digital-human" → "DigitalHuman". */
static char *
schema_name (const RegieKind *kind)
{
  g_auto (GStrv) parts = g_strsplit (kind->name, "-", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    parts[i][0] = g_ascii_toupper (parts[i][0]);

  return g_strjoinv ("", parts);
}

static JsonArray *
enum_values (const RegieField *field)
{
  JsonArray *values = json_array_new ();

  for (guint i = 0; i < field->n_values; i++)
    json_array_add_string_element (values, field->values[i].name);

  return values;
}

static void
set_type (JsonObject *schema, const char *type, const char *format)
{
  json_object_set_string_member (schema, "type", type);
  if (format != NULL)
    json_object_set_string_member (schema, "format", format);
}

static void
set_text_type (JsonObject *schema, const RegieField *field)
{
  static const struct
  {
    RegieFieldType type;
    const char *format;
  } formats[] = {
    { REGIE_FIELD_EMAIL, "email" },
    { REGIE_FIELD_TIME, "date-time" },
  };
  const char *format = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      if (formats[i].type == field->type)
        format = formats[i].format;
    }
  set_type (schema, "string", format);
  if (field->type == REGIE_FIELD_CLOCK)
    json_object_set_string_member (schema, "pattern", "^([01][0-9]|2[0-3]):[0-5][0-9]$");
  if (field->type == REGIE_FIELD_REF)
    json_object_set_string_member (schema, "x-ref", field->ref);
  if (field->type == REGIE_FIELD_ENUM)
    json_object_set_array_member (schema, "enum", enum_values (field));
}

static void
set_limits (JsonObject *schema, const RegieField *field, gboolean is_text)
{
  if (field->has_min)
    json_object_set_double_member (schema, is_text ? "minLength" : "minimum", field->min);
  if (field->has_max)
    json_object_set_double_member (schema, is_text ? "maxLength" : "maximum", field->max);
}

static JsonObject *
items_of (const char *type)
{
  return regie_json_object_new ("type", 's', type, NULL);
}

static void
set_value_type (JsonObject *schema, const RegieField *field)
{
  switch (field->type)
    {
    case REGIE_FIELD_INT:
    case REGIE_FIELD_DURATION:
    case REGIE_FIELD_MONEY:
      set_type (schema, "integer", "int64");
      set_limits (schema, field, FALSE);
      break;
    case REGIE_FIELD_NUMBER:
    case REGIE_FIELD_RATE:
      set_type (schema, "number", "double");
      set_limits (schema, field, FALSE);
      break;
    case REGIE_FIELD_BOOL:
      set_type (schema, "boolean", NULL);
      break;
    case REGIE_FIELD_LIST:
    case REGIE_FIELD_SERIES:
      set_type (schema, "array", NULL);
      json_object_set_object_member (schema, "items",
                                     items_of (field->type == REGIE_FIELD_LIST ? "string" : "number"));
      break;
    case REGIE_FIELD_JSON:
      break;
    default:
      set_text_type (schema, field);
      set_limits (schema, field, TRUE);
      break;
    }
}

static JsonObject *
field_schema (const RegieField *field)
{
  JsonObject *schema = json_object_new ();

  set_value_type (schema, field);
  json_object_set_string_member (schema, "title", field->label);
  if (field->help != NULL)
    json_object_set_string_member (schema, "description", field->help);
  if (field->flags & REGIE_FIELD_READ_ONLY)
    json_object_set_boolean_member (schema, "readOnly", TRUE);
  if (field->flags & REGIE_FIELD_INDEXED)
    json_object_set_boolean_member (schema, "x-indexed", TRUE);
  if (field->flags & REGIE_FIELD_CREATE_ONLY)
    json_object_set_boolean_member (schema, "x-create-only", TRUE);
  if (field->flags & REGIE_FIELD_TRANSIENT)
    json_object_set_boolean_member (schema, "x-transient", TRUE);
  if (field->unit != NULL)
    json_object_set_string_member (schema, "x-unit", field->unit);
  if (field->fallback != NULL)
    json_object_set_member (schema, "default", json_from_string (field->fallback, NULL));

  return schema;
}

static JsonObject *
kind_schema (const RegieKind *kind)
{
  JsonObject *properties = json_object_new ();
  JsonArray *required = json_array_new ();

  for (guint i = 0; i < kind->n_fields; i++)
    {
      json_object_set_object_member (properties, kind->fields[i].name, field_schema (&kind->fields[i]));
      if (kind->fields[i].flags & REGIE_FIELD_REQUIRED)
        json_array_add_string_element (required, kind->fields[i].name);
    }

  return regie_json_object_new ("type", 's', "object", "title", 's', kind->label, "x-kind", 's', kind->name,
                                "properties", 'o', properties, "required", 'a', required, NULL);
}

/* --- requests --- */

static JsonObject *
content_of (const char *type, JsonObject *schema)
{
  return regie_json_object_new (type, 'o', regie_json_object_new ("schema", 'o', schema, NULL), NULL);
}

static JsonObject *
answer_of (const char *description, JsonObject *schema)
{
  return regie_json_object_new ("description", 's', description, "content", 'o',
                                content_of ("application/json", schema), NULL);
}

/* SUMMARY, an answer of STATUS, and problems for the rest. */
static JsonObject *
operation (const char *id, const char *summary, const char *status, JsonObject *schema, JsonArray *parameters)
{
  JsonObject *responses = regie_json_object_new (status, 'o', answer_of (summary, schema), "default", 'o',
                                                 ref_to ("responses", "Problem"), NULL);
  JsonObject *result = regie_json_object_new ("operationId", 's', id, "summary", 's', summary, "responses",
                                              'o', responses, NULL);

  if (parameters != NULL)
    json_object_set_array_member (result, "parameters", parameters);

  return result;
}

static JsonObject *
with_body (JsonObject *operation_, JsonObject *schema)
{
  json_object_set_object_member (operation_, "requestBody",
                                 regie_json_object_new ("required", 'b', TRUE, "content", 'o',
                                                        content_of ("application/json", schema), NULL));

  return operation_;
}

static JsonObject *
parameter (const char *name, const char *place, const char *description, JsonObject *schema)
{
  return regie_json_object_new ("name", 's', name, "in", 's', place, "required", 'b',
                                g_str_equal (place, "path"), "description", 's', description, "schema", 'o',
                                schema, NULL);
}

static JsonArray *
write_parameters (gboolean with_rev)
{
  JsonArray *parameters = json_array_new ();

  json_array_add_object_element (parameters, ref_to ("parameters", "IdempotencyKey"));
  if (with_rev)
    json_array_add_object_element (parameters, ref_to ("parameters", "IfMatch"));

  return parameters;
}

static JsonArray *
list_parameters (const RegieKind *kind)
{
  static const char *const shared[] = { "Limit", "Cursor", "Sort", "Words" };
  JsonArray *parameters = json_array_new ();

  for (guint i = 0; i < G_N_ELEMENTS (shared); i++)
    json_array_add_object_element (parameters, ref_to ("parameters", shared[i]));
  for (guint i = 0; i < kind->n_fields; i++)
    {
      if (kind->fields[i].flags & REGIE_FIELD_INDEXED)
        json_array_add_object_element (
            parameters, parameter (kind->fields[i].name, "query",
                                   "Only records with this value; also FIELD.OP=VALUE, OP one of "
                                   "eq ne lt le gt ge in",
                                   items_of ("string")));
    }

  return parameters;
}

static JsonObject *
page_schema (const char *schema)
{
  JsonObject *items =
      regie_json_object_new ("type", 's', "array", "items", 'o', ref_to ("schemas", schema), NULL);
  JsonArray *types = json_array_new ();

  json_array_add_string_element (types, "string");
  json_array_add_string_element (types, "null");

  return regie_json_object_new ("type", 's', "object", "properties", 'o',
                                regie_json_object_new ("items", 'o', items, "next", 'o',
                                                       regie_json_object_new ("type", 'a', types, NULL),
                                                       "total", 'o', items_of ("integer"), NULL),
                                NULL);
}

static JsonObject *
add_path (JsonObject *paths, const char *path)
{
  JsonObject *item = json_object_new ();
  JsonArray *parameters;

  json_object_set_object_member (paths, path, item);
  if (strstr (path, "{id}") == NULL)
    return item;
  parameters = json_array_new ();
  json_array_add_object_element (parameters, ref_to ("parameters", "Id"));
  json_object_set_array_member (item, "parameters", parameters);

  return item;
}

static char *
operation_id (const char *verb, const char *schema)
{
  return g_strconcat (verb, schema, NULL);
}

static void
add_operation (JsonObject *item,
               const char *method,
               const char *verb,
               const char *schema,
               const char *summary,
               const char *status,
               JsonArray *parameters,
               gboolean has_body)
{
  g_autofree char *id = operation_id (verb, schema);
  JsonObject *result = operation (id, summary, status, ref_to ("schemas", schema), parameters);

  json_object_set_object_member (item, method,
                                 has_body ? with_body (result, ref_to ("schemas", schema)) : result);
}

static void
add_action (JsonObject *paths, const RegieKind *kind, const char *schema, const char *name, const char *label)
{
  g_autofree char *path = g_strdup_printf ("/v1/%s/{id}/%s", kind->path, name);

  add_operation (add_path (paths, path), "post", name, schema, label,
                 g_str_equal (name, "duplicate") ? "201" : "200", write_parameters (FALSE), FALSE);
}

static void
add_kind (JsonObject *paths, JsonObject *schemas, const RegieKind *kind)
{
  g_autofree char *schema = schema_name (kind);
  g_autofree char *collection = g_strdup_printf ("/v1/%s", kind->path);
  g_autofree char *single = g_strdup_printf ("/v1/%s/{id}", kind->path);
  g_autofree char *list_id = operation_id ("list", schema);
  JsonObject *item = add_path (paths, collection);

  json_object_set_object_member (schemas, schema, kind_schema (kind));
  json_object_set_object_member (
      item, "get", operation (list_id, kind->plural, "200", page_schema (schema), list_parameters (kind)));
  if (kind->can_create)
    add_operation (item, "post", "create", schema, kind->label, "201", write_parameters (FALSE), TRUE);
  item = add_path (paths, single);
  add_operation (item, "get", "get", schema, kind->label, "200", NULL, FALSE);
  if (kind->can_update)
    add_operation (item, "patch", "update", schema, kind->label, "200", write_parameters (TRUE), TRUE);
  if (kind->can_delete)
    {
      add_operation (item, "delete", "delete", schema, kind->label, "200", write_parameters (TRUE), FALSE);
      add_action (paths, kind, schema, "restore", "Take the deletion back");
    }
  for (guint i = 0; i < kind->n_actions; i++)
    add_action (paths, kind, schema, kind->actions[i].name, kind->actions[i].label);
}

static void
add_rest (JsonObject *paths)
{
  static const struct
  {
    const char *path, *method, *id, *summary, *status;
  } rest[] = {
    { "/v1/health", "get", "health", "State of the engine", "200" },
    { "/v1/openapi.json", "get", "openapi", "This description", "200" },
    { "/v1/summary", "get", "summary", "Figures over 1h, 24h or 7d", "200" },
    { "/v1/digital-humans/{id}/effective-rights", "get", "effectiveRights", "What a Digital Human may do",
      "200" },
    { "/v1/logs", "get", "logs", "Lines of a log", "200" },
    { "/v1/pause", "post", "pauseAll", "Pause outward actions", "200" },
    { "/v1/resume", "post", "resumeAll", "Resume outward actions", "200" },
    { "/v1/workspaces/{id}/export", "get", "exportWorkspace", "The whole workspace, as lines of JSON",
      "200" },
    { "/v1/import", "post", "importWorkspace", "A workspace out of such lines", "201" },
    { "/v1/sample", "post", "addSample", "The sample workspace", "201" },
    { "/v1/drain", "post", "drain", "End the engine", "202" },
    { "/metrics", "get", "metrics", "Figures as Prometheus reads them", "200" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rest); i++)
    json_object_set_object_member (
        add_path (paths, rest[i].path), rest[i].method,
        operation (rest[i].id, rest[i].summary, rest[i].status, json_object_new (), NULL));
}

static JsonObject *
shared_parameters (void)
{
  return regie_json_object_new (
      "Id", 'o', parameter ("id", "path", "Id of the record", items_of ("string")), "Limit", 'o',
      parameter ("limit", "query", "Records of one page, 1 to 1000", items_of ("integer")), "Cursor", 'o',
      parameter ("cursor", "query", "“next” of the page before, with the same sort", items_of ("string")),
      "Sort", 'o',
      parameter ("sort", "query", "An indexed field, “-” ahead to turn it around", items_of ("string")),
      "Words", 'o',
      parameter ("q", "query", "Words that must all be there, the last one as a prefix", items_of ("string")),
      "IdempotencyKey", 'o',
      parameter ("Idempotency-Key", "header", "The same key gets the stored answer again for 24 hours",
                 items_of ("string")),
      "IfMatch", 'o',
      parameter ("If-Match", "header", "The ETag that the record must still have", items_of ("string")),
      NULL);
}

static JsonObject *
problem_schema (void)
{
  static const char *const texts[] = { "type", "title", "detail", "field", "code" };
  JsonObject *properties = regie_json_object_new ("status", 'o', items_of ("integer"), NULL);

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    json_object_set_object_member (properties, texts[i], items_of ("string"));
  json_object_set_object_member (properties, "args", items_of ("object"));

  return regie_json_object_new ("type", 's', "object", "properties", 'o', properties, NULL);
}

JsonObject *
regie_openapi_new (void)
{
  JsonObject *paths = json_object_new ();
  JsonObject *schemas = regie_json_object_new ("Problem", 'o', problem_schema (), NULL);
  JsonObject *problem =
      regie_json_object_new ("description", 's', "What went wrong (RFC 9457)", "content", 'o',
                             content_of ("application/problem+json", ref_to ("schemas", "Problem")), NULL);
  JsonObject *components =
      regie_json_object_new ("schemas", 'o', schemas, "parameters", 'o', shared_parameters (), "responses",
                             'o', regie_json_object_new ("Problem", 'o', problem, NULL), NULL);
  guint n_kinds;
  const RegieKind *const *kinds = regie_kinds_list (&n_kinds);

  for (guint i = 0; i < n_kinds; i++)
    add_kind (paths, schemas, kinds[i]);
  add_rest (paths);

  return regie_json_object_new (
      "openapi", 's', "3.1.0", "info", 'o',
      regie_json_object_new ("title", 's', "Régie engine", "version", 's', REGIE_VERSION, "x-kinds-version",
                             'i', (gint64) regie_kinds_get_version (), NULL),
      "paths", 'o', paths, "components", 'o', components, NULL);
}
