/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-store-private.h"

#include "core/regie-id.h"
#include "core/regie-json.h"
#include "core/regie-time.h"

#include <string.h>

/* Where the journal's rows are shown. */
#define CONNECTION "local"

/* The hash chain. Of entry n: v = SHA-256 (salt ‖ title ‖ before ‖ after), each of the four ended by a NUL;
 * h(n) = SHA-256 (h(n−1) ‖ the entry's own words and v, each ended by a NUL). Salt and values stand in a
 * table of their own: without them v tells nothing, and the chain still holds. Hashes are lower-case hex;
 * h(0) is empty. The head stands in the table "value", so that the last rows cannot go unnoticed either. */

static void
add (GChecksum *sum, const char *text)
{
  g_checksum_update (sum, (const guchar *) (text != NULL ? text : ""),
                     text != NULL ? (gssize) strlen (text) + 1 : 1);
}

static char *
hash_values (const char *salt, const char *title, const char *before, const char *after)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);

  add (sum, salt);
  add (sum, title);
  add (sum, before);
  add (sum, after);

  return g_strdup (g_checksum_get_string (sum));
}

typedef struct
{
  gint64 n, at;
  const char *id, *who, *action, *kind, *connection, *record, *values_hash;
} Words;

static char *
hash_entry (const char *previous, const Words *words)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree char *numbers = g_strdup_printf ("%" G_GINT64_FORMAT " %" G_GINT64_FORMAT, words->n, words->at);

  add (sum, previous);
  add (sum, numbers);
  add (sum, words->id);
  add (sum, words->who);
  add (sum, words->action);
  add (sum, words->kind);
  add (sum, words->connection);
  add (sum, words->record);
  add (sum, words->values_hash);

  return g_strdup (g_checksum_get_string (sum));
}

/* --- secrets --- */

static gboolean
is_secret_name (const char *name)
{
  static const char *const parts[] = { "password",   "passwd",      "secret",  "token",
                                       "api_key",    "apikey",      "api-key", "authorization",
                                       "credential", "private_key", "cookie" };
  g_autofree char *lower = g_ascii_strdown (name, -1);

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    if (strstr (lower, parts[i]) != NULL)
      return TRUE;

  return FALSE;
}

static JsonNode *without_secrets (JsonNode *node);

static JsonObject *
object_without_secrets (JsonObject *object)
{
  JsonObject *result = json_object_new ();
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, &node))
    if (!is_secret_name (name))
      json_object_set_member (result, name, without_secrets (node));

  return result;
}

static JsonNode *
without_secrets (JsonNode *node)
{
  JsonNode *result;
  JsonArray *array;

  if (JSON_NODE_HOLDS_OBJECT (node))
    {
      result = json_node_new (JSON_NODE_OBJECT);
      json_node_take_object (result, object_without_secrets (json_node_get_object (node)));
      return result;
    }
  if (!JSON_NODE_HOLDS_ARRAY (node))
    return json_node_copy (node);
  array = json_array_new ();
  for (guint i = 0; i < json_array_get_length (json_node_get_array (node)); i++)
    json_array_add_element (array, without_secrets (json_array_get_element (json_node_get_array (node), i)));
  result = json_node_new (JSON_NODE_ARRAY);
  json_node_take_array (result, array);

  return result;
}

static char *
write_values (JsonObject *values)
{
  g_autoptr (JsonObject) clean = NULL;

  if (values == NULL)
    return NULL;
  clean = object_without_secrets (values);

  return regie_store_json_write (clean);
}

/* --- appending --- */

void
regie_journal_entry_free (RegieJournalEntry *self)
{
  g_free (self->id);
  json_object_unref (self->record);
  g_free (self);
}

static void
queue_entry (RegieStoreJob *job, const Words *words, const char *title, const char *before, const char *after)
{
  RegieJournalEntry *entry = g_new0 (RegieJournalEntry, 1);
  JsonObject *values;

  entry->n = words->n;
  entry->id = g_strdup (words->id);
  entry->record =
      regie_json_object_new ("id", 's', words->id, "at", 'i', words->at, "created_at", 'i', words->at,
                             "updated_at", 'i', words->at, "who", 's', words->who, "action", 's',
                             words->action, "kind", 's', words->kind, "record", 's', words->record, NULL);
  if (title != NULL)
    json_object_set_string_member (entry->record, "title", title);
  if ((values = regie_store_json_read (before)) != NULL)
    json_object_set_object_member (entry->record, "before", values);
  if ((values = regie_store_json_read (after)) != NULL)
    json_object_set_object_member (entry->record, "after", values);
  if (job->journal == NULL)
    job->journal = g_ptr_array_new_with_free_func ((GDestroyNotify) regie_journal_entry_free);
  g_ptr_array_add (job->journal, entry);
}

static gboolean
read_head (sqlite3 *user, gint64 *n, char **hash)
{
  *n = regie_db_get_int64 (user, 0, "SELECT n FROM audit ORDER BY n DESC LIMIT 1", NULL);
  *hash = regie_db_get_text (user, "SELECT hash FROM audit ORDER BY n DESC LIMIT 1", NULL);

  return TRUE;
}

static gboolean
write_head (sqlite3 *user, gint64 n, const char *hash, GError **error)
{
  g_autofree char *json = g_strdup_printf ("{\"hash\":\"%s\",\"n\":%" G_GINT64_FORMAT "}", hash, n);

  return regie_db_run (user, error, "INSERT OR REPLACE INTO value (name, json) VALUES ('journal/head', ?1)",
                       "s", json);
}

gboolean
regie_journal_append (sqlite3 *user,
                      RegieStoreJob *job,
                      const char *action,
                      RegieIntent *intent,
                      const char *title,
                      JsonObject *before,
                      JsonObject *after,
                      GError **error)
{
  g_autofree char *previous = NULL;
  g_autofree char *id = regie_id_new_uuid ();
  g_autofree char *salt = g_uuid_string_random ();
  g_autofree char *old = write_values (before);
  g_autofree char *new = write_values (after);
  g_autofree char *values_hash = hash_values (salt, title, old, new);
  g_autofree char *hash = NULL;
  Words words = {
    0,           regie_time_now (), id, g_get_user_name (), action, intent->kind->name, intent->connection,
    intent->key, values_hash
  };

  read_head (user, &words.n, &previous);
  words.n++;
  hash = hash_entry (previous, &words);
  if (!regie_db_run (
          user, error,
          "INSERT INTO audit (n, id, at, who, action, kind, connection, record, values_hash, hash) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
          "isisssssss", words.n, id, words.at, words.who, action, words.kind, words.connection, words.record,
          values_hash, hash) ||
      !regie_db_run (user, error,
                     "INSERT INTO audit_value (n, salt, title, before, after) VALUES (?1, ?2, ?3, ?4, ?5)",
                     "issss", words.n, salt, title, old, new) ||
      !write_head (user, words.n, hash, error))
    return FALSE;
  queue_entry (job, &words, title, old, new);

  return TRUE;
}

/* --- into the cache --- */

gboolean
regie_journal_put_cache (sqlite3 *cache, RegieStoreJob *job, RegieJournalEntry *entry, GError **error)
{
  const RegieKind *kind = regie_kind_get ("audit");
  g_auto (RegieRow) row = { 0 };

  if (!regie_row_find (cache, kind, entry->id, &row, error))
    return FALSE;
  if (row.rowid == 0)
    {
      row.key = g_strdup (entry->id);
      row.connection = g_strdup (CONNECTION);
      row.base = regie_store_json_write (entry->record);
      row.fetched_at = regie_json_get_int (entry->record, "at", 0);
      if (!regie_row_derive (cache, job, kind, &row, entry->record, error))
        return FALSE;
    }

  return regie_db_run (cache, error, "INSERT OR REPLACE INTO meta (name, value) VALUES ('journal', ?1)", "i",
                       entry->n);
}

#define AUDIT_ROWS                                                                                           \
  "SELECT a.n, a.at, a.id, a.who, a.action, a.kind, a.connection, a.record, a.values_hash, a.hash, v.salt, " \
  "v.title, v.before, v.after, v.n FROM audit AS a LEFT JOIN audit_value AS v ON v.n = a.n "

static void
read_words (sqlite3_stmt *stmt, Words *words)
{
  words->n = sqlite3_column_int64 (stmt, 0);
  words->at = sqlite3_column_int64 (stmt, 1);
  words->id = regie_db_column_text (stmt, 2);
  words->who = regie_db_column_text (stmt, 3);
  words->action = regie_db_column_text (stmt, 4);
  words->kind = regie_db_column_text (stmt, 5);
  words->connection = regie_db_column_text (stmt, 6);
  words->record = regie_db_column_text (stmt, 7);
  words->values_hash = regie_db_column_text (stmt, 8);
}

gboolean
regie_journal_fill (sqlite3 *user, RegieStoreJob *job, gint64 after, GError **error)
{
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (user, AUDIT_ROWS "WHERE a.n > ?1 ORDER BY a.n", error);
  int step;

  if (stmt == NULL)
    return FALSE;
  regie_db_bind (stmt, "i", after);
  while ((step = regie_db_step (stmt, error)) == 1)
    {
      Words words;

      read_words (stmt, &words);
      queue_entry (job, &words, regie_db_column_text (stmt, 11), regie_db_column_text (stmt, 12),
                   regie_db_column_text (stmt, 13));
    }

  return step == 0;
}

/* --- verifying --- */

static gboolean
refuse (GError **error, gint64 n, const char *what)
{
  g_set_error (error, REGIE_ERROR, REGIE_ERROR_CORRUPT, "Entry %" G_GINT64_FORMAT " of the journal %s", n,
               what);

  return FALSE;
}

static gboolean
verify_row (sqlite3_stmt *stmt, gint64 expected, char **previous, GError **error)
{
  Words words;
  g_autofree char *hash = NULL;

  read_words (stmt, &words);
  if (words.n != expected)
    return refuse (error, expected, "is missing");
  hash = hash_entry (*previous, &words);
  if (g_strcmp0 (hash, regie_db_column_text (stmt, 9)) != 0)
    return refuse (error, words.n, "was changed, or one before it");
  if (sqlite3_column_type (stmt, 14) != SQLITE_NULL)
    {
      g_autofree char *values =
          hash_values (regie_db_column_text (stmt, 10), regie_db_column_text (stmt, 11),
                       regie_db_column_text (stmt, 12), regie_db_column_text (stmt, 13));

      if (g_strcmp0 (values, words.values_hash) != 0)
        return refuse (error, words.n, "has other values than were written");
    }
  g_free (*previous);
  *previous = g_steal_pointer (&hash);

  return TRUE;
}

static gboolean
verify (sqlite3 *user, RegieStoreJob *job, GError **error)
{
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (user, AUDIT_ROWS "ORDER BY a.n", error);
  g_autofree char *json =
      regie_db_get_text (user, "SELECT json FROM value WHERE name = 'journal/head'", NULL);
  g_autoptr (JsonObject) head = regie_store_json_read (json);
  g_autofree char *previous = NULL;
  gint64 n = 0;
  int step;

  if (stmt == NULL)
    return FALSE;
  while ((step = regie_db_step (stmt, error)) == 1)
    if (!verify_row (stmt, ++n, &previous, error))
      return FALSE;
  if (step < 0)
    return FALSE;
  if (regie_json_get_int (head, "n", 0) != n)
    return refuse (error, MIN (n, regie_json_get_int (head, "n", 0)) + 1, "is missing, or was added");
  if (n > 0 && g_strcmp0 (regie_json_get_text (head, "hash", NULL), previous) != 0)
    return refuse (error, n, "is not the last that was written");

  return TRUE;
}

DexFuture *
regie_store_verify_journal (RegieStore *self)
{
  g_return_val_if_fail (REGIE_IS_STORE (self), NULL);

  return regie_store_job_read_user (regie_store_job_new (self, verify, NULL, NULL));
}
