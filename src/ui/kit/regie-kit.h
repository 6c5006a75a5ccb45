/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-connection-mark.h"
#include "regie-detail.h"
#include "regie-form.h"
#include "regie-format.h"
#include "regie-record-dialog.h"
#include "regie-ref-row.h"
#include "regie-status-label.h"
#include "regie-table.h"
#include "regie-text-safe.h"

G_BEGIN_DECLS

/* Registers the kit's resources, its style sheet on the default display, and its types (for templates).
 * After adw_init(); every widget of the kit calls it by itself, a second call does nothing. */
void regie_kit_init (void);

/* Ctrl+Enter anywhere in DIALOG does ACTION_NAME, before a text with several lines would take it as a new
 * line. */
void regie_kit_add_accept_key (GtkWidget *dialog, const char *action_name);

/* Makes DIALOG as much larger as the user's text is. HEADER (may be NULL), whose buttons say what is done:
 * its title gives way to them where both do not fit. */
void regie_kit_fit_dialog (AdwDialog *dialog, AdwHeaderBar *header);

G_END_DECLS
