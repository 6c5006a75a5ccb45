/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libsoup/soup.h>

#include "regie-http.h"

G_BEGIN_DECLS

typedef struct
{
  char *name, *value;
  gboolean credential;
} RegieHttpHeader;

struct _RegieHttpRequest
{
  gatomicrefcount refs;
  char *method, *path;
  GArray *headers; /* RegieHttpHeader */
  GBytes *body;
  char *content_type;
  guint stall_ms, total_ms;
  guint64 limit;
};

/* What the net thread works with; it outlives the RegieHttp as long as a request is under way. */
typedef struct
{
  gatomicrefcount refs;
  RegieEndpoint *endpoint;
  SoupSession *session; /* made, used and dropped on the net thread only */
  guint n_sent;         /* atomic */
} RegieHttpClient;

RegieHttpClient *regie_http_client_ref (RegieHttpClient *self);
void regie_http_client_unref (RegieHttpClient *self);

/* One request on the net thread, from the first byte to the last, redirects included; settles PROMISE and
 * frees itself. */
void regie_http_exchange_start (RegieHttpClient *client, RegieHttpRequest *request, DexPromise *promise);

/* Copies status and headers; takes a reference to BODY. */
RegieHttpResponse *regie_http_response_new_for_message (SoupMessage *message, GBytes *body);

G_END_DECLS
