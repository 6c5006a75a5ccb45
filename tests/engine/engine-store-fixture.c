/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine-store-fixture.h"

#include <glib/gstdio.h>

#include "core/regie-time.h"

gint64 test_now;

static gint64
get_now (void)
{
  return test_now;
}

gboolean
test_await (DexFuture *future, GError **error)
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

JsonObject *
test_await_object (DexFuture *future)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DexFuture) held = dex_ref (future);

  test_await (future, &error);
  g_assert_no_error (error);

  return g_value_dup_boxed (dex_future_get_value (held, NULL));
}

void
test_change (TestStore *self, RegieTxnFunc func, gpointer data)
{
  g_autoptr (GError) error = NULL;

  test_await (regie_engine_store_change (self->store, WORKSPACE, func, data, NULL), &error);
  g_assert_no_error (error);
}

void
test_reopen (TestStore *self)
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

void
test_set_up (TestStore *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  test_now = g_get_real_time ();
  regie_time_set_clock (get_now);
  self->folder = g_dir_make_tmp ("regie-test-XXXXXX", &error);
  g_assert_no_error (error);
  test_reopen (self);
  test_await (regie_engine_store_add_workspace (self->store, WORKSPACE, put_first, NULL, NULL), &error);
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

void
test_tear_down (TestStore *self, gconstpointer data)
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

gint64
test_count (TestStore *self, const char *sql)
{
  Count data = { sql, -1 };
  g_autoptr (GError) error = NULL;

  test_await (regie_engine_store_read (self->store, WORKSPACE, read_count, &data, NULL), &error);
  g_assert_no_error (error);

  return data.number;
}

gboolean
test_run_sql (RegieTxn *txn, gpointer sql, GError **error)
{
  return regie_db_run (regie_txn_get_db (txn), error, sql, NULL);
}
