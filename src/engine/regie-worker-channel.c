/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-worker"

#include "regie-worker-protocol.h"

#include <errno.h>
#include <glib-unix.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHUNK_BYTES (64 * 1024)

struct _RegieWorkerChannel
{
  int fd;
  RegieWorkerMessageFunc on_message;
  RegieWorkerClosedFunc on_closed;
  gpointer data;
  GByteArray *in;
  guint in_source;
  gboolean dispatching; /* a message is being told; *freed is set when that frees the channel */
  gboolean *freed;

  GMutex lock; /* of what follows */
  GByteArray *out;
  gsize sent; /* of out */
  guint out_source;
  gboolean closed;
};

/* --- out --- */

/* Hands to the kernel what it takes; TRUE when nothing is left. Locked. */
static gboolean
write_some (RegieWorkerChannel *self)
{
  while (!self->closed && self->sent < self->out->len)
    {
      ssize_t n = send (self->fd, self->out->data + self->sent, self->out->len - self->sent, MSG_NOSIGNAL);

      if (n > 0)
        self->sent += n;
      else if (n < 0 && errno == EINTR)
        continue;
      else if (n < 0 && errno == EAGAIN)
        return FALSE;
      else
        self->closed = TRUE;
    }
  g_byte_array_set_size (self->out, 0);
  self->sent = 0;

  return TRUE;
}

static gboolean
on_writable (int fd, GIOCondition condition, gpointer data)
{
  RegieWorkerChannel *self = data;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (!write_some (self))
    return G_SOURCE_CONTINUE;
  self->out_source = 0;

  return G_SOURCE_REMOVE;
}

void
regie_worker_channel_send (RegieWorkerChannel *self, JsonObject *message)
{
  g_autofree char *text = regie_json_object_to_string (message);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->closed)
    return;
  g_byte_array_append (self->out, (const guint8 *) text, strlen (text));
  g_byte_array_append (self->out, (const guint8 *) "\n", 1);
  if (self->out_source == 0 && !write_some (self))
    self->out_source = g_unix_fd_add (self->fd, G_IO_OUT | G_IO_HUP | G_IO_ERR, on_writable, self);
}

void
regie_worker_channel_flush (RegieWorkerChannel *self, guint timeout)
{
  gint64 deadline = g_get_monotonic_time () + timeout * G_TIME_SPAN_MILLISECOND;

  for (;;)
    {
      struct pollfd poll_fd = { .fd = self->fd, .events = POLLOUT };
      gint64 left = (deadline - g_get_monotonic_time ()) / G_TIME_SPAN_MILLISECOND;
      gboolean done;

      g_mutex_lock (&self->lock);
      done = write_some (self);
      g_mutex_unlock (&self->lock);
      if (done || left <= 0)
        return;
      poll (&poll_fd, 1, left);
    }
}

/* --- in --- */

static void
tell_line (RegieWorkerChannel *self, const char *line, gsize length)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) message = NULL;

  if (length == 0)
    return;
  message = regie_json_parse_object (line, length, &error);
  if (message == NULL)
    {
      g_warning ("A line that is no message was passed over: %s", error->message);
      return;
    }
  self->on_message (regie_json_get_text (message, "type", ""), message, self->data);
}

/* FALSE when the channel was freed meanwhile. */
static gboolean
tell_lines (RegieWorkerChannel *self)
{
  gboolean freed = FALSE;
  guint8 *end;

  self->freed = &freed;
  while (self->in->len > 0 && (end = memchr (self->in->data, '\n', self->in->len)) != NULL)
    {
      gsize length = end - self->in->data;
      g_autofree char *line = g_strndup ((const char *) self->in->data, length);

      g_byte_array_remove_range (self->in, 0, length + 1);
      tell_line (self, line, length);
      if (freed)
        return FALSE;
    }
  self->freed = NULL;

  return TRUE;
}

static gboolean
on_readable (int fd, GIOCondition condition, gpointer data)
{
  RegieWorkerChannel *self = data;
  guint8 chunk[CHUNK_BYTES];
  ssize_t n = recv (fd, chunk, sizeof chunk, 0);

  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return G_SOURCE_CONTINUE;
  if (n > 0 && self->in->len + n <= REGIE_WORKER_LINE_BYTES)
    {
      g_byte_array_append (self->in, chunk, n);
      return tell_lines (self) ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
    }

  if (n > 0)
    g_warning ("The other side sent a line over %u bytes; the channel is closed", REGIE_WORKER_LINE_BYTES);
  self->in_source = 0;
  g_mutex_lock (&self->lock);
  self->closed = TRUE;
  g_mutex_unlock (&self->lock);
  self->on_closed (self->data);

  return G_SOURCE_REMOVE;
}

/* --- life --- */

RegieWorkerChannel *
regie_worker_channel_new (int fd,
                          RegieWorkerMessageFunc on_message,
                          RegieWorkerClosedFunc on_closed,
                          gpointer data)
{
  RegieWorkerChannel *self = g_new0 (RegieWorkerChannel, 1);

  self->fd = fd;
  self->on_message = on_message;
  self->on_closed = on_closed;
  self->data = data;
  self->in = g_byte_array_new ();
  self->out = g_byte_array_new ();
  g_mutex_init (&self->lock);
  g_unix_set_fd_nonblocking (fd, TRUE, NULL);
  self->in_source = g_unix_fd_add (fd, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, self);

  return self;
}

void
regie_worker_channel_free (RegieWorkerChannel *self)
{
  if (self->freed != NULL)
    *self->freed = TRUE;
  g_clear_handle_id (&self->in_source, g_source_remove);
  g_clear_handle_id (&self->out_source, g_source_remove);
  close (self->fd);
  g_byte_array_unref (self->in);
  g_byte_array_unref (self->out);
  g_mutex_clear (&self->lock);
  g_free (self);
}
