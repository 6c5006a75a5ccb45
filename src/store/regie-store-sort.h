/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-query-private.h"
#include "regie-store-private.h"

G_BEGIN_DECLS

/* Single rows of a query, on a reader thread. */

/* What a row is sorted by, and its number, which decides between equals. */
typedef struct
{
  guint32 row;
  int type; /* of SQLite */
  double number;
  gint64 whole;
  char *text;
} RegieSortKey;

void regie_sort_key_clear (RegieSortKey *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RegieSortKey, regie_sort_key_clear)

/* Ascending, as an index has it: nothing, numbers, text. */
int regie_sort_key_compare (const RegieSortKey *a, const RegieSortKey *b);

typedef struct _RegieSortKeys RegieSortKeys;
RegieSortKeys *regie_sort_keys_new (sqlite3 *db, const RegieQuery *query, GError **error);
void regie_sort_keys_free (RegieSortKeys *self);
/* A row that is not there has the key of nothing. */
gboolean regie_sort_keys_read (RegieSortKeys *self, guint32 row, RegieSortKey *key, GError **error);

/* Whether a row is there and meets conditions and words. */
typedef struct _RegieRowTest RegieRowTest;
RegieRowTest *regie_row_test_new (sqlite3 *db, const RegieQuery *query, gboolean with_words, GError **error);
void regie_row_test_free (RegieRowTest *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RegieRowTest, regie_row_test_free)
/* 1 it does, 0 not, -1 with ERROR. */
int regie_row_test_try (RegieRowTest *self, guint32 row, GError **error);

/* "SELECT rowid FROM table WHERE HEAD AND conditions"; their values bound from parameter FIRST on. */
sqlite3_stmt *regie_store_prepare_conditions (sqlite3 *db,
                                              const RegieQuery *query,
                                              const char *head,
                                              int first,
                                              GError **error);

G_END_DECLS
