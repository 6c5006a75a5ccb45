/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-time-chart.h"

G_BEGIN_DECLS

/* The numbers behind a chart, and what is asked of them; no widget. */

typedef struct
{
  char *label;
  RegieChartForm form;
  RegieChartTone tone;
  gint64 *times;
  double *values;
  gsize n_points;
} RegieChartSeries;

RegieChartSeries *regie_chart_series_new (const char *label, RegieChartForm form, RegieChartTone tone);
void regie_chart_series_free (RegieChartSeries *self);

/* Copies the points; FALSE when they are the ones it has. */
gboolean
regie_chart_series_set (RegieChartSeries *self, const gint64 *times, const double *values, gsize n_points);

/* Index of the first point at or after TIME (n_points: none). */
gsize regie_chart_series_lower_bound (const RegieChartSeries *self, gint64 time);

/* Index of the point nearest to TIME, G_MAXSIZE when there is none. */
gsize regie_chart_series_nearest (const RegieChartSeries *self, gint64 time);

/* The last value that is a number, NaN when there is none. */
double regie_chart_series_get_last (const RegieChartSeries *self);

/* What one column of pixels shows of the points in it. */
typedef struct
{
  gboolean used;
  double least, most; /* of the values in the column */
  double first, last; /* in time */
} RegieChartColumn;

/* Spreads the points of [from, to] over N columns. COLUMNS is filled (n_columns elements). */
void regie_chart_series_downsample (const RegieChartSeries *self,
                                    gint64 from,
                                    gint64 to,
                                    RegieChartColumn *columns,
                                    guint n_columns);

/* Over several series (GPtrArray of RegieChartSeries). */
gboolean regie_chart_data_get_span (GPtrArray *series, gint64 *from, gint64 *to);
double regie_chart_data_get_most (GPtrArray *series, gint64 from, gint64 to);

/* The point of any series nearest to TIME, and the one STEPS points later (earlier when negative) than TIME;
 * 0 when there is none. */
gint64 regie_chart_data_nearest (GPtrArray *series, gint64 time);
gint64 regie_chart_data_step (GPtrArray *series, gint64 time, int steps);

G_END_DECLS
