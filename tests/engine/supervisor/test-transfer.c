/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "supervisor-test-util.h"

#include <string.h>

#include "engine/regie-transfer.h"

/* Export, import, the sample. */

#define HEADER    "{\"regie\":\"workspace\",\"version\":1,\"kinds\":1,\"databases\":1}\n"
#define WORKSPACE "{\"kind\":\"workspace\",\"record\":{\"id\":\"6b0000000000000000000001\",\"name\":\"W\"}}\n"
#define HUMAN                                                                                                \
  "{\"kind\":\"digital-human\",\"record\":{\"id\":\"6b0000000000000000000002\",\"workspace\":"               \
  "\"6b0000000000000000000001\",\"name\":\"H\",\"role\":\"assistant\"}}\n"
#define DATABASE                                                                                             \
  "{\"kind\":\"database\",\"record\":{\"id\":\"6b0000000000000000000003\",\"digital_human\":"                \
  "\"6b0000000000000000000002\",\"file\":\"../../etc/passwd\"}}\n"
#define DEEP_64 "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["

static void
do_task (Fixture *f, const char *human, const char *type, const char *payload)
{
  g_autofree char *id = test_put_task (f, human, type, "high", payload);

  json_object_unref (test_wait_task (f, id));
}

static GBytes *export (Fixture *f, const char *workspace)
{
  g_autoptr (DexFuture) future = regie_supervisor_export (f->supervisor, workspace);

  test_await (dex_ref (future), NULL);

  return g_value_dup_boxed (dex_future_get_value (future, NULL));
}

/* --- comparing two texts but for ids and what an import changes --- */

static void
collect_ids (GHashTable *names, const char *text, gsize length)
{
  /* The n-th new id of the text is called n. */
  for (gsize i = 0; i + 26 <= length; i++)
    {
      g_autofree char *id = NULL;

      if (text[i] != '"' || text[i + 25] != '"' || strspn (text + i + 1, "0123456789abcdef") < 24)
        continue;
      id = g_strndup (text + i + 1, 24);
      if (!g_hash_table_contains (names, id))
        {
          g_autofree char *name = g_strdup_printf ("%024u", g_hash_table_size (names));

          g_hash_table_insert (names, g_steal_pointer (&id), g_steal_pointer (&name));
        }
    }
}

static char *
normalise (GBytes *bytes)
{
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GString) result = g_string_new_len (text, length);
  static const char *const patterns[] = {
    "\"rev\":[0-9]+",
    "\"updated_at\":\"[^\"]*\"",
    "\\\\*\"database\\\\*\":\\\\*\"[^\"]*\"",
    "\"last_backup_at\":\"[^\"]*\"",
    "\"(wanted|state)\":\"(running|idle|stopped)\"",
    "\"(pid|worker_pid)\":[0-9]+",
    "\"started_at\":\"[^\"]*\"",
    "\\{\"kind\":\"audit\"[^\n]*\n",
  };
  char *plain;
  GHashTableIter iter;
  gpointer id, name;

  collect_ids (names, text, length);
  g_hash_table_iter_init (&iter, names);
  while (g_hash_table_iter_next (&iter, &id, &name))
    g_string_replace (result, id, name, 0);
  plain = g_string_free (g_steal_pointer (&result), FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (patterns); i++)
    {
      g_autoptr (GRegex) regex = g_regex_new (patterns[i], 0, 0, NULL);
      char *next = g_regex_replace (regex, plain, -1, 0, "", 0, NULL);

      g_free (plain);
      plain = next;
    }

  return plain;
}

/* Says where they part, not all of both. */
static void
assert_same (const char *a, const char *b)
{
  gsize i = 0;

  while (a[i] != '\0' && a[i] == b[i])
    i++;
  if (a[i] == b[i])
    return;
  i = i > 60 ? i - 60 : 0;
  g_test_message ("%.200s", a + i);
  g_test_message ("%.200s", b + i);
  g_test_fail_printf ("they differ");
}

static void
test_round_trip (void)
{
  g_autoptr (Fixture) f = fixture_new ();
  g_autofree char *one =
      test_put_human (f, "Zoé “one”\u202e", "{\"backup_time\": \"04:00\", \"signature\": \"a\\nb\"}");
  g_autofree char *two = test_put_human (f, "two", "{}");
  g_autofree char *right_settings =
      g_strdup_printf ("{\"digital_human\": \"%s\", \"service\": \"web\", \"access\": \"limited\", "
                       "\"per_hour\": 5, \"hosts\": [\"a.test\"]}",
                       one);
  g_autofree char *right = test_put (f, "right", right_settings);
  g_autofree char *general = test_put (f, "right", "{\"service\": \"chat\", \"access\": \"denied\"}");
  g_autoptr (GBytes) first = NULL;
  g_autoptr (GBytes) second = NULL;
  g_autoptr (JsonObject) imported = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autoptr (JsonArray) humans = NULL;

  test_start (f, one);
  do_task (f, one, "answer", "{\"text\": \"Bonjour, où est ma commande ?\"}");
  do_task (f, one, "analyze", "{\"text\": \"Merci\"}");
  do_task (f, one, "http", "{\"url\": \"https://a.test/\"}");
  json_object_unref (test_act (f, "digital-human", one, "stop", NULL));
  json_object_unref (test_wait_state (f, "digital-human", one, "stopped"));

  first = export (f, f->workspace);
  imported =
      test_await_object (regie_supervisor_import (f->supervisor, first, "you", NULL, NULL, NULL), NULL);
  g_assert_cmpstr (regie_json_get_text (imported, "id", ""), !=, f->workspace);
  second = export (f, regie_json_get_text (imported, "id", ""));
  before = normalise (first);
  after = normalise (second);
  assert_same (before, after);
  g_assert_nonnull (strstr (before, "\"table\":\"message\""));
  g_assert_nonnull (strstr (before, "\"kind\":\"metric\""));

  /* The copy runs, with its own file. */
  humans = test_list (f, "digital-human", "workspace", regie_json_get_text (imported, "id", ""));
  g_assert_cmpuint (json_array_get_length (humans), ==, 2);
  for (guint i = 0; i < 2; i++)
    {
      JsonObject *human = json_array_get_object_element (humans, i);

      g_assert_cmpstr (regie_json_get_text (human, "state", ""), ==, "stopped");
      test_start (f, regie_json_get_text (human, "id", ""));
    }
}

/* --- garbage --- */

static void
test_refused (void)
{
  static const struct
  {
    const char *text;
    RegieError code;
    const char *words;
  } cases[] = {
    { "", REGIE_ERROR_INVALID, "line 1: the text is empty" },
    { "\n", REGIE_ERROR_INVALID, "line 1: the line is empty" },
    { "not JSON", REGIE_ERROR_INVALID, "line 1: " },
    { "[]", REGIE_ERROR_INVALID, "line 1: " },
    { "{}", REGIE_ERROR_INVALID, "line 1: this is no workspace that Régie exported" },
    { "{\"regie\":\"workspace\",\"version\":0}", REGIE_ERROR_INVALID, "line 1: its version" },
    { "{\"regie\":\"workspace\",\"version\":2}", REGIE_ERROR_NEWER,
      "line 1: it was exported by a newer version" },
    { "{\"regie\":\"workspace\",\"version\":1,\"kinds\":999}", REGIE_ERROR_NEWER, "line 1: " },
    { "{\"regie\":\"workspace\",\"version\":1,\"kinds\":1,\"databases\":999}", REGIE_ERROR_NEWER,
      "line 1: " },
    { HEADER, REGIE_ERROR_INVALID, "line 1: the text ends without a workspace" },
    { HEADER "{\"kind\":\"dragon\",\"record\":{}}", REGIE_ERROR_INVALID, "line 2: /kind" },
    { HEADER "{\"kind\":7,\"record\":{}}", REGIE_ERROR_INVALID, "line 2: /kind" },
    { HEADER "{\"kind\":\"workspace\",\"record\":[]}", REGIE_ERROR_INVALID, "line 2: /record: an object" },
    { HEADER "{\"kind\":\"workspace\",\"record\":{\"id\":\"6b0000000000000000000001\"}}", REGIE_ERROR_INVALID,
      "line 2: /record/name of a workspace is needed" },
    { HEADER "{\"kind\":\"workspace\",\"record\":{\"id\":\"../../x\",\"name\":\"W\"}}", REGIE_ERROR_INVALID,
      "line 2: /record/id is not an id" },
    { HEADER "{\"kind\":\"workspace\",\"record\":{\"id\":\"6b0000000000000000000001\",\"name\":7}}",
      REGIE_ERROR_INVALID, "line 2: /record/name of a workspace must be text" },
    { HEADER
      "{\"kind\":\"workspace\",\"record\":{\"id\":\"6b0000000000000000000001\",\"name\":\"W\",\"evil\":1}}",
      REGIE_ERROR_INVALID, "line 2: /record/evil" },
    { HEADER WORKSPACE WORKSPACE, REGIE_ERROR_INVALID,
      "line 3: /record/id: there is a workspace with this id already" },
    { HEADER WORKSPACE HUMAN HUMAN, REGIE_ERROR_INVALID, "line 4: /record/id" },
    { HEADER HUMAN, REGIE_ERROR_INVALID, "line 2: the text ends without a workspace" },
    { HEADER WORKSPACE "{\"x\":1}", REGIE_ERROR_INVALID, "line 3: neither a record nor a row" },
    { HEADER WORKSPACE HUMAN "{\"dh\":\"6b0000000000000000000002\",\"table\":\"run\",\"row\":{}}",
      REGIE_ERROR_INVALID, "line 4: /row/task is needed" },
    { HEADER WORKSPACE HUMAN "{\"dh\":\"6b0000000000000000000002\",\"table\":\"sqlite_master\",\"row\":{}}",
      REGIE_ERROR_INVALID, "line 4: /table" },
    { HEADER WORKSPACE HUMAN "{\"dh\":\"6b0000000000000000000002\",\"table\":\"use\",\"row\":{\"n\":1,"
                             "\"service\":\"web\",\"at\":\"x\"}}",
      REGIE_ERROR_INVALID, "line 4: /row/at must be a whole number" },
    { HEADER WORKSPACE HUMAN "{\"dh\":\"6b0000000000000000000002\",\"table\":\"use\",\"row\":{\"n\":1,"
                             "\"service\":\"web\",\"at\":1,\"x\":1}}",
      REGIE_ERROR_INVALID, "line 4: /row has a column" },
    { HEADER WORKSPACE HUMAN "{\"dh\":\"6b0000000000000000000002\",\"table\":\"use\",\"row\":{\"n\":1,"
                             "\"service\":\"web\",\"at\":1}}",
      REGIE_ERROR_INVALID, "line 4: /dh: there is no database" },
    { HEADER WORKSPACE HUMAN DATABASE DATABASE, REGIE_ERROR_INVALID, "line 5: " },
    { HEADER WORKSPACE
      "{\"kind\":\"right\",\"record\":{\"id\":\"6b0000000000000000000004\",\"workspace\":"
      "\"6b0000000000000000000001\","
      "\"digital_human\":\"6b00000000000000000000ff\",\"service\":\"web\",\"access\":\"allowed\"}}",
      REGIE_ERROR_INVALID, "line 3: /record/digital_human: there is no digital-human" },
    { HEADER WORKSPACE HUMAN
      "{\"kind\":\"task\",\"record\":{\"id\":\"6b0000000000000000000005\",\"digital_human\":"
      "\"6b0000000000000000000002\",\"type\":\"http\",\"payload\":{\"url\":\"file:///etc/"
      "passwd\"},\"state\":\"queued\"}}",
      REGIE_ERROR_INVALID, "line 4: /record/payload/url: only http and https" },
    { HEADER DEEP_64 DEEP_64, REGIE_ERROR_TOO_LARGE, "line 2: " },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) bytes = g_bytes_new (cases[i].text, strlen (cases[i].text));
      g_autoptr (GError) error = NULL;
      g_autoptr (RegieTransfer) transfer = regie_transfer_check (bytes, &error);

      g_test_message ("%s", cases[i].text);
      g_assert_null (transfer);
      g_assert_error (error, REGIE_ERROR, (int) cases[i].code);
      g_assert_true (g_str_has_prefix (error->message, cases[i].words));
    }
}

/* Whatever is done to a good text: refused with a line, or taken; never anything else. */
static void
test_mutations (void)
{
  static const char good[] =
      HEADER WORKSPACE HUMAN DATABASE "{\"dh\":\"6b0000000000000000000002\",\"table\":\"use\",\"row\":{\"n\":"
                                      "1,\"service\":\"web\",\"at\":1}}\n";
  static const char bytes[] = "{}[]\",:\n\\0129aezZ\xc3\x28\x00\xff";

  for (guint round = 0; round < 3000; round++)
    {
      g_autoptr (GByteArray) text = g_byte_array_new ();
      g_autoptr (GBytes) mutated = NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (RegieTransfer) transfer = NULL;

      g_byte_array_append (text, (const guint8 *) good, sizeof good - 1);
      for (int n = g_test_rand_int_range (1, 4); n > 0; n--)
        {
          guint at = g_test_rand_int_range (0, text->len);
          guint length = g_test_rand_int_range (1, 30);

          if (g_test_rand_bit ())
            text->data[at] = bytes[g_test_rand_int_range (0, sizeof bytes - 1)];
          else
            g_byte_array_remove_range (text, at, MIN (length, text->len - at));
        }
      mutated = g_bytes_new (text->data, text->len);
      transfer = regie_transfer_check (mutated, &error);
      g_assert_true ((transfer == NULL) == (error != NULL));
      if (error != NULL)
        g_assert_true (g_str_has_prefix (error->message, "line "));
    }
}

static guint
count_all (Fixture *f, const char *folder)
{
  g_autofree char *path = g_build_filename (f->folder, folder, NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint n = 0;
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    n += g_str_has_suffix (name, ".db") ? 1 : 0;

  return n;
}

/* The last line does not fit into the database: nothing of the rest stays. */
static void
test_all_or_nothing (void)
{
  static const char text[] =
      HEADER WORKSPACE HUMAN DATABASE "{\"dh\":\"6b0000000000000000000002\",\"table\":\"use\",\"row\":{\"n\":"
                                      "1,\"service\":\"web\",\"at\":1}}\n"
                                      "{\"dh\":\"6b0000000000000000000002\",\"table\":\"use\",\"row\":{\"n\":"
                                      "1,\"service\":\"web\",\"at\":2}}\n";
  g_autoptr (Fixture) f = fixture_new ();
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, sizeof text - 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonArray) workspaces = NULL;

  g_assert_null (
      test_await_object (regie_supervisor_import (f->supervisor, bytes, "you", NULL, NULL, NULL), &error));
  g_assert_nonnull (error);
  g_assert_true (g_str_has_prefix (error->message, "line 6: "));
  workspaces = test_list (f, "workspace", NULL, NULL);
  g_assert_cmpuint (json_array_get_length (workspaces), ==, 1);
  g_assert_cmpuint (count_all (f, "workspaces"), ==, 1);
  g_assert_cmpuint (count_all (f, "digital-humans"), ==, 0);
}

/* --- the sample --- */

static void
test_sample (void)
{
  static const char *const names[] = { "autodin", "cash", "gtd" };
  g_autoptr (Fixture) f = fixture_new ();
  g_autoptr (JsonObject) sample =
      test_await_object (regie_supervisor_add_sample (f->supervisor, "you", NULL, NULL, NULL), NULL);
  const char *id = regie_json_get_text (sample, "id", "");
  g_autoptr (JsonArray) humans = test_list (f, "digital-human", "workspace", id);
  g_autoptr (GError) error = NULL;
  g_autofree char *workspace = g_strdup (f->workspace);
  GPid pid;

  g_assert_cmpstr (regie_json_get_text (sample, "name", ""), ==, "Autodin");
  g_assert_true (regie_json_get_bool (sample, "sample", FALSE));
  g_assert_cmpuint (json_array_get_length (humans), ==, G_N_ELEMENTS (names));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      JsonObject *human = json_array_get_object_element (humans, i);
      g_autoptr (JsonArray) rights =
          test_list (f, "right", "digital_human", regie_json_get_text (human, "id", ""));

      g_assert_cmpstr (regie_json_get_text (human, "name", ""), ==, names[i]);
      g_assert_cmpstr (regie_json_get_text (human, "state", ""), ==, "stopped");
      g_assert_cmpstr (regie_json_get_text (human, "language", ""), ==, "fr");
      g_assert_cmpuint (json_array_get_length (rights), >=, 2);
    }
  g_assert_null (
      test_await_object (regie_supervisor_add_sample (f->supervisor, "you", NULL, NULL, NULL), &error));
  g_assert_error (error, REGIE_ERROR, REGIE_ERROR_STATE);

  /* Taken away in one action, whoever runs. */
  pid = test_start (f, regie_json_get_text (json_array_get_object_element (humans, 0), "id", ""));
  g_set_str (&f->workspace, id);
  test_delete (f, "workspace", id);
  while (test_is_alive (pid))
    g_main_context_iteration (NULL, FALSE);
  g_set_str (&f->workspace, workspace);
  json_object_unref (
      test_await_object (regie_supervisor_add_sample (f->supervisor, "you", NULL, NULL, NULL), NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/transfer/round-trip", test_round_trip);
  g_test_add_func ("/transfer/refused", test_refused);
  g_test_add_func ("/transfer/mutations", test_mutations);
  g_test_add_func ("/transfer/all-or-nothing", test_all_or_nothing);
  g_test_add_func ("/transfer/sample", test_sample);

  return g_test_run ();
}
