/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Bodies of requests: what somebody sends to create or change a record of any kind, and as the payload of any
 * task. Whatever is taken can be stored, sent back and journalled; whatever is not names the place, and its
 * problem is JSON. */

#include <string.h>

#include "core/regie-cause.h"
#include "core/regie-text.h"
#include "engine/regie-api-write.h"
#include "engine/regie-task.h"
#include "fuzz.h"

#define SOMEBODY    "6b0000000000000000000002"
#define MAX_SUMMARY 200

static void
check_refusal (const GError *error)
{
  g_autoptr (JsonObject) cause = regie_cause_new_for_error (error);
  g_autofree char *words = regie_cause_to_english (cause);
  g_autoptr (GBytes) problem = regie_problem_to_bytes (422, "invalid", error->message, "/x", cause);
  g_autoptr (JsonNode) node =
      regie_json_parse (g_bytes_get_data (problem, NULL), (gssize) g_bytes_get_size (problem), NULL);

  g_assert_true (error->domain == REGIE_ERROR);
  g_assert_true (error->code == REGIE_ERROR_INVALID || error->code == REGIE_ERROR_TOO_LARGE);
  g_assert_true (error->message[0] == '/' && strstr (error->message, ": ") != NULL);
  g_assert_true (g_utf8_validate (error->message, -1, NULL) && g_utf8_validate (words, -1, NULL));
  g_assert_nonnull (node);
}

static void
check_task (JsonObject *task)
{
  g_autoptr (GError) error = NULL;
  const char *summary;

  if (!regie_task_prepare (task, "you", &error))
    {
      check_refusal (error);
      return;
    }
  summary = regie_json_get_text (task, "summary", NULL);
  g_assert_nonnull (summary);
  g_assert_cmpint (g_utf8_strlen (summary, -1), <=, MAX_SUMMARY);
  g_assert_true (g_utf8_validate (summary, -1, NULL) && regie_text_is_plain (summary, FALSE));
  g_assert_cmpstr (regie_json_get_text (task, "state", NULL), ==, "queued");
  regie_task_is_repeatable (task);
}

static void
check_taken (const RegieKind *kind, JsonObject *record)
{
  g_autoptr (JsonObject) wire = regie_kind_to_wire (kind, record);
  g_autoptr (JsonObject) back = regie_kind_from_wire (kind, wire);
  g_autofree char *text = regie_json_object_to_string (wire);
  g_autoptr (JsonObject) again = regie_json_parse_object (text, -1, NULL);
  g_autoptr (JsonObject) gained = regie_api_journal_values (kind, NULL, record);
  g_autoptr (JsonObject) same = regie_api_journal_values (kind, record, record);

  g_assert_nonnull (back);
  g_assert_nonnull (again);
  g_assert_null (same);
}

static void
submit (const RegieKind *kind, JsonObject *body, RegieValidateMode mode)
{
  g_autoptr (JsonObject) copy = regie_json_copy (body);
  g_autoptr (GError) error = NULL;

  if (!regie_api_check_body (kind, copy, mode, &error))
    {
      check_refusal (error);
      return;
    }
  check_taken (kind, copy);
  if (mode == REGIE_VALIDATE_CREATE && g_str_equal (kind->name, "task"))
    check_task (copy);
}

static void
send_payload (const char *type, JsonObject *payload)
{
  g_autoptr (JsonObject) body = regie_json_object_new ("digital_human", 's', SOMEBODY, "type", 's', type,
                                                       "payload", 'o', regie_json_copy (payload), NULL);

  submit (regie_kind_get ("task"), body, REGIE_VALIDATE_CREATE);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const char *const types[] = { "analyze", "answer", "http" };
  g_autoptr (JsonObject) body = regie_json_parse_object ((const char *) data, (gssize) size, NULL);
  guint n_kinds;
  const RegieKind *const *kinds = regie_kinds_list (&n_kinds);

  for (guint i = 0; body != NULL && i < n_kinds; i++)
    {
      submit (kinds[i], body, REGIE_VALIDATE_CREATE);
      submit (kinds[i], body, REGIE_VALIDATE_PATCH);
    }
  for (guint i = 0; body != NULL && i < G_N_ELEMENTS (types); i++)
    send_payload (types[i], body);

  return 0;
}
