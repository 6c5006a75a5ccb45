/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-preferences-dialog.h"

#include <glib/gi18n.h>

#include "regie-notifier.h"

struct _RegiePreferencesDialog
{
  AdwPreferencesDialog parent_instance;

  GSettings *settings;

  AdwComboRow *language_row;
  AdwComboRow *background_row;
  AdwSwitchRow *failures_row;
  AdwSwitchRow *tasks_row;
  AdwExpanderRow *quiet_row;
  AdwEntryRow *quiet_start_row;
  AdwEntryRow *quiet_end_row;
};

G_DEFINE_FINAL_TYPE (RegiePreferencesDialog, regie_preferences_dialog, ADW_TYPE_PREFERENCES_DIALOG)

/* In the order of the rows' choices. */
static const char *const languages[] = { "", "en", "fr", NULL };
static const char *const backgrounds[] = { "ask", "keep", "stop", NULL };

static gboolean
choice_to_position (GValue *value, GVariant *variant, gpointer choices)
{
  const char *text = g_variant_get_string (variant, NULL);

  for (guint i = 0; ((const char **) choices)[i] != NULL; i++)
    {
      if (g_str_equal (((const char **) choices)[i], text))
        g_value_set_uint (value, i);
    }

  return TRUE;
}

static GVariant *
position_to_choice (const GValue *value, const GVariantType *type, gpointer choices)
{
  return g_variant_new_string (((const char **) choices)[g_value_get_uint (value)]);
}

static void
bind_choice (RegiePreferencesDialog *self, const char *key, gpointer row, const char *const *choices)
{
  g_settings_bind_with_mapping (self->settings, key, row, "selected", G_SETTINGS_BIND_DEFAULT,
                                choice_to_position, position_to_choice, (gpointer) choices, NULL);
}

/* Only a time of day is taken over; anything else is marked and the old one stays. */
static void
on_clock_changed (GtkEditable *row, RegiePreferencesDialog *self)
{
  const char *key = GTK_WIDGET (row) == GTK_WIDGET (self->quiet_start_row) ? "quiet-start" : "quiet-end";
  gboolean fine = regie_notifier_parse_clock (gtk_editable_get_text (row)) >= 0;

  if (fine)
    {
      g_settings_set_string (self->settings, key, gtk_editable_get_text (row));
      gtk_widget_remove_css_class (GTK_WIDGET (row), "error");
    }
  else
    {
      gtk_widget_add_css_class (GTK_WIDGET (row), "error");
    }
  gtk_accessible_update_state (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_STATE_INVALID,
                               fine ? GTK_ACCESSIBLE_INVALID_FALSE : GTK_ACCESSIBLE_INVALID_TRUE, -1);
  gtk_widget_set_tooltip_text (GTK_WIDGET (row), fine ? NULL : _ ("A time of day such as 20:00"));
}

static void
bind_clock (RegiePreferencesDialog *self, const char *key, AdwEntryRow *row)
{
  g_autofree char *text = g_settings_get_string (self->settings, key);

  gtk_editable_set_text (GTK_EDITABLE (row), text);
  g_signal_connect_object (row, "changed", G_CALLBACK (on_clock_changed), self, 0);
}

static void
regie_preferences_dialog_dispose (GObject *object)
{
  RegiePreferencesDialog *self = REGIE_PREFERENCES_DIALOG (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), REGIE_TYPE_PREFERENCES_DIALOG);
  g_clear_object (&self->settings);

  G_OBJECT_CLASS (regie_preferences_dialog_parent_class)->dispose (object);
}

static void
regie_preferences_dialog_class_init (RegiePreferencesDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = regie_preferences_dialog_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/regie/Regie/ui/regie-preferences-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, RegiePreferencesDialog, language_row);
  gtk_widget_class_bind_template_child (widget_class, RegiePreferencesDialog, background_row);
  gtk_widget_class_bind_template_child (widget_class, RegiePreferencesDialog, failures_row);
  gtk_widget_class_bind_template_child (widget_class, RegiePreferencesDialog, tasks_row);
  gtk_widget_class_bind_template_child (widget_class, RegiePreferencesDialog, quiet_row);
  gtk_widget_class_bind_template_child (widget_class, RegiePreferencesDialog, quiet_start_row);
  gtk_widget_class_bind_template_child (widget_class, RegiePreferencesDialog, quiet_end_row);
}

static void
regie_preferences_dialog_init (RegiePreferencesDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

AdwDialog *
regie_preferences_dialog_new (RegieContext *context)
{
  RegiePreferencesDialog *self = g_object_new (REGIE_TYPE_PREFERENCES_DIALOG, NULL);

  self->settings = g_object_ref (regie_context_get_settings (context));
  bind_choice (self, "language", self->language_row, languages);
  bind_choice (self, "background", self->background_row, backgrounds);
  g_settings_bind (self->settings, "notify-failures", self->failures_row, "active", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (self->settings, "notify-tasks", self->tasks_row, "active", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (self->settings, "quiet-hours", self->quiet_row, "enable-expansion",
                   G_SETTINGS_BIND_DEFAULT);
  bind_clock (self, "quiet-start", self->quiet_start_row);
  bind_clock (self, "quiet-end", self->quiet_end_row);

  return ADW_DIALOG (self);
}
