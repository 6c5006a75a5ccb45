/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-engine-store.h"

G_BEGIN_DECLS

/* Runs Digital Humans: one worker process each (this same program with --worker), told over a socketpair,
 * restarted when it dies, and leased tasks. The API calls it after it has checked the request; every function
 * changes the stored records itself, in one transaction with its audit entry. Main context; futures resolve
 * to the record in canonical form (JSON_TYPE_OBJECT) unless said otherwise. WHO as in regie_txn_set_who(). */

#define REGIE_TYPE_SUPERVISOR (regie_supervisor_get_type ())
G_DECLARE_FINAL_TYPE (RegieSupervisor, regie_supervisor, REGIE, SUPERVISOR, GObject)

/* PROGRAM: path of the engine's own program. Also sets the store's decorators. */
RegieSupervisor *regie_supervisor_new (RegieEngineStore *store, const char *program);

/* Starts what was wanted running; tasks found running become queued again (no outward effect) or unknown.
 * Resolves to TRUE. */
DexFuture *regie_supervisor_resume (RegieSupervisor *self);

/* Stops all workers (gracefully, forced after 5 s) and keeps what was wanted. Resolves to TRUE when no
 * process is left. */
DexFuture *regie_supervisor_drain (RegieSupervisor *self);

/* ACTION is one of the kind's actions for digital-human, task, workspace, database or backup. REMEMBER, when
 * not NULL, runs in the same transaction with the record as it became: the API's way to store its answer
 * under the request's Idempotency-Key. DATA is freed by DESTROY on the main context. */
typedef gboolean (*RegieRememberFunc) (RegieTxn *txn, JsonObject *record, gpointer data, GError **error);
DexFuture *regie_supervisor_act (RegieSupervisor *self,
                                 const RegieKind *kind,
                                 const char *id,
                                 const char *action,
                                 JsonObject *params,
                                 const char *who,
                                 RegieRememberFunc remember,
                                 gpointer data,
                                 GDestroyNotify destroy);

/* Tell it that these changed through the API: a new task wakes its worker, a Digital Human that was deleted
 * is stopped, changed settings and rights are sent to the worker. */
void regie_supervisor_record_changed (RegieSupervisor *self,
                                      const RegieKind *kind,
                                      JsonObject *record,
                                      gboolean deleted);

/* Pauses or resumes the outward actions of everything. Resolves to TRUE. */
DexFuture *regie_supervisor_set_paused (RegieSupervisor *self, gboolean paused, const char *who);
gboolean regie_supervisor_get_paused (RegieSupervisor *self);
guint regie_supervisor_count_running (RegieSupervisor *self);

/* {"items": […]} and the summary as in docs/engine-api.md, in canonical form. */
DexFuture *regie_supervisor_effective_rights (RegieSupervisor *self, const char *digital_human);
DexFuture *regie_supervisor_summary (RegieSupervisor *self,
                                     const char *window,
                                     const char *workspace,
                                     const char *digital_human);

/* {"lines", "next"} of a log; SOURCE "engine" or a Digital Human's id. */
DexFuture *regie_supervisor_read_log (RegieSupervisor *self,
                                      const char *source,
                                      gint64 after,
                                      const char *level,
                                      guint limit);

/* Whole workspace to one text and back. *_export resolves to GBytes (G_TYPE_BYTES), *_import to the new
 * workspace's record; *_sample likewise (STATE when it is there). REMEMBER, when not NULL, as for *_act(): it
 * runs in the transaction that makes the workspace. */
DexFuture *regie_supervisor_export (RegieSupervisor *self, const char *workspace);
DexFuture *regie_supervisor_import (RegieSupervisor *self,
                                    GBytes *text,
                                    const char *who,
                                    RegieRememberFunc remember,
                                    gpointer data,
                                    GDestroyNotify destroy);
DexFuture *regie_supervisor_add_sample (RegieSupervisor *self,
                                        const char *who,
                                        RegieRememberFunc remember,
                                        gpointer data,
                                        GDestroyNotify destroy);

/* "heartbeat" (JsonObject *event): transient, as on the wire; emitted about each 2 s per running Digital
 * Human. */

/* The worker's main, for `regie-engine --worker`: FD is the control socket. Returns the exit status. */
int regie_worker_run (int fd);

G_END_DECLS
