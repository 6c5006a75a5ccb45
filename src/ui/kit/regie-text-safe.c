/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-text-safe.h"

#include "regie-text.h"

void
regie_label_set_safe_text (GtkLabel *label, const char *text, gboolean multiline)
{
  g_autofree char *visible = regie_text_visible (text, multiline);

  gtk_label_set_text (label, visible);
}

void
regie_inscription_set_safe_text (GtkInscription *inscription, const char *text)
{
  g_autofree char *visible = regie_text_visible (text, FALSE);

  gtk_inscription_set_text (inscription, visible);
}

void
regie_row_set_safe_title (AdwPreferencesRow *row, const char *title)
{
  g_autofree char *visible = regie_text_visible (title, FALSE);

  adw_preferences_row_set_use_markup (row, FALSE);
  adw_preferences_row_set_title (row, visible);
}

void
regie_row_set_safe_subtitle (AdwPreferencesRow *row, const char *subtitle)
{
  g_autofree char *visible = regie_text_visible (subtitle, TRUE);

  g_return_if_fail (ADW_IS_ACTION_ROW (row) || ADW_IS_EXPANDER_ROW (row));

  adw_preferences_row_set_use_markup (row, FALSE);
  if (ADW_IS_ACTION_ROW (row))
    adw_action_row_set_subtitle (ADW_ACTION_ROW (row), visible);
  else
    adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (row), visible);
}

void
regie_group_set_safe_title (AdwPreferencesGroup *group, const char *title)
{
  g_autofree char *escaped = regie_text_escape (title);

  adw_preferences_group_set_title (group, escaped);
}

void
regie_group_set_safe_description (AdwPreferencesGroup *group, const char *description)
{
  g_autofree char *escaped = regie_text_escape (description);

  adw_preferences_group_set_description (group, escaped);
}

void
regie_status_page_set_safe_title (AdwStatusPage *page, const char *title)
{
  g_autofree char *escaped = regie_text_escape (title);

  adw_status_page_set_title (page, escaped);
}

void
regie_status_page_set_safe_description (AdwStatusPage *page, const char *description)
{
  g_autofree char *escaped = regie_text_escape (description);

  adw_status_page_set_description (page, escaped);
}

void
regie_banner_set_safe_title (AdwBanner *banner, const char *title)
{
  g_autofree char *visible = regie_text_visible (title, FALSE);

  adw_banner_set_use_markup (banner, FALSE);
  adw_banner_set_title (banner, visible);
}

void
regie_window_title_set_safe (AdwWindowTitle *title, const char *text, const char *subtitle)
{
  g_autofree char *visible = regie_text_visible (text, FALSE);
  g_autofree char *below = regie_text_visible (subtitle, FALSE);

  adw_window_title_set_title (title, visible);
  adw_window_title_set_subtitle (title, below);
}

void
regie_widget_set_safe_tooltip (GtkWidget *widget, const char *text)
{
  g_autofree char *visible = text != NULL ? regie_text_visible (text, TRUE) : NULL;

  gtk_widget_set_tooltip_text (widget, visible);
}

AdwToast *
regie_toast_new_safe (const char *title)
{
  g_autofree char *visible = regie_text_visible (title, FALSE);
  AdwToast *toast = adw_toast_new ("");

  adw_toast_set_use_markup (toast, FALSE);
  adw_toast_set_title (toast, visible);

  return toast;
}
