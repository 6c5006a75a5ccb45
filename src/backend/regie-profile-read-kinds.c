/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "regie-json.h"
#include "regie-limits.h"
#include "regie-profile-read-private.h"

/* Every {name} of PATH must be one of KNOWN; NULL: any. */
static void
check_template (RegieReader *reader, const char *path, const char *const *known)
{
  const char *open;

  if (path == NULL)
    return;
  if (*path != '/')
    regie_reader_fail (reader, "path", "must start with /");
  while ((open = strchr (path, '{')) != NULL)
    {
      const char *close = strchr (open, '}');
      g_autofree char *name = NULL;

      if (close == NULL)
        {
          regie_reader_fail (reader, "path", "has a { without its }");
          return;
        }
      name = g_strndup (open + 1, close - open - 1);
      if (known != NULL && !g_strv_contains (known, name))
        regie_reader_fail (reader, "path", "{%s} is not known here", name);
      path = close + 1;
    }
}

static void
read_accept (RegieReader *reader, JsonObject *from, RegieProfileRequest *request)
{
  JsonNode *node = json_object_get_member (from, "accept");

  if (node == NULL)
    return;
  if (!JSON_NODE_HOLDS_ARRAY (node))
    {
      regie_reader_fail (reader, "accept", "must be an array of statuses");
      return;
    }
  request->accept = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint i = 0; i < json_array_get_length (json_node_get_array (node)); i++)
    {
      JsonNode *element = json_array_get_element (json_node_get_array (node), i);
      guint status = JSON_NODE_HOLDS_VALUE (element) ? json_node_get_int (element) : 0;

      if (status < 300 || status > 599)
        regie_reader_fail (reader, "accept", "holds what is no status from 300 to 599");
      g_array_append_val (request->accept, status);
    }
}

static void
read_answer (RegieReader *reader, JsonObject *from, RegieProfileRequest *request)
{
  static const char *const answers[] = { "json", "bytes", "nothing", NULL };
  int answer = regie_reader_choice (reader, from, "answer", answers, 0);

  request->bytes = answer == 1;
  request->nothing = answer == 2;
  request->record = regie_reader_pointers (reader, from, "record", FALSE);
  request->id = regie_reader_pointers (reader, from, "id", FALSE);
  request->limit = regie_reader_int (reader, from, "limit", 0, 1, REGIE_LIMIT_MEDIA_BYTES);
}

const RegieProfileRequest *
regie_profile_read_request (RegieProfile *self,
                            RegieReader *reader,
                            JsonObject *object,
                            const char *member,
                            const char *const *placeholders)
{
  static const char *const methods[] = { "GET", "POST", "PUT", "PATCH", "DELETE", NULL };
  JsonObject *from = regie_reader_object (reader, object, member, FALSE);
  JsonObject *send;
  RegieProfileRequest *request;
  int method;

  if (from == NULL)
    return NULL;
  request = g_new0 (RegieProfileRequest, 1);
  g_ptr_array_add (self->all_requests, request);
  regie_reader_enter (reader, member);
  if (json_object_has_member (from, "missing"))
    {
      regie_reader_members (reader, from, "missing");
      request->missing = g_strdup (regie_reader_text (reader, from, "missing", TRUE));
    }
  else
    {
      regie_reader_members (reader, from,
                            "method path query body send answer record id limit accept serial then");
      method = regie_reader_choice (reader, from, "method", methods, -1);
      request->method = g_strdup (method >= 0 ? methods[method] : "GET");
      request->path = g_strdup (regie_reader_text (reader, from, "path", TRUE));
      check_template (reader, request->path, placeholders);
      request->query = regie_reader_texts (reader, from, "query", FALSE);
      request->body = g_strdup (regie_reader_text (reader, from, "body", FALSE));
      request->serial = g_strdup (regie_reader_text (reader, from, "serial", FALSE));
      send = regie_reader_object (reader, from, "send", FALSE);
      request->send = send != NULL ? regie_json_copy (send) : NULL;
      read_answer (reader, from, request);
      read_accept (reader, from, request);
      request->then = regie_profile_read_request (self, reader, from, "then", placeholders);
    }
  regie_reader_leave (reader);

  return request;
}

static const char *const op_placeholders[] = { "collection", "id", "action", "workspace", NULL };
static const char *const no_placeholders[] = { NULL };

static const char op_names[] = "list get create update delete restore action";

/* OBJECT's operations over those in OPS. */
static void
read_ops (RegieProfile *self, RegieReader *reader, JsonObject *object, const RegieProfileRequest **ops)
{
  JsonObject *operations = regie_reader_object (reader, object, "operations", FALSE);

  if (operations == NULL)
    return;
  regie_reader_enter (reader, "operations");
  regie_reader_members (reader, operations, op_names);
  for (guint i = 0; i < REGIE_N_OPS; i++)
    {
      const RegieProfileRequest *request = regie_profile_read_request (
          self, reader, operations, regie_profile_op_to_string (i), op_placeholders);

      if (request != NULL)
        ops[i] = request;
    }
  regie_reader_leave (reader);
}

static void
read_actions (RegieProfile *self, RegieReader *reader, JsonObject *object, RegieProfileKind *here)
{
  JsonObject *actions = regie_reader_object (reader, object, "actions", FALSE);
  JsonObjectIter iter;
  const char *name;

  if (actions == NULL)
    return;
  regie_reader_enter (reader, "actions");
  json_object_iter_init_ordered (&iter, actions);
  while (json_object_iter_next_ordered (&iter, &name, NULL))
    {
      const RegieAction *action = regie_kind_find_action (here->kind, name);

      if (action == NULL)
        regie_reader_fail (reader, name, "a %s has no such action", here->kind->name);
      else
        g_hash_table_insert (
            here->actions, (gpointer) action->name,
            (gpointer) regie_profile_read_request (self, reader, actions, name, op_placeholders));
    }
  regie_reader_leave (reader);
}

static void
read_values (RegieReader *reader, JsonObject *object, RegieProfileField *field)
{
  JsonObject *values = regie_reader_object (reader, object, "values", FALSE);
  JsonObjectIter iter;
  const char *theirs;

  if (values == NULL)
    return;
  field->values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  field->back = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  regie_reader_enter (reader, "values");
  json_object_iter_init_ordered (&iter, values);
  while (json_object_iter_next_ordered (&iter, &theirs, NULL))
    {
      const char *ours = regie_reader_text (reader, values, theirs, TRUE);

      if (ours == NULL)
        break;
      if (field->field->type == REGIE_FIELD_ENUM && regie_field_find_value (field->field, ours) == NULL)
        regie_reader_fail (reader, theirs, "\"%s\" is no value of the field", ours);
      g_hash_table_insert (field->values, g_strdup (theirs), g_strdup (ours));
      /* Where two of theirs mean one of ours, the first is what we write. */
      if (!g_hash_table_contains (field->back, ours))
        g_hash_table_insert (field->back, g_strdup (ours), g_strdup (theirs));
    }
  regie_reader_leave (reader);
}

RegieProfileField *
regie_profile_read_field (RegieReader *reader, const RegieKind *kind, JsonObject *object, const char *name)
{
  static const char *const converters[] = { "text", "integer", "number",  "boolean",
                                            "time", "seconds", "percent", NULL };
  const RegieField *known = regie_kind_find_field (kind, name);
  JsonObject *from = regie_reader_object (reader, object, name, TRUE);
  RegieProfileField *field;

  if (known == NULL)
    regie_reader_fail (reader, name, "a %s has no such field", kind->name);
  if (known == NULL || from == NULL)
    return NULL;

  field = g_new0 (RegieProfileField, 1);
  field->field = known;
  regie_reader_enter (reader, name);
  regie_reader_members (reader, from, "from to convert values default");
  field->from = regie_reader_pointers (reader, from, "from", TRUE);
  field->to = g_strdup (regie_reader_text (reader, from, "to", FALSE));
  if (field->to != NULL && *field->to != '/')
    regie_reader_fail (reader, "to", "must be a JSON pointer, which starts with /");
  if (json_object_has_member (from, "convert"))
    field->convert = REGIE_CONVERT_TEXT + regie_reader_choice (reader, from, "convert", converters, 0);
  read_values (reader, from, field);
  field->fallback = g_strdup (regie_reader_text (reader, from, "default", FALSE));
  if (field->fallback != NULL && known->type == REGIE_FIELD_ENUM &&
      regie_field_find_value (known, field->fallback) == NULL)
    regie_reader_fail (reader, "default", "\"%s\" is no value of the field", field->fallback);
  regie_reader_leave (reader);

  return field;
}

static void
read_join (RegieProfile *self, RegieReader *reader, JsonObject *object, RegieProfileKind *here)
{
  JsonObject *from = regie_reader_object (reader, object, "join", FALSE);

  if (from == NULL)
    return;
  here->join = g_new0 (RegieProfileJoin, 1);
  regie_reader_enter (reader, "join");
  regie_reader_members (reader, from, "request items key into");
  here->join->request = regie_profile_read_request (self, reader, from, "request", no_placeholders);
  if (here->join->request == NULL || here->join->request->missing != NULL)
    regie_reader_fail (reader, "request", "is needed");
  here->join->items = regie_reader_pointers (reader, from, "items", TRUE);
  here->join->key = regie_reader_pointers (reader, from, "key", TRUE);
  here->join->into = g_strdup (regie_reader_text (reader, from, "into", TRUE));
  regie_reader_leave (reader);
}

/* What is said of a kind's list. */
static void
read_rows (RegieProfile *self, RegieReader *reader, JsonObject *object, RegieProfileKind *here)
{
  JsonObject *only = regie_reader_object (reader, object, "only", FALSE);

  here->items = regie_reader_pointers (reader, object, "items", FALSE);
  here->poll_s = regie_reader_int (reader, object, "poll", 0, 5, 24 * 3600);
  read_join (self, reader, object, here);
  if (only != NULL)
    {
      JsonObjectIter iter;
      const char *pointer;

      here->only = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
      regie_reader_enter (reader, "only");
      json_object_iter_init_ordered (&iter, only);
      while (json_object_iter_next_ordered (&iter, &pointer, NULL))
        {
          if (*pointer != '/')
            regie_reader_fail (reader, pointer, "must be a JSON pointer, which starts with /");
          g_hash_table_insert (here->only, g_strdup (pointer),
                               g_strdup (regie_reader_text (reader, only, pointer, TRUE)));
        }
      regie_reader_leave (reader);
    }
}

static void
read_kind (RegieProfile *self,
           RegieReader *reader,
           JsonObject *kinds,
           const char *name,
           const RegieProfileRequest **common)
{
  JsonObject *object = regie_reader_object (reader, kinds, name, TRUE);
  const RegieKind *kind = regie_kind_get (name);
  RegieProfileKind *here;
  JsonObject *fields;

  if (kind == NULL)
    regie_reader_fail (reader, name, "there is no such kind");
  if (kind == NULL || object == NULL)
    return;

  here = g_new0 (RegieProfileKind, 1);
  here->kind = kind;
  here->actions = g_hash_table_new (g_str_hash, g_str_equal);
  here->fields = g_ptr_array_new_with_free_func (regie_profile_field_free);
  memcpy (here->ops, common, sizeof here->ops);
  g_hash_table_insert (self->kinds, g_strdup (name), here);

  regie_reader_enter (reader, name);
  regie_reader_members (reader, object, "operations actions fields items only join poll");
  read_rows (self, reader, object, here);
  read_ops (self, reader, object, here->ops);
  read_actions (self, reader, object, here);
  fields = regie_reader_object (reader, object, "fields", FALSE);
  if (fields != NULL)
    {
      JsonObjectIter iter;
      const char *field;

      regie_reader_enter (reader, "fields");
      json_object_iter_init_ordered (&iter, fields);
      while (json_object_iter_next_ordered (&iter, &field, NULL))
        {
          RegieProfileField *read = regie_profile_read_field (reader, kind, fields, field);

          if (read != NULL)
            g_ptr_array_add (here->fields, read);
        }
      regie_reader_leave (reader);
    }
  regie_reader_leave (reader);
}

void
regie_profile_read_operations (RegieProfile *self, RegieReader *reader, JsonObject *root)
{
  const RegieProfileRequest *common[REGIE_N_OPS] = { NULL };
  JsonObject *kinds = regie_reader_object (reader, root, "kinds", TRUE);
  JsonObjectIter iter;
  const char *name;

  read_ops (self, reader, root, common);
  if (kinds == NULL)
    return;
  regie_reader_enter (reader, "kinds");
  json_object_iter_init_ordered (&iter, kinds);
  while (json_object_iter_next_ordered (&iter, &name, NULL))
    read_kind (self, reader, kinds, name, common);
  regie_reader_leave (reader);
}

void
regie_profile_read_requests (RegieProfile *self, RegieReader *reader, JsonObject *root)
{
  JsonObject *requests = regie_reader_object (reader, root, "requests", FALSE);
  JsonObjectIter iter;
  const char *name;

  if (requests == NULL)
    return;
  regie_reader_enter (reader, "requests");
  json_object_iter_init_ordered (&iter, requests);
  while (json_object_iter_next_ordered (&iter, &name, NULL))
    {
      const RegieProfileRequest *request = regie_profile_read_request (self, reader, requests, name, NULL);

      if (request != NULL)
        g_hash_table_insert (self->requests, g_strdup (name), (gpointer) request);
    }
  regie_reader_leave (reader);
}
