/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What the power-cut VFS knows of a file whatever its name: what is on the platter, and the writes since. One
 * reference for each name and each open handle. Not locked. */
typedef struct
{
  GByteArray *platter;
  GPtrArray *pending;
} RegiePowerCutContent;

/* What a disk writes as a whole, in bytes. */
#define REGIE_POWER_CUT_SECTOR 512

/* With what PATH really holds, which counts as synced; empty when there is no such file. */
RegiePowerCutContent *regie_power_cut_content_new (const char *path);
void regie_power_cut_content_unref (gpointer self);

/* A write of SIZE bytes at OFFSET, or with DATA NULL a cut of the file to OFFSET bytes. */
void regie_power_cut_content_note (RegiePowerCutContent *self, gint64 offset, const void *data, gsize size);

/* All writes reach the platter. */
void regie_power_cut_content_sync (RegiePowerCutContent *self);

/* Some sectors of each write since the last sync reach the platter, some do not. */
void regie_power_cut_content_tear (RegiePowerCutContent *self, GRand *dice);

G_END_DECLS
