/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-db.h"

G_BEGIN_DECLS

/* What the files of this library share; nobody else includes it but its tests. */

#define REGIE_DB_N_READERS 2

/* synchronous=OFF. Not in the public flags, since nothing may ship with it: the power-cut test uses it to
 * prove that it notices a loss. */
#define REGIE_DB_NEVER_SYNC ((RegieDbFlags) (1u << 30))

/* What a connection of ours carries (SQLite's client data "regie-db"): its statements and the write that
 * runs. */
typedef struct
{
  GHashTable *statements; /* SQL (owned by the statement) -> Cached */
  guint tick;             /* counts uses, to drop the statement used longest ago */
  GError *failed;         /* what a getter, which cannot report, ran into during this piece of work */
  GError *disk_error;     /* the last failure that says something about the disk or the file */
  gboolean in_write;
  GArray *after_commit;      /* RegieDbHook of the batch */
  GCancellable *cancellable; /* of the read that runs, or NULL */
  int *closing;              /* set when the database closes: what can be cut short is */
} RegieDbConnection;

typedef struct
{
  GFunc func;
  gpointer data;
  GDestroyNotify destroy;
} RegieDbHook;

typedef enum
{
  REGIE_DB_OPEN_WRITER,
  REGIE_DB_OPEN_READER,    /* query_only, never checkpoints */
  REGIE_DB_OPEN_IMMUTABLE, /* a file in a place that cannot be written, with no log beside it */
} RegieDbOpenMode;

/* --- regie-db-connection.c --- */

/* Opens a configured connection on the existing file PATH. */
sqlite3 *regie_db_connection_open (const char *path,
                                   RegieDbFlags flags,
                                   RegieDbOpenMode mode,
                                   const char *vfs,
                                   GError **error);
/* Finalizes the cached statements and closes; NULL is allowed. */
void regie_db_connection_close (sqlite3 *db);
/* NULL when DB is not one of ours. */
RegieDbConnection *regie_db_connection_get (sqlite3 *db);
gboolean regie_db_exec (sqlite3 *db, const char *sql, GError **error);
/* PRAGMA (quick_check or integrity_check): TRUE when it says "ok", else CORRUPT with its first lines. */
gboolean regie_db_verify (sqlite3 *db, const char *pragma, GError **error);

/* --- regie-db-error.c --- */

/* Sets ERROR from an SQLite result; PATH names the file, ATTEMPTED completes "cannot …". SYSTEM_ERRNO is 0 if
 * unknown. */
void regie_db_set_error_for_code (GError **error,
                                  int code,
                                  int system_errno,
                                  const char *path,
                                  const char *attempted,
                                  const char *details);
/* Likewise from an errno. */
void regie_db_set_error_for_errno (GError **error, int code, const char *path, const char *attempted);
void regie_db_set_error_full (GError **error, const char *path, const char *attempted, guint64 needed);
void regie_db_set_error_corrupt (GError **error, const char *path, const char *details);
/* "123 (regie-engine)" from the lock file of PATH, NULL when nobody wrote into it. */
char *regie_db_describe_owner (const char *path);

/* --- regie-db-files.c --- */

gboolean regie_db_ensure_folder (const char *path, GError **error);
/* Makes an empty file of mode 0600 and syncs its folder; sets *CREATED to whether it was not there. */
gboolean regie_db_ensure_file (const char *path, gboolean *created, GError **error);
/* An exclusive lock on PATH.lock, with our pid written into it; -1 with REGIE_ERROR_LOCKED. */
int regie_db_lock (const char *path, GError **error);
void regie_db_unlock (int fd);
/* Fails with REGIE_ERROR_FULL when the folder of PATH has not NEEDED bytes free. */
gboolean regie_db_check_space (const char *path, guint64 needed, const char *attempted, GError **error);
/* Through the VFS, so that a test VFS sees them as SQLite's own file calls; NULL is the default VFS. */
gboolean regie_db_sync_file (const char *vfs, const char *path, GError **error);
gboolean regie_db_sync_folder_of (const char *vfs, const char *path, GError **error);
gboolean regie_db_rename (const char *vfs, const char *from, const char *to, GError **error);
/* Nothing is said when it is not there. */
void regie_db_delete (const char *vfs, const char *path);
/* Moves PATH and its log to PATH.LABEL-TIME; returns that name. */
char *regie_db_set_aside (const char *vfs, const char *path, const char *label, GError **error);
/* PATH.unclean stands beside a file as long as its writer is open. */
gboolean regie_db_was_unclean (const char *path);
gboolean regie_db_mark_unclean (const char *path, GError **error);
void regie_db_mark_clean (const char *path);

/* --- regie-db-open.c, -migrate.c, -maintenance.c --- */

RegieDbSchema *regie_db_schema_copy (const RegieDbSchema *schema);
void regie_db_schema_free (RegieDbSchema *schema);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RegieDbSchema, regie_db_schema_free)

/* How to open PATH for reading. */
RegieDbOpenMode regie_db_choose_reader_mode (const char *path, RegieDbFlags flags);
/* Refuses what is not ours or newer; *VERSION is the version found, 0 for an empty file. */
gboolean regie_db_identify (sqlite3 *db, const RegieDbSchema *schema, guint *version, GError **error);
/* Brings the file to the newest version, after a copy unless COPY is FALSE or the file is empty. */
gboolean
regie_db_migrate (sqlite3 *db, const RegieDbSchema *schema, gboolean copy, const char *vfs, GError **error);
/* VACUUM INTO DEST by way of a temporary name: space checked, content checked, synced, renamed. */
gboolean regie_db_copy_into (sqlite3 *db, const char *dest, const char *vfs, GError **error);

/* What the opening made; taken over by regie_db_new_opened(). */
typedef struct
{
  char *path;
  char *vfs;
  RegieDbFlags flags;
  RegieDbOpenMode reader_mode;
  int lock_fd;     /* -1: none */
  sqlite3 *writer; /* NULL when read-only */
  sqlite3 *readers[REGIE_DB_N_READERS];
  gboolean was_unclean;
  char *report;
} RegieDbOpened;

void regie_db_opened_clear (RegieDbOpened *opened);
/* Starts the threads; steals what is in OPENED. regie-db.c */
RegieDb *regie_db_new_opened (RegieDbOpened *opened);

/* --- regie-db-batch.c --- */

typedef struct
{
  GMutex lock;
  GCond cond;
  gboolean settled;
  GError *error;
} RegieDbWaiter;

/* One piece of work, from the queue to its answer. */
typedef struct
{
  RegieDbFunc func;
  gpointer data;
  GDestroyNotify destroy;
  DexPromise *promise;   /* or */
  RegieDbWaiter *waiter; /* on the stack of the thread that waits */
  gboolean exclusive;
  GError *error; /* why it failed */
} RegieDbJob;

/* Answers and frees. */
void regie_db_job_settle (RegieDbJob *job);
/* Whether nobody waits for the answer any more. */
gboolean regie_db_job_is_dropped (RegieDbJob *job);
/* Runs FUNC and says what went wrong in it, or in a getter that it used. */
gboolean regie_db_job_call (RegieDbJob *job, sqlite3 *db);
/* Moves jobs from the head of JOBS (RegieDbJob, the first not exclusive) to DONE, until it is empty, an
 * exclusive one comes or a batch's time is used up, and commits them; returns how many succeeded. The caller
 * settles DONE. */
guint regie_db_run_batch (sqlite3 *db, GQueue *jobs, GQueue *done);

/* Work outside of any transaction: on the writer between two commits, or on the maintenance thread, which is
 * started when first needed and has a reader connection of its own. FUNC's DATA as in regie_db_write().
 * regie-db.c */
DexFuture *regie_db_run_exclusive (RegieDb *self, RegieDbFunc func, gpointer data, GDestroyNotify destroy);
DexFuture *regie_db_run_maintenance (RegieDb *self, RegieDbFunc func, gpointer data, GDestroyNotify destroy);
const char *regie_db_get_vfs (RegieDb *self);

G_END_DECLS
