/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-context.h"

G_BEGIN_DECLS

/* Which services a Digital Human may use, and why: its own right, its workspace's, or the built-in one. */

#define REGIE_TYPE_RIGHTS_VIEW (regie_rights_view_get_type ())
G_DECLARE_FINAL_TYPE (RegieRightsView, regie_rights_view, REGIE, RIGHTS_VIEW, AdwBin)

GtkWidget *regie_rights_view_new (RegieContext *context, RegieRecord *record);

G_END_DECLS
