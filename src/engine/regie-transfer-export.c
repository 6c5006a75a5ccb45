/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-supervisor-private.h"
#include "regie-transfer.h"

#include "regie-engine-store-private.h"
#include "regie-worker-db.h"

typedef struct
{
  RegieSupervisor *supervisor;
  char *workspace;
  GString *text;
  GPtrArray *databases; /* ids of Digital Humans that have one */
} Export;

static void
export_free (gpointer data)
{
  Export *self = data;

  g_object_unref (self->supervisor);
  g_free (self->workspace);
  if (self->text != NULL)
    g_string_free (self->text, TRUE);
  g_ptr_array_unref (self->databases);
  g_free (self);
}

static gboolean
add_line (Export *self, JsonObject *object, GError **error)
{
  g_autofree char *line = regie_json_object_to_string (object);

  g_string_append (self->text, line);
  g_string_append_c (self->text, '\n');
  if (self->text->len <= REGIE_TRANSFER_MAX_BYTES)
    return TRUE;
  g_set_error (error, REGIE_ERROR, REGIE_ERROR_TOO_LARGE,
               "The workspace is larger than an export can be (%u MiB)",
               REGIE_TRANSFER_MAX_BYTES / 1024 / 1024);

  return FALSE;
}

static gboolean
add_record (Export *self, const RegieKind *kind, JsonObject *record, GError **error)
{
  g_autoptr (JsonObject) line =
      regie_json_object_new ("kind", 's', kind->name, "record", 'o', regie_kind_to_wire (kind, record), NULL);

  return add_line (self, line, error);
}

/* --- the workspace's file --- */

static gboolean
export_kind (Export *self, sqlite3 *db, const RegieKind *kind, GError **error)
{
  g_autofree char *sql =
      g_strdup_printf ("SELECT data FROM \"%s\" WHERE deleted_at IS NULL ORDER BY n", kind->table);
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (db, sql, error);
  int step;

  if (stmt == NULL)
    return FALSE;
  while ((step = regie_db_step (stmt, error)) == 1)
    {
      g_autoptr (JsonObject) record = regie_row_parse (stmt, 0, error);

      if (record == NULL)
        return FALSE;
      if (g_str_equal (kind->name, "audit"))
        regie_audit_complete (db, record);
      if (g_str_equal (kind->name, "database"))
        g_ptr_array_add (self->databases, g_strdup (regie_json_get_text (record, "digital_human", "")));
      if (!add_record (self, kind, record, error))
        return FALSE;
    }

  return step == 0;
}

static gboolean
export_minutes (Export *self, sqlite3 *db, GError **error)
{
  static const char *const names[] = {
    "at", "tasks", "errors", "cpu", "memory", "latency_p50", "latency_p95"
  };
  const RegieKind *kind = regie_kind_get ("metric");
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (
      db,
      "SELECT digital_human, at, tasks, errors, cpu, memory, latency_p50, latency_p95 FROM metric"
      " WHERE digital_human IN (SELECT id FROM digital_human WHERE deleted_at IS NULL) ORDER BY "
      "digital_human, at",
      error);
  int step;

  if (stmt == NULL)
    return FALSE;
  while ((step = regie_db_step (stmt, error)) == 1)
    {
      g_autoptr (JsonObject) record =
          regie_json_object_new ("digital_human", 's', regie_db_column_text (stmt, 0), NULL);

      for (guint i = 0; i < G_N_ELEMENTS (names); i++)
        {
          if (sqlite3_column_type (stmt, i + 1) != SQLITE_NULL)
            json_object_set_int_member (record, names[i], sqlite3_column_int64 (stmt, i + 1));
        }
      if (!add_record (self, kind, record, error))
        return FALSE;
    }

  return step == 0;
}

/* What refers to a deleted Digital Human goes with it: a right, a task, a database. */
static gboolean
export_workspace (sqlite3 *db, gpointer data, GError **error)
{
  static const char *const kinds[] = { "workspace", "digital-human", "right", "task", "database", "audit" };
  Export *self = data;
  g_autoptr (JsonObject) header = regie_json_object_new (
      "regie", 's', "workspace", "version", 'i', (gint64) REGIE_TRANSFER_VERSION, "kinds", 'i',
      (gint64) regie_kinds_get_version (), "databases", 'i', (gint64) regie_worker_db_schema.n_steps, NULL);

  if (!add_line (self, header, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      if (!export_kind (self, db, regie_kind_get (kinds[i]), error))
        return FALSE;
    }

  return export_minutes (self, db, error);
}

/* --- the Digital Humans' own --- */

typedef struct
{
  Export *export;
  const char *human;
} Human;

static gboolean
export_table (Human *self, sqlite3 *db, const char *table, GError **error)
{
  const RegieTransferColumn *columns = regie_transfer_get_columns (table);
  g_autoptr (GString) sql = g_string_new ("SELECT ");
  g_autoptr (sqlite3_stmt) stmt = NULL;
  int step;

  for (guint i = 0; columns[i].name != NULL; i++)
    g_string_append_printf (sql, "%s\"%s\"", i > 0 ? ", " : "", columns[i].name);
  g_string_append_printf (sql, " FROM \"%s\" ORDER BY rowid", table);
  stmt = regie_db_prepare (db, sql->str, error);
  if (stmt == NULL)
    return FALSE;
  while ((step = regie_db_step (stmt, error)) == 1)
    {
      JsonObject *row = json_object_new ();
      g_autoptr (JsonObject) line =
          regie_json_object_new ("dh", 's', self->human, "table", 's', table, "row", 'o', row, NULL);

      for (guint i = 0; columns[i].name != NULL; i++)
        {
          if (sqlite3_column_type (stmt, i) == SQLITE_NULL)
            json_object_set_null_member (row, columns[i].name);
          else if (columns[i].is_text)
            json_object_set_string_member (row, columns[i].name, regie_db_column_text (stmt, i));
          else
            json_object_set_int_member (row, columns[i].name, sqlite3_column_int64 (stmt, i));
        }
      if (!add_line (self->export, line, error))
        return FALSE;
    }

  return step == 0;
}

static gboolean
export_human (sqlite3 *db, gpointer data, GError **error)
{
  for (guint i = 0; regie_worker_db_tables[i] != NULL; i++)
    {
      if (!export_table (data, db, regie_worker_db_tables[i], error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
export_databases (gpointer data, GError **error)
{
  Export *self = data;

  for (guint i = 0; i < self->databases->len; i++)
    {
      Human human = { .export = self, .human = g_ptr_array_index (self->databases, i) };
      g_autofree char *path = regie_worker_db_path (self->supervisor->data_dir, human.human);
      g_autoptr (RegieDb) db = NULL;

      if (!g_file_test (path, G_FILE_TEST_EXISTS))
        continue;
      db = regie_db_open (path, &regie_worker_db_schema, REGIE_DB_READ_ONLY, NULL, error);
      if (db == NULL || !regie_db_read_sync (db, export_human, &human, error))
        {
          g_prefix_error (error, "The workspace cannot be exported as a whole: ");
          return FALSE;
        }
    }

  return TRUE;
}

static DexFuture *
export_fiber (gpointer data)
{
  Export *self = data;
  g_autoptr (GError) error = NULL;

  if (!dex_await (
          regie_engine_store_read (self->supervisor->store, self->workspace, export_workspace, self, NULL),
          &error) ||
      !dex_await (regie_on_thread (export_databases, self), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_take_boxed (G_TYPE_BYTES, g_string_free_to_bytes (g_steal_pointer (&self->text)));
}

DexFuture *
regie_supervisor_export (RegieSupervisor *self, const char *workspace)
{
  Export *data = g_new0 (Export, 1);

  data->supervisor = g_object_ref (self);
  data->workspace = g_strdup (workspace);
  data->text = g_string_new (NULL);
  data->databases = g_ptr_array_new_with_free_func (g_free);

  return regie_spawn (self, export_fiber, data, export_free);
}
