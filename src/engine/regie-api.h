/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-engine-store.h"
#include "regie-supervisor.h"

G_BEGIN_DECLS

/* The engine's HTTP API as docs/engine-api.md describes it. Main context. */

#define REGIE_TYPE_API (regie_api_get_type ())
G_DECLARE_FINAL_TYPE (RegieApi, regie_api, REGIE, API, GObject)

RegieApi *regie_api_new (RegieEngineStore *store, RegieSupervisor *supervisor);

/* Which build this is, as /v1/health says it; the version when it is never said. */
void regie_api_set_build (RegieApi *self, const char *build);

/* Takes the Unix socket PATH (mode 0600; its folder is made with 0700), to processes of this user only. A
 * socket that nobody answers at is taken over. LOCKED when somebody does; INVALID when PATH cannot be a
 * socket's. */
gboolean regie_api_listen (RegieApi *self, const char *path, GError **error);

/* Answers from now on, also those who connected since *_listen(). */
void regie_api_serve (RegieApi *self);

/* Takes no more connections, ends those there are and removes the socket. */
void regie_api_stop (RegieApi *self);

/* "drain" (): a client asked for the end of the engine; emitted after it was answered. */

/* How many requests were answered, by status class 0 (none) to 5; and how many readers of events there are.
 */
guint64 regie_api_count_requests (RegieApi *self, guint status_class);
guint regie_api_count_event_readers (RegieApi *self);
guint regie_api_count_connections (RegieApi *self);

G_END_DECLS
