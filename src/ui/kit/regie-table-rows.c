/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-table-private.h"

/* Relative times are looked at this often while the table is seen. */
#define REFRESH_SECONDS 30

/* One cell or row that shows a record. */
typedef struct
{
  gpointer target;
  RegieColumn *column;
  RegieShow show;
} Place;

/* A record on the screen. One handler for each, however many cells show it: connecting and disconnecting is
 * what costs most when a hundred rows change at once. */
typedef struct
{
  RegieTable *table;
  RegieRecord *record;
  gulong handler;
  GArray *places;
} Bound;

static void
bound_free (gpointer data)
{
  Bound *bound = data;

  g_signal_handler_disconnect (bound->record, bound->handler);
  g_array_unref (bound->places);
  g_object_unref (bound->record);
  g_free (bound);
}

static void
show_all (Bound *bound)
{
  for (guint i = 0; i < bound->places->len; i++)
    {
      Place place = g_array_index (bound->places, Place, i);

      place.show (bound->table, place.target, place.column, bound->record);
    }
}

static void
on_record_changed (RegieRecord *record, Bound *bound)
{
  show_all (bound);
}

static Bound *
add_bound (RegieTable *self, RegieRecord *record)
{
  Bound *bound = g_new0 (Bound, 1);

  bound->table = self;
  bound->record = g_object_ref (record);
  bound->places = g_array_sized_new (FALSE, FALSE, sizeof (Place), 12);
  /* Not connect_object: the handler is taken away with the place in the table, which ends first. */
  bound->handler = g_signal_connect (record, "changed", G_CALLBACK (on_record_changed), bound);
  g_hash_table_insert (self->bound, record, bound);

  return bound;
}

void
regie_table_bind (RegieTable *self, RegieRecord *record, gpointer target, RegieColumn *column, RegieShow show)
{
  Place place = { target, column, show };
  Bound *bound = g_hash_table_lookup (self->bound, record);

  if (bound == NULL)
    bound = add_bound (self, record);
  g_array_append_val (bound->places, place);
  show (self, target, column, record);
}

void
regie_table_unbind (RegieTable *self, RegieRecord *record, gpointer target)
{
  Bound *bound = self->bound != NULL ? g_hash_table_lookup (self->bound, record) : NULL;

  if (bound == NULL)
    return;
  for (guint i = 0; i < bound->places->len; i++)
    {
      if (g_array_index (bound->places, Place, i).target == target)
        {
          g_array_remove_index_fast (bound->places, i);
          break;
        }
    }
  if (bound->places->len == 0)
    g_hash_table_remove (self->bound, record);
}

void
regie_table_refresh_bound (RegieTable *self)
{
  GHashTableIter iter;
  gpointer bound;

  g_hash_table_iter_init (&iter, self->bound);
  while (g_hash_table_iter_next (&iter, NULL, &bound))
    show_all (bound);
}

static gboolean
on_refresh (gpointer data)
{
  regie_table_refresh_bound (data);

  return G_SOURCE_CONTINUE;
}

static void
on_map (RegieTable *self)
{
  if (self->refresh_source == 0)
    self->refresh_source = g_timeout_add_seconds (REFRESH_SECONDS, on_refresh, self);
  regie_table_refresh_bound (self);
  regie_table_align_headers (self);
}

static void
on_unmap (RegieTable *self)
{
  g_clear_handle_id (&self->refresh_source, g_source_remove);
}

void
regie_table_rows_init (RegieTable *self)
{
  self->bound = g_hash_table_new_full (NULL, NULL, NULL, bound_free);
  g_signal_connect (self, "map", G_CALLBACK (on_map), NULL);
  g_signal_connect (self, "unmap", G_CALLBACK (on_unmap), NULL);
}

void
regie_table_rows_dispose (RegieTable *self)
{
  g_clear_handle_id (&self->refresh_source, g_source_remove);
  g_clear_pointer (&self->bound, g_hash_table_unref);
}
