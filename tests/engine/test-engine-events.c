/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gio/gio.h>
#include <sqlite3.h>
#include <string.h>

#include "engine-test-util.h"

typedef struct
{
  RegieEngineHarness *engine;
  char *workspace;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->engine = regie_engine_harness_new_started ();
  self->workspace = test_add_workspace (self->engine, "W");
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  regie_engine_harness_free (self->engine);
  g_free (self->workspace);
}

static char *
path_of_file (Fixture *self)
{
  return g_strdup_printf ("%s/workspaces/%s.db", regie_engine_harness_get_data_dir (self->engine),
                          self->workspace);
}

static gint64
newest (Fixture *self)
{
  g_autofree char *query = g_strdup_printf ("workspace=%s", self->workspace);
  g_autoptr (RegieEventReader) reader = regie_engine_harness_read_events (self->engine, query);
  JsonObject *hello = g_ptr_array_index (regie_event_reader_get_events (reader), 0);
  JsonArray *workspaces = regie_json_get_array (hello, "workspaces");

  g_assert_cmpuint (json_array_get_length (workspaces), ==, 1);

  return regie_json_get_int (json_array_get_object_element (workspaces, 0), "seq", -1);
}

/* That each number after AFTER comes once and in order, as an event or in a gap, up to that of the last
 * event. */
static gint64
check_numbers (Fixture *self, RegieEventReader *reader, gint64 after)
{
  GPtrArray *events = regie_event_reader_get_events (reader);

  for (guint i = 1; i < events->len; i++)
    {
      JsonObject *event = g_ptr_array_index (events, i);

      if (g_strcmp0 (regie_json_get_text (event, "workspace", NULL), self->workspace) != 0 ||
          g_strcmp0 (regie_json_get_text (event, "type", NULL), "heartbeat") == 0)
        continue;
      g_assert_cmpint (regie_json_get_int (event, "seq", regie_json_get_int (event, "from", -1)), ==,
                       after + 1);
      after = regie_json_get_int (event, "seq", regie_json_get_int (event, "to", -1));
    }

  return after;
}

static void
test_live (Fixture *self, gconstpointer data)
{
  gint64 start = newest (self);
  g_autoptr (RegieEventReader) reader = regie_engine_harness_read_events (self->engine, NULL);
  GPtrArray *events = regie_event_reader_get_events (reader);
  g_autofree char *human = test_add_human (self->engine, self->workspace, "<b>gras</b>");
  g_autofree char *path = test_path ("digital-humans", human, NULL);
  g_autofree char *end = NULL;
  g_autoptr (JsonObject) record = regie_engine_harness_expect (self->engine, 200, "GET", path, NULL);
  g_autofree char *wire = regie_json_object_to_sorted_string (record);
  g_autofree char *told = NULL;
  guint i = regie_event_reader_wait (reader, 1, "id", human);
  JsonObject *event = g_ptr_array_index (events, i);

  g_assert_cmpstr (regie_json_get_text (event, "type", NULL), ==, "put");
  g_assert_cmpstr (regie_json_get_text (event, "kind", NULL), ==, "digital-human");
  g_assert_cmpstr (regie_json_get_text (event, "workspace", NULL), ==, self->workspace);
  g_assert_nonnull (regie_json_get_text (event, "at", NULL));
  /* What is told is what one would read, the computed fields included. */
  told = regie_json_object_to_sorted_string (regie_json_get_object (event, "record"));
  g_assert_cmpstr (told, ==, wire);

  json_object_unref (regie_engine_harness_expect (self->engine, 200, "PATCH", path, "{\"name\": \"b\"}"));
  json_object_unref (regie_engine_harness_expect (self->engine, 200, "PATCH", path, "{\"name\": \"b\"}"));
  json_object_unref (regie_engine_harness_expect (self->engine, 200, "DELETE", path, NULL));
  i = regie_event_reader_wait (reader, i + 1, "type", "delete");
  event = g_ptr_array_index (events, i);
  g_assert_cmpstr (regie_json_get_text (event, "id", NULL), ==, human);
  g_assert_false (json_object_has_member (event, "record"));
  end = test_add_human (self->engine, self->workspace, "end");
  regie_event_reader_wait (reader, i + 1, "id", end);
  /* Created, patched once, deleted, created: four, and a journal entry to each. */
  g_assert_cmpint (check_numbers (self, reader, start), >=, start + 7);
  g_assert_cmpint (newest (self), ==, start + 8);
}

static void
test_resume (Fixture *self, gconstpointer data)
{
  gint64 start = newest (self);
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *query = g_strdup_printf ("after=%s:%" G_GINT64_FORMAT, self->workspace, start);
  g_autoptr (RegieEventReader) reader = NULL;
  g_autofree char *deleted = NULL;
  guint n_puts = 0;

  for (guint i = 0; i < 300; i++)
    g_ptr_array_add (ids, test_add_human (self->engine, self->workspace, "dh"));
  deleted = test_path ("digital-humans", g_ptr_array_index (ids, 7), NULL);
  json_object_unref (regie_engine_harness_expect (self->engine, 200, "DELETE", deleted, NULL));
  /* Also after a crash. */
  regie_engine_harness_kill (self->engine);
  regie_engine_harness_start (self->engine);

  reader = regie_engine_harness_read_events (self->engine, query);
  /* Written while the reader catches up. */
  for (guint i = 0; i < 20; i++)
    g_ptr_array_add (ids, test_add_human (self->engine, self->workspace, "dh"));
  regie_event_reader_wait (reader, 1, "id", g_ptr_array_index (ids, 319));
  regie_event_reader_wait (reader, 1, "type", "delete");
  check_numbers (self, reader, start);
  for (guint i = 1; i < regie_event_reader_get_events (reader)->len; i++)
    {
      JsonObject *event = g_ptr_array_index (regie_event_reader_get_events (reader), i);

      if (g_strcmp0 (regie_json_get_text (event, "kind", NULL), "digital-human") != 0 ||
          g_strcmp0 (regie_json_get_text (event, "type", NULL), "put") != 0)
        continue;
      g_assert_cmpstr (regie_json_get_text (event, "id", NULL), ==, g_ptr_array_index (ids, n_puts));
      g_assert_nonnull (regie_json_get_object (event, "record"));
      n_puts++;
    }
  g_assert_cmpuint (n_puts, ==, 320);
}

static void
test_only (Fixture *self, gconstpointer data)
{
  g_autofree char *query = g_strdup_printf ("workspace=%s", self->workspace);
  g_autoptr (RegieEventReader) reader = regie_engine_harness_read_events (self->engine, query);
  GPtrArray *events = regie_event_reader_get_events (reader);
  g_autofree char *other = test_add_workspace (self->engine, "Other");
  g_autofree char *elsewhere = test_add_human (self->engine, other, "x");
  g_autofree char *here = test_add_human (self->engine, self->workspace, "y");

  regie_event_reader_wait (reader, 1, "id", here);
  for (guint i = 1; i < events->len; i++)
    g_assert_cmpstr (regie_json_get_text (g_ptr_array_index (events, i), "workspace", NULL), ==,
                     self->workspace);
}

/* A workspace that comes later is followed from its first event on. */
static void
test_new_workspace (Fixture *self, gconstpointer data)
{
  g_autoptr (RegieEventReader) reader = regie_engine_harness_read_events (self->engine, NULL);
  g_autofree char *other = test_add_workspace (self->engine, "Other");
  guint i = regie_event_reader_wait (reader, 1, "id", other);
  JsonObject *event = g_ptr_array_index (regie_event_reader_get_events (reader), i);

  g_assert_cmpint (regie_json_get_int (event, "seq", 0), ==, 1);
  g_assert_cmpstr (regie_json_get_text (event, "kind", NULL), ==, "workspace");
}

static void
run_sql (Fixture *self, const char *sql)
{
  g_autofree char *path = path_of_file (self);
  sqlite3 *db = NULL;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
}

static void
test_gap (Fixture *self, gconstpointer data)
{
  g_autofree char *query = g_strdup_printf ("after=%s:1", self->workspace);
  g_autofree char *ahead = g_strdup_printf ("after=%s:999", self->workspace);
  g_autoptr (RegieEventReader) reader = NULL;
  g_autoptr (RegieEventReader) stranger = NULL;
  g_autofree char *last = NULL;
  g_autofree char *next = NULL;
  JsonObject *gap;

  for (guint i = 0; i < 5; i++)
    {
      g_clear_pointer (&last, g_free);
      last = test_add_human (self->engine, self->workspace, "dh");
    }
  regie_engine_harness_stop (self->engine);
  run_sql (self, "DELETE FROM event WHERE seq <= 6");
  regie_engine_harness_start (self->engine);

  reader = regie_engine_harness_read_events (self->engine, query);
  regie_event_reader_wait (reader, 1, "id", last);
  gap = g_ptr_array_index (regie_event_reader_get_events (reader), 1);
  g_assert_cmpstr (regie_json_get_text (gap, "type", NULL), ==, "gap");
  g_assert_cmpint (regie_json_get_int (gap, "from", 0), ==, 2);
  g_assert_cmpint (regie_json_get_int (gap, "to", 0), ==, 6);
  check_numbers (self, reader, 1);

  /* One that knows of more than there is, is told so, and goes on. */
  stranger = regie_engine_harness_read_events (self->engine, ahead);
  regie_event_reader_wait (stranger, 1, "type", "gap");
  next = test_add_human (self->engine, self->workspace, "next");
  regie_event_reader_wait (stranger, 1, "id", next);
}

/* --- the epoch --- */

static char *
read_epoch (Fixture *self)
{
  g_autoptr (JsonObject) health = regie_engine_harness_expect (self->engine, 200, "GET", "/v1/health", NULL);

  return g_strdup (regie_json_get_text (health, "epoch", NULL));
}

static void
copy_file (const char *from, const char *to)
{
  g_autoptr (GFile) source = g_file_new_for_path (from);
  g_autoptr (GFile) target = g_file_new_for_path (to);
  GError *error = NULL;

  g_file_copy (source, target, G_FILE_COPY_OVERWRITE, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
}

static void
test_epoch (Fixture *self, gconstpointer data)
{
  g_autofree char *first = read_epoch (self);
  g_autofree char *file = path_of_file (self);
  g_autofree char *copy = g_strconcat (file, ".copy", NULL);
  g_autofree char *human = NULL;
  g_autofree char *after_kill = NULL;
  g_autofree char *after_stop = NULL;
  g_autofree char *after_old = NULL;
  g_autofree char *query = NULL;
  g_autoptr (RegieEventReader) reader = NULL;
  g_autofree char *last = NULL;

  regie_engine_harness_kill (self->engine);
  regie_engine_harness_start (self->engine);
  after_kill = read_epoch (self);
  g_assert_cmpstr (after_kill, ==, first);
  regie_engine_harness_stop (self->engine);
  copy_file (file, copy);
  regie_engine_harness_start (self->engine);
  after_stop = read_epoch (self);
  g_assert_cmpstr (after_stop, ==, first);

  human = test_add_human (self->engine, self->workspace, "lost");
  regie_engine_harness_stop (self->engine);
  copy_file (copy, file);
  regie_engine_harness_start (self->engine);
  after_old = read_epoch (self);
  g_assert_cmpstr (after_old, !=, first);
  g_assert_cmpint (test_total (self->engine, "/v1/digital-humans"), ==, 0);

  /* Numbers of the other history mean nothing now. */
  query = g_strdup_printf ("after=%s:1&epoch=%s", self->workspace, first);
  reader = regie_engine_harness_read_events (self->engine, query);
  regie_event_reader_wait (reader, 1, "type", "gap");
  last = test_add_human (self->engine, self->workspace, "last");
  regie_event_reader_wait (reader, 1, "id", last);
}

/* A reader that does not read: the engine keeps at most a mebibyte for it, and tells it what it missed. */
static void
test_slow (Fixture *self, gconstpointer data)
{
  gint64 start = newest (self);
  g_autoptr (RegieEventReader) reader = regie_engine_harness_read_events (self->engine, NULL);
  g_autofree char *description = g_strnfill (2000, 'x');
  g_autofree char *last = NULL;
  GPtrArray *events = regie_event_reader_get_events (reader);
  gsize received = 0;
  guint i;

  /* No turn of the main context in here: nothing is read. */
  for (i = 0; i < 1500; i++)
    g_free (regie_engine_harness_create (self->engine, "/v1/digital-humans",
                                         "{\"workspace\": \"%s\", \"name\": \"dh\", \"description\": \"%s\"}",
                                         self->workspace, description));
  i = regie_event_reader_wait (reader, 1, "type", "gap");
  g_assert_cmpstr (regie_json_get_text (g_ptr_array_index (events, i), "reason", NULL), ==, "too slow");
  last = test_add_human (self->engine, self->workspace, "last");
  regie_event_reader_wait (reader, 1, "id", last);
  check_numbers (self, reader, start);
  for (i = 0; i < events->len; i++)
    {
      g_autofree char *text = regie_json_object_to_string (g_ptr_array_index (events, i));

      received += strlen (text);
    }
  g_assert_cmpuint (received, <, 3 * 1024 * 1024);
}

static void
test_wrong_start (Fixture *self, gconstpointer data)
{
  static const char *const wrong[] = { "rubbish", "3", "a:", "a:-1", "a:1,b", ",", NULL };
  g_autoptr (RegieEventReader) reader = regie_engine_harness_read_events (self->engine, "after=");

  for (guint i = 0; wrong[i] != NULL; i++)
    {
      g_autofree char *path = g_strconcat ("/v1/events?after=", wrong[i], NULL);

      test_assert_problem (self->engine, 400, "invalid", NULL, "GET", path, NULL);
    }
  /* Without the upgrade it is no stream. */
  test_assert_problem (self->engine, 426, "invalid", NULL, "GET", "/v1/events", NULL);
}

/* Readers are told of the end of the engine. */
static void
test_end (Fixture *self, gconstpointer data)
{
  g_autoptr (RegieEventReader) reader = regie_engine_harness_read_events (self->engine, NULL);

  regie_engine_harness_stop (self->engine);
  regie_test_wait_until ((RegieConditionFunc) regie_event_reader_is_closed, reader);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/engine/events/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("live", test_live);
  ADD ("resume", test_resume);
  ADD ("only", test_only);
  ADD ("new-workspace", test_new_workspace);
  ADD ("gap", test_gap);
  ADD ("epoch", test_epoch);
  ADD ("slow", test_slow);
  ADD ("wrong-start", test_wrong_start);
  ADD ("end", test_end);
#undef ADD

  return g_test_run ();
}
