/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <time.h>

#include "core/regie-json.h"
#include "store/regie-store.h"

#include <glib/gstdio.h>

/* bench-store [N [FOLDER]]: what the store needs for N Digital Humans (1,000,000 unless said): filling it
 * page by page as a full pull does, opening a list, searching, following changes. Without FOLDER a temporary
 * one, removed at the end. */

#define PAGE 1000

static const char *const first[] = { "Ada",   "Alan", "Basile", "Chloé", "Denis",  "Élise", "Farid",
                                     "Grace", "Hugo", "Inès",   "Jules", "Katell", "Léon",  "Maud" };
static const char *const last[] = { "Arnaud", "Bernard", "Colin", "Dubois", "Evrard",  "Fontaine", "Garnier",
                                    "Hubert", "Imbert",  "Joly",  "Klein",  "Lambert", "Martin" };
static const char *const states[] = { "idle", "idle", "idle", "stopped", "processing", "error" };

static JsonObject *
make_human (guint i, guint rev)
{
  g_autofree char *id = g_strdup_printf ("%024x", i);
  g_autofree char *name =
      g_strdup_printf ("%s %s %u", first[i % G_N_ELEMENTS (first)], last[i * 7 % G_N_ELEMENTS (last)], i);
  g_autofree char *email = g_strdup_printf ("dh.%u@%s.example.org", i, i % 2 ? "north" : "south");
  g_autofree char *workspace = g_strdup_printf ("%024x", i % 7);
  JsonArray *activity = json_array_new ();

  for (guint hour = 0; hour < 24; hour++)
    json_array_add_int_element (activity, (i * 31 + hour * 17) % 40);

  return regie_json_object_new (
      "id", 's', id, "rev", 'i', (gint64) rev, "created_at", 'i', (gint64) 1700000000000000 + i * 1000,
      "updated_at", 'i', (gint64) 1700000000000000 + (gint64) (i * 7919u % 1000003) * 1000, "workspace", 's',
      workspace, "name", 's', name, "email", 's', email, "avatar", 's', "A", "role", 's',
      i % 3 ? "assistant" : "support", "description", 's', "Answers what customers write", "language", 's',
      "fr", "tone", 's', "professional", "signature", 's', "", "personality_curiosity", 'd', 0.5,
      "personality_logic", 'd', 0.5, "auto_reply", 'b', FALSE, "reply_delay", 'i', (gint64) 300, "daily_cap",
      'i', (gint64) 100, "working_hours", 'b', FALSE, "working_start", 's', "09:00", "working_end", 's',
      "18:00", "timezone", 's', "Europe/Paris", "memory_limit", 'i', (gint64) 256, "wanted", 's', "running",
      "state", 's', states[i % G_N_ELEMENTS (states)], "paused", 'b', FALSE, "restarts", 'i', (gint64) 0,
      "last_activity_at", 'i', (gint64) 1700000000000000 + (gint64) (i * 104729u % 1000003) * 1000,
      "tasks_day", 'i', (gint64) (i * 7919u % 500), "errors_day", 'i', (gint64) (i % 97 == 0 ? i % 20 : 0),
      "latency_p50", 'i', (gint64) (i * 31u % 300), "latency_p95", 'i', (gint64) (i * 37u % 2000), "activity",
      'a', activity, NULL);
}

static double
ms_since (gint64 start)
{
  return (g_get_monotonic_time () - start) / 1000.0;
}

static const GValue *
await (DexFuture *future)
{
  g_autoptr (GError) error = NULL;
  const GValue *value;

  while (dex_future_is_pending (future))
    g_main_context_iteration (NULL, TRUE);
  value = dex_future_get_value (future, &error);
  if (value == NULL)
    g_error ("%s", error->message);

  return value;
}

static double
read_memory (const char *name)
{
  g_autofree char *text = NULL;
  const char *line;

  if (!g_file_get_contents ("/proc/self/status", &text, NULL, NULL) || (line = strstr (text, name)) == NULL)
    return 0;

  return g_ascii_strtoull (line + strlen (name), NULL, 10) / 1024.0;
}

static void
say (const char *what, double value, const char *unit)
{
  g_print ("%-46s %12.1f %s\n", what, value, unit);
}

/* --- the parts --- */

/* They are made one after the other, with other writes between: so many come after the last of them. */
static void
wait_for_indexes (RegieStore *store)
{
  for (guint i = 0; i < 40; i++)
    {
      DexFuture *future =
          regie_store_remove_remote (store, "bench", regie_kind_get ("digital-human"), "none");

      await (future);
      dex_unref (future);
    }
}

static void
fill (RegieStore *store, guint n)
{
  const RegieKind *kind = regie_kind_get ("digital-human");
  gint64 start = g_get_monotonic_time ();
  gint64 making = 0;
  clock_t cpu = clock ();
  DexFuture *before = NULL;
  double before_indexes;

  dex_unref (regie_store_begin_pull (store, "bench", kind));
  for (guint i = 0; i < n; i += PAGE)
    {
      g_autoptr (JsonArray) page = json_array_new ();
      gint64 made = g_get_monotonic_time ();

      for (guint k = i; k < MIN (n, i + PAGE); k++)
        json_array_add_object_element (page, make_human (k, 1));
      making += g_get_monotonic_time () - made;
      if (before != NULL)
        {
          await (before);
          dex_unref (before);
        }
      before = regie_store_put_remote (store, "bench", kind, page);
    }
  await (before);
  dex_unref (before);
  before = regie_store_end_pull (store, "bench", kind);
  await (before);
  dex_unref (before);
  before_indexes = ms_since (start);
  wait_for_indexes (store);
  say ("fill, indexes too", n / (ms_since (start) / 1000), "rows/s");
  say ("  of which the indexes", ms_since (start) - before_indexes, "ms");
  say ("  processor a row", (clock () - cpu) * 1e6 / CLOCKS_PER_SEC / n, "µs");
  say ("  of which making the JSON, beside it", making * 1.0 / n, "µs");
}

/* The same pull once more: nothing changed. */
static void
pull_again (RegieStore *store, guint n)
{
  const RegieKind *kind = regie_kind_get ("digital-human");
  gint64 start = g_get_monotonic_time ();
  guint n_rows = MIN (n, 100000);

  for (guint i = 0; i < n_rows; i += PAGE)
    {
      g_autoptr (JsonArray) page = json_array_new ();
      DexFuture *future;

      for (guint k = i; k < MIN (n_rows, i + PAGE); k++)
        json_array_add_object_element (page, make_human (k, 1));
      future = regie_store_put_remote (store, "bench", kind, page);
      await (future);
      dex_unref (future);
    }
  say ("pull of rows that are known", n_rows / (ms_since (start) / 1000), "rows/s");
}

static gboolean
is_window_loaded (RegieList *list)
{
  guint n = MIN (30, g_list_model_get_n_items (G_LIST_MODEL (list)));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (RegieRecord) record = g_list_model_get_item (G_LIST_MODEL (list), i);

      if (!regie_record_is_loaded (record))
        return FALSE;
    }

  return n > 0 || !regie_list_get_loading (list);
}

/* Of the main thread's own processor time, so that a busy machine does not count. */
static gint64 longest_stall;

static gint64
thread_time (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);

  return time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

static void
iterate (void)
{
  gint64 start;

  while (!g_main_context_pending (NULL))
    g_usleep (50);
  start = thread_time ();
  g_main_context_iteration (NULL, FALSE);
  longest_stall = MAX (longest_stall, thread_time () - start);
}

static void
wait_for_answer (RegieList *list, const char *what)
{
  gint64 start = g_get_monotonic_time ();
  g_autofree char *first_label = g_strdup_printf ("%s: first rows", what);
  g_autofree char *all_label = g_strdup_printf ("%s: whole order (%s)", what, "rows");

  longest_stall = 0;
  /* What was there before may stay meanwhile. */
  while (regie_list_get_loading (list) && g_list_model_get_n_items (G_LIST_MODEL (list)) == 0)
    iterate ();
  while (!is_window_loaded (list))
    iterate ();
  say (first_label, ms_since (start), "ms");
  while (regie_list_get_loading (list))
    {
      regie_list_show_all (list);
      iterate ();
    }
  g_free (all_label);
  all_label = g_strdup_printf ("%s: all %u", what, g_list_model_get_n_items (G_LIST_MODEL (list)));
  say (all_label, ms_since (start), "ms");
  say ("  longest main thread stall", longest_stall / 1000.0, "ms");
}

static void
open_list (RegieStore *store,
           const char *sort,
           gboolean descending,
           const char *field,
           const char *value,
           const char *words,
           const char *what)
{
  g_autoptr (RegieQuery) query = regie_query_new (regie_kind_get ("digital-human"));
  g_autoptr (RegieList) list = NULL;

  if (field != NULL)
    regie_query_where (query, field, REGIE_OP_EQ, value);
  regie_query_search (query, words);
  regie_query_sort (query, sort, descending);
  list = regie_store_list (store, query);
  wait_for_answer (list, what);
}

static void
scroll (RegieStore *store)
{
  g_autoptr (RegieQuery) query = regie_query_new (regie_kind_get ("digital-human"));
  g_autoptr (RegieList) list = NULL;
  gint64 start, worst = 0;

  regie_query_sort (query, "name", FALSE);
  list = regie_store_list (store, query);
  while (regie_list_get_loading (list))
    {
      regie_list_show_all (list);
      iterate ();
    }
  longest_stall = 0;
  for (guint i = 0; i < 200; i++)
    {
      guint position = g_random_int_range (0, g_list_model_get_n_items (G_LIST_MODEL (list)));
      g_autoptr (RegieRecord) record = NULL;

      start = g_get_monotonic_time ();
      record = g_list_model_get_item (G_LIST_MODEL (list), position);
      while (!regie_record_is_loaded (record))
        iterate ();
      worst = MAX (worst, g_get_monotonic_time () - start);
    }
  say ("jump anywhere, until the window is there, worst", worst / 1000.0, "ms");
  say ("  longest main thread stall", longest_stall / 1000.0, "ms");
}

/* 200 changes a second for five seconds under an open list. */
static void
follow (RegieStore *store, guint n)
{
  g_autoptr (RegieQuery) query = regie_query_new (regie_kind_get ("digital-human"));
  g_autoptr (RegieList) list = NULL;
  gint64 start;
  clock_t cpu;
  guint rev = 2;

  regie_query_sort (query, "last_activity_at", TRUE);
  list = regie_store_list (store, query);
  while (regie_list_get_loading (list))
    {
      regie_list_show_all (list);
      iterate ();
    }
  longest_stall = 0;
  start = g_get_monotonic_time ();
  cpu = clock ();
  for (guint i = 0; i < 50; i++)
    {
      g_autoptr (JsonArray) page = json_array_new ();
      gint64 until = start + (i + 1) * 100000;

      for (guint k = 0; k < 20; k++)
        {
          JsonObject *human = make_human (g_random_int_range (0, n), rev++);

          json_object_set_int_member (human, "last_activity_at", g_get_real_time ());
          json_array_add_object_element (page, human);
        }
      dex_future_disown (regie_store_put_remote (store, "bench", regie_kind_get ("digital-human"), page));
      while (g_get_monotonic_time () < until)
        if (g_main_context_pending (NULL))
          iterate ();
        else
          g_usleep (100);
    }
  say ("200 changes/s for 5 s: processor", (clock () - cpu) * 1000.0 / CLOCKS_PER_SEC, "ms");
  say ("  longest main thread stall", longest_stall / 1000.0, "ms");
}

static void
remove_folder (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_unlink (path);
    }
  g_rmdir (folder);
}

static RegieStore *
open_store (const char *folder)
{
  g_autoptr (GError) error = NULL;
  gint64 start = g_get_monotonic_time ();
  RegieStore *store = regie_store_open (folder, NULL, &error);

  if (store == NULL)
    g_error ("%s", error->message);
  say ("open the store", ms_since (start), "ms");

  return store;
}

int
main (int argc, char **argv)
{
  static const char *const words[] = { "e",   "el", "eli",   "elise",       "elise martin", "elise martin 12",
                                       "999", "dh", "south", "nobodyhasit", "grace joly 5" };
  guint n = argc > 1 ? strtoul (argv[1], NULL, 10) : 1000000;
  g_autofree char *folder = argc > 2 ? g_strdup (argv[2]) : g_dir_make_tmp ("bench-store-XXXXXX", NULL);
  RegieStore *store = open_store (folder);
  g_autoptr (RegieQuery) all = regie_query_new (regie_kind_get ("digital-human"));
  DexFuture *count = regie_store_count (store, all);

  if (g_value_get_int64 (await (count)) < n)
    fill (store, n);
  dex_unref (count);
  say ("memory after filling, peak", read_memory ("VmHWM:"), "MiB");
  pull_again (store, n);
  regie_store_close (store);
  g_clear_object (&store);
  store = open_store (folder);
  open_list (store, "name", FALSE, NULL, NULL, NULL, "by name");
  open_list (store, "last_activity_at", TRUE, NULL, NULL, NULL, "by last activity");
  open_list (store, "state", TRUE, NULL, NULL, NULL, "by state");
  open_list (store, "name", FALSE, "state", "error", NULL, "failing by name");
  open_list (store, "name", FALSE, "workspace", "000000000000000000000003", NULL, "workspace by name");
  open_list (store, "name", FALSE, "connection", "bench", NULL, "connection by name");
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      g_autofree char *what = g_strdup_printf ("“%s” by name", words[i]);
      g_autofree char *unsorted = g_strdup_printf ("“%s” unsorted", words[i]);

      open_list (store, "name", FALSE, NULL, NULL, words[i], what);
      open_list (store, NULL, FALSE, NULL, NULL, words[i], unsorted);
    }
  scroll (store);
  say ("memory now", read_memory ("VmRSS:"), "MiB");
  say ("  of it anonymous", read_memory ("RssAnon:"), "MiB");
  follow (store, n);
  say ("memory, peak", read_memory ("VmHWM:"), "MiB");
  regie_store_close (store);
  g_object_unref (store);
  if (argc <= 2)
    remove_folder (folder);

  return 0;
}
