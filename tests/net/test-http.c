/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "regie-error.h"
#include "regie-http.h"
#include "regie-time.h"
#include "scripted-server.h"

#define OK_HEAD  "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
#define OK_SMALL OK_HEAD "Content-Length: 2\r\n\r\n{}"

typedef struct
{
  ScriptedServer *server;
  RegieHttp *http;
} Fixture;

static RegieHttp *
client_of (ScriptedServer *server)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RegieEndpoint) endpoint =
      regie_endpoint_parse (scripted_server_get_address (server), REGIE_ENDPOINT_NONE, &error);

  g_assert_no_error (error);

  return regie_http_new (endpoint);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->server = scripted_server_new (GPOINTER_TO_INT (data));
  f->http = client_of (f->server);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_clear_object (&f->http);
  scripted_server_free (f->server);
}

static RegieHttpRequest *
request_new (const char *method, const char *body)
{
  RegieHttpRequest *request = regie_http_request_new (method, "/v1/things?a=b");

  if (body != NULL)
    {
      g_autoptr (GBytes) bytes = g_bytes_new (body, strlen (body));

      regie_http_request_set_body (request, bytes, "application/json");
    }
  regie_http_request_set_timeouts (request, 5000, 8000);

  return request;
}

static DexFuture *
send (Fixture *f, const char *method, const char *body)
{
  g_autoptr (RegieHttpRequest) request = request_new (method, body);

  return regie_http_send (f->http, request);
}

static void
assert_rejects (DexFuture *future, int code, const char *words)
{
  g_autofree char *message = test_rejects (future, code);

  g_test_message ("%s", message);
  if (words != NULL)
    g_assert_nonnull (strstr (message, words));
}

/* --- what goes well --- */

static void
test_answer (Fixture *f, gconstpointer data)
{
  g_autoptr (RegieHttpRequest) request = request_new ("PATCH", "{\"a\":1}");
  g_autoptr (RegieHttpResponse) response = NULL;
  g_autofree char *seen = NULL;
  gsize size;

  scripted_server_add (f->server,
                       &(ScriptedTurn) { .read = -1,
                                         .head = "HTTP/1.1 201 Created\r\nContent-Type: Application/JSON; "
                                                 "charset=utf-8\r\nETag: \"7\"\r\nContent-Length: 8\r\n\r\n"
                                                 "{\"b\": 2}" });
  regie_http_request_set_header (request, "If-Match", "\"6\"\r\nInjected: yes");
  response = test_resolves (regie_http_send (f->http, request));
  g_assert_cmpuint (regie_http_response_get_status (response), ==, 201);
  g_assert_cmpstr (regie_http_response_get_media_type (response), ==, "application/json");
  g_assert_cmpstr (regie_http_response_get_header (response, "etag"), ==, "\"7\"");
  g_assert_cmpmem (g_bytes_get_data (regie_http_response_get_body (response), &size), 8, "{\"b\": 2}", 8);
  g_assert_cmpuint (size, ==, 8);

  seen = scripted_server_get_request (f->server, 0);
  g_assert_true (g_str_has_prefix (seen, "PATCH /v1/things?a=b HTTP/1.1\r\n"));
  g_assert_nonnull (strstr (seen, "If-Match: \"6\"  Injected: yes\r\n"));
  g_assert_true (g_str_has_suffix (seen, "\r\n\r\n{\"a\":1}"));
}

static void
test_parallel (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) futures = g_ptr_array_new ();

  for (guint i = 0; i < 40; i++)
    scripted_server_add (f->server, &(ScriptedTurn) { .read = -1, .head = OK_SMALL });
  for (guint i = 0; i < 40; i++)
    g_ptr_array_add (futures, send (f, "GET", NULL));
  for (guint i = 0; i < 40; i++)
    {
      g_autoptr (RegieHttpResponse) response = test_resolves (g_ptr_array_index (futures, i));

      g_assert_cmpuint (regie_http_response_get_status (response), ==, 200);
    }
  /* Each by a connection of its own. */
  g_assert_cmpuint (scripted_server_get_n_connections (f->server), ==, 40);
}

static void
test_retry_after (Fixture *f, gconstpointer data)
{
  g_autoptr (RegieHttpResponse) seconds = NULL, date = NULL, none = NULL;
  gint64 wait;

  scripted_server_add (f->server,
                       &(ScriptedTurn) { .read = -1,
                                         .head = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\n"
                                                 "Content-Length: 0\r\n\r\n" });
  seconds = test_resolves (send (f, "POST", "{}"));
  g_assert_cmpuint (regie_http_response_get_status (seconds), ==, 429);
  g_assert_cmpint (regie_http_response_get_retry_after (seconds), ==, 7000);

  date = regie_http_response_new (503, NULL);
  {
    g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
    g_autoptr (GDateTime) later = g_date_time_add_seconds (now, 90);
    g_autofree char *text = g_date_time_format (later, "%a, %d %b %Y %H:%M:%S GMT");

    regie_http_response_set_header (date, "Retry-After", text);
  }
  wait = regie_http_response_get_retry_after (date);
  g_assert_cmpint (wait, >, 80 * 1000);
  g_assert_cmpint (wait, <=, 90 * 1000);

  none = regie_http_response_new (503, NULL);
  regie_http_response_set_header (none, "Retry-After", "soon");
  g_assert_cmpint (regie_http_response_get_retry_after (none), ==, 0);
}

/* --- cuts --- */

static void
test_nobody (Fixture *f, gconstpointer data)
{
  g_autoptr (RegieEndpoint) endpoint = regie_endpoint_parse ("unix:/nonexistent/regie.sock", 0, NULL);
  g_autoptr (RegieEndpoint) refused = regie_endpoint_parse ("http://127.0.0.1:1", 0, NULL);

  g_set_object (&f->http, NULL);
  f->http = regie_http_new (endpoint);
  assert_rejects (send (f, "POST", "{}"), REGIE_ERROR_UNREACHABLE, NULL);
  assert_rejects (send (f, "GET", NULL), REGIE_ERROR_UNREACHABLE, NULL);
  g_assert_cmpuint (regie_http_get_n_sent (f->http), ==, 0);

  g_clear_object (&f->http);
  f->http = regie_http_new (refused);
  assert_rejects (send (f, "DELETE", NULL), REGIE_ERROR_UNREACHABLE, NULL);
}

/* The request left, in part or whole, and nothing came back. */
static void
test_cut (Fixture *f, gconstpointer data)
{
  static const char *const methods[] = { "POST", "PUT", "PATCH", "DELETE" };
  g_autofree char *large = g_strnfill (4 * 1024 * 1024, 'x');

  for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
    {
      scripted_server_add (f->server, &(ScriptedTurn) { .read = 20 });
      assert_rejects (send (f, methods[i], large), REGIE_ERROR_UNKNOWN, NULL);
      scripted_server_add (f->server, &(ScriptedTurn) { .read = -1 });
      assert_rejects (send (f, methods[i], "{}"), REGIE_ERROR_UNKNOWN, NULL);
      scripted_server_add (f->server,
                           &(ScriptedTurn) { .read = -1, .head = "HTTP/1.1 200 OK\r\nContent-Le" });
      assert_rejects (send (f, methods[i], "{}"), REGIE_ERROR_UNKNOWN, NULL);
      scripted_server_add (
          f->server, &(ScriptedTurn) { .read = -1, .head = OK_HEAD "Content-Length: 100\r\n\r\n{\"a\":" });
      assert_rejects (send (f, methods[i], "{}"), REGIE_ERROR_UNKNOWN, NULL);
    }
  /* Not one of them was sent twice. */
  g_assert_cmpuint (regie_http_get_n_sent (f->http), ==, 16);
  g_assert_cmpuint (scripted_server_get_n_connections (f->server), ==, 16);
}

/* A kept connection dies under the next request: a read may go again over a fresh one, a write never. */
static void
test_stale_connection (Fixture *f, gconstpointer data)
{
  static const char *const methods[] = { "PUT", "DELETE", "POST" };

  for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
    {
      g_autoptr (RegieHttpResponse) response = NULL;
      guint before = scripted_server_get_n_connections (f->server);

      scripted_server_add (f->server, &(ScriptedTurn) { .read = -1, .head = OK_SMALL, .hold = TRUE });
      response = test_resolves (send (f, "GET", NULL));
      scripted_server_add (f->server, &(ScriptedTurn) { .read = -1 });
      scripted_server_add (f->server, &(ScriptedTurn) { .read = -1, .head = OK_SMALL });
      assert_rejects (send (f, methods[i], "{}"), REGIE_ERROR_UNKNOWN, NULL);
      g_assert_cmpuint (scripted_server_get_n_connections (f->server), ==, before + 2);

      /* Takes the turn that nobody may have taken. */
      g_clear_object (&f->http);
      f->http = client_of (f->server);
      g_clear_pointer (&response, regie_http_response_unref);
      response = test_resolves (send (f, "GET", NULL));
    }
}

static void
test_slow (Fixture *f, gconstpointer data)
{
  g_autoptr (RegieHttpRequest) silent = regie_http_request_new ("GET", "/");
  g_autoptr (RegieHttpRequest) drip = regie_http_request_new ("POST", "/");
  g_autoptr (GBytes) drop = g_bytes_new_static ("x", 1);

  scripted_server_add (f->server, &(ScriptedTurn) { .read = -1, .hold = TRUE });
  regie_http_request_set_timeouts (silent, 150, 60000);
  assert_rejects (regie_http_send (f->http, silent), REGIE_ERROR_UNKNOWN, "no answer in time");

  scripted_server_add (f->server, &(ScriptedTurn) { .read = -1,
                                                    .head = OK_HEAD "Content-Length: 100000\r\n\r\n",
                                                    .body = drop,
                                                    .repeat = 100,
                                                    .pause_ms = 20 });
  regie_http_request_set_timeouts (drip, 1000, 300);
  assert_rejects (regie_http_send (f->http, drip), REGIE_ERROR_UNKNOWN, "no answer in time");
}

static gboolean
has_left (gpointer data)
{
  return scripted_server_get_n_left (data) == 1;
}

static gboolean
has_request (gpointer data)
{
  g_autofree char *request = scripted_server_get_request (data, 0);

  return request != NULL && strstr (request, "\r\n\r\n") != NULL;
}

static void
test_drop (Fixture *f, gconstpointer data)
{
  DexFuture *future;

  scripted_server_add (f->server, &(ScriptedTurn) { .read = -1, .hold = TRUE });
  future = send (f, "GET", NULL);
  WAIT_UNTIL (has_request, f->server);
  dex_unref (future);
  WAIT_UNTIL (has_left, f->server);
}

/* --- too much, or not what it should be --- */

static void
test_huge (Fixture *f, gconstpointer data)
{
  g_autofree char *block = g_strnfill (64 * 1024, 'x');
  g_autofree char *chunk = g_strdup_printf ("10000\r\n%s\r\n", block);
  g_autoptr (GBytes) body = g_bytes_new_static (chunk, strlen (chunk));
  g_autoptr (RegieHttpRequest) told = regie_http_request_new ("GET", "/");
  g_autoptr (RegieHttpRequest) untold = regie_http_request_new ("GET", "/");
  g_autoptr (RegieHttpRequest) write = regie_http_request_new ("POST", "/");

  regie_http_request_set_limit (told, 1024 * 1024);
  regie_http_request_set_limit (untold, 1024 * 1024);
  regie_http_request_set_limit (write, 1024 * 1024);
  scripted_server_add (f->server,
                       &(ScriptedTurn) { .read = -1, .head = OK_HEAD "Content-Length: 99999999\r\n\r\n" });
  assert_rejects (regie_http_send (f->http, told), REGIE_ERROR_TOO_LARGE, "larger than 1048576");
  for (guint i = 0; i < 2; i++)
    scripted_server_add (f->server, &(ScriptedTurn) { .read = -1,
                                                      .head = OK_HEAD "Transfer-Encoding: chunked\r\n\r\n",
                                                      .body = body,
                                                      .repeat = 1000 });
  assert_rejects (regie_http_send (f->http, untold), REGIE_ERROR_TOO_LARGE, "larger than 1048576");
  assert_rejects (regie_http_send (f->http, write), REGIE_ERROR_UNKNOWN, "larger than 1048576");
}

static GBytes *
packed (gsize size)
{
  g_autofree char *zeros = g_strnfill (size, ' ');
  g_autoptr (GInputStream) plain = g_memory_input_stream_new_from_data (zeros, size, NULL);
  g_autoptr (GZlibCompressor) gzip = g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 9);
  g_autoptr (GInputStream) stream = g_converter_input_stream_new (plain, G_CONVERTER (gzip));
  g_autoptr (GOutputStream) out = g_memory_output_stream_new_resizable ();

  g_output_stream_splice (out, stream, G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET, NULL, NULL);

  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (out));
}

static void
test_bomb (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) bomb = packed (48 * 1024 * 1024), harmless = packed (512 * 1024);
  g_autofree char *bomb_head = g_strdup_printf (
      OK_HEAD "Content-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n", g_bytes_get_size (bomb));
  g_autofree char *head = g_strdup_printf (OK_HEAD "Content-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n",
                                           g_bytes_get_size (harmless));
  g_autoptr (RegieHttpResponse) response = NULL;

  scripted_server_add (f->server, &(ScriptedTurn) { .read = -1, .head = bomb_head, .body = bomb });
  assert_rejects (send (f, "GET", NULL), REGIE_ERROR_TOO_LARGE, "times its size");
  scripted_server_add (f->server, &(ScriptedTurn) { .read = -1, .head = head, .body = harmless });
  response = test_resolves (send (f, "GET", NULL));
  g_assert_cmpuint (g_bytes_get_size (regie_http_response_get_body (response)), ==, 512 * 1024);
}

static void
test_garbage (Fixture *f, gconstpointer data)
{
  scripted_server_add (f->server, &(ScriptedTurn) { .read = -1, .head = "SSH-2.0-OpenSSH_9.2\r\n\r\n" });
  assert_rejects (send (f, "GET", NULL), REGIE_ERROR_PROTOCOL, "no HTTP");
  scripted_server_add (f->server, &(ScriptedTurn) { .read = -1, .head = "SSH-2.0-OpenSSH_9.2\r\n\r\n" });
  assert_rejects (send (f, "POST", "{}"), REGIE_ERROR_UNKNOWN, "no HTTP");
}

/* --- redirects --- */

static void
test_redirect (Fixture *f, gconstpointer data)
{
  static const char here[] = "HTTP/1.1 307 Temporary\r\nLocation: /v1/other\r\nContent-Length: 0\r\n\r\n";
  g_autoptr (RegieHttpResponse) response = NULL;
  g_autofree char *second = NULL;

  scripted_server_add (f->server, &(ScriptedTurn) { .read = -1, .head = here });
  scripted_server_add (f->server, &(ScriptedTurn) { .read = -1, .head = OK_SMALL });
  response = test_resolves (send (f, "GET", NULL));
  g_assert_cmpuint (regie_http_response_get_status (response), ==, 200);
  second = scripted_server_get_request (f->server, 1);
  g_assert_true (g_str_has_prefix (second, "GET /v1/other HTTP/1.1\r\n"));

  scripted_server_add (f->server, &(ScriptedTurn) { .read = -1, .head = here });
  assert_rejects (send (f, "PUT", "{}"), REGIE_ERROR_UNKNOWN, "redirect");
  g_assert_cmpuint (scripted_server_get_n_connections (f->server), ==, 3);

  for (guint i = 0; i < 10; i++)
    scripted_server_add (f->server, &(ScriptedTurn) { .read = -1, .head = here });
  assert_rejects (send (f, "GET", NULL), REGIE_ERROR_PROTOCOL, "more than 5 times");
  g_assert_cmpuint (scripted_server_get_n_connections (f->server), ==, 9);
}

static void
test_redirect_away (Fixture *f, gconstpointer data)
{
  scripted_server_add (f->server,
                       &(ScriptedTurn) { .read = -1,
                                         .head = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/x\r\n"
                                                 "Content-Length: 0\r\n\r\n" });
  assert_rejects (send (f, "GET", NULL), REGIE_ERROR_PROTOCOL, "away from the socket");
  g_assert_cmpuint (scripted_server_get_n_connections (f->server), ==, 1);
}

/* Another port is another origin: what identifies us stays behind. */
static void
test_credentials (Fixture *f, gconstpointer data)
{
  g_autoptr (ScriptedServer) other = scripted_server_new (TRUE);
  g_autoptr (RegieHttpRequest) request = request_new ("GET", NULL);
  g_autoptr (RegieHttpResponse) response = NULL;
  g_autofree char *head =
      g_strdup_printf ("HTTP/1.1 301 Moved\r\nLocation: %s/there\r\nContent-Length: 0\r\n\r\n",
                       scripted_server_get_address (other));
  g_autofree char *first = NULL, *second = NULL;

  scripted_server_add (f->server, &(ScriptedTurn) { .read = -1, .head = head });
  scripted_server_add (other, &(ScriptedTurn) { .read = -1, .head = OK_SMALL });
  regie_http_request_set_credential (request, "Authorization", "Bearer hunter2");
  regie_http_request_set_header (request, "X-Plain", "yes");
  response = test_resolves (regie_http_send (f->http, request));
  g_assert_cmpuint (regie_http_response_get_status (response), ==, 200);

  first = scripted_server_get_request (f->server, 0);
  second = scripted_server_get_request (other, 0);
  g_assert_nonnull (strstr (first, "hunter2"));
  g_assert_null (strstr (second, "hunter2"));
  g_assert_nonnull (strstr (second, "X-Plain: yes"));
}

/* --- addresses --- */

static void
test_endpoint (void)
{
  static const char *const wrong[] = { "",
                                       "engine.sock",
                                       "unix:engine.sock",
                                       "ftp://example.org",
                                       "https://",
                                       "https://user:secret@example.org",
                                       "https://example.org/?a=b",
                                       "http://example.org",
                                       "http://localhost.example.org" };
  static const char *const right[] = { "unix:/run/user/1/engine.sock", "https://example.org/base/",
                                       "http://127.0.0.1:8000", "http://[::1]:8000", "http://localhost" };
  g_autoptr (RegieEndpoint) base = NULL;
  g_autoptr (GUri) uri = NULL, same = NULL, other = NULL;
  g_autofree char *text = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (regie_endpoint_parse (wrong[i], REGIE_ENDPOINT_NONE, &error));
      g_assert_error (error, REGIE_ERROR, REGIE_ERROR_INVALID);
    }
  for (guint i = 0; i < G_N_ELEMENTS (right); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (RegieEndpoint) endpoint = regie_endpoint_parse (right[i], REGIE_ENDPOINT_NONE, &error);

      g_assert_no_error (error);
    }

  base = regie_endpoint_parse ("https://Example.org/base/", REGIE_ENDPOINT_NONE, NULL);
  uri = regie_endpoint_resolve (base, "/v1/a%2Fb?q=%26", NULL);
  text = g_uri_to_string (uri);
  g_assert_cmpstr (text, ==, "https://example.org/base/v1/a%2Fb?q=%26");
  same = g_uri_parse ("https://EXAMPLE.org:443/x", G_URI_FLAGS_NONE, NULL);
  other = g_uri_parse ("https://example.org:444/x", G_URI_FLAGS_NONE, NULL);
  g_assert_true (regie_endpoint_owns (base, same));
  g_assert_false (regie_endpoint_owns (base, other));
}

#define UNIX(name, func) g_test_add ("/net/http/" name, Fixture, NULL, set_up, func, tear_down)
#define TCP(name, func)                                                                                      \
  g_test_add ("/net/http/" name, Fixture, GINT_TO_POINTER (TRUE), set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/net/endpoint", test_endpoint);
  UNIX ("answer", test_answer);
  TCP ("answer-tcp", test_answer);
  UNIX ("parallel", test_parallel);
  UNIX ("retry-after", test_retry_after);
  UNIX ("nobody", test_nobody);
  UNIX ("cut", test_cut);
  TCP ("cut-tcp", test_cut);
  UNIX ("stale-connection", test_stale_connection);
  UNIX ("slow", test_slow);
  UNIX ("drop", test_drop);
  UNIX ("huge", test_huge);
  UNIX ("bomb", test_bomb);
  UNIX ("garbage", test_garbage);
  UNIX ("redirect", test_redirect);
  UNIX ("redirect-away", test_redirect_away);
  TCP ("credentials", test_credentials);

  return g_test_run ();
}
