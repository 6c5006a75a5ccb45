/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "regie-engine-process.h"
#include "regie-engine-start.h"
#include "regie-json.h"
#include "regie-wake.h"
#include "sync-fixture.h"

/* The engine as a process of this computer. REGIE_ENGINE names the program that was built. */

typedef struct
{
  char *dir, *socket, *data_dir, *program;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->dir = g_dir_make_tmp ("regie-process-XXXXXX", NULL);
  f->socket = g_build_filename (f->dir, "s", NULL);
  f->data_dir = g_build_filename (f->dir, "data", NULL);
  f->program = g_strdup (g_getenv ("REGIE_ENGINE"));
  g_assert_nonnull (f->program);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_setenv ("REGIE_ENGINE", f->program, TRUE);
  test_remove_tree (f->dir);
  g_free (f->dir);
  g_free (f->socket);
  g_free (f->data_dir);
  g_free (f->program);
}

static JsonObject *
health_of (DexFuture *future)
{
  g_autoptr (DexFuture) settled = test_settle (future);
  g_autoptr (GError) error = NULL;
  const GValue *value = dex_future_get_value (settled, &error);

  g_assert_no_error (error);

  return g_value_dup_boxed (value);
}

static gboolean
is_gone (gpointer data)
{
  return kill (GPOINTER_TO_INT (data), 0) != 0 && errno == ESRCH;
}

static void
end_engine (Fixture *f, JsonObject *health)
{
  g_autoptr (RegieBackend) backend = regie_engine_process_new_backend (f->socket);
  g_autoptr (DexFuture) drained = test_settle (regie_engine_process_drain (backend, health));

  g_assert_true (dex_future_is_resolved (drained));
  WAIT_UNTIL (is_gone, GINT_TO_POINTER (regie_json_get_int (health, "pid", 0)));
}

static void
test_start (Fixture *f, gconstpointer data)
{
  g_autoptr (JsonObject) first = health_of (regie_engine_process_ensure (f->socket, f->data_dir));
  g_autoptr (JsonObject) second = health_of (regie_engine_process_ensure (f->socket, f->data_dir));
  pid_t pid = regie_json_get_int (first, "pid", 0);
  g_autofree char *link = g_strdup_printf ("/proc/%d/fd/0", pid);
  g_autofree char *input = g_file_read_link (link, NULL);
  g_autofree char *log = g_build_filename (f->data_dir, "logs", "engine-start.log", NULL);
  GStatBuf info;

  g_assert_cmpint (pid, >, 1);
  g_assert_cmpint (regie_json_get_int (second, "pid", 0), ==, pid);
  /* It has a session of its own, and nothing of our terminal. */
  g_assert_cmpint (getsid (pid), ==, pid);
  /* The engine lets nobody look inside; only root is told where its input comes from. */
  if (geteuid () == 0)
    g_assert_cmpstr (input, ==, "/dev/null");
  else
    g_assert_null (input);
  g_assert_cmpint (g_stat (log, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  end_engine (f, first);
}

/* Two dashboards at the same moment: one engine. */
static void
test_race (Fixture *f, gconstpointer data)
{
  DexFuture *one = regie_engine_process_ensure (f->socket, f->data_dir);
  DexFuture *two = regie_engine_process_ensure (f->socket, f->data_dir);
  g_autoptr (JsonObject) first = health_of (one);
  g_autoptr (JsonObject) second = health_of (two);

  g_assert_cmpint (regie_json_get_int (first, "pid", 0), ==, regie_json_get_int (second, "pid", 0));
  end_engine (f, first);
}

static void
test_no_program (Fixture *f, gconstpointer data)
{
  g_autofree char *message = NULL;

  g_setenv ("REGIE_ENGINE", "/nonexistent/regie-engine", TRUE);
  message = test_rejects (regie_engine_process_ensure (f->socket, f->data_dir), REGIE_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (message, "/nonexistent/regie-engine"));
}

/* It ends at once: what it said is told. */
static void
test_broken (Fixture *f, gconstpointer data)
{
  g_autofree char *program = g_build_filename (f->dir, "broken", NULL);
  g_autofree char *message = NULL;

  g_assert_true (
      g_file_set_contents_full (program, "#!/bin/sh\necho first >&2\necho 'the folder is full' >&2\nexit 3\n",
                                -1, G_FILE_SET_CONTENTS_NONE, 0700, NULL));
  g_setenv ("REGIE_ENGINE", program, TRUE);
  message = test_rejects (regie_engine_process_ensure (f->socket, f->data_dir), REGIE_ERROR_FAILED);
  g_assert_cmpstr (message, ==, "The engine ended at once.\nfirst\nthe folder is full");
}

static void
test_no_folder (Fixture *f, gconstpointer data)
{
  g_autofree char *message = NULL;

  g_assert_true (g_file_set_contents (f->data_dir, "a file", -1, NULL));
  message = test_rejects (regie_engine_process_ensure (f->socket, f->data_dir), REGIE_ERROR_READ_ONLY);
  g_assert_nonnull (strstr (message, f->data_dir));
}

/* Something else has the socket: it is left alone, and nothing is started. */
static void
test_stranger (Fixture *f, gconstpointer data)
{
  g_autoptr (ScriptedServer) server = scripted_server_new (FALSE);
  const char *socket = scripted_server_get_address (server) + strlen ("unix:");
  g_autofree char *message = NULL;

  scripted_server_add (server,
                       &(ScriptedTurn) { .read = -1,
                                         .head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                                 "Content-Length: 15\r\n\r\n{\"status\":\"ok\"}" });
  message = test_rejects (regie_engine_process_ensure (socket, f->data_dir), REGIE_ERROR_PROTOCOL);
  g_assert_false (g_file_test (f->data_dir, G_FILE_TEST_EXISTS));
}

static void
test_current (Fixture *f, gconstpointer data)
{
  g_autoptr (JsonObject) ours = health_of (regie_engine_process_ensure (f->socket, f->data_dir));
  g_autoptr (JsonObject) older = regie_json_object_new ("version", 's', "0.0.9", "build", 's', "x", NULL);
  g_autoptr (JsonObject) other = regie_json_copy (ours);
  g_autoptr (JsonObject) newer = regie_json_object_new ("version", 's', "10.0", "build", 's', "x", NULL);
  g_autoptr (JsonObject) silent = json_object_new ();

  json_object_set_string_member (other, "build", "another");
  /* Where nobody said which build this is, the version decides. */
  g_assert_true (regie_engine_process_is_current (other));
  regie_engine_process_set_build ("of this program");
  g_assert_true (regie_engine_process_is_current (ours));
  g_assert_false (regie_engine_process_is_current (older));
  g_assert_false (regie_engine_process_is_current (other));
  g_assert_true (regie_engine_process_is_current (newer));
  g_assert_false (regie_engine_process_is_current (silent));
  regie_engine_process_set_build (NULL);
  end_engine (f, ours);
}

/* An engine of another build gives way to the installed one, once: what comes of starting that is kept. */
static void
test_build (Fixture *f, gconstpointer data)
{
  g_autoptr (RegieBackend) backend = regie_engine_process_new_backend (f->socket);
  const char *argv[] = { f->program, "--socket", f->socket, "--data-dir", f->data_dir, NULL };
  g_autoptr (JsonObject) theirs = NULL, ours = NULL, again = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_spawn_async (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, &error));
  g_assert_no_error (error);
  while (theirs == NULL)
    {
      g_autoptr (DexFuture) probe = test_settle (regie_backend_probe (backend));
      const GValue *value = dex_future_get_value (probe, NULL);

      theirs = value != NULL ? g_value_dup_boxed (value) : NULL;
    }
  regie_engine_process_set_build ("of this program");
  ours = health_of (regie_engine_process_ensure (f->socket, f->data_dir));
  again = health_of (regie_engine_process_ensure (f->socket, f->data_dir));
  regie_engine_process_set_build (NULL);

  g_assert_cmpint (regie_json_get_int (theirs, "pid", 0), !=, regie_json_get_int (ours, "pid", 0));
  g_assert_cmpint (regie_json_get_int (again, "pid", 0), ==, regie_json_get_int (ours, "pid", 0));
  end_engine (f, ours);
}

static void
test_defaults (Fixture *f, gconstpointer data)
{
  g_autofree char *socket = NULL, *data_dir = NULL, *program = NULL;

  g_setenv ("REGIE_ENGINE_SOCKET", "/a/s", TRUE);
  g_setenv ("REGIE_ENGINE_DATA", "/a/d", TRUE);
  socket = regie_engine_process_default_socket ();
  data_dir = regie_engine_process_default_data_dir ();
  g_assert_cmpstr (socket, ==, "/a/s");
  g_assert_cmpstr (data_dir, ==, "/a/d");
  g_unsetenv ("REGIE_ENGINE_SOCKET");
  g_unsetenv ("REGIE_ENGINE_DATA");
  g_free (g_steal_pointer (&socket));
  g_free (g_steal_pointer (&data_dir));
  socket = regie_engine_process_default_socket ();
  data_dir = regie_engine_process_default_data_dir ();
  g_assert_true (g_str_has_suffix (socket, "/regie/engine.sock"));
  g_assert_true (g_str_has_suffix (data_dir, "/regie/engine"));
  program = regie_engine_process_find_program ();
  g_assert_cmpstr (program, ==, f->program);
}

/* Where the unit is installed and nothing else is asked for, systemd starts it. */
static void
test_unit (Fixture *f, gconstpointer data)
{
  g_autofree char *systemctl = g_build_filename (f->dir, "systemctl", NULL);
  g_autofree char *calls = g_build_filename (f->dir, "calls", NULL);
  g_autofree char *socket = NULL, *data_dir = NULL, *script = NULL, *path = NULL, *seen = NULL,
                  *old_socket = NULL;
  g_autofree char *old_path = g_strdup (g_getenv ("PATH"));
  g_autoptr (JsonObject) health = NULL;

  g_unsetenv ("REGIE_ENGINE");
  socket = regie_engine_process_default_socket ();
  data_dir = regie_engine_process_default_data_dir ();
  script = g_strdup_printf ("#!/bin/sh\necho \"$*\" >> '%s'\n[ \"$2\" = start ] || exit 0\n"
                            "'%s' --socket '%s' --data-dir '%s' > /dev/null 2>&1 < /dev/null &\n",
                            calls, f->program, socket, data_dir);
  g_assert_true (g_file_set_contents_full (systemctl, script, -1, G_FILE_SET_CONTENTS_NONE, 0700, NULL));
  path = g_strconcat (f->dir, ":", old_path, NULL);
  g_setenv ("PATH", path, TRUE);
  health = health_of (regie_engine_process_ensure (socket, data_dir));
  g_setenv ("PATH", old_path, TRUE);
  g_assert_true (g_file_get_contents (calls, &seen, NULL, NULL));
  g_assert_cmpstr (seen, ==, "--user cat regie-engine.service\n--user start regie-engine.service\n");

  old_socket = g_steal_pointer (&f->socket);
  f->socket = g_strdup (socket);
  end_engine (f, health);
}

/* --- the connection that keeps it running --- */

typedef struct
{
  RegieConnection *local;
  gint64 pid;
} Watch;

static gboolean
has_new_engine (gpointer data)
{
  Watch *watch = data;
  JsonObject *info = regie_connection_get_info (watch->local);

  return regie_connection_get_state (watch->local) == REGIE_CONNECTION_ONLINE && info != NULL &&
         regie_json_get_int (info, "pid", 0) != watch->pid;
}

static void
test_connection (Fixture *f, gconstpointer data)
{
  g_autofree char *store_dir = g_build_filename (f->dir, "store", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (RegieStore) store = regie_store_open (store_dir, NULL, &error);
  g_autoptr (RegieConnections) connections = NULL;
  g_autoptr (DexFuture) kept = NULL, ended = NULL;
  Watch watch = { 0 };

  g_assert_no_error (error);
  connections = regie_connections_new (store, f->socket, f->data_dir, TRUE);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (connections)), ==, 1);
  watch.local = regie_connections_get (connections, "local");
  g_assert_null (regie_connections_get (connections, "elsewhere"));
  g_assert_cmpuint (regie_connection_get_hue (watch.local), <, 360);
  WAIT_UNTIL (has_new_engine, &watch);

  /* It dies: another one is started, without being asked for. */
  watch.pid = regie_json_get_int (regie_connection_get_info (watch.local), "pid", 0);
  g_assert_cmpint (kill ((pid_t) watch.pid, SIGKILL), ==, 0);
  WAIT_UNTIL (has_new_engine, &watch);
  watch.pid = regie_json_get_int (regie_connection_get_info (watch.local), "pid", 0);

  kept = test_settle (regie_connections_shutdown (connections, TRUE));
  g_assert_false (is_gone (GINT_TO_POINTER ((gint) watch.pid)));
  ended = test_settle (regie_connections_shutdown (connections, FALSE));
  g_assert_true (dex_future_is_resolved (ended));
  WAIT_UNTIL (is_gone, GINT_TO_POINTER ((gint) watch.pid));
  g_clear_object (&connections);
  regie_store_close (store);
}

/* --- waking --- */

static gint64 slept;

static gint64
time_asleep (void)
{
  return slept;
}

static void
on_woke (guint *n)
{
  (*n)++;
}

static void
test_wake (void)
{
  g_autoptr (RegieWake) wake = regie_wake_new ();
  guint n = 0;

  g_signal_connect_swapped (wake, "woke", G_CALLBACK (on_woke), &n);
  regie_wake_set_clock (wake, time_asleep);
  slept += G_TIME_SPAN_SECOND;
  regie_wake_look (wake);
  g_assert_cmpuint (n, ==, 0);
  slept += G_TIME_SPAN_HOUR;
  regie_wake_look (wake);
  regie_wake_look (wake);
  g_assert_cmpuint (n, ==, 1);
}

#define ADD(name, func) g_test_add ("/sync/process/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  ADD ("build", test_build); /* first: nothing was started yet */
  ADD ("start", test_start);
  ADD ("race", test_race);
  ADD ("no-program", test_no_program);
  ADD ("broken", test_broken);
  ADD ("no-folder", test_no_folder);
  ADD ("stranger", test_stranger);
  ADD ("current", test_current);
  ADD ("defaults", test_defaults);
  ADD ("unit", test_unit);
  ADD ("connection", test_connection);
  g_test_add_func ("/sync/wake", test_wake);

  return g_test_run ();
}
