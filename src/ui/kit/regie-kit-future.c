/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-kit-future.h"

typedef struct
{
  GWeakRef object;
  RegieSettled settled;
} Waiting;

static void
waiting_free (gpointer data)
{
  Waiting *waiting = data;

  g_weak_ref_clear (&waiting->object);
  g_free (waiting);
}

static DexFuture *
on_settled (DexFuture *future, gpointer data)
{
  Waiting *waiting = data;
  g_autoptr (GObject) object = g_weak_ref_get (&waiting->object);
  g_autoptr (GError) error = NULL;
  const GValue *value;

  if (object != NULL)
    {
      value = dex_future_get_value (future, &error);
      waiting->settled (object, value, error);
    }

  return dex_future_new_true ();
}

void
regie_when_settled (DexFuture *future, gpointer object, RegieSettled settled)
{
  Waiting *waiting;

  g_return_if_fail (future != NULL);
  g_return_if_fail (G_IS_OBJECT (object));

  waiting = g_new0 (Waiting, 1);
  g_weak_ref_init (&waiting->object, object);
  waiting->settled = settled;
  dex_future_disown (dex_future_finally (future, on_settled, waiting, waiting_free));
}

typedef struct
{
  RegieThreadFunc func;
  gpointer data;
  GDestroyNotify destroy;
  DexPromise *promise;
} Work;

static void
run (gpointer data, gpointer pool_data)
{
  Work *work = data;
  DexFuture *result = work->func (work->data);
  g_autoptr (GError) error = NULL;
  const GValue *value = dex_future_get_value (result, &error);

  if (work->destroy != NULL)
    work->destroy (work->data);
  if (value != NULL)
    dex_promise_resolve (work->promise, value);
  else
    dex_promise_reject (work->promise, g_steal_pointer (&error));
  dex_unref (result);
  dex_unref (work->promise);
  g_free (work);
}

DexFuture *
regie_run_in_thread (RegieThreadFunc func, gpointer data, GDestroyNotify destroy)
{
  static gsize pool = 0;
  Work *work;
  DexFuture *future;

  g_return_val_if_fail (func != NULL, NULL);

  if (g_once_init_enter (&pool))
    g_once_init_leave (&pool, (gsize) g_thread_pool_new (run, NULL, 1, FALSE, NULL));

  work = g_new0 (Work, 1);
  work->func = func;
  work->data = data;
  work->destroy = destroy;
  work->promise = dex_promise_new ();
  future = dex_ref (DEX_FUTURE (work->promise));
  g_thread_pool_push ((GThreadPool *) pool, work, NULL);

  return future;
}
