/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What `regie --no-display` says: the Digital Humans of this computer's engine as a table, and how to get the
 * window. */

#include <glib/gi18n.h>

#include "regie-application.h"
#include "regie-backend.h"
#include "regie-cause.h"
#include "regie-engine-process.h"
#include "regie-engine-start.h"
#include "regie-format.h"
#include "regie-json.h"
#include "regie-text.h"

#define MOST_ROWS 200

typedef struct
{
  GMainLoop *loop;
  gboolean from_source;
  int status;
} Run;

static void
print_cell (const char *text, int width)
{
  g_autofree char *visible = regie_text_visible (text, FALSE);
  g_autofree char *shortened = regie_text_shorten (visible, width);
  int pad = width - (int) g_utf8_strlen (shortened, -1);

  g_print ("%s%*s  ", shortened, MAX (0, pad), "");
}

static const char *
find_name (JsonArray *workspaces, const char *id)
{
  for (guint i = 0; i < json_array_get_length (workspaces); i++)
    {
      JsonObject *workspace = json_array_get_object_element (workspaces, i);

      if (g_strcmp0 (regie_json_get_text (workspace, "id", NULL), id) == 0)
        return regie_json_get_text (workspace, "name", "");
    }

  return "";
}

static void
print_row (JsonObject *human, JsonArray *workspaces)
{
  const RegieField *state = regie_kind_find_field (regie_kind_get ("digital-human"), "state");
  g_autofree char *word = regie_format_value (state, json_object_get_member (human, "state"));
  g_autofree char *tasks = g_strdup_printf ("%" G_GINT64_FORMAT, regie_json_get_int (human, "tasks_day", 0));
  g_autofree char *cause = regie_cause_read (human, "cause");
  g_autofree char *errors =
      g_strdup_printf ("%" G_GINT64_FORMAT, regie_json_get_int (human, "errors_day", 0));

  print_cell (regie_json_get_text (human, "name", ""), 24);
  print_cell (find_name (workspaces, regie_json_get_text (human, "workspace", NULL)), 20);
  print_cell (word, 12);
  print_cell (tasks, 12);
  print_cell (errors, 12);
  g_print ("%s\n", cause != NULL ? cause : "");
}

static gboolean
print_table (RegieBackend *backend, GError **error)
{
  g_autoptr (JsonObject) workspaces = dex_await_boxed (
      regie_backend_list (backend, regie_kind_get ("workspace"), NULL, NULL, MOST_ROWS), error);
  g_autoptr (JsonObject) humans = NULL;
  JsonArray *items;

  if (workspaces == NULL)
    return FALSE;
  humans = dex_await_boxed (
      regie_backend_list (backend, regie_kind_get ("digital-human"), NULL, NULL, MOST_ROWS), error);
  if (humans == NULL)
    return FALSE;

  print_cell (_ ("Digital Human"), 24);
  print_cell (_ ("Workspace"), 20);
  print_cell (_ ("State"), 12);
  print_cell (_ ("Tasks, 24 h"), 12);
  print_cell (_ ("Errors, 24 h"), 12);
  g_print ("%s\n", _ ("Cause"));
  items = regie_json_get_array (humans, "items");
  for (guint i = 0; i < json_array_get_length (items); i++)
    print_row (json_array_get_object_element (items, i), regie_json_get_array (workspaces, "items"));
  if (json_array_get_length (items) == 0)
    g_print ("%s\n", _ ("There is no Digital Human yet."));

  return TRUE;
}

/* A first run has the sample workspace, as the window would make it. */
static void
add_sample (RegieBackend *backend)
{
  g_autofree char *store = regie_application_dup_store_dir ();
  g_autoptr (JsonObject) workspaces = NULL;

  if (g_file_test (store, G_FILE_TEST_EXISTS))
    return;
  workspaces =
      dex_await_boxed (regie_backend_list (backend, regie_kind_get ("workspace"), NULL, NULL, 1), NULL);
  if (workspaces != NULL && regie_json_get_int (workspaces, "total", 0) == 0)
    dex_await (regie_backend_request (backend, "sample", NULL, NULL), NULL);
}

static DexFuture *
run_fiber (gpointer data)
{
  Run *self = data;
  g_autofree char *socket = regie_engine_process_default_socket ();
  g_autofree char *data_dir = regie_engine_process_default_data_dir ();
  g_autoptr (RegieBackend) backend = regie_engine_process_new_backend (socket);
  g_autoptr (GError) error = NULL;

  self->status = 1;
  if (dex_await (regie_engine_process_ensure (socket, data_dir), &error))
    {
      add_sample (backend);
      if (print_table (backend, &error))
        {
          self->status = 0;
          g_print ("\n%s\n%s\n", _ ("The engine is running. To get the window, run this in a desktop,"),
                   _ ("or set DISPLAY or WAYLAND_DISPLAY."));
          if (self->from_source)
            g_print ("%s\n", _ ("It also opens in a browser: make run BROWSER=1"));
        }
    }
  if (error != NULL)
    g_printerr ("regie: %s\n", error->message);
  g_main_loop_quit (self->loop);

  return NULL;
}

int
regie_headless_run (gboolean from_source)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Run run = { .loop = loop, .from_source = from_source };

  dex_future_disown (dex_scheduler_spawn (NULL, 0, run_fiber, &run, NULL));
  g_main_loop_run (loop);

  return run.status;
}
