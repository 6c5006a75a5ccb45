/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-context.h"

G_BEGIN_DECLS

/* Changes the same fields of several records: only what is touched is written. KEYS is copied. */
AdwDialog *regie_bulk_dialog_new (RegieContext *context, const RegieKind *kind, const char *const *keys);

G_END_DECLS
