/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-api-private.h"

/* libsoup does not show how much of a WebSocket's queue is still to be sent; what went out of this stream
 * does. */

/* --- the output side --- */

#define REGIE_TYPE_API_OUTPUT (regie_api_output_get_type ())
G_DECLARE_FINAL_TYPE (RegieApiOutput, regie_api_output, REGIE, API_OUTPUT, GFilterOutputStream)

struct _RegieApiOutput
{
  GFilterOutputStream parent_instance;
  RegieApiStream *stream; /* its owner */
};

struct _RegieApiStream
{
  GIOStream parent_instance;
  GIOStream *base;
  RegieApiOutput *output;
  guint64 written;
};

enum
{
  WRITTEN,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static gssize
note_written (RegieApiOutput *self, gssize n)
{
  if (n > 0 && self->stream != NULL)
    {
      self->stream->written += n;
      g_signal_emit (self->stream, signals[WRITTEN], 0);
    }

  return n;
}

static GOutputStream *
base_of (RegieApiOutput *self)
{
  return g_filter_output_stream_get_base_stream (G_FILTER_OUTPUT_STREAM (self));
}

static gboolean
output_is_writable (GPollableOutputStream *stream)
{
  return g_pollable_output_stream_is_writable (
      G_POLLABLE_OUTPUT_STREAM (base_of (REGIE_API_OUTPUT (stream))));
}

static GSource *
output_create_source (GPollableOutputStream *stream, GCancellable *cancellable)
{
  GPollableOutputStream *base = G_POLLABLE_OUTPUT_STREAM (base_of (REGIE_API_OUTPUT (stream)));
  g_autoptr (GSource) source = g_pollable_output_stream_create_source (base, cancellable);

  return g_pollable_source_new_full (stream, source, NULL);
}

static gssize
output_write_nonblocking (GPollableOutputStream *stream, const void *buffer, gsize count, GError **error)
{
  RegieApiOutput *self = REGIE_API_OUTPUT (stream);

  return note_written (self, g_pollable_output_stream_write_nonblocking (
                                 G_POLLABLE_OUTPUT_STREAM (base_of (self)), buffer, count, NULL, error));
}

static void
output_init_pollable (GPollableOutputStreamInterface *iface)
{
  iface->is_writable = output_is_writable;
  iface->create_source = output_create_source;
  iface->write_nonblocking = output_write_nonblocking;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (RegieApiOutput,
                               regie_api_output,
                               G_TYPE_FILTER_OUTPUT_STREAM,
                               G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_OUTPUT_STREAM, output_init_pollable))

static gssize
output_write (GOutputStream *stream,
              const void *buffer,
              gsize count,
              GCancellable *cancellable,
              GError **error)
{
  RegieApiOutput *self = REGIE_API_OUTPUT (stream);

  return note_written (self, g_output_stream_write (base_of (self), buffer, count, cancellable, error));
}

static void
regie_api_output_class_init (RegieApiOutputClass *klass)
{
  G_OUTPUT_STREAM_CLASS (klass)->write_fn = output_write;
}

static void
regie_api_output_init (RegieApiOutput *self)
{
}

/* --- the stream --- */

G_DEFINE_FINAL_TYPE (RegieApiStream, regie_api_stream, G_TYPE_IO_STREAM)

static GInputStream *
stream_get_input (GIOStream *stream)
{
  return g_io_stream_get_input_stream (REGIE_API_STREAM (stream)->base);
}

static GOutputStream *
stream_get_output (GIOStream *stream)
{
  return G_OUTPUT_STREAM (REGIE_API_STREAM (stream)->output);
}

static gboolean
stream_close (GIOStream *stream, GCancellable *cancellable, GError **error)
{
  return g_io_stream_close (REGIE_API_STREAM (stream)->base, cancellable, error);
}

/* Closing a local socket does not block. */
static void
stream_close_async (GIOStream *stream,
                    int priority,
                    GCancellable *cancellable,
                    GAsyncReadyCallback callback,
                    gpointer data)
{
  g_autoptr (GTask) task = g_task_new (stream, cancellable, callback, data);
  GError *error = NULL;

  if (stream_close (stream, cancellable, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static gboolean
stream_close_finish (GIOStream *stream, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
regie_api_stream_finalize (GObject *object)
{
  RegieApiStream *self = REGIE_API_STREAM (object);

  self->output->stream = NULL;
  g_clear_object (&self->output);
  g_clear_object (&self->base);
  G_OBJECT_CLASS (regie_api_stream_parent_class)->finalize (object);
}

static void
regie_api_stream_class_init (RegieApiStreamClass *klass)
{
  GIOStreamClass *stream_class = G_IO_STREAM_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = regie_api_stream_finalize;
  stream_class->get_input_stream = stream_get_input;
  stream_class->get_output_stream = stream_get_output;
  stream_class->close_fn = stream_close;
  stream_class->close_async = stream_close_async;
  stream_class->close_finish = stream_close_finish;
  signals[WRITTEN] = g_signal_new ("written", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
}

static void
regie_api_stream_init (RegieApiStream *self)
{
}

RegieApiStream *
regie_api_stream_new (GIOStream *base)
{
  RegieApiStream *self = g_object_new (REGIE_TYPE_API_STREAM, NULL);

  self->base = g_object_ref (base);
  self->output = g_object_new (REGIE_TYPE_API_OUTPUT, "base-stream", g_io_stream_get_output_stream (base),
                               "close-base-stream", FALSE, NULL);
  self->output->stream = self;

  return self;
}

guint64
regie_api_stream_get_written (RegieApiStream *self)
{
  return self->written;
}
