/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-frames-overlay.h"

#include <glib/gi18n.h>

struct _RegieFramesOverlay
{
  GtkWidget parent_instance;

  GtkWidget *label;
  gint64 window_start; /* µs, frame clock */
  gint64 last_frame;
  gint64 longest;
  guint n_frames;
};

G_DEFINE_FINAL_TYPE (RegieFramesOverlay, regie_frames_overlay, GTK_TYPE_WIDGET)

static gboolean
on_tick (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  RegieFramesOverlay *self = REGIE_FRAMES_OVERLAY (widget);
  gint64 now = g_get_monotonic_time ();
  gint64 elapsed = now - self->window_start;

  if (self->last_frame != 0)
    self->longest = MAX (self->longest, now - self->last_frame);
  self->last_frame = now;
  self->n_frames++;

  if (elapsed >= G_USEC_PER_SEC)
    {
      g_autofree char *text =
          g_strdup_printf (_ ("%.0f frames/s, longest wait %.1f ms"),
                           self->n_frames * (double) G_USEC_PER_SEC / elapsed, self->longest / 1000.0);

      gtk_label_set_text (GTK_LABEL (self->label), text);
      self->window_start = now;
      self->n_frames = 0;
      self->longest = 0;
    }

  return G_SOURCE_CONTINUE;
}

static void
regie_frames_overlay_dispose (GObject *object)
{
  RegieFramesOverlay *self = REGIE_FRAMES_OVERLAY (object);

  g_clear_pointer (&self->label, gtk_widget_unparent);

  G_OBJECT_CLASS (regie_frames_overlay_parent_class)->dispose (object);
}

static void
regie_frames_overlay_class_init (RegieFramesOverlayClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = regie_frames_overlay_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (klass), "frames");
}

static void
regie_frames_overlay_init (RegieFramesOverlay *self)
{
  self->window_start = g_get_monotonic_time ();
  self->label = gtk_label_new (NULL);
  gtk_widget_add_css_class (self->label, "osd");
  gtk_widget_add_css_class (self->label, "numeric");
  gtk_widget_set_parent (self->label, GTK_WIDGET (self));
  gtk_widget_set_halign (GTK_WIDGET (self), GTK_ALIGN_END);
  gtk_widget_set_valign (GTK_WIDGET (self), GTK_ALIGN_END);
  gtk_widget_set_can_target (GTK_WIDGET (self), FALSE);
  gtk_widget_add_tick_callback (GTK_WIDGET (self), on_tick, NULL, NULL);
}

GtkWidget *
regie_frames_overlay_new (void)
{
  return g_object_new (REGIE_TYPE_FRAMES_OVERLAY, NULL);
}
