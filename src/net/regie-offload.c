/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-offload.h"

#define N_THREADS 2

typedef struct
{
  RegieOffloadFunc func;
  gpointer data;
  GDestroyNotify destroy;
  GMainContext *context;
  DexPromise *promise;
  GValue result;
  GError *error;
} Work;

static void
work_free (gpointer data)
{
  Work *work = data;

  if (work->destroy != NULL)
    work->destroy (work->data);
  if (G_IS_VALUE (&work->result))
    g_value_unset (&work->result);
  g_clear_error (&work->error);
  g_clear_pointer (&work->context, g_main_context_unref);
  dex_clear (&work->promise);
  g_free (work);
}

static gboolean
settle (gpointer data)
{
  Work *work = data;

  if (work->error != NULL)
    dex_promise_reject (work->promise, g_steal_pointer (&work->error));
  else
    dex_promise_resolve (work->promise, &work->result);

  return G_SOURCE_REMOVE;
}

static void
run (gpointer data, gpointer unused)
{
  Work *work = data;
  g_autoptr (GSource) source = NULL;

  if (work->func == NULL) /* only to be freed */
    {
      work_free (work);
      return;
    }
  if (!work->func (work->data, &work->result, &work->error) && work->error == NULL)
    g_set_error_literal (&work->error, G_IO_ERROR, G_IO_ERROR_FAILED, "failed without a reason");

  source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, settle, work, work_free);
  g_source_set_static_name (source, "[regie] offloaded");
  g_source_attach (source, work->context);
}

static gpointer
make_pool (gpointer unused)
{
  return g_thread_pool_new (run, NULL, N_THREADS, FALSE, NULL);
}

static GThreadPool *
get_pool (void)
{
  static GOnce once = G_ONCE_INIT;

  return g_once (&once, make_pool, NULL);
}

void
regie_offload_free (gpointer data, GDestroyNotify destroy)
{
  Work *work = g_new0 (Work, 1);

  work->data = data;
  work->destroy = destroy;
  g_thread_pool_push (get_pool (), work, NULL);
}

DexFuture *
regie_offload (RegieOffloadFunc func, gpointer data, GDestroyNotify destroy)
{
  Work *work = g_new0 (Work, 1);
  DexFuture *future;

  work->func = func;
  work->data = data;
  work->destroy = destroy;
  work->context = g_main_context_ref_thread_default ();
  work->promise = dex_promise_new ();
  future = dex_ref (DEX_FUTURE (work->promise));
  g_thread_pool_push (get_pool (), work, NULL);

  return future;
}
