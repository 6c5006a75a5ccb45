/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* Every command that has a key, by group. Made from the table of regie-commands.h. */
AdwDialog *regie_shortcuts_dialog_new (void);

G_END_DECLS
