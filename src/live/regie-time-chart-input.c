/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-announce.h"
#include "regie-time-chart-private.h"

static void
on_motion (GtkEventControllerMotion *controller, double x, double y, RegieTimeChart *self)
{
  double part;

  if (!regie_time_chart_ensure_layers (self) || self->plot.size.width <= 0)
    return;
  part = (x - self->plot.origin.x) / self->plot.size.width;
  part = CLAMP (part, 0, 1);
  self->cursor_by_key = FALSE;
  regie_time_chart_set_cursor (self,
                               self->shown_from + (gint64) (part * (self->shown_to - self->shown_from)));
}

static void
on_leave (GtkEventControllerMotion *controller, RegieTimeChart *self)
{
  if (!self->cursor_by_key)
    regie_time_chart_set_cursor (self, 0);
}

static void
on_focus_leave (GtkEventControllerFocus *controller, RegieTimeChart *self)
{
  if (self->cursor_by_key)
    regie_time_chart_set_cursor (self, 0);
  self->cursor_by_key = FALSE;
}

static void
move (RegieTimeChart *self, int steps)
{
  gint64 from = self->shown_from;
  gint64 to = self->shown_to;
  gint64 time = self->cursor;
  g_autofree char *text = NULL;

  if (!regie_time_chart_has_points (self))
    return;
  if (self->from == 0 && self->to == 0)
    regie_chart_data_get_span (self->series, &from, &to);

  /* Without a cursor the first key takes it to the end that is looked at most: now. */
  if (steps == G_MININT)
    time = regie_chart_data_nearest (self->series, from);
  else if (steps == G_MAXINT || time == 0)
    time = regie_chart_data_nearest (self->series, to);
  else
    time = regie_chart_data_step (self->series, time, steps);

  self->cursor_by_key = TRUE;
  regie_time_chart_set_cursor (self, CLAMP (time, from, to));
  text = regie_time_chart_dup_cursor_text (self);
  if (text == NULL)
    return;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text, -1);
  regie_announce (GTK_WIDGET (self), text);
}

static gboolean
on_key (GtkEventControllerKey *controller,
        guint key,
        guint code,
        GdkModifierType modifiers,
        RegieTimeChart *self)
{
  int steps = (modifiers & GDK_CONTROL_MASK) ? 10 : 1;

  switch (key)
    {
    case GDK_KEY_Left:
    case GDK_KEY_KP_Left:
      move (self, -steps);
      return GDK_EVENT_STOP;
    case GDK_KEY_Right:
    case GDK_KEY_KP_Right:
      move (self, steps);
      return GDK_EVENT_STOP;
    case GDK_KEY_Home:
      move (self, G_MININT);
      return GDK_EVENT_STOP;
    case GDK_KEY_End:
      move (self, G_MAXINT);
      return GDK_EVENT_STOP;
    case GDK_KEY_Escape:
      if (self->cursor == 0)
        return GDK_EVENT_PROPAGATE;
      regie_time_chart_set_cursor (self, 0);
      return GDK_EVENT_STOP;
    default:
      return GDK_EVENT_PROPAGATE;
    }
}

static void
on_press (GtkGestureClick *gesture, int n_press, double x, double y, RegieTimeChart *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self));
  on_motion (NULL, x, y, self);
}

void
regie_time_chart_install_input (RegieTimeChart *self)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *key = gtk_event_controller_key_new ();
  GtkEventController *focus = gtk_event_controller_focus_new ();
  GtkGesture *click = gtk_gesture_click_new ();

  g_signal_connect_object (motion, "enter", G_CALLBACK (on_motion), self, G_CONNECT_DEFAULT);
  g_signal_connect_object (motion, "motion", G_CALLBACK (on_motion), self, G_CONNECT_DEFAULT);
  g_signal_connect_object (motion, "leave", G_CALLBACK (on_leave), self, G_CONNECT_DEFAULT);
  g_signal_connect_object (key, "key-pressed", G_CALLBACK (on_key), self, G_CONNECT_DEFAULT);
  g_signal_connect_object (focus, "leave", G_CALLBACK (on_focus_leave), self, G_CONNECT_DEFAULT);
  g_signal_connect_object (click, "pressed", G_CALLBACK (on_press), self, G_CONNECT_DEFAULT);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  gtk_widget_add_controller (GTK_WIDGET (self), key);
  gtk_widget_add_controller (GTK_WIDGET (self), focus);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
}
