/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-analyze-private.h"

#include <string.h>

/* Longer words are cut for comparing: no rule is that long, and prefixes are looked up one by one. */
#define MAX_NORM 48

static guint8
fold_special (gunichar c)
{
  switch (c)
    {
    case 0x20AC:
      return FOLD_EURO;
    case 0x00A3:
      return FOLD_POUND;
    case 0x00A5:
      return FOLD_YEN;
    case 0x00B0:
    case 0x00BA:
      return FOLD_DEGREE;
    case 0x2018:
    case 0x2019:
    case 0x02BC:
    case 0x00B4:
    case 0x2032:
      return '\'';
    case 0x201C:
    case 0x201D:
    case 0x201E:
    case 0x00AB:
    case 0x00BB:
      return '"';
    case 0x2010:
    case 0x2011:
    case 0x2012:
    case 0x2013:
    case 0x2014:
    case 0x2212:
      return '-';
    case 0x2026:
      return '.';
    case 0x2028:
    case 0x2029:
    case 0x0085:
      return '\n';
    case 0x200B:
    case 0x200C:
    case 0x200D:
    case 0x2060:
    case 0xFEFF:
    case 0x00AD:
      return FOLD_MARK;
    default:
      return 0;
    }
}

static guint8
fold_char (gunichar c)
{
  gunichar parts[G_UNICHAR_MAX_DECOMPOSITION_LENGTH];
  guint8 special;

  if (c < 0x80)
    return c == 0 || c == 0x7f                   ? FOLD_OTHER
           : c == '\r' || c == '\v' || c == '\f' ? '\n'
                                                 : (guint8) g_ascii_tolower ((char) c);
  special = fold_special (c);
  if (special != 0)
    return special;
  if (c == 0x0152 || c == 0x0153)
    return 'o';
  if (c == 0x00C6 || c == 0x00E6)
    return 'a';
  if (c == 0x00DF)
    return 's';
  if (g_unichar_ismark (c) || (c >= 0xFE00 && c <= 0xFE0F) || (c >= 0x1F3FB && c <= 0x1F3FF))
    return FOLD_MARK;
  if (g_unichar_isspace (c) || c == 0x202F || c == 0x2007 || c == 0x00A0)
    return ' ';
  if (g_unichar_fully_decompose (c, TRUE, parts, G_N_ELEMENTS (parts)) > 0 && parts[0] < 0x80 &&
      parts[0] > 0x20)
    return (guint8) g_ascii_tolower ((char) parts[0]);
  if (g_unichar_isalnum (c))
    return FOLD_LETTER;
  if (g_unichar_iscntrl (c) || !g_unichar_isdefined (c) || c == 0xFFFD)
    return FOLD_OTHER;
  return FOLD_SYMBOL;
}

gboolean
fold_is_alnum (guint8 c)
{
  return fold_is_alpha (c) || fold_is_digit (c);
}

static gboolean
is_french_accent (gunichar c)
{
  static const gunichar accents[] = { 0xE0, 0xE2, 0xE7, 0xE8, 0xE9, 0xEA, 0xEB,
                                      0xEE, 0xEF, 0xF4, 0xF9, 0xFB, 0x153 };

  c = g_unichar_tolower (c);
  for (guint i = 0; i < G_N_ELEMENTS (accents); i++)
    if (accents[i] == c)
      return TRUE;
  return FALSE;
}

Text *
text_new (const char *bytes, gsize len)
{
  Text *text = g_new0 (Text, 1);
  gsize at = 0;

  text->bytes = bytes;
  if (len > REGIE_ANALYZE_MAX_BYTES)
    {
      len = REGIE_ANALYZE_MAX_BYTES;
      text->truncated = TRUE;
      /* Not inside a character. */
      while (len > REGIE_ANALYZE_MAX_BYTES - 4 && ((guchar) bytes[len] & 0xC0) == 0x80)
        len--;
    }
  text->n_bytes = len;
  /* The scanners compare short words at any place: they may read some zeros past the end. */
  text->chars = g_new0 (gunichar, len + 64);
  text->offsets = g_new (guint32, len + 1);
  text->fold = g_new0 (guint8, len + 64);
  while (at < len)
    {
      gunichar c = g_utf8_get_char_validated (bytes + at, (gssize) (len - at));
      gsize n = 1;

      if (c == (gunichar) -1 || c == (gunichar) -2 || c == 0)
        c = 0xFFFD;
      else
        n = (gsize) g_unichar_to_utf8 (c, NULL);
      text->offsets[text->n_chars] = (guint32) at;
      text->chars[text->n_chars] = c;
      text->fold[text->n_chars] = fold_char (c);
      text->n_letters += g_unichar_isalpha (c);
      text->n_capitals += g_unichar_isupper (c);
      text->n_chars++;
      at += n;
    }
  text->offsets[text->n_chars] = (guint32) at;
  text->arena = g_string_chunk_new (4096);
  text->tokens = g_array_new (FALSE, TRUE, sizeof (Token));
  return text;
}

void
text_free (Text *text)
{
  g_free (text->chars);
  g_free (text->offsets);
  g_free (text->fold);
  g_string_chunk_free (text->arena);
  g_array_unref (text->tokens);
  g_free (text);
}

char *
text_slice (Text *text, guint start, guint end)
{
  GString *slice = g_string_sized_new (end - start);

  for (guint i = start; i < end; i++)
    g_string_append_unichar (slice, text->chars[i]);
  return g_string_free (slice, FALSE);
}

RegieSpan
text_span (Text *text, guint start, guint end)
{
  return (RegieSpan) { text->offsets[start], text->offsets[end], start, end };
}

gboolean
text_word_at (Text *text, guint at, const char *word)
{
  gsize n = strlen (word);

  if (at + n > text->n_chars || memcmp (text->fold + at, word, n) != 0)
    return FALSE;
  if (at > 0 && fold_is_alnum (text->fold[at - 1]) && fold_is_alnum ((guint8) word[0]))
    return FALSE;
  return !fold_is_alnum (text->fold[at + n]) || !fold_is_alnum ((guint8) word[n - 1]);
}

guint
text_skip_spaces (Text *text, guint at)
{
  while (text->fold[at] == ' ' || text->fold[at] == '\t')
    at++;
  return at;
}

/* --- tokens --- */

typedef struct
{
  Text *text;
  guint flags;          /* for the next token */
  guint sentence_start; /* index of its first token */
} Cutter;

static void
push_token (Cutter *cutter, const char *norm, guint start, guint end, guint flags)
{
  Token token = { 0 };
  GArray *tokens = cutter->text->tokens;

  token.norm = g_string_chunk_insert (cutter->text->arena, norm);
  token.start = start;
  token.end = end;
  token.flags = (guint16) (flags | cutter->flags | (tokens->len == 0 ? TOKEN_SENTENCE | TOKEN_LINE : 0));
  token.lang = REGIE_LANG_ANY;
  cutter->flags = 0;
  g_array_append_val (tokens, token);
}

static void
end_sentence (Cutter *cutter, gboolean question)
{
  GArray *tokens = cutter->text->tokens;

  if (question)
    for (guint i = cutter->sentence_start; i < tokens->len; i++)
      g_array_index (tokens, Token, i).question = 1;
  cutter->sentence_start = tokens->len;
  cutter->flags |= TOKEN_SENTENCE | TOKEN_CLAUSE;
}

/* Letters drawn out for effect ("urgeeent", "merciii") count once. */
static void
squeeze (GString *norm)
{
  gsize out = 0;

  for (gsize i = 0; i < norm->len;)
    {
      gsize run = 1;

      while (i + run < norm->len && norm->str[i + run] == norm->str[i])
        run++;
      norm->str[out++] = norm->str[i];
      /* Not "bbb" or "www": nothing but one letter is no word. */
      if (run == 2 || (run > 2 && (!g_ascii_isalpha (norm->str[i]) || run == norm->len)))
        for (gsize k = 1; k < run; k++)
          norm->str[out++] = norm->str[i];
      i += run;
    }
  g_string_truncate (norm, out);
}

static guint
cut_word (Cutter *cutter, guint at)
{
  Text *text = cutter->text;
  g_autoptr (GString) norm = g_string_new (NULL);
  guint flags = TOKEN_NUMBER, end = at, capitals = 0, letters = 0;

  if (at > 0 && (text->fold[at - 1] == '\'' || text->fold[at - 1] == '-'))
    flags |= TOKEN_PART;
  for (; fold_is_alnum (text->fold[end]) || (text->fold[end] == FOLD_MARK && end > at); end++)
    {
      gunichar c = text->chars[end];
      guint8 fold = text->fold[end];

      if (fold == FOLD_MARK)
        continue;
      if (is_french_accent (c))
        flags |= TOKEN_ACCENT;
      if (!fold_is_digit (fold))
        flags &= ~(guint) TOKEN_NUMBER;
      letters += fold_is_alpha (fold);
      capitals += g_unichar_isupper (c);
      if (norm->len >= MAX_NORM)
        continue;
      if (fold == FOLD_LETTER)
        g_string_append_unichar (norm, g_unichar_tolower (c));
      else
        g_string_append_c (norm, (char) fold);
      if (c == 0x152 || c == 0x153 || c == 0xC6 || c == 0xE6)
        g_string_append_c (norm, 'e');
      else if (c == 0xDF)
        g_string_append_c (norm, 's');
    }
  if (capitals == letters && letters >= 2)
    flags |= TOKEN_UPPER;
  squeeze (norm);
  push_token (cutter, norm->str, at, end, flags);
  return end;
}

static const struct
{
  const char *written;
  const char *norm;
} smileys[] = {
  { ":-)", ":)" }, { ":)", ":)" },  { "=)", ":)" }, { ":-d", ":)" }, { ":d", ":)" },
  { ";-)", ";)" }, { ";)", ";)" },  { "<3", "<3" }, { ":'(", ":(" }, { ":-(", ":(" },
  { ":(", ":(" },  { ":-/", ":/" }, { ":/", ":/" }, { "^^", ":)" },
};

static guint
cut_smiley (Cutter *cutter, guint at)
{
  Text *text = cutter->text;

  for (guint i = 0; i < G_N_ELEMENTS (smileys); i++)
    {
      gsize n = strlen (smileys[i].written);

      if (at + n > text->n_chars || memcmp (text->fold + at, smileys[i].written, n) != 0)
        continue;
      if (fold_is_alnum (text->fold[at + n]) || text->fold[at + n] == '/')
        continue;
      push_token (cutter, smileys[i].norm, at, at + (guint) n, TOKEN_SYMBOL);
      return at + (guint) n;
    }
  return 0;
}

static gboolean
is_abbreviation (Text *text)
{
  static const char *const known[] = { "mr",  "mrs", "ms", "dr",  "st",  "no",  "ref", "tel",
                                       "art", "env", "cf", "etc", "mme", "num", "vs",  "approx" };
  const char *last;

  if (text->tokens->len == 0)
    return FALSE;
  last = g_array_index (text->tokens, Token, text->tokens->len - 1).norm;
  if (last[0] != '\0' && last[1] == '\0' && g_ascii_isalpha (last[0]))
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if (g_str_equal (last, known[i]))
      return TRUE;
  return FALSE;
}

static guint
cut_newlines (Cutter *cutter, guint at)
{
  Text *text = cutter->text;
  guint lines = 0;

  while (text->fold[at] == '\n' || text->fold[at] == ' ' || text->fold[at] == '\t' || text->fold[at] == '>')
    lines += text->fold[at++] == '\n';
  cutter->flags |= TOKEN_LINE;
  /* A wrapped sentence goes on with a small letter. */
  if (lines > 1 || !g_unichar_islower (text->chars[at]))
    end_sentence (cutter, FALSE);
  return at;
}

static guint
cut_punctuation (Cutter *cutter, guint at)
{
  Text *text = cutter->text;
  guint8 c = text->fold[at];
  guint end = at + 1;
  gboolean question = c == '?';

  switch (c)
    {
    case '.':
    case '!':
    case '?':
      for (; text->fold[end] == '.' || text->fold[end] == '!' || text->fold[end] == '?'; end++)
        question |= text->fold[end] == '?';
      for (guint i = at; i < end; i++)
        text->n_exclamations += text->fold[i] == '!';
      if (c == '.' && end == at + 1 && (fold_is_digit (text->fold[end]) || is_abbreviation (text)))
        break;
      end_sentence (cutter, question);
      break;
    case ';':
      end_sentence (cutter, FALSE);
      break;
    case ',':
    case ':':
    case '(':
    case ')':
    case '"':
    case '/':
    case '|':
    case '*':
      cutter->flags |= TOKEN_CLAUSE;
      break;
    case '-':
      if (at > 0 && text->fold[at - 1] == ' ')
        cutter->flags |= TOKEN_CLAUSE;
      break;
    default:
      break;
    }
  return end;
}

static const char *
placeholder (const FoundEntity *entity)
{
  static const char *const names[] = { "{email}", "{phone}", "{date}", "{amount}", "{order}" };

  return entity->hidden ? "{url}" : names[entity->kind];
}

void
text_tokenize (Text *text, GArray *entities)
{
  Cutter cutter = { .text = text };
  guint next = 0, at = 0;

  while (at < text->n_chars)
    {
      guint8 c = text->fold[at];
      guint end = 0;

      if (entities != NULL && next < entities->len)
        {
          const FoundEntity *entity = &g_array_index (entities, FoundEntity, next);

          if (entity->start <= at)
            {
              push_token (&cutter, placeholder (entity), entity->start, entity->end, TOKEN_SYMBOL);
              at = MAX (at, entity->end);
              next++;
              continue;
            }
        }
      if (fold_is_alnum (c))
        {
          at = cut_word (&cutter, at);
          continue;
        }
      if (c == '\n')
        {
          at = cut_newlines (&cutter, at);
          continue;
        }
      if (strchr (":;=<^", c) != NULL && c != 0)
        end = cut_smiley (&cutter, at);
      if (end == 0 && c == FOLD_SYMBOL)
        {
          char utf8[7] = { 0 };

          g_unichar_to_utf8 (text->chars[at], utf8);
          push_token (&cutter, utf8, at, at + 1, TOKEN_SYMBOL);
          end = at + 1;
        }
      at = end != 0 ? end : cut_punctuation (&cutter, at);
    }
}

char **
text_normalize_words (const char *literal)
{
  g_autoptr (Text) text = text_new (literal, strlen (literal));
  GStrvBuilder *words = g_strv_builder_new ();
  char **result;

  text_tokenize (text, NULL);
  for (guint i = 0; i < text->tokens->len; i++)
    g_strv_builder_add (words, g_array_index (text->tokens, Token, i).norm);
  result = g_strv_builder_end (words);
  g_strv_builder_unref (words);
  return result;
}
