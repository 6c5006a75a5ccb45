/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-filter-set.h"
#include "regie-kit-future.h"
#include "regie-ref-titles.h"
#include "regie-selection.h"
#include "regie-table.h"

G_BEGIN_DECLS

/* One column; owns what a page gave for it. */
#define REGIE_TYPE_COLUMN (regie_column_get_type ())
G_DECLARE_FINAL_TYPE (RegieColumn, regie_column, REGIE, COLUMN, GObject)

struct _RegieColumn
{
  GObject parent_instance;

  RegieTable *table; /* weak: the table owns its columns */
  char *id, *title, *sort_field;
  const RegieField *field; /* NULL for a page's own */
  gboolean numeric;
  gboolean is_title;
  gboolean shown; /* by default */
  RegieTableColumn own;
  GtkColumnViewColumn *view;
};

struct _RegieTable
{
  AdwBin parent_instance;

  RegieStore *store;
  const RegieKind *kind;
  char *name;

  /* what is listed */
  RegieQuery *base;
  RegieFilterSet *filters;
  char *words;
  char *sort; /* the user's own, or NULL */
  gboolean descending;
  RegieQuery *query; /* all of it */
  RegieList *list;
  RegieSelection *selection;
  gboolean ready;
  DexPromise *when_ready;

  /* how it is shown */
  GPtrArray *columns; /* of RegieColumn, in order */
  GHashTable *bound;  /* RegieRecord → Bound */
  RegieRefTitles *titles;
  guint refresh_source;
  gboolean show_connection;
  gboolean narrow;
  gboolean selecting; /* narrow form: taps select */
  const RegieField *narrow_title, *narrow_status;
  GPtrArray *narrow_details;

  /* what was given and is remembered */
  GMenuModel *row_menu, *extra_menu;
  GMenu *menu, *views_menu;
  JsonObject *views;
  guint save_source;
  guint loading_source;
  guint settings_frozen; /* no saving and no asking while several things change */
  gboolean announce;

  /* template */
  AdwBreakpointBin *bin;
  GtkBox *toolbar, *toolbar_end;
  GtkSearchEntry *search;
  GtkMenuButton *filter_button, *menu_button;
  GtkLabel *count_label;
  AdwWrapBox *chips;
  AdwBanner *banner;
  GtkStack *stack;
  GtkColumnView *column_view;
  GtkListView *list_view;
  AdwStatusPage *empty_page, *error_page;
  GtkButton *empty_button;
  GtkActionBar *selection_bar;
  GtkLabel *selection_label;
  GtkBox *selection_actions;
  GtkWidget *row_popover;
};

/* --- columns (regie-table-columns.c) --- */

void regie_table_make_columns (RegieTable *self);
RegieColumn *regie_table_find_column (RegieTable *self, const char *id);
/* [{"id", "visible", "width"}…] in the order shown; and back. */
JsonArray *regie_table_columns_to_json (RegieTable *self);
void regie_table_columns_from_json (RegieTable *self, JsonArray *columns);
void regie_table_reset_columns (RegieTable *self);
/* Heads of numbers stand over them, at the right. */
void regie_table_align_headers (RegieTable *self);
/* The arrow in the header follows the query. */
void regie_table_show_sort (RegieTable *self);

/* --- rows that are on the screen (regie-table-rows.c) --- */

typedef void (*RegieShow) (RegieTable *self, gpointer target, RegieColumn *column, RegieRecord *record);

/* SHOW is called now, whenever RECORD changes, and when titles or relative times may have. */
void regie_table_bind (RegieTable *self,
                       RegieRecord *record,
                       gpointer target,
                       RegieColumn *column,
                       RegieShow show);
void regie_table_unbind (RegieTable *self, RegieRecord *record, gpointer target);
void regie_table_refresh_bound (RegieTable *self);
void regie_table_rows_init (RegieTable *self);
void regie_table_rows_dispose (RegieTable *self);

/* --- narrow form (regie-table-narrow.c) --- */

void regie_table_narrow_init (RegieTable *self);
void regie_table_apply_narrow (RegieTable *self, gboolean narrow);

/* --- query and states (regie-table-query.c) --- */

/* Builds the query anew and asks when it is another one. */
void regie_table_update_query (RegieTable *self);
void regie_table_update_chips (RegieTable *self);
void regie_table_update_state (RegieTable *self);
void regie_table_update_selection_bar (RegieTable *self);
void regie_table_apply_settings (RegieTable *self, JsonObject *settings, gboolean with_words);
void regie_table_query_init (RegieTable *self);
gboolean regie_table_is_filtered (RegieTable *self);
/* Title of a ref's id in a filter, any connection. */
char *regie_table_describe_filter (RegieTable *self, const RegieFilter *filter);

/* --- state and views (regie-table-state.c, regie-table-views.c) --- */

JsonObject *regie_table_dup_settings (RegieTable *self, gboolean with_words);
void regie_table_restore (RegieTable *self);
void regie_table_queue_save (RegieTable *self);
void regie_table_flush_save (RegieTable *self);
void regie_table_load_views (RegieTable *self);
void regie_table_save_view (RegieTable *self, const char *name);
void regie_table_delete_view (RegieTable *self, const char *name);
void regie_table_open_view (RegieTable *self, const char *name);
void regie_table_ask_view_name (RegieTable *self);
void regie_table_manage_views (RegieTable *self);
void regie_table_choose_columns (RegieTable *self);

/* --- menus (regie-table-menus.c) --- */

void regie_table_menus_class_init (GtkWidgetClass *widget_class);
void regie_table_menus_init (RegieTable *self);
void regie_table_menus_dispose (RegieTable *self);
void regie_table_rebuild_views_menu (RegieTable *self);
/* Position of the row at these coordinates of VIEW. */
guint regie_table_pick (RegieTable *self, GtkWidget *view, double x, double y);

/* --- export (regie-table-export.c) --- */

void regie_table_ask_export (RegieTable *self, const char *format);

/* --- main (regie-table.c) --- */

GtkWidget *regie_table_get_view (RegieTable *self);
/* Whether a button of the selection bar shows its word beside its icon. */
void regie_table_show_action_label (GtkWidget *button, gboolean show);
void regie_table_emit_open (RegieTable *self, guint position);
void regie_table_emit_query_changed (RegieTable *self);

G_END_DECLS
