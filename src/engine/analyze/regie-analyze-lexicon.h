/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-analyze-private.h"

G_BEGIN_DECLS

/* Three generated tables (rules/README says how they are learnt). The lexicon holds for each word what it
 * speaks for; it knows of cases that no rule was written for. The voices say how much weight each sum of the
 * rules, each value they come to, and the lexicon have for the value that is decided; the third, which of the
 * values go together: hardly a complaint without a feeling. */

typedef enum
{
  LEXICON_URGENCY,
  LEXICON_CATEGORY,
  LEXICON_SENTIMENT,
  N_LEXICON_FIELDS
} LexiconField;

#define N_CLASSES 12 /* 4 urgencies, 5 categories, 3 sentiments */

/* "urgency.low" and so on, in the order of the tables' columns. */
extern const char *const lexicon_classes[N_CLASSES];

/* The voices: N_SUMS sums of rules, each also as "at least 1" and "at least 2"; the five categories weighed
 * against each other; the twelve values, 1 for those that the rules came to; then what the lexicon finds for
 * the field in question. */
#define N_SUMS        16
#define VOICE_WEIGHED (3 * N_SUMS)
#define VOICE_RULES   (VOICE_WEIGHED + 5)
#define VOICE_WORDS   (VOICE_RULES + N_CLASSES)
#define N_VOICES      (VOICE_WORDS + 5)

typedef struct _Lexicon Lexicon;
typedef struct _Reading Reading;

/* The tables, made once. */
const Lexicon *lexicon_get (void);

/* The name of that voice in the table. */
void lexicon_voice_name (guint voice, char name[32]);

/* What the lexicon finds in the words of TEXT and the rules that matched. */
Reading *lexicon_read (Text *text, GArray *matches);
void reading_free (Reading *reading);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Reading, reading_free)

/* The likeliest urgency, category and sentiment, by all voices and by which values go together. VOICES has
 * N_VOICES, those from VOICE_WORDS on are filled here; DECIDED takes N_LEXICON_FIELDS values. Returns the
 * chance of that sentiment. */
double reading_decide (Reading *reading, double *voices, guint *decided);

/* Keeps the words that speak most for that value of FIELD as evidence. */
void reading_prove (Reading *reading, RegieAnalysis *analysis, Text *text, LexiconField field, guint class);

/* The id that says that the words of the lexicon decided for that value. Static. */
const char *lexicon_rule_id (LexiconField field, guint class);

/* For learning: all keys of TEXT, separated by spaces. */
void lexicon_list_keys (Text *text, GArray *matches, GString *keys);

G_END_DECLS
