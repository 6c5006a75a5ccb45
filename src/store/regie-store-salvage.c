/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-store"

#include "regie-store-private.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

/* What can still be read of a damaged user.db goes into a new one; the damaged file is kept beside it. */

typedef struct
{
  sqlite3 *from;
  guint n_rows;     /* taken over, of all tables */
  guint n_intents;  /* of them changes that may still wait to be sent */
  gboolean damaged; /* some rows could not be read */
} Salvage;

static const struct
{
  const char *name, *order;
} tables[] = { { "intent", "seq" }, { "need", "seq, key" }, { "link", "connection, kind, remote_id" },
               { "value", "name" }, { "audit", "n" },       { "audit_value", "n" } };

static char *
list_columns (sqlite3 *db, const char *table, guint *n)
{
  g_autofree char *sql = g_strdup_printf ("SELECT name FROM pragma_table_info('%s')", table);
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (db, sql, NULL);
  GString *names = g_string_new (NULL);

  *n = 0;
  while (stmt != NULL && regie_db_step (stmt, NULL) == 1)
    g_string_append_printf (names, "%s%s", (*n)++ > 0 ? ", " : "", regie_db_column_text (stmt, 0));

  return g_string_free_and_steal (names);
}

static char *
build_insert (const char *table, const char *columns, guint n)
{
  GString *sql = g_string_new (NULL);

  g_string_append_printf (sql, "INSERT OR IGNORE INTO %s (%s) VALUES (", table, columns);
  for (guint i = 0; i < n; i++)
    g_string_append (sql, i > 0 ? ", ?" : "?");
  g_string_append_c (sql, ')');

  return g_string_free_and_steal (sql);
}

/* Copies until the end or the first page that cannot be read; FALSE then. */
static gboolean
copy_rows (Salvage *self, sqlite3 *to, const char *table, const char *columns, guint n, const char *order)
{
  g_autofree char *select = g_strdup_printf ("SELECT %s FROM %s ORDER BY %s", columns, table, order);
  g_autofree char *insert = build_insert (table, columns, n);
  sqlite3_stmt *source = NULL;
  g_autoptr (sqlite3_stmt) target = regie_db_prepare (to, insert, NULL);
  int step = SQLITE_ERROR;

  if (target == NULL || sqlite3_prepare_v2 (self->from, select, -1, &source, NULL) != SQLITE_OK)
    return FALSE;
  while ((step = sqlite3_step (source)) == SQLITE_ROW)
    {
      for (guint i = 0; i < n; i++)
        sqlite3_bind_value (target, i + 1, sqlite3_column_value (source, i));
      if (sqlite3_step (target) == SQLITE_DONE && sqlite3_changes (to) > 0)
        {
          self->n_rows++;
          self->n_intents += g_str_equal (table, "intent");
        }
      sqlite3_reset (target);
    }
  sqlite3_finalize (source);

  return step == SQLITE_DONE;
}

static char *
reverse (const char *order)
{
  g_auto (GStrv) parts = g_strsplit (order, ", ", -1);
  g_autofree char *joined = g_strjoinv (" DESC, ", parts);

  return g_strconcat (joined, " DESC", NULL);
}

/* From both ends, since a damaged page stops a walk. */
static gboolean
copy_tables (sqlite3 *to, gpointer data, GError **error)
{
  Salvage *self = data;

  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    {
      guint n;
      g_autofree char *columns = list_columns (to, tables[i].name, &n);
      g_autofree char *backwards = reverse (tables[i].order);

      if (copy_rows (self, to, tables[i].name, columns, n, tables[i].order))
        continue;
      self->damaged = TRUE;
      copy_rows (self, to, tables[i].name, columns, n, backwards);
    }

  return TRUE;
}

static gboolean
move_aside (const char *path, const char *aside, const char *end, GError **error)
{
  g_autofree char *from = g_strconcat (path, end, NULL);
  g_autofree char *to = g_strconcat (aside, end, NULL);

  if (g_rename (from, to) == 0 || errno == ENOENT)
    return TRUE;
  g_set_error (error, REGIE_ERROR, REGIE_ERROR_FAILED, "The damaged file %s cannot be moved: %s", from,
               g_strerror (errno));

  return FALSE;
}

char *
regie_store_set_user_aside (const char *path, GError **error)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *stamp = g_date_time_format (now, "%Y%m%dT%H%M%SZ");
  g_autofree char *aside = g_strdup_printf ("%s.corrupt-%s", path, stamp);
  g_autofree char *shm = g_strconcat (path, "-shm", NULL);
  g_autofree char *unclean = g_strconcat (path, ".unclean", NULL);

  if (!move_aside (path, aside, "", error) || !move_aside (path, aside, "-wal", error))
    return NULL;
  g_unlink (shm);
  g_unlink (unclean);

  return g_steal_pointer (&aside);
}

char *
regie_store_salvage (RegieDb *db, const char *aside, const char *reason, GError **error)
{
  Salvage self = { NULL, 0, 0, FALSE };
  gboolean readable = sqlite3_open_v2 (aside, &self.from, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK;
  gboolean ok = !readable || regie_db_write_sync (db, copy_tables, &self, error);

  sqlite3_close (self.from);
  if (!ok)
    return NULL;
  if (self.n_rows == 0)
    return g_strdup_printf (
        "%s Nothing in it could be read. It was kept as %s, and a new file was begun: changes "
        "that waited to be sent are not known any more.",
        reason, aside);

  return g_strdup_printf (
      "%s What could be read of it was taken over into a new file: %u entries, %u of them "
      "changes. %sThe damaged file was kept as %s.",
      reason, self.n_rows, self.n_intents, self.damaged ? "Other entries could not be read. " : "", aside);
}
