/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A UUID version 7 (RFC 9562): sorts by the time it was made, also within a millisecond of one process.
 * Thread-safe. */
char *regie_id_new_uuid (void);

/* 24 lower-case hex digits in the form of an ObjectId: 4 bytes of seconds, 5 random of the process, 3
 * counting. Thread-safe. */
char *regie_id_new_object (void);

gboolean regie_id_is_uuid (const char *text);
gboolean regie_id_is_object (const char *text);

G_END_DECLS
