/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-supervisor-private.h"

#include "core/regie-time.h"
#include "regie-task-turn.h"

/* The start of the engine: what was wanted runs again, what is written of processes that are gone is put
 * right. And its end. */

typedef struct
{
  RegieSupervisor *supervisor;
  char *workspace;
  GHashTable *alive; /* ids of those that run already */
  /* out */
  gboolean deleted, paused;
  GPtrArray *humans;    /* records of those that matter */
  GPtrArray *scheduled; /* records with a daily backup */
  GArray *since;        /* gint64 for each of scheduled */
} Resume;

static void
resume_free (gpointer data)
{
  Resume *self = data;

  g_object_unref (self->supervisor);
  g_hash_table_unref (self->alive);
  g_ptr_array_unref (self->humans);
  g_ptr_array_unref (self->scheduled);
  g_array_unref (self->since);
  g_free (self->workspace);
  g_free (self);
}

static Resume *
resume_new (RegieSupervisor *supervisor, const char *workspace)
{
  Resume *self = g_new0 (Resume, 1);
  GHashTableIter iter;
  gpointer value;

  self->supervisor = g_object_ref (supervisor);
  self->alive = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_hash_table_iter_init (&iter, supervisor->runners);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      if (regie_runner_is_alive (value))
        g_hash_table_add (self->alive, g_strdup (((RegieRunner *) value)->id));
    }
  self->workspace = g_strdup (workspace);
  self->humans = g_ptr_array_new_with_free_func ((GDestroyNotify) json_object_unref);
  self->scheduled = g_ptr_array_new_with_free_func ((GDestroyNotify) json_object_unref);
  self->since = g_array_new (FALSE, FALSE, sizeof (gint64));

  return self;
}

static gboolean
read_workspace (RegieTxn *txn, Resume *self, GError **error)
{
  g_autoptr (JsonObject) record =
      regie_txn_get (txn, regie_kind_get ("workspace"), regie_txn_get_workspace (txn), TRUE, error);

  if (record == NULL)
    return FALSE;
  self->deleted = regie_json_get_int (record, "deleted_at", 0) != 0;
  self->paused = regie_json_get_bool (record, "paused", FALSE);

  return TRUE;
}

/* Those that are to run, and those that are written down as anything but stopped: two indexes, so that a
 * million others cost nothing. */
static gboolean
read_humans (RegieTxn *txn, Resume *self, GError **error)
{
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (
      regie_txn_get_db (txn),
      "SELECT data FROM digital_human WHERE deleted_at IS NULL AND wanted_key = ?1 UNION"
      " SELECT data FROM digital_human WHERE deleted_at IS NULL AND (state_key < ?2 OR state_key > ?2)",
      error);
  int step;

  if (stmt == NULL)
    return FALSE;
  regie_db_bind (stmt, "ii", regie_enum_rank ("digital-human", "wanted", "running"),
                 regie_enum_rank ("digital-human", "state", "stopped"));
  while ((step = regie_db_step (stmt, error)) == 1)
    {
      JsonObject *record = regie_row_parse (stmt, 0, error);

      if (record == NULL)
        return FALSE;
      g_ptr_array_add (self->humans, record);
    }

  return step == 0;
}

static gboolean
is_wanted (JsonObject *human)
{
  return g_str_equal (regie_json_get_text (human, "wanted", ""), "running");
}

static gboolean
correct_human (RegieTxn *txn, Resume *self, JsonObject *human, GError **error)
{
  g_autoptr (JsonObject) patch = NULL;
  g_autoptr (JsonObject) record = NULL;

  if (g_hash_table_contains (self->alive, regie_json_get_text (human, "id", "")))
    return TRUE;
  patch =
      regie_json_object_new ("state", 's', is_wanted (human) && !self->deleted ? "initializing" : "stopped",
                             "pid", 's', NULL, "next_restart_at", 's', NULL, "started_at", 's', NULL, NULL);
  record = regie_txn_patch (txn, regie_kind_get ("digital-human"), regie_json_get_text (human, "id", ""),
                            patch, -1, error);

  return record != NULL;
}

/* A daily backup makes sense where there is a database; it is due from the last one of the schedule on. */
static gboolean
read_schedule (RegieTxn *txn, Resume *self, GError **error)
{
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (
      regie_txn_get_db (txn),
      "SELECT h.data, ifnull ((SELECT max (b.created_at) FROM backup b WHERE b.deleted_at IS NULL AND"
      " ifnull (b.\"digital_human\", '') = h.id AND b.data ->> '$.cause' = 'schedule'), d.created_at)"
      " FROM \"database\" d JOIN digital_human h ON h.id = d.digital_human"
      " WHERE d.deleted_at IS NULL AND h.deleted_at IS NULL AND h.data ->> '$.backup_time' IS NOT NULL",
      error);
  int step;

  if (stmt == NULL)
    return FALSE;
  while ((step = regie_db_step (stmt, error)) == 1)
    {
      JsonObject *record = regie_row_parse (stmt, 0, error);
      gint64 since = sqlite3_column_int64 (stmt, 1);

      if (record == NULL)
        return FALSE;
      g_ptr_array_add (self->scheduled, record);
      g_array_append_val (self->since, since);
    }

  return step == 0;
}

static gboolean
resume_change (RegieTxn *txn, gpointer data, GError **error)
{
  Resume *self = data;

  regie_txn_set_who (txn, "engine");
  if (!read_workspace (txn, self, error) || !read_humans (txn, self, error) ||
      !read_schedule (txn, self, error))
    return FALSE;
  for (guint i = 0; i < self->humans->len; i++)
    {
      if (!correct_human (txn, self, g_ptr_array_index (self->humans, i), error))
        return FALSE;
    }

  return TRUE;
}

static void
follow (Resume *self)
{
  RegieSupervisor *supervisor = self->supervisor;

  if (self->deleted)
    return;
  if (self->paused)
    g_hash_table_add (supervisor->paused_workspaces, g_strdup (self->workspace));
  for (guint i = 0; i < self->scheduled->len; i++)
    regie_supervisor_schedule (supervisor, g_ptr_array_index (self->scheduled, i),
                               g_array_index (self->since, gint64, i));
  for (guint i = 0; i < self->humans->len; i++)
    {
      JsonObject *human = g_ptr_array_index (self->humans, i);
      RegieRunner *runner;

      if (!is_wanted (human))
        continue;
      runner = regie_supervisor_ensure (supervisor, human);
      if (!regie_runner_is_alive (runner))
        runner->state = "initializing";
      regie_runner_set_wanted (runner, TRUE, regie_json_get_int (human, "rev", 0));
    }
}

static DexFuture *
resume_workspace_fiber (gpointer data)
{
  Resume *self = data;
  g_autoptr (GError) error = NULL;

  if (!dex_await (
          regie_engine_store_change (self->supervisor->store, self->workspace, resume_change, self, NULL),
          &error))
    return dex_future_new_for_error (g_steal_pointer (&error));
  follow (self);

  return dex_future_new_true ();
}

DexFuture *
regie_supervisor_resume_workspace (RegieSupervisor *self, const char *workspace)
{
  return regie_spawn (self, resume_workspace_fiber, resume_new (self, workspace), resume_free);
}

/* --- all of them --- */

static DexFuture *
resume_fiber (gpointer data)
{
  RegieSupervisor *self = data;
  g_auto (GStrv) workspaces = regie_engine_store_list_workspaces (self->store);

  if (self->no_cgroup != NULL)
    g_message ("Limits are put on the processes themselves: %s", self->no_cgroup);
  for (guint i = 0; workspaces[i] != NULL; i++)
    {
      g_autoptr (GError) error = NULL;

      if (!dex_await (regie_engine_store_change (self->store, workspaces[i], regie_tasks_recover, NULL, NULL),
                      &error) ||
          !dex_await (regie_supervisor_resume_workspace (self, workspaces[i]), &error))
        g_warning ("Workspace %s could not be resumed: %s", workspaces[i], error->message);
    }
  regie_supervisor_run_schedule (self);
  regie_supervisor_watch_minutes (self);

  return dex_future_new_true ();
}

DexFuture *
regie_supervisor_resume (RegieSupervisor *self)
{
  return regie_spawn (self, resume_fiber, g_object_ref (self), g_object_unref);
}

/* --- the end --- */

void
regie_supervisor_check_drained (RegieSupervisor *self)
{
  GHashTableIter iter;
  gpointer value;
  g_autoptr (GPtrArray) waiters = NULL;

  if (!self->draining || self->pending > 0)
    return;
  g_hash_table_iter_init (&iter, self->runners);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      if (regie_runner_is_alive (value))
        return;
    }
  waiters = g_steal_pointer (&self->drain_waiters);
  self->drain_waiters = g_ptr_array_new_with_free_func (dex_unref);
  for (guint i = 0; i < waiters->len; i++)
    dex_promise_resolve_boolean (g_ptr_array_index (waiters, i), TRUE);
}

DexFuture *
regie_supervisor_drain (RegieSupervisor *self)
{
  DexPromise *promise = dex_promise_new ();
  GHashTableIter iter;
  gpointer value;

  g_ptr_array_add (self->drain_waiters, dex_ref (promise));
  self->draining = TRUE;
  g_clear_handle_id (&self->minute_source, g_source_remove);
  g_hash_table_iter_init (&iter, self->runners);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    regie_runner_settle (value);
  regie_supervisor_check_drained (self);

  return DEX_FUTURE (promise);
}
