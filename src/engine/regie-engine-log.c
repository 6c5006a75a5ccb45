/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-engine-log.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/regie-error.h"
#include "core/regie-text.h"
#include "core/regie-time.h"

#define MAX_FILE_BYTES (4 * 1024 * 1024)
#define N_OLD_FILES    4

static const struct
{
  const char *name;
  GLogLevelFlags level;
} levels[] = {
  { "error", G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL },
  { "warning", G_LOG_LEVEL_WARNING },
  { "message", G_LOG_LEVEL_MESSAGE },
  { "info", G_LOG_LEVEL_INFO },
  { "debug", G_LOG_LEVEL_DEBUG },
};

static struct
{
  GMutex lock;
  char *path;
  int fd;
  gsize size;
  guint least; /* index into levels */
} target = { .fd = -1, .least = 2 };

static guint
find_level (const char *name)
{
  guint i = 0;

  while (i < G_N_ELEMENTS (levels) && g_strcmp0 (levels[i].name, name) != 0)
    i++;

  return i;
}

gboolean
regie_engine_log_level_is_known (const char *level)
{
  return find_level (level) < G_N_ELEMENTS (levels);
}

static guint
index_of (GLogLevelFlags flags)
{
  guint i = 0;

  while (i < G_N_ELEMENTS (levels) - 1 && !(levels[i].level & flags))
    i++;

  return i;
}

static gboolean
open_file (const char *path, GError **error)
{
  struct stat info;

  target.fd = open (path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (target.fd < 0)
    {
      int code = errno;

      g_set_error (error, REGIE_ERROR, code == ENOSPC ? REGIE_ERROR_FULL : REGIE_ERROR_READ_ONLY,
                   "Cannot write the log %s: %s", path, g_strerror (code));
      return FALSE;
    }
  target.size = fstat (target.fd, &info) == 0 ? info.st_size : 0;

  return TRUE;
}

/* FILE.3 → FILE.4 … FILE → FILE.1. */
static void
rotate (void)
{
  for (int i = N_OLD_FILES; i >= 1; i--)
    {
      g_autofree char *to = g_strdup_printf ("%s.%d", target.path, i);
      g_autofree char *from = i > 1 ? g_strdup_printf ("%s.%d", target.path, i - 1) : g_strdup (target.path);

      g_rename (from, to);
    }
  g_clear_fd (&target.fd, NULL);
  open_file (target.path, NULL);
}

static void
write_all (int fd, const char *text, gsize length)
{
  while (length > 0)
    {
      gssize n = write (fd, text, length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return;
      text += n;
      length -= n;
    }
}

static const char *
find_field (const GLogField *fields, gsize n_fields, const char *key)
{
  for (gsize i = 0; i < n_fields; i++)
    {
      if (g_str_equal (fields[i].key, key) && fields[i].length < 0)
        return fields[i].value;
    }

  return NULL;
}

static GLogWriterOutput
write_log (GLogLevelFlags flags, const GLogField *fields, gsize n_fields, gpointer data)
{
  guint level = index_of (flags);
  const char *domain = find_field (fields, n_fields, "GLIB_DOMAIN");
  const char *message = find_field (fields, n_fields, "MESSAGE");
  g_autofree char *at = NULL;
  g_autofree char *text = NULL;
  g_autofree char *line = NULL;
  gsize length;

  if (level > target.least)
    return G_LOG_WRITER_HANDLED;
  at = regie_time_to_rfc3339 (regie_time_now ());
  text = regie_text_visible (message, FALSE);
  line = g_strdup_printf ("%s %s %s: %s\n", at, levels[level].name, domain != NULL ? domain : "regie-engine",
                          text);
  length = strlen (line);
  g_mutex_lock (&target.lock);
  write_all (STDERR_FILENO, line, length);
  if (target.fd >= 0)
    {
      write_all (target.fd, line, length);
      target.size += length;
      if (target.size > MAX_FILE_BYTES)
        rotate ();
    }
  g_mutex_unlock (&target.lock);

  return G_LOG_WRITER_HANDLED;
}

gboolean
regie_engine_log_open (const char *path, const char *level, GError **error)
{
  guint least = find_level (level);

  if (least == G_N_ELEMENTS (levels))
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID,
                   "“%s” is no log level; there are error, warning, message, info and debug", level);
      return FALSE;
    }
  if (path != NULL && !open_file (path, error))
    return FALSE;
  target.path = g_strdup (path);
  target.least = least;
  g_log_set_writer_func (write_log, NULL, NULL);

  return TRUE;
}
