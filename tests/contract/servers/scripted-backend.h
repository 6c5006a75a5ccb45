/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* One of the scripted servers of this folder, for a test in C. What they can do, their faults and the orders
 * of their control port stand at the top of serve.py and faults.py. Every function fails the test where it
 * cannot do what it says, and blocks meanwhile. Main thread. */

typedef struct _ScriptedBackend ScriptedBackend;

/* Starts SCRIPT ("qwanyx.py", "ava.py" or "proxy.py") with ARGS (NULL-terminated, or NULL) and waits until it
 * listens. */
ScriptedBackend *scripted_backend_new (const char *script, const char *const *args);

/* Ends it: it must not have failed by a mistake of its own. */
void scripted_backend_free (ScriptedBackend *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScriptedBackend, scripted_backend_free)

/* "http://127.0.0.1:PORT", with https when ARGS had --tls. */
const char *scripted_backend_get_address (ScriptedBackend *self);
guint16 scripted_backend_get_port (ScriptedBackend *self);

/* Adds RULE: "METHOD PATH-REGEX NTH KIND[:ARG]". */
void scripted_backend_fault (ScriptedBackend *self, const char *rule);

/* Gives the order that FORMAT, a printf format, makes: JSON text with "do". Transfer full. */
JsonObject *scripted_backend_control (ScriptedBackend *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* How many requests of METHOD whose path matches the regular expression PATH are in the log; with EFFECT, of
 * those only which changed something. */
guint scripted_backend_count (ScriptedBackend *self, const char *method, const char *path, gboolean effect);

/* Waits for the next announcement and returns it. Transfer full. Not with --events. */
JsonObject *scripted_backend_wait_event (ScriptedBackend *self);

/* The code of the next announced mail. Newly allocated. */
char *scripted_backend_wait_code (ScriptedBackend *self);

/* A request of somebody else: no part of what is tested, so over plain HTTP only. TOKEN and BODY (JSON text)
 * may be NULL. Gives the status and, where ANSWER is not NULL, the body. */
guint scripted_backend_call (ScriptedBackend *self,
                             const char *method,
                             const char *path,
                             const char *token,
                             const char *body,
                             char **answer);

G_END_DECLS
