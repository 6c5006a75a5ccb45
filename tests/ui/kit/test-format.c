/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <locale.h>

#include "regie-cause.h"
#include "regie-format.h"
#include "regie-json.h"
#include "regie-time.h"

#define NOW (G_GINT64_CONSTANT (1763641685) * G_USEC_PER_SEC) /* Thursday 20 November 2025, 12:28:05 UTC */

static gint64
get_now (void)
{
  return NOW;
}

#define SECONDS(n) ((gint64) (n) * G_TIME_SPAN_SECOND)

static void
test_relative_times (void)
{
  static const struct
  {
    gint64 distance;
    const char *text;
  } rows[] = {
    { SECONDS (0), "now" },
    { SECONDS (-59), "now" },
    { SECONDS (-60), "1 min ago" },
    { SECONDS (-3599), "59 min ago" },
    { SECONDS (-3600), "1 h ago" },
    { SECONDS (-12 * 3600), "12 h ago" },
    { SECONDS (-13 * 3600), "yesterday" },
    { SECONDS (-36 * 3600), "yesterday" },
    { SECONDS (-2 * 86400), "2 days ago" },
    { SECONDS (-6 * 86400), "6 days ago" },
    { SECONDS (-8 * 86400), "12 Nov" },
    { SECONDS (-400 * 86400), "16 Oct 2024" },
    { SECONDS (5), "in 5 s" },
    { SECONDS (300), "in 5 min" },
    { SECONDS (2 * 3600), "in 2 h" },
    { SECONDS (13 * 3600), "tomorrow" },
    { SECONDS (3 * 86400), "in 3 days" },
  };

  regie_time_set_clock (get_now);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text = regie_format_time_relative (NOW + rows[i].distance);

      g_assert_cmpstr (text, ==, rows[i].text);
    }
  regie_time_set_clock (NULL);
}

/* The text is another one once the time that it lasts is over, and not long before. */
static gint64 moved;

static gint64
get_moved (void)
{
  return NOW + moved;
}

static void
test_relative_times_last (void)
{
  static const int distances[] = { 0, -30, -90, -3000, -4000, 100, 3700, 30 };

  for (guint i = 0; i < G_N_ELEMENTS (distances); i++)
    {
      gint64 time = NOW + SECONDS (distances[i]);
      g_autofree char *before = NULL;
      g_autofree char *after = NULL;

      moved = 0;
      regie_time_set_clock (get_moved);
      before = regie_format_time_relative (time);
      moved = (gint64) regie_format_time_relative_lasts (time) * 1000;
      after = regie_format_time_relative (time);
      g_assert_cmpstr (before, !=, after);
    }
  g_assert_cmpuint (regie_format_time_relative_lasts (0), ==, 0);
  g_assert_cmpuint (regie_format_time_relative_lasts (NOW - SECONDS (30 * 86400)), ==, 0);
  regie_time_set_clock (NULL);
}

static void
test_exact_times (void)
{
  g_autofree char *exact = regie_format_time_exact (NOW);
  g_autofree char *clock = regie_format_time_clock (NOW, TRUE);
  g_autofree char *none = regie_format_time_exact (0);
  g_autofree char *absurd = regie_format_time_exact (G_MAXINT64);

  g_assert_cmpstr (exact, ==, "Thursday 20 November 2025, 12:28:05 UTC");
  g_assert_cmpstr (clock, ==, "12:28:05");
  g_assert_cmpstr (none, ==, REGIE_FORMAT_NONE);
  g_assert_cmpstr (absurd, ==, REGIE_FORMAT_NONE);
}

static void
test_durations (void)
{
  static const struct
  {
    gint64 ms;
    const char *text;
  } rows[] = {
    { 0, "0 ms" },
    { 999, "999 ms" },
    { 1000, "1 s" },
    { 1249, "1.2 s" },
    { 9960, "10 s" },
    { 59400, "59 s" },
    { 60000, "1 min" },
    { 200000, "3 min 20 s" },
    { 7500000, "2 h 5 min" },
    { 273600000, "3 d 4 h" },
    { -850, "−850 ms" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text = regie_format_duration (rows[i].ms);

      g_assert_cmpstr (text, ==, rows[i].text);
    }
  g_free (regie_format_duration (G_MININT64));
}

static void
test_sizes_and_rates (void)
{
  static const struct
  {
    gint64 bytes;
    const char *text;
  } sizes[] = {
    { 0, "0 B" }, { 812, "812 B" }, { 1024, "1 KiB" }, { 4718592, "4.5 MiB" }, { 314572800, "300 MiB" },
  };
  static const struct
  {
    double rate;
    const char *text;
  } rates[] = { { 0, "0%" }, { 0.045, "4.5%" }, { 0.45, "45%" }, { 1, "100%" } };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree char *text = regie_format_size (sizes[i].bytes);

      g_assert_cmpstr (text, ==, sizes[i].text);
    }
  for (guint i = 0; i < G_N_ELEMENTS (rates); i++)
    {
      g_autofree char *text = regie_format_rate (rates[i].rate);

      g_assert_cmpstr (text, ==, rates[i].text);
    }
}

static void
assert_value (const RegieField *field, const char *json, const char *text, const char *full_text)
{
  g_autoptr (JsonNode) value = json_from_string (json, NULL);
  g_autofree char *shown = regie_format_value (field, value);
  g_autofree char *full = regie_format_value_full (field, value);

  g_assert_cmpstr (shown, ==, text);
  g_assert_cmpstr (full, ==, full_text != NULL ? full_text : text);
}

static void
test_values (void)
{
  const RegieKind *human = regie_kind_get ("digital-human");
  const RegieKind *database = regie_kind_get ("database");

#define FIELD(name) regie_kind_find_field (human, name)
  assert_value (FIELD ("state"), "\"idle\"", "Active", NULL);
  assert_value (FIELD ("state"), "\"<b>odd\"", "<b>odd", NULL);
  assert_value (FIELD ("state"), "null", REGIE_FORMAT_NONE, NULL);
  assert_value (FIELD ("paused"), "true", "Yes", NULL);
  assert_value (FIELD ("pid"), "123456", "123456", NULL);
  assert_value (FIELD ("reply_delay"), "300", "5 min", NULL);
  assert_value (FIELD ("memory_limit"), "256", "256 MiB", NULL);
  assert_value (FIELD ("cpu_limit"), "50", "50%", NULL);
  assert_value (FIELD ("personality_logic"), "0.75", "75%", NULL);
  assert_value (FIELD ("latency_p95"), "1200", "1.2 s", NULL);
  assert_value (FIELD ("language"), "\"fr\"", "French (fr)", NULL);
  assert_value (FIELD ("language"), "\"tlh\"", "tlh", NULL);
  assert_value (FIELD ("description"), "\"one\\ntwo\"", "one two", "one\ntwo");
  assert_value (FIELD ("name"), "\"a\\u202eb\"", "a[RLO]b", NULL);
  assert_value (FIELD ("activity"), "[1,2,3.5]", "3.5", "1, 2, 3.5");
  assert_value (FIELD ("activity"), "[]", REGIE_FORMAT_NONE, NULL);
  /* Of another type than the field says. */
  assert_value (FIELD ("name"), "12", "12", NULL);
  assert_value (FIELD ("name"), "{\"a\":1}", "{\"a\":1}", NULL);
  assert_value (FIELD ("tasks_day"), "\"many\"", "many", NULL);
  assert_value (regie_kind_find_field (database, "size"), "4718592", "4.5 MiB", NULL);
#undef FIELD
}

/* The journal names kinds and actions by what the program calls them; people read words. */
static void
test_journal (void)
{
  const RegieKind *journal = regie_kind_get ("audit");
  const RegieField *action = regie_kind_find_field (journal, "action");
  const RegieField *kind = regie_kind_find_field (journal, "kind");

  assert_value (action, "\"create\"", "Created", NULL);
  assert_value (action, "\"backup\"", "Back up", NULL);
  assert_value (action, "\"crash\"", "Crashed", NULL);
  assert_value (action, "\"no-such\"", "no-such", NULL);
  assert_value (kind, "\"digital-human\"", "Digital Human", NULL);
  assert_value (kind, "\"no-such\"", "no-such", NULL);
  assert_value (regie_kind_find_field (journal, "title"), "\"create\"", "create", NULL);
}

static void
test_problems (void)
{
  const RegieKind *human = regie_kind_get ("digital-human");
  static const struct
  {
    const char *field;
    const char *json;
    const char *text;
  } rows[] = {
    { "name", "\"\"", "This is needed" },
    { "email", "\"nobody\"", "An e-mail address looks like name@example.org" },
    { "avatar", "\"123456789\"", "At most 8 characters" },
    { "role", "\"king\"", "Choose one of the values offered" },
    { "reply_delay", "-1", "This must be from 0 to 86400" },
    { "reply_delay", "\"x\"", "This must be a whole number" },
    { "working_start", "\"25:00\"", "A time of day looks like 09:30" },
    { "timezone", "\"Mars/Base\"", "A time zone looks like Europe/Paris" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const RegieField *field = regie_kind_find_field (human, rows[i].field);
      g_autoptr (JsonNode) value = json_from_string (rows[i].json, NULL);
      const char *code = NULL;
      g_autofree char *words = regie_field_check (field, value, &code);
      g_autofree char *text = regie_format_problem (field, code);

      g_assert_nonnull (words);
      g_assert_cmpstr (text, ==, rows[i].text);
    }
}

/* Every code has words of its own, none shows the server's. */
static void
test_errors (void)
{
  for (int code = REGIE_ERROR_INVALID; code <= REGIE_ERROR_FAILED; code++)
    {
      g_autoptr (GError) error = g_error_new_literal (REGIE_ERROR, code, "password=secret");
      g_autofree char *text = regie_format_error (error);

      g_assert_cmpstr (text, !=, "");
      g_assert_null (strstr (text, "secret"));
    }
}

/* What an engine refuses comes with a code; one that nobody knows leaves what the engine says. */
static void
test_refusals (void)
{
  const RegieField *field = regie_kind_find_field (regie_kind_get ("digital-human"), "name");
  g_autoptr (JsonObject) args = regie_json_object_new ("service", 's', "web", NULL);
  g_autoptr (GError) known = g_error_new_literal (REGIE_ERROR, REGIE_ERROR_CONFLICT, "from the engine");
  g_autoptr (GError) unknown = g_error_new_literal (REGIE_ERROR, REGIE_ERROR_INVALID, "from the engine");
  g_autoptr (GError) short_name = g_error_new_literal (REGIE_ERROR, REGIE_ERROR_INVALID, "from the engine");
  g_autofree char *meaning = NULL, *at_field = NULL, *other = NULL, *general = NULL, *needed = NULL;

  regie_error_set_cause (known, "right-exists", args);
  regie_error_set_cause (unknown, "of-tomorrow", args);
  regie_error_set_cause (short_name, "required", NULL);
  meaning = regie_format_error (known);
  at_field = regie_format_refusal (field, known, known->message);
  general = regie_format_error (unknown);
  other = regie_format_refusal (field, unknown, unknown->message);
  needed = regie_format_refusal (field, short_name, short_name->message);
  g_assert_cmpstr (meaning, ==, "there is a right for \"web\" already; change that one");
  g_assert_cmpstr (at_field, ==, meaning);
  g_assert_null (strstr (general, "engine"));
  g_assert_cmpstr (other, ==, "from the engine");
  g_assert_cmpstr (needed, ==, "This is needed");
}

int
main (int argc, char **argv)
{
  g_setenv ("TZ", "UTC", TRUE);
  setlocale (LC_ALL, "C.UTF-8");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/format/relative-times", test_relative_times);
  g_test_add_func ("/format/relative-times-last", test_relative_times_last);
  g_test_add_func ("/format/exact-times", test_exact_times);
  g_test_add_func ("/format/durations", test_durations);
  g_test_add_func ("/format/sizes-and-rates", test_sizes_and_rates);
  g_test_add_func ("/format/values", test_values);
  g_test_add_func ("/format/journal", test_journal);
  g_test_add_func ("/format/problems", test_problems);
  g_test_add_func ("/format/errors", test_errors);
  g_test_add_func ("/format/refusals", test_refusals);

  return g_test_run ();
}
