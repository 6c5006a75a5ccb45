/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A VFS for tests, "power-cut", that forgets what was never synced. For each file it keeps, beside the real
 * file that the process sees, what is on the platter: the content as of its last xSync, and the writes since.
 * The names in a folder are kept likewise: a file that is created, renamed or deleted is so on the platter
 * only when its folder was synced (xDelete with syncDir, the first xSync of a new log or journal, or the
 * calls below). At the sync point given the power goes: that sync does nothing, and from then on every call
 * fails with SQLITE_IOERR. regie_power_cut_materialise() then leaves in the folder what the disk would hold.
 *
 * A file that exists before the VFS first sees it counts as synced. Shared memory (the log's index) and
 * temporary files are the default VFS's. Nothing is really synced, so runs are fast. One run at a time in a
 * process.
 *
 * Beside SQLite's own calls, xGetSystemCall offers "regie-rename" (int (const char *from, const char *to))
 * and "regie-sync-folder" (int (const char *folder)), which return 0 or -1 with errno; src/db uses them when
 * its VFS has them. */

typedef enum
{
  REGIE_POWER_CUT_DROP, /* all that was not synced is lost */
  REGIE_POWER_CUT_TEAR  /* of the writes since, some 512-byte sectors reached the platter, in any order */
} RegiePowerCutMode;

/* Registers the VFS; idempotent. AS_DEFAULT makes it the one that is used where none is named, until it is
 * called again without. */
void regie_power_cut_register (gboolean as_default);

/* Forgets all files, restores the power and starts counting. Cuts at the N-th sync point (1-based; 0: never).
 * SEED decides what tears. */
void regie_power_cut_arm (guint n, RegiePowerCutMode mode, guint32 seed);

/* Cuts now. */
void regie_power_cut_now (void);

/* Sync points seen since arm: syncs of files and of folders. Whether the cut happened. */
guint regie_power_cut_get_syncs (void);
gboolean regie_power_cut_happened (void);

/* After the cut, and after all connections were closed: makes each file of this VFS in FOLDER or below what
 * the platter holds. The VFS must be armed anew before it is used again. */
void regie_power_cut_materialise (const char *folder);

G_END_DECLS
