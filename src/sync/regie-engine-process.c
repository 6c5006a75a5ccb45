/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-sync"

#include "regie-engine-process.h"

#include <errno.h>
#include <signal.h>

#include "regie-backend.h"
#include "regie-config.h"
#include "regie-engine-start.h"
#include "regie-json.h"

#define START_US   (10 * G_TIME_SPAN_SECOND)
#define DRAIN_US   (60 * G_TIME_SPAN_SECOND)
#define FIRST_MS   20
#define LONGEST_MS 250

char *
regie_engine_process_default_socket (void)
{
  const char *set = g_getenv ("REGIE_ENGINE_SOCKET");

  if (set != NULL && *set != '\0')
    return g_strdup (set);

  return g_build_filename (g_get_user_runtime_dir (), "regie", "engine.sock", NULL);
}

char *
regie_engine_process_default_data_dir (void)
{
  const char *set = g_getenv ("REGIE_ENGINE_DATA");

  if (set != NULL && *set != '\0')
    return g_strdup (set);

  return g_build_filename (g_get_user_data_dir (), "regie", "engine", NULL);
}

char *
regie_engine_process_find_program (void)
{
  const char *set = g_getenv ("REGIE_ENGINE");
  g_autofree char *self = NULL, *folder = NULL, *beside = NULL;

  if (set != NULL && *set != '\0')
    return g_canonicalize_filename (set, NULL);

  self = g_file_read_link ("/proc/self/exe", NULL);
  if (self != NULL)
    {
      folder = g_path_get_dirname (self);
      beside = g_build_filename (folder, "regie-engine", NULL);
      if (g_file_test (beside, G_FILE_TEST_IS_EXECUTABLE))
        return g_steal_pointer (&beside);
    }

  return g_build_filename (REGIE_BINDIR, "regie-engine", NULL);
}

RegieBackend *
regie_engine_process_new_backend (const char *socket)
{
  g_autoptr (GPtrArray) profiles = regie_profiles_load_all (NULL);
  g_autoptr (GHashTable) endpoints = g_hash_table_new (g_str_hash, g_str_equal);
  g_autofree char *address = g_strconcat ("unix:", socket, NULL);

  g_hash_table_insert (endpoints, (gpointer) "api", address);

  return regie_backend_new (regie_profiles_find (profiles, "regie"), endpoints, REGIE_ENDPOINT_NONE);
}

/* --- is the one that answers good enough? --- */

/* Versions are numbers with dots between. */
static int
compare_versions (const char *a, const char *b)
{
  g_auto (GStrv) left = g_strsplit (a, ".", -1);
  g_auto (GStrv) right = g_strsplit (b, ".", -1);

  for (guint i = 0; left[i] != NULL || right[i] != NULL; i++)
    {
      gint64 l = left[i] != NULL ? g_ascii_strtoll (left[i], NULL, 10) : 0;
      gint64 r = right[i] != NULL ? g_ascii_strtoll (right[i], NULL, 10) : 0;

      if (l != r)
        return l < r ? -1 : 1;
      if (left[i] == NULL || right[i] == NULL)
        break;
    }

  return 0;
}

/* NULL: any of this version will do. */
static const char *own_build;
/* What the installed program turned out to be: starting it again would bring the same. */
static char *started_build;

void
regie_engine_process_set_build (const char *build)
{
  own_build = g_intern_string (build);
}

/* Another build of the same version is replaced too; a newer version serves us well. */
gboolean
regie_engine_process_is_current (JsonObject *health)
{
  const char *build = regie_json_get_text (health, "build", "");
  int order = compare_versions (regie_json_get_text (health, "version", "0"), REGIE_VERSION);

  if (order != 0)
    return order > 0;

  return own_build == NULL || g_str_equal (build, own_build) || g_strcmp0 (build, started_build) == 0;
}

static gboolean
is_gone (gint64 pid)
{
  return pid <= 1 || (kill ((pid_t) pid, 0) != 0 && errno == ESRCH);
}

/* Until PID is gone or the time is up. In a fiber. */
static gboolean
await_gone (gint64 pid)
{
  gint64 deadline = g_get_monotonic_time () + DRAIN_US;

  while (!is_gone (pid))
    {
      if (g_get_monotonic_time () > deadline)
        return FALSE;
      dex_await (dex_timeout_new_msec (LONGEST_MS / 5), NULL);
    }

  return TRUE;
}

typedef struct
{
  RegieBackend *backend;
  gint64 pid;
} Drain;

static void
drain_free (gpointer data)
{
  Drain *drain = data;

  g_object_unref (drain->backend);
  g_free (drain);
}

static DexFuture *
drain_fiber (gpointer data)
{
  Drain *drain = data;
  g_autoptr (GError) error = NULL;

  if (!dex_await (regie_backend_request (drain->backend, "drain", NULL, NULL), &error) &&
      !g_error_matches (error, REGIE_ERROR, REGIE_ERROR_UNREACHABLE) &&
      !g_error_matches (error, REGIE_ERROR, REGIE_ERROR_UNKNOWN))
    return dex_future_new_for_error (g_steal_pointer (&error));
  if (!await_gone (drain->pid))
    return dex_future_new_reject (REGIE_ERROR, REGIE_ERROR_FAILED,
                                  "The engine (process %" G_GINT64_FORMAT ") does not end.", drain->pid);

  return dex_future_new_true ();
}

DexFuture *
regie_engine_process_drain (RegieBackend *backend, JsonObject *health)
{
  Drain *drain = g_new0 (Drain, 1);

  drain->backend = g_object_ref (backend);
  drain->pid = regie_json_get_int (health, "pid", 0);

  return dex_scheduler_spawn (NULL, 0, drain_fiber, drain, drain_free);
}

/* --- making sure that there is one --- */

typedef struct
{
  char *socket, *data_dir;
} Ensure;

static void
ensure_free (gpointer data)
{
  Ensure *ensure = data;

  g_free (ensure->socket);
  g_free (ensure->data_dir);
  g_free (ensure);
}

/* Until it answers. A program that ended by itself may have found another one at work, which then answers. */
static JsonObject *
await_answer (RegieBackend *backend, RegieEngineStart *start, GError **error)
{
  gint64 deadline = g_get_monotonic_time () + START_US;
  guint pause = FIRST_MS;

  while (TRUE)
    {
      gboolean ended = regie_engine_start_has_ended (start);
      g_autoptr (GError) why = NULL;
      JsonObject *health = dex_await_boxed (regie_backend_probe (backend), &why);

      if (health != NULL)
        return health;
      if (!g_error_matches (why, REGIE_ERROR, REGIE_ERROR_UNREACHABLE))
        {
          g_propagate_error (error, g_steal_pointer (&why));
          return NULL;
        }
      if (ended || g_get_monotonic_time () > deadline)
        {
          g_propagate_error (error, regie_engine_start_explain (start, ended));
          return NULL;
        }
      dex_await (dex_timeout_new_msec (pause), NULL);
      pause = MIN (pause * 2, LONGEST_MS);
    }
}

static DexFuture *
ensure_fiber (gpointer data)
{
  Ensure *ensure = data;
  g_autoptr (RegieBackend) backend = regie_engine_process_new_backend (ensure->socket);
  g_autoptr (RegieEngineStart) start = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) health = dex_await_boxed (regie_backend_probe (backend), &error);

  if (health == NULL && !g_error_matches (error, REGIE_ERROR, REGIE_ERROR_UNREACHABLE))
    return dex_future_new_for_error (g_steal_pointer (&error));
  if (health != NULL && !regie_engine_process_is_current (health))
    {
      g_message ("The engine that runs is of build %s, this one is %s: replacing it",
                 regie_json_get_text (health, "build", "?"), own_build != NULL ? own_build : REGIE_VERSION);
      if (!dex_await (regie_engine_process_drain (backend, health), &error))
        return dex_future_new_for_error (g_steal_pointer (&error));
      g_clear_pointer (&health, json_object_unref);
    }

  if (health == NULL)
    {
      g_clear_error (&error);
      start = dex_await_object (regie_engine_start (ensure->socket, ensure->data_dir), &error);
      if (start != NULL)
        health = await_answer (backend, start, &error);
      if (health != NULL)
        g_set_str (&started_build, regie_json_get_text (health, "build", ""));
    }

  return health != NULL ? dex_future_new_take_boxed (JSON_TYPE_OBJECT, g_steal_pointer (&health))
                        : dex_future_new_for_error (g_steal_pointer (&error));
}

DexFuture *
regie_engine_process_ensure (const char *socket, const char *data_dir)
{
  Ensure *ensure;

  g_return_val_if_fail (socket != NULL, NULL);
  g_return_val_if_fail (data_dir != NULL, NULL);

  ensure = g_new0 (Ensure, 1);
  ensure->socket = g_strdup (socket);
  ensure->data_dir = g_strdup (data_dir);

  return dex_scheduler_spawn (NULL, 0, ensure_fiber, ensure, ensure_free);
}
