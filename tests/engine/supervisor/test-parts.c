/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "supervisor-test-util.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/regie-time.h"
#include "engine/regie-supervisor-private.h"
#include "engine/regie-task.h"
#include "engine/regie-worker-db.h"
#include "engine/regie-worker-protocol.h"

/* The parts that the rest is made of. */

/* --- the channel --- */

typedef struct
{
  GPtrArray *messages; /* JsonObject */
  gboolean closed;
} Heard;

static void
on_message (const char *type, JsonObject *message, gpointer data)
{
  g_ptr_array_add (((Heard *) data)->messages, json_object_ref (message));
}

static void
on_closed (gpointer data)
{
  ((Heard *) data)->closed = TRUE;
}

static gboolean
is_closed (gpointer data)
{
  return ((Heard *) data)->closed;
}

static gboolean
has_ten (gpointer data)
{
  return ((Heard *) data)->messages->len == 10;
}

/* Far more than a socket holds, from another thread; what is no message is passed over. */
static gpointer
send_ten (gpointer data)
{
  g_autofree char *large = g_strnfill (1000 * 1000, 'x');

  for (gint64 i = 0; i < 10; i++)
    {
      g_autoptr (JsonObject) message = regie_worker_message ("n", "i", 'i', i, "text", 's', large, NULL);

      regie_worker_channel_send (data, message);
    }

  return NULL;
}

static void
test_channel (void)
{
  static const char noise[] = "\n{broken\n[1]\n{\"type\":\"n\",\"i\":9}\n{\"type\":\"unfinished\"";
  Heard heard = { .messages = g_ptr_array_new_with_free_func ((GDestroyNotify) json_object_unref) };
  Heard other = { .messages = g_ptr_array_new_with_free_func ((GDestroyNotify) json_object_unref) };
  g_autoptr (RegieWorkerChannel) a = NULL;
  RegieWorkerChannel *b;
  int ends[2];
  int noisy[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, ends), ==, 0);
  a = regie_worker_channel_new (ends[0], on_message, on_closed, &heard);
  b = regie_worker_channel_new (ends[1], on_message, on_closed, &other);
  {
    GThread *thread = g_thread_new ("sender", send_ten, b);

    test_until (has_ten, &heard);
    g_thread_join (thread);
  }
  for (guint i = 0; i < 10; i++)
    g_assert_cmpint (regie_json_get_int (g_ptr_array_index (heard.messages, i), "i", -1), ==, i);
  regie_worker_channel_free (b);
  test_until (is_closed, &heard);
  send_ten (a);

  /* Noise. */
  g_clear_pointer (&a, regie_worker_channel_free);
  heard.closed = FALSE;
  g_ptr_array_set_size (heard.messages, 0);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, noisy), ==, 0);
  a = regie_worker_channel_new (noisy[0], on_message, on_closed, &heard);
  g_assert_cmpint (write (noisy[1], noise, sizeof noise - 1), ==, sizeof noise - 1);
  close (noisy[1]);
  test_until (is_closed, &heard);
  g_assert_cmpuint (heard.messages->len, ==, 1);
  g_assert_cmpint (regie_json_get_int (g_ptr_array_index (heard.messages, 0), "i", -1), ==, 9);
  g_ptr_array_unref (heard.messages);
  g_ptr_array_unref (other.messages);
}

/* --- a worker's database --- */

static gint64 clock_now;

static gint64
test_clock (void)
{
  return clock_now;
}

static void
test_worker_db (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (RegieDb) db = regie_worker_db_open (f->folder, "6b0000000000000000000009", &error);
  RegieWorkerRun run = { .task = "t", .type = "http", .attempt = 1, .started_at = 1 };
  g_autoptr (JsonObject) result =
      regie_worker_message ("result", "task", 's', "t", "attempt", 'i', (gint64) 1, "state", 's', "done",
                            "result", 'o', regie_json_object_new ("a", 's', "b", NULL), NULL);
  g_autoptr (JsonObject) never = NULL;
  g_autoptr (JsonObject) begun = NULL;
  g_autoptr (JsonObject) ended = NULL;
  gint64 again = 0;

  g_assert_no_error (error);
  never = regie_worker_db_recall_run (db, "t", 1, NULL);
  g_assert_cmpstr (regie_json_get_text (never, "state", ""), ==, "queued");
  g_assert_true (regie_worker_db_begin_run (db, &run, NULL));
  begun = regie_worker_db_recall_run (db, "t", 1, NULL);
  g_assert_cmpstr (regie_json_get_text (begun, "state", ""), ==, "unknown");
  /* The same attempt does not begin twice, whoever asks. */
  g_assert_false (regie_worker_db_begin_run (db, &run, &error));
  g_assert_error (error, REGIE_ERROR, REGIE_ERROR_STATE);
  g_clear_error (&error);
  g_assert_true (regie_worker_db_end_run (db, &run, result, NULL));
  ended = regie_worker_db_recall_run (db, "t", 1, NULL);
  g_assert_cmpstr (regie_json_get_text (ended, "state", ""), ==, "done");
  g_assert_cmpstr (test_text_at (ended, "/result/a"), ==, "b");

  /* Three uses an hour, and the hour slides. */
  clock_now = 1000 * G_TIME_SPAN_HOUR;
  regie_time_set_clock (test_clock);
  for (guint i = 0; i < 3; i++)
    {
      g_assert_true (regie_worker_db_use (db, "web", 3, &again, NULL));
      clock_now += 10 * G_TIME_SPAN_MINUTE;
    }
  g_assert_false (regie_worker_db_use (db, "web", 3, &again, &error));
  g_assert_error (error, REGIE_ERROR, REGIE_ERROR_LIMITED);
  g_assert_cmpint (again, ==, 1001 * G_TIME_SPAN_HOUR);
  g_clear_error (&error);
  g_assert_true (regie_worker_db_use (db, "mail", 3, &again, NULL));
  clock_now = again - 1;
  g_assert_false (regie_worker_db_use (db, "web", 3, &again, NULL));
  clock_now++;
  g_assert_true (regie_worker_db_use (db, "web", 3, &again, NULL));
  g_assert_false (regie_worker_db_use (db, "web", 3, &again, NULL));
  regie_time_set_clock (NULL);
}

/* --- what a task may be --- */

static void
test_task_check (void)
{
  static const struct
  {
    const char *type, *payload, *wrong;
  } cases[] = {
    { "analyze", "{\"text\": \"x\"}", NULL },
    { "answer", "{\"text\": \"x\"}", NULL },
    { "analyze", "{}", "/payload/text" },
    { "analyze", "{\"text\": 7}", "/payload/text" },
    { "analyze", "{\"text\": \" \\n\"}", "/payload/text" },
    { "dance", "{\"text\": \"x\"}", "/type" },
    { "http", "{\"url\": \"https://a.test/x?y=1\"}", NULL },
    { "http", "{\"url\": \"HTTP://A.test\", \"method\": \"post\", \"body\": \"x\", \"timeout\": 300}", NULL },
    { "http", "{}", "/payload/url" },
    { "http", "{\"url\": \"a.test\"}", "/payload/url" },
    { "http", "{\"url\": \"file:///etc/passwd\"}", "/payload/url" },
    { "http", "{\"url\": \"unix:///run/x\"}", "/payload/url" },
    { "http", "{\"url\": \"https:///x\"}", "/payload/url" },
    { "http", "{\"url\": \"https://me:secret@a.test/\"}", "/payload/url" },
    { "http", "{\"url\": \"https://a.test/\", \"method\": \"CONNECT\"}", "/payload/method" },
    { "http", "{\"url\": \"https://a.test/\", \"headers\": []}", "/payload/headers" },
    { "http", "{\"url\": \"https://a.test/\", \"headers\": {\"Host\": \"b\"}}", "/payload/headers/Host" },
    { "http", "{\"url\": \"https://a.test/\", \"headers\": {\"Authorization\": \"b\"}}",
      "/payload/headers/Authorization" },
    { "http", "{\"url\": \"https://a.test/\", \"headers\": {\"X\": \"a\\r\\nY: b\"}}", "/payload/headers/X" },
    { "http", "{\"url\": \"https://a.test/\", \"headers\": {\"X Y\": \"a\"}}", "/payload/headers" },
    { "http", "{\"url\": \"https://a.test/\", \"body\": \"x\"}", "/payload/body" },
    { "http", "{\"url\": \"https://a.test/\", \"method\": \"PUT\", \"body\": 7}", "/payload/body" },
    { "http", "{\"url\": \"https://a.test/\", \"method\": \"PUT\", \"body\": \"x\", \"json\": 1}",
      "/payload/json" },
    { "http", "{\"url\": \"https://a.test/\", \"timeout\": 0}", "/payload/timeout" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (JsonObject) task =
          regie_json_object_new ("type", 's', cases[i].type, "payload", 'o',
                                 regie_json_parse_object (cases[i].payload, -1, NULL), NULL);
      g_autoptr (GError) error = NULL;
      gboolean ok = regie_task_check (task, &error);

      g_test_message ("%s", cases[i].payload);
      g_assert_cmpint (ok, ==, cases[i].wrong == NULL);
      if (!ok)
        {
          g_assert_error (error, REGIE_ERROR, REGIE_ERROR_INVALID);
          g_assert_true (g_str_has_prefix (error->message, cases[i].wrong));
        }
    }
}

static void
test_task_summary (void)
{
  g_autofree char *long_text = g_strnfill (5000, 'x');
  g_autoptr (JsonObject) task =
      regie_json_object_new ("type", 's', "analyze", "payload", 'o',
                             regie_json_object_new ("text", 's', "a\n\tb\u202e", NULL), NULL);
  g_autoptr (JsonObject) large = regie_json_object_new (
      "type", 's', "analyze", "payload", 'o', regie_json_object_new ("text", 's', long_text, NULL), NULL);
  g_autofree char *one = regie_task_summarize (task);
  g_autofree char *other = regie_task_summarize (large);

  g_assert_null (strchr (one, '\n'));
  g_assert_null (strstr (one, "\u202e"));
  g_assert_cmpint (g_utf8_strlen (other, -1), <=, 200);
}

/* --- logs --- */

static JsonObject *
read_log (Fixture *f, gint64 after, const char *level, guint limit)
{
  return test_await_object (regie_supervisor_read_log (f->supervisor, "engine", after, level, limit), NULL);
}

static guint
n_lines (JsonObject *log)
{
  return json_array_get_length (regie_json_get_array (log, "lines"));
}

static const char *
line_text (JsonObject *log, guint i)
{
  return regie_json_get_text (json_array_get_object_element (regie_json_get_array (log, "lines"), i), "text",
                              "");
}

static void
append_log (const char *path, guint from, guint to)
{
  FILE *file = fopen (path, "a");

  g_assert_nonnull (file);
  for (guint i = from; i < to; i++)
    fprintf (file, "2026-11-20T12:00:00.%06uZ %s regie-engine: line %u\n", i, i % 2 == 0 ? "info" : "warning",
             i);
  fclose (file);
}

static void
test_log (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autofree char *folder = g_build_filename (f->folder, "logs", NULL);
  g_autofree char *path = g_build_filename (folder, "engine.log", NULL);
  g_autofree char *old = g_strconcat (path, ".1", NULL);
  g_autoptr (JsonObject) none = NULL;
  g_autoptr (JsonObject) tail = NULL;
  g_autoptr (JsonObject) more = NULL;
  g_autoptr (JsonObject) nothing = NULL;
  g_autoptr (JsonObject) turned = NULL;
  g_autoptr (JsonObject) warnings = NULL;
  g_autoptr (GError) error = NULL;
  FILE *file;

  g_mkdir_with_parents (folder, 0700);
  g_unlink (path);
  none = read_log (f, -1, NULL, 10);
  g_assert_cmpuint (n_lines (none), ==, 0);
  append_log (path, 0, 100);
  tail = read_log (f, -1, NULL, 10);
  g_assert_cmpuint (n_lines (tail), ==, 10);
  g_assert_cmpstr (line_text (tail, 9), ==, "regie-engine: line 99");
  append_log (path, 100, 103);
  more = read_log (f, regie_json_get_int (tail, "next", 0), NULL, 10);
  g_assert_cmpuint (n_lines (more), ==, 3);
  g_assert_cmpstr (line_text (more, 0), ==, "regie-engine: line 100");

  /* A line that is not ended yet waits; one that is no line of ours stands as it is. */
  file = fopen (path, "a");
  fputs ("half a line", file);
  fclose (file);
  nothing = read_log (f, regie_json_get_int (more, "next", 0), NULL, 10);
  g_assert_cmpuint (n_lines (nothing), ==, 0);
  file = fopen (path, "a");
  fputs (" and the rest\xff\x1b[31m\n", file);
  fclose (file);

  /* The files turned meanwhile: the rest of the old one, then the new one. */
  g_assert_cmpint (g_rename (path, old), ==, 0);
  append_log (path, 0, 2);
  turned = read_log (f, regie_json_get_int (nothing, "next", 0), NULL, 10);
  g_assert_cmpuint (n_lines (turned), ==, 3);
  g_assert_true (g_str_has_prefix (line_text (turned, 0), "half a line and the rest"));
  g_assert_null (strchr (line_text (turned, 0), 0x1b));
  g_assert_cmpstr (line_text (turned, 2), ==, "regie-engine: line 1");

  warnings = read_log (f, 0, "warning", 10);
  g_assert_cmpuint (n_lines (warnings), ==, 1);
  g_assert_null (
      test_await_object (regie_supervisor_read_log (f->supervisor, "../engine", -1, NULL, 10), &error));
  g_assert_error (error, REGIE_ERROR, REGIE_ERROR_INVALID);
}

/* --- control groups: the files of one, in a folder --- */

static char *
read_value (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, NULL);

  return text;
}

static void
make_group (const char *folder)
{
  static const char *const names[] = { "cpu.max", "memory.max", "cgroup.procs", "cgroup.subtree_control" };

  g_mkdir_with_parents (folder, 0700);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (folder, names[i], NULL);

      g_file_set_contents (path, "", 0, NULL);
    }
}

static void
test_cgroup (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autofree char *own = g_build_filename (f->folder, "group", NULL);
  g_autofree char *controllers = g_build_filename (own, "cgroup.controllers", NULL);
  g_autofree char *leaf = g_build_filename (own, "engine", NULL);
  g_autofree char *group = g_build_filename (own, "digital-human-me", NULL);
  g_autofree char *why = NULL;
  g_autofree char *not_delegated = NULL;
  g_autofree char *cpu = NULL;
  g_autofree char *memory = NULL;
  g_autofree char *procs = NULL;
  g_autofree char *mine = NULL;
  g_autoptr (GError) error = NULL;
  RegieCgroup *cgroup;

  g_assert_null (regie_cgroup_new (f->folder, "/group", &why));
  g_assert_nonnull (why);
  make_group (own);
  make_group (leaf);
  make_group (group);
  g_file_set_contents (controllers, "cpuset cpu io memory pids\n", -1, NULL);
  g_assert_null (regie_cgroup_new (f->folder, "/group", &not_delegated));
  g_assert_nonnull (strstr (not_delegated, "not delegated"));
  if (setxattr (own, "user.delegate", "1", 1, 0) != 0)
    {
      g_test_skip ("the file system has no extended attributes");
      return;
    }
  cgroup = regie_cgroup_new (f->folder, "/group", &why);
  g_assert_nonnull (cgroup);
  mine = read_value (leaf, "cgroup.procs");
  g_assert_cmpint (atoi (mine), ==, getpid ());
  g_assert_true (regie_cgroup_enter (cgroup, "me", 4711, 50, 64, &error));
  g_assert_no_error (error);
  cpu = read_value (group, "cpu.max");
  memory = read_value (group, "memory.max");
  procs = read_value (group, "cgroup.procs");
  g_assert_cmpstr (cpu, ==, "50000 100000");
  g_assert_cmpstr (memory, ==, "67108864");
  g_assert_cmpstr (procs, ==, "4711");
  regie_cgroup_free (cgroup);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_expect_warnings ();
  g_test_add_func ("/parts/channel", test_channel);
  g_test_add_func ("/parts/worker-db", test_worker_db);
  g_test_add_func ("/parts/task-check", test_task_check);
  g_test_add_func ("/parts/task-summary", test_task_summary);
  g_test_add_func ("/parts/log", test_log);
  g_test_add_func ("/parts/cgroup", test_cgroup);

  return g_test_run ();
}
