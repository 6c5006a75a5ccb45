/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-store-sort.h"

#include <string.h>

/* --- keys --- */

void
regie_sort_key_clear (RegieSortKey *self)
{
  g_clear_pointer (&self->text, g_free);
}

static int
rank_of (int type)
{
  return type == SQLITE_NULL || type == 0 ? 0 : type == SQLITE_TEXT ? 2 : 1;
}

static int
compare_values (const RegieSortKey *a, const RegieSortKey *b)
{
  int x = rank_of (a->type), y = rank_of (b->type);

  if (x != y)
    return x < y ? -1 : 1;
  if (x == 2)
    return strcmp (a->text, b->text);
  if (x == 0)
    return 0;
  if (a->type == SQLITE_INTEGER && b->type == SQLITE_INTEGER)
    return a->whole < b->whole ? -1 : a->whole > b->whole;

  return a->number < b->number ? -1 : a->number > b->number;
}

int
regie_sort_key_compare (const RegieSortKey *a, const RegieSortKey *b)
{
  int order = compare_values (a, b);

  return order != 0 ? order : (a->row < b->row ? -1 : a->row > b->row);
}

struct _RegieSortKeys
{
  sqlite3_stmt *stmt; /* NULL: by row number */
};

RegieSortKeys *
regie_sort_keys_new (sqlite3 *db, const RegieQuery *query, GError **error)
{
  RegieSortKeys *self = g_new0 (RegieSortKeys, 1);
  g_autofree char *column = NULL;
  g_autofree char *sql = NULL;

  if (query->sort == NULL)
    return self;
  column = regie_query_column (query->kind, query->sort);
  sql = g_strdup_printf ("SELECT %s FROM %s WHERE rowid = ?1", column, query->kind->table);
  self->stmt = regie_db_prepare (db, sql, error);
  if (self->stmt == NULL)
    g_clear_pointer (&self, g_free);

  return self;
}

void
regie_sort_keys_free (RegieSortKeys *self)
{
  if (self == NULL)
    return;
  regie_db_done (self->stmt);
  g_free (self);
}

gboolean
regie_sort_keys_read (RegieSortKeys *self, guint32 row, RegieSortKey *key, GError **error)
{
  int step;

  key->row = row;
  if (self->stmt == NULL)
    return TRUE;
  sqlite3_bind_int64 (self->stmt, 1, row);
  step = regie_db_step (self->stmt, error);
  if (step == 1)
    {
      key->type = sqlite3_column_type (self->stmt, 0);
      if (key->type == SQLITE_TEXT)
        key->text = g_strdup (regie_db_column_text (self->stmt, 0));
      key->whole = sqlite3_column_int64 (self->stmt, 0);
      key->number = sqlite3_column_double (self->stmt, 0);
    }
  sqlite3_reset (self->stmt);

  return step >= 0;
}

/* --- tests --- */

struct _RegieRowTest
{
  sqlite3_stmt *conditions, *words;
};

sqlite3_stmt *
regie_store_prepare_conditions (sqlite3 *db,
                                const RegieQuery *query,
                                const char *head,
                                int first,
                                GError **error)
{
  g_autoptr (GPtrArray) values = g_ptr_array_new_with_free_func (g_free);
  GString *text = g_string_new (NULL);
  g_autofree char *sql = NULL;
  sqlite3_stmt *stmt;

  g_string_append_printf (text, "SELECT rowid FROM %s WHERE %s", query->kind->table, head);
  for (guint i = 0; i < query->conditions->len; i++)
    {
      g_string_append (text, " AND ");
      regie_query_append_condition (query, g_ptr_array_index (query->conditions, i), text, values);
    }
  sql = g_string_free_and_steal (text);
  stmt = regie_db_prepare (db, sql, error);
  if (stmt != NULL)
    regie_store_bind_values (stmt, first, values);

  return stmt;
}

RegieRowTest *
regie_row_test_new (sqlite3 *db, const RegieQuery *query, gboolean with_words, GError **error)
{
  g_autoptr (RegieRowTest) self = g_new0 (RegieRowTest, 1);
  g_autofree char *match = with_words ? regie_query_build_match (query->words) : NULL;
  const char *table = query->kind->table;

  self->conditions = regie_store_prepare_conditions (db, query, "rowid = ?", 2, error);
  if (self->conditions == NULL)
    return NULL;
  if (match != NULL)
    {
      g_autofree char *sql =
          g_strdup_printf ("SELECT 1 FROM %s_words WHERE %s_words MATCH ?2 AND rowid = ?1", table, table);

      self->words = regie_db_prepare (db, sql, error);
      if (self->words == NULL)
        return NULL;
      sqlite3_bind_text (self->words, 2, match, -1, SQLITE_TRANSIENT);
    }

  return g_steal_pointer (&self);
}

void
regie_row_test_free (RegieRowTest *self)
{
  if (self == NULL)
    return;
  regie_db_done (self->conditions);
  regie_db_done (self->words);
  g_free (self);
}

static int
try (sqlite3_stmt *stmt, guint32 row, GError **error)
{
  int step;

  sqlite3_bind_int64 (stmt, 1, row);
  step = regie_db_step (stmt, error);
  sqlite3_reset (stmt);

  return step;
}

int
regie_row_test_try (RegieRowTest *self, guint32 row, GError **error)
{
  int step = try (self->conditions, row, error);

  return step == 1 && self->words != NULL ? try (self->words, row, error) : step;
}
