/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-store-private.h"

#include "core/regie-json.h"

/* What an action is expected to do at once, so that the row answers before the backend does. VALUE is JSON;
 * ONLY_FROM: only in these states (text between commas), NULL in all. */
static const struct
{
  const char *kind, *action, *only_from, *field, *value;
} effects[] = {
  { "digital-human", "start", NULL, "wanted", "\"running\"" },
  { "digital-human", "start", "stopped,error", "state", "\"initializing\"" },
  { "digital-human", "stop", NULL, "wanted", "\"stopped\"" },
  { "digital-human", "stop", "initializing,idle,thinking,processing,error", "state", "\"stopping\"" },
  { "digital-human", "restart", NULL, "wanted", "\"running\"" },
  { "digital-human", "restart", NULL, "state", "\"initializing\"" },
  { "digital-human", "pause", NULL, "paused", "true" },
  { "digital-human", "resume", NULL, "paused", "false" },
  { "workspace", "pause", NULL, "paused", "true" },
  { "workspace", "resume", NULL, "paused", "false" },
  { "task", "cancel", "queued,running", "state", "\"cancelled\"" },
  { "task", "retry", "failed,cancelled,unknown", "state", "\"queued\"" },
};

static void
apply_effects (const RegieKind *kind, JsonObject *record, const char *action)
{
  g_autofree char *before = g_strdup (regie_json_get_text (record, "state", ""));

  for (guint i = 0; i < G_N_ELEMENTS (effects); i++)
    {
      g_auto (GStrv) from = NULL;

      if (!g_str_equal (effects[i].kind, kind->name) || g_strcmp0 (effects[i].action, action) != 0)
        continue;
      from = effects[i].only_from != NULL ? g_strsplit (effects[i].only_from, ",", -1) : NULL;
      if (from == NULL || g_strv_contains ((const char *const *) from, before))
        json_object_set_member (record, effects[i].field, json_from_string (effects[i].value, NULL));
    }
}

/* A patch over a record: null brings a field back to its default. */
static void
apply_patch (const RegieKind *kind, JsonObject *record, JsonObject *patch)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  json_object_iter_init_ordered (&iter, patch);
  while (json_object_iter_next_ordered (&iter, &name, &node))
    {
      const RegieField *field = regie_kind_find_field (kind, name);

      if (!JSON_NODE_HOLDS_NULL (node))
        json_object_set_member (record, name, json_node_copy (node));
      else if (field != NULL && field->fallback != NULL)
        json_object_set_member (record, name, json_from_string (field->fallback, NULL));
      else
        json_object_remove_member (record, name);
    }
}

/* What a record looks like before the backend has it: the defaults, what the user gave, and when. */
static JsonObject *
begin_record (RegieIntent *create)
{
  JsonObject *record = json_object_new ();

  for (guint i = 0; i < create->kind->n_fields; i++)
    {
      const RegieField *field = &create->kind->fields[i];

      if (field->fallback != NULL)
        json_object_set_member (record, field->name, json_from_string (field->fallback, NULL));
    }
  json_object_set_int_member (record, "created_at", create->made_at);
  json_object_set_int_member (record, "updated_at", create->made_at);
  if (create->body != NULL)
    apply_patch (create->kind, record, create->body);

  return record;
}

static JsonObject *
apply (const RegieKind *kind, JsonObject *record, RegieIntent *intent)
{
  g_autoptr (JsonObject) before = record;

  switch (intent->op)
    {
    case REGIE_INTENT_CREATE:
      return before != NULL ? g_steal_pointer (&before) : begin_record (intent);
    case REGIE_INTENT_DELETE:
      return NULL;
    case REGIE_INTENT_UPDATE:
      if (before != NULL && intent->body != NULL)
        apply_patch (kind, before, intent->body);
      return g_steal_pointer (&before);
    case REGIE_INTENT_ACT:
      if (before == NULL && g_strcmp0 (intent->action, "restore") == 0 && intent->base != NULL)
        return regie_json_copy (intent->base);
      if (before != NULL)
        apply_effects (kind, before, intent->action);
      return g_steal_pointer (&before);
    default:
      g_assert_not_reached ();
    }
}

JsonObject *
regie_store_derive (const RegieKind *kind, JsonObject *base, GPtrArray *intents, const char **pending)
{
  JsonObject *record = base != NULL ? regie_json_copy (base) : NULL;

  *pending = NULL;
  for (guint i = 0; intents != NULL && i < intents->len; i++)
    {
      RegieIntent *intent = g_ptr_array_index (intents, i);

      if (!regie_intent_is_active (intent))
        continue;
      if (*pending == NULL)
        *pending = regie_intent_state_to_string (intent->state);
      if (regie_intent_is_shown (intent))
        record = apply (kind, record, intent);
    }

  return record;
}

JsonObject *
regie_store_apply_done (const RegieKind *kind, JsonObject *base, RegieIntent *intent)
{
  return apply (kind, base != NULL ? regie_json_copy (base) : NULL, intent);
}

gboolean
regie_store_create_matches (RegieIntent *intent, JsonObject *record)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  if (intent->body == NULL || json_object_get_size (intent->body) == 0 ||
      regie_json_get_int (record, "created_at", 0) < intent->made_at)
    return FALSE;

  json_object_iter_init_ordered (&iter, intent->body);
  while (json_object_iter_next_ordered (&iter, &name, &node))
    if (!JSON_NODE_HOLDS_NULL (node) && !regie_json_node_equal (node, json_object_get_member (record, name)))
      return FALSE;

  return TRUE;
}
