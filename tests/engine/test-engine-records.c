/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "core/regie-time.h"
#include "engine-test-util.h"

static void
test_workspace (void)
{
  g_autoptr (RegieEngineHarness) engine = regie_engine_harness_new_started ();
  g_autoptr (RegieAnswer) made =
      regie_engine_harness_call (engine, "POST", "/v1/workspaces", "{\"name\": \"  Autodin  \"}", NULL);
  g_autofree char *path = NULL;
  g_autoptr (JsonObject) found = NULL;
  gint64 time;

  g_assert_cmpuint (made->status, ==, 201);
  g_assert_cmpstr (made->content_type, ==, "application/json");
  g_assert_cmpstr (made->etag, ==, "\"1\"");
  g_assert_cmpstr (regie_json_get_text (made->json, "name", NULL), ==, "Autodin");
  g_assert_cmpstr (regie_json_get_text (made->json, "timezone", NULL), ==, "UTC");
  g_assert_cmpint (regie_json_get_int (made->json, "rev", 0), ==, 1);
  g_assert_true (regie_time_parse (regie_json_get_text (made->json, "created_at", ""), NULL, &time));
  g_assert_cmpint (ABS (time - regie_time_now ()), <, 60 * G_USEC_PER_SEC);
  path = test_path ("workspaces", regie_json_get_text (made->json, "id", ""), NULL);
  g_assert_cmpstr (made->location, ==, path);
  g_assert_cmpuint (strlen (regie_json_get_text (made->json, "id", "")), ==, 24);

  found = regie_engine_harness_expect (engine, 200, "GET", path, NULL);
  g_assert_cmpstr (regie_json_get_text (found, "name", NULL), ==, "Autodin");
}

static void
test_patch (void)
{
  g_autoptr (RegieEngineHarness) engine = regie_engine_harness_new_started ();
  g_autofree char *workspace = test_add_workspace (engine, "W");
  g_autofree char *human = test_add_human (engine, workspace, "autodin");
  g_autofree char *path = test_path ("digital-humans", human, NULL);
  g_autoptr (JsonObject) changed = NULL;
  g_autoptr (JsonObject) same = NULL;
  g_autoptr (JsonObject) reset = NULL;

  changed = regie_engine_harness_expect (
      engine, 200, "PATCH", path, "{\"language\": \"fr\", \"reply_delay\": 5, \"x_mine\": {\"a\": [1]}}");
  g_assert_cmpint (regie_json_get_int (changed, "rev", 0), ==, 2);
  g_assert_cmpstr (regie_json_get_text (changed, "language", NULL), ==, "fr");
  g_assert_cmpstr (regie_json_get_text (changed, "name", NULL), ==, "autodin");
  g_assert_nonnull (regie_json_get_object (changed, "x_mine"));

  same = regie_engine_harness_expect (engine, 200, "PATCH", path,
                                      "{\"reply_delay\": 5, \"name\": \" autodin \"}");
  g_assert_cmpint (regie_json_get_int (same, "rev", 0), ==, 2);
  g_assert_cmpstr (regie_json_get_text (same, "updated_at", ""), ==,
                   regie_json_get_text (changed, "updated_at", "-"));

  /* null: the default where there is one, else nothing. */
  reset = regie_engine_harness_expect (engine, 200, "PATCH", path,
                                       "{\"language\": null, \"reply_delay\": null, \"x_mine\": null}");
  g_assert_cmpint (regie_json_get_int (reset, "reply_delay", 0), ==, 300);
  g_assert_false (json_object_has_member (reset, "language"));
  g_assert_false (json_object_has_member (reset, "x_mine"));
  g_assert_cmpint (regie_json_get_int (reset, "rev", 0), ==, 3);
}

static guint
status_with (RegieEngineHarness *engine,
             const char *method,
             const char *path,
             const char *body,
             const char *header,
             const char *value)
{
  const char *const headers[] = { header, value, NULL };
  g_autoptr (RegieAnswer) answer = regie_engine_harness_call (engine, method, path, body, headers);

  return answer->status;
}

static void
test_etag (void)
{
  g_autoptr (RegieEngineHarness) engine = regie_engine_harness_new_started ();
  g_autofree char *workspace = test_add_workspace (engine, "W");
  g_autofree char *path = test_path ("workspaces", workspace, NULL);
  g_autoptr (JsonObject) kept = NULL;

  g_assert_cmpuint (status_with (engine, "GET", path, NULL, "If-None-Match", "\"1\""), ==, 304);
  g_assert_cmpuint (status_with (engine, "GET", path, NULL, "If-None-Match", "\"9\", \"1\""), ==, 304);
  g_assert_cmpuint (status_with (engine, "GET", path, NULL, "If-None-Match", "\"2\""), ==, 200);
  g_assert_cmpuint (status_with (engine, "PATCH", path, "{\"name\": \"A\"}", "If-Match", "\"2\""), ==, 412);
  g_assert_cmpuint (status_with (engine, "PATCH", path, "{\"name\": \"A\"}", "If-Match", "rubbish"), ==, 412);
  g_assert_cmpuint (status_with (engine, "PATCH", path, "{\"name\": \"B\"}", "If-Match", "\"1\""), ==, 200);
  g_assert_cmpuint (status_with (engine, "PATCH", path, "{\"name\": \"C\"}", "If-Match", "\"1\""), ==, 412);
  g_assert_cmpuint (status_with (engine, "DELETE", path, NULL, "If-Match", "\"1\""), ==, 412);
  kept = regie_engine_harness_expect (engine, 200, "GET", path, NULL);
  g_assert_cmpstr (regie_json_get_text (kept, "name", NULL), ==, "B");
}

static void
test_delete (void)
{
  g_autoptr (RegieEngineHarness) engine = regie_engine_harness_new_started ();
  g_autofree char *workspace = test_add_workspace (engine, "W");
  g_autofree char *human = test_add_human (engine, workspace, "autodin");
  g_autofree char *path = test_path ("digital-humans", human, NULL);
  g_autofree char *restore = test_path ("digital-humans", human, "restore");
  g_autoptr (JsonObject) deleted = regie_engine_harness_expect (engine, 200, "DELETE", path, NULL);
  g_autoptr (JsonObject) restored = NULL;
  gint64 time;

  g_assert_true (regie_time_parse (regie_json_get_text (deleted, "deleted_at", ""), NULL, &time));
  g_assert_cmpint (test_total (engine, "/v1/digital-humans"), ==, 0);
  g_assert_cmpint (test_total (engine, "/v1/digital-humans?q=autodin"), ==, 0);
  test_assert_problem (engine, 404, "not-found", NULL, "GET", path, NULL);
  test_assert_problem (engine, 404, "not-found", NULL, "DELETE", path, NULL);
  test_assert_problem (engine, 404, "not-found", NULL, "PATCH", path, "{\"name\": \"x\"}");

  restored = regie_engine_harness_expect (engine, 200, "POST", restore, NULL);
  g_assert_false (json_object_has_member (restored, "deleted_at"));
  g_assert_cmpstr (regie_json_get_text (restored, "name", NULL), ==, "autodin");
  g_assert_cmpint (test_total (engine, "/v1/digital-humans?q=autodin"), ==, 1);
  /* Again: it is there, and stays so. */
  json_object_unref (regie_engine_harness_expect (engine, 200, "POST", restore, NULL));
}

static void
test_workspace_delete (void)
{
  g_autoptr (RegieEngineHarness) engine = regie_engine_harness_new_started ();
  g_autofree char *workspace = test_add_workspace (engine, "W");
  g_autofree char *other = test_add_workspace (engine, "Other");
  g_autofree char *human = test_add_human (engine, workspace, "a");
  g_autofree char *path = test_path ("workspaces", workspace, NULL);
  g_autofree char *restore = test_path ("workspaces", workspace, "restore");
  g_autofree char *human_path = test_path ("digital-humans", human, NULL);
  g_autofree char *body = g_strdup_printf ("{\"workspace\": \"%s\", \"name\": \"late\"}", workspace);

  json_object_unref (regie_engine_harness_expect (engine, 200, "DELETE", path, NULL));
  g_assert_cmpint (test_total (engine, "/v1/workspaces"), ==, 1);
  g_assert_cmpint (test_total (engine, "/v1/digital-humans"), ==, 0);
  test_assert_problem (engine, 404, "not-found", NULL, "GET", human_path, NULL);
  test_assert_problem (engine, 422, "invalid", "/workspace", "POST", "/v1/digital-humans", body);

  /* It is still deleted after a new start, and can still be had back. */
  regie_engine_harness_stop (engine);
  regie_engine_harness_start (engine);
  g_assert_cmpint (test_total (engine, "/v1/digital-humans"), ==, 0);
  json_object_unref (regie_engine_harness_expect (engine, 200, "POST", restore, NULL));
  g_assert_cmpint (test_total (engine, "/v1/digital-humans"), ==, 1);
  json_object_unref (regie_engine_harness_expect (engine, 200, "GET", human_path, NULL));
}

static void
test_references (void)
{
  g_autoptr (RegieEngineHarness) engine = regie_engine_harness_new_started ();
  g_autofree char *workspace = test_add_workspace (engine, "W");
  g_autofree char *other = test_add_workspace (engine, "Other");
  g_autofree char *human = test_add_human (engine, workspace, "a");
  g_autofree char *elsewhere = g_strdup_printf (
      "{\"workspace\": \"%s\", \"digital_human\": \"%s\", \"service\": \"mail\", \"access\": \"denied\"}",
      other, human);
  g_autofree char *right = g_strdup_printf (
      "{\"workspace\": \"%s\", \"digital_human\": \"%s\", \"service\": \"mail\", \"access\": \"denied\"}",
      workspace, human);
  g_autofree char *general =
      g_strdup_printf ("{\"workspace\": \"%s\", \"service\": \"mail\", \"access\": \"allowed\"}", workspace);
  g_autoptr (JsonObject) made = NULL;
  g_autofree char *path = NULL;
  g_autofree char *restore = NULL;

  test_assert_problem (engine, 422, "invalid", "/workspace", "POST", "/v1/digital-humans",
                       "{\"name\": \"x\"}");
  test_assert_problem (engine, 422, "invalid", "/workspace", "POST", "/v1/digital-humans",
                       "{\"name\": \"x\", \"workspace\": \"000000000000000000000000\"}");
  test_assert_problem (engine, 422, "invalid", "/digital_human", "POST", "/v1/rights", elsewhere);

  /* One right for a Digital Human and a service, and one for the workspace. */
  made = regie_engine_harness_expect (engine, 201, "POST", "/v1/rights", "%s", right);
  test_assert_problem (engine, 409, "conflict", "/service", "POST", "/v1/rights", right);
  json_object_unref (regie_engine_harness_expect (engine, 201, "POST", "/v1/rights", "%s", general));
  test_assert_problem (engine, 409, "conflict", "/service", "POST", "/v1/rights", general);

  /* A deleted one does not count, and cannot come back beside a new one. */
  path = test_path ("rights", regie_json_get_text (made, "id", ""), NULL);
  restore = test_path ("rights", regie_json_get_text (made, "id", ""), "restore");
  json_object_unref (regie_engine_harness_expect (engine, 200, "DELETE", path, NULL));
  json_object_unref (regie_engine_harness_expect (engine, 201, "POST", "/v1/rights", "%s", right));
  test_assert_problem (engine, 409, "conflict", "/service", "POST", restore, NULL);
}

static void
test_tasks (void)
{
  g_autoptr (RegieEngineHarness) engine = regie_engine_harness_new_started ();
  g_autofree char *workspace = test_add_workspace (engine, "W");
  g_autofree char *human = test_add_human (engine, workspace, "a");
  g_autofree char *gone = test_add_human (engine, workspace, "b");
  g_autofree char *gone_path = test_path ("digital-humans", gone, NULL);
  g_autofree char *late = g_strdup_printf (
      "{\"digital_human\": \"%s\", \"type\": \"analyze\", \"payload\": {\"text\": \"x\"}}", gone);
  g_autofree char *empty =
      g_strdup_printf ("{\"digital_human\": \"%s\", \"type\": \"analyze\", \"payload\": {}}", human);
  g_autofree char *path = NULL;
  g_autoptr (JsonObject) task = regie_engine_harness_expect (
      engine, 201, "POST", "/v1/tasks",
      "{\"digital_human\": \"%s\", \"type\": \"analyze\", \"payload\": {\"text\": \"Bonjour,\\nmerci\"}}",
      human);

  g_assert_cmpstr (regie_json_get_text (task, "workspace", NULL), ==, workspace);
  g_assert_cmpstr (regie_json_get_text (task, "state", NULL), ==, "queued");
  g_assert_cmpstr (regie_json_get_text (task, "priority", NULL), ==, "normal");
  g_assert_cmpstr (regie_json_get_text (task, "cause", NULL), ==, "you");
  g_assert_true (g_str_has_prefix (regie_json_get_text (task, "summary", ""), "Bonjour"));

  json_object_unref (regie_engine_harness_expect (engine, 200, "DELETE", gone_path, NULL));
  test_assert_problem (engine, 422, "invalid", "/digital_human", "POST", "/v1/tasks", late);
  test_assert_problem (engine, 422, "invalid", "/digital_human", "POST", "/v1/tasks",
                       "{\"type\": \"analyze\", \"payload\": {\"text\": \"x\"}}");
  test_assert_problem (engine, 422, "invalid", "/payload/text", "POST", "/v1/tasks", empty);
  /* A task is not changed, only acted on. */
  path = test_path ("tasks", regie_json_get_text (task, "id", ""), NULL);
  test_assert_problem (engine, 405, "invalid", NULL, "PATCH", path, "{\"priority\": \"high\"}");
}

static JsonObject *
find_entry (RegieEngineHarness *engine, const char *action, const char *record)
{
  g_autofree char *path = g_strdup_printf ("/v1/audit?action=%s&record=%s", action, record);
  g_autoptr (JsonObject) page = regie_engine_harness_expect (engine, 200, "GET", path, NULL);
  JsonArray *items = regie_json_get_array (page, "items");

  g_assert_cmpuint (json_array_get_length (items), ==, 1);

  return json_object_ref (json_array_get_object_element (items, 0));
}

static void
test_journal (void)
{
  g_autoptr (RegieEngineHarness) engine = regie_engine_harness_new_started ();
  g_autofree char *workspace = test_add_workspace (engine, "W");
  g_autofree char *human = test_add_human (engine, workspace, "autodin");
  g_autofree char *path = test_path ("digital-humans", human, NULL);
  g_autofree char *restore = test_path ("digital-humans", human, "restore");
  g_autoptr (JsonObject) made = NULL;
  g_autoptr (JsonObject) updated = NULL;
  g_autoptr (JsonObject) deleted = NULL;
  g_autoptr (JsonObject) restored = NULL;
  gint64 total;

  json_object_unref (regie_engine_harness_expect (engine, 200, "PATCH", path, "{\"name\": \"cash\"}"));
  total = test_total (engine, "/v1/audit");
  /* What changes nothing is no entry; neither is what was refused. */
  json_object_unref (regie_engine_harness_expect (engine, 200, "PATCH", path, "{\"name\": \"cash\"}"));
  test_assert_problem (engine, 422, "invalid", "/name", "PATCH", path, "{\"name\": \"\"}");
  g_assert_cmpint (test_total (engine, "/v1/audit"), ==, total);
  json_object_unref (regie_engine_harness_expect (engine, 200, "DELETE", path, NULL));
  json_object_unref (regie_engine_harness_expect (engine, 200, "POST", restore, NULL));

  made = find_entry (engine, "create", human);
  g_assert_cmpstr (regie_json_get_text (made, "who", NULL), ==, "you");
  g_assert_cmpstr (regie_json_get_text (made, "kind", NULL), ==, "digital-human");
  g_assert_false (json_object_has_member (made, "before"));
  g_assert_cmpstr (regie_json_get_text (regie_json_get_object (made, "after"), "name", NULL), ==, "autodin");
  updated = find_entry (engine, "update", human);
  g_assert_cmpuint (json_object_get_size (regie_json_get_object (updated, "before")), ==, 1);
  g_assert_cmpstr (regie_json_get_text (regie_json_get_object (updated, "before"), "name", NULL), ==,
                   "autodin");
  g_assert_cmpstr (regie_json_get_text (regie_json_get_object (updated, "after"), "name", NULL), ==, "cash");
  g_assert_cmpstr (regie_json_get_text (updated, "title", NULL), ==, "cash");
  deleted = find_entry (engine, "delete", human);
  g_assert_cmpstr (regie_json_get_text (regie_json_get_object (deleted, "before"), "name", NULL), ==, "cash");
  restored = find_entry (engine, "restore", human);
  g_assert_nonnull (restored);
  test_assert_problem (engine, 405, "invalid", NULL, "POST", "/v1/audit", "{}");
}

static RegieAnswer *
call_with_key (RegieEngineHarness *engine,
               const char *key,
               const char *method,
               const char *path,
               const char *body)
{
  const char *const headers[] = { "Idempotency-Key", key, NULL };

  return regie_engine_harness_call (engine, method, path, body, headers);
}

static void
test_repeat (void)
{
  g_autoptr (RegieEngineHarness) engine = regie_engine_harness_new_started ();
  g_autoptr (RegieAnswer) first = call_with_key (engine, "k1", "POST", "/v1/workspaces", "{\"name\": \"W\"}");
  g_autoptr (RegieAnswer) again = call_with_key (engine, "k1", "POST", "/v1/workspaces", "{\"name\": \"W\"}");
  g_autoptr (RegieAnswer) other = call_with_key (engine, "k1", "POST", "/v1/workspaces", "{\"name\": \"V\"}");
  g_autoptr (RegieAnswer) patched = NULL;
  g_autoptr (RegieAnswer) repeated = NULL;
  g_autoptr (RegieAnswer) refused = NULL;
  g_autoptr (RegieAnswer) accepted = NULL;
  g_autoptr (RegieAnswer) empty = NULL;
  g_autofree char *path = test_path ("workspaces", regie_json_get_text (first->json, "id", ""), NULL);

  g_assert_cmpuint (first->status, ==, 201);
  g_assert_false (first->replayed);
  g_assert_cmpuint (again->status, ==, 201);
  g_assert_true (again->replayed);
  g_assert_cmpstr (again->text, ==, first->text);
  g_assert_cmpstr (again->etag, ==, first->etag);
  g_assert_cmpstr (again->location, ==, first->location);
  g_assert_cmpuint (other->status, ==, 422);
  g_assert_cmpint (test_total (engine, "/v1/workspaces"), ==, 1);

  /* The answer is as it was then, also after a new start and more changes. */
  patched = call_with_key (engine, "k2", "PATCH", path, "{\"name\": \"X\"}");
  json_object_unref (regie_engine_harness_expect (engine, 200, "PATCH", path, "{\"name\": \"Y\"}"));
  regie_engine_harness_kill (engine);
  regie_engine_harness_start (engine);
  repeated = call_with_key (engine, "k2", "PATCH", path, "{\"name\": \"X\"}");
  g_assert_true (repeated->replayed);
  g_assert_cmpstr (repeated->text, ==, patched->text);

  /* What failed is not stored: the same key may try again. */
  refused =
      call_with_key (engine, "k3", "PATCH", "/v1/workspaces/000000000000000000000000", "{\"name\": \"Z\"}");
  g_assert_cmpuint (refused->status, ==, 404);
  accepted = call_with_key (engine, "k3", "PATCH", path, "{\"name\": \"Z\"}");
  g_assert_cmpuint (accepted->status, ==, 200);
  g_assert_false (accepted->replayed);
  empty = call_with_key (engine, "", "PATCH", path, "{\"name\": \"Z\"}");
  g_assert_cmpuint (empty->status, ==, 422);
}

/* Actions and whole workspaces too: the action is taken once, its answer given twice. */
static void
test_repeat_actions (void)
{
  g_autoptr (RegieEngineHarness) engine = regie_engine_harness_new_started ();
  g_autofree char *workspace = test_add_workspace (engine, "W");
  g_autofree char *human = test_add_human (engine, workspace, "a");
  g_autofree char *pause = test_path ("digital-humans", human, "pause");
  g_autofree char *duplicate = test_path ("digital-humans", human, "duplicate");
  g_autofree char *path = test_path ("digital-humans", human, NULL);
  static const char *const keys[] = { "a1", "a2", "a3" };
  const char *const posts[] = { pause, duplicate, "/v1/sample" };
  gint64 total;

  for (guint i = 0; i < G_N_ELEMENTS (posts); i++)
    {
      g_autoptr (RegieAnswer) first = call_with_key (engine, keys[i], "POST", posts[i], NULL);
      g_autoptr (RegieAnswer) again = NULL;

      g_assert_cmpuint (first->status / 100, ==, 2);
      total = test_total (engine, "/v1/audit");
      again = call_with_key (engine, keys[i], "POST", posts[i], NULL);
      g_assert_true (again->replayed);
      g_assert_cmpuint (again->status, ==, first->status);
      g_assert_cmpstr (again->text, ==, first->text);
      g_assert_cmpint (test_total (engine, "/v1/audit"), ==, total);
    }
  g_assert_cmpint (test_total (engine, "/v1/workspaces"), ==, 2);
  {
    g_autoptr (RegieAnswer) first = call_with_key (engine, "d1", "DELETE", path, NULL);
    g_autoptr (RegieAnswer) again = call_with_key (engine, "d1", "DELETE", path, NULL);

    g_assert_cmpuint (first->status, ==, 200);
    g_assert_cmpuint (again->status, ==, 200);
    g_assert_true (again->replayed);
  }
}

static void
test_head (void)
{
  g_autoptr (RegieEngineHarness) engine = regie_engine_harness_new_started ();
  g_autofree char *workspace = test_add_workspace (engine, "W");
  g_autofree char *path = test_path ("workspaces", workspace, NULL);
  g_autoptr (RegieAnswer) head = regie_engine_harness_call (engine, "HEAD", path, NULL, NULL);

  g_assert_cmpuint (head->status, ==, 200);
  g_assert_cmpstr (head->etag, ==, "\"1\"");
  g_assert_cmpstr (head->text, ==, "");
}

/* Twenty at once with one key: one of them is performed, all have its answer. */
static gpointer
post_once (gpointer data)
{
  RegieEngineHarness *engine = data;
  g_autoptr (RegieAnswer) answer =
      call_with_key (engine, "storm", "POST", "/v1/workspaces", "{\"name\": \"W\"}");

  g_assert_cmpuint (answer->status, ==, 201);

  return g_strdup (regie_json_get_text (answer->json, "id", NULL));
}

static void
test_repeat_at_once (void)
{
  g_autoptr (RegieEngineHarness) engine = regie_engine_harness_new_started ();
  GThread *threads[20];
  g_autofree char *id = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("post", post_once, engine);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      g_autofree char *other = g_thread_join (threads[i]);

      if (id == NULL)
        id = g_strdup (other);
      g_assert_cmpstr (other, ==, id);
    }
  g_assert_cmpint (test_total (engine, "/v1/workspaces"), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/records/workspace", test_workspace);
  g_test_add_func ("/engine/records/patch", test_patch);
  g_test_add_func ("/engine/records/etag", test_etag);
  g_test_add_func ("/engine/records/delete", test_delete);
  g_test_add_func ("/engine/records/workspace-delete", test_workspace_delete);
  g_test_add_func ("/engine/records/references", test_references);
  g_test_add_func ("/engine/records/tasks", test_tasks);
  g_test_add_func ("/engine/records/journal", test_journal);
  g_test_add_func ("/engine/records/repeat", test_repeat);
  g_test_add_func ("/engine/records/repeat-at-once", test_repeat_at_once);
  g_test_add_func ("/engine/records/repeat-actions", test_repeat_actions);
  g_test_add_func ("/engine/records/head", test_head);

  return g_test_run ();
}
