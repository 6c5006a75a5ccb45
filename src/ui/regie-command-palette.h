/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-window.h"

G_BEGIN_DECLS

/* Type to find a command or a record of the store; Enter runs or opens it. */

#define REGIE_TYPE_COMMAND_PALETTE (regie_command_palette_get_type ())
G_DECLARE_FINAL_TYPE (RegieCommandPalette, regie_command_palette, REGIE, COMMAND_PALETTE, AdwDialog)

AdwDialog *regie_command_palette_new (RegieWindow *window);

G_END_DECLS
