/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <json-glib/json-glib.h>

#include "core/regie-json-threads.h"
#include "core/regie-json.h"

#define N_THREADS 4
#define N_TURNS   200000

static gpointer
hold_and_let_go (gpointer data)
{
  for (guint i = 0; i < N_TURNS; i++)
    {
      JsonObject *held = g_boxed_copy (JSON_TYPE_OBJECT, data);

      g_boxed_free (JSON_TYPE_OBJECT, held);
    }

  return NULL;
}

static gpointer
copy (gpointer data)
{
  for (guint i = 0; i < N_TURNS / 10; i++)
    {
      g_autoptr (JsonObject) copied = regie_json_copy (data);

      g_assert_cmpint (regie_json_get_int (copied, "n", 0), ==, 7);
    }

  return NULL;
}

/* Many threads hold one object and copies that share its values: none is lost, none is freed early. */
static void
test_references (void)
{
  g_autoptr (JsonObject) object = regie_json_object_new ("n", 'i', (gint64) 7, "text", 's', "seven", NULL);
  GThread *threads[2 * N_THREADS];

  g_assert_true (regie_json_threads_are_safe ());
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("json", i % 2 == 0 ? hold_and_let_go : copy, object);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_assert_cmpstr (regie_json_get_text (object, "text", NULL), ==, "seven");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/json/references-of-threads", test_references);

  return g_test_run ();
}
