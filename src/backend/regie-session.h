/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-profile-private.h"

G_BEGIN_DECLS

/* Who is signed in at one backend: the account, which is no secret, and the tokens, which are. Main context.
 */

typedef struct _RegieSession RegieSession;

RegieSession *regie_session_new (RegieProfile *profile);
void regie_session_free (RegieSession *self);

/* {"workspace", "user", "email" …}: what fills placeholders. Never NULL; borrowed. */
JsonObject *regie_session_get_account (RegieSession *self);
void regie_session_set_account (RegieSession *self, JsonObject *account);

/* {"token", "refresh", "expires_at" (µs, 0: not known)}, or NULL: signed out. Transfer full. */
JsonObject *regie_session_get_secrets (RegieSession *self);
void regie_session_set_secrets (RegieSession *self, JsonObject *secrets);

/* Takes tokens and user from the ANSWER of a step that gives them, which came at NOW (µs). FALSE and PROTOCOL
 * when there is no token in it. */
gboolean regie_session_take (RegieSession *self, JsonObject *answer, gint64 now, GError **error);

/* What a request carries: "Bearer …". NULL: signed out. Transfer full. */
char *regie_session_dup_credential (RegieSession *self);
gint64 regie_session_get_expiry (RegieSession *self); /* µs, 0: not known */
/* It ends within a minute of NOW, or did. */
gboolean regie_session_is_ending (RegieSession *self, gint64 now);
gboolean regie_session_can_refresh (RegieSession *self);
/* What the profile's "refresh" request is sent with. Transfer full. */
JsonObject *regie_session_get_refresh_params (RegieSession *self);

G_END_DECLS
