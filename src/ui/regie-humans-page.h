/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-context.h"
#include "regie-table.h"

G_BEGIN_DECLS

/* All Digital Humans: who is doing badly? */

#define REGIE_TYPE_HUMANS_PAGE (regie_humans_page_get_type ())
G_DECLARE_FINAL_TYPE (RegieHumansPage, regie_humans_page, REGIE, HUMANS_PAGE, AdwNavigationPage)

AdwNavigationPage *regie_humans_page_new (RegieContext *context);

/* Its table, to set a filter from elsewhere. */
RegieTable *regie_humans_page_get_table (RegieHumansPage *self);

G_END_DECLS
