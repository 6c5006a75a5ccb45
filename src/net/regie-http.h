/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <libdex.h>

#include "regie-endpoint.h"

G_BEGIN_DECLS

/* HTTP to one endpoint. Requests and answers are values; the traffic runs on net's own thread. */

/* --- a request: fill in, send, do not change afterwards --- */

#define REGIE_TYPE_HTTP_REQUEST (regie_http_request_get_type ())
typedef struct _RegieHttpRequest RegieHttpRequest;
GType regie_http_request_get_type (void);

/* METHOD in capitals; PATH below the endpoint's base, with its query, percent-encoded. */
RegieHttpRequest *regie_http_request_new (const char *method, const char *path);
RegieHttpRequest *regie_http_request_ref (RegieHttpRequest *self);
void regie_http_request_unref (RegieHttpRequest *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RegieHttpRequest, regie_http_request_unref)

const char *regie_http_request_get_method (RegieHttpRequest *self);
const char *regie_http_request_get_path (RegieHttpRequest *self);
/* GET and HEAD: asking twice does nothing twice. */
gboolean regie_http_request_is_safe (RegieHttpRequest *self);

/* A credential goes to the endpoint's own origin only. Control characters in VALUE become spaces. */
void regie_http_request_set_header (RegieHttpRequest *self, const char *name, const char *value);
void regie_http_request_set_credential (RegieHttpRequest *self, const char *name, const char *value);
void regie_http_request_set_body (RegieHttpRequest *self, GBytes *body, const char *content_type);

/* STALL_MS: longest silence (30 s unless set); TOTAL_MS: longest duration (10 min unless set). */
void regie_http_request_set_timeouts (RegieHttpRequest *self, guint stall_ms, guint total_ms);
/* Largest decompressed answer, REGIE_LIMIT_RESPONSE_BYTES unless set. */
void regie_http_request_set_limit (RegieHttpRequest *self, guint64 bytes);

/* --- an answer: immutable, any thread --- */

#define REGIE_TYPE_HTTP_RESPONSE (regie_http_response_get_type ())
typedef struct _RegieHttpResponse RegieHttpResponse;
GType regie_http_response_get_type (void);

RegieHttpResponse *regie_http_response_new (guint status, GBytes *body); /* for tests of what reads one */
RegieHttpResponse *regie_http_response_ref (RegieHttpResponse *self);
void regie_http_response_unref (RegieHttpResponse *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RegieHttpResponse, regie_http_response_unref)

void regie_http_response_set_header (RegieHttpResponse *self, const char *name, const char *value);
guint regie_http_response_get_status (RegieHttpResponse *self);
/* NAME in any case; NULL when it is not there. */
const char *regie_http_response_get_header (RegieHttpResponse *self, const char *name);
/* The media type in lower case without parameters, "" when there is none. */
const char *regie_http_response_get_media_type (RegieHttpResponse *self);
GBytes *regie_http_response_get_body (RegieHttpResponse *self); /* never NULL; borrowed */
/* Retry-After in ms from now, 0 when absent or unreadable; at most a day. */
gint64 regie_http_response_get_retry_after (RegieHttpResponse *self);

/* --- the client --- */

#define REGIE_TYPE_HTTP (regie_http_get_type ())
G_DECLARE_FINAL_TYPE (RegieHttp, regie_http, REGIE, HTTP, GObject)

RegieHttp *regie_http_new (RegieEndpoint *endpoint);
RegieEndpoint *regie_http_get_endpoint (RegieHttp *self);

/* Resolves to a RegieHttpResponse of whatever status. Rejects with
 *   UNREACHABLE  no byte of the request left;
 *   UNKNOWN      it was sent, wholly or in part, and no whole answer came;
 *   TOO_LARGE    the answer to a safe request is over its limit (size, or decompressed to more than
 *                REGIE_LIMIT_RESPONSE_RATIO times);
 *   PROTOCOL     the answer to a safe request is no HTTP, or a redirect that is not followed;
 *   UNKNOWN      also for the latter two where the request was a write.
 * Safe requests follow up to five redirects, never from https to http, and without credentials once the
 * origin is another one; a socket's redirects stay on the socket. Writes follow none. Every request goes over
 * a connection of its own: libsoup resends on a fresh one when a kept-alive one turns out dead, which would
 * do a write twice. Dropping the future cancels. Any thread. */
DexFuture *regie_http_send (RegieHttp *self, RegieHttpRequest *request);

/* How many requests were put on the wire, redirects included; for tests. */
guint regie_http_get_n_sent (RegieHttp *self);

G_END_DECLS
