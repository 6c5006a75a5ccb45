/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/regie-error.h"
#include "db-test-util.h"

#include <dirent.h>

typedef struct
{
  char *folder;
  char *path;
  RegieDb *db;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = db_test_make_folder ();
  fixture->path = g_build_filename (fixture->folder, "notes.db", NULL);
  fixture->db = db_test_open (fixture->path, REGIE_DB_DURABLE | REGIE_DB_LOCK);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_object (&fixture->db);
  db_test_remove_folder (fixture->folder);
  g_clear_pointer (&fixture->folder, g_free);
  g_clear_pointer (&fixture->path, g_free);
}

/* A gate that holds the writer (or a reader) until the test opens it, so that what follows waits together. */
typedef struct
{
  GMutex lock;
  GCond cond;
  int entered;
  gboolean open;
} Gate;

static gboolean
pass_gate (sqlite3 *db, gpointer data, GError **error)
{
  Gate *gate = data;

  g_mutex_lock (&gate->lock);
  gate->entered++;
  g_cond_broadcast (&gate->cond);
  while (!gate->open)
    g_cond_wait (&gate->cond, &gate->lock);
  g_mutex_unlock (&gate->lock);
  return TRUE;
}

static void
gate_wait_entered (Gate *gate, int n)
{
  g_mutex_lock (&gate->lock);
  while (gate->entered < n)
    g_cond_wait (&gate->cond, &gate->lock);
  g_mutex_unlock (&gate->lock);
}

static void
gate_open (Gate *gate)
{
  g_mutex_lock (&gate->lock);
  gate->open = TRUE;
  g_cond_broadcast (&gate->cond);
  g_mutex_unlock (&gate->lock);
}

static void
test_write_then_read (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (
      db_test_await (regie_db_write (fixture->db, db_test_insert, (gpointer) "one", NULL), &error));
  g_assert_no_error (error);
  g_assert_cmpint (db_test_get_count (fixture->db), ==, 1);
  g_assert_true (regie_db_is_healthy (fixture->db, NULL));
  g_assert_null (regie_db_get_open_report (fixture->db));
  g_assert_cmpstr (regie_db_get_path (fixture->db), ==, fixture->path);
}

static gboolean
insert_then_fail (sqlite3 *db, gpointer data, GError **error)
{
  if (!db_test_insert (db, data, error))
    return FALSE;
  g_set_error_literal (error, REGIE_ERROR, REGIE_ERROR_DENIED, "on purpose");
  return FALSE;
}

static void
test_failing_write_between_good_ones (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  Gate gate = { 0 };
  DexFuture *held = regie_db_write (fixture->db, pass_gate, &gate, NULL);
  DexFuture *first, *bad, *twice, *last;

  gate_wait_entered (&gate, 1);
  first = regie_db_write (fixture->db, db_test_insert, (gpointer) "first", NULL);
  bad = regie_db_write (fixture->db, insert_then_fail, (gpointer) "bad", NULL);
  twice = regie_db_write (fixture->db, db_test_insert, (gpointer) "first", NULL);
  last = regie_db_write (fixture->db, db_test_insert, (gpointer) "last", NULL);
  gate_open (&gate);
  g_assert_true (db_test_await (held, NULL));
  g_assert_true (db_test_await (first, NULL));
  g_assert_false (db_test_await (bad, &error));
  g_assert_error (error, REGIE_ERROR, REGIE_ERROR_DENIED);
  g_clear_error (&error);
  g_assert_false (db_test_await (twice, &error));
  g_assert_error (error, REGIE_ERROR, REGIE_ERROR_CONFLICT);
  g_assert_true (db_test_await (last, NULL));
  g_assert_cmpint (db_test_get_count (fixture->db), ==, 2);
}

static gboolean
insert_dangling_tag (sqlite3 *db, gpointer data, GError **error)
{
  return regie_db_run (db, error, "INSERT INTO tag (note, word) VALUES (?1, 'w')", "i", (gint64) 4711);
}

static void
test_deferred_foreign_key (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  Gate gate = { 0 };
  DexFuture *held = regie_db_write (fixture->db, pass_gate, &gate, NULL);
  DexFuture *good, *dangling;

  gate_wait_entered (&gate, 1);
  good = regie_db_write (fixture->db, db_test_insert, (gpointer) "good", NULL);
  dangling = regie_db_write (fixture->db, insert_dangling_tag, NULL, NULL);
  gate_open (&gate);
  g_assert_true (db_test_await (held, NULL));
  g_assert_true (db_test_await (good, NULL));
  g_assert_false (db_test_await (dangling, &error));
  g_assert_error (error, REGIE_ERROR, REGIE_ERROR_INVALID);
}

static gboolean
use_wrong_sql_in_getter (sqlite3 *db, gpointer data, GError **error)
{
  regie_db_get_int64 (db, 0, "SELECT x FROM nowhere", NULL);
  return db_test_insert (db, data, error);
}

static void
test_getter_failure_fails_the_work (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (regie_db_write_sync (fixture->db, use_wrong_sql_in_getter, (gpointer) "never", &error));
  g_assert_error (error, REGIE_ERROR, REGIE_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "nowhere"));
  g_assert_cmpint (db_test_get_count (fixture->db), ==, 0);
}

static gboolean
end_transaction (sqlite3 *db, gpointer data, GError **error)
{
  return db_test_insert (db, data, error) && sqlite3_exec (db, "ROLLBACK", NULL, NULL, NULL) == SQLITE_OK;
}

static void
test_write_that_ends_its_transaction (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  Gate gate = { 0 };
  DexFuture *held = regie_db_write (fixture->db, pass_gate, &gate, NULL);
  DexFuture *before, *culprit, *after;

  gate_wait_entered (&gate, 1);
  before = regie_db_write (fixture->db, db_test_insert, (gpointer) "before", NULL);
  culprit = regie_db_write (fixture->db, end_transaction, (gpointer) "culprit", NULL);
  after = regie_db_write (fixture->db, db_test_insert, (gpointer) "after", NULL);
  gate_open (&gate);
  g_assert_true (db_test_await (held, NULL));
  g_assert_false (db_test_await (before, &error));
  g_assert_error (error, REGIE_ERROR, REGIE_ERROR_FAILED);
  g_assert_false (db_test_await (culprit, NULL));
  g_assert_true (db_test_await (after, NULL));
  g_assert_cmpint (db_test_get_count (fixture->db), ==, 1);
}

/* --- hooks --- */

typedef struct
{
  GMutex lock;
  GString *text;
} Log;

typedef struct
{
  Log *log;
  const char *name;
  gboolean fail;
  int *n_destroyed;
} Hooked;

static void
on_committed (gpointer data, gpointer unused)
{
  Hooked *hooked = data;

  g_mutex_lock (&hooked->log->lock);
  g_string_append (hooked->log->text, hooked->name);
  g_mutex_unlock (&hooked->log->lock);
}

static void
on_hook_destroyed (gpointer data)
{
  g_atomic_int_inc (((Hooked *) data)->n_destroyed);
}

static gboolean
insert_with_hook (sqlite3 *db, gpointer data, GError **error)
{
  Hooked *hooked = data;

  regie_db_after_commit (db, on_committed, hooked, on_hook_destroyed);
  return hooked->fail ? insert_then_fail (db, (gpointer) hooked->name, error)
                      : db_test_insert (db, (gpointer) hooked->name, error);
}

static void
test_hooks_in_commit_order (Fixture *fixture, gconstpointer data)
{
  Log log = { .text = g_string_new (NULL) };
  int n_destroyed = 0;
  Hooked hooked[] = { { &log, "a", FALSE, &n_destroyed },
                      { &log, "b", TRUE, &n_destroyed },
                      { &log, "c", FALSE, &n_destroyed } };
  Gate gate = { 0 };
  DexFuture *held = regie_db_write (fixture->db, pass_gate, &gate, NULL);
  DexFuture *futures[3];

  gate_wait_entered (&gate, 1);
  for (guint i = 0; i < 3; i++)
    futures[i] = regie_db_write (fixture->db, insert_with_hook, &hooked[i], NULL);
  gate_open (&gate);
  g_assert_true (db_test_await (held, NULL));
  for (guint i = 0; i < 3; i++)
    g_assert_cmpint (db_test_await (futures[i], NULL), ==, !hooked[i].fail);
  g_assert_cmpstr (log.text->str, ==, "ac");
  g_assert_cmpint (n_destroyed, ==, 3);
  g_string_free (log.text, TRUE);
}

/* --- many threads --- */

#define N_THREADS 8
#define N_WRITES  1000

static gboolean
insert_number (sqlite3 *db, gpointer data, GError **error)
{
  g_autofree char *text = g_strdup_printf ("n%d", GPOINTER_TO_INT (data));

  return db_test_insert (db, text, error);
}

static gpointer
write_many (gpointer data)
{
  static int next;
  RegieDb *db = data;
  g_autoptr (GPtrArray) futures = g_ptr_array_new ();

  for (guint i = 0; i < N_WRITES; i++)
    g_ptr_array_add (futures,
                     regie_db_write (db, insert_number, GINT_TO_POINTER (g_atomic_int_add (&next, 1)), NULL));
  return g_steal_pointer (&futures);
}

static gboolean
count_twice (sqlite3 *db, gpointer data, GError **error)
{
  gint64 first = regie_db_get_int64 (db, -1, "SELECT count(*) FROM note", NULL);

  for (guint i = 0; i < 20; i++)
    g_thread_yield ();
  *(gboolean *) data = first == regie_db_get_int64 (db, -2, "SELECT count(*) FROM note", NULL);
  return TRUE;
}

/* Reads go on while thousands of writes do, each seeing one state of the file. */
static void
test_many_writers_and_readers (Fixture *fixture, gconstpointer data)
{
  GThread *threads[N_THREADS];
  gint64 last = 0;

  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("writes", write_many, fixture->db);
  while (last < N_THREADS * N_WRITES)
    {
      g_autoptr (GError) error = NULL;
      gboolean same = FALSE;
      gint64 now = db_test_get_count (fixture->db);

      g_assert_cmpint (now, >=, last);
      last = now;
      g_assert_true (regie_db_read_sync (fixture->db, count_twice, &same, &error));
      g_assert_true (same);
    }
  for (guint i = 0; i < N_THREADS; i++)
    {
      g_autoptr (GPtrArray) futures = g_thread_join (threads[i]);

      for (guint j = 0; j < futures->len; j++)
        g_assert_true (db_test_await (futures->pdata[j], NULL));
    }
  g_assert_cmpint (db_test_get_count (fixture->db), ==, N_THREADS * N_WRITES);
}

/* --- reads that nobody waits for --- */

static gboolean
note_that_it_ran (sqlite3 *db, gpointer data, GError **error)
{
  g_atomic_int_inc ((int *) data);
  return TRUE;
}

static void
test_dropped_reads_do_not_run (Fixture *fixture, gconstpointer data)
{
  Gate gate = { 0 };
  int n_dropped_ran = 0, n_kept_ran = 0, n_writes_ran = 0;
  DexFuture *held[2], *kept;

  for (guint i = 0; i < 2; i++)
    held[i] = regie_db_read (fixture->db, pass_gate, &gate, NULL);
  gate_wait_entered (&gate, 2);
  for (guint i = 0; i < 50; i++)
    dex_unref (regie_db_read (fixture->db, note_that_it_ran, &n_dropped_ran, NULL));
  kept = regie_db_read (fixture->db, note_that_it_ran, &n_kept_ran, NULL);
  dex_unref (regie_db_write (fixture->db, note_that_it_ran, &n_writes_ran, NULL));
  gate_open (&gate);
  for (guint i = 0; i < 2; i++)
    g_assert_true (db_test_await (held[i], NULL));
  g_assert_true (db_test_await (kept, NULL));
  regie_db_close (fixture->db);
  g_assert_cmpint (n_dropped_ran, ==, 0);
  g_assert_cmpint (n_kept_ran, ==, 1);
  g_assert_cmpint (n_writes_ran, ==, 1);
}

typedef struct
{
  Gate gate;
  GError *error;
} Endless;

static gboolean
count_for_ever (sqlite3 *db, gpointer data, GError **error)
{
  Endless *endless = data;

  endless->gate.open = TRUE;
  pass_gate (db, &endless->gate, NULL);
  regie_db_run (db, &endless->error,
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n",
                NULL);
  g_propagate_error (error, g_error_copy (endless->error));
  return FALSE;
}

static void
test_dropped_read_is_cut_short (Fixture *fixture, gconstpointer data)
{
  Endless endless = { 0 };
  DexFuture *future = regie_db_read (fixture->db, count_for_ever, &endless, NULL);

  gate_wait_entered (&endless.gate, 1);
  dex_unref (future);
  regie_db_close (fixture->db);
  g_assert_error (endless.error, REGIE_ERROR, REGIE_ERROR_STATE);
  g_clear_error (&endless.error);
}

static gboolean
try_to_insert_on_reader (sqlite3 *db, gpointer data, GError **error)
{
  return db_test_insert (db, (gpointer) "x", error);
}

static void
test_reader_cannot_write (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (regie_db_read_sync (fixture->db, try_to_insert_on_reader, NULL, &error));
  g_assert_error (error, REGIE_ERROR, REGIE_ERROR_READ_ONLY);
}

/* --- closing --- */

static guint
count_threads (void)
{
  DIR *dir = opendir ("/proc/self/task");
  guint n = 0;

  while (readdir (dir) != NULL)
    n++;
  closedir (dir);
  return n;
}

/* A joined thread stays listed for a moment. */
static void
wait_for_threads (guint n)
{
  gint64 deadline = g_get_monotonic_time () + 30 * G_USEC_PER_SEC;

  while (count_threads () > n)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      g_usleep (100);
    }
}

static void
count_destroyed (gpointer data)
{
  g_atomic_int_inc ((int *) data);
}

static void
test_close_with_queued_work (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  Gate gate = { 0 };
  DexFuture *held = regie_db_write (fixture->db, pass_gate, &gate, NULL);
  DexFuture *writes[100], *late;
  int n_ran = 0, n_destroyed = 0;
  guint n_threads = count_threads ();
  g_autofree char *marker = g_strconcat (fixture->path, ".unclean", NULL);

  gate_wait_entered (&gate, 1);
  for (guint i = 0; i < G_N_ELEMENTS (writes); i++)
    writes[i] = regie_db_write (fixture->db, insert_number, GINT_TO_POINTER (1000000 + i), NULL);
  g_assert_true (g_file_test (marker, G_FILE_TEST_EXISTS));
  gate_open (&gate);
  regie_db_close (fixture->db);
  regie_db_close (fixture->db);
  g_assert_false (g_file_test (marker, G_FILE_TEST_EXISTS));
  g_assert_true (db_test_await (held, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (writes); i++)
    g_assert_true (db_test_await (writes[i], NULL));
  late = regie_db_write (fixture->db, note_that_it_ran, &n_destroyed, count_destroyed);
  g_assert_false (db_test_await (late, &error));
  g_assert_error (error, REGIE_ERROR, REGIE_ERROR_STATE);
  g_assert_cmpint (n_ran, ==, 0);
  g_assert_cmpint (n_destroyed, ==, 1);
  wait_for_threads (n_threads - 3);
  g_clear_object (&fixture->db);
  fixture->db = db_test_open (fixture->path, REGIE_DB_DURABLE | REGIE_DB_LOCK);
  g_assert_cmpint (db_test_get_count (fixture->db), ==, 100);
}

static gboolean
hold_reference (sqlite3 *db, gpointer data, GError **error)
{
  return TRUE;
}

/* The last reference may go on the database's own thread, which then cannot wait for itself. */
static void
test_last_reference_on_own_thread (Fixture *fixture, gconstpointer data)
{
  g_autofree char *marker = g_strconcat (fixture->path, ".unclean", NULL);
  Gate gate = { 0 };
  DexFuture *held = regie_db_write (fixture->db, pass_gate, &gate, NULL);
  RegieDb *db = g_steal_pointer (&fixture->db);
  guint n_threads = count_threads ();
  int n_ran = 0;

  gate_wait_entered (&gate, 1);
  dex_unref (regie_db_write (db, hold_reference, g_object_ref (db), g_object_unref));
  dex_unref (regie_db_write (db, note_that_it_ran, &n_ran, NULL));
  g_object_unref (db);
  gate_open (&gate);
  g_assert_true (db_test_await (held, NULL));
  wait_for_threads (n_threads - 3);
  g_assert_cmpint (n_ran, ==, 1);
  g_assert_false (g_file_test (marker, G_FILE_TEST_EXISTS));
}

/* --- statements --- */

static gboolean
use_statements (sqlite3 *db, gpointer data, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new ("\0x", 2);
  g_autoptr (GBytes) empty = g_bytes_new (NULL, 0);
  const char *sql = "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7";
  g_autoptr (sqlite3_stmt) outer = regie_db_prepare (db, sql, error);
  g_autoptr (sqlite3_stmt) inner = regie_db_prepare (db, sql, error);
  g_autoptr (GError) wrong = NULL;

  g_assert_true (outer != inner);
  regie_db_bind (outer, "sidnbbs", "é", G_MAXINT64, 0.5, bytes, empty, NULL);
  g_assert_cmpint (regie_db_step (outer, error), ==, 1);
  g_assert_cmpstr (regie_db_column_text (outer, 0), ==, "é");
  g_assert_cmpint (sqlite3_column_int64 (outer, 1), ==, G_MAXINT64);
  g_assert_cmpfloat (sqlite3_column_double (outer, 2), ==, 0.5);
  g_assert_null (regie_db_column_text (outer, 3));
  g_assert_cmpint (sqlite3_column_bytes (outer, 4), ==, 2);
  g_assert_cmpint (sqlite3_column_type (outer, 5), ==, SQLITE_BLOB);
  g_assert_cmpint (sqlite3_column_type (outer, 6), ==, SQLITE_NULL);
  g_assert_cmpint (regie_db_step (outer, error), ==, 0);
  for (guint i = 0; i < 500; i++)
    {
      g_autofree char *many = g_strdup_printf ("SELECT %u", i);

      g_assert_cmpint (regie_db_get_int64 (db, -1, many, NULL), ==, i);
    }
  g_assert_null (regie_db_prepare (db, "SELEKT 1", &wrong));
  g_assert_error (wrong, REGIE_ERROR, REGIE_ERROR_FAILED);
  g_clear_error (&wrong);
  g_assert_null (regie_db_prepare (db, " -- nothing", &wrong));
  g_assert_error (wrong, REGIE_ERROR, REGIE_ERROR_FAILED);
  return TRUE;
}

static void
test_statements (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 3; i++)
    g_assert_true (regie_db_write_sync (fixture->db, use_statements, NULL, &error));
  g_assert_no_error (error);
}

static gboolean
break_constraints (sqlite3 *db, gpointer data, GError **error)
{
  g_autoptr (GError) local = NULL;

  g_assert_false (regie_db_run (db, &local, "INSERT INTO note (text) VALUES (NULL)", NULL));
  g_assert_error (local, REGIE_ERROR, REGIE_ERROR_INVALID);
  return TRUE;
}

static void
test_constraint_errors (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (regie_db_write_sync (fixture->db, break_constraints, NULL, &error));
  g_assert_no_error (error);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/db/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("write-then-read", test_write_then_read);
  ADD ("group/failing-write-between-good-ones", test_failing_write_between_good_ones);
  ADD ("group/deferred-foreign-key", test_deferred_foreign_key);
  ADD ("group/getter-failure", test_getter_failure_fails_the_work);
  ADD ("group/write-that-ends-its-transaction", test_write_that_ends_its_transaction);
  ADD ("group/hooks-in-commit-order", test_hooks_in_commit_order);
  ADD ("group/8-threads-1000-writes", test_many_writers_and_readers);
  ADD ("read/dropped-before", test_dropped_reads_do_not_run);
  ADD ("read/dropped-meanwhile", test_dropped_read_is_cut_short);
  ADD ("read/cannot-write", test_reader_cannot_write);
  ADD ("close/queued-work", test_close_with_queued_work);
  ADD ("close/last-reference-on-own-thread", test_last_reference_on_own_thread);
  ADD ("statement/binding-and-cache", test_statements);
  ADD ("statement/constraints", test_constraint_errors);
#undef ADD
  return g_test_run ();
}
