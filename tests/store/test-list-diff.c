/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-list-diff.h"

#include <string.h>

/* Replays the splices as a list's users do, and checks what lies between them. */
static void
assert_makes (const guint32 *old, guint n_old, const guint32 *new, guint n_new, GArray *splices)
{
  g_autoptr (GArray) shadow = g_array_new (FALSE, FALSE, sizeof (guint32));

  g_array_append_vals (shadow, old, n_old);
  for (guint i = 0; i < splices->len; i++)
    {
      const RegieSplice *splice = &g_array_index (splices, RegieSplice, i);

      g_assert_cmpuint (splice->new_position + splice->n_removed, <=, shadow->len);
      g_assert_cmpuint (splice->new_position + splice->n_added, <=, n_new);
      if (splice->n_removed > 0)
        g_array_remove_range (shadow, splice->new_position, splice->n_removed);
      g_array_insert_vals (shadow, splice->new_position, new + splice->new_position, splice->n_added);
    }
  g_assert_cmpuint (shadow->len, ==, n_new);
  g_assert_cmpmem (shadow->data, shadow->len * sizeof (guint32), new, n_new * sizeof (guint32));
}

static void
check (const guint32 *old, guint n_old, const guint32 *new, guint n_new, guint max, guint n_expected)
{
  g_autoptr (GArray) splices = regie_list_diff (old, n_old, new, n_new, max);
  g_autoptr (GArray) ends = regie_list_diff_ends (old, n_old, new, n_new);

  assert_makes (old, n_old, new, n_new, splices);
  assert_makes (old, n_old, new, n_new, ends);
  g_assert_cmpuint (splices->len, <=, max);
  g_assert_cmpuint (ends->len, <=, 1);
  if (n_expected != G_MAXUINT)
    g_assert_cmpuint (splices->len, ==, n_expected);
}

#define ROWS(...) (const guint32[]){ __VA_ARGS__ }, G_N_ELEMENTS (((const guint32[]) { __VA_ARGS__ }))

static void
test_few_splices (void)
{
  check (ROWS (1, 2, 3), ROWS (1, 2, 3), 64, 0);
  check (NULL, 0, NULL, 0, 64, 0);
  check (NULL, 0, ROWS (1, 2), 64, 1);
  check (ROWS (1, 2), NULL, 0, 64, 1);
  check (ROWS (1, 2, 3), ROWS (1, 3), 64, 1);
  check (ROWS (1, 2, 3), ROWS (1, 9, 2, 3), 64, 1);
  check (ROWS (1, 2, 3, 4, 5), ROWS (1, 7, 3, 4, 8, 5), 64, 2);
  /* One row that moves is taken out and put in; the rest is not touched. */
  check (ROWS (1, 2, 3, 4, 5), ROWS (2, 3, 4, 5, 1), 64, 2);
  check (ROWS (1, 2, 3, 4, 5), ROWS (5, 1, 2, 3, 4), 64, 2);
  check (ROWS (1, 2, 3, 4, 5), ROWS (1, 4, 2, 3, 5), 64, 2);
}

static void
shuffle (guint32 *rows, guint n)
{
  for (guint i = n; i > 1; i--)
    {
      guint j = g_test_rand_int_range (0, i);
      guint32 row = rows[i - 1];

      rows[i - 1] = rows[j];
      rows[j] = row;
    }
}

/* A random change of OLD: removes, adds, moves. */
static GArray *
change (const guint32 *old, guint n, guint n_changes)
{
  GArray *new = g_array_new (FALSE, FALSE, sizeof (guint32));
  static guint32 fresh = 1000000;

  g_array_append_vals (new, old, n);
  for (guint i = 0; i < n_changes; i++)
    {
      guint what = g_test_rand_int_range (0, 3);
      guint32 row = fresh++;

      if (what > 0 && new->len > 0)
        {
          guint from = g_test_rand_int_range (0, new->len);

          if (what == 2)
            row = g_array_index (new, guint32, from);
          g_array_remove_index (new, from);
          if (what == 1)
            continue;
        }
      g_array_insert_val (new, g_test_rand_int_range (0, new->len + 1), row);
    }

  return new;
}

static void
test_random (void)
{
  for (guint round = 0; round < 2000; round++)
    {
      guint n = g_test_rand_int_range (0, 60);
      g_autofree guint32 *old = g_new (guint32, n + 1);
      g_autoptr (GArray) new = NULL;
      guint max = g_test_rand_int_range (1, 20);

      for (guint i = 0; i < n; i++)
        old[i] = i;
      shuffle (old, n);
      new = change (old, n, g_test_rand_int_range (0, 12));
      if (round % 10 == 0)
        shuffle ((guint32 *) (gpointer) new->data, new->len);
      check (old, n, (const guint32 *) (gpointer) new->data, new->len, max, G_MAXUINT);
    }
}

static void
test_large (void)
{
  guint n = 300000;
  g_autofree guint32 *old = g_new (guint32, n);
  g_autoptr (GArray) new = NULL;

  for (guint i = 0; i < n; i++)
    old[i] = i;
  new = change (old, n, 20);
  check (old, n, (const guint32 *) (gpointer) new->data, new->len, 64, G_MAXUINT);
  for (guint i = 0; i < n / 2; i++)
    {
      guint32 row = g_array_index (new, guint32, i);

      g_array_index (new, guint32, i) = g_array_index (new, guint32, new->len - 1 - i);
      g_array_index (new, guint32, new->len - 1 - i) = row;
    }
  check (old, n, (const guint32 *) (gpointer) new->data, new->len, 64, G_MAXUINT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/list-diff/few-splices", test_few_splices);
  g_test_add_func ("/list-diff/random", test_random);
  g_test_add_func ("/list-diff/large", test_large);

  return g_test_run ();
}
