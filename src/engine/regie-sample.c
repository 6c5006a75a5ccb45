/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-supervisor-private.h"

#include "core/regie-id.h"
#include "core/regie-time.h"
#include "regie-sample-resources.h"

/* The sample workspace, made from data/sample/autodin.json:
 * {"workspace": {…}, "digital_humans": [{"record": {…}, "rights": [{…}]}]}. */

#define RESOURCE "/org/regie/Regie/sample/autodin.json"

typedef struct
{
  RegieSupervisor *supervisor;
  char *who;
  RegieRememberFunc remember; /* with its data, or NULL */
  gpointer remember_data;
  GDestroyNotify remember_destroy;
  char *id;
  JsonObject *description;
  gboolean there;
  JsonObject *record;
  GPtrArray *humans; /* records */
} Sample;

static void
sample_free (gpointer data)
{
  Sample *self = data;

  self->supervisor->adding_sample = FALSE;
  if (self->remember_destroy != NULL)
    self->remember_destroy (self->remember_data);
  g_object_unref (self->supervisor);
  g_clear_pointer (&self->description, json_object_unref);
  g_clear_pointer (&self->record, json_object_unref);
  g_ptr_array_unref (self->humans);
  g_free (self->who);
  g_free (self->id);
  g_free (self);
}

static gboolean
load (gpointer data, GError **error)
{
  Sample *self = data;
  g_autoptr (GBytes) bytes = g_resource_lookup_data (regie_sample_get_resource (), RESOURCE, 0, error);

  if (bytes == NULL)
    return FALSE;
  self->description =
      regie_json_parse_object (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), error);

  return self->description != NULL;
}

static gboolean
look (sqlite3 *db, gpointer data, GError **error)
{
  ((Sample *) data)->there |=
      regie_db_get_int64 (db, 0, "SELECT count(*) FROM workspace WHERE sample = 1 AND deleted_at IS NULL",
                          NULL) > 0;

  return TRUE;
}

static JsonObject *
complete (const RegieKind *kind, JsonObject *settings, GError **error)
{
  g_autoptr (JsonObject) record = regie_json_copy (settings);

  return regie_kind_validate (kind, record, REGIE_VALIDATE_CREATE, error) ? g_steal_pointer (&record) : NULL;
}

static gboolean
put (RegieTxn *txn, const char *kind_name, JsonObject *record, GError **error)
{
  const RegieKind *kind = regie_kind_get (kind_name);

  return regie_txn_put (txn, kind, record, error) &&
         regie_txn_audit (txn, "create", kind, record, NULL, record, NULL, error);
}

static gboolean
put_human (RegieTxn *txn, Sample *self, JsonObject *entry, GError **error)
{
  const char *workspace = regie_txn_get_workspace (txn);
  JsonArray *rights = regie_json_get_array (entry, "rights");
  g_autoptr (JsonObject) settings = regie_json_copy (regie_json_get_object (entry, "record"));
  g_autoptr (JsonObject) record = NULL;

  json_object_set_string_member (settings, "workspace", workspace);
  record = complete (regie_kind_get ("digital-human"), settings, error);
  if (record == NULL || !put (txn, "digital-human", record, error))
    return FALSE;
  for (guint i = 0; rights != NULL && i < json_array_get_length (rights); i++)
    {
      g_autoptr (JsonObject) given = regie_json_copy (json_array_get_object_element (rights, i));
      g_autoptr (JsonObject) right = NULL;

      json_object_set_string_member (given, "workspace", workspace);
      json_object_set_string_member (given, "digital_human", regie_json_get_text (record, "id", ""));
      right = complete (regie_kind_get ("right"), given, error);
      if (right == NULL || !put (txn, "right", right, error))
        return FALSE;
    }
  g_ptr_array_add (self->humans, g_steal_pointer (&record));

  return TRUE;
}

static gboolean
store_sample (RegieTxn *txn, gpointer data, GError **error)
{
  Sample *self = data;
  JsonArray *humans = regie_json_get_array (self->description, "digital_humans");

  regie_txn_set_who (txn, self->who);
  g_clear_pointer (&self->record, json_object_unref);
  g_ptr_array_set_size (self->humans, 0);
  self->record =
      complete (regie_kind_get ("workspace"), regie_json_get_object (self->description, "workspace"), error);
  if (self->record == NULL)
    return FALSE;
  json_object_set_boolean_member (self->record, "sample", TRUE);
  if (!put (txn, "workspace", self->record, error))
    return FALSE;
  for (guint i = 0; i < json_array_get_length (humans); i++)
    {
      if (!put_human (txn, self, json_array_get_object_element (humans, i), error))
        return FALSE;
    }

  return self->remember == NULL || self->remember (txn, self->record, self->remember_data, error);
}

static DexFuture *
sample_fiber (gpointer data)
{
  Sample *self = data;
  RegieEngineStore *store = self->supervisor->store;
  g_auto (GStrv) workspaces = regie_engine_store_list_workspaces (store);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; workspaces[i] != NULL; i++)
    {
      if (!dex_await (regie_engine_store_read (store, workspaces[i], look, self, NULL), &error))
        return dex_future_new_for_error (g_steal_pointer (&error));
    }
  if (self->there)
    return dex_future_new_reject (REGIE_ERROR, REGIE_ERROR_STATE, "The sample workspace is there already");
  if (!dex_await (regie_on_thread (load, self), &error) ||
      !dex_await (regie_engine_store_add_workspace (store, self->id, store_sample, self, NULL), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  for (guint i = 0; i < self->humans->len; i++)
    regie_supervisor_schedule (self->supervisor, g_ptr_array_index (self->humans, i), regie_time_now ());

  return dex_future_new_take_boxed (JSON_TYPE_OBJECT, json_object_ref (self->record));
}

DexFuture *
regie_supervisor_add_sample (RegieSupervisor *self,
                             const char *who,
                             RegieRememberFunc remember,
                             gpointer data,
                             GDestroyNotify destroy)
{
  Sample *sample;

  if (self->adding_sample && destroy != NULL)
    destroy (data);
  if (self->adding_sample)
    return dex_future_new_reject (REGIE_ERROR, REGIE_ERROR_STATE, "The sample workspace is being made");
  self->adding_sample = TRUE;
  sample = g_new0 (Sample, 1);
  sample->supervisor = g_object_ref (self);
  sample->who = g_strdup (who);
  sample->remember = remember;
  sample->remember_data = data;
  sample->remember_destroy = destroy;
  sample->id = regie_id_new_object ();
  sample->humans = g_ptr_array_new_with_free_func ((GDestroyNotify) json_object_unref);

  return regie_spawn (self, sample_fiber, sample, sample_free);
}
