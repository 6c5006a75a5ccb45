/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-api-private.h"

#include <errno.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/regie-error.h"
#include "core/regie-limits.h"

/* The engine's own socket: for this user only, and never more connections than the limit. */

#define ACCEPTS_A_TURN 64
#define RETRY_MS       100

struct _RegieListener
{
  SoupServer *server; /* of the API that owns this */
  char *path;
  GSocket *socket;
  int mute_fd; /* nobody writes to it; see keep_alive */
  GSource *source;
  guint retry;
  guint *n_connections; /* outlives the listener in the streams */
  dev_t device;
  ino_t inode;
};

static GQuark
stream_quark (void)
{
  return g_quark_from_static_string ("regie-api-stream");
}

RegieApiStream *
regie_listener_find_stream (SoupServerMessage *request)
{
  GSocketAddress *address = soup_server_message_get_remote_address (request);

  return address != NULL ? g_object_get_qdata (G_OBJECT (address), stream_quark ()) : NULL;
}

/* --- making the socket --- */

static gboolean
refuse (GError **error, RegieError code, const char *path, const char *why)
{
  g_set_error (error, REGIE_ERROR, code, "Cannot listen on %s: %s", path, why);

  return FALSE;
}

/* Nobody else may be able to put a socket of theirs in the place of ours. */
static gboolean
prepare_folder (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  GStatBuf info;

  if (g_mkdir_with_parents (folder, 0700) != 0 || g_stat (folder, &info) != 0)
    return refuse (error, errno == ENOSPC ? REGIE_ERROR_FULL : REGIE_ERROR_READ_ONLY, path,
                   g_strerror (errno));
  if (info.st_uid != geteuid () && !(info.st_mode & S_ISVTX))
    return refuse (error, REGIE_ERROR_DENIED, path, "its folder belongs to another user");
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) && !(info.st_mode & S_ISVTX))
    return refuse (error, REGIE_ERROR_DENIED, path, "others may write into its folder");

  return TRUE;
}

static gboolean
remove_stale (const char *path, GSocketAddress *address, GError **error)
{
  g_autoptr (GSocket) probe = NULL;
  g_autoptr (GError) wrong = NULL;
  GStatBuf info;

  if (g_lstat (path, &info) != 0)
    return TRUE;
  if (!S_ISSOCK (info.st_mode))
    return refuse (error, REGIE_ERROR_INVALID, path, "there is something else than a socket at this place");
  probe = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, error);
  if (probe == NULL)
    return FALSE;
  if (g_socket_connect (probe, address, NULL, &wrong))
    return refuse (error, REGIE_ERROR_LOCKED, path,
                   "another engine answers there; stop it or choose another --socket");
  if (!g_error_matches (wrong, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED))
    return refuse (error, REGIE_ERROR_LOCKED, path, wrong->message);
  g_message ("Taking over %s, which an engine left behind", path);

  return g_unlink (path) == 0 || errno == ENOENT ||
         refuse (error, REGIE_ERROR_READ_ONLY, path, g_strerror (errno));
}

static GSocket *
open_socket (const char *path, GError **error)
{
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GSocket) socket = NULL;

  if (strlen (path) >= sizeof ((struct sockaddr_un *) NULL)->sun_path)
    {
      refuse (error, REGIE_ERROR_INVALID, path,
              "a socket's path has at most 107 bytes; choose a shorter --socket");
      return NULL;
    }
  address = g_unix_socket_address_new (path);
  if (!prepare_folder (path, error) || !remove_stale (path, address, error))
    return NULL;
  socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, error);
  if (socket == NULL)
    return NULL;
  g_socket_set_blocking (socket, FALSE);
  g_socket_set_listen_backlog (socket, REGIE_LIMIT_CONNECTIONS);
  /* The process's umask (077) keeps others out from the first moment. */
  if (!g_socket_bind (socket, address, FALSE, error) || !g_socket_listen (socket, error))
    return NULL;
  if (g_chmod (path, 0600) != 0)
    {
      refuse (error, REGIE_ERROR_READ_ONLY, path, g_strerror (errno));
      return NULL;
    }

  return g_steal_pointer (&socket);
}

/* --- connections --- */

static gboolean
is_allowed (GSocket *socket)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GCredentials) credentials = g_socket_get_credentials (socket, &error);
  uid_t uid = credentials != NULL ? g_credentials_get_unix_user (credentials, &error) : (uid_t) -1;

  if (uid == geteuid () && uid != (uid_t) -1)
    return TRUE;
  if (error != NULL)
    g_message ("A connection was refused, since its user is not known: %s", error->message);
  else
    g_message ("A connection of user %u was refused: this engine is user %u's", (guint) uid,
               (guint) geteuid ());

  return FALSE;
}

static void
on_stream_gone (gpointer data, GObject *stream)
{
  guint *n_connections = data;

  (*n_connections)--;
  g_rc_box_release (n_connections);
}

static void
turn_away (GSocket *socket)
{
  static const char answer[] =
      "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"
      "Retry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

  g_socket_send (socket, answer, strlen (answer), NULL, NULL);
  g_message ("A connection was refused: there are %u already", REGIE_LIMIT_CONNECTIONS);
}

static void
hand_over (RegieListener *self, GSocket *socket)
{
  g_autoptr (GSocketConnection) connection = g_socket_connection_factory_create_connection (socket);
  g_autoptr (RegieApiStream) stream = regie_api_stream_new (G_IO_STREAM (connection));
  g_autoptr (GSocketAddress) local = g_unix_socket_address_new (self->path);
  g_autoptr (GSocketAddress) remote =
      g_unix_socket_address_new_with_type ("", 0, G_UNIX_SOCKET_ADDRESS_ANONYMOUS);
  g_autoptr (GError) error = NULL;

  /* The address is an object of its own for each connection, which is how a request is traced back to it. */
  g_object_set_qdata (G_OBJECT (remote), stream_quark (), stream);
  (*self->n_connections)++;
  g_object_weak_ref (G_OBJECT (stream), on_stream_gone, g_rc_box_acquire (self->n_connections));
  if (!soup_server_accept_iostream (self->server, G_IO_STREAM (stream), local, remote, &error))
    g_message ("A connection could not be served: %s", error->message);
}

static gboolean on_incoming (GSocket *socket, GIOCondition condition, gpointer data);

static void
watch (RegieListener *self)
{
  self->source = g_socket_create_source (self->socket, G_IO_IN, NULL);
  g_source_set_callback (self->source, G_SOURCE_FUNC (on_incoming), self, NULL);
  g_source_attach (self->source, g_main_context_get_thread_default ());
}

static gboolean
on_retry (gpointer data)
{
  RegieListener *self = data;

  self->retry = 0;
  watch (self);

  return G_SOURCE_REMOVE;
}

static gboolean
on_incoming (GSocket *listening, GIOCondition condition, gpointer data)
{
  RegieListener *self = data;

  for (guint i = 0; i < ACCEPTS_A_TURN; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GSocket) socket = g_socket_accept (listening, NULL, &error);

      if (socket == NULL && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        break;
      if (socket == NULL)
        {
          g_message ("Cannot accept a connection: %s", error->message);
          g_clear_pointer (&self->source, g_source_unref);
          self->retry = g_timeout_add (RETRY_MS, on_retry, self);
          return G_SOURCE_REMOVE;
        }
      g_socket_set_blocking (socket, FALSE);
      if (!is_allowed (socket))
        continue;
      if (*self->n_connections >= REGIE_LIMIT_CONNECTIONS)
        turn_away (socket);
      else
        hand_over (self, socket);
    }

  return G_SOURCE_CONTINUE;
}

/* libsoup keeps a connection open for its next request only while the server has a listener of its own. It
 * gets one that never has anything to accept, since the connections are taken here. */
static gboolean
keep_alive (RegieListener *self, GError **error)
{
  g_autoptr (GSocket) socket = NULL;
  int fds[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) != 0)
    return refuse (error, REGIE_ERROR_FAILED, self->path, g_strerror (errno));
  self->mute_fd = fds[1];
  socket = g_socket_new_from_fd (fds[0], error);
  if (socket == NULL)
    {
      close (fds[0]);
      return FALSE;
    }

  return soup_server_listen_socket (self->server, socket, 0, error);
}

RegieListener *
regie_listener_new (SoupServer *server, const char *path, GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  GSocket *socket = open_socket (absolute, error);
  RegieListener *self;
  GStatBuf info;

  if (socket == NULL)
    return NULL;
  self = g_new0 (RegieListener, 1);
  self->server = server;
  self->path = g_steal_pointer (&absolute);
  self->socket = socket;
  self->n_connections = g_rc_box_new0 (guint);
  self->mute_fd = -1;
  if (g_stat (self->path, &info) == 0)
    {
      self->device = info.st_dev;
      self->inode = info.st_ino;
    }
  if (!keep_alive (self, error))
    {
      regie_listener_free (self);
      return NULL;
    }

  return self;
}

void
regie_listener_start (RegieListener *self)
{
  if (self->source == NULL && self->retry == 0)
    watch (self);
}

guint
regie_listener_count (RegieListener *self)
{
  return *self->n_connections;
}

void
regie_listener_free (RegieListener *self)
{
  GStatBuf info;

  g_clear_handle_id (&self->retry, g_source_remove);
  if (self->source != NULL)
    g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
  g_socket_close (self->socket, NULL);
  g_clear_object (&self->socket);
  g_clear_fd (&self->mute_fd, NULL);
  /* Another engine's socket may stand there by now. */
  if (g_lstat (self->path, &info) == 0 && info.st_dev == self->device && info.st_ino == self->inode)
    g_unlink (self->path);
  g_rc_box_release (self->n_connections);
  g_free (self->path);
  g_free (self);
}
