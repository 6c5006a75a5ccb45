/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-connections-private.h"

#include "regie-config.h"
#include "regie-engine-process.h"
#include "regie-engine-start.h"
#include "regie-wake.h"

#define _(text) g_dgettext (REGIE_GETTEXT_DOMAIN, text)

/* This computer's; further ones get theirs when they are added. */
#define LOCAL_HUE 213

static void regie_connections_list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (RegieConnections,
                               regie_connections,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, regie_connections_list_model_init))

/* --- GListModel --- */

static GType
get_item_type (GListModel *model)
{
  return REGIE_TYPE_CONNECTION;
}

static guint
get_n_items (GListModel *model)
{
  return REGIE_CONNECTIONS (model)->items->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  RegieConnections *self = REGIE_CONNECTIONS (model);

  return position < self->items->len ? g_object_ref (g_ptr_array_index (self->items, position)) : NULL;
}

static void
regie_connections_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

/* --- the object --- */

static void
stop_all (RegieConnections *self)
{
  self->ended = TRUE;
  for (guint i = 0; i < self->items->len; i++)
    regie_connection_stop (g_ptr_array_index (self->items, i));
}

static void
regie_connections_dispose (GObject *object)
{
  RegieConnections *self = REGIE_CONNECTIONS (object);

  stop_all (self);
  g_clear_object (&self->wake);
  dex_clear (&self->loaded);
  g_clear_object (&self->store);

  G_OBJECT_CLASS (regie_connections_parent_class)->dispose (object);
}

static void
regie_connections_finalize (GObject *object)
{
  g_ptr_array_unref (REGIE_CONNECTIONS (object)->items);

  G_OBJECT_CLASS (regie_connections_parent_class)->finalize (object);
}

static void
regie_connections_class_init (RegieConnectionsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = regie_connections_dispose;
  G_OBJECT_CLASS (klass)->finalize = regie_connections_finalize;
}

static void
regie_connections_init (RegieConnections *self)
{
  self->items = g_ptr_array_new_with_free_func (g_object_unref);
}

static void
on_intents_changed (RegieConnections *self)
{
  for (guint i = 0; i < self->items->len; i++)
    regie_connection_push (g_ptr_array_index (self->items, i));
}

static void
on_woke (RegieConnections *self)
{
  for (guint i = 0; i < self->items->len; i++)
    regie_connection_retry (g_ptr_array_index (self->items, i));
}

RegieConnections *
regie_connections_new (RegieStore *store,
                       const char *engine_socket,
                       const char *engine_data_dir,
                       gboolean start_engine)
{
  RegieConnections *self = g_object_new (REGIE_TYPE_CONNECTIONS, NULL);
  g_autofree char *socket =
      engine_socket != NULL ? g_strdup (engine_socket) : regie_engine_process_default_socket ();
  g_autofree char *data_dir =
      engine_data_dir != NULL ? g_strdup (engine_data_dir) : regie_engine_process_default_data_dir ();
  g_autoptr (RegieBackend) backend = regie_engine_process_new_backend (socket);
  RegieConnection *local;

  g_return_val_if_fail (REGIE_IS_STORE (store), NULL);

  self->store = g_object_ref (store);
  local = regie_connection_new (&(RegieConnectionSetup) {
      .id = "local",
      .title = _ ("This computer"),
      .hue = LOCAL_HUE,
      .store = store,
      .backend = backend,
      .engine_socket = socket,
      .engine_data_dir = data_dir,
      .start_engine = start_engine,
  });
  g_ptr_array_add (self->items, local);

  self->wake = regie_wake_new ();
  g_signal_connect_object (self->wake, "woke", G_CALLBACK (on_woke), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (store, "intents-changed", G_CALLBACK (on_intents_changed), self,
                           G_CONNECT_SWAPPED);
  regie_connection_start (local);
  self->loaded = regie_connections_load (self);

  return self;
}

void
regie_connections_insert (RegieConnections *self, RegieConnection *connection)
{
  if (self->ended)
    {
      g_object_unref (connection);
      return;
    }
  g_ptr_array_add (self->items, connection);
  g_list_model_items_changed (G_LIST_MODEL (self), self->items->len - 1, 0, 1);
  regie_connection_start (connection);
}

void
regie_connections_drop (RegieConnections *self, RegieConnection *connection)
{
  guint position;

  if (!g_ptr_array_find (self->items, connection, &position))
    return;
  regie_connection_stop (connection);
  g_ptr_array_remove_index (self->items, position);
  g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 0);
}

RegieStore *
regie_connections_get_store (RegieConnections *self)
{
  g_return_val_if_fail (REGIE_IS_CONNECTIONS (self), NULL);

  return self->store;
}

RegieConnection *
regie_connections_get (RegieConnections *self, const char *id)
{
  g_return_val_if_fail (REGIE_IS_CONNECTIONS (self), NULL);

  for (guint i = 0; i < self->items->len; i++)
    {
      RegieConnection *connection = g_ptr_array_index (self->items, i);

      if (g_strcmp0 (connection->id, id) == 0)
        return connection;
    }

  return NULL;
}

/* --- the end --- */

static DexFuture *
drain_fiber (gpointer data)
{
  RegieBackend *backend = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) health = dex_await_boxed (regie_backend_probe (backend), &error);

  if (health == NULL && g_error_matches (error, REGIE_ERROR, REGIE_ERROR_UNREACHABLE))
    return dex_future_new_true ();
  if (health == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  return regie_engine_process_drain (backend, health);
}

DexFuture *
regie_connections_shutdown (RegieConnections *self, gboolean keep_running)
{
  RegieConnection *local;

  g_return_val_if_fail (REGIE_IS_CONNECTIONS (self), NULL);

  stop_all (self);
  if (keep_running)
    return dex_future_new_true ();
  local = g_ptr_array_index (self->items, 0);

  return dex_scheduler_spawn (NULL, 0, drain_fiber, g_object_ref (local->backend), g_object_unref);
}

static DexFuture *
flush_fiber (gpointer data)
{
  GPtrArray *connections = data;

  for (guint i = 0; i < connections->len; i++)
    dex_await (regie_connection_flush (g_ptr_array_index (connections, i)), NULL);

  return dex_future_new_true ();
}

DexFuture *
regie_connections_flush (RegieConnections *self)
{
  g_return_val_if_fail (REGIE_IS_CONNECTIONS (self), NULL);

  return dex_scheduler_spawn (NULL, 0, flush_fiber,
                              g_ptr_array_copy (self->items, (GCopyFunc) g_object_ref, NULL),
                              (GDestroyNotify) g_ptr_array_unref);
}
