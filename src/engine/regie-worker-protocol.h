/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "core/regie-error.h"
#include "core/regie-json.h"

G_BEGIN_DECLS

/* What engine and worker tell each other: one JSON object a line, in UTF-8, over a Unix stream socket pair.
 * The worker's end is the descriptor named by `--worker FD`. Each object has "type"; unknown types and
 * members are passed over. The end of the stream is the end of the worker: there is no other way to outlive
 * an engine.
 *
 * Engine to worker
 *   start     version, id, workspace, data_dir, heartbeat (ms), limits {cpu (%), memory (MiB), cgroup
 * (bool)}, settings {the Digital Human's record}, rights [as in the API's effective-rights], paused (code of
 * why, or null) settings  settings, rights, paused: they take the place of what was there, at once task task
 * {id, type, payload}, attempt cancel    task, reason (code of a cause) recall    runs [{task, attempt}]:
 * what became of these, by the worker's own database request   request (number), what ("check", "backup",
 * "compact", "usage"), file stop      the present task may end within 5 s; what the engine waits for is the
 * end of the process
 *
 * Worker to engine
 *   hello     pid, database (path), size (B), rows, limits (a sentence: how they are enforced), report (or
 * null) heartbeat cpu (ms since the start), memory (KiB), rows, task (or null) result    task, attempt, state
 * ("done", "failed", "unknown", "cancelled", "queued": never begun), result, error, error_code, error_args,
 * refused {service, host, reason, reason_code, reason_args} when a right or a pause forbade it reply request,
 * ok, code and error, or size, rows, usage {service: uses in the last hour} failed    code, error: it cannot
 * start, and ends
 *
 * A result is sent after the run is in the worker's own database, so that it can be asked for again. */

#define REGIE_WORKER_PROTOCOL_VERSION 1

/* What a task may give back, and what a line may hold. */
#define REGIE_WORKER_RESULT_BYTES (1024u * 1024)
#define REGIE_WORKER_LINE_BYTES   (16u * 1024 * 1024)

typedef struct _RegieWorkerChannel RegieWorkerChannel;

/* Both are called on the main context; MESSAGE is borrowed. After CLOSED nothing is called any more. */
typedef void (*RegieWorkerMessageFunc) (const char *type, JsonObject *message, gpointer data);
typedef void (*RegieWorkerClosedFunc) (gpointer data);

/* Takes FD over and listens on the main context. */
RegieWorkerChannel *regie_worker_channel_new (int fd,
                                              RegieWorkerMessageFunc on_message,
                                              RegieWorkerClosedFunc on_closed,
                                              gpointer data);

/* Sends MESSAGE (borrowed) in the order of the calls; never blocks. What is sent after the end of the stream
 * is dropped. Any thread. */
void regie_worker_channel_send (RegieWorkerChannel *self, JsonObject *message);

/* Waits until everything was handed to the kernel, at most TIMEOUT ms. Main thread, for the last words. */
void regie_worker_channel_flush (RegieWorkerChannel *self, guint timeout);

/* Closes the descriptor and calls nobody any more. Main thread; other threads must have let go of it. */
void regie_worker_channel_free (RegieWorkerChannel *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RegieWorkerChannel, regie_worker_channel_free)

/* A message under way: regie_worker_message ("task", "attempt", 'i', n, NULL) as in regie_json_object_new().
 */
#define regie_worker_message(type_, ...) regie_json_object_new ("type", 's', (type_), __VA_ARGS__)

G_END_DECLS
