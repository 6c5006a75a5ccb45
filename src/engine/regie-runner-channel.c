/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-supervisor-private.h"

#include "core/regie-time.h"
#include "regie-right.h"

/* What is said to a worker and what it says. */

/* --- settings --- */

const char *
regie_supervisor_why_paused (RegieSupervisor *self, const char *workspace, JsonObject *human)
{
  if (self->paused)
    return "paused-everything";
  if (g_hash_table_contains (self->paused_workspaces, workspace))
    return "paused-workspace";
  if (regie_json_get_bool (human, "paused", FALSE))
    return "paused-digital-human";

  return NULL;
}

typedef struct
{
  RegieRunner *runner;
  char *id;
  JsonObject *human;
  JsonArray *rights;
} Settings;

static void
settings_free (gpointer data)
{
  Settings *settings = data;

  g_clear_pointer (&settings->human, json_object_unref);
  g_clear_pointer (&settings->rights, json_array_unref);
  g_free (settings->id);
  regie_supervisor_end (settings->runner->supervisor);
  g_free (settings);
}

static gboolean
read_settings (sqlite3 *db, gpointer data, GError **error)
{
  Settings *settings = data;
  g_autofree char *human =
      regie_db_get_text (db, "SELECT data FROM digital_human WHERE id = ?", "s", settings->id);

  if (human == NULL)
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_NOT_FOUND, "There is no Digital Human %s", settings->id);
      return FALSE;
    }
  settings->human = regie_json_parse_object (human, -1, error);
  settings->rights = regie_right_read (db, settings->id, error);

  return settings->human != NULL && settings->rights != NULL;
}

static JsonObject *
make_limits (RegieRunner *self)
{
  return regie_json_object_new ("cpu", 'i', regie_json_get_int (self->record, "cpu_limit", 0), "memory", 'i',
                                regie_json_get_int (self->record, "memory_limit", 0), "cgroup", 'b',
                                self->supervisor->cgroup != NULL, NULL);
}

static void
send_settings (RegieRunner *self, JsonArray *rights)
{
  RegieSupervisor *supervisor = self->supervisor;
  g_autoptr (JsonObject) message = regie_worker_message (
      self->introduced ? "settings" : "start", "settings", 'o', json_object_ref (self->record), "rights", 'a',
      regie_right_effective (rights, self->id, NULL), "paused", 's',
      regie_supervisor_why_paused (supervisor, self->workspace, self->record), NULL);

  if (!self->introduced)
    {
      json_object_set_int_member (message, "version", REGIE_WORKER_PROTOCOL_VERSION);
      json_object_set_string_member (message, "id", self->id);
      json_object_set_string_member (message, "workspace", self->workspace);
      json_object_set_string_member (message, "data_dir", supervisor->data_dir);
      json_object_set_int_member (message, "heartbeat", supervisor->heartbeat);
      json_object_set_object_member (message, "limits", make_limits (self));
    }
  self->introduced = TRUE;
  regie_worker_channel_send (self->channel, message);
}

static DexFuture *
on_settings (DexFuture *future, gpointer data)
{
  Settings *settings = data;
  RegieRunner *self = settings->runner;
  g_autoptr (GError) error = NULL;

  self->refreshing--;
  if (dex_future_get_value (future, &error) == NULL)
    {
      g_warning ("Settings of Digital Human %s cannot be read: %s", self->id, error->message);
      if (!self->introduced)
        regie_runner_kill (self, regie_cause_new_for_error (error));
      return dex_future_new_for_error (g_steal_pointer (&error));
    }
  /* A change that was told meanwhile is newer than what was read. */
  if (regie_json_get_int (settings->human, "rev", 0) >= regie_json_get_int (self->record, "rev", 0))
    {
      g_clear_pointer (&self->record, json_object_unref);
      self->record = json_object_ref (settings->human);
    }
  if (self->channel != NULL)
    send_settings (self, settings->rights);
  regie_runner_feed (self);

  return dex_future_new_true ();
}

DexFuture *
regie_runner_refresh (RegieRunner *self)
{
  Settings *settings;

  if (self->channel == NULL)
    return dex_future_new_true ();
  settings = g_new0 (Settings, 1);
  settings->runner = self;
  settings->id = g_strdup (self->id);
  regie_supervisor_begin (self->supervisor);
  self->refreshing++;

  return dex_future_finally (
      regie_engine_store_read (self->supervisor->store, self->workspace, read_settings, settings, NULL),
      on_settings, settings, settings_free);
}

void
regie_runner_send_paused (RegieRunner *self)
{
  g_autoptr (JsonObject) message = NULL;

  if (self->channel == NULL || !self->introduced)
    return;
  message = regie_worker_message (
      "settings", "paused", 's',
      regie_supervisor_why_paused (self->supervisor, self->workspace, self->record), NULL);
  regie_worker_channel_send (self->channel, message);
}

/* --- what it says --- */

static void
on_heartbeat (RegieRunner *self, JsonObject *message)
{
  RegieLiveFigures figures = { .up = self->phase == REGIE_RUNNER_UP,
                               .heartbeat_at = regie_time_now (),
                               .rows = regie_json_get_int (message, "rows", -1) };
  gint64 limit = regie_json_get_int (self->record, "memory_limit", 0);

  self->cpu = regie_json_get_int (message, "cpu", self->cpu);
  self->memory_now = regie_json_get_int (message, "memory", 0);
  self->memory = MAX (self->memory, self->memory_now);
  regie_live_set (self->supervisor->live, self->id, self->workspace, &figures);
  regie_supervisor_emit_heartbeat (self->supervisor, self);
  if (limit > 0 && self->memory_now > limit * 1024)
    regie_runner_kill (
        self, regie_cause_new ("memory-limit", regie_json_object_new ("used", 'i', self->memory_now / 1024,
                                                                      "limit", 'i', limit, NULL)));
}

static void
on_failed (RegieRunner *self, JsonObject *message)
{
  static const struct
  {
    const char *error, *cause;
  } causes[] = { { "corrupt", "database-corrupt" },
                 { "newer", "database-newer" },
                 { "locked", "database-locked" },
                 { "full", "disk-full" },
                 { "read-only", "read-only" } };
  const char *code = regie_json_get_text (message, "code", "");
  const char *cause = "database-unusable";

  for (guint i = 0; i < G_N_ELEMENTS (causes); i++)
    {
      if (g_str_equal (code, causes[i].error))
        cause = causes[i].cause;
    }
  g_clear_pointer (&self->end_cause, json_object_unref);
  self->end_cause = regie_cause_new (
      cause, regie_json_object_new ("detail", 's',
                                    regie_json_get_text (message, "error", "It could not start"), NULL));
  if (g_str_equal (code, "corrupt"))
    regie_supervisor_note_damage (self->supervisor, self->id, self->workspace);
}

static void
on_reply (RegieRunner *self, JsonObject *message)
{
  gint64 number = regie_json_get_int (message, "request", 0);
  DexPromise *promise = g_hash_table_lookup (self->requests, &number);
  g_auto (GValue) value = G_VALUE_INIT;
  RegieError code = REGIE_ERROR_FAILED;

  if (promise == NULL)
    return;
  if (regie_json_get_bool (message, "ok", FALSE))
    {
      g_value_init (&value, JSON_TYPE_OBJECT);
      g_value_set_boxed (&value, message);
      dex_promise_resolve (promise, &value);
    }
  else
    {
      regie_error_code_from_string (regie_json_get_text (message, "code", ""), &code);
      dex_promise_reject (
          promise, g_error_new_literal (REGIE_ERROR, code, regie_json_get_text (message, "error", "")));
    }
  g_hash_table_remove (self->requests, &number);
}

static void
on_message (const char *type, JsonObject *message, gpointer data)
{
  RegieRunner *self = data;

  self->heard_at = g_get_monotonic_time ();
  if (g_str_equal (type, "heartbeat"))
    on_heartbeat (self, message);
  else if (g_str_equal (type, "result"))
    regie_runner_on_result (self, message);
  else if (g_str_equal (type, "reply"))
    on_reply (self, message);
  else if (g_str_equal (type, "hello"))
    regie_runner_on_hello (self, message);
  else if (g_str_equal (type, "failed"))
    on_failed (self, message);
}

static gboolean
on_lingering (gpointer data)
{
  RegieRunner *self = data;

  self->stop_timer = 0;
  regie_runner_kill (self, NULL);

  return G_SOURCE_REMOVE;
}

static void
on_closed (gpointer data)
{
  RegieRunner *self = data;

  /* It closes its end when it ends; a process without a channel is of no use. */
  if (self->stop_timer == 0)
    self->stop_timer = g_timeout_add (self->supervisor->grace, on_lingering, self);
}

/* --- requests --- */

DexFuture *
regie_runner_request (RegieRunner *self, const char *what, const char *file)
{
  DexPromise *promise;
  g_autoptr (JsonObject) message = NULL;

  if (self->phase != REGIE_RUNNER_UP)
    return dex_future_new_reject (REGIE_ERROR, REGIE_ERROR_STATE, "The Digital Human does not run");
  self->last_request++;
  promise = dex_promise_new ();
  g_hash_table_insert (self->requests, g_memdup2 (&self->last_request, sizeof (gint64)), dex_ref (promise));
  message = regie_worker_message ("request", "request", 'i', self->last_request, "what", 's', what, NULL);
  if (file != NULL)
    json_object_set_string_member (message, "file", file);
  regie_worker_channel_send (self->channel, message);

  return DEX_FUTURE (promise);
}

void
regie_runner_connect (RegieRunner *self, int fd)
{
  self->introduced = FALSE;
  self->channel = regie_worker_channel_new (fd, on_message, on_closed, self);
}

void
regie_runner_disconnect (RegieRunner *self)
{
  GHashTableIter iter;
  gpointer promise;

  g_clear_pointer (&self->channel, regie_worker_channel_free);
  g_hash_table_iter_init (&iter, self->requests);
  while (g_hash_table_iter_next (&iter, NULL, &promise))
    {
      dex_promise_reject (promise, g_error_new_literal (REGIE_ERROR, REGIE_ERROR_STATE,
                                                        "The Digital Human's process ended meanwhile"));
      g_hash_table_iter_remove (&iter);
    }
}
