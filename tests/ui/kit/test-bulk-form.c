/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kit-sample.h"
#include "regie-bulk-form.h"
#include "regie-json.h"
#include "regie-kit.h"
#include "regie-test-widget.h"

typedef struct
{
  StoreTest store;
  RegieBulkForm *form;
  GtkWindow *window;
  guint n_notified;
} BulkTest;

static void
on_chosen (BulkTest *test)
{
  test->n_notified++;
}

static void
set_up (BulkTest *test, gconstpointer unused)
{
  static const char *const without[] = { "name", "workspace", NULL };

  store_test_set_up (&test->store, NULL);
  test->form = regie_bulk_form_new (test->store.store, regie_kind_get ("digital-human"), NULL, without);
  g_object_add_weak_pointer (G_OBJECT (test->form), (gpointer *) &test->form);
  g_signal_connect_swapped (test->form, "notify::n-chosen", G_CALLBACK (on_chosen), test);
  test->window = regie_test_present (GTK_WIDGET (test->form), 500, 600);
}

static void
tear_down (BulkTest *test, gconstpointer unused)
{
  regie_test_close (test->window);
  g_assert_null (test->form);
  store_test_tear_down (&test->store, NULL);
}

static void
assert_patch (BulkTest *test, const char *expected)
{
  g_autoptr (JsonObject) patch = regie_bulk_form_get_patch (test->form);
  g_autofree char *text = regie_json_object_to_sorted_string (patch);

  g_assert_cmpstr (text, ==, expected);
}

static void
set (BulkTest *test, const char *field, const char *json)
{
  g_autoptr (JsonNode) value = json_from_string (json, NULL);

  regie_bulk_form_set_value (test->form, field, value);
}

static void
test_nothing_at_first (BulkTest *test, gconstpointer unused)
{
  assert_patch (test, "{}");
  g_assert_cmpuint (regie_bulk_form_get_n_chosen (test->form), ==, 0);
  g_assert_false (regie_bulk_form_focus_first_invalid (test->form));
}

/* The point of it: several that differ can be set to what a new one would have. */
static void
test_default_can_be_set (BulkTest *test, gconstpointer unused)
{
  regie_bulk_form_choose (test->form, "tone", TRUE);
  g_assert_cmpuint (regie_bulk_form_get_n_chosen (test->form), ==, 1);
  g_assert_cmpuint (test->n_notified, >, 0);
  assert_patch (test, "{\"tone\":\"professional\"}");

  regie_bulk_form_choose (test->form, "tone", FALSE);
  assert_patch (test, "{}");
}

static void
test_values (BulkTest *test, gconstpointer unused)
{
  set (test, "tone", "\"friendly\"");
  set (test, "daily_cap", "25");
  set (test, "signature", "\"\"");
  assert_patch (test, "{\"daily_cap\":25,\"signature\":null,\"tone\":\"friendly\"}");

  /* Typed, then switched off: left alone. */
  regie_bulk_form_choose (test->form, "daily_cap", FALSE);
  assert_patch (test, "{\"signature\":null,\"tone\":\"friendly\"}");
}

static void
test_invalid (BulkTest *test, gconstpointer unused)
{
  set (test, "working_start", "\"25:99\"");
  g_assert_true (regie_bulk_form_focus_first_invalid (test->form));
  /* What is switched off cannot be wrong. */
  regie_bulk_form_choose (test->form, "working_start", FALSE);
  g_assert_false (regie_bulk_form_focus_first_invalid (test->form));
}

/* Fields of one's own, of the backend and of creation only are not offered. */
static void
test_not_offered (BulkTest *test, gconstpointer unused)
{
  static const char *const names[] = { "name", "workspace", "state", "pid", "no-such-field" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    regie_bulk_form_choose (test->form, names[i], TRUE);
  g_assert_cmpuint (regie_bulk_form_get_n_chosen (test->form), ==, 0);
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  regie_kit_init ();

  g_test_add ("/bulk-form/nothing-at-first", BulkTest, NULL, set_up, test_nothing_at_first, tear_down);
  g_test_add ("/bulk-form/default-can-be-set", BulkTest, NULL, set_up, test_default_can_be_set, tear_down);
  g_test_add ("/bulk-form/values", BulkTest, NULL, set_up, test_values, tear_down);
  g_test_add ("/bulk-form/invalid", BulkTest, NULL, set_up, test_invalid, tear_down);
  g_test_add ("/bulk-form/not-offered", BulkTest, NULL, set_up, test_not_offered, tear_down);

  return g_test_run ();
}
