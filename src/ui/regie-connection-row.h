/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-context.h"

G_BEGIN_DECLS

/* A connection, how it is, and what can be done with it: connect now, and for one that was added, sign in
 * and remove. */

#define REGIE_TYPE_CONNECTION_ROW (regie_connection_row_get_type ())
G_DECLARE_FINAL_TYPE (RegieConnectionRow, regie_connection_row, REGIE, CONNECTION_ROW, AdwExpanderRow)

GtkWidget *regie_connection_row_new (RegieContext *context, RegieConnection *connection);
RegieConnection *regie_connection_row_get_connection (RegieConnectionRow *self);

G_END_DECLS
