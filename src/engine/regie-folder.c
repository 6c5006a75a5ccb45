/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-folder.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "core/regie-error.h"

static gboolean
refuse (const char *path, int code, GError **error)
{
  g_set_error (error, REGIE_ERROR,
               code == ENOSPC || code == EDQUOT ? REGIE_ERROR_FULL : REGIE_ERROR_READ_ONLY,
               "Cannot make the folder %s: %s", path, g_strerror (code));

  return FALSE;
}

/* Where a folder cannot be synced (some file systems), nothing can be done about it. */
static void
sync_folder (const char *path)
{
  g_autofd int fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd >= 0)
    fsync (fd);
}

gboolean
regie_folder_make (const char *path, GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_autofree char *parent = g_path_get_dirname (absolute);

  if (g_file_test (absolute, G_FILE_TEST_IS_DIR))
    return TRUE;
  if (!g_file_test (parent, G_FILE_TEST_IS_DIR) && !regie_folder_make (parent, error))
    return FALSE;
  if (g_mkdir (absolute, 0700) != 0 && errno != EEXIST)
    return refuse (absolute, errno, error);
  if (!g_file_test (absolute, G_FILE_TEST_IS_DIR))
    return refuse (absolute, ENOTDIR, error);
  sync_folder (parent);

  return TRUE;
}
