/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-api-private.h"
#include "regie-engine-store-private.h"
#include "regie-transfer.h"

#include "core/regie-error.h"
#include "core/regie-json.h"
#include "core/regie-limits.h"
#include "core/regie-time.h"
#include "regie-config.h"

#define FIBER_STACK_BYTES (128 * 1024)
#define EVENTS_PATH       "/v1/events"
#define IMPORT_PATH       "/v1/import"

struct _RegieApi
{
  GObject parent_instance;
  RegieEngineStore *store;
  RegieSupervisor *supervisor;
  SoupServer *server;
  RegieListener *listener;
  RegieEventsHub *hub;
  GHashTable *claims;
  GCancellable *ended;
  gint64 started_at;
  const char *build; /* interned */
  guint64 n_requests[6];
};

enum
{
  DRAIN,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (RegieApi, regie_api, G_TYPE_OBJECT)

/* --- one call --- */

static void
call_free (gpointer data)
{
  RegieCall *call = data;

  g_signal_handlers_disconnect_by_data (call->message, call);
  g_clear_object (&call->message);
  g_clear_pointer (&call->path, g_strfreev);
  g_clear_pointer (&call->query, g_ptr_array_unref);
  g_clear_pointer (&call->body, g_bytes_unref);
  g_clear_pointer (&call->answer, g_bytes_unref);
  g_clear_object (&call->api);
  g_free (call->key);
  g_free (call->fingerprint);
  g_free (call->etag);
  g_free (call->location);
  g_free (call->allow);
  g_free (call);
}

static gboolean
read_query (RegieCall *call, const char *query, GError **error)
{
  GUriParamsIter iter;
  char *name, *value;

  call->query = g_ptr_array_new_with_free_func (g_free);
  if (query == NULL)
    return TRUE;
  g_uri_params_iter_init (&iter, query, -1, "&", G_URI_PARAMS_WWW_FORM);
  while (g_uri_params_iter_next (&iter, &name, &value, error))
    {
      g_ptr_array_add (call->query, name);
      g_ptr_array_add (call->query, value);
    }

  return error == NULL || *error == NULL;
}

static GStrv
read_path (const char *path)
{
  GStrv parts = g_strsplit (*path == '/' ? path + 1 : path, "/", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    {
      char *part = g_uri_unescape_string (parts[i], NULL);

      g_free (parts[i]);
      parts[i] = part != NULL ? part : g_strdup ("");
    }

  return parts;
}

/* What a key goes with: method, address and body. */
typedef struct
{
  char *head;
  GBytes *body;
} Fingerprint;

static void
fingerprint_free (gpointer data)
{
  Fingerprint *self = data;

  g_bytes_unref (self->body);
  g_free (self->head);
  g_free (self);
}

static gboolean
run_fingerprint (gpointer data, GValue *result, GError **error)
{
  Fingerprint *self = data;
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize length;
  const guchar *body = g_bytes_get_data (self->body, &length);

  g_checksum_update (checksum, (const guchar *) self->head, -1);
  g_checksum_update (checksum, body, length);
  g_value_init (result, G_TYPE_STRING);
  g_value_set_string (result, g_checksum_get_string (checksum));

  return TRUE;
}

/* On a plain thread, since a body may be a whole workspace. */
static char *
fingerprint_of (RegieCall *call, GUri *uri, GError **error)
{
  Fingerprint *self = g_new0 (Fingerprint, 1);

  self->head = g_strdup_printf ("%s %s?%s\n", call->method, g_uri_get_path (uri),
                                g_uri_get_query (uri) != NULL ? g_uri_get_query (uri) : "");
  self->body = g_bytes_ref (call->body);

  return dex_await_string (regie_thread_run (run_fingerprint, self, fingerprint_free), error);
}

static gboolean
read_if_match (RegieCall *call, SoupMessageHeaders *headers, GError **error)
{
  const char *text = soup_message_headers_get_one (headers, "If-Match");
  g_autofree char *bare = NULL;
  gsize length;

  call->if_match = -1;
  if (text == NULL || g_str_equal (text, "*"))
    return TRUE;
  length = strlen (text);
  if (length > 2 && text[0] == '"' && text[length - 1] == '"')
    bare = g_strndup (text + 1, length - 2);
  if (bare != NULL && g_ascii_string_to_signed (bare, 10, 0, G_MAXINT64, &call->if_match, NULL))
    return TRUE;
  /* A tag that was never given cannot be the present one. */
  call->if_match = 0;

  return TRUE;
}

static gboolean
read_call (RegieCall *call, GError **error)
{
  GUri *uri = soup_server_message_get_uri (call->message);
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (call->message);
  const char *key = soup_message_headers_get_one (headers, "Idempotency-Key");

  call->path = read_path (g_uri_get_path (uri));
  call->body = soup_message_body_flatten (soup_server_message_get_request_body (call->message));
  if (!read_query (call, g_uri_get_query (uri), error))
    {
      g_clear_error (error);
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID, "The query of the address cannot be read");
      return FALSE;
    }
  if (key != NULL && !g_str_equal (call->method, "GET") && !g_str_equal (call->method, "HEAD"))
    {
      call->key = g_strdup (key);
      call->fingerprint = fingerprint_of (call, uri, error);
      if (call->fingerprint == NULL)
        return FALSE;
    }

  return read_if_match (call, headers, error);
}

/* Bodies are JSON, but for the import's lines of it. */
static gboolean
check_content_type (RegieCall *call, const RegieRoute *route)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (call->message);
  const char *type = soup_message_headers_get_content_type (headers, NULL);

  if (g_bytes_get_size (call->body) == 0 && route->func != regie_api_create && route->func != regie_api_patch)
    return TRUE;
  if (type != NULL &&
      (g_ascii_strcasecmp (type, "application/json") == 0 ||
       g_ascii_strcasecmp (type, "application/merge-patch+json") == 0 ||
       (route->func == regie_api_import && g_ascii_strcasecmp (type, "application/x-ndjson") == 0)))
    return TRUE;
  regie_call_answer_refusal (call, SOUP_STATUS_UNSUPPORTED_MEDIA_TYPE, "invalid",
                             route->func == regie_api_import ? "The body must be application/x-ndjson"
                                                             : "The body must be application/json",
                             NULL);

  return FALSE;
}

static gboolean
perform_once (RegieCall *call, const RegieRoute *route, GError **error)
{
  g_autoptr (GError) wrong = NULL;
  gboolean ok;

  if (call->key == NULL)
    return route->func (call, error);
  if (!regie_api_claim_key (call, error))
    return FALSE;
  ok = regie_api_replay (call, &wrong) || (wrong == NULL && route->func (call, &wrong));
  regie_api_release_key (call);
  if (!ok)
    g_propagate_error (error, g_steal_pointer (&wrong));

  return ok;
}

static void
send_answer (RegieCall *call)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (call->message);
  SoupMessageBody *body = soup_server_message_get_response_body (call->message);

  soup_server_message_set_status (call->message, call->status, regie_problem_title (call->status));
  if (call->content_type != NULL)
    soup_message_headers_replace (headers, "Content-Type", call->content_type);
  if (call->etag != NULL)
    soup_message_headers_replace (headers, "ETag", call->etag);
  if (call->location != NULL)
    soup_message_headers_replace (headers, "Location", call->location);
  if (call->allow != NULL)
    soup_message_headers_replace (headers, "Allow", call->allow);
  if (call->replayed)
    soup_message_headers_replace (headers, "Idempotency-Replayed", "true");
  if (call->retry_after > 0)
    {
      g_autofree char *seconds = g_strdup_printf ("%u", call->retry_after);

      soup_message_headers_replace (headers, "Retry-After", seconds);
    }
  soup_message_headers_replace (headers, "Cache-Control", "no-store");
  soup_message_headers_replace (headers, "X-Content-Type-Options", "nosniff");
  if (call->answer != NULL && call->status != SOUP_STATUS_NOT_MODIFIED)
    soup_message_body_append_bytes (body, call->answer);
  call->api->n_requests[MIN (call->status / 100, 5)]++;
  g_debug ("%s %s: %u", call->method, g_uri_get_path (soup_server_message_get_uri (call->message)),
           call->status);
}

static DexFuture *
run_call (gpointer data)
{
  RegieCall *call = data;
  g_autoptr (GError) error = NULL;
  const RegieRoute *route;

  call->if_match = -1;
  if (!read_call (call, &error))
    regie_call_answer_problem (call, error);
  else if ((route = regie_api_find_route (regie_api_local_routes, call)) != NULL &&
           check_content_type (call, route) && !perform_once (call, route, &error))
    regie_call_answer_problem (call, error);
  if (!call->finished)
    {
      send_answer (call);
      soup_server_message_unpause (call->message);
    }

  return NULL;
}

static void
on_finished (SoupServerMessage *message, gpointer data)
{
  ((RegieCall *) data)->finished = TRUE;
}

static void
on_request (SoupServer *server,
            SoupServerMessage *message,
            const char *path,
            GHashTable *query,
            gpointer data)
{
  RegieApi *self = data;
  RegieCall *call;

  call = g_new0 (RegieCall, 1);
  call->api = g_object_ref (self);
  call->message = g_object_ref (message);
  call->method = g_intern_string (soup_server_message_get_method (message));
  call->who = "you";
  g_signal_connect (message, "finished", G_CALLBACK (on_finished), call);
  soup_server_message_pause (message);
  dex_future_disown (dex_scheduler_spawn (NULL, FIBER_STACK_BYTES, run_call, call, call_free));
}

/* --- limits while a request comes in --- */

static void
add_header_size (const char *name, const char *value, gpointer data)
{
  *(gsize *) data += strlen (name) + strlen (value) + 4;
}

/* What came of a body so far. */
typedef struct
{
  RegieApi *api; /* of the server that the message is from */
  guint64 received;
  guint64 limit;
} Intake;

/* Everything is small but a whole workspace. */
static guint64
limit_of (const char *path)
{
  return g_str_equal (path, IMPORT_PATH) ? REGIE_TRANSFER_MAX_BYTES : REGIE_LIMIT_JSON_BYTES;
}

static void
refuse_large (RegieApi *self, SoupServerMessage *message, guint64 limit)
{
  g_autofree char *detail =
      g_strdup_printf ("The body is larger than %" G_GUINT64_FORMAT " MiB", limit / 1024 / 1024);

  regie_api_refuse_early (self, message, SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE, "too-large", detail);
}

static void
on_chunk (SoupServerMessage *message, GBytes *chunk, gpointer data)
{
  Intake *intake = data;

  intake->received += g_bytes_get_size (chunk);
  if (intake->received <= intake->limit)
    return;
  g_signal_handlers_disconnect_by_func (message, on_chunk, data);
  refuse_large (intake->api, message, intake->limit);
}

static void
free_intake (gpointer data, GClosure *closure)
{
  g_free (data);
}

static void
on_headers (SoupServer *server,
            SoupServerMessage *message,
            const char *path,
            GHashTable *query,
            gpointer data)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  gsize size = 0;
  Intake *intake;

  soup_message_headers_foreach (headers, add_header_size, &size);
  if (size > REGIE_LIMIT_HEADER_BYTES)
    regie_api_refuse_early (data, message, 431, "too-large", "The header is larger than 64 KiB");
  else if (g_str_equal (path, EVENTS_PATH) && !regie_events_hub_accepts (message))
    regie_api_refuse_early (data, message, SOUP_STATUS_BAD_REQUEST, "invalid",
                            "after must be WORKSPACE:SEQ,WORKSPACE:SEQ");
  else if (g_str_equal (path, EVENTS_PATH) &&
           !soup_message_headers_header_contains (headers, "Upgrade", "websocket"))
    regie_api_refuse_early (data, message, 426, "invalid", "Events come over a WebSocket");
  else if (soup_message_headers_get_content_length (headers) < 0)
    regie_api_refuse_early (data, message, SOUP_STATUS_BAD_REQUEST, "invalid",
                            "The length of the body is below 0");
  else if ((guint64) soup_message_headers_get_content_length (headers) > limit_of (path))
    refuse_large (data, message, limit_of (path));
  else
    {
      intake = g_new0 (Intake, 1);
      intake->api = data;
      intake->limit = limit_of (path);
      g_signal_connect_data (message, "got-chunk", G_CALLBACK (on_chunk), intake, free_intake, 0);
    }
}

static void
on_web_socket (SoupServer *server,
               SoupServerMessage *message,
               const char *path,
               SoupWebsocketConnection *connection,
               gpointer data)
{
  RegieApi *self = data;

  regie_events_hub_add (self->hub, connection, message);
}

/* --- the API --- */

static void
regie_api_finalize (GObject *object)
{
  RegieApi *self = REGIE_API (object);

  regie_api_stop (self);
  g_clear_object (&self->server);
  g_clear_object (&self->supervisor);
  g_clear_object (&self->store);
  g_hash_table_unref (self->claims);
  g_clear_object (&self->ended);
  G_OBJECT_CLASS (regie_api_parent_class)->finalize (object);
}

static void
regie_api_class_init (RegieApiClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = regie_api_finalize;
  signals[DRAIN] = g_signal_new ("drain", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 0);
}

static void
regie_api_init (RegieApi *self)
{
  self->claims = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, dex_unref);
  self->ended = g_cancellable_new ();
  self->started_at = regie_time_now ();
  self->build = REGIE_VERSION;
}

RegieApi *
regie_api_new (RegieEngineStore *store, RegieSupervisor *supervisor)
{
  RegieApi *self = g_object_new (REGIE_TYPE_API, NULL);

  self->store = g_object_ref (store);
  self->supervisor = g_object_ref (supervisor);
  self->server = soup_server_new ("server-header", "regie-engine/" REGIE_VERSION, NULL);
  self->hub = regie_events_hub_new (self);
  /* Compressing what stays on this machine only costs time, and frees from having to bound it. */
  soup_server_remove_websocket_extension (self->server, SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE);
  soup_server_add_early_handler (self->server, NULL, on_headers, self, NULL);
  /* A path with a handler of its own knows nothing of the others'. */
  soup_server_add_early_handler (self->server, EVENTS_PATH, on_headers, self, NULL);
  soup_server_add_handler (self->server, NULL, on_request, self, NULL);
  soup_server_add_websocket_handler (self->server, EVENTS_PATH, NULL, NULL, on_web_socket, self, NULL);

  return self;
}

gboolean
regie_api_listen (RegieApi *self, const char *path, GError **error)
{
  g_return_val_if_fail (REGIE_IS_API (self), FALSE);
  g_return_val_if_fail (self->listener == NULL, FALSE);

  self->listener = regie_listener_new (self->server, path, error);

  return self->listener != NULL;
}

void
regie_api_serve (RegieApi *self)
{
  g_return_if_fail (REGIE_IS_API (self));

  if (self->listener != NULL)
    regie_listener_start (self->listener);
}

void
regie_api_stop (RegieApi *self)
{
  g_return_if_fail (REGIE_IS_API (self));

  g_cancellable_cancel (self->ended);
  g_clear_pointer (&self->listener, regie_listener_free);
  g_clear_pointer (&self->hub, regie_events_hub_free);
  soup_server_disconnect (self->server);
}

RegieEngineStore *
regie_api_get_store (RegieApi *self)
{
  return self->store;
}

RegieSupervisor *
regie_api_get_supervisor (RegieApi *self)
{
  return self->supervisor;
}

gint64
regie_api_get_started_at (RegieApi *self)
{
  return self->started_at;
}

void
regie_api_set_build (RegieApi *self, const char *build)
{
  g_return_if_fail (REGIE_IS_API (self));
  g_return_if_fail (build != NULL);

  self->build = g_intern_string (build);
}

const char *
regie_api_get_build (RegieApi *self)
{
  return self->build;
}

GHashTable *
regie_api_get_claims (RegieApi *self)
{
  return self->claims;
}

GCancellable *
regie_api_get_ended (RegieApi *self)
{
  return self->ended;
}

void
regie_api_request_drain (RegieApi *self)
{
  g_signal_emit (self, signals[DRAIN], 0);
}

guint64
regie_api_count_requests (RegieApi *self, guint status_class)
{
  return self->n_requests[MIN (status_class, 5)];
}

guint
regie_api_count_event_readers (RegieApi *self)
{
  return self->hub != NULL ? regie_events_hub_count (self->hub) : 0;
}

guint
regie_api_count_connections (RegieApi *self)
{
  return self->listener != NULL ? regie_listener_count (self->listener) : 0;
}
