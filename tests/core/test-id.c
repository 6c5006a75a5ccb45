/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/regie-id.h"

#include <string.h>

#include "core/regie-time.h"

#define N 20000

static void
test_uuid (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *before = g_strdup ("");

  for (guint i = 0; i < N; i++)
    {
      char *id = regie_id_new_uuid ();

      g_assert_true (regie_id_is_uuid (id));
      g_assert_cmpuint (strlen (id), ==, 36);
      g_assert_true (id[14] == '7');
      g_assert_nonnull (strchr ("89ab", id[19]));
      /* Sorted as they were made. */
      g_assert_cmpint (strcmp (before, id), <, 0);
      g_free (before);
      before = g_strdup (id);
      g_assert_true (g_hash_table_add (seen, id));
    }
}

static void
test_uuid_holds_the_time (void)
{
  gint64 ms = g_get_real_time () / 1000;
  g_autofree char *id = regie_id_new_uuid ();
  g_auto (GStrv) parts = g_strsplit (id, "-", -1);
  g_autofree char *digits = g_strconcat (parts[0], parts[1], NULL);

  g_assert_cmpint (ABS ((gint64) g_ascii_strtoull (digits, NULL, 16) - ms), <, 10000);
}

static gpointer
make_many (gpointer unused)
{
  GPtrArray *ids = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < N / 4; i++)
    {
      g_ptr_array_add (ids, regie_id_new_uuid ());
      g_ptr_array_add (ids, regie_id_new_object ());
    }

  return ids;
}

static void
test_from_many_threads (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  GThread *threads[4];
  GPtrArray *made[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("ids", make_many, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      made[i] = g_thread_join (threads[i]);
      for (guint k = 0; k < made[i]->len; k++)
        g_assert_true (g_hash_table_add (seen, g_ptr_array_index (made[i], k)));
    }
  for (guint i = 0; i < G_N_ELEMENTS (made); i++)
    g_ptr_array_unref (made[i]);
}

static void
test_object (void)
{
  g_autofree char *id = regie_id_new_object ();
  g_autofree char *next = regie_id_new_object ();
  g_autofree char *seconds = g_strndup (id, 8);

  g_assert_true (regie_id_is_object (id));
  g_assert_cmpstr (id, !=, next);
  g_assert_true (strncmp (id + 8, next + 8, 10) == 0);
  g_assert_cmpint (ABS ((gint64) g_ascii_strtoull (seconds, NULL, 16) - regie_time_now () / G_USEC_PER_SEC),
                   <, 10);
}

static void
test_what_is_none (void)
{
  g_assert_false (regie_id_is_uuid (NULL));
  g_assert_false (regie_id_is_uuid (""));
  g_assert_false (regie_id_is_uuid ("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5"));
  g_assert_false (regie_id_is_uuid ("0190a1b2c3d47e5f8a9b0c1d2e3f4a5b"));
  g_assert_true (regie_id_is_uuid ("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"));
  g_assert_false (regie_id_is_object (NULL));
  g_assert_false (regie_id_is_object ("0123456789abcdef0123456"));
  g_assert_false (regie_id_is_object ("0123456789abcdef012345678"));
  g_assert_false (regie_id_is_object ("0123456789ABCDEF01234567"));
  g_assert_false (regie_id_is_object ("0123456789abcdef0123456g"));
  g_assert_true (regie_id_is_object ("0123456789abcdef01234567"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/id/uuid", test_uuid);
  g_test_add_func ("/id/uuid-holds-the-time", test_uuid_holds_the_time);
  g_test_add_func ("/id/from-many-threads", test_from_many_threads);
  g_test_add_func ("/id/object", test_object);
  g_test_add_func ("/id/what-is-none", test_what_is_none);

  return g_test_run ();
}
