/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-engine-store-private.h"

#include "core/regie-error.h"
#include "core/regie-json.h"
#include "core/regie-time.h"

/* Events: a row per change (what changed; the record itself stands in its own table), and the way of a
 * commit's events from the writer threads to the watchers on the main context, in commit order. */

typedef struct
{
  guint id;
  RegieEventFunc func;
  gpointer data;
} Watch;

typedef struct
{
  RegieWorkspace *workspace;
  GPtrArray *events;
} Batch;

struct _RegieEventQueue
{
  GMainContext *context;
  GMutex lock; /* of batches and source */
  GQueue batches;
  GSource *source;
  GPtrArray *watches; /* main context */
  guint last_watch;
};

static void
batch_free (Batch *self)
{
  regie_workspace_unref (self->workspace);
  g_ptr_array_unref (self->events);
  g_free (self);
}

RegieEventQueue *
regie_event_queue_new (RegieEngineStore *store)
{
  RegieEventQueue *self = g_new0 (RegieEventQueue, 1);

  self->context = g_main_context_ref_thread_default ();
  self->watches = g_ptr_array_new_with_free_func (g_free);
  g_mutex_init (&self->lock);

  return self;
}

void
regie_event_queue_free (RegieEventQueue *self)
{
  if (self->source != NULL)
    {
      g_source_destroy (self->source);
      g_source_unref (self->source);
    }
  g_queue_clear_full (&self->batches, (GDestroyNotify) batch_free);
  g_ptr_array_unref (self->watches);
  g_main_context_unref (self->context);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static Watch *
find_watch (RegieEventQueue *self, guint id)
{
  for (guint i = 0; i < self->watches->len; i++)
    {
      Watch *watch = g_ptr_array_index (self->watches, i);

      if (watch->id == id)
        return watch;
    }

  return NULL;
}

/* A watcher may come or go while the others are told. */
static void
tell (RegieEventQueue *self, JsonObject *event)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < self->watches->len; i++)
    g_array_append_val (ids, ((Watch *) g_ptr_array_index (self->watches, i))->id);
  for (guint i = 0; i < ids->len; i++)
    {
      Watch *watch = find_watch (self, g_array_index (ids, guint, i));

      if (watch != NULL)
        watch->func (event, watch->data);
    }
}

static void
deliver_batch (RegieEventQueue *self, Batch *batch)
{
  for (guint i = 0; i < batch->events->len; i++)
    {
      JsonObject *event = g_ptr_array_index (batch->events, i);

      batch->workspace->delivered_seq = regie_json_get_int (event, "seq", 0);
      tell (self, event);
    }
}

static gboolean
deliver (gpointer data)
{
  RegieEventQueue *self = data;
  GQueue batches;
  Batch *batch;

  g_mutex_lock (&self->lock);
  batches = self->batches;
  g_queue_init (&self->batches);
  g_clear_pointer (&self->source, g_source_unref);
  g_mutex_unlock (&self->lock);
  while ((batch = g_queue_pop_head (&batches)) != NULL)
    {
      deliver_batch (self, batch);
      batch_free (batch);
    }

  return G_SOURCE_REMOVE;
}

void
regie_event_queue_push (RegieEventQueue *self, RegieWorkspace *workspace, GPtrArray *events)
{
  Batch *batch = g_new0 (Batch, 1);

  batch->workspace = regie_workspace_ref (workspace);
  batch->events = g_ptr_array_ref (events);
  g_mutex_lock (&self->lock);
  g_queue_push_tail (&self->batches, batch);
  if (self->source == NULL)
    {
      self->source = g_idle_source_new ();
      g_source_set_priority (self->source, G_PRIORITY_DEFAULT);
      g_source_set_static_name (self->source, "regie-events");
      g_source_set_callback (self->source, deliver, self, NULL);
      g_source_attach (self->source, self->context);
    }
  g_mutex_unlock (&self->lock);
}

guint
regie_engine_store_watch (RegieEngineStore *self, RegieEventFunc func, gpointer data)
{
  Watch *watch = g_new0 (Watch, 1);

  watch->id = ++self->queue->last_watch;
  watch->func = func;
  watch->data = data;
  g_ptr_array_add (self->queue->watches, watch);

  return watch->id;
}

void
regie_engine_store_unwatch (RegieEngineStore *self, guint id)
{
  Watch *watch = find_watch (self->queue, id);

  if (watch != NULL)
    g_ptr_array_remove (self->queue->watches, watch);
}

/* --- stored ones --- */

static JsonObject *
new_event (gint64 seq, const char *type, const char *workspace, gint64 at, const char *kind, const char *id)
{
  g_autofree char *at_text = regie_time_to_rfc3339 (at);

  return regie_json_object_new ("type", 's', type, "seq", 'i', seq, "workspace", 's', workspace, "at", 's',
                                at_text, "kind", 's', kind, "id", 's', id, NULL);
}

JsonObject *
regie_event_append (RegieTxn *txn, const RegieKind *kind, const char *id, gboolean deleted, GError **error)
{
  const char *type = deleted ? "delete" : "put";
  JsonObject *event;

  if (!regie_db_run (txn->db, error, "INSERT INTO event (at, type, kind, record) VALUES (?, ?, ?, ?)", "isss",
                     txn->now, type, kind->name, id))
    return NULL;
  event = new_event (sqlite3_last_insert_rowid (txn->db), type, txn->workspace->id, txn->now, kind->name, id);
  g_ptr_array_add (txn->events, event);

  return event;
}

typedef struct
{
  RegieEngineStore *store;
  RegieWorkspace *workspace;
  gint64 after;
  guint limit;
  JsonArray *events;
} EventsRead;

static void
events_read_free (gpointer data)
{
  EventsRead *self = data;

  g_clear_object (&self->store);
  g_clear_pointer (&self->workspace, regie_workspace_unref);
  g_clear_pointer (&self->events, json_array_unref);
  g_free (self);
}

static void
add_record (EventsRead *self, sqlite3 *db, JsonObject *event, const RegieKind *kind, const char *id)
{
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (db, regie_table_of (kind)->select, NULL);
  JsonObject *record;

  if (stmt == NULL)
    return;
  regie_db_bind (stmt, "s", id);
  if (regie_db_step (stmt, NULL) != 1)
    return;
  record = regie_record_parse (regie_db_column_text (stmt, 2));
  regie_engine_store_decorate (self->store, db, kind, record);
  json_object_set_object_member (event, "record", record);
}

/* What is not served any more, and why. */
static void
add_gap (EventsRead *self, gint64 from, gint64 to, const char *reason)
{
  json_array_add_object_element (
      self->events, regie_json_object_new ("type", 's', "gap", "workspace", 's', self->workspace->id, "from",
                                           'i', from, "to", 'i', to, "reason", 's', reason, NULL));
}

static void
check_start (EventsRead *self, sqlite3 *db)
{
  gint64 last = regie_db_get_int64 (db, 0, "SELECT seq FROM sqlite_sequence WHERE name = 'event'", NULL);
  gint64 first = regie_db_get_int64 (db, last + 1, "SELECT min(seq) FROM event", NULL);

  if (self->after > last)
    {
      add_gap (self, last + 1, self->after, "the workspace is older than what you have seen");
      self->after = last;
    }
  else if (self->after + 1 < first)
    {
      add_gap (self, self->after + 1, first - 1, "older than what is kept");
      self->after = first - 1;
    }
}

static gboolean
read_events (sqlite3 *db, gpointer data, GError **error)
{
  EventsRead *self = data;
  g_autoptr (sqlite3_stmt) stmt = NULL;
  int step;

  check_start (self, db);
  stmt = regie_db_prepare (
      db, "SELECT seq, at, type, kind, record FROM event WHERE seq > ? ORDER BY seq LIMIT ?", error);
  if (stmt == NULL)
    return FALSE;
  regie_db_bind (stmt, "ii", self->after, (gint64) self->limit);
  while ((step = regie_db_step (stmt, error)) == 1)
    {
      const char *type = regie_db_column_text (stmt, 2);
      const char *id = regie_db_column_text (stmt, 4);
      const RegieKind *kind = regie_kind_get (regie_db_column_text (stmt, 3));
      JsonObject *event;

      if (kind == NULL)
        continue;
      event = new_event (sqlite3_column_int64 (stmt, 0), type, self->workspace->id,
                         sqlite3_column_int64 (stmt, 1), kind->name, id);
      if (g_str_equal (type, "put"))
        add_record (self, db, event, kind, id);
      json_array_add_object_element (self->events, event);
    }

  return step == 0;
}

static gboolean
run_events_read (gpointer data, GValue *result, GError **error)
{
  EventsRead *self = data;

  if (!regie_db_read_sync (self->workspace->db, read_events, self, error))
    return FALSE;
  g_value_init (result, JSON_TYPE_ARRAY);
  g_value_take_boxed (result, g_steal_pointer (&self->events));

  return TRUE;
}

DexFuture *
regie_engine_store_events (RegieEngineStore *self, const char *workspace, gint64 after, guint limit)
{
  g_autoptr (RegieWorkspace) found = regie_engine_store_peek (self, workspace);
  EventsRead *read;

  if (found == NULL)
    return dex_future_new_reject (REGIE_ERROR, REGIE_ERROR_NOT_FOUND,
                                  "There is no workspace with the id “%s”", workspace);
  read = g_new0 (EventsRead, 1);
  read->store = g_object_ref (self);
  read->workspace = g_steal_pointer (&found);
  read->after = after;
  read->limit = limit;
  read->events = json_array_new ();

  return regie_thread_run (run_events_read, read, events_read_free);
}

const char *
regie_engine_store_get_epoch (RegieEngineStore *self)
{
  return self->epoch;
}
