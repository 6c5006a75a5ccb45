/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "regie-endpoint.h"

G_BEGIN_DECLS

/* A WebSocket that is read on net's thread and handed over, bounded, to the context it was made in. */

#define REGIE_TYPE_WEB_SOCKET (regie_web_socket_get_type ())
G_DECLARE_FINAL_TYPE (RegieWebSocket, regie_web_socket, REGIE, WEB_SOCKET, GObject)

/* Runs on net's thread for each text message (valid UTF-8, at most max_message bytes). The result, which
 * nothing else may refer to, goes to "message" and is freed after it. NULL with ERROR ends the link. */
typedef gpointer (*RegieWebSocketDecode) (GBytes *text, gpointer data, GError **error);

typedef struct
{
  const char *path;            /* below the endpoint's base, with its query */
  const char *const *headers;  /* pairs of name and value, NULL-terminated, or NULL; may be credentials */
  guint connect_ms;            /* until the handshake is through; 0: 10 s */
  guint keepalive_s;           /* a ping after so many seconds; 0: 20 s */
  guint pong_timeout_s;        /* the link is dead when none is answered; 0: 10 s */
  gsize max_message;           /* 0: REGIE_LIMIT_WS_BYTES */
  guint max_queued;            /* messages waiting for the context; 0: 4096 */
  gsize max_queued_bytes;      /* 0: 32 MiB */
  RegieWebSocketDecode decode; /* NULL: messages are GBytes */
  GDestroyNotify free_message; /* for decode's results */
  gpointer data;               /* for decode; freed on an arbitrary thread */
  GDestroyNotify free_data;
} RegieWebSocketOptions;

/* Connects at once. Signals, in the thread-default context of the caller:
 *   "opened" ()
 *   "message" (gpointer)   valid during the emission
 *   "closed" (GError *)    once, last, after all messages that came before: UNREACHABLE (no link came to be),
 *                          DENIED, NOT_FOUND, LIMITED (as the handshake was answered), PROTOCOL, TOO_LARGE,
 *                          LIMITED when messages came faster than they were taken (the queue overflowed:
 *                          what came after is lost, so the link is ended), FAILED (the line broke, no pong)
 * Unreffing ends the link without a signal. */
RegieWebSocket *regie_web_socket_new (RegieEndpoint *endpoint, const RegieWebSocketOptions *options);

/* Messages that wait; for tests and the debug overlay. */
guint regie_web_socket_get_n_queued (RegieWebSocket *self);

G_END_DECLS
