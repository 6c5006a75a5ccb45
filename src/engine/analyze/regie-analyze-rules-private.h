/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-analyze-private.h"

G_BEGIN_DECLS

/* The patterns of all rules as one automaton over tokens. An edge is a symbol: an exact word, a word's
 * beginning, a group of such alternatives, the start of a sentence, or a gap of up to N tokens. */

#define SYMBOL_START  1u /* start of a sentence, consumes nothing */
#define SYMBOL_GAP    2u /* + n: up to n tokens in between */
#define MAX_GAP       9u
#define SYMBOL_NUMBER 12u /* {num} */
#define SYMBOL_TIME   13u /* {time} */
#define SYMBOL_UPPER  14u /* {upper} */
#define FIRST_WORD    16u

typedef struct
{
  guint32 symbol;
  guint32 node;
  gboolean
      joins; /* leads into a group's node from an alternative of several words; never followed when adding */
} Edge;

typedef struct
{
  guint16 rule;
  guint8 lang;
} Accept;

typedef struct
{
  GArray *edges;     /* of Edge, sorted once all rules are in */
  GArray *accepts;   /* of Accept, or NULL */
  guint gaps;        /* bit n: there is an edge SYMBOL_GAP + n */
  guint64 signature; /* bit symbol % 64 of each edge: most tokens are refused by it */
} Node;

struct _RuleSet
{
  GPtrArray *rules;       /* of Rule */
  GArray *nodes;          /* of Node; 0 is the root */
  GHashTable *exact;      /* word → symbol */
  GHashTable *stems;      /* beginning → symbol */
  GHashTable *groups;     /* "(a|b*)" → symbol */
  GHashTable *member_of;  /* symbol of a word or beginning → GArray of the groups' symbols */
  GArray *symbol_lang;    /* guint8 by symbol: languages whose rules use it */
  GHashTable *lists;      /* list name → GHashTable of word → double * */
  GHashTable *expansions; /* "fr:bjr" → "bonjour" */
  GHashTable *deletions;  /* a word with one letter taken out → GPtrArray of the words (for typing errors) */
};

/* Reads one table, regie-analyze-load.c. A line that does not parse is reported with its number as a
 * critical. */
void rules_load_table (RuleSet *rules, const char *name, const char *table);

/* Adds PATTERN for the rules at index FIRST .. FIRST + COUNT - 1. FALSE: does not parse. */
gboolean rules_add_pattern (RuleSet *rules, const char *pattern, guint first, guint count, guint lang);

/* The edges of NODE with that symbol; there may be several. */
const Edge *rules_edges (const RuleSet *rules, guint32 node, guint32 symbol, guint *n_edges);

static inline guint64
symbol_bit (guint32 symbol)
{
  return G_GUINT64_CONSTANT (1) << (symbol % 64);
}

/* Calls EACH for WORD with each of its letters taken out once, and for WORD itself. */
void rules_each_deletion (const char *word,
                          gsize len,
                          void (*each) (const char *key, gpointer data),
                          gpointer data);

G_END_DECLS
