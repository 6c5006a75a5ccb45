/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-api-private.h"
#include "regie-api-write.h"
#include "regie-engine-store-private.h"
#include "regie-task.h"

#include "core/regie-cause.h"
#include "core/regie-id.h"
#include "core/regie-json.h"

/* Create, PATCH, delete and restore: what the request says is checked before, what depends on other records
 * in the transaction, which also journals and stores the answer under the request's key. */

typedef enum
{
  CREATE,
  PATCH,
  DELETE,
  RESTORE
} Verb;

static const char *const verb_names[] = { "create", "update", "delete", "restore" };

/* Held by the call's fiber and by the writer thread. */
typedef struct
{
  RegieEngineStore *store;
  const RegieKind *kind;
  Verb verb;
  char *id;
  JsonObject *body;
  gint64 expected_rev;
  const char *who;
  char *key, *fingerprint;
  JsonObject *record; /* how it became */
} Write;

static void
write_clear (gpointer data)
{
  Write *self = data;

  g_clear_object (&self->store);
  g_clear_pointer (&self->body, json_object_unref);
  g_clear_pointer (&self->record, json_object_unref);
  g_free (self->id);
  g_free (self->key);
  g_free (self->fingerprint);
}

static void
write_unref (gpointer data)
{
  g_atomic_rc_box_release_full (data, write_clear);
}

typedef Write WriteRef;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WriteRef, write_unref)

static Write *
write_new (RegieCall *call, Verb verb)
{
  Write *self = g_atomic_rc_box_new0 (Write);

  self->store = g_object_ref (regie_api_get_store (call->api));
  self->kind = call->kind;
  self->verb = verb;
  self->id = g_strdup (call->id);
  self->expected_rev = call->if_match;
  self->who = call->who;
  self->key = g_strdup (call->key);
  self->fingerprint = g_strdup (call->fingerprint);

  return self;
}

/* --- in the transaction --- */

static JsonObject *
change (RegieTxn *txn, Write *self, JsonObject *before, GError **error)
{
  switch (self->verb)
    {
    case CREATE:
      return regie_txn_put (txn, self->kind, self->body, error) ? json_object_ref (self->body) : NULL;
    case PATCH:
      return regie_txn_patch (txn, self->kind, self->id, self->body, self->expected_rev, error);
    case DELETE:
      return regie_txn_delete (txn, self->kind, self->id, error);
    default:
      return regie_txn_restore (txn, self->kind, self->id, error);
    }
}

static gboolean
check_rev (Write *self, JsonObject *before, GError **error)
{
  gint64 rev = regie_json_get_int (before, "rev", 0);

  if (self->expected_rev < 0 || self->expected_rev == rev)
    return TRUE;
  g_set_error (error, REGIE_ERROR, REGIE_ERROR_CONFLICT,
               "It was changed meanwhile: it has version %" G_GINT64_FORMAT ", not %" G_GINT64_FORMAT, rev,
               self->expected_rev);

  return FALSE;
}

static gboolean
journal (RegieTxn *txn, Write *self, JsonObject *before, GError **error)
{
  g_autoptr (JsonObject) lost = NULL;
  g_autoptr (JsonObject) gained = NULL;

  if (self->verb == RESTORE || (before != NULL && regie_json_get_int (before, "rev", 0) ==
                                                      regie_json_get_int (self->record, "rev", 0)))
    return self->verb != RESTORE ||
           regie_txn_audit (txn, "restore", self->kind, self->record, NULL, NULL, NULL, error);
  lost = regie_api_journal_values (self->kind, self->verb == DELETE ? NULL : self->record, before);
  gained = regie_api_journal_values (self->kind, before, self->verb == DELETE ? NULL : self->record);

  return regie_txn_audit (txn, verb_names[self->verb], self->kind, self->record, lost, gained, NULL, error);
}

static gboolean
run_write (RegieTxn *txn, gpointer data, GError **error)
{
  Write *self = data;
  g_autoptr (JsonObject) before = NULL;

  regie_txn_set_who (txn, self->who);
  if (self->verb != CREATE &&
      !(before = regie_txn_get (txn, self->kind, self->id, self->verb == RESTORE, error)))
    return FALSE;
  if (before != NULL && !check_rev (self, before, error))
    return FALSE;
  if (self->verb == CREATE && !regie_api_check_new (txn, self->kind, self->body, error))
    return FALSE;
  if (self->verb == RESTORE && !regie_api_check_restored (txn, self->kind, before, error))
    return FALSE;
  g_clear_pointer (&self->record, json_object_unref);
  self->record = change (txn, self, before, error);
  if (self->record == NULL || !journal (txn, self, before, error))
    return FALSE;
  regie_engine_store_decorate (self->store, regie_txn_get_db (txn), self->kind, self->record);

  return regie_call_remember (txn, self->key, self->fingerprint,
                              self->verb == CREATE ? SOUP_STATUS_CREATED : SOUP_STATUS_OK, self->kind,
                              self->record, error);
}

/* --- before it --- */

/* The workspace that the change is made in; a new task is in its Digital Human's. */
static char *
find_workspace (RegieCall *call, Write *self, GError **error)
{
  RegieEngineStore *store = regie_api_get_store (call->api);
  const RegieKind *kind = self->kind;
  const char *field = "workspace";
  const char *id = self->id;
  g_autoptr (GError) wrong = NULL;
  char *workspace;

  if (self->verb == CREATE)
    {
      if (g_str_equal (kind->name, "task"))
        field = "digital_human";
      id = regie_json_get_text (self->body, field, "");
      kind = regie_kind_get (regie_kind_find_field (kind, field)->ref);
    }
  workspace =
      dex_await_string (regie_engine_store_find_workspace (store, kind, id, self->verb == RESTORE), &wrong);
  if (workspace != NULL)
    return workspace;
  if (self->verb == CREATE && g_error_matches (wrong, REGIE_ERROR, REGIE_ERROR_NOT_FOUND))
    {
      g_autofree char *pointer = g_strconcat ("/", field, NULL);

      regie_cause_set_error (
          error, REGIE_ERROR_INVALID, pointer,
          regie_cause_new ("reference-missing", regie_json_object_new ("id", 's', id, NULL)));
    }
  else
    g_propagate_error (error, g_steal_pointer (&wrong));

  return NULL;
}

static DexFuture *
start (RegieCall *call, Write *self, GError **error)
{
  RegieEngineStore *store = regie_api_get_store (call->api);
  g_autofree char *workspace = NULL;

  if (self->verb == CREATE && g_str_equal (self->kind->name, "workspace"))
    {
      workspace = regie_id_new_object ();
      return regie_engine_store_add_workspace (store, workspace, run_write, g_atomic_rc_box_acquire (self),
                                               write_unref);
    }
  workspace = find_workspace (call, self, error);
  if (workspace == NULL)
    return NULL;

  return regie_engine_store_change (store, workspace, run_write, g_atomic_rc_box_acquire (self), write_unref);
}

static gboolean
perform (RegieCall *call, Write *self, GError **error)
{
  DexFuture *future = start (call, self, error);

  if (future == NULL || !dex_await (future, error))
    return FALSE;
  regie_supervisor_record_changed (regie_api_get_supervisor (call->api), self->kind, self->record,
                                   self->verb == DELETE);

  return regie_call_answer_record (call, self->verb == CREATE ? SOUP_STATUS_CREATED : SOUP_STATUS_OK,
                                   self->kind, self->record, error);
}

gboolean
regie_api_create (RegieCall *call, GError **error)
{
  g_autoptr (WriteRef) self = write_new (call, CREATE);

  self->body = regie_call_read_object (call, FALSE, error);
  if (self->body == NULL || !regie_api_check_body (call->kind, self->body, REGIE_VALIDATE_CREATE, error))
    return FALSE;
  if (g_str_equal (call->kind->name, "task") && !regie_task_prepare (self->body, call->who, error))
    return FALSE;

  return perform (call, self, error);
}

gboolean
regie_api_patch (RegieCall *call, GError **error)
{
  g_autoptr (WriteRef) self = write_new (call, PATCH);

  self->body = regie_call_read_object (call, FALSE, error);
  if (self->body == NULL || !regie_api_check_body (call->kind, self->body, REGIE_VALIDATE_PATCH, error))
    return FALSE;

  return perform (call, self, error);
}

gboolean
regie_api_delete (RegieCall *call, GError **error)
{
  g_autoptr (WriteRef) self = write_new (call, DELETE);

  return perform (call, self, error);
}

gboolean
regie_api_restore (RegieCall *call, GError **error)
{
  g_autoptr (WriteRef) self = write_new (call, RESTORE);

  return perform (call, self, error);
}
