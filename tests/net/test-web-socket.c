/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "regie-error.h"
#include "regie-web-socket.h"
#include "scripted-server.h"

typedef struct
{
  ScriptedServer *server;
  RegieEndpoint *endpoint;
  RegieWebSocket *socket;
  GPtrArray *frames; /* GBytes that a turn borrows */
  guint n_opened, n_closed;
  GPtrArray *texts;
  GError *error;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->server = scripted_server_new (FALSE);
  f->endpoint = regie_endpoint_parse (scripted_server_get_address (f->server), REGIE_ENDPOINT_NONE, NULL);
  f->frames = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  f->texts = g_ptr_array_new_with_free_func (g_free);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_clear_object (&f->socket);
  scripted_server_free (f->server);
  regie_endpoint_unref (f->endpoint);
  g_ptr_array_unref (f->frames);
  g_ptr_array_unref (f->texts);
  g_clear_error (&f->error);
}

static void
on_opened (Fixture *f)
{
  f->n_opened++;
}

static void
on_message (Fixture *f, gpointer message)
{
  g_ptr_array_add (f->texts, g_strdup (message));
}

static void
on_closed (Fixture *f, GError *error)
{
  f->n_closed++;
  f->error = error != NULL ? g_error_copy (error) : NULL;
}

static gpointer
decode (GBytes *text, gpointer data, GError **error)
{
  gsize size;
  const char *bytes = g_bytes_get_data (text, &size);

  if (size == strlen ("nonsense") && strncmp (bytes, "nonsense", size) == 0)
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_PROTOCOL, "that is nonsense");
      return NULL;
    }

  return g_strndup (bytes != NULL ? bytes : "", size);
}

static void
open_with (Fixture *f, RegieWebSocketOptions options)
{
  options.path = "/v1/events?after=a:1";
  options.decode = decode;
  options.free_message = g_free;
  f->socket = regie_web_socket_new (f->endpoint, &options);
  g_signal_connect_swapped (f->socket, "opened", G_CALLBACK (on_opened), f);
  g_signal_connect_swapped (f->socket, "message", G_CALLBACK (on_message), f);
  g_signal_connect_swapped (f->socket, "closed", G_CALLBACK (on_closed), f);
}

#define OPEN(f, ...) open_with (f, (RegieWebSocketOptions) { __VA_ARGS__ })

static GBytes *
frame (Fixture *f, gboolean fin, guint opcode, const char *text)
{
  GBytes *bytes = scripted_frame (fin, opcode, text, strlen (text));

  g_ptr_array_add (f->frames, bytes);

  return bytes;
}

static gboolean
is_closed (gpointer data)
{
  return ((Fixture *) data)->n_closed > 0;
}

static gboolean
has_two (gpointer data)
{
  return ((Fixture *) data)->texts->len == 2;
}

static gboolean
has_left (gpointer data)
{
  return scripted_server_get_n_left (data) > 0;
}

static gboolean
is_open (gpointer data)
{
  return ((Fixture *) data)->n_opened > 0;
}

static void
assert_closed (Fixture *f, int code)
{
  WAIT_UNTIL (is_closed, f);
  g_assert_error (f->error, REGIE_ERROR, code);
  g_test_message ("%s", f->error->message);
  g_assert_cmpuint (f->n_closed, ==, 1);
}

/* The first frames come in the same packet as the handshake's answer. */
static void
test_messages (Fixture *f, gconstpointer data)
{
  g_autofree char *request = NULL;

  scripted_server_add (
      f->server,
      &(ScriptedTurn) { .read = -1, .upgrade = TRUE, .body = frame (f, TRUE, 1, "été"), .keep = TRUE });
  scripted_server_add (f->server, &(ScriptedTurn) { .body = frame (f, FALSE, 1, "in two "), .keep = TRUE });
  scripted_server_add (f->server, &(ScriptedTurn) { .body = frame (f, TRUE, 0, "parts"), .hold = TRUE });
  OPEN (f, 0);
  WAIT_UNTIL (has_two, f);
  g_assert_cmpuint (f->n_opened, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (f->texts, 0), ==, "été");
  g_assert_cmpstr (g_ptr_array_index (f->texts, 1), ==, "in two parts");
  request = scripted_server_get_request (f->server, 0);
  g_assert_true (g_str_has_prefix (request, "GET /v1/events?after=a:1 HTTP/1.1\r\nHost: localhost\r\n"));

  g_clear_object (&f->socket);
  WAIT_UNTIL (has_left, f->server);
  g_assert_cmpuint (f->n_closed, ==, 0);
}

/* Messages that came before the end are told before it. */
static void
test_ended (Fixture *f, gconstpointer data)
{
  scripted_server_add (f->server,
                       &(ScriptedTurn) { .read = -1, .upgrade = TRUE, .body = frame (f, TRUE, 1, "last") });
  OPEN (f, 0);
  assert_closed (f, REGIE_ERROR_FAILED);
  g_assert_cmpuint (f->texts->len, ==, 1);
}

static void
test_half_open (Fixture *f, gconstpointer data)
{
  gint64 start = g_get_monotonic_time ();

  scripted_server_add (f->server, &(ScriptedTurn) { .read = -1, .upgrade = TRUE, .hold = TRUE });
  OPEN (f, .keepalive_s = 1, .pong_timeout_s = 1);
  assert_closed (f, REGIE_ERROR_FAILED);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 6 * G_TIME_SPAN_SECOND);
}

static void
test_large_frame (Fixture *f, gconstpointer data)
{
  g_autofree char *text = g_strnfill (300 * 1024, 'x');

  scripted_server_add (
      f->server,
      &(ScriptedTurn) { .read = -1, .upgrade = TRUE, .body = frame (f, TRUE, 1, text), .hold = TRUE });
  OPEN (f, .max_message = 200 * 1024);
  assert_closed (f, REGIE_ERROR_TOO_LARGE);
  g_assert_cmpuint (f->texts->len, ==, 0);
}

/* Each frame is small enough, the message that they make has no end. */
static void
test_endless_message (Fixture *f, gconstpointer data)
{
  g_autofree char *text = g_strnfill (10 * 1024, 'x');

  scripted_server_add (
      f->server,
      &(ScriptedTurn) { .read = -1, .upgrade = TRUE, .body = frame (f, FALSE, 1, text), .keep = TRUE });
  scripted_server_add (f->server,
                       &(ScriptedTurn) { .body = frame (f, FALSE, 0, text), .repeat = 1000, .hold = TRUE });
  OPEN (f, .max_message = 200 * 1024);
  assert_closed (f, REGIE_ERROR_TOO_LARGE);
  g_assert_cmpuint (f->texts->len, ==, 0);
}

/* Large enough in all, one message at a time: no limit is meant for the whole link. */
static void
test_many_messages (Fixture *f, gconstpointer data)
{
  g_autofree char *text = g_strnfill (100 * 1024, 'x');

  scripted_server_add (
      f->server,
      &(ScriptedTurn) { .read = -1, .upgrade = TRUE, .body = frame (f, TRUE, 1, text), .repeat = 40 });
  OPEN (f, .max_message = 200 * 1024);
  assert_closed (f, REGIE_ERROR_FAILED);
  g_assert_cmpuint (f->texts->len, ==, 40);
}

/* Nobody takes them: what is queued is kept, the rest is not waited for, and the reader is told. */
static void
test_overflow (Fixture *f, gconstpointer data)
{
  gint64 deadline = g_get_monotonic_time () + 10 * G_TIME_SPAN_SECOND;

  scripted_server_add (
      f->server,
      &(ScriptedTurn) {
          .read = -1, .upgrade = TRUE, .body = frame (f, TRUE, 1, "event"), .repeat = 1000, .hold = TRUE });
  OPEN (f, .max_queued = 16);
  /* The main context stands still until the link was ended. */
  while (scripted_server_get_n_left (f->server) == 0 && g_get_monotonic_time () < deadline)
    g_thread_yield ();
  g_assert_cmpuint (regie_web_socket_get_n_queued (f->socket), ==, 16);
  assert_closed (f, REGIE_ERROR_LIMITED);
  g_assert_cmpuint (f->texts->len, ==, 16);
}

static void
test_nonsense (Fixture *f, gconstpointer data)
{
  scripted_server_add (
      f->server,
      &(ScriptedTurn) { .read = -1, .upgrade = TRUE, .body = frame (f, TRUE, 1, "nonsense"), .hold = TRUE });
  OPEN (f, 0);
  assert_closed (f, REGIE_ERROR_PROTOCOL);
}

typedef struct
{
  const char *head;
  gboolean upgrade, wrong_accept;
  int code;
} Refusal;

static const Refusal refusals[] = {
  { "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", FALSE, FALSE, REGIE_ERROR_DENIED },
  { "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", FALSE, FALSE, REGIE_ERROR_NOT_FOUND },
  { "HTTP/1.1 429 Slow down\r\nContent-Length: 0\r\n\r\n", FALSE, FALSE, REGIE_ERROR_LIMITED },
  { "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>", FALSE, FALSE, REGIE_ERROR_PROTOCOL },
  { "HTTP/1.1 503 Busy\r\n\r\n", FALSE, FALSE, REGIE_ERROR_UNREACHABLE },
  { "nonsense\r\n\r\n", FALSE, FALSE, REGIE_ERROR_PROTOCOL },
  { NULL, FALSE, FALSE, REGIE_ERROR_UNREACHABLE },
  { NULL, TRUE, TRUE, REGIE_ERROR_PROTOCOL },
};

static void
test_refused (Fixture *f, gconstpointer data)
{
  const Refusal *refusal = data;

  scripted_server_add (f->server, &(ScriptedTurn) { .read = -1,
                                                    .head = refusal->head,
                                                    .upgrade = refusal->upgrade,
                                                    .wrong_accept = refusal->wrong_accept });
  OPEN (f, 0);
  assert_closed (f, refusal->code);
  g_assert_cmpuint (f->n_opened, ==, 0);
}

static void
test_silent (Fixture *f, gconstpointer data)
{
  scripted_server_add (f->server, &(ScriptedTurn) { .read = -1, .hold = TRUE });
  OPEN (f, .connect_ms = 200);
  assert_closed (f, REGIE_ERROR_UNREACHABLE);
}

static gboolean
has_asked (gpointer data)
{
  g_autofree char *request = scripted_server_get_request (data, 0);

  return request != NULL && g_str_has_suffix (request, "\r\n\r\n");
}

/* Let go while it connects: nothing is told, nothing stays open. */
static void
test_dropped (Fixture *f, gconstpointer data)
{
  scripted_server_add (f->server, &(ScriptedTurn) { .read = -1, .hold = TRUE });
  scripted_server_add (f->server, &(ScriptedTurn) { .read = -1, .upgrade = TRUE, .hold = TRUE });
  OPEN (f, 0);
  WAIT_UNTIL (has_asked, f->server);
  g_clear_object (&f->socket);
  WAIT_UNTIL (has_left, f->server);
  OPEN (f, 0);
  WAIT_UNTIL (is_open, f);
  g_assert_cmpuint (f->n_closed, ==, 0);
}

#define ADD(name, func) g_test_add ("/net/web-socket/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("messages", test_messages);
  ADD ("ended", test_ended);
  ADD ("half-open", test_half_open);
  ADD ("large-frame", test_large_frame);
  ADD ("endless-message", test_endless_message);
  ADD ("many-messages", test_many_messages);
  ADD ("overflow", test_overflow);
  ADD ("nonsense", test_nonsense);
  ADD ("silent", test_silent);
  ADD ("dropped", test_dropped);
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autofree char *name = g_strdup_printf ("/net/web-socket/refused/%u", i);

      g_test_add (name, Fixture, &refusals[i], set_up, test_refused, tear_down);
    }

  return g_test_run ();
}
