/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-api-private.h"
#include "regie-engine-store-private.h"

#include <unistd.h>

#include "core/regie-error.h"
#include "core/regie-id.h"
#include "core/regie-json.h"
#include "core/regie-time.h"
#include "regie-config.h"

/* What is not a record. */

gboolean
regie_api_health (RegieCall *call, GError **error)
{
  RegieEngineStore *store = regie_api_get_store (call->api);
  RegieSupervisor *supervisor = regie_api_get_supervisor (call->api);
  g_autoptr (GPtrArray) workspaces = regie_engine_store_snapshot (store, FALSE);
  g_autofree char *started_at = regie_time_to_rfc3339 (regie_api_get_started_at (call->api));
  g_autoptr (JsonObject) health = NULL;

  health = regie_json_object_new (
      "status", 's', "ok", "engine", 's', "regie", "version", 's', REGIE_VERSION, "build", 's',
      regie_api_get_build (call->api), "epoch", 's', regie_engine_store_get_epoch (store), "pid", 'i',
      (gint64) getpid (), "started_at", 's', started_at, "paused", 'b',
      regie_supervisor_get_paused (supervisor), "workspaces", 'i', (gint64) workspaces->len, "running", 'i',
      (gint64) regie_supervisor_count_running (supervisor), "data_dir", 's',
      regie_engine_store_get_data_dir (store), "broken", 'a', regie_engine_store_list_broken (store), NULL);
  if (json_array_get_length (regie_json_get_array (health, "broken")) > 0)
    json_object_set_string_member (health, "status", "degraded");

  return regie_call_answer_object (call, SOUP_STATUS_OK, health, error);
}

static gboolean
build_openapi (gpointer data, GValue *result, GError **error)
{
  g_value_init (result, JSON_TYPE_OBJECT);
  g_value_take_boxed (result, regie_openapi_new ());

  return TRUE;
}

gboolean
regie_api_openapi (RegieCall *call, GError **error)
{
  g_autoptr (JsonObject) openapi = dex_await_boxed (regie_thread_run (build_openapi, NULL, NULL), error);

  return openapi != NULL && regie_call_answer_object (call, SOUP_STATUS_OK, openapi, error);
}

gboolean
regie_api_metrics (RegieCall *call, GError **error)
{
  char *text = dex_await_string (regie_metrics_text (call->api), error);
  g_autoptr (GBytes) bytes = NULL;

  if (text == NULL)
    return FALSE;
  bytes = g_bytes_new_take (text, strlen (text));
  regie_call_answer_bytes (call, SOUP_STATUS_OK, "text/plain; version=0.0.4; charset=utf-8", bytes);

  return TRUE;
}

/* Answers with what FUTURE resolves to, a JsonObject. */
static gboolean
answer_future (RegieCall *call, DexFuture *future, GError **error)
{
  g_autoptr (JsonObject) object = dex_await_boxed (future, error);

  return object != NULL && regie_call_answer_object (call, SOUP_STATUS_OK, object, error);
}

/* The summary is canonical: its times are µs. */
static void
times_to_text (JsonObject *summary, const char *list, const char *member)
{
  JsonArray *items = regie_json_get_array (summary, list);

  for (guint i = 0; items != NULL && i < json_array_get_length (items); i++)
    {
      JsonObject *item = json_array_get_object_element (items, i);
      g_autofree char *text = regie_time_to_rfc3339 (regie_json_get_int (item, member, 0));

      if (regie_json_get_int (item, member, 0) != 0)
        json_object_set_string_member (item, member, text);
    }
}

gboolean
regie_api_summary (RegieCall *call, GError **error)
{
  static const char *const names[] = { "window", "workspace", "digital_human", NULL };
  static const char *const windows[] = { "1h", "24h", "7d", NULL };
  const char *window = regie_call_get_query (call, "window");
  g_autoptr (JsonObject) summary = NULL;

  if (!regie_call_check_query (call, names, error))
    return FALSE;
  if (window == NULL)
    window = "24h";
  if (!g_strv_contains (windows, window))
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID, "/window: must be 1h, 24h or 7d");
      return FALSE;
    }
  summary = dex_await_boxed (regie_supervisor_summary (regie_api_get_supervisor (call->api), window,
                                                       regie_call_get_query (call, "workspace"),
                                                       regie_call_get_query (call, "digital_human")),
                             error);
  if (summary == NULL)
    return FALSE;
  times_to_text (summary, "series", "at");
  times_to_text (summary, "attention", "since");

  return regie_call_answer_object (call, SOUP_STATUS_OK, summary, error);
}

gboolean
regie_api_effective_rights (RegieCall *call, GError **error)
{
  return answer_future (
      call, regie_supervisor_effective_rights (regie_api_get_supervisor (call->api), call->id), error);
}

gboolean
regie_api_logs (RegieCall *call, GError **error)
{
  static const char *const names[] = { "source", "after", "level", "limit", NULL };
  const char *source = regie_call_get_query (call, "source");
  gint64 after = -1, limit = 200;

  if (!regie_call_check_query (call, names, error) ||
      !regie_call_get_query_int (call, "after", 0, G_MAXINT64, &after, error) ||
      !regie_call_get_query_int (call, "limit", 1, 10000, &limit, error))
    return FALSE;
  if (source == NULL)
    source = "engine";
  if (!g_str_equal (source, "engine") && !regie_id_is_object (source))
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID,
                   "/source: must be “engine” or the id of a Digital Human");
      return FALSE;
    }

  return answer_future (call,
                        regie_supervisor_read_log (regie_api_get_supervisor (call->api), source, after,
                                                   regie_call_get_query (call, "level"), limit),
                        error);
}

static gboolean
set_paused (RegieCall *call, gboolean paused, GError **error)
{
  return dex_await (regie_supervisor_set_paused (regie_api_get_supervisor (call->api), paused, call->who),
                    error) &&
         regie_api_health (call, error);
}

gboolean
regie_api_pause (RegieCall *call, GError **error)
{
  return set_paused (call, TRUE, error);
}

gboolean
regie_api_resume (RegieCall *call, GError **error)
{
  return set_paused (call, FALSE, error);
}

gboolean
regie_api_export (RegieCall *call, GError **error)
{
  g_autoptr (GBytes) text =
      dex_await_boxed (regie_supervisor_export (regie_api_get_supervisor (call->api), call->id), error);

  if (text == NULL)
    return FALSE;
  regie_call_answer_bytes (call, SOUP_STATUS_OK, "application/x-ndjson", text);

  return TRUE;
}

/* --- new workspaces made by the supervisor --- */

static gboolean
answer_workspace (RegieCall *call, DexFuture *future, GError **error)
{
  g_autoptr (JsonObject) record = dex_await_boxed (future, error);

  return record != NULL &&
         regie_call_answer_record (call, SOUP_STATUS_CREATED, regie_kind_get ("workspace"), record, error);
}

gboolean
regie_api_import (RegieCall *call, GError **error)
{
  gpointer note = regie_call_note_new (call, regie_kind_get ("workspace"), SOUP_STATUS_CREATED);

  return answer_workspace (
      call,
      regie_supervisor_import (regie_api_get_supervisor (call->api), call->body, call->who,
                               regie_call_note_remember, note, regie_call_note_free),
      error);
}

gboolean
regie_api_sample (RegieCall *call, GError **error)
{
  gpointer note = regie_call_note_new (call, regie_kind_get ("workspace"), SOUP_STATUS_CREATED);

  return answer_workspace (call,
                           regie_supervisor_add_sample (regie_api_get_supervisor (call->api), call->who,
                                                        regie_call_note_remember, note, regie_call_note_free),
                           error);
}

gboolean
regie_api_drain (RegieCall *call, GError **error)
{
  g_autoptr (JsonObject) object = regie_json_object_new ("status", 's', "draining", NULL);

  regie_api_request_drain (call->api);

  return regie_call_answer_object (call, SOUP_STATUS_ACCEPTED, object, error);
}
