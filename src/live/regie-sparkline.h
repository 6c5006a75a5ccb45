/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A small picture of how a number went: one bar for each value, the last one stronger. Drawn once into a
 * render node that is kept until values, size or style change; cheap in hundreds of rows. Role "img". */
#define REGIE_TYPE_SPARKLINE (regie_sparkline_get_type ())
G_DECLARE_FINAL_TYPE (RegieSparkline, regie_sparkline, REGIE, SPARKLINE, GtkWidget)

GtkWidget *regie_sparkline_new (void);

/* Oldest first; NaN is a gap. Copied; equal values change nothing. At most the last 240 are kept. */
void regie_sparkline_set_values (RegieSparkline *self, const double *values, guint n_values);

/* What it shows, for assistive tools: "Tasks an hour: last 3, most 12". */
void regie_sparkline_set_description (RegieSparkline *self, const char *description);

guint regie_sparkline_get_n_values (RegieSparkline *self);

/* The number of times that it built its picture; for tests. */
guint regie_sparkline_get_n_builds (RegieSparkline *self);

G_END_DECLS
