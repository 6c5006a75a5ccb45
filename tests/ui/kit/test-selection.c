/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kit-sample.h"
#include "regie-json.h"
#include "regie-selection.h"
#include "regie-test-widget.h"

typedef struct
{
  StoreTest store;
  RegieList *list;
  RegieSelection *selection;
  GtkSelectionModel *model;
  guint n_signals;
  guint from, n;
} SelectionTest;

static void
on_changed (GtkSelectionModel *model, guint from, guint n, SelectionTest *test)
{
  test->n_signals++;
  test->from = from;
  test->n = n;
}

static void
set_up (SelectionTest *test, gconstpointer n_rows)
{
  g_autoptr (RegieQuery) query = regie_query_new (regie_kind_get ("digital-human"));

  store_test_set_up (&test->store, NULL);
  store_test_fill (test->store.store, "local", 1, GPOINTER_TO_UINT (n_rows));
  regie_query_sort (query, "name", FALSE);
  test->list = regie_store_list (test->store.store, query);
  REGIE_TEST_UNTIL (!regie_list_get_loading (test->list));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (test->list)), ==, GPOINTER_TO_UINT (n_rows));
  test->selection = regie_selection_new ();
  test->model = GTK_SELECTION_MODEL (test->selection);
  regie_selection_set_list (test->selection, test->list);
  g_signal_connect (test->selection, "selection-changed", G_CALLBACK (on_changed), test);
}

static void
tear_down (SelectionTest *test, gconstpointer unused)
{
  regie_selection_set_list (test->selection, NULL);
  g_assert_finalize_object (test->selection);
  g_clear_object (&test->list);
  store_test_tear_down (&test->store, NULL);
}

static void
test_selecting (SelectionTest *test, gconstpointer unused)
{
  guint n;
  g_autofree guint *positions = NULL;

  g_assert_true (gtk_selection_model_select_item (test->model, 3, TRUE));
  g_assert_cmpuint (test->n_signals, ==, 1);
  g_assert_cmpuint (test->from, ==, 3);
  g_assert_cmpuint (test->n, ==, 1);
  g_assert_true (gtk_selection_model_is_selected (test->model, 3));
  g_assert_true (gtk_selection_model_select_item (test->model, 3, TRUE));
  g_assert_cmpuint (test->n_signals, ==, 1);

  g_assert_true (gtk_selection_model_select_range (test->model, 5, 3, FALSE));
  g_assert_cmpuint (regie_selection_get_n_selected (test->selection), ==, 4);
  positions = regie_selection_dup_positions (test->selection, &n);
  g_assert_cmpuint (n, ==, 4);
  g_assert_cmpuint (positions[0], ==, 3);
  g_assert_cmpuint (positions[3], ==, 7);
  g_assert_true (gtk_selection_model_unselect_item (test->model, 3));
  g_assert_cmpuint (regie_selection_get_first (test->selection), ==, 5);
  g_assert_true (gtk_selection_model_unselect_all (test->model));
  g_assert_cmpuint (regie_selection_get_n_selected (test->selection), ==, 0);
  g_assert_cmpuint (regie_selection_get_first (test->selection), ==, GTK_INVALID_LIST_POSITION);
}

/* All of many rows, without an object for each. */
static void
test_all (SelectionTest *test, gconstpointer unused)
{
  guint n;
  g_autofree guint *positions = NULL;
  g_auto (GStrv) keys = NULL;
  gint64 before = g_get_monotonic_time ();

  g_assert_true (gtk_selection_model_select_all (test->model));
  g_assert_cmpint (g_get_monotonic_time () - before, <, 100 * G_TIME_SPAN_MILLISECOND);
  g_assert_cmpuint (regie_selection_get_n_selected (test->selection), ==, 5000);
  positions = regie_selection_dup_positions (test->selection, &n);
  keys = store_test_await_boxed (regie_list_dup_keys (test->list, positions, n), G_TYPE_STRV);
  g_assert_cmpuint (g_strv_length (keys), ==, 5000);
}

static char *
get_selected_title (SelectionTest *test)
{
  guint first = regie_selection_get_first (test->selection);
  g_autoptr (RegieRecord) record =
      first != GTK_INVALID_LIST_POSITION ? g_list_model_get_item (G_LIST_MODEL (test->model), first) : NULL;

  return g_strdup (record != NULL && regie_record_is_loaded (record) ? regie_record_get_title (record) : "");
}

#define until_selected(title)                                                                                \
  G_STMT_START                                                                                               \
  {                                                                                                          \
    g_autofree char *now_ = NULL;                                                                            \
    do                                                                                                       \
      {                                                                                                      \
        regie_test_iterate ();                                                                               \
        g_free (now_);                                                                                       \
        now_ = get_selected_title (test);                                                                    \
      }                                                                                                      \
    while (!g_str_equal (now_, title));                                                                      \
  }                                                                                                          \
  G_STMT_END

/* A selected row that moves, because it is named anew, stays selected; one that goes does not. */
static void
test_follows_a_row (SelectionTest *test, gconstpointer unused)
{
  g_autofree char *key = store_test_key (test->store.store, "digital-human", "human 4");
  g_autoptr (JsonObject) patch = regie_json_object_new ("name", 's', "zz last", NULL);
  g_autoptr (DexFuture) found = regie_list_find (test->list, key);

  REGIE_TEST_UNTIL (dex_future_is_resolved (found));
  gtk_selection_model_select_item (test->model, g_value_get_uint (dex_future_get_value (found, NULL)), TRUE);
  until_selected ("human 4");

  store_test_await_ok (
      regie_store_update (test->store.store, regie_kind_get ("digital-human"), key, patch, 60000));
  REGIE_TEST_UNTIL (regie_selection_get_first (test->selection) == 9);
  until_selected ("zz last");
  g_assert_cmpuint (regie_selection_get_n_selected (test->selection), ==, 1);

  store_test_await_ok (regie_store_delete (test->store.store, regie_kind_get ("digital-human"), key, 60000));
  REGIE_TEST_UNTIL (g_list_model_get_n_items (G_LIST_MODEL (test->list)) == 9);
  g_assert_cmpuint (regie_selection_get_n_selected (test->selection), ==, 0);
}

int
main (int argc, char **argv)
{
  regie_test_init (&argc, &argv);
  g_test_add ("/selection/selecting", SelectionTest, GUINT_TO_POINTER (10), set_up, test_selecting,
              tear_down);
  g_test_add ("/selection/all", SelectionTest, GUINT_TO_POINTER (5000), set_up, test_all, tear_down);
  g_test_add ("/selection/follows-a-row", SelectionTest, GUINT_TO_POINTER (10), set_up, test_follows_a_row,
              tear_down);

  return g_test_run ();
}
