/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Stands between the dashboard and the engine, on a socket of its own, and spoils what a test names. Each
 * request comes over a connection of its own. */

typedef enum
{
  FAULT_CUT_BEFORE, /* the request is read and dropped */
  FAULT_CUT_AFTER,  /* the engine gets it and answers; the answer is dropped */
  FAULT_HOLD_AFTER, /* the engine gets it and answers; the answer is kept until the client leaves */
  FAULT_ANSWER,     /* dropped, and answered with TEXT */
  FAULT_ANSWER_LIE, /* the engine gets it and answers; TEXT is sent instead */
  FAULT_SOCKET      /* a WebSocket's handshake is accepted, and then nothing comes but what *_send says */
} FaultType;

typedef struct _FaultProxy FaultProxy;

FaultProxy *fault_proxy_new (const char *target);
void fault_proxy_free (FaultProxy *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FaultProxy, fault_proxy_free)

const char *fault_proxy_get_socket (FaultProxy *self);

/* The next request whose first line starts with START ("POST /v1/tasks") is spoilt, once. */
void fault_proxy_add (FaultProxy *self, const char *start, FaultType type, const char *text);
guint fault_proxy_count_faults (FaultProxy *self); /* that are still to come */

/* Sends a text message to the held WebSocket; FALSE when there is none. */
gboolean fault_proxy_send (FaultProxy *self, const char *text);

/* Ends all connections; REFUSE: new ones are ended at once until *_allow. */
void fault_proxy_cut_all (FaultProxy *self, gboolean refuse);
void fault_proxy_allow (FaultProxy *self);

/* The heads of the requests so far that START fits, one text each. Newly allocated. */
GPtrArray *fault_proxy_list_requests (FaultProxy *self, const char *start);

G_END_DECLS
