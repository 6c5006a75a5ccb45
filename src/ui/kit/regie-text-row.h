/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* A row with a text of several lines. Property "text", notified as the user types. Tab leaves it. */
#define REGIE_TYPE_TEXT_ROW (regie_text_row_get_type ())
G_DECLARE_FINAL_TYPE (RegieTextRow, regie_text_row, REGIE, TEXT_ROW, AdwPreferencesRow)

/* TITLE is translated. MONOSPACE for JSON and code. */
GtkWidget *regie_text_row_new (const char *title, gboolean monospace);

void regie_text_row_set_text (RegieTextRow *self, const char *text);
char *regie_text_row_dup_text (RegieTextRow *self);

/* The view inside, which has the focus and the accessible states. */
GtkWidget *regie_text_row_get_view (RegieTextRow *self);

G_END_DECLS
