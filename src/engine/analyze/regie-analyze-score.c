/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-analyze-lexicon.h"

#include <string.h>

#define MAX_EVIDENCE 256

/* How the matches of a message add up to urgency, category and sentiment. */

typedef struct
{
  RegieAnalysis *analysis;
  Text *text;
  GArray *matches;
  GHashTable *seen;  /* rule id → how often */
  double urgency[4]; /* low, high, severe, critical: the values of urgency rules */
  double category[REGIE_N_CATEGORIES];
  double strongest[REGIE_N_CATEGORIES]; /* the best single cue of each */
  double negative;
  double positive;
  double ask;
  double notice;
  double thanks;
  double problem;
  gboolean question;
} Totals;

enum
{
  CUE_LOW,
  CUE_HIGH,
  CUE_SEVERE,
  CUE_CRITICAL
};

enum
{
  REQUEST_ASK,
  REQUEST_NOTICE,
  REQUEST_THANKS,
  REQUEST_PROBLEM,
  REQUEST_QUESTION
};

static const Token *
token_at (Text *text, guint i)
{
  return &g_array_index (text->tokens, Token, i);
}

void
analysis_add_evidence (RegieAnalysis *analysis,
                       Text *text,
                       const Match *match,
                       const char *field,
                       const char *value,
                       double weight)
{
  guint start = token_at (text, match->start)->start, end = token_at (text, match->end - 1)->end;
  g_autofree char *words = NULL;
  RegieEvidence evidence = { .field = field,
                             .value = g_string_chunk_insert_const (analysis->arena, value),
                             .rule = g_string_chunk_insert_const (analysis->arena, match->rule->id),
                             .span = text_span (text, start, end),
                             .weight = weight,
                             .negated = match->negated };

  /* Enough to show why: a megabyte of complaints needs no ten thousand proofs. */
  if (analysis->evidence->len >= MAX_EVIDENCE)
    return;
  words = text_slice (text, start, end);
  evidence.text = g_string_chunk_insert (analysis->arena, words);
  g_array_append_val (analysis->evidence, evidence);
}

/* Saying it again adds less each time. */
static double
fading (Totals *totals, const Rule *rule)
{
  guint times = GPOINTER_TO_UINT (g_hash_table_lookup (totals->seen, rule));

  g_hash_table_insert (totals->seen, (gpointer) rule, GUINT_TO_POINTER (times + 1));
  return times > 3 ? 0 : 1.0 / (1u << times);
}

/* "très déçu", "so happy", "REALLY BAD". */
static double
intensity (Totals *totals, const Match *match)
{
  const RuleSet *rules = rules_get ();
  const Token *first = token_at (totals->text, match->start);
  double factor = first->flags & TOKEN_UPPER ? 1.2 : 1;

  if (match->start > 0 && !(first->flags & TOKEN_SENTENCE))
    {
      double weight =
          rules_word_weight (rules, "intensifiers", token_at (totals->text, match->start - 1)->norm);

      if (weight > 0)
        factor *= weight;
    }
  return factor;
}

/* A feeling told after "but" weighs more than what was granted before it. */
static double
contrast (Totals *totals, const Match *match)
{
  guint n = totals->text->tokens->len;

  for (guint i = match->end; i < n && i < match->end + 12; i++)
    {
      const Token *token = token_at (totals->text, i);

      if (token->flags & TOKEN_SENTENCE)
        break;
      if (rules_word_in (rules_get (), "contrast", token->norm))
        return 0.6;
    }
  return 1;
}

static void
add_sentiment (Totals *totals, const Match *match, double weight)
{
  gboolean negative = match->rule->code == REGIE_SENTIMENT_NEGATIVE;

  weight *= intensity (totals, match) * contrast (totals, match);
  if (negative && match->negated)
    totals->positive += weight * 0.3;
  else if (negative)
    totals->negative += weight;
  else if (match->negated)
    totals->negative += weight * 0.9;
  else
    totals->positive += weight;
}

static void
add_match (Totals *totals, const Match *match)
{
  const Rule *rule = match->rule;
  double weight = rule->weight * fading (totals, rule);

  if (rule->quiet && (totals->ask >= 1 || totals->question))
    weight *= 0.25;
  switch (rule->field)
    {
    case FIELD_URGENCY:
      if (!match->negated)
        totals->urgency[rule->code] += weight;
      else if (rule->code == CUE_HIGH)
        totals->urgency[CUE_LOW] += 2.5;
      break;
    case FIELD_CATEGORY:
      if (!match->negated)
        {
          totals->category[rule->code] += weight;
          totals->strongest[rule->code] = MAX (totals->strongest[rule->code], weight);
        }
      break;
    case FIELD_SENTIMENT:
      add_sentiment (totals, match, weight);
      break;
    case FIELD_REQUEST:
      if (match->negated)
        break;
      totals->ask += rule->code == REQUEST_ASK ? weight : 0;
      totals->notice += rule->code == REQUEST_NOTICE ? weight : 0;
      totals->thanks += rule->code == REQUEST_THANKS ? weight : 0;
      totals->problem += rule->code == REQUEST_PROBLEM ? weight : 0;
      totals->question |= rule->code == REQUEST_QUESTION;
      break;
    default:
      break;
    }
}

static void
add_form (Totals *totals)
{
  Text *text = totals->text;
  gboolean shouting = text->n_letters >= 25 && text->n_capitals * 10 > text->n_letters * 6;

  /* Capitals and exclamation marks deepen a feeling that words show; alone they show none. */
  if (totals->negative >= 1 && (shouting || text->n_exclamations >= 2))
    totals->negative += 0.7;
  if (totals->positive >= 1 && totals->positive > totals->negative && text->n_exclamations >= 1)
    totals->positive += 0.3;
  /* So is a trouble told with several of them. */
  if (text->n_exclamations >= 2 && totals->positive < 1 && totals->category[REGIE_CATEGORY_COMPLAINT] >= 1)
    totals->negative += 1;
  /* Nothing but thanks is meant. */
  if (totals->thanks >= 1 && totals->ask < 1 && totals->notice < 1 && totals->problem < 1 &&
      !totals->question)
    totals->positive += 1.5;
}

static gboolean
feels_negative (const Totals *totals)
{
  return totals->negative >= 1.5 && totals->negative >= totals->positive * 0.8;
}

static gboolean
feels_positive (const Totals *totals)
{
  return totals->positive >= 1.5 && totals->positive > totals->negative && !feels_negative (totals);
}

static void
decide_sentiment (Totals *totals)
{
  RegieAnalysis *analysis = totals->analysis;
  double net = totals->positive - totals->negative;

  analysis->sentiment = REGIE_SENTIMENT_NEUTRAL;
  analysis->sentiment_rule = "sentiment.neutral.no-feeling";
  if (feels_negative (totals))
    {
      analysis->sentiment = REGIE_SENTIMENT_NEGATIVE;
      analysis->sentiment_rule = "sentiment.negative.words";
      net -= totals->negative * 0.2;
    }
  else if (analysis->category == REGIE_CATEGORY_COMPLAINT)
    {
      /* Who complains is not pleased, whatever the words: praise is irony then. */
      analysis->sentiment = REGIE_SENTIMENT_NEGATIVE;
      analysis->sentiment_rule = "sentiment.negative.complaint";
      net = -1.5;
    }
  else if (feels_positive (totals))
    {
      analysis->sentiment = REGIE_SENTIMENT_POSITIVE;
      analysis->sentiment_rule = "sentiment.positive.words";
    }
  analysis->strength = ABS (net) / (ABS (net) + 3);
}

static gboolean
is_emergency (const Totals *totals)
{
  const double *cue = totals->urgency;

  return cue[CUE_CRITICAL] >= 3 || cue[CUE_SEVERE] >= 3.5 || (cue[CUE_SEVERE] >= 2 && cue[CUE_HIGH] >= 3.5);
}

static const char *const category_rules[REGIE_N_CATEGORIES] = {
  "category.support.words",     "category.sales.words",   "category.complaint.words",
  "category.information.words", "category.general.words",
};

/* Without a cue: a question wants information; who writes more than a greeting tells of a trouble that the
 * rules have no word for. */
static void
decide_without_cue (Totals *totals)
{
  RegieAnalysis *analysis = totals->analysis;
  gboolean nothing = totals->thanks >= 1 || totals->notice >= 1 || totals->text->tokens->len < 5;

  if (totals->question && totals->problem < 1)
    {
      analysis->category = REGIE_CATEGORY_INFORMATION;
      analysis->category_rule = "category.information.question";
    }
  else if (feels_negative (totals) && totals->ask < 1 && totals->problem < 1)
    {
      analysis->category = REGIE_CATEGORY_COMPLAINT;
      analysis->category_rule = "category.complaint.feeling";
    }
  else if (totals->problem < 1 && totals->ask < 1 && nothing)
    {
      analysis->category = REGIE_CATEGORY_GENERAL;
      analysis->category_rule = "category.general.no-request";
    }
  else
    {
      analysis->category = REGIE_CATEGORY_SUPPORT;
      analysis->category_rule = "category.support.request";
    }
}

/* What the fields say about each other. */
static void
weigh_categories (Totals *totals)
{
  double *score = totals->category, complaint;
  gboolean emergency = is_emergency (totals), trouble = totals->problem >= 1 || emergency;
  gboolean quiet = totals->ask < 1 && !totals->question;
  gboolean pleased;

  /* One clear cue says more than three hints. */
  for (guint i = 0; i < REGIE_N_CATEGORIES; i++)
    score[i] = totals->strongest[i] + 0.5 * (score[i] - totals->strongest[i]);
  complaint = score[REGIE_CATEGORY_COMPLAINT];
  pleased = feels_positive (totals) && complaint < 2; /* praise beside such facts is irony */
  if (emergency)
    score[REGIE_CATEGORY_SUPPORT] += complaint >= 3 ? 0 : 3;
  if (feels_negative (totals))
    score[REGIE_CATEGORY_COMPLAINT] += MIN (totals->negative, 4) * (trouble && complaint < 1.5 ? 0.35
                                                                    : complaint > 0            ? 0.7
                                                                                               : 0.45);
  else
    score[REGIE_CATEGORY_COMPLAINT] *= pleased ? 0.6 : 0.85;
  if (trouble)
    score[REGIE_CATEGORY_INFORMATION] *= 0.4;
  else if (totals->question)
    score[REGIE_CATEGORY_INFORMATION] += 0.7;
  if (quiet && pleased)
    score[REGIE_CATEGORY_GENERAL] += 1.5 + MIN (totals->positive, 4) * 0.5;
  if (feels_positive (totals) && !pleased)
    score[REGIE_CATEGORY_GENERAL] *= 0.3;
  if (quiet && totals->problem < 1 && totals->thanks >= 1)
    score[REGIE_CATEGORY_GENERAL] += 1;
  if (totals->notice >= 1 && !totals->question)
    score[REGIE_CATEGORY_GENERAL] += 1;
}

static void
decide_category (Totals *totals)
{
  RegieAnalysis *analysis = totals->analysis;
  double *score = totals->category;
  guint best = 0;

  weigh_categories (totals);
  for (guint i = 1; i < REGIE_N_CATEGORIES; i++)
    if (score[i] > score[best])
      best = i;
  if (score[best] < 0.9)
    {
      decide_without_cue (totals);
      return;
    }
  analysis->category = (RegieCategory) best;
  analysis->category_rule = category_rules[best];
}

static void
set_urgency (RegieAnalysis *analysis, RegieUrgency urgency, const char *rule)
{
  analysis->urgency = urgency;
  analysis->urgency_rule = rule;
}

/* Nobody is expected to do anything: thanks, notices, congratulations. */
static gboolean
expects_nothing (const Totals *totals)
{
  gboolean quiet = totals->ask < 1 && !totals->question && totals->problem < 1;

  if (!quiet || totals->analysis->category != REGIE_CATEGORY_GENERAL)
    return FALSE;
  return totals->notice >= 1 || totals->thanks >= 1 ||
         totals->analysis->sentiment == REGIE_SENTIMENT_POSITIVE || totals->text->tokens->len >= 3;
}

static void
decide_urgency (Totals *totals)
{
  RegieAnalysis *analysis = totals->analysis;
  const double *cue = totals->urgency;

  if (cue[CUE_LOW] >= 2 && cue[CUE_LOW] >= cue[CUE_HIGH] && cue[CUE_CRITICAL] < 3)
    set_urgency (analysis, REGIE_URGENCY_LOW, "urgency.low.no-hurry");
  else if (is_emergency (totals))
    set_urgency (analysis, REGIE_URGENCY_CRITICAL, "urgency.critical.emergency");
  else if (cue[CUE_HIGH] < 3 && cue[CUE_SEVERE] < 2 && totals->notice >= 1 && expects_nothing (totals))
    set_urgency (analysis, REGIE_URGENCY_LOW, "urgency.low.no-action");
  else if (cue[CUE_HIGH] >= 2 || cue[CUE_SEVERE] >= 2)
    set_urgency (analysis, REGIE_URGENCY_HIGH, "urgency.high.pressed");
  else if (expects_nothing (totals))
    set_urgency (analysis, REGIE_URGENCY_LOW, "urgency.low.no-action");
  else
    set_urgency (analysis, REGIE_URGENCY_NORMAL, "urgency.normal.no-cue");
}

static gboolean
speaks_for_urgency (RegieUrgency urgency, const Match *match)
{
  int code = match->rule->code;

  if (match->negated)
    return urgency == REGIE_URGENCY_LOW && code == CUE_HIGH;
  switch (urgency)
    {
    case REGIE_URGENCY_LOW:
      return code == CUE_LOW;
    case REGIE_URGENCY_HIGH:
      return code == CUE_HIGH || code == CUE_SEVERE;
    case REGIE_URGENCY_CRITICAL:
      return code != CUE_LOW;
    case REGIE_URGENCY_NORMAL:
    default:
      return FALSE;
    }
}

/* Keeps the words that spoke for what was decided. */
static void
keep_evidence (Totals *totals, const Match *match)
{
  RegieAnalysis *analysis = totals->analysis;
  const Rule *rule = match->rule;
  double sign = match->negated ? -1 : 1;

  if (rule->field == FIELD_URGENCY && speaks_for_urgency (analysis->urgency, match))
    analysis_add_evidence (analysis, totals->text, match, "urgency", match->negated ? "low" : rule->value,
                           sign * rule->weight);
  else if (rule->field == FIELD_REQUEST && g_str_equal (analysis->urgency_rule, "urgency.low.no-action") &&
           (rule->code == REQUEST_NOTICE || rule->code == REQUEST_THANKS))
    analysis_add_evidence (analysis, totals->text, match, "urgency", "low", rule->weight);
  else if (rule->field == FIELD_CATEGORY && !match->negated && rule->code == (int) analysis->category)
    analysis_add_evidence (analysis, totals->text, match, "category", rule->value, rule->weight);
  else if (rule->field == FIELD_SENTIMENT)
    {
      gboolean negative = (rule->code == REGIE_SENTIMENT_NEGATIVE) != match->negated;

      if (analysis->sentiment == (negative ? REGIE_SENTIMENT_NEGATIVE : REGIE_SENTIMENT_POSITIVE))
        analysis_add_evidence (analysis, totals->text, match, "sentiment",
                               regie_sentiment_to_string (analysis->sentiment), sign * rule->weight);
    }
}

/* The words of the first sentence that asks. */
static void
keep_question (RegieAnalysis *analysis, Text *text)
{
  g_autofree char *words = NULL;
  guint first = 0, last, end;

  while (first < text->tokens->len && !token_at (text, first)->question)
    first++;
  if (first == text->tokens->len)
    return;
  for (last = first; last + 1 < text->tokens->len && !(token_at (text, last + 1)->flags & TOKEN_SENTENCE);
       last++)
    ;
  end = MIN (token_at (text, last)->end, token_at (text, first)->start + 400);
  for (guint i = 0; i < 3 && end + i < text->n_chars; i++)
    if (text->fold[end + i] == '?')
      {
        end += i + 1;
        break;
      }
  words = text_slice (text, token_at (text, first)->start, end);
  analysis->question = g_string_chunk_insert (analysis->arena, words);
}

/* The sums as the voices hear them; before the categories are weighed. */
static void
voice_sums (const Totals *totals, double *voices)
{
  double sums[N_SUMS] = { [9] = totals->negative, totals->positive, totals->ask,     totals->notice,
                          totals->thanks,         totals->problem,  totals->question };

  memcpy (sums, totals->urgency, sizeof totals->urgency);
  memcpy (sums + 4, totals->category, sizeof totals->category);
  for (guint i = 0; i < N_SUMS; i++)
    {
      voices[3 * i] = MIN (sums[i], 5) / 3;
      voices[3 * i + 1] = sums[i] >= 1;
      voices[3 * i + 2] = sums[i] >= 2;
    }
}

static void
voice_decisions (const Totals *totals, double *voices)
{
  const RegieAnalysis *analysis = totals->analysis;

  for (guint i = 0; i < REGIE_N_CATEGORIES; i++)
    voices[VOICE_WEIGHED + i] = MIN (totals->category[i], 6) / 3;
  voices[VOICE_RULES + analysis->urgency] = 1;
  voices[VOICE_RULES + 4 + analysis->category] = 1;
  voices[VOICE_RULES + 9 + analysis->sentiment] = 1;
}

/* The rules' values are what one of the voices says: where the others outweigh it, another one is decided. */
static void
hear_voices (Totals *totals, Reading *reading, double *voices)
{
  RegieAnalysis *analysis = totals->analysis;
  guint decided[N_LEXICON_FIELDS];
  double chance = reading_decide (reading, voices, decided);

  if (decided[LEXICON_URGENCY] != analysis->urgency)
    analysis->urgency_rule = lexicon_rule_id (LEXICON_URGENCY, decided[LEXICON_URGENCY]);
  if (decided[LEXICON_CATEGORY] != analysis->category)
    analysis->category_rule = lexicon_rule_id (LEXICON_CATEGORY, decided[LEXICON_CATEGORY]);
  if (decided[LEXICON_SENTIMENT] != analysis->sentiment)
    {
      analysis->sentiment_rule = lexicon_rule_id (LEXICON_SENTIMENT, decided[LEXICON_SENTIMENT]);
      analysis->strength = decided[LEXICON_SENTIMENT] == REGIE_SENTIMENT_NEUTRAL ? 0 : chance / 2;
    }
  analysis->urgency = (RegieUrgency) decided[LEXICON_URGENCY];
  analysis->category = (RegieCategory) decided[LEXICON_CATEGORY];
  analysis->sentiment = (RegieSentiment) decided[LEXICON_SENTIMENT];
}

static void
prove_words (RegieAnalysis *analysis, Text *text, Reading *reading)
{
  reading_prove (reading, analysis, text, LEXICON_URGENCY, analysis->urgency);
  reading_prove (reading, analysis, text, LEXICON_CATEGORY, analysis->category);
  reading_prove (reading, analysis, text, LEXICON_SENTIMENT, analysis->sentiment);
}

static void
list_features (const Totals *totals, const double *voices, GString *learn)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  lexicon_list_keys (totals->text, totals->matches, learn);
  g_string_append_c (learn, '\n');
  for (guint i = 0; i < VOICE_WORDS; i++)
    g_string_append_printf (learn, "%s%s", i > 0 ? " " : "",
                            g_ascii_formatd (number, sizeof number, "%.3f", voices[i]));
}

void
score_message (RegieAnalysis *analysis, Text *text, GArray *matches, GString *learn)
{
  Totals totals = { .analysis = analysis, .text = text, .matches = matches };
  g_autoptr (Reading) reading = NULL;
  double voices[N_VOICES] = { 0 };

  totals.seen = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < text->tokens->len; i++)
    totals.question |= token_at (text, i)->question != 0;
  /* What is asked first: some cues count only when nothing is. */
  for (guint i = 0; i < matches->len; i++)
    if (g_array_index (matches, Match, i).rule->field == FIELD_REQUEST)
      add_match (&totals, &g_array_index (matches, Match, i));
  for (guint i = 0; i < matches->len; i++)
    if (g_array_index (matches, Match, i).rule->field != FIELD_REQUEST)
      add_match (&totals, &g_array_index (matches, Match, i));
  add_form (&totals);
  /* Praise that asks for nothing tells of troubles that are over. */
  if (totals.positive >= 4 && totals.negative < 1 && totals.ask < 1 && !totals.question &&
      totals.category[REGIE_CATEGORY_COMPLAINT] < 2)
    {
      totals.problem = 0;
      totals.category[REGIE_CATEGORY_SUPPORT] *= 0.5;
      totals.strongest[REGIE_CATEGORY_SUPPORT] *= 0.5;
    }
  keep_question (analysis, text);
  voice_sums (&totals, voices);
  decide_category (&totals);
  decide_sentiment (&totals);
  decide_urgency (&totals);
  voice_decisions (&totals, voices);
  if (learn != NULL)
    list_features (&totals, voices, learn);
  reading = lexicon_read (text, matches);
  /* The lexicon knows the words of the two languages only. */
  if (analysis->language != REGIE_LANGUAGE_UND)
    hear_voices (&totals, reading, voices);
  analysis->asks = totals.ask >= 1 || totals.question || totals.problem >= 1;
  for (guint i = 0; i < matches->len; i++)
    keep_evidence (&totals, &g_array_index (matches, Match, i));
  if (analysis->language != REGIE_LANGUAGE_UND)
    prove_words (analysis, text, reading);
  g_hash_table_unref (totals.seen);
}
