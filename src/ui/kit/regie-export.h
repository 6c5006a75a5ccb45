/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-store.h"

G_BEGIN_DECLS

/* Writing a list to a file. Rows are read in pages; text is made and written on a thread. */

/* All rows of LIST in its order as it is now, to FILE, as "csv" or "json". The file appears only when it is
 * complete. Resolves to the number of rows (int64). */
DexFuture *regie_export_list (RegieStore *store, RegieList *list, GFile *file, const char *format);

/* --- the text itself; any thread --- */

/* The line with the names of the columns, and one for a record in wire form, each with its line end (RFC
 * 4180). Text that a spreadsheet would run as a formula gets an apostrophe in front. */
void regie_export_append_csv_head (GString *text, const RegieKind *kind);
void regie_export_append_csv (GString *text, const RegieKind *kind, JsonObject *wire);

G_END_DECLS
