/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-store-private.h"

#include "core/regie-id.h"
#include "core/regie-json.h"
#include "core/regie-text.h"

#include "regie-query-private.h"

void
regie_row_clear (RegieRow *row)
{
  g_clear_pointer (&row->key, g_free);
  g_clear_pointer (&row->connection, g_free);
  g_clear_pointer (&row->remote_id, g_free);
  g_clear_pointer (&row->etag, g_free);
  g_clear_pointer (&row->pending, g_free);
  g_clear_pointer (&row->base, g_free);
  g_clear_pointer (&row->shown, g_free);
  g_clear_pointer (&row->was_shown, g_free);
  g_clear_pointer (&row->was_remote_id, g_free);
  g_clear_pointer (&row->was_pending, g_free);
  row->rowid = 0;
}

/* --- statements of a kind --- */

typedef struct
{
  char *find_key, *find_remote, *insert, *remove, *put_doc, *remove_doc, *add_words, *remove_words;
} KindSql;

static char *
build_insert (const RegieKind *kind)
{
  GString *names = g_string_new (NULL);
  GString *marks = g_string_new (NULL);
  g_autofree char *n = NULL;
  g_autofree char *m = NULL;

  for (guint i = 0; i < kind->n_fields; i++)
    if (kind->fields[i].flags & REGIE_FIELD_INDEXED)
      {
        g_string_append_printf (names, ", f_%s", kind->fields[i].name);
        g_string_append (marks, ", ?");
      }
  n = g_string_free_and_steal (names);
  m = g_string_free_and_steal (marks);

  return g_strdup_printf ("INSERT INTO %s (rowid, key, connection, remote_id, etag, fetched_at, pending%s) "
                          "VALUES (?, ?, ?, ?, ?, ?, ?%s)",
                          kind->table, n, m);
}

static KindSql *
build_kind_sql (const RegieKind *kind)
{
  static const char select[] =
      "SELECT t.rowid, 0, key, connection, remote_id, etag, pending, fetched_at, base, shown FROM %s AS t "
      "JOIN %s_doc AS d ON d.rowid = t.rowid WHERE %s UNION ALL "
      "SELECT row, 1, key, connection, remote_id, etag, pending, fetched_at, base, NULL FROM buried WHERE "
      "kind = '%s' "
      "AND %s";
  KindSql *sql = g_new0 (KindSql, 1);
  const char *table = kind->table;

  sql->find_key = g_strdup_printf (select, table, table, "key = ?1", kind->name, "key = ?1");
  sql->find_remote = g_strdup_printf (select, table, table, "connection = ?1 AND remote_id = ?2", kind->name,
                                      "connection = ?1 AND remote_id = ?2");
  sql->insert = build_insert (kind);
  sql->remove = g_strdup_printf ("DELETE FROM %s WHERE rowid = ?1", table);
  sql->put_doc =
      g_strdup_printf ("INSERT OR REPLACE INTO %s_doc (rowid, base, shown) VALUES (?1, ?2, ?3)", table);
  sql->remove_doc = g_strdup_printf ("DELETE FROM %s_doc WHERE rowid = ?1", table);
  sql->add_words = g_strdup_printf ("INSERT INTO %s_words (rowid, text) VALUES (?1, ?2)", table);
  sql->remove_words = g_strdup_printf ("DELETE FROM %s_words WHERE rowid = ?1", table);

  return sql;
}

/* Kinds live as long as the program, and so do their statements. */
static const KindSql *
get_sql (const RegieKind *kind)
{
  static GMutex mutex;
  static GHashTable *all;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&mutex);
  KindSql *sql;

  if (all == NULL)
    all = g_hash_table_new (g_direct_hash, g_direct_equal);
  sql = g_hash_table_lookup (all, kind);
  if (sql == NULL)
    {
      sql = build_kind_sql (kind);
      g_hash_table_insert (all, (gpointer) kind, sql);
    }

  return sql;
}

/* --- reading --- */

static gboolean
read_row (sqlite3_stmt *stmt, RegieRow *row, GError **error)
{
  int step = regie_db_step (stmt, error);

  if (step == 1)
    {
      row->rowid = sqlite3_column_int64 (stmt, 0);
      row->buried = sqlite3_column_int (stmt, 1);
      row->key = g_strdup (regie_db_column_text (stmt, 2));
      row->connection = g_strdup (regie_db_column_text (stmt, 3));
      row->remote_id = g_strdup (regie_db_column_text (stmt, 4));
      row->etag = g_strdup (regie_db_column_text (stmt, 5));
      row->pending = g_strdup (regie_db_column_text (stmt, 6));
      row->fetched_at = sqlite3_column_int64 (stmt, 7);
      row->base = g_strdup (regie_db_column_text (stmt, 8));
      row->shown = g_strdup (regie_db_column_text (stmt, 9));
      row->was_shown = g_strdup (row->shown != NULL ? row->shown : row->base);
      row->was_remote_id = g_strdup (row->remote_id);
      row->was_pending = g_strdup (row->pending);
    }

  return step >= 0;
}

gboolean
regie_row_find (sqlite3 *db, const RegieKind *kind, const char *key, RegieRow *row, GError **error)
{
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (db, get_sql (kind)->find_key, error);

  if (stmt == NULL)
    return FALSE;
  regie_db_bind (stmt, "s", key);

  return read_row (stmt, row, error);
}

gboolean
regie_row_find_remote (sqlite3 *db,
                       const RegieKind *kind,
                       const char *connection,
                       const char *remote_id,
                       RegieRow *row,
                       GError **error)
{
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (db, get_sql (kind)->find_remote, error);

  if (stmt == NULL)
    return FALSE;
  regie_db_bind (stmt, "ss", connection, remote_id);

  return read_row (stmt, row, error);
}

/* --- mirrored intents --- */

GPtrArray *
regie_store_mirrored_intents (sqlite3 *db, const char *key, GError **error)
{
  return regie_intent_select (db, error, "WHERE key = ?1 ORDER BY seq", "s", key);
}

gboolean
regie_store_mirror_intent (sqlite3 *db, RegieIntent *intent, GError **error)
{
  g_autofree char *body = NULL;
  g_autofree char *base = NULL;

  if (!regie_intent_is_active (intent))
    return regie_db_run (db, error, "DELETE FROM intent WHERE seq = ?1", "i", intent->seq);
  body = intent->body != NULL ? regie_store_json_write (intent->body) : NULL;
  base = intent->base != NULL ? regie_store_json_write (intent->base) : NULL;

  return regie_db_run (
      db, error,
      "INSERT OR REPLACE INTO intent (seq, id, connection, kind, key, remote_id, etag, op, action, "
      "body, base, state, made_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
      "isssssssssssi", intent->seq, intent->id, intent->connection, intent->kind->name, intent->key,
      intent->remote_id, intent->etag, regie_intent_op_to_string (intent->op), intent->action, body, base,
      regie_intent_state_to_string (intent->state), intent->made_at);
}

/* --- writing --- */

static void
bind_field (sqlite3_stmt *stmt, int i, const RegieField *field, JsonObject *record)
{
  JsonNode *node = json_object_get_member (record, field->name);
  const RegieEnumValue *choice;
  const char *text;

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node))
    return;
  if (json_node_get_value_type (node) == G_TYPE_INT64)
    sqlite3_bind_int64 (stmt, i, json_node_get_int (node));
  else if (json_node_get_value_type (node) == G_TYPE_BOOLEAN)
    sqlite3_bind_int (stmt, i, json_node_get_boolean (node));
  else if (json_node_get_value_type (node) == G_TYPE_DOUBLE)
    sqlite3_bind_double (stmt, i, json_node_get_double (node));
  else if (*(text = json_node_get_string (node)) == '\0')
    return;
  else if (regie_field_is_folded (field))
    sqlite3_bind_text (stmt, i, regie_text_fold (text), -1, g_free);
  else if (field->type == REGIE_FIELD_ENUM && (choice = regie_field_find_value (field, text)) != NULL)
    sqlite3_bind_int64 (stmt, i, choice - field->values);
  else
    sqlite3_bind_text (stmt, i, text, -1, SQLITE_TRANSIENT);
}

static gboolean
insert_columns (sqlite3 *db, const RegieKind *kind, RegieRow *row, JsonObject *record, GError **error)
{
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (db, get_sql (kind)->insert, error);

  if (stmt == NULL)
    return FALSE;
  regie_db_bind (stmt, "issssis", row->rowid, row->key, row->connection, row->remote_id, row->etag,
                 row->fetched_at, row->pending);
  if (row->rowid == 0)
    sqlite3_bind_null (stmt, 1);
  for (guint i = 0, p = 8; i < kind->n_fields; i++)
    if (kind->fields[i].flags & REGIE_FIELD_INDEXED)
      bind_field (stmt, p++, &kind->fields[i], record);

  return regie_db_step (stmt, error) == 0;
}

static gboolean
is_changed (const RegieField *field, JsonObject *before, JsonObject *after)
{
  if (!(field->flags & REGIE_FIELD_INDEXED))
    return FALSE;

  return before == NULL || !regie_json_node_equal (json_object_get_member (before, field->name),
                                                   json_object_get_member (after, field->name));
}

/* Only what differs: a column that is named costs its index, changed or not. */
static gboolean
update_columns (sqlite3 *db,
                const RegieKind *kind,
                RegieRow *row,
                JsonObject *before,
                JsonObject *record,
                GError **error)
{
  gboolean moved = g_strcmp0 (row->remote_id, row->was_remote_id) != 0;
  gboolean marked = g_strcmp0 (row->pending, row->was_pending) != 0;
  GString *text = g_string_new (NULL);
  g_autofree char *sql = NULL;
  g_autoptr (sqlite3_stmt) stmt = NULL;

  g_string_append_printf (text, "UPDATE %s SET etag = ?2, fetched_at = ?3%s%s", kind->table,
                          moved ? ", remote_id = ?4" : "", marked ? ", pending = ?5" : "");
  for (guint i = 0; i < kind->n_fields; i++)
    if (is_changed (&kind->fields[i], before, record))
      g_string_append_printf (text, ", f_%s = ?%u", kind->fields[i].name, i + 6);
  g_string_append (text, " WHERE rowid = ?1");
  sql = g_string_free_and_steal (text);
  stmt = regie_db_prepare (db, sql, error);
  if (stmt == NULL)
    return FALSE;
  regie_db_bind (stmt, "isiss", row->rowid, row->etag, row->fetched_at, row->remote_id, row->pending);
  for (guint i = 0; i < kind->n_fields; i++)
    if (is_changed (&kind->fields[i], before, record))
      bind_field (stmt, i + 6, &kind->fields[i], record);

  return regie_db_step (stmt, error) == 0;
}

static gboolean
write_words (sqlite3 *db,
             const RegieKind *kind,
             gint64 rowid,
             JsonObject *before,
             JsonObject *after,
             GError **error)
{
  g_autoptr (GString) old = g_string_new (NULL);
  g_autoptr (GString) new = g_string_new (NULL);

  if (before != NULL)
    regie_store_json_words (kind, before, old);
  if (after != NULL)
    regie_store_json_words (kind, after, new);
  if (g_string_equal (old, new))
    return TRUE;
  if (old->len > 0 && !regie_db_run (db, error, get_sql (kind)->remove_words, "i", rowid))
    return FALSE;

  return new->len == 0 || regie_db_run (db, error, get_sql (kind)->add_words, "is", rowid, new->str);
}

static gboolean
remove_visible (sqlite3 *db, const RegieKind *kind, RegieRow *row, GError **error)
{
  const KindSql *sql = get_sql (kind);
  g_autoptr (JsonObject) before = regie_store_json_read (row->was_shown);

  return regie_db_run (db, error, sql->remove, "i", row->rowid) &&
         regie_db_run (db, error, sql->remove_doc, "i", row->rowid) &&
         write_words (db, kind, row->rowid, before, NULL, error);
}

static gboolean
bury (sqlite3 *db, RegieStoreJob *job, const RegieKind *kind, RegieRow *row, GError **error)
{
  if (row->rowid == 0)
    return TRUE;
  if (!row->buried)
    {
      regie_store_job_note_row (job, kind, row->rowid, row->key);
      if (!remove_visible (db, kind, row, error))
        return FALSE;
    }

  return regie_db_run (
      db, error,
      "INSERT OR REPLACE INTO buried (kind, row, key, connection, remote_id, etag, fetched_at, "
      "pending, base) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
      "sissssiss", kind->name, row->rowid, row->key, row->connection, row->remote_id, row->etag,
      row->fetched_at, row->pending, row->base);
}

gboolean
regie_row_remove (sqlite3 *db, RegieStoreJob *job, const RegieKind *kind, RegieRow *row, GError **error)
{
  if (row->rowid == 0)
    return TRUE;
  regie_store_job_note_row (job, kind, row->rowid, row->key);
  if (row->buried)
    return regie_db_run (db, error, "DELETE FROM buried WHERE key = ?1", "s", row->key);

  return remove_visible (db, kind, row, error);
}

static gboolean
insert_row (sqlite3 *db, const RegieKind *kind, RegieRow *row, JsonObject *record, GError **error)
{
  if (row->buried && !regie_db_run (db, error, "DELETE FROM buried WHERE key = ?1", "s", row->key))
    return FALSE;
  if (!insert_columns (db, kind, row, record, error))
    return FALSE;
  row->rowid = sqlite3_last_insert_rowid (db);
  row->buried = FALSE;

  return TRUE;
}

/* RECORD is what is to be shown. */
static gboolean
write_row (sqlite3 *db,
           RegieStoreJob *job,
           const RegieKind *kind,
           RegieRow *row,
           JsonObject *record,
           gboolean is_base,
           GError **error)
{
  gboolean is_new = row->rowid == 0 || row->buried;
  g_autoptr (JsonObject) before = NULL;

  if (!is_new)
    before = regie_store_json_read (row->was_shown);
  g_free (row->shown);
  row->shown = is_base ? NULL : regie_store_json_write (record);
  if (is_new ? !insert_row (db, kind, row, record, error)
             : !update_columns (db, kind, row, before, record, error))
    return FALSE;
  regie_store_job_note_row (job, kind, row->rowid, row->key);

  return regie_db_run (db, error, get_sql (kind)->put_doc, "iss", row->rowid, row->base, row->shown) &&
         write_words (db, kind, row->rowid, before, record, error);
}

/* The create tells where a row that no backend gave yet belongs to; a restore brings one back. */
static void
take_origin (RegieRow *row, GPtrArray *intents)
{
  for (guint i = 0; i < intents->len && row->connection == NULL; i++)
    {
      RegieIntent *intent = g_ptr_array_index (intents, i);

      row->connection = g_strdup (intent->connection);
      if (row->remote_id == NULL)
        row->remote_id = g_strdup (intent->remote_id);
    }
}

gboolean
regie_row_derive (sqlite3 *db,
                  RegieStoreJob *job,
                  const RegieKind *kind,
                  RegieRow *row,
                  JsonObject *known,
                  GError **error)
{
  g_autoptr (GPtrArray) intents = NULL;
  g_autoptr (JsonObject) base = NULL;
  g_autoptr (JsonObject) record = NULL;
  const char *pending;

  if (job->no_intents && known != NULL)
    {
      g_clear_pointer (&row->pending, g_free);
      return write_row (db, job, kind, row, known, TRUE, error);
    }
  intents = regie_store_mirrored_intents (db, row->key, error);
  if (intents == NULL)
    return FALSE;
  base = known != NULL ? json_object_ref (known) : regie_store_json_read (row->base);
  take_origin (row, intents);
  if (intents->len == 0 && base != NULL)
    {
      g_clear_pointer (&row->pending, g_free);
      return write_row (db, job, kind, row, base, TRUE, error);
    }
  record = regie_store_derive (kind, base, intents, &pending);
  g_free (row->pending);
  row->pending = g_strdup (pending);
  if (record != NULL)
    return write_row (db, job, kind, row, record, FALSE, error);
  if (base != NULL)
    return bury (db, job, kind, row, error);

  return regie_row_remove (db, job, kind, row, error);
}

/* --- what the backend says of one record --- */

/* An answer that was on its way while a newer event came must not bring the older state back. */
static gboolean
is_older (RegieRow *row, RegieStoreBase *base)
{
  g_autoptr (JsonObject) known = NULL;
  gint64 rev = base->data != NULL ? regie_json_get_int (base->data, "rev", 0) : 0;

  if (rev == 0 || row->base == NULL)
    return FALSE;
  known = regie_store_json_read (row->base);

  return known != NULL && regie_json_get_int (known, "rev", 0) > rev;
}

static gboolean
give_way (sqlite3 *db, RegieStoreJob *job, RegieStoreBase *base, RegieRow *row, GError **error)
{
  g_auto (RegieRow) other = { 0 };

  if (base->remote_id == NULL)
    return TRUE;
  if (!regie_row_find_remote (db, base->kind, base->connection, base->remote_id, &other, error))
    return FALSE;
  if (other.rowid == 0 || g_str_equal (other.key, base->key))
    return TRUE;
  /* Events may have told of it before the answer came: what they said is newer. */
  if (row->base == NULL && !other.buried)
    {
      row->base = g_strdup (other.base);
      g_free (row->etag);
      row->etag = g_strdup (other.etag);
      row->fetched_at = other.fetched_at;
    }

  return regie_row_remove (db, job, base->kind, &other, error);
}

/* Of two alike creates on their way an event may have been taken for the wrong one's: its record becomes a
 * row of its own. */
static gboolean
let_go (sqlite3 *db, RegieStoreJob *job, RegieStoreBase *base, RegieRow *row, GError **error)
{
  g_auto (RegieRow) other = { 0 };

  if (row->base == NULL || row->remote_id == NULL || base->remote_id == NULL ||
      g_str_equal (row->remote_id, base->remote_id))
    return TRUE;
  other.key = regie_id_new_uuid ();
  other.connection = g_strdup (row->connection);
  other.remote_id = g_steal_pointer (&row->remote_id);
  other.etag = g_steal_pointer (&row->etag);
  other.base = g_steal_pointer (&row->base);
  other.fetched_at = row->fetched_at;

  return regie_row_derive (db, job, base->kind, row, NULL, error) &&
         regie_row_derive (db, job, base->kind, &other, NULL, error);
}

gboolean
regie_row_put_base (sqlite3 *db, RegieStoreJob *job, RegieStoreBase *base, GError **error)
{
  g_auto (RegieRow) row = { 0 };

  if (!regie_row_find (db, base->kind, base->key, &row, error) || !let_go (db, job, base, &row, error) ||
      !give_way (db, job, base, &row, error))
    return FALSE;
  if (base->data == NULL)
    {
      if (row.rowid == 0)
        return TRUE;
      g_clear_pointer (&row.base, g_free);
    }
  else if (!is_older (&row, base))
    {
      g_free (row.base);
      row.base = regie_store_json_write (base->data);
      g_free (row.etag);
      row.etag = g_strdup (base->etag);
      row.fetched_at = base->at;
    }
  if (row.key == NULL)
    row.key = g_strdup (base->key);
  if (row.connection == NULL)
    row.connection = g_strdup (base->connection);
  if (base->remote_id != NULL)
    {
      g_free (row.remote_id);
      row.remote_id = g_strdup (base->remote_id);
    }

  return regie_row_derive (db, job, base->kind, &row, NULL, error);
}
