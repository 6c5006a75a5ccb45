/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-api-write.h"

#include "core/regie-error.h"
#include "core/regie-json.h"

gboolean
regie_api_act (RegieCall *call, GError **error)
{
  const RegieAction *action = regie_kind_find_action (call->kind, call->action);
  g_autoptr (JsonObject) params = NULL;
  g_autoptr (JsonObject) record = NULL;
  guint status;

  if (call->kind->can_delete && g_str_equal (call->action, "restore"))
    return regie_api_restore (call, error);
  if (action == NULL)
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_NOT_FOUND, "A %s has no action “%s”", call->kind->label,
                   call->action);
      return FALSE;
    }
  params = regie_call_read_object (call, TRUE, error);
  if (params == NULL)
    return FALSE;
  status = g_str_equal (action->name, "duplicate") ? SOUP_STATUS_CREATED : SOUP_STATUS_OK;
  record = dex_await_boxed (
      regie_supervisor_act (regie_api_get_supervisor (call->api), call->kind, call->id, action->name, params,
                            call->who, regie_call_note_remember,
                            regie_call_note_new (call, call->kind, status), regie_call_note_free),
      error);

  return record != NULL && regie_call_answer_record (call, status, call->kind, record, error);
}
