/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "regie-exchange.h"
#include "regie-json.h"
#include "regie-mapping.h"

/* Reading may take as long as it moves; an answer to a write is short, but a start or a backup takes a while.
 */
#define STALL_MS (30 * 1000)
#define TOTAL_MS (10 * 60 * 1000)

static char *
param_text (JsonObject *params, const char *name)
{
  JsonNode *node = params != NULL ? json_object_get_member (params, name) : NULL;

  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return NULL;
  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_BOOLEAN)
    return g_strdup (json_node_get_boolean (node) ? "true" : "false");

  return regie_mapping_dup_scalar (node);
}

/* What {NAME} stands for, borrowed; NULL: nothing. */
static JsonNode *
find_value (RegieExchange *self, const char *name)
{
  JsonObject *const places[] = { self->body, self->kind == NULL ? self->params : NULL, self->account };

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      JsonNode *node = places[i] != NULL ? json_object_get_member (places[i], name) : NULL;

      if (node != NULL && !JSON_NODE_HOLDS_NULL (node))
        return node;
    }

  return NULL;
}

static char *
placeholder (RegieExchange *self, const char *name)
{
  if (self->kind == NULL)
    {
      char *text = param_text (self->params, name);

      return text != NULL ? text : param_text (self->account, name);
    }
  if (g_str_equal (name, "collection"))
    return g_strdup (self->kind->path);
  if (g_str_equal (name, "id"))
    return g_strdup (self->remote_id);
  if (g_str_equal (name, "action"))
    return g_strdup (self->action);

  return param_text (self->account, name);
}

static gboolean
fill_path (RegieExchange *self, GString *path, GError **error)
{
  const char *rest = self->op->path, *open;

  while ((open = strchr (rest, '{')) != NULL)
    {
      const char *close = strchr (open, '}');
      g_autofree char *name = g_strndup (open + 1, close - open - 1);
      g_autofree char *value = placeholder (self, name);

      if (value == NULL || *value == '\0' || g_str_equal (value, ".") || g_str_equal (value, ".."))
        {
          g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID, "/%s: is needed", name);
          return FALSE;
        }
      g_string_append_len (path, rest, open - rest);
      g_string_append_uri_escaped (path, value, NULL, FALSE);
      rest = close + 1;
    }
  g_string_append (path, rest);

  return TRUE;
}

static void
append_query (GString *path, const char *name, const char *value)
{
  if (name == NULL || value == NULL)
    return;
  g_string_append_c (path, strchr (path->str, '?') != NULL ? '&' : '?');
  g_string_append_uri_escaped (path, name, NULL, FALSE);
  g_string_append_c (path, '=');
  g_string_append_uri_escaped (path, value, NULL, FALSE);
}

/* A list's parameter in our words: "sort", "q", FIELD or FIELD.OP. */
static gboolean
append_list_param (RegieExchange *self, GString *path, const char *name, const char *value, GError **error)
{
  const RegieProfileList *list = &self->profile->list;
  g_autofree char *field = NULL, *text = NULL;
  const char *dot = strchr (name, '.');

  if (g_str_equal (name, "sort") && list->sort != NULL && (list->sort_minus || *value != '-'))
    append_query (path, list->sort, value);
  else if (g_str_equal (name, "q") && list->search != NULL)
    append_query (path, list->search, value);
  else if (list->filter == REGIE_FILTER_NONE || (dot != NULL && list->filter != REGIE_FILTER_FIELD_OP) ||
           g_str_equal (name, "sort") || g_str_equal (name, "q"))
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID, "/%s: %s cannot filter or sort by it", name,
                   self->profile->title);
      return FALSE;
    }
  else
    {
      field = dot != NULL ? g_strndup (name, dot - name) : g_strdup (name);
      text = regie_mapping_filter_value (self->kind, field, value);
      append_query (path, name, text);
    }

  return TRUE;
}

static gboolean
append_page_query (RegieExchange *self, GString *path, GError **error)
{
  const RegieProfileList *list = &self->profile->list;
  g_autofree char *limit = g_strdup_printf ("%u", MIN (self->limit, list->max_limit));
  JsonObjectIter iter;
  const char *name;

  append_query (path, list->limit, self->limit > 0 ? limit : NULL);
  append_query (path, list->cursor, self->cursor);
  if (self->params == NULL)
    return TRUE;
  json_object_iter_init_ordered (&iter, self->params);
  while (json_object_iter_next_ordered (&iter, &name, NULL))
    {
      g_autofree char *value = param_text (self->params, name);

      if (value != NULL && !append_list_param (self, path, name, value, error))
        return FALSE;
    }

  return TRUE;
}

static void
append_named_query (RegieExchange *self, GString *path)
{
  for (guint i = 0; self->op->query != NULL && self->op->query[i] != NULL; i++)
    {
      g_autofree char *value = param_text (self->params, self->op->query[i]);

      append_query (path, self->op->query[i], value);
    }
}

static JsonNode *fill_node (RegieExchange *self, JsonNode *node);

static JsonObject *
fill_object (RegieExchange *self, JsonObject *send)
{
  JsonObject *object = json_object_new ();
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  json_object_iter_init_ordered (&iter, send);
  while (json_object_iter_next_ordered (&iter, &name, &node))
    {
      JsonNode *filled = fill_node (self, node);

      if (filled != NULL)
        json_object_set_member (object, name, filled);
    }

  return object;
}

/* A text "{name}" becomes the value of that name; NULL when there is none: the member is left out. */
static JsonNode *
fill_node (RegieExchange *self, JsonNode *node)
{
  g_autofree char *name = NULL;
  const char *text;
  JsonNode *value;

  if (JSON_NODE_HOLDS_OBJECT (node))
    {
      JsonNode *filled = json_node_new (JSON_NODE_OBJECT);

      json_node_take_object (filled, fill_object (self, json_node_get_object (node)));
      return filled;
    }
  text = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) : NULL;
  if (text == NULL || *text != '{' || !g_str_has_suffix (text, "}"))
    return json_node_copy (node);
  name = g_strndup (text + 1, strlen (text) - 2);
  if (g_str_equal (name, "id") && self->remote_id != NULL)
    return json_node_init_string (json_node_alloc (), self->remote_id);
  value = find_value (self, name);

  return value != NULL ? regie_mapping_value_to_wire (self->profile, self->kind, name, value) : NULL;
}

static gboolean
set_body (RegieExchange *self, RegieHttpRequest *request, GError **error)
{
  g_autoptr (JsonObject) wire = NULL;
  g_autoptr (GBytes) bytes = NULL;
  char *text;

  if (self->raw != NULL)
    {
      regie_http_request_set_body (request, self->raw,
                                   self->op->body != NULL ? self->op->body : "application/octet-stream");
      return TRUE;
    }
  if (self->op->send != NULL)
    {
      g_autoptr (JsonObject) template = regie_json_copy (self->op->send);

      wire = fill_object (self, template);
    }
  else if (self->body == NULL)
    {
      return TRUE;
    }
  else if (self->body_is_record)
    {
      wire = regie_mapping_to_wire (self->profile, self->kind, self->body, error);
      if (wire == NULL)
        return FALSE;
    }
  text = regie_json_object_to_string (wire != NULL ? wire : self->body);
  bytes = g_bytes_new_take (text, strlen (text));
  regie_http_request_set_body (request, bytes, "application/json");

  return TRUE;
}

/* TEXT with each {name} filled; NULL when one has no value. */
static char *
fill_text (RegieExchange *self, const char *text)
{
  g_autoptr (GString) filled = g_string_new (NULL);
  const char *open;

  while ((open = strchr (text, '{')) != NULL && strchr (open, '}') != NULL)
    {
      const char *close = strchr (open, '}');
      g_autofree char *name = g_strndup (open + 1, close - open - 1);
      g_autofree char *value = param_text (self->account, name);

      if (value == NULL)
        return NULL;
      g_string_append_len (filled, text, open - text);
      g_string_append (filled, value);
      text = close + 1;
    }
  g_string_append (filled, text);

  return g_string_free_and_steal (g_steal_pointer (&filled));
}

static void
set_own_headers (RegieExchange *self, RegieHttpRequest *request)
{
  GHashTableIter iter;
  gpointer name, text;

  g_hash_table_iter_init (&iter, self->profile->headers);
  while (g_hash_table_iter_next (&iter, &name, &text))
    {
      g_autofree char *value = fill_text (self, text);

      if (value != NULL)
        regie_http_request_set_header (request, name, value);
    }
  if (self->credential != NULL)
    regie_http_request_set_credential (request, self->profile->auth.header, self->credential);
}

static void
set_headers (RegieExchange *self, RegieHttpRequest *request)
{
  set_own_headers (self, request);
  regie_http_request_set_header (request, "Accept",
                                 self->want == REGIE_WANT_BYTES ? "*/*" : "application/json");
  if (self->safe)
    return;
  if (self->key != NULL && self->profile->key_header != NULL)
    regie_http_request_set_header (request, self->profile->key_header, self->key);
  if (self->etag != NULL && self->profile->etag_header != NULL)
    {
      g_autofree char *quoted = *self->etag == '"' || g_str_has_prefix (self->etag, "W/")
                                    ? g_strdup (self->etag)
                                    : g_strdup_printf ("\"%s\"", self->etag);

      regie_http_request_set_header (request, self->profile->etag_header, quoted);
    }
}

RegieHttpRequest *
regie_exchange_encode (RegieExchange *self, GError **error)
{
  g_autoptr (RegieHttpRequest) request = NULL;
  g_autoptr (GString) path = g_string_new (NULL);

  if (!fill_path (self, path, error))
    return NULL;
  if (self->want == REGIE_WANT_PAGE)
    {
      if (!append_page_query (self, path, error))
        return NULL;
    }
  else
    {
      append_named_query (self, path);
    }

  request = regie_http_request_new (self->op->method, path->str);
  self->safe = regie_http_request_is_safe (request);
  regie_http_request_set_timeouts (request, STALL_MS, TOTAL_MS);
  if (self->op->limit > 0)
    regie_http_request_set_limit (request, self->op->limit);
  set_headers (self, request);
  if (!set_body (self, request, error))
    return NULL;

  return g_steal_pointer (&request);
}
