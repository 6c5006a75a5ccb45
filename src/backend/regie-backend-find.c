/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-backend-private.h"
#include "regie-profile-private.h"

typedef struct
{
  GPtrArray *profiles;
  char *address;
  RegieEndpointFlags flags;
} Search;

static void
search_free (gpointer data)
{
  Search *self = data;

  g_ptr_array_unref (self->profiles);
  g_free (self->address);
  g_free (self);
}

/* A profile that needs the machine's own socket is none for an address of the network. */
static gboolean
is_thinkable (RegieProfile *profile, RegieEndpoint *endpoint)
{
  if (regie_endpoint_get_socket (endpoint) != NULL)
    return profile->allow_unix;

  return profile->auth.kind != REGIE_AUTH_SOCKET;
}

static DexFuture *
find_fiber (gpointer data)
{
  Search *self = data;
  g_autoptr (GHashTable) endpoints = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GError) error = NULL;
  g_autoptr (RegieEndpoint) endpoint = regie_endpoint_parse (self->address, self->flags, &error);

  if (endpoint == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));
  g_hash_table_insert (endpoints, (gpointer) "api", self->address);
  for (guint i = 0; i < self->profiles->len; i++)
    {
      RegieProfile *profile = g_ptr_array_index (self->profiles, i);
      g_autoptr (RegieBackend) backend = NULL;
      g_autoptr (JsonObject) answer = NULL;

      if (!is_thinkable (profile, endpoint))
        continue;
      g_clear_error (&error);
      backend = regie_backend_new (profile, endpoints, self->flags);
      answer = dex_await_boxed (regie_backend_probe (backend), &error);
      if (answer != NULL)
        return dex_future_new_take_object (g_steal_pointer (&backend));
      if (g_error_matches (error, REGIE_ERROR, REGIE_ERROR_UNREACHABLE))
        return dex_future_new_for_error (g_steal_pointer (&error));
    }

  return dex_future_new_reject (REGIE_ERROR, REGIE_ERROR_PROTOCOL,
                                "what answers at %s is no backend that is known", self->address);
}

DexFuture *
regie_backend_find (GPtrArray *profiles, const char *address, RegieEndpointFlags flags)
{
  Search *self;

  g_return_val_if_fail (profiles != NULL && address != NULL, NULL);

  self = g_new0 (Search, 1);
  self->profiles = g_ptr_array_ref (profiles);
  self->address = g_strdup (address);
  self->flags = flags;

  return dex_scheduler_spawn (NULL, 0, find_fiber, self, search_free);
}
