/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-store-private.h"

static const char *const state_names[] = {
  [REGIE_INTENT_HELD] = "held",         [REGIE_INTENT_QUEUED] = "queued",
  [REGIE_INTENT_SENDING] = "sending",   [REGIE_INTENT_SENT] = "sent",
  [REGIE_INTENT_FAILED] = "failed",     [REGIE_INTENT_UNKNOWN] = "unknown",
  [REGIE_INTENT_CONFLICT] = "conflict", [REGIE_INTENT_CANCELLED] = "cancelled",
};

static const char *const op_names[] = {
  [REGIE_INTENT_CREATE] = "create",
  [REGIE_INTENT_UPDATE] = "update",
  [REGIE_INTENT_DELETE] = "delete",
  [REGIE_INTENT_ACT] = "act",
};

G_DEFINE_BOXED_TYPE (RegieIntent, regie_intent, regie_intent_ref, regie_intent_unref)

RegieIntent *
regie_intent_new (void)
{
  RegieIntent *self = g_new0 (RegieIntent, 1);

  g_atomic_ref_count_init (&self->refs);
  self->error_code = -1;

  return self;
}

RegieIntent *
regie_intent_ref (RegieIntent *self)
{
  g_atomic_ref_count_inc (&self->refs);

  return self;
}

void
regie_intent_unref (RegieIntent *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_free (self->id);
  g_free (self->connection);
  g_free (self->key);
  g_free (self->remote_id);
  g_free (self->etag);
  g_free (self->action);
  g_free (self->error);
  g_free (self->merged_into);
  g_free (self->answer_etag);
  g_clear_pointer (&self->body, json_object_unref);
  g_clear_pointer (&self->base, json_object_unref);
  g_clear_pointer (&self->answer, json_object_unref);
  g_free (self);
}

const char *
regie_intent_state_to_string (RegieIntentState state)
{
  g_return_val_if_fail ((guint) state < G_N_ELEMENTS (state_names), "failed");

  return state_names[state];
}

const char *
regie_intent_op_to_string (RegieIntentOp op)
{
  g_return_val_if_fail ((guint) op < G_N_ELEMENTS (op_names), "update");

  return op_names[op];
}

static guint
find_name (const char *const *names, guint n_names, const char *name)
{
  for (guint i = 0; i < n_names; i++)
    if (g_strcmp0 (names[i], name) == 0)
      return i;

  return n_names;
}

gboolean
regie_intent_is_waiting (RegieIntent *self)
{
  return self->state == REGIE_INTENT_HELD || self->state == REGIE_INTENT_QUEUED;
}

gboolean
regie_intent_is_active (RegieIntent *self)
{
  return self->state != REGIE_INTENT_SENT && self->state != REGIE_INTENT_CANCELLED;
}

/* What failed stays visible where it is the user's own text; an action or a delete that failed did not
 * happen. Of an unknown one the backend's own word is shown. */
gboolean
regie_intent_is_shown (RegieIntent *self)
{
  if (!regie_intent_is_active (self))
    return FALSE;
  if (self->op == REGIE_INTENT_CREATE || self->op == REGIE_INTENT_UPDATE)
    return TRUE;

  return regie_intent_is_waiting (self) || self->state == REGIE_INTENT_SENDING;
}

/* --- rows --- */

RegieIntent *
regie_intent_new_from_row (sqlite3_stmt *stmt)
{
  RegieIntent *self;
  const RegieKind *kind = regie_kind_get (regie_db_column_text (stmt, 3));
  guint op = find_name (op_names, G_N_ELEMENTS (op_names), regie_db_column_text (stmt, 7));
  guint state = find_name (state_names, G_N_ELEMENTS (state_names), regie_db_column_text (stmt, 11));

  if (kind == NULL || op == G_N_ELEMENTS (op_names) || state == G_N_ELEMENTS (state_names))
    return NULL;

  self = regie_intent_new ();
  self->seq = sqlite3_column_int64 (stmt, 0);
  self->id = g_strdup (regie_db_column_text (stmt, 1));
  self->connection = g_strdup (regie_db_column_text (stmt, 2));
  self->kind = kind;
  self->key = g_strdup (regie_db_column_text (stmt, 4));
  self->remote_id = g_strdup (regie_db_column_text (stmt, 5));
  self->etag = g_strdup (regie_db_column_text (stmt, 6));
  self->op = op;
  self->action = g_strdup (regie_db_column_text (stmt, 8));
  self->body = regie_store_json_read (regie_db_column_text (stmt, 9));
  self->base = regie_store_json_read (regie_db_column_text (stmt, 10));
  self->state = state;
  self->error = g_strdup (regie_db_column_text (stmt, 12));
  self->error_code = sqlite3_column_type (stmt, 13) == SQLITE_NULL ? -1 : sqlite3_column_int (stmt, 13);
  self->made_at = sqlite3_column_int64 (stmt, 14);
  self->due_at = sqlite3_column_int64 (stmt, 15);
  self->ended_at = sqlite3_column_int64 (stmt, 16);
  self->attempts = sqlite3_column_int (stmt, 17);
  self->answer = regie_store_json_read (regie_db_column_text (stmt, 18));
  self->answer_etag = g_strdup (regie_db_column_text (stmt, 19));
  self->merged_into = g_strdup (regie_db_column_text (stmt, 20));
  self->finished = sqlite3_column_int64 (stmt, 21);

  return self;
}

static char *
write_or_null (JsonObject *object)
{
  return object != NULL ? regie_store_json_write (object) : NULL;
}

gboolean
regie_intent_insert (sqlite3 *db, RegieIntent *self, GError **error)
{
  g_autofree char *body = write_or_null (self->body);
  g_autofree char *base = write_or_null (self->base);

  if (!regie_db_run (
          db, error,
          "INSERT INTO intent (id, connection, kind, key, remote_id, etag, op, action, body, base, "
          "state, made_at, due_at, ended_at, attempts) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 0, 0)",
          "sssssssssssii", self->id, self->connection, self->kind->name, self->key, self->remote_id,
          self->etag, op_names[self->op], self->action, body, base, state_names[self->state], self->made_at,
          self->due_at))
    return FALSE;
  self->seq = sqlite3_last_insert_rowid (db);

  return TRUE;
}

gboolean
regie_intent_save (sqlite3 *db, RegieIntent *self, GError **error)
{
  g_autofree char *body = write_or_null (self->body);
  g_autofree char *base = write_or_null (self->base);
  g_autofree char *answer = write_or_null (self->answer);

  return regie_db_run (
      db, error,
      "UPDATE intent SET remote_id = ?2, etag = ?3, body = ?4, base = ?5, state = ?6, error = ?7, "
      "due_at = ?8, ended_at = ?9, attempts = ?10, answer = ?11, answer_etag = ?12, "
      "merged_into = ?13, finished = nullif (?14, 0), error_code = nullif (?15, -1) WHERE seq = ?1",
      "issssssiiisssii", self->seq, self->remote_id, self->etag, body, base, state_names[self->state],
      self->error, self->due_at, self->ended_at, (gint64) self->attempts, answer, self->answer_etag,
      self->merged_into, self->finished, (gint64) self->error_code);
}

static void
bind_texts_and_numbers (sqlite3_stmt *stmt, const char *format, va_list args)
{
  for (int i = 0; format != NULL && format[i] != '\0'; i++)
    if (format[i] == 'i')
      sqlite3_bind_int64 (stmt, i + 1, va_arg (args, gint64));
    else
      sqlite3_bind_text (stmt, i + 1, va_arg (args, const char *), -1, SQLITE_TRANSIENT);
}

GPtrArray *
regie_intent_select (sqlite3 *db, GError **error, const char *tail, const char *format, ...)
{
  g_autofree char *sql = g_strconcat ("SELECT " REGIE_INTENT_COLUMNS " FROM intent ", tail, NULL);
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func ((GDestroyNotify) regie_intent_unref);
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (db, sql, error);
  va_list args;
  int step;

  if (stmt == NULL)
    return NULL;
  va_start (args, format);
  bind_texts_and_numbers (stmt, format, args);
  va_end (args);
  while ((step = regie_db_step (stmt, error)) == 1)
    {
      RegieIntent *intent = regie_intent_new_from_row (stmt);

      if (intent != NULL)
        g_ptr_array_add (found, intent);
    }

  return step == 0 ? g_steal_pointer (&found) : NULL;
}

RegieIntent *
regie_intent_find (sqlite3 *db, const char *id, GError **error)
{
  g_autoptr (GPtrArray) found = regie_intent_select (db, error, "WHERE id = ?1", "s", id);

  if (found == NULL)
    return NULL;
  if (found->len == 0)
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_NOT_FOUND, "There is no change %s in the outbox", id);
      return NULL;
    }

  return regie_intent_ref (g_ptr_array_index (found, 0));
}

/* --- what others see --- */

const char *
regie_intent_get_id (RegieIntent *self)
{
  return self->id;
}

const char *
regie_intent_get_connection (RegieIntent *self)
{
  return self->connection;
}

const RegieKind *
regie_intent_get_kind (RegieIntent *self)
{
  return self->kind;
}

const char *
regie_intent_get_key (RegieIntent *self)
{
  return self->key;
}

const char *
regie_intent_get_remote_id (RegieIntent *self)
{
  return self->remote_id;
}

const char *
regie_intent_get_etag (RegieIntent *self)
{
  return self->etag;
}

RegieIntentOp
regie_intent_get_op (RegieIntent *self)
{
  return self->op;
}

const char *
regie_intent_get_action (RegieIntent *self)
{
  return self->action;
}

JsonObject *
regie_intent_get_body (RegieIntent *self)
{
  return self->body;
}

JsonObject *
regie_intent_get_base (RegieIntent *self)
{
  return self->base;
}

RegieIntentState
regie_intent_get_state (RegieIntent *self)
{
  return self->state;
}

const char *
regie_intent_get_error (RegieIntent *self)
{
  return self->error;
}

gint64
regie_intent_get_made_at (RegieIntent *self)
{
  return self->made_at;
}

guint
regie_intent_get_attempts (RegieIntent *self)
{
  return self->attempts;
}
