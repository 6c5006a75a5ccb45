/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "regie-backend-private.h"
#include "regie-json.h"
#include "scripted-server.h"

/* Signing in by a profile, and what each request carries afterwards. */

typedef struct
{
  ScriptedServer *server;
  RegieBackend *backend;
  GPtrArray *kept; /* texts that a turn borrows */
  guint n_changed, n_signed_out;
} Fixture;

static void
set_up (Fixture *f, gconstpointer profile)
{
  g_autoptr (GPtrArray) profiles = regie_profiles_load_all (NULL);
  g_autoptr (GHashTable) endpoints = g_hash_table_new (g_str_hash, g_str_equal);

  f->server = scripted_server_new (TRUE);
  g_hash_table_insert (endpoints, (gpointer) "api", (gpointer) scripted_server_get_address (f->server));
  f->backend = regie_backend_new (regie_profiles_find (profiles, profile), endpoints, REGIE_ENDPOINT_NONE);
  f->kept = g_ptr_array_new_with_free_func (g_free);
  g_signal_connect_swapped (f->backend, "secrets-changed", G_CALLBACK (g_atomic_int_inc), &f->n_changed);
  g_signal_connect_swapped (f->backend, "signed-out", G_CALLBACK (g_atomic_int_inc), &f->n_signed_out);
}

static void
tear_down (Fixture *f, gconstpointer profile)
{
  g_clear_object (&f->backend);
  scripted_server_free (f->server);
  g_ptr_array_unref (f->kept);
}

static void
answer (Fixture *f, const char *status, const char *body)
{
  char *text =
      g_strdup_printf ("HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                       status, strlen (body), body);

  g_ptr_array_add (f->kept, text);
  scripted_server_add (f->server, &(ScriptedTurn) { .read = -1, .head = text });
}

/* What went over the wire in the N-th turn. */
static void
assert_sent (Fixture *f, guint n, const char *part)
{
  g_autofree char *request = scripted_server_get_request (f->server, n);

  g_assert_nonnull (request);
  g_test_message ("%s", request);
  g_assert_nonnull (strstr (request, part));
}

static const RegieKind *
human (void)
{
  return regie_kind_get ("digital-human");
}

static DexFuture *
list (Fixture *f)
{
  return regie_backend_list (f->backend, human (), NULL, NULL, 100);
}

static JsonObject *
password (void)
{
  return regie_json_object_new ("identifier", 's', "ada@example.com", "password", 's', "S3cret!pass", NULL);
}

#define GRANT(token)                                                                                         \
  "{\"access_token\":\"" token "\",\"refresh_token\":\"R1\",\"expires_in\":900,\"user\":{\"id\":\"u1\"}}"

static void
sign_in (Fixture *f)
{
  g_autoptr (JsonObject) params = password ();
  g_autoptr (JsonObject) account = NULL;

  answer (f, "200 OK", GRANT ("T1"));
  answer (f, "200 OK", "{\"id\":\"u1\"}");
  account = test_resolves (regie_backend_sign_in (f->backend, "password", params));
  g_assert_cmpstr (regie_json_get_text (account, "user", NULL), ==, "u1");
  g_assert_cmpstr (regie_json_get_text (account, "identifier", NULL), ==, "ada@example.com");
  g_assert_false (json_object_has_member (account, "password"));
  assert_sent (f, 0, "POST /api/v1/auth/login HTTP/1.1");
  assert_sent (f, 0, "{\"identifier\":\"ada@example.com\",\"password\":\"S3cret!pass\",\"remember\":false}");
  assert_sent (f, 1, "Authorization: Bearer T1\r\n");
}

/* Nothing leaves before somebody is signed in: this server would answer with somebody else's data. */
static void
test_first (Fixture *f, gconstpointer profile)
{
  g_autofree char *refused = test_rejects (list (f), REGIE_ERROR_SIGNED_OUT);
  g_autoptr (JsonObject) page = NULL;
  g_autoptr (JsonObject) incomplete = regie_json_object_new ("identifier", 's', "ada", NULL);
  g_autofree char *missing =
      test_rejects (regie_backend_sign_in (f->backend, "password", incomplete), REGIE_ERROR_INVALID);

  g_assert_cmpstr (missing, ==, "/password: is needed");
  g_assert_cmpuint (scripted_server_get_n_connections (f->server), ==, 0);
  g_assert_false (regie_backend_is_signed_in (f->backend));

  sign_in (f);
  g_assert_true (regie_backend_is_signed_in (f->backend));
  g_assert_cmpuint (f->n_changed, ==, 1);
  answer (f, "200 OK",
          "{\"success\":true,\"assistants\":[{\"id\":\"a1\",\"name\":\"Ava\",\"firstMessage\":\"Bonjour\","
          "\"createdAt\":\"2026-11-20T12:28:23.480Z\",\"orgId\":\"o\"}]}");
  page = test_resolves (list (f));
  assert_sent (f, 2, "GET /api/v1/assistants?limit=200 HTTP/1.1");
  assert_sent (f, 2, "Authorization: Bearer T1\r\n");
  {
    JsonObject *ava = json_array_get_object_element (regie_json_get_array (page, "items"), 0);

    g_assert_cmpstr (regie_json_get_text (ava, "description", NULL), ==, "Bonjour");
    g_assert_cmpstr (regie_json_get_text (ava, "state", NULL), ==, "idle");
    g_assert_cmpstr (regie_json_get_text (ava, "orgId", NULL), ==, "o");
    g_assert_cmpint (regie_json_get_int (ava, "created_at", 0), ==, G_GINT64_CONSTANT (1795177703480000));
  }
}

static void
test_other_user (Fixture *f, gconstpointer profile)
{
  g_autoptr (JsonObject) params = password ();
  g_autofree char *refused = NULL;

  answer (f, "200 OK", GRANT ("T1"));
  answer (f, "200 OK", "{\"id\":\"somebody-else\"}");
  refused = test_rejects (regie_backend_sign_in (f->backend, "password", params), REGIE_ERROR_DENIED);
  g_assert_nonnull (strstr (refused, "another account"));
  g_assert_false (regie_backend_is_signed_in (f->backend));
}

static void
test_refused (Fixture *f, gconstpointer profile)
{
  g_autoptr (JsonObject) params = password ();
  g_autofree char *denied = NULL, *invalid = NULL;

  answer (f, "401 Unauthorized", "{\"detail\":\"Invalid credentials\"}");
  denied = test_rejects (regie_backend_sign_in (f->backend, "password", params), REGIE_ERROR_DENIED);
  g_assert_cmpstr (denied, ==, "Invalid credentials");
  g_assert_cmpuint (f->n_signed_out, ==, 0);

  /* The answer says the rejected input again, which is the password: its words alone are shown. */
  answer (f, "422 Unprocessable Entity",
          "{\"detail\":[{\"type\":\"string_too_short\",\"loc\":[\"body\",\"password\"],\"msg\":\"Too short\","
          "\"input\":\"S3cret!pass\"}]}");
  invalid = test_rejects (regie_backend_sign_in (f->backend, "password", params), REGIE_ERROR_INVALID);
  g_assert_cmpstr (invalid, ==, "/password: Too short");
}

static void
test_renewed (Fixture *f, gconstpointer profile)
{
  g_autoptr (JsonObject) page = NULL;
  g_autoptr (JsonObject) secrets = NULL;

  sign_in (f);
  answer (f, "401 Unauthorized", "{\"detail\":\"Invalid token\"}");
  answer (f, "200 OK", GRANT ("T2"));
  answer (f, "200 OK", "{\"assistants\":[]}");
  page = test_resolves (list (f));
  assert_sent (f, 3, "POST /api/v1/auth/refresh HTTP/1.1");
  assert_sent (f, 3, "{\"refresh_token\":\"R1\"}");
  assert_sent (f, 4, "Authorization: Bearer T2\r\n");
  g_assert_cmpuint (f->n_changed, ==, 2);
  secrets = regie_backend_get_secrets (f->backend);
  g_assert_cmpstr (regie_json_get_text (secrets, "token", NULL), ==, "T2");
  g_assert_cmpint (regie_json_get_int (secrets, "expires_at", 0), >, g_get_real_time ());
}

/* Before it ends, not after the server has said so. */
static void
test_renewed_ahead (Fixture *f, gconstpointer profile)
{
  g_autoptr (JsonObject) secrets =
      regie_json_object_new ("token", 's', "T1", "refresh", 's', "R1", "expires_at", 'i',
                             g_get_real_time () + G_TIME_SPAN_SECOND, NULL);
  g_autoptr (JsonObject) page = NULL;

  regie_backend_set_secrets (f->backend, secrets);
  answer (f, "200 OK", GRANT ("T2"));
  answer (f, "200 OK", "{\"assistants\":[]}");
  page = test_resolves (list (f));
  assert_sent (f, 0, "POST /api/v1/auth/refresh HTTP/1.1");
  assert_sent (f, 1, "Authorization: Bearer T2\r\n");
}

static void
test_lost (Fixture *f, gconstpointer profile)
{
  g_autofree char *lost = NULL, *again = NULL;

  sign_in (f);
  answer (f, "404 Not Found", "{\"detail\":\"User not found\"}");
  answer (f, "401 Unauthorized", "{\"detail\":\"Token has expired\"}");
  lost = test_rejects (list (f), REGIE_ERROR_SIGNED_OUT);
  g_assert_cmpuint (f->n_signed_out, ==, 1);
  g_assert_false (regie_backend_is_signed_in (f->backend));
  again = test_rejects (list (f), REGIE_ERROR_SIGNED_OUT);
  g_assert_cmpuint (scripted_server_get_n_connections (f->server), ==, 4);
}

/* A server that is broken for the moment signs nobody out. */
static void
test_refresh_fails (Fixture *f, gconstpointer profile)
{
  g_autofree char *failed = NULL;

  sign_in (f);
  answer (f, "401 Unauthorized", "{\"detail\":\"Invalid token\"}");
  answer (f, "500 Internal Server Error", "{\"detail\":\"database is gone\"}");
  failed = test_rejects (list (f), REGIE_ERROR_FAILED);
  g_assert_cmpuint (f->n_signed_out, ==, 0);
  g_assert_true (regie_backend_is_signed_in (f->backend));
}

static void
test_wait (Fixture *f, gconstpointer profile)
{
  g_autofree char *limited = NULL;

  sign_in (f);
  answer (f, "503 Service Unavailable",
          "{\"detail\":\"vapi is temporarily unavailable. Please try again in 29s.\"}");
  limited = test_rejects (list (f), REGIE_ERROR_LIMITED);
  g_assert_cmpint (regie_backend_get_limited_ms (f->backend), >, 25000);
  g_assert_cmpint (regie_backend_get_limited_ms (f->backend), <=, 29001);
}

/* --- QWANYX: a code by mail, one list for all users, the running ones in another --- */

static void
sign_in_by_code (Fixture *f)
{
  g_autoptr (JsonObject) params = regie_json_object_new ("email", 's', "phil@demo.test", "workspace", 's',
                                                         "demo", "code", 's', "581429", NULL);
  g_autoptr (JsonObject) sent = NULL, account = NULL;
  /* {"exp": 4102444800} */
  const char *grant = "{\"access_token\":\"e30.eyJleHAiOjQxMDI0NDQ4MDB9.x\",\"user\":{\"id\":\"u1\","
                      "\"email\":\"phil@demo.test\"}}";

  answer (f, "200 OK", "{\"message\":\"Code sent\"}");
  sent = test_resolves (regie_backend_sign_in (f->backend, "request-code", params));
  g_assert_false (regie_backend_is_signed_in (f->backend));
  answer (f, "200 OK", grant);
  account = test_resolves (regie_backend_sign_in (f->backend, "verify-code", params));
  assert_sent (f, 0, "{\"email\":\"phil@demo.test\",\"workspace\":\"demo\"}");
  g_assert_cmpstr (regie_json_get_text (account, "workspace", NULL), ==, "demo");
  g_assert_false (json_object_has_member (account, "code"));
  g_assert_cmpint (regie_backend_get_expiry (f->backend), ==, G_GINT64_CONSTANT (4102444800000000));
}

static void
test_joined (Fixture *f, gconstpointer profile)
{
  g_autoptr (JsonObject) page = NULL;
  JsonArray *items;
  JsonObject *first, *second;

  sign_in_by_code (f);
  answer (f, "200 OK",
          "{\"count\":1,\"running_dhs\":[{\"dh_id\":\"d2\",\"status\":{\"running\":true,"
          "\"started_at\":\"2026-11-20T12:28:06.593034\"}}]}");
  answer (f, "200 OK",
          "{\"total\":3,\"users\":[{\"_id\":\"u1\",\"email\":\"phil@demo.test\"},"
          "{\"_id\":\"d1\",\"type\":\"DH\",\"firstName\":\"Anna\",\"role\":\"rh\",\"created_at\":\"Fri, 20 "
          "Nov 2026 12:28:05 GMT\"},"
          "{\"_id\":\"d2\",\"type\":\"DH\",\"name\":\"Stephen\",\"custom\":[1]}]}");
  page = test_resolves (list (f));
  assert_sent (f, 2, "GET /api/dh/running HTTP/1.1");
  assert_sent (f, 3, "GET /users HTTP/1.1");
  assert_sent (f, 3, "X-Workspace: demo\r\n");
  items = regie_json_get_array (page, "items");
  g_assert_cmpuint (json_array_get_length (items), ==, 2);
  first = json_array_get_object_element (items, 0);
  second = json_array_get_object_element (items, 1);
  g_assert_cmpstr (regie_json_get_text (first, "name", NULL), ==, "Anna");
  g_assert_cmpstr (regie_json_get_text (first, "role", NULL), ==, "hr");
  g_assert_cmpstr (regie_json_get_text (first, "state", NULL), ==, "stopped");
  g_assert_cmpint (regie_json_get_int (first, "created_at", 0), ==, G_GINT64_CONSTANT (1795177685000000));
  g_assert_cmpstr (regie_json_get_text (second, "state", NULL), ==, "idle");
  g_assert_cmpint (regie_json_get_int (second, "started_at", 0), ==, G_GINT64_CONSTANT (1795177686593034));
  g_assert_nonnull (regie_json_get_array (second, "custom"));
}

static void
test_two_calls (Fixture *f, gconstpointer profile)
{
  g_autoptr (JsonObject) started = NULL, made = NULL;
  g_autoptr (JsonObject) fields =
      regie_json_object_new ("name", 's', "Zoé", "email", 's', "zoe@demo.test", "role", 's', "hr", NULL);
  g_autoptr (JsonObject) refused_field = regie_json_object_new ("signature", 's', "Zoé", NULL);
  g_autofree char *refused = NULL;

  sign_in_by_code (f);
  /* This server calls it not found when nothing changes. */
  answer (f, "404 Not Found", "{\"error\":\"User not found\"}");
  answer (f, "200 OK", "{\"success\":true,\"status\":{\"running\":true}}");
  started = test_resolves (regie_backend_act (f->backend, human (), "d1", "start", NULL, NULL));
  assert_sent (f, 2, "PUT /users/d1 HTTP/1.1");
  assert_sent (f, 2, "\r\n\r\n{\"active\":true}");
  assert_sent (f, 3, "POST /api/dh/d1/start HTTP/1.1");
  g_assert_cmpstr (regie_json_get_text (started, "remote_id", NULL), ==, "d1");
  g_assert_true (json_object_get_null_member (started, "record"));

  answer (f, "201 Created", "{\"message\":\"Registration successful\",\"user_id\":\"d3\"}");
  made = test_resolves (regie_backend_create (f->backend, human (), fields, NULL));
  assert_sent (f, 4, "POST /auth/register HTTP/1.1");
  assert_sent (
      f, 4,
      "{\"email\":\"zoe@demo.test\",\"workspace\":\"demo\",\"metadata\":{\"type\":\"DH\",\"name\":\"Zoé\","
      "\"firstName\":\"Zoé\",\"role\":\"rh\",\"status\":\"active\",\"active\":false}}");
  g_assert_cmpstr (regie_json_get_text (made, "remote_id", NULL), ==, "d3");

  refused = test_rejects (regie_backend_update (f->backend, human (), "d3", refused_field, NULL, NULL),
                          REGIE_ERROR_INVALID);
  g_assert_cmpstr (refused, ==, "/signature: QWANYX does not take it");
}

/* --- what it looks like from outside --- */

static void
test_steps (Fixture *f, gconstpointer profile)
{
  g_autoptr (JsonArray) steps = regie_backend_get_steps (f->backend);
  JsonObject *last = json_array_get_object_element (steps, json_array_get_length (steps) - 1);

  g_assert_cmpuint (json_array_get_length (steps), ==, 2);
  g_assert_cmpstr (regie_json_get_text (last, "name", NULL), ==, "verify-code");
  g_assert_true (regie_json_get_bool (last, "tokens", FALSE));
  g_assert_cmpuint (json_array_get_length (regie_json_get_array (last, "fields")), ==, 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  dex_init ();

#define ADD(path, profile, test)                                                                             \
  g_test_add ("/backend/sign-in/" path, Fixture, profile, set_up, test, tear_down)
  ADD ("first", "ava", test_first);
  ADD ("other-user", "ava", test_other_user);
  ADD ("refused", "ava", test_refused);
  ADD ("renewed", "ava", test_renewed);
  ADD ("renewed-ahead", "ava", test_renewed_ahead);
  ADD ("lost", "ava", test_lost);
  ADD ("refresh-fails", "ava", test_refresh_fails);
  ADD ("wait", "ava", test_wait);
  ADD ("joined", "qwanyx", test_joined);
  ADD ("two-calls", "qwanyx", test_two_calls);
  ADD ("steps", "qwanyx", test_steps);

  return g_test_run ();
}
