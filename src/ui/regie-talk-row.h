/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-context.h"

G_BEGIN_DECLS

/* One exchange: what the user wrote, and the answer with its evidence, or how far it is. */

#define REGIE_TYPE_TALK_ROW (regie_talk_row_get_type ())
G_DECLARE_FINAL_TYPE (RegieTalkRow, regie_talk_row, REGIE, TALK_ROW, GtkWidget)

GtkWidget *regie_talk_row_new (RegieContext *context);

/* Follows TASK; NULL lets go. */
void regie_talk_row_set_task (RegieTalkRow *self, RegieRecord *task);

G_END_DECLS
