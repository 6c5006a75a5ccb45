/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-analyze-lexicon.h"

#include <math.h>
#include <string.h>

#define MAX_WORD 40 /* longer ones are none that the lexicon knows */
#define PROOFS   3  /* words kept as evidence of each field */

typedef gint16 Weights[N_CLASSES]; /* hundredths */

struct _Lexicon
{
  GHashTable *places; /* key → place in rows + 1 */
  GArray *rows;       /* of Weights */
  Rule classes[N_CLASSES];
  Weights voices[N_VOICES];
  gint16 together[4][REGIE_N_CATEGORIES][3];
};

const char *const lexicon_classes[N_CLASSES] = {
  "urgency.low",      "urgency.normal",     "urgency.high",       "urgency.critical",
  "category.support", "category.sales",     "category.complaint", "category.information",
  "category.general", "sentiment.negative", "sentiment.neutral",  "sentiment.positive",
};

static const struct
{
  const char *name;
  guint first;
  guint n;
} fields[N_LEXICON_FIELDS] = {
  { "urgency", 0, 4 },
  { "category", 4, 5 },
  { "sentiment", 9, 3 },
};

/* --- the keys of a text --- */

typedef struct
{
  void (*each) (const char *key, guint start, guint end, gpointer data);
  gpointer data;
  const char *last; /* the word before, or a mark */
  guint last_token;
} Walk;

static void
walk_stem (Walk *walk, const char *word, gsize len, guint token)
{
  char key[16];

  for (gsize i = 0; i < len; i++)
    if ((guchar) word[i] >= 0x80)
      return;
  memcpy (key, word, len);
  memcpy (key + len, "*", 2);
  walk->each (key, token, token + 1, walk->data);
}

static void
walk_word (Walk *walk, const char *word, guint token)
{
  gsize len = strlen (word);
  char key[2 * MAX_WORD + 2];

  if (len > MAX_WORD)
    word = "_";
  else if (*word != '^')
    {
      walk->each (word, token, token + 1, walk->data);
      if (len > 5)
        walk_stem (walk, word, 5, token);
      if (len > 7)
        walk_stem (walk, word, 7, token);
    }
  if (walk->last != NULL)
    {
      g_snprintf (key, sizeof key, "%s_%s", walk->last, word);
      walk->each (key, walk->last_token, token + 1, walk->data);
    }
  walk->last = word;
  walk->last_token = token;
}

/* Each word, its beginning, and each two words that follow each other; "^" stands before a sentence, "?"
 * after a question. */
static void
walk_text (Text *text, Walk *walk)
{
  guint n = text->tokens->len;

  for (guint i = 0; i < n; i++)
    {
      const Token *token = &g_array_index (text->tokens, Token, i);

      if (token->flags & TOKEN_SENTENCE)
        walk_word (walk, "^", i);
      walk_word (walk, token->norm, i);
      if (token->question && (i + 1 == n || token[1].flags & TOKEN_SENTENCE))
        walk_word (walk, "?", i);
    }
}

/* A rule stands for all words that it holds. */
static void
walk_rules (GArray *matches, Walk *walk)
{
  for (guint i = 0; i < matches->len; i++)
    {
      const Match *match = &g_array_index (matches, Match, i);
      char key[128];

      if (match->rule->field == FIELD_MASK)
        continue;
      g_snprintf (key, sizeof key, "%s%s", match->negated ? "!" : "", match->rule->id);
      walk->each (key, match->start, match->end, walk->data);
    }
}

static void
append_key (const char *key, guint start, guint end, gpointer data)
{
  GString *keys = data;

  g_string_append_printf (keys, "%s%s", keys->len > 0 ? " " : "", key);
}

void
lexicon_list_keys (Text *text, GArray *matches, GString *keys)
{
  Walk walk = { .each = append_key, .data = keys };

  walk_text (text, &walk);
  walk_rules (matches, &walk);
}

/* --- reading --- */

typedef struct
{
  guint row;
  guint start; /* tokens */
  guint end;
} Hit;

typedef struct
{
  const Lexicon *lexicon;
  guint8 *seen;
  GArray *hits; /* of Hit: each row once */
} Search;

static void
search_key (const char *key, guint start, guint end, gpointer data)
{
  Search *search = data;
  guint place = GPOINTER_TO_UINT (g_hash_table_lookup (search->lexicon->places, key));
  Hit hit = { place - 1, start, end };

  if (place == 0 || search->seen[place - 1])
    return;
  search->seen[place - 1] = TRUE;
  g_array_append_val (search->hits, hit);
}

struct _Reading
{
  const Lexicon *lexicon;
  GArray *hits;
  double chance[N_CLASSES]; /* of each class among those of its field */
};

void
reading_free (Reading *reading)
{
  g_array_unref (reading->hits);
  g_free (reading);
}

/* Scores to chances: exponentials that add up to one. */
static void
to_chances (double *scores, guint n)
{
  double sum = 0, best = scores[0];

  for (guint i = 1; i < n; i++)
    best = MAX (best, scores[i]);
  for (guint i = 0; i < n; i++)
    sum += scores[i] = exp (scores[i] - best);
  for (guint i = 0; i < n; i++)
    scores[i] /= sum;
}

Reading *
lexicon_read (Text *text, GArray *matches)
{
  const Lexicon *lexicon = lexicon_get ();
  Reading *reading = g_new0 (Reading, 1);
  g_autofree guint8 *seen = g_new0 (guint8, lexicon->rows->len);
  Search search = { .lexicon = lexicon, .seen = seen };
  Walk walk = { .each = search_key, .data = &search };

  reading->lexicon = lexicon;
  reading->hits = search.hits = g_array_new (FALSE, FALSE, sizeof (Hit));
  search_key ("{any}", 0, 0, &search);
  walk_text (text, &walk);
  walk_rules (matches, &walk);
  for (guint i = 0; i < reading->hits->len; i++)
    {
      const gint16 *weights =
          g_array_index (lexicon->rows, Weights, g_array_index (reading->hits, Hit, i).row);

      for (guint c = 0; c < N_CLASSES; c++)
        reading->chance[c] += weights[c] / 100.0;
    }
  for (guint f = 0; f < N_LEXICON_FIELDS; f++)
    to_chances (reading->chance + fields[f].first, fields[f].n);
  return reading;
}

/* The logarithms of the chances of each value of FIELD. */
static void
vote (Reading *reading, LexiconField field, double *voices, double *logs)
{
  guint first = fields[field].first, n = fields[field].n;

  for (guint i = 0; i < 5; i++)
    voices[VOICE_WORDS + i] = i < n ? log (reading->chance[first + i] + 1e-4) / 2 : 0;
  for (guint i = 0; i < n; i++)
    {
      logs[i] = 0;
      for (guint v = 0; v < N_VOICES; v++)
        logs[i] += voices[v] * reading->lexicon->voices[v][first + i] / 100.0;
    }
  to_chances (logs, n);
  for (guint i = 0; i < n; i++)
    logs[i] = log (logs[i] + 1e-9);
}

double
reading_decide (Reading *reading, double *voices, guint *decided)
{
  double logs[N_LEXICON_FIELDS][5], best = -G_MAXDOUBLE;

  for (guint f = 0; f < N_LEXICON_FIELDS; f++)
    vote (reading, (LexiconField) f, voices, logs[f]);
  for (guint u = 0; u < 4; u++)
    for (guint c = 0; c < REGIE_N_CATEGORIES; c++)
      for (guint s = 0; s < 3; s++)
        {
          double score = logs[LEXICON_URGENCY][u] + logs[LEXICON_CATEGORY][c] + logs[LEXICON_SENTIMENT][s] +
                         reading->lexicon->together[u][c][s] / 100.0;

          if (score > best)
            {
              best = score;
              decided[LEXICON_URGENCY] = u;
              decided[LEXICON_CATEGORY] = c;
              decided[LEXICON_SENTIMENT] = s;
            }
        }
  return exp (logs[LEXICON_SENTIMENT][decided[LEXICON_SENTIMENT]]);
}

/* How much more the row speaks for the class than for the next best of its field. */
static double
lead (const Reading *reading, const Hit *hit, LexiconField field, guint class)
{
  const gint16 *weights = g_array_index (reading->lexicon->rows, Weights, hit->row);
  gint16 next = G_MININT16;

  for (guint i = 0; i < fields[field].n; i++)
    if (i != class)
      next = MAX (next, weights[fields[field].first + i]);
  return (weights[fields[field].first + class] - next) / 100.0;
}

void
reading_prove (Reading *reading, RegieAnalysis *analysis, Text *text, LexiconField field, guint class)
{
  const Rule *rule = &reading->lexicon->classes[fields[field].first + class];
  double below = G_MAXDOUBLE;

  /* The three that say most, each below the one before it. */
  for (guint times = 0; times < PROOFS; times++)
    {
      const Hit *best = NULL;
      double best_lead = 0.2;
      Match match = { .rule = rule };

      for (guint i = 0; i < reading->hits->len; i++)
        {
          const Hit *hit = &g_array_index (reading->hits, Hit, i);
          double ahead = hit->end > hit->start ? lead (reading, hit, field, class) : 0;

          if (ahead > best_lead && ahead < below)
            {
              best = hit;
              best_lead = ahead;
            }
        }
      if (best == NULL)
        return;
      match.start = best->start;
      match.end = best->end;
      analysis_add_evidence (analysis, text, &match, fields[field].name, rule->value, best_lead);
      below = best_lead;
    }
}

const char *
lexicon_rule_id (LexiconField field, guint class)
{
  return lexicon_get ()->classes[fields[field].first + class].id;
}

/* --- the tables --- */

static const char *const sums[N_SUMS] = {
  "low",     "high",     "severe",   "critical", "support", "sales",  "complaint", "information",
  "general", "negative", "positive", "ask",      "notice",  "thanks", "problem",   "question",
};

void
lexicon_voice_name (guint voice, char name[32])
{
  static const char *const forms[3] = { "sum", "some", "much" };

  if (voice < VOICE_WEIGHED)
    g_snprintf (name, 32, "%s.%s", forms[voice % 3], sums[voice / 3]);
  else if (voice < VOICE_RULES)
    g_snprintf (name, 32, "weighed.%s", sums[4 + voice - VOICE_WEIGHED]);
  else if (voice < VOICE_WORDS)
    g_snprintf (name, 32, "rules.%s", lexicon_classes[voice - VOICE_RULES]);
  else
    g_snprintf (name, 32, "words.%u", voice - VOICE_WORDS + 1);
}

static gboolean
read_weights (char **words, gint16 *weights, guint n)
{
  for (guint c = 0; c < n; c++)
    {
      gint64 weight;

      if (words[c] == NULL || !g_ascii_string_to_signed (words[c], 10, G_MININT16, G_MAXINT16, &weight, NULL))
        return FALSE;
      weights[c] = (gint16) weight;
    }
  return words[n] == NULL;
}

typedef void (*TakeRow) (Lexicon *lexicon, guint place, char **words);

static void
take_word (Lexicon *lexicon, guint place, char **words)
{
  Weights weights;

  if (!read_weights (words + 1, weights, N_CLASSES))
    g_error ("A line of the lexicon does not parse: %s", words[0]);
  g_array_append_val (lexicon->rows, weights);
  g_hash_table_insert (lexicon->places, g_strdup (words[0]), GUINT_TO_POINTER (place + 1));
}

static void
take_voice (Lexicon *lexicon, guint place, char **words)
{
  char name[32];

  lexicon_voice_name (MIN (place, N_VOICES - 1), name);
  if (place >= N_VOICES || !g_str_equal (words[0], name) ||
      !read_weights (words + 1, lexicon->voices[place], N_CLASSES))
    g_error ("Not the voice that is heard there: %s", words[0]);
}

static void
take_together (Lexicon *lexicon, guint place, char **words)
{
  guint urgency = place / REGIE_N_CATEGORIES, category = place % REGIE_N_CATEGORIES;

  if (urgency >= 4 || !g_str_has_prefix (words[0], strchr (lexicon_classes[urgency], '.') + 1) ||
      !g_str_has_suffix (words[0], strchr (lexicon_classes[4 + category], '.')) ||
      !read_weights (words + 1, lexicon->together[urgency][category], 3))
    g_error ("Not the values that are expected there: %s", words[0]);
}

/* The number of rows. */
static guint
load (Lexicon *lexicon, const char *name, TakeRow take)
{
  g_autofree char *table = rules_resource (name);
  g_auto (GStrv) lines = g_strsplit (table, "\n", -1);
  guint n = 0;

  for (guint i = 0; lines[i] != NULL; i++)
    if (lines[i][0] != '\0' && lines[i][0] != '#')
      {
        g_auto (GStrv) words = g_strsplit (lines[i], " ", -1);

        take (lexicon, n++, words);
      }
  return n;
}

static gpointer
lexicon_make (gpointer unused)
{
  Lexicon *lexicon = g_new0 (Lexicon, 1);

  lexicon->places = g_hash_table_new (g_str_hash, g_str_equal);
  lexicon->rows = g_array_new (FALSE, FALSE, sizeof (Weights));
  for (guint c = 0; c < N_CLASSES; c++)
    {
      Rule *rule = &lexicon->classes[c];

      rule->id = g_strconcat ("lexicon.", lexicon_classes[c], NULL);
      rule->value = g_strdup (strchr (lexicon_classes[c], '.') + 1);
    }
  load (lexicon, "lexicon.table", take_word);
  if (load (lexicon, "voices.table", take_voice) != N_VOICES ||
      load (lexicon, "together.table", take_together) != 4 * REGIE_N_CATEGORIES)
    g_error ("A generated table is not whole");
  return lexicon;
}

const Lexicon *
lexicon_get (void)
{
  static GOnce once = G_ONCE_INIT;

  return g_once (&once, lexicon_make, NULL);
}
