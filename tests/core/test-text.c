/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/regie-text.h"

#include <string.h>

typedef struct
{
  const char *in, *out;
} Pair;

static void
test_visible (void)
{
  static const Pair lines[] = {
    { "plain é 漢 😀", "plain é 漢 😀" },
    { "", "" },
    { "a\nb\tc", "a b c" },
    { "a\r\nb", "a b" },
    { "a\x01z\x1b[31m", "a␁z␛[31m" },
    { "a\x7f", "a␡" },
    { "photo\xe2\x80\xaegnp.exe", "photo[RLO]gnp.exe" },
    { "a\xe2\x81\xa6"
      "b\xe2\x81\xa9",
      "a[LRI]b[PDI]" },
    { "a\xe2\x80\xa8"
      "b",
      "a b" },
    { "bad \xff\xfe end", "bad \xef\xbf\xbd\xef\xbf\xbd end" },
    { "<b>&amp;</b>", "<b>&amp;</b>" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_autofree char *shown = regie_text_visible (lines[i].in, FALSE);

      g_assert_cmpstr (shown, ==, lines[i].out);
      g_assert_true (g_utf8_validate (shown, -1, NULL));
    }
}

static void
test_visible_multiline (void)
{
  g_autofree char *shown = regie_text_visible ("a\n\tb\r\nc", TRUE);
  g_autofree char *none = regie_text_visible (NULL, FALSE);

  g_assert_cmpstr (shown, ==, "a\n\tb\nc");
  g_assert_cmpstr (none, ==, "");
}

static void
test_escape (void)
{
  g_autofree char *escaped = regie_text_escape ("<a href=\"x\">&'\xe2\x80\xae</a>");
  g_autofree char *none = regie_text_escape (NULL);

  g_assert_cmpstr (escaped, ==, "&lt;a href=&quot;x&quot;&gt;&amp;&apos;[RLO]&lt;/a&gt;");
  g_assert_cmpstr (none, ==, "");
}

static void
test_shorten (void)
{
  g_autofree char *same = regie_text_shorten ("émile", 5);
  g_autofree char *cut = regie_text_shorten ("émilie", 5);
  g_autofree char *mark = regie_text_shorten ("abe\xcc\x81"
                                              "fgh",
                                              4);
  g_autofree char *none = regie_text_shorten (NULL, 5);
  g_autofree char *long_text = g_strnfill (1024 * 1024, 'x');
  g_autofree char *shortened = regie_text_shorten (long_text, 100);

  g_assert_cmpstr (same, ==, "émile");
  g_assert_cmpstr (cut, ==, "émil…");
  /* A letter never loses its accent: it goes with it. */
  g_assert_true (g_str_has_prefix (mark, "ab"));
  g_assert_true (g_str_has_suffix (mark, "…"));
  g_assert_true (strstr (mark, "e…") == NULL);
  g_assert_cmpstr (none, ==, "");
  g_assert_cmpint (g_utf8_strlen (shortened, -1), ==, 100);
}

static void
test_fold (void)
{
  static const Pair pairs[] = {
    { "Émile", "emile" },
    { "E\xcc\x81mile", "emile" },
    { "STRASSE", "strasse" },
    { "Straße", "strasse" },
    { "Ünïçødé", "unicøde" },
    { "İ", "i" },
    { "ﬁn", "fin" },
    { "Ⅷ", "viii" },
    { "", "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      g_autofree char *folded = regie_text_fold (pairs[i].in);

      g_assert_cmpstr (folded, ==, pairs[i].out);
    }
  {
    g_autofree char *none = regie_text_fold (NULL);
    g_autofree char *broken = regie_text_fold ("a\xff");

    g_assert_cmpstr (none, ==, "");
    g_assert_nonnull (broken);
  }
}

static void
test_uri (void)
{
  static const char *const safe[] = { "https://example.org/a?b=c#d", "mailto:a@b.org", "tel:+33123456789" };
  static const char *const unsafe[] = { "http://example.org",
                                        "file:///etc/passwd",
                                        "javascript:alert(1)",
                                        "https://user:pass@example.org/",
                                        "https://user@example.org/",
                                        "https:///nohost",
                                        "https://",
                                        "ftp://example.org",
                                        "data:text/html,x",
                                        "example.org",
                                        "",
                                        "https://exa\nmple.org",
                                        "https://example.org/\xe2\x80\xaetxt" };

  for (guint i = 0; i < G_N_ELEMENTS (safe); i++)
    g_assert_true (regie_text_uri_is_safe (safe[i]));
  for (guint i = 0; i < G_N_ELEMENTS (unsafe); i++)
    if (regie_text_uri_is_safe (unsafe[i]))
      g_error ("%s is called safe", unsafe[i]);
  g_assert_false (regie_text_uri_is_safe (NULL));
}

static void
test_plain (void)
{
  g_assert_true (regie_text_is_plain ("Anna <3 é 漢", FALSE));
  g_assert_false (regie_text_is_plain ("a\nb", FALSE));
  g_assert_true (regie_text_is_plain ("a\nb\tc", TRUE));
  g_assert_false (regie_text_is_plain ("a\x01", TRUE));
  g_assert_false (regie_text_is_plain ("a\xe2\x80\xae", FALSE));
  g_assert_false (regie_text_is_plain ("a\x7f", FALSE));
  g_assert_false (regie_text_is_plain ("a\xc2\x85", FALSE));
  g_assert_false (regie_text_is_plain ("a\xff", FALSE));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/text/visible", test_visible);
  g_test_add_func ("/text/visible-multiline", test_visible_multiline);
  g_test_add_func ("/text/escape", test_escape);
  g_test_add_func ("/text/shorten", test_shorten);
  g_test_add_func ("/text/fold", test_fold);
  g_test_add_func ("/text/uri", test_uri);
  g_test_add_func ("/text/plain", test_plain);

  return g_test_run ();
}
