/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-kit.h"

G_BEGIN_DECLS

/* Resources and style sheet of the kit, once; from class_init of each of its widgets. */
void regie_kit_ensure_style (void);

G_END_DECLS
