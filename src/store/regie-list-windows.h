/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-store-private.h"

G_BEGIN_DECLS

/* Fills the records of a list by windows of neighbours, the newest request first, and keeps the last ones. */

/* Rows read together. */
#define REGIE_WINDOW_ROWS 200

typedef struct _RegieWindows RegieWindows;

RegieWindows *regie_windows_new (RegieStore *store, const RegieKind *kind);
void regie_windows_free (RegieWindows *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RegieWindows, regie_windows_free)

/* Asks for these rows (at most REGIE_WINDOW_ROWS); those that are loaded or asked for already are left out.
 */
void regie_windows_request (RegieWindows *self, const guint32 *rowids, guint n);
/* Whether the row is asked for and has not come yet. */
gboolean regie_windows_is_waiting (RegieWindows *self, guint32 rowid);

G_END_DECLS
