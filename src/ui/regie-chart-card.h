/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "regie-time-chart.h"

G_BEGIN_DECLS

/* A chart under its title, in a card at the end of BOX. WIDTH and HEIGHT: the least that the chart takes, in
 * px. The chart belongs to BOX. */
RegieTimeChart *regie_chart_card_add (AdwWrapBox *box, const char *title, int width, int height);

/* Those that each page of activity has: tasks and errors; median and p95 of the time that a task takes, in
 * ms. */
RegieTimeChart *regie_chart_card_add_tasks (AdwWrapBox *box, int width, int height);
RegieTimeChart *regie_chart_card_add_latency (AdwWrapBox *box, int width, int height);

/* A RegieChartFormat of milliseconds. */
char *regie_chart_format_duration (double value, gpointer data);

G_END_DECLS
