/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Runs a target over the files of a corpus, then over mutations of them that the file's own bytes decide: cut
 * short, doubled, bits turned. A crash or a sanitizer's report fails the test. Usage: PROGRAM FOLDER */

#include <glib.h>
#include <string.h>

#include "fuzz.h"

static void
run_copy (const guint8 *data, gsize size)
{
  /* An exact copy on the heap, so that a byte read behind it is seen. */
  g_autofree guint8 *copy = g_memdup2 (data, size);

  LLVMFuzzerTestOneInput (copy, size);
}

static void
run_mutations (const guint8 *data, gsize size)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (g_str_hash ("regie") ^ (guint) size);
  g_autofree guint8 *mutant = g_malloc (size * 2 + 1);

  for (guint i = 0; i < 200 && size > 0; i++)
    {
      gsize length = i % 3 == 0 ? (gsize) g_rand_int_range (rand, 0, size) : size;

      memcpy (mutant, data, size);
      if (i % 5 == 0)
        {
          memcpy (mutant + size, data, size);
          length = size * 2;
        }
      for (guint n = g_rand_int_range (rand, 0, 6); n > 0; n--)
        mutant[g_rand_int_range (rand, 0, size)] ^= 1 << g_rand_int_range (rand, 0, 8);
      run_copy (mutant, length);
    }
}

int
main (int argc, char **argv)
{
  g_autoptr (GDir) dir = g_dir_open (argv[1], 0, NULL);
  const char *name;
  guint n = 0;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (argv[1], name, NULL);
      g_autofree char *data = NULL;
      gsize size;

      g_assert_true (g_file_get_contents (path, &data, &size, NULL));
      run_copy ((const guint8 *) data, size);
      run_mutations ((const guint8 *) data, MIN (size, 65536));
      g_print ("ok %u %s\n", ++n, name);
    }
  g_print ("1..%u\n", n);

  return n > 0 ? 0 : 1;
}
