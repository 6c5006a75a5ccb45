/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-format.h"

#include <glib/gi18n.h>
#include <math.h>

#include "regie-time.h"

#define MINUTE G_TIME_SPAN_MINUTE
#define HOUR   G_TIME_SPAN_HOUR
#define DAY    G_TIME_SPAN_DAY

static char *
format_local (gint64 time, const char *format)
{
  g_autoptr (GDateTime) local = g_date_time_new_from_unix_local_usec (time);
  char *text = local != NULL ? g_date_time_format (local, format) : NULL;

  return text != NULL ? text : g_strdup (REGIE_FORMAT_NONE);
}

/* Days since the epoch on the user's calendar. */
static gint64
get_local_day (gint64 time)
{
  g_autoptr (GDateTime) local = g_date_time_new_from_unix_local_usec (time);

  return local != NULL ? (time + g_date_time_get_utc_offset (local)) / DAY : time / DAY;
}

static gboolean
is_same_year (gint64 a, gint64 b)
{
  g_autoptr (GDateTime) first = g_date_time_new_from_unix_local_usec (a);
  g_autoptr (GDateTime) second = g_date_time_new_from_unix_local_usec (b);

  return first != NULL && second != NULL && g_date_time_get_year (first) == g_date_time_get_year (second);
}

static char *
format_past (gint64 distance, gint64 days)
{
  guint n;

  if (distance < MINUTE)
    return g_strdup (_ ("now"));
  if (distance < HOUR)
    {
      n = distance / MINUTE;
      return g_strdup_printf (ngettext ("%u min ago", "%u min ago", n), n);
    }
  if (distance < 6 * HOUR || days == 0)
    {
      n = distance / HOUR;
      return g_strdup_printf (ngettext ("%u h ago", "%u h ago", n), n);
    }
  if (days == 1)
    return g_strdup (_ ("yesterday"));

  return g_strdup_printf (ngettext ("%u day ago", "%u days ago", days), (guint) days);
}

static char *
format_future (gint64 distance, gint64 days)
{
  guint n;

  if (distance < MINUTE)
    {
      n = MAX (1, distance / G_TIME_SPAN_SECOND);
      return g_strdup_printf (ngettext ("in %u s", "in %u s", n), n);
    }
  if (distance < HOUR)
    {
      n = distance / MINUTE;
      return g_strdup_printf (ngettext ("in %u min", "in %u min", n), n);
    }
  if (distance < 6 * HOUR || days == 0)
    {
      n = distance / HOUR;
      return g_strdup_printf (ngettext ("in %u h", "in %u h", n), n);
    }
  if (days == 1)
    return g_strdup (_ ("tomorrow"));

  return g_strdup_printf (ngettext ("in %u day", "in %u days", days), (guint) days);
}

char *
regie_format_time_relative (gint64 time)
{
  gint64 now = regie_time_now ();
  gint64 days;

  if (time == 0)
    return g_strdup (REGIE_FORMAT_NONE);

  /* The calendar is asked only when the distance does not say it all: lists show thousands of times. */
  if (ABS (now - time) < 6 * HOUR)
    return time <= now ? format_past (now - time, 0) : format_future (time - now, 0);

  days = get_local_day (now) - get_local_day (time);
  if (ABS (days) < 7)
    return time <= now ? format_past (now - time, days) : format_future (time - now, -days);
  if (is_same_year (time, now))
    /* Translators: a day of this year, as "12 Mar" */
    return format_local (time, _ ("%-d %b"));

  /* Translators: a day of another year, as "12 Mar 2024" */
  return format_local (time, _ ("%-d %b %Y"));
}

guint
regie_format_time_relative_lasts (gint64 time)
{
  gint64 distance = regie_time_now () - time;
  gint64 unit = ABS (distance) < HOUR ? MINUTE : HOUR;
  gint64 rest;

  if (time == 0 || ABS (distance) > 8 * DAY)
    return 0;
  if (distance < 0 && -distance < MINUTE)
    unit = G_TIME_SPAN_SECOND;
  rest = distance >= 0 ? unit - distance % unit : -distance % unit + 1;

  return (guint) (rest / 1000) + 1;
}

char *
regie_format_time_exact (gint64 time)
{
  if (time == 0)
    return g_strdup (REGIE_FORMAT_NONE);

  /* Translators: an exact instant, as "Friday 20 November 2026, 14:28:05 CET" */
  return format_local (time, _ ("%A %-d %B %Y, %H:%M:%S %Z"));
}

char *
regie_format_time_clock (gint64 time, gboolean seconds)
{
  if (time == 0)
    return g_strdup (REGIE_FORMAT_NONE);

  return format_local (time, seconds ? _ ("%H:%M:%S") : _ ("%H:%M"));
}

/* Takes both; the second one only counts when it is not zero. */
static char *
join (char *big, char *small, guint64 small_value)
{
  g_autofree char *first = big;
  g_autofree char *second = small;

  return small_value == 0 ? g_steal_pointer (&first) : g_strconcat (first, " ", second, NULL);
}

static char *
format_seconds (guint n)
{
  return g_strdup_printf (_ ("%u s"), n);
}

static char *
format_minutes (guint n)
{
  return g_strdup_printf (_ ("%u min"), n);
}

static char *
format_hours (guint n)
{
  return g_strdup_printf (_ ("%u h"), n);
}

static char *
format_days (guint n)
{
  /* Translators: days, abbreviated */
  return g_strdup_printf (_ ("%u d"), n);
}

static char *
format_span (guint64 ms)
{
  guint64 seconds = (ms + 500) / 1000;
  guint64 minutes = seconds / 60;
  guint64 hours = minutes / 60;

  if (ms < 1000)
    return g_strdup_printf (_ ("%u ms"), (guint) ms);
  if (ms < 9950)
    {
      g_autofree char *number = regie_format_number (ms / 1000.0, 1);
      return g_strdup_printf (_ ("%s s"), number);
    }
  if (seconds < 60)
    return format_seconds (seconds);
  if (minutes < 60)
    return join (format_minutes (minutes), format_seconds (seconds % 60), seconds % 60);
  if (hours < 24)
    return join (format_hours (hours), format_minutes (minutes % 60), minutes % 60);

  return join (format_days (hours / 24), format_hours (hours % 24), hours % 24);
}

char *
regie_format_duration (gint64 ms)
{
  g_autofree char *span = format_span (ms < 0 ? -(guint64) ms : (guint64) ms);

  return ms < 0 ? g_strconcat ("−", span, NULL) : g_steal_pointer (&span);
}
