/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-sync"

#include "regie-backend-private.h"
#include "regie-connection-private.h"
#include "regie-engine-process.h"

#define FIRST_PAUSE_MS   500
#define LONGEST_PAUSE_MS (60 * 1000)
/* A link that held so long was a good one: the next pauses start short again. */
#define STEADY_US (10 * G_TIME_SPAN_SECOND)

RegieConnectionState
regie_connection_state_of (const GError *error)
{
  if (error == NULL || error->domain != REGIE_ERROR)
    return error == NULL || error->domain == G_IO_ERROR ? REGIE_CONNECTION_OFFLINE : REGIE_CONNECTION_BROKEN;
  switch ((RegieError) error->code)
    {
    case REGIE_ERROR_UNREACHABLE:
    case REGIE_ERROR_UNKNOWN:
    case REGIE_ERROR_FAILED:
      return REGIE_CONNECTION_OFFLINE;
    case REGIE_ERROR_DENIED:
    case REGIE_ERROR_SIGNED_OUT:
      return REGIE_CONNECTION_SIGNED_OUT;
    case REGIE_ERROR_LIMITED:
      return REGIE_CONNECTION_LIMITED;
    default:
      return REGIE_CONNECTION_BROKEN;
    }
}

/* The n-th pause doubles; half of it is drawn, so that many clients do not come back in step. */
static guint
next_pause (RegieConnection *self)
{
  guint full = FIRST_PAUSE_MS << MIN (self->attempts, 7);
  gint64 asked = regie_backend_get_limited_ms (self->backend);
  guint pause;

  full = MIN (full, LONGEST_PAUSE_MS);
  self->attempts++;
  pause = full / 2 + g_random_int_range (0, full / 2 + 1);

  return MAX (pause, MIN (asked, G_MAXINT));
}

static void
await_next_try (RegieConnection *self)
{
  guint pause = next_pause (self);

  self->wake = dex_promise_new ();
  /* Only the user can end this: nothing is asked of the server meanwhile. */
  if (!regie_backend_is_signed_in (self->backend))
    dex_await (dex_ref (DEX_FUTURE (self->wake)), NULL);
  else
    dex_await (dex_future_first (dex_timeout_new_msec (pause), dex_ref (DEX_FUTURE (self->wake)), NULL),
               NULL);
  dex_clear (&self->wake);
}

DexFuture *
regie_connection_while_here (RegieConnection *self, DexFuture *future)
{
  return dex_future_first (future, dex_ref (DEX_FUTURE (self->gone)), NULL);
}

static DexFuture *
connect_once (RegieConnection *self)
{
  if (self->start_engine)
    return regie_engine_process_ensure (self->engine_socket, self->engine_data_dir);

  if (!regie_backend_is_signed_in (self->backend))
    return dex_future_new_reject (REGIE_ERROR, REGIE_ERROR_SIGNED_OUT, "nobody is signed in");

  return regie_backend_probe (self->backend);
}

static void
go_online (RegieConnection *self, JsonObject *info)
{
  self->online = TRUE;
  self->serial++;
  self->online_since = g_get_monotonic_time ();
  self->lost = dex_promise_new ();
  regie_connection_set_info (self, info);
  regie_connection_set_state (self, REGIE_CONNECTION_ONLINE, NULL);
  regie_connection_follow (self);
  dex_future_disown (regie_connection_reconcile (self));
}

static DexFuture *
live (gpointer data)
{
  RegieConnection *self = data;

  dex_await (regie_connection_remember (self), NULL);
  while (!self->stopped)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (JsonObject) info =
          dex_await_boxed (regie_connection_while_here (self, connect_once (self)), &error);

      if (self->stopped)
        break;
      if (info != NULL)
        {
          go_online (self, info);
          dex_await (dex_ref (DEX_FUTURE (self->lost)), NULL);
          dex_clear (&self->lost);
          if (g_get_monotonic_time () - self->online_since > STEADY_US)
            self->attempts = 0;
        }
      else
        {
          g_debug ("%s: %s", self->id, error->message);
          regie_connection_set_state (self, regie_connection_state_of (error), error->message);
        }
      if (!self->stopped)
        await_next_try (self);
    }

  return dex_future_new_true ();
}

void
regie_connection_start (RegieConnection *self)
{
  dex_future_disown (
      dex_scheduler_spawn (NULL, 0, live, g_object_ref (self), (GDestroyNotify) g_object_unref));
}

void
regie_connection_lose (RegieConnection *self, const GError *error)
{
  if (!self->online)
    return;
  self->online = FALSE;
  regie_connection_unfollow (self);
  regie_connection_stop_refresh (self);
  regie_connection_stop_poll (self);
  if (!self->stopped)
    regie_connection_set_state (self, regie_connection_state_of (error),
                                error != NULL ? error->message : NULL);
  dex_promise_resolve_boolean (self->lost, TRUE);
}

void
regie_connection_retry (RegieConnection *self)
{
  g_return_if_fail (REGIE_IS_CONNECTION (self));

  if (self->online)
    regie_connection_refresh_info (self);
  if (self->wake == NULL || !dex_future_is_pending (DEX_FUTURE (self->wake)))
    return;
  self->attempts = 0;
  regie_connection_set_state (self, REGIE_CONNECTION_CONNECTING, NULL);
  dex_promise_resolve_boolean (self->wake, TRUE);
}

void
regie_connection_stop (RegieConnection *self)
{
  if (self->stopped)
    return;
  self->stopped = TRUE;
  dex_promise_reject (self->gone,
                      g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "the connection was stopped"));
  regie_connection_save_now (self);
  regie_connection_stop_push (self);
  regie_connection_lose (self, NULL);
  if (self->wake != NULL && dex_future_is_pending (DEX_FUTURE (self->wake)))
    dex_promise_resolve_boolean (self->wake, TRUE);
}
