/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-supervisor-private.h"

#include <glib/gstdio.h>

#include "regie-right.h"
#include "regie-worker-db.h"

/* What a Digital Human may do now, and how much of it is used up: for the page that explains it. */

typedef struct
{
  RegieSupervisor *supervisor;
  char *id;
  JsonArray *rights;
  JsonObject *usage;
} Effective;

static void
effective_free (gpointer data)
{
  Effective *self = data;

  g_object_unref (self->supervisor);
  g_clear_pointer (&self->rights, json_array_unref);
  g_clear_pointer (&self->usage, json_object_unref);
  g_free (self->id);
  g_free (self);
}

static gboolean
read_rights (sqlite3 *db, gpointer data, GError **error)
{
  Effective *self = data;

  self->rights = regie_right_read (db, self->id, error);

  return self->rights != NULL;
}

/* Nobody has the file open for writing, or it does not matter: it is only read. */
static gboolean
read_usage_on_thread (gpointer data, GError **error)
{
  Effective *self = data;
  g_autofree char *path = regie_worker_db_path (self->supervisor->data_dir, self->id);
  g_autoptr (RegieDb) db = NULL;

  self->usage = json_object_new ();
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  db = regie_db_open (path, &regie_worker_db_schema, REGIE_DB_READ_ONLY, NULL, error);

  return db != NULL && regie_db_read_sync (db, regie_worker_db_read_usage, self->usage, error);
}

/* In a fiber. A database that cannot be read is no reason not to explain the rights. */
static void
find_usage (Effective *self)
{
  RegieRunner *runner = regie_supervisor_find (self->supervisor, self->id);
  g_autoptr (JsonObject) reply = NULL;
  g_autoptr (GError) error = NULL;

  if (runner != NULL && runner->phase == REGIE_RUNNER_UP)
    {
      reply = dex_await_boxed (regie_runner_request (runner, "usage", NULL), NULL);
      if (reply != NULL && regie_json_get_object (reply, "usage") != NULL)
        {
          self->usage = json_object_ref (regie_json_get_object (reply, "usage"));
          return;
        }
    }
  if (!dex_await (regie_on_thread (read_usage_on_thread, self), &error))
    g_warning ("Uses of Digital Human %s cannot be read: %s", self->id, error->message);
}

static JsonObject *
describe_limits (RegieSupervisor *self, JsonObject *human)
{
  RegieRunner *runner = regie_supervisor_find (self, regie_json_get_text (human, "id", ""));

  return regie_json_object_new ("cpu", 'i', regie_json_get_int (human, "cpu_limit", 0), "memory", 'i',
                                regie_json_get_int (human, "memory_limit", 0), "cgroup", 'b',
                                self->cgroup != NULL, "cause", 's', self->no_cgroup, "enforced", 's',
                                runner != NULL && regie_runner_is_alive (runner) ? runner->limits : NULL,
                                NULL);
}

static DexFuture *
effective_fiber (gpointer data)
{
  Effective *self = data;
  RegieSupervisor *supervisor = self->supervisor;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) human = dex_await_boxed (
      regie_engine_store_get (supervisor->store, regie_kind_get ("digital-human"), self->id), &error);
  const char *workspace = regie_json_get_text (human, "workspace", "");
  JsonArray *items;

  if (human == NULL ||
      !dex_await (regie_engine_store_read (supervisor->store, workspace, read_rights, self, NULL), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));
  find_usage (self);
  items = regie_right_effective (self->rights, self->id,
                                 regie_supervisor_why_paused (supervisor, workspace, human));
  if (self->usage != NULL)
    regie_right_set_used (items, self->usage);

  return dex_future_new_take_boxed (
      JSON_TYPE_OBJECT,
      regie_json_object_new ("items", 'a', items, "limits", 'o', describe_limits (supervisor, human), NULL));
}

DexFuture *
regie_supervisor_effective_rights (RegieSupervisor *self, const char *digital_human)
{
  Effective *data = g_new0 (Effective, 1);

  data->supervisor = g_object_ref (self);
  data->id = g_strdup (digital_human);

  return regie_spawn (self, effective_fiber, data, effective_free);
}
