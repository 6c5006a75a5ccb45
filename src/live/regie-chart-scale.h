/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Where an axis has its ticks. */

typedef struct
{
  double top;  /* the axis goes from 0 to here */
  double step; /* between ticks */
  guint n_steps;
} RegieValueScale;

/* The axis for values up to MOST with about WANTED steps of 1, 2 or 5 times a power of ten; INTEGERS: steps
 * of at least 1. MOST 0 or less gives an axis up to 1. */
RegieValueScale regie_value_scale_make (double most, guint wanted, gboolean integers);

typedef struct
{
  gint64 time;
  char *label; /* in the user's zone and language */
} RegieTimeTick;

void regie_time_tick_clear (RegieTimeTick *tick);

/* Ticks at round local times within [from, to] (µs), at most MOST; an array of RegieTimeTick. */
GArray *regie_time_scale_make (gint64 from, gint64 to, guint most);

/* The moment of a point: with the day when the span is longer than one. Newly allocated. */
char *regie_time_scale_format (gint64 time, gint64 span);

G_END_DECLS
