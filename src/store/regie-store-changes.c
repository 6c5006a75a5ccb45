/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-store-private.h"

/* Which rows changed lately, so that a list need not ask for its whole order. Each commit to the cache that
 * changes rows has a number (the generation, kept in the cache itself); what it changed is noted here before
 * it is committed. Whoever reads knows from the generation of what it sees which notes concern it. Notes of a
 * commit that failed do no harm: rows are looked at that did not change. */

/* As many notes of a kind are kept; who is further behind asks for everything. */
#define MAX_NOTES 8192

typedef struct
{
  gint64 generation;
  guint32 row;
} Note;

typedef struct
{
  GArray *notes;    /* Note, oldest first */
  gint64 forgotten; /* notes up to this generation may be missing */
} Log;

static void
log_free (gpointer data)
{
  Log *self = data;

  g_array_unref (self->notes);
  g_free (self);
}

static Log *
get_log (RegieStore *store, const RegieKind *kind)
{
  Log *log;

  if (store->logs == NULL)
    store->logs = g_hash_table_new_full (g_direct_hash, g_direct_equal, NULL, log_free);
  log = g_hash_table_lookup (store->logs, kind);
  if (log == NULL)
    {
      log = g_new0 (Log, 1);
      log->notes = g_array_new (FALSE, FALSE, sizeof (Note));
      log->forgotten = store->first_generation;
      g_hash_table_insert (store->logs, (gpointer) kind, log);
    }

  return log;
}

static void
forget_oldest (Log *log)
{
  guint n = log->notes->len - MAX_NOTES / 2;

  log->forgotten = g_array_index (log->notes, Note, n - 1).generation;
  g_array_remove_range (log->notes, 0, n);
}

static void
note_rows (RegieStore *store, gint64 generation, RegieChangedRows *rows)
{
  Log *log = get_log (store, rows->kind);

  for (guint i = 0; i < rows->rowids->len; i++)
    {
      Note note = { generation, g_array_index (rows->rowids, guint32, i) };

      g_array_append_val (log->notes, note);
      if (log->notes->len >= MAX_NOTES)
        forget_oldest (log);
    }
}

gint64
regie_store_read_generation (sqlite3 *db)
{
  return regie_db_get_int64 (db, 0, "SELECT value FROM meta WHERE name = 'generation'", NULL);
}

gboolean
regie_store_note_changes (sqlite3 *db, RegieStoreJob *job, GError **error)
{
  gint64 generation;
  GHashTableIter iter;
  gpointer rows;

  if (job->changes == NULL)
    return TRUE;
  generation = regie_store_read_generation (db) + 1;
  if (!regie_db_run (db, error, "INSERT OR REPLACE INTO meta (name, value) VALUES ('generation', ?1)", "i",
                     generation))
    return FALSE;
  g_mutex_lock (&job->store->logs_lock);
  g_hash_table_iter_init (&iter, job->changes);
  while (g_hash_table_iter_next (&iter, NULL, &rows))
    note_rows (job->store, generation, rows);
  g_mutex_unlock (&job->store->logs_lock);

  return TRUE;
}

GArray *
regie_store_list_changes (RegieStore *self, const RegieKind *kind, gint64 after, gint64 until, guint max)
{
  GArray *rows = NULL;
  Log *log;

  g_mutex_lock (&self->logs_lock);
  log = get_log (self, kind);
  if (after >= log->forgotten)
    {
      rows = g_array_new (FALSE, FALSE, sizeof (guint32));
      for (guint i = log->notes->len; i > 0; i--)
        {
          const Note *note = &g_array_index (log->notes, Note, i - 1);

          if (note->generation <= after)
            break;
          if (note->generation <= until)
            g_array_append_val (rows, note->row);
          if (rows->len > max)
            break;
        }
    }
  g_mutex_unlock (&self->logs_lock);
  if (rows != NULL && rows->len > max)
    g_clear_pointer (&rows, g_array_unref);

  return rows;
}
