/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "supervisor-test-util.h"

#include <signal.h>
#include <string.h>

/* Tasks: what comes back, in which order, and what becomes of them when their process ends under them. */

#define MESSAGE "{\"text\": \"Bonjour, ma commande CMD-12345 n'est pas arrivée, c'est urgent !\"}"

static void
assert_worker (Fixture *f, JsonObject *task, const char *human, GPid pid)
{
  g_autofree char *database = g_strdup_printf ("%s/digital-humans/%s.db", f->folder, human);
  g_autofree char *fds = g_strdup_printf ("/proc/%d/fd", pid);
  g_autoptr (GDir) dir = g_dir_open (fds, 0, NULL);
  gboolean open = FALSE;
  const char *name;

  g_assert_cmpint (test_int_at (task, "/result/worker/pid"), ==, pid);
  g_assert_cmpstr (test_text_at (task, "/result/worker/database"), ==, database);
  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *link = g_build_filename (fds, name, NULL);
      g_autofree char *target = g_file_read_link (link, NULL);

      open |= g_strcmp0 (target, database) == 0;
    }
  g_assert_true (open);
}

static void
test_analyze (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autofree char *human = test_put_human (f, "one", "{}");
  GPid pid = test_start (f, human);
  g_autofree char *id = test_put_task (f, human, "analyze", "normal", MESSAGE);
  g_autoptr (JsonObject) task = test_wait_task (f, id);
  gint64 latency;

  g_assert_cmpstr (regie_json_get_text (task, "state", ""), ==, "done");
  g_assert_cmpstr (test_text_at (task, "/result/language/value"), ==, "fr");
  g_assert_cmpint (regie_json_get_int (task, "attempts", 0), ==, 1);
  g_assert_cmpint (regie_json_get_int (task, "worker_pid", 0), ==, pid);
  assert_worker (f, task, human, pid);
  latency = regie_json_get_int (task, "finished_at", 0) - regie_json_get_int (task, "started_at", 0);
  g_assert_cmpint (regie_json_get_int (task, "latency", -1), ==, latency / 1000);
}

static void
test_answer (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autofree char *human = test_put_human (f, "Zoé", "{\"signature\": \"Zoé, du service client\"}");
  GPid pid = test_start (f, human);
  g_autofree char *id = test_put_task (f, human, "answer", "normal", MESSAGE);
  g_autoptr (JsonObject) task = test_wait_task (f, id);
  g_autoptr (JsonObject) after = NULL;

  g_assert_cmpstr (regie_json_get_text (task, "state", ""), ==, "done");
  g_assert_nonnull (strstr (test_text_at (task, "/result/text"), "Zoé, du service client"));
  g_assert_cmpstr (test_text_at (task, "/result/language"), ==, "fr");
  assert_worker (f, task, human, pid);

  /* The settings that hold when it answers, without a restart. */
  test_patch (f, "digital-human", human, "{\"signature\": \"Une autre signature\"}");
  {
    g_autofree char *second = test_put_task (f, human, "answer", "normal", MESSAGE);

    after = test_wait_task (f, second);
  }
  g_assert_nonnull (strstr (test_text_at (after, "/result/text"), "Une autre signature"));
  g_assert_cmpint (test_int_at (after, "/result/worker/pid"), ==, pid);
}

/* Given while it is stopped: the order is that of priority, then of age. */
static void
test_priorities (void)
{
  static const char *const priorities[] = { "low", "normal", "critical", "normal", "high", "critical" };
  static const guint order[] = { 2, 5, 4, 1, 3, 0 };
  g_autoptr (Fixture) f = fixture_new ();
  g_autofree char *human = test_put_human (f, "one", "{}");
  char *ids[G_N_ELEMENTS (priorities)];
  gint64 last = 0;

  for (guint i = 0; i < G_N_ELEMENTS (priorities); i++)
    ids[i] = test_put_task (f, human, "analyze", priorities[i], MESSAGE);
  test_start (f, human);
  for (guint i = 0; i < G_N_ELEMENTS (priorities); i++)
    {
      g_autoptr (JsonObject) task = test_wait_task (f, ids[order[i]]);
      gint64 started_at = regie_json_get_int (task, "started_at", 0);

      g_assert_cmpint (started_at, >, last);
      last = started_at;
    }
  for (guint i = 0; i < G_N_ELEMENTS (priorities); i++)
    g_free (ids[i]);
}

static char *
put_slow (Fixture *f, TestServer *server, const char *human, const char *method)
{
  g_autofree char *payload = g_strdup_printf ("{\"method\": \"%s\", \"url\": \"http://127.0.0.1:%u/slow\"}",
                                              method, test_server_get_port (server));

  return test_put_task (f, human, "http", "normal", payload);
}

static void
allow_server (Fixture *f, TestServer *server, const char *human)
{
  g_autofree char *settings = g_strdup_printf (
      "{\"digital_human\": \"%s\", \"service\": \"web\", \"access\": \"allowed\", \"hosts\": "
      "[\"127.0.0.1:%u\"]}",
      human, test_server_get_port (server));
  g_autofree char *right = test_put (f, "right", settings);
}

typedef struct
{
  TestServer *server;
  guint count;
} Arrived;

static gboolean
has_arrived (gpointer data)
{
  Arrived *self = data;

  return test_server_count (self->server, "/slow") >= self->count;
}

static void
wait_arrived (TestServer *server, guint count)
{
  Arrived arrived = { server, count };

  test_until (has_arrived, &arrived);
}

/* A request that only reads is made again, three times at most. */
static void
test_interrupted_get (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autoptr (TestServer) server = test_server_new ();
  g_autofree char *human = test_put_human (f, "one", "{}");
  g_autofree char *id = NULL;
  g_autoptr (JsonObject) task = NULL;

  allow_server (f, server, human);
  g_object_set (f->supervisor, "first-delay", 10, "max-delay", 10, NULL);
  test_start (f, human);
  id = put_slow (f, server, human, "GET");
  for (guint i = 1; i <= 3; i++)
    {
      g_autoptr (JsonObject) record = NULL;

      wait_arrived (server, i);
      record = test_wait_state (f, "task", id, "running");
      g_assert_cmpint (regie_json_get_int (record, "attempts", 0), ==, i);
      kill ((GPid) regie_json_get_int (record, "worker_pid", 0), SIGKILL);
    }
  task = test_wait_task (f, id);
  g_assert_cmpstr (regie_json_get_text (task, "state", ""), ==, "failed");
  g_assert_true (g_str_has_prefix (regie_json_get_text (task, "error", ""), "It was begun 3 times"));
  g_assert_cmpint (regie_json_get_int (task, "attempts", 0), ==, 3);
  g_assert_cmpuint (test_server_count (server, "/slow"), ==, 3);
}

/* One that may have had its effect is never made again by itself, but can be by the user. */
static void
test_interrupted_post (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autoptr (TestServer) server = test_server_new ();
  g_autofree char *human = test_put_human (f, "one", "{}");
  g_autofree char *id = NULL;
  g_autofree char *marker = NULL;
  g_autoptr (JsonObject) running = NULL;
  g_autoptr (JsonObject) task = NULL;
  g_autoptr (JsonObject) later = NULL;
  g_autoptr (JsonObject) retried = NULL;

  allow_server (f, server, human);
  g_object_set (f->supervisor, "first-delay", 10, NULL);
  test_start (f, human);
  id = put_slow (f, server, human, "POST");
  wait_arrived (server, 1);
  running = test_wait_state (f, "task", id, "running");
  kill ((GPid) regie_json_get_int (running, "worker_pid", 0), SIGKILL);
  task = test_wait_task (f, id);
  g_assert_cmpstr (regie_json_get_text (task, "state", ""), ==, "unknown");
  g_assert_nonnull (strstr (regie_json_get_text (task, "error", ""), "not known"));

  /* Its process is back and does something else; the request was made once. */
  marker = test_put_task (f, human, "analyze", "normal", MESSAGE);
  later = test_wait_task (f, marker);
  g_assert_cmpstr (regie_json_get_text (later, "state", ""), ==, "done");
  g_assert_cmpuint (test_server_count (server, "/slow"), ==, 1);

  retried = test_act (f, "task", id, "retry", NULL);
  g_assert_cmpstr (regie_json_get_text (retried, "state", ""), ==, "queued");
  g_assert_false (json_object_has_member (retried, "error"));
  wait_arrived (server, 2);
}

/* The same when it is the engine that ends: the requests under way are judged at the next start. */
static void
test_interrupted_by_engine (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autoptr (TestServer) server = test_server_new ();
  g_autofree char *writer = test_put_human (f, "writer", "{}");
  g_autofree char *reader = test_put_human (f, "reader", "{}");
  g_autofree char *post = NULL;
  g_autofree char *get = NULL;
  g_autoptr (JsonObject) unknown = NULL;

  g_object_set (f->supervisor, "grace", 100, NULL);
  allow_server (f, server, writer);
  allow_server (f, server, reader);
  test_start (f, writer);
  test_start (f, reader);
  post = put_slow (f, server, writer, "POST");
  get = put_slow (f, server, reader, "GET");
  wait_arrived (server, 2);
  fixture_restart (f);
  unknown = test_wait_task (f, post);
  g_assert_cmpstr (regie_json_get_text (unknown, "state", ""), ==, "unknown");
  wait_arrived (server, 3);
  g_assert_cmpuint (test_server_count (server, "/slow"), ==, 3);
}

static void
test_cancel (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autoptr (TestServer) server = test_server_new ();
  g_autofree char *human = test_put_human (f, "one", "{}");
  g_autofree char *waiting = NULL;
  g_autofree char *slow = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) cancelled = NULL;
  g_autoptr (JsonObject) again = NULL;
  g_autoptr (JsonObject) told = NULL;
  g_autoptr (JsonObject) ended = NULL;

  allow_server (f, server, human);
  waiting = test_put_task (f, human, "analyze", "normal", MESSAGE);
  cancelled = test_act (f, "task", waiting, "cancel", NULL);
  g_assert_cmpstr (regie_json_get_text (cancelled, "state", ""), ==, "cancelled");
  again = test_act (f, "task", waiting, "cancel", &error);
  g_assert_null (again);
  g_assert_error (error, REGIE_ERROR, REGIE_ERROR_STATE);

  test_start (f, human);
  slow = put_slow (f, server, human, "GET");
  wait_arrived (server, 1);
  told = test_act (f, "task", slow, "cancel", NULL);
  ended = test_wait_task (f, slow);
  g_assert_cmpstr (regie_json_get_text (ended, "state", ""), ==, "cancelled");
}

/* A task that does not end in its time ends its process, with a cause. */
static void
test_too_slow (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autoptr (TestServer) server = test_server_new ();
  g_autofree char *human = test_put_human (f, "one", "{}");
  g_autofree char *payload = g_strdup_printf ("{\"url\": \"http://127.0.0.1:%u/slow\", \"timeout\": 1}",
                                              test_server_get_port (server));
  g_autofree char *id = NULL;
  g_autoptr (JsonObject) task = NULL;

  allow_server (f, server, human);
  test_start (f, human);
  id = test_put_task (f, human, "http", "normal", payload);
  task = test_wait_task (f, id);
  g_assert_cmpstr (regie_json_get_text (task, "state", ""), ==, "failed");
  g_assert_nonnull (strstr (regie_json_get_text (task, "error", ""), "1 s"));
}

/* Many, with a process that is killed again and again: each one is done, or was tried as often as it may be.
 */
static void
test_many_with_crashes (void)
{
  const guint n = 300;
  g_autoptr (Fixture) f = fixture_new ();
  g_autofree char *human = test_put_human (f, "one", "{}");
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  GRand *rand = g_rand_new_with_seed (7);
  guint done = 0;

  g_object_set (f->supervisor, "first-delay", 10, "max-delay", 10, NULL);
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (ids, test_put_task (f, human, "analyze", "normal", MESSAGE));
  test_start (f, human);
  for (guint i = 0; i < 8; i++)
    {
      g_autoptr (JsonObject) record = test_wait_state (f, "digital-human", human, "idle");
      gint64 until = g_get_monotonic_time () + g_rand_int_range (rand, 100, 400) * 1000;

      while (g_get_monotonic_time () < until)
        g_main_context_iteration (NULL, FALSE);
      kill ((GPid) regie_json_get_int (record, "pid", 0), SIGKILL);
    }
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (JsonObject) task = test_wait_task (f, g_ptr_array_index (ids, i));

      if (g_str_equal (regie_json_get_text (task, "state", ""), "done"))
        done++;
      else
        g_assert_true (g_str_has_prefix (regie_json_get_text (task, "error", ""), "It was begun 3 times"));
    }
  g_assert_cmpuint (done, >=, n - 3);
  g_rand_free (rand);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tasks/analyze", test_analyze);
  g_test_add_func ("/tasks/answer", test_answer);
  g_test_add_func ("/tasks/priorities", test_priorities);
  g_test_add_func ("/tasks/interrupted-get", test_interrupted_get);
  g_test_add_func ("/tasks/interrupted-post", test_interrupted_post);
  g_test_add_func ("/tasks/interrupted-by-engine", test_interrupted_by_engine);
  g_test_add_func ("/tasks/cancel", test_cancel);
  g_test_add_func ("/tasks/too-slow", test_too_slow);
  g_test_add_func ("/tasks/many-with-crashes", test_many_with_crashes);

  return g_test_run ();
}
