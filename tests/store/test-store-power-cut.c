/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-power-cut-harness.h"
#include "regie-store-private.h"
#include "store-test-util.h"

#include "core/regie-json.h"
#include "db/regie-db-private.h"

/* Creates, edits, deletes, undoes, sends and named values, with the power cut at each sync point. A Digital
 * Human is a thing by its name, its description is its value; a named value is one by its name. */

typedef struct
{
  RegieStore *store;
  RegieWitness *witness;
  GHashTable *keys; /* name → key */
  guint next;       /* id at the backend */
} Work;

static const RegieKind *
dh (void)
{
  return regie_kind_get ("digital-human");
}

/* The change of a thing; TRUE when it was acknowledged. RESULT gets the text that the future gave. */
static gboolean
settle (Work *self, const char *thing, const char *value, DexFuture *future, char **result)
{
  g_autoptr (DexFuture) held = dex_ref (future);
  const GValue *found;

  if (!store_test_await (future, NULL))
    return FALSE;
  regie_witness_acknowledge (self->witness, thing);
  found = dex_future_get_value (held, NULL);
  if (result != NULL)
    *result = g_value_dup_string (found);

  return TRUE;
}

static gboolean
create (Work *self, const char *name, const char *value)
{
  g_autoptr (JsonObject) fields =
      regie_json_object_new ("name", 's', name, "workspace", 's', "w", "description", 's', value, NULL);
  char *key;

  regie_witness_ask (self->witness, name, value);
  if (!settle (self, name, value, regie_store_create (self->store, "local", dh (), fields, 0), &key))
    return FALSE;
  g_hash_table_replace (self->keys, g_strdup (name), key);

  return TRUE;
}

static gboolean
update (Work *self, const char *name, const char *value, guint hold_ms)
{
  g_autoptr (JsonObject) patch = regie_json_object_new ("description", 's', value, NULL);

  regie_witness_ask (self->witness, name, value);

  return settle (
      self, name, value,
      regie_store_update (self->store, dh (), g_hash_table_lookup (self->keys, name), patch, hold_ms), NULL);
}

static gboolean
delete_and_undo (Work *self, const char *name, const char *value, gboolean undo)
{
  g_autofree char *intent = NULL;

  regie_witness_ask (self->witness, name, NULL);
  if (!settle (self, name, NULL,
               regie_store_delete (self->store, dh (), g_hash_table_lookup (self->keys, name), 60000),
               &intent))
    return FALSE;
  if (!undo)
    return TRUE;
  regie_witness_ask (self->witness, name, value);

  return settle (self, name, value, regie_store_undo (self->store, intent), NULL);
}

static gboolean
put_value (Work *self, const char *name, const char *text)
{
  g_autoptr (JsonObject) value = text != NULL ? regie_json_object_new ("text", 's', text, NULL) : NULL;

  regie_witness_ask (self->witness, name, text);

  return settle (self, name, text, regie_store_put_value (self->store, name, value), NULL);
}

/* Sends what is ready: what is shown stays the same. */
static gboolean
send_all (Work *self)
{
  for (;;)
    {
      DexFuture *future = regie_store_take_intent (self->store, "local");
      g_autoptr (DexFuture) held = dex_ref (future);
      g_autoptr (JsonObject) answer = NULL;
      g_autofree char *id = NULL;
      RegieIntent *intent;

      if (!store_test_await (future, NULL))
        return FALSE;
      intent = g_value_get_boxed (dex_future_get_value (held, NULL));
      if (intent == NULL)
        return TRUE;
      if (regie_intent_get_op (intent) == REGIE_INTENT_CREATE)
        {
          answer = regie_json_copy (regie_intent_get_body (intent));
          id = g_strdup_printf ("%024x", self->next++);
          json_object_set_string_member (answer, "id", id);
          json_object_set_int_member (answer, "rev", 1);
        }
      if (!store_test_await (
              regie_store_finish_intent (self->store, intent, REGIE_INTENT_SENT, answer, id, NULL, NULL),
              NULL))
        return FALSE;
    }
}

static void
close_store (Work *self)
{
  if (self->store == NULL)
    return;
  regie_store_close (self->store);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_clear_object (&self->store);
}

static gboolean
work (Work *self, const char *folder)
{
  g_autofree char *large = g_strnfill (1500, 'x');

  if (!create (self, "anna", "1") || !create (self, "bert", "1") || !put_value (self, "draft/a", "one") ||
      !update (self, "anna", "2", 0) || !send_all (self) || !update (self, "anna", large, 0) ||
      !delete_and_undo (self, "bert", "1", TRUE) || !put_value (self, "draft/a", "two") ||
      !create (self, "carl", "1") || !update (self, "carl", "2", 60000) || !send_all (self))
    return FALSE;
  close_store (self);
  self->store = regie_store_open (folder, NULL, NULL);
  if (self->store == NULL)
    return FALSE;

  return update (self, "bert", "2", 0) && delete_and_undo (self, "carl", "2", FALSE) && send_all (self) &&
         put_value (self, "draft/a", NULL) && create (self, "dora", "1") &&
         put_value (self, "draft/b", large) && update (self, "dora", "2", 0) && send_all (self) &&
         delete_and_undo (self, "anna", large, TRUE);
}

static void
run (const char *folder, RegieWitness *witness, gpointer data)
{
  Work self = { .witness = witness, .next = 1 };

  self.keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self.store = regie_store_open (folder, NULL, NULL);
  if (self.store != NULL)
    work (&self, folder);
  close_store (&self);
  g_hash_table_unref (self.keys);
}

/* --- what is left --- */

static void
find_values (RegieStore *store, RegieWitness *witness)
{
  g_autoptr (JsonObject) values =
      store_test_await_boxed (regie_store_list_values (store, "draft/"), JSON_TYPE_OBJECT);
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  json_object_iter_init (&iter, values);
  while (json_object_iter_next (&iter, &name, &node))
    regie_witness_find (witness, name, regie_json_get_text (json_node_get_object (node), "text", NULL));
}

static void
find_records (RegieStore *store, RegieWitness *witness)
{
  g_autoptr (RegieQuery) query = regie_query_new (dh ());
  g_autoptr (GPtrArray) records =
      store_test_await_boxed (regie_store_fetch (store, query, 1000), G_TYPE_PTR_ARRAY);

  for (guint i = 0; i < records->len; i++)
    regie_witness_find (witness, regie_record_get_title (g_ptr_array_index (records, i)),
                        regie_record_get_text (g_ptr_array_index (records, i), "description"));
}

static gboolean
check (const char *folder, RegieWitness *witness, gpointer data, GError **error)
{
  RegieStore *store = regie_store_open (folder, NULL, error);
  gboolean ok;

  if (store == NULL)
    return FALSE;
  find_values (store, witness);
  find_records (store, witness);
  ok = store_test_await (regie_store_verify_journal (store), error);
  regie_store_close (store);
  g_object_unref (store);

  return ok;
}

static void
assert_survives (RegiePowerCutMode mode)
{
  RegiePowerCutWorkload workload = { run, check, NULL };
  RegiePowerCutReport report;
  g_autoptr (GError) error = NULL;
  guint32 seed = mode == REGIE_POWER_CUT_TEAR ? (guint32) g_test_rand_int () : 0;

  regie_power_cut_try_all (&workload, mode, seed, 1, &report, &error);
  g_assert_no_error (error);
  g_test_message ("%u cuts, %u changes acknowledged before one, %u cuts with a change in flight",
                  report.n_cuts, report.n_acknowledged, report.n_in_flight);
  g_assert_cmpuint (report.n_cuts, >, 30);
  g_assert_cmpuint (report.n_in_flight, >, 10);
}

static void
test_nothing_is_lost (void)
{
  assert_survives (REGIE_POWER_CUT_DROP);
}

static void
test_torn_writes (void)
{
  assert_survives (REGIE_POWER_CUT_TEAR);
}

/* Without syncs it must be found out, else the tests above prove nothing. */
static void
test_without_syncs_is_found_out (void)
{
  RegieDbFlags flags = regie_store_user_flags;
  RegiePowerCutWorkload workload = { run, check, NULL };
  g_autoptr (GError) error = NULL;

  regie_store_user_flags = REGIE_DB_LOCK | REGIE_DB_NEVER_SYNC;
  g_assert_false (regie_power_cut_try_all (&workload, REGIE_POWER_CUT_DROP, 1, 1, NULL, &error));
  regie_store_user_flags = flags;
  g_assert_nonnull (error);
  g_test_message ("found: %s", error->message);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store-power-cut/nothing-is-lost", test_nothing_is_lost);
  g_test_add_func ("/store-power-cut/torn-writes", test_torn_writes);
  g_test_add_func ("/store-power-cut/without-syncs-is-found-out", test_without_syncs_is_found_out);

  return g_test_run ();
}
