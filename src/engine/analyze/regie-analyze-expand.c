/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-analyze-rules-private.h"

#include <string.h>

/* Words that are looked at for typing errors, at most: keeps a text of nothing but unknown words cheap. */
#define MAX_REPAIRS 4000
#define MIN_REPAIR  7
#define MIN_CHANGED 9
#define MAX_REPAIR  24

typedef struct
{
  const RuleSet *rules;
  const char *word;
  gsize len; /* how much of it is compared */
  guint lang;
  gboolean whole; /* exact words, else beginnings */
  const char *found;
} Repair;

/* At most one letter missing, added, changed, or two neighbours swapped; the first letter is rarely wrong. */
static gboolean
one_error (const char *a, gsize n, const char *b, gsize m)
{
  gsize i = 0, k = 0;

  if (a[0] != b[0] || n > m + 1 || m > n + 1)
    return FALSE;
  while (i < n && i < m && a[i] == b[i])
    i++;
  while (k < n - i && k < m - i && a[n - 1 - k] == b[m - 1 - k])
    k++;
  /* Changing a letter more often makes another word ("couture", "coupure") than a typing error: only in long
   * ones. */
  if (n - i - k <= 1 && m - i - k <= 1)
    return n != m || n >= MIN_CHANGED;
  return n == m && n - i - k == 2 && a[i] == b[i + 1] && a[i + 1] == b[i];
}

static void
try_deletion (const char *key, gpointer data)
{
  Repair *repair = data;
  GPtrArray *words = repair->found == NULL ? g_hash_table_lookup (repair->rules->deletions, key) : NULL;
  GHashTable *table = repair->whole ? repair->rules->exact : repair->rules->stems;

  for (guint i = 0; words != NULL && i < words->len; i++)
    {
      const char *word = g_ptr_array_index (words, i);
      guint32 symbol = GPOINTER_TO_UINT (g_hash_table_lookup (table, word));

      if (symbol == 0 || (g_array_index (repair->rules->symbol_lang, guint8, symbol) & repair->lang) == 0)
        continue;
      if (one_error (repair->word, repair->len, word, strlen (word)))
        {
          repair->found = word;
          return;
        }
    }
}

static gboolean
is_known (const RuleSet *rules, const char *word, guint lang)
{
  char prefix[MAX_REPAIR + 1];
  gsize n = strlen (word);

  if (rules_knows_word (rules, word, REGIE_LANG_ANY) || rules_word_in (rules, "known", word))
    return TRUE;
  memcpy (prefix, word, n + 1);
  for (; n >= 4; n--)
    {
      prefix[n] = '\0';
      if (g_hash_table_contains (rules->stems, prefix))
        return TRUE;
    }
  return FALSE;
}

/* The rule word that a misspelt WORD was meant to be, or NULL. */
static const char *
repair_word (const RuleSet *rules, const char *word, guint lang)
{
  Repair repair = { rules, word, strlen (word), lang, TRUE, NULL };

  if (repair.len < MIN_REPAIR || repair.len > MAX_REPAIR || is_known (rules, word, lang))
    return NULL;
  for (gsize i = 0; i < repair.len; i++)
    if (!g_ascii_islower (word[i]))
      return NULL;
  rules_each_deletion (word, repair.len, try_deletion, &repair);
  repair.whole = FALSE;
  for (gsize len = MIN (repair.len, 12); repair.found == NULL && len >= MIN_REPAIR - 1; len--)
    {
      repair.len = len;
      rules_each_deletion (word, len, try_deletion, &repair);
    }
  return repair.found;
}

static void
push_words (GArray *out, const Token *token, const Token *next, const char *words, GStringChunk *arena)
{
  g_auto (GStrv) parts = g_strsplit (words, " ", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    {
      Token part = *token;

      /* "c est" for "c'est": the verb is there already. */
      if (parts[i][0] == '\0' ||
          (i > 0 && parts[i + 1] == NULL && next != NULL && g_str_equal (next->norm, parts[i])))
        continue;
      part.norm = g_string_chunk_insert_const (arena, parts[i]);
      part.flags &= (guint16) ~TOKEN_NUMBER;
      if (i > 0)
        part.flags &= (guint16) ~(TOKEN_SENTENCE | TOKEN_CLAUSE | TOKEN_LINE);
      /* "dont" for "don't": the t is the negation. */
      if (i > 0 && g_str_equal (parts[i], "t"))
        part.flags |= TOKEN_PART;
      g_array_append_val (out, part);
    }
}

void
rules_expand (const RuleSet *rules, Text *text)
{
  GArray *out = g_array_sized_new (FALSE, TRUE, sizeof (Token), text->tokens->len + 16);
  guint repairs = 0;

  for (guint i = 0; i < text->tokens->len; i++)
    {
      const Token *token = &g_array_index (text->tokens, Token, i);
      const Token *next = i + 1 < text->tokens->len ? token + 1 : NULL;
      const char *words = NULL;
      gboolean letter = token->norm[0] != '\0' && token->norm[1] == '\0';

      /* "c'est" and "t-il" are whole already; "500 g" is a weight. */
      gboolean glued = letter && (token->flags & TOKEN_PART || (next != NULL && next->flags & TOKEN_PART) ||
                                  (i > 0 && (token - 1)->flags & TOKEN_NUMBER));

      if (!(token->flags & TOKEN_SYMBOL) && !glued)
        words = rules_expansion (rules, token->norm, token->lang);
      if (words == NULL && repairs < MAX_REPAIRS && !(token->flags & (TOKEN_SYMBOL | TOKEN_NUMBER)))
        {
          words = repair_word (rules, token->norm, token->lang);
          repairs += strlen (token->norm) >= MIN_REPAIR;
        }
      if (words != NULL)
        push_words (out, token, next, words, text->arena);
      else
        g_array_append_val (out, *token);
    }
  g_array_unref (text->tokens);
  text->tokens = out;
}
