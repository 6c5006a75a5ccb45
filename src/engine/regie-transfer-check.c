/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-transfer.h"

#include <string.h>

#include "core/regie-id.h"
#include "core/regie-limits.h"
#include "regie-task.h"
#include "regie-worker-db.h"

typedef struct
{
  RegieTransfer *transfer;
  guint line;
  GHashTable *ids; /* "kind/id" -> RegieTransferRecord */
} Check;

static const RegieTransferColumn run_columns[] = {
  { "task", TRUE, FALSE, TRUE },         { "attempt", FALSE, FALSE, FALSE },
  { "type", TRUE, FALSE, FALSE },        { "state", TRUE, FALSE, FALSE },
  { "started_at", FALSE, FALSE, FALSE }, { "finished_at", FALSE, TRUE, FALSE },
  { "result", TRUE, TRUE, FALSE },       { NULL },
};
static const RegieTransferColumn message_columns[] = {
  { "n", FALSE, FALSE, FALSE },  { "at", FALSE, FALSE, FALSE },  { "role", TRUE, FALSE, FALSE },
  { "task", TRUE, FALSE, TRUE }, { "text", TRUE, FALSE, FALSE }, { NULL },
};
static const RegieTransferColumn use_columns[] = {
  { "n", FALSE, FALSE, FALSE },
  { "service", TRUE, FALSE, FALSE },
  { "at", FALSE, FALSE, FALSE },
  { NULL },
};

const RegieTransferColumn *
regie_transfer_get_columns (const char *table)
{
  return g_str_equal (table, "run")       ? run_columns
         : g_str_equal (table, "message") ? message_columns
         : g_str_equal (table, "use")     ? use_columns
                                          : NULL;
}

static void
record_free (gpointer data)
{
  RegieTransferRecord *self = data;

  json_object_unref (self->record);
  g_free (self);
}

static void
row_free (gpointer data)
{
  RegieTransferRow *self = data;

  json_object_unref (self->row);
  g_free (self->digital_human);
  g_free (self);
}

void
regie_transfer_free (RegieTransfer *self)
{
  g_ptr_array_unref (self->records);
  g_ptr_array_unref (self->rows);
  g_free (self);
}

static gboolean refuse (GError **error, guint line, RegieError code, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

static gboolean
refuse (GError **error, guint line, RegieError code, const char *format, ...)
{
  g_autofree char *why = NULL;
  va_list args;

  va_start (args, format);
  why = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, REGIE_ERROR, code, "line %u: %s", line, why);

  return FALSE;
}

static gboolean
check_header (Check *self, JsonObject *object, GError **error)
{
  if (!g_str_equal (regie_json_get_text (object, "regie", ""), "workspace"))
    return refuse (error, self->line, REGIE_ERROR_INVALID, "this is no workspace that Régie exported");
  if (regie_json_get_int (object, "version", 0) > REGIE_TRANSFER_VERSION ||
      regie_json_get_int (object, "kinds", 0) > regie_kinds_get_version () ||
      regie_json_get_int (object, "databases", 0) > regie_worker_db_schema.n_steps)
    return refuse (error, self->line, REGIE_ERROR_NEWER,
                   "it was exported by a newer version of Régie; update it first");
  if (regie_json_get_int (object, "version", 0) < 1)
    return refuse (error, self->line, REGIE_ERROR_INVALID, "its version is not a number from 1 on");

  return TRUE;
}

/* --- records --- */

/* What Régie wrote itself may be longer, or be several lines, than what a person may write. */
static gboolean
check_field (Check *self, const RegieKind *kind, const RegieField *field, JsonObject *record, GError **error)
{
  JsonNode *value = json_object_get_member (record, field->name);
  const char *code = "";
  g_autofree char *wrong = NULL;

  if (field->flags & REGIE_FIELD_TRANSIENT)
    {
      json_object_remove_member (record, field->name);
      return TRUE;
    }
  wrong = regie_field_check (field, value, &code);
  if (wrong == NULL ||
      ((field->flags & REGIE_FIELD_READ_ONLY) &&
       (g_str_equal (code, "too-long") || g_str_equal (code, "format")) && field->type == REGIE_FIELD_TEXT))
    return TRUE;

  return refuse (error, self->line, REGIE_ERROR_INVALID, "/record/%s of a %s %s", field->name, kind->name,
                 wrong);
}

static gboolean
check_members (Check *self, const RegieKind *kind, JsonObject *record, GError **error)
{
  JsonObjectIter iter;
  const char *name;

  json_object_iter_init_ordered (&iter, record);
  while (json_object_iter_next_ordered (&iter, &name, NULL))
    {
      if (regie_kind_find_field (kind, name) == NULL && !g_str_has_prefix (name, "x_"))
        return refuse (error, self->line, REGIE_ERROR_INVALID, "/record/%.100s: a %s has no such field", name,
                       kind->name);
    }
  for (guint i = 0; i < kind->n_fields; i++)
    {
      if (!check_field (self, kind, &kind->fields[i], record, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
check_task (Check *self, JsonObject *record, GError **error)
{
  const char *state = regie_json_get_text (record, "state", "");
  g_autoptr (GError) wrong = NULL;

  /* Only what may yet be run must be fit for it. */
  if (!g_str_equal (state, "queued") && !g_str_equal (state, "running"))
    return TRUE;
  if (regie_task_check (record, &wrong))
    return TRUE;

  return refuse (error, self->line, REGIE_ERROR_INVALID, "/record%s", wrong->message);
}

static gboolean
add_record (Check *self, const RegieKind *kind, JsonObject *record, GError **error)
{
  RegieTransferRecord *entry = g_new0 (RegieTransferRecord, 1);
  const char *id = regie_json_get_text (record, "id", NULL);
  gboolean has_id = !g_str_equal (kind->name, "metric");
  g_autofree char *key = g_strdup_printf ("%s/%s", kind->name, id != NULL ? id : "");

  entry->kind = kind;
  entry->record = json_object_ref (record);
  entry->line = self->line;
  g_ptr_array_add (self->transfer->records, entry);
  if (!has_id)
    return TRUE;
  if (id == NULL || !regie_id_is_object (id))
    return refuse (error, self->line, REGIE_ERROR_INVALID, "/record/id is not an id");
  if (!g_hash_table_insert (self->ids, g_steal_pointer (&key), entry))
    return refuse (error, self->line, REGIE_ERROR_INVALID, "/record/id: there is a %s with this id already",
                   kind->name);
  if (!g_str_equal (kind->name, "workspace"))
    return TRUE;
  if (self->transfer->workspace != NULL)
    return refuse (error, self->line, REGIE_ERROR_INVALID, "there is a second workspace");
  self->transfer->workspace = entry->record;

  return TRUE;
}

static gboolean
check_record (Check *self, JsonObject *object, GError **error)
{
  const RegieKind *kind = regie_kind_get (regie_json_get_text (object, "kind", ""));
  JsonObject *wire = regie_json_get_object (object, "record");
  g_autoptr (JsonObject) record = NULL;

  if (kind == NULL)
    return refuse (error, self->line, REGIE_ERROR_INVALID, "/kind is not one of those there are");
  if (wire == NULL)
    return refuse (error, self->line, REGIE_ERROR_INVALID, "/record: an object is needed");
  record = regie_kind_from_wire (kind, wire);
  if (!check_members (self, kind, record, error) ||
      (g_str_equal (kind->name, "task") && !check_task (self, record, error)))
    return FALSE;

  return add_record (self, kind, record, error);
}

/* --- rows --- */

static gboolean
check_value (Check *self, const RegieTransferColumn *column, JsonNode *value, GError **error)
{
  GType wanted = column->is_text ? G_TYPE_STRING : G_TYPE_INT64;

  if (value == NULL || JSON_NODE_HOLDS_NULL (value))
    return column->nullable ||
           refuse (error, self->line, REGIE_ERROR_INVALID, "/row/%s is needed", column->name);
  if (JSON_NODE_HOLDS_VALUE (value) && json_node_get_value_type (value) == wanted)
    return TRUE;

  return refuse (error, self->line, REGIE_ERROR_INVALID, "/row/%s must be %s", column->name,
                 column->is_text ? "text" : "a whole number");
}

static gboolean
check_row (Check *self, JsonObject *object, GError **error)
{
  const char *table = regie_json_get_text (object, "table", "");
  const RegieTransferColumn *columns = regie_transfer_get_columns (table);
  JsonObject *row = regie_json_get_object (object, "row");
  RegieTransferRow *entry;
  guint n_columns = 0;

  if (columns == NULL)
    return refuse (error, self->line, REGIE_ERROR_INVALID, "/table is not one of those there are");
  if (row == NULL)
    return refuse (error, self->line, REGIE_ERROR_INVALID, "/row: an object is needed");
  for (; columns[n_columns].name != NULL; n_columns++)
    {
      if (!check_value (self, &columns[n_columns], json_object_get_member (row, columns[n_columns].name),
                        error))
        return FALSE;
    }
  if (json_object_get_size (row) > n_columns)
    return refuse (error, self->line, REGIE_ERROR_INVALID, "/row has a column that the table \"%s\" has not",
                   table);
  entry = g_new0 (RegieTransferRow, 1);
  entry->digital_human = g_strdup (regie_json_get_text (object, "dh", ""));
  entry->row = json_object_ref (row);
  entry->line = self->line;
  while (!g_str_equal (regie_worker_db_tables[entry->table], table))
    entry->table++;
  g_ptr_array_add (self->transfer->rows, entry);

  return TRUE;
}

/* --- what refers to what --- */

static gboolean
is_there (Check *self, const char *kind, const char *id)
{
  g_autofree char *key = g_strdup_printf ("%s/%s", kind, id);

  return g_hash_table_contains (self->ids, key);
}

static gboolean
check_references (Check *self, RegieTransferRecord *entry, GError **error)
{
  /* The journal speaks of what may be gone; nothing is made of it. */
  if (g_str_equal (entry->kind->name, "audit"))
    return TRUE;
  for (guint i = 0; i < entry->kind->n_fields; i++)
    {
      const RegieField *field = &entry->kind->fields[i];
      const char *id = regie_json_get_text (entry->record, field->name, "");

      if (field->type == REGIE_FIELD_REF && *id != '\0' && !is_there (self, field->ref, id))
        return refuse (error, entry->line, REGIE_ERROR_INVALID,
                       "/record/%s: there is no %s with this id in the text", field->name, field->ref);
    }

  return TRUE;
}

static gboolean
check_databases (Check *self, GError **error)
{
  g_autoptr (GHashTable) databases = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < self->transfer->records->len; i++)
    {
      RegieTransferRecord *entry = g_ptr_array_index (self->transfer->records, i);
      const char *human = regie_json_get_text (entry->record, "digital_human", "");

      if (g_str_equal (entry->kind->name, "database") && !g_hash_table_add (databases, (gpointer) human))
        return refuse (error, entry->line, REGIE_ERROR_INVALID, "the Digital Human has a database already");
    }
  for (guint i = 0; i < self->transfer->rows->len; i++)
    {
      RegieTransferRow *row = g_ptr_array_index (self->transfer->rows, i);

      if (!g_hash_table_contains (databases, row->digital_human))
        return refuse (error, row->line, REGIE_ERROR_INVALID,
                       "/dh: there is no database of this Digital Human in the text");
    }

  return TRUE;
}

static gboolean
check_whole (Check *self, GError **error)
{
  if (self->transfer->workspace == NULL)
    return refuse (error, self->line, REGIE_ERROR_INVALID, "the text ends without a workspace");
  for (guint i = 0; i < self->transfer->records->len; i++)
    {
      if (!check_references (self, g_ptr_array_index (self->transfer->records, i), error))
        return FALSE;
    }

  return check_databases (self, error);
}

/* --- lines --- */

static gboolean
check_line (Check *self, const char *text, gsize length, GError **error)
{
  g_autoptr (GError) wrong = NULL;
  g_autoptr (JsonObject) object = NULL;

  if (length == 0)
    return refuse (error, self->line, REGIE_ERROR_INVALID, "the line is empty");
  object = regie_json_parse_object (text, length, &wrong);
  if (object == NULL)
    return refuse (error, self->line, wrong->code, "%s", wrong->message);
  if (self->line == 1)
    return check_header (self, object, error);
  if (json_object_has_member (object, "kind"))
    return check_record (self, object, error);
  if (json_object_has_member (object, "dh"))
    return check_row (self, object, error);

  return refuse (error, self->line, REGIE_ERROR_INVALID, "neither a record nor a row");
}

static gboolean
check_lines (Check *self, const char *text, gsize size, GError **error)
{
  gsize at = 0;

  while (at < size)
    {
      const char *end = memchr (text + at, '\n', size - at);
      gsize length = end != NULL ? (gsize) (end - (text + at)) : size - at;

      if (++self->line > REGIE_TRANSFER_MAX_LINES)
        return refuse (error, self->line, REGIE_ERROR_TOO_LARGE, "there are more than %u lines",
                       REGIE_TRANSFER_MAX_LINES);
      if (!check_line (self, text + at, length, error))
        return FALSE;
      at += length + 1;
    }
  if (self->line == 0)
    return refuse (error, 1, REGIE_ERROR_INVALID, "the text is empty");

  return TRUE;
}

RegieTransfer *
regie_transfer_check (GBytes *bytes, GError **error)
{
  gsize size;
  const char *text = g_bytes_get_data (bytes, &size);
  g_autoptr (RegieTransfer) transfer = g_new0 (RegieTransfer, 1);
  g_autoptr (GHashTable) ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Check check = { .transfer = transfer, .ids = ids };

  transfer->records = g_ptr_array_new_with_free_func (record_free);
  transfer->rows = g_ptr_array_new_with_free_func (row_free);
  if (size > REGIE_TRANSFER_MAX_BYTES)
    {
      refuse (error, 1, REGIE_ERROR_TOO_LARGE, "the text has more than %u MiB",
              REGIE_TRANSFER_MAX_BYTES / 1024 / 1024);
      return NULL;
    }
  if (!check_lines (&check, text, size, error) || !check_whole (&check, error))
    return NULL;

  return g_steal_pointer (&transfer);
}
