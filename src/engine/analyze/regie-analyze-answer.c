/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-analyze-private.h"

#include <string.h>

#include "regie-analyze-resources.h"

/* An answer is put together from phrases (rules/answers.ini) and the customer's own words. */

#define MAX_QUOTES 2
#define MAX_QUOTE  90 /* characters */
#define MAX_VALUES 5
#define MAX_NEEDS  4

typedef struct
{
  RegieAnalysis *analysis;
  const char *language;
  const char *tone;
  char *group; /* "fr.formal" */
  GString *text;
  JsonArray *evidence;
} Composer;

static gpointer
phrases_load (gpointer unused)
{
  g_autoptr (GBytes) bytes = g_resource_lookup_data (
      regie_analyze_get_resource (), "/org/regie/analyze/answers.ini", G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  g_autoptr (GError) error = NULL;
  GKeyFile *phrases = g_key_file_new ();

  if (bytes == NULL || !g_key_file_load_from_bytes (phrases, bytes, G_KEY_FILE_NONE, &error))
    g_error ("The phrases of the answers cannot be read: %s",
             error != NULL ? error->message : "not in the program");
  return phrases;
}

static GKeyFile *
phrases_get (void)
{
  static GOnce once = G_ONCE_INIT;

  return g_once (&once, phrases_load, NULL);
}

/* The phrase in this tone, else in this language; NULL when there is none. */
static char *
phrase (Composer *composer, const char *key)
{
  char *value = g_key_file_get_string (phrases_get (), composer->group, key, NULL);

  return value != NULL ? value : g_key_file_get_string (phrases_get (), composer->language, key, NULL);
}

/* The phrase with one {NAME} filled in. */
static char *
fill (Composer *composer, const char *key, const char *name, const char *value)
{
  g_autofree char *template = phrase (composer, key);
  g_autofree char *mark = g_strconcat ("{", name, "}", NULL);
  g_autoptr (GString) filled = g_string_new (template);

  g_string_replace (filled, mark, value, 1);
  return g_string_free (g_steal_pointer (&filled), FALSE);
}

static void
add_line (Composer *composer, const char *line)
{
  g_string_append (composer->text, line);
  g_string_append_c (composer->text, '\n');
}

/* Sentences of one paragraph follow each other. */
static void
add_sentence (Composer *composer, const char *sentence)
{
  gsize len = composer->text->len;

  if (len > 0 && composer->text->str[len - 1] != '\n')
    g_string_append_c (composer->text, ' ');
  g_string_append (composer->text, sentence);
}

static void
say (Composer *composer, const char *key)
{
  g_autofree char *sentence = phrase (composer, key);

  add_sentence (composer, sentence);
}

static void
end_paragraph (Composer *composer)
{
  gsize len = composer->text->len;

  if (len >= 2 && g_str_equal (composer->text->str + len - 2, "\n\n"))
    return;
  g_string_append (composer->text, len > 0 && composer->text->str[len - 1] == '\n' ? "\n" : "\n\n");
}

/* The customer's words on one line, cut at a character. */
static char *
tidy (const char *words)
{
  g_autoptr (GString) tidied = g_string_new (NULL);
  gboolean space = FALSE;
  guint n = 0;

  for (; *words != '\0'; words = g_utf8_next_char (words))
    {
      gunichar c = g_utf8_get_char (words);

      if (g_unichar_isspace (c) || g_unichar_iscntrl (c))
        {
          space = tidied->len > 0;
          continue;
        }
      if (n++ >= MAX_QUOTE)
        {
          g_string_append (tidied, "…");
          break;
        }
      if (space)
        g_string_append_c (tidied, ' ');
      space = FALSE;
      g_string_append_unichar (tidied, c);
    }
  return g_string_free (g_steal_pointer (&tidied), FALSE);
}

static char *
quote (Composer *composer, const char *words)
{
  g_autofree char *tidied = tidy (words);

  return fill (composer, "quote", "text", tidied);
}

/* The same words again, or others that overlap them. */
static gboolean
says_the_same (const RegieEvidence *a, const RegieEvidence *b)
{
  return g_ascii_strcasecmp (a->text, b->text) == 0 ||
         (a->span.start_byte < b->span.end_byte && b->span.start_byte < a->span.end_byte);
}

/* Of equal weight the longer words say more. */
static gboolean
is_stronger (const RegieEvidence *a, const RegieEvidence *b)
{
  double difference = ABS (a->weight) - ABS (b->weight);

  if (ABS (difference) > 0.01)
    return difference > 0;
  return a->span.end_char - a->span.start_char > b->span.end_char - b->span.start_char;
}

/* The strongest evidence of FIELD that was not quoted yet, or NULL. */
static const RegieEvidence *
strongest (RegieAnalysis *analysis, const char *field, GPtrArray *used)
{
  const RegieEvidence *best = NULL;

  for (guint i = 0; i < analysis->evidence->len; i++)
    {
      const RegieEvidence *evidence = &g_array_index (analysis->evidence, RegieEvidence, i);
      gboolean taken = FALSE;

      if (!g_str_equal (evidence->field, field))
        continue;
      for (guint k = 0; k < used->len; k++)
        taken |= says_the_same (g_ptr_array_index (used, k), evidence);
      if (!taken && (best == NULL || is_stronger (evidence, best)))
        best = evidence;
    }
  return best;
}

/* “these words” and “those”: what spoke for the value of FIELD; NULL when nothing did. */
static char *
quotes_for (Composer *composer, const char *field)
{
  g_autoptr (GPtrArray) used = g_ptr_array_new ();
  g_autoptr (GString) joined = g_string_new (NULL);
  g_autofree char *and = phrase (composer, "and");

  while (used->len < MAX_QUOTES)
    {
      const RegieEvidence *evidence = strongest (composer->analysis, field, used);
      g_autofree char *quoted = NULL;

      if (evidence == NULL)
        break;
      quoted = quote (composer, evidence->text);
      if (used->len > 0)
        g_string_append_printf (joined, " %s ", g_strstrip (and));
      g_string_append (joined, quoted);
      g_ptr_array_add (used, (gpointer) evidence);
      json_array_add_object_element (composer->evidence, evidence_to_json (evidence));
    }
  return used->len > 0 ? g_string_free (g_steal_pointer (&joined), FALSE) : NULL;
}

/* KEY with the words that spoke for FIELD, or "KEY.plain" without any. */
static void
say_quoting (Composer *composer, const char *key, const char *field)
{
  g_autofree char *words = quotes_for (composer, field);
  g_autofree char *plain = g_strconcat (key, ".plain", NULL);
  g_autofree char *sentence = words != NULL ? fill (composer, key, "words", words) : phrase (composer, plain);

  if (sentence != NULL)
    add_sentence (composer, sentence);
}

static void
add_opening (Composer *composer)
{
  g_autofree char *greeting = phrase (composer, "greeting");

  add_line (composer, greeting);
  end_paragraph (composer);
  if (composer->analysis->sentiment == REGIE_SENTIMENT_NEGATIVE)
    say_quoting (composer, "open.sorry", "sentiment");
  else if (composer->analysis->sentiment == REGIE_SENTIMENT_POSITIVE)
    say_quoting (composer, "open.pleased", "sentiment");
  else
    say (composer, "open.thanks");
}

static void
add_understood (Composer *composer)
{
  RegieAnalysis *analysis = composer->analysis;
  g_autofree char *category_key =
      g_strconcat ("category.", regie_category_to_string (analysis->category), NULL);
  g_autofree char *category = phrase (composer, category_key);
  g_autofree char *words = quotes_for (composer, "category");
  g_autofree char *template =
      fill (composer, words != NULL ? "understood" : "understood.plain", "category", category);
  g_autoptr (GString) sentence = g_string_new (template);
  g_autofree char *urgency_key = g_strconcat ("urgency.", regie_urgency_to_string (analysis->urgency), NULL);

  if (words != NULL)
    g_string_replace (sentence, "{words}", words, 1);
  add_sentence (composer, sentence->str);
  if (analysis->urgency != REGIE_URGENCY_NORMAL &&
      !g_str_equal (analysis->urgency_rule, "urgency.low.no-action"))
    say_quoting (composer, urgency_key, "urgency");
  if (analysis->question != NULL && analysis->category == REGIE_CATEGORY_INFORMATION)
    {
      g_autofree char *quoted = quote (composer, analysis->question);
      g_autofree char *question = fill (composer, "question", "text", quoted);

      add_sentence (composer, question);
    }
  end_paragraph (composer);
}

static gboolean
has_rule (RegieAnalysis *analysis, const char *prefix)
{
  for (guint i = 0; i < analysis->evidence->len; i++)
    if (g_str_has_prefix (g_array_index (analysis->evidence, RegieEvidence, i).rule, prefix))
      return TRUE;
  return FALSE;
}

static void
add_danger (Composer *composer)
{
  if (composer->analysis->urgency != REGIE_URGENCY_CRITICAL)
    return;
  if (!has_rule (composer->analysis, "urgency.critical.danger") &&
      !has_rule (composer->analysis, "urgency.critical.trapped") &&
      !has_rule (composer->analysis, "urgency.severe.danger") &&
      !has_rule (composer->analysis, "urgency.severe.health"))
    return;
  say (composer, "danger");
  end_paragraph (composer);
}

static guint
count_entities (RegieAnalysis *analysis, RegieEntityKind kind)
{
  guint n = 0;

  for (guint i = 0; i < analysis->entities->len; i++)
    n += g_array_index (analysis->entities, RegieEntity, i).kind == kind;
  return n;
}

/* "- reference: 48213, 48214": each value once. */
static void
add_values (Composer *composer, RegieEntityKind kind)
{
  RegieAnalysis *analysis = composer->analysis;
  g_autoptr (GPtrArray) values = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *label = phrase (composer, regie_entity_kind_to_string (kind));
  g_autofree char *template = fill (composer, "list", "label", label);
  g_autoptr (GString) line = g_string_new ("- ");
  g_autofree char *joined = NULL;

  for (guint i = 0; i < analysis->entities->len && values->len < MAX_VALUES; i++)
    {
      const RegieEntity *entity = &g_array_index (analysis->entities, RegieEntity, i);
      g_autofree char *words = tidy (entity->text);

      if (entity->kind == kind && !g_ptr_array_find_with_equal_func (values, words, g_str_equal, NULL))
        g_ptr_array_add (values, g_steal_pointer (&words));
    }
  g_ptr_array_add (values, NULL);
  joined = g_strjoinv (", ", (char **) values->pdata);
  g_string_append (line, template);
  g_string_replace (line, "{values}", joined, 1);
  add_line (composer, line->str);
}

static void
add_noted (Composer *composer)
{
  static const RegieEntityKind order[] = { REGIE_ENTITY_ORDER, REGIE_ENTITY_DATE, REGIE_ENTITY_AMOUNT,
                                           REGIE_ENTITY_PHONE, REGIE_ENTITY_EMAIL };

  if (composer->analysis->entities->len == 0)
    return;
  say (composer, "noted");
  add_line (composer, "");
  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    if (count_entities (composer->analysis, order[i]) > 0)
      add_values (composer, order[i]);
  end_paragraph (composer);
}

static void
needs_for_sales (RegieAnalysis *analysis, GPtrArray *needs)
{
  if (analysis->bant.need <= 1 && !has_rule (analysis, "category.sales"))
    g_ptr_array_add (needs, (gpointer) "need.what");
  if (analysis->bant.timeline == 0)
    g_ptr_array_add (needs, (gpointer) "need.timeline");
  if (analysis->bant.budget < 2)
    g_ptr_array_add (needs, (gpointer) "need.budget");
  if (analysis->bant.authority == 0)
    g_ptr_array_add (needs, (gpointer) "need.authority");
}

static void
needs_for_trouble (RegieAnalysis *analysis, GPtrArray *needs)
{
  gboolean about_order =
      has_rule (analysis, "category.support.order-tracking") ||
      has_rule (analysis, "category.support.parcel") || has_rule (analysis, "category.support.change") ||
      has_rule (analysis, "category.complaint.damaged") ||
      has_rule (analysis, "category.complaint.waiting") || has_rule (analysis, "category.complaint.refund") ||
      has_rule (analysis, "category.complaint.demand");

  if (count_entities (analysis, REGIE_ENTITY_ORDER) == 0 && about_order)
    g_ptr_array_add (needs, (gpointer) "need.order");
  if (has_rule (analysis, "category.complaint.billing") &&
      (count_entities (analysis, REGIE_ENTITY_AMOUNT) == 0 ||
       count_entities (analysis, REGIE_ENTITY_DATE) == 0))
    g_ptr_array_add (needs, (gpointer) "need.amount");
  if (has_rule (analysis, "category.support.access") && count_entities (analysis, REGIE_ENTITY_EMAIL) == 0)
    g_ptr_array_add (needs, (gpointer) "need.account");
  else if (analysis->category == REGIE_CATEGORY_SUPPORT && has_rule (analysis, "category.support.help") &&
           analysis->evidence->len < 2)
    g_ptr_array_add (needs, (gpointer) "need.detail");
}

static void
add_needs (Composer *composer)
{
  RegieAnalysis *analysis = composer->analysis;
  g_autoptr (GPtrArray) needs = g_ptr_array_new ();
  gboolean reachable =
      count_entities (analysis, REGIE_ENTITY_EMAIL) + count_entities (analysis, REGIE_ENTITY_PHONE) > 0;

  if (analysis->category == REGIE_CATEGORY_SALES)
    needs_for_sales (analysis, needs);
  else if (analysis->category != REGIE_CATEGORY_GENERAL)
    needs_for_trouble (analysis, needs);
  if (!reachable && analysis->asks && analysis->category != REGIE_CATEGORY_INFORMATION)
    g_ptr_array_add (needs, (gpointer) "need.contact");
  if (needs->len == 0)
    return;
  if (needs->len == 1)
    {
      g_autofree char *item = phrase (composer, g_ptr_array_index (needs, 0));
      g_autofree char *sentence = fill (composer, "need.one", "items", item);

      add_sentence (composer, sentence);
    }
  else
    {
      say (composer, "need.many");
      add_line (composer, "");
      for (guint i = 0; i < MIN (needs->len, MAX_NEEDS); i++)
        {
          g_autofree char *item = phrase (composer, g_ptr_array_index (needs, i));
          g_autofree char *line = g_strconcat ("- ", item, NULL);

          add_line (composer, line);
        }
    }
  end_paragraph (composer);
}

static gboolean
is_set (const char *text)
{
  return text != NULL && *text != '\0';
}

static void
add_signature (Composer *composer, const RegieAnswerStyle *style)
{
  g_autofree char *close = phrase (composer, "close");
  g_autofree char *role_key = NULL;
  g_autofree char *role = NULL;

  add_line (composer, close);
  if (is_set (style->signature))
    {
      g_string_append (composer->text, style->signature);
      return;
    }
  if (is_set (style->role))
    {
      role_key = g_strconcat ("role.", style->role, NULL);
      role = phrase (composer, role_key);
    }
  if (is_set (style->name))
    g_string_append (composer->text, style->name);
  if (is_set (style->role) && !g_str_equal (style->role, "custom"))
    g_string_append_printf (composer->text, "%s%s", is_set (style->name) ? ", " : "",
                            role != NULL ? role : style->role);
}

static const char *
answer_language (RegieAnalysis *analysis, const RegieAnswerStyle *style)
{
  if (style->language != NULL && g_ascii_strncasecmp (style->language, "fr", 2) == 0)
    return "fr";
  if (style->language != NULL && g_ascii_strncasecmp (style->language, "en", 2) == 0)
    return "en";
  return analysis->language == REGIE_LANGUAGE_FR ? "fr" : "en";
}

char *
regie_answer_compose (RegieAnalysis *analysis, const RegieAnswerStyle *style, JsonArray **evidence_out)
{
  static const RegieAnswerStyle plain = { NULL };
  g_autoptr (JsonArray) evidence = json_array_new ();
  Composer composer = { .analysis = analysis, .evidence = evidence };
  g_autofree char *next_key = g_strconcat ("next.", regie_category_to_string (analysis->category), NULL);

  if (style == NULL)
    style = &plain;
  composer.language = answer_language (analysis, style);
  composer.tone = is_set (style->tone) ? style->tone : "professional";
  composer.group = g_strconcat (composer.language, ".", composer.tone, NULL);
  composer.text = g_string_new (NULL);
  add_opening (&composer);
  if (analysis->category != REGIE_CATEGORY_GENERAL || analysis->asks)
    add_understood (&composer);
  else
    end_paragraph (&composer);
  add_danger (&composer);
  add_noted (&composer);
  say (&composer, analysis->category == REGIE_CATEGORY_GENERAL && analysis->asks ? "next.support" : next_key);
  end_paragraph (&composer);
  add_needs (&composer);
  add_signature (&composer, style);
  g_free (composer.group);
  if (evidence_out != NULL)
    *evidence_out = json_array_ref (evidence);
  return g_string_free (composer.text, FALSE);
}
