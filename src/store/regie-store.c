/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-store"

#include "regie-store-private.h"

G_DEFINE_FINAL_TYPE (RegieStore, regie_store, G_TYPE_OBJECT)

enum
{
  CHANGED,
  RECORD_CHANGED,
  INTENTS_CHANGED,
  NOTICE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
regie_store_finalize (GObject *object)
{
  RegieStore *self = REGIE_STORE (object);

  regie_store_close (self);
  g_clear_object (&self->user);
  g_clear_object (&self->cache);
  g_clear_pointer (&self->live_rows, g_hash_table_unref);
  g_clear_pointer (&self->live_keys, g_hash_table_unref);
  g_clear_pointer (&self->due, g_hash_table_unref);
  g_clear_pointer (&self->links, g_hash_table_unref);
  g_clear_pointer (&self->pulls, g_hash_table_unref);
  g_clear_error (&self->sick);
  g_mutex_clear (&self->links_lock);
  g_mutex_clear (&self->done_lock);
  g_clear_pointer (&self->logs, g_hash_table_unref);
  g_mutex_clear (&self->logs_lock);
  g_free (self->dir);

  G_OBJECT_CLASS (regie_store_parent_class)->finalize (object);
}

static void
regie_store_class_init (RegieStoreClass *klass)
{
  GType type = G_TYPE_FROM_CLASS (klass);
  GSignalFlags flags = G_SIGNAL_RUN_LAST | G_SIGNAL_DETAILED;

  G_OBJECT_CLASS (klass)->finalize = regie_store_finalize;

  /* Detail: the kind's name. */
  signals[CHANGED] =
      g_signal_new ("changed", type, flags, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  /* Detail: the key. */
  signals[RECORD_CHANGED] = g_signal_new ("record-changed", type, flags, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                                          G_TYPE_STRING, G_TYPE_STRING);
  signals[INTENTS_CHANGED] =
      g_signal_new ("intents-changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[NOTICE] =
      g_signal_new ("notice", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
regie_store_init (RegieStore *self)
{
  g_mutex_init (&self->links_lock);
  g_mutex_init (&self->done_lock);
  g_mutex_init (&self->logs_lock);
  self->live_rows =
      g_hash_table_new_full (g_direct_hash, g_direct_equal, NULL, (GDestroyNotify) g_hash_table_unref);
  self->live_keys = g_hash_table_new (g_str_hash, g_str_equal);
  self->links = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

/* --- life --- */

static gboolean
open_peek (RegieStore *self, const char *vfs, GError **error)
{
  const char *path = regie_db_get_path (self->cache);

  if (sqlite3_open_v2 (path, &self->peek, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                       vfs) != SQLITE_OK)
    {
      regie_db_set_error (self->peek, error, "open");
      return FALSE;
    }
  sqlite3_busy_timeout (self->peek, 5000);

  return TRUE;
}

static gboolean
tell_later (gpointer data)
{
  gpointer *call = data;

  regie_store_emit_notice (call[0], call[1]);

  return G_SOURCE_REMOVE;
}

static void
tell_free (gpointer data)
{
  gpointer *call = data;

  g_object_unref (call[0]);
  g_error_free (call[1]);
  g_free (call);
}

/* What the opening of a file had to say, when somebody can listen. */
static void
queue_report (RegieStore *self, const char *report)
{
  gpointer *call;

  if (report == NULL)
    return;
  call = g_new0 (gpointer, 2);
  call[0] = g_object_ref (self);
  call[1] = g_error_new_literal (REGIE_ERROR, REGIE_ERROR_CORRUPT, report);
  g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, tell_later, call, tell_free);
}

RegieStore *
regie_store_open (const char *dir, const char *vfs, GError **error)
{
  g_autoptr (RegieStore) self = NULL;
  g_autofree char *salvaged = NULL;
  g_autofree char *emptied = NULL;

  g_return_val_if_fail (dir != NULL, NULL);

  self = g_object_new (REGIE_TYPE_STORE, NULL);
  self->dir = g_strdup (dir);
  self->user = regie_store_open_user (dir, vfs, &salvaged, error);
  if (self->user == NULL)
    return NULL;
  self->cache = regie_store_open_cache (dir, vfs, &emptied, error);
  if (self->cache == NULL || !open_peek (self, vfs, error) || !regie_store_load_links (self, error) ||
      !regie_store_settle (self, error))
    return NULL;
  /* A first pull may have been cut short. */
  regie_store_build_indexes (self);
  queue_report (self, salvaged);
  queue_report (self, emptied);

  return g_steal_pointer (&self);
}

void
regie_store_close (RegieStore *self)
{
  g_return_if_fail (REGIE_IS_STORE (self));

  if (self->closed)
    return;
  self->closed = TRUE;
  g_clear_handle_id (&self->due_source, g_source_remove);
  g_clear_handle_id (&self->indexes_source, g_source_remove);
  if (self->user != NULL)
    regie_db_close (self->user);
  g_clear_pointer (&self->peek, sqlite3_close);
  if (self->cache != NULL)
    regie_db_close (self->cache);
}

RegieList *
regie_store_list (RegieStore *self, const RegieQuery *query)
{
  g_return_val_if_fail (REGIE_IS_STORE (self) && query != NULL, NULL);

  return regie_list_new (self, query);
}

/* --- signals --- */

static void
emit_rows (RegieStore *self, RegieChangedRows *rows)
{
  regie_store_live_refresh (self, rows);
  for (guint i = 0; i < rows->keys->len; i++)
    {
      const char *key = g_ptr_array_index (rows->keys, i);

      /* A key that nobody listens for is no quark, and does not become one: quarks are never freed. */
      g_signal_emit (self, signals[RECORD_CHANGED], g_quark_try_string (key), rows->kind->name, key);
    }
  g_signal_emit (self, signals[CHANGED], g_quark_from_static_string (rows->kind->name), rows->kind->name);
}

void
regie_store_emit_changes (RegieStore *self, GHashTable *changes)
{
  GHashTableIter iter;
  gpointer rows;

  g_hash_table_iter_init (&iter, changes);
  while (g_hash_table_iter_next (&iter, NULL, &rows))
    emit_rows (self, rows);
}

void
regie_store_emit_intents_changed (RegieStore *self)
{
  g_signal_emit (self, signals[INTENTS_CHANGED], 0);
}

void
regie_store_emit_notice (RegieStore *self, const GError *error)
{
  g_signal_emit (self, signals[NOTICE], 0, error);
}

static gboolean
is_about_the_disk (const GError *error)
{
  return g_error_matches (error, REGIE_ERROR, REGIE_ERROR_FULL) ||
         g_error_matches (error, REGIE_ERROR, REGIE_ERROR_CORRUPT) ||
         g_error_matches (error, REGIE_ERROR, REGIE_ERROR_READ_ONLY);
}

void
regie_store_note_failure (RegieStore *self, const GError *error)
{
  if (!is_about_the_disk (error))
    return;
  if (self->sick != NULL && self->sick->code == error->code)
    return;
  g_clear_error (&self->sick);
  self->sick = g_error_copy (error);
  regie_store_emit_notice (self, error);
}
