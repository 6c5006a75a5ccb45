/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-api-private.h"
#include "regie-engine-store-private.h"

#include "core/regie-error.h"
#include "core/regie-json.h"
#include "core/regie-time.h"

/* Idempotency-Key: the answer is stored with the change; whoever comes again with the key gets it, and one
 * that comes while the first is still under way waits for it. */

#define MAX_KEY_CHARS 255

gboolean
regie_call_remember (RegieTxn *txn,
                     const char *key,
                     const char *fingerprint,
                     guint status,
                     const RegieKind *kind,
                     JsonObject *record,
                     GError **error)
{
  g_autoptr (JsonObject) answer = NULL;

  if (key == NULL)
    return TRUE;
  answer = regie_json_object_new ("request", 's', fingerprint, "status", 'i', (gint64) status, "kind", 's',
                                  kind->name, "body", 'o', regie_json_copy (record), NULL);

  return regie_txn_remember (txn, key, answer, error);
}

typedef struct
{
  const RegieKind *kind;
  char *key, *fingerprint;
  guint status;
} Note;

gpointer
regie_call_note_new (RegieCall *call, const RegieKind *kind, guint status)
{
  Note *self = g_new0 (Note, 1);

  self->kind = kind;
  self->key = g_strdup (call->key);
  self->fingerprint = g_strdup (call->fingerprint);
  self->status = status;

  return self;
}

void
regie_call_note_free (gpointer note)
{
  Note *self = note;

  g_free (self->key);
  g_free (self->fingerprint);
  g_free (self);
}

gboolean
regie_call_note_remember (RegieTxn *txn, JsonObject *record, gpointer note, GError **error)
{
  Note *self = note;

  return regie_call_remember (txn, self->key, self->fingerprint, self->status, self->kind, record, error);
}

/* --- looking for it --- */

typedef struct
{
  RegieEngineStore *store;
  char *key;
  JsonObject *answer;
} Recall;

static void
recall_free (gpointer data)
{
  Recall *self = data;

  g_clear_object (&self->store);
  g_clear_pointer (&self->answer, json_object_unref);
  g_free (self->key);
  g_free (self);
}

static gboolean
read_answer (sqlite3 *db, gpointer data, GError **error)
{
  Recall *self = data;
  RegieTxn txn = { .db = db, .now = regie_time_now () };

  self->answer = regie_txn_recall (&txn, self->key);

  return TRUE;
}

/* The key may be in any workspace, also in one that the request itself made or deleted. */
static gboolean
run_recall (gpointer data, GValue *result, GError **error)
{
  Recall *self = data;
  g_autoptr (GPtrArray) workspaces = regie_engine_store_snapshot (self->store, TRUE);

  for (guint i = 0; i < workspaces->len && self->answer == NULL; i++)
    {
      g_autoptr (GError) wrong = NULL;

      if (!regie_db_read_sync (((RegieWorkspace *) g_ptr_array_index (workspaces, i))->db, read_answer, self,
                               &wrong))
        g_message ("%s", wrong->message);
    }
  g_value_init (result, JSON_TYPE_OBJECT);
  g_value_set_boxed (result, self->answer);

  return TRUE;
}

gboolean
regie_api_replay (RegieCall *call, GError **error)
{
  Recall *recall = g_new0 (Recall, 1);
  g_autoptr (JsonObject) answer = NULL;
  const RegieKind *kind;

  recall->store = g_object_ref (regie_api_get_store (call->api));
  recall->key = g_strdup (call->key);
  answer = dex_await_boxed (regie_thread_run (run_recall, recall, recall_free), error);
  if (answer == NULL)
    return FALSE;
  if (g_strcmp0 (regie_json_get_text (answer, "request", NULL), call->fingerprint) != 0)
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID,
                   "This Idempotency-Key was used for another request");
      return FALSE;
    }
  kind = regie_kind_get (regie_json_get_text (answer, "kind", NULL));
  call->replayed = TRUE;

  return regie_call_answer_record (call, regie_json_get_int (answer, "status", SOUP_STATUS_OK), kind,
                                   regie_json_get_object (answer, "body"), error);
}

/* --- one at a time --- */

gboolean
regie_api_claim_key (RegieCall *call, GError **error)
{
  GHashTable *claims = regie_api_get_claims (call->api);
  DexPromise *promise;

  if (g_utf8_strlen (call->key, -1) > MAX_KEY_CHARS || *call->key == '\0')
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID, "Idempotency-Key must have 1 to %d characters",
                   MAX_KEY_CHARS);
      return FALSE;
    }
  while ((promise = g_hash_table_lookup (claims, call->key)) != NULL)
    dex_await (dex_ref (DEX_FUTURE (promise)), NULL);
  g_hash_table_insert (claims, g_strdup (call->key), dex_promise_new ());

  return TRUE;
}

void
regie_api_release_key (RegieCall *call)
{
  GHashTable *claims = regie_api_get_claims (call->api);
  g_autoptr (DexPromise) promise = dex_ref (g_hash_table_lookup (claims, call->key));

  g_hash_table_remove (claims, call->key);
  dex_promise_resolve_boolean (promise, TRUE);
}
