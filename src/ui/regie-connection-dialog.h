/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-context.h"

G_BEGIN_DECLS

/* Adds a connection step by step: address, what was found there, signing in, name and colour. Or signs in
 * again to one that is there. */

#define REGIE_TYPE_CONNECTION_DIALOG (regie_connection_dialog_get_type ())
G_DECLARE_FINAL_TYPE (RegieConnectionDialog, regie_connection_dialog, REGIE, CONNECTION_DIALOG, AdwDialog)

AdwDialog *regie_connection_dialog_new (RegieContext *context);

/* Signs in to CONNECTION, and lets it connect at once. */
AdwDialog *regie_connection_dialog_new_sign_in (RegieContext *context, RegieConnection *connection);

/* The navigation, for tests and pictures. Borrowed. */
AdwNavigationView *regie_connection_dialog_get_navigation (RegieConnectionDialog *self);

G_END_DECLS
