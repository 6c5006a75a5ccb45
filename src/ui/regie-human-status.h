/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-context.h"

G_BEGIN_DECLS

/* How one Digital Human does: its state, its process, and charts of the last hours. */

#define REGIE_TYPE_HUMAN_STATUS (regie_human_status_get_type ())
G_DECLARE_FINAL_TYPE (RegieHumanStatus, regie_human_status, REGIE, HUMAN_STATUS, AdwBin)

GtkWidget *regie_human_status_new (RegieContext *context, RegieRecord *record);

G_END_DECLS
