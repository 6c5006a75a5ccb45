/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-engine-store-private.h"

#include "core/regie-error.h"
#include "core/regie-json.h"
#include "core/regie-text.h"

/* What does not come from the kinds. Steps are never changed, only added; the kinds' own tables follow the
 * kinds (regie_schema_settle). */
static const char *const steps[] = {
  "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID, STRICT;"

  "CREATE TABLE event (seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, type TEXT NOT NULL,"
  " kind TEXT NOT NULL, record TEXT NOT NULL) STRICT;"
  "CREATE INDEX event_at ON event (at);"

  "CREATE TABLE answer (key TEXT PRIMARY KEY, at INTEGER NOT NULL, data TEXT NOT NULL) WITHOUT ROWID, STRICT;"
  "CREATE INDEX answer_at ON answer (at);"

  "CREATE TABLE metric (digital_human TEXT NOT NULL, at INTEGER NOT NULL,"
  " tasks INTEGER NOT NULL DEFAULT 0, errors INTEGER NOT NULL DEFAULT 0,"
  " latency_p50 INTEGER, latency_p95 INTEGER,"
  " cpu INTEGER NOT NULL DEFAULT 0, memory INTEGER NOT NULL DEFAULT 0,"
  " PRIMARY KEY (digital_human, at)) WITHOUT ROWID, STRICT;"
  "CREATE INDEX metric_at ON metric (at);"

  /* The chain covers each entry and a salted hash of its values; the values themselves can be erased. */
  "CREATE TABLE audit_chain (n INTEGER PRIMARY KEY, digest TEXT NOT NULL, hash TEXT NOT NULL) STRICT;"
  "CREATE TABLE audit_value (n INTEGER PRIMARY KEY, salt TEXT NOT NULL, \"before\" TEXT, \"after\" TEXT) "
  "STRICT;"
  "CREATE TRIGGER audit_chain_update BEFORE UPDATE ON audit_chain"
  " BEGIN SELECT raise(ABORT, 'the journal is only added to'); END;"
  "CREATE TRIGGER audit_chain_delete BEFORE DELETE ON audit_chain"
  " BEGIN SELECT raise(ABORT, 'the journal is only added to'); END;",
};

const RegieDbSchema regie_workspace_schema = {
  .name = "workspace",
  .application_id = 0x52476977, /* "RGiw" */
  .steps = steps,
  .n_steps = G_N_ELEMENTS (steps),
};

/* How tables are made of kinds; counted up when that changes. */
#define TABLES_VERSION 2

static gboolean
has_table (const RegieKind *kind)
{
  return !g_str_equal (kind->name, "metric");
}

static const char *
column_type (const RegieField *field)
{
  switch (field->type)
    {
    case REGIE_FIELD_INT:
    case REGIE_FIELD_BOOL:
    case REGIE_FIELD_TIME:
    case REGIE_FIELD_DURATION:
    case REGIE_FIELD_MONEY:
      return "INTEGER";
    case REGIE_FIELD_NUMBER:
    case REGIE_FIELD_RATE:
      return "REAL";
    default:
      return "TEXT";
    }
}

static gboolean
is_common (const RegieField *field)
{
  return g_str_equal (field->name, "created_at") || g_str_equal (field->name, "updated_at");
}

gboolean
regie_field_has_column (const RegieField *field)
{
  return (field->flags & REGIE_FIELD_INDEXED) && !(field->flags & REGIE_FIELD_TRANSIENT);
}

gboolean
regie_field_has_key (const RegieField *field)
{
  return field->type == REGIE_FIELD_TEXT || field->type == REGIE_FIELD_ENUM;
}

gint64
regie_field_rank (const RegieField *field, const char *value)
{
  for (guint i = 0; i < field->n_values; i++)
    {
      if (g_strcmp0 (field->values[i].name, value) == 0)
        return i;
    }

  return -1;
}

/* What a field without a value is sorted as: below all others, and never NULL, which compares with nothing.
 */
static const char *
no_value_of (const RegieField *field)
{
  const char *type = column_type (field);

  if (field->type == REGIE_FIELD_BOOL)
    return "0";
  if (g_str_equal (type, "INTEGER"))
    return "-9223372036854775807";

  return g_str_equal (type, "REAL") ? "-1.7976931348623157e308" : "''";
}

char *
regie_field_sort_expression (const RegieKind *kind, const RegieField *field)
{
  if (!has_table (kind) || g_str_equal (field->name, "id") || is_common (field))
    return g_strdup_printf ("t.\"%s\"", field->name);
  if (field->flags & REGIE_FIELD_TRANSIENT)
    return g_strdup_printf ("regie_day (t.id, '%s')", field->name);

  return g_strdup_printf ("t.\"%s_key\"", field->name);
}

/* --- the statements of a kind --- */

static void
add_column (GArray *columns, const RegieField *field, gboolean is_key)
{
  struct RegieColumn column = { .field = field, .is_key = is_key };

  column.name = is_key ? g_strconcat (field->name, "_key", NULL) : g_strdup (field->name);
  column.type = is_key && field->type == REGIE_FIELD_ENUM ? "INTEGER" : column_type (field);
  g_array_append_val (columns, column);
}

static void
collect_columns (RegieTable *self)
{
  GArray *columns = g_array_new (FALSE, FALSE, sizeof (struct RegieColumn));

  for (guint i = 0; i < self->kind->n_fields; i++)
    {
      const RegieField *field = &self->kind->fields[i];

      if (field->flags & REGIE_FIELD_SEARCHED)
        self->searched = TRUE;
      if (!regie_field_has_column (field) || is_common (field))
        continue;
      add_column (columns, field, FALSE);
      if (regie_field_has_key (field))
        add_column (columns, field, TRUE);
    }
  self->n_columns = columns->len;
  self->columns = (gpointer) g_array_free (columns, FALSE);
}

static char *
build_upsert (RegieTable *self)
{
  g_autoptr (GString) names = g_string_new ("n, id, rev, created_at, updated_at, deleted_at, data");
  g_autoptr (GString) marks = g_string_new ("?, ?, ?, ?, ?, ?, ?");
  g_autoptr (GString) sets = g_string_new ("rev = excluded.rev, updated_at = excluded.updated_at,"
                                           " deleted_at = excluded.deleted_at, data = excluded.data");

  for (guint i = 0; i < self->n_columns; i++)
    {
      const char *name = self->columns[i].name;

      g_string_append_printf (names, ", \"%s\"", name);
      g_string_append (marks, ", ?");
      g_string_append_printf (sets, ", \"%s\" = excluded.\"%s\"", name, name);
    }

  return g_strdup_printf ("INSERT INTO \"%s\" (%s) VALUES (%s) ON CONFLICT (id) DO UPDATE SET %s RETURNING n",
                          self->kind->table, names->str, marks->str, sets->str);
}

static RegieTable *
table_new (const RegieKind *kind)
{
  RegieTable *self = g_new0 (RegieTable, 1);

  self->kind = kind;
  collect_columns (self);
  self->create =
      g_strdup_printf ("CREATE TABLE IF NOT EXISTS \"%s\" (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
                       " rev INTEGER NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,"
                       " deleted_at INTEGER, data TEXT NOT NULL) STRICT",
                       kind->table);
  self->select = g_strdup_printf ("SELECT n, deleted_at, data FROM \"%s\" WHERE id = ?", kind->table);
  self->upsert = build_upsert (self);
  self->unindex = g_strdup_printf ("DELETE FROM \"%s_words\" WHERE rowid = ?", kind->table);
  self->index = g_strdup_printf ("INSERT INTO \"%s_words\" (rowid, words) VALUES (?, ?)", kind->table);

  return self;
}

static gpointer
load_tables (gpointer unused)
{
  GHashTable *tables = g_hash_table_new (NULL, NULL);
  guint n_kinds;
  const RegieKind *const *kinds = regie_kinds_list (&n_kinds);

  for (guint i = 0; i < n_kinds; i++)
    g_hash_table_insert (tables, (gpointer) kinds[i], table_new (kinds[i]));

  return tables;
}

const RegieTable *
regie_table_of (const RegieKind *kind)
{
  static GOnce once = G_ONCE_INIT;

  return g_hash_table_lookup (g_once (&once, load_tables, NULL), kind);
}

/* --- following the kinds --- */

static gboolean
has_column (sqlite3 *db, const char *table, const char *column)
{
  return regie_db_get_int64 (db, 0, "SELECT count(*) FROM pragma_table_xinfo(?) WHERE name = ?", "ss", table,
                             column) > 0;
}

static gboolean run_format (sqlite3 *db, GError **error, const char *format, ...) G_GNUC_PRINTF (3, 4);

static gboolean
run_format (sqlite3 *db, GError **error, const char *format, ...)
{
  g_autofree char *sql = NULL;
  va_list args;

  va_start (args, format);
  sql = g_strdup_vprintf (format, args);
  va_end (args);

  return regie_db_run (db, error, sql, NULL);
}

/* One index for each way to sort, over what is not deleted; the id decides between equals. */
static gboolean
create_indexes (const RegieKind *kind, sqlite3 *db, GError **error)
{
  for (guint i = 0; i < kind->n_fields; i++)
    {
      const RegieField *field = &kind->fields[i];

      if (!regie_field_has_column (field))
        continue;
      /* One of an earlier version may stand there. */
      if (!run_format (db, error, "DROP INDEX IF EXISTS \"%s_by_%s\"", kind->table, field->name) ||
          !run_format (db, error,
                       "CREATE INDEX \"%s_by_%s\" ON \"%s\" (\"%s%s\", id) WHERE deleted_at IS NULL",
                       kind->table, field->name, kind->table, field->name, is_common (field) ? "" : "_key"))
        return FALSE;
    }

  return run_format (db, error,
                     "CREATE INDEX IF NOT EXISTS \"%s_present\" ON \"%s\" (id) WHERE deleted_at IS NULL",
                     kind->table, kind->table) &&
         run_format (
             db, error,
             "CREATE INDEX IF NOT EXISTS \"%s_deleted\" ON \"%s\" (deleted_at) WHERE deleted_at IS NOT NULL",
             kind->table, kind->table);
}

/* What the triggers of the journal allow: rows are added, and their columns made anew when the kinds change,
 * which is done before the triggers are there again. */
static gboolean
guard_journal (sqlite3 *db, gboolean guarded, GError **error)
{
  if (!guarded)
    return regie_db_run (db, error, "DROP TRIGGER IF EXISTS audit_update", NULL) &&
           regie_db_run (db, error, "DROP TRIGGER IF EXISTS audit_delete", NULL);

  return regie_db_run (db, error,
                       "CREATE TRIGGER audit_update BEFORE UPDATE ON audit"
                       " BEGIN SELECT raise(ABORT, 'the journal is only added to'); END",
                       NULL) &&
         regie_db_run (db, error,
                       "CREATE TRIGGER audit_delete BEFORE DELETE ON audit"
                       " BEGIN SELECT raise(ABORT, 'the journal is only added to'); END",
                       NULL);
}

/* Where the stored value itself is what is sorted by, its key is computed: a column all the same, since only
 * columns are found in an index by more than one value at once. */
static gboolean
create_computed_keys (const RegieKind *kind, sqlite3 *db, GError **error)
{
  for (guint i = 0; i < kind->n_fields; i++)
    {
      const RegieField *field = &kind->fields[i];
      g_autofree char *name = g_strconcat (field->name, "_key", NULL);

      if (!regie_field_has_column (field) || regie_field_has_key (field) || is_common (field) ||
          has_column (db, kind->table, name))
        continue;
      if (!run_format (
              db, error,
              "ALTER TABLE \"%s\" ADD COLUMN \"%s\" %s GENERATED ALWAYS AS (ifnull (\"%s\", %s)) VIRTUAL",
              kind->table, name, column_type (field), field->name, no_value_of (field)))
        return FALSE;
    }

  return TRUE;
}

static gboolean
create_table (const RegieTable *self, sqlite3 *db, GError **error)
{
  const char *table = self->kind->table;

  if (!regie_db_run (db, error, self->create, NULL))
    return FALSE;
  for (guint i = 0; i < self->n_columns; i++)
    {
      const struct RegieColumn *column = &self->columns[i];
      const char *rest = !column->is_key                      ? ""
                         : g_str_equal (column->type, "TEXT") ? " NOT NULL DEFAULT ''"
                                                              : " NOT NULL DEFAULT -1";

      if (!has_column (db, table, column->name) &&
          !run_format (db, error, "ALTER TABLE \"%s\" ADD COLUMN \"%s\" %s%s", table, column->name,
                       column->type, rest))
        return FALSE;
    }
  if (self->searched && !run_format (db, error,
                                     "CREATE VIRTUAL TABLE IF NOT EXISTS \"%s_words\" USING fts5 (words, "
                                     "content='', contentless_delete=1,"
                                     " tokenize='unicode61 remove_diacritics 2', prefix='1 2 3')",
                                     table))
    return FALSE;

  return create_computed_keys (self->kind, db, error) && create_indexes (self->kind, db, error);
}

/* Columns and words of every row, as the kinds are now. */
static gboolean
write_again (const RegieTable *self, sqlite3 *db, GError **error)
{
  g_autofree char *sql = g_strdup_printf (
      "SELECT n, deleted_at, data FROM \"%s\" WHERE n > ? ORDER BY n LIMIT 1", self->kind->table);
  gint64 n = 0;
  int step;

  do
    {
      g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (db, sql, error);
      g_autoptr (JsonObject) record = NULL;
      gint64 deleted_at;

      if (stmt == NULL)
        return FALSE;
      regie_db_bind (stmt, "i", n);
      if ((step = regie_db_step (stmt, error)) != 1)
        continue;
      n = sqlite3_column_int64 (stmt, 0);
      deleted_at = sqlite3_column_int64 (stmt, 1);
      record = regie_record_parse (regie_db_column_text (stmt, 2));
      if (regie_table_write (self, db, n, record, deleted_at, TRUE, error) < 0)
        return FALSE;
    }
  while (step == 1);

  return step == 0;
}

gboolean
regie_schema_settle (sqlite3 *db, gpointer unused, GError **error)
{
  gint64 version = (gint64) regie_kinds_get_version () * 1000 + TABLES_VERSION;
  gint64 stored = regie_db_get_int64 (db, 0, "SELECT value FROM meta WHERE name = 'kinds'", NULL);
  guint n_kinds;
  const RegieKind *const *kinds = regie_kinds_list (&n_kinds);

  if (stored == version)
    return TRUE;
  if (stored > version)
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_NEWER,
                   "The workspace %s was written by a newer version of Régie (vocabulary %" G_GINT64_FORMAT
                   ", this one has %" G_GINT64_FORMAT "); update Régie to open it",
                   sqlite3_db_filename (db, "main"), stored, version);
      return FALSE;
    }
  if (!guard_journal (db, FALSE, error))
    return FALSE;
  for (guint i = 0; i < n_kinds; i++)
    {
      const RegieTable *table = regie_table_of (kinds[i]);

      if (has_table (kinds[i]) &&
          (!create_table (table, db, error) || (stored != 0 && !write_again (table, db, error))))
        return FALSE;
    }

  return guard_journal (db, TRUE, error) &&
         regie_db_run (db, error, "INSERT OR REPLACE INTO meta (name, value) VALUES ('kinds', ?)", "i",
                       version);
}
