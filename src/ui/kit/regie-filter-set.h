/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-query.h"

G_BEGIN_DECLS

/* What the user filters a table by: for each enum, ref or bool field the values that may be. A plain value;
 * booleans are "1" and "0", refs ids. */
typedef struct
{
  const RegieField *field;
  GPtrArray *values; /* of char *, never empty */
} RegieFilter;

typedef struct
{
  const RegieKind *kind;
  GPtrArray *filters; /* of RegieFilter *, in the order they were made */
} RegieFilterSet;

RegieFilterSet *regie_filter_set_new (const RegieKind *kind);
void regie_filter_set_free (RegieFilterSet *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RegieFilterSet, regie_filter_set_free)

/* Whether a field can be filtered by: enum, ref or bool, sorted by the database, not hidden. */
gboolean regie_filter_is_possible (const RegieField *field);

/* FALSE when nothing changes. VALUES NULL or empty: none. */
gboolean regie_filter_set_put (RegieFilterSet *self, const RegieField *field, const char *const *values);
gboolean
regie_filter_set_toggle (RegieFilterSet *self, const RegieField *field, const char *value, gboolean on);
gboolean regie_filter_set_has (RegieFilterSet *self, const RegieField *field, const char *value);
gboolean regie_filter_set_clear (RegieFilterSet *self);

const RegieFilter *regie_filter_set_find (RegieFilterSet *self, const RegieField *field);

/* Adds the conditions to QUERY, and reads them back out of one; what is no filter of the user's is left. */
void regie_filter_set_apply (RegieFilterSet *self, RegieQuery *query);
void regie_filter_set_read (RegieFilterSet *self, const RegieQuery *query);

/* Whether QUERY has a condition on this field. */
gboolean regie_query_has_condition (const RegieQuery *query, const char *field);

G_END_DECLS
