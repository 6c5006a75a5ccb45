/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "core/regie-json.h"
#include "engine/regie-engine-store.h"

G_BEGIN_DECLS

/* The store alone, in a folder and with a clock of the test's own, with one workspace and one Digital Human.
 */

#define WORKSPACE "0000000000000000000000a1"
#define HUMAN     "0000000000000000000000b1"

/* What time it is, in µs. */
extern gint64 test_now;

typedef struct
{
  char *folder;
  RegieEngineStore *store;
} TestStore;

void test_set_up (TestStore *self, gconstpointer data);
void test_tear_down (TestStore *self, gconstpointer data);
/* Closes it and opens it again. */
void test_reopen (TestStore *self);

/* Runs the main context until FUTURE (taken) is settled. */
gboolean test_await (DexFuture *future, GError **error);
JsonObject *test_await_object (DexFuture *future);

/* A change that must succeed; *_run_sql: DATA is SQL. */
void test_change (TestStore *self, RegieTxnFunc func, gpointer data);
gboolean test_run_sql (RegieTxn *txn, gpointer sql, GError **error);

/* The number that SQL gives. */
gint64 test_count (TestStore *self, const char *sql);

G_END_DECLS
