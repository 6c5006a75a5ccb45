/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-supervisor-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/regie-id.h"
#include "core/regie-text.h"
#include "core/regie-time.h"

/* Reading the logs of regie-engine-log.h. An offset counts bytes of the present file; after a turn of the
 * files it is larger than the file, and the rest of the one before is given first. */

#define MAX_LINES   10000
#define BLOCK_BYTES (256 * 1024)
#define TAIL_BYTES  (1024 * 1024)

static const char *const levels[] = { "error", "warning", "message", "info", "debug", NULL };

typedef struct
{
  char *path;
  gint64 after; /* -1: the last lines */
  int level;    /* the least one, as a place in levels */
  guint limit;
  JsonArray *lines;
  gint64 next;
} Reading;

static void
reading_free (gpointer data)
{
  Reading *self = data;

  json_array_unref (self->lines);
  g_free (self->path);
  g_free (self);
}

static int
find_level (const char *name, gsize length)
{
  for (int i = 0; levels[i] != NULL; i++)
    {
      if (strlen (levels[i]) == length && strncmp (levels[i], name, length) == 0)
        return i;
    }

  return -1;
}

/* "TIME LEVEL text"; anything else (the last words of a process) stands as it is, as a warning. */
static JsonObject *
parse_line (const char *line, gsize length, int *level)
{
  g_autofree char *valid = g_utf8_make_valid (line, length);
  char *space = strchr (valid, ' ');
  char *second = space != NULL ? strchr (space + 1, ' ') : NULL;
  g_autofree char *text = NULL;
  gint64 at = 0;

  *level = -1;
  if (second != NULL)
    {
      g_autofree char *time = g_strndup (valid, space - valid);

      *level = find_level (space + 1, second - space - 1);
      if (*level >= 0 && !regie_time_parse (time, NULL, &at))
        *level = -1;
    }
  if (*level < 0)
    {
      *level = 1;
      text = regie_text_visible (valid, FALSE);
      return regie_json_object_new ("at", 's', NULL, "level", 's', levels[1], "text", 's', text, NULL);
    }
  text = regie_text_visible (second + 1, FALSE);
  *space = '\0';

  return regie_json_object_new ("at", 's', valid, "level", 's', levels[*level], "text", 's', text, NULL);
}

/* Takes whole lines; returns how many bytes were taken. */
static gsize
take_lines (Reading *self, const char *block, gsize length)
{
  gsize taken = 0;
  const char *end;

  while (json_array_get_length (self->lines) < self->limit &&
         (end = memchr (block + taken, '\n', length - taken)) != NULL)
    {
      gsize line_length = end - (block + taken);
      int level;
      JsonObject *line = parse_line (block + taken, line_length, &level);

      if (level <= self->level && line_length > 0)
        json_array_add_object_element (self->lines, line);
      else
        json_object_unref (line);
      taken += line_length + 1;
    }

  return taken;
}

/* From *OFFSET to the end or until there are enough lines; a last line without its end waits. */
static gboolean
read_forward (Reading *self, int fd, gint64 *offset, GError **error)
{
  g_autofree char *block = g_malloc (BLOCK_BYTES);

  while (json_array_get_length (self->lines) < self->limit)
    {
      gssize n = pread (fd, block, BLOCK_BYTES, *offset);
      gsize taken;

      if (n < 0)
        {
          g_set_error (error, REGIE_ERROR, REGIE_ERROR_FAILED, "%s cannot be read: %s", self->path,
                       g_strerror (errno));
          return FALSE;
        }
      taken = n > 0 ? take_lines (self, block, n) : 0;
      if (taken == 0 && n == BLOCK_BYTES)
        taken = n; /* a line longer than the block is none of ours */
      *offset += taken;
      if (taken == 0)
        break;
    }

  return TRUE;
}

/* The last lines: forward from far enough back, keeping the newest. */
static gboolean
read_tail (Reading *self, int fd, gint64 size, GError **error)
{
  guint wanted = self->limit;
  gint64 offset = MAX (size - TAIL_BYTES, 0);
  gboolean partial = offset > 0;
  gboolean ok;
  guint n;

  self->limit = G_MAXUINT;
  ok = read_forward (self, fd, &offset, error);
  self->next = offset;
  if (ok && partial && json_array_get_length (self->lines) > 0)
    json_array_remove_element (self->lines, 0);
  n = json_array_get_length (self->lines);
  if (ok && n > wanted)
    {
      JsonArray *newest = json_array_sized_new (wanted);

      for (guint i = n - wanted; i < n; i++)
        json_array_add_element (newest, json_array_dup_element (self->lines, i));
      json_array_unref (self->lines);
      self->lines = newest;
    }

  return ok;
}

static gboolean
read_rest_of_old (Reading *self, GError **error)
{
  g_autofree char *old = g_strconcat (self->path, ".1", NULL);
  int fd = open (old, O_RDONLY | O_CLOEXEC);
  gint64 offset = self->after;
  gboolean ok = fd < 0 || read_forward (self, fd, &offset, error);

  if (fd >= 0)
    close (fd);
  /* Not all of it fitted into the answer: the same offset form goes on. */
  self->next = json_array_get_length (self->lines) >= self->limit ? offset : 0;

  return ok;
}

static gboolean
read_on_thread (gpointer data, GError **error)
{
  Reading *self = data;
  int fd = open (self->path, O_RDONLY | O_CLOEXEC);
  struct stat status = { 0 };
  gboolean ok = TRUE;

  if (fd < 0 && errno != ENOENT)
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_FAILED, "%s cannot be opened: %s", self->path,
                   g_strerror (errno));
      return FALSE;
    }
  if (fd < 0)
    return TRUE;
  fstat (fd, &status);
  if (self->after < 0)
    {
      ok = read_tail (self, fd, status.st_size, error);
    }
  else
    {
      self->next = self->after;
      if (self->after > status.st_size)
        ok = read_rest_of_old (self, error);
      if (ok && json_array_get_length (self->lines) < self->limit)
        ok = read_forward (self, fd, &self->next, error);
    }
  close (fd);

  return ok;
}

static DexFuture *
read_fiber (gpointer data)
{
  Reading *self = data;
  g_autoptr (GError) error = NULL;

  if (!dex_await (regie_on_thread (read_on_thread, self), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_take_boxed (
      JSON_TYPE_OBJECT,
      regie_json_object_new ("lines", 'a', json_array_ref (self->lines), "next", 'i', self->next, NULL));
}

DexFuture *
regie_supervisor_read_log (RegieSupervisor *self,
                           const char *source,
                           gint64 after,
                           const char *level,
                           guint limit)
{
  Reading *reading;
  g_autofree char *name = NULL;
  int least =
      level != NULL && *level != '\0' ? find_level (level, strlen (level)) : (int) G_N_ELEMENTS (levels) - 2;

  /* The name becomes part of a path. */
  if (!g_str_equal (source, "engine") && !regie_id_is_object (source))
    return dex_future_new_reject (REGIE_ERROR, REGIE_ERROR_INVALID,
                                  "/source: \"engine\" or the id of a Digital Human is needed");
  if (least < 0)
    return dex_future_new_reject (REGIE_ERROR, REGIE_ERROR_INVALID,
                                  "/level: error, warning, message, info or debug is needed");
  name = g_strconcat (source, ".log", NULL);
  reading = g_new0 (Reading, 1);
  reading->path = g_build_filename (self->data_dir, "logs", name, NULL);
  reading->after = after;
  reading->level = least;
  reading->limit = CLAMP (limit, 1, MAX_LINES);
  reading->lines = json_array_new ();

  return regie_spawn (self, read_fiber, reading, reading_free);
}
