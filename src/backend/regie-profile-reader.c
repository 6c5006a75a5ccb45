/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-profile-reader.h"

#include <string.h>

void
regie_reader_init (RegieReader *self)
{
  self->at = g_string_new (NULL);
  self->error = NULL;
}

void
regie_reader_clear (RegieReader *self)
{
  g_string_free (self->at, TRUE);
  g_clear_error (&self->error);
}

static void
append_token (GString *pointer, const char *member)
{
  g_string_append_c (pointer, '/');
  for (const char *c = member; *c != '\0'; c++)
    {
      if (*c == '~')
        g_string_append (pointer, "~0");
      else if (*c == '/')
        g_string_append (pointer, "~1");
      else
        g_string_append_c (pointer, *c);
    }
}

void
regie_reader_enter (RegieReader *self, const char *member)
{
  append_token (self->at, member);
}

void
regie_reader_leave (RegieReader *self)
{
  char *slash = strrchr (self->at->str, '/');

  g_assert (slash != NULL);
  g_string_truncate (self->at, slash - self->at->str);
}

void
regie_reader_fail (RegieReader *self, const char *member, const char *format, ...)
{
  g_autoptr (GString) where = NULL;
  g_autofree char *why = NULL;
  va_list args;

  if (self->error != NULL)
    return;
  where = g_string_new (self->at->str);
  if (member != NULL)
    append_token (where, member);
  va_start (args, format);
  why = g_strdup_vprintf (format, args);
  va_end (args);
  self->error =
      g_error_new (REGIE_ERROR, REGIE_ERROR_INVALID, "%s: %s", where->len > 0 ? where->str : "/", why);
}

gboolean
regie_reader_ok (RegieReader *self)
{
  return self->error == NULL;
}

void
regie_reader_members (RegieReader *self, JsonObject *object, const char *known)
{
  g_auto (GStrv) words = NULL;
  JsonObjectIter iter;
  const char *name;

  if (object == NULL || self->error != NULL)
    return;
  words = g_strsplit (known, " ", -1);
  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, NULL))
    {
      if (!g_strv_contains ((const char *const *) words, name))
        regie_reader_fail (self, name, "is not known here (known: %s)", known);
    }
}

/* The member, or NULL; a fault when it is needed. */
static JsonNode *
find (RegieReader *self, JsonObject *object, const char *member, gboolean needed)
{
  JsonNode *node;

  if (self->error != NULL || object == NULL)
    return NULL;
  node = json_object_get_member (object, member);
  if (node == NULL && needed)
    regie_reader_fail (self, member, "is missing");

  return node;
}

static const char *
node_text (JsonNode *node)
{
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    return NULL;

  return json_node_get_string (node);
}

const char *
regie_reader_text (RegieReader *self, JsonObject *object, const char *member, gboolean needed)
{
  JsonNode *node = find (self, object, member, needed);
  const char *text = node != NULL ? node_text (node) : NULL;

  if (node != NULL && (text == NULL || *text == '\0'))
    {
      regie_reader_fail (self, member, "must be a text, not empty");
      return NULL;
    }

  return text;
}

gint64
regie_reader_int (RegieReader *self,
                  JsonObject *object,
                  const char *member,
                  gint64 fallback,
                  gint64 min,
                  gint64 max)
{
  JsonNode *node = find (self, object, member, FALSE);
  gint64 value;

  if (node == NULL)
    return fallback;
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_INT64)
    {
      regie_reader_fail (self, member, "must be a whole number");
      return fallback;
    }
  value = json_node_get_int (node);
  if (value < min || value > max)
    regie_reader_fail (self, member, "must be from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, min, max);

  return value;
}

JsonObject *
regie_reader_object (RegieReader *self, JsonObject *object, const char *member, gboolean needed)
{
  JsonNode *node = find (self, object, member, needed);

  if (node == NULL)
    return NULL;
  if (!JSON_NODE_HOLDS_OBJECT (node))
    {
      regie_reader_fail (self, member, "must be an object");
      return NULL;
    }

  return json_node_get_object (node);
}

GRegex *
regie_reader_regex (RegieReader *self, JsonObject *object, const char *member)
{
  const char *text = regie_reader_text (self, object, member, FALSE);
  g_autoptr (GError) error = NULL;
  GRegex *regex;

  if (text == NULL)
    return NULL;
  regex = g_regex_new (text, G_REGEX_OPTIMIZE, 0, &error);
  if (regex == NULL)
    regie_reader_fail (self, member, "is no regular expression (%s)", error->message);

  return regex;
}

GStrv
regie_reader_texts (RegieReader *self, JsonObject *object, const char *member, gboolean needed)
{
  JsonNode *node = find (self, object, member, needed);
  g_autoptr (GStrvBuilder) builder = NULL;
  JsonArray *array;

  if (node == NULL)
    return NULL;
  if (!JSON_NODE_HOLDS_ARRAY (node) || json_array_get_length (json_node_get_array (node)) == 0)
    {
      regie_reader_fail (self, member, "must be a list of texts, not empty");
      return NULL;
    }

  builder = g_strv_builder_new ();
  array = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      const char *text = node_text (json_array_get_element (array, i));

      if (text == NULL)
        {
          regie_reader_fail (self, member, "must be a list of texts (number %u is none)", i + 1);
          return NULL;
        }
      g_strv_builder_add (builder, text);
    }

  return g_strv_builder_end (builder);
}

GStrv
regie_reader_pointers (RegieReader *self, JsonObject *object, const char *member, gboolean needed)
{
  g_auto (GStrv) pointers = regie_reader_texts (self, object, member, needed);

  for (guint i = 0; pointers != NULL && pointers[i] != NULL; i++)
    {
      if (*pointers[i] != '\0' && *pointers[i] != '/')
        {
          regie_reader_fail (self, member, "\"%s\" is no JSON pointer; those start with /", pointers[i]);
          return NULL;
        }
    }

  return g_steal_pointer (&pointers);
}

int
regie_reader_choice (RegieReader *self,
                     JsonObject *object,
                     const char *member,
                     const char *const *words,
                     int fallback)
{
  const char *text = regie_reader_text (self, object, member, fallback < 0);
  g_autofree char *known = NULL;

  if (text == NULL)
    return fallback;
  for (int i = 0; words[i] != NULL; i++)
    {
      if (g_str_equal (words[i], text))
        return i;
    }
  known = g_strjoinv (", ", (GStrv) words);
  regie_reader_fail (self, member, "\"%s\" is not one of %s", text, known);

  return fallback;
}
