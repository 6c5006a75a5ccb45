/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-engine-store-private.h"

#include "core/regie-time.h"

/* A Digital Human's figures of the last 24 hours, from its minutes. Minutes hold percentiles, not the
 * latencies themselves, so a percentile over many is that of their mixture: each minute's latencies are taken
 * as spread evenly between its own percentiles. One minute gives its own figures back exactly. */

typedef struct
{
  gint64 tasks, p50, p95;
} Minute;

/* How much of MINUTE's tasks took at most MS: 0 at twice the way down from p95 to p50, 0.5 at p50, 0.95 at
 * p95, 1 a ninth of the way further. */
static double
share_up_to (const Minute *minute, double ms)
{
  double width = MAX (minute->p95 - minute->p50, 0);
  double from = MAX (minute->p50 - width, 0);
  double to = minute->p95 + width / 9;

  if (ms >= to)
    return 1;
  if (ms >= minute->p95)
    return 0.95 + 0.05 * (ms - minute->p95) / (to - minute->p95);
  if (ms >= minute->p50)
    return 0.5 + 0.45 * (ms - minute->p50) / width;
  if (ms > from)
    return 0.5 * (ms - from) / (minute->p50 - from);

  return 0;
}

static double
share_of_all (GArray *minutes, double ms)
{
  double tasks = 0, reached = 0;

  for (guint i = 0; i < minutes->len; i++)
    {
      const Minute *minute = &g_array_index (minutes, Minute, i);

      tasks += minute->tasks;
      reached += minute->tasks * share_up_to (minute, ms);
    }

  return tasks > 0 ? reached / tasks : 1;
}

/* The smallest whole number of ms within which SHARE of all tasks were done. */
static gint64
percentile (GArray *minutes, double share)
{
  gint64 low = 0, high = 0;

  if (minutes->len == 0)
    return -1;
  for (guint i = 0; i < minutes->len; i++)
    {
      const Minute *minute = &g_array_index (minutes, Minute, i);

      high = MAX (high, minute->p95 + (minute->p95 - minute->p50) / 9 + 1);
    }
  while (low < high)
    {
      gint64 middle = low + (high - low) / 2;

      if (share_of_all (minutes, middle) >= share - 1e-9)
        high = middle;
      else
        low = middle + 1;
    }

  return low;
}

/* Columns from FIRST on: tasks, errors, latency_p50, latency_p95. */
static void
add_minute (RegieDayFigures *figures, GArray *minutes, sqlite3_stmt *stmt, int first)
{
  Minute minute = { sqlite3_column_int64 (stmt, first), sqlite3_column_int64 (stmt, first + 2),
                    sqlite3_column_int64 (stmt, first + 3) };

  figures->tasks += minute.tasks;
  figures->errors += sqlite3_column_int64 (stmt, first + 1);
  if (minute.tasks > 0 && sqlite3_column_type (stmt, first + 2) != SQLITE_NULL)
    {
      minute.p95 = MAX (minute.p95, minute.p50);
      g_array_append_val (minutes, minute);
    }
}

static void
finish (RegieDayFigures *figures, GArray *minutes)
{
  figures->latency_p50 = percentile (minutes, 0.5);
  figures->latency_p95 = percentile (minutes, 0.95);
  g_array_set_size (minutes, 0);
}

static gint64
day_ago (void)
{
  return regie_time_now () - G_TIME_SPAN_DAY;
}

void
regie_day_figures (sqlite3 *db, const char *digital_human, RegieDayFigures *figures)
{
  g_autoptr (GArray) minutes = g_array_new (FALSE, FALSE, sizeof (Minute));
  g_autoptr (sqlite3_stmt) stmt =
      regie_db_prepare (db,
                        "SELECT tasks, errors, latency_p50, latency_p95 FROM metric"
                        " WHERE digital_human = ? AND at >= ? AND (tasks > 0 OR errors > 0)",
                        NULL);

  *figures = (RegieDayFigures) { 0 };
  if (stmt != NULL)
    {
      regie_db_bind (stmt, "si", digital_human, day_ago ());
      while (regie_db_step (stmt, NULL) == 1)
        add_minute (figures, minutes, stmt, 0);
    }
  finish (figures, minutes);
}

static void
set_latency (JsonObject *record, const char *member, gint64 ms)
{
  if (ms >= 0)
    json_object_set_int_member (record, member, ms);
  else
    json_object_remove_member (record, member);
}

void
regie_day_decorate (sqlite3 *db, JsonObject *record)
{
  const char *id = json_object_get_string_member_with_default (record, "id", "");
  RegieDayFigures figures;

  regie_day_figures (db, id, &figures);
  json_object_set_int_member (record, "tasks_day", figures.tasks);
  json_object_set_int_member (record, "errors_day", figures.errors);
  set_latency (record, "latency_p50", figures.latency_p50);
  set_latency (record, "latency_p95", figures.latency_p95);
}

/* --- as a function in SQL, for lists sorted or filtered by them --- */

static GHashTable *
read_all (sqlite3 *db, GError **error)
{
  g_autoptr (GHashTable) all = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GArray) minutes = g_array_new (FALSE, FALSE, sizeof (Minute));
  g_autoptr (sqlite3_stmt) stmt =
      regie_db_prepare (db,
                        "SELECT digital_human, tasks, errors, latency_p50, latency_p95 FROM metric"
                        " WHERE at >= ? AND (tasks > 0 OR errors > 0) ORDER BY digital_human",
                        error);
  RegieDayFigures *figures = NULL;
  g_autofree char *current = NULL;
  int step;

  if (stmt == NULL)
    return NULL;
  regie_db_bind (stmt, "i", day_ago ());
  while ((step = regie_db_step (stmt, error)) == 1)
    {
      const char *id = regie_db_column_text (stmt, 0);

      if (g_strcmp0 (id, current) != 0)
        {
          if (figures != NULL)
            finish (figures, minutes);
          g_set_str (&current, id);
          figures = g_new0 (RegieDayFigures, 1);
          g_hash_table_insert (all, g_strdup (id), figures);
        }
      add_minute (figures, minutes, stmt, 1);
    }
  if (figures != NULL)
    finish (figures, minutes);

  return step == 0 ? g_steal_pointer (&all) : NULL;
}

static void
call_regie_day (sqlite3_context *context, int n_values, sqlite3_value **values)
{
  static const RegieDayFigures none = { .latency_p50 = -1, .latency_p95 = -1 };
  GHashTable *all = sqlite3_user_data (context);
  const char *id = (const char *) sqlite3_value_text (values[0]);
  const char *field = (const char *) sqlite3_value_text (values[1]);
  const RegieDayFigures *figures = id != NULL ? g_hash_table_lookup (all, id) : NULL;

  if (figures == NULL)
    figures = &none;
  if (g_strcmp0 (field, "tasks_day") == 0)
    sqlite3_result_int64 (context, figures->tasks);
  else if (g_strcmp0 (field, "errors_day") == 0)
    sqlite3_result_int64 (context, figures->errors);
  else if (g_strcmp0 (field, "latency_p50") == 0)
    sqlite3_result_int64 (context, figures->latency_p50 >= 0 ? figures->latency_p50 : -G_MAXINT64);
  else
    sqlite3_result_int64 (context, figures->latency_p95 >= 0 ? figures->latency_p95 : -G_MAXINT64);
}

gboolean
regie_day_begin (sqlite3 *db, GError **error)
{
  GHashTable *all = read_all (db, error);

  if (all == NULL)
    return FALSE;
  if (sqlite3_create_function_v2 (db, "regie_day", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC, all, call_regie_day,
                                  NULL, NULL, (void (*) (void *)) g_hash_table_unref) == SQLITE_OK)
    return TRUE;
  regie_db_set_error (db, error, "add a function to");

  return FALSE;
}

void
regie_day_end (sqlite3 *db)
{
  sqlite3_create_function_v2 (db, "regie_day", 2, SQLITE_UTF8, NULL, NULL, NULL, NULL, NULL);
}
