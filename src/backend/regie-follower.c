/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-backend-private.h"
#include "regie-json.h"
#include "regie-mapping.h"
#include "regie-web-socket.h"

struct _RegieFollower
{
  GObject parent_instance;
  RegieWebSocket *socket;
};

G_DEFINE_FINAL_TYPE (RegieFollower, regie_follower, G_TYPE_OBJECT)

enum
{
  EVENT,
  CLOSED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
regie_follower_dispose (GObject *object)
{
  g_clear_object (&REGIE_FOLLOWER (object)->socket);

  G_OBJECT_CLASS (regie_follower_parent_class)->dispose (object);
}

static void
regie_follower_class_init (RegieFollowerClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = regie_follower_dispose;

  signals[EVENT] = g_signal_new ("event", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 1, JSON_TYPE_OBJECT);
  signals[CLOSED] = g_signal_new ("closed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
regie_follower_init (RegieFollower *self)
{
}

/* Net's thread. A record that cannot be mapped makes the event useless, but not the link: it is left out. */
static gpointer
decode (GBytes *text, gpointer data, GError **error)
{
  RegieProfile *profile = data;
  gsize size;
  const char *bytes = g_bytes_get_data (text, &size);
  g_autoptr (JsonNode) root = regie_json_parse (bytes != NULL ? bytes : "", size, error);
  g_autoptr (JsonObject) event = NULL;
  const RegieKind *kind;
  JsonNode *wire;

  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    {
      g_autofree char *why = g_strdup (error != NULL && *error != NULL ? (*error)->message : "no object");

      g_clear_error (error);
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_PROTOCOL, "an event makes no sense: %s", why);
      return NULL;
    }

  event = regie_json_copy (json_node_get_object (root));
  wire = json_object_get_member (event, "record");
  kind = regie_kind_get (regie_json_get_text (event, "kind", ""));
  if (wire != NULL && kind != NULL)
    {
      JsonObject *record = regie_mapping_from_wire (profile, kind, wire, NULL);

      if (record != NULL)
        json_object_set_object_member (event, "record", record);
      else
        json_object_remove_member (event, "record");
    }

  return g_steal_pointer (&event);
}

static void
on_message (RegieFollower *self, gpointer message)
{
  g_signal_emit (self, signals[EVENT], 0, message);
}

static void
on_closed (RegieFollower *self, GError *error)
{
  g_signal_emit (self, signals[CLOSED], 0, error);
}

static char *
build_path (RegieProfile *profile, JsonObject *after, const char *epoch)
{
  g_autoptr (GString) path = g_string_new (profile->events_path);
  g_autoptr (GString) list = g_string_new (NULL);
  JsonObjectIter iter;
  const char *workspace;
  JsonNode *seq;

  if (after == NULL || profile->events_after == NULL || json_object_get_size (after) == 0)
    return g_string_free_and_steal (g_steal_pointer (&path));

  json_object_iter_init_ordered (&iter, after);
  while (json_object_iter_next_ordered (&iter, &workspace, &seq))
    g_string_append_printf (list, "%s%s:%" G_GINT64_FORMAT, list->len > 0 ? "," : "", workspace,
                            json_node_get_int (seq));
  g_string_append_printf (path, "?%s=", profile->events_after);
  g_string_append_uri_escaped (path, list->str, ":,", FALSE);
  if (epoch != NULL && profile->events_epoch != NULL)
    {
      g_string_append_printf (path, "&%s=", profile->events_epoch);
      g_string_append_uri_escaped (path, epoch, NULL, FALSE);
    }

  return g_string_free_and_steal (g_steal_pointer (&path));
}

RegieFollower *
regie_backend_follow (RegieBackend *self, JsonObject *after, const char *epoch)
{
  RegieProfile *profile = regie_backend_get_profile (self);
  RegieEndpoint *endpoint = regie_backend_get_endpoint (self);
  g_autofree char *path = NULL;
  RegieFollower *follower;

  if (profile->events_path == NULL || endpoint == NULL)
    return NULL;

  path = build_path (profile, after, epoch);
  follower = g_object_new (REGIE_TYPE_FOLLOWER, NULL);
  follower->socket = regie_web_socket_new (endpoint, &(RegieWebSocketOptions) {
                                                         .path = path,
                                                         .decode = decode,
                                                         .free_message = (GDestroyNotify) json_object_unref,
                                                         .data = g_object_ref (profile),
                                                         .free_data = g_object_unref,
                                                     });
  g_signal_connect_object (follower->socket, "message", G_CALLBACK (on_message), follower, G_CONNECT_SWAPPED);
  g_signal_connect_object (follower->socket, "closed", G_CALLBACK (on_closed), follower, G_CONNECT_SWAPPED);

  return follower;
}
