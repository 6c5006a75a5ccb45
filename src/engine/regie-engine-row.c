/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-engine-store-private.h"

#include <string.h>

#include "core/regie-json.h"
#include "core/regie-text.h"

/* One record as a row: its JSON, the columns that it is sorted and filtered by, the words that it is found
 * by. */

#define MAX_WORDS_BYTES (256 * 1024)
#define MAX_KEY_CHARS   200

JsonObject *
regie_record_parse (const char *data)
{
  g_autoptr (JsonNode) node = data != NULL ? json_from_string (data, NULL) : NULL;

  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return json_object_new ();

  return json_object_ref (json_node_get_object (node));
}

static void
append_words (GString *words, JsonNode *value)
{
  JsonObjectIter iter;
  JsonArray *array;
  JsonNode *member;

  if (value == NULL || words->len > MAX_WORDS_BYTES)
    return;
  switch (json_node_get_node_type (value))
    {
    case JSON_NODE_OBJECT:
      json_object_iter_init_ordered (&iter, json_node_get_object (value));
      while (json_object_iter_next_ordered (&iter, NULL, &member))
        append_words (words, member);
      break;
    case JSON_NODE_ARRAY:
      array = json_node_get_array (value);
      for (guint i = 0; i < json_array_get_length (array); i++)
        append_words (words, json_array_get_element (array, i));
      break;
    case JSON_NODE_VALUE:
      if (json_node_get_value_type (value) == G_TYPE_STRING)
        g_string_append_printf (words, "%s\n", json_node_get_string (value));
      break;
    default:
      break;
    }
}

char *
regie_table_words (const RegieTable *self, JsonObject *record)
{
  GString *words = g_string_new (NULL);

  for (guint i = 0; i < self->kind->n_fields; i++)
    {
      if (self->kind->fields[i].flags & REGIE_FIELD_SEARCHED)
        append_words (words, json_object_get_member (record, self->kind->fields[i].name));
    }
  if (words->len > MAX_WORDS_BYTES)
    {
      g_string_truncate (words, MAX_WORDS_BYTES);
      g_string_truncate (words, strlen (words->str));
      while (!g_utf8_validate (words->str, words->len, NULL))
        g_string_truncate (words, words->len - 1);
    }

  return g_string_free (words, FALSE);
}

static void
bind_key (sqlite3_stmt *stmt, int i, const RegieField *field, const char *text)
{
  g_autofree char *folded = NULL;
  g_autofree char *key = NULL;

  if (field->type == REGIE_FIELD_ENUM)
    {
      sqlite3_bind_int64 (stmt, i, regie_field_rank (field, text));
      return;
    }
  folded = regie_text_fold (text != NULL ? text : "");
  key = g_utf8_substring (folded, 0, MIN (g_utf8_strlen (folded, -1), MAX_KEY_CHARS));
  sqlite3_bind_text (stmt, i, key, -1, SQLITE_TRANSIENT);
}

static void
bind_column (sqlite3_stmt *stmt, int i, const struct RegieColumn *column, JsonObject *record)
{
  const char *name = column->field->name;
  const char *text = regie_json_get_text (record, name, NULL);
  JsonNode *node = json_object_get_member (record, name);

  if (column->is_key)
    bind_key (stmt, i, column->field, text);
  else if (g_str_equal (column->type, "TEXT"))
    sqlite3_bind_text (stmt, i, text, -1, SQLITE_TRANSIENT);
  else if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) || text != NULL)
    sqlite3_bind_null (stmt, i);
  else if (g_str_equal (column->type, "REAL"))
    sqlite3_bind_double (stmt, i, regie_json_get_number (record, name, 0));
  else if (column->field->type == REGIE_FIELD_BOOL)
    sqlite3_bind_int64 (stmt, i, regie_json_get_bool (record, name, FALSE));
  else
    sqlite3_bind_int64 (stmt, i, regie_json_get_int (record, name, 0));
}

static gint64
write_row (const RegieTable *self,
           sqlite3 *db,
           gint64 n,
           JsonObject *record,
           gint64 deleted_at,
           GError **error)
{
  g_autofree char *data = regie_json_object_to_string (record);
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (db, self->upsert, error);

  if (stmt == NULL)
    return -1;
  if (n >= 0)
    sqlite3_bind_int64 (stmt, 1, n);
  sqlite3_bind_text (stmt, 2, regie_json_get_text (record, "id", ""), -1, SQLITE_TRANSIENT);
  sqlite3_bind_int64 (stmt, 3, regie_json_get_int (record, "rev", 1));
  sqlite3_bind_int64 (stmt, 4, regie_json_get_int (record, "created_at", 0));
  sqlite3_bind_int64 (stmt, 5, regie_json_get_int (record, "updated_at", 0));
  if (deleted_at != 0)
    sqlite3_bind_int64 (stmt, 6, deleted_at);
  sqlite3_bind_text (stmt, 7, data, -1, SQLITE_TRANSIENT);
  for (guint i = 0; i < self->n_columns; i++)
    bind_column (stmt, 8 + i, &self->columns[i], record);

  if (regie_db_step (stmt, error) != 1)
    return -1;
  n = sqlite3_column_int64 (stmt, 0);
  /* The row is written when the statement came to its end. */
  return regie_db_step (stmt, error) == 0 ? n : -1;
}

gint64
regie_table_write (const RegieTable *self,
                   sqlite3 *db,
                   gint64 n,
                   JsonObject *record,
                   gint64 deleted_at,
                   gboolean words_changed,
                   GError **error)
{
  gboolean is_new = n < 0;
  g_autofree char *words = NULL;

  n = write_row (self, db, n, record, deleted_at, error);
  if (n < 0 || !self->searched || !words_changed)
    return n;
  if (!is_new && !regie_db_run (db, error, self->unindex, "i", n))
    return -1;
  if (deleted_at != 0)
    return n;
  words = regie_table_words (self, record);

  return regie_db_run (db, error, self->index, "is", n, words) ? n : -1;
}
