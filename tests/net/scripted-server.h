/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <libdex.h>

G_BEGIN_DECLS

/* A server that does what a test says, byte by byte, over a real socket and on a thread of its own. Each
 * turn reads a request and answers it; a turn that does not close the connection is followed by the next one
 * on the same connection. */

typedef struct
{
  gssize read;      /* bytes of the request to read before anything else; -1: all of it; 0: none */
  const char *head; /* raw bytes to write first, or NULL */
  GBytes *body;     /* then these (borrowed until the server is freed), or NULL */
  guint repeat;     /* how often BODY is written; 0: once */
  guint pause_ms;   /* between the writes of BODY */
  gboolean upgrade; /* answers a WebSocket's handshake with 101; then HEAD and BODY, in the same write */
  gboolean wrong_accept;
  gboolean hold; /* then keeps the connection open until the client leaves */
  gboolean keep; /* then goes on with the next turn on this connection */
} ScriptedTurn;

typedef struct _ScriptedServer ScriptedServer;

ScriptedServer *scripted_server_new (gboolean tcp);
void scripted_server_free (ScriptedServer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScriptedServer, scripted_server_free)

const char *scripted_server_get_address (ScriptedServer *self); /* "unix:…" or "http://127.0.0.1:…" */
void scripted_server_add (ScriptedServer *self, const ScriptedTurn *turn);
guint scripted_server_get_n_connections (ScriptedServer *self);
/* What was read so far in the N-th turn, from 0. Transfer full; NULL when there was none. */
char *scripted_server_get_request (ScriptedServer *self, guint n);
/* How many connections the client closed while they were held. */
guint scripted_server_get_n_left (ScriptedServer *self);

/* A text frame as a server sends it (not masked). FIN: the last one of its message; OPCODE 1 text, 0 goes on,
 * 9 ping. Transfer full. */
GBytes *scripted_frame (gboolean fin, guint opcode, const char *text, gsize length);

/* Iterates the default context until CONDITION (DATA) holds; fails the test after 10 s. */
void test_wait_until (gboolean (*condition) (gpointer data), gpointer data, const char *what);
#define WAIT_UNTIL(condition, data) test_wait_until (condition, data, #condition)

/* Waits for FUTURE (taken); the result is kept by it, transfer full. */
DexFuture *test_settle (DexFuture *future);
/* What FUTURE (taken) resolves to, a boxed value; transfer full. It must not reject. */
gpointer test_resolves (DexFuture *future);
/* It must reject with CODE of REGIE_ERROR; the message, transfer full. */
char *test_rejects (DexFuture *future, int code);

G_END_DECLS
