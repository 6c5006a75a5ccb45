/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <libsoup/soup.h>
#include <string.h>

#include "regie-limits.h"
#include "regie-net-thread.h"
#include "regie-web-socket-private.h"

#define GUID  "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" /* RFC 6455, 1.3 */
#define CHUNK 2048

typedef struct
{
  RegieEndpoint *endpoint;
  char *request, *accept;
  GCancellable *cancellable;
  GSource *timer;
  GSocketConnection *connection;
  GByteArray *answer;
  guint8 chunk[CHUNK];
  gboolean timed_out;
  RegieWebSocketConnected done;
  gpointer data;
} Handshake;

static void
finish (Handshake *self, RegieCountingStream *stream, GError *error)
{
  if (error != NULL && self->timed_out)
    {
      g_clear_error (&error);
      error = g_error_new (REGIE_ERROR, REGIE_ERROR_UNREACHABLE, "%s: no answer in time",
                           regie_endpoint_get_address (self->endpoint));
    }
  self->done (stream, error, self->data);

  if (self->timer != NULL)
    g_source_destroy (self->timer);
  g_clear_pointer (&self->timer, g_source_unref);
  regie_endpoint_unref (self->endpoint);
  g_free (self->request);
  g_free (self->accept);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->connection);
  g_byte_array_unref (self->answer);
  g_free (self);
}

static void
fail (Handshake *self, RegieError code, const char *why)
{
  finish (self, NULL,
          g_error_new (REGIE_ERROR, code, "%s: %s", regie_endpoint_get_address (self->endpoint), why));
}

static void
refuse_status (Handshake *self, guint status)
{
  g_autofree char *why = g_strdup_printf ("the event link was answered with %u", status);
  RegieError code = REGIE_ERROR_PROTOCOL;

  if (status == 401 || status == 403)
    code = REGIE_ERROR_DENIED;
  else if (status == 404)
    code = REGIE_ERROR_NOT_FOUND;
  else if (status == 429)
    code = REGIE_ERROR_LIMITED;
  else if (status >= 500)
    code = REGIE_ERROR_UNREACHABLE;
  fail (self, code, why);
}

static void
check_answer (Handshake *self, gsize head_length)
{
  g_autoptr (SoupMessageHeaders) headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_RESPONSE);
  g_autoptr (GBytes) rest = NULL;
  RegieCountingStream *stream;
  guint status = 0;

  if (!soup_headers_parse_response ((const char *) self->answer->data, head_length - 2, headers, NULL,
                                    &status, NULL))
    {
      fail (self, REGIE_ERROR_PROTOCOL, "the answer is no HTTP");
      return;
    }
  if (status != 101)
    {
      refuse_status (self, status);
      return;
    }
  if (g_strcmp0 (soup_message_headers_get_one (headers, "Sec-WebSocket-Accept"), self->accept) != 0 ||
      soup_message_headers_get_one (headers, "Sec-WebSocket-Extensions") != NULL)
    {
      fail (self, REGIE_ERROR_PROTOCOL, "the handshake's answer does not fit");
      return;
    }

  rest = g_bytes_new (self->answer->data + head_length, self->answer->len - head_length);
  stream = regie_counting_stream_new (G_IO_STREAM (self->connection), rest);
  finish (self, stream, NULL);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer data)
{
  Handshake *self = data;
  GError *error = NULL;
  gssize n = g_input_stream_read_finish (G_INPUT_STREAM (source), result, &error);
  const char *end;

  if (n < 0)
    {
      finish (self, NULL, error);
      return;
    }
  if (n == 0)
    {
      fail (self, REGIE_ERROR_UNREACHABLE, "closed before the handshake was answered");
      return;
    }

  g_byte_array_append (self->answer, self->chunk, n);
  end = g_strstr_len ((const char *) self->answer->data, self->answer->len, "\r\n\r\n");
  if (end != NULL)
    check_answer (self, end + 4 - (const char *) self->answer->data);
  else if (self->answer->len > REGIE_LIMIT_HEADER_BYTES)
    fail (self, REGIE_ERROR_PROTOCOL, "the handshake's answer is too long");
  else
    g_input_stream_read_async (G_INPUT_STREAM (source), self->chunk, CHUNK, G_PRIORITY_DEFAULT,
                               self->cancellable, on_read, self);
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer data)
{
  Handshake *self = data;
  GError *error = NULL;

  if (!g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, &error))
    {
      finish (self, NULL, error);
      return;
    }
  g_input_stream_read_async (g_io_stream_get_input_stream (G_IO_STREAM (self->connection)), self->chunk,
                             CHUNK, G_PRIORITY_DEFAULT, self->cancellable, on_read, self);
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer data)
{
  Handshake *self = data;
  g_autoptr (GError) error = NULL;

  self->connection = g_socket_client_connect_finish (G_SOCKET_CLIENT (source), result, &error);
  if (self->connection == NULL && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      finish (self, NULL, g_steal_pointer (&error));
      return;
    }
  if (self->connection == NULL)
    {
      fail (self, REGIE_ERROR_UNREACHABLE, error->message);
      return;
    }
  g_output_stream_write_all_async (g_io_stream_get_output_stream (G_IO_STREAM (self->connection)),
                                   self->request, strlen (self->request), G_PRIORITY_DEFAULT,
                                   self->cancellable, on_written, self);
}

static gboolean
on_timeout (gpointer data)
{
  Handshake *self = data;

  self->timed_out = TRUE;
  g_cancellable_cancel (self->cancellable);

  return G_SOURCE_REMOVE;
}

static void
append_header (GString *request, const char *name, const char *value)
{
  g_autofree char *clean = g_strdup (value);

  for (char *c = clean; *c != '\0'; c++)
    {
      if (g_ascii_iscntrl (*c))
        *c = ' ';
    }
  g_string_append_printf (request, "%s: %s\r\n", name, clean);
}

static void
write_request (Handshake *self, GUri *uri, const char *const *headers)
{
  guint32 random[4] = { g_random_int (), g_random_int (), g_random_int (), g_random_int () };
  g_autofree char *key = g_base64_encode ((const guchar *) random, sizeof random);
  g_autofree char *joined = g_strconcat (key, GUID, NULL);
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA1);
  g_autoptr (GString) request = g_string_new ("GET ");
  const char *path = g_uri_get_path (uri);
  const char *host = strstr (regie_endpoint_get_origin (self->endpoint), "://") + strlen ("://");
  guint8 digest[20];
  gsize length = sizeof digest;

  g_string_append (request, *path != '\0' ? path : "/");
  if (g_uri_get_query (uri) != NULL)
    g_string_append_printf (request, "?%s", g_uri_get_query (uri));
  g_string_append (request, " HTTP/1.1\r\n");
  append_header (request, "Host", host);
  append_header (request, "Upgrade", "websocket");
  append_header (request, "Connection", "Upgrade");
  append_header (request, "Sec-WebSocket-Version", "13");
  append_header (request, "Sec-WebSocket-Key", key);
  for (guint i = 0; headers != NULL && headers[i] != NULL; i += 2)
    append_header (request, headers[i], headers[i + 1]);
  g_string_append (request, "\r\n");
  self->request = g_string_free_and_steal (g_steal_pointer (&request));

  g_checksum_update (sum, (const guchar *) joined, -1);
  g_checksum_get_digest (sum, digest, &length);
  self->accept = g_base64_encode (digest, length);
}

void
regie_web_socket_connect (RegieEndpoint *endpoint,
                          const char *path,
                          const char *const *headers,
                          guint timeout_ms,
                          GCancellable *cancellable,
                          RegieWebSocketConnected done,
                          gpointer data)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnectable) remote = regie_endpoint_get_connectable (endpoint);
  g_autoptr (GError) error = NULL;
  g_autoptr (GUri) uri = regie_endpoint_resolve (endpoint, path, &error);
  Handshake *self;

  if (uri == NULL)
    {
      done (NULL, g_steal_pointer (&error), data);
      return;
    }

  self = g_new0 (Handshake, 1);
  self->endpoint = regie_endpoint_ref (endpoint);
  self->cancellable = g_object_ref (cancellable);
  self->answer = g_byte_array_new ();
  self->done = done;
  self->data = data;
  write_request (self, uri, headers);

  self->timer = g_timeout_source_new (timeout_ms);
  g_source_set_callback (self->timer, on_timeout, self, NULL);
  g_source_attach (self->timer, regie_net_context ());

  g_socket_client_set_tls (client, g_str_has_prefix (regie_endpoint_get_origin (endpoint), "https:"));
  g_socket_client_connect_async (client, remote, self->cancellable, on_connected, self);
}
