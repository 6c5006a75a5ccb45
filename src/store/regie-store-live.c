/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-store-private.h"

/* Records filled in one go. */
#define SLICE_RECORDS 20

/* Live records: at most one object for a row in all lists, and one for a key that a page asked for. The
 * tables do not own them; a record takes itself out when it is finalized. */

typedef struct
{
  GHashTable *table;
  gpointer key;
} Place;

static void
on_gone (gpointer data, GObject *record)
{
  Place *place = data;

  g_hash_table_remove (place->table, place->key);
  g_hash_table_unref (place->table);
  g_free (place);
}

static void
enter (GHashTable *table, gpointer key, RegieRecord *record)
{
  Place *place = g_new0 (Place, 1);

  place->table = g_hash_table_ref (table);
  place->key = key;
  g_hash_table_insert (table, key, record);
  g_object_weak_ref (G_OBJECT (record), on_gone, place);
}

static GHashTable *
get_table (RegieStore *self, const RegieKind *kind)
{
  GHashTable *table = g_hash_table_lookup (self->live_rows, kind);

  if (table == NULL)
    {
      table = g_hash_table_new (g_direct_hash, g_direct_equal);
      g_hash_table_insert (self->live_rows, (gpointer) kind, table);
    }

  return table;
}

RegieRecord *
regie_store_live_peek (RegieStore *self, const RegieKind *kind, guint32 rowid)
{
  return g_hash_table_lookup (get_table (self, kind), GUINT_TO_POINTER (rowid));
}

RegieRecord *
regie_store_live_get (RegieStore *self, const RegieKind *kind, guint32 rowid)
{
  GHashTable *table = get_table (self, kind);
  RegieRecord *record = g_hash_table_lookup (table, GUINT_TO_POINTER (rowid));

  if (record != NULL)
    return g_object_ref (record);
  record = regie_record_new (kind);
  enter (table, GUINT_TO_POINTER (rowid), record);

  return record;
}

/* --- reading --- */

typedef struct
{
  const RegieKind *kind;
  GArray *rowids;  /* guint32 */
  GPtrArray *keys; /* or NULL */
  GPtrArray *contents;
  guint next; /* of CONTENTS, to be handed out */
} Load;

static void
load_free (gpointer data)
{
  Load *self = data;

  g_array_unref (self->rowids);
  g_clear_pointer (&self->keys, g_ptr_array_unref);
  g_ptr_array_unref (self->contents);
  g_free (self);
}

static Load *
load_new (const RegieKind *kind)
{
  Load *self = g_new0 (Load, 1);

  self->kind = kind;
  self->rowids = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->contents = g_ptr_array_new_with_free_func ((GDestroyNotify) regie_content_free);

  return self;
}

static gboolean
read_one (Load *self, sqlite3_stmt *stmt, GError **error)
{
  int step = regie_db_step (stmt, error);
  RegieContent *content = step == 1 ? regie_content_new_from_row (stmt) : NULL;

  if (content != NULL)
    g_ptr_array_add (self->contents, content);
  sqlite3_reset (stmt);

  return step >= 0;
}

static gboolean
read_rows (sqlite3 *db, Load *self, GError **error)
{
  g_autofree char *sql = regie_store_content_sql (self->kind, "WHERE t.rowid = ?1");
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (db, sql, error);

  if (stmt == NULL)
    return FALSE;
  for (guint i = 0; i < self->rowids->len; i++)
    {
      sqlite3_bind_int64 (stmt, 1, g_array_index (self->rowids, guint32, i));
      if (!read_one (self, stmt, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
read_keys (sqlite3 *db, Load *self, GError **error)
{
  g_autofree char *sql = regie_store_content_sql (self->kind, "WHERE t.key = ?1");
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (db, sql, error);

  if (stmt == NULL)
    return FALSE;
  for (guint i = 0; i < self->keys->len; i++)
    {
      sqlite3_bind_text (stmt, 1, g_ptr_array_index (self->keys, i), -1, SQLITE_STATIC);
      if (!read_one (self, stmt, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
read_load (sqlite3 *db, RegieStoreJob *job, GError **error)
{
  Load *self = job->data;

  if (self->rowids->len > 0 && !read_rows (db, self, error))
    return FALSE;

  return self->keys == NULL || read_keys (db, self, error);
}

/* Main thread, when the read is done: a few at a time, since each filled record may redraw a row. */
static gboolean
hand_out (RegieStoreJob *job)
{
  RegieStore *store = job->store;
  Load *self = job->data;
  GHashTable *table = get_table (store, self->kind);

  for (guint i = 0; i < SLICE_RECORDS && self->next < self->contents->len; i++)
    {
      RegieContent *content = g_ptr_array_index (self->contents, self->next++);
      RegieRecord *row = g_hash_table_lookup (table, GUINT_TO_POINTER ((guint32) content->rowid));
      RegieRecord *named = g_hash_table_lookup (store->live_keys, content->key);

      if (row != NULL)
        regie_content_apply (content, row);
      if (named != NULL)
        regie_content_apply (content, named);
    }

  return self->next < self->contents->len;
}

DexFuture *
regie_store_live_load (RegieStore *self, const RegieKind *kind, const guint32 *rowids, guint n)
{
  Load *load = load_new (kind);
  RegieStoreJob *job = regie_store_job_new (self, read_load, load, load_free);

  g_array_append_vals (load->rowids, rowids, n);
  job->finished_func = hand_out;

  return regie_store_job_read_cache (job);
}

void
regie_store_live_refresh (RegieStore *self, RegieChangedRows *changed)
{
  GHashTable *table = get_table (self, changed->kind);
  g_autoptr (GArray) rowids = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint i = 0; i < changed->rowids->len; i++)
    {
      guint32 rowid = g_array_index (changed->rowids, guint32, i);

      if (g_hash_table_contains (table, GUINT_TO_POINTER (rowid)) ||
          g_hash_table_contains (self->live_keys, g_ptr_array_index (changed->keys, i)))
        g_array_append_val (rowids, rowid);
    }
  if (rowids->len > 0)
    dex_future_disown (
        regie_store_live_load (self, changed->kind, (const guint32 *) (gpointer) rowids->data, rowids->len));
}

/* --- by key --- */

typedef struct
{
  GHashTable *table;
  char *key;
} Named;

static void
on_named_gone (gpointer data, GObject *record)
{
  Named *named = data;

  g_hash_table_remove (named->table, named->key);
  g_hash_table_unref (named->table);
  g_free (named->key);
  g_free (named);
}

RegieRecord *
regie_store_get (RegieStore *self, const RegieKind *kind, const char *key)
{
  RegieRecord *record;
  Named *named;
  Load *load;
  RegieStoreJob *job;

  g_return_val_if_fail (REGIE_IS_STORE (self) && kind != NULL && key != NULL, NULL);

  record = g_hash_table_lookup (self->live_keys, key);
  if (record != NULL)
    return g_object_ref (record);

  record = regie_record_new (kind);
  named = g_new0 (Named, 1);
  named->table = g_hash_table_ref (self->live_keys);
  named->key = g_strdup (key);
  g_hash_table_insert (self->live_keys, named->key, record);
  g_object_weak_ref (G_OBJECT (record), on_named_gone, named);

  load = load_new (kind);
  load->keys = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (load->keys, g_strdup (key));
  job = regie_store_job_new (self, read_load, load, load_free);
  job->finished_func = hand_out;
  dex_future_disown (regie_store_job_read_cache (job));

  return record;
}
