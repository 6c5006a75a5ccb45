/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-context.h"

G_BEGIN_DECLS

/* What needs me? How many work, what fails and why with the button beside it, and how the last hours went. */

#define REGIE_TYPE_OVERVIEW_PAGE (regie_overview_page_get_type ())
G_DECLARE_FINAL_TYPE (RegieOverviewPage, regie_overview_page, REGIE, OVERVIEW_PAGE, AdwNavigationPage)

AdwNavigationPage *regie_overview_page_new (RegieContext *context);

G_END_DECLS
