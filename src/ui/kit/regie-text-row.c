/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-text-row.h"

#include <string.h>

#include "regie-kit-private.h"

#define MOST_HEIGHT 240

struct _RegieTextRow
{
  AdwPreferencesRow parent_instance;

  GtkWidget *label, *view;
};

enum
{
  PROP_0,
  PROP_TEXT,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (RegieTextRow, regie_text_row, ADW_TYPE_PREFERENCES_ROW)

static void
on_buffer_changed (RegieTextRow *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TEXT]);
}

static gboolean
regie_text_row_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (REGIE_TEXT_ROW (widget)->view);
}

static void
regie_text_row_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  switch (id)
    {
    case PROP_TEXT:
      g_value_take_string (value, regie_text_row_dup_text (REGIE_TEXT_ROW (object)));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
regie_text_row_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  switch (id)
    {
    case PROP_TEXT:
      regie_text_row_set_text (REGIE_TEXT_ROW (object), g_value_get_string (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
regie_text_row_class_init (RegieTextRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = regie_text_row_get_property;
  object_class->set_property = regie_text_row_set_property;
  GTK_WIDGET_CLASS (klass)->grab_focus = regie_text_row_grab_focus;
  properties[PROP_TEXT] = g_param_spec_string (
      "text", NULL, NULL, "", G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  regie_kit_ensure_style ();
}

static void
regie_text_row_init (RegieTextRow *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);
  GtkWidget *scroller = gtk_scrolled_window_new ();

  self->label = gtk_label_new (NULL);
  self->view = gtk_text_view_new ();
  gtk_label_set_xalign (GTK_LABEL (self->label), 0);
  gtk_label_set_wrap (GTK_LABEL (self->label), TRUE);
  gtk_widget_add_css_class (self->label, "dimmed");
  gtk_widget_add_css_class (self->label, "caption");

  gtk_text_view_set_accepts_tab (GTK_TEXT_VIEW (self->view), FALSE);
  gtk_text_view_set_wrap_mode (GTK_TEXT_VIEW (self->view), GTK_WRAP_WORD_CHAR);
  g_signal_connect_object (gtk_text_view_get_buffer (GTK_TEXT_VIEW (self->view)), "changed",
                           G_CALLBACK (on_buffer_changed), self, G_CONNECT_SWAPPED);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scroller), MOST_HEIGHT);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), self->view);

  gtk_box_append (GTK_BOX (box), self->label);
  gtk_box_append (GTK_BOX (box), scroller);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (self), box);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (self), FALSE);
  gtk_widget_set_focusable (GTK_WIDGET (self), FALSE);
  gtk_widget_add_css_class (GTK_WIDGET (self), "regie-text");
}

GtkWidget *
regie_text_row_new (const char *title, gboolean monospace)
{
  RegieTextRow *self = g_object_new (REGIE_TYPE_TEXT_ROW, NULL);

  regie_row_set_safe_title (ADW_PREFERENCES_ROW (self), title);
  regie_label_set_safe_text (GTK_LABEL (self->label), title, FALSE);
  gtk_text_view_set_monospace (GTK_TEXT_VIEW (self->view), monospace);
  if (monospace)
    gtk_widget_add_css_class (GTK_WIDGET (self), "monospace");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL, title,
                                  GTK_ACCESSIBLE_PROPERTY_MULTI_LINE, TRUE, -1);

  return GTK_WIDGET (self);
}

void
regie_text_row_set_text (RegieTextRow *self, const char *text)
{
  g_autofree char *present = NULL;

  g_return_if_fail (REGIE_IS_TEXT_ROW (self));

  present = regie_text_row_dup_text (self);
  if (g_strcmp0 (present, text != NULL ? text : "") != 0)
    gtk_text_buffer_set_text (gtk_text_view_get_buffer (GTK_TEXT_VIEW (self->view)), text != NULL ? text : "",
                              -1);
}

char *
regie_text_row_dup_text (RegieTextRow *self)
{
  GtkTextBuffer *buffer;
  GtkTextIter start, end;

  g_return_val_if_fail (REGIE_IS_TEXT_ROW (self), NULL);

  buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (self->view));
  gtk_text_buffer_get_bounds (buffer, &start, &end);

  return gtk_text_buffer_get_text (buffer, &start, &end, FALSE);
}

GtkWidget *
regie_text_row_get_view (RegieTextRow *self)
{
  g_return_val_if_fail (REGIE_IS_TEXT_ROW (self), NULL);

  return self->view;
}
