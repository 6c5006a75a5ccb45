/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-supervisor-private.h"

G_BEGIN_DECLS

/* What is gathered for GET /v1/summary, one workspace after another. */

typedef struct
{
  gint64 tasks, errors, cpu, memory;
  GArray *latencies; /* gint64 ms */
} RegieSummaryBucket;

/* A failed daily backup, for the attention list. */
typedef struct
{
  char *human;
  char *time;
  char *failure;
  gint64 failed_at;
} RegieSummaryBackup;

typedef struct
{
  RegieSupervisor *supervisor;
  char *window, *workspace, *digital_human; /* the last two: asked for, or NULL */
  char *at_workspace;                       /* the one that is read */
  gboolean everything_paused, workspace_paused;
  GPtrArray *backups; /* RegieSummaryBackup */

  gint64 now, start, bucket; /* µs */
  guint n_buckets;
  RegieSummaryBucket *buckets;
  guint n_minutes;
  gint64 *memory; /* KiB in each minute */

  gint64 active, stopped, failing, paused;
  JsonArray *attention;
  JsonObject *result;
} RegieSummaryData;

/* RegieDbFuncs over one workspace's file. */
gboolean regie_summary_read_figures (sqlite3 *db, gpointer data, GError **error);
gboolean regie_summary_read_attention (sqlite3 *db, gpointer data, GError **error);

G_END_DECLS
