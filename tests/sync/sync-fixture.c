/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

#include "regie-json.h"

#define LIMIT_US (30 * G_TIME_SPAN_SECOND)

void
test_remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      test_remove_tree (child);
    }
  g_remove (path);
}

static gboolean
on_tick (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

/* Runs the main context until CONDITION; each check may ask the store. */
#define WAIT_FOR(condition, ...)                                                                             \
  G_STMT_START                                                                                               \
  {                                                                                                          \
    gint64 deadline_ = g_get_monotonic_time () + LIMIT_US;                                                   \
    guint tick_ = g_timeout_add (10, on_tick, NULL);                                                         \
    while (!(condition))                                                                                     \
      {                                                                                                      \
        if (g_get_monotonic_time () > deadline_)                                                             \
          g_error (__VA_ARGS__);                                                                             \
        g_main_context_iteration (NULL, TRUE);                                                               \
      }                                                                                                      \
    g_source_remove (tick_);                                                                                 \
  }                                                                                                          \
  G_STMT_END

static DexFuture *
settle (DexFuture *future)
{
  WAIT_FOR (!dex_future_is_pending (future), "waited in vain for a future");

  return future;
}

static const GValue *
value_of (DexFuture *future)
{
  g_autoptr (GError) error = NULL;
  const GValue *value = dex_future_get_value (future, &error);

  g_assert_no_error (error);

  return value;
}

static char *
text_of (DexFuture *future)
{
  g_autoptr (DexFuture) settled = settle (future);

  return g_value_dup_string (value_of (settled));
}

Client *
client_new (const char *socket, const char *dir)
{
  Client *self = g_new0 (Client, 1);
  g_autoptr (GError) error = NULL;

  self->dir = dir != NULL ? g_strdup (dir) : g_dir_make_tmp ("regie-client-XXXXXX", &error);
  g_assert_no_error (error);
  self->store = regie_store_open (self->dir, NULL, &error);
  g_assert_no_error (error);
  self->connections = regie_connections_new (self->store, socket, "/nonexistent", FALSE);
  self->local = regie_connections_get (self->connections, "local");

  return self;
}

static void
client_close (Client *self)
{
  g_autoptr (DexFuture) ended = settle (regie_connections_shutdown (self->connections, TRUE));

  g_clear_object (&self->connections);
  regie_store_close (self->store);
  g_clear_object (&self->store);
}

char *
client_end (Client *self)
{
  char *dir = g_steal_pointer (&self->dir);

  client_close (self);
  g_free (self);

  return dir;
}

void
client_free (Client *self)
{
  client_close (self);
  test_remove_tree (self->dir);
  g_free (self->dir);
  g_free (self);
}

void
client_wait_state (Client *self, RegieConnectionState state)
{
  WAIT_FOR (regie_connection_get_state (self->local) == state, "waited for state %d, it is %d (%s)", state,
            regie_connection_get_state (self->local), regie_connection_get_message (self->local));
}

void
client_wait_synced (Client *self)
{
  client_wait_state (self, REGIE_CONNECTION_ONLINE);
  WAIT_FOR (regie_connection_get_synced_at (self->local) > regie_connection_get_since (self->local) &&
                !regie_connection_get_syncing (self->local),
            "the first pull does not end");
}

static GPtrArray *
list_intents (Client *self)
{
  g_autoptr (DexFuture) settled = settle (regie_store_list_intents (self->store));

  return g_value_dup_boxed (value_of (settled));
}

static gboolean
is_waiting (RegieIntentState state)
{
  return state == REGIE_INTENT_HELD || state == REGIE_INTENT_QUEUED || state == REGIE_INTENT_SENDING ||
         state == REGIE_INTENT_UNKNOWN;
}

static gboolean
has_waiting (Client *self)
{
  g_autoptr (GPtrArray) intents = list_intents (self);

  for (guint i = 0; i < intents->len; i++)
    {
      RegieIntent *intent = g_ptr_array_index (intents, i);

      g_debug ("%s %s: %s (%s)", regie_intent_get_kind (intent)->name, regie_intent_get_id (intent),
               regie_intent_state_to_string (regie_intent_get_state (intent)),
               regie_intent_get_error (intent));
      if (is_waiting (regie_intent_get_state (intent)))
        return TRUE;
    }

  return FALSE;
}

void
client_wait_sent (Client *self)
{
  WAIT_FOR (!has_waiting (self), "the outbox does not get empty (state %d, %s)",
            regie_connection_get_state (self->local), regie_connection_get_message (self->local));
}

static JsonObject *
object_of (const char *json)
{
  g_autoptr (GError) error = NULL;
  JsonObject *object = regie_json_parse_object (json, -1, &error);

  g_assert_no_error (error);

  return object;
}

char *
client_create (Client *self, const char *kind, const char *json)
{
  g_autoptr (JsonObject) fields = object_of (json);

  return text_of (regie_store_create (self->store, "local", regie_kind_get (kind), fields, 0));
}

char *
client_update (Client *self, const char *kind, const char *key, const char *json)
{
  g_autoptr (JsonObject) patch = object_of (json);

  return text_of (regie_store_update (self->store, regie_kind_get (kind), key, patch, 0));
}

char *
client_delete (Client *self, const char *kind, const char *key)
{
  return text_of (regie_store_delete (self->store, regie_kind_get (kind), key, 0));
}

char *
client_act (Client *self, const char *kind, const char *key, const char *action)
{
  return text_of (regie_store_act (self->store, regie_kind_get (kind), key, action, NULL, 0));
}

static RegieQuery *
query_of (const char *kind, const char *field, const char *value)
{
  RegieQuery *query = regie_query_new (regie_kind_get (kind));

  if (field != NULL)
    regie_query_where (query, field, REGIE_OP_EQ, value);

  return query;
}

gint64
client_count (Client *self, const char *kind, const char *field, const char *value)
{
  g_autoptr (RegieQuery) query = query_of (kind, field, value);
  g_autoptr (DexFuture) settled = settle (regie_store_count (self->store, query));

  return g_value_get_int64 (value_of (settled));
}

void
client_wait_count (Client *self, const char *kind, const char *field, const char *value, gint64 wanted)
{
  gint64 n = -1;

  WAIT_FOR ((n = client_count (self, kind, field, value)) == wanted,
            "waited for %" G_GINT64_FORMAT " of %s (%s %s), there are %" G_GINT64_FORMAT, wanted, kind,
            field != NULL ? field : "", value != NULL ? value : "", n);
}

RegieRecord *
client_find (Client *self, const char *kind, const char *name)
{
  g_autoptr (RegieQuery) query = query_of (kind, "name", name);
  g_autoptr (DexFuture) settled = NULL;
  GPtrArray *found;

  client_wait_count (self, kind, "name", name, 1);
  settled = settle (regie_store_fetch (self->store, query, 2));
  found = g_value_get_boxed (value_of (settled));
  g_assert_cmpuint (found->len, ==, 1);

  return g_object_ref (g_ptr_array_index (found, 0));
}

char *
client_wait_remote_id (Client *self, const char *kind, const char *key)
{
  g_autoptr (RegieRecord) record = regie_store_get (self->store, regie_kind_get (kind), key);

  WAIT_FOR (regie_record_get_remote_id (record) != NULL, "waited for the id of %s", key);

  return g_strdup (regie_record_get_remote_id (record));
}

void
client_wait_text (Client *self, const char *kind, const char *key, const char *field, const char *value)
{
  g_autoptr (RegieRecord) record = regie_store_get (self->store, regie_kind_get (kind), key);

  WAIT_FOR (g_strcmp0 (regie_record_get_text (record, field), value) == 0,
            "waited for %s \"%s\", it is \"%s\"", field, value, regie_record_get_text (record, field));
}

char *
client_intent_state (Client *self, const char *intent, char **error)
{
  g_autoptr (GPtrArray) intents = list_intents (self);

  for (guint i = 0; i < intents->len; i++)
    {
      RegieIntent *one = g_ptr_array_index (intents, i);

      if (!g_str_equal (regie_intent_get_id (one), intent))
        continue;
      if (error != NULL)
        *error = g_strdup (regie_intent_get_error (one));
      return g_strdup (regie_intent_state_to_string (regie_intent_get_state (one)));
    }

  return g_strdup ("");
}

/* --- the engine --- */

gint64
engine_count (RegieEngineHarness *engine, const char *collection, const char *query)
{
  g_autofree char *path = g_strdup_printf ("/v1/%s%s", collection, query);
  g_autoptr (JsonObject) page = regie_engine_harness_expect (engine, 200, "GET", path, NULL);

  return regie_json_get_int (page, "total", -1);
}

JsonObject *
engine_get (RegieEngineHarness *engine, const char *collection, const char *id)
{
  g_autofree char *path = g_strdup_printf ("/v1/%s/%s", collection, id);

  return regie_engine_harness_expect (engine, 200, "GET", path, NULL);
}

char *
engine_add_workspace (RegieEngineHarness *engine, const char *name)
{
  return regie_engine_harness_create (engine, "/v1/workspaces", "{\"name\": \"%s\"}", name);
}

char *
engine_add_human (RegieEngineHarness *engine, const char *workspace, const char *name)
{
  return regie_engine_harness_create (engine, "/v1/digital-humans",
                                      "{\"workspace\": \"%s\", \"name\": \"%s\"}", workspace, name);
}
