/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-api-private.h"

#include "core/regie-error.h"
#include "core/regie-json.h"
#include "core/regie-limits.h"

/* Lists and single records. */

#define DEFAULT_LIMIT 100

static gboolean
is_parameter (const char *name)
{
  static const char *const names[] = { "limit", "cursor", "sort", "q", NULL };

  return g_strv_contains (names, name);
}

/* Each other parameter is a filter: FIELD=VALUE or FIELD.OP=VALUE. */
static char **
read_filters (RegieCall *call)
{
  g_autoptr (GStrvBuilder) where = g_strv_builder_new ();

  for (guint i = 0; i + 1 < call->query->len; i += 2)
    {
      const char *name = g_ptr_array_index (call->query, i);
      const char *dot = strchr (name, '.');
      g_autofree char *field = dot != NULL ? g_strndup (name, dot - name) : g_strdup (name);

      if (is_parameter (name))
        continue;
      g_strv_builder_add_many (where, field, dot != NULL ? dot + 1 : "eq",
                               (char *) g_ptr_array_index (call->query, i + 1), NULL);
    }

  return g_strv_builder_end (where);
}

gboolean
regie_api_list (RegieCall *call, GError **error)
{
  g_auto (GStrv) where = read_filters (call);
  const char *sort = regie_call_get_query (call, "sort");
  gint64 limit = DEFAULT_LIMIT;
  g_autoptr (JsonObject) page = NULL;
  RegiePageRequest request = { .kind = call->kind, .where = (const char *const *) where };

  if (!regie_call_get_query_int (call, "limit", 1, REGIE_LIMIT_PAGE_ROWS, &limit, error))
    return FALSE;
  request.limit = limit;
  request.words = regie_call_get_query (call, "q");
  request.cursor = regie_call_get_query (call, "cursor");
  request.descending = sort != NULL && *sort == '-';
  request.sort = request.descending ? sort + 1 : sort;
  page = dex_await_boxed (regie_engine_store_page (regie_api_get_store (call->api), &request), error);

  return page != NULL && regie_call_answer_page (call, call->kind, page, error);
}

/* Whether If-None-Match names the ETag, or "*". */
static gboolean
is_known (RegieCall *call)
{
  const char *header = soup_message_headers_get_list (soup_server_message_get_request_headers (call->message),
                                                      "If-None-Match");
  g_auto (GStrv) tags = header != NULL ? g_strsplit (header, ",", -1) : NULL;

  for (guint i = 0; tags != NULL && tags[i] != NULL; i++)
    {
      const char *tag = g_strstrip (tags[i]);

      if (g_str_has_prefix (tag, "W/"))
        tag += 2;
      if (g_str_equal (tag, "*") || g_str_equal (tag, call->etag))
        return TRUE;
    }

  return FALSE;
}

gboolean
regie_api_get (RegieCall *call, GError **error)
{
  static const char *const none[] = { NULL };
  g_autoptr (JsonObject) record = NULL;

  if (!regie_call_check_query (call, none, error))
    return FALSE;
  record =
      dex_await_boxed (regie_engine_store_get (regie_api_get_store (call->api), call->kind, call->id), error);
  if (record == NULL || !regie_call_answer_record (call, SOUP_STATUS_OK, call->kind, record, error))
    return FALSE;
  if (is_known (call))
    {
      g_autoptr (GBytes) nothing = g_bytes_new_static ("", 0);

      regie_call_answer_bytes (call, SOUP_STATUS_NOT_MODIFIED, NULL, nothing);
    }

  return TRUE;
}
