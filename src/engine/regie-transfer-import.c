/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-supervisor-private.h"
#include "regie-transfer.h"

#include <glib/gstdio.h>

#include "core/regie-id.h"
#include "core/regie-time.h"
#include "regie-task-turn.h"
#include "regie-worker-db.h"

/* All or nothing: first the Digital Humans' files under their new ids, which nobody knows yet, then the
 * workspace in one transaction; when that fails the files go again. */

typedef struct
{
  RegieSupervisor *supervisor;
  GBytes *text;
  char *who;
  RegieRememberFunc remember; /* with its data, or NULL */
  gpointer remember_data;
  GDestroyNotify remember_destroy;
  RegieTransfer *transfer;
  GHashTable *ids;   /* old -> new */
  GPtrArray *humans; /* old ids of those with a database */
  char *workspace;   /* new id */
  JsonObject *record;
  GPtrArray *scheduled; /* records of Digital Humans, as stored */
} Import;

static void
import_free (gpointer data)
{
  Import *self = data;

  if (self->remember_destroy != NULL)
    self->remember_destroy (self->remember_data);
  g_object_unref (self->supervisor);
  g_bytes_unref (self->text);
  g_clear_pointer (&self->transfer, regie_transfer_free);
  g_clear_pointer (&self->record, json_object_unref);
  g_hash_table_unref (self->ids);
  g_ptr_array_unref (self->humans);
  g_ptr_array_unref (self->scheduled);
  g_free (self->workspace);
  g_free (self->who);
  g_free (self);
}

static const char *
new_id (Import *self, const char *old)
{
  return g_hash_table_lookup (self->ids, old);
}

/* --- the files --- */

typedef struct
{
  Import *import;
  const char *human; /* old id */
} Filling;

static gboolean
insert_row (Import *self, sqlite3 *db, RegieTransferRow *row, GError **error)
{
  const char *table = regie_worker_db_tables[row->table];
  const RegieTransferColumn *columns = regie_transfer_get_columns (table);
  g_autoptr (GString) sql = g_string_new (NULL);
  g_autoptr (GString) marks = g_string_new (NULL);
  g_autoptr (sqlite3_stmt) stmt = NULL;

  g_string_append_printf (sql, "INSERT INTO \"%s\" (", table);
  for (guint i = 0; columns[i].name != NULL; i++)
    {
      g_string_append_printf (sql, "%s\"%s\"", i > 0 ? ", " : "", columns[i].name);
      g_string_append (marks, i > 0 ? ", ?" : "?");
    }
  g_string_append_printf (sql, ") VALUES (%s)", marks->str);
  stmt = regie_db_prepare (db, sql->str, error);
  if (stmt == NULL)
    return FALSE;
  for (guint i = 0; columns[i].name != NULL; i++)
    {
      const char *text = regie_json_get_text (row->row, columns[i].name, NULL);
      const char *task = columns[i].is_task && text != NULL ? new_id (self, text) : NULL;

      if (columns[i].is_text)
        sqlite3_bind_text (stmt, i + 1, task != NULL ? task : text, -1, SQLITE_TRANSIENT);
      else if (!json_object_get_null_member (row->row, columns[i].name))
        sqlite3_bind_int64 (stmt, i + 1, regie_json_get_int (row->row, columns[i].name, 0));
    }
  if (regie_db_step (stmt, error) == 0)
    return TRUE;
  g_prefix_error (error, "line %u: ", row->line);

  return FALSE;
}

static gboolean
fill_database (sqlite3 *db, gpointer data, GError **error)
{
  Filling *self = data;
  GPtrArray *rows = self->import->transfer->rows;

  for (guint i = 0; i < rows->len; i++)
    {
      RegieTransferRow *row = g_ptr_array_index (rows, i);

      if (g_str_equal (row->digital_human, self->human) && !insert_row (self->import, db, row, error))
        return FALSE;
    }

  return TRUE;
}

static int
compare_rows (gconstpointer a, gconstpointer b)
{
  const RegieTransferRow *left = *(RegieTransferRow *const *) a;
  const RegieTransferRow *right = *(RegieTransferRow *const *) b;

  return g_strcmp0 (left->digital_human, right->digital_human);
}

static void
remove_files (Import *self)
{
  static const char *const suffixes[] = { "", "-wal", "-shm", ".lock", ".unclean" };

  for (guint i = 0; i < self->humans->len; i++)
    {
      g_autofree char *path = regie_worker_db_path (self->supervisor->data_dir,
                                                    new_id (self, g_ptr_array_index (self->humans, i)));

      for (guint s = 0; s < G_N_ELEMENTS (suffixes); s++)
        {
          g_autofree char *file = g_strconcat (path, suffixes[s], NULL);

          g_unlink (file);
        }
    }
}

static gboolean
make_files (Import *self, GError **error)
{
  for (guint i = 0; i < self->humans->len; i++)
    {
      Filling filling = { .import = self, .human = g_ptr_array_index (self->humans, i) };
      g_autoptr (RegieDb) db =
          regie_worker_db_open (self->supervisor->data_dir, new_id (self, filling.human), error);
      gboolean ok = db != NULL && regie_db_write_sync (db, fill_database, &filling, error);

      if (db != NULL)
        regie_db_close (db);
      if (!ok)
        return FALSE;
    }

  return TRUE;
}

static void
assign_ids (Import *self)
{
  for (guint i = 0; i < self->transfer->records->len; i++)
    {
      RegieTransferRecord *entry = g_ptr_array_index (self->transfer->records, i);
      const char *id = regie_json_get_text (entry->record, "id", NULL);

      if (id != NULL && g_hash_table_lookup (self->ids, id) == NULL)
        g_hash_table_insert (self->ids, g_strdup (id), regie_id_new_object ());
      if (g_str_equal (entry->kind->name, "database"))
        g_ptr_array_add (self->humans, g_strdup (regie_json_get_text (entry->record, "digital_human", "")));
    }
  self->workspace = g_strdup (new_id (self, regie_json_get_text (self->transfer->workspace, "id", "")));
}

static gboolean
prepare (gpointer data, GError **error)
{
  Import *self = data;

  self->transfer = regie_transfer_check (self->text, error);
  if (self->transfer == NULL)
    return FALSE;
  assign_ids (self);
  g_ptr_array_sort (self->transfer->rows, compare_rows);
  if (make_files (self, error))
    return TRUE;
  remove_files (self);

  return FALSE;
}

static gboolean
take_back (gpointer data, GError **error)
{
  remove_files (data);

  return TRUE;
}

/* --- the records --- */

static void
map_references (Import *self, const RegieKind *kind, JsonObject *record)
{
  for (guint i = 0; i < kind->n_fields; i++)
    {
      const RegieField *field = &kind->fields[i];
      const char *old = regie_json_get_text (record, field->name, NULL);

      if (field->type == REGIE_FIELD_REF && old != NULL && new_id (self, old) != NULL)
        json_object_set_string_member (record, field->name, new_id (self, old));
    }
  if (regie_json_get_text (record, "id", NULL) != NULL)
    json_object_set_string_member (record, "id", new_id (self, regie_json_get_text (record, "id", "")));
}

static void
remove_members (JsonObject *record, const char *const *names)
{
  for (guint i = 0; names[i] != NULL; i++)
    json_object_remove_member (record, names[i]);
}

/* Nothing runs there yet. */
static void
settle_human (JsonObject *record)
{
  static const char *const process[] = { "pid",        "started_at", "next_restart_at", "cause", "cause_code",
                                         "cause_args", NULL };

  json_object_set_string_member (record, "wanted", "stopped");
  json_object_set_string_member (record, "state", "stopped");
  remove_members (record, process);
}

static void
settle_task (JsonObject *record)
{
  g_autoptr (JsonObject) message = NULL;
  static const char *const members[] = { "error", "error_code", "error_args" };

  if (!g_str_equal (regie_json_get_text (record, "state", ""), "running"))
    return;
  message = regie_task_interrupted (record, 0, "was-exported");
  json_object_set_string_member (record, "state", regie_json_get_text (message, "state", "unknown"));
  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    {
      JsonNode *node = json_object_get_member (message, members[i]);

      if (node != NULL)
        json_object_set_member (record, members[i], json_node_copy (node));
    }
}

static void
settle (Import *self, const RegieKind *kind, JsonObject *record)
{
  map_references (self, kind, record);
  if (g_str_equal (kind->name, "digital-human"))
    settle_human (record);
  else if (g_str_equal (kind->name, "task"))
    settle_task (record);
  else if (g_str_equal (kind->name, "workspace"))
    json_object_remove_member (record, "sample");
  else if (g_str_equal (kind->name, "database"))
    {
      g_autofree char *file =
          g_strdup_printf ("digital-humans/%s.db", regie_json_get_text (record, "digital_human", ""));

      json_object_set_string_member (record, "file", file);
      json_object_remove_member (record, "last_backup_at");
    }
}

static gboolean
insert_minute (sqlite3 *db, JsonObject *record, GError **error)
{
  static const char *const percentiles[] = { "latency_p50", "latency_p95" };
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (db,
                                                    "INSERT OR REPLACE INTO metric (digital_human, at, "
                                                    "tasks, errors, cpu, memory, latency_p50, latency_p95)"
                                                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                                                    error);

  if (stmt == NULL)
    return FALSE;
  regie_db_bind (stmt, "siiiii", regie_json_get_text (record, "digital_human", ""),
                 regie_json_get_int (record, "at", 0), regie_json_get_int (record, "tasks", 0),
                 regie_json_get_int (record, "errors", 0), regie_json_get_int (record, "cpu", 0),
                 regie_json_get_int (record, "memory", 0));
  for (guint i = 0; i < G_N_ELEMENTS (percentiles); i++)
    {
      if (regie_json_get_int (record, percentiles[i], -1) >= 0)
        sqlite3_bind_int64 (stmt, 7 + i, regie_json_get_int (record, percentiles[i], 0));
    }

  return regie_db_step (stmt, error) == 0;
}

static gboolean
store_entry (RegieTxn *txn, Import *self, RegieTransferRecord *entry, GError **error)
{
  g_autoptr (JsonObject) record = NULL;

  /* The journal is not taken over, nor are records of files that are not in the text. */
  if (g_str_equal (entry->kind->name, "audit") || g_str_equal (entry->kind->name, "backup"))
    return TRUE;
  record = regie_json_copy (entry->record);
  settle (self, entry->kind, record);
  if (g_str_equal (entry->kind->name, "metric"))
    return insert_minute (regie_txn_get_db (txn), record, error);
  if (!regie_txn_put (txn, entry->kind, record, error))
    {
      g_prefix_error (error, "line %u: ", entry->line);
      return FALSE;
    }
  if (g_str_equal (entry->kind->name, "digital-human") &&
      regie_json_get_text (record, "backup_time", NULL) != NULL)
    g_ptr_array_add (self->scheduled, json_object_ref (record));
  if (g_str_equal (entry->kind->name, "workspace"))
    {
      g_clear_pointer (&self->record, json_object_unref);
      self->record = json_object_ref (record);
    }

  return TRUE;
}

static gboolean
store_all (RegieTxn *txn, gpointer data, GError **error)
{
  Import *self = data;
  const char *old = regie_json_get_text (self->transfer->workspace, "id", "");
  g_autoptr (JsonObject) after = regie_json_object_new ("imported_from", 's', old, NULL);

  g_ptr_array_set_size (self->scheduled, 0);
  regie_txn_set_who (txn, self->who);
  regie_txn_keep_times (txn);
  for (guint i = 0; i < self->transfer->records->len; i++)
    {
      if (!store_entry (txn, self, g_ptr_array_index (self->transfer->records, i), error))
        return FALSE;
    }

  return regie_txn_audit (txn, "import", regie_kind_get ("workspace"), self->record, NULL, after, NULL,
                          error) &&
         (self->remember == NULL || self->remember (txn, self->record, self->remember_data, error));
}

static DexFuture *
import_fiber (gpointer data)
{
  Import *self = data;
  RegieSupervisor *supervisor = self->supervisor;
  g_autoptr (GError) error = NULL;

  if (!dex_await (regie_on_thread (prepare, self), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));
  if (!dex_await (
          regie_engine_store_add_workspace (supervisor->store, self->workspace, store_all, self, NULL),
          &error))
    {
      dex_await (regie_on_thread (take_back, self), NULL);
      return dex_future_new_for_error (g_steal_pointer (&error));
    }
  if (regie_json_get_bool (self->record, "paused", FALSE))
    g_hash_table_add (supervisor->paused_workspaces, g_strdup (self->workspace));
  for (guint i = 0; i < self->scheduled->len; i++)
    regie_supervisor_schedule (supervisor, g_ptr_array_index (self->scheduled, i), regie_time_now ());

  return dex_future_new_take_boxed (JSON_TYPE_OBJECT, json_object_ref (self->record));
}

DexFuture *
regie_supervisor_import (RegieSupervisor *self,
                         GBytes *text,
                         const char *who,
                         RegieRememberFunc remember,
                         gpointer remember_data,
                         GDestroyNotify destroy)
{
  Import *data = g_new0 (Import, 1);

  data->supervisor = g_object_ref (self);
  data->text = g_bytes_ref (text);
  data->who = g_strdup (who);
  data->remember = remember;
  data->remember_data = remember_data;
  data->remember_destroy = destroy;
  data->ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  data->humans = g_ptr_array_new_with_free_func (g_free);
  data->scheduled = g_ptr_array_new_with_free_func ((GDestroyNotify) json_object_unref);

  return regie_spawn (self, import_fiber, data, import_free);
}
