/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine-test-util.h"

#define OTHER_UID 12345

static guint
mode_of (const char *path)
{
  GStatBuf info;

  g_assert_cmpint (g_lstat (path, &info), ==, 0);

  return info.st_mode & 07777;
}

static char *
file_of (RegieEngineHarness *engine, const char *workspace)
{
  return g_strdup_printf ("%s/workspaces/%s.db", regie_engine_harness_get_data_dir (engine), workspace);
}

static void
assert_says (RegieEngineHarness *engine, const char *text)
{
  g_autofree char *errors = regie_engine_harness_read_errors (engine);

  if (strstr (errors, text) == NULL)
    g_error ("“%s” is not in: %s", text, errors);
}

/* --- start --- */

static void
test_start (void)
{
  g_autoptr (RegieEngineHarness) engine = regie_engine_harness_new_started ();
  const char *data_dir = regie_engine_harness_get_data_dir (engine);
  const char *socket = regie_engine_harness_get_socket (engine);
  g_autofree char *socket_dir = g_path_get_dirname (socket);
  g_autofree char *workspaces = g_build_filename (data_dir, "workspaces", NULL);
  g_autofree char *line = g_strdup_printf ("listening on unix:%s, data in %s, pid %d, version ", socket,
                                           data_dir, (int) regie_engine_harness_get_pid (engine));
  g_autofree char *workspace = test_add_workspace (engine, "W");
  g_autofree char *file = file_of (engine, workspace);
  g_autofree char *log = g_build_filename (data_dir, "logs", "engine.log", NULL);
  g_autofree char *text = NULL;
  g_autoptr (JsonObject) health = regie_engine_harness_expect (engine, 200, "GET", "/v1/health", NULL);

  g_assert_cmpuint (mode_of (data_dir), ==, 0700);
  g_assert_cmpuint (mode_of (workspaces), ==, 0700);
  g_assert_cmpuint (mode_of (socket_dir), ==, 0700);
  g_assert_cmpuint (mode_of (socket), ==, 0600);
  g_assert_cmpuint (mode_of (file), ==, 0600);
  g_assert_cmpuint (mode_of (log), ==, 0600);
  assert_says (engine, line);
  g_assert_true (g_file_get_contents (log, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, line));
  g_assert_cmpint (regie_json_get_int (health, "pid", 0), ==, regie_engine_harness_get_pid (engine));
  g_assert_cmpstr (regie_json_get_text (health, "status", NULL), ==, "ok");
  g_assert_cmpstr (regie_json_get_text (health, "engine", NULL), ==, "regie");
  g_assert_cmpstr (regie_json_get_text (health, "data_dir", NULL), ==, data_dir);
  g_assert_cmpint (regie_json_get_int (health, "workspaces", 0), ==, 1);
  g_assert_cmpuint (json_array_get_length (regie_json_get_array (health, "broken")), ==, 0);
}

static void
test_options (void)
{
  static const char *const unknown[] = { "--frobnicate", NULL };
  static const char *const level[] = { "--log-level", "loud", NULL };
  static const char *const version[] = { "--version", NULL };
  static const char *const extra[] = { "extra", NULL };
  g_autoptr (RegieEngineHarness) engine = regie_engine_harness_new ();

  regie_engine_harness_launch (engine, unknown, 0);
  g_assert_cmpint (regie_engine_harness_wait_end (engine), ==, 64);
  regie_engine_harness_launch (engine, extra, 0);
  g_assert_cmpint (regie_engine_harness_wait_end (engine), ==, 64);
  regie_engine_harness_launch (engine, level, 0);
  g_assert_cmpint (regie_engine_harness_wait_end (engine), ==, 1);
  assert_says (engine, "“loud” is no log level");
  regie_engine_harness_launch (engine, version, 0);
  g_assert_cmpint (regie_engine_harness_wait_end (engine), ==, 0);
}

static void
test_signals (void)
{
  g_autoptr (RegieEngineHarness) engine = regie_engine_harness_new_started ();
  g_autofree char *workspace = test_add_workspace (engine, "W");
  g_autofree char *file = file_of (engine, workspace);
  g_autofree char *wal = g_strconcat (file, "-wal", NULL);

  kill (regie_engine_harness_get_pid (engine), SIGINT);
  g_assert_cmpint (regie_engine_harness_wait_end (engine), ==, 0);
  g_assert_false (g_file_test (regie_engine_harness_get_socket (engine), G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (wal, G_FILE_TEST_EXISTS));
  regie_engine_harness_start (engine);
  g_assert_cmpint (test_total (engine, "/v1/workspaces"), ==, 1);
  json_object_unref (regie_engine_harness_expect (engine, 202, "POST", "/v1/drain", NULL));
  g_assert_cmpint (regie_engine_harness_wait_end (engine), ==, 0);
}

/* --- one at a time --- */

static void
test_second (void)
{
  g_autoptr (RegieEngineHarness) first = regie_engine_harness_new_started ();
  g_autoptr (RegieEngineHarness) second = regie_engine_harness_new ();
  g_autoptr (RegieEngineHarness) third = regie_engine_harness_new ();
  g_autofree char *pid =
      g_strdup_printf ("Another engine (pid %d) uses", (int) regie_engine_harness_get_pid (first));

  regie_engine_harness_set_data_dir (second, regie_engine_harness_get_data_dir (first));
  regie_engine_harness_launch (second, NULL, 0);
  g_assert_cmpint (regie_engine_harness_wait_end (second), ==, 75);
  assert_says (second, pid);

  regie_engine_harness_set_socket (third, regie_engine_harness_get_socket (first));
  regie_engine_harness_launch (third, NULL, 0);
  g_assert_cmpint (regie_engine_harness_wait_end (third), ==, 75);
  assert_says (third, "another engine answers there");

  json_object_unref (regie_engine_harness_expect (first, 200, "GET", "/v1/health", NULL));
}

static void
test_stale_socket (void)
{
  g_autoptr (RegieEngineHarness) engine = regie_engine_harness_new_started ();
  const char *socket = regie_engine_harness_get_socket (engine);

  regie_engine_harness_kill (engine);
  g_assert_true (g_file_test (socket, G_FILE_TEST_EXISTS));
  regie_engine_harness_start (engine);
  regie_engine_harness_stop (engine);

  /* What is no socket is not removed. */
  g_assert_true (g_file_set_contents (socket, "precious", -1, NULL));
  regie_engine_harness_launch (engine, NULL, 0);
  g_assert_cmpint (regie_engine_harness_wait_end (engine), ==, 1);
  assert_says (engine, "something else than a socket");
  g_assert_true (g_file_test (socket, G_FILE_TEST_IS_REGULAR));
}

static void
test_socket_place (void)
{
  g_autoptr (RegieEngineHarness) engine = regie_engine_harness_new ();
  const char *folder = regie_engine_harness_get_folder (engine);
  g_autofree char *name = g_strnfill (120, 's');
  g_autofree char *longest = g_build_filename (folder, name, NULL);
  g_autofree char *open = g_build_filename (folder, "open", NULL);
  g_autofree char *inside = g_build_filename (open, "engine.sock", NULL);

  regie_engine_harness_set_socket (engine, longest);
  regie_engine_harness_launch (engine, NULL, 0);
  g_assert_cmpint (regie_engine_harness_wait_end (engine), ==, 1);
  assert_says (engine, "at most 107 bytes");

  g_assert_cmpint (g_mkdir (open, 0777), ==, 0);
  g_assert_cmpint (g_chmod (open, 0777), ==, 0);
  regie_engine_harness_set_socket (engine, inside);
  regie_engine_harness_launch (engine, NULL, 0);
  g_assert_cmpint (regie_engine_harness_wait_end (engine), ==, 1);
  assert_says (engine, "others may write into its folder");
}

/* --- another user --- */

/* Connects as another user, asks, and reports how much came back: 0 when it was hung up on. */
static int
ask_as_other (const char *socket_path)
{
  pid_t pid = fork ();
  int status;

  if (pid == 0)
    {
      static const char request[] = "GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n";
      struct sockaddr_un address = { .sun_family = AF_UNIX };
      char answer[16];
      int fd;
      gssize n;

      if (setgid (OTHER_UID) != 0 || setuid (OTHER_UID) != 0)
        _exit (99);
      g_strlcpy (address.sun_path, socket_path, sizeof address.sun_path);
      fd = socket (AF_UNIX, SOCK_STREAM, 0);
      if (connect (fd, (struct sockaddr *) &address, sizeof address) != 0)
        _exit (98);
      /* The engine may have hung up already. */
      n = send (fd, request, strlen (request), MSG_NOSIGNAL);
      n = n < 0 ? 0 : read (fd, answer, sizeof answer);
      _exit (n > 0 ? 1 : 0);
    }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFEXITED (status));

  return WEXITSTATUS (status);
}

static void
test_other_user (void)
{
  g_autoptr (RegieEngineHarness) engine = NULL;
  g_autofree char *socket_dir = NULL;

  if (geteuid () != 0)
    {
      g_test_skip ("only root can become another user");
      return;
    }
  engine = regie_engine_harness_new_started ();
  socket_dir = g_path_get_dirname (regie_engine_harness_get_socket (engine));
  /* The modes alone keep it out … */
  g_assert_cmpint (ask_as_other (regie_engine_harness_get_socket (engine)), ==, 98);
  /* … and where they are loosened, the engine does. */
  g_assert_cmpint (g_chmod (regie_engine_harness_get_folder (engine), 0755), ==, 0);
  g_assert_cmpint (g_chmod (socket_dir, 0755), ==, 0);
  g_assert_cmpint (g_chmod (regie_engine_harness_get_socket (engine), 0666), ==, 0);
  g_assert_cmpint (ask_as_other (regie_engine_harness_get_socket (engine)), ==, 0);
  json_object_unref (regie_engine_harness_expect (engine, 200, "GET", "/v1/health", NULL));
  assert_says (engine, "A connection of user 12345 was refused");
}

/* --- files --- */

static void
run_sql (const char *path, const char *sql)
{
  sqlite3 *db = NULL;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  if (sqlite3_exec (db, sql, NULL, NULL, NULL) != SQLITE_OK)
    g_error ("%s: %s", sql, sqlite3_errmsg (db));
  sqlite3_close (db);
}

static void
assert_broken (RegieEngineHarness *engine, const char *workspace, const char *why)
{
  g_autoptr (JsonObject) health = regie_engine_harness_expect (engine, 200, "GET", "/v1/health", NULL);
  JsonArray *broken = regie_json_get_array (health, "broken");
  JsonObject *file;

  g_assert_cmpstr (regie_json_get_text (health, "status", NULL), ==, "degraded");
  g_assert_cmpuint (json_array_get_length (broken), ==, 1);
  file = json_array_get_object_element (broken, 0);
  g_assert_nonnull (strstr (regie_json_get_text (file, "file", ""), workspace));
  if (strstr (regie_json_get_text (file, "error", ""), why) == NULL)
    g_error ("“%s” is not in: %s", why, regie_json_get_text (file, "error", ""));
}

static void
test_newer (void)
{
  g_autoptr (RegieEngineHarness) engine = regie_engine_harness_new_started ();
  g_autofree char *good = test_add_workspace (engine, "Good");
  g_autofree char *bad = test_add_workspace (engine, "Bad");
  g_autofree char *human = test_add_human (engine, good, "here");
  g_autofree char *lost = test_add_human (engine, bad, "there");
  g_autofree char *file = file_of (engine, bad);

  regie_engine_harness_stop (engine);
  run_sql (file, "PRAGMA user_version = 1000");
  regie_engine_harness_start (engine);
  assert_broken (engine, bad, "newer");
  g_assert_cmpint (test_total (engine, "/v1/digital-humans"), ==, 1);
  regie_engine_harness_stop (engine);

  /* The vocabulary counts too. */
  run_sql (file, "PRAGMA user_version = 1; UPDATE meta SET value = '99000' WHERE name = 'kinds'");
  regie_engine_harness_start (engine);
  assert_broken (engine, bad, "newer version of Régie");
  regie_engine_harness_stop (engine);

  /* Nothing was done to it. */
  run_sql (file, "UPDATE meta SET value = '1' WHERE name = 'kinds'");
  regie_engine_harness_start (engine);
  g_assert_cmpint (test_total (engine, "/v1/digital-humans"), ==, 2);
}

static void
test_corrupt (void)
{
  g_autoptr (RegieEngineHarness) engine = regie_engine_harness_new_started ();
  g_autofree char *good = test_add_workspace (engine, "Good");
  g_autofree char *bad = test_add_workspace (engine, "Bad");
  g_autofree char *human = test_add_human (engine, good, "here");
  g_autofree char *file = file_of (engine, bad);
  g_autofree char *noise = g_strnfill (8192, 'z');
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  gsize length_before, length_after;

  regie_engine_harness_stop (engine);
  g_assert_true (g_file_set_contents (file, noise, -1, NULL));
  g_assert_true (g_file_get_contents (file, &before, &length_before, NULL));
  regie_engine_harness_start (engine);
  assert_broken (engine, bad, "");
  g_assert_cmpint (test_total (engine, "/v1/digital-humans"), ==, 1);
  g_free (test_add_human (engine, good, "more"));
  g_assert_cmpint (test_total (engine, "/v1/digital-humans"), ==, 2);
  regie_engine_harness_stop (engine);
  g_assert_true (g_file_get_contents (file, &after, &length_after, NULL));
  g_assert_cmpmem (before, length_before, after, length_after);
}

/* Pages in the middle are damaged while it is closed: found by whoever reads them, and only there. */
static void
test_damaged_page (void)
{
  g_autoptr (RegieEngineHarness) engine = regie_engine_harness_new_started ();
  g_autofree char *good = test_add_workspace (engine, "Good");
  g_autofree char *bad = test_add_workspace (engine, "Bad");
  g_autofree char *human = test_add_human (engine, good, "here");
  g_autofree char *file = file_of (engine, bad);
  g_autofree char *noise = g_strnfill (4096, 'z');
  GStatBuf info;
  int fd;

  for (guint i = 0; i < 200; i++)
    g_free (test_add_human (engine, bad, "there"));
  regie_engine_harness_kill (engine);
  g_assert_cmpint (g_stat (file, &info), ==, 0);
  fd = g_open (file, O_WRONLY | O_CLOEXEC, 0);
  for (off_t at = 8 * 4096; at + 4096 <= info.st_size; at += 4096)
    g_assert_cmpint (pwrite (fd, noise, 4096, at), ==, 4096);
  close (fd);
  {
    g_autofree char *wal = g_strconcat (file, "-wal", NULL);

    g_unlink (wal);
  }
  regie_engine_harness_start (engine);
  g_assert_cmpint (test_total (engine, "/v1/digital-humans?name=here"), ==, 1);
  assert_broken (engine, bad, "");
  g_free (test_add_human (engine, good, "more"));
}

static void
assert_cannot_start (RegieEngineHarness *engine)
{
  regie_engine_harness_launch (engine, NULL, 0);
  g_assert_cmpint (regie_engine_harness_wait_end (engine), ==, 1);
  assert_says (engine, regie_engine_harness_get_data_dir (engine));
  assert_says (engine, "Cannot ");
}

static void
test_read_only (void)
{
  g_autoptr (RegieEngineHarness) engine = regie_engine_harness_new ();
  const char *data_dir = regie_engine_harness_get_data_dir (engine);

  g_assert_cmpint (g_mkdir (data_dir, 0700), ==, 0);
  if (geteuid () != 0)
    {
      g_assert_cmpint (g_chmod (data_dir, 0500), ==, 0);
      assert_cannot_start (engine);
      return;
    }
  /* Modes do not bind root; a file system that is read-only does. */
  if (mount ("tmpfs", data_dir, "tmpfs", MS_RDONLY, "size=1m,mode=0700") != 0)
    {
      g_test_skip ("a read-only file system cannot be mounted here");
      return;
    }
  assert_cannot_start (engine);
  g_assert_cmpint (umount (data_dir), ==, 0);
}

/* A small file system: writes are refused as "full", nothing acknowledged is lost, and when there is room
 * again it goes on. */
static void
test_full (void)
{
  g_autoptr (RegieEngineHarness) engine = NULL;
  g_autofree char *disk = NULL;
  g_autofree char *data_dir = NULL;
  g_autofree char *ballast = NULL;
  g_autofree char *workspace = NULL;
  g_autofree char *description = g_strnfill (1900, 'x');
  guint n_made = 0;
  gint64 total;

  engine = regie_engine_harness_new ();
  disk = g_build_filename (regie_engine_harness_get_folder (engine), "disk", NULL);
  g_assert_cmpint (g_mkdir (disk, 0700), ==, 0);
  if (mount ("tmpfs", disk, "tmpfs", 0, "size=12m") != 0)
    {
      g_test_skip ("a small file system cannot be mounted here");
      return;
    }
  data_dir = g_build_filename (disk, "data", NULL);
  ballast = g_build_filename (disk, "ballast", NULL);
  regie_engine_harness_set_data_dir (engine, data_dir);
  regie_engine_harness_start (engine);
  workspace = test_add_workspace (engine, "W");
  {
    int fd = g_open (ballast, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    g_assert_cmpint (posix_fallocate (fd, 0, 8 * 1024 * 1024), ==, 0);
    close (fd);
  }
  for (guint status = 201; status == 201;)
    {
      g_autofree char *body = g_strdup_printf (
          "{\"workspace\": \"%s\", \"name\": \"dh\", \"description\": \"%s\"}", workspace, description);
      g_autoptr (RegieAnswer) answer =
          regie_engine_harness_call (engine, "POST", "/v1/digital-humans", body, NULL);

      status = answer->status;
      n_made += status == 201;
      if (status != 201)
        {
          g_assert_cmpuint (status, ==, 507);
          g_assert_cmpstr (regie_json_get_text (answer->json, "type", NULL), ==, "urn:regie:problem:full");
        }
    }
  g_assert_cmpuint (n_made, >, 10);
  total = test_total (engine, "/v1/digital-humans");
  g_assert_cmpint (total, ==, n_made);

  g_assert_cmpint (g_unlink (ballast), ==, 0);
  g_free (test_add_human (engine, workspace, "after"));
  regie_engine_harness_kill (engine);
  regie_engine_harness_start (engine);
  g_assert_cmpint (test_total (engine, "/v1/digital-humans"), ==, n_made + 1);
  regie_engine_harness_stop (engine);
  g_assert_cmpint (umount (disk), ==, 0);
}

/* --- kill -9 --- */

typedef struct
{
  RegieEngineHarness *engine;
  char *workspace;
  GPtrArray *acknowledged; /* ids */
  int stop;
} Writer;

static gpointer
write_until_killed (gpointer data)
{
  Writer *self = data;

  while (!g_atomic_int_get (&self->stop))
    {
      g_autofree char *body = g_strdup_printf ("{\"workspace\": \"%s\", \"name\": \"dh\"}", self->workspace);
      g_autoptr (RegieAnswer) answer =
          regie_engine_harness_call (self->engine, "POST", "/v1/digital-humans", body, NULL);

      if (answer->status == 201)
        g_ptr_array_add (self->acknowledged, g_strdup (regie_json_get_text (answer->json, "id", "")));
      else
        g_assert_cmpuint (answer->status, ==, 0);
      if (answer->status == 0)
        break;
    }

  return NULL;
}

static void
test_kill (void)
{
  g_autoptr (RegieEngineHarness) engine = regie_engine_harness_new_started ();
  g_autofree char *workspace = test_add_workspace (engine, "W");
  g_autoptr (GHashTable) ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint round = 0; round < 5; round++)
    {
      Writer writers[4];
      GThread *threads[G_N_ELEMENTS (writers)];
      guint32 delay = g_test_rand_int_range (20, 200);
      gint64 until = g_get_monotonic_time () + delay * 1000;

      for (guint i = 0; i < G_N_ELEMENTS (writers); i++)
        {
          writers[i] = (Writer) { engine, workspace, g_ptr_array_new_with_free_func (g_free), 0 };
          threads[i] = g_thread_new ("write", write_until_killed, &writers[i]);
        }
      while (g_get_monotonic_time () < until)
        g_usleep (1000);
      kill (regie_engine_harness_get_pid (engine), SIGKILL);
      for (guint i = 0; i < G_N_ELEMENTS (writers); i++)
        {
          g_atomic_int_set (&writers[i].stop, TRUE);
          g_thread_join (threads[i]);
          for (guint j = 0; j < writers[i].acknowledged->len; j++)
            g_hash_table_add (ids, g_strdup (g_ptr_array_index (writers[i].acknowledged, j)));
          g_ptr_array_unref (writers[i].acknowledged);
        }
      g_assert_cmpint (regie_engine_harness_wait_end (engine), ==, -SIGKILL);
      regie_engine_harness_start (engine);
      {
        GHashTableIter iter;
        gpointer id;

        g_hash_table_iter_init (&iter, ids);
        while (g_hash_table_iter_next (&iter, &id, NULL))
          {
            g_autofree char *path = test_path ("digital-humans", id, NULL);

            json_object_unref (regie_engine_harness_expect (engine, 200, "GET", path, NULL));
          }
      }
    }
  /* One unacknowledged request a writer and round may have happened all the same. */
  g_assert_cmpint (test_total (engine, "/v1/digital-humans"), >=, g_hash_table_size (ids));
  g_assert_cmpint (test_total (engine, "/v1/digital-humans"), <=, g_hash_table_size (ids) + 20);
  g_assert_cmpuint (g_hash_table_size (ids), >, 20);
}

/* The engine ended while it made a workspace's file: what is empty goes, and is no workspace. */
static void
test_unfinished (void)
{
  g_autoptr (RegieEngineHarness) engine = regie_engine_harness_new_started ();
  g_autofree char *workspace = test_add_workspace (engine, "W");
  g_autofree char *file = file_of (engine, workspace);
  g_autofree char *empty = file_of (engine, "0123456789abcdef01234567");

  regie_engine_harness_stop (engine);
  g_assert_true (g_file_set_contents (empty, "", 0, NULL));
  regie_engine_harness_start (engine);
  g_assert_cmpint (test_total (engine, "/v1/workspaces"), ==, 1);
  g_assert_false (g_file_test (empty, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (file, G_FILE_TEST_EXISTS));
}

#define N_LEFT 300

/* The engine was killed while many ran: what their records say is put right before anybody is answered. */
static void
test_left_running (void)
{
  g_autoptr (RegieEngineHarness) engine = regie_engine_harness_new_started ();
  g_autofree char *workspace = test_add_workspace (engine, "W");
  g_autofree char *file = file_of (engine, workspace);
  const char *sql = "UPDATE digital_human SET data = json_set (data, '$.state', 'idle'), state = 'idle',"
                    " state_key = 1";
  sqlite3 *db = NULL;

  for (guint i = 0; i < N_LEFT; i++)
    g_free (test_add_human (engine, workspace, "H"));
  regie_engine_harness_kill (engine);
  g_assert_cmpint (sqlite3_open (file, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_changes (db), ==, N_LEFT);
  sqlite3_close (db);

  regie_engine_harness_start (engine);
  g_assert_cmpint (test_total (engine, "/v1/digital-humans?state=idle"), ==, 0);
  g_assert_cmpint (test_total (engine, "/v1/digital-humans?state=stopped"), ==, N_LEFT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/life/start", test_start);
  g_test_add_func ("/engine/life/options", test_options);
  g_test_add_func ("/engine/life/signals", test_signals);
  g_test_add_func ("/engine/life/second", test_second);
  g_test_add_func ("/engine/life/stale-socket", test_stale_socket);
  g_test_add_func ("/engine/life/socket-place", test_socket_place);
  g_test_add_func ("/engine/life/other-user", test_other_user);
  g_test_add_func ("/engine/life/newer", test_newer);
  g_test_add_func ("/engine/life/corrupt", test_corrupt);
  g_test_add_func ("/engine/life/damaged-page", test_damaged_page);
  g_test_add_func ("/engine/life/read-only", test_read_only);
  g_test_add_func ("/engine/life/full", test_full);
  g_test_add_func ("/engine/life/kill", test_kill);
  g_test_add_func ("/engine/life/unfinished", test_unfinished);
  g_test_add_func ("/engine/life/left-running", test_left_running);

  return g_test_run ();
}
