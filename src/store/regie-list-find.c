/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-list-private.h"

/* --- the position of a key --- */

typedef struct
{
  GWeakRef list;
  const RegieKind *kind;
  char *key;
  gint64 rowid;
} Find;

static void
find_free (gpointer data)
{
  Find *self = data;

  g_weak_ref_clear (&self->list);
  g_free (self->key);
  g_free (self);
}

static gboolean
find_row (sqlite3 *db, RegieStoreJob *job, GError **error)
{
  Find *self = job->data;
  g_autofree char *sql = g_strdup_printf ("SELECT rowid FROM %s WHERE key = ?1", self->kind->table);

  self->rowid = regie_db_get_int64 (db, 0, sql, "s", self->key);

  return TRUE;
}

static gboolean
find_position (RegieStoreJob *job)
{
  Find *self = job->data;
  g_autoptr (RegieList) list = g_weak_ref_get (&self->list);

  g_value_init (&job->result, G_TYPE_UINT);
  g_value_set_uint (&job->result,
                    list != NULL && self->rowid > 0 ? regie_list_find_row (list, self->rowid) : G_MAXUINT);

  return FALSE;
}

DexFuture *
regie_list_find (RegieList *self, const char *key)
{
  Find *find;
  RegieStoreJob *job;

  g_return_val_if_fail (REGIE_IS_LIST (self) && key != NULL, NULL);

  find = g_new0 (Find, 1);
  g_weak_ref_init (&find->list, self);
  find->kind = regie_query_get_kind (regie_list_get_query (self));
  find->key = g_strdup (key);
  job = regie_store_job_new (regie_list_get_store (self), find_row, find, find_free);
  job->finished_func = find_position;

  return regie_store_job_read_cache (job);
}

/* --- the keys at positions --- */

typedef struct
{
  const RegieKind *kind;
  GArray *rows;
} Keys;

static void
keys_free (gpointer data)
{
  Keys *self = data;

  g_array_unref (self->rows);
  g_free (self);
}

static gboolean
read_keys (sqlite3 *db, RegieStoreJob *job, GError **error)
{
  Keys *self = job->data;
  g_autofree char *sql = g_strdup_printf ("SELECT key FROM %s WHERE rowid = ?1", self->kind->table);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (db, sql, error);

  if (stmt == NULL)
    return FALSE;
  for (guint i = 0; i < self->rows->len; i++)
    {
      int step;

      sqlite3_bind_int64 (stmt, 1, g_array_index (self->rows, guint32, i));
      step = regie_db_step (stmt, error);
      if (step < 0)
        return FALSE;
      if (step == 1)
        g_strv_builder_add (builder, regie_db_column_text (stmt, 0));
      sqlite3_reset (stmt);
    }
  regie_store_job_take_boxed (job, G_TYPE_STRV, g_strv_builder_end (builder));

  return TRUE;
}

DexFuture *
regie_list_dup_keys (RegieList *self, const guint *positions, guint n_positions)
{
  Keys *keys;

  g_return_val_if_fail (REGIE_IS_LIST (self), NULL);

  keys = g_new0 (Keys, 1);
  keys->kind = regie_query_get_kind (regie_list_get_query (self));
  keys->rows = g_array_sized_new (FALSE, FALSE, sizeof (guint32), n_positions);
  for (guint i = 0; i < n_positions; i++)
    {
      guint32 row;

      if (regie_list_get_row (self, positions[i], &row))
        g_array_append_val (keys->rows, row);
    }

  return regie_store_job_read_cache (
      regie_store_job_new (regie_list_get_store (self), read_keys, keys, keys_free));
}
