/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-engine-harness.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <libsoup/soup.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/regie-json.h"

#define DEADLINE_US (30 * G_USEC_PER_SEC)
#define TURN_US     2000

struct _RegieEngineHarness
{
  char *folder, *data_dir, *socket, *errors;
  GPid pid;
  SoupSession *session;
};

/* --- folders --- */

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }
  g_remove (path);
}

RegieEngineHarness *
regie_engine_harness_new (void)
{
  RegieEngineHarness *self = g_new0 (RegieEngineHarness, 1);
  GError *error = NULL;

  self->folder = g_dir_make_tmp ("regie-test-XXXXXX", &error);
  g_assert_no_error (error);
  self->data_dir = g_build_filename (self->folder, "data", NULL);
  self->socket = g_build_filename (self->folder, "run", "engine.sock", NULL);
  self->errors = g_build_filename (self->folder, "errors.log", NULL);

  return self;
}

RegieEngineHarness *
regie_engine_harness_new_started (void)
{
  RegieEngineHarness *self = regie_engine_harness_new ();

  regie_engine_harness_start (self);

  return self;
}

void
regie_engine_harness_free (RegieEngineHarness *self)
{
  if (self->pid != 0)
    regie_engine_harness_stop (self);
  g_clear_object (&self->session);
  remove_tree (self->folder);
  g_free (self->folder);
  g_free (self->data_dir);
  g_free (self->socket);
  g_free (self->errors);
  g_free (self);
}

GPid
regie_engine_harness_get_pid (RegieEngineHarness *self)
{
  return self->pid;
}

const char *
regie_engine_harness_get_socket (RegieEngineHarness *self)
{
  return self->socket;
}

const char *
regie_engine_harness_get_data_dir (RegieEngineHarness *self)
{
  return self->data_dir;
}

const char *
regie_engine_harness_get_folder (RegieEngineHarness *self)
{
  return self->folder;
}

void
regie_engine_harness_set_data_dir (RegieEngineHarness *self, const char *path)
{
  g_set_str (&self->data_dir, path);
}

void
regie_engine_harness_set_socket (RegieEngineHarness *self, const char *path)
{
  g_set_str (&self->socket, path);
  g_clear_object (&self->session);
}

char *
regie_engine_harness_read_errors (RegieEngineHarness *self)
{
  char *text = NULL;

  if (!g_file_get_contents (self->errors, &text, NULL, NULL))
    text = g_strdup ("");

  return text;
}

/* --- waiting --- */

void
regie_test_wait_until (RegieConditionFunc func, gpointer data)
{
  gint64 deadline = g_get_monotonic_time () + DEADLINE_US;

  while (!func (data))
    {
      if (g_get_monotonic_time () > deadline)
        g_error ("What the test waits for did not come");
      if (!g_main_context_iteration (NULL, FALSE))
        g_usleep (TURN_US);
    }
}

/* --- the process --- */

/* Between fork and exec: nothing but system calls. */
static void
set_up_child (gpointer data)
{
  guint uid = GPOINTER_TO_UINT (data);

  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (uid != 0 && (setgid (uid) != 0 || setuid (uid) != 0))
    _exit (126);
}

static const char *
program (void)
{
  const char *path = g_getenv ("REGIE_ENGINE");

  return path != NULL ? path : REGIE_ENGINE_PROGRAM;
}

void
regie_engine_harness_launch (RegieEngineHarness *self, const char *const *args, guint uid)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) argv = NULL;
  g_autofd int errors = g_open (self->errors, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (self->pid, ==, 0);
  g_assert_cmpint (errors, >=, 0);
  g_strv_builder_add_many (builder, program (), "--data-dir", self->data_dir, "--socket", self->socket, NULL);
  if (args != NULL)
    g_strv_builder_addv (builder, (const char **) args);
  argv = g_strv_builder_end (builder);
  g_spawn_async_with_pipes_and_fds (NULL, (const char *const *) argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD,
                                    set_up_child, GUINT_TO_POINTER (uid), -1, errors, errors, NULL, NULL, 0,
                                    &self->pid, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
}

static gboolean
reap (RegieEngineHarness *self, int *status)
{
  int raw;
  pid_t pid = waitpid (self->pid, &raw, WNOHANG);

  if (pid == 0)
    return FALSE;
  g_assert_cmpint (pid, ==, self->pid);
  self->pid = 0;
  *status = WIFEXITED (raw) ? WEXITSTATUS (raw) : -WTERMSIG (raw);

  return TRUE;
}

static gboolean
is_ready (gpointer data)
{
  RegieEngineHarness *self = data;
  g_autoptr (RegieAnswer) answer = NULL;
  int status;

  if (reap (self, &status))
    {
      g_autofree char *errors = regie_engine_harness_read_errors (self);

      g_error ("The engine ended with %d: %s", status, errors);
    }
  answer = regie_engine_harness_call (self, "GET", "/v1/health", NULL, NULL);

  return answer->status == 200;
}

void
regie_engine_harness_wait_ready (RegieEngineHarness *self)
{
  regie_test_wait_until (is_ready, self);
}

void
regie_engine_harness_start (RegieEngineHarness *self)
{
  regie_engine_harness_launch (self, NULL, 0);
  regie_engine_harness_wait_ready (self);
}

typedef struct
{
  RegieEngineHarness *harness;
  int status;
} End;

static gboolean
has_ended (gpointer data)
{
  End *end = data;

  return reap (end->harness, &end->status);
}

int
regie_engine_harness_wait_end (RegieEngineHarness *self)
{
  End end = { self, 0 };

  g_assert_cmpint (self->pid, !=, 0);
  regie_test_wait_until (has_ended, &end);

  return end.status;
}

void
regie_engine_harness_stop (RegieEngineHarness *self)
{
  int status;

  g_clear_object (&self->session);
  kill (self->pid, SIGTERM);
  status = regie_engine_harness_wait_end (self);
  if (status != 0)
    {
      g_autofree char *errors = regie_engine_harness_read_errors (self);

      g_error ("The engine ended with %d: %s", status, errors);
    }
}

void
regie_engine_harness_kill (RegieEngineHarness *self)
{
  g_clear_object (&self->session);
  kill (self->pid, SIGKILL);
  g_assert_cmpint (regie_engine_harness_wait_end (self), ==, -SIGKILL);
}

/* --- calls --- */

void
regie_answer_free (RegieAnswer *self)
{
  g_free (self->content_type);
  g_free (self->etag);
  g_free (self->location);
  g_free (self->allow);
  g_free (self->text);
  g_clear_pointer (&self->json, json_object_unref);
  g_free (self);
}

static SoupSession *
ensure_session (RegieEngineHarness *self)
{
  if (self->session == NULL)
    {
      g_autoptr (GSocketAddress) address = g_unix_socket_address_new (self->socket);

      self->session = soup_session_new_with_options ("remote-connectable", address, "timeout", 60u, NULL);
    }

  return self->session;
}

static SoupMessage *
new_message (const char *method, const char *path, const char *body, const char *const *headers)
{
  g_autofree char *uri = g_strconcat ("http://localhost", path, NULL);
  g_autoptr (SoupMessage) message = soup_message_new (method, uri);

  g_assert_nonnull (message);
  if (body != NULL)
    {
      g_autoptr (GBytes) bytes = g_bytes_new (body, strlen (body));

      soup_message_set_request_body_from_bytes (message, "application/json", bytes);
    }
  for (guint i = 0; headers != NULL && headers[i] != NULL; i += 2)
    soup_message_headers_replace (soup_message_get_request_headers (message), headers[i], headers[i + 1]);
  /* A request whose connection died must not be sent twice behind the test's back. */
  soup_message_add_flags (message, SOUP_MESSAGE_NEW_CONNECTION);

  return g_steal_pointer (&message);
}

static char *
header_of (SoupMessage *message, const char *name)
{
  return g_strdup (soup_message_headers_get_one (soup_message_get_response_headers (message), name));
}

RegieAnswer *
regie_engine_harness_call (RegieEngineHarness *self,
                           const char *method,
                           const char *path,
                           const char *body,
                           const char *const *headers)
{
  g_autoptr (SoupMessage) message = new_message (method, path, body, headers);
  g_autoptr (GBytes) bytes = soup_session_send_and_read (ensure_session (self), message, NULL, NULL);
  RegieAnswer *answer = g_new0 (RegieAnswer, 1);
  g_autofree char *replayed = NULL;

  if (bytes == NULL)
    {
      answer->text = g_strdup ("");
      return answer;
    }
  answer->status = soup_message_get_status (message);
  answer->content_type = header_of (message, "Content-Type");
  answer->etag = header_of (message, "ETag");
  answer->location = header_of (message, "Location");
  answer->allow = header_of (message, "Allow");
  replayed = header_of (message, "Idempotency-Replayed");
  answer->replayed = g_strcmp0 (replayed, "true") == 0;
  answer->text = g_bytes_get_size (bytes) > 0
                     ? g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes))
                     : g_strdup ("");
  if (answer->content_type != NULL && g_str_has_suffix (answer->content_type, "json"))
    {
      g_autoptr (JsonNode) node = json_from_string (answer->text, NULL);

      if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
        answer->json = json_object_ref (json_node_get_object (node));
    }

  return answer;
}

static JsonObject *
expect (RegieEngineHarness *self, guint status, const char *method, const char *path, const char *body)
{
  g_autoptr (RegieAnswer) answer = regie_engine_harness_call (self, method, path, body, NULL);

  if (answer->status != status)
    g_error ("%s %s answered %u instead of %u: %.2000s", method, path, answer->status, status, answer->text);

  return g_steal_pointer (&answer->json);
}

JsonObject *
regie_engine_harness_expect (RegieEngineHarness *self,
                             guint status,
                             const char *method,
                             const char *path,
                             const char *body,
                             ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, body);
  if (body != NULL)
    text = g_strdup_vprintf (body, args);
  va_end (args);

  return expect (self, status, method, path, text);
}

char *
regie_engine_harness_create (RegieEngineHarness *self, const char *path, const char *body, ...)
{
  g_autofree char *text = NULL;
  g_autoptr (JsonObject) record = NULL;
  va_list args;

  va_start (args, body);
  text = g_strdup_vprintf (body, args);
  va_end (args);
  record = expect (self, 201, "POST", path, text);

  return g_strdup (regie_json_get_text (record, "id", NULL));
}

/* --- events --- */

struct _RegieEventReader
{
  SoupWebsocketConnection *connection;
  GPtrArray *events;
  gboolean is_connected;
};

static void
on_message (SoupWebsocketConnection *connection, int type, GBytes *message, gpointer data)
{
  RegieEventReader *self = data;
  GError *error = NULL;
  JsonObject *event =
      regie_json_parse_object (g_bytes_get_data (message, NULL), g_bytes_get_size (message), &error);

  g_assert_no_error (error);
  g_ptr_array_add (self->events, event);
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer data)
{
  RegieEventReader *self = data;
  GError *error = NULL;

  self->connection = soup_session_websocket_connect_finish (SOUP_SESSION (source), result, &error);
  g_assert_no_error (error);
  soup_websocket_connection_set_max_incoming_payload_size (self->connection, 0);
  g_signal_connect (self->connection, "message", G_CALLBACK (on_message), self);
  self->is_connected = TRUE;
}

static gboolean
is_connected (gpointer data)
{
  return ((RegieEventReader *) data)->is_connected;
}

RegieEventReader *
regie_engine_harness_read_events (RegieEngineHarness *self, const char *query)
{
  RegieEventReader *reader = g_new0 (RegieEventReader, 1);
  g_autofree char *path = g_strconcat ("/v1/events", query != NULL ? "?" : "", query, NULL);
  g_autoptr (SoupMessage) message = new_message ("GET", path, NULL, NULL);

  reader->events = g_ptr_array_new_with_free_func ((GDestroyNotify) json_object_unref);
  soup_session_websocket_connect_async (ensure_session (self), message, NULL, NULL, G_PRIORITY_DEFAULT, NULL,
                                        on_connected, reader);
  regie_test_wait_until (is_connected, reader);
  regie_event_reader_wait (reader, 0, "type", "hello");

  return reader;
}

gboolean
regie_event_reader_is_closed (RegieEventReader *self)
{
  return soup_websocket_connection_get_state (self->connection) == SOUP_WEBSOCKET_STATE_CLOSED;
}

static gboolean
is_closed (gpointer data)
{
  return regie_event_reader_is_closed (data);
}

void
regie_event_reader_free (RegieEventReader *self)
{
  if (soup_websocket_connection_get_state (self->connection) == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_close (self->connection, SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
  regie_test_wait_until (is_closed, self);
  g_signal_handlers_disconnect_by_data (self->connection, self);
  g_object_unref (self->connection);
  g_ptr_array_unref (self->events);
  g_free (self);
}

GPtrArray *
regie_event_reader_get_events (RegieEventReader *self)
{
  return self->events;
}

typedef struct
{
  RegieEventReader *reader;
  guint next;
  const char *member, *value;
} Search;

static gboolean
is_found (gpointer data)
{
  Search *self = data;

  for (; self->next < self->reader->events->len; self->next++)
    {
      JsonObject *event = g_ptr_array_index (self->reader->events, self->next);

      if (g_strcmp0 (regie_json_get_text (event, self->member, NULL), self->value) == 0)
        return TRUE;
    }

  return FALSE;
}

guint
regie_event_reader_wait (RegieEventReader *self, guint start, const char *member, const char *value)
{
  Search search = { self, start, member, value };

  regie_test_wait_until (is_found, &search);

  return search.next;
}
