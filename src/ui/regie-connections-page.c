/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-connections-page.h"

#include <glib/gi18n.h>

#include "regie-connection-words.h"
#include "regie-format.h"
#include "regie-json.h"
#include "regie-text-safe.h"

struct _RegieConnectionsPage
{
  AdwNavigationPage parent_instance;

  RegieContext *context;
};

G_DEFINE_FINAL_TYPE (RegieConnectionsPage, regie_connections_page, ADW_TYPE_NAVIGATION_PAGE)

/* The health answer's members that say something to a person. */
static const struct
{
  const char *member;
  const char *label;
} facts[] = {
  { "version", N_ ("Version") },
  { "pid", N_ ("Process") },
  { "data_dir", N_ ("Folder") },
  { "workspaces", N_ ("Workspaces") },
  { "running", N_ ("Digital Humans at work") },
};

static void
show (RegieConnection *connection, GtkWidget *row)
{
  g_autofree char *state = regie_connection_words_state (connection);
  const char *message = regie_connection_get_message (connection);
  g_autofree char *text = message != NULL ? g_strdup_printf ("%s · %s", state, message) : g_strdup (state);
  JsonObject *info = regie_connection_get_info (connection);

  regie_row_set_safe_title (ADW_PREFERENCES_ROW (row), regie_connection_get_title (connection));
  regie_row_set_safe_subtitle (ADW_PREFERENCES_ROW (row), text);
  gtk_image_set_from_icon_name (g_object_get_data (G_OBJECT (row), "icon"),
                                regie_connection_words_icon (connection));
  for (guint i = 0; i < G_N_ELEMENTS (facts); i++)
    {
      JsonNode *value = info != NULL ? json_object_get_member (info, facts[i].member) : NULL;
      g_autofree char *shown = NULL;

      if (value == NULL)
        shown = g_strdup (REGIE_FORMAT_NONE);
      else if (json_node_get_value_type (value) == G_TYPE_STRING)
        shown = g_strdup (json_node_get_string (value));
      else
        shown = g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (value));
      regie_row_set_safe_subtitle (g_object_get_data (G_OBJECT (row), facts[i].member), shown);
    }
}

static GtkWidget *
create_row (RegieConnection *connection)
{
  GtkWidget *row = adw_expander_row_new ();
  GtkWidget *icon = gtk_image_new ();
  GtkWidget *retry = gtk_button_new_from_icon_name ("view-refresh-symbolic");

  gtk_widget_set_valign (retry, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (retry, "flat");
  gtk_widget_set_tooltip_text (retry, _ ("Connect now"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (retry), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Connect now"),
                                  -1);
  g_signal_connect_object (retry, "clicked", G_CALLBACK (regie_connection_retry), connection,
                           G_CONNECT_SWAPPED);
  adw_expander_row_add_prefix (ADW_EXPANDER_ROW (row), icon);
  adw_expander_row_add_suffix (ADW_EXPANDER_ROW (row), retry);
  g_object_set_data (G_OBJECT (row), "icon", icon);
  for (guint i = 0; i < G_N_ELEMENTS (facts); i++)
    {
      GtkWidget *fact = adw_action_row_new ();

      gtk_widget_add_css_class (fact, "property");
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (fact), _ (facts[i].label));
      adw_action_row_set_subtitle_selectable (ADW_ACTION_ROW (fact), TRUE);
      adw_expander_row_add_row (ADW_EXPANDER_ROW (row), fact);
      g_object_set_data (G_OBJECT (row), facts[i].member, fact);
    }
  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (row), TRUE);

  return row;
}

static void
on_notify (RegieConnection *connection, GParamSpec *pspec, GtkWidget *row)
{
  show (connection, row);
}

static void
build (RegieConnectionsPage *self)
{
  GListModel *connections = G_LIST_MODEL (regie_context_get_connections (self->context));
  GtkWidget *view = adw_toolbar_view_new ();
  GtkWidget *page = adw_preferences_page_new ();
  GtkWidget *group = adw_preferences_group_new ();
  GtkWidget *log_group = adw_preferences_group_new ();
  GtkWidget *log = adw_button_row_new ();

  adw_preferences_group_set_description (ADW_PREFERENCES_GROUP (group),
                                         _ ("Where Digital Humans run. This computer runs its own engine."));
  for (guint i = 0; i < g_list_model_get_n_items (connections); i++)
    {
      g_autoptr (RegieConnection) connection = g_list_model_get_item (connections, i);
      GtkWidget *row = create_row (connection);

      adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), row);
      g_signal_connect_object (connection, "notify", G_CALLBACK (on_notify), row, 0);
      show (connection, row);
    }

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (log), _ ("Show the Log of the Engine"));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (log), "win.show-log");
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (log_group), log);
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (page), ADW_PREFERENCES_GROUP (group));
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (page), ADW_PREFERENCES_GROUP (log_group));
  adw_toolbar_view_add_top_bar (ADW_TOOLBAR_VIEW (view), adw_header_bar_new ());
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
regie_connections_page_class_init (RegieConnectionsPageClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = regie_connections_page_dispose;
}

static void
regie_connections_page_init (RegieConnectionsPage *self)
{
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
