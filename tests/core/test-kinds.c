/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/regie-kinds.h"

#include "core/regie-json.h"
#include "core/regie-limits.h"

#include <string.h>

/* --- the vocabulary itself --- */

static void
test_vocabulary (void)
{
  guint n;
  const RegieKind *const *kinds = regie_kinds_list (&n);

  g_assert_cmpuint (n, >=, 8);
  g_assert_cmpuint (regie_kinds_get_version (), >, 0);
  for (guint i = 0; i < n; i++)
    {
      const RegieKind *kind = kinds[i];

      g_assert_true (regie_kind_get (kind->name) == kind);
      g_assert_true (regie_kind_get_by_path (kind->path) == kind);
      g_assert_nonnull (kind->label);
      g_assert_nonnull (kind->plural);
      g_assert_nonnull (kind->icon);
      g_assert_nonnull (regie_kind_find_field (kind, kind->title_field));
      g_assert_null (strchr (kind->table, '-'));
    }
  g_assert_null (regie_kind_get ("unicorn"));
  g_assert_null (regie_kind_get (NULL));
  g_assert_null (regie_kind_get_by_path ("digital-human"));
}

static void
test_fields (void)
{
  guint n;
  const RegieKind *const *kinds = regie_kinds_list (&n);

  for (guint i = 0; i < n; i++)
    for (guint f = 0; f < kinds[i]->n_fields; f++)
      {
        const RegieField *field = &kinds[i]->fields[f];

        g_assert_true (regie_kind_find_field (kinds[i], field->name) == field);
        g_assert_nonnull (field->label);
        g_assert_true ((field->type == REGIE_FIELD_REF) == (field->ref != NULL));
        if (field->ref != NULL)
          g_assert_nonnull (regie_kind_get (field->ref));
        g_assert_true ((field->type == REGIE_FIELD_ENUM) == (field->n_values > 0));
        if (field->fallback != NULL)
          {
            g_autoptr (JsonNode) value = regie_json_parse (field->fallback, -1, NULL);

            g_assert_nonnull (value);
            g_assert_null (regie_field_check (field, value, NULL));
          }
        g_assert_nonnull (regie_field_type_to_string (field->type));
      }
}

static void
test_actions (void)
{
  guint n;
  const RegieKind *const *kinds = regie_kinds_list (&n);

  for (guint i = 0; i < n; i++)
    for (guint a = 0; a < kinds[i]->n_actions; a++)
      {
        const RegieAction *action = &kinds[i]->actions[a];

        g_assert_true (regie_kind_find_action (kinds[i], action->name) == action);
        g_assert_nonnull (action->label);
        if (action->inverse != NULL)
          g_assert_nonnull (regie_kind_find_action (kinds[i], action->inverse));
      }
  g_assert_null (regie_kind_find_action (regie_kind_get ("task"), "fly"));
}

static void
test_common_fields (void)
{
  static const char *const names[] = { "id", "rev", "created_at", "updated_at" };
  guint n;
  const RegieKind *const *kinds = regie_kinds_list (&n);

  for (guint i = 0; i < n; i++)
    for (guint f = 0; f < G_N_ELEMENTS (names); f++)
      {
        const RegieField *field = regie_kind_find_field (kinds[i], names[f]);

        g_assert_nonnull (field);
        g_assert_true (field->flags & REGIE_FIELD_READ_ONLY);
      }
}

static gpointer
list_kinds (gpointer unused)
{
  guint n;

  return (gpointer) regie_kinds_list (&n)[0];
}

static void
test_from_any_thread (void)
{
  GThread *threads[8];
  guint n;

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("kinds", list_kinds, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_assert_true (g_thread_join (threads[i]) == regie_kinds_list (&n)[0]);
}

/* --- one value of each type --- */

static const struct
{
  RegieField field;
  const char *good;  /* JSON array of what is fine */
  const char *wrong; /* JSON object: code → array of what is refused with it */
} values[] = {
  { { .name = "f", .type = REGIE_FIELD_TEXT, .has_min = TRUE, .min = 2, .has_max = TRUE, .max = 5 },
    "[\"ab\", \"éàüöß\", \"\", null, \"a<b>\"]",
    "{\"too-short\": [\"a\"], \"too-long\": [\"abcdef\"], \"type\": [1, true, [], {}], \"format\": "
    "[\"a\\nb\", "
    "\"a\\u0001b\", \"a\\tb\"]}" },
  { { .name = "f", .type = REGIE_FIELD_TEXT, .flags = REGIE_FIELD_REQUIRED },
    "[\"x\"]",
    "{\"required\": [null, \"\"]}" },
  { { .name = "f", .type = REGIE_FIELD_MULTILINE },
    "[\"a\\nb\\tc\\r\\n\"]",
    "{\"format\": [\"a\\u0007b\"]}" },
  { { .name = "f", .type = REGIE_FIELD_EMAIL },
    "[\"a@b.org\", \"a.b+c@localhost\", \"ü@exämple.org\", \"\", null]",
    "{\"format\": [\"a\", \"@b\", \"a@\", \"a@b@c\", \"a b@c\", \"a@.b\", \"a@b.\", \"<a@b>\", \"a@b,c@d\"], "
    "\"type\": [1]}" },
  { { .name = "f", .type = REGIE_FIELD_INT, .has_min = TRUE, .min = -1, .has_max = TRUE, .max = 10 },
    "[-1, 0, 10, 3.0, null]",
    "{\"range\": [-2, 11], \"type\": [1.5, \"1\", true, []]}" },
  { { .name = "f", .type = REGIE_FIELD_NUMBER }, "[1.5, -3, 0, null]", "{\"type\": [\"1.5\", false]}" },
  { { .name = "f", .type = REGIE_FIELD_BOOL }, "[true, false, null]", "{\"type\": [0, 1, \"true\", []]}" },
  { { .name = "f", .type = REGIE_FIELD_TIME },
    "[0, 1700000000000000, \"2026-11-20T12:28:05Z\", \"2026-11-20T12:28:05.903+01:00\", null]",
    "{\"format\": [\"soon\", 1.5, true, \"2026-13-40T00:00:00Z\", []]}" },
  { { .name = "f", .type = REGIE_FIELD_DURATION }, "[0, 1500]", "{\"type\": [1.5, \"1s\"]}" },
  { { .name = "f", .type = REGIE_FIELD_MONEY }, "[0, -1500000]", "{\"type\": [0.5, \"1 €\"]}" },
  { { .name = "f", .type = REGIE_FIELD_RATE, .has_min = TRUE, .has_max = TRUE, .max = 1 },
    "[0, 0.5, 1]",
    "{\"range\": [-0.1, 1.1, 50], \"type\": [\"0.5\"]}" },
  { { .name = "f", .type = REGIE_FIELD_CLOCK },
    "[\"00:00\", \"23:59\", \"09:30\"]",
    "{\"format\": [\"24:00\", \"9:30\", \"09:60\", \"0930\", \"09:30:00\", \"ab:cd\", \"09-30\"], \"type\": "
    "[930]}" },
  { { .name = "f", .type = REGIE_FIELD_ZONE },
    "[\"UTC\", \"Europe/Paris\", \"\", null]",
    "{\"format\": [\"Mars/Olympus\", \"Europe\"], \"type\": [1]}" },
  { { .name = "f", .type = REGIE_FIELD_LANGUAGE },
    "[\"fr\", \"en-GB\", \"zh-Hant-TW\"]",
    "{\"format\": [\"f\", \"1a\", \"fr_FR\", \"fr FR\"], \"type\": [1]}" },
  { { .name = "f", .type = REGIE_FIELD_REF, .ref = "workspace" }, "[\"0123\", null]", "{\"type\": [5, {}]}" },
  { { .name = "f", .type = REGIE_FIELD_LIST },
    "[[], [\"a\", \"b\"], null]",
    "{\"type\": [\"a\", [1], [\"a\", null], {}]}" },
  { { .name = "f", .type = REGIE_FIELD_SERIES }, "[[], [1, 2.5], null]", "{\"type\": [1, [\"1\"], [[]]]}" },
  { { .name = "f", .type = REGIE_FIELD_JSON }, "[1, \"x\", [], {\"a\": {\"b\": []}}, null, true]", "{}" },
};

static void
assert_wrong (const RegieField *field, const char *expected, JsonNode *value)
{
  const char *code = NULL;
  g_autofree char *message = regie_field_check (field, value, &code);
  g_autofree char *text = regie_json_to_string (value);

  if (message == NULL || g_strcmp0 (code, expected) != 0)
    g_error ("%s %s: %s (%s), expected %s", regie_field_type_to_string (field->type), text, code, message,
             expected);
}

static void
test_values (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autoptr (JsonNode) good = json_from_string (values[i].good, NULL);
      g_autoptr (JsonNode) wrong = json_from_string (values[i].wrong, NULL);
      JsonObjectIter iter;
      const char *code;
      JsonNode *list;

      for (guint v = 0; v < json_array_get_length (json_node_get_array (good)); v++)
        {
          JsonNode *value = json_array_get_element (json_node_get_array (good), v);
          g_autofree char *message = regie_field_check (&values[i].field, value, NULL);
          g_autofree char *text = regie_json_to_string (value);

          if (message != NULL)
            g_error ("%s %s: %s", regie_field_type_to_string (values[i].field.type), text, message);
        }
      json_object_iter_init (&iter, json_node_get_object (wrong));
      while (json_object_iter_next (&iter, &code, &list))
        for (guint v = 0; v < json_array_get_length (json_node_get_array (list)); v++)
          assert_wrong (&values[i].field, code, json_array_get_element (json_node_get_array (list), v));
    }
}

static void
test_enum_values (void)
{
  const RegieField *field = regie_kind_find_field (regie_kind_get ("task"), "priority");
  g_autoptr (JsonNode) good = json_from_string ("\"high\"", NULL);
  g_autoptr (JsonNode) bad = json_from_string ("\"High\"", NULL);
  g_autoptr (JsonNode) number = json_from_string ("3", NULL);

  g_assert_null (regie_field_check (field, good, NULL));
  assert_wrong (field, "choice", bad);
  assert_wrong (field, "type", number);
  g_assert_cmpstr (regie_field_find_value (field, "high")->label, ==, "High");
  g_assert_null (regie_field_find_value (field, "highest"));
}

static void
test_text_without_a_limit_of_its_own (void)
{
  RegieField field = { .name = "f", .type = REGIE_FIELD_MULTILINE };
  g_autofree char *most = g_strnfill (REGIE_LIMIT_TEXT_CHARS, 'x');
  g_autofree char *over = g_strconcat (most, "y", NULL);
  g_autoptr (JsonNode) fits = json_node_init_string (json_node_alloc (), most);
  g_autoptr (JsonNode) too_long = json_node_init_string (json_node_alloc (), over);

  g_assert_null (regie_field_check (&field, fits, NULL));
  assert_wrong (&field, "too-long", too_long);
}

/* --- whole records --- */

static JsonObject *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  JsonObject *object = regie_json_parse_object (text, -1, &error);

  g_assert_no_error (error);

  return object;
}

static void
assert_record (const char *kind, const char *text, RegieValidateMode mode, const char *fault)
{
  g_autoptr (JsonObject) object = parse (text);
  g_autoptr (GError) error = NULL;
  gboolean ok = regie_kind_validate (regie_kind_get (kind), object, mode, &error);

  if (fault == NULL)
    {
      g_assert_no_error (error);
      g_assert_true (ok);
      return;
    }
  g_assert_false (ok);
  g_assert_error (error, REGIE_ERROR, REGIE_ERROR_INVALID);
  if (!g_str_has_prefix (error->message, fault))
    g_error ("%s, expected %s", error->message, fault);
}

static void
test_create (void)
{
  g_autoptr (JsonObject) object =
      parse ("{\"name\": \"  Anna \", \"workspace\": \"w\", \"signature\": \" A \", "
             "\"x_unknown\": [1]}");
  g_autoptr (GError) error = NULL;

  g_assert_true (
      regie_kind_validate (regie_kind_get ("digital-human"), object, REGIE_VALIDATE_CREATE, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (regie_json_get_text (object, "name", NULL), ==, "Anna");
  g_assert_cmpstr (regie_json_get_text (object, "signature", NULL), ==, " A ");
  g_assert_cmpstr (regie_json_get_text (object, "tone", NULL), ==, "professional");
  g_assert_cmpint (regie_json_get_int (object, "reply_delay", 0), ==, 300);
  g_assert_cmpfloat (regie_json_get_number (object, "personality_logic", 0), ==, 0.5);
  g_assert_nonnull (regie_json_get_array (object, "x_unknown"));
  g_assert_false (json_object_has_member (object, "email"));
}

static void
test_create_refused (void)
{
  assert_record ("digital-human", "{}", REGIE_VALIDATE_CREATE, "/");
  assert_record ("digital-human", "{\"name\": \"a\"}", REGIE_VALIDATE_CREATE, "/workspace: ");
  assert_record ("digital-human", "{\"workspace\": \"w\"}", REGIE_VALIDATE_CREATE, "/name: ");
  assert_record ("digital-human", "{\"workspace\": \"w\", \"name\": \"   \"}", REGIE_VALIDATE_CREATE,
                 "/name: ");
  assert_record ("digital-human", "{\"workspace\": \"w\", \"name\": null}", REGIE_VALIDATE_CREATE, "/name: ");
  assert_record ("digital-human", "{\"workspace\": \"w\", \"name\": 5}", REGIE_VALIDATE_CREATE, "/name: ");
  assert_record ("digital-human", "{\"workspace\": \"w\", \"name\": \"a\", \"state\": \"idle\"}",
                 REGIE_VALIDATE_CREATE, "/state: ");
  assert_record ("digital-human", "{\"workspace\": \"w\", \"name\": \"a\", \"id\": \"1\"}",
                 REGIE_VALIDATE_CREATE, "/id: ");
  assert_record ("digital-human", "{\"workspace\": \"w\", \"name\": \"a\", \"daily_cap\": -1}",
                 REGIE_VALIDATE_CREATE, "/daily_cap: ");
  assert_record ("digital-human", "{\"workspace\": \"w\", \"name\": \"a\", \"tone\": \"rude\"}",
                 REGIE_VALIDATE_CREATE, "/tone: ");
  assert_record ("task", "{\"digital_human\": \"d\", \"type\": \"analyze\"}", REGIE_VALIDATE_CREATE,
                 "/payload: ");
}

static void
test_patch (void)
{
  g_autoptr (JsonObject) object = parse ("{\"tone\": null, \"name\": \" B \"}");
  g_autoptr (GError) error = NULL;

  g_assert_true (
      regie_kind_validate (regie_kind_get ("digital-human"), object, REGIE_VALIDATE_PATCH, &error));
  g_assert_cmpstr (regie_json_get_text (object, "tone", NULL), ==, "professional");
  g_assert_cmpstr (regie_json_get_text (object, "name", NULL), ==, "B");
  g_assert_cmpuint (json_object_get_size (object), ==, 2);

  assert_record ("digital-human", "{}", REGIE_VALIDATE_PATCH, NULL);
  assert_record ("digital-human", "{\"email\": null}", REGIE_VALIDATE_PATCH, NULL);
  assert_record ("digital-human", "{\"name\": null}", REGIE_VALIDATE_PATCH, "/name: ");
  assert_record ("digital-human", "{\"name\": \"\"}", REGIE_VALIDATE_PATCH, "/name: ");
  assert_record ("digital-human", "{\"workspace\": \"other\"}", REGIE_VALIDATE_PATCH, "/workspace: ");
  assert_record ("digital-human", "{\"pid\": 1}", REGIE_VALIDATE_PATCH, "/pid: ");
  assert_record ("digital-human", "{\"rev\": 1}", REGIE_VALIDATE_PATCH, "/rev: ");
}

static void
test_wire (void)
{
  const RegieKind *kind = regie_kind_get ("digital-human");
  g_autoptr (JsonObject) wire =
      parse ("{\"name\": \" A \", \"started_at\": \"2026-11-20T12:28:05.903Z\", \"created_at\": "
             "\"someday\", \"last_activity_at\": null, \"x\": 1}");
  g_autoptr (JsonObject) record = regie_kind_from_wire (kind, wire);
  g_autoptr (JsonObject) again = regie_kind_to_wire (kind, record);

  g_assert_cmpint (regie_json_get_int (record, "started_at", 0), ==, G_GINT64_CONSTANT (1795177685903000));
  g_assert_cmpstr (regie_json_get_text (record, "created_at", NULL), ==, "someday");
  g_assert_cmpint (regie_json_get_int (record, "x", 0), ==, 1);
  g_assert_cmpstr (regie_json_get_text (again, "started_at", NULL), ==, "2026-11-20T12:28:05.903000Z");
  g_assert_cmpstr (regie_json_get_text (again, "created_at", NULL), ==, "someday");
  g_assert_true (json_object_get_null_member (again, "last_activity_at"));
  /* What went in is untouched. */
  g_assert_cmpstr (regie_json_get_text (wire, "started_at", NULL), ==, "2026-11-20T12:28:05.903Z");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kinds/vocabulary", test_vocabulary);
  g_test_add_func ("/kinds/fields", test_fields);
  g_test_add_func ("/kinds/actions", test_actions);
  g_test_add_func ("/kinds/common-fields", test_common_fields);
  g_test_add_func ("/kinds/from-any-thread", test_from_any_thread);
  g_test_add_func ("/kinds/values", test_values);
  g_test_add_func ("/kinds/enum-values", test_enum_values);
  g_test_add_func ("/kinds/text-without-a-limit-of-its-own", test_text_without_a_limit_of_its_own);
  g_test_add_func ("/kinds/create", test_create);
  g_test_add_func ("/kinds/create-refused", test_create_refused);
  g_test_add_func ("/kinds/patch", test_patch);
  g_test_add_func ("/kinds/wire", test_wire);

  return g_test_run ();
}
