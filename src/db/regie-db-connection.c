/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-db"

#include "regie-db-private.h"

#include "core/regie-error.h"

#define CLIENT_DATA     "regie-db"
#define BUSY_TIMEOUT_MS 5000
/* How many virtual machine steps pass between two looks at whether the work is still wanted: about a
 * millisecond. */
#define STEPS_PER_LOOK 10000

static void
connection_free (gpointer data)
{
  RegieDbConnection *self = data;

  g_clear_pointer (&self->statements, g_hash_table_unref);
  g_clear_pointer (&self->after_commit, g_array_unref);
  g_clear_error (&self->failed);
  g_clear_error (&self->disk_error);
  g_free (self);
}

RegieDbConnection *
regie_db_connection_get (sqlite3 *db)
{
  return sqlite3_get_clientdata (db, CLIENT_DATA);
}

static int
is_unwanted (void *data)
{
  RegieDbConnection *self = data;

  if (self->in_write)
    return 0;
  if (self->closing != NULL && g_atomic_int_get (self->closing))
    return 1;
  return self->cancellable != NULL && g_cancellable_is_cancelled (self->cancellable);
}

gboolean
regie_db_exec (sqlite3 *db, const char *sql, GError **error)
{
  if (sqlite3_exec (db, sql, NULL, NULL, NULL) == SQLITE_OK)
    return TRUE;
  regie_db_set_error (db, error, "use");
  return FALSE;
}

static const char *
synchronous_pragma (RegieDbFlags flags)
{
  if (flags & REGIE_DB_NEVER_SYNC)
    return "PRAGMA synchronous=OFF";
  return (flags & REGIE_DB_DURABLE) ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL";
}

/* SQLite stays in another mode without an error where the file system has no shared memory. */
static gboolean
check_mode (sqlite3 *db, GError **error)
{
  g_autofree char *mode = regie_db_get_text (db, "PRAGMA journal_mode", NULL);

  if (g_strcmp0 (mode, "wal") == 0)
    return TRUE;
  g_set_error (
      error, REGIE_ERROR, REGIE_ERROR_FAILED,
      "The file %s cannot have a write-ahead log where it is (a network folder?); its journal mode is “%s”",
      sqlite3_db_filename (db, "main"), mode != NULL ? mode : "unknown");
  return FALSE;
}

/* The writer alone writes, and checkpoints when it has answered (regie-db.c), so that no commit waits for a
 * checkpoint. */
static gboolean
configure (sqlite3 *db, RegieDbFlags flags, RegieDbOpenMode mode, GError **error)
{
  sqlite3_extended_result_codes (db, 1);
  sqlite3_busy_timeout (db, BUSY_TIMEOUT_MS);
  sqlite3_db_config (db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  sqlite3_db_config (db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config (db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
  sqlite3_db_config (db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
  sqlite3_db_config (db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, mode != REGIE_DB_OPEN_WRITER, NULL);
  if (!regie_db_exec (db,
                      "PRAGMA mmap_size=0;"
                      "PRAGMA foreign_keys=ON;"
                      "PRAGMA cell_size_check=ON;"
                      "PRAGMA temp_store=MEMORY;"
                      "PRAGMA cache_size=-8192;"
                      "PRAGMA wal_autocheckpoint=0;",
                      error))
    return FALSE;
  if (mode != REGIE_DB_OPEN_WRITER)
    return regie_db_exec (db, "PRAGMA query_only=ON", error);
  /* What a person erases must not stay readable in the file; a cache may keep remains in pages that it frees.
   */
  if (!regie_db_exec (
          db, (flags & REGIE_DB_DURABLE) ? "PRAGMA secure_delete=ON" : "PRAGMA secure_delete=FAST", error))
    return FALSE;
  return regie_db_exec (db, synchronous_pragma (flags), error) &&
         regie_db_exec (db, "PRAGMA journal_mode=WAL", error) && check_mode (db, error) &&
         regie_db_exec (db, "PRAGMA journal_size_limit=67108864", error);
}

sqlite3 *
regie_db_connection_open (const char *path,
                          RegieDbFlags flags,
                          RegieDbOpenMode mode,
                          const char *vfs,
                          GError **error)
{
  int open_flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  g_autofree char *uri = NULL;
  sqlite3 *db = NULL;
  RegieDbConnection *self;

  open_flags |= (flags & REGIE_DB_READ_ONLY) ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  if (mode == REGIE_DB_OPEN_IMMUTABLE)
    {
      g_autofree char *escaped = g_uri_escape_string (path, "/", FALSE);

      uri = g_strconcat ("file:", escaped, "?immutable=1", NULL);
      open_flags |= SQLITE_OPEN_URI;
    }
  if (sqlite3_open_v2 (uri != NULL ? uri : path, &db, open_flags, vfs) != SQLITE_OK)
    {
      regie_db_set_error_for_code (error, db != NULL ? sqlite3_extended_errcode (db) : SQLITE_NOMEM,
                                   db != NULL ? sqlite3_system_errno (db) : 0, path, "open",
                                   db != NULL ? sqlite3_errmsg (db) : NULL);
      sqlite3_close (db);
      return NULL;
    }
  self = g_new0 (RegieDbConnection, 1);
  self->after_commit = g_array_new (FALSE, FALSE, sizeof (RegieDbHook));
  sqlite3_set_clientdata (db, CLIENT_DATA, self, connection_free);
  sqlite3_progress_handler (db, STEPS_PER_LOOK, is_unwanted, self);
  if (!configure (db, flags, mode, error))
    g_clear_pointer (&db, regie_db_connection_close);
  return db;
}

void
regie_db_connection_close (sqlite3 *db)
{
  RegieDbConnection *self = db != NULL ? regie_db_connection_get (db) : NULL;

  if (db == NULL)
    return;
  if (self != NULL)
    g_clear_pointer (&self->statements, g_hash_table_unref);
  if (sqlite3_close (db) == SQLITE_OK)
    return;
  g_warning ("A statement was not given back: %s", sqlite3_sql (sqlite3_next_stmt (db, NULL)));
  for (sqlite3_stmt *stmt; (stmt = sqlite3_next_stmt (db, NULL)) != NULL;)
    sqlite3_finalize (stmt);
  sqlite3_close (db);
}

gboolean
regie_db_verify (sqlite3 *db, const char *pragma, GError **error)
{
  g_autofree char *sql = g_strdup_printf ("PRAGMA %s(5)", pragma);
  g_autoptr (GString) lines = g_string_new (NULL);
  g_autoptr (GError) local = NULL;
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (db, sql, &local);
  int step = -1;

  while (stmt != NULL && (step = regie_db_step (stmt, &local)) == 1)
    g_string_append_printf (lines, "%s%s", lines->len > 0 ? "; " : "", regie_db_column_text (stmt, 0));
  g_string_replace (lines, "*** in database main ***\n", "", 0);
  g_string_replace (lines, "\n", "; ", 0);
  if (step < 0)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (g_str_equal (lines->str, "ok"))
    return TRUE;
  regie_db_set_error_corrupt (error, sqlite3_db_filename (db, "main"), lines->str);
  return FALSE;
}
