/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-backup-private.h"

#include "core/regie-time.h"
#include "regie-worker-db.h"

/* The actions on databases and backups. The work is done first; then one change says so. */

/* act->extra is what changed in the database's record. */
static gboolean
note_action (RegieTxn *txn, RegieAct *act, GError **error)
{
  act->record = act->extra != NULL ? regie_txn_patch (txn, act->kind, act->id, act->extra, -1, error)
                                   : regie_txn_get (txn, act->kind, act->id, FALSE, error);

  return act->record != NULL &&
         regie_txn_audit (txn, act->action, act->kind, act->record, NULL, act->extra, NULL, error);
}

static JsonObject *
get_record (RegieAct *act, const RegieKind *kind, const char *id, GError **error)
{
  return dex_await_boxed (regie_engine_store_get (act->supervisor->store, kind, id), error);
}

static gboolean
check (RegieAct *act, const char *human, GError **error)
{
  g_autoptr (GError) wrong = NULL;
  g_autoptr (JsonObject) figures =
      dex_await_boxed (regie_supervisor_maintain (act->supervisor, human, "check", NULL), &wrong);

  if (figures == NULL && !g_error_matches (wrong, REGIE_ERROR, REGIE_ERROR_CORRUPT))
    {
      g_propagate_error (error, g_steal_pointer (&wrong));
      return FALSE;
    }
  act->extra = figures != NULL ? g_steal_pointer (&figures) : json_object_new ();
  json_object_set_string_member (act->extra, "integrity", wrong == NULL ? "sound" : "damaged");
  json_object_set_int_member (act->extra, "checked_at", regie_time_now ());

  return TRUE;
}

gboolean
regie_act_on_database (RegieAct *act, GError **error)
{
  g_autoptr (JsonObject) record = get_record (act, act->kind, act->id, error);
  g_autoptr (JsonObject) backup = NULL;
  const char *human = regie_json_get_text (record, "digital_human", "");

  if (record == NULL)
    return FALSE;
  act->func = note_action;
  if (g_str_equal (act->action, "check"))
    return check (act, human, error) && regie_act_commit (act, error);
  if (g_str_equal (act->action, "compact"))
    {
      act->extra =
          dex_await_boxed (regie_supervisor_maintain (act->supervisor, human, "compact", NULL), error);
      return act->extra != NULL && regie_act_commit (act, error);
    }
  if (g_str_equal (act->action, "backup"))
    {
      backup = dex_await_boxed (
          regie_supervisor_back_up (act->supervisor, human, act->workspace, "user", act->who), error);
      return backup != NULL && regie_act_commit (act, error);
    }
  g_set_error (error, REGIE_ERROR, REGIE_ERROR_NOT_FOUND, "A database has no action \"%s\"", act->action);

  return FALSE;
}

/* --- restoring --- */

typedef struct
{
  char *source;
  char *path;
} Restore;

static gboolean
restore_on_thread (gpointer data, GError **error)
{
  Restore *self = data;

  return regie_db_restore_file (self->source, self->path, &regie_worker_db_schema, error);
}

static gboolean
restored_action (RegieTxn *txn, RegieAct *act, GError **error)
{
  const char *human;

  act->record = regie_txn_get (txn, act->kind, act->id, FALSE, error);
  human = regie_json_get_text (act->record, "digital_human", "");

  return act->record != NULL && regie_backup_patch_database (txn, human, act->extra, error) &&
         regie_txn_audit (txn, act->action, act->kind, act->record, NULL, NULL, NULL, error);
}

/* The file is nobody's meanwhile. What is there now is kept as a backup; when it is too damaged for one,
 * under another name beside it. */
static gboolean
restore_held (RegieAct *act, RegieRunner *runner, const char *file, GError **error)
{
  RegieSupervisor *self = act->supervisor;
  g_autofree char *source = g_build_filename (self->data_dir, file, NULL);
  g_autofree char *path = regie_worker_db_path (self->data_dir, runner->id);
  Restore restore = { .source = source, .path = path };
  g_autoptr (JsonObject) safety = NULL;

  if (!dex_await (regie_runner_when_down (runner), error))
    return FALSE;
  if (!g_file_test (source, G_FILE_TEST_EXISTS))
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_NOT_FOUND, "The backup's file %s is not there any more",
                   source);
      return FALSE;
    }
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_autoptr (GError) wrong = NULL;

      safety = dex_await_boxed (
          regie_supervisor_back_up (self, runner->id, runner->workspace, "restore", act->who), &wrong);
      if (safety == NULL && !g_error_matches (wrong, REGIE_ERROR, REGIE_ERROR_CORRUPT) &&
          !g_error_matches (wrong, REGIE_ERROR, REGIE_ERROR_INVALID))
        {
          g_propagate_prefixed_error (error, g_steal_pointer (&wrong),
                                      "Nothing was restored, since what is there could "
                                      "not be kept: ");
          return FALSE;
        }
    }

  return dex_await (regie_on_thread (restore_on_thread, &restore), error);
}

gboolean
regie_act_on_backup (RegieAct *act, GError **error)
{
  RegieSupervisor *self = act->supervisor;
  g_autoptr (JsonObject) record = get_record (act, act->kind, act->id, error);
  g_autoptr (JsonObject) figures = NULL;
  RegieRunner *runner;
  gboolean ok;

  if (record == NULL)
    return FALSE;
  if (!g_str_equal (act->action, "restore-database"))
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_NOT_FOUND, "A backup has no action \"%s\"", act->action);
      return FALSE;
    }
  runner = regie_backup_get_runner (self, regie_json_get_text (record, "digital_human", ""), error);
  if (runner == NULL)
    return FALSE;
  regie_runner_hold (runner);
  regie_runner_settle (runner);
  ok = restore_held (act, runner, regie_json_get_text (record, "file", ""), error);
  if (ok)
    {
      /* Looks at the restored file, and counts it. */
      figures = dex_await_boxed (regie_supervisor_maintain (self, runner->id, "check", NULL), error);
      ok = figures != NULL;
    }
  regie_runner_release (runner);
  if (!ok)
    return FALSE;
  act->extra = g_steal_pointer (&figures);
  json_object_set_string_member (act->extra, "integrity", "sound");
  json_object_set_int_member (act->extra, "checked_at", regie_time_now ());
  act->func = restored_action;

  return regie_act_commit (act, error);
}
