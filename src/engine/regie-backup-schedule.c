/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-backup-private.h"

#include <stdio.h>

#include "core/regie-time.h"
#include "regie-worker-db.h"

/* The daily backup, at a time of the Digital Human's own zone. What was missed while the engine did not run
 * is made when it runs again. */

#define AT_ONCE     2
#define RETRY_AFTER (10 * 60 * G_USEC_PER_SEC)

static void
scheduled_free (gpointer data)
{
  RegieScheduled *self = data;

  g_free (self->workspace);
  g_free (self->time);
  g_free (self->zone);
  g_free (self->failure);
  g_free (self);
}

gint64
regie_backup_last_due (const char *time, const char *zone, gint64 now)
{
  g_autoptr (GTimeZone) tz = g_time_zone_new_identifier (zone);
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (now / G_USEC_PER_SEC);
  g_autoptr (GDateTime) local = NULL;
  int hour, minute;

  if (tz == NULL)
    tz = g_time_zone_new_utc ();
  if (time == NULL || sscanf (time, "%2d:%2d", &hour, &minute) != 2)
    return 0;
  local = g_date_time_to_timezone (utc, tz);
  for (int back = 0; back < 3; back++)
    {
      g_autoptr (GDateTime) day = g_date_time_add_days (local, -back);
      g_autoptr (GDateTime) due =
          g_date_time_new (tz, g_date_time_get_year (day), g_date_time_get_month (day),
                           g_date_time_get_day_of_month (day), hour, minute, 0);
      gint64 at = due != NULL ? g_date_time_to_unix (due) * G_USEC_PER_SEC : G_MAXINT64;

      if (at <= now)
        return at;
    }

  return 0;
}

void
regie_supervisor_schedule (RegieSupervisor *self, JsonObject *human, gint64 since)
{
  const char *id = regie_json_get_text (human, "id", "");
  const char *time = regie_json_get_text (human, "backup_time", NULL);
  const char *zone = regie_json_get_text (human, "timezone", "UTC");
  RegieScheduled *entry = g_hash_table_lookup (self->schedule, id);

  if (since < 0 || time == NULL || *time == '\0')
    {
      if (entry != NULL && !entry->running)
        g_hash_table_remove (self->schedule, id);
      else if (entry != NULL)
        g_set_str (&entry->time, "");
      return;
    }
  if (entry != NULL && g_str_equal (entry->time, time) && g_str_equal (entry->zone, zone))
    return;
  if (entry == NULL)
    {
      entry = g_new0 (RegieScheduled, 1);
      g_hash_table_insert (self->schedule, g_strdup (id), entry);
    }
  g_set_str (&entry->workspace, regie_json_get_text (human, "workspace", ""));
  g_set_str (&entry->time, time);
  g_set_str (&entry->zone, zone);
  entry->since = since;
  entry->not_before = 0;
  regie_supervisor_watch_minutes (self);
}

typedef struct
{
  RegieSupervisor *supervisor;
  char *id;
  gint64 due;
} Running;

static void
running_free (gpointer data)
{
  Running *self = data;

  g_object_unref (self->supervisor);
  g_free (self->id);
  g_free (self);
}

static DexFuture *
on_backed_up (DexFuture *future, gpointer data)
{
  Running *self = data;
  RegieScheduled *entry = g_hash_table_lookup (self->supervisor->schedule, self->id);
  g_autoptr (GError) error = NULL;

  dex_future_get_value (future, &error);
  if (entry != NULL)
    {
      entry->running = FALSE;
      g_clear_pointer (&entry->failure, g_free);
      if (error == NULL)
        {
          entry->since = MAX (entry->since, self->due);
        }
      else
        {
          entry->failure = g_strdup (error->message);
          entry->failed_at = regie_time_now ();
          entry->not_before = entry->failed_at + RETRY_AFTER;
          g_warning ("The daily backup of Digital Human %s failed: %s", self->id, error->message);
        }
      if (*entry->time == '\0')
        g_hash_table_remove (self->supervisor->schedule, self->id);
    }
  regie_supervisor_run_schedule (self->supervisor);

  return dex_future_new_true ();
}

static void
begin (RegieSupervisor *self, const char *id, RegieScheduled *entry, gint64 due)
{
  Running *running = g_new0 (Running, 1);

  running->supervisor = g_object_ref (self);
  running->id = g_strdup (id);
  running->due = due;
  entry->running = TRUE;
  dex_future_disown (
      dex_future_finally (regie_supervisor_back_up (self, id, entry->workspace, "schedule", "engine"),
                          on_backed_up, running, running_free));
}

static gboolean
is_due (RegieSupervisor *self, const char *id, RegieScheduled *entry, gint64 now, gint64 *due)
{
  g_autofree char *path = NULL;

  *due = regie_backup_last_due (entry->time, entry->zone, now);
  if (entry->running || *due <= entry->since || now < entry->not_before)
    return FALSE;
  /* Never started: there is nothing to lose yet. */
  path = regie_worker_db_path (self->data_dir, id);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

void
regie_supervisor_run_schedule (RegieSupervisor *self)
{
  g_autoptr (GPtrArray) ids = NULL;
  gint64 now = regie_time_now ();
  guint running = 0;
  gint64 due;

  if (self->draining)
    return;
  ids = g_hash_table_get_keys_as_ptr_array (self->schedule);
  for (guint i = 0; i < ids->len; i++)
    running += ((RegieScheduled *) g_hash_table_lookup (self->schedule, g_ptr_array_index (ids, i)))->running
                   ? 1
                   : 0;
  for (guint i = 0; i < ids->len && running < AT_ONCE; i++)
    {
      const char *id = g_ptr_array_index (ids, i);
      RegieScheduled *entry = g_hash_table_lookup (self->schedule, id);

      if (is_due (self, id, entry, now, &due))
        {
          begin (self, id, entry, due);
          running++;
        }
    }
}

GHashTable *
regie_schedule_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, scheduled_free);
}
