/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Puts the style sheet of the charts on the default display, once. */
void regie_live_style_ensure (void);

/* The pixels of SURFACE (ARGB32; consumed) as a texture. */
GdkTexture *regie_live_take_texture (cairo_surface_t *surface);

/* A colour that differs from COLOR by its opacity only. */
static inline GdkRGBA
regie_live_fade (const GdkRGBA *color, float alpha)
{
  GdkRGBA faded = *color;

  faded.alpha *= alpha;

  return faded;
}

G_END_DECLS
