/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "regie-record.h"
#include "regie-ref-titles.h"

G_BEGIN_DECLS

/* The widget that shows one field of one record in a table. Made once, shown again and again: showing makes
 * no widgets and changes no size. */

GtkWidget *regie_cell_new (const RegieField *field);

/* RECORD not loaded: empty. TITLES is asked for refs. */
void regie_cell_show (GtkWidget *cell, const RegieField *field, RegieRecord *record, RegieRefTitles *titles);

/* The cell of the title column: the connection's mark, the name, a sign that something waits to be sent. */
GtkWidget *regie_title_cell_new (void);
/* The title of RECORD (loaded) as a list shows it. Borrowed. */
const char *regie_cell_get_title (RegieRecord *record);

void regie_title_cell_show (GtkWidget *cell, RegieRecord *record, gboolean with_connection);
/* Another text in place of the record's title. */
void regie_title_cell_set_title (GtkWidget *cell, const char *title);

/* One line of text for a field, for rows and chips: refs by their title, "" for no value. Newly allocated. */
char *regie_cell_format (const RegieField *field, RegieRecord *record, RegieRefTitles *titles);

/* "sending", "failed" … of regie_record_get_pending() for people; NULL for none. Borrowed. */
const char *regie_cell_describe_pending (RegieRecord *record);

/* How wide a cell wants to be, in characters. */
int regie_cell_get_chars (const RegieField *field);

G_END_DECLS
