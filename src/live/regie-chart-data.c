/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-chart-data.h"

#include <math.h>
#include <string.h>

RegieChartSeries *
regie_chart_series_new (const char *label, RegieChartForm form, RegieChartTone tone)
{
  RegieChartSeries *self = g_new0 (RegieChartSeries, 1);

  self->label = g_strdup (label);
  self->form = form;
  self->tone = tone;

  return self;
}

void
regie_chart_series_free (RegieChartSeries *self)
{
  g_free (self->label);
  g_free (self->times);
  g_free (self->values);
  g_free (self);
}

gboolean
regie_chart_series_set (RegieChartSeries *self, const gint64 *times, const double *values, gsize n_points)
{
  if (n_points == self->n_points &&
      (n_points == 0 || (memcmp (times, self->times, n_points * sizeof *times) == 0 &&
                         memcmp (values, self->values, n_points * sizeof *values) == 0)))
    return FALSE;

  g_free (self->times);
  g_free (self->values);
  self->times = g_memdup2 (times, n_points * sizeof *times);
  self->values = g_memdup2 (values, n_points * sizeof *values);
  self->n_points = n_points;

  return TRUE;
}

gsize
regie_chart_series_lower_bound (const RegieChartSeries *self, gint64 time)
{
  gsize low = 0;
  gsize high = self->n_points;

  while (low < high)
    {
      gsize middle = low + (high - low) / 2;

      if (self->times[middle] < time)
        low = middle + 1;
      else
        high = middle;
    }

  return low;
}

gsize
regie_chart_series_nearest (const RegieChartSeries *self, gint64 time)
{
  gsize after = regie_chart_series_lower_bound (self, time);

  if (self->n_points == 0)
    return G_MAXSIZE;
  if (after == self->n_points)
    return after - 1;
  if (after > 0 && time - self->times[after - 1] < self->times[after] - time)
    return after - 1;

  return after;
}

double
regie_chart_series_get_last (const RegieChartSeries *self)
{
  for (gsize i = self->n_points; i > 0; i--)
    {
      if (!isnan (self->values[i - 1]))
        return self->values[i - 1];
    }

  return NAN;
}

void
regie_chart_series_downsample (const RegieChartSeries *self,
                               gint64 from,
                               gint64 to,
                               RegieChartColumn *columns,
                               guint n_columns)
{
  double scale = to > from ? n_columns / (double) (to - from) : 0;

  memset (columns, 0, n_columns * sizeof *columns);
  for (gsize i = regie_chart_series_lower_bound (self, from); i < self->n_points && self->times[i] <= to; i++)
    {
      guint at = MIN ((guint) ((self->times[i] - from) * scale), n_columns - 1);
      RegieChartColumn *column = &columns[at];
      double value = self->values[i];

      if (isnan (value))
        continue;
      if (!column->used)
        *column = (RegieChartColumn) { TRUE, value, value, value, value };
      column->least = MIN (column->least, value);
      column->most = MAX (column->most, value);
      column->last = value;
    }
}

gboolean
regie_chart_data_get_span (GPtrArray *series, gint64 *from, gint64 *to)
{
  gboolean any = FALSE;

  for (guint i = 0; i < series->len; i++)
    {
      const RegieChartSeries *one = g_ptr_array_index (series, i);

      if (one->n_points == 0)
        continue;
      *from = any ? MIN (*from, one->times[0]) : one->times[0];
      *to = any ? MAX (*to, one->times[one->n_points - 1]) : one->times[one->n_points - 1];
      any = TRUE;
    }

  return any;
}

double
regie_chart_data_get_most (GPtrArray *series, gint64 from, gint64 to)
{
  double most = 0;

  for (guint i = 0; i < series->len; i++)
    {
      const RegieChartSeries *one = g_ptr_array_index (series, i);

      for (gsize j = regie_chart_series_lower_bound (one, from); j < one->n_points && one->times[j] <= to;
           j++)
        {
          if (one->values[j] > most)
            most = one->values[j];
        }
    }

  return most;
}

gint64
regie_chart_data_nearest (GPtrArray *series, gint64 time)
{
  gint64 best = 0;

  for (guint i = 0; i < series->len; i++)
    {
      const RegieChartSeries *one = g_ptr_array_index (series, i);
      gsize at = regie_chart_series_nearest (one, time);

      if (at != G_MAXSIZE && (best == 0 || ABS (one->times[at] - time) < ABS (best - time)))
        best = one->times[at];
    }

  return best;
}

static gint64
step_once (GPtrArray *series, gint64 time, gboolean forward)
{
  gint64 best = 0;

  for (guint i = 0; i < series->len; i++)
    {
      const RegieChartSeries *one = g_ptr_array_index (series, i);
      gsize at = regie_chart_series_lower_bound (one, forward ? time + 1 : time);

      if (forward ? at == one->n_points : at == 0)
        continue;
      if (!forward)
        at--;
      if (best == 0 || (forward ? one->times[at] < best : one->times[at] > best))
        best = one->times[at];
    }

  return best;
}

gint64
regie_chart_data_step (GPtrArray *series, gint64 time, int steps)
{
  for (int i = 0; i < ABS (steps); i++)
    {
      gint64 next = step_once (series, time, steps > 0);

      if (next == 0)
        break;
      time = next;
    }

  return time;
}
