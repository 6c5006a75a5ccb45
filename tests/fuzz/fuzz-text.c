/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Text from outside on its way to the screen: what comes out is UTF-8, and its markup form is markup that
 * says just that text. */

#include <string.h>

#include "fuzz.h"
#include "regie-text.h"
#include "regie-time.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autofree char *visible = regie_text_visible (text, TRUE);
  g_autofree char *line = regie_text_visible (text, FALSE);
  g_autofree char *escaped = regie_text_escape (text);
  g_autofree char *short_line = regie_text_shorten (line, 20);
  g_autofree char *folded = regie_text_fold (line);
  gint64 time;

  g_assert_true (g_utf8_validate (visible, -1, NULL) && regie_text_is_plain (visible, TRUE));
  g_assert_true (regie_text_is_plain (line, FALSE) && strchr (line, '\n') == NULL);
  g_assert_true (strchr (escaped, '<') == NULL);
  g_assert_cmpint (g_utf8_strlen (short_line, -1), <=, 20);
  g_assert_true (g_utf8_validate (folded, -1, NULL));
  regie_time_parse (text, NULL, &time);
  regie_text_uri_is_safe (line);

  return 0;
}
