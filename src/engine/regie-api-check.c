/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-api-write.h"

#include "core/regie-cause.h"
#include "core/regie-json.h"
#include "core/regie-limits.h"

/* What of one value the journal keeps. */
#define JOURNAL_VALUE_BYTES 4096
#define MAX_EXTRA_MEMBERS   100

static gboolean
check_names (const RegieKind *kind, JsonObject *body, GError **error)
{
  JsonObjectIter iter;
  const char *name;
  guint n_extra = 0;

  json_object_iter_init_ordered (&iter, body);
  while (json_object_iter_next_ordered (&iter, &name, NULL))
    {
      if (regie_kind_find_field (kind, name) != NULL)
        continue;
      if (g_str_has_prefix (name, "x_") && strlen (name) <= REGIE_LIMIT_NAME_CHARS &&
          ++n_extra <= MAX_EXTRA_MEMBERS)
        continue;
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID,
                   "/%.200s: a %s has no such field; one of your own must begin with x_", name, kind->label);
      if (error != NULL)
        regie_error_set_cause (*error, "field-unknown", NULL);
      return FALSE;
    }

  return TRUE;
}

gboolean
regie_api_check_body (const RegieKind *kind, JsonObject *body, RegieValidateMode mode, GError **error)
{
  g_autoptr (GPtrArray) nulls = g_ptr_array_new ();

  if (!check_names (kind, body, error))
    return FALSE;
  for (guint i = 0; mode == REGIE_VALIDATE_PATCH && i < kind->n_fields; i++)
    {
      JsonNode *value = json_object_get_member (body, kind->fields[i].name);

      if (value != NULL && JSON_NODE_HOLDS_NULL (value))
        g_ptr_array_add (nulls, (gpointer) kind->fields[i].name);
    }
  if (!regie_kind_validate (kind, body, mode, error))
    return FALSE;
  /* Without a default the validation takes the member out, which would leave the old value. */
  for (guint i = 0; i < nulls->len; i++)
    {
      if (!json_object_has_member (body, g_ptr_array_index (nulls, i)))
        json_object_set_null_member (body, g_ptr_array_index (nulls, i));
    }

  return TRUE;
}

static void
set_missing (GError *error, const char *id)
{
  g_autoptr (JsonObject) args = regie_json_object_new ("id", 's', id, NULL);

  regie_error_set_cause (error, "reference-missing", args);
}

static gboolean
check_references (RegieTxn *txn, const RegieKind *kind, JsonObject *record, GError **error)
{
  for (guint i = 0; i < kind->n_fields; i++)
    {
      const RegieField *field = &kind->fields[i];
      const char *id = regie_json_get_text (record, field->name, "");
      g_autoptr (JsonObject) target = NULL;

      if (field->type != REGIE_FIELD_REF || *id == '\0' || g_str_equal (field->ref, "workspace"))
        continue;
      target = regie_txn_get (txn, regie_kind_get (field->ref), id, FALSE, NULL);
      if (target != NULL)
        continue;
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID,
                   "/%s: there is no %s with the id “%s” in this workspace", field->name,
                   regie_kind_get (field->ref)->label, id);
      if (error != NULL)
        set_missing (*error, id);
      return FALSE;
    }

  return TRUE;
}

/* One right for a Digital Human (or the whole workspace) and a service. */
static gboolean
check_right (RegieTxn *txn, JsonObject *record, GError **error)
{
  const char *digital_human = regie_json_get_text (record, "digital_human", "");
  const char *service = regie_json_get_text (record, "service", "");

  if (regie_db_get_int64 (
          regie_txn_get_db (txn), 0,
          "SELECT count (*) FROM \"right\" WHERE deleted_at IS NULL AND ifnull (digital_human, '') = ?"
          " AND service = ? AND id <> ?",
          "sss", digital_human, service, regie_json_get_text (record, "id", "")) == 0)
    return TRUE;
  regie_cause_set_error (
      error, REGIE_ERROR_CONFLICT, "/service",
      regie_cause_new ("right-exists", regie_json_object_new ("service", 's', service, NULL)));

  return FALSE;
}

gboolean
regie_api_check_new (RegieTxn *txn, const RegieKind *kind, JsonObject *record, GError **error)
{
  if (!g_str_equal (kind->name, "workspace"))
    {
      g_autoptr (JsonObject) workspace =
          regie_txn_get (txn, regie_kind_get ("workspace"), regie_txn_get_workspace (txn), FALSE, error);

      if (workspace == NULL)
        return FALSE;
    }

  return check_references (txn, kind, record, error) &&
         (!g_str_equal (kind->name, "right") || check_right (txn, record, error));
}

gboolean
regie_api_check_restored (RegieTxn *txn, const RegieKind *kind, JsonObject *record, GError **error)
{
  return !g_str_equal (kind->name, "right") || check_right (txn, record, error);
}

/* --- what the journal keeps --- */

static gboolean
is_journalled (const RegieKind *kind, const char *name)
{
  static const char *const bookkeeping[] = { "id",         "rev",       "created_at", "updated_at",
                                             "deleted_at", "workspace", NULL };
  const RegieField *field = regie_kind_find_field (kind, name);

  return !g_strv_contains (bookkeeping, name) && (field == NULL || !(field->flags & REGIE_FIELD_TRANSIENT));
}

static void
keep_value (JsonObject *values, const char *name, JsonNode *value)
{
  g_autofree char *text = regie_json_to_string (value);
  const char *end;

  if (strlen (text) <= JOURNAL_VALUE_BYTES)
    {
      json_object_set_member (values, name, json_node_copy (value));
      return;
    }
  if (!g_utf8_validate (text, JOURNAL_VALUE_BYTES, &end))
    text[end - text] = '\0';
  else
    text[JOURNAL_VALUE_BYTES] = '\0';
  json_object_set_object_member (values, name, regie_json_object_new ("shortened", 's', text, NULL));
}

JsonObject *
regie_api_journal_values (const RegieKind *kind, JsonObject *before, JsonObject *after)
{
  g_autoptr (JsonObject) values = json_object_new ();
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;

  if (after == NULL)
    return NULL;
  json_object_iter_init_ordered (&iter, after);
  while (json_object_iter_next_ordered (&iter, &name, &value))
    {
      JsonNode *old = before != NULL ? json_object_get_member (before, name) : NULL;

      if (is_journalled (kind, name) && !regie_json_node_equal (old, value))
        keep_value (values, name, value);
    }

  return json_object_get_size (values) > 0 ? g_steal_pointer (&values) : NULL;
}
