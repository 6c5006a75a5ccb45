/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-time-chart-private.h"

#include <math.h>

#define DISTANCE 12

static const char *const tone_classes[REGIE_CHART_N_TONES] = { "accent", "success", "warning", "error",
                                                               "dimmed" };

GtkWidget *
regie_chart_readout_new (void)
{
  GtkWidget *readout =
      g_object_new (GTK_TYPE_BOX, "css-name", "readout", "orientation", GTK_ORIENTATION_VERTICAL,
                    "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION, "can-target", FALSE, NULL);
  GtkWidget *time = gtk_label_new (NULL);
  GtkWidget *grid = gtk_grid_new ();

  gtk_widget_add_css_class (time, "time");
  gtk_label_set_xalign (GTK_LABEL (time), 0);
  gtk_grid_set_column_spacing (GTK_GRID (grid), 6);
  gtk_grid_set_row_spacing (GTK_GRID (grid), 3);
  gtk_box_append (GTK_BOX (readout), time);
  gtk_box_append (GTK_BOX (readout), grid);
  gtk_widget_set_child_visible (readout, FALSE);

  return readout;
}

static GtkLabel *
ensure_label (GtkGrid *grid, int column, int row)
{
  GtkWidget *label = gtk_grid_get_child_at (grid, column, row);

  if (label == NULL)
    {
      label = gtk_label_new (NULL);
      gtk_label_set_xalign (GTK_LABEL (label), column == 2 ? 1 : 0);
      gtk_widget_set_hexpand (label, column == 1);
      gtk_grid_attach (grid, label, column, row, 1, 1);
    }
  gtk_widget_set_visible (label, TRUE);

  return GTK_LABEL (label);
}

static void
update_row (RegieTimeChart *self, GtkGrid *grid, guint row)
{
  const RegieChartSeries *series = g_ptr_array_index (self->series, row);
  g_autofree char *value =
      regie_time_chart_format_value (self, regie_time_chart_get_cursor_value (self, series));
  const char *classes[] = { tone_classes[series->tone], NULL };
  GtkLabel *mark = ensure_label (grid, 0, row);

  gtk_label_set_text (mark, "■");
  gtk_widget_set_css_classes (GTK_WIDGET (mark), classes);
  gtk_label_set_text (ensure_label (grid, 1, row), series->label);
  gtk_label_set_text (ensure_label (grid, 2, row), value);
}

void
regie_chart_readout_update (RegieTimeChart *self)
{
  GtkWidget *time = gtk_widget_get_first_child (self->readout);
  GtkGrid *grid = GTK_GRID (gtk_widget_get_next_sibling (time));
  g_autofree char *when = NULL;

  gtk_widget_set_child_visible (self->readout, self->cursor != 0);
  if (self->cursor == 0)
    return;

  when = regie_time_scale_format (self->cursor, self->shown_to - self->shown_from);
  gtk_label_set_text (GTK_LABEL (time), when);
  for (guint i = 0; i < self->series->len; i++)
    update_row (self, grid, i);
  for (int row = self->series->len; gtk_grid_get_child_at (grid, 0, row) != NULL; row++)
    {
      for (int column = 0; column < 3; column++)
        gtk_widget_set_visible (gtk_grid_get_child_at (grid, column, row), FALSE);
    }
}

void
regie_chart_readout_allocate (RegieTimeChart *self)
{
  GtkRequisition size;
  double x, y;

  /* Measured in any case: GTK wants it before an allocation. */
  gtk_widget_get_preferred_size (self->readout, NULL, &size);
  if (self->cursor == 0 || !regie_time_chart_ensure_layers (self))
    return;

  x = regie_time_chart_get_cursor_x (self);
  if (x + DISTANCE + size.width > self->width)
    x = x - DISTANCE - size.width;
  else
    x = x + DISTANCE;
  y = self->plot.origin.y;
  gtk_widget_size_allocate (self->readout,
                            &(GtkAllocation) { (int) CLAMP (x, 0, MAX (0, self->width - size.width)), (int) y,
                                               size.width, size.height },
                            -1);
}
