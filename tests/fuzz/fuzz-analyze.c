/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Customer messages of any bytes: every place lies within them, and result and answer are UTF-8. */

#include "fuzz.h"
#include "regie-analyze.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (RegieAnalysis) analysis = regie_analyze ((const char *) data, (gssize) size);
  g_autoptr (JsonNode) node = regie_analysis_to_json (analysis);
  g_autofree char *answer = regie_answer_compose (analysis, NULL, NULL);
  g_autofree char *json = json_to_string (node, FALSE);

  for (guint i = 0; i < regie_analysis_get_n_entities (analysis); i++)
    {
      const RegieEntity *entity = regie_analysis_get_entity (analysis, i);

      g_assert_true (entity->span.start_byte < entity->span.end_byte && entity->span.end_byte <= size);
      g_assert_true (g_utf8_validate (entity->text, -1, NULL) && g_utf8_validate (entity->value, -1, NULL));
    }
  for (guint i = 0; i < regie_analysis_get_n_evidence (analysis); i++)
    {
      const RegieEvidence *evidence = regie_analysis_get_evidence (analysis, i);

      g_assert_true (evidence->span.start_byte < evidence->span.end_byte && evidence->span.end_byte <= size);
      g_assert_true (g_utf8_validate (evidence->text, -1, NULL));
    }
  g_assert_true (g_utf8_validate (answer, -1, NULL) && g_utf8_validate (json, -1, NULL));

  return 0;
}
