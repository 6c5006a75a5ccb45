/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "db/regie-db.h"

G_BEGIN_DECLS

/* A folder of its own for one test, removed with all that is in it. */
char *db_test_make_folder (void);
void db_test_remove_folder (const char *folder);

/* version 1: note (id, text UNIQUE); version 2 adds note.rank; version 3 adds tag, which refers to note. */
extern const RegieDbSchema db_test_schema;
/* The same with only its first N steps, as an older program has it. */
RegieDbSchema db_test_schema_until (guint n);

/* Iterates the main context until FUTURE settles (30 s at most); consumes it. TRUE when it resolved. */
gboolean db_test_await (DexFuture *future, GError **error);

/* RegieDbFuncs. DATA: the text to insert, or a gint64 * that gets the number of notes. */
gboolean db_test_insert (sqlite3 *db, gpointer text, GError **error);
gboolean db_test_count (sqlite3 *db, gpointer number, GError **error);

/* The number of notes by way of a reader; aborts the test when it cannot be read. */
gint64 db_test_get_count (RegieDb *db);

/* Opens with the test's schema, which must work. */
RegieDb *db_test_open (const char *path, RegieDbFlags flags);

G_END_DECLS
