/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-supervisor-private.h"

#include <errno.h>
#include <glib/gstdio.h>

/* The pause of everything; it is a file of its own, so that no workspace has to be open for it. */

void
regie_supervisor_tell_paused (RegieSupervisor *self, const char *workspace)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->runners);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      RegieRunner *runner = value;

      if (workspace == NULL || g_str_equal (runner->workspace, workspace))
        regie_runner_send_paused (runner);
    }
}

static gboolean
write_pause_file (RegieSupervisor *self, gboolean paused, GError **error)
{
  if (paused)
    return g_file_set_contents_full (self->pause_file, "paused\n", -1,
                                     G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                     error);
  if (g_unlink (self->pause_file) == 0 || errno == ENOENT)
    return TRUE;
  g_set_error (error, REGIE_ERROR, REGIE_ERROR_READ_ONLY, "%s cannot be removed: %s", self->pause_file,
               g_strerror (errno));

  return FALSE;
}

typedef struct
{
  RegieSupervisor *supervisor;
  gboolean paused;
  char *who;
} Pause;

static void
pause_free (gpointer data)
{
  Pause *self = data;

  g_object_unref (self->supervisor);
  g_free (self->who);
  g_free (self);
}

static gboolean
audit_pause (RegieTxn *txn, gpointer data, GError **error)
{
  Pause *self = data;
  const RegieKind *kind = regie_kind_get ("workspace");
  g_autoptr (JsonObject) record = regie_txn_get (txn, kind, regie_txn_get_workspace (txn), TRUE, error);
  g_autoptr (JsonObject) before = regie_json_object_new ("everything_paused", 'b', !self->paused, NULL);
  g_autoptr (JsonObject) after = regie_json_object_new ("everything_paused", 'b', self->paused, NULL);

  regie_txn_set_who (txn, self->who);

  return record != NULL && regie_txn_audit (txn, self->paused ? "pause" : "resume", kind, record, before,
                                            after, "Everything", error);
}

static gboolean
write_on_thread (gpointer data, GError **error)
{
  Pause *self = data;

  return write_pause_file (self->supervisor, self->paused, error);
}

static DexFuture *
pause_fiber (gpointer data)
{
  Pause *self = data;
  RegieSupervisor *supervisor = self->supervisor;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) workspaces = NULL;

  if (supervisor->paused == self->paused)
    return dex_future_new_true ();
  /* Stopping is never made to wait for the disk; going on is, so that no pause is forgotten. */
  if (self->paused)
    {
      supervisor->paused = TRUE;
      regie_supervisor_tell_paused (supervisor, NULL);
    }
  if (!dex_await (regie_on_thread (write_on_thread, self), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));
  supervisor->paused = self->paused;
  regie_supervisor_tell_paused (supervisor, NULL);

  workspaces = regie_engine_store_list_workspaces (supervisor->store);
  for (guint i = 0; workspaces[i] != NULL; i++)
    {
      if (!dex_await (regie_engine_store_change (supervisor->store, workspaces[i], audit_pause, self, NULL),
                      &error))
        g_warning ("The journal of workspace %s could not be written: %s", workspaces[i], error->message);
      g_clear_error (&error);
    }

  return dex_future_new_true ();
}

DexFuture *
regie_supervisor_set_paused (RegieSupervisor *self, gboolean paused, const char *who)
{
  Pause *data = g_new0 (Pause, 1);

  data->supervisor = g_object_ref (self);
  data->paused = paused;
  data->who = g_strdup (who);

  return regie_spawn (self, pause_fiber, data, pause_free);
}

gboolean
regie_supervisor_get_paused (RegieSupervisor *self)
{
  return self->paused;
}
