/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-context.h"

G_BEGIN_DECLS

/* One service of a Digital Human: the effective access, why it is so, and its own entry to be changed. */

#define REGIE_TYPE_RIGHT_ROW (regie_right_row_get_type ())
G_DECLARE_FINAL_TYPE (RegieRightRow, regie_right_row, REGIE, RIGHT_ROW, AdwExpanderRow)

GtkWidget *regie_right_row_new (RegieContext *context, RegieRecord *human);

/* ITEM: one of "effective-rights". */
void regie_right_row_set_item (RegieRightRow *self, JsonObject *item);

G_END_DECLS
