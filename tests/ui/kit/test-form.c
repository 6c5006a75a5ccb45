/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kit-sample.h"
#include "regie-json.h"
#include "regie-kit.h"
#include "regie-test-widget.h"
#include "regie-text-row.h"

typedef struct
{
  StoreTest store;
  RegieForm *form;
  GtkWindow *window;
  guint n_changed;
} FormTest;

static void
set_up (FormTest *test, gconstpointer unused)
{
  store_test_set_up (&test->store, NULL);
  kit_sample_fill (test->store.store, 0);
}

static void
show (FormTest *test, const char *kind, const char *title)
{
  g_autoptr (RegieRecord) record = title != NULL ? store_test_find (test->store.store, kind, title) : NULL;
  GtkWidget *scroller = gtk_scrolled_window_new ();

  test->form = regie_form_new (test->store.store, regie_kind_get (kind), "local");
  if (record != NULL)
    regie_form_set_record (test->form, record);
  g_object_add_weak_pointer (G_OBJECT (test->form), (gpointer *) &test->form);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), GTK_WIDGET (test->form));
  test->window = regie_test_present (scroller, 500, 700);
}

static void
count_change (FormTest *test)
{
  test->n_changed++;
}

static void
tear_down (FormTest *test, gconstpointer unused)
{
  regie_test_close (test->window);
  g_assert_null (test->form);
  store_test_tear_down (&test->store, NULL);
}

static char *
get_patch (FormTest *test)
{
  g_autoptr (JsonObject) patch = regie_form_get_patch (test->form);

  return regie_json_object_to_sorted_string (patch);
}

#define assert_patch(text)                                                                                   \
  G_STMT_START                                                                                               \
  {                                                                                                          \
    g_autofree char *patch_ = get_patch (test);                                                              \
    g_assert_cmpstr (patch_, ==, text);                                                                      \
  }                                                                                                          \
  G_STMT_END

static void
set_json (FormTest *test, const char *json)
{
  g_autoptr (JsonObject) values = regie_json_parse_object (json, -1, NULL);

  g_assert_nonnull (values);
  regie_form_set_values (test->form, values);
}

/* --- what comes out is what went in, for each type --- */

static void
test_round_trip (FormTest *test, gconstpointer unused)
{
  static const char *const rows[][2] = {
    { "name", "\"Léa <b>\"" },
    { "email", "\"lea@example.org\"" },
    { "role", "\"hr\"" },
    { "description", "\"one\\ntwo\"" },
    { "language", "\"pt\"" },
    { "language", "\"pt-BR\"" },
    { "timezone", "\"Asia/Tokyo\"" },
    { "personality_logic", "0.25" },
    { "auto_reply", "true" },
    { "reply_delay", "7" },
    { "working_start", "\"07:15\"" },
    { "memory_limit", "1024" },
  };

  show (test, "digital-human", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *json = g_strdup_printf ("{\"%s\":%s}", rows[i][0], rows[i][1]);
      g_autoptr (JsonNode) wanted = json_from_string (rows[i][1], NULL);
      g_autoptr (JsonObject) values = NULL;

      set_json (test, json);
      values = regie_form_get_values (test->form);
      g_assert_true (json_object_has_member (values, rows[i][0]));
      g_assert_true (regie_json_node_equal (json_object_get_member (values, rows[i][0]), wanted));
    }
}

static void
test_round_trip_list_and_json (FormTest *test, gconstpointer unused)
{
  show (test, "right", NULL);
  set_json (test, "{\"hosts\":[\"a.example\",\"b.example:8080\"],\"service\":\"web\"}");
  assert_patch ("{\"hosts\":[\"a.example\",\"b.example:8080\"],\"service\":\"web\"}");
  regie_text_row_set_text (REGIE_TEXT_ROW (regie_form_get_row (test->form, "hosts")), "\n one \n\ntwo\n");
  assert_patch ("{\"hosts\":[\"one\",\"two\"],\"service\":\"web\"}");
  regie_text_row_set_text (REGIE_TEXT_ROW (regie_form_get_row (test->form, "hosts")), "  \n");
  assert_patch ("{\"service\":\"web\"}");
}

static void
test_json_field (FormTest *test, gconstpointer unused)
{
  RegieTextRow *row;

  show (test, "task", NULL);
  row = REGIE_TEXT_ROW (regie_form_get_row (test->form, "payload"));
  regie_text_row_set_text (row, "{\"text\": [1, 2]}");
  assert_patch ("{\"payload\":{\"text\":[1,2]}}");
  regie_text_row_set_text (row, "{\"text\": [1, 2");
  g_assert_false (regie_form_is_valid (test->form));
  g_assert_nonnull (regie_test_find_text (GTK_WIDGET (test->form), "This is not valid JSON"));
  gtk_test_accessible_assert_state (GTK_ACCESSIBLE (regie_text_row_get_view (row)),
                                    GTK_ACCESSIBLE_STATE_INVALID, GTK_ACCESSIBLE_INVALID_TRUE);
}

/* --- patches --- */

static void
test_patch_has_changes_only (FormTest *test, gconstpointer unused)
{
  GtkEditable *name, *email;

  show (test, "digital-human", "autodin");
  assert_patch ("{}");
  g_assert_false (regie_form_is_changed (test->form));

  name = GTK_EDITABLE (regie_form_get_row (test->form, "name"));
  email = GTK_EDITABLE (regie_form_get_row (test->form, "email"));
  g_assert_cmpstr (gtk_editable_get_text (name), ==, "autodin");
  g_signal_connect_swapped (test->form, "changed", G_CALLBACK (count_change), test);
  gtk_editable_set_text (name, " autodin 2 ");
  g_assert_cmpuint (test->n_changed, >, 0);
  assert_patch ("{\"name\":\"autodin 2\"}");
  gtk_editable_set_text (name, "autodin");
  assert_patch ("{}");
  gtk_editable_set_text (email, "");
  assert_patch ("{\"email\":null}");
  g_assert_true (regie_form_is_changed (test->form));
  regie_form_reset (test->form);
  assert_patch ("{}");
  g_assert_cmpstr (gtk_editable_get_text (email), ==, "service@example.org");
}

/* What the backend keeps finer than the editor shows is not changed by looking at it. */
static void
test_untouched_stays (FormTest *test, gconstpointer unused)
{
  RegieRecordContent content = { .key = "k", .connection = "local", .pending = "" };
  g_autoptr (RegieRecord) record = regie_record_new (regie_kind_get ("digital-human"));
  g_autoptr (JsonObject) data =
      regie_json_object_new ("name", 's', "x", "personality_logic", 'd', 0.3333, NULL);
  g_autoptr (JsonObject) values = NULL;

  show (test, "digital-human", NULL);
  content.data = data;
  regie_record_set_content (record, &content);
  regie_form_set_record (test->form, record);
  assert_patch ("{}");
  values = regie_form_get_values (test->form);
  g_assert_cmpfloat (json_object_get_double_member (values, "personality_logic"), ==, 0.3333);
}

/* A change from elsewhere is taken over where the user typed nothing. */
static void
test_follows_the_record (FormTest *test, gconstpointer unused)
{
  RegieRecordContent content = { .key = "k", .connection = "local", .pending = "" };
  g_autoptr (RegieRecord) record = regie_record_new (regie_kind_get ("digital-human"));
  g_autoptr (JsonObject) before = regie_json_object_new ("name", 's', "a", "avatar", 's', "A", NULL);
  g_autoptr (JsonObject) after = regie_json_object_new ("name", 's', "b", "avatar", 's', "B", NULL);

  show (test, "digital-human", NULL);
  content.data = before;
  regie_record_set_content (record, &content);
  regie_form_set_record (test->form, record);
  gtk_editable_set_text (GTK_EDITABLE (regie_form_get_row (test->form, "name")), "mine");
  content.data = after;
  regie_record_set_content (record, &content);
  assert_patch ("{\"name\":\"mine\"}");
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (regie_form_get_row (test->form, "avatar"))), ==, "B");
}

/* --- what is wrong --- */

static void
test_validation (FormTest *test, gconstpointer unused)
{
  GtkWidget *name, *email;

  show (test, "digital-human", NULL);
  name = regie_form_get_row (test->form, "name");
  email = regie_form_get_row (test->form, "email");
  /* Needed, but not yet blamed. */
  g_assert_false (regie_form_is_valid (test->form));
  g_assert_false (gtk_widget_has_css_class (name, "error"));

  gtk_editable_set_text (GTK_EDITABLE (email), "nobody");
  g_assert_true (gtk_widget_has_css_class (email, "error"));
  gtk_test_accessible_assert_state (GTK_ACCESSIBLE (gtk_editable_get_delegate (GTK_EDITABLE (email))),
                                    GTK_ACCESSIBLE_STATE_INVALID, GTK_ACCESSIBLE_INVALID_TRUE);
  gtk_editable_set_text (GTK_EDITABLE (email), "nobody@example.org");
  g_assert_false (gtk_widget_has_css_class (email, "error"));
  gtk_test_accessible_assert_state (GTK_ACCESSIBLE (gtk_editable_get_delegate (GTK_EDITABLE (email))),
                                    GTK_ACCESSIBLE_STATE_INVALID, GTK_ACCESSIBLE_INVALID_FALSE);

  g_assert_true (regie_form_focus_first_invalid (test->form));
  g_assert_true (gtk_widget_has_css_class (name, "error"));
  g_assert_true (gtk_widget_has_css_class (regie_form_get_row (test->form, "workspace"), "error"));

  set_json (test, "{\"workspace\":\"00000000000000000000000a\",\"name\":\"Léa\"}");
  g_assert_true (regie_form_is_valid (test->form));
  g_assert_false (regie_form_focus_first_invalid (test->form));
}

static void
test_server_errors (FormTest *test, gconstpointer unused)
{
  g_autoptr (GError) error =
      g_error_new_literal (REGIE_ERROR, REGIE_ERROR_INVALID, "/email: is taken <b>already</b>");
  g_autoptr (GError) other = g_error_new_literal (REGIE_ERROR, REGIE_ERROR_INVALID, "/nothing: is odd");
  g_autoptr (GError) full = g_error_new_literal (REGIE_ERROR, REGIE_ERROR_FULL, "/email: no");

  show (test, "digital-human", "autodin");
  g_assert_true (regie_form_is_valid (test->form));
  g_assert_true (regie_form_set_error (test->form, error));
  g_assert_nonnull (regie_test_find_text (GTK_WIDGET (test->form), "is taken <b>already</b>"));
  g_assert_false (regie_form_is_valid (test->form));
  g_assert_false (regie_form_set_error (test->form, other));
  g_assert_false (regie_form_set_error (test->form, full));

  /* It goes with the next change. */
  gtk_editable_set_text (GTK_EDITABLE (regie_form_get_row (test->form, "email")), "new@example.org");
  g_assert_true (regie_form_is_valid (test->form));
}

/* --- which rows --- */

static void
test_rows (FormTest *test, gconstpointer unused)
{
  static const char *const hidden[] = { "email", NULL };

  show (test, "digital-human", "autodin");
  /* Fixed after the creation: shown, not edited. */
  g_assert_null (regie_form_get_row (test->form, "workspace"));
  REGIE_TEST_UNTIL (regie_test_find_text (GTK_WIDGET (test->form), "Autodin") != NULL);
  g_assert_null (regie_form_get_row (test->form, "state"));
  g_assert_null (regie_test_find_text (GTK_WIDGET (test->form), "Process"));

  regie_form_hide_fields (test->form, hidden);
  g_assert_null (regie_form_get_row (test->form, "email"));
  regie_form_set_show_read_only (test->form, TRUE);
  g_assert_nonnull (regie_test_find_text (GTK_WIDGET (test->form), "Process"));
  g_assert_nonnull (regie_test_find_text (GTK_WIDGET (test->form), "One or two letters, or an emoji"));
  gtk_test_accessible_assert_role (GTK_ACCESSIBLE (test->form), GTK_ACCESSIBLE_ROLE_FORM);
}

#define ADD(name, func) g_test_add (name, FormTest, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_setenv ("TZ", "UTC", TRUE);
  regie_test_init (&argc, &argv);
  ADD ("/form/round-trip", test_round_trip);
  ADD ("/form/round-trip-list", test_round_trip_list_and_json);
  ADD ("/form/json-field", test_json_field);
  ADD ("/form/patch-has-changes-only", test_patch_has_changes_only);
  ADD ("/form/untouched-stays", test_untouched_stays);
  ADD ("/form/follows-the-record", test_follows_the_record);
  ADD ("/form/validation", test_validation);
  ADD ("/form/server-errors", test_server_errors);
  ADD ("/form/rows", test_rows);

  return g_test_run ();
}
