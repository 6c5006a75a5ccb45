/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-backend.h"
#include "regie-endpoint.h"

G_BEGIN_DECLS

/* For sync and for the rest of this library. Main context. */

/* NULL when the address cannot be used: every request rejects with INVALID then. */
RegieEndpoint *regie_backend_get_endpoint (RegieBackend *self);

/* For how long the server asked to be left alone (Retry-After), 0: it did not. */
gint64 regie_backend_get_limited_ms (RegieBackend *self);

/* How often its lists are to be read where it has no events, in seconds. */
guint regie_backend_get_poll_s (RegieBackend *self);

/* For how many hours it knows an idempotency key again; 0: it makes no such promise. */
guint regie_backend_get_key_hours (RegieBackend *self);

G_END_DECLS
