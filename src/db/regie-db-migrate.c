/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-db"

#include "regie-db-private.h"

#include "core/regie-error.h"

RegieDbSchema *
regie_db_schema_copy (const RegieDbSchema *schema)
{
  RegieDbSchema *copy = g_new0 (RegieDbSchema, 1);
  char **steps = g_new0 (char *, schema->n_steps + 1);

  copy->name = g_strdup (schema->name);
  copy->application_id = schema->application_id;
  copy->n_steps = schema->n_steps;
  for (guint i = 0; i < schema->n_steps; i++)
    steps[i] = g_strdup (schema->steps[i]);
  copy->steps = (const char *const *) steps;
  return copy;
}

void
regie_db_schema_free (RegieDbSchema *schema)
{
  if (schema == NULL)
    return;
  g_strfreev ((char **) schema->steps);
  g_free ((char *) schema->name);
  g_free (schema);
}

/* The first column of the first row of a query that must work. */
static gboolean
get_number (sqlite3 *db, const char *sql, gint64 *number, GError **error)
{
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (db, sql, error);
  int step = stmt != NULL ? regie_db_step (stmt, error) : -1;

  *number = step == 1 ? sqlite3_column_int64 (stmt, 0) : 0;
  return step >= 0;
}

gboolean
regie_db_identify (sqlite3 *db, const RegieDbSchema *schema, guint *version, GError **error)
{
  const char *path = sqlite3_db_filename (db, "main");
  gint64 application_id, user_version, n_objects;

  if (!get_number (db, "PRAGMA application_id", &application_id, error) ||
      !get_number (db, "PRAGMA user_version", &user_version, error) ||
      !get_number (db, "SELECT count(*) FROM sqlite_schema", &n_objects, error))
    return FALSE;
  *version = (guint) user_version;
  if (application_id == 0 && user_version == 0 && n_objects == 0)
    return TRUE;
  if ((guint32) application_id != schema->application_id)
    {
      g_set_error (
          error, REGIE_ERROR, REGIE_ERROR_INVALID,
          "The file %s is a database, but not the one for %s (its application id is 0x%08x, not 0x%08x). "
          "It was left as it is; move it away, or choose another place.",
          path, schema->name, (guint32) application_id, schema->application_id);
      return FALSE;
    }
  if (user_version > schema->n_steps)
    {
      g_set_error (
          error, REGIE_ERROR, REGIE_ERROR_NEWER,
          "The file %s was written by a newer version (%s has version %d in it; this program knows up to "
          "%u). "
          "It was left as it is; use the newer version, or a copy named %s.before-v… if there is one.",
          path, schema->name, (int) user_version, schema->n_steps, path);
      return FALSE;
    }
  return TRUE;
}

static gboolean
check_foreign_keys (sqlite3 *db, const RegieDbSchema *schema, GError **error)
{
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (db, "PRAGMA foreign_key_check", error);
  int step = stmt != NULL ? regie_db_step (stmt, error) : -1;

  if (step == 1)
    g_set_error (error, REGIE_ERROR, REGIE_ERROR_FAILED,
                 "The migration of %s would leave a row of %s without the %s it refers to", schema->name,
                 regie_db_column_text (stmt, 0), regie_db_column_text (stmt, 2));
  return step == 0;
}

static gboolean
run_steps (sqlite3 *db, const RegieDbSchema *schema, guint version, GError **error)
{
  g_autofree char *mark = NULL;

  for (guint i = version; i < schema->n_steps; i++)
    {
      g_autofree char *attempted = NULL;

      if (sqlite3_exec (db, schema->steps[i], NULL, NULL, NULL) == SQLITE_OK)
        continue;
      attempted = g_strdup_printf ("bring %s from version %u to %u in", schema->name, i, i + 1);
      regie_db_set_error (db, error, attempted);
      return FALSE;
    }
  mark = g_strdup_printf ("PRAGMA user_version=%u; PRAGMA application_id=%d;", schema->n_steps,
                          (gint32) schema->application_id);
  return check_foreign_keys (db, schema, error) && regie_db_exec (db, mark, error);
}

/* All steps are one transaction: the file has the old version or the newest one. Foreign keys are off
 * meanwhile, since SQLite's way to change a table is to make a new one and drop the old. */
static gboolean
run_migration (sqlite3 *db, const RegieDbSchema *schema, guint version, GError **error)
{
  gboolean ok;

  if (!regie_db_exec (db, "PRAGMA foreign_keys=OFF", error) || !regie_db_exec (db, "BEGIN IMMEDIATE", error))
    return FALSE;
  ok = run_steps (db, schema, version, error) && regie_db_exec (db, "COMMIT", error);
  if (!ok && !sqlite3_get_autocommit (db))
    sqlite3_exec (db, "ROLLBACK", NULL, NULL, NULL);
  sqlite3_exec (db, "PRAGMA foreign_keys=ON", NULL, NULL, NULL);
  return ok;
}

gboolean
regie_db_migrate (sqlite3 *db, const RegieDbSchema *schema, gboolean copy, const char *vfs, GError **error)
{
  guint version = 0;

  if (!regie_db_identify (db, schema, &version, error))
    return FALSE;
  if (version == schema->n_steps)
    return TRUE;
  if (copy && version > 0)
    {
      g_autofree char *dest =
          g_strdup_printf ("%s.before-v%u", sqlite3_db_filename (db, "main"), schema->n_steps);

      if (!regie_db_copy_into (db, dest, vfs, error))
        {
          g_prefix_error (
              error, "No copy could be made before the migration of %s, so it was not begun: ", schema->name);
          return FALSE;
        }
      g_message ("%s was copied to %s before its migration from version %u to %u",
                 sqlite3_db_filename (db, "main"), dest, version, schema->n_steps);
    }
  return run_migration (db, schema, version, error);
}
