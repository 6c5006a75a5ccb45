/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-minute.h"

#include <math.h>
#include <stdlib.h>

#define MINUTE (60 * G_USEC_PER_SEC)

struct _RegieMinute
{
  gatomicrefcount refs;
  gint64 at; /* µs of its start; -1: to be read */
  gint64 tasks, errors, cpu, memory;
  GArray *latencies; /* gint64 ms */
};

RegieMinute *
regie_minute_new (void)
{
  RegieMinute *self = g_new0 (RegieMinute, 1);

  g_atomic_ref_count_init (&self->refs);
  self->at = -1;
  self->latencies = g_array_new (FALSE, FALSE, sizeof (gint64));

  return self;
}

RegieMinute *
regie_minute_ref (RegieMinute *self)
{
  g_atomic_ref_count_inc (&self->refs);

  return self;
}

void
regie_minute_unref (RegieMinute *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_array_unref (self->latencies);
  g_free (self);
}

void
regie_minute_forget (RegieMinute *self)
{
  self->at = -1;
}

/* --- percentiles --- */

static int
compare_values (const void *a, const void *b)
{
  gint64 left = *(const gint64 *) a;
  gint64 right = *(const gint64 *) b;

  return left < right ? -1 : left > right;
}

void
regie_sort_values (gint64 *values, gsize n)
{
  if (n > 1)
    qsort (values, n, sizeof *values, compare_values);
}

gint64
regie_percentile (const gint64 *values, gsize n, double rate)
{
  /* A hair less, so that 0.95 · 20, which is a little over 19 in binary, is the 19th. */
  double rank = ceil (rate * n - 1e-9);

  return values[(gsize) CLAMP (rank, 1, n) - 1];
}

/* --- the row --- */

/* The row as it is, and the latencies behind it: an engine that was killed left only these. */
static gboolean
read_row (RegieMinute *self, sqlite3 *db, const char *digital_human, GError **error)
{
  g_autoptr (sqlite3_stmt) row = regie_db_prepare (
      db, "SELECT tasks, errors, cpu, memory FROM metric WHERE digital_human = ? AND at = ?", error);
  g_autoptr (sqlite3_stmt) tasks = NULL;
  int step;

  if (row == NULL)
    return FALSE;
  regie_db_bind (row, "si", digital_human, self->at);
  step = regie_db_step (row, error);
  if (step != 1)
    return step == 0;
  self->tasks = sqlite3_column_int64 (row, 0);
  self->errors = sqlite3_column_int64 (row, 1);
  self->cpu = sqlite3_column_int64 (row, 2);
  self->memory = sqlite3_column_int64 (row, 3);
  if (self->tasks == 0)
    return TRUE;

  /* The expression is that of the store's index. */
  tasks = regie_db_prepare (
      db,
      "SELECT latency FROM task WHERE deleted_at IS NULL AND digital_human = ?"
      " AND ifnull (\"finished_at\", -9223372036854775807) BETWEEN ? AND ? AND latency IS NOT NULL",
      error);
  if (tasks == NULL)
    return FALSE;
  regie_db_bind (tasks, "sii", digital_human, self->at, self->at + MINUTE - 1);
  while ((step = regie_db_step (tasks, error)) == 1)
    {
      gint64 latency = sqlite3_column_int64 (tasks, 0);

      g_array_append_val (self->latencies, latency);
    }
  regie_sort_values ((gint64 *) self->latencies->data, self->latencies->len);

  return step == 0;
}

static gboolean
enter_minute (RegieMinute *self, sqlite3 *db, const char *digital_human, gint64 at, GError **error)
{
  gint64 minute = at - at % MINUTE;

  if (self->at == minute)
    return TRUE;
  self->at = minute;
  self->tasks = self->errors = self->cpu = self->memory = 0;
  g_array_set_size (self->latencies, 0);
  if (read_row (self, db, digital_human, error))
    return TRUE;
  self->at = -1;

  return FALSE;
}

static gboolean
write_row (RegieMinute *self, sqlite3 *db, const char *digital_human, GError **error)
{
  const gint64 *values = (const gint64 *) self->latencies->data;
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (db,
                                                    "INSERT OR REPLACE INTO metric (digital_human, at, "
                                                    "tasks, errors, cpu, memory, latency_p50, latency_p95)"
                                                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                                                    error);
  gboolean ok = FALSE;

  if (stmt != NULL)
    {
      regie_db_bind (stmt, "siiiii", digital_human, self->at, self->tasks, self->errors, self->cpu,
                     self->memory);
      if (self->latencies->len > 0)
        {
          sqlite3_bind_int64 (stmt, 7, regie_percentile (values, self->latencies->len, 0.5));
          sqlite3_bind_int64 (stmt, 8, regie_percentile (values, self->latencies->len, 0.95));
        }
      ok = regie_db_step (stmt, error) == 0;
    }
  if (!ok)
    self->at = -1;

  return ok;
}

gboolean
regie_minute_add_task (RegieMinute *self,
                       sqlite3 *db,
                       const char *digital_human,
                       gint64 at,
                       gint64 latency,
                       gboolean failed,
                       GError **error)
{
  gint64 *values;
  guint place;

  if (!enter_minute (self, db, digital_human, at, error))
    return FALSE;
  self->tasks++;
  self->errors += failed ? 1 : 0;
  g_array_append_val (self->latencies, latency);

  /* Kept sorted: the new one goes to its place. */
  values = (gint64 *) self->latencies->data;
  for (place = self->latencies->len - 1; place > 0 && values[place - 1] > latency; place--)
    values[place] = values[place - 1];
  values[place] = latency;

  return write_row (self, db, digital_human, error);
}

gboolean
regie_minute_add_use (RegieMinute *self,
                      sqlite3 *db,
                      const char *digital_human,
                      gint64 at,
                      gint64 cpu,
                      gint64 memory,
                      GError **error)
{
  if (!enter_minute (self, db, digital_human, at, error))
    return FALSE;
  self->cpu += cpu;
  self->memory = MAX (self->memory, memory);

  return write_row (self, db, digital_human, error);
}
