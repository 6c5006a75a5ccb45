/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-sync"

#include "regie-backend-private.h"
#include "regie-connections-private.h"
#include "regie-id.h"
#include "regie-json.h"
#include "regie-secrets.h"

/* The connections that the user added: their definitions in the store, their tokens in the keyring. */

#define PREFIX "connection/"

static char *
value_name (const char *id)
{
  return g_strconcat (PREFIX, id, NULL);
}

/* --- from a definition --- */

static GHashTable *
read_endpoints (JsonObject *definition)
{
  GHashTable *endpoints = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  JsonObject *given = regie_json_get_object (definition, "endpoints");
  JsonObjectIter iter;
  const char *role;

  if (given == NULL)
    return endpoints;
  json_object_iter_init_ordered (&iter, given);
  while (json_object_iter_next_ordered (&iter, &role, NULL))
    {
      const char *address = regie_json_get_text (given, role, NULL);

      if (address != NULL)
        g_hash_table_insert (endpoints, g_strdup (role), g_strdup (address));
    }

  return endpoints;
}

static RegieBackend *
make_backend (GPtrArray *profiles, JsonObject *definition)
{
  RegieProfile *profile = regie_profiles_find (profiles, regie_json_get_text (definition, "profile", ""));
  g_autoptr (GHashTable) endpoints = read_endpoints (definition);
  JsonObject *account = regie_json_get_object (definition, "account");
  RegieBackend *backend;

  if (profile == NULL)
    return NULL;
  backend = regie_backend_new (
      profile, endpoints,
      regie_json_get_bool (definition, "plain", FALSE) ? REGIE_ENDPOINT_ALLOW_PLAIN : REGIE_ENDPOINT_NONE);
  regie_backend_set_account (backend, account);

  return backend;
}

static DexFuture *
on_saved (DexFuture *future, gpointer data)
{
  const GValue *kept = dex_future_get_value (future, NULL);

  regie_connection_set_keyring (data, kept != NULL && g_value_get_boolean (kept));

  return dex_future_new_true ();
}

static void
on_secrets_changed (RegieBackend *backend, RegieConnection *connection)
{
  g_autoptr (JsonObject) secrets = regie_backend_get_secrets (backend);

  dex_future_disown (dex_future_finally (regie_secrets_save (connection->id, secrets), on_saved,
                                         g_object_ref (connection), g_object_unref));
}

static RegieConnection *
open_connection (RegieConnections *self, const char *id, JsonObject *definition, RegieBackend *backend)
{
  RegieConnection *connection = regie_connection_new (&(RegieConnectionSetup) {
      .id = id,
      .title = regie_json_get_text (definition, "title", id),
      .hue = CLAMP (regie_json_get_int (definition, "hue", 0), 0, 359),
      .store = self->store,
      .backend = backend,
  });

  g_signal_connect_object (backend, "secrets-changed", G_CALLBACK (on_secrets_changed), connection, 0);
  regie_connections_insert (self, g_object_ref (connection));

  return connection;
}

/* --- earlier runs --- */

static DexFuture *
load_fiber (gpointer data)
{
  RegieConnections *self = data;
  g_autoptr (GPtrArray) profiles = regie_profiles_load_all (NULL);
  g_autoptr (JsonObject) kept = dex_await_boxed (regie_store_list_values (self->store, PREFIX), NULL);
  g_autoptr (GList) names = kept != NULL ? json_object_get_members (kept) : NULL;

  for (GList *l = names; l != NULL; l = l->next)
    {
      const char *id = (const char *) l->data + strlen (PREFIX);
      JsonObject *definition = regie_json_get_object (kept, l->data);
      g_autoptr (RegieBackend) backend = definition != NULL ? make_backend (profiles, definition) : NULL;
      g_autoptr (JsonObject) secrets = NULL;

      if (backend == NULL)
        {
          g_warning ("The connection \"%s\" is left alone: there is no profile \"%s\"", id,
                     definition != NULL ? regie_json_get_text (definition, "profile", "") : "");
          continue;
        }
      secrets = dex_await_boxed (regie_secrets_load (id), NULL);
      regie_backend_set_secrets (backend, secrets);
      if (self->ended)
        break;
      g_object_unref (open_connection (self, id, definition, backend));
    }

  return dex_future_new_true ();
}

DexFuture *
regie_connections_load (RegieConnections *self)
{
  return dex_scheduler_spawn (NULL, 0, load_fiber, g_object_ref (self), g_object_unref);
}

DexFuture *
regie_connections_await_loaded (RegieConnections *self)
{
  g_return_val_if_fail (REGIE_IS_CONNECTIONS (self), NULL);

  return dex_ref (self->loaded);
}

/* --- adding and removing --- */

typedef struct
{
  RegieConnections *connections;
  char *id;
  JsonObject *definition; /* or NULL */
  RegieBackend *backend;  /* or NULL */
} Change;

static void
change_free (gpointer data)
{
  Change *self = data;

  g_object_unref (self->connections);
  g_free (self->id);
  g_clear_pointer (&self->definition, json_object_unref);
  g_clear_object (&self->backend);
  g_free (self);
}

static DexFuture *
add_fiber (gpointer data)
{
  Change *self = data;
  RegieStore *store = self->connections->store;
  g_autofree char *name = value_name (self->id);
  g_autoptr (JsonObject) secrets = regie_backend_get_secrets (self->backend);
  g_autoptr (RegieConnection) connection = NULL;
  g_autoptr (GError) error = NULL;
  gboolean keyring = TRUE;

  if (secrets != NULL)
    keyring = dex_await_boolean (regie_secrets_save (self->id, secrets), NULL);
  if (!dex_await (regie_store_put_value (store, name, self->definition), &error))
    {
      dex_await (regie_secrets_save (self->id, NULL), NULL);
      return dex_future_new_for_error (g_steal_pointer (&error));
    }
  connection = open_connection (self->connections, self->id, self->definition, self->backend);
  regie_connection_set_keyring (connection, keyring);

  return dex_future_new_for_string (self->id);
}

DexFuture *
regie_connections_add (RegieConnections *self, JsonObject *definition, RegieBackend *backend)
{
  Change *change;

  g_return_val_if_fail (REGIE_IS_CONNECTIONS (self), NULL);
  g_return_val_if_fail (definition != NULL && REGIE_IS_BACKEND (backend), NULL);

  change = g_new0 (Change, 1);
  change->connections = g_object_ref (self);
  change->id = regie_id_new_uuid ();
  change->definition = regie_json_copy (definition);
  change->backend = g_object_ref (backend);
  json_object_set_string_member (change->definition, "profile",
                                 regie_profile_get_name (regie_backend_get_profile (backend)));
  json_object_set_object_member (change->definition, "account",
                                 regie_json_copy (regie_backend_get_account (backend)));

  return dex_scheduler_spawn (NULL, 0, add_fiber, change, change_free);
}

static DexFuture *
keep_account_fiber (gpointer data)
{
  Change *self = data;
  RegieStore *store = self->connections->store;
  RegieConnection *connection = regie_connections_get (self->connections, self->id);
  g_autofree char *name = value_name (self->id);
  g_autoptr (JsonObject) definition = dex_await_boxed (regie_store_get_value (store, name), NULL);
  g_autoptr (JsonObject) changed = definition != NULL ? regie_json_copy (definition) : NULL;

  if (changed == NULL || connection == NULL)
    return dex_future_new_reject (REGIE_ERROR, REGIE_ERROR_NOT_FOUND, "there is no connection \"%s\"",
                                  self->id);
  json_object_set_object_member (changed, "account",
                                 regie_json_copy (regie_backend_get_account (connection->backend)));

  return regie_store_put_value (store, name, changed);
}

DexFuture *
regie_connections_keep_account (RegieConnections *self, const char *id)
{
  Change *change;

  g_return_val_if_fail (REGIE_IS_CONNECTIONS (self), NULL);
  g_return_val_if_fail (id != NULL, NULL);

  change = g_new0 (Change, 1);
  change->connections = g_object_ref (self);
  change->id = g_strdup (id);

  return dex_scheduler_spawn (NULL, 0, keep_account_fiber, change, change_free);
}

static DexFuture *
remove_fiber (gpointer data)
{
  Change *self = data;
  RegieStore *store = self->connections->store;
  RegieConnection *connection = regie_connections_get (self->connections, self->id);
  g_autofree char *name = value_name (self->id);
  g_autoptr (GError) error = NULL;

  if (connection != NULL)
    regie_connections_drop (self->connections, connection);
  dex_await (regie_secrets_save (self->id, NULL), NULL);
  if (!dex_await (regie_store_put_value (store, name, NULL), &error) ||
      !dex_await (regie_store_forget_connection (store, self->id), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_true ();
}

DexFuture *
regie_connections_remove (RegieConnections *self, const char *id)
{
  Change *change;

  g_return_val_if_fail (REGIE_IS_CONNECTIONS (self), NULL);
  g_return_val_if_fail (id != NULL && !g_str_equal (id, "local"), NULL);

  change = g_new0 (Change, 1);
  change->connections = g_object_ref (self);
  change->id = g_strdup (id);

  return dex_scheduler_spawn (NULL, 0, remove_fiber, change, change_free);
}
