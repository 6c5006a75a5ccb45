/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The dashboard without its window, editing without pause, for regie-kill-loop: what it begins and what was
 * acknowledged goes, a line each, to the pipe that outlives it. Usage: regie-editor edit|settle STORE SOCKET
 * DATA FD FIRST */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "regie-connection.h"
#include "regie-json.h"
#include "regie-store.h"

typedef struct
{
  GMainLoop *loop;
  RegieStore *store;
  RegieConnections *connections;
  GPtrArray *keys;
  char *workspace;
  int fd;
  guint next;
} Editor;

static void tell (Editor *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
tell (Editor *self, const char *format, ...)
{
  g_autofree char *line = NULL;
  va_list args;

  va_start (args, format);
  line = g_strdup_vprintf (format, args);
  va_end (args);
  /* Short writes to a pipe are whole or not at all. */
  if (write (self->fd, line, strlen (line)) < 0)
    exit (2);
}

static const RegieKind *
human_kind (void)
{
  return regie_kind_get ("digital-human");
}

static void
create_one (Editor *self)
{
  guint number = self->next++;
  g_autofree char *name = g_strdup_printf ("n%u", number);
  g_autoptr (JsonObject) fields =
      regie_json_object_new ("name", 's', name, "workspace", 's', self->workspace, NULL);
  g_autofree char *key = NULL;

  tell (self, "begin create %u\n", number);
  key = dex_await_string (regie_store_create (self->store, "local", human_kind (), fields, 0), NULL);
  if (key == NULL)
    return;
  tell (self, "ack create %u\n", number);
  g_ptr_array_add (self->keys, g_strdup_printf ("%s %s", key, name));
}

static void
change_one (Editor *self, gboolean delete)
{
  guint at = g_random_int_range (0, self->keys->len);
  g_auto (GStrv) words = g_strsplit (g_ptr_array_index (self->keys, at), " ", 2);
  guint number = self->next++;
  g_autofree char *value = g_strdup_printf ("v%u", number);
  g_autoptr (JsonObject) patch = regie_json_object_new ("description", 's', value, NULL);
  const char *op = delete ? "delete" : "update";

  tell (self, "begin %s %s %u\n", op, words[1] + 1, number);
  if (delete)
    {
      if (!dex_await (regie_store_delete (self->store, human_kind (), words[0], 0), NULL))
        return;
      g_ptr_array_remove_index (self->keys, at);
    }
  else if (!dex_await (regie_store_update (self->store, human_kind (), words[0], patch, 0), NULL))
    {
      return;
    }
  tell (self, "ack %s %s %u\n", op, words[1] + 1, number);
}

/* What is there already, from the store: keys with their names. */
static void
load_keys (Editor *self)
{
  g_autoptr (RegieQuery) query = regie_query_new (human_kind ());
  g_autoptr (GPtrArray) records = dex_await_boxed (regie_store_fetch (self->store, query, 100000), NULL);

  for (guint i = 0; records != NULL && i < records->len; i++)
    {
      RegieRecord *record = g_ptr_array_index (records, i);
      const char *name = regie_record_get_text (record, "name");

      if (name != NULL && name[0] == 'n')
        g_ptr_array_add (self->keys, g_strdup_printf ("%s %s", regie_record_get_key (record), name));
    }
}

static gboolean
find_workspace (Editor *self)
{
  g_autoptr (RegieQuery) query = regie_query_new (regie_kind_get ("workspace"));
  g_autoptr (GPtrArray) records = NULL;
  RegieRecord *record;

  records = dex_await_boxed (regie_store_fetch (self->store, query, 1), NULL);
  if (records == NULL || records->len == 0)
    return FALSE;
  record = g_ptr_array_index (records, 0);
  if (regie_record_get_remote_id (record) == NULL)
    return FALSE;
  self->workspace = g_strdup (regie_record_get_remote_id (record));

  return TRUE;
}

static void
ensure_workspace (Editor *self)
{
  g_autoptr (JsonObject) fields = regie_json_object_new ("name", 's', "kill loop", NULL);

  if (find_workspace (self))
    return;
  dex_await (regie_store_create (self->store, "local", regie_kind_get ("workspace"), fields, 0), NULL);
  while (!find_workspace (self))
    dex_await (dex_timeout_new_msec (20), NULL);
}

static DexFuture *
edit_fiber (gpointer data)
{
  Editor *self = data;

  ensure_workspace (self);
  load_keys (self);
  tell (self, "ready\n");
  for (;;)
    {
      guint dice = g_random_int_range (0, 10);

      if (self->keys->len < 5 || dice < 4)
        create_one (self);
      else
        change_one (self, dice == 9);
      dex_await (dex_timeout_new_msec (g_random_int_range (0, 4)), NULL);
    }

  return NULL;
}

/* Sends what is left, then tells what the engine itself has. */
static DexFuture *
settle_fiber (gpointer data)
{
  Editor *self = data;
  RegieConnection *local = regie_connections_get (self->connections, "local");
  RegieBackend *backend = regie_connection_get_backend (local);
  g_autofree char *cursor = NULL;

  while (regie_connection_get_state (local) != REGIE_CONNECTION_ONLINE)
    dex_await (dex_timeout_new_msec (20), NULL);
  dex_await (regie_connections_flush (self->connections), NULL);
  do
    {
      g_autoptr (JsonObject) page =
          dex_await_boxed (regie_backend_list (backend, human_kind (), NULL, cursor, 1000), NULL);
      JsonArray *items = regie_json_get_array (page, "items");

      for (guint i = 0; items != NULL && i < json_array_get_length (items); i++)
        {
          JsonObject *item = json_array_get_object_element (items, i);

          tell (self, "has %s %s\n", regie_json_get_text (item, "name", "?") + 1,
                regie_json_get_text (item, "description", "-"));
        }
      g_set_str (&cursor, regie_json_get_text (page, "next", NULL));
    }
  while (cursor != NULL);
  tell (self, "settled\n");
  dex_await (regie_connections_shutdown (self->connections, FALSE), NULL);
  g_main_loop_quit (self->loop);

  return NULL;
}

int
main (int argc, char **argv)
{
  Editor self = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (argc, ==, 7);
  dex_init ();
  self.loop = g_main_loop_new (NULL, FALSE);
  self.fd = atoi (argv[5]);
  self.next = atoi (argv[6]);
  self.keys = g_ptr_array_new_with_free_func (g_free);
  self.store = regie_store_open (argv[2], NULL, &error);
  if (self.store == NULL)
    {
      g_printerr ("editor: %s\n", error->message);
      return 3;
    }
  self.connections = regie_connections_new (self.store, argv[3], argv[4], TRUE);
  dex_future_disown (
      dex_scheduler_spawn (NULL, 0, g_str_equal (argv[1], "edit") ? edit_fiber : settle_fiber, &self, NULL));
  g_main_loop_run (self.loop);
  g_clear_object (&self.connections);
  regie_store_close (self.store);

  return 0;
}
