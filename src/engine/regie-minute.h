/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "db/regie-db.h"

G_BEGIN_DECLS

/* The minute under way of one Digital Human: what goes into its row of table "metric". Belongs to the writer
 * thread of its workspace. */
typedef struct _RegieMinute RegieMinute;

RegieMinute *regie_minute_new (void);
RegieMinute *regie_minute_ref (RegieMinute *self);
void regie_minute_unref (RegieMinute *self);

/* Adds a task that finished at AT (µs) after LATENCY ms and writes the row. Before the task itself is stored
 * as finished. */
gboolean regie_minute_add_task (RegieMinute *self,
                                sqlite3 *db,
                                const char *digital_human,
                                gint64 at,
                                gint64 latency,
                                gboolean failed,
                                GError **error);

/* Adds processor time (ms) to, and raises the memory (KiB) of, the minute of AT. */
gboolean regie_minute_add_use (RegieMinute *self,
                               sqlite3 *db,
                               const char *digital_human,
                               gint64 at,
                               gint64 cpu,
                               gint64 memory,
                               GError **error);

/* To be called when what was added last may not have been committed: the next call reads the row again. */
void regie_minute_forget (RegieMinute *self);

/* The smallest of N sorted VALUES that at least RATE (0..1) of them do not exceed: the nearest-rank
 * percentile. N > 0. */
gint64 regie_percentile (const gint64 *values, gsize n, double rate);
void regie_sort_values (gint64 *values, gsize n);

G_END_DECLS
