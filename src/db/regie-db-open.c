/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-db"

#include "regie-db-private.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <unistd.h>

#include "core/regie-error.h"

void
regie_db_opened_clear (RegieDbOpened *opened)
{
  for (guint i = 0; i < REGIE_DB_N_READERS; i++)
    g_clear_pointer (&opened->readers[i], regie_db_connection_close);
  g_clear_pointer (&opened->writer, regie_db_connection_close);
  regie_db_unlock (g_steal_fd (&opened->lock_fd));
  g_clear_pointer (&opened->path, g_free);
  g_clear_pointer (&opened->vfs, g_free);
  g_clear_pointer (&opened->report, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RegieDbOpened, regie_db_opened_clear)

/* A file on a read-only medium has no room for a log's index; without a log nothing can change in it either.
 */
RegieDbOpenMode
regie_db_choose_reader_mode (const char *path, RegieDbFlags flags)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *wal = g_strconcat (path, "-wal", NULL);

  if ((flags & REGIE_DB_READ_ONLY) && faccessat (AT_FDCWD, folder, W_OK, AT_EACCESS) != 0 &&
      !g_file_test (wal, G_FILE_TEST_EXISTS))
    return REGIE_DB_OPEN_IMMUTABLE;
  return REGIE_DB_OPEN_READER;
}

static gboolean
open_readers (RegieDbOpened *opened, GError **error)
{
  opened->reader_mode = regie_db_choose_reader_mode (opened->path, opened->flags);
  for (guint i = 0; i < REGIE_DB_N_READERS; i++)
    {
      opened->readers[i] =
          regie_db_connection_open (opened->path, opened->flags, opened->reader_mode, opened->vfs, error);
      if (opened->readers[i] == NULL)
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_after_unclean_stop (RegieDbOpened *opened, GError **error)
{
  gint64 start = g_get_monotonic_time ();

  if (!regie_db_verify (opened->writer, "quick_check", error))
    {
      g_prefix_error (error, "%s was not closed properly. ", opened->path);
      return FALSE;
    }
  opened->report =
      g_strdup_printf ("%s was not closed properly the last time; it was checked in %d ms and is sound.",
                       opened->path, (int) ((g_get_monotonic_time () - start) / 1000));
  g_message ("%s", opened->report);
  return TRUE;
}

static gboolean
prepare_file (RegieDbOpened *opened, const RegieDbSchema *schema, GError **error)
{
  gboolean cache = (opened->flags & REGIE_DB_FILL_CACHE) != 0;
  gboolean created = FALSE;

  if (!regie_db_ensure_file (opened->path, &created, error))
    return FALSE;
  opened->was_unclean = !created && regie_db_was_unclean (opened->path);
  opened->writer =
      regie_db_connection_open (opened->path, opened->flags, REGIE_DB_OPEN_WRITER, opened->vfs, error);
  if (opened->writer == NULL)
    return FALSE;
  if (opened->was_unclean && !check_after_unclean_stop (opened, error))
    return FALSE;
  if (!regie_db_mark_unclean (opened->path, error))
    return FALSE;
  if (regie_db_migrate (opened->writer, schema, !cache, opened->vfs, error) && open_readers (opened, error))
    return TRUE;
  if (!opened->was_unclean)
    regie_db_mark_clean (opened->path);
  return FALSE;
}

static void
close_connections (RegieDbOpened *opened)
{
  for (guint i = 0; i < REGIE_DB_N_READERS; i++)
    g_clear_pointer (&opened->readers[i], regie_db_connection_close);
  g_clear_pointer (&opened->writer, regie_db_connection_close);
}

/* A cache holds nothing that cannot be fetched again. */
static gboolean
start_cache_anew (RegieDbOpened *opened, const RegieDbSchema *schema, const GError *reason, GError **error)
{
  g_autofree char *aside = NULL;

  close_connections (opened);
  if (!(aside = regie_db_set_aside (opened->vfs, opened->path, "corrupt", error)))
    return FALSE;
  g_clear_pointer (&opened->report, g_free);
  if (!prepare_file (opened, schema, error))
    return FALSE;
  g_free (opened->report);
  opened->report = g_strdup_printf ("%s was damaged; it was set aside as %s and a new one was begun.",
                                    opened->path, aside);
  g_message ("%s It said: %s", opened->report, reason->message);
  return TRUE;
}

static gboolean
open_writer (RegieDbOpened *opened, const RegieDbSchema *schema, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (!regie_db_ensure_folder (opened->path, error))
    return FALSE;
  if ((opened->flags & REGIE_DB_LOCK) && (opened->lock_fd = regie_db_lock (opened->path, error)) < 0)
    return FALSE;
  if (prepare_file (opened, schema, &local))
    return TRUE;
  if ((opened->flags & REGIE_DB_FILL_CACHE) && g_error_matches (local, REGIE_ERROR, REGIE_ERROR_CORRUPT))
    return start_cache_anew (opened, schema, local, error);
  close_connections (opened);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static gboolean
open_read_only (RegieDbOpened *opened, const RegieDbSchema *schema, GError **error)
{
  guint version = 0;

  if (!g_file_test (opened->path, G_FILE_TEST_EXISTS))
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_NOT_FOUND, "There is no file %s", opened->path);
      return FALSE;
    }
  return open_readers (opened, error) && regie_db_identify (opened->readers[0], schema, &version, error);
}

RegieDb *
regie_db_open (const char *path,
               const RegieDbSchema *schema,
               RegieDbFlags flags,
               const char *vfs,
               GError **error)
{
  g_auto (RegieDbOpened) opened = { .lock_fd = -1 };
  gboolean ok;

  g_return_val_if_fail (path != NULL && schema != NULL, NULL);

  opened.path = g_canonicalize_filename (path, NULL);
  opened.vfs = g_strdup (vfs);
  opened.flags = flags;
  if (flags & REGIE_DB_READ_ONLY)
    ok = open_read_only (&opened, schema, error);
  else
    ok = open_writer (&opened, schema, error);
  return ok ? regie_db_new_opened (&opened) : NULL;
}

typedef struct
{
  char *path;
  char *vfs;
  RegieDbSchema *schema;
  RegieDbFlags flags;
  DexPromise *promise;
} OpenCall;

static gpointer
open_in_thread (gpointer data)
{
  OpenCall *call = data;
  GError *error = NULL;
  RegieDb *db = regie_db_open (call->path, call->schema, call->flags, call->vfs, &error);

  if (db != NULL)
    dex_promise_resolve_object (call->promise, db);
  else
    dex_promise_reject (call->promise, error);
  dex_unref (call->promise);
  g_free (call->path);
  g_free (call->vfs);
  regie_db_schema_free (call->schema);
  g_free (call);
  return NULL;
}

DexFuture *
regie_db_open_async (const char *path, const RegieDbSchema *schema, RegieDbFlags flags, const char *vfs)
{
  OpenCall *call = g_new0 (OpenCall, 1);
  DexFuture *future;

  call->path = g_strdup (path);
  call->vfs = g_strdup (vfs);
  call->schema = regie_db_schema_copy (schema);
  call->flags = flags;
  call->promise = dex_promise_new ();
  future = dex_ref (DEX_FUTURE (call->promise));
  g_thread_unref (g_thread_new ("regie-db-open", open_in_thread, call));
  return future;
}
