/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/regie-error.h"
#include "core/regie-json.h"
#include "db/regie-db-private.h"
#include "engine/regie-engine-store-private.h"
#include "regie-power-cut-harness.h"

/* What the API does with the store, with the power cut at each sync point: create, edit, delete and restore
 * of Digital Humans, tasks, a second workspace, a new start. All that belongs to a change is one thing with
 * it: the record, its events, its entries in the journal, and the answer that is stored under its key. */

#define N_HUMANS 4
#define FIRST    "0000000000000000000000a1"
#define SECOND   "0000000000000000000000a2"

static gboolean
await (DexFuture *future, GError **error)
{
  gboolean ok;

  while (dex_future_is_pending (future))
    {
      if (!g_main_context_iteration (NULL, FALSE))
        g_usleep (20);
    }
  ok = dex_future_get_value (future, error) != NULL;
  dex_unref (future);

  return ok;
}

/* --- one change, as the API makes it --- */

typedef enum
{
  CREATE,
  EDIT,
  DELETE,
  RESTORE
} Verb;

typedef struct
{
  const RegieKind *kind;
  Verb verb;
  const char *id;
  guint turn; /* counts the changes of a record, from 1 */
} Change;

static JsonObject *
new_record (const Change *self)
{
  JsonObject *record = regie_json_object_new ("id", 's', self->id, "name", 's', "dh 1", NULL);

  if (g_str_equal (self->kind->name, "task"))
    json_object_set_object_member (record, "payload", regie_json_object_new ("text", 's', "bonjour", NULL));

  return record;
}

static JsonObject *
change_record (RegieTxn *txn, const Change *self, GError **error)
{
  g_autofree char *name = g_strdup_printf ("dh %u", self->turn);
  g_autoptr (JsonObject) record = NULL;

  switch (self->verb)
    {
    case CREATE:
      record = new_record (self);
      return regie_txn_put (txn, self->kind, record, error) ? g_steal_pointer (&record) : NULL;
    case EDIT:
      record = regie_json_object_new ("name", 's', name, NULL);
      return regie_txn_patch (txn, self->kind, self->id, record, self->turn - 1, error);
    case DELETE:
      return regie_txn_delete (txn, self->kind, self->id, error);
    default:
      return regie_txn_restore (txn, self->kind, self->id, error);
    }
}

static gboolean
run_change (RegieTxn *txn, gpointer data, GError **error)
{
  const Change *self = data;
  g_autofree char *key = g_strdup_printf ("%s/%u", self->id, self->turn);
  g_autoptr (JsonObject) record = change_record (txn, self, error);
  g_autoptr (JsonObject) answer = NULL;

  if (record == NULL)
    return FALSE;
  answer = regie_json_object_new ("record", 's', self->id, NULL);

  return regie_txn_audit (txn, "change", self->kind, record, NULL, record, NULL, error) &&
         regie_txn_remember (txn, key, answer, error);
}

/* --- the workload --- */

static char *
name_of (const RegieKind *kind, const char *id)
{
  return g_strdup_printf ("%s %s", kind->name, id);
}

static char *
value_of (guint turn, const char *name, gboolean deleted)
{
  return g_strdup_printf ("rev %u, %u events, %u entries, %u answers, %s%s", turn, turn, turn, turn, name,
                          deleted ? ", deleted" : "");
}

static char *
expected_of (const Change *self)
{
  /* Deleting and restoring are the third and fourth turn, and keep the name of the second. */
  g_autofree char *name = g_strdup_printf ("dh %u", MIN (self->turn, 2));

  return value_of (self->turn, name, self->verb == DELETE);
}

static gboolean
change (RegieEngineStore *store, RegieWitness *witness, const char *workspace, const Change *wanted)
{
  g_autofree char *name = name_of (wanted->kind, wanted->id);
  g_autofree char *value = expected_of (wanted);
  gboolean is_new = wanted->verb == CREATE && g_str_equal (wanted->kind->name, "workspace");

  regie_witness_ask (witness, name, value);
  if (!await (is_new
                  ? regie_engine_store_add_workspace (store, workspace, run_change, (gpointer) wanted, NULL)
                  : regie_engine_store_change (store, workspace, run_change, (gpointer) wanted, NULL),
              NULL))
    return FALSE;
  regie_witness_acknowledge (witness, name);

  return TRUE;
}

static gboolean
change_human (RegieEngineStore *store, RegieWitness *witness, const char *workspace, guint i)
{
  const RegieKind *kind = regie_kind_get (i % 2 == 0 ? "digital-human" : "task");
  g_autofree char *id = g_strdup_printf ("%c%023u", workspace[23], i);
  guint n_turns = 1 + i % 4;

  for (guint turn = 1; turn <= n_turns; turn++)
    {
      Change wanted = { kind,
                        turn == 1   ? CREATE
                        : turn == 2 ? EDIT
                        : turn == 3 ? DELETE
                                    : RESTORE,
                        id, turn };

      if (!change (store, witness, workspace, &wanted))
        return FALSE;
    }

  return TRUE;
}

static gboolean
fill_workspace (RegieEngineStore *store, RegieWitness *witness, const char *workspace)
{
  Change made = { regie_kind_get ("workspace"), CREATE, workspace, 1 };

  if (!change (store, witness, workspace, &made))
    return FALSE;
  for (guint i = 0; i < N_HUMANS; i++)
    {
      if (!change_human (store, witness, workspace, i))
        return FALSE;
    }

  return TRUE;
}

static RegieEngineStore *
open_store (const char *folder, gpointer data, GError **error)
{
  return regie_engine_store_open_with (folder, NULL, *(RegieDbFlags *) data | REGIE_DB_LOCK, error);
}

static gboolean
work (RegieEngineStore *store, RegieWitness *witness, gboolean again)
{
  if (!again)
    return fill_workspace (store, witness, FIRST);
  if (!fill_workspace (store, witness, SECOND))
    return FALSE;
  for (guint i = N_HUMANS; i < 2 * N_HUMANS; i++)
    {
      if (!change_human (store, witness, FIRST, i))
        return FALSE;
    }

  return TRUE;
}

static void
run (const char *folder, RegieWitness *witness, gpointer data)
{
  gboolean ok = TRUE;

  for (guint turn = 0; ok && turn < 2; turn++)
    {
      g_autoptr (RegieEngineStore) store = open_store (folder, data, NULL);

      ok = store != NULL && work (store, witness, turn == 1);
      if (store != NULL)
        regie_engine_store_close (store);
    }
}

/* --- the check --- */

typedef struct
{
  RegieWitness *witness;
  const RegieKind *kind;
} Search;

static gboolean
find_records (sqlite3 *db, gpointer data, GError **error)
{
  Search *self = data;
  g_autofree char *sql =
      g_strdup_printf ("SELECT id, rev, deleted_at IS NOT NULL, data ->> 'name',"
                       " (SELECT count (*) FROM event WHERE record = t.id AND kind = '%s'),"
                       " (SELECT count (*) FROM audit JOIN audit_chain USING (n) JOIN audit_value USING (n) "
                       "WHERE record = t.id),"
                       " (SELECT count (*) FROM answer WHERE key LIKE t.id || '/%%'),"
                       " data ->> 'rev' FROM \"%s\" AS t",
                       self->kind->name, self->kind->table);
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (db, sql, error);
  int step = -1;

  while (stmt != NULL && (step = regie_db_step (stmt, error)) == 1)
    {
      g_autofree char *name = name_of (self->kind, regie_db_column_text (stmt, 0));
      g_autofree char *value = g_strdup_printf (
          "rev %d, %d events, %d entries, %d answers, %s%s", sqlite3_column_int (stmt, 1),
          sqlite3_column_int (stmt, 4), sqlite3_column_int (stmt, 5), sqlite3_column_int (stmt, 6),
          regie_db_column_text (stmt, 3), sqlite3_column_int (stmt, 2) != 0 ? ", deleted" : "");

      g_assert_cmpint (sqlite3_column_int (stmt, 1), ==, sqlite3_column_int (stmt, 7));
      regie_witness_find (self->witness, name, value);
    }

  return step == 0;
}

static gboolean
find_all (RegieEngineStore *store, RegieWitness *witness, GError **error)
{
  g_autoptr (JsonArray) broken = NULL;
  g_auto (GStrv) workspaces = NULL;
  static const char *const kinds[] = { "workspace", "digital-human", "task" };

  broken = regie_engine_store_list_broken (store);
  if (json_array_get_length (broken) > 0)
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_CORRUPT, "%s",
                   regie_json_get_text (json_array_get_object_element (broken, 0), "error", ""));
      return FALSE;
    }
  workspaces = regie_engine_store_list_workspaces (store);
  for (guint i = 0; workspaces[i] != NULL; i++)
    {
      for (guint k = 0; k < G_N_ELEMENTS (kinds); k++)
        {
          Search search = { witness, regie_kind_get (kinds[k]) };

          if (!await (regie_engine_store_read (store, workspaces[i], find_records, &search, NULL), error))
            return FALSE;
        }
    }

  return TRUE;
}

static gboolean
check (const char *folder, RegieWitness *witness, gpointer data, GError **error)
{
  RegieDbFlags flags = REGIE_DB_DURABLE;
  g_autoptr (RegieEngineStore) store = open_store (folder, &flags, error);
  gboolean ok = store != NULL && find_all (store, witness, error);

  if (store != NULL)
    regie_engine_store_close (store);

  return ok;
}

/* --- tests --- */

static void
assert_survives (RegiePowerCutMode mode, guint step)
{
  RegieDbFlags flags = REGIE_DB_DURABLE;
  RegiePowerCutWorkload workload = { run, check, &flags };
  RegiePowerCutReport report;
  g_autoptr (GError) error = NULL;
  guint32 seed = mode == REGIE_POWER_CUT_TEAR ? (guint32) g_test_rand_int () : 0;

  regie_power_cut_try_all (&workload, mode, seed, step, &report, &error);
  g_assert_no_error (error);
  g_test_message ("%u cuts, %u changes acknowledged before one, %u cuts with a change in flight",
                  report.n_cuts, report.n_acknowledged, report.n_in_flight);
  g_assert_cmpuint (report.n_cuts, >, 40 / step);
  g_assert_cmpuint (report.n_acknowledged, >, 100 / step);
  g_assert_cmpuint (report.n_in_flight, >, 20 / step);
}

static void
test_each_sync_point (void)
{
  assert_survives (REGIE_POWER_CUT_DROP, 1);
}

static void
test_torn_writes (void)
{
  assert_survives (REGIE_POWER_CUT_TEAR, 3);
}

static void
assert_found_out (RegieDbFlags flags)
{
  RegiePowerCutWorkload workload = { run, check, &flags };
  g_autoptr (GError) error = NULL;

  g_assert_false (regie_power_cut_try_all (&workload, REGIE_POWER_CUT_DROP, 1, 1, NULL, &error));
  g_assert_nonnull (error);
  g_test_message ("found: %s", error->message);
}

/* Else the tests above would prove nothing. */
static void
test_without_syncs (void)
{
  assert_found_out (REGIE_DB_NEVER_SYNC);
  assert_found_out (REGIE_DB_NONE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/power-cut/each-sync-point", test_each_sync_point);
  g_test_add_func ("/engine/power-cut/torn-writes", test_torn_writes);
  g_test_add_func ("/engine/power-cut/without-syncs-is-found-out", test_without_syncs);

  return g_test_run ();
}
