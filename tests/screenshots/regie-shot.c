/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-shot.h"

#include <math.h>
#include <string.h>

typedef struct
{
  gint64 last_paint;
} Settling;

static void
on_paint (GdkFrameClock *clock, Settling *self)
{
  self->last_paint = g_get_monotonic_time ();
}

void
regie_shot_settle (GtkWidget *window, guint quiet_ms, guint limit_ms)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (window);
  gint64 start = g_get_monotonic_time ();
  Settling settling = { start };
  gulong id = clock != NULL ? g_signal_connect (clock, "after-paint", G_CALLBACK (on_paint), &settling) : 0;
  gint64 now = start;

  while (now - start < (gint64) limit_ms * 1000 && now - settling.last_paint < (gint64) quiet_ms * 1000)
    {
      if (!g_main_context_iteration (NULL, FALSE))
        g_usleep (2000);
      now = g_get_monotonic_time ();
    }
  if (id != 0)
    g_signal_handler_disconnect (clock, id);
}

GdkTexture *
regie_shot_take (GtkWidget *window)
{
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (window);
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  g_autoptr (GskRenderNode) node = NULL;
  int width = gtk_widget_get_width (window);
  int height = gtk_widget_get_height (window);

  gdk_paintable_snapshot (paintable, snapshot, width, height);
  node = gtk_snapshot_free_to_node (snapshot);
  if (node == NULL)
    return NULL;

  return gsk_renderer_render_texture (gtk_native_get_renderer (GTK_NATIVE (window)), node,
                                      &GRAPHENE_RECT_INIT (0, 0, width, height));
}

/* --- checks --- */

typedef struct
{
  GtkWidget *window;
  GStrvBuilder *faults;
  guchar *pixels; /* RGBA, 8 bits each, not premultiplied where opaque */
  int width, height;
  gsize stride;
} Check;

static void
add_fault (Check *self, GtkWidget *label, const char *what)
{
  g_autofree char *start =
      g_utf8_substring (gtk_label_get_text (GTK_LABEL (label)), 0,
                        MIN (40, g_utf8_strlen (gtk_label_get_text (GTK_LABEL (label)), -1)));

  g_strv_builder_take (self->faults, g_strdup_printf ("%s: “%s”", what, start));
}

/* Relative luminance, WCAG 2.2. */
static double
luminance (const guchar *pixel)
{
  double part[3];

  for (int i = 0; i < 3; i++)
    {
      double c = pixel[i] / 255.0;
      part[i] = c <= 0.04045 ? c / 12.92 : pow ((c + 0.055) / 1.055, 2.4);
    }

  return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2];
}

static double
contrast (double a, double b)
{
  return (MAX (a, b) + 0.05) / (MIN (a, b) + 0.05);
}

/* The background is the most frequent luminance of the label's area, the text the one that is furthest from
 * it: glyphs have a few pixels of full ink. */
static double
measure_contrast (Check *self, const graphene_rect_t *area)
{
  guint histogram[256] = { 0 };
  double furthest = 1;
  double background;
  guint most = 0;
  int x0 = MAX (0, floor (area->origin.x)), y0 = MAX (0, floor (area->origin.y));
  int x1 = MIN (self->width, ceil (area->origin.x + area->size.width));
  int y1 = MIN (self->height, ceil (area->origin.y + area->size.height));

  for (int y = y0; y < y1; y++)
    for (int x = x0; x < x1; x++)
      histogram[(int) (luminance (self->pixels + y * self->stride + x * 4) * 255)]++;
  for (int i = 1; i < 256; i++)
    {
      if (histogram[i] > histogram[most])
        most = i;
    }
  background = most / 255.0;
  for (int y = y0; y < y1; y++)
    for (int x = x0; x < x1; x++)
      furthest = MAX (furthest, contrast (background, luminance (self->pixels + y * self->stride + x * 4)));

  return furthest;
}

static gboolean
is_inside_scrolled (GtkWidget *widget)
{
  return gtk_widget_get_ancestor (widget, GTK_TYPE_SCROLLED_WINDOW) != NULL ||
         gtk_widget_get_ancestor (widget, GTK_TYPE_VIEWPORT) != NULL;
}

/* Whether any part of the widget is seen: an ancestor that clips may hide it all. */
static gboolean
is_seen (GtkWidget *widget, GtkWidget *window, graphene_rect_t *seen)
{
  graphene_rect_t whole =
      GRAPHENE_RECT_INIT (0, 0, gtk_widget_get_width (window), gtk_widget_get_height (window));

  if (!gtk_widget_compute_bounds (widget, window, seen) || !graphene_rect_intersection (seen, &whole, seen))
    return FALSE;
  for (GtkWidget *w = gtk_widget_get_parent (widget); w != NULL && w != window; w = gtk_widget_get_parent (w))
    {
      graphene_rect_t bounds;

      if (gtk_widget_get_opacity (w) == 0)
        return FALSE;
      if (gtk_widget_get_overflow (w) == GTK_OVERFLOW_HIDDEN &&
          gtk_widget_compute_bounds (w, window, &bounds) && !graphene_rect_intersection (seen, &bounds, seen))
        return FALSE;
    }

  return seen->size.width > 4 && seen->size.height > 4;
}

/* A page below a dialog or a sheet is dimmed on purpose. */
static gboolean
is_covered (GtkWidget *widget, GtkWidget *window)
{
  graphene_rect_t bounds;
  GtkWidget *picked;

  if (!gtk_widget_compute_bounds (widget, window, &bounds))
    return TRUE;
  picked = gtk_widget_pick (window, bounds.origin.x + bounds.size.width / 2,
                            bounds.origin.y + bounds.size.height / 2,
                            GTK_PICK_NON_TARGETABLE | GTK_PICK_INSENSITIVE);

  return picked == NULL || !(picked == widget || gtk_widget_is_ancestor (picked, widget) ||
                             gtk_widget_is_ancestor (widget, picked));
}

static void
check_label (Check *self, GtkWidget *label)
{
  graphene_rect_t seen, bounds;
  double ratio;

  if (!is_seen (label, self->window, &seen) || is_covered (label, self->window) ||
      *gtk_label_get_text (GTK_LABEL (label)) == '\0')
    return;
  if (pango_layout_is_ellipsized (gtk_label_get_layout (GTK_LABEL (label))))
    add_fault (self, label, "cut");
  if (gtk_widget_compute_bounds (label, self->window, &bounds) && !is_inside_scrolled (label) &&
      (bounds.origin.x < -1 || bounds.origin.x + bounds.size.width > self->width + 1))
    add_fault (self, label, "outside the window");

  /* What cannot be used now may be pale. */
  if (!gtk_widget_is_sensitive (label))
    return;
  ratio = measure_contrast (self, &seen);
  if (ratio < (seen.size.height > 30 ? 3.0 : 4.45))
    {
      g_autofree char *what = g_strdup_printf ("contrast %.1f", ratio);
      add_fault (self, label, what);
    }
}

static void
check_tree (Check *self, GtkWidget *widget)
{
  if (!gtk_widget_get_mapped (widget) || !gtk_widget_get_child_visible (widget))
    return;
  if (GTK_IS_LABEL (widget))
    check_label (self, widget);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    check_tree (self, child);
}

GStrv
regie_shot_check (GtkWidget *window, GdkTexture *texture)
{
  g_autoptr (GStrvBuilder) faults = g_strv_builder_new ();
  g_autoptr (GdkTextureDownloader) downloader = gdk_texture_downloader_new (texture);
  g_autoptr (GBytes) bytes = NULL;
  Check self = { .window = window, .faults = faults };

  gdk_texture_downloader_set_format (downloader, GDK_MEMORY_R8G8B8A8);
  bytes = gdk_texture_downloader_download_bytes (downloader, &self.stride);
  self.pixels = (guchar *) g_bytes_get_data (bytes, NULL);
  self.width = gdk_texture_get_width (texture);
  self.height = gdk_texture_get_height (texture);
  check_tree (&self, window);

  return g_strv_builder_end (faults);
}
