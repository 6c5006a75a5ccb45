/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-store"

#include "regie-store-private.h"

#include "core/regie-id.h"
#include "core/regie-time.h"

#include <string.h>

/* Intents that ended stay this long: undo, and answers that the cache may have lost. */
#define KEEP_ENDED_US (7 * G_TIME_SPAN_DAY)

/* intent.state and .op are words. An intent that was folded into another (merged_into) is "cancelled".
 * intent.finished counts the answers that came, so that the cache can say up to which one it has them;
 * intent.answer is the record after it was done.
 * need: SEQ cannot be sent before the record KEY exists at the backend.
 * link: the keys of records that user.db refers to; the cache takes them over when it is made anew.
 * audit: what happened, chained by hash; audit_value: the values, which can be erased without breaking the
 * chain. */
static const char first_step[] =
    "CREATE TABLE intent (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, connection TEXT "
    "NOT NULL, "
    "kind TEXT NOT NULL, key TEXT NOT NULL, remote_id TEXT, etag TEXT, op TEXT NOT NULL, action TEXT, body "
    "TEXT, "
    "base TEXT, state TEXT NOT NULL, error TEXT, error_code INTEGER, made_at INTEGER NOT NULL, "
    "due_at INTEGER NOT NULL, ended_at INTEGER NOT NULL, attempts INTEGER NOT NULL, answer TEXT, answer_etag "
    "TEXT, "
    "merged_into TEXT, finished INTEGER);"
    "CREATE INDEX intent_finished ON intent (finished) WHERE finished IS NOT NULL;"
    "CREATE INDEX intent_key ON intent (key, seq);"
    "CREATE INDEX intent_active ON intent (connection, seq) WHERE state NOT IN ('sent', 'cancelled');"
    "CREATE INDEX intent_held ON intent (connection, due_at) WHERE state = 'held';"
    "CREATE INDEX intent_ended ON intent (ended_at) WHERE state IN ('sent', 'cancelled');"
    "CREATE TABLE need (seq INTEGER NOT NULL, key TEXT NOT NULL, PRIMARY KEY (seq, key)) WITHOUT ROWID;"
    "CREATE INDEX need_key ON need (key);"
    "CREATE TABLE link (connection TEXT NOT NULL, kind TEXT NOT NULL, remote_id TEXT NOT NULL, key TEXT NOT "
    "NULL, "
    "PRIMARY KEY (connection, kind, remote_id)) WITHOUT ROWID;"
    "CREATE INDEX link_key ON link (key);"
    "CREATE TABLE value (name TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE audit (n INTEGER PRIMARY KEY, id TEXT NOT NULL, at INTEGER NOT NULL, who TEXT NOT NULL, "
    "action TEXT NOT NULL, kind TEXT NOT NULL, connection TEXT NOT NULL, record TEXT NOT NULL, "
    "values_hash TEXT NOT NULL, hash TEXT NOT NULL);"
    "CREATE TABLE audit_value (n INTEGER PRIMARY KEY, salt TEXT NOT NULL, title TEXT, before TEXT, after "
    "TEXT);";

RegieDbFlags regie_store_user_flags = REGIE_DB_DURABLE | REGIE_DB_LOCK;

const char *const regie_store_user_steps[] = { first_step };

static gboolean
purge (sqlite3 *db, gpointer unused, GError **error)
{
  return regie_db_run (db, error, "DELETE FROM intent WHERE state IN ('sent', 'cancelled') AND ended_at < ?1",
                       "i", regie_time_now () - KEEP_ENDED_US) &&
         regie_db_run (db, error, "DELETE FROM need WHERE seq NOT IN (SELECT seq FROM intent)", NULL);
}

static RegieDb *
open_file (const char *path, const char *vfs, GError **error)
{
  const RegieDbSchema schema = { "your changes", 0x52675573, regie_store_user_steps,
                                 G_N_ELEMENTS (regie_store_user_steps) };
  g_autoptr (RegieDb) db = regie_db_open (path, &schema, regie_store_user_flags, vfs, error);

  return db != NULL && regie_db_write_sync (db, purge, NULL, error) ? g_steal_pointer (&db) : NULL;
}

RegieDb *
regie_store_open_user (const char *dir, const char *vfs, char **report, GError **error)
{
  g_autofree char *path = g_build_filename (dir, "user.db", NULL);
  g_autofree char *aside = NULL;
  g_autoptr (GError) damage = NULL;
  g_autoptr (RegieDb) db = open_file (path, vfs, &damage);

  *report = NULL;
  if (db != NULL)
    return g_steal_pointer (&db);
  if (!g_error_matches (damage, REGIE_ERROR, REGIE_ERROR_CORRUPT))
    return g_propagate_error (error, g_steal_pointer (&damage)), NULL;

  g_message ("%s", damage->message);
  aside = regie_store_set_user_aside (path, error);
  if (aside == NULL || (db = open_file (path, vfs, error)) == NULL)
    return NULL;
  *report = regie_store_salvage (db, aside, damage->message, error);

  return *report != NULL ? g_steal_pointer (&db) : NULL;
}

/* --- links --- */

static char *
link_name (const char *connection, const RegieKind *kind, const char *remote_id)
{
  return g_strconcat (connection, " ", kind->name, " ", remote_id, NULL);
}

static gboolean
load_links (sqlite3 *db, gpointer data, GError **error)
{
  RegieStore *self = data;
  g_autoptr (sqlite3_stmt) stmt =
      regie_db_prepare (db, "SELECT connection, kind, remote_id, key FROM link", error);
  int step;

  if (stmt == NULL)
    return FALSE;
  while ((step = regie_db_step (stmt, error)) == 1)
    {
      const RegieKind *kind = regie_kind_get (regie_db_column_text (stmt, 1));

      if (kind != NULL)
        g_hash_table_replace (
            self->links, link_name (regie_db_column_text (stmt, 0), kind, regie_db_column_text (stmt, 2)),
            g_strdup (regie_db_column_text (stmt, 3)));
    }

  return step == 0;
}

gboolean
regie_store_load_links (RegieStore *self, GError **error)
{
  return regie_db_read_sync (self->user, load_links, self, error);
}

gboolean
regie_store_put_link (RegieStore *self,
                      sqlite3 *user,
                      const char *connection,
                      const RegieKind *kind,
                      const char *remote_id,
                      const char *key,
                      GError **error)
{
  g_mutex_lock (&self->links_lock);
  g_hash_table_replace (self->links, link_name (connection, kind, remote_id), g_strdup (key));
  g_mutex_unlock (&self->links_lock);

  return regie_db_run (
      user, error, "INSERT OR REPLACE INTO link (connection, kind, remote_id, key) VALUES (?1, ?2, ?3, ?4)",
      "ssss", connection, kind->name, remote_id, key);
}

char *
regie_store_linked_key (RegieStore *self,
                        const char *connection,
                        const RegieKind *kind,
                        const char *remote_id)
{
  char *key = NULL;

  g_mutex_lock (&self->links_lock);
  if (g_hash_table_size (self->links) > 0)
    {
      g_autofree char *name = link_name (connection, kind, remote_id);

      key = g_strdup (g_hash_table_lookup (self->links, name));
    }
  g_mutex_unlock (&self->links_lock);

  return key != NULL ? key : regie_id_new_uuid ();
}

/* --- forgetting a connection --- */

static gboolean
is_link_of (gpointer name, gpointer key, gpointer connection)
{
  gsize length = strlen (connection);

  return g_str_has_prefix (name, connection) && ((const char *) name)[length] == ' ';
}

static gboolean
forget (sqlite3 *user, RegieStoreJob *job, GError **error)
{
  char *connection = job->data;

  if (!regie_db_run (user, error,
                     "DELETE FROM need WHERE seq IN (SELECT seq FROM intent WHERE connection = ?1)", "s",
                     connection) ||
      !regie_db_run (user, error, "DELETE FROM intent WHERE connection = ?1", "s", connection) ||
      !regie_db_run (user, error, "DELETE FROM link WHERE connection = ?1", "s", connection))
    return FALSE;
  g_mutex_lock (&job->store->links_lock);
  g_hash_table_foreach_remove (job->store->links, is_link_of, connection);
  g_mutex_unlock (&job->store->links_lock);
  job->forget = g_strdup (connection);
  job->intents_changed = TRUE;

  return regie_store_load_due (user, job, error);
}

DexFuture *
regie_store_forget_connection (RegieStore *self, const char *connection)
{
  g_return_val_if_fail (REGIE_IS_STORE (self) && connection != NULL, NULL);

  return regie_store_job_write_user (regie_store_job_new (self, forget, g_strdup (connection), g_free));
}

/* --- after the opening --- */

typedef struct
{
  RegieStoreJob *job;
  gint64 journal;  /* the last entry that the cache has, 0 none */
  gint64 finished; /* the last answer, 0 none */
} Settling;

static gboolean
read_marks (sqlite3 *db, gpointer data, GError **error)
{
  Settling *self = data;

  self->journal = regie_db_get_int64 (db, 0, "SELECT value FROM meta WHERE name = 'journal'", NULL);
  self->finished = regie_db_get_int64 (db, 0, "SELECT value FROM meta WHERE name = 'finished'", NULL);
  self->job->store->first_generation = regie_store_read_generation (db);

  return TRUE;
}

/* Answers that the cache lost when the power was cut. A new cache gets none: its first pull tells the truth.
 */
static gboolean
queue_answers (sqlite3 *user, Settling *self, GError **error)
{
  g_autoptr (GPtrArray) answered =
      regie_intent_select (user, error, "WHERE finished > ?1 ORDER BY finished", "i", self->finished);
  gint64 last = regie_db_get_int64 (user, 0, "SELECT max(finished) FROM intent", NULL);

  if (answered == NULL)
    return FALSE;
  for (guint i = 0; i < answered->len; i++)
    regie_store_job_take_base (self->job, regie_store_base_new_for_done (g_ptr_array_index (answered, i)));
  self->job->finished = last;

  return TRUE;
}

/* A request that was on its way when the program ended: nobody knows. */
static gboolean
settle_user (sqlite3 *user, gpointer data, GError **error)
{
  Settling *self = data;
  g_autoptr (GPtrArray) active = NULL;

  if (!regie_db_run (
          user, error,
          "UPDATE intent SET state = 'unknown', error_code = ?1, error = 'Régie ended before the answer "
          "came' WHERE state = 'sending'",
          "i", (gint64) REGIE_ERROR_UNKNOWN))
    return FALSE;
  active = regie_intent_select (user, error, "WHERE state NOT IN ('sent', 'cancelled') ORDER BY seq", NULL);
  if (active == NULL)
    return FALSE;
  for (guint i = 0; i < active->len; i++)
    regie_store_job_mirror (self->job, g_ptr_array_index (active, i));

  return queue_answers (user, self, error) && regie_journal_fill (user, self->job, self->journal, error) &&
         regie_store_load_due (user, self->job, error);
}

/* Rows that are marked as waiting, and what only an intent showed, as of the last time. */
static gboolean
derive_marked (sqlite3 *db, RegieStoreJob *job, const RegieKind *kind, GError **error)
{
  g_autofree char *sql = g_strdup_printf (
      "SELECT key FROM %s WHERE pending IS NOT NULL UNION SELECT key FROM buried WHERE kind = '%s'",
      kind->table, kind->name);
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (db, sql, error);
  int step;

  if (stmt == NULL)
    return FALSE;
  while ((step = regie_db_step (stmt, error)) == 1)
    g_ptr_array_add (keys, g_strdup (regie_db_column_text (stmt, 0)));
  for (guint i = 0; step == 0 && i < keys->len; i++)
    {
      g_auto (RegieRow) row = { 0 };

      if (!regie_row_find (db, kind, g_ptr_array_index (keys, i), &row, error) ||
          !regie_row_derive (db, job, kind, &row, NULL, error))
        return FALSE;
    }

  return step == 0;
}

static gboolean
settle_cache (sqlite3 *db, gpointer data, GError **error)
{
  RegieStoreJob *job = data;
  guint n;
  const RegieKind *const *kinds = regie_kinds_list (&n);

  if (!regie_db_run (db, error, "DELETE FROM intent", NULL) || !regie_store_job_apply (db, job, error) ||
      !regie_db_run (db, error, "INSERT OR REPLACE INTO meta (name, value) VALUES ('finished', ?1)", "i",
                     job->finished))
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (!derive_marked (db, job, kinds[i], error))
      return FALSE;

  return TRUE;
}

gboolean
regie_store_settle (RegieStore *self, GError **error)
{
  g_autoptr (RegieStoreJob) job = regie_store_job_new (self, NULL, NULL, NULL);
  Settling settling = { job, 0, 0 };

  if (!regie_db_read_sync (self->cache, read_marks, &settling, error) ||
      !regie_db_write_sync (self->user, settle_user, &settling, error) ||
      !regie_db_write_sync (self->cache, settle_cache, job, error))
    return FALSE;
  if (job->due != NULL)
    regie_store_set_due (self, job->due);

  return TRUE;
}
