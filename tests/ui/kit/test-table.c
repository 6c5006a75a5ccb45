/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kit-sample.h"
#include "regie-json.h"
#include "regie-kit.h"
#include "regie-test-widget.h"

typedef struct
{
  StoreTest store;
  RegieTable *table;
  GtkWindow *window;
  char *opened;
  guint n_selection;
} TableTest;

static void
set_up (TableTest *test, gconstpointer unused)
{
  store_test_set_up (&test->store, NULL);
}

static void
on_open (RegieTable *table, RegieRecord *record, TableTest *test)
{
  g_set_str (&test->opened, regie_record_get_title (record));
}

static void
on_selection (TableTest *test)
{
  test->n_selection++;
}

static void
show (TableTest *test, const char *kind, int width)
{
  static const char *const columns[] = { "state", "name", "workspace", "tasks_day", "activity", NULL };
  static const char *const details[] = { "workspace", NULL };
  g_autoptr (DexFuture) ready = NULL;

  test->table = regie_table_new (test->store.store, regie_kind_get (kind), "test");
  g_object_add_weak_pointer (G_OBJECT (test->table), (gpointer *) &test->table);
  if (g_str_equal (kind, "digital-human"))
    {
      regie_table_set_default_columns (test->table, columns);
      regie_table_set_narrow_fields (test->table, "name", details, "state");
    }
  regie_table_set_empty (test->table, "avatar-default-symbolic", "None Yet", "Make one.", "New", "test.new");
  regie_table_add_selection_action (test->table, "Start", "media-playback-start-symbolic", "test.start",
                                    FALSE);
  g_signal_connect (test->table, "open", G_CALLBACK (on_open), test);
  g_signal_connect_swapped (test->table, "selection-changed", G_CALLBACK (on_selection), test);
  ready = regie_table_when_ready (test->table);
  test->window = regie_test_present (GTK_WIDGET (test->table), width, 500);
  REGIE_TEST_UNTIL (dex_future_is_resolved (ready));
  REGIE_TEST_UNTIL (!regie_list_get_loading (regie_table_get_list (test->table)));
  regie_test_settle ();
}

static void
close_table (TableTest *test)
{
  regie_test_close (test->window);
  test->window = NULL;
  REGIE_TEST_UNTIL (test->table == NULL);
}

static void
tear_down (TableTest *test, gconstpointer unused)
{
  if (test->window != NULL)
    close_table (test);
  store_test_tear_down (&test->store, NULL);
  g_free (test->opened);
}

/* Popover menus have stacks as well. */
static GtkWidget *
find_stack (GtkWidget *root)
{
  GtkWidget *found = NULL;

  if (GTK_IS_STACK (root) && gtk_stack_get_child_by_name (GTK_STACK (root), "no-match") != NULL)
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_stack (child);

  return found;
}

static const char *
get_page (TableTest *test)
{
  return gtk_stack_get_visible_child_name (GTK_STACK (find_stack (GTK_WIDGET (test->table))));
}

/* The rows of the narrow form; a column view has a list view of its own inside. */
static GtkWidget *
find_list (TableTest *test)
{
  GtkWidget *rows = gtk_stack_get_child_by_name (GTK_STACK (find_stack (GTK_WIDGET (test->table))), "rows");

  return regie_test_find (rows, GTK_TYPE_LIST_VIEW);
}

static guint
get_n_rows (TableTest *test)
{
  RegieList *list = regie_table_get_list (test->table);

  return regie_list_get_loading (list) ? G_MAXUINT : g_list_model_get_n_items (G_LIST_MODEL (list));
}

static GtkSelectionModel *
get_model (TableTest *test)
{
  if (regie_table_get_narrow (test->table))
    return gtk_list_view_get_model (GTK_LIST_VIEW (find_list (test)));

  return gtk_column_view_get_model (
      GTK_COLUMN_VIEW (regie_test_find (GTK_WIDGET (test->table), GTK_TYPE_COLUMN_VIEW)));
}

#define shows(text) (regie_test_find_text (GTK_WIDGET (test->table), text) != NULL)

/* --- states --- */

static void
test_states (TableTest *test, gconstpointer unused)
{
  show (test, "digital-human", 900);
  REGIE_TEST_UNTIL (g_str_equal (get_page (test), "empty"));
  g_assert_true (shows ("None Yet"));

  kit_sample_fill (test->store.store, 10);
  REGIE_TEST_UNTIL (g_str_equal (get_page (test), "columns") && shows ("autodin"));
  REGIE_TEST_UNTIL (shows ("14 Digital Humans"));
  /* Names from elsewhere are text; refs are titles. */
  REGIE_TEST_UNTIL (shows ("<b>Léa</b> & Compagnie, service après-vente et réclamations"));
  REGIE_TEST_UNTIL (shows ("Cabinet Moreau & <Fils>"));

  regie_table_set_words (test->table, "zzzzz");
  REGIE_TEST_UNTIL (g_str_equal (get_page (test), "no-match"));
  gtk_widget_activate_action (GTK_WIDGET (test->table), "table.clear", NULL);
  REGIE_TEST_UNTIL (g_str_equal (get_page (test), "columns") && get_n_rows (test) == 14);
}

/* --- search, filters, order --- */

static void
test_search (TableTest *test, gconstpointer unused)
{
  GtkWidget *entry;

  kit_sample_fill (test->store.store, 10);
  show (test, "digital-human", 900);
  entry = regie_test_find (GTK_WIDGET (test->table), GTK_TYPE_SEARCH_ENTRY);
  g_assert_true (regie_test_activate_shortcut (GTK_WIDGET (test->table), "<Control>f"));
  g_assert_true (gtk_widget_is_ancestor (gtk_window_get_focus (test->window), entry));
  gtk_editable_set_text (GTK_EDITABLE (entry), "auto");
  REGIE_TEST_UNTIL (get_n_rows (test) == 1 && shows ("autodin"));
  g_assert_cmpstr (regie_query_get_words (regie_table_get_query (test->table)), ==, "auto");
  /* Down goes on into the rows. */
  g_assert_true (regie_test_activate_shortcut (entry, "Down|KP_Down"));
  g_assert_true (gtk_widget_is_ancestor (gtk_window_get_focus (test->window),
                                         regie_test_find (GTK_WIDGET (test->table), GTK_TYPE_COLUMN_VIEW)));
  g_signal_emit_by_name (entry, "stop-search");
  REGIE_TEST_UNTIL (get_n_rows (test) == 14);
}

static void
test_filters (TableTest *test, gconstpointer unused)
{
  static const char *const states[] = { "error", "stopped", NULL };
  static const char *const workspaces[] = { "00000000000000000000000b", NULL };
  static const char *const yes[] = { "1", NULL };

  kit_sample_fill (test->store.store, 10);
  show (test, "digital-human", 900);
  regie_table_set_filter (test->table, "state", states);
  REGIE_TEST_UNTIL (get_n_rows (test) == 4);
  g_assert_true (shows ("State: Failing, Stopped"));
  regie_table_set_filter (test->table, "workspace", workspaces);
  REGIE_TEST_UNTIL (shows ("Workspace: Cabinet Moreau & <Fils>"));
  REGIE_TEST_UNTIL (get_n_rows (test) == 0);
  regie_table_set_filter (test->table, "workspace", NULL);
  REGIE_TEST_UNTIL (get_n_rows (test) == 4);
  g_assert_false (shows ("Workspace: Cabinet Moreau & <Fils>"));

  /* A chip takes its filter away. */
  g_signal_emit_by_name (
      gtk_widget_get_ancestor (regie_test_find_text (GTK_WIDGET (test->table), "State: Failing, Stopped"),
                               GTK_TYPE_BUTTON),
      "clicked");
  REGIE_TEST_UNTIL (get_n_rows (test) == 14);
  regie_table_set_filter (test->table, "paused", yes);
  REGIE_TEST_UNTIL (get_n_rows (test) == 2);
}

static void
test_filter_popover (TableTest *test, gconstpointer unused)
{
  g_autoptr (RegieQuery) base = regie_query_new (regie_kind_get ("digital-human"));
  GtkWidget *button, *popover, *check;

  kit_sample_fill (test->store.store, 10);
  show (test, "digital-human", 900);
  regie_query_where (base, "workspace", REGIE_OP_EQ, "00000000000000000000000a");
  regie_table_set_base_query (test->table, base);
  REGIE_TEST_UNTIL (get_n_rows (test) < 14);

  button = regie_test_find (GTK_WIDGET (test->table), GTK_TYPE_MENU_BUTTON);
  gtk_menu_button_popup (GTK_MENU_BUTTON (button));
  popover = GTK_WIDGET (gtk_menu_button_get_popover (GTK_MENU_BUTTON (button)));
  /* What the page fixed is not offered. */
  g_assert_null (regie_test_find_text (popover, "Workspace"));
  check = gtk_widget_get_ancestor (regie_test_find_text (popover, "Failing"), GTK_TYPE_CHECK_BUTTON);
  g_assert_nonnull (check);
  gtk_check_button_set_active (GTK_CHECK_BUTTON (check), TRUE);
  REGIE_TEST_UNTIL (shows ("State: Failing"));
  gtk_check_button_set_active (GTK_CHECK_BUTTON (check), FALSE);
  REGIE_TEST_UNTIL (!shows ("State: Failing"));
  gtk_menu_button_popdown (GTK_MENU_BUTTON (button));
}

static GtkColumnViewColumn *
find_column (TableTest *test, const char *id)
{
  GListModel *columns = gtk_column_view_get_columns (
      GTK_COLUMN_VIEW (regie_test_find (GTK_WIDGET (test->table), GTK_TYPE_COLUMN_VIEW)));

  for (guint i = 0; i < g_list_model_get_n_items (columns); i++)
    {
      g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (columns, i);

      if (g_str_equal (gtk_column_view_column_get_id (column), id))
        return column;
    }

  return NULL;
}

static const char *
get_first_title (TableTest *test)
{
  g_autoptr (RegieRecord) record =
      g_list_model_get_item (G_LIST_MODEL (regie_table_get_list (test->table)), 0);

  return record != NULL && regie_record_is_loaded (record) ? g_intern_string (regie_record_get_title (record))
                                                           : "";
}

static void
test_sort (TableTest *test, gconstpointer unused)
{
  GtkColumnView *view;
  gboolean descending;

  kit_sample_fill (test->store.store, 10);
  show (test, "digital-human", 900);
  view = GTK_COLUMN_VIEW (regie_test_find (GTK_WIDGET (test->table), GTK_TYPE_COLUMN_VIEW));
  gtk_column_view_sort_by_column (view, find_column (test, "name"), GTK_SORT_DESCENDING);
  g_assert_cmpstr (regie_query_get_sort (regie_table_get_query (test->table), &descending), ==, "name");
  g_assert_true (descending);
  REGIE_TEST_UNTIL (g_str_equal (get_first_title (test), "gtd"));
  gtk_column_view_sort_by_column (view, find_column (test, "name"), GTK_SORT_ASCENDING);
  REGIE_TEST_UNTIL (!g_str_equal (get_first_title (test), "gtd") && *get_first_title (test) != '\0');
  /* What the database does not sort cannot be clicked. */
  g_assert_null (gtk_column_view_column_get_sorter (find_column (test, "activity")));
}

/* --- what is remembered --- */

static void
test_state_is_remembered (TableTest *test, gconstpointer unused)
{
  static const char *const states[] = { "error", NULL };
  gboolean descending;

  kit_sample_fill (test->store.store, 10);
  show (test, "digital-human", 900);
  regie_table_set_filter (test->table, "state", states);
  gtk_column_view_column_set_visible (find_column (test, "tasks_day"), FALSE);
  gtk_column_view_column_set_fixed_width (find_column (test, "name"), 222);
  gtk_column_view_sort_by_column (
      GTK_COLUMN_VIEW (regie_test_find (GTK_WIDGET (test->table), GTK_TYPE_COLUMN_VIEW)),
      find_column (test, "name"), GTK_SORT_DESCENDING);
  close_table (test);

  show (test, "digital-human", 900);
  g_assert_true (shows ("State: Failing"));
  g_assert_false (gtk_column_view_column_get_visible (find_column (test, "tasks_day")));
  g_assert_cmpint (gtk_column_view_column_get_fixed_width (find_column (test, "name")), ==, 222);
  g_assert_cmpstr (regie_query_get_sort (regie_table_get_query (test->table), &descending), ==, "name");
  g_assert_true (descending);
}

static void
test_views (TableTest *test, gconstpointer unused)
{
  static const char *const states[] = { "error", NULL };
  g_autoptr (JsonObject) views = NULL;
  g_autoptr (JsonObject) settings = NULL;
  g_autoptr (RegieQuery) query = regie_query_new (regie_kind_get ("digital-human"));

  kit_sample_fill (test->store.store, 10);
  regie_query_where (query, "state", REGIE_OP_IN, "stopped");
  regie_query_search (query, "gtd");
  settings = regie_json_object_new ("query", 'o', regie_query_to_json (query), NULL);
  store_test_await_ok (
      regie_store_put_value (test->store.store, "view/digital-human/Mine & yours", settings));

  show (test, "digital-human", 900);
  regie_table_set_filter (test->table, "state", states);
  REGIE_TEST_UNTIL (get_n_rows (test) == 2);
  REGIE_TEST_UNTIL (
      gtk_widget_activate_action (GTK_WIDGET (test->table), "table.open-view", "s", "Mine & yours") &&
      shows ("State: Stopped"));
  REGIE_TEST_UNTIL (get_n_rows (test) == 1);
  g_assert_cmpstr (gtk_editable_get_text (
                       GTK_EDITABLE (regie_test_find (GTK_WIDGET (test->table), GTK_TYPE_SEARCH_ENTRY))),
                   ==, "gtd");
  gtk_widget_activate_action (GTK_WIDGET (test->table), "table.open-view", "s", "no such");
  g_assert_true (shows ("State: Stopped"));
}

/* By the dialog: the view is on the disk, with filters and columns, and opens again. */
static void
test_save_view (TableTest *test, gconstpointer unused)
{
  static const char *const states[] = { "error", NULL };
  GtkWidget *row;
  AdwDialog *dialog;

  kit_sample_fill (test->store.store, 10);
  show (test, "digital-human", 900);
  regie_table_set_filter (test->table, "state", states);
  gtk_widget_activate_action (GTK_WIDGET (test->table), "table.save-view", NULL);
  REGIE_TEST_UNTIL ((row = regie_test_find (GTK_WIDGET (test->window), ADW_TYPE_ENTRY_ROW)) != NULL);
  dialog = ADW_DIALOG (gtk_widget_get_ancestor (row, ADW_TYPE_DIALOG));
  g_assert_false (adw_alert_dialog_get_response_enabled (ADW_ALERT_DIALOG (dialog), "save"));
  gtk_editable_set_text (GTK_EDITABLE (row), " Failing ones ");
  g_assert_true (adw_alert_dialog_get_response_enabled (ADW_ALERT_DIALOG (dialog), "save"));
  g_signal_emit_by_name (dialog, "response", "save");
  adw_dialog_force_close (dialog);

  regie_table_clear_filters (test->table);
  REGIE_TEST_UNTIL (get_n_rows (test) == 14);
  REGIE_TEST_UNTIL (
      gtk_widget_activate_action (GTK_WIDGET (test->table), "table.open-view", "s", "Failing ones") &&
      shows ("State: Failing"));
}

/* --- selection --- */

static void
test_selection (TableTest *test, gconstpointer unused)
{
  g_auto (GStrv) keys = NULL;
  g_autofree char *key = NULL;
  g_autoptr (RegieRecord) record = NULL;

  kit_sample_fill (test->store.store, 10);
  show (test, "digital-human", 900);
  g_assert_false (shows ("3 selected"));
  gtk_selection_model_select_range (get_model (test), 2, 3, TRUE);
  g_assert_cmpuint (test->n_selection, ==, 1);
  REGIE_TEST_UNTIL (shows ("3 selected") && shows ("Start"));
  keys = store_test_await_boxed (regie_table_dup_selected_keys (test->table), G_TYPE_STRV);
  g_assert_cmpuint (g_strv_length (keys), ==, 3);
  g_assert_null (regie_table_dup_selected_record (test->table));

  key = store_test_key (test->store.store, "digital-human", "gtd");
  store_test_await_ok (regie_table_select_key (test->table, key));
  g_assert_cmpuint (regie_table_get_n_selected (test->table), ==, 1);
  record = regie_table_dup_selected_record (test->table);
  g_assert_cmpstr (regie_record_get_key (record), ==, key);

  gtk_widget_activate_action (GTK_WIDGET (test->table), "table.select-all", NULL);
  g_assert_cmpuint (regie_table_get_n_selected (test->table), ==, 14);
  g_assert_true (regie_test_activate_shortcut (
      regie_test_find (GTK_WIDGET (test->table), GTK_TYPE_COLUMN_VIEW), "Escape"));
  g_assert_cmpuint (regie_table_get_n_selected (test->table), ==, 0);
}

static void
test_open (TableTest *test, gconstpointer unused)
{
  kit_sample_fill (test->store.store, 0);
  show (test, "digital-human", 900);
  REGIE_TEST_UNTIL (shows ("autodin"));
  g_signal_emit_by_name (regie_test_find (GTK_WIDGET (test->table), GTK_TYPE_COLUMN_VIEW), "activate", 0);
  g_assert_cmpstr (test->opened, ==, "autodin");
}

/* The menu of the row with the focus, by the keyboard; the row is selected first. */
static void
test_row_menu (TableTest *test, gconstpointer unused)
{
  g_autoptr (GMenu) menu = g_menu_new ();
  GtkWidget *view, *popover;

  g_menu_append (menu, "Duplicate", "test.duplicate");
  kit_sample_fill (test->store.store, 0);
  show (test, "digital-human", 900);
  regie_table_set_row_menu (test->table, G_MENU_MODEL (menu));
  REGIE_TEST_UNTIL (shows ("autodin"));
  view = regie_test_find (GTK_WIDGET (test->table), GTK_TYPE_COLUMN_VIEW);
  gtk_column_view_scroll_to (GTK_COLUMN_VIEW (view), 1, NULL, GTK_LIST_SCROLL_FOCUS, NULL);
  regie_table_focus_rows (test->table);
  REGIE_TEST_UNTIL (regie_test_activate_shortcut (view, "Menu|<Shift>F10"));
  popover = gtk_widget_get_last_child (GTK_WIDGET (test->table));
  g_assert_true (GTK_IS_POPOVER_MENU (popover));
  REGIE_TEST_UNTIL (gtk_widget_get_visible (popover));
  g_assert_cmpuint (regie_table_get_n_selected (test->table), ==, 1);
  g_assert_true (gtk_selection_model_is_selected (get_model (test), 1));
  gtk_popover_popdown (GTK_POPOVER (popover));
}

/* --- a page's own column --- */

static GtkWidget *
create_own (RegieTable *table, gpointer data)
{
  return gtk_inscription_new (NULL);
}

static void
update_own (GtkWidget *cell, RegieRecord *record, gpointer data)
{
  g_autofree char *text = g_strdup_printf ("own %s", regie_record_get_title (record));

  gtk_inscription_set_text (GTK_INSCRIPTION (cell), text);
}

static void
count_destroy (gpointer data)
{
  *(guint *) data += 1;
}

static void
test_own_column (TableTest *test, gconstpointer unused)
{
  guint destroyed = 0;
  const RegieTableColumn column = { .id = "own",
                                    .title = "Own",
                                    .create = create_own,
                                    .update = update_own,
                                    .data = &destroyed,
                                    .destroy = count_destroy };

  kit_sample_fill (test->store.store, 0);
  show (test, "digital-human", 900);
  regie_table_add_column (test->table, &column, "state");
  REGIE_TEST_UNTIL (shows ("own autodin"));
  close_table (test);
  g_assert_cmpuint (destroyed, ==, 1);
}

/* A cell follows its record. */
static void
test_rows_follow (TableTest *test, gconstpointer unused)
{
  g_autofree char *key = NULL;
  g_autoptr (JsonObject) patch = regie_json_object_new ("name", 's', "renamed", NULL);

  kit_sample_fill (test->store.store, 0);
  show (test, "digital-human", 900);
  REGIE_TEST_UNTIL (shows ("cash"));
  key = store_test_key (test->store.store, "digital-human", "cash");
  store_test_await_ok (
      regie_store_update (test->store.store, regie_kind_get ("digital-human"), key, patch, 60000));
  REGIE_TEST_UNTIL (shows ("renamed") && !shows ("cash"));
}

/* --- narrow --- */

static void
test_narrow (TableTest *test, gconstpointer unused)
{
  GtkWidget *list;

  kit_sample_fill (test->store.store, 5);
  show (test, "digital-human", 360);
  REGIE_TEST_UNTIL (regie_table_get_narrow (test->table) && g_str_equal (get_page (test), "rows"));
  REGIE_TEST_UNTIL (shows ("autodin") && shows ("Cabinet Moreau & <Fils>"));
  list = find_list (test);
  g_assert_nonnull (list);
  g_signal_emit_by_name (list, "activate", 0);
  g_assert_cmpstr (test->opened, ==, "autodin");

  gtk_window_set_default_size (test->window, 900, 500);
  REGIE_TEST_UNTIL (!regie_table_get_narrow (test->table) && g_str_equal (get_page (test), "columns"));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (get_model (test))), ==, 9);
  /* libadwaita forgets the picture that it keeps while it changes over when no frame follows. */
  g_object_unref (regie_test_render (GTK_WIDGET (test->window)));
}

/* --- accessible --- */

static void
test_accessible (TableTest *test, gconstpointer unused)
{
  static const char *const states[] = { "error", NULL };
  GtkWidget *chip;

  kit_sample_fill (test->store.store, 0);
  show (test, "digital-human", 900);
  gtk_test_accessible_assert_property (
      GTK_ACCESSIBLE (regie_test_find (GTK_WIDGET (test->table), GTK_TYPE_SEARCH_ENTRY)),
      GTK_ACCESSIBLE_PROPERTY_LABEL, "Search");
  gtk_test_accessible_assert_property (
      GTK_ACCESSIBLE (regie_test_find (GTK_WIDGET (test->table), GTK_TYPE_COLUMN_VIEW)),
      GTK_ACCESSIBLE_PROPERTY_LABEL, "Rows");
  regie_table_set_filter (test->table, "state", states);
  chip = gtk_widget_get_ancestor (regie_test_find_text (GTK_WIDGET (test->table), "State: Failing"),
                                  GTK_TYPE_BUTTON);
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (chip), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       "Remove the filter State: Failing");
}

#define ADD(name, func) g_test_add (name, TableTest, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_setenv ("TZ", "UTC", TRUE);
  regie_test_init (&argc, &argv);
  ADD ("/table/states", test_states);
  ADD ("/table/search", test_search);
  ADD ("/table/filters", test_filters);
  ADD ("/table/filter-popover", test_filter_popover);
  ADD ("/table/sort", test_sort);
  ADD ("/table/state-is-remembered", test_state_is_remembered);
  ADD ("/table/views", test_views);
  ADD ("/table/save-view", test_save_view);
  ADD ("/table/selection", test_selection);
  ADD ("/table/open", test_open);
  ADD ("/table/row-menu", test_row_menu);
  ADD ("/table/own-column", test_own_column);
  ADD ("/table/rows-follow", test_rows_follow);
  ADD ("/table/narrow", test_narrow);
  ADD ("/table/accessible", test_accessible);

  return g_test_run ();
}
