/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "contract.h"

#include <string.h>

#include "regie-json.h"

#define KEPT 2 /* of a list */

JsonObject *
contract_read (const char *folder, const char *name)
{
  g_autofree char *file = g_strconcat (name, ".json", NULL);
  g_autofree char *path = g_build_filename (folder, file, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  JsonObject *recording;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return NULL;
  recording = regie_json_parse_object (text, -1, &error);
  g_assert_no_error (error);

  return recording;
}

/* A recording is read by people: two of a kind are enough, and the folders of the machine say nothing. */
static JsonNode *tidy (JsonNode *node);

static JsonObject *
tidy_object (JsonObject *object)
{
  JsonObject *result = json_object_new ();
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, &node))
    json_object_set_member (result, name, tidy (node));

  return result;
}

static JsonNode *
tidy (JsonNode *node)
{
  JsonNode *result;

  if (JSON_NODE_HOLDS_OBJECT (node))
    {
      result = json_node_new (JSON_NODE_OBJECT);
      json_node_take_object (result, tidy_object (json_node_get_object (node)));
      return result;
    }
  if (JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *array = json_node_get_array (node), *kept = json_array_new ();

      for (guint i = 0; i < MIN (json_array_get_length (array), KEPT); i++)
        json_array_add_element (kept, tidy (json_array_get_element (array, i)));
      result = json_node_new (JSON_NODE_ARRAY);
      json_node_take_array (result, kept);
      return result;
    }
  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
    {
      g_autoptr (GRegex) folder = g_regex_new ("/[^ ]*/regie-test-[A-Z0-9]+", 0, 0, NULL);
      g_autofree char *text =
          g_regex_replace_literal (folder, json_node_get_string (node), -1, 0, "/home/ada/regie", 0, NULL);

      return json_node_init_string (json_node_alloc (), text);
    }

  return json_node_copy (node);
}

void
contract_write (const char *folder, const char *name, JsonObject *recording)
{
  g_autofree char *file = g_strconcat (name, ".json", NULL);
  g_autofree char *path = g_build_filename (folder, file, NULL);
  g_autoptr (JsonObject) tidied = tidy_object (recording);
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), tidied);
  g_autofree char *text = json_to_string (node, TRUE);
  g_autofree char *line = g_strconcat (text, "\n", NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, line, -1, &error);
  g_assert_no_error (error);
}

/* Ids differ from run to run. */
static char *
without_ids (const char *path)
{
  g_autoptr (GRegex) id = g_regex_new ("[0-9a-f]{24}", 0, 0, NULL);

  return g_regex_replace_literal (id, path, -1, 0, "{id}", 0, NULL);
}

JsonObject *
contract_record (RegieHttpRequest *request, RegieHttpResponse *response)
{
  g_autofree char *path = without_ids (regie_http_request_get_path (request));
  g_autofree char *line = g_strdup_printf ("%s %s", regie_http_request_get_method (request), path);
  gsize size;
  const char *body = g_bytes_get_data (regie_http_response_get_body (response), &size);
  g_autoptr (JsonNode) json = size > 0 ? regie_json_parse (body, size, NULL) : NULL;
  JsonObject *recording = regie_json_object_new (
      "request", 's', line, "status", 'i', (gint64) regie_http_response_get_status (response), "type", 's',
      regie_http_response_get_media_type (response), "etag", 's',
      regie_http_response_get_header (response, "etag"), NULL);

  if (json != NULL)
    json_object_set_member (recording, "body", g_steal_pointer (&json));
  else
    json_object_set_boolean_member (recording, "bytes", size > 0);

  return recording;
}

RegieHttpResponse *
contract_replay (JsonObject *recording)
{
  JsonNode *node = json_object_get_member (recording, "body");
  g_autofree char *text = node != NULL ? regie_json_to_string (node) : g_strdup ("");
  g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));
  RegieHttpResponse *response = regie_http_response_new (regie_json_get_int (recording, "status", 0), body);
  const char *etag = regie_json_get_text (recording, "etag", NULL);

  regie_http_response_set_header (response, "Content-Type", regie_json_get_text (recording, "type", ""));
  if (etag != NULL)
    regie_http_response_set_header (response, "ETag", etag);

  return response;
}

static void append_shape (GString *shape, const char *name, JsonNode *node);

/* What a person gave, and figures of the machine, may be anything. */
static gboolean
is_free (const char *name)
{
  static const char *const free_members[] = { "payload", "result", "before", "after",
                                              "broken",  "series", "lines",  NULL };

  return name != NULL && g_strv_contains (free_members, name);
}

static void
append_object (GString *shape, JsonObject *object)
{
  g_autoptr (GList) names = g_list_sort (json_object_get_members (object), (GCompareFunc) strcmp);

  g_string_append_c (shape, '{');
  for (GList *l = names; l != NULL; l = l->next)
    {
      g_string_append_printf (shape, "%s:", (const char *) l->data);
      append_shape (shape, l->data, json_object_get_member (object, l->data));
      g_string_append_c (shape, ' ');
    }
  g_string_append_c (shape, '}');
}

static void
append_shape (GString *shape, const char *name, JsonNode *node)
{
  if (is_free (name))
    g_string_append (shape, "free");
  else if (JSON_NODE_HOLDS_OBJECT (node))
    append_object (shape, json_node_get_object (node));
  else if (JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *array = json_node_get_array (node);

      g_string_append_c (shape, '[');
      if (json_array_get_length (array) > 0)
        append_shape (shape, NULL, json_array_get_element (array, 0));
      g_string_append_c (shape, ']');
    }
  else if (JSON_NODE_HOLDS_NULL (node))
    g_string_append (shape, "null");
  else
    {
      GType type = json_node_get_value_type (node);

      /* 1.0 may be written as 1. */
      g_string_append (shape, type == G_TYPE_STRING ? "text" : type == G_TYPE_BOOLEAN ? "bool" : "number");
    }
}

char *
contract_get_shape (JsonObject *recording)
{
  g_autoptr (GString) shape = g_string_new (NULL);
  JsonNode *body = json_object_get_member (recording, "body");

  g_string_append_printf (shape, "%s → %d %s%s ", regie_json_get_text (recording, "request", ""),
                          (int) regie_json_get_int (recording, "status", 0),
                          regie_json_get_text (recording, "type", ""),
                          regie_json_get_text (recording, "etag", NULL) != NULL ? " with ETag" : "");
  if (body != NULL)
    append_shape (shape, NULL, body);

  return g_string_free_and_steal (g_steal_pointer (&shape));
}
