/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-engine-store-private.h"

#include "core/regie-error.h"
#include "core/regie-json.h"

/* An id of a minute is its second in eight hex digits, then the last sixteen of the Digital Human's. */

static void
set_int (JsonObject *record, const char *member, sqlite3_stmt *stmt, int column)
{
  if (sqlite3_column_type (stmt, column) != SQLITE_NULL)
    json_object_set_int_member (record, member, sqlite3_column_int64 (stmt, column));
}

JsonObject *
regie_minute_to_record (sqlite3_stmt *stmt, int first)
{
  static const char *const members[] = { "at",          "tasks", "errors", "latency_p50",
                                         "latency_p95", "cpu",   "memory" };
  gint64 at = sqlite3_column_int64 (stmt, first + 3);
  JsonObject *record = json_object_new ();

  json_object_set_string_member (record, "id", regie_db_column_text (stmt, first));
  json_object_set_int_member (record, "rev", 1);
  json_object_set_int_member (record, "created_at", at);
  json_object_set_int_member (record, "updated_at", at);
  json_object_set_string_member (record, "workspace", regie_db_column_text (stmt, first + 1));
  json_object_set_string_member (record, "digital_human", regie_db_column_text (stmt, first + 2));
  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    set_int (record, members[i], stmt, first + 3 + i);

  return record;
}

JsonObject *
regie_minute_find (sqlite3 *db, const char *workspace, const char *id, GError **error)
{
  g_autofree char *table = g_strdup_printf (REGIE_MINUTE_TABLE, workspace);
  g_autofree char *sql =
      g_strdup_printf ("SELECT " REGIE_MINUTE_COLUMNS " FROM %s AS t WHERE t.at = ? AND t.id = ?", table);
  g_autofree char *seconds = g_strndup (id, 8);
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (db, sql, error);

  if (stmt == NULL)
    return NULL;
  regie_db_bind (stmt, "is", (gint64) (g_ascii_strtoull (seconds, NULL, 16) * G_USEC_PER_SEC), id);

  return regie_db_step (stmt, error) == 1 ? regie_minute_to_record (stmt, 0) : NULL;
}
