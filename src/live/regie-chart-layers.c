/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-time-chart-private.h"

#include <math.h>

#define GAP            6
#define LINE_WIDTH     2
#define DOT            7
#define ROOM_FOR_ENDS  320 /* narrower charts have no labels at the ends of their lines */
#define TICK_DISTANCE  84
#define VALUE_DISTANCE 40

double
regie_time_chart_get_x (RegieTimeChart *self, gint64 time)
{
  double part = (time - self->shown_from) / (double) MAX (1, self->shown_to - self->shown_from);

  return self->plot.origin.x + part * self->plot.size.width;
}

double
regie_time_chart_get_y (RegieTimeChart *self, double value)
{
  return self->plot.origin.y + self->plot.size.height * (1 - value / self->scale.top);
}

/* A bar stands for the span that begins at its time: the cursor points at its middle. */
double
regie_time_chart_get_cursor_x (RegieTimeChart *self)
{
  for (guint i = 0; i < self->series->len; i++)
    {
      const RegieChartSeries *series = g_ptr_array_index (self->series, i);

      if (series->form == REGIE_CHART_BARS)
        return regie_time_chart_get_x (self, self->cursor + self->step / 2);
    }

  return regie_time_chart_get_x (self, self->cursor);
}

static void
append_text (GtkSnapshot *snapshot, PangoLayout *layout, double x, double y, const GdkRGBA *color)
{
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (round (x), round (y)));
  gtk_snapshot_append_layout (snapshot, layout, color);
  gtk_snapshot_restore (snapshot);
}

static void
append_disc (GtkSnapshot *snapshot, double x, double y, double size, const GdkRGBA *color)
{
  graphene_rect_t box = GRAPHENE_RECT_INIT (x - size / 2, y - size / 2, size, size);
  GskRoundedRect round_box;

  gsk_rounded_rect_init_from_rect (&round_box, &box, size / 2);
  gtk_snapshot_push_rounded_clip (snapshot, &round_box);
  gtk_snapshot_append_color (snapshot, color, &box);
  gtk_snapshot_pop (snapshot);
}

static int
measure_text (PangoLayout *layout, const char *text)
{
  int width;

  pango_layout_set_text (layout, text, -1);
  pango_layout_get_pixel_size (layout, &width, NULL);

  return width;
}

/* --- where things are --- */

static void
find_span (RegieTimeChart *self)
{
  self->shown_from = self->from;
  self->shown_to = self->to;
  if (self->from != 0 || self->to != 0)
    return;

  regie_chart_data_get_span (self->series, &self->shown_from, &self->shown_to);
  for (guint i = 0; i < self->series->len; i++)
    {
      const RegieChartSeries *series = g_ptr_array_index (self->series, i);

      if (series->form == REGIE_CHART_BARS)
        {
          self->shown_to += self->step;
          break;
        }
    }
  if (self->shown_to <= self->shown_from)
    self->shown_to = self->shown_from + MAX (self->step, G_USEC_PER_SEC);
}

static int
measure_ticks (RegieTimeChart *self, PangoLayout *layout)
{
  int widest = 0;

  for (guint i = 0; i <= self->scale.n_steps; i++)
    {
      g_autofree char *text = regie_time_chart_format_value (self, i * self->scale.step);

      widest = MAX (widest, measure_text (layout, text));
    }

  return widest;
}

static int
measure_ends (RegieTimeChart *self, PangoLayout *layout)
{
  int widest = 0;

  if (self->width < ROOM_FOR_ENDS)
    return 0;
  for (guint i = 0; i < self->series->len; i++)
    {
      double last = regie_chart_series_get_last (g_ptr_array_index (self->series, i));
      g_autofree char *text = regie_time_chart_format_value (self, last);

      if (!isnan (last))
        widest = MAX (widest, measure_text (layout, text));
    }

  return widest > 0 ? widest + GAP : 0;
}

/* The legend stands above the plot, on as many lines as it needs; draws when SNAPSHOT is there. */
static double
lay_out_legend (RegieTimeChart *self, PangoLayout *layout, GtkSnapshot *snapshot, const GdkRGBA *color)
{
  double x = 0, y = 0, height = 0;

  if (self->series->len < 2)
    return 0;
  for (guint i = 0; i < self->series->len; i++)
    {
      const RegieChartSeries *series = g_ptr_array_index (self->series, i);
      int width = measure_text (layout, series->label);
      int text_height;
      GdkRGBA tone;

      pango_layout_get_pixel_size (layout, NULL, &text_height);
      if (x > 0 && x + DOT + GAP + width > self->width)
        {
          x = 0;
          y += text_height + GAP / 2;
        }
      if (snapshot != NULL)
        {
          regie_time_chart_get_tone_color (self, series->tone, &tone);
          append_disc (snapshot, x + DOT / 2.0, y + text_height / 2.0, DOT, &tone);
          append_text (snapshot, layout, x + DOT + GAP, y, color);
        }
      x += DOT + GAP + width + 3 * GAP;
      height = y + text_height;
    }

  return height + GAP;
}

static void
find_plot (RegieTimeChart *self, PangoLayout *layout)
{
  int text_height, left, right;
  double legend = lay_out_legend (self, layout, NULL, NULL);
  double top, most;

  pango_layout_set_text (layout, "0", -1);
  pango_layout_get_pixel_size (layout, NULL, &text_height);
  top = legend + text_height / 2.0;
  self->plot.origin.y = top;
  self->plot.size.height = MAX (8, self->height - top - text_height - GAP);

  most = MAX (self->most, regie_chart_data_get_most (self->series, self->shown_from, self->shown_to));
  self->scale =
      regie_value_scale_make (most, CLAMP (self->plot.size.height / VALUE_DISTANCE, 1, 5), self->integers);

  left = measure_ticks (self, layout) + GAP;
  right = measure_ends (self, layout);
  self->plot.origin.x = left;
  self->plot.size.width = MAX (8, self->width - left - MAX (right, GAP));
}

/* --- the layer with axes, legend and labels --- */

static void
append_value_axis (RegieTimeChart *self, GtkSnapshot *snapshot, PangoLayout *layout, const GdkRGBA *color)
{
  GdkRGBA grid = regie_live_fade (color, 0.12f);
  GdkRGBA base = regie_live_fade (color, 0.35f);
  GdkRGBA text_color = regie_live_fade (color, 0.75f);

  for (guint i = 0; i <= self->scale.n_steps; i++)
    {
      double value = i * self->scale.step;
      double y = round (regie_time_chart_get_y (self, value));
      g_autofree char *text = regie_time_chart_format_value (self, value);
      int width = measure_text (layout, text);
      int height;

      pango_layout_get_pixel_size (layout, NULL, &height);
      gtk_snapshot_append_color (
          snapshot, i == 0 ? &base : &grid,
          &GRAPHENE_RECT_INIT (self->plot.origin.x, y - (i == 0 ? 0 : 1), self->plot.size.width, 1));
      append_text (snapshot, layout, self->plot.origin.x - GAP - width, y - height / 2.0, &text_color);
    }
}

static void
append_time_axis (RegieTimeChart *self, GtkSnapshot *snapshot, PangoLayout *layout, const GdkRGBA *color)
{
  GdkRGBA text_color = regie_live_fade (color, 0.75f);
  GdkRGBA mark = regie_live_fade (color, 0.35f);
  double bottom = self->plot.origin.y + self->plot.size.height;
  g_autoptr (GArray) ticks = regie_time_scale_make (
      self->shown_from, self->shown_to, (guint) CLAMP (self->plot.size.width / TICK_DISTANCE, 2, 12));
  double free_from = 0;

  for (guint i = 0; i < ticks->len; i++)
    {
      const RegieTimeTick *tick = &g_array_index (ticks, RegieTimeTick, i);
      double x = regie_time_chart_get_x (self, tick->time);
      int width = measure_text (layout, tick->label);
      double left = CLAMP (x - width / 2.0, 0, self->width - width);

      gtk_snapshot_append_color (snapshot, &mark, &GRAPHENE_RECT_INIT (round (x), bottom, 1, 3));
      if (left < free_from)
        continue;
      append_text (snapshot, layout, left, bottom + GAP - 2, &text_color);
      free_from = left + width + GAP;
    }
}

typedef struct
{
  double y;
  char *text;
} EndLabel;

static int
compare_ends (gconstpointer a, gconstpointer b)
{
  double difference = ((const EndLabel *) a)->y - ((const EndLabel *) b)->y;

  return difference < 0 ? -1 : difference > 0;
}

static void
clear_end (EndLabel *end)
{
  g_free (end->text);
}

static GArray *
collect_ends (RegieTimeChart *self)
{
  GArray *ends = g_array_new (FALSE, FALSE, sizeof (EndLabel));

  g_array_set_clear_func (ends, (GDestroyNotify) clear_end);
  for (guint i = 0; i < self->series->len; i++)
    {
      double last = regie_chart_series_get_last (g_ptr_array_index (self->series, i));
      EndLabel end = { regie_time_chart_get_y (self, last), NULL };

      if (isnan (last))
        continue;
      end.text = regie_time_chart_format_value (self, last);
      g_array_append_val (ends, end);
    }
  g_array_sort (ends, compare_ends);

  return ends;
}

static void
append_ends (RegieTimeChart *self, GtkSnapshot *snapshot, PangoLayout *layout, const GdkRGBA *color)
{
  g_autoptr (GArray) ends = NULL;
  double x = self->plot.origin.x + self->plot.size.width + GAP;
  double free_from = self->plot.origin.y - 100;
  int height;

  if (self->width < ROOM_FOR_ENDS)
    return;
  ends = collect_ends (self);
  for (guint i = 0; i < ends->len; i++)
    {
      EndLabel *end = &g_array_index (ends, EndLabel, i);
      double y;

      measure_text (layout, end->text);
      pango_layout_get_pixel_size (layout, NULL, &height);
      y = MAX (end->y - height / 2.0, free_from);
      append_text (snapshot, layout, x, y, color);
      free_from = y + height;
    }
}

static GskRenderNode *
build_axes (RegieTimeChart *self, PangoLayout *layout)
{
  g_autoptr (GtkSnapshot) snapshot = gtk_snapshot_new ();
  GdkRGBA color;

  gtk_widget_get_color (GTK_WIDGET (self), &color);
  lay_out_legend (self, layout, snapshot, &color);
  append_value_axis (self, snapshot, layout, &color);
  append_time_axis (self, snapshot, layout, &color);
  append_ends (self, snapshot, layout, &color);

  return gtk_snapshot_to_node (snapshot);
}

/* --- the layer with the data --- */

static void
append_bars (RegieTimeChart *self,
             GtkSnapshot *snapshot,
             const RegieChartSeries *series,
             const GdkRGBA *color)
{
  double bottom = self->plot.origin.y + self->plot.size.height;
  gint64 step =
      self->step > 0 ? self->step : (self->shown_to - self->shown_from) / (gint64) MAX (1, series->n_points);
  double width = regie_time_chart_get_x (self, self->shown_from + step) - self->plot.origin.x;
  double gap = width >= 4 ? 1 : 0;

  for (gsize i = regie_chart_series_lower_bound (series, self->shown_from - step);
       i < series->n_points && series->times[i] <= self->shown_to; i++)
    {
      double top = regie_time_chart_get_y (self, series->values[i]);

      if (series->values[i] > 0)
        gtk_snapshot_append_color (snapshot, color,
                                   &GRAPHENE_RECT_INIT (regie_time_chart_get_x (self, series->times[i]), top,
                                                        MAX (1, width - gap), bottom - top));
    }
}

/* One rectangle for each column of pixels, from the least to the most value in it and on to the column
 * before, whatever the number of points. */
static void
append_columns (RegieTimeChart *self,
                GtkSnapshot *snapshot,
                const RegieChartSeries *series,
                const GdkRGBA *color)
{
  guint n_columns = (guint) self->plot.size.width;
  g_autofree RegieChartColumn *columns = g_new (RegieChartColumn, n_columns);
  double bottom = self->plot.origin.y + self->plot.size.height;
  GdkRGBA fill = regie_live_fade (color, 0.2f);
  gboolean line = series->form != REGIE_CHART_BARS;
  double before = NAN;

  regie_chart_series_downsample (series, self->shown_from, self->shown_to, columns, n_columns);
  for (guint i = 0; i < n_columns; i++)
    {
      double x = self->plot.origin.x + i;
      double least = columns[i].least, most = columns[i].most;
      double top, low;

      if (!columns[i].used)
        continue;
      if (!isnan (before))
        {
          least = MIN (least, before);
          most = MAX (most, before);
        }
      before = columns[i].last;
      top = regie_time_chart_get_y (self, line ? most : columns[i].most);
      low = line ? MAX (regie_time_chart_get_y (self, least), top + LINE_WIDTH) : bottom;
      gtk_snapshot_append_color (snapshot, color, &GRAPHENE_RECT_INIT (x, top, 1, MAX (low - top, 1)));
      if (series->form == REGIE_CHART_AREA && bottom > low)
        gtk_snapshot_append_color (snapshot, &fill, &GRAPHENE_RECT_INIT (x, low, 1, bottom - low));
    }
}

static gboolean
is_joined (RegieTimeChart *self, const RegieChartSeries *series, gsize i)
{
  return !isnan (series->values[i]) && !isnan (series->values[i - 1]) &&
         (self->step == 0 || series->times[i] - series->times[i - 1] <= self->step + self->step / 2);
}

static void
add_points (RegieTimeChart *self,
            GskPathBuilder *builder,
            const RegieChartSeries *series,
            gsize first,
            gsize last)
{
  for (gsize i = first; i <= last; i++)
    gsk_path_builder_line_to (builder, regie_time_chart_get_x (self, series->times[i]),
                              regie_time_chart_get_y (self, series->values[i]));
}

static GskPath *
build_area (RegieTimeChart *self, const RegieChartSeries *series, gsize first, gsize last)
{
  g_autoptr (GskPathBuilder) builder = gsk_path_builder_new ();
  float bottom = self->plot.origin.y + self->plot.size.height;

  gsk_path_builder_move_to (builder, regie_time_chart_get_x (self, series->times[first]), bottom);
  add_points (self, builder, series, first, last);
  gsk_path_builder_line_to (builder, regie_time_chart_get_x (self, series->times[last]), bottom);
  gsk_path_builder_close (builder);

  return gsk_path_builder_to_path (builder);
}

/* One run of joined points [FIRST, LAST]. */
static void
append_run (RegieTimeChart *self,
            GtkSnapshot *snapshot,
            const RegieChartSeries *series,
            gsize first,
            gsize last,
            const GdkRGBA *color)
{
  g_autoptr (GskPathBuilder) builder = NULL;
  g_autoptr (GskPath) line = NULL;
  g_autoptr (GskPath) area = NULL;
  g_autoptr (GskStroke) stroke = gsk_stroke_new (LINE_WIDTH);
  GdkRGBA fill = regie_live_fade (color, 0.2f);

  if (first == last)
    {
      append_disc (snapshot, regie_time_chart_get_x (self, series->times[first]),
                   regie_time_chart_get_y (self, series->values[first]), LINE_WIDTH * 2, color);
      return;
    }

  builder = gsk_path_builder_new ();
  gsk_path_builder_move_to (builder, regie_time_chart_get_x (self, series->times[first]),
                            regie_time_chart_get_y (self, series->values[first]));
  add_points (self, builder, series, first + 1, last);
  line = gsk_path_builder_to_path (builder);
  if (series->form == REGIE_CHART_AREA)
    {
      area = build_area (self, series, first, last);
      gtk_snapshot_append_fill (snapshot, area, GSK_FILL_RULE_WINDING, &fill);
    }
  gsk_stroke_set_line_join (stroke, GSK_LINE_JOIN_ROUND);
  gsk_stroke_set_line_cap (stroke, GSK_LINE_CAP_ROUND);
  gtk_snapshot_append_stroke (snapshot, line, stroke, color);
}

static void
append_lines (RegieTimeChart *self,
              GtkSnapshot *snapshot,
              const RegieChartSeries *series,
              const GdkRGBA *color)
{
  gsize from = regie_chart_series_lower_bound (series, self->shown_from);
  gsize to = regie_chart_series_lower_bound (series, self->shown_to);
  gsize first = from > 0 ? from - 1 : 0;

  /* One more on each side, so that the line reaches the edges. */
  to = MIN (to + 1, series->n_points);
  while (first < to)
    {
      gsize last = first;

      if (isnan (series->values[first]))
        {
          first++;
          continue;
        }
      while (last + 1 < to && is_joined (self, series, last + 1))
        last++;
      append_run (self, snapshot, series, first, last, color);
      first = last + 1;
    }
}

static void
append_series (RegieTimeChart *self, GtkSnapshot *snapshot, const RegieChartSeries *series)
{
  gsize n_shown = regie_chart_series_lower_bound (series, self->shown_to) -
                  regie_chart_series_lower_bound (series, self->shown_from);
  GdkRGBA color;

  regie_time_chart_get_tone_color (self, series->tone, &color);
  /* Fewer than that and columns would be left empty between points. */
  if (n_shown > self->plot.size.width * (series->form == REGIE_CHART_BARS ? 1 : 2))
    append_columns (self, snapshot, series, &color);
  else if (series->form == REGIE_CHART_BARS)
    append_bars (self, snapshot, series, &color);
  else
    append_lines (self, snapshot, series, &color);
}

static GskRenderNode *
build_data (RegieTimeChart *self)
{
  g_autoptr (GtkSnapshot) snapshot = gtk_snapshot_new ();
  graphene_rect_t clip = self->plot;

  /* Room for half of a line at the very top and bottom. */
  graphene_rect_inset (&clip, 0, -LINE_WIDTH);
  gtk_snapshot_push_clip (snapshot, &clip);
  for (guint i = 0; i < self->series->len; i++)
    append_series (self, snapshot, g_ptr_array_index (self->series, i));
  gtk_snapshot_pop (snapshot);
  self->n_builds++;

  return gtk_snapshot_to_node (snapshot);
}

gboolean
regie_time_chart_ensure_layers (RegieTimeChart *self)
{
  g_autoptr (PangoLayout) layout = NULL;

  if (self->width <= 0 || self->height <= 0 || !regie_time_chart_has_points (self))
    return FALSE;
  if (self->axes != NULL)
    return TRUE;

  layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), NULL);
  find_span (self);
  find_plot (self, layout);
  self->axes = build_axes (self, layout);
  g_clear_pointer (&self->data, gsk_render_node_unref);
  self->data = build_data (self);

  return TRUE;
}

void
regie_time_chart_snapshot_cursor (RegieTimeChart *self, GtkSnapshot *snapshot)
{
  double x = regie_time_chart_get_cursor_x (self);
  GdkRGBA color;

  gtk_widget_get_color (GTK_WIDGET (self), &color);
  color = regie_live_fade (&color, 0.5f);
  gtk_snapshot_append_color (snapshot, &color,
                             &GRAPHENE_RECT_INIT (round (x), self->plot.origin.y, 1, self->plot.size.height));

  for (guint i = 0; i < self->series->len; i++)
    {
      const RegieChartSeries *series = g_ptr_array_index (self->series, i);
      double value = regie_time_chart_get_cursor_value (self, series);

      if (isnan (value))
        continue;
      regie_time_chart_get_tone_color (self, series->tone, &color);
      append_disc (snapshot, x, regie_time_chart_get_y (self, value), DOT, &color);
    }
}
