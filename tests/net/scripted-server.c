/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scripted-server.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>

#include "regie-error.h"

#define LIMIT_US (10 * G_TIME_SPAN_SECOND)

struct _ScriptedServer
{
  GSocketListener *listener;
  GCancellable *cancellable;
  GThread *thread;
  char *dir, *address;
  GMutex mutex;
  GArray *turns;       /* ScriptedTurn */
  GPtrArray *requests; /* GString */
  GPtrArray *threads;
  guint next, n_connections, n_left;
};

/* The next turn, waiting for none; FALSE when the script is over. */
static gboolean
take_turn (ScriptedServer *self, ScriptedTurn *turn, GString **request)
{
  gboolean found;

  g_mutex_lock (&self->mutex);
  found = self->next < self->turns->len;
  if (found)
    {
      *turn = g_array_index (self->turns, ScriptedTurn, self->next++);
      *request = g_string_new (NULL);
      g_ptr_array_add (self->requests, *request);
    }
  g_mutex_unlock (&self->mutex);

  return found;
}

static gsize
body_length (const char *request)
{
  const char *found = g_strstr_len (request, -1, "Content-Length: ");

  return found != NULL ? g_ascii_strtoull (found + strlen ("Content-Length: "), NULL, 10) : 0;
}

static gboolean
is_whole (GString *request)
{
  const char *end = strstr (request->str, "\r\n\r\n");

  return end != NULL && request->len >= (gsize) (end + 4 - request->str) + body_length (request->str);
}

/* Whether anything came. */
static gboolean
read_request (ScriptedServer *self, GInputStream *input, gssize wanted, GString *request)
{
  char chunk[1024];
  gssize n = 1;

  while (wanted != 0 && n > 0)
    {
      gsize size = wanted > 0 ? MIN ((gsize) wanted - request->len, sizeof chunk) : sizeof chunk;

      n = g_input_stream_read (input, chunk, size, self->cancellable, NULL);
      g_mutex_lock (&self->mutex);
      if (n > 0)
        g_string_append_len (request, chunk, n);
      g_mutex_unlock (&self->mutex);
      if (wanted > 0 ? request->len >= (gsize) wanted : is_whole (request))
        break;
    }

  return request->len > 0 || wanted == 0;
}

static char *
handshake (GString *request, gboolean wrong)
{
  const char *found = strstr (request->str, "Sec-WebSocket-Key: ");
  g_autofree char *key = NULL, *joined = NULL, *accept = NULL;
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA1);
  guint8 digest[20];
  gsize length = sizeof digest;

  g_assert_nonnull (found);
  found += strlen ("Sec-WebSocket-Key: ");
  key = g_strndup (found, strcspn (found, "\r"));
  joined = g_strconcat (key, wrong ? "" : "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", NULL);
  g_checksum_update (sum, (const guchar *) joined, -1);
  g_checksum_get_digest (sum, digest, &length);
  accept = g_base64_encode (digest, length);

  return g_strdup_printf ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Accept: %s\r\n\r\n",
                          accept);
}

static gboolean
write_out (ScriptedServer *self, GOutputStream *output, const void *data, gsize size)
{
  return g_output_stream_write_all (output, data, size, NULL, self->cancellable, NULL);
}

static void
write_answer (ScriptedServer *self, GOutputStream *output, const ScriptedTurn *turn, GString *request)
{
  g_autoptr (GByteArray) first = g_byte_array_new ();
  gsize size = 0;
  const guint8 *body = turn->body != NULL ? g_bytes_get_data (turn->body, &size) : NULL;

  if (turn->upgrade)
    {
      g_autofree char *answer = handshake (request, turn->wrong_accept);

      g_byte_array_append (first, (const guint8 *) answer, strlen (answer));
    }
  if (turn->head != NULL)
    g_byte_array_append (first, (const guint8 *) turn->head, strlen (turn->head));
  if (body != NULL)
    g_byte_array_append (first, body, size);
  if (first->len == 0 || !write_out (self, output, first->data, first->len))
    return;
  for (guint i = 1; i < turn->repeat; i++)
    {
      if (turn->pause_ms > 0)
        g_usleep (turn->pause_ms * 1000);
      if (!write_out (self, output, body, size))
        return;
    }
}

/* Until the client leaves. */
static void
hold (ScriptedServer *self, GInputStream *input)
{
  char chunk[1024];
  gssize n;

  while ((n = g_input_stream_read (input, chunk, sizeof chunk, self->cancellable, NULL)) > 0)
    ;
  g_mutex_lock (&self->mutex);
  self->n_left += n == 0 || !g_cancellable_is_cancelled (self->cancellable);
  g_mutex_unlock (&self->mutex);
}

typedef struct
{
  ScriptedServer *server;
  GSocketConnection *connection;
} Visit;

static gpointer
serve (gpointer data)
{
  g_autofree Visit *visit = data;
  g_autoptr (GSocketConnection) connection = visit->connection;
  GInputStream *input = g_io_stream_get_input_stream (G_IO_STREAM (connection));
  GOutputStream *output = g_io_stream_get_output_stream (G_IO_STREAM (connection));
  ScriptedTurn turn = { .keep = TRUE };

  while (turn.keep)
    {
      GString *request = NULL;

      if (!take_turn (visit->server, &turn, &request) ||
          !read_request (visit->server, input, turn.read, request))
        break;
      write_answer (visit->server, output, &turn, request);
      if (turn.hold)
        hold (visit->server, input);
    }
  g_io_stream_close (G_IO_STREAM (connection), NULL, NULL);

  return NULL;
}

static gpointer
accept_all (gpointer data)
{
  ScriptedServer *self = data;
  GSocketConnection *connection;

  while ((connection = g_socket_listener_accept (self->listener, NULL, self->cancellable, NULL)) != NULL)
    {
      Visit *visit = g_new (Visit, 1);

      *visit = (Visit) { self, connection };
      g_mutex_lock (&self->mutex);
      self->n_connections++;
      g_ptr_array_add (self->threads, g_thread_new ("visit", serve, visit));
      g_mutex_unlock (&self->mutex);
    }

  return NULL;
}

static void
free_text (gpointer data)
{
  g_string_free (data, TRUE);
}

ScriptedServer *
scripted_server_new (gboolean tcp)
{
  ScriptedServer *self = g_new0 (ScriptedServer, 1);
  g_autoptr (GError) error = NULL;

  g_mutex_init (&self->mutex);
  self->listener = g_socket_listener_new ();
  self->cancellable = g_cancellable_new ();
  self->turns = g_array_new (FALSE, FALSE, sizeof (ScriptedTurn));
  self->requests = g_ptr_array_new_with_free_func (free_text);
  self->threads = g_ptr_array_new ();
  self->dir = g_dir_make_tmp ("regie-net-XXXXXX", &error);
  g_assert_no_error (error);
  if (tcp)
    {
      guint16 port = g_socket_listener_add_any_inet_port (self->listener, NULL, &error);

      self->address = g_strdup_printf ("http://127.0.0.1:%u", port);
    }
  else
    {
      g_autofree char *path = g_build_filename (self->dir, "socket", NULL);
      g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);

      g_socket_listener_add_address (self->listener, address, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT,
                                     NULL, NULL, &error);
      self->address = g_strconcat ("unix:", path, NULL);
    }
  g_assert_no_error (error);
  self->thread = g_thread_new ("scripted-server", accept_all, self);

  return self;
}

void
scripted_server_free (ScriptedServer *self)
{
  g_autofree char *path = g_build_filename (self->dir, "socket", NULL);

  g_cancellable_cancel (self->cancellable);
  g_thread_join (self->thread);
  for (guint i = 0; i < self->threads->len; i++)
    g_thread_join (g_ptr_array_index (self->threads, i));
  g_socket_listener_close (self->listener);
  g_object_unref (self->listener);
  g_object_unref (self->cancellable);
  g_unlink (path);
  g_rmdir (self->dir);
  g_free (self->dir);
  g_free (self->address);
  g_array_unref (self->turns);
  g_ptr_array_unref (self->requests);
  g_ptr_array_unref (self->threads);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

const char *
scripted_server_get_address (ScriptedServer *self)
{
  return self->address;
}

void
scripted_server_add (ScriptedServer *self, const ScriptedTurn *turn)
{
  g_mutex_lock (&self->mutex);
  g_array_append_val (self->turns, *turn);
  g_mutex_unlock (&self->mutex);
}

guint
scripted_server_get_n_connections (ScriptedServer *self)
{
  guint n;

  g_mutex_lock (&self->mutex);
  n = self->n_connections;
  g_mutex_unlock (&self->mutex);

  return n;
}

guint
scripted_server_get_n_left (ScriptedServer *self)
{
  guint n;

  g_mutex_lock (&self->mutex);
  n = self->n_left;
  g_mutex_unlock (&self->mutex);

  return n;
}

char *
scripted_server_get_request (ScriptedServer *self, guint n)
{
  char *text = NULL;

  g_mutex_lock (&self->mutex);
  if (n < self->requests->len)
    text = g_strdup (((GString *) g_ptr_array_index (self->requests, n))->str);
  g_mutex_unlock (&self->mutex);

  return text;
}

GBytes *
scripted_frame (gboolean fin, guint opcode, const char *text, gsize length)
{
  GByteArray *frame = g_byte_array_new ();
  guint8 head[10] = { (fin ? 0x80 : 0) | opcode };
  guint n = 2;

  if (length < 126)
    head[1] = length;
  else if (length < 65536)
    {
      head[1] = 126;
      head[2] = length >> 8;
      head[3] = length & 0xff;
      n = 4;
    }
  else
    {
      head[1] = 127;
      for (guint i = 0; i < 8; i++)
        head[2 + i] = ((guint64) length >> (8 * (7 - i))) & 0xff;
      n = 10;
    }
  g_byte_array_append (frame, head, n);
  g_byte_array_append (frame, (const guint8 *) text, length);

  return g_byte_array_free_to_bytes (frame);
}

/* --- waiting --- */

static gboolean
on_tick (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

void
test_wait_until (gboolean (*condition) (gpointer data), gpointer data, const char *what)
{
  gint64 deadline = g_get_monotonic_time () + LIMIT_US;
  guint tick = g_timeout_add (5, on_tick, NULL); /* so that the loop looks again */

  while (!condition (data))
    {
      if (g_get_monotonic_time () > deadline)
        g_error ("waited in vain for %s", what);
      g_main_context_iteration (NULL, TRUE);
    }
  g_source_remove (tick);
}

static gboolean
is_settled (gpointer data)
{
  return !dex_future_is_pending (data);
}

DexFuture *
test_settle (DexFuture *future)
{
  WAIT_UNTIL (is_settled, future);

  return future;
}

gpointer
test_resolves (DexFuture *future)
{
  g_autoptr (DexFuture) settled = test_settle (future);
  g_autoptr (GError) error = NULL;
  const GValue *value = dex_future_get_value (settled, &error);

  g_assert_no_error (error);

  return g_value_dup_boxed (value);
}

char *
test_rejects (DexFuture *future, int code)
{
  g_autoptr (DexFuture) settled = test_settle (future);
  g_autoptr (GError) error = NULL;

  dex_future_get_value (settled, &error);
  g_assert_error (error, REGIE_ERROR, code);

  return g_strdup (error->message);
}
