/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-summary-private.h"

#include <sys/stat.h>

#include "core/regie-time.h"
#include "regie-backup-private.h"

#define MINUTE (60 * (gint64) G_USEC_PER_SEC)

static const struct
{
  const char *name;
  guint n_buckets;
  gint64 bucket;
} windows[] = {
  { "1h", 60, MINUTE },
  { "24h", 96, 15 * MINUTE },
  { "7d", 84, 120 * MINUTE },
};

static void
backup_free (gpointer data)
{
  RegieSummaryBackup *self = data;

  g_free (self->human);
  g_free (self->time);
  g_free (self->failure);
  g_free (self);
}

static void
summary_free (gpointer data)
{
  RegieSummaryData *self = data;

  for (guint i = 0; i < self->n_buckets; i++)
    g_array_unref (self->buckets[i].latencies);
  g_free (self->buckets);
  g_free (self->memory);
  g_ptr_array_unref (self->backups);
  g_clear_pointer (&self->attention, json_array_unref);
  g_clear_pointer (&self->result, json_object_unref);
  g_free (self->window);
  g_free (self->workspace);
  g_free (self->digital_human);
  g_free (self->at_workspace);
  g_object_unref (self->supervisor);
  g_free (self);
}

/* --- preparing --- */

/* The last bucket is the one under way. */
static gboolean
set_window (RegieSummaryData *self, const char *window)
{
  for (guint i = 0; i < G_N_ELEMENTS (windows); i++)
    {
      if (!g_str_equal (windows[i].name, window))
        continue;
      self->bucket = windows[i].bucket;
      self->n_buckets = windows[i].n_buckets;
      self->start = self->now - self->now % self->bucket - (self->n_buckets - 1) * self->bucket;
      self->n_minutes = self->n_buckets * (self->bucket / MINUTE);
      self->memory = g_new0 (gint64, self->n_minutes);
      self->buckets = g_new0 (RegieSummaryBucket, self->n_buckets);
      for (guint b = 0; b < self->n_buckets; b++)
        self->buckets[b].latencies = g_array_new (FALSE, FALSE, sizeof (gint64));
      return TRUE;
    }

  return FALSE;
}

static void
collect_backups (RegieSummaryData *self)
{
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, self->supervisor->schedule);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      RegieScheduled *entry = value;
      RegieSummaryBackup *backup;

      if (entry->failure == NULL)
        continue;
      backup = g_new0 (RegieSummaryBackup, 1);
      backup->human = g_strdup (key);
      backup->time = g_strdup (entry->time);
      backup->failure = g_strdup (entry->failure);
      backup->failed_at = entry->failed_at;
      g_ptr_array_add (self->backups, backup);
    }
}

/* Of no workspace. Takes CAUSE over; SINCE 0: not known. */
static void
add_general (RegieSummaryData *self,
             const char *kind,
             const char *title,
             JsonObject *cause,
             const char *action,
             gint64 since)
{
  g_autoptr (JsonObject) owned = cause;
  JsonObject *item =
      regie_json_object_new ("kind", 's', kind, "id", 's', NULL, "workspace", 's', NULL, "title", 's', title,
                             "action", 's', action, "since", 's', NULL, NULL);

  regie_cause_store (item, "cause", owned);
  if (since != 0)
    json_object_set_int_member (item, "since", since);
  json_array_add_object_element (self->attention, item);
}

static void
add_general_attention (RegieSummaryData *self)
{
  g_autoptr (JsonArray) broken = NULL;
  struct stat status = { 0 };

  if (self->everything_paused)
    {
      stat (self->supervisor->pause_file, &status);
      add_general (self, "engine", "All outward actions", regie_cause_new ("paused-everything", NULL),
                   "resume", (gint64) status.st_mtime * G_USEC_PER_SEC);
    }
  if (self->workspace != NULL || self->digital_human != NULL)
    return;
  broken = regie_engine_store_list_broken (self->supervisor->store);
  for (guint i = 0; i < json_array_get_length (broken); i++)
    {
      JsonObject *file = json_array_get_object_element (broken, i);
      JsonObject *args = regie_json_object_new ("why", 's', regie_json_get_text (file, "error", ""), NULL);

      add_general (self, "file", regie_json_get_text (file, "file", ""),
                   regie_cause_new ("file-unusable", args), NULL, 0);
    }
}

/* --- finishing --- */

static void
set_percentiles (JsonObject *object, GArray *latencies)
{
  const gint64 *values = (const gint64 *) latencies->data;

  if (latencies->len == 0)
    {
      json_object_set_null_member (object, "latency_p50");
      json_object_set_null_member (object, "latency_p95");
      return;
    }
  regie_sort_values ((gint64 *) latencies->data, latencies->len);
  json_object_set_int_member (object, "latency_p50", regie_percentile (values, latencies->len, 0.5));
  json_object_set_int_member (object, "latency_p95", regie_percentile (values, latencies->len, 0.95));
}

static JsonObject *
describe_bucket (RegieSummaryData *self, guint i, GArray *all)
{
  RegieSummaryBucket *bucket = &self->buckets[i];
  guint per_bucket = self->bucket / MINUTE;
  JsonObject *object = regie_json_object_new ("at", 'i', self->start + i * self->bucket, "tasks", 'i',
                                              bucket->tasks, "errors", 'i', bucket->errors, NULL);

  for (guint m = i * per_bucket; m < (i + 1) * per_bucket && m < self->n_minutes; m++)
    bucket->memory = MAX (bucket->memory, self->memory[m]);
  g_array_append_vals (all, bucket->latencies->data, bucket->latencies->len);
  set_percentiles (object, bucket->latencies);
  json_object_set_int_member (object, "cpu", bucket->cpu);
  json_object_set_int_member (object, "memory", bucket->memory);

  return object;
}

static gboolean
finish (gpointer data, GError **error)
{
  RegieSummaryData *self = data;
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (gint64));
  JsonArray *series = json_array_sized_new (self->n_buckets);
  gint64 tasks = 0;
  gint64 errors = 0;

  for (guint i = 0; i < self->n_buckets; i++)
    {
      tasks += self->buckets[i].tasks;
      errors += self->buckets[i].errors;
      json_array_add_object_element (series, describe_bucket (self, i, all));
    }
  self->result = regie_json_object_new ("window", 's', self->window, "active", 'i', self->active, "stopped",
                                        'i', self->stopped, "failing", 'i', self->failing, "paused", 'i',
                                        self->paused, "tasks", 'i', tasks, "errors", 'i', errors, NULL);
  set_percentiles (self->result, all);
  json_object_set_array_member (self->result, "series", series);
  json_object_set_array_member (self->result, "attention", g_steal_pointer (&self->attention));

  return TRUE;
}

/* --- in a fiber --- */

static GStrv
find_workspaces (RegieSummaryData *self, GError **error)
{
  GStrvBuilder *builder;
  GStrv workspaces;
  char *found;

  if (self->digital_human == NULL && self->workspace == NULL)
    return regie_engine_store_list_workspaces (self->supervisor->store);
  found = self->digital_human != NULL
              ? dex_await_string (regie_engine_store_find_workspace (self->supervisor->store,
                                                                     regie_kind_get ("digital-human"),
                                                                     self->digital_human, FALSE),
                                  error)
              : g_strdup (self->workspace);
  if (found == NULL)
    return NULL;
  builder = g_strv_builder_new ();
  g_strv_builder_take (builder, found);
  workspaces = g_strv_builder_end (builder);
  g_strv_builder_unref (builder);

  return workspaces;
}

static DexFuture *
summary_fiber (gpointer data)
{
  RegieSummaryData *self = data;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) workspaces = find_workspaces (self, &error);

  if (workspaces == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));
  for (guint i = 0; workspaces[i] != NULL; i++)
    {
      g_set_str (&self->at_workspace, workspaces[i]);
      if (!dex_await (regie_engine_store_read (self->supervisor->store, workspaces[i],
                                               regie_summary_read_figures, self, NULL),
                      &error))
        return dex_future_new_for_error (g_steal_pointer (&error));
    }
  if (!dex_await (regie_on_thread (finish, self), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_take_boxed (JSON_TYPE_OBJECT, json_object_ref (self->result));
}

DexFuture *
regie_supervisor_summary (RegieSupervisor *self,
                          const char *window,
                          const char *workspace,
                          const char *digital_human)
{
  RegieSummaryData *data = g_new0 (RegieSummaryData, 1);

  data->supervisor = g_object_ref (self);
  data->now = regie_time_now ();
  data->window = g_strdup (window);
  data->workspace = g_strdup (workspace);
  data->digital_human = g_strdup (digital_human);
  data->everything_paused = self->paused;
  data->backups = g_ptr_array_new_with_free_func (backup_free);
  data->attention = json_array_new ();
  if (!set_window (data, window))
    {
      summary_free (data);
      return dex_future_new_reject (REGIE_ERROR, REGIE_ERROR_INVALID, "/window: 1h, 24h or 7d is needed");
    }
  collect_backups (data);
  add_general_attention (data);

  return regie_spawn (self, summary_fiber, data, summary_free);
}
