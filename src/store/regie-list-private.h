/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-store-private.h"

G_BEGIN_DECLS

RegieStore *regie_list_get_store (RegieList *self);
/* G_MAXUINT when it is not in the list. */
guint regie_list_find_row (RegieList *self, guint32 row);
/* FALSE beyond the end. */
gboolean regie_list_get_row (RegieList *self, guint position, guint32 *row);
/* ROWS (guint32) begin the answer to the list's question number QUESTION; nothing happens when it is an old
 * one. */
void regie_list_take_first_rows (RegieList *self, guint question, GArray *rows);

G_END_DECLS
