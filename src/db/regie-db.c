/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-db"

#include "regie-db-private.h"

#include "core/regie-error.h"

/* Pages in the log from which on it is copied into the file, when the writes that wait were answered: 4 MiB.
 */
#define CHECKPOINT_PAGES 1000

typedef struct
{
  GCond cond;
  GQueue jobs; /* RegieDbJob */
} Queue;

/* What the threads use. It is a part of its own, because the last reference to the RegieDb may be dropped on
 * one of them. */
typedef struct
{
  RegieDbOpened opened;
  GMutex lock; /* of all that follows */
  Queue writes, reads, maintenance;
  int closing; /* also read without the lock, by the progress handlers */
  GError *sick;
  gboolean damaged; /* sick for good: the next opening checks the file */
  GThread *writer;
  GThread *readers[REGIE_DB_N_READERS];
  GThread *maintainer;

  GMutex close_lock;
  gboolean closed;

  int checkpoint_pages; /* atomic */
  int log_pages;        /* these two are the writer's */
  int retry_at;         /* 0, or where the log was when a reader held a part of it back, and as much again */
} Core;

struct _RegieDb
{
  GObject parent_instance;
  Core *core;
};

G_DEFINE_FINAL_TYPE (RegieDb, regie_db, G_TYPE_OBJECT)

/* The Core whose thread this is. */
static GPrivate own_core;

static void
refuse (RegieDbJob *job, RegieError code, const char *why, const char *path)
{
  g_clear_error (&job->error);
  g_set_error (&job->error, REGIE_ERROR, code, "%s: %s", why, path);
  regie_db_job_settle (job);
}

/* --- health --- */

/* Takes over what DB ran into; OK says that something reached the disk since. */
static void
note_health (Core *core, sqlite3 *db, gboolean ok)
{
  RegieDbConnection *connection = regie_db_connection_get (db);
  g_autoptr (GError) found = g_steal_pointer (&connection->disk_error);

  if (found == NULL && !ok)
    return;
  g_mutex_lock (&core->lock);
  if (found != NULL)
    {
      core->damaged |= g_error_matches (found, REGIE_ERROR, REGIE_ERROR_CORRUPT);
      g_clear_error (&core->sick);
      core->sick = g_steal_pointer (&found);
    }
  else if (!core->damaged)
    g_clear_error (&core->sick);
  g_mutex_unlock (&core->lock);
}

gboolean
regie_db_is_healthy (RegieDb *self, GError **error)
{
  Core *core;
  gboolean healthy;

  g_return_val_if_fail (REGIE_IS_DB (self), FALSE);

  core = self->core;
  g_mutex_lock (&core->lock);
  healthy = core->sick == NULL;
  if (!healthy && error != NULL)
    *error = g_error_copy (core->sick);
  g_mutex_unlock (&core->lock);
  return healthy;
}

/* --- threads --- */

/* The next job of QUEUE; NULL when the database closes and none is left. */
static RegieDbJob *
wait_for_job (Core *core, Queue *queue)
{
  RegieDbJob *job;

  g_mutex_lock (&core->lock);
  while ((job = g_queue_pop_head (&queue->jobs)) == NULL && !core->closing)
    g_cond_wait (&queue->cond, &core->lock);
  g_mutex_unlock (&core->lock);
  return job;
}

/* Moves all that waits to JOBS; FALSE when the database closes and none is left. */
static gboolean
wait_for_jobs (Core *core, Queue *queue, GQueue *jobs)
{
  g_mutex_lock (&core->lock);
  while (g_queue_is_empty (&queue->jobs) && !core->closing)
    g_cond_wait (&queue->cond, &core->lock);
  *jobs = queue->jobs;
  g_queue_init (&queue->jobs);
  g_mutex_unlock (&core->lock);
  return !g_queue_is_empty (jobs);
}

static int
on_log_grown (void *data, sqlite3 *db, const char *name, int pages)
{
  Core *core = data;

  core->log_pages = pages;
  return SQLITE_OK;
}

static void
checkpoint_if_due (Core *core, sqlite3 *db)
{
  int threshold = g_atomic_int_get (&core->checkpoint_pages);
  int in_log = 0, done = 0;
  int result;

  if (core->log_pages < MAX (threshold, core->retry_at))
    return;
  result = sqlite3_wal_checkpoint_v2 (db, NULL, SQLITE_CHECKPOINT_PASSIVE, &in_log, &done);
  if (result != SQLITE_OK && result != SQLITE_BUSY)
    regie_db_set_error (db, NULL, "write the log into");
  core->retry_at = done == in_log ? 0 : in_log + threshold;
  core->log_pages = 0;
}

/* Does the first of JOBS and what can be committed with it. Health comes before the answers, the checkpoint
 * after. */
static void
run_writes (Core *core, sqlite3 *db, GQueue *jobs)
{
  RegieDbJob *job = g_queue_peek_head (jobs);
  GQueue done = G_QUEUE_INIT;
  guint n_committed;

  if (job->exclusive)
    {
      g_queue_push_tail (&done, g_queue_pop_head (jobs));
      n_committed = regie_db_job_call (job, db);
    }
  else
    n_committed = regie_db_run_batch (db, jobs, &done);
  note_health (core, db, n_committed > 0);
  while ((job = g_queue_pop_head (&done)) != NULL)
    regie_db_job_settle (job);
  checkpoint_if_due (core, db);
  note_health (core, db, FALSE);
}

static gpointer
run_writer (gpointer data)
{
  Core *core = data;
  sqlite3 *db = core->opened.writer;
  GQueue jobs;

  g_private_set (&own_core, core);
  regie_db_connection_get (db)->in_write = TRUE;
  sqlite3_wal_hook (db, on_log_grown, core);
  while (wait_for_jobs (core, &core->writes, &jobs))
    while (!g_queue_is_empty (&jobs))
      run_writes (core, db, &jobs);
  return NULL;
}

static void
run_read (Core *core, sqlite3 *db, RegieDbJob *job, gboolean in_transaction)
{
  RegieDbConnection *connection = regie_db_connection_get (db);

  if (g_atomic_int_get (&core->closing))
    {
      refuse (job, REGIE_ERROR_STATE, "Not read, since it is being closed", core->opened.path);
      return;
    }
  if (regie_db_job_is_dropped (job))
    {
      refuse (job, REGIE_ERROR_STATE, "Not read, since nobody waits for it any more", core->opened.path);
      return;
    }
  connection->closing = &core->closing;
  connection->cancellable = job->promise != NULL ? dex_promise_get_cancellable (job->promise) : NULL;
  if (!in_transaction || regie_db_run (db, &job->error, "BEGIN", NULL))
    regie_db_job_call (job, db);
  connection->closing = NULL;
  connection->cancellable = NULL;
  if (!sqlite3_get_autocommit (db))
    regie_db_run (db, NULL, "ROLLBACK", NULL);
  note_health (core, db, FALSE);
  regie_db_job_settle (job);
}

typedef struct
{
  Core *core;
  guint index;
} ReaderStart;

static gpointer
run_reader (gpointer data)
{
  g_autofree ReaderStart *start = data;
  Core *core = start->core;
  RegieDbJob *job;

  g_private_set (&own_core, core);
  while ((job = wait_for_job (core, &core->reads)) != NULL)
    run_read (core, core->opened.readers[start->index], job, TRUE);
  return NULL;
}

/* Long work, such as a backup, holds neither the writer nor a reader up. */
static gpointer
run_maintainer (gpointer data)
{
  Core *core = data;
  g_autoptr (GError) error = NULL;
  sqlite3 *db = regie_db_connection_open (core->opened.path, core->opened.flags, core->opened.reader_mode,
                                          core->opened.vfs, &error);
  RegieDbJob *job;

  g_private_set (&own_core, core);
  while ((job = wait_for_job (core, &core->maintenance)) != NULL)
    if (db != NULL)
      run_read (core, db, job, FALSE);
    else
      {
        job->error = g_error_copy (error);
        regie_db_job_settle (job);
      }
  regie_db_connection_close (db);
  return NULL;
}

static gboolean
is_own_thread (Core *core)
{
  return g_private_get (&own_core) == core;
}

static void
start_threads (Core *core)
{
  if (core->opened.writer != NULL)
    core->writer = g_thread_new ("regie-db-write", run_writer, core);
  for (guint i = 0; i < REGIE_DB_N_READERS; i++)
    {
      ReaderStart *start = g_new0 (ReaderStart, 1);

      start->core = core;
      start->index = i;
      core->readers[i] = g_thread_new ("regie-db-read", run_reader, start);
    }
}

/* --- life --- */

RegieDb *
regie_db_new_opened (RegieDbOpened *opened)
{
  RegieDb *self = g_object_new (REGIE_TYPE_DB, NULL);
  Core *core = g_new0 (Core, 1);

  self->core = core;
  core->opened = *opened;
  *opened = (RegieDbOpened) { .lock_fd = -1 };
  core->checkpoint_pages = CHECKPOINT_PAGES;
  g_mutex_init (&core->lock);
  g_mutex_init (&core->close_lock);
  g_cond_init (&core->writes.cond);
  g_cond_init (&core->reads.cond);
  g_cond_init (&core->maintenance.cond);
  start_threads (core);
  return self;
}

/* Whether the log was emptied: only then is the file alone all there is. */
static gboolean
close_writer (Core *core)
{
  sqlite3 *db = core->opened.writer;
  int result = sqlite3_wal_checkpoint_v2 (db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

  if (result != SQLITE_OK && result != SQLITE_BUSY)
    g_message ("%s could not be closed cleanly: %s", core->opened.path, sqlite3_errmsg (db));
  g_clear_pointer (&core->opened.writer, regie_db_connection_close);
  return result == SQLITE_OK || result == SQLITE_BUSY;
}

static void
join_threads (Core *core)
{
  g_mutex_lock (&core->lock);
  g_atomic_int_set (&core->closing, TRUE);
  g_cond_broadcast (&core->writes.cond);
  g_cond_broadcast (&core->reads.cond);
  g_cond_broadcast (&core->maintenance.cond);
  g_mutex_unlock (&core->lock);
  g_clear_pointer (&core->writer, g_thread_join);
  for (guint i = 0; i < REGIE_DB_N_READERS; i++)
    g_clear_pointer (&core->readers[i], g_thread_join);
  g_clear_pointer (&core->maintainer, g_thread_join);
}

static void
core_close (Core *core)
{
  g_mutex_lock (&core->close_lock);
  if (!core->closed)
    {
      join_threads (core);
      for (guint i = 0; i < REGIE_DB_N_READERS; i++)
        g_clear_pointer (&core->opened.readers[i], regie_db_connection_close);
      if (core->opened.writer != NULL && close_writer (core) && !core->damaged)
        regie_db_mark_clean (core->opened.path);
      regie_db_unlock (g_steal_fd (&core->opened.lock_fd));
      core->closed = TRUE;
    }
  g_mutex_unlock (&core->close_lock);
}

static void
core_free (Core *core)
{
  regie_db_opened_clear (&core->opened);
  g_clear_error (&core->sick);
  g_cond_clear (&core->writes.cond);
  g_cond_clear (&core->reads.cond);
  g_cond_clear (&core->maintenance.cond);
  g_mutex_clear (&core->close_lock);
  g_mutex_clear (&core->lock);
  g_free (core);
}

static gpointer
close_and_free (gpointer data)
{
  core_close (data);
  core_free (data);
  return NULL;
}

static void
regie_db_finalize (GObject *object)
{
  RegieDb *self = REGIE_DB (object);
  Core *core = g_steal_pointer (&self->core);

  if (core != NULL && is_own_thread (core))
    g_thread_unref (g_thread_new ("regie-db-close", close_and_free, core));
  else if (core != NULL)
    close_and_free (core);
  G_OBJECT_CLASS (regie_db_parent_class)->finalize (object);
}

static void
regie_db_class_init (RegieDbClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = regie_db_finalize;
}

static void
regie_db_init (RegieDb *self)
{
}

void
regie_db_close (RegieDb *self)
{
  g_return_if_fail (REGIE_IS_DB (self));
  g_return_if_fail (!is_own_thread (self->core));

  core_close (self->core);
}

const char *
regie_db_get_path (RegieDb *self)
{
  g_return_val_if_fail (REGIE_IS_DB (self), NULL);

  return self->core->opened.path;
}

const char *
regie_db_get_vfs (RegieDb *self)
{
  return self->core->opened.vfs;
}

void
regie_db_set_checkpoint_pages (RegieDb *self, int pages)
{
  g_atomic_int_set (&self->core->checkpoint_pages, pages);
}

const char *
regie_db_get_open_report (RegieDb *self)
{
  g_return_val_if_fail (REGIE_IS_DB (self), NULL);

  return self->core->opened.report;
}

/* --- queues --- */

static void
push (Core *core, Queue *queue, RegieDbJob *job)
{
  gboolean writes = queue == &core->writes;

  if (writes && (core->opened.flags & REGIE_DB_READ_ONLY))
    {
      refuse (job, REGIE_ERROR_READ_ONLY, "Not written, since it was opened for reading only",
              core->opened.path);
      return;
    }
  g_mutex_lock (&core->lock);
  if (!core->closing)
    {
      g_queue_push_tail (&queue->jobs, job);
      if (queue == &core->maintenance && core->maintainer == NULL)
        core->maintainer = g_thread_new ("regie-db-care", run_maintainer, core);
      g_cond_signal (&queue->cond);
      job = NULL;
    }
  g_mutex_unlock (&core->lock);
  if (job != NULL)
    refuse (job, REGIE_ERROR_STATE, "The file is closed", core->opened.path);
}

static RegieDbJob *
job_new (RegieDbFunc func, gpointer data, GDestroyNotify destroy)
{
  RegieDbJob *job = g_new0 (RegieDbJob, 1);

  job->func = func;
  job->data = data;
  job->destroy = destroy;
  return job;
}

DexFuture *
regie_db_write (RegieDb *self, RegieDbFunc func, gpointer data, GDestroyNotify destroy)
{
  RegieDbJob *job;
  DexFuture *future;

  g_return_val_if_fail (REGIE_IS_DB (self) && func != NULL, NULL);

  job = job_new (func, data, destroy);
  job->promise = dex_promise_new ();
  future = dex_ref (DEX_FUTURE (job->promise));
  push (self->core, &self->core->writes, job);
  return future;
}

DexFuture *
regie_db_run_exclusive (RegieDb *self, RegieDbFunc func, gpointer data, GDestroyNotify destroy)
{
  RegieDbJob *job = job_new (func, data, destroy);
  DexFuture *future;

  job->exclusive = TRUE;
  job->promise = dex_promise_new ();
  future = dex_ref (DEX_FUTURE (job->promise));
  push (self->core, &self->core->writes, job);
  return future;
}

/* A promise does not learn that nobody holds it but us; one that a set of one waits for is cancelled with the
 * set. */
static DexFuture *
push_droppable (Core *core, Queue *queue, RegieDbJob *job)
{
  DexFuture *future;

  job->promise = dex_promise_new_cancellable ();
  future = dex_future_first (dex_ref (DEX_FUTURE (job->promise)), NULL);
  push (core, queue, job);
  return future;
}

DexFuture *
regie_db_read (RegieDb *self, RegieDbFunc func, gpointer data, GDestroyNotify destroy)
{
  g_return_val_if_fail (REGIE_IS_DB (self) && func != NULL, NULL);

  return push_droppable (self->core, &self->core->reads, job_new (func, data, destroy));
}

DexFuture *
regie_db_run_maintenance (RegieDb *self, RegieDbFunc func, gpointer data, GDestroyNotify destroy)
{
  RegieDbJob *job = job_new (func, data, destroy);
  DexFuture *future;

  job->promise = dex_promise_new ();
  future = dex_ref (DEX_FUTURE (job->promise));
  push (self->core, &self->core->maintenance, job);
  return future;
}

static gboolean
push_and_wait (Core *core, Queue *queue, RegieDbFunc func, gpointer data, GError **error)
{
  RegieDbWaiter waiter = { .settled = FALSE };
  RegieDbJob *job;

  if (is_own_thread (core))
    {
      g_set_error_literal (error, REGIE_ERROR, REGIE_ERROR_STATE,
                           "A database thread cannot wait for the database");
      return FALSE;
    }
  g_mutex_init (&waiter.lock);
  g_cond_init (&waiter.cond);
  job = job_new (func, data, NULL);
  job->waiter = &waiter;
  push (core, queue, job);
  g_mutex_lock (&waiter.lock);
  while (!waiter.settled)
    g_cond_wait (&waiter.cond, &waiter.lock);
  g_mutex_unlock (&waiter.lock);
  g_mutex_clear (&waiter.lock);
  g_cond_clear (&waiter.cond);
  if (waiter.error == NULL)
    return TRUE;
  g_propagate_error (error, waiter.error);
  return FALSE;
}

gboolean
regie_db_write_sync (RegieDb *self, RegieDbFunc func, gpointer data, GError **error)
{
  g_return_val_if_fail (REGIE_IS_DB (self) && func != NULL, FALSE);

  return push_and_wait (self->core, &self->core->writes, func, data, error);
}

gboolean
regie_db_read_sync (RegieDb *self, RegieDbFunc func, gpointer data, GError **error)
{
  g_return_val_if_fail (REGIE_IS_DB (self) && func != NULL, FALSE);

  return push_and_wait (self->core, &self->core->reads, func, data, error);
}
