/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-context.h"

G_BEGIN_DECLS

/* One Digital Human: how it does, talk, tasks, services, database, log, settings. */

#define REGIE_TYPE_HUMAN_PAGE (regie_human_page_get_type ())
G_DECLARE_FINAL_TYPE (RegieHumanPage, regie_human_page, REGIE, HUMAN_PAGE, AdwNavigationPage)

AdwNavigationPage *regie_human_page_new (RegieContext *context, const char *key);

G_END_DECLS
