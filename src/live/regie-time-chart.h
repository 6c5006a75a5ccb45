/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Series over time with axes, labels at the ends of the lines, a legend, and a cursor that pointer and arrow
 * keys move. Of any length: at most two points are drawn for each column of pixels. Layers are kept as
 * render nodes; nothing is drawn when nothing changes.
 *
 * Keyboard: Left and Right move the cursor by a point, with Ctrl by ten, Home and End to the ends, Escape
 * takes it away. Role "img", the value at the cursor is its accessible value text and is announced.
 *
 * Properties: "title", "cursor-time" (int64 µs, 0: none; notified). */
#define REGIE_TYPE_TIME_CHART (regie_time_chart_get_type ())
G_DECLARE_FINAL_TYPE (RegieTimeChart, regie_time_chart, REGIE, TIME_CHART, GtkWidget)

typedef enum
{
  REGIE_CHART_LINE,
  REGIE_CHART_AREA,
  REGIE_CHART_BARS
} RegieChartForm;

typedef enum
{
  REGIE_CHART_ACCENT,
  REGIE_CHART_SUCCESS,
  REGIE_CHART_WARNING,
  REGIE_CHART_ERROR,
  REGIE_CHART_NEUTRAL
} RegieChartTone;

/* A number as shown at axis, ends and cursor; newly allocated. */
typedef char *(*RegieChartFormat) (double value, gpointer data);

/* TITLE is its accessible name and is not drawn. */
GtkWidget *regie_time_chart_new (const char *title);

void regie_time_chart_set_title (RegieTimeChart *self, const char *title);

/* Adds a series and gives its number. LABEL is translated and shown at its end and in the legend. */
guint regie_time_chart_add_series (RegieTimeChart *self,
                                   const char *label,
                                   RegieChartForm form,
                                   RegieChartTone tone);
void regie_time_chart_clear_series (RegieTimeChart *self);

/* N points in rising order of TIMES (µs UTC); NaN is a gap. Copied; equal ones change nothing. */
void regie_time_chart_set_data (RegieTimeChart *self,
                                guint series,
                                const gint64 *times,
                                const double *values,
                                gsize n_points);

/* The span shown in µs; 0, 0: that of the data. */
void regie_time_chart_set_range (RegieTimeChart *self, gint64 from, gint64 to);

/* Two points further apart than this (µs) are not joined; 0: all are. For bars it is their width too. */
void regie_time_chart_set_step (RegieTimeChart *self, gint64 step);

/* The value axis starts at 0 and ends at least at MOST (0: at the data). INTEGERS: no ticks between whole
 * numbers. */
void regie_time_chart_set_value_axis (RegieTimeChart *self, double most, gboolean integers);

void regie_time_chart_set_format (RegieTimeChart *self,
                                  RegieChartFormat format,
                                  gpointer data,
                                  GDestroyNotify destroy);

/* What stands in the middle when no series has a point; translated. */
void regie_time_chart_set_empty_text (RegieTimeChart *self, const char *text);

void regie_time_chart_set_cursor (RegieTimeChart *self, gint64 time);
gint64 regie_time_chart_get_cursor (RegieTimeChart *self);

/* The sentence for the cursor: "14:05: Tasks 12, Errors 0"; newly allocated, NULL without cursor. */
char *regie_time_chart_dup_cursor_text (RegieTimeChart *self);

/* How often the layer with the data was built; for tests. */
guint regie_time_chart_get_n_builds (RegieTimeChart *self);

G_END_DECLS
