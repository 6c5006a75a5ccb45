/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "regie-json.h"
#include "regie-time.h"
#include "sync-fixture.h"

/* The line between dashboard and engine fails where a test says; each write arrives once all the same. */

typedef struct
{
  RegieEngineHarness *engine;
  FaultProxy *proxy;
  Client *client;
  char *workspace;
  RegieRecord *human; /* "Ada" */
  char *intent;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autofree char *human = NULL;

  f->engine = regie_engine_harness_new_started ();
  f->proxy = fault_proxy_new (regie_engine_harness_get_socket (f->engine));
  f->workspace = engine_add_workspace (f->engine, "W");
  human = engine_add_human (f->engine, f->workspace, "Ada");
  f->client = client_new (fault_proxy_get_socket (f->proxy), NULL);
  client_wait_synced (f->client);
  f->human = client_find (f->client, "digital-human", "Ada");
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_clear_object (&f->human);
  client_free (f->client);
  fault_proxy_free (f->proxy);
  regie_engine_harness_free (f->engine);
  g_free (f->workspace);
  g_free (f->intent);
}

/* --- the matrix --- */

typedef enum
{
  CREATE,
  UPDATE,
  DELETE,
  ACT,
  N_OPS
} Op;

static const char *const op_names[] = { "create", "update", "delete", "act" };
static const char *const op_lines[] = { "POST /v1/digital-humans ", "PATCH /v1/digital-humans/",
                                        "DELETE /v1/digital-humans/", "POST /v1/digital-humans/" };

typedef struct
{
  const char *name;
  FaultType type;
  const char *text;
} Point;

#define PLAIN(status, extra, body)                                                                           \
  "HTTP/1.1 " status "\r\nContent-Type: text/plain\r\n" extra "Connection: close\r\n\r\n" body

static const Point points[] = {
  { "cut before", FAULT_CUT_BEFORE, NULL },
  { "cut after", FAULT_CUT_AFTER, NULL },
  { "cut in the answer", FAULT_ANSWER_LIE,
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{" },
  { "500 after", FAULT_ANSWER_LIE, PLAIN ("500 Oops", "", "oops") },
  { "500 before", FAULT_ANSWER, PLAIN ("500 Oops", "", "oops") },
  { "502 before", FAULT_ANSWER, PLAIN ("502 Bad gateway", "", "<html>") },
  { "HTML with 200", FAULT_ANSWER,
    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html>" },
  { "no HTTP", FAULT_ANSWER, "220 mail.example.org ESMTP\r\n\r\n" },
  { "429", FAULT_ANSWER,
    "HTTP/1.1 429 X\r\nContent-Type: application/problem+json\r\nRetry-After: 1\r\n"
    "Connection: close\r\n\r\n{\"type\": \"urn:regie:problem:limited\"}" },
  { "503 locked", FAULT_ANSWER,
    "HTTP/1.1 503 X\r\nContent-Type: application/problem+json\r\n"
    "Connection: close\r\n\r\n{\"type\": \"urn:regie:problem:locked\"}" },
};

typedef struct
{
  Op op;
  const Point *point;
} Cell;

static char *
do_op (Fixture *f, Op op)
{
  const char *key = regie_record_get_key (f->human);
  g_autofree char *json = g_strdup_printf ("{\"workspace\": \"%s\", \"name\": \"New\"}", f->workspace);

  switch (op)
    {
    case CREATE:
      return client_create (f->client, "digital-human", json);
    case UPDATE:
      return client_update (f->client, "digital-human", key, "{\"name\": \"Changed\"}");
    case DELETE:
      return client_delete (f->client, "digital-human", key);
    case ACT:
    default:
      return client_act (f->client, "digital-human", key, "duplicate");
    }
}

/* How often the engine did it, by its own journal; the end state says that it was done. */
static void
assert_done_once (Fixture *f, Op op)
{
  static const char *const names[] = { "New", "Changed", NULL, NULL };
  static const gint64 total[] = { 2, 1, 0, 2 };

  g_assert_cmpint (engine_count (f->engine, "digital-humans", ""), ==, total[op]);
  if (names[op] != NULL)
    {
      g_autoptr (RegieRecord) record = client_find (f->client, "digital-human", names[op]);
      g_autofree char *id = client_wait_remote_id (f->client, "digital-human", regie_record_get_key (record));
      g_autoptr (JsonObject) there = engine_get (f->engine, "digital-humans", id);

      g_assert_cmpstr (regie_json_get_text (there, "name", NULL), ==, names[op]);
    }
  client_wait_count (f->client, "digital-human", NULL, NULL, total[op]);
}

/* All that was sent for it carried the same key. */
static void
assert_one_key (Fixture *f, Op op)
{
  g_autoptr (GPtrArray) requests = fault_proxy_list_requests (f->proxy, op_lines[op]);
  const char *first = NULL;

  g_assert_cmpuint (requests->len, ==, 2);
  for (guint i = 0; i < requests->len; i++)
    {
      const char *key = strstr (g_ptr_array_index (requests, i), "Idempotency-Key: ");

      g_assert_nonnull (key);
      if (first == NULL)
        first = key;
      g_assert_cmpint (strncmp (first, key, strlen ("Idempotency-Key: ") + 36), ==, 0);
    }
}

static void
test_cell (Fixture *f, gconstpointer data)
{
  const Cell *cell = data;
  g_autofree char *intent = NULL;

  fault_proxy_add (f->proxy, op_lines[cell->op], cell->point->type, cell->point->text);
  intent = do_op (f, cell->op);
  client_wait_sent (f->client);
  g_assert_cmpuint (fault_proxy_count_faults (f->proxy), ==, 0);
  assert_one_key (f, cell->op);
  assert_done_once (f, cell->op);
}

/* --- refusals are not repeated --- */

static void
test_refused_once (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) requests = NULL;
  g_autofree char *intent = NULL, *state = NULL, *error = NULL;

  fault_proxy_add (f->proxy, "PATCH ", FAULT_ANSWER,
                   "HTTP/1.1 507 X\r\nContent-Type: application/problem+json\r\nConnection: close\r\n\r\n"
                   "{\"type\": \"urn:regie:problem:full\", \"detail\": \"The disk is full.\"}");
  intent = do_op (f, UPDATE);
  client_wait_sent (f->client);
  state = client_intent_state (f->client, intent, &error);
  g_assert_cmpstr (state, ==, "failed");
  g_assert_cmpstr (error, ==, "The disk is full.");
  requests = fault_proxy_list_requests (f->proxy, "PATCH ");
  g_assert_cmpuint (requests->len, ==, 1);
}

static void
test_limited (Fixture *f, gconstpointer data)
{
  g_autofree char *intent = NULL;

  fault_proxy_add (
      f->proxy, "PATCH ", FAULT_ANSWER,
      "HTTP/1.1 429 X\r\nContent-Type: application/problem+json\r\nRetry-After: 2\r\nConnection: close"
      "\r\n\r\n{\"type\": \"urn:regie:problem:limited\", \"detail\": \"slowly\"}");
  intent = do_op (f, UPDATE);
  client_wait_state (f->client, REGIE_CONNECTION_LIMITED);
  g_assert_cmpstr (regie_connection_get_message (f->client->local), ==, "slowly");
  client_wait_sent (f->client);
  client_wait_state (f->client, REGIE_CONNECTION_ONLINE);
  assert_done_once (f, UPDATE);
}

/* Deleted there already: that is what was wanted. */
static void
test_gone (Fixture *f, gconstpointer data)
{
  g_autofree char *path = g_strconcat ("/v1/digital-humans/", regie_record_get_remote_id (f->human), NULL);
  g_autofree char *gone = NULL, *changed = NULL, *gone_state = NULL;
  g_autoptr (JsonObject) theirs = NULL;

  fault_proxy_cut_all (f->proxy, TRUE);
  client_wait_state (f->client, REGIE_CONNECTION_OFFLINE);
  gone = do_op (f, DELETE);
  theirs = regie_engine_harness_expect (f->engine, 200, "DELETE", path, NULL);
  fault_proxy_allow (f->proxy);
  regie_connection_retry (f->client->local);
  client_wait_sent (f->client);
  gone_state = client_intent_state (f->client, gone, NULL);
  g_assert_cmpstr (gone_state, ==, "sent");
  client_wait_count (f->client, "digital-human", NULL, NULL, 0);
}

/* --- outcomes that nobody knows --- */

static gint64 ahead;

static gint64
clock_ahead (void)
{
  return g_get_real_time () + ahead;
}

static gboolean
is_unknown (gpointer data)
{
  Fixture *f = data;
  g_autofree char *state = client_intent_state (f->client, f->intent, NULL);

  return g_str_equal (state, "unknown");
}

/* The engine has forgotten the key by the time the line is back: it is not sent again, the user has a say. */
static void
test_key_expired (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) requests = NULL;

  fault_proxy_add (f->proxy, "PATCH ", FAULT_CUT_BEFORE, NULL);
  fault_proxy_add (f->proxy, "GET /v1/health", FAULT_CUT_BEFORE, NULL);
  f->intent = do_op (f, UPDATE);
  WAIT_UNTIL (is_unknown, f);
  fault_proxy_cut_all (f->proxy, TRUE);
  regie_time_set_clock (clock_ahead);
  ahead = 25 * G_TIME_SPAN_HOUR;
  fault_proxy_allow (f->proxy);
  client_wait_state (f->client, REGIE_CONNECTION_OFFLINE);
  client_wait_state (f->client, REGIE_CONNECTION_ONLINE);
  /* What is made now is sent, so what was to be sent again has been. */
  g_free (client_create (f->client, "workspace", "{\"name\": \"Later\"}"));
  while (engine_count (f->engine, "workspaces", "?name=Later") == 0)
    g_main_context_iteration (NULL, TRUE);
  regie_time_set_clock (NULL);
  g_assert_true (is_unknown (f));
  requests = fault_proxy_list_requests (f->proxy, "PATCH ");
  g_assert_cmpuint (requests->len, ==, 1);
}

static gboolean
has_request (gpointer data)
{
  g_autoptr (GPtrArray) requests = fault_proxy_list_requests (data, op_lines[CREATE]);

  return requests->len == 1;
}

/* The dashboard ends while an answer is awaited: the next one finds out what became of it. */
static void
test_ended (Fixture *f, gconstpointer data)
{
  g_autofree char *dir = NULL;

  fault_proxy_add (f->proxy, op_lines[CREATE], FAULT_HOLD_AFTER, NULL);
  f->intent = do_op (f, CREATE);
  WAIT_UNTIL (has_request, f->proxy);
  while (engine_count (f->engine, "digital-humans", "") < 2)
    g_main_context_iteration (NULL, FALSE);
  g_clear_object (&f->human);
  dir = client_end (g_steal_pointer (&f->client));
  fault_proxy_cut_all (f->proxy, FALSE);
  f->client = client_new (fault_proxy_get_socket (f->proxy), dir);
  client_wait_sent (f->client);
  assert_one_key (f, CREATE);
  assert_done_once (f, CREATE);
}

/* --- the state that is shown --- */

static gboolean
cut_until_lost (gpointer data)
{
  Fixture *f = data;

  fault_proxy_cut_all (f->proxy, FALSE);

  return regie_connection_get_state (f->client->local) != REGIE_CONNECTION_ONLINE;
}

static void
test_states (Fixture *f, gconstpointer data)
{
  RegieConnection *local = f->client->local;
  gint64 before = regie_connection_get_since (local);

  g_assert_null (regie_connection_get_message (local));
  fault_proxy_cut_all (f->proxy, TRUE);
  client_wait_state (f->client, REGIE_CONNECTION_OFFLINE);
  g_assert_cmpint (regie_connection_get_since (local), >, before);
  g_assert_nonnull (regie_connection_get_message (local));
  /* Back by itself, without being told. */
  fault_proxy_allow (f->proxy);
  client_wait_state (f->client, REGIE_CONNECTION_ONLINE);

  fault_proxy_add (f->proxy, "GET /v1/health", FAULT_ANSWER,
                   "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html>");
  WAIT_UNTIL (cut_until_lost, f);
  client_wait_state (f->client, REGIE_CONNECTION_BROKEN);
  client_wait_state (f->client, REGIE_CONNECTION_ONLINE);

  fault_proxy_add (f->proxy, "GET /v1/health", FAULT_ANSWER,
                   "HTTP/1.1 403 X\r\nContent-Type: application/problem+json\r\nConnection: close\r\n\r\n"
                   "{\"type\": \"urn:regie:problem:denied\"}");
  WAIT_UNTIL (cut_until_lost, f);
  client_wait_state (f->client, REGIE_CONNECTION_SIGNED_OUT);
  client_wait_state (f->client, REGIE_CONNECTION_ONLINE);
}

/* --- events that are missing --- */

static gboolean
send_gap (gpointer data)
{
  Fixture *f = data;
  g_autofree char *gap =
      g_strdup_printf ("{\"type\": \"gap\", \"workspace\": \"%s\", \"from\": 1, \"to\": 1000, "
                       "\"reason\": \"too slow\"}",
                       f->workspace);

  return fault_proxy_send (f->proxy, gap);
}

static gboolean
send_hello (gpointer data)
{
  return fault_proxy_send (((Fixture *) data)->proxy,
                           "{\"type\": \"hello\", \"epoch\": \"another one\", \"workspaces\": []}");
}

static void
hold_socket (Fixture *f)
{
  fault_proxy_add (f->proxy, "GET /v1/events", FAULT_SOCKET, NULL);
  fault_proxy_cut_all (f->proxy, FALSE);
  while (fault_proxy_count_faults (f->proxy) > 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_gap (Fixture *f, gconstpointer data)
{
  g_autofree char *human = NULL;

  hold_socket (f);
  human = engine_add_human (f->engine, f->workspace, "Unheard");
  WAIT_UNTIL (send_gap, f);
  client_wait_count (f->client, "digital-human", "name", "Unheard", 1);
}

static void
test_epoch (Fixture *f, gconstpointer data)
{
  g_autofree char *human = NULL;

  hold_socket (f);
  human = engine_add_human (f->engine, f->workspace, "Unheard");
  WAIT_UNTIL (send_hello, f);
  client_wait_count (f->client, "digital-human", "name", "Unheard", 1);
}

/* Lost in the middle of the first pull: done again, and complete. */
static void
test_cut_pull (Fixture *f, gconstpointer data)
{
  g_autoptr (Client) other = NULL;

  fault_proxy_add (f->proxy, "GET /v1/rights", FAULT_CUT_AFTER, NULL);
  fault_proxy_add (
      f->proxy, "GET /v1/backups", FAULT_ANSWER,
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{\"items\": [");
  other = client_new (fault_proxy_get_socket (f->proxy), NULL);
  client_wait_synced (other);
  g_assert_cmpuint (fault_proxy_count_faults (f->proxy), ==, 0);
  g_assert_cmpint (client_count (other, "digital-human", NULL, NULL), ==, 1);
}

#define ADD(name, func) g_test_add ("/sync/faults/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  static Cell cells[N_OPS * G_N_ELEMENTS (points)];

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cells); i++)
    {
      g_autofree char *name = NULL;

      cells[i] = (Cell) { i % N_OPS, &points[i / N_OPS] };
      name = g_strdup_printf ("/sync/faults/%s/%s", op_names[cells[i].op], cells[i].point->name);
      g_strdelimit (name, " ", '-');
      g_test_add (name, Fixture, &cells[i], set_up, test_cell, tear_down);
    }
  ADD ("refused-once", test_refused_once);
  ADD ("limited", test_limited);
  ADD ("gone", test_gone);
  ADD ("key-expired", test_key_expired);
  ADD ("ended", test_ended);
  ADD ("states", test_states);
  ADD ("gap", test_gap);
  ADD ("epoch", test_epoch);
  ADD ("cut-pull", test_cut_pull);

  return g_test_run ();
}
