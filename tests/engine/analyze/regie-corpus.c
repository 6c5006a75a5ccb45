/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-corpus.h"

#include "regie-analyze-private.h"

#include <string.h>

static const char *const languages[] = { "und", "fr", "en" };
static const char *const urgencies[] = { "low", "normal", "high", "critical" };
static const char *const categories[] = { "support", "sales", "complaint", "information", "general" };
static const char *const sentiments[] = { "negative", "neutral", "positive" };

static void
confusion_add (Confusion *confusion, const char *labelled, const char *found, const char *id, gboolean errors)
{
  guint row = G_MAXUINT, column = G_MAXUINT;

  for (guint i = 0; i < confusion->n_classes; i++)
    {
      if (g_strcmp0 (labelled, confusion->classes[i]) == 0)
        row = i;
      if (g_strcmp0 (found, confusion->classes[i]) == 0)
        column = i;
    }
  g_assert_cmpuint (row, !=, G_MAXUINT);
  g_assert_cmpuint (column, !=, G_MAXUINT);
  confusion->counts[row][column]++;
  if (errors && row != column)
    g_print ("# %s %s: labelled %s, found %s\n", id, confusion->name, labelled, found);
}

static void
measure_entities (JsonObject *labels,
                  RegieAnalysis *analysis,
                  const char *id,
                  gboolean errors,
                  CorpusResult *result)
{
  for (guint kind = 0; kind < REGIE_N_ENTITY_KINDS; kind++)
    {
      const char *name = regie_entity_kind_to_string ((RegieEntityKind) kind);
      JsonArray *expected = json_object_get_array_member (labels, name);
      g_autoptr (GPtrArray) left = g_ptr_array_new_with_free_func (g_free);

      for (guint i = 0; i < json_array_get_length (expected); i++)
        g_ptr_array_add (left, g_strstrip (g_strdup (json_array_get_string_element (expected, i))));
      for (guint i = 0; i < regie_analysis_get_n_entities (analysis); i++)
        {
          const RegieEntity *entity = regie_analysis_get_entity (analysis, i);
          gboolean hit = FALSE;

          if ((guint) entity->kind != kind)
            continue;
          for (guint k = 0; k < left->len && !hit; k++)
            if (g_ascii_strcasecmp (g_ptr_array_index (left, k), entity->text) == 0)
              {
                g_ptr_array_remove_index (left, k);
                hit = TRUE;
              }
          result->hits[kind] += hit;
          result->invented[kind] += !hit;
          if (errors && !hit)
            g_print ("# %s %s: invented \"%s\"\n", id, name, entity->text);
        }
      result->missed[kind] += left->len;
      for (guint k = 0; errors && k < left->len; k++)
        g_print ("# %s %s: missed \"%s\"\n", id, name, (char *) g_ptr_array_index (left, k));
    }
}

static void
print_evidence (RegieAnalysis *analysis)
{
  for (guint i = 0; i < regie_analysis_get_n_evidence (analysis); i++)
    {
      const RegieEvidence *evidence = regie_analysis_get_evidence (analysis, i);

      g_print ("#   %s \"%s\" %s %.1f\n", evidence->rule, evidence->text, evidence->value, evidence->weight);
    }
}

static void
measure_line (const char *line, gboolean errors, CorpusResult *result)
{
  g_autoptr (JsonNode) node = json_from_string (line, NULL);
  g_autoptr (RegieAnalysis) analysis = NULL;
  JsonObject *message;
  const char *id;

  g_assert_nonnull (node);
  message = json_node_get_object (node);
  id = json_object_get_string_member (message, "id");
  analysis = regie_analyze (json_object_get_string_member (message, "text"), -1);
  result->n_messages++;
  confusion_add (&result->language, json_object_get_string_member (message, "language"),
                 regie_language_to_string (regie_analysis_get_language (analysis)), id, errors);
  confusion_add (&result->urgency, json_object_get_string_member (message, "urgency"),
                 regie_urgency_to_string (regie_analysis_get_urgency (analysis)), id, errors);
  confusion_add (&result->category, json_object_get_string_member (message, "category"),
                 regie_category_to_string (regie_analysis_get_category (analysis)), id, errors);
  confusion_add (&result->sentiment, json_object_get_string_member (message, "sentiment"),
                 regie_sentiment_to_string (regie_analysis_get_sentiment (analysis)), id, errors);
  measure_entities (json_object_get_object_member (message, "entities"), analysis, id, errors, result);
  if (errors && g_getenv ("REGIE_CORPUS_EVIDENCE") != NULL)
    {
      g_print ("# %s %s\n", id, json_object_get_string_member (message, "text"));
      print_evidence (analysis);
    }
}

void
corpus_measure (const char *path, gboolean errors, CorpusResult *result)
{
  g_autofree char *content = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) lines = NULL;

  memset (result, 0, sizeof *result);
  result->language = (Confusion) { "language", languages, G_N_ELEMENTS (languages), { { 0 } } };
  result->urgency = (Confusion) { "urgency", urgencies, G_N_ELEMENTS (urgencies), { { 0 } } };
  result->category = (Confusion) { "category", categories, G_N_ELEMENTS (categories), { { 0 } } };
  result->sentiment = (Confusion) { "sentiment", sentiments, G_N_ELEMENTS (sentiments), { { 0 } } };
  g_file_get_contents (path, &content, NULL, &error);
  g_assert_no_error (error);
  lines = g_strsplit (content, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    if (lines[i][0] != '\0')
      measure_line (lines[i], errors, result);
}

static double
class_f1 (const Confusion *confusion, guint class, gboolean *occurs)
{
  guint labelled = 0, found = 0, hit = confusion->counts[class][class];

  for (guint i = 0; i < confusion->n_classes; i++)
    {
      labelled += confusion->counts[class][i];
      found += confusion->counts[i][class];
    }
  *occurs = labelled > 0;
  return labelled + found > 0 ? 2.0 * hit / (labelled + found) : 0;
}

double
corpus_macro_f1 (const Confusion *confusion)
{
  double sum = 0;
  guint n = 0;

  for (guint i = 0; i < confusion->n_classes; i++)
    {
      gboolean occurs;
      double f1 = class_f1 (confusion, i, &occurs);

      sum += occurs ? f1 : 0;
      n += occurs;
    }
  return n > 0 ? sum / n : 0;
}

void
corpus_print_confusion (const Confusion *confusion)
{
  g_autoptr (GString) line = g_string_new (NULL);

  g_string_printf (line, "# %-12s", confusion->name);
  for (guint i = 0; i < confusion->n_classes; i++)
    g_string_append_printf (line, "%12s", confusion->classes[i]);
  g_print ("%s%10s\n", line->str, "F1");
  for (guint i = 0; i < confusion->n_classes; i++)
    {
      gboolean occurs;
      double f1 = class_f1 (confusion, i, &occurs);

      g_string_printf (line, "# %-12s", confusion->classes[i]);
      for (guint k = 0; k < confusion->n_classes; k++)
        g_string_append_printf (line, "%12u", confusion->counts[i][k]);
      g_print ("%s%10.3f\n", line->str, f1);
    }
  g_print ("# %s macro-F1 %.3f\n", confusion->name, corpus_macro_f1 (confusion));
}

double
corpus_entity_f1 (const CorpusResult *result)
{
  double sum = 0;
  guint n = 0;

  g_print ("# %-12s%12s%12s%12s%10s\n", "entities", "hit", "missed", "invented", "F1");
  for (guint kind = 0; kind < REGIE_N_ENTITY_KINDS; kind++)
    {
      guint hits = result->hits[kind], missed = result->missed[kind], invented = result->invented[kind];
      double f1 = hits + missed + invented > 0 ? 2.0 * hits / (2 * hits + missed + invented) : 1;

      g_print ("# %-12s%12u%12u%12u%10.3f\n", regie_entity_kind_to_string ((RegieEntityKind) kind), hits,
               missed, invented, f1);
      sum += hits + missed > 0 ? f1 : 0;
      n += hits + missed > 0;
    }
  g_print ("# entities macro-F1 %.3f\n", n > 0 ? sum / n : 0);
  return n > 0 ? sum / n : 0;
}

void
corpus_print_features (const char *path)
{
  g_autofree char *content = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) lines = NULL;

  g_file_get_contents (path, &content, NULL, &error);
  g_assert_no_error (error);
  lines = g_strsplit (content, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    if (lines[i][0] != '\0')
      {
        g_autoptr (JsonNode) node = json_from_string (lines[i], NULL);
        JsonObject *message = json_node_get_object (node);
        g_autoptr (GString) learn = g_string_new (NULL);
        g_autoptr (RegieAnalysis) analysis =
            analysis_learn (json_object_get_string_member (message, "text"), -1, learn);

        g_print ("%s %s %s\n%s\n", json_object_get_string_member (message, "urgency"),
                 json_object_get_string_member (message, "category"),
                 json_object_get_string_member (message, "sentiment"), learn->str);
      }
}
