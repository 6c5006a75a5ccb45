/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Futures carry JsonObjects from one thread to another, and json-glib counts references to objects, arrays
 * and values with g_ref_count_inc() and _dec(), which are not atomic: two threads that let go of one object
 * at once leak it or free it twice. The program therefore brings atomic versions of these two functions,
 * which take the place of GLib's in all libraries. TRUE when they do; a test looks at it. Any thread. */
gboolean regie_json_threads_are_safe (void);

G_END_DECLS
