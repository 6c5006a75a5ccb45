/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-worker"

#include "regie-worker-private.h"

#include <libsoup/soup.h>
#include <string.h>

#include "core/regie-limits.h"
#include "core/regie-time.h"
#include "regie-config.h"
#include "regie-right.h"
#include "regie-task.h"

#define IDLE_TIMEOUT 30 /* s without a byte */
#define CHUNK_BYTES  (32 * 1024)
/* Of the answer; with the JSON around it it stays below REGIE_WORKER_RESULT_BYTES in the usual case. */
#define BODY_BYTES (512 * 1024)

typedef struct
{
  SoupMessage *message;
  char *method;
  gboolean reads; /* has no effect there */
  gboolean left;  /* a byte of the request went out */
  JsonObject *out;
} Call;

/* Takes CAUSE over. */
static void
set_failed (JsonObject *out, const char *state, JsonObject *cause)
{
  g_autoptr (JsonObject) owned = cause;

  json_object_set_string_member (out, "state", state);
  regie_cause_store (out, "error", owned);
}

/* --- may it go out? --- */

/* What the journal keeps of it. */
static void
set_refused (JsonObject *out, GUri *uri)
{
  JsonObject *refused =
      regie_json_object_new ("service", 's', "web", "host", 's', g_uri_get_host (uri), "reason", 's',
                             regie_json_get_text (out, "error", ""), "reason_code", 's',
                             regie_json_get_text (out, "error_code", NULL), NULL);
  JsonObject *args = regie_json_get_object (out, "error_args");

  if (args != NULL)
    json_object_set_object_member (refused, "reason_args", regie_json_copy (args));
  json_object_set_object_member (out, "refused", refused);
}

/* FALSE with the refusal in OUT. */
static gboolean
check_rights (RegieWorker *self, GUri *uri, JsonObject *out)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  JsonObject *item = regie_right_find (self->rights, "web");
  gint64 per_hour = 0;
  gint64 again = 0;

  if (self->paused != NULL)
    {
      regie_right_refuse_paused (self->paused, &error);
    }
  else if (regie_right_check (item, &error) &&
           regie_right_check_host (regie_json_get_array (item, "hosts"), uri, &error))
    {
      RegieDb *db = self->db;

      if (g_str_equal (regie_json_get_text (item, "access", ""), "limited"))
        per_hour = regie_json_get_int (item, "per_hour", 10);
      g_clear_pointer (&locker, g_mutex_locker_free);
      if (regie_worker_db_use (db, "web", per_hour, &again, &error))
        return TRUE;
    }
  if (g_error_matches (error, REGIE_ERROR, REGIE_ERROR_LIMITED))
    {
      g_autofree char *when = regie_time_to_rfc3339 (again);

      set_failed (
          out, "failed",
          regie_cause_new ("service-limited", regie_json_object_new ("service", 's', "web", "limit", 'i',
                                                                     per_hour, "again", 's', when, NULL)));
    }
  else
    {
      set_failed (out, "failed", regie_cause_new_for_error (error));
    }
  if (error->domain == REGIE_ERROR && error->code != REGIE_ERROR_FULL && error->code != REGIE_ERROR_READ_ONLY)
    set_refused (out, uri);

  return FALSE;
}

/* --- the request --- */

static void
on_bytes_left (SoupMessage *message, gpointer data)
{
  ((Call *) data)->left = TRUE;
}

static void
on_starting (SoupMessage *message, gpointer data)
{
  /* The connection stands and the request is being written: from here on nobody can say that nothing went
   * out. */
  ((Call *) data)->left = TRUE;
}

static void
set_headers (SoupMessage *message, JsonObject *headers)
{
  SoupMessageHeaders *target = soup_message_get_request_headers (message);
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;

  if (headers == NULL)
    return;
  json_object_iter_init_ordered (&iter, headers);
  while (json_object_iter_next_ordered (&iter, &name, &value))
    soup_message_headers_replace (target, name, json_node_get_string (value));
}

static void
set_body (SoupMessage *message, JsonObject *payload)
{
  const char *type = soup_message_headers_get_content_type (soup_message_get_request_headers (message), NULL);
  const char *text = regie_json_get_text (payload, "body", NULL);
  g_autofree char *json = NULL;
  g_autoptr (GBytes) bytes = NULL;

  if (json_object_has_member (payload, "json"))
    text = json = regie_json_to_string (json_object_get_member (payload, "json"));
  if (text == NULL)
    return;
  bytes = g_bytes_new (text, strlen (text));
  soup_message_set_request_body_from_bytes (message,
                                            type != NULL   ? type
                                            : json != NULL ? "application/json"
                                                           : "text/plain; charset=utf-8",
                                            bytes);
}

static SoupMessage *
make_message (Call *call, GUri *uri, JsonObject *payload)
{
  SoupMessage *message = soup_message_new_from_uri (call->method, uri);

  set_headers (message, regie_json_get_object (payload, "headers"));
  set_body (message, payload);
  /* Never sent twice by the library, never sent elsewhere by the server. */
  soup_message_add_flags (
      message, SOUP_MESSAGE_NO_REDIRECT | SOUP_MESSAGE_NEW_CONNECTION | SOUP_MESSAGE_DO_NOT_USE_AUTH_CACHE);
  g_signal_connect (message, "starting", G_CALLBACK (on_starting), call);
  g_signal_connect (message, "wrote-headers", G_CALLBACK (on_bytes_left), call);

  return message;
}

/* --- the answer --- */

static JsonObject *
describe_headers (SoupMessage *message)
{
  JsonObject *headers = json_object_new ();
  SoupMessageHeadersIter iter;
  const char *name, *value;
  gsize total = 0;

  soup_message_headers_iter_init (&iter, soup_message_get_response_headers (message));
  while (soup_message_headers_iter_next (&iter, &name, &value) && total < REGIE_LIMIT_HEADER_BYTES)
    {
      g_autofree char *lower = g_ascii_strdown (name, -1);
      g_autofree char *valid = g_utf8_make_valid (value, -1);

      total += strlen (name) + strlen (value);
      /* What logs one in is a secret. */
      if (!g_str_equal (lower, "set-cookie"))
        json_object_set_string_member (headers, lower, valid);
    }

  return headers;
}

static gboolean
read_body (GInputStream *stream,
           GByteArray *body,
           gboolean *truncated,
           GCancellable *cancellable,
           GError **error)
{
  guint8 chunk[CHUNK_BYTES];
  gssize n;

  while ((n = g_input_stream_read (stream, chunk, sizeof chunk, cancellable, error)) > 0)
    {
      gsize room = BODY_BYTES - body->len;

      g_byte_array_append (body, chunk, MIN ((gsize) n, room));
      if ((gsize) n > room)
        {
          *truncated = TRUE;
          return TRUE;
        }
    }

  return n == 0;
}

static void
set_body_member (JsonObject *result, GByteArray *body, gboolean truncated)
{
  gsize length = body->len;
  const char *end;

  json_object_set_int_member (result, "bytes", body->len);
  json_object_set_boolean_member (result, "truncated", truncated);
  g_byte_array_append (body, (const guint8 *) "", 1);
  if (g_utf8_validate_len ((const char *) body->data, length, &end) ||
      (truncated && (const char *) body->data + length - end < 4))
    {
      g_autofree char *text = g_strndup ((const char *) body->data, end - (const char *) body->data);

      json_object_set_string_member (result, "body", text);
    }
  else
    {
      g_autofree char *base64 = g_base64_encode (body->data, length);

      json_object_set_string_member (result, "body_base64", base64);
    }
}

static void
set_answer (Call *call, GUri *uri, GByteArray *body, gboolean truncated)
{
  guint status = soup_message_get_status (call->message);
  const char *reason = soup_message_get_reason_phrase (call->message);
  g_autofree char *visible = g_utf8_make_valid (reason != NULL ? reason : "", -1);
  g_autofree char *url = g_uri_to_string_partial (uri, G_URI_HIDE_USERINFO | G_URI_HIDE_FRAGMENT);
  JsonObject *result =
      regie_json_object_new ("url", 's', url, "method", 's', call->method, "status", 'i', (gint64) status,
                             "reason", 's', visible, "headers", 'o', describe_headers (call->message), NULL);

  set_body_member (result, body, truncated);
  json_object_set_object_member (call->out, "result", result);
  if (status < 400)
    {
      json_object_set_string_member (call->out, "state", "done");
    }
  else
    {
      set_failed (call->out, "failed",
                  regie_cause_new ("http-status", regie_json_object_new ("status", 'i', (gint64) status,
                                                                         "reason", 's', visible, NULL)));
    }
}

static void
set_error (RegieWorker *self, Call *call, GUri *uri, GCancellable *cancellable, const GError *error)
{
  g_autoptr (JsonObject) why = NULL;
  g_autoptr (JsonObject) args = NULL;
  gboolean cancelled = FALSE;

  g_mutex_lock (&self->lock);
  if (g_cancellable_is_cancelled (cancellable))
    why =
        self->cancelled != NULL ? json_object_ref (self->cancelled) : regie_cause_new ("took-too-long", NULL);
  g_mutex_unlock (&self->lock);
  if (why != NULL)
    cancelled = g_str_equal (regie_json_get_text (why, "code", ""), "cancelled");
  else
    why = regie_cause_new_text (error->message);
  args = regie_json_object_new ("method", 's', call->method, "host", 's', g_uri_get_host (uri), "why", 'o',
                                g_steal_pointer (&why), NULL);
  if (call->left && !call->reads)
    {
      set_failed (call->out, "unknown", regie_cause_new ("http-unknown", g_steal_pointer (&args)));
      return;
    }
  set_failed (call->out, cancelled ? "cancelled" : "failed",
              regie_cause_new ("http-no-answer", g_steal_pointer (&args)));
}

static SoupSession *
make_session (void)
{
  SoupSession *session =
      soup_session_new_with_options ("timeout", IDLE_TIMEOUT, "user-agent", "Regie/" REGIE_VERSION,
                                     "accept-language-auto", FALSE, "proxy-resolver", NULL, NULL);

  soup_session_remove_feature_by_type (session, SOUP_TYPE_AUTH_MANAGER);
  soup_session_remove_feature_by_type (session, SOUP_TYPE_HSTS_ENFORCER);

  return session;
}

static void
call_out (RegieWorker *self, Call *call, GUri *uri, GCancellable *cancellable)
{
  g_autoptr (SoupSession) session = make_session ();
  g_autoptr (GByteArray) body = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GInputStream) stream = soup_session_send (session, call->message, cancellable, &error);
  gboolean truncated = FALSE;

  if (stream != NULL && read_body (stream, body, &truncated, cancellable, &error))
    set_answer (call, uri, body, truncated);
  else
    set_error (self, call, uri, cancellable, error);
  if (stream != NULL)
    g_input_stream_close (stream, NULL, NULL);
  soup_session_abort (session);
}

void
regie_worker_http_run (RegieWorker *self,
                       JsonObject *payload,
                       GCancellable *cancellable,
                       RegieWorkerBeginFunc begin,
                       gpointer data,
                       JsonObject *message)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GUri) uri = regie_task_get_uri (payload, &error);
  g_autofree char *method = regie_task_get_method (payload);
  Call call = { .out = message, .method = method };

  call.reads = g_str_equal (method, "GET") || g_str_equal (method, "HEAD");
  if (uri == NULL)
    {
      set_failed (message, "failed", regie_cause_new_for_error (error));
      return;
    }
  if (!check_rights (self, uri, message))
    return;
  if (!begin (data, &error))
    {
      set_failed (message, "failed", regie_cause_new_for_error (error));
      return;
    }
  call.message = make_message (&call, uri, payload);
  call_out (self, &call, uri, cancellable);
  g_signal_handlers_disconnect_by_data (call.message, &call);
  g_object_unref (call.message);
}
