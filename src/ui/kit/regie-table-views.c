/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-table-private.h"

#include <glib/gi18n.h>

#include "regie-json.h"
#include "regie-text-safe.h"
#include "regie-text.h"

static char *
get_prefix (RegieTable *self)
{
  return g_strconcat ("view/", self->kind->name, "/", NULL);
}

static char *
get_value_name (RegieTable *self, const char *view)
{
  return g_strconcat ("view/", self->kind->name, "/", view, NULL);
}

/* --- reading --- */

/* The store gives whole names; menus show the last part. */
static JsonObject *
strip_prefix (JsonObject *values, const char *prefix)
{
  JsonObject *views = json_object_new ();
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  json_object_iter_init_ordered (&iter, values);
  while (json_object_iter_next_ordered (&iter, &name, &node))
    {
      if (g_str_has_prefix (name, prefix))
        name += strlen (prefix);
      if (JSON_NODE_HOLDS_OBJECT (node) && *name != '\0')
        json_object_set_member (views, name, json_node_copy (node));
    }

  return views;
}

static void
on_views_read (gpointer object, const GValue *value, const GError *error)
{
  RegieTable *self = object;
  JsonObject *values =
      value != NULL && G_VALUE_HOLDS (value, JSON_TYPE_OBJECT) ? g_value_get_boxed (value) : NULL;
  g_autofree char *prefix = NULL;

  if (self->store == NULL || values == NULL)
    return;
  prefix = get_prefix (self);
  g_clear_pointer (&self->views, json_object_unref);
  self->views = strip_prefix (values, prefix);
  regie_table_rebuild_views_menu (self);
}

void
regie_table_load_views (RegieTable *self)
{
  g_autofree char *prefix = get_prefix (self);

  regie_when_settled (regie_store_list_values (self->store, prefix), self, on_views_read);
}

void
regie_table_open_view (RegieTable *self, const char *name)
{
  JsonObject *view = regie_json_get_object (self->views, name);

  if (view != NULL)
    regie_table_apply_settings (self, view, TRUE);
}

/* --- writing --- */

static void
on_view_written (gpointer object, const GValue *value, const GError *error)
{
  RegieTable *self = object;

  if (self->store != NULL)
    regie_table_load_views (self);
}

void
regie_table_save_view (RegieTable *self, const char *name)
{
  g_autofree char *value_name = get_value_name (self, name);
  g_autoptr (JsonObject) settings = regie_table_dup_settings (self, TRUE);

  regie_when_settled (regie_store_put_value (self->store, value_name, settings), self, on_view_written);
}

void
regie_table_delete_view (RegieTable *self, const char *name)
{
  g_autofree char *value_name = get_value_name (self, name);

  regie_when_settled (regie_store_put_value (self->store, value_name, NULL), self, on_view_written);
}

/* --- asking for a name --- */

static void
on_name_changed (GtkEditable *entry, AdwAlertDialog *dialog)
{
  g_autofree char *name = g_strstrip (g_strdup (gtk_editable_get_text (entry)));

  adw_alert_dialog_set_response_enabled (
      dialog, "save", *name != '\0' && g_utf8_strlen (name, -1) <= 60 && regie_text_is_plain (name, FALSE));
}

static void
on_name_response (AdwAlertDialog *dialog, const char *response, RegieTable *self)
{
  GtkEditable *entry = g_object_get_data (G_OBJECT (dialog), "regie-entry");
  g_autofree char *name = g_strstrip (g_strdup (gtk_editable_get_text (entry)));

  if (g_str_equal (response, "save"))
    regie_table_save_view (self, name);
}

void
regie_table_ask_view_name (RegieTable *self)
{
  AdwDialog *dialog =
      adw_alert_dialog_new (_ ("Save View"), _ ("Search, filters, order and columns are kept under a name."));
  AdwAlertDialog *alert = ADW_ALERT_DIALOG (dialog);
  GtkWidget *group = adw_preferences_group_new ();
  GtkWidget *entry = adw_entry_row_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (entry), _ ("Name"));
  adw_entry_row_set_activates_default (ADW_ENTRY_ROW (entry), TRUE);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), entry);
  adw_alert_dialog_set_extra_child (alert, group);
  adw_alert_dialog_add_responses (alert, "cancel", _ ("_Cancel"), "save", _ ("_Save"), NULL);
  adw_alert_dialog_set_response_appearance (alert, "save", ADW_RESPONSE_SUGGESTED);
  adw_alert_dialog_set_default_response (alert, "save");
  adw_alert_dialog_set_close_response (alert, "cancel");
  adw_alert_dialog_set_response_enabled (alert, "save", FALSE);
  g_object_set_data (G_OBJECT (dialog), "regie-entry", entry);
  g_signal_connect_object (entry, "changed", G_CALLBACK (on_name_changed), dialog, G_CONNECT_DEFAULT);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_name_response), self, G_CONNECT_DEFAULT);
  adw_dialog_set_focus (dialog, entry);
  adw_dialog_present (dialog, GTK_WIDGET (self));
}

/* --- deleting, and columns: dialogs with a list --- */

static GtkWidget *
create_list_dialog (AdwDialog **dialog, const char *title, GtkWidget *content)
{
  GtkWidget *view = adw_toolbar_view_new ();
  GtkWidget *page = adw_preferences_page_new ();

  adw_toolbar_view_add_top_bar (ADW_TOOLBAR_VIEW (view), adw_header_bar_new ());
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (page), ADW_PREFERENCES_GROUP (content));
  adw_toolbar_view_set_content (ADW_TOOLBAR_VIEW (view), page);
  *dialog = adw_dialog_new ();
  adw_dialog_set_title (*dialog, title);
  adw_dialog_set_content_width (*dialog, 400);
  adw_dialog_set_content_height (*dialog, 480);
  adw_dialog_set_child (*dialog, view);

  return content;
}

static void
on_delete_clicked (GtkButton *button, RegieTable *self)
{
  GtkWidget *row = gtk_widget_get_ancestor (GTK_WIDGET (button), ADW_TYPE_ACTION_ROW);

  regie_table_delete_view (self, g_object_get_data (G_OBJECT (button), "regie-view"));
  gtk_widget_set_visible (row, FALSE);
}

static GtkWidget *
create_view_row (RegieTable *self, const char *name)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *button = gtk_button_new_from_icon_name ("user-trash-symbolic");
  g_autofree char *label = NULL;

  /* Translators: a button; %s is the name of a saved view */
  label = g_strdup_printf (_ ("Delete the view %s"), name);
  regie_row_set_safe_title (ADW_PREFERENCES_ROW (row), name);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  regie_widget_set_safe_tooltip (button, label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  g_object_set_data_full (G_OBJECT (button), "regie-view", g_strdup (name), g_free);
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_delete_clicked), self, G_CONNECT_DEFAULT);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);

  return row;
}

void
regie_table_manage_views (RegieTable *self)
{
  AdwDialog *dialog;
  GtkWidget *group = create_list_dialog (&dialog, _ ("Saved Views"), adw_preferences_group_new ());
  JsonObjectIter iter;
  const char *name;

  json_object_iter_init_ordered (&iter, self->views);
  while (json_object_iter_next_ordered (&iter, &name, NULL))
    adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), create_view_row (self, name));
  adw_dialog_present (dialog, GTK_WIDGET (self));
}

static void
on_reset_columns (RegieTable *self)
{
  regie_table_reset_columns (self);
}

void
regie_table_choose_columns (RegieTable *self)
{
  AdwDialog *dialog;
  GtkWidget *group = create_list_dialog (&dialog, _ ("Columns"), adw_preferences_group_new ());
  GtkWidget *reset = gtk_button_new_with_label (_ ("Reset"));

  for (guint i = 0; i < self->columns->len; i++)
    {
      RegieColumn *column = g_ptr_array_index (self->columns, i);
      GtkWidget *row = adw_switch_row_new ();

      regie_row_set_safe_title (ADW_PREFERENCES_ROW (row), column->title);
      g_object_bind_property (column->view, "visible", row, "active",
                              G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
      /* Without its name nobody knows what a row is about. */
      gtk_widget_set_sensitive (row, !column->is_title);
      adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), row);
    }
  gtk_widget_add_css_class (reset, "flat");
  gtk_widget_set_valign (reset, GTK_ALIGN_CENTER);
  g_signal_connect_object (reset, "clicked", G_CALLBACK (on_reset_columns), self, G_CONNECT_SWAPPED);
  adw_preferences_group_set_header_suffix (ADW_PREFERENCES_GROUP (group), reset);
  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (group), _ ("Shown in the List"));
  adw_dialog_present (dialog, GTK_WIDGET (self));
}
