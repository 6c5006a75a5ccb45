/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-supervisor-private.h"

#include "core/regie-limits.h"
#include "core/regie-text.h"
#include "core/regie-time.h"
#include "regie-right.h"

/* Actions on Digital Humans and workspaces: start, stop, restart, pause, resume, duplicate. */

static gboolean
is_action (RegieAct *act, const char *action)
{
  return g_str_equal (act->action, action);
}

/* PATCH in the record, and what of it changed in the journal. */
static gboolean
patch_and_audit (RegieTxn *txn, RegieAct *act, JsonObject *patch, GError **error)
{
  g_autoptr (JsonObject) old = regie_txn_get (txn, act->kind, act->id, FALSE, error);
  g_autoptr (JsonObject) before = NULL;
  g_autoptr (JsonObject) after = NULL;

  if (old == NULL)
    return FALSE;
  act->record = regie_txn_patch (txn, act->kind, act->id, patch, -1, error);
  if (act->record == NULL)
    return FALSE;
  after = regie_json_diff (old, act->record);
  before = regie_json_diff (act->record, old);
  if (after == NULL)
    return TRUE;
  for (guint i = 0; i < 2; i++)
    {
      JsonObject *side = i == 0 ? before : after;

      if (side != NULL)
        {
          json_object_remove_member (side, "rev");
          json_object_remove_member (side, "updated_at");
        }
    }

  return regie_txn_audit (txn, act->action, act->kind, act->record, before, after, NULL, error);
}

/* --- running --- */

static gboolean
run_action (RegieTxn *txn, RegieAct *act, GError **error)
{
  gboolean start = !is_action (act, "stop");
  g_autoptr (JsonObject) patch = regie_json_object_new ("wanted", 's', start ? "running" : "stopped", NULL);

  /* What the process does next is written when it happens; this is what it is about to do. */
  if (is_action (act, "restart") && act->up)
    json_object_set_string_member (patch, "state", "stopping");
  else if (start && !act->up)
    json_object_set_string_member (patch, "state", "initializing");
  else if (!start)
    json_object_set_string_member (patch, "state", act->up ? "stopping" : "stopped");
  if (!start || !act->up || is_action (act, "restart"))
    {
      regie_cause_store (patch, "cause", NULL);
      json_object_set_null_member (patch, "next_restart_at");
    }

  return patch_and_audit (txn, act, patch, error);
}

static gboolean
change_run (RegieAct *act, GError **error)
{
  RegieRunner *runner = regie_supervisor_find (act->supervisor, act->id);
  gboolean start = !is_action (act, "stop");

  if (act->supervisor->draining)
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_STATE, "The engine is about to end");
      return FALSE;
    }
  act->up = runner != NULL && regie_runner_is_alive (runner);
  act->func = run_action;
  if (!regie_act_commit (act, error))
    return FALSE;

  runner = regie_supervisor_ensure (act->supervisor, act->record);
  g_clear_handle_id (&runner->restart_timer, g_source_remove);
  g_clear_pointer (&runner->cause, json_object_unref);
  runner->next_restart_at = 0;
  runner->failures = 0;
  if (!regie_runner_is_alive (runner))
    runner->state = start ? "initializing" : "stopped";
  runner->again = is_action (act, "restart") && regie_runner_is_alive (runner);
  regie_runner_set_wanted (runner, start, regie_json_get_int (act->record, "rev", 0));

  return TRUE;
}

/* --- pausing --- */

static gboolean
pause_action (RegieTxn *txn, RegieAct *act, GError **error)
{
  g_autoptr (JsonObject) patch = regie_json_object_new ("paused", 'b', is_action (act, "pause"), NULL);

  return patch_and_audit (txn, act, patch, error);
}

static gboolean
pause_human (RegieAct *act, GError **error)
{
  RegieRunner *runner;

  act->func = pause_action;
  if (!regie_act_commit (act, error))
    return FALSE;
  runner = regie_supervisor_find (act->supervisor, act->id);
  if (runner != NULL)
    {
      regie_supervisor_ensure (act->supervisor, act->record);
      regie_runner_send_paused (runner);
    }

  return TRUE;
}

gboolean
regie_act_on_workspace (RegieAct *act, GError **error)
{
  RegieSupervisor *self = act->supervisor;

  if (!is_action (act, "pause") && !is_action (act, "resume"))
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_NOT_FOUND, "A workspace has no action \"%s\"",
                   act->action);
      return FALSE;
    }
  act->func = pause_action;
  if (!regie_act_commit (act, error))
    return FALSE;
  if (regie_json_get_bool (act->record, "paused", FALSE))
    g_hash_table_add (self->paused_workspaces, g_strdup (act->id));
  else
    g_hash_table_remove (self->paused_workspaces, act->id);
  regie_supervisor_tell_paused (self, act->id);

  return TRUE;
}

/* --- duplicating --- */

static char *
make_copy_name (JsonObject *record)
{
  static const char suffix[] = " (copy)";
  g_autofree char *name = regie_text_shorten (regie_json_get_text (record, "name", ""),
                                              REGIE_LIMIT_NAME_CHARS - (sizeof suffix - 1));

  return g_strconcat (name, suffix, NULL);
}

/* The settings, not what the engine wrote beside them. */
static JsonObject *
copy_settings (const RegieKind *kind, JsonObject *record)
{
  JsonObject *copy = json_object_new ();

  for (guint i = 0; i < kind->n_fields; i++)
    {
      const RegieField *field = &kind->fields[i];
      JsonNode *node = json_object_get_member (record, field->name);

      if (node != NULL && !(field->flags & REGIE_FIELD_READ_ONLY))
        json_object_set_member (copy, field->name, json_node_copy (node));
    }
  json_object_remove_member (copy, "id");

  return copy;
}

static gboolean
copy_rights (RegieTxn *txn, const char *from, const char *to, GError **error)
{
  const RegieKind *kind = regie_kind_get ("right");
  g_autoptr (JsonArray) rights = regie_right_read (regie_txn_get_db (txn), from, error);

  if (rights == NULL)
    return FALSE;
  for (guint i = 0; i < json_array_get_length (rights); i++)
    {
      JsonObject *right = json_array_get_object_element (rights, i);
      g_autoptr (JsonObject) copy = NULL;

      if (g_strcmp0 (regie_json_get_text (right, "digital_human", NULL), from) != 0)
        continue;
      copy = copy_settings (kind, right);
      json_object_set_string_member (copy, "digital_human", to);
      if (!regie_txn_put (txn, kind, copy, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
duplicate_action (RegieTxn *txn, RegieAct *act, GError **error)
{
  g_autoptr (JsonObject) original = regie_txn_get (txn, act->kind, act->id, FALSE, error);
  g_autofree char *name = NULL;

  if (original == NULL)
    return FALSE;
  name = make_copy_name (original);
  act->record = copy_settings (act->kind, original);
  json_object_set_string_member (act->record, "name", name);
  json_object_set_string_member (act->record, "wanted", "stopped");
  json_object_set_string_member (act->record, "state", "stopped");

  return regie_txn_put (txn, act->kind, act->record, error) &&
         copy_rights (txn, act->id, regie_json_get_text (act->record, "id", ""), error) &&
         regie_txn_audit (txn, "duplicate", act->kind, act->record, NULL, act->record, NULL, error);
}

gboolean
regie_act_on_human (RegieAct *act, GError **error)
{
  if (is_action (act, "start") || is_action (act, "stop") || is_action (act, "restart"))
    return change_run (act, error);
  if (is_action (act, "pause") || is_action (act, "resume"))
    return pause_human (act, error);
  if (is_action (act, "duplicate"))
    {
      act->func = duplicate_action;
      if (!regie_act_commit (act, error))
        return FALSE;
      regie_supervisor_schedule (act->supervisor, act->record, regie_time_now ());
      return TRUE;
    }
  g_set_error (error, REGIE_ERROR, REGIE_ERROR_NOT_FOUND, "A Digital Human has no action \"%s\"",
               act->action);

  return FALSE;
}
