/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <string.h>

#include "regie-json.h"
#include "regie-mapping.h"
#include "regie-profile-private.h"

static char *
own_text (void)
{
  g_autoptr (GBytes) bytes =
      g_resource_lookup_data (regie_profiles_get_resource (), "/org/regie/profiles/regie.json", 0, NULL);

  return g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

static RegieProfile *
load (const char *text, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  return regie_profile_load (bytes, "mine.json", error);
}

/* The program's own profile with OLD replaced by NEW, which must be found. */
static char *
spoil (const char *old, const char *new)
{
  g_autofree char *text = own_text ();
  g_autoptr (GString) spoilt = g_string_new (text);

  g_assert_cmpuint (g_string_replace (spoilt, old, new, 1), ==, 1);

  return g_string_free_and_steal (g_steal_pointer (&spoilt));
}

static void
test_own (void)
{
  g_auto (GStrv) warnings = NULL;
  g_autoptr (GPtrArray) profiles = regie_profiles_load_all (&warnings);
  RegieProfile *profile = regie_profiles_find (profiles, "regie");
  guint n;
  const RegieKind *const *kinds = regie_kinds_list (&n);

  g_assert_cmpuint (profiles->len, ==, 4);
  g_assert_cmpuint (g_strv_length (warnings), ==, 0);
  g_assert_cmpstr (regie_profile_get_name (profile), ==, "regie");
  g_assert_cmpstr (regie_profile_get_title (profile), ==, "Régie engine");
  /* The engine has every kind that there is. */
  for (guint i = 0; i < n; i++)
    {
      const RegieProfileKind *here = regie_profile_get_kind (profile, kinds[i]);

      g_assert_nonnull (here);
      g_assert_null (here->ops[REGIE_OP_LIST]->missing);
      for (guint a = 0; a < kinds[i]->n_actions; a++)
        g_assert_nonnull (regie_profile_get_action (profile, kinds[i], kinds[i]->actions[a].name));
      /* What a kind allows, the profile has; what it does not allow is explained. */
      g_assert_true ((here->ops[REGIE_OP_CREATE]->missing == NULL) == kinds[i]->can_create);
      g_assert_true ((here->ops[REGIE_OP_UPDATE]->missing == NULL) == kinds[i]->can_update);
      g_assert_true ((here->ops[REGIE_OP_DELETE]->missing == NULL) == kinds[i]->can_delete);
    }
}

typedef struct
{
  const char *old, *new, *where;
} Fault;

static const Fault faults[] = {
  { "\"schema\": 1", "\"schema\": 2", "/schema: must be 1" },
  { "\"name\": \"regie\"", "\"name\": \"No Good\"", "/name: may hold a-z" },
  { "\"title\": \"Régie engine\"", "\"title\": \"\"", "/title: must be a text" },
  { "\"title\": \"Régie engine\"", "\"title\": 5", "/title: must be a text" },
  { "\"title\":", "\"surprise\": true, \"title\":", "/surprise: is not known here" },
  { "\"title\":", "\"zone\": \"Mars/Olympus\", \"title\":", "/zone: \"Mars/Olympus\" is no time zone" },
  { "[\"unix\",", "[\"pigeon\",", "/endpoints/api/transports: \"pigeon\"" },
  { "[\"unix\", ", "[", "/auth/kind: \"socket\" needs" },
  { "\"path\": \"/v1/health\",", "", "/probe/path: is missing" },
  { "\"/engine\"", "\"engine\"", "/probe/shape/engine: must be a JSON pointer" },
  { "{\"type\": \"text\"}", "{\"type\": \"word\"}", "/probe/shape/~1version/type: \"word\" is not one of" },
  { "{\"kind\": \"socket\"}", "{\"kind\": \"hope\"}", "/auth/kind: \"hope\" is not one of none, socket" },
  { "\"hours\": 24", "\"hours\": 0", "/idempotency/hours: must be from 1" },
  { "\"hours\": 24", "\"hours\": \"24\"", "/idempotency/hours: must be a whole number" },
  { "\"429\": \"limited\"", "\"429\": \"patience\"", "/errors/status/429: \"patience\"" },
  { "\"429\":", "\"29\":", "/errors/status/29: is no status" },
  { "[\"/detail\"", "[\"detail\"", "/errors/message: \"detail\" is no JSON pointer" },
  { "[\"/items\"]", "[]", "/list/items: must be a list" },
  { "[\"/items\"]", "[1]", "/list/items: must be a list of texts (number 1" },
  { "\"filter\": \"field-op\"", "\"filter\": \"all\"", "/list/filter: \"all\"" },
  { "\"form\": \"minus\"", "\"form\": \"plus\"", "/list/sort/form: \"plus\"" },
  { "{\"method\": \"GET\", \"path\": \"/v1/{collection}\"}", "[]", "/operations/list: must be an object" },
  { "\"method\": \"PATCH\"", "\"method\": \"FETCH\"", "/operations/update/method: \"FETCH\"" },
  { "\"/v1/{collection}/{id}/restore\"", "\"/v1/{collection}/{ident}/restore\"",
    "/operations/restore/path: {ident} is not known" },
  { "\"/v1/{collection}/{id}/restore\"", "\"/v1/{collection\"", "/operations/restore/path: has a { without" },
  { "\"workspace\": {}", "\"workplace\": {}", "/kinds/workplace: there is no such kind" },
  { "\"workspace\": {}", "\"workspace\": {\"actions\": {\"fly\": {\"missing\": \"no\"}}}",
    "/kinds/workspace/actions/fly: a workspace has no such action" },
  { "\"workspace\": {}", "\"workspace\": {\"fields\": {\"colour\": {\"from\": [\"/c\"]}}}",
    "/kinds/workspace/fields/colour: a workspace has no such field" },
  { "\"workspace\": {}",
    "\"workspace\": {\"fields\": {\"name\": {\"from\": [\"/n\"], \"convert\": \"rot13\"}}}",
    "/kinds/workspace/fields/name/convert: \"rot13\" is not one of text," },
  { "\"right\": {}",
    "\"right\": {\"fields\": {\"access\": {\"from\": [\"/a\"], \"values\": {\"x\": \"maybe\"}}}}",
    "/kinds/right/fields/access/values/x: \"maybe\" is no value" },
  { "\"limit\": 1073741824", "\"limit\": 0", "/requests/export/limit: must be from 1" },
  { "\"answer\": \"bytes\"", "\"answer\": \"xml\"", "/requests/export/answer: \"xml\"" },
  { "\"form\": \"regie\"", "\"form\": \"other\"", "/events/form: \"other\"" },
  { "\"events\": {", "\"events\": ", "line 96: not JSON" },
};

static void
test_fault (gconstpointer data)
{
  const Fault *fault = data;
  g_autofree char *text = spoil (fault->old, fault->new);
  g_autofree char *wanted = g_strconcat ("mine.json: ", fault->where, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (load (text, &error));
  g_assert_error (error, REGIE_ERROR, REGIE_ERROR_INVALID);
  g_test_message ("%s", error->message);
  g_assert_true (g_str_has_prefix (error->message, wanted));
}

/* Tests run with a folder of their own as the user's data. */
static void
test_user (void)
{
  g_autofree char *folder = g_build_filename (g_get_user_data_dir (), "regie", "profiles", NULL);
  g_autofree char *good = spoil ("\"name\": \"regie\"", "\"name\": \"mine\"");
  g_autofree char *bad = spoil ("\"schema\": 1", "\"schema\": 9");
  g_autofree char *same = own_text ();
  g_autofree char *good_path = g_build_filename (folder, "a.json", NULL);
  g_autofree char *bad_path = g_build_filename (folder, "b.json", NULL);
  g_autofree char *same_path = g_build_filename (folder, "c.json", NULL);
  g_autofree char *folder_path = g_build_filename (folder, "d.json", NULL);
  g_auto (GStrv) warnings = NULL;
  g_autoptr (GPtrArray) profiles = NULL;

  g_assert_cmpint (g_mkdir_with_parents (folder_path, 0700), ==, 0);
  g_assert_true (g_file_set_contents (good_path, good, -1, NULL));
  g_assert_true (g_file_set_contents (bad_path, bad, -1, NULL));
  g_assert_true (g_file_set_contents (same_path, same, -1, NULL));
  profiles = regie_profiles_load_all (&warnings);
  g_assert_cmpuint (profiles->len, ==, 5);
  g_assert_cmpstr (regie_profile_get_name (g_ptr_array_index (profiles, profiles->len - 1)), ==, "mine");
  g_assert_cmpuint (g_strv_length (warnings), ==, 3);
  g_assert_nonnull (strstr (warnings[0], "b.json: /schema: must be 1"));
  g_assert_nonnull (strstr (warnings[1], "c.json: /name: there is a profile \"regie\" already"));
  g_assert_nonnull (strstr (warnings[2], "d.json: is no file"));
  g_unlink (good_path);
  g_unlink (bad_path);
  g_unlink (same_path);
  g_rmdir (folder_path);
}

/* --- mapping --- */

static RegieProfile *
mapped_profile (void)
{
  g_autofree char *text =
      spoil ("\"digital-human\": {}",
             "\"digital-human\": {\"fields\": {"
             "\"name\": {\"from\": [\"/title\", \"/profile/label\"], \"to\": \"/profile/label\"},"
             "\"language\": {\"from\": [\"/lang\"]},"
             "\"state\": {\"from\": [\"/status\"], \"values\": {\"up\": \"idle\", \"alive\": \"idle\", "
             "\"down\": \"stopped\"}},"
             "\"tone\": {\"from\": [\"/style\"], \"to\": \"/style\", \"values\": {\"a\": \"formal\", \"b\": "
             "\"casual\"}},"
             "\"latency_p95\": {\"from\": [\"/slow_s\"], \"to\": \"/slow_s\", \"convert\": \"seconds\"},"
             "\"personality_logic\": {\"from\": [\"/logic\"], \"to\": \"/logic\", \"convert\": \"percent\"},"
             "\"auto_reply\": {\"from\": [\"/auto\"], \"to\": \"/auto\"},"
             "\"pid\": {\"from\": [\"/pid\"], \"to\": \"/pid\", \"convert\": \"integer\"}}}");
  g_autoptr (GError) error = NULL;
  RegieProfile *profile = load (text, &error);

  g_assert_no_error (error);

  return profile;
}

static JsonObject *
map (RegieProfile *profile, const char *json)
{
  g_autoptr (JsonNode) wire = regie_json_parse (json, -1, NULL);
  g_autoptr (GError) error = NULL;
  JsonObject *record = regie_mapping_from_wire (profile, regie_kind_get ("digital-human"), wire, &error);

  g_assert_no_error (error);

  return record;
}

static void
assert_json (JsonObject *object, const char *wanted)
{
  g_autofree char *text = regie_json_object_to_sorted_string (object);

  g_assert_cmpstr (text, ==, wanted);
}

static void
test_from_wire (void)
{
  g_autoptr (RegieProfile) profile = mapped_profile ();
  g_autoptr (JsonObject) full = NULL, fallback = NULL, odd = NULL;

  full =
      map (profile,
           "{\"id\": 12, \"rev\": 3, \"title\": \"Ada\", \"lang\": \"fr\", \"status\": \"alive\", \"style\": "
           "\"b\", \"slow_s\": \"1.5\", \"logic\": 25, \"auto\": \"yes\", \"pid\": \"77\", \"workspace\": 5, "
           "\"reply_delay\": \"60\", \"started_at\": \"Fri, 20 Nov 2026 12:28:05 GMT\", \"extra\": "
           "{\"kept\": [1]}}");
  assert_json (
      full,
      "{\"auto_reply\":true,\"extra\":{\"kept\":[1]},\"id\":\"12\",\"language\":\"fr\",\"latency_p95\":1500,"
      "\"name\":\"Ada\",\"personality_logic\":0.25,\"pid\":77,\"reply_delay\":60,\"rev\":3,"
      "\"started_at\":1795177685000000,\"state\":\"idle\",\"tone\":\"casual\",\"workspace\":\"5\"}");
  fallback = map (profile, "{\"id\": \"a\", \"title\": null, \"profile\": {\"label\": \"Bob\"}}");
  g_assert_cmpstr (regie_json_get_text (fallback, "name", NULL), ==, "Bob");
  g_assert_true (json_object_has_member (fallback, "profile"));
  /* What cannot be read stays as it came. */
  odd = map (profile, "{\"id\": \"a\", \"title\": {\"x\": 1}, \"status\": \"resting\", \"slow_s\": \"fast\", "
                      "\"started_at\": \"yesterday\", \"reply_delay\": [1], \"auto\": {}}");
  assert_json (
      odd, "{\"auto_reply\":{},\"id\":\"a\",\"latency_p95\":\"fast\",\"name\":{\"x\":1},\"reply_delay\":[1],"
           "\"started_at\":\"yesterday\",\"state\":\"resting\"}");
}

static void
test_no_id (void)
{
  static const char *const wrong[] = { "{}",  "{\"id\": null}", "{\"id\": \"\"}", "{\"id\": {}}", "[]", "5",
                                       "null" };
  g_autoptr (RegieProfile) profile = mapped_profile ();

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (JsonNode) wire = regie_json_parse (wrong[i], -1, NULL);
      g_autoptr (GError) error = NULL;

      g_assert_null (regie_mapping_from_wire (profile, regie_kind_get ("task"), wire, &error));
      g_assert_error (error, REGIE_ERROR, REGIE_ERROR_PROTOCOL);
    }
}

static void
test_to_wire (void)
{
  g_autoptr (RegieProfile) profile = mapped_profile ();
  const RegieKind *kind = regie_kind_get ("digital-human");
  g_autoptr (JsonObject) fields =
      regie_json_object_new ("name", 's', "Ada", "tone", 's', "formal", "latency_p95", 'i', (gint64) 1500,
                             "personality_logic", 'd', 0.25, "auto_reply", 'b', TRUE, "started_at", 'i',
                             G_GINT64_CONSTANT (1795177685000000), "signature", 's', NULL, NULL);
  g_autoptr (JsonObject) refused = regie_json_object_new ("language", 's', "fr", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) wire = regie_mapping_to_wire (profile, kind, fields, &error);

  g_assert_no_error (error);
  assert_json (
      wire, "{\"auto\":true,\"logic\":25.0,\"profile\":{\"label\":\"Ada\"},\"signature\":null,\"slow_s\":1.5,"
            "\"started_at\":\"2026-11-20T12:28:05.000000Z\",\"style\":\"a\"}");
  g_assert_null (regie_mapping_to_wire (profile, kind, refused, &error));
  g_assert_error (error, REGIE_ERROR, REGIE_ERROR_INVALID);
  g_assert_true (g_str_has_prefix (error->message, "/language: "));
}

/* What goes out comes back the same. */
static void
test_round_trip (void)
{
  g_auto (GStrv) warnings = NULL;
  g_autoptr (GPtrArray) profiles = regie_profiles_load_all (&warnings);
  const RegieKind *kind = regie_kind_get ("digital-human");
  g_autoptr (JsonObject) record = regie_json_object_new (
      "id", 's', "0123456789abcdef01234567", "rev", 'i', (gint64) 4, "name", 's', "<b>é\u202e", "reply_delay",
      'i', (gint64) 60, "personality_logic", 'd', 0.5, "started_at", 'i',
      G_GINT64_CONSTANT (1795177685123456), "working_hours", 'b', TRUE, NULL);
  g_autoptr (JsonObject) wire =
      regie_mapping_to_wire (regie_profiles_find (profiles, "regie"), kind, record, NULL);
  g_autofree char *text = regie_json_object_to_string (wire);
  g_autoptr (JsonObject) back = map (regie_profiles_find (profiles, "regie"), text);
  g_autofree char *wanted = regie_json_object_to_sorted_string (record);

  assert_json (back, wanted);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/backend/profile/own", test_own);
  g_test_add_func ("/backend/profile/user", test_user);
  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      g_autofree char *name = g_strdup_printf ("/backend/profile/fault/%u", i);

      g_test_add_data_func (name, &faults[i], test_fault);
    }
  g_test_add_func ("/backend/mapping/from-wire", test_from_wire);
  g_test_add_func ("/backend/mapping/no-id", test_no_id);
  g_test_add_func ("/backend/mapping/to-wire", test_to_wire);
  g_test_add_func ("/backend/mapping/round-trip", test_round_trip);

  return g_test_run ();
}
