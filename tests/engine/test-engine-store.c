/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <string.h>
#include <utime.h>

#include "core/regie-error.h"
#include "core/regie-json.h"
#include "core/regie-time.h"
#include "engine/regie-engine-store.h"

/* The store alone, with a clock of the test's own. */

#define WORKSPACE "0000000000000000000000a1"
#define HUMAN     "0000000000000000000000b1"

static gint64 now;

static gint64
get_now (void)
{
  return now;
}

typedef struct
{
  char *folder;
  RegieEngineStore *store;
} Fixture;

static gboolean
await (DexFuture *future, GError **error)
{
  gboolean ok;

  while (dex_future_is_pending (future))
    {
      if (!g_main_context_iteration (NULL, FALSE))
        g_usleep (100);
    }
  ok = dex_future_get_value (future, error) != NULL;
  dex_unref (future);

  return ok;
}

static JsonObject *
await_object (DexFuture *future)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DexFuture) held = dex_ref (future);

  await (future, &error);
  g_assert_no_error (error);

  return g_value_dup_boxed (dex_future_get_value (held, NULL));
}

static void
change (Fixture *self, RegieTxnFunc func, gpointer data)
{
  g_autoptr (GError) error = NULL;

  await (regie_engine_store_change (self->store, WORKSPACE, func, data, NULL), &error);
  g_assert_no_error (error);
}

static void
reopen (Fixture *self)
{
  g_autoptr (GError) error = NULL;

  if (self->store != NULL)
    regie_engine_store_close (self->store);
  g_clear_object (&self->store);
  self->store = regie_engine_store_open (self->folder, NULL, &error);
  g_assert_no_error (error);
}

static gboolean
put_first (RegieTxn *txn, gpointer data, GError **error)
{
  g_autoptr (JsonObject) workspace = regie_json_object_new ("name", 's', "W", NULL);
  g_autoptr (JsonObject) human = regie_json_object_new ("id", 's', HUMAN, "name", 's', "Zoé", "role", 's',
                                                        "hr", "state", 's', "stopped", NULL);

  return regie_txn_put (txn, regie_kind_get ("workspace"), workspace, error) &&
         regie_txn_put (txn, regie_kind_get ("digital-human"), human, error) &&
         regie_txn_audit (txn, "create", regie_kind_get ("digital-human"), human, NULL, human, "a test",
                          error);
}

static void
set_up (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  now = g_get_real_time ();
  regie_time_set_clock (get_now);
  self->folder = g_dir_make_tmp ("regie-test-XXXXXX", &error);
  g_assert_no_error (error);
  reopen (self);
  await (regie_engine_store_add_workspace (self->store, WORKSPACE, put_first, NULL, NULL), &error);
  g_assert_no_error (error);
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }
  g_remove (path);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  regie_engine_store_close (self->store);
  g_clear_object (&self->store);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  remove_tree (self->folder);
  g_free (self->folder);
  regie_time_set_clock (NULL);
}

/* --- counting --- */

typedef struct
{
  const char *sql;
  gint64 number;
} Count;

static gboolean
read_count (sqlite3 *db, gpointer data, GError **error)
{
  Count *count = data;

  count->number = regie_db_get_int64 (db, -1, count->sql, NULL);

  return TRUE;
}

static gint64
count (Fixture *self, const char *sql)
{
  Count data = { sql, -1 };
  g_autoptr (GError) error = NULL;

  await (regie_engine_store_read (self->store, WORKSPACE, read_count, &data, NULL), &error);
  g_assert_no_error (error);

  return data.number;
}

static gboolean
run_sql (RegieTxn *txn, gpointer sql, GError **error)
{
  return regie_db_run (regie_txn_get_db (txn), error, sql, NULL);
}

/* --- prune --- */

static gboolean
put_and_delete (RegieTxn *txn, gpointer data, GError **error)
{
  g_autoptr (JsonObject) human = regie_json_object_new ("name", 's', "old", NULL);
  g_autoptr (JsonObject) deleted = NULL;
  g_autoptr (JsonObject) answer = json_object_new ();

  if (!regie_txn_put (txn, regie_kind_get ("digital-human"), human, error))
    return FALSE;
  deleted =
      regie_txn_delete (txn, regie_kind_get ("digital-human"), regie_json_get_text (human, "id", ""), error);

  return deleted != NULL && regie_txn_remember (txn, "key", answer, error) &&
         regie_db_run (regie_txn_get_db (txn), error, "INSERT INTO metric (digital_human, at) VALUES (?, ?)",
                       "si", HUMAN, now);
}

static gboolean
recall (RegieTxn *txn, gpointer data, GError **error)
{
  g_autoptr (JsonObject) answer = regie_txn_recall (txn, "key");

  *(gboolean *) data = answer != NULL;

  return TRUE;
}

static void
prune (Fixture *self)
{
  g_autoptr (GError) error = NULL;

  await (regie_engine_store_prune (self->store), &error);
  g_assert_no_error (error);
}

static void
test_prune (Fixture *self, gconstpointer data)
{
  gboolean is_known = FALSE;

  change (self, put_and_delete, NULL);
  now += 23 * G_TIME_SPAN_HOUR;
  prune (self);
  change (self, recall, &is_known);
  g_assert_true (is_known);
  g_assert_cmpint (count (self, "SELECT count (*) FROM digital_human"), ==, 2);

  /* The answers go after a day, also where prune was not there yet. */
  now += 2 * G_TIME_SPAN_HOUR;
  change (self, recall, &is_known);
  g_assert_false (is_known);
  prune (self);
  g_assert_cmpint (count (self, "SELECT count (*) FROM answer"), ==, 0);
  g_assert_cmpint (count (self, "SELECT count (*) FROM metric"), ==, 1);
  g_assert_cmpint (count (self, "SELECT count (*) FROM event"), ==, 5);

  now += 29 * G_TIME_SPAN_DAY;
  prune (self);
  g_assert_cmpint (count (self, "SELECT count (*) FROM metric"), ==, 0);
  g_assert_cmpint (count (self, "SELECT count (*) FROM event"), ==, 0);
  g_assert_cmpint (count (self, "SELECT count (*) FROM digital_human"), ==, 1);
  /* The journal stays. */
  g_assert_cmpint (count (self, "SELECT count (*) FROM audit"), ==, 1);
  /* Numbers go on where they were. */
  change (self, put_and_delete, NULL);
  g_assert_cmpint (count (self, "SELECT max (seq) FROM event"), ==, 7);
}

static gboolean
delete_workspace (RegieTxn *txn, gpointer data, GError **error)
{
  g_autoptr (JsonObject) deleted = regie_txn_delete (txn, regie_kind_get ("workspace"), WORKSPACE, error);

  return deleted != NULL;
}

static void
test_prune_workspace (Fixture *self, gconstpointer data)
{
  g_autofree char *file = g_build_filename (self->folder, "workspaces", WORKSPACE ".db", NULL);
  g_autofree char *trash = g_build_filename (self->folder, "trash", WORKSPACE ".db", NULL);
  g_auto (GStrv) workspaces = NULL;
  struct utimbuf old;

  change (self, delete_workspace, NULL);
  now += 29 * G_TIME_SPAN_DAY;
  prune (self);
  g_assert_true (g_file_test (file, G_FILE_TEST_EXISTS));
  now += 2 * G_TIME_SPAN_DAY;
  prune (self);
  g_assert_false (g_file_test (file, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (trash, G_FILE_TEST_EXISTS));
  workspaces = regie_engine_store_list_workspaces (self->store);
  g_assert_cmpint (g_strv_length (workspaces), ==, 0);

  old.actime = old.modtime = now / G_USEC_PER_SEC - 8 * 24 * 3600;
  g_assert_cmpint (g_utime (trash, &old), ==, 0);
  prune (self);
  g_assert_false (g_file_test (trash, G_FILE_TEST_EXISTS));
}

/* What belonged to a Digital Human goes after it: its records are told as deleted, its files wait in the
 * trash. */
static gboolean
put_belongings (RegieTxn *txn, gpointer data, GError **error)
{
  g_autoptr (JsonObject) task = regie_json_object_new ("digital_human", 's', HUMAN, "type", 's', "analyze",
                                                       "summary", 's', "its", NULL);
  g_autoptr (JsonObject) right = regie_json_object_new ("digital_human", 's', HUMAN, "service", 's', "mail",
                                                        "access", 's', "denied", NULL);
  g_autoptr (JsonObject) general =
      regie_json_object_new ("service", 's', "mail", "access", 's', "denied", NULL);
  g_autoptr (JsonObject) backup =
      regie_json_object_new ("digital_human", 's', HUMAN, "file", 's', "backups/" HUMAN "/1.db", NULL);
  g_autoptr (JsonObject) deleted = NULL;

  if (!regie_txn_put (txn, regie_kind_get ("task"), task, error) ||
      !regie_txn_put (txn, regie_kind_get ("right"), right, error) ||
      !regie_txn_put (txn, regie_kind_get ("right"), general, error) ||
      !regie_txn_put (txn, regie_kind_get ("backup"), backup, error))
    return FALSE;
  deleted = regie_txn_delete (txn, regie_kind_get ("digital-human"), HUMAN, error);

  return deleted != NULL;
}

static char *
make_file (Fixture *self, const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (self->folder, folder, NULL);
  char *file = g_build_filename (path, name, NULL);

  g_assert_cmpint (g_mkdir_with_parents (path, 0700), ==, 0);
  g_assert_true (g_file_set_contents (file, "x", -1, NULL));

  return file;
}

static void
test_prune_human (Fixture *self, gconstpointer data)
{
  g_autofree char *file = make_file (self, "digital-humans", HUMAN ".db");
  g_autofree char *log = make_file (self, "logs", HUMAN ".log");
  g_autofree char *backup = make_file (self, "backups/" HUMAN, "1.db");
  g_autofree char *other = make_file (self, "backups/" HUMAN, "2.db");
  g_autofree char *trash = g_build_filename (self->folder, "trash", HUMAN ".db", NULL);

  change (self, put_belongings, NULL);
  now += 29 * G_TIME_SPAN_DAY;
  prune (self);
  g_assert_true (g_file_test (file, G_FILE_TEST_EXISTS));
  g_assert_cmpint (count (self, "SELECT count (*) FROM task WHERE deleted_at IS NULL"), ==, 1);

  now += 2 * G_TIME_SPAN_DAY;
  prune (self);
  g_assert_cmpint (count (self, "SELECT count (*) FROM digital_human"), ==, 0);
  g_assert_cmpint (count (self, "SELECT count (*) FROM task WHERE deleted_at IS NULL"), ==, 0);
  g_assert_cmpint (count (self, "SELECT count (*) FROM \"right\" WHERE deleted_at IS NULL"), ==, 1);
  g_assert_cmpint (count (self, "SELECT count (*) FROM event WHERE type = 'delete' AND kind = 'task'"), ==,
                   1);
  g_assert_false (g_file_test (file, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (log, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (trash, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (backup, G_FILE_TEST_EXISTS));

  now += 31 * G_TIME_SPAN_DAY;
  prune (self);
  g_assert_cmpint (count (self, "SELECT count (*) FROM task"), ==, 0);
  g_assert_cmpint (count (self, "SELECT count (*) FROM backup"), ==, 0);
  g_assert_false (g_file_test (trash, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (backup, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (other, G_FILE_TEST_EXISTS));
}

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
is_whole (Fixture *self, guint n_entries)
{
  Chain chain = { 0 };
  g_autoptr (GError) error = NULL;

  await (regie_engine_store_read (self->store, WORKSPACE, read_chain, &chain, NULL), &error);
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
assert_refused (Fixture *self, const char *sql)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (
      await (regie_engine_store_change (self->store, WORKSPACE, run_sql, (gpointer) sql, NULL), &error));
  g_assert_nonnull (strstr (error->message, "the journal is only added to"));
}

static void
test_journal (Fixture *self, gconstpointer data)
{
  change (self, add_entry, NULL);
  change (self, add_entry, NULL);
  g_assert_true (is_whole (self, 3));
  assert_refused (self, "UPDATE audit SET data = '{}'");
  assert_refused (self, "DELETE FROM audit");
  assert_refused (self, "UPDATE audit_chain SET hash = ''");
  assert_refused (self, "DELETE FROM audit_chain");

  /* Values can be erased, and the rest still holds. */
  change (self, run_sql, (gpointer) "DELETE FROM audit_value WHERE n = 1");
  g_assert_true (is_whole (self, 3));
  /* Whoever changes an entry with other tools is found out. */
  change (self, run_sql, (gpointer) "DROP TRIGGER audit_update");
  change (self, run_sql, (gpointer) "UPDATE audit SET data = replace (data, 'start', 'stop') WHERE n = 2");
  g_assert_false (is_whole (self, 3));
}

/* --- the kinds change --- */

static void
test_kinds (Fixture *self, gconstpointer data)
{
  const char *where[] = { "name", "eq", "Zoé", "role", "eq", "hr", NULL };
  RegiePageRequest request = {
    .kind = regie_kind_get ("digital-human"), .where = where, .words = "zo", .limit = 10
  };
  g_autoptr (JsonObject) page = NULL;

  /* As a file of another version of the kinds: columns, words and a table are missing. */
  change (self, run_sql, (gpointer) "DROP INDEX digital_human_by_role");
  change (self, run_sql, (gpointer) "ALTER TABLE digital_human DROP COLUMN role_key");
  change (self, run_sql, (gpointer) "ALTER TABLE digital_human DROP COLUMN role");
  change (self, run_sql, (gpointer) "UPDATE digital_human SET name_key = 'wrong'");
  change (self, run_sql, (gpointer) "DELETE FROM digital_human_words");
  change (self, run_sql, (gpointer) "DROP TABLE \"right\"");
  change (self, run_sql, (gpointer) "UPDATE meta SET value = '-1' WHERE name = 'kinds'");
  reopen (self);

  page = await_object (regie_engine_store_page (self->store, &request));
  g_assert_cmpint (regie_json_get_int (page, "total", 0), ==, 1);
  g_assert_cmpint (count (self, "SELECT count (*) FROM digital_human WHERE name_key = 'zoe' AND role = 'hr'"),
                   ==, 1);
  g_assert_cmpint (count (self, "SELECT count (*) FROM \"right\""), ==, 0);
  g_assert_cmpint (count (self, "SELECT rev FROM digital_human"), ==, 1);
  g_assert_cmpint (count (self, "SELECT value FROM meta WHERE name = 'kinds'"), >=,
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
test_rollback (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  guint n_events = 0;
  guint watch;

  while (g_main_context_iteration (NULL, FALSE))
    ;
  watch = regie_engine_store_watch (self->store, count_event, &n_events);
  g_assert_false (
      await (regie_engine_store_change (self->store, WORKSPACE, put_and_fail, NULL, NULL), &error));
  g_assert_error (error, REGIE_ERROR, REGIE_ERROR_STATE);
  g_assert_cmpint (count (self, "SELECT count (*) FROM digital_human"), ==, 1);
  g_assert_cmpint (count (self, "SELECT count (*) FROM event"), ==, 3);
  change (self, add_entry, NULL);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (n_events, ==, 1);
  /* The number that was rolled back is given again: there is no hole. */
  g_assert_cmpint (count (self, "SELECT max (seq) FROM event"), ==, 4);
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
test_times (Fixture *self, gconstpointer data)
{
  change (self, put_old, NULL);
  g_assert_cmpint (count (self, "SELECT count (*) FROM digital_human WHERE created_at = 1000"), ==, 0);
  change (self, put_old, self);
  g_assert_cmpint (count (self, "SELECT count (*) FROM digital_human WHERE created_at = 1000"), ==, 1);
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
test_put_deleted (Fixture *self, gconstpointer data)
{
  RegiePageRequest request = { .kind = regie_kind_get ("digital-human"), .limit = 10 };
  g_autoptr (JsonObject) page = NULL;
  g_autoptr (JsonObject) restored = NULL;

  change (self, delete_and_put, NULL);
  page = await_object (regie_engine_store_page (self->store, &request));
  g_assert_cmpint (regie_json_get_int (page, "total", -1), ==, 0);
  change (self, restore, &restored);
  g_assert_cmpstr (regie_json_get_text (restored, "state", NULL), ==, "error");
  g_assert_false (json_object_has_member (restored, "deleted_at"));
}

/* The plans of long lists: no sorting, no walk over all rows. */
static gboolean
explain (sqlite3 *db, gpointer data, GError **error)
{
  g_autofree char *sql = g_strconcat ("EXPLAIN QUERY PLAN ", ((Count *) data)->sql, NULL);
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (db, sql, error);

  ((Count *) data)->number = 0;
  while (stmt != NULL && regie_db_step (stmt, error) == 1)
    {
      const char *step = regie_db_column_text (stmt, 3);

      g_test_message ("%s", step);
      if (strstr (step, "TEMP B-TREE") != NULL || strstr (step, "SEARCH") == NULL)
        ((Count *) data)->number++;
    }

  return stmt != NULL;
}

static void
test_plans (Fixture *self, gconstpointer data)
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
      Count plan = { statements[i], -1 };
      g_autoptr (GError) error = NULL;

      await (regie_engine_store_read (self->store, WORKSPACE, explain, &plan, NULL), &error);
      g_assert_no_error (error);
      g_assert_cmpint (plan.number, ==, 0);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/engine/store/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("prune", test_prune);
  ADD ("prune-workspace", test_prune_workspace);
  ADD ("prune-human", test_prune_human);
  ADD ("journal", test_journal);
  ADD ("kinds", test_kinds);
  ADD ("rollback", test_rollback);
  ADD ("times", test_times);
  ADD ("put-deleted", test_put_deleted);
  ADD ("plans", test_plans);
#undef ADD

  return g_test_run ();
}
