/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "core/regie-cause.h"
#include "regie-worker-db.h"
#include "regie-worker-protocol.h"

G_BEGIN_DECLS

/* One worker process. The main thread holds the channel, the heartbeat and the watch over the task; one task
 * thread opens the database and does the tasks, one after another. */

typedef struct
{
  GMainLoop *loop;
  RegieWorkerChannel *channel;
  char *id;
  char *data_dir;
  char *database; /* path */
  int status;     /* exit status */
  gint64 started_at;
  guint heartbeat_source;
  gboolean stopping;

  GThread *thread;
  GAsyncQueue *queue; /* RegieWorkerJob */

  GMutex lock; /* of what follows */
  RegieDb *db; /* NULL until it is open */
  JsonObject *settings;
  JsonArray *rights; /* effective */
  char *paused;      /* code of the cause, or NULL */
  char *task;        /* the one that runs, or NULL */
  GCancellable *cancellable;
  gboolean outward;      /* it acts outside */
  JsonObject *cancelled; /* why it was cancelled, a cause; or NULL */
  GHashTable *dropped;   /* ids of waiting tasks that were cancelled */
  gint64 rows;
} RegieWorker;

/* --- regie-worker-task.c: the task thread --- */

typedef struct
{
  enum
  {
    REGIE_WORKER_OPEN, /* the start message */
    REGIE_WORKER_TASK,
    REGIE_WORKER_RECALL,
    REGIE_WORKER_END
  } what;
  JsonObject *message;
} RegieWorkerJob;

void regie_worker_job_free (gpointer job);
void regie_worker_push (RegieWorker *self, int what, JsonObject *message);

/* The thread's function; DATA is the RegieWorker. */
gpointer regie_worker_task_thread (gpointer data);

/* Stops the task that runs (TASK NULL: whichever acts outside), saying why (a cause, taken
 * over); a waiting one is never begun. */
void regie_worker_cancel (RegieWorker *self, const char *task, JsonObject *reason);

/* --- regie-worker-http.c --- */

/* Carries out an http task on the calling thread. Fills MESSAGE with state, result, error, refused. BEGIN is
 * called after the checks and before anything leaves; FALSE of it ends the task. */
typedef gboolean (*RegieWorkerBeginFunc) (gpointer data, GError **error);
void regie_worker_http_run (RegieWorker *self,
                            JsonObject *payload,
                            GCancellable *cancellable,
                            RegieWorkerBeginFunc begin,
                            gpointer data,
                            JsonObject *message);

/* --- regie-worker-limit.c --- */

/* Puts the limits of the start message in force for this process and returns a sentence that says how. */
char *regie_worker_limit (JsonObject *limits);

/* The calling thread does the tasks: it is the one that is held back. */
void regie_worker_limit_set_task_thread (void);
/* A task runs, or none: the watch over the processor time wakes only while one does. */
void regie_worker_limit_set_busy (gboolean busy);

/* Processor time of this process so far (ms) and memory in use (KiB). */
gint64 regie_worker_get_cpu (void);
gint64 regie_worker_get_memory (void);

G_END_DECLS
