/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/regie-json.h"
#include "regie-engine-harness.h"

#include <signal.h>
#include <string.h>

/* The engine as it is shipped, with its own timings, over its socket. */

typedef struct
{
  RegieEngineHarness *engine;
  const char *path;
  const char *state;
  gint64 not_pid; /* of a process that is no more; 0: any */
  JsonObject *record;
} Waiting;

static gboolean
has_state (gpointer data)
{
  Waiting *self = data;
  const char *state;

  g_clear_pointer (&self->record, json_object_unref);
  self->record = regie_engine_harness_expect (self->engine, 200, "GET", self->path, NULL);
  state = regie_json_get_text (self->record, "state", "");

  if (self->not_pid != 0 && regie_json_get_int (self->record, "pid", 0) == self->not_pid)
    return FALSE;

  return self->state != NULL ? g_str_equal (state, self->state)
                             : !g_str_equal (state, "queued") && !g_str_equal (state, "running");
}

/* STATE NULL: until a task has ended. */
static JsonObject *
wait_state (RegieEngineHarness *engine, const char *path, const char *state)
{
  Waiting waiting = { .engine = engine, .path = path, .state = state };

  regie_test_wait_until (has_state, &waiting);

  return waiting.record;
}

/* The new engine may be asked before it has put right what the old one left written. */
static JsonObject *
wait_new_process (RegieEngineHarness *engine, const char *path, GPid old)
{
  Waiting waiting = { .engine = engine, .path = path, .state = "idle", .not_pid = old };

  regie_test_wait_until (has_state, &waiting);

  return waiting.record;
}

static gboolean
is_gone (gpointer data)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", GPOINTER_TO_INT (data));
  g_autofree char *text = NULL;

  return !g_file_get_contents (path, &text, NULL, NULL) || strchr (strrchr (text, ')'), 'Z') != NULL;
}

static char *
add_human (RegieEngineHarness *engine)
{
  g_autofree char *workspace = regie_engine_harness_create (engine, "/v1/workspaces", "{\"name\": \"W\"}");

  return regie_engine_harness_create (engine, "/v1/digital-humans",
                                      "{\"workspace\": \"%s\", \"name\": \"H\"}", workspace);
}

static GPid
start (RegieEngineHarness *engine, const char *human, gint64 *took)
{
  g_autofree char *path = g_strdup_printf ("/v1/digital-humans/%s", human);
  g_autofree char *action = g_strconcat (path, "/start", NULL);
  gint64 before = g_get_monotonic_time ();
  g_autoptr (JsonObject) answer = regie_engine_harness_expect (engine, 200, "POST", action, "{}");
  g_autoptr (JsonObject) record = wait_state (engine, path, "idle");

  if (took != NULL)
    *took = g_get_monotonic_time () - before;

  return (GPid) regie_json_get_int (record, "pid", 0);
}

static void
test_work (void)
{
  g_autoptr (RegieEngineHarness) engine = regie_engine_harness_new_started ();
  g_autofree char *human = add_human (engine);
  g_autofree char *task = NULL;
  g_autofree char *path = NULL;
  g_autofree char *logs = g_strdup_printf ("/v1/logs?source=%s", human);
  g_autofree char *stop = g_strdup_printf ("/v1/digital-humans/%s/stop", human);
  g_autofree char *human_path = g_strdup_printf ("/v1/digital-humans/%s", human);
  g_autofree char *link = NULL;
  g_autofree char *worker_exe = NULL;
  g_autoptr (JsonObject) done = NULL;
  g_autoptr (JsonObject) log = NULL;
  g_autoptr (JsonObject) answer = NULL;
  g_autoptr (JsonObject) stopped = NULL;
  gint64 took;
  GPid pid = start (engine, human, &took);

  /* Well within a second; sanitizers and a busy machine have their share. */
  g_assert_cmpint (took, <, 5 * G_USEC_PER_SEC);
  task = regie_engine_harness_create (
      engine, "/v1/tasks",
      "{\"digital_human\": \"%s\", \"type\": \"answer\", \"payload\": {\"text\": \"Hello?\"}}", human);
  path = g_strdup_printf ("/v1/tasks/%s", task);
  done = wait_state (engine, path, NULL);
  g_assert_cmpstr (regie_json_get_text (done, "state", ""), ==, "done");
  g_assert_cmpint (
      regie_json_get_int (regie_json_get_object (regie_json_get_object (done, "result"), "worker"), "pid", 0),
      ==, pid);
  link = g_strdup_printf ("/proc/%d/exe", pid);
  worker_exe = g_file_read_link (link, NULL);
  g_assert_true (g_str_has_suffix (worker_exe, "/regie-engine"));

  log = regie_engine_harness_expect (engine, 200, "GET", logs, NULL);
  g_assert_cmpuint (json_array_get_length (regie_json_get_array (log, "lines")), >=, 2);
  answer = regie_engine_harness_expect (engine, 200, "POST", stop, "{}");
  stopped = wait_state (engine, human_path, "stopped");
  g_assert_true (is_gone (GINT_TO_POINTER (pid)));
}

/* kill -9 of the engine: its workers end by themselves; the next engine starts them again. */
static void
test_engine_killed (void)
{
  g_autoptr (RegieEngineHarness) engine = regie_engine_harness_new_started ();
  g_autofree char *human = add_human (engine);
  g_autofree char *path = g_strdup_printf ("/v1/digital-humans/%s", human);
  GPid pid = start (engine, human, NULL);
  g_autoptr (JsonObject) back = NULL;

  regie_engine_harness_kill (engine);
  regie_test_wait_until (is_gone, GINT_TO_POINTER (pid));
  regie_engine_harness_start (engine);
  back = wait_new_process (engine, path, pid);
  g_assert_cmpstr (regie_json_get_text (back, "wanted", ""), ==, "running");
}

/* SIGTERM: nothing is left when the engine has ended, and what was wanted is wanted still. */
static void
test_engine_drained (void)
{
  g_autoptr (RegieEngineHarness) engine = regie_engine_harness_new_started ();
  g_autofree char *human = add_human (engine);
  g_autofree char *path = g_strdup_printf ("/v1/digital-humans/%s", human);
  GPid pid = start (engine, human, NULL);
  g_autoptr (JsonObject) back = NULL;

  regie_engine_harness_stop (engine);
  g_assert_true (is_gone (GINT_TO_POINTER (pid)));
  regie_engine_harness_start (engine);
  back = wait_new_process (engine, path, pid);
  g_assert_cmpstr (regie_json_get_text (back, "wanted", ""), ==, "running");
}

static void
test_crash_is_told (void)
{
  g_autoptr (RegieEngineHarness) engine = regie_engine_harness_new_started ();
  g_autofree char *human = add_human (engine);
  g_autofree char *path = g_strdup_printf ("/v1/digital-humans/%s", human);
  GPid pid = start (engine, human, NULL);
  g_autoptr (RegieEventReader) events = regie_engine_harness_read_events (engine, NULL);
  g_autoptr (JsonObject) back = NULL;

  regie_event_reader_wait (events, 0, "type", "hello");
  kill (pid, SIGKILL);
  {
    guint at = regie_event_reader_wait (events, 0, "kind", "digital-human");
    JsonObject *event = g_ptr_array_index (regie_event_reader_get_events (events), at);
    JsonObject *record = regie_json_get_object (event, "record");

    g_assert_cmpstr (regie_json_get_text (record, "state", ""), ==, "error");
    g_assert_cmpstr (regie_json_get_text (record, "cause", ""), ==,
                     "Its process was ended by signal 9 (Killed)");
    g_assert_nonnull (regie_json_get_text (record, "next_restart_at", NULL));
  }
  back = wait_new_process (engine, path, pid);
  g_assert_cmpint (regie_json_get_int (back, "restarts", 0), ==, 1);
  regie_event_reader_wait (events, 0, "type", "heartbeat");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine-workers/work", test_work);
  g_test_add_func ("/engine-workers/engine-killed", test_engine_killed);
  g_test_add_func ("/engine-workers/engine-drained", test_engine_drained);
  g_test_add_func ("/engine-workers/crash-is-told", test_crash_is_told);

  return g_test_run ();
}
