/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-supervisor-private.h"

#include "core/regie-time.h"

/* The actions on tasks: cancel and retry. */

static gboolean
set_state_error (GError **error, const char *what, const char *state)
{
  g_set_error (error, REGIE_ERROR, REGIE_ERROR_STATE, "A task that is %s cannot be %s", state, what);

  return FALSE;
}

static gboolean
is_one_of (const char *state, const char *const *states)
{
  return g_strv_contains (states, state);
}

static gboolean
store (RegieTxn *txn, RegieAct *act, JsonObject *task, JsonObject *patch, GError **error)
{
  g_autoptr (JsonObject) before =
      regie_json_object_new ("state", 's', regie_json_get_text (task, "state", ""), NULL);
  g_autoptr (JsonObject) after = NULL;

  act->record = regie_txn_patch (txn, act->kind, act->id, patch, -1, error);
  if (act->record == NULL)
    return FALSE;
  after = regie_json_object_new ("state", 's', regie_json_get_text (act->record, "state", ""), NULL);

  return regie_txn_audit (txn, act->action, act->kind, act->record, before, after, NULL, error);
}

/* A waiting task is cancelled here; one that runs is told to end, and says itself how it ended: a request
 * that went out already is unknown, not undone. */
static gboolean
cancel_action (RegieTxn *txn, RegieAct *act, GError **error)
{
  static const char *const ended[] = { "done", "failed", "unknown", "cancelled", NULL };
  g_autoptr (JsonObject) task = regie_txn_get (txn, act->kind, act->id, FALSE, error);
  g_autoptr (JsonObject) patch = json_object_new ();
  const char *state = regie_json_get_text (task, "state", "");

  if (task == NULL)
    return FALSE;
  if (is_one_of (state, ended))
    return set_state_error (error, "cancelled", state);
  if (g_str_equal (state, "queued"))
    {
      json_object_set_string_member (patch, "state", "cancelled");
      json_object_set_int_member (patch, "finished_at", regie_time_now ());
    }

  return store (txn, act, task, patch, error);
}

static gboolean
retry_action (RegieTxn *txn, RegieAct *act, GError **error)
{
  static const char *const possible[] = { "failed", "unknown", "cancelled", NULL };
  static const char *const cleared[] = { "error",       "result",  "started_at",
                                         "finished_at", "latency", "worker_pid" };
  g_autoptr (JsonObject) task = regie_txn_get (txn, act->kind, act->id, FALSE, error);
  g_autoptr (JsonObject) patch = regie_json_object_new ("state", 's', "queued", NULL);
  const char *state = regie_json_get_text (task, "state", "");

  if (task == NULL)
    return FALSE;
  if (!is_one_of (state, possible))
    return set_state_error (error, "tried again", state);
  for (guint i = 0; i < G_N_ELEMENTS (cleared); i++)
    json_object_set_null_member (patch, cleared[i]);

  return store (txn, act, task, patch, error);
}

gboolean
regie_act_on_task (RegieAct *act, GError **error)
{
  RegieRunner *runner;
  g_autoptr (JsonObject) message = NULL;

  if (g_str_equal (act->action, "cancel"))
    act->func = cancel_action;
  else if (g_str_equal (act->action, "retry"))
    act->func = retry_action;
  else
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_NOT_FOUND, "A task has no action \"%s\"", act->action);
      return FALSE;
    }
  if (!regie_act_commit (act, error))
    return FALSE;

  runner = regie_supervisor_find (act->supervisor, regie_json_get_text (act->record, "digital_human", ""));
  if (runner == NULL)
    return TRUE;
  if (g_str_equal (regie_json_get_text (act->record, "state", ""), "running") && runner->channel != NULL)
    {
      message = regie_worker_message ("cancel", "task", 's', act->id, "reason", 's', "cancelled", NULL);
      regie_worker_channel_send (runner->channel, message);
    }
  regie_runner_feed (runner);

  return TRUE;
}
