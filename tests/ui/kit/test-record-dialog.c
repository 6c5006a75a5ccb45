/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kit-sample.h"
#include "regie-json.h"
#include "regie-kit.h"
#include "regie-test-widget.h"

typedef struct
{
  StoreTest store;
  GtkWindow *window;
  GtkWidget *host;
  char *saved_key, *saved_intent;
} DialogTest;

static void
set_up (DialogTest *test, gconstpointer unused)
{
  store_test_set_up (&test->store, NULL);
  kit_sample_fill (test->store.store, 0);
  test->host = adw_bin_new ();
  test->window = regie_test_present (test->host, 700, 700);
}

static void
tear_down (DialogTest *test, gconstpointer unused)
{
  regie_test_close (test->window);
  store_test_tear_down (&test->store, NULL);
  g_free (test->saved_key);
  g_free (test->saved_intent);
}

static void
on_saved (RegieRecordDialog *dialog, const char *key, const char *intent, DialogTest *test)
{
  g_set_str (&test->saved_key, key);
  g_set_str (&test->saved_intent, intent);
}

/* Gives whether a draft came back. */
static RegieRecordDialog *
present (DialogTest *test, RegieRecord *record, gboolean restored)
{
  RegieRecordDialog *dialog =
      regie_record_dialog_new (test->store.store, regie_kind_get ("digital-human"), "local", record);
  g_autoptr (DexFuture) ready = regie_record_dialog_when_ready (dialog);

  g_signal_connect (dialog, "saved", G_CALLBACK (on_saved), test);
  adw_dialog_present (ADW_DIALOG (dialog), test->host);
  REGIE_TEST_UNTIL (dex_future_is_resolved (ready));
  g_assert_cmpint (g_value_get_boolean (dex_future_get_value (ready, NULL)), ==, restored);

  return dialog;
}

static void
type_name (RegieRecordDialog *dialog, const char *name)
{
  gtk_editable_set_text (GTK_EDITABLE (regie_form_get_row (regie_record_dialog_get_form (dialog), "name")),
                         name);
}

static const char *
get_name (RegieRecordDialog *dialog)
{
  return gtk_editable_get_text (
      GTK_EDITABLE (regie_form_get_row (regie_record_dialog_get_form (dialog), "name")));
}

static void
close_dialog (RegieRecordDialog *dialog)
{
  g_object_add_weak_pointer (G_OBJECT (dialog), (gpointer *) &dialog);
  adw_dialog_force_close (ADW_DIALOG (dialog));
  REGIE_TEST_UNTIL (dialog == NULL);
}

static gboolean
has_draft (DialogTest *test, const char *name)
{
  g_autoptr (DexFuture) future = regie_store_get_value (test->store.store, name);
  const GValue *value;

  while (dex_future_is_pending (future))
    regie_test_iterate ();
  value = dex_future_get_value (future, NULL);

  return value != NULL && G_VALUE_HOLDS (value, JSON_TYPE_OBJECT) && g_value_get_boxed (value) != NULL;
}

static void
test_create (DialogTest *test, gconstpointer unused)
{
  RegieRecordDialog *dialog = present (test, NULL, FALSE);
  g_autoptr (JsonObject) values = regie_json_object_new ("workspace", 's', "00000000000000000000000a", NULL);
  g_autoptr (RegieRecord) record = NULL;

  g_object_add_weak_pointer (G_OBJECT (dialog), (gpointer *) &dialog);
  /* Not yet: the name is missing. */
  store_test_await_error (regie_record_dialog_save (dialog), REGIE_ERROR_INVALID);
  g_assert_null (test->saved_key);

  regie_form_set_values (regie_record_dialog_get_form (dialog), values);
  type_name (dialog, "Nouvelle");
  /* By the keyboard. */
  g_assert_true (regie_test_activate_shortcut (GTK_WIDGET (dialog), "<Control>Return"));
  REGIE_TEST_UNTIL (dialog == NULL);
  g_assert_nonnull (test->saved_key);
  g_assert_null (test->saved_intent);
  record = store_test_find (test->store.store, "digital-human", "Nouvelle");
  g_assert_nonnull (record);
  g_assert_cmpstr (regie_record_get_key (record), ==, test->saved_key);
  g_assert_cmpstr (regie_record_get_text (record, "tone"), ==, "professional");
  g_assert_false (has_draft (test, "draft/digital-human/new"));
}

static void
test_update_and_undo (DialogTest *test, gconstpointer unused)
{
  g_autoptr (RegieRecord) record = store_test_find (test->store.store, "digital-human", "gtd");
  RegieRecordDialog *dialog = present (test, record, FALSE);
  g_autoptr (RegieRecord) after = NULL;

  type_name (dialog, "gtd 2");
  store_test_await_ok (regie_record_dialog_save (dialog));
  g_assert_nonnull (test->saved_intent);
  after = store_test_find (test->store.store, "digital-human", "gtd 2");
  g_assert_nonnull (after);
  store_test_await_ok (regie_store_undo (test->store.store, test->saved_intent));
  REGIE_TEST_UNTIL (g_str_equal (regie_record_get_title (record), "gtd") ||
                    store_test_find (test->store.store, "digital-human", "gtd") != NULL);
}

/* Closing keeps what was typed; the next dialog has it again and can throw it away. */
static void
test_draft (DialogTest *test, gconstpointer unused)
{
  RegieRecordDialog *dialog = present (test, NULL, FALSE);

  type_name (dialog, "Half a na");
  close_dialog (dialog);
  REGIE_TEST_UNTIL (has_draft (test, "draft/digital-human/new"));

  dialog = present (test, NULL, TRUE);
  g_assert_cmpstr (get_name (dialog), ==, "Half a na");
  g_assert_true (
      adw_banner_get_revealed (ADW_BANNER (regie_test_find (GTK_WIDGET (dialog), ADW_TYPE_BANNER))));
  g_signal_emit_by_name (regie_test_find (GTK_WIDGET (dialog), ADW_TYPE_BANNER), "button-clicked");
  g_assert_cmpstr (get_name (dialog), ==, "");
  close_dialog (dialog);
  REGIE_TEST_UNTIL (!has_draft (test, "draft/digital-human/new"));
  close_dialog (present (test, NULL, FALSE));
}

/* What the page filled in is no draft; what is typed beside it is, and discarding leaves the first. */
static void
test_preset (DialogTest *test, gconstpointer unused)
{
  g_autoptr (JsonObject) likely = regie_json_object_new ("tone", 's', "friendly", NULL);
  g_autoptr (JsonObject) values = NULL;
  RegieRecordDialog *dialog = present (test, NULL, FALSE);

  regie_record_dialog_preset (dialog, likely);
  type_name (dialog, "x");
  type_name (dialog, "");
  close_dialog (dialog);
  regie_test_settle ();
  close_dialog (present (test, NULL, FALSE));

  dialog = present (test, NULL, FALSE);
  regie_record_dialog_preset (dialog, likely);
  type_name (dialog, "Half");
  close_dialog (dialog);
  REGIE_TEST_UNTIL (has_draft (test, "draft/digital-human/new"));
  dialog = present (test, NULL, TRUE);
  regie_record_dialog_preset (dialog, likely);
  g_signal_emit_by_name (regie_test_find (GTK_WIDGET (dialog), ADW_TYPE_BANNER), "button-clicked");
  values = regie_form_get_patch (regie_record_dialog_get_form (dialog));
  g_assert_cmpstr (regie_json_get_text (values, "tone", NULL), ==, "friendly");
  close_dialog (dialog);
}

/* Also without closing: 300 ms after the last key it is on the disk. */
static void
test_draft_survives_a_kill (DialogTest *test, gconstpointer unused)
{
  g_autoptr (RegieRecord) record = store_test_find (test->store.store, "digital-human", "gtd");
  g_autofree char *name = g_strconcat ("draft/digital-human/", regie_record_get_key (record), NULL);
  RegieRecordDialog *dialog = present (test, record, FALSE);

  type_name (dialog, "gtd, unsaved");
  REGIE_TEST_UNTIL (has_draft (test, name));
  /* Typed back to what it was: nothing to keep. */
  type_name (dialog, "gtd");
  REGIE_TEST_UNTIL (!has_draft (test, name));
  close_dialog (dialog);
}

static void
test_nothing_changed_writes_nothing (DialogTest *test, gconstpointer unused)
{
  g_autoptr (RegieRecord) record = store_test_find (test->store.store, "digital-human", "gtd");
  RegieRecordDialog *dialog = present (test, record, FALSE);
  g_autoptr (GPtrArray) intents = NULL;

  store_test_await_ok (regie_record_dialog_save (dialog));
  g_assert_null (test->saved_key);
  intents = store_test_await_boxed (regie_store_list_intents (test->store.store), G_TYPE_PTR_ARRAY);
  g_assert_cmpuint (intents->len, ==, 0);
}

#define ADD(name, func) g_test_add (name, DialogTest, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  regie_test_init (&argc, &argv);
  ADD ("/record-dialog/create", test_create);
  ADD ("/record-dialog/update-and-undo", test_update_and_undo);
  ADD ("/record-dialog/draft", test_draft);
  ADD ("/record-dialog/preset", test_preset);
  ADD ("/record-dialog/draft-survives-a-kill", test_draft_survives_a_kill);
  ADD ("/record-dialog/nothing-changed-writes-nothing", test_nothing_changed_writes_nothing);

  return g_test_run ();
}
