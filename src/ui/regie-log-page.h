/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-context.h"

G_BEGIN_DECLS

/* The engine's log, followed. */

#define REGIE_TYPE_LOG_PAGE (regie_log_page_get_type ())
G_DECLARE_FINAL_TYPE (RegieLogPage, regie_log_page, REGIE, LOG_PAGE, AdwNavigationPage)

AdwNavigationPage *regie_log_page_new (RegieContext *context);

G_END_DECLS
