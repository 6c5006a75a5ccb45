/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-analyze-private.h"

#include <string.h>

static const char *
keep_string (RegieAnalysis *analysis, const char *string)
{
  return string != NULL ? g_string_chunk_insert_const (analysis->arena, string) : NULL;
}

static void
take_entities (RegieAnalysis *analysis, Text *text, GArray *found)
{
  for (guint i = 0; i < found->len; i++)
    {
      const FoundEntity *from = &g_array_index (found, FoundEntity, i);
      RegieEntity entity = { .kind = from->kind,
                             .span = text_span (text, from->start, from->end),
                             .micros = from->micros,
                             .ambiguous = from->ambiguous,
                             .rule = from->rule };
      g_autofree char *words = NULL;

      if (from->hidden)
        continue;
      words = text_slice (text, from->start, from->end);
      entity.text = keep_string (analysis, words);
      entity.value = keep_string (analysis, from->value);
      entity.currency = from->currency[0] != '\0' ? keep_string (analysis, from->currency) : NULL;
      g_array_append_val (analysis->entities, entity);
    }
}

RegieAnalysis *
analysis_learn (const char *bytes, gssize len, GString *learn)
{
  const RuleSet *rules = rules_get ();
  RegieAnalysis *analysis = g_new0 (RegieAnalysis, 1);
  g_autoptr (Text) text = text_new (bytes, len < 0 ? strlen (bytes) : (gsize) len);
  g_autoptr (GArray) found = NULL;
  g_autoptr (GArray) matches = NULL;

  analysis->arena = g_string_chunk_new (1024);
  analysis->entities = g_array_new (FALSE, TRUE, sizeof (RegieEntity));
  analysis->evidence = g_array_new (FALSE, TRUE, sizeof (RegieEvidence));
  analysis->truncated = text->truncated;
  /* Dates and numbers are read by the language, the language is told without them. */
  text_tokenize (text, NULL);
  analysis->language = language_detect (rules, text, &analysis->confidence);
  found = entities_find (text, analysis->language);
  g_array_set_size (text->tokens, 0);
  text->n_exclamations = 0;
  text_tokenize (text, found);
  language_mark (rules, text, analysis->language);
  take_entities (analysis, text, found);
  rules_expand (rules, text);
  matches = rules_match (rules, text);
  score_message (analysis, text, matches, learn);
  score_bant (analysis, text, matches);
  return analysis;
}

RegieAnalysis *
regie_analyze (const char *bytes, gssize len)
{
  return analysis_learn (bytes, len, NULL);
}

void
regie_analysis_free (RegieAnalysis *analysis)
{
  if (analysis == NULL)
    return;
  g_array_unref (analysis->entities);
  g_array_unref (analysis->evidence);
  g_string_chunk_free (analysis->arena);
  g_free (analysis);
}

gboolean
regie_analysis_is_truncated (RegieAnalysis *analysis)
{
  return analysis->truncated;
}

RegieLanguage
regie_analysis_get_language (RegieAnalysis *analysis)
{
  return analysis->language;
}

double
regie_analysis_get_language_confidence (RegieAnalysis *analysis)
{
  return analysis->confidence;
}

RegieUrgency
regie_analysis_get_urgency (RegieAnalysis *analysis)
{
  return analysis->urgency;
}

RegieCategory
regie_analysis_get_category (RegieAnalysis *analysis)
{
  return analysis->category;
}

RegieSentiment
regie_analysis_get_sentiment (RegieAnalysis *analysis)
{
  return analysis->sentiment;
}

double
regie_analysis_get_sentiment_strength (RegieAnalysis *analysis)
{
  return analysis->strength;
}

const RegieBant *
regie_analysis_get_bant (RegieAnalysis *analysis)
{
  return &analysis->bant;
}

double
regie_analysis_get_readiness (RegieAnalysis *analysis)
{
  return regie_bant_readiness (&analysis->bant, 0, FALSE);
}

guint
regie_analysis_get_n_entities (RegieAnalysis *analysis)
{
  return analysis->entities->len;
}

const RegieEntity *
regie_analysis_get_entity (RegieAnalysis *analysis, guint index)
{
  g_return_val_if_fail (index < analysis->entities->len, NULL);
  return &g_array_index (analysis->entities, RegieEntity, index);
}

guint
regie_analysis_get_n_evidence (RegieAnalysis *analysis)
{
  return analysis->evidence->len;
}

const RegieEvidence *
regie_analysis_get_evidence (RegieAnalysis *analysis, guint index)
{
  g_return_val_if_fail (index < analysis->evidence->len, NULL);
  return &g_array_index (analysis->evidence, RegieEvidence, index);
}

const char *
regie_language_to_string (RegieLanguage language)
{
  static const char *const names[] = { "und", "fr", "en" };

  return names[language];
}

const char *
regie_urgency_to_string (RegieUrgency urgency)
{
  static const char *const names[] = { "low", "normal", "high", "critical" };

  return names[urgency];
}

const char *
regie_category_to_string (RegieCategory category)
{
  static const char *const names[] = { "support", "sales", "complaint", "information", "general" };

  return names[category];
}

const char *
regie_sentiment_to_string (RegieSentiment sentiment)
{
  static const char *const names[] = { "negative", "neutral", "positive" };

  return names[sentiment];
}

const char *
regie_entity_kind_to_string (RegieEntityKind kind)
{
  static const char *const names[] = { "emails", "phones", "dates", "amounts", "orders" };

  return names[kind];
}
