/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-store-private.h"
#include "store-test-util.h"

#include "core/regie-json.h"

typedef void (*TestFunc) (StoreTest *test, gconstpointer unused);

static const RegieKind *
dh (void)
{
  return regie_kind_get ("digital-human");
}

static void
test_put_and_read (StoreTest *test, gconstpointer unused)
{
  g_autoptr (RegieQuery) query = regie_query_new (dh ());
  g_autoptr (RegieRecord) record = NULL;
  g_autofree char *names = NULL;
  g_autofree char *key = NULL;

  g_assert_cmpint (store_test_put (test->store, "local", "digital-human", store_test_digital_human (2, 1),
                                   store_test_digital_human (1, 1), NULL),
                   ==, 2);
  regie_query_sort (query, "name", FALSE);
  names = store_test_fields (test->store, query, "name");
  g_assert_cmpstr (names, ==, "human 1,human 2");

  record = store_test_find (test->store, "digital-human", "human 2");
  g_assert_cmpstr (regie_record_get_connection (record), ==, "local");
  g_assert_cmpstr (regie_record_get_remote_id (record), ==, "000000000000000000000002");
  g_assert_cmpstr (regie_record_get_etag (record), ==, "1");
  g_assert_cmpstr (regie_record_get_pending (record), ==, "");
  g_assert_cmpstr (regie_record_get_text (record, "description"), ==, "Answers “mail” and\nmore");
  g_assert_cmpint (regie_record_get_fetched_at (record), >, 0);

  key =
      store_test_await_text (regie_store_find_key (test->store, "local", dh (), "000000000000000000000002"));
  g_assert_cmpstr (key, ==, regie_record_get_key (record));
  store_test_await_error (regie_store_find_key (test->store, "other", dh (), "000000000000000000000002"),
                          REGIE_ERROR_NOT_FOUND);
}

static void
test_only_differences_are_written (StoreTest *test, gconstpointer unused)
{
  g_assert_cmpint (
      store_test_put (test->store, "local", "digital-human", store_test_digital_human (1, 1), NULL), ==, 1);
  g_assert_cmpint (
      store_test_put (test->store, "local", "digital-human", store_test_digital_human (1, 1), NULL), ==, 0);
  g_assert_cmpint (store_test_put (test->store, "local", "digital-human", store_test_digital_human (1, 2),
                                   store_test_digital_human (2, 1), NULL),
                   ==, 2);
}

/* An answer that was overtaken by an event. */
static void
test_late_answer_is_dropped (StoreTest *test, gconstpointer unused)
{
  g_autoptr (RegieRecord) record = NULL;

  store_test_put (test->store, "local", "digital-human", store_test_digital_human (1, 5), NULL);
  g_assert_cmpint (
      store_test_put (test->store, "local", "digital-human", store_test_digital_human (1, 4), NULL), ==, 0);
  record = store_test_find (test->store, "digital-human", "human 1");
  g_assert_cmpstr (regie_record_get_etag (record), ==, "5");
}

static void
test_live_record_follows (StoreTest *test, gconstpointer unused)
{
  g_autofree char *key = NULL;
  g_autoptr (RegieRecord) record = NULL;
  g_autoptr (RegieRecord) same = NULL;
  JsonObject *changed = store_test_digital_human (1, 2);

  store_test_fill (test->store, "local", 1, 3);
  key = store_test_key (test->store, "digital-human", "human 1");
  record = regie_store_get (test->store, dh (), key);
  same = regie_store_get (test->store, dh (), key);
  g_assert_true (record == same);
  store_test_until (regie_record_is_loaded (record));

  json_object_set_string_member (changed, "state", "idle");
  store_test_put (test->store, "local", "digital-human", changed, NULL);
  store_test_until (g_strcmp0 (regie_record_get_text (record, "state"), "idle") == 0);
}

static void
on_signal (RegieStore *store, const char *kind, gpointer log)
{
  g_string_append_printf (log, "%s;", kind);
}

static void
on_record (RegieStore *store, const char *kind, const char *key, gpointer log)
{
  g_string_append_printf (log, "%s %s;", kind, key);
}

static void
test_signals (StoreTest *test, gconstpointer unused)
{
  g_autoptr (GString) log = g_string_new (NULL);
  g_autofree char *key = NULL;
  g_autofree char *detailed = NULL;
  g_autofree char *expected = NULL;
  JsonObject *changed = store_test_digital_human (1, 2);

  store_test_fill (test->store, "local", 1, 2);
  key = store_test_key (test->store, "digital-human", "human 1");
  detailed = g_strconcat ("record-changed::", key, NULL);
  g_signal_connect (test->store, "changed", G_CALLBACK (on_signal), log);
  g_signal_connect (test->store, "changed::task", G_CALLBACK (on_signal), log);
  g_signal_connect (test->store, detailed, G_CALLBACK (on_record), log);
  store_test_put (test->store, "local", "digital-human", changed, store_test_digital_human (2, 2), NULL);
  expected = g_strdup_printf ("digital-human %s;digital-human;", key);
  g_assert_cmpstr (log->str, ==, expected);
  /* Nothing new, nothing said. */
  store_test_put (test->store, "local", "digital-human", store_test_digital_human (2, 2), NULL);
  g_assert_cmpstr (log->str, ==, expected);
}

static void
test_full_pull_removes (StoreTest *test, gconstpointer unused)
{
  g_autoptr (RegieQuery) query = regie_query_new (dh ());
  g_autofree char *names = NULL;
  g_autofree char *others = NULL;

  store_test_fill (test->store, "local", 1, 4);
  store_test_fill (test->store, "other", 10, 1);
  store_test_await_ok (regie_store_begin_pull (test->store, "local", dh ()));
  store_test_put (test->store, "local", "digital-human", store_test_digital_human (2, 1), NULL);
  store_test_put (test->store, "local", "digital-human", store_test_digital_human (5, 1), NULL);
  store_test_await_ok (regie_store_end_pull (test->store, "local", dh ()));
  regie_query_sort (query, "created_at", FALSE);
  names = store_test_fields (test->store, query, "name");
  g_assert_cmpstr (names, ==, "human 2,human 5,human 10");

  store_test_await_error (regie_store_end_pull (test->store, "local", dh ()), REGIE_ERROR_STATE);
  store_test_await_ok (regie_store_remove_remote (test->store, "local", dh (), "000000000000000000000002"));
  others = store_test_fields (test->store, query, "name");
  g_assert_cmpstr (others, ==, "human 5,human 10");
}

static gboolean
count_indexes (sqlite3 *db, gpointer n, GError **error)
{
  *(gint64 *) n = regie_db_get_int64 (
      db, 0, "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND name LIKE 'digital_human_f_%'",
      NULL);

  return TRUE;
}

static gint64
get_indexes (StoreTest *test)
{
  gint64 n = 0;

  g_assert_true (regie_db_read_sync (test->store->cache, count_indexes, &n, NULL));

  return n;
}

/* A large first pull does without the indexes of the fields, and leaves them behind it. */
static void
test_large_first_pull (StoreTest *test, gconstpointer unused)
{
  g_autoptr (RegieQuery) query = regie_query_new (dh ());
  gint64 all = get_indexes (test);

  g_assert_cmpint (all, >, 5);
  store_test_await_ok (regie_store_begin_pull (test->store, "local", dh ()));
  for (guint i = 0; i < 7; i++)
    store_test_fill (test->store, "local", 1 + i * 1000, 1000);
  g_assert_cmpint (get_indexes (test), ==, 0);
  regie_query_where (query, "tasks_day", REGIE_OP_EQ, "500");
  g_assert_cmpint (store_test_await_int64 (regie_store_count (test->store, query)), ==, 7);

  /* Cut short: the next start makes them. */
  store_test_reopen (test);
  store_test_until (get_indexes (test) == all);
  store_test_await_ok (regie_store_begin_pull (test->store, "local", dh ()));
  for (guint i = 0; i < 8; i++)
    store_test_fill (test->store, "local", 7001 + i * 1000, 1000);
  g_assert_cmpint (get_indexes (test), ==, all);
  store_test_await_ok (regie_store_end_pull (test->store, "local", dh ()));
  g_assert_cmpint (store_test_await_int64 (regie_store_count (test->store, query)), ==, 8);
}

static void
test_first_pull_ends (StoreTest *test, gconstpointer unused)
{
  gint64 all = get_indexes (test);

  store_test_await_ok (regie_store_begin_pull (test->store, "local", dh ()));
  for (guint i = 0; i < 6; i++)
    store_test_fill (test->store, "local", 1 + i * 1000, 1000);
  g_assert_cmpint (get_indexes (test), ==, 0);
  store_test_await_ok (regie_store_end_pull (test->store, "local", dh ()));
  store_test_until (get_indexes (test) == all);
}

static void
test_forget_connection (StoreTest *test, gconstpointer unused)
{
  g_autoptr (RegieQuery) query = regie_query_new (dh ());
  g_autofree char *names = NULL;
  g_autofree char *key = NULL;
  g_autofree char *intent = NULL;
  g_autoptr (JsonObject) patch = regie_json_object_new ("name", 's', "other", NULL);
  g_autoptr (GPtrArray) intents = NULL;

  store_test_fill (test->store, "local", 1, 2);
  store_test_fill (test->store, "other", 10, 1);
  key = store_test_key (test->store, "digital-human", "human 1");
  intent = store_test_await_text (regie_store_update (test->store, dh (), key, patch, 0));
  store_test_await_ok (regie_store_forget_connection (test->store, "local"));
  names = store_test_fields (test->store, query, "name");
  g_assert_cmpstr (names, ==, "human 10");
  intents = store_test_await_boxed (regie_store_list_intents (test->store), G_TYPE_PTR_ARRAY);
  g_assert_cmpuint (intents->len, ==, 0);
}

static void
test_values (StoreTest *test, gconstpointer unused)
{
  g_autoptr (JsonObject) value = regie_json_object_new ("width", 'i', (gint64) 800, NULL);
  g_autoptr (JsonObject) found = NULL;
  g_autoptr (JsonObject) none = NULL;
  g_autoptr (JsonObject) all = NULL;

  store_test_await_ok (regie_store_put_value (test->store, "view/a", value));
  store_test_await_ok (regie_store_put_value (test->store, "view/b", value));
  store_test_await_ok (regie_store_put_value (test->store, "window", value));
  store_test_await_ok (regie_store_put_value (test->store, "view/b", NULL));
  store_test_reopen (test);
  found = store_test_await_boxed (regie_store_get_value (test->store, "window"), JSON_TYPE_OBJECT);
  g_assert_cmpint (regie_json_get_int (found, "width", 0), ==, 800);
  none = store_test_await_boxed (regie_store_get_value (test->store, "view/b"), JSON_TYPE_OBJECT);
  g_assert_null (none);
  all = store_test_await_boxed (regie_store_list_values (test->store, "view/"), JSON_TYPE_OBJECT);
  g_assert_cmpuint (json_object_get_size (all), ==, 1);
  g_assert_nonnull (regie_json_get_object (all, "view/a"));
}

static void
test_search_over_kinds (StoreTest *test, gconstpointer unused)
{
  g_autoptr (GPtrArray) found = NULL;
  g_autoptr (GPtrArray) none = NULL;
  JsonObject *task = regie_json_object_new (
      "id", 's', "t1", "rev", 'i', (gint64) 1, "type", 's', "analyze", "summary", 's', "About human 1",
      "payload", 'o', regie_json_object_new ("text", 's', "Où est ma commande ?", NULL), NULL);

  store_test_fill (test->store, "local", 1, 3);
  store_test_put (test->store, "local", "task", task, NULL);
  found = store_test_await_boxed (regie_store_search (test->store, "human 1", 10), G_TYPE_PTR_ARRAY);
  g_assert_cmpuint (found->len, ==, 2);
  g_assert_cmpstr (regie_record_get_title (g_ptr_array_index (found, 0)), ==, "human 1");
  g_clear_pointer (&found, g_ptr_array_unref);
  found = store_test_await_boxed (regie_store_search (test->store, "ou comm", 10), G_TYPE_PTR_ARRAY);
  g_assert_cmpuint (found->len, ==, 1);
  none = store_test_await_boxed (regie_store_search (test->store, "\"*) OR zzz (", 10), G_TYPE_PTR_ARRAY);
  g_assert_cmpuint (none->len, ==, 0);
}

static void
test_locked (StoreTest *test, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (regie_store_open (test->folder, NULL, &error));
  g_assert_error (error, REGIE_ERROR, REGIE_ERROR_LOCKED);
}

static void
test_rows_survive_reopening (StoreTest *test, gconstpointer unused)
{
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  store_test_fill (test->store, "local", 1, 3);
  before = store_test_key (test->store, "digital-human", "human 3");
  store_test_reopen (test);
  after = store_test_key (test->store, "digital-human", "human 3");
  g_assert_cmpstr (before, ==, after);
}

static void
add (const char *path, TestFunc func)
{
  g_test_add (path, StoreTest, NULL, store_test_set_up, func, store_test_tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/store/put-and-read", test_put_and_read);
  add ("/store/only-differences-are-written", test_only_differences_are_written);
  add ("/store/late-answer-is-dropped", test_late_answer_is_dropped);
  add ("/store/live-record-follows", test_live_record_follows);
  add ("/store/signals", test_signals);
  add ("/store/full-pull-removes", test_full_pull_removes);
  add ("/store/large-first-pull", test_large_first_pull);
  add ("/store/first-pull-ends", test_first_pull_ends);
  add ("/store/forget-connection", test_forget_connection);
  add ("/store/values", test_values);
  add ("/store/search-over-kinds", test_search_over_kinds);
  add ("/store/locked", test_locked);
  add ("/store/rows-survive-reopening", test_rows_survive_reopening);

  return g_test_run ();
}
