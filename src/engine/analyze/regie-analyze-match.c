/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-analyze-rules-private.h"

#include <string.h>

/* How far a negation reaches back over words that do not stop it. */
#define NEGATION_REACH 6

typedef struct
{
  const RuleSet *rules;
  Text *text;
  GArray *symbols;    /* guint32, the symbols of all tokens one after the other */
  GArray *firsts;     /* guint by token: index of its first symbol; one more at the end */
  GArray *signatures; /* guint64 by token: symbol_bit() of its symbols */
  GArray *matches;
  guint start;
} Matcher;

static const Token *
token_at (Text *text, guint i)
{
  return &g_array_index (text->tokens, Token, i);
}

/* "8h", "14h30", "9am", "6pm" */
static gboolean
is_time (const char *word)
{
  guint i = 0;

  while (g_ascii_isdigit (word[i]) && i < 2)
    i++;
  if (i == 0)
    return FALSE;
  if (g_str_equal (word + i, "am") || g_str_equal (word + i, "pm") || g_str_equal (word + i, "hrs"))
    return TRUE;
  if (word[i] != 'h')
    return FALSE;
  return word[i + 1] == '\0' ||
         (g_ascii_isdigit (word[i + 1]) && g_ascii_isdigit (word[i + 2]) && word[i + 3] == '\0');
}

/* A word's own symbol, and the groups that it belongs to. */
static void
add_symbol (Matcher *matcher, guint32 symbol)
{
  GArray *groups = g_hash_table_lookup (matcher->rules->member_of, GUINT_TO_POINTER (symbol));

  g_array_append_val (matcher->symbols, symbol);
  if (groups != NULL)
    g_array_append_vals (matcher->symbols, groups->data, groups->len);
}

static void
add_stems (Matcher *matcher, const char *word)
{
  char prefix[80];
  gsize n = MIN (strlen (word), sizeof prefix - 1);

  memcpy (prefix, word, n);
  for (gsize len = n; len >= 2; len--)
    {
      guint32 symbol;

      prefix[len] = '\0';
      symbol = GPOINTER_TO_UINT (g_hash_table_lookup (matcher->rules->stems, prefix));
      if (symbol != 0)
        add_symbol (matcher, symbol);
    }
}

static int
symbol_compare (gconstpointer a, gconstpointer b)
{
  guint32 left = *(const guint32 *) a, right = *(const guint32 *) b;

  return left < right ? -1 : left > right;
}

/* Sorts each token's symbols and sums them up in one word. */
static void
sign_tokens (Matcher *matcher)
{
  for (guint i = 0; i + 1 < matcher->firsts->len; i++)
    {
      guint first = g_array_index (matcher->firsts, guint, i);
      guint end = g_array_index (matcher->firsts, guint, i + 1);
      guint64 signature = 0;

      if (end > first + 1)
        qsort (&g_array_index (matcher->symbols, guint32, first), end - first, sizeof (guint32),
               symbol_compare);
      for (guint k = first; k < end; k++)
        signature |= symbol_bit (g_array_index (matcher->symbols, guint32, k));
      g_array_append_val (matcher->signatures, signature);
    }
}

static gboolean
has_symbol (Matcher *matcher, guint at, guint32 symbol)
{
  guint low = g_array_index (matcher->firsts, guint, at);
  guint high = g_array_index (matcher->firsts, guint, at + 1);

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      guint32 found = g_array_index (matcher->symbols, guint32, middle);

      if (found == symbol)
        return TRUE;
      if (found < symbol)
        low = middle + 1;
      else
        high = middle;
    }
  return FALSE;
}

static void
find_symbols (Matcher *matcher)
{
  for (guint i = 0; i < matcher->text->tokens->len; i++)
    {
      const Token *token = token_at (matcher->text, i);
      guint32 symbol = GPOINTER_TO_UINT (g_hash_table_lookup (matcher->rules->exact, token->norm));

      g_array_append_val (matcher->firsts, matcher->symbols->len);
      if (symbol != 0)
        add_symbol (matcher, symbol);
      if (token->flags & TOKEN_NUMBER)
        add_symbol (matcher, SYMBOL_NUMBER);
      else if (is_time (token->norm))
        add_symbol (matcher, SYMBOL_TIME);
      else if (!(token->flags & TOKEN_SYMBOL))
        add_stems (matcher, token->norm);
      if (token->flags & TOKEN_UPPER)
        add_symbol (matcher, SYMBOL_UPPER);
    }
  g_array_append_val (matcher->firsts, matcher->symbols->len);
  sign_tokens (matcher);
}

static void
accept (Matcher *matcher, const Accept *found, guint end)
{
  const Rule *rule = g_ptr_array_index (matcher->rules->rules, found->rule);
  const Token *first = token_at (matcher->text, matcher->start);
  Match match = { rule, matcher->start, end, FALSE };

  if ((first->lang & found->lang) == 0 || (rule->question && !first->question))
    return;
  g_array_append_val (matcher->matches, match);
}

static gboolean
starts_sentence (Matcher *matcher, guint at)
{
  return at != matcher->start && token_at (matcher->text, at)->flags & TOKEN_SENTENCE;
}

/* "n'est pas arrivée, c'est urgent": what a gap skips does not reach over a comma. */
static gboolean
starts_clause (Matcher *matcher, guint at)
{
  return at != matcher->start && token_at (matcher->text, at)->flags & TOKEN_CLAUSE;
}

static void walk (Matcher *matcher, guint32 node, guint at);

static void
walk_edges (Matcher *matcher, guint32 node, guint32 symbol, guint at)
{
  guint n_edges;
  const Edge *edges = rules_edges (matcher->rules, node, symbol, &n_edges);

  for (guint i = 0; i < n_edges; i++)
    walk (matcher, edges[i].node, at);
}

/* Follows the token at AT: by the edges where there are few, else by the token's symbols. */
static void
walk_token (Matcher *matcher, guint32 node, guint at)
{
  const Node *here = &g_array_index (matcher->rules->nodes, Node, node);
  guint first = g_array_index (matcher->firsts, guint, at);
  guint end = g_array_index (matcher->firsts, guint, at + 1);
  guint64 signature = g_array_index (matcher->signatures, guint64, at);

  if ((here->signature & signature) == 0)
    return;
  if (here->edges->len > 4 * (end - first))
    {
      for (guint i = first; i < end; i++)
        walk_edges (matcher, node, g_array_index (matcher->symbols, guint32, i), at + 1);
      return;
    }
  for (guint i = 0; i < here->edges->len; i++)
    {
      const Edge *edge = &g_array_index (here->edges, Edge, i);

      if (edge->symbol >= SYMBOL_NUMBER && (symbol_bit (edge->symbol) & signature) != 0 &&
          has_symbol (matcher, at, edge->symbol))
        walk (matcher, edge->node, at + 1);
    }
}

/* Gaps and lengths are bounded by the tables, so the work from one token is, too. */
static void
walk (Matcher *matcher, guint32 node, guint at)
{
  const Node *here = &g_array_index (matcher->rules->nodes, Node, node);
  guint n_tokens = matcher->text->tokens->len;

  if (here->accepts != NULL)
    for (guint i = 0; i < here->accepts->len; i++)
      accept (matcher, &g_array_index (here->accepts, Accept, i), at);
  for (guint gap = 1; here->gaps >> gap != 0; gap++)
    for (guint skip = 0; (here->gaps >> gap) & 1 && skip <= gap && at + skip < n_tokens; skip++)
      {
        if (starts_sentence (matcher, at + skip) || starts_clause (matcher, at + skip))
          break;
        walk_edges (matcher, node, SYMBOL_GAP + gap, at + skip);
      }
  if (at >= n_tokens || starts_sentence (matcher, at))
    return;
  walk_token (matcher, node, at);
}

/* By place, the longer first; then in the tables' order (masks come first), so that doubles stand together.
 */
static int
match_compare (gconstpointer a, gconstpointer b)
{
  const Match *left = a, *right = b;

  if (left->start != right->start)
    return left->start < right->start ? -1 : 1;
  if (left->end != right->end)
    return left->end > right->end ? -1 : 1;
  return left->rule->index < right->rule->index ? -1 : left->rule->index > right->rule->index;
}

static gboolean
same_place (const Match *a, const Match *b)
{
  return a->start == b->start && a->end == b->end;
}

/* A stronger cue within a longer, weaker one stays: "help, someone is emptying my account right now". */
static gboolean
hides (const Match *longer, const Match *match)
{
  if (longer->rule->field == FIELD_MASK)
    return TRUE;
  return !same_place (longer, match) && match->rule->weight <= longer->rule->weight;
}

/* Of one field the longest words win over what they contain ("pas mal" over "mal"); a mask hides what it
 * covers. */
static GArray *
resolve (GArray *matches)
{
  GArray *kept = g_array_new (FALSE, FALSE, sizeof (Match));
  guint reach[N_FIELDS] = { 0 };
  const Match *longest[N_FIELDS] = { NULL };

  for (guint i = 0; i < matches->len; i++)
    {
      const Match *match = &g_array_index (matches, Match, i);
      RuleField field = match->rule->field;

      if (i > 0 && same_place (match, match - 1) && match->rule == (match - 1)->rule)
        continue;
      if (field == FIELD_MASK)
        {
          for (guint f = 0; f < N_FIELDS; f++)
            if ((match->rule->mask >> f) & 1 && match->end > reach[f])
              {
                reach[f] = match->end;
                longest[f] = match;
              }
          continue;
        }
      if (longest[field] != NULL && match->end <= reach[field] && hides (longest[field], match))
        continue;
      if (match->end > reach[field])
        {
          reach[field] = match->end;
          longest[field] = match;
        }
      g_array_append_val (kept, *match);
    }
  return kept;
}

/* "n'est plus", "ne sont plus": plus alone is as often "more". */
static gboolean
is_negator (const RuleSet *rules, Text *text, guint i)
{
  const Token *token = token_at (text, i);

  if (g_str_equal (token->norm, "plus") && token->lang & REGIE_LANG_FR)
    {
      for (guint back = 1; back <= 4 && back <= i; back++)
        if (g_str_equal (token_at (text, i - back)->norm, "n") ||
            g_str_equal (token_at (text, i - back)->norm, "ne"))
          return TRUE;
      return FALSE;
    }
  if (g_str_equal (token->norm, "t"))
    return token->flags & TOKEN_PART && token->lang & REGIE_LANG_EN && i > 0 &&
           (g_str_has_suffix (token_at (text, i - 1)->norm, "n") ||
            g_str_equal (token_at (text, i - 1)->norm, "can"));
  return (token->lang & REGIE_LANG_FR && rules_word_in (rules, "negators.fr", token->norm)) ||
         (token->lang & REGIE_LANG_EN && rules_word_in (rules, "negators.en", token->norm));
}

static gboolean
is_filler (const RuleSet *rules, const Token *token)
{
  return (token->lang & REGIE_LANG_FR && rules_word_in (rules, "fillers.fr", token->norm)) ||
         (token->lang & REGIE_LANG_EN && rules_word_in (rules, "fillers.en", token->norm));
}

static gboolean
negated_before (const RuleSet *rules, Text *text, guint start)
{
  guint at = start;

  for (guint reach = 0; reach < NEGATION_REACH && at > 0; reach++)
    {
      if (token_at (text, at)->flags & (TOKEN_SENTENCE | TOKEN_CLAUSE))
        return FALSE;
      at--;
      if (is_negator (rules, text, at))
        return TRUE;
      if (!is_filler (rules, token_at (text, at)))
        return FALSE;
    }
  return FALSE;
}

/* "je ne recommande pas", "j'aime pas": French closes the negation behind the verb. */
static gboolean
negated_after (const RuleSet *rules, Text *text, const Match *match)
{
  const Token *next, *after;
  gboolean opened = FALSE;

  if (match->end >= text->tokens->len)
    return FALSE;
  next = token_at (text, match->end);
  if (!(next->lang & REGIE_LANG_FR) || next->flags & (TOKEN_SENTENCE | TOKEN_CLAUSE) ||
      !rules_word_in (rules, "negators.after.fr", next->norm))
    return FALSE;
  for (guint back = 1; back <= 3 && back <= match->start; back++)
    opened |= g_str_equal (token_at (text, match->start - back)->norm, "n") ||
              g_str_equal (token_at (text, match->start - back)->norm, "ne");
  if (opened)
    return TRUE;
  if (!match->rule->verb || g_str_equal (next->norm, "plus") || match->end + 1 >= text->tokens->len)
    return match->rule->verb && !g_str_equal (next->norm, "plus");
  after = token_at (text, match->end + 1);
  return !g_str_equal (after->norm, "de") && !g_str_equal (after->norm, "d");
}

static void
mark_negation (const RuleSet *rules, Text *text, GArray *matches)
{
  for (guint i = 0; i < matches->len; i++)
    {
      Match *match = &g_array_index (matches, Match, i);

      match->negated = !match->rule->no_negate &&
                       (negated_before (rules, text, match->start) || negated_after (rules, text, match));
    }
}

GArray *
rules_match (const RuleSet *rules, Text *text)
{
  Matcher matcher = { .rules = rules, .text = text };
  GArray *kept;

  matcher.symbols = g_array_sized_new (FALSE, FALSE, sizeof (guint32), text->tokens->len * 2);
  matcher.firsts = g_array_sized_new (FALSE, FALSE, sizeof (guint), text->tokens->len + 1);
  matcher.signatures = g_array_sized_new (FALSE, FALSE, sizeof (guint64), text->tokens->len);
  matcher.matches = g_array_new (FALSE, FALSE, sizeof (Match));
  find_symbols (&matcher);
  for (matcher.start = 0; matcher.start < text->tokens->len; matcher.start++)
    {
      walk (&matcher, 0, matcher.start);
      if (token_at (text, matcher.start)->flags & TOKEN_SENTENCE)
        walk_edges (&matcher, 0, SYMBOL_START, matcher.start);
    }
  g_array_sort (matcher.matches, match_compare);
  kept = resolve (matcher.matches);
  mark_negation (rules, text, kept);
  g_array_unref (matcher.symbols);
  g_array_unref (matcher.firsts);
  g_array_unref (matcher.signatures);
  g_array_unref (matcher.matches);
  return kept;
}
