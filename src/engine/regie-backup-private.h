/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-supervisor-private.h"

G_BEGIN_DECLS

/* What the files about databases and backups share. */

/* The id of the record of kind "database" of a Digital Human, or NULL. Any connection of the workspace. */
char *regie_backup_find_database (sqlite3 *db, const char *digital_human);

/* PATCH in that record, which is made when there is none. */
gboolean
regie_backup_patch_database (RegieTxn *txn, const char *digital_human, JsonObject *patch, GError **error);

/* In a fiber: the runner of a Digital Human, made when there is none. */
RegieRunner *regie_backup_get_runner (RegieSupervisor *self, const char *id, GError **error);

/* The last moment before or at NOW when the clock in ZONE showed TIME ("HH:MM"). µs; 0 when TIME is none. */
gint64 regie_backup_last_due (const char *time, const char *zone, gint64 now);

typedef struct
{
  char *workspace;
  char *time;
  char *zone;
  gint64 since;      /* what was due up to then is done */
  gint64 not_before; /* after a failure */
  gboolean running;
  char *failure; /* of the last one, or NULL */
  gint64 failed_at;
} RegieScheduled;

G_END_DECLS
