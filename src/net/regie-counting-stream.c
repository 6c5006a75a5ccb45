/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-counting-stream.h"

#include <string.h>

/* --- the input side --- */

#define REGIE_TYPE_COUNTING_INPUT (regie_counting_input_get_type ())
G_DECLARE_FINAL_TYPE (RegieCountingInput, regie_counting_input, REGIE, COUNTING_INPUT, GInputStream)

struct _RegieCountingInput
{
  GInputStream parent_instance;
  GPollableInputStream *base;
  GBytes *first; /* what is left of what was read before, or NULL */
  gsize count, limit;
  gboolean exceeded;
};

static void regie_counting_input_pollable_init (GPollableInputStreamInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (RegieCountingInput,
                               regie_counting_input,
                               G_TYPE_INPUT_STREAM,
                               G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_INPUT_STREAM,
                                                      regie_counting_input_pollable_init))

static gssize
take_first (RegieCountingInput *self, void *buffer, gsize count)
{
  gsize size = g_bytes_get_size (self->first);
  gsize n = MIN (count, size);
  g_autoptr (GBytes) rest = NULL;

  memcpy (buffer, g_bytes_get_data (self->first, NULL), n);
  if (n < size)
    rest = g_bytes_new_from_bytes (self->first, n, size - n);
  g_bytes_unref (self->first);
  self->first = g_steal_pointer (&rest);

  return n;
}

/* N bytes came (or -1): passes N on, or fails when that is over the limit. */
static gssize
count_in (RegieCountingInput *self, gssize n, GError **error)
{
  if (n <= 0)
    return n;
  self->count += n;
  if (self->limit == 0 || self->count <= self->limit)
    return n;

  self->exceeded = TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE, "a message is larger than %zu bytes",
               self->limit);

  return -1;
}

static gssize
regie_counting_input_read (GInputStream *stream,
                           void *buffer,
                           gsize count,
                           GCancellable *cancellable,
                           GError **error)
{
  RegieCountingInput *self = REGIE_COUNTING_INPUT (stream);

  if (self->first != NULL)
    return count_in (self, take_first (self, buffer, count), error);

  return count_in (self, g_input_stream_read (G_INPUT_STREAM (self->base), buffer, count, cancellable, error),
                   error);
}

static gboolean
regie_counting_input_close (GInputStream *stream, GCancellable *cancellable, GError **error)
{
  return g_input_stream_close (G_INPUT_STREAM (REGIE_COUNTING_INPUT (stream)->base), cancellable, error);
}

static gboolean
is_readable (GPollableInputStream *stream)
{
  RegieCountingInput *self = REGIE_COUNTING_INPUT (stream);

  return self->first != NULL || g_pollable_input_stream_is_readable (self->base);
}

static gssize
read_nonblocking (GPollableInputStream *stream, void *buffer, gsize count, GError **error)
{
  RegieCountingInput *self = REGIE_COUNTING_INPUT (stream);

  if (self->first != NULL)
    return count_in (self, take_first (self, buffer, count), error);

  return count_in (self, g_pollable_input_stream_read_nonblocking (self->base, buffer, count, NULL, error),
                   error);
}

static GSource *
create_source (GPollableInputStream *stream, GCancellable *cancellable)
{
  RegieCountingInput *self = REGIE_COUNTING_INPUT (stream);
  g_autoptr (GSource) base = NULL;

  if (self->first != NULL)
    base = g_timeout_source_new (0);
  else
    base = g_pollable_input_stream_create_source (self->base, NULL);

  return g_pollable_source_new_full (stream, base, cancellable);
}

static void
regie_counting_input_pollable_init (GPollableInputStreamInterface *iface)
{
  iface->is_readable = is_readable;
  iface->read_nonblocking = read_nonblocking;
  iface->create_source = create_source;
}

static void
regie_counting_input_finalize (GObject *object)
{
  RegieCountingInput *self = REGIE_COUNTING_INPUT (object);

  g_clear_object (&self->base);
  g_clear_pointer (&self->first, g_bytes_unref);

  G_OBJECT_CLASS (regie_counting_input_parent_class)->finalize (object);
}

static void
regie_counting_input_class_init (RegieCountingInputClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = regie_counting_input_finalize;
  G_INPUT_STREAM_CLASS (klass)->read_fn = regie_counting_input_read;
  G_INPUT_STREAM_CLASS (klass)->close_fn = regie_counting_input_close;
}

static void
regie_counting_input_init (RegieCountingInput *self)
{
}

/* --- the whole --- */

struct _RegieCountingStream
{
  GIOStream parent_instance;
  GIOStream *base;
  RegieCountingInput *input;
};

G_DEFINE_FINAL_TYPE (RegieCountingStream, regie_counting_stream, G_TYPE_IO_STREAM)

static GInputStream *
regie_counting_stream_get_input (GIOStream *stream)
{
  return G_INPUT_STREAM (REGIE_COUNTING_STREAM (stream)->input);
}

static GOutputStream *
regie_counting_stream_get_output (GIOStream *stream)
{
  return g_io_stream_get_output_stream (REGIE_COUNTING_STREAM (stream)->base);
}

static gboolean
regie_counting_stream_close (GIOStream *stream, GCancellable *cancellable, GError **error)
{
  return g_io_stream_close (REGIE_COUNTING_STREAM (stream)->base, cancellable, error);
}

static void
regie_counting_stream_finalize (GObject *object)
{
  RegieCountingStream *self = REGIE_COUNTING_STREAM (object);

  g_clear_object (&self->input);
  g_clear_object (&self->base);

  G_OBJECT_CLASS (regie_counting_stream_parent_class)->finalize (object);
}

static void
regie_counting_stream_class_init (RegieCountingStreamClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = regie_counting_stream_finalize;
  G_IO_STREAM_CLASS (klass)->get_input_stream = regie_counting_stream_get_input;
  G_IO_STREAM_CLASS (klass)->get_output_stream = regie_counting_stream_get_output;
  G_IO_STREAM_CLASS (klass)->close_fn = regie_counting_stream_close;
}

static void
regie_counting_stream_init (RegieCountingStream *self)
{
}

RegieCountingStream *
regie_counting_stream_new (GIOStream *base, GBytes *read_already)
{
  RegieCountingStream *self = g_object_new (REGIE_TYPE_COUNTING_STREAM, NULL);

  self->base = g_object_ref (base);
  self->input = g_object_new (REGIE_TYPE_COUNTING_INPUT, NULL);
  self->input->base = G_POLLABLE_INPUT_STREAM (g_object_ref (g_io_stream_get_input_stream (base)));
  if (read_already != NULL && g_bytes_get_size (read_already) > 0)
    self->input->first = g_bytes_ref (read_already);

  return self;
}

void
regie_counting_stream_set_limit (RegieCountingStream *self, gsize bytes)
{
  self->input->limit = bytes;
}

void
regie_counting_stream_forget (RegieCountingStream *self)
{
  self->input->count = 0;
}

gboolean
regie_counting_stream_is_exceeded (RegieCountingStream *self)
{
  return self->input->exceeded;
}
