/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-known-order.h"
#include "regie-list.h"
#include "regie-store-private.h"

G_BEGIN_DECLS

/* A window full of them. A view builds some 200 rows, seen or not, and that would keep these from being seen.
 */
#define REGIE_LIST_FIRST_ROWS 36

/* What a list asks of the cache: the rows of its query in order. Made and answered on the main thread, worked
 * out on the store's reading thread. */
typedef struct
{
  GWeakRef list;
  RegieQuery *query;
  GArray *shown;      /* guint32: the rows that the list shows */
  guint number;       /* counts the list's questions */
  gboolean new_query; /* SHOWN answers another query than this one */
  gint64 generation;  /* of the cache: what SHOWN is the whole answer of (-1: it is not); then that of ROWS */
  RegieKnownOrder *known; /* of this query without its words, or NULL; brought up to date */

  GArray *rows;    /* the answer */
  GArray *splices; /* from SHOWN to ROWS, or NULL where that is not worked out */
} RegieListQuestion;

/* Takes copies and references. */
RegieListQuestion *regie_list_question_new (RegieList *list, const RegieQuery *query, GArray *shown);

/* Takes SELF. ANSWERED gets it as the job's data, on the main thread; the future is rejected when it could
 * not be answered. The first rows of a new query's answer are handed ahead to regie_list_take_first_rows().
 */
DexFuture *regie_list_question_ask (RegieListQuestion *self,
                                    RegieStore *store,
                                    gboolean (*answered) (RegieStoreJob *job));

G_END_DECLS
