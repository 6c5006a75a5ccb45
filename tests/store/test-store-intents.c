/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "intents-test.h"

static void
test_create (StoreTest *test, gconstpointer unused)
{
  g_autofree char *key = create (test, "Zoé", 0);
  g_autofree char *now = NULL;
  g_autoptr (RegieIntent) intent = NULL;
  g_autoptr (RegieRecord) record = NULL;
  g_autoptr (JsonObject) answer = store_test_digital_human (7, 1);

  assert_row (test, "Zoé", "state", "stopped", "queued");
  intent = store_test_take (test->store);
  g_assert_cmpint (regie_intent_get_op (intent), ==, REGIE_INTENT_CREATE);
  g_assert_cmpstr (regie_intent_get_key (intent), ==, key);
  g_assert_null (regie_intent_get_remote_id (intent));
  g_assert_cmpuint (json_object_get_size (regie_intent_get_body (intent)), ==, 2);
  assert_row (test, "Zoé", "name", "Zoé", "sending");
  assert_nothing_to_send (test);

  json_object_set_string_member (answer, "name", "Zoé");
  finish (test, intent, REGIE_INTENT_SENT, answer, "000000000000000000000007", "1");
  assert_row (test, "Zoé", "email", "human.7@example.org", "");
  now = store_test_key (test->store, "digital-human", "Zoé");
  g_assert_cmpstr (now, ==, key);
  record = store_test_find (test->store, "digital-human", "Zoé");
  g_assert_cmpstr (regie_record_get_remote_id (record), ==, "000000000000000000000007");
  /* The backend's own word of it is no second row. */
  store_test_put (test->store, "local", "digital-human", json_object_ref (answer), NULL);
  g_assert_cmpint (store_test_put (test->store, "local", "digital-human", json_object_ref (answer), NULL), ==,
                   0);
}

static void
test_refused_fields (StoreTest *test, gconstpointer unused)
{
  g_autoptr (JsonObject) none = json_object_new ();
  g_autoptr (JsonObject) read_only = regie_json_object_new ("state", 's', "idle", NULL);
  g_autoptr (JsonObject) workspace = regie_json_object_new ("workspace", 's', "x", NULL);
  g_autofree char *key = create (test, "Zoé", 0);

  store_test_await_error (regie_store_create (test->store, "local", dh (), none, 0), REGIE_ERROR_INVALID);
  store_test_await_error (regie_store_update (test->store, dh (), key, read_only, 0), REGIE_ERROR_INVALID);
  store_test_await_error (regie_store_update (test->store, dh (), key, workspace, 0), REGIE_ERROR_INVALID);
  store_test_await_error (regie_store_update (test->store, dh (), "nobody", none, 0), REGIE_ERROR_NOT_FOUND);
  store_test_await_error (regie_store_act (test->store, dh (), key, "fly", NULL, 0), REGIE_ERROR_NOT_FOUND);
  store_test_await_error (regie_store_create (test->store, "local", regie_kind_get ("audit"), none, 0),
                          REGIE_ERROR_INVALID);
  store_test_await_error (regie_store_delete (test->store, regie_kind_get ("database"), key, 0),
                          REGIE_ERROR_INVALID);
}

static void
test_update (StoreTest *test, gconstpointer unused)
{
  g_autofree char *key = NULL;
  g_autofree char *id = NULL;
  g_autoptr (RegieIntent) intent = NULL;
  g_autoptr (JsonObject) answer = store_test_digital_human (1, 4);
  JsonObject *event = store_test_digital_human (1, 3);

  store_test_fill (test->store, "local", 1, 1);
  key = store_test_key (test->store, "digital-human", "human 1");
  id = update_name (test, key, "Anna", 0);
  assert_row (test, "Anna", "email", "human.1@example.org", "queued");
  intent = store_test_take (test->store);
  g_assert_cmpstr (regie_intent_get_id (intent), ==, id);
  g_assert_cmpstr (regie_intent_get_remote_id (intent), ==, "000000000000000000000001");
  g_assert_cmpstr (regie_intent_get_etag (intent), ==, "1");
  g_assert_cmpstr (regie_json_get_text (regie_intent_get_base (intent), "name", NULL), ==, "human 1");

  /* What comes meanwhile does not bring the old name back. */
  json_object_set_string_member (event, "state", "idle");
  store_test_put (test->store, "local", "digital-human", event, NULL);
  assert_row (test, "Anna", "state", "idle", "sending");

  json_object_set_string_member (answer, "name", "Anna");
  finish (test, intent, REGIE_INTENT_SENT, answer, NULL, "4");
  assert_row (test, "Anna", "state", "stopped", "");
}

static void
test_sent_without_answer (StoreTest *test, gconstpointer unused)
{
  g_autofree char *key = NULL;
  g_autofree char *id = NULL;
  g_autofree char *second = NULL;
  g_autoptr (RegieIntent) intent = NULL;
  g_autoptr (RegieIntent) next = NULL;

  store_test_fill (test->store, "local", 1, 1);
  key = store_test_key (test->store, "digital-human", "human 1");
  id = update_name (test, key, "Anna", 0);
  intent = store_test_take (test->store);
  finish (test, intent, REGIE_INTENT_SENT, NULL, NULL, NULL);
  assert_row (test, "Anna", "name", "Anna", "");
  second = update_name (test, key, "Berta", 0);
  next = store_test_take (test->store);
  g_assert_cmpstr (regie_json_get_text (regie_intent_get_base (next), "name", NULL), ==, "Anna");
}

static void
test_actions_show_at_once (StoreTest *test, gconstpointer unused)
{
  g_autofree char *key = NULL;
  g_autofree char *start = NULL;
  g_autoptr (RegieIntent) intent = NULL;

  store_test_fill (test->store, "local", 1, 1);
  key = store_test_key (test->store, "digital-human", "human 1");
  start = store_test_await_text (regie_store_act (test->store, dh (), key, "start", NULL, 0));
  assert_row (test, "human 1", "state", "initializing", "queued");
  intent = store_test_take (test->store);
  g_assert_cmpstr (regie_intent_get_action (intent), ==, "start");
  finish (test, intent, REGIE_INTENT_FAILED, NULL, NULL, NULL);
  assert_row (test, "human 1", "state", "stopped", "failed");
  store_test_await_ok (regie_store_retry_intent (test->store, start));
  assert_row (test, "human 1", "state", "initializing", "queued");
  store_test_await_ok (regie_store_cancel_intent (test->store, start));
  assert_row (test, "human 1", "state", "stopped", "");
}

static void
test_delete_and_undo (StoreTest *test, gconstpointer unused)
{
  g_autofree char *key = NULL;
  g_autofree char *id = NULL;
  g_autofree char *again = NULL;
  g_autofree char *after = NULL;
  g_autoptr (RegieIntent) intent = NULL;
  g_autoptr (RegieIntent) restore = NULL;
  g_autoptr (JsonObject) answer = store_test_digital_human (1, 3);

  store_test_fill (test->store, "local", 1, 2);
  key = store_test_key (test->store, "digital-human", "human 1");
  id = store_test_await_text (regie_store_delete (test->store, dh (), key, 60000));
  assert_no_row (test, "human 1");
  assert_nothing_to_send (test);
  g_assert_cmpint (regie_store_get_next_due (test->store, "local"), >, 0);
  /* A pull in between does not bring it back. */
  store_test_put (test->store, "local", "digital-human", store_test_digital_human (1, 2), NULL);
  assert_no_row (test, "human 1");
  store_test_await_ok (regie_store_undo (test->store, id));
  assert_row (test, "human 1", "name", "human 1", "");
  g_assert_cmpint (regie_store_get_next_due (test->store, "local"), ==, 0);
  after = store_test_key (test->store, "digital-human", "human 1");
  g_assert_cmpstr (after, ==, key);

  /* Sent already: the backend is asked to restore it. */
  again = store_test_await_text (regie_store_delete (test->store, dh (), key, 0));
  intent = store_test_take (test->store);
  g_assert_cmpint (regie_intent_get_op (intent), ==, REGIE_INTENT_DELETE);
  finish (test, intent, REGIE_INTENT_SENT, NULL, NULL, NULL);
  assert_no_row (test, "human 1");
  store_test_await_ok (regie_store_undo (test->store, again));
  assert_row (test, "human 1", "name", "human 1", "queued");
  restore = store_test_take (test->store);
  g_assert_cmpstr (regie_intent_get_action (restore), ==, "restore");
  g_assert_cmpstr (regie_intent_get_remote_id (restore), ==, "000000000000000000000001");
  finish (test, restore, REGIE_INTENT_SENT, answer, NULL, "3");
  assert_row (test, "human 1", "name", "human 1", "");
}

static void
test_undo_of_what_was_sent (StoreTest *test, gconstpointer unused)
{
  g_autofree char *key = NULL;
  g_autofree char *id = NULL;
  g_autofree char *start = NULL;
  g_autofree char *restart = NULL;
  g_autoptr (RegieIntent) intent = NULL;
  g_autoptr (RegieIntent) inverse = NULL;
  g_autoptr (RegieIntent) action = NULL;
  g_autoptr (RegieIntent) stop = NULL;
  g_autoptr (RegieIntent) last = NULL;

  store_test_fill (test->store, "local", 1, 1);
  key = store_test_key (test->store, "digital-human", "human 1");
  id = update_name (test, key, "Anna", 0);
  intent = store_test_take (test->store);
  finish (test, intent, REGIE_INTENT_SENT, NULL, NULL, NULL);
  store_test_await_ok (regie_store_undo (test->store, id));
  assert_row (test, "human 1", "name", "human 1", "queued");
  inverse = store_test_take (test->store);
  g_assert_cmpstr (regie_json_get_text (regie_intent_get_body (inverse), "name", NULL), ==, "human 1");
  finish (test, inverse, REGIE_INTENT_SENT, NULL, NULL, NULL);

  start = store_test_await_text (regie_store_act (test->store, dh (), key, "start", NULL, 0));
  action = store_test_take (test->store);
  finish (test, action, REGIE_INTENT_SENT, NULL, NULL, NULL);
  store_test_await_ok (regie_store_undo (test->store, start));
  stop = store_test_take (test->store);
  g_assert_cmpstr (regie_intent_get_action (stop), ==, "stop");
  finish (test, stop, REGIE_INTENT_SENT, NULL, NULL, NULL);

  restart = store_test_await_text (regie_store_act (test->store, dh (), key, "restart", NULL, 0));
  last = store_test_take (test->store);
  finish (test, last, REGIE_INTENT_SENT, NULL, NULL, NULL);
  store_test_await_error (regie_store_undo (test->store, restart), REGIE_ERROR_STATE);
  store_test_await_error (regie_store_undo (test->store, "nobody"), REGIE_ERROR_NOT_FOUND);
}

static void
test_undo_window_ends (StoreTest *test, gconstpointer unused)
{
  g_autofree char *key = NULL;
  g_autofree char *id = NULL;
  g_autoptr (RegieIntent) held = NULL;
  g_autoptr (RegieIntent) intent = NULL;

  store_test_fill (test->store, "local", 1, 1);
  key = store_test_key (test->store, "digital-human", "human 1");
  id = update_name (test, key, "Anna", 30);
  held = store_test_intent (test->store, id);
  g_assert_cmpint (regie_intent_get_state (held), ==, REGIE_INTENT_HELD);
  store_test_until (regie_store_get_next_due (test->store, "local") == 0);
  intent = store_test_take (test->store);
  g_assert_cmpstr (regie_intent_get_id (intent), ==, id);
}

/* --- order and dependence --- */

static void
test_patches_become_one (StoreTest *test, gconstpointer unused)
{
  g_autofree char *key = NULL;
  g_autofree char *a = NULL;
  g_autofree char *b = NULL;
  g_autofree char *c = NULL;
  g_autoptr (JsonObject) other = regie_json_object_new ("tone", 's', "formal", NULL);
  g_autoptr (RegieIntent) intent = NULL;

  store_test_fill (test->store, "local", 1, 1);
  key = store_test_key (test->store, "digital-human", "human 1");
  a = update_name (test, key, "Anna", 0);
  b = update_name (test, key, "Berta", 0);
  g_assert_cmpstr (a, ==, b);
  /* With an undo window of its own it stays apart until that is over. */
  c = store_test_await_text (regie_store_update (test->store, dh (), key, other, 1));
  g_assert_cmpstr (a, !=, c);
  store_test_until (regie_store_get_next_due (test->store, "local") == 0);
  intent = store_test_take (test->store);
  g_assert_cmpstr (regie_intent_get_id (intent), ==, a);
  g_assert_cmpstr (regie_json_get_text (regie_intent_get_body (intent), "name", NULL), ==, "Berta");
  g_assert_cmpstr (regie_json_get_text (regie_intent_get_body (intent), "tone", NULL), ==, "formal");
  g_assert_cmpstr (regie_json_get_text (regie_intent_get_base (intent), "name", NULL), ==, "human 1");
  assert_nothing_to_send (test);
}

static void
test_one_after_the_other (StoreTest *test, gconstpointer unused)
{
  g_autofree char *one = NULL;
  g_autofree char *two = NULL;
  g_autofree char *a = NULL;
  g_autofree char *b = NULL;
  g_autofree char *c = NULL;
  g_autoptr (RegieIntent) first = NULL;
  g_autoptr (RegieIntent) second = NULL;
  g_autoptr (RegieIntent) third = NULL;

  store_test_fill (test->store, "local", 1, 2);
  one = store_test_key (test->store, "digital-human", "human 1");
  two = store_test_key (test->store, "digital-human", "human 2");
  a = store_test_await_text (regie_store_act (test->store, dh (), one, "start", NULL, 0));
  b = store_test_await_text (regie_store_act (test->store, dh (), one, "stop", NULL, 0));
  c = store_test_await_text (regie_store_act (test->store, dh (), two, "start", NULL, 0));
  first = store_test_take (test->store);
  second = store_test_take (test->store);
  g_assert_cmpstr (regie_intent_get_id (first), ==, a);
  g_assert_cmpstr (regie_intent_get_id (second), ==, c);
  assert_nothing_to_send (test);
  /* Nothing left: it comes again, before what is behind it. */
  finish (test, first, REGIE_INTENT_QUEUED, NULL, NULL, NULL);
  g_clear_pointer (&first, regie_intent_unref);
  first = store_test_take (test->store);
  g_assert_cmpstr (regie_intent_get_id (first), ==, a);
  g_assert_cmpuint (regie_intent_get_attempts (first), ==, 2);
  finish (test, first, REGIE_INTENT_FAILED, NULL, NULL, NULL);
  third = store_test_take (test->store);
  g_assert_cmpstr (regie_intent_get_id (third), ==, b);
}

static void
test_what_needs_a_create_waits (StoreTest *test, gconstpointer unused)
{
  g_autofree char *key = create (test, "Zoé", 0);
  g_autofree char *update = update_name (test, key, "Zoé B.", 60000);
  g_autofree char *task = NULL;
  g_autoptr (JsonObject) fields = regie_json_object_new ("digital_human", 's', key, "type", 's', "analyze",
                                                         "payload", 'o', json_object_new (), NULL);
  g_autoptr (RegieIntent) made = NULL;
  g_autoptr (RegieIntent) next = NULL;
  g_autoptr (JsonObject) answer = store_test_digital_human (7, 1);
  g_autoptr (RegieRecord) shown = NULL;
  g_autoptr (RegieQuery) tasks = regie_query_new (regie_kind_get ("task"));
  g_autofree char *refs = NULL;

  task =
      store_test_await_text (regie_store_create (test->store, "local", regie_kind_get ("task"), fields, 0));
  made = store_test_take (test->store);
  g_assert_cmpstr (regie_intent_get_key (made), ==, key);
  assert_nothing_to_send (test);
  json_object_set_string_member (answer, "name", "Zoé");
  finish (test, made, REGIE_INTENT_SENT, answer, "000000000000000000000007", "1");
  assert_row (test, "Zoé B.", "email", "human.7@example.org", "held");

  next = store_test_take (test->store);
  g_assert_cmpstr (regie_intent_get_key (next), ==, task);
  g_assert_cmpstr (regie_json_get_text (regie_intent_get_body (next), "digital_human", NULL), ==,
                   "000000000000000000000007");
  refs = store_test_fields (test->store, tasks, "digital_human");
  g_assert_cmpstr (refs, ==, "000000000000000000000007");
}

static void
test_failed_create_stays (StoreTest *test, gconstpointer unused)
{
  g_autofree char *key = create (test, "Zoé", 0);
  g_autofree char *update = update_name (test, key, "Zoé B.", 0);
  g_autoptr (RegieIntent) intent = store_test_take (test->store);
  g_autoptr (RegieIntent) listed = NULL;
  g_autoptr (RegieIntent) again = NULL;

  finish (test, intent, REGIE_INTENT_FAILED, NULL, NULL, NULL);
  assert_row (test, "Zoé B.", "name", "Zoé B.", "failed");
  assert_nothing_to_send (test);
  listed = store_test_intent (test->store, regie_intent_get_id (intent));
  g_assert_cmpstr (regie_intent_get_error (listed), ==, "refused");
  store_test_reopen (test);
  assert_row (test, "Zoé B.", "name", "Zoé B.", "failed");
  store_test_await_ok (regie_store_retry_intent (test->store, regie_intent_get_id (intent)));
  again = store_test_take (test->store);
  g_assert_cmpstr (regie_intent_get_id (again), ==, regie_intent_get_id (intent));
  finish (test, again, REGIE_INTENT_FAILED, NULL, NULL, NULL);
  store_test_await_ok (regie_store_cancel_intent (test->store, regie_intent_get_id (intent)));
  assert_no_row (test, "Zoé B.");
  assert_nothing_to_send (test);
}

static void
test_deleting_a_failed_create_gives_up (StoreTest *test, gconstpointer unused)
{
  g_autofree char *key = create (test, "Zoé", 0);
  g_autoptr (RegieIntent) intent = store_test_take (test->store);
  g_autofree char *id = NULL;

  finish (test, intent, REGIE_INTENT_FAILED, NULL, NULL, NULL);
  id = store_test_await_text (regie_store_delete (test->store, dh (), key, 0));
  assert_no_row (test, "Zoé");
  assert_nothing_to_send (test);
}

/* --- versions --- */

static void
test_etag_follows_what_does_not_matter (StoreTest *test, gconstpointer unused)
{
  g_autofree char *key = NULL;
  g_autofree char *id = NULL;
  JsonObject *event = store_test_digital_human (1, 9);
  g_autoptr (RegieIntent) intent = NULL;

  store_test_fill (test->store, "local", 1, 1);
  key = store_test_key (test->store, "digital-human", "human 1");
  id = update_name (test, key, "Anna", 0);
  json_object_set_string_member (event, "state", "idle");
  store_test_put (test->store, "local", "digital-human", event, NULL);
  intent = store_test_take (test->store);
  g_assert_cmpstr (regie_intent_get_etag (intent), ==, "9");
}

static void
test_etag_stays_when_the_field_changed (StoreTest *test, gconstpointer unused)
{
  g_autofree char *key = NULL;
  g_autofree char *id = NULL;
  JsonObject *event = store_test_digital_human (1, 9);
  g_autoptr (RegieIntent) intent = NULL;
  g_autoptr (RegieIntent) again = NULL;

  store_test_fill (test->store, "local", 1, 1);
  key = store_test_key (test->store, "digital-human", "human 1");
  id = update_name (test, key, "Anna", 0);
  json_object_set_string_member (event, "name", "Theirs");
  store_test_put (test->store, "local", "digital-human", event, NULL);
  intent = store_test_take (test->store);
  g_assert_cmpstr (regie_intent_get_etag (intent), ==, "1");
  finish (test, intent, REGIE_INTENT_CONFLICT, NULL, NULL, NULL);
  assert_row (test, "Anna", "name", "Anna", "conflict");
  /* The user has seen theirs and wants hers. */
  store_test_await_ok (regie_store_retry_intent (test->store, id));
  again = store_test_take (test->store);
  g_assert_cmpstr (regie_intent_get_etag (again), ==, "9");
  g_assert_cmpstr (regie_json_get_text (regie_intent_get_base (again), "name", NULL), ==, "Theirs");
}
/* --- journal --- */

static void
test_journal (StoreTest *test, gconstpointer unused)
{
  g_autoptr (RegieQuery) query = regie_query_new (regie_kind_get ("audit"));
  g_autofree char *key = create (test, "Zoé", 0);
  g_autofree char *id = update_name (test, key, "Zoé B.", 60000);
  g_autofree char *actions = NULL;
  g_autofree char *again = NULL;
  g_autoptr (GPtrArray) entries = NULL;
  RegieRecord *entry;

  store_test_await_ok (regie_store_undo (test->store, id));
  regie_query_sort (query, "at", FALSE);
  actions = store_test_fields (test->store, query, "action");
  g_assert_cmpstr (actions, ==, "create,update,cancel");
  entries = store_test_await_boxed (regie_store_fetch (test->store, query, 10), G_TYPE_PTR_ARRAY);
  entry = g_ptr_array_index (entries, 1);
  g_assert_cmpstr (regie_record_get_connection (entry), ==, "local");
  g_assert_cmpstr (regie_record_get_text (entry, "who"), ==, g_get_user_name ());
  g_assert_cmpstr (regie_record_get_text (entry, "record"), ==, key);
  g_assert_cmpstr (
      regie_json_get_text (regie_json_get_object (regie_record_get_data (entry), "before"), "name", NULL), ==,
      "Zoé");
  g_assert_cmpstr (
      regie_json_get_text (regie_json_get_object (regie_record_get_data (entry), "after"), "name", NULL), ==,
      "Zoé B.");
  store_test_await_ok (regie_store_verify_journal (test->store));
  store_test_reopen (test);
  again = store_test_fields (test->store, query, "action");
  g_assert_cmpstr (again, ==, "create,update,cancel");
}

#define ADD(path, func) g_test_add (path, StoreTest, NULL, store_test_set_up, func, store_test_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/intents/create", test_create);
  ADD ("/intents/refused-fields", test_refused_fields);
  ADD ("/intents/update", test_update);
  ADD ("/intents/sent-without-answer", test_sent_without_answer);
  ADD ("/intents/actions-show-at-once", test_actions_show_at_once);
  ADD ("/intents/delete-and-undo", test_delete_and_undo);
  ADD ("/intents/undo-of-what-was-sent", test_undo_of_what_was_sent);
  ADD ("/intents/undo-window-ends", test_undo_window_ends);
  ADD ("/intents/patches-become-one", test_patches_become_one);
  ADD ("/intents/one-after-the-other", test_one_after_the_other);
  ADD ("/intents/what-needs-a-create-waits", test_what_needs_a_create_waits);
  ADD ("/intents/failed-create-stays", test_failed_create_stays);
  ADD ("/intents/deleting-a-failed-create-gives-up", test_deleting_a_failed_create_gives_up);
  ADD ("/intents/etag-follows-what-does-not-matter", test_etag_follows_what_does_not_matter);
  ADD ("/intents/etag-stays-when-the-field-changed", test_etag_stays_when_the_field_changed);
  ADD ("/intents/journal", test_journal);

  return g_test_run ();
}
