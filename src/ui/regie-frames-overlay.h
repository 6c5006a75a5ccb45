/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A line over the window's corner: frames a second while something moves, and the longest time the main loop
 * did not come round. For developers; it keeps the frame clock running while it is shown. */

#define REGIE_TYPE_FRAMES_OVERLAY (regie_frames_overlay_get_type ())
G_DECLARE_FINAL_TYPE (RegieFramesOverlay, regie_frames_overlay, REGIE, FRAMES_OVERLAY, GtkWidget)

GtkWidget *regie_frames_overlay_new (void);

G_END_DECLS
