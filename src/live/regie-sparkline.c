/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-sparkline.h"

#include <math.h>
#include <string.h>

#include "regie-live-private.h"

#define MOST_VALUES 240
#define BAR_WIDTH   3

struct _RegieSparkline
{
  GtkWidget parent_instance;

  double *values;
  guint n_values;
  char *description;

  GskRenderNode *node;
  guint n_builds;
};

G_DEFINE_FINAL_TYPE (RegieSparkline, regie_sparkline, GTK_TYPE_WIDGET)

static void
drop_node (RegieSparkline *self)
{
  g_clear_pointer (&self->node, gsk_render_node_unref);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static double
find_most (RegieSparkline *self)
{
  double most = 0;

  for (guint i = 0; i < self->n_values; i++)
    {
      if (self->values[i] > most)
        most = self->values[i];
    }

  return most;
}

/* A zero keeps a line of one pixel: nothing happened, but it was measured. */
static double
get_bar_height (double value, double most, int height)
{
  return value > 0 ? MAX (2, round (value / most * height)) : 1;
}

static void
draw_bars (RegieSparkline *self, cairo_t *cr, int width, int height)
{
  gboolean mirrored = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
  double step = MIN ((double) width / self->n_values, BAR_WIDTH + 1);
  double gap = step >= 3 ? 1 : 0;
  double used = step * self->n_values;
  double most = find_most (self);
  GdkRGBA colors[3];

  gtk_widget_get_color (GTK_WIDGET (self), &colors[2]);
  colors[0] = regie_live_fade (&colors[2], 0.3f);
  colors[1] = regie_live_fade (&colors[2], 0.6f);
  for (guint i = 0; i < self->n_values; i++)
    {
      double value = self->values[i];
      double tall = get_bar_height (value, most, height);
      double x = mirrored ? used - (i + 1) * step : i * step;
      guint strength = value <= 0 ? 0 : i + 1 < self->n_values ? 1 : 2;

      if (isnan (value))
        continue;
      gdk_cairo_set_source_rgba (cr, &colors[strength]);
      cairo_rectangle (cr, x, height - tall, MAX (step - gap, 0.5), tall);
      cairo_fill (cr);
    }
}

/* A texture, not a rectangle for each bar: a list shows dozens of these in every frame. */
static GskRenderNode *
build (RegieSparkline *self, int width, int height)
{
  int scale = gtk_widget_get_scale_factor (GTK_WIDGET (self));
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, width * scale, height * scale);
  cairo_t *cr = cairo_create (surface);
  g_autoptr (GdkTexture) texture = NULL;

  cairo_scale (cr, scale, scale);
  draw_bars (self, cr, width, height);
  cairo_destroy (cr);
  texture = regie_live_take_texture (surface);
  self->n_builds++;

  return gsk_texture_node_new (texture, &GRAPHENE_RECT_INIT (0, 0, width, height));
}

static void
regie_sparkline_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  RegieSparkline *self = REGIE_SPARKLINE (widget);
  int width = gtk_widget_get_width (widget);
  int height = gtk_widget_get_height (widget);

  if (self->n_values == 0 || width <= 0 || height <= 0)
    return;
  if (self->node == NULL)
    self->node = build (self, width, height);
  if (self->node != NULL)
    gtk_snapshot_append_node (snapshot, self->node);
}

static void
regie_sparkline_measure (GtkWidget *widget,
                         GtkOrientation orientation,
                         int for_size,
                         int *minimum,
                         int *natural,
                         int *minimum_baseline,
                         int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 24 : 16;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 24 * (BAR_WIDTH + 1) : 16;
}

static void
regie_sparkline_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  drop_node (REGIE_SPARKLINE (widget));
}

static void
regie_sparkline_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (regie_sparkline_parent_class)->css_changed (widget, change);
  drop_node (REGIE_SPARKLINE (widget));
}

static void
regie_sparkline_direction_changed (GtkWidget *widget, GtkTextDirection previous)
{
  GTK_WIDGET_CLASS (regie_sparkline_parent_class)->direction_changed (widget, previous);
  drop_node (REGIE_SPARKLINE (widget));
}

static void
regie_sparkline_finalize (GObject *object)
{
  RegieSparkline *self = REGIE_SPARKLINE (object);

  g_clear_pointer (&self->node, gsk_render_node_unref);
  g_clear_pointer (&self->values, g_free);
  g_clear_pointer (&self->description, g_free);
  G_OBJECT_CLASS (regie_sparkline_parent_class)->finalize (object);
}

static void
regie_sparkline_class_init (RegieSparklineClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->finalize = regie_sparkline_finalize;
  widget_class->snapshot = regie_sparkline_snapshot;
  widget_class->measure = regie_sparkline_measure;
  widget_class->size_allocate = regie_sparkline_size_allocate;
  widget_class->css_changed = regie_sparkline_css_changed;
  widget_class->direction_changed = regie_sparkline_direction_changed;

  gtk_widget_class_set_css_name (widget_class, "sparkline");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  regie_live_style_ensure ();
}

static void
regie_sparkline_init (RegieSparkline *self)
{
  g_signal_connect (self, "notify::scale-factor", G_CALLBACK (drop_node), NULL);
  gtk_widget_set_valign (GTK_WIDGET (self), GTK_ALIGN_CENTER);
}

GtkWidget *
regie_sparkline_new (void)
{
  return g_object_new (REGIE_TYPE_SPARKLINE, NULL);
}

void
regie_sparkline_set_values (RegieSparkline *self, const double *values, guint n_values)
{
  g_return_if_fail (REGIE_IS_SPARKLINE (self));

  if (n_values > MOST_VALUES)
    {
      values += n_values - MOST_VALUES;
      n_values = MOST_VALUES;
    }
  /* Byte by byte: NaN equals itself here. */
  if (n_values == self->n_values &&
      (n_values == 0 || memcmp (values, self->values, n_values * sizeof *values) == 0))
    return;

  /* Rows are reused for other records all the time: keep the memory when the length is the same. */
  if (n_values != self->n_values)
    self->values = g_renew (double, self->values, n_values);
  if (n_values > 0)
    memcpy (self->values, values, n_values * sizeof *values);
  self->n_values = n_values;
  drop_node (self);
}

void
regie_sparkline_set_description (RegieSparkline *self, const char *description)
{
  g_return_if_fail (REGIE_IS_SPARKLINE (self));

  if (!g_set_str (&self->description, description))
    return;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  description != NULL ? description : "", -1);
}

guint
regie_sparkline_get_n_values (RegieSparkline *self)
{
  g_return_val_if_fail (REGIE_IS_SPARKLINE (self), 0);

  return self->n_values;
}

guint
regie_sparkline_get_n_builds (RegieSparkline *self)
{
  g_return_val_if_fail (REGIE_IS_SPARKLINE (self), 0);

  return self->n_builds;
}
