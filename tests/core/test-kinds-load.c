/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/regie-kinds-private.h"

#include "core/regie-json.h"

static RegieKind *
load (const char *text, GError **error)
{
  g_autoptr (JsonObject) description = regie_json_parse_object (text, -1, NULL);

  g_assert_nonnull (description);

  return regie_kind_load (description, error);
}

static void
test_loads (void)
{
  g_autoptr (GError) error = NULL;
  const RegieField *field;
  /* Kinds live as long as the program. */
  static RegieKind *kind;

  kind = load ("{\"name\": \"phone-number\", \"path\": \"phone-numbers\", \"label\": \"Phone number\", "
               "\"plural\": \"Phone numbers\", \"title\": \"number\", \"replication\": \"window\", "
               "\"create\": true, \"fields\": [{\"name\": \"number\", \"type\": \"text\", \"label\": "
               "\"Number\", \"flags\": [\"required\", \"indexed\"], \"min\": 3, \"max\": 20}, "
               "{\"name\": \"score\", \"type\": \"rate\", \"label\": \"Score\", \"default\": 0.5}], "
               "\"actions\": [{\"name\": \"call\", \"label\": \"Call\", \"outward\": true}]}",
               &error);

  g_assert_no_error (error);
  g_assert_cmpstr (kind->table, ==, "phone_number");
  g_assert_cmpint (kind->replication, ==, REGIE_REPLICATE_WINDOW);
  g_assert_true (kind->can_create);
  g_assert_false (kind->can_update);
  field = regie_kind_find_field (kind, "number");
  g_assert_cmpuint (field->flags, ==, REGIE_FIELD_REQUIRED | REGIE_FIELD_INDEXED);
  g_assert_true (field->has_min && field->has_max);
  g_assert_cmpfloat (field->max, ==, 20);
  field = regie_kind_find_field (kind, "score");
  g_assert_true (field->has_max);
  g_assert_cmpfloat (field->max, ==, 1);
  g_assert_cmpstr (field->fallback, ==, "0.5");
  g_assert_true (regie_kind_find_action (kind, "call")->outward);
  g_assert_nonnull (regie_kind_find_field (kind, "id"));
}

static void
assert_refused (const char *fields, const char *expected)
{
  g_autofree char *text = g_strdup_printf ("{\"name\": \"thing\", \"fields\": [%s]}", fields);
  g_autoptr (GError) error = NULL;

  g_assert_null (load (text, &error));
  g_assert_error (error, REGIE_ERROR, REGIE_ERROR_INVALID);
  if (strstr (error->message, expected) == NULL)
    g_error ("%s, expected %s", error->message, expected);
}

static void
test_faults_are_named (void)
{
  assert_refused ("{\"type\": \"text\", \"label\": \"A\"}", "without name");
  assert_refused ("{\"name\": \"a\", \"type\": \"text\"}", "label");
  assert_refused ("{\"name\": \"a\", \"label\": \"A\", \"type\": \"colour\"}", "field a: no such type");
  assert_refused ("{\"name\": \"a\", \"label\": \"A\"}", "field a: no such type");
  assert_refused ("{\"name\": \"a\", \"label\": \"A\", \"type\": \"text\", \"flags\": [\"shiny\"]}",
                  "no flag shiny");
}

static void
test_types (void)
{
  for (guint type = REGIE_FIELD_TEXT; type <= REGIE_FIELD_JSON; type++)
    {
      RegieFieldType again;

      g_assert_true (regie_field_type_from_string (regie_field_type_to_string (type), &again));
      g_assert_cmpuint (again, ==, type);
    }
  {
    RegieFieldType type;

    g_assert_false (regie_field_type_from_string ("colour", &type));
    g_assert_false (regie_field_type_from_string (NULL, &type));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kinds-load/loads", test_loads);
  g_test_add_func ("/kinds-load/faults-are-named", test_faults_are_named);
  g_test_add_func ("/kinds-load/types", test_types);

  return g_test_run ();
}
