/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-power-cut-vfs.h"

#include "regie-power-cut-content.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  sqlite3_file base;
  sqlite3_file *real;
  RegiePowerCutContent *content; /* NULL: passed through */
  char *path;
  gboolean syncs_folder; /* its next sync also syncs the folder */
} File;

static struct
{
  GMutex lock;
  sqlite3_vfs *real;
  GHashTable *live;    /* path -> Content: what the process sees */
  GHashTable *durable; /* path -> Content: names that are on the platter */
  guint n_syncs;
  guint cut_at;
  gboolean cut;
  RegiePowerCutMode mode;
  GRand *dice;
} state;

/* --- the power --- */

/* To be called with the lock, at each point where something would reach the platter; FALSE without power. */
static gboolean
pass_sync_point (void)
{
  if (!state.cut)
    {
      state.n_syncs++;
      state.cut = state.n_syncs == state.cut_at;
    }
  return !state.cut;
}

static gboolean
has_power (void)
{
  gboolean power;

  g_mutex_lock (&state.lock);
  power = !state.cut;
  g_mutex_unlock (&state.lock);
  return power;
}

static gboolean
is_in_folder (const char *path, const char *folder)
{
  gsize length = strlen (folder);

  return strncmp (path, folder, length) == 0 && path[length] == '/';
}

static gboolean
is_directly_in (const char *path, const char *folder)
{
  return is_in_folder (path, folder) && strchr (path + strlen (folder) + 1, '/') == NULL;
}

static gboolean
name_is_in (gpointer path, gpointer content, gpointer folder)
{
  return is_directly_in (path, folder);
}

/* With the lock: the names in FOLDER reach the platter. */
static void
sync_names (const char *folder)
{
  GHashTableIter iter;
  gpointer path, content;

  g_hash_table_foreach_remove (state.durable, name_is_in, (gpointer) folder);
  g_hash_table_iter_init (&iter, state.live);
  while (g_hash_table_iter_next (&iter, &path, &content))
    if (is_directly_in (path, folder))
      g_hash_table_insert (state.durable, g_strdup (path), g_rc_box_acquire (content));
}

/* With the lock: the content of the name PATH, which exists really or is about to. */
static RegiePowerCutContent *
learn (const char *path)
{
  RegiePowerCutContent *content = g_hash_table_lookup (state.live, path);

  if (content != NULL)
    return content;
  content = regie_power_cut_content_new (path);
  g_hash_table_insert (state.live, g_strdup (path), content);
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    g_hash_table_insert (state.durable, g_strdup (path), g_rc_box_acquire (content));
  return content;
}

/* --- files --- */

static int
file_close (sqlite3_file *base)
{
  File *self = (File *) base;
  int result = SQLITE_OK;

  if (self->real->pMethods != NULL)
    result = self->real->pMethods->xClose (self->real);
  g_clear_pointer (&self->content, regie_power_cut_content_unref);
  g_clear_pointer (&self->path, g_free);
  return result;
}

static int
file_read (sqlite3_file *base, void *data, int size, sqlite3_int64 offset)
{
  File *self = (File *) base;

  return has_power () ? self->real->pMethods->xRead (self->real, data, size, offset) : SQLITE_IOERR_READ;
}

static int
file_write (sqlite3_file *base, const void *data, int size, sqlite3_int64 offset)
{
  File *self = (File *) base;

  if (!has_power ())
    return SQLITE_IOERR_WRITE;
  if (self->content != NULL)
    {
      g_mutex_lock (&state.lock);
      regie_power_cut_content_note (self->content, offset, data, size);
      g_mutex_unlock (&state.lock);
    }
  return self->real->pMethods->xWrite (self->real, data, size, offset);
}

static int
file_truncate (sqlite3_file *base, sqlite3_int64 size)
{
  File *self = (File *) base;

  if (!has_power ())
    return SQLITE_IOERR_TRUNCATE;
  if (self->content != NULL)
    {
      g_mutex_lock (&state.lock);
      regie_power_cut_content_note (self->content, size, NULL, 0);
      g_mutex_unlock (&state.lock);
    }
  return self->real->pMethods->xTruncate (self->real, size);
}

/* As the real one does it: the file first, then, once for a new log or journal, its folder. */
static int
file_sync (sqlite3_file *base, int flags)
{
  File *self = (File *) base;
  gboolean ok;

  if (self->content == NULL)
    return has_power () ? SQLITE_OK : SQLITE_IOERR_FSYNC;
  g_mutex_lock (&state.lock);
  if ((ok = pass_sync_point ()))
    regie_power_cut_content_sync (self->content);
  if (ok && self->syncs_folder && (ok = pass_sync_point ()))
    {
      g_autofree char *folder = g_path_get_dirname (self->path);

      sync_names (folder);
      self->syncs_folder = FALSE;
    }
  g_mutex_unlock (&state.lock);
  return ok ? SQLITE_OK : SQLITE_IOERR_FSYNC;
}

static int
file_size (sqlite3_file *base, sqlite3_int64 *size)
{
  File *self = (File *) base;

  return has_power () ? self->real->pMethods->xFileSize (self->real, size) : SQLITE_IOERR_FSTAT;
}

static int
file_lock (sqlite3_file *base, int level)
{
  File *self = (File *) base;

  return has_power () ? self->real->pMethods->xLock (self->real, level) : SQLITE_IOERR_LOCK;
}

/* Locks are the kernel's, so giving them back works without a disk: what is closed after the cut must not
 * stay locked. */
static int
file_unlock (sqlite3_file *base, int level)
{
  File *self = (File *) base;

  return self->real->pMethods->xUnlock (self->real, level);
}

static int
file_check_lock (sqlite3_file *base, int *locked)
{
  File *self = (File *) base;

  return self->real->pMethods->xCheckReservedLock (self->real, locked);
}

static int
file_control (sqlite3_file *base, int operation, void *argument)
{
  File *self = (File *) base;

  /* Sizes that the real file is told about would be changes that nobody notes. */
  if (operation == SQLITE_FCNTL_SIZE_HINT || operation == SQLITE_FCNTL_CHUNK_SIZE)
    return SQLITE_OK;
  return self->real->pMethods->xFileControl (self->real, operation, argument);
}

static int
file_sector_size (sqlite3_file *base)
{
  return REGIE_POWER_CUT_SECTOR;
}

/* No promise beyond what any disk keeps: a sector may be torn from its neighbours, but a write does not touch
 * what it does not write. */
static int
file_characteristics (sqlite3_file *base)
{
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int
file_shm_map (sqlite3_file *base, int page, int size, int extend, void volatile **memory)
{
  File *self = (File *) base;

  return has_power () ? self->real->pMethods->xShmMap (self->real, page, size, extend, memory)
                      : SQLITE_IOERR_SHMMAP;
}

static int
file_shm_lock (sqlite3_file *base, int offset, int n, int flags)
{
  File *self = (File *) base;

  if (!has_power () && (flags & SQLITE_SHM_LOCK))
    return SQLITE_IOERR_SHMLOCK;
  return self->real->pMethods->xShmLock (self->real, offset, n, flags);
}

static void
file_shm_barrier (sqlite3_file *base)
{
  File *self = (File *) base;

  self->real->pMethods->xShmBarrier (self->real);
}

static int
file_shm_unmap (sqlite3_file *base, int delete)
{
  File *self = (File *) base;

  return self->real->pMethods->xShmUnmap (self->real, delete);
}

static const sqlite3_io_methods file_methods = {
  .iVersion = 2,
  .xClose = file_close,
  .xRead = file_read,
  .xWrite = file_write,
  .xTruncate = file_truncate,
  .xSync = file_sync,
  .xFileSize = file_size,
  .xLock = file_lock,
  .xUnlock = file_unlock,
  .xCheckReservedLock = file_check_lock,
  .xFileControl = file_control,
  .xSectorSize = file_sector_size,
  .xDeviceCharacteristics = file_characteristics,
  .xShmMap = file_shm_map,
  .xShmLock = file_shm_lock,
  .xShmBarrier = file_shm_barrier,
  .xShmUnmap = file_shm_unmap,
};

/* --- the VFS --- */

static int
vfs_open (sqlite3_vfs *vfs, const char *path, sqlite3_file *base, int flags, int *out_flags)
{
  File *self = (File *) base;
  gboolean followed = path != NULL && !(flags & SQLITE_OPEN_DELETEONCLOSE);
  int result;

  memset (self, 0, sizeof *self);
  self->real = (sqlite3_file *) (self + 1);
  memset (self->real, 0, state.real->szOsFile);
  if (!has_power ())
    return SQLITE_CANTOPEN;
  g_mutex_lock (&state.lock);
  if (followed)
    {
      gboolean creates = (flags & SQLITE_OPEN_CREATE) != 0;

      if (creates || g_file_test (path, G_FILE_TEST_EXISTS))
        self->content = g_rc_box_acquire (learn (path));
      self->path = g_strdup (path);
      self->syncs_folder =
          creates && (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL));
    }
  result = state.real->xOpen (state.real, path, self->real, flags, out_flags);
  g_mutex_unlock (&state.lock);
  if (result == SQLITE_OK)
    {
      self->base.pMethods = &file_methods;
      return SQLITE_OK;
    }
  g_clear_pointer (&self->content, regie_power_cut_content_unref);
  g_clear_pointer (&self->path, g_free);
  return result;
}

static int
vfs_delete (sqlite3_vfs *vfs, const char *path, int sync_folder)
{
  gboolean ok;
  int result = SQLITE_IOERR_DELETE;

  g_mutex_lock (&state.lock);
  if ((ok = !state.cut))
    {
      if (g_file_test (path, G_FILE_TEST_EXISTS))
        learn (path);
      result = state.real->xDelete (state.real, path, 0);
      g_hash_table_remove (state.live, path);
    }
  if (ok && result == SQLITE_OK && sync_folder)
    {
      g_autofree char *folder = g_path_get_dirname (path);

      if (pass_sync_point ())
        sync_names (folder);
      else
        result = SQLITE_IOERR_DIR_FSYNC;
    }
  g_mutex_unlock (&state.lock);
  return result;
}

static int
vfs_access (sqlite3_vfs *vfs, const char *path, int flags, int *result)
{
  return has_power () ? state.real->xAccess (state.real, path, flags, result) : SQLITE_IOERR_ACCESS;
}

static int
vfs_full_pathname (sqlite3_vfs *vfs, const char *path, int size, char *out)
{
  return state.real->xFullPathname (state.real, path, size, out);
}

static int
vfs_randomness (sqlite3_vfs *vfs, int size, char *out)
{
  return state.real->xRandomness (state.real, size, out);
}

static int
vfs_sleep (sqlite3_vfs *vfs, int microseconds)
{
  return state.real->xSleep (state.real, microseconds);
}

static int
vfs_current_time (sqlite3_vfs *vfs, sqlite3_int64 *time)
{
  return state.real->xCurrentTimeInt64 (state.real, time);
}

static int
vfs_last_error (sqlite3_vfs *vfs, int size, char *text)
{
  return 0;
}

static int
rename_file (const char *from, const char *to)
{
  RegiePowerCutContent *content;
  int result = -1;

  g_mutex_lock (&state.lock);
  errno = EIO;
  if (!state.cut)
    {
      if (g_file_test (to, G_FILE_TEST_EXISTS))
        learn (to);
      content = g_rc_box_acquire (learn (from));
      if ((result = rename (from, to)) == 0)
        {
          g_hash_table_insert (state.live, g_strdup (to), g_rc_box_acquire (content));
          g_hash_table_remove (state.live, from);
        }
      regie_power_cut_content_unref (content);
    }
  g_mutex_unlock (&state.lock);
  return result;
}

static int
sync_folder (const char *folder)
{
  gboolean ok;

  g_mutex_lock (&state.lock);
  if ((ok = pass_sync_point ()))
    sync_names (folder);
  g_mutex_unlock (&state.lock);
  errno = EIO;
  return ok ? 0 : -1;
}

static sqlite3_syscall_ptr
vfs_get_call (sqlite3_vfs *vfs, const char *name)
{
  if (strcmp (name, "regie-rename") == 0)
    return (sqlite3_syscall_ptr) rename_file;
  if (strcmp (name, "regie-sync-folder") == 0)
    return (sqlite3_syscall_ptr) sync_folder;
  return NULL;
}

static sqlite3_vfs power_cut_vfs = {
  .iVersion = 3,
  .zName = "power-cut",
  .xOpen = vfs_open,
  .xDelete = vfs_delete,
  .xAccess = vfs_access,
  .xFullPathname = vfs_full_pathname,
  .xRandomness = vfs_randomness,
  .xSleep = vfs_sleep,
  .xGetLastError = vfs_last_error,
  .xCurrentTimeInt64 = vfs_current_time,
  .xGetSystemCall = vfs_get_call,
};

/* --- for the test --- */

void
regie_power_cut_register (gboolean as_default)
{
  if (state.real == NULL)
    {
      state.real = sqlite3_vfs_find (NULL);
      power_cut_vfs.szOsFile = (int) sizeof (File) + state.real->szOsFile;
      power_cut_vfs.mxPathname = state.real->mxPathname;
      state.live = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, regie_power_cut_content_unref);
      state.durable = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, regie_power_cut_content_unref);
    }
  sqlite3_vfs_register (&power_cut_vfs, as_default);
  if (!as_default)
    sqlite3_vfs_register (state.real, TRUE);
}

void
regie_power_cut_arm (guint n, RegiePowerCutMode mode, guint32 seed)
{
  g_mutex_lock (&state.lock);
  g_hash_table_remove_all (state.live);
  g_hash_table_remove_all (state.durable);
  g_clear_pointer (&state.dice, g_rand_free);
  state.dice = g_rand_new_with_seed (seed);
  state.n_syncs = 0;
  state.cut_at = n;
  state.cut = FALSE;
  state.mode = mode;
  g_mutex_unlock (&state.lock);
}

void
regie_power_cut_now (void)
{
  g_mutex_lock (&state.lock);
  state.cut = TRUE;
  g_mutex_unlock (&state.lock);
}

guint
regie_power_cut_get_syncs (void)
{
  guint n;

  g_mutex_lock (&state.lock);
  n = state.n_syncs;
  g_mutex_unlock (&state.lock);
  return n;
}

gboolean
regie_power_cut_happened (void)
{
  return !has_power ();
}

static void
write_back (const char *path, RegiePowerCutContent *content)
{
  g_autoptr (GError) error = NULL;

  if (state.mode == REGIE_POWER_CUT_TEAR)
    regie_power_cut_content_tear (content, state.dice);
  if (!g_file_set_contents_full (path, (const char *) content->platter->data, content->platter->len,
                                 G_FILE_SET_CONTENTS_NONE, 0600, &error))
    g_error ("%s", error->message);
}

void
regie_power_cut_materialise (const char *folder)
{
  GHashTableIter iter;
  gpointer path, content;

  g_mutex_lock (&state.lock);
  g_hash_table_iter_init (&iter, state.live);
  while (g_hash_table_iter_next (&iter, &path, &content))
    if (is_in_folder (path, folder) && g_hash_table_lookup (state.durable, path) == NULL)
      g_unlink (path);
  g_hash_table_iter_init (&iter, state.durable);
  while (g_hash_table_iter_next (&iter, &path, &content))
    if (is_in_folder (path, folder))
      {
        g_autofree char *shared = g_strconcat (path, "-shm", NULL);

        write_back (path, content);
        g_unlink (shared);
      }
  g_hash_table_remove_all (state.live);
  g_hash_table_remove_all (state.durable);
  g_mutex_unlock (&state.lock);
}
