/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store-test-util.h"

#include "core/regie-json.h"

/* Short words for the tests of intents. */

static inline const RegieKind *
dh (void)
{
  return regie_kind_get ("digital-human");
}

static inline char *
update_name (StoreTest *test, const char *key, const char *name, guint hold_ms)
{
  g_autoptr (JsonObject) patch = regie_json_object_new ("name", 's', name, NULL);

  return store_test_await_text (regie_store_update (test->store, dh (), key, patch, hold_ms));
}

static inline char *
create (StoreTest *test, const char *name, guint hold_ms)
{
  g_autoptr (JsonObject) fields =
      regie_json_object_new ("name", 's', name, "workspace", 's', "00000000000000000000000a", NULL);

  return store_test_await_text (regie_store_create (test->store, "local", dh (), fields, hold_ms));
}

static inline void
finish (StoreTest *test,
        RegieIntent *intent,
        RegieIntentState state,
        JsonObject *answer,
        const char *remote_id,
        const char *etag)
{
  g_autoptr (GError) error = g_error_new (REGIE_ERROR, REGIE_ERROR_INVALID, "refused");

  store_test_await_ok (regie_store_finish_intent (test->store, intent, state, answer, remote_id, etag,
                                                  state == REGIE_INTENT_SENT ? NULL : error));
}

static inline void
assert_row (StoreTest *test, const char *name, const char *field, const char *value, const char *pending)
{
  g_autoptr (RegieRecord) record = store_test_find (test->store, "digital-human", name);

  g_assert_nonnull (record);
  g_assert_cmpstr (regie_record_get_text (record, field), ==, value);
  g_assert_cmpstr (regie_record_get_pending (record), ==, pending);
}

static inline void
assert_no_row (StoreTest *test, const char *name)
{
  g_autoptr (RegieRecord) record = store_test_find (test->store, "digital-human", name);

  g_assert_null (record);
}

static inline void
assert_nothing_to_send (StoreTest *test)
{
  g_autoptr (RegieIntent) intent = store_test_take (test->store);

  g_assert_null (intent);
}
