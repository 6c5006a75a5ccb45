/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-supervisor-private.h"

#include <signal.h>
#include <sys/types.h>

#include "core/regie-time.h"
#include "regie-worker-db.h"

/* The life of one Digital Human's process. regie_runner_settle() looks at what is wanted and what is, and
 * takes the next step; everything else only changes one of the two and calls it. */

/* So many may be between start and hello: a thousand at once would only wait for one another. */
#define MAX_STARTING 8

static void runner_start (RegieRunner *self);

gboolean
regie_runner_is_alive (RegieRunner *self)
{
  return self->phase != REGIE_RUNNER_DOWN;
}

static void
take_record (RegieRunner *self, JsonObject *record)
{
  g_autoptr (JsonObject) old = self->record;

  self->record = json_object_ref (record);
}

RegieRunner *
regie_supervisor_ensure (RegieSupervisor *supervisor, JsonObject *record)
{
  const char *id = regie_json_get_text (record, "id", "");
  RegieRunner *self = regie_supervisor_find (supervisor, id);

  if (self == NULL)
    {
      self = g_new0 (RegieRunner, 1);
      self->supervisor = supervisor;
      self->id = g_strdup (id);
      self->workspace = g_strdup (regie_json_get_text (record, "workspace", ""));
      self->state = "stopped";
      self->restarts = regie_json_get_int (record, "restarts", 0);
      self->interruptions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      self->requests = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, dex_unref);
      self->down_waiters = g_ptr_array_new_with_free_func (dex_unref);
      self->minute = regie_minute_new ();
      g_hash_table_insert (supervisor->runners, self->id, self);
    }
  take_record (self, record);

  return self;
}

void
regie_runner_free (gpointer data)
{
  RegieRunner *self = data;

  g_clear_handle_id (&self->child_watch, g_source_remove);
  g_clear_handle_id (&self->stop_timer, g_source_remove);
  g_clear_handle_id (&self->restart_timer, g_source_remove);
  g_clear_handle_id (&self->save_timer, g_source_remove);
  g_clear_handle_id (&self->busy_timer, g_source_remove);
  g_clear_handle_id (&self->retry_timer, g_source_remove);
  g_clear_handle_id (&self->activity_timer, g_source_remove);
  regie_runner_disconnect (self);
  g_queue_clear_full (&self->results, (GDestroyNotify) json_object_unref);
  g_clear_pointer (&self->record, json_object_unref);
  g_clear_pointer (&self->task, json_object_unref);
  g_hash_table_unref (self->interruptions);
  g_hash_table_unref (self->requests);
  g_ptr_array_unref (self->down_waiters);
  regie_minute_unref (self->minute);
  g_clear_pointer (&self->cause, json_object_unref);
  g_clear_pointer (&self->end_cause, json_object_unref);
  g_free (self->limits);
  g_free (self->workspace);
  g_free (self->id);
  g_free (self);
}

/* --- ending --- */

void
regie_runner_kill (RegieRunner *self, JsonObject *cause)
{
  g_autoptr (JsonObject) owned = cause;

  if (!regie_runner_is_alive (self))
    return;
  if (cause != NULL)
    {
      g_autofree char *text = regie_cause_to_english (cause);

      g_warning ("Digital Human %s, process %d: %s", self->id, self->pid, text);
      g_clear_pointer (&self->end_cause, json_object_unref);
      self->end_cause = g_steal_pointer (&owned);
    }
  /* The group: a worker's helpers go with it. */
  kill (-self->pid, SIGKILL);
  kill (self->pid, SIGKILL);
}

static gboolean
on_grace_over (gpointer data)
{
  RegieRunner *self = data;

  self->stop_timer = 0;
  g_warning ("Digital Human %s, process %d, did not stop in time: killed", self->id, self->pid);
  regie_runner_kill (self, NULL);

  return G_SOURCE_REMOVE;
}

static void
runner_stop (RegieRunner *self)
{
  g_autoptr (JsonObject) message = regie_worker_message ("stop", NULL, NULL);

  if (self->phase == REGIE_RUNNER_STARTING)
    self->supervisor->starting--;
  self->phase = REGIE_RUNNER_STOPPING;
  self->state = "stopping";
  if (self->channel != NULL)
    regie_worker_channel_send (self->channel, message);
  if (self->stop_timer == 0)
    self->stop_timer = g_timeout_add (self->supervisor->grace, on_grace_over, self);
}

static gboolean
on_restart_due (gpointer data)
{
  RegieRunner *self = data;

  self->restart_timer = 0;
  regie_runner_settle (self);

  return G_SOURCE_REMOVE;
}

/* It ended without being asked to. */
static void
plan_restart (RegieRunner *self, int wait_status)
{
  RegieSupervisor *supervisor = self->supervisor;
  gint64 lasted = self->up_at > 0 ? (g_get_monotonic_time () - self->up_at) / 1000 : 0;
  g_autofree char *text = NULL;
  guint64 delay;

  if (lasted >= supervisor->health)
    self->failures = 0;
  delay = MIN ((guint64) supervisor->first_delay << MIN (self->failures, 20), supervisor->max_delay);
  self->failures++;
  self->restarts++;
  self->next_restart_at = regie_time_now () + delay * 1000;
  g_clear_pointer (&self->cause, json_object_unref);
  self->cause =
      self->end_cause != NULL ? g_steal_pointer (&self->end_cause) : regie_process_describe_end (wait_status);
  text = regie_cause_to_english (self->cause);
  g_warning ("Digital Human %s failed: %s. It is started again in %.1f s", self->id, text, delay / 1000.0);
  self->restart_timer = g_timeout_add (delay, on_restart_due, self);
  self->state = "error";
  regie_runner_save (self, "crash", text);
}

static void
resolve_down_waiters (RegieRunner *self)
{
  g_autoptr (GPtrArray) waiters = self->down_waiters;

  self->down_waiters = g_ptr_array_new_with_free_func (dex_unref);
  for (guint i = 0; i < waiters->len; i++)
    dex_promise_resolve_boolean (g_ptr_array_index (waiters, i), TRUE);
}

static void
start_waiting (RegieSupervisor *supervisor)
{
  while (supervisor->starting < MAX_STARTING && !g_queue_is_empty (&supervisor->start_queue))
    {
      g_autofree char *id = g_queue_pop_head (&supervisor->start_queue);
      RegieRunner *next = regie_supervisor_find (supervisor, id);

      if (next == NULL || !next->queued)
        continue;
      next->queued = FALSE;
      regie_runner_settle (next);
    }
}

/* The figures as it left them. */
static void
note_end (RegieRunner *self)
{
  RegieSupervisor *supervisor = self->supervisor;
  RegieLiveFigures figures = { .rows = -1 };
  g_autofree char *path = NULL;
  g_autoptr (JsonObject) database = NULL;

  regie_live_get (supervisor->live, self->id, &figures);
  if (figures.up && figures.rows >= 0)
    {
      path = regie_worker_db_path (supervisor->data_dir, self->id);
      database =
          regie_json_object_new ("size", 'i', regie_worker_db_size (path), "rows", 'i', figures.rows, NULL);
      regie_supervisor_note_database (supervisor, self, database);
    }
  figures.up = FALSE;
  regie_live_set (supervisor->live, self->id, self->workspace, &figures);
}

static void
on_ended (GPid pid, int wait_status, gpointer data)
{
  RegieRunner *self = data;
  RegieSupervisor *supervisor = self->supervisor;
  gboolean asked = self->phase == REGIE_RUNNER_STOPPING;

  self->child_watch = 0;
  g_spawn_close_pid (pid);
  if (self->phase == REGIE_RUNNER_STARTING)
    supervisor->starting--;
  self->phase = REGIE_RUNNER_DOWN;
  regie_supervisor_flush_minutes (supervisor, self->id);
  regie_runner_disconnect (self);
  g_clear_handle_id (&self->stop_timer, g_source_remove);
  if (supervisor->cgroup != NULL)
    regie_cgroup_leave (supervisor->cgroup, self->id);
  self->pid = 0;
  self->again = FALSE;
  note_end (self);
  regie_runner_interrupt (self);
  regie_runner_flush_activity (self);
  if (asked)
    g_clear_pointer (&self->end_cause, json_object_unref);
  else if (self->wanted)
    plan_restart (self, wait_status);
  self->up_at = 0;

  resolve_down_waiters (self);
  regie_runner_settle (self);
  start_waiting (supervisor);
  regie_supervisor_check_drained (supervisor);
}

/* --- starting --- */

static void
fail_to_start (RegieRunner *self, const GError *error)
{
  g_clear_pointer (&self->end_cause, json_object_unref);
  self->end_cause = regie_cause_new_for_error (error);
  plan_restart (self, 0);
}

static void
enter_cgroup (RegieRunner *self)
{
  RegieSupervisor *supervisor = self->supervisor;
  g_autoptr (GError) error = NULL;

  if (supervisor->cgroup == NULL)
    return;
  if (regie_cgroup_enter (supervisor->cgroup, self->id, self->pid,
                          regie_json_get_int (self->record, "cpu_limit", 0),
                          regie_json_get_int (self->record, "memory_limit", 0), &error))
    return;
  g_warning ("Limits are put on the processes themselves, not by control groups: %s", error->message);
  g_set_str (&supervisor->no_cgroup, error->message);
  g_clear_pointer (&supervisor->cgroup, regie_cgroup_free);
}

static void
runner_start (RegieRunner *self)
{
  RegieSupervisor *supervisor = self->supervisor;
  g_autoptr (GError) error = NULL;
  int fd;

  if (!regie_process_spawn (supervisor->program, &self->pid, &fd, &error))
    {
      fail_to_start (self, error);
      return;
    }
  supervisor->starting++;
  self->phase = REGIE_RUNNER_STARTING;
  self->heard_at = g_get_monotonic_time ();
  self->up_at = 0;
  self->started_at = regie_time_now ();
  self->next_restart_at = 0;
  self->cpu = self->cpu_counted = self->memory = self->memory_now = 0;
  g_clear_pointer (&self->end_cause, json_object_unref);
  self->child_watch = g_child_watch_add (self->pid, on_ended, self);
  enter_cgroup (self);
  regie_runner_connect (self, fd);
  dex_future_disown (regie_runner_refresh (self));
  regie_supervisor_watch_minutes (supervisor);
  self->state = "initializing";
  regie_runner_save (self, NULL, NULL);
}

static void
rest (RegieRunner *self)
{
  g_clear_handle_id (&self->restart_timer, g_source_remove);
  self->queued = FALSE;
  self->next_restart_at = 0;
  if (!self->wanted)
    {
      self->failures = 0;
      g_clear_pointer (&self->cause, json_object_unref);
    }
  if (g_str_equal (self->state, "stopped"))
    return;
  self->state = "stopped";
  self->started_at = 0;
  regie_runner_save (self, NULL, NULL);
}

void
regie_runner_settle (RegieRunner *self)
{
  RegieSupervisor *supervisor = self->supervisor;
  gboolean may_run = self->wanted && !supervisor->draining && self->holds == 0;

  switch (self->phase)
    {
    case REGIE_RUNNER_DOWN:
      if (!may_run)
        rest (self);
      else if (self->restart_timer != 0 || self->queued)
        break;
      else if (supervisor->starting < MAX_STARTING)
        runner_start (self);
      else
        {
          self->queued = TRUE;
          g_queue_push_tail (&supervisor->start_queue, g_strdup (self->id));
        }
      break;
    case REGIE_RUNNER_STARTING:
    case REGIE_RUNNER_UP:
      if (!may_run || self->again)
        runner_stop (self);
      break;
    case REGIE_RUNNER_STOPPING:
    default:
      break;
    }
}

void
regie_runner_set_wanted (RegieRunner *self, gboolean wanted, gint64 rev)
{
  /* Two changes may be told in another order than they were made. */
  if (rev < self->wanted_rev)
    return;
  self->wanted_rev = rev;
  self->wanted = wanted;
  regie_runner_settle (self);
}

void
regie_runner_on_hello (RegieRunner *self, JsonObject *message)
{
  RegieLiveFigures figures = { .up = TRUE,
                               .heartbeat_at = regie_time_now (),
                               .rows = regie_json_get_int (message, "rows", -1) };

  if (self->phase != REGIE_RUNNER_STARTING)
    return;
  self->supervisor->starting--;
  self->phase = REGIE_RUNNER_UP;
  self->up_at = g_get_monotonic_time ();
  g_free (self->limits);
  self->limits = g_strdup (regie_json_get_text (message, "limits", ""));
  regie_live_set (self->supervisor->live, self->id, self->workspace, &figures);
  g_message ("Digital Human %s runs as process %d", self->id, self->pid);
  /* Whoever sees it idle finds its database. */
  regie_supervisor_note_database (self->supervisor, self, message);
  self->state = "idle";
  regie_runner_save (self, NULL, NULL);
  regie_runner_recall (self);
  self->more = TRUE;
  regie_runner_feed (self);
  start_waiting (self->supervisor);
}

/* --- holding --- */

DexFuture *
regie_runner_when_down (RegieRunner *self)
{
  DexPromise *promise;

  if (!regie_runner_is_alive (self))
    return dex_future_new_true ();
  promise = dex_promise_new ();
  g_ptr_array_add (self->down_waiters, dex_ref (promise));

  return DEX_FUTURE (promise);
}

void
regie_runner_hold (RegieRunner *self)
{
  self->holds++;
}

void
regie_runner_release (RegieRunner *self)
{
  if (--self->holds == 0)
    regie_runner_settle (self);
}
