/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-list-windows.h"

/* Windows whose records stay, so that scrolling back reads nothing. */
#define KEPT_WINDOWS 6
/* So many reads at once; there are two readers. */
#define MAX_READS 2

typedef struct
{
  GArray *rowids;     /* guint32 */
  GPtrArray *records; /* held, so that what was read is not gone before it is looked at */
} Window;

struct _RegieWindows
{
  gatomicrefcount refs; /* a read under way holds one */
  RegieStore *store;    /* NULL once freed */
  const RegieKind *kind;
  GQueue wanted;       /* Window, newest first */
  GQueue kept;         /* Window, newest first */
  GHashTable *waiting; /* rowids wanted or being read */
  guint n_reads;
};

static void
window_free (gpointer data)
{
  Window *self = data;

  g_array_unref (self->rowids);
  g_ptr_array_unref (self->records);
  g_free (self);
}

static void
unref (RegieWindows *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_hash_table_unref (self->waiting);
  g_free (self);
}

RegieWindows *
regie_windows_new (RegieStore *store, const RegieKind *kind)
{
  RegieWindows *self = g_new0 (RegieWindows, 1);

  g_atomic_ref_count_init (&self->refs);
  self->store = g_object_ref (store);
  self->kind = kind;
  self->waiting = g_hash_table_new (g_direct_hash, g_direct_equal);

  return self;
}

void
regie_windows_free (RegieWindows *self)
{
  if (self == NULL)
    return;
  g_queue_clear_full (&self->wanted, window_free);
  g_queue_clear_full (&self->kept, window_free);
  g_clear_object (&self->store);
  unref (self);
}

gboolean
regie_windows_is_waiting (RegieWindows *self, guint32 rowid)
{
  return g_hash_table_contains (self->waiting, GUINT_TO_POINTER (rowid));
}

static void
stop_waiting (RegieWindows *self, Window *window)
{
  for (guint i = 0; i < window->rowids->len; i++)
    g_hash_table_remove (self->waiting, GUINT_TO_POINTER (g_array_index (window->rowids, guint32, i)));
}

/* Scrolled past: nobody but the window holds any of it any more. */
static gboolean
is_abandoned (Window *window)
{
  for (guint i = 0; i < window->records->len; i++)
    if (G_OBJECT (g_ptr_array_index (window->records, i))->ref_count > 1)
      return FALSE;

  return TRUE;
}

typedef struct
{
  RegieWindows *windows;
  Window *window;
} Reading;

static void read_next (RegieWindows *self);

static DexFuture *
on_read (DexFuture *future, gpointer data)
{
  g_autofree Reading *reading = data;
  RegieWindows *self = reading->windows;

  self->n_reads--;
  stop_waiting (self, reading->window);
  if (self->store == NULL)
    {
      window_free (reading->window);
    }
  else
    {
      g_queue_push_head (&self->kept, reading->window);
      while (self->kept.length > KEPT_WINDOWS)
        window_free (g_queue_pop_tail (&self->kept));
      read_next (self);
    }
  unref (self);

  return NULL;
}

static void
read_next (RegieWindows *self)
{
  while (self->n_reads < MAX_READS && !g_queue_is_empty (&self->wanted))
    {
      Window *window = g_queue_pop_head (&self->wanted);
      Reading *reading;

      if (is_abandoned (window))
        {
          stop_waiting (self, window);
          window_free (window);
          continue;
        }
      self->n_reads++;
      reading = g_new0 (Reading, 1);
      reading->windows = self;
      reading->window = window;
      g_atomic_ref_count_inc (&self->refs);
      dex_future_disown (dex_future_finally (
          regie_store_live_load (self->store, self->kind, (const guint32 *) (gpointer) window->rowids->data,
                                 window->rowids->len),
          on_read, reading, NULL));
    }
}

void
regie_windows_request (RegieWindows *self, const guint32 *rowids, guint n)
{
  Window *window = g_new0 (Window, 1);

  window->rowids = g_array_new (FALSE, FALSE, sizeof (guint32));
  window->records = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < n; i++)
    {
      RegieRecord *record;

      if (regie_windows_is_waiting (self, rowids[i]))
        continue;
      record = regie_store_live_get (self->store, self->kind, rowids[i]);
      g_ptr_array_add (window->records, record);
      if (regie_record_is_loaded (record))
        continue;
      g_array_append_val (window->rowids, rowids[i]);
      g_hash_table_add (self->waiting, GUINT_TO_POINTER (rowids[i]));
    }
  if (window->rowids->len == 0)
    {
      window_free (window);
      return;
    }
  g_queue_push_head (&self->wanted, window);
  read_next (self);
}
