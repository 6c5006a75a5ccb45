/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <utime.h>

#include "core/regie-error.h"
#include "engine-store-fixture.h"

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
                       "si", HUMAN, test_now);
}

static gboolean
recall (RegieTxn *txn, gpointer data, GError **error)
{
  g_autoptr (JsonObject) answer = regie_txn_recall (txn, "key");

  *(gboolean *) data = answer != NULL;

  return TRUE;
}

static void
prune (TestStore *self)
{
  g_autoptr (GError) error = NULL;

  test_await (regie_engine_store_prune (self->store), &error);
  g_assert_no_error (error);
}

static void
test_prune (TestStore *self, gconstpointer data)
{
  gboolean is_known = FALSE;

  test_change (self, put_and_delete, NULL);
  test_now += 23 * G_TIME_SPAN_HOUR;
  prune (self);
  test_change (self, recall, &is_known);
  g_assert_true (is_known);
  g_assert_cmpint (test_count (self, "SELECT count (*) FROM digital_human"), ==, 2);

  /* The answers go after a day, also where prune was not there yet. */
  test_now += 2 * G_TIME_SPAN_HOUR;
  test_change (self, recall, &is_known);
  g_assert_false (is_known);
  prune (self);
  g_assert_cmpint (test_count (self, "SELECT count (*) FROM answer"), ==, 0);
  g_assert_cmpint (test_count (self, "SELECT count (*) FROM metric"), ==, 1);
  g_assert_cmpint (test_count (self, "SELECT count (*) FROM event"), ==, 5);

  test_now += 29 * G_TIME_SPAN_DAY;
  prune (self);
  g_assert_cmpint (test_count (self, "SELECT count (*) FROM metric"), ==, 0);
  g_assert_cmpint (test_count (self, "SELECT count (*) FROM event"), ==, 0);
  g_assert_cmpint (test_count (self, "SELECT count (*) FROM digital_human"), ==, 1);
  /* The journal stays. */
  g_assert_cmpint (test_count (self, "SELECT count (*) FROM audit"), ==, 1);
  /* Numbers go on where they were. */
  test_change (self, put_and_delete, NULL);
  g_assert_cmpint (test_count (self, "SELECT max (seq) FROM event"), ==, 7);
}

static gboolean
delete_workspace (RegieTxn *txn, gpointer data, GError **error)
{
  g_autoptr (JsonObject) deleted = regie_txn_delete (txn, regie_kind_get ("workspace"), WORKSPACE, error);

  return deleted != NULL;
}

static void
test_prune_workspace (TestStore *self, gconstpointer data)
{
  g_autofree char *file = g_build_filename (self->folder, "workspaces", WORKSPACE ".db", NULL);
  g_autofree char *trash = g_build_filename (self->folder, "trash", WORKSPACE ".db", NULL);
  g_auto (GStrv) workspaces = NULL;
  struct utimbuf old;

  test_change (self, delete_workspace, NULL);
  test_now += 29 * G_TIME_SPAN_DAY;
  prune (self);
  g_assert_true (g_file_test (file, G_FILE_TEST_EXISTS));
  test_now += 2 * G_TIME_SPAN_DAY;
  prune (self);
  g_assert_false (g_file_test (file, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (trash, G_FILE_TEST_EXISTS));
  workspaces = regie_engine_store_list_workspaces (self->store);
  g_assert_cmpint (g_strv_length (workspaces), ==, 0);

  old.actime = old.modtime = test_now / G_USEC_PER_SEC - 8 * 24 * 3600;
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
make_file (TestStore *self, const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (self->folder, folder, NULL);
  char *file = g_build_filename (path, name, NULL);

  g_assert_cmpint (g_mkdir_with_parents (path, 0700), ==, 0);
  g_assert_true (g_file_set_contents (file, "x", -1, NULL));

  return file;
}

static void
test_prune_human (TestStore *self, gconstpointer data)
{
  g_autofree char *file = make_file (self, "digital-humans", HUMAN ".db");
  g_autofree char *log = make_file (self, "logs", HUMAN ".log");
  g_autofree char *backup = make_file (self, "backups/" HUMAN, "1.db");
  g_autofree char *other = make_file (self, "backups/" HUMAN, "2.db");
  g_autofree char *trash = g_build_filename (self->folder, "trash", HUMAN ".db", NULL);

  test_change (self, put_belongings, NULL);
  test_now += 29 * G_TIME_SPAN_DAY;
  prune (self);
  g_assert_true (g_file_test (file, G_FILE_TEST_EXISTS));
  g_assert_cmpint (test_count (self, "SELECT count (*) FROM task WHERE deleted_at IS NULL"), ==, 1);

  test_now += 2 * G_TIME_SPAN_DAY;
  prune (self);
  g_assert_cmpint (test_count (self, "SELECT count (*) FROM digital_human"), ==, 0);
  g_assert_cmpint (test_count (self, "SELECT count (*) FROM task WHERE deleted_at IS NULL"), ==, 0);
  g_assert_cmpint (test_count (self, "SELECT count (*) FROM \"right\" WHERE deleted_at IS NULL"), ==, 1);
  g_assert_cmpint (test_count (self, "SELECT count (*) FROM event WHERE type = 'delete' AND kind = 'task'"),
                   ==, 1);
  g_assert_false (g_file_test (file, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (log, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (trash, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (backup, G_FILE_TEST_EXISTS));

  test_now += 31 * G_TIME_SPAN_DAY;
  prune (self);
  g_assert_cmpint (test_count (self, "SELECT count (*) FROM task"), ==, 0);
  g_assert_cmpint (test_count (self, "SELECT count (*) FROM backup"), ==, 0);
  g_assert_false (g_file_test (trash, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (backup, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (other, G_FILE_TEST_EXISTS));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/engine/store/" name, TestStore, NULL, test_set_up, func, test_tear_down)
  ADD ("prune", test_prune);
  ADD ("prune-workspace", test_prune_workspace);
  ADD ("prune-human", test_prune_human);
#undef ADD

  return g_test_run ();
}
