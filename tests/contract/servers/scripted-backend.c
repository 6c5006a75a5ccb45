/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scripted-backend.h"

#include <gio/gio.h>
#include <string.h>

struct _ScriptedBackend
{
  GSubprocess *process;
  GDataInputStream *lines;
  guint16 port, control;
  char *address;
};

static JsonObject *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = json_from_string (text, &error);
  g_assert_no_error (error);
  g_assert_true (node && JSON_NODE_HOLDS_OBJECT (node));
  return json_object_ref (json_node_get_object (node));
}

JsonObject *
scripted_backend_wait_event (ScriptedBackend *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *line = g_data_input_stream_read_line (self->lines, NULL, NULL, &error);
  g_assert_no_error (error);
  if (line == NULL)
    g_error ("the scripted server ended");
  return parse (line);
}

ScriptedBackend *
scripted_backend_new (const char *script, const char *const *args)
{
  ScriptedBackend *self = g_new0 (ScriptedBackend, 1);
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "contract", "servers", script, NULL);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (GSubprocessLauncher) launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE);

  g_strv_builder_add_many (builder, "python3", "-B", path, NULL);
  if (args)
    g_strv_builder_addv (builder, (const char **) args);
  g_auto (GStrv) argv = g_strv_builder_end (builder);
  /* Python is not ours to judge. */
  g_subprocess_launcher_setenv (launcher, "ASAN_OPTIONS", "detect_leaks=0", TRUE);
  self->process = g_subprocess_launcher_spawnv (launcher, (const char *const *) argv, &error);
  g_assert_no_error (error);
  self->lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (self->process));

  g_autoptr (JsonObject) ports = scripted_backend_wait_event (self);
  self->port = (guint16) json_object_get_int_member (ports, "port");
  self->control = (guint16) json_object_get_int_member (ports, "control");
  gboolean tls = args && g_strv_contains (args, "--tls");
  self->address = g_strdup_printf ("%s://127.0.0.1:%u", tls ? "https" : "http", self->port);
  return self;
}

/* One request on a connection of its own; returns the body, newly allocated. */
static char *
exchange (guint16 port,
          const char *method,
          const char *path,
          const char *token,
          const char *body,
          guint *status)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_socket_client_set_enable_proxy (client, FALSE);
  g_autoptr (GSocketConnection) connection =
      g_socket_client_connect_to_host (client, "127.0.0.1", port, NULL, &error);
  g_assert_no_error (error);
  GOutputStream *output = g_io_stream_get_output_stream (G_IO_STREAM (connection));
  g_autofree char *authorization =
      token ? g_strdup_printf ("Authorization: Bearer %s\r\n", token) : g_strdup ("");
  g_autofree char *text = g_strdup_printf (
      "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%sContent-Type: application/json\r\nContent-Length: %zu\r\n"
      "Connection: close\r\n\r\n%s",
      method, path, authorization, body ? strlen (body) : 0, body ? body : "");
  g_output_stream_write_all (output, text, strlen (text), NULL, NULL, &error);
  g_assert_no_error (error);

  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_output_stream_splice (memory, g_io_stream_get_input_stream (G_IO_STREAM (connection)),
                          G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (GBytes) bytes = g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
  g_autofree char *answer = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  char *start = strstr (answer, "\r\n\r\n");
  g_assert_nonnull (start);
  g_assert_true (g_str_has_prefix (answer, "HTTP/1.1 "));
  *status = (guint) g_ascii_strtoull (answer + strlen ("HTTP/1.1 "), NULL, 10);
  return g_strdup (start + 4);
}

static JsonObject *
order (ScriptedBackend *self, const char *text)
{
  guint status;
  g_autofree char *answer = exchange (self->control, "POST", "/_control", NULL, text, &status);
  if (status != 200)
    g_error ("%s: %s", text, answer);
  return parse (answer);
}

JsonObject *
scripted_backend_control (ScriptedBackend *self, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  return order (self, text);
}

void
scripted_backend_free (ScriptedBackend *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) log = order (self, "{\"do\": \"log\"}");
  JsonArray *bugs = json_object_get_array_member (log, "bugs");
  if (json_array_get_length (bugs))
    g_error ("%s", json_array_get_string_element (bugs, 0));
  g_output_stream_close (g_subprocess_get_stdin_pipe (self->process), NULL, NULL);
  g_subprocess_wait_check (self->process, NULL, &error);
  g_assert_no_error (error);
  g_clear_object (&self->lines);
  g_clear_object (&self->process);
  g_clear_pointer (&self->address, g_free);
  g_free (self);
}

const char *
scripted_backend_get_address (ScriptedBackend *self)
{
  return self->address;
}

guint16
scripted_backend_get_port (ScriptedBackend *self)
{
  return self->port;
}

void
scripted_backend_fault (ScriptedBackend *self, const char *rule)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "do");
  json_builder_add_string_value (builder, "fault");
  json_builder_set_member_name (builder, "rules");
  json_builder_begin_array (builder);
  json_builder_add_string_value (builder, rule);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  g_autoptr (JsonNode) node = json_builder_get_root (builder);
  g_autofree char *text = json_to_string (node, FALSE);
  g_autoptr (JsonObject) answer = order (self, text);
}

guint
scripted_backend_count (ScriptedBackend *self, const char *method, const char *path, gboolean effect)
{
  g_autoptr (JsonObject) log = order (self, "{\"do\": \"log\"}");
  JsonArray *requests = json_object_get_array_member (log, "requests");
  guint count = 0;
  for (guint i = 0; i < json_array_get_length (requests); i++)
    {
      JsonObject *request = json_array_get_object_element (requests, i);
      count += g_str_equal (json_object_get_string_member (request, "method"), method) &&
               g_regex_match_simple (path, json_object_get_string_member (request, "path"), 0, 0) &&
               (!effect || json_object_get_boolean_member (request, "effect"));
    }
  return count;
}

char *
scripted_backend_wait_code (ScriptedBackend *self)
{
  for (;;)
    {
      g_autoptr (JsonObject) event = scripted_backend_wait_event (self);
      if (g_strcmp0 (json_object_get_string_member_with_default (event, "event", NULL), "code") == 0)
        return g_strdup (json_object_get_string_member (event, "code"));
    }
}

guint
scripted_backend_call (ScriptedBackend *self,
                       const char *method,
                       const char *path,
                       const char *token,
                       const char *body,
                       char **answer)
{
  guint status;
  g_autofree char *text = exchange (self->port, method, path, token, body, &status);
  if (answer)
    *answer = g_steal_pointer (&text);
  return status;
}
