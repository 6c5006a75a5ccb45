/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-backend-private.h"
#include "regie-exchange.h"
#include "regie-session.h"

G_BEGIN_DECLS

/* How exchanges go out: signed, in their turn, and once more where a token had ended. Main context. */

struct _RegieBackend
{
  GObject parent_instance;
  RegieProfile *profile;
  RegieHttp *http; /* NULL when the address is not usable */
  GError *unusable;
  gint64 limited_until; /* monotonic µs */
  RegieSession *session;
  DexFuture *refreshing; /* of the tokens, or NULL */
  GHashTable *turns;     /* name of serial requests → DexFuture of the last one in the row */
};

/* EXCHANGE is taken. Resolves to what it wants. */
DexFuture *regie_backend_run (RegieBackend *self, RegieExchange *exchange);

void regie_backend_emit_secrets_changed (RegieBackend *self);
void regie_backend_emit_signed_out (RegieBackend *self);

G_END_DECLS
