/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-db"

#include "regie-db-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/regie-error.h"

static int
sync_real_folder (const char *folder)
{
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int result;

  if (fd < 0)
    return -1;
  result = fsync (fd);
  /* Some file systems cannot sync a folder; there is nothing more to do then. */
  if (result != 0 && (errno == EINVAL || errno == ENOTSUP))
    result = 0;
  g_close (fd, NULL);
  return result;
}

/* A VFS may offer, beside SQLite's own calls, those that SQLite never makes: a rename and the sync of a
 * folder. */
static sqlite3_syscall_ptr
vfs_call (const char *vfs, const char *name)
{
  sqlite3_vfs *found = sqlite3_vfs_find (vfs);

  if (found == NULL || found->iVersion < 3 || found->xGetSystemCall == NULL)
    return NULL;
  return found->xGetSystemCall (found, name);
}

gboolean
regie_db_sync_folder_of (const char *vfs, const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  int (*call) (const char *) = (int (*) (const char *)) vfs_call (vfs, "regie-sync-folder");

  if ((call != NULL ? call (folder) : sync_real_folder (folder)) == 0)
    return TRUE;
  regie_db_set_error_for_errno (error, errno, folder, "sync the folder");
  return FALSE;
}

gboolean
regie_db_rename (const char *vfs, const char *from, const char *to, GError **error)
{
  int (*call) (const char *, const char *) =
      (int (*) (const char *, const char *)) vfs_call (vfs, "regie-rename");

  if ((call != NULL ? call (from, to) : rename (from, to)) == 0)
    return TRUE;
  regie_db_set_error_for_errno (error, errno, to, "put in place");
  return FALSE;
}

void
regie_db_delete (const char *vfs, const char *path)
{
  sqlite3_vfs *found = sqlite3_vfs_find (vfs);

  if (found != NULL)
    found->xDelete (found, path, 0);
}

gboolean
regie_db_sync_file (const char *vfs, const char *path, GError **error)
{
  sqlite3_vfs *found = sqlite3_vfs_find (vfs);
  g_autofree sqlite3_file *file = NULL;
  /* xOpen wants a name followed by an empty list of URI parameters. */
  g_autofree char *name = NULL;
  size_t length = strlen (path);
  int out_flags = 0;
  int result;

  if (found == NULL)
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_FAILED, "There is no VFS named %s", vfs);
      return FALSE;
    }
  name = g_malloc0 (length + 4);
  memcpy (name, path, length);
  file = g_malloc0 (found->szOsFile);
  result = found->xOpen (found, name, file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_MAIN_DB, &out_flags);
  if (result == SQLITE_OK)
    {
      result = file->pMethods->xSync (file, SQLITE_SYNC_FULL);
      file->pMethods->xClose (file);
    }
  if (result == SQLITE_OK)
    return TRUE;
  regie_db_set_error_for_code (error, result, 0, path, "sync", NULL);
  return FALSE;
}

gboolean
regie_db_ensure_folder (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *above = NULL;

  if (g_file_test (folder, G_FILE_TEST_IS_DIR))
    return TRUE;
  if (g_mkdir_with_parents (folder, 0700) != 0)
    {
      regie_db_set_error_for_errno (error, errno, folder, "make the folder");
      return FALSE;
    }
  above = g_path_get_dirname (folder);
  if (sync_real_folder (above) != 0)
    g_debug ("cannot sync %s: %s", above, g_strerror (errno));
  return TRUE;
}

gboolean
regie_db_ensure_file (const char *path, gboolean *created, GError **error)
{
  int fd = open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

  *created = fd >= 0;
  if (fd < 0 && errno == EEXIST)
    return TRUE;
  if (fd < 0)
    {
      regie_db_set_error_for_errno (error, errno, path, "create");
      return FALSE;
    }
  g_close (fd, NULL);
  return regie_db_sync_folder_of (NULL, path, error);
}

int
regie_db_lock (const char *path, GError **error)
{
  g_autofree char *name = g_strconcat (path, ".lock", NULL);
  g_autofree char *pid = g_strdup_printf ("%d\n", (int) getpid ());
  int fd = open (name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

  if (fd < 0)
    {
      regie_db_set_error_for_errno (error, errno, name, "open the lock file");
      return -1;
    }
  if (flock (fd, LOCK_EX | LOCK_NB) != 0)
    {
      regie_db_set_error_for_errno (error, errno, path, "open");
      g_close (fd, NULL);
      return -1;
    }
  /* Only tells people who holds it: a full disk must not keep us from reading what is there. */
  if (ftruncate (fd, 0) != 0 || pwrite (fd, pid, strlen (pid), 0) < 0)
    g_debug ("cannot write our process id into %s: %s", name, g_strerror (errno));
  return fd;
}

void
regie_db_unlock (int fd)
{
  if (fd < 0)
    return;
  /* The file stays: deleting it would let two processes lock two files of the same name. */
  if (ftruncate (fd, 0) != 0)
    g_debug ("cannot empty a lock file: %s", g_strerror (errno));
  g_close (fd, NULL);
}

char *
regie_db_set_aside (const char *vfs, const char *path, const char *label, GError **error)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *stamp = g_date_time_format (now, "%Y%m%dT%H%M%SZ");
  g_autofree char *target = g_strdup_printf ("%s.%s-%s", path, label, stamp);
  g_autofree char *wal = g_strconcat (path, "-wal", NULL);
  g_autofree char *shm = g_strconcat (path, "-shm", NULL);
  g_autofree char *target_wal = NULL;

  for (guint i = 2; g_file_test (target, G_FILE_TEST_EXISTS); i++)
    {
      g_free (target);
      target = g_strdup_printf ("%s.%s-%s-%u", path, label, stamp, i);
    }
  target_wal = g_strconcat (target, "-wal", NULL);
  if (!regie_db_rename (vfs, path, target, error))
    return NULL;
  if (g_file_test (wal, G_FILE_TEST_EXISTS) && !regie_db_rename (vfs, wal, target_wal, error))
    return NULL;
  g_unlink (shm);
  if (!regie_db_sync_folder_of (vfs, path, error))
    return NULL;
  return g_steal_pointer (&target);
}

static char *
unclean_name (const char *path)
{
  return g_strconcat (path, ".unclean", NULL);
}

gboolean
regie_db_was_unclean (const char *path)
{
  g_autofree char *name = unclean_name (path);

  return g_file_test (name, G_FILE_TEST_EXISTS);
}

gboolean
regie_db_mark_unclean (const char *path, GError **error)
{
  g_autofree char *name = unclean_name (path);
  gboolean created;

  return regie_db_ensure_file (name, &created, error);
}

void
regie_db_mark_clean (const char *path)
{
  g_autofree char *name = unclean_name (path);

  /* Not synced: if the deletion is lost, the next start checks once too often. */
  if (g_unlink (name) != 0 && errno != ENOENT)
    g_debug ("cannot remove %s: %s", name, g_strerror (errno));
}
