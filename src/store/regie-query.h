/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-kinds.h"

G_BEGIN_DECLS

/* Which records of a kind, in which order. A plain value: build it, give it to a list. Its JSON form is what
 * a saved view stores. */

typedef enum
{
  REGIE_OP_EQ,
  REGIE_OP_NE,
  REGIE_OP_LT,
  REGIE_OP_LE,
  REGIE_OP_GT,
  REGIE_OP_GE,
  REGIE_OP_IN /* values with commas between */
} RegieOp;

typedef struct _RegieQuery RegieQuery;

RegieQuery *regie_query_new (const RegieKind *kind);
RegieQuery *regie_query_copy (const RegieQuery *self);
void regie_query_free (RegieQuery *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RegieQuery, regie_query_free)

const RegieKind *regie_query_get_kind (const RegieQuery *self);

/* Adds a condition; all must hold. FIELD is an indexed field, or "connection", "key", "remote_id", "pending".
 * VALUE is text; numbers and times are written in digits (times: µs), booleans "1" or "0". */
void regie_query_where (RegieQuery *self, const char *field, RegieOp op, const char *value);

/* Words to be found, the last one as a prefix; NULL or "" none. */
void regie_query_search (RegieQuery *self, const char *words);

/* FIELD is an indexed field, "connection" or "key"; NULL: the order of making. */
void regie_query_sort (RegieQuery *self, const char *field, gboolean descending);

const char *regie_query_get_words (const RegieQuery *self);
const char *regie_query_get_sort (const RegieQuery *self, gboolean *descending);

/* {"kind", "where": [[field, op, value]…], "words", "sort"}; from_json refuses unknown kinds, fields and
 * operators (INVALID). */
JsonObject *regie_query_to_json (const RegieQuery *self);
RegieQuery *regie_query_from_json (JsonObject *json, GError **error);

gboolean regie_query_equal (const RegieQuery *a, const RegieQuery *b);

/* The statement that gives the rowids in order, and the values to bind (text), for the store and its tests.
 */
char *regie_query_build_sql (const RegieQuery *self, GPtrArray *values);

G_END_DECLS
