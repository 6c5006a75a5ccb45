/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "regie-json.h"
#include "regie-profile-private.h"

G_DEFINE_FINAL_TYPE (RegieProfile, regie_profile, G_TYPE_OBJECT)

static void
clear_shape (gpointer data)
{
  RegieProfileShape *shape = data;

  g_free (shape->pointer);
  g_free (shape->text);
  g_clear_pointer (&shape->pattern, g_regex_unref);
}

void
regie_profile_request_free (gpointer data)
{
  RegieProfileRequest *request = data;

  g_free (request->method);
  g_free (request->path);
  g_strfreev (request->query);
  g_free (request->body);
  g_clear_pointer (&request->send, json_object_unref);
  g_strfreev (request->record);
  g_strfreev (request->id);
  g_clear_pointer (&request->accept, g_array_unref);
  g_free (request->serial);
  g_free (request->missing);
  g_free (request);
}

void
regie_profile_join_free (RegieProfileJoin *join)
{
  g_strfreev (join->items);
  g_strfreev (join->key);
  g_free (join->into);
  g_free (join);
}

void
regie_profile_auth_clear (RegieProfileAuth *auth)
{
  g_free (auth->header);
  g_free (auth->scheme);
  g_clear_pointer (&auth->steps, g_ptr_array_unref);
  g_strfreev (auth->token);
  g_strfreev (auth->refresh_token);
  g_strfreev (auth->seconds);
  g_strfreev (auth->user);
  g_strfreev (auth->check_user);
  g_clear_pointer (&auth->lost, g_array_unref);
  g_strfreev (auth->kept);
}

void
regie_profile_field_free (gpointer data)
{
  RegieProfileField *field = data;

  g_strfreev (field->from);
  g_free (field->to);
  g_free (field->fallback);
  g_clear_pointer (&field->values, g_hash_table_unref);
  g_clear_pointer (&field->back, g_hash_table_unref);
  g_free (field);
}

void
regie_profile_kind_free (gpointer data)
{
  RegieProfileKind *kind = data;

  g_hash_table_unref (kind->actions);
  g_ptr_array_unref (kind->fields);
  g_strfreev (kind->items);
  g_clear_pointer (&kind->only, g_hash_table_unref);
  g_clear_pointer (&kind->join, regie_profile_join_free);
  g_free (kind);
}

static void
clear_list (RegieProfileList *list)
{
  g_strfreev (list->items);
  g_strfreev (list->next);
  g_strfreev (list->total);
  g_free (list->limit);
  g_free (list->cursor);
  g_free (list->sort);
  g_free (list->search);
}

static void
regie_profile_finalize (GObject *object)
{
  RegieProfile *self = REGIE_PROFILE (object);

  g_free (self->name);
  g_free (self->title);
  g_free (self->about);
  g_clear_pointer (&self->zone, g_time_zone_unref);
  g_array_unref (self->shapes);
  regie_profile_auth_clear (&self->auth);
  g_hash_table_unref (self->headers);
  g_free (self->key_header);
  g_free (self->etag_header);
  g_strfreev (self->error_code);
  g_strfreev (self->error_message);
  g_strfreev (self->error_field);
  g_free (self->error_prefix);
  g_free (self->error_field_prefix);
  g_clear_pointer (&self->error_wait, g_regex_unref);
  g_hash_table_unref (self->error_status);
  g_strfreev (self->record_id);
  g_strfreev (self->record_etag);
  clear_list (&self->list);
  g_hash_table_unref (self->kinds);
  g_hash_table_unref (self->requests);
  g_ptr_array_unref (self->all_requests);
  g_free (self->events_path);
  g_free (self->events_after);
  g_free (self->events_epoch);

  G_OBJECT_CLASS (regie_profile_parent_class)->finalize (object);
}

static void
regie_profile_class_init (RegieProfileClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = regie_profile_finalize;
}

static void
regie_profile_init (RegieProfile *self)
{
  self->shapes = g_array_new (FALSE, TRUE, sizeof (RegieProfileShape));
  g_array_set_clear_func (self->shapes, clear_shape);
  self->headers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->error_status = g_hash_table_new (NULL, NULL);
  self->kinds = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, regie_profile_kind_free);
  self->requests = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->all_requests = g_ptr_array_new_with_free_func (regie_profile_request_free);
}

RegieProfile *
regie_profile_load (GBytes *json, const char *file_name, GError **error)
{
  g_autoptr (RegieProfile) self = NULL;
  g_autoptr (JsonObject) root = NULL;
  gsize size;
  const char *text = g_bytes_get_data (json, &size);

  root = regie_json_parse_object (text != NULL ? text : "", size, error);
  if (root != NULL)
    {
      self = g_object_new (REGIE_TYPE_PROFILE, NULL);
      if (regie_profile_read (self, root, error))
        return g_steal_pointer (&self);
    }
  g_prefix_error (error, "%s: ", file_name);

  return NULL;
}

const char *
regie_profile_get_name (RegieProfile *self)
{
  g_return_val_if_fail (REGIE_IS_PROFILE (self), NULL);

  return self->name;
}

const char *
regie_profile_get_title (RegieProfile *self)
{
  g_return_val_if_fail (REGIE_IS_PROFILE (self), NULL);

  return self->title;
}

const char *
regie_profile_get_about (RegieProfile *self)
{
  g_return_val_if_fail (REGIE_IS_PROFILE (self), NULL);

  return self->about;
}

const RegieProfileKind *
regie_profile_get_kind (RegieProfile *self, const RegieKind *kind)
{
  return g_hash_table_lookup (self->kinds, kind->name);
}

const RegieProfileRequest *
regie_profile_get_action (RegieProfile *self, const RegieKind *kind, const char *action)
{
  const RegieProfileKind *here = regie_profile_get_kind (self, kind);
  const RegieProfileRequest *own;

  if (here == NULL)
    return NULL;
  if (g_str_equal (action, "restore"))
    return here->ops[REGIE_OP_RESTORE];
  own = g_hash_table_lookup (here->actions, action);

  return own != NULL ? own : here->ops[REGIE_OP_ACTION];
}

const RegieProfileStep *
regie_profile_find_step (RegieProfile *self, const char *name)
{
  for (guint i = 0; self->auth.steps != NULL && i < self->auth.steps->len; i++)
    {
      const RegieProfileStep *step = g_ptr_array_index (self->auth.steps, i);

      if (g_str_equal (step->name, name))
        return step;
    }

  return NULL;
}

const char *
regie_profile_op_to_string (RegieProfileOp op)
{
  static const char *const names[REGIE_N_OPS] = { "list",   "get",     "create", "update",
                                                  "delete", "restore", "action" };

  return names[op];
}

static gboolean
shape_fits (const RegieProfileShape *shape, JsonNode *found)
{
  if (found == NULL || json_node_get_node_type (found) != shape->node_type)
    return FALSE;
  if (shape->value_type == G_TYPE_INVALID)
    return TRUE;
  if (json_node_get_value_type (found) != shape->value_type)
    return FALSE;
  if (shape->pattern != NULL && !g_regex_match (shape->pattern, json_node_get_string (found), 0, NULL))
    return FALSE;

  return shape->text == NULL || g_str_equal (json_node_get_string (found), shape->text);
}

gboolean
regie_profile_fits (RegieProfile *self, JsonNode *answer, char **why)
{
  for (guint i = 0; i < self->shapes->len; i++)
    {
      const RegieProfileShape *shape = &g_array_index (self->shapes, RegieProfileShape, i);

      if (shape_fits (shape, regie_json_pointer_get (answer, shape->pointer)))
        continue;
      *why = shape->text != NULL ? g_strdup_printf ("%s is not \"%s\"", shape->pointer, shape->text)
                                 : g_strdup_printf ("%s is missing or of another type", shape->pointer);
      return FALSE;
    }

  return TRUE;
}
