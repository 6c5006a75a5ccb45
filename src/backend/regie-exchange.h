/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-http.h"
#include "regie-profile-private.h"

G_BEGIN_DECLS

/* One operation on its way: what was asked, turned into a request (encode) and its answer turned back
 * (decode). Both run on a worker thread and only read what was asked; meanwhile the main context holds it. */

typedef enum
{
  REGIE_WANT_JSON,   /* the answer as it is: JsonObject */
  REGIE_WANT_BYTES,  /* GBytes */
  REGIE_WANT_PAGE,   /* {"items", "next", "total"} */
  REGIE_WANT_RECORD, /* {"record", "remote_id", "etag"} */
  REGIE_WANT_PROBE   /* the answer, if it has the profile's shape */
} RegieWant;

typedef struct
{
  gatomicrefcount refs;
  RegieProfile *profile;
  RegieHttp *http;
  const RegieProfileRequest *op;
  RegieWant want;
  const RegieKind *kind; /* or NULL */
  char *remote_id, *action, *key, *etag, *cursor;
  guint limit;
  JsonObject *params;  /* query, or placeholders of a named request; or NULL */
  JsonObject *body;    /* canonical fields or an action's parameters; or NULL */
  GBytes *raw;         /* instead of body */
  JsonObject *account; /* fills placeholders too; or NULL */
  JsonObject *joined;  /* id → what goes into that row of a page; or NULL */
  char *credential;    /* or NULL */
  gboolean open;       /* nobody needs to be signed in for it */
  gboolean body_is_record;
  gboolean safe;      /* set by encode */
  gint64 retry_after; /* ms, set by decode where the server said so */
} RegieExchange;

RegieExchange *regie_exchange_new (RegieProfile *profile, RegieHttp *http, const RegieProfileRequest *op);
RegieExchange *regie_exchange_ref (RegieExchange *self);
void regie_exchange_unref (gpointer self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RegieExchange, regie_exchange_unref)

/* Encodes, sends and decodes; resolves to what WANT says. Main context. */
DexFuture *regie_exchange_run (RegieExchange *self);

/* NULL and INVALID when a placeholder has no value or a field cannot be written. */
RegieHttpRequest *regie_exchange_encode (RegieExchange *self, GError **error);

/* Sets RESULT as WANT says, or gives the error that the answer means. */
gboolean
regie_exchange_decode (RegieExchange *self, RegieHttpResponse *response, GValue *result, GError **error);

G_END_DECLS
