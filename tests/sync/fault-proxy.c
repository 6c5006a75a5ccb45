/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fault-proxy.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>

#include "scripted-server.h"

typedef struct
{
  char *start, *text;
  FaultType type;
} Fault;

struct _FaultProxy
{
  char *target, *dir, *socket;
  GSocketListener *listener;
  GCancellable *cancellable;
  GThread *thread;
  GMutex mutex;
  GPtrArray *faults, *heads, *threads;
  GPtrArray *open; /* GIOStream: both sides of what is under way */
  GIOStream *held; /* the WebSocket */
  gboolean refuse;
};

static void
fault_free (gpointer data)
{
  Fault *fault = data;

  g_free (fault->start);
  g_free (fault->text);
  g_free (fault);
}

static Fault *
take_fault (FaultProxy *self, const char *head)
{
  Fault *found = NULL;

  g_mutex_lock (&self->mutex);
  g_ptr_array_add (self->heads, g_strdup (head));
  for (guint i = 0; found == NULL && i < self->faults->len; i++)
    {
      if (g_str_has_prefix (head, ((Fault *) g_ptr_array_index (self->faults, i))->start))
        found = g_ptr_array_steal_index (self->faults, i);
    }
  g_mutex_unlock (&self->mutex);

  return found;
}

/* --- bytes --- */

static gboolean
read_more (GIOStream *stream, GByteArray *all)
{
  guint8 chunk[8192];
  gssize n = g_input_stream_read (g_io_stream_get_input_stream (stream), chunk, sizeof chunk, NULL, NULL);

  if (n > 0)
    g_byte_array_append (all, chunk, n);

  return n > 0;
}

static gsize
whole_length (GByteArray *request)
{
  g_autofree char *text = g_strndup (request->len > 0 ? (char *) request->data : "", request->len);
  const char *end = strstr (text, "\r\n\r\n");
  const char *length = strstr (text, "Content-Length: ");

  if (end == NULL)
    return G_MAXSIZE;

  return end + 4 - text +
         (length != NULL && length < end ? g_ascii_strtoull (length + strlen ("Content-Length: "), NULL, 10)
                                         : 0);
}

static void
write_all (GIOStream *stream, const void *data, gsize size)
{
  g_output_stream_write_all (g_io_stream_get_output_stream (stream), data, size, NULL, NULL, NULL);
}

typedef struct
{
  GIOStream *from, *to;
} Flow;

static gpointer
flow (gpointer data)
{
  Flow *way = data;

  g_output_stream_splice (g_io_stream_get_output_stream (way->to), g_io_stream_get_input_stream (way->from),
                          G_OUTPUT_STREAM_SPLICE_NONE, NULL, NULL);
  /* What waits on the other way ends too. */
  g_socket_shutdown (g_socket_connection_get_socket (G_SOCKET_CONNECTION (way->to)), TRUE, TRUE, NULL);

  return NULL;
}

static void
pass_on (GIOStream *client, GIOStream *engine)
{
  Flow back = { engine, client }, forth = { client, engine };
  GThread *thread = g_thread_new ("back", flow, &back);

  flow (&forth);
  g_thread_join (thread);
}

static GIOStream *
connect_engine (FaultProxy *self)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (self->target);

  return G_IO_STREAM (g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address), NULL, NULL));
}

/* So that the next request comes over a connection of its own, and is looked at. */
static void
send_request (GIOStream *engine, GByteArray *request, const char *head)
{
  gsize line = strcspn (head, "\n") + 1;
  const char *close = strstr (head, "\r\nUpgrade: ") != NULL ? "" : "Connection: close\r\n";

  write_all (engine, request->data, line);
  write_all (engine, close, strlen (close));
  write_all (engine, request->data + line, request->len - line);
}

/* --- faults --- */

static void
accept_socket (FaultProxy *self, GIOStream *client, const char *head)
{
  g_autoptr (GByteArray) ignored = g_byte_array_new ();
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA1);
  const char *key = strstr (head, "Sec-WebSocket-Key: ") + strlen ("Sec-WebSocket-Key: ");
  g_autofree char *joined =
      g_strdup_printf ("%.*s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", (int) strcspn (key, "\r"), key);
  g_autofree char *accept = NULL, *answer = NULL;
  guint8 digest[20];
  gsize length = sizeof digest;

  g_checksum_update (sum, (const guchar *) joined, -1);
  g_checksum_get_digest (sum, digest, &length);
  accept = g_base64_encode (digest, length);
  answer =
      g_strdup_printf ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                       "Sec-WebSocket-Accept: %s\r\n\r\n",
                       accept);
  write_all (client, answer, strlen (answer));
  g_mutex_lock (&self->mutex);
  g_set_object (&self->held, client);
  g_mutex_unlock (&self->mutex);
  while (read_more (client, ignored))
    ;
  g_mutex_lock (&self->mutex);
  if (self->held == client)
    g_clear_object (&self->held);
  g_mutex_unlock (&self->mutex);
}

/* The engine's whole answer: a write's connection is closed by us after it, so one header block and its body
 * are all. */
static void
await_answer (GIOStream *engine, GByteArray *request)
{
  g_autoptr (GByteArray) answer = g_byte_array_new ();

  write_all (engine, request->data, request->len);
  while (answer->len < whole_length (answer) && read_more (engine, answer))
    ;
}

static void
spoil (FaultProxy *self, Fault *fault, GIOStream *client, GByteArray *request, const char *head)
{
  if (fault->type == FAULT_CUT_AFTER || fault->type == FAULT_ANSWER_LIE || fault->type == FAULT_HOLD_AFTER)
    {
      g_autoptr (GIOStream) engine = connect_engine (self);

      g_assert_nonnull (engine);
      await_answer (engine, request);
    }
  while (fault->type == FAULT_HOLD_AFTER && read_more (client, request))
    ;
  if (fault->type == FAULT_SOCKET)
    accept_socket (self, client, head);
  else if (fault->text != NULL)
    write_all (client, fault->text, strlen (fault->text));
}

/* --- the proxy --- */

static void
note_open (FaultProxy *self, GIOStream *stream, gboolean open)
{
  g_mutex_lock (&self->mutex);
  if (open)
    g_ptr_array_add (self->open, g_object_ref (stream));
  else
    g_ptr_array_remove_fast (self->open, stream);
  g_mutex_unlock (&self->mutex);
}

typedef struct
{
  FaultProxy *proxy;
  GIOStream *client;
} Visit;

static gpointer
serve (gpointer data)
{
  g_autofree Visit *visit = data;
  FaultProxy *self = visit->proxy;
  g_autoptr (GIOStream) client = visit->client;
  g_autoptr (GIOStream) engine = NULL;
  g_autoptr (GByteArray) request = g_byte_array_new ();
  g_autofree char *head = NULL;
  Fault *fault;

  while (request->len < whole_length (request) && read_more (client, request))
    ;
  if (request->len >= whole_length (request))
    {
      head = g_strndup ((char *) request->data, request->len);
      fault = take_fault (self, head);
      if (fault != NULL)
        {
          spoil (self, fault, client, request, head);
          fault_free (fault);
        }
      else if ((engine = connect_engine (self)) != NULL)
        {
          note_open (self, engine, TRUE);
          send_request (engine, request, head);
          pass_on (client, engine);
          note_open (self, engine, FALSE);
        }
    }
  note_open (self, client, FALSE);
  g_io_stream_close (client, NULL, NULL);

  return NULL;
}

static gpointer
accept_all (gpointer data)
{
  FaultProxy *self = data;
  GSocketConnection *connection;

  while ((connection = g_socket_listener_accept (self->listener, NULL, self->cancellable, NULL)) != NULL)
    {
      Visit *visit = g_new (Visit, 1);
      gboolean refuse;

      g_mutex_lock (&self->mutex);
      refuse = self->refuse;
      g_mutex_unlock (&self->mutex);
      if (refuse)
        {
          g_object_unref (connection);
          g_free (visit);
          continue;
        }
      *visit = (Visit) { self, G_IO_STREAM (connection) };
      note_open (self, G_IO_STREAM (connection), TRUE);
      g_ptr_array_add (self->threads, g_thread_new ("proxy", serve, visit));
    }

  return NULL;
}

FaultProxy *
fault_proxy_new (const char *target)
{
  FaultProxy *self = g_new0 (FaultProxy, 1);
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GError) error = NULL;

  g_mutex_init (&self->mutex);
  self->target = g_strdup (target);
  self->faults = g_ptr_array_new_with_free_func (fault_free);
  self->heads = g_ptr_array_new_with_free_func (g_free);
  self->threads = g_ptr_array_new ();
  self->open = g_ptr_array_new_with_free_func (g_object_unref);
  self->dir = g_dir_make_tmp ("regie-proxy-XXXXXX", &error);
  g_assert_no_error (error);
  self->socket = g_build_filename (self->dir, "s", NULL);
  self->listener = g_socket_listener_new ();
  self->cancellable = g_cancellable_new ();
  address = g_unix_socket_address_new (self->socket);
  g_socket_listener_add_address (self->listener, address, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT,
                                 NULL, NULL, &error);
  g_assert_no_error (error);
  self->thread = g_thread_new ("proxy-accept", accept_all, self);

  return self;
}

void
fault_proxy_free (FaultProxy *self)
{
  g_cancellable_cancel (self->cancellable);
  g_thread_join (self->thread);
  fault_proxy_cut_all (self, TRUE);
  for (guint i = 0; i < self->threads->len; i++)
    g_thread_join (g_ptr_array_index (self->threads, i));
  g_socket_listener_close (self->listener);
  g_object_unref (self->listener);
  g_object_unref (self->cancellable);
  g_unlink (self->socket);
  g_rmdir (self->dir);
  g_free (self->target);
  g_free (self->dir);
  g_free (self->socket);
  g_ptr_array_unref (self->faults);
  g_ptr_array_unref (self->heads);
  g_ptr_array_unref (self->threads);
  g_ptr_array_unref (self->open);
  g_clear_object (&self->held);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

const char *
fault_proxy_get_socket (FaultProxy *self)
{
  return self->socket;
}

void
fault_proxy_add (FaultProxy *self, const char *start, FaultType type, const char *text)
{
  Fault *fault = g_new (Fault, 1);

  *fault = (Fault) { g_strdup (start), g_strdup (text), type };
  g_mutex_lock (&self->mutex);
  g_ptr_array_add (self->faults, fault);
  g_mutex_unlock (&self->mutex);
}

guint
fault_proxy_count_faults (FaultProxy *self)
{
  guint n;

  g_mutex_lock (&self->mutex);
  n = self->faults->len;
  g_mutex_unlock (&self->mutex);

  return n;
}

gboolean
fault_proxy_send (FaultProxy *self, const char *text)
{
  g_autoptr (GIOStream) held = NULL;
  g_autoptr (GBytes) frame = scripted_frame (TRUE, 1, text, strlen (text));

  g_mutex_lock (&self->mutex);
  g_set_object (&held, self->held);
  g_mutex_unlock (&self->mutex);
  if (held == NULL)
    return FALSE;
  write_all (held, g_bytes_get_data (frame, NULL), g_bytes_get_size (frame));

  return TRUE;
}

void
fault_proxy_cut_all (FaultProxy *self, gboolean refuse)
{
  g_mutex_lock (&self->mutex);
  self->refuse = refuse;
  for (guint i = 0; i < self->open->len; i++)
    g_socket_shutdown (g_socket_connection_get_socket (g_ptr_array_index (self->open, i)), TRUE, TRUE, NULL);
  g_mutex_unlock (&self->mutex);
}

void
fault_proxy_allow (FaultProxy *self)
{
  g_mutex_lock (&self->mutex);
  self->refuse = FALSE;
  g_mutex_unlock (&self->mutex);
}

GPtrArray *
fault_proxy_list_requests (FaultProxy *self, const char *start)
{
  GPtrArray *found = g_ptr_array_new_with_free_func (g_free);

  g_mutex_lock (&self->mutex);
  for (guint i = 0; i < self->heads->len; i++)
    {
      if (g_str_has_prefix (g_ptr_array_index (self->heads, i), start))
        g_ptr_array_add (found, g_strdup (g_ptr_array_index (self->heads, i)));
    }
  g_mutex_unlock (&self->mutex);

  return found;
}
