/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-worker"

#include "regie-worker-private.h"

#include <unistd.h>

#include "analyze/regie-analyze.h"
#include "core/regie-time.h"
#include "regie-task.h"

void
regie_worker_job_free (gpointer data)
{
  RegieWorkerJob *job = data;

  g_clear_pointer (&job->message, json_object_unref);
  g_free (job);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RegieWorkerJob, regie_worker_job_free)

void
regie_worker_push (RegieWorker *self, int what, JsonObject *message)
{
  RegieWorkerJob *job = g_new0 (RegieWorkerJob, 1);

  job->what = what;
  job->message = message != NULL ? json_object_ref (message) : NULL;
  g_async_queue_push (self->queue, job);
}

void
regie_worker_cancel (RegieWorker *self, const char *task, JsonObject *reason)
{
  g_autoptr (JsonObject) owned = reason;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->task != NULL && (task == NULL ? self->outward : g_str_equal (task, self->task)))
    {
      g_clear_pointer (&self->cancelled, json_object_unref);
      self->cancelled = g_steal_pointer (&owned);
      g_cancellable_cancel (self->cancellable);
    }
  else if (task != NULL)
    {
      g_hash_table_add (self->dropped, g_strdup (task));
    }
}

/* --- the kinds of tasks --- */

typedef struct
{
  RegieWorker *worker;
  RegieWorkerRun run;
  char *answer;
} Work;

static JsonObject *
analysis_to_object (RegieAnalysis *analysis)
{
  g_autoptr (JsonNode) node = regie_analysis_to_json (analysis);

  return regie_json_copy (json_node_get_object (node));
}

static void
run_analyze (Work *work, JsonObject *payload, JsonObject *message)
{
  g_autoptr (RegieAnalysis) analysis = regie_analyze (regie_task_get_text (payload), -1);

  json_object_set_object_member (message, "result", analysis_to_object (analysis));
  json_object_set_string_member (message, "state", "done");
}

/* The answer is made by the Digital Human's settings as they are now. */
static void
run_answer (Work *work, JsonObject *payload, JsonObject *message)
{
  RegieWorker *self = work->worker;
  g_autoptr (RegieAnalysis) analysis = regie_analyze (regie_task_get_text (payload), -1);
  g_autoptr (JsonObject) settings = NULL;
  JsonArray *evidence = NULL;
  RegieAnswerStyle style;

  g_mutex_lock (&self->lock);
  settings = json_object_ref (self->settings);
  g_mutex_unlock (&self->lock);
  style = (RegieAnswerStyle) { .name = regie_json_get_text (settings, "name", NULL),
                               .role = regie_json_get_text (settings, "role", NULL),
                               .language = regie_json_get_text (settings, "language", NULL),
                               .tone = regie_json_get_text (settings, "tone", NULL),
                               .signature = regie_json_get_text (settings, "signature", NULL) };
  work->answer = regie_answer_compose (analysis, &style, &evidence);
  work->run.question = regie_task_get_text (payload);
  work->run.answer = work->answer;

  json_object_set_object_member (
      message, "result",
      regie_json_object_new ("text", 's', work->answer, "language", 's',
                             regie_language_to_string (regie_analysis_get_language (analysis)), "evidence",
                             'a', evidence != NULL ? evidence : json_array_new (), "analysis", 'o',
                             analysis_to_object (analysis), NULL));
  json_object_set_string_member (message, "state", "done");
}

static gboolean
begin_outward (gpointer data, GError **error)
{
  Work *work = data;

  return regie_worker_db_begin_run (work->worker->db, &work->run, error);
}

/* --- the time an http task may take, watched by the main thread --- */

typedef struct
{
  RegieWorker *worker;
  char *task;
  gint64 seconds;
} Deadline;

static void
deadline_free (gpointer data)
{
  Deadline *self = data;

  g_free (self->task);
  g_free (self);
}

static gboolean
on_deadline (gpointer data)
{
  Deadline *self = data;
  JsonObject *args = regie_json_object_new ("seconds", 'i', self->seconds, NULL);

  regie_worker_cancel (self->worker, self->task, regie_cause_new ("no-whole-answer", args));

  return G_SOURCE_REMOVE;
}

static void
run_http (Work *work, JsonObject *payload, GCancellable *cancellable, JsonObject *message)
{
  Deadline *deadline = g_new0 (Deadline, 1);
  g_autoptr (GSource) source = NULL;

  deadline->worker = work->worker;
  deadline->task = g_strdup (work->run.task);
  deadline->seconds = CLAMP (regie_json_get_int (payload, "timeout", 60), 1, 300);
  source = g_timeout_source_new_seconds (deadline->seconds);
  g_source_set_callback (source, on_deadline, deadline, deadline_free);
  g_source_attach (source, NULL);
  regie_worker_http_run (work->worker, payload, cancellable, begin_outward, work, message);
  g_source_destroy (source);
}

static void
run_payload (Work *work, JsonObject *payload, GCancellable *cancellable, JsonObject *message)
{
  if (g_str_equal (work->run.type, "http"))
    run_http (work, payload, cancellable, message);
  else if (g_str_equal (work->run.type, "answer"))
    run_answer (work, payload, message);
  else
    run_analyze (work, payload, message);
}

/* --- one task --- */

static void
set_worker_member (RegieWorker *self, JsonObject *message)
{
  JsonObject *result = regie_json_get_object (message, "result");

  if (result == NULL)
    {
      result = json_object_new ();
      json_object_set_object_member (message, "result", result);
    }
  json_object_set_object_member (
      result, "worker",
      regie_json_object_new ("pid", 'i', (gint64) getpid (), "database", 's', self->database, NULL));
}

/* FALSE when it was cancelled while it waited. */
static gboolean
enter_task (RegieWorker *self, const char *id, gboolean outward)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (g_hash_table_remove (self->dropped, id))
    return FALSE;
  g_set_str (&self->task, id);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  g_clear_pointer (&self->cancelled, json_object_unref);
  self->outward = outward;

  return TRUE;
}

static void
leave_task (RegieWorker *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  g_clear_pointer (&self->task, g_free);
  self->outward = FALSE;
}

static void
store_error (JsonObject *out, const GError *error)
{
  g_autoptr (JsonObject) cause = regie_cause_new_for_error (error);

  regie_cause_store (out, "error", cause);
  json_object_set_string_member (out, "error", error->message);
}

static void
run_task (RegieWorker *self, JsonObject *message)
{
  JsonObject *task = regie_json_get_object (message, "task");
  JsonObject *payload = regie_json_get_object (task, "payload");
  Work work = { .worker = self,
                .run = { .task = regie_json_get_text (task, "id", ""),
                         .type = regie_json_get_text (task, "type", ""),
                         .attempt = regie_json_get_int (message, "attempt", 1),
                         .started_at = regie_time_now () } };
  g_autoptr (JsonObject) out =
      regie_worker_message ("result", "task", 's', work.run.task, "attempt", 'i', work.run.attempt, NULL);
  g_autoptr (GError) error = NULL;

  if (!enter_task (self, work.run.task, g_str_equal (work.run.type, "http")))
    {
      json_object_set_string_member (out, "state", "cancelled");
    }
  else if (!regie_task_check (task, &error))
    {
      json_object_set_string_member (out, "state", "failed");
      store_error (out, error);
      g_clear_error (&error);
    }
  else
    {
      regie_worker_limit_set_busy (TRUE);
      run_payload (&work, payload, self->cancellable, out);
      regie_worker_limit_set_busy (FALSE);
    }
  set_worker_member (self, out);
  if (!regie_worker_db_end_run (self->db, &work.run, out, &error))
    g_warning ("The run of task %s could not be kept in %s: %s", work.run.task, self->database,
               error->message);
  leave_task (self);
  g_info ("Task %s (%s), attempt %" G_GINT64_FORMAT ": %s in %" G_GINT64_FORMAT " ms%s%s", work.run.task,
          work.run.type, work.run.attempt, regie_json_get_text (out, "state", ""),
          (regie_time_now () - work.run.started_at) / 1000, json_object_has_member (out, "error") ? ": " : "",
          regie_json_get_text (out, "error", ""));
  regie_worker_channel_send (self->channel, out);
  g_free (work.answer);
}

static void
recall (RegieWorker *self, JsonObject *message)
{
  JsonArray *runs = regie_json_get_array (message, "runs");

  for (guint i = 0; runs != NULL && i < json_array_get_length (runs); i++)
    {
      JsonObject *run = json_array_get_object_element (runs, i);
      g_autoptr (GError) error = NULL;
      g_autoptr (JsonObject) result = regie_worker_db_recall_run (
          self->db, regie_json_get_text (run, "task", ""), regie_json_get_int (run, "attempt", 0), &error);

      if (result == NULL)
        g_warning ("What became of a task cannot be read in %s: %s", self->database, error->message);
      else
        regie_worker_channel_send (self->channel, result);
    }
}

/* --- opening --- */

static gboolean
count_rows (sqlite3 *db, gpointer data, GError **error)
{
  RegieWorker *self = data;
  gint64 rows = regie_worker_db_count (db);

  g_mutex_lock (&self->lock);
  self->rows = rows;
  g_mutex_unlock (&self->lock);

  return TRUE;
}

static gboolean
end_loop (gpointer data)
{
  g_main_loop_quit (((RegieWorker *) data)->loop);

  return G_SOURCE_REMOVE;
}

static void
open_database (RegieWorker *self, JsonObject *start)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *limits = regie_worker_limit (regie_json_get_object (start, "limits"));
  RegieDb *db = regie_worker_db_open (self->data_dir, self->id, &error);
  g_autoptr (JsonObject) message = NULL;

  if (db == NULL)
    {
      g_warning ("Its database cannot be opened: %s", error->message);
      message = regie_worker_message ("failed", "code", 's', regie_error_code_to_string (error->code),
                                      "error", 's', error->message, NULL);
      regie_worker_channel_send (self->channel, message);
      self->status = 1;
      g_idle_add (end_loop, self);
      return;
    }
  g_mutex_lock (&self->lock);
  self->db = db;
  g_mutex_unlock (&self->lock);
  regie_db_read_sync (db, count_rows, self, NULL);
  g_message ("Running: process %d, database %s; limits %s", getpid (), self->database, limits);
  message = regie_worker_message ("hello", "pid", 'i', (gint64) getpid (), "database", 's', self->database,
                                  "size", 'i', regie_worker_db_size (self->database), "rows", 'i', self->rows,
                                  "limits", 's', limits, "report", 's', regie_db_get_open_report (db), NULL);
  regie_worker_channel_send (self->channel, message);
  /* The rules are read now, not while somebody waits for the first answer. */
  regie_analysis_free (regie_analyze ("", 0));
}

gpointer
regie_worker_task_thread (gpointer data)
{
  RegieWorker *self = data;

  regie_worker_limit_set_task_thread ();
  for (;;)
    {
      g_autoptr (RegieWorkerJob) job = g_async_queue_pop (self->queue);

      switch (job->what)
        {
        case REGIE_WORKER_OPEN:
          open_database (self, job->message);
          break;
        case REGIE_WORKER_TASK:
          if (self->db != NULL)
            run_task (self, job->message);
          if (self->db != NULL && g_async_queue_length (self->queue) <= 0)
            regie_db_read_sync (self->db, count_rows, self, NULL);
          break;
        case REGIE_WORKER_RECALL:
          if (self->db != NULL)
            recall (self, job->message);
          break;
        case REGIE_WORKER_END:
        default:
          g_idle_add (end_loop, self);
          return NULL;
        }
    }
}
