/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "supervisor-test-util.h"

#include <signal.h>

#include "core/regie-time.h"
#include "engine/regie-minute.h"

/* Minutes, percentiles, the summary. */

#define MINUTE (60 * (gint64) G_USEC_PER_SEC)
#define TEXT   "{\"text\": \"Hello, where is my order?\"}"

/* --- percentiles --- */

static int
compare (const void *a, const void *b)
{
  gint64 left = *(const gint64 *) a, right = *(const gint64 *) b;

  return (left > right) - (left < right);
}

/* The truth, counted out: the smallest value that at least RATE of all do not exceed. */
static gint64
count_out (const gint64 *values, gsize n, guint percent)
{
  gint64 best = G_MAXINT64;

  for (gsize i = 0; i < n; i++)
    {
      gsize below = 0;

      for (gsize j = 0; j < n; j++)
        below += values[j] <= values[i];
      if (below * 100 >= n * percent && values[i] < best)
        best = values[i];
    }

  return best;
}

static void
test_percentiles (void)
{
  for (guint round = 0; round < 300; round++)
    {
      gsize n = g_test_rand_int_range (1, 130);
      g_autofree gint64 *values = g_new (gint64, n);

      for (gsize i = 0; i < n; i++)
        values[i] = g_test_rand_int_range (0, g_test_rand_bit () ? 10 : 100000);
      qsort (values, n, sizeof *values, compare);
      g_assert_cmpint (regie_percentile (values, n, 0.5), ==, count_out (values, n, 50));
      g_assert_cmpint (regie_percentile (values, n, 0.95), ==, count_out (values, n, 95));
    }
}

/* --- rows --- */

typedef struct
{
  RegieMinute *minute;
  const char *human;
  gint64 at, latency, cpu, memory;
  gboolean failed;
  /* read back */
  gint64 tasks, errors, p50, p95;
  guint rows;
} Row;

static gboolean
add_task (RegieTxn *txn, gpointer data, GError **error)
{
  Row *self = data;

  return regie_minute_add_task (self->minute, regie_txn_get_db (txn), self->human, self->at, self->latency,
                                self->failed, error);
}

static gboolean
add_use (RegieTxn *txn, gpointer data, GError **error)
{
  Row *self = data;

  return regie_minute_add_use (self->minute, regie_txn_get_db (txn), self->human, self->at, self->cpu,
                               self->memory, error);
}

static gboolean
read_row (sqlite3 *db, gpointer data, GError **error)
{
  Row *self = data;
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (db,
                                                    "SELECT tasks, errors, latency_p50, latency_p95, cpu, "
                                                    "memory FROM metric WHERE digital_human = ? AND at = ?",
                                                    error);

  regie_db_bind (stmt, "si", self->human, self->at - self->at % MINUTE);
  self->rows = regie_db_step (stmt, error) == 1;
  self->tasks = sqlite3_column_int64 (stmt, 0);
  self->errors = sqlite3_column_int64 (stmt, 1);
  self->p50 = sqlite3_column_int64 (stmt, 2);
  self->p95 = sqlite3_column_int64 (stmt, 3);
  self->cpu = sqlite3_column_int64 (stmt, 4);
  self->memory = sqlite3_column_int64 (stmt, 5);

  return TRUE;
}

static void
test_rows (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  RegieMinute *minute = regie_minute_new ();
  Row row = { .minute = minute, .human = "6b0000000000000000000002" };
  g_autofree gint64 *values = g_new (gint64, 200);
  gint64 start = 1000000 * MINUTE;

  for (guint i = 0; i < 200; i++)
    {
      row.at = start + i * 1000;
      row.latency = values[i] = g_test_rand_int_range (0, 5000);
      row.failed = i % 10 == 0;
      test_await (regie_engine_store_change (f->store, f->workspace, add_task, &row, NULL), NULL);
      qsort (values, i + 1, sizeof *values, compare);
      test_await (regie_engine_store_read (f->store, f->workspace, read_row, &row, NULL), NULL);
      g_assert_cmpint (row.tasks, ==, i + 1);
      g_assert_cmpint (row.errors, ==, i / 10 + 1);
      g_assert_cmpint (row.p50, ==, count_out (values, i + 1, 50));
      g_assert_cmpint (row.p95, ==, count_out (values, i + 1, 95));
    }
  row.cpu = 30;
  row.memory = 900;
  test_await (regie_engine_store_change (f->store, f->workspace, add_use, &row, NULL), NULL);
  row.cpu = 12;
  row.memory = 700;
  test_await (regie_engine_store_change (f->store, f->workspace, add_use, &row, NULL), NULL);
  test_await (regie_engine_store_read (f->store, f->workspace, read_row, &row, NULL), NULL);
  g_assert_cmpint (row.cpu, ==, 42);
  g_assert_cmpint (row.memory, ==, 900);
  g_assert_cmpint (row.tasks, ==, 200);

  /* The next minute begins at nothing. */
  row.at = start + MINUTE;
  row.latency = 5;
  test_await (regie_engine_store_change (f->store, f->workspace, add_task, &row, NULL), NULL);
  test_await (regie_engine_store_read (f->store, f->workspace, read_row, &row, NULL), NULL);
  g_assert_cmpint (row.tasks, ==, 1);
  g_assert_cmpint (row.p50, ==, 5);
  g_assert_cmpint (row.cpu, ==, 0);
  regie_minute_unref (minute);
}

/* --- by the engine --- */

static gint64 frozen;

static gint64
frozen_clock (void)
{
  /* It goes on a little, so that what happens has an order. */
  return frozen + g_get_monotonic_time () % (10 * G_USEC_PER_SEC) / 1000;
}

/* The row is the tasks' own, also when the engine ends in the middle of the minute. */
static void
test_engine_rows (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autofree char *human = test_put_human (f, "one", "{}");
  g_autoptr (GArray) latencies = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (JsonObject) decorated = NULL;
  Row row = { .human = human };

  frozen = g_get_real_time () / MINUTE * MINUTE;
  regie_time_set_clock (frozen_clock);
  for (guint half = 0; half < 2; half++)
    {
      test_start (f, human);
      for (guint i = 0; i < 6; i++)
        {
          g_autofree char *id = test_put_task (f, human, i % 3 == 0 ? "http" : "analyze", "normal",
                                               i % 3 == 0 ? "{\"url\": \"http://127.0.0.1:1/\"}" : TEXT);
          g_autoptr (JsonObject) task = test_wait_task (f, id);
          gint64 latency = regie_json_get_int (task, "latency", -1);

          g_assert_cmpint (latency, >=, 0);
          g_array_append_val (latencies, latency);
        }
      if (half == 0)
        fixture_restart (f);
    }
  row.at = frozen;
  test_await (regie_engine_store_read (f->store, f->workspace, read_row, &row, NULL), NULL);
  g_assert_cmpuint (row.rows, ==, 1);
  g_assert_cmpint (row.tasks, ==, 12);
  g_assert_cmpint (row.errors, ==, 4);
  g_assert_cmpint (row.p50, ==, count_out ((gint64 *) latencies->data, latencies->len, 50));
  g_assert_cmpint (row.p95, ==, count_out ((gint64 *) latencies->data, latencies->len, 95));

  decorated = test_get (f, "digital-human", human);
  g_assert_cmpint (regie_json_get_int (decorated, "tasks_day", 0), ==, 12);
  g_assert_cmpint (regie_json_get_int (decorated, "errors_day", 0), ==, 4);
  g_assert_cmpint (json_array_get_length (regie_json_get_array (decorated, "activity")), ==, 24);
  g_assert_cmpint (json_array_get_int_element (regie_json_get_array (decorated, "activity"), 23), ==, 12);
  regie_time_set_clock (NULL);
}

static gint64
sum (JsonArray *series, const char *member)
{
  gint64 total = 0;

  for (guint i = 0; i < json_array_get_length (series); i++)
    total += regie_json_get_int (json_array_get_object_element (series, i), member, 0);

  return total;
}

static void
test_summary (void)
{
  static const struct
  {
    const char *window;
    guint buckets;
  } windows[] = { { "1h", 60 }, { "24h", 96 }, { "7d", 84 } };
  g_autoptr (Fixture) f = fixture_new ();
  g_autofree char *human = test_put_human (f, "one", "{}");
  g_autofree char *other = test_put_human (f, "two", "{}");
  g_autoptr (GArray) latencies = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (JsonObject) none = NULL;

  test_start (f, human);
  for (guint i = 0; i < 7; i++)
    {
      g_autofree char *id = test_put_task (f, human, i == 0 ? "http" : "analyze", "normal",
                                           i == 0 ? "{\"url\": \"https://a.test/\"}" : TEXT);
      g_autoptr (JsonObject) task = test_wait_task (f, id);
      gint64 latency = regie_json_get_int (task, "latency", -1);

      g_array_append_val (latencies, latency);
    }
  for (guint i = 0; i < G_N_ELEMENTS (windows); i++)
    {
      g_autoptr (JsonObject) summary =
          test_await_object (regie_supervisor_summary (f->supervisor, windows[i].window, NULL, NULL), NULL);
      JsonArray *series = regie_json_get_array (summary, "series");

      g_assert_cmpuint (json_array_get_length (series), ==, windows[i].buckets);
      g_assert_cmpint (regie_json_get_int (summary, "tasks", -1), ==, 7);
      g_assert_cmpint (regie_json_get_int (summary, "errors", -1), ==, 1);
      g_assert_cmpint (sum (series, "tasks"), ==, 7);
      g_assert_cmpint (sum (series, "errors"), ==, 1);
      g_assert_cmpint (regie_json_get_int (summary, "active", -1), ==, 1);
      g_assert_cmpint (regie_json_get_int (summary, "stopped", -1), ==, 1);
      g_assert_cmpint (regie_json_get_int (summary, "failing", -1), ==, 0);
      g_assert_cmpint (regie_json_get_int (summary, "latency_p50", -1), ==,
                       count_out ((gint64 *) latencies->data, latencies->len, 50));
      g_assert_cmpint (regie_json_get_int (summary, "latency_p95", -1), ==,
                       count_out ((gint64 *) latencies->data, latencies->len, 95));
    }
  none = test_await_object (regie_supervisor_summary (f->supervisor, "1h", NULL, other), NULL);
  g_assert_cmpint (regie_json_get_int (none, "tasks", -1), ==, 0);
  g_assert_true (json_object_get_null_member (none, "latency_p95"));
}

static JsonObject *
find_attention (Fixture *f, const char *kind, const char *action)
{
  g_autoptr (JsonObject) summary =
      test_await_object (regie_supervisor_summary (f->supervisor, "1h", NULL, NULL), NULL);
  JsonArray *items = regie_json_get_array (summary, "attention");

  for (guint i = 0; i < json_array_get_length (items); i++)
    {
      JsonObject *item = json_array_get_object_element (items, i);

      if (g_str_equal (regie_json_get_text (item, "kind", ""), kind) &&
          g_str_equal (regie_json_get_text (item, "action", ""), action))
        return json_object_ref (item);
    }

  return NULL;
}

static void
test_attention (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autofree char *human = test_put_human (f, "one", "{}");
  GPid pid = test_start (f, human);
  g_autofree char *id = test_put_task (f, human, "http", "normal", "{\"url\": \"https://a.test/\"}");
  g_autoptr (JsonObject) task = test_wait_task (f, id);
  g_autoptr (JsonObject) retry = find_attention (f, "task", "retry");
  g_autoptr (JsonObject) failing = NULL;
  g_autoptr (JsonObject) resume = NULL;
  g_autoptr (JsonObject) failed = NULL;

  g_assert_nonnull (retry);
  g_assert_cmpstr (regie_json_get_text (retry, "id", ""), ==, id);
  g_assert_cmpstr (regie_json_get_text (retry, "title", ""), ==, "GET https://a.test/");
  g_assert_null (find_attention (f, "digital-human", "restart"));
  g_assert_null (find_attention (f, "digital-human", "resume"));

  g_object_set (f->supervisor, "first-delay", 60000, NULL);
  kill (pid, SIGKILL);
  failed = test_wait_state (f, "digital-human", human, "error");
  failing = find_attention (f, "digital-human", "restart");
  g_assert_nonnull (failing);
  g_assert_cmpstr (regie_json_get_text (failing, "cause", ""), ==,
                   regie_json_get_text (failed, "cause", NULL));
  g_assert_cmpstr (regie_json_get_text (failing, "title", ""), ==, "one");

  json_object_unref (test_act (f, "workspace", f->workspace, "pause", NULL));
  resume = find_attention (f, "workspace", "resume");
  g_assert_nonnull (resume);
}

typedef struct
{
  Fixture *fixture;
  const char *human;
  gint64 wanted;
} Seen;

static gboolean
is_seen (gpointer data)
{
  Seen *self = data;
  g_autoptr (JsonObject) record = test_get (self->fixture, "digital-human", self->human);

  return regie_json_get_int (record, "last_activity_at", 0) >= self->wanted;
}

static void
do_analysis (Fixture *f, Seen *seen)
{
  g_autofree char *id = test_put_task (f, seen->human, "analyze", "normal", "{\"text\": \"Bonjour\"}");
  g_autoptr (JsonObject) task = test_wait_task (f, id);

  seen->wanted = regie_json_get_int (task, "finished_at", 0);
}

/* What happens soon after the last activity was told of is told too, later or when the process ends. */
static void
test_last_activity (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autofree char *human = test_put_human (f, "h", "{}");
  Seen seen = { .fixture = f, .human = human };

  g_object_set (f->supervisor, "activity-step", 1500, NULL);
  test_start (f, human);
  for (guint i = 0; i < 5; i++)
    do_analysis (f, &seen);
  test_until (is_seen, &seen);

  g_object_set (f->supervisor, "activity-step", 600000, NULL);
  for (guint i = 0; i < 2; i++)
    do_analysis (f, &seen);
  g_assert_false (is_seen (&seen));
  json_object_unref (test_act (f, "digital-human", human, "stop", NULL));
  test_until (is_seen, &seen);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/minutes/percentiles", test_percentiles);
  g_test_add_func ("/minutes/rows", test_rows);
  g_test_add_func ("/minutes/engine-rows", test_engine_rows);
  g_test_add_func ("/minutes/summary", test_summary);
  g_test_add_func ("/minutes/attention", test_attention);
  g_test_add_func ("/minutes/last-activity", test_last_activity);

  return g_test_run ();
}
