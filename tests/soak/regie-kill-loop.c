/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Kills the dashboard's part and the engine at random moments while it edits, and is the witness: what was
 * acknowledged must be there once in the end, what was not may be there once. Usage: regie-kill-loop EDITOR
 * KILLS SEED; REGIE_ENGINE names the engine. */

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct
{
  gboolean created;     /* acknowledged */
  gboolean deleted;     /* acknowledged */
  gboolean may_be_gone; /* a delete was begun */
  guint acked_value;    /* number of the last acknowledged update, 0 none */
  GArray *later_values; /* begun after that one */
  guint n_found;
  char *found_value;
} Thing;

typedef struct
{
  const char *editor;
  char *dir, *store, *socket, *data;
  GHashTable *things; /* number → Thing */
  GString *rest;
  int fd;
  pid_t pid;
  guint next;
  gboolean ready, settled, in_flight;
  guint n_in_flight, n_editor_kills, n_engine_kills;
} Witness;

static Thing *
get_thing (Witness *self, guint number)
{
  Thing *thing = g_hash_table_lookup (self->things, GUINT_TO_POINTER (number));

  if (thing == NULL)
    {
      thing = g_new0 (Thing, 1);
      thing->later_values = g_array_new (FALSE, FALSE, sizeof (guint));
      g_hash_table_insert (self->things, GUINT_TO_POINTER (number), thing);
    }

  return thing;
}

static void
note_update (Thing *thing, guint value, gboolean ack)
{
  if (!ack)
    {
      g_array_append_val (thing->later_values, value);
      return;
    }
  thing->acked_value = value;
  g_array_set_size (thing->later_values, 0);
}

static void
hear (Witness *self, const char *line)
{
  char word[16], op[16], text[64];
  guint number, value = 0;

  if (sscanf (line, "has %u %63s", &number, text) == 2)
    {
      Thing *thing = get_thing (self, number);

      thing->n_found++;
      g_set_str (&thing->found_value, text);
      return;
    }
  self->ready |= g_str_equal (line, "ready");
  self->settled |= g_str_equal (line, "settled");
  if (sscanf (line, "%15s %15s %u %u", word, op, &number, &value) < 3)
    return;

  self->in_flight = g_str_equal (word, "begin");
  self->next = MAX (self->next, MAX (number, value) + 1);
  if (g_str_equal (op, "create"))
    get_thing (self, number)->created |= !self->in_flight;
  else if (g_str_equal (op, "delete"))
    {
      get_thing (self, number)->may_be_gone = TRUE;
      get_thing (self, number)->deleted |= !self->in_flight;
    }
  else
    note_update (get_thing (self, number), value, !self->in_flight);
}

/* Reads what is there within TIMEOUT_MS; FALSE at the pipe's end. */
static gboolean
listen_for (Witness *self, int timeout_ms)
{
  struct pollfd poll_fd = { .fd = self->fd, .events = POLLIN };
  char buffer[4096], *end;
  gssize n;

  if (poll (&poll_fd, 1, timeout_ms) <= 0)
    return TRUE;
  n = read (self->fd, buffer, sizeof buffer);
  if (n <= 0)
    return FALSE;
  g_string_append_len (self->rest, buffer, n);
  while ((end = strchr (self->rest->str, '\n')) != NULL)
    {
      g_autofree char *line = g_strndup (self->rest->str, end - self->rest->str);

      g_string_erase (self->rest, 0, end - self->rest->str + 1);
      hear (self, line);
    }

  return TRUE;
}

static void
spawn (Witness *self, const char *mode)
{
  g_autofree char *fd = NULL, *next = g_strdup_printf ("%u", self->next);
  int fds[2];

  g_assert_true (g_unix_open_pipe (fds, 0, NULL));
  fcntl (fds[0], F_SETFD, FD_CLOEXEC);
  fd = g_strdup_printf ("%d", fds[1]);
  g_string_truncate (self->rest, 0);
  self->ready = self->in_flight = FALSE;
  self->pid = fork ();
  if (self->pid == 0)
    {
      execl (self->editor, self->editor, mode, self->store, self->socket, self->data, fd, next, NULL);
      _exit (127);
    }
  close (fds[1]);
  self->fd = fds[0];
}

static void
kill_editor (Witness *self)
{
  kill (self->pid, SIGKILL);
  waitpid (self->pid, NULL, 0);
  /* What it had written before it died still counts; an engine it started may hold the pipe's other end. */
  fcntl (self->fd, F_SETFL, O_NONBLOCK);
  for (int i = 0; i < 50 && listen_for (self, 2); i++)
    ;
  close (self->fd);
  self->n_editor_kills++;
}

/* The lock file of the engine's folder begins with its pid. */
static pid_t
find_engine (Witness *self)
{
  g_autofree char *lock = g_build_filename (self->data, "lock", NULL);
  g_autofree char *text = NULL;

  return g_file_get_contents (lock, &text, NULL, NULL) ? atoi (text) : 0;
}

static void
kill_engine (Witness *self)
{
  pid_t pid = find_engine (self);
  g_autofree char *exe = g_strdup_printf ("/proc/%d/exe", pid);
  g_autofree char *program = pid > 1 ? g_file_read_link (exe, NULL) : NULL;

  /* A pid that was given to somebody else in the meantime is left alone. */
  if (program == NULL || !g_str_has_suffix (program, "regie-engine"))
    return;
  kill (pid, SIGKILL);
  self->n_engine_kills++;
}

static guint
judge (Witness *self)
{
  GHashTableIter iter;
  gpointer number, value;
  guint n_faults = 0;

  g_hash_table_iter_init (&iter, self->things);
  while (g_hash_table_iter_next (&iter, &number, &value))
    {
      Thing *thing = value;
      gboolean value_fine = thing->acked_value == 0;
      const char *fault = NULL;

      if (thing->found_value != NULL && thing->found_value[0] == 'v')
        {
          guint found = atoi (thing->found_value + 1);

          value_fine = found == thing->acked_value;
          for (guint i = 0; i < thing->later_values->len; i++)
            value_fine |= found == g_array_index (thing->later_values, guint, i);
        }
      if (thing->n_found > 1)
        fault = "doubled";
      else if (thing->created && !thing->may_be_gone && thing->n_found == 0)
        fault = "lost";
      else if (thing->deleted && thing->n_found > 0)
        fault = "back from the dead";
      else if (thing->n_found == 1 && !value_fine)
        fault = "an acknowledged edit is missing";
      if (fault != NULL)
        {
          g_print ("# n%u: %s (found %u, value %s, acknowledged v%u)\n", GPOINTER_TO_UINT (number), fault,
                   thing->n_found, thing->found_value, thing->acked_value);
          n_faults++;
        }
    }

  return n_faults;
}

static void
remove_folder (Witness *self)
{
  const char *argv[] = { "rm", "-rf", self->dir, NULL };

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
}

int
main (int argc, char **argv)
{
  Witness self = { 0 };
  guint n_kills, n_faults, percent;
  guint32 seed;
  g_autoptr (GRand) rand = NULL;
  gint64 end;

  g_assert_cmpint (argc, ==, 4);
  signal (SIGPIPE, SIG_IGN);
  self.editor = argv[1];
  n_kills = atoi (argv[2]);
  seed = g_str_equal (argv[3], "random") ? g_random_int () : (guint32) g_ascii_strtoull (argv[3], NULL, 10);
  rand = g_rand_new_with_seed (seed);
  self.dir = g_dir_make_tmp ("regie-kill-XXXXXX", NULL);
  self.store = g_build_filename (self.dir, "store", NULL);
  self.socket = g_build_filename (self.dir, "run", "engine.sock", NULL);
  self.data = g_build_filename (self.dir, "engine", NULL);
  self.things = g_hash_table_new (NULL, NULL);
  self.rest = g_string_new (NULL);
  self.next = 1;
  g_print ("# seed %u, %u kills\n", seed, n_kills);

  spawn (&self, "edit");
  while (self.n_editor_kills + self.n_engine_kills < n_kills)
    {
      end = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;
      while (!self.ready && g_get_monotonic_time () < end)
        {
          if (!listen_for (&self, 20))
            g_error ("the editor ended by itself");
        }
      if (!self.ready)
        g_error ("the editor is not ready after 20 s (is REGIE_ENGINE the engine?)");
      end = g_get_monotonic_time () + g_rand_int_range (rand, 5, 250) * 1000;
      while (g_get_monotonic_time () < end && listen_for (&self, 1))
        ;
      if (g_rand_int_range (rand, 0, 3) == 0)
        {
          self.n_in_flight += self.in_flight;
          kill_engine (&self);
        }
      else
        {
          kill_editor (&self);
          self.n_in_flight += self.in_flight;
          spawn (&self, "edit");
        }
    }
  kill_editor (&self);
  self.n_editor_kills--;

  spawn (&self, "settle");
  end = g_get_monotonic_time () + 900 * G_USEC_PER_SEC;
  while (!self.settled && g_get_monotonic_time () < end && listen_for (&self, 50))
    ;
  waitpid (self.pid, NULL, self.settled ? 0 : WNOHANG);
  n_faults = judge (&self);
  percent = 100 * self.n_in_flight / MAX (1, n_kills);
  g_print ("# %u kills of the dashboard, %u of the engine, %u %% with an edit in flight, %u things\n",
           self.n_editor_kills, self.n_engine_kills, percent, g_hash_table_size (self.things));
  g_print ("1..1\n%s 1 kill-loop seed %u: %u faults%s\n", n_faults == 0 && self.settled ? "ok" : "not ok",
           seed, n_faults, self.settled ? "" : ", did not settle");
  if (n_faults == 0 && self.settled)
    remove_folder (&self);
  else
    g_print ("# kept: %s\n", self.dir);

  return n_faults == 0 && self.settled ? 0 : 1;
}
