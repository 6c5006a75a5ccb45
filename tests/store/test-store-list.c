/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-list-refresh.h"
#include "store-test-util.h"

#include "core/regie-json.h"

typedef void (*TestFunc) (StoreTest *test, gconstpointer unused);

static const RegieKind *
dh (void)
{
  return regie_kind_get ("digital-human");
}

/* The items of a list as its signals alone tell of them. */
static void
on_items_changed (GListModel *model, guint position, guint removed, guint added, gpointer data)
{
  GPtrArray *shadow = data;

  g_assert_cmpuint (position + removed, <=, shadow->len);
  if (removed > 0)
    g_ptr_array_remove_range (shadow, position, removed);
  for (guint i = 0; i < added; i++)
    g_ptr_array_insert (shadow, position + i, g_list_model_get_item (model, position + i));
  g_assert_cmpuint (g_list_model_get_n_items (model), ==, shadow->len);
  /* What lies beside the splice is still what it was. */
  if (position > 0)
    {
      g_autoptr (GObject) before = g_list_model_get_item (model, position - 1);

      g_assert_true (before == g_ptr_array_index (shadow, position - 1));
    }
  if (position + added < shadow->len)
    {
      g_autoptr (GObject) behind = g_list_model_get_item (model, position + added);

      g_assert_true (behind == g_ptr_array_index (shadow, position + added));
    }
}

static GPtrArray *
follow (RegieList *list)
{
  GPtrArray *shadow = g_ptr_array_new_with_free_func (g_object_unref);

  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (list)), ==, 0);
  g_signal_connect_data (list, "items-changed", G_CALLBACK (on_items_changed), g_ptr_array_ref (shadow),
                         (GClosureNotify) g_ptr_array_unref, 0);

  return shadow;
}

static char *
join (GPtrArray *records, const char *field)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < records->len; i++)
    {
      const char *value = regie_record_get_text (g_ptr_array_index (records, i), field);

      g_string_append_printf (text, "%s%s", i > 0 ? "," : "", value != NULL ? value : "-");
    }

  return g_string_free_and_steal (text);
}

static gboolean
shows (StoreTest *test, GPtrArray *shadow, const RegieQuery *query, const char *field)
{
  g_autofree char *shown = join (shadow, field);
  g_autofree char *truth = store_test_fields (test->store, query, field);

  return g_str_equal (shown, truth);
}

static gboolean
is_loaded (GPtrArray *shadow)
{
  for (guint i = 0; i < shadow->len; i++)
    if (!regie_record_is_loaded (g_ptr_array_index (shadow, i)))
      return FALSE;

  return TRUE;
}

static void
test_opens_and_loads (StoreTest *test, gconstpointer unused)
{
  g_autoptr (RegieQuery) query = regie_query_new (dh ());
  g_autoptr (RegieList) list = NULL;
  g_autoptr (GPtrArray) shadow = NULL;
  g_autoptr (RegieRecord) first = NULL;
  g_autoptr (RegieRecord) again = NULL;

  store_test_fill (test->store, "local", 1, 1000);
  regie_query_sort (query, "name", TRUE);
  list = regie_store_list (test->store, query);
  shadow = follow (list);
  g_assert_true (regie_list_get_loading (list));
  store_test_until (!regie_list_get_loading (list));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (list)), ==, 1000);

  first = g_list_model_get_item (G_LIST_MODEL (list), 0);
  again = g_list_model_get_item (G_LIST_MODEL (list), 0);
  g_assert_true (first == again);
  store_test_until (is_loaded (shadow));
  g_assert_cmpstr (regie_record_get_title (first), ==, "human 999");
  g_assert_true (shows (test, shadow, query, "name"));
  g_assert_null (g_list_model_get_item (G_LIST_MODEL (list), 1000));
}

static void
count_emissions (GListModel *model, guint position, guint removed, guint added, gpointer count)
{
  *(guint *) count += 1;
}

/* A change that moves nothing fills the item in place. */
static void
test_content_changes_in_place (StoreTest *test, gconstpointer unused)
{
  g_autoptr (RegieQuery) query = regie_query_new (dh ());
  g_autoptr (RegieList) list = NULL;
  g_autoptr (GPtrArray) shadow = NULL;
  JsonObject *changed = store_test_digital_human (2, 2);
  guint emissions = 0;

  store_test_fill (test->store, "local", 1, 3);
  list = regie_store_list (test->store, query);
  shadow = follow (list);
  store_test_until (!regie_list_get_loading (list) && is_loaded (shadow));
  g_signal_connect (list, "items-changed", G_CALLBACK (count_emissions), &emissions);

  json_object_set_string_member (changed, "state", "idle");
  store_test_put (test->store, "local", "digital-human", changed, NULL);
  store_test_until (g_strcmp0 (regie_record_get_text (g_ptr_array_index (shadow, 1), "state"), "idle") == 0);
  store_test_fill (test->store, "local", 4, 1);
  store_test_until (shadow->len == 4);
  g_assert_cmpuint (emissions, ==, 1);
}

static void
test_other_query (StoreTest *test, gconstpointer unused)
{
  g_autoptr (RegieQuery) query = regie_query_new (dh ());
  g_autoptr (RegieQuery) tasks = regie_query_new (regie_kind_get ("task"));
  g_autoptr (RegieList) list = NULL;
  g_autoptr (GPtrArray) shadow = NULL;

  store_test_fill (test->store, "local", 1, 700);
  list = regie_store_list (test->store, query);
  shadow = follow (list);
  store_test_until (!regie_list_get_loading (list));
  regie_query_search (query, "human 7");
  regie_query_sort (query, "tasks_day", TRUE);
  regie_list_set_query (list, query);
  g_assert_cmpuint (shadow->len, ==, 700);
  store_test_until (!regie_list_get_loading (list));
  store_test_until (is_loaded (shadow));
  g_assert_true (shows (test, shadow, query, "name"));
  regie_query_search (query, NULL);
  regie_list_set_query (list, query);
  regie_list_set_query (list, tasks);
  store_test_until (!regie_list_get_loading (list));
  g_assert_cmpuint (shadow->len, ==, 0);
}

static void
test_find_and_keys (StoreTest *test, gconstpointer unused)
{
  static const guint positions[] = { 2, 0, 99 };
  g_autoptr (RegieQuery) query = regie_query_new (dh ());
  g_autoptr (RegieList) list = NULL;
  g_autofree char *key = NULL;
  g_auto (GStrv) keys = NULL;
  DexFuture *future;

  store_test_fill (test->store, "local", 1, 5);
  list = regie_store_list (test->store, query);
  store_test_until (!regie_list_get_loading (list));
  key = store_test_key (test->store, "digital-human", "human 3");
  future = regie_list_find (list, key);
  store_test_until (!dex_future_is_pending (future));
  g_assert_cmpuint (g_value_get_uint (dex_future_get_value (future, NULL)), ==, 2);
  dex_unref (future);
  future = regie_list_find (list, "nobody");
  store_test_until (!dex_future_is_pending (future));
  g_assert_cmpuint (g_value_get_uint (dex_future_get_value (future, NULL)), ==, G_MAXUINT);
  dex_unref (future);
  keys = store_test_await_boxed (regie_list_dup_keys (list, positions, 3), G_TYPE_STRV);
  g_assert_cmpuint (g_strv_length (keys), ==, 2);
  g_assert_cmpstr (keys[0], ==, key);
}

/* --- whatever happens, the list is what a fresh query gives, and its signals say the same --- */

static void
change_something (StoreTest *test, guint *next)
{
  guint what = *next > 1 ? g_test_rand_int_range (0, 10) : 0;

  if (what < 3)
    {
      guint n = g_test_rand_int_range (1, 40);

      store_test_fill (test->store, g_test_rand_int_range (0, 2) ? "local" : "other", *next, n);
      *next += n;
    }
  else if (what < 8)
    {
      g_autoptr (JsonArray) page = json_array_new ();

      for (guint i = g_test_rand_int_range (1, 30); i > 0; i--)
        {
          JsonObject *record = store_test_digital_human (g_test_rand_int_range (1, *next), *next);

          json_object_set_int_member (record, "tasks_day", g_test_rand_int_range (0, 50));
          if (g_test_rand_int_range (0, 3) == 0)
            json_object_set_string_member (record, "name", "renamed");
          json_object_set_string_member (record, "state", g_test_rand_int_range (0, 2) ? "idle" : "stopped");
          json_array_add_object_element (page, record);
        }
      store_test_await_int64 (regie_store_put_remote (test->store, "local", dh (), page));
    }
  else
    {
      g_autofree char *id = g_strdup_printf ("%024x", g_test_rand_int_range (1, *next));

      store_test_await_ok (regie_store_remove_remote (test->store, "local", dh (), id));
    }
}

static void
follow_random_changes (StoreTest *test, RegieQuery *query)
{
  g_autoptr (RegieList) list = regie_store_list (test->store, query);
  g_autoptr (GPtrArray) shadow = follow (list);
  guint next = 1;

  for (guint round = 0; round < 40; round++)
    {
      change_something (test, &next);
      if (round % 4 == 0)
        store_test_until (shows (test, shadow, query, "email"));
    }
  store_test_until (shows (test, shadow, query, "email"));
}

static void
test_random_changes_by_number (StoreTest *test, gconstpointer unused)
{
  g_autoptr (RegieQuery) query = regie_query_new (dh ());

  regie_query_sort (query, "tasks_day", TRUE);
  follow_random_changes (test, query);
}

static void
test_random_changes_filtered (StoreTest *test, gconstpointer unused)
{
  g_autoptr (RegieQuery) query = regie_query_new (dh ());

  regie_query_where (query, "state", REGIE_OP_EQ, "idle");
  regie_query_where (query, "connection", REGIE_OP_EQ, "local");
  regie_query_sort (query, "name", FALSE);
  follow_random_changes (test, query);
}

static void
test_random_changes_searched (StoreTest *test, gconstpointer unused)
{
  g_autoptr (RegieQuery) query = regie_query_new (dh ());

  regie_query_search (query, "human 1");
  regie_query_sort (query, "tasks_day", FALSE);
  follow_random_changes (test, query);
}

/* The same where only what changed is looked at, as in a long list. */
static void
with_changes_only (StoreTest *test, TestFunc follow_changes)
{
  guint few = regie_order_limits.few_rows;

  regie_order_limits.few_rows = 0;
  regie_list_n_refreshed = 0;
  follow_changes (test, NULL);
  g_assert_cmpuint (regie_list_n_refreshed, >, 5);
  regie_order_limits.few_rows = few;
}

static void
test_changes_only_by_number (StoreTest *test, gconstpointer unused)
{
  with_changes_only (test, test_random_changes_by_number);
}

static void
test_changes_only_filtered (StoreTest *test, gconstpointer unused)
{
  with_changes_only (test, test_random_changes_filtered);
}

static void
test_changes_only_searched (StoreTest *test, gconstpointer unused)
{
  with_changes_only (test, test_random_changes_searched);
}

static void
test_changes_only_unsorted (StoreTest *test, gconstpointer unused)
{
  g_autoptr (RegieQuery) query = regie_query_new (dh ());
  guint few = regie_order_limits.few_rows;

  regie_order_limits.few_rows = 0;
  regie_query_sort (query, NULL, TRUE);
  follow_random_changes (test, query);
  regie_order_limits.few_rows = few;
}

/* One list is asked ever other words while the store changes: they are picked from an order that is known,
 * made new by what changed. */
static void
test_typing_amid_changes (StoreTest *test, gconstpointer unused)
{
  static const char *const words[] = { "h", "human", "human 1", "human 12", "13", "nobody", NULL, "" };
  g_autoptr (RegieQuery) query = regie_query_new (dh ());
  g_autoptr (RegieList) list = NULL;
  g_autoptr (GPtrArray) shadow = NULL;
  guint next = 1;

  regie_query_sort (query, "tasks_day", TRUE);
  list = regie_store_list (test->store, query);
  shadow = follow (list);
  for (guint round = 0; round < 40; round++)
    {
      for (guint i = g_test_rand_int_range (0, 4); i > 0; i--)
        change_something (test, &next);
      if (round == 20)
        regie_query_where (query, "state", REGIE_OP_EQ, "idle");
      regie_query_search (query, words[g_test_rand_int_range (0, G_N_ELEMENTS (words))]);
      regie_list_set_query (list, query);
      if (round % 2 == 0)
        store_test_until (shows (test, shadow, query, "email"));
    }
  store_test_until (shows (test, shadow, query, "email"));
}

/* A list that goes while it is being asked leaves nothing behind. */
static void
test_dropped_early (StoreTest *test, gconstpointer unused)
{
  g_autoptr (RegieQuery) query = regie_query_new (dh ());
  RegieList *list;

  store_test_fill (test->store, "local", 1, 500);
  for (guint i = 0; i < 20; i++)
    {
      list = regie_store_list (test->store, query);
      for (guint n = 0; n < i; n++)
        g_main_context_iteration (NULL, FALSE);
      if (g_list_model_get_n_items (G_LIST_MODEL (list)) > 0)
        g_object_unref (g_list_model_get_item (G_LIST_MODEL (list), 0));
      g_object_add_weak_pointer (G_OBJECT (list), (gpointer *) &list);
      g_object_unref (list);
      store_test_until (list == NULL);
    }
}

#define ADD(path, func) g_test_add (path, StoreTest, NULL, store_test_set_up, func, store_test_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/list/opens-and-loads", test_opens_and_loads);
  ADD ("/list/content-changes-in-place", test_content_changes_in_place);
  ADD ("/list/other-query", test_other_query);
  ADD ("/list/find-and-keys", test_find_and_keys);
  ADD ("/list/random-changes-by-number", test_random_changes_by_number);
  ADD ("/list/random-changes-filtered", test_random_changes_filtered);
  ADD ("/list/random-changes-searched", test_random_changes_searched);
  ADD ("/list/changes-only-by-number", test_changes_only_by_number);
  ADD ("/list/changes-only-filtered", test_changes_only_filtered);
  ADD ("/list/changes-only-searched", test_changes_only_searched);
  ADD ("/list/changes-only-unsorted", test_changes_only_unsorted);
  ADD ("/list/typing-amid-changes", test_typing_amid_changes);
  ADD ("/list/dropped-early", test_dropped_early);

  return g_test_run ();
}
