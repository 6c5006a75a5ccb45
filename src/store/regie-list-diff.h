/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How one order of distinct row numbers becomes another. */

typedef struct
{
  guint old_position, n_removed; /* in the old order */
  guint new_position, n_added; /* in the new one; also where the change is seen when those before are done */
} RegieSplice;

/* The splices, by ascending position, that make OLD into NEW; what lies between them is the same rows in the
 * same order in both. A row that only moved is removed and added, as few as can be. When more than MAX would
 * be needed, neighbours are joined, with the rows between them. O(n log n) in the part that differs. Any
 * thread. Array of RegieSplice, transfer full. */
GArray *regie_list_diff (const guint32 *old, guint n_old, const guint32 *new, guint n_new, guint max);

/* The same as at most one splice: what is alike at both ends stays. O(n), for the main thread. */
GArray *regie_list_diff_ends (const guint32 *old, guint n_old, const guint32 *new, guint n_new);

G_END_DECLS
