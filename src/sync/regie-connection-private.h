/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-connection.h"

G_BEGIN_DECLS

/* What the files of this library share. Main context.
 *
 * One fiber leads (life): it connects, waits until the link is lost, and tries again later. While online
 * three things go on, each in a fiber that ends when it has nothing to do: the pull, the events' pump, and
 * the sending of intents. All look at "online" again after each wait. */

/* What a connection is made of. */
typedef struct
{
  const char *id;
  const char *title; /* translated */
  guint hue;
  RegieStore *store;
  RegieBackend *backend;
  const char *engine_socket, *engine_data_dir; /* of this computer's engine, or NULL */
  gboolean start_engine;
} RegieConnectionSetup;

struct _RegieConnection
{
  GObject parent_instance;

  char *id, *title;
  guint hue;
  RegieStore *store;
  RegieBackend *backend;
  char *engine_socket, *engine_data_dir;
  gboolean start_engine;

  RegieConnectionState state;
  char *message;
  gint64 since, synced_at;
  JsonObject *info;
  gboolean no_keyring;

  /* life */
  gboolean stopped, online;
  guint serial; /* counts the links: what waited over a loss belongs to an older one */
  guint attempts;
  gint64 online_since; /* monotonic µs */
  DexPromise *wake;    /* pending while the next try is waited for */
  DexPromise *lost;    /* pending while online */
  DexPromise *gone;    /* pending until it is stopped: what would wait for an answer waits for this too */

  /* pull */
  gboolean pulling, pulled; /* pulled: all FULL kinds are complete as of "after" */
  gboolean pull_again;
  GHashTable *deleted; /* "kind id" of what was deleted during the pull: an older page may bring it back */

  /* events */
  RegieFollower *follower;
  GQueue events; /* JsonObject */
  gboolean pumping, remembered;
  JsonObject *after; /* workspace → seq of what the store has */
  char *epoch;
  guint save_source;

  /* refresh */
  GHashTable *stale;  /* kind → set of ids */
  GHashTable *looked; /* id → gint64 *, monotonic µs of the last look that a heartbeat asked for */
  guint refresh_source;
  gboolean refreshing, info_stale;

  /* push */
  guint in_flight;
  gboolean taking, take_again, reconciling;
  GHashTable *creating;   /* kind → number of creates in flight */
  GHashTable *sent_at;    /* intent → gint64 *, µs: since when its outcome is unknown */
  gint64 push_not_before; /* monotonic µs */
  guint push_source;
  gint64 push_at;          /* monotonic µs: when push_source fires */
  GPtrArray *idle_waiters; /* DexPromise */

  guint poll_source; /* where no events tell */
  gint64 poll_at;    /* monotonic µs: when it fires */
};

RegieConnection *regie_connection_new (const RegieConnectionSetup *setup);
/* Ends everything; nothing happens any more after it returns. */
void regie_connection_stop (RegieConnection *self);

/* --- regie-connection.c --- */

void regie_connection_set_keyring (RegieConnection *self, gboolean keyring);
void regie_connection_set_state (RegieConnection *self, RegieConnectionState state, const char *message);
void regie_connection_set_info (RegieConnection *self, JsonObject *info);
void regie_connection_notify_syncing (RegieConnection *self);
/* FUTURE (taken), or a rejection with CANCELLED as soon as the connection is stopped; what FUTURE waits for
 * is given up then. */
DexFuture *regie_connection_while_here (RegieConnection *self, DexFuture *future);
void regie_connection_emit_event (RegieConnection *self, JsonObject *event);

/* --- regie-connection-life.c --- */

void regie_connection_start (RegieConnection *self);
/* The link is gone, or what came over it makes no sense: leave, and try again. */
void regie_connection_lose (RegieConnection *self, const GError *error);
/* The state that ERROR leaves the connection in. */
RegieConnectionState regie_connection_state_of (const GError *error);

/* --- regie-connection-pull.c --- */

/* Pulls all kinds, once more when it is under way. */
void regie_connection_pull (RegieConnection *self);

/* Where no events tell of changes: pulls again after MS, or earlier when it was to be earlier. */
void regie_connection_poll_in (RegieConnection *self, guint ms);
void regie_connection_stop_poll (RegieConnection *self);

/* A record of EVENT's is deleted, or there again. */
void regie_connection_note_deleted (RegieConnection *self, JsonObject *event, gboolean deleted);

/* --- regie-connection-refresh.c: figures that the backend computes --- */

/* What EVENT's record refers to may have other figures now: it is read again soon. */
void regie_connection_note_change (RegieConnection *self, JsonObject *event);
/* Something is at work: its figures move. Looked at once a minute. */
void regie_connection_note_alive (RegieConnection *self, JsonObject *heartbeat);
/* Asks the backend how it is, and keeps it as "info". */
void regie_connection_refresh_info (RegieConnection *self);
void regie_connection_stop_refresh (RegieConnection *self);

/* --- regie-connection-events.c --- */

/* Reads what was remembered of earlier runs, once; resolves to TRUE. */
DexFuture *regie_connection_remember (RegieConnection *self);
/* Opens the event link; its "hello" starts the pull where one is needed, so that no change falls between. */
void regie_connection_follow (RegieConnection *self);
void regie_connection_unfollow (RegieConnection *self);
void regie_connection_pump (RegieConnection *self);
/* Writes "after" and "synced_at" down soon, or now. */
void regie_connection_save_soon (RegieConnection *self);
void regie_connection_save_now (RegieConnection *self);

/* --- regie-connection-push.c --- */

void regie_connection_push (RegieConnection *self);
/* Intents of unknown outcome that may be sent again with their key are queued again; resolves to TRUE. */
DexFuture *regie_connection_reconcile (RegieConnection *self);
/* Resolves to TRUE when nothing is left that is due. */
DexFuture *regie_connection_flush (RegieConnection *self);
gboolean regie_connection_is_creating (RegieConnection *self, const RegieKind *kind);
void regie_connection_stop_push (RegieConnection *self);

G_END_DECLS
