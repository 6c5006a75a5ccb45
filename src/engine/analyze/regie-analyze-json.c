/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-analyze-private.h"

#include <math.h>

/* Figures are for people and for comparing: three decimals. */
static void
set_rounded (JsonObject *object, const char *name, double value)
{
  json_object_set_double_member (object, name, round (value * 1000) / 1000);
}

static void
set_span (JsonObject *object, const RegieSpan *span)
{
  json_object_set_int_member (object, "start", (gint64) span->start_byte);
  json_object_set_int_member (object, "end", (gint64) span->end_byte);
  json_object_set_int_member (object, "start_char", (gint64) span->start_char);
  json_object_set_int_member (object, "end_char", (gint64) span->end_char);
}

JsonObject *
evidence_to_json (const RegieEvidence *evidence)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "field", evidence->field);
  json_object_set_string_member (object, "value", evidence->value);
  json_object_set_string_member (object, "text", evidence->text);
  set_span (object, &evidence->span);
  json_object_set_string_member (object, "rule", evidence->rule);
  set_rounded (object, "weight", evidence->weight);
  json_object_set_boolean_member (object, "negated", evidence->negated);
  return object;
}

/* The evidence of FIELD; NULL: of the four questions of the qualification. */
static JsonArray *
evidence_of (RegieAnalysis *analysis, const char *field)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < analysis->evidence->len; i++)
    {
      const RegieEvidence *evidence = &g_array_index (analysis->evidence, RegieEvidence, i);
      gboolean question = regie_bant_step_to_string (evidence->field, 0) != NULL;

      if (field != NULL ? g_str_equal (evidence->field, field) : question)
        json_array_add_object_element (array, evidence_to_json (evidence));
    }
  return array;
}

static JsonObject *
decision (RegieAnalysis *analysis, const char *field, const char *value, const char *rule)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "value", value);
  json_object_set_string_member (object, "rule", rule);
  json_object_set_array_member (object, "evidence", evidence_of (analysis, field));
  return object;
}

static JsonObject *
entity_to_json (const RegieEntity *entity)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "text", entity->text);
  json_object_set_string_member (object, "value", entity->value);
  if (entity->kind == REGIE_ENTITY_AMOUNT)
    {
      json_object_set_int_member (object, "micros", entity->micros);
      json_object_set_string_member (object, "currency", entity->currency);
    }
  if (entity->kind == REGIE_ENTITY_DATE)
    json_object_set_boolean_member (object, "ambiguous", entity->ambiguous);
  set_span (object, &entity->span);
  json_object_set_string_member (object, "rule", entity->rule);
  return object;
}

static JsonObject *
entities_to_json (RegieAnalysis *analysis)
{
  JsonObject *object = json_object_new ();

  for (guint kind = 0; kind < REGIE_N_ENTITY_KINDS; kind++)
    {
      JsonArray *array = json_array_new ();

      for (guint i = 0; i < analysis->entities->len; i++)
        {
          const RegieEntity *entity = &g_array_index (analysis->entities, RegieEntity, i);

          if ((guint) entity->kind == kind)
            json_array_add_object_element (array, entity_to_json (entity));
        }
      json_object_set_array_member (object, regie_entity_kind_to_string ((RegieEntityKind) kind), array);
    }
  return object;
}

static JsonObject *
bant_to_json (RegieAnalysis *analysis)
{
  JsonObject *object = json_object_new ();
  const RegieBant *bant = &analysis->bant;

  json_object_set_string_member (object, "budget", regie_bant_step_to_string ("budget", bant->budget));
  json_object_set_string_member (object, "authority",
                                 regie_bant_step_to_string ("authority", bant->authority));
  json_object_set_string_member (object, "need", regie_bant_step_to_string ("need", bant->need));
  json_object_set_string_member (object, "timeline", regie_bant_step_to_string ("timeline", bant->timeline));
  json_object_set_array_member (object, "evidence", evidence_of (analysis, NULL));
  return object;
}

/* What to do next for a qualification: the question that would raise the readiness most. */
static const char *
next_action (RegieAnalysis *analysis)
{
  const RegieBant *bant = &analysis->bant;

  if (analysis->category != REGIE_CATEGORY_SALES)
    return analysis->asks ? "answer" : "none";
  if (regie_analysis_get_readiness (analysis) >= 70)
    return "hand_over";
  if (bant->need <= 1)
    return "ask_need";
  if (bant->budget == 0)
    return "ask_budget";
  if (bant->authority == 0)
    return "ask_authority";
  return bant->timeline == 0 ? "ask_timeline" : "propose";
}

JsonNode *
regie_analysis_to_json (RegieAnalysis *analysis)
{
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);
  JsonObject *root = json_object_new (), *language = json_object_new (), *sentiment;
  double readiness = regie_analysis_get_readiness (analysis);

  json_object_set_string_member (language, "value", regie_language_to_string (analysis->language));
  set_rounded (language, "confidence", analysis->confidence);
  json_object_set_object_member (root, "language", language);
  json_object_set_object_member (
      root, "urgency",
      decision (analysis, "urgency", regie_urgency_to_string (analysis->urgency), analysis->urgency_rule));
  json_object_set_object_member (
      root, "category",
      decision (analysis, "category", regie_category_to_string (analysis->category),
                analysis->category_rule));
  sentiment = decision (analysis, "sentiment", regie_sentiment_to_string (analysis->sentiment),
                        analysis->sentiment_rule);
  set_rounded (sentiment, "strength", analysis->strength);
  json_object_set_object_member (root, "sentiment", sentiment);
  json_object_set_object_member (root, "entities", entities_to_json (analysis));
  json_object_set_object_member (root, "bant", bant_to_json (analysis));
  set_rounded (root, "readiness", readiness);
  json_object_set_string_member (root, "stage", regie_readiness_to_stage (readiness));
  json_object_set_boolean_member (root, "handoff_ready", readiness >= 70);
  json_object_set_string_member (root, "next_action", next_action (analysis));
  json_object_set_boolean_member (root, "truncated", analysis->truncated);
  json_node_take_object (node, root);
  return node;
}
