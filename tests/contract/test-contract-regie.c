/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "contract.h"
#include "regie-engine-harness.h"
#include "regie-json.h"
#include "scripted-server.h"

/* The profile "regie" against the engine: each operation is done on the real one, its answer compared with
 * the one recorded in regie/, and read by the profile; then the recorded ones are read by it alone. With
 * REGIE_RECORD=FOLDER the answers are written there instead. */

typedef enum
{
  NONE,
  WORKSPACE,
  HUMAN,
  TASK,
  RIGHT,
  BACKUP,
  N_IDS
} Id;

/* One call. In JSON texts @W and @H stand for the ids of the workspace and the Digital Human. */
typedef struct
{
  const char *name;
  const char *kind; /* or NULL: a named request */
  const char *op;   /* an operation, an action, or the request's name */
  Id id;            /* of which record */
  const char *json; /* body, or parameters of a list or request */
  const char *etag;
  Id keeps;  /* the answer's id is kept as this */
  int error; /* REGIE_ERROR code + 1, 0: it goes well */
} Step;

#define FAILS(code) (REGIE_ERROR_##code + 1)

static const Step steps[] = {
  { "health", NULL, "health" },
  { "create-workspace", "workspace", "create", NONE, "{\"name\": \"W\"}", NULL, WORKSPACE },
  { "create-digital-human", "digital-human", "create", NONE,
    "{\"workspace\": \"@W\", \"name\": \"Ada\", \"email\": \"ada@example.org\", \"signature\": \"A\\nL\"}",
    NULL, HUMAN },
  { "get-digital-human", "digital-human", "get", HUMAN },
  { "update-digital-human", "digital-human", "update", HUMAN, "{\"name\": \"Ada L.\", \"tone\": null}", "1" },
  { "update-stale", "digital-human", "update", HUMAN, "{\"name\": \"Late\"}", "1", NONE, FAILS (CONFLICT) },
  { "update-invalid", "digital-human", "update", HUMAN, "{\"name\": \"\"}", NULL, NONE, FAILS (INVALID) },
  { "get-missing", "digital-human", "get", NONE, NULL, NULL, NONE, FAILS (NOT_FOUND) },
  { "create-right", "right", "create", NONE,
    "{\"workspace\": \"@W\", \"digital_human\": \"@H\", \"service\": \"web\", \"access\": \"limited\", "
    "\"hosts\": [\"a.b\"]}",
    NULL, RIGHT },
  { "update-right", "right", "update", RIGHT, "{\"access\": \"denied\"}" },
  { "create-task", "task", "create", NONE,
    "{\"digital_human\": \"@H\", \"type\": \"analyze\", \"payload\": {\"text\": \"Hello\"}}", NULL, TASK },
  { "cancel-task", "task", "cancel", TASK },
  { "cancel-task-again", "task", "cancel", TASK, NULL, NULL, NONE, FAILS (STATE) },
  { "pause-workspace", "workspace", "pause", WORKSPACE },
  { "resume-workspace", "workspace", "resume", WORKSPACE },
  { "duplicate-digital-human", "digital-human", "duplicate", HUMAN },
  { "effective-rights", NULL, "effective-rights", NONE, "{\"id\": \"@H\"}" },
  { "summary", NULL, "summary", NONE, "{\"window\": \"1h\", \"workspace\": \"@W\"}" },
  { "logs", NULL, "logs", NONE, "{\"source\": \"engine\", \"limit\": 2}" },
  { "list-workspace", "workspace", "list", NONE, "{}" },
  { "list-digital-human", "digital-human", "list", NONE,
    "{\"sort\": \"-name\", \"q\": \"ada\", \"state.ne\": \"error\"}" },
  { "list-task", "task", "list", NONE, "{\"digital_human\": \"@H\", \"sort\": \"-created_at\"}" },
  { "list-right", "right", "list", NONE, "{}" },
  { "list-audit", "audit", "list", NONE, "{\"sort\": \"-created_at\"}" },
  { "list-metric", "metric", "list", NONE, "{}" },
  { "list-database", "database", "list", NONE, "{}" },
  { "list-backup", "backup", "list", NONE, "{}" },
  { "list-unknown-field", "task", "list", NONE, "{\"colour\": \"red\"}", NULL, NONE, FAILS (INVALID) },
  { "delete-digital-human", "digital-human", "delete", HUMAN },
  { "get-deleted", "digital-human", "get", HUMAN, NULL, NULL, NONE, FAILS (NOT_FOUND) },
  { "restore-digital-human", "digital-human", "restore", HUMAN },
  { "export", NULL, "export", NONE, "{\"id\": \"@W\"}" },
  { "sample", NULL, "sample" },
  { "sample-again", NULL, "sample", NONE, NULL, NULL, NONE, FAILS (STATE) },
  { "pause", NULL, "pause" },
  { "resume", NULL, "resume" },
};

typedef struct
{
  RegieProfile *profile;
  RegieHttp *http;
  char *ids[N_IDS];
} Run;

static RegieProfile *
own_profile (void)
{
  g_autoptr (GPtrArray) profiles = regie_profiles_load_all (NULL);

  return g_object_ref (regie_profiles_find (profiles, "regie"));
}

static JsonObject *
json_of (Run *run, const char *text)
{
  g_autoptr (GString) filled = g_string_new (text);
  g_autoptr (GError) error = NULL;
  JsonObject *object;

  g_string_replace (filled, "@W", run->ids[WORKSPACE] != NULL ? run->ids[WORKSPACE] : "w", 0);
  g_string_replace (filled, "@H", run->ids[HUMAN] != NULL ? run->ids[HUMAN] : "h", 0);
  object = regie_json_parse_object (filled->str, -1, &error);
  g_assert_no_error (error);

  return object;
}

static const RegieProfileRequest *
find_request (RegieProfile *profile, const Step *step)
{
  const RegieKind *kind = step->kind != NULL ? regie_kind_get (step->kind) : NULL;

  if (kind == NULL)
    return g_hash_table_lookup (profile->requests, step->op);
  for (guint i = 0; i < REGIE_OP_ACTION; i++)
    {
      if (g_str_equal (step->op, regie_profile_op_to_string (i)))
        return regie_profile_get_kind (profile, kind)->ops[i];
    }

  return regie_profile_get_action (profile, kind, step->op);
}

static RegieExchange *
exchange_of (Run *run, const Step *step)
{
  RegieExchange *exchange = regie_exchange_new (run->profile, run->http, find_request (run->profile, step));
  gboolean list = g_str_equal (step->op, "list");

  g_assert_nonnull (exchange->op);
  g_assert_null (exchange->op->missing);
  exchange->kind = step->kind != NULL ? regie_kind_get (step->kind) : NULL;
  exchange->want = step->kind == NULL ? (exchange->op->bytes ? REGIE_WANT_BYTES : REGIE_WANT_JSON)
                   : list             ? REGIE_WANT_PAGE
                                      : REGIE_WANT_RECORD;
  exchange->remote_id = g_strdup (step->id != NONE ? run->ids[step->id] : "0123456789abcdef01234567");
  exchange->action = g_strdup (step->op);
  exchange->etag = g_strdup (step->etag);
  exchange->limit = 100;
  exchange->body_is_record = TRUE;
  if (step->json != NULL && (list || step->kind == NULL))
    exchange->params = json_of (run, step->json);
  else if (step->json != NULL)
    exchange->body = json_of (run, step->json);

  return exchange;
}

/* --- what the profile makes of an answer --- */

/* Times are numbers here, and every record has what every kind has. */
static void
check_record (const RegieKind *kind, JsonObject *record)
{
  g_assert_nonnull (regie_json_get_text (record, "id", NULL));
  for (guint i = 0; i < kind->n_fields; i++)
    {
      const RegieField *field = &kind->fields[i];
      JsonNode *value = json_object_get_member (record, field->name);
      g_autofree char *wrong = NULL;

      if (value == NULL || JSON_NODE_HOLDS_NULL (value))
        continue;
      wrong = regie_field_check (field, value, NULL);
      if (wrong != NULL && field->type != REGIE_FIELD_ENUM)
        g_error ("%s.%s: %s", kind->name, field->name, wrong);
      if (field->type == REGIE_FIELD_TIME)
        g_assert_cmpint (json_node_get_value_type (value), ==, G_TYPE_INT64);
    }
}

static void
check_result (const Step *step, RegieExchange *exchange, const GValue *result)
{
  JsonObject *answer = G_VALUE_HOLDS (result, JSON_TYPE_OBJECT) ? g_value_get_boxed (result) : NULL;
  JsonArray *items;

  switch (exchange->want)
    {
    case REGIE_WANT_RECORD:
      check_record (exchange->kind, regie_json_get_object (answer, "record"));
      g_assert_cmpstr (regie_json_get_text (answer, "remote_id", NULL), ==,
                       regie_json_get_text (regie_json_get_object (answer, "record"), "id", ""));
      g_assert_nonnull (regie_json_get_text (answer, "etag", NULL));
      break;
    case REGIE_WANT_PAGE:
      items = regie_json_get_array (answer, "items");
      for (guint i = 0; i < json_array_get_length (items); i++)
        check_record (exchange->kind, json_array_get_object_element (items, i));
      g_assert_cmpint (regie_json_get_int (answer, "total", -1), >=, json_array_get_length (items));
      break;
    case REGIE_WANT_BYTES:
      g_assert_true (G_VALUE_HOLDS (result, G_TYPE_BYTES));
      break;
    case REGIE_WANT_JSON:
    case REGIE_WANT_PROBE:
    default:
      g_assert_nonnull (answer);
    }
}

/* The id in the answer, where the step wants it. */
static char *
decode (const Step *step, RegieExchange *exchange, RegieHttpResponse *response)
{
  g_auto (GValue) result = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;
  gboolean good = regie_exchange_decode (exchange, response, &result, &error);

  if (step->error != 0)
    {
      g_assert_false (good);
      g_assert_error (error, REGIE_ERROR, step->error - 1);
      g_test_message ("%s: %s", step->name, error->message);
      return NULL;
    }
  g_assert_no_error (error);
  check_result (step, exchange, &result);

  return step->keeps != NONE ? g_strdup (regie_json_get_text (g_value_get_boxed (&result), "remote_id", NULL))
                             : NULL;
}

static char *
folder_of_recordings (void)
{
  return g_test_build_filename (G_TEST_DIST, "contract", "regie", NULL);
}

/* --- the tests --- */

static void
live (Run *run, const Step *step)
{
  g_autoptr (RegieExchange) exchange = exchange_of (run, step);
  g_autoptr (RegieHttpRequest) request = NULL;
  g_autoptr (DexFuture) sent = NULL;
  g_autoptr (JsonObject) recording = NULL, known = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = folder_of_recordings (), *shape = NULL, *known_shape = NULL;
  RegieHttpResponse *response;

  exchange->key = g_uuid_string_random ();
  request = regie_exchange_encode (exchange, &error);
  g_assert_no_error (error);
  sent = test_settle (regie_http_send (run->http, request));
  response = g_value_get_boxed (dex_future_get_value (sent, &error));
  g_assert_no_error (error);

  recording = contract_record (request, response);
  if (g_getenv ("REGIE_RECORD") != NULL)
    {
      contract_write (g_getenv ("REGIE_RECORD"), step->name, recording);
    }
  else
    {
      known = contract_read (folder, step->name);
      g_assert_nonnull (known);
      shape = contract_get_shape (recording);
      known_shape = contract_get_shape (known);
      g_assert_cmpstr (shape, ==, known_shape);
    }
  if (step->keeps != NONE)
    run->ids[step->keeps] = decode (step, exchange, response);
  else
    g_free (decode (step, exchange, response));
}

static void
test_live (void)
{
  g_autoptr (RegieEngineHarness) engine = regie_engine_harness_new_started ();
  g_autofree char *address = g_strconcat ("unix:", regie_engine_harness_get_socket (engine), NULL);
  g_autoptr (RegieEndpoint) endpoint = regie_endpoint_parse (address, REGIE_ENDPOINT_NONE, NULL);
  Run run = { own_profile (), regie_http_new (endpoint), { NULL } };

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    live (&run, &steps[i]);
  for (guint i = 0; i < N_IDS; i++)
    g_free (run.ids[i]);
  g_object_unref (run.http);
  g_object_unref (run.profile);
}

static void
test_recorded (gconstpointer data)
{
  const Step *step = data;
  g_autofree char *folder = folder_of_recordings (), *id = NULL;
  g_autoptr (JsonObject) recording = contract_read (folder, step->name);
  g_autoptr (RegieProfile) profile = own_profile ();
  g_autoptr (RegieExchange) exchange = NULL;
  g_autoptr (RegieHttpResponse) response = NULL;
  Run run = { profile, NULL, { NULL } };

  g_assert_nonnull (recording);
  exchange = exchange_of (&run, step);
  exchange->safe = g_str_has_prefix (regie_json_get_text (recording, "request", ""), "GET ");
  response = contract_replay (recording);
  id = decode (step, exchange, response);
}

/* Every operation, action and request that the profile promises is tried above, but those that need a
 * running Digital Human or its database, which the engine's own tests cover. */
static void
test_complete (void)
{
  static const char *const elsewhere[] = { "import", "drain", NULL };
  g_autoptr (RegieProfile) profile = own_profile ();
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, profile->requests);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    {
      gboolean found = g_strv_contains (elsewhere, name);

      for (guint i = 0; i < G_N_ELEMENTS (steps) && !found; i++)
        found = steps[i].kind == NULL && g_str_equal (steps[i].op, name);
      if (!found)
        g_error ("the request %s is not tried", (char *) name);
    }
  g_hash_table_iter_init (&iter, profile->kinds);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    {
      gboolean found = FALSE;

      for (guint i = 0; i < G_N_ELEMENTS (steps) && !found; i++)
        found = g_strcmp0 (steps[i].kind, name) == 0 && g_str_equal (steps[i].op, "list");
      if (!found)
        g_error ("%s are not listed", (char *) name);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/contract/regie/complete", test_complete);
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      g_autofree char *name = g_strconcat ("/contract/regie/recorded/", steps[i].name, NULL);

      if (g_getenv ("REGIE_RECORD") == NULL)
        g_test_add_data_func (name, &steps[i], test_recorded);
    }
  g_test_add_func ("/contract/regie/live", test_live);

  return g_test_run ();
}
