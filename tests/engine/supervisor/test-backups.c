/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "supervisor-test-util.h"

#include <glib/gstdio.h>
#include <signal.h>

#include "core/regie-time.h"
#include "engine/regie-backup-private.h"
#include "engine/regie-worker-db.h"

/* Databases: looking after them, backups, the schedule. */

#define TEXT "{\"text\": \"Hello, where is my order?\"}"

static void
do_task (Fixture *f, const char *human)
{
  g_autofree char *id = test_put_task (f, human, "answer", "normal", TEXT);
  g_autoptr (JsonObject) task = test_wait_task (f, id);

  g_assert_cmpstr (regie_json_get_text (task, "state", ""), ==, "done");
}

static JsonObject *
only (Fixture *f, const char *kind, const char *human)
{
  g_autoptr (JsonArray) items = test_list (f, kind, "digital_human", human);

  g_assert_cmpuint (json_array_get_length (items), ==, 1);

  return json_object_ref (json_array_get_object_element (items, 0));
}

static void
stop (Fixture *f, const char *human)
{
  json_object_unref (test_act (f, "digital-human", human, "stop", NULL));
  json_object_unref (test_wait_state (f, "digital-human", human, "stopped"));
}

static gint64
count_rows (Fixture *f, const char *file)
{
  g_autofree char *path = g_build_filename (f->folder, file, NULL);
  g_autoptr (GError) error = NULL;
  sqlite3 *db = NULL;
  gint64 rows;

  g_assert_cmpint (sqlite3_open_v2 (path, &db, SQLITE_OPEN_READONLY, NULL), ==, SQLITE_OK);
  rows = regie_worker_db_count (db);
  sqlite3_close (db);

  return rows;
}

/* By the worker while it runs, else by the engine: the same is done. */
static void
test_actions (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autofree char *human = test_put_human (f, "one", "{}");
  g_autoptr (JsonObject) database = NULL;
  const char *id;

  test_start (f, human);
  do_task (f, human);
  database = only (f, "database", human);
  id = regie_json_get_text (database, "id", "");
  g_assert_cmpstr (regie_json_get_text (database, "integrity", ""), ==, "unchecked");
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (JsonObject) checked = test_act (f, "database", id, "check", NULL);
      g_autoptr (JsonObject) compacted = test_act (f, "database", id, "compact", NULL);
      g_autoptr (JsonObject) backed_up = test_act (f, "database", id, "backup", NULL);
      g_autoptr (JsonArray) backups = test_list (f, "backup", "digital_human", human);
      JsonObject *backup = json_array_get_object_element (backups, i);

      g_assert_cmpstr (regie_json_get_text (checked, "integrity", ""), ==, "sound");
      g_assert_cmpint (regie_json_get_int (checked, "checked_at", 0), >, 0);
      g_assert_cmpint (regie_json_get_int (checked, "rows", 0), ==, 3);
      g_assert_cmpint (regie_json_get_int (compacted, "size", 0), >, 0);
      g_assert_cmpint (regie_json_get_int (backed_up, "last_backup_at", 0), >, 0);
      g_assert_cmpuint (json_array_get_length (backups), ==, i + 1);
      g_assert_cmpstr (regie_json_get_text (backup, "cause", ""), ==, "user");
      g_assert_cmpint (count_rows (f, regie_json_get_text (backup, "file", "")), ==, 3);
      stop (f, human);
    }
}

static void
test_restore (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autofree char *human = test_put_human (f, "one", "{}");
  g_autoptr (JsonObject) database = NULL;
  g_autoptr (JsonObject) backup = NULL;
  g_autoptr (JsonObject) restored = NULL;
  g_autoptr (JsonObject) after = NULL;
  g_autoptr (JsonObject) again = NULL;
  g_autoptr (JsonArray) backups = NULL;
  JsonObject *safety;
  GPid pid;

  pid = test_start (f, human);
  do_task (f, human);
  database = only (f, "database", human);
  json_object_unref (test_act (f, "database", regie_json_get_text (database, "id", ""), "backup", NULL));
  backup = only (f, "backup", human);
  do_task (f, human);
  do_task (f, human);

  restored = test_act (f, "backup", regie_json_get_text (backup, "id", ""), "restore-database", NULL);
  after = only (f, "database", human);
  g_assert_cmpint (regie_json_get_int (after, "rows", 0), ==, 3);
  g_assert_cmpstr (regie_json_get_text (after, "integrity", ""), ==, "sound");
  g_assert_false (test_is_alive (pid));

  /* What was there before is kept, and the Digital Human runs again by itself. */
  backups = test_list (f, "backup", "digital_human", human);
  g_assert_cmpuint (json_array_get_length (backups), ==, 2);
  safety = json_array_get_object_element (backups, 1);
  g_assert_cmpstr (regie_json_get_text (safety, "cause", ""), ==, "restore");
  g_assert_cmpint (count_rows (f, regie_json_get_text (safety, "file", "")), ==, 9);
  again = test_wait_state (f, "digital-human", human, "idle");
  do_task (f, human);
}

static void
test_restore_damaged (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autofree char *human = test_put_human (f, "one", "{}");
  g_autofree char *path = regie_worker_db_path (f->folder, human);
  g_autofree char *garbage = g_strnfill (20000, 'x');
  g_autoptr (JsonObject) database = NULL;
  g_autoptr (JsonObject) damaged = NULL;
  g_autoptr (JsonObject) backup = NULL;
  g_autoptr (JsonObject) restored = NULL;
  g_autoptr (JsonObject) sound = NULL;

  test_start (f, human);
  do_task (f, human);
  database = only (f, "database", human);
  json_object_unref (test_act (f, "database", regie_json_get_text (database, "id", ""), "backup", NULL));
  backup = only (f, "backup", human);
  stop (f, human);

  g_assert_true (g_file_set_contents (path, garbage, 20000, NULL));
  damaged = test_act (f, "database", regie_json_get_text (database, "id", ""), "check", NULL);
  g_assert_cmpstr (regie_json_get_text (damaged, "integrity", ""), ==, "damaged");
  restored = test_act (f, "backup", regie_json_get_text (backup, "id", ""), "restore-database", NULL);
  sound = only (f, "database", human);
  g_assert_cmpstr (regie_json_get_text (sound, "integrity", ""), ==, "sound");
  g_assert_cmpint (regie_json_get_int (sound, "rows", 0), ==, 3);
  test_start (f, human);
  do_task (f, human);
}

static void
test_restore_missing (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autofree char *human = test_put_human (f, "one", "{}");
  g_autoptr (JsonObject) database = NULL;
  g_autoptr (JsonObject) backup = NULL;
  g_autoptr (JsonObject) back = NULL;
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;

  test_start (f, human);
  database = only (f, "database", human);
  json_object_unref (test_act (f, "database", regie_json_get_text (database, "id", ""), "backup", NULL));
  backup = only (f, "backup", human);
  path = g_build_filename (f->folder, regie_json_get_text (backup, "file", ""), NULL);
  g_unlink (path);
  g_assert_null (test_act (f, "backup", regie_json_get_text (backup, "id", ""), "restore-database", &error));
  g_assert_error (error, REGIE_ERROR, REGIE_ERROR_NOT_FOUND);
  /* It goes on as it was. */
  back = test_wait_state (f, "digital-human", human, "idle");
}

/* --- the schedule --- */

static gint64
instant (const char *text)
{
  gint64 time;

  g_assert_true (regie_time_parse (text, NULL, &time));

  return time;
}

static void
test_due (void)
{
  static const struct
  {
    const char *time, *zone, *now, *due;
  } cases[] = {
    { "03:00", "UTC", "2026-11-20T03:00:00Z", "2026-11-20T03:00:00Z" },
    { "03:00", "UTC", "2026-11-20T02:59:59Z", "2026-11-19T03:00:00Z" },
    { "03:00", "Europe/Paris", "2026-11-20T03:00:00Z", "2026-11-20T02:00:00Z" },
    { "03:00", "Europe/Paris", "2026-07-20T03:00:00Z", "2026-07-20T01:00:00Z" },
    { "23:30", "America/New_York", "2026-11-20T04:00:00Z", "2026-11-19T04:30:00Z" },
    { "23:30", "Pacific/Auckland", "2026-11-20T11:00:00Z", "2026-11-20T10:30:00Z" },
    { "00:00", "Asia/Tokyo", "2026-03-01T14:59:59Z", "2026-02-28T15:00:00Z" },
    /* The hour that is there twice, and the one that is not there. */
    { "02:30", "Europe/Paris", "2026-10-25T06:00:00Z", NULL },
    { "02:30", "Europe/Paris", "2026-03-29T06:00:00Z", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gint64 now = instant (cases[i].now);
      gint64 due = regie_backup_last_due (cases[i].time, cases[i].zone, now);

      g_assert_cmpint (due, <=, now);
      g_assert_cmpint (due, >, now - 26 * G_TIME_SPAN_HOUR);
      if (cases[i].due != NULL)
        g_assert_cmpint (due, ==, instant (cases[i].due));
    }
  g_assert_cmpint (regie_backup_last_due ("never", "UTC", instant ("2026-11-20T03:00:00Z")), ==, 0);
}

static gint64 clock_now;

static gint64
test_clock (void)
{
  return clock_now + g_get_monotonic_time () % G_USEC_PER_SEC;
}

typedef struct
{
  Fixture *f;
  const char *human;
  guint count;
} Counting;

static gboolean
has_backups (gpointer data)
{
  Counting *self = data;
  g_autoptr (JsonArray) backups = test_list (self->f, "backup", "digital_human", self->human);

  return json_array_get_length (backups) == self->count;
}

static guint
count_files (Fixture *f, const char *human)
{
  g_autofree char *folder = g_build_filename (f->folder, "backups", human, NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint n = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    n++;

  return n;
}

static gboolean
has_seven_files (gpointer data)
{
  Counting *self = data;

  return count_files (self->f, self->human) == 7;
}

/* That of the ninth day. */
static gboolean
has_last_backup (gpointer data)
{
  Counting *self = data;
  g_autoptr (JsonObject) database = only (self->f, "database", self->human);

  return regie_json_get_int (database, "last_backup_at", 0) > instant ("2026-11-29T01:00:00Z");
}

static void
test_schedule (void)
{
  g_autoptr (Fixture) f = NULL;
  g_autofree char *human = NULL;
  g_autofree char *never = NULL;

  clock_now = instant ("2026-11-20T12:00:00Z");
  regie_time_set_clock (test_clock);
  f = fixture_new ();
  human = test_put_human (f, "one", "{\"backup_time\": \"03:00\", \"timezone\": \"Europe/Paris\"}");
  never = test_put_human (f, "two", "{\"backup_time\": \"03:00\"}");
  test_start (f, human);
  do_task (f, human);

  /* Not before its time, once at it, not again the same day; where it runs or not does not matter. */
  regie_supervisor_run_schedule (f->supervisor);
  for (guint day = 1; day <= 9; day++)
    {
      Counting counting = { .f = f, .human = human, .count = MIN (day, 7) };
      g_autoptr (JsonArray) backups = NULL;

      clock_now = instant ("2026-11-20T01:59:30Z") + day * G_TIME_SPAN_DAY;
      regie_supervisor_run_schedule (f->supervisor);
      backups = test_list (f, "backup", "digital_human", human);
      g_assert_cmpuint (json_array_get_length (backups), ==, MIN (day - 1, 7));
      clock_now += G_TIME_SPAN_MINUTE;
      regie_supervisor_run_schedule (f->supervisor);
      regie_supervisor_run_schedule (f->supervisor);
      if (day <= 7)
        test_until (has_backups, &counting);
      clock_now += G_TIME_SPAN_HOUR;
      regie_supervisor_run_schedule (f->supervisor);
      if (day == 4)
        stop (f, human);
    }
  {
    Counting counting = { .f = f, .human = human, .count = 7 };

    test_until (has_last_backup, &counting);
    test_until (has_seven_files, &counting);
    test_until (has_backups, &counting);
  }
  g_assert_cmpuint (count_files (f, never), ==, 0);
  regie_time_set_clock (NULL);
}

/* What was missed while no engine ran is made up for. */
static void
test_schedule_missed (void)
{
  g_autoptr (Fixture) f = NULL;
  g_autofree char *human = NULL;
  Counting counting;

  clock_now = instant ("2026-11-20T12:00:00Z");
  regie_time_set_clock (test_clock);
  f = fixture_new ();
  human = test_put_human (f, "one", "{\"backup_time\": \"03:00\", \"timezone\": \"UTC\"}");
  test_start (f, human);
  stop (f, human);
  fixture_close (f);
  clock_now = instant ("2026-11-24T12:00:00Z");
  fixture_open (f);
  counting = (Counting) { .f = f, .human = human, .count = 1 };
  test_until (has_backups, &counting);
  regie_time_set_clock (NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/backups/actions", test_actions);
  g_test_add_func ("/backups/restore", test_restore);
  g_test_add_func ("/backups/restore-damaged", test_restore_damaged);
  g_test_add_func ("/backups/restore-missing", test_restore_missing);
  g_test_add_func ("/backups/due", test_due);
  g_test_add_func ("/backups/schedule", test_schedule);
  g_test_add_func ("/backups/schedule-missed", test_schedule_missed);

  return g_test_run ();
}
