/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Instants are int64 microseconds since 1970-01-01 UTC; 0 means "none". */

/* Now, from the clock in use. Thread-safe. */
gint64 regie_time_now (void);

/* Tests put their own clock here; NULL brings the real one back. */
void regie_time_set_clock (gint64 (*now) (void));

/* "2026-11-20T12:28:05.903000Z". Newly allocated; NULL for 0. */
char *regie_time_to_rfc3339 (gint64 time);

/* Reads RFC 3339 and ISO 8601 with or without zone, RFC 1123, and epoch seconds or milliseconds as digits.
 * A text without zone is taken in ZONE (NULL: UTC). FALSE when it is none of these. */
gboolean regie_time_parse (const char *text, GTimeZone *zone, gint64 *time);

G_END_DECLS
