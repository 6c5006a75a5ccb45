/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <libdex.h>

#include "regie-list.h"
#include "regie-query.h"
#include "regie-record.h"

G_BEGIN_DECLS

/* The dashboard's truth: user.db (what the user did; durable) and cache.db (what the backends said; may be
 * thrown away). A shown row is the server's base with the pending intents applied, kept so in the cache by
 * the writer at each pull, each intent and each start.
 *
 * Main thread, unless said otherwise; futures resolve on the main context. Signals come after the commit, in
 * commit order: "changed" (const char *kind)                  rows of that kind were added, changed or
 * removed "record-changed" (const char *kind, key)      one row; what a page that shows one record listens to
 * (detail "key") "intents-changed" ()                          the outbox changed "notice" (GError *) a cache
 * was set aside, a disk is full …: something the user should know
 */

#define REGIE_TYPE_STORE (regie_store_get_type ())
G_DECLARE_FINAL_TYPE (RegieStore, regie_store, REGIE, STORE, GObject)

/* Opens DIR (made if missing), with its lock: LOCKED when another dashboard has it. Re-applies pending
 * intents; one found "sending" becomes "unknown". Blocks on the disk; call before the main loop or on a plain
 * thread. VFS: NULL, or a test's. */
RegieStore *regie_store_open (const char *dir, const char *vfs, GError **error);
void regie_store_close (RegieStore *self);

/* --- reading --- */

RegieList *regie_store_list (RegieStore *self, const RegieQuery *query);

/* One live record, shared by all who hold it; it fills in and changes by itself ("changed"). Transfer full.
 */
RegieRecord *regie_store_get (RegieStore *self, const RegieKind *kind, const char *key);

/* The key of a record by its id at the connection. Resolves to a string, rejects with NOT_FOUND. */
DexFuture *
regie_store_find_key (RegieStore *self, const char *connection, const RegieKind *kind, const char *remote_id);

/* Rows that match: resolves to int64. */
DexFuture *regie_store_count (RegieStore *self, const RegieQuery *query);

/* The records of a query at once, at most LIMIT; for export and small lists. Resolves to a GPtrArray of
 * RegieRecord (boxed G_TYPE_PTR_ARRAY). */
DexFuture *regie_store_fetch (RegieStore *self, const RegieQuery *query, guint limit);

/* Words over all kinds: resolves to a GPtrArray of RegieRecord, best first, at most LIMIT. */
DexFuture *regie_store_search (RegieStore *self, const char *words, guint limit);

/* --- what the user does: each resolves once it is on the disk --- */

/* A new record; FIELDS are checked (INVALID names the field). The row is shown at once. Resolves to its key.
 * HOLD_MS: how long undo can still cancel it before anything is sent (0: at once). */
DexFuture *regie_store_create (RegieStore *self,
                               const char *connection,
                               const RegieKind *kind,
                               JsonObject *fields,
                               guint hold_ms);

/* The rest resolve to the intent's id (a string), for undo. PATCH holds changed members only. */
DexFuture *regie_store_update (RegieStore *self,
                               const RegieKind *kind,
                               const char *key,
                               JsonObject *patch,
                               guint hold_ms);
DexFuture *regie_store_delete (RegieStore *self, const RegieKind *kind, const char *key, guint hold_ms);
DexFuture *regie_store_act (RegieStore *self,
                            const RegieKind *kind,
                            const char *key,
                            const char *action,
                            JsonObject *params,
                            guint hold_ms);

/* Takes an intent back: cancelled when nothing was sent yet; else the inverse action is queued where there is
 * one (delete → restore, start → stop, update → the fields as they were). Rejects with STATE when neither is
 * possible. */
DexFuture *regie_store_undo (RegieStore *self, const char *intent);

/* Cancel and retry of one in the outbox, by the user. */
DexFuture *regie_store_cancel_intent (RegieStore *self, const char *intent);
DexFuture *regie_store_retry_intent (RegieStore *self, const char *intent);

/* --- intents, for sync --- */

typedef enum
{
  REGIE_INTENT_HELD,
  REGIE_INTENT_QUEUED,
  REGIE_INTENT_SENDING,
  REGIE_INTENT_SENT,
  REGIE_INTENT_FAILED,
  REGIE_INTENT_UNKNOWN,
  REGIE_INTENT_CONFLICT,
  REGIE_INTENT_CANCELLED
} RegieIntentState;

const char *regie_intent_state_to_string (RegieIntentState state);

typedef enum
{
  REGIE_INTENT_CREATE,
  REGIE_INTENT_UPDATE,
  REGIE_INTENT_DELETE,
  REGIE_INTENT_ACT
} RegieIntentOp;

/* A boxed, reference-counted, immutable snapshot. */
#define REGIE_TYPE_INTENT (regie_intent_get_type ())
typedef struct _RegieIntent RegieIntent;
GType regie_intent_get_type (void);
RegieIntent *regie_intent_ref (RegieIntent *self);
void regie_intent_unref (RegieIntent *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RegieIntent, regie_intent_unref)
const char *regie_intent_get_id (RegieIntent *self); /* UUID, sent as Idempotency-Key */
const char *regie_intent_get_connection (RegieIntent *self);
const RegieKind *regie_intent_get_kind (RegieIntent *self);
const char *regie_intent_get_key (RegieIntent *self);
const char *regie_intent_get_remote_id (RegieIntent *self); /* NULL for a create */
const char *regie_intent_get_etag (RegieIntent *self);      /* of the base it was made on, or NULL */
RegieIntentOp regie_intent_get_op (RegieIntent *self);
const char *regie_intent_get_action (RegieIntent *self);
JsonObject *regie_intent_get_body (RegieIntent *self); /* fields, patch or params; may be NULL */
JsonObject *regie_intent_get_base (RegieIntent *self); /* the values before, of the fields in the body */
RegieIntentState regie_intent_get_state (RegieIntent *self);
const char *regie_intent_get_error (RegieIntent *self);
gint64 regie_intent_get_made_at (RegieIntent *self);
guint regie_intent_get_attempts (RegieIntent *self);

/* The next intent of the connection that may be sent now (FIFO per record; what depends on a create waits for
 * it), marked "sending" on the disk before it resolves. Resolves to a RegieIntent, or to NULL when there is
 * none; *_next_due tells when to ask again for held ones. */
DexFuture *regie_store_take_intent (RegieStore *self, const char *connection);
gint64 regie_store_get_next_due (RegieStore *self, const char *connection);

/* The outcome. SENT: ANSWER is the record in canonical form as the server has it now (or NULL), REMOTE_ID and
 * ETAG with it. FAILED, UNKNOWN, CONFLICT: ERROR says why. QUEUED: nothing left, try later. */
DexFuture *regie_store_finish_intent (RegieStore *self,
                                      RegieIntent *intent,
                                      RegieIntentState state,
                                      JsonObject *answer,
                                      const char *remote_id,
                                      const char *etag,
                                      const GError *error);

/* All intents not yet sent or cancelled, plus those ended in the last day, newest first: GPtrArray of
 * RegieIntent. */
DexFuture *regie_store_list_intents (RegieStore *self);

/* --- what a backend said, for sync --- */

/* Records of one kind in canonical form, each with "id" (and "rev" as ETag where the profile says so).
 * Compared with what is known; only differences are written. Resolves to the number of rows changed. */
DexFuture *
regie_store_put_remote (RegieStore *self, const char *connection, const RegieKind *kind, JsonArray *records);
DexFuture *regie_store_remove_remote (RegieStore *self,
                                      const char *connection,
                                      const RegieKind *kind,
                                      const char *remote_id);

/* A full pull: between begin and end, put_remote marks rows as seen; end removes those of the kind that were
 * not (except rows with pending creates). */
DexFuture *regie_store_begin_pull (RegieStore *self, const char *connection, const RegieKind *kind);
DexFuture *regie_store_end_pull (RegieStore *self, const char *connection, const RegieKind *kind);

/* Forgets all rows and intents of a connection. */
DexFuture *regie_store_forget_connection (RegieStore *self, const char *connection);

/* --- the user's own things, in user.db --- */

/* A named JSON value: window state, saved views ("view/…"), connections ("connection/…"), drafts
 * ("draft/KIND/KEY or new") … _put with NULL removes. The future of a put resolves when it is on the disk.
 * _get resolves to a JsonObject (G_TYPE boxed JSON_TYPE_OBJECT) or NULL; _list to a JsonObject of name →
 * value. */
DexFuture *regie_store_put_value (RegieStore *self, const char *name, JsonObject *value);
DexFuture *regie_store_get_value (RegieStore *self, const char *name);
DexFuture *regie_store_list_values (RegieStore *self, const char *prefix);

/* The dashboard's own journal of its writes: appended by the store itself in the intent's transaction; each
 * row's hash covers the one before. Rows are shown through the kind "audit" with connection "local". Verify
 * resolves to TRUE or rejects with CORRUPT naming the first row that does not fit. */
DexFuture *regie_store_verify_journal (RegieStore *self);

G_END_DECLS
