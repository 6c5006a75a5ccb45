/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-net-thread.h"

static GMainContext *net_context;
static GThread *net_thread;

static gpointer
run (gpointer data)
{
  GMainContext *context = data;
  g_autoptr (GMainLoop) loop = g_main_loop_new (context, FALSE);

  g_main_context_push_thread_default (context);
  g_main_loop_run (loop);
  g_main_context_pop_thread_default (context);

  return NULL;
}

GMainContext *
regie_net_context (void)
{
  static gsize started;

  if (g_once_init_enter (&started))
    {
      net_context = g_main_context_new ();
      net_thread = g_thread_new ("regie-net", run, net_context);
      g_once_init_leave (&started, 1);
    }

  return net_context;
}

typedef struct
{
  GSourceOnceFunc func;
  gpointer data;
  GDestroyNotify destroy;
} Call;

static gboolean
call_run (gpointer data)
{
  Call *call = data;

  call->func (call->data);

  return G_SOURCE_REMOVE;
}

static void
call_free (gpointer data)
{
  Call *call = data;

  if (call->destroy != NULL)
    call->destroy (call->data);
  g_free (call);
}

void
regie_net_invoke (GSourceOnceFunc func, gpointer data, GDestroyNotify destroy)
{
  Call *call = g_new (Call, 1);
  g_autoptr (GSource) source = g_idle_source_new ();

  *call = (Call) { func, data, destroy };
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, call_run, call, call_free);
  g_source_set_static_name (source, "[regie] net");
  g_source_attach (source, regie_net_context ());
}

gboolean
regie_net_is_current (void)
{
  return g_thread_self () == net_thread;
}
