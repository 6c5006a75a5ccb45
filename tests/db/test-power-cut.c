/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/regie-error.h"
#include "db-test-util.h"
#include "db/regie-db-private.h"
#include "regie-power-cut-harness.h"

/* Creates, edits and deletes from several threads, backups, a compaction and a restart, with the power cut at
 * each sync point. A note and its tag are one thing. */

#define N_WRITERS 3
#define N_CHANGES 6

/* The log is copied into the file from so many pages on, which happens several times in a run. */
#define CHECKPOINT_PAGES 40

#define LARGE (200 * 1024)

typedef struct
{
  RegieDbFlags flags;
} Settings;

/* --- one change --- */

typedef struct
{
  gint64 id;
  char *text; /* NULL deletes */
} Change;

/* The tag repeats the text's hash: if only one of both were written, the value found would match neither
 * state. */
static char *
word_for (const char *text)
{
  return g_compute_checksum_for_string (G_CHECKSUM_SHA1, text, -1);
}

static gboolean
apply_change (sqlite3 *db, gpointer data, GError **error)
{
  Change *change = data;
  g_autofree char *word = change->text != NULL ? word_for (change->text) : NULL;

  if (!regie_db_run (db, error, "DELETE FROM tag WHERE note = ?1", "i", change->id))
    return FALSE;
  if (change->text == NULL)
    return regie_db_run (db, error, "DELETE FROM note WHERE id = ?1", "i", change->id);
  return regie_db_run (db, error,
                       "INSERT INTO note (id, text) VALUES (?1, ?2)"
                       " ON CONFLICT (id) DO UPDATE SET text = excluded.text, rank = rank + 1",
                       "is", change->id, change->text) &&
         regie_db_run (db, error, "INSERT INTO tag (note, word) VALUES (?1, ?2)", "is", change->id, word);
}

static char *
make_text (gint64 id, guint version, gsize size)
{
  GString *text = g_string_sized_new (size);

  g_string_printf (text, "note %d, version %u ", (int) id, version);
  while (text->len < size)
    g_string_append_c (text, (char) ('a' + (text->len * 7 + id + version) % 26));
  return g_string_free (text, FALSE);
}

/* FALSE when it was not acknowledged. */
static gboolean
change (RegieDb *db, RegieWitness *witness, gint64 id, const char *text)
{
  g_autofree char *name = g_strdup_printf ("note %d", (int) id);
  g_autofree char *value = text != NULL ? word_for (text) : NULL;
  Change wanted = { id, (char *) text };

  regie_witness_ask (witness, name, value);
  if (!regie_db_write_sync (db, apply_change, &wanted, NULL))
    return FALSE;
  regie_witness_acknowledge (witness, name);
  return TRUE;
}

/* --- the workload --- */

typedef struct
{
  RegieDb *db;
  RegieWitness *witness;
  gint64 first_id;
} Writer;

static gpointer
create_edit_delete (gpointer data)
{
  Writer *self = data;
  gboolean ok = TRUE;

  for (guint i = 0; ok && i < N_CHANGES; i++)
    {
      g_autofree char *first = make_text (self->first_id + i, 1, 100 + 3000 * (i % 3));
      g_autofree char *second = make_text (self->first_id + i, 2, 6000);

      ok = change (self->db, self->witness, self->first_id + i, first);
      if (ok && i % 2 == 0)
        ok = change (self->db, self->witness, self->first_id + i, second);
      if (ok && i % 3 == 0)
        ok = change (self->db, self->witness, self->first_id + i, NULL);
    }
  return NULL;
}

static void
write_from_threads (RegieDb *db, RegieWitness *witness, gint64 first_id)
{
  GThread *threads[N_WRITERS];
  Writer writers[N_WRITERS];

  for (guint i = 0; i < N_WRITERS; i++)
    {
      writers[i] = (Writer) { db, witness, first_id + 100 * i };
      threads[i] = g_thread_new ("writes", create_edit_delete, &writers[i]);
    }
  for (guint i = 0; i < N_WRITERS; i++)
    g_thread_join (threads[i]);
}

static char *
backup_path (const char *folder)
{
  return g_build_filename (folder, "backups", "notes-1.db", NULL);
}

/* The backup's value is the number of notes in it: all that were acknowledged before are. */
static gboolean
back_up (RegieDb *db, const char *folder, RegieWitness *witness)
{
  g_autofree char *path = backup_path (folder);
  g_autofree char *value = NULL;
  gint64 count = 0;

  if (!regie_db_read_sync (db, db_test_count, &count, NULL))
    return FALSE;
  value = g_strdup_printf ("%d notes", (int) count);
  regie_witness_ask (witness, "backup", value);
  if (!db_test_await (regie_db_backup (db, path), NULL))
    return FALSE;
  regie_witness_acknowledge (witness, "backup");
  return TRUE;
}

static RegieDb *
open_notes (const char *folder, RegieDbFlags flags, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "notes.db", NULL);

  RegieDb *db = regie_db_open (path, &db_test_schema, flags | REGIE_DB_LOCK, NULL, error);

  if (db != NULL)
    regie_db_set_checkpoint_pages (db, CHECKPOINT_PAGES);
  return db;
}

static void
run (const char *folder, RegieWitness *witness, gpointer data)
{
  Settings *settings = data;
  g_autoptr (RegieDb) db = open_notes (folder, settings->flags, NULL);
  g_autofree char *large = make_text (900, 1, LARGE);

  if (db == NULL)
    return;
  write_from_threads (db, witness, 1);
  if (!back_up (db, folder, witness) || !change (db, witness, 900, large) ||
      !change (db, witness, 901, "small") || !back_up (db, folder, witness))
    return;
  g_clear_object (&db);
  if (!(db = open_notes (folder, settings->flags, NULL)))
    return;
  change (db, witness, 900, NULL);
  db_test_await (regie_db_compact (db), NULL);
  write_from_threads (db, witness, 1001);
}

/* --- the check --- */

static gboolean
find_notes (sqlite3 *db, gpointer data, GError **error)
{
  g_autoptr (sqlite3_stmt) stmt =
      regie_db_prepare (db, "SELECT id, text, word FROM note LEFT JOIN tag ON note = id ORDER BY id", error);
  int step = -1;

  while (stmt != NULL && (step = regie_db_step (stmt, error)) == 1)
    {
      g_autofree char *name = g_strdup_printf ("note %d", sqlite3_column_int (stmt, 0));
      g_autofree char *word = word_for (regie_db_column_text (stmt, 1));

      if (g_strcmp0 (word, regie_db_column_text (stmt, 2)) != 0)
        {
          g_set_error (error, REGIE_ERROR, REGIE_ERROR_FAILED, "%s is half written", name);
          return FALSE;
        }
      regie_witness_find (data, name, word);
    }
  return step == 0;
}

static gboolean
find_backup (const char *folder, RegieWitness *witness, GError **error)
{
  g_autofree char *path = backup_path (folder);
  g_autofree char *value = NULL;
  g_autoptr (RegieDb) db = NULL;
  gint64 count = 0;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  if (!(db = regie_db_open (path, &db_test_schema, REGIE_DB_READ_ONLY, NULL, error)) ||
      !regie_db_read_sync (db, db_test_count, &count, error))
    return FALSE;
  value = g_strdup_printf ("%d notes", (int) count);
  regie_witness_find (witness, "backup", value);
  return TRUE;
}

static gboolean
check (const char *folder, RegieWitness *witness, gpointer data, GError **error)
{
  g_autoptr (RegieDb) db = open_notes (folder, REGIE_DB_DURABLE, error);

  return db != NULL && regie_db_read_sync (db, find_notes, witness, error) &&
         find_backup (folder, witness, error) && db_test_await (regie_db_check (db), error);
}

/* --- tests --- */

static void
assert_survives (RegiePowerCutMode mode)
{
  Settings settings = { REGIE_DB_DURABLE };
  RegiePowerCutWorkload workload = { run, check, &settings };
  RegiePowerCutReport report;
  g_autoptr (GError) error = NULL;
  guint32 seed = mode == REGIE_POWER_CUT_TEAR ? (guint32) g_test_rand_int () : 0;

  regie_power_cut_try_all (&workload, mode, seed, 1, &report, &error);
  g_assert_no_error (error);
  g_test_message ("%u cuts, %u changes acknowledged before one, %u cuts with a change in flight",
                  report.n_cuts, report.n_acknowledged, report.n_in_flight);
  g_assert_cmpuint (report.n_cuts, >, 50);
  g_assert_cmpuint (report.n_in_flight, >, 10);
}

static void
test_nothing_synced_is_lost (void)
{
  assert_survives (REGIE_POWER_CUT_DROP);
}

static void
test_torn_writes (void)
{
  assert_survives (REGIE_POWER_CUT_TEAR);
}

/* The same with synchronous=OFF must be found out, else this test proves nothing. */
static void
assert_found_out (RegieDbFlags flags, RegiePowerCutMode mode)
{
  Settings settings = { flags };
  RegiePowerCutWorkload workload = { run, check, &settings };
  g_autoptr (GError) error = NULL;

  g_assert_false (regie_power_cut_try_all (&workload, mode, 1, 1, NULL, &error));
  g_assert_nonnull (error);
  g_test_message ("found: %s", error->message);
}

static void
test_without_syncs_is_found_out (void)
{
  assert_found_out (REGIE_DB_NEVER_SYNC, REGIE_POWER_CUT_DROP);
  assert_found_out (REGIE_DB_NEVER_SYNC, REGIE_POWER_CUT_TEAR);
}

/* NORMAL keeps the file sound, but not every acknowledged change. */
static void
test_cache_durability_is_found_out (void)
{
  assert_found_out (REGIE_DB_NONE, REGIE_POWER_CUT_DROP);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/db/power-cut/each-sync-point", test_nothing_synced_is_lost);
  g_test_add_func ("/db/power-cut/torn-writes", test_torn_writes);
  g_test_add_func ("/db/power-cut/synchronous-off-is-found-out", test_without_syncs_is_found_out);
  g_test_add_func ("/db/power-cut/normal-is-found-out", test_cache_durability_is_found_out);
  return g_test_run ();
}
