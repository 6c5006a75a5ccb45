/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-sync"

#include "regie-backend-private.h"
#include "regie-connection-private.h"
#include "regie-json.h"
#include "regie-time.h"

#define MAX_IN_FLIGHT 4
/* The server is busy or closing (locked): it gets some time. */
#define BUSY_MS 1000
/* A change that was sent is looked at so soon where no events tell of it. */
#define LOOK_MS 500
/* How often a write whose fields nobody touched is sent again over a newer version. */
#define MAX_REBASES 5
/* Keys are forgotten at the promised hour; clocks differ. */
#define KEY_MARGIN_US (1 * G_TIME_SPAN_HOUR)

typedef struct
{
  RegieConnection *self;
  RegieIntent *intent;
  guint serial;
} Send;

static void
send_free (gpointer data)
{
  Send *send = data;

  g_object_unref (send->self);
  regie_intent_unref (send->intent);
  g_free (send);
}

/* --- what is under way --- */

static void
count_creating (RegieConnection *self, RegieIntent *intent, int step)
{
  gpointer kind = (gpointer) regie_intent_get_kind (intent);
  int n = GPOINTER_TO_INT (g_hash_table_lookup (self->creating, kind));

  if (regie_intent_get_op (intent) == REGIE_INTENT_CREATE)
    g_hash_table_insert (self->creating, kind, GINT_TO_POINTER (n + step));
}

gboolean
regie_connection_is_creating (RegieConnection *self, const RegieKind *kind)
{
  return GPOINTER_TO_INT (g_hash_table_lookup (self->creating, kind)) > 0;
}

static void
tell_idle (RegieConnection *self)
{
  g_autoptr (GPtrArray) waiters = self->idle_waiters;

  self->idle_waiters = g_ptr_array_new_with_free_func (dex_unref);
  for (guint i = 0; i < waiters->len; i++)
    dex_promise_resolve_boolean (g_ptr_array_index (waiters, i), TRUE);
}

/* --- one intent --- */

static DexFuture *
request_of (RegieConnection *self, RegieIntent *intent, const char *etag)
{
  const RegieKind *kind = regie_intent_get_kind (intent);
  const char *id = regie_intent_get_remote_id (intent);
  const char *key = regie_intent_get_id (intent);
  JsonObject *body = regie_intent_get_body (intent);

  if (id == NULL && regie_intent_get_op (intent) != REGIE_INTENT_CREATE)
    return dex_future_new_reject (REGIE_ERROR, REGIE_ERROR_STATE, "the record was never made there");
  switch (regie_intent_get_op (intent))
    {
    case REGIE_INTENT_CREATE:
      return regie_backend_create (self->backend, kind, body, key);
    case REGIE_INTENT_UPDATE:
      return regie_backend_update (self->backend, kind, id, body, etag, key);
    case REGIE_INTENT_DELETE:
      return regie_backend_delete (self->backend, kind, id, key);
    case REGIE_INTENT_ACT:
      return regie_backend_act (self->backend, kind, id, regie_intent_get_action (intent), body, key);
    default:
      g_assert_not_reached ();
    }
}

/* Whether somebody else changed what INTENT changes: its fields are neither as they were nor as wanted. */
static gboolean
is_touched (RegieIntent *intent, JsonObject *now)
{
  JsonObject *body = regie_intent_get_body (intent);
  JsonObject *base = regie_intent_get_base (intent);
  JsonObjectIter iter;
  const char *name;
  JsonNode *wanted;

  json_object_iter_init_ordered (&iter, body);
  while (json_object_iter_next_ordered (&iter, &name, &wanted))
    {
      JsonNode *present = json_object_get_member (now, name);
      JsonNode *before = base != NULL ? json_object_get_member (base, name) : NULL;
      gboolean none = present == NULL || JSON_NODE_HOLDS_NULL (present);

      if (none && (before == NULL || JSON_NODE_HOLDS_NULL (before)))
        continue;
      if (!regie_json_node_equal (present, before) && !regie_json_node_equal (present, wanted))
        return TRUE;
    }

  return FALSE;
}

/* Sends; a version that moved on in other fields only is taken over and the write sent again. The answer of
 * the backend, or NULL. */
static JsonObject *
await_answer (RegieConnection *self, RegieIntent *intent, GError **error)
{
  g_autofree char *etag = g_strdup (regie_intent_get_etag (intent));
  const RegieKind *kind = regie_intent_get_kind (intent);

  for (guint i = 0;; i++)
    {
      g_autoptr (GError) why = NULL;
      g_autoptr (JsonObject) present = NULL;
      JsonObject *answer = dex_await_boxed (request_of (self, intent, etag), &why);
      JsonObject *record;

      if (answer != NULL)
        return answer;
      if (!g_error_matches (why, REGIE_ERROR, REGIE_ERROR_CONFLICT) || etag == NULL || i == MAX_REBASES ||
          regie_intent_get_op (intent) != REGIE_INTENT_UPDATE)
        {
          g_propagate_error (error, g_steal_pointer (&why));
          return NULL;
        }

      present = dex_await_boxed (regie_backend_get (self->backend, kind, regie_intent_get_remote_id (intent)),
                                 NULL);
      record = present != NULL ? regie_json_get_object (present, "record") : NULL;
      if (record == NULL || is_touched (intent, record))
        {
          g_propagate_error (error, g_steal_pointer (&why));
          return NULL;
        }
      g_set_str (&etag, regie_json_get_text (present, "etag", NULL));
    }
}

/* What ERROR means for the intent. */
static RegieIntentState
state_after (RegieConnection *self, RegieIntent *intent, const GError *error)
{
  if (error->domain != REGIE_ERROR)
    return REGIE_INTENT_UNKNOWN;
  switch ((RegieError) error->code)
    {
    case REGIE_ERROR_UNREACHABLE:
    case REGIE_ERROR_LIMITED:
    case REGIE_ERROR_LOCKED:
    case REGIE_ERROR_SIGNED_OUT:
      return REGIE_INTENT_QUEUED;
    case REGIE_ERROR_UNKNOWN:
    case REGIE_ERROR_PROTOCOL:
      return REGIE_INTENT_UNKNOWN;
    case REGIE_ERROR_CONFLICT:
      return REGIE_INTENT_CONFLICT;
    case REGIE_ERROR_NOT_FOUND:
      return regie_intent_get_op (intent) == REGIE_INTENT_DELETE ? REGIE_INTENT_SENT : REGIE_INTENT_FAILED;
    default:
      return REGIE_INTENT_FAILED;
    }
}

static void push_in (RegieConnection *self, gint64 ms);

static void
on_push_time (gpointer data)
{
  RegieConnection *self = data;
  gint64 left = (self->push_not_before - g_get_monotonic_time ()) / G_TIME_SPAN_MILLISECOND;

  self->push_source = 0;
  if (left > 0)
    {
      push_in (self, left + 1);
      return;
    }
  if (self->state == REGIE_CONNECTION_LIMITED && self->online)
    regie_connection_set_state (self, REGIE_CONNECTION_ONLINE, NULL);
  regie_connection_push (self);
}

/* In MS, or earlier when it was to be earlier. */
static void
push_in (RegieConnection *self, gint64 ms)
{
  guint wait = CLAMP (ms, 1, G_MAXINT);
  gint64 at = g_get_monotonic_time () + wait * G_TIME_SPAN_MILLISECOND;

  if (self->stopped || (self->push_source != 0 && self->push_at <= at))
    return;
  g_clear_handle_id (&self->push_source, g_source_remove);
  self->push_at = at;
  self->push_source = g_timeout_add_once (wait, on_push_time, self);
}

/* The server wants to be left alone for a while. */
static void
hold_back (RegieConnection *self, const GError *error)
{
  gint64 ms = MAX (regie_backend_get_limited_ms (self->backend), BUSY_MS);

  self->push_not_before = g_get_monotonic_time () + ms * G_TIME_SPAN_MILLISECOND;
  push_in (self, ms);
  if (error->code == REGIE_ERROR_LIMITED && self->online)
    regie_connection_set_state (self, REGIE_CONNECTION_LIMITED, error->message);
}

static void
note_unknown (RegieConnection *self, RegieIntent *intent)
{
  gint64 now = regie_time_now ();

  if (!g_hash_table_contains (self->sent_at, regie_intent_get_id (intent)))
    g_hash_table_insert (self->sent_at, g_strdup (regie_intent_get_id (intent)),
                         g_memdup2 (&now, sizeof now));
}

static void
await_finish (RegieConnection *self,
              RegieIntent *intent,
              JsonObject *answer,
              RegieIntentState state,
              GError *why)
{
  const RegieKind *kind = regie_intent_get_kind (intent);
  const char *known = regie_intent_get_remote_id (intent);
  JsonObject *record = answer != NULL ? regie_json_get_object (answer, "record") : NULL;
  const char *id = answer != NULL ? regie_json_get_text (answer, "remote_id", NULL) : NULL;
  gboolean other = record != NULL && known != NULL && g_strcmp0 (id, known) != 0;
  g_autoptr (GError) error = NULL;

  /* An action that made another record (a copy) says nothing of the one it was asked of. */
  if (!dex_await (regie_store_finish_intent (
                      self->store, intent, state, other ? NULL : record, other ? known : id,
                      answer != NULL && !other ? regie_json_get_text (answer, "etag", NULL) : NULL, why),
                  &error))
    /* The end of the program overtook the answer: the next start finds it "sending", and asks again. */
    g_log_structured (G_LOG_DOMAIN, self->stopped ? G_LOG_LEVEL_DEBUG : G_LOG_LEVEL_WARNING, "MESSAGE",
                      "%s: the outcome of a change could not be kept: %s", self->id, error->message);
  if (other)
    {
      g_autoptr (JsonArray) made = json_array_new ();

      json_array_add_object_element (made, json_object_ref (record));
      dex_await (regie_store_put_remote (self->store, self->id, kind, made), NULL);
    }
}

/* The record as it is there now goes into the store, so that both sides can be seen. */
static void
await_present (RegieConnection *self, RegieIntent *intent)
{
  const RegieKind *kind = regie_intent_get_kind (intent);
  const char *id = regie_intent_get_remote_id (intent);
  g_autoptr (JsonArray) records = json_array_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) present =
      id != NULL ? dex_await_boxed (regie_backend_get (self->backend, kind, id), &error) : NULL;
  JsonObject *record = present != NULL ? regie_json_get_object (present, "record") : NULL;

  if (record != NULL)
    {
      json_array_add_object_element (records, json_object_ref (record));
      dex_await (regie_store_put_remote (self->store, self->id, kind, records), NULL);
    }
  else if (id != NULL && g_error_matches (error, REGIE_ERROR, REGIE_ERROR_NOT_FOUND))
    {
      dex_await (regie_store_remove_remote (self->store, self->id, kind, id), NULL);
    }
}

static DexFuture *
send_fiber (gpointer data)
{
  Send *send = data;
  RegieConnection *self = send->self;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) answer = await_answer (self, send->intent, &error);
  RegieIntentState state = answer != NULL ? REGIE_INTENT_SENT : state_after (self, send->intent, error);

  if (state == REGIE_INTENT_UNKNOWN)
    note_unknown (self, send->intent);
  else if (state != REGIE_INTENT_QUEUED)
    g_hash_table_remove (self->sent_at, regie_intent_get_id (send->intent));
  if (state == REGIE_INTENT_CONFLICT || (error != NULL && error->code == REGIE_ERROR_NOT_FOUND))
    await_present (self, send->intent);
  await_finish (self, send->intent, answer, state, state == REGIE_INTENT_SENT ? NULL : error);

  self->in_flight--;
  count_creating (self, send->intent, -1);
  if (self->stopped)
    return dex_future_new_true ();
  if (state == REGIE_INTENT_QUEUED && error->code != REGIE_ERROR_UNREACHABLE &&
      error->code != REGIE_ERROR_SIGNED_OUT)
    hold_back (self, error);
  else if ((state == REGIE_INTENT_QUEUED || state == REGIE_INTENT_UNKNOWN) && send->serial == self->serial)
    regie_connection_lose (self, error);
  /* What nobody tells of is looked at. */
  if (state == REGIE_INTENT_SENT && self->follower == NULL)
    regie_connection_poll_in (self, LOOK_MS);
  regie_connection_pump (self);
  regie_connection_push (self);

  return dex_future_new_true ();
}

/* --- the outbox --- */

static gboolean
can_push (RegieConnection *self)
{
  return self->online && !self->stopped && !self->reconciling && self->in_flight < MAX_IN_FLIGHT &&
         g_get_monotonic_time () >= self->push_not_before;
}

static void
spawn_send (RegieConnection *self, RegieIntent *intent)
{
  Send *send = g_new0 (Send, 1);

  send->self = g_object_ref (self);
  send->intent = intent;
  send->serial = self->serial;
  self->in_flight++;
  count_creating (self, intent, 1);
  dex_future_disown (dex_scheduler_spawn (NULL, 0, send_fiber, send, send_free));
}

/* When the next held one may go. */
static void
arm (RegieConnection *self)
{
  gint64 due = regie_store_get_next_due (self->store, self->id);

  if (due > 0)
    push_in (self, (due - regie_time_now ()) / 1000 + 1);
}

static DexFuture *
take_fiber (gpointer data)
{
  RegieConnection *self = data;
  gboolean empty = FALSE;

  while (can_push (self) && !empty)
    {
      g_autoptr (GError) error = NULL;
      RegieIntent *intent;

      self->take_again = FALSE;
      intent = dex_await_boxed (regie_store_take_intent (self->store, self->id), &error);
      if (intent != NULL)
        spawn_send (self, intent);
      else if (error != NULL || !self->take_again)
        empty = TRUE;
    }
  self->taking = FALSE;
  if (self->stopped)
    return dex_future_new_true ();
  arm (self);
  if (empty && self->in_flight == 0)
    tell_idle (self);

  return dex_future_new_true ();
}

void
regie_connection_push (RegieConnection *self)
{
  self->take_again = TRUE;
  if (self->taking || !can_push (self))
    return;
  self->taking = TRUE;
  dex_future_disown (dex_scheduler_spawn (NULL, 0, take_fiber, g_object_ref (self), g_object_unref));
}

/* --- unknown outcomes --- */

static gboolean
key_holds (RegieConnection *self, RegieIntent *intent)
{
  gint64 *sent_at = g_hash_table_lookup (self->sent_at, regie_intent_get_id (intent));
  gint64 since = sent_at != NULL ? *sent_at : regie_intent_get_made_at (intent);
  gint64 hours = regie_backend_get_key_hours (self->backend);

  return hours > 0 && regie_time_now () - since < hours * G_TIME_SPAN_HOUR - KEY_MARGIN_US;
}

static DexFuture *
reconcile_fiber (gpointer data)
{
  RegieConnection *self = data;
  g_autoptr (GPtrArray) intents = NULL;

  if (regie_backend_is_idempotent (self->backend))
    intents = dex_await_boxed (regie_store_list_intents (self->store), NULL);
  /* Newest first: the older of two on one record must go first. */
  for (guint i = intents != NULL ? intents->len : 0; i > 0 && self->online; i--)
    {
      RegieIntent *intent = g_ptr_array_index (intents, i - 1);

      if (g_strcmp0 (regie_intent_get_connection (intent), self->id) == 0 &&
          regie_intent_get_state (intent) == REGIE_INTENT_UNKNOWN && key_holds (self, intent))
        dex_await (regie_store_retry_intent (self->store, regie_intent_get_id (intent)), NULL);
    }
  self->reconciling = FALSE;
  regie_connection_push (self);

  return dex_future_new_true ();
}

DexFuture *
regie_connection_reconcile (RegieConnection *self)
{
  self->reconciling = TRUE; /* nothing newer overtakes them */

  return dex_scheduler_spawn (NULL, 0, reconcile_fiber, g_object_ref (self), g_object_unref);
}

/* --- from outside --- */

DexFuture *
regie_connection_flush (RegieConnection *self)
{
  DexPromise *promise = dex_promise_new ();

  g_ptr_array_add (self->idle_waiters, dex_ref (promise));
  if (self->stopped)
    tell_idle (self);
  else
    regie_connection_push (self);

  return DEX_FUTURE (promise);
}

void
regie_connection_stop_push (RegieConnection *self)
{
  g_clear_handle_id (&self->push_source, g_source_remove);
  tell_idle (self);
}
