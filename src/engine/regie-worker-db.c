/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-worker"

#include "regie-worker-db.h"

#include <sys/stat.h>

#include "core/regie-cause.h"
#include "core/regie-time.h"
#include "regie-worker-protocol.h"

#define HOUR      (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)
#define RUNS_KEPT (90 * 24 * HOUR)
#define LOCK_WAIT (5 * G_USEC_PER_SEC)
#define LOCK_STEP (20 * 1000)

static const char *const steps[] = {
  "CREATE TABLE run (task TEXT NOT NULL, attempt INTEGER NOT NULL, type TEXT NOT NULL, state TEXT NOT NULL,"
  " started_at INTEGER NOT NULL, finished_at INTEGER, result TEXT, PRIMARY KEY (task, attempt)) STRICT;"
  "CREATE INDEX run_started ON run (started_at);"

  /* What was said: role is "user" or "digital-human". */
  "CREATE TABLE message (n INTEGER PRIMARY KEY, at INTEGER NOT NULL, role TEXT NOT NULL, task TEXT NOT NULL,"
  " text TEXT NOT NULL) STRICT;"
  "CREATE INDEX message_task ON message (task);"

  "CREATE TABLE use (n INTEGER PRIMARY KEY, service TEXT NOT NULL, at INTEGER NOT NULL) STRICT;"
  "CREATE INDEX use_service ON use (service, at);",
};

const RegieDbSchema regie_worker_db_schema = {
  .name = "Digital Human",
  .application_id = 0x52476468, /* "RGdh" */
  .steps = steps,
  .n_steps = G_N_ELEMENTS (steps),
};

const char *const regie_worker_db_tables[] = { "run", "message", "use", NULL };

char *
regie_worker_db_path (const char *data_dir, const char *id)
{
  g_autofree char *name = g_strconcat (id, ".db", NULL);

  return g_build_filename (data_dir, "digital-humans", name, NULL);
}

gint64
regie_worker_db_size (const char *path)
{
  g_autofree char *log = g_strconcat (path, "-wal", NULL);
  struct stat file = { 0 };
  struct stat wal = { 0 };

  if (stat (path, &file) != 0)
    return 0;

  return (gint64) file.st_size + (stat (log, &wal) == 0 ? (gint64) wal.st_size : 0);
}

static gboolean
forget_old_runs (sqlite3 *db, gpointer data, GError **error)
{
  return regie_db_run (db, error, "DELETE FROM run WHERE started_at < ?", "i", regie_time_now () - RUNS_KEPT);
}

RegieDb *
regie_worker_db_open (const char *data_dir, const char *id, GError **error)
{
  g_autofree char *path = regie_worker_db_path (data_dir, id);
  gint64 deadline = g_get_monotonic_time () + LOCK_WAIT;

  for (;;)
    {
      g_autoptr (GError) wrong = NULL;
      g_autoptr (RegieDb) db =
          regie_db_open (path, &regie_worker_db_schema, REGIE_DB_DURABLE | REGIE_DB_LOCK, NULL, &wrong);

      if (db != NULL && !regie_db_write_sync (db, forget_old_runs, NULL, &wrong))
        g_clear_object (&db);
      if (db != NULL)
        return g_steal_pointer (&db);
      if (!g_error_matches (wrong, REGIE_ERROR, REGIE_ERROR_LOCKED) || g_get_monotonic_time () > deadline)
        {
          g_propagate_error (error, g_steal_pointer (&wrong));
          return NULL;
        }
      g_usleep (LOCK_STEP);
    }
}

gint64
regie_worker_db_count (sqlite3 *db)
{
  return regie_db_get_int64 (
      db, 0,
      "SELECT (SELECT count(*) FROM run) + (SELECT count(*) FROM message) + (SELECT count(*) FROM use)",
      NULL);
}

/* --- runs --- */

typedef struct
{
  const RegieWorkerRun *run;
  JsonObject *result;
} RunWrite;

static gboolean
begin_run (sqlite3 *db, gpointer data, GError **error)
{
  const RegieWorkerRun *run = ((RunWrite *) data)->run;

  if (regie_db_get_int64 (db, 0, "SELECT count(*) FROM run WHERE task = ? AND attempt = ?", "si", run->task,
                          run->attempt) > 0)
    {
      regie_cause_set_error (error, REGIE_ERROR_STATE, NULL, regie_cause_new ("begun-before", NULL));
      return FALSE;
    }

  return regie_db_run (
      db, error, "INSERT INTO run (task, attempt, type, state, started_at) VALUES (?, ?, ?, 'started', ?)",
      "sisi", run->task, run->attempt, run->type, run->started_at);
}

gboolean
regie_worker_db_begin_run (RegieDb *db, const RegieWorkerRun *run, GError **error)
{
  RunWrite write = { .run = run };

  return regie_db_write_sync (db, begin_run, &write, error);
}

static gboolean
add_message (sqlite3 *db, const char *role, const char *task, const char *text, GError **error)
{
  return text == NULL ||
         regie_db_run (db, error, "INSERT INTO message (at, role, task, text) VALUES (?, ?, ?, ?)", "isss",
                       regie_time_now (), role, task, text);
}

/* What of the message is not in the row's other columns. */
static char *
pack_result (JsonObject *message)
{
  static const char *const kept[] = { "result", "error", "error_code", "error_args", "refused" };
  g_autoptr (JsonObject) packed = json_object_new ();

  for (guint i = 0; i < G_N_ELEMENTS (kept); i++)
    {
      JsonNode *node = json_object_get_member (message, kept[i]);

      if (node != NULL)
        json_object_set_member (packed, kept[i], json_node_copy (node));
    }

  return regie_json_object_to_string (packed);
}

static gboolean
end_run (sqlite3 *db, gpointer data, GError **error)
{
  RunWrite *write = data;
  const RegieWorkerRun *run = write->run;
  g_autofree char *result = pack_result (write->result);

  return regie_db_run (
             db, error,
             "INSERT INTO run (task, attempt, type, state, started_at, finished_at, result)"
             " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (task, attempt) DO UPDATE SET"
             " state = excluded.state, finished_at = excluded.finished_at, result = excluded.result",
             "sissiis", run->task, run->attempt, run->type,
             regie_json_get_text (write->result, "state", "failed"), run->started_at, regie_time_now (),
             result) &&
         add_message (db, "user", run->task, run->question, error) &&
         add_message (db, "digital-human", run->task, run->answer, error);
}

gboolean
regie_worker_db_end_run (RegieDb *db, const RegieWorkerRun *run, JsonObject *result, GError **error)
{
  RunWrite write = { .run = run, .result = result };

  return regie_db_write_sync (db, end_run, &write, error);
}

/* No row: it never began. A row without an end: nobody knows. */
static gboolean
recall_run (sqlite3 *db, gpointer data, GError **error)
{
  RunWrite *write = data;
  const RegieWorkerRun *run = write->run;
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (
      db,
      "SELECT iif (finished_at IS NULL, 'unknown', state), result FROM run WHERE task = ? AND attempt = ?",
      error);
  g_autoptr (JsonObject) packed = NULL;
  const char *state = "queued";
  int step;

  if (stmt == NULL)
    return FALSE;
  regie_db_bind (stmt, "si", run->task, run->attempt);
  step = regie_db_step (stmt, error);
  if (step == 1)
    state = regie_db_column_text (stmt, 0);
  if (step == 1 && regie_db_column_text (stmt, 1) != NULL)
    packed = regie_json_parse_object (regie_db_column_text (stmt, 1), -1, NULL);
  if (packed == NULL)
    packed = json_object_new ();
  json_object_set_string_member (packed, "type", "result");
  json_object_set_string_member (packed, "task", run->task);
  json_object_set_int_member (packed, "attempt", run->attempt);
  json_object_set_string_member (packed, "state", state);
  write->result = g_steal_pointer (&packed);

  return step >= 0;
}

JsonObject *
regie_worker_db_recall_run (RegieDb *db, const char *task, gint64 attempt, GError **error)
{
  RegieWorkerRun run = { .task = task, .attempt = attempt };
  RunWrite write = { .run = &run };

  return regie_db_read_sync (db, recall_run, &write, error) ? write.result : NULL;
}

/* --- uses --- */

typedef struct
{
  const char *service;
  gint64 limit;
  gint64 *again;
} Use;

static gboolean
use_service (sqlite3 *db, gpointer data, GError **error)
{
  Use *use = data;
  gint64 now = regie_time_now ();
  gint64 since = now - HOUR;
  gint64 used;

  if (!regie_db_run (db, error, "DELETE FROM use WHERE service = ? AND at <= ?", "si", use->service, since))
    return FALSE;
  used = regie_db_get_int64 (db, 0, "SELECT count(*) FROM use WHERE service = ?", "s", use->service);
  if (use->limit > 0 && used >= use->limit)
    {
      /* The oldest of the last LIMIT uses makes room when it is an hour old. */
      *use->again =
          HOUR + regie_db_get_int64 (db, now,
                                     "SELECT at FROM use WHERE service = ? ORDER BY at DESC LIMIT 1 OFFSET ?",
                                     "si", use->service, use->limit - 1);
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_LIMITED,
                   "%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " uses are used up", used, use->limit);
      return FALSE;
    }

  return regie_db_run (db, error, "INSERT INTO use (service, at) VALUES (?, ?)", "si", use->service, now);
}

gboolean
regie_worker_db_use (RegieDb *db, const char *service, gint64 limit, gint64 *again, GError **error)
{
  Use use = { .service = service, .limit = limit, .again = again };

  return regie_db_write_sync (db, use_service, &use, error);
}

gboolean
regie_worker_db_read_usage (sqlite3 *db, gpointer data, GError **error)
{
  g_autoptr (sqlite3_stmt) stmt =
      regie_db_prepare (db, "SELECT service, count(*) FROM use WHERE at > ? GROUP BY service", error);
  int step;

  if (stmt == NULL)
    return FALSE;
  regie_db_bind (stmt, "i", regie_time_now () - HOUR);
  while ((step = regie_db_step (stmt, error)) == 1)
    json_object_set_int_member (data, regie_db_column_text (stmt, 0), sqlite3_column_int64 (stmt, 1));

  return step == 0;
}
