/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scripted-backend.h"

/* Signs in to a scripted QWANYX as a person does: by the code that is mailed. */
static char *
sign_in (ScriptedBackend *backend)
{
  g_autofree char *answer = NULL;
  const char *who = "{\"email\": \"phil@demo.test\", \"workspace\": \"demo\"}";
  g_assert_cmpuint (scripted_backend_call (backend, "POST", "/auth/login", NULL, who, NULL), ==, 200);
  g_autofree char *code = scripted_backend_wait_code (backend);
  g_autofree char *form =
      g_strdup_printf ("{\"email\": \"phil@demo.test\", \"workspace\": \"demo\", \"code\": \"%s\"}", code);
  g_assert_cmpuint (scripted_backend_call (backend, "POST", "/auth/verify-code", NULL, form, &answer), ==,
                    200);
  g_autoptr (JsonNode) node = json_from_string (answer, NULL);
  return g_strdup (json_object_get_string_member (json_node_get_object (node), "access_token"));
}

static void
test_exactly_once (void)
{
  const char *args[] = { "--generation", "F3", NULL };
  g_autoptr (ScriptedBackend) backend = scripted_backend_new ("qwanyx.py", args);
  g_autofree char *token = sign_in (backend);
  const char *user = "{\"email\": \"new@demo.test\"}";

  scripted_backend_fault (backend, "POST ^/users$ 1 500:effect");
  g_assert_cmpuint (scripted_backend_call (backend, "POST", "/users", token, user, NULL), ==, 500);
  g_assert_cmpuint (scripted_backend_call (backend, "POST", "/users", token, user, NULL), ==, 409);
  g_assert_cmpuint (scripted_backend_count (backend, "POST", "^/users$", FALSE), ==, 2);
  g_assert_cmpuint (scripted_backend_count (backend, "POST", "^/users$", TRUE), ==, 1);
}

static void
test_control (void)
{
  g_autoptr (ScriptedBackend) backend = scripted_backend_new ("ava.py", NULL);
  g_assert_true (g_str_has_prefix (scripted_backend_get_address (backend), "http://127.0.0.1:"));
  g_autoptr (JsonObject) state = scripted_backend_control (backend, "{\"do\": \"state\"}");
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (state, "users")), ==, 2);
  g_autoptr (JsonObject) now =
      scripted_backend_control (backend, "{\"do\": \"advance\", \"seconds\": %d}", 86400);
  g_assert_true (json_object_has_member (now, "now"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scripted-backend/exactly-once", test_exactly_once);
  g_test_add_func ("/scripted-backend/control", test_control);
  return g_test_run ();
}
