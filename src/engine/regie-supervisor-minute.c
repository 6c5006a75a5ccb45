/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-supervisor-private.h"

#include "core/regie-time.h"

/* What passes by itself: silence, tasks that take too long, the minutes. Nothing here wakes while no process
 * runs and nothing is scheduled. */

#define MINUTE    (60 * G_USEC_PER_SEC)
#define MAX_WATCH 1000 /* ms */

/* --- use of processor and memory --- */

typedef struct
{
  char *id;
  RegieMinute *minute;
  gint64 cpu, memory;
} Use;

typedef struct
{
  gint64 at;
  GArray *uses; /* of one workspace */
} Uses;

static void
use_clear (gpointer data)
{
  Use *use = data;

  g_free (use->id);
  regie_minute_unref (use->minute);
}

static Uses *
uses_new (gint64 at)
{
  Uses *self = g_new0 (Uses, 1);

  self->at = at;
  self->uses = g_array_new (FALSE, FALSE, sizeof (Use));
  g_array_set_clear_func (self->uses, use_clear);

  return self;
}

static void
uses_free (gpointer data)
{
  Uses *self = data;

  g_array_unref (self->uses);
  g_free (self);
}

static gboolean
store_uses (RegieTxn *txn, gpointer data, GError **error)
{
  Uses *self = data;

  for (guint i = 0; i < self->uses->len; i++)
    {
      Use *use = &g_array_index (self->uses, Use, i);

      if (!regie_minute_add_use (use->minute, regie_txn_get_db (txn), use->id, self->at, use->cpu,
                                 use->memory, error))
        return FALSE;
    }

  return TRUE;
}

static void
add_use (Uses *uses, RegieRunner *runner)
{
  Use use = { .id = g_strdup (runner->id),
              .minute = regie_minute_ref (runner->minute),
              .cpu = runner->cpu - runner->cpu_counted,
              .memory = runner->memory };

  runner->cpu_counted = runner->cpu;
  runner->memory = runner->memory_now;
  g_array_append_val (uses->uses, use);
}

void
regie_supervisor_flush_minutes (RegieSupervisor *self, const char *only)
{
  g_autoptr (GHashTable) workspaces = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTableIter iter;
  gpointer key, value;
  /* At the turn of a minute what was used belongs to the one that is over. */
  gint64 at = regie_time_now () - (only == NULL ? G_USEC_PER_SEC : 0);

  g_hash_table_iter_init (&iter, self->runners);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      RegieRunner *runner = value;
      Uses *uses;

      if (runner->up_at == 0 || (only != NULL && !g_str_equal (only, runner->id)))
        continue;
      uses = g_hash_table_lookup (workspaces, runner->workspace);
      if (uses == NULL)
        g_hash_table_insert (workspaces, runner->workspace, uses = uses_new (at));
      add_use (uses, runner);
    }
  g_hash_table_iter_init (&iter, workspaces);
  while (g_hash_table_iter_next (&iter, &key, &value))
    regie_supervisor_change (self, key, store_uses, NULL, value, uses_free);
}

/* --- the watch --- */

static gboolean
any_alive (RegieSupervisor *self)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->runners);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      if (regie_runner_is_alive (value))
        return TRUE;
    }

  return FALSE;
}

static void
watch_runner (RegieSupervisor *self, RegieRunner *runner, gint64 now)
{
  const char *task;

  if (!regie_runner_is_alive (runner) || runner->phase == REGIE_RUNNER_STOPPING || runner->end_cause != NULL)
    return;
  if (now - runner->heard_at > (gint64) self->silence * 1000)
    {
      regie_runner_kill (
          runner, regie_cause_new ("process-silent",
                                   regie_json_object_new ("seconds", 'd', self->silence / 1000.0, NULL)));
    }
  else if (runner->task != NULL && now > runner->task_deadline)
    {
      task = regie_json_get_text (runner->task, "summary", regie_json_get_text (runner->task, "id", ""));
      regie_runner_kill (runner,
                         regie_cause_new ("task-too-long", regie_json_object_new ("task", 's', task, NULL)));
    }
}

static gboolean
on_watch (gpointer data)
{
  RegieSupervisor *self = data;
  gint64 now = g_get_monotonic_time ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->runners);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    watch_runner (self, value, now);
  if (any_alive (self))
    return G_SOURCE_CONTINUE;
  self->watch_source = 0;

  return G_SOURCE_REMOVE;
}

static gboolean
on_minute (gpointer data)
{
  RegieSupervisor *self = data;

  self->minute_source = 0;
  regie_supervisor_flush_minutes (self, NULL);
  regie_supervisor_run_schedule (self);
  regie_supervisor_watch_minutes (self);

  return G_SOURCE_REMOVE;
}

void
regie_supervisor_watch_minutes (RegieSupervisor *self)
{
  gboolean alive = any_alive (self);

  if (alive && self->watch_source == 0)
    self->watch_source = g_timeout_add (CLAMP (self->silence / 4, 10, MAX_WATCH), on_watch, self);
  if ((alive || g_hash_table_size (self->schedule) > 0) && self->minute_source == 0 && !self->draining)
    self->minute_source = g_timeout_add ((MINUTE - regie_time_now () % MINUTE) / 1000 + 20, on_minute, self);
}
