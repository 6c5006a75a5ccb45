/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store-test-util.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/regie-json.h"

/* A writer that is killed, and a witness outside of it that knows what was acknowledged.
 *
 * The writer tells by a pipe, a line each: "? THING VALUE" before it asks for something, "! THING VALUE" once
 * the store said that it is on the disk. After the kill a thing must have the value acknowledged last, or one
 * that was asked for after it. Things: "view N" (a named value), "dh N" (a Digital Human made here, VALUE its
 * description), "row" (the description of one that the backend has). */

#define N_THINGS 12
/* More by REGIE_TEST_KILLS, for a soak. */
#define N_KILLS 20

/* --- the writer --- */

static int witness;

static void
tell (char mark, const char *thing, const char *value)
{
  g_autofree char *line = g_strdup_printf ("%c %s %s\n", mark, thing, value);
  gsize length = strlen (line);

  if (write (witness, line, length) != (gssize) length)
    _exit (3);
}

typedef struct
{
  RegieStore *store;
  char *thing, *value;
  guint number;
  char *key; /* of the Digital Human, once it is made */
  gboolean is_row;
  guint version;
  gboolean busy;
} Thing;

static DexFuture *
ask_for (Thing *self)
{
  g_autoptr (JsonObject) value = NULL;

  if (self->key == NULL && !self->is_row && g_str_has_prefix (self->thing, "view"))
    {
      value = regie_json_object_new ("text", 's', self->value, NULL);
      return regie_store_put_value (self->store, self->thing, value);
    }
  value = regie_json_object_new ("description", 's', self->value, NULL);
  if (self->key != NULL)
    return regie_store_update (self->store, regie_kind_get ("digital-human"), self->key, value,
                               self->version % 3 ? 0 : 5);
  json_object_set_string_member (value, "name", self->thing);
  json_object_set_string_member (value, "workspace", "00000000000000000000000a");

  return regie_store_create (self->store, "local", regie_kind_get ("digital-human"), value, 0);
}

static DexFuture *
on_done (DexFuture *future, gpointer data)
{
  Thing *self = data;
  const GValue *result = dex_future_get_value (future, NULL);

  if (result == NULL)
    _exit (4);
  if (self->key == NULL && !g_str_has_prefix (self->thing, "view"))
    self->key = g_value_dup_string (result);
  tell ('!', self->thing, self->value);
  self->busy = FALSE;

  return dex_future_new_for_boolean (TRUE);
}

static void
begin (Thing *self)
{
  g_free (self->value);
  self->version++;
  self->value = g_strdup_printf ("v%u", self->version);
  self->busy = TRUE;
  tell ('?', self->thing, self->value);
  dex_future_disown (dex_future_finally (ask_for (self), on_done, self, NULL));
}

/* Plays the backend: takes what is ready, answers it, or says that nobody knows. */
static gboolean
send_one (RegieStore *store, GRand *rand)
{
  static guint next = 100;
  g_autoptr (RegieIntent) intent = store_test_take (store);
  g_autoptr (JsonObject) answer = NULL;
  g_autofree char *id = NULL;

  if (intent == NULL)
    return FALSE;
  if (g_rand_int_range (rand, 0, 3) == 0)
    {
      dex_future_disown (
          regie_store_finish_intent (store, intent, REGIE_INTENT_UNKNOWN, NULL, NULL, NULL, NULL));
      return TRUE;
    }
  if (regie_intent_get_op (intent) == REGIE_INTENT_CREATE)
    {
      answer = regie_json_apply (regie_intent_get_body (intent), regie_intent_get_body (intent));
      id = g_strdup_printf ("%024x", next++);
      json_object_set_string_member (answer, "id", id);
      json_object_set_int_member (answer, "rev", 1);
    }
  dex_future_disown (regie_store_finish_intent (store, intent, REGIE_INTENT_SENT, answer, id, NULL, NULL));

  return TRUE;
}

static int
write_until_killed (const char *folder, guint32 seed)
{
  RegieStore *store = store_test_open (folder);
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  Thing things[N_THINGS] = { 0 };

  store_test_fill (store, "local", 1, 1);
  for (guint i = 0; i < N_THINGS; i++)
    {
      things[i].store = store;
      things[i].thing = g_strdup_printf (i % 2 ? "view%u" : "dh%u", i);
    }
  things[0].thing = g_strdup ("row");
  things[0].is_row = TRUE;
  things[0].key = store_test_key (store, "digital-human", "human 1");
  for (;;)
    {
      Thing *thing = &things[g_rand_int_range (rand, 0, N_THINGS)];

      if (!thing->busy)
        begin (thing);
      if (g_rand_int_range (rand, 0, 4) == 0)
        send_one (store, rand);
      g_main_context_iteration (NULL, FALSE);
    }

  return 0;
}

/* --- the witness --- */

typedef struct
{
  char *acknowledged;
  GPtrArray *asked; /* since */
} Known;

static void
known_free (gpointer data)
{
  Known *self = data;

  g_free (self->acknowledged);
  g_ptr_array_unref (self->asked);
  g_free (self);
}

static void
read_line (GHashTable *all, const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 3);
  Known *known;

  g_assert_cmpuint (g_strv_length (words), ==, 3);
  known = g_hash_table_lookup (all, words[1]);
  if (known == NULL)
    {
      known = g_new0 (Known, 1);
      known->asked = g_ptr_array_new_with_free_func (g_free);
      g_hash_table_insert (all, g_strdup (words[1]), known);
    }
  if (*words[0] == '?')
    {
      g_ptr_array_add (known->asked, g_strdup (words[2]));
      return;
    }
  g_free (known->acknowledged);
  known->acknowledged = g_strdup (words[2]);
  g_ptr_array_set_size (known->asked, 0);
}

/* Kills the writer after N lines, and reads what it said until then. */
static GHashTable *
watch (const char *folder, guint32 seed, guint n_lines, gboolean *in_flight)
{
  GHashTable *all = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, known_free);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *number = g_strdup_printf ("%u", seed);
  const char *argv[] = { self, "--writer", folder, number, NULL };
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) lines = NULL;
  guint n = 0;
  int from, status;
  GPid pid;

  g_spawn_async_with_pipes (NULL, (char **) argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, NULL,
                            &from, NULL, &error);
  g_assert_no_error (error);
  for (;;)
    {
      char buffer[4096];
      gssize got = read (from, buffer, sizeof buffer);

      if (got <= 0)
        break;
      g_string_append_len (text, buffer, got);
      for (gssize i = 0; i < got; i++)
        n += buffer[i] == '\n';
      if (n >= n_lines)
        kill (pid, SIGKILL);
    }
  close (from);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);

  lines = g_strsplit (text->str, "\n", -1);
  for (guint i = 0; lines[i] != NULL && lines[i + 1] != NULL; i++)
    read_line (all, lines[i]);
  *in_flight = FALSE;
  {
    GHashTableIter iter;
    gpointer known;

    g_hash_table_iter_init (&iter, all);
    while (g_hash_table_iter_next (&iter, NULL, &known))
      *in_flight |= ((Known *) known)->asked->len > 0;
  }

  return all;
}

static gboolean
may_be (Known *known, const char *value)
{
  if (g_strcmp0 (known->acknowledged, value) == 0)
    return TRUE;
  for (guint i = 0; i < known->asked->len; i++)
    if (g_strcmp0 (g_ptr_array_index (known->asked, i), value) == 0)
      return TRUE;

  return FALSE;
}

static char *
find_value (RegieStore *store, const char *thing)
{
  g_autoptr (JsonObject) object = NULL;
  g_autoptr (RegieQuery) query = NULL;
  g_autoptr (GPtrArray) records = NULL;
  const char *name = g_str_equal (thing, "row") ? "human 1" : thing;
  char *found = NULL;

  if (g_str_has_prefix (thing, "view"))
    {
      object = store_test_await_boxed (regie_store_get_value (store, thing), JSON_TYPE_OBJECT);
      return g_strdup (regie_json_get_text (object, "text", NULL));
    }
  query = regie_query_new (regie_kind_get ("digital-human"));
  regie_query_where (query, "name", REGIE_OP_EQ, name);
  records = store_test_await_boxed (regie_store_fetch (store, query, 10), G_TYPE_PTR_ARRAY);
  g_assert_cmpuint (records->len, <=, 1);
  if (records->len == 1)
    found = g_strdup (regie_record_get_text (g_ptr_array_index (records, 0), "description"));

  return found;
}

/* No name was made twice, and no change is listed twice. */
static void
assert_nothing_doubled (RegieStore *store)
{
  g_autoptr (GPtrArray) intents = store_test_await_boxed (regie_store_list_intents (store), G_TYPE_PTR_ARRAY);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < intents->len; i++)
    {
      RegieIntent *intent = g_ptr_array_index (intents, i);

      g_assert_true (g_hash_table_add (seen, (gpointer) regie_intent_get_id (intent)));
      g_assert_cmpint (regie_intent_get_state (intent), !=, REGIE_INTENT_SENDING);
      if (regie_intent_get_op (intent) == REGIE_INTENT_CREATE)
        g_assert_true (g_hash_table_add (
            seen, (gpointer) regie_json_get_text (regie_intent_get_body (intent), "name", NULL)));
    }
}

static void
check (const char *folder, GHashTable *all)
{
  RegieStore *store = store_test_open (folder);
  GHashTableIter iter;
  gpointer thing, known;

  g_hash_table_iter_init (&iter, all);
  while (g_hash_table_iter_next (&iter, &thing, &known))
    {
      g_autofree char *value = find_value (store, thing);

      /* The row had a description before. */
      if (g_str_equal (thing, "row") && ((Known *) known)->acknowledged == NULL)
        continue;
      if (!may_be (known, value))
        g_error ("%s is %s; acknowledged was %s", (char *) thing, value, ((Known *) known)->acknowledged);
    }
  assert_nothing_doubled (store);
  store_test_await_ok (regie_store_verify_journal (store));
  regie_store_close (store);
  g_object_unref (store);
}

static void
test_kills (void)
{
  guint n_kills =
      g_getenv ("REGIE_TEST_KILLS") != NULL ? strtoul (g_getenv ("REGIE_TEST_KILLS"), NULL, 10) : N_KILLS;
  guint n_in_flight = 0;

  for (guint i = 0; i < n_kills; i++)
    {
      g_autofree char *folder = store_test_make_folder ();
      guint32 seed = g_test_rand_int ();
      guint n_lines = g_test_rand_int_range (3, 150);
      gboolean in_flight;
      g_autoptr (GHashTable) all = NULL;

      g_test_message ("writer with seed %u, killed after %u lines", seed, n_lines);
      all = watch (folder, seed, n_lines, &in_flight);
      n_in_flight += in_flight;
      check (folder, all);
      store_test_remove_folder (folder);
    }
  g_test_message ("%u of %u kills with a change in flight", n_in_flight, n_kills);
  g_assert_cmpuint (n_in_flight * 100, >=, n_kills * 30);
}

int
main (int argc, char **argv)
{
  if (argc == 4 && g_str_equal (argv[1], "--writer"))
    {
      witness = STDOUT_FILENO;
      return write_until_killed (argv[2], strtoul (argv[3], NULL, 10));
    }
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store-kill/kills", test_kills);

  return g_test_run ();
}
