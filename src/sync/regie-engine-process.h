/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <libdex.h>

G_BEGIN_DECLS

/* The engine of this computer as a process. */

/* "$XDG_RUNTIME_DIR/regie/engine.sock" and "$XDG_DATA_HOME/regie/engine"; REGIE_ENGINE_SOCKET and
 * REGIE_ENGINE_DATA go before them. Transfer full. */
char *regie_engine_process_default_socket (void);
char *regie_engine_process_default_data_dir (void);

/* The engine's program: REGIE_ENGINE, else beside this program, else the installed one. Transfer full. */
char *regie_engine_process_find_program (void);

/* Which build this program is (REGIE_BUILD_ID); to be said once, before the first *_ensure(). An engine of
 * the same version but another build is then replaced; without it (NULL) any of this version will do. */
void regie_engine_process_set_build (const char *build);

/* Makes sure that an engine answers at SOCKET: uses the one that is there (an older version or
 * another build is drained and replaced), else starts one that outlives this program (own session, output to
 * its log; through the systemd user unit where it is installed). Resolves to the health answer (JsonObject);
 * rejects with what the engine said last. */
DexFuture *regie_engine_process_ensure (const char *socket, const char *data_dir);

G_END_DECLS
