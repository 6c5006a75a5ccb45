/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "store/regie-store.h"

/* bench-fill FOLDER N: a dashboard's store in FOLDER that knows N Digital Humans, the same as those of
 * peers/src/humans.js, of a connection "bench". */

#define CONNECTION "bench"
#define CHUNK      5000
#define HOURS      24

static const char *const first[] = { "Ada",   "Alan",  "Basile", "Chloé",   "Denis",  "Élise", "Farid",
                                     "Grace", "Hugo",  "Inès",   "Jules",   "Katell", "Léon",  "Maud",
                                     "Nora",  "Oscar", "Paul",   "Quentin", "Rose",   "Sofia" };
static const char *const last[] = { "Arnaud",  "Bernard", "Colin", "Dubois", "Evrard",  "Fontaine", "Garnier",
                                    "Hubert",  "Imbert",  "Joly",  "Klein",  "Lambert", "Martin",   "Noël",
                                    "Olivier", "Petit",   "Roux",  "Simon",  "Thomas",  "Vidal",    "Weber" };
static const char *const workspaces[] = { "Reception", "Support",    "Sales",   "Accounts",
                                          "Logistics", "Recruiting", "Research" };

static const char *
get_state (guint i)
{
  guint n = (i * 37) % 100;

  return n < 70 ? "idle" : n < 80 ? "stopped" : n < 90 ? "processing" : n < 95 ? "thinking" : "error";
}

static void
set_id (JsonObject *object, guint family, guint i)
{
  g_autofree char *id = g_strdup_printf ("%08x%016x", family, i);

  json_object_set_string_member (object, "id", id);
}

static JsonObject *
make_workspace (guint i)
{
  JsonObject *object = json_object_new ();

  set_id (object, 1, i);
  json_object_set_string_member (object, "name", workspaces[i]);

  return object;
}

static JsonObject *
make_human (guint i, gint64 now)
{
  JsonObject *object = json_object_new ();
  JsonArray *activity = json_array_new ();
  g_autofree char *name = g_strdup_printf ("%s %s %u", first[i % G_N_ELEMENTS (first)],
                                           last[i / G_N_ELEMENTS (first) % G_N_ELEMENTS (last)], i);
  g_autofree char *workspace = g_strdup_printf ("%08x%016x", 1, i % (guint) G_N_ELEMENTS (workspaces));

  set_id (object, 2, i);
  json_object_set_string_member (object, "name", name);
  json_object_set_string_member (object, "workspace", workspace);
  json_object_set_string_member (object, "state", get_state (i));
  json_object_set_int_member (object, "tasks_day", (i * 13) % 997);
  json_object_set_int_member (object, "errors_day", (i * 7) % 23);
  json_object_set_int_member (object, "latency_p95", 80 + (i * 53) % 1900);
  json_object_set_int_member (object, "last_activity_at", now - (i * 41) % 86400 * G_USEC_PER_SEC);
  for (guint hour = 0; hour < HOURS; hour++)
    json_array_add_int_element (activity, (i * 31 + hour * hour * 17) % 23);
  json_object_set_array_member (object, "activity", activity);

  return object;
}

static void
wait_for (DexFuture *future)
{
  g_autoptr (DexFuture) held = future;
  g_autoptr (GError) error = NULL;

  while (dex_future_is_pending (held))
    g_main_context_iteration (NULL, TRUE);
  if (dex_future_get_value (held, &error) == NULL)
    g_error ("%s", error->message);
}

static void
fill (RegieStore *store, guint n)
{
  const RegieKind *workspace = regie_kind_get ("workspace");
  const RegieKind *human = regie_kind_get ("digital-human");
  g_autoptr (JsonArray) rooms = json_array_new ();
  gint64 now = g_get_real_time ();

  for (guint i = 0; i < G_N_ELEMENTS (workspaces); i++)
    json_array_add_object_element (rooms, make_workspace (i));
  wait_for (regie_store_put_remote (store, CONNECTION, workspace, rooms));

  for (guint from = 0; from < n; from += CHUNK)
    {
      g_autoptr (JsonArray) records = json_array_new ();

      for (guint i = from; i < MIN (from + CHUNK, n); i++)
        json_array_add_object_element (records, make_human (i, now));
      wait_for (regie_store_put_remote (store, CONNECTION, human, records));
    }
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RegieStore) store = NULL;
  gint64 start = g_get_monotonic_time ();

  if (argc != 3)
    {
      g_printerr ("bench-fill FOLDER N\n");
      return 2;
    }
  dex_init ();
  store = regie_store_open (argv[1], NULL, &error);
  if (store == NULL)
    g_error ("%s", error->message);
  fill (store, atoi (argv[2]));
  regie_store_close (store);
  g_print ("%s Digital Humans in %.1f s\n", argv[2], (g_get_monotonic_time () - start) / 1e6);

  return 0;
}
