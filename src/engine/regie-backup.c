/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-backup-private.h"

#include "core/regie-time.h"
#include "regie-worker-db.h"

/* Care for a Digital Human's database: the worker does it while it runs, since the file has one writer; else
 * the engine opens the file for as long as it takes. */

#define START_WAIT 15000 /* ms */
#define START_STEP 20

char *
regie_backup_find_database (sqlite3 *db, const char *digital_human)
{
  return regie_db_get_text (
      db, "SELECT id FROM \"database\" WHERE deleted_at IS NULL AND ifnull (\"digital_human\", '') = ?", "s",
      digital_human);
}

/* --- the record of kind "database" --- */

typedef struct
{
  char *id;
  JsonObject *patch;
} Note;

static void
note_free (gpointer data)
{
  Note *self = data;

  json_object_unref (self->patch);
  g_free (self->id);
  g_free (self);
}

gboolean
regie_backup_patch_database (RegieTxn *txn, const char *digital_human, JsonObject *patch, GError **error)
{
  const RegieKind *kind = regie_kind_get ("database");
  g_autofree char *id = regie_backup_find_database (regie_txn_get_db (txn), digital_human);
  g_autofree char *file = g_strdup_printf ("digital-humans/%s.db", digital_human);
  g_autoptr (JsonObject) record = NULL;

  if (id != NULL)
    {
      record = regie_txn_patch (txn, kind, id, patch, -1, error);
      return record != NULL;
    }
  record = regie_json_object_new ("digital_human", 's', digital_human, "file", 's', file, "integrity", 's',
                                  "unchecked", NULL);
  {
    g_autoptr (JsonObject) whole = regie_json_apply (record, patch);

    return regie_txn_put (txn, kind, whole, error);
  }
}

static gboolean
store_note (RegieTxn *txn, gpointer data, GError **error)
{
  Note *self = data;

  regie_txn_set_who (txn, "engine");

  return regie_backup_patch_database (txn, self->id, self->patch, error);
}

static void
note (RegieSupervisor *self, const char *id, const char *workspace, JsonObject *patch)
{
  Note *data = g_new0 (Note, 1);

  data->id = g_strdup (id);
  data->patch = patch;
  regie_supervisor_change (self, workspace, store_note, NULL, data, note_free);
}

void
regie_supervisor_note_database (RegieSupervisor *self, RegieRunner *runner, JsonObject *figures)
{
  note (self, runner->id, runner->workspace,
        regie_json_object_new ("size", 'i', regie_json_get_int (figures, "size", 0), "rows", 'i',
                               regie_json_get_int (figures, "rows", 0), NULL));
}

void
regie_supervisor_note_damage (RegieSupervisor *self, const char *id, const char *workspace)
{
  note (self, id, workspace,
        regie_json_object_new ("integrity", 's', "damaged", "checked_at", 'i', regie_time_now (), NULL));
}

/* --- work on a file that nobody has open --- */

static gboolean
close_on_thread (gpointer data, GError **error)
{
  regie_db_close (data);

  return TRUE;
}

static gboolean
count_rows (sqlite3 *db, gpointer data, GError **error)
{
  *(gint64 *) data = regie_worker_db_count (db);

  return TRUE;
}

static DexFuture *
begin_work (RegieDb *db, const char *what, const char *file)
{
  if (g_str_equal (what, "check"))
    return regie_db_check (db);
  if (g_str_equal (what, "backup"))
    return regie_db_backup (db, file);

  return regie_db_compact (db);
}

/* In a fiber. */
static JsonObject *
work_on_file (const char *path, const char *what, const char *file, GError **error)
{
  g_autoptr (RegieDb) db = NULL;
  gint64 rows = 0;
  gboolean ok;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_NOT_FOUND, "The file %s is not there", path);
      return NULL;
    }
  db = dex_await_object (
      regie_db_open_async (path, &regie_worker_db_schema, REGIE_DB_DURABLE | REGIE_DB_LOCK, NULL), error);
  if (db == NULL)
    return NULL;
  ok = dex_await (begin_work (db, what, file), error) &&
       dex_await (regie_db_read (db, count_rows, &rows, NULL), error);
  dex_await (regie_on_thread (close_on_thread, db), NULL);
  if (!ok)
    return NULL;

  return regie_json_object_new ("size", 'i', regie_worker_db_size (path), "rows", 'i', rows, NULL);
}

/* --- whoever has it --- */

typedef struct
{
  RegieSupervisor *supervisor;
  char *id;
  char *what;
  char *file; /* or NULL */
} Care;

static void
care_free (gpointer data)
{
  Care *self = data;

  g_object_unref (self->supervisor);
  g_free (self->id);
  g_free (self->what);
  g_free (self->file);
  g_free (self);
}

RegieRunner *
regie_backup_get_runner (RegieSupervisor *self, const char *id, GError **error)
{
  RegieRunner *runner = regie_supervisor_find (self, id);
  g_autoptr (JsonObject) record = NULL;

  if (runner != NULL)
    return runner;
  record =
      dex_await_boxed (regie_engine_store_get (self->store, regie_kind_get ("digital-human"), id), error);

  return record != NULL ? regie_supervisor_ensure (self, record) : NULL;
}

/* Until it neither starts nor stops. */
static void
wait_for_calm (RegieRunner *runner)
{
  for (guint waited = 0; waited < START_WAIT; waited += START_STEP)
    {
      if (runner->phase == REGIE_RUNNER_UP || runner->phase == REGIE_RUNNER_DOWN)
        return;
      dex_await (dex_timeout_new_msec (START_STEP), NULL);
    }
}

static DexFuture *
care_fiber (gpointer data)
{
  Care *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) figures = NULL;
  RegieRunner *runner = regie_backup_get_runner (self->supervisor, self->id, &error);

  if (runner == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));
  wait_for_calm (runner);
  if (runner->phase == REGIE_RUNNER_UP)
    {
      g_autoptr (JsonObject) reply =
          dex_await_boxed (regie_runner_request (runner, self->what, self->file), &error);

      if (reply != NULL)
        figures = regie_json_object_new ("size", 'i', regie_json_get_int (reply, "size", 0), "rows", 'i',
                                         regie_json_get_int (reply, "rows", 0), NULL);
    }
  else if (runner->phase == REGIE_RUNNER_DOWN)
    {
      g_autofree char *path = regie_worker_db_path (self->supervisor->data_dir, self->id);

      regie_runner_hold (runner);
      figures = work_on_file (path, self->what, self->file, &error);
      regie_runner_release (runner);
    }
  else
    {
      g_set_error (&error, REGIE_ERROR, REGIE_ERROR_STATE,
                   "The Digital Human is starting or stopping; try again");
    }

  return figures != NULL ? dex_future_new_take_boxed (JSON_TYPE_OBJECT, g_steal_pointer (&figures))
                         : dex_future_new_for_error (g_steal_pointer (&error));
}

DexFuture *
regie_supervisor_maintain (RegieSupervisor *self, const char *id, const char *what, const char *file)
{
  Care *care = g_new0 (Care, 1);

  care->supervisor = g_object_ref (self);
  care->id = g_strdup (id);
  care->what = g_strdup (what);
  care->file = g_strdup (file);

  return regie_spawn (self, care_fiber, care, care_free);
}
