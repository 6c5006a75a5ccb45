/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-engine-store-private.h"
#include "regie-folder.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <utime.h>

#include "core/regie-error.h"
#include "core/regie-id.h"
#include "core/regie-time.h"

/* DATA_DIR/trash: databases of what was deleted for good wait there for another week. */

#define TRASH_US   (7 * G_TIME_SPAN_DAY)
#define N_OLD_LOGS 4

/* Moves the database PATH, which no one has open, to the trash. */
gboolean
regie_trash_move (RegieEngineStore *store, const char *path, GError **error)
{
  g_autofree char *folder = g_build_filename (store->data_dir, "trash", NULL);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *to = g_build_filename (folder, name, NULL);
  struct utimbuf times;

  if (!regie_folder_make (folder, error))
    return FALSE;
  if (g_rename (path, to) != 0)
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_READ_ONLY, "Cannot move %s to %s: %s", path, folder,
                   g_strerror (errno));
      return FALSE;
    }
  /* The week begins now. */
  times.actime = times.modtime = regie_time_now () / G_USEC_PER_SEC;
  g_utime (to, &times);
  regie_workspace_remove_file (path);

  return TRUE;
}

static void
remove_logs (RegieEngineStore *store, const char *id)
{
  g_autofree char *name = g_strconcat (id, ".log", NULL);
  g_autofree char *path = g_build_filename (store->data_dir, "logs", name, NULL);

  g_unlink (path);
  for (guint i = 1; i <= N_OLD_LOGS; i++)
    {
      g_autofree char *old = g_strdup_printf ("%s.%u", path, i);

      g_unlink (old);
    }
}

void
regie_trash_human (RegieEngineStore *store, const char *id)
{
  g_autofree char *name = g_strconcat (id, ".db", NULL);
  g_autofree char *path = g_build_filename (store->data_dir, "digital-humans", name, NULL);
  g_autofree char *backups = g_build_filename (store->data_dir, "backups", id, NULL);
  g_autoptr (GError) error = NULL;

  /* Ids are parts of paths here. */
  if (!regie_id_is_object (id))
    return;
  if (g_file_test (path, G_FILE_TEST_EXISTS) && !regie_trash_move (store, path, &error))
    g_message ("%s", error->message);
  remove_logs (store, id);
  g_rmdir (backups);
}

/* FILE as records of kind "backup" name it: "backups/ID/NAME.db". */
void
regie_trash_backup (RegieEngineStore *store, const char *file)
{
  g_auto (GStrv) parts = g_strsplit (file, "/", -1);
  g_autofree char *path = g_build_filename (store->data_dir, file, NULL);
  g_autofree char *folder = g_path_get_dirname (path);

  if (g_strv_length (parts) != 3 || !g_str_equal (parts[0], "backups") || !regie_id_is_object (parts[1]) ||
      !g_str_has_suffix (parts[2], ".db"))
    return;
  g_unlink (path);
  g_rmdir (folder);
}

void
regie_trash_empty (RegieEngineStore *store)
{
  g_autofree char *folder = g_build_filename (store->data_dir, "trash", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      GStatBuf info;

      if (g_lstat (path, &info) == 0 && S_ISREG (info.st_mode) &&
          (gint64) info.st_mtime * G_USEC_PER_SEC < regie_time_now () - TRASH_US)
        g_unlink (path);
    }
}
