/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-export.h"
#include "regie-json.h"

static char *
get_cell (const char *text)
{
  const RegieKind *kind = regie_kind_get ("workspace");
  g_autoptr (JsonObject) wire = regie_json_object_new ("name", 's', text, NULL);
  g_autoptr (GString) line = g_string_new (NULL);
  g_autoptr (GString) head = g_string_new (NULL);
  guint before = 0;
  char *at;

  regie_export_append_csv_head (head, kind);
  regie_export_append_csv (line, kind, wire);
  g_assert_true (g_str_has_suffix (line->str, "\r\n"));
  /* All other cells are empty: what stands between their commas is the name. */
  at = strstr (head->str, "name");
  g_assert_nonnull (at);
  for (const char *p = head->str; p < at; p++)
    before += *p == ',';
  g_string_erase (line, 0, before);
  at = line->str + strlen (line->str) - 2;
  while (at > line->str && at[-1] == ',')
    at--;

  return g_strndup (line->str, at - line->str);
}

static void
test_cells (void)
{
  static const struct
  {
    const char *text, *cell;
  } rows[] = {
    { "plain", "plain" },
    { "élan", "élan" },
    { "a,b", "\"a,b\"" },
    { "say \"so\"", "\"say \"\"so\"\"\"" },
    { "two\nlines", "\"two\nlines\"" },
    { "=1+1", "\"'=1+1\"" },
    { "+33 1", "\"'+33 1\"" },
    { "-cmd", "\"'-cmd\"" },
    { "@SUM(A1)", "\"'@SUM(A1)\"" },
    { "\t=1", "\"'\t=1\"" },
    { " =1", "\"' =1\"" },
    { "|calc", "\"'|calc\"" },
    { "a=b", "a=b" },
    { "", "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *cell = get_cell (rows[i].text);

      g_assert_cmpstr (cell, ==, rows[i].cell);
    }
}

/* Numbers stay numbers, also negative ones; hidden fields are not written. */
static void
test_types (void)
{
  const RegieKind *kind = regie_kind_get ("workspace");
  g_autoptr (JsonObject) wire =
      regie_json_object_new ("name", 's', "a", "digital_humans", 'i', (gint64) -5, "paused", 'b', TRUE, NULL);
  g_autoptr (GString) line = g_string_new (NULL);
  g_autoptr (GString) head = g_string_new (NULL);

  regie_export_append_csv_head (head, kind);
  regie_export_append_csv (line, kind, wire);
  g_assert_nonnull (strstr (line->str, ",-5"));
  g_assert_nonnull (strstr (line->str, "true"));
  g_assert_null (strstr (head->str, "sample"));
}

/* Binary fractions are written as a person would. */
static void
test_numbers (void)
{
  static const struct
  {
    double number;
    const char *cell;
  } rows[] = {
    { 0.6, ",0.6," }, { 0.95, ",0.95," }, { 1.0 / 3, ",0.3333333333333333" }, { 1e-9, ",1e-09," }
  };
  const RegieKind *kind = regie_kind_get ("digital-human");

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (JsonObject) wire = regie_json_object_new ("personality_logic", 'd', rows[i].number, NULL);
      g_autoptr (GString) line = g_string_new (NULL);
      const char *at;

      regie_export_append_csv (line, kind, wire);
      at = strstr (line->str, rows[i].cell);
      g_assert_nonnull (at);
      g_assert_cmpfloat (g_ascii_strtod (at + 1, NULL), ==, rows[i].number);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/export-text/cells", test_cells);
  g_test_add_func ("/export-text/types", test_types);
  g_test_add_func ("/export-text/numbers", test_numbers);

  return g_test_run ();
}
