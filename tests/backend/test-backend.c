/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "regie-backend-private.h"
#include "regie-json.h"
#include "scripted-server.h"

typedef struct
{
  ScriptedServer *server;
  RegieBackend *backend;
  GPtrArray *kept; /* texts that a turn borrows */
} Fixture;

static RegieBackend *
backend_at (const char *address)
{
  g_autoptr (GPtrArray) profiles = regie_profiles_load_all (NULL);
  g_autoptr (GHashTable) endpoints = g_hash_table_new (g_str_hash, g_str_equal);

  if (address != NULL)
    g_hash_table_insert (endpoints, (gpointer) "api", (gpointer) address);

  return regie_backend_new (regie_profiles_find (profiles, "regie"), endpoints, REGIE_ENDPOINT_NONE);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->server = scripted_server_new (FALSE);
  f->backend = backend_at (scripted_server_get_address (f->server));
  f->kept = g_ptr_array_new_with_free_func (g_free);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_clear_object (&f->backend);
  scripted_server_free (f->server);
  g_ptr_array_unref (f->kept);
}

static void
answer_as (Fixture *f, const char *status, const char *type, const char *extra, const char *body)
{
  char *text = g_strdup_printf ("HTTP/1.1 %s\r\nContent-Type: %s\r\n%sContent-Length: %zu\r\n\r\n%s", status,
                                type, extra, strlen (body), body);

  g_ptr_array_add (f->kept, text);
  scripted_server_add (f->server, &(ScriptedTurn) { .read = -1, .head = text });
}

static void
answer (Fixture *f, const char *status, const char *body)
{
  answer_as (f, status, "application/json", "", body);
}

static void
assert_sent (Fixture *f, guint n, const char *line, const char *body)
{
  g_autofree char *request = scripted_server_get_request (f->server, n);

  g_assert_nonnull (request);
  g_test_message ("%s", request);
  g_assert_nonnull (strstr (request, line));
  if (body != NULL)
    g_assert_cmpstr (strstr (request, "\r\n\r\n") + 4, ==, body);
}

static const RegieKind *
human (void)
{
  return regie_kind_get ("digital-human");
}

/* --- what is sent, what comes back --- */

static void
test_list (Fixture *f, gconstpointer data)
{
  g_autoptr (JsonObject) params =
      regie_json_object_new ("q", 's', "a&b", "state.in", 's', "idle,error", "created_at.ge", 'i',
                             G_GINT64_CONSTANT (1795177685000000), "sort", 's', "-name", NULL);
  g_autoptr (JsonObject) page = NULL;
  JsonArray *items;

  answer (
      f, "200 OK",
      "{\"items\": [{\"id\": \"a\", \"rev\": 1, \"created_at\": \"2026-11-20T12:28:05Z\"}, {\"id\": \"b\"}],"
      "\"next\": \"xyz\", \"total\": 7}");
  page = test_resolves (regie_backend_list (f->backend, human (), params, "cur/sor", 5000));
  assert_sent (
      f, 0,
      "GET /v1/digital-humans?limit=1000&cursor=cur%2Fsor&q=a%26b&state.in=idle%2Cerror&created_at.ge="
      "2026-11-20T12%3A28%3A05.000000Z&sort=-name HTTP/1.1",
      NULL);
  items = regie_json_get_array (page, "items");
  g_assert_cmpuint (json_array_get_length (items), ==, 2);
  g_assert_cmpint (regie_json_get_int (json_array_get_object_element (items, 0), "created_at", 0), ==,
                   G_GINT64_CONSTANT (1795177685000000));
  g_assert_cmpstr (regie_json_get_text (page, "next", NULL), ==, "xyz");
  g_assert_cmpint (regie_json_get_int (page, "total", 0), ==, 7);

  g_clear_pointer (&page, json_object_unref);
  answer (f, "200 OK", "{\"items\": [], \"next\": null, \"total\": 0}");
  page = test_resolves (regie_backend_list (f->backend, human (), NULL, NULL, 10));
  g_assert_null (regie_json_get_text (page, "next", NULL));
}

static void
test_writes (Fixture *f, gconstpointer data)
{
  g_autoptr (JsonObject) fields = regie_json_object_new ("name", 's', "Ada", NULL);
  g_autoptr (JsonObject) made = NULL, changed = NULL, gone = NULL, started = NULL;

  answer (f, "201 Created", "{\"id\": \"a/b\", \"rev\": 1, \"name\": \"Ada\"}");
  made = test_resolves (regie_backend_create (f->backend, human (), fields, "key-1"));
  assert_sent (f, 0, "POST /v1/digital-humans HTTP/1.1", "{\"name\":\"Ada\"}");
  assert_sent (f, 0, "Idempotency-Key: key-1\r\n", NULL);
  g_assert_cmpstr (regie_json_get_text (made, "remote_id", NULL), ==, "a/b");
  g_assert_cmpstr (regie_json_get_text (made, "etag", NULL), ==, "1");

  answer_as (f, "200 OK", "application/json", "ETag: W/\"9\"\r\n", "{\"id\": \"a/b\"}");
  changed = test_resolves (regie_backend_update (f->backend, human (), "a/b", fields, "1", "key-2"));
  assert_sent (f, 1, "PATCH /v1/digital-humans/a%2Fb HTTP/1.1", NULL);
  assert_sent (f, 1, "If-Match: \"1\"\r\n", NULL);
  g_assert_cmpstr (regie_json_get_text (changed, "etag", NULL), ==, "9");

  answer (f, "204 No Content", "");
  gone = test_resolves (regie_backend_delete (f->backend, human (), "a", NULL));
  assert_sent (f, 2, "DELETE /v1/digital-humans/a HTTP/1.1", NULL);
  g_assert_true (json_object_get_null_member (gone, "record"));
  g_assert_cmpstr (regie_json_get_text (gone, "remote_id", NULL), ==, "a");

  answer (f, "200 OK", "{\"id\": \"a\", \"state\": \"initializing\"}");
  started = test_resolves (regie_backend_act (f->backend, human (), "a", "start", NULL, "key-3"));
  assert_sent (f, 3, "POST /v1/digital-humans/a/start HTTP/1.1", NULL);
  answer (f, "200 OK", "{\"id\": \"a\"}");
  g_clear_pointer (&started, json_object_unref);
  started = test_resolves (regie_backend_act (f->backend, human (), "a", "restore", NULL, NULL));
  assert_sent (f, 4, "POST /v1/digital-humans/a/restore HTTP/1.1", NULL);
}

static void
test_requests (Fixture *f, gconstpointer data)
{
  g_autoptr (JsonObject) params =
      regie_json_object_new ("window", 's', "24h", "workspace", 's', "w", "digital_human", 's', NULL, NULL);
  g_autoptr (JsonObject) id = regie_json_object_new ("id", 's', "w1", NULL);
  g_autoptr (GBytes) text = g_bytes_new_static ("{}\n{}\n", 6);
  g_autoptr (JsonObject) summary = NULL, imported = NULL;
  g_autoptr (DexFuture) exported = NULL;
  g_autofree char *none = NULL, *unknown = NULL;

  answer (f, "200 OK", "{\"active\": 1}");
  summary = test_resolves (regie_backend_request (f->backend, "summary", params, NULL));
  assert_sent (f, 0, "GET /v1/summary?window=24h&workspace=w HTTP/1.1", NULL);
  g_assert_cmpint (regie_json_get_int (summary, "active", 0), ==, 1);

  answer_as (f, "200 OK", "application/x-ndjson", "", "{\"a\":1}\n");
  exported = test_settle (regie_backend_request (f->backend, "export", id, NULL));
  assert_sent (f, 1, "GET /v1/workspaces/w1/export HTTP/1.1", NULL);
  g_assert_true (G_VALUE_HOLDS (dex_future_get_value (exported, NULL), G_TYPE_BYTES));

  answer (f, "201 Created", "{\"id\": \"w2\"}");
  imported = test_resolves (regie_backend_request (f->backend, "import", NULL, text));
  assert_sent (f, 2, "Content-Type: application/x-ndjson\r\n", "{}\n{}\n");
  assert_sent (f, 2, "Idempotency-Key: ", NULL);

  none = test_rejects (regie_backend_request (f->backend, "export", NULL, NULL), REGIE_ERROR_INVALID);
  g_assert_cmpstr (none, ==, "/id: is needed");
  unknown = test_rejects (regie_backend_request (f->backend, "fly", NULL, NULL), REGIE_ERROR_STATE);
}

static void
test_can (Fixture *f, gconstpointer data)
{
  const char *reason;
  g_autofree char *refused = NULL;

  g_assert_true (regie_backend_can (f->backend, human (), "start", NULL));
  g_assert_true (regie_backend_can (f->backend, human (), "restore", &reason));
  g_assert_null (reason);
  g_assert_false (regie_backend_can (f->backend, human (), "fly", &reason));
  g_assert_nonnull (reason);
  g_assert_false (regie_backend_can (f->backend, regie_kind_get ("audit"), "update", &reason));
  g_assert_cmpstr (reason, ==, "The journal cannot be changed.");
  refused = test_rejects (regie_backend_delete (f->backend, regie_kind_get ("audit"), "a", NULL),
                          REGIE_ERROR_STATE);
  g_assert_cmpuint (scripted_server_get_n_connections (f->server), ==, 0);
}

static void
test_probe (Fixture *f, gconstpointer data)
{
  static const char *const others[] = { "{\"status\": \"ok\", \"service\": \"QWANYX API v2\"}",
                                        "{\"engine\": \"regie\"}", "[]",
                                        "{\"engine\": 5, \"version\": \"1\", \"epoch\": \"e\"}" };
  g_autoptr (JsonObject) health = NULL;

  answer (f, "200 OK", "{\"engine\": \"regie\", \"version\": \"0.1.0\", \"epoch\": \"e\", \"more\": 1}");
  health = test_resolves (regie_backend_probe (f->backend));
  g_assert_cmpint (regie_json_get_int (health, "more", 0), ==, 1);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_autofree char *message = NULL;

      answer (f, "200 OK", others[i]);
      message = test_rejects (regie_backend_probe (f->backend), REGIE_ERROR_PROTOCOL);
      g_test_message ("%s", message);
    }
}

/* --- what goes wrong --- */

typedef struct
{
  const char *status, *type, *body;
  int reading, writing; /* the error each time */
  const char *words;
} Failure;

#define PROBLEM(code)                                                                                        \
  "{\"type\": \"urn:regie:problem:" code "\", \"title\": \"t\", \"detail\": \"the words\"}"

static const Failure failures[] = {
  { "422 X", "application/problem+json", PROBLEM ("invalid"), REGIE_ERROR_INVALID, REGIE_ERROR_INVALID,
    "the words" },
  { "422 X", "application/problem+json", "{\"detail\": \"is too long\", \"field\": \"/name\"}",
    REGIE_ERROR_INVALID, REGIE_ERROR_INVALID, "/name: is too long" },
  { "404 X", "application/problem+json", PROBLEM ("not-found"), REGIE_ERROR_NOT_FOUND, REGIE_ERROR_NOT_FOUND,
    NULL },
  { "412 X", "application/problem+json", PROBLEM ("conflict"), REGIE_ERROR_CONFLICT, REGIE_ERROR_CONFLICT,
    NULL },
  { "409 X", "application/problem+json", PROBLEM ("conflict"), REGIE_ERROR_CONFLICT, REGIE_ERROR_CONFLICT,
    NULL },
  { "409 X", "application/problem+json", PROBLEM ("state"), REGIE_ERROR_STATE, REGIE_ERROR_STATE, NULL },
  { "403 X", "application/problem+json", PROBLEM ("denied"), REGIE_ERROR_DENIED, REGIE_ERROR_DENIED, NULL },
  { "429 X", "application/problem+json", PROBLEM ("limited"), REGIE_ERROR_LIMITED, REGIE_ERROR_LIMITED,
    NULL },
  { "507 X", "application/problem+json", PROBLEM ("full"), REGIE_ERROR_FULL, REGIE_ERROR_FULL, NULL },
  { "503 X", "application/problem+json", PROBLEM ("read-only"), REGIE_ERROR_READ_ONLY, REGIE_ERROR_READ_ONLY,
    NULL },
  { "500 X", "application/problem+json", PROBLEM ("corrupt"), REGIE_ERROR_CORRUPT, REGIE_ERROR_CORRUPT,
    NULL },
  { "500 X", "application/problem+json", PROBLEM ("brand-new"), REGIE_ERROR_FAILED, REGIE_ERROR_FAILED,
    NULL },
  { "404 X", "text/html", "<html>", REGIE_ERROR_NOT_FOUND, REGIE_ERROR_NOT_FOUND,
    "Régie engine answered 404" },
  /* Something in between spoke. */
  { "502 X", "text/html", "<html>", REGIE_ERROR_UNREACHABLE, REGIE_ERROR_UNKNOWN, NULL },
  { "500 X", "text/plain", "oops", REGIE_ERROR_UNREACHABLE, REGIE_ERROR_UNKNOWN, NULL },
  { "200 OK", "text/html", "<html>Welcome to the hotel</html>", REGIE_ERROR_PROTOCOL, REGIE_ERROR_UNKNOWN,
    NULL },
  { "200 OK", "application/json", "{\"id\": ", REGIE_ERROR_PROTOCOL, REGIE_ERROR_UNKNOWN, NULL },
  { "200 OK", "application/json", "[1, 2]", REGIE_ERROR_PROTOCOL, REGIE_ERROR_UNKNOWN, NULL },
  { "200 OK", "application/json", "{\"name\": \"no id\"}", REGIE_ERROR_PROTOCOL, REGIE_ERROR_UNKNOWN, NULL },
  { "304 X", "application/json", "", REGIE_ERROR_PROTOCOL, REGIE_ERROR_PROTOCOL, NULL },
};

static void
test_failure (Fixture *f, gconstpointer data)
{
  const Failure *failure = data;
  g_autoptr (JsonObject) fields = regie_json_object_new ("name", 's', "Ada", NULL);
  g_autofree char *reading = NULL, *writing = NULL;

  answer_as (f, failure->status, failure->type, "", failure->body);
  answer_as (f, failure->status, failure->type, "", failure->body);
  reading = test_rejects (regie_backend_get (f->backend, human (), "a"), failure->reading);
  writing = test_rejects (regie_backend_create (f->backend, human (), fields, "k"), failure->writing);
  g_test_message ("%s | %s", reading, writing);
  if (failure->words != NULL)
    g_assert_cmpstr (writing, ==, failure->words);
}

static void
test_deep (Fixture *f, gconstpointer data)
{
  g_autofree char *deep = g_strnfill (100000, '[');
  g_autofree char *message = NULL;

  answer (f, "200 OK", deep);
  message = test_rejects (regie_backend_get (f->backend, human (), "a"), REGIE_ERROR_TOO_LARGE);
}

/* The same cut means: could not be read; or: nobody knows. */
static void
test_cut (Fixture *f, gconstpointer data)
{
  g_autoptr (JsonObject) fields = regie_json_object_new ("name", 's', "Ada", NULL);
  g_autofree char *reading = NULL, *writing = NULL, *nobody = NULL;

  scripted_server_add (f->server, &(ScriptedTurn) { .read = -1 });
  reading = test_rejects (regie_backend_get (f->backend, human (), "a"), REGIE_ERROR_UNREACHABLE);
  scripted_server_add (f->server, &(ScriptedTurn) { .read = -1 });
  writing = test_rejects (regie_backend_create (f->backend, human (), fields, "k"), REGIE_ERROR_UNKNOWN);
  g_clear_object (&f->backend);
  f->backend = backend_at ("unix:/nonexistent/socket");
  nobody = test_rejects (regie_backend_create (f->backend, human (), fields, "k"), REGIE_ERROR_UNREACHABLE);
}

static void
test_limited (Fixture *f, gconstpointer data)
{
  g_autofree char *message = NULL;

  g_assert_cmpint (regie_backend_get_limited_ms (f->backend), ==, 0);
  answer_as (f, "429 X", "application/problem+json", "Retry-After: 30\r\n", PROBLEM ("limited"));
  message = test_rejects (regie_backend_delete (f->backend, human (), "a", NULL), REGIE_ERROR_LIMITED);
  g_assert_cmpint (regie_backend_get_limited_ms (f->backend), >, 25000);
  g_assert_cmpint (regie_backend_get_limited_ms (f->backend), <=, 30001);
}

static void
test_address (Fixture *f, gconstpointer data)
{
  static const char *const wrong[] = { NULL, "nonsense", "http://example.org" };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (RegieBackend) backend = backend_at (wrong[i]);
      g_autofree char *message = test_rejects (regie_backend_probe (backend), REGIE_ERROR_INVALID);

      g_assert_null (regie_backend_follow (backend, NULL, NULL));
    }
}

/* --- events --- */

typedef struct
{
  GPtrArray *events;
  guint n_closed;
} Seen;

static void
on_event (Seen *seen, JsonObject *event)
{
  g_ptr_array_add (seen->events, regie_json_copy (event));
}

static void
on_closed (Seen *seen, GError *error)
{
  seen->n_closed++;
}

static gboolean
is_closed (gpointer data)
{
  return ((Seen *) data)->n_closed > 0;
}

static void
test_follow (Fixture *f, gconstpointer data)
{
  static const char *const texts[] = {
    "{\"type\": \"hello\", \"epoch\": \"e\", \"workspaces\": []}",
    "{\"type\": \"put\", \"seq\": 1, \"kind\": \"task\", \"id\": \"t\", \"record\": {\"id\": \"t\", "
    "\"created_at\": "
    "\"2026-11-20T12:28:05Z\"}}",
    "{\"type\": \"put\", \"seq\": 2, \"kind\": \"task\", \"id\": \"t\", \"record\": {\"no\": \"id\"}}",
    "{\"type\": \"put\", \"seq\": 3, \"kind\": \"unheard-of\", \"id\": \"t\", \"record\": {\"x\": 1}}",
    "{\"type\": \"dance\"}",
  };
  g_autoptr (JsonObject) after = regie_json_object_new ("w1", 'i', (gint64) 4, "w2", 'i', (gint64) 0, NULL);
  g_autoptr (GByteArray) all = g_byte_array_new ();
  g_autoptr (GBytes) frames = NULL;
  g_autoptr (RegieFollower) follower = NULL;
  Seen seen = { g_ptr_array_new_with_free_func ((GDestroyNotify) json_object_unref), 0 };
  JsonObject *task;

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GBytes) frame = scripted_frame (TRUE, 1, texts[i], strlen (texts[i]));

      g_byte_array_append (all, g_bytes_get_data (frame, NULL), g_bytes_get_size (frame));
    }
  frames = g_byte_array_free_to_bytes (g_steal_pointer (&all));
  scripted_server_add (f->server, &(ScriptedTurn) { .read = -1, .upgrade = TRUE, .body = frames });
  follower = regie_backend_follow (f->backend, after, "e&f");
  g_signal_connect_swapped (follower, "event", G_CALLBACK (on_event), &seen);
  g_signal_connect_swapped (follower, "closed", G_CALLBACK (on_closed), &seen);
  WAIT_UNTIL (is_closed, &seen);

  assert_sent (f, 0, "GET /v1/events?after=w1:4,w2:0&epoch=e%26f HTTP/1.1", NULL);
  g_assert_cmpuint (seen.events->len, ==, 5);
  task = regie_json_get_object (g_ptr_array_index (seen.events, 1), "record");
  g_assert_cmpint (regie_json_get_int (task, "created_at", 0), ==, G_GINT64_CONSTANT (1795177685000000));
  g_assert_null (regie_json_get_object (g_ptr_array_index (seen.events, 2), "record"));
  g_assert_nonnull (regie_json_get_object (g_ptr_array_index (seen.events, 3), "record"));
  g_assert_cmpstr (regie_json_get_text (g_ptr_array_index (seen.events, 4), "type", NULL), ==, "dance");
  g_ptr_array_unref (seen.events);
}

#define ADD(name, func) g_test_add ("/backend/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  ADD ("list", test_list);
  ADD ("writes", test_writes);
  ADD ("requests", test_requests);
  ADD ("can", test_can);
  ADD ("probe", test_probe);
  ADD ("deep", test_deep);
  ADD ("cut", test_cut);
  ADD ("limited", test_limited);
  ADD ("address", test_address);
  ADD ("follow", test_follow);
  for (guint i = 0; i < G_N_ELEMENTS (failures); i++)
    {
      g_autofree char *name = g_strdup_printf ("/backend/failure/%u", i);

      g_test_add (name, Fixture, &failures[i], set_up, test_failure, tear_down);
    }

  return g_test_run ();
}
