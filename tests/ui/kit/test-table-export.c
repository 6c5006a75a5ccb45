/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <string.h>

#include "kit-sample.h"
#include "regie-export.h"
#include "regie-json.h"
#include "regie-test-widget.h"

#define N_ROWS 1203 /* more than two pages */

typedef struct
{
  StoreTest store;
  RegieList *list;
  char *folder;
} ExportTest;

static void
set_up (ExportTest *test, gconstpointer unused)
{
  g_autoptr (RegieQuery) query = regie_query_new (regie_kind_get ("digital-human"));
  JsonObject *odd = store_test_digital_human (5000, 1);

  store_test_set_up (&test->store, NULL);
  store_test_fill (test->store.store, "local", 1, N_ROWS - 1);
  json_object_set_string_member (odd, "name", "=cmd|' /C calc'!A0");
  store_test_put (test->store.store, "local", "digital-human", odd, NULL);
  regie_query_sort (query, "name", TRUE);
  test->list = regie_store_list (test->store.store, query);
  REGIE_TEST_UNTIL (!regie_list_get_loading (test->list));
  test->folder = g_dir_make_tmp ("regie-export-XXXXXX", NULL);
}

static void
tear_down (ExportTest *test, gconstpointer unused)
{
  g_clear_object (&test->list);
  store_test_tear_down (&test->store, NULL);
  store_test_remove_folder (test->folder);
  g_free (test->folder);
}

static char *export (ExportTest *test, const char *format)
{
  g_autofree char *path = g_build_filename (test->folder, "out", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  char *text = NULL;

  g_assert_cmpint (store_test_await_int64 (regie_export_list (test->store.store, test->list, file, format)),
                   ==, N_ROWS);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));

  return text;
}

static void
test_csv (ExportTest *test, gconstpointer unused)
{
  g_autofree char *text = export (test, "csv");
  g_auto (GStrv) lines = g_strsplit (text, "\r\n", -1);

  g_assert_true (g_str_has_prefix (text, "\xef\xbb\xbf"));
  g_assert_nonnull (strstr (lines[0], "name,"));
  /* Head, rows, and nothing after the last line end. */
  g_assert_cmpuint (g_strv_length (lines), ==, N_ROWS + 2);
  g_assert_nonnull (strstr (lines[1], "human 999"));
  g_assert_null (strstr (text, ",=cmd"));
  g_assert_nonnull (strstr (text, "\"'=cmd|' /C calc'!A0\""));
}

static void
test_json (ExportTest *test, gconstpointer unused)
{
  g_autofree char *text = export (test, "json");
  g_autoptr (JsonNode) root = json_from_string (text, NULL);
  JsonArray *array;
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  g_assert_nonnull (root);
  array = json_node_get_array (root);
  g_assert_cmpuint (json_array_get_length (array), ==, N_ROWS);
  for (guint i = 0; i < N_ROWS; i++)
    g_hash_table_add (seen,
                      (char *) regie_json_get_text (json_array_get_object_element (array, i), "id", NULL));
  g_assert_cmpuint (g_hash_table_size (seen), ==, N_ROWS);
  g_assert_cmpstr (regie_json_get_text (json_array_get_object_element (array, 0), "name", NULL), ==,
                   "human 999");
  /* Times as on the wire. */
  g_assert_true (g_str_has_prefix (
      regie_json_get_text (json_array_get_object_element (array, 0), "created_at", NULL), "2023-11-14T"));
}

/* A folder that cannot be written to: the error comes back, and what was there stays. */
static void
test_failure (ExportTest *test, gconstpointer unused)
{
  g_autoptr (GFile) file = g_file_new_for_path ("/proc/no/such/file.csv");
  DexFuture *future = regie_export_list (test->store.store, test->list, file, "csv");
  g_autoptr (GError) error = NULL;

  g_assert_false (store_test_await (future, &error));
  g_assert_nonnull (error);
}

#define ADD(name, func) g_test_add (name, ExportTest, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  regie_test_init (&argc, &argv);
  ADD ("/table-export/csv", test_csv);
  ADD ("/table-export/json", test_json);
  ADD ("/table-export/failure", test_failure);

  return g_test_run ();
}
