/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-analyze-private.h"

#include <string.h>

/* French and English are told by their most frequent words, their accents and their apostrophes; a few other
 * languages are known just well enough to say "neither". */

typedef struct
{
  double fr;
  double en;
  double other;
} Score;

/* "l'", "qu'" on the left, "'s", "n't" on the right. */
static void
score_apostrophe (Text *text, guint i, Score *score)
{
  static const char *const left[] = { "l", "d", "j",  "n",     "c",      "s",
                                      "m", "t", "qu", "jusqu", "lorsqu", "puisqu" };
  static const char *const right[] = { "t", "s", "re", "ve", "ll", "m", "d" };
  const Token *token = &g_array_index (text->tokens, Token, i);
  const Token *next = i + 1 < text->tokens->len ? token + 1 : NULL;

  if (next != NULL && next->flags & TOKEN_PART && text->fold[next->start - 1] == '\'' &&
      strlen (next->norm) > 1)
    for (guint k = 0; k < G_N_ELEMENTS (left); k++)
      if (g_str_equal (token->norm, left[k]))
        score->fr += 1.5;
  if (token->flags & TOKEN_PART && token->start > 0 && text->fold[token->start - 1] == '\'')
    for (guint k = 0; k < G_N_ELEMENTS (right); k++)
      if (g_str_equal (token->norm, right[k]))
        score->en += 1.5;
}

static void
score_ending (const char *word, Score *score)
{
  static const char *const french[] = { "ez", "eux", "aient", "ement", "aux", "euse", "elle", "iere", "ait" };
  static const char *const english[] = { "ing", "ould", "ght", "ness", "ful", "ly", "wn" };
  gsize n = strlen (word);

  if (n < 5)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (french); i++)
    if (g_str_has_suffix (word, french[i]))
      score->fr += 0.4;
  for (guint i = 0; i < G_N_ELEMENTS (english); i++)
    if (g_str_has_suffix (word, english[i]))
      score->en += 0.4;
}

/* Letters that French and English have not: ñ ß ä ö ü …, Cyrillic, Greek, Chinese. */
static gboolean
is_foreign (gunichar c)
{
  static const gunichar latin[] = { 0xF1, 0xDF, 0xE4, 0xF6, 0xFC, 0xF3, 0xED, 0xFA,
                                    0xE1, 0xE3, 0xF5, 0xE5, 0xF8, 0xEC, 0xF2 };

  c = g_unichar_tolower (c);
  if (c >= 0x180 && g_unichar_isalpha (c) && !(c >= 0x1E00 && c <= 0x1EFF) && !(c >= 0xFF00 && c <= 0xFFEF) &&
      c < 0x1D400)
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (latin); i++)
    if (latin[i] == c)
      return TRUE;
  return FALSE;
}

static void
score_token (const RuleSet *rules, Text *text, guint i, Score *score)
{
  const Token *token = &g_array_index (text->tokens, Token, i);
  gboolean fr, en;

  if (token->flags & (TOKEN_SYMBOL | TOKEN_NUMBER))
    return;
  score->fr += rules_word_weight (rules, "language.fr", token->norm);
  score->en += rules_word_weight (rules, "language.en", token->norm);
  score->other += rules_word_weight (rules, "language.other", token->norm);
  if (token->flags & TOKEN_ACCENT)
    score->fr += 0.6;
  for (guint c = token->start; c < token->end; c++)
    if (is_foreign (text->chars[c]))
      {
        score->other += 0.8;
        break;
      }
  score_ending (token->norm, score);
  score_apostrophe (text, i, score);
  fr = rules_knows_word (rules, token->norm, REGIE_LANG_FR);
  en = rules_knows_word (rules, token->norm, REGIE_LANG_EN);
  score->fr += fr && !en ? 0.3 : 0;
  score->en += en && !fr ? 0.3 : 0;
}

static RegieLanguage
judge (const Score *score, double margin)
{
  double best = MAX (score->fr, score->en);

  if (best < 0.3 || score->other > best)
    return REGIE_LANGUAGE_UND;
  if (score->fr > score->en + margin)
    return REGIE_LANGUAGE_FR;
  return score->en > score->fr + margin ? REGIE_LANGUAGE_EN : REGIE_LANGUAGE_UND;
}

RegieLanguage
language_detect (const RuleSet *rules, Text *text, double *confidence)
{
  Score score = { 0 };
  RegieLanguage language;
  double best, second;

  for (guint i = 0; i < text->tokens->len; i++)
    score_token (rules, text, i, &score);
  language = judge (&score, 0.05);
  best = MAX (score.fr, score.en);
  second = MAX (MIN (score.fr, score.en), score.other);
  /* Two words say less than twenty. */
  *confidence = language == REGIE_LANGUAGE_UND ? 0 : (best - second) / (best + second) * (best / (best + 1));
  return language;
}

static void
mark (Text *text, guint start, guint end, const Score *score, RegieLanguage message)
{
  RegieLanguage language = judge (score, 2.5);
  guint8 bits = REGIE_LANG_ANY;

  if (language == REGIE_LANGUAGE_UND)
    language = message;
  if (language != REGIE_LANGUAGE_UND)
    bits = language == REGIE_LANGUAGE_FR ? REGIE_LANG_FR : REGIE_LANG_EN;
  else if (score->other > MAX (score->fr, score->en))
    bits = REGIE_LANG_OTHER;
  for (guint i = start; i < end; i++)
    g_array_index (text->tokens, Token, i).lang = bits;
}

void
language_mark (const RuleSet *rules, Text *text, RegieLanguage message)
{
  Score score = { 0 };
  guint start = 0;

  for (guint i = 0; i < text->tokens->len; i++)
    {
      if (i > start && g_array_index (text->tokens, Token, i).flags & TOKEN_SENTENCE)
        {
          mark (text, start, i, &score, message);
          score = (Score) { 0 };
          start = i;
        }
      score_token (rules, text, i, &score);
    }
  mark (text, start, text->tokens->len, &score, message);
}
