/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-query-private.h"
#include "regie-store-private.h"

G_BEGIN_DECLS

/* The rows of a query in order, as regie_query_build_sql() gives them, only sooner: what matches is gathered
 * as a set of row numbers, and the index of the sort is walked past it. */

/* When what is done; tests set them lower, so that few rows do. */
typedef struct
{
  guint sort_itself;  /* at most so many matches are looked up and sorted: walking the index takes longer */
  guint many_matches; /* after so many, the first in order are found by trying */
  guint max_tries;    /* how many rows are tried: more would take longer than the whole answer */
  guint few_rows;     /* a list of fewer asks for its whole order whenever something changed */
} RegieOrderLimits;
extern RegieOrderLimits regie_order_limits;

/* The rows that have the words of QUERY, by number; NULL without ERROR when there is no word in it. */
sqlite3_stmt *regie_store_prepare_words (sqlite3 *db, const RegieQuery *query, GError **error);

/* Called once, with the first rows in order, as soon as they are known; not when all are known as soon. */
typedef void (*RegieFirstRows) (const guint32 *rows, guint n, gpointer data);

/* FIRST may be NULL. N_FIRST: how many rows it wants. Array of guint32, transfer full. On a reader thread. */
GArray *regie_store_order (sqlite3 *db,
                           const RegieQuery *query,
                           guint n_first,
                           RegieFirstRows first,
                           gpointer data,
                           GError **error);

G_END_DECLS
