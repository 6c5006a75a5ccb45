/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-engine-store-private.h"
#include "regie-folder.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <utime.h>

#include "core/regie-error.h"
#include "core/regie-time.h"

/* What is past its time goes, a little at a time, so that no other write waits long. The journal stays. */

#define KEEP_US   (30 * G_TIME_SPAN_DAY)
#define ANSWER_US G_TIME_SPAN_DAY
#define TRASH_US  (7 * G_TIME_SPAN_DAY)
#define CHUNK     2000

typedef struct
{
  gint64 now;
  int changes; /* of the last piece */
} Prune;

static gboolean
run_counted (Prune *self, sqlite3 *db, GError **error, const char *sql, gint64 before)
{
  if (!regie_db_run (db, error, sql, "ii", before, (gint64) CHUNK))
    return FALSE;
  self->changes += sqlite3_changes (db);

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

      /* A workspace goes with its file. */
      if (!kinds[i]->can_delete || g_str_equal (kinds[i]->name, "workspace"))
        continue;
      sql = g_strdup_printf ("DELETE FROM \"%s\" WHERE n IN (SELECT n FROM \"%s\" WHERE deleted_at IS NOT "
                             "NULL AND deleted_at < ? LIMIT ?)",
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

  return prune_kinds (self, db, error) &&
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

static gboolean
prune_workspace (RegieWorkspace *workspace, Prune *self, GError **error)
{
  do
    {
      if (!regie_db_write_sync (workspace->db, prune_piece, self, error))
        return FALSE;
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

/* Takes the workspace out of the engine and its file to DATA_DIR/trash. */
static gboolean
discard (RegieEngineStore *store, RegieWorkspace *workspace, GError **error)
{
  g_autofree char *folder = g_build_filename (store->data_dir, "trash", NULL);
  g_autofree char *path = regie_engine_store_path_of (store, workspace->id);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *to = g_build_filename (folder, name, NULL);
  struct utimbuf times;

  g_mutex_lock (&store->lock);
  g_hash_table_remove (store->workspaces, workspace->id);
  g_mutex_unlock (&store->lock);
  regie_db_close (workspace->db);
  if (!regie_folder_make (folder, NULL) || g_rename (path, to) != 0)
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_READ_ONLY, "Cannot move %s to %s: %s", path, folder,
                   g_strerror (errno));
      return FALSE;
    }
  /* The week in the trash begins now. */
  times.actime = times.modtime = regie_time_now () / G_USEC_PER_SEC;
  g_utime (to, &times);
  g_message ("Workspace %s, deleted more than 30 days ago, was moved to %s", workspace->id, folder);

  return TRUE;
}

static void
empty_trash (RegieEngineStore *store, gint64 now)
{
  g_autofree char *folder = g_build_filename (store->data_dir, "trash", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      GStatBuf info;

      if (g_lstat (path, &info) == 0 && S_ISREG (info.st_mode) &&
          (gint64) info.st_mtime * G_USEC_PER_SEC < now - TRASH_US)
        g_unlink (path);
    }
}

static gboolean
run_prune (gpointer data, GValue *result, GError **error)
{
  RegieEngineStore *store = data;
  g_autoptr (GPtrArray) workspaces = regie_engine_store_snapshot (store, TRUE);
  Prune prune = { .now = regie_time_now () };
  g_autoptr (GError) wrong = NULL;

  for (guint i = 0; i < workspaces->len; i++)
    {
      RegieWorkspace *workspace = g_ptr_array_index (workspaces, i);
      g_autoptr (GError) local = NULL;
      gint64 deleted_at = 0;

      if (!regie_db_read_sync (workspace->db, read_deleted_at, &deleted_at, &local) ||
          !prune_workspace (workspace, &prune, &local) ||
          (deleted_at != 0 && deleted_at < prune.now - KEEP_US && !discard (store, workspace, &local)))
        {
          if (wrong == NULL)
            wrong = g_steal_pointer (&local);
        }
    }
  empty_trash (store, prune.now);
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
