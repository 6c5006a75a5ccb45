/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-web-socket.h"

#include <libsoup/soup.h>

#include "regie-limits.h"
#include "regie-net-thread.h"
#include "regie-web-socket-private.h"

#define CONNECT_MS       10000
#define KEEPALIVE_S      20
#define PONG_TIMEOUT_S   10
#define MAX_QUEUED       4096
#define MAX_QUEUED_BYTES (32u * 1024 * 1024)
#define FRAME_OVERHEAD   (64u * 1024)
/* What one dispatch may take of the reader's loop. */
#define DISPATCH_US 4000

typedef enum
{
  ITEM_OPENED,
  ITEM_MESSAGE,
  ITEM_CLOSED
} ItemType;

typedef struct
{
  ItemType type;
  gpointer message;
  gsize size;
  GError *error;
} Item;

/* What both threads hold. OWNER belongs to the reader's thread, the rest of the second block to net's. */
typedef struct
{
  gatomicrefcount refs;
  RegieEndpoint *endpoint;
  char *path;
  GStrv headers;
  RegieWebSocketOptions options;
  GMainContext *context;
  RegieWebSocket *owner;

  GCancellable *cancellable;
  RegieCountingStream *stream;
  SoupWebsocketConnection *connection;
  gboolean ended;

  GMutex mutex;
  GQueue queue; /* Item */
  gsize queued_bytes;
  guint n_messages;
  gboolean scheduled;
} Link;

struct _RegieWebSocket
{
  GObject parent_instance;
  Link *link;
};

G_DEFINE_FINAL_TYPE (RegieWebSocket, regie_web_socket, G_TYPE_OBJECT)

enum
{
  OPENED,
  MESSAGE,
  CLOSED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
free_message (Link *link, gpointer message)
{
  if (message == NULL)
    return;
  if (link->options.decode == NULL)
    g_bytes_unref (message);
  else if (link->options.free_message != NULL)
    link->options.free_message (message);
}

static void
item_free (Link *link, Item *item)
{
  free_message (link, item->message);
  g_clear_error (&item->error);
  g_free (item);
}

static void
link_unref (gpointer data)
{
  Link *link = data;
  Item *item;

  if (!g_atomic_ref_count_dec (&link->refs))
    return;
  while ((item = g_queue_pop_head (&link->queue)) != NULL)
    item_free (link, item);
  if (link->options.free_data != NULL)
    link->options.free_data (link->options.data);
  regie_endpoint_unref (link->endpoint);
  g_free (link->path);
  g_strfreev (link->headers);
  g_clear_object (&link->cancellable);
  g_main_context_unref (link->context);
  g_mutex_clear (&link->mutex);
  g_free (link);
}

static Link *
link_ref (Link *link)
{
  g_atomic_ref_count_inc (&link->refs);

  return link;
}

/* --- the reader's side --- */

static Item *
pop (Link *link, gboolean *more)
{
  Item *item;

  g_mutex_lock (&link->mutex);
  item = g_queue_pop_head (&link->queue);
  if (item != NULL && item->type == ITEM_MESSAGE)
    {
      link->queued_bytes -= item->size;
      link->n_messages--;
    }
  *more = !g_queue_is_empty (&link->queue);
  if (!*more)
    link->scheduled = FALSE;
  g_mutex_unlock (&link->mutex);

  return item;
}

static void
deliver (RegieWebSocket *self, Item *item)
{
  switch (item->type)
    {
    case ITEM_OPENED:
      g_signal_emit (self, signals[OPENED], 0);
      break;
    case ITEM_MESSAGE:
      g_signal_emit (self, signals[MESSAGE], 0, item->message);
      break;
    case ITEM_CLOSED:
      g_signal_emit (self, signals[CLOSED], 0, item->error);
      break;
    default:
      g_assert_not_reached ();
    }
}

static gboolean
dispatch (gpointer data)
{
  Link *link = data;
  gint64 until = g_get_monotonic_time () + DISPATCH_US;
  gboolean more = TRUE;

  while (more)
    {
      Item *item = pop (link, &more);

      if (item == NULL)
        break;
      if (link->owner != NULL)
        {
          g_autoptr (RegieWebSocket) self = g_object_ref (link->owner);

          deliver (self, item);
        }
      item_free (link, item);
      if (more && g_get_monotonic_time () > until)
        return G_SOURCE_CONTINUE;
    }

  return G_SOURCE_REMOVE;
}

/* --- net's side --- */

static void
push_locked (Link *link, Item *item)
{
  g_queue_push_tail (&link->queue, item);
  if (!link->scheduled)
    {
      g_autoptr (GSource) source = g_idle_source_new ();

      link->scheduled = TRUE;
      g_source_set_priority (source, G_PRIORITY_DEFAULT);
      g_source_set_callback (source, dispatch, link_ref (link), link_unref);
      g_source_set_static_name (source, "[regie] web socket");
      g_source_attach (source, link->context);
    }
}

static void
push (Link *link, ItemType type, GError *error)
{
  Item *item = g_new0 (Item, 1);

  item->type = type;
  item->error = error;
  g_mutex_lock (&link->mutex);
  push_locked (link, item);
  g_mutex_unlock (&link->mutex);
}

/* FALSE: no room, MESSAGE is still the caller's. */
static gboolean
push_message (Link *link, gpointer message, gsize size)
{
  gboolean room;

  g_mutex_lock (&link->mutex);
  room = link->n_messages < link->options.max_queued &&
         link->queued_bytes + size <= link->options.max_queued_bytes;
  if (room)
    {
      Item *item = g_new0 (Item, 1);

      item->type = ITEM_MESSAGE;
      item->message = message;
      item->size = size;
      link->queued_bytes += size;
      link->n_messages++;
      push_locked (link, item);
    }
  g_mutex_unlock (&link->mutex);

  return room;
}

/* Ends the link once, with ERROR (taken) as the reason. */
static void
end (Link *link, GError *error)
{
  if (link->ended)
    {
      g_clear_error (&error);
      return;
    }
  link->ended = TRUE;
  if (link->connection != NULL)
    {
      g_signal_handlers_disconnect_by_data (link->connection, link);
      if (soup_websocket_connection_get_state (link->connection) == SOUP_WEBSOCKET_STATE_OPEN)
        soup_websocket_connection_close (link->connection, SOUP_WEBSOCKET_CLOSE_GOING_AWAY, NULL);
    }
  g_clear_object (&link->connection);
  if (link->stream != NULL)
    g_io_stream_close (G_IO_STREAM (link->stream), NULL, NULL);
  g_clear_object (&link->stream);
  push (link, ITEM_CLOSED, error);
}

static void
on_message (SoupWebsocketConnection *connection, int type, GBytes *bytes, Link *link)
{
  GError *error = NULL;
  gpointer message;

  regie_counting_stream_forget (link->stream);
  if (type != SOUP_WEBSOCKET_DATA_TEXT)
    return;
  if (g_bytes_get_size (bytes) > link->options.max_message)
    {
      end (link, g_error_new (REGIE_ERROR, REGIE_ERROR_TOO_LARGE, "a message has more than %zu bytes",
                              link->options.max_message));
      return;
    }

  message = link->options.decode != NULL ? link->options.decode (bytes, link->options.data, &error)
                                         : g_bytes_ref (bytes);
  if (message == NULL)
    {
      end (link, error);
    }
  else if (!push_message (link, message, g_bytes_get_size (bytes)))
    {
      free_message (link, message);
      end (link, g_error_new (REGIE_ERROR, REGIE_ERROR_LIMITED, "messages come faster than they are taken"));
    }
}

static void
on_error (SoupWebsocketConnection *connection, GError *error, Link *link)
{
  RegieError code = REGIE_ERROR_FAILED;

  if (regie_counting_stream_is_exceeded (link->stream) ||
      g_error_matches (error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_CLOSE_TOO_BIG))
    code = REGIE_ERROR_TOO_LARGE;
  else if (error->domain == SOUP_WEBSOCKET_ERROR && (error->code == SOUP_WEBSOCKET_CLOSE_PROTOCOL_ERROR ||
                                                     error->code == SOUP_WEBSOCKET_CLOSE_BAD_DATA))
    code = REGIE_ERROR_PROTOCOL;
  end (link, g_error_new_literal (REGIE_ERROR, code, error->message));
}

static void
on_closed (SoupWebsocketConnection *connection, Link *link)
{
  const char *reason = soup_websocket_connection_get_close_data (connection);

  end (link, g_error_new (REGIE_ERROR, REGIE_ERROR_FAILED, "the other side ended the link (%u%s%s)",
                          soup_websocket_connection_get_close_code (connection), reason != NULL ? " " : "",
                          reason != NULL ? reason : ""));
}

static void
on_connected (RegieCountingStream *stream, GError *error, gpointer data)
{
  Link *link = data;
  g_autoptr (GUri) uri = NULL;

  if (link->ended) /* dropped meanwhile */
    {
      g_clear_error (&error);
      if (stream != NULL)
        g_io_stream_close (G_IO_STREAM (stream), NULL, NULL);
      g_clear_object (&stream);
      link_unref (link);
      return;
    }
  if (stream == NULL)
    {
      if (error->domain != REGIE_ERROR)
        {
          GError *mapped = g_error_new_literal (REGIE_ERROR, REGIE_ERROR_UNREACHABLE, error->message);

          g_clear_error (&error);
          error = mapped;
        }
      end (link, error);
      link_unref (link);
      return;
    }

  link->stream = stream;
  uri = regie_endpoint_resolve (link->endpoint, link->path, NULL);
  link->connection = soup_websocket_connection_new (G_IO_STREAM (stream), uri,
                                                    SOUP_WEBSOCKET_CONNECTION_CLIENT, NULL, NULL, NULL);
  soup_websocket_connection_set_max_incoming_payload_size (link->connection, link->options.max_message);
  soup_websocket_connection_set_keepalive_interval (link->connection, link->options.keepalive_s);
  soup_websocket_connection_set_keepalive_pong_timeout (link->connection, link->options.pong_timeout_s);
  regie_counting_stream_set_limit (stream, link->options.max_message + FRAME_OVERHEAD);
  g_signal_connect (link->connection, "message", G_CALLBACK (on_message), link);
  g_signal_connect (link->connection, "error", G_CALLBACK (on_error), link);
  g_signal_connect (link->connection, "closed", G_CALLBACK (on_closed), link);
  push (link, ITEM_OPENED, NULL);
  link_unref (link);
}

static void
start (gpointer data)
{
  Link *link = data;

  regie_web_socket_connect (link->endpoint, link->path, (const char *const *) link->headers,
                            link->options.connect_ms, link->cancellable, on_connected, link_ref (link));
}

static void
stop (gpointer data)
{
  Link *link = data;

  g_cancellable_cancel (link->cancellable);
  end (link, NULL);
}

/* --- the object --- */

static void
regie_web_socket_dispose (GObject *object)
{
  RegieWebSocket *self = REGIE_WEB_SOCKET (object);

  if (self->link != NULL)
    {
      self->link->owner = NULL;
      regie_net_invoke (stop, g_steal_pointer (&self->link), link_unref);
    }

  G_OBJECT_CLASS (regie_web_socket_parent_class)->dispose (object);
}

static void
regie_web_socket_class_init (RegieWebSocketClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = regie_web_socket_dispose;

  signals[OPENED] = g_signal_new ("opened", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 0);
  signals[MESSAGE] = g_signal_new ("message", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
  signals[CLOSED] = g_signal_new ("closed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
regie_web_socket_init (RegieWebSocket *self)
{
}

#define OR(value, fallback) ((value) != 0 ? (value) : (fallback))

RegieWebSocket *
regie_web_socket_new (RegieEndpoint *endpoint, const RegieWebSocketOptions *options)
{
  RegieWebSocket *self = g_object_new (REGIE_TYPE_WEB_SOCKET, NULL);
  Link *link = g_new0 (Link, 1);

  g_atomic_ref_count_init (&link->refs);
  link->endpoint = regie_endpoint_ref (endpoint);
  link->path = g_strdup (options->path);
  link->headers = g_strdupv ((GStrv) options->headers);
  link->options = *options;
  link->options.path = NULL;
  link->options.headers = NULL;
  link->options.connect_ms = OR (options->connect_ms, CONNECT_MS);
  link->options.keepalive_s = OR (options->keepalive_s, KEEPALIVE_S);
  link->options.pong_timeout_s = OR (options->pong_timeout_s, PONG_TIMEOUT_S);
  link->options.max_message = OR (options->max_message, REGIE_LIMIT_WS_BYTES);
  link->options.max_queued = OR (options->max_queued, MAX_QUEUED);
  link->options.max_queued_bytes = OR (options->max_queued_bytes, MAX_QUEUED_BYTES);
  link->context = g_main_context_ref_thread_default ();
  link->cancellable = g_cancellable_new ();
  link->owner = self;
  g_mutex_init (&link->mutex);
  g_queue_init (&link->queue);
  self->link = link;
  regie_net_invoke (start, link_ref (link), link_unref);

  return self;
}

guint
regie_web_socket_get_n_queued (RegieWebSocket *self)
{
  guint n;

  g_return_val_if_fail (REGIE_IS_WEB_SOCKET (self), 0);

  g_mutex_lock (&self->link->mutex);
  n = self->link->n_messages;
  g_mutex_unlock (&self->link->mutex);

  return n;
}
