/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-task-turn.h"

#include "core/regie-json.h"
#include "core/regie-time.h"
#include "regie-supervisor-private.h"
#include "regie-task.h"

#define MAX_ATTEMPTS 3

/* The next task of a Digital Human is found by an index of its own, however many wait or are done. */
#define QUEUE_INDEX                                                                                          \
  "CREATE INDEX IF NOT EXISTS task_queue ON task (digital_human, priority_key DESC, created_at, n)"          \
  " WHERE deleted_at IS NULL AND state = 'queued'"
#define NEXT_TASK                                                                                            \
  "SELECT id FROM task INDEXED BY task_queue WHERE deleted_at IS NULL AND state = 'queued' AND "             \
  "digital_human = ?"                                                                                        \
  " ORDER BY priority_key DESC, created_at, n LIMIT 1"

void
regie_turn_free (RegieTurn *self)
{
  g_clear_pointer (&self->result, json_object_unref);
  g_clear_pointer (&self->human_patch, json_object_unref);
  g_clear_pointer (&self->leased, json_object_unref);
  g_clear_pointer (&self->minute, regie_minute_unref);
  g_free (self->digital_human);
  g_free (self);
}

static gboolean
is_state (JsonObject *object, const char *state)
{
  return g_str_equal (regie_json_get_text (object, "state", ""), state);
}

static gboolean
patch_task (RegieTxn *txn, JsonObject *task, JsonObject *patch, GError **error)
{
  g_autoptr (JsonObject) record =
      regie_txn_patch_any (txn, regie_kind_get ("task"), regie_json_get_text (task, "id", ""), patch, error);

  return record != NULL;
}

/* --- the result --- */

/* Whether MESSAGE tells something about the task as it stands. */
static gboolean
result_applies (JsonObject *task, JsonObject *message)
{
  if (regie_json_get_int (task, "attempts", 0) != regie_json_get_int (message, "attempt", 0))
    return FALSE;

  return is_state (task, "running") || (is_state (task, "unknown") && !is_state (message, "unknown"));
}

/* MEMBER with its code and values; null what is not there. */
static void
copy_cause (JsonObject *target, const char *member, JsonObject *source)
{
  static const char *const suffixes[] = { "", "_code", "_args" };

  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *name = g_strconcat (member, suffixes[i], NULL);
      JsonNode *node = json_object_get_member (source, name);

      if (node != NULL)
        json_object_set_member (target, name, json_node_copy (node));
      else
        json_object_set_null_member (target, name);
    }
}

static JsonObject *
make_patch (JsonObject *task, JsonObject *message, gint64 at)
{
  gint64 started_at = regie_json_get_int (task, "started_at", at);
  JsonObject *result = regie_json_get_object (message, "result");
  JsonObject *patch =
      regie_json_object_new ("state", 's', regie_json_get_text (message, "state", "failed"), NULL);

  copy_cause (patch, "error", message);
  if (is_state (message, "queued"))
    {
      json_object_set_null_member (patch, "started_at");
      json_object_set_null_member (patch, "worker_pid");
      json_object_set_null_member (patch, "finished_at");
      json_object_set_null_member (patch, "latency");
      return patch;
    }
  if (result != NULL)
    json_object_set_object_member (patch, "result", json_object_ref (result));
  json_object_set_int_member (patch, "finished_at", at);
  json_object_set_int_member (patch, "latency", MAX (at - started_at, 0) / 1000);

  return patch;
}

static gboolean
audit_refusal (RegieTxn *txn, RegieTurn *self, JsonObject *task, GError **error)
{
  JsonObject *refused = regie_json_get_object (self->result, "refused");
  g_autofree char *who = g_strconcat ("digital-human:", self->digital_human, NULL);
  gboolean ok;

  if (refused == NULL)
    return TRUE;
  regie_txn_set_who (txn, who);
  ok = regie_txn_audit (txn, "refused", regie_kind_get ("task"), task, NULL, refused,
                        regie_json_get_text (refused, "reason", NULL), error);
  regie_txn_set_who (txn, "engine");

  return ok;
}

static gboolean
count_task (RegieTxn *txn, RegieTurn *self, JsonObject *task, JsonObject *patch, GError **error)
{
  if (self->minute == NULL || !is_state (task, "running") || is_state (patch, "queued") ||
      is_state (patch, "cancelled"))
    return TRUE;

  return regie_minute_add_task (self->minute, regie_txn_get_db (txn), self->digital_human, self->received_at,
                                regie_json_get_int (patch, "latency", 0), !is_state (patch, "done"), error);
}

static gboolean
store_result (RegieTxn *txn, RegieTurn *self, GError **error)
{
  g_autoptr (GError) missing = NULL;
  g_autoptr (JsonObject) patch = NULL;
  g_autoptr (JsonObject) human = NULL;
  g_autoptr (JsonObject) task = regie_txn_get (
      txn, regie_kind_get ("task"), regie_json_get_text (self->result, "task", ""), TRUE, &missing);

  if (task == NULL && !g_error_matches (missing, REGIE_ERROR, REGIE_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&missing));
      return FALSE;
    }
  if (task == NULL || !result_applies (task, self->result))
    return TRUE;
  patch = make_patch (task, self->result, self->received_at);
  if (!count_task (txn, self, task, patch, error) || !patch_task (txn, task, patch, error) ||
      !audit_refusal (txn, self, task, error))
    return FALSE;
  if (self->human_patch == NULL)
    return TRUE;
  human = regie_txn_patch_any (txn, regie_kind_get ("digital-human"), self->digital_human, self->human_patch,
                               error);

  return human != NULL;
}

/* --- the next one --- */

static gboolean
lease (RegieTxn *txn, RegieTurn *self, GError **error)
{
  const RegieKind *kind = regie_kind_get ("task");
  sqlite3 *db = regie_txn_get_db (txn);
  g_autofree char *id = NULL;
  g_autoptr (JsonObject) task = NULL;
  g_autoptr (JsonObject) patch = NULL;

  if (!regie_db_run (db, error, QUEUE_INDEX, NULL))
    return FALSE;
  id = regie_db_get_text (db, NEXT_TASK, "s", self->digital_human);
  if (id == NULL)
    return TRUE;
  task = regie_txn_get (txn, kind, id, FALSE, error);
  if (task == NULL)
    return FALSE;
  patch = regie_json_object_new ("state", 's', "running", "attempts", 'i',
                                 regie_json_get_int (task, "attempts", 0) + 1, "worker_pid", 'i', self->pid,
                                 "started_at", 'i', regie_time_now (), "finished_at", 's', NULL, "latency",
                                 's', NULL, "result", 's', NULL, NULL);
  regie_cause_store (patch, "error", NULL);
  self->leased = regie_txn_patch (txn, kind, id, patch, -1, error);

  return self->leased != NULL;
}

gboolean
regie_turn_run (RegieTxn *txn, gpointer data, GError **error)
{
  RegieTurn *self = data;

  regie_txn_set_who (txn, "engine");
  if (self->result != NULL && !store_result (txn, self, error))
    return FALSE;

  return !self->lease || lease (txn, self, error);
}

/* --- interruptions --- */

JsonObject *
regie_task_interrupted (JsonObject *task, guint interruptions, const char *cause)
{
  JsonObject *message =
      regie_json_object_new ("type", 's', "result", "task", 's', regie_json_get_text (task, "id", ""),
                             "attempt", 'i', regie_json_get_int (task, "attempts", 0), NULL);
  g_autoptr (JsonObject) args = regie_json_object_new ("why", 'o', regie_cause_new (cause, NULL), NULL);
  g_autoptr (JsonObject) error = NULL;

  if (!regie_task_is_repeatable (task))
    {
      error = regie_cause_new ("interrupted-unknown", g_steal_pointer (&args));
      json_object_set_string_member (message, "state", "unknown");
    }
  else if (interruptions >= MAX_ATTEMPTS)
    {
      json_object_set_int_member (args, "times", interruptions);
      error = regie_cause_new ("interrupted-often", g_steal_pointer (&args));
      json_object_set_string_member (message, "state", "failed");
    }
  else
    {
      json_object_set_string_member (message, "state", "queued");
    }
  if (error != NULL)
    regie_cause_store (message, "error", error);

  return message;
}

static gboolean
recover_task (RegieTxn *txn, const char *id, GError **error)
{
  g_autoptr (JsonObject) task = regie_txn_get (txn, regie_kind_get ("task"), id, FALSE, error);
  g_autoptr (JsonObject) message = NULL;
  g_autoptr (JsonObject) patch = NULL;

  if (task == NULL)
    return FALSE;
  message = regie_task_interrupted (task, 0, "engine-ended");
  patch = make_patch (task, message, regie_time_now ());

  return patch_task (txn, task, patch, error);
}

gboolean
regie_tasks_recover (RegieTxn *txn, gpointer data, GError **error)
{
  /* The first value of the kind's states is the rank 0; the index of the store is over ranks. */
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (
      regie_txn_get_db (txn),
      "SELECT id FROM task WHERE deleted_at IS NULL AND state_key = ? AND state = 'running'", error);
  int step;

  if (stmt == NULL)
    return FALSE;
  regie_db_bind (stmt, "i", regie_enum_rank ("task", "state", "running"));
  while ((step = regie_db_step (stmt, error)) == 1)
    g_ptr_array_add (ids, g_strdup (regie_db_column_text (stmt, 0)));
  if (step < 0)
    return FALSE;
  for (guint i = 0; i < ids->len; i++)
    {
      if (!recover_task (txn, g_ptr_array_index (ids, i), error))
        return FALSE;
    }

  return TRUE;
}
