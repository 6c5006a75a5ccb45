/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-power-cut-content.h"

#include <string.h>

/* A write (or, with DATA NULL, a cut to OFFSET) that was not synced. */
typedef struct
{
  gint64 offset;
  GBytes *data;
} Pending;

static void
pending_free (gpointer data)
{
  Pending *self = data;

  g_clear_pointer (&self->data, g_bytes_unref);
  g_free (self);
}

static void
content_clear (gpointer data)
{
  RegiePowerCutContent *self = data;

  g_byte_array_unref (self->platter);
  g_ptr_array_unref (self->pending);
}

void
regie_power_cut_content_unref (gpointer data)
{
  g_rc_box_release_full (data, content_clear);
}

RegiePowerCutContent *
regie_power_cut_content_new (const char *path)
{
  RegiePowerCutContent *self = g_rc_box_new0 (RegiePowerCutContent);
  char *bytes = NULL;
  gsize size = 0;

  self->platter = g_byte_array_new ();
  self->pending = g_ptr_array_new_with_free_func (pending_free);
  if (g_file_get_contents (path, &bytes, &size, NULL))
    g_byte_array_append (self->platter, (const guint8 *) bytes, size);
  g_free (bytes);
  return self;
}

static void
platter_resize (GByteArray *platter, gsize size)
{
  gsize old = platter->len;

  g_byte_array_set_size (platter, size);
  if (size > old)
    memset (platter->data + old, 0, size - old);
}

static void
platter_write (GByteArray *platter, gint64 offset, const guint8 *data, gsize size)
{
  if ((gsize) offset + size > platter->len)
    platter_resize (platter, offset + size);
  memcpy (platter->data + offset, data, size);
}

void
regie_power_cut_content_note (RegiePowerCutContent *self, gint64 offset, const void *data, gsize size)
{
  Pending *pending = g_new0 (Pending, 1);

  pending->offset = offset;
  pending->data = data != NULL ? g_bytes_new (data, size) : NULL;
  g_ptr_array_add (self->pending, pending);
}

void
regie_power_cut_content_sync (RegiePowerCutContent *self)
{
  for (guint i = 0; i < self->pending->len; i++)
    {
      Pending *pending = self->pending->pdata[i];
      gsize size = 0;
      const guint8 *data = pending->data != NULL ? g_bytes_get_data (pending->data, &size) : NULL;

      if (data == NULL)
        platter_resize (self->platter, pending->offset);
      else
        platter_write (self->platter, pending->offset, data, size);
    }
  g_ptr_array_set_size (self->pending, 0);
}

void
regie_power_cut_content_tear (RegiePowerCutContent *self, GRand *dice)
{
  for (guint i = 0; i < self->pending->len; i++)
    {
      Pending *pending = self->pending->pdata[i];
      gsize size = 0;
      const guint8 *data = pending->data != NULL ? g_bytes_get_data (pending->data, &size) : NULL;

      if (data == NULL && g_rand_boolean (dice))
        platter_resize (self->platter, pending->offset);
      for (gsize from = 0; from < size;)
        {
          gsize to =
              MIN (size, from + REGIE_POWER_CUT_SECTOR - (pending->offset + from) % REGIE_POWER_CUT_SECTOR);

          if (g_rand_boolean (dice))
            platter_write (self->platter, pending->offset + from, data + from, to - from);
          from = to;
        }
    }
  g_ptr_array_set_size (self->pending, 0);
}
