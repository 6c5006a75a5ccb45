/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "core/regie-json.h"
#include "db/regie-db.h"

G_BEGIN_DECLS

/* A Digital Human's own database, DATA_DIR/digital-humans/ID.db: what it ran, what was said to it, and how
 * often it used which service. The worker has it open while it runs, else the engine where it must; one
 * writer at a time. */

extern const RegieDbSchema regie_worker_db_schema;

/* DATA_DIR/digital-humans/ID.db. */
char *regie_worker_db_path (const char *data_dir, const char *id);

/* Bytes of the file and of the log that belongs to it; 0 when it is not there. */
gint64 regie_worker_db_size (const char *path);

/* Opens the file as its one writer, waiting up to 5 s for one who is still closing it. Blocks. */
RegieDb *regie_worker_db_open (const char *data_dir, const char *id, GError **error);

/* The tables that hold data, for counting and for the export; NULL-terminated. */
extern const char *const regie_worker_db_tables[];

/* Rows in all of them. */
gint64 regie_worker_db_count (sqlite3 *db);

/* --- runs: one row per task and attempt. Plain threads; each blocks until it is on the disk. --- */

typedef struct
{
  const char *task, *type;
  gint64 attempt, started_at;
  const char *question, *answer; /* of an answer: they become part of the conversation; else NULL */
} RegieWorkerRun;

/* Notes that the attempt begins; what it does outside comes after. Only for what acts outside. STATE when it
 * was begun before: it is never done twice. */
gboolean regie_worker_db_begin_run (RegieDb *db, const RegieWorkerRun *run, GError **error);

/* Notes how it ended, RESULT being the message for the engine, and what was said, in one transaction. */
gboolean regie_worker_db_end_run (RegieDb *db, const RegieWorkerRun *run, JsonObject *result, GError **error);

/* The message of a run that ended; a message with state "unknown" for one that began and did not end,
 * "queued" for one that never began. New object. */
JsonObject *regie_worker_db_recall_run (RegieDb *db, const char *task, gint64 attempt, GError **error);

/* --- uses of services, counted over the last 3600 s --- */

/* Counts a use of SERVICE when less than LIMIT were counted; LIMIT 0: none. Else LIMITED, and *AGAIN is when
 * the next one is possible (µs). */
gboolean regie_worker_db_use (RegieDb *db, const char *service, gint64 limit, gint64 *again, GError **error);

/* Uses in the last hour: {service: n}. For regie_db_read(); DATA is a JsonObject to be filled. */
gboolean regie_worker_db_read_usage (sqlite3 *db, gpointer data, GError **error);

G_END_DECLS
