/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-context.h"

G_BEGIN_DECLS

/* Any record of a kind that has no page of its own: its fields, and what can be done to it. */

#define REGIE_TYPE_RECORD_PAGE (regie_record_page_get_type ())
G_DECLARE_FINAL_TYPE (RegieRecordPage, regie_record_page, REGIE, RECORD_PAGE, AdwNavigationPage)

AdwNavigationPage *regie_record_page_new (RegieContext *context, const RegieKind *kind, const char *key);

G_END_DECLS
