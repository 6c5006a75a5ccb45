/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-engine-store.h"

G_BEGIN_DECLS

/* What the files of the store share: regie-engine-store*.c, regie-txn*.c, regie-page*.c, regie-events.c. */

/* --- workspaces --- */

typedef struct
{
  int refs;
  char *id;
  RegieDb *db;
  int deleted;          /* its record is: atomic, set after the commit */
  gint64 delivered_seq; /* newest event the watchers were told; main context */
} RegieWorkspace;

RegieWorkspace *regie_workspace_ref (RegieWorkspace *self);
void regie_workspace_unref (RegieWorkspace *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RegieWorkspace, regie_workspace_unref)

typedef struct
{
  RegieDecorateFunc func;
  gpointer data;
} RegieDecorator;

typedef struct _RegieEventQueue RegieEventQueue;

struct _RegieEngineStore
{
  GObject parent_instance;

  char *data_dir;
  char *vfs;
  RegieDbFlags flags;
  char *epoch;
  RegieEventQueue *queue;

  GMutex lock;            /* of all that follows */
  GHashTable *workspaces; /* id -> RegieWorkspace */
  JsonArray *broken;
  GHashTable *decorators; /* RegieKind -> RegieDecorator */
  gboolean closed;
};

/* regie_engine_store_open() with other flags than DURABLE | LOCK: a test shows that it notices the loss. */
RegieEngineStore *
regie_engine_store_open_with (const char *data_dir, const char *vfs, RegieDbFlags flags, GError **error);

/* A reference to the open workspace ID, or NULL. Any thread. */
RegieWorkspace *regie_engine_store_peek (RegieEngineStore *self, const char *id);
/* All of them, in the order of their ids; the deleted ones too when DELETED. */
GPtrArray *regie_engine_store_snapshot (RegieEngineStore *self, gboolean deleted);
char *regie_engine_store_path_of (RegieEngineStore *self, const char *id);
void regie_engine_store_add_broken (RegieEngineStore *self, const char *file, const GError *error);
/* Opens a file and brings its tables up to the kinds. Blocks. */
RegieWorkspace *regie_workspace_open (RegieEngineStore *self, const char *id, GError **error);

/* A workspace's file and what stands beside it. */
void regie_workspace_remove_file (const char *path);

/* Puts in what is computed for each answer: the day's figures of the store itself, the values of a journal
 * entry, then the decorator's. */
void
regie_engine_store_decorate (RegieEngineStore *self, sqlite3 *db, const RegieKind *kind, JsonObject *record);

/* --- regie-engine-identity.c: the epoch --- */

/* Reads DATA_DIR/engine.json, compares what the workspaces' files say of themselves with what it says of
 * them, and writes both anew. Sets self->epoch; a file that is not the one that was closed gives a new one.
 */
gboolean regie_engine_store_settle_epoch (RegieEngineStore *self, GError **error);
void regie_engine_store_note_close (RegieEngineStore *self);

/* --- regie-engine-trash.c --- */

gboolean regie_trash_move (RegieEngineStore *store, const char *path, GError **error);
/* A Digital Human's own database and logs, which its record names no more. */
void regie_trash_human (RegieEngineStore *store, const char *id);
void regie_trash_backup (RegieEngineStore *store, const char *file);
void regie_trash_empty (RegieEngineStore *store);

/* --- regie-engine-schema.c: tables made from kinds --- */

extern const RegieDbSchema regie_workspace_schema;

/* The statements of a kind's table; immutable, any thread. */
typedef struct
{
  const RegieKind *kind;
  gboolean searched; /* has a full-text table */
  char *create;      /* the table with its base columns */
  char *select;      /* id → n, deleted_at, data */
  char *upsert;      /* n, id, rev, created_at, updated_at, deleted_at, data, then the columns' values */
  char *unindex;     /* n */
  char *index;       /* n, words */
  guint n_columns;
  struct RegieColumn
  {
    const RegieField *field;
    gboolean is_key; /* what it is sorted by: folded text, rank of an enum's value */
    char *name;
    const char *type; /* SQL */
  } *columns;
} RegieTable;

const RegieTable *regie_table_of (const RegieKind *kind);
/* Whether FIELD has a column of its own in the kind's table. */
gboolean regie_field_has_column (const RegieField *field);
gboolean regie_field_has_key (const RegieField *field);
/* What FIELD is sorted and compared by: an SQL expression over the table T, never NULL. Static. */
char *regie_field_sort_expression (const RegieKind *kind, const RegieField *field);
gint64 regie_field_rank (const RegieField *field, const char *value);
/* Creates and extends the tables. A RegieDbFunc. */
gboolean regie_schema_settle (sqlite3 *db, gpointer data, GError **error);

/* Writes the row and its words; returns its n, -1 with ERROR. N -1: a new one. DELETED_AT 0: none. */
gint64 regie_table_write (const RegieTable *self,
                          sqlite3 *db,
                          gint64 n,
                          JsonObject *record,
                          gint64 deleted_at,
                          gboolean words_changed,
                          GError **error);
/* The text that a record is found by. */
char *regie_table_words (const RegieTable *self, JsonObject *record);
/* A record out of the JSON that is stored. */
JsonObject *regie_record_parse (const char *data);

/* --- regie-txn.c --- */

struct _RegieTxn
{
  RegieEngineStore *store;
  RegieWorkspace *workspace;
  sqlite3 *db;
  char *who;
  gint64 now;
  gboolean keep_times;
  GPtrArray *events; /* JsonObject */
  int deleted;       /* what the workspace's record became; -1: as it was */
};

/* Runs FUNC as one change on the writer's connection DB. */
gboolean regie_txn_run (RegieEngineStore *store,
                        RegieWorkspace *workspace,
                        sqlite3 *db,
                        RegieTxnFunc func,
                        gpointer data,
                        GError **error);

/* Fills "before" and "after" of a journal entry. */
void regie_audit_complete (sqlite3 *db, JsonObject *record);

/* --- regie-day.c: the figures of the last 24 h from the minutes --- */

typedef struct
{
  gint64 tasks, errors;
  gint64 latency_p50, latency_p95; /* ms; -1 without tasks */
} RegieDayFigures;

void regie_day_figures (sqlite3 *db, const char *digital_human, RegieDayFigures *figures);
void regie_day_decorate (sqlite3 *db, JsonObject *record);
/* Makes regie_day(ID, FIELD) usable on DB until *_end; NULL and ERROR when the minutes cannot be read. */
gboolean regie_day_begin (sqlite3 *db, GError **error);
void regie_day_end (sqlite3 *db);

/* --- regie-events.c --- */

RegieEventQueue *regie_event_queue_new (RegieEngineStore *store);
void regie_event_queue_free (RegieEventQueue *self);
/* Takes the events of a commit; any thread. */
void regie_event_queue_push (RegieEventQueue *self, RegieWorkspace *workspace, GPtrArray *events);
/* Gives the event its number and stores it. */
JsonObject *
regie_event_append (RegieTxn *txn, const RegieKind *kind, const char *id, gboolean deleted, GError **error);

/* --- threads --- */

/* Runs FUNC on a plain thread; resolves to the boxed value that it puts into RESULT. */
typedef gboolean (*RegieThreadFunc) (gpointer data, GValue *result, GError **error);
DexFuture *regie_thread_run (RegieThreadFunc func, gpointer data, GDestroyNotify destroy);

/* --- regie-page-where.c: what a list is filtered, searched and sorted by, as SQL --- */

typedef enum
{
  REGIE_BOUND_INT,
  REGIE_BOUND_NUMBER,
  REGIE_BOUND_TEXT
} RegieBoundType;

/* A value to bind, or a key that a row is sorted by. */
typedef struct
{
  RegieBoundType type;
  gint64 integer;
  double number;
  char *text;
} RegieBound;

void regie_bound_free (RegieBound *self);
void regie_bound_bind (const RegieBound *self, sqlite3_stmt *stmt, int i);
RegieBound *regie_bound_column (sqlite3_stmt *stmt, int column, RegieBoundType type);
int regie_bound_compare (const RegieBound *a, const RegieBound *b);
RegieBoundType regie_field_bound_type (const RegieField *field);

typedef struct
{
  const RegieKind *kind;
  GString *sql;      /* " AND …" */
  GPtrArray *values; /* RegieBound, in the order of the marks */
  gboolean uses_day; /* regie_day() is called */
} RegieWhere;

RegieWhere *regie_where_new (const RegieKind *kind);
void regie_where_free (RegieWhere *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RegieWhere, regie_where_free)
gboolean
regie_where_add (RegieWhere *self, const char *name, const char *op, const char *value, GError **error);
gboolean regie_where_add_words (RegieWhere *self, const char *words, GError **error);

/* An indexed field of KIND, or "id"; else INVALID. */
const RegieField *
regie_page_find_field (const RegieKind *kind, const char *name, const char *purpose, GError **error);

/* --- regie-page-minutes.c: kind "metric", whose rows have no JSON --- */

#define REGIE_MINUTE_TABLE                                                                                   \
  "(SELECT printf ('%%08x', at / 1000000) || substr (digital_human, 9) AS id, at AS created_at, at AS "      \
  "updated_at,"                                                                                              \
  " '%s' AS workspace, * FROM metric)"

/* From a row of that table whose first columns are id, workspace, digital_human, at, tasks, errors,
 * latency_p50, latency_p95, cpu, memory, beginning with FIRST. */
JsonObject *regie_minute_to_record (sqlite3_stmt *stmt, int first);
#define REGIE_MINUTE_COLUMNS                                                                                 \
  "t.id, t.workspace, t.digital_human, t.at, t.tasks, t.errors, t.latency_p50, t.latency_p95, t.cpu, "       \
  "t.memory"
JsonObject *regie_minute_find (sqlite3 *db, const char *workspace, const char *id, GError **error);

G_END_DECLS
