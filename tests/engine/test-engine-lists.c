/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <sqlite3.h>
#include <string.h>

#include "core/regie-time.h"
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
add (Fixture *self, const char *name, const char *more)
{
  return regie_engine_harness_create (self->engine, "/v1/digital-humans",
                                      "{\"workspace\": \"%s\", \"name\": \"%s\"%s}", self->workspace, name,
                                      more);
}

static void
assert_names (Fixture *self, const char *query, const char *names)
{
  g_autofree char *path = g_strconcat ("/v1/digital-humans", query, NULL);
  g_autofree char *found = test_list (self->engine, path, "name");

  g_assert_cmpstr (found, ==, names);
}

static void
test_filter (Fixture *self, gconstpointer data)
{
  g_autofree char *a = add (self, "Zoé", ", \"role\": \"support\", \"email\": \"zoe@autodin.fr\"");
  g_autofree char *b = add (self, "adam", ", \"role\": \"custom\"");
  g_autofree char *c = add (self, "Émile", ", \"role\": \"hr\", \"email\": \"emile@autodin.fr\"");
  g_autofree char *by_id = g_strdup_printf ("?id=%s", b);
  g_autofree char *by_ids = g_strdup_printf ("?id.in=%s,%s&sort=name", a, b);
  g_autofree char *by_time = NULL;
  g_autoptr (JsonObject) record = NULL;
  g_autofree char *path = test_path ("digital-humans", b, NULL);

  assert_names (self, "?name=adam", "adam");
  assert_names (self, "?name=Adam", "");
  assert_names (self, "?name=%C3%89mile", "Émile");
  assert_names (self, "?name.ne=adam&sort=name", "Émile,Zoé");
  assert_names (self, "?name.in=adam,Zo%C3%A9&sort=name", "adam,Zoé");
  assert_names (self, "?name.lt=f&sort=name", "adam,Émile");
  assert_names (self, "?name.ge=f&sort=name", "Zoé");
  assert_names (self, "?role=support", "Zoé");
  assert_names (self, "?role.in=support,hr&sort=-name", "Zoé,Émile");
  /* An enumeration has the order of its values: support, commercial, assistant, hr, info, custom. */
  assert_names (self, "?role.ge=hr&sort=role", "Émile,adam");
  assert_names (self, "?email=", "adam");
  assert_names (self, "?email.ne=&sort=email", "Émile,Zoé");
  assert_names (self, "?paused=false&sort=name", "adam,Émile,Zoé");
  assert_names (self, "?paused=true", "");
  assert_names (self, "?state=stopped&wanted=stopped&name=adam", "adam");
  assert_names (self, "?last_activity_at.lt=2100-01-01T00:00:00Z", "");
  assert_names (self, "?last_activity_at=&sort=name", "adam,Émile,Zoé");
  assert_names (self, by_id, "adam");
  assert_names (self, by_ids, "adam,Zoé");
  record = regie_engine_harness_expect (self->engine, 200, "GET", path, NULL);
  by_time = g_strdup_printf ("?created_at.gt=%s", regie_json_get_text (record, "created_at", ""));
  assert_names (self, by_time, "Émile");

  test_assert_problem (self->engine, 422, "invalid", "/nom", "GET", "/v1/digital-humans?nom=x", NULL);
  test_assert_problem (self->engine, 422, "invalid", "/name", "GET", "/v1/digital-humans?name.like=x", NULL);
  test_assert_problem (self->engine, 422, "invalid", "/tone", "GET", "/v1/digital-humans?tone=formal", NULL);
  test_assert_problem (self->engine, 422, "invalid", "/state", "GET", "/v1/digital-humans?state=happy", NULL);
  test_assert_problem (self->engine, 422, "invalid", "/paused", "GET", "/v1/digital-humans?paused=1", NULL);
  test_assert_problem (self->engine, 422, "invalid", "/created_at", "GET",
                       "/v1/digital-humans?created_at.gt=soon", NULL);
  test_assert_problem (self->engine, 422, "invalid", "/tasks_day", "GET", "/v1/digital-humans?tasks_day=many",
                       NULL);
}

static void
test_sort (Fixture *self, gconstpointer data)
{
  g_autofree char *a = add (self, "Zoé", ", \"role\": \"support\"");
  g_autofree char *b = add (self, "adam", ", \"role\": \"custom\"");
  g_autofree char *c = add (self, "Émile", ", \"role\": \"hr\"");
  g_autofree char *d = add (self, "Adam", ", \"role\": \"hr\"");

  assert_names (self, "", "Zoé,adam,Émile,Adam");
  assert_names (self, "?sort=-id", "Adam,Émile,adam,Zoé");
  assert_names (self, "?sort=name", "adam,Adam,Émile,Zoé");
  assert_names (self, "?sort=-name", "Zoé,Émile,Adam,adam");
  assert_names (self, "?sort=role", "Zoé,Émile,Adam,adam");
  assert_names (self, "?sort=-created_at&limit=2", "Adam,Émile");
  test_assert_problem (self->engine, 422, "invalid", "/tone", "GET", "/v1/digital-humans?sort=tone", NULL);
  test_assert_problem (self->engine, 422, "invalid", "/nothing", "GET", "/v1/digital-humans?sort=-nothing",
                       NULL);
  test_assert_problem (self->engine, 422, "invalid", "/limit", "GET", "/v1/digital-humans?limit=0", NULL);
  test_assert_problem (self->engine, 422, "invalid", "/limit", "GET", "/v1/digital-humans?limit=1001", NULL);
  test_assert_problem (self->engine, 422, "invalid", "/limit", "GET", "/v1/digital-humans?limit=ten", NULL);
}

static void
test_words (Fixture *self, gconstpointer data)
{
  g_autofree char *a =
      add (self, "Élodie Crème", ", \"email\": \"elodie@autodin.fr\", \"description\": \"Brûlée\"");
  g_autofree char *b = add (self, "Bob \\\"<b>gras</b>\\\"", ", \"description\": \"crémeux\"");
  g_autofree char *path = test_path ("digital-humans", b, NULL);

  assert_names (self, "?q=creme", "Élodie Crème,Bob \"<b>gras</b>\"");
  assert_names (self, "?q=ELODIE+cr", "Élodie Crème");
  assert_names (self, "?q=elodie+bob", "");
  assert_names (self, "?q=bru", "Élodie Crème");
  assert_names (self, "?q=elod+creme", "");
  assert_names (self, "?q=elodie@autodin.f", "Élodie Crème");
  assert_names (self, "?q=gras", "Bob \"<b>gras</b>\"");
  /* What is syntax to the index is text here. */
  assert_names (self, "?q=%22", "Élodie Crème,Bob \"<b>gras</b>\"");
  assert_names (self, "?q=bob%22+AND+NEAR(", "");
  assert_names (self, "?q=words:bob*", "");
  assert_names (self, "?q=-bob", "Bob \"<b>gras</b>\"");
  assert_names (self, "?q=", "Élodie Crème,Bob \"<b>gras</b>\"");
  test_assert_problem (self->engine, 422, "invalid", "/q", "GET", "/v1/rights?q=mail", NULL);

  /* The words follow the record. */
  json_object_unref (
      regie_engine_harness_expect (self->engine, 200, "PATCH", path, "{\"description\": \"sorbet\"}"));
  assert_names (self, "?q=cremeux", "");
  assert_names (self, "?q=sorb", "Bob \"<b>gras</b>\"");
}

static GHashTable *
walk (Fixture *self, const char *query, guint limit, GFunc between, gpointer data)
{
  GHashTable *seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *cursor = g_strdup ("");

  while (cursor != NULL)
    {
      g_autofree char *path = g_strdup_printf ("/v1/digital-humans?limit=%u%s%s%s", limit, query,
                                               *cursor != '\0' ? "&cursor=" : "", cursor);
      g_autoptr (JsonObject) page = regie_engine_harness_expect (self->engine, 200, "GET", path, NULL);
      JsonArray *items = regie_json_get_array (page, "items");

      g_assert_cmpuint (json_array_get_length (items), <=, limit);
      for (guint i = 0; i < json_array_get_length (items); i++)
        {
          const char *id = regie_json_get_text (json_array_get_object_element (items, i), "id", "");

          /* Never twice. */
          g_assert_true (g_hash_table_add (seen, g_strdup (id)));
        }
      g_set_str (&cursor, regie_json_get_text (page, "next", NULL));
      if (cursor != NULL)
        g_assert_cmpuint (json_array_get_length (items), ==, limit);
      if (between != NULL)
        between (self, data);
    }

  return seen;
}

static gpointer
add_many (gpointer data)
{
  Fixture *self = data;

  for (guint i = 0; i < 200; i++)
    {
      g_autofree char *name = g_strdup_printf ("dh %03u", i);
      g_autofree char *id = add (self, name, i % 3 == 0 ? ", \"role\": \"hr\"" : "");
    }

  return NULL;
}

/* Rows are written while the list is walked over: those that were there are all seen, once. */
static void
write_between (gpointer fixture, gpointer data)
{
  Fixture *self = fixture;
  GPtrArray *ids = data;
  guint n = ids->len;
  g_autofree char *first = test_path ("digital-humans", g_ptr_array_index (ids, 0), NULL);
  g_autofree char *name = g_strdup_printf ("new %u", n);

  json_object_unref (
      regie_engine_harness_expect (self->engine, 200, "PATCH", first, "{\"reply_delay\": %u}", n));
  g_ptr_array_add (ids, add (self, name, ""));
}

static void
test_paging (Fixture *self, gconstpointer data)
{
  GThread *threads[5];
  g_autoptr (GHashTable) before = NULL;
  g_autoptr (GHashTable) during = NULL;
  g_autoptr (GHashTable) filtered = NULL;
  g_autoptr (GHashTable) descending = NULL;
  g_autoptr (GPtrArray) written = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer id;

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("add", add_many, self);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);

  before = walk (self, "", 1000, NULL, NULL);
  g_assert_cmpuint (g_hash_table_size (before), ==, 1000);
  g_assert_cmpint (test_total (self->engine, "/v1/digital-humans?limit=1"), ==, 1000);
  g_assert_cmpint (test_total (self->engine, "/v1/digital-humans?limit=1&role=hr&q=dh"), ==, 5 * 67);

  g_hash_table_iter_init (&iter, before);
  g_assert_true (g_hash_table_iter_next (&iter, &id, NULL));
  g_ptr_array_add (written, g_strdup (id));
  during = walk (self, "&sort=name", 37, write_between, written);
  g_hash_table_iter_init (&iter, before);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    g_assert_true (g_hash_table_contains (during, id));

  /* Many with equal keys. */
  filtered = walk (self, "&sort=role&role=hr", 10, NULL, NULL);
  g_assert_cmpuint (g_hash_table_size (filtered), ==, 5 * 67);
  descending = walk (self, "&sort=-tasks_day&q=dh", 101, NULL, NULL);
  g_assert_cmpuint (g_hash_table_size (descending), ==, 1000);
}

static void
test_cursor (Fixture *self, gconstpointer data)
{
  g_autofree char *a = add (self, "a", "");
  g_autofree char *b = add (self, "b", "");
  g_autoptr (JsonObject) page =
      regie_engine_harness_expect (self->engine, 200, "GET", "/v1/digital-humans?limit=1&sort=name", NULL);
  const char *next = regie_json_get_text (page, "next", NULL);
  g_autofree char *same = g_strdup_printf ("?sort=name&cursor=%s", next);
  g_autofree char *other = g_strdup_printf ("/v1/digital-humans?sort=-name&cursor=%s", next);
  g_autofree char *none = g_strdup_printf ("/v1/digital-humans?cursor=%s", next);

  assert_names (self, same, "b");
  test_assert_problem (self->engine, 422, "invalid", "/cursor", "GET", other, NULL);
  test_assert_problem (self->engine, 422, "invalid", "/cursor", "GET", none, NULL);
  test_assert_problem (self->engine, 422, "invalid", "/cursor", "GET", "/v1/digital-humans?cursor=rubbish",
                       NULL);
  test_assert_problem (self->engine, 422, "invalid", "/cursor", "GET", "/v1/digital-humans?cursor=", NULL);
}

/* Lists run over all workspaces, in one order. */
static void
test_workspaces (Fixture *self, gconstpointer data)
{
  g_autofree char *other = test_add_workspace (self->engine, "A");
  g_autofree char *names = NULL;
  g_autofree char *one = g_strdup_printf ("?workspace=%s&sort=name", other);
  g_autofree char *not_one = g_strdup_printf ("?workspace.ne=%s&sort=name", other);
  g_autofree char *by_workspace = g_strdup ("?sort=-workspace");

  for (guint i = 0; i < 6; i++)
    {
      g_autofree char *name = g_strdup_printf ("%u", i);
      g_autofree char *id = i % 2 == 0 ? add (self, name, "") : test_add_human (self->engine, other, name);
    }
  assert_names (self, "?sort=name", "0,1,2,3,4,5");
  assert_names (self, "?sort=-name&limit=3", "5,4,3");
  assert_names (self, one, "1,3,5");
  assert_names (self, not_one, "0,2,4");
  assert_names (self, "?workspace=nothing", "");
  assert_names (self, by_workspace, strcmp (other, self->workspace) > 0 ? "5,3,1,4,2,0" : "4,2,0,5,3,1");
  g_assert_cmpint (test_total (self->engine, "/v1/digital-humans?limit=1"), ==, 6);
  names = test_list (self->engine, "/v1/workspaces?sort=name", "name");
  g_assert_cmpstr (names, ==, "A,W");
}

/* --- the figures of the last day --- */

static void run_sql (Fixture *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* The minutes are the supervisor's; here they are written while the engine is down. */
static void
run_sql (Fixture *self, const char *format, ...)
{
  g_autofree char *path = g_strdup_printf ("%s/workspaces/%s.db",
                                           regie_engine_harness_get_data_dir (self->engine), self->workspace);
  g_autofree char *sql = NULL;
  sqlite3 *db = NULL;
  va_list args;

  va_start (args, format);
  sql = g_strdup_vprintf (format, args);
  va_end (args);
  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  if (sqlite3_exec (db, sql, NULL, NULL, NULL) != SQLITE_OK)
    g_error ("%s: %s", sql, sqlite3_errmsg (db));
  sqlite3_close (db);
}

static void
add_minute (Fixture *self, const char *human, gint64 hours_ago, int tasks, int errors, int p50, int p95)
{
  gint64 at = regie_time_now () - hours_ago * G_TIME_SPAN_HOUR;

  run_sql (self,
           "INSERT INTO metric (digital_human, at, tasks, errors, latency_p50, latency_p95) VALUES"
           " ('%s', %" G_GINT64_FORMAT ", %d, %d, %d, %d)",
           human, at - at % G_TIME_SPAN_MINUTE, tasks, errors, p50, p95);
}

static void
test_day (Fixture *self, gconstpointer data)
{
  g_autofree char *a = add (self, "a", "");
  g_autofree char *b = add (self, "b", "");
  g_autofree char *c = add (self, "c", "");
  g_autofree char *path = test_path ("digital-humans", b, NULL);
  g_autofree char *minutes = g_strdup_printf ("/v1/metrics?digital_human=%s&sort=-at", b);
  g_autofree char *minute_path = NULL;
  g_autoptr (JsonObject) record = NULL;
  g_autoptr (JsonObject) page = NULL;
  g_autoptr (JsonObject) minute = NULL;

  regie_engine_harness_stop (self->engine);
  add_minute (self, a, 1, 5, 1, 100, 400);
  add_minute (self, b, 2, 3, 2, 50, 900);
  add_minute (self, b, 3, 1, 0, 50, 900);
  add_minute (self, b, 30, 1000, 1000, 1, 1); /* older than a day */
  regie_engine_harness_start (self->engine);

  record = regie_engine_harness_expect (self->engine, 200, "GET", path, NULL);
  g_assert_cmpint (regie_json_get_int (record, "tasks_day", -1), ==, 4);
  g_assert_cmpint (regie_json_get_int (record, "errors_day", -1), ==, 2);
  g_assert_cmpint (regie_json_get_int (record, "latency_p50", -1), ==, 50);
  g_assert_cmpint (regie_json_get_int (record, "latency_p95", -1), ==, 900);
  assert_names (self, "?sort=tasks_day", "c,b,a");
  assert_names (self, "?sort=-tasks_day", "a,b,c");
  assert_names (self, "?sort=-errors_day", "b,a,c");
  assert_names (self, "?sort=-latency_p95", "b,a,c");
  assert_names (self, "?sort=-latency_p50", "a,b,c");
  assert_names (self, "?tasks_day.ge=4&sort=name", "a,b");
  assert_names (self, "?tasks_day=0", "c");
  assert_names (self, "?latency_p95.lt=500", "a");
  assert_names (self, "?latency_p95=", "c");
  assert_names (self, "?errors_day.in=1,2&sort=errors_day", "a,b");

  page = regie_engine_harness_expect (self->engine, 200, "GET", minutes, NULL);
  g_assert_cmpint (regie_json_get_int (page, "total", 0), ==, 3);
  minute = json_object_ref (json_array_get_object_element (regie_json_get_array (page, "items"), 0));
  g_assert_cmpint (regie_json_get_int (minute, "tasks", 0), ==, 3);
  g_assert_cmpstr (regie_json_get_text (minute, "workspace", NULL), ==, self->workspace);
  g_assert_cmpuint (strlen (regie_json_get_text (minute, "id", "")), ==, 24);
  minute_path = test_path ("metrics", regie_json_get_text (minute, "id", ""), NULL);
  json_object_unref (regie_engine_harness_expect (self->engine, 200, "GET", minute_path, NULL));
  test_assert_problem (self->engine, 404, "not-found", NULL, "GET", "/v1/metrics/000000000000000000000000",
                       NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/engine/lists/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("filter", test_filter);
  ADD ("sort", test_sort);
  ADD ("words", test_words);
  ADD ("paging", test_paging);
  ADD ("cursor", test_cursor);
  ADD ("workspaces", test_workspaces);
  ADD ("day", test_day);
#undef ADD

  return g_test_run ();
}
