/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Pictures of a window and what a machine can say about them. */

/* Runs the main loop until nothing was drawn for QUIET_MS, at most LIMIT_MS. */
void regie_shot_settle (GtkWidget *window, guint quiet_ms, guint limit_ms);

/* The window as it is drawn, dialogs in it included. */
GdkTexture *regie_shot_take (GtkWidget *window);

/* What is wrong in the picture: labels that are cut, lie outside the window, or have too little contrast
 * (under 4.5; 3 for large text). One line each, NULL-terminated. TEXTURE is the window's own picture. */
GStrv regie_shot_check (GtkWidget *window, GdkTexture *texture);

/* All PNG files of FOLDER on one picture, with their names. */
gboolean regie_shot_make_sheet (const char *folder, const char *sheet, GError **error);

G_END_DECLS
