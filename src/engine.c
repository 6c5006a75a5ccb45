/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <locale.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/regie-error.h"
#include "engine/regie-api.h"
#include "engine/regie-engine-log.h"
#include "engine/regie-engine-store.h"
#include "engine/regie-folder.h"
#include "engine/regie-supervisor.h"
#include "regie-build-id.h"
#include "regie-config.h"

/* main() of the engine; and, with --worker, of one Digital Human's process. */

/* As sysexits.h has them: try again later, and a wrong call. */
#define EXIT_TEMPORARY 75
#define EXIT_USAGE     64

#define PRUNE_S      3600
#define WANTED_FILES 16384

typedef struct
{
  char *data_dir, *socket, *log_level;
  int worker; /* -1: none */
  gboolean version;
} Options;

typedef struct
{
  Options options;
  int lock;
  GMainLoop *loop;
  RegieEngineStore *store;
  RegieSupervisor *supervisor;
  RegieApi *api;
  gboolean is_draining;
} Engine;

static gboolean
read_options (Options *options, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "data-dir", 0, 0, G_OPTION_ARG_FILENAME, &options->data_dir, "Where everything is kept", "DIR" },
    { "socket", 0, 0, G_OPTION_ARG_FILENAME, &options->socket, "The Unix socket to listen on", "PATH" },
    { "log-level", 0, 0, G_OPTION_ARG_STRING, &options->log_level, "error, warning, message, info or debug",
      "LEVEL" },
    { "worker", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_INT, &options->worker, NULL, "FD" },
    { "version", 0, 0, G_OPTION_ARG_NONE, &options->version, "Print the version", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("- runs Digital Humans");

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (*argc > 1)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "“%s” is not understood", (*argv)[1]);
      return FALSE;
    }
  if (options->data_dir == NULL)
    options->data_dir = g_build_filename (g_get_user_data_dir (), "regie", "engine", NULL);
  if (options->socket == NULL)
    options->socket = g_build_filename (g_get_user_runtime_dir (), "regie", "engine.sock", NULL);
  if (options->log_level == NULL)
    options->log_level = g_strdup ("message");

  return TRUE;
}

static void
options_clear (Options *options)
{
  g_free (options->data_dir);
  g_free (options->socket);
  g_free (options->log_level);
}

/* No core, no look inside by other processes of the user, and files for all connections there may be. */
static void
harden (void)
{
  struct rlimit files;
  const struct rlimit no_core = { 0, 0 };

  umask (077);
  signal (SIGPIPE, SIG_IGN);
  prctl (PR_SET_DUMPABLE, 0);
  setrlimit (RLIMIT_CORE, &no_core);
  if (getrlimit (RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < WANTED_FILES)
    {
      files.rlim_cur = MIN (files.rlim_max, WANTED_FILES);
      setrlimit (RLIMIT_NOFILE, &files);
    }
}

/* --- the data folder --- */

static gboolean
refuse (GError **error, const char *path, const char *attempted, int code)
{
  g_set_error (error, REGIE_ERROR,
               code == ENOSPC        ? REGIE_ERROR_FULL
               : code == EWOULDBLOCK ? REGIE_ERROR_LOCKED
                                     : REGIE_ERROR_READ_ONLY,
               "Cannot %s %s: %s", attempted, path, g_strerror (code));

  return FALSE;
}

static gboolean
prepare_folder (const char *path, GError **error)
{
  GStatBuf info;

  if (!regie_folder_make (path, error))
    return FALSE;
  if (g_stat (path, &info) != 0)
    return refuse (error, path, "look at the folder", errno);
  if (!S_ISDIR (info.st_mode))
    return refuse (error, path, "use the folder", ENOTDIR);
  if ((info.st_mode & 077) != 0 && g_chmod (path, 0700) != 0)
    return refuse (error, path, "keep others out of the folder", errno);

  return TRUE;
}

/* An exclusive lock on DATA_DIR/lock for as long as the engine lives, with its pid inside. */
static int
lock_folder (const char *data_dir, GError **error)
{
  g_autofree char *path = g_build_filename (data_dir, "lock", NULL);
  g_autofree char *pid = g_strdup_printf ("%d\n", (int) getpid ());
  g_autofd int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  char owner[32] = "";

  if (fd < 0)
    {
      refuse (error, path, "write", errno);
      return -1;
    }
  if (flock (fd, LOCK_EX | LOCK_NB) != 0)
    {
      if (errno != EWOULDBLOCK)
        {
          refuse (error, path, "lock", errno);
          return -1;
        }
      if (pread (fd, owner, sizeof owner - 1, 0) < 0)
        owner[0] = '\0';
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_LOCKED,
                   "Another engine (pid %s) uses %s. Stop it first, or choose another --data-dir",
                   *g_strstrip (owner) != '\0' ? owner : "unknown", data_dir);
      return -1;
    }
  if (ftruncate (fd, 0) != 0 || pwrite (fd, pid, strlen (pid), 0) != (gssize) strlen (pid))
    {
      refuse (error, path, "write", errno);
      return -1;
    }

  return g_steal_fd (&fd);
}

static gboolean
open_log (const Options *options, GError **error)
{
  g_autofree char *folder = g_build_filename (options->data_dir, "logs", NULL);
  g_autofree char *path = g_build_filename (folder, "engine.log", NULL);

  return regie_folder_make (folder, error) && regie_engine_log_open (path, options->log_level, error);
}

/* --- life --- */

static DexFuture *
on_drained (DexFuture *future, gpointer data)
{
  Engine *self = data;
  g_autoptr (GError) error = NULL;

  if (dex_future_get_value (future, &error) == NULL)
    g_warning ("Not everything could be ended: %s", error->message);
  g_main_loop_quit (self->loop);

  return NULL;
}

static void
drain (Engine *self)
{
  if (self->is_draining)
    return;
  self->is_draining = TRUE;
  g_message ("Ending: workers are stopped, what was wanted is kept");
  dex_future_disown (dex_future_finally (regie_supervisor_drain (self->supervisor), on_drained, self, NULL));
}

static gboolean
on_signal (gpointer data)
{
  drain (data);

  return G_SOURCE_CONTINUE;
}

static gboolean
on_drain_asked (gpointer data)
{
  drain (data);

  return G_SOURCE_REMOVE;
}

/* A moment later, so that the client who asked gets its answer. */
static void
on_api_drain (RegieApi *api, gpointer data)
{
  g_timeout_add (100, on_drain_asked, data);
}

static DexFuture *
on_pruned (DexFuture *future, gpointer data)
{
  g_autoptr (GError) error = NULL;

  if (dex_future_get_value (future, &error) == NULL)
    g_message ("What is past its time could not be removed: %s", error->message);

  return NULL;
}

static gboolean
on_prune (gpointer data)
{
  Engine *self = data;

  dex_future_disown (dex_future_finally (regie_engine_store_prune (self->store), on_pruned, NULL, NULL));

  return G_SOURCE_CONTINUE;
}

/* Only now is what the records say of processes true: nobody reads of one that is gone. */
static DexFuture *
on_resumed (DexFuture *future, gpointer data)
{
  Engine *self = data;
  g_autoptr (GError) error = NULL;

  if (dex_future_get_value (future, &error) == NULL)
    g_warning ("Not everything that ran before could be started: %s", error->message);
  regie_api_serve (self->api);
  g_message ("listening on unix:%s, data in %s, pid %d, version %s (%s)", self->options.socket,
             self->options.data_dir, (int) getpid (), REGIE_VERSION, REGIE_BUILD_ID);
  on_prune (self);

  return NULL;
}

static char *
own_program (void)
{
  g_autoptr (GError) error = NULL;
  char *program = g_file_read_link ("/proc/self/exe", &error);

  return program != NULL ? program : g_strdup (REGIE_BINDIR "/regie-engine");
}

static gboolean
set_up (Engine *self, GError **error)
{
  g_autofree char *program = own_program ();

  if (!prepare_folder (self->options.data_dir, error))
    return FALSE;
  self->lock = lock_folder (self->options.data_dir, error);
  if (self->lock < 0 || !open_log (&self->options, error))
    return FALSE;
  self->store = regie_engine_store_open (self->options.data_dir, NULL, error);
  if (self->store == NULL)
    return FALSE;
  self->supervisor = regie_supervisor_new (self->store, program);
  self->api = regie_api_new (self->store, self->supervisor);
  regie_api_set_build (self->api, REGIE_BUILD_ID);

  return regie_api_listen (self->api, self->options.socket, error);
}

static void
run (Engine *self)
{
  self->loop = g_main_loop_new (NULL, FALSE);
  g_unix_signal_add (SIGTERM, on_signal, self);
  g_unix_signal_add (SIGINT, on_signal, self);
  g_signal_connect (self->api, "drain", G_CALLBACK (on_api_drain), self);
  g_timeout_add_seconds (PRUNE_S, on_prune, self);
  dex_future_disown (dex_future_finally (regie_supervisor_resume (self->supervisor), on_resumed, self, NULL));
  g_main_loop_run (self->loop);
}

static void
tear_down (Engine *self)
{
  if (self->api != NULL)
    regie_api_stop (self->api);
  /* What is under way takes notice of the end. */
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_clear_object (&self->api);
  g_clear_object (&self->supervisor);
  if (self->store != NULL)
    regie_engine_store_close (self->store);
  g_clear_object (&self->store);
  g_clear_pointer (&self->loop, g_main_loop_unref);
  if (self->lock >= 0)
    close (self->lock);
}

static int
status_of (const GError *error)
{
  return g_error_matches (error, REGIE_ERROR, REGIE_ERROR_LOCKED) ? EXIT_TEMPORARY : EXIT_FAILURE;
}

int
main (int argc, char **argv)
{
  Engine self = { .options.worker = -1, .lock = -1 };
  g_autoptr (GError) error = NULL;
  int status = EXIT_SUCCESS;

  setlocale (LC_ALL, "");
  if (!read_options (&self.options, &argc, &argv, &error))
    {
      g_printerr ("regie-engine: %s\n", error->message);
      options_clear (&self.options);
      return EXIT_USAGE;
    }
  if (self.options.version)
    g_print ("regie-engine %s (%s)\n", REGIE_VERSION, REGIE_BUILD_ID);
  else if (self.options.worker >= 0)
    status = regie_worker_run (self.options.worker);
  else
    {
      harden ();
      if (set_up (&self, &error))
        run (&self);
      else
        {
          g_printerr ("regie-engine: %s\n", error->message);
          status = status_of (error);
        }
      tear_down (&self);
    }
  options_clear (&self.options);

  return status;
}
