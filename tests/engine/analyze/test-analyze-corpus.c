/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-corpus.h"

/* The analyser against two corpora of labelled messages. Given a file, it is measured instead:
 * test-analyze-corpus --totals FILE, or with every error: --errors FILE. */

static void
measure (const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "engine", "analyze", name, NULL);
  CorpusResult result;
  double entities;

  corpus_measure (path, g_getenv ("REGIE_CORPUS_ERRORS") != NULL, &result);
  g_print ("# %s: %u messages\n", name, result.n_messages);
  g_assert_cmpuint (result.n_messages, >=, 120);
  corpus_print_confusion (&result.language);
  corpus_print_confusion (&result.urgency);
  corpus_print_confusion (&result.category);
  corpus_print_confusion (&result.sentiment);
  entities = corpus_entity_f1 (&result);
  g_assert_cmpfloat (corpus_macro_f1 (&result.language), >=, 0.98);
  g_assert_cmpfloat (corpus_macro_f1 (&result.urgency), >=, 0.8);
  g_assert_cmpfloat (corpus_macro_f1 (&result.category), >=, 0.8);
  g_assert_cmpfloat (corpus_macro_f1 (&result.sentiment), >=, 0.8);
  g_assert_cmpfloat (entities, >=, 0.95);
}

static void
test_corpus (void)
{
  measure ("corpus.jsonl");
}

static void
test_heldout (void)
{
  measure ("heldout.jsonl");
}

int
main (int argc, char *argv[])
{
  if (argc == 3 && g_str_equal (argv[1], "--features"))
    {
      corpus_print_features (argv[2]);
      return 0;
    }
  if (argc == 3 && (g_str_equal (argv[1], "--errors") || g_str_equal (argv[1], "--totals")))
    {
      CorpusResult result;

      corpus_measure (argv[2], g_str_equal (argv[1], "--errors"), &result);
      corpus_print_confusion (&result.language);
      corpus_print_confusion (&result.urgency);
      corpus_print_confusion (&result.category);
      corpus_print_confusion (&result.sentiment);
      corpus_entity_f1 (&result);
      return 0;
    }
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/analyze/corpus", test_corpus);
  g_test_add_func ("/analyze/heldout", test_heldout);
  return g_test_run ();
}
