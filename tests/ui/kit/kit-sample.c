/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kit-sample.h"

#include "regie-json.h"
#include "regie-time.h"

#define WORKSPACE_A "00000000000000000000000a"
#define WORKSPACE_B "00000000000000000000000b"

static JsonArray *
make_activity (guint seed)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < 24; i++)
    json_array_add_int_element (array, seed == 0 ? 0 : (seed * 31 + i * i * 7) % 13);

  return array;
}

static JsonObject *
make_human (guint number, const char *name, const char *state, const char *cause)
{
  g_autofree char *id = g_strdup_printf ("%024x", 0x100 + number);
  g_autofree char *email = g_strdup_printf ("%s@example.org", number % 3 == 0 ? "service" : "bonjour");
  gint64 now = regie_time_now ();

  return regie_json_object_new (
      "id", 's', id, "rev", 'i', (gint64) 3, "created_at", 'i', now - 40 * G_TIME_SPAN_DAY, "updated_at", 'i',
      now - number * G_TIME_SPAN_HOUR, "workspace", 's', number % 4 == 3 ? WORKSPACE_B : WORKSPACE_A, "name",
      's', name, "email", 's', email, "role", 's', number % 2 ? "support" : "commercial", "state", 's', state,
      "cause", 's', cause, "wanted", 's', "running", "paused", 'b', number % 5 == 4, "last_activity_at", 'i',
      now - (gint64) number * number * 7 * G_TIME_SPAN_MINUTE, "tasks_day", 'i',
      (gint64) (number * 7919 % 3000), "errors_day", 'i', (gint64) (number % 7), "latency_p50", 'i',
      (gint64) (120 + number * 3), "latency_p95", 'i', (gint64) (number * 977 % 4000), "pid", 'i',
      (gint64) 12345, "activity", 'a', make_activity (number), "description", 's',
      "Answers what customers ask.\nEscalates what it cannot answer.", "signature", 's',
      "Kind regards,\nThe team", "working_hours", 'b', TRUE, "working_start", 's', "08:30", "memory_limit",
      'i', (gint64) 256, "auto_reply", 'b', TRUE, "personality_logic", 'd', 0.75, NULL);
}

static JsonObject *
make_task (guint number, const char *state, const char *summary)
{
  g_autofree char *id = g_strdup_printf ("%024x", 0x900 + number);
  gint64 now = regie_time_now ();
  JsonObject *payload = regie_json_object_new (
      "text", 's', "Bonjour,\nma commande 48213 n'est toujours pas arrivée.", "language", 's', "fr", NULL);
  JsonObject *entity = regie_json_object_new ("type", 's', "order", "text", 's', "48213", NULL);
  JsonArray *entities = json_array_new ();
  JsonObject *result;

  json_array_add_object_element (entities, entity);
  result =
      regie_json_object_new ("urgency", 's', "high", "category", 's', "complaint", "confident", 'b', TRUE,
                             "strength", 'd', 0.8, "entities", 'a', entities, "nothing", 's', NULL, NULL);

  return regie_json_object_new (
      "id", 's', id, "rev", 'i', (gint64) 1, "workspace", 's', WORKSPACE_A, "digital_human", 's',
      "000000000000000000000100", "type", 's', number % 2 ? "answer" : "analyze", "summary", 's', summary,
      "priority", 's', number == 1 ? "critical" : "normal", "state", 's', state, "payload", 'o', payload,
      "result", 'o', result, "attempts", 'i', (gint64) 1, "finished_at", 'i',
      now - number * 3 * G_TIME_SPAN_MINUTE, "latency", 'i', (gint64) (number * 321), NULL);
}

void
kit_sample_fill (RegieStore *store, guint n_more)
{
  static const char *const states[] = {
    "idle", "thinking", "stopped", "error", "initializing", "processing"
  };
  g_autoptr (JsonArray) more = json_array_new ();

  store_test_put (store, "local", "workspace",
                  regie_json_object_new ("id", 's', WORKSPACE_A, "name", 's', "Autodin", "description", 's',
                                         "The sample", "paused", 'b', FALSE, NULL),
                  regie_json_object_new ("id", 's', WORKSPACE_B, "name", 's', "Cabinet Moreau & <Fils>",
                                         "paused", 'b', FALSE, NULL),
                  NULL);
  store_test_put (
      store, "local", "digital-human", make_human (0, "autodin", "idle", NULL),
      make_human (1, "cash", "error", "The worker ended with signal 9"),
      make_human (2, "gtd", "stopped", NULL),
      make_human (3, "<b>Léa</b> & Compagnie, service après-vente et réclamations", "thinking", NULL), NULL);
  for (guint i = 4; i < 4 + n_more; i++)
    {
      g_autofree char *name = g_strdup_printf ("Assistant %03u", i);

      json_array_add_object_element (more, make_human (i, name, states[i % G_N_ELEMENTS (states)], NULL));
    }
  if (n_more > 0)
    store_test_await_int64 (regie_store_put_remote (store, "local", regie_kind_get ("digital-human"), more));
  store_test_put (store, "local", "task", make_task (1, "done", "Réclamation sur la commande 48213"),
                  make_task (2, "failed", "Question about an invoice"),
                  make_task (3, "queued", "Order status"), NULL);
}
