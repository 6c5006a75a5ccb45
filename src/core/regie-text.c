/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-text.h"

#include <string.h>

/* Characters that change the direction of what follows, and so can make a text read as another. */
static const struct
{
  gunichar character;
  const char *mark;
} bidi_controls[] = {
  { 0x061c, "[ALM]" }, { 0x200e, "[LRM]" }, { 0x200f, "[RLM]" }, { 0x202a, "[LRE]" },
  { 0x202b, "[RLE]" }, { 0x202c, "[PDF]" }, { 0x202d, "[LRO]" }, { 0x202e, "[RLO]" },
  { 0x2066, "[LRI]" }, { 0x2067, "[RLI]" }, { 0x2068, "[FSI]" }, { 0x2069, "[PDI]" },
};

static const char *
find_bidi_mark (gunichar character)
{
  for (guint i = 0; i < G_N_ELEMENTS (bidi_controls); i++)
    {
      if (bidi_controls[i].character == character)
        return bidi_controls[i].mark;
    }

  return NULL;
}

char *
regie_text_visible (const char *text, gboolean multiline)
{
  g_autofree char *valid = g_utf8_make_valid (text != NULL ? text : "", -1);
  GString *result = g_string_sized_new (strlen (valid));

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar character = g_utf8_get_char (p);
      const char *mark = find_bidi_mark (character);

      if (mark != NULL)
        g_string_append (result, mark);
      else if (character == '\n' || character == '\t')
        g_string_append_c (result, multiline ? (char) character : ' ');
      else if (character == '\r')
        continue;
      else if (character < 0x20)
        g_string_append_unichar (result, 0x2400 + character);
      else if (character == 0x7f)
        g_string_append_unichar (result, 0x2421);
      else if (character == 0x2028 || character == 0x2029 || (character >= 0x80 && character < 0xa0))
        g_string_append_c (result, ' ');
      else
        g_string_append_unichar (result, character);
    }

  return g_string_free_and_steal (result);
}

char *
regie_text_escape (const char *text)
{
  g_autofree char *visible = regie_text_visible (text, TRUE);

  return g_markup_escape_text (visible, -1);
}

char *
regie_text_shorten (const char *text, gsize max_chars)
{
  const char *end = text;
  gsize n = 0;

  if (text == NULL)
    return g_strdup ("");
  if (g_utf8_strlen (text, -1) <= (glong) max_chars)
    return g_strdup (text);

  for (; n + 1 < max_chars; n++)
    end = g_utf8_next_char (end);
  /* Combining marks stay with their letter. */
  while (end > text && g_unichar_ismark (g_utf8_get_char (end)))
    end = g_utf8_prev_char (end);

  return g_strdup_printf ("%.*s…", (int) (end - text), text);
}

char *
regie_text_fold (const char *text)
{
  g_autofree char *decomposed = NULL;
  g_autofree char *folded = NULL;
  GString *result;

  if (text == NULL || g_str_is_ascii (text))
    return g_ascii_strdown (text != NULL ? text : "", -1);

  decomposed = g_utf8_normalize (text, -1, G_NORMALIZE_ALL);
  folded = decomposed != NULL ? g_utf8_casefold (decomposed, -1) : g_strdup ("");
  result = g_string_sized_new (strlen (folded));

  for (const char *p = folded; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar character = g_utf8_get_char (p);

      if (!g_unichar_ismark (character))
        g_string_append_unichar (result, character);
    }

  return g_string_free_and_steal (result);
}

gboolean
regie_text_uri_is_safe (const char *uri)
{
  g_autoptr (GUri) parsed = NULL;

  if (uri == NULL || !regie_text_is_plain (uri, FALSE))
    return FALSE;

  parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);
  if (parsed == NULL)
    return FALSE;
  if (g_str_equal (g_uri_get_scheme (parsed), "https"))
    return g_uri_get_userinfo (parsed) == NULL && g_uri_get_host (parsed) != NULL &&
           *g_uri_get_host (parsed) != '\0';

  return g_str_equal (g_uri_get_scheme (parsed), "mailto") || g_str_equal (g_uri_get_scheme (parsed), "tel");
}

gboolean
regie_text_is_plain (const char *text, gboolean multiline)
{
  if (!g_utf8_validate (text, -1, NULL))
    return FALSE;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar character = g_utf8_get_char (p);

      if (find_bidi_mark (character) != NULL || character == 0x7f || (character >= 0x80 && character < 0xa0))
        return FALSE;
      if (character < 0x20 && !(multiline && (character == '\n' || character == '\t' || character == '\r')))
        return FALSE;
    }

  return TRUE;
}
