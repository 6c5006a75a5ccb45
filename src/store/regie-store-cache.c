/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-store"

#include "regie-store-private.h"

#include <glib/gstdio.h>

#include "regie-query-private.h"

/* What stands in every cache, whatever the kinds.
 * buried: rows that a delete which still waits takes out of the lists; their rowid is kept for an undo. */
static const char common_tables[] =
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;"
    "CREATE TABLE intent (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, connection TEXT NOT NULL, "
    "kind TEXT NOT NULL, key TEXT NOT NULL, remote_id TEXT, etag TEXT, op TEXT NOT NULL, action TEXT, "
    "body TEXT, base TEXT, state TEXT NOT NULL, error TEXT, error_code INTEGER, made_at INTEGER, "
    "due_at INTEGER, ended_at INTEGER, attempts INTEGER, answer TEXT, answer_etag TEXT, merged_into TEXT, "
    "finished INTEGER);"
    "CREATE INDEX intent_key ON intent (key, seq);"
    "CREATE INDEX intent_create ON intent (connection, kind) WHERE op = 'create';"
    "CREATE TABLE buried (kind TEXT NOT NULL, row INTEGER NOT NULL, key TEXT NOT NULL PRIMARY KEY, "
    "connection TEXT NOT NULL, remote_id TEXT, etag TEXT, fetched_at INTEGER, pending TEXT, base TEXT) "
    "WITHOUT ROWID;"
    "CREATE INDEX buried_remote ON buried (kind, connection, remote_id);"
    "CREATE TABLE pull (connection TEXT NOT NULL, kind TEXT NOT NULL, at INTEGER, "
    "PRIMARY KEY (connection, kind)) WITHOUT ROWID;";

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
    case REGIE_FIELD_ENUM: /* the place of the value, so that "high" sorts above "normal" */
      return "INTEGER";
    case REGIE_FIELD_NUMBER:
    case REGIE_FIELD_RATE:
      return "REAL";
    default:
      return "TEXT";
    }
}

/* The JSON stands in a table of its own, so that filters and sorts read narrow rows. A rowid never comes back
 * for another row: lists and live records are held by it. */
static void
append_kind (GString *sql, const RegieKind *kind)
{
  const char *table = kind->table;

  g_string_append_printf (
      sql,
      "CREATE TABLE %s (rowid INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, "
      "connection TEXT NOT NULL, remote_id TEXT, etag TEXT, fetched_at INTEGER, pending TEXT",
      table);
  for (guint i = 0; i < kind->n_fields; i++)
    if (kind->fields[i].flags & REGIE_FIELD_INDEXED)
      g_string_append_printf (sql, ", f_%s %s", kind->fields[i].name, column_type (&kind->fields[i]));
  g_string_append_printf (sql,
                          ");"
                          "CREATE TABLE %s_doc (rowid INTEGER PRIMARY KEY, base TEXT, shown TEXT);"
                          "CREATE UNIQUE INDEX %s_key ON %s (key);"
                          "CREATE UNIQUE INDEX %s_remote ON %s (connection, remote_id);"
                          "CREATE INDEX %s_pending ON %s (pending) WHERE pending IS NOT NULL;"
                          "CREATE VIRTUAL TABLE %s_words USING fts5 (text, content='', contentless_delete=1, "
                          "detail=none, prefix='1 2 3', tokenize='unicode61 remove_diacritics 2');",
                          table, table, table, table, table, table, table, table);
  for (guint i = 0; i < kind->n_fields; i++)
    if (kind->fields[i].flags & REGIE_FIELD_INDEXED)
      {
        g_autofree char *index = regie_store_index_sql (kind, &kind->fields[i]);

        g_string_append (sql, index);
      }
}

static char *
build_schema (void)
{
  GString *sql = g_string_new (common_tables);
  guint n;
  const RegieKind *const *kinds = regie_kinds_list (&n);

  for (guint i = 0; i < n; i++)
    append_kind (sql, kinds[i]);

  return g_string_free_and_steal (sql);
}

static gboolean
read_layout (sqlite3 *db, gpointer layout, GError **error)
{
  *(char **) layout = regie_db_get_text (db, "SELECT value FROM meta WHERE name = 'layout'", NULL);

  return TRUE;
}

static gboolean
write_layout (sqlite3 *db, gpointer layout, GError **error)
{
  return regie_db_run (db, error, "INSERT INTO meta (name, value) VALUES ('layout', ?1)", "s",
                       (const char *) layout);
}

static void
delete_files (const char *path)
{
  static const char *const ends[] = { "", "-wal", "-shm", ".unclean" };

  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      g_autofree char *name = g_strconcat (path, ends[i], NULL);

      g_unlink (name);
    }
}

/* The layout follows from the kinds: a cache with another one is thrown away. */
RegieDb *
regie_store_open_cache (const char *dir, const char *vfs, char **report, GError **error)
{
  g_autofree char *path = g_build_filename (dir, "cache.db", NULL);
  g_autofree char *sql = build_schema ();
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, sql, -1);
  g_autofree char *layout = g_strdup_printf ("%u %.16s", regie_kinds_get_version (), hash);
  const char *const steps[] = { sql };
  const RegieDbSchema schema = { "the cache", 0x52674361, steps, 1 };

  *report = NULL;
  for (int attempt = 0; attempt < 2; attempt++)
    {
      g_autoptr (RegieDb) db = NULL;
      g_autoptr (GError) wrong = NULL;
      g_autofree char *found = NULL;

      db = regie_db_open (path, &schema, REGIE_DB_FILL_CACHE, vfs, &wrong);
      if (db != NULL && !regie_db_read_sync (db, read_layout, &found, &wrong))
        return g_propagate_error (error, g_steal_pointer (&wrong)), NULL;
      if (db != NULL && found == NULL && !regie_db_write_sync (db, write_layout, layout, &wrong))
        return g_propagate_error (error, g_steal_pointer (&wrong)), NULL;
      /* A file that was not closed properly and is sound is nothing to tell the user. */
      if (db != NULL && found == NULL)
        *report = g_strdup (regie_db_get_open_report (db));
      if (db != NULL && (found == NULL || g_str_equal (found, layout)))
        return g_steal_pointer (&db);
      if (db == NULL && !g_error_matches (wrong, REGIE_ERROR, REGIE_ERROR_NEWER) &&
          !g_error_matches (wrong, REGIE_ERROR, REGIE_ERROR_INVALID))
        return g_propagate_error (error, g_steal_pointer (&wrong)), NULL;
      if (db != NULL)
        regie_db_close (db);
      delete_files (path);
    }
  g_set_error (error, REGIE_ERROR, REGIE_ERROR_FAILED, "The cache %s cannot be made anew", path);

  return NULL;
}
