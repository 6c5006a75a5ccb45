/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-analyze-private.h"

#include <string.h>

static const char *const steps[4][4] = {
  { "unknown", "implied", "discussed", "confirmed" },
  { "unknown", "influencer", "decision_maker", "champion" },
  { "curious", "problem_aware", "actively_solving", "urgent" },
  { "someday", "this_year", "this_quarter", "this_month" },
};

static const char *const questions[4] = { "budget", "authority", "need", "timeline" };

const char *
regie_bant_step_to_string (const char *question, guint step)
{
  for (guint i = 0; i < 4; i++)
    if (g_strcmp0 (question, questions[i]) == 0)
      return steps[i][MIN (step, 3)];
  return NULL;
}

double
regie_bant_readiness (const RegieBant *bant, guint avoided_questions, gboolean demo_unvalidated)
{
  static const double value[4] = { 0, 0.33, 0.66, 1 };
  double readiness = value[MIN (bant->budget, 3)] * 0.25 + value[MIN (bant->authority, 3)] * 0.25 +
                     value[MIN (bant->need, 3)] * 0.30 + value[MIN (bant->timeline, 3)] * 0.20;

  if (avoided_questions == 1)
    readiness *= 0.9;
  else if (avoided_questions >= 2)
    readiness *= 0.7;
  if (demo_unvalidated)
    readiness *= 0.5;
  return readiness * 100;
}

const char *
regie_readiness_to_stage (double readiness)
{
  if (readiness < 20)
    return "COLD";
  if (readiness < 40)
    return "WARMING";
  if (readiness < 60)
    return "WARM";
  return readiness < 70 ? "HOT" : "QUALIFIED";
}

void
score_bant (RegieAnalysis *analysis, Text *text, GArray *matches)
{
  guint *answers[4] = { &analysis->bant.budget, &analysis->bant.authority, &analysis->bant.need,
                        &analysis->bant.timeline };

  for (guint i = 0; i < matches->len; i++)
    {
      const Match *match = &g_array_index (matches, Match, i);

      if (match->rule->field < FIELD_BUDGET || match->rule->field > FIELD_TIMELINE || match->negated)
        continue;
      *answers[match->rule->field - FIELD_BUDGET] =
          MAX (*answers[match->rule->field - FIELD_BUDGET], (guint) match->rule->code);
      analysis_add_evidence (analysis, text, match, questions[match->rule->field - FIELD_BUDGET],
                             match->rule->value, match->rule->weight);
    }
  /* Who is pressed for something to be bought or solved needs it urgently, now. */
  if (analysis->category == REGIE_CATEGORY_SALES && analysis->urgency >= REGIE_URGENCY_HIGH)
    {
      analysis->bant.need = 3;
      analysis->bant.timeline = 3;
    }
  if (analysis->category == REGIE_CATEGORY_SALES && analysis->bant.need == 0)
    analysis->bant.need = 1;
}
