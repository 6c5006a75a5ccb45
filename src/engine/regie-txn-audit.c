/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-engine-store-private.h"

#include "core/regie-error.h"
#include "core/regie-id.h"
#include "core/regie-json.h"

/* The journal. An entry is a record of kind "audit" without its values, which stand in audit_value under a
 * salt, and can be erased there; audit_chain holds the hash of the salted values, and a hash over it, the
 * entry and the hash before, so that an entry that was changed or taken out shows. */

#define ANSWER_LIFE_US (24 * G_TIME_SPAN_HOUR)

static JsonObject *
new_entry (RegieTxn *txn, const char *action, const RegieKind *kind, JsonObject *record, const char *reason)
{
  const char *title = regie_json_get_text (record, kind->title_field, NULL);
  JsonObject *entry = regie_json_object_new ("at", 'i', txn->now, "who", 's', txn->who, "action", 's', action,
                                             "kind", 's', kind->name, NULL);

  json_object_set_string_member (entry, "record", regie_json_get_text (record, "id", ""));
  if (title != NULL)
    json_object_set_string_member (entry, "title", title);
  if (reason != NULL)
    json_object_set_string_member (entry, "reason", reason);

  return entry;
}

static char *
text_of (JsonObject *object)
{
  return object != NULL ? regie_json_object_to_sorted_string (object) : NULL;
}

/* SHA-256 over parts, each with its length ahead, so that no two lists of parts give the same bytes. */
static char *
hash_parts (const char *first, ...)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  const char *part = first;
  va_list args;

  va_start (args, first);
  for (guint i = 0; i < 3; i++, part = va_arg (args, const char *))
    {
      g_autofree char *framed =
          part != NULL ? g_strdup_printf ("%" G_GSIZE_FORMAT ":%s", strlen (part), part) : g_strdup ("-");

      g_checksum_update (checksum, (const guchar *) framed, -1);
      if (i == 2)
        break;
    }
  va_end (args);

  return g_strdup (g_checksum_get_string (checksum));
}

static gboolean
add_to_chain (RegieTxn *txn, JsonObject *entry, const char *before, const char *after, GError **error)
{
  gint64 n = regie_db_get_int64 (txn->db, -1, "SELECT n FROM audit WHERE id = ?", "s",
                                 regie_json_get_text (entry, "id", ""));
  g_autofree char *salt = g_uuid_string_random ();
  g_autofree char *digest = hash_parts (salt, before, after);
  g_autofree char *last =
      regie_db_get_text (txn->db, "SELECT hash FROM audit_chain ORDER BY n DESC LIMIT 1", NULL);
  g_autofree char *data = regie_db_get_text (txn->db, "SELECT data FROM audit WHERE n = ?", "i", n);
  g_autofree char *hash = hash_parts (last != NULL ? last : "", data, digest);

  return regie_db_run (txn->db, error, "INSERT INTO audit_chain (n, digest, hash) VALUES (?, ?, ?)", "iss", n,
                       digest, hash) &&
         regie_db_run (txn->db, error,
                       "INSERT INTO audit_value (n, salt, \"before\", \"after\") VALUES (?, ?, ?, ?)", "isss",
                       n, salt, before, after);
}

gboolean
regie_txn_audit (RegieTxn *txn,
                 const char *action,
                 const RegieKind *kind,
                 JsonObject *record,
                 JsonObject *before,
                 JsonObject *after,
                 const char *reason,
                 GError **error)
{
  const RegieKind *audit = regie_kind_get ("audit");
  g_autoptr (JsonObject) entry = new_entry (txn, action, kind, record, reason);
  g_autofree char *before_text = text_of (before);
  g_autofree char *after_text = text_of (after);

  return regie_txn_put (txn, audit, entry, error) &&
         add_to_chain (txn, entry, before_text, after_text, error);
}

static void
set_value (JsonObject *record, const char *member, const char *text)
{
  if (text != NULL)
    json_object_set_object_member (record, member, regie_record_parse (text));
}

void
regie_audit_complete (sqlite3 *db, JsonObject *record)
{
  g_autoptr (sqlite3_stmt) stmt = regie_db_prepare (
      db, "SELECT \"before\", \"after\" FROM audit_value WHERE n = (SELECT n FROM audit WHERE id = ?)", NULL);

  if (stmt == NULL)
    return;
  regie_db_bind (stmt, "s", regie_json_get_text (record, "id", ""));
  if (regie_db_step (stmt, NULL) != 1)
    return;
  set_value (record, "before", regie_db_column_text (stmt, 0));
  set_value (record, "after", regie_db_column_text (stmt, 1));
}

JsonObject *
regie_txn_recall (RegieTxn *txn, const char *key)
{
  g_autofree char *data = regie_db_get_text (txn->db, "SELECT data FROM answer WHERE key = ? AND at > ?",
                                             "si", key, txn->now - ANSWER_LIFE_US);

  return data != NULL ? regie_record_parse (data) : NULL;
}

gboolean
regie_txn_remember (RegieTxn *txn, const char *key, JsonObject *answer, GError **error)
{
  g_autofree char *data = regie_json_object_to_string (answer);

  return regie_db_run (txn->db, error, "INSERT OR REPLACE INTO answer (key, at, data) VALUES (?, ?, ?)",
                       "sis", key, txn->now, data);
}
