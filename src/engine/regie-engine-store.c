/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-engine-store-private.h"
#include "regie-folder.h"

#include <glib/gstdio.h>

#include "core/regie-error.h"
#include "core/regie-id.h"
#include "core/regie-json.h"

G_DEFINE_FINAL_TYPE (RegieEngineStore, regie_engine_store, G_TYPE_OBJECT)

/* --- workspaces --- */

RegieWorkspace *
regie_workspace_ref (RegieWorkspace *self)
{
  g_atomic_int_inc (&self->refs);

  return self;
}

void
regie_workspace_unref (RegieWorkspace *self)
{
  if (!g_atomic_int_dec_and_test (&self->refs))
    return;
  g_clear_object (&self->db);
  g_free (self->id);
  g_free (self);
}

char *
regie_engine_store_path_of (RegieEngineStore *self, const char *id)
{
  g_autofree char *name = g_strconcat (id, ".db", NULL);

  return g_build_filename (self->data_dir, "workspaces", name, NULL);
}

static gboolean
read_state (sqlite3 *db, gpointer data, GError **error)
{
  RegieWorkspace *self = data;

  self->deleted =
      regie_db_get_int64 (db, 0, "SELECT deleted_at IS NOT NULL FROM workspace WHERE id = ?", "s", self->id);
  self->delivered_seq =
      regie_db_get_int64 (db, 0, "SELECT seq FROM sqlite_sequence WHERE name = 'event'", NULL);

  return TRUE;
}

RegieWorkspace *
regie_workspace_open (RegieEngineStore *self, const char *id, GError **error)
{
  g_autofree char *path = regie_engine_store_path_of (self, id);
  g_autoptr (RegieDb) db = regie_db_open (path, &regie_workspace_schema, self->flags, self->vfs, error);
  g_autoptr (RegieWorkspace) workspace = NULL;

  if (db == NULL || !regie_db_write_sync (db, regie_schema_settle, NULL, error))
    return NULL;
  workspace = g_new0 (RegieWorkspace, 1);
  workspace->refs = 1;
  workspace->id = g_strdup (id);
  workspace->db = g_object_ref (db);
  if (!regie_db_read_sync (db, read_state, workspace, error))
    return NULL;

  return g_steal_pointer (&workspace);
}

RegieWorkspace *
regie_engine_store_peek (RegieEngineStore *self, const char *id)
{
  RegieWorkspace *workspace;

  g_mutex_lock (&self->lock);
  workspace = g_hash_table_lookup (self->workspaces, id);
  if (workspace != NULL)
    regie_workspace_ref (workspace);
  g_mutex_unlock (&self->lock);

  return workspace;
}

static int
compare_ids (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 ((*(RegieWorkspace *const *) a)->id, (*(RegieWorkspace *const *) b)->id);
}

GPtrArray *
regie_engine_store_snapshot (RegieEngineStore *self, gboolean deleted)
{
  GPtrArray *found = g_ptr_array_new_with_free_func ((GDestroyNotify) regie_workspace_unref);
  GHashTableIter iter;
  gpointer value;

  g_mutex_lock (&self->lock);
  g_hash_table_iter_init (&iter, self->workspaces);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      RegieWorkspace *workspace = value;

      if (deleted || !g_atomic_int_get (&workspace->deleted))
        g_ptr_array_add (found, regie_workspace_ref (workspace));
    }
  g_mutex_unlock (&self->lock);
  g_ptr_array_sort (found, compare_ids);

  return found;
}

GStrv
regie_engine_store_list_workspaces (RegieEngineStore *self)
{
  g_autoptr (GPtrArray) found = regie_engine_store_snapshot (self, TRUE);
  g_autoptr (GStrvBuilder) ids = g_strv_builder_new ();

  for (guint i = 0; i < found->len; i++)
    g_strv_builder_add (ids, ((RegieWorkspace *) g_ptr_array_index (found, i))->id);

  return g_strv_builder_end (ids);
}

/* --- opening and closing --- */

void
regie_engine_store_add_broken (RegieEngineStore *self, const char *file, const GError *error)
{
  g_message ("The workspace file %s cannot be used: %s", file, error->message);
  json_array_add_object_element (
      self->broken, regie_json_object_new ("file", 's', file, "error", 's', error->message, NULL));
}

JsonArray *
regie_engine_store_list_broken (RegieEngineStore *self)
{
  JsonArray *broken = json_array_new ();
  g_autoptr (GPtrArray) found = regie_engine_store_snapshot (self, TRUE);

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < json_array_get_length (self->broken); i++)
    json_array_add_object_element (broken, regie_json_copy (json_array_get_object_element (self->broken, i)));
  g_mutex_unlock (&self->lock);
  for (guint i = 0; i < found->len; i++)
    {
      RegieWorkspace *workspace = g_ptr_array_index (found, i);
      g_autoptr (GError) error = NULL;

      if (!regie_db_is_healthy (workspace->db, &error))
        json_array_add_object_element (
            broken, regie_json_object_new ("file", 's', regie_db_get_path (workspace->db), "error", 's',
                                           error->message, NULL));
    }

  return broken;
}

/* ID of a file "ID.db", or NULL. */
static char *
id_of_file (const char *name)
{
  g_autofree char *id = NULL;

  if (!g_str_has_suffix (name, ".db"))
    return NULL;
  id = g_strndup (name, strlen (name) - strlen (".db"));

  return regie_id_is_object (id) ? g_steal_pointer (&id) : NULL;
}

static gboolean
read_is_empty (sqlite3 *db, gpointer data, GError **error)
{
  *(gboolean *) data =
      regie_db_get_int64 (db, 1, "SELECT (SELECT count (*) FROM workspace) + (SELECT count (*) FROM event)",
                          NULL) == 0;

  return TRUE;
}

/* A file whose workspace was never committed: the engine ended while it was made, and nobody was told of it.
 */
static gboolean
remove_unfinished (RegieWorkspace *workspace)
{
  g_autofree char *path = g_strdup (regie_db_get_path (workspace->db));
  gboolean is_empty = FALSE;

  if (!regie_db_read_sync (workspace->db, read_is_empty, &is_empty, NULL) || !is_empty)
    return FALSE;
  regie_db_close (workspace->db);
  regie_workspace_remove_file (path);
  regie_workspace_unref (workspace);

  return TRUE;
}

static gboolean
open_all (RegieEngineStore *self, GError **error)
{
  g_autofree char *folder = g_build_filename (self->data_dir, "workspaces", NULL);
  g_autoptr (GDir) dir = NULL;
  const char *name;

  if (!regie_folder_make (folder, error))
    return FALSE;
  if (!(dir = g_dir_open (folder, 0, error)))
    return FALSE;
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *id = id_of_file (name);
      g_autoptr (GError) wrong = NULL;
      RegieWorkspace *workspace;

      if (id == NULL)
        continue;
      workspace = regie_workspace_open (self, id, &wrong);
      if (workspace != NULL && !remove_unfinished (workspace))
        g_hash_table_insert (self->workspaces, workspace->id, workspace);
      else if (workspace == NULL)
        regie_engine_store_add_broken (self, name, wrong);
    }

  return TRUE;
}

RegieEngineStore *
regie_engine_store_open_with (const char *data_dir, const char *vfs, RegieDbFlags flags, GError **error)
{
  g_autoptr (RegieEngineStore) self = g_object_new (REGIE_TYPE_ENGINE_STORE, NULL);

  self->data_dir = g_canonicalize_filename (data_dir, NULL);
  self->vfs = g_strdup (vfs);
  self->flags = flags;
  self->queue = regie_event_queue_new (self);
  if (!open_all (self, error) || !regie_engine_store_settle_epoch (self, error))
    return NULL;

  return g_steal_pointer (&self);
}

RegieEngineStore *
regie_engine_store_open (const char *data_dir, const char *vfs, GError **error)
{
  return regie_engine_store_open_with (data_dir, vfs, REGIE_DB_DURABLE | REGIE_DB_LOCK, error);
}

void
regie_engine_store_close (RegieEngineStore *self)
{
  g_autoptr (GPtrArray) found = NULL;

  g_return_if_fail (REGIE_IS_ENGINE_STORE (self));

  if (self->closed)
    return;
  self->closed = TRUE;
  found = regie_engine_store_snapshot (self, TRUE);
  if (self->epoch != NULL)
    regie_engine_store_note_close (self);
  for (guint i = 0; i < found->len; i++)
    regie_db_close (((RegieWorkspace *) g_ptr_array_index (found, i))->db);
}

static void
regie_engine_store_finalize (GObject *object)
{
  RegieEngineStore *self = REGIE_ENGINE_STORE (object);

  /* Not closed here: the last reference may be dropped on a database's own thread. */
  g_hash_table_unref (self->workspaces);
  g_hash_table_unref (self->decorators);
  json_array_unref (self->broken);
  g_clear_pointer (&self->queue, regie_event_queue_free);
  g_mutex_clear (&self->lock);
  g_free (self->data_dir);
  g_free (self->vfs);
  g_free (self->epoch);
  G_OBJECT_CLASS (regie_engine_store_parent_class)->finalize (object);
}

static void
regie_engine_store_class_init (RegieEngineStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = regie_engine_store_finalize;
}

static void
regie_engine_store_init (RegieEngineStore *self)
{
  g_mutex_init (&self->lock);
  self->workspaces =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) regie_workspace_unref);
  self->decorators = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->broken = json_array_new ();
}

const char *
regie_engine_store_get_data_dir (RegieEngineStore *self)
{
  g_return_val_if_fail (REGIE_IS_ENGINE_STORE (self), NULL);

  return self->data_dir;
}

/* --- what is computed for each answer --- */

void
regie_engine_store_set_decorator (RegieEngineStore *self,
                                  const RegieKind *kind,
                                  RegieDecorateFunc func,
                                  gpointer data)
{
  RegieDecorator *decorator = g_new0 (RegieDecorator, 1);

  decorator->func = func;
  decorator->data = data;
  g_mutex_lock (&self->lock);
  g_hash_table_insert (self->decorators, (gpointer) kind, decorator);
  g_mutex_unlock (&self->lock);
}

void
regie_engine_store_decorate (RegieEngineStore *self, sqlite3 *db, const RegieKind *kind, JsonObject *record)
{
  RegieDecorator decorator = { 0 };
  RegieDecorator *found;

  g_mutex_lock (&self->lock);
  found = g_hash_table_lookup (self->decorators, kind);
  if (found != NULL)
    decorator = *found;
  g_mutex_unlock (&self->lock);
  if (decorator.func != NULL)
    decorator.func (db, record, decorator.data);
  if (g_str_equal (kind->name, "digital-human"))
    regie_day_decorate (db, record);
  else if (g_str_equal (kind->name, "audit"))
    regie_audit_complete (db, record);
}
