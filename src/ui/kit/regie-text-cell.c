/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-text-cell.h"

#include <math.h>

#include "regie-text.h"

struct _RegieTextCell
{
  GtkWidget parent_instance;

  char *text;
  PangoLayout *layout; /* only while it is drawn */
  int min_chars, nat_chars;
  float xalign;
};

enum
{
  PROP_0,
  PROP_TEXT,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (RegieTextCell, regie_text_cell, GTK_TYPE_WIDGET)

/* --- what cells share --- */

static GtkWidget *
find_list (GtkWidget *widget)
{
  GtkWidget *list = gtk_widget_get_ancestor (widget, GTK_TYPE_LIST_VIEW);

  return list != NULL ? list : widget;
}

PangoContext *
regie_cell_get_context (GtkWidget *widget)
{
  return gtk_widget_get_pango_context (find_list (widget));
}

typedef struct
{
  guint serial;
  RegieCellMetrics metrics;
} Measured;

RegieCellMetrics
regie_cell_get_metrics (GtkWidget *widget)
{
  GtkWidget *list = find_list (widget);
  PangoContext *context = gtk_widget_get_pango_context (list);
  Measured *measured = g_object_get_data (G_OBJECT (list), "regie-cell-metrics");
  guint serial = pango_context_get_serial (context);
  PangoFontMetrics *metrics;
  int width;

  if (measured != NULL && measured->serial == serial)
    return measured->metrics;

  metrics = pango_context_get_metrics (context, NULL, NULL);
  width = MAX (pango_font_metrics_get_approximate_char_width (metrics),
               pango_font_metrics_get_approximate_digit_width (metrics));
  measured = g_new0 (Measured, 1);
  measured->serial = serial;
  measured->metrics.char_width = PANGO_PIXELS_CEIL (width);
  measured->metrics.height = PANGO_PIXELS_CEIL (pango_font_metrics_get_height (metrics));
  pango_font_metrics_unref (metrics);
  g_object_set_data_full (G_OBJECT (list), "regie-cell-metrics", measured, g_free);

  return measured->metrics;
}

PangoLayout *
regie_cell_create_layout (GtkWidget *widget, const char *text)
{
  static PangoAttrList *tabular = NULL;
  PangoLayout *layout = pango_layout_new (regie_cell_get_context (widget));

  if (tabular == NULL)
    {
      tabular = pango_attr_list_new ();
      pango_attr_list_insert (tabular, pango_attr_font_features_new ("tnum=1"));
    }
  pango_layout_set_attributes (layout, tabular);
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
  pango_layout_set_single_paragraph_mode (layout, TRUE);
  pango_layout_set_text (layout, text, -1);

  return layout;
}

/* --- the widget --- */

static void
regie_text_cell_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  RegieTextCell *self = REGIE_TEXT_CELL (widget);
  gboolean mirrored = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  float xalign = mirrored ? 1 - self->xalign : self->xalign;
  int width = gtk_widget_get_width (widget);
  PangoRectangle box;
  GdkRGBA color;
  double x, y;

  if (*self->text == '\0' || width <= 0)
    return;
  if (self->layout == NULL)
    self->layout = regie_cell_create_layout (widget, self->text);
  pango_layout_set_width (self->layout, width * PANGO_SCALE);
  pango_layout_get_pixel_extents (self->layout, NULL, &box);
  /* Where a text runs from right to left Pango puts it at the right end of the width. */
  x = round ((width - box.width) * xalign) - box.x;
  y = floor ((gtk_widget_get_height (widget) - box.height) / 2.0);

  gtk_widget_get_color (widget, &color);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (x, y));
  gtk_snapshot_append_layout (snapshot, self->layout, &color);
  gtk_snapshot_restore (snapshot);
}

static void
regie_text_cell_measure (GtkWidget *widget,
                         GtkOrientation orientation,
                         int for_size,
                         int *minimum,
                         int *natural,
                         int *minimum_baseline,
                         int *natural_baseline)
{
  RegieTextCell *self = REGIE_TEXT_CELL (widget);
  RegieCellMetrics metrics = regie_cell_get_metrics (widget);

  if (orientation == GTK_ORIENTATION_VERTICAL)
    *minimum = *natural = metrics.height;
  else
    {
      *minimum = self->min_chars * metrics.char_width;
      *natural = MAX (self->min_chars, self->nat_chars) * metrics.char_width;
    }
}

static void
regie_text_cell_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (regie_text_cell_parent_class)->css_changed (widget, change);
  g_clear_object (&REGIE_TEXT_CELL (widget)->layout);
}

static void
regie_text_cell_system_setting_changed (GtkWidget *widget, GtkSystemSetting setting)
{
  GTK_WIDGET_CLASS (regie_text_cell_parent_class)->system_setting_changed (widget, setting);
  g_clear_object (&REGIE_TEXT_CELL (widget)->layout);
  gtk_widget_queue_resize (widget);
}

/* A row that leaves the window gives its layout back. */
static void
regie_text_cell_unmap (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (regie_text_cell_parent_class)->unmap (widget);
  g_clear_object (&REGIE_TEXT_CELL (widget)->layout);
}

static void
regie_text_cell_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  switch (id)
    {
    case PROP_TEXT:
      g_value_set_string (value, REGIE_TEXT_CELL (object)->text);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
regie_text_cell_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  switch (id)
    {
    case PROP_TEXT:
      regie_text_cell_set_text (REGIE_TEXT_CELL (object), g_value_get_string (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
regie_text_cell_finalize (GObject *object)
{
  RegieTextCell *self = REGIE_TEXT_CELL (object);

  g_clear_object (&self->layout);
  g_clear_pointer (&self->text, g_free);
  G_OBJECT_CLASS (regie_text_cell_parent_class)->finalize (object);
}

static void
regie_text_cell_class_init (RegieTextCellClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = regie_text_cell_get_property;
  object_class->set_property = regie_text_cell_set_property;
  object_class->finalize = regie_text_cell_finalize;
  widget_class->snapshot = regie_text_cell_snapshot;
  widget_class->measure = regie_text_cell_measure;
  widget_class->css_changed = regie_text_cell_css_changed;
  widget_class->system_setting_changed = regie_text_cell_system_setting_changed;
  widget_class->unmap = regie_text_cell_unmap;

  properties[PROP_TEXT] = g_param_spec_string (
      "text", NULL, NULL, "", G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_css_name (widget_class, "textcell");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_LABEL);
}

static void
regie_text_cell_init (RegieTextCell *self)
{
  self->text = g_strdup ("");
}

GtkWidget *
regie_text_cell_new (int min_chars, int nat_chars, float xalign)
{
  RegieTextCell *self = g_object_new (REGIE_TYPE_TEXT_CELL, NULL);

  self->min_chars = min_chars;
  self->nat_chars = nat_chars;
  self->xalign = xalign;

  return GTK_WIDGET (self);
}

void
regie_text_cell_set_text (RegieTextCell *self, const char *text)
{
  char *visible;

  g_return_if_fail (REGIE_IS_TEXT_CELL (self));

  if (g_strcmp0 (text, self->text) == 0)
    return;
  visible = regie_text_visible (text, FALSE);
  if (g_str_equal (visible, self->text))
    {
      g_free (visible);
      return;
    }
  g_free (self->text);
  self->text = visible;
  if (self->layout != NULL)
    pango_layout_set_text (self->layout, visible, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, visible, -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TEXT]);
}

const char *
regie_text_cell_get_text (RegieTextCell *self)
{
  g_return_val_if_fail (REGIE_IS_TEXT_CELL (self), NULL);

  return self->text;
}
