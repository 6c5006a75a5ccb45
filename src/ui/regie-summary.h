/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-context.h"

G_BEGIN_DECLS

/* The engine's summary of a time span, kept fresh while somebody looks: read again two seconds after
 * something changed, and at each full minute. Nothing is asked while it is not active. */

#define REGIE_TYPE_SUMMARY (regie_summary_get_type ())
G_DECLARE_FINAL_TYPE (RegieSummary, regie_summary, REGIE, SUMMARY, GObject)

/* HUMAN: the remote id of one Digital Human, or NULL for the context's workspace. */
RegieSummary *regie_summary_new (RegieContext *context, const char *human);

/* "1h", "24h" or "7d". */
void regie_summary_set_window (RegieSummary *self, const char *window);
void regie_summary_set_active (RegieSummary *self, gboolean active);

/* As docs/engine-api.md describes it; NULL until there is one. "changed" () is emitted when it is replaced.
 */
JsonObject *regie_summary_get (RegieSummary *self);

/* One of the series' numbers as arrays (times µs, values): "tasks", "errors", "latency_p50", "latency_p95",
 * "cpu", "memory". Null values are NaN. Where nothing but zeros came there are no points. Free both with
 * g_free(). */
guint regie_summary_dup_series (RegieSummary *self, const char *name, gint64 **times, double **values);

G_END_DECLS
