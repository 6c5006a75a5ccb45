/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-backend-run.h"
#include "regie-id.h"

/* Between two readings of the lists, where the profile says nothing. */
#define POLL_S 60

/* Marks what the dashboard shows with _(). */
#define N_(text) text

G_DEFINE_FINAL_TYPE (RegieBackend, regie_backend, G_TYPE_OBJECT)

enum
{
  SECRETS_CHANGED,
  SIGNED_OUT,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* --- the object --- */

static void
regie_backend_finalize (GObject *object)
{
  RegieBackend *self = REGIE_BACKEND (object);

  g_clear_pointer (&self->session, regie_session_free);
  g_hash_table_unref (self->turns);
  dex_clear (&self->refreshing);
  g_clear_object (&self->profile);
  g_clear_object (&self->http);
  g_clear_error (&self->unusable);

  G_OBJECT_CLASS (regie_backend_parent_class)->finalize (object);
}

static void
regie_backend_class_init (RegieBackendClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = regie_backend_finalize;

  signals[SECRETS_CHANGED] = g_signal_new ("secrets-changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                           NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNED_OUT] = g_signal_new ("signed-out", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                      NULL, NULL, G_TYPE_NONE, 0);
}

static void
regie_backend_init (RegieBackend *self)
{
  self->turns = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, dex_unref);
}

void
regie_backend_emit_secrets_changed (RegieBackend *self)
{
  g_signal_emit (self, signals[SECRETS_CHANGED], 0);
}

void
regie_backend_emit_signed_out (RegieBackend *self)
{
  g_signal_emit (self, signals[SIGNED_OUT], 0);
}

static RegieEndpoint *
find_endpoint (RegieProfile *profile, GHashTable *endpoints, RegieEndpointFlags flags, GError **error)
{
  const char *address = g_hash_table_lookup (endpoints, "api");
  g_autoptr (RegieEndpoint) endpoint = NULL;
  gboolean allowed;

  if (address == NULL)
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID, "/api: an address is needed");
      return NULL;
    }
  endpoint = regie_endpoint_parse (address, flags, error);
  if (endpoint == NULL)
    return NULL;
  if (regie_endpoint_get_socket (endpoint) != NULL)
    allowed = profile->allow_unix;
  else if (g_str_has_prefix (regie_endpoint_get_origin (endpoint), "https:"))
    allowed = profile->allow_https;
  else
    allowed = profile->allow_http;
  if (!allowed)
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID, "/api: %s is not reached by \"%s\"",
                   profile->title, address);
      return NULL;
    }

  return g_steal_pointer (&endpoint);
}

RegieBackend *
regie_backend_new (RegieProfile *profile, GHashTable *endpoints, RegieEndpointFlags flags)
{
  RegieBackend *self = g_object_new (REGIE_TYPE_BACKEND, NULL);
  g_autoptr (RegieEndpoint) endpoint = find_endpoint (profile, endpoints, flags, &self->unusable);

  self->profile = g_object_ref (profile);
  self->session = regie_session_new (profile);
  if (endpoint != NULL)
    self->http = regie_http_new (endpoint);

  return self;
}

RegieProfile *
regie_backend_get_profile (RegieBackend *self)
{
  return self->profile;
}

RegieEndpoint *
regie_backend_get_endpoint (RegieBackend *self)
{
  return self->http != NULL ? regie_http_get_endpoint (self->http) : NULL;
}

gint64
regie_backend_get_limited_ms (RegieBackend *self)
{
  gint64 left;

  g_return_val_if_fail (REGIE_IS_BACKEND (self), 0);

  left = self->limited_until - g_get_monotonic_time ();

  return left > 0 ? left / G_TIME_SPAN_MILLISECOND + 1 : 0;
}

gboolean
regie_backend_is_idempotent (RegieBackend *self)
{
  g_return_val_if_fail (REGIE_IS_BACKEND (self), FALSE);

  return self->profile->key_header != NULL;
}

guint
regie_backend_get_key_hours (RegieBackend *self)
{
  g_return_val_if_fail (REGIE_IS_BACKEND (self), 0);

  return self->profile->key_header != NULL ? self->profile->key_hours : 0;
}

guint
regie_backend_get_poll_s (RegieBackend *self)
{
  GHashTableIter iter;
  gpointer here;
  guint poll = G_MAXUINT;

  g_return_val_if_fail (REGIE_IS_BACKEND (self), POLL_S);

  g_hash_table_iter_init (&iter, self->profile->kinds);
  while (g_hash_table_iter_next (&iter, NULL, &here))
    {
      if (((RegieProfileKind *) here)->poll_s > 0)
        poll = MIN (poll, ((RegieProfileKind *) here)->poll_s);
    }

  return poll != G_MAXUINT ? poll : POLL_S;
}

/* --- what it can do --- */

static const RegieProfileRequest *
find_op (RegieBackend *self, const RegieKind *kind, const char *op, const char **reason)
{
  const RegieProfileKind *here = regie_profile_get_kind (self->profile, kind);
  const RegieProfileRequest *found = NULL;
  const char *why = NULL;

  if (here == NULL)
    why = N_ ("This backend has none of these.");
  else if ((g_str_equal (op, "create") && !kind->can_create) ||
           (g_str_equal (op, "update") && !kind->can_update) ||
           ((g_str_equal (op, "delete") || g_str_equal (op, "restore")) && !kind->can_delete))
    why = N_ ("This is not done by hand.");

  for (guint i = 0; here != NULL && i < REGIE_OP_ACTION; i++)
    {
      if (g_str_equal (op, regie_profile_op_to_string (i)))
        found = here->ops[i];
    }
  if (here != NULL && found == NULL && regie_kind_find_action (kind, op) != NULL)
    found = regie_profile_get_action (self->profile, kind, op);

  if (found != NULL && found->missing != NULL)
    why = found->missing; /* the profile's own words say more */
  else if (found == NULL && why == NULL)
    why = N_ ("This backend cannot do that.");
  if (reason != NULL)
    *reason = why;

  return why == NULL ? found : NULL;
}

gboolean
regie_backend_can (RegieBackend *self, const RegieKind *kind, const char *op, const char **reason)
{
  g_return_val_if_fail (REGIE_IS_BACKEND (self), FALSE);

  return find_op (self, kind, op, reason) != NULL;
}

/* The exchange for OP; NULL and a rejected future when the backend cannot do it. */
static RegieExchange *
prepare (RegieBackend *self, const RegieKind *kind, const char *op, RegieWant want, DexFuture **refused)
{
  const char *reason;
  const RegieProfileRequest *request = find_op (self, kind, op, &reason);
  RegieExchange *exchange;

  if (request == NULL)
    {
      *refused = dex_future_new_reject (REGIE_ERROR, REGIE_ERROR_STATE, "%s", reason);
      return NULL;
    }
  exchange = regie_exchange_new (self->profile, self->http, request);
  exchange->kind = kind;
  exchange->want = want;

  return exchange;
}

/* --- the operations --- */

DexFuture *
regie_backend_probe (RegieBackend *self)
{
  RegieExchange *exchange;

  g_return_val_if_fail (REGIE_IS_BACKEND (self), NULL);

  exchange = regie_exchange_new (self->profile, self->http, self->profile->probe);
  exchange->want = REGIE_WANT_PROBE;
  exchange->open = TRUE;

  return regie_backend_run (self, exchange);
}

DexFuture *
regie_backend_list (RegieBackend *self,
                    const RegieKind *kind,
                    JsonObject *params,
                    const char *cursor,
                    guint limit)
{
  DexFuture *refused;
  RegieExchange *exchange;

  g_return_val_if_fail (REGIE_IS_BACKEND (self), NULL);
  g_return_val_if_fail (kind != NULL, NULL);

  exchange = prepare (self, kind, "list", REGIE_WANT_PAGE, &refused);
  if (exchange == NULL)
    return refused;
  exchange->params = params != NULL ? json_object_ref (params) : NULL;
  exchange->cursor = g_strdup (cursor);
  exchange->limit = limit;

  return regie_backend_run (self, exchange);
}

/* The operations on one record: what it takes is copied or referenced. */
static DexFuture *
run_on_record (RegieBackend *self,
               const RegieKind *kind,
               const char *op,
               const char *remote_id,
               JsonObject *body,
               gboolean body_is_record,
               const char *etag,
               const char *key)
{
  DexFuture *refused;
  RegieExchange *exchange = prepare (self, kind, op, REGIE_WANT_RECORD, &refused);

  if (exchange == NULL)
    return refused;
  exchange->remote_id = g_strdup (remote_id);
  exchange->action = g_strdup (op);
  exchange->body = body != NULL ? json_object_ref (body) : NULL;
  exchange->body_is_record = body_is_record;
  exchange->etag = g_strdup (etag);
  exchange->key = g_strdup (key);

  return regie_backend_run (self, exchange);
}

DexFuture *
regie_backend_get (RegieBackend *self, const RegieKind *kind, const char *remote_id)
{
  g_return_val_if_fail (REGIE_IS_BACKEND (self), NULL);
  g_return_val_if_fail (kind != NULL && remote_id != NULL, NULL);

  return run_on_record (self, kind, "get", remote_id, NULL, FALSE, NULL, NULL);
}

DexFuture *
regie_backend_create (RegieBackend *self,
                      const RegieKind *kind,
                      JsonObject *fields,
                      const char *idempotency_key)
{
  g_return_val_if_fail (REGIE_IS_BACKEND (self), NULL);
  g_return_val_if_fail (kind != NULL && fields != NULL, NULL);

  return run_on_record (self, kind, "create", NULL, fields, TRUE, NULL, idempotency_key);
}

DexFuture *
regie_backend_update (RegieBackend *self,
                      const RegieKind *kind,
                      const char *remote_id,
                      JsonObject *patch,
                      const char *etag,
                      const char *idempotency_key)
{
  g_return_val_if_fail (REGIE_IS_BACKEND (self), NULL);
  g_return_val_if_fail (kind != NULL && remote_id != NULL && patch != NULL, NULL);

  return run_on_record (self, kind, "update", remote_id, patch, TRUE, etag, idempotency_key);
}

DexFuture *
regie_backend_delete (RegieBackend *self,
                      const RegieKind *kind,
                      const char *remote_id,
                      const char *idempotency_key)
{
  g_return_val_if_fail (REGIE_IS_BACKEND (self), NULL);
  g_return_val_if_fail (kind != NULL && remote_id != NULL, NULL);

  return run_on_record (self, kind, "delete", remote_id, NULL, FALSE, NULL, idempotency_key);
}

DexFuture *
regie_backend_act (RegieBackend *self,
                   const RegieKind *kind,
                   const char *remote_id,
                   const char *action,
                   JsonObject *params,
                   const char *idempotency_key)
{
  g_return_val_if_fail (REGIE_IS_BACKEND (self), NULL);
  g_return_val_if_fail (kind != NULL && remote_id != NULL && action != NULL, NULL);

  return run_on_record (self, kind, action, remote_id, params, FALSE, NULL, idempotency_key);
}

DexFuture *
regie_backend_request (RegieBackend *self, const char *name, JsonObject *params, GBytes *body)
{
  const RegieProfileRequest *request;
  RegieExchange *exchange;

  g_return_val_if_fail (REGIE_IS_BACKEND (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  request = g_hash_table_lookup (self->profile->requests, name);
  if (request == NULL || request->missing != NULL)
    return dex_future_new_reject (REGIE_ERROR, REGIE_ERROR_STATE, "%s",
                                  request != NULL ? request->missing : N_ ("This backend cannot do that."));
  exchange = regie_exchange_new (self->profile, self->http, request);
  exchange->want = request->bytes ? REGIE_WANT_BYTES : REGIE_WANT_JSON;
  exchange->params = params != NULL ? json_object_ref (params) : NULL;
  exchange->raw = body != NULL ? g_bytes_ref (body) : NULL;
  exchange->key = regie_id_new_uuid ();

  return regie_backend_run (self, exchange);
}
