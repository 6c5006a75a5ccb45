/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-api-private.h"
#include "regie-engine-store-private.h"

#include <sys/resource.h>

#include "core/regie-json.h"
#include "core/regie-time.h"
#include "regie-config.h"

/* Prometheus text format 0.0.4. Series per Digital Human carry its id, not its name: names change. */

typedef struct
{
  GString *text; /* what the main thread knew */
  GPtrArray *workspaces;
  GString *by_state, *by_task, *minutes;
} Metrics;

static void
metrics_free (gpointer data)
{
  Metrics *self = data;

  g_string_free (self->text, TRUE);
  g_string_free (self->by_state, TRUE);
  g_string_free (self->by_task, TRUE);
  g_string_free (self->minutes, TRUE);
  g_ptr_array_unref (self->workspaces);
  g_free (self);
}

static void
add_head (GString *text, const char *name, const char *type, const char *help)
{
  g_string_append_printf (text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
add_figure (GString *text, const char *name, const char *type, const char *help, double value)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  add_head (text, name, type, help);
  g_string_append_printf (text, "%s %s\n", name, g_ascii_dtostr (number, sizeof number, value));
}

static void
add_requests (GString *text, RegieApi *api)
{
  add_head (text, "regie_http_requests_total", "counter", "Requests answered, by class of status.");
  for (guint i = 2; i <= 5; i++)
    g_string_append_printf (text, "regie_http_requests_total{class=\"%uxx\"} %" G_GUINT64_FORMAT "\n", i,
                            regie_api_count_requests (api, i));
}

static void
add_process (GString *text, RegieApi *api)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  add_figure (text, "regie_start_time_seconds", "gauge", "When the engine started.",
              (double) regie_api_get_started_at (api) / G_USEC_PER_SEC);
  add_figure (text, "process_cpu_seconds_total", "counter", "Processor time of the engine itself.",
              usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
                  (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
  add_figure (text, "process_max_resident_memory_bytes", "gauge", "Most memory the engine had.",
              usage.ru_maxrss * 1024.0);
}

static gboolean
add_counts (sqlite3 *db,
            GString *text,
            const char *name,
            const char *workspace,
            const char *sql,
            GError **error)
{
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (db, sql, error);
  int step;

  if (stmt == NULL)
    return FALSE;
  while ((step = regie_db_step (stmt, error)) == 1)
    g_string_append_printf (text, "%s{workspace=\"%s\",state=\"%s\"} %" G_GINT64_FORMAT "\n", name, workspace,
                            regie_db_column_text (stmt, 0), (gint64) sqlite3_column_int64 (stmt, 1));

  return step == 0;
}

/* The last whole minutes' figures of each Digital Human that has any. */
static gboolean
add_minutes (sqlite3 *db, GString *text, const char *workspace, GError **error)
{
  static const char *const names[] = { "tasks",          "errors", "latency_p50_ms",
                                       "latency_p95_ms", "cpu_ms", "memory_kib" };
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (
      db,
      "SELECT digital_human, tasks, errors, latency_p50, latency_p95, cpu, memory, max (at) FROM metric"
      " WHERE at > ? GROUP BY digital_human",
      error);
  int step;

  if (stmt == NULL)
    return FALSE;
  regie_db_bind (stmt, "i", regie_time_now () - 3 * G_TIME_SPAN_MINUTE);
  while ((step = regie_db_step (stmt, error)) == 1)
    {
      for (guint i = 0; i < G_N_ELEMENTS (names); i++)
        {
          if (sqlite3_column_type (stmt, 1 + i) != SQLITE_NULL)
            g_string_append_printf (text,
                                    "regie_digital_human_minute{workspace=\"%s\",digital_human=\"%s\",figure="
                                    "\"%s\"} %" G_GINT64_FORMAT "\n",
                                    workspace, regie_db_column_text (stmt, 0), names[i],
                                    (gint64) sqlite3_column_int64 (stmt, 1 + i));
        }
    }

  return step == 0;
}

typedef struct
{
  Metrics *metrics;
  const char *workspace;
} Part;

static gboolean
read_part (sqlite3 *db, gpointer data, GError **error)
{
  Part *part = data;
  Metrics *self = part->metrics;

  return add_counts (db, self->by_state, "regie_digital_humans", part->workspace,
                     "SELECT state, count (*) FROM digital_human WHERE deleted_at IS NULL GROUP BY state_key",
                     error) &&
         add_counts (db, self->by_task, "regie_tasks", part->workspace,
                     "SELECT state, count (*) FROM task WHERE deleted_at IS NULL GROUP BY state_key",
                     error) &&
         add_minutes (db, self->minutes, part->workspace, error);
}

static gboolean
run_metrics (gpointer data, GValue *result, GError **error)
{
  Metrics *self = data;

  add_head (self->by_state, "regie_digital_humans", "gauge", "Digital Humans by state.");
  add_head (self->by_task, "regie_tasks", "gauge", "Tasks by state.");
  add_head (self->minutes, "regie_digital_human_minute", "gauge", "Figures of the newest minute.");
  for (guint i = 0; i < self->workspaces->len; i++)
    {
      RegieWorkspace *workspace = g_ptr_array_index (self->workspaces, i);
      Part part = { self, workspace->id };
      g_autoptr (GError) wrong = NULL;

      if (!regie_db_read_sync (workspace->db, read_part, &part, &wrong))
        g_message ("%s", wrong->message);
    }
  g_value_init (result, G_TYPE_STRING);
  g_value_take_string (result, g_strconcat (self->text->str, self->by_state->str, self->by_task->str,
                                            self->minutes->str, NULL));

  return TRUE;
}

DexFuture *
regie_metrics_text (RegieApi *api)
{
  RegieEngineStore *store = regie_api_get_store (api);
  g_autoptr (JsonArray) broken = regie_engine_store_list_broken (store);
  Metrics *self = g_new0 (Metrics, 1);

  self->text = g_string_new (NULL);
  self->by_state = g_string_new (NULL);
  self->by_task = g_string_new (NULL);
  self->minutes = g_string_new (NULL);
  self->workspaces = regie_engine_store_snapshot (store, FALSE);
  add_head (self->text, "regie_build_info", "gauge", "Version of the engine.");
  g_string_append (self->text, "regie_build_info{version=\"" REGIE_VERSION "\"} 1\n");
  add_figure (self->text, "regie_workspaces", "gauge", "Workspaces that are open.", self->workspaces->len);
  add_figure (self->text, "regie_workspaces_broken", "gauge", "Workspace files that cannot be used.",
              json_array_get_length (broken));
  add_figure (self->text, "regie_workers", "gauge", "Worker processes that run.",
              regie_supervisor_count_running (regie_api_get_supervisor (api)));
  add_figure (self->text, "regie_paused", "gauge", "1 while all outward actions are paused.",
              regie_supervisor_get_paused (regie_api_get_supervisor (api)));
  add_figure (self->text, "regie_connections", "gauge", "Open connections.",
              regie_api_count_connections (api));
  add_figure (self->text, "regie_event_readers", "gauge", "Open readers of events.",
              regie_api_count_event_readers (api));
  add_requests (self->text, api);
  add_process (self->text, api);

  return regie_thread_run (run_metrics, self, metrics_free);
}
