/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-sync"

#include "regie-engine-start.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "regie-engine-process.h"

#define UNIT      "regie-engine.service"
#define LOG_TAIL  2048
#define LOG_LINES 5

struct _RegieEngineStart
{
  GObject parent_instance;
  GSubprocess *process; /* NULL: started by systemd */
  char *log;
  gboolean ended;
};

G_DEFINE_FINAL_TYPE (RegieEngineStart, regie_engine_start, G_TYPE_OBJECT)

static void
regie_engine_start_finalize (GObject *object)
{
  RegieEngineStart *self = REGIE_ENGINE_START (object);

  g_clear_object (&self->process);
  g_free (self->log);

  G_OBJECT_CLASS (regie_engine_start_parent_class)->finalize (object);
}

static void
regie_engine_start_class_init (RegieEngineStartClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = regie_engine_start_finalize;
}

static void
regie_engine_start_init (RegieEngineStart *self)
{
}

/* --- through systemd --- */

typedef struct
{
  char *socket, *data_dir;
} Place;

static void
place_free (gpointer data)
{
  Place *place = data;

  g_free (place->socket);
  g_free (place->data_dir);
  g_free (place);
}

/* The unit runs the installed engine with its default places: anything else is not meant by it. */
static gboolean
is_default (Place *place)
{
  g_autofree char *socket = regie_engine_process_default_socket ();
  g_autofree char *data_dir = regie_engine_process_default_data_dir ();

  return g_getenv ("REGIE_ENGINE") == NULL && g_getenv ("REGIE_ENGINE_SOCKET") == NULL &&
         g_getenv ("REGIE_ENGINE_DATA") == NULL && g_str_equal (socket, place->socket) &&
         g_str_equal (data_dir, place->data_dir);
}

static gboolean
await_systemctl (const char *verb)
{
  g_autoptr (GSubprocess) process =
      g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL,
                        "systemctl", "--user", verb, UNIT, NULL);

  return process != NULL && dex_await (dex_subprocess_wait_check (process), NULL);
}

static gboolean
start_unit (Place *place)
{
  g_autofree char *systemctl = is_default (place) ? g_find_program_in_path ("systemctl") : NULL;

  return systemctl != NULL && await_systemctl ("cat") && await_systemctl ("start");
}

/* --- as a process of its own --- */

/* In the child, between fork and exec: a terminal that closes must not take the engine with it. */
static void
leave_terminal (gpointer data)
{
  setsid ();
}

static int
open_log (const char *data_dir, char **path, GError **error)
{
  g_autofree char *folder = g_build_filename (data_dir, "logs", NULL);
  int fd;

  if (g_mkdir_with_parents (folder, 0700) != 0)
    {
      g_set_error (error, REGIE_ERROR, errno == ENOSPC ? REGIE_ERROR_FULL : REGIE_ERROR_READ_ONLY,
                   "Cannot make the folder %s: %s", folder, g_strerror (errno));
      return -1;
    }
  *path = g_build_filename (folder, "engine-start.log", NULL);
  fd = open (*path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0)
    g_set_error (error, REGIE_ERROR, errno == ENOSPC ? REGIE_ERROR_FULL : REGIE_ERROR_READ_ONLY,
                 "Cannot write %s: %s", *path, g_strerror (errno));

  return fd;
}

static void
on_ended (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (RegieEngineStart) self = data;

  g_subprocess_wait_finish (G_SUBPROCESS (source), result, NULL);
  self->ended = TRUE;
}

static RegieEngineStart *
start_process (Place *place, GError **error)
{
  g_autoptr (RegieEngineStart) self = g_object_new (REGIE_TYPE_ENGINE_START, NULL);
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autofree char *program = regie_engine_process_find_program ();
  g_autoptr (GError) wrong = NULL;
  int log, null;

  if (!g_file_test (program, G_FILE_TEST_IS_EXECUTABLE))
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_NOT_FOUND, "There is no engine at %s.", program);
      return NULL;
    }
  log = open_log (place->data_dir, &self->log, error);
  if (log < 0)
    return NULL;
  null = open ("/dev/null", O_RDONLY | O_CLOEXEC);

  g_subprocess_launcher_take_stdin_fd (launcher, null);
  g_subprocess_launcher_take_stderr_fd (launcher, dup (log));
  g_subprocess_launcher_take_stdout_fd (launcher, log);
  g_subprocess_launcher_set_child_setup (launcher, leave_terminal, NULL, NULL);
  g_subprocess_launcher_set_cwd (launcher, "/");
  self->process = g_subprocess_launcher_spawn (launcher, &wrong, program, "--data-dir", place->data_dir,
                                               "--socket", place->socket, NULL);
  if (self->process == NULL)
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_FAILED, "Cannot start %s: %s", program, wrong->message);
      return NULL;
    }
  g_subprocess_wait_async (self->process, NULL, on_ended, g_object_ref (self));

  return g_steal_pointer (&self);
}

static DexFuture *
start_fiber (gpointer data)
{
  Place *place = data;
  g_autoptr (GError) error = NULL;
  RegieEngineStart *self;

  if (start_unit (place))
    self = g_object_new (REGIE_TYPE_ENGINE_START, NULL);
  else
    self = start_process (place, &error);

  return self != NULL ? dex_future_new_take_object (self)
                      : dex_future_new_for_error (g_steal_pointer (&error));
}

DexFuture *
regie_engine_start (const char *socket, const char *data_dir)
{
  Place *place = g_new0 (Place, 1);

  place->socket = g_strdup (socket);
  place->data_dir = g_strdup (data_dir);

  return dex_scheduler_spawn (NULL, 0, start_fiber, place, place_free);
}

/* --- how it went --- */

gboolean
regie_engine_start_has_ended (RegieEngineStart *self)
{
  return self->ended;
}

/* The last lines of the log, or NULL. A few hundred bytes of a file that was just written. */
static char *
read_tail (const char *path)
{
  g_autofree char *text = NULL, *valid = NULL;
  g_auto (GStrv) lines = NULL;
  gsize length;
  guint n;

  if (!g_file_get_contents (path, &text, &length, NULL))
    return NULL;
  valid = g_utf8_make_valid (length > LOG_TAIL ? text + length - LOG_TAIL : text, -1);
  g_strstrip (valid);
  if (*valid == '\0')
    return NULL;
  lines = g_strsplit (valid, "\n", -1);
  n = g_strv_length (lines);

  return g_strjoinv ("\n", lines + (n > LOG_LINES ? n - LOG_LINES : 0));
}

GError *
regie_engine_start_explain (RegieEngineStart *self, gboolean ended)
{
  g_autofree char *tail =
      self->log != NULL ? read_tail (self->log) : g_strdup ("systemctl --user status " UNIT " says more.");

  return g_error_new (REGIE_ERROR, REGIE_ERROR_FAILED, "%s%s%s",
                      ended ? "The engine ended at once." : "The engine does not answer.",
                      tail != NULL ? "\n" : "", tail != NULL ? tail : "");
}
