/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/regie-record.h"

#include "core/regie-json.h"
#include "regie-kind-fields.h"

static void
count (gpointer object, gpointer unused, gpointer n)
{
  *(guint *) n += 1;
}

static void
count_changed (gpointer object, gpointer n)
{
  *(guint *) n += 1;
}

static JsonObject *
parse (const char *text)
{
  return regie_json_parse_object (text, -1, NULL);
}

static void
test_fills_in (void)
{
  g_autoptr (RegieRecord) record = regie_record_new (regie_kind_get ("digital-human"));
  g_autoptr (JsonObject) data = parse ("{\"id\": \"1\", \"name\": \"Anna\", \"reply_delay\": 5, "
                                       "\"auto_reply\": true, \"personality_logic\": 0.25, "
                                       "\"activity\": [1, 2]}");
  RegieRecordContent content = { .key = "k",
                                 .connection = "local",
                                 .remote_id = "1",
                                 .etag = "7",
                                 .pending = "queued",
                                 .fetched_at = 99,
                                 .data = data };
  guint n_loaded = 0, n_changed = 0;

  g_signal_connect (record, "notify::loaded", G_CALLBACK (count), &n_loaded);
  g_signal_connect (record, "changed", G_CALLBACK (count_changed), &n_changed);
  g_assert_false (regie_record_is_loaded (record));
  g_assert_cmpstr (regie_record_get_title (record), ==, "");
  g_assert_cmpstr (regie_record_get_pending (record), ==, "");
  g_assert_null (regie_record_get_text (record, "name"));
  g_assert_null (regie_record_get_node (record, "activity"));

  regie_record_set_content (record, &content);
  regie_record_set_content (record, &content);
  g_assert_cmpuint (n_loaded, ==, 1);
  g_assert_cmpuint (n_changed, ==, 2);
  g_assert_true (regie_record_is_loaded (record));
  g_assert_cmpstr (regie_record_get_key (record), ==, "k");
  g_assert_cmpstr (regie_record_get_connection (record), ==, "local");
  g_assert_cmpstr (regie_record_get_remote_id (record), ==, "1");
  g_assert_cmpstr (regie_record_get_etag (record), ==, "7");
  g_assert_cmpstr (regie_record_get_pending (record), ==, "queued");
  g_assert_cmpint (regie_record_get_fetched_at (record), ==, 99);
  g_assert_cmpstr (regie_record_get_title (record), ==, "Anna");
  g_assert_true (regie_record_get_data (record) == data);
}

static void
test_getters (void)
{
  g_autoptr (RegieRecord) record = regie_record_new (regie_kind_get ("digital-human"));
  g_autoptr (JsonObject) data = parse ("{\"name\": 5, \"reply_delay\": 5, \"auto_reply\": true, "
                                       "\"personality_logic\": 0.25, \"activity\": [1, 2]}");
  RegieRecordContent content = { .key = "k", .data = data };

  regie_record_set_content (record, &content);
  g_assert_null (regie_digital_human_get_name (record));
  g_assert_cmpint (regie_digital_human_get_reply_delay (record), ==, 5);
  g_assert_true (regie_digital_human_get_auto_reply (record));
  g_assert_cmpfloat (regie_digital_human_get_personality_logic (record), ==, 0.25);
  g_assert_true (JSON_NODE_HOLDS_ARRAY (regie_digital_human_get_activity (record)));
  g_assert_cmpint (regie_digital_human_get_pid (record), ==, 0);
  g_assert_false (regie_digital_human_get_paused (record));
}

static void
test_title_falls_back (void)
{
  g_autoptr (RegieRecord) record = regie_record_new (regie_kind_get ("task"));
  g_autoptr (JsonObject) data = parse ("{\"id\": \"42\", \"summary\": \"\"}");
  RegieRecordContent content = { .key = "k", .data = data };

  regie_record_set_content (record, &content);
  g_assert_cmpstr (regie_record_get_title (record), ==, "42");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/record/fills-in", test_fills_in);
  g_test_add_func ("/record/getters", test_getters);
  g_test_add_func ("/record/title-falls-back", test_title_falls_back);

  return g_test_run ();
}
