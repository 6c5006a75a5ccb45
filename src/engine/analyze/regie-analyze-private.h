/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-analyze.h"

G_BEGIN_DECLS

/* Which language's rules may see a token: bits. */
#define REGIE_LANG_FR    1u
#define REGIE_LANG_EN    2u
#define REGIE_LANG_OTHER 4u
#define REGIE_LANG_ANY   7u

/* --- the text: regie-analyze-text.c --- */

/* One byte per character of the message, for the scanners: lower-case ASCII without accents, the plain form
 * of quotes, dashes and spaces, and these for the rest. */
enum
{
  FOLD_EURO = 0x80,
  FOLD_POUND,
  FOLD_YEN,
  FOLD_DEGREE, /* ° and º, as in "n°" */
  FOLD_LETTER, /* a letter outside the Latin alphabet */
  FOLD_MARK,   /* combining mark or joiner: part of the character before it */
  FOLD_SYMBOL, /* emoji and other symbols */
  FOLD_OTHER   /* control characters, invalid bytes */
};

typedef enum
{
  TOKEN_SENTENCE = 1 << 0, /* starts a sentence */
  TOKEN_CLAUSE = 1 << 1,   /* a comma or the like stands before it */
  TOKEN_UPPER = 1 << 2,    /* two or more letters, all capitals */
  TOKEN_NUMBER = 1 << 3,   /* digits only */
  TOKEN_ACCENT = 1 << 4,   /* had a French accent */
  TOKEN_SYMBOL = 1 << 5,   /* emoji, smiley, placeholder, punctuation that counts */
  TOKEN_LINE = 1 << 6,     /* first of a line */
  TOKEN_PART = 1 << 7      /* glued to the token before it: apostrophe, hyphen */
} TokenFlags;

typedef struct
{
  const char *norm; /* lower case, no accents; in the text's arena */
  guint start;      /* characters */
  guint end;
  guint16 flags;
  guint8 lang;     /* REGIE_LANG_ bits of its sentence */
  guint8 question; /* its sentence ends with a question mark */
} Token;

typedef struct
{
  const char *bytes; /* borrowed */
  gsize n_bytes;
  gboolean truncated;
  guint n_chars;
  gunichar *chars;
  guint32 *offsets; /* n_chars + 1 byte offsets */
  guint8 *fold;     /* zero from n_chars on, with some room */
  GStringChunk *arena;
  GArray *tokens; /* of Token */
  guint n_exclamations;
  guint n_letters;
  guint n_capitals;
} Text;

Text *text_new (const char *bytes, gsize len);
void text_free (Text *text);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Text, text_free)

/* Cuts the text into tokens; the characters of an entity become one placeholder token ("{date}" …). ENTITIES
 * are sorted and do not overlap. */
void text_tokenize (Text *text, GArray *entities);

/* One word as the tokeniser would see it: NULL-terminated array of the tokens in PATTERN's literal. */
char **text_normalize_words (const char *literal);

/* The exact words, valid UTF-8; new string. */
char *text_slice (Text *text, guint start, guint end);
RegieSpan text_span (Text *text, guint start, guint end);

gboolean fold_is_alnum (guint8 c);

static inline gboolean
fold_is_digit (guint8 c)
{
  return c >= '0' && c <= '9';
}

static inline gboolean
fold_is_alpha (guint8 c)
{
  return (c >= 'a' && c <= 'z') || c == FOLD_LETTER;
}

/* --- entities: regie-analyze-entities.c, -dates.c, -amounts.c, -references.c --- */

typedef struct
{
  RegieEntityKind kind;
  guint start; /* characters */
  guint end;
  char *value;
  gint64 micros;
  char currency[4];
  gboolean ambiguous;
  gboolean hidden; /* an address or number that is masked from the words but is none of the five kinds */
  const char *rule;
} FoundEntity;

/* All entities of the text, sorted, without overlap. Of FoundEntity; clears its values. */
GArray *entities_find (Text *text, RegieLanguage language);

/* Each scanner looks at one position and returns the end of what it found there, or 0. FOUND is filled. */
guint scan_date (Text *text, guint at, RegieLanguage language, FoundEntity *found);
guint scan_amount (Text *text, guint at, FoundEntity *found);
guint scan_phone (Text *text, guint at, RegieLanguage language, FoundEntity *found);

/* References need the words before them: they are searched from each word that announces one. */
void scan_references (Text *text, GArray *found);

/* True when the letters at AT are exactly WORD and no letter or digit touches them on the right; LEFT also
 * looks at the character before. */
gboolean text_word_at (Text *text, guint at, const char *word);
guint text_skip_spaces (Text *text, guint at);

/* A number as people write it: "1 250,00", "1,250.00", "1.250", "89.9". Returns its end, 0 for none. */
guint scan_number (Text *text, guint at, gint64 *micros);

/* --- rules: regie-analyze-rules.c (loading), -match.c --- */

typedef enum
{
  FIELD_MASK,
  FIELD_URGENCY,
  FIELD_CATEGORY,
  FIELD_SENTIMENT,
  FIELD_REQUEST,
  FIELD_BUDGET,
  FIELD_AUTHORITY,
  FIELD_NEED,
  FIELD_TIMELINE,
  N_FIELDS
} RuleField;

typedef struct
{
  guint index; /* in the order of the tables */
  char *id;
  RuleField field;
  char *value;
  int code; /* the value as the field's own enumeration */
  double weight;
  gboolean verb;      /* French negation closes after it: "je ne recommande pas" */
  gboolean no_negate; /* counts whether negated or not */
  gboolean question;  /* only in a question */
  gboolean quiet;     /* counts little when the writer asks for something */
  guint mask;         /* FIELD_MASK: bit set of the fields it hides from */
} Rule;

typedef struct
{
  const Rule *rule;
  guint start; /* tokens */
  guint end;
  gboolean negated;
} Match;

typedef struct _RuleSet RuleSet;

/* The compiled tables, made once. */
const RuleSet *rules_get (void);

/* One of the tables as it stands in the program; new string. */
char *rules_resource (const char *name);

/* Members of a word list ("@words NAME lang …"). */
gboolean rules_word_in (const RuleSet *rules, const char *list, const char *word);
double rules_word_weight (const RuleSet *rules, const char *list, const char *word);

/* What a short or misspelt form stands for (words separated by spaces), or NULL. */
const char *rules_expansion (const RuleSet *rules, const char *word, guint lang);

/* True when WORD is one of the words that the rules of that language know. */
gboolean rules_knows_word (const RuleSet *rules, const char *word, guint lang);

/* All matches, overlaps resolved (the longest of a field wins), negation marked; sorted by place. Of Match.
 */
GArray *rules_match (const RuleSet *rules, Text *text);

/* Replaces short forms in the tokens by what they stand for, and repairs typing errors in words near to one
 * the rules know. */
void rules_expand (const RuleSet *rules, Text *text);

/* --- language: regie-analyze-language.c --- */

/* The language of the whole message; CONFIDENCE 0..1. */
RegieLanguage language_detect (const RuleSet *rules, Text *text, double *confidence);

/* Gives each token the language of its sentence: a quoted reply may be in another. */
void language_mark (const RuleSet *rules, Text *text, RegieLanguage message);

/* --- scores: regie-analyze-score.c, -bant.c --- */

struct _RegieAnalysis
{
  gboolean truncated;
  RegieLanguage language;
  double confidence;
  RegieUrgency urgency;
  RegieCategory category;
  RegieSentiment sentiment;
  double strength;
  const char *urgency_rule; /* the rule that decided */
  const char *category_rule;
  const char *sentiment_rule;
  gboolean asks;        /* the writer expects something */
  const char *question; /* their first question, or NULL */
  RegieBant bant;
  GArray *entities; /* of RegieEntity */
  GArray *evidence; /* of RegieEvidence */
  GStringChunk *arena;
};

/* LEARN (optional) receives what the two generated tables are learnt from: a line of keys, a line of voices.
 */
void score_message (RegieAnalysis *analysis, Text *text, GArray *matches, GString *learn);
void score_bant (RegieAnalysis *analysis, Text *text, GArray *matches);

/* Keeps a match as evidence. */
void analysis_add_evidence (RegieAnalysis *analysis,
                            Text *text,
                            const Match *match,
                            const char *field,
                            const char *value,
                            double weight);

/* regie_analyze(), for learning. */
RegieAnalysis *analysis_learn (const char *bytes, gssize len, GString *learn);

JsonObject *evidence_to_json (const RegieEvidence *evidence);

G_END_DECLS
