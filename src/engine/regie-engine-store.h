/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>
#include <libdex.h>

#include "regie-db.h"
#include "regie-kinds.h"

G_BEGIN_DECLS

/* Everything the engine keeps but the Digital Humans' own databases: DATA_DIR/workspaces/ID.db, one file per
 * workspace, holding all kinds' records, the events, the audit, the stored answers, and the minutes. Records
 * are JSON in canonical form (times µs) with typed columns for the indexed fields. Any thread, except where
 * said. */

/* For SQL of one's own (regie_txn_get_db(), regie_engine_store_read()): each kind has the table KIND->table
 * with n INTEGER PRIMARY KEY, id TEXT UNIQUE, rev, created_at, updated_at, deleted_at (NULL: it is there),
 *   one column per field that is indexed and not transient, by its own name (text, enum, ref TEXT; bool 0 or
 * 1; time µs), and data TEXT, the record as JSON; changed through regie_txn_put() and friends only. The
 * minutes of kind "metric" have no such table but this one, written by the supervisor with plain SQL: metric
 * (digital_human TEXT, at INTEGER µs of the minute's start, tasks, errors, latency_p50 and latency_p95 (ms,
 * NULL without tasks), cpu (ms), memory (KiB), PRIMARY KEY (digital_human, at)). tasks_day, errors_day,
 * latency_p50 and latency_p95 of a Digital Human are made from it by the store itself (24 h), so that what a
 * list is sorted by is what it shows; a decorator adds the other transient fields. */

#define REGIE_TYPE_ENGINE_STORE (regie_engine_store_get_type ())
G_DECLARE_FINAL_TYPE (RegieEngineStore, regie_engine_store, REGIE, ENGINE_STORE, GObject)

/* Opens all workspace files below DATA_DIR. A file that is newer or corrupt is left alone and reported by
 * *_list_broken; the others work. Blocks. */
RegieEngineStore *regie_engine_store_open (const char *data_dir, const char *vfs, GError **error);

/* Closes all files, after what is queued. Blocks; not on a database thread. Without it (a last reference
 * dropped) the next opening finds the files as after a crash. */
void regie_engine_store_close (RegieEngineStore *self);
const char *regie_engine_store_get_data_dir (RegieEngineStore *self);

/* Ids of the workspaces that are open (deleted ones included); and a JsonArray of {"file", "error"} for those
 * that are not. Transfer full. */
GStrv regie_engine_store_list_workspaces (RegieEngineStore *self);
JsonArray *regie_engine_store_list_broken (RegieEngineStore *self);

/* --- one change: a function on the workspace's writer thread, in one transaction --- */

typedef struct _RegieTxn RegieTxn; /* lives as long as the function runs */

typedef gboolean (*RegieTxnFunc) (RegieTxn *txn, gpointer data, GError **error);

/* Resolves to TRUE after the commit (durable). DESTROY as in regie_db_write(). WORKSPACE: NOT_FOUND when
 * there is none. */
DexFuture *regie_engine_store_change (RegieEngineStore *self,
                                      const char *workspace,
                                      RegieTxnFunc func,
                                      gpointer data,
                                      GDestroyNotify destroy);

/* Makes the file of a new workspace and runs FUNC in it; the file goes again when FUNC fails. */
DexFuture *regie_engine_store_add_workspace (RegieEngineStore *self,
                                             const char *id,
                                             RegieTxnFunc func,
                                             gpointer data,
                                             GDestroyNotify destroy);

sqlite3 *regie_txn_get_db (RegieTxn *txn);
const char *regie_txn_get_workspace (RegieTxn *txn);

/* Who is asking, for the audit ("you", "engine", "digital-human:ID"); set once at the start of FUNC. */
void regie_txn_set_who (RegieTxn *txn, const char *who);

/* From here on records put anew keep the "created_at" that they bring (an import). */
void regie_txn_keep_times (RegieTxn *txn);

/* A record as stored (transfer full); NOT_FOUND also for deleted ones unless DELETED. */
JsonObject *
regie_txn_get (RegieTxn *txn, const RegieKind *kind, const char *id, gboolean deleted, GError **error);

/* Stores RECORD (inserts or replaces by its "id", given one when it has none), sets rev, created_at,
 * updated_at and workspace in it, updates columns and full text, appends the event. What is equal to what is
 * stored is not written; what is deleted stays so. */
gboolean regie_txn_put (RegieTxn *txn, const RegieKind *kind, JsonObject *record, GError **error);

/* PATCH over what is stored (null takes a member away; not validated); returns the new record (transfer
 * full). EXPECTED_REV -1: whatever it is; else CONFLICT. */
JsonObject *regie_txn_patch (RegieTxn *txn,
                             const RegieKind *kind,
                             const char *id,
                             JsonObject *patch,
                             gint64 expected_rev,
                             GError **error);

/* Marks it deleted (kept 30 days), or takes that back. Return the record. */
JsonObject *regie_txn_delete (RegieTxn *txn, const RegieKind *kind, const char *id, GError **error);
JsonObject *regie_txn_restore (RegieTxn *txn, const RegieKind *kind, const char *id, GError **error);

/* An entry of the journal. BEFORE and AFTER hold what changed; either may be NULL. */
gboolean regie_txn_audit (RegieTxn *txn,
                          const char *action,
                          const RegieKind *kind,
                          JsonObject *record,
                          JsonObject *before,
                          JsonObject *after,
                          const char *reason,
                          GError **error);

/* Stored answers of Idempotency-Key: *_recall gives the stored {"request", "status", "body"} or NULL. */
JsonObject *regie_txn_recall (RegieTxn *txn, const char *key);
gboolean regie_txn_remember (RegieTxn *txn, const char *key, JsonObject *answer, GError **error);

/* --- reading --- */

typedef struct
{
  const RegieKind *kind;
  const char *workspace; /* NULL: all */
  const char *const
      *where; /* triples field, op ("eq" "ne" "lt" "le" "gt" "ge" "in"), value; NULL-terminated, or NULL */
  const char *words; /* or NULL */
  const char *sort;  /* indexed field or "id"; NULL "id" */
  gboolean descending;
  const char *cursor; /* of the page before, or NULL */
  guint limit;
} RegiePageRequest;

/* Merged over the workspaces. Resolves to a JsonObject (JSON_TYPE_OBJECT) {"items": [canonical records],
 * "next", "total"}. INVALID names what is wrong. */
DexFuture *regie_engine_store_page (RegieEngineStore *self, const RegiePageRequest *request);

/* Resolves to a JsonObject in canonical form. */
DexFuture *regie_engine_store_get (RegieEngineStore *self, const RegieKind *kind, const char *id);

/* The workspace that a record is in (transfer full), or NULL. Blocks shortly: plain threads only;
 * *_find_workspace_async resolves to a string or rejects with NOT_FOUND. */
DexFuture *regie_engine_store_find_workspace (RegieEngineStore *self,
                                              const RegieKind *kind,
                                              const char *id,
                                              gboolean deleted);

/* Runs FUNC on a reader of the workspace's file. */
DexFuture *regie_engine_store_read (RegieEngineStore *self,
                                    const char *workspace,
                                    RegieDbFunc func,
                                    gpointer data,
                                    GDestroyNotify destroy);

/* Fills in transient fields (tasks_day, latency …) before a record goes out: called on reader threads with
 * the workspace's connection, for each record. */
typedef void (*RegieDecorateFunc) (sqlite3 *db, JsonObject *record, gpointer data);
void regie_engine_store_set_decorator (RegieEngineStore *self,
                                       const RegieKind *kind,
                                       RegieDecorateFunc func,
                                       gpointer data);

/* --- events --- */

const char *regie_engine_store_get_epoch (RegieEngineStore *self);

/* Called on the main context after each commit, in commit order, with the event as it goes on the wire but
 * for "record", which is canonical. */
typedef void (*RegieEventFunc) (JsonObject *event, gpointer data);
guint regie_engine_store_watch (RegieEngineStore *self, RegieEventFunc func, gpointer data);
void regie_engine_store_unwatch (RegieEngineStore *self, guint id);

/* Events of a workspace after SEQ, oldest first, at most LIMIT: resolves to a JsonArray (JSON_TYPE_ARRAY);
 * the first one is a "gap" when SEQ is older than what is kept. */
DexFuture *
regie_engine_store_events (RegieEngineStore *self, const char *workspace, gint64 after, guint limit);

/* Deletes what is past its time: events and deleted records 30 days, minutes 30 days, stored answers 24 h.
 * Call hourly. */
DexFuture *regie_engine_store_prune (RegieEngineStore *self);

G_END_DECLS
