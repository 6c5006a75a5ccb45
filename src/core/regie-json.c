/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-json.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "regie-json-guard.h"
#include "regie-json-threads.h"

/* Whoever uses JSON gets the atomic reference counts with it: this has the linker take that file. */
G_GNUC_UNUSED
__attribute__ ((used)) static gboolean (*const need_threads) (void) = regie_json_threads_are_safe;

/* The parser has forgotten the line by now, but says it: "<data>:LINE:COLUMN: Parse error: WHY". */
static void
set_parse_error (GError **error, const char *message)
{
  const char *place = g_str_has_prefix (message, "<data>:") ? message + strlen ("<data>:") : "1";
  const char *why = strstr (message, "error: ");

  g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID, "line %u: not JSON (%s)",
               (guint) strtoul (place, NULL, 10), why != NULL ? why + strlen ("error: ") : message);
}

JsonNode *
regie_json_parse (const char *text, gssize length, GError **error)
{
  g_autoptr (JsonParser) parser = NULL;
  g_autoptr (GError) wrong = NULL;
  JsonNode *root;

  if (length < 0)
    length = strlen (text);
  if (length == 0)
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID, "no JSON value at all");
      return NULL;
    }
  if (!regie_json_guard (text, length, error))
    return NULL;

  parser = json_parser_new_immutable ();
  json_parser_set_strict (parser, TRUE);
  if (!json_parser_load_from_data (parser, text, length, &wrong))
    {
      set_parse_error (error, wrong->message);
      return NULL;
    }

  root = json_parser_steal_root (parser);
  if (root == NULL)
    g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID, "no JSON value at all");

  return root;
}

JsonObject *
regie_json_parse_object (const char *text, gssize length, GError **error)
{
  g_autoptr (JsonNode) root = regie_json_parse (text, length, error);

  if (root == NULL)
    return NULL;
  if (!JSON_NODE_HOLDS_OBJECT (root))
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID, "a JSON object is needed");
      return NULL;
    }

  /* What was parsed is immutable; callers change what they get. */
  return regie_json_copy (json_node_get_object (root));
}

char *
regie_json_to_string (JsonNode *node)
{
  return json_to_string (node, FALSE);
}

char *
regie_json_object_to_string (JsonObject *object)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), object);

  return json_to_string (node, FALSE);
}

static JsonNode *sorted_node (JsonNode *node);

static JsonObject *
sorted_object (JsonObject *object)
{
  JsonObject *result = json_object_new ();
  g_autoptr (GList) names = json_object_get_members (object);

  names = g_list_sort (names, (GCompareFunc) strcmp);
  for (GList *l = names; l != NULL; l = l->next)
    json_object_set_member (result, l->data, sorted_node (json_object_get_member (object, l->data)));

  return result;
}

static JsonNode *
sorted_node (JsonNode *node)
{
  JsonArray *array;

  if (JSON_NODE_HOLDS_OBJECT (node))
    {
      JsonNode *result = json_node_new (JSON_NODE_OBJECT);
      json_node_take_object (result, sorted_object (json_node_get_object (node)));
      return result;
    }
  if (!JSON_NODE_HOLDS_ARRAY (node))
    return json_node_copy (node);

  array = json_array_new ();
  for (guint i = 0; i < json_array_get_length (json_node_get_array (node)); i++)
    json_array_add_element (array, sorted_node (json_array_get_element (json_node_get_array (node), i)));
  node = json_node_new (JSON_NODE_ARRAY);
  json_node_take_array (node, array);

  return node;
}

char *
regie_json_object_to_sorted_string (JsonObject *object)
{
  g_autoptr (JsonObject) sorted = sorted_object (object);

  return regie_json_object_to_string (sorted);
}

/* "~1" is "/", "~0" is "~". */
static char *
unescape_token (const char *token)
{
  g_auto (GStrv) slashes = g_strsplit (token, "~1", -1);
  g_autofree char *joined = g_strjoinv ("/", slashes);
  g_auto (GStrv) tildes = g_strsplit (joined, "~0", -1);

  return g_strjoinv ("~", tildes);
}

static JsonNode *
get_child (JsonNode *node, const char *token)
{
  guint64 index;

  if (JSON_NODE_HOLDS_OBJECT (node))
    return json_object_get_member (json_node_get_object (node), token);
  if (!JSON_NODE_HOLDS_ARRAY (node))
    return NULL;
  if (!g_ascii_string_to_unsigned (token, 10, 0, G_MAXUINT32, &index, NULL))
    return NULL;
  if (index >= json_array_get_length (json_node_get_array (node)))
    return NULL;

  return json_array_get_element (json_node_get_array (node), index);
}

JsonNode *
regie_json_pointer_get (JsonNode *root, const char *pointer)
{
  g_auto (GStrv) tokens = NULL;
  JsonNode *node = root;

  if (*pointer == '\0')
    return root;
  if (*pointer != '/')
    return NULL;

  /* Splitting nothing gives nothing, but "/" is the member without a name. */
  if (pointer[1] == '\0')
    return get_child (root, "");

  tokens = g_strsplit (pointer + 1, "/", -1);
  for (guint i = 0; tokens[i] != NULL && node != NULL; i++)
    {
      g_autofree char *token = unescape_token (tokens[i]);
      node = get_child (node, token);
    }

  return node;
}

static JsonNode *
get_value (JsonObject *object, const char *member)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, member) : NULL;

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) ? node : NULL;
}

const char *
regie_json_get_text (JsonObject *object, const char *member, const char *fallback)
{
  JsonNode *node = get_value (object, member);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node)
                                                                          : fallback;
}

gint64
regie_json_get_int (JsonObject *object, const char *member, gint64 fallback)
{
  JsonNode *node = get_value (object, member);

  if (node == NULL)
    return fallback;
  if (json_node_get_value_type (node) == G_TYPE_INT64)
    return json_node_get_int (node);
  if (json_node_get_value_type (node) == G_TYPE_DOUBLE)
    {
      double number = json_node_get_double (node);

      return number > -9.2e18 && number < 9.2e18 ? (gint64) number : fallback;
    }

  return fallback;
}

double
regie_json_get_number (JsonObject *object, const char *member, double fallback)
{
  JsonNode *node = get_value (object, member);

  if (node == NULL)
    return fallback;
  if (json_node_get_value_type (node) != G_TYPE_DOUBLE && json_node_get_value_type (node) != G_TYPE_INT64)
    return fallback;

  return json_node_get_double (node);
}

gboolean
regie_json_get_bool (JsonObject *object, const char *member, gboolean fallback)
{
  JsonNode *node = get_value (object, member);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_BOOLEAN ? json_node_get_boolean (node)
                                                                           : fallback;
}

JsonObject *
regie_json_get_object (JsonObject *object, const char *member)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, member) : NULL;

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

JsonArray *
regie_json_get_array (JsonObject *object, const char *member)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, member) : NULL;

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

static JsonNode *
copy_node (JsonNode *node)
{
  JsonNode *copy;

  if (JSON_NODE_HOLDS_OBJECT (node))
    {
      copy = json_node_new (JSON_NODE_OBJECT);
      json_node_take_object (copy, regie_json_copy (json_node_get_object (node)));
    }
  else if (JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *array = json_array_new ();

      for (guint i = 0; i < json_array_get_length (json_node_get_array (node)); i++)
        json_array_add_element (array, copy_node (json_array_get_element (json_node_get_array (node), i)));
      copy = json_node_new (JSON_NODE_ARRAY);
      json_node_take_array (copy, array);
    }
  else
    {
      copy = json_node_copy (node);
    }

  return copy;
}

JsonObject *
regie_json_copy (JsonObject *object)
{
  JsonObject *copy = json_object_new ();
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, &node))
    json_object_set_member (copy, name, copy_node (node));

  return copy;
}

JsonObject *
regie_json_apply (JsonObject *base, JsonObject *patch)
{
  JsonObject *result = regie_json_copy (base);
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  json_object_iter_init_ordered (&iter, patch);
  while (json_object_iter_next_ordered (&iter, &name, &node))
    json_object_set_member (result, name, copy_node (node));

  return result;
}

gboolean
regie_json_node_equal (JsonNode *a, JsonNode *b)
{
  if (a == NULL || b == NULL)
    return a == b;

  return json_node_equal (a, b);
}

JsonObject *
regie_json_diff (JsonObject *before, JsonObject *after)
{
  g_autoptr (JsonObject) changed = json_object_new ();
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  json_object_iter_init_ordered (&iter, after);
  while (json_object_iter_next_ordered (&iter, &name, &node))
    {
      if (!regie_json_node_equal (json_object_get_member (before, name), node))
        json_object_set_member (changed, name, copy_node (node));
    }

  return json_object_get_size (changed) > 0 ? g_steal_pointer (&changed) : NULL;
}

JsonObject *
regie_json_object_new (const char *name, ...)
{
  JsonObject *object = json_object_new ();
  va_list args;

  va_start (args, name);
  for (; name != NULL; name = va_arg (args, const char *))
    {
      const char *text;

      switch (va_arg (args, int))
        {
        case 's':
          text = va_arg (args, const char *);
          if (text != NULL)
            json_object_set_string_member (object, name, text);
          else
            json_object_set_null_member (object, name);
          break;
        case 'i':
          json_object_set_int_member (object, name, va_arg (args, gint64));
          break;
        case 'd':
          json_object_set_double_member (object, name, va_arg (args, double));
          break;
        case 'b':
          json_object_set_boolean_member (object, name, va_arg (args, gboolean));
          break;
        case 'o':
          json_object_set_object_member (object, name, va_arg (args, JsonObject *));
          break;
        case 'a':
          json_object_set_array_member (object, name, va_arg (args, JsonArray *));
          break;
        case 'n':
          json_object_set_member (object, name, va_arg (args, JsonNode *));
          break;
        default:
          g_assert_not_reached ();
        }
    }
  va_end (args);

  return object;
}
