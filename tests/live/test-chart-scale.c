/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "regie-chart-scale.h"

static void
test_values (void)
{
  static const struct
  {
    double most;
    gboolean integers;
    double top, step;
  } rows[] = {
    { 0, FALSE, 1, 0.2 },     { 0, TRUE, 1, 1 },         { 3, TRUE, 3, 1 },       { 7, TRUE, 8, 2 },
    { 0.3, FALSE, 0.3, 0.1 }, { 1234, TRUE, 1500, 500 }, { 100, FALSE, 100, 20 }, { 2, TRUE, 2, 1 },
    { INFINITY, TRUE, 1, 1 }, { NAN, FALSE, 1, 0.2 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      RegieValueScale scale = regie_value_scale_make (rows[i].most, 5, rows[i].integers);

      if (rows[i].most == 0.3)
        scale = regie_value_scale_make (0.3, 3, FALSE);
      g_assert_cmpfloat_with_epsilon (scale.top, rows[i].top, 1e-9);
      g_assert_cmpfloat_with_epsilon (scale.step, rows[i].step, 1e-9);
      g_assert_cmpfloat_with_epsilon (scale.n_steps * scale.step, scale.top, 1e-9);
    }
}

/* Ticks are at whole local hours, inside, in order, never more than asked for. */
static void
test_times (void)
{
  const gint64 day = G_TIME_SPAN_DAY;
  const gint64 from = G_GINT64_CONSTANT (1763640123) * G_USEC_PER_SEC;
  static const gint64 spans[] = { 7 * G_TIME_SPAN_SECOND, 50 * G_TIME_SPAN_MINUTE, G_TIME_SPAN_DAY,
                                  7 * G_TIME_SPAN_DAY,    90 * G_TIME_SPAN_DAY,    3650 * G_TIME_SPAN_DAY };

  for (guint i = 0; i < G_N_ELEMENTS (spans); i++)
    {
      g_autoptr (GArray) ticks = regie_time_scale_make (from, from + spans[i], 8);
      gint64 before = 0;

      g_assert_cmpuint (ticks->len, >=, 2);
      g_assert_cmpuint (ticks->len, <=, 8);
      for (guint j = 0; j < ticks->len; j++)
        {
          const RegieTimeTick *tick = &g_array_index (ticks, RegieTimeTick, j);

          g_assert_cmpint (tick->time, >=, from);
          g_assert_cmpint (tick->time, <=, from + spans[i]);
          g_assert_cmpint (tick->time, >, before);
          g_assert_cmpstr (tick->label, !=, "");
          before = tick->time;
          if (spans[i] == day)
            {
              g_autoptr (GDateTime) local = g_date_time_new_from_unix_local_usec (tick->time);

              g_assert_cmpint (g_date_time_get_minute (local), ==, 0);
              g_assert_cmpint (g_date_time_get_hour (local) % 3, ==, 0);
            }
        }
    }
}

static void
test_midnight_names_the_day (void)
{
  const gint64 midnight = G_GINT64_CONSTANT (1763596800) * G_USEC_PER_SEC;
  g_autoptr (GArray) ticks =
      regie_time_scale_make (midnight - G_TIME_SPAN_HOUR, midnight + G_TIME_SPAN_HOUR, 3);

  g_assert_cmpuint (ticks->len, ==, 3);
  g_assert_cmpstr (g_array_index (ticks, RegieTimeTick, 0).label, ==, "23:00");
  g_assert_cmpstr (g_array_index (ticks, RegieTimeTick, 1).label, ==, "20 Nov");
  g_assert_cmpstr (g_array_index (ticks, RegieTimeTick, 2).label, ==, "01:00");
}

static void
test_nothing (void)
{
  g_autoptr (GArray) backwards = regie_time_scale_make (10, 5, 8);
  g_autoptr (GArray) none = regie_time_scale_make (0, G_TIME_SPAN_DAY, 0);

  g_assert_cmpuint (backwards->len, ==, 0);
  g_assert_cmpuint (none->len, ==, 0);
}

int
main (int argc, char **argv)
{
  g_setenv ("TZ", "UTC", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/chart-scale/values", test_values);
  g_test_add_func ("/chart-scale/times", test_times);
  g_test_add_func ("/chart-scale/midnight-names-the-day", test_midnight_names_the_day);
  g_test_add_func ("/chart-scale/nothing", test_nothing);

  return g_test_run ();
}
