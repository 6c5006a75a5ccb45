/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-store-private.h"

#include "core/regie-json.h"
#include "core/regie-time.h"

static gboolean
cancel_one (sqlite3 *user, RegieStoreJob *job, RegieIntent *intent, GError **error)
{
  intent->state = REGIE_INTENT_CANCELLED;
  intent->ended_at = regie_time_now ();
  if (!regie_intent_save (user, intent, error) ||
      !regie_db_run (user, error, "DELETE FROM need WHERE seq = ?1", "i", intent->seq))
    return FALSE;
  regie_store_job_mirror (job, intent);

  return regie_journal_append (user, job, "cancel", intent, NULL, intent->body, NULL, error);
}

/* What a create that is given up leaves without ground: the later intents of its record, and those that refer
 * to it, with what these were to make. */
gboolean
regie_store_cancel (sqlite3 *user, RegieStoreJob *job, RegieIntent *intent, GError **error)
{
  g_autoptr (GPtrArray) after = NULL;

  if (!cancel_one (user, job, intent, error))
    return FALSE;
  if (intent->op != REGIE_INTENT_CREATE)
    return regie_store_load_due (user, job, error);
  after =
      regie_intent_select (user, error,
                           "WHERE state NOT IN ('sent', 'cancelled', 'sending') AND ((key = ?1 AND seq > ?2) "
                           "OR seq IN (SELECT seq FROM need WHERE key = ?1)) ORDER BY seq",
                           "si", intent->key, intent->seq);
  for (guint i = 0; after != NULL && i < after->len; i++)
    if (!regie_store_cancel (user, job, g_ptr_array_index (after, i), error))
      return FALSE;

  return after != NULL && regie_store_load_due (user, job, error);
}

static gboolean
refuse_state (GError **error, RegieIntent *intent, const char *what)
{
  g_set_error (error, REGIE_ERROR, REGIE_ERROR_STATE, "The change cannot be %s any more: it is %s", what,
               regie_intent_state_to_string (intent->state));

  return FALSE;
}

/* --- undo --- */

/* The fields as they were before the intent. */
static RegieIntent *
add_inverse (RegieStoreJob *job, sqlite3 *user, RegieSubject *subject, RegieIntent *intent, GError **error)
{
  const RegieAction *action;

  switch (intent->op)
    {
    case REGIE_INTENT_CREATE:
      return regie_subject_add_intent (subject, user, job, REGIE_INTENT_DELETE, NULL, NULL,
                                       subject->base != NULL ? regie_json_copy (subject->base) : NULL, 0,
                                       error);
    case REGIE_INTENT_UPDATE:
      return regie_subject_add_intent (subject, user, job, REGIE_INTENT_UPDATE, NULL,
                                       regie_json_copy (intent->base), regie_json_copy (intent->body), 0,
                                       error);
    case REGIE_INTENT_DELETE:
      return regie_subject_add_intent (subject, user, job, REGIE_INTENT_ACT, "restore", NULL,
                                       intent->base != NULL ? regie_json_copy (intent->base) : NULL, 0,
                                       error);
    default:
      action = intent->action != NULL ? regie_kind_find_action (intent->kind, intent->action) : NULL;
      if (action == NULL || action->inverse == NULL)
        return refuse_state (error, intent, "undone"), NULL;
      return regie_subject_add_intent (subject, user, job, REGIE_INTENT_ACT, action->inverse, NULL, NULL, 0,
                                       error);
    }
}

static gboolean
undo (sqlite3 *user, RegieStoreJob *job, GError **error)
{
  g_autoptr (RegieIntent) intent = regie_intent_find (user, job->data, error);
  g_autoptr (RegieIntent) inverse = NULL;
  g_autoptr (RegieSubject) subject = NULL;

  if (intent == NULL)
    return FALSE;
  if (regie_intent_is_active (intent) && intent->state != REGIE_INTENT_SENDING &&
      intent->state != REGIE_INTENT_UNKNOWN)
    return regie_store_cancel (user, job, intent, error);
  if (intent->state == REGIE_INTENT_CANCELLED && intent->merged_into == NULL)
    return refuse_state (error, intent, "undone");

  subject = regie_subject_load (job->store, user, intent->kind, intent->key, error);
  if (subject == NULL)
    return FALSE;
  if (subject->connection == NULL)
    subject->connection = g_strdup (intent->connection);
  if (subject->remote_id == NULL)
    subject->remote_id = g_strdup (intent->remote_id);
  inverse = add_inverse (job, user, subject, intent, error);

  return inverse != NULL;
}

/* --- cancel and retry --- */

static gboolean
cancel (sqlite3 *user, RegieStoreJob *job, GError **error)
{
  g_autoptr (RegieIntent) intent = regie_intent_find (user, job->data, error);

  if (intent == NULL)
    return FALSE;
  if (!regie_intent_is_active (intent) || intent->state == REGIE_INTENT_SENDING)
    return refuse_state (error, intent, "cancelled");

  return regie_store_cancel (user, job, intent, error);
}

/* After a conflict the user has seen the other side and wants theirs: it is compared with what is there now.
 */
static gboolean
rebase (sqlite3 *user, RegieStoreJob *job, RegieIntent *intent, GError **error)
{
  g_autoptr (RegieSubject) subject = regie_subject_load (job->store, user, intent->kind, intent->key, error);
  g_autoptr (JsonObject) base = NULL;
  JsonObjectIter iter;
  const char *name;

  if (subject == NULL)
    return FALSE;
  g_free (intent->etag);
  intent->etag = g_strdup (subject->etag);
  if (intent->op != REGIE_INTENT_UPDATE || intent->body == NULL || subject->base == NULL)
    return TRUE;
  base = json_object_new ();
  json_object_iter_init_ordered (&iter, intent->body);
  while (json_object_iter_next_ordered (&iter, &name, NULL))
    {
      JsonNode *node = json_object_get_member (subject->base, name);

      json_object_set_member (base, name,
                              node != NULL ? json_node_copy (node) : json_node_new (JSON_NODE_NULL));
    }
  g_clear_pointer (&intent->base, json_object_unref);
  intent->base = g_steal_pointer (&base);

  return TRUE;
}

static gboolean
retry (sqlite3 *user, RegieStoreJob *job, GError **error)
{
  g_autoptr (RegieIntent) intent = regie_intent_find (user, job->data, error);

  if (intent == NULL)
    return FALSE;
  if (intent->state != REGIE_INTENT_FAILED && intent->state != REGIE_INTENT_CONFLICT &&
      intent->state != REGIE_INTENT_UNKNOWN)
    return refuse_state (error, intent, "tried again");
  if (intent->state == REGIE_INTENT_CONFLICT && !rebase (user, job, intent, error))
    return FALSE;
  intent->state = REGIE_INTENT_QUEUED;
  intent->due_at = 0;
  g_clear_pointer (&intent->error, g_free);
  intent->error_code = -1;
  if (!regie_intent_save (user, intent, error))
    return FALSE;
  regie_store_job_mirror (job, intent);

  return TRUE;
}

static DexFuture *
run (RegieStore *self, RegieStoreFunc func, const char *intent)
{
  g_return_val_if_fail (REGIE_IS_STORE (self) && intent != NULL, NULL);

  return regie_store_job_write_user (regie_store_job_new (self, func, g_strdup (intent), g_free));
}

DexFuture *
regie_store_undo (RegieStore *self, const char *intent)
{
  return run (self, undo, intent);
}

DexFuture *
regie_store_cancel_intent (RegieStore *self, const char *intent)
{
  return run (self, cancel, intent);
}

DexFuture *
regie_store_retry_intent (RegieStore *self, const char *intent)
{
  return run (self, retry, intent);
}
