/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* One line of text in a list. GtkInscription makes a Pango context and layout for each of the some 1,600
 * cells that a list builds, which is a fifth of the time that it takes to open; here all cells of a list
 * share its context, and only those that are drawn have a layout. Digits are tabular. The size asked for
 * does not depend on the text. Property "text". */
#define REGIE_TYPE_TEXT_CELL (regie_text_cell_get_type ())
G_DECLARE_FINAL_TYPE (RegieTextCell, regie_text_cell, REGIE, TEXT_CELL, GtkWidget)

/* MIN_CHARS and NAT_CHARS: the width asked for, in average characters. XALIGN 0 or 1. */
GtkWidget *regie_text_cell_new (int min_chars, int nat_chars, float xalign);

/* TEXT from anywhere: made visible, never markup. */
void regie_text_cell_set_text (RegieTextCell *self, const char *text);
const char *regie_text_cell_get_text (RegieTextCell *self);

/* --- for cells of other kinds --- */

typedef struct
{
  int char_width, height; /* in pixels, rounded up */
} RegieCellMetrics;

/* The context that the cells of the list around WIDGET share; borrowed. */
PangoContext *regie_cell_get_context (GtkWidget *widget);
RegieCellMetrics regie_cell_get_metrics (GtkWidget *widget);

/* A layout of one line that ends in "…", with tabular digits. */
PangoLayout *regie_cell_create_layout (GtkWidget *widget, const char *text);

G_END_DECLS
