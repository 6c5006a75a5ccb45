/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "core/regie-error.h"
#include "core/regie-json.h"

G_BEGIN_DECLS

/* What a task is made of. No state; any thread.
 *
 *   analyze  payload {"text"}: what the message is about, by rules. Result: as regie_analysis_to_json() gives
 * it. answer   payload {"text"}: a message to the Digital Human. Result: {"text": its answer, "language",
 * "evidence", "analysis"}. Needs no right: the answer stays in the window. http     payload {"method"
 * ("GET"), "url", "headers" {name: value}, "body" (text) or "json" (any JSON), "timeout" (s, 1 to 300; 60)}.
 * Result: {"url", "method", "status", "reason", "headers", "body" (text) or "body_base64", "bytes",
 * "truncated"}.
 *
 * Each result also has "worker": {"pid", "database"}. */

/* Whether the payload is one of its type. Error: INVALID, the message starts with the pointer of what is
 * wrong. */
gboolean regie_task_check (JsonObject *task, GError **error);

/* To be called for a new task before it is stored: checks it, sets "state", "summary" and "cause" (WHO asks).
 */
gboolean regie_task_prepare (JsonObject *task, const char *who, GError **error);

/* One line that says what the task is about, at most 200 characters. Newly allocated. */
char *regie_task_summarize (JsonObject *task);

/* Whether it may be run again after an interruption of which nobody knows how far it came: what has no effect
 * outside, and requests that only read (GET, HEAD). */
gboolean regie_task_is_repeatable (JsonObject *task);

/* The text of an analyze or answer task; NULL when there is none. Borrowed. */
const char *regie_task_get_text (JsonObject *payload);

/* The method of an http task, upper case, "GET" when none is given. Newly allocated. */
char *regie_task_get_method (JsonObject *payload);

/* The place an http task goes to. Error: INVALID. */
GUri *regie_task_get_uri (JsonObject *payload, GError **error);

G_END_DECLS
