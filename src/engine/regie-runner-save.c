/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-supervisor-private.h"

#include "core/regie-time.h"

/* What a process does is shown in the record of its Digital Human: state, cause, process number, restarts. */

#define RETRY_DELAY 2000 /* ms */

typedef struct
{
  RegieRunner *runner;
  char *id;
  JsonObject *patch;
  char *action; /* journalled, or NULL */
  char *reason;
} Save;

static void
save_free (gpointer data)
{
  Save *save = data;

  json_object_unref (save->patch);
  g_free (save->id);
  g_free (save->action);
  g_free (save->reason);
  g_free (save);
}

static void
set_or_clear (JsonObject *patch, const char *name, gint64 value)
{
  if (value > 0)
    json_object_set_int_member (patch, name, value);
  else
    json_object_set_null_member (patch, name);
}

static JsonObject *
describe (RegieRunner *self)
{
  JsonObject *patch =
      regie_json_object_new ("state", 's', self->state, "restarts", 'i', (gint64) self->restarts, NULL);

  regie_cause_store (patch, "cause", self->cause);
  set_or_clear (patch, "pid", self->pid);
  set_or_clear (patch, "started_at", self->started_at);
  set_or_clear (patch, "next_restart_at", self->next_restart_at);

  return patch;
}

static gboolean
save (RegieTxn *txn, gpointer data, GError **error)
{
  Save *self = data;
  const RegieKind *kind = regie_kind_get ("digital-human");
  g_autoptr (JsonObject) record = NULL;

  regie_txn_set_who (txn, "engine");
  record = regie_txn_patch_any (txn, kind, self->id, self->patch, error);
  if (record == NULL)
    return FALSE;

  return self->action == NULL ||
         regie_txn_audit (txn, self->action, kind, record, NULL, self->patch, self->reason, error);
}

static gboolean
on_retry (gpointer data)
{
  RegieRunner *self = data;

  self->save_timer = 0;
  regie_runner_save (self, NULL, NULL);

  return G_SOURCE_REMOVE;
}

static void
after_save (RegieSupervisor *supervisor, gpointer data, const GError *error)
{
  RegieRunner *self = ((Save *) data)->runner;

  if (error == NULL || g_error_matches (error, REGIE_ERROR, REGIE_ERROR_NOT_FOUND) || supervisor->draining)
    return;
  if (self->save_timer == 0)
    self->save_timer = g_timeout_add (RETRY_DELAY, on_retry, self);
}

void
regie_runner_save (RegieRunner *self, const char *action, const char *reason)
{
  Save *data = g_new0 (Save, 1);

  data->runner = self;
  data->id = g_strdup (self->id);
  data->patch = describe (self);
  data->action = g_strdup (action);
  data->reason = g_strdup (reason);
  regie_supervisor_change (self->supervisor, self->workspace, save, after_save, data, save_free);
}
