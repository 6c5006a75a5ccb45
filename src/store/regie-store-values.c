/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-store-private.h"

#include "core/regie-json.h"

#include <string.h>

typedef struct
{
  char *name; /* or the prefix */
  char *json; /* NULL removes */
} Value;

static void
value_free (gpointer data)
{
  Value *self = data;

  g_free (self->name);
  g_free (self->json);
  g_free (self);
}

static Value *
value_new (const char *name, JsonObject *value)
{
  Value *self = g_new0 (Value, 1);

  self->name = g_strdup (name);
  self->json = value != NULL ? regie_store_json_write (value) : NULL;

  return self;
}

/* A draft "draft/KIND/KEY" is found again after a loss of the cache by the key of its record. */
static gboolean
keep_key (sqlite3 *user, RegieStoreJob *job, const char *name, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (name, "/", 3);
  const RegieKind *kind;
  g_auto (RegieRow) row = { 0 };

  if (g_strv_length (parts) != 3 || !g_str_equal (parts[0], "draft"))
    return TRUE;
  kind = regie_kind_get (parts[1]);
  if (kind == NULL)
    return TRUE;
  if (!regie_row_find (job->store->peek, kind, parts[2], &row, error))
    return FALSE;

  return row.remote_id == NULL ||
         regie_store_put_link (job->store, user, row.connection, kind, row.remote_id, row.key, error);
}

static gboolean
put (sqlite3 *user, RegieStoreJob *job, GError **error)
{
  Value *self = job->data;

  if (self->json == NULL)
    return regie_db_run (user, error, "DELETE FROM value WHERE name = ?1", "s", self->name);

  return keep_key (user, job, self->name, error) &&
         regie_db_run (user, error, "INSERT OR REPLACE INTO value (name, json) VALUES (?1, ?2)", "ss",
                       self->name, self->json);
}

DexFuture *
regie_store_put_value (RegieStore *self, const char *name, JsonObject *value)
{
  g_return_val_if_fail (REGIE_IS_STORE (self) && name != NULL, NULL);
  g_return_val_if_fail (!g_str_has_prefix (name, "journal/"), NULL);

  return regie_store_job_write_user (regie_store_job_new (self, put, value_new (name, value), value_free));
}

static gboolean
get (sqlite3 *user, RegieStoreJob *job, GError **error)
{
  Value *self = job->data;
  g_autofree char *json = regie_db_get_text (user, "SELECT json FROM value WHERE name = ?1", "s", self->name);

  regie_store_job_take_boxed (job, JSON_TYPE_OBJECT, regie_store_json_read (json));

  return TRUE;
}

DexFuture *
regie_store_get_value (RegieStore *self, const char *name)
{
  g_return_val_if_fail (REGIE_IS_STORE (self) && name != NULL, NULL);

  return regie_store_job_read_user (regie_store_job_new (self, get, value_new (name, NULL), value_free));
}

static gboolean
list (sqlite3 *user, RegieStoreJob *job, GError **error)
{
  Value *self = job->data;
  JsonObject *found = json_object_new ();
  g_autoptr (sqlite3_stmt) stmt =
      regie_db_prepare (user, "SELECT name, json FROM value WHERE name >= ?1 ORDER BY name", error);
  int step;

  regie_store_job_take_boxed (job, JSON_TYPE_OBJECT, found);
  if (stmt == NULL)
    return FALSE;
  regie_db_bind (stmt, "s", self->name);
  while ((step = regie_db_step (stmt, error)) == 1 &&
         g_str_has_prefix (regie_db_column_text (stmt, 0), self->name))
    {
      JsonObject *value = regie_store_json_read (regie_db_column_text (stmt, 1));

      if (value != NULL)
        json_object_set_object_member (found, regie_db_column_text (stmt, 0), value);
    }

  return step >= 0;
}

DexFuture *
regie_store_list_values (RegieStore *self, const char *prefix)
{
  g_return_val_if_fail (REGIE_IS_STORE (self) && prefix != NULL, NULL);

  return regie_store_job_read_user (regie_store_job_new (self, list, value_new (prefix, NULL), value_free));
}
