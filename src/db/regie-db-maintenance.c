/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-db"

#include "regie-db-private.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "core/regie-error.h"

/* Room for what a file system needs beside the content. */
#define SPACE_MARGIN (256 * 1024)

static guint64
content_size (sqlite3 *db)
{
  return (guint64) regie_db_get_int64 (db, 0, "PRAGMA page_count", NULL) *
         (guint64) regie_db_get_int64 (db, 0, "PRAGMA page_size", NULL);
}

static gboolean
vacuum_into (sqlite3 *db, const char *dest, GError **error)
{
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (db, "VACUUM INTO ?1", error);

  if (stmt == NULL)
    return FALSE;
  regie_db_bind (stmt, "s", dest);
  return regie_db_step (stmt, error) == 0;
}

static gboolean
verify_file (const char *path, const char *vfs, const char *pragma, GError **error)
{
  sqlite3 *db = regie_db_connection_open (path, REGIE_DB_READ_ONLY, REGIE_DB_OPEN_READER, vfs, error);
  gboolean ok = db != NULL && regie_db_verify (db, pragma, error);

  regie_db_connection_close (db);
  return ok;
}

/* Writes a sound, synced copy of DB to PART, which is replaced. */
static gboolean
make_part (sqlite3 *db, const char *part, const char *vfs, GError **error)
{
  gboolean created;

  regie_db_delete (vfs, part);
  return regie_db_ensure_file (part, &created, error) && vacuum_into (db, part, error) &&
         verify_file (part, vfs, "quick_check", error) && regie_db_sync_file (vfs, part, error);
}

gboolean
regie_db_copy_into (sqlite3 *db, const char *dest, const char *vfs, GError **error)
{
  g_autofree char *part = g_strconcat (dest, ".part", NULL);
  guint64 size = content_size (db);

  if (!regie_db_ensure_folder (dest, error) ||
      !regie_db_check_space (dest, size + SPACE_MARGIN, "copy to", error))
    return FALSE;
  if (make_part (db, part, vfs, error) && regie_db_rename (vfs, part, dest, error))
    return regie_db_sync_folder_of (vfs, dest, error);
  regie_db_delete (vfs, part);
  return FALSE;
}

typedef struct
{
  char *dest;
  char *vfs;
} Backup;

static void
backup_free (gpointer data)
{
  Backup *self = data;

  g_free (self->dest);
  g_free (self->vfs);
  g_free (self);
}

static gboolean
back_up (sqlite3 *db, gpointer data, GError **error)
{
  Backup *self = data;
  gboolean ok;

  if (g_str_equal (self->dest, sqlite3_db_filename (db, "main")))
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID, "The backup of %s cannot be the file itself",
                   self->dest);
      return FALSE;
    }
  /* Writing the copy counts as writing. */
  sqlite3_exec (db, "PRAGMA query_only=OFF", NULL, NULL, NULL);
  ok = regie_db_copy_into (db, self->dest, self->vfs, error);
  sqlite3_exec (db, "PRAGMA query_only=ON", NULL, NULL, NULL);
  return ok;
}

DexFuture *
regie_db_backup (RegieDb *self, const char *dest)
{
  Backup *backup;

  g_return_val_if_fail (REGIE_IS_DB (self) && dest != NULL, NULL);

  backup = g_new0 (Backup, 1);
  backup->dest = g_canonicalize_filename (dest, NULL);
  backup->vfs = g_strdup (regie_db_get_vfs (self));
  return regie_db_run_maintenance (self, back_up, backup, backup_free);
}

static gboolean
compact (sqlite3 *db, gpointer data, GError **error)
{
  /* VACUUM writes a temporary copy, then all of it into the log, then into the file. */
  guint64 needed = 2 * content_size (db) + SPACE_MARGIN;
  gboolean ok;

  if (!regie_db_check_space (sqlite3_db_filename (db, "main"), needed, "compact", error))
    return FALSE;
  sqlite3_exec (db, "PRAGMA temp_store=FILE", NULL, NULL, NULL);
  ok = regie_db_exec (db, "VACUUM", error);
  sqlite3_exec (db, "PRAGMA temp_store=MEMORY", NULL, NULL, NULL);
  if (!ok)
    return FALSE;
  /* A reader in another process may keep the log from being emptied; the next checkpoint does it then. */
  sqlite3_wal_checkpoint_v2 (db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
  return TRUE;
}

DexFuture *
regie_db_compact (RegieDb *self)
{
  g_return_val_if_fail (REGIE_IS_DB (self), NULL);

  return regie_db_run_exclusive (self, compact, NULL, NULL);
}

static gboolean
check (sqlite3 *db, gpointer data, GError **error)
{
  return regie_db_verify (db, "integrity_check", error);
}

DexFuture *
regie_db_check (RegieDb *self)
{
  g_return_val_if_fail (REGIE_IS_DB (self), NULL);

  return regie_db_run_maintenance (self, check, NULL, NULL);
}

/* A copy of SOURCE, which must be ours, sound and not newer, in PART. */
static gboolean
take_source (const char *source, const char *part, const RegieDbSchema *schema, GError **error)
{
  sqlite3 *db = NULL;
  guint version = 0;
  gboolean ok;

  if (!g_file_test (source, G_FILE_TEST_EXISTS))
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_NOT_FOUND, "There is no file %s", source);
      return FALSE;
    }
  db = regie_db_connection_open (source, REGIE_DB_READ_ONLY,
                                 regie_db_choose_reader_mode (source, REGIE_DB_READ_ONLY), NULL, error);
  ok = db != NULL && regie_db_verify (db, "integrity_check", error) &&
       regie_db_identify (db, schema, &version, error);
  if (ok && version == 0)
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID,
                   "The file %s is empty: there is nothing to restore", source);
      ok = FALSE;
    }
  ok = ok && regie_db_check_space (part, content_size (db) + SPACE_MARGIN, "restore", error) &&
       regie_db_exec (db, "PRAGMA query_only=OFF", error) && make_part (db, part, NULL, error);
  regie_db_connection_close (db);
  return ok;
}

/* Empties the log into the file when that works: a damaged file keeps its log beside it. */
static void
fold_log_in (const char *path)
{
  sqlite3 *db = NULL;

  if (sqlite3_open_v2 (path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK)
    sqlite3_wal_checkpoint_v2 (db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
  sqlite3_close (db);
}

/* What stands at PATH gets a second name first, so that at no moment there is no file. */
static gboolean
put_in_place (const char *part, const char *path, GError **error)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *stamp = g_date_time_format (now, "%Y%m%dT%H%M%S.%fZ");
  g_autofree char *old = g_strdup_printf ("%s.replaced-%s", path, stamp);
  g_autofree char *old_wal = g_strconcat (old, "-wal", NULL);
  g_autofree char *wal = g_strconcat (path, "-wal", NULL);
  g_autofree char *shm = g_strconcat (path, "-shm", NULL);

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    {
      fold_log_in (path);
      if (link (path, old) != 0)
        {
          regie_db_set_error_for_errno (error, errno, old, "keep the replaced file as");
          return FALSE;
        }
    }
  /* The old log must not be there any more when the new file is: SQLite would apply it. */
  if (g_file_test (wal, G_FILE_TEST_EXISTS) && !regie_db_rename (NULL, wal, old_wal, error))
    return FALSE;
  g_unlink (shm);
  regie_db_mark_clean (path);
  return regie_db_sync_folder_of (NULL, path, error) && regie_db_rename (NULL, part, path, error) &&
         regie_db_sync_folder_of (NULL, path, error);
}

gboolean
regie_db_restore_file (const char *source, const char *path, const RegieDbSchema *schema, GError **error)
{
  g_autofree char *target = NULL;
  g_autofree char *part = NULL;
  gboolean ok;
  int lock_fd;

  g_return_val_if_fail (source != NULL && path != NULL && schema != NULL, FALSE);

  target = g_canonicalize_filename (path, NULL);
  part = g_strconcat (target, ".restore.part", NULL);
  if (!regie_db_ensure_folder (target, error) || (lock_fd = regie_db_lock (target, error)) < 0)
    return FALSE;
  ok = take_source (source, part, schema, error) && put_in_place (part, target, error);
  if (!ok)
    g_unlink (part);
  regie_db_unlock (lock_fd);
  return ok;
}
