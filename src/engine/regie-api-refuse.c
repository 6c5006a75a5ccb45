/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-api-private.h"

#include "core/regie-limits.h"

/* Refusing a request before it was read. libsoup answers only when it has the whole body; here the connection
 * is taken from it, answered at once, and what still comes is thrown away for a while, since a client that is
 * not done with sending does not read. */

#define DISCARD_BYTES (64 * 1024 * 1024)
#define PIECE_BYTES   (256 * 1024)

typedef struct
{
  RegieApi *api;
  SoupServerMessage *message;
  GIOStream *stream;
  GBytes *answer;
  gsize discarded;
} Refusal;

static void
refusal_free (Refusal *self)
{
  if (self->stream != NULL)
    g_io_stream_close (self->stream, NULL, NULL);
  g_clear_object (&self->stream);
  g_clear_object (&self->message);
  g_clear_object (&self->api);
  g_bytes_unref (self->answer);
  g_free (self);
}

static void discard (Refusal *self);

static void
on_discarded (GObject *source, GAsyncResult *result, gpointer data)
{
  Refusal *self = data;
  gssize n = g_input_stream_skip_finish (G_INPUT_STREAM (source), result, NULL);

  if (n > 0)
    self->discarded += n;
  if (n > 0 && self->discarded < DISCARD_BYTES)
    discard (self);
  else
    refusal_free (self);
}

static void
discard (Refusal *self)
{
  g_input_stream_skip_async (g_io_stream_get_input_stream (self->stream), PIECE_BYTES, G_PRIORITY_LOW,
                             regie_api_get_ended (self->api), on_discarded, self);
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer data)
{
  if (g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, NULL))
    discard (data);
  else
    refusal_free (data);
}

static gboolean
take_over (gpointer data)
{
  Refusal *self = data;
  gsize length;
  const void *bytes = g_bytes_get_data (self->answer, &length);

  self->stream = soup_server_message_steal_connection (self->message);
  if (self->stream == NULL)
    refusal_free (self);
  else
    g_output_stream_write_all_async (g_io_stream_get_output_stream (self->stream), bytes, length,
                                     G_PRIORITY_DEFAULT, regie_api_get_ended (self->api), on_answered, self);

  return G_SOURCE_REMOVE;
}

void
regie_api_refuse_early (RegieApi *api,
                        SoupServerMessage *message,
                        guint status,
                        const char *code,
                        const char *detail)
{
  g_autoptr (GBytes) problem = regie_problem_to_bytes (status, code, detail, NULL, NULL);
  Refusal *self = g_new0 (Refusal, 1);
  gsize length;
  const char *body = g_bytes_get_data (problem, &length);
  char *answer =
      g_strdup_printf ("HTTP/1.1 %u %s\r\nContent-Type: application/problem+json\r\nConnection: close\r\n"
                       "Content-Length: %" G_GSIZE_FORMAT "\r\n\r\n%.*s",
                       status, regie_problem_title (status), length, (int) length, body);

  self->api = g_object_ref (api);
  self->message = g_object_ref (message);
  self->answer = g_bytes_new_take (answer, strlen (answer));
  soup_message_body_set_accumulate (soup_server_message_get_request_body (message), FALSE);
  soup_message_body_truncate (soup_server_message_get_request_body (message));
  /* So that no handler takes it up. */
  soup_server_message_set_status (message, status, regie_problem_title (status));
  soup_server_message_pause (message);
  /* Not from inside of libsoup's own reading. */
  g_idle_add_full (G_PRIORITY_DEFAULT, take_over, self, NULL);
}
