/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws the widgets of the kit and the charts, light and dark, into PNG files, to be looked at:
 * kit-pictures FOLDER [NAME] */
#include <glib/gstdio.h>
#include <math.h>

#include "kit-sample.h"
#include "regie-json.h"
#include "regie-kit.h"
#include "regie-sparkline.h"
#include "regie-test-widget.h"
#include "regie-time-chart.h"
#include "regie-time.h"

static RegieStore *store;
static const char *folder;
static const char *only;

static void
draw (GtkWidget *widget, const char *name, const char *scheme)
{
  g_autoptr (GdkTexture) picture = regie_test_render (widget);
  g_autofree char *file = g_strdup_printf ("%s/%s-%s.png", folder, name, scheme);

  g_assert_true (gdk_texture_save_to_png (picture, file));
  g_print ("%s\n", file);
}

static void
wait_ms (guint ms)
{
  gint64 until = g_get_monotonic_time () + ms * 1000;

  while (g_get_monotonic_time () < until)
    regie_test_iterate ();
}

static void
picture (GtkWidget *child, const char *name, int width, int height, void (*prepare) (GtkWidget *))
{
  GtkWindow *window;

  if (only != NULL && g_strcmp0 (only, name) != 0)
    {
      g_object_ref_sink (child);
      g_object_unref (child);
      return;
    }
  window = regie_test_present (child, width, height);
  wait_ms (700);
  if (prepare != NULL)
    prepare (child);
  wait_ms (300);
  for (guint dark = 0; dark < 2; dark++)
    {
      adw_style_manager_set_color_scheme (adw_style_manager_get_default (),
                                          dark ? ADW_COLOR_SCHEME_FORCE_DARK : ADW_COLOR_SCHEME_FORCE_LIGHT);
      wait_ms (200);
      draw (GTK_WIDGET (window), name, dark ? "dark" : "light");
    }
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_FORCE_LIGHT);
  regie_test_close (window);
}

/* --- charts --- */

static void
fill_chart (RegieTimeChart *chart, guint series, guint n, double scale, gint64 step)
{
  g_autofree gint64 *times = g_new (gint64, n);
  g_autofree double *values = g_new (double, n);
  gint64 end = regie_time_now () / step * step;

  for (guint i = 0; i < n; i++)
    {
      times[i] = end - (n - i) * step;
      values[i] = floor (scale * (1.2 + sin (i * 0.31 + series) + 0.4 * sin (i * 1.7)));
      values[i] = MAX (0, values[i]);
    }
  regie_time_chart_set_data (chart, series, times, values, n);
}

static char *
format_ms (double value, gpointer data)
{
  return regie_format_duration ((gint64) value);
}

static GtkWidget *
make_chart (RegieChartForm form, guint n, gint64 step, gboolean durations)
{
  RegieTimeChart *chart = REGIE_TIME_CHART (regie_time_chart_new ("Tasks"));

  if (durations)
    regie_time_chart_set_format (chart, format_ms, NULL, NULL);
  regie_time_chart_add_series (chart, durations ? "Median" : "Tasks", form, REGIE_CHART_ACCENT);
  regie_time_chart_add_series (chart, durations ? "p95" : "Errors",
                               form == REGIE_CHART_BARS ? form : REGIE_CHART_LINE,
                               durations ? REGIE_CHART_WARNING : REGIE_CHART_ERROR);
  regie_time_chart_set_step (chart, step);
  regie_time_chart_set_value_axis (chart, 4, TRUE);
  fill_chart (chart, 0, n, durations ? 900 : 24, step);
  fill_chart (chart, 1, n, durations ? 1800 : 3, step);
  gtk_widget_set_vexpand (GTK_WIDGET (chart), TRUE);

  return GTK_WIDGET (chart);
}

static GtkWidget *
make_charts (void)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 18);
  GtkWidget *empty = regie_time_chart_new ("Nothing");

  gtk_widget_set_margin_start (box, 18);
  gtk_widget_set_margin_end (box, 18);
  gtk_widget_set_margin_top (box, 18);
  gtk_widget_set_margin_bottom (box, 18);
  gtk_box_append (GTK_BOX (box), make_chart (REGIE_CHART_BARS, 24, G_TIME_SPAN_HOUR, FALSE));
  gtk_box_append (GTK_BOX (box), make_chart (REGIE_CHART_LINE, 60, G_TIME_SPAN_MINUTE, TRUE));
  gtk_box_append (GTK_BOX (box), make_chart (REGIE_CHART_AREA, 7 * 24, G_TIME_SPAN_HOUR, FALSE));
  gtk_box_append (GTK_BOX (box), make_chart (REGIE_CHART_AREA, 20000, G_TIME_SPAN_MINUTE, FALSE));
  regie_time_chart_set_empty_text (REGIE_TIME_CHART (empty), "Nothing happened yet");
  gtk_box_append (GTK_BOX (box), empty);

  return box;
}

static void
point_at_charts (GtkWidget *box)
{
  for (GtkWidget *child = gtk_widget_get_first_child (box); child;
       child = gtk_widget_get_next_sibling (child))
    regie_time_chart_set_cursor (REGIE_TIME_CHART (child), regie_time_now () - 40 * G_TIME_SPAN_MINUTE);
}

/* --- small ones --- */

static GtkWidget *
make_labels (void)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  const RegieField *field = regie_kind_find_field (regie_kind_get ("digital-human"), "state");
  const double values[] = { 0, 1, 4, NAN, 2, 8, 3, 0, 0, 1, 5, 4 };

  gtk_widget_set_margin_start (box, 18);
  gtk_widget_set_margin_top (box, 18);
  for (guint i = 0; i < field->n_values; i++)
    {
      GtkWidget *label = regie_status_label_new ();

      regie_status_label_set_value (REGIE_STATUS_LABEL (label), field, field->values[i].name);
      gtk_box_append (GTK_BOX (box), label);
    }
  for (guint i = 0; i < 3; i++)
    {
      static const char *const words[] = { "High", "Outcome unknown", "Limited" };
      GtkWidget *label = regie_status_label_new ();

      regie_status_label_set (REGIE_STATUS_LABEL (label), REGIE_STATUS_WARNING, words[i]);
      gtk_box_append (GTK_BOX (box), label);
    }
  for (guint i = 0; i < 3; i++)
    {
      GtkWidget *line = regie_sparkline_new ();

      gtk_widget_set_halign (line, GTK_ALIGN_START);
      regie_sparkline_set_values (REGIE_SPARKLINE (line), values, 4 * (i + 1));
      gtk_box_append (GTK_BOX (box), line);
    }

  return box;
}

/* --- tables --- */

static GtkWidget *
make_table (const char *kind, const char *name)
{
  static const char *const columns[] = { "state",       "name",       "workspace", "activity",
                                         "latency_p95", "errors_day", "tasks_day", "last_activity_at",
                                         NULL };
  static const char *const details[] = { "workspace", "last_activity_at", NULL };
  RegieTable *table = regie_table_new (store, regie_kind_get (kind), name);

  if (g_str_equal (kind, "digital-human"))
    {
      regie_table_set_default_columns (table, columns);
      regie_table_set_narrow_fields (table, "name", details, "state");
    }
  regie_table_set_empty (table, "avatar-default-symbolic", "No Digital Humans Yet",
                         "A Digital Human does work for you. Make the first one.", "New Digital Human",
                         "table.clear");
  regie_table_add_selection_action (table, "Start", "media-playback-start-symbolic", "table.clear", FALSE);
  regie_table_add_selection_action (table, "Stop", "media-playback-stop-symbolic", "table.clear", FALSE);
  regie_table_add_selection_action (table, "Delete", "user-trash-symbolic", "table.clear", TRUE);
  regie_table_set_show_connection (table, TRUE);

  return GTK_WIDGET (table);
}

static void
filter_and_select (GtkWidget *widget)
{
  static const char *const states[] = { "idle", "error", NULL };
  static const char *const workspaces[] = { "00000000000000000000000a", NULL };
  RegieTable *table = REGIE_TABLE (widget);

  regie_table_set_filter (table, "state", states);
  regie_table_set_filter (table, "workspace", workspaces);
  regie_test_settle ();
  wait_ms (400);
  gtk_selection_model_select_range (GTK_SELECTION_MODEL (gtk_column_view_get_model (
                                        GTK_COLUMN_VIEW (regie_test_find (widget, GTK_TYPE_COLUMN_VIEW)))),
                                    1, 2, TRUE);
}

static void
search_nothing (GtkWidget *widget)
{
  regie_table_set_words (REGIE_TABLE (widget), "zzzzz");
}

/* --- forms --- */

static GtkWidget *
wrap (GtkWidget *child)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();
  GtkWidget *clamp = adw_clamp_new ();

  adw_clamp_set_child (ADW_CLAMP (clamp), child);
  gtk_widget_set_margin_start (clamp, 12);
  gtk_widget_set_margin_end (clamp, 12);
  gtk_widget_set_margin_top (clamp, 12);
  gtk_widget_set_margin_bottom (clamp, 12);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), clamp);

  return scroller;
}

static GtkWidget *
make_form (gboolean invalid)
{
  g_autoptr (RegieRecord) record = store_test_find (store, "digital-human", "autodin");
  RegieForm *form = regie_form_new (store, regie_kind_get ("digital-human"), "local");

  regie_form_set_record (form, record);
  if (invalid)
    {
      g_autoptr (JsonObject) values =
          regie_json_object_new ("name", 's', "", "email", 's', "nobody", "working_start", 's', "25:00",
                                 "description", 's', "One\nTwo\nThree", NULL);

      regie_form_set_values (form, values);
    }

  return wrap (GTK_WIDGET (form));
}

static GtkWidget *
make_detail (const char *kind, const char *name)
{
  g_autoptr (RegieRecord) record = store_test_find (store, kind, name);
  RegieDetail *detail = regie_detail_new (store, regie_kind_get (kind));

  regie_detail_set_record (detail, record);

  return wrap (GTK_WIDGET (detail));
}

static void
open_dialog (GtkWidget *host)
{
  RegieRecordDialog *dialog =
      regie_record_dialog_new (store, regie_kind_get ("digital-human"), "local", NULL);

  adw_dialog_present (ADW_DIALOG (dialog), host);
  wait_ms (300);
  dex_future_disown (regie_record_dialog_save (dialog));
}

static void
open_chooser (GtkWidget *host)
{
  RegieRefRow *row =
      REGIE_REF_ROW (regie_ref_row_new (store, regie_kind_get ("digital-human"), "local", TRUE));

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), "Digital Human");
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (host), GTK_WIDGET (row));
  regie_test_settle ();
  adw_action_row_activate (ADW_ACTION_ROW (row));
}

static void
open_columns (GtkWidget *table)
{
  gtk_widget_activate_action (table, "table.choose-columns", NULL);
}

static void
open_filter (GtkWidget *table)
{
  GtkWidget *button = regie_test_find (table, GTK_TYPE_MENU_BUTTON);

  gtk_menu_button_popup (GTK_MENU_BUTTON (button));
  wait_ms (300);
  draw (GTK_WIDGET (gtk_menu_button_get_popover (GTK_MENU_BUTTON (button))), "filter-popover", "light");
}

int
main (int argc, char **argv)
{
  StoreTest test = { 0 };

  regie_test_init (&argc, &argv);
  if (argc < 2)
    {
      g_printerr ("kit-pictures FOLDER [NAME]\n");
      return 2;
    }
  folder = argv[1];
  only = argc > 2 ? argv[2] : NULL;
  g_mkdir_with_parents (folder, 0755);
  regie_kit_init ();
  regie_connection_mark_register ("local", 210, "This Computer");
  store_test_set_up (&test, NULL);
  store = test.store;

  picture (make_table ("digital-human", "empty"), "table-empty", 900, 500, NULL);
  kit_sample_fill (store, 60);
  picture (make_charts (), "charts", 720, 960, point_at_charts);
  picture (make_charts (), "charts-narrow", 320, 900, NULL);
  picture (make_labels (), "labels", 240, 460, NULL);
  picture (make_table ("digital-human", "humans"), "table", 1100, 600, NULL);
  picture (make_table ("digital-human", "humans-2"), "table-filtered", 1000, 500, filter_and_select);
  picture (make_table ("digital-human", "humans-3"), "table-narrow", 360, 600, NULL);
  picture (make_table ("digital-human", "humans-4"), "table-no-match", 700, 500, search_nothing);
  picture (make_table ("digital-human", "humans-5"), "table-columns", 800, 600, open_columns);
  picture (make_table ("digital-human", "humans-6"), "table-filter", 800, 600, open_filter);
  picture (make_table ("task", "tasks"), "table-tasks", 1000, 400, NULL);
  picture (make_form (FALSE), "form", 620, 1000, NULL);
  picture (make_form (TRUE), "form-invalid", 400, 1000, NULL);
  picture (make_detail ("digital-human", "autodin"), "detail", 620, 1000, NULL);
  picture (make_detail ("task", "Question about an invoice"), "detail-task", 620, 1100, NULL);
  picture (adw_bin_new (), "dialog", 700, 800, open_dialog);
  picture (adw_preferences_group_new (), "chooser", 600, 600, open_chooser);
  store_test_tear_down (&test, NULL);

  return 0;
}
