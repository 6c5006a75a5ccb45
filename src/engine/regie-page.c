/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-engine-store-private.h"

#include "core/regie-error.h"
#include "core/regie-json.h"
#include "core/regie-limits.h"

/* A page of a list: the first rows of each workspace after the cursor, merged. The cursor is the sort and the
 * key of the last row, so that rows written meanwhile neither shift nor repeat what follows. */

typedef struct
{
  RegieBound *key;
  char *id;
  JsonObject *record;
} Row;

typedef struct
{
  RegieEngineStore *store;
  const RegieKind *kind;
  char *workspace;
  RegieWhere *where;
  const RegieField *sort;
  gboolean descending;
  RegieBound *after; /* key and id of the cursor, or NULL */
  char *after_id;
  guint limit;
  const char *current; /* the workspace that is read */
  GPtrArray *rows;
  gint64 total;
} Page;

static void
row_free (Row *self)
{
  regie_bound_free (self->key);
  g_clear_pointer (&self->record, json_object_unref);
  g_free (self->id);
  g_free (self);
}

static void
page_free (gpointer data)
{
  Page *self = data;

  g_clear_object (&self->store);
  g_clear_pointer (&self->where, regie_where_free);
  g_clear_pointer (&self->after, regie_bound_free);
  g_clear_pointer (&self->rows, g_ptr_array_unref);
  g_free (self->after_id);
  g_free (self->workspace);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Page, page_free)

/* --- the cursor --- */

static char *
write_cursor (Page *self, const Row *last)
{
  g_autoptr (JsonObject) cursor = regie_json_object_new ("s", 's', self->sort->name, "d", 'b',
                                                         self->descending, "i", 's', last->id, NULL);
  g_autofree char *text = NULL;
  char *encoded;

  json_object_set_int_member (cursor, "t", self->total);
  if (last->key->type == REGIE_BOUND_INT)
    json_object_set_int_member (cursor, "k", last->key->integer);
  else if (last->key->type == REGIE_BOUND_NUMBER)
    json_object_set_double_member (cursor, "k", last->key->number);
  else
    json_object_set_string_member (cursor, "k", last->key->text);
  text = regie_json_object_to_string (cursor);
  encoded = g_base64_encode ((const guchar *) text, strlen (text));
  g_strdelimit (encoded, "+", '-');
  g_strdelimit (encoded, "/", '_');
  g_strdelimit (encoded, "=", '.');

  return encoded;
}

static gboolean
read_cursor (Page *self, const char *cursor, GError **error)
{
  g_autofree char *encoded = g_strdup (cursor);
  g_autofree char *text = NULL;
  g_autoptr (JsonObject) object = NULL;
  gsize length = 0;

  g_strdelimit (encoded, "-", '+');
  g_strdelimit (encoded, "_", '/');
  g_strdelimit (encoded, ".", '=');
  text = (char *) g_base64_decode (encoded, &length);
  object = regie_json_parse_object (text, length, NULL);
  if (object == NULL || g_strcmp0 (regie_json_get_text (object, "s", NULL), self->sort->name) != 0 ||
      regie_json_get_bool (object, "d", FALSE) != self->descending || !json_object_has_member (object, "k") ||
      regie_json_get_int (object, "t", -1) < 0)
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID,
                   "/cursor: it does not belong to this list; it goes with the sort that it was given for");
      return FALSE;
    }
  self->after = g_new0 (RegieBound, 1);
  self->after->type = regie_field_bound_type (self->sort);
  self->after->integer = regie_json_get_int (object, "k", 0);
  self->after->number = regie_json_get_number (object, "k", 0);
  self->after->text = g_strdup (regie_json_get_text (object, "k", ""));
  self->after_id = g_strdup (regie_json_get_text (object, "i", ""));
  self->total = regie_json_get_int (object, "t", 0);

  return TRUE;
}

/* --- one workspace --- */

static char *
table_of (Page *self)
{
  if (g_str_equal (self->kind->name, "metric"))
    return g_strdup_printf (REGIE_MINUTE_TABLE, self->current);

  return g_strdup_printf ("\"%s\"", self->kind->table);
}

static gboolean
is_minutes (Page *self)
{
  return g_str_equal (self->kind->name, "metric");
}

static int
bind_where (Page *self, sqlite3_stmt *stmt)
{
  for (guint i = 0; i < self->where->values->len; i++)
    regie_bound_bind (g_ptr_array_index (self->where->values, i), stmt, i + 1);

  return self->where->values->len + 1;
}

static gboolean
count_rows (Page *self, sqlite3 *db, GError **error)
{
  g_autofree char *table = table_of (self);
  g_autofree char *sql =
      g_strdup_printf ("SELECT count (*) FROM %s AS t WHERE %s%s", table,
                       is_minutes (self) ? "1" : "t.deleted_at IS NULL", self->where->sql->str);
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (db, sql, error);

  if (stmt == NULL)
    return FALSE;
  bind_where (self, stmt);
  if (regie_db_step (stmt, error) != 1)
    return FALSE;
  self->total += sqlite3_column_int64 (stmt, 0);

  return TRUE;
}

static char *
rows_sql (Page *self)
{
  g_autofree char *table = table_of (self);
  g_autofree char *key = regie_field_sort_expression (self->kind, self->sort);
  const char *direction = self->descending ? "DESC" : "ASC";
  g_autoptr (GString) sql = g_string_new (NULL);

  g_string_append_printf (sql, "SELECT t.id, %s, %s FROM %s AS t WHERE %s%s", key,
                          is_minutes (self) ? REGIE_MINUTE_COLUMNS : "t.data", table,
                          is_minutes (self) ? "1" : "t.deleted_at IS NULL", self->where->sql->str);
  if (self->after != NULL)
    g_string_append_printf (sql, " AND (%s, t.id) %s (?, ?)", key, self->descending ? "<" : ">");
  g_string_append_printf (sql, " ORDER BY %s %s, t.id %s LIMIT ?", key, direction, direction);

  return g_string_free (g_steal_pointer (&sql), FALSE);
}

static void
add_row (Page *self, sqlite3 *db, sqlite3_stmt *stmt)
{
  Row *row = g_new0 (Row, 1);

  row->id = g_strdup (regie_db_column_text (stmt, 0));
  row->key = regie_bound_column (stmt, 1, regie_field_bound_type (self->sort));
  row->record = is_minutes (self) ? regie_minute_to_record (stmt, 2)
                                  : regie_record_parse (regie_db_column_text (stmt, 2));
  regie_engine_store_decorate (self->store, db, self->kind, row->record);
  g_ptr_array_add (self->rows, row);
}

static gboolean
read_rows (Page *self, sqlite3 *db, GError **error)
{
  g_autofree char *sql = rows_sql (self);
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (db, sql, error);
  int i, step;

  if (stmt == NULL)
    return FALSE;
  i = bind_where (self, stmt);
  if (self->after != NULL)
    {
      regie_bound_bind (self->after, stmt, i++);
      sqlite3_bind_text (stmt, i++, self->after_id, -1, SQLITE_TRANSIENT);
    }
  sqlite3_bind_int64 (stmt, i, (gint64) self->limit + 1);
  while ((step = regie_db_step (stmt, error)) == 1)
    add_row (self, db, stmt);

  return step == 0;
}

static gboolean
read_workspace (sqlite3 *db, gpointer data, GError **error)
{
  Page *self = data;
  gboolean uses_day = self->where->uses_day || (self->sort->flags & REGIE_FIELD_TRANSIENT);
  gboolean ok;

  if (uses_day && !regie_day_begin (db, error))
    return FALSE;
  ok = (self->after != NULL || count_rows (self, db, error)) && read_rows (self, db, error);
  if (uses_day)
    regie_day_end (db);

  return ok;
}

/* --- all of them --- */

static int
compare_rows (gconstpointer a, gconstpointer b, gpointer data)
{
  const Row *one = *(Row *const *) a;
  const Row *other = *(Row *const *) b;
  int order = regie_bound_compare (one->key, other->key);

  if (order == 0)
    order = g_strcmp0 (one->id, other->id);

  return ((Page *) data)->descending ? -order : order;
}

static JsonObject *
build_answer (Page *self)
{
  JsonObject *answer = json_object_new ();
  JsonArray *items = json_array_new ();
  guint n_rows = MIN (self->rows->len, self->limit);

  for (guint i = 0; i < n_rows; i++)
    json_array_add_object_element (items,
                                   g_steal_pointer (&((Row *) g_ptr_array_index (self->rows, i))->record));
  json_object_set_array_member (answer, "items", items);
  if (self->rows->len > n_rows)
    {
      g_autofree char *cursor = write_cursor (self, g_ptr_array_index (self->rows, n_rows - 1));

      json_object_set_string_member (answer, "next", cursor);
    }
  else
    json_object_set_null_member (answer, "next");
  json_object_set_int_member (answer, "total", self->total);

  return answer;
}

static gboolean
run_page (gpointer data, GValue *result, GError **error)
{
  Page *self = data;
  g_autoptr (GPtrArray) workspaces = regie_engine_store_snapshot (self->store, FALSE);

  for (guint i = 0; i < workspaces->len; i++)
    {
      RegieWorkspace *workspace = g_ptr_array_index (workspaces, i);
      g_autoptr (GError) wrong = NULL;

      if (self->workspace != NULL && !g_str_equal (self->workspace, workspace->id))
        continue;
      self->current = workspace->id;
      if (regie_db_read_sync (workspace->db, read_workspace, self, &wrong))
        continue;
      /* A damaged file is reported by *_list_broken and does not hide the others. */
      if (!g_error_matches (wrong, REGIE_ERROR, REGIE_ERROR_CORRUPT))
        {
          g_propagate_error (error, g_steal_pointer (&wrong));
          return FALSE;
        }
      g_message ("%s", wrong->message);
    }
  g_ptr_array_sort_with_data (self->rows, compare_rows, self);
  g_value_init (result, JSON_TYPE_OBJECT);
  g_value_take_boxed (result, build_answer (self));

  return TRUE;
}

static gboolean
prepare_page (Page *self, const RegiePageRequest *request, GError **error)
{
  const char *const *where = request->where;

  self->sort =
      regie_page_find_field (self->kind, request->sort != NULL ? request->sort : "id", "sorted", error);
  if (self->sort == NULL)
    return FALSE;
  if (request->limit < 1 || request->limit > REGIE_LIMIT_PAGE_ROWS)
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID, "/limit: must be between 1 and %u",
                   REGIE_LIMIT_PAGE_ROWS);
      return FALSE;
    }
  for (guint i = 0; where != NULL && where[i] != NULL; i += 3)
    {
      if (!regie_where_add (self->where, where[i], where[i + 1], where[i + 2], error))
        return FALSE;
      if (g_str_equal (where[i], "workspace") && g_str_equal (where[i + 1], "eq"))
        g_set_str (&self->workspace, where[i + 2]);
    }
  if (request->words != NULL && !regie_where_add_words (self->where, request->words, error))
    return FALSE;

  return request->cursor == NULL || read_cursor (self, request->cursor, error);
}

DexFuture *
regie_engine_store_page (RegieEngineStore *self, const RegiePageRequest *request)
{
  g_autoptr (Page) page = g_new0 (Page, 1);
  GError *error = NULL;

  g_return_val_if_fail (REGIE_IS_ENGINE_STORE (self), NULL);
  g_return_val_if_fail (request != NULL && request->kind != NULL, NULL);

  page->store = g_object_ref (self);
  page->kind = request->kind;
  page->workspace = g_strdup (request->workspace);
  page->descending = request->descending;
  page->limit = request->limit;
  page->where = regie_where_new (request->kind);
  page->rows = g_ptr_array_new_with_free_func ((GDestroyNotify) row_free);
  if (!prepare_page (page, request, &error))
    return dex_future_new_for_error (error);

  return regie_thread_run (run_page, g_steal_pointer (&page), page_free);
}
