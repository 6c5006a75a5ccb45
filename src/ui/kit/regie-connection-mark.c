/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-connection-mark.h"

#include <adwaita.h>
#include <math.h>

#include "regie-kit-private.h"

#define WIDTH 3

typedef struct
{
  guint hue;
  char *title;
} Named;

struct _RegieConnectionMark
{
  GtkWidget parent_instance;

  const char *connection; /* interned: compared and looked up for every row that is bound */
};

enum
{
  PROP_0,
  PROP_CONNECTION,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];
static GHashTable *registry; /* interned id → Named */
static GHashTable *marks;    /* those that live, to be drawn anew when a name changes */

G_DEFINE_FINAL_TYPE (RegieConnectionMark, regie_connection_mark, GTK_TYPE_WIDGET)

/* --- what connections are called --- */

static void
named_free (gpointer data)
{
  Named *named = data;

  g_free (named->title);
  g_free (named);
}

static const Named *
find_named (const char *connection)
{
  return registry != NULL ? g_hash_table_lookup (registry, connection) : NULL;
}

void
regie_connection_mark_register (const char *connection, guint hue, const char *title)
{
  GHashTableIter iter;
  gpointer mark;
  Named *named;

  g_return_if_fail (connection != NULL);

  if (registry == NULL)
    registry = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, named_free);
  named = g_new0 (Named, 1);
  named->hue = hue % 360;
  named->title = g_strdup (title != NULL ? title : connection);
  g_hash_table_replace (registry, (char *) g_intern_string (connection), named);
  if (marks == NULL)
    return;
  g_hash_table_iter_init (&iter, marks);
  while (g_hash_table_iter_next (&iter, &mark, NULL))
    gtk_widget_queue_draw (mark);
}

const char *
regie_connection_mark_get_title (const char *connection)
{
  const Named *named;

  g_return_val_if_fail (connection != NULL, NULL);

  named = find_named (connection);
  return named != NULL ? named->title : g_intern_string (connection);
}

/* One lightness for each scheme, so that no connection is louder than another. */
void
regie_connection_mark_get_color (const char *connection, gboolean dark, GdkRGBA *color)
{
  const Named *named;
  float hue, saturation, value;

  g_return_if_fail (connection != NULL);

  named = find_named (connection);
  hue = (named != NULL ? named->hue : g_str_hash (connection) % 360) / 360.0f;
  saturation = dark ? 0.55f : 0.75f;
  value = dark ? 0.9f : 0.75f;
  gtk_hsv_to_rgb (hue, saturation, value, &color->red, &color->green, &color->blue);
  color->alpha = 1;
}

/* --- the widget --- */

static void
regie_connection_mark_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  RegieConnectionMark *self = REGIE_CONNECTION_MARK (widget);
  GdkRGBA color;

  if (self->connection == NULL)
    return;
  regie_connection_mark_get_color (self->connection,
                                   adw_style_manager_get_dark (adw_style_manager_get_default ()), &color);
  gtk_snapshot_append_color (snapshot, &color,
                             &GRAPHENE_RECT_INIT (0, 0, WIDTH, gtk_widget_get_height (widget)));
}

static void
regie_connection_mark_measure (GtkWidget *widget,
                               GtkOrientation orientation,
                               int for_size,
                               int *minimum,
                               int *natural,
                               int *minimum_baseline,
                               int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? WIDTH : 16;
}

static gboolean
regie_connection_mark_query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  RegieConnectionMark *self = REGIE_CONNECTION_MARK (widget);

  if (self->connection == NULL)
    return FALSE;
  gtk_tooltip_set_text (tooltip, regie_connection_mark_get_title (self->connection));

  return TRUE;
}

static void
regie_connection_mark_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  switch (id)
    {
    case PROP_CONNECTION:
      g_value_set_string (value, REGIE_CONNECTION_MARK (object)->connection);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
regie_connection_mark_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  switch (id)
    {
    case PROP_CONNECTION:
      regie_connection_mark_set_connection (REGIE_CONNECTION_MARK (object), g_value_get_string (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
regie_connection_mark_finalize (GObject *object)
{
  g_hash_table_remove (marks, object);
  G_OBJECT_CLASS (regie_connection_mark_parent_class)->finalize (object);
}

static void
regie_connection_mark_class_init (RegieConnectionMarkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = regie_connection_mark_get_property;
  object_class->set_property = regie_connection_mark_set_property;
  object_class->finalize = regie_connection_mark_finalize;
  widget_class->snapshot = regie_connection_mark_snapshot;
  widget_class->measure = regie_connection_mark_measure;
  widget_class->query_tooltip = regie_connection_mark_query_tooltip;

  properties[PROP_CONNECTION] = g_param_spec_string (
      "connection", NULL, NULL, NULL, G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_css_name (widget_class, "connectionmark");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
regie_connection_mark_init (RegieConnectionMark *self)
{
  if (marks == NULL)
    marks = g_hash_table_new (NULL, NULL);
  g_hash_table_add (marks, self);
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
}

GtkWidget *
regie_connection_mark_new (void)
{
  return g_object_new (REGIE_TYPE_CONNECTION_MARK, NULL);
}

void
regie_connection_mark_set_connection (RegieConnectionMark *self, const char *connection)
{
  const char *interned = g_intern_string (connection);

  g_return_if_fail (REGIE_IS_CONNECTION_MARK (self));

  if (interned == self->connection)
    return;
  self->connection = interned;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  interned != NULL ? regie_connection_mark_get_title (interned) : "", -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CONNECTION]);
}
