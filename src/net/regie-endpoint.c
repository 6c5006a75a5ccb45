/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-endpoint.h"

#include <gio/gunixsocketaddress.h>
#include <string.h>

#define URI_FLAGS (G_URI_FLAGS_ENCODED_PATH | G_URI_FLAGS_ENCODED_QUERY | G_URI_FLAGS_SCHEME_NORMALIZE)

struct _RegieEndpoint
{
  gatomicrefcount refs;
  char *address;
  char *socket; /* NULL for a network address */
  char *origin;
  char *base; /* path without the last slash */
  GUri *uri;
};

G_DEFINE_BOXED_TYPE (RegieEndpoint, regie_endpoint, regie_endpoint_ref, regie_endpoint_unref)

RegieEndpoint *
regie_endpoint_ref (RegieEndpoint *self)
{
  g_atomic_ref_count_inc (&self->refs);

  return self;
}

void
regie_endpoint_unref (RegieEndpoint *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_free (self->address);
  g_free (self->socket);
  g_free (self->origin);
  g_free (self->base);
  g_clear_pointer (&self->uri, g_uri_unref);
  g_free (self);
}

static int
default_port (const char *scheme)
{
  return g_str_equal (scheme, "https") || g_str_equal (scheme, "wss") ? 443 : 80;
}

char *
regie_uri_get_origin (GUri *uri)
{
  const char *scheme = g_uri_get_scheme (uri);
  g_autofree char *host = g_ascii_strdown (g_uri_get_host (uri) != NULL ? g_uri_get_host (uri) : "", -1);
  gboolean v6 = strchr (host, ':') != NULL;
  int port = g_uri_get_port (uri);

  if (port < 0 || port == default_port (scheme))
    return g_strdup_printf (v6 ? "%s://[%s]" : "%s://%s", scheme, host);

  return g_strdup_printf (v6 ? "%s://[%s]:%d" : "%s://%s:%d", scheme, host, port);
}

/* Names are looked at as well as numbers: "localhost" is this machine by RFC 6761. */
static gboolean
is_loopback (const char *host)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  if (address != NULL)
    return g_inet_address_get_is_loopback (address);

  return g_ascii_strcasecmp (host, "localhost") == 0 || g_str_has_suffix (host, ".localhost");
}

static gboolean
refuse (GError **error, const char *address, const char *why)
{
  g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID, "\"%s\": %s", address, why);

  return FALSE;
}

static gboolean
parse_network (RegieEndpoint *self, const char *address, RegieEndpointFlags flags, GError **error)
{
  const char *scheme, *path;

  self->uri = g_uri_parse (address, URI_FLAGS, NULL);
  if (self->uri == NULL)
    return refuse (error, address, "is not an address");
  scheme = g_uri_get_scheme (self->uri);
  if (!g_str_equal (scheme, "http") && !g_str_equal (scheme, "https"))
    return refuse (error, address, "must start with https://, http:// or unix:");
  if (g_uri_get_host (self->uri) == NULL || *g_uri_get_host (self->uri) == '\0')
    return refuse (error, address, "names no host");
  if (g_uri_get_userinfo (self->uri) != NULL)
    return refuse (error, address, "must not hold a user or a password");
  if (g_uri_get_query (self->uri) != NULL || g_uri_get_fragment (self->uri) != NULL)
    return refuse (error, address, "must end with the path");
  if (g_str_equal (scheme, "http") && !is_loopback (g_uri_get_host (self->uri)) &&
      !(flags & REGIE_ENDPOINT_ALLOW_PLAIN))
    return refuse (error, address, "is not encrypted; plain http goes to this machine only");

  path = g_uri_get_path (self->uri);
  self->base = g_strdup (path);
  if (g_str_has_suffix (self->base, "/"))
    self->base[strlen (self->base) - 1] = '\0';
  self->origin = regie_uri_get_origin (self->uri);

  return TRUE;
}

RegieEndpoint *
regie_endpoint_parse (const char *address, RegieEndpointFlags flags, GError **error)
{
  g_autoptr (RegieEndpoint) self = g_new0 (RegieEndpoint, 1);

  g_return_val_if_fail (address != NULL, NULL);

  g_atomic_ref_count_init (&self->refs);
  self->address = g_strdup (address);

  if (g_str_has_prefix (address, "unix:"))
    {
      const char *path = address + strlen ("unix:");

      if (!g_path_is_absolute (path))
        {
          refuse (error, address, "needs the socket's absolute path after unix:");
          return NULL;
        }
      if (strlen (path) > 107)
        {
          refuse (error, address, "the socket's path is longer than the system allows (107 bytes)");
          return NULL;
        }
      self->socket = g_strdup (path);
      self->origin = g_strdup ("http://localhost");
      self->base = g_strdup ("");
      self->uri = g_uri_parse ("http://localhost", URI_FLAGS, NULL);
    }
  else if (!parse_network (self, address, flags, error))
    {
      return NULL;
    }

  return g_steal_pointer (&self);
}

const char *
regie_endpoint_get_address (RegieEndpoint *self)
{
  return self->address;
}

const char *
regie_endpoint_get_socket (RegieEndpoint *self)
{
  return self->socket;
}

const char *
regie_endpoint_get_origin (RegieEndpoint *self)
{
  return self->origin;
}

gboolean
regie_endpoint_is_secure (RegieEndpoint *self)
{
  return self->socket != NULL || g_str_equal (g_uri_get_scheme (self->uri), "https");
}

GSocketConnectable *
regie_endpoint_get_connectable (RegieEndpoint *self)
{
  int port = g_uri_get_port (self->uri);

  if (self->socket != NULL)
    return G_SOCKET_CONNECTABLE (g_unix_socket_address_new (self->socket));

  return g_network_address_new (g_uri_get_host (self->uri),
                                port > 0 ? port : default_port (g_uri_get_scheme (self->uri)));
}

GUri *
regie_endpoint_resolve (RegieEndpoint *self, const char *path, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) wrong = NULL;
  GUri *uri;

  g_return_val_if_fail (path != NULL && *path == '/', NULL);

  text = g_strconcat (self->origin, self->base, path, NULL);
  uri = g_uri_parse (text, URI_FLAGS, &wrong);
  if (uri == NULL)
    refuse (error, text, wrong->message);

  return uri;
}

gboolean
regie_endpoint_owns (RegieEndpoint *self, GUri *uri)
{
  g_autofree char *origin = regie_uri_get_origin (uri);

  return g_str_equal (origin, self->origin);
}
