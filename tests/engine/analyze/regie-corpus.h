/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-analyze.h"

G_BEGIN_DECLS

/* Measures the analyser against a labelled corpus: one JSON object a line, with id, text, language, urgency,
 * category, sentiment, and entities {emails, phones, dates, amounts, orders} as exact parts of the text. */

#define CORPUS_MAX_CLASSES 6

typedef struct
{
  const char *name;
  const char *const *classes;
  guint n_classes;
  guint counts[CORPUS_MAX_CLASSES][CORPUS_MAX_CLASSES]; /* labelled × found */
} Confusion;

typedef struct
{
  guint n_messages;
  Confusion language, urgency, category, sentiment;
  guint hits[REGIE_N_ENTITY_KINDS];
  guint missed[REGIE_N_ENTITY_KINDS];
  guint invented[REGIE_N_ENTITY_KINDS];
} CorpusResult;

/* Reads PATH and analyses every message. With ERRORS each wrong value is printed. The test fails on a line
 * that does not parse or has a label that is none. */
void corpus_measure (const char *path, gboolean errors, CorpusResult *result);

/* The table of one field, labelled classes down, found across. */
void corpus_print_confusion (const Confusion *confusion);

/* The mean F1 over the classes that occur. */
double corpus_macro_f1 (const Confusion *confusion);

/* Prints hits and misses of each kind; the mean F1 over the kinds that occur. */
double corpus_entity_f1 (const CorpusResult *result);

/* Prints three lines for each message: its labels, its keys, its voices (what rules/learn.py learns from). */
void corpus_print_features (const char *path);

G_END_DECLS
