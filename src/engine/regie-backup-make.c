/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-backup-private.h"

#include <glib/gstdio.h>
#include <sys/stat.h>

#include "core/regie-time.h"

/* Making backups, with their records, and throwing the old ones away. */

#define KEPT 7 /* of the schedule's */

typedef struct
{
  RegieSupervisor *supervisor;
  char *id;
  char *workspace;
  char *cause;
  char *who;
  char *file; /* as in the record */
  char *path;
  gint64 size;
  gint64 at;
  JsonObject *record;
  GPtrArray *gone; /* paths of files to be removed */
} Making;

static void
making_free (gpointer data)
{
  Making *self = data;

  g_object_unref (self->supervisor);
  g_clear_pointer (&self->record, json_object_unref);
  g_ptr_array_unref (self->gone);
  g_free (self->id);
  g_free (self->workspace);
  g_free (self->cause);
  g_free (self->who);
  g_free (self->file);
  g_free (self->path);
  g_free (self);
}

/* What the schedule made before its last seven; their records go, and their files after the commit. */
static gboolean
drop_old (RegieTxn *txn, Making *self, GError **error)
{
  const RegieKind *kind = regie_kind_get ("backup");
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (
      regie_txn_get_db (txn),
      "SELECT id FROM backup WHERE deleted_at IS NULL AND ifnull (\"digital_human\", '') = ?"
      " AND data ->> '$.cause' = 'schedule' ORDER BY created_at DESC, n DESC LIMIT -1 OFFSET ?",
      error);
  int step;

  if (stmt == NULL)
    return FALSE;
  regie_db_bind (stmt, "si", self->id, (gint64) KEPT);
  while ((step = regie_db_step (stmt, error)) == 1)
    g_ptr_array_add (ids, g_strdup (regie_db_column_text (stmt, 0)));
  if (step < 0)
    return FALSE;
  for (guint i = 0; i < ids->len; i++)
    {
      g_autoptr (JsonObject) record = regie_txn_delete (txn, kind, g_ptr_array_index (ids, i), error);

      if (record == NULL)
        return FALSE;
      g_ptr_array_add (self->gone, g_build_filename (self->supervisor->data_dir,
                                                     regie_json_get_text (record, "file", ""), NULL));
    }

  return TRUE;
}

/* Files that no record names any more, not even a deleted one that could be brought back. */
static gboolean
find_orphans (RegieTxn *txn, Making *self, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (self->path);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_strdup_printf ("backups/%s/%s", self->id, name);

      if (g_str_has_suffix (name, ".db") &&
          regie_db_get_int64 (
              regie_txn_get_db (txn), 1,
              "SELECT count(*) FROM backup WHERE \"digital_human\" = ? AND data ->> '$.file' = ?", "ss",
              self->id, file) == 0)
        g_ptr_array_add (self->gone, g_build_filename (folder, name, NULL));
    }

  return TRUE;
}

static gboolean
store_backup (RegieTxn *txn, gpointer data, GError **error)
{
  Making *self = data;
  const RegieKind *kind = regie_kind_get ("backup");
  g_autoptr (JsonObject) patch = regie_json_object_new ("last_backup_at", 'i', self->at, NULL);

  g_ptr_array_set_size (self->gone, 0);
  g_clear_pointer (&self->record, json_object_unref);
  regie_txn_set_who (txn, self->who);
  self->record = regie_json_object_new ("digital_human", 's', self->id, "file", 's', self->file, "size", 'i',
                                        self->size, "cause", 's', self->cause, NULL);
  if (!regie_txn_put (txn, kind, self->record, error) ||
      !regie_backup_patch_database (txn, self->id, patch, error))
    return FALSE;
  if (!g_str_equal (self->cause, "user") &&
      !regie_txn_audit (txn, "backup", kind, self->record, NULL, self->record, NULL, error))
    return FALSE;

  return drop_old (txn, self, error) && find_orphans (txn, self, error);
}

static gboolean
remove_gone (gpointer data, GError **error)
{
  Making *self = data;

  for (guint i = 0; i < self->gone->len; i++)
    g_unlink (g_ptr_array_index (self->gone, i));

  return TRUE;
}

static DexFuture *
make_fiber (gpointer data)
{
  Making *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) figures =
      dex_await_boxed (regie_supervisor_maintain (self->supervisor, self->id, "backup", self->path), &error);
  struct stat status = { 0 };

  if (figures == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));
  stat (self->path, &status);
  self->size = status.st_size;
  if (!dex_await (
          regie_engine_store_change (self->supervisor->store, self->workspace, store_backup, self, NULL),
          &error))
    {
      g_unlink (self->path);
      return dex_future_new_for_error (g_steal_pointer (&error));
    }
  dex_await (regie_on_thread (remove_gone, self), NULL);

  return dex_future_new_take_boxed (JSON_TYPE_OBJECT, json_object_ref (self->record));
}

static char *
make_file_name (const char *id, gint64 at)
{
  g_autoptr (GDateTime) when = g_date_time_new_from_unix_utc (at / G_USEC_PER_SEC);
  g_autofree char *stamp = g_date_time_format (when, "%Y%m%dT%H%M%S");

  return g_strdup_printf ("backups/%s/%s.%06dZ.db", id, stamp, (int) (at % G_USEC_PER_SEC));
}

DexFuture *
regie_supervisor_back_up (RegieSupervisor *self,
                          const char *id,
                          const char *workspace,
                          const char *cause,
                          const char *who)
{
  Making *making = g_new0 (Making, 1);

  making->supervisor = g_object_ref (self);
  making->id = g_strdup (id);
  making->workspace = g_strdup (workspace);
  making->cause = g_strdup (cause);
  making->who = g_strdup (who);
  making->at = regie_time_now ();
  making->file = make_file_name (id, making->at);
  making->path = g_build_filename (self->data_dir, making->file, NULL);
  making->gone = g_ptr_array_new_with_free_func (g_free);

  return regie_spawn (self, make_fiber, making, making_free);
}
