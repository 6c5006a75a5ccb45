/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "core/regie-kinds.h"
#include "engine-test-util.h"

/* "#/components/…" must lead somewhere. */
static void
check_refs (JsonNode *root, JsonNode *node)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *member;

  if (JSON_NODE_HOLDS_ARRAY (node))
    {
      for (guint i = 0; i < json_array_get_length (json_node_get_array (node)); i++)
        check_refs (root, json_array_get_element (json_node_get_array (node), i));
    }
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return;
  json_object_iter_init (&iter, json_node_get_object (node));
  while (json_object_iter_next (&iter, &name, &member))
    {
      if (g_str_equal (name, "$ref"))
        {
          const char *target = json_node_get_string (member);

          g_assert_true (g_str_has_prefix (target, "#/"));
          if (regie_json_pointer_get (root, target + 1) == NULL)
            g_error ("%s leads nowhere", target);
        }
      check_refs (root, member);
    }
}

static JsonObject *
find_schema (JsonObject *openapi, const RegieKind *kind)
{
  JsonObject *schemas = regie_json_get_object (regie_json_get_object (openapi, "components"), "schemas");
  g_autoptr (GList) list = json_object_get_values (schemas);

  for (GList *l = list; l != NULL; l = l->next)
    {
      JsonObject *schema = json_node_get_object (l->data);

      if (g_strcmp0 (regie_json_get_text (schema, "x-kind", NULL), kind->name) == 0)
        return schema;
    }
  g_error ("no schema for %s", kind->name);
}

static void
check_field (JsonObject *schema, const RegieField *field)
{
  JsonObject *property = regie_json_get_object (regie_json_get_object (schema, "properties"), field->name);

  g_assert_nonnull (property);
  g_assert_cmpint (regie_json_get_bool (property, "readOnly", FALSE), ==,
                   (field->flags & REGIE_FIELD_READ_ONLY) != 0);
  g_assert_cmpstr (regie_json_get_text (property, "title", NULL), ==, field->label);
  if (field->type == REGIE_FIELD_ENUM)
    g_assert_cmpuint (json_array_get_length (regie_json_get_array (property, "enum")), ==, field->n_values);
  if (field->type == REGIE_FIELD_TIME)
    g_assert_cmpstr (regie_json_get_text (property, "format", NULL), ==, "date-time");
}

static gboolean has_path (JsonObject *openapi, const char *method, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

static gboolean
has_path (JsonObject *openapi, const char *method, const char *format, ...)
{
  g_autofree char *path = NULL;
  JsonObject *item;
  va_list args;

  va_start (args, format);
  path = g_strdup_vprintf (format, args);
  va_end (args);
  item = regie_json_get_object (regie_json_get_object (openapi, "paths"), path);

  return item != NULL && regie_json_get_object (item, method) != NULL;
}

static void
check_kind (JsonObject *openapi, const RegieKind *kind)
{
  JsonObject *schema = find_schema (openapi, kind);

  for (guint i = 0; i < kind->n_fields; i++)
    check_field (schema, &kind->fields[i]);
  g_assert_true (has_path (openapi, "get", "/v1/%s", kind->path));
  g_assert_true (has_path (openapi, "get", "/v1/%s/{id}", kind->path));
  g_assert_cmpint (has_path (openapi, "post", "/v1/%s", kind->path), ==, kind->can_create);
  g_assert_cmpint (has_path (openapi, "patch", "/v1/%s/{id}", kind->path), ==, kind->can_update);
  g_assert_cmpint (has_path (openapi, "delete", "/v1/%s/{id}", kind->path), ==, kind->can_delete);
  g_assert_cmpint (has_path (openapi, "post", "/v1/%s/{id}/restore", kind->path), ==, kind->can_delete);
  for (guint i = 0; i < kind->n_actions; i++)
    g_assert_true (has_path (openapi, "post", "/v1/%s/{id}/%s", kind->path, kind->actions[i].name));
}

static void
test_openapi (void)
{
  g_autoptr (RegieEngineHarness) engine = regie_engine_harness_new_started ();
  g_autoptr (RegieAnswer) answer = regie_engine_harness_call (engine, "GET", "/v1/openapi.json", NULL, NULL);
  g_autoptr (JsonNode) root = NULL;
  guint n_kinds;
  const RegieKind *const *kinds = regie_kinds_list (&n_kinds);
  GError *error = NULL;

  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_cmpstr (answer->content_type, ==, "application/json");
  root = regie_json_parse (answer->text, -1, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (regie_json_get_text (answer->json, "openapi", NULL), ==, "3.1.0");
  for (guint i = 0; i < n_kinds; i++)
    check_kind (answer->json, kinds[i]);
  check_refs (root, root);
  g_assert_true (has_path (answer->json, "get", "/v1/health"));
  g_assert_true (has_path (answer->json, "post", "/v1/workspaces/{id}/restore"));
}

/* What the description says is possible is answered, and by nothing that is not there. */
static void
test_paths (void)
{
  g_autoptr (RegieEngineHarness) engine = regie_engine_harness_new_started ();
  g_autoptr (JsonObject) openapi = regie_engine_harness_expect (engine, 200, "GET", "/v1/openapi.json", NULL);
  JsonObjectIter iter;
  const char *path;
  JsonNode *item;

  json_object_iter_init (&iter, regie_json_get_object (openapi, "paths"));
  while (json_object_iter_next (&iter, &path, &item))
    {
      g_auto (GStrv) parts = g_strsplit (path, "{id}", -1);
      g_autofree char *real = g_strjoinv ("000000000000000000000000", parts);
      g_autoptr (RegieAnswer) answer = NULL;

      if (!json_object_has_member (json_node_get_object (item), "get"))
        continue;
      answer = regie_engine_harness_call (engine, "GET", real, NULL, NULL);
      g_assert_cmpuint (answer->status, ==, strchr (path, '{') != NULL ? 404 : 200);
    }
}

static gint64
figure (const char *text, const char *name)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      if (g_str_has_prefix (lines[i], name) && lines[i][strlen (name)] == ' ')
        return g_ascii_strtoll (lines[i] + strlen (name) + 1, NULL, 10);
    }
  g_error ("no %s in %s", name, text);
}

static void
check_line (const char *line, GHashTable *known)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 4);
  g_autofree char *name = g_strndup (line, strcspn (line, "{ "));

  if (g_str_has_prefix (line, "# TYPE "))
    g_hash_table_add (known, g_strdup (words[2]));
  else if (*line != '#' && *line != '\0')
    {
      g_assert_true (g_hash_table_contains (known, name));
      g_assert_true (
          g_regex_match_simple ("^[a-z_0-9]+(\\{([a-z_]+=\"[^\"]*\",?)+\\})? -?[0-9.e+]+$", line, 0, 0));
    }
}

static void
test_metrics (void)
{
  g_autoptr (RegieEngineHarness) engine = regie_engine_harness_new_started ();
  g_autofree char *workspace = test_add_workspace (engine, "a \\\"quoted\\\" name");
  g_autofree char *human = test_add_human (engine, workspace, "a");
  g_autofree char *second = test_add_human (engine, workspace, "b");
  g_autoptr (RegieAnswer) answer = NULL;
  g_autoptr (GHashTable) known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *stopped =
      g_strdup_printf ("regie_digital_humans{workspace=\"%s\",state=\"stopped\"}", workspace);
  g_auto (GStrv) lines = NULL;

  test_assert_problem (engine, 404, "not-found", NULL, "GET", "/v1/things", NULL);
  answer = regie_engine_harness_call (engine, "GET", "/metrics", NULL, NULL);
  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_true (g_str_has_prefix (answer->content_type, "text/plain; version=0.0.4"));
  lines = g_strsplit (answer->text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    check_line (lines[i], known);
  g_assert_true (g_str_has_suffix (answer->text, "\n"));
  g_assert_cmpint (figure (answer->text, "regie_workspaces"), ==, 1);
  g_assert_cmpint (figure (answer->text, "regie_workers"), ==, 0);
  g_assert_cmpint (figure (answer->text, stopped), ==, 2);
  g_assert_cmpint (figure (answer->text, "regie_http_requests_total{class=\"4xx\"}"), ==, 1);
  g_assert_cmpint (figure (answer->text, "regie_http_requests_total{class=\"2xx\"}"), >=, 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/openapi/kinds", test_openapi);
  g_test_add_func ("/engine/openapi/paths", test_paths);
  g_test_add_func ("/engine/metrics", test_metrics);

  return g_test_run ();
}
