/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-db"

#include "regie-db-private.h"

#include "core/regie-error.h"

/* A connection keeps this many statements; SQL that is put together at run time must not pile up. */
#define MAX_STATEMENTS 200

typedef struct
{
  sqlite3_stmt *stmt;
  guint last_use;
  gboolean busy;
} Cached;

static void
cached_free (gpointer data)
{
  Cached *self = data;

  sqlite3_finalize (self->stmt);
  g_free (self);
}

static sqlite3_stmt *
prepare (sqlite3 *db, const char *sql, guint flags, GError **error)
{
  sqlite3_stmt *stmt = NULL;
  g_autofree char *attempted = NULL;

  if (sqlite3_prepare_v3 (db, sql, -1, flags, &stmt, NULL) == SQLITE_OK && stmt != NULL)
    return stmt;
  attempted = g_strdup_printf ("prepare “%s” on", sql);
  if (sqlite3_errcode (db) == SQLITE_OK)
    g_set_error (error, REGIE_ERROR, REGIE_ERROR_FAILED, "Cannot prepare “%s”: there is no statement in it",
                 sql);
  else
    regie_db_set_error (db, error, attempted);
  return NULL;
}

static void
drop_oldest (RegieDbConnection *connection)
{
  GHashTableIter iter;
  gpointer key, value;
  Cached *oldest = NULL;

  g_hash_table_iter_init (&iter, connection->statements);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      Cached *cached = value;

      if (!cached->busy && (oldest == NULL || cached->last_use < oldest->last_use))
        oldest = cached;
    }
  if (oldest != NULL)
    g_hash_table_remove (connection->statements, sqlite3_sql (oldest->stmt));
}

static Cached *
find (RegieDbConnection *connection, const char *sql)
{
  return connection->statements != NULL ? g_hash_table_lookup (connection->statements, sql) : NULL;
}

sqlite3_stmt *
regie_db_prepare (sqlite3 *db, const char *sql, GError **error)
{
  RegieDbConnection *connection = regie_db_connection_get (db);
  Cached *cached;
  sqlite3_stmt *stmt;

  g_return_val_if_fail (sql != NULL, NULL);

  if (connection == NULL)
    return prepare (db, sql, 0, error);
  cached = find (connection, sql);
  if (cached != NULL && cached->busy)
    return prepare (db, sql, 0, error);
  if (cached == NULL)
    {
      if (!(stmt = prepare (db, sql, SQLITE_PREPARE_PERSISTENT, error)))
        return NULL;
      if (connection->statements == NULL)
        connection->statements = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, cached_free);
      else if (g_hash_table_size (connection->statements) >= MAX_STATEMENTS)
        drop_oldest (connection);
      /* SQL after the first statement is cut off in sqlite3_sql(): such a key would never be found again. */
      if (!g_str_equal (sqlite3_sql (stmt), sql))
        return stmt;
      cached = g_new0 (Cached, 1);
      cached->stmt = stmt;
      g_hash_table_insert (connection->statements, (gpointer) sqlite3_sql (stmt), cached);
    }
  cached->busy = TRUE;
  cached->last_use = ++connection->tick;
  return cached->stmt;
}

void
regie_db_done (sqlite3_stmt *stmt)
{
  RegieDbConnection *connection;
  Cached *cached;

  if (stmt == NULL)
    return;
  connection = regie_db_connection_get (sqlite3_db_handle (stmt));
  cached = connection != NULL ? find (connection, sqlite3_sql (stmt)) : NULL;
  if (cached == NULL || cached->stmt != stmt)
    {
      sqlite3_finalize (stmt);
      return;
    }
  sqlite3_reset (stmt);
  sqlite3_clear_bindings (stmt);
  cached->busy = FALSE;
}

static void
bind_bytes (sqlite3_stmt *stmt, int i, GBytes *bytes)
{
  gsize size = 0;
  const void *data = bytes != NULL ? g_bytes_get_data (bytes, &size) : NULL;

  if (bytes == NULL)
    sqlite3_bind_null (stmt, i);
  else if (size == 0)
    sqlite3_bind_zeroblob (stmt, i, 0);
  else
    sqlite3_bind_blob64 (stmt, i, data, size, SQLITE_TRANSIENT);
}

static void
bind_valist (sqlite3_stmt *stmt, const char *format, va_list args)
{
  for (int i = 1; format != NULL && format[i - 1] != '\0'; i++)
    switch (format[i - 1])
      {
      case 's':
        sqlite3_bind_text (stmt, i, va_arg (args, const char *), -1, SQLITE_TRANSIENT);
        break;
      case 'i':
        sqlite3_bind_int64 (stmt, i, va_arg (args, gint64));
        break;
      case 'd':
        sqlite3_bind_double (stmt, i, va_arg (args, double));
        break;
      case 'b':
        bind_bytes (stmt, i, va_arg (args, GBytes *));
        break;
      case 'n':
        sqlite3_bind_null (stmt, i);
        break;
      default:
        g_critical ("“%s” is no format for regie_db_bind()", format);
        return;
      }
}

void
regie_db_bind (sqlite3_stmt *stmt, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  bind_valist (stmt, format, args);
  va_end (args);
}

int
regie_db_step (sqlite3_stmt *stmt, GError **error)
{
  g_autofree char *attempted = NULL;

  switch (sqlite3_step (stmt))
    {
    case SQLITE_ROW:
      return 1;
    case SQLITE_DONE:
      return 0;
    default:
      attempted = g_str_equal (sqlite3_sql (stmt), "COMMIT")
                      ? g_strdup ("save to")
                      : g_strdup_printf ("run “%s” on", sqlite3_sql (stmt));
      regie_db_set_error (sqlite3_db_handle (stmt), error, attempted);
      return -1;
    }
}

gboolean
regie_db_run (sqlite3 *db, GError **error, const char *sql, const char *format, ...)
{
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (db, sql, error);
  va_list args;
  int step;

  if (stmt == NULL)
    return FALSE;
  va_start (args, format);
  bind_valist (stmt, format, args);
  va_end (args);
  while ((step = regie_db_step (stmt, error)) == 1)
    ;
  return step == 0;
}

/* Steps to the first row. A failure is kept for the end of the work, which then fails with it: nothing may be
 * decided on a fallback that stands for an error. */
static sqlite3_stmt *
first_row (sqlite3 *db, const char *sql, const char *format, va_list args)
{
  RegieDbConnection *connection = regie_db_connection_get (db);
  g_autoptr (GError) error = NULL;
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (db, sql, &error);

  if (stmt != NULL)
    {
      bind_valist (stmt, format, args);
      if (regie_db_step (stmt, &error) == 1)
        return g_steal_pointer (&stmt);
    }
  if (error == NULL)
    return NULL;
  if (connection == NULL)
    g_warning ("%s", error->message);
  else if (connection->failed == NULL)
    connection->failed = g_steal_pointer (&error);
  return NULL;
}

gint64
regie_db_get_int64 (sqlite3 *db, gint64 fallback, const char *sql, const char *format, ...)
{
  g_autoptr (sqlite3_stmt) stmt = NULL;
  va_list args;

  va_start (args, format);
  stmt = first_row (db, sql, format, args);
  va_end (args);
  return stmt != NULL && sqlite3_column_type (stmt, 0) != SQLITE_NULL ? sqlite3_column_int64 (stmt, 0)
                                                                      : fallback;
}

char *
regie_db_get_text (sqlite3 *db, const char *sql, const char *format, ...)
{
  g_autoptr (sqlite3_stmt) stmt = NULL;
  va_list args;

  va_start (args, format);
  stmt = first_row (db, sql, format, args);
  va_end (args);
  return stmt != NULL ? g_strdup (regie_db_column_text (stmt, 0)) : NULL;
}

const char *
regie_db_column_text (sqlite3_stmt *stmt, int column)
{
  return (const char *) sqlite3_column_text (stmt, column);
}
