/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-store-private.h"

#include "core/regie-id.h"
#include "core/regie-json.h"
#include "core/regie-time.h"

#include <string.h>

/* --- what is known of a record, on user.db's writer thread --- */

void
regie_subject_free (RegieSubject *self)
{
  if (self == NULL)
    return;
  g_free (self->key);
  g_free (self->connection);
  g_free (self->remote_id);
  g_free (self->etag);
  g_clear_pointer (&self->base, json_object_unref);
  g_clear_pointer (&self->intents, g_ptr_array_unref);
  g_free (self);
}

/* An answer that user.db has and the cache has not yet. */
static gboolean
take_answer (RegieSubject *self, sqlite3 *user, gint64 cached, GError **error)
{
  g_autoptr (GPtrArray) found =
      regie_intent_select (user, error, "WHERE key = ?1 AND finished > ?2 ORDER BY finished DESC LIMIT 1",
                           "si", self->key, cached);
  RegieIntent *intent;

  if (found == NULL)
    return FALSE;
  if (found->len == 0)
    return TRUE;
  intent = g_ptr_array_index (found, 0);
  g_clear_pointer (&self->base, json_object_unref);
  if (intent->op != REGIE_INTENT_DELETE && intent->answer != NULL)
    self->base = json_object_ref (intent->answer);
  g_free (self->etag);
  self->etag = g_strdup (intent->answer_etag);
  if (self->connection == NULL)
    self->connection = g_strdup (intent->connection);
  if (self->remote_id == NULL)
    self->remote_id = g_strdup (intent->remote_id);

  return TRUE;
}

RegieSubject *
regie_subject_load (RegieStore *store, sqlite3 *user, const RegieKind *kind, const char *key, GError **error)
{
  g_autoptr (RegieSubject) self = g_new0 (RegieSubject, 1);
  g_auto (RegieRow) row = { 0 };
  gint64 cached;

  self->kind = kind;
  self->key = g_strdup (key);
  cached = regie_db_get_int64 (store->peek, 0, "SELECT value FROM meta WHERE name = 'finished'", NULL);
  if (!regie_row_find (store->peek, kind, key, &row, error))
    return NULL;
  self->connection = g_steal_pointer (&row.connection);
  self->remote_id = g_steal_pointer (&row.remote_id);
  self->etag = g_steal_pointer (&row.etag);
  self->base = regie_store_json_read (row.base);
  self->intents = regie_intent_select (
      user, error, "WHERE key = ?1 AND state NOT IN ('sent', 'cancelled') ORDER BY seq", "s", key);
  if (self->intents == NULL || !take_answer (self, user, cached, error))
    return NULL;
  if (self->connection == NULL && self->intents->len > 0)
    self->connection = g_strdup (((RegieIntent *) g_ptr_array_index (self->intents, 0))->connection);

  return g_steal_pointer (&self);
}

static JsonObject *
get_shown (RegieSubject *self)
{
  const char *pending;

  return regie_store_derive (self->kind, self->base, self->intents, &pending);
}

/* --- adding --- */

/* Text in a reference that is the key of a record which the backend does not know yet. */
static gboolean
add_needs (sqlite3 *user, RegieIntent *intent, GError **error)
{
  for (guint i = 0; intent->body != NULL && i < intent->kind->n_fields; i++)
    {
      const RegieField *field = &intent->kind->fields[i];
      const char *id =
          field->type == REGIE_FIELD_REF ? regie_json_get_text (intent->body, field->name, NULL) : NULL;

      if (id != NULL && regie_id_is_uuid (id) &&
          regie_db_get_int64 (user, 0,
                              "SELECT 1 FROM intent WHERE key = ?1 AND op = 'create' AND state <> 'sent'",
                              "s", id) &&
          !regie_db_run (user, error, "INSERT OR IGNORE INTO need (seq, key) VALUES (?1, ?2)", "is",
                         intent->seq, id))
        return FALSE;
    }

  return TRUE;
}

static gboolean
journal_intent (sqlite3 *user, RegieStoreJob *job, RegieIntent *intent, JsonObject *shown, GError **error)
{
  const char *action =
      intent->op == REGIE_INTENT_ACT ? intent->action : regie_intent_op_to_string (intent->op);
  const char *title =
      regie_json_get_text (shown != NULL ? shown : intent->body, intent->kind->title_field, NULL);
  JsonObject *before =
      intent->op == REGIE_INTENT_UPDATE || intent->op == REGIE_INTENT_DELETE ? intent->base : NULL;

  return regie_journal_append (user, job, action, intent, title, before, intent->body, error);
}

RegieIntent *
regie_subject_add_intent (RegieSubject *self,
                          sqlite3 *user,
                          RegieStoreJob *job,
                          RegieIntentOp op,
                          const char *action,
                          JsonObject *body,
                          JsonObject *base,
                          guint hold_ms,
                          GError **error)
{
  g_autoptr (RegieIntent) intent = regie_intent_new ();
  g_autoptr (JsonObject) shown = get_shown (self);

  intent->id = regie_id_new_uuid ();
  intent->connection = g_strdup (self->connection);
  intent->kind = self->kind;
  intent->key = g_strdup (self->key);
  intent->remote_id = op == REGIE_INTENT_CREATE ? NULL : g_strdup (self->remote_id);
  intent->etag = g_strdup (self->etag);
  intent->op = op;
  intent->action = g_strdup (action);
  intent->body = body;
  intent->base = base;
  intent->state = hold_ms > 0 ? REGIE_INTENT_HELD : REGIE_INTENT_QUEUED;
  intent->made_at = regie_time_now ();
  intent->due_at = hold_ms > 0 ? intent->made_at + (gint64) hold_ms * 1000 : 0;
  if (!regie_intent_insert (user, intent, error) || !add_needs (user, intent, error) ||
      !journal_intent (user, job, intent, shown, error))
    return NULL;
  if (intent->remote_id != NULL && !regie_store_put_link (job->store, user, intent->connection, intent->kind,
                                                          intent->remote_id, intent->key, error))
    return NULL;
  g_ptr_array_add (self->intents, regie_intent_ref (intent));
  regie_store_job_mirror (job, intent);

  return regie_store_load_due (user, job, error) ? g_steal_pointer (&intent) : NULL;
}

gboolean
regie_store_load_due (sqlite3 *user, RegieStoreJob *job, GError **error)
{
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (
      user, "SELECT connection, min(due_at) FROM intent WHERE state = 'held' GROUP BY connection", error);
  int step;

  if (stmt == NULL)
    return FALSE;
  if (job->due != NULL)
    g_hash_table_unref (job->due);
  job->due = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  while ((step = regie_db_step (stmt, error)) == 1)
    {
      gint64 at = sqlite3_column_int64 (stmt, 1);

      g_hash_table_insert (job->due, g_strdup (regie_db_column_text (stmt, 0)), g_memdup2 (&at, sizeof at));
    }

  return step == 0;
}

/* --- what the user does --- */

typedef struct
{
  const RegieKind *kind;
  char *connection, *key, *action;
  RegieIntentOp op;
  char *body; /* JSON text: objects are not counted atomically */
  guint hold_ms;
} Wish;

static void
wish_free (gpointer data)
{
  Wish *self = data;

  g_free (self->connection);
  g_free (self->key);
  g_free (self->action);
  g_free (self->body);
  g_free (self);
}

static gboolean
check_subject (RegieSubject *self, GError **error)
{
  g_autoptr (JsonObject) shown = get_shown (self);

  if (shown != NULL)
    return TRUE;
  if (self->base != NULL || self->intents->len > 0)
    g_set_error (error, REGIE_ERROR, REGIE_ERROR_STATE, "The record %s was deleted", self->key);
  else
    g_set_error (error, REGIE_ERROR, REGIE_ERROR_NOT_FOUND, "There is no %s %s", self->kind->name, self->key);

  return FALSE;
}

/* Of the fields in PATCH, what is shown now; null for what has no value. */
static JsonObject *
values_before (JsonObject *shown, JsonObject *patch)
{
  JsonObject *before = json_object_new ();
  JsonObjectIter iter;
  const char *name;

  json_object_iter_init_ordered (&iter, patch);
  while (json_object_iter_next_ordered (&iter, &name, NULL))
    {
      JsonNode *node = json_object_get_member (shown, name);

      json_object_set_member (before, name,
                              node != NULL ? json_node_copy (node) : json_node_new (JSON_NODE_NULL));
    }

  return before;
}

/* Patches of one record that wait, with nothing behind them and no undo window, become one. */
static RegieIntent *
find_to_fold_into (RegieSubject *self, guint hold_ms)
{
  RegieIntent *last =
      self->intents->len > 0 ? g_ptr_array_index (self->intents, self->intents->len - 1) : NULL;

  if (hold_ms > 0 || last == NULL || last->op != REGIE_INTENT_UPDATE || last->state != REGIE_INTENT_QUEUED ||
      last->attempts > 0)
    return NULL;

  return last;
}

static RegieIntent *
fold (sqlite3 *user,
      RegieStoreJob *job,
      RegieIntent *into,
      JsonObject *patch,
      JsonObject *before,
      GError **error)
{
  g_autoptr (JsonObject) body = into->body;
  g_autoptr (JsonObject) base = into->base;

  into->body = regie_json_apply (body, patch);
  into->base = regie_json_apply (before, base);
  if (!regie_intent_save (user, into, error) || !add_needs (user, into, error) ||
      !regie_journal_append (user, job, "update", into, NULL, before, patch, error))
    return NULL;
  regie_store_job_mirror (job, into);

  return regie_intent_ref (into);
}

static RegieIntent *
add_update (RegieSubject *self, sqlite3 *user, RegieStoreJob *job, Wish *wish, GError **error)
{
  g_autoptr (JsonObject) patch = regie_store_json_read (wish->body);
  g_autoptr (JsonObject) shown = get_shown (self);
  g_autoptr (JsonObject) before = values_before (shown, patch);
  RegieIntent *into = find_to_fold_into (self, wish->hold_ms);

  if (into != NULL)
    return fold (user, job, into, patch, before, error);

  return regie_subject_add_intent (self, user, job, wish->op, NULL, g_steal_pointer (&patch),
                                   g_steal_pointer (&before), wish->hold_ms, error);
}

/* Deleting what the backend refused to make is giving up on it. */
static RegieIntent *
add_delete (RegieSubject *self, sqlite3 *user, RegieStoreJob *job, Wish *wish, GError **error)
{
  RegieIntent *first = self->intents->len > 0 ? g_ptr_array_index (self->intents, 0) : NULL;

  if (first != NULL && first->op == REGIE_INTENT_CREATE &&
      (first->state == REGIE_INTENT_FAILED || first->state == REGIE_INTENT_CONFLICT))
    return regie_store_cancel (user, job, first, error) ? regie_intent_ref (first) : NULL;

  return regie_subject_add_intent (self, user, job, wish->op, NULL, NULL, get_shown (self), wish->hold_ms,
                                   error);
}

static gboolean
run_wish (sqlite3 *user, RegieStoreJob *job, GError **error)
{
  Wish *self = job->data;
  g_autoptr (RegieSubject) subject = regie_subject_load (job->store, user, self->kind, self->key, error);
  g_autoptr (RegieIntent) intent = NULL;

  if (subject == NULL)
    return FALSE;
  if (self->op == REGIE_INTENT_CREATE)
    subject->connection = g_strdup (self->connection);
  else if (!check_subject (subject, error))
    return FALSE;

  switch (self->op)
    {
    case REGIE_INTENT_UPDATE:
      intent = add_update (subject, user, job, self, error);
      break;
    case REGIE_INTENT_DELETE:
      intent = add_delete (subject, user, job, self, error);
      break;
    default:
      intent = regie_subject_add_intent (subject, user, job, self->op, self->action,
                                         regie_store_json_read (self->body), NULL, self->hold_ms, error);
    }
  if (intent == NULL)
    return FALSE;
  regie_store_job_take_string (job, g_strdup (self->op == REGIE_INTENT_CREATE ? self->key : intent->id));

  return TRUE;
}

static DexFuture *
refuse (GError *error)
{
  return dex_future_new_for_error (error);
}

static DexFuture *
make_wish (RegieStore *self,
           RegieIntentOp op,
           const char *connection,
           const RegieKind *kind,
           const char *key,
           const char *action,
           JsonObject *body,
           guint hold_ms)
{
  Wish *wish = g_new0 (Wish, 1);

  wish->kind = kind;
  wish->op = op;
  wish->connection = g_strdup (connection);
  wish->key = key != NULL ? g_strdup (key) : regie_id_new_uuid ();
  wish->action = g_strdup (action);
  wish->body = body != NULL ? regie_store_json_write (body) : NULL;
  wish->hold_ms = hold_ms;

  return regie_store_job_write_user (regie_store_job_new (self, run_wish, wish, wish_free));
}

/* VALID with the members of GIVEN only: defaults are the backend's to fill in. A null that asks for a default
 * stays. */
static JsonObject *
keep_given (JsonObject *valid, JsonObject *given, gboolean keep_null)
{
  JsonObject *result = json_object_new ();
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  json_object_iter_init_ordered (&iter, given);
  while (json_object_iter_next_ordered (&iter, &name, &node))
    {
      JsonNode *checked = json_object_get_member (valid, name);

      if (JSON_NODE_HOLDS_NULL (node) && keep_null)
        json_object_set_null_member (result, name);
      else if (checked != NULL && !JSON_NODE_HOLDS_NULL (node))
        json_object_set_member (result, name, json_node_copy (checked));
    }

  return result;
}

DexFuture *
regie_store_create (RegieStore *self,
                    const char *connection,
                    const RegieKind *kind,
                    JsonObject *fields,
                    guint hold_ms)
{
  g_autoptr (JsonObject) valid = NULL;
  g_autoptr (JsonObject) body = NULL;
  GError *error = NULL;

  g_return_val_if_fail (REGIE_IS_STORE (self) && connection != NULL && kind != NULL && fields != NULL, NULL);

  valid = regie_json_copy (fields);
  if (!kind->can_create)
    return dex_future_new_reject (REGIE_ERROR, REGIE_ERROR_INVALID, "A %s cannot be made", kind->name);
  if (!regie_kind_validate (kind, valid, REGIE_VALIDATE_CREATE, &error))
    return refuse (error);
  body = keep_given (valid, fields, FALSE);

  return make_wish (self, REGIE_INTENT_CREATE, connection, kind, NULL, NULL, body, hold_ms);
}

DexFuture *
regie_store_update (RegieStore *self,
                    const RegieKind *kind,
                    const char *key,
                    JsonObject *patch,
                    guint hold_ms)
{
  g_autoptr (JsonObject) valid = NULL;
  g_autoptr (JsonObject) body = NULL;
  GError *error = NULL;

  g_return_val_if_fail (REGIE_IS_STORE (self) && kind != NULL && key != NULL && patch != NULL, NULL);

  valid = regie_json_copy (patch);
  if (!kind->can_update)
    return dex_future_new_reject (REGIE_ERROR, REGIE_ERROR_INVALID, "A %s cannot be changed", kind->name);
  if (!regie_kind_validate (kind, valid, REGIE_VALIDATE_PATCH, &error))
    return refuse (error);
  body = keep_given (valid, patch, TRUE);

  return make_wish (self, REGIE_INTENT_UPDATE, NULL, kind, key, NULL, body, hold_ms);
}

DexFuture *
regie_store_delete (RegieStore *self, const RegieKind *kind, const char *key, guint hold_ms)
{
  g_return_val_if_fail (REGIE_IS_STORE (self) && kind != NULL && key != NULL, NULL);

  if (!kind->can_delete)
    return dex_future_new_reject (REGIE_ERROR, REGIE_ERROR_INVALID, "A %s cannot be deleted", kind->name);

  return make_wish (self, REGIE_INTENT_DELETE, NULL, kind, key, NULL, NULL, hold_ms);
}

DexFuture *
regie_store_act (RegieStore *self,
                 const RegieKind *kind,
                 const char *key,
                 const char *action,
                 JsonObject *params,
                 guint hold_ms)
{
  g_return_val_if_fail (REGIE_IS_STORE (self) && kind != NULL && key != NULL && action != NULL, NULL);

  if (regie_kind_find_action (kind, action) == NULL)
    return dex_future_new_reject (REGIE_ERROR, REGIE_ERROR_NOT_FOUND, "A %s has no action “%s”", kind->name,
                                  action);

  return make_wish (self, REGIE_INTENT_ACT, NULL, kind, key, action, params, hold_ms);
}
