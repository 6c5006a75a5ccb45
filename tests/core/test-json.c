/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/regie-json.h"
#include "core/regie-limits.h"

#include <string.h>

static void
assert_parses (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = regie_json_parse (text, -1, &error);

  g_assert_no_error (error);
  g_assert_nonnull (node);
}

static void
assert_refused (const char *text, gssize length, RegieError code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = regie_json_parse (text, length, &error);

  if (node != NULL)
    g_error ("“%.100s” was taken", text);
  g_assert_error (error, REGIE_ERROR, (int) code);
  g_assert_cmpuint (strlen (error->message), >, 0);
}

static void
test_parse (void)
{
  assert_parses ("{}");
  assert_parses (" [1, 2.5, \"é\", null, true, {\"a\": []}] ");
  assert_parses ("\"\\ud83d\\ude00\"");
  assert_parses ("-0.5e-3");
}

static void
test_not_json (void)
{
  static const char *const texts[] = { "",         "   ",          "{",           "}",   "[1,]", "{\"a\"}",
                                       "{\"a\":}", "{\"a\":1,}",   "[1 2]",       "nul", "'a'",  "{a: 1}",
                                       "[1]]",     "{\"a\": 1} x", "\"open",      "01",  "+1",   "// note\n1",
                                       "/* */ 1",  "[1}",          "\xef\xbb\xbf" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    assert_refused (texts[i], -1, REGIE_ERROR_INVALID);
}

/* Kept as infinity they could not be written as JSON any more. */
static void
test_huge_numbers (void)
{
  g_autofree char *digits = g_strnfill (400, '9');

  assert_refused ("1e999", -1, REGIE_ERROR_INVALID);
  assert_refused ("{\"a\": [-2E308]}", -1, REGIE_ERROR_INVALID);
  assert_refused (digits, -1, REGIE_ERROR_INVALID);
  assert_parses ("[1e308, -1e308, 1e-999, 0.1e2]");
  assert_parses ("\"1e999\"");
}

static void
test_line_of_fault (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (regie_json_parse ("{\n\"a\": 1,\n\"b\": oops\n}", -1, &error));
  g_assert_true (g_str_has_prefix (error->message, "line 3"));
}

static void
test_not_utf8 (void)
{
  assert_refused ("\"\xff\xfe\"", -1, REGIE_ERROR_INVALID);
  assert_refused ("\"\xc0\x80\"", -1, REGIE_ERROR_INVALID);
  assert_refused ("\"\xed\xa0\x80\"", -1, REGIE_ERROR_INVALID);
  assert_refused ("[1]\0[2]", 7, REGIE_ERROR_INVALID);
}

static char *
nest (guint depth, const char *open, const char *close)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < depth; i++)
    g_string_append (text, open);
  g_string_append_c (text, '1');
  for (guint i = 0; i < depth; i++)
    g_string_append (text, close);

  return g_string_free_and_steal (text);
}

static void
test_depth (void)
{
  g_autofree char *most = nest (REGIE_LIMIT_JSON_DEPTH, "[", "]");
  g_autofree char *arrays = nest (REGIE_LIMIT_JSON_DEPTH + 1, "[", "]");
  g_autofree char *objects = nest (REGIE_LIMIT_JSON_DEPTH + 1, "{\"a\":", "}");
  g_autofree char *deep = nest (1000000, "[", "]");
  g_autofree char *in_text = nest (100, "[", "]");
  g_autofree char *quoted = g_strdup_printf ("\"%s\"", in_text);

  assert_parses (most);
  assert_refused (arrays, -1, REGIE_ERROR_TOO_LARGE);
  assert_refused (objects, -1, REGIE_ERROR_TOO_LARGE);
  assert_refused (deep, -1, REGIE_ERROR_TOO_LARGE);
  assert_parses (quoted);
}

static void
test_long_text (void)
{
  g_autofree char *most = g_strnfill (REGIE_LIMIT_STRING_BYTES, 'x');
  g_autofree char *fits = g_strdup_printf ("\"%s\"", most);
  g_autofree char *over = g_strdup_printf ("[\"%sy\"]", most);
  g_autofree char *name = g_strdup_printf ("{\"%sy\": 1}", most);
  g_autofree char *open = g_strdup_printf ("\"%sy", most);

  assert_parses (fits);
  assert_refused (over, -1, REGIE_ERROR_TOO_LARGE);
  assert_refused (name, -1, REGIE_ERROR_TOO_LARGE);
  assert_refused (open, -1, REGIE_ERROR_TOO_LARGE);
}

static char *
repeat (guint n, const char *item)
{
  GString *text = g_string_new ("[");

  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? "," : "", item);
  g_string_append_c (text, ']');

  return g_string_free_and_steal (text);
}

static void
test_many_items (void)
{
  g_autofree char *most = repeat (REGIE_LIMIT_ARRAY_ITEMS, "1");
  g_autofree char *over = repeat (REGIE_LIMIT_ARRAY_ITEMS + 1, "1");
  /* Each list has its own count. */
  g_autofree char *inner = repeat (REGIE_LIMIT_ARRAY_ITEMS / 2 + 1, "1");
  g_autofree char *both = g_strdup_printf ("[%s,%s]", inner, inner);

  assert_parses (most);
  assert_refused (over, -1, REGIE_ERROR_TOO_LARGE);
  assert_parses (both);
}

static void
test_size (void)
{
  g_autofree char *over = g_strnfill (REGIE_LIMIT_JSON_BYTES + 1, ' ');

  over[0] = '1';
  assert_refused (over, -1, REGIE_ERROR_TOO_LARGE);
  assert_refused (over, G_MAXINT32, REGIE_ERROR_TOO_LARGE);
}

static void
test_object_is_needed (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) object = regie_json_parse_object ("{\"b\": [1], \"a\": null}", -1, &error);

  g_assert_no_error (error);
  /* It may be changed. */
  json_object_set_int_member (object, "c", 3);
  g_assert_cmpuint (json_object_get_size (object), ==, 3);
  g_assert_null (regie_json_parse_object ("[{}]", -1, &error));
  g_assert_error (error, REGIE_ERROR, REGIE_ERROR_INVALID);
}

static void
test_text (void)
{
  g_autoptr (JsonObject) object = regie_json_object_new ("z", 'i', (gint64) 1, "a", 's', "é\"\n", "m", 'd',
                                                         0.5, "n", 's', NULL, "t", 'b', TRUE, NULL);
  g_autofree char *text = regie_json_object_to_string (object);
  g_autofree char *sorted = regie_json_object_to_sorted_string (object);

  g_assert_cmpstr (text, ==, "{\"z\":1,\"a\":\"é\\\"\\n\",\"m\":0.5,\"n\":null,\"t\":true}");
  g_assert_cmpstr (sorted, ==, "{\"a\":\"é\\\"\\n\",\"m\":0.5,\"n\":null,\"t\":true,\"z\":1}");
}

static void
test_sorted_is_deep (void)
{
  g_autoptr (JsonObject) a =
      regie_json_parse_object ("{\"x\": [{\"b\": 1, \"a\": 2}], \"c\": {\"z\": 1, \"y\": 2}}", -1, NULL);
  g_autoptr (JsonObject) b =
      regie_json_parse_object ("{\"c\": {\"y\": 2, \"z\": 1}, \"x\": [{\"a\": 2, \"b\": 1}]}", -1, NULL);
  g_autofree char *one = regie_json_object_to_sorted_string (a);
  g_autofree char *two = regie_json_object_to_sorted_string (b);

  g_assert_cmpstr (one, ==, two);
}

static void
assert_pointer (JsonNode *root, const char *pointer, const char *expected)
{
  JsonNode *node = regie_json_pointer_get (root, pointer);
  g_autofree char *text = node != NULL ? regie_json_to_string (node) : NULL;

  g_assert_cmpstr (text, ==, expected);
}

static void
test_pointer (void)
{
  g_autoptr (JsonNode) root =
      regie_json_parse ("{\"a\": [1, {\"b/c\": 2, \"m~n\": 3}], \"\": 4, \"a~1\": 5}", -1, NULL);

  assert_pointer (root, "/a/0", "1");
  assert_pointer (root, "/a/1/b~1c", "2");
  assert_pointer (root, "/a/1/m~0n", "3");
  assert_pointer (root, "/", "4");
  assert_pointer (root, "/a~01", "5");
  assert_pointer (root, "/a/2", NULL);
  assert_pointer (root, "/a/-1", NULL);
  assert_pointer (root, "/a/x", NULL);
  assert_pointer (root, "/a/0/b", NULL);
  assert_pointer (root, "/nothing", NULL);
  assert_pointer (root, "a", NULL);
  g_assert_true (regie_json_pointer_get (root, "") == root);
}

static void
test_getters (void)
{
  g_autoptr (JsonObject) object =
      regie_json_parse_object ("{\"text\": \"x\", \"int\": 7, \"number\": 2.5, \"bool\": true, \"null\": "
                               "null, \"list\": [], \"object\": {}, "
                               "\"huge\": 1e300}",
                               -1, NULL);

  g_assert_cmpstr (regie_json_get_text (object, "text", "-"), ==, "x");
  g_assert_cmpstr (regie_json_get_text (object, "int", "-"), ==, "-");
  g_assert_cmpstr (regie_json_get_text (object, "null", "-"), ==, "-");
  g_assert_cmpstr (regie_json_get_text (object, "list", NULL), ==, NULL);
  g_assert_cmpstr (regie_json_get_text (NULL, "text", "-"), ==, "-");
  g_assert_cmpint (regie_json_get_int (object, "int", -1), ==, 7);
  g_assert_cmpint (regie_json_get_int (object, "number", -1), ==, 2);
  g_assert_cmpint (regie_json_get_int (object, "text", -1), ==, -1);
  g_assert_cmpint (regie_json_get_int (object, "huge", -1), ==, -1);
  g_assert_cmpfloat (regie_json_get_number (object, "int", -1), ==, 7);
  g_assert_cmpfloat (regie_json_get_number (object, "number", -1), ==, 2.5);
  g_assert_cmpfloat (regie_json_get_number (object, "bool", -1), ==, -1);
  g_assert_true (regie_json_get_bool (object, "bool", FALSE));
  g_assert_true (regie_json_get_bool (object, "int", TRUE));
  g_assert_nonnull (regie_json_get_object (object, "object"));
  g_assert_null (regie_json_get_object (object, "list"));
  g_assert_nonnull (regie_json_get_array (object, "list"));
  g_assert_null (regie_json_get_array (object, "nothing"));
}

static void
test_apply_and_diff (void)
{
  g_autoptr (JsonObject) base =
      regie_json_parse_object ("{\"a\": 1, \"b\": {\"x\": 1, \"y\": 2}, \"c\": [1]}", -1, NULL);
  g_autoptr (JsonObject) patch =
      regie_json_parse_object ("{\"a\": null, \"b\": {\"x\": 2}, \"d\": 4}", -1, NULL);
  g_autoptr (JsonObject) result = regie_json_apply (base, patch);
  g_autoptr (JsonObject) diff = regie_json_diff (base, result);
  g_autoptr (JsonObject) none = regie_json_diff (base, base);
  g_autoptr (JsonObject) again = regie_json_apply (base, diff);
  g_autofree char *text = regie_json_object_to_sorted_string (result);
  g_autofree char *changed = regie_json_object_to_sorted_string (diff);
  g_autofree char *same = regie_json_object_to_sorted_string (again);
  g_autofree char *untouched = NULL;

  g_assert_cmpstr (text, ==, "{\"a\":null,\"b\":{\"x\":2},\"c\":[1],\"d\":4}");
  g_assert_cmpstr (changed, ==, "{\"a\":null,\"b\":{\"x\":2},\"d\":4}");
  g_assert_cmpstr (same, ==, text);
  g_assert_null (none);
  /* Nothing is shared with what it was made of. */
  json_object_set_int_member (regie_json_get_object (result, "b"), "x", 9);
  json_array_add_int_element (regie_json_get_array (result, "c"), 2);
  untouched = regie_json_object_to_sorted_string (base);
  g_assert_cmpstr (untouched, ==, "{\"a\":1,\"b\":{\"x\":1,\"y\":2},\"c\":[1]}");
}

static void
test_equal (void)
{
  g_autoptr (JsonNode) a = regie_json_parse ("{\"x\": [1, \"é\"]}", -1, NULL);
  g_autoptr (JsonNode) b = regie_json_parse ("{ \"x\" : [ 1 , \"\\u00e9\" ] }", -1, NULL);
  g_autoptr (JsonNode) c = regie_json_parse ("{\"x\": [\"é\", 1]}", -1, NULL);

  g_assert_true (regie_json_node_equal (a, b));
  g_assert_false (regie_json_node_equal (a, c));
  g_assert_false (regie_json_node_equal (a, NULL));
  g_assert_true (regie_json_node_equal (NULL, NULL));
}

static void
test_error_names (void)
{
  for (int code = 0; code <= REGIE_ERROR_FAILED; code++)
    {
      RegieError again;

      g_assert_true (regie_error_code_from_string (regie_error_code_to_string (code), &again));
      g_assert_cmpint (again, ==, code);
    }
  {
    RegieError code = REGIE_ERROR_FULL;

    g_assert_false (regie_error_code_from_string ("none-such", &code));
    g_assert_false (regie_error_code_from_string (NULL, &code));
    g_assert_cmpint (code, ==, REGIE_ERROR_FULL);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/parse", test_parse);
  g_test_add_func ("/json/not-json", test_not_json);
  g_test_add_func ("/json/huge-numbers", test_huge_numbers);
  g_test_add_func ("/json/line-of-fault", test_line_of_fault);
  g_test_add_func ("/json/not-utf8", test_not_utf8);
  g_test_add_func ("/json/depth", test_depth);
  g_test_add_func ("/json/long-text", test_long_text);
  g_test_add_func ("/json/many-items", test_many_items);
  g_test_add_func ("/json/size", test_size);
  g_test_add_func ("/json/object-is-needed", test_object_is_needed);
  g_test_add_func ("/json/text", test_text);
  g_test_add_func ("/json/sorted-is-deep", test_sorted_is_deep);
  g_test_add_func ("/json/pointer", test_pointer);
  g_test_add_func ("/json/getters", test_getters);
  g_test_add_func ("/json/apply-and-diff", test_apply_and_diff);
  g_test_add_func ("/json/equal", test_equal);
  g_test_add_func ("/error/names", test_error_names);

  return g_test_run ();
}
