/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-time.h"

#include <stdio.h>
#include <string.h>

static gint64 (*clock_in_use) (void);

gint64
regie_time_now (void)
{
  gint64 (*now) (void) = g_atomic_pointer_get (&clock_in_use);

  return now != NULL ? now () : g_get_real_time ();
}

void
regie_time_set_clock (gint64 (*now) (void))
{
  g_atomic_pointer_set (&clock_in_use, now);
}

char *
regie_time_to_rfc3339 (gint64 time)
{
  g_autoptr (GDateTime) when = NULL;
  gint64 seconds, micros;

  if (time == 0)
    return NULL;

  seconds = time / G_USEC_PER_SEC;
  micros = time % G_USEC_PER_SEC;
  if (micros < 0)
    {
      micros += G_USEC_PER_SEC;
      seconds--;
    }
  when = g_date_time_new_from_unix_utc (seconds);
  if (when == NULL)
    return NULL;

  return g_strdup_printf ("%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", g_date_time_get_year (when),
                          g_date_time_get_month (when), g_date_time_get_day_of_month (when),
                          g_date_time_get_hour (when), g_date_time_get_minute (when),
                          g_date_time_get_second (when), (int) micros);
}

static gboolean
parse_epoch (const char *text, gint64 *time)
{
  gint64 value;

  if (!g_ascii_string_to_signed (text, 10, 0, G_MAXINT64 / G_USEC_PER_SEC, &value, NULL))
    return FALSE;

  /* Seconds stay below 10^11 until the year 5138; what is larger counts milliseconds. */
  *time = value < G_GINT64_CONSTANT (100000000000) ? value * G_USEC_PER_SEC : value * 1000;

  return TRUE;
}

static gboolean
parse_rfc1123 (const char *text, gint64 *time)
{
  static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  char month[4];
  int day, year, hour, minute, second;
  const char *place;
  g_autoptr (GDateTime) when = NULL;

  if (sscanf (text, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT", &day, month, &year, &hour, &minute,
              &second) != 6)
    return FALSE;

  place = strstr (months, month);
  if (place == NULL || strlen (month) != 3 || (place - months) % 3 != 0)
    return FALSE;

  when = g_date_time_new_utc (year, (place - months) / 3 + 1, day, hour, minute, second);
  if (when == NULL)
    return FALSE;
  *time = g_date_time_to_unix (when) * G_USEC_PER_SEC;

  return TRUE;
}

gboolean
regie_time_parse (const char *text, GTimeZone *zone, gint64 *time)
{
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr (GDateTime) when = NULL;

  if (text == NULL || *text == '\0' || strlen (text) > 64)
    return FALSE;

  if (parse_epoch (text, time) || parse_rfc1123 (text, time))
    return TRUE;

  when = g_date_time_new_from_iso8601 (text, zone != NULL ? zone : utc);
  if (when == NULL)
    return FALSE;
  *time = g_date_time_to_unix (when) * G_USEC_PER_SEC + g_date_time_get_microsecond (when);

  return TRUE;
}
