/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kit-sample.h"
#include "regie-json.h"
#include "regie-kit.h"
#include "regie-test-widget.h"
#include "regie-text.h"

/* --- text is never markup --- */

static const char evil[] = "<b>bold</b> & <span size='1'>x\u202ey";

static void
test_text_safe (void)
{
  GtkWidget *row = g_object_ref_sink (adw_action_row_new ());
  GtkWidget *expander = g_object_ref_sink (adw_expander_row_new ());
  GtkWidget *page = g_object_ref_sink (adw_status_page_new ());
  GtkWidget *banner = g_object_ref_sink (adw_banner_new (""));
  GtkWidget *label = g_object_ref_sink (gtk_label_new (NULL));
  AdwToast *toast = regie_toast_new_safe (evil);
  g_autofree char *escaped = regie_text_escape (evil);

  regie_row_set_safe_title (ADW_PREFERENCES_ROW (row), evil);
  regie_row_set_safe_subtitle (ADW_PREFERENCES_ROW (row), evil);
  regie_row_set_safe_subtitle (ADW_PREFERENCES_ROW (expander), evil);
  regie_status_page_set_safe_title (ADW_STATUS_PAGE (page), evil);
  regie_status_page_set_safe_description (ADW_STATUS_PAGE (page), evil);
  regie_banner_set_safe_title (ADW_BANNER (banner), evil);
  regie_label_set_safe_text (GTK_LABEL (label), evil, FALSE);

  g_assert_false (adw_preferences_row_get_use_markup (ADW_PREFERENCES_ROW (row)));
  g_assert_false (adw_preferences_row_get_use_markup (ADW_PREFERENCES_ROW (expander)));
  g_assert_false (adw_banner_get_use_markup (ADW_BANNER (banner)));
  g_assert_false (adw_toast_get_use_markup (toast));
  g_assert_cmpstr (adw_action_row_get_subtitle (ADW_ACTION_ROW (row)), ==,
                   "<b>bold</b> & <span size='1'>x[RLO]y");
  g_assert_cmpstr (gtk_label_get_text (GTK_LABEL (label)), ==, "<b>bold</b> & <span size='1'>x[RLO]y");
  g_assert_cmpstr (adw_status_page_get_title (ADW_STATUS_PAGE (page)), ==, escaped);
  g_assert_cmpstr (adw_status_page_get_description (ADW_STATUS_PAGE (page)), ==, escaped);

  g_assert_finalize_object (row);
  g_assert_finalize_object (expander);
  g_assert_finalize_object (page);
  g_assert_finalize_object (banner);
  g_assert_finalize_object (label);
  g_assert_finalize_object (toast);
}

/* --- status --- */

static void
test_status_label (void)
{
  const RegieField *state = regie_kind_find_field (regie_kind_get ("digital-human"), "state");
  GtkWidget *widget = g_object_ref_sink (regie_status_label_new ());
  RegieStatusLabel *label = REGIE_STATUS_LABEL (widget);

  regie_status_label_set_value (label, state, "error");
  g_assert_cmpint (regie_status_label_get_status (label), ==, REGIE_STATUS_ERROR);
  g_assert_cmpstr (regie_status_label_get_text (label), ==, "Failing");
  gtk_test_accessible_assert_role (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_ROLE_LABEL);
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, "Failing");

  regie_status_label_set_value (label, state, "<i>new</i>");
  g_assert_cmpint (regie_status_label_get_status (label), ==, REGIE_STATUS_NEUTRAL);
  g_assert_cmpstr (regie_status_label_get_text (label), ==, "<i>new</i>");
  regie_status_label_set_value (label, state, NULL);
  g_assert_cmpstr (regie_status_label_get_text (label), ==, "");

  regie_status_label_set (label, REGIE_STATUS_WARNING, "Limited");
  regie_status_label_set_mark_only (label, TRUE);
  g_assert_cmpstr (gtk_widget_get_tooltip_text (widget), ==, "Limited");
  g_assert_finalize_object (widget);
}

/* Which pixels are not ground, whatever their colour. */
static GBytes *
get_shape (GtkWidget *widget)
{
  g_autoptr (GdkTexture) picture = regie_test_render (widget);
  gsize n = (gsize) gdk_texture_get_width (picture) * gdk_texture_get_height (picture);
  g_autofree guint32 *pixels = g_new (guint32, n);
  guint8 *shape = g_new (guint8, n);

  gdk_texture_download (picture, (guchar *) pixels, gdk_texture_get_width (picture) * sizeof *pixels);
  for (gsize i = 0; i < n; i++)
    shape[i] = pixels[i] != pixels[0];

  return g_bytes_new_take (shape, n);
}

/* Without colours the styles can still be told apart. */
static void
test_status_shapes (void)
{
  GtkWidget *widget = regie_status_label_new ();
  GtkWidget *box = adw_bin_new ();
  GtkWindow *window;
  GBytes *shapes[REGIE_STATUS_ERROR + 1];

  gtk_widget_set_margin_start (widget, 6);
  gtk_widget_set_margin_top (widget, 6);
  regie_status_label_set_mark_only (REGIE_STATUS_LABEL (widget), TRUE);
  adw_bin_set_child (ADW_BIN (box), widget);
  window = regie_test_present (box, 60, 60);
  for (guint style = 0; style <= REGIE_STATUS_ERROR; style++)
    {
      regie_status_label_set (REGIE_STATUS_LABEL (widget), style, "x");
      shapes[style] = get_shape (box);
      for (guint other = 0; other < style; other++)
        g_assert_false (g_bytes_equal (shapes[style], shapes[other]));
    }
  for (guint style = 0; style <= REGIE_STATUS_ERROR; style++)
    g_bytes_unref (shapes[style]);
  regie_test_close (window);
}

/* --- connections --- */

static void
test_connection_mark (void)
{
  GtkWidget *widget = g_object_ref_sink (regie_connection_mark_new ());
  GdkRGBA before, after, dark;

  g_assert_cmpstr (regie_connection_mark_get_title ("acme"), ==, "acme");
  regie_connection_mark_get_color ("acme", FALSE, &before);
  regie_connection_mark_register ("acme", 120, "Acme & Co");
  regie_connection_mark_get_color ("acme", FALSE, &after);
  regie_connection_mark_get_color ("acme", TRUE, &dark);
  g_assert_false (gdk_rgba_equal (&before, &after));
  g_assert_false (gdk_rgba_equal (&dark, &after));
  g_assert_cmpfloat (after.green, >, after.red);
  regie_connection_mark_set_connection (REGIE_CONNECTION_MARK (widget), "acme");
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, "Acme & Co");
  g_assert_finalize_object (widget);
}

/* --- JSON to be read --- */

static void
test_json_readable (void)
{
  static const struct
  {
    const char *json, *text;
  } rows[] = {
    { "{\"a\":1,\"b\":{\"c\":[1,\"x\",{\"d\":null,\"e\":true}]}}",
      "a: 1\nb:\n  c:\n    – 1\n    – x\n    – d: –\n      e: Yes" },
    { "{\"text\":\"one\\ntwo\",\"n\":0.8}", "text: one\n  two\nn: 0.8" },
    { "\"plain\"", "plain" },
    { "[]", REGIE_FORMAT_NONE },
    { "{\"<b>\":\"\\u202e\"}", "<b>: [RLO]" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (JsonNode) node = json_from_string (rows[i].json, NULL);
      g_autofree char *text = regie_json_to_readable (node, 0);

      g_assert_cmpstr (text, ==, rows[i].text);
    }
}

static void
test_json_readable_limit (void)
{
  g_autoptr (JsonNode) node = json_from_string ("\"aaaaaaaaaaaaaaaaaaaaaaaa\"", NULL);
  g_autofree char *text = regie_json_to_readable (node, 10);

  g_assert_cmpint (g_utf8_strlen (text, -1), <=, 11);
  g_assert_true (g_str_has_suffix (text, "…"));
}

/* --- detail --- */

static void
test_detail (StoreTest *test, gconstpointer unused)
{
  g_autoptr (RegieRecord) record = NULL;
  RegieDetail *detail;
  GtkWindow *window;

  kit_sample_fill (test->store, 0);
  record = store_test_find (test->store, "task", "Question about an invoice");
  detail = regie_detail_new (test->store, regie_kind_get ("task"));
  g_object_add_weak_pointer (G_OBJECT (detail), (gpointer *) &detail);
  regie_detail_set_record (detail, record);
  window = regie_test_present (GTK_WIDGET (detail), 500, 700);

  g_assert_nonnull (regie_test_find_text (GTK_WIDGET (detail), "Failed"));
  g_assert_nonnull (regie_test_find_text (GTK_WIDGET (detail), "642 ms"));
  /* A ref by its title, once that is known. */
  REGIE_TEST_UNTIL (regie_test_find_text (GTK_WIDGET (detail), "autodin") != NULL);
  g_assert_nonnull (regie_test_find (GTK_WIDGET (detail), REGIE_TYPE_JSON_VIEW));
  regie_test_close (window);
  g_assert_null (detail);
}

#define ADD(name, func) g_test_add (name, StoreTest, NULL, store_test_set_up, func, store_test_tear_down)

int
main (int argc, char **argv)
{
  g_setenv ("TZ", "UTC", TRUE);
  regie_test_init (&argc, &argv);
  g_test_add_func ("/small-widgets/text-safe", test_text_safe);
  g_test_add_func ("/small-widgets/status-label", test_status_label);
  g_test_add_func ("/small-widgets/status-shapes", test_status_shapes);
  g_test_add_func ("/small-widgets/connection-mark", test_connection_mark);
  g_test_add_func ("/small-widgets/json-readable", test_json_readable);
  g_test_add_func ("/small-widgets/json-readable-limit", test_json_readable_limit);
  ADD ("/small-widgets/detail", test_detail);

  return g_test_run ();
}
