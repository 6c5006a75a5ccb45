/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-db"

#include "regie-db-private.h"

#include "core/regie-error.h"

/* Nobody whose write is done should wait longer than this for those that came after it, beside the commit
 * itself. */
#define BATCH_TIME_US (50 * 1000)
#define BATCH_JOBS    2000

void
regie_db_job_settle (RegieDbJob *job)
{
  RegieDbWaiter *waiter = job->waiter;

  if (job->promise != NULL && job->error != NULL)
    dex_promise_reject (job->promise, g_steal_pointer (&job->error));
  else if (job->promise != NULL)
    dex_promise_resolve_boolean (job->promise, TRUE);
  dex_clear (&job->promise);
  if (job->destroy != NULL)
    job->destroy (job->data);
  if (waiter != NULL)
    {
      /* The waiter's frame is gone once it may lock. */
      g_mutex_lock (&waiter->lock);
      waiter->error = g_steal_pointer (&job->error);
      waiter->settled = TRUE;
      g_cond_signal (&waiter->cond);
      g_mutex_unlock (&waiter->lock);
    }
  g_clear_error (&job->error);
  g_free (job);
}

gboolean
regie_db_job_is_dropped (RegieDbJob *job)
{
  GCancellable *cancellable = job->promise != NULL ? dex_promise_get_cancellable (job->promise) : NULL;

  return cancellable != NULL && g_cancellable_is_cancelled (cancellable);
}

gboolean
regie_db_job_call (RegieDbJob *job, sqlite3 *db)
{
  RegieDbConnection *connection = regie_db_connection_get (db);
  gboolean ok = job->func (db, job->data, &job->error);

  if (ok && connection->failed != NULL)
    job->error = g_steal_pointer (&connection->failed);
  g_clear_error (&connection->failed);
  if (!ok && job->error == NULL)
    g_set_error (&job->error, REGIE_ERROR, REGIE_ERROR_FAILED, "Work on %s failed and did not say why",
                 sqlite3_db_filename (db, "main"));
  /* A function that says that it failed is believed, one that says that it did not is checked. */
  if (ok && job->error != NULL)
    ok = FALSE;
  return ok;
}

void
regie_db_after_commit (sqlite3 *db, GFunc after_commit, gpointer data, GDestroyNotify destroy)
{
  RegieDbConnection *connection = regie_db_connection_get (db);
  RegieDbHook hook = { after_commit, data, destroy };

  g_return_if_fail (connection != NULL && connection->in_write);

  g_array_append_val (connection->after_commit, hook);
}

/* Forgets the hooks from FIRST on. */
static void
drop_hooks (RegieDbConnection *connection, guint first)
{
  for (guint i = first; i < connection->after_commit->len; i++)
    {
      RegieDbHook *hook = &g_array_index (connection->after_commit, RegieDbHook, i);

      if (hook->destroy != NULL)
        hook->destroy (hook->data);
    }
  g_array_set_size (connection->after_commit, first);
}

static void
run_hooks (RegieDbConnection *connection)
{
  for (guint i = 0; i < connection->after_commit->len; i++)
    {
      RegieDbHook *hook = &g_array_index (connection->after_commit, RegieDbHook, i);

      hook->func (hook->data, NULL);
    }
  drop_hooks (connection, 0);
}

/* A foreign key that is checked at the commit only would fail the whole batch there. */
static gboolean
check_deferred (sqlite3 *db, RegieDbJob *job)
{
  int broken = 0, high = 0;

  sqlite3_db_status (db, SQLITE_DBSTATUS_DEFERRED_FKS, &broken, &high, 0);
  if (broken == 0)
    return TRUE;
  g_set_error (&job->error, REGIE_ERROR, REGIE_ERROR_INVALID,
               "Cannot write to %s: a row would refer to one that does not exist",
               sqlite3_db_filename (db, "main"));
  return FALSE;
}

/* Runs one job in its savepoint. FALSE when the whole transaction is lost: SQLite ends it by itself when the
 * disk is full or fails in the middle of a change. */
static gboolean
run_in_savepoint (sqlite3 *db, RegieDbJob *job)
{
  RegieDbConnection *connection = regie_db_connection_get (db);
  guint first_hook = connection->after_commit->len;
  gboolean ok;

  if (!regie_db_run (db, &job->error, "SAVEPOINT work", NULL))
    return !sqlite3_get_autocommit (db);
  ok = regie_db_job_call (job, db);
  if (sqlite3_get_autocommit (db))
    {
      if (job->error == NULL)
        g_set_error (&job->error, REGIE_ERROR, REGIE_ERROR_FAILED, "A write to %s ended its transaction",
                     sqlite3_db_filename (db, "main"));
      return FALSE;
    }
  if (ok && check_deferred (db, job) && regie_db_run (db, &job->error, "RELEASE work", NULL))
    return TRUE;
  drop_hooks (connection, first_hook);
  return regie_db_run (db, NULL, "ROLLBACK TO work", NULL) && regie_db_run (db, NULL, "RELEASE work", NULL);
}

/* Everything in DONE that had not failed by itself fails with REASON. */
static void
fail_all (GQueue *done, const GError *reason, const char *prefix)
{
  for (GList *l = done->head; l != NULL; l = l->next)
    {
      RegieDbJob *job = l->data;

      if (job->error == NULL)
        {
          job->error = g_error_copy (reason);
          g_prefix_error (&job->error, "%s", prefix);
        }
    }
}

/* FALSE when the transaction was lost while they ran; the last in DONE then has the error. */
static gboolean
run_jobs (sqlite3 *db, GQueue *jobs, GQueue *done)
{
  gint64 deadline = g_get_monotonic_time () + BATCH_TIME_US;

  do
    {
      RegieDbJob *job = g_queue_pop_head (jobs);

      g_queue_push_tail (done, job);
      if (!run_in_savepoint (db, job))
        return FALSE;
    }
  while (!g_queue_is_empty (jobs) && !((RegieDbJob *) g_queue_peek_head (jobs))->exclusive &&
         done->length < BATCH_JOBS && g_get_monotonic_time () < deadline);
  return TRUE;
}

guint
regie_db_run_batch (sqlite3 *db, GQueue *jobs, GQueue *done)
{
  RegieDbConnection *connection = regie_db_connection_get (db);
  g_autoptr (GError) error = NULL;
  guint n_committed = 0;

  if (!regie_db_run (db, &error, "BEGIN IMMEDIATE", NULL))
    {
      g_queue_push_tail (done, g_queue_pop_head (jobs));
      fail_all (done, error, "");
      return 0;
    }
  if (!run_jobs (db, jobs, done))
    {
      RegieDbJob *last = g_queue_peek_tail (done);

      fail_all (done, last->error, "Not saved, since what was to be saved together with it failed. ");
    }
  else if (!regie_db_run (db, &error, "COMMIT", NULL))
    fail_all (done, error, "");
  for (GList *l = done->head; l != NULL; l = l->next)
    n_committed += ((RegieDbJob *) l->data)->error == NULL;
  if (!sqlite3_get_autocommit (db))
    regie_db_run (db, NULL, "ROLLBACK", NULL);
  if (n_committed > 0)
    run_hooks (connection);
  else
    drop_hooks (connection, 0);
  return n_committed;
}
