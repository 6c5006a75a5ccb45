/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "supervisor-test-util.h"

#include <string.h>

#include "engine/regie-right.h"

/* What a Digital Human may do outside: the rules themselves, then the worker that keeps to them. */

/* --- the rules --- */

static JsonArray *
parse_array (const char *text)
{
  g_autoptr (JsonNode) node = json_from_string (text, NULL);

  g_assert_nonnull (node);

  return json_array_ref (json_node_get_array (node));
}

static void
assert_effective (const char *rights_text,
                  const char *service,
                  const char *paused,
                  const char *access,
                  const char *source)
{
  g_autoptr (JsonArray) rights = parse_array (rights_text);
  g_autoptr (JsonArray) items = regie_right_effective (rights, "me", paused);
  JsonObject *item = regie_right_find (items, service);

  g_assert_nonnull (item);
  g_assert_cmpstr (regie_json_get_text (item, "access", ""), ==, access);
  g_assert_cmpstr (regie_json_get_text (item, "source", ""), ==, source);
  g_assert_cmpint (strlen (regie_json_get_text (item, "reason", "")), >, 10);
}

static void
test_matrix (void)
{
  static const char *const outward[] = { "mail", "chat", "voice", "calendar", "language-model", "web" };
  static const char *const inward[] = { "memory", "files" };
  static const char own[] =
      "[{\"digital_human\": \"me\", \"service\": \"web\", \"access\": \"allowed\"},"
      " {\"digital_human\": \"you\", \"service\": \"mail\", \"access\": \"allowed\"},"
      " {\"service\": \"web\", \"access\": \"denied\"},"
      " {\"digital_human\": \"\", \"service\": \"chat\", \"access\": \"limited\", \"per_hour\": 3},"
      " {\"digital_human\": \"me\", \"service\": \"files\", \"access\": \"denied\"}]";

  for (guint i = 0; i < G_N_ELEMENTS (outward); i++)
    assert_effective ("[]", outward[i], NULL, "denied", "default");
  for (guint i = 0; i < G_N_ELEMENTS (inward); i++)
    {
      assert_effective ("[]", inward[i], NULL, "allowed", "default");
      assert_effective ("[]", inward[i], "paused", "allowed", "default");
    }
  assert_effective (own, "web", NULL, "allowed", "digital-human");
  assert_effective (own, "mail", NULL, "denied", "default");
  assert_effective (own, "chat", NULL, "limited", "workspace");
  assert_effective (own, "files", NULL, "denied", "digital-human");
  assert_effective (own, "web", "Paused for a test", "denied", "pause");
  /* Two that contradict each other. */
  assert_effective ("[{\"digital_human\": \"me\", \"service\": \"web\", \"access\": \"allowed\"},"
                    " {\"digital_human\": \"me\", \"service\": \"web\", \"access\": \"denied\"}]",
                    "web", NULL, "denied", "digital-human");
}

static gboolean
host_allowed (const char *hosts_text, const char *url)
{
  g_autoptr (JsonArray) hosts = parse_array (hosts_text);
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_SCHEME_NORMALIZE, NULL);

  g_assert_nonnull (uri);

  return regie_right_check_host (hosts, uri, NULL);
}

static void
test_hosts (void)
{
  static const struct
  {
    const char *hosts, *url;
    gboolean allowed;
  } cases[] = {
    { "[]", "https://example.org/", FALSE },
    { "[\"example.org\"]", "https://example.org/path?q", TRUE },
    { "[\"EXAMPLE.org\"]", "https://Example.ORG/", TRUE },
    { "[\"example.org\"]", "https://example.org./", TRUE },
    { "[\"example.org\"]", "https://www.example.org/", FALSE },
    { "[\"example.org\"]", "https://example.org.evil.test/", FALSE },
    { "[\"example.org\"]", "https://evil.test/example.org", FALSE },
    { "[\"example.org\"]", "https://example.org:8443/", FALSE },
    { "[\"example.org:8443\"]", "https://example.org:8443/", TRUE },
    { "[\"example.org:8443\"]", "https://example.org/", FALSE },
    { "[\"example.org\"]", "http://example.org/", FALSE },
    { "[\"http://example.org\"]", "http://example.org/", TRUE },
    { "[\"http://example.org:81\"]", "http://example.org:81/", TRUE },
    { "[\"https://example.org\"]", "http://example.org/", FALSE },
    { "[\"127.0.0.1:8080\"]", "http://127.0.0.1:8080/", TRUE },
    { "[\"localhost\"]", "http://localhost/", TRUE },
    { "[\"localhost\"]", "http://127.0.0.1/", FALSE },
    { "[\"[::1]:8080\"]", "http://[::1]:8080/", TRUE },
    { "[\"\", 7, null]", "https://example.org/", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s %s", cases[i].hosts, cases[i].url);
      g_assert_cmpint (host_allowed (cases[i].hosts, cases[i].url), ==, cases[i].allowed);
    }
}

/* --- the worker --- */

typedef struct
{
  Fixture *f;
  TestServer *server;
  char *human;
  char *right;
} Web;

static void
set_right (Web *self, const char *access, guint per_hour)
{
  g_autofree char *settings = g_strdup_printf (
      "{\"digital_human\": \"%s\", \"service\": \"web\", \"access\": \"%s\", \"per_hour\": %u, \"hosts\": "
      "[\"127.0.0.1:%u\"]}",
      self->human, access, per_hour, test_server_get_port (self->server));
  g_autofree char *patch = g_strdup_printf ("{\"access\": \"%s\", \"per_hour\": %u}", access, per_hour);

  if (self->right == NULL)
    self->right = test_put (self->f, "right", settings);
  else
    test_patch (self->f, "right", self->right, patch);
}

static void
web_init (Web *self, const char *access)
{
  self->f = fixture_new ();
  self->server = test_server_new ();
  self->human = test_put_human (self->f, "one", "{}");
  self->right = NULL;
  if (access != NULL)
    set_right (self, access, 10);
  test_start (self->f, self->human);
}

static void
web_clear (Web *self)
{
  fixture_free (self->f);
  test_server_free (self->server);
  g_free (self->human);
  g_free (self->right);
}

static JsonObject *
call (Web *self, const char *method, const char *path, const char *rest)
{
  g_autofree char *payload = g_strdup_printf ("{\"method\": \"%s\", \"url\": \"http://127.0.0.1:%u%s\"%s}",
                                              method, test_server_get_port (self->server), path, rest);
  g_autofree char *id = test_put_task (self->f, self->human, "http", "normal", payload);

  return test_wait_task (self->f, id);
}

static void
assert_refused (Web *self, const char *code, const char *words)
{
  guint before = test_server_count (self->server, "/hello");
  g_autoptr (JsonArray) audit_before = test_list (self->f, "audit", "action", "refused");
  g_autoptr (JsonObject) task = call (self, "GET", "/hello", "");
  g_autoptr (JsonArray) audit = test_list (self->f, "audit", "action", "refused");
  g_autofree char *who = g_strconcat ("digital-human:", self->human, NULL);
  guint n = json_array_get_length (audit);
  JsonObject *entry;

  g_assert_cmpstr (regie_json_get_text (task, "state", ""), ==, "failed");
  g_assert_nonnull (strstr (regie_json_get_text (task, "error", ""), words));
  g_assert_cmpstr (regie_json_get_text (task, "error_code", ""), ==, code);
  g_assert_cmpuint (test_server_count (self->server, "/hello"), ==, before);

  g_assert_cmpuint (n, ==, json_array_get_length (audit_before) + 1);
  entry = json_array_get_object_element (audit, n - 1);
  g_assert_cmpstr (test_text_at (entry, "/after/reason_code"), ==, code);
  g_assert_cmpstr (regie_json_get_text (entry, "who", ""), ==, who);
  g_assert_cmpstr (regie_json_get_text (entry, "reason", ""), ==, regie_json_get_text (task, "error", NULL));
  g_assert_cmpstr (regie_json_get_text (entry, "record", ""), ==, regie_json_get_text (task, "id", NULL));
}

static void
assert_allowed (Web *self)
{
  guint before = test_server_count (self->server, "/hello");
  g_autoptr (JsonObject) task = call (self, "GET", "/hello", "");

  g_assert_cmpstr (regie_json_get_text (task, "error", NULL), ==, NULL);
  g_assert_cmpstr (regie_json_get_text (task, "state", ""), ==, "done");
  g_assert_cmpstr (test_text_at (task, "/result/body"), ==, "hello");
  g_assert_cmpint (test_int_at (task, "/result/status"), ==, 200);
  g_assert_cmpuint (test_server_count (self->server, "/hello"), ==, before + 1);
}

/* A change of the right holds for the very next task, without a restart. */
static void
test_access (void)
{
  Web web;
  g_autoptr (JsonObject) effective = NULL;
  JsonObject *item;

  web_init (&web, NULL);
  assert_refused (&web, "denied-by-default",
                  "as long as no right allows it; change it on the Digital Human's page, under Services");
  set_right (&web, "allowed", 10);
  assert_allowed (&web);
  set_right (&web, "denied", 10);
  assert_refused (&web, "denied-by-own-right", "by the Digital Human's own right; change it");
  set_right (&web, "allowed", 10);
  assert_allowed (&web);
  test_patch (web.f, "right", web.right, "{\"hosts\": [\"example.org\"]}");
  assert_refused (&web, "host-denied", "is not among the right's allowed hosts; add \"127.0.0.1:");
  effective = test_await_object (regie_supervisor_effective_rights (web.f->supervisor, web.human), NULL);
  item = regie_right_find (regie_json_get_array (effective, "items"), "web");
  g_assert_cmpint (regie_json_get_int (item, "used", -1), ==, 2);
  g_assert_cmpstr (regie_json_get_text (item, "right", ""), ==, web.right);
  web_clear (&web);
}

static void
test_workspace_right (void)
{
  Web web;
  g_autofree char *settings = NULL;
  g_autofree char *right = NULL;

  web_init (&web, NULL);
  settings =
      g_strdup_printf ("{\"service\": \"web\", \"access\": \"allowed\", \"hosts\": [\"127.0.0.1:%u\"]}",
                       test_server_get_port (web.server));
  right = test_put (web.f, "right", settings);
  assert_allowed (&web);
  test_patch (web.f, "right", right, "{\"access\": \"denied\"}");
  assert_refused (&web, "denied-by-workspace", "by the workspace's right");
  web_clear (&web);
}

/* Counted in the worker's own file: a restart gives nothing back. */
static void
test_limit (void)
{
  Web web;
  g_autoptr (JsonObject) effective = NULL;
  g_autoptr (JsonObject) answer = NULL;
  g_autoptr (JsonObject) stopped = NULL;
  JsonObject *item;

  web_init (&web, NULL);
  set_right (&web, "limited", 2);
  assert_allowed (&web);
  assert_allowed (&web);
  assert_refused (&web, "service-limited",
                  "allows 2 uses an hour, and they are used up; the next one is possible at ");

  answer = test_act (web.f, "digital-human", web.human, "stop", NULL);
  stopped = test_wait_state (web.f, "digital-human", web.human, "stopped");
  effective = test_await_object (regie_supervisor_effective_rights (web.f->supervisor, web.human), NULL);
  item = regie_right_find (regie_json_get_array (effective, "items"), "web");
  g_assert_cmpint (regie_json_get_int (item, "used", -1), ==, 2);
  g_assert_cmpint (regie_json_get_int (item, "per_hour", -1), ==, 2);

  test_start (web.f, web.human);
  assert_refused (&web, "service-limited", "used up");
  set_right (&web, "limited", 3);
  assert_allowed (&web);
  assert_refused (&web, "service-limited", "used up");
  web_clear (&web);
}

static void
assert_paused (Web *self, const char *words)
{
  g_autofree char *id = NULL;
  g_autoptr (JsonObject) answer = NULL;
  g_autoptr (JsonObject) effective = NULL;

  assert_refused (self, "refused-paused", words);
  /* What stays inside goes on. */
  id = test_put_task (self->f, self->human, "answer", "normal", "{\"text\": \"Hello\"}");
  answer = test_wait_task (self->f, id);
  g_assert_cmpstr (regie_json_get_text (answer, "state", ""), ==, "done");
  effective = test_await_object (regie_supervisor_effective_rights (self->f->supervisor, self->human), NULL);
  g_assert_cmpstr (
      regie_json_get_text (regie_right_find (regie_json_get_array (effective, "items"), "web"), "source", ""),
      ==, "pause");
}

static void
test_pause (void)
{
  Web web;
  JsonObject *record;

  web_init (&web, "allowed");
  record = test_act (web.f, "digital-human", web.human, "pause", NULL);
  g_assert_true (regie_json_get_bool (record, "paused", FALSE));
  json_object_unref (record);
  assert_paused (&web, "paused for this Digital Human; resume them, then try again");
  json_object_unref (test_act (web.f, "digital-human", web.human, "resume", NULL));
  assert_allowed (&web);

  json_object_unref (test_act (web.f, "workspace", web.f->workspace, "pause", NULL));
  assert_paused (&web, "paused for this workspace");
  json_object_unref (test_act (web.f, "workspace", web.f->workspace, "resume", NULL));
  assert_allowed (&web);

  test_await (regie_supervisor_set_paused (web.f->supervisor, TRUE, "you"), NULL);
  assert_paused (&web, "paused for everything");
  /* Also after the end of the engine. */
  fixture_restart (web.f);
  g_assert_true (regie_supervisor_get_paused (web.f->supervisor));
  json_object_unref (test_wait_state (web.f, "digital-human", web.human, "idle"));
  assert_paused (&web, "paused for everything");
  test_await (regie_supervisor_set_paused (web.f->supervisor, FALSE, "you"), NULL);
  assert_allowed (&web);
  web_clear (&web);
}

static gboolean
slow_arrived (gpointer server)
{
  return test_server_count (server, "/slow") > 0;
}

/* At once means also what is under way. */
static void
test_pause_stops (void)
{
  Web web;
  g_autofree char *payload = NULL;
  g_autofree char *id = NULL;
  g_autoptr (JsonObject) task = NULL;

  web_init (&web, "allowed");
  payload = g_strdup_printf ("{\"method\": \"POST\", \"url\": \"http://127.0.0.1:%u/slow\"}",
                             test_server_get_port (web.server));
  id = test_put_task (web.f, web.human, "http", "normal", payload);
  test_until (slow_arrived, web.server);
  test_await (regie_supervisor_set_paused (web.f->supervisor, TRUE, "you"), NULL);
  task = test_wait_task (web.f, id);
  g_assert_cmpstr (regie_json_get_text (task, "state", ""), ==, "unknown");
  g_assert_nonnull (strstr (regie_json_get_text (task, "error", ""), "paused for everything"));
  web_clear (&web);
}

/* --- requests --- */

static void
test_requests (void)
{
  Web web;
  g_autoptr (JsonObject) moved = NULL;
  g_autoptr (JsonObject) large = NULL;
  g_autoptr (JsonObject) posted = NULL;
  g_autoptr (JsonObject) missing = NULL;

  web_init (&web, "allowed");
  moved = call (&web, "GET", "/moved", "");
  g_assert_cmpint (test_int_at (moved, "/result/status"), ==, 302);
  g_assert_cmpuint (test_server_count (web.server, "/hello"), ==, 0);

  large = call (&web, "GET", "/large", "");
  g_assert_cmpstr (regie_json_get_text (large, "state", ""), ==, "done");
  g_assert_true (
      json_object_get_boolean_member (json_object_get_object_member (large, "result"), "truncated"));
  g_assert_cmpint (test_int_at (large, "/result/bytes"), <=, 1024 * 1024);

  posted =
      call (&web, "POST", "/json", ", \"json\": {\"a\": [1, \"é\"]}, \"headers\": {\"X-Test\": \"yes\"}");
  g_assert_cmpstr (test_text_at (posted, "/result/body"), ==, "{\"a\":[1,\"é\"]}");
  g_assert_cmpstr (test_server_get_header (web.server, "content-type"), ==, "application/json");
  g_assert_cmpstr (test_server_get_header (web.server, "x-test"), ==, "yes");

  missing = call (&web, "GET", "/nothing", "");
  g_assert_cmpstr (regie_json_get_text (missing, "state", ""), ==, "failed");
  g_assert_cmpstr (regie_json_get_text (missing, "error", ""), ==, "The server answered 404 Not Found");
  g_assert_cmpint (test_int_at (missing, "/result/status"), ==, 404);
  web_clear (&web);
}

/* Nobody listens: nothing went out, so a POST is failed, not unknown. */
static void
test_no_server (void)
{
  Web web;
  g_autoptr (JsonObject) task = NULL;

  web_init (&web, "allowed");
  test_patch (web.f, "right", web.right, "{\"hosts\": [\"127.0.0.1:1\"]}");
  {
    g_autofree char *id =
        test_put_task (web.f, web.human, "http", "normal",
                       "{\"method\": \"POST\", \"url\": \"http://127.0.0.1:1/\", \"body\": \"x\"}");

    task = test_wait_task (web.f, id);
  }
  g_assert_cmpstr (regie_json_get_text (task, "state", ""), ==, "failed");
  web_clear (&web);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rights/matrix", test_matrix);
  g_test_add_func ("/rights/hosts", test_hosts);
  g_test_add_func ("/rights/access", test_access);
  g_test_add_func ("/rights/workspace", test_workspace_right);
  g_test_add_func ("/rights/limit", test_limit);
  g_test_add_func ("/rights/pause", test_pause);
  g_test_add_func ("/rights/pause-stops", test_pause_stops);
  g_test_add_func ("/rights/requests", test_requests);
  g_test_add_func ("/rights/no-server", test_no_server);

  return g_test_run ();
}
