/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-chart-data.h"
#include "regie-chart-scale.h"
#include "regie-live-private.h"

G_BEGIN_DECLS

#define REGIE_CHART_N_TONES (REGIE_CHART_NEUTRAL + 1)

struct _RegieTimeChart
{
  GtkWidget parent_instance;

  /* what is shown */
  char *title;
  char *empty_text;
  GPtrArray *series;
  gint64 from, to, step;
  double most;
  gboolean integers;
  RegieChartFormat format;
  gpointer format_data;
  GDestroyNotify format_destroy;

  /* the cursor */
  gint64 cursor;
  gboolean cursor_by_key;
  GtkWidget *readout;

  /* where things are; valid while axes is there */
  graphene_rect_t plot;
  RegieValueScale scale;
  gint64 shown_from, shown_to;
  int width, height;

  GskRenderNode *axes, *data;
  guint n_builds;

  GtkWidget *tones[REGIE_CHART_N_TONES];
};

/* Finds out the plot's place and builds the layers that are not there. FALSE when there is nothing to plot.
 */
gboolean regie_time_chart_ensure_layers (RegieTimeChart *self);
void regie_time_chart_snapshot_cursor (RegieTimeChart *self, GtkSnapshot *snapshot);

/* Drops all layers; what is shown changed. */
void regie_time_chart_invalidate (RegieTimeChart *self);

gboolean regie_time_chart_has_points (RegieTimeChart *self);
char *regie_time_chart_format_value (RegieTimeChart *self, double value);
double regie_time_chart_get_x (RegieTimeChart *self, gint64 time);
double regie_time_chart_get_y (RegieTimeChart *self, double value);
double regie_time_chart_get_cursor_x (RegieTimeChart *self);
void regie_time_chart_get_tone_color (RegieTimeChart *self, RegieChartTone tone, GdkRGBA *color);

/* The value of SERIES at the cursor, NaN when it has no point there. */
double regie_time_chart_get_cursor_value (RegieTimeChart *self, const RegieChartSeries *series);

/* The box beside the cursor. */
GtkWidget *regie_chart_readout_new (void);
void regie_chart_readout_update (RegieTimeChart *self);
void regie_chart_readout_allocate (RegieTimeChart *self);

void regie_time_chart_install_input (RegieTimeChart *self);

G_END_DECLS
