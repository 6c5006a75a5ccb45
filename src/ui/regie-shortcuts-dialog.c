/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-shortcuts-dialog.h"
#include "regie-kit.h"

#include <glib/gi18n.h>

#include "regie-commands.h"

static GtkWidget *
create_row (const RegieCommand *command)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *keys;
  g_autofree char *label = NULL;
  guint key;
  GdkModifierType modifiers;

  if (!gtk_accelerator_parse (command->accel, &key, &modifiers))
    g_error ("%s: no such key %s", command->action, command->accel);
  label = gtk_accelerator_get_label (key, modifiers);
  keys = gtk_label_new (label);
  gtk_widget_add_css_class (keys, "keycap");
  gtk_widget_set_valign (keys, GTK_ALIGN_CENTER);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ (command->title));
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), keys);

  return row;
}

AdwDialog *
regie_shortcuts_dialog_new (void)
{
  AdwDialog *dialog = adw_dialog_new ();
  GtkWidget *view = adw_toolbar_view_new ();
  GtkWidget *page = adw_preferences_page_new ();
  AdwPreferencesGroup *group = NULL;
  const char *group_name = NULL;
  guint n_commands;
  const RegieCommand *commands = regie_commands_list (&n_commands);

  for (guint i = 0; i < n_commands; i++)
    {
      if (commands[i].accel == NULL)
        continue;
      if (g_strcmp0 (group_name, commands[i].group) != 0)
        {
          group_name = commands[i].group;
          group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());
          adw_preferences_group_set_title (group, _ (group_name));
          adw_preferences_page_add (ADW_PREFERENCES_PAGE (page), group);
        }
      adw_preferences_group_add (group, create_row (&commands[i]));
    }

  adw_toolbar_view_add_top_bar (ADW_TOOLBAR_VIEW (view), adw_header_bar_new ());
  adw_toolbar_view_set_content (ADW_TOOLBAR_VIEW (view), page);
  adw_dialog_set_title (dialog, _ ("Keyboard Shortcuts"));
  adw_dialog_set_content_width (dialog, 520);
  adw_dialog_set_content_height (dialog, 560);
  adw_dialog_set_child (dialog, view);
  regie_kit_fit_dialog (dialog, NULL);

  return dialog;
}
