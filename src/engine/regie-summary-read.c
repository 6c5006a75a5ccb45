/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-summary-private.h"

/* Counts come from the minutes, which outlive the tasks; percentiles from the tasks themselves, so that they
 * are exact. The expressions in the conditions are those of the store's indexes. */

#define MINUTE     (60 * G_USEC_PER_SEC)
#define HOUR       (60 * (gint64) MINUTE)
#define MAX_LISTED 50 /* of each sort */

static RegieSummaryBucket *
bucket_at (RegieSummaryData *self, gint64 at)
{
  gint64 i = (at - self->start) / self->bucket;

  return at >= self->start && i < self->n_buckets ? &self->buckets[i] : NULL;
}

static gboolean
read_latencies (RegieSummaryData *self, sqlite3 *db, GError **error)
{
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (
      db,
      "SELECT finished_at, latency FROM task WHERE deleted_at IS NULL"
      " AND ifnull (\"finished_at\", -9223372036854775807) >= ?1 AND state IN ('done', 'failed', 'unknown')"
      " AND latency IS NOT NULL AND (?2 IS NULL OR digital_human = ?2)",
      error);
  int step;

  if (stmt == NULL)
    return FALSE;
  regie_db_bind (stmt, "is", self->start, self->digital_human);
  while ((step = regie_db_step (stmt, error)) == 1)
    {
      RegieSummaryBucket *bucket = bucket_at (self, sqlite3_column_int64 (stmt, 0));
      gint64 latency = sqlite3_column_int64 (stmt, 1);

      if (bucket != NULL)
        g_array_append_val (bucket->latencies, latency);
    }

  return step == 0;
}

static gboolean
read_minutes (RegieSummaryData *self, sqlite3 *db, GError **error)
{
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (
      db,
      self->digital_human != NULL
          ? "SELECT at, tasks, errors, cpu, memory FROM metric WHERE at >= ?1 AND digital_human = ?2"
          : "SELECT at, sum (tasks), sum (errors), sum (cpu), sum (memory) FROM metric WHERE at >= ?1 GROUP "
            "BY at",
      error);
  int step;

  if (stmt == NULL)
    return FALSE;
  sqlite3_bind_int64 (stmt, 1, self->start);
  if (self->digital_human != NULL)
    sqlite3_bind_text (stmt, 2, self->digital_human, -1, SQLITE_TRANSIENT);
  while ((step = regie_db_step (stmt, error)) == 1)
    {
      gint64 at = sqlite3_column_int64 (stmt, 0);
      gint64 minute = (at - self->start) / MINUTE;
      RegieSummaryBucket *bucket = bucket_at (self, at);

      if (bucket == NULL)
        continue;
      bucket->tasks += sqlite3_column_int64 (stmt, 1);
      bucket->errors += sqlite3_column_int64 (stmt, 2);
      bucket->cpu += sqlite3_column_int64 (stmt, 3);
      if (minute >= 0 && minute < self->n_minutes)
        self->memory[minute] += sqlite3_column_int64 (stmt, 4);
    }

  return step == 0;
}

static gboolean
count_states (RegieSummaryData *self, sqlite3 *db, GError **error)
{
  gint64 error_rank = regie_enum_rank ("digital-human", "state", "error");
  gint64 stopped_rank = regie_enum_rank ("digital-human", "state", "stopped");
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (
      db,
      self->digital_human != NULL
          ? "SELECT state_key, count(*) FROM digital_human WHERE deleted_at IS NULL AND id = ?1 GROUP BY "
            "state_key"
          : "SELECT state_key, count(*) FROM digital_human WHERE deleted_at IS NULL GROUP BY state_key",
      error);
  gint64 all = 0;
  int step;

  if (stmt == NULL)
    return FALSE;
  if (self->digital_human != NULL)
    sqlite3_bind_text (stmt, 1, self->digital_human, -1, SQLITE_TRANSIENT);
  while ((step = regie_db_step (stmt, error)) == 1)
    {
      gint64 rank = sqlite3_column_int64 (stmt, 0);
      gint64 count = sqlite3_column_int64 (stmt, 1);

      *(rank == error_rank ? &self->failing : rank == stopped_rank ? &self->stopped : &self->active) += count;
      all += count;
    }
  if (self->everything_paused || self->workspace_paused)
    self->paused += all;
  else
    self->paused +=
        regie_db_get_int64 (db, 0,
                            "SELECT count(*) FROM digital_human WHERE deleted_at IS NULL AND"
                            " ifnull (\"paused\", -9223372036854775807) = 1 AND (?1 IS NULL OR id = ?1)",
                            "s", self->digital_human);

  return step == 0;
}

static void
read_workspace_state (RegieSummaryData *self, sqlite3 *db, gboolean *deleted)
{
  *deleted = regie_db_get_int64 (db, 0, "SELECT deleted_at IS NOT NULL FROM workspace", NULL) != 0;
  self->workspace_paused = regie_db_get_int64 (db, 0, "SELECT paused FROM workspace", NULL) != 0;
}

gboolean
regie_summary_read_figures (sqlite3 *db, gpointer data, GError **error)
{
  RegieSummaryData *self = data;
  gboolean deleted;

  read_workspace_state (self, db, &deleted);

  return deleted || (count_states (self, db, error) && read_minutes (self, db, error) &&
                     read_latencies (self, db, error) && regie_summary_read_attention (db, self, error));
}

/* --- attention --- */

/* Takes CAUSE over. */
static void
add_attention (RegieSummaryData *self,
               const char *kind,
               const char *id,
               const char *title,
               JsonObject *cause,
               const char *action,
               gint64 since)
{
  JsonObject *item =
      regie_json_object_new ("kind", 's', kind, "id", 's', id, "workspace", 's', self->at_workspace, "title",
                             's', title, "action", 's', action, "since", 'i', since, NULL);

  regie_cause_store (item, "cause", cause);
  json_object_unref (cause);
  json_array_add_object_element (self->attention, item);
}

/* The cause of a row: text, code, args from COLUMN on. */
static JsonObject *
read_cause (sqlite3_stmt *stmt, int column)
{
  const char *code = regie_db_column_text (stmt, column + 1);
  const char *args = regie_db_column_text (stmt, column + 2);
  const char *text = regie_db_column_text (stmt, column);

  if (code != NULL)
    return regie_cause_new (code, args != NULL ? regie_json_parse_object (args, -1, NULL) : NULL);

  return regie_cause_new_text (text != NULL ? text : "");
}

/* Rows of kind, id, title, action, since, and the cause's text, code and args. */
static gboolean
add_rows (RegieSummaryData *self, sqlite3_stmt *stmt, GError **error)
{
  int step;

  while ((step = regie_db_step (stmt, error)) == 1)
    add_attention (self, regie_db_column_text (stmt, 0), regie_db_column_text (stmt, 1),
                   regie_db_column_text (stmt, 2), read_cause (stmt, 5), regie_db_column_text (stmt, 3),
                   sqlite3_column_int64 (stmt, 4));

  return step == 0;
}

static gboolean
add_failing (RegieSummaryData *self, sqlite3 *db, GError **error)
{
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (
      db,
      "SELECT 'digital-human', id, name, 'restart', updated_at, data ->> '$.cause', data ->> '$.cause_code',"
      " data -> '$.cause_args' FROM digital_human"
      " WHERE deleted_at IS NULL AND state_key = ?1 AND (?2 IS NULL OR id = ?2) ORDER BY state_key, id LIMIT "
      "?3",
      error);

  if (stmt == NULL)
    return FALSE;
  regie_db_bind (stmt, "isi", regie_enum_rank ("digital-human", "state", "error"), self->digital_human,
                 (gint64) MAX_LISTED);

  return add_rows (self, stmt, error);
}

static gboolean
add_failed_tasks (RegieSummaryData *self, sqlite3 *db, GError **error)
{
  g_autoptr (sqlite3_stmt) stmt =
      regie_db_prepare (db,
                        "SELECT 'task', id, data ->> '$.summary', 'retry', finished_at, data ->> '$.error', "
                        "data ->> '$.error_code',"
                        " data -> '$.error_args' FROM task"
                        " WHERE deleted_at IS NULL AND ifnull (\"finished_at\", -9223372036854775807) >= ?1"
                        " AND state IN ('failed', 'unknown') AND (?2 IS NULL OR digital_human = ?2)"
                        " ORDER BY ifnull (\"finished_at\", -9223372036854775807) DESC LIMIT ?3",
                        error);

  if (stmt == NULL)
    return FALSE;
  regie_db_bind (stmt, "isi", self->now - HOUR, self->digital_human, (gint64) MAX_LISTED);

  return add_rows (self, stmt, error);
}

static gboolean
add_paused (RegieSummaryData *self, sqlite3 *db, GError **error)
{
  g_autoptr (sqlite3_stmt) stmt = NULL;

  if (self->everything_paused)
    return TRUE;
  stmt = regie_db_prepare (
      db,
      self->workspace_paused
          ? "SELECT 'workspace', id, name, 'resume', updated_at, NULL, 'paused-workspace', NULL FROM "
            "workspace LIMIT ?2"
          : "SELECT 'digital-human', id, name, 'resume', updated_at, NULL, 'paused-digital-human', NULL"
            " FROM digital_human WHERE deleted_at IS NULL AND"
            " ifnull (\"paused\", -9223372036854775807) = 1 AND (?1 IS NULL OR id = ?1) LIMIT ?2",
      error);
  if (stmt == NULL)
    return FALSE;
  if (!self->workspace_paused)
    sqlite3_bind_text (stmt, 1, self->digital_human, -1, SQLITE_TRANSIENT);
  sqlite3_bind_int64 (stmt, 2, MAX_LISTED);

  return add_rows (self, stmt, error);
}

/* With a backup the action is to restore it, else to look again. */
static gboolean
add_damaged (RegieSummaryData *self, sqlite3 *db, GError **error)
{
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (
      db,
      "SELECT iif (b.id IS NULL, 'database', 'backup'), ifnull (b.id, d.id), h.name,"
      " iif (b.id IS NULL, 'check', 'restore-database'), d.updated_at, NULL,"
      " iif (b.id IS NULL, 'database-damaged', 'database-restorable'), NULL FROM \"database\" d"
      " JOIN digital_human h ON h.id = d.digital_human LEFT JOIN backup b ON b.n = (SELECT max (n) FROM "
      "backup x"
      " WHERE x.deleted_at IS NULL AND ifnull (x.\"digital_human\", '') = h.id AND x.data ->> '$.cause' <> "
      "'restore')"
      " WHERE d.deleted_at IS NULL AND h.deleted_at IS NULL AND d.data ->> '$.integrity' = 'damaged'"
      " AND (?1 IS NULL OR h.id = ?1) LIMIT ?2",
      error);

  if (stmt == NULL)
    return FALSE;
  regie_db_bind (stmt, "si", self->digital_human, (gint64) MAX_LISTED);

  return add_rows (self, stmt, error);
}

static void
add_missing_backups (RegieSummaryData *self, sqlite3 *db)
{
  for (guint i = 0; i < self->backups->len; i++)
    {
      RegieSummaryBackup *backup = g_ptr_array_index (self->backups, i);
      g_autofree char *name = regie_db_get_text (
          db, "SELECT name FROM digital_human WHERE id = ? AND deleted_at IS NULL", "s", backup->human);
      g_autofree char *database = NULL;

      if (name == NULL || (self->digital_human != NULL && !g_str_equal (self->digital_human, backup->human)))
        continue;
      database = regie_db_get_text (db,
                                    "SELECT id FROM \"database\" WHERE deleted_at IS NULL AND"
                                    " ifnull (\"digital_human\", '') = ?",
                                    "s", backup->human);
      add_attention (
          self, "database", database, name,
          regie_cause_new ("backup-missing", regie_json_object_new ("time", 's', backup->time, "why", 's',
                                                                    backup->failure, NULL)),
          "backup", backup->failed_at);
    }
}

gboolean
regie_summary_read_attention (sqlite3 *db, gpointer data, GError **error)
{
  RegieSummaryData *self = data;

  add_missing_backups (self, db);

  return add_failing (self, db, error) && add_damaged (self, db, error) && add_paused (self, db, error) &&
         add_failed_tasks (self, db, error);
}
