/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-list-diff.h"

#include <string.h>

#define NONE G_MAXUINT32

/* --- row number → place, open addressing --- */

typedef struct
{
  guint32 *rows, *places;
  guint mask;
} Index;

static guint
slot (const Index *self, guint32 row)
{
  guint i = (row * 2654435761u) & self->mask;

  while (self->places[i] != NONE && self->rows[i] != row)
    i = (i + 1) & self->mask;

  return i;
}

static void
index_init (Index *self, const guint32 *rows, guint n)
{
  guint size = 16;

  while (size < n * 2)
    size *= 2;
  self->mask = size - 1;
  self->rows = g_new (guint32, size);
  self->places = g_new (guint32, size);
  memset (self->places, 0xff, size * sizeof (guint32));
  for (guint i = 0; i < n; i++)
    {
      guint s = slot (self, rows[i]);

      self->rows[s] = rows[i];
      self->places[s] = i;
    }
}

static void
index_clear (Index *self)
{
  g_free (self->rows);
  g_free (self->places);
}

/* --- which rows stay --- */

/* The longest ascending subsequence of PLACES (NONE is skipped): those rows keep their order, so they need
 * not be touched. The others get NONE. */
static void
keep_ascending (guint32 *places, guint n)
{
  g_autofree guint32 *tails = g_new (guint32, n + 1); /* tails[k]: where the best run of length k+1 ends */
  g_autofree guint32 *before = g_new (guint32, n + 1);
  guint length = 0;
  guint32 at;

  for (guint i = 0; i < n; i++)
    {
      guint low = 0, high = length;

      if (places[i] == NONE)
        continue;
      if (length > 0 && places[tails[length - 1]] < places[i])
        low = length;
      while (low < high)
        {
          guint middle = (low + high) / 2;

          if (places[tails[middle]] < places[i])
            low = middle + 1;
          else
            high = middle;
        }
      before[i] = low > 0 ? tails[low - 1] : NONE;
      tails[low] = i;
      if (low == length)
        length++;
    }

  at = length > 0 ? tails[length - 1] : NONE;
  for (guint i = n; i > 0; i--)
    {
      if (i - 1 != at)
        places[i - 1] = NONE;
      else
        at = before[at];
    }
}

/* --- splices --- */

static void
add_splice (GArray *splices, guint old_from, guint old_to, guint new_from, guint new_to)
{
  RegieSplice splice = { old_from, old_to - old_from, new_from, new_to - new_from };

  if (splice.n_removed > 0 || splice.n_added > 0)
    g_array_append_val (splices, splice);
}

static guint
join (GArray *splices, guint gap)
{
  RegieSplice *all = (RegieSplice *) (gpointer) splices->data;
  guint n = 0;

  for (guint i = 1; i < splices->len; i++)
    {
      RegieSplice *last = &all[n];

      if (all[i].old_position - (last->old_position + last->n_removed) <= gap)
        {
          last->n_removed = all[i].old_position + all[i].n_removed - last->old_position;
          last->n_added = all[i].new_position + all[i].n_added - last->new_position;
        }
      else
        {
          all[++n] = all[i];
        }
    }

  return n + 1;
}

static void
join_until (GArray *splices, guint max)
{
  for (guint gap = 8; splices->len > max; gap *= 4)
    g_array_set_size (splices, join (splices, MIN (gap, G_MAXUINT / 8)));
}

static void
count_ends (const guint32 *old, guint n_old, const guint32 *new, guint n_new, guint *head, guint *tail)
{
  guint shorter = MIN (n_old, n_new);
  guint h = 0, t = 0;

  while (h < shorter && old[h] == new[h])
    h++;
  while (t < shorter - h && old[n_old - 1 - t] == new[n_new - 1 - t])
    t++;
  *head = h;
  *tail = t;
}

GArray *
regie_list_diff_ends (const guint32 *old, guint n_old, const guint32 *new, guint n_new)
{
  GArray *splices = g_array_new (FALSE, FALSE, sizeof (RegieSplice));
  guint head, tail;

  count_ends (old, n_old, new, n_new, &head, &tail);
  add_splice (splices, head, n_old - tail, head, n_new - tail);

  return splices;
}

GArray *
regie_list_diff (const guint32 *old, guint n_old, const guint32 *new, guint n_new, guint max)
{
  GArray *splices = g_array_new (FALSE, FALSE, sizeof (RegieSplice));
  guint head, tail, n, old_at, new_at;
  g_autofree guint32 *places = NULL;
  Index index;

  count_ends (old, n_old, new, n_new, &head, &tail);
  n = n_old - head - tail;
  old_at = new_at = head;
  if (n > 0 && n_new - head - tail > 0)
    {
      places = g_new (guint32, n);
      index_init (&index, new + head, n_new - head - tail);
      for (guint i = 0; i < n; i++)
        places[i] = index.places[slot (&index, old[head + i])];
      index_clear (&index);
      keep_ascending (places, n);
      for (guint i = 0; i < n; i++)
        if (places[i] != NONE)
          {
            add_splice (splices, old_at, head + i, new_at, head + places[i]);
            old_at = head + i + 1;
            new_at = head + places[i] + 1;
          }
    }
  add_splice (splices, old_at, n_old - tail, new_at, n_new - tail);
  if (splices->len > max)
    join_until (splices, MAX (max, 1));

  return splices;
}
