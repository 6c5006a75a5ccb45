/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-supervisor-private.h"

#include "core/regie-time.h"

G_DEFINE_FINAL_TYPE (RegieSupervisor, regie_supervisor, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_HEARTBEAT,
  PROP_SILENCE,
  PROP_GRACE,
  PROP_FIRST_DELAY,
  PROP_MAX_DELAY,
  PROP_HEALTH,
  PROP_TASK_LIMIT,
  PROP_ACTIVITY_STEP,
  N_PROPS
};

enum
{
  SIGNAL_HEARTBEAT,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

/* The timings, all in ms; tests shorten them. */
static const struct
{
  const char *name;
  guint fallback;
  gsize offset;
} timings[N_PROPS] = {
  [PROP_HEARTBEAT] = { "heartbeat", 2000, G_STRUCT_OFFSET (RegieSupervisor, heartbeat) },
  [PROP_SILENCE] = { "silence", 15000, G_STRUCT_OFFSET (RegieSupervisor, silence) },
  [PROP_GRACE] = { "grace", 5000, G_STRUCT_OFFSET (RegieSupervisor, grace) },
  [PROP_FIRST_DELAY] = { "first-delay", 1000, G_STRUCT_OFFSET (RegieSupervisor, first_delay) },
  [PROP_MAX_DELAY] = { "max-delay", 60000, G_STRUCT_OFFSET (RegieSupervisor, max_delay) },
  [PROP_HEALTH] = { "health", 300000, G_STRUCT_OFFSET (RegieSupervisor, health) },
  [PROP_TASK_LIMIT] = { "task-limit", 60000, G_STRUCT_OFFSET (RegieSupervisor, task_limit) },
  [PROP_ACTIVITY_STEP] = { "activity-step", 5000, G_STRUCT_OFFSET (RegieSupervisor, activity_step) },
};

static void
regie_supervisor_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  g_value_set_uint (value, G_STRUCT_MEMBER (guint, object, timings[id].offset));
}

static void
regie_supervisor_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  G_STRUCT_MEMBER (guint, object, timings[id].offset) = g_value_get_uint (value);
}

static void
regie_supervisor_finalize (GObject *object)
{
  RegieSupervisor *self = REGIE_SUPERVISOR (object);

  g_clear_handle_id (&self->watch_source, g_source_remove);
  g_clear_handle_id (&self->minute_source, g_source_remove);
  g_clear_pointer (&self->runners, g_hash_table_unref);
  g_clear_pointer (&self->paused_workspaces, g_hash_table_unref);
  g_clear_pointer (&self->schedule, g_hash_table_unref);
  g_clear_pointer (&self->drain_waiters, g_ptr_array_unref);
  g_queue_clear_full (&self->start_queue, g_free);
  g_clear_pointer (&self->cgroup, regie_cgroup_free);
  if (self->store != NULL)
    {
      static const char *const decorated[] = { "digital-human", "workspace", "database" };

      for (guint i = 0; i < G_N_ELEMENTS (decorated); i++)
        regie_engine_store_set_decorator (self->store, regie_kind_get (decorated[i]), NULL, NULL);
    }
  g_clear_pointer (&self->live, regie_live_unref);
  g_clear_object (&self->store);
  g_free (self->program);
  g_free (self->data_dir);
  g_free (self->pause_file);
  g_free (self->no_cgroup);

  G_OBJECT_CLASS (regie_supervisor_parent_class)->finalize (object);
}

static void
regie_supervisor_class_init (RegieSupervisorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = regie_supervisor_get_property;
  object_class->set_property = regie_supervisor_set_property;
  object_class->finalize = regie_supervisor_finalize;
  for (guint i = PROP_0 + 1; i < N_PROPS; i++)
    properties[i] = g_param_spec_uint (timings[i].name, NULL, NULL, 1, G_MAXINT, timings[i].fallback,
                                       G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[SIGNAL_HEARTBEAT] = g_signal_new ("heartbeat", REGIE_TYPE_SUPERVISOR, G_SIGNAL_RUN_LAST, 0, NULL,
                                            NULL, NULL, G_TYPE_NONE, 1, JSON_TYPE_OBJECT);
}

static void
regie_supervisor_init (RegieSupervisor *self)
{
  self->runners = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, regie_runner_free);
  self->paused_workspaces = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->schedule = regie_schedule_new ();
  self->drain_waiters = g_ptr_array_new_with_free_func (dex_unref);
}

RegieSupervisor *
regie_supervisor_new (RegieEngineStore *store, const char *program)
{
  RegieSupervisor *self = g_object_new (REGIE_TYPE_SUPERVISOR, NULL);

  self->store = g_object_ref (store);
  self->program = g_strdup (program);
  self->data_dir = g_canonicalize_filename (regie_engine_store_get_data_dir (store), NULL);
  self->pause_file = g_build_filename (self->data_dir, "paused", NULL);
  self->paused = g_file_test (self->pause_file, G_FILE_TEST_EXISTS);
  self->live = regie_live_new (self->data_dir);
  regie_live_decorate (self->live, store);
  self->cgroup = regie_cgroup_new (NULL, NULL, &self->no_cgroup);

  return self;
}

guint
regie_supervisor_count_running (RegieSupervisor *self)
{
  return regie_live_count (self->live, NULL);
}

/* --- changes that nobody waits for --- */

typedef struct
{
  RegieSupervisor *supervisor;
  RegieAfterFunc after;
  gpointer data;
  GDestroyNotify destroy;
} Pending;

static void
pending_free (gpointer data)
{
  Pending *pending = data;

  if (pending->destroy != NULL)
    pending->destroy (pending->data);
  regie_supervisor_end (pending->supervisor);
  g_free (pending);
}

static DexFuture *
on_changed (DexFuture *future, gpointer data)
{
  Pending *pending = data;
  RegieSupervisor *self = pending->supervisor;
  g_autoptr (GError) error = NULL;

  dex_future_get_value (future, &error);
  if (error != NULL)
    g_warning ("A change could not be stored: %s", error->message);
  if (pending->after != NULL)
    pending->after (self, pending->data, error);

  return dex_future_new_true ();
}

void
regie_supervisor_change (RegieSupervisor *self,
                         const char *workspace,
                         RegieTxnFunc func,
                         RegieAfterFunc after,
                         gpointer data,
                         GDestroyNotify destroy)
{
  Pending *pending = g_new0 (Pending, 1);

  pending->supervisor = regie_supervisor_begin (self);
  pending->after = after;
  pending->data = data;
  pending->destroy = destroy;
  dex_future_disown (dex_future_finally (regie_engine_store_change (self->store, workspace, func, data, NULL),
                                         on_changed, pending, pending_free));
}

/* --- runners --- */

RegieRunner *
regie_supervisor_find (RegieSupervisor *self, const char *id)
{
  return g_hash_table_lookup (self->runners, id);
}

/* --- what the API did by itself --- */

static void
for_workspace (RegieSupervisor *self, const char *workspace, void (*func) (RegieRunner *runner))
{
  GHashTableIter iter;
  gpointer runner;

  g_hash_table_iter_init (&iter, self->runners);
  while (g_hash_table_iter_next (&iter, NULL, &runner))
    {
      if (g_str_equal (((RegieRunner *) runner)->workspace, workspace))
        func (runner);
    }
}

static void
refresh (RegieRunner *runner)
{
  dex_future_disown (regie_runner_refresh (runner));
}

static void
human_changed (RegieSupervisor *self, JsonObject *record, gboolean deleted)
{
  gboolean wanted = !deleted && g_str_equal (regie_json_get_text (record, "wanted", ""), "running");
  RegieRunner *runner = regie_supervisor_find (self, regie_json_get_text (record, "id", ""));

  regie_supervisor_schedule (self, record, deleted ? -1 : regie_time_now ());
  if (runner == NULL && !wanted)
    return;
  runner = regie_supervisor_ensure (self, record);
  regie_runner_set_wanted (runner, wanted, regie_json_get_int (record, "rev", 0));
  if (!deleted)
    refresh (runner);
}

static void
stop_for_good (RegieRunner *runner)
{
  runner->wanted = FALSE;
  regie_runner_settle (runner);
}

static void
right_changed (RegieSupervisor *self, JsonObject *record)
{
  const char *human = regie_json_get_text (record, "digital_human", NULL);
  RegieRunner *runner = human != NULL ? regie_supervisor_find (self, human) : NULL;

  if (human == NULL || *human == '\0')
    for_workspace (self, regie_json_get_text (record, "workspace", ""), refresh);
  else if (runner != NULL)
    refresh (runner);
}

static void
task_changed (RegieSupervisor *self, JsonObject *record, gboolean deleted)
{
  RegieRunner *runner = regie_supervisor_find (self, regie_json_get_text (record, "digital_human", ""));

  if (runner == NULL)
    return;
  if (deleted && runner->task != NULL &&
      g_str_equal (regie_json_get_text (runner->task, "id", ""), regie_json_get_text (record, "id", "")) &&
      runner->channel != NULL)
    {
      g_autoptr (JsonObject) message = regie_worker_message (
          "cancel", "task", 's', regie_json_get_text (record, "id", ""), "reason", 's', "cancelled", NULL);

      regie_worker_channel_send (runner->channel, message);
    }
  regie_runner_feed (runner);
}

void
regie_supervisor_record_changed (RegieSupervisor *self,
                                 const RegieKind *kind,
                                 JsonObject *record,
                                 gboolean deleted)
{
  if (g_str_equal (kind->name, "digital-human"))
    human_changed (self, record, deleted);
  else if (g_str_equal (kind->name, "task"))
    task_changed (self, record, deleted);
  else if (g_str_equal (kind->name, "right"))
    right_changed (self, record);
  else if (g_str_equal (kind->name, "workspace") && deleted)
    for_workspace (self, regie_json_get_text (record, "id", ""), stop_for_good);
  else if (g_str_equal (kind->name, "workspace"))
    dex_future_disown (regie_supervisor_resume_workspace (self, regie_json_get_text (record, "id", "")));
}

void
regie_supervisor_emit_heartbeat (RegieSupervisor *self, RegieRunner *runner)
{
  g_autofree char *at = regie_time_to_rfc3339 (regie_time_now ());
  g_autoptr (JsonObject) event = regie_json_object_new (
      "type", 's', "heartbeat", "workspace", 's', runner->workspace, "id", 's', runner->id, "at", 's', at,
      "cpu", 'i', runner->cpu, "memory", 'i', runner->memory_now, NULL);

  g_signal_emit (self, signals[SIGNAL_HEARTBEAT], 0, event);
}
