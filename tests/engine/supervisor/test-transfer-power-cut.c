/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "core/regie-error.h"
#include "core/regie-json.h"
#include "db/regie-db-private.h"
#include "engine/regie-engine-store-private.h"
#include "engine/regie-supervisor.h"
#include "engine/regie-worker-db.h"
#include "regie-power-cut-harness.h"

/* The import of a workspace and the sample with the power cut at each sync point: the workspace, its Digital
 * Humans' own databases and the answer that is remembered under the request's key are there together or not
 * at all; else the client, who asks again with its key, would get a second one. */

#define SAMPLE "sample"

static const char *const names[] = { "one", SAMPLE, NULL };

static const char text_format[] =
    "{\"regie\":\"workspace\",\"version\":1,\"kinds\":1,\"databases\":1}\n"
    "{\"kind\":\"workspace\",\"record\":{\"id\":\"6b0000000000000000000001\",\"name\":\"%s\"}}\n"
    "{\"kind\":\"digital-human\",\"record\":{\"id\":\"6b0000000000000000000002\",\"workspace\":"
    "\"6b0000000000000000000001\",\"name\":\"H\",\"role\":\"assistant\"}}\n"
    "{\"kind\":\"database\",\"record\":{\"id\":\"6b0000000000000000000003\",\"digital_human\":"
    "\"6b0000000000000000000002\"}}\n"
    "{\"dh\":\"6b0000000000000000000002\",\"table\":\"message\",\"row\":{\"n\":1,\"at\":1,\"role\":\"user\","
    "\"task\":\"6b0000000000000000000009\",\"text\":\"bonjour\"}}\n";

static gboolean
await (DexFuture *future)
{
  gboolean ok;

  while (dex_future_is_pending (future))
    {
      if (!g_main_context_iteration (NULL, FALSE))
        g_usleep (20);
    }
  ok = dex_future_get_value (future, NULL) != NULL;
  dex_unref (future);

  return ok;
}

/* --- the client, who asks until it is answered --- */

typedef struct
{
  RegieEngineStore *store;
  const char *key;
  gboolean found;
} Recall;

static gboolean
look (sqlite3 *db, gpointer data, GError **error)
{
  Recall *self = data;
  RegieTxn txn = { .db = db };
  g_autoptr (JsonObject) answer = regie_txn_recall (&txn, self->key);

  self->found |= answer != NULL;

  return TRUE;
}

static gboolean
is_answered (RegieEngineStore *store, const char *key)
{
  Recall recall = { .store = store, .key = key };
  g_auto (GStrv) workspaces = regie_engine_store_list_workspaces (store);

  for (guint i = 0; workspaces[i] != NULL; i++)
    await (regie_engine_store_read (store, workspaces[i], look, &recall, NULL));

  return recall.found;
}

static gboolean
remember (RegieTxn *txn, JsonObject *record, gpointer key, GError **error)
{
  g_autoptr (JsonObject) answer =
      regie_json_object_new ("record", 's', regie_json_get_text (record, "id", ""), NULL);

  return regie_txn_remember (txn, key, answer, error);
}

static char *
expected_of (const char *name)
{
  return g_strdup (g_str_equal (name, SAMPLE) ? "3 humans, 1 answers, 0 messages"
                                              : "1 humans, 1 answers, 1 messages");
}

static gboolean
ask (RegieSupervisor *supervisor, const char *name)
{
  g_autofree char *text = g_strdup_printf (text_format, name);
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  return await (g_str_equal (name, SAMPLE)
                    ? regie_supervisor_add_sample (supervisor, "you", remember, (gpointer) name, NULL)
                    : regie_supervisor_import (supervisor, bytes, "you", remember, (gpointer) name, NULL));
}

static RegieEngineStore *
open_store (const char *folder, RegieDbFlags flags, GError **error)
{
  return regie_engine_store_open_with (folder, NULL, flags | REGIE_DB_LOCK, error);
}

static void
close_store (RegieEngineStore *store, RegieSupervisor *supervisor)
{
  g_object_unref (supervisor);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  regie_engine_store_close (store);
}

static void
run (const char *folder, RegieWitness *witness, gpointer data)
{
  g_autoptr (RegieEngineStore) store = open_store (folder, *(RegieDbFlags *) data, NULL);
  RegieSupervisor *supervisor;

  if (store == NULL)
    return;
  supervisor = regie_supervisor_new (store, "/nonexistent");
  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree char *expected = expected_of (names[i]);

      regie_witness_ask (witness, names[i], expected);
      if (!ask (supervisor, names[i]))
        break;
      regie_witness_acknowledge (witness, names[i]);
    }
  close_store (store, supervisor);
}

/* --- the check --- */

typedef struct
{
  const char *folder;
  RegieWitness *witness;
} Search;

/* Messages in the own database of each Digital Human that says to have one. */
static int
count_messages (sqlite3 *db, const char *folder)
{
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (db, "SELECT digital_human FROM \"database\"", NULL);
  int n = 0;

  while (regie_db_step (stmt, NULL) == 1)
    {
      g_autofree char *path = regie_worker_db_path (folder, regie_db_column_text (stmt, 0));
      sqlite3 *own = NULL;

      if (sqlite3_open_v2 (path, &own, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK)
        n += regie_db_get_int64 (own, -100, "SELECT count(*) FROM message", NULL);
      sqlite3_close (own);
    }

  return n;
}

static gboolean
find_workspace (sqlite3 *db, gpointer data, GError **error)
{
  Search *self = data;
  g_autofree char *name =
      regie_db_get_text (db, "SELECT iif (sample, '" SAMPLE "', data ->> 'name') FROM workspace", NULL);
  g_autofree char *value =
      g_strdup_printf ("%d humans, %d answers, %d messages",
                       (int) regie_db_get_int64 (db, -1, "SELECT count(*) FROM digital_human", NULL),
                       (int) regie_db_get_int64 (db, -1, "SELECT count(*) FROM answer", NULL),
                       count_messages (db, self->folder));

  regie_witness_find (self->witness, name, value);

  return TRUE;
}

/* Whoever was not answered asks again, and then has one of each. */
static gboolean
ask_again (RegieEngineStore *store, GError **error)
{
  RegieSupervisor *supervisor = regie_supervisor_new (store, "/nonexistent");
  g_auto (GStrv) workspaces = NULL;

  for (guint i = 0; names[i] != NULL; i++)
    {
      if (!is_answered (store, names[i]) && !ask (supervisor, names[i]))
        g_set_error (error, REGIE_ERROR, REGIE_ERROR_FAILED, "%s cannot be asked for again", names[i]);
    }
  workspaces = regie_engine_store_list_workspaces (store);
  if (*error == NULL && g_strv_length (workspaces) != G_N_ELEMENTS (names) - 1)
    g_set_error (error, REGIE_ERROR, REGIE_ERROR_FAILED, "%u workspaces", g_strv_length (workspaces));
  close_store (store, supervisor);

  return *error == NULL;
}

static gboolean
check (const char *folder, RegieWitness *witness, gpointer data, GError **error)
{
  g_autoptr (RegieEngineStore) store = open_store (folder, REGIE_DB_DURABLE, error);
  Search search = { .folder = folder, .witness = witness };
  g_auto (GStrv) workspaces = NULL;

  if (store == NULL)
    return FALSE;
  workspaces = regie_engine_store_list_workspaces (store);
  for (guint i = 0; workspaces[i] != NULL; i++)
    await (regie_engine_store_read (store, workspaces[i], find_workspace, &search, NULL));

  return ask_again (store, error);
}

/* --- tests --- */

static void
assert_survives (RegiePowerCutMode mode, guint step)
{
  RegieDbFlags flags = REGIE_DB_DURABLE;
  RegiePowerCutWorkload workload = { run, check, &flags };
  RegiePowerCutReport report;
  g_autoptr (GError) error = NULL;

  regie_power_cut_try_all (&workload, mode, (guint32) g_test_rand_int (), step, &report, &error);
  g_assert_no_error (error);
  g_test_message ("%u cuts, %u changes acknowledged before one, %u cuts with a change in flight",
                  report.n_cuts, report.n_acknowledged, report.n_in_flight);
  g_assert_cmpuint (report.n_cuts, >, 10 / step);
  g_assert_cmpuint (report.n_acknowledged, >, 10 / step);
  g_assert_cmpuint (report.n_in_flight, >, 5 / step);
}

static void
test_each_sync_point (void)
{
  assert_survives (REGIE_POWER_CUT_DROP, 1);
}

static void
test_torn_writes (void)
{
  assert_survives (REGIE_POWER_CUT_TEAR, 4);
}

/* Else the tests above would prove nothing. */
static void
test_without_syncs (void)
{
  RegieDbFlags flags = REGIE_DB_NEVER_SYNC;
  RegiePowerCutWorkload workload = { run, check, &flags };
  g_autoptr (GError) error = NULL;

  g_assert_false (regie_power_cut_try_all (&workload, REGIE_POWER_CUT_DROP, 1, 1, NULL, &error));
  g_assert_nonnull (error);
  g_test_message ("found: %s", error->message);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/transfer/power-cut/each-sync-point", test_each_sync_point);
  g_test_add_func ("/transfer/power-cut/torn-writes", test_torn_writes);
  g_test_add_func ("/transfer/power-cut/without-syncs-is-found-out", test_without_syncs);

  return g_test_run ();
}
