/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-store-order.h"

G_BEGIN_DECLS

/* The whole order of a query without words, as it was at a generation of the cache. Searching picks from it
 * what full text finds, which is some milliseconds where walking the index of the sort is a tenth of a
 * second. Immutable, counted, any thread. */
typedef struct
{
  gatomicrefcount refs;
  RegieQuery *query; /* without words */
  GArray *rows;      /* guint32 */
  gint64 generation;
} RegieKnownOrder;

/* ROWS are the answer to QUERY (its words are left aside; there must have been none) and are referenced. */
RegieKnownOrder *regie_known_order_new (const RegieQuery *query, GArray *rows, gint64 generation);
RegieKnownOrder *regie_known_order_ref (RegieKnownOrder *self);
void regie_known_order_unref (RegieKnownOrder *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RegieKnownOrder, regie_known_order_unref)

/* Whether QUERY asks for the same, perhaps with words. */
gboolean regie_known_order_fits (RegieKnownOrder *self, const RegieQuery *query);

/* The same order at GENERATION, which may be SELF; NULL without ERROR when too much has changed since. Reader
 * thread; transfer full. */
RegieKnownOrder *regie_known_order_refresh (RegieKnownOrder *self,
                                            RegieStore *store,
                                            sqlite3 *db,
                                            gint64 generation,
                                            GError **error);

/* Its rows that have the words of QUERY, in order. Reader thread; transfer full. */
GArray *regie_known_order_pick (RegieKnownOrder *self, sqlite3 *db, const RegieQuery *query, GError **error);

G_END_DECLS
