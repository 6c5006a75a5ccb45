/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-chart-card.h"

#include <glib/gi18n.h>
#include <math.h>

#include "regie-format.h"

char *
regie_chart_format_duration (double value, gpointer data)
{
  return regie_format_duration (llround (value));
}

RegieTimeChart *
regie_chart_card_add (AdwWrapBox *box, const char *title, int width, int height)
{
  GtkWidget *card = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *label = gtk_label_new (title);
  GtkWidget *chart = regie_time_chart_new (title);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "caption-heading");
  gtk_widget_add_css_class (card, "card");
  gtk_widget_add_css_class (card, "chart-card");
  gtk_widget_set_size_request (chart, width, height);
  gtk_widget_set_hexpand (chart, TRUE);
  gtk_box_append (GTK_BOX (card), label);
  gtk_box_append (GTK_BOX (card), chart);
  adw_wrap_box_append (box, card);
  regie_time_chart_set_empty_text (REGIE_TIME_CHART (chart), _ ("Nothing happened yet"));

  return REGIE_TIME_CHART (chart);
}

RegieTimeChart *
regie_chart_card_add_tasks (AdwWrapBox *box, int width, int height)
{
  RegieTimeChart *chart = regie_chart_card_add (box, _ ("Tasks and errors"), width, height);

  regie_time_chart_add_series (chart, _ ("Tasks"), REGIE_CHART_BARS, REGIE_CHART_ACCENT);
  regie_time_chart_add_series (chart, _ ("Errors"), REGIE_CHART_BARS, REGIE_CHART_ERROR);
  regie_time_chart_set_value_axis (chart, 4, TRUE);

  return chart;
}

RegieTimeChart *
regie_chart_card_add_latency (AdwWrapBox *box, int width, int height)
{
  RegieTimeChart *chart = regie_chart_card_add (box, _ ("Time taken by a task"), width, height);

  regie_time_chart_add_series (chart, _ ("Median"), REGIE_CHART_LINE, REGIE_CHART_ACCENT);
  regie_time_chart_add_series (chart, _ ("p95"), REGIE_CHART_LINE, REGIE_CHART_WARNING);
  regie_time_chart_set_format (chart, regie_chart_format_duration, NULL, NULL);

  return chart;
}
