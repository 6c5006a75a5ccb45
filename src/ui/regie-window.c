/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-window-private.h"

#include <glib/gi18n.h>

#include "regie-connections-page.h"
#include "regie-human-page.h"
#include "regie-humans-page.h"
#include "regie-journal-page.h"
#include "regie-overview-page.h"
#include "regie-record-page.h"
#include "regie-workspaces-page.h"

typedef struct
{
  const char *name;
  const char *title;
  const char *icon;
  AdwNavigationPage *(*create) (RegieContext *context);
} Page;

static const Page pages[] = {
  { "overview", N_ ("Overview"), "view-grid-symbolic", regie_overview_page_new },
  { "digital-humans", N_ ("Digital Humans"), "avatar-default-symbolic", regie_humans_page_new },
  { "workspaces", N_ ("Workspaces"), "folder-symbolic", regie_workspaces_page_new },
  { "journal", N_ ("Journal"), "view-list-symbolic", regie_journal_page_new },
  { "connections", N_ ("Connections"), "network-server-symbolic", regie_connections_page_new },
};

G_DEFINE_FINAL_TYPE (RegieWindow, regie_window, ADW_TYPE_APPLICATION_WINDOW)

static const Page *
find_page (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    {
      if (g_strcmp0 (pages[i].name, name) == 0)
        return &pages[i];
    }

  return &pages[0];
}

static void
select_row (RegieWindow *self, const Page *page)
{
  GtkListBoxRow *row = gtk_list_box_get_row_at_index (self->pages_list, page - pages);

  if (gtk_list_box_get_selected_row (self->pages_list) != row)
    gtk_list_box_select_row (self->pages_list, row);
}

void
regie_window_show_page (RegieWindow *self, const char *name)
{
  const Page *page = find_page (name);
  AdwNavigationPage *widget = g_hash_table_lookup (self->pages, page->name);

  if (widget == NULL)
    {
      widget = g_object_ref_sink (page->create (self->context));
      g_hash_table_insert (self->pages, (char *) page->name, widget);
    }

  if (g_set_str (&self->page, page->name) ||
      adw_navigation_view_get_visible_page (self->navigation) != widget)
    {
      adw_navigation_view_replace (self->navigation, &widget, 1);
      adw_navigation_page_set_title (self->content_page, _ (page->title));
      g_settings_set_string (regie_context_get_settings (self->context), "page", page->name);
      select_row (self, page);
    }
  adw_navigation_split_view_set_show_content (self->split_view, TRUE);
}

void
regie_window_show_record (RegieWindow *self, const RegieKind *kind, const char *key)
{
  AdwNavigationPage *page;

  if (g_str_equal (kind->name, "digital-human"))
    page = regie_human_page_new (self->context, key);
  else
    page = regie_record_page_new (self->context, kind, key);

  adw_navigation_view_push (self->navigation, page);
  adw_navigation_split_view_set_show_content (self->split_view, TRUE);
}

RegieContext *
regie_window_get_context (RegieWindow *self)
{
  return self->context;
}

static void
on_row_selected (RegieWindow *self, GtkListBoxRow *row)
{
  if (row != NULL && self->context != NULL && gtk_widget_get_mapped (GTK_WIDGET (self)))
    regie_window_show_page (self, pages[gtk_list_box_row_get_index (row)].name);
}

/* A row that is selected already brings its page back from a record, or from the collapsed sidebar. */
static void
on_row_activated (RegieWindow *self, GtkListBoxRow *row)
{
  regie_window_show_page (self, pages[gtk_list_box_row_get_index (row)].name);
}

static void
on_toast (RegieWindow *self, AdwToast *toast)
{
  if (gtk_window_is_active (GTK_WINDOW (self)) ||
      gtk_application_get_active_window (gtk_window_get_application (GTK_WINDOW (self))) == GTK_WINDOW (self))
    adw_toast_overlay_add_toast (self->toasts, g_object_ref (toast));
}

static void
on_open (RegieWindow *self, const char *kind, const char *key)
{
  if (gtk_application_get_active_window (gtk_window_get_application (GTK_WINDOW (self))) == GTK_WINDOW (self))
    regie_window_show_record (self, regie_kind_get (kind), key);
}

static GtkWidget *
create_row (const Page *page)
{
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *label = gtk_label_new (_ (page->title));

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_box_append (GTK_BOX (box), gtk_image_new_from_icon_name (page->icon));
  gtk_box_append (GTK_BOX (box), label);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, _ (page->title), -1);

  return row;
}

static void
regie_window_dispose (GObject *object)
{
  RegieWindow *self = REGIE_WINDOW (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), REGIE_TYPE_WINDOW);
  g_clear_pointer (&self->pages, g_hash_table_unref);
  g_clear_object (&self->workspaces);
  g_clear_object (&self->context);
  g_clear_pointer (&self->page, g_free);

  G_OBJECT_CLASS (regie_window_parent_class)->dispose (object);
}

static void
regie_window_class_init (RegieWindowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = regie_window_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/regie/Regie/ui/regie-window.ui");
  gtk_widget_class_bind_template_child (widget_class, RegieWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, RegieWindow, split_view);
  gtk_widget_class_bind_template_child (widget_class, RegieWindow, navigation);
  gtk_widget_class_bind_template_child (widget_class, RegieWindow, content_page);
  gtk_widget_class_bind_template_child (widget_class, RegieWindow, overlay);
  gtk_widget_class_bind_template_child (widget_class, RegieWindow, pages_list);
  gtk_widget_class_bind_template_child (widget_class, RegieWindow, workspace_switcher);
  gtk_widget_class_bind_template_child (widget_class, RegieWindow, pause_button);
  gtk_widget_class_bind_template_child (widget_class, RegieWindow, connection_icon);
  gtk_widget_class_bind_template_child (widget_class, RegieWindow, connection_title);
  gtk_widget_class_bind_template_child (widget_class, RegieWindow, connection_state);
  _regie_window_class_actions_init (klass);
}

static void
regie_window_init (RegieWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->pages = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_object_unref);

  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    gtk_list_box_append (self->pages_list, create_row (&pages[i]));
  g_signal_connect_object (self->pages_list, "row-selected", G_CALLBACK (on_row_selected), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->pages_list, "row-activated", G_CALLBACK (on_row_activated), self,
                           G_CONNECT_SWAPPED);
}

RegieWindow *
regie_window_new (GtkApplication *application, RegieContext *context)
{
  RegieWindow *self = g_object_new (REGIE_TYPE_WINDOW, "application", application, NULL);
  GSettings *settings = regie_context_get_settings (context);
  g_autofree char *page = g_settings_get_string (settings, "page");

  self->context = g_object_ref (context);
  g_settings_bind (settings, "window-width", self, "default-width", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "window-height", self, "default-height", G_SETTINGS_BIND_DEFAULT);
  /* In a browser the page is the whole screen, often a smaller one than the window was made for. */
  if (g_str_equal (G_OBJECT_TYPE_NAME (gtk_widget_get_display (GTK_WIDGET (self))), "GdkBroadwayDisplay"))
    gtk_window_maximize (GTK_WINDOW (self));
  else
    g_settings_bind (settings, "window-maximized", self, "maximized", G_SETTINGS_BIND_DEFAULT);

  g_signal_connect_object (context, "toast", G_CALLBACK (on_toast), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (context, "notify::can-undo", G_CALLBACK (_regie_window_actions_update), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (context, "open", G_CALLBACK (on_open), self, G_CONNECT_SWAPPED);
  _regie_window_switchers_init (self);
  _regie_window_actions_update (self);
  regie_window_show_page (self, page);

  return self;
}
