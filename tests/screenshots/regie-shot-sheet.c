/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <pango/pangocairo.h>

#include "regie-shot.h"

#define COLUMNS     6
#define CELL_WIDTH  300
#define CELL_HEIGHT 240

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(const char **) a, *(const char **) b);
}

static GPtrArray *
list_pictures (const char *folder, GError **error)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, error);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      if (g_str_has_suffix (name, ".png") && !g_str_has_prefix (name, "sheet"))
        g_ptr_array_add (names, g_strdup (name));
    }
  g_ptr_array_sort (names, compare_names);

  return names;
}

static void
draw_cell (cairo_t *cr, const char *folder, const char *name, double x, double y)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  cairo_surface_t *picture = cairo_image_surface_create_from_png (path);
  g_autoptr (PangoLayout) layout = pango_cairo_create_layout (cr);
  double width = cairo_image_surface_get_width (picture);
  double height = cairo_image_surface_get_height (picture);
  double scale = MIN ((CELL_WIDTH - 12) / width, (CELL_HEIGHT - 30) / height);

  cairo_save (cr);
  cairo_translate (cr, x, y + 20);
  cairo_scale (cr, scale, scale);
  cairo_set_source_surface (cr, picture, 0, 0);
  cairo_paint (cr);
  cairo_restore (cr);
  cairo_set_source_rgb (cr, 0, 0, 0);
  cairo_move_to (cr, x, y + 2);
  pango_layout_set_text (layout, name, -1);
  pango_layout_set_width (layout, (CELL_WIDTH - 12) * PANGO_SCALE);
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_START);
  pango_cairo_show_layout (cr, layout);
  cairo_surface_destroy (picture);
}

gboolean
regie_shot_make_sheet (const char *folder, const char *sheet, GError **error)
{
  g_autoptr (GPtrArray) names = list_pictures (folder, error);
  int rows = (names->len + COLUMNS - 1) / COLUMNS;
  cairo_surface_t *surface =
      cairo_image_surface_create (CAIRO_FORMAT_RGB24, COLUMNS * CELL_WIDTH, MAX (1, rows) * CELL_HEIGHT);
  cairo_t *cr = cairo_create (surface);
  gboolean done;

  cairo_set_source_rgb (cr, 0.8, 0.8, 0.8);
  cairo_paint (cr);
  for (guint i = 0; i < names->len; i++)
    draw_cell (cr, folder, g_ptr_array_index (names, i), (i % COLUMNS) * CELL_WIDTH + 6,
               (double) (i / COLUMNS) * CELL_HEIGHT);
  cairo_destroy (cr);
  done = cairo_surface_write_to_png (surface, sheet) == CAIRO_STATUS_SUCCESS;
  cairo_surface_destroy (surface);
  if (!done && error != NULL && *error == NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s could not be written", sheet);

  return done;
}
