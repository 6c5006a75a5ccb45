/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* Text from elsewhere into widgets that would read Pango markup. Each makes control and bidi characters
 * visible and turns markup off, or escapes where a widget has no switch. NULL is "". */

void regie_label_set_safe_text (GtkLabel *label, const char *text, gboolean multiline);
void regie_inscription_set_safe_text (GtkInscription *inscription, const char *text);

/* Title of any row, and subtitle of action, expander (and their children, combo, switch, spin) rows. Turns
 * the row's "use-markup" off. */
void regie_row_set_safe_title (AdwPreferencesRow *row, const char *title);
void regie_row_set_safe_subtitle (AdwPreferencesRow *row, const char *subtitle);

void regie_group_set_safe_title (AdwPreferencesGroup *group, const char *title);
void regie_group_set_safe_description (AdwPreferencesGroup *group, const char *description);
void regie_status_page_set_safe_title (AdwStatusPage *page, const char *title);
void regie_status_page_set_safe_description (AdwStatusPage *page, const char *description);
void regie_banner_set_safe_title (AdwBanner *banner, const char *title);
void regie_window_title_set_safe (AdwWindowTitle *title, const char *text, const char *subtitle);
void regie_widget_set_safe_tooltip (GtkWidget *widget, const char *text);

/* A toast whose title is plain text. Floating-free: the caller owns it and hands it to an overlay. */
AdwToast *regie_toast_new_safe (const char *title);

G_END_DECLS
