/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <string.h>
#include <sys/resource.h>

#include "core/regie-limits.h"
#include "engine-test-util.h"

typedef struct
{
  RegieEngineHarness *engine;
  char *workspace;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->engine = regie_engine_harness_new_started ();
  self->workspace = test_add_workspace (self->engine, "W");
}

/* Whatever was sent, the engine goes on as before. */
static void
tear_down (Fixture *self, gconstpointer data)
{
  json_object_unref (regie_engine_harness_expect (self->engine, 200, "GET", "/v1/health", NULL));
  regie_engine_harness_free (self->engine);
  g_free (self->workspace);
}

static void
refuse (Fixture *self, guint status, const char *field, const char *body)
{
  test_assert_problem (self->engine, status, status == 413 ? "too-large" : "invalid", field, "POST",
                       "/v1/workspaces", body);
}

static void
refuse_human (Fixture *self, const char *member, const char *value)
{
  g_autofree char *body = g_strdup_printf ("{\"workspace\": \"%s\", \"name\": \"x\", \"%s\": %s}",
                                           self->workspace, member, value);
  g_autofree char *field = g_strconcat ("/", member, NULL);

  test_assert_problem (self->engine, 422, "invalid", field, "POST", "/v1/digital-humans", body);
}

static void
test_malformed (Fixture *self, gconstpointer data)
{
  static const char *const bodies[] = {
    "{",
    "{\"name\": }",
    "{\"name\": \"x\"",
    "{name: \"x\"}",
    "nonsense",
    "\xff",
    "{\"name\": \"\xff\xfe\"}",
    "{\"name\": \"x\"} {}",
    "",
    "{\"name\": \"x\",}",
    "{'name': 'x'}",
    "{\"name\": \"\\u12\"}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    refuse (self, 400, NULL, bodies[i]);
  refuse (self, 422, NULL, "[]");
  refuse (self, 422, NULL, "\"text\"");
  refuse (self, 422, NULL, "5");
  refuse (self, 422, NULL, "null");
  g_assert_cmpint (test_total (self->engine, "/v1/workspaces"), ==, 1);
}

static void
test_types (Fixture *self, gconstpointer data)
{
  refuse (self, 422, "/name", "{}");
  refuse (self, 422, "/name", "{\"name\": null}");
  refuse (self, 422, "/name", "{\"name\": 5}");
  refuse (self, 422, "/name", "{\"name\": true}");
  refuse (self, 422, "/name", "{\"name\": {}}");
  refuse (self, 422, "/name", "{\"name\": []}");
  refuse (self, 422, "/name", "{\"name\": \"\"}");
  refuse (self, 422, "/name", "{\"name\": \"   \"}");
  refuse (self, 422, "/id", "{\"name\": \"x\", \"id\": \"000000000000000000000000\"}");
  refuse (self, 422, "/rev", "{\"name\": \"x\", \"rev\": 7}");
  refuse (self, 422, "/sample", "{\"name\": \"x\", \"sample\": true}");
  refuse (self, 422, "/nom", "{\"name\": \"x\", \"nom\": \"x\"}");
  refuse (self, 422, "/deleted_at", "{\"name\": \"x\", \"deleted_at\": null}");
  refuse_human (self, "reply_delay", "\"5\"");
  refuse_human (self, "reply_delay", "1.5");
  refuse_human (self, "reply_delay", "-1");
  refuse_human (self, "reply_delay", "86401");
  refuse_human (self, "reply_delay", "1e300");
  refuse_human (self, "personality_logic", "1.01");
  refuse_human (self, "personality_logic", "\"high\"");
  refuse_human (self, "auto_reply", "1");
  refuse_human (self, "working_start", "\"25:00\"");
  refuse_human (self, "timezone", "\"Mars/Phobos\"");
  refuse_human (self, "email", "\"nobody\"");
  refuse_human (self, "role", "\"king\"");
  refuse_human (self, "role", "[\"hr\"]");
  refuse_human (self, "state", "\"idle\"");
  refuse_human (self, "pid", "1");
  refuse_human (self, "avatar", "\"much too long\"");
}

static void
test_huge (Fixture *self, gconstpointer data)
{
  g_autofree char *spaces = g_strnfill (8 * 1024 * 1024 + 1, ' ');
  g_autofree char *name = g_strnfill (1000 * 1000, 'n');
  g_autofree char *long_name = g_strdup_printf ("{\"name\": \"%s\"}", name);
  g_autofree char *too_long = g_strdup_printf ("{\"name\": \"%s%s\"}", name, name);
  g_autofree char *long_member = g_strdup_printf ("{\"name\": \"x\", \"%s\": 1}", name);
  g_autofree char *long_extra = g_strdup_printf ("{\"name\": \"x\", \"x_%s\": 1}", name);
  g_autoptr (GString) items = g_string_new ("{\"name\": \"x\", \"x_items\": [0");
  g_autoptr (GString) extras = g_string_new ("{\"name\": \"x\"");
  g_autoptr (RegieAnswer) refused = NULL;

  refuse (self, 413, NULL, spaces);
  refuse (self, 422, "/name", long_name);
  refuse (self, 413, NULL, too_long);
  for (guint i = 0; i < 100001; i++)
    g_string_append (items, ",1");
  g_string_append (items, "]}");
  refuse (self, 413, NULL, items->str);
  refused = regie_engine_harness_call (self->engine, "POST", "/v1/workspaces", long_member, NULL);
  g_assert_cmpuint (refused->status, ==, 422);
  g_assert_cmpuint (strlen (refused->text), <, 2000);
  g_clear_pointer (&refused, regie_answer_free);
  refused = regie_engine_harness_call (self->engine, "POST", "/v1/workspaces", long_extra, NULL);
  g_assert_cmpuint (refused->status, ==, 422);
  for (guint i = 0; i < 200; i++)
    g_string_append_printf (extras, ", \"x_%u\": 1", i);
  g_string_append (extras, "}");
  refuse (self, 422, "/x_100", extras->str);
}

static void
test_deep (Fixture *self, gconstpointer data)
{
  static const guint depths[] = { 70, 10000, 2000000 };

  for (guint i = 0; i < G_N_ELEMENTS (depths); i++)
    {
      g_autofree char *open = g_strnfill (depths[i], '[');
      g_autofree char *close = g_strnfill (depths[i], ']');
      g_autofree char *body = g_strdup_printf ("{\"name\": \"x\", \"x_deep\": %s%s}", open, close);

      refuse (self, 413, NULL, body);
    }
}

/* What is stored comes back as it was, whatever it looks like to a terminal, a mark-up parser or SQL. */
static void
test_text (Fixture *self, gconstpointer data)
{
  static const char *const names[] = {
    "<b>gras</b> &amp; <script>alert(1)</script>",
    "'; DROP TABLE workspace; --",
    "\u202Egnp.exe",
    "\u200Fright\u200Eleft",
    "%s%n%d",
    "${HOME} `id`",
    "../../etc/passwd",
    "\U0001F469\u200D\U0001F4BB",
    "e\u0301",
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (JsonObject) body = regie_json_object_new ("name", 's', names[i], NULL);
      g_autofree char *text = regie_json_object_to_string (body);
      g_autoptr (JsonObject) made =
          regie_engine_harness_expect (self->engine, 201, "POST", "/v1/workspaces", "%s", text);
      g_autofree char *path = test_path ("workspaces", regie_json_get_text (made, "id", ""), NULL);
      g_autoptr (JsonObject) found = regie_engine_harness_expect (self->engine, 200, "GET", path, NULL);
      g_autofree char *escaped = g_uri_escape_string (names[i], NULL, FALSE);
      g_autofree char *filter = g_strconcat ("/v1/workspaces?name=", escaped, NULL);

      g_assert_cmpstr (regie_json_get_text (found, "name", NULL), ==, names[i]);
      g_assert_cmpint (test_total (self->engine, filter), ==, 1);
    }
  refuse (self, 422, "/name", "{\"name\": \"bell\\u0007\"}");
  refuse (self, 422, "/name", "{\"name\": \"two\\nlines\"}");
  refuse (self, 422, "/name", "{\"name\": \"\\u001b[31mred\"}");
}

/* A zero inside a text must not cut it in silence. */
static void
test_nul (Fixture *self, gconstpointer data)
{
  g_autoptr (RegieAnswer) answer = regie_engine_harness_call (self->engine, "POST", "/v1/workspaces",
                                                              "{\"name\": \"be\\u0000hind\"}", NULL);
  g_autoptr (RegieAnswer) lone = regie_engine_harness_call (self->engine, "POST", "/v1/workspaces",
                                                            "{\"name\": \"lone \\ud800\"}", NULL);

  g_assert_cmpuint (answer->status, >=, 400);
  g_assert_cmpuint (answer->status, <, 500);
  /* Half a surrogate pair is refused or made visible, never stored as it is. */
  if (lone->status == 201)
    g_assert_true (g_utf8_validate (lone->text, -1, NULL));
  else
    g_assert_cmpuint (lone->status, <, 500);
}

static void
assert_allow (Fixture *self, const char *method, const char *path, const char *allow)
{
  g_autoptr (RegieAnswer) answer = regie_engine_harness_call (self->engine, method, path, NULL, NULL);

  g_assert_cmpuint (answer->status, ==, 405);
  g_assert_cmpstr (answer->allow, ==, allow);
  g_assert_cmpstr (answer->content_type, ==, "application/problem+json");
}

static void
test_methods (Fixture *self, gconstpointer data)
{
  g_autofree char *path = test_path ("workspaces", self->workspace, NULL);
  g_autofree char *restore = test_path ("workspaces", self->workspace, "restore");
  g_autofree char *action = test_path ("workspaces", self->workspace, "explode");
  g_autofree char *export = test_path ("workspaces", self->workspace, "export");

  assert_allow (self, "PUT", path, "GET, HEAD, PATCH, DELETE");
  assert_allow (self, "POST", path, "GET, HEAD, PATCH, DELETE");
  assert_allow (self, "DELETE", "/v1/workspaces", "GET, HEAD, POST");
  assert_allow (self, "POST", "/v1/metrics", "GET, HEAD");
  assert_allow (self, "GET", restore, "POST");
  assert_allow (self, "POST", "/v1/health", "GET, HEAD");
  assert_allow (self, "GET", "/v1/drain", "POST");
  assert_allow (self, "DELETE", "/v1/health", "GET, HEAD");
  assert_allow (self, "BREW", "/v1/health", "GET, HEAD");
  assert_allow (self, "POST", export, "GET, HEAD");
  test_assert_problem (self->engine, 404, "not-found", NULL, "POST", action, NULL);
  test_assert_problem (self->engine, 404, "not-found", NULL, "GET", "/", NULL);
  test_assert_problem (self->engine, 404, "not-found", NULL, "GET", "/v1", NULL);
  test_assert_problem (self->engine, 404, "not-found", NULL, "GET", "/v1/", NULL);
  test_assert_problem (self->engine, 404, "not-found", NULL, "GET", "/v1/things", NULL);
  test_assert_problem (self->engine, 404, "not-found", NULL, "GET", "/v2/workspaces", NULL);
  test_assert_problem (self->engine, 404, "not-found", NULL, "GET", "/v1/workspaces/", NULL);
  test_assert_problem (self->engine, 404, "not-found", NULL, "GET", "/v1/workspaces/a/b/c", NULL);
}

/* Nothing is found, and nothing breaks; libsoup itself refuses what leads out of a folder. */
static void
assert_none (Fixture *self, const char *method, const char *path)
{
  g_autoptr (RegieAnswer) answer = regie_engine_harness_call (self->engine, method, path, NULL, NULL);

  if (answer->status != 404 && answer->status != 400)
    g_error ("%s %s: %u %s", method, path, answer->status, answer->text);
}

static void
test_ids (Fixture *self, gconstpointer data)
{
  static const char *const ids[] = { "x", "%2e%2e%2flock", "'%20OR%20'1'='1", "%00", "0", "-1" };
  g_autofree char *longest = g_strnfill (30000, 'a');
  g_autofree char *longest_path = test_path ("digital-humans", longest, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_autofree char *path = test_path ("digital-humans", ids[i], NULL);
      g_autofree char *minute = test_path ("metrics", ids[i], NULL);

      assert_none (self, "GET", path);
      assert_none (self, "DELETE", path);
      assert_none (self, "GET", minute);
    }
  test_assert_problem (self->engine, 404, "not-found", NULL, "GET", longest_path, NULL);
}

static guint
status_of_type (Fixture *self, const char *type)
{
  const char *const headers[] = { "Content-Type", type, NULL };
  g_autoptr (RegieAnswer) answer =
      regie_engine_harness_call (self->engine, "POST", "/v1/workspaces", "{\"name\": \"x\"}", headers);

  return answer->status;
}

static void
test_content_type (Fixture *self, gconstpointer data)
{
  g_assert_cmpuint (status_of_type (self, "application/json; charset=utf-8"), ==, 201);
  g_assert_cmpuint (status_of_type (self, "APPLICATION/JSON"), ==, 201);
  g_assert_cmpuint (status_of_type (self, "text/plain"), ==, 415);
  g_assert_cmpuint (status_of_type (self, "application/x-www-form-urlencoded"), ==, 415);
  g_assert_cmpuint (status_of_type (self, "multipart/form-data; boundary=x"), ==, 415);
  g_assert_cmpuint (status_of_type (self, "application/jsonp"), ==, 415);
  test_assert_problem (self->engine, 415, "invalid", NULL, "POST", "/v1/workspaces", NULL);
}

/* --- below HTTP --- */

static GSocketConnection *
connect_raw (Fixture *self)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketAddress) address =
      g_unix_socket_address_new (regie_engine_harness_get_socket (self->engine));
  GSocketConnection *connection = NULL;

  while (connection == NULL)
    {
      g_autoptr (GError) error = NULL;

      connection = g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address), NULL, &error);
      /* So many wait already that the kernel takes no more for the moment. */
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        g_assert_no_error (error);
    }
  g_socket_set_timeout (g_socket_connection_get_socket (connection), 20);

  return connection;
}

/* The status of what comes back for TEXT, which need not be a whole request; 0 when the engine only hangs up.
 */
static guint
send_raw (Fixture *self, const char *text, gsize length)
{
  g_autoptr (GSocketConnection) connection = connect_raw (self);
  GOutputStream *output = g_io_stream_get_output_stream (G_IO_STREAM (connection));
  GInputStream *input = g_io_stream_get_input_stream (G_IO_STREAM (connection));
  char answer[64] = "";

  g_output_stream_write_all (output, text, length, NULL, NULL, NULL);
  if (g_input_stream_read (input, answer, sizeof answer - 1, NULL, NULL) <= 9)
    return 0;
  g_assert_true (g_str_has_prefix (answer, "HTTP/1."));

  return strtoul (answer + 9, NULL, 10);
}

static guint
send_text (Fixture *self, const char *text)
{
  return send_raw (self, text, strlen (text));
}

/* The next request may come by the same connection, as HTTP/1.1 has it unless the answer says otherwise. */
static void
test_kept_connection (Fixture *self, gconstpointer data)
{
  static const char request[] = "GET /v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n";
  g_autoptr (GSocketConnection) connection = connect_raw (self);
  GOutputStream *output = g_io_stream_get_output_stream (G_IO_STREAM (connection));
  GInputStream *input = g_io_stream_get_input_stream (G_IO_STREAM (connection));

  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GString) answer = g_string_new (NULL);
      char piece[512];

      g_assert_true (g_output_stream_write_all (output, request, strlen (request), NULL, NULL, NULL));
      do
        {
          gssize n = g_input_stream_read (input, piece, sizeof piece, NULL, NULL);

          g_assert_cmpint (n, >, 0);
          g_string_append_len (answer, piece, n);
        }
      while (strstr (answer->str, "\r\n\r\n") == NULL || strchr (answer->str, '}') == NULL);
      g_assert_true (g_str_has_prefix (answer->str, "HTTP/1.1 200"));
    }
}

/* Refused as soon as it is known, without waiting for the rest. */
static void
test_streaming (Fixture *self, gconstpointer data)
{
  g_autofree char *piece = g_strnfill (9 * 1024 * 1024, 'a');
  g_autofree char *chunked =
      g_strdup_printf ("POST /v1/workspaces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                       "Transfer-Encoding: chunked\r\n\r\n%x\r\n%s",
                       100 * 1024 * 1024, piece);
  g_autofree char *header = g_strnfill (70 * 1024, 'h');
  g_autofree char *big_header =
      g_strdup_printf ("GET /v1/health HTTP/1.1\r\nHost: x\r\nX-A: %s\r\n\r\n", header);

  g_assert_cmpuint (
      send_text (self, "POST /v1/workspaces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                       "Content-Length: 100000000000\r\n\r\n"),
      ==, 413);
  g_assert_cmpuint (send_text (self, chunked), ==, 413);
  g_assert_cmpuint (send_text (self, big_header), ==, 431);
}

static void
test_garbage (Fixture *self, gconstpointer data)
{
  static const char bytes[] = "\x00\x01\x02\xff\xfe\r\n\r\n";
  /* libsoup answers 400 or hangs up. */
  static const char *const unreadable[] = {
    "GET /v1/workspaces?name=%zz HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /v1/workspaces?name=%ff HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /v1/workspaces/%ff HTTP/1.1\r\nHost: x\r\n\r\n",
  };
  g_autofree char *endless = g_strnfill (1024 * 1024, 'x');
  guint32 seed = g_test_rand_int ();

  g_assert_cmpuint (send_text (self, "nonsense\r\n\r\n"), ==, 400);
  g_assert_cmpuint (send_raw (self, bytes, sizeof bytes), <, 500);
  g_assert_cmpuint (send_text (self, endless), <, 500);
  g_assert_cmpuint (send_text (self, "GET / HTTP/9.9\r\n\r\n"), <, 600);
  g_assert_cmpuint (send_text (self, "GET http://elsewhere.example/v1/health HTTP/1.1\r\nHost: y\r\n\r\n"), <,
                    500);
  g_assert_cmpuint (send_text (self, "POST /v1/workspaces HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n"),
                    <, 500);
  for (guint i = 0; i < G_N_ELEMENTS (unreadable); i++)
    {
      guint status = send_text (self, unreadable[i]);

      g_assert_true (status == 0 || status / 100 == 4);
    }
  g_test_message ("seed %u", seed);
  for (guint i = 0; i < 50; i++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (seed + i);
      char noise[512];

      for (guint j = 0; j < sizeof noise; j++)
        noise[j] = g_rand_int (rand);
      memcpy (noise + sizeof noise - 4, "\r\n\r\n", 4);
      send_raw (self, noise, sizeof noise);
    }
}

/* Clients that go away in the middle. */
static void
test_hang_up (Fixture *self, gconstpointer data)
{
  static const char whole[] = "POST /v1/workspaces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                              "Content-Length: 16\r\n\r\n{\"name\": \"gone\"}";

  for (gsize length = 1; length <= sizeof whole - 1; length += 3)
    {
      g_autoptr (GSocketConnection) connection = connect_raw (self);

      g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), whole, length,
                                 NULL, NULL, NULL);
    }
  for (guint i = 0; i < 50; i++)
    {
      g_autoptr (GSocketConnection) connection = connect_raw (self);

      g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), whole,
                                 sizeof whole - 1, NULL, NULL, NULL);
    }
}

/* No more connections than the limit, and room again when some end. */
static void
test_connections (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) open = g_ptr_array_new_with_free_func (g_object_unref);
  struct rlimit files;
  static const char request[] = "GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n";
  guint status = 0;

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &files), ==, 0);
  if (files.rlim_max < REGIE_LIMIT_CONNECTIONS + 200)
    {
      g_test_skip ("not so many files may be open here");
      return;
    }
  files.rlim_cur = files.rlim_max;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &files), ==, 0);
  for (guint i = 0; i < REGIE_LIMIT_CONNECTIONS; i++)
    g_ptr_array_add (open, connect_raw (self));
  while (status != 503)
    status = send_text (self, request);
  g_ptr_array_set_size (open, 0);
  while (status != 200)
    status = send_text (self, request);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/engine/input/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("kept-connection", test_kept_connection);
  ADD ("malformed", test_malformed);
  ADD ("types", test_types);
  ADD ("huge", test_huge);
  ADD ("deep", test_deep);
  ADD ("text", test_text);
  ADD ("nul", test_nul);
  ADD ("methods", test_methods);
  ADD ("ids", test_ids);
  ADD ("content-type", test_content_type);
  ADD ("streaming", test_streaming);
  ADD ("garbage", test_garbage);
  ADD ("hang-up", test_hang_up);
  ADD ("connections", test_connections);
#undef ADD

  return g_test_run ();
}
