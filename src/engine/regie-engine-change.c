/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-engine-store-private.h"

#include <glib/gstdio.h>

#include "core/regie-error.h"
#include "core/regie-id.h"

/* Changes on the writers, reads on the readers, and where a record is. */

typedef struct
{
  RegieEngineStore *store;
  RegieWorkspace *workspace;
  RegieTxnFunc func;
  RegieDbFunc read;
  gpointer data;
  GDestroyNotify destroy;
} Work;

static void
work_free (gpointer data)
{
  Work *self = data;

  if (self->destroy != NULL)
    self->destroy (self->data);
  g_clear_pointer (&self->workspace, regie_workspace_unref);
  g_clear_object (&self->store);
  g_free (self);
}

static Work *
work_new (RegieEngineStore *store, RegieWorkspace *workspace, gpointer data, GDestroyNotify destroy)
{
  Work *self = g_new0 (Work, 1);

  self->store = g_object_ref (store);
  self->workspace = workspace != NULL ? regie_workspace_ref (workspace) : NULL;
  self->data = data;
  self->destroy = destroy;

  return self;
}

static gboolean
run_change (sqlite3 *db, gpointer data, GError **error)
{
  Work *work = data;

  return regie_txn_run (work->store, work->workspace, db, work->func, work->data, error);
}

static DexFuture *
reject_unknown (const char *workspace, gpointer data, GDestroyNotify destroy)
{
  if (destroy != NULL)
    destroy (data);

  return dex_future_new_reject (REGIE_ERROR, REGIE_ERROR_NOT_FOUND, "There is no workspace with the id “%s”",
                                workspace);
}

DexFuture *
regie_engine_store_change (RegieEngineStore *self,
                           const char *workspace,
                           RegieTxnFunc func,
                           gpointer data,
                           GDestroyNotify destroy)
{
  g_autoptr (RegieWorkspace) found = NULL;
  Work *work;

  g_return_val_if_fail (REGIE_IS_ENGINE_STORE (self), NULL);

  found = regie_engine_store_peek (self, workspace);
  if (found == NULL)
    return reject_unknown (workspace, data, destroy);
  work = work_new (self, found, data, destroy);
  work->func = func;

  return regie_db_write (found->db, run_change, work, work_free);
}

static gboolean
run_read (sqlite3 *db, gpointer data, GError **error)
{
  Work *work = data;

  return work->read (db, work->data, error);
}

DexFuture *
regie_engine_store_read (RegieEngineStore *self,
                         const char *workspace,
                         RegieDbFunc func,
                         gpointer data,
                         GDestroyNotify destroy)
{
  g_autoptr (RegieWorkspace) found = NULL;
  Work *work;

  g_return_val_if_fail (REGIE_IS_ENGINE_STORE (self), NULL);

  found = regie_engine_store_peek (self, workspace);
  if (found == NULL)
    return reject_unknown (workspace, data, destroy);
  work = work_new (self, found, data, destroy);
  work->read = func;

  return regie_db_read (found->db, run_read, work, work_free);
}

/* --- a new workspace --- */

typedef struct
{
  Work *work;
  char *id;
} Addition;

static void
addition_free (gpointer data)
{
  Addition *self = data;

  work_free (self->work);
  g_free (self->id);
  g_free (self);
}

void
regie_workspace_remove_file (const char *path)
{
  static const char *const endings[] = { "", "-wal", "-shm", ".lock", ".unclean" };

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      g_autofree char *name = g_strconcat (path, endings[i], NULL);

      g_unlink (name);
    }
}

static gboolean
run_addition (gpointer data, GValue *result, GError **error)
{
  Addition *self = data;
  Work *work = self->work;
  g_autofree char *path = regie_engine_store_path_of (work->store, self->id);
  g_autoptr (RegieWorkspace) workspace = NULL;

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_CONFLICT, "There is a workspace with the id “%s” already",
                   self->id);
      return FALSE;
    }
  workspace = regie_workspace_open (work->store, self->id, error);
  if (workspace != NULL)
    {
      work->workspace = regie_workspace_ref (workspace);
      if (regie_db_write_sync (workspace->db, run_change, work, error))
        {
          g_mutex_lock (&work->store->lock);
          g_hash_table_insert (work->store->workspaces, workspace->id, regie_workspace_ref (workspace));
          g_mutex_unlock (&work->store->lock);
          g_value_init (result, G_TYPE_BOOLEAN);
          g_value_set_boolean (result, TRUE);
          return TRUE;
        }
      regie_db_close (workspace->db);
    }
  regie_workspace_remove_file (path);

  return FALSE;
}

DexFuture *
regie_engine_store_add_workspace (RegieEngineStore *self,
                                  const char *id,
                                  RegieTxnFunc func,
                                  gpointer data,
                                  GDestroyNotify destroy)
{
  Addition *addition;

  g_return_val_if_fail (REGIE_IS_ENGINE_STORE (self), NULL);

  if (!regie_id_is_object (id))
    {
      if (destroy != NULL)
        destroy (data);
      return dex_future_new_reject (REGIE_ERROR, REGIE_ERROR_INVALID, "“%s” is no id", id);
    }
  addition = g_new0 (Addition, 1);
  addition->work = work_new (self, NULL, data, destroy);
  addition->work->func = func;
  addition->id = g_strdup (id);

  return regie_thread_run (run_addition, addition, addition_free);
}

/* --- one record --- */

typedef struct
{
  RegieEngineStore *store;
  const RegieKind *kind;
  char *id;
  const char *workspace; /* the one that is looked at */
  gboolean deleted;
  gboolean wants_record;
  gboolean found;
  JsonObject *record;
} Lookup;

static void
lookup_free (gpointer data)
{
  Lookup *self = data;

  g_clear_object (&self->store);
  g_clear_pointer (&self->record, json_object_unref);
  g_free (self->id);
  g_free (self);
}

static gboolean
read_row (sqlite3 *db, gpointer data, GError **error)
{
  Lookup *self = data;
  g_autoptr (sqlite3_stmt) stmt = NULL;
  int step;

  if (g_str_equal (self->kind->name, "metric"))
    {
      g_autoptr (GError) none = NULL;

      self->record = regie_minute_find (db, self->workspace, self->id, &none);
      self->found = self->record != NULL;
      return TRUE;
    }
  stmt = regie_db_prepare (db, regie_table_of (self->kind)->select, error);
  if (stmt == NULL)
    return FALSE;
  regie_db_bind (stmt, "s", self->id);
  step = regie_db_step (stmt, error);
  if (step == 1 && (self->deleted || sqlite3_column_type (stmt, 1) == SQLITE_NULL))
    {
      self->found = TRUE;
      if (self->wants_record)
        {
          self->record = regie_record_parse (regie_db_column_text (stmt, 2));
          regie_engine_store_decorate (self->store, db, self->kind, self->record);
        }
    }

  return step >= 0;
}

static gboolean
run_lookup (gpointer data, GValue *result, GError **error)
{
  Lookup *self = data;
  g_autoptr (GPtrArray) workspaces = regie_engine_store_snapshot (self->store, self->deleted);
  g_autoptr (GError) wrong = NULL;

  for (guint i = 0; i < workspaces->len; i++)
    {
      RegieWorkspace *workspace = g_ptr_array_index (workspaces, i);

      /* One damaged file does not hide what is in the others. */
      self->workspace = workspace->id;
      if (!regie_db_read_sync (workspace->db, read_row, self, wrong == NULL ? &wrong : NULL) || !self->found)
        continue;
      g_value_init (result, self->wants_record ? JSON_TYPE_OBJECT : G_TYPE_STRING);
      if (self->wants_record)
        g_value_set_boxed (result, self->record);
      else
        g_value_set_string (result, workspace->id);
      return TRUE;
    }
  if (wrong != NULL)
    g_propagate_error (error, g_steal_pointer (&wrong));
  else
    g_set_error (error, REGIE_ERROR, REGIE_ERROR_NOT_FOUND, "There is no %s with the id “%s”",
                 self->kind->label, self->id);

  return FALSE;
}

static DexFuture *
look_up (RegieEngineStore *self,
         const RegieKind *kind,
         const char *id,
         gboolean deleted,
         gboolean wants_record)
{
  Lookup *lookup = g_new0 (Lookup, 1);

  lookup->store = g_object_ref (self);
  lookup->kind = kind;
  lookup->id = g_strdup (id);
  lookup->deleted = deleted;
  lookup->wants_record = wants_record;

  return regie_thread_run (run_lookup, lookup, lookup_free);
}

DexFuture *
regie_engine_store_get (RegieEngineStore *self, const RegieKind *kind, const char *id)
{
  g_return_val_if_fail (REGIE_IS_ENGINE_STORE (self), NULL);

  return look_up (self, kind, id, FALSE, TRUE);
}

DexFuture *
regie_engine_store_find_workspace (RegieEngineStore *self,
                                   const RegieKind *kind,
                                   const char *id,
                                   gboolean deleted)
{
  g_return_val_if_fail (REGIE_IS_ENGINE_STORE (self), NULL);

  return look_up (self, kind, id, deleted, FALSE);
}
