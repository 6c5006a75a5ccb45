/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-sync"

#include "regie-connection-private.h"
#include "regie-json.h"

/* What may wait for the store; more than that, and the link is ended and resumed from what the store has. */
#define MAX_WAITING 20000
/* Events put into the store in one transaction. */
#define MAX_RUN 200
#define SAVE_S  2

/* --- what is remembered between runs --- */

static char *
value_name (RegieConnection *self)
{
  return g_strconcat ("sync/", self->id, NULL);
}

static DexFuture *
remember_fiber (gpointer data)
{
  RegieConnection *self = data;
  g_autofree char *name = value_name (self);
  g_autoptr (JsonObject) value = dex_await_boxed (regie_store_get_value (self->store, name), NULL);
  JsonObject *after = value != NULL ? regie_json_get_object (value, "after") : NULL;

  self->remembered = TRUE;
  if (after != NULL)
    {
      g_clear_pointer (&self->after, json_object_unref);
      self->after = regie_json_copy (after);
      g_set_str (&self->epoch, regie_json_get_text (value, "epoch", NULL));
      self->synced_at = regie_json_get_int (value, "synced_at", 0);
    }

  return dex_future_new_true ();
}

DexFuture *
regie_connection_remember (RegieConnection *self)
{
  return dex_scheduler_spawn (NULL, 0, remember_fiber, g_object_ref (self), g_object_unref);
}

void
regie_connection_save_now (RegieConnection *self)
{
  g_autofree char *name = value_name (self);
  g_autoptr (JsonObject) value = NULL;

  if (self->save_source == 0)
    return;
  g_clear_handle_id (&self->save_source, g_source_remove);
  value = regie_json_object_new ("epoch", 's', self->epoch, "after", 'o', regie_json_copy (self->after),
                                 "synced_at", 'i', self->synced_at, NULL);
  dex_future_disown (regie_store_put_value (self->store, name, value));
}

static gboolean
on_save (gpointer data)
{
  regie_connection_save_now (data);

  return G_SOURCE_REMOVE;
}

void
regie_connection_save_soon (RegieConnection *self)
{
  if (self->save_source == 0 && !self->stopped)
    self->save_source = g_timeout_add_seconds (SAVE_S, on_save, self);
}

/* --- one event --- */

static void
advance (RegieConnection *self, JsonObject *event)
{
  const char *workspace = regie_json_get_text (event, "workspace", NULL);
  gint64 seq = regie_json_get_int (event, "seq", -1);

  if (workspace == NULL || seq < 0)
    return;
  if (seq > regie_json_get_int (self->after, workspace, -1))
    {
      json_object_set_int_member (self->after, workspace, seq);
      regie_connection_save_soon (self);
    }
}

/* Where the numbers stand: what was known goes on from there, its events follow. What was not known, in
 * another epoch or of a workspace that came meanwhile, is read as a whole. */
static void
apply_hello (RegieConnection *self, JsonObject *event)
{
  const char *epoch = regie_json_get_text (event, "epoch", "");
  JsonArray *workspaces = regie_json_get_array (event, "workspaces");
  gboolean same = g_strcmp0 (self->epoch, epoch) == 0;
  g_autoptr (JsonObject) before = g_steal_pointer (&self->after);

  self->after = json_object_new ();
  g_set_str (&self->epoch, epoch);
  for (guint i = 0; workspaces != NULL && i < json_array_get_length (workspaces); i++)
    {
      JsonNode *node = json_array_get_element (workspaces, i);
      JsonObject *workspace = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
      const char *id = workspace != NULL ? regie_json_get_text (workspace, "id", NULL) : NULL;
      gint64 seq = workspace != NULL ? regie_json_get_int (workspace, "seq", 0) : 0;

      if (id == NULL)
        continue;
      if (!same || !json_object_has_member (before, id))
        self->pulled = FALSE;
      else
        seq = regie_json_get_int (before, id, 0);
      json_object_set_int_member (self->after, id, seq);
    }
  if (!same)
    self->pulled = FALSE;
  if (!self->pulled)
    regie_connection_pull (self);
  regie_connection_save_soon (self);
}

static void
apply_gap (RegieConnection *self, JsonObject *event)
{
  const char *workspace = regie_json_get_text (event, "workspace", NULL);
  gint64 to = regie_json_get_int (event, "to", -1);

  g_message ("%s: events are missing (%s): reading everything again", self->id,
             regie_json_get_text (event, "reason", ""));
  if (workspace != NULL && to > regie_json_get_int (self->after, workspace, -1))
    json_object_set_int_member (self->after, workspace, to);
  self->pulled = FALSE;
  regie_connection_pull (self);
}

static const RegieKind *
kind_of (JsonObject *event)
{
  return regie_kind_get (regie_json_get_text (event, "kind", ""));
}

static gboolean
is_put (JsonObject *event)
{
  return g_str_equal (regie_json_get_text (event, "type", ""), "put");
}

static gboolean
is_kept (JsonObject *event)
{
  const RegieKind *kind = kind_of (event);

  return kind != NULL && kind->replication != REGIE_REPLICATE_REMOTE &&
         regie_json_get_object (event, "record") != NULL;
}

/* The events at the head that go into the store together: changes of one kind. */
static GPtrArray *
take_run (RegieConnection *self)
{
  GPtrArray *run = g_ptr_array_new_with_free_func ((GDestroyNotify) json_object_unref);
  JsonObject *first = g_queue_pop_head (&self->events);

  g_ptr_array_add (run, first);
  while (is_put (first) && is_kept (first) && run->len < MAX_RUN)
    {
      JsonObject *next = g_queue_peek_head (&self->events);

      if (next == NULL || !is_put (next) || !is_kept (next) || kind_of (next) != kind_of (first))
        break;
      g_ptr_array_add (run, g_queue_pop_head (&self->events));
    }

  return run;
}

/* The newest of each record. */
static JsonArray *
records_of (GPtrArray *run)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray) newest = g_ptr_array_new ();
  JsonArray *records = json_array_new ();

  for (guint i = run->len; i > 0; i--)
    {
      JsonObject *record = regie_json_get_object (g_ptr_array_index (run, i - 1), "record");

      if (g_hash_table_add (seen, (gpointer) regie_json_get_text (record, "id", "")))
        g_ptr_array_add (newest, record);
    }
  for (guint i = newest->len; i > 0; i--)
    json_array_add_object_element (records, json_object_ref (g_ptr_array_index (newest, i - 1)));

  return records;
}

/* Brings the store up to RUN. */
static gboolean
await_run (RegieConnection *self, GPtrArray *run, GError **error)
{
  JsonObject *first = g_ptr_array_index (run, 0);
  const char *type = regie_json_get_text (first, "type", "");
  const RegieKind *kind = kind_of (first);

  if (g_str_equal (type, "put") && is_kept (first))
    {
      g_autoptr (JsonArray) records = records_of (run);

      for (guint i = 0; i < run->len; i++)
        regie_connection_note_deleted (self, g_ptr_array_index (run, i), FALSE);
      return dex_await (regie_store_put_remote (self->store, self->id, kind, records), error);
    }
  if (g_str_equal (type, "delete") && kind != NULL && kind->replication != REGIE_REPLICATE_REMOTE)
    return dex_await (
        regie_store_remove_remote (self->store, self->id, kind, regie_json_get_text (first, "id", "")),
        error);
  if (g_str_equal (type, "hello"))
    apply_hello (self, first);
  else if (g_str_equal (type, "gap"))
    apply_gap (self, first);

  return TRUE;
}

/* --- the pump --- */

/* While a record of its kind is being made here: the answer says which of the rows here it is. */
static gboolean
must_wait (RegieConnection *self, JsonObject *event)
{
  return is_put (event) && kind_of (event) != NULL && regie_connection_is_creating (self, kind_of (event));
}

static DexFuture *
pump_fiber (gpointer data)
{
  RegieConnection *self = data;

  while (self->online && !g_queue_is_empty (&self->events) &&
         !must_wait (self, g_queue_peek_head (&self->events)))
    {
      g_autoptr (GPtrArray) run = take_run (self);
      g_autoptr (GError) error = NULL;

      if (!await_run (self, run, &error))
        {
          if (self->stopped)
            break;
          g_warning ("%s: an event could not be kept: %s", self->id, error->message);
          regie_connection_lose (self, error);
          break;
        }
      for (guint i = 0; i < run->len && !self->stopped; i++)
        {
          advance (self, g_ptr_array_index (run, i));
          regie_connection_note_change (self, g_ptr_array_index (run, i));
          regie_connection_emit_event (self, g_ptr_array_index (run, i));
        }
    }
  self->pumping = FALSE;

  return dex_future_new_true ();
}

void
regie_connection_pump (RegieConnection *self)
{
  if (self->pumping || !self->online || g_queue_is_empty (&self->events) ||
      must_wait (self, g_queue_peek_head (&self->events)))
    return;
  self->pumping = TRUE;
  dex_future_disown (dex_scheduler_spawn (NULL, 0, pump_fiber, g_object_ref (self), g_object_unref));
}

/* --- the link --- */

static void
on_event (RegieConnection *self, JsonObject *event)
{
  if (g_queue_get_length (&self->events) >= MAX_WAITING)
    {
      g_autoptr (GError) error =
          g_error_new (REGIE_ERROR, REGIE_ERROR_UNREACHABLE, "more than %d events wait", MAX_WAITING);

      regie_connection_lose (self, error);
      return;
    }
  /* Told at once: it is gone with the next one, and nothing is kept of it. */
  if (g_str_equal (regie_json_get_text (event, "type", ""), "heartbeat"))
    {
      regie_connection_note_alive (self, event);
      regie_connection_emit_event (self, event);
      return;
    }
  g_queue_push_tail (&self->events, json_object_ref (event));
  regie_connection_pump (self);
}

static void
on_closed (RegieConnection *self, GError *error)
{
  g_autoptr (GError) why = error != NULL ? g_error_copy (error) : NULL;

  /* A link that broke says no more than that it is to be made again. */
  if (why != NULL && (why->code == REGIE_ERROR_FAILED || why->code == REGIE_ERROR_LIMITED))
    why->code = REGIE_ERROR_UNREACHABLE;
  regie_connection_lose (self, why);
}

void
regie_connection_follow (RegieConnection *self)
{
  self->follower = regie_backend_follow (self->backend, self->after, self->epoch);
  if (self->follower == NULL)
    {
      regie_connection_pull (self);
      return;
    }
  g_signal_connect_object (self->follower, "event", G_CALLBACK (on_event), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->follower, "closed", G_CALLBACK (on_closed), self, G_CONNECT_SWAPPED);
}

/* What waited comes again: "after" stands at what the store has. */
void
regie_connection_unfollow (RegieConnection *self)
{
  if (self->follower != NULL)
    g_signal_handlers_disconnect_by_data (self->follower, self);
  g_clear_object (&self->follower);
  g_queue_clear_full (&self->events, (GDestroyNotify) json_object_unref);
}
