/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-task.h"

#include <string.h>

#include "core/regie-cause.h"
#include "core/regie-text.h"

#define SUMMARY_CHARS 120

static const char *const methods[] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", NULL };

/* What HTTP itself sets, and what would put a secret into the store, where it does not belong. */
static const char *const own_headers[] = {
  "host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", NULL
};
static const char *const secret_headers[] = { "authorization", "proxy-authorization", "cookie", "x-api-key",
                                              NULL };

static gboolean
refuse (GError **error, const char *pointer, const char *code)
{
  regie_cause_set_error (error, REGIE_ERROR_INVALID, pointer, regie_cause_new (code, NULL));

  return FALSE;
}

const char *
regie_task_get_text (JsonObject *payload)
{
  const char *text = regie_json_get_text (payload, "text", NULL);

  return text != NULL ? text : regie_json_get_text (payload, "message", NULL);
}

char *
regie_task_get_method (JsonObject *payload)
{
  return g_ascii_strup (regie_json_get_text (payload, "method", "GET"), -1);
}

GUri *
regie_task_get_uri (JsonObject *payload, GError **error)
{
  const char *url = regie_json_get_text (payload, "url", NULL);
  g_autoptr (GError) wrong = NULL;
  g_autoptr (GUri) uri = NULL;

  if (url == NULL)
    {
      refuse (error, "/payload/url", "address-needed");
      return NULL;
    }
  uri = g_uri_parse (url, G_URI_FLAGS_ENCODED | G_URI_FLAGS_HAS_PASSWORD | G_URI_FLAGS_SCHEME_NORMALIZE,
                     &wrong);
  if (uri == NULL)
    regie_cause_set_error (
        error, REGIE_ERROR_INVALID, "/payload/url",
        regie_cause_new ("address-invalid", regie_json_object_new ("detail", 's', wrong->message, NULL)));
  else if (!g_str_equal (g_uri_get_scheme (uri), "https") && !g_str_equal (g_uri_get_scheme (uri), "http"))
    refuse (error, "/payload/url", "address-scheme");
  else if (g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0')
    refuse (error, "/payload/url", "address-host");
  else if (g_uri_get_userinfo (uri) != NULL)
    refuse (error, "/payload/url", "address-secret");
  else
    return g_steal_pointer (&uri);

  return NULL;
}

/* --- checking --- */

static gboolean
is_token (const char *text)
{
  if (*text == '\0')
    return FALSE;
  for (; *text != '\0'; text++)
    {
      if (!g_ascii_isalnum (*text) && strchr ("!#$%&'*+-.^_`|~", *text) == NULL)
        return FALSE;
    }

  return TRUE;
}

static gboolean
check_header (const char *name, JsonNode *value, GError **error)
{
  g_autofree char *pointer = g_strconcat ("/payload/headers/", name, NULL);
  g_autofree char *lower = g_ascii_strdown (name, -1);
  const char *text;

  if (!is_token (name))
    return refuse (error, "/payload/headers", "header-name");
  if (g_strv_contains (own_headers, lower))
    return refuse (error, pointer, "header-own");
  if (g_strv_contains (secret_headers, lower))
    return refuse (error, pointer, "header-secret");
  if (!JSON_NODE_HOLDS_VALUE (value) || json_node_get_value_type (value) != G_TYPE_STRING)
    return refuse (error, pointer, "text-needed");
  text = json_node_get_string (value);
  for (; *text != '\0'; text++)
    {
      if ((guchar) *text < 0x20 || *text == 0x7f)
        return refuse (error, pointer, "header-control");
    }

  return TRUE;
}

static gboolean
check_http (JsonObject *payload, GError **error)
{
  g_autoptr (GUri) uri = regie_task_get_uri (payload, error);
  g_autofree char *method = regie_task_get_method (payload);
  JsonObject *headers = regie_json_get_object (payload, "headers");
  gboolean reads = g_str_equal (method, "GET") || g_str_equal (method, "HEAD");
  gint64 timeout = regie_json_get_int (payload, "timeout", 60);
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;

  if (uri == NULL)
    return FALSE;
  if (!g_strv_contains (methods, method))
    return refuse (error, "/payload/method", "method-unknown");
  if (json_object_has_member (payload, "headers") && headers == NULL)
    return refuse (error, "/payload/headers", "object-needed");
  if (headers != NULL)
    json_object_iter_init_ordered (&iter, headers);
  while (headers != NULL && json_object_iter_next_ordered (&iter, &name, &value))
    {
      if (!check_header (name, value, error))
        return FALSE;
    }
  if (json_object_has_member (payload, "body") && regie_json_get_text (payload, "body", NULL) == NULL)
    return refuse (error, "/payload/body", "body-text");
  if (json_object_has_member (payload, "body") && json_object_has_member (payload, "json"))
    return refuse (error, "/payload/json", "body-twice");
  if (reads && (json_object_has_member (payload, "body") || json_object_has_member (payload, "json")))
    return refuse (error, "/payload/body", "body-not-read");
  if (timeout < 1 || timeout > 300)
    return refuse (error, "/payload/timeout", "timeout-range");

  return TRUE;
}

gboolean
regie_task_check (JsonObject *task, GError **error)
{
  const char *type = regie_json_get_text (task, "type", "");
  JsonObject *payload = regie_json_get_object (task, "payload");
  const char *text;

  if (payload == NULL)
    return refuse (error, "/payload", "object-needed");
  if (g_str_equal (type, "http"))
    return check_http (payload, error);
  if (!g_str_equal (type, "analyze") && !g_str_equal (type, "answer"))
    return refuse (error, "/type", "type-unknown");
  text = regie_task_get_text (payload);
  if (text == NULL)
    return refuse (error, "/payload/text", "message-needed");
  if (*text == '\0' || strspn (text, " \t\r\n") == strlen (text))
    return refuse (error, "/payload/text", "message-empty");

  return TRUE;
}

/* --- describing --- */

char *
regie_task_summarize (JsonObject *task)
{
  JsonObject *payload = regie_json_get_object (task, "payload");
  g_autofree char *line = NULL;
  g_autofree char *visible = NULL;

  if (g_str_equal (regie_json_get_text (task, "type", ""), "http"))
    {
      g_autofree char *method = regie_task_get_method (payload);

      line = g_strdup_printf ("%s %s", method, regie_json_get_text (payload, "url", ""));
    }
  else
    {
      const char *text = regie_task_get_text (payload);
      /* A huge message need not be looked at as a whole. */
      g_autofree char *head =
          g_utf8_make_valid (text != NULL ? text : "", text != NULL ? strnlen (text, 2000) : 0);

      line = g_strdelimit (g_steal_pointer (&head), "\t\r\n", ' ');
    }
  visible = regie_text_visible (g_strstrip (line), FALSE);

  return regie_text_shorten (visible, SUMMARY_CHARS);
}

gboolean
regie_task_prepare (JsonObject *task, const char *who, GError **error)
{
  g_autofree char *summary = NULL;

  if (!regie_task_check (task, error))
    return FALSE;
  summary = regie_task_summarize (task);
  json_object_set_string_member (task, "summary", summary);
  json_object_set_string_member (task, "cause", who);
  json_object_set_string_member (task, "state", "queued");
  json_object_set_int_member (task, "attempts", 0);

  return TRUE;
}

gboolean
regie_task_is_repeatable (JsonObject *task)
{
  g_autofree char *method = NULL;

  if (!g_str_equal (regie_json_get_text (task, "type", ""), "http"))
    return TRUE;
  method = regie_task_get_method (regie_json_get_object (task, "payload"));

  return g_str_equal (method, "GET") || g_str_equal (method, "HEAD");
}
