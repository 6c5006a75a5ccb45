/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "regie-json.h"
#include "sync-fixture.h"

/* The dashboard's store and connections against the real engine over its real socket. */

typedef struct
{
  RegieEngineHarness *engine;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->engine = regie_engine_harness_new ();
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  regie_engine_harness_free (f->engine);
}

static Client *
client_at (Fixture *f)
{
  return client_new (regie_engine_harness_get_socket (f->engine), NULL);
}

static char *
human_json (const char *workspace, const char *name)
{
  return g_strdup_printf ("{\"workspace\": \"%s\", \"name\": \"%s\"}", workspace, name);
}

/* --- there and back --- */

static void
test_pull (Fixture *f, gconstpointer data)
{
  g_autofree char *workspace = NULL, *human = NULL;
  g_autoptr (Client) client = NULL;
  g_autoptr (RegieRecord) record = NULL;

  regie_engine_harness_start (f->engine);
  workspace = engine_add_workspace (f->engine, "W");
  human = engine_add_human (f->engine, workspace, "Ada");
  client = client_at (f);
  client_wait_synced (client);
  record = client_find (client, "digital-human", "Ada");
  g_assert_cmpstr (regie_record_get_remote_id (record), ==, human);
  g_assert_cmpstr (regie_record_get_text (record, "state"), ==, "stopped");
  g_assert_cmpint (regie_record_get_int (record, "created_at"), >, G_USEC_PER_SEC);
  /* The journal is a window kind: its newest page came along. */
  client_wait_count (client, "audit", "record", human, 1);
  g_assert_cmpstr (regie_json_get_text (regie_connection_get_info (client->local), "engine", NULL), ==,
                   "regie");
}

/* More than one page. */
static void
test_pages (Fixture *f, gconstpointer data)
{
  const guint n = 1050;
  g_autofree char *workspace = NULL;
  g_autoptr (Client) client = NULL;

  regie_engine_harness_start (f->engine);
  workspace = engine_add_workspace (f->engine, "W");
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("DH %04u", i);
      g_autofree char *human = engine_add_human (f->engine, workspace, name);
    }
  client = client_at (f);
  client_wait_count (client, "digital-human", NULL, NULL, n);
  client_wait_synced (client);
  g_assert_cmpint (client_count (client, "digital-human", NULL, NULL), ==, n);
}

/* Made while nobody answers, in the order in which one depends on the other; each arrives once. */
static void
test_offline (Fixture *f, gconstpointer data)
{
  g_autoptr (Client) client = client_at (f);
  g_autofree char *workspace = NULL, *json = NULL, *human = NULL, *renamed = NULL, *remote = NULL;
  g_autoptr (RegieRecord) record = NULL;
  g_autoptr (JsonObject) there = NULL;

  client_wait_state (client, REGIE_CONNECTION_OFFLINE);
  g_assert_nonnull (regie_connection_get_message (client->local));
  workspace = client_create (client, "workspace", "{\"name\": \"Offline\"}");
  json = human_json (workspace, "Ada");
  human = client_create (client, "digital-human", json);
  renamed = client_update (client, "digital-human", human, "{\"name\": \"Ada L.\", \"tone\": \"formal\"}");
  g_assert_cmpint (client_count (client, "digital-human", "name", "Ada L."), ==, 1);

  regie_engine_harness_start (f->engine);
  regie_connection_retry (client->local);
  client_wait_state (client, REGIE_CONNECTION_ONLINE);
  client_wait_sent (client);
  g_assert_cmpint (engine_count (f->engine, "workspaces", ""), ==, 1);
  g_assert_cmpint (engine_count (f->engine, "digital-humans", ""), ==, 1);

  record = client_find (client, "digital-human", "Ada L.");
  g_assert_cmpstr (regie_record_get_key (record), ==, human);
  remote = client_wait_remote_id (client, "digital-human", human);
  there = engine_get (f->engine, "digital-humans", remote);
  g_assert_cmpstr (regie_json_get_text (there, "name", NULL), ==, "Ada L.");
  g_assert_cmpstr (regie_json_get_text (there, "tone", NULL), ==, "formal");
  client_wait_count (client, "digital-human", NULL, NULL, 1);
  client_wait_count (client, "workspace", NULL, NULL, 1);
}

/* Each sees what the other does, without asking. */
static void
test_two (Fixture *f, gconstpointer data)
{
  g_autoptr (Client) one = NULL, two = NULL;
  g_autofree char *workspace = NULL, *json = NULL, *human = NULL, *started = NULL, *renamed = NULL,
                  *gone = NULL;
  g_autoptr (RegieRecord) seen = NULL;
  g_autoptr (DexFuture) undone = NULL;

  regie_engine_harness_start (f->engine);
  one = client_at (f);
  two = client_at (f);
  client_wait_synced (one);
  client_wait_synced (two);
  workspace = client_create (one, "workspace", "{\"name\": \"Shared\"}");
  json = human_json (workspace, "Ada");
  human = client_create (one, "digital-human", json);
  seen = client_find (two, "digital-human", "Ada");
  renamed = client_update (two, "digital-human", regie_record_get_key (seen), "{\"name\": \"Bob\"}");
  client_wait_text (one, "digital-human", human, "name", "Bob");

  gone = client_delete (one, "digital-human", human);
  client_wait_count (two, "digital-human", NULL, NULL, 0);
  client_wait_sent (one);
  undone = test_settle (regie_store_undo (one->store, gone));
  g_assert_true (dex_future_is_resolved (undone));
  client_wait_count (two, "digital-human", "name", "Bob", 1);
  client_wait_count (one, "digital-human", "name", "Bob", 1);
  g_assert_cmpint (engine_count (f->engine, "digital-humans", ""), ==, 1);
}

static void
test_duplicate (Fixture *f, gconstpointer data)
{
  g_autoptr (Client) client = NULL;
  g_autofree char *workspace = NULL, *human = NULL, *copied = NULL, *state = NULL;
  g_autoptr (RegieRecord) record = NULL, same = NULL;

  regie_engine_harness_start (f->engine);
  workspace = engine_add_workspace (f->engine, "W");
  human = engine_add_human (f->engine, workspace, "Ada");
  client = client_at (f);
  record = client_find (client, "digital-human", "Ada");
  copied = client_act (client, "digital-human", regie_record_get_key (record), "duplicate");
  client_wait_count (client, "digital-human", NULL, NULL, 2);
  client_wait_sent (client);
  /* The one that was copied is still itself. */
  g_assert_cmpstr (regie_record_get_remote_id (record), ==, human);
  g_assert_cmpint (engine_count (f->engine, "digital-humans", ""), ==, 2);
  state = client_intent_state (client, copied, NULL);
  g_assert_cmpstr (state, ==, "sent");
}

/* What the engine refuses stays in the outbox, with its words. */
static void
test_refused (Fixture *f, gconstpointer data)
{
  g_autoptr (Client) client = NULL;
  g_autofree char *workspace = NULL, *human = NULL, *cancelled = NULL, *state = NULL, *error = NULL,
                  *task = NULL;
  g_autofree char *json = NULL, *remote = NULL;
  g_autoptr (RegieRecord) record = NULL, asked = NULL;

  regie_engine_harness_start (f->engine);
  workspace = engine_add_workspace (f->engine, "W");
  human = engine_add_human (f->engine, workspace, "Ada");
  client = client_at (f);
  record = client_find (client, "digital-human", "Ada");
  client_wait_synced (client);
  json = g_strdup_printf (
      "{\"digital_human\": \"%s\", \"type\": \"analyze\", \"payload\": {\"text\": \"Hello\"}}", human);
  task = client_create (client, "task", json);
  client_wait_sent (client);
  asked = regie_store_get (client->store, regie_kind_get ("task"), task);
  cancelled = client_act (client, "task", task, "retry");
  client_wait_sent (client);
  state = client_intent_state (client, cancelled, &error);
  g_test_message ("%s", error);
  g_assert_cmpstr (state, ==, "failed");
  g_assert_nonnull (error);
}

/* --- two at once --- */

static void
test_merge (Fixture *f, gconstpointer data)
{
  g_autoptr (Client) client = NULL;
  g_autofree char *workspace = NULL, *human = NULL, *path = NULL, *mine = NULL, *state = NULL;
  g_autoptr (RegieRecord) record = NULL;
  g_autoptr (JsonObject) theirs = NULL, there = NULL;

  regie_engine_harness_start (f->engine);
  workspace = engine_add_workspace (f->engine, "W");
  human = engine_add_human (f->engine, workspace, "Ada");
  client = client_at (f);
  record = client_find (client, "digital-human", "Ada");
  client_wait_synced (client);
  regie_engine_harness_stop (f->engine);
  client_wait_state (client, REGIE_CONNECTION_OFFLINE);

  mine = client_update (client, "digital-human", regie_record_get_key (record), "{\"signature\": \"mine\"}");
  regie_engine_harness_start (f->engine);
  path = g_strconcat ("/v1/digital-humans/", human, NULL);
  theirs = regie_engine_harness_expect (f->engine, 200, "PATCH", path, "{\"description\": \"theirs\"}");
  regie_connection_retry (client->local);
  client_wait_sent (client);
  state = client_intent_state (client, mine, NULL);
  g_assert_cmpstr (state, ==, "sent");
  there = engine_get (f->engine, "digital-humans", human);
  g_assert_cmpstr (regie_json_get_text (there, "signature", NULL), ==, "mine");
  g_assert_cmpstr (regie_json_get_text (there, "description", NULL), ==, "theirs");
}

static void
test_conflict (Fixture *f, gconstpointer data)
{
  g_autoptr (Client) client = NULL;
  g_autofree char *workspace = NULL, *human = NULL, *path = NULL, *mine = NULL, *state = NULL;
  g_autoptr (RegieRecord) record = NULL;
  g_autoptr (JsonObject) theirs = NULL, there = NULL, again = NULL;
  g_autoptr (DexFuture) retried = NULL;

  regie_engine_harness_start (f->engine);
  workspace = engine_add_workspace (f->engine, "W");
  human = engine_add_human (f->engine, workspace, "Ada");
  client = client_at (f);
  record = client_find (client, "digital-human", "Ada");
  client_wait_synced (client);
  regie_engine_harness_stop (f->engine);
  client_wait_state (client, REGIE_CONNECTION_OFFLINE);

  mine = client_update (client, "digital-human", regie_record_get_key (record), "{\"name\": \"Mine\"}");
  regie_engine_harness_start (f->engine);
  path = g_strconcat ("/v1/digital-humans/", human, NULL);
  theirs = regie_engine_harness_expect (f->engine, 200, "PATCH", path, "{\"name\": \"Theirs\"}");
  regie_connection_retry (client->local);
  client_wait_sent (client);
  state = client_intent_state (client, mine, NULL);
  g_assert_cmpstr (state, ==, "conflict");
  there = engine_get (f->engine, "digital-humans", human);
  g_assert_cmpstr (regie_json_get_text (there, "name", NULL), ==, "Theirs");

  /* The user wants theirs all the same. */
  retried = test_settle (regie_store_retry_intent (client->store, mine));
  client_wait_sent (client);
  again = engine_get (f->engine, "digital-humans", human);
  g_assert_cmpstr (regie_json_get_text (again, "name", NULL), ==, "Mine");
}

/* --- away and back --- */

/* What happened while this dashboard was closed: changes, an end, and tasks, which no full pull brings. */
static void
test_resume (Fixture *f, gconstpointer data)
{
  g_autofree char *workspace = NULL, *stays = NULL, *goes = NULL, *dir = NULL, *path = NULL, *task = NULL;
  g_autoptr (Client) client = NULL;
  g_autoptr (RegieRecord) before = NULL, after = NULL;
  g_autoptr (JsonObject) renamed = NULL, gone = NULL;
  g_autofree char *key = NULL, *gone_path = NULL;

  regie_engine_harness_start (f->engine);
  workspace = engine_add_workspace (f->engine, "W");
  stays = engine_add_human (f->engine, workspace, "Stays");
  goes = engine_add_human (f->engine, workspace, "Goes");
  client = client_at (f);
  client_wait_synced (client);
  before = client_find (client, "digital-human", "Stays");
  key = g_strdup (regie_record_get_key (before));
  g_clear_object (&before);
  dir = client_end (g_steal_pointer (&client));

  path = g_strconcat ("/v1/digital-humans/", stays, NULL);
  renamed = regie_engine_harness_expect (f->engine, 200, "PATCH", path, "{\"name\": \"Renamed\"}");
  gone_path = g_strconcat ("/v1/digital-humans/", goes, NULL);
  gone = regie_engine_harness_expect (f->engine, 200, "DELETE", gone_path, NULL);
  task = regie_engine_harness_create (
      f->engine, "/v1/tasks",
      "{\"digital_human\": \"%s\", \"type\": \"analyze\", \"payload\": {\"text\": \"x\"}}", stays);

  client = client_new (regie_engine_harness_get_socket (f->engine), dir);
  /* Known at once, before anything was asked. */
  g_assert_cmpint (client_count (client, "digital-human", "name", "Stays"), ==, 1);
  after = client_find (client, "digital-human", "Renamed");
  g_assert_cmpstr (regie_record_get_key (after), ==, key);
  client_wait_count (client, "digital-human", NULL, NULL, 1);
  client_wait_count (client, "task", "digital_human", stays, 1);
}

/* The engine dies again and again while edits are made; nothing is lost, nothing is there twice. */
static void
test_kill (Fixture *f, gconstpointer data)
{
  const guint n = 40;
  g_autofree char *workspace = NULL;
  g_autoptr (Client) client = NULL;
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);

  regie_engine_harness_start (f->engine);
  workspace = engine_add_workspace (f->engine, "W");
  client = client_at (f);
  client_wait_synced (client);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("DH %u", i);
      g_autofree char *json = human_json (workspace, name);
      char *key = client_create (client, "digital-human", json);
      g_autofree char *intent = client_update (client, "digital-human", key, "{\"signature\": \"signed\"}");

      g_ptr_array_add (keys, key);
      if (i % 10 == 5)
        {
          regie_engine_harness_kill (f->engine);
          regie_engine_harness_start (f->engine);
        }
    }
  regie_connection_retry (client->local);
  client_wait_sent (client);

  g_assert_cmpint (engine_count (f->engine, "digital-humans", ""), ==, n);
  client_wait_count (client, "digital-human", NULL, NULL, n);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *id = client_wait_remote_id (client, "digital-human", g_ptr_array_index (keys, i));
      g_autofree char *name = g_strdup_printf ("DH %u", i);
      g_autoptr (JsonObject) there = NULL;

      client_wait_text (client, "digital-human", g_ptr_array_index (keys, i), "name", name);
      there = engine_get (f->engine, "digital-humans", id);
      g_assert_cmpstr (regie_json_get_text (there, "name", NULL), ==, name);
      g_assert_cmpstr (regie_json_get_text (there, "signature", NULL), ==, "signed");
    }
}

/* --- the rest --- */

static void
test_window (Fixture *f, gconstpointer data)
{
  g_autofree char *workspace = NULL, *human = NULL;
  g_autoptr (JsonObject) params = NULL;
  g_autoptr (Client) client = NULL;
  g_autoptr (DexFuture) offline = NULL, fetched = NULL, refused = NULL;

  client = client_at (f);
  offline = test_settle (regie_connection_fetch_window (client->local, regie_kind_get ("task"), NULL, 10));
  g_assert_true (dex_future_is_rejected (offline));
  regie_engine_harness_start (f->engine);
  workspace = engine_add_workspace (f->engine, "W");
  human = engine_add_human (f->engine, workspace, "Ada");
  regie_connection_retry (client->local);
  client_wait_synced (client);
  params = regie_json_object_new ("record", 's', human, NULL);
  fetched = test_settle (regie_connection_fetch_window (client->local, regie_kind_get ("audit"), params, 10));
  g_assert_cmpint (g_value_get_int64 (dex_future_get_value (fetched, NULL)), ==, 0); /* known already */
  refused = test_settle (regie_connection_fetch_window (client->local, regie_kind_get ("metric"), NULL, 10));
  g_assert_true (dex_future_is_rejected (refused));
}

static void
on_event (GPtrArray *events, JsonObject *event)
{
  g_ptr_array_add (events,
                   g_strdup (regie_json_get_text (event, "kind", regie_json_get_text (event, "type", ""))));
}

static gboolean
has_counted (gpointer data)
{
  return regie_record_get_int (data, "digital_humans") == 1;
}

/* A workspace's count has no event of its own. */
static void
test_figures (Fixture *f, gconstpointer data)
{
  g_autofree char *workspace = NULL, *human = NULL;
  g_autoptr (Client) client = NULL;
  g_autoptr (RegieRecord) found = NULL, record = NULL;

  regie_engine_harness_start (f->engine);
  workspace = engine_add_workspace (f->engine, "W");
  client = client_at (f);
  found = client_find (client, "workspace", "W");
  record = regie_store_get (client->store, regie_kind_get ("workspace"), regie_record_get_key (found));
  client_wait_synced (client);
  g_assert_cmpint (regie_record_get_int (record, "digital_humans"), ==, 0);
  human = engine_add_human (f->engine, workspace, "Ada");
  WAIT_UNTIL (has_counted, record);
}

static gboolean
is_paused (gpointer data)
{
  return regie_json_get_bool (regie_connection_get_info (data), "paused", FALSE);
}

/* Somebody else pauses everything: it is seen here. */
static void
test_info (Fixture *f, gconstpointer data)
{
  g_autofree char *workspace = NULL;
  g_autoptr (Client) client = NULL;
  g_autoptr (JsonObject) paused = NULL;

  regie_engine_harness_start (f->engine);
  workspace = engine_add_workspace (f->engine, "W");
  client = client_at (f);
  client_wait_synced (client);
  g_assert_false (is_paused (client->local));
  paused = regie_engine_harness_expect (f->engine, 200, "POST", "/v1/pause", NULL);
  WAIT_UNTIL (is_paused, client->local);
}

static gboolean
has_workspace (gpointer data)
{
  return g_ptr_array_find_with_equal_func (data, "workspace", g_str_equal, NULL);
}

/* Told after the store has it. */
static void
test_events (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) events = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *workspace = NULL;
  g_autoptr (Client) client = client_at (f);
  g_autoptr (DexFuture) flushed = NULL;

  g_signal_connect_swapped (client->local, "event", G_CALLBACK (on_event), events);
  regie_engine_harness_start (f->engine);
  regie_connection_retry (client->local);
  client_wait_synced (client);
  g_assert_cmpstr (g_ptr_array_index (events, 0), ==, "hello");
  workspace = engine_add_workspace (f->engine, "W");
  WAIT_UNTIL (has_workspace, events);
  g_assert_cmpint (client_count (client, "workspace", "name", "W"), ==, 1);
  flushed = test_settle (regie_connections_flush (client->connections));
  g_assert_true (dex_future_is_resolved (flushed));
  g_signal_handlers_disconnect_by_data (client->local, events);
}

#define ADD(name, func) g_test_add ("/sync/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  ADD ("pull", test_pull);
  ADD ("pages", test_pages);
  ADD ("offline", test_offline);
  ADD ("two", test_two);
  ADD ("duplicate", test_duplicate);
  ADD ("refused", test_refused);
  ADD ("merge", test_merge);
  ADD ("conflict", test_conflict);
  ADD ("resume", test_resume);
  ADD ("kill", test_kill);
  ADD ("window", test_window);
  ADD ("events", test_events);
  ADD ("figures", test_figures);
  ADD ("info", test_info);

  return g_test_run ();
}
