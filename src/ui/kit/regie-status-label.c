/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-status-label.h"

#include <math.h>

#include "regie-format.h"
#include "regie-kit-private.h"
#include "regie-live-private.h"
#include "regie-text-cell.h"
#include "regie-text.h"

#define MARK_SIZE 10
#define SPACING   6

struct _RegieStatusLabel
{
  GtkWidget parent_instance;

  GtkWidget *mark; /* never drawn: carries the colour */
  PangoLayout *layout;
  char *text;
  RegieStatusStyle status;
  gboolean has_mark;
  gboolean mark_only;
  int fixed_chars; /* 0: as wide as its text */
};

enum
{
  PROP_0,
  PROP_TEXT,
  PROP_STATUS,
  PROP_MARK_ONLY,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static const char *const names[] = { "neutral", "accent", "success", "warning", "error" };

G_DEFINE_FINAL_TYPE (RegieStatusLabel, regie_status_label, GTK_TYPE_WIDGET)

RegieStatusStyle
regie_status_style_from_string (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      if (g_strcmp0 (name, names[i]) == 0)
        return i;
    }

  return REGIE_STATUS_NEUTRAL;
}

gboolean
regie_status_field_has_marks (const RegieField *field)
{
  if (field->type != REGIE_FIELD_ENUM)
    return FALSE;
  for (guint i = 0; i < field->n_values; i++)
    {
      if (field->values[i].style != NULL)
        return TRUE;
    }

  return FALSE;
}

/* --- marks --- */

static void
draw_disc (cairo_t *cr, double radius)
{
  cairo_arc (cr, MARK_SIZE / 2.0, MARK_SIZE / 2.0, radius, 0, 2 * G_PI);
}

static void
draw_bar (cairo_t *cr, double width, double height, double angle)
{
  cairo_save (cr);
  cairo_translate (cr, MARK_SIZE / 2.0, MARK_SIZE / 2.0);
  cairo_rotate (cr, angle * G_PI / 180);
  cairo_rectangle (cr, -width / 2, -height / 2, width, height);
  cairo_restore (cr);
  cairo_fill (cr);
}

static void
draw_ring (cairo_t *cr)
{
  cairo_set_line_width (cr, 2);
  draw_disc (cr, MARK_SIZE / 2.0 - 1);
  cairo_stroke (cr);
}

static void
draw_mark (cairo_t *cr, RegieStatusStyle style)
{
  switch (style)
    {
    case REGIE_STATUS_ACCENT:
      draw_ring (cr);
      cairo_arc (cr, MARK_SIZE / 2.0, MARK_SIZE / 2.0, MARK_SIZE / 2.0 - 1, G_PI / 2, 3 * G_PI / 2);
      cairo_fill (cr);
      break;
    case REGIE_STATUS_SUCCESS:
      draw_disc (cr, MARK_SIZE / 2.0);
      cairo_fill (cr);
      break;
    case REGIE_STATUS_WARNING:
      draw_bar (cr, 7.5, 7.5, 45);
      break;
    case REGIE_STATUS_ERROR:
      draw_bar (cr, 12, 2.75, 45);
      draw_bar (cr, 12, 2.75, -45);
      break;
    case REGIE_STATUS_NEUTRAL:
    default:
      draw_ring (cr);
    }
}

/* One texture of each style for all labels: a list shows dozens of the same marks in every frame. */
static GdkTexture *
get_mark (RegieStatusStyle style, const GdkRGBA *color, int scale)
{
  static struct
  {
    GdkTexture *texture;
    GdkRGBA color;
    int scale;
  } marks[REGIE_STATUS_ERROR + 1];
  cairo_surface_t *surface;
  cairo_t *cr;

  if (marks[style].texture != NULL && marks[style].scale == scale &&
      gdk_rgba_equal (&marks[style].color, color))
    return marks[style].texture;

  surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, MARK_SIZE * scale, MARK_SIZE * scale);
  cr = cairo_create (surface);
  cairo_scale (cr, scale, scale);
  gdk_cairo_set_source_rgba (cr, color);
  draw_mark (cr, style);
  cairo_destroy (cr);
  g_clear_object (&marks[style].texture);
  marks[style].texture = regie_live_take_texture (surface);
  marks[style].color = *color;
  marks[style].scale = scale;

  return marks[style].texture;
}

static PangoLayout *
ensure_layout (RegieStatusLabel *self)
{
  if (self->layout == NULL && self->fixed_chars > 0)
    self->layout = regie_cell_create_layout (GTK_WIDGET (self), self->text);
  else if (self->layout == NULL)
    {
      self->layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), self->text);
      pango_layout_set_ellipsize (self->layout, PANGO_ELLIPSIZE_END);
      pango_layout_set_single_paragraph_mode (self->layout, TRUE);
    }

  return self->layout;
}

static int
get_text_start (RegieStatusLabel *self)
{
  return self->has_mark ? MARK_SIZE + SPACING : 0;
}

static void
snapshot_mark (RegieStatusLabel *self, GtkSnapshot *snapshot, double x, double y)
{
  GdkRGBA color;

  gtk_widget_get_color (self->mark, &color);
  gtk_snapshot_append_texture (
      snapshot, get_mark (self->status, &color, gtk_widget_get_scale_factor (GTK_WIDGET (self))),
      &GRAPHENE_RECT_INIT (x, round (y), MARK_SIZE, MARK_SIZE));
}

static void
regie_status_label_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  RegieStatusLabel *self = REGIE_STATUS_LABEL (widget);
  gboolean mirrored = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  int width = gtk_widget_get_width (widget);
  int height = gtk_widget_get_height (widget);
  int room = MAX (0, width - get_text_start (self));
  int text_width, text_height;
  GdkRGBA color;

  if (self->text[0] == '\0')
    return;
  if (self->has_mark)
    snapshot_mark (self, snapshot, mirrored ? width - MARK_SIZE : 0, (height - MARK_SIZE) / 2.0);
  if (self->mark_only)
    return;

  pango_layout_set_width (ensure_layout (self), room * PANGO_SCALE);
  pango_layout_get_pixel_size (self->layout, &text_width, &text_height);
  gtk_widget_get_color (widget, &color);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (
      snapshot, &GRAPHENE_POINT_INIT (mirrored ? 0 : get_text_start (self), (height - text_height) / 2));
  gtk_snapshot_append_layout (snapshot, self->layout, &color);
  gtk_snapshot_restore (snapshot);
}

static void
regie_status_label_measure (GtkWidget *widget,
                            GtkOrientation orientation,
                            int for_size,
                            int *minimum,
                            int *natural,
                            int *minimum_baseline,
                            int *natural_baseline)
{
  RegieStatusLabel *self = REGIE_STATUS_LABEL (widget);
  int text_width, text_height;

  if (self->fixed_chars > 0)
    {
      RegieCellMetrics metrics = regie_cell_get_metrics (widget);

      *minimum = *natural = orientation == GTK_ORIENTATION_VERTICAL
                                ? MAX (metrics.height, MARK_SIZE)
                                : MARK_SIZE + SPACING + self->fixed_chars * metrics.char_width;
      return;
    }
  pango_layout_set_width (ensure_layout (self), -1);
  pango_layout_get_pixel_size (self->layout, &text_width, &text_height);
  if (orientation == GTK_ORIENTATION_VERTICAL)
    {
      *minimum = *natural = self->mark_only ? MARK_SIZE : MAX (text_height, MARK_SIZE);
      return;
    }
  *natural = self->mark_only ? MARK_SIZE : get_text_start (self) + text_width;
  *minimum = *natural;
}

static void
drop_layout (RegieStatusLabel *self)
{
  g_clear_object (&self->layout);
}

static void
regie_status_label_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (regie_status_label_parent_class)->css_changed (widget, change);
  drop_layout (REGIE_STATUS_LABEL (widget));
}

static void
regie_status_label_direction_changed (GtkWidget *widget, GtkTextDirection previous)
{
  GTK_WIDGET_CLASS (regie_status_label_parent_class)->direction_changed (widget, previous);
  drop_layout (REGIE_STATUS_LABEL (widget));
}

static void
regie_status_label_system_setting_changed (GtkWidget *widget, GtkSystemSetting setting)
{
  GTK_WIDGET_CLASS (regie_status_label_parent_class)->system_setting_changed (widget, setting);
  drop_layout (REGIE_STATUS_LABEL (widget));
  gtk_widget_queue_resize (widget);
}

static void
regie_status_label_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  RegieStatusLabel *self = REGIE_STATUS_LABEL (object);

  switch (id)
    {
    case PROP_TEXT:
      g_value_set_string (value, self->text);
      break;
    case PROP_STATUS:
      g_value_set_uint (value, self->status);
      break;
    case PROP_MARK_ONLY:
      g_value_set_boolean (value, self->mark_only);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
regie_status_label_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  RegieStatusLabel *self = REGIE_STATUS_LABEL (object);

  switch (id)
    {
    case PROP_TEXT:
      regie_status_label_set (self, self->status, g_value_get_string (value));
      break;
    case PROP_STATUS:
      regie_status_label_set (self, g_value_get_uint (value), self->text);
      break;
    case PROP_MARK_ONLY:
      regie_status_label_set_mark_only (self, g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
regie_status_label_dispose (GObject *object)
{
  RegieStatusLabel *self = REGIE_STATUS_LABEL (object);

  drop_layout (self);
  g_clear_pointer (&self->mark, gtk_widget_unparent);
  G_OBJECT_CLASS (regie_status_label_parent_class)->dispose (object);
}

static void
regie_status_label_finalize (GObject *object)
{
  g_free (REGIE_STATUS_LABEL (object)->text);
  G_OBJECT_CLASS (regie_status_label_parent_class)->finalize (object);
}

static void
regie_status_label_class_init (RegieStatusLabelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = regie_status_label_get_property;
  object_class->set_property = regie_status_label_set_property;
  object_class->dispose = regie_status_label_dispose;
  object_class->finalize = regie_status_label_finalize;
  widget_class->snapshot = regie_status_label_snapshot;
  widget_class->measure = regie_status_label_measure;
  widget_class->css_changed = regie_status_label_css_changed;
  widget_class->direction_changed = regie_status_label_direction_changed;
  widget_class->system_setting_changed = regie_status_label_system_setting_changed;

  properties[PROP_TEXT] = g_param_spec_string ("text", NULL, NULL, "", flags);
  properties[PROP_STATUS] =
      g_param_spec_uint ("status", NULL, NULL, 0, REGIE_STATUS_ERROR, REGIE_STATUS_NEUTRAL, flags);
  properties[PROP_MARK_ONLY] = g_param_spec_boolean ("mark-only", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_css_name (widget_class, "statuslabel");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_LABEL);
  regie_kit_ensure_style ();
}

static void
regie_status_label_init (RegieStatusLabel *self)
{
  self->text = g_strdup ("");
  self->mark = g_object_new (GTK_TYPE_BOX, "css-name", "mark", "accessible-role",
                             GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);
  gtk_widget_set_parent (self->mark, GTK_WIDGET (self));
  gtk_widget_add_css_class (self->mark, names[self->status]);
}

GtkWidget *
regie_status_label_new (void)
{
  return g_object_new (REGIE_TYPE_STATUS_LABEL, NULL);
}

static void
set_status (RegieStatusLabel *self, RegieStatusStyle status)
{
  if (status == self->status)
    return;
  gtk_widget_remove_css_class (self->mark, names[self->status]);
  gtk_widget_add_css_class (self->mark, names[status]);
  self->status = status;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATUS]);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
set_text (RegieStatusLabel *self, const char *text, gboolean has_mark)
{
  g_autofree char *visible = regie_text_visible (text, FALSE);
  gboolean same = g_str_equal (visible, self->text);

  if (same && has_mark == self->has_mark)
    return;
  self->has_mark = has_mark;
  if (!same)
    {
      g_set_str (&self->text, visible);
      if (self->layout != NULL)
        pango_layout_set_text (self->layout, visible, -1);
      gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, visible, -1);
      if (self->mark_only)
        gtk_widget_set_tooltip_text (GTK_WIDGET (self), visible);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TEXT]);
    }
  if (self->fixed_chars > 0)
    gtk_widget_queue_draw (GTK_WIDGET (self));
  else
    gtk_widget_queue_resize (GTK_WIDGET (self));
}

void
regie_status_label_set (RegieStatusLabel *self, RegieStatusStyle style, const char *text)
{
  g_return_if_fail (REGIE_IS_STATUS_LABEL (self));
  g_return_if_fail (style <= REGIE_STATUS_ERROR);

  set_status (self, style);
  set_text (self, text, TRUE);
}

void
regie_status_label_set_value (RegieStatusLabel *self, const RegieField *field, const char *value)
{
  const RegieEnumValue *known;

  g_return_if_fail (REGIE_IS_STATUS_LABEL (self));
  g_return_if_fail (field != NULL);

  known = value != NULL ? regie_field_find_value (field, value) : NULL;
  set_status (self, regie_status_style_from_string (known != NULL ? known->style : NULL));
  set_text (self, known != NULL ? regie_format_label (known->label) : value,
            known != NULL && known->style != NULL);
}

void
regie_status_label_set_mark_only (RegieStatusLabel *self, gboolean mark_only)
{
  g_return_if_fail (REGIE_IS_STATUS_LABEL (self));

  if (mark_only == self->mark_only)
    return;
  self->mark_only = mark_only;
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), mark_only ? self->text : NULL);
  gtk_widget_queue_resize (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MARK_ONLY]);
}

void
regie_status_label_set_fixed_chars (RegieStatusLabel *self, int chars)
{
  g_return_if_fail (REGIE_IS_STATUS_LABEL (self));

  self->fixed_chars = chars;
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

const char *
regie_status_label_get_text (RegieStatusLabel *self)
{
  g_return_val_if_fail (REGIE_IS_STATUS_LABEL (self), NULL);

  return self->text;
}

RegieStatusStyle
regie_status_label_get_status (RegieStatusLabel *self)
{
  g_return_val_if_fail (REGIE_IS_STATUS_LABEL (self), REGIE_STATUS_NEUTRAL);

  return self->status;
}
