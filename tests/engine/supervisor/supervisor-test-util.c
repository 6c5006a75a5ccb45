/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "supervisor-test-util.h"

#include <glib/gstdio.h>
#include <signal.h>

#include "core/regie-time.h"
#include "engine/regie-task.h"

#define DEADLINE (60 * G_USEC_PER_SEC)

/* What the supervisor warns of is what the tests bring about; nothing of it is fatal here. */
static GLogWriterOutput
write_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  if (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL))
    {
      g_log_writer_standard_streams (level, fields, n_fields, data);
      abort ();
    }
  if (level & (G_LOG_LEVEL_WARNING | G_LOG_LEVEL_MESSAGE))
    g_log_writer_standard_streams (level, fields, n_fields, data);

  return G_LOG_WRITER_HANDLED;
}

void
test_expect_warnings (void)
{
  static gboolean is_set;

  if (!is_set)
    g_log_set_writer_func (write_log, NULL, NULL);
  is_set = TRUE;
}

/* --- the fixture --- */

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }
  g_remove (path);
}

void
fixture_open (Fixture *self)
{
  g_autoptr (GError) error = NULL;

  self->store = regie_engine_store_open (self->folder, NULL, &error);
  g_assert_no_error (error);
  self->supervisor = regie_supervisor_new (self->store, REGIE_ENGINE_PROGRAM);
  g_object_set (self->supervisor, "heartbeat", 50, "first-delay", 100, NULL);
  test_await (regie_supervisor_resume (self->supervisor), NULL);
}

void
fixture_close (Fixture *self)
{
  test_await (regie_supervisor_drain (self->supervisor), NULL);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (g_steal_pointer (&self->supervisor));
  regie_engine_store_close (self->store);
  g_clear_object (&self->store);
}

static gboolean
put_workspace (RegieTxn *txn, gpointer data, GError **error)
{
  g_autoptr (JsonObject) record = regie_json_object_new ("name", 's', "Test", NULL);

  return regie_txn_put (txn, regie_kind_get ("workspace"), record, error);
}

Fixture *
fixture_new (void)
{
  Fixture *self = g_new0 (Fixture, 1);
  g_autoptr (GError) error = NULL;

  test_expect_warnings ();
  self->folder = g_dir_make_tmp ("regie-supervisor-XXXXXX", &error);
  g_assert_no_error (error);
  fixture_open (self);
  self->workspace = g_strdup ("6b0000000000000000000001");
  test_await (regie_engine_store_add_workspace (self->store, self->workspace, put_workspace, NULL, NULL),
              NULL);

  return self;
}

void
fixture_free (Fixture *self)
{
  if (self->supervisor != NULL)
    fixture_close (self);
  remove_tree (self->folder);
  g_free (self->folder);
  g_free (self->workspace);
  g_free (self);
}

void
fixture_restart (Fixture *self)
{
  fixture_close (self);
  fixture_open (self);
}

/* --- waiting --- */

static gboolean
on_tick (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

void
test_until (gboolean (*func) (gpointer data), gpointer data)
{
  gint64 deadline = g_get_monotonic_time () + DEADLINE;
  guint tick = g_timeout_add (5, on_tick, NULL);

  while (!func (data))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      g_main_context_iteration (NULL, TRUE);
    }
  g_source_remove (tick);
}

static gboolean
is_settled (gpointer future)
{
  return !dex_future_is_pending (future);
}

static gboolean
settle (DexFuture *future, GError **error)
{
  g_autoptr (GError) wrong = NULL;

  test_until (is_settled, future);
  if (dex_future_get_value (future, &wrong) != NULL)
    return TRUE;
  if (error == NULL)
    g_assert_no_error (wrong);
  g_propagate_error (error, g_steal_pointer (&wrong));

  return FALSE;
}

gboolean
test_await (DexFuture *future, GError **error)
{
  g_autoptr (DexFuture) owned = future;

  return settle (owned, error);
}

JsonObject *
test_await_object (DexFuture *future, GError **error)
{
  g_autoptr (DexFuture) owned = future;

  if (!settle (owned, error))
    return NULL;

  return g_value_dup_boxed (dex_future_get_value (owned, NULL));
}

gboolean
test_is_alive (GPid pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", pid);
  g_autofree char *text = NULL;
  const char *end;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return FALSE;
  end = strrchr (text, ')');

  return end != NULL && end[2] != 'Z' && end[2] != 'X';
}

/* --- records --- */

typedef struct
{
  const RegieKind *kind;
  const char *id;
  JsonObject *record;
  JsonObject *patch;
  gboolean delete;
} Change;

static gboolean
make_change (RegieTxn *txn, gpointer data, GError **error)
{
  Change *self = data;

  regie_txn_set_who (txn, "you");
  if (self->record != NULL)
    return regie_txn_put (txn, self->kind, self->record, error);
  self->record = self->delete ? regie_txn_delete (txn, self->kind, self->id, error)
                              : regie_txn_patch (txn, self->kind, self->id, self->patch, -1, error);

  return self->record != NULL;
}

static char *
put_record (Fixture *self, const char *kind, JsonObject *record)
{
  Change change = { .kind = regie_kind_get (kind), .record = record };

  test_await (regie_engine_store_change (self->store, self->workspace, make_change, &change, NULL), NULL);
  regie_supervisor_record_changed (self->supervisor, change.kind, record, FALSE);

  return g_strdup (regie_json_get_text (record, "id", ""));
}

char *
test_put (Fixture *self, const char *kind, const char *settings)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) record = regie_json_parse_object (settings, -1, &error);

  g_assert_no_error (error);
  if (regie_kind_find_field (regie_kind_get (kind), "workspace") != NULL)
    json_object_set_string_member (record, "workspace", self->workspace);
  regie_kind_validate (regie_kind_get (kind), record, REGIE_VALIDATE_CREATE, &error);
  g_assert_no_error (error);

  return put_record (self, kind, record);
}

char *
test_put_human (Fixture *self, const char *name, const char *settings)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) record = regie_json_parse_object (settings, -1, &error);
  g_autofree char *text = NULL;

  g_assert_no_error (error);
  json_object_set_string_member (record, "name", name);
  text = regie_json_object_to_string (record);

  return test_put (self, "digital-human", text);
}

char *
test_put_task (Fixture *self, const char *human, const char *type, const char *priority, const char *payload)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) record =
      regie_json_object_new ("digital_human", 's', human, "type", 's', type, "priority", 's', priority,
                             "payload", 'o', regie_json_parse_object (payload, -1, &error), NULL);

  g_assert_no_error (error);
  regie_task_prepare (record, "you", &error);
  g_assert_no_error (error);

  return put_record (self, "task", record);
}

static void
change_record (Fixture *self, Change *change)
{
  test_await (regie_engine_store_change (self->store, self->workspace, make_change, change, NULL), NULL);
  regie_supervisor_record_changed (self->supervisor, change->kind, change->record, change->delete);
  json_object_unref (change->record);
}

void
test_patch (Fixture *self, const char *kind, const char *id, const char *patch)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) object = regie_json_parse_object (patch, -1, &error);
  Change change = { .kind = regie_kind_get (kind), .id = id, .patch = object };

  g_assert_no_error (error);
  change_record (self, &change);
}

void
test_delete (Fixture *self, const char *kind, const char *id)
{
  Change change = { .kind = regie_kind_get (kind), .id = id, .delete = TRUE };

  change_record (self, &change);
}

JsonObject *
test_get (Fixture *self, const char *kind, const char *id)
{
  return test_await_object (regie_engine_store_get (self->store, regie_kind_get (kind), id), NULL);
}

JsonArray *
test_list (Fixture *self, const char *kind, const char *field, const char *value)
{
  const char *const where[] = { field, "eq", value, NULL };
  RegiePageRequest request = { .kind = regie_kind_get (kind),
                               .where = field != NULL ? where : NULL,
                               .limit = 1000 };
  g_autoptr (JsonObject) page = test_await_object (regie_engine_store_page (self->store, &request), NULL);

  return json_array_ref (regie_json_get_array (page, "items"));
}

JsonObject *
test_act (Fixture *self, const char *kind, const char *id, const char *action, GError **error)
{
  return test_await_object (regie_supervisor_act (self->supervisor, regie_kind_get (kind), id, action, NULL,
                                                  "you", NULL, NULL, NULL),
                            error);
}

typedef struct
{
  Fixture *fixture;
  const char *kind, *id;
  const char *const *states;
  JsonObject *record;
} Waiting;

static gboolean
has_state (gpointer data)
{
  Waiting *self = data;

  g_clear_pointer (&self->record, json_object_unref);
  self->record = test_get (self->fixture, self->kind, self->id);

  return g_strv_contains (self->states, regie_json_get_text (self->record, "state", ""));
}

JsonObject *
test_wait_state (Fixture *self, const char *kind, const char *id, const char *state)
{
  const char *const states[] = { state, NULL };
  Waiting waiting = { .fixture = self, .kind = kind, .id = id, .states = states };

  test_until (has_state, &waiting);

  return waiting.record;
}

JsonObject *
test_wait_task (Fixture *self, const char *id)
{
  static const char *const states[] = { "done", "failed", "unknown", "cancelled", NULL };
  Waiting waiting = { .fixture = self, .kind = "task", .id = id, .states = states };

  test_until (has_state, &waiting);

  return waiting.record;
}

GPid
test_start (Fixture *self, const char *human)
{
  g_autoptr (JsonObject) started = test_act (self, "digital-human", human, "start", NULL);
  g_autoptr (JsonObject) record = test_wait_state (self, "digital-human", human, "idle");

  return (GPid) regie_json_get_int (record, "pid", 0);
}

static JsonNode *
node_at (JsonObject *object, const char *pointer)
{
  g_autoptr (JsonNode) root = json_node_init_object (json_node_alloc (), object);

  /* The object goes on owning it. */
  return regie_json_pointer_get (root, pointer);
}

gint64
test_int_at (JsonObject *object, const char *pointer)
{
  JsonNode *node = node_at (object, pointer);

  g_assert_nonnull (node);

  return json_node_get_int (node);
}

const char *
test_text_at (JsonObject *object, const char *pointer)
{
  JsonNode *node = node_at (object, pointer);

  g_assert_nonnull (node);

  return json_node_get_string (node);
}
