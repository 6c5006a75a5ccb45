/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <libdex.h>

#include "regie-endpoint.h"
#include "regie-kinds.h"

G_BEGIN_DECLS

/* A profile turned into requests: speaks to one deployed backend in our vocabulary. Records go in and out in
 * canonical form. Main context (the requests themselves run on net's thread). */

#define REGIE_TYPE_PROFILE (regie_profile_get_type ())
G_DECLARE_FINAL_TYPE (RegieProfile, regie_profile, REGIE, PROFILE, GObject)

/* Reads and checks one profile (data/profiles/README.md); INVALID names line or pointer and reason. */
RegieProfile *regie_profile_load (GBytes *json, const char *file_name, GError **error);
/* The built-in ones and the user's: GPtrArray of RegieProfile; faults of the user's are warned about through
 * WARNINGS (GStrv), may be NULL. */
GPtrArray *regie_profiles_load_all (GStrv *warnings);
/* The one of that name in PROFILES; borrowed, NULL when there is none. */
RegieProfile *regie_profiles_find (GPtrArray *profiles, const char *name);
const char *regie_profile_get_name (RegieProfile *self);  /* "regie" */
const char *regie_profile_get_title (RegieProfile *self); /* "Régie engine" */
/* What it is in a sentence, English like the title; NULL when the profile says nothing. */
const char *regie_profile_get_about (RegieProfile *self);

#define REGIE_TYPE_BACKEND (regie_backend_get_type ())
G_DECLARE_FINAL_TYPE (RegieBackend, regie_backend, REGIE, BACKEND, GObject)

/* ENDPOINTS: role → address ("api" → "unix:/run/…/engine.sock" or "https://…"). FLAGS: whether the user
 * agreed to a link that anybody on the way can read. */
RegieBackend *regie_backend_new (RegieProfile *profile, GHashTable *endpoints, RegieEndpointFlags flags);

/* Finds out which of PROFILES answers at ADDRESS, by asking and looking at what is said; never by its port.
 * Resolves to a RegieBackend (object). Rejects with UNREACHABLE when nobody answers, PROTOCOL when it is none
 * that is known, INVALID when ADDRESS cannot be used. */
DexFuture *regie_backend_find (GPtrArray *profiles, const char *address, RegieEndpointFlags flags);
RegieProfile *regie_backend_get_profile (RegieBackend *self);

/* --- signing in; what needs none is always signed in --- */

/* Signals: "secrets-changed" (tokens came, were renewed or ended: keep what get_secrets() gives now),
 * "signed-out" (the server knows the account no more: ask the user). Until somebody is signed in, everything
 * but probing and signing in rejects with SIGNED_OUT and sends nothing. */
gboolean regie_backend_is_signed_in (RegieBackend *self);

/* The steps of the profile, in order: [{"name", "title", "fields": ["email" …], "tokens": whether it is the
 * one that signs in}]. Transfer full. */
JsonArray *regie_backend_get_steps (RegieBackend *self);

/* Takes one step with what the user typed (PARAMS: a text for each of its fields; not kept, but for workspace
 * and address). Resolves to the account (JsonObject); rejects with INVALID naming the field, or as the server
 * said. */
DexFuture *regie_backend_sign_in (RegieBackend *self, const char *step, JsonObject *params);

/* {"workspace", "user", "email" …}: no secrets; to be kept with the connection. Borrowed. */
JsonObject *regie_backend_get_account (RegieBackend *self);
void regie_backend_set_account (RegieBackend *self, JsonObject *account);

/* {"token", "refresh", "expires_at"}, NULL: signed out. For a keyring only. Transfer full. */
JsonObject *regie_backend_get_secrets (RegieBackend *self);
void regie_backend_set_secrets (RegieBackend *self, JsonObject *secrets);

/* µs when the user must sign in again; 0: not known, or it renews itself. */
gint64 regie_backend_get_expiry (RegieBackend *self);

/* What answers there: resolves to a JsonObject (the health answer), rejects with UNREACHABLE or PROTOCOL. */
DexFuture *regie_backend_probe (RegieBackend *self);

/* Whether the backend can do OP ("list", "get", "create", "update", "delete", "restore", or an action's name)
 * on the kind; REASON (may be NULL) gets a translatable English sentence when not. */
gboolean regie_backend_can (RegieBackend *self, const RegieKind *kind, const char *op, const char **reason);

/* One page: resolves to a JsonObject {"items": […], "next": text or null, "total"}. PARAMS: further query
 * parameters or NULL. */
DexFuture *regie_backend_list (RegieBackend *self,
                               const RegieKind *kind,
                               JsonObject *params,
                               const char *cursor,
                               guint limit);
DexFuture *regie_backend_get (RegieBackend *self, const RegieKind *kind, const char *remote_id);

/* Writes resolve to a JsonObject {"record": {…} or null, "remote_id", "etag"}. They reject with UNREACHABLE
 * when nothing was sent, UNKNOWN when it was sent and no answer came, CONFLICT when the server has another
 * version, INVALID, DENIED … as the server said, its words in the message. IDEMPOTENCY_KEY and ETAG may be
 * NULL. */
DexFuture *regie_backend_create (RegieBackend *self,
                                 const RegieKind *kind,
                                 JsonObject *fields,
                                 const char *idempotency_key);
DexFuture *regie_backend_update (RegieBackend *self,
                                 const RegieKind *kind,
                                 const char *remote_id,
                                 JsonObject *patch,
                                 const char *etag,
                                 const char *idempotency_key);
DexFuture *regie_backend_delete (RegieBackend *self,
                                 const RegieKind *kind,
                                 const char *remote_id,
                                 const char *idempotency_key);
DexFuture *regie_backend_act (RegieBackend *self,
                              const RegieKind *kind,
                              const char *remote_id,
                              const char *action,
                              JsonObject *params,
                              const char *idempotency_key);

/* A named request of the profile that is no record ("health", "summary", "logs", "effective-rights", "pause",
 * "resume", "export", "import", "sample", "drain"). PARAMS fill its path and query. Resolves to a JsonObject;
 * "export" to GBytes (as G_TYPE_BYTES); BODY only for "import". */
DexFuture *regie_backend_request (RegieBackend *self, const char *name, JsonObject *params, GBytes *body);

/* Whether an UNKNOWN write may be sent again with the same key (the server promises idempotency). */
gboolean regie_backend_is_idempotent (RegieBackend *self);

/* Follows the backend's events until unreffed. Signals on the main context:
 *   "event" (JsonObject *): as in docs/engine-api.md, "record" in canonical form
 *   "closed" (GError *): the link is gone; open a new one with the last "after" */
#define REGIE_TYPE_FOLLOWER (regie_follower_get_type ())
G_DECLARE_FINAL_TYPE (RegieFollower, regie_follower, REGIE, FOLLOWER, GObject)
/* NULL when the backend has no events. AFTER: workspace → seq (JsonObject) or NULL. */
RegieFollower *regie_backend_follow (RegieBackend *self, JsonObject *after, const char *epoch);

G_END_DECLS
