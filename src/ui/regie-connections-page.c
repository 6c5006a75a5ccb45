/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-connections-page.h"

#include <glib/gi18n.h>

#include "regie-connection-row.h"

struct _RegieConnectionsPage
{
  AdwNavigationPage parent_instance;

  RegieContext *context;
  AdwPreferencesGroup *group;
  GPtrArray *rows; /* in the order of the connections; borrowed from the group */
};

G_DEFINE_FINAL_TYPE (RegieConnectionsPage, regie_connections_page, ADW_TYPE_NAVIGATION_PAGE)

/* New ones come at the end, so that the order of the rows stays that of the model. */
static void
on_items_changed (RegieConnectionsPage *self, guint position, guint removed, guint added, GListModel *model)
{
  for (guint i = 0; i < removed; i++)
    {
      adw_preferences_group_remove (self->group, g_ptr_array_index (self->rows, position));
      g_ptr_array_remove_index (self->rows, position);
    }
  for (guint i = 0; i < added; i++)
    {
      g_autoptr (RegieConnection) connection = g_list_model_get_item (model, position + i);
      GtkWidget *row = regie_connection_row_new (self->context, connection);

      adw_preferences_group_add (self->group, row);
      g_ptr_array_insert (self->rows, position + i, row);
    }
}

static GtkWidget *
create_header (void)
{
  GtkWidget *header = adw_header_bar_new ();
  GtkWidget *add = gtk_button_new_from_icon_name ("list-add-symbolic");

  gtk_widget_set_tooltip_text (add, _ ("Add a connection"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (add), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Add a connection"),
                                  -1);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (add), "win.add-connection");
  adw_header_bar_pack_start (ADW_HEADER_BAR (header), add);

  return header;
}

static void
build (RegieConnectionsPage *self)
{
  GListModel *connections = G_LIST_MODEL (regie_context_get_connections (self->context));
  GtkWidget *view = adw_toolbar_view_new ();
  GtkWidget *page = adw_preferences_page_new ();
  GtkWidget *log_group = adw_preferences_group_new ();
  GtkWidget *log = adw_button_row_new ();

  self->group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());
  adw_preferences_group_set_description (
      self->group, _ ("Where Digital Humans run. This computer runs its own engine; others can be added."));
  on_items_changed (self, 0, 0, g_list_model_get_n_items (connections), connections);
  g_signal_connect_object (connections, "items-changed", G_CALLBACK (on_items_changed), self,
                           G_CONNECT_SWAPPED);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (log), _ ("Show the Log of the Engine"));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (log), "win.show-log");
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (log_group), log);
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (page), self->group);
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (page), ADW_PREFERENCES_GROUP (log_group));
  adw_toolbar_view_add_top_bar (ADW_TOOLBAR_VIEW (view), create_header ());
  adw_toolbar_view_set_content (ADW_TOOLBAR_VIEW (view), page);
  adw_navigation_page_set_child (ADW_NAVIGATION_PAGE (self), view);
}

static void
regie_connections_page_dispose (GObject *object)
{
  g_clear_object (&REGIE_CONNECTIONS_PAGE (object)->context);

  G_OBJECT_CLASS (regie_connections_page_parent_class)->dispose (object);
}

static void
regie_connections_page_finalize (GObject *object)
{
  g_ptr_array_unref (REGIE_CONNECTIONS_PAGE (object)->rows);

  G_OBJECT_CLASS (regie_connections_page_parent_class)->finalize (object);
}

static void
regie_connections_page_class_init (RegieConnectionsPageClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = regie_connections_page_dispose;
  G_OBJECT_CLASS (klass)->finalize = regie_connections_page_finalize;
}

static void
regie_connections_page_init (RegieConnectionsPage *self)
{
  self->rows = g_ptr_array_new ();
}

AdwNavigationPage *
regie_connections_page_new (RegieContext *context)
{
  RegieConnectionsPage *self =
      g_object_new (REGIE_TYPE_CONNECTIONS_PAGE, "title", _ ("Connections"), "tag", "connections", NULL);

  self->context = g_object_ref (context);
  build (self);

  return ADW_NAVIGATION_PAGE (self);
}
