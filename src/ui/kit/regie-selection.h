/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "regie-list.h"

G_BEGIN_DECLS

/* A selection of any number of rows of a RegieList. GtkMultiSelection holds an object for each selected row,
 * which would make all of a million records to select them; this one holds positions. Up to a few hundred
 * selected rows are found again by their key when they move.
 *
 * It is a GListModel and GtkSelectionModel. */
#define REGIE_TYPE_SELECTION (regie_selection_get_type ())
G_DECLARE_FINAL_TYPE (RegieSelection, regie_selection, REGIE, SELECTION, GObject)

RegieSelection *regie_selection_new (void);

/* LIST may be NULL: empty. */
void regie_selection_set_list (RegieSelection *self, RegieList *list);
RegieList *regie_selection_get_list (RegieSelection *self);

guint64 regie_selection_get_n_selected (RegieSelection *self);

/* The lowest position selected, GTK_INVALID_LIST_POSITION when there is none. */
guint regie_selection_get_first (RegieSelection *self);

/* The positions in rising order; newly allocated, N of them. */
guint *regie_selection_dup_positions (RegieSelection *self, guint *n_positions);

G_END_DECLS
