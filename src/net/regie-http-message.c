/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "regie-http-private.h"
#include "regie-limits.h"
#include "regie-time.h"

#define STALL_MS (30 * 1000)
#define TOTAL_MS (10 * 60 * 1000)
#define DAY_MS   (24 * 60 * 60 * 1000)

struct _RegieHttpResponse
{
  gatomicrefcount refs;
  guint status;
  GHashTable *headers; /* lower-case name → value */
  char *media_type;
  GBytes *body;
};

G_DEFINE_BOXED_TYPE (RegieHttpRequest, regie_http_request, regie_http_request_ref, regie_http_request_unref)
G_DEFINE_BOXED_TYPE (RegieHttpResponse,
                     regie_http_response,
                     regie_http_response_ref,
                     regie_http_response_unref)

static void
clear_header (gpointer data)
{
  RegieHttpHeader *header = data;

  g_free (header->name);
  g_free (header->value);
}

RegieHttpRequest *
regie_http_request_new (const char *method, const char *path)
{
  RegieHttpRequest *self;

  g_return_val_if_fail (method != NULL, NULL);
  g_return_val_if_fail (path != NULL && *path == '/', NULL);

  self = g_new0 (RegieHttpRequest, 1);
  g_atomic_ref_count_init (&self->refs);
  self->method = g_strdup (method);
  self->path = g_strdup (path);
  self->headers = g_array_new (FALSE, FALSE, sizeof (RegieHttpHeader));
  g_array_set_clear_func (self->headers, clear_header);
  self->stall_ms = STALL_MS;
  self->total_ms = TOTAL_MS;
  self->limit = REGIE_LIMIT_RESPONSE_BYTES;

  return self;
}

RegieHttpRequest *
regie_http_request_ref (RegieHttpRequest *self)
{
  g_atomic_ref_count_inc (&self->refs);

  return self;
}

void
regie_http_request_unref (RegieHttpRequest *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_free (self->method);
  g_free (self->path);
  g_array_unref (self->headers);
  g_clear_pointer (&self->body, g_bytes_unref);
  g_free (self->content_type);
  g_free (self);
}

const char *
regie_http_request_get_method (RegieHttpRequest *self)
{
  return self->method;
}

const char *
regie_http_request_get_path (RegieHttpRequest *self)
{
  return self->path;
}

gboolean
regie_http_request_is_safe (RegieHttpRequest *self)
{
  return g_str_equal (self->method, "GET") || g_str_equal (self->method, "HEAD");
}

static void
add_header (RegieHttpRequest *self, const char *name, const char *value, gboolean credential)
{
  RegieHttpHeader header = { g_strdup (name), g_strdup (value), credential };

  for (char *c = header.value; *c != '\0'; c++)
    {
      if (g_ascii_iscntrl (*c))
        *c = ' ';
    }
  g_array_append_val (self->headers, header);
}

void
regie_http_request_set_header (RegieHttpRequest *self, const char *name, const char *value)
{
  add_header (self, name, value, FALSE);
}

void
regie_http_request_set_credential (RegieHttpRequest *self, const char *name, const char *value)
{
  add_header (self, name, value, TRUE);
}

void
regie_http_request_set_body (RegieHttpRequest *self, GBytes *body, const char *content_type)
{
  g_clear_pointer (&self->body, g_bytes_unref);
  self->body = g_bytes_ref (body);
  g_set_str (&self->content_type, content_type);
}

void
regie_http_request_set_timeouts (RegieHttpRequest *self, guint stall_ms, guint total_ms)
{
  self->stall_ms = stall_ms;
  self->total_ms = total_ms;
}

void
regie_http_request_set_limit (RegieHttpRequest *self, guint64 bytes)
{
  self->limit = bytes;
}

RegieHttpResponse *
regie_http_response_new (guint status, GBytes *body)
{
  RegieHttpResponse *self = g_new0 (RegieHttpResponse, 1);

  g_atomic_ref_count_init (&self->refs);
  self->status = status;
  self->headers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->media_type = g_strdup ("");
  self->body = body != NULL ? g_bytes_ref (body) : g_bytes_new_static ("", 0);

  return self;
}

RegieHttpResponse *
regie_http_response_ref (RegieHttpResponse *self)
{
  g_atomic_ref_count_inc (&self->refs);

  return self;
}

void
regie_http_response_unref (RegieHttpResponse *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_hash_table_unref (self->headers);
  g_free (self->media_type);
  g_bytes_unref (self->body);
  g_free (self);
}

void
regie_http_response_set_header (RegieHttpResponse *self, const char *name, const char *value)
{
  char *key = g_ascii_strdown (name, -1);

  if (g_str_equal (key, "content-type"))
    {
      g_free (self->media_type);
      self->media_type = g_ascii_strdown (value, strcspn (value, "; \t"));
    }
  g_hash_table_insert (self->headers, key, g_strdup (value));
}

RegieHttpResponse *
regie_http_response_new_for_message (SoupMessage *message, GBytes *body)
{
  RegieHttpResponse *self = regie_http_response_new (soup_message_get_status (message), body);
  SoupMessageHeadersIter iter;
  const char *name, *value;

  soup_message_headers_iter_init (&iter, soup_message_get_response_headers (message));
  while (soup_message_headers_iter_next (&iter, &name, &value))
    regie_http_response_set_header (self, name, value);

  return self;
}

guint
regie_http_response_get_status (RegieHttpResponse *self)
{
  return self->status;
}

const char *
regie_http_response_get_header (RegieHttpResponse *self, const char *name)
{
  g_autofree char *key = g_ascii_strdown (name, -1);

  return g_hash_table_lookup (self->headers, key);
}

const char *
regie_http_response_get_media_type (RegieHttpResponse *self)
{
  return self->media_type;
}

GBytes *
regie_http_response_get_body (RegieHttpResponse *self)
{
  return self->body;
}

/* Seconds or a date (RFC 9110, 10.2.3). */
gint64
regie_http_response_get_retry_after (RegieHttpResponse *self)
{
  const char *value = regie_http_response_get_header (self, "retry-after");
  guint64 seconds;
  gint64 at;

  if (value == NULL)
    return 0;
  if (g_ascii_string_to_unsigned (value, 10, 0, G_MAXUINT32, &seconds, NULL))
    return MIN (seconds * 1000, DAY_MS);
  if (!regie_time_parse (value, NULL, &at))
    return 0;

  return CLAMP ((at - regie_time_now ()) / 1000, 0, DAY_MS);
}
