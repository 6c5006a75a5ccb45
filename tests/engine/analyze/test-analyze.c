/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-analyze.h"

#include <string.h>
#include <time.h>

/* What the analyser says of single messages, and that no bytes can hurt it. */

typedef struct
{
  const char *text;
  RegieUrgency urgency;
  RegieCategory category;
  RegieSentiment sentiment;
} Case;

static void
check_case (const Case *expected)
{
  g_autoptr (RegieAnalysis) analysis = regie_analyze (expected->text, -1);

  g_test_message ("%s", expected->text);
  g_assert_cmpstr (regie_urgency_to_string (regie_analysis_get_urgency (analysis)), ==,
                   regie_urgency_to_string (expected->urgency));
  g_assert_cmpstr (regie_category_to_string (regie_analysis_get_category (analysis)), ==,
                   regie_category_to_string (expected->category));
  g_assert_cmpstr (regie_sentiment_to_string (regie_analysis_get_sentiment (analysis)), ==,
                   regie_sentiment_to_string (expected->sentiment));
}

static void
test_negation (void)
{
  static const Case cases[] = {
    { "Bonjour, ce n'est pas urgent mais l'imprimante ne marche plus.", REGIE_URGENCY_LOW,
      REGIE_CATEGORY_SUPPORT, REGIE_SENTIMENT_NEUTRAL },
    { "The printer is broken, it is not urgent at all.", REGIE_URGENCY_LOW, REGIE_CATEGORY_SUPPORT,
      REGIE_SENTIMENT_NEUTRAL },
    { "Je ne suis vraiment pas content de votre service.", REGIE_URGENCY_NORMAL, REGIE_CATEGORY_COMPLAINT,
      REGIE_SENTIMENT_NEGATIVE },
    { "I am not happy with your service.", REGIE_URGENCY_NORMAL, REGIE_CATEGORY_COMPLAINT,
      REGIE_SENTIMENT_NEGATIVE },
    { "Pas mal du tout, votre nouveau magasin est vraiment superbe !", REGIE_URGENCY_LOW,
      REGIE_CATEGORY_GENERAL, REGIE_SENTIMENT_POSITIVE },
    { "I could not be happier, everything was perfect!", REGIE_URGENCY_LOW, REGIE_CATEGORY_GENERAL,
      REGIE_SENTIMENT_POSITIVE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    check_case (&cases[i]);
}

static void
test_styles (void)
{
  static const Case cases[] = {
    { "bjr jarrive pa a me conecté depuis hier, pouvez m aidé svp mrc", REGIE_URGENCY_NORMAL,
      REGIE_CATEGORY_SUPPORT, REGIE_SENTIMENT_NEUTRAL },
    { "cant log in since yday, pls help asap thx", REGIE_URGENCY_HIGH, REGIE_CATEGORY_SUPPORT,
      REGIE_SENTIMENT_NEUTRAL },
    { "JE SUIS TRES DECU DE VOTRE SERVICE APRES VENTE !!!", REGIE_URGENCY_NORMAL, REGIE_CATEGORY_COMPLAINT,
      REGIE_SENTIMENT_NEGATIVE },
    { "Il y a une forte odeur de gaz dans le hall, envoyez quelqu'un.", REGIE_URGENCY_CRITICAL,
      REGIE_CATEGORY_SUPPORT, REGIE_SENTIMENT_NEUTRAL },
    { "On Tue, Jan 7, 2025 at 9:12 AM, Shop wrote:\n> Did it arrive?\n\nNo, the parcel has not arrived yet.",
      REGIE_URGENCY_NORMAL, REGIE_CATEGORY_SUPPORT, REGIE_SENTIMENT_NEUTRAL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    check_case (&cases[i]);
}

static void
check_entity (const char *text, RegieEntityKind kind, const char *words, const char *value)
{
  g_autoptr (RegieAnalysis) analysis = regie_analyze (text, -1);

  g_test_message ("%s", text);
  for (guint i = 0; i < regie_analysis_get_n_entities (analysis); i++)
    {
      const RegieEntity *entity = regie_analysis_get_entity (analysis, i);

      if (entity->kind != kind || (words != NULL && !g_str_equal (entity->text, words)))
        continue;
      g_assert_nonnull (words);
      g_assert_cmpstr (entity->value, ==, value);
      return;
    }
  g_assert_null (words);
}

static void
test_entities (void)
{
  check_entity ("Écrivez à Jean.Dupont@Mail.example.", REGIE_ENTITY_EMAIL, "Jean.Dupont@Mail.example",
                "jean.dupont@mail.example");
  check_entity ("Tel 06.12.34.56.78", REGIE_ENTITY_PHONE, "06.12.34.56.78", "+33612345678");
  check_entity ("Appelez le +33 (0)6 12 34 56 78", REGIE_ENTITY_PHONE, "+33 (0)6 12 34 56 78",
                "+33612345678");
  check_entity ("call me on (212) 555-0147 please", REGIE_ENTITY_PHONE, "(212) 555-0147", "+12125550147");
  check_entity ("GSM 0475/12.34.56", REGIE_ENTITY_PHONE, "0475/12.34.56", "+32475123456");
  check_entity ("le 1er avril 2025 au matin", REGIE_ENTITY_DATE, "1er avril 2025", "2025-04-01");
  check_entity ("Le rendez-vous du 02/01 est annulé", REGIE_ENTITY_DATE, "02/01", "--01-02");
  check_entity ("It was bought on March 12th, 2025.", REGIE_ENTITY_DATE, "March 12th, 2025", "2025-03-12");
  check_entity ("Note de 4/5, ouvert 24/7", REGIE_ENTITY_DATE, NULL, NULL);
  check_entity ("le 31/02/2025", REGIE_ENTITY_DATE, NULL, NULL);
  check_entity ("total 1 250,50 € TTC", REGIE_ENTITY_AMOUNT, "1 250,50 €", "EUR 1250.50");
  check_entity ("it cost me $1,200 last year", REGIE_ENTITY_AMOUNT, "$1,200", "USD 1200.00");
  check_entity ("45€90 seulement", REGIE_ENTITY_AMOUNT, "45€90", "EUR 45.90");
  check_entity ("un budget de 15 k€", REGIE_ENTITY_AMOUNT, "15 k€", "EUR 15000.00");
  check_entity ("ma commande n° 458712 svp", REGIE_ENTITY_ORDER, "458712", "458712");
  check_entity ("about ticket #INC-88213", REGIE_ENTITY_ORDER, "INC-88213", "INC-88213");
  check_entity ("Mon dossier de prêt 2025-PR-118 traîne", REGIE_ENTITY_ORDER, "2025-PR-118", "2025-PR-118");
  check_entity ("I want to order 1000 flyers", REGIE_ENTITY_ORDER, NULL, NULL);
}

static void
test_bant (void)
{
  RegieBant full = { 3, 3, 3, 3 }, half = { 2, 1, 2, 1 }, none = { 0, 0, 0, 0 };

  g_assert_cmpfloat_with_epsilon (regie_bant_readiness (&full, 0, FALSE), 100, 1e-9);
  g_assert_cmpfloat_with_epsilon (regie_bant_readiness (&none, 0, FALSE), 0, 1e-9);
  g_assert_cmpfloat_with_epsilon (regie_bant_readiness (&half, 0, FALSE), 16.5 + 8.25 + 19.8 + 6.6, 1e-9);
  g_assert_cmpfloat_with_epsilon (regie_bant_readiness (&full, 1, FALSE), 90, 1e-9);
  g_assert_cmpfloat_with_epsilon (regie_bant_readiness (&full, 2, TRUE), 35, 1e-9);
  g_assert_cmpstr (regie_readiness_to_stage (0), ==, "COLD");
  g_assert_cmpstr (regie_readiness_to_stage (20), ==, "WARMING");
  g_assert_cmpstr (regie_readiness_to_stage (40), ==, "WARM");
  g_assert_cmpstr (regie_readiness_to_stage (60), ==, "HOT");
  g_assert_cmpstr (regie_readiness_to_stage (70), ==, "QUALIFIED");
  g_assert_cmpstr (regie_bant_step_to_string ("authority", 2), ==, "decision_maker");
}

static void
test_qualification (void)
{
  g_autoptr (RegieAnalysis) analysis = regie_analyze (
      "We compare several quotes for 10 licences this month. Our budget is $5,000, I sign off on purchases.",
      -1);
  const RegieBant *bant = regie_analysis_get_bant (analysis);

  g_assert_cmpuint (bant->budget, ==, 3);
  g_assert_cmpuint (bant->authority, ==, 3);
  g_assert_cmpuint (bant->need, ==, 2);
  g_assert_cmpuint (bant->timeline, ==, 3);
  g_assert_cmpstr (regie_readiness_to_stage (regie_analysis_get_readiness (analysis)), ==, "QUALIFIED");
}

/* Every place lies within the text, the exact words stand there, and the JSON can be made. */
static void
check_places (const char *bytes, gsize len)
{
  g_autoptr (RegieAnalysis) analysis = regie_analyze (bytes, (gssize) len);
  g_autoptr (JsonNode) node = regie_analysis_to_json (analysis);
  g_autofree char *answer = regie_answer_compose (analysis, NULL, NULL);
  g_autofree char *json = json_to_string (node, FALSE);

  for (guint i = 0; i < regie_analysis_get_n_entities (analysis); i++)
    {
      const RegieEntity *entity = regie_analysis_get_entity (analysis, i);

      g_assert_cmpuint (entity->span.start_byte, <, entity->span.end_byte);
      g_assert_cmpuint (entity->span.end_byte, <=, len);
      g_assert_cmpuint (entity->span.end_char, <=, entity->span.end_byte);
      if (g_utf8_validate (bytes + entity->span.start_byte,
                           (gssize) (entity->span.end_byte - entity->span.start_byte), NULL))
        g_assert_cmpint (strncmp (bytes + entity->span.start_byte, entity->text, strlen (entity->text)), ==,
                         0);
    }
  for (guint i = 0; i < regie_analysis_get_n_evidence (analysis); i++)
    {
      const RegieEvidence *evidence = regie_analysis_get_evidence (analysis, i);

      g_assert_cmpuint (evidence->span.start_byte, <, evidence->span.end_byte);
      g_assert_cmpuint (evidence->span.end_byte, <=, len);
      g_assert_true (g_utf8_validate (evidence->text, -1, NULL));
    }
  g_assert_true (g_utf8_validate (answer, -1, NULL));
  g_assert_true (g_utf8_validate (json, -1, NULL));
}

static void
test_random_bytes (void)
{
  static const char *const bits[] = {
    "commande n° ", "+33 6 12 ", "@",     ".fr",          "12/03/",  "€",    "urgent ",          "not ",
    "pas ",         "\n> ",      "?",     "!!",           "\xff",    "\xc3", "\xf0\x9f\x98\xa1", "1 000",
    "INC-",         " le ",      "mars ", "\xe2\x80\x99", "http://", ":)",   "\xcc\x81"
  };

  for (guint round = 0; round < 1500; round++)
    {
      g_autoptr (GString) bytes = g_string_new (NULL);
      guint n = (guint) g_test_rand_int_range (0, 60);

      for (guint i = 0; i < n; i++)
        if (g_test_rand_bit ())
          g_string_append (bytes, bits[g_test_rand_int_range (0, G_N_ELEMENTS (bits))]);
        else
          g_string_append_c (bytes, (char) g_test_rand_int_range (0, 256));
      check_places (bytes->str, bytes->len);
    }
}

/* Of this thread: a busy machine does not count. */
static double
cpu_seconds (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

static double
seconds_for (const char *piece, gsize len)
{
  g_autoptr (GString) text = g_string_sized_new (len + 64);
  g_autoptr (RegieAnalysis) analysis = NULL;
  double start;

  while (text->len < len)
    g_string_append (text, piece);
  start = cpu_seconds ();
  analysis = regie_analyze (text->str, (gssize) text->len);
  return cpu_seconds () - start;
}

/* Sixteen times the text takes about sixteen times as long; a square law would take 256 times. */
static void
test_linear (void)
{
  static const char *const pieces[] = {
    "a",    "1",          "1 ",        "1 234 ",          "12/03/",    "06 12 ", "@a.b",  "a@",
    "pas ", "ne ",        "commande ", "commande n° ",    "not very ", "#1 ",    "+33 ",  "http://",
    "\n> ", "!?",         "\xff",      "service client ", "12 mars ",  "1,234.", "zzzz ", "remboursmeent ",
    "n° ",  "ref ref-1 ",
  };

  regie_analysis_free (regie_analyze ("once", -1));
  for (guint i = 0; i < G_N_ELEMENTS (pieces); i++)
    {
      double small = seconds_for (pieces[i], 1 << 14), large = seconds_for (pieces[i], 1 << 18);

      g_test_message ("%u: 16 KiB %.3f s, 256 KiB %.3f s", i, small, large);
      g_assert_cmpfloat (large, <, MAX (small, 0.002) * 60);
    }
}

/* The largest text that is taken. */
static void
test_largest (void)
{
  static const char *const pieces[] = { "a@", "pas ", "1 " };

  for (guint i = 0; i < G_N_ELEMENTS (pieces); i++)
    g_assert_cmpfloat (seconds_for (pieces[i], REGIE_ANALYZE_MAX_BYTES), <, 60);
}

static void
test_truncation (void)
{
  g_autofree char *long_text = g_strnfill (REGIE_ANALYZE_MAX_BYTES + 10, 'a');
  g_autoptr (RegieAnalysis) analysis = regie_analyze (long_text, -1);
  g_autoptr (RegieAnalysis) empty = regie_analyze ("", 0);

  g_assert_true (regie_analysis_is_truncated (analysis));
  g_assert_false (regie_analysis_is_truncated (empty));
  g_assert_cmpint (regie_analysis_get_language (empty), ==, REGIE_LANGUAGE_UND);
  g_assert_cmpuint (regie_analysis_get_n_evidence (empty), ==, 0);
}

static gpointer
analyze_often (gpointer text)
{
  for (guint i = 0; i < 200; i++)
    {
      g_autoptr (RegieAnalysis) analysis = regie_analyze (text, -1);

      g_assert_cmpint (regie_analysis_get_category (analysis), ==, REGIE_CATEGORY_COMPLAINT);
    }
  return NULL;
}

static void
test_threads (void)
{
  GThread *threads[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] =
        g_thread_new ("analyze", analyze_often,
                      (gpointer) "C'est inadmissible, personne ne répond, je veux un remboursement.");
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

static void
test_answer (void)
{
  g_autoptr (RegieAnalysis) analysis = regie_analyze (
      "J'attends mon colis depuis trois semaines et personne ne répond. C'est inadmissible !", -1);
  RegieAnswerStyle style = { .name = "Anna", .role = "support", .tone = "formal" };
  g_autoptr (JsonArray) evidence = NULL;
  g_autofree char *answer = regie_answer_compose (analysis, &style, &evidence);
  g_autofree char *english = NULL;

  g_assert_nonnull (strstr (answer, "Madame, Monsieur,"));
  g_assert_nonnull (strstr (answer, "« inadmissible »"));
  g_assert_nonnull (strstr (answer, "numéro de commande"));
  g_assert_nonnull (strstr (answer, "pour vous joindre"));
  g_assert_true (g_str_has_suffix (answer, "Anna, support"));
  g_assert_cmpuint (json_array_get_length (evidence), >=, 2);
  style.language = "en";
  style.signature = "The team at Autodin";
  english = regie_answer_compose (analysis, &style, NULL);
  g_assert_nonnull (strstr (english, "Dear Sir or Madam,"));
  g_assert_true (g_str_has_suffix (english, "The team at Autodin"));
}

/* Each tone in each language fills every phrase. */
static void
test_answer_phrases (void)
{
  static const char *const tones[] = { "formal", "friendly", "casual", "professional", "unheard of" };
  static const char *const messages[] = { "Fuite de gaz dans le hall, envoyez quelqu'un immédiatement !",
                                          "How much for ten licences?",
                                          "Thank you so much, it was perfect!",
                                          "Quels sont vos horaires le lundi ?",
                                          "Je n'arrive plus à me connecter, aidez-moi svp.",
                                          "You charged me twice, this is unacceptable.",
                                          "ok",
                                          "Rien d'urgent : pourriez-vous corriger mon adresse ?",
                                          "" };

  for (guint t = 0; t < G_N_ELEMENTS (tones); t++)
    for (guint m = 0; m < G_N_ELEMENTS (messages); m++)
      for (guint l = 0; l < 2; l++)
        {
          g_autoptr (RegieAnalysis) analysis = regie_analyze (messages[m], -1);
          RegieAnswerStyle style = { .name = "Cash", .tone = tones[t], .language = l == 0 ? "fr" : "en" };
          g_autofree char *answer = regie_answer_compose (analysis, &style, NULL);

          g_assert_null (strchr (answer, '{'));
          g_assert_null (strstr (answer, "(null)"));
          g_assert_true (g_str_has_suffix (answer, "Cash"));
        }
}

static void
test_json (void)
{
  g_autoptr (RegieAnalysis) analysis =
      regie_analyze ("Urgent : remboursez les 45 € de la commande 458712 du 12 mars.", -1);
  g_autoptr (JsonNode) node = regie_analysis_to_json (analysis);
  JsonObject *root = json_node_get_object (node),
             *entities = json_object_get_object_member (root, "entities");
  JsonObject *urgency = json_object_get_object_member (root, "urgency"), *amount, *word;

  g_assert_cmpstr (json_object_get_string_member (urgency, "value"), ==, "high");
  word = json_array_get_object_element (json_object_get_array_member (urgency, "evidence"), 0);
  g_assert_cmpstr (json_object_get_string_member (word, "text"), ==, "Urgent");
  g_assert_cmpstr (json_object_get_string_member (word, "rule"), ==, "urgency.high.urgent");
  g_assert_cmpint (json_object_get_int_member (word, "start"), ==, 0);
  g_assert_cmpint (json_object_get_int_member (word, "end"), ==, 6);
  amount = json_array_get_object_element (json_object_get_array_member (entities, "amounts"), 0);
  g_assert_cmpint (json_object_get_int_member (amount, "micros"), ==, 45000000);
  g_assert_cmpstr (json_object_get_string_member (amount, "currency"), ==, "EUR");
  g_assert_cmpint (json_object_get_int_member (amount, "end"), ==,
                   json_object_get_int_member (amount, "end_char") + 2);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/analyze/negation", test_negation);
  g_test_add_func ("/analyze/styles", test_styles);
  g_test_add_func ("/analyze/entities", test_entities);
  g_test_add_func ("/analyze/bant", test_bant);
  g_test_add_func ("/analyze/qualification", test_qualification);
  g_test_add_func ("/analyze/random-bytes", test_random_bytes);
  g_test_add_func ("/analyze/linear", test_linear);
  g_test_add_func ("/analyze/largest", test_largest);
  g_test_add_func ("/analyze/truncation", test_truncation);
  g_test_add_func ("/analyze/threads", test_threads);
  g_test_add_func ("/analyze/answer", test_answer);
  g_test_add_func ("/analyze/answer-phrases", test_answer_phrases);
  g_test_add_func ("/analyze/json", test_json);
  return g_test_run ();
}
