/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-context.h"

G_BEGIN_DECLS

/* A log, followed while it is shown. SOURCE: "engine" or a Digital Human's remote id. */

#define REGIE_TYPE_LOG_VIEW (regie_log_view_get_type ())
G_DECLARE_FINAL_TYPE (RegieLogView, regie_log_view, REGIE, LOG_VIEW, AdwBin)

GtkWidget *regie_log_view_new (RegieContext *context, const char *source);

G_END_DECLS
