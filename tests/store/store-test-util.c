/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store-test-util.h"

#include <glib/gstdio.h>

#include "core/regie-json.h"

char *
store_test_make_folder (void)
{
  g_autoptr (GError) error = NULL;
  char *folder = g_dir_make_tmp ("regie-store-XXXXXX", &error);

  g_assert_no_error (error);

  return folder;
}

void
store_test_remove_folder (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_unlink (path);
    }
  g_rmdir (folder);
}

RegieStore *
store_test_open (const char *folder)
{
  g_autoptr (GError) error = NULL;
  RegieStore *store = regie_store_open (folder, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (store);

  return store;
}

void
store_test_set_up (StoreTest *test, gconstpointer unused)
{
  test->folder = store_test_make_folder ();
  test->store = store_test_open (test->folder);
}

static void
close_store (StoreTest *test)
{
  if (test->store == NULL)
    return;
  regie_store_close (test->store);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_clear_object (&test->store);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

void
store_test_tear_down (StoreTest *test, gconstpointer unused)
{
  close_store (test);
  store_test_remove_folder (test->folder);
  g_free (test->folder);
}

void
store_test_reopen (StoreTest *test)
{
  close_store (test);
  test->store = store_test_open (test->folder);
}

gboolean
store_test_await (DexFuture *future, GError **error)
{
  gboolean resolved;

  g_assert_nonnull (future);
  store_test_until (dex_future_get_status (future) != DEX_FUTURE_STATUS_PENDING);
  resolved = dex_future_get_value (future, error) != NULL;
  dex_unref (future);

  return resolved;
}

static const GValue *
await_value (DexFuture *future)
{
  g_autoptr (GError) error = NULL;
  const GValue *value;

  g_assert_nonnull (future);
  store_test_until (dex_future_get_status (future) != DEX_FUTURE_STATUS_PENDING);
  value = dex_future_get_value (future, &error);
  g_assert_no_error (error);

  return value;
}

char *
store_test_await_text (DexFuture *future)
{
  char *text = g_value_dup_string (await_value (future));

  dex_unref (future);

  return text;
}

gint64
store_test_await_int64 (DexFuture *future)
{
  gint64 number = g_value_get_int64 (await_value (future));

  dex_unref (future);

  return number;
}

gpointer
store_test_await_boxed (DexFuture *future, GType type)
{
  const GValue *value = await_value (future);
  gpointer boxed;

  g_assert_true (G_VALUE_HOLDS (value, type));
  boxed = g_value_dup_boxed (value);
  dex_unref (future);

  return boxed;
}

void
store_test_await_ok (DexFuture *future)
{
  g_autoptr (GError) error = NULL;

  store_test_await (future, &error);
  g_assert_no_error (error);
}

void
store_test_await_error (DexFuture *future, RegieError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (store_test_await (future, &error));
  g_assert_error (error, REGIE_ERROR, (int) code);
}

JsonObject *
store_test_digital_human (guint number, guint rev)
{
  g_autofree char *id = g_strdup_printf ("%024x", number);
  g_autofree char *name = g_strdup_printf ("human %u", number);
  g_autofree char *email = g_strdup_printf ("human.%u@example.org", number);

  return regie_json_object_new (
      "id", 's', id, "rev", 'i', (gint64) rev, "created_at", 'i', (gint64) 1700000000000000 + number,
      "updated_at", 'i', (gint64) 1700000000000000 + number, "workspace", 's', "00000000000000000000000a",
      "name", 's', name, "email", 's', email, "role", 's', "assistant", "wanted", 's', "stopped", "state",
      's', "stopped", "paused", 'b', FALSE, "tasks_day", 'i', (gint64) (number * 7919 % 1000), "description",
      's', "Answers “mail” and\nmore", NULL);
}

gint64
store_test_put (RegieStore *store, const char *connection, const char *kind, JsonObject *first, ...)
{
  g_autoptr (JsonArray) page = json_array_new ();
  va_list args;

  va_start (args, first);
  for (JsonObject *item = first; item != NULL; item = va_arg (args, JsonObject *))
    json_array_add_object_element (page, item);
  va_end (args);

  return store_test_await_int64 (regie_store_put_remote (store, connection, regie_kind_get (kind), page));
}

void
store_test_fill (RegieStore *store, const char *connection, guint first, guint n)
{
  g_autoptr (JsonArray) page = json_array_new ();

  for (guint i = 0; i < n; i++)
    json_array_add_object_element (page, store_test_digital_human (first + i, 1));
  g_assert_cmpint (store_test_await_int64 (
                       regie_store_put_remote (store, connection, regie_kind_get ("digital-human"), page)),
                   ==, n);
}

char *
store_test_fields (RegieStore *store, const RegieQuery *query, const char *field)
{
  g_autoptr (GPtrArray) records =
      store_test_await_boxed (regie_store_fetch (store, query, 1000000), G_TYPE_PTR_ARRAY);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < records->len; i++)
    {
      const char *value = regie_record_get_text (g_ptr_array_index (records, i), field);

      g_string_append_printf (text, "%s%s", i > 0 ? "," : "", value != NULL ? value : "-");
    }

  return g_string_free_and_steal (text);
}

RegieRecord *
store_test_find (RegieStore *store, const char *kind, const char *name)
{
  g_autoptr (RegieQuery) query = regie_query_new (regie_kind_get (kind));
  g_autoptr (GPtrArray) records = NULL;

  records = store_test_await_boxed (regie_store_fetch (store, query, 1000000), G_TYPE_PTR_ARRAY);
  for (guint i = 0; i < records->len; i++)
    if (g_str_equal (regie_record_get_title (g_ptr_array_index (records, i)), name))
      return g_object_ref (g_ptr_array_index (records, i));

  return NULL;
}

char *
store_test_key (RegieStore *store, const char *kind, const char *name)
{
  g_autoptr (RegieRecord) record = store_test_find (store, kind, name);

  g_assert_nonnull (record);

  return g_strdup (regie_record_get_key (record));
}

RegieIntent *
store_test_intent (RegieStore *store, const char *id)
{
  g_autoptr (GPtrArray) all = store_test_await_boxed (regie_store_list_intents (store), G_TYPE_PTR_ARRAY);

  for (guint i = 0; i < all->len; i++)
    if (g_str_equal (regie_intent_get_id (g_ptr_array_index (all, i)), id))
      return regie_intent_ref (g_ptr_array_index (all, i));

  return NULL;
}

RegieIntent *
store_test_take (RegieStore *store)
{
  return store_test_await_boxed (regie_store_take_intent (store, "local"), REGIE_TYPE_INTENT);
}
