/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-engine-store-private.h"

#define N_THREADS 4

typedef struct
{
  RegieThreadFunc func;
  gpointer data;
  GDestroyNotify destroy;
  DexPromise *promise;
} Job;

static void
run (gpointer data, gpointer unused)
{
  Job *job = data;
  g_auto (GValue) result = G_VALUE_INIT;
  GError *error = NULL;

  if (job->func (job->data, &result, &error))
    dex_promise_resolve (job->promise, &result);
  else
    dex_promise_reject (job->promise, error);
  dex_unref (job->promise);
  if (job->destroy != NULL)
    job->destroy (job->data);
  g_free (job);
}

static gpointer
new_pool (gpointer unused)
{
  return g_thread_pool_new (run, NULL, N_THREADS, FALSE, NULL);
}

DexFuture *
regie_thread_run (RegieThreadFunc func, gpointer data, GDestroyNotify destroy)
{
  static GOnce once = G_ONCE_INIT;
  Job *job = g_new0 (Job, 1);
  DexFuture *future;

  job->func = func;
  job->data = data;
  job->destroy = destroy;
  job->promise = dex_promise_new ();
  future = dex_ref (DEX_FUTURE (job->promise));
  g_thread_pool_push (g_once (&once, new_pool, NULL), job, NULL);

  return future;
}
