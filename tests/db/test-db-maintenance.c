/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/regie-error.h"
#include "db-test-util.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  char *folder;
  char *path;
  char *dest;
  RegieDb *db;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = db_test_make_folder ();
  fixture->path = g_build_filename (fixture->folder, "notes.db", NULL);
  fixture->dest = g_build_filename (fixture->folder, "backups", "notes-1.db", NULL);
  fixture->db = db_test_open (fixture->path, REGIE_DB_DURABLE | REGIE_DB_LOCK);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_object (&fixture->db);
  db_test_remove_folder (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->path);
  g_free (fixture->dest);
}

/* Notes of about 500 bytes. */
static gboolean
insert_many (sqlite3 *db, gpointer data, GError **error)
{
  static int next;

  for (int i = 0; i < GPOINTER_TO_INT (data); i++)
    {
      g_autofree char *text = g_strdup_printf ("%0500d", g_atomic_int_add (&next, 1));

      if (!db_test_insert (db, text, error))
        return FALSE;
    }
  return TRUE;
}

static void
add_notes (RegieDb *db, int n)
{
  g_autoptr (GError) error = NULL;

  regie_db_write_sync (db, insert_many, GINT_TO_POINTER (n), &error);
  g_assert_no_error (error);
}

static goffset
size_of (const char *path)
{
  struct stat info;

  return stat (path, &info) == 0 ? info.st_size : -1;
}

static gint64
count_in (const char *path)
{
  g_autoptr (RegieDb) db = db_test_open (path, REGIE_DB_READ_ONLY);

  return db_test_get_count (db);
}

static void
test_backup (Fixture *fixture, gconstpointer data)
{
  g_autofree char *part = g_strconcat (fixture->dest, ".part", NULL);
  g_autoptr (GError) error = NULL;

  add_notes (fixture->db, 100);
  g_assert_true (db_test_await (regie_db_backup (fixture->db, fixture->dest), &error));
  g_assert_no_error (error);
  g_assert_cmpint (count_in (fixture->dest), ==, 100);
  g_assert_false (g_file_test (part, G_FILE_TEST_EXISTS));
  /* Again, over the old one and over what an interrupted backup left. */
  add_notes (fixture->db, 10);
  g_assert_true (g_file_set_contents (part, "left over", -1, NULL));
  g_assert_true (db_test_await (regie_db_backup (fixture->db, fixture->dest), &error));
  g_assert_no_error (error);
  g_assert_cmpint (count_in (fixture->dest), ==, 110);
  g_assert_false (db_test_await (regie_db_backup (fixture->db, fixture->path), &error));
  g_assert_error (error, REGIE_ERROR, REGIE_ERROR_INVALID);
  g_assert_cmpint (db_test_get_count (fixture->db), ==, 110);
}

/* Writes go on while a backup runs; it has some state between its begin and its end. */
static void
test_backup_while_writing (Fixture *fixture, gconstpointer data)
{
  DexFuture *backup;
  gint64 count;

  add_notes (fixture->db, 20000);
  backup = regie_db_backup (fixture->db, fixture->dest);
  while (dex_future_get_status (backup) == DEX_FUTURE_STATUS_PENDING)
    add_notes (fixture->db, 10);
  g_assert_true (db_test_await (backup, NULL));
  count = count_in (fixture->dest);
  g_assert_cmpint (count % 10, ==, 0);
  g_assert_cmpint (count, >=, 20000);
  g_assert_cmpint (count, <=, db_test_get_count (fixture->db));
}

static void
test_close_cuts_backup_short (Fixture *fixture, gconstpointer data)
{
  g_autofree char *part = g_strconcat (fixture->dest, ".part", NULL);
  g_autoptr (GError) error = NULL;
  DexFuture *backup;

  add_notes (fixture->db, 20000);
  backup = regie_db_backup (fixture->db, fixture->dest);
  while (!g_file_test (part, G_FILE_TEST_EXISTS))
    g_usleep (100);
  regie_db_close (fixture->db);
  if (!db_test_await (backup, &error))
    {
      g_assert_error (error, REGIE_ERROR, REGIE_ERROR_STATE);
      g_assert_false (g_file_test (fixture->dest, G_FILE_TEST_EXISTS));
    }
  else
    g_assert_cmpint (count_in (fixture->dest), ==, 20000);
  g_assert_false (g_file_test (part, G_FILE_TEST_EXISTS));
}

static gboolean
delete_most (sqlite3 *db, gpointer data, GError **error)
{
  return regie_db_run (db, error, "DELETE FROM note WHERE id % 10 != 0", NULL);
}

static void
test_compact_and_check (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  DexFuture *compact, *write;
  goffset before;

  add_notes (fixture->db, 5000);
  g_assert_true (regie_db_write_sync (fixture->db, delete_most, NULL, &error));
  g_assert_true (db_test_await (regie_db_compact (fixture->db), &error));
  g_assert_cmpint (size_of (fixture->path), <, 500 * 2 * 2000);
  add_notes (fixture->db, 5000);
  g_assert_true (regie_db_write_sync (fixture->db, delete_most, NULL, &error));
  g_assert_true (db_test_await (regie_db_compact (fixture->db), &error));
  before = size_of (fixture->path);
  compact = regie_db_compact (fixture->db);
  write = regie_db_write (fixture->db, db_test_insert, (gpointer) "meanwhile", NULL);
  g_assert_true (db_test_await (compact, &error));
  g_assert_true (db_test_await (write, &error));
  g_assert_cmpint (size_of (fixture->path), <=, before);
  g_assert_true (db_test_await (regie_db_check (fixture->db), &error));
  g_assert_no_error (error);
}

static void
test_restore (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder_name = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = NULL;
  const char *name;
  gboolean found = FALSE;

  add_notes (fixture->db, 5);
  g_assert_true (db_test_await (regie_db_backup (fixture->db, fixture->dest), &error));
  add_notes (fixture->db, 3);
  g_assert_false (regie_db_restore_file (fixture->dest, fixture->path, &db_test_schema, &error));
  g_assert_error (error, REGIE_ERROR, REGIE_ERROR_LOCKED);
  g_clear_error (&error);
  g_clear_object (&fixture->db);
  g_assert_true (regie_db_restore_file (fixture->dest, fixture->path, &db_test_schema, &error));
  g_assert_no_error (error);
  dir = g_dir_open (fixture->folder, 0, NULL);
  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, "notes.db.replaced-"))
      {
        g_autofree char *replaced = g_build_filename (fixture->folder, name, NULL);

        found = TRUE;
        g_assert_cmpint (count_in (replaced), ==, 8);
      }
  g_assert_true (found);
  fixture->db = db_test_open (fixture->path, REGIE_DB_DURABLE | REGIE_DB_LOCK);
  g_assert_cmpint (db_test_get_count (fixture->db), ==, 5);
}

/* The state after a crash: a log that was never folded in stands beside the file that is replaced. */
static void
test_restore_over_a_damaged_file_with_log (Fixture *fixture, gconstpointer data)
{
  g_autofree char *wal = g_strconcat (fixture->path, "-wal", NULL);
  g_autofree char *content = NULL;
  g_autoptr (GError) error = NULL;
  gsize size = 0;

  add_notes (fixture->db, 5);
  g_assert_true (db_test_await (regie_db_backup (fixture->db, fixture->dest), &error));
  add_notes (fixture->db, 3);
  g_assert_true (g_file_get_contents (wal, &content, &size, NULL));
  g_assert_cmpuint (size, >, 0);
  g_clear_object (&fixture->db);
  g_assert_true (g_file_set_contents (fixture->path, "damaged", -1, NULL));
  g_assert_true (g_file_set_contents (wal, content, size, NULL));
  g_assert_true (regie_db_restore_file (fixture->dest, fixture->path, &db_test_schema, &error));
  g_assert_no_error (error);
  g_assert_false (g_file_test (wal, G_FILE_TEST_EXISTS));
  fixture->db = db_test_open (fixture->path, REGIE_DB_DURABLE | REGIE_DB_LOCK);
  g_assert_cmpint (db_test_get_count (fixture->db), ==, 5);
  g_assert_true (db_test_await (regie_db_check (fixture->db), NULL));
}

static void
assert_not_restored (Fixture *fixture, const char *source, const RegieDbSchema *schema, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (regie_db_restore_file (source, fixture->path, schema, &error));
  g_assert_error (error, REGIE_ERROR, code);
  g_test_message ("%s", error->message);
}

static void
test_restore_refuses (Fixture *fixture, gconstpointer data)
{
  g_autofree char *bad = g_build_filename (fixture->folder, "bad.db", NULL);
  RegieDbSchema older = db_test_schema_until (1);
  RegieDbSchema other = db_test_schema;

  other.application_id = 5;
  add_notes (fixture->db, 5);
  g_assert_true (db_test_await (regie_db_backup (fixture->db, fixture->dest), NULL));
  regie_db_close (fixture->db);
  assert_not_restored (fixture, bad, &db_test_schema, REGIE_ERROR_NOT_FOUND);
  g_assert_true (g_file_set_contents (bad, "", 0, NULL));
  assert_not_restored (fixture, bad, &db_test_schema, REGIE_ERROR_INVALID);
  g_assert_true (g_file_set_contents (bad, "no database", -1, NULL));
  assert_not_restored (fixture, bad, &db_test_schema, REGIE_ERROR_CORRUPT);
  assert_not_restored (fixture, fixture->dest, &older, REGIE_ERROR_NEWER);
  assert_not_restored (fixture, fixture->dest, &other, REGIE_ERROR_INVALID);
  g_assert_cmpint (count_in (fixture->path), ==, 5);
}

/* --- a full disk --- */

/* A file system of 2 MiB of our own; FALSE where the system forbids such mounts. */
static gboolean
mount_small (const char *folder)
{
  g_autofree char *uid_map = g_strdup_printf ("0 %d 1", (int) getuid ());

  if (unshare (CLONE_NEWNS) != 0)
    {
      int fd;

      if (unshare (CLONE_NEWUSER | CLONE_NEWNS) != 0 || (fd = open ("/proc/self/uid_map", O_WRONLY)) < 0)
        return FALSE;
      if (write (fd, uid_map, strlen (uid_map)) < 0)
        g_test_message ("no user map: %s", g_strerror (errno));
      g_close (fd, NULL);
    }
  return mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
         mount ("regie-test", folder, "tmpfs", 0, "size=2m,mode=0700") == 0;
}

static void
fill_up (const char *folder, gsize leave)
{
  g_autofree char *name = g_build_filename (folder, "filler", NULL);
  g_autofree char *block = g_malloc0 (4096);
  int fd = open (name, O_CREAT | O_WRONLY | O_APPEND, 0600);
  goffset size = 0;

  while (write (fd, block, 4096) == 4096)
    size += 4096;
  g_assert_cmpint (ftruncate (fd, MAX (0, size - (goffset) leave)), ==, 0);
  g_close (fd, NULL);
}

/* Writes until it does not work any more, then makes room and goes on. */
static void
write_until_full (RegieDb *db, gint64 *n_written, GError **error)
{
  *n_written = 0;
  while (regie_db_write_sync (db, insert_many, GINT_TO_POINTER (10), error))
    {
      *n_written += 10;
      g_assert_cmpint (*n_written, <, 100000);
    }
}

/* Where the test's small file system is mounted, in a namespace that only the subprocess has. */
#define FULL_FOLDER "REGIE_TEST_FULL_FOLDER"

/* Fills the disk and sees that all that was acknowledged is there. */
static gint64
run_full (RegieDb *db, const char *folder)
{
  g_autofree char *dest = g_build_filename (folder, "backup.db", NULL);
  g_autoptr (GError) error = NULL;
  gint64 n_written = 0;

  fill_up (folder, 600 * 1024);
  write_until_full (db, &n_written, &error);
  g_assert_error (error, REGIE_ERROR, REGIE_ERROR_FULL);
  g_assert_nonnull (strstr (error->message, folder));
  g_print ("%s\n", error->message);
  g_clear_error (&error);
  g_assert_false (regie_db_is_healthy (db, &error));
  g_assert_error (error, REGIE_ERROR, REGIE_ERROR_FULL);
  g_clear_error (&error);
  g_assert_cmpint (db_test_get_count (db), ==, n_written);
  g_assert_false (db_test_await (regie_db_backup (db, dest), &error));
  g_assert_error (error, REGIE_ERROR, REGIE_ERROR_FULL);
  g_assert_nonnull (strstr (error->message, "missing"));
  g_print ("%s\n", error->message);
  return n_written;
}

/* A migration is not begun without room for the copy. */
static void
assert_not_migrated (const char *path)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (regie_db_open (path, &db_test_schema, REGIE_DB_DURABLE | REGIE_DB_LOCK, NULL, &error));
  g_assert_error (error, REGIE_ERROR, REGIE_ERROR_FULL);
  g_assert_nonnull (strstr (error->message, "missing"));
  g_print ("%s\n", error->message);
}

/* Full once more, then there is room: without a restart it goes on. */
static void
run_full_and_recover (RegieDb *db, const char *folder, const char *filler)
{
  g_autoptr (GError) error = NULL;
  gint64 n_written;

  fill_up (folder, 300 * 1024);
  write_until_full (db, &n_written, &error);
  g_assert_error (error, REGIE_ERROR, REGIE_ERROR_FULL);
  g_clear_error (&error);
  g_unlink (filler);
  add_notes (db, 10);
  g_assert_true (regie_db_is_healthy (db, NULL));
  g_assert_true (db_test_await (regie_db_check (db), &error));
  g_assert_no_error (error);
}

static void
test_full_in_subprocess (void)
{
  const char *folder = g_getenv (FULL_FOLDER);
  g_autofree char *path = g_build_filename (folder, "notes.db", NULL);
  g_autofree char *filler = g_build_filename (folder, "filler", NULL);
  RegieDbSchema first = db_test_schema_until (1);
  g_autoptr (GError) error = NULL;
  g_autoptr (RegieDb) db = NULL;
  gint64 n_written;

  if (!mount_small (folder))
    {
      g_assert_true (g_file_set_contents (path, "cannot mount", -1, NULL));
      return;
    }
  db = regie_db_open (path, &first, REGIE_DB_DURABLE | REGIE_DB_LOCK, NULL, &error);
  g_assert_no_error (error);
  n_written = run_full (db, folder);
  g_clear_object (&db);
  assert_not_migrated (path);
  g_unlink (filler);
  db = db_test_open (path, REGIE_DB_DURABLE | REGIE_DB_LOCK);
  g_assert_cmpint (db_test_get_count (db), ==, n_written);
  run_full_and_recover (db, folder, filler);
  g_clear_object (&db);
  g_print ("recovered\n");
}

static void
test_full_disk (void)
{
  g_autofree char *folder = NULL;
  g_autofree char *trace = NULL;

  if (g_test_subprocess ())
    {
      test_full_in_subprocess ();
      return;
    }
  folder = db_test_make_folder ();
  trace = g_build_filename (folder, "notes.db", NULL);
  g_setenv (FULL_FOLDER, folder, TRUE);
  g_test_trap_subprocess (NULL, 60 * G_USEC_PER_SEC, G_TEST_SUBPROCESS_INHERIT_STDERR);
  g_test_trap_assert_passed ();
  if (g_file_test (trace, G_FILE_TEST_EXISTS))
    g_test_skip ("this system forbids the mount of a small file system");
  else
    g_test_trap_assert_stdout ("*recovered*");
  db_test_remove_folder (folder);
}

/* Works everywhere: the system refuses to let a file grow (as with a quota). */
static void
test_file_size_limit (void)
{
  g_autofree char *folder = NULL;
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (RegieDb) db = NULL;
  struct rlimit limit = { 400 * 1024, RLIM_INFINITY };
  gint64 n_written = 0;

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 60 * G_USEC_PER_SEC, G_TEST_SUBPROCESS_INHERIT_STDERR);
      g_test_trap_assert_passed ();
      return;
    }
  folder = db_test_make_folder ();
  path = g_build_filename (folder, "notes.db", NULL);
  signal (SIGXFSZ, SIG_IGN);
  db = db_test_open (path, REGIE_DB_DURABLE | REGIE_DB_LOCK);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  write_until_full (db, &n_written, &error);
  g_assert_error (error, REGIE_ERROR, REGIE_ERROR_FULL);
  g_assert_nonnull (strstr (error->message, "limit"));
  g_clear_error (&error);
  g_assert_cmpint (db_test_get_count (db), ==, n_written);
  limit.rlim_cur = RLIM_INFINITY;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  add_notes (db, 10);
  g_assert_true (regie_db_is_healthy (db, NULL));
  g_assert_cmpint (db_test_get_count (db), ==, n_written + 10);
  g_clear_object (&db);
  db_test_remove_folder (folder);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/db/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("backup/replaces", test_backup);
  ADD ("backup/while-writing", test_backup_while_writing);
  ADD ("backup/cut-short-by-close", test_close_cuts_backup_short);
  ADD ("compact-and-check", test_compact_and_check);
  ADD ("restore/replaces", test_restore);
  ADD ("restore/over-damaged-file", test_restore_over_a_damaged_file_with_log);
  ADD ("restore/refuses", test_restore_refuses);
#undef ADD
  g_test_add_func ("/db/full/disk", test_full_disk);
  g_test_add_func ("/db/full/file-size-limit", test_file_size_limit);
  return g_test_run ();
}
