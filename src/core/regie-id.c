/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-id.h"

#include <string.h>
#include <sys/random.h>

#include "regie-time.h"

static void
random_bytes (guint8 *bytes, gsize n)
{
  gsize got = 0;

  while (got < n)
    {
      gssize more = getrandom (bytes + got, n - got, 0);
      if (more > 0)
        got += more;
    }
}

static char *
to_hex (const guint8 *bytes, gsize n, gboolean dashes)
{
  static const char digits[] = "0123456789abcdef";
  char *text = g_malloc (n * 2 + 5);
  char *end = text;

  for (gsize i = 0; i < n; i++)
    {
      if (dashes && (i == 4 || i == 6 || i == 8 || i == 10))
        *end++ = '-';
      *end++ = digits[bytes[i] >> 4];
      *end++ = digits[bytes[i] & 15];
    }
  *end = '\0';

  return text;
}

/* The 12 bits after the time count up within a millisecond, so that ids made by one process sort as they were
 * made. */
static guint64
next_tick (void)
{
  static GMutex mutex;
  static guint64 last;
  guint64 tick = ((guint64) (g_get_real_time () / 1000)) << 12;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&mutex);

  last = tick > last ? tick : last + 1;

  return last;
}

char *
regie_id_new_uuid (void)
{
  guint64 tick = next_tick ();
  guint64 ms = tick >> 12;
  guint8 bytes[16];

  random_bytes (bytes, sizeof bytes);
  for (int i = 0; i < 6; i++)
    bytes[i] = ms >> (40 - 8 * i);
  bytes[6] = 0x70 | ((tick >> 8) & 0x0f);
  bytes[7] = tick & 0xff;
  bytes[8] = 0x80 | (bytes[8] & 0x3f);

  return to_hex (bytes, sizeof bytes, TRUE);
}

char *
regie_id_new_object (void)
{
  static GMutex mutex;
  static guint8 process[5];
  static guint32 counter;
  static gboolean ready;
  guint32 seconds = regie_time_now () / G_USEC_PER_SEC;
  guint8 bytes[12];
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&mutex);

  if (!ready)
    {
      random_bytes (process, sizeof process);
      random_bytes ((guint8 *) &counter, sizeof counter);
      ready = TRUE;
    }
  counter++;
  for (int i = 0; i < 4; i++)
    bytes[i] = seconds >> (24 - 8 * i);
  memcpy (bytes + 4, process, 5);
  for (int i = 0; i < 3; i++)
    bytes[9 + i] = counter >> (16 - 8 * i);

  return to_hex (bytes, sizeof bytes, FALSE);
}

gboolean
regie_id_is_uuid (const char *text)
{
  return text != NULL && g_uuid_string_is_valid (text);
}

gboolean
regie_id_is_object (const char *text)
{
  if (text == NULL || strlen (text) != 24)
    return FALSE;

  return strspn (text, "0123456789abcdef") == 24;
}
