/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libdex.h>

G_BEGIN_DECLS

/* What widgets need of futures. Main thread. */

/* VALUE NULL: it was rejected with ERROR. */
typedef void (*RegieSettled) (gpointer object, const GValue *value, const GError *error);

/* Calls SETTLED when FUTURE (transfer full) is settled and OBJECT still lives; holds no reference on it. */
void regie_when_settled (DexFuture *future, gpointer object, RegieSettled settled);

/* Runs on a plain thread; gives what the future is settled with: a new future that is settled already. */
typedef DexFuture *(*RegieThreadFunc) (gpointer data);

/* DATA is freed on the thread after FUNC. One after the other, in order of the calls. */
DexFuture *regie_run_in_thread (RegieThreadFunc func, gpointer data, GDestroyNotify destroy);

G_END_DECLS
