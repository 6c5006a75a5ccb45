/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <libdex.h>

#include "regie-query.h"
#include "regie-record.h"

G_BEGIN_DECLS

/* The records of a query as a GListModel that holds row numbers only: the order is made on a reader thread,
 * items are made when asked for and filled in by windows of neighbours, and a change of the store becomes
 * splices (diff by row number), so that selection and scroll position stay. 1,000,000 rows are a normal case.
 * Main thread only. Items that are still held are the same object whenever they are asked for. */

#define REGIE_TYPE_LIST (regie_list_get_type ())
G_DECLARE_FINAL_TYPE (RegieList, regie_list, REGIE, LIST, GObject)

/* Asks anew; the list keeps what it shows until the answer is there. QUERY is copied. */
void regie_list_set_query (RegieList *self, const RegieQuery *query);
const RegieQuery *regie_list_get_query (RegieList *self);

/* Property "loading": TRUE until the first answer to the present query is told as a whole (notify). Its first
 * rows are told before, the others some tenths of a second later. */
gboolean regie_list_get_loading (RegieList *self);

/* Tells at once what is known of the answer; before something is done to all rows. */
void regie_list_show_all (RegieList *self);

/* NULL, or why the last answer did not come. Property "error-message" (notify). */
const char *regie_list_get_error_message (RegieList *self);

/* Position of a record by its key, GTK_INVALID_LIST_POSITION (G_MAXUINT) when it is not in the list. Resolves
 * to a guint. */
DexFuture *regie_list_find (RegieList *self, const char *key);

/* The keys at these positions, in order, without making items; for actions on a large selection. Resolves to
 * a GStrv (G_TYPE_STRV). */
DexFuture *regie_list_dup_keys (RegieList *self, const guint *positions, guint n_positions);

G_END_DECLS
