/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "regie-store.h"

G_BEGIN_DECLS

/* The list of a kind, of any length: columns from the kind's fields, search as one types, filters, saved
 * views, several selected, export. Under 500 sp of width it becomes a list of two-line rows. Sorting,
 * filtering and searching are the store's. State is kept as the store value "table/NAME" and views as
 * "view/KIND/NAME".
 *
 * Signals:
 *  "open" (RegieRecord *)        a row was activated (Enter, double click; one tap in the narrow form)
 *  "selection-changed" ()
 *  "query-changed" ()            by the user or the page: base, filters, words or order
 *
 * Properties: "narrow" (read-only), "show-connection" (the mark of the connection in front of each row).
 *
 * Actions of its own, usable in menus and shortcuts below it: table.search (Ctrl+F), table.clear,
 * table.select-all (Ctrl+A), table.select-none (Escape), table.export-csv, table.export-json,
 * table.save-view. */
#define REGIE_TYPE_TABLE (regie_table_get_type ())
G_DECLARE_FINAL_TYPE (RegieTable, regie_table, REGIE, TABLE, AdwBin)

/* NAME tells one place from another where the same kind is listed ("digital-humans", "workspace-tasks"). */
RegieTable *regie_table_new (RegieStore *store, const RegieKind *kind, const char *name);

/* --- what is listed --- */

/* Conditions that always hold, and the order as long as the user chose none. Filters are not offered for
 * fields with a condition here, nor their columns shown by default. Copied. */
void regie_table_set_base_query (RegieTable *self, const RegieQuery *query);

/* The whole present query: base, filters, words, order. Owned by the table. */
const RegieQuery *regie_table_get_query (RegieTable *self);

/* Replaces the user's filter of FIELD (an enum, ref or bool field) by these values (NULL: none); as if
 * chosen in the popover. */
void regie_table_set_filter (RegieTable *self, const char *field, const char *const *values);
void regie_table_clear_filters (RegieTable *self);

/* The words searched; as if typed. */
void regie_table_set_words (RegieTable *self, const char *words);

/* The model shown, borrowed. */
RegieList *regie_table_get_list (RegieTable *self);

/* --- columns --- */

typedef struct
{
  const char *id;         /* remembered under this name; that of a field replaces the field's column */
  const char *title;      /* translated */
  const char *sort_field; /* an indexed field, or NULL: not sortable */
  gboolean numeric;       /* right-aligned */
  gboolean expand;
  gboolean hidden; /* until the user shows it */
  int width;       /* of the content in pixels, 0: natural */
  /* Makes the empty cell; everything is made here, nothing in update. */
  GtkWidget *(*create) (RegieTable *table, gpointer data);
  /* Shows RECORD (never NULL, loaded) in CELL; also called when it changes. Must not block. */
  void (*update) (GtkWidget *cell, RegieRecord *record, gpointer data);
  gpointer data;
  GDestroyNotify destroy;
} RegieTableColumn;

/* Adds a column of one's own before the column AFTER's successor (AFTER: an id, NULL: at the end). Strings
 * are copied. Before the table is first shown. */
void regie_table_add_column (RegieTable *self, const RegieTableColumn *column, const char *after);

/* The ids of the fields' columns shown by default, in order, NULL-terminated; the rest stays in the menu. */
void regie_table_set_default_columns (RegieTable *self, const char *const *ids);

/* The fields shown in the narrow form: title line, second line's texts (joined by " · "), status at the
 * right (an enum field, or NULL). By default the kind's title, the first columns, the field "state". */
void regie_table_set_narrow_fields (RegieTable *self,
                                    const char *title,
                                    const char *const *details,
                                    const char *status);

/* --- what can be done --- */

/* The page shown when there is nothing at all to list. ICON, TITLE, DESCRIPTION as in AdwStatusPage, plain
 * text; ACTION_LABEL and ACTION_NAME (detailed) a button, or NULL. */
void regie_table_set_empty (RegieTable *self,
                            const char *icon,
                            const char *title,
                            const char *description,
                            const char *action_label,
                            const char *action_name);

/* The menu of a row by right click, Menu key, Shift+F10 or long press; the row is selected first. Its
 * actions are looked up from the table upwards. */
void regie_table_set_row_menu (RegieTable *self, GMenuModel *menu);

/* Sections added at the top of the table's own menu (the "view more" button). */
void regie_table_set_extra_menu (RegieTable *self, GMenuModel *menu);

/* A button in the bar that shows while something is selected. ICON is shown alone in the narrow form.
 * ACTION_NAME is detailed and looked up from the table upwards. */
void regie_table_add_selection_action (RegieTable *self,
                                       const char *label,
                                       const char *icon,
                                       const char *action_name,
                                       gboolean destructive);

/* KEY (as gtk_shortcut_trigger_parse_string() reads it) does ACTION_NAME while the focus is in the rows. Keys
 * bound above the table do not see what a search entry could take, such as Delete, because typing in the rows
 * searches. */
void regie_table_add_key (RegieTable *self, const char *key, const char *action_name);

/* A widget at the end of the toolbar. */
void regie_table_add_toolbar_widget (RegieTable *self, GtkWidget *widget);

/* --- selection --- */

guint64 regie_table_get_n_selected (RegieTable *self);

/* The keys selected, in the order of the list, without making items. Resolves to a GStrv. */
DexFuture *regie_table_dup_selected_keys (RegieTable *self);

/* The record when exactly one is selected, else NULL. Transfer full. */
RegieRecord *regie_table_dup_selected_record (RegieTable *self);

/* Selects the row with this key only and scrolls to it, once it is in the list. Resolves to whether it was
 * found. */
DexFuture *regie_table_select_key (RegieTable *self, const char *key);

void regie_table_unselect_all (RegieTable *self);

/* --- export --- */

/* Writes all rows of the query to FILE as it stands now; FORMAT "csv" or "json". Resolves to the number of
 * rows (int64). The menu asks for the file itself. */
DexFuture *regie_table_export (RegieTable *self, GFile *file, const char *format);

/* --- focus --- */

/* Focus into the search entry, and into the rows. */
void regie_table_focus_search (RegieTable *self);
void regie_table_focus_rows (RegieTable *self);

gboolean regie_table_get_narrow (RegieTable *self);
void regie_table_set_show_connection (RegieTable *self, gboolean show);

/* Resolves once saved state and views are read; tests and pages that set filters by themselves wait for it.
 */
DexFuture *regie_table_when_ready (RegieTable *self);

G_END_DECLS
