/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/regie-time.h"

static gint64 fixed;

static gint64
read_fixed (void)
{
  return fixed;
}

static void
test_clock (void)
{
  gint64 before = g_get_real_time ();

  g_assert_cmpint (regie_time_now (), >=, before);
  fixed = 42;
  regie_time_set_clock (read_fixed);
  g_assert_cmpint (regie_time_now (), ==, 42);
  regie_time_set_clock (NULL);
  g_assert_cmpint (regie_time_now (), >=, before);
}

static void
test_to_text (void)
{
  g_autofree char *whole = regie_time_to_rfc3339 (G_GINT64_CONSTANT (1795177685000000));
  g_autofree char *parts = regie_time_to_rfc3339 (G_GINT64_CONSTANT (1795177685000007));
  g_autofree char *before = regie_time_to_rfc3339 (-1);

  g_assert_cmpstr (whole, ==, "2026-11-20T12:28:05.000000Z");
  g_assert_cmpstr (parts, ==, "2026-11-20T12:28:05.000007Z");
  g_assert_cmpstr (before, ==, "1969-12-31T23:59:59.999999Z");
  g_assert_null (regie_time_to_rfc3339 (0));
  g_assert_null (regie_time_to_rfc3339 (G_MAXINT64));
}

static void
test_parse (void)
{
  static const struct
  {
    const char *text;
    gint64 time;
  } times[] = {
    { "2026-11-20T12:28:05Z", G_GINT64_CONSTANT (1795177685000000) },
    { "2026-11-20T12:28:05.903Z", G_GINT64_CONSTANT (1795177685903000) },
    { "2026-11-20T13:28:05+01:00", G_GINT64_CONSTANT (1795177685000000) },
    { "2026-11-20T07:28:05.000001-05:00", G_GINT64_CONSTANT (1795177685000001) },
    { "2026-11-20 12:28:05Z", G_GINT64_CONSTANT (1795177685000000) },
    { "2026-11-20T12:28:05", G_GINT64_CONSTANT (1795177685000000) },
    { "Fri, 20 Nov 2026 12:28:05 GMT", G_GINT64_CONSTANT (1795177685000000) },
    { "1795177685", G_GINT64_CONSTANT (1795177685000000) },
    { "1795177685903", G_GINT64_CONSTANT (1795177685903000) },
    { "0", 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (times); i++)
    {
      gint64 time = -1;

      if (!regie_time_parse (times[i].text, NULL, &time) || time != times[i].time)
        g_error ("%s: %" G_GINT64_FORMAT, times[i].text, time);
    }
}

static void
test_parse_in_a_zone (void)
{
  g_autoptr (GTimeZone) paris = g_time_zone_new_identifier ("Europe/Paris");
  gint64 time;

  g_assert_true (regie_time_parse ("2026-11-20T13:28:05", paris, &time));
  g_assert_cmpint (time, ==, G_GINT64_CONSTANT (1795177685000000));
  /* A zone of its own goes before. */
  g_assert_true (regie_time_parse ("2026-11-20T12:28:05Z", paris, &time));
  g_assert_cmpint (time, ==, G_GINT64_CONSTANT (1795177685000000));
}

static void
test_not_a_time (void)
{
  static const char *const texts[] = { "",
                                       "soon",
                                       "2026-13-01T00:00:00Z",
                                       "2026-02-30T00:00:00Z",
                                       "12:28",
                                       "-5",
                                       "99999999999999999999",
                                       "2026-11-20T25:00:00Z",
                                       "1.5",
                                       "Xyz, 99 Foo 2026 12:28:05 GMT",
                                       "Fri, 20 Nov 2026 99:28:05 GMT" };
  g_autofree char *long_text = g_strnfill (1000, '1');
  gint64 time = 7;

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (regie_time_parse (texts[i], NULL, &time))
      g_error ("%s was taken for a time", texts[i]);
  g_assert_false (regie_time_parse (long_text, NULL, &time));
  g_assert_false (regie_time_parse (NULL, NULL, &time));
}

static void
test_round_trip (void)
{
  for (guint i = 0; i < 1000; i++)
    {
      gint64 time = (gint64) g_test_rand_int () * 1000003 + 1;
      g_autofree char *text = regie_time_to_rfc3339 (time);
      gint64 again;

      g_assert_true (regie_time_parse (text, NULL, &again));
      g_assert_cmpint (again, ==, time);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/time/clock", test_clock);
  g_test_add_func ("/time/to-text", test_to_text);
  g_test_add_func ("/time/parse", test_parse);
  g_test_add_func ("/time/parse-in-a-zone", test_parse_in_a_zone);
  g_test_add_func ("/time/not-a-time", test_not_a_time);
  g_test_add_func ("/time/round-trip", test_round_trip);

  return g_test_run ();
}
