/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Understands a customer's message, in French or English, by rule tables (rules/README says how to add one).
 * No state, no input or output, no randomness: the same bytes give the same answer. Everything here may be
 * called from any thread; a RegieAnalysis never changes once made. */

typedef enum
{
  REGIE_LANGUAGE_UND, /* another language, or too little to tell */
  REGIE_LANGUAGE_FR,
  REGIE_LANGUAGE_EN
} RegieLanguage;

typedef enum
{
  REGIE_URGENCY_LOW,     /* no action expected, or the writer is in no hurry */
  REGIE_URGENCY_NORMAL,  /* no time cue */
  REGIE_URGENCY_HIGH,    /* pressed: hours or a few days */
  REGIE_URGENCY_CRITICAL /* an emergency: danger, or a business at a standstill */
} RegieUrgency;

typedef enum
{
  REGIE_CATEGORY_SUPPORT,
  REGIE_CATEGORY_SALES,
  REGIE_CATEGORY_COMPLAINT,
  REGIE_CATEGORY_INFORMATION,
  REGIE_CATEGORY_GENERAL
} RegieCategory;

#define REGIE_N_CATEGORIES 5

typedef enum
{
  REGIE_SENTIMENT_NEGATIVE,
  REGIE_SENTIMENT_NEUTRAL,
  REGIE_SENTIMENT_POSITIVE
} RegieSentiment;

typedef enum
{
  REGIE_ENTITY_EMAIL,
  REGIE_ENTITY_PHONE,
  REGIE_ENTITY_DATE,
  REGIE_ENTITY_AMOUNT,
  REGIE_ENTITY_ORDER
} RegieEntityKind;

#define REGIE_N_ENTITY_KINDS 5

/* The four questions of a sales qualification, each answered by a step 0..3: contract "QWANYX" §14.
 *   budget     unknown, implied, discussed, confirmed
 *   authority  unknown, influencer, decision_maker, champion
 *   need       curious, problem_aware, actively_solving, urgent
 *   timeline   someday, this_year, this_quarter, this_month */
typedef struct
{
  guint budget;
  guint authority;
  guint need;
  guint timeline;
} RegieBant;

/* Where in the message something stands. Bytes count in the text as it was given, invalid bytes included;
 * characters count each invalid byte as one. End is exclusive. */
typedef struct
{
  gsize start_byte;
  gsize end_byte;
  gsize start_char;
  gsize end_char;
} RegieSpan;

typedef struct
{
  RegieEntityKind kind;
  RegieSpan span;
  const char *text;     /* the exact words, invalid bytes replaced by U+FFFD */
  const char *value;    /* e-mail: lower case; phone: +E.164 where the country is known, else digits; date:
                         * YYYY-MM-DD, or --MM-DD without a year; amount: ISO code and figure ("EUR 89.90");
                         * order: as    written */
  gint64 micros;        /* amount only: millionths of the currency's unit */
  const char *currency; /* amount only: ISO 4217, else NULL */
  gboolean ambiguous;   /* date only: day and month could be the other way round */
  const char *rule;     /* id of the rule that found it */
} RegieEntity;

/* The words that led to a value, and the rule that they matched. */
typedef struct
{
  const char *field; /* "urgency", "category", "sentiment", "budget", "authority", "need", "timeline" */
  const char *value; /* what these words speak for, e.g. "high" */
  const char *rule;
  const char *text;
  RegieSpan span;
  double weight;    /* what it added; negative when it spoke against */
  gboolean negated; /* the words stand under a negation */
} RegieEvidence;

typedef struct _RegieAnalysis RegieAnalysis;

/* Texts longer than this are analysed up to here (regie_analysis_is_truncated()). */
#define REGIE_ANALYZE_MAX_BYTES (1024 * 1024)

/* Analyses LEN bytes of TEXT (-1: NUL-terminated) in time proportional to them. Any bytes are taken: what is
 * not UTF-8, and NUL, count as U+FFFD. Never NULL; free with regie_analysis_free(). */
RegieAnalysis *regie_analyze (const char *text, gssize len);

void regie_analysis_free (RegieAnalysis *analysis);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RegieAnalysis, regie_analysis_free)

gboolean regie_analysis_is_truncated (RegieAnalysis *analysis);
RegieLanguage regie_analysis_get_language (RegieAnalysis *analysis);
double regie_analysis_get_language_confidence (RegieAnalysis *analysis); /* 0..1 */
RegieUrgency regie_analysis_get_urgency (RegieAnalysis *analysis);
RegieCategory regie_analysis_get_category (RegieAnalysis *analysis);
RegieSentiment regie_analysis_get_sentiment (RegieAnalysis *analysis);
double regie_analysis_get_sentiment_strength (RegieAnalysis *analysis); /* 0..1; 0 for no feeling at all */
const RegieBant *regie_analysis_get_bant (RegieAnalysis *analysis);
double regie_analysis_get_readiness (RegieAnalysis *analysis); /* 0..100, no penalty applied */

/* What was found, in the order of the text. Borrowed from ANALYSIS. */
guint regie_analysis_get_n_entities (RegieAnalysis *analysis);
const RegieEntity *regie_analysis_get_entity (RegieAnalysis *analysis, guint index);
guint regie_analysis_get_n_evidence (RegieAnalysis *analysis);
const RegieEvidence *regie_analysis_get_evidence (RegieAnalysis *analysis, guint index);

/* The result of an analyse task:
 *   language {value, confidence}; urgency, category {value, rule, evidence[]};
 *   sentiment {value, strength, rule, evidence[]}; entities {emails, phones, dates, amounts, orders}: arrays
 * of {text, value, start, end, start_char, end_char, rule} (amounts also micros, currency; dates also
 * ambiguous); bant {budget, authority, need, timeline, evidence[]}; readiness, stage, handoff_ready,
 * next_action; truncated. An evidence is {field, value, text, start, end, start_char, end_char, rule, weight,
 * negated}. New node, owned by the caller. */
JsonNode *regie_analysis_to_json (RegieAnalysis *analysis);

/* Readiness 0..100 by contract "QWANYX" §14: budget ·.25 + authority ·.25 + need ·.30 + timeline ·.20 with
 * the steps 0, .33, .66, 1; then −10 % for one question that the customer avoided, −30 % for two or more, and
 * −50 % for a demonstration given before the need was validated. A single message shows none of the three;
 * who follows a whole conversation passes them. */
double regie_bant_readiness (const RegieBant *bant, guint avoided_questions, gboolean demo_unvalidated);

/* "COLD" under 20, "WARMING" under 40, "WARM" under 60, "HOT" under 70, else "QUALIFIED". Static. */
const char *regie_readiness_to_stage (double readiness);

/* The names used in JSON. Static. */
const char *regie_language_to_string (RegieLanguage language);
const char *regie_urgency_to_string (RegieUrgency urgency);
const char *regie_category_to_string (RegieCategory category);
const char *regie_sentiment_to_string (RegieSentiment sentiment);
const char *regie_entity_kind_to_string (RegieEntityKind kind); /* plural, as the JSON member */
const char *regie_bant_step_to_string (const char *question, guint step);

/* How a Digital Human answers: its settings. Any member may be NULL. */
typedef struct
{
  const char *name;
  const char *role;      /* free text or support, commercial, assistant, rh, info, custom */
  const char *language;  /* "fr", "en"; NULL or anything else: the message's, else English */
  const char *tone;      /* "formal", "friendly", "casual", "professional" (the default) */
  const char *signature; /* put at the end as it stands; without one: name and role */
} RegieAnswerStyle;

/* Answers the message by the same rules: says what was understood and quotes the words, says what happens
 * next, asks for what is missing. Promises nothing that a rule cannot know. Plain text, new string.
 * EVIDENCE_OUT (optional) receives a new array of the evidence objects quoted. */
char *regie_answer_compose (RegieAnalysis *analysis, const RegieAnswerStyle *style, JsonArray **evidence_out);

G_END_DECLS
