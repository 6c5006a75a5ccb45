/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-store.h"

#include "db/regie-db.h"

G_BEGIN_DECLS

/* What the files of this library share; nobody else includes it but its tests.
 *
 * A write of the user goes this way: a job on user.db's writer thread decides and commits (it reads the
 * server's base through "peek", a connection of its own to cache.db), then, on the main thread, a job for
 * cache.db's writer is queued that mirrors the changed intents there and derives the rows they touch; when
 * that is committed, signals are emitted and the promise resolves, on the main thread again. Both databases
 * keep the order of the calls, so the cache follows user.db in its commit order. */

typedef struct _RegieStoreJob RegieStoreJob;

struct _RegieStore
{
  GObject parent_instance;

  char *dir;
  RegieDb *user;
  RegieDb *cache;
  sqlite3 *peek; /* reads cache.db; used on user.db's writer thread only */
  gboolean closed;

  GHashTable *live_rows; /* RegieKind → (rowid → RegieRecord, not owned); see regie-store-live.c */
  GHashTable *live_keys; /* key → RegieRecord, not owned */
  GHashTable *due;       /* connection → gint64, the earliest end of an undo window */
  guint due_source;
  guint indexes_source;

  GMutex links_lock;
  GHashTable *links; /* "connection kind id" → key: the keys that user.db refers to */

  GHashTable *pulls; /* "connection kind" → Pull; used on cache.db's writer thread only */

  GMutex logs_lock;
  GHashTable *logs;        /* RegieKind → the changes of late; see regie-store-changes.c */
  gint64 first_generation; /* of the cache when it was opened */

  GMutex done_lock;
  GQueue done; /* RegieStoreJob: back from their thread */
  gboolean draining;

  GError *sick; /* the last failure that was told about */
};

/* --- regie-store-job.c: one piece of work with its promise --- */

/* Rows of one kind that a job changed, added or removed. */
typedef struct
{
  const RegieKind *kind;
  GArray *rowids;  /* guint32 */
  GPtrArray *keys; /* char *, one for each of ROWIDS */
} RegieChangedRows;

typedef enum
{
  REGIE_STEP_USER,
  REGIE_STEP_CACHE,
  REGIE_STEP_CACHE_HALF,
  REGIE_STEP_READ_USER,
  REGIE_STEP_READ_CACHE
} RegieStoreStep;

typedef gboolean (*RegieStoreFunc) (sqlite3 *db, RegieStoreJob *job, GError **error);

struct _RegieStoreJob
{
  RegieStore *store; /* a reference */
  DexPromise *promise;
  DexFuture *inner; /* the database's, of the present step */
  RegieStoreStep step;
  RegieStoreFunc func;
  GValue result;
  gpointer data;
  GDestroyNotify destroy;
  /* Main thread, when it went well, before the promise resolves; called again as long as it gives TRUE, in
   * slices of the main loop. */
  gboolean (*finished_func) (RegieStoreJob *job);

  /* What a user.db job leaves for cache.db. */
  GPtrArray *mirror;  /* RegieIntent: as they are now */
  GPtrArray *bases;   /* RegieStoreBase */
  GPtrArray *journal; /* RegieJournalEntry */
  char *forget;       /* connection whose rows to forget */
  gint64 finished;    /* the last answer among BASES, 0 none */
  gboolean intents_changed;
  GHashTable *due; /* connection → gint64 */

  /* What a cache.db job changed; kind name → RegieChangedRows. */
  GHashTable *changes;
  GPtrArray
      *found; /* ids of "unknown" creates that turned out to have happened, each followed by its remote id */
  gboolean writes;
  gboolean no_intents;      /* none is mirrored: rows are what the backend says */
  gboolean without_indexes; /* rows were added to a table that has none for now */
  gboolean build_indexes;
  GError *failed; /* why the second half failed */
};

/* What the backend says of one record as the outcome of an intent. */
typedef struct
{
  const RegieKind *kind;
  char *connection;
  char *key;
  char *remote_id;
  char *etag;
  gint64 at;
  JsonObject *data; /* NULL: it is gone */
} RegieStoreBase;

RegieStoreJob *
regie_store_job_new (RegieStore *store, RegieStoreFunc func, gpointer data, GDestroyNotify destroy);
/* Each queues the job, takes it over and gives the future of its promise. */
DexFuture *regie_store_job_write_user (RegieStoreJob *job);
DexFuture *regie_store_job_write_cache (RegieStoreJob *job);
DexFuture *regie_store_job_read_cache (RegieStoreJob *job);
DexFuture *regie_store_job_read_user (RegieStoreJob *job);
void regie_store_job_free (RegieStoreJob *job);
/* For use in the func. */
void regie_store_job_take_string (RegieStoreJob *job, char *text);
void regie_store_job_take_boxed (RegieStoreJob *job, GType type, gpointer boxed);
void regie_store_job_set_int64 (RegieStoreJob *job, gint64 number);
void regie_store_job_note_row (RegieStoreJob *job, const RegieKind *kind, gint64 rowid, const char *key);
void regie_store_job_mirror (RegieStoreJob *job, RegieIntent *intent);
void regie_store_job_take_base (RegieStoreJob *job, RegieStoreBase *base);
/* Runs a job's cache half on DB at once; for the opening, where no thread waits. */
gboolean regie_store_job_apply (sqlite3 *db, RegieStoreJob *job, GError **error);
void regie_store_base_free (RegieStoreBase *base);
/* What an intent that was done (its answer) makes of its record. */
RegieStoreBase *regie_store_base_new_for_done (RegieIntent *intent);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RegieStoreJob, regie_store_job_free)

/* --- regie-store.c --- */

void regie_store_emit_changes (RegieStore *self, GHashTable *changes);
void regie_store_emit_intents_changed (RegieStore *self);
void regie_store_emit_notice (RegieStore *self, const GError *error);
/* Tells of a write that failed for a reason of the disk, once until one works again. */
void regie_store_note_failure (RegieStore *self, const GError *error);
void regie_store_set_due (RegieStore *self, GHashTable *due);

/* --- regie-store-user.c, regie-store-cache.c: the files --- */

extern const char *const regie_store_user_steps[];
/* Weakened by the test that proves that a loss would be noticed. */
extern RegieDbFlags regie_store_user_flags;
/* REPORT gets a sentence when a damaged file was replaced, else NULL. */
RegieDb *regie_store_open_user (const char *dir, const char *vfs, char **report, GError **error);
RegieDb *regie_store_open_cache (const char *dir, const char *vfs, char **report, GError **error);
/* Reads the links; before any thread uses them. */
gboolean regie_store_load_links (RegieStore *self, GError **error);
/* Keeps KEY for the record, also when the cache is lost. On user.db's writer thread. */
gboolean regie_store_put_link (RegieStore *self,
                               sqlite3 *user,
                               const char *connection,
                               const RegieKind *kind,
                               const char *remote_id,
                               const char *key,
                               GError **error);
/* The key that was kept for a record, else a new one. Any thread, transfer full. */
char *regie_store_linked_key (RegieStore *self,
                              const char *connection,
                              const RegieKind *kind,
                              const char *remote_id);
/* Brings the cache to what user.db says: intents, their rows, the journal. */
gboolean regie_store_settle (RegieStore *self, GError **error);

/* --- regie-store-changes.c --- */

/* Notes what JOB changed, at the end of its transaction. On the cache's writer thread. */
gboolean regie_store_note_changes (sqlite3 *db, RegieStoreJob *job, GError **error);
/* Counts the commits that changed rows; as seen by DB's transaction. */
gint64 regie_store_read_generation (sqlite3 *db);
/* The rows that changed after one generation, until another (guint32, some more than once); NULL when they
 * are more than MAX or not known any more. Any thread, transfer full. */
GArray *
regie_store_list_changes (RegieStore *self, const RegieKind *kind, gint64 after, gint64 until, guint max);

/* --- regie-store-indexes.c --- */

/* The statement that makes the index of a field. Transfer full. */
char *regie_store_index_sql (const RegieKind *kind, const RegieField *field);
/* On the cache's writer thread. */
gboolean regie_store_drop_indexes (sqlite3 *db, const RegieKind *kind, GError **error);
/* Makes the indexes that are missing; main thread. */
void regie_store_build_indexes (RegieStore *self);
/* The same, when the pull that does without them stops. */
void regie_store_build_indexes_later (RegieStore *self);

/* --- regie-store-salvage.c --- */

/* Moves a damaged user.db out of the way; returns its new name. */
char *regie_store_set_user_aside (const char *path, GError **error);
/* Takes over into DB what can be read of ASIDE; returns a sentence about it, which begins with REASON. */
char *regie_store_salvage (RegieDb *db, const char *aside, const char *reason, GError **error);

/* --- regie-store-rows.c: rows of the cache --- */

typedef struct
{
  gint64 rowid; /* 0: there is none */
  gboolean buried;
  char *key, *connection, *remote_id, *etag, *pending;
  gint64 fetched_at;
  char *base;  /* JSON text, or NULL when the backend does not have it yet */
  char *shown; /* NULL: as base */

  /* As the file has them, whatever was changed above since. */
  char *was_shown, *was_remote_id, *was_pending;
} RegieRow;

void regie_row_clear (RegieRow *row);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RegieRow, regie_row_clear)

/* FALSE with ERROR on failure; a row that is not there has rowid 0. Buried rows are found too. */
gboolean regie_row_find (sqlite3 *db, const RegieKind *kind, const char *key, RegieRow *row, GError **error);
gboolean regie_row_find_remote (sqlite3 *db,
                                const RegieKind *kind,
                                const char *connection,
                                const char *remote_id,
                                RegieRow *row,
                                GError **error);
/* Derives the row from ROW (its base) and the mirrored intents of its key, and writes what differs. KNOWN:
 * the parsed base, or NULL to parse it. */
gboolean regie_row_derive (sqlite3 *db,
                           RegieStoreJob *job,
                           const RegieKind *kind,
                           RegieRow *row,
                           JsonObject *known,
                           GError **error);
gboolean
regie_row_remove (sqlite3 *db, RegieStoreJob *job, const RegieKind *kind, RegieRow *row, GError **error);
/* Puts what the backend says of KEY as its base and derives. Another row with the same remote id gives way.
 */
gboolean regie_row_put_base (sqlite3 *db, RegieStoreJob *job, RegieStoreBase *base, GError **error);
/* The intents mirrored in the cache, oldest first: of one key; the creates of unknown outcome. */
GPtrArray *regie_store_mirrored_intents (sqlite3 *db, const char *key, GError **error);
gboolean regie_store_mirror_intent (sqlite3 *db, RegieIntent *intent, GError **error);

/* --- regie-store-derive.c --- */

/* What is shown of BASE (or NULL) with INTENTS (of one record, oldest first) applied; NULL when nothing is.
 * *PENDING gets the state that marks the row, NULL none. New object. */
JsonObject *
regie_store_derive (const RegieKind *kind, JsonObject *base, GPtrArray *intents, const char **pending);
/* Whether the create INTENT may have made RECORD. */
gboolean regie_store_create_matches (RegieIntent *intent, JsonObject *record);
/* BASE as it is after INTENT was done, when the backend did not say. New object or NULL. */
JsonObject *regie_store_apply_done (const RegieKind *kind, JsonObject *base, RegieIntent *intent);

/* --- regie-intent.c --- */

struct _RegieIntent
{
  gatomicrefcount refs;
  gint64 seq;
  char *id, *connection, *key, *remote_id, *etag, *action, *error, *merged_into;
  const RegieKind *kind;
  RegieIntentOp op;
  RegieIntentState state;
  int error_code; /* RegieError, -1 none */
  JsonObject *body, *base, *answer;
  char *answer_etag;
  gint64 made_at, due_at, ended_at;
  gint64 finished; /* counts the answers; 0 none yet */
  guint attempts;
};

/* From a statement whose columns are REGIE_INTENT_COLUMNS. */
#define REGIE_INTENT_COLUMNS                                                                                 \
  "seq, id, connection, kind, key, remote_id, etag, op, action, body, base, state, error, error_code, "      \
  "made_at, due_at, ended_at, attempts, answer, answer_etag, merged_into, finished"
RegieIntent *regie_intent_new_from_row (sqlite3_stmt *stmt);
RegieIntent *regie_intent_new (void);
gboolean regie_intent_insert (sqlite3 *db, RegieIntent *self, GError **error);
gboolean regie_intent_save (sqlite3 *db, RegieIntent *self, GError **error);
/* All that SQL (behind "SELECT columns FROM intent ") gives. */
GPtrArray *regie_intent_select (sqlite3 *db, GError **error, const char *tail, const char *format, ...);
RegieIntent *regie_intent_find (sqlite3 *db, const char *id, GError **error);
/* Nothing of it was sent, and it can still be. */
gboolean regie_intent_is_waiting (RegieIntent *self);
/* It is not done with: it marks its row. */
gboolean regie_intent_is_active (RegieIntent *self);
const char *regie_intent_op_to_string (RegieIntentOp op);
/* Whether it has an effect on what is shown. */
gboolean regie_intent_is_shown (RegieIntent *self);

/* --- regie-store-intents.c: on user.db's writer thread --- */

/* What the writer thread knows of a record: the server's base, and the intents on it. */
typedef struct
{
  const RegieKind *kind;
  char *key, *connection, *remote_id, *etag;
  JsonObject *base;   /* or NULL */
  GPtrArray *intents; /* active ones, oldest first */
} RegieSubject;

RegieSubject *
regie_subject_load (RegieStore *store, sqlite3 *user, const RegieKind *kind, const char *key, GError **error);
void regie_subject_free (RegieSubject *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RegieSubject, regie_subject_free)
/* Puts a new intent, journalled, with what it needs. Takes BODY and BASE. */
RegieIntent *regie_subject_add_intent (RegieSubject *self,
                                       sqlite3 *user,
                                       RegieStoreJob *job,
                                       RegieIntentOp op,
                                       const char *action,
                                       JsonObject *body,
                                       JsonObject *base,
                                       guint hold_ms,
                                       GError **error);
gboolean regie_store_load_due (sqlite3 *user, RegieStoreJob *job, GError **error);
/* Cancels INTENT and, for a create, all that needs it. */
gboolean regie_store_cancel (sqlite3 *user, RegieStoreJob *job, RegieIntent *intent, GError **error);

/* --- regie-store-outbox.c --- */

/* FOUND: ids of unknown creates, each followed by the id of the record that turned out to be its. */
void regie_store_settle_found (RegieStore *self, GPtrArray *found);

/* --- regie-store-journal.c --- */

typedef struct
{
  gint64 n;
  char *id;
  JsonObject *record;
} RegieJournalEntry;

void regie_journal_entry_free (RegieJournalEntry *self);
/* BEFORE and AFTER may be NULL. */
gboolean regie_journal_append (sqlite3 *user,
                               RegieStoreJob *job,
                               const char *action,
                               RegieIntent *intent,
                               const char *title,
                               JsonObject *before,
                               JsonObject *after,
                               GError **error);
gboolean
regie_journal_put_cache (sqlite3 *cache, RegieStoreJob *job, RegieJournalEntry *entry, GError **error);
/* Queues for the cache what it lacks. */
gboolean regie_journal_fill (sqlite3 *user, RegieStoreJob *job, gint64 after, GError **error);

/* --- regie-store-json.c --- */

/* Compact text with the members of every object in byte order: equal objects, equal text. */
char *regie_store_json_write (JsonObject *object);
/* Text of our own files; NULL when it is damaged. */
JsonObject *regie_store_json_read (const char *text);
/* The texts to be found by words, of the searched fields. */
void regie_store_json_words (const RegieKind *kind, JsonObject *record, GString *words);

/* --- regie-store-live.c --- */

/* The one live record of a row; unloaded when it is new. Transfer full. Main thread, like all of these. */
RegieRecord *regie_store_live_get (RegieStore *self, const RegieKind *kind, guint32 rowid);
/* The same when there is one, else NULL. Transfer none. */
RegieRecord *regie_store_live_peek (RegieStore *self, const RegieKind *kind, guint32 rowid);
/* Fills the live records of these rows; resolves to TRUE. */
DexFuture *regie_store_live_load (RegieStore *self, const RegieKind *kind, const guint32 *rowids, guint n);
/* Reads anew what is alive of CHANGED. */
void regie_store_live_refresh (RegieStore *self, RegieChangedRows *changed);

/* --- regie-list.c --- */

RegieList *regie_list_new (RegieStore *store, const RegieQuery *query);

/* --- regie-store-remote.c --- */

/* Forgets the rows of a connection. */
gboolean regie_store_forget_rows (sqlite3 *db, RegieStoreJob *job, const char *connection, GError **error);

/* --- regie-store-read.c --- */

/* The columns that make a record; see regie_store_read_content. */
char *regie_store_content_sql (const RegieKind *kind, const char *tail);
typedef struct
{
  gint64 rowid;
  char *key, *connection, *remote_id, *etag, *pending;
  gint64 fetched_at;
  JsonObject *data;
} RegieContent;
void regie_content_free (RegieContent *self);
RegieContent *regie_content_new_from_row (sqlite3_stmt *stmt);
void regie_content_apply (RegieContent *self, RegieRecord *record);
/* Binds the values of a query from parameter FIRST on. */
void regie_store_bind_values (sqlite3_stmt *stmt, int first, GPtrArray *values);

G_END_DECLS
