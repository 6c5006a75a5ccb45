/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A VFS for tests that forgets what was never synced: it keeps for each file under a folder the image that
 * is on the platter (as of its last xSync) beside the one that the process sees. At the sync number given
 * it cuts the power: from then on every call fails with SQLITE_IOERR, and regie_power_cut_materialise()
 * leaves on the real disk what a disk would hold: synced images, and unsynced writes dropped. A created or
 * deleted file counts only after its folder (xSync with SQLITE_SYNC_FULL of the file, xDelete with syncDir)
 * was synced. Shared memory (WAL index) is the default VFS's. */

/* Registers the VFS "power-cut"; idempotent. */
void regie_power_cut_register (void);

/* Starts counting anew; cuts at the N-th sync (1-based; 0 never). */
void regie_power_cut_arm (guint n);

/* Syncs seen since arm; whether the cut happened. */
guint regie_power_cut_get_syncs (void);
gboolean regie_power_cut_happened (void);

/* After the cut (and after all connections were closed): makes each file below FOLDER what the platter
 * holds. */
void regie_power_cut_materialise (const char *folder);

G_END_DECLS
