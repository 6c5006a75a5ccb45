/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Intents whose outcome nobody knows, and what the server says meanwhile. */

#include "intents-test.h"

/* --- unknown ends --- */

static void
test_sending_is_unknown_after_a_restart (StoreTest *test, gconstpointer unused)
{
  g_autofree char *key = NULL;
  g_autofree char *id = NULL;
  g_autoptr (RegieIntent) intent = NULL;
  g_autoptr (RegieIntent) after = NULL;

  store_test_fill (test->store, "local", 1, 1);
  key = store_test_key (test->store, "digital-human", "human 1");
  id = update_name (test, key, "Anna", 0);
  intent = store_test_take (test->store);
  store_test_reopen (test);
  after = store_test_intent (test->store, id);
  g_assert_cmpint (regie_intent_get_state (after), ==, REGIE_INTENT_UNKNOWN);
  assert_row (test, "Anna", "name", "Anna", "unknown");
  assert_nothing_to_send (test);
  /* Reading told that it happened. */
  finish (test, after, REGIE_INTENT_SENT, NULL, NULL, NULL);
  assert_row (test, "Anna", "name", "Anna", "");
}

static JsonObject *
made (guint number, const char *name)
{
  JsonObject *record = store_test_digital_human (number, 1);

  json_object_set_string_member (record, "name", name);
  json_object_set_int_member (record, "created_at", g_get_real_time ());

  return record;
}

static gboolean
is_settled (StoreTest *test, const char *name)
{
  g_autoptr (RegieRecord) record = store_test_find (test->store, "digital-human", name);

  return record != NULL && g_str_equal (regie_record_get_pending (record), "");
}

static void
test_unknown_create_is_found (StoreTest *test, gconstpointer unused)
{
  g_autofree char *key = create (test, "Zoé", 0);
  g_autoptr (RegieIntent) intent = store_test_take (test->store);
  g_autofree char *found = NULL;
  g_autoptr (RegieRecord) record = NULL;
  JsonObject *older = made (8, "Zoé");

  finish (test, intent, REGIE_INTENT_UNKNOWN, NULL, NULL, NULL);
  assert_row (test, "Zoé", "name", "Zoé", "unknown");
  /* Alike, but it was there before. */
  json_object_set_int_member (older, "created_at", 1700000000000000);
  json_object_set_string_member (older, "description", "older");
  store_test_put (test->store, "local", "digital-human", older, made (9, "Zoë"), NULL);
  {
    g_autoptr (RegieIntent) still = store_test_intent (test->store, regie_intent_get_id (intent));

    g_assert_cmpint (regie_intent_get_state (still), ==, REGIE_INTENT_UNKNOWN);
  }
  store_test_await_ok (regie_store_remove_remote (test->store, "local", dh (), "000000000000000000000008"));
  store_test_put (test->store, "local", "digital-human", made (7, "Zoé"), NULL);
  found = store_test_key (test->store, "digital-human", "Zoé");
  g_assert_cmpstr (found, ==, key);
  store_test_until (is_settled (test, "Zoé"));
  record = store_test_find (test->store, "digital-human", "Zoé");
  g_assert_cmpstr (regie_record_get_remote_id (record), ==, "000000000000000000000007");
}

static void
test_later_patch_stands (StoreTest *test, gconstpointer unused)
{
  g_autofree char *key = NULL;
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autoptr (RegieIntent) unknown = NULL;
  g_autoptr (RegieIntent) sent = NULL;

  store_test_fill (test->store, "local", 1, 1);
  key = store_test_key (test->store, "digital-human", "human 1");
  first = update_name (test, key, "Anna", 0);
  unknown = store_test_take (test->store);
  finish (test, unknown, REGIE_INTENT_UNKNOWN, NULL, NULL, NULL);
  second = update_name (test, key, "Berta", 0);
  sent = store_test_take (test->store);
  finish (test, sent, REGIE_INTENT_SENT, NULL, NULL, NULL);
  assert_row (test, "Berta", "name", "Berta", "");
  store_test_await_error (regie_store_retry_intent (test->store, first), REGIE_ERROR_STATE);
}

/* The event of a create may come before its answer. */
static void
test_event_before_the_answer (StoreTest *test, gconstpointer unused)
{
  g_autoptr (RegieQuery) query = regie_query_new (dh ());
  g_autofree char *key = create (test, "Zoé", 0);
  g_autoptr (RegieIntent) intent = store_test_take (test->store);
  g_autoptr (JsonObject) answer = made (7, "Zoé");
  g_autofree char *during = NULL;
  g_autofree char *after = NULL;

  store_test_put (test->store, "local", "digital-human", json_object_ref (answer), NULL);
  during = store_test_fields (test->store, query, "name");
  g_assert_cmpstr (during, ==, "Zoé");
  finish (test, intent, REGIE_INTENT_SENT, answer, "000000000000000000000007", "1");
  after = store_test_fields (test->store, query, "name");
  g_assert_cmpstr (after, ==, "Zoé");
  assert_row (test, "Zoé", "name", "Zoé", "");
}

/* Two alike creates, and the event of one is taken for the other's. */
static void
test_two_alike_creates (StoreTest *test, gconstpointer unused)
{
  g_autoptr (RegieQuery) query = regie_query_new (dh ());
  g_autofree char *one = create (test, "Zoé", 0);
  g_autofree char *two = create (test, "Zoé", 0);
  g_autoptr (RegieIntent) first = store_test_take (test->store);
  g_autoptr (RegieIntent) second = store_test_take (test->store);
  g_autoptr (JsonObject) a = made (7, "Zoé");
  g_autoptr (JsonObject) b = made (8, "Zoé");
  g_autofree char *ids = NULL;

  store_test_put (test->store, "local", "digital-human", json_object_ref (b), NULL);
  store_test_put (test->store, "local", "digital-human", json_object_ref (a), NULL);
  finish (test, first, REGIE_INTENT_SENT, a, "000000000000000000000007", "1");
  finish (test, second, REGIE_INTENT_SENT, b, "000000000000000000000008", "1");
  regie_query_sort (query, "remote_id", FALSE);
  ids = store_test_fields (test->store, query, "id");
  g_assert_cmpstr (ids, ==, "000000000000000000000007,000000000000000000000008");
}

#define ADD(path, func) g_test_add (path, StoreTest, NULL, store_test_set_up, func, store_test_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/unknown/sending-is-unknown-after-a-restart", test_sending_is_unknown_after_a_restart);
  ADD ("/unknown/unknown-create-is-found", test_unknown_create_is_found);
  ADD ("/unknown/later-patch-stands", test_later_patch_stands);
  ADD ("/unknown/event-before-the-answer", test_event_before_the_answer);
  ADD ("/unknown/two-alike-creates", test_two_alike_creates);

  return g_test_run ();
}
