/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-chart-scale.h"

#include <glib/gi18n.h>
#include <math.h>

#define SECOND G_TIME_SPAN_SECOND
#define MINUTE G_TIME_SPAN_MINUTE
#define HOUR   G_TIME_SPAN_HOUR
#define DAY    G_TIME_SPAN_DAY

RegieValueScale
regie_value_scale_make (double most, guint wanted, gboolean integers)
{
  RegieValueScale scale = { 0 };
  double rough, power, step;

  if (!(most > 0) || !isfinite (most))
    most = 1;

  rough = most / MAX (wanted, 1);
  power = pow (10, floor (log10 (rough)));
  step = rough <= power       ? power
         : rough <= 2 * power ? 2 * power
         : rough <= 5 * power ? 5 * power
                              : 10 * power;
  if (integers && step < 1)
    step = 1;

  scale.step = step;
  /* The small number keeps 0.3 / 0.1 from becoming four steps. */
  scale.n_steps = MAX (1, (guint) ceil (most / step - 1e-9));
  scale.top = scale.n_steps * step;

  return scale;
}

void
regie_time_tick_clear (RegieTimeTick *tick)
{
  g_clear_pointer (&tick->label, g_free);
}

static gint64
choose_step (gint64 span, guint most)
{
  static const gint64 steps[] = { SECOND,     5 * SECOND,  15 * SECOND, 30 * SECOND, MINUTE,   2 * MINUTE,
                                  5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR,     2 * HOUR,
                                  3 * HOUR,   6 * HOUR,    12 * HOUR,   DAY,         2 * DAY,  7 * DAY,
                                  14 * DAY,   28 * DAY,    91 * DAY,    182 * DAY,   364 * DAY };

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      if (span / steps[i] + 1 <= most)
        return steps[i];
    }

  return (span / (364 * DAY) / MAX (most, 1) + 1) * 364 * DAY;
}

static char *
format_tick (GDateTime *local, gint64 step)
{
  gboolean midnight = g_date_time_get_hour (local) == 0 && g_date_time_get_minute (local) == 0 &&
                      g_date_time_get_second (local) == 0;

  if (step < MINUTE)
    /* Translators: a time on the axis of a chart, with seconds */
    return g_date_time_format (local, _ ("%H:%M:%S"));
  if (step < DAY && !midnight)
    /* Translators: a time on the axis of a chart */
    return g_date_time_format (local, _ ("%H:%M"));
  if (step < 91 * DAY)
    /* Translators: a day on the axis of a chart, as "20 Nov" */
    return g_date_time_format (local, _ ("%-d %b"));

  /* Translators: a month on the axis of a chart, as "Nov 2026" */
  return g_date_time_format (local, _ ("%b %Y"));
}

/* The first round local time at or after FROM. Rounding is done on the wall clock, so that steps of hours
 * fall on midnight also where the zone is not whole hours from UTC. */
static gint64
align (gint64 from, gint64 step, GTimeZone *zone)
{
  int interval = g_time_zone_find_interval (zone, G_TIME_TYPE_UNIVERSAL, from / G_USEC_PER_SEC);
  gint64 offset = (gint64) g_time_zone_get_offset (zone, interval) * G_USEC_PER_SEC;
  gint64 local = from + offset;
  gint64 rest = ((local % step) + step) % step;

  return rest == 0 ? from : from + step - rest;
}

GArray *
regie_time_scale_make (gint64 from, gint64 to, guint most)
{
  GArray *ticks = g_array_new (FALSE, FALSE, sizeof (RegieTimeTick));
  g_autoptr (GTimeZone) zone = g_time_zone_new_local ();
  gint64 step;

  g_array_set_clear_func (ticks, (GDestroyNotify) regie_time_tick_clear);
  if (to <= from || most == 0)
    return ticks;

  step = choose_step (to - from, most);
  for (gint64 time = align (from, step, zone); time <= to && ticks->len < most;
       time = align (time + 1, step, zone))
    {
      g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc_usec (time);
      g_autoptr (GDateTime) local = utc != NULL ? g_date_time_to_timezone (utc, zone) : NULL;
      RegieTimeTick tick = { time, NULL };

      if (local == NULL)
        break;
      tick.label = format_tick (local, step);
      g_array_append_val (ticks, tick);
    }

  return ticks;
}

char *
regie_time_scale_format (gint64 time, gint64 span)
{
  g_autoptr (GDateTime) local = g_date_time_new_from_unix_local_usec (time);

  if (local == NULL)
    return g_strdup ("");
  if (span > 20 * HOUR)
    /* Translators: day and time of a point of a chart, as "20 Nov, 14:05" */
    return g_date_time_format (local, _ ("%-d %b, %H:%M"));
  if (span > 10 * MINUTE)
    return g_date_time_format (local, _ ("%H:%M"));

  return g_date_time_format (local, _ ("%H:%M:%S"));
}
