/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-store-private.h"

#include "core/regie-id.h"
#include "core/regie-json.h"
#include "core/regie-time.h"

/* Ended intents are listed this long. */
#define LISTED_US G_TIME_SPAN_DAY

/* --- the end of undo windows --- */

static gboolean
promote (sqlite3 *user, RegieStoreJob *job, GError **error)
{
  g_autoptr (GPtrArray) due = regie_intent_select (
      user, error, "WHERE state = 'held' AND due_at <= ?1 ORDER BY seq", "i", regie_time_now ());

  if (due == NULL)
    return FALSE;
  for (guint i = 0; i < due->len; i++)
    {
      RegieIntent *intent = g_ptr_array_index (due, i);

      intent->state = REGIE_INTENT_QUEUED;
      if (!regie_intent_save (user, intent, error))
        return FALSE;
      regie_store_job_mirror (job, intent);
    }

  return regie_store_load_due (user, job, error);
}

static gboolean
on_due (gpointer data)
{
  RegieStore *self = data;

  self->due_source = 0;
  dex_future_disown (regie_store_job_write_user (regie_store_job_new (self, promote, NULL, NULL)));

  return G_SOURCE_REMOVE;
}

void
regie_store_set_due (RegieStore *self, GHashTable *due)
{
  gint64 first = G_MAXINT64;
  GHashTableIter iter;
  gpointer at;

  g_clear_pointer (&self->due, g_hash_table_unref);
  self->due = g_hash_table_ref (due);
  g_clear_handle_id (&self->due_source, g_source_remove);
  g_hash_table_iter_init (&iter, due);
  while (g_hash_table_iter_next (&iter, NULL, &at))
    first = MIN (first, *(gint64 *) at);
  if (first < G_MAXINT64 && !self->closed)
    self->due_source =
        g_timeout_add (CLAMP ((first - regie_time_now ()) / 1000 + 1, 1, 60 * 1000), on_due, self);
}

gint64
regie_store_get_next_due (RegieStore *self, const char *connection)
{
  gint64 *at;

  g_return_val_if_fail (REGIE_IS_STORE (self) && connection != NULL, 0);

  at = self->due != NULL ? g_hash_table_lookup (self->due, connection) : NULL;

  return at != NULL ? *at : 0;
}

/* --- taking --- */

/* Ready: its undo window is over, nothing of its record is ahead of it, its record exists at the backend, and
 * so does all that it refers to. What failed, or has an unknown end, holds nothing up but what needs the
 * record that it should have made. */
#define NEXT_READY                                                                                           \
  "WHERE connection = ?1 AND state NOT IN ('sent', 'cancelled') "                                            \
  "AND (state = 'queued' OR (state = 'held' AND due_at <= ?2)) "                                             \
  "AND NOT EXISTS (SELECT 1 FROM intent AS ahead WHERE ahead.key = intent.key AND ahead.seq < intent.seq "   \
  "AND (ahead.state IN ('held', 'queued', 'sending') "                                                       \
  "OR (ahead.op = 'create' AND ahead.state IN ('failed', 'unknown', 'conflict')))) "                         \
  "AND NOT EXISTS (SELECT 1 FROM need WHERE need.seq = intent.seq) ORDER BY seq LIMIT 1"

/* The directly following patches of the same record go with it. */
static gboolean
fold_followers (sqlite3 *user, RegieStoreJob *job, RegieIntent *intent, gint64 now, GError **error)
{
  g_autoptr (GPtrArray) after = NULL;

  if (intent->op != REGIE_INTENT_UPDATE || intent->attempts > 0)
    return TRUE;
  after = regie_intent_select (
      user, error, "WHERE key = ?1 AND seq > ?2 AND state NOT IN ('sent', 'cancelled') ORDER BY seq", "si",
      intent->key, intent->seq);
  for (guint i = 0; after != NULL && i < after->len; i++)
    {
      RegieIntent *next = g_ptr_array_index (after, i);
      g_autoptr (JsonObject) body = NULL;
      g_autoptr (JsonObject) base = NULL;

      if (next->op != REGIE_INTENT_UPDATE || !regie_intent_is_waiting (next) || next->due_at > now ||
          regie_db_get_int64 (user, 0, "SELECT 1 FROM need WHERE seq = ?1", "i", next->seq))
        break;
      body = intent->body;
      base = intent->base;
      intent->body = regie_json_apply (body, next->body);
      intent->base = regie_json_apply (next->base, base);
      next->state = REGIE_INTENT_CANCELLED;
      next->merged_into = g_strdup (intent->id);
      next->ended_at = now;
      if (!regie_intent_save (user, next, error))
        return FALSE;
      regie_store_job_mirror (job, next);
    }

  return after != NULL;
}

/* The version to compare with. As long as nobody else touched the fields of the patch, that is the newest
 * one: what the backend changed beside them is no conflict. */
static void
choose_etag (RegieSubject *subject, RegieIntent *intent)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  if (intent->op != REGIE_INTENT_UPDATE || intent->base == NULL || subject->base == NULL)
    return;
  json_object_iter_init_ordered (&iter, intent->base);
  while (json_object_iter_next_ordered (&iter, &name, &node))
    {
      JsonNode *now = json_object_get_member (subject->base, name);
      gboolean was_none = JSON_NODE_HOLDS_NULL (node);
      gboolean is_none = now == NULL || JSON_NODE_HOLDS_NULL (now);

      if (was_none != is_none || (!is_none && !regie_json_node_equal (node, now)))
        return;
    }
  g_free (intent->etag);
  intent->etag = g_strdup (subject->etag);
}

static gboolean
mark_sending (sqlite3 *user, RegieStoreJob *job, RegieIntent *intent, gint64 now, GError **error)
{
  g_autoptr (RegieSubject) subject = regie_subject_load (job->store, user, intent->kind, intent->key, error);

  if (subject == NULL || !fold_followers (user, job, intent, now, error))
    return FALSE;
  if (intent->remote_id == NULL && intent->op != REGIE_INTENT_CREATE)
    intent->remote_id = g_strdup (subject->remote_id);
  choose_etag (subject, intent);
  intent->state = REGIE_INTENT_SENDING;
  intent->attempts++;
  if (!regie_intent_save (user, intent, error))
    return FALSE;
  regie_store_job_mirror (job, intent);

  return TRUE;
}

static gboolean
take (sqlite3 *user, RegieStoreJob *job, GError **error)
{
  gint64 now = regie_time_now ();
  g_autoptr (GPtrArray) ready =
      regie_intent_select (user, error, NEXT_READY, "si", (const char *) job->data, now);
  RegieIntent *intent = NULL;

  if (ready == NULL)
    return FALSE;
  if (ready->len > 0)
    {
      g_autofree char *id = g_strdup (((RegieIntent *) g_ptr_array_index (ready, 0))->id);

      if (!mark_sending (user, job, g_ptr_array_index (ready, 0), now, error))
        return FALSE;
      /* A snapshot of its own, which no other thread holds. */
      intent = regie_intent_find (user, id, error);
      if (intent == NULL)
        return FALSE;
    }
  regie_store_job_take_boxed (job, REGIE_TYPE_INTENT, intent);

  return regie_store_load_due (user, job, error);
}

DexFuture *
regie_store_take_intent (RegieStore *self, const char *connection)
{
  g_return_val_if_fail (REGIE_IS_STORE (self) && connection != NULL, NULL);

  return regie_store_job_write_user (regie_store_job_new (self, take, g_strdup (connection), g_free));
}

/* --- the outcome --- */

typedef struct
{
  char *id;
  RegieIntentState state;
  char *answer; /* JSON text */
  char *remote_id, *etag, *error;
  int error_code;
} Outcome;

static void
outcome_free (gpointer data)
{
  Outcome *self = data;

  g_free (self->id);
  g_free (self->answer);
  g_free (self->remote_id);
  g_free (self->etag);
  g_free (self->error);
  g_free (self);
}

/* The key of a record that exists now stands in references as its id at the backend. */
static gboolean
replace_refs (RegieIntent *intent, const char *key, const char *remote_id)
{
  gboolean replaced = FALSE;

  for (guint i = 0; intent->body != NULL && i < intent->kind->n_fields; i++)
    {
      const RegieField *field = &intent->kind->fields[i];

      if (field->type == REGIE_FIELD_REF &&
          g_strcmp0 (regie_json_get_text (intent->body, field->name, NULL), key) == 0)
        {
          json_object_set_string_member (intent->body, field->name, remote_id);
          replaced = TRUE;
        }
    }

  return replaced;
}

/* What waited for a create can go on. */
static gboolean
fulfil_needs (sqlite3 *user, RegieStoreJob *job, RegieIntent *made, GError **error)
{
  g_autoptr (GPtrArray) waiting = NULL;

  if (!regie_store_put_link (job->store, user, made->connection, made->kind, made->remote_id, made->key,
                             error))
    return FALSE;
  waiting = regie_intent_select (
      user, error,
      "WHERE seq IN (SELECT seq FROM need WHERE key = ?1) OR (key = ?1 AND seq > ?2 AND state <> 'sent')",
      "si", made->key, made->seq);
  for (guint i = 0; waiting != NULL && i < waiting->len; i++)
    {
      RegieIntent *intent = g_ptr_array_index (waiting, i);
      gboolean changed = replace_refs (intent, made->key, made->remote_id);

      if (g_str_equal (intent->key, made->key) && intent->remote_id == NULL)
        {
          intent->remote_id = g_strdup (made->remote_id);
          changed = TRUE;
        }
      if (changed && !regie_intent_save (user, intent, error))
        return FALSE;
      if (changed)
        regie_store_job_mirror (job, intent);
    }

  return waiting != NULL && regie_db_run (user, error, "DELETE FROM need WHERE key = ?1", "s", made->key);
}

/* What was sent later stands: an earlier patch that failed or has an unknown end does not put its values of
 * the same fields over it any more, nor send them. */
static gboolean
supersede_earlier (sqlite3 *user, RegieStoreJob *job, RegieIntent *done, GError **error)
{
  g_autoptr (GPtrArray) earlier =
      regie_intent_select (user, error,
                           "WHERE key = ?1 AND seq < ?2 AND op = 'update' AND state IN ('failed', 'unknown', "
                           "'conflict') ORDER BY seq",
                           "si", done->key, done->seq);

  for (guint i = 0; earlier != NULL && i < earlier->len; i++)
    {
      RegieIntent *intent = g_ptr_array_index (earlier, i);
      JsonObjectIter iter;
      const char *name;

      json_object_iter_init (&iter, done->body);
      while (intent->body != NULL && json_object_iter_next (&iter, &name, NULL))
        json_object_remove_member (intent->body, name);
      if (intent->body == NULL || json_object_get_size (intent->body) == 0)
        {
          intent->state = REGIE_INTENT_CANCELLED;
          intent->merged_into = g_strdup (done->id);
          intent->ended_at = done->ended_at;
        }
      if (!regie_intent_save (user, intent, error))
        return FALSE;
      regie_store_job_mirror (job, intent);
    }

  return earlier != NULL;
}

static gboolean
note_done (sqlite3 *user, RegieStoreJob *job, RegieIntent *intent, Outcome *outcome, GError **error)
{
  g_autoptr (RegieSubject) subject = regie_subject_load (job->store, user, intent->kind, intent->key, error);

  if (subject == NULL)
    return FALSE;
  intent->answer = regie_store_json_read (outcome->answer);
  if (intent->answer == NULL)
    intent->answer = regie_store_apply_done (intent->kind, subject->base, intent);
  intent->answer_etag = g_strdup (outcome->etag != NULL ? outcome->etag : subject->etag);
  if (outcome->remote_id != NULL)
    {
      g_free (intent->remote_id);
      intent->remote_id = g_strdup (outcome->remote_id);
    }
  intent->finished = regie_db_get_int64 (user, 0, "SELECT max(finished) FROM intent", NULL) + 1;
  job->finished = intent->finished;
  regie_store_job_take_base (job, regie_store_base_new_for_done (intent));

  if (intent->op == REGIE_INTENT_UPDATE && intent->body != NULL)
    return supersede_earlier (user, job, intent, error);

  return intent->op != REGIE_INTENT_CREATE || intent->remote_id == NULL ||
         fulfil_needs (user, job, intent, error);
}

static gboolean
finish (sqlite3 *user, RegieStoreJob *job, GError **error)
{
  Outcome *self = job->data;
  g_autoptr (RegieIntent) intent = regie_intent_find (user, self->id, error);

  if (intent == NULL)
    return FALSE;
  if (intent->state != REGIE_INTENT_SENDING && intent->state != REGIE_INTENT_UNKNOWN)
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_STATE, "The change %s is %s", self->id,
                   regie_intent_state_to_string (intent->state));
      return FALSE;
    }
  intent->state = self->state;
  g_free (intent->error);
  intent->error = g_strdup (self->error);
  intent->error_code = self->error_code;
  if (!regie_intent_is_active (intent))
    intent->ended_at = regie_time_now ();
  if (self->state == REGIE_INTENT_SENT && !note_done (user, job, intent, self, error))
    return FALSE;
  if (!regie_intent_save (user, intent, error))
    return FALSE;
  regie_store_job_mirror (job, intent);

  return TRUE;
}

DexFuture *
regie_store_finish_intent (RegieStore *self,
                           RegieIntent *intent,
                           RegieIntentState state,
                           JsonObject *answer,
                           const char *remote_id,
                           const char *etag,
                           const GError *error)
{
  Outcome *outcome;

  g_return_val_if_fail (REGIE_IS_STORE (self) && intent != NULL, NULL);
  g_return_val_if_fail (state != REGIE_INTENT_HELD && state != REGIE_INTENT_SENDING, NULL);

  outcome = g_new0 (Outcome, 1);
  outcome->id = g_strdup (intent->id);
  outcome->state = state;
  outcome->answer = answer != NULL ? regie_store_json_write (answer) : NULL;
  outcome->remote_id = g_strdup (remote_id);
  outcome->etag = g_strdup (etag);
  outcome->error = error != NULL ? g_strdup (error->message) : NULL;
  outcome->error_code = error != NULL && error->domain == REGIE_ERROR ? error->code : -1;

  return regie_store_job_write_user (regie_store_job_new (self, finish, outcome, outcome_free));
}

/* --- unknown creates that a pull explained --- */

static gboolean
finish_found (sqlite3 *user, RegieStoreJob *job, GError **error)
{
  char **found = job->data;
  g_autoptr (RegieIntent) intent = regie_intent_find (user, found[0], error);
  g_autoptr (RegieSubject) subject = NULL;

  if (intent == NULL)
    return FALSE;
  if (intent->state != REGIE_INTENT_UNKNOWN)
    return TRUE;
  intent->state = REGIE_INTENT_SENT;
  intent->ended_at = regie_time_now ();
  g_free (intent->remote_id);
  intent->remote_id = g_strdup (found[1]);
  if (!fulfil_needs (user, job, intent, error) || !regie_intent_save (user, intent, error))
    return FALSE;
  regie_store_job_mirror (job, intent);

  return TRUE;
}

void
regie_store_settle_found (RegieStore *self, GPtrArray *found)
{
  for (guint i = 0; i + 1 < found->len; i += 2)
    {
      char **pair = g_new0 (char *, 3);

      pair[0] = g_strdup (g_ptr_array_index (found, i));
      pair[1] = g_strdup (g_ptr_array_index (found, i + 1));
      dex_future_disown (regie_store_job_write_user (
          regie_store_job_new (self, finish_found, pair, (GDestroyNotify) g_strfreev)));
    }
}

/* --- listing --- */

static gboolean
list_intents (sqlite3 *user, RegieStoreJob *job, GError **error)
{
  GPtrArray *found = regie_intent_select (user, error,
                                          "WHERE merged_into IS NULL AND (state NOT IN ('sent', 'cancelled') "
                                          "OR ended_at >= ?1) ORDER BY seq DESC",
                                          "i", regie_time_now () - LISTED_US);

  if (found == NULL)
    return FALSE;
  regie_store_job_take_boxed (job, G_TYPE_PTR_ARRAY, found);

  return TRUE;
}

DexFuture *
regie_store_list_intents (RegieStore *self)
{
  g_return_val_if_fail (REGIE_IS_STORE (self), NULL);

  return regie_store_job_read_user (regie_store_job_new (self, list_intents, NULL, NULL));
}
