/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-supervisor-private.h"

#include "core/regie-time.h"
#include "regie-worker-db.h"

#define HOURS 24
#define HOUR  (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)

typedef struct
{
  char *workspace;
  RegieLiveFigures figures;
} Entry;

struct _RegieLive
{
  gatomicrefcount refs;
  char *data_dir;
  GMutex lock;
  GHashTable *entries; /* id -> Entry */
};

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_free (entry->workspace);
  g_free (entry);
}

RegieLive *
regie_live_new (const char *data_dir)
{
  RegieLive *self = g_new0 (RegieLive, 1);

  g_atomic_ref_count_init (&self->refs);
  self->data_dir = g_strdup (data_dir);
  g_mutex_init (&self->lock);
  self->entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, entry_free);

  return self;
}

RegieLive *
regie_live_ref (RegieLive *self)
{
  g_atomic_ref_count_inc (&self->refs);

  return self;
}

void
regie_live_unref (RegieLive *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_hash_table_unref (self->entries);
  g_mutex_clear (&self->lock);
  g_free (self->data_dir);
  g_free (self);
}

void
regie_live_set (RegieLive *self, const char *id, const char *workspace, const RegieLiveFigures *figures)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  Entry *entry = g_hash_table_lookup (self->entries, id);

  if (entry == NULL)
    {
      entry = g_new0 (Entry, 1);
      entry->workspace = g_strdup (workspace);
      g_hash_table_insert (self->entries, g_strdup (id), entry);
    }
  entry->figures = *figures;
}

gboolean
regie_live_get (RegieLive *self, const char *id, RegieLiveFigures *figures)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  Entry *entry = g_hash_table_lookup (self->entries, id);

  if (entry != NULL)
    *figures = entry->figures;

  return entry != NULL;
}

guint
regie_live_count (RegieLive *self, const char *workspace)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  GHashTableIter iter;
  gpointer value;
  guint n = 0;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Entry *entry = value;

      if (entry->figures.up && (workspace == NULL || g_str_equal (entry->workspace, workspace)))
        n++;
    }

  return n;
}

/* --- decorators --- */

/* Tasks an hour, the last 24 hours, oldest first; the last one ends now. */
static JsonArray *
count_activity (sqlite3 *db, const char *id)
{
  gint64 since = regie_time_now () - HOURS * HOUR;
  gint64 counts[HOURS] = { 0 };
  JsonArray *array = json_array_sized_new (HOURS);
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (
      db, "SELECT at, tasks FROM metric WHERE digital_human = ? AND at > ? AND tasks > 0", NULL);

  if (stmt != NULL)
    regie_db_bind (stmt, "si", id, since);
  while (stmt != NULL && regie_db_step (stmt, NULL) == 1)
    {
      gint64 hour = (sqlite3_column_int64 (stmt, 0) - since) / HOUR;

      counts[CLAMP (hour, 0, HOURS - 1)] += sqlite3_column_int64 (stmt, 1);
    }
  for (guint i = 0; i < HOURS; i++)
    json_array_add_int_element (array, counts[i]);

  return array;
}

static void
decorate_human (sqlite3 *db, JsonObject *record, gpointer data)
{
  const char *id = regie_json_get_text (record, "id", "");
  RegieLiveFigures figures;

  json_object_set_array_member (record, "activity", count_activity (db, id));
  if (regie_live_get (data, id, &figures) && figures.heartbeat_at != 0)
    json_object_set_int_member (record, "heartbeat_at", figures.heartbeat_at);
}

static void
decorate_workspace (sqlite3 *db, JsonObject *record, gpointer data)
{
  json_object_set_int_member (
      record, "digital_humans",
      regie_db_get_int64 (db, 0, "SELECT count(*) FROM digital_human WHERE deleted_at IS NULL", NULL));
  json_object_set_int_member (record, "running",
                              regie_live_count (data, regie_json_get_text (record, "id", "")));
}

static void
decorate_database (sqlite3 *db, JsonObject *record, gpointer data)
{
  RegieLive *self = data;
  const char *id = regie_json_get_text (record, "digital_human", "");
  g_autofree char *path = regie_worker_db_path (self->data_dir, id);
  RegieLiveFigures figures;
  gint64 size = regie_worker_db_size (path);

  if (size > 0)
    json_object_set_int_member (record, "size", size);
  /* What is stored was counted at the last stop, or is newer. */
  if (regie_live_get (self, id, &figures) && figures.up && figures.rows >= 0)
    json_object_set_int_member (record, "rows", figures.rows);
}

void
regie_live_decorate (RegieLive *self, RegieEngineStore *store)
{
  regie_engine_store_set_decorator (store, regie_kind_get ("digital-human"), decorate_human, self);
  regie_engine_store_set_decorator (store, regie_kind_get ("workspace"), decorate_workspace, self);
  regie_engine_store_set_decorator (store, regie_kind_get ("database"), decorate_database, self);
}
