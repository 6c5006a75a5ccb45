/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-error.h"

G_BEGIN_DECLS

/* Walks over JSON text once, without recursion, and refuses what is over the limits of regie-limits.h
 * (size, depth, string length, items of one container) or is not UTF-8. It does not check the grammar. */
gboolean regie_json_guard (const char *text, gsize length, GError **error);

G_END_DECLS
