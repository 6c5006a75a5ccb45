/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-context.h"

G_BEGIN_DECLS

/* Why a Digital Human is in its state: its cause, what was tried and when it is tried again, the errors of
 * its last tasks, and the way out as a button. */
AdwDialog *regie_why_dialog_new (RegieContext *context, RegieRecord *record);

/* The same as lines of plain text; LAST_ERROR: of the newest failed task, or NULL. New. */
char *regie_why_describe (RegieRecord *record, const char *last_error);

G_END_DECLS
