/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "regie-exchange.h"
#include "regie-cause.h"
#include "regie-json.h"
#include "regie-mapping.h"
#include "regie-text.h"

#define SHOWN_CHARS 300

/* --- what went wrong --- */

static gboolean
is_json (const char *media_type)
{
  return g_str_equal (media_type, "application/json") || g_str_has_suffix (media_type, "+json");
}

/* The answer's JSON, or NULL: what it claims to be is not believed. */
static JsonNode *
parse (RegieHttpResponse *response, GError **error)
{
  gsize size;
  const char *text = g_bytes_get_data (regie_http_response_get_body (response), &size);

  if (!is_json (regie_http_response_get_media_type (response)))
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_PROTOCOL, "the answer is \"%s\", not JSON",
                   regie_http_response_get_media_type (response));
      return NULL;
    }

  return regie_json_parse (text != NULL ? text : "", size, error);
}

static RegieError
code_of_status (RegieProfile *profile, guint status)
{
  gpointer known = g_hash_table_lookup (profile->error_status, GUINT_TO_POINTER (status));

  if (known != NULL)
    return GPOINTER_TO_UINT (known) - 1;
  switch (status)
    {
    case 400:
    case 422:
      return REGIE_ERROR_INVALID;
    case 401:
    case 403:
      return REGIE_ERROR_DENIED;
    case 404:
    case 410:
      return REGIE_ERROR_NOT_FOUND;
    case 409:
    case 412:
      return REGIE_ERROR_CONFLICT;
    case 413:
      return REGIE_ERROR_TOO_LARGE;
    case 429:
      return REGIE_ERROR_LIMITED;
    default:
      return status < 400 ? REGIE_ERROR_PROTOCOL : REGIE_ERROR_FAILED;
    }
}

/* The server's own name of the error goes before the status. */
static RegieError
code_of_answer (RegieProfile *profile, JsonNode *problem, guint status)
{
  JsonNode *node =
      problem != NULL ? regie_mapping_find (problem, (const char *const *) profile->error_code) : NULL;
  g_autofree char *name = regie_mapping_dup_scalar (node);
  const char *word = name;
  RegieError code;

  if (word != NULL && profile->error_prefix != NULL)
    word = g_str_has_prefix (word, profile->error_prefix) ? word + strlen (profile->error_prefix) : NULL;
  if (word != NULL && regie_error_code_from_string (word, &code))
    return code;

  return code_of_status (profile, status);
}

/* The server's words, cut to what fits a dialog; "/field: words" where it names one. */
static char *
message_of_answer (RegieProfile *profile, JsonNode *problem, guint status)
{
  g_autofree char *words = NULL, *field = NULL, *shown = NULL;

  if (problem != NULL)
    {
      words = regie_mapping_dup_scalar (
          regie_mapping_find (problem, (const char *const *) profile->error_message));
      field =
          regie_mapping_dup_scalar (regie_mapping_find (problem, (const char *const *) profile->error_field));
    }
  if (words == NULL)
    return g_strdup_printf ("%s answered %u", profile->title, status);
  shown = g_utf8_substring (words, 0, MIN (g_utf8_strlen (words, -1), SHOWN_CHARS));
  if (field != NULL && profile->error_field_prefix != NULL)
    {
      char *prefixed = g_strconcat (profile->error_field_prefix, field, NULL);

      g_free (field);
      field = prefixed;
    }
  if (field != NULL && *field == '/' && !g_str_has_prefix (shown, field))
    return g_strdup_printf ("%s: %s", field, shown);

  return g_steal_pointer (&shown);
}

/* RFC 9457 lets a problem have members of its own; these two say it for a machine. */
static void
take_cause (GError *error, JsonObject *problem)
{
  const char *code = regie_json_get_text (problem, "code", NULL);

  if (code != NULL)
    regie_error_set_cause (error, code, regie_json_get_object (problem, "args"));
}

/* The words of the answer, to be compared with; NULL: none. */
static char *
words_of_answer (RegieProfile *profile, JsonNode *problem)
{
  if (problem == NULL)
    return NULL;

  return regie_mapping_dup_scalar (
      regie_mapping_find (problem, (const char *const *) profile->error_message));
}

/* Whether the answer says that nobody is signed in any more. */
static gboolean
is_lost (RegieExchange *self, guint status, const char *words)
{
  const RegieProfileAuth *auth = &self->profile->auth;

  if (self->credential == NULL || auth->kind != REGIE_AUTH_TOKEN ||
      (auth->kept != NULL && g_strv_contains ((const char *const *) auth->kept, self->op->path)))
    return FALSE;
  for (guint i = 0; i < auth->lost->len; i++)
    {
      const RegieProfileLost *lost = &g_array_index (auth->lost, RegieProfileLost, i);

      if (lost->status == status &&
          (lost->message == NULL || (words != NULL && g_str_has_prefix (words, lost->message))))
        return TRUE;
    }

  return FALSE;
}

/* For how long the words ask to be left alone, in ms; 0: they do not. */
static gint64
wait_of_words (RegieProfile *profile, const char *words)
{
  g_autoptr (GMatchInfo) match = NULL;
  g_autofree char *seconds = NULL;

  if (profile->error_wait == NULL || words == NULL || !g_regex_match (profile->error_wait, words, 0, &match))
    return 0;
  seconds = g_match_info_fetch (match, 1);

  return MIN (g_ascii_strtoull (seconds, NULL, 10), 24 * 3600) * 1000;
}

static void
refuse (RegieExchange *self, RegieHttpResponse *response, GError **error)
{
  guint status = regie_http_response_get_status (response);
  g_autoptr (JsonNode) problem = parse (response, NULL);
  g_autofree char *message = message_of_answer (self->profile, problem, status);
  g_autofree char *words = words_of_answer (self->profile, problem);
  RegieError code = code_of_answer (self->profile, problem, status);
  gint64 wait = wait_of_words (self->profile, words);

  /* Something between us and the server spoke: for a write, nobody knows what became of it. */
  if (problem == NULL && status >= 500)
    code = self->safe ? REGIE_ERROR_UNREACHABLE : REGIE_ERROR_UNKNOWN;
  self->retry_after = regie_http_response_get_retry_after (response);
  if (wait > 0)
    {
      self->retry_after = MAX (self->retry_after, wait);
      code = REGIE_ERROR_LIMITED;
    }
  if (is_lost (self, status, words))
    code = REGIE_ERROR_SIGNED_OUT;
  g_set_error_literal (error, REGIE_ERROR, code, message);
  if (error != NULL && problem != NULL && JSON_NODE_HOLDS_OBJECT (problem))
    take_cause (*error, json_node_get_object (problem));
}

/* A success whose content makes no sense: a write may have happened all the same. */
static gboolean
nonsense (RegieExchange *self, GError **error)
{
  if (!self->safe && error != NULL && *error != NULL)
    (*error)->code = REGIE_ERROR_UNKNOWN;
  else if (error != NULL && *error != NULL && !g_error_matches (*error, REGIE_ERROR, REGIE_ERROR_TOO_LARGE))
    (*error)->code = REGIE_ERROR_PROTOCOL;

  return FALSE;
}

/* --- what came --- */

/* Whether ITEM of a list is of this exchange's kind. */
static gboolean
is_wanted (RegieExchange *self, JsonNode *item)
{
  const RegieProfileKind *here = regie_profile_get_kind (self->profile, self->kind);
  GHashTableIter iter;
  gpointer pointer, text;

  if (here == NULL || here->only == NULL)
    return TRUE;
  g_hash_table_iter_init (&iter, here->only);
  while (g_hash_table_iter_next (&iter, &pointer, &text))
    {
      g_autofree char *value = regie_mapping_dup_scalar (regie_json_pointer_get (item, pointer));

      if (g_strcmp0 (value, text) != 0)
        return FALSE;
    }

  return TRUE;
}

/* What was joined goes into its row. */
static void
join (RegieExchange *self, JsonNode *item)
{
  const RegieProfileKind *here = regie_profile_get_kind (self->profile, self->kind);
  g_autofree char *id = NULL;
  JsonObject *other;

  if (self->joined == NULL || !JSON_NODE_HOLDS_OBJECT (item))
    return;
  id = regie_mapping_dup_scalar (regie_mapping_find (item, (const char *const *) self->profile->record_id));
  other = id != NULL ? regie_json_get_object (self->joined, id) : NULL;
  if (other != NULL)
    json_object_set_object_member (json_node_get_object (item), here->join->into, regie_json_copy (other));
}

static JsonNode *
map_items (RegieExchange *self, JsonNode *items, GError **error)
{
  g_autoptr (JsonArray) records = json_array_new ();
  JsonArray *array;
  JsonNode *node;

  if (items == NULL || !JSON_NODE_HOLDS_ARRAY (items))
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_PROTOCOL, "the answer holds no list of %s",
                   self->kind->path);
      return NULL;
    }
  array = json_node_get_array (items);
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *item = json_array_get_element (array, i);
      JsonObject *record;

      if (!is_wanted (self, item))
        continue;
      join (self, item);
      record = regie_mapping_from_wire (self->profile, self->kind, item, error);
      if (record == NULL)
        return NULL;
      json_array_add_object_element (records, record);
    }
  node = json_node_new (JSON_NODE_ARRAY);
  json_node_take_array (node, g_steal_pointer (&records));

  return node;
}

static gboolean
decode_page (RegieExchange *self, JsonNode *root, GValue *result, GError **error)
{
  const RegieProfileList *list = &self->profile->list;
  const RegieProfileKind *here = regie_profile_get_kind (self->profile, self->kind);
  GStrv where = here != NULL && here->items != NULL ? here->items : list->items;
  JsonNode *items = map_items (self, regie_mapping_find (root, (const char *const *) where), error);
  JsonNode *total = regie_mapping_find (root, (const char *const *) list->total);
  g_autofree char *next = NULL;
  JsonObject *page;

  if (items == NULL)
    return nonsense (self, error);
  next = regie_mapping_dup_scalar (regie_mapping_find (root, (const char *const *) list->next));
  page = regie_json_object_new ("items", 'n', items, "next", 's', next, NULL);
  if (total != NULL && JSON_NODE_HOLDS_VALUE (total) && json_node_get_value_type (total) == G_TYPE_INT64)
    json_object_set_int_member (page, "total", json_node_get_int (total));
  g_value_init (result, JSON_TYPE_OBJECT);
  g_value_take_boxed (result, page);

  return TRUE;
}

/* The version in a header is quoted and may be weak; records hold it bare. */
static char *
bare_etag (const char *etag)
{
  gsize length;

  if (etag == NULL)
    return NULL;
  if (g_str_has_prefix (etag, "W/"))
    etag += strlen ("W/");
  length = strlen (etag);
  if (length >= 2 && etag[0] == '"' && etag[length - 1] == '"')
    return g_strndup (etag + 1, length - 2);

  return g_strdup (etag);
}

static gboolean
decode_record (RegieExchange *self,
               RegieHttpResponse *response,
               JsonNode *root,
               GValue *result,
               GError **error)
{
  g_autofree char *etag = bare_etag (regie_http_response_get_header (response, "etag"));
  g_autofree char *rev = NULL, *id = NULL;
  JsonObject *record = NULL, *answer;
  JsonNode *whole = root;

  if (self->op->record != NULL)
    root = regie_mapping_find (whole, (const char *const *) self->op->record);
  if (whole != NULL && self->op->id != NULL)
    id = regie_mapping_dup_scalar (regie_mapping_find (whole, (const char *const *) self->op->id));
  if (root != NULL && !self->op->nothing && id == NULL)
    {
      record = regie_mapping_from_wire (self->profile, self->kind, root, error);
      if (record == NULL)
        return nonsense (self, error);
      id = g_strdup (regie_json_get_text (record, "id", NULL));
      rev = regie_mapping_dup_scalar (json_object_get_member (record, "rev"));
    }
  answer = regie_json_object_new ("remote_id", 's', id != NULL ? id : self->remote_id, "etag", 's',
                                  rev != NULL ? rev : etag, NULL);
  if (record != NULL)
    json_object_set_object_member (answer, "record", record);
  else
    json_object_set_null_member (answer, "record");
  g_value_init (result, JSON_TYPE_OBJECT);
  g_value_take_boxed (result, answer);

  return TRUE;
}

static gboolean
decode_object (RegieExchange *self, JsonNode *root, GValue *result, GError **error)
{
  g_autofree char *why = NULL;

  if (root != NULL && !JSON_NODE_HOLDS_OBJECT (root))
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_PROTOCOL, "the answer is no JSON object");
      return nonsense (self, error);
    }
  if (self->want == REGIE_WANT_PROBE && (root == NULL || !regie_profile_fits (self->profile, root, &why)))
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_PROTOCOL, "what answers there is no %s (%s)",
                   self->profile->title, why != NULL ? why : "no answer");
      return FALSE;
    }
  g_value_init (result, JSON_TYPE_OBJECT);
  g_value_take_boxed (result,
                      root != NULL ? regie_json_copy (json_node_get_object (root)) : json_object_new ());

  return TRUE;
}

static gboolean
is_accepted (const RegieProfileRequest *op, guint status)
{
  for (guint i = 0; op->accept != NULL && i < op->accept->len; i++)
    {
      if (g_array_index (op->accept, guint, i) == status)
        return TRUE;
    }

  return FALSE;
}

gboolean
regie_exchange_decode (RegieExchange *self, RegieHttpResponse *response, GValue *result, GError **error)
{
  guint status = regie_http_response_get_status (response);
  g_autoptr (JsonNode) root = NULL;

  if (is_accepted (self->op, status))
    return decode_record (self, response, NULL, result, error);
  if (status < 200 || status >= 300)
    {
      refuse (self, response, error);
      return FALSE;
    }
  if (self->want == REGIE_WANT_BYTES)
    {
      g_value_init (result, G_TYPE_BYTES);
      g_value_set_boxed (result, regie_http_response_get_body (response));
      return TRUE;
    }
  if (g_bytes_get_size (regie_http_response_get_body (response)) > 0 || self->want == REGIE_WANT_PAGE)
    {
      root = parse (response, error);
      if (root == NULL)
        return nonsense (self, error);
    }

  switch (self->want)
    {
    case REGIE_WANT_PAGE:
      return decode_page (self, root, result, error);
    case REGIE_WANT_RECORD:
      return decode_record (self, response, root, result, error);
    case REGIE_WANT_JSON:
    case REGIE_WANT_PROBE:
    case REGIE_WANT_BYTES:
    default:
      return decode_object (self, root, result, error);
    }
}
