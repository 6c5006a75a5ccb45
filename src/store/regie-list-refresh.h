/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-store-order.h"

G_BEGIN_DECLS

/* How many times it was done; a test looks whether it is. */
extern guint regie_list_n_refreshed;

/* The order ROWS of QUERY after only the rows CHANGED (guint32, each as often as it likes) did: these are
 * taken out and put in where they belong now. NULL with ERROR on failure. SPLICES gets what that means for a
 * list. On a reader thread; transfer full. */
GArray *regie_list_refresh (sqlite3 *db,
                            const RegieQuery *query,
                            GArray *rows,
                            GArray *changed,
                            GArray **splices,
                            GError **error);

G_END_DECLS
