/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-cause.h"
#include "regie-json.h"

/* Causes: a code with values, as English, as words, in records and in errors. */

static JsonObject *
args_of (const char *json)
{
  g_autoptr (GError) error = NULL;
  JsonObject *args = regie_json_parse_object (json, -1, &error);

  g_assert_no_error (error);

  return args;
}

static void
assert_english (JsonObject *cause, const char *expected)
{
  g_autoptr (JsonObject) owned = cause;
  g_autofree char *text = regie_cause_to_english (owned);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_english (void)
{
  assert_english (regie_cause_new ("process-ended", NULL), "Its process ended by itself");
  assert_english (regie_cause_new ("process-signal", args_of ("{\"signal\": 9, \"name\": \"Killed\"}")),
                  "Its process was ended by signal 9 (Killed)");
  assert_english (regie_cause_new ("process-silent", args_of ("{\"seconds\": 0.3}")),
                  "Nothing was heard of its process for 0.3 s: it hung, and was killed");
  assert_english (regie_cause_new_text ("{as} it is"), "{as} it is");
  /* A value that looks like a place for one is no place. */
  assert_english (regie_cause_new ("http-no-answer", args_of ("{\"host\": \"{why}\", \"why\": \"x\"}")),
                  "No answer from {why}: x");
}

static void
test_nested (void)
{
  g_autoptr (GString) deep = g_string_new ("{}");

  assert_english (
      regie_cause_new ("http-no-answer",
                       args_of ("{\"host\": \"a.test\", \"why\": {\"code\": \"no-whole-answer\", \"args\": "
                                "{\"seconds\": 5}}}")),
      "No answer from a.test: no whole answer within 5 s");
  assert_english (
      regie_cause_new ("interrupted-often", args_of ("{\"times\": 3, \"why\": {\"text\": \"it rained\"}}")),
      "It was begun 3 times, and each time it was interrupted: it rained");
  for (guint i = 0; i < 30; i++)
    {
      g_string_prepend (deep, "{\"why\": {\"code\": \"refused-paused\", \"args\": ");
      g_string_append (deep, "}}");
    }
  assert_english (regie_cause_new ("refused-paused", args_of (deep->str)), "refused-paused");
}

/* What comes from another program: shown by its code only where that is known and nothing is missing. */
static void
test_words (void)
{
  g_autoptr (JsonObject) args = args_of ("{\"status\": 3}");
  g_autoptr (JsonObject) empty = args_of ("{\"status\": []}");
  g_autofree char *known = regie_cause_word ("engine's", "process-status", args);
  g_autofree char *unknown = regie_cause_word ("engine's", "of-tomorrow", args);
  g_autofree char *missing = regie_cause_word ("engine's", "process-status", NULL);
  g_autofree char *wrong = regie_cause_word ("engine's", "process-status", empty);
  g_autofree char *plain = regie_cause_word ("engine's", NULL, NULL);

  g_assert_cmpstr (known, ==, "Its process ended with status 3");
  g_assert_cmpstr (unknown, ==, "engine's");
  g_assert_cmpstr (missing, ==, "engine's");
  g_assert_cmpstr (wrong, ==, "engine's");
  g_assert_cmpstr (plain, ==, "engine's");
  g_assert_null (regie_cause_word (NULL, NULL, NULL));
}

static void
test_store (void)
{
  g_autoptr (JsonObject) record = json_object_new ();
  g_autoptr (JsonObject) cause = regie_cause_new ("process-status", args_of ("{\"status\": 3}"));
  g_autofree char *text = NULL;
  g_autofree char *none = NULL;

  regie_cause_store (record, "cause", cause);
  g_assert_cmpstr (regie_json_get_text (record, "cause", NULL), ==, "Its process ended with status 3");
  g_assert_cmpstr (regie_json_get_text (record, "cause_code", NULL), ==, "process-status");
  g_assert_cmpint (regie_json_get_int (regie_json_get_object (record, "cause_args"), "status", 0), ==, 3);
  json_object_set_string_member (record, "cause", "of another language");
  text = regie_cause_read (record, "cause");
  g_assert_cmpstr (text, ==, "Its process ended with status 3");
  regie_cause_store (record, "cause", NULL);
  none = regie_cause_read (record, "cause");
  g_assert_null (none);
  g_assert_true (json_object_get_null_member (record, "cause_code"));
  g_assert_true (json_object_get_null_member (record, "cause_args"));
}

static void
test_journal (void)
{
  g_autoptr (JsonObject) data =
      args_of ("{\"reason\": \"engine's\", \"after\": {\"reason\": \"engine's\", \"reason_code\": "
               "\"denied-by-workspace\", \"reason_args\": {\"service\": \"web\"}}}");
  g_autoptr (JsonObject) plain = args_of ("{\"reason\": \"Everything\", \"after\": {\"paused\": true}}");
  g_autoptr (RegieRecord) entry = regie_record_new (regie_kind_get ("audit"));
  g_autofree char *text = NULL;
  g_autofree char *other = NULL;

  regie_record_set_content (entry, &(RegieRecordContent) { .key = "1", .data = data });
  text = regie_cause_read_record (entry, "reason");
  regie_record_set_content (entry, &(RegieRecordContent) { .key = "1", .data = plain });
  other = regie_cause_read_record (entry, "reason");

  g_assert_true (g_str_has_prefix (text, "The service \"web\" is denied by the workspace's right"));
  g_assert_cmpstr (other, ==, "Everything");
}

/* An error carries it through copies. */
static void
test_error (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) copy = NULL;
  g_autoptr (GError) full = g_error_new_literal (REGIE_ERROR, REGIE_ERROR_FULL, "a.db: no space");
  g_autoptr (GError) other = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "elsewhere");
  g_autoptr (JsonObject) cause = NULL;

  regie_cause_set_error (&error, REGIE_ERROR_DENIED, "/service",
                         regie_cause_new ("right-exists", args_of ("{\"service\": \"web\"}")));
  g_assert_cmpstr (error->message, ==, "/service: there is a right for \"web\" already; change that one");
  copy = g_error_copy (error);
  cause = regie_error_get_cause (copy);
  g_assert_cmpstr (regie_json_get_text (cause, "code", NULL), ==, "right-exists");
  g_assert_cmpstr (regie_json_get_text (regie_json_get_object (cause, "args"), "service", NULL), ==, "web");
  regie_cause_set_error (NULL, REGIE_ERROR_DENIED, NULL, regie_cause_new ("process-ended", NULL));

  g_assert_null (regie_error_get_cause (full));
  assert_english (regie_cause_new_for_error (full), "No space is left on the disk: a.db: no space");
  regie_error_set_cause (other, "process-ended", NULL);
  g_assert_null (regie_error_get_cause (other));
  assert_english (regie_cause_new_for_error (other), "elsewhere");
}

/* A value that is refused says so by its code too. */
static void
test_validation (void)
{
  g_autoptr (JsonObject) body = args_of ("{\"name\": \"\", \"workspace\": \"6b0000000000000000000001\"}");
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) cause = NULL;

  g_assert_false (
      regie_kind_validate (regie_kind_get ("digital-human"), body, REGIE_VALIDATE_CREATE, &error));
  cause = regie_error_get_cause (error);
  g_assert_cmpstr (regie_json_get_text (cause, "code", NULL), ==, "required");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cause/english", test_english);
  g_test_add_func ("/cause/nested", test_nested);
  g_test_add_func ("/cause/words", test_words);
  g_test_add_func ("/cause/store", test_store);
  g_test_add_func ("/cause/journal", test_journal);
  g_test_add_func ("/cause/error", test_error);
  g_test_add_func ("/cause/validation", test_validation);

  return g_test_run ();
}
