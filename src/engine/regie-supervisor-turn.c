/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-supervisor-private.h"

#include "core/regie-time.h"
#include "regie-task-turn.h"
#include "regie-task.h"

/* A task that takes longer shows in the state; shorter ones would only make it flicker. */
#define BUSY_AFTER     300  /* ms */
#define RETRY_DELAY    1000 /* ms */
#define HTTP_MARGIN    15   /* s over the task's own time */
#define RECALL_HORIZON (G_GINT64_CONSTANT (7) * 24 * 3600 * G_USEC_PER_SEC)

static void next_turn (RegieRunner *self);

static const char *
task_id (JsonObject *task)
{
  return task != NULL ? regie_json_get_text (task, "id", "") : "";
}

/* --- giving a task out --- */

static gboolean
on_busy (gpointer data)
{
  RegieRunner *self = data;

  self->busy_timer = 0;
  if (self->phase == REGIE_RUNNER_UP && self->task != NULL)
    {
      self->state = "processing";
      regie_runner_save (self, NULL, NULL);
    }

  return G_SOURCE_REMOVE;
}

static void
send_task (RegieRunner *self)
{
  JsonObject *payload = regie_json_get_object (self->task, "payload");
  gint64 limit = self->supervisor->task_limit;
  g_autoptr (JsonObject) message =
      regie_worker_message ("task", "task", 'o',
                            regie_json_object_new ("id", 's', task_id (self->task), "type", 's',
                                                   regie_json_get_text (self->task, "type", ""), NULL),
                            "attempt", 'i', regie_json_get_int (self->task, "attempts", 1), NULL);

  if (payload != NULL)
    json_object_set_object_member (regie_json_get_object (message, "task"), "payload",
                                   json_object_ref (payload));
  if (g_str_equal (regie_json_get_text (self->task, "type", ""), "http"))
    limit = (CLAMP (regie_json_get_int (payload, "timeout", 60), 1, 300) + HTTP_MARGIN) * 1000;
  self->task_deadline = g_get_monotonic_time () + limit * 1000;
  if (self->busy_timer == 0)
    self->busy_timer = g_timeout_add (BUSY_AFTER, on_busy, self);
  regie_worker_channel_send (self->channel, message);
}

/* It was given out, but nobody was there any more: it never began. */
static void
take_back (RegieRunner *self, JsonObject *task)
{
  JsonObject *message =
      regie_json_object_new ("task", 's', task_id (task), "attempt", 'i',
                             regie_json_get_int (task, "attempts", 0), "state", 's', "queued", NULL);

  g_queue_push_tail (&self->results, message);
}

/* --- turns --- */

typedef struct
{
  RegieRunner *runner;
  RegieTurn *turn;
} Turn;

static void
turn_data_free (gpointer data)
{
  Turn *self = data;

  regie_turn_free (self->turn);
  g_free (self);
}

static gboolean
run_turn (RegieTxn *txn, gpointer data, GError **error)
{
  return regie_turn_run (txn, ((Turn *) data)->turn, error);
}

static gboolean
on_retry (gpointer data)
{
  RegieRunner *self = data;

  self->retry_timer = 0;
  regie_runner_feed (self);

  return G_SOURCE_REMOVE;
}

static void
take_leased (RegieRunner *self, JsonObject *task)
{
  if (self->phase != REGIE_RUNNER_UP || self->channel == NULL)
    {
      take_back (self, task);
      return;
    }
  self->task = json_object_ref (task);
  self->more = TRUE;
  send_task (self);
}

static void
after_turn (RegieSupervisor *supervisor, gpointer data, const GError *error)
{
  Turn *turn = data;
  RegieRunner *self = turn->runner;

  self->turning = FALSE;
  if (error != NULL)
    {
      /* A full disk, say: the result waits here, and in the worker's own database. */
      regie_minute_forget (self->minute);
      self->activity_saved_at = 0;
      self->more = TRUE;
      if (self->retry_timer == 0 && !supervisor->draining)
        self->retry_timer = g_timeout_add (RETRY_DELAY, on_retry, self);
      return;
    }
  if (turn->turn->result != NULL)
    {
      JsonObject *message = g_queue_pop_head (&self->results);

      if (!g_str_equal (regie_json_get_text (message, "state", ""), "queued"))
        g_hash_table_remove (self->interruptions, regie_json_get_text (message, "task", ""));
      json_object_unref (message);
    }
  if (turn->turn->leased != NULL)
    take_leased (self, turn->turn->leased);
  next_turn (self);
}

/* --- the last activity --- */

/* It is written down once in a while, since each write tells every window; the last one always is. */

typedef struct
{
  RegieRunner *runner;
  char *id;
  gint64 at;
} Activity;

static void
activity_free (gpointer data)
{
  Activity *self = data;

  g_free (self->id);
  g_free (self);
}

static gboolean
save_activity (RegieTxn *txn, gpointer data, GError **error)
{
  Activity *self = data;
  g_autoptr (JsonObject) patch = regie_json_object_new ("last_activity_at", 'i', self->at, NULL);
  g_autoptr (JsonObject) human = NULL;

  regie_txn_set_who (txn, "engine");
  human = regie_txn_patch_any (txn, regie_kind_get ("digital-human"), self->id, patch, error);

  return human != NULL;
}

static gboolean on_activity_due (gpointer data);

static void
after_activity (RegieSupervisor *supervisor, gpointer data, const GError *error)
{
  RegieRunner *self = ((Activity *) data)->runner;

  if (error != NULL && !g_error_matches (error, REGIE_ERROR, REGIE_ERROR_NOT_FOUND) &&
      !supervisor->draining && self->activity_timer == 0)
    self->activity_timer = g_timeout_add (supervisor->activity_step, on_activity_due, self);
}

static gboolean
on_activity_due (gpointer data)
{
  RegieRunner *self = data;
  Activity *activity = g_new0 (Activity, 1);

  self->activity_timer = 0;
  self->activity_saved_at = self->activity_at;
  activity->runner = self;
  activity->id = g_strdup (self->id);
  activity->at = self->activity_at;
  regie_supervisor_change (self->supervisor, self->workspace, save_activity, after_activity, activity,
                           activity_free);

  return G_SOURCE_REMOVE;
}

void
regie_runner_flush_activity (RegieRunner *self)
{
  if (self->activity_timer == 0)
    return;
  g_clear_handle_id (&self->activity_timer, g_source_remove);
  on_activity_due (self);
}

static JsonObject *
make_human_patch (RegieRunner *self, gint64 at)
{
  gint64 step = (gint64) self->supervisor->activity_step * 1000;
  gint64 left = self->activity_saved_at + step - at;
  JsonObject *patch = NULL;

  self->activity_at = at;
  if (left <= 0 || left > step)
    {
      self->activity_saved_at = at;
      g_clear_handle_id (&self->activity_timer, g_source_remove);
      patch = regie_json_object_new ("last_activity_at", 'i', at, NULL);
    }
  else if (self->activity_timer == 0)
    {
      self->activity_timer = g_timeout_add (left / 1000 + 1, on_activity_due, self);
    }
  if (g_str_equal (self->state, "processing"))
    {
      self->state = "idle";
      if (patch == NULL)
        patch = json_object_new ();
      json_object_set_string_member (patch, "state", "idle");
    }

  return patch;
}

static RegieTurn *
make_turn (RegieRunner *self, JsonObject *message, gboolean lease)
{
  RegieTurn *turn = g_new0 (RegieTurn, 1);

  turn->digital_human = g_strdup (self->id);
  turn->lease = lease;
  turn->pid = self->pid;
  turn->minute = regie_minute_ref (self->minute);
  if (message != NULL)
    {
      turn->result = json_object_ref (message);
      turn->received_at = regie_json_get_int (message, "received_at", regie_time_now ());
      if (!g_str_equal (regie_json_get_text (message, "state", ""), "queued"))
        turn->human_patch = make_human_patch (self, turn->received_at);
    }

  return turn;
}

static gboolean
may_lease (RegieRunner *self)
{
  return self->more && self->task == NULL && self->phase == REGIE_RUNNER_UP && self->introduced &&
         self->refreshing == 0 && self->holds == 0 && !self->again && !self->supervisor->draining;
}

static void
next_turn (RegieRunner *self)
{
  JsonObject *message = g_queue_peek_head (&self->results);
  gboolean lease = may_lease (self);
  Turn *turn;

  if (self->turning || self->retry_timer != 0 || (message == NULL && !lease))
    return;
  turn = g_new0 (Turn, 1);
  turn->runner = self;
  turn->turn = make_turn (self, message, lease);
  self->turning = TRUE;
  if (lease)
    self->more = FALSE;
  regie_supervisor_change (self->supervisor, self->workspace, run_turn, after_turn, turn, turn_data_free);
}

void
regie_runner_feed (RegieRunner *self)
{
  self->more = TRUE;
  next_turn (self);
}

/* --- results --- */

static void
end_task (RegieRunner *self)
{
  g_clear_pointer (&self->task, json_object_unref);
  g_clear_handle_id (&self->busy_timer, g_source_remove);
}

void
regie_runner_on_result (RegieRunner *self, JsonObject *message)
{
  gboolean current =
      self->task != NULL && g_str_equal (regie_json_get_text (message, "task", ""), task_id (self->task)) &&
      regie_json_get_int (message, "attempt", 0) == regie_json_get_int (self->task, "attempts", 0);

  if (current)
    end_task (self);
  else if (g_str_equal (regie_json_get_text (message, "state", ""), "unknown"))
    return;
  json_object_set_int_member (message, "received_at", regie_time_now ());
  g_queue_push_tail (&self->results, json_object_ref (message));
  regie_runner_feed (self);
}

void
regie_runner_interrupt (RegieRunner *self)
{
  guint count;
  g_autofree char *id = NULL;

  if (self->task == NULL)
    return;
  id = g_strdup (task_id (self->task));
  count = GPOINTER_TO_UINT (g_hash_table_lookup (self->interruptions, id)) + 1;
  g_hash_table_insert (self->interruptions, g_strdup (id), GUINT_TO_POINTER (count));
  g_queue_push_tail (&self->results, regie_task_interrupted (self->task, count, "worker-ended"));
  end_task (self);
  next_turn (self);
}

/* --- what became of the unknown ones --- */

typedef struct
{
  RegieRunner *runner;
  char *id;
  JsonArray *runs;
} Recall;

static void
recall_free (gpointer data)
{
  Recall *self = data;

  json_array_unref (self->runs);
  g_free (self->id);
  regie_supervisor_end (self->runner->supervisor);
  g_free (self);
}

static gboolean
read_unknown (sqlite3 *db, gpointer data, GError **error)
{
  Recall *self = data;
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (
      db,
      "SELECT id, data ->> '$.attempts' FROM task WHERE deleted_at IS NULL AND state_key = ?"
      " AND state = 'unknown' AND digital_human = ? AND updated_at > ?",
      error);
  int step;

  if (stmt == NULL)
    return FALSE;
  regie_db_bind (stmt, "isi", regie_enum_rank ("task", "state", "unknown"), self->id,
                 regie_time_now () - RECALL_HORIZON);
  while ((step = regie_db_step (stmt, error)) == 1)
    json_array_add_object_element (
        self->runs, regie_json_object_new ("task", 's', regie_db_column_text (stmt, 0), "attempt", 'i',
                                           (gint64) sqlite3_column_int64 (stmt, 1), NULL));

  return step == 0;
}

static DexFuture *
on_unknown (DexFuture *future, gpointer data)
{
  Recall *self = data;
  RegieRunner *runner = self->runner;

  if (dex_future_get_value (future, NULL) != NULL && json_array_get_length (self->runs) > 0 &&
      runner->channel != NULL)
    {
      g_autoptr (JsonObject) message =
          regie_worker_message ("recall", "runs", 'a', json_array_ref (self->runs), NULL);

      regie_worker_channel_send (runner->channel, message);
    }

  return dex_future_new_true ();
}

void
regie_runner_recall (RegieRunner *self)
{
  Recall *recall = g_new0 (Recall, 1);

  recall->runner = self;
  recall->id = g_strdup (self->id);
  recall->runs = json_array_new ();
  regie_supervisor_begin (self->supervisor);
  dex_future_disown (dex_future_finally (
      regie_engine_store_read (self->supervisor->store, self->workspace, read_unknown, recall, NULL),
      on_unknown, recall, recall_free));
}
