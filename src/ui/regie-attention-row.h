/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-context.h"

G_BEGIN_DECLS

/* One thing that needs somebody: what, why in a line, and the button that helps. ITEM is one of the summary's
 * "attention". */
GtkWidget *regie_attention_row_new (RegieContext *context, JsonObject *item);

G_END_DECLS
