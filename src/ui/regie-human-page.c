/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-human-page.h"

#include <glib/gi18n.h>

#include "regie-cause.h"
#include "regie-database-view.h"
#include "regie-human-status.h"
#include "regie-kind-fields.h"
#include "regie-log-view.h"
#include "regie-record-dialog.h"
#include "regie-rights-view.h"
#include "regie-settings-view.h"
#include "regie-status-label.h"
#include "regie-talk-view.h"
#include "regie-task-dialog.h"
#include "regie-tasks-view.h"
#include "regie-text-safe.h"
#include "regie-text.h"

struct _RegieHumanPage
{
  AdwNavigationPage parent_instance;

  RegieContext *context;
  RegieRecord *record;
  gboolean built;

  GtkLabel *name_label;
  RegieStatusLabel *state_label;
  GtkWidget *start_button;
  GtkWidget *stop_button;
  AdwBanner *cause_banner;
  AdwBanner *pause_banner;
  AdwViewStack *stack;
  GtkDropDown *drop_down;
};

G_DEFINE_FINAL_TYPE (RegieHumanPage, regie_human_page, ADW_TYPE_NAVIGATION_PAGE)

/* --- the parts: made once the record is there, since they ask by its id --- */

static void
add_part (RegieHumanPage *self, GtkWidget *widget, const char *name, const char *title, const char *icon)
{
  adw_view_stack_add_titled_with_icon (self->stack, widget, name, title, icon);
}

static void
build_parts (RegieHumanPage *self)
{
  const char *id = regie_record_get_remote_id (self->record);

  self->built = TRUE;
  add_part (self, regie_human_status_new (self->context, self->record), "status", _ ("Status"),
            "view-grid-symbolic");
  add_part (self, regie_talk_view_new (self->context, self->record), "talk", _ ("Talk"),
            "mail-message-new-symbolic");
  add_part (self, regie_tasks_view_new (self->context, self->record), "tasks", _ ("Tasks"),
            "view-list-symbolic");
  add_part (self, regie_rights_view_new (self->context, self->record), "services", _ ("Services"),
            "security-high-symbolic");
  add_part (self, regie_database_view_new (self->context, self->record), "database", _ ("Database"),
            "drive-harddisk-symbolic");
  add_part (self, regie_log_view_new (self->context, id), "log", _ ("Log"), "text-x-generic-symbolic");
  add_part (self, regie_settings_view_new (self->context, self->record), "settings", _ ("Settings"),
            "emblem-system-symbolic");
}

static const char *const part_titles[] = { N_ ("Status"),   N_ ("Talk"), N_ ("Tasks"),   N_ ("Services"),
                                           N_ ("Database"), N_ ("Log"),  N_ ("Settings") };
static const char *const part_names[] = {
  "status", "talk", "tasks", "services", "database", "log", "settings"
};

static void
on_part_chosen (RegieHumanPage *self)
{
  guint position = gtk_drop_down_get_selected (self->drop_down);

  if (self->built && position < G_N_ELEMENTS (part_names))
    adw_view_stack_set_visible_child_name (self->stack, part_names[position]);
}

static void
on_part_shown (RegieHumanPage *self)
{
  const char *name = adw_view_stack_get_visible_child_name (self->stack);

  for (guint i = 0; name != NULL && i < G_N_ELEMENTS (part_names); i++)
    {
      if (g_str_equal (part_names[i], name))
        gtk_drop_down_set_selected (self->drop_down, i);
    }
}

/* --- showing --- */

static void
show_record (RegieHumanPage *self)
{
  const RegieField *field = regie_kind_find_field (regie_record_get_kind (self->record), "state");
  const char *state = regie_digital_human_get_state (self->record);
  g_autofree char *cause = regie_cause_read_record (self->record, "cause");
  gboolean running = g_strcmp0 (regie_digital_human_get_wanted (self->record), "running") == 0;
  gboolean failing = g_strcmp0 (state, "error") == 0;
  gboolean paused = regie_digital_human_get_paused (self->record);
  g_autofree char *name = regie_text_visible (regie_record_get_title (self->record), FALSE);

  adw_navigation_page_set_title (ADW_NAVIGATION_PAGE (self), name);
  gtk_label_set_text (self->name_label, name);
  regie_status_label_set_value (self->state_label, field, state);
  gtk_widget_set_visible (self->start_button, !running);
  gtk_widget_set_visible (self->stop_button, running);
  regie_banner_set_safe_title (self->cause_banner, cause);
  adw_banner_set_revealed (self->cause_banner, failing && cause != NULL);
  adw_banner_set_revealed (self->pause_banner, paused);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "human.start", !running);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "human.stop", running);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "human.restart", running);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "human.pause", !paused);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "human.resume", paused);
}

static void
on_record_changed (RegieHumanPage *self)
{
  if (!regie_record_is_loaded (self->record))
    return;
  show_record (self);
  if (!self->built && regie_record_get_remote_id (self->record) != NULL)
    build_parts (self);
}

/* --- acting --- */

static void
on_act (GtkWidget *widget, const char *name, GVariant *parameter)
{
  RegieHumanPage *self = REGIE_HUMAN_PAGE (widget);

  regie_context_act (self->context, regie_record_get_kind (self->record), regie_record_get_key (self->record),
                     name + strlen ("human."));
}

static void
on_delete (GtkWidget *widget, const char *name, GVariant *parameter)
{
  RegieHumanPage *self = REGIE_HUMAN_PAGE (widget);
  const char *keys[] = { regie_record_get_key (self->record), NULL };

  regie_context_delete_many (self->context, regie_record_get_kind (self->record), keys);
  gtk_widget_activate_action (widget, "navigation.pop", NULL);
}

static void
on_edit (GtkWidget *widget, const char *name, GVariant *parameter)
{
  RegieHumanPage *self = REGIE_HUMAN_PAGE (widget);
  RegieRecordDialog *dialog = regie_record_dialog_new (
      regie_context_get_store (self->context), regie_record_get_kind (self->record), NULL, self->record);

  adw_dialog_present (ADW_DIALOG (dialog), widget);
}

static void
on_new_task (GtkWidget *widget, const char *name, GVariant *parameter)
{
  RegieHumanPage *self = REGIE_HUMAN_PAGE (widget);

  adw_dialog_present (regie_task_dialog_new (self->context, self->record), widget);
}

static void
on_mute (GtkWidget *widget, const char *name, GVariant *parameter)
{
  RegieHumanPage *self = REGIE_HUMAN_PAGE (widget);
  GSettings *settings = regie_context_get_settings (self->context);
  g_auto (GStrv) muted = g_settings_get_strv (settings, "muted");
  const char *id = regie_context_get_ref (self->record);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) after = NULL;
  gboolean was_muted = g_strv_contains ((const char *const *) muted, id);

  for (guint i = 0; muted[i] != NULL; i++)
    {
      if (!g_str_equal (muted[i], id))
        g_strv_builder_add (builder, muted[i]);
    }
  if (!was_muted)
    g_strv_builder_add (builder, id);
  after = g_strv_builder_end (builder);
  g_settings_set_strv (settings, "muted", (const char *const *) after);
  regie_context_say (self->context, was_muted ? _ ("It notifies again") : _ ("It notifies no more"), NULL);
}

static void
regie_human_page_dispose (GObject *object)
{
  RegieHumanPage *self = REGIE_HUMAN_PAGE (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), REGIE_TYPE_HUMAN_PAGE);
  g_clear_object (&self->record);
  g_clear_object (&self->context);

  G_OBJECT_CLASS (regie_human_page_parent_class)->dispose (object);
}

static void
install_actions (GtkWidgetClass *widget_class)
{
  static const char *const acts[] = { "human.start", "human.stop",   "human.restart",
                                      "human.pause", "human.resume", "human.duplicate" };

  for (guint i = 0; i < G_N_ELEMENTS (acts); i++)
    gtk_widget_class_install_action (widget_class, acts[i], NULL, on_act);
  gtk_widget_class_install_action (widget_class, "human.delete", NULL, on_delete);
  gtk_widget_class_install_action (widget_class, "human.edit", NULL, on_edit);
  gtk_widget_class_install_action (widget_class, "human.new-task", NULL, on_new_task);
  gtk_widget_class_install_action (widget_class, "human.mute", NULL, on_mute);
}

static void
regie_human_page_class_init (RegieHumanPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = regie_human_page_dispose;
  g_type_ensure (REGIE_TYPE_STATUS_LABEL);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/regie/Regie/ui/regie-human-page.ui");
  gtk_widget_class_bind_template_child (widget_class, RegieHumanPage, name_label);
  gtk_widget_class_bind_template_child (widget_class, RegieHumanPage, state_label);
  gtk_widget_class_bind_template_child (widget_class, RegieHumanPage, start_button);
  gtk_widget_class_bind_template_child (widget_class, RegieHumanPage, stop_button);
  gtk_widget_class_bind_template_child (widget_class, RegieHumanPage, cause_banner);
  gtk_widget_class_bind_template_child (widget_class, RegieHumanPage, pause_banner);
  gtk_widget_class_bind_template_child (widget_class, RegieHumanPage, stack);
  gtk_widget_class_bind_template_child (widget_class, RegieHumanPage, drop_down);
  install_actions (widget_class);
}

static void
regie_human_page_init (RegieHumanPage *self)
{
  g_autoptr (GtkStringList) titles = gtk_string_list_new (NULL);

  gtk_widget_init_template (GTK_WIDGET (self));
  for (guint i = 0; i < G_N_ELEMENTS (part_titles); i++)
    gtk_string_list_append (titles, _ (part_titles[i]));
  gtk_drop_down_set_model (self->drop_down, G_LIST_MODEL (titles));
  g_signal_connect_object (self->drop_down, "notify::selected", G_CALLBACK (on_part_chosen), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->stack, "notify::visible-child-name", G_CALLBACK (on_part_shown), self,
                           G_CONNECT_SWAPPED);
}

AdwNavigationPage *
regie_human_page_new (RegieContext *context, const char *key)
{
  RegieHumanPage *self = g_object_new (REGIE_TYPE_HUMAN_PAGE, NULL);

  self->context = g_object_ref (context);
  self->record =
      regie_store_get (regie_context_get_store (context), regie_kind_get (REGIE_DIGITAL_HUMAN_KIND), key);
  g_signal_connect_object (self->record, "changed", G_CALLBACK (on_record_changed), self, G_CONNECT_SWAPPED);
  on_record_changed (self);

  return ADW_NAVIGATION_PAGE (self);
}
