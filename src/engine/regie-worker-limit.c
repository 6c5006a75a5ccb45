/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-worker"

#include "regie-worker-private.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#  define WITH_SANITIZER 1
#else
#  define WITH_SANITIZER 0
#endif

#define PERIOD_US   (50 * 1000)
#define MAX_HOLD_US (1000 * 1000)

/* The watch over the processor time, where no control group does it: while a task runs, what the process used
 * is compared with its share each PERIOD, and the task thread is made to sleep for what it had too much. The
 * signal's handler does the sleeping, so that it works whatever the task does; the main thread goes on with
 * its heartbeats. */
static struct
{
  pthread_t task_thread;
  int percent; /* 0: no limit */
  GMutex lock;
  GCond woken;
  gboolean busy;
} watch;

static volatile sig_atomic_t hold_us;

static gint64
process_cpu_us (void)
{
  struct timespec used = { 0 };

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &used);

  return used.tv_sec * G_USEC_PER_SEC + used.tv_nsec / 1000;
}

static void
on_hold (int signal_number)
{
  int saved_errno = errno;
  int us = hold_us;
  struct timespec left = { .tv_sec = us / 1000000, .tv_nsec = (us % 1000000) * 1000L };

  while (nanosleep (&left, &left) != 0 && errno == EINTR)
    ;
  errno = saved_errno;
}

static void
wait_until_busy (void)
{
  g_mutex_lock (&watch.lock);
  while (!watch.busy)
    g_cond_wait (&watch.woken, &watch.lock);
  g_mutex_unlock (&watch.lock);
}

static gpointer
watch_thread (gpointer unused)
{
  for (;;)
    {
      gint64 cpu, wall, used, allowed;

      wait_until_busy ();
      cpu = process_cpu_us ();
      wall = g_get_monotonic_time ();
      g_usleep (PERIOD_US);
      used = process_cpu_us () - cpu;
      allowed = (g_get_monotonic_time () - wall) * watch.percent / 100;
      if (used <= allowed)
        continue;
      hold_us = (int) MIN ((used - allowed) * 100 / watch.percent, MAX_HOLD_US);
      pthread_kill (watch.task_thread, SIGUSR1);
      g_usleep (hold_us);
    }

  return NULL;
}

void
regie_worker_limit_set_task_thread (void)
{
  watch.task_thread = pthread_self ();
}

void
regie_worker_limit_set_busy (gboolean busy)
{
  if (watch.percent == 0)
    return;
  g_mutex_lock (&watch.lock);
  watch.busy = busy;
  g_cond_signal (&watch.woken);
  g_mutex_unlock (&watch.lock);
}

/* --- limits --- */

static char *
limit_cpu (int percent)
{
  struct sigaction action = { .sa_handler = on_hold, .sa_flags = SA_RESTART };

  if (percent <= 0)
    return g_strdup ("no processor limit");
  sigaction (SIGUSR1, &action, NULL);
  watch.percent = percent;
  g_thread_unref (g_thread_new ("limit", watch_thread, NULL));

  return g_strdup_printf ("processor %d %%, measured and held back by the worker itself", percent);
}

static char *
limit_memory (gint64 mib)
{
  struct rlimit limit = { .rlim_cur = mib * 1024 * 1024, .rlim_max = mib * 1024 * 1024 };

  if (mib <= 0)
    return g_strdup ("no memory limit");
  /* A sanitizer's own memory counts as data and would be over any limit at once. */
  if (WITH_SANITIZER || setrlimit (RLIMIT_DATA, &limit) != 0)
    return g_strdup_printf ("memory %" G_GINT64_FORMAT " MiB, measured at each heartbeat", mib);

  return g_strdup_printf ("memory %" G_GINT64_FORMAT " MiB, by the process's own limit", mib);
}

char *
regie_worker_limit (JsonObject *limits)
{
  struct rlimit none = { 0 };
  gint64 cpu = regie_json_get_int (limits, "cpu", 0);
  gint64 memory = regie_json_get_int (limits, "memory", 0);
  g_autofree char *cpu_text = NULL;
  g_autofree char *memory_text = NULL;

  setrlimit (RLIMIT_CORE, &none);
  prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (regie_json_get_bool (limits, "cgroup", FALSE))
    return g_strdup_printf ("by a control group: processor %" G_GINT64_FORMAT " %%, memory %" G_GINT64_FORMAT
                            " MiB (0: none)",
                            cpu, memory);
  cpu_text = limit_cpu ((int) CLAMP (cpu, 0, 6400));
  memory_text = limit_memory (memory);

  return g_strdup_printf ("without a control group (none was delegated to the engine): %s; %s", cpu_text,
                          memory_text);
}

/* --- figures --- */

gint64
regie_worker_get_cpu (void)
{
  return process_cpu_us () / 1000;
}

gint64
regie_worker_get_memory (void)
{
  g_autofree char *text = NULL;
  long total, resident, shared;

  if (!g_file_get_contents ("/proc/self/statm", &text, NULL, NULL) ||
      sscanf (text, "%ld %ld %ld", &total, &resident, &shared) != 3)
    return 0;

  /* Program and libraries are shared by all workers; what counts is the worker's own. */
  return MAX (resident - shared, 0) * (sysconf (_SC_PAGESIZE) / 1024);
}
