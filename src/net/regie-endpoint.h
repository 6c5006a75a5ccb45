/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "regie-error.h"

G_BEGIN_DECLS

/* Where a server is: "unix:/absolute/path", "https://host[:port][/base]" or "http://host[:port][/base]".
 * Immutable, reference-counted, any thread. */

#define REGIE_TYPE_ENDPOINT (regie_endpoint_get_type ())
typedef struct _RegieEndpoint RegieEndpoint;
GType regie_endpoint_get_type (void);

typedef enum
{
  REGIE_ENDPOINT_NONE = 0,
  REGIE_ENDPOINT_ALLOW_PLAIN = 1 << 0 /* plain http beyond loopback; the user was warned */
} RegieEndpointFlags;

/* INVALID when ADDRESS is none of these forms, has a user or a query in it, or is plain http to another
 * machine without ALLOW_PLAIN. Transfer full. */
RegieEndpoint *regie_endpoint_parse (const char *address, RegieEndpointFlags flags, GError **error);
RegieEndpoint *regie_endpoint_ref (RegieEndpoint *self);
void regie_endpoint_unref (RegieEndpoint *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RegieEndpoint, regie_endpoint_unref)

const char *regie_endpoint_get_address (RegieEndpoint *self);
/* The socket's path, or NULL for a network address. */
const char *regie_endpoint_get_socket (RegieEndpoint *self);
/* "http://localhost" for a socket; else scheme, host and port, without the base path. */
const char *regie_endpoint_get_origin (RegieEndpoint *self);
gboolean regie_endpoint_is_secure (RegieEndpoint *self); /* TLS, or a socket of this machine */

/* What to connect to. Transfer full. */
GSocketConnectable *regie_endpoint_get_connectable (RegieEndpoint *self);

/* PATH ("/v1/health", with or without a query) below the base. INVALID when it makes no URI. Transfer full.
 */
GUri *regie_endpoint_resolve (RegieEndpoint *self, const char *path, GError **error);

/* Whether URI is at this origin: credentials may go there. */
gboolean regie_endpoint_owns (RegieEndpoint *self, GUri *uri);

/* Scheme, host and port of URI, in lower case, default ports left out. Transfer full. */
char *regie_uri_get_origin (GUri *uri);

G_END_DECLS
