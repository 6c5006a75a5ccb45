/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-store-private.h"

/* A first pull of many rows would update every index of the fields for each row, most of its work. It does
 * without them, and they are made at its end, one at a time, so that other writes come between. */

/* Likewise the log is copied into the file more seldom meanwhile: 64 MiB. */
#define PULL_CHECKPOINT_PAGES 16384
#define CHECKPOINT_PAGES      1000

/* A pull that does not go on for so long is taken for over. */
#define PATIENCE_S 5

char *
regie_store_index_sql (const RegieKind *kind, const RegieField *field)
{
  return g_strdup_printf ("CREATE INDEX %s_f_%s ON %s (f_%s);", kind->table, field->name, kind->table,
                          field->name);
}

gboolean
regie_store_drop_indexes (sqlite3 *db, const RegieKind *kind, GError **error)
{
  for (guint i = 0; i < kind->n_fields; i++)
    {
      g_autofree char *sql = NULL;

      if (!(kind->fields[i].flags & REGIE_FIELD_INDEXED))
        continue;
      sql = g_strdup_printf ("DROP INDEX IF EXISTS %s_f_%s", kind->table, kind->fields[i].name);
      if (!regie_db_run (db, error, sql, NULL))
        return FALSE;
    }

  return TRUE;
}

static gboolean
has_index (sqlite3 *db, const RegieKind *kind, const RegieField *field)
{
  g_autofree char *name = g_strdup_printf ("%s_f_%s", kind->table, field->name);

  return regie_db_get_int64 (db, 0, "SELECT 1 FROM sqlite_schema WHERE type = 'index' AND name = ?1", "s",
                             name) != 0;
}

/* Makes the first index that is missing; the result tells how many were made. */
static gboolean
build_one (sqlite3 *db, RegieStoreJob *job, GError **error)
{
  guint n;
  const RegieKind *const *kinds = regie_kinds_list (&n);

  for (guint k = 0; k < n; k++)
    for (guint f = 0; f < kinds[k]->n_fields; f++)
      {
        const RegieField *field = &kinds[k]->fields[f];

        if ((field->flags & REGIE_FIELD_INDEXED) && !has_index (db, kinds[k], field))
          {
            g_autofree char *sql = regie_store_index_sql (kinds[k], field);

            regie_store_job_set_int64 (job, 1);
            return regie_db_run (db, error, sql, NULL);
          }
      }
  regie_store_job_set_int64 (job, 0);

  return TRUE;
}

static gboolean
on_built (RegieStoreJob *job)
{
  if (g_value_get_int64 (&job->result) > 0)
    regie_store_build_indexes (job->store);
  else
    regie_db_set_checkpoint_pages (job->store->cache, CHECKPOINT_PAGES);

  return FALSE;
}

void
regie_store_build_indexes (RegieStore *self)
{
  RegieStoreJob *job;

  g_clear_handle_id (&self->indexes_source, g_source_remove);
  if (self->closed)
    return;
  job = regie_store_job_new (self, build_one, NULL, NULL);
  job->finished_func = on_built;
  dex_future_disown (regie_store_job_write_cache (job));
}

static gboolean
on_pull_stopped (gpointer data)
{
  RegieStore *self = data;

  self->indexes_source = 0;
  regie_store_build_indexes (self);

  return G_SOURCE_REMOVE;
}

void
regie_store_build_indexes_later (RegieStore *self)
{
  regie_db_set_checkpoint_pages (self->cache, PULL_CHECKPOINT_PAGES);
  g_clear_handle_id (&self->indexes_source, g_source_remove);
  if (!self->closed)
    self->indexes_source = g_timeout_add_seconds (PATIENCE_S, on_pull_stopped, self);
}
