/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-api-private.h"
#include "regie-engine-store-private.h"

#include "core/regie-cause.h"
#include "core/regie-json.h"
#include "core/regie-limits.h"
#include "core/regie-time.h"

/* Reading a request and writing its answer. */

/* What is parsed or built on the main thread without being noticed. */
#define SMALL_BYTES 4096

/* --- the query --- */

const char *
regie_call_get_query (RegieCall *call, const char *name)
{
  for (guint i = 0; i + 1 < call->query->len; i += 2)
    {
      if (g_strcmp0 (g_ptr_array_index (call->query, i), name) == 0)
        return g_ptr_array_index (call->query, i + 1);
    }

  return NULL;
}

gboolean
regie_call_check_query (RegieCall *call, const char *const *names, GError **error)
{
  for (guint i = 0; i + 1 < call->query->len; i += 2)
    {
      const char *name = g_ptr_array_index (call->query, i);

      if (!g_strv_contains (names, name))
        {
          g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID, "/%s: there is no such parameter here", name);
          return FALSE;
        }
    }

  return TRUE;
}

gboolean
regie_call_get_query_int (RegieCall *call,
                          const char *name,
                          gint64 min,
                          gint64 max,
                          gint64 *value,
                          GError **error)
{
  const char *text = regie_call_get_query (call, name);

  if (text == NULL || g_ascii_string_to_signed (text, 10, min, max, value, NULL))
    return TRUE;
  g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID,
               "/%s: must be a whole number between %" G_GINT64_FORMAT " and %" G_GINT64_FORMAT, name, min,
               max);

  return FALSE;
}

/* --- the body --- */

/* json-glib ends a text at its first zero, which would store less than was sent. */
static gboolean
has_zero (const char *text, gsize length)
{
  for (gsize i = 0; i + 6 <= length; i++)
    {
      if (text[i] != '\\')
        continue;
      if (memcmp (text + i + 1, "u0000", 5) == 0)
        return TRUE;
      i++;
    }

  return FALSE;
}

static JsonObject *
parse_object (GBytes *bytes, gboolean *is_json, GError **error)
{
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);
  g_autoptr (JsonNode) node = regie_json_parse (text != NULL ? text : "", length, error);

  *is_json = node != NULL;
  if (node != NULL && has_zero (text, length))
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID, "A text must not hold the character U+0000");
      return NULL;
    }
  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    return regie_json_copy (json_node_get_object (node));
  if (node != NULL)
    g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID, "The body must be a JSON object");

  return NULL;
}

typedef struct
{
  GBytes *bytes;
  int *is_json; /* the waiting fiber's */
} Parse;

static void
parse_free (gpointer data)
{
  Parse *self = data;

  g_bytes_unref (self->bytes);
  g_atomic_rc_box_release (self->is_json);
  g_free (self);
}

static gboolean
run_parse (gpointer data, GValue *result, GError **error)
{
  Parse *self = data;
  JsonObject *object = parse_object (self->bytes, self->is_json, error);

  if (object == NULL)
    return FALSE;
  g_value_init (result, JSON_TYPE_OBJECT);
  g_value_take_boxed (result, object);

  return TRUE;
}

JsonObject *
regie_call_read_object (RegieCall *call, gboolean optional, GError **error)
{
  gsize length = g_bytes_get_size (call->body);
  JsonObject *object;
  int *is_json;

  if (length == 0 && optional)
    return json_object_new ();
  is_json = g_atomic_rc_box_new0 (int);
  if (length > SMALL_BYTES)
    {
      Parse *parse = g_new0 (Parse, 1);

      parse->bytes = g_bytes_ref (call->body);
      parse->is_json = g_atomic_rc_box_acquire (is_json);
      object = dex_await_boxed (regie_thread_run (run_parse, parse, parse_free), error);
    }
  else
    object = parse_object (call->body, is_json, error);
  call->is_bad_json = !*is_json;
  g_atomic_rc_box_release (is_json);

  return object;
}

/* --- the answer --- */

void
regie_call_answer_bytes (RegieCall *call, guint status, const char *content_type, GBytes *bytes)
{
  call->status = status;
  call->content_type = content_type;
  g_clear_pointer (&call->answer, g_bytes_unref);
  call->answer = g_bytes_ref (bytes);
}

JsonObject *
regie_api_to_wire (const RegieKind *kind, JsonObject *record)
{
  JsonObject *wire = regie_kind_to_wire (kind, record);
  gint64 deleted_at = regie_json_get_int (record, "deleted_at", 0);

  if (deleted_at != 0)
    {
      g_autofree char *text = regie_time_to_rfc3339 (deleted_at);

      json_object_set_string_member (wire, "deleted_at", text);
    }

  return wire;
}

static GBytes *
object_to_bytes (JsonObject *object)
{
  char *text = regie_json_object_to_string (object);

  return g_bytes_new_take (text, strlen (text));
}

GBytes *
regie_api_record_to_bytes (const RegieKind *kind, JsonObject *record)
{
  g_autoptr (JsonObject) wire = regie_api_to_wire (kind, record);

  return object_to_bytes (wire);
}

typedef struct
{
  const RegieKind *kind; /* of a record, or of the items of a page */
  gboolean is_page;
  JsonObject *object;
} Build;

static void
build_free (gpointer data)
{
  Build *self = data;

  json_object_unref (self->object);
  g_free (self);
}

static void
items_to_wire (const RegieKind *kind, JsonObject *page)
{
  JsonArray *items = regie_json_get_array (page, "items");
  JsonArray *wire = json_array_sized_new (json_array_get_length (items));

  for (guint i = 0; i < json_array_get_length (items); i++)
    json_array_add_object_element (wire, regie_api_to_wire (kind, json_array_get_object_element (items, i)));
  json_object_set_array_member (page, "items", wire);
}

static gboolean
run_build (gpointer data, GValue *result, GError **error)
{
  Build *self = data;
  GBytes *bytes;

  if (self->is_page)
    items_to_wire (self->kind, self->object);
  bytes = self->kind != NULL && !self->is_page ? regie_api_record_to_bytes (self->kind, self->object)
                                               : object_to_bytes (self->object);
  g_value_init (result, G_TYPE_BYTES);
  g_value_take_boxed (result, bytes);

  return TRUE;
}

static gboolean
answer_built (RegieCall *call,
              guint status,
              const RegieKind *kind,
              gboolean is_page,
              JsonObject *object,
              GError **error)
{
  Build *build = g_new0 (Build, 1);
  g_autoptr (GBytes) bytes = NULL;

  build->kind = kind;
  build->is_page = is_page;
  build->object = json_object_ref (object);
  bytes = dex_await_boxed (regie_thread_run (run_build, build, build_free), error);
  if (bytes == NULL)
    return FALSE;
  regie_call_answer_bytes (call, status, "application/json", bytes);

  return TRUE;
}

gboolean
regie_call_answer_object (RegieCall *call, guint status, JsonObject *object, GError **error)
{
  return answer_built (call, status, NULL, FALSE, object, error);
}

gboolean
regie_call_answer_page (RegieCall *call, const RegieKind *kind, JsonObject *page, GError **error)
{
  return answer_built (call, SOUP_STATUS_OK, kind, TRUE, page, error);
}

gboolean
regie_call_answer_record (RegieCall *call,
                          guint status,
                          const RegieKind *kind,
                          JsonObject *record,
                          GError **error)
{
  g_free (call->etag);
  call->etag = g_strdup_printf ("\"%" G_GINT64_FORMAT "\"", regie_json_get_int (record, "rev", 0));
  if (status == SOUP_STATUS_CREATED)
    {
      g_free (call->location);
      call->location = g_strdup_printf ("/v1/%s/%s", kind->path, regie_json_get_text (record, "id", ""));
    }

  return answer_built (call, status, kind, FALSE, record, error);
}

/* --- problems --- */

const char *
regie_problem_title (guint status)
{
  switch (status)
    {
    case 426:
      return "Upgrade Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 507:
      return "Insufficient Storage";
    default:
      return soup_status_get_phrase (status);
    }
}

GBytes *
regie_problem_to_bytes (guint status,
                        const char *code,
                        const char *detail,
                        const char *field,
                        JsonObject *cause)
{
  g_autofree char *type = g_strconcat ("urn:regie:problem:", code, NULL);
  g_autoptr (JsonObject) problem =
      regie_json_object_new ("type", 's', type, "title", 's', regie_problem_title (status), "status", 'i',
                             (gint64) status, "detail", 's', detail, NULL);

  if (field != NULL)
    json_object_set_string_member (problem, "field", field);
  if (regie_json_get_text (cause, "code", NULL) != NULL)
    json_object_set_string_member (problem, "code", regie_json_get_text (cause, "code", NULL));
  if (regie_json_get_object (cause, "args") != NULL)
    json_object_set_object_member (problem, "args", regie_json_copy (regie_json_get_object (cause, "args")));

  return object_to_bytes (problem);
}

static void
answer_refusal (RegieCall *call,
                guint status,
                const char *code,
                const char *detail,
                const char *field,
                JsonObject *cause)
{
  g_autoptr (GBytes) bytes = regie_problem_to_bytes (status, code, detail, field, cause);

  g_clear_pointer (&call->etag, g_free);
  g_clear_pointer (&call->location, g_free);
  regie_call_answer_bytes (call, status, "application/problem+json", bytes);
}

void
regie_call_answer_refusal (RegieCall *call,
                           guint status,
                           const char *code,
                           const char *detail,
                           const char *field)
{
  answer_refusal (call, status, code, detail, field, NULL);
}

static guint
status_of (RegieError code, gboolean conditional)
{
  switch (code)
    {
    case REGIE_ERROR_INVALID:
      return SOUP_STATUS_UNPROCESSABLE_ENTITY;
    case REGIE_ERROR_NOT_FOUND:
      return SOUP_STATUS_NOT_FOUND;
    case REGIE_ERROR_CONFLICT:
      return conditional ? SOUP_STATUS_PRECONDITION_FAILED : SOUP_STATUS_CONFLICT;
    case REGIE_ERROR_STATE:
      return SOUP_STATUS_CONFLICT;
    case REGIE_ERROR_DENIED:
      return SOUP_STATUS_FORBIDDEN;
    case REGIE_ERROR_TOO_LARGE:
      return SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE;
    case REGIE_ERROR_LIMITED:
      return 429;
    case REGIE_ERROR_FULL:
      return 507;
    case REGIE_ERROR_READ_ONLY:
    case REGIE_ERROR_LOCKED:
      return SOUP_STATUS_SERVICE_UNAVAILABLE;
    default:
      return SOUP_STATUS_INTERNAL_SERVER_ERROR;
    }
}

/* The pointer that an INVALID message starts with. */
static char *
field_of (const char *message)
{
  const char *end = strstr (message, ": ");

  if (*message != '/' || end == NULL || memchr (message, ' ', end - message) != NULL)
    return NULL;

  return g_strndup (message, end - message);
}

void
regie_call_answer_problem (RegieCall *call, const GError *error)
{
  RegieError code = error->domain == REGIE_ERROR ? error->code : REGIE_ERROR_FAILED;
  g_autofree char *field =
      code == REGIE_ERROR_INVALID || code == REGIE_ERROR_TOO_LARGE || code == REGIE_ERROR_CONFLICT
          ? field_of (error->message)
          : NULL;
  guint status = status_of (code, call->if_match >= 0);
  g_autoptr (JsonObject) cause = regie_cause_new_for_error (error);

  if (code == REGIE_ERROR_INVALID && call->is_bad_json)
    status = SOUP_STATUS_BAD_REQUEST;
  if (status == 429 && call->retry_after == 0)
    call->retry_after = 60;
  if (status >= 500)
    g_message ("%s %s: %s", call->method, g_uri_get_path (soup_server_message_get_uri (call->message)),
               error->message);
  answer_refusal (call, status, regie_error_code_to_string (code), error->message, field, cause);
}
