/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-context.h"

G_BEGIN_DECLS

/* Who wrote what, when: each write with the values before and after. */

#define REGIE_TYPE_JOURNAL_PAGE (regie_journal_page_get_type ())
G_DECLARE_FINAL_TYPE (RegieJournalPage, regie_journal_page, REGIE, JOURNAL_PAGE, AdwNavigationPage)

AdwNavigationPage *regie_journal_page_new (RegieContext *context);

G_END_DECLS
