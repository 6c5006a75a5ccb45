/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <libdex.h>
#include <sqlite3.h>

G_BEGIN_DECLS

/* One SQLite file with one writer thread and two reader threads.
 *
 * Work is a function that runs on one of those threads with that thread's connection. Writes that wait
 * together are committed together (group commit), each in a savepoint of its own, so one that fails takes
 * no other with it. A write's future resolves only after the commit, which with REGIE_DB_DURABLE is on the
 * disk (synchronous=FULL).
 */

#define REGIE_TYPE_DB (regie_db_get_type ())
G_DECLARE_FINAL_TYPE (RegieDb, regie_db, REGIE, DB, GObject)

typedef enum
{
  REGIE_DB_NONE = 0,
  REGIE_DB_DURABLE = 1 << 0,   /* synchronous=FULL: committed means on the disk; otherwise NORMAL */
  REGIE_DB_READ_ONLY = 1 << 1, /* readers only: no lock taken, no migration, no checkpoint */
  REGIE_DB_LOCK = 1 << 2,      /* hold an exclusive flock on PATH.lock while open; else REGIE_ERROR_LOCKED */
  REGIE_DB_FILL_CACHE = 1 << 3 /* a cache: a corrupt file is set aside (PATH.corrupt-TIME) and made anew */
} RegieDbFlags;

/* A schema: numbered steps, forward only. steps[i] is SQL that brings the file from version i to i+1;
 * user_version holds the version. All steps that a file lacks run in one transaction with foreign keys off,
 * which are checked before the commit. Before an existing file is migrated it is copied to PATH.before-vN, N
 * the new version (not with REGIE_DB_FILL_CACHE); the space is checked first, REGIE_ERROR_FULL says how much
 * is missing. A file with a higher version than n_steps is refused with REGIE_ERROR_NEWER. application_id
 * (not 0) tells ours from any other file, which is refused with REGIE_ERROR_INVALID. */
typedef struct
{
  const char *name; /* for messages */
  guint32 application_id;
  const char *const *steps;
  guint n_steps;
} RegieDbSchema;

/* Runs on a database thread. Returns FALSE and sets ERROR to roll its savepoint back. Must not block on
 * anything else. */
typedef gboolean (*RegieDbFunc) (sqlite3 *db, gpointer data, GError **error);

/* Opens (creating the file and its folder, 0700/0600), recovers, checks and migrates. PATH.unclean stands
 * beside the file while its writer is open: when it is found at the opening, the last stop was not clean and
 * the file gets a quick_check. Blocks on the disk: call it on a plain thread or before the main loop runs.
 * VFS is NULL for the default one. A damaged file is left as it is (CORRUPT, the message says what is wrong
 * and where copies are), or with REGIE_DB_FILL_CACHE set aside. Errors: LOCKED (by which process), NEWER,
 * INVALID, CORRUPT, FULL, READ_ONLY, NOT_FOUND (read-only), FAILED. The file must be on a local disk: the log
 * needs shared memory. */
RegieDb *regie_db_open (const char *path,
                        const RegieDbSchema *schema,
                        RegieDbFlags flags,
                        const char *vfs,
                        GError **error);

/* The same on a thread of its own; resolves to the RegieDb. Copies its arguments. */
DexFuture *
regie_db_open_async (const char *path, const RegieDbSchema *schema, RegieDbFlags flags, const char *vfs);

/* Runs FUNC on the writer thread, in order of the calls; resolves to TRUE after the commit, rejects with
 * FUNC's error or the commit's; with STATE when the database is closed. DESTROY(DATA) is called on an
 * arbitrary thread after FUNC ran and the future was settled (or when it never runs because the database
 * closed). To get results out, DATA holds a reference that the caller holds too. Any thread. Work queued is
 * run even when the future is dropped: what was asked is done. FUNC must not begin, commit or roll back; a
 * deferred foreign key that it leaves broken fails it alone. When SQLite ends the whole transaction by itself
 * (disk full in the middle of a change), all writes of that batch reject. */
DexFuture *regie_db_write (RegieDb *self, RegieDbFunc func, gpointer data, GDestroyNotify destroy);

/* Runs FUNC on a reader thread, inside one read transaction: it sees all writes whose futures resolved before
 * this call. Not started any more when its future was dropped before, cut short when it is dropped meanwhile
 * or when the database closes (the helpers below then fail with STATE). Any thread. */
DexFuture *regie_db_read (RegieDb *self, RegieDbFunc func, gpointer data, GDestroyNotify destroy);

/* The same, waiting for the end; for plain threads and tests, never the main thread of the dashboard, and not
 * the database's own threads (STATE). */
gboolean regie_db_write_sync (RegieDb *self, RegieDbFunc func, gpointer data, GError **error);
gboolean regie_db_read_sync (RegieDb *self, RegieDbFunc func, gpointer data, GError **error);

/* AFTER_COMMIT(DATA) runs on the writer thread after the transaction of the write that calls this was
 * committed, in commit order, before its future resolves; not at all when it is rolled back. Call inside a
 * write's FUNC only. */
void regie_db_after_commit (sqlite3 *db, GFunc after_commit, gpointer data, GDestroyNotify destroy);

/* Ends the threads after the queued writes (reads that wait or run reject with STATE), empties the log into
 * the file, marks the close as clean, releases the lock. Blocks. Idempotent; the last unref does it too. Not
 * in a RegieDbFunc or a hook (dropping the last reference there is fine: the close then goes on by itself).
 */
void regie_db_close (RegieDb *self);

const char *regie_db_get_path (RegieDb *self);

/* What the opening found, in a sentence to show or log: that the last stop was not clean and the file was
 * checked, or that a damaged cache was set aside. NULL when there is nothing to say. Owned by SELF, does not
 * change. */
const char *regie_db_get_open_report (RegieDb *self);

/* From how many pages (of 4 KiB) in the log on it is copied into the file, when the writes that wait were
 * answered; 1000 unless set. More spares work while much is written. Any thread. */
void regie_db_set_checkpoint_pages (RegieDb *self, int pages);

/* FALSE with ERROR when the last thing that was tried found the disk full or failing, until a write succeeds;
 * for good when the file was found damaged. Writes go on being tried meanwhile. Any thread. */
gboolean regie_db_is_healthy (RegieDb *self, GError **error);

/* Maintenance; each resolves to TRUE when done. Any thread.
 *
 * Backup copies with VACUUM INTO to DEST.part, checks, syncs and renames it, so DEST is never half written;
 * what was at DEST is replaced. Writes and reads go on meanwhile. Space is checked first. Closing cuts it
 * short (STATE). */
DexFuture *regie_db_backup (RegieDb *self, const char *dest);
/* Gives unused space back (VACUUM). Writes wait meanwhile, reads go on. Needs twice the file's size free. */
DexFuture *regie_db_compact (RegieDb *self);
/* Resolves to TRUE when PRAGMA integrity_check is "ok", rejects with CORRUPT and the first lines of it. */
DexFuture *regie_db_check (RegieDb *self);
/* Puts the file SOURCE (checked: ours, sound, not newer; a file may be older: it is migrated) in the place
 * of PATH, which no one may have open; what was there goes to PATH.replaced-TIME. Blocks. */
gboolean
regie_db_restore_file (const char *source, const char *path, const RegieDbSchema *schema, GError **error);

/* --- helpers on one connection, for use inside a RegieDbFunc --- */

/* The one statement of SQL from the connection's cache, reset and unbound, owned by the cache: finish with
 * regie_db_done(), also before the same SQL is used again (a second use meanwhile works, uncached). NULL and
 * ERROR when the SQL is wrong. */
sqlite3_stmt *regie_db_prepare (sqlite3 *db, const char *sql, GError **error);
void regie_db_done (sqlite3_stmt *stmt);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (sqlite3_stmt, regie_db_done)

/* Binds by a format, one letter a parameter: s const char * (NULL is SQL NULL; copied), i gint64 (cast a
 * literal or an int to it: arguments are variadic), d double, n nothing (NULL; takes no argument), b GBytes *
 * (NULL is SQL NULL; copied). */
void regie_db_bind (sqlite3_stmt *stmt, const char *format, ...);

/* Steps once: 1 a row, 0 the end, -1 with ERROR: LOCKED (busy), FULL, CORRUPT, READ_ONLY, CONFLICT (unique),
 * INVALID (other constraints), TOO_LARGE, STATE (interrupted), FAILED. */
int regie_db_step (sqlite3_stmt *stmt, GError **error);

/* Prepares, binds, steps to the end. */
gboolean regie_db_run (sqlite3 *db, GError **error, const char *sql, const char *format, ...);

/* The first column of the first row; FALLBACK (or NULL) when there is no row or it is NULL. When the
 * statement itself fails, the work as a whole fails with its error, whatever its function returns. */
gint64 regie_db_get_int64 (sqlite3 *db, gint64 fallback, const char *sql, const char *format, ...);
char *regie_db_get_text (sqlite3 *db, const char *sql, const char *format, ...);

/* Column as text, NULL for SQL NULL; valid until the next step. */
const char *regie_db_column_text (sqlite3_stmt *stmt, int column);

/* A REGIE_ERROR from the connection's last failure; ATTEMPTED completes "Cannot … PATH: why", such as "read".
 * For code that calls SQLite itself. */
void regie_db_set_error (sqlite3 *db, GError **error, const char *attempted);

G_END_DECLS
