/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "regie-sparkline.h"
#include "regie-test-widget.h"

static void
test_draws (void)
{
  GtkWidget *line = regie_sparkline_new ();
  GtkWindow *window = regie_test_present (line, 120, 24);
  const double values[] = { 0, 1, 4, NAN, 2 };
  g_autoptr (GdkTexture) picture = NULL;

  g_object_add_weak_pointer (G_OBJECT (line), (gpointer *) &line);
  regie_sparkline_set_values (REGIE_SPARKLINE (line), values, G_N_ELEMENTS (values));
  g_assert_cmpuint (regie_sparkline_get_n_values (REGIE_SPARKLINE (line)), ==, 5);
  picture = regie_test_render (line);
  g_assert_cmpuint (regie_test_count_ink (picture), >, 20);
  regie_test_close (window);
  g_assert_null (line);
}

/* The picture is built again only when something that shows in it changed. */
static void
test_keeps_its_node (void)
{
  GtkWidget *widget = regie_sparkline_new ();
  RegieSparkline *line = REGIE_SPARKLINE (widget);
  GtkWindow *window = regie_test_present (widget, 120, 24);
  double values[] = { 1, 2, 3 };
  guint builds;

  regie_sparkline_set_values (line, values, 3);
  g_object_unref (regie_test_render (widget));
  builds = regie_sparkline_get_n_builds (line);
  g_assert_cmpuint (builds, >, 0);

  regie_sparkline_set_values (line, values, 3);
  gtk_widget_queue_draw (widget);
  g_object_unref (regie_test_render (widget));
  g_assert_cmpuint (regie_sparkline_get_n_builds (line), ==, builds);

  values[0] = 9;
  regie_sparkline_set_values (line, values, 3);
  REGIE_TEST_UNTIL (regie_sparkline_get_n_builds (line) == builds + 1);
  regie_test_close (window);
}

static void
test_limits (void)
{
  GtkWidget *widget = g_object_ref_sink (regie_sparkline_new ());
  RegieSparkline *line = REGIE_SPARKLINE (widget);
  g_autofree double *many = g_new0 (double, 1000);

  regie_sparkline_set_values (line, many, 1000);
  g_assert_cmpuint (regie_sparkline_get_n_values (line), ==, 240);
  regie_sparkline_set_values (line, NULL, 0);
  g_assert_cmpuint (regie_sparkline_get_n_values (line), ==, 0);
  g_assert_finalize_object (widget);
}

static void
test_accessible (void)
{
  GtkWidget *widget = g_object_ref_sink (regie_sparkline_new ());

  regie_sparkline_set_description (REGIE_SPARKLINE (widget), "Tasks an hour: last 3, most 12");
  gtk_test_accessible_assert_role (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_ROLE_IMG);
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       "Tasks an hour: last 3, most 12");
  g_assert_finalize_object (widget);
}

int
main (int argc, char **argv)
{
  regie_test_init (&argc, &argv);
  g_test_add_func ("/sparkline/draws", test_draws);
  g_test_add_func ("/sparkline/keeps-its-node", test_keeps_its_node);
  g_test_add_func ("/sparkline/limits", test_limits);
  g_test_add_func ("/sparkline/accessible", test_accessible);

  return g_test_run ();
}
