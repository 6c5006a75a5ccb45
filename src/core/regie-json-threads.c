/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-json-threads.h"

#include <dlfcn.h>

/* A grefcount counts downwards from -1. */

/* GLib's headers declare these with macros of the same names around them. */
#undef g_ref_count_inc
#undef g_ref_count_dec

void
g_ref_count_inc (grefcount *count)
{
  g_atomic_int_add (count, -1);
}

gboolean
g_ref_count_dec (grefcount *count)
{
  return g_atomic_int_add (count, 1) == -1;
}

gboolean
regie_json_threads_are_safe (void)
{
  return dlsym (RTLD_DEFAULT, "g_ref_count_inc") == (gpointer) g_ref_count_inc &&
         dlsym (RTLD_DEFAULT, "g_ref_count_dec") == (gpointer) g_ref_count_dec;
}
