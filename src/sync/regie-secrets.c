/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-sync"

#include "regie-secrets.h"

#include <libsecret/secret.h>

#include "regie-json.h"

static const SecretSchema schema = {
  "org.regie.Connection",
  SECRET_SCHEMA_NONE,
  { { "connection", SECRET_SCHEMA_ATTRIBUTE_STRING }, { NULL, 0 } },
};

/* Connection → JsonObject: what the keyring did not take. */
static GHashTable *
get_remembered (void)
{
  static GHashTable *remembered;

  if (remembered == NULL)
    remembered = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) json_object_unref);

  return remembered;
}

typedef struct
{
  DexPromise *promise;
  char *connection;
  JsonObject *secrets; /* or NULL */
} Asking;

static Asking *
asking_new (const char *connection, JsonObject *secrets)
{
  Asking *self = g_new0 (Asking, 1);

  self->promise = dex_promise_new_cancellable ();
  self->connection = g_strdup (connection);
  self->secrets = secrets != NULL ? regie_json_copy (secrets) : NULL;

  return self;
}

static void
asking_free (Asking *self)
{
  dex_unref (self->promise);
  g_free (self->connection);
  g_clear_pointer (&self->secrets, json_object_unref);
  g_free (self);
}

/* --- saving --- */

static void
on_stored (GObject *source, GAsyncResult *result, gpointer data)
{
  Asking *self = data;
  g_autoptr (GError) error = NULL;
  gboolean kept = secret_password_store_finish (result, &error);

  if (kept)
    {
      g_hash_table_remove (get_remembered (), self->connection);
    }
  else
    {
      g_message (
          "The keyring does not take what signs in \"%s\": it is remembered until the program ends (%s)",
          self->connection, error != NULL ? error->message : "no reason");
      g_hash_table_insert (get_remembered (), g_strdup (self->connection), json_object_ref (self->secrets));
    }
  dex_promise_resolve_boolean (self->promise, kept);
  asking_free (self);
}

static void
on_cleared (GObject *source, GAsyncResult *result, gpointer data)
{
  Asking *self = data;

  secret_password_clear_finish (result, NULL);
  dex_promise_resolve_boolean (self->promise, TRUE);
  asking_free (self);
}

DexFuture *
regie_secrets_save (const char *connection, JsonObject *secrets)
{
  Asking *self = asking_new (connection, secrets);
  DexFuture *future = dex_ref (DEX_FUTURE (self->promise));

  g_hash_table_remove (get_remembered (), connection);
  if (secrets == NULL)
    {
      secret_password_clear (&schema, NULL, on_cleared, self, "connection", connection, NULL);
    }
  else
    {
      g_autofree char *label = g_strdup_printf ("Régie: %s", connection);
      char *text = regie_json_object_to_string (secrets);

      secret_password_store (&schema, SECRET_COLLECTION_DEFAULT, label, text, NULL, on_stored, self,
                             "connection", connection, NULL);
      secret_password_free (text);
    }

  return future;
}

/* --- loading --- */

static void
on_found (GObject *source, GAsyncResult *result, gpointer data)
{
  Asking *self = data;
  g_autoptr (GError) error = NULL;
  char *text = secret_password_lookup_finish (result, &error);
  JsonObject *secrets = text != NULL ? regie_json_parse_object (text, -1, NULL) : NULL;

  if (error != NULL)
    g_message ("The keyring does not open: \"%s\" is signed out (%s)", self->connection, error->message);
  dex_promise_resolve_boxed (self->promise, JSON_TYPE_OBJECT, secrets);
  secret_password_free (text);
  asking_free (self);
}

DexFuture *
regie_secrets_load (const char *connection)
{
  JsonObject *remembered = g_hash_table_lookup (get_remembered (), connection);
  DexFuture *future;
  Asking *self;

  if (remembered != NULL)
    return dex_future_new_take_boxed (JSON_TYPE_OBJECT, regie_json_copy (remembered));
  self = asking_new (connection, NULL);
  future = dex_ref (DEX_FUTURE (self->promise));
  secret_password_lookup (&schema, NULL, on_found, self, "connection", connection, NULL);

  return future;
}
