/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>
#include <libdex.h>

#include "regie-backend.h"

G_BEGIN_DECLS

/* Starting the engine's program, for regie-engine-process.c. Main context. */

#define REGIE_TYPE_ENGINE_START (regie_engine_start_get_type ())
G_DECLARE_FINAL_TYPE (RegieEngineStart, regie_engine_start, REGIE, ENGINE_START, GObject)

/* Starts it: through the systemd user unit where that is installed, usable and meant (default paths, no
 * REGIE_ENGINE), else as a process of its own session that outlives this program, with its output in
 * DATA_DIR/logs/engine-start.log. Resolves to a RegieEngineStart as soon as it runs, not when it answers. */
DexFuture *regie_engine_start (const char *socket, const char *data_dir);

/* Whether what was started has ended; never for a unit, which systemd looks after. */
gboolean regie_engine_start_has_ended (RegieEngineStart *self);

/* FAILED with the last lines it wrote; ENDED: whether it ended or is only silent. Transfer full. */
GError *regie_engine_start_explain (RegieEngineStart *self, gboolean ended);

/* --- shared by this library, from regie-engine-process.c --- */

/* A backend of the profile "regie" at SOCKET. Transfer full. */
RegieBackend *regie_engine_process_new_backend (const char *socket);

/* Whether the engine with this health answer may go on serving: our build, or a newer version. */
gboolean regie_engine_process_is_current (JsonObject *health);

/* Asks it to end; resolves to TRUE when its process is gone. */
DexFuture *regie_engine_process_drain (RegieBackend *backend, JsonObject *health);

G_END_DECLS
