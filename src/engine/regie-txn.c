/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-engine-store-private.h"

#include "core/regie-error.h"
#include "core/regie-id.h"
#include "core/regie-json.h"
#include "core/regie-time.h"

/* A record as it stands in its table. */
typedef struct
{
  gint64 n; /* -1: it is not there */
  gint64 deleted_at;
  JsonObject *record;
} Stored;

static void
stored_clear (Stored *self)
{
  g_clear_pointer (&self->record, json_object_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Stored, stored_clear)

sqlite3 *
regie_txn_get_db (RegieTxn *txn)
{
  return txn->db;
}

const char *
regie_txn_get_workspace (RegieTxn *txn)
{
  return txn->workspace->id;
}

void
regie_txn_set_who (RegieTxn *txn, const char *who)
{
  g_set_str (&txn->who, who);
}

void
regie_txn_keep_times (RegieTxn *txn)
{
  txn->keep_times = TRUE;
}

static void
set_not_found (GError **error, const RegieKind *kind, const char *id)
{
  g_set_error (error, REGIE_ERROR, REGIE_ERROR_NOT_FOUND, "There is no %s with the id “%s”", kind->label, id);
}

/* FALSE on a failure of the database only. */
static gboolean
load (RegieTxn *txn, const RegieKind *kind, const char *id, Stored *stored, GError **error)
{
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (txn->db, regie_table_of (kind)->select, error);
  int step;

  stored->n = -1;
  if (stmt == NULL)
    return FALSE;
  regie_db_bind (stmt, "s", id);
  step = regie_db_step (stmt, error);
  if (step == 1)
    {
      stored->n = sqlite3_column_int64 (stmt, 0);
      stored->deleted_at = sqlite3_column_int64 (stmt, 1);
      stored->record = regie_record_parse (regie_db_column_text (stmt, 2));
    }

  return step >= 0;
}

static gboolean
find (RegieTxn *txn, const RegieKind *kind, const char *id, gboolean deleted, Stored *stored, GError **error)
{
  if (!load (txn, kind, id, stored, error))
    return FALSE;
  if (stored->n >= 0 && (deleted || stored->deleted_at == 0))
    return TRUE;
  set_not_found (error, kind, id);

  return FALSE;
}

JsonObject *
regie_txn_get (RegieTxn *txn, const RegieKind *kind, const char *id, gboolean deleted, GError **error)
{
  g_auto (Stored) stored = { 0 };

  return find (txn, kind, id, deleted, &stored, error) ? g_steal_pointer (&stored.record) : NULL;
}

static void
remove_transient (const RegieKind *kind, JsonObject *record)
{
  for (guint i = 0; i < kind->n_fields; i++)
    {
      if (kind->fields[i].flags & REGIE_FIELD_TRANSIENT)
        json_object_remove_member (record, kind->fields[i].name);
    }
}

static void
set_workspace (RegieTxn *txn, const RegieKind *kind, JsonObject *record)
{
  if (g_str_equal (kind->name, "workspace"))
    json_object_set_string_member (record, "id", txn->workspace->id);
  else if (regie_kind_find_field (kind, "workspace") != NULL)
    json_object_set_string_member (record, "workspace", txn->workspace->id);
}

/* What the store itself sets, taken from what is stored. TRUE when nothing else differs. */
static gboolean
copy_bookkeeping (JsonObject *record, JsonObject *stored)
{
  g_autoptr (JsonObject) changed = NULL;
  g_autoptr (JsonObject) lost = NULL;

  json_object_set_int_member (record, "rev", regie_json_get_int (stored, "rev", 0));
  json_object_set_int_member (record, "created_at", regie_json_get_int (stored, "created_at", 0));
  json_object_set_int_member (record, "updated_at", regie_json_get_int (stored, "updated_at", 0));
  if (json_object_has_member (stored, "deleted_at"))
    json_object_set_int_member (record, "deleted_at", regie_json_get_int (stored, "deleted_at", 0));
  else
    json_object_remove_member (record, "deleted_at");
  changed = regie_json_diff (stored, record);
  lost = regie_json_diff (record, stored);

  return changed == NULL && lost == NULL;
}

/* Writes RECORD over STORED with the next rev, and tells the watchers. */
static gboolean
store_row (RegieTxn *txn,
           const RegieKind *kind,
           Stored *stored,
           JsonObject *record,
           gint64 deleted_at,
           GError **error)
{
  const RegieTable *table = regie_table_of (kind);
  const char *id = regie_json_get_text (record, "id", NULL);
  gboolean words_changed = stored->n < 0 || deleted_at != stored->deleted_at;
  JsonObject *event;

  json_object_set_int_member (record, "rev",
                              stored->record != NULL ? regie_json_get_int (stored->record, "rev", 0) + 1 : 1);
  json_object_set_int_member (record, "updated_at", txn->now);
  if (deleted_at != 0)
    json_object_set_int_member (record, "deleted_at", deleted_at);
  else
    json_object_remove_member (record, "deleted_at");
  if (!words_changed && table->searched)
    {
      g_autofree char *before = regie_table_words (table, stored->record);
      g_autofree char *after = regie_table_words (table, record);

      words_changed = !g_str_equal (before, after);
    }
  stored->n = regie_table_write (table, txn->db, stored->n, record, deleted_at, words_changed, error);
  if (stored->n < 0)
    return FALSE;
  if (g_str_equal (kind->name, "workspace"))
    txn->deleted = deleted_at != 0;
  if (deleted_at != 0 && stored->deleted_at != 0)
    return TRUE;

  event = regie_event_append (txn, kind, id, deleted_at != 0, error);
  if (event != NULL && deleted_at == 0)
    json_object_set_object_member (event, "record", regie_json_copy (record));

  return event != NULL;
}

gboolean
regie_txn_put (RegieTxn *txn, const RegieKind *kind, JsonObject *record, GError **error)
{
  g_auto (Stored) stored = { 0 };
  const char *id;

  set_workspace (txn, kind, record);
  id = regie_json_get_text (record, "id", NULL);
  if (id == NULL)
    {
      g_autofree char *new_id = regie_id_new_object ();

      json_object_set_string_member (record, "id", new_id);
      id = regie_json_get_text (record, "id", NULL);
    }
  if (!load (txn, kind, id, &stored, error))
    return FALSE;
  remove_transient (kind, record);
  if (stored.record != NULL && copy_bookkeeping (record, stored.record))
    return TRUE;
  if (stored.record == NULL && (!txn->keep_times || regie_json_get_int (record, "created_at", 0) <= 0))
    json_object_set_int_member (record, "created_at", txn->now);

  return store_row (txn, kind, &stored, record, stored.deleted_at, error);
}

/* PATCH's members over RECORD; null takes a member away. */
static JsonObject *
apply (JsonObject *record, JsonObject *patch)
{
  JsonObject *result = regie_json_apply (record, patch);
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  json_object_iter_init (&iter, patch);
  while (json_object_iter_next (&iter, &name, &node))
    {
      if (JSON_NODE_HOLDS_NULL (node))
        json_object_remove_member (result, name);
    }

  return result;
}

JsonObject *
regie_txn_patch (RegieTxn *txn,
                 const RegieKind *kind,
                 const char *id,
                 JsonObject *patch,
                 gint64 expected_rev,
                 GError **error)
{
  g_auto (Stored) stored = { 0 };
  g_autoptr (JsonObject) record = NULL;
  gint64 rev;

  if (!find (txn, kind, id, FALSE, &stored, error))
    return NULL;
  rev = regie_json_get_int (stored.record, "rev", 0);
  if (expected_rev >= 0 && expected_rev != rev)
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_CONFLICT,
                   "It was changed meanwhile: it has version %" G_GINT64_FORMAT ", not %" G_GINT64_FORMAT,
                   rev, expected_rev);
      return NULL;
    }
  record = apply (stored.record, patch);
  if (!regie_txn_put (txn, kind, record, error))
    return NULL;

  return g_steal_pointer (&record);
}

static JsonObject *
mark (RegieTxn *txn, const RegieKind *kind, const char *id, gint64 deleted_at, GError **error)
{
  g_auto (Stored) stored = { 0 };
  g_autoptr (JsonObject) record = NULL;

  if (!find (txn, kind, id, TRUE, &stored, error))
    return NULL;
  if (deleted_at != 0 && stored.deleted_at != 0)
    {
      set_not_found (error, kind, id);
      return NULL;
    }
  record = regie_json_copy (stored.record);
  if (deleted_at == 0 && stored.deleted_at == 0)
    return g_steal_pointer (&record);

  return store_row (txn, kind, &stored, record, deleted_at, error) ? g_steal_pointer (&record) : NULL;
}

JsonObject *
regie_txn_delete (RegieTxn *txn, const RegieKind *kind, const char *id, GError **error)
{
  return mark (txn, kind, id, txn->now, error);
}

JsonObject *
regie_txn_restore (RegieTxn *txn, const RegieKind *kind, const char *id, GError **error)
{
  return mark (txn, kind, id, 0, error);
}

/* --- running one --- */

typedef struct
{
  RegieEngineStore *store;
  RegieWorkspace *workspace;
  GPtrArray *events;
  int deleted;
} Commit;

static void
commit_free (gpointer data)
{
  Commit *self = data;

  g_clear_object (&self->store);
  g_clear_pointer (&self->workspace, regie_workspace_unref);
  g_clear_pointer (&self->events, g_ptr_array_unref);
  g_free (self);
}

static void
on_committed (gpointer data, gpointer unused)
{
  Commit *self = data;

  if (self->deleted >= 0)
    g_atomic_int_set (&self->workspace->deleted, self->deleted);
  if (self->events->len > 0)
    regie_event_queue_push (self->store->queue, self->workspace, self->events);
}

static void
decorate_events (RegieTxn *txn)
{
  for (guint i = 0; i < txn->events->len; i++)
    {
      JsonObject *event = g_ptr_array_index (txn->events, i);
      JsonObject *record = regie_json_get_object (event, "record");

      if (record != NULL)
        regie_engine_store_decorate (txn->store, txn->db,
                                     regie_kind_get (regie_json_get_text (event, "kind", NULL)), record);
    }
}

gboolean
regie_txn_run (RegieEngineStore *store,
               RegieWorkspace *workspace,
               sqlite3 *db,
               RegieTxnFunc func,
               gpointer data,
               GError **error)
{
  RegieTxn txn = {
    .store = store, .workspace = workspace, .db = db, .now = regie_time_now (), .deleted = -1
  };
  gboolean ok;

  txn.who = g_strdup ("engine");
  txn.events = g_ptr_array_new_with_free_func ((GDestroyNotify) json_object_unref);
  ok = func (&txn, data, error);
  if (ok)
    {
      Commit *commit = g_new0 (Commit, 1);

      decorate_events (&txn);
      commit->store = g_object_ref (store);
      commit->workspace = regie_workspace_ref (workspace);
      commit->events = g_ptr_array_ref (txn.events);
      commit->deleted = txn.deleted;
      regie_db_after_commit (db, on_committed, commit, commit_free);
    }
  g_ptr_array_unref (txn.events);
  g_free (txn.who);

  return ok;
}
