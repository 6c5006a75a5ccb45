/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-engine-store-private.h"

#include "core/regie-error.h"
#include "core/regie-id.h"
#include "core/regie-json.h"

/* Event numbers only mean something within one history of a file. Each opening writes a new token into each
 * workspace's file, and remembers it in DATA_DIR/engine.json with the number of the newest event; a file that
 * comes back with another token or a lower number is another history, and gets the engine a new epoch. The
 * token before is accepted too, since a crash may fall between the two writes. */

static char *
path_of_identity (RegieEngineStore *self)
{
  return g_build_filename (self->data_dir, "engine.json", NULL);
}

static JsonObject *
read_identity (RegieEngineStore *self)
{
  g_autofree char *path = path_of_identity (self);
  g_autofree char *text = NULL;
  gsize length;

  if (!g_file_get_contents (path, &text, &length, NULL))
    return NULL;

  return regie_json_parse_object (text, length, NULL);
}

static gboolean
write_identity (RegieEngineStore *self, JsonObject *files, GError **error)
{
  g_autofree char *path = path_of_identity (self);
  g_autoptr (JsonObject) identity =
      regie_json_object_new ("epoch", 's', self->epoch, "files", 'o', json_object_ref (files), NULL);
  g_autofree char *text = regie_json_object_to_string (identity);
  g_autoptr (GError) wrong = NULL;

  if (g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                0600, &wrong))
    return TRUE;
  g_set_error (
      error, REGIE_ERROR,
      g_error_matches (wrong, G_FILE_ERROR, G_FILE_ERROR_NOSPC) ? REGIE_ERROR_FULL : REGIE_ERROR_READ_ONLY,
      "Cannot write %s: %s", path, wrong->message);

  return FALSE;
}

typedef struct
{
  char *found; /* the token in the file, NULL in a new one */
  char *token; /* the one to write */
} Token;

static gboolean
read_token (sqlite3 *db, gpointer data, GError **error)
{
  ((Token *) data)->found = regie_db_get_text (db, "SELECT value FROM meta WHERE name = 'token'", NULL);

  return TRUE;
}

static gboolean
write_token (sqlite3 *db, gpointer data, GError **error)
{
  return regie_db_run (db, error, "INSERT OR REPLACE INTO meta (name, value) VALUES ('token', ?)", "s",
                       ((Token *) data)->token);
}

static gboolean
is_expected (JsonObject *known, const char *token, gint64 seq)
{
  if (known == NULL)
    return TRUE;
  if (g_strcmp0 (regie_json_get_text (known, "token", NULL), token) != 0 &&
      g_strcmp0 (regie_json_get_text (known, "previous", NULL), token) != 0)
    return FALSE;

  return seq >= regie_json_get_int (known, "seq", 0);
}

static JsonObject *
new_entry (const char *token, const char *previous, gint64 seq)
{
  return regie_json_object_new ("token", 's', token, "previous", 's', previous, "seq", 'i', seq, NULL);
}

static void
tokens_free (gpointer data)
{
  Token *tokens = data;

  for (guint i = 0; tokens[i].token != NULL; i++)
    {
      g_free (tokens[i].found);
      g_free (tokens[i].token);
    }
  g_free (tokens);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Token, tokens_free)

gboolean
regie_engine_store_settle_epoch (RegieEngineStore *self, GError **error)
{
  g_autoptr (JsonObject) identity = read_identity (self);
  JsonObject *known = regie_json_get_object (identity, "files");
  g_autoptr (JsonObject) files = known != NULL ? regie_json_copy (known) : json_object_new ();
  g_autoptr (GPtrArray) workspaces = regie_engine_store_snapshot (self, TRUE);
  g_autoptr (Token) tokens = g_new0 (Token, workspaces->len + 1);

  self->epoch = g_strdup (regie_json_get_text (identity, "epoch", NULL));
  for (guint i = 0; i < workspaces->len; i++)
    {
      RegieWorkspace *workspace = g_ptr_array_index (workspaces, i);

      tokens[i].token = g_uuid_string_random ();
      if (!regie_db_read_sync (workspace->db, read_token, &tokens[i], error))
        return FALSE;
      if (!is_expected (regie_json_get_object (known, workspace->id), tokens[i].found,
                        workspace->delivered_seq))
        {
          g_message ("The file of workspace %s is not the one that was closed last: events are numbered anew",
                     workspace->id);
          g_clear_pointer (&self->epoch, g_free);
        }
      json_object_set_object_member (files, workspace->id,
                                     new_entry (tokens[i].token, tokens[i].found, workspace->delivered_seq));
    }
  if (self->epoch == NULL)
    self->epoch = regie_id_new_uuid ();
  if (!write_identity (self, files, error))
    return FALSE;
  for (guint i = 0; i < workspaces->len; i++)
    {
      RegieWorkspace *workspace = g_ptr_array_index (workspaces, i);

      if (!regie_db_write_sync (workspace->db, write_token, &tokens[i], error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
read_closing (sqlite3 *db, gpointer data, GError **error)
{
  JsonObject **entry = data;
  g_autofree char *token = regie_db_get_text (db, "SELECT value FROM meta WHERE name = 'token'", NULL);
  gint64 seq = regie_db_get_int64 (db, 0, "SELECT seq FROM sqlite_sequence WHERE name = 'event'", NULL);

  *entry = new_entry (token, NULL, seq);

  return TRUE;
}

void
regie_engine_store_note_close (RegieEngineStore *self)
{
  g_autoptr (JsonObject) identity = read_identity (self);
  JsonObject *known = regie_json_get_object (identity, "files");
  g_autoptr (JsonObject) files = known != NULL ? regie_json_copy (known) : json_object_new ();
  g_autoptr (GPtrArray) workspaces = regie_engine_store_snapshot (self, TRUE);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < workspaces->len; i++)
    {
      RegieWorkspace *workspace = g_ptr_array_index (workspaces, i);
      JsonObject *entry = NULL;

      /* On the writer, to come after what is queued. */
      if (regie_db_write_sync (workspace->db, read_closing, &entry, NULL))
        json_object_set_object_member (files, workspace->id, entry);
    }
  if (!write_identity (self, files, &error))
    g_message ("%s", error->message);
}
