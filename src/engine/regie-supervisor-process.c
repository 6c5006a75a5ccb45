/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-supervisor-private.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKER_FD 3

/* What a worker needs to find its libraries, zones and certificates, and what developers set. No secret is
 * ever in it: any process of the user can read it. */
static const char *const passed_on[] = { "LANG",           "LC_ALL",          "TZ",
                                         "TMPDIR",         "LD_LIBRARY_PATH", "GIO_EXTRA_MODULES",
                                         "GIO_MODULE_DIR", "SSL_CERT_DIR",    "SSL_CERT_FILE",
                                         "G_DEBUG",        "G_SLICE",         "ASAN_OPTIONS",
                                         "LSAN_OPTIONS",   "UBSAN_OPTIONS",   NULL };

static char **
make_environment (void)
{
  char **environment = g_new0 (char *, 3);

  environment[0] = g_strdup ("PATH=/usr/local/bin:/usr/bin:/bin");
  environment[1] = g_strdup ("GIO_USE_VFS=local");
  for (guint i = 0; passed_on[i] != NULL; i++)
    {
      const char *value = g_getenv (passed_on[i]);

      if (value != NULL)
        environment = g_environ_setenv (environment, passed_on[i], value, TRUE);
    }

  return environment;
}

static int
set_attributes (posix_spawnattr_t *attributes)
{
  sigset_t none, all;
  int code;

  sigemptyset (&none);
  sigfillset (&all);
  sigdelset (&all, SIGKILL);
  sigdelset (&all, SIGSTOP);
  code = posix_spawnattr_setflags (attributes,
                                   POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  if (code == 0)
    code = posix_spawnattr_setpgroup (attributes, 0);
  if (code == 0)
    code = posix_spawnattr_setsigmask (attributes, &none);
  if (code == 0)
    code = posix_spawnattr_setsigdefault (attributes, &all);

  return code;
}

static int
spawn (const char *program, int fd, pid_t *pid)
{
  g_autofree char *number = g_strdup_printf ("%d", WORKER_FD);
  char *argv[] = { (char *) program, (char *) "--worker", number, NULL };
  g_auto (GStrv) environment = make_environment ();
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int code;

  posix_spawn_file_actions_init (&actions);
  posix_spawnattr_init (&attributes);
  code = posix_spawn_file_actions_addopen (&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (code == 0)
    code = posix_spawn_file_actions_addopen (&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  if (code == 0)
    code = posix_spawn_file_actions_adddup2 (&actions, fd, WORKER_FD);
  if (code == 0)
    code = posix_spawn_file_actions_addclosefrom_np (&actions, WORKER_FD + 1);
  if (code == 0)
    code = set_attributes (&attributes);
  if (code == 0)
    code = posix_spawn (pid, program, &actions, &attributes, argv, environment);
  posix_spawn_file_actions_destroy (&actions);
  posix_spawnattr_destroy (&attributes);

  return code;
}

gboolean
regie_process_spawn (const char *program, GPid *pid, int *fd, GError **error)
{
  int ends[2];
  int code;

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    {
      regie_cause_set_error (error, REGIE_ERROR_FAILED, NULL,
                             regie_cause_new ("no-control-socket",
                                              regie_json_object_new ("why", 's', g_strerror (errno), NULL)));
      return FALSE;
    }
  code = spawn (program, ends[1], pid);
  close (ends[1]);
  if (code != 0)
    {
      close (ends[0]);
      regie_cause_set_error (
          error, REGIE_ERROR_FAILED, NULL,
          regie_cause_new ("start-failed", regie_json_object_new ("program", 's', program, "why", 's',
                                                                  g_strerror (code), NULL)));
      return FALSE;
    }
  *fd = ends[0];

  return TRUE;
}

JsonObject *
regie_process_describe_end (int wait_status)
{
  if (WIFSIGNALED (wait_status))
    return regie_cause_new (
        "process-signal", regie_json_object_new ("signal", 'i', (gint64) WTERMSIG (wait_status), "name", 's',
                                                 g_strsignal (WTERMSIG (wait_status)), NULL));
  if (WIFEXITED (wait_status) && WEXITSTATUS (wait_status) == 0)
    return regie_cause_new ("process-ended", NULL);

  return regie_cause_new (
      "process-status",
      regie_json_object_new ("status", 'i',
                             (gint64) (WIFEXITED (wait_status) ? WEXITSTATUS (wait_status) : -1), NULL));
}
