/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-store-order.h"
#include "store-test-util.h"

#include "core/regie-json.h"

/* The quick way to an order gives what the plain statement gives, whatever the query and the limits. */

#define N_ROWS 3000

static const RegieKind *
dh (void)
{
  return regie_kind_get ("digital-human");
}

static void
fill (RegieStore *store)
{
  static const char *const states[] = { "idle", "stopped", "error", "thinking" };
  static const char *const names[] = { "Anna", "Émile", "bob", "Zoé Martin", "Anna Lena" };
  g_autoptr (JsonArray) page = json_array_new ();

  for (guint i = 1; i <= N_ROWS; i++)
    {
      JsonObject *record = store_test_digital_human (i, 1);

      json_object_set_string_member (record, "state", states[g_test_rand_int_range (0, 4)]);
      json_object_set_int_member (record, "tasks_day", g_test_rand_int_range (0, 100));
      if (g_test_rand_int_range (0, 3) > 0)
        json_object_set_string_member (record, "name", names[g_test_rand_int_range (0, 5)]);
      if (g_test_rand_int_range (0, 3) == 0)
        json_object_remove_member (record, "email");
      json_array_add_object_element (page, record);
    }
  store_test_await_int64 (regie_store_put_remote (store, "local", dh (), page));
}

static RegieQuery *
make_query (void)
{
  static const char *const sorts[] = {
    NULL, "name", "tasks_day", "state", "email", "connection", "created_at"
  };
  static const char *const words[] = { NULL, NULL, "anna", "a", "zoe mar", "nobody", "example human",
                                       "é",  "12", "-" };
  RegieQuery *query = regie_query_new (dh ());

  if (g_test_rand_int_range (0, 2))
    regie_query_where (query, "state", REGIE_OP_EQ, "idle");
  if (g_test_rand_int_range (0, 3) == 0)
    regie_query_where (query, "tasks_day", REGIE_OP_GE, "40");
  if (g_test_rand_int_range (0, 4) == 0)
    regie_query_where (query, "email", REGIE_OP_NE, "");
  if (g_test_rand_int_range (0, 4) == 0)
    regie_query_where (query, "name", REGIE_OP_IN, "anna,Émile,");
  if (g_test_rand_int_range (0, 10) == 0)
    regie_query_where (query, "connection", REGIE_OP_EQ, "nowhere");
  regie_query_search (query, words[g_test_rand_int_range (0, G_N_ELEMENTS (words))]);
  regie_query_sort (query, sorts[g_test_rand_int_range (0, G_N_ELEMENTS (sorts))],
                    g_test_rand_int_range (0, 2));

  return query;
}

typedef struct
{
  const RegieQuery *query;
  GArray *plain, *quick, *first;
  guint n_first_calls;
} Compared;

static void
on_first (const guint32 *rows, guint n, gpointer data)
{
  Compared *self = data;

  self->n_first_calls++;
  g_array_append_vals (self->first, rows, n);
}

static gboolean
compare (sqlite3 *db, gpointer data, GError **error)
{
  Compared *self = data;
  g_autoptr (GPtrArray) values = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *sql = regie_query_build_sql (self->query, values);
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (db, sql, error);
  int step;

  g_assert_nonnull (stmt);
  regie_store_bind_values (stmt, 1, values);
  while ((step = regie_db_step (stmt, error)) == 1)
    {
      guint32 row = sqlite3_column_int64 (stmt, 0);

      g_array_append_val (self->plain, row);
    }
  g_assert_cmpint (step, ==, 0);
  self->quick = regie_store_order (db, self->query, 50, on_first, self, error);

  return self->quick != NULL;
}

static void
check (RegieStore *store, const RegieQuery *query)
{
  Compared self = { .query = query };
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) json = regie_query_to_json (query);
  g_autofree char *text = regie_json_object_to_string (json);

  g_test_message ("%s", text);
  self.plain = g_array_new (FALSE, FALSE, sizeof (guint32));
  self.first = g_array_new (FALSE, FALSE, sizeof (guint32));
  regie_db_read_sync (store->cache, compare, &self, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (self.quick->len, ==, self.plain->len);
  g_assert_cmpmem (self.quick->data, self.quick->len * sizeof (guint32), self.plain->data,
                   self.plain->len * sizeof (guint32));
  /* What was sent ahead is how the order begins. */
  g_assert_cmpuint (self.n_first_calls, <=, 1);
  g_assert_cmpuint (self.first->len, <=, self.plain->len);
  g_assert_cmpmem (self.first->data, self.first->len * sizeof (guint32), self.plain->data,
                   self.first->len * sizeof (guint32));
  g_array_unref (self.plain);
  g_array_unref (self.quick);
  g_array_unref (self.first);
}

static void
test_same_as_plain (StoreTest *test, gconstpointer unused)
{
  static const RegieOrderLimits limits[] = {
    { .sort_itself = 3000, .many_matches = 40000, .max_tries = 6000 },
    { .sort_itself = 0, .many_matches = 100, .max_tries = 6000 },
    { .sort_itself = 500, .many_matches = 10, .max_tries = 100 },
  };
  RegieOrderLimits old = regie_order_limits;

  fill (test->store);
  for (guint i = 0; i < 240; i++)
    {
      g_autoptr (RegieQuery) query = make_query ();

      regie_order_limits = limits[i % G_N_ELEMENTS (limits)];
      check (test->store, query);
    }
  regie_order_limits = old;
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/order/same-as-plain", StoreTest, NULL, store_test_set_up, test_same_as_plain,
              store_test_tear_down);

  return g_test_run ();
}
