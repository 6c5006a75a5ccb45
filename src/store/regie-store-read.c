/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-store-private.h"

#include "core/regie-json.h"
#include "core/regie-text.h"

#include "regie-query-private.h"

#include <string.h>

/* --- contents --- */

/* What a complete pull since then confirmed counts as fetched by it. */
char *
regie_store_content_sql (const RegieKind *kind, const char *tail)
{
  return g_strdup_printf ("SELECT t.rowid, t.key, t.connection, t.remote_id, t.etag, t.pending, "
                          "max(t.fetched_at, ifnull((SELECT at FROM pull WHERE pull.connection = "
                          "t.connection AND pull.kind = '%s'), 0)), "
                          "ifnull(d.shown, d.base) FROM %s AS t JOIN %s_doc AS d ON d.rowid = t.rowid %s",
                          kind->name, kind->table, kind->table, tail);
}

RegieContent *
regie_content_new_from_row (sqlite3_stmt *stmt)
{
  JsonObject *data = regie_store_json_read (regie_db_column_text (stmt, 7));
  RegieContent *self;

  if (data == NULL)
    return NULL;
  self = g_new0 (RegieContent, 1);
  self->rowid = sqlite3_column_int64 (stmt, 0);
  self->key = g_strdup (regie_db_column_text (stmt, 1));
  self->connection = g_strdup (regie_db_column_text (stmt, 2));
  self->remote_id = g_strdup (regie_db_column_text (stmt, 3));
  self->etag = g_strdup (regie_db_column_text (stmt, 4));
  self->pending = g_strdup (regie_db_column_text (stmt, 5));
  self->fetched_at = sqlite3_column_int64 (stmt, 6);
  self->data = data;

  return self;
}

void
regie_content_free (RegieContent *self)
{
  if (self == NULL)
    return;
  g_free (self->key);
  g_free (self->connection);
  g_free (self->remote_id);
  g_free (self->etag);
  g_free (self->pending);
  json_object_unref (self->data);
  g_free (self);
}

void
regie_content_apply (RegieContent *self, RegieRecord *record)
{
  RegieRecordContent content = { .key = self->key,
                                 .connection = self->connection,
                                 .remote_id = self->remote_id,
                                 .etag = self->etag,
                                 .pending = self->pending,
                                 .fetched_at = self->fetched_at,
                                 .data = self->data };

  regie_record_set_content (record, &content);
}

void
regie_store_bind_values (sqlite3_stmt *stmt, int first, GPtrArray *values)
{
  for (guint i = 0; i < values->len; i++)
    sqlite3_bind_text (stmt, first + i, g_ptr_array_index (values, i), -1, SQLITE_TRANSIENT);
}

static RegieRecord *
record_new_from_row (const RegieKind *kind, sqlite3_stmt *stmt)
{
  RegieContent *content = regie_content_new_from_row (stmt);
  RegieRecord *record = content != NULL ? regie_record_new (kind) : NULL;

  if (record != NULL)
    regie_content_apply (content, record);
  regie_content_free (content);

  return record;
}

/* --- by remote id --- */

typedef struct
{
  const RegieKind *kind;
  char *connection, *remote_id;
} FindKey;

static void
find_key_free (gpointer data)
{
  FindKey *self = data;

  g_free (self->connection);
  g_free (self->remote_id);
  g_free (self);
}

static gboolean
find_key (sqlite3 *db, RegieStoreJob *job, GError **error)
{
  FindKey *self = job->data;
  g_auto (RegieRow) row = { 0 };

  if (!regie_row_find_remote (db, self->kind, self->connection, self->remote_id, &row, error))
    return FALSE;
  if (row.rowid == 0 || row.buried)
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_NOT_FOUND, "There is no %s %s", self->kind->name,
                   self->remote_id);
      return FALSE;
    }
  regie_store_job_take_string (job, g_steal_pointer (&row.key));

  return TRUE;
}

DexFuture *
regie_store_find_key (RegieStore *self, const char *connection, const RegieKind *kind, const char *remote_id)
{
  FindKey *find;

  g_return_val_if_fail (REGIE_IS_STORE (self) && connection != NULL && kind != NULL && remote_id != NULL,
                        NULL);

  find = g_new0 (FindKey, 1);
  find->kind = kind;
  find->connection = g_strdup (connection);
  find->remote_id = g_strdup (remote_id);

  return regie_store_job_read_cache (regie_store_job_new (self, find_key, find, find_key_free));
}

/* --- by query --- */

typedef struct
{
  RegieQuery *query;
  char *words;
  guint limit;
} Ask;

static void
ask_free (gpointer data)
{
  Ask *self = data;

  g_clear_pointer (&self->query, regie_query_free);
  g_free (self->words);
  g_free (self);
}

static Ask *
ask_new (const RegieQuery *query, guint limit)
{
  Ask *self = g_new0 (Ask, 1);

  self->query = query != NULL ? regie_query_copy (query) : NULL;
  self->limit = limit;

  return self;
}

static gboolean
count (sqlite3 *db, RegieStoreJob *job, GError **error)
{
  Ask *self = job->data;
  g_autoptr (GPtrArray) values = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *inner = NULL;
  g_autofree char *sql = NULL;
  g_autoptr (sqlite3_stmt) stmt = NULL;
  int step;

  regie_query_sort (self->query, NULL, FALSE);
  inner = regie_query_build_sql (self->query, values);
  sql = g_strdup_printf ("SELECT count(*) FROM (%s)", inner);
  stmt = regie_db_prepare (db, sql, error);
  if (stmt == NULL)
    return FALSE;
  regie_store_bind_values (stmt, 1, values);
  step = regie_db_step (stmt, error);
  if (step == 1)
    regie_store_job_set_int64 (job, sqlite3_column_int64 (stmt, 0));

  return step == 1;
}

DexFuture *
regie_store_count (RegieStore *self, const RegieQuery *query)
{
  g_return_val_if_fail (REGIE_IS_STORE (self) && query != NULL, NULL);

  return regie_store_job_read_cache (regie_store_job_new (self, count, ask_new (query, 0), ask_free));
}

static gboolean
fetch_into (sqlite3 *db, const RegieQuery *query, guint limit, GPtrArray *records, GError **error)
{
  g_autoptr (GPtrArray) values = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *ids_sql = regie_query_build_sql (query, values);
  g_autofree char *row_sql = regie_store_content_sql (query->kind, "WHERE t.rowid = ?1");
  g_autoptr (sqlite3_stmt) ids = regie_db_prepare (db, ids_sql, error);
  g_autoptr (sqlite3_stmt) row = regie_db_prepare (db, row_sql, error);
  guint left = limit;
  int step = 0;

  if (ids == NULL || row == NULL)
    return FALSE;
  regie_store_bind_values (ids, 1, values);
  while (left-- > 0 && (step = regie_db_step (ids, error)) == 1)
    {
      RegieRecord *record;

      sqlite3_bind_int64 (row, 1, sqlite3_column_int64 (ids, 0));
      step = regie_db_step (row, error);
      record = step == 1 ? record_new_from_row (query->kind, row) : NULL;
      if (record != NULL)
        g_ptr_array_add (records, record);
      sqlite3_reset (row);
      if (step < 0)
        break;
    }

  return step >= 0;
}

static gboolean
fetch (sqlite3 *db, RegieStoreJob *job, GError **error)
{
  Ask *self = job->data;
  GPtrArray *records = g_ptr_array_new_with_free_func (g_object_unref);

  regie_store_job_take_boxed (job, G_TYPE_PTR_ARRAY, records);

  return fetch_into (db, self->query, self->limit, records, error);
}

DexFuture *
regie_store_fetch (RegieStore *self, const RegieQuery *query, guint limit)
{
  g_return_val_if_fail (REGIE_IS_STORE (self) && query != NULL, NULL);

  return regie_store_job_read_cache (regie_store_job_new (self, fetch, ask_new (query, limit), ask_free));
}

/* --- over all kinds --- */

/* The journal speaks of everything; it has its own page. */
static gboolean
is_searched (const RegieKind *kind)
{
  if (g_str_equal (kind->name, "audit"))
    return FALSE;
  for (guint i = 0; i < kind->n_fields; i++)
    if (kind->fields[i].flags & REGIE_FIELD_SEARCHED)
      return TRUE;

  return FALSE;
}

/* The name itself, the name's beginning, a word of the name, then the rest. */
static guint
rank (RegieRecord *record, const char *folded)
{
  g_autofree char *title = regie_text_fold (regie_record_get_title (record));
  const char *found = strstr (title, folded);

  if (found == NULL)
    return 3;
  if (found == title)
    return title[strlen (folded)] == '\0' ? 0 : 1;

  return found[-1] == ' ' ? 2 : 3;
}

typedef struct
{
  RegieRecord *record;
  guint rank, order;
} Hit;

static int
compare_hits (gconstpointer a, gconstpointer b)
{
  const Hit *x = a, *y = b;

  return x->rank != y->rank ? (x->rank < y->rank ? -1 : 1) : (x->order < y->order ? -1 : x->order > y->order);
}

static void
keep_best (GPtrArray *records, const char *words, guint limit)
{
  g_autofree char *trimmed = g_strstrip (g_strdup (words));
  g_autofree char *folded = regie_text_fold (trimmed);
  g_autofree Hit *hits = g_new (Hit, records->len + 1);

  for (guint i = 0; i < records->len; i++)
    {
      hits[i].record = g_ptr_array_index (records, i);
      hits[i].rank = rank (hits[i].record, folded);
      hits[i].order = i;
    }
  qsort (hits, records->len, sizeof *hits, compare_hits);
  for (guint i = 0; i < records->len; i++)
    records->pdata[i] = hits[i].record;
  if (records->len > limit)
    g_ptr_array_set_size (records, limit);
}

static gboolean
search (sqlite3 *db, RegieStoreJob *job, GError **error)
{
  Ask *self = job->data;
  GPtrArray *records = g_ptr_array_new_with_free_func (g_object_unref);
  g_autofree char *match = regie_query_build_match (self->words);
  guint n;
  const RegieKind *const *kinds = regie_kinds_list (&n);

  regie_store_job_take_boxed (job, G_TYPE_PTR_ARRAY, records);
  for (guint i = 0; match != NULL && i < n; i++)
    {
      g_autoptr (RegieQuery) query = NULL;

      if (!is_searched (kinds[i]))
        continue;
      query = regie_query_new (kinds[i]);
      regie_query_search (query, self->words);
      if (!fetch_into (db, query, MAX (self->limit, 20), records, error))
        return FALSE;
    }
  keep_best (records, self->words, self->limit);

  return TRUE;
}

DexFuture *
regie_store_search (RegieStore *self, const char *words, guint limit)
{
  Ask *ask;

  g_return_val_if_fail (REGIE_IS_STORE (self) && words != NULL, NULL);

  ask = ask_new (NULL, limit);
  ask->words = g_strdup (words);

  return regie_store_job_read_cache (regie_store_job_new (self, search, ask, ask_free));
}
