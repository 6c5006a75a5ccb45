/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "regie-chart-data.h"

static RegieChartSeries *
make_series (const gint64 *times, const double *values, gsize n)
{
  RegieChartSeries *series = regie_chart_series_new ("Tasks", REGIE_CHART_LINE, REGIE_CHART_ACCENT);

  g_assert_true (regie_chart_series_set (series, times, values, n));

  return series;
}

static void
test_equal_data_is_no_change (void)
{
  const gint64 times[] = { 10, 20, 30 };
  double values[] = { 1, NAN, 3 };
  RegieChartSeries *series = make_series (times, values, 3);

  g_assert_false (regie_chart_series_set (series, times, values, 3));
  values[2] = 4;
  g_assert_true (regie_chart_series_set (series, times, values, 3));
  g_assert_true (regie_chart_series_set (series, times, values, 2));
  g_assert_true (regie_chart_series_set (series, NULL, NULL, 0));
  g_assert_cmpuint (regie_chart_series_nearest (series, 10), ==, G_MAXSIZE);
  regie_chart_series_free (series);
}

static void
test_nearest (void)
{
  const gint64 times[] = { 10, 20, 40 };
  const double values[] = { 1, 2, 3 };
  RegieChartSeries *series = make_series (times, values, 3);

  g_assert_cmpuint (regie_chart_series_nearest (series, -5), ==, 0);
  g_assert_cmpuint (regie_chart_series_nearest (series, 14), ==, 0);
  g_assert_cmpuint (regie_chart_series_nearest (series, 16), ==, 1);
  g_assert_cmpuint (regie_chart_series_nearest (series, 20), ==, 1);
  g_assert_cmpuint (regie_chart_series_nearest (series, 99), ==, 2);
  regie_chart_series_free (series);
}

/* A peak that lasts one of a million points is still seen. */
static void
test_downsample_keeps_peaks (void)
{
  enum
  {
    N = 1000000
  };
  g_autofree gint64 *times = g_new (gint64, N);
  g_autofree double *values = g_new (double, N);
  RegieChartColumn columns[500];
  RegieChartSeries *series;

  for (guint i = 0; i < N; i++)
    {
      times[i] = i;
      values[i] = i == 123456 ? 99 : i == 777777 ? -7 : 1;
    }
  series = make_series (times, values, N);
  regie_chart_series_downsample (series, 0, N - 1, columns, 500);
  g_assert_cmpfloat (columns[123456 / 2000].most, ==, 99);
  g_assert_cmpfloat (columns[777777 / 2000].least, ==, -7);
  for (guint i = 0; i < 500; i++)
    g_assert_true (columns[i].used);
  g_assert_cmpfloat (regie_chart_series_get_last (series), ==, 1);

  /* Only what is in the span. */
  regie_chart_series_downsample (series, 500000, 500010, columns, 500);
  g_assert_cmpfloat (columns[0].most, ==, 1);
  g_assert_false (columns[25].used);
  regie_chart_series_free (series);
}

static void
test_steps (void)
{
  const gint64 a_times[] = { 10, 30 };
  const gint64 b_times[] = { 20, 30, 50 };
  const double values[] = { 1, 2, 3 };
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify) regie_chart_series_free);
  gint64 from, to;

  g_assert_false (regie_chart_data_get_span (all, &from, &to));
  g_ptr_array_add (all, make_series (a_times, values, 2));
  g_ptr_array_add (all, make_series (b_times, values, 3));
  g_assert_true (regie_chart_data_get_span (all, &from, &to));
  g_assert_cmpint (from, ==, 10);
  g_assert_cmpint (to, ==, 50);
  g_assert_cmpint (regie_chart_data_step (all, 10, 1), ==, 20);
  g_assert_cmpint (regie_chart_data_step (all, 10, 3), ==, 50);
  g_assert_cmpint (regie_chart_data_step (all, 10, 99), ==, 50);
  g_assert_cmpint (regie_chart_data_step (all, 50, -2), ==, 20);
  g_assert_cmpint (regie_chart_data_step (all, 10, -1), ==, 10);
  g_assert_cmpfloat (regie_chart_data_get_most (all, 0, 100), ==, 3);
  g_assert_cmpfloat (regie_chart_data_get_most (all, 0, 30), ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/chart-data/equal-data-is-no-change", test_equal_data_is_no_change);
  g_test_add_func ("/chart-data/nearest", test_nearest);
  g_test_add_func ("/chart-data/downsample-keeps-peaks", test_downsample_keeps_peaks);
  g_test_add_func ("/chart-data/steps", test_steps);

  return g_test_run ();
}
