/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-live-private.h"

/* Colours are the platform's own variables, so that dark, high contrast and the user's accent come by
 * themselves. The "tone" nodes are never drawn: they only carry a colour to be asked for. */
static const char style[] =
    "sparkline { color: var(--accent-color); }\n"
    "timechart { font-size: 82%; font-feature-settings: \"tnum\"; border-radius: 9px;\n"
    "            outline-offset: -2px; }\n"
    "timechart:focus-visible { outline: 2px solid alpha(var(--accent-color), 0.5); }\n"
    "timechart > tone.accent { color: var(--accent-color); }\n"
    "timechart > tone.success { color: var(--success-color); }\n"
    "timechart > tone.warning { color: var(--warning-color); }\n"
    "timechart > tone.error { color: var(--error-color); }\n"
    "timechart > tone.neutral { color: alpha(var(--view-fg-color), 0.55); }\n"
    "timechart > readout { background-color: var(--popover-bg-color); color: var(--popover-fg-color);\n"
    "                      border-radius: 9px; padding: 6px 9px; border-spacing: 6px;\n"
    "                      box-shadow: 0 0 0 1px alpha(var(--popover-fg-color), 0.15),\n"
    "                                  0 2px 6px alpha(black, 0.15); }\n"
    "timechart > readout > .time { font-weight: bold; }\n";

void
regie_live_style_ensure (void)
{
  static gsize done = 0;

  if (g_once_init_enter (&done))
    {
      GtkCssProvider *provider = gtk_css_provider_new ();

      gtk_css_provider_load_from_string (provider, style);
      gtk_style_context_add_provider_for_display (gdk_display_get_default (), GTK_STYLE_PROVIDER (provider),
                                                  GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
      g_object_unref (provider);
      g_once_init_leave (&done, 1);
    }
}

GdkTexture *
regie_live_take_texture (cairo_surface_t *surface)
{
  int stride = cairo_image_surface_get_stride (surface);
  int width = cairo_image_surface_get_width (surface);
  int height = cairo_image_surface_get_height (surface);
  g_autoptr (GBytes) bytes = NULL;

  cairo_surface_flush (surface);
  bytes = g_bytes_new_with_free_func (cairo_image_surface_get_data (surface), (gsize) stride * height,
                                      (GDestroyNotify) cairo_surface_destroy, surface);

  return gdk_memory_texture_new (width, height, GDK_MEMORY_DEFAULT, bytes, stride);
}
