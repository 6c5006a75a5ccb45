/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine-test-util.h"

char *
test_add_workspace (RegieEngineHarness *engine, const char *name)
{
  return regie_engine_harness_create (engine, "/v1/workspaces", "{\"name\": \"%s\"}", name);
}

char *
test_add_human (RegieEngineHarness *engine, const char *workspace, const char *name)
{
  return regie_engine_harness_create (engine, "/v1/digital-humans",
                                      "{\"workspace\": \"%s\", \"name\": \"%s\"}", workspace, name);
}

char *
test_path (const char *kind, const char *id, const char *action)
{
  return g_strconcat ("/v1/", kind, "/", id, action != NULL ? "/" : NULL, action, NULL);
}

void
test_assert_problem (RegieEngineHarness *engine,
                     guint status,
                     const char *code,
                     const char *field,
                     const char *method,
                     const char *path,
                     const char *body)
{
  g_autoptr (RegieAnswer) answer = regie_engine_harness_call (engine, method, path, body, NULL);
  g_autofree char *type = g_strconcat ("urn:regie:problem:", code, NULL);

  if (answer->status != status)
    g_error ("%s %s: %u instead of %u: %.500s", method, path, answer->status, status, answer->text);
  g_assert_cmpstr (answer->content_type, ==, "application/problem+json");
  g_assert_nonnull (answer->json);
  g_assert_cmpstr (regie_json_get_text (answer->json, "type", NULL), ==, type);
  g_assert_cmpint (regie_json_get_int (answer->json, "status", 0), ==, status);
  g_assert_cmpstr (regie_json_get_text (answer->json, "field", NULL), ==, field);
  g_assert_nonnull (regie_json_get_text (answer->json, "title", NULL));
  g_assert_cmpuint (strlen (regie_json_get_text (answer->json, "detail", "")), >, 5);
}

char *
test_list (RegieEngineHarness *engine, const char *path, const char *member)
{
  g_autoptr (JsonObject) page = regie_engine_harness_expect (engine, 200, "GET", path, NULL);
  JsonArray *items = regie_json_get_array (page, "items");
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < json_array_get_length (items); i++)
    g_string_append_printf (names, "%s%s", i > 0 ? "," : "",
                            regie_json_get_text (json_array_get_object_element (items, i), member, "-"));

  return g_string_free (names, FALSE);
}

gint64
test_total (RegieEngineHarness *engine, const char *path)
{
  g_autoptr (JsonObject) page = regie_engine_harness_expect (engine, 200, "GET", path, NULL);

  return regie_json_get_int (page, "total", -1);
}
