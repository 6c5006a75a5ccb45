/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "db-test-util.h"

#include <glib/gstdio.h>

static const char *const steps[] = {
  "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);",
  "ALTER TABLE note ADD COLUMN rank INTEGER NOT NULL DEFAULT 7;",
  "CREATE TABLE tag (note INTEGER NOT NULL REFERENCES note (id) DEFERRABLE INITIALLY DEFERRED, word TEXT);",
};

const RegieDbSchema db_test_schema = { "notes", 0x52656731, steps, G_N_ELEMENTS (steps) };

RegieDbSchema
db_test_schema_until (guint n)
{
  RegieDbSchema schema = db_test_schema;

  schema.n_steps = n;
  return schema;
}

char *
db_test_make_folder (void)
{
  g_autoptr (GError) error = NULL;
  char *folder = g_dir_make_tmp ("regie-db-XXXXXX", &error);

  g_assert_no_error (error);
  return folder;
}

void
db_test_remove_folder (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_DIR) && !g_file_test (path, G_FILE_TEST_IS_SYMLINK))
        db_test_remove_folder (path);
      else
        g_unlink (path);
    }
  g_rmdir (folder);
}

gboolean
db_test_await (DexFuture *future, GError **error)
{
  gint64 deadline = g_get_monotonic_time () + 30 * G_USEC_PER_SEC;
  gboolean resolved;

  while (dex_future_get_status (future) == DEX_FUTURE_STATUS_PENDING)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      if (!g_main_context_iteration (NULL, FALSE))
        g_usleep (100);
    }
  resolved = dex_future_get_value (future, error) != NULL;
  dex_unref (future);
  return resolved;
}

gboolean
db_test_insert (sqlite3 *db, gpointer text, GError **error)
{
  return regie_db_run (db, error, "INSERT INTO note (text) VALUES (?1)", "s", (const char *) text);
}

gboolean
db_test_count (sqlite3 *db, gpointer number, GError **error)
{
  *(gint64 *) number = regie_db_get_int64 (db, -1, "SELECT count(*) FROM note", NULL);
  return TRUE;
}

gint64
db_test_get_count (RegieDb *db)
{
  g_autoptr (GError) error = NULL;
  gint64 number = -1;

  regie_db_read_sync (db, db_test_count, &number, &error);
  g_assert_no_error (error);
  return number;
}

RegieDb *
db_test_open (const char *path, RegieDbFlags flags)
{
  g_autoptr (GError) error = NULL;
  RegieDb *db = regie_db_open (path, &db_test_schema, flags, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (db);
  return db;
}
