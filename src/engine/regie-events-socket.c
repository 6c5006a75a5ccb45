/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-api-private.h"
#include "regie-engine-store-private.h"

#include "core/regie-error.h"
#include "core/regie-id.h"
#include "core/regie-json.h"
#include "core/regie-limits.h"

/* The readers of WS /v1/events. Each follows each workspace by the number of its last event: behind it reads
 * what is stored, a page after the other as its queue empties; at the newest it gets what is told by the
 * store. A reader whose queue is full misses events, and is told which when there is room again. */

#define QUEUE_BYTES      (1024 * 1024)
#define QUEUE_LOW_BYTES  (QUEUE_BYTES / 4)
#define PAGE_EVENTS      200
#define PING_S           30
#define MAX_CLIENT_BYTES (16 * 1024)

struct _RegieEventsHub
{
  RegieApi *api; /* its owner */
  GPtrArray *readers;
  guint watch;
  gulong heartbeat;
};

typedef struct
{
  char *workspace;
  gint64 seq;      /* of the last event that was sent or is reported missing */
  gint64 gap_from; /* first one that was missed, 0: none */
  gboolean is_behind;
  gboolean is_reading;
} Position;

typedef struct
{
  gatomicrefcount refs;
  RegieEventsHub *hub; /* NULL when it is closed */
  SoupWebsocketConnection *connection;
  RegieApiStream *stream;
  guint64 queued;        /* bytes handed over since the start */
  guint64 written_start; /* what the stream had written then */
  char *only;            /* a workspace, or NULL */
  GHashTable *positions; /* id -> Position */
  guint continue_source;
} Reader;

static void catch_up (Reader *self, Position *position);

static void
position_free (Position *self)
{
  g_free (self->workspace);
  g_free (self);
}

static void
reader_unref (gpointer data)
{
  Reader *self = data;

  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_clear_object (&self->connection);
  g_clear_object (&self->stream);
  g_hash_table_unref (self->positions);
  g_free (self->only);
  g_free (self);
}

static Reader *
reader_ref (Reader *self)
{
  g_atomic_ref_count_inc (&self->refs);

  return self;
}

/* --- sending --- */

static gsize
frame_bytes (gsize length)
{
  return length + (length < 126 ? 2 : length < 65536 ? 4 : 10);
}

/* Bytes that wait to be sent. Pings and the like go out uncounted, so that it may seem less than nothing. */
static guint64
get_queue (Reader *self)
{
  guint64 written = regie_api_stream_get_written (self->stream) - self->written_start;

  if (written > self->queued)
    self->written_start += written - self->queued;

  return self->queued > written ? self->queued - written : 0;
}

static gboolean
is_open (Reader *self)
{
  return self->hub != NULL &&
         soup_websocket_connection_get_state (self->connection) == SOUP_WEBSOCKET_STATE_OPEN;
}

static void
send_text (Reader *self, const char *text)
{
  if (!is_open (self))
    return;
  self->queued += frame_bytes (strlen (text));
  soup_websocket_connection_send_text (self->connection, text);
}

static void
send_object (Reader *self, JsonObject *object)
{
  g_autofree char *text = regie_json_object_to_string (object);

  send_text (self, text);
}

static void
send_gap (Reader *self, const char *workspace, gint64 from, gint64 to, const char *reason)
{
  g_autoptr (JsonObject) gap = regie_json_object_new ("type", 's', "gap", "workspace", 's', workspace, "from",
                                                      'i', from, "to", 'i', to, "reason", 's', reason, NULL);

  send_object (self, gap);
}

/* EVENT on the wire; its record is canonical. */
static char *
event_to_text (JsonObject *event)
{
  const RegieKind *kind = regie_kind_get (regie_json_get_text (event, "kind", NULL));
  JsonObject *record = regie_json_get_object (event, "record");
  g_autoptr (JsonObject) wire = NULL;

  if (kind == NULL || record == NULL)
    return regie_json_object_to_string (event);
  wire = json_object_new ();
  for (g_autoptr (GList) names = json_object_get_members (event), l = names; l != NULL; l = l->next)
    {
      if (g_str_equal (l->data, "record"))
        json_object_set_object_member (wire, "record", regie_api_to_wire (kind, record));
      else
        json_object_set_member (wire, l->data, json_node_copy (json_object_get_member (event, l->data)));
    }

  return regie_json_object_to_string (wire);
}

/* --- following --- */

static gint64
newest_of (RegieEventsHub *hub, const char *workspace)
{
  g_autoptr (RegieWorkspace) found = regie_engine_store_peek (regie_api_get_store (hub->api), workspace);

  return found != NULL ? found->delivered_seq : 0;
}

static Position *
add_position (Reader *self, const char *workspace, gint64 seq)
{
  Position *position = g_new0 (Position, 1);

  position->workspace = g_strdup (workspace);
  position->seq = seq;
  g_hash_table_replace (self->positions, position->workspace, position);

  return position;
}

static void
report_missed (Reader *self, Position *position)
{
  if (position->gap_from == 0)
    return;
  send_gap (self, position->workspace, position->gap_from, position->seq, "too slow");
  position->gap_from = 0;
}

static void
follow (Reader *self, const char *workspace, gint64 seq, JsonObject *event, char **text)
{
  Position *position = g_hash_table_lookup (self->positions, workspace);

  if (position == NULL)
    position = add_position (self, workspace, seq - 1);
  if (position->is_behind || seq <= position->seq)
    return;
  if (get_queue (self) > QUEUE_BYTES)
    {
      if (position->gap_from == 0)
        position->gap_from = position->seq + 1;
      position->seq = seq;
      return;
    }
  report_missed (self, position);
  if (*text == NULL)
    *text = event_to_text (event);
  send_text (self, *text);
  position->seq = seq;
}

static void
on_event (JsonObject *event, gpointer data)
{
  RegieEventsHub *self = data;
  const char *workspace = regie_json_get_text (event, "workspace", "");
  gint64 seq = regie_json_get_int (event, "seq", 0);
  g_autofree char *text = NULL;

  for (guint i = 0; i < self->readers->len; i++)
    {
      Reader *reader = g_ptr_array_index (self->readers, i);

      if (reader->only == NULL || g_str_equal (reader->only, workspace))
        follow (reader, workspace, seq, event, &text);
    }
}

static void
on_heartbeat (RegieSupervisor *supervisor, JsonObject *event, gpointer data)
{
  RegieEventsHub *self = data;
  const char *workspace = regie_json_get_text (event, "workspace", "");
  g_autofree char *text = self->readers->len > 0 ? regie_json_object_to_string (event) : NULL;

  for (guint i = 0; i < self->readers->len; i++)
    {
      Reader *reader = g_ptr_array_index (self->readers, i);

      if ((reader->only == NULL || g_str_equal (reader->only, workspace)) &&
          get_queue (reader) < QUEUE_LOW_BYTES)
        send_text (reader, text);
    }
}

/* --- catching up with what is stored --- */

typedef struct
{
  Reader *reader;
  char *workspace;
} Catching;

static void
catching_free (gpointer data)
{
  Catching *self = data;

  reader_unref (self->reader);
  g_free (self->workspace);
  g_free (self);
}

static void
send_stored (Reader *self, Position *position, JsonArray *events)
{
  for (guint i = 0; i < json_array_get_length (events); i++)
    {
      JsonObject *event = json_array_get_object_element (events, i);
      g_autofree char *text = event_to_text (event);

      send_text (self, text);
      position->seq = regie_json_get_int (event, "seq", regie_json_get_int (event, "to", position->seq));
      /* A gap that ends beyond the newest stands for a number that was never given here. */
      if (json_object_has_member (event, "to"))
        position->seq = MIN (position->seq, newest_of (self->hub, position->workspace));
    }
}

static DexFuture *
on_stored (DexFuture *future, gpointer data)
{
  Catching *catching = data;
  Reader *self = catching->reader;
  Position *position = g_hash_table_lookup (self->positions, catching->workspace);
  g_autoptr (GError) error = NULL;
  const GValue *value = dex_future_get_value (future, &error);

  if (position == NULL || !is_open (self))
    return NULL;
  position->is_reading = FALSE;
  if (value == NULL)
    {
      g_message ("Events of %s cannot be read: %s", position->workspace, error->message);
      position->is_behind = FALSE;
      return NULL;
    }
  send_stored (self, position, g_value_get_boxed (value));
  catch_up (self, position);

  return NULL;
}

static void
catch_up (Reader *self, Position *position)
{
  Catching *catching;

  if (position->seq == newest_of (self->hub, position->workspace))
    position->is_behind = FALSE;
  if (!position->is_behind || position->is_reading || get_queue (self) > QUEUE_LOW_BYTES)
    return;
  catching = g_new0 (Catching, 1);
  catching->reader = reader_ref (self);
  catching->workspace = g_strdup (position->workspace);
  position->is_reading = TRUE;
  dex_future_disown (
      dex_future_finally (regie_engine_store_events (regie_api_get_store (self->hub->api),
                                                     position->workspace, position->seq, PAGE_EVENTS),
                          on_stored, catching, catching_free));
}

/* There is room again: say what was missed, and go on with what is stored. */
static gboolean
on_continue (gpointer data)
{
  Reader *self = data;
  GHashTableIter iter;
  gpointer value;

  self->continue_source = 0;
  if (!is_open (self))
    return G_SOURCE_REMOVE;
  g_hash_table_iter_init (&iter, self->positions);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      report_missed (self, value);
      catch_up (self, value);
    }

  return G_SOURCE_REMOVE;
}

static gboolean
has_waiting (Reader *self)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->positions);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Position *position = value;

      if (position->gap_from != 0 || (position->is_behind && !position->is_reading))
        return TRUE;
    }

  return FALSE;
}

static void
on_written (RegieApiStream *stream, gpointer data)
{
  Reader *self = data;

  if (self->continue_source == 0 && self->hub != NULL && get_queue (self) <= QUEUE_LOW_BYTES &&
      has_waiting (self))
    self->continue_source =
        g_idle_add_full (G_PRIORITY_DEFAULT, on_continue, reader_ref (self), reader_unref);
}

/* --- coming and going --- */

static void
reader_leave (Reader *self)
{
  if (self->hub == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->connection, self);
  g_signal_handlers_disconnect_by_data (self->stream, self);
  g_clear_handle_id (&self->continue_source, g_source_remove);
  self->hub = NULL;
}

static void
on_closed (SoupWebsocketConnection *connection, gpointer data)
{
  Reader *self = data;
  RegieEventsHub *hub = self->hub;

  reader_leave (self);
  g_ptr_array_remove (hub->readers, self);
}

static void
send_hello (Reader *self)
{
  RegieEngineStore *store = regie_api_get_store (self->hub->api);
  g_autoptr (GPtrArray) workspaces = regie_engine_store_snapshot (store, FALSE);
  JsonArray *list = json_array_new ();
  g_autoptr (JsonObject) hello =
      regie_json_object_new ("type", 's', "hello", "epoch", 's', regie_engine_store_get_epoch (store), NULL);

  for (guint i = 0; i < workspaces->len; i++)
    {
      RegieWorkspace *workspace = g_ptr_array_index (workspaces, i);

      if (self->only != NULL && !g_str_equal (self->only, workspace->id))
        continue;
      json_array_add_object_element (
          list, regie_json_object_new ("id", 's', workspace->id, "seq", 'i', workspace->delivered_seq, NULL));
      add_position (self, workspace->id, workspace->delivered_seq);
    }
  json_object_set_array_member (hello, "workspaces", list);
  send_object (self, hello);
}

/* "WORKSPACE:SEQ": whether it is; SEPARATOR takes where its colon is. */
static gboolean
read_place (const char *text, const char **separator, guint64 *seq)
{
  *separator = strchr (text, ':');

  return *separator != NULL && g_ascii_string_to_unsigned (*separator + 1, 10, 0, G_MAXINT64, seq, NULL);
}

/* "WORKSPACE:SEQ,…" */
static void
start_after (Reader *self, const char *after, const char *epoch)
{
  g_auto (GStrv) parts = g_strsplit (after, ",", -1);
  gboolean is_other =
      epoch != NULL &&
      g_strcmp0 (epoch, regie_engine_store_get_epoch (regie_api_get_store (self->hub->api))) != 0;

  for (guint i = 0; parts[i] != NULL; i++)
    {
      g_autofree char *workspace = NULL;
      const char *separator;
      Position *position;
      guint64 seq;

      if (!read_place (parts[i], &separator, &seq))
        continue;
      workspace = g_strndup (parts[i], separator - parts[i]);
      position = g_hash_table_lookup (self->positions, workspace);
      if (position == NULL)
        continue;
      if (is_other)
        {
          send_gap (self, workspace, 1, position->seq, "another history of the workspace");
          continue;
        }
      position->seq = seq;
      position->is_behind = seq != (guint64) newest_of (self->hub, workspace);
      catch_up (self, position);
    }
}

static char *
read_parameter (SoupServerMessage *request, const char *name)
{
  const char *query = g_uri_get_query (soup_server_message_get_uri (request));
  g_autoptr (GHashTable) parameters =
      query != NULL ? g_uri_parse_params (query, -1, "&", G_URI_PARAMS_WWW_FORM, NULL) : NULL;

  return parameters != NULL ? g_strdup (g_hash_table_lookup (parameters, name)) : NULL;
}

gboolean
regie_events_hub_accepts (SoupServerMessage *request)
{
  g_autofree char *after = read_parameter (request, "after");
  g_auto (GStrv) parts = g_strsplit (after != NULL ? after : "", ",", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    {
      const char *separator;
      guint64 seq;

      if (!read_place (parts[i], &separator, &seq))
        return FALSE;
    }

  return TRUE;
}

static Reader *
reader_new (RegieEventsHub *hub, SoupWebsocketConnection *connection, RegieApiStream *stream)
{
  Reader *self = g_new0 (Reader, 1);

  g_atomic_ref_count_init (&self->refs);
  self->hub = hub;
  self->connection = g_object_ref (connection);
  self->stream = g_object_ref (stream);
  self->written_start = regie_api_stream_get_written (stream);
  self->positions = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) position_free);
  soup_websocket_connection_set_max_incoming_payload_size (connection, MAX_CLIENT_BYTES);
  soup_websocket_connection_set_keepalive_interval (connection, PING_S);
  soup_websocket_connection_set_keepalive_pong_timeout (connection, PING_S);
  g_signal_connect (connection, "closed", G_CALLBACK (on_closed), self);
  g_signal_connect (stream, "written", G_CALLBACK (on_written), self);
  g_ptr_array_add (hub->readers, self);

  return self;
}

void
regie_events_hub_add (RegieEventsHub *self, SoupWebsocketConnection *connection, SoupServerMessage *request)
{
  RegieApiStream *stream = regie_listener_find_stream (request);
  g_autofree char *after = read_parameter (request, "after");
  g_autofree char *epoch = read_parameter (request, "epoch");
  Reader *reader;

  if (stream == NULL)
    {
      soup_websocket_connection_close (connection, SOUP_WEBSOCKET_CLOSE_SERVER_ERROR, NULL);
      return;
    }
  reader = reader_new (self, connection, stream);
  reader->only = read_parameter (request, "workspace");
  send_hello (reader);
  if (after != NULL)
    start_after (reader, after, epoch);
}

RegieEventsHub *
regie_events_hub_new (RegieApi *api)
{
  RegieEventsHub *self = g_new0 (RegieEventsHub, 1);

  self->api = api;
  self->readers = g_ptr_array_new_with_free_func (reader_unref);
  self->watch = regie_engine_store_watch (regie_api_get_store (api), on_event, self);
  self->heartbeat =
      g_signal_connect (regie_api_get_supervisor (api), "heartbeat", G_CALLBACK (on_heartbeat), self);

  return self;
}

void
regie_events_hub_free (RegieEventsHub *self)
{
  regie_engine_store_unwatch (regie_api_get_store (self->api), self->watch);
  g_signal_handler_disconnect (regie_api_get_supervisor (self->api), self->heartbeat);
  for (guint i = 0; i < self->readers->len; i++)
    {
      Reader *reader = g_ptr_array_index (self->readers, i);

      reader_leave (reader);
      if (soup_websocket_connection_get_state (reader->connection) == SOUP_WEBSOCKET_STATE_OPEN)
        soup_websocket_connection_close (reader->connection, SOUP_WEBSOCKET_CLOSE_GOING_AWAY, NULL);
    }
  g_ptr_array_unref (self->readers);
  g_free (self);
}

guint
regie_events_hub_count (RegieEventsHub *self)
{
  return self->readers->len;
}
