/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-supervisor-private.h"

/* An action of the API: one change with its journal entry and its remembered answer, then what follows from
 * it. Each runs in a fiber. */

static void
act_free (gpointer data)
{
  RegieAct *self = data;

  if (self->remember_destroy != NULL)
    self->remember_destroy (self->remember_data);
  g_clear_pointer (&self->params, json_object_unref);
  g_clear_pointer (&self->record, json_object_unref);
  g_clear_pointer (&self->extra, json_object_unref);
  g_free (self->id);
  g_free (self->action);
  g_free (self->who);
  g_free (self->workspace);
  g_object_unref (self->supervisor);
  g_free (self);
}

static gboolean
run (RegieTxn *txn, gpointer data, GError **error)
{
  RegieAct *act = data;

  g_clear_pointer (&act->record, json_object_unref);
  regie_txn_set_who (txn, act->who);
  if (!act->func (txn, act, error))
    return FALSE;

  return act->remember == NULL || act->remember (txn, act->record, act->remember_data, error);
}

gboolean
regie_act_commit (RegieAct *act, GError **error)
{
  /* The fiber holds ACT until the change is made; the last reference must go on this thread. */
  return dex_await (regie_engine_store_change (act->supervisor->store, act->workspace, run, act, NULL),
                    error);
}

static gboolean
dispatch (RegieAct *act, GError **error)
{
  static const struct
  {
    const char *kind;
    gboolean (*func) (RegieAct *act, GError **error);
  } kinds[] = {
    { "digital-human", regie_act_on_human }, { "workspace", regie_act_on_workspace },
    { "task", regie_act_on_task },           { "database", regie_act_on_database },
    { "backup", regie_act_on_backup },
  };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      if (g_str_equal (act->kind->name, kinds[i].kind))
        return kinds[i].func (act, error);
    }
  g_set_error (error, REGIE_ERROR, REGIE_ERROR_NOT_FOUND, "A %s has no action \"%s\"", act->kind->label,
               act->action);

  return FALSE;
}

static DexFuture *
act_fiber (gpointer data)
{
  RegieAct *act = data;
  g_autoptr (GError) error = NULL;

  act->workspace = dex_await_string (
      regie_engine_store_find_workspace (act->supervisor->store, act->kind, act->id, FALSE), &error);
  if (act->workspace == NULL && error == NULL)
    g_set_error (&error, REGIE_ERROR, REGIE_ERROR_NOT_FOUND, "There is no %s with the id “%s”",
                 act->kind->label, act->id);
  if (error == NULL && dispatch (act, &error))
    return dex_future_new_take_boxed (JSON_TYPE_OBJECT, json_object_ref (act->record));

  return dex_future_new_for_error (g_steal_pointer (&error));
}

DexFuture *
regie_supervisor_act (RegieSupervisor *self,
                      const RegieKind *kind,
                      const char *id,
                      const char *action,
                      JsonObject *params,
                      const char *who,
                      RegieRememberFunc remember,
                      gpointer data,
                      GDestroyNotify destroy)
{
  RegieAct *act = g_new0 (RegieAct, 1);

  act->supervisor = g_object_ref (self);
  act->kind = kind;
  act->id = g_strdup (id);
  act->action = g_strdup (action);
  act->who = g_strdup (who);
  act->params = params != NULL ? json_object_ref (params) : NULL;
  act->remember = remember;
  act->remember_data = data;
  act->remember_destroy = destroy;

  return regie_spawn (self, act_fiber, act, act_free);
}
