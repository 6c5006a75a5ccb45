/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-db"

#include "regie-db-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>

#include "core/regie-error.h"

/* Bytes that an unprivileged writer may still use where PATH lives; FALSE when it cannot be found out. */
static gboolean
free_space (const char *path, guint64 *available)
{
  g_autofree char *folder = g_path_get_dirname (path);
  struct statvfs info;

  if (statvfs (folder, &info) != 0)
    return FALSE;
  *available = (guint64) info.f_bavail * info.f_frsize;
  return TRUE;
}

void
regie_db_set_error_full (GError **error, const char *path, const char *attempted, guint64 needed)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GString) text = g_string_new (NULL);
  guint64 available = 0;

  g_string_printf (text, "Cannot %s %s: no space is left in the folder %s", attempted, path, folder);
  if (free_space (path, &available))
    {
      g_autofree char *free_text = g_format_size (available);

      g_string_append_printf (text, " (%s free", free_text);
      if (needed > available)
        {
          g_autofree char *needed_text = g_format_size (needed);
          g_autofree char *missing_text = g_format_size (needed - available);

          g_string_append_printf (text, ", %s needed, %s missing", needed_text, missing_text);
        }
      else if (needed == 0 && available > 1024 * 1024)
        g_string_append (text, ", so a quota or a limit on the size of files was reached");
      g_string_append_c (text, ')');
    }
  g_string_append (text, ". Free some space there, then try again; nothing that was saved before is lost.");
  g_set_error_literal (error, REGIE_ERROR, REGIE_ERROR_FULL, text->str);
}

static void
add_copies (GPtrArray *found, const char *folder, const char *prefix)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      const char *rest = g_str_has_prefix (name, prefix) ? name + strlen (prefix) : NULL;

      if (rest != NULL &&
          (g_str_has_prefix (rest, ".before-v") || g_str_has_prefix (rest, ".backup") ||
           g_str_has_prefix (rest, ".replaced-")) &&
          !g_str_has_suffix (rest, "-wal") && !g_str_has_suffix (rest, ".part"))
        g_ptr_array_add (found, g_build_filename (folder, name, NULL));
    }
}

void
regie_db_set_error_corrupt (GError **error, const char *path, const char *details)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *backups = g_build_filename (folder, "backups", NULL);
  g_autoptr (GPtrArray) copies = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GString) text = g_string_new (NULL);

  add_copies (copies, folder, base);
  g_string_printf (text, "The file %s is damaged (%s). It was left as it is.", path, details);
  if (copies->len > 0)
    {
      g_string_append (text, " Copies made before:");
      for (guint i = 0; i < copies->len; i++)
        g_string_append_printf (text, "%s %s", i > 0 ? "," : "", (const char *) copies->pdata[i]);
      g_string_append_c (text, '.');
    }
  if (g_file_test (backups, G_FILE_TEST_IS_DIR))
    g_string_append_printf (text, " Backups are in the folder %s.", backups);
  else if (copies->len == 0)
    g_string_append_printf (text, " No backup of it was found in %s.", folder);
  g_set_error_literal (error, REGIE_ERROR, REGIE_ERROR_CORRUPT, text->str);
}

char *
regie_db_describe_owner (const char *path)
{
  g_autofree char *lock = g_strconcat (path, ".lock", NULL);
  g_autofree char *content = NULL;
  g_autofree char *name = NULL;
  g_autofree char *proc = NULL;
  guint64 pid;

  if (!g_file_get_contents (lock, &content, NULL, NULL) ||
      !g_ascii_string_to_unsigned (g_strchomp (content), 10, 1, G_MAXINT32, &pid, NULL))
    return NULL;
  proc = g_strdup_printf ("/proc/%" G_GUINT64_FORMAT "/comm", pid);
  if (g_file_get_contents (proc, &name, NULL, NULL))
    return g_strdup_printf ("%" G_GUINT64_FORMAT " (%s)", pid, g_strchomp (name));
  return g_strdup_printf ("%" G_GUINT64_FORMAT, pid);
}

static void
set_read_only (GError **error, const char *path, const char *attempted, const char *details)
{
  g_autofree char *folder = g_path_get_dirname (path);

  g_set_error (error, REGIE_ERROR, REGIE_ERROR_READ_ONLY,
               "Cannot %s %s: the file or its folder %s cannot be written (%s). Check their owner, their "
               "permissions and that the file system is not mounted read-only.",
               attempted, path, folder, details);
}

static void
set_locked (GError **error, const char *path, const char *attempted)
{
  g_autofree char *owner = regie_db_describe_owner (path);

  if (owner != NULL)
    g_set_error (error, REGIE_ERROR, REGIE_ERROR_LOCKED, "Cannot %s %s: it is in use by process %s",
                 attempted, path, owner);
  else
    g_set_error (error, REGIE_ERROR, REGIE_ERROR_LOCKED, "Cannot %s %s: another process is using it",
                 attempted, path);
}

void
regie_db_set_error_for_errno (GError **error, int code, const char *path, const char *attempted)
{
  switch (code)
    {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      regie_db_set_error_full (error, path, attempted, 0);
      return;
    case EACCES:
    case EPERM:
    case EROFS:
      set_read_only (error, path, attempted, g_strerror (code));
      return;
    case EWOULDBLOCK:
      set_locked (error, path, attempted);
      return;
    case ENOENT:
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_NOT_FOUND, "Cannot %s %s: there is no such file",
                   attempted, path);
      return;
    default:
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_FAILED, "Cannot %s %s: %s", attempted, path,
                   g_strerror (code));
    }
}

static RegieError
code_for_constraint (int extended)
{
  switch (extended)
    {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return REGIE_ERROR_CONFLICT;
    default:
      return REGIE_ERROR_INVALID;
    }
}

static void
set_plain (GError **error, RegieError code, const char *path, const char *attempted, const char *details)
{
  g_set_error (error, REGIE_ERROR, code, "Cannot %s %s: %s", attempted, path, details);
}

/* SQLite says "I/O error" for what the system knows better. */
static gboolean
set_from_system (GError **error, int system_errno, const char *path, const char *attempted)
{
  switch (system_errno)
    {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EACCES:
    case EPERM:
    case EROFS:
      regie_db_set_error_for_errno (error, system_errno, path, attempted);
      return TRUE;
    default:
      return FALSE;
    }
}

void
regie_db_set_error_for_code (GError **error,
                             int code,
                             int system_errno,
                             const char *path,
                             const char *attempted,
                             const char *details)
{
  g_autofree char *more = NULL;

  if (details == NULL)
    details = sqlite3_errstr (code);
  switch (code & 0xff)
    {
    case SQLITE_FULL:
      regie_db_set_error_full (error, path, attempted, 0);
      return;
    case SQLITE_READONLY:
    case SQLITE_PERM:
      set_read_only (error, path, attempted, details);
      return;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      set_locked (error, path, attempted);
      return;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      regie_db_set_error_corrupt (error, path, details);
      return;
    case SQLITE_CONSTRAINT:
      set_plain (error, code_for_constraint (code), path, attempted, details);
      return;
    case SQLITE_TOOBIG:
      set_plain (error, REGIE_ERROR_TOO_LARGE, path, attempted, details);
      return;
    case SQLITE_INTERRUPT:
      set_plain (error, REGIE_ERROR_STATE, path, attempted, "it was interrupted");
      return;
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
      if (set_from_system (error, system_errno, path, attempted))
        return;
      if (system_errno != 0)
        details = more = g_strdup_printf ("%s (%s)", details, g_strerror (system_errno));
      G_GNUC_FALLTHROUGH;
    default:
      set_plain (error, REGIE_ERROR_FAILED, path, attempted, details);
    }
}

static gboolean
is_about_the_disk (int code)
{
  switch (code & 0xff)
    {
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return TRUE;
    default:
      return FALSE;
    }
}

void
regie_db_set_error (sqlite3 *db, GError **error, const char *attempted)
{
  RegieDbConnection *connection = regie_db_connection_get (db);
  const char *path = sqlite3_db_filename (db, "main");
  int code = sqlite3_extended_errcode (db);
  g_autoptr (GError) local = NULL;

  regie_db_set_error_for_code (&local, code, sqlite3_system_errno (db),
                               path != NULL && *path != '\0' ? path : "a database in memory", attempted,
                               sqlite3_errmsg (db));
  if (connection != NULL && is_about_the_disk (code))
    {
      g_clear_error (&connection->disk_error);
      connection->disk_error = g_error_copy (local);
    }
  g_propagate_error (error, g_steal_pointer (&local));
}

gboolean
regie_db_check_space (const char *path, guint64 needed, const char *attempted, GError **error)
{
  guint64 available = 0;

  if (!free_space (path, &available) || needed <= available)
    return TRUE;
  regie_db_set_error_full (error, path, attempted, needed);
  return FALSE;
}
