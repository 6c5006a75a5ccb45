/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-worker"

#include "regie-supervisor.h"
#include "regie-worker-private.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <unistd.h>

#include "regie-engine-log.h"

/* How long the task that runs may go on after the engine went away: nobody waits for it any more. */
#define ORPHAN_GRACE 1000 /* ms */

/* --- what the engine says --- */

static void
take_settings (RegieWorker *self, JsonObject *message)
{
  JsonObject *settings = regie_json_get_object (message, "settings");
  JsonArray *rights = regie_json_get_array (message, "rights");
  const char *paused = regie_json_get_text (message, "paused", NULL);

  g_mutex_lock (&self->lock);
  if (settings != NULL)
    {
      g_clear_pointer (&self->settings, json_object_unref);
      self->settings = json_object_ref (settings);
    }
  if (rights != NULL)
    {
      g_clear_pointer (&self->rights, json_array_unref);
      self->rights = json_array_ref (rights);
    }
  if (json_object_has_member (message, "paused"))
    g_set_str (&self->paused, paused);
  g_mutex_unlock (&self->lock);

  /* At once means also what is under way. */
  if (paused != NULL)
    regie_worker_cancel (self, NULL, regie_cause_new (paused, NULL));
}

static gboolean
on_heartbeat (gpointer data)
{
  RegieWorker *self = data;
  g_autoptr (JsonObject) message = NULL;

  g_mutex_lock (&self->lock);
  message = regie_worker_message ("heartbeat", "cpu", 'i', regie_worker_get_cpu (), "memory", 'i',
                                  regie_worker_get_memory (), "rows", 'i', self->rows, "task", 's',
                                  self->task, NULL);
  g_mutex_unlock (&self->lock);
  regie_worker_channel_send (self->channel, message);

  return G_SOURCE_CONTINUE;
}

/* What it says goes to a file of its own, and to the engine's standard error. */
static void
open_log (RegieWorker *self, const char *level)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *name = g_strconcat (self->id, ".log", NULL);
  g_autofree char *folder = g_build_filename (self->data_dir, "logs", NULL);
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_mkdir_with_parents (folder, 0700);
  if (regie_engine_log_open (path, level, &error))
    return;
  regie_engine_log_open (NULL, level, NULL);
  g_warning ("There is no log: %s", error->message);
}

static void
start (RegieWorker *self, JsonObject *message)
{
  if (self->thread != NULL)
    return;
  self->id = g_strdup (regie_json_get_text (message, "id", ""));
  self->data_dir = g_strdup (regie_json_get_text (message, "data_dir", "."));
  self->database = regie_worker_db_path (self->data_dir, self->id);
  open_log (self, regie_json_get_text (message, "log_level", "info"));
  take_settings (self, message);
  self->heartbeat_source =
      g_timeout_add (CLAMP (regie_json_get_int (message, "heartbeat", 2000), 10, 60000), on_heartbeat, self);
  self->thread = g_thread_new ("task", regie_worker_task_thread, self);
  regie_worker_push (self, REGIE_WORKER_OPEN, message);
}

/* --- requests about the database --- */

typedef struct
{
  RegieWorker *worker;
  gint64 request;
  JsonObject *usage; /* or NULL */
} Request;

static void
request_free (gpointer data)
{
  Request *request = data;

  g_clear_pointer (&request->usage, json_object_unref);
  g_free (request);
}

static DexFuture *
on_request_done (DexFuture *future, gpointer data)
{
  Request *request = data;
  RegieWorker *self = request->worker;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) message = NULL;

  if (dex_future_get_value (future, &error) == NULL)
    {
      message = regie_worker_message (
          "reply", "request", 'i', request->request, "ok", 'b', FALSE, "code", 's',
          regie_error_code_to_string (error->domain == REGIE_ERROR ? error->code : REGIE_ERROR_FAILED),
          "error", 's', error->message, NULL);
    }
  else
    {
      g_mutex_lock (&self->lock);
      message = regie_worker_message ("reply", "request", 'i', request->request, "ok", 'b', TRUE, "size", 'i',
                                      regie_worker_db_size (self->database), "rows", 'i', self->rows, NULL);
      g_mutex_unlock (&self->lock);
      if (request->usage != NULL)
        json_object_set_object_member (message, "usage", json_object_ref (request->usage));
    }
  regie_worker_channel_send (self->channel, message);

  return dex_future_new_true ();
}

static DexFuture *
begin_request (Request *request, JsonObject *message)
{
  RegieDb *db = request->worker->db;
  const char *what = regie_json_get_text (message, "what", "");

  if (db == NULL)
    return dex_future_new_reject (REGIE_ERROR, REGIE_ERROR_STATE, "The database is not open yet");
  if (g_str_equal (what, "check"))
    return regie_db_check (db);
  if (g_str_equal (what, "backup"))
    return regie_db_backup (db, regie_json_get_text (message, "file", ""));
  if (g_str_equal (what, "compact"))
    return regie_db_compact (db);
  if (g_str_equal (what, "usage"))
    {
      request->usage = json_object_new ();
      return regie_db_read (db, regie_worker_db_read_usage, json_object_ref (request->usage),
                            (GDestroyNotify) json_object_unref);
    }

  return dex_future_new_reject (REGIE_ERROR, REGIE_ERROR_NOT_FOUND, "There is no request \"%s\"", what);
}

static void
answer_request (RegieWorker *self, JsonObject *message)
{
  Request *request = g_new0 (Request, 1);

  request->worker = self;
  request->request = regie_json_get_int (message, "request", 0);
  dex_future_disown (
      dex_future_finally (begin_request (request, message), on_request_done, request, request_free));
}

/* --- the end --- */

/* The task that runs may end; the thread then ends the loop. */
static void
stop (RegieWorker *self)
{
  if (self->stopping)
    return;
  self->stopping = TRUE;
  if (self->thread != NULL)
    regie_worker_push (self, REGIE_WORKER_END, NULL);
  else
    g_main_loop_quit (self->loop);
}

static gboolean
give_up (gpointer data)
{
  /* SQLite's files are sound at any moment; what waits here is a request that nobody wants any more. */
  _exit (0);
}

static void
on_closed (gpointer data)
{
  RegieWorker *self = data;

  g_message ("The engine went away: ending");
  g_clear_handle_id (&self->heartbeat_source, g_source_remove);
  regie_worker_cancel (self, NULL, regie_cause_new ("engine-gone", NULL));
  g_timeout_add (ORPHAN_GRACE, give_up, NULL);
  stop (self);
}

static void
on_message (const char *type, JsonObject *message, gpointer data)
{
  RegieWorker *self = data;

  if (g_str_equal (type, "start"))
    start (self, message);
  else if (g_str_equal (type, "settings"))
    take_settings (self, message);
  else if (g_str_equal (type, "task"))
    regie_worker_push (self, REGIE_WORKER_TASK, message);
  else if (g_str_equal (type, "recall"))
    regie_worker_push (self, REGIE_WORKER_RECALL, message);
  else if (g_str_equal (type, "cancel"))
    regie_worker_cancel (self, regie_json_get_text (message, "task", ""),
                         regie_cause_new (regie_json_get_text (message, "reason", "cancelled"), NULL));
  else if (g_str_equal (type, "request"))
    answer_request (self, message);
  else if (g_str_equal (type, "stop"))
    stop (self);
}

static void
worker_clear (RegieWorker *self)
{
  g_clear_handle_id (&self->heartbeat_source, g_source_remove);
  if (self->db != NULL)
    regie_db_close (self->db);
  g_clear_object (&self->db);
  regie_worker_channel_flush (self->channel, 1000);
  regie_worker_channel_free (self->channel);
  g_async_queue_unref (self->queue);
  g_hash_table_unref (self->dropped);
  g_clear_pointer (&self->settings, json_object_unref);
  g_clear_pointer (&self->rights, json_array_unref);
  g_clear_object (&self->cancellable);
  g_free (self->paused);
  g_free (self->task);
  g_clear_pointer (&self->cancelled, json_object_unref);
  g_free (self->id);
  g_free (self->data_dir);
  g_free (self->database);
  g_mutex_clear (&self->lock);
  g_main_loop_unref (self->loop);
}

int
regie_worker_run (int fd)
{
  RegieWorker self = { 0 };

  /* A terminal's Ctrl+C or a service manager's SIGTERM is the engine's business: it stops its workers. */
  signal (SIGPIPE, SIG_IGN);
  signal (SIGINT, SIG_IGN);
  signal (SIGHUP, SIG_IGN);
  g_mutex_init (&self.lock);
  self.loop = g_main_loop_new (NULL, FALSE);
  self.queue = g_async_queue_new_full (regie_worker_job_free);
  self.dropped = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self.channel = regie_worker_channel_new (fd, on_message, on_closed, &self);
  g_main_loop_run (self.loop);

  if (self.thread != NULL)
    {
      regie_worker_push (&self, REGIE_WORKER_END, NULL);
      g_thread_join (self.thread);
    }
  worker_clear (&self);

  return self.status;
}
