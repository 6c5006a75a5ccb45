/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-tile.h"

struct _RegieTile
{
  GtkWidget parent_instance;

  GtkWidget *button;
  GtkWidget *value;
  GtkWidget *label;
  char *tone;
};

enum
{
  ACTIVATED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (RegieTile, regie_tile, GTK_TYPE_WIDGET)

static void
on_clicked (RegieTile *self)
{
  g_signal_emit (self, signals[ACTIVATED], 0);
}

static void
regie_tile_dispose (GObject *object)
{
  RegieTile *self = REGIE_TILE (object);

  g_clear_pointer (&self->button, gtk_widget_unparent);
  g_clear_pointer (&self->tone, g_free);

  G_OBJECT_CLASS (regie_tile_parent_class)->dispose (object);
}

static void
regie_tile_class_init (RegieTileClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = regie_tile_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "tile");
  signals[ACTIVATED] = g_signal_new ("activated", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                     NULL, G_TYPE_NONE, 0);
}

static void
regie_tile_init (RegieTile *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);

  self->button = gtk_button_new ();
  self->value = gtk_label_new ("–");
  self->label = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->value), 0);
  gtk_label_set_xalign (GTK_LABEL (self->label), 0);
  gtk_label_set_wrap (GTK_LABEL (self->label), TRUE);
  gtk_widget_add_css_class (self->value, "title-2");
  gtk_widget_add_css_class (self->value, "numeric");
  gtk_widget_add_css_class (self->label, "caption");
  gtk_widget_add_css_class (self->button, "card");
  gtk_widget_add_css_class (self->button, "flat");
  gtk_box_append (GTK_BOX (box), self->value);
  gtk_box_append (GTK_BOX (box), self->label);
  gtk_button_set_child (GTK_BUTTON (self->button), box);
  gtk_widget_set_size_request (self->button, 116, -1);
  gtk_widget_set_parent (self->button, GTK_WIDGET (self));
  g_signal_connect_object (self->button, "clicked", G_CALLBACK (on_clicked), self, G_CONNECT_SWAPPED);
}

GtkWidget *
regie_tile_new (const char *label)
{
  RegieTile *self = g_object_new (REGIE_TYPE_TILE, NULL);

  gtk_label_set_text (GTK_LABEL (self->label), label);

  return GTK_WIDGET (self);
}

void
regie_tile_set_value (RegieTile *self, const char *value, const char *tone)
{
  g_autofree char *name = NULL;

  if (self->tone != NULL)
    gtk_widget_remove_css_class (self->value, self->tone);
  g_set_str (&self->tone, tone);
  if (tone != NULL)
    gtk_widget_add_css_class (self->value, tone);
  gtk_label_set_text (GTK_LABEL (self->value), value);
  name = g_strdup_printf ("%s: %s", gtk_label_get_text (GTK_LABEL (self->label)), value);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}
