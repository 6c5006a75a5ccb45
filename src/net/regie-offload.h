/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <libdex.h>

G_BEGIN_DECLS

/* Computes on a plain thread what would hold up the caller's loop or a fiber's small stack: parsing,
 * mapping, writing JSON. */

/* Runs on a worker thread. Initialises RESULT to a type of its choice and sets it, or returns FALSE with
 * ERROR. May read what DATA refers to; it must not keep references to it in RESULT. */
typedef gboolean (*RegieOffloadFunc) (gpointer data, GValue *result, GError **error);

/* Resolves to RESULT. Result and DATA go to the caller's thread as a whole before the future is settled
 * (JsonObject's reference count is not atomic), where DESTROY (DATA) is called as well. Call from a thread
 * that runs a main context. */
DexFuture *regie_offload (RegieOffloadFunc func, gpointer data, GDestroyNotify destroy);

/* Frees DATA on a worker thread: a page of records is some 50,000 small pieces. Nothing else may refer to it.
 */
void regie_offload_free (gpointer data, GDestroyNotify destroy);

G_END_DECLS
