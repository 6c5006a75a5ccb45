/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-context.h"

G_BEGIN_DECLS

/* The tasks of one Digital Human. */

#define REGIE_TYPE_TASKS_VIEW (regie_tasks_view_get_type ())
G_DECLARE_FINAL_TYPE (RegieTasksView, regie_tasks_view, REGIE, TASKS_VIEW, AdwBin)

GtkWidget *regie_tasks_view_new (RegieContext *context, RegieRecord *record);

G_END_DECLS
