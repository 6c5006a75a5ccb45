/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "regie-backend-private.h"
#include "regie-json.h"
#include "scripted-backend.h"
#include "scripted-server.h"

/* The profiles of QWANYX and AVA against servers that answer as the deployed ones do. */

static RegieBackend *
backend_for (ScriptedBackend *server, const char *profile)
{
  g_autoptr (GPtrArray) profiles = regie_profiles_load_all (NULL);
  g_autoptr (GHashTable) endpoints = g_hash_table_new (g_str_hash, g_str_equal);

  g_hash_table_insert (endpoints, (gpointer) "api", (gpointer) scripted_backend_get_address (server));

  return regie_backend_new (regie_profiles_find (profiles, profile), endpoints, REGIE_ENDPOINT_NONE);
}

static void
assert_rejects (DexFuture *future, int code)
{
  g_autofree char *message = test_rejects (future, code);

  g_test_message ("%s", message);
}

static const RegieKind *
human (void)
{
  return regie_kind_get ("digital-human");
}

static JsonObject *
find_item (JsonObject *page, const char *email)
{
  JsonArray *items = regie_json_get_array (page, "items");

  for (guint i = 0; i < json_array_get_length (items); i++)
    {
      JsonObject *item = json_array_get_object_element (items, i);

      if (g_strcmp0 (regie_json_get_text (item, "email", NULL), email) == 0)
        return item;
    }

  return NULL;
}

/* What a list of all says of the one with that address: its FIELD, newly allocated; NULL when it is not
 * there. */
static char *
look (RegieBackend *backend, const char *email, const char *field)
{
  g_autoptr (JsonObject) page = test_resolves (regie_backend_list (backend, human (), NULL, NULL, 1000));
  JsonObject *item = find_item (page, email);

  return item != NULL ? g_strdup (regie_json_get_text (item, field, "")) : NULL;
}

static void
assert_field (RegieBackend *backend, const char *email, const char *field, const char *expected)
{
  g_autofree char *value = look (backend, email, field);

  g_assert_cmpstr (value, ==, expected);
}

/* --- which one answers --- */

/* The name of the profile that fits what SERVER answers; NULL: none. */
static char *
find_profile (ScriptedBackend *server)
{
  g_autoptr (GPtrArray) profiles = regie_profiles_load_all (NULL);
  g_autoptr (DexFuture) found =
      test_settle (regie_backend_find (profiles, scripted_backend_get_address (server), REGIE_ENDPOINT_NONE));
  g_autoptr (GError) error = NULL;
  const GValue *value = dex_future_get_value (found, &error);

  if (value == NULL)
    {
      g_assert_error (error, REGIE_ERROR, REGIE_ERROR_PROTOCOL);
      return NULL;
    }

  return g_strdup (regie_profile_get_name (regie_backend_get_profile (g_value_get_object (value))));
}

static void
test_probe (void)
{
  static const struct
  {
    const char *generation, *profile;
  } known[] = { { "F1", NULL }, { "F2", "qwanyx-v2" }, { "F3", "qwanyx" }, { "R", NULL } };
  g_autoptr (ScriptedBackend) ava = scripted_backend_new ("ava.py", NULL);
  g_autofree char *ava_profile = find_profile (ava);
  g_autoptr (GPtrArray) profiles = regie_profiles_load_all (NULL);

  g_assert_cmpstr (ava_profile, ==, "ava");
  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    {
      const char *args[] = { "--generation", known[i].generation, NULL };
      g_autoptr (ScriptedBackend) server = scripted_backend_new ("qwanyx.py", args);
      g_autofree char *profile = find_profile (server);

      g_assert_cmpstr (profile, ==, known[i].profile);
    }
  assert_rejects (regie_backend_find (profiles, "http://127.0.0.1:1", REGIE_ENDPOINT_NONE),
                  REGIE_ERROR_UNREACHABLE);
  assert_rejects (regie_backend_find (profiles, "http://example.com", REGIE_ENDPOINT_NONE),
                  REGIE_ERROR_INVALID);
}

/* --- QWANYX --- */

static RegieBackend *
sign_in_by_code (ScriptedBackend *server, const char *profile)
{
  RegieBackend *backend = backend_for (server, profile);
  g_autoptr (JsonObject) params = regie_json_object_new ("email", 's', "phil@demo.test", "workspace", 's',
                                                         "demo", "code", 's', "000000", NULL);
  g_autoptr (JsonObject) sent = test_resolves (regie_backend_sign_in (backend, "request-code", params));
  g_autofree char *code = scripted_backend_wait_code (server);
  g_autoptr (JsonObject) account = NULL;

  assert_rejects (regie_backend_sign_in (backend, "verify-code", params), REGIE_ERROR_DENIED);
  json_object_set_string_member (params, "code", code);
  account = test_resolves (regie_backend_sign_in (backend, "verify-code", params));
  g_assert_true (regie_backend_is_signed_in (backend));
  g_assert_cmpstr (regie_json_get_text (account, "workspace", NULL), ==, "demo");
  /* Seven days, as the token says. */
  g_assert_cmpint (regie_backend_get_expiry (backend), >, g_get_real_time () + 6 * G_TIME_SPAN_DAY);

  return backend;
}

static void
test_qwanyx_runs (void)
{
  const char *args[] = { "--generation", "F3", NULL };
  g_autoptr (ScriptedBackend) server = scripted_backend_new ("qwanyx.py", args);
  g_autoptr (RegieBackend) backend = sign_in_by_code (server, "qwanyx");
  g_autofree char *id = look (backend, "stephen@demo.test", "id");
  g_autoptr (JsonObject) started = NULL, again = NULL, stopped = NULL;

  assert_field (backend, "stephen@demo.test", "name", "Stephen");
  assert_field (backend, "stephen@demo.test", "state", "stopped");
  assert_field (backend, "<b>léo</b>@demo.test", "name", "Léo & <b>Co</b>");
  /* People are no Digital Humans. */
  assert_field (backend, "phil@demo.test", "id", NULL);

  started = test_resolves (regie_backend_act (backend, human (), id, "start", NULL, NULL));
  assert_field (backend, "stephen@demo.test", "state", "idle");
  assert_field (backend, "anna.dh@demo.test", "state", "stopped");
  again = test_resolves (regie_backend_act (backend, human (), id, "start", NULL, NULL));
  stopped = test_resolves (regie_backend_act (backend, human (), id, "stop", NULL, NULL));
  assert_field (backend, "stephen@demo.test", "state", "stopped");
}

static void
test_qwanyx_writes (void)
{
  const char *args[] = { "--generation", "F3", NULL };
  g_autoptr (ScriptedBackend) server = scripted_backend_new ("qwanyx.py", args);
  g_autoptr (RegieBackend) backend = sign_in_by_code (server, "qwanyx");
  g_autoptr (JsonObject) fields =
      regie_json_object_new ("name", 's', "Noé", "email", 's', "noe@demo.test", "role", 's', "hr", NULL);
  g_autoptr (JsonObject) patch = regie_json_object_new ("name", 's', "Noé Roux", NULL);
  g_autoptr (JsonObject) made = test_resolves (regie_backend_create (backend, human (), fields, NULL));
  g_autoptr (JsonObject) changed = NULL, gone = NULL;
  const char *id = regie_json_get_text (made, "remote_id", NULL);

  g_assert_cmpuint (scripted_backend_count (server, "POST", "^/auth/register$", TRUE), ==, 1);
  assert_field (backend, "noe@demo.test", "name", "Noé");
  assert_field (backend, "noe@demo.test", "role", "hr");
  assert_rejects (regie_backend_create (backend, human (), fields, NULL), REGIE_ERROR_CONFLICT);
  changed = test_resolves (regie_backend_update (backend, human (), id, patch, NULL, NULL));
  assert_field (backend, "noe@demo.test", "name", "Noé Roux");
  gone = test_resolves (regie_backend_delete (backend, human (), id, NULL));
  assert_field (backend, "noe@demo.test", "name", NULL);

  /* It took effect, and nobody said so. */
  scripted_backend_fault (server, "POST ^/auth/register$ 1 cut:after");
  assert_rejects (regie_backend_create (backend, human (), fields, NULL), REGIE_ERROR_UNKNOWN);
  g_assert_cmpuint (scripted_backend_count (server, "POST", "^/auth/register$", TRUE), ==, 2);
}

static void
test_qwanyx_ends (void)
{
  const char *args[] = { "--generation", "F3", NULL };
  g_autoptr (ScriptedBackend) server = scripted_backend_new ("qwanyx.py", args);
  g_autoptr (RegieBackend) backend = sign_in_by_code (server, "qwanyx");
  g_autoptr (JsonObject) expired = scripted_backend_control (server, "{\"do\": \"expire\"}");

  assert_rejects (regie_backend_list (backend, human (), NULL, NULL, 10), REGIE_ERROR_SIGNED_OUT);
  g_assert_false (regie_backend_is_signed_in (backend));
}

static void
test_qwanyx_v2 (void)
{
  const char *args[] = { "--generation", "F2", NULL };
  g_autoptr (ScriptedBackend) server = scripted_backend_new ("qwanyx.py", args);
  g_autoptr (RegieBackend) backend = sign_in_by_code (server, "qwanyx-v2");
  g_autoptr (JsonObject) fields =
      regie_json_object_new ("name", 's', "Noé", "email", 's', "noe@demo.test", NULL);
  g_autoptr (JsonObject) made = test_resolves (regie_backend_create (backend, human (), fields, NULL));
  g_autoptr (JsonObject) gone = NULL;
  const char *reason;

  assert_field (backend, "noe@demo.test", "name", "Noé");
  gone = test_resolves (
      regie_backend_delete (backend, human (), regie_json_get_text (made, "remote_id", NULL), NULL));
  assert_field (backend, "noe@demo.test", "name", NULL);
  g_assert_false (regie_backend_can (backend, human (), "start", &reason));
  g_assert_nonnull (strstr (reason, "does not run them"));
}

/* --- AVA --- */

static RegieBackend *
sign_in_to_ava (ScriptedBackend *server)
{
  RegieBackend *backend = backend_for (server, "ava");
  g_autoptr (JsonObject) params =
      regie_json_object_new ("identifier", 's', "admin@example.com", "password", 's', "AvaTest123!", NULL);
  g_autoptr (JsonObject) account = test_resolves (regie_backend_sign_in (backend, "password", params));

  g_assert_nonnull (regie_json_get_text (account, "user", NULL));

  return backend;
}

static void
test_ava_renews (void)
{
  g_autoptr (ScriptedBackend) server = scripted_backend_new ("ava.py", NULL);
  g_autoptr (RegieBackend) backend = sign_in_to_ava (server);
  g_autoptr (JsonObject) page = test_resolves (regie_backend_list (backend, human (), NULL, NULL, 1000));
  g_autoptr (JsonObject) expired = NULL, after = NULL;
  DexFuture *futures[4];

  g_assert_cmpuint (json_array_get_length (regie_json_get_array (page, "items")), >, 0);
  /* Sixteen minutes later the token has ended; those who find out at the same time renew it once. */
  expired = scripted_backend_control (server, "{\"do\": \"advance\", \"seconds\": %d}", 16 * 60);
  for (guint i = 0; i < G_N_ELEMENTS (futures); i++)
    futures[i] = regie_backend_list (backend, human (), NULL, NULL, 1000);
  for (guint i = 0; i < G_N_ELEMENTS (futures); i++)
    {
      g_clear_pointer (&after, json_object_unref);
      after = test_resolves (futures[i]);
    }
  g_assert_cmpuint (scripted_backend_count (server, "POST", "^/api/v1/auth/refresh$", FALSE), ==, 1);
}

/* Two first readings at once would break this account's studio for good. */
static void
test_ava_in_turn (void)
{
  const char *args[] = { "--studio-ms", "100", NULL };
  g_autoptr (ScriptedBackend) server = scripted_backend_new ("ava.py", args);
  g_autoptr (RegieBackend) backend = sign_in_to_ava (server);
  DexFuture *first = regie_backend_request (backend, "studio", NULL, NULL);
  DexFuture *second = regie_backend_request (backend, "studio", NULL, NULL);
  g_autoptr (JsonObject) one = test_resolves (first), two = test_resolves (second), three = NULL;

  g_assert_true (json_object_has_member (one, "organizationName"));
  three = test_resolves (regie_backend_request (backend, "studio", NULL, NULL));
  g_assert_true (json_object_has_member (three, "organizationName"));
}

static void
test_ava_refuses (void)
{
  g_autoptr (ScriptedBackend) server = scripted_backend_new ("ava.py", NULL);
  g_autoptr (RegieBackend) backend = sign_in_to_ava (server);
  g_autoptr (JsonObject) wrong =
      regie_json_object_new ("identifier", 's', "admin@example.com", "password", 's', "planted-S3cret", NULL);
  const char *reason;

  assert_rejects (regie_backend_sign_in (backend, "password", wrong), REGIE_ERROR_DENIED);
  g_assert_true (regie_backend_is_signed_in (backend));
  g_assert_false (regie_backend_can (backend, human (), "update", &reason));
  g_assert_nonnull (strstr (reason, "fails at every change"));
  scripted_backend_fault (server, "GET ^/api/v1/assistants 1 html");
  assert_rejects (regie_backend_list (backend, human (), NULL, NULL, 10), REGIE_ERROR_PROTOCOL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/contract/deployed/probe", test_probe);
  g_test_add_func ("/contract/qwanyx/runs", test_qwanyx_runs);
  g_test_add_func ("/contract/qwanyx/writes", test_qwanyx_writes);
  g_test_add_func ("/contract/qwanyx/ends", test_qwanyx_ends);
  g_test_add_func ("/contract/qwanyx/v2", test_qwanyx_v2);
  g_test_add_func ("/contract/ava/renews", test_ava_renews);
  g_test_add_func ("/contract/ava/in-turn", test_ava_in_turn);
  g_test_add_func ("/contract/ava/refuses", test_ava_refuses);

  return g_test_run ();
}
