/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-store-order.h"
#include "regie-store-sort.h"

#include "core/regie-text.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_TRIED 60

RegieOrderLimits regie_order_limits = { .sort_itself = 3000,
                                        .many_matches = 40000,
                                        .max_tries = 6000,
                                        .few_rows = 2000 };

typedef struct
{
  sqlite3 *db;
  const RegieQuery *query;
  guint n_first;
  RegieFirstRows first;
  gpointer data;
  gboolean sent_first;

  GByteArray *bits; /* a bit for each row that matches */
  guint n_matches;
  guint32 highest;
} Order;

static void
set_bit (Order *self, guint32 row)
{
  guint byte = row / 8;

  if (byte >= self->bits->len)
    {
      guint old = self->bits->len;

      g_byte_array_set_size (self->bits, MAX (byte + 1, old * 2));
      memset (self->bits->data + old, 0, self->bits->len - old);
    }
  self->bits->data[byte] |= 1 << (row % 8);
  self->n_matches++;
  self->highest = MAX (self->highest, row);
}

static gboolean
has_bit (const Order *self, guint32 row)
{
  return row / 8 < self->bits->len && (self->bits->data[row / 8] & (1 << (row % 8)));
}

static void
send_first (Order *self, GArray *rows)
{
  if (self->first != NULL && !self->sent_first)
    self->first ((const guint32 *) (gpointer) rows->data, rows->len, self->data);
  self->sent_first = TRUE;
}

/* No sort: by row number. */
static void
list_matches (Order *self, GArray *rows)
{
  for (guint32 i = 0; i <= self->highest && self->n_matches > 0; i++)
    {
      guint32 row = self->query->descending ? self->highest - i : i;

      if (row % 8 == 0 && !self->query->descending && row / 8 < self->bits->len &&
          self->bits->data[row / 8] == 0)
        i += 7;
      else if (has_bit (self, row))
        g_array_append_val (rows, row);
    }
}

/* --- all rows: the index alone --- */

static sqlite3_stmt *
prepare_walk (Order *self, GError **error)
{
  const RegieQuery *query = self->query;
  const char *order = query->descending ? " DESC" : "";
  g_autofree char *column = query->sort != NULL ? regie_query_column (query->kind, query->sort) : NULL;
  g_autofree char *sql =
      column != NULL ? g_strdup_printf ("SELECT rowid FROM %s ORDER BY %s%s, rowid%s", query->kind->table,
                                        column, order, order)
                     : g_strdup_printf ("SELECT rowid FROM %s ORDER BY rowid%s", query->kind->table, order);

  return regie_db_prepare (self->db, sql, error);
}

/* The rows of the sort's index that match; all when there is nothing to match. */
static gboolean
walk (Order *self, GArray *rows, gboolean all, GError **error)
{
  g_autoptr (sqlite3_stmt) stmt = prepare_walk (self, error);
  int step;

  if (stmt == NULL)
    return FALSE;
  while ((step = regie_db_step (stmt, error)) == 1)
    {
      guint32 row = sqlite3_column_int64 (stmt, 0);

      if (!all && !has_bit (self, row))
        continue;
      g_array_append_val (rows, row);
      if (rows->len == self->n_first)
        send_first (self, rows);
      if (!all && rows->len == self->n_matches)
        break;
    }

  return step >= 0;
}

/* --- gathering what matches --- */

sqlite3_stmt *
regie_store_prepare_words (sqlite3 *db, const RegieQuery *query, GError **error)
{
  const char *table = query->kind->table;
  g_autofree char *match = regie_query_build_match (query->words);
  g_autofree char *sql = NULL;
  sqlite3_stmt *stmt;

  if (match == NULL)
    return NULL;
  sql = g_strdup_printf ("SELECT rowid FROM %s_words WHERE %s_words MATCH ?1", table, table);
  stmt = regie_db_prepare (db, sql, error);
  if (stmt != NULL)
    regie_db_bind (stmt, "s", match);

  return stmt;
}

/* --- the first of many, by trying --- */

/* Whether every word begins one of the record's, the way FTS5 sees it, or nearly: the whole answer comes soon
 * and is exact. */
static gboolean
has_words (const RegieKind *kind, const char *json, char **words)
{
  g_autoptr (JsonObject) record = regie_store_json_read (json);
  g_autoptr (GString) text = g_string_new (" ");
  g_autofree char *folded = NULL;

  if (record == NULL)
    return FALSE;
  regie_store_json_words (kind, record, text);
  folded = regie_text_fold (text->str);
  for (char *p = folded; *p != '\0'; p++)
    if (g_ascii_ispunct (*p) || g_ascii_isspace (*p))
      *p = ' ';
  for (guint i = 0; words[i] != NULL; i++)
    if (strstr (folded, words[i]) == NULL)
      return FALSE;

  return TRUE;
}

/* " anna", " le": each as it stands at the beginning of a word. */
static char **
split_words (const char *text)
{
  g_autofree char *folded = regie_text_fold (text);
  g_auto (GStrv) parts = NULL;
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();

  for (char *p = folded; *p != '\0'; p++)
    if (g_ascii_ispunct (*p) || g_ascii_isspace (*p))
      *p = ' ';
  parts = g_strsplit (folded, " ", -1);
  for (guint i = 0; parts[i] != NULL; i++)
    if (*parts[i] != '\0')
      g_strv_builder_take (words, g_strconcat (" ", parts[i], NULL));

  return g_strv_builder_end (words);
}

typedef struct
{
  RegieRowTest *conditions;
  sqlite3_stmt *doc;
  char **words;
} Trial;

static void
trial_clear (Trial *self)
{
  g_clear_pointer (&self->conditions, regie_row_test_free);
  g_clear_pointer (&self->doc, regie_db_done);
  g_clear_pointer (&self->words, g_strfreev);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Trial, trial_clear)

static gboolean
trial_init (Trial *self, Order *order, GError **error)
{
  g_autofree char *sql = NULL;

  self->conditions = regie_row_test_new (order->db, order->query, FALSE, error);
  if (self->conditions == NULL)
    return FALSE;
  if (order->query->words == NULL)
    return TRUE;
  self->words = split_words (order->query->words);
  sql =
      g_strdup_printf ("SELECT ifnull(shown, base) FROM %s_doc WHERE rowid = ?1", order->query->kind->table);
  self->doc = regie_db_prepare (order->db, sql, error);

  return self->doc != NULL;
}

/* 1 it matches, 0 not, -1 an error. */
static int
try_row (Trial *self, Order *order, guint32 row, GError **error)
{
  int step = regie_row_test_try (self->conditions, row, error);

  if (step == 1 && self->doc != NULL)
    {
      sqlite3_bind_int64 (self->doc, 1, row);
      step = regie_db_step (self->doc, error);
      if (step == 1)
        step = has_words (order->query->kind, regie_db_column_text (self->doc, 0), self->words);
      sqlite3_reset (self->doc);
    }

  return step;
}

static gboolean
try_first (Order *self, GError **error)
{
  g_auto (Trial) trial = { 0 };
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autoptr (sqlite3_stmt) stmt = prepare_walk (self, error);
  guint n_tries = 0;
  int step;

  if (stmt == NULL || !trial_init (&trial, self, error))
    return FALSE;
  while ((step = regie_db_step (stmt, error)) == 1 && n_tries++ < regie_order_limits.max_tries &&
         rows->len < FIRST_TRIED)
    {
      guint32 row = sqlite3_column_int64 (stmt, 0);
      int matches = try_row (&trial, self, row, error);

      if (matches < 0)
        return FALSE;
      if (matches == 1)
        g_array_append_val (rows, row);
    }
  if (rows->len == FIRST_TRIED)
    send_first (self, rows);

  return step >= 0;
}

/* Full text gives its rows in the order of their numbers. */
static void
send_first_matches (Order *self)
{
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (guint32));

  list_matches (self, rows);
  send_first (self, rows);
}

/* Adds the rows of STMT that are in BEFORE too (NULL: all). */
static gboolean
gather (Order *self,
        sqlite3_stmt *stmt,
        const Order *before,
        gboolean may_try,
        gboolean in_order,
        GError **error)
{
  int step;

  while ((step = regie_db_step (stmt, error)) == 1)
    {
      guint32 row = sqlite3_column_int64 (stmt, 0);

      if (before != NULL && !has_bit (before, row))
        continue;
      set_bit (self, row);
      if (self->n_matches == regie_order_limits.many_matches && may_try && self->first != NULL &&
          !try_first (self, error))
        return FALSE;
      if (in_order && self->n_matches == self->n_first && !self->query->descending)
        send_first_matches (self);
    }

  return step >= 0;
}

static gboolean
gather_all (Order *self, GError **error)
{
  g_autoptr (GError) wrong = NULL;
  g_autoptr (sqlite3_stmt) words = regie_store_prepare_words (self->db, self->query, &wrong);
  g_autoptr (sqlite3_stmt) conditions = NULL;
  gboolean sorted = self->query->sort != NULL;
  gboolean ok;

  if (wrong != NULL)
    return g_propagate_error (error, g_steal_pointer (&wrong)), FALSE;
  if (self->query->conditions->len > 0 &&
      (conditions = regie_store_prepare_conditions (self->db, self->query, "1", 1, error)) == NULL)
    return FALSE;
  if (words == NULL || conditions == NULL)
    return gather (self, words != NULL ? words : conditions, NULL, sorted, words != NULL && !sorted, error);
  {
    Order before = *self;

    before.bits = g_byte_array_new ();
    before.first = NULL;
    ok = gather (&before, words, NULL, FALSE, FALSE, error) &&
         gather (self, conditions, &before, sorted, FALSE, error);
    g_byte_array_unref (before.bits);
  }

  return ok;
}

/* --- few matches: look up and sort --- */

static int
compare_keys (gconstpointer a, gconstpointer b)
{
  return regie_sort_key_compare (a, b);
}

static gboolean
read_keys (Order *self, GArray *keys, GError **error)
{
  RegieSortKeys *reader = regie_sort_keys_new (self->db, self->query, error);
  gboolean ok = reader != NULL;

  for (guint32 row = 0; ok && row <= self->highest && keys->len < self->n_matches; row++)
    if (has_bit (self, row))
      {
        RegieSortKey key = { 0 };

        ok = regie_sort_keys_read (reader, row, &key, error);
        if (ok)
          g_array_append_val (keys, key);
      }
  regie_sort_keys_free (reader);

  return ok;
}

static gboolean
sort_matches (Order *self, GArray *rows, GError **error)
{
  g_autoptr (GArray) keys = g_array_new (FALSE, FALSE, sizeof (RegieSortKey));

  g_array_set_clear_func (keys, (GDestroyNotify) regie_sort_key_clear);
  if (!read_keys (self, keys, error))
    return FALSE;
  g_array_sort (keys, compare_keys);
  for (guint i = 0; i < keys->len; i++)
    {
      guint at = self->query->descending ? keys->len - 1 - i : i;

      g_array_append_val (rows, g_array_index (keys, RegieSortKey, at).row);
    }

  return TRUE;
}

GArray *
regie_store_order (sqlite3 *db,
                   const RegieQuery *query,
                   guint n_first,
                   RegieFirstRows first,
                   gpointer data,
                   GError **error)
{
  Order self = { .db = db, .query = query, .n_first = n_first, .first = first, .data = data };
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autofree char *match = regie_query_build_match (query->words);
  gboolean ok;

  if (match == NULL && query->conditions->len == 0)
    return walk (&self, rows, TRUE, error) ? g_steal_pointer (&rows) : NULL;

  self.bits = g_byte_array_new ();
  ok = gather_all (&self, error);
  if (ok && query->sort == NULL)
    list_matches (&self, rows);
  else if (ok && self.n_matches <= regie_order_limits.sort_itself)
    ok = sort_matches (&self, rows, error);
  else if (ok)
    ok = walk (&self, rows, FALSE, error);
  g_byte_array_unref (self.bits);

  return ok ? g_steal_pointer (&rows) : NULL;
}
