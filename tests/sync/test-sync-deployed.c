/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "regie-json.h"
#include "regie-secrets.h"
#include "scripted-backend.h"
#include "sync-fixture.h"

/* The engine, a QWANYX and an AVA at once, in one store. */

typedef struct
{
  RegieEngineHarness *engine;
  ScriptedBackend *qwanyx, *ava;
  Client *client;
  char *qwanyx_id, *ava_id; /* of the connections */
} Fixture;

static const RegieKind *
human (void)
{
  return regie_kind_get ("digital-human");
}

static DexFuture *
settled (DexFuture *future)
{
  g_autoptr (DexFuture) done = test_settle (future);
  g_autoptr (GError) error = NULL;

  dex_future_get_value (done, &error);
  g_assert_no_error (error);

  return g_steal_pointer (&done);
}

static RegieBackend *
backend_for (ScriptedBackend *server, const char *name)
{
  g_autoptr (GPtrArray) profiles = regie_profiles_load_all (NULL);
  g_autoptr (GHashTable) endpoints = g_hash_table_new (g_str_hash, g_str_equal);

  g_hash_table_insert (endpoints, (gpointer) "api", (gpointer) scripted_backend_get_address (server));

  return regie_backend_new (regie_profiles_find (profiles, name), endpoints, REGIE_ENDPOINT_NONE);
}

static void
sign_in_to_qwanyx (ScriptedBackend *server, RegieBackend *backend)
{
  g_autoptr (JsonObject) params =
      regie_json_object_new ("email", 's', "phil@demo.test", "workspace", 's', "demo", NULL);
  g_autofree char *code = NULL;

  dex_unref (settled (regie_backend_sign_in (backend, "request-code", params)));
  code = scripted_backend_wait_code (server);
  json_object_set_string_member (params, "code", code);
  dex_unref (settled (regie_backend_sign_in (backend, "verify-code", params)));
}

static void
sign_in_to_ava (RegieBackend *backend)
{
  g_autoptr (JsonObject) params =
      regie_json_object_new ("identifier", 's', "admin@example.com", "password", 's', "AvaTest123!", NULL);

  dex_unref (settled (regie_backend_sign_in (backend, "password", params)));
}

static char *
add (Client *client, ScriptedBackend *server, RegieBackend *backend, const char *title)
{
  g_autoptr (JsonObject) endpoints =
      regie_json_object_new ("api", 's', scripted_backend_get_address (server), NULL);
  g_autoptr (JsonObject) definition =
      regie_json_object_new ("title", 's', title, "hue", 'i', (gint64) 30, NULL);
  g_autoptr (DexFuture) added = NULL;

  json_object_set_object_member (definition, "endpoints", g_steal_pointer (&endpoints));
  added = settled (regie_connections_add (client->connections, definition, backend));

  return g_value_dup_string (dex_future_get_value (added, NULL));
}

static void
set_up (Fixture *f, gconstpointer data)
{
  const char *args[] = { "--generation", "F3", NULL };
  g_autoptr (RegieBackend) qwanyx = NULL, ava = NULL;
  g_autofree char *workspace = NULL, *ada = NULL;

  f->engine = regie_engine_harness_new ();
  regie_engine_harness_start (f->engine);
  workspace = engine_add_workspace (f->engine, "W");
  ada = engine_add_human (f->engine, workspace, "Ada Réception");
  f->qwanyx = scripted_backend_new ("qwanyx.py", args);
  f->ava = scripted_backend_new ("ava.py", NULL);
  f->client = client_new (regie_engine_harness_get_socket (f->engine), NULL);
  qwanyx = backend_for (f->qwanyx, "qwanyx");
  ava = backend_for (f->ava, "ava");
  sign_in_to_qwanyx (f->qwanyx, qwanyx);
  sign_in_to_ava (ava);
  f->qwanyx_id = add (f->client, f->qwanyx, qwanyx, "QWANYX demo");
  f->ava_id = add (f->client, f->ava, ava, "AVA");
  client_wait_synced (f->client);
  client_wait_count (f->client, "digital-human", "connection", f->qwanyx_id, 3);
  client_wait_count (f->client, "digital-human", "connection", f->ava_id, 2);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  dex_unref (settled (regie_secrets_save (f->qwanyx_id, NULL)));
  dex_unref (settled (regie_secrets_save (f->ava_id, NULL)));
  client_free (f->client);
  scripted_backend_free (f->qwanyx);
  scripted_backend_free (f->ava);
  regie_engine_harness_free (f->engine);
  g_free (f->qwanyx_id);
  g_free (f->ava_id);
}

static RegieConnection *
get (Fixture *f, const char *id)
{
  return regie_connections_get (f->client->connections, id);
}

typedef struct
{
  RegieConnection *connection;
  RegieConnectionState state;
} Awaited;

static gboolean
has_state (gpointer data)
{
  Awaited *awaited = data;

  return regie_connection_get_state (awaited->connection) == awaited->state;
}

static void
wait_state (Fixture *f, const char *id, RegieConnectionState state)
{
  Awaited awaited = { get (f, id), state };

  WAIT_UNTIL (has_state, &awaited);
}

/* It was on its way when the line went: it is back in the outbox. */
static void
wait_queued (Fixture *f, const char *intent)
{
  gint64 deadline = g_get_monotonic_time () + 10 * G_TIME_SPAN_SECOND;
  g_autofree char *state = NULL;

  do
    {
      g_autofree char *error = NULL;

      g_free (state);
      state = client_intent_state (f->client, intent, &error);
    }
  while (!g_str_equal (state, "queued") && g_get_monotonic_time () < deadline);
  g_assert_cmpstr (state, ==, "queued");
}

static gint64
count_words (Fixture *f, const char *words)
{
  g_autoptr (RegieQuery) query = regie_query_new (human ());
  g_autoptr (DexFuture) counted = NULL;

  regie_query_search (query, words);
  counted = settled (regie_store_count (f->client->store, query));

  return g_value_get_int64 (dex_future_get_value (counted, NULL));
}

/* One list, one search, each row of its own connection. */
static void
test_merged (Fixture *f, gconstpointer data)
{
  g_assert_cmpint (client_count (f->client, "digital-human", NULL, NULL), ==, 6);
  g_assert_cmpint (count_words (f, "réception"), ==, 2); /* the engine's and AVA's */
  g_assert_cmpint (count_words (f, "stephen"), ==, 1);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (f->client->connections)), ==, 3);
}

/* Edits made while the line is down arrive once when it is back; the others stay live. */
static void
test_offline (Fixture *f, gconstpointer data)
{
  g_autoptr (RegieRecord) stephen = client_find (f->client, "digital-human", "Stephen");
  const char *key = regie_record_get_key (stephen);
  g_autofree char *update = NULL;
  g_autoptr (JsonObject) refused = scripted_backend_control (f->qwanyx, "{\"do\": \"refuse\"}");
  g_autoptr (JsonObject) back = NULL;

  update = client_update (f->client, "digital-human", key, "{\"name\": \"Stephen Roux\"}");
  wait_state (f, f->qwanyx_id, REGIE_CONNECTION_OFFLINE);
  client_wait_text (f->client, "digital-human", key, "name", "Stephen Roux");
  wait_queued (f, update);
  g_assert_cmpint (regie_connection_get_state (f->client->local), ==, REGIE_CONNECTION_ONLINE);
  g_assert_cmpint (regie_connection_get_state (get (f, f->ava_id)), ==, REGIE_CONNECTION_ONLINE);
  g_assert_cmpuint (scripted_backend_count (f->qwanyx, "PUT", "^/users/", TRUE), ==, 0);

  back = scripted_backend_control (f->qwanyx, "{\"do\": \"listen\"}");
  regie_connection_retry (get (f, f->qwanyx_id));
  client_wait_sent (f->client);
  wait_state (f, f->qwanyx_id, REGIE_CONNECTION_ONLINE);
  g_assert_cmpuint (scripted_backend_count (f->qwanyx, "PUT", "^/users/", TRUE), ==, 1);
  client_wait_text (f->client, "digital-human", key, "name", "Stephen Roux");
}

/* What an action does is seen without events. */
static void
test_start (Fixture *f, gconstpointer data)
{
  g_autoptr (RegieRecord) stephen = client_find (f->client, "digital-human", "Stephen");
  const char *key = regie_record_get_key (stephen);
  g_autofree char *start = client_act (f->client, "digital-human", key, "start");

  client_wait_text (f->client, "digital-human", key, "state", "idle");
  g_assert_cmpuint (scripted_backend_count (f->qwanyx, "POST", "^/api/dh/.*/start$", TRUE), ==, 1);
}

/* A session that ends keeps the outbox; signing in again sends it. */
static void
test_signed_out (Fixture *f, gconstpointer data)
{
  g_autoptr (RegieRecord) stephen = client_find (f->client, "digital-human", "Stephen");
  const char *key = regie_record_get_key (stephen);
  g_autoptr (JsonObject) expired = scripted_backend_control (f->qwanyx, "{\"do\": \"expire\"}");
  g_autofree char *update = client_update (f->client, "digital-human", key, "{\"name\": \"Stephen Roux\"}");
  guint n_asked;

  wait_state (f, f->qwanyx_id, REGIE_CONNECTION_SIGNED_OUT);
  wait_queued (f, update);
  n_asked = scripted_backend_count (f->qwanyx, ".*", ".*", FALSE);
  regie_connection_retry (get (f, f->qwanyx_id));
  wait_state (f, f->qwanyx_id, REGIE_CONNECTION_SIGNED_OUT);
  g_assert_cmpuint (scripted_backend_count (f->qwanyx, ".*", ".*", FALSE), ==, n_asked);

  sign_in_to_qwanyx (f->qwanyx, regie_connection_get_backend (get (f, f->qwanyx_id)));
  regie_connection_retry (get (f, f->qwanyx_id));
  client_wait_sent (f->client);
  g_assert_cmpuint (scripted_backend_count (f->qwanyx, "PUT", "^/users/", TRUE), ==, 1);
}

/* The next start has them again; removed, nothing of one is left. */
static void
test_kept (Fixture *f, gconstpointer data)
{
  g_autofree char *dir = client_end (f->client);
  RegieConnection *qwanyx;

  f->client = client_new (regie_engine_harness_get_socket (f->engine), dir);
  dex_unref (settled (regie_connections_await_loaded (f->client->connections)));
  qwanyx = get (f, f->qwanyx_id);
  g_assert_nonnull (qwanyx);
  g_assert_cmpstr (regie_connection_get_title (qwanyx), ==, "QWANYX demo");
  wait_state (f, f->qwanyx_id, REGIE_CONNECTION_ONLINE);

  dex_unref (settled (regie_connections_remove (f->client->connections, f->qwanyx_id)));
  g_assert_null (get (f, f->qwanyx_id));
  client_wait_count (f->client, "digital-human", "connection", f->qwanyx_id, 0);
  g_assert_cmpint (client_count (f->client, "digital-human", "connection", f->ava_id), ==, 2);
  g_free (client_end (f->client));
  f->client = client_new (regie_engine_harness_get_socket (f->engine), dir);
  dex_unref (settled (regie_connections_await_loaded (f->client->connections)));
  g_assert_null (get (f, f->qwanyx_id));
  g_assert_nonnull (get (f, f->ava_id));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, test) g_test_add ("/sync/deployed/" path, Fixture, NULL, set_up, test, tear_down)
  ADD ("merged", test_merged);
  ADD ("offline", test_offline);
  ADD ("start", test_start);
  ADD ("signed-out", test_signed_out);
  ADD ("kept", test_kept);

  return g_test_run ();
}
