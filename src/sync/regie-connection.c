/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-connection-private.h"

#include "regie-json.h"
#include "regie-time.h"

G_DEFINE_FINAL_TYPE (RegieConnection, regie_connection, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_STATE,
  PROP_MESSAGE,
  PROP_SINCE,
  PROP_SYNCING,
  PROP_INFO,
  PROP_KEYRING,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

enum
{
  EVENT,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
regie_connection_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  RegieConnection *self = REGIE_CONNECTION (object);

  switch (id)
    {
    case PROP_STATE:
      g_value_set_uint (value, self->state);
      break;
    case PROP_MESSAGE:
      g_value_set_string (value, self->message);
      break;
    case PROP_SINCE:
      g_value_set_int64 (value, self->since);
      break;
    case PROP_SYNCING:
      g_value_set_boolean (value, regie_connection_get_syncing (self));
      break;
    case PROP_INFO:
      g_value_set_boxed (value, self->info);
      break;
    case PROP_KEYRING:
      g_value_set_boolean (value, !self->no_keyring);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
    }
}

static void
regie_connection_finalize (GObject *object)
{
  RegieConnection *self = REGIE_CONNECTION (object);

  g_free (self->id);
  g_free (self->title);
  g_clear_object (&self->store);
  g_clear_object (&self->backend);
  g_free (self->engine_socket);
  g_free (self->engine_data_dir);
  g_free (self->message);
  g_clear_pointer (&self->info, json_object_unref);
  dex_clear (&self->wake);
  dex_clear (&self->lost);
  dex_clear (&self->gone);
  g_clear_object (&self->follower);
  g_queue_clear_full (&self->events, (GDestroyNotify) json_object_unref);
  g_clear_pointer (&self->after, json_object_unref);
  g_free (self->epoch);
  g_hash_table_unref (self->deleted);
  g_hash_table_unref (self->stale);
  g_hash_table_unref (self->looked);
  g_hash_table_unref (self->creating);
  g_hash_table_unref (self->sent_at);
  g_ptr_array_unref (self->idle_waiters);

  G_OBJECT_CLASS (regie_connection_parent_class)->finalize (object);
}

static void
regie_connection_class_init (RegieConnectionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = regie_connection_get_property;
  object_class->finalize = regie_connection_finalize;

  properties[PROP_STATE] = g_param_spec_uint ("state", NULL, NULL, 0, REGIE_CONNECTION_BROKEN, 0, flags);
  properties[PROP_MESSAGE] = g_param_spec_string ("message", NULL, NULL, NULL, flags);
  properties[PROP_SINCE] = g_param_spec_int64 ("since", NULL, NULL, 0, G_MAXINT64, 0, flags);
  properties[PROP_SYNCING] = g_param_spec_boolean ("syncing", NULL, NULL, FALSE, flags);
  properties[PROP_INFO] = g_param_spec_boxed ("info", NULL, NULL, JSON_TYPE_OBJECT, flags);
  properties[PROP_KEYRING] = g_param_spec_boolean ("keyring", NULL, NULL, TRUE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[EVENT] = g_signal_new ("event", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 1, JSON_TYPE_OBJECT);
}

static void
regie_connection_init (RegieConnection *self)
{
  g_queue_init (&self->events);
  self->after = json_object_new ();
  self->gone = dex_promise_new ();
  self->deleted = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->stale = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_hash_table_unref);
  self->looked = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->creating = g_hash_table_new (NULL, NULL);
  self->sent_at = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->idle_waiters = g_ptr_array_new_with_free_func (dex_unref);
  self->since = regie_time_now ();
}

RegieConnection *
regie_connection_new (const RegieConnectionSetup *setup)
{
  RegieConnection *self = g_object_new (REGIE_TYPE_CONNECTION, NULL);

  self->id = g_strdup (setup->id);
  self->title = g_strdup (setup->title);
  self->hue = setup->hue;
  self->store = g_object_ref (setup->store);
  self->backend = g_object_ref (setup->backend);
  self->engine_socket = g_strdup (setup->engine_socket);
  self->engine_data_dir = g_strdup (setup->engine_data_dir);
  self->start_engine = setup->start_engine;

  return self;
}

void
regie_connection_set_state (RegieConnection *self, RegieConnectionState state, const char *message)
{
  g_object_freeze_notify (G_OBJECT (self));
  if (self->state != state)
    {
      self->state = state;
      self->since = regie_time_now ();
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SINCE]);
    }
  if (g_set_str (&self->message, message))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MESSAGE]);
  g_object_thaw_notify (G_OBJECT (self));
}

void
regie_connection_set_info (RegieConnection *self, JsonObject *info)
{
  if (self->info != NULL && json_object_equal (self->info, info))
    return;
  g_clear_pointer (&self->info, json_object_unref);
  self->info = json_object_ref (info);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_INFO]);
}

void
regie_connection_set_keyring (RegieConnection *self, gboolean keyring)
{
  if (self->no_keyring == !keyring)
    return;
  self->no_keyring = !keyring;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_KEYRING]);
}

gboolean
regie_connection_get_keyring (RegieConnection *self)
{
  g_return_val_if_fail (REGIE_IS_CONNECTION (self), FALSE);

  return !self->no_keyring;
}

void
regie_connection_notify_syncing (RegieConnection *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SYNCING]);
}

void
regie_connection_emit_event (RegieConnection *self, JsonObject *event)
{
  g_signal_emit (self, signals[EVENT], 0, event);
}

const char *
regie_connection_get_id (RegieConnection *self)
{
  g_return_val_if_fail (REGIE_IS_CONNECTION (self), NULL);

  return self->id;
}

const char *
regie_connection_get_title (RegieConnection *self)
{
  g_return_val_if_fail (REGIE_IS_CONNECTION (self), NULL);

  return self->title;
}

guint
regie_connection_get_hue (RegieConnection *self)
{
  g_return_val_if_fail (REGIE_IS_CONNECTION (self), 0);

  return self->hue;
}

RegieBackend *
regie_connection_get_backend (RegieConnection *self)
{
  g_return_val_if_fail (REGIE_IS_CONNECTION (self), NULL);

  return self->backend;
}

RegieConnectionState
regie_connection_get_state (RegieConnection *self)
{
  g_return_val_if_fail (REGIE_IS_CONNECTION (self), REGIE_CONNECTION_OFFLINE);

  return self->state;
}

const char *
regie_connection_get_message (RegieConnection *self)
{
  g_return_val_if_fail (REGIE_IS_CONNECTION (self), NULL);

  return self->message;
}

gint64
regie_connection_get_since (RegieConnection *self)
{
  g_return_val_if_fail (REGIE_IS_CONNECTION (self), 0);

  return self->since;
}

gboolean
regie_connection_get_syncing (RegieConnection *self)
{
  g_return_val_if_fail (REGIE_IS_CONNECTION (self), FALSE);

  return self->pulling && !self->pulled;
}

gint64
regie_connection_get_synced_at (RegieConnection *self)
{
  g_return_val_if_fail (REGIE_IS_CONNECTION (self), 0);

  return self->synced_at;
}

JsonObject *
regie_connection_get_info (RegieConnection *self)
{
  g_return_val_if_fail (REGIE_IS_CONNECTION (self), NULL);

  return self->info;
}
