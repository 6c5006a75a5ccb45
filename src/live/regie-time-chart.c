/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-time-chart-private.h"

#include <math.h>

enum
{
  PROP_0,
  PROP_TITLE,
  PROP_CURSOR_TIME,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static const char *const tone_classes[REGIE_CHART_N_TONES] = { "accent", "success", "warning", "error",
                                                               "neutral" };

G_DEFINE_FINAL_TYPE (RegieTimeChart, regie_time_chart, GTK_TYPE_WIDGET)

void
regie_time_chart_invalidate (RegieTimeChart *self)
{
  g_clear_pointer (&self->axes, gsk_render_node_unref);
  g_clear_pointer (&self->data, gsk_render_node_unref);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

gboolean
regie_time_chart_has_points (RegieTimeChart *self)
{
  gint64 from, to;

  return regie_chart_data_get_span (self->series, &from, &to);
}

char *
regie_time_chart_format_value (RegieTimeChart *self, double value)
{
  if (isnan (value))
    return g_strdup ("–");
  if (self->format != NULL)
    return self->format (value, self->format_data);
  if (value == floor (value))
    return g_strdup_printf ("%'.0f", value);

  return g_strdup_printf ("%'.2f", value);
}

void
regie_time_chart_get_tone_color (RegieTimeChart *self, RegieChartTone tone, GdkRGBA *color)
{
  gtk_widget_get_color (self->tones[MIN (tone, REGIE_CHART_NEUTRAL)], color);
}

static void
snapshot_empty (RegieTimeChart *self, GtkSnapshot *snapshot)
{
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), self->empty_text);
  int width = gtk_widget_get_width (GTK_WIDGET (self));
  int height = gtk_widget_get_height (GTK_WIDGET (self));
  int text_height;
  GdkRGBA color;

  gtk_widget_get_color (GTK_WIDGET (self), &color);
  color = regie_live_fade (&color, 0.75f);
  pango_layout_set_width (layout, width * PANGO_SCALE);
  pango_layout_set_alignment (layout, PANGO_ALIGN_CENTER);
  pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_get_pixel_size (layout, NULL, &text_height);

  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (0, MAX (0, (height - text_height) / 2)));
  gtk_snapshot_append_layout (snapshot, layout, &color);
  gtk_snapshot_restore (snapshot);
}

static void
regie_time_chart_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  RegieTimeChart *self = REGIE_TIME_CHART (widget);

  if (!regie_time_chart_ensure_layers (self))
    {
      if (self->empty_text != NULL)
        snapshot_empty (self, snapshot);
      return;
    }

  gtk_snapshot_append_node (snapshot, self->axes);
  if (self->data != NULL)
    gtk_snapshot_append_node (snapshot, self->data);
  if (self->cursor != 0)
    {
      regie_time_chart_snapshot_cursor (self, snapshot);
      gtk_widget_snapshot_child (widget, self->readout, snapshot);
    }
}

static void
regie_time_chart_measure (GtkWidget *widget,
                          GtkOrientation orientation,
                          int for_size,
                          int *minimum,
                          int *natural,
                          int *minimum_baseline,
                          int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 160 : 96;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 480 : 180;
}

static void
regie_time_chart_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  RegieTimeChart *self = REGIE_TIME_CHART (widget);

  /* The readout moves with the cursor, which allocates anew: the layers stay as long as the size does. */
  if (width != self->width || height != self->height)
    {
      self->width = width;
      self->height = height;
      regie_time_chart_invalidate (self);
    }
  regie_chart_readout_allocate (self);
}

static void
regie_time_chart_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (regie_time_chart_parent_class)->css_changed (widget, change);
  regie_time_chart_invalidate (REGIE_TIME_CHART (widget));
}

static void
regie_time_chart_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  RegieTimeChart *self = REGIE_TIME_CHART (object);

  switch (id)
    {
    case PROP_TITLE:
      g_value_set_string (value, self->title);
      break;
    case PROP_CURSOR_TIME:
      g_value_set_int64 (value, self->cursor);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
regie_time_chart_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  RegieTimeChart *self = REGIE_TIME_CHART (object);

  switch (id)
    {
    case PROP_TITLE:
      regie_time_chart_set_title (self, g_value_get_string (value));
      break;
    case PROP_CURSOR_TIME:
      regie_time_chart_set_cursor (self, g_value_get_int64 (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
regie_time_chart_dispose (GObject *object)
{
  RegieTimeChart *self = REGIE_TIME_CHART (object);

  g_clear_pointer (&self->axes, gsk_render_node_unref);
  g_clear_pointer (&self->data, gsk_render_node_unref);
  g_clear_pointer (&self->readout, gtk_widget_unparent);
  for (guint i = 0; i < REGIE_CHART_N_TONES; i++)
    g_clear_pointer (&self->tones[i], gtk_widget_unparent);
  regie_time_chart_set_format (self, NULL, NULL, NULL);
  G_OBJECT_CLASS (regie_time_chart_parent_class)->dispose (object);
}

static void
regie_time_chart_finalize (GObject *object)
{
  RegieTimeChart *self = REGIE_TIME_CHART (object);

  g_clear_pointer (&self->series, g_ptr_array_unref);
  g_clear_pointer (&self->title, g_free);
  g_clear_pointer (&self->empty_text, g_free);
  G_OBJECT_CLASS (regie_time_chart_parent_class)->finalize (object);
}

static void
regie_time_chart_class_init (RegieTimeChartClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = regie_time_chart_get_property;
  object_class->set_property = regie_time_chart_set_property;
  object_class->dispose = regie_time_chart_dispose;
  object_class->finalize = regie_time_chart_finalize;
  widget_class->snapshot = regie_time_chart_snapshot;
  widget_class->measure = regie_time_chart_measure;
  widget_class->size_allocate = regie_time_chart_size_allocate;
  widget_class->css_changed = regie_time_chart_css_changed;

  properties[PROP_TITLE] = g_param_spec_string (
      "title", NULL, NULL, NULL, G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  properties[PROP_CURSOR_TIME] =
      g_param_spec_int64 ("cursor-time", NULL, NULL, 0, G_MAXINT64, 0,
                          G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_css_name (widget_class, "timechart");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  regie_live_style_ensure ();
}

static void
regie_time_chart_init (RegieTimeChart *self)
{
  self->series = g_ptr_array_new_with_free_func ((GDestroyNotify) regie_chart_series_free);
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);

  for (guint i = 0; i < REGIE_CHART_N_TONES; i++)
    {
      self->tones[i] = g_object_new (GTK_TYPE_BOX, "css-name", "tone", "accessible-role",
                                     GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);
      gtk_widget_add_css_class (self->tones[i], tone_classes[i]);
      gtk_widget_set_parent (self->tones[i], GTK_WIDGET (self));
    }
  self->readout = regie_chart_readout_new ();
  gtk_widget_set_parent (self->readout, GTK_WIDGET (self));
  regie_time_chart_install_input (self);
}

GtkWidget *
regie_time_chart_new (const char *title)
{
  return g_object_new (REGIE_TYPE_TIME_CHART, "title", title, NULL);
}

void
regie_time_chart_set_title (RegieTimeChart *self, const char *title)
{
  g_return_if_fail (REGIE_IS_TIME_CHART (self));

  if (!g_set_str (&self->title, title))
    return;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  title != NULL ? title : "", -1);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TITLE]);
}

guint
regie_time_chart_add_series (RegieTimeChart *self,
                             const char *label,
                             RegieChartForm form,
                             RegieChartTone tone)
{
  g_return_val_if_fail (REGIE_IS_TIME_CHART (self), 0);

  g_ptr_array_add (self->series, regie_chart_series_new (label, form, tone));
  regie_time_chart_invalidate (self);

  return self->series->len - 1;
}

void
regie_time_chart_clear_series (RegieTimeChart *self)
{
  g_return_if_fail (REGIE_IS_TIME_CHART (self));

  g_ptr_array_set_size (self->series, 0);
  regie_time_chart_set_cursor (self, 0);
  regie_time_chart_invalidate (self);
}

/* What somebody who cannot see the curve is told: where each series ends. */
static void
update_description (RegieTimeChart *self)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < self->series->len; i++)
    {
      const RegieChartSeries *series = g_ptr_array_index (self->series, i);
      g_autofree char *value = regie_time_chart_format_value (self, regie_chart_series_get_last (series));

      g_string_append_printf (text, "%s%s %s", i > 0 ? ", " : "", series->label, value);
    }
  if (!regie_time_chart_has_points (self))
    g_string_assign (text, self->empty_text != NULL ? self->empty_text : "");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text->str, -1);
}

void
regie_time_chart_set_data (RegieTimeChart *self,
                           guint series,
                           const gint64 *times,
                           const double *values,
                           gsize n_points)
{
  g_return_if_fail (REGIE_IS_TIME_CHART (self));
  g_return_if_fail (series < self->series->len);

  if (!regie_chart_series_set (g_ptr_array_index (self->series, series), times, values, n_points))
    return;
  update_description (self);
  regie_chart_readout_update (self);
  regie_time_chart_invalidate (self);
}

void
regie_time_chart_set_range (RegieTimeChart *self, gint64 from, gint64 to)
{
  g_return_if_fail (REGIE_IS_TIME_CHART (self));

  if (from == self->from && to == self->to)
    return;
  self->from = from;
  self->to = to;
  regie_time_chart_invalidate (self);
}

void
regie_time_chart_set_step (RegieTimeChart *self, gint64 step)
{
  g_return_if_fail (REGIE_IS_TIME_CHART (self));

  if (step == self->step)
    return;
  self->step = step;
  regie_time_chart_invalidate (self);
}

void
regie_time_chart_set_value_axis (RegieTimeChart *self, double most, gboolean integers)
{
  g_return_if_fail (REGIE_IS_TIME_CHART (self));

  self->most = most;
  self->integers = integers;
  regie_time_chart_invalidate (self);
}

void
regie_time_chart_set_format (RegieTimeChart *self,
                             RegieChartFormat format,
                             gpointer data,
                             GDestroyNotify destroy)
{
  g_return_if_fail (REGIE_IS_TIME_CHART (self));

  if (self->format_destroy != NULL)
    self->format_destroy (self->format_data);
  self->format = format;
  self->format_data = data;
  self->format_destroy = destroy;
  regie_time_chart_invalidate (self);
}

void
regie_time_chart_set_empty_text (RegieTimeChart *self, const char *text)
{
  g_return_if_fail (REGIE_IS_TIME_CHART (self));

  if (!g_set_str (&self->empty_text, text))
    return;
  update_description (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
regie_time_chart_set_cursor (RegieTimeChart *self, gint64 time)
{
  g_return_if_fail (REGIE_IS_TIME_CHART (self));

  if (time != 0)
    time = regie_chart_data_nearest (self->series, time);
  if (time == self->cursor)
    return;
  self->cursor = time;
  regie_chart_readout_update (self);
  gtk_widget_queue_allocate (GTK_WIDGET (self));
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CURSOR_TIME]);
}

gint64
regie_time_chart_get_cursor (RegieTimeChart *self)
{
  g_return_val_if_fail (REGIE_IS_TIME_CHART (self), 0);

  return self->cursor;
}

double
regie_time_chart_get_cursor_value (RegieTimeChart *self, const RegieChartSeries *series)
{
  gsize at = regie_chart_series_nearest (series, self->cursor);

  return at != G_MAXSIZE && series->times[at] == self->cursor ? series->values[at] : NAN;
}

char *
regie_time_chart_dup_cursor_text (RegieTimeChart *self)
{
  g_autoptr (GString) text = NULL;
  g_autofree char *when = NULL;

  g_return_val_if_fail (REGIE_IS_TIME_CHART (self), NULL);

  if (self->cursor == 0)
    return NULL;
  when = regie_time_scale_format (self->cursor, self->shown_to - self->shown_from);
  text = g_string_new (when);
  for (guint i = 0; i < self->series->len; i++)
    {
      const RegieChartSeries *series = g_ptr_array_index (self->series, i);
      g_autofree char *value =
          regie_time_chart_format_value (self, regie_time_chart_get_cursor_value (self, series));

      g_string_append_printf (text, "%s %s %s", i > 0 ? "," : ":", series->label, value);
    }

  return g_strdup (text->str);
}

guint
regie_time_chart_get_n_builds (RegieTimeChart *self)
{
  g_return_val_if_fail (REGIE_IS_TIME_CHART (self), 0);

  return self->n_builds;
}
