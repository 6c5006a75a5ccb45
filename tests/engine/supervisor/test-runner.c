/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "supervisor-test-util.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* The life of the processes. */

static gboolean
is_gone (gpointer pid)
{
  return !test_is_alive (GPOINTER_TO_INT (pid));
}

static void
wait_gone (GPid pid)
{
  test_until (is_gone, GINT_TO_POINTER (pid));
}

static void
test_start_and_stop (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autofree char *human = test_put_human (f, "one", "{}");
  g_autofree char *link = NULL;
  g_autofree char *exe = NULL;
  g_autofree char *program = g_canonicalize_filename (REGIE_ENGINE_PROGRAM, NULL);
  g_autoptr (JsonObject) started = test_act (f, "digital-human", human, "start", NULL);
  g_autoptr (JsonObject) running = NULL;
  g_autoptr (JsonObject) again = NULL;
  g_autoptr (JsonObject) stopped = NULL;
  g_autoptr (JsonObject) end = NULL;
  GPid pid;

  g_assert_cmpstr (regie_json_get_text (started, "state", ""), ==, "initializing");
  g_assert_cmpstr (regie_json_get_text (started, "wanted", ""), ==, "running");
  running = test_wait_state (f, "digital-human", human, "idle");
  pid = (GPid) regie_json_get_int (running, "pid", 0);
  g_assert_true (test_is_alive (pid));
  g_assert_cmpint (getpgid (pid), ==, pid);
  g_assert_cmpint (regie_json_get_int (running, "started_at", 0), >, 0);
  g_assert_cmpuint (regie_supervisor_count_running (f->supervisor), ==, 1);

  link = g_strdup_printf ("/proc/%d/exe", pid);
  exe = g_file_read_link (link, NULL);
  g_assert_cmpstr (exe, ==, program);

  /* A second start changes nothing. */
  again = test_act (f, "digital-human", human, "start", NULL);
  g_assert_cmpstr (regie_json_get_text (again, "state", ""), ==, "idle");

  stopped = test_act (f, "digital-human", human, "stop", NULL);
  g_assert_cmpstr (regie_json_get_text (stopped, "state", ""), ==, "stopping");
  end = test_wait_state (f, "digital-human", human, "stopped");
  g_assert_false (test_is_alive (pid));
  g_assert_false (json_object_has_member (end, "pid"));
  g_assert_cmpuint (regie_supervisor_count_running (f->supervisor), ==, 0);
}

static void
test_restart (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autofree char *human = test_put_human (f, "one", "{}");
  GPid first = test_start (f, human);
  g_autoptr (JsonObject) answer = test_act (f, "digital-human", human, "restart", NULL);
  g_autoptr (JsonObject) after = NULL;

  wait_gone (first);
  after = test_wait_state (f, "digital-human", human, "idle");
  g_assert_cmpint (regie_json_get_int (after, "pid", 0), !=, first);
  g_assert_cmpint (regie_json_get_int (after, "restarts", -1), ==, 0);
}

/* Each crash in a row waits twice as long, up to the most; the cause is in words. */
static void
test_crash_delays (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autofree char *human = test_put_human (f, "one", "{}");
  gint64 expected[] = { 400, 800, 1600, 1600 };
  GPid pid = test_start (f, human);
  g_autoptr (JsonArray) audit = NULL;

  g_object_set (f->supervisor, "first-delay", 400, "max-delay", 1600, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autoptr (JsonObject) failed = NULL;
      g_autoptr (JsonObject) back = NULL;
      gint64 delay;

      kill (pid, SIGKILL);
      failed = test_wait_state (f, "digital-human", human, "error");
      g_assert_cmpstr (regie_json_get_text (failed, "cause", ""), ==,
                       "Its process was ended by signal 9 (Killed)");
      g_assert_cmpstr (regie_json_get_text (failed, "cause_code", ""), ==, "process-signal");
      g_assert_cmpint (test_int_at (failed, "/cause_args/signal"), ==, SIGKILL);
      g_assert_cmpint (regie_json_get_int (failed, "restarts", 0), ==, i + 1);
      g_assert_false (json_object_has_member (failed, "pid"));
      delay =
          (regie_json_get_int (failed, "next_restart_at", 0) - regie_json_get_int (failed, "updated_at", 0)) /
          1000;
      /* A little passed before it was written down; never so much that it could be the delay before. */
      g_assert_cmpint (delay, >, expected[i] / 2);
      g_assert_cmpint (delay, <=, expected[i]);
      back = test_wait_state (f, "digital-human", human, "idle");
      g_assert_cmpint (regie_json_get_int (back, "pid", 0), !=, pid);
      g_assert_false (json_object_has_member (back, "next_restart_at"));
      pid = (GPid) regie_json_get_int (back, "pid", 0);
    }
  audit = test_list (f, "audit", "action", "crash");
  g_assert_cmpuint (json_array_get_length (audit), ==, G_N_ELEMENTS (expected));
}

/* After it was healthy for long enough, the delay begins anew. */
static void
test_crash_delay_resets (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autofree char *human = test_put_human (f, "one", "{}");
  GPid pid = test_start (f, human);

  g_object_set (f->supervisor, "health", 1, NULL);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (JsonObject) failed = NULL;
      g_autoptr (JsonObject) back = NULL;

      kill (pid, SIGKILL);
      failed = test_wait_state (f, "digital-human", human, "error");
      g_assert_cmpint (
          regie_json_get_int (failed, "next_restart_at", 0) - regie_json_get_int (failed, "updated_at", 0),
          <=, 100 * 1000);
      back = test_wait_state (f, "digital-human", human, "idle");
      pid = (GPid) regie_json_get_int (back, "pid", 0);
    }
}

/* A start does not wait for the delay; a stop gives up on it. */
static void
test_act_while_failing (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autofree char *human = test_put_human (f, "one", "{}");
  GPid pid = test_start (f, human);
  g_autoptr (JsonObject) failed = NULL;
  g_autoptr (JsonObject) answer = NULL;
  g_autoptr (JsonObject) back = NULL;
  g_autoptr (JsonObject) failed_again = NULL;
  g_autoptr (JsonObject) stopped = NULL;

  g_object_set (f->supervisor, "first-delay", 60000, NULL);
  kill (pid, SIGKILL);
  failed = test_wait_state (f, "digital-human", human, "error");
  answer = test_act (f, "digital-human", human, "start", NULL);
  g_assert_false (json_object_has_member (answer, "cause"));
  back = test_wait_state (f, "digital-human", human, "idle");

  kill ((GPid) regie_json_get_int (back, "pid", 0), SIGKILL);
  failed_again = test_wait_state (f, "digital-human", human, "error");
  stopped = test_act (f, "digital-human", human, "stop", NULL);
  g_assert_cmpstr (regie_json_get_text (stopped, "state", ""), ==, "stopped");
  g_assert_false (json_object_has_member (stopped, "next_restart_at"));
}

static void
test_hung (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autofree char *human = test_put_human (f, "one", "{}");
  g_autoptr (JsonObject) failed = NULL;
  g_autoptr (JsonObject) back = NULL;
  GPid pid;

  g_object_set (f->supervisor, "silence", 4000, NULL);
  pid = test_start (f, human);
  kill (pid, SIGSTOP);
  failed = test_wait_state (f, "digital-human", human, "error");
  g_assert_cmpstr (regie_json_get_text (failed, "cause", ""), ==,
                   "Nothing was heard of its process for 4 s: it hung, and was killed");
  g_assert_false (test_is_alive (pid));
  back = test_wait_state (f, "digital-human", human, "idle");
}

/* One that does not react is killed after the grace. */
static void
test_forced_stop (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autofree char *human = test_put_human (f, "one", "{}");
  g_autoptr (JsonObject) answer = NULL;
  g_autoptr (JsonObject) stopped = NULL;
  GPid pid;

  g_object_set (f->supervisor, "grace", 300, NULL);
  pid = test_start (f, human);
  kill (pid, SIGSTOP);
  answer = test_act (f, "digital-human", human, "stop", NULL);
  stopped = test_wait_state (f, "digital-human", human, "stopped");
  g_assert_false (test_is_alive (pid));
  g_assert_false (json_object_has_member (stopped, "cause"));
  g_assert_false (json_object_has_member (stopped, "cause_code"));
  g_assert_false (json_object_has_member (stopped, "cause_args"));
}

static void
test_memory_limit (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autofree char *human = test_put_human (f, "one", "{\"memory_limit\": 1}");
  g_autoptr (JsonObject) answer = test_act (f, "digital-human", human, "start", NULL);
  g_autoptr (JsonObject) failed = test_wait_state (f, "digital-human", human, "error");

  g_assert_true (g_str_has_suffix (regie_json_get_text (failed, "cause", ""), "its limit is 1 MiB"));
  g_assert_cmpstr (regie_json_get_text (failed, "cause_code", ""), ==, "memory-limit");
  g_assert_cmpint (test_int_at (failed, "/cause_args/limit"), ==, 1);
}

/* Processor time of a process so far, in clock ticks. */
static gint64
cpu_ticks (GPid pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", pid);
  g_autofree char *text = NULL;
  g_auto (GStrv) fields = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  fields = g_strsplit (strrchr (text, ')') + 2, " ", -1);

  return g_ascii_strtoll (fields[11], NULL, 10) + g_ascii_strtoll (fields[12], NULL, 10);
}

/* A tenth of a processor while it has more to do than that. */
static void
test_processor_limit (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autofree char *human = test_put_human (f, "one", "{\"cpu_limit\": 10}");
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *payload = NULL;
  g_autofree char *first = NULL;
  GPid pid = test_start (f, human);
  gint64 ticks, since, wall;

  for (guint i = 0; i < 8000; i++)
    g_string_append (text, "Where is my order? It is urgent, and I am not happy with it. ");
  payload = g_strdup_printf ("{\"text\": \"%s\"}", text->str);
  g_object_set (f->supervisor, "task-limit", 600000, "grace", 100, NULL);
  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *id = test_put_task (f, human, "analyze", "normal", payload);

      if (i == 0)
        first = g_steal_pointer (&id);
    }
  json_object_unref (test_wait_state (f, "task", first, "running"));
  ticks = cpu_ticks (pid);
  since = g_get_monotonic_time ();
  while (g_get_monotonic_time () < since + 3 * G_USEC_PER_SEC)
    g_main_context_iteration (NULL, FALSE);
  wall = g_get_monotonic_time () - since;
  ticks = cpu_ticks (pid) - ticks;
  g_test_message ("%" G_GINT64_FORMAT " ticks in %" G_GINT64_FORMAT " ms", ticks, wall / 1000);
  g_assert_cmpint (ticks, >, 0);
  g_assert_cmpint (ticks * G_USEC_PER_SEC / sysconf (_SC_CLK_TCK), <, wall * 25 / 100);
  /* It is alive all the while. */
  g_assert_true (test_is_alive (pid));
}

static void
test_damaged_database (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autofree char *human = test_put_human (f, "one", "{}");
  g_autofree char *folder = g_build_filename (f->folder, "digital-humans", NULL);
  g_autofree char *path = g_strdup_printf ("%s/%s.db", folder, human);
  g_autofree char *garbage = g_strnfill (8192, 'x');
  g_autoptr (JsonObject) answer = NULL;
  g_autoptr (JsonObject) failed = NULL;

  g_mkdir_with_parents (folder, 0700);
  g_file_set_contents (path, garbage, 8192, NULL);
  answer = test_act (f, "digital-human", human, "start", NULL);
  failed = test_wait_state (f, "digital-human", human, "error");
  g_assert_nonnull (strstr (regie_json_get_text (failed, "cause", ""), path));
  g_assert_cmpint (regie_json_get_int (failed, "next_restart_at", 0), >, 0);
}

static gboolean
is_not_running (gpointer supervisor)
{
  return regie_supervisor_count_running (supervisor) == 0;
}

static void
test_delete_stops (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autofree char *human = test_put_human (f, "one", "{}");
  GPid pid = test_start (f, human);

  test_delete (f, "digital-human", human);
  wait_gone (pid);
  test_until (is_not_running, f->supervisor);
}

/* What was wanted runs again after the end of an engine, orderly or not; nothing outlives a drain. */
static void
test_wanted_is_restored (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autofree char *wanted = test_put_human (f, "wanted", "{}");
  g_autofree char *other = test_put_human (f, "other", "{}");
  GPid first = test_start (f, wanted);
  GPid second = test_start (f, other);
  g_autoptr (JsonObject) answer = test_act (f, "digital-human", other, "stop", NULL);
  g_autoptr (JsonObject) stopped = test_wait_state (f, "digital-human", other, "stopped");
  g_autoptr (JsonObject) back = NULL;
  g_autoptr (JsonObject) still = NULL;

  fixture_close (f);
  g_assert_false (test_is_alive (first));
  g_assert_false (test_is_alive (second));
  fixture_open (f);
  back = test_wait_state (f, "digital-human", wanted, "idle");
  g_assert_cmpint (regie_json_get_int (back, "pid", 0), !=, first);
  still = test_get (f, "digital-human", other);
  g_assert_cmpstr (regie_json_get_text (still, "state", ""), ==, "stopped");
}

static gboolean
all_run (gpointer data)
{
  return regie_supervisor_count_running (data) == 20;
}

/* More than may start at once. */
static void
test_many (void)
{
  g_autoptr (Fixture) f = fixture_new ();

  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *name = g_strdup_printf ("human %u", i);
      g_autofree char *human = test_put_human (f, name, "{}");
      g_autoptr (JsonObject) answer = test_act (f, "digital-human", human, "start", NULL);
    }
  test_until (all_run, f->supervisor);
}

static void
test_duplicate (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autofree char *human = test_put_human (f, "one", "{\"tone\": \"formal\", \"daily_cap\": 7}");
  g_autofree char *right_settings =
      g_strdup_printf ("{\"digital_human\": \"%s\", \"service\": \"mail\", \"access\": \"allowed\"}", human);
  g_autofree char *right = test_put (f, "right", right_settings);
  GPid pid = test_start (f, human);
  g_autoptr (JsonObject) copy = test_act (f, "digital-human", human, "duplicate", NULL);
  const char *id = regie_json_get_text (copy, "id", "");
  g_autoptr (JsonArray) rights = test_list (f, "right", "digital_human", id);

  g_assert_true (test_is_alive (pid));
  g_assert_cmpstr (id, !=, human);
  g_assert_cmpstr (regie_json_get_text (copy, "name", ""), ==, "one (copy)");
  g_assert_cmpstr (regie_json_get_text (copy, "state", ""), ==, "stopped");
  g_assert_cmpstr (regie_json_get_text (copy, "wanted", ""), ==, "stopped");
  g_assert_cmpstr (regie_json_get_text (copy, "tone", ""), ==, "formal");
  g_assert_cmpint (regie_json_get_int (copy, "daily_cap", 0), ==, 7);
  g_assert_false (json_object_has_member (copy, "pid"));
  g_assert_cmpuint (json_array_get_length (rights), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/runner/start-and-stop", test_start_and_stop);
  g_test_add_func ("/runner/restart", test_restart);
  g_test_add_func ("/runner/crash-delays", test_crash_delays);
  g_test_add_func ("/runner/crash-delay-resets", test_crash_delay_resets);
  g_test_add_func ("/runner/act-while-failing", test_act_while_failing);
  g_test_add_func ("/runner/hung", test_hung);
  g_test_add_func ("/runner/forced-stop", test_forced_stop);
  g_test_add_func ("/runner/memory-limit", test_memory_limit);
  g_test_add_func ("/runner/processor-limit", test_processor_limit);
  g_test_add_func ("/runner/damaged-database", test_damaged_database);
  g_test_add_func ("/runner/delete-stops", test_delete_stops);
  g_test_add_func ("/runner/wanted-is-restored", test_wanted_is_restored);
  g_test_add_func ("/runner/many", test_many);
  g_test_add_func ("/runner/duplicate", test_duplicate);

  return g_test_run ();
}
