/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/regie-error.h"
#include "db-test-util.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  char *folder;
  char *path;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = db_test_make_folder ();
  fixture->path = g_build_filename (fixture->folder, "deep", "er", "notes.db", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  db_test_remove_folder (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->path);
}

/* Makes a file of N schema steps with COUNT notes in it, closed properly. */
static void
make_file (const char *path, guint n_steps, guint count)
{
  g_autoptr (GError) error = NULL;
  RegieDbSchema schema = db_test_schema_until (n_steps);
  g_autoptr (RegieDb) db = regie_db_open (path, &schema, REGIE_DB_DURABLE, NULL, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < count; i++)
    {
      g_autofree char *text = g_strdup_printf ("a note that is long enough to fill pages, number %u", i);

      dex_unref (regie_db_write (db, db_test_insert, g_steal_pointer (&text), g_free));
    }
}

/* That opening fails with CODE, and a message in which all of the words (up to NULL) occur. */
static void
assert_refused (const char *path, const RegieDbSchema *schema, RegieDbFlags flags, RegieError code, ...)
{
  g_autoptr (GError) error = NULL;
  RegieDb *db = regie_db_open (path, schema, flags, NULL, &error);
  const char *word;
  va_list words;

  g_assert_null (db);
  g_assert_error (error, REGIE_ERROR, (int) code);
  g_test_message ("%s", error->message);
  va_start (words, code);
  while ((word = va_arg (words, const char *)) != NULL)
    if (strstr (error->message, word) == NULL)
      g_error ("“%s” is missing in: %s", word, error->message);
  va_end (words);
}

static guint
mode_of (const char *path)
{
  struct stat info;

  g_assert_cmpint (stat (path, &info), ==, 0);
  return info.st_mode & 0777;
}

static void
test_creates_folder_and_file (Fixture *fixture, gconstpointer data)
{
  g_autoptr (RegieDb) db = db_test_open (fixture->path, REGIE_DB_DURABLE | REGIE_DB_LOCK);
  g_autofree char *folder = g_path_get_dirname (fixture->path);
  g_autofree char *wal = g_strconcat (fixture->path, "-wal", NULL);

  g_assert_true (regie_db_write_sync (db, db_test_insert, (gpointer) "x", NULL));
  g_assert_cmphex (mode_of (folder), ==, 0700);
  g_assert_cmphex (mode_of (fixture->path), ==, 0600);
  g_assert_cmphex (mode_of (wal), ==, 0600);
  g_clear_object (&db);
  g_assert_false (g_file_test (wal, G_FILE_TEST_EXISTS));
}

static gboolean
read_settings (sqlite3 *db, gpointer data, GError **error)
{
  static const struct
  {
    const char *pragma;
    gint64 value;
  } settings[] = {
    { "PRAGMA synchronous", 2 },        { "PRAGMA foreign_keys", 1 },    { "PRAGMA trusted_schema", 0 },
    { "PRAGMA wal_autocheckpoint", 0 }, { "PRAGMA busy_timeout", 5000 }, { "PRAGMA secure_delete", 1 },
    { "PRAGMA mmap_size", 0 },
  };
  g_autofree char *mode = regie_db_get_text (db, "PRAGMA journal_mode", NULL);

  g_assert_cmpstr (mode, ==, "wal");
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    g_assert_cmpint (regie_db_get_int64 (db, -1, settings[i].pragma, NULL), ==, settings[i].value);
  return TRUE;
}

static void
test_settings (Fixture *fixture, gconstpointer data)
{
  g_autoptr (RegieDb) db = db_test_open (fixture->path, REGIE_DB_DURABLE);

  g_assert_true (regie_db_write_sync (db, read_settings, NULL, NULL));
}

static void
test_open_async (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  DexFuture *future = regie_db_open_async (fixture->path, &db_test_schema, REGIE_DB_DURABLE, NULL);
  RegieDb *db;
  const GValue *value;

  g_assert_true (db_test_await (dex_ref (future), NULL));
  value = dex_future_get_value (future, NULL);
  db = g_value_get_object (value);
  g_assert_cmpint (db_test_get_count (db), ==, 0);
  dex_unref (future);
  future = regie_db_open_async ("/proc/none/notes.db", &db_test_schema, REGIE_DB_DURABLE, NULL);
  g_assert_false (db_test_await (future, &error));
  g_assert_nonnull (error);
}

/* --- migrations --- */

static gboolean
read_rank (sqlite3 *db, gpointer data, GError **error)
{
  *(gint64 *) data = regie_db_get_int64 (db, -1, "SELECT sum(rank) FROM note", NULL);
  return TRUE;
}

static void
test_migration_with_copy (Fixture *fixture, gconstpointer data)
{
  g_autofree char *copy_path = g_strconcat (fixture->path, ".before-v3", NULL);
  RegieDbSchema first = db_test_schema_until (1);
  g_autoptr (GError) error = NULL;
  g_autoptr (RegieDb) db = NULL;
  g_autoptr (RegieDb) copy = NULL;
  gint64 rank = 0;

  make_file (fixture->path, 1, 10);
  db = db_test_open (fixture->path, REGIE_DB_DURABLE);
  g_assert_true (regie_db_read_sync (db, read_rank, &rank, &error));
  g_assert_no_error (error);
  g_assert_cmpint (rank, ==, 70);
  copy = regie_db_open (copy_path, &first, REGIE_DB_READ_ONLY, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (db_test_get_count (copy), ==, 10);
  g_assert_false (regie_db_read_sync (copy, read_rank, &rank, NULL));
  g_assert_cmphex (mode_of (copy_path), ==, 0600);
}

static void
test_cache_migrates_without_copy (Fixture *fixture, gconstpointer data)
{
  g_autofree char *copy_path = g_strconcat (fixture->path, ".before-v3", NULL);
  g_autoptr (RegieDb) db = NULL;

  make_file (fixture->path, 1, 10);
  db = db_test_open (fixture->path, REGIE_DB_FILL_CACHE);
  g_assert_cmpint (db_test_get_count (db), ==, 10);
  g_assert_false (g_file_test (copy_path, G_FILE_TEST_EXISTS));
}

static void
test_failing_migration_changes_nothing (Fixture *fixture, gconstpointer data)
{
  const char *const steps[] = { db_test_schema.steps[0], db_test_schema.steps[1], "CREATE TABLE note (x)" };
  const char *const orphans[] = {
    db_test_schema.steps[0],
    "CREATE TABLE t (note INTEGER REFERENCES note (id)); INSERT INTO t SELECT 4711 FROM note;"
  };
  RegieDbSchema schema = { "notes", db_test_schema.application_id, steps, G_N_ELEMENTS (steps) };
  RegieDbSchema first = db_test_schema_until (1);
  g_autoptr (RegieDb) db = NULL;

  make_file (fixture->path, 1, 10);
  assert_refused (fixture->path, &schema, REGIE_DB_DURABLE, REGIE_ERROR_FAILED, "version 2 to 3",
                  "already exists", fixture->path, NULL);
  schema.steps = orphans;
  schema.n_steps = G_N_ELEMENTS (orphans);
  assert_refused (fixture->path, &schema, REGIE_DB_DURABLE, REGIE_ERROR_FAILED, "refers to", NULL);
  db = regie_db_open (fixture->path, &first, REGIE_DB_DURABLE, NULL, NULL);
  g_assert_nonnull (db);
  g_assert_null (regie_db_get_open_report (db));
  g_assert_cmpint (db_test_get_count (db), ==, 10);
}

static void
test_newer_schema (Fixture *fixture, gconstpointer data)
{
  RegieDbSchema older = db_test_schema_until (2);

  make_file (fixture->path, 3, 1);
  assert_refused (fixture->path, &older, REGIE_DB_DURABLE, REGIE_ERROR_NEWER, fixture->path, "version 3",
                  "up to 2", NULL);
  assert_refused (fixture->path, &older, REGIE_DB_READ_ONLY, REGIE_ERROR_NEWER, NULL);
}

static void
test_other_program (Fixture *fixture, gconstpointer data)
{
  RegieDbSchema other = db_test_schema;

  other.application_id = 0x11223344;
  make_file (fixture->path, 3, 1);
  assert_refused (fixture->path, &other, REGIE_DB_DURABLE, REGIE_ERROR_INVALID, fixture->path, "0x11223344",
                  NULL);
}

/* --- damage --- */

static void
overwrite (const char *path, gsize from, gsize length)
{
  g_autofree char *content = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (path, &content, &size, NULL));
  g_assert_cmpuint (from + length, <=, size);
  for (gsize i = 0; i < length; i++)
    content[from + i] = (char) (i * 7 + 0x55);
  g_assert_true (g_file_set_contents (path, content, size, NULL));
}

static void
mark_unclean (const char *path)
{
  g_autofree char *marker = g_strconcat (path, ".unclean", NULL);

  g_assert_true (g_file_set_contents (marker, "", 0, NULL));
}

static char *
find_with_prefix (const char *path, const char *label)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *prefix = g_strconcat (base, label, NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, prefix))
      return g_build_filename (folder, name, NULL);
  return NULL;
}

static void
test_no_database_at_all (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = g_path_get_dirname (fixture->path);
  g_autofree char *content = g_strnfill (5000, 'x');
  g_autofree char *after = NULL;

  g_mkdir_with_parents (folder, 0700);
  g_assert_true (g_file_set_contents (fixture->path, content, -1, NULL));
  assert_refused (fixture->path, &db_test_schema, REGIE_DB_DURABLE, REGIE_ERROR_CORRUPT, fixture->path,
                  "not a database", "No backup", NULL);
  g_assert_true (g_file_get_contents (fixture->path, &after, NULL, NULL));
  g_assert_cmpstr (after, ==, content);
}

static void
test_truncated_file (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = g_path_get_dirname (fixture->path);
  g_autofree char *backups = g_build_filename (folder, "backups", NULL);

  make_file (fixture->path, 1, 500);
  g_clear_object (&(RegieDb *) { db_test_open (fixture->path, REGIE_DB_DURABLE) });
  g_mkdir (backups, 0700);
  g_assert_cmpint (truncate (fixture->path, 3 * 4096 + 100), ==, 0);
  assert_refused (fixture->path, &db_test_schema, REGIE_DB_DURABLE, REGIE_ERROR_CORRUPT, fixture->path,
                  ".before-v3", backups, NULL);
}

/* A damaged page in the middle is only found by a check, which follows an unclean stop. */
static void
test_damage_found_after_unclean_stop (Fixture *fixture, gconstpointer data)
{
  make_file (fixture->path, 3, 2000);
  overwrite (fixture->path, 6 * 4096, 4096);
  mark_unclean (fixture->path);
  assert_refused (fixture->path, &db_test_schema, REGIE_DB_DURABLE, REGIE_ERROR_CORRUPT, fixture->path,
                  "not closed properly", NULL);
  assert_refused (fixture->path, &db_test_schema, REGIE_DB_DURABLE, REGIE_ERROR_CORRUPT, fixture->path, NULL);
}

static gboolean
read_all_notes (sqlite3 *db, gpointer data, GError **error)
{
  return regie_db_run (db, error, "SELECT sum(length(text)) FROM note NOT INDEXED", NULL);
}

/* What is found while running is remembered, so that the next opening checks. */
static void
test_damage_found_while_running (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RegieDb) db = NULL;
  g_autofree char *aside = NULL;

  make_file (fixture->path, 3, 2000);
  overwrite (fixture->path, 6 * 4096, 20 * 4096);
  db = db_test_open (fixture->path, REGIE_DB_FILL_CACHE);
  g_assert_false (regie_db_read_sync (db, read_all_notes, NULL, &error));
  g_assert_error (error, REGIE_ERROR, REGIE_ERROR_CORRUPT);
  g_clear_error (&error);
  g_assert_false (regie_db_is_healthy (db, &error));
  g_assert_error (error, REGIE_ERROR, REGIE_ERROR_CORRUPT);
  g_clear_error (&error);
  g_assert_false (db_test_await (regie_db_check (db), &error));
  g_assert_error (error, REGIE_ERROR, REGIE_ERROR_CORRUPT);
  g_clear_object (&db);
  db = db_test_open (fixture->path, REGIE_DB_FILL_CACHE);
  g_assert_cmpint (db_test_get_count (db), ==, 0);
  g_assert_nonnull (strstr (regie_db_get_open_report (db), "set aside"));
  g_assert_nonnull (aside = find_with_prefix (fixture->path, ".corrupt-"));
}

static void
test_corrupt_cache_is_set_aside (Fixture *fixture, gconstpointer data)
{
  g_autoptr (RegieDb) db = NULL;
  g_autofree char *aside = NULL;

  make_file (fixture->path, 3, 500);
  overwrite (fixture->path, 0, 100);
  db = db_test_open (fixture->path, REGIE_DB_FILL_CACHE | REGIE_DB_LOCK);
  g_assert_cmpint (db_test_get_count (db), ==, 0);
  g_assert_true (regie_db_write_sync (db, db_test_insert, (gpointer) "x", NULL));
  g_assert_nonnull (aside = find_with_prefix (fixture->path, ".corrupt-"));
  g_assert_nonnull (strstr (regie_db_get_open_report (db), aside));
}

/* --- places that cannot be written --- */

/* Permissions do not hold root back: it becomes nobody for the test. */
static gboolean
become_somebody (const char *folder)
{
  if (geteuid () != 0)
    return TRUE;
  if (chown (folder, 65534, 65534) != 0 || seteuid (65534) != 0)
    return FALSE;
  return TRUE;
}

static void
become_root_again (void)
{
  if (getuid () == 0)
    g_assert_cmpint (seteuid (0), ==, 0);
}

static void
test_read_only_folder (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "notes.db", NULL);

  g_assert_cmpint (g_chmod (fixture->folder, 0500), ==, 0);
  if (!become_somebody (fixture->folder))
    {
      g_test_skip ("cannot become an ordinary user");
      return;
    }
  assert_refused (path, &db_test_schema, REGIE_DB_DURABLE | REGIE_DB_LOCK, REGIE_ERROR_READ_ONLY, path,
                  "permissions", NULL);
  assert_refused (path, &db_test_schema, REGIE_DB_DURABLE, REGIE_ERROR_READ_ONLY, path, NULL);
  assert_refused (fixture->path, &db_test_schema, REGIE_DB_DURABLE, REGIE_ERROR_READ_ONLY, "deep", NULL);
  become_root_again ();
  g_assert_cmpint (g_chmod (fixture->folder, 0700), ==, 0);
}

/* A file in such a folder can still be looked at. */
static void
test_reading_in_read_only_folder (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "no%tes?.db", NULL);
  g_autoptr (RegieDb) db = NULL;

  make_file (path, 3, 5);
  g_assert_cmpint (g_chmod (path, 0444), ==, 0);
  g_assert_cmpint (g_chmod (fixture->folder, 0500), ==, 0);
  if (!become_somebody (fixture->folder))
    {
      g_test_skip ("cannot become an ordinary user");
      return;
    }
  assert_refused (path, &db_test_schema, REGIE_DB_DURABLE, REGIE_ERROR_READ_ONLY, path, NULL);
  db = db_test_open (path, REGIE_DB_READ_ONLY);
  g_assert_cmpint (db_test_get_count (db), ==, 5);
  g_clear_object (&db);
  become_root_again ();
  g_assert_cmpint (g_chmod (fixture->folder, 0700), ==, 0);
}

static void
test_read_only_beside_writer (Fixture *fixture, gconstpointer data)
{
  g_autoptr (RegieDb) writer = db_test_open (fixture->path, REGIE_DB_DURABLE | REGIE_DB_LOCK);
  g_autoptr (RegieDb) reader = db_test_open (fixture->path, REGIE_DB_READ_ONLY);
  g_autoptr (GError) error = NULL;

  g_assert_true (regie_db_write_sync (writer, db_test_insert, (gpointer) "x", NULL));
  g_assert_cmpint (db_test_get_count (reader), ==, 1);
  g_assert_false (regie_db_write_sync (reader, db_test_insert, (gpointer) "y", &error));
  g_assert_error (error, REGIE_ERROR, REGIE_ERROR_READ_ONLY);
  assert_refused ("/nowhere/at/all.db", &db_test_schema, REGIE_DB_READ_ONLY, REGIE_ERROR_NOT_FOUND, NULL);
}

/* --- two processes --- */

static int
hold_lock (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RegieDb) db =
      regie_db_open (path, &db_test_schema, REGIE_DB_DURABLE | REGIE_DB_LOCK, NULL, &error);

  if (db == NULL || !regie_db_write_sync (db, db_test_insert, (gpointer) "by the other", &error))
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }
  g_print ("ready\n");
  while (getchar () != EOF)
    ;
  return 0;
}

static void
test_locked_by_other_process (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autoptr (GSubprocess) other =
      g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, program,
                        "--hold-lock", fixture->path, NULL);
  g_autoptr (GDataInputStream) lines = NULL;
  g_autofree char *line = NULL;
  g_autoptr (RegieDb) db = NULL;

  g_assert_no_error (error);
  lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (other));
  line = g_data_input_stream_read_line (lines, NULL, NULL, NULL);
  g_assert_cmpstr (line, ==, "ready");
  assert_refused (fixture->path, &db_test_schema, REGIE_DB_DURABLE | REGIE_DB_LOCK, REGIE_ERROR_LOCKED,
                  fixture->path, g_subprocess_get_identifier (other), "test-db-open", NULL);
  g_subprocess_force_exit (other);
  g_assert_true (g_subprocess_wait (other, NULL, NULL));
  db = db_test_open (fixture->path, REGIE_DB_DURABLE | REGIE_DB_LOCK);
  g_assert_cmpint (db_test_get_count (db), ==, 1);
  g_assert_nonnull (strstr (regie_db_get_open_report (db), "sound"));
  assert_refused (fixture->path, &db_test_schema, REGIE_DB_LOCK, REGIE_ERROR_LOCKED, NULL);
}

int
main (int argc, char *argv[])
{
  if (argc == 3 && g_str_equal (argv[1], "--hold-lock"))
    return hold_lock (argv[2]);
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/db/open/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("creates", test_creates_folder_and_file);
  ADD ("settings", test_settings);
  ADD ("async", test_open_async);
  ADD ("migration/with-copy", test_migration_with_copy);
  ADD ("migration/cache-without-copy", test_cache_migrates_without_copy);
  ADD ("migration/failing", test_failing_migration_changes_nothing);
  ADD ("migration/newer", test_newer_schema);
  ADD ("migration/other-program", test_other_program);
  ADD ("damage/no-database", test_no_database_at_all);
  ADD ("damage/truncated", test_truncated_file);
  ADD ("damage/after-unclean-stop", test_damage_found_after_unclean_stop);
  ADD ("damage/while-running", test_damage_found_while_running);
  ADD ("damage/cache-set-aside", test_corrupt_cache_is_set_aside);
  ADD ("read-only/folder", test_read_only_folder);
  ADD ("read-only/looking", test_reading_in_read_only_folder);
  ADD ("read-only/beside-writer", test_read_only_beside_writer);
  ADD ("locked", test_locked_by_other_process);
#undef ADD
  return g_test_run ();
}
