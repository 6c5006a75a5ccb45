/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* What Régie does and how one begins, in a page of questions. */
AdwDialog *regie_help_dialog_new (void);

G_END_DECLS
