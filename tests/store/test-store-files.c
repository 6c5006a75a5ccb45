/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store-test-util.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/regie-json.h"

static const RegieKind *
dh (void)
{
  return regie_kind_get ("digital-human");
}

static char *
path_of (StoreTest *test, const char *name)
{
  return g_build_filename (test->folder, name, NULL);
}

static void
close_store (StoreTest *test)
{
  regie_store_close (test->store);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_clear_object (&test->store);
}

static void
run_sql (StoreTest *test, const char *file, const char *sql)
{
  g_autofree char *path = path_of (test, file);
  sqlite3 *db = NULL;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
}

/* Writes rubbish over the file from OFFSET on, and says that it was in use. */
static void
damage (StoreTest *test, const char *file, goffset offset, gsize size)
{
  g_autofree char *path = path_of (test, file);
  g_autofree char *unclean = g_strconcat (path, ".unclean", NULL);
  g_autofree char *rubbish = g_malloc (size);
  int fd = g_open (path, O_WRONLY, 0);

  memset (rubbish, 0x5a, size);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (pwrite (fd, rubbish, size, offset), ==, (gssize) size);
  close (fd);
  g_assert_true (g_file_set_contents (unclean, "", 0, NULL));
}

static gsize
size_of (StoreTest *test, const char *file)
{
  g_autofree char *path = path_of (test, file);
  GStatBuf info;

  g_assert_cmpint (g_stat (path, &info), ==, 0);

  return info.st_size;
}

static guint
count_files (StoreTest *test, const char *prefix)
{
  g_autoptr (GDir) dir = g_dir_open (test->folder, 0, NULL);
  const char *name;
  guint n = 0;

  while ((name = g_dir_read_name (dir)) != NULL)
    n += g_str_has_prefix (name, prefix);

  return n;
}

static void
on_notice (RegieStore *store, const GError *error, gpointer log)
{
  g_string_append_printf (log, "%s: %s\n", regie_error_code_to_string (error->code), error->message);
}

static GString *
reopen_with_notices (StoreTest *test)
{
  GString *log = g_string_new (NULL);

  test->store = store_test_open (test->folder);
  g_signal_connect (test->store, "notice", G_CALLBACK (on_notice), log);
  while (g_main_context_iteration (NULL, FALSE))
    ;

  return log;
}

static char *
add_change (StoreTest *test)
{
  g_autofree char *key = NULL;
  g_autoptr (JsonObject) patch = regie_json_object_new ("name", 's', "Anna", NULL);

  store_test_fill (test->store, "local", 1, 3);
  key = store_test_key (test->store, "digital-human", "human 1");

  return store_test_await_text (regie_store_update (test->store, dh (), key, patch, 0));
}

static void
test_damaged_cache (StoreTest *test, gconstpointer unused)
{
  g_autofree char *id = add_change (test);
  g_autofree char *key = store_test_key (test->store, "digital-human", "Anna");
  g_autofree char *again = NULL;
  g_autoptr (GString) log = NULL;
  g_autoptr (RegieIntent) intent = NULL;
  g_autoptr (RegieQuery) journal = regie_query_new (regie_kind_get ("audit"));
  g_autofree char *actions = NULL;

  close_store (test);
  damage (test, "cache.db", 4096, size_of (test, "cache.db") - 4096);
  log = reopen_with_notices (test);
  g_assert_true (g_str_has_prefix (log->str, "corrupt: "));
  g_assert_nonnull (strstr (log->str, "cache.db.corrupt-"));
  g_assert_cmpuint (count_files (test, "cache.db.corrupt-"), >=, 1);

  /* What the user did is there, and marks the row again as soon as the backend says it; by its old key. */
  intent = store_test_intent (test->store, id);
  g_assert_cmpint (regie_intent_get_state (intent), ==, REGIE_INTENT_QUEUED);
  store_test_fill (test->store, "local", 1, 3);
  again = store_test_key (test->store, "digital-human", "Anna");
  g_assert_cmpstr (again, ==, key);
  actions = store_test_fields (test->store, journal, "action");
  g_assert_cmpstr (actions, ==, "update");
}

static void
test_cache_of_another_layout (StoreTest *test, gconstpointer unused)
{
  g_autofree char *id = add_change (test);
  g_autofree char *key = store_test_key (test->store, "digital-human", "Anna");
  g_autofree char *again = NULL;
  g_autofree char *names = NULL;
  g_autoptr (RegieQuery) query = regie_query_new (dh ());
  g_autoptr (GString) log = NULL;

  close_store (test);
  run_sql (test, "cache.db", "UPDATE meta SET value = '0 other' WHERE name = 'layout'");
  log = reopen_with_notices (test);
  g_assert_cmpstr (log->str, ==, "");
  names = store_test_fields (test->store, query, "name");
  g_assert_cmpstr (names, ==, "");
  store_test_fill (test->store, "local", 1, 3);
  again = store_test_key (test->store, "digital-human", "Anna");
  g_assert_cmpstr (again, ==, key);

  close_store (test);
  run_sql (test, "cache.db", "PRAGMA user_version = 7");
  g_string_free (g_steal_pointer (&log), TRUE);
  log = reopen_with_notices (test);
  store_test_fill (test->store, "local", 1, 3);
}

static void
test_cache_gone (StoreTest *test, gconstpointer unused)
{
  g_autofree char *path = path_of (test, "cache.db");
  g_autofree char *id = add_change (test);
  g_autoptr (RegieIntent) intent = NULL;

  close_store (test);
  g_assert_cmpint (g_unlink (path), ==, 0);
  test->store = store_test_open (test->folder);
  intent = store_test_intent (test->store, id);
  g_assert_nonnull (intent);
}

/* A page in the middle is damaged: what stands on the others is saved. */
static void
test_damaged_user_file (StoreTest *test, gconstpointer unused)
{
  g_autoptr (GString) log = NULL;
  g_autoptr (JsonObject) values = NULL;
  g_autoptr (JsonObject) later = NULL;
  g_autofree char *padding = g_strnfill (600, 'x');
  g_autoptr (JsonObject) value = regie_json_object_new ("text", 's', padding, NULL);
  guint n;

  for (guint i = 0; i < 200; i++)
    {
      g_autofree char *name = g_strdup_printf ("view/%03u", i);

      store_test_await_ok (regie_store_put_value (test->store, name, value));
    }
  close_store (test);
  damage (test, "user.db", size_of (test, "user.db") / 2 / 4096 * 4096, 4096);
  log = reopen_with_notices (test);
  g_assert_nonnull (strstr (log->str, "user.db.corrupt-"));
  g_assert_nonnull (strstr (log->str, "taken over"));
  values = store_test_await_boxed (regie_store_list_values (test->store, "view/"), JSON_TYPE_OBJECT);
  n = json_object_get_size (values);
  g_assert_cmpuint (n, >=, 150);
  g_assert_cmpuint (n, <, 200);
  /* And it works on. */
  store_test_await_ok (regie_store_put_value (test->store, "view/000", value));
  store_test_reopen (test);
  later = store_test_await_boxed (regie_store_list_values (test->store, "view/"), JSON_TYPE_OBJECT);
  g_assert_cmpuint (json_object_get_size (later), >=, n);
}

static void
test_unreadable_user_file (StoreTest *test, gconstpointer unused)
{
  g_autoptr (GString) log = NULL;
  g_autofree char *id = add_change (test);

  close_store (test);
  damage (test, "user.db", 0, size_of (test, "user.db"));
  log = reopen_with_notices (test);
  g_assert_nonnull (strstr (log->str, "Nothing in it could be read"));
  g_assert_cmpuint (count_files (test, "user.db.corrupt-"), >=, 1);
}

static void
test_newer_is_refused (StoreTest *test, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;

  close_store (test);
  run_sql (test, "user.db", "PRAGMA user_version = 99");
  g_assert_null (regie_store_open (test->folder, NULL, &error));
  g_assert_error (error, REGIE_ERROR, REGIE_ERROR_NEWER);
  g_assert_nonnull (strstr (error->message, "newer version"));
  g_assert_cmpuint (count_files (test, "user.db.corrupt-"), ==, 0);
}

static void
test_another_database_is_refused (StoreTest *test, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;

  close_store (test);
  run_sql (test, "user.db", "PRAGMA application_id = 7");
  g_assert_null (regie_store_open (test->folder, NULL, &error));
  g_assert_error (error, REGIE_ERROR, REGIE_ERROR_INVALID);
}

static void
test_read_only_folder (StoreTest *test, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;

  if (geteuid () == 0)
    {
      g_test_skip ("Root may write everywhere");
      return;
    }
  close_store (test);
  g_assert_cmpint (g_chmod (test->folder, 0500), ==, 0);
  g_assert_null (regie_store_open (test->folder, NULL, &error));
  g_chmod (test->folder, 0700);
  g_assert_error (error, REGIE_ERROR, REGIE_ERROR_READ_ONLY);
}

/* A limit on the size of files has the same effect as a disk that is full. */
static void
test_full_disk (StoreTest *test, gconstpointer unused)
{
  struct rlimit old, small;
  g_autoptr (GString) log = g_string_new (NULL);
  g_autofree char *id = add_change (test);
  g_autofree char *padding = g_strnfill (200000, 'x');
  g_autoptr (JsonObject) value = regie_json_object_new ("text", 's', padding, NULL);
  g_autoptr (JsonObject) found = NULL;
  g_autoptr (RegieIntent) intent = NULL;

  g_signal_connect (test->store, "notice", G_CALLBACK (on_notice), log);
  signal (SIGXFSZ, SIG_IGN);
  getrlimit (RLIMIT_FSIZE, &old);
  small = old;
  small.rlim_cur = size_of (test, "user.db-wal") + 100000;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &small), ==, 0);
  store_test_await_error (regie_store_put_value (test->store, "draft/large", value), REGIE_ERROR_FULL);
  store_test_await_error (regie_store_put_value (test->store, "draft/large", value), REGIE_ERROR_FULL);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &old), ==, 0);

  /* Told once, in words that help. */
  g_assert_true (g_str_has_prefix (log->str, "full: "));
  g_assert_nonnull (strstr (log->str, "Free some space"));
  g_assert_null (strchr (strchr (log->str, '\n') + 1, '\n'));
  store_test_await_ok (regie_store_put_value (test->store, "draft/large", value));
  intent = store_test_intent (test->store, id);
  g_assert_nonnull (intent);
  store_test_reopen (test);
  found = store_test_await_boxed (regie_store_get_value (test->store, "draft/large"), JSON_TYPE_OBJECT);
  g_assert_cmpuint (strlen (regie_json_get_text (found, "text", "")), ==, 200000);
}

/* --- journal --- */

static void
make_entries (StoreTest *test)
{
  g_autofree char *id = add_change (test);
  g_autofree char *key = store_test_key (test->store, "digital-human", "Anna");

  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *next = store_test_await_text (
          regie_store_act (test->store, dh (), key, i % 2 ? "stop" : "start", NULL, 0));
    }
}

static void
assert_noticed (StoreTest *test, const char *sql, const char *expected)
{
  g_autoptr (GError) error = NULL;

  make_entries (test);
  store_test_await_ok (regie_store_verify_journal (test->store));
  close_store (test);
  run_sql (test, "user.db", sql);
  test->store = store_test_open (test->folder);
  g_assert_false (store_test_await (regie_store_verify_journal (test->store), &error));
  g_assert_error (error, REGIE_ERROR, REGIE_ERROR_CORRUPT);
  if (strstr (error->message, expected) == NULL)
    g_error ("%s", error->message);
}

static void
test_journal_changed_entry (StoreTest *test, gconstpointer unused)
{
  assert_noticed (test, "UPDATE audit SET action = 'delete' WHERE n = 3", "Entry 3");
}

static void
test_journal_changed_value (StoreTest *test, gconstpointer unused)
{
  assert_noticed (test, "UPDATE audit_value SET after = '{\"name\":\"Otto\"}' WHERE n = 1", "Entry 1");
}

static void
test_journal_removed_entry (StoreTest *test, gconstpointer unused)
{
  assert_noticed (test, "DELETE FROM audit WHERE n = 4", "Entry 4");
}

static void
test_journal_removed_end (StoreTest *test, gconstpointer unused)
{
  assert_noticed (test, "DELETE FROM audit WHERE n >= 5", "Entry 5");
}

static void
test_journal_reordered (StoreTest *test, gconstpointer unused)
{
  assert_noticed (test,
                  "UPDATE audit SET n = 100 WHERE n = 2; UPDATE audit SET n = 2 WHERE n = 3; "
                  "UPDATE audit SET n = 3 WHERE n = 100",
                  "Entry 2");
}

/* Values can be erased; the chain holds. */
static void
test_journal_erased_values (StoreTest *test, gconstpointer unused)
{
  make_entries (test);
  close_store (test);
  run_sql (test, "user.db", "DELETE FROM audit_value WHERE n <= 3");
  test->store = store_test_open (test->folder);
  store_test_await_ok (regie_store_verify_journal (test->store));
}

static void
test_journal_holds_no_secrets (StoreTest *test, gconstpointer unused)
{
  g_autofree char *key = NULL;
  g_autofree char *user = path_of (test, "user.db");
  g_autofree char *cache = path_of (test, "cache.db");
  g_autofree char *journal = NULL;
  g_autoptr (RegieQuery) query = regie_query_new (regie_kind_get ("audit"));
  g_autoptr (GPtrArray) entries = NULL;
  g_autoptr (JsonObject) fields = regie_json_object_new (
      "digital_human", 's', "00000000000000000000000b", "type", 's', "http", "payload", 'o',
      regie_json_object_new (
          "headers", 'o',
          regie_json_object_new ("Authorization", 's', "Bearer s3cr3t", "Accept", 's', "x", NULL),
          "api_token", 's', "s3cr3t", NULL),
      NULL);

  key = store_test_await_text (regie_store_create (test->store, "local", regie_kind_get ("task"), fields, 0));
  entries = store_test_await_boxed (regie_store_fetch (test->store, query, 10), G_TYPE_PTR_ARRAY);
  g_assert_cmpuint (entries->len, ==, 1);
  journal = regie_json_object_to_string (regie_record_get_data (g_ptr_array_index (entries, 0)));
  g_assert_null (strstr (journal, "s3cr3t"));
  g_assert_nonnull (strstr (journal, "Accept"));
}

#define ADD(path, func) g_test_add (path, StoreTest, NULL, store_test_set_up, func, store_test_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/store-files/damaged-cache", test_damaged_cache);
  ADD ("/store-files/cache-of-another-layout", test_cache_of_another_layout);
  ADD ("/store-files/cache-gone", test_cache_gone);
  ADD ("/store-files/damaged-user-file", test_damaged_user_file);
  ADD ("/store-files/unreadable-user-file", test_unreadable_user_file);
  ADD ("/store-files/newer-is-refused", test_newer_is_refused);
  ADD ("/store-files/another-database-is-refused", test_another_database_is_refused);
  ADD ("/store-files/read-only-folder", test_read_only_folder);
  ADD ("/store-files/full-disk", test_full_disk);
  ADD ("/journal/changed-entry", test_journal_changed_entry);
  ADD ("/journal/changed-value", test_journal_changed_value);
  ADD ("/journal/removed-entry", test_journal_removed_entry);
  ADD ("/journal/removed-end", test_journal_removed_end);
  ADD ("/journal/reordered", test_journal_reordered);
  ADD ("/journal/erased-values", test_journal_erased_values);
  ADD ("/journal/holds-no-secrets", test_journal_holds_no_secrets);

  return g_test_run ();
}
