/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-known-order.h"

#include "regie-list-refresh.h"

/* More rows than this changed: the whole order is asked for. */
#define MAX_CHANGED 300

RegieKnownOrder *
regie_known_order_new (const RegieQuery *query, GArray *rows, gint64 generation)
{
  RegieKnownOrder *self = g_new0 (RegieKnownOrder, 1);

  g_atomic_ref_count_init (&self->refs);
  self->query = regie_query_copy (query);
  regie_query_search (self->query, NULL);
  self->rows = g_array_ref (rows);
  self->generation = generation;

  return self;
}

RegieKnownOrder *
regie_known_order_ref (RegieKnownOrder *self)
{
  g_atomic_ref_count_inc (&self->refs);

  return self;
}

void
regie_known_order_unref (RegieKnownOrder *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  regie_query_free (self->query);
  g_array_unref (self->rows);
  g_free (self);
}

gboolean
regie_known_order_fits (RegieKnownOrder *self, const RegieQuery *query)
{
  g_autoptr (RegieQuery) other = regie_query_copy (query);

  regie_query_search (other, NULL);

  return regie_query_equal (self->query, other);
}

RegieKnownOrder *
regie_known_order_refresh (RegieKnownOrder *self,
                           RegieStore *store,
                           sqlite3 *db,
                           gint64 generation,
                           GError **error)
{
  g_autoptr (GArray) changed = NULL;
  g_autoptr (GArray) rows = NULL;
  g_autoptr (GArray) splices = NULL;

  if (generation == self->generation)
    return regie_known_order_ref (self);
  changed = regie_store_list_changes (store, self->query->kind, self->generation, generation, MAX_CHANGED);
  if (changed == NULL)
    return NULL;
  rows = regie_list_refresh (db, self->query, self->rows, changed, &splices, error);

  return rows != NULL ? regie_known_order_new (self->query, rows, generation) : NULL;
}

static GByteArray *
gather (sqlite3_stmt *stmt, GError **error)
{
  g_autoptr (GByteArray) bits = g_byte_array_new ();
  int step;

  while ((step = regie_db_step (stmt, error)) == 1)
    {
      guint32 row = sqlite3_column_int64 (stmt, 0);
      guint old = bits->len;

      if (row / 8 >= old)
        {
          g_byte_array_set_size (bits, MAX (row / 8 + 1, old * 2));
          memset (bits->data + old, 0, bits->len - old);
        }
      bits->data[row / 8] |= 1 << (row % 8);
    }

  return step < 0 ? NULL : g_steal_pointer (&bits);
}

GArray *
regie_known_order_pick (RegieKnownOrder *self, sqlite3 *db, const RegieQuery *query, GError **error)
{
  g_autoptr (GError) wrong = NULL;
  g_autoptr (sqlite3_stmt) stmt = regie_store_prepare_words (db, query, &wrong);
  g_autoptr (GByteArray) bits = NULL;
  g_autoptr (GArray) rows = NULL;

  if (wrong != NULL)
    return g_propagate_error (error, g_steal_pointer (&wrong)), NULL;
  if (stmt == NULL)
    return g_array_ref (self->rows);
  bits = gather (stmt, error);
  if (bits == NULL)
    return NULL;
  rows = g_array_new (FALSE, FALSE, sizeof (guint32));
  for (guint i = 0; i < self->rows->len; i++)
    {
      guint32 row = g_array_index (self->rows, guint32, i);

      if (row / 8 < bits->len && (bits->data[row / 8] & (1 << (row % 8))))
        g_array_append_val (rows, row);
    }

  return g_steal_pointer (&rows);
}
