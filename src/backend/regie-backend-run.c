/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-backend-run.h"

#include "regie-json.h"
#include "regie-mapping.h"

typedef struct
{
  RegieBackend *backend;
  RegieExchange *exchange;
} Run;

static Run *
run_new (RegieBackend *backend, RegieExchange *exchange)
{
  Run *run = g_new (Run, 1);

  run->backend = g_object_ref (backend);
  run->exchange = regie_exchange_ref (exchange);

  return run;
}

static void
run_free (gpointer data)
{
  Run *run = data;

  g_object_unref (run->backend);
  regie_exchange_unref (run->exchange);
  g_free (run);
}

/* Remembers until when the server wants to be left alone. A cut while reading means no more than that it
 * could not be read. */
static DexFuture *
catch_failure (DexFuture *failed, gpointer data)
{
  Run *run = data;
  g_autoptr (GError) error = NULL;

  dex_future_get_value (failed, &error);
  if (run->exchange->retry_after > 0)
    run->backend->limited_until =
        g_get_monotonic_time () + run->exchange->retry_after * G_TIME_SPAN_MILLISECOND;
  if (run->exchange->safe && g_error_matches (error, REGIE_ERROR, REGIE_ERROR_UNKNOWN))
    error->code = REGIE_ERROR_UNREACHABLE;

  return dex_future_new_for_error (g_steal_pointer (&error));
}

static DexFuture *
send_out (RegieBackend *self, RegieExchange *exchange)
{
  return dex_future_catch (regie_exchange_run (exchange), catch_failure, run_new (self, exchange), run_free);
}

/* --- tokens --- */

static DexFuture *
refresh_fiber (gpointer data)
{
  RegieBackend *self = data;
  RegieExchange *exchange = regie_exchange_new (self->profile, self->http, self->profile->auth.refresh);
  g_autoptr (JsonObject) answer = NULL;
  g_autoptr (GError) error = NULL;

  exchange->want = REGIE_WANT_JSON;
  exchange->open = TRUE;
  exchange->params = regie_session_get_refresh_params (self->session);
  answer = dex_await_boxed (regie_backend_run (self, exchange), &error);
  if (answer == NULL || !regie_session_take (self->session, answer, g_get_real_time (), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));
  regie_backend_emit_secrets_changed (self);

  return dex_future_new_true ();
}

/* All who need it wait for the same one. */
static DexFuture *
refresh (RegieBackend *self)
{
  if (self->refreshing == NULL || !dex_future_is_pending (self->refreshing))
    {
      dex_clear (&self->refreshing);
      self->refreshing = dex_scheduler_spawn (NULL, 0, refresh_fiber, g_object_ref (self), g_object_unref);
    }

  return dex_ref (self->refreshing);
}

/* An error that tells that the account itself is not known any more, and not only that nobody could be asked.
 */
static gboolean
is_refused (const GError *error)
{
  return error->domain == REGIE_ERROR &&
         (error->code == REGIE_ERROR_DENIED || error->code == REGIE_ERROR_SIGNED_OUT ||
          error->code == REGIE_ERROR_NOT_FOUND || error->code == REGIE_ERROR_INVALID);
}

static GError *
sign_out (RegieBackend *self)
{
  regie_session_set_secrets (self->session, NULL);
  regie_backend_emit_secrets_changed (self);
  regie_backend_emit_signed_out (self);

  return g_error_new (REGIE_ERROR, REGIE_ERROR_SIGNED_OUT, "the account is signed out of %s",
                      self->profile->title);
}

/* A new token, awaited. FALSE: there is none. */
static gboolean
renew (RegieBackend *self, GError **error)
{
  g_autoptr (GError) wrong = NULL;

  if (!regie_session_can_refresh (self->session))
    {
      g_propagate_error (error, sign_out (self));
      return FALSE;
    }
  if (dex_await (refresh (self), &wrong))
    return TRUE;
  g_propagate_error (error, is_refused (wrong) ? sign_out (self) : g_steal_pointer (&wrong));

  return FALSE;
}

/* Puts into EXCHANGE what says who asks. No request leaves without it: there are servers that would answer
 * with somebody else's data. */
static gboolean
sign (RegieBackend *self, RegieExchange *exchange, GError **error)
{
  g_clear_pointer (&exchange->account, json_object_unref);
  exchange->account = regie_json_copy (regie_session_get_account (self->session));
  if (exchange->open || self->profile->auth.kind != REGIE_AUTH_TOKEN)
    return TRUE;
  if (regie_session_is_ending (self->session, g_get_real_time ()) &&
      regie_session_can_refresh (self->session) && !renew (self, error))
    return FALSE;
  g_free (exchange->credential);
  exchange->credential = regie_session_dup_credential (self->session);
  if (exchange->credential == NULL)
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_SIGNED_OUT, "nobody is signed in to %s",
                   self->profile->title);
      return FALSE;
    }

  return TRUE;
}

/* Sends EXCHANGE, awaited; once more with a new token when the answer was that the old one has ended: the
 * server has done nothing then. The future is settled. */
static DexFuture *
send_signed (RegieBackend *self, RegieExchange *exchange)
{
  for (guint tries = 0;; tries++)
    {
      g_autoptr (GError) error = NULL;
      DexFuture *sent;

      if (!sign (self, exchange, &error))
        return dex_future_new_for_error (g_steal_pointer (&error));
      sent = send_out (self, exchange);
      dex_await (dex_ref (sent), &error);
      if (!g_error_matches (error, REGIE_ERROR, REGIE_ERROR_SIGNED_OUT) || exchange->open)
        return sent;
      dex_unref (sent);
      g_clear_error (&error);
      if (tries > 0)
        return dex_future_new_for_error (sign_out (self));
      if (!renew (self, &error))
        return dex_future_new_for_error (g_steal_pointer (&error));
    }
}

/* --- in turn --- */

/* Waits until all who asked for NAME before have been served; the promise is to be resolved at the end. */
static DexPromise *
take_turn (RegieBackend *self, const char *name)
{
  DexFuture *before;
  DexPromise *turn;

  if (name == NULL)
    return NULL;
  before = g_hash_table_lookup (self->turns, name);
  turn = dex_promise_new ();
  if (before != NULL)
    before = dex_ref (before);
  g_hash_table_insert (self->turns, g_strdup (name), dex_ref (turn));
  if (before != NULL)
    dex_await (before, NULL);

  return turn;
}

static void
end_turn (DexPromise *turn)
{
  if (turn == NULL)
    return;
  dex_promise_resolve_boolean (turn, TRUE);
  dex_unref (turn);
}

static DexFuture *
send_in_turn (RegieBackend *self, RegieExchange *exchange)
{
  DexPromise *turn = take_turn (self, exchange->op->serial);
  DexFuture *sent = send_signed (self, exchange);

  end_turn (turn);

  return sent;
}

/* --- what goes with it --- */

/* The rows of the kind's other request by the id of ours; NULL with ERROR when it fails. */
static JsonObject *
read_joined (RegieBackend *self, const RegieProfileJoin *join, GError **error)
{
  g_autoptr (RegieExchange) exchange = regie_exchange_new (self->profile, self->http, join->request);
  g_autoptr (JsonObject) answer = NULL;
  g_autoptr (JsonNode) root = NULL;
  JsonObject *joined;
  JsonNode *rows;

  exchange->want = REGIE_WANT_JSON;
  answer = dex_await_boxed (send_in_turn (self, exchange), error);
  if (answer == NULL)
    return NULL;
  root = json_node_init_object (json_node_alloc (), answer);
  rows = regie_mapping_find (root, (const char *const *) join->items);
  joined = json_object_new ();
  for (guint i = 0;
       rows != NULL && JSON_NODE_HOLDS_ARRAY (rows) && i < json_array_get_length (json_node_get_array (rows));
       i++)
    {
      JsonNode *row = json_array_get_element (json_node_get_array (rows), i);
      g_autofree char *id =
          regie_mapping_dup_scalar (regie_mapping_find (row, (const char *const *) join->key));

      if (id != NULL && JSON_NODE_HOLDS_OBJECT (row))
        json_object_set_object_member (joined, id, json_object_ref (json_node_get_object (row)));
    }

  return joined;
}

static const RegieProfileJoin *
get_join (RegieBackend *self, RegieExchange *exchange)
{
  const RegieProfileKind *here =
      exchange->kind != NULL ? regie_profile_get_kind (self->profile, exchange->kind) : NULL;

  return here != NULL && exchange->want == REGIE_WANT_PAGE ? here->join : NULL;
}

/* What is asked after EXCHANGE, of the same record with the same words. */
static RegieExchange *
follow_up (RegieExchange *exchange)
{
  RegieExchange *next = regie_exchange_new (exchange->profile, exchange->http, exchange->op->then);

  next->want = exchange->want;
  next->kind = exchange->kind;
  next->remote_id = g_strdup (exchange->remote_id);
  next->action = g_strdup (exchange->action);
  next->key = g_strdup (exchange->key);
  next->params = exchange->params != NULL ? json_object_ref (exchange->params) : NULL;
  next->body = exchange->body != NULL ? json_object_ref (exchange->body) : NULL;
  next->body_is_record = exchange->body_is_record;
  next->open = exchange->open;

  return next;
}

static DexFuture *
run_fiber (gpointer data)
{
  Run *run = data;
  RegieBackend *self = run->backend;
  const RegieProfileJoin *join = get_join (self, run->exchange);
  g_autoptr (RegieExchange) exchange = regie_exchange_ref (run->exchange);
  g_autoptr (GError) error = NULL;

  if (join != NULL)
    {
      exchange->joined = read_joined (self, join, &error);
      if (exchange->joined == NULL)
        return dex_future_new_for_error (g_steal_pointer (&error));
    }
  for (;;)
    {
      DexFuture *sent = send_in_turn (self, exchange);
      RegieExchange *next;

      if (exchange->op->then == NULL || !dex_await (dex_ref (sent), NULL))
        return sent;
      dex_unref (sent);
      next = follow_up (exchange);
      regie_exchange_unref (g_steal_pointer (&exchange));
      exchange = next;
    }
}

DexFuture *
regie_backend_run (RegieBackend *self, RegieExchange *exchange)
{
  g_autoptr (RegieExchange) own = exchange;

  if (self->http == NULL)
    return dex_future_new_for_error (g_error_copy (self->unusable));
  if (self->profile->auth.kind != REGIE_AUTH_TOKEN && own->op->serial == NULL && own->op->then == NULL &&
      get_join (self, own) == NULL)
    return send_out (self, own);

  return dex_scheduler_spawn (NULL, 0, run_fiber, run_new (self, own), run_free);
}
