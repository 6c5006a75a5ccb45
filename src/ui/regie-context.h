/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "regie-connection.h"
#include "regie-store.h"

G_BEGIN_DECLS

/* What every page needs: the store, the connections, the settings, the workspace that pages are narrowed to,
 * and one way of doing things to records so that each of them can be undone from the same place. One per
 * program. Main thread. */

#define REGIE_TYPE_CONTEXT (regie_context_get_type ())
G_DECLARE_FINAL_TYPE (RegieContext, regie_context, REGIE, CONTEXT, GObject)

RegieContext *regie_context_new (RegieStore *store, RegieConnections *connections);

RegieStore *regie_context_get_store (RegieContext *self);
RegieConnections *regie_context_get_connections (RegieContext *self);
RegieConnection *regie_context_get_local (RegieContext *self);
GSettings *regie_context_get_settings (RegieContext *self);

/* The workspace that pages show, as ref fields name it (its remote id, or its key until it has one), "" for
 * all. Property "workspace". */
const char *regie_context_get_workspace (RegieContext *self);
void regie_context_set_workspace (RegieContext *self, const char *workspace);

/* How ref fields name a record. Borrowed. */
const char *regie_context_get_ref (RegieRecord *record);

/* A query over KIND narrowed to that workspace where the kind has one. */
RegieQuery *regie_context_query (RegieContext *self, const RegieKind *kind);

/* Acts on a record, then offers to undo it where that is possible. Errors are shown. */
void regie_context_act (RegieContext *self, const RegieKind *kind, const char *key, const char *action);
/* The same for many: one message. KEYS is copied. */
void regie_context_act_many (RegieContext *self,
                             const RegieKind *kind,
                             const char *const *keys,
                             const char *action);
void regie_context_delete_many (RegieContext *self, const RegieKind *kind, const char *const *keys);
void regie_context_update_many (RegieContext *self,
                                const RegieKind *kind,
                                const char *const *keys,
                                JsonObject *patch);

/* One line to the user; TEXT is plain text, never markup. UNDO: ids of intents that its button takes back, or
 * NULL. */
void regie_context_say (RegieContext *self, const char *text, const char *const *undo);

/* Takes back what the newest line with an Undo button named, also when the line is gone. Property "can-undo"
 * says whether there is something. */
void regie_context_undo (RegieContext *self);
/* What went wrong, worded for the user; the server's words under Details. DOING: "The task could not be
 * given" and the like. */
void regie_context_say_error (RegieContext *self, const char *doing, const GError *error);

/* Runs FIBER on the main context with a reference on SELF held until it ends. */
void regie_spawn (gpointer self, DexFiberFunc fiber);

/* Signals: "toast" (AdwToast *), "open" (const char *kind, const char *key): show that record; "workspace"
 * notify. */
void regie_context_open (RegieContext *self, const RegieKind *kind, const char *key);

G_END_DECLS
