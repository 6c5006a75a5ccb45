/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-engine-store-private.h"

#include "core/regie-error.h"
#include "core/regie-time.h"

/* What is past its time goes, a little at a time, so that no other write waits long. The journal stays. */

#define KEEP_US   (30 * G_TIME_SPAN_DAY)
#define ANSWER_US G_TIME_SPAN_DAY
#define CHUNK     2000

typedef struct
{
  RegieEngineStore *store;
  RegieWorkspace *workspace;
  gint64 now;
  int changes;        /* of the last piece */
  GPtrArray *humans;  /* ids that are gone for good with it */
  GPtrArray *backups; /* files, likewise */
} Prune;

static gboolean
run_counted (Prune *self, sqlite3 *db, GError **error, const char *sql, gint64 before)
{
  if (!regie_db_run (db, error, sql, "ii", before, (gint64) CHUNK))
    return FALSE;
  self->changes += sqlite3_changes (db);

  return TRUE;
}

/* The first column of the rows, added to FOUND; LIMIT -1: all. */
static gboolean
collect (sqlite3 *db, GPtrArray *found, const char *sql, gint64 before, gint64 limit, GError **error)
{
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (db, sql, error);
  int step;

  if (stmt == NULL)
    return FALSE;
  regie_db_bind (stmt, "ii", before, limit);
  while ((step = regie_db_step (stmt, error)) == 1)
    g_ptr_array_add (found, g_strdup (regie_db_column_text (stmt, 0)));

  return step == 0;
}

/* What belongs to a Digital Human that was deleted long ago is deleted now, so that whoever follows the
 * events hears of it; the Digital Human itself goes when nothing of it is left. */
static gboolean
delete_dependants (RegieTxn *txn, gpointer data, GError **error)
{
  static const char *const kinds[] = { "task", "right", "database", "backup" };
  Prune *self = data;

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      const RegieKind *kind = regie_kind_get (kinds[i]);
      g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
      g_autofree char *sql = g_strdup_printf ("SELECT id FROM \"%s\" WHERE deleted_at IS NULL AND "
                                              "digital_human_key IN (SELECT id FROM digital_human"
                                              " WHERE deleted_at IS NOT NULL AND deleted_at < ?) LIMIT ?",
                                              kind->table);

      if (!collect (regie_txn_get_db (txn), ids, sql, self->now - KEEP_US, CHUNK, error))
        return FALSE;
      for (guint j = 0; j < ids->len; j++)
        {
          g_autoptr (JsonObject) deleted = regie_txn_delete (txn, kind, g_ptr_array_index (ids, j), error);

          if (deleted == NULL)
            return FALSE;
        }
      self->changes += ids->len;
    }

  return TRUE;
}

/* Rows that were deleted long ago; their words went when they were deleted. */
static gboolean
prune_kinds (Prune *self, sqlite3 *db, GError **error)
{
  guint n_kinds;
  const RegieKind *const *kinds = regie_kinds_list (&n_kinds);

  for (guint i = 0; i < n_kinds; i++)
    {
      g_autofree char *sql = NULL;

      /* A workspace goes with its file, and nothing of the journal goes. */
      if (g_str_equal (kinds[i]->name, "workspace") || g_str_equal (kinds[i]->name, "metric") ||
          g_str_equal (kinds[i]->name, "audit"))
        continue;
      sql =
          g_strdup_printf ("DELETE FROM \"%s\" WHERE n IN (SELECT n FROM \"%s\" WHERE deleted_at IS NOT NULL"
                           " AND deleted_at < ? ORDER BY deleted_at, n LIMIT ?)",
                           kinds[i]->table, kinds[i]->table);
      if (!run_counted (self, db, error, sql, self->now - KEEP_US))
        return FALSE;
    }

  return TRUE;
}

static gboolean
prune_piece (sqlite3 *db, gpointer data, GError **error)
{
  Prune *self = data;

  self->changes = 0;
  g_ptr_array_set_size (self->humans, 0);
  g_ptr_array_set_size (self->backups, 0);
  if (!regie_txn_run (self->store, self->workspace, db, delete_dependants, self, error))
    return FALSE;

  return collect (db, self->humans,
                  "SELECT id FROM digital_human WHERE deleted_at IS NOT NULL AND deleted_at < ?"
                  " ORDER BY deleted_at, n LIMIT ?",
                  self->now - KEEP_US, CHUNK, error) &&
         collect (db, self->backups,
                  "SELECT data ->> 'file' FROM backup WHERE deleted_at IS NOT NULL AND deleted_at < ?"
                  " ORDER BY deleted_at, n LIMIT ?",
                  self->now - KEEP_US, CHUNK, error) &&
         prune_kinds (self, db, error) &&
         run_counted (
             self, db, error,
             "DELETE FROM event WHERE seq IN (SELECT seq FROM event WHERE at < ? ORDER BY at LIMIT ?)",
             self->now - KEEP_US) &&
         run_counted (self, db, error,
                      "DELETE FROM metric WHERE (digital_human, at) IN"
                      " (SELECT digital_human, at FROM metric WHERE at < ? ORDER BY at LIMIT ?)",
                      self->now - KEEP_US) &&
         run_counted (
             self, db, error,
             "DELETE FROM answer WHERE key IN (SELECT key FROM answer WHERE at < ? ORDER BY at LIMIT ?)",
             self->now - ANSWER_US);
}

static void
remove_files (Prune *self)
{
  for (guint i = 0; i < self->humans->len; i++)
    regie_trash_human (self->store, g_ptr_array_index (self->humans, i));
  for (guint i = 0; i < self->backups->len; i++)
    regie_trash_backup (self->store, g_ptr_array_index (self->backups, i));
}

static gboolean
prune_rows (Prune *self, GError **error)
{
  do
    {
      if (!regie_db_write_sync (self->workspace->db, prune_piece, self, error))
        return FALSE;
      remove_files (self);
    }
  while (self->changes > 0);

  return TRUE;
}

/* --- whole workspaces --- */

static gboolean
read_deleted_at (sqlite3 *db, gpointer data, GError **error)
{
  *(gint64 *) data = regie_db_get_int64 (db, 0, "SELECT deleted_at FROM workspace", NULL);

  return TRUE;
}

static gboolean
read_all_files (sqlite3 *db, gpointer data, GError **error)
{
  Prune *self = data;

  g_ptr_array_set_size (self->humans, 0);
  g_ptr_array_set_size (self->backups, 0);

  return collect (db, self->humans, "SELECT id FROM digital_human WHERE n > ? LIMIT ?", -1, -1, error) &&
         collect (db, self->backups, "SELECT data ->> 'file' FROM backup WHERE n > ? LIMIT ?", -1, -1, error);
}

/* Takes the workspace out of the engine and its file, with its Digital Humans' ones, to the trash. */
static gboolean
discard_workspace (Prune *self, GError **error)
{
  g_autofree char *path = regie_engine_store_path_of (self->store, self->workspace->id);

  if (!regie_db_read_sync (self->workspace->db, read_all_files, self, error))
    return FALSE;
  g_mutex_lock (&self->store->lock);
  g_hash_table_remove (self->store->workspaces, self->workspace->id);
  g_mutex_unlock (&self->store->lock);
  regie_db_close (self->workspace->db);
  if (!regie_trash_move (self->store, path, error))
    return FALSE;
  remove_files (self);
  g_message ("Workspace %s, deleted more than 30 days ago, is in the trash for another week",
             self->workspace->id);

  return TRUE;
}

static gboolean
prune_workspace (Prune *self, GError **error)
{
  gint64 deleted_at = 0;

  if (!regie_db_read_sync (self->workspace->db, read_deleted_at, &deleted_at, error))
    return FALSE;
  if (deleted_at != 0 && deleted_at < self->now - KEEP_US)
    return discard_workspace (self, error);

  return prune_rows (self, error);
}

static gboolean
run_prune (gpointer data, GValue *result, GError **error)
{
  RegieEngineStore *store = data;
  g_autoptr (GPtrArray) workspaces = regie_engine_store_snapshot (store, TRUE);
  g_autoptr (GPtrArray) humans = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) backups = g_ptr_array_new_with_free_func (g_free);
  Prune prune = { .store = store, .now = regie_time_now (), .humans = humans, .backups = backups };
  g_autoptr (GError) wrong = NULL;

  for (guint i = 0; i < workspaces->len; i++)
    {
      prune.workspace = g_ptr_array_index (workspaces, i);
      /* What cannot be pruned does not keep the others from it. */
      prune_workspace (&prune, wrong == NULL ? &wrong : NULL);
    }
  regie_trash_empty (store);
  if (wrong != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&wrong));
      return FALSE;
    }
  g_value_init (result, G_TYPE_BOOLEAN);
  g_value_set_boolean (result, TRUE);

  return TRUE;
}

DexFuture *
regie_engine_store_prune (RegieEngineStore *self)
{
  g_return_val_if_fail (REGIE_IS_ENGINE_STORE (self), NULL);

  return regie_thread_run (run_prune, g_object_ref (self), g_object_unref);
}
