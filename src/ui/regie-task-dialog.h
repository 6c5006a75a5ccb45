/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-context.h"

G_BEGIN_DECLS

/* Gives a task to a Digital Human: its type, its priority and what that type needs. */

#define REGIE_TYPE_TASK_DIALOG (regie_task_dialog_get_type ())
G_DECLARE_FINAL_TYPE (RegieTaskDialog, regie_task_dialog, REGIE, TASK_DIALOG, AdwDialog)

AdwDialog *regie_task_dialog_new (RegieContext *context, RegieRecord *human);

G_END_DECLS
