/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-backend-private.h"
#include "regie-exchange.h"
#include "regie-id.h"

/* Marks what the dashboard shows with _(). */
#define N_(text) text

struct _RegieBackend
{
  GObject parent_instance;
  RegieProfile *profile;
  RegieHttp *http; /* NULL when the address is not usable */
  GError *unusable;
  gint64 limited_until; /* monotonic µs */
};

G_DEFINE_FINAL_TYPE (RegieBackend, regie_backend, G_TYPE_OBJECT)

typedef struct
{
  RegieBackend *backend;
  RegieExchange *exchange;
} Ending;

static void
ending_free (gpointer data)
{
  Ending *ending = data;

  g_object_unref (ending->backend);
  regie_exchange_unref (ending->exchange);
  g_free (ending);
}

/* Remembers until when the server wants to be left alone. A cut while reading means no more than that it
 * could not be read. */
static DexFuture *
catch_failure (DexFuture *failed, gpointer data)
{
  Ending *ending = data;
  g_autoptr (GError) error = NULL;

  dex_future_get_value (failed, &error);
  if (ending->exchange->retry_after > 0)
    ending->backend->limited_until =
        g_get_monotonic_time () + ending->exchange->retry_after * G_TIME_SPAN_MILLISECOND;
  if (ending->exchange->safe && g_error_matches (error, REGIE_ERROR, REGIE_ERROR_UNKNOWN))
    error->code = REGIE_ERROR_UNREACHABLE;

  return dex_future_new_for_error (g_steal_pointer (&error));
}

/* EXCHANGE is taken. */
static DexFuture *
run (RegieBackend *self, RegieExchange *exchange)
{
  g_autoptr (RegieExchange) own = exchange;
  Ending *ending;

  if (self->http == NULL)
    return dex_future_new_for_error (g_error_copy (self->unusable));

  ending = g_new (Ending, 1);
  ending->backend = g_object_ref (self);
  ending->exchange = regie_exchange_ref (own);

  return dex_future_catch (regie_exchange_run (own), catch_failure, ending, ending_free);
}

/* --- the object --- */

static void
regie_backend_finalize (GObject *object)
{
  RegieBackend *self = REGIE_BACKEND (object);

  g_clear_object (&self->profile);
  g_clear_object (&self->http);
  g_clear_error (&self->unusable);

  G_OBJECT_CLASS (regie_backend_parent_class)->finalize (object);
}

static void
regie_backend_class_init (RegieBackendClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = regie_backend_finalize;
}

static void
regie_backend_init (RegieBackend *self)
{
}

static RegieEndpoint *
find_endpoint (RegieProfile *profile, GHashTable *endpoints, GError **error)
{
  const char *address = g_hash_table_lookup (endpoints, "api");
  g_autoptr (RegieEndpoint) endpoint = NULL;
  gboolean allowed;

  if (address == NULL)
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID, "/api: an address is needed");
      return NULL;
    }
  endpoint = regie_endpoint_parse (address, REGIE_ENDPOINT_NONE, error);
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
regie_backend_new (RegieProfile *profile, GHashTable *endpoints)
{
  RegieBackend *self = g_object_new (REGIE_TYPE_BACKEND, NULL);
  g_autoptr (RegieEndpoint) endpoint = find_endpoint (profile, endpoints, &self->unusable);

  self->profile = g_object_ref (profile);
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

  return run (self, exchange);
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

  return run (self, exchange);
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

  return run (self, exchange);
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

  return run (self, exchange);
}
