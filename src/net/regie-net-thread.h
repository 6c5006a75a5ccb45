/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The one thread on which all sockets of the program live; it starts at first use and ends with the
 * program. libsoup's sessions belong to the thread that made them, so everything about one is run here. */

/* Its main context; it is the thread-default context of the functions that run there. */
GMainContext *regie_net_context (void);

/* Runs FUNC (DATA) on it soon, in the order of the calls; DESTROY on that thread afterwards. */
void regie_net_invoke (GSourceOnceFunc func, gpointer data, GDestroyNotify destroy);

/* For assertions. */
gboolean regie_net_is_current (void);

G_END_DECLS
