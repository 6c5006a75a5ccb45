/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-store-private.h"

#include "core/regie-json.h"

/* The store's own writing and reading of JSON. */

static void
assert_written (const char *in, const char *out)
{
  g_autoptr (JsonObject) object = regie_json_parse_object (in, -1, NULL);
  g_autofree char *text = regie_store_json_write (object);
  g_autoptr (JsonObject) again = regie_store_json_read (text);
  g_autofree char *same = regie_store_json_write (again);

  g_assert_cmpstr (text, ==, out);
  g_assert_cmpstr (same, ==, out);
}

static void
test_write (void)
{
  assert_written ("{}", "{}");
  assert_written ("{\"b\": [1, -5, 0], \"a\": {\"z\": null, \"y\": true}}",
                  "{\"a\":{\"y\":true,\"z\":null},\"b\":[1,-5,0]}");
  assert_written ("{\"a\": 9223372036854775807, \"b\": -9223372036854775808}",
                  "{\"a\":9223372036854775807,\"b\":-9223372036854775808}");
  assert_written ("{\"a\": 1.0, \"b\": 0.1, \"c\": 1e300}",
                  "{\"a\":1.0,\"b\":0.10000000000000001,\"c\":1.0000000000000001e+300}");
  assert_written ("{\"é\\\"\\\\\": \"a\\n\\t\\u0001\\u2028😀\"}",
                  "{\"é\\\"\\\\\":\"a\\n\\u0009\\u0001\xe2\x80\xa8😀\"}");
}

static void
test_read_refuses (void)
{
  g_assert_null (regie_store_json_read (NULL));
  g_assert_null (regie_store_json_read (""));
  g_assert_null (regie_store_json_read ("{\"a\""));
  g_assert_null (regie_store_json_read ("[1]"));
}

static void
test_words (void)
{
  g_autoptr (GString) words = g_string_new (NULL);
  g_autoptr (GString) many = g_string_new (NULL);
  g_autofree char *long_text = g_strnfill (200000, 'x');
  g_autoptr (JsonObject) task =
      regie_json_parse_object ("{\"summary\": \"S\", \"payload\": {\"to\": [\"a\", {\"b\": \"c\"}], \"n\": "
                               "5}, \"cause\": \"not searched\"}",
                               -1, NULL);
  g_autoptr (JsonObject) large = regie_json_object_new ("summary", 's', long_text, NULL);

  regie_store_json_words (regie_kind_get ("task"), task, words);
  g_assert_cmpstr (words->str, ==, "S\na\nc\n");
  regie_store_json_words (regie_kind_get ("task"), large, many);
  g_assert_cmpuint (many->len, <, 20000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store-json/write", test_write);
  g_test_add_func ("/store-json/read-refuses", test_read_refuses);
  g_test_add_func ("/store-json/words", test_words);

  return g_test_run ();
}
