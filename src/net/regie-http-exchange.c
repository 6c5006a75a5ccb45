/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-http-private.h"
#include "regie-limits.h"
#include "regie-net-thread.h"

#define CHUNK         (64 * 1024)
#define MAX_REDIRECTS 5
/* Small answers may be packed very tightly without meaning any harm. */
#define RATIO_FREE (1024 * 1024)

typedef struct
{
  RegieHttpClient *client;
  RegieHttpRequest *request;
  DexPromise *promise;
  GCancellable *cancellable; /* of the promise: also cancelled when nobody waits any more */
  SoupMessage *message;
  GInputStream *stream;
  GByteArray *body;
  GSource *timer;
  gint64 started_at, progress_at; /* monotonic µs */
  guint hops;
  gboolean on_wire;   /* libsoup began to write the request */
  gboolean timed_out; /* the cancellable was cancelled by the timer */
} Exchange;

static void start_hop (Exchange *self, GUri *uri);

static void
exchange_free (Exchange *self)
{
  if (self->timer != NULL)
    g_source_destroy (self->timer);
  g_clear_pointer (&self->timer, g_source_unref);
  if (self->message != NULL)
    g_signal_handlers_disconnect_by_data (self->message, self);
  g_clear_object (&self->message);
  g_clear_object (&self->stream);
  g_clear_pointer (&self->body, g_byte_array_unref);
  regie_http_request_unref (self->request);
  regie_http_client_unref (self->client);
  dex_unref (self->promise);
  g_free (self);
}

/* Whether a byte of the request can have reached the server. */
static gboolean
something_left (Exchange *self)
{
  SoupMessageMetrics *metrics;

  if (!self->on_wire)
    return FALSE;
  metrics = soup_message_get_metrics (self->message);

  return metrics == NULL || soup_message_metrics_get_request_header_bytes_sent (metrics) > 0;
}

/* Settles with CODE; for a write that was sent, no fault of the answer says that it did not happen. */
static void fail (Exchange *self, RegieError code, const char *format, ...) G_GNUC_PRINTF (3, 4);

static void
fail (Exchange *self, RegieError code, const char *format, ...)
{
  gboolean left = something_left (self);
  g_autofree char *why = NULL;
  va_list args;

  va_start (args, format);
  why = g_strdup_vprintf (format, args);
  va_end (args);

  if (!left && code == REGIE_ERROR_UNKNOWN)
    code = REGIE_ERROR_UNREACHABLE;
  else if (left && !regie_http_request_is_safe (self->request))
    code = REGIE_ERROR_UNKNOWN;
  dex_promise_reject (self->promise, g_error_new (REGIE_ERROR, code, "%s %s%s: %s", self->request->method,
                                                  regie_endpoint_get_address (self->client->endpoint),
                                                  self->request->path, why));
  exchange_free (self);
}

static void
fail_with_error (Exchange *self, const GError *error)
{
  if (self->timed_out)
    {
      fail (self, REGIE_ERROR_UNKNOWN, "no answer in time (%" G_GINT64_FORMAT " ms)",
            (g_get_monotonic_time () - self->started_at) / 1000);
    }
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      dex_promise_reject (self->promise, g_error_copy (error));
      exchange_free (self);
    }
  else if (error->domain == SOUP_SESSION_ERROR &&
           (error->code == SOUP_SESSION_ERROR_PARSING || error->code == SOUP_SESSION_ERROR_ENCODING))
    {
      fail (self, REGIE_ERROR_PROTOCOL, "the answer is no HTTP (%s)", error->message);
    }
  else
    {
      fail (self, REGIE_ERROR_UNKNOWN, "%s", error->message);
    }
}

static gboolean
on_timer (gpointer data)
{
  Exchange *self = data;
  gint64 stall_at = self->progress_at + self->request->stall_ms * G_TIME_SPAN_MILLISECOND;
  gint64 end_at = self->started_at + self->request->total_ms * G_TIME_SPAN_MILLISECOND;
  gint64 due = MIN (stall_at, end_at);

  if (g_get_monotonic_time () < due)
    {
      g_source_set_ready_time (self->timer, due);
      return G_SOURCE_CONTINUE;
    }
  self->timed_out = TRUE;
  g_source_set_ready_time (self->timer, -1);
  g_cancellable_cancel (self->cancellable);

  return G_SOURCE_CONTINUE;
}

static gboolean
timer_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  return callback (data);
}

static GSourceFuncs timer_funcs = { .dispatch = timer_dispatch };

static void
start_timer (Exchange *self)
{
  guint first = MIN (self->request->stall_ms, self->request->total_ms);

  self->timer = g_source_new (&timer_funcs, sizeof (GSource));
  g_source_set_callback (self->timer, on_timer, self, NULL);
  g_source_set_ready_time (self->timer, self->started_at + first * G_TIME_SPAN_MILLISECOND);
  g_source_set_static_name (self->timer, "[regie] http timeout");
  g_source_attach (self->timer, regie_net_context ());
}

/* --- reading the answer --- */

static void
finish (Exchange *self)
{
  g_autoptr (GBytes) body = g_byte_array_free_to_bytes (g_steal_pointer (&self->body));
  RegieHttpResponse *response = regie_http_response_new_for_message (self->message, body);

  dex_promise_resolve_boxed (self->promise, REGIE_TYPE_HTTP_RESPONSE, response);
  exchange_free (self);
}

/* FALSE when the answer is too large, in which case SELF is gone. */
static gboolean
check_size (Exchange *self)
{
  SoupMessageMetrics *metrics = soup_message_get_metrics (self->message);
  guint64 packed = metrics != NULL ? soup_message_metrics_get_response_body_bytes_received (metrics) : 0;

  if (self->body->len > self->request->limit)
    {
      fail (self, REGIE_ERROR_TOO_LARGE, "the answer is larger than %" G_GUINT64_FORMAT " bytes",
            self->request->limit);
      return FALSE;
    }
  if (self->body->len > RATIO_FREE && packed > 0 && self->body->len / packed > REGIE_LIMIT_RESPONSE_RATIO)
    {
      fail (self, REGIE_ERROR_TOO_LARGE, "the answer unpacks to more than %u times its size",
            REGIE_LIMIT_RESPONSE_RATIO);
      return FALSE;
    }

  return TRUE;
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer data)
{
  Exchange *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = g_input_stream_read_bytes_finish (self->stream, result, &error);

  if (bytes == NULL)
    {
      fail_with_error (self, error);
      return;
    }
  if (g_bytes_get_size (bytes) == 0)
    {
      finish (self);
      return;
    }

  self->progress_at = g_get_monotonic_time ();
  g_byte_array_append (self->body, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  if (check_size (self))
    g_input_stream_read_bytes_async (self->stream, CHUNK, G_PRIORITY_DEFAULT, self->cancellable, on_read,
                                     self);
}

/* --- redirects --- */

static gboolean
is_redirect (guint status)
{
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* NULL after failing. */
static GUri *
redirect_target (Exchange *self, const char *location)
{
  GUri *here = soup_message_get_uri (self->message);
  g_autoptr (GUri) there = g_uri_parse_relative (here, location, SOUP_HTTP_URI_FLAGS, NULL);
  const char *scheme = there != NULL ? g_uri_get_scheme (there) : NULL;

  if (!regie_http_request_is_safe (self->request))
    fail (self, REGIE_ERROR_PROTOCOL, "answered with a redirect, which a write does not follow");
  else if (scheme == NULL || (!g_str_equal (scheme, "http") && !g_str_equal (scheme, "https")))
    fail (self, REGIE_ERROR_PROTOCOL, "redirected to what is no web address");
  else if (self->hops >= MAX_REDIRECTS)
    fail (self, REGIE_ERROR_PROTOCOL, "redirected more than %d times", MAX_REDIRECTS);
  else if (g_str_equal (g_uri_get_scheme (here), "https") && g_str_equal (scheme, "http"))
    fail (self, REGIE_ERROR_PROTOCOL, "redirected to an address without encryption");
  else if (regie_endpoint_get_socket (self->client->endpoint) != NULL &&
           !regie_endpoint_owns (self->client->endpoint, there))
    fail (self, REGIE_ERROR_PROTOCOL, "redirected away from the socket");
  else
    return g_steal_pointer (&there);

  return NULL;
}

static void
follow (Exchange *self, const char *location)
{
  g_autoptr (GUri) target = redirect_target (self, location);

  if (target == NULL)
    return;
  self->hops++;
  self->progress_at = g_get_monotonic_time ();
  g_clear_object (&self->stream);
  start_hop (self, target);
}

/* --- sending --- */

static void
on_sent (GObject *source, GAsyncResult *result, gpointer data)
{
  Exchange *self = data;
  g_autoptr (GError) error = NULL;
  SoupMessageHeaders *headers;
  const char *location;

  self->stream = soup_session_send_finish (SOUP_SESSION (source), result, &error);
  if (self->stream == NULL)
    {
      fail_with_error (self, error);
      return;
    }

  headers = soup_message_get_response_headers (self->message);
  location = soup_message_headers_get_one (headers, "Location");
  if (location != NULL && is_redirect (soup_message_get_status (self->message)))
    {
      follow (self, location);
      return;
    }
  if (soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CONTENT_LENGTH &&
      (guint64) soup_message_headers_get_content_length (headers) > self->request->limit)
    {
      fail (self, REGIE_ERROR_TOO_LARGE, "the answer is larger than %" G_GUINT64_FORMAT " bytes",
            self->request->limit);
      return;
    }

  self->progress_at = g_get_monotonic_time ();
  g_input_stream_read_bytes_async (self->stream, CHUNK, G_PRIORITY_DEFAULT, self->cancellable, on_read, self);
}

static void
on_starting (SoupMessage *message, Exchange *self)
{
  self->on_wire = TRUE;
  g_atomic_int_inc (&self->client->n_sent);
}

/* The one place where a request gets its flags: nothing is redirected behind our back, and every request has
 * a connection of its own. For a write, because libsoup would send it again when a kept connection turns out
 * dead; for the others, because libsoup 3.6, when it does that and then cannot connect, ends the message
 * twice and lets go of the session's features once too often. */
static SoupMessage *
make_message (Exchange *self, GUri *uri)
{
  RegieHttpRequest *request = self->request;
  SoupMessage *message = soup_message_new_from_uri (request->method, uri);
  SoupMessageHeaders *headers = soup_message_get_request_headers (message);
  SoupMessageFlags flags = SOUP_MESSAGE_NO_REDIRECT | SOUP_MESSAGE_COLLECT_METRICS |
                           SOUP_MESSAGE_DO_NOT_USE_AUTH_CACHE | SOUP_MESSAGE_NEW_CONNECTION;
  gboolean ours = regie_endpoint_owns (self->client->endpoint, uri);

  soup_message_set_flags (message, flags);

  for (guint i = 0; i < request->headers->len; i++)
    {
      RegieHttpHeader *header = &g_array_index (request->headers, RegieHttpHeader, i);

      if (ours || !header->credential)
        soup_message_headers_replace (headers, header->name, header->value);
    }
  if (request->body != NULL)
    soup_message_set_request_body_from_bytes (message, request->content_type, request->body);

  return message;
}

static void
start_hop (Exchange *self, GUri *uri)
{
  if (self->message != NULL)
    g_signal_handlers_disconnect_by_data (self->message, self);
  g_clear_object (&self->message);
  self->on_wire = FALSE;
  self->message = make_message (self, uri);
  g_signal_connect (self->message, "starting", G_CALLBACK (on_starting), self);
  soup_session_send_async (self->client->session, self->message, G_PRIORITY_DEFAULT, self->cancellable,
                           on_sent, self);
}

void
regie_http_exchange_start (RegieHttpClient *client, RegieHttpRequest *request, DexPromise *promise)
{
  Exchange *self = g_new0 (Exchange, 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (GUri) uri = NULL;

  self->client = regie_http_client_ref (client);
  self->request = regie_http_request_ref (request);
  self->promise = dex_ref (promise);
  self->cancellable = dex_promise_get_cancellable (promise);
  self->body = g_byte_array_new ();
  self->started_at = self->progress_at = g_get_monotonic_time ();

  uri = regie_endpoint_resolve (client->endpoint, request->path, &error);
  if (uri == NULL)
    {
      dex_promise_reject (promise, g_steal_pointer (&error));
      exchange_free (self);
      return;
    }
  start_timer (self);
  start_hop (self, uri);
}
