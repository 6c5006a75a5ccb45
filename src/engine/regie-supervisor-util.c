/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-supervisor-private.h"

gint64
regie_enum_rank (const char *kind, const char *field, const char *value)
{
  const RegieField *found = regie_kind_find_field (regie_kind_get (kind), field);

  for (guint i = 0; i < found->n_values; i++)
    {
      if (g_str_equal (found->values[i].name, value))
        return i;
    }
  g_return_val_if_reached (-1);
}

JsonObject *
regie_txn_patch_any (RegieTxn *txn, const RegieKind *kind, const char *id, JsonObject *patch, GError **error)
{
  g_autoptr (JsonObject) stored = regie_txn_get (txn, kind, id, TRUE, error);
  g_autoptr (JsonObject) record = NULL;
  g_autoptr (GList) names = NULL;

  if (stored == NULL)
    return NULL;
  record = regie_json_apply (stored, patch);
  names = json_object_get_members (record);
  for (GList *l = names; l != NULL; l = l->next)
    {
      if (json_object_get_null_member (record, l->data))
        json_object_remove_member (record, l->data);
    }

  return regie_txn_put (txn, kind, record, error) ? g_steal_pointer (&record) : NULL;
}

JsonObject *
regie_row_parse (sqlite3_stmt *stmt, int column, GError **error)
{
  const char *text = regie_db_column_text (stmt, column);

  return regie_json_parse_object (text != NULL ? text : "", -1, error);
}

/* --- threads --- */

typedef struct
{
  RegieThreadBodyFunc func;
  gpointer data;
  DexPromise *promise;
} Job;

static gpointer
run (gpointer data)
{
  Job *job = data;
  GError *error = NULL;

  if (job->func (job->data, &error))
    dex_promise_resolve_boolean (job->promise, TRUE);
  else
    dex_promise_reject (job->promise, error);
  dex_unref (job->promise);
  g_free (job);

  return NULL;
}

DexFuture *
regie_on_thread (RegieThreadBodyFunc func, gpointer data)
{
  Job *job = g_new0 (Job, 1);
  DexFuture *future;

  job->func = func;
  job->data = data;
  job->promise = dex_promise_new ();
  future = dex_ref (DEX_FUTURE (job->promise));
  g_thread_unref (g_thread_new ("supervisor", run, job));

  return future;
}

/* --- fibers --- */

#define STACK_BYTES (256 * 1024)

typedef struct
{
  RegieSupervisor *supervisor;
  DexPromise *promise;
} Spawned;

static void
spawned_free (gpointer data)
{
  Spawned *self = data;

  regie_supervisor_end (self->supervisor);
  dex_unref (self->promise);
  g_free (self);
}

static DexFuture *
pass_on (DexFuture *future, gpointer data)
{
  Spawned *self = data;
  g_autoptr (GError) error = NULL;
  const GValue *value = dex_future_get_value (future, &error);

  if (value != NULL)
    dex_promise_resolve (self->promise, value);
  else
    dex_promise_reject (self->promise, g_steal_pointer (&error));

  return dex_future_new_true ();
}

DexFuture *
regie_spawn (RegieSupervisor *self, DexFiberFunc func, gpointer data, GDestroyNotify destroy)
{
  Spawned *spawned = g_new0 (Spawned, 1);
  DexFuture *future;

  spawned->supervisor = regie_supervisor_begin (self);
  spawned->promise = dex_promise_new ();
  future = dex_ref (DEX_FUTURE (spawned->promise));
  dex_future_disown (dex_future_finally (dex_scheduler_spawn (NULL, STACK_BYTES, func, data, destroy),
                                         pass_on, spawned, spawned_free));

  return future;
}

/* --- what is under way --- */

RegieSupervisor *
regie_supervisor_begin (RegieSupervisor *self)
{
  self->pending++;

  return g_object_ref (self);
}

void
regie_supervisor_end (RegieSupervisor *self)
{
  self->pending--;
  regie_supervisor_check_drained (self);
  g_object_unref (self);
}
