/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-counting-stream.h"
#include "regie-web-socket.h"

G_BEGIN_DECLS

/* STREAM (taken) is ready for frames; or NULL and ERROR (taken). */
typedef void (*RegieWebSocketConnected) (RegieCountingStream *stream, GError *error, gpointer data);

/* Connects to ENDPOINT and does the opening handshake (RFC 6455, 4.1), without extensions. Net thread. DONE
 * is always called, later, on that thread. */
void regie_web_socket_connect (RegieEndpoint *endpoint,
                               const char *path,
                               const char *const *headers,
                               guint timeout_ms,
                               GCancellable *cancellable,
                               RegieWebSocketConnected done,
                               gpointer data);

G_END_DECLS
