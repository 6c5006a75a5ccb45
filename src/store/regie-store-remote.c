/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-store-private.h"

#include "core/regie-id.h"
#include "core/regie-json.h"
#include "core/regie-time.h"

#include <string.h>

/* A list that was asked for before an event came may arrive after it: for this long what is older than what
 * is known is taken for late. Later it is the truth: a backup may have been restored there. */
#define LATE_US (10 * G_USEC_PER_SEC)

/* When a pull brings so many new rows into a table that had nearly none, the indexes are made at its end. */
#define FEW_ROWS  1000
#define MANY_ROWS 5000

/* A full pull under way: which rows were seen. */
typedef struct
{
  gint64 begun_at;
  GByteArray *bits;  /* a bit for each rowid */
  gboolean is_first; /* the table had nearly nothing */
  gboolean without_indexes;
  guint n_new;
} Pull;

typedef struct
{
  char *connection;
  const RegieKind *kind;
  char *remote_id;
  JsonArray *records;
  gint64 n_changed;
} Remote;

static void
pull_free (gpointer data)
{
  Pull *self = data;

  g_byte_array_unref (self->bits);
  g_free (self);
}

static void
pull_mark (Pull *self, gint64 rowid)
{
  guint byte = rowid / 8;

  if (byte >= self->bits->len)
    {
      guint old = self->bits->len;

      g_byte_array_set_size (self->bits, MAX (byte + 1, old * 2));
      memset (self->bits->data + old, 0, self->bits->len - old);
    }
  self->bits->data[byte] |= 1 << (rowid % 8);
}

static gboolean
pull_has (Pull *self, gint64 rowid)
{
  return (guint) (rowid / 8) < self->bits->len && (self->bits->data[rowid / 8] & (1 << (rowid % 8)));
}

static char *
pull_name (const char *connection, const RegieKind *kind)
{
  return g_strconcat (kind->name, " ", connection, NULL);
}

static Pull *
find_pull (RegieStore *store, const char *connection, const RegieKind *kind)
{
  g_autofree char *name = pull_name (connection, kind);

  return store->pulls != NULL ? g_hash_table_lookup (store->pulls, name) : NULL;
}

static void
remote_free (gpointer data)
{
  Remote *self = data;

  g_free (self->connection);
  g_free (self->remote_id);
  g_clear_pointer (&self->records, json_array_unref);
  g_free (self);
}

static Remote *
remote_new (const char *connection, const RegieKind *kind)
{
  Remote *self = g_new0 (Remote, 1);

  self->connection = g_strdup (connection);
  self->kind = kind;

  return self;
}

/* --- records --- */

static char *
get_remote_id (JsonObject *record)
{
  const char *text = regie_json_get_text (record, "id", NULL);
  gint64 number;

  if (text != NULL)
    return *text != '\0' ? g_strdup (text) : NULL;
  number = regie_json_get_int (record, "id", -1);

  return number >= 0 ? g_strdup_printf ("%" G_GINT64_FORMAT, number) : NULL;
}

static char *
get_etag (JsonObject *record)
{
  const char *text = regie_json_get_text (record, "rev", NULL);
  gint64 rev = regie_json_get_int (record, "rev", -1);

  if (text != NULL)
    return g_strdup (text);

  return rev >= 0 ? g_strdup_printf ("%" G_GINT64_FORMAT, rev) : NULL;
}

static gboolean
is_late (RegieRow *row, JsonObject *record, Pull *pull, gint64 now)
{
  g_autoptr (JsonObject) known = NULL;
  gint64 rev = regie_json_get_int (record, "rev", 0);

  if (rev == 0 || row->base == NULL)
    return FALSE;
  if (pull != NULL ? row->fetched_at < pull->begun_at : row->fetched_at < now - LATE_US)
    return FALSE;
  known = regie_store_json_read (row->base);

  return known != NULL && regie_json_get_int (known, "rev", 0) > rev;
}

/* A record that is not known may be what a create made whose answer never came, or is still on its way. */
static gboolean
match_create (sqlite3 *db,
              RegieStoreJob *job,
              Remote *self,
              JsonObject *record,
              RegieRow *row,
              GError **error)
{
  g_autoptr (GPtrArray) creates = regie_intent_select (
      db, error, "WHERE connection = ?1 AND kind = ?2 AND op = 'create' AND state IN ('unknown', 'sending')",
      "ss", self->connection, self->kind->name);
  RegieIntent *found = NULL;

  if (creates == NULL)
    return FALSE;
  for (guint i = 0; i < creates->len; i++)
    {
      RegieIntent *create = g_ptr_array_index (creates, i);
      g_auto (RegieRow) own = { 0 };

      if (!regie_store_create_matches (create, record))
        continue;
      if (!regie_row_find (db, self->kind, create->key, &own, error))
        return FALSE;
      if (own.base != NULL)
        continue;
      if (found != NULL && create->state == REGIE_INTENT_UNKNOWN && found->state == REGIE_INTENT_UNKNOWN)
        return TRUE; /* Either could be it: that is for the user to say. */
      if (found == NULL || create->state == REGIE_INTENT_SENDING)
        found = create;
    }
  if (found == NULL)
    return TRUE;
  if (found->state == REGIE_INTENT_UNKNOWN)
    {
      if (job->found == NULL)
        job->found = g_ptr_array_new_with_free_func (g_free);
      g_ptr_array_add (job->found, g_strdup (found->id));
      g_ptr_array_add (job->found, get_remote_id (record));
    }

  return regie_row_find (db, self->kind, found->key, row, error);
}

static gboolean
put_record (sqlite3 *db,
            RegieStoreJob *job,
            Remote *self,
            JsonObject *record,
            Pull *pull,
            gint64 now,
            GError **error)
{
  g_autofree char *remote_id = get_remote_id (record);
  g_autofree char *text = NULL;
  g_auto (RegieRow) row = { 0 };
  gboolean is_new;

  if (remote_id == NULL)
    return TRUE;
  if (!regie_row_find_remote (db, self->kind, self->connection, remote_id, &row, error))
    return FALSE;
  if (row.rowid == 0 && !job->no_intents && !match_create (db, job, self, record, &row, error))
    return FALSE;
  if (pull != NULL && row.rowid != 0)
    pull_mark (pull, row.rowid);
  if (is_late (&row, record, pull, now))
    return TRUE;
  is_new = row.rowid == 0;
  text = regie_store_json_write (record);
  if (row.base != NULL && g_str_equal (row.base, text))
    return TRUE;

  if (row.key == NULL)
    row.key = regie_store_linked_key (job->store, self->connection, self->kind, remote_id);
  if (row.connection == NULL)
    row.connection = g_strdup (self->connection);
  g_free (row.remote_id);
  row.remote_id = g_steal_pointer (&remote_id);
  g_free (row.etag);
  row.etag = get_etag (record);
  row.fetched_at = now;
  g_free (row.base);
  row.base = g_steal_pointer (&text);
  if (!regie_row_derive (db, job, self->kind, &row, record, error))
    return FALSE;
  if (pull != NULL)
    pull_mark (pull, row.rowid);
  if (pull != NULL && is_new)
    pull->n_new++;
  self->n_changed++;

  return TRUE;
}

static gboolean
do_without_indexes (sqlite3 *db, RegieStoreJob *job, const RegieKind *kind, Pull *pull, GError **error)
{
  if (pull == NULL || !pull->is_first || pull->n_new < MANY_ROWS)
    return TRUE;
  job->without_indexes = TRUE;
  if (pull->without_indexes)
    return TRUE;
  pull->without_indexes = TRUE;

  return regie_store_drop_indexes (db, kind, error);
}

static gboolean
put_records (sqlite3 *db, RegieStoreJob *job, GError **error)
{
  Remote *self = job->data;
  Pull *pull = find_pull (job->store, self->connection, self->kind);
  gint64 now = regie_time_now ();

  job->no_intents = regie_db_get_int64 (db, 0, "SELECT 1 FROM intent LIMIT 1", NULL) == 0;
  for (guint i = 0; i < json_array_get_length (self->records); i++)
    {
      JsonNode *node = json_array_get_element (self->records, i);

      if (JSON_NODE_HOLDS_OBJECT (node) &&
          !put_record (db, job, self, json_node_get_object (node), pull, now, error))
        return FALSE;
    }
  if (!do_without_indexes (db, job, self->kind, pull, error))
    return FALSE;
  regie_store_job_set_int64 (job, self->n_changed);
  /* Here, since it takes its time, which the main thread has not. */
  g_clear_pointer (&self->records, json_array_unref);

  return TRUE;
}

DexFuture *
regie_store_put_remote (RegieStore *self, const char *connection, const RegieKind *kind, JsonArray *records)
{
  Remote *remote;

  g_return_val_if_fail (REGIE_IS_STORE (self) && connection != NULL && kind != NULL && records != NULL, NULL);

  remote = remote_new (connection, kind);
  remote->records = json_array_ref (records);

  return regie_store_job_write_cache (regie_store_job_new (self, put_records, remote, remote_free));
}

static gboolean
remove_record (sqlite3 *db, RegieStoreJob *job, GError **error)
{
  Remote *self = job->data;
  g_auto (RegieRow) row = { 0 };

  if (!regie_row_find_remote (db, self->kind, self->connection, self->remote_id, &row, error))
    return FALSE;

  return regie_row_remove (db, job, self->kind, &row, error);
}

DexFuture *
regie_store_remove_remote (RegieStore *self,
                           const char *connection,
                           const RegieKind *kind,
                           const char *remote_id)
{
  Remote *remote;

  g_return_val_if_fail (REGIE_IS_STORE (self) && connection != NULL && kind != NULL && remote_id != NULL,
                        NULL);

  remote = remote_new (connection, kind);
  remote->remote_id = g_strdup (remote_id);

  return regie_store_job_write_cache (regie_store_job_new (self, remove_record, remote, remote_free));
}

/* --- full pulls --- */

static gboolean
begin_pull (sqlite3 *db, RegieStoreJob *job, GError **error)
{
  Remote *self = job->data;
  g_autofree char *sql =
      g_strdup_printf ("SELECT count(*) FROM (SELECT 1 FROM %s LIMIT ?1)", self->kind->table);
  Pull *pull = g_new0 (Pull, 1);

  pull->begun_at = regie_time_now ();
  pull->bits = g_byte_array_new ();
  pull->is_first = regie_db_get_int64 (db, 0, sql, "i", (gint64) FEW_ROWS) < FEW_ROWS;
  if (job->store->pulls == NULL)
    job->store->pulls = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, pull_free);
  g_hash_table_replace (job->store->pulls, pull_name (self->connection, self->kind), pull);

  return TRUE;
}

DexFuture *
regie_store_begin_pull (RegieStore *self, const char *connection, const RegieKind *kind)
{
  g_return_val_if_fail (REGIE_IS_STORE (self) && connection != NULL && kind != NULL, NULL);

  return regie_store_job_write_cache (
      regie_store_job_new (self, begin_pull, remote_new (connection, kind), remote_free));
}

/* Keys of the rows that the backend has no more. What came by an event since the beginning stays. */
static GPtrArray *
list_gone (sqlite3 *db, Remote *self, Pull *pull, GError **error)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *sql = g_strdup_printf (
      "SELECT rowid, key, fetched_at FROM %s WHERE connection = ?1 AND remote_id IS NOT NULL "
      "UNION ALL SELECT row, key, fetched_at FROM buried WHERE connection = ?1 AND kind = '%s' "
      "AND remote_id IS NOT NULL",
      self->kind->table, self->kind->name);
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (db, sql, error);
  int step;

  if (stmt == NULL)
    return NULL;
  regie_db_bind (stmt, "s", self->connection);
  while ((step = regie_db_step (stmt, error)) == 1)
    if (!pull_has (pull, sqlite3_column_int64 (stmt, 0)) && sqlite3_column_int64 (stmt, 2) < pull->begun_at)
      g_ptr_array_add (keys, g_strdup (regie_db_column_text (stmt, 1)));

  return step == 0 ? g_steal_pointer (&keys) : NULL;
}

static gboolean
end_pull (sqlite3 *db, RegieStoreJob *job, GError **error)
{
  Remote *self = job->data;
  Pull *pull = find_pull (job->store, self->connection, self->kind);
  g_autofree char *name = pull_name (self->connection, self->kind);
  g_autoptr (GPtrArray) gone = NULL;

  if (pull == NULL)
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_STATE, "No pull of %s was begun", self->kind->name);
      return FALSE;
    }
  gone = list_gone (db, self, pull, error);
  if (gone == NULL)
    return FALSE;
  for (guint i = 0; i < gone->len; i++)
    {
      g_auto (RegieRow) row = { 0 };

      if (!regie_row_find (db, self->kind, g_ptr_array_index (gone, i), &row, error) ||
          !regie_row_remove (db, job, self->kind, &row, error))
        return FALSE;
    }
  if (!regie_db_run (db, error, "INSERT OR REPLACE INTO pull (connection, kind, at) VALUES (?1, ?2, ?3)",
                     "ssi", self->connection, self->kind->name, pull->begun_at))
    return FALSE;
  job->build_indexes = pull->without_indexes;
  g_hash_table_remove (job->store->pulls, name);

  return TRUE;
}

DexFuture *
regie_store_end_pull (RegieStore *self, const char *connection, const RegieKind *kind)
{
  g_return_val_if_fail (REGIE_IS_STORE (self) && connection != NULL && kind != NULL, NULL);

  return regie_store_job_write_cache (
      regie_store_job_new (self, end_pull, remote_new (connection, kind), remote_free));
}

/* --- forgetting --- */

static gboolean
forget_kind (sqlite3 *db, RegieStoreJob *job, const RegieKind *kind, const char *connection, GError **error)
{
  /* The dashboard's own journal has no id at a backend. */
  const char *own = g_str_equal (kind->name, "audit") ? " AND remote_id IS NOT NULL" : "";
  g_autofree char *sql = g_strdup_printf ("SELECT key FROM %s WHERE connection = ?1%s", kind->table, own);
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (db, sql, error);
  int step;

  if (stmt == NULL)
    return FALSE;
  regie_db_bind (stmt, "s", connection);
  while ((step = regie_db_step (stmt, error)) == 1)
    g_ptr_array_add (keys, g_strdup (regie_db_column_text (stmt, 0)));
  for (guint i = 0; step == 0 && i < keys->len; i++)
    {
      g_auto (RegieRow) row = { 0 };

      if (!regie_row_find (db, kind, g_ptr_array_index (keys, i), &row, error) ||
          !regie_row_remove (db, job, kind, &row, error))
        return FALSE;
    }

  return step == 0;
}

gboolean
regie_store_forget_rows (sqlite3 *db, RegieStoreJob *job, const char *connection, GError **error)
{
  guint n;
  const RegieKind *const *kinds = regie_kinds_list (&n);

  for (guint i = 0; i < n; i++)
    if (!forget_kind (db, job, kinds[i], connection, error))
      return FALSE;

  return regie_db_run (db, error, "DELETE FROM intent WHERE connection = ?1", "s", connection) &&
         regie_db_run (db, error, "DELETE FROM buried WHERE connection = ?1", "s", connection) &&
         regie_db_run (db, error, "DELETE FROM pull WHERE connection = ?1", "s", connection);
}
