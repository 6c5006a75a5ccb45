/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-list-refresh.h"

#include "regie-list-diff.h"
#include "regie-store-sort.h"

#include <string.h>

guint regie_list_n_refreshed;

typedef struct
{
  guint32 row;
  guint place; /* how many of the rows that stayed are before it */
  RegieSortKey key;
} Arrival;

static void
arrival_clear (gpointer data)
{
  regie_sort_key_clear (&((Arrival *) data)->key);
}

typedef struct
{
  guint32 row;
  guint place; /* as above */
} Departure;

typedef struct
{
  sqlite3 *db;
  const RegieQuery *query;
  GHashTable *changed; /* rows */
  GArray *kept;        /* guint32: ROWS without the changed ones */
  GArray *departures;  /* Departure, in order */
  GArray *arrivals;    /* Arrival, in order */
  RegieSortKeys *keys;
} Refresh;

static void
take_out (Refresh *self, GArray *rows)
{
  for (guint i = 0; i < rows->len; i++)
    {
      guint32 row = g_array_index (rows, guint32, i);

      if (g_hash_table_contains (self->changed, GUINT_TO_POINTER (row)))
        {
          Departure departure = { row, self->kept->len };

          g_array_append_val (self->departures, departure);
        }
      else
        {
          g_array_append_val (self->kept, row);
        }
    }
}

/* Where a row with KEY stands among those that stayed. */
static gboolean
find_place (Refresh *self, const RegieSortKey *key, guint *place, GError **error)
{
  guint low = 0, high = self->kept->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      g_auto (RegieSortKey) other = { 0 };
      int order;

      if (!regie_sort_keys_read (self->keys, g_array_index (self->kept, guint32, middle), &other, error))
        return FALSE;
      order = regie_sort_key_compare (&other, key);
      if (self->query->descending ? order > 0 : order < 0)
        low = middle + 1;
      else
        high = middle;
    }
  *place = low;

  return TRUE;
}

static int
compare_arrivals (gconstpointer a, gconstpointer b)
{
  return regie_sort_key_compare (&((const Arrival *) a)->key, &((const Arrival *) b)->key);
}

static int
compare_arrivals_descending (gconstpointer a, gconstpointer b)
{
  return compare_arrivals (b, a);
}

static gboolean
gather_arrivals (Refresh *self, GError **error)
{
  g_autoptr (RegieRowTest) test = regie_row_test_new (self->db, self->query, TRUE, error);
  GHashTableIter iter;
  gpointer row;

  if (test == NULL)
    return FALSE;
  g_hash_table_iter_init (&iter, self->changed);
  while (g_hash_table_iter_next (&iter, &row, NULL))
    {
      Arrival arrival = { .row = GPOINTER_TO_UINT (row) };
      int matches = regie_row_test_try (test, arrival.row, error);

      if (matches < 0)
        return FALSE;
      if (matches == 0)
        continue;
      if (!regie_sort_keys_read (self->keys, arrival.row, &arrival.key, error))
        return FALSE;
      g_array_append_val (self->arrivals, arrival);
      if (!find_place (self, &arrival.key,
                       &g_array_index (self->arrivals, Arrival, self->arrivals->len - 1).place, error))
        return FALSE;
    }
  g_array_sort (self->arrivals, self->query->descending ? compare_arrivals_descending : compare_arrivals);

  return TRUE;
}

static GArray *
merge (Refresh *self)
{
  GArray *rows = g_array_sized_new (FALSE, FALSE, sizeof (guint32), self->kept->len + self->arrivals->len);
  guint from = 0;

  for (guint i = 0; i < self->arrivals->len; i++)
    {
      const Arrival *arrival = &g_array_index (self->arrivals, Arrival, i);

      g_array_append_vals (rows, &g_array_index (self->kept, guint32, from), arrival->place - from);
      g_array_append_val (rows, arrival->row);
      from = arrival->place;
    }
  if (from < self->kept->len)
    g_array_append_vals (rows, &g_array_index (self->kept, guint32, from), self->kept->len - from);

  return rows;
}

/* In one gap between rows that stayed: whether the same rows left it and came to it. */
static gboolean
is_same (Refresh *self, guint d, guint n_departed, guint a, guint n_arrived)
{
  if (n_departed != n_arrived)
    return FALSE;
  for (guint i = 0; i < n_departed; i++)
    if (g_array_index (self->departures, Departure, d + i).row !=
        g_array_index (self->arrivals, Arrival, a + i).row)
      return FALSE;

  return TRUE;
}

static GArray *
build_splices (Refresh *self)
{
  GArray *splices = g_array_new (FALSE, FALSE, sizeof (RegieSplice));
  guint d = 0, a = 0;

  while (d < self->departures->len || a < self->arrivals->len)
    {
      guint next_d =
          d < self->departures->len ? g_array_index (self->departures, Departure, d).place : G_MAXUINT;
      guint next_a = a < self->arrivals->len ? g_array_index (self->arrivals, Arrival, a).place : G_MAXUINT;
      guint place = MIN (next_d, next_a);
      RegieSplice splice = { .old_position = place + d, .new_position = place + a };

      while (d + splice.n_removed < self->departures->len &&
             g_array_index (self->departures, Departure, d + splice.n_removed).place == place)
        splice.n_removed++;
      while (a + splice.n_added < self->arrivals->len &&
             g_array_index (self->arrivals, Arrival, a + splice.n_added).place == place)
        splice.n_added++;
      if (!is_same (self, d, splice.n_removed, a, splice.n_added))
        g_array_append_val (splices, splice);
      d += splice.n_removed;
      a += splice.n_added;
    }

  return splices;
}

GArray *
regie_list_refresh (sqlite3 *db,
                    const RegieQuery *query,
                    GArray *rows,
                    GArray *changed,
                    GArray **splices,
                    GError **error)
{
  Refresh self = { .db = db, .query = query };
  GArray *result = NULL;

  self.keys = regie_sort_keys_new (db, query, error);
  if (self.keys == NULL)
    return NULL;
  self.changed = g_hash_table_new (g_direct_hash, g_direct_equal);
  for (guint i = 0; i < changed->len; i++)
    g_hash_table_add (self.changed, GUINT_TO_POINTER (g_array_index (changed, guint32, i)));
  self.kept = g_array_sized_new (FALSE, FALSE, sizeof (guint32), rows->len);
  self.departures = g_array_new (FALSE, FALSE, sizeof (Departure));
  self.arrivals = g_array_new (FALSE, FALSE, sizeof (Arrival));
  g_array_set_clear_func (self.arrivals, arrival_clear);

  take_out (&self, rows);
  if (gather_arrivals (&self, error))
    {
      result = merge (&self);
      *splices = build_splices (&self);
      g_atomic_int_inc (&regie_list_n_refreshed);
    }

  regie_sort_keys_free (self.keys);
  g_hash_table_unref (self.changed);
  g_array_unref (self.kept);
  g_array_unref (self.departures);
  g_array_unref (self.arrivals);

  return result;
}
