/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "core/regie-error.h"
#include "engine-store-fixture.h"

/* --- the journal's chain --- */

typedef struct
{
  guint n_entries;
  gboolean is_whole;
} Chain;

static char *
hash_of (const char *a, const char *b, const char *c)
{
  const char *const parts[] = { a, b, c };
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      if (parts[i] != NULL)
        g_string_append_printf (text, "%" G_GSIZE_FORMAT ":%s", strlen (parts[i]), parts[i]);
      else
        g_string_append_c (text, '-');
    }

  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text->str, text->len);
}

/* As anybody can who has the file: each hash from the one before, the entry and the digest of its values. */
static gboolean
read_chain (sqlite3 *db, gpointer data, GError **error)
{
  Chain *chain = data;
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (
      db,
      "SELECT data, digest, hash, salt, \"before\", \"after\" FROM audit_chain LEFT JOIN audit USING (n)"
      " LEFT JOIN audit_value USING (n) ORDER BY n",
      error);
  g_autofree char *last = g_strdup ("");

  chain->n_entries = 0;
  chain->is_whole = TRUE;
  while (stmt != NULL && regie_db_step (stmt, error) == 1)
    {
      g_autofree char *hash = hash_of (last, regie_db_column_text (stmt, 0), regie_db_column_text (stmt, 1));
      g_autofree char *digest = hash_of (regie_db_column_text (stmt, 3), regie_db_column_text (stmt, 4),
                                         regie_db_column_text (stmt, 5));

      chain->n_entries++;
      chain->is_whole &= g_strcmp0 (hash, regie_db_column_text (stmt, 2)) == 0;
      if (regie_db_column_text (stmt, 3) != NULL)
        chain->is_whole &= g_strcmp0 (digest, regie_db_column_text (stmt, 1)) == 0;
      g_set_str (&last, regie_db_column_text (stmt, 2));
    }

  return TRUE;
}

static gboolean
is_whole (TestStore *self, guint n_entries)
{
  Chain chain = { 0 };
  g_autoptr (GError) error = NULL;

  test_await (regie_engine_store_read (self->store, WORKSPACE, read_chain, &chain, NULL), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (chain.n_entries, ==, n_entries);

  return chain.is_whole;
}

static gboolean
add_entry (RegieTxn *txn, gpointer data, GError **error)
{
  g_autoptr (JsonObject) human = regie_txn_get (txn, regie_kind_get ("digital-human"), HUMAN, FALSE, error);

  return human != NULL &&
         regie_txn_audit (txn, "start", regie_kind_get ("digital-human"), human, NULL, NULL, NULL, error);
}

static void
assert_refused (TestStore *self, const char *sql)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (test_await (
      regie_engine_store_change (self->store, WORKSPACE, test_run_sql, (gpointer) sql, NULL), &error));
  g_assert_nonnull (strstr (error->message, "the journal is only added to"));
}

static void
test_journal (TestStore *self, gconstpointer data)
{
  test_change (self, add_entry, NULL);
  test_change (self, add_entry, NULL);
  g_assert_true (is_whole (self, 3));
  assert_refused (self, "UPDATE audit SET data = '{}'");
  assert_refused (self, "DELETE FROM audit");
  assert_refused (self, "UPDATE audit_chain SET hash = ''");
  assert_refused (self, "DELETE FROM audit_chain");

  /* Values can be erased, and the rest still holds. */
  test_change (self, test_run_sql, (gpointer) "DELETE FROM audit_value WHERE n = 1");
  g_assert_true (is_whole (self, 3));
  /* Whoever changes an entry with other tools is found out. */
  test_change (self, test_run_sql, (gpointer) "DROP TRIGGER audit_update");
  test_change (self, test_run_sql,
               (gpointer) "UPDATE audit SET data = replace (data, 'start', 'stop') WHERE n = 2");
  g_assert_false (is_whole (self, 3));
}

/* --- the kinds change --- */

static void
test_kinds (TestStore *self, gconstpointer data)
{
  const char *where[] = { "name", "eq", "Zoé", "role", "eq", "hr", NULL };
  RegiePageRequest request = {
    .kind = regie_kind_get ("digital-human"), .where = where, .words = "zo", .limit = 10
  };
  g_autoptr (JsonObject) page = NULL;

  /* As a file of another version of the kinds: columns, words and a table are missing. */
  test_change (self, test_run_sql, (gpointer) "DROP INDEX digital_human_by_role");
  test_change (self, test_run_sql, (gpointer) "ALTER TABLE digital_human DROP COLUMN role_key");
  test_change (self, test_run_sql, (gpointer) "ALTER TABLE digital_human DROP COLUMN role");
  test_change (self, test_run_sql, (gpointer) "UPDATE digital_human SET name_key = 'wrong'");
  test_change (self, test_run_sql, (gpointer) "DELETE FROM digital_human_words");
  test_change (self, test_run_sql, (gpointer) "DROP TABLE \"right\"");
  test_change (self, test_run_sql, (gpointer) "UPDATE meta SET value = '-1' WHERE name = 'kinds'");
  test_reopen (self);

  page = test_await_object (regie_engine_store_page (self->store, &request));
  g_assert_cmpint (regie_json_get_int (page, "total", 0), ==, 1);
  g_assert_cmpint (
      test_count (self, "SELECT count (*) FROM digital_human WHERE name_key = 'zoe' AND role = 'hr'"), ==, 1);
  g_assert_cmpint (test_count (self, "SELECT count (*) FROM \"right\""), ==, 0);
  g_assert_cmpint (test_count (self, "SELECT rev FROM digital_human"), ==, 1);
  g_assert_cmpint (test_count (self, "SELECT value FROM meta WHERE name = 'kinds'"), >=,
                   regie_kinds_get_version ());
  assert_refused (self, "DELETE FROM audit");
}

/* --- transactions --- */

static gboolean
put_and_fail (RegieTxn *txn, gpointer data, GError **error)
{
  g_autoptr (JsonObject) human = regie_json_object_new ("name", 's', "never", NULL);

  if (!regie_txn_put (txn, regie_kind_get ("digital-human"), human, error))
    return FALSE;
  g_set_error (error, REGIE_ERROR, REGIE_ERROR_STATE, "not now");

  return FALSE;
}

static void
count_event (JsonObject *event, gpointer data)
{
  (*(guint *) data)++;
}

static void
test_rollback (TestStore *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  guint n_events = 0;
  guint watch;

  while (g_main_context_iteration (NULL, FALSE))
    ;
  watch = regie_engine_store_watch (self->store, count_event, &n_events);
  g_assert_false (
      test_await (regie_engine_store_change (self->store, WORKSPACE, put_and_fail, NULL, NULL), &error));
  g_assert_error (error, REGIE_ERROR, REGIE_ERROR_STATE);
  g_assert_cmpint (test_count (self, "SELECT count (*) FROM digital_human"), ==, 1);
  g_assert_cmpint (test_count (self, "SELECT count (*) FROM event"), ==, 3);
  test_change (self, add_entry, NULL);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (n_events, ==, 1);
  /* The number that was rolled back is given again: there is no hole. */
  g_assert_cmpint (test_count (self, "SELECT max (seq) FROM event"), ==, 4);
  regie_engine_store_unwatch (self->store, watch);
}

static gboolean
put_old (RegieTxn *txn, gpointer data, GError **error)
{
  g_autoptr (JsonObject) human =
      regie_json_object_new ("name", 's', "old", "created_at", 'i', (gint64) 1000, NULL);

  if (data != NULL)
    regie_txn_keep_times (txn);

  return regie_txn_put (txn, regie_kind_get ("digital-human"), human, error);
}

static void
test_times (TestStore *self, gconstpointer data)
{
  test_change (self, put_old, NULL);
  g_assert_cmpint (test_count (self, "SELECT count (*) FROM digital_human WHERE created_at = 1000"), ==, 0);
  test_change (self, put_old, self);
  g_assert_cmpint (test_count (self, "SELECT count (*) FROM digital_human WHERE created_at = 1000"), ==, 1);
}

/* Worker news of a record that was deleted meanwhile is kept, and does not bring it back. */
static gboolean
delete_and_put (RegieTxn *txn, gpointer data, GError **error)
{
  const RegieKind *kind = regie_kind_get ("digital-human");
  g_autoptr (JsonObject) deleted = regie_txn_delete (txn, kind, HUMAN, error);
  g_autoptr (JsonObject) late = regie_json_copy (deleted);

  json_object_set_string_member (late, "state", "error");
  json_object_remove_member (late, "deleted_at");

  return regie_txn_put (txn, kind, late, error);
}

static gboolean
restore (RegieTxn *txn, gpointer data, GError **error)
{
  JsonObject **record = data;

  *record = regie_txn_restore (txn, regie_kind_get ("digital-human"), HUMAN, error);

  return *record != NULL;
}

static void
test_put_deleted (TestStore *self, gconstpointer data)
{
  RegiePageRequest request = { .kind = regie_kind_get ("digital-human"), .limit = 10 };
  g_autoptr (JsonObject) page = NULL;
  g_autoptr (JsonObject) restored = NULL;

  test_change (self, delete_and_put, NULL);
  page = test_await_object (regie_engine_store_page (self->store, &request));
  g_assert_cmpint (regie_json_get_int (page, "total", -1), ==, 0);
  test_change (self, restore, &restored);
  g_assert_cmpstr (regie_json_get_text (restored, "state", NULL), ==, "error");
  g_assert_false (json_object_has_member (restored, "deleted_at"));
}

typedef struct
{
  const char *sql;
  guint number; /* steps that walk over all rows or sort them */
} Plan;

/* The plans of long lists: no sorting, no walk over all rows. */
static gboolean
explain (sqlite3 *db, gpointer data, GError **error)
{
  g_autofree char *sql = g_strconcat ("EXPLAIN QUERY PLAN ", ((Plan *) data)->sql, NULL);
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (db, sql, error);

  ((Plan *) data)->number = 0;
  while (stmt != NULL && regie_db_step (stmt, error) == 1)
    {
      const char *step = regie_db_column_text (stmt, 3);

      g_test_message ("%s", step);
      if (strstr (step, "TEMP B-TREE") != NULL || strstr (step, "SEARCH") == NULL)
        ((Plan *) data)->number++;
    }

  return stmt != NULL;
}

static void
test_plans (TestStore *self, gconstpointer data)
{
  static const char *const statements[] = {
    "SELECT t.id, t.\"name_key\", t.data FROM \"digital_human\" AS t WHERE t.deleted_at IS NULL"
    " AND (t.\"name_key\", t.id) > (?, ?) ORDER BY t.\"name_key\" ASC, t.id ASC LIMIT ?",
    "SELECT t.id, t.\"last_activity_at_key\", t.data FROM \"digital_human\" AS t WHERE t.deleted_at IS NULL"
    " AND (t.\"last_activity_at_key\", t.id) < (?, ?) ORDER BY t.\"last_activity_at_key\" DESC, t.id DESC "
    "LIMIT ?",
    "SELECT t.id, t.id, t.data FROM \"task\" AS t WHERE t.deleted_at IS NULL AND (t.id, t.id) > (?, ?)"
    " ORDER BY t.id ASC, t.id ASC LIMIT ?",
  };

  for (guint i = 0; i < G_N_ELEMENTS (statements); i++)
    {
      Plan plan = { statements[i], 0 };
      g_autoptr (GError) error = NULL;

      test_await (regie_engine_store_read (self->store, WORKSPACE, explain, &plan, NULL), &error);
      g_assert_no_error (error);
      g_assert_cmpuint (plan.number, ==, 0);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/engine/store/" name, TestStore, NULL, test_set_up, func, test_tear_down)
  ADD ("journal", test_journal);
  ADD ("kinds", test_kinds);
  ADD ("rollback", test_rollback);
  ADD ("times", test_times);
  ADD ("put-deleted", test_put_deleted);
  ADD ("plans", test_plans);
#undef ADD

  return g_test_run ();
}
