/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store-test-util.h"

#include "core/regie-json.h"

static const RegieKind *
dh (void)
{
  return regie_kind_get ("digital-human");
}

static void
assert_sql (RegieQuery *query, const char *expected_sql, const char *expected_values)
{
  g_autoptr (GPtrArray) values = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *sql = regie_query_build_sql (query, values);
  g_autofree char *joined = NULL;

  g_ptr_array_add (values, NULL);
  joined = g_strjoinv ("|", (char **) values->pdata);
  g_assert_cmpstr (sql, ==, expected_sql);
  g_assert_cmpstr (joined, ==, expected_values);
}

static void
test_sql (void)
{
  g_autoptr (RegieQuery) query = regie_query_new (dh ());

  assert_sql (query, "SELECT rowid FROM digital_human ORDER BY rowid", "");
  regie_query_where (query, "state", REGIE_OP_IN, "idle,,error");
  regie_query_where (query, "name", REGIE_OP_GE, "É");
  regie_query_where (query, "pending", REGIE_OP_EQ, "");
  regie_query_sort (query, "name", TRUE);
  regie_query_search (query, "mail o'n");
  assert_sql (
      query,
      "SELECT rowid FROM digital_human WHERE (f_state IN (?,?) OR f_state IS NULL) AND f_name >= ? AND "
      "pending IS "
      "NULL AND rowid IN (SELECT rowid FROM digital_human_words WHERE digital_human_words MATCH ?) ORDER BY "
      "f_name DESC, rowid DESC",
      "1|6|e|\"mail\" AND \"o\" AND \"n\"*");
}

static void
test_words_without_letters (void)
{
  g_autoptr (RegieQuery) query = regie_query_new (dh ());

  regie_query_search (query, " -*\"() ");
  assert_sql (query, "SELECT rowid FROM digital_human ORDER BY rowid", "");
}

static void
test_json (void)
{
  g_autoptr (RegieQuery) query = regie_query_new (dh ());
  g_autoptr (RegieQuery) again = NULL;
  g_autoptr (RegieQuery) copy = NULL;
  g_autoptr (JsonObject) json = NULL;
  g_autoptr (GError) error = NULL;

  regie_query_where (query, "tasks_day", REGIE_OP_GT, "5");
  regie_query_where (query, "connection", REGIE_OP_NE, "local");
  regie_query_search (query, "anna");
  regie_query_sort (query, "tasks_day", TRUE);
  json = regie_query_to_json (query);
  again = regie_query_from_json (json, &error);
  g_assert_no_error (error);
  g_assert_true (regie_query_equal (query, again));
  copy = regie_query_copy (query);
  g_assert_true (regie_query_equal (query, copy));
  regie_query_sort (copy, "tasks_day", FALSE);
  g_assert_false (regie_query_equal (query, copy));
}

static void
assert_refused (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) json = regie_json_parse_object (text, -1, &error);

  g_assert_no_error (error);
  g_assert_null (regie_query_from_json (json, &error));
  g_assert_error (error, REGIE_ERROR, REGIE_ERROR_INVALID);
}

static void
test_bad_json_is_refused (void)
{
  assert_refused ("{}");
  assert_refused ("{\"kind\": \"unicorn\"}");
  assert_refused ("{\"kind\": \"task\", \"where\": [[\"summary\", \"eq\", \"x\"]]}");
  assert_refused ("{\"kind\": \"task\", \"where\": [[\"state\", \"like\", \"x\"]]}");
  assert_refused ("{\"kind\": \"task\", \"where\": [[\"state\", \"eq\"]]}");
  assert_refused ("{\"kind\": \"task\", \"where\": [\"state\"]}");
  assert_refused ("{\"kind\": \"task\", \"where\": [[\"state; DROP TABLE task\", \"eq\", \"x\"]]}");
  assert_refused ("{\"kind\": \"task\", \"sort\": \"payload\"}");
}

static void
check (StoreTest *test, const char *field, RegieOp op, const char *value, const char *expected)
{
  g_autoptr (RegieQuery) query = regie_query_new (dh ());
  g_autofree char *names = NULL;

  regie_query_where (query, field, op, value);
  regie_query_sort (query, "created_at", FALSE);
  names = store_test_fields (test->store, query, "name");
  if (g_strcmp0 (names, expected) != 0)
    g_error ("%s %d “%s”: %s, expected %s", field, op, value, names, expected);
}

static JsonObject *
make (guint number, const char *name, const char *state, gint64 tasks, const char *email)
{
  JsonObject *record = store_test_digital_human (number, 1);

  json_object_set_string_member (record, "name", name);
  json_object_set_string_member (record, "state", state);
  json_object_set_int_member (record, "tasks_day", tasks);
  if (email != NULL)
    json_object_set_string_member (record, "email", email);
  else
    json_object_remove_member (record, "email");

  return record;
}

static void
test_filters (StoreTest *test, gconstpointer unused)
{
  store_test_put (test->store, "local", "digital-human", make (1, "Émile", "idle", 3, "a@x.fr"),
                  make (2, "anna", "error", 20, NULL), make (3, "Bob", "stopped", 100, ""), NULL);
  check (test, "name", REGIE_OP_EQ, "emile", "Émile");
  check (test, "name", REGIE_OP_EQ, "ANNA", "anna");
  check (test, "state", REGIE_OP_EQ, "error", "anna");
  check (test, "state", REGIE_OP_NE, "error", "Émile,Bob");
  check (test, "state", REGIE_OP_IN, "idle,stopped", "Émile,Bob");
  check (test, "state", REGIE_OP_EQ, "unheard-of", "");
  check (test, "tasks_day", REGIE_OP_GT, "3", "anna,Bob");
  check (test, "tasks_day", REGIE_OP_LE, "20", "Émile,anna");
  check (test, "tasks_day", REGIE_OP_IN, "3,100", "Émile,Bob");
  check (test, "email", REGIE_OP_EQ, "", "anna,Bob");
  check (test, "email", REGIE_OP_NE, "", "Émile");
  check (test, "email", REGIE_OP_NE, "a@x.fr", "anna,Bob");
  check (test, "connection", REGIE_OP_EQ, "local", "Émile,anna,Bob");
  check (test, "pending", REGIE_OP_EQ, "", "Émile,anna,Bob");
  check (test, "paused", REGIE_OP_EQ, "0", "Émile,anna,Bob");
}

static void
test_sorts (StoreTest *test, gconstpointer unused)
{
  static const struct
  {
    const char *field;
    gboolean descending;
    const char *expected;
  } cases[] = {
    { "name", FALSE, "anna,Bob,Émile" },     { "name", TRUE, "Émile,Bob,anna" },
    { "tasks_day", TRUE, "Bob,anna,Émile" }, { "state", FALSE, "Émile,Bob,anna" },
    { NULL, FALSE, "Émile,anna,Bob" },       { NULL, TRUE, "Bob,anna,Émile" },
    { "email", FALSE, "anna,Bob,Émile" },
  };

  store_test_put (test->store, "local", "digital-human", make (1, "Émile", "idle", 3, "a@x.fr"),
                  make (2, "anna", "error", 20, NULL), make (3, "Bob", "stopped", 100, ""), NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (RegieQuery) query = regie_query_new (dh ());
      g_autofree char *names = NULL;

      regie_query_sort (query, cases[i].field, cases[i].descending);
      names = store_test_fields (test->store, query, "name");
      g_assert_cmpstr (names, ==, cases[i].expected);
    }
}

static void
find (StoreTest *test, const char *words, const char *expected)
{
  g_autoptr (RegieQuery) query = regie_query_new (dh ());
  g_autofree char *names = NULL;

  regie_query_search (query, words);
  names = store_test_fields (test->store, query, "name");
  if (g_strcmp0 (names, expected) != 0)
    g_error ("“%s” finds %s, expected %s", words, names, expected);
}

static void
test_words (StoreTest *test, gconstpointer unused)
{
  store_test_put (test->store, "local", "digital-human", make (1, "Émile Zola", "idle", 3, "a@x.fr"),
                  make (2, "anna-Lena O'Neil", "error", 20, "anna.lena@example.org"),
                  make (3, "Bob", "idle", 1, ""), NULL);
  find (test, "zol", "Émile Zola");
  find (test, "EMILE", "Émile Zola");
  find (test, "é", "Émile Zola,anna-Lena O'Neil");
  find (test, "e\xcc\x81mile", "Émile Zola");
  find (test, "zola emi", "Émile Zola");
  find (test, "anna-lena", "anna-Lena O'Neil");
  find (test, "o'neil", "anna-Lena O'Neil");
  find (test, "anna.lena@example", "anna-Lena O'Neil");
  find (test, "neil zola", "");
  find (test, "", "Émile Zola,anna-Lena O'Neil,Bob");
  find (test, "mail", "Émile Zola,anna-Lena O'Neil,Bob");
  /* Words of FTS5's own language are words. */
  find (test, "NOT bob", "");
  find (test, "bob OR", "");
  find (test, "NEAR(bob", "");
}

/* What is found follows what the backend says, and what the user does. */
static void
test_words_follow (StoreTest *test, gconstpointer unused)
{
  JsonObject *renamed = make (1, "Victor Hugo", "idle", 3, "a@x.fr");
  g_autofree char *key = NULL;
  g_autofree char *intent = NULL;
  g_autofree char *delete = NULL;
  g_autoptr (JsonObject) patch = regie_json_object_new ("name", 's', "George Sand", NULL);

  store_test_put (test->store, "local", "digital-human", make (1, "Émile Zola", "idle", 3, "a@x.fr"), NULL);
  json_object_set_int_member (renamed, "rev", 2);
  store_test_put (test->store, "local", "digital-human", renamed, NULL);
  find (test, "zola", "");
  find (test, "hugo", "Victor Hugo");
  check (test, "name", REGIE_OP_EQ, "victor hugo", "Victor Hugo");

  key = store_test_key (test->store, "digital-human", "Victor Hugo");
  intent = store_test_await_text (regie_store_update (test->store, dh (), key, patch, 60000));
  find (test, "hugo", "");
  find (test, "sand", "George Sand");
  check (test, "pending", REGIE_OP_EQ, "held", "George Sand");
  store_test_await_ok (regie_store_undo (test->store, intent));
  find (test, "sand", "");
  find (test, "hugo", "Victor Hugo");
  check (test, "pending", REGIE_OP_EQ, "", "Victor Hugo");

  delete = store_test_await_text (regie_store_delete (test->store, dh (), key, 60000));
  find (test, "hugo", "");
  store_test_await_ok (regie_store_undo (test->store, delete));
  find (test, "hugo", "Victor Hugo");
  store_test_await_ok (regie_store_remove_remote (test->store, "local", dh (), "000000000000000000000001"));
  find (test, "hugo", "");
  find (test, "zola", "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/query/sql", test_sql);
  g_test_add_func ("/query/words-without-letters", test_words_without_letters);
  g_test_add_func ("/query/json", test_json);
  g_test_add_func ("/query/bad-json-is-refused", test_bad_json_is_refused);
  g_test_add ("/query/filters", StoreTest, NULL, store_test_set_up, test_filters, store_test_tear_down);
  g_test_add ("/query/sorts", StoreTest, NULL, store_test_set_up, test_sorts, store_test_tear_down);
  g_test_add ("/query/words", StoreTest, NULL, store_test_set_up, test_words, store_test_tear_down);

  g_test_add ("/query/words-follow", StoreTest, NULL, store_test_set_up, test_words_follow,
              store_test_tear_down);

  return g_test_run ();
}
