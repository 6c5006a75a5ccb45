/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-query.h"

G_BEGIN_DECLS

typedef struct
{
  char *field;
  RegieOp op;
  char *value;
} RegieCondition;

struct _RegieQuery
{
  const RegieKind *kind;
  GPtrArray *conditions; /* RegieCondition */
  char *words;
  char *sort;
  gboolean descending;
};

/* The column of a field, transfer full. */
char *regie_query_column (const RegieKind *kind, const char *name);

/* VALUE as the column holds it; NULL for "no value". Transfer full. */
char *regie_query_column_value (const RegieKind *kind, const char *name, const char *value);

/* "column op ?" behind SQL, what to bind behind VALUES. */
void regie_query_append_condition (const RegieQuery *self,
                                   const RegieCondition *condition,
                                   GString *sql,
                                   GPtrArray *values);

/* The MATCH expression of full text for the words, NULL when there is no word in them. Transfer full. */
char *regie_query_build_match (const char *words);

/* One-line text is kept folded in its column, so that "é" sorts beside "e" and case does not count. */
static inline gboolean
regie_field_is_folded (const RegieField *field)
{
  return field->type == REGIE_FIELD_TEXT || field->type == REGIE_FIELD_EMAIL ||
         field->type == REGIE_FIELD_MULTILINE;
}

G_END_DECLS
