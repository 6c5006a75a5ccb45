/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The log of a process of the engine: what GLib's log functions are given goes to standard error and to a
 * file, one line each, which `GET /v1/logs` reads back:
 *
 *   2026-11-20T12:28:05.903000Z warning regie-engine: text, control characters made visible
 *
 * The second word is one of "error", "warning", "message", "info", "debug" (critical counts as error). A file
 * that passes 4 MiB becomes FILE.1, FILE.1 becomes FILE.2 and so on; four old ones are kept. Any thread. */

/* Puts the writer in place. PATH NULL: standard error only. LEVEL: the least that is written, one of the
 * words above. FALSE and ERROR when the file cannot be opened. */
gboolean regie_engine_log_open (const char *path, const char *level, GError **error);

/* Whether LEVEL is one of the words. */
gboolean regie_engine_log_level_is_known (const char *level);

G_END_DECLS
