/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "regie-test-widget.h"
#include "regie-time-chart.h"

#define START (G_GINT64_CONSTANT (1763640000) * G_USEC_PER_SEC)
#define STEP  G_TIME_SPAN_HOUR

static void
fill (RegieTimeChart *chart, guint series, guint n, double scale)
{
  g_autofree gint64 *times = g_new (gint64, n);
  g_autofree double *values = g_new (double, n);

  for (guint i = 0; i < n; i++)
    {
      times[i] = START + i * STEP;
      values[i] = scale * (1 + i % 5);
    }
  regie_time_chart_set_data (chart, series, times, values, n);
}

static RegieTimeChart *
make_chart (RegieChartForm form)
{
  RegieTimeChart *chart = REGIE_TIME_CHART (regie_time_chart_new ("Tasks"));

  regie_time_chart_add_series (chart, "Tasks", form, REGIE_CHART_ACCENT);
  regie_time_chart_add_series (chart, "Errors", form, REGIE_CHART_ERROR);
  regie_time_chart_set_step (chart, STEP);
  regie_time_chart_set_value_axis (chart, 0, TRUE);

  return chart;
}

static guint
count_ink (RegieTimeChart *chart)
{
  g_autoptr (GdkTexture) picture = regie_test_render (GTK_WIDGET (chart));

  return regie_test_count_ink (picture);
}

static void
test_draws_each_form (void)
{
  for (guint form = REGIE_CHART_LINE; form <= REGIE_CHART_BARS; form++)
    {
      RegieTimeChart *chart = make_chart (form);
      GtkWindow *window = regie_test_present (GTK_WIDGET (chart), 480, 180);
      guint empty = count_ink (chart);

      g_object_add_weak_pointer (G_OBJECT (chart), (gpointer *) &chart);
      fill (chart, 0, 24, 10);
      fill (chart, 1, 24, 2);
      g_assert_cmpuint (count_ink (chart), >, empty + 1500);
      /* So many that columns of pixels are drawn instead of points. */
      fill (chart, 0, 20000, 10);
      g_assert_cmpuint (count_ink (chart), >, empty + 1500);
      regie_test_close (window);
      g_assert_null (chart);
    }
}

static void
test_empty (void)
{
  RegieTimeChart *chart = make_chart (REGIE_CHART_LINE);
  GtkWindow *window;

  regie_time_chart_set_empty_text (chart, "Nothing yet");
  window = regie_test_present (GTK_WIDGET (chart), 300, 120);
  g_assert_cmpuint (count_ink (chart), >, 20);
  g_assert_cmpuint (count_ink (chart), <, 1500);
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (chart), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                       "Nothing yet");
  regie_time_chart_set_cursor (chart, START);
  g_assert_cmpint (regie_time_chart_get_cursor (chart), ==, 0);
  g_assert_null (regie_time_chart_dup_cursor_text (chart));
  regie_test_close (window);
}

/* The cursor moves over kept layers; new data builds them once. */
static void
test_keeps_its_layers (void)
{
  RegieTimeChart *chart = make_chart (REGIE_CHART_AREA);
  GtkWindow *window = regie_test_present (GTK_WIDGET (chart), 480, 180);
  guint builds, without;

  fill (chart, 0, 24, 10);
  without = count_ink (chart);
  builds = regie_time_chart_get_n_builds (chart);
  g_assert_cmpuint (builds, >, 0);

  regie_time_chart_set_cursor (chart, START + 5 * STEP + 60);
  g_assert_cmpint (regie_time_chart_get_cursor (chart), ==, START + 5 * STEP);
  REGIE_TEST_UNTIL (count_ink (chart) != without);
  fill (chart, 0, 24, 10);
  count_ink (chart);
  g_assert_cmpuint (regie_time_chart_get_n_builds (chart), ==, builds);

  fill (chart, 0, 25, 10);
  count_ink (chart);
  g_assert_cmpuint (regie_time_chart_get_n_builds (chart), ==, builds + 1);
  regie_test_close (window);
}

static gboolean
press (RegieTimeChart *chart, guint key, GdkModifierType modifiers)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (GTK_WIDGET (chart));
  gboolean handled = FALSE;

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);

      if (GTK_IS_EVENT_CONTROLLER_KEY (controller))
        g_signal_emit_by_name (controller, "key-pressed", key, 0, modifiers, &handled);
    }

  return handled;
}

static void
test_keyboard (void)
{
  RegieTimeChart *chart = make_chart (REGIE_CHART_BARS);
  GtkWindow *window = regie_test_present (GTK_WIDGET (chart), 480, 180);
  g_autofree char *text = NULL;

  fill (chart, 0, 24, 10);
  count_ink (chart);
  g_assert_true (gtk_widget_grab_focus (GTK_WIDGET (chart)));
  g_assert_false (press (chart, GDK_KEY_Escape, 0));

  g_assert_true (press (chart, GDK_KEY_Left, 0));
  g_assert_cmpint (regie_time_chart_get_cursor (chart), ==, START + 23 * STEP);
  g_assert_true (press (chart, GDK_KEY_Left, 0));
  g_assert_cmpint (regie_time_chart_get_cursor (chart), ==, START + 22 * STEP);
  g_assert_true (press (chart, GDK_KEY_Home, 0));
  g_assert_cmpint (regie_time_chart_get_cursor (chart), ==, START);
  g_assert_true (press (chart, GDK_KEY_Right, GDK_CONTROL_MASK));
  g_assert_cmpint (regie_time_chart_get_cursor (chart), ==, START + 10 * STEP);
  text = regie_time_chart_dup_cursor_text (chart);
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (chart), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text);
  g_assert_cmpstr (text, ==, "20 Nov, 22:00: Tasks 10, Errors –");
  g_assert_true (press (chart, GDK_KEY_Escape, 0));
  g_assert_cmpint (regie_time_chart_get_cursor (chart), ==, 0);
  regie_test_close (window);
}

static char *
format_percent (double value, gpointer data)
{
  return g_strdup_printf ("%.0f %s", value * 100, (const char *) data);
}

static void
test_accessible (void)
{
  GtkWidget *chart = g_object_ref_sink (GTK_WIDGET (make_chart (REGIE_CHART_LINE)));
  char *unit = g_strdup ("percent");

  regie_time_chart_set_format (REGIE_TIME_CHART (chart), format_percent, unit, g_free);
  fill (REGIE_TIME_CHART (chart), 0, 3, 0.1);
  gtk_test_accessible_assert_role (GTK_ACCESSIBLE (chart), GTK_ACCESSIBLE_ROLE_IMG);
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (chart), GTK_ACCESSIBLE_PROPERTY_LABEL, "Tasks");
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (chart), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                       "Tasks 30 percent, Errors –");
  g_assert_finalize_object (chart);
}

int
main (int argc, char **argv)
{
  g_setenv ("TZ", "UTC", TRUE);
  regie_test_init (&argc, &argv);
  g_test_add_func ("/time-chart/draws-each-form", test_draws_each_form);
  g_test_add_func ("/time-chart/empty", test_empty);
  g_test_add_func ("/time-chart/keeps-its-layers", test_keeps_its_layers);
  g_test_add_func ("/time-chart/keyboard", test_keyboard);
  g_test_add_func ("/time-chart/accessible", test_accessible);

  return g_test_run ();
}
