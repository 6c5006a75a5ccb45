/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-table-private.h"

#include <glib/gi18n.h>

#include "regie-filter-popover.h"
#include "regie-json.h"

/* --- the table's own menu --- */

static GMenu *
create_views_section (RegieTable *self)
{
  GMenu *section = g_menu_new ();
  JsonObjectIter iter;
  const char *name;

  if (self->views == NULL)
    return section;
  json_object_iter_init_ordered (&iter, self->views);
  while (json_object_iter_next_ordered (&iter, &name, NULL))
    {
      g_autoptr (GMenuItem) item = g_menu_item_new (name, NULL);

      g_menu_item_set_action_and_target (item, "table.open-view", "s", name);
      g_menu_append_item (section, item);
    }

  return section;
}

/* Only what is inside the submenu is made anew: the popover names its pages by their titles, and must not
 * see the same title twice. */
void
regie_table_rebuild_views_menu (RegieTable *self)
{
  g_autoptr (GMenu) views = create_views_section (self);
  g_autoptr (GMenu) edit = g_menu_new ();

  g_menu_remove_all (self->views_menu);
  g_menu_append (edit, _ ("Save View…"), "table.save-view");
  if (g_menu_model_get_n_items (G_MENU_MODEL (views)) > 0)
    {
      g_menu_append_section (self->views_menu, NULL, G_MENU_MODEL (views));
      g_menu_append (edit, _ ("Delete Views…"), "table.manage-views");
    }
  g_menu_append_section (self->views_menu, NULL, G_MENU_MODEL (edit));
}

static void
build_menu (RegieTable *self)
{
  g_autoptr (GMenu) shape = g_menu_new ();
  g_autoptr (GMenu) files = g_menu_new ();

  regie_table_rebuild_views_menu (self);
  g_menu_append_submenu (shape, _ ("Saved Views"), G_MENU_MODEL (self->views_menu));
  g_menu_append (shape, _ ("Columns…"), "table.choose-columns");
  g_menu_append_section (self->menu, NULL, G_MENU_MODEL (shape));
  g_menu_append (files, _ ("Export as CSV…"), "table.export-csv");
  g_menu_append (files, _ ("Export as JSON…"), "table.export-json");
  g_menu_append_section (self->menu, NULL, G_MENU_MODEL (files));
}

void
regie_table_set_extra_menu (RegieTable *self, GMenuModel *menu)
{
  g_return_if_fail (REGIE_IS_TABLE (self));

  if (self->extra_menu != NULL)
    g_menu_remove (self->menu, 0);
  g_set_object (&self->extra_menu, menu);
  if (menu != NULL)
    g_menu_prepend_section (self->menu, NULL, menu);
}

/* --- actions --- */

static void
on_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  RegieTable *self = REGIE_TABLE (widget);

  name += strlen ("table.");
  if (g_str_equal (name, "search"))
    regie_table_focus_search (self);
  else if (g_str_equal (name, "clear"))
    regie_table_clear_filters (self);
  else if (g_str_equal (name, "reload") && self->list != NULL)
    regie_list_set_query (self->list, self->query);
  else if (g_str_equal (name, "select-all"))
    {
      regie_list_show_all (regie_table_get_list (self));
      gtk_selection_model_select_all (GTK_SELECTION_MODEL (self->selection));
    }
  else if (g_str_equal (name, "select-none"))
    regie_table_unselect_all (self);
  else if (g_str_equal (name, "save-view"))
    regie_table_ask_view_name (self);
  else if (g_str_equal (name, "manage-views"))
    regie_table_manage_views (self);
  else if (g_str_equal (name, "open-view"))
    regie_table_open_view (self, g_variant_get_string (parameter, NULL));
  else if (g_str_equal (name, "choose-columns"))
    regie_table_choose_columns (self);
  else if (g_str_equal (name, "export-csv"))
    regie_table_ask_export (self, "csv");
  else if (g_str_equal (name, "export-json"))
    regie_table_ask_export (self, "json");
}

/* --- the menu of a row --- */

/* Cells know their list item, and that its position; GTK's row widgets are private. */
static guint
get_row_position (GtkWidget *row)
{
  for (GtkWidget *child = gtk_widget_get_first_child (row); child;
       child = gtk_widget_get_next_sibling (child))
    {
      gpointer item = g_object_get_data (G_OBJECT (child), "regie-item");
      guint position;

      if (GTK_IS_COLUMN_VIEW_CELL (item))
        return gtk_column_view_cell_get_position (item);
      if (GTK_IS_LIST_ITEM (item))
        return gtk_list_item_get_position (item);
      position = get_row_position (child);
      if (position != GTK_INVALID_LIST_POSITION)
        return position;
    }

  return GTK_INVALID_LIST_POSITION;
}

guint
regie_table_pick (RegieTable *self, GtkWidget *view, double x, double y)
{
  GtkWidget *picked = gtk_widget_pick (view, x, y, GTK_PICK_DEFAULT);
  GtkWidget *row = NULL;

  for (GtkWidget *at = picked; at != NULL && at != view; at = gtk_widget_get_parent (at))
    {
      if (g_str_equal (gtk_widget_get_css_name (at), "row"))
        row = at;
    }

  return row != NULL ? get_row_position (row) : GTK_INVALID_LIST_POSITION;
}

static void
popup_row_menu (RegieTable *self, double x, double y)
{
  if (self->row_popover == NULL)
    {
      self->row_popover = gtk_popover_menu_new_from_model (self->row_menu);
      gtk_popover_set_has_arrow (GTK_POPOVER (self->row_popover), FALSE);
      gtk_widget_set_halign (self->row_popover, GTK_ALIGN_START);
      gtk_widget_set_parent (self->row_popover, GTK_WIDGET (self));
    }
  gtk_popover_set_pointing_to (GTK_POPOVER (self->row_popover), &(GdkRectangle) { (int) x, (int) y, 1, 1 });
  gtk_popover_popup (GTK_POPOVER (self->row_popover));
}

static void
select_for_menu (RegieTable *self, guint position)
{
  GtkSelectionModel *model = GTK_SELECTION_MODEL (self->selection);

  if (!gtk_selection_model_is_selected (model, position))
    gtk_selection_model_select_item (model, position, TRUE);
}

static void
on_menu_press (GtkGestureClick *gesture, int n_press, double x, double y, RegieTable *self)
{
  GtkWidget *view = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (gesture));
  guint position = self->row_menu != NULL ? regie_table_pick (self, view, x, y) : GTK_INVALID_LIST_POSITION;
  graphene_point_t point;

  if (position == GTK_INVALID_LIST_POSITION ||
      !gtk_widget_compute_point (view, GTK_WIDGET (self), &GRAPHENE_POINT_INIT (x, y), &point))
    return;
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  select_for_menu (self, position);
  popup_row_menu (self, point.x, point.y);
}

/* By the keyboard: at the row that has the focus. */
static gboolean
on_menu_key (GtkWidget *view, GVariant *args, gpointer data)
{
  RegieTable *self = REGIE_TABLE (gtk_widget_get_ancestor (view, REGIE_TYPE_TABLE));
  GtkRoot *root = gtk_widget_get_root (view);
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;
  GtkWidget *row = focus;
  guint position;
  graphene_rect_t bounds;

  while (row != NULL && row != view && !g_str_equal (gtk_widget_get_css_name (row), "row"))
    row = gtk_widget_get_parent (row);
  if (self->row_menu == NULL || row == NULL || row == view)
    return GDK_EVENT_PROPAGATE;
  position = get_row_position (row);
  if (position == GTK_INVALID_LIST_POSITION || !gtk_widget_compute_bounds (row, GTK_WIDGET (self), &bounds))
    return GDK_EVENT_PROPAGATE;
  select_for_menu (self, position);
  popup_row_menu (self, bounds.origin.x + 24, bounds.origin.y + bounds.size.height);

  return GDK_EVENT_STOP;
}

static gboolean
on_find_key (GtkWidget *widget, GVariant *args, gpointer data)
{
  RegieTable *self = REGIE_TABLE (widget);

  /* There may be more tables in the window; only one is seen. */
  if (!gtk_widget_get_mapped (widget))
    return GDK_EVENT_PROPAGATE;
  regie_table_focus_search (self);

  return GDK_EVENT_STOP;
}

static void
add_view_input (RegieTable *self, GtkWidget *view)
{
  GtkGesture *click = gtk_gesture_click_new ();
  GtkEventController *keys = gtk_shortcut_controller_new ();

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_SECONDARY);
  g_signal_connect_object (click, "pressed", G_CALLBACK (on_menu_press), self, G_CONNECT_DEFAULT);
  gtk_widget_add_controller (view, GTK_EVENT_CONTROLLER (click));

  gtk_shortcut_controller_add_shortcut (
      GTK_SHORTCUT_CONTROLLER (keys), gtk_shortcut_new (gtk_shortcut_trigger_parse_string ("Menu|<Shift>F10"),
                                                        gtk_callback_action_new (on_menu_key, NULL, NULL)));
  gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (keys),
                                        gtk_shortcut_new (gtk_shortcut_trigger_parse_string ("Escape"),
                                                          gtk_named_action_new ("table.select-none")));
  gtk_widget_add_controller (view, keys);
}

void
regie_table_add_key (RegieTable *self, const char *key, const char *action_name)
{
  GtkWidget *views[] = { GTK_WIDGET (self->column_view), GTK_WIDGET (self->list_view) };

  g_return_if_fail (REGIE_IS_TABLE (self));

  for (guint i = 0; i < G_N_ELEMENTS (views); i++)
    {
      GtkEventController *keys = gtk_shortcut_controller_new ();

      gtk_shortcut_controller_add_shortcut (
          GTK_SHORTCUT_CONTROLLER (keys),
          gtk_shortcut_new (gtk_shortcut_trigger_parse_string (key), gtk_named_action_new (action_name)));
      gtk_widget_add_controller (views[i], keys);
    }
}

void
regie_table_set_row_menu (RegieTable *self, GMenuModel *menu)
{
  g_return_if_fail (REGIE_IS_TABLE (self));

  if (!g_set_object (&self->row_menu, menu))
    return;
  g_clear_pointer (&self->row_popover, gtk_widget_unparent);
}

void
regie_table_menus_class_init (GtkWidgetClass *widget_class)
{
  static const char *const names[] = { "table.search",       "table.clear",          "table.reload",
                                       "table.select-all",   "table.select-none",    "table.save-view",
                                       "table.manage-views", "table.choose-columns", "table.export-csv",
                                       "table.export-json" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    gtk_widget_class_install_action (widget_class, names[i], NULL, on_action);
  gtk_widget_class_install_action (widget_class, "table.open-view", "s", on_action);
}

void
regie_table_menus_init (RegieTable *self)
{
  GtkEventController *keys = gtk_shortcut_controller_new ();

  self->menu = g_menu_new ();
  self->views_menu = g_menu_new ();
  build_menu (self);
  gtk_menu_button_set_menu_model (self->menu_button, G_MENU_MODEL (self->menu));
  add_view_input (self, GTK_WIDGET (self->column_view));
  add_view_input (self, GTK_WIDGET (self->list_view));

  gtk_shortcut_controller_set_scope (GTK_SHORTCUT_CONTROLLER (keys), GTK_SHORTCUT_SCOPE_GLOBAL);
  gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (keys),
                                        gtk_shortcut_new (gtk_shortcut_trigger_parse_string ("<Control>f"),
                                                          gtk_callback_action_new (on_find_key, NULL, NULL)));
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
}

void
regie_table_menus_dispose (RegieTable *self)
{
  g_clear_pointer (&self->row_popover, gtk_widget_unparent);
  g_clear_object (&self->row_menu);
  g_clear_object (&self->extra_menu);
  g_clear_object (&self->menu);
  g_clear_object (&self->views_menu);
}
