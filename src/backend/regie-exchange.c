/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-exchange.h"

#include "regie-offload.h"

RegieExchange *
regie_exchange_new (RegieProfile *profile, RegieHttp *http, const RegieProfileRequest *op)
{
  RegieExchange *self = g_new0 (RegieExchange, 1);

  g_atomic_ref_count_init (&self->refs);
  self->profile = g_object_ref (profile);
  self->http = http != NULL ? g_object_ref (http) : NULL;
  self->op = op;

  return self;
}

RegieExchange *
regie_exchange_ref (RegieExchange *self)
{
  g_atomic_ref_count_inc (&self->refs);

  return self;
}

void
regie_exchange_unref (gpointer data)
{
  RegieExchange *self = data;

  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_object_unref (self->profile);
  g_clear_object (&self->http);
  g_free (self->remote_id);
  g_free (self->action);
  g_free (self->key);
  g_free (self->etag);
  g_free (self->cursor);
  g_free (self->credential);
  g_clear_pointer (&self->account, json_object_unref);
  g_clear_pointer (&self->joined, json_object_unref);
  g_clear_pointer (&self->params, json_object_unref);
  g_clear_pointer (&self->body, json_object_unref);
  g_clear_pointer (&self->raw, g_bytes_unref);
  g_free (self);
}

typedef struct
{
  RegieExchange *exchange;
  RegieHttpResponse *response;
} Answer;

static void
answer_free (gpointer data)
{
  Answer *answer = data;

  regie_exchange_unref (answer->exchange);
  regie_http_response_unref (answer->response);
  g_free (answer);
}

static gboolean
encode (gpointer data, GValue *result, GError **error)
{
  RegieHttpRequest *request = regie_exchange_encode (data, error);

  if (request == NULL)
    return FALSE;
  g_value_init (result, REGIE_TYPE_HTTP_REQUEST);
  g_value_take_boxed (result, request);

  return TRUE;
}

static gboolean
decode (gpointer data, GValue *result, GError **error)
{
  Answer *answer = data;

  return regie_exchange_decode (answer->exchange, answer->response, result, error);
}

static DexFuture *
then_send (DexFuture *encoded, gpointer data)
{
  RegieExchange *exchange = data;
  const GValue *value = dex_future_get_value (encoded, NULL);

  return regie_http_send (exchange->http, g_value_get_boxed (value));
}

static DexFuture *
then_decode (DexFuture *sent, gpointer data)
{
  const GValue *value = dex_future_get_value (sent, NULL);
  Answer *answer = g_new (Answer, 1);

  answer->exchange = regie_exchange_ref (data);
  answer->response = g_value_dup_boxed (value);

  return regie_offload (decode, answer, answer_free);
}

DexFuture *
regie_exchange_run (RegieExchange *self)
{
  DexFuture *future = regie_offload (encode, regie_exchange_ref (self), regie_exchange_unref);

  future = dex_future_then (future, then_send, regie_exchange_ref (self), regie_exchange_unref);

  return dex_future_then (future, then_decode, regie_exchange_ref (self), regie_exchange_unref);
}
