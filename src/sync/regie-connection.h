/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-backend.h"
#include "regie-store.h"

G_BEGIN_DECLS

/* One connection: an account at a backend, kept in step with the store. Pulls each kind, follows events,
 * sends intents, comes back after faults with backoff. Main context. */

typedef enum
{
  REGIE_CONNECTION_CONNECTING,
  REGIE_CONNECTION_ONLINE,
  REGIE_CONNECTION_OFFLINE, /* nobody answers; "since" says since when */
  REGIE_CONNECTION_SIGNED_OUT,
  REGIE_CONNECTION_LIMITED, /* too many requests until … */
  REGIE_CONNECTION_BROKEN   /* it answers what makes no sense */
} RegieConnectionState;

#define REGIE_TYPE_CONNECTION (regie_connection_get_type ())
G_DECLARE_FINAL_TYPE (RegieConnection, regie_connection, REGIE, CONNECTION, GObject)

/* Properties, notified: "state", "message" (why, translatable words of the error or NULL), "since" (int64 µs,
 * of the present state), "syncing" (a first pull is under way), "info" (health answer), "keyring" (whether
 * the keyring took what signs in; TRUE where there is nothing to take). */
const char *regie_connection_get_id (RegieConnection *self); /* "local" for this computer */
const char *regie_connection_get_title (RegieConnection *self);
guint regie_connection_get_hue (RegieConnection *self); /* 0..359 */
RegieBackend *regie_connection_get_backend (RegieConnection *self);
RegieConnectionState regie_connection_get_state (RegieConnection *self);
const char *regie_connection_get_message (RegieConnection *self);
gint64 regie_connection_get_since (RegieConnection *self);
gboolean regie_connection_get_syncing (RegieConnection *self);
gint64 regie_connection_get_synced_at (RegieConnection *self); /* last complete pull, 0 never */
JsonObject *regie_connection_get_info (RegieConnection *self);
/* FALSE: what signs in is remembered until the program ends only. */
gboolean regie_connection_get_keyring (RegieConnection *self);

/* Connects now instead of at the next try; when it is online, asks anew how the backend is ("info"). */
void regie_connection_retry (RegieConnection *self);

/* Reads the newest page of a WINDOW kind matching PARAMS (e.g. digital_human) into the store. Resolves to the
 * number of rows changed. */
DexFuture *
regie_connection_fetch_window (RegieConnection *self, const RegieKind *kind, JsonObject *params, guint limit);

/* "event" (JsonObject *): every event of the backend, heartbeats too, after the store has it. */

/* All connections, as a GListModel of RegieConnection; "local" is always the first. Holds the store. */
#define REGIE_TYPE_CONNECTIONS (regie_connections_get_type ())
G_DECLARE_FINAL_TYPE (RegieConnections, regie_connections, REGIE, CONNECTIONS, GObject)

/* ENGINE_SOCKET NULL: the default. The engine of this computer is started when none answers unless
 * START_ENGINE is FALSE. */
RegieConnections *regie_connections_new (RegieStore *store,
                                         const char *engine_socket,
                                         const char *engine_data_dir,
                                         gboolean start_engine);
RegieStore *regie_connections_get_store (RegieConnections *self);
RegieConnection *regie_connections_get (RegieConnections *self, const char *id);

/* Adds a connection to BACKEND, whose user has signed in where it needs that, and keeps it: DEFINITION is
 * {"title", "hue", "endpoints": {"api": address}, "plain": whether the user agreed to a link that can be read
 * on the way}; its account and tokens come from BACKEND. Resolves to the new connection's id (text) once it
 * is on the disk; whether the keyring took the tokens is the connection's "keyring". */
DexFuture *regie_connections_add (RegieConnections *self, JsonObject *definition, RegieBackend *backend);

/* Keeps the account of the connection ID's backend, after somebody signed in again. Resolves to TRUE. */
DexFuture *regie_connections_keep_account (RegieConnections *self, const char *id);

/* Ends the connection ID, which is not this computer's, and forgets its rows, its outbox and what signed it
 * in. Resolves to TRUE. */
DexFuture *regie_connections_remove (RegieConnections *self, const char *id);

/* Resolves to TRUE when the connections kept by earlier runs are there. */
DexFuture *regie_connections_await_loaded (RegieConnections *self);

/* Ends links; when KEEP_RUNNING is FALSE drains the engine that this program started or found. Resolves to
 * TRUE. */
DexFuture *regie_connections_shutdown (RegieConnections *self, gboolean keep_running);

/* Sends what is due now; the store calls for it by "intents-changed". For tests: resolves when nothing is
 * left to send. */
DexFuture *regie_connections_flush (RegieConnections *self);

G_END_DECLS
