/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A number with its name, as a button that leads to what it counts. */

#define REGIE_TYPE_TILE (regie_tile_get_type ())
G_DECLARE_FINAL_TYPE (RegieTile, regie_tile, REGIE, TILE, GtkWidget)

/* LABEL is translated. */
GtkWidget *regie_tile_new (const char *label);

/* VALUE as shown; TONE a style class ("success", "warning", "error") or NULL. */
void regie_tile_set_value (RegieTile *self, const char *value, const char *tone);

/* "activated" (): it was pressed. */

G_END_DECLS
