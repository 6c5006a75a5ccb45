/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-store-private.h"

#include <math.h>
#include <string.h>

/* Longer texts are not worth their place in the full text. */
#define MAX_WORDS_BYTES (16 * 1024)

static void write_node (GString *out, JsonNode *node);

static void
write_text (GString *out, const char *text)
{
  static const char digits[] = "0123456789abcdef";
  const char *start = text;

  g_string_append_c (out, '"');
  for (const char *p = text; *p != '\0'; p++)
    {
      guchar c = *p;

      if (c >= 0x20 && c != '"' && c != '\\')
        continue;
      g_string_append_len (out, start, p - start);
      start = p + 1;
      g_string_append_c (out, '\\');
      if (c == '"' || c == '\\')
        g_string_append_c (out, c);
      else if (c == '\n')
        g_string_append_c (out, 'n');
      else
        {
          g_string_append (out, "u00");
          g_string_append_c (out, digits[c >> 4]);
          g_string_append_c (out, digits[c & 15]);
        }
    }
  g_string_append (out, start);
  g_string_append_c (out, '"');
}

/* A number that was a double stays one when it is read again. */
static void
write_double (GString *out, double number)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  if (!isfinite (number))
    {
      g_string_append (out, "null");
      return;
    }
  g_ascii_dtostr (text, sizeof text, number);
  g_string_append (out, text);
  if (strpbrk (text, ".eE") == NULL)
    g_string_append (out, ".0");
}

static void
write_int (GString *out, gint64 number)
{
  char text[24];
  char *p = text + sizeof text;
  guint64 left = number < 0 ? -(guint64) number : (guint64) number;

  do
    *--p = '0' + left % 10;
  while ((left /= 10) > 0);
  if (number < 0)
    *--p = '-';
  g_string_append_len (out, p, text + sizeof text - p);
}

static void
write_value (GString *out, JsonNode *node)
{
  GType type = json_node_get_value_type (node);

  if (type == G_TYPE_STRING)
    write_text (out, json_node_get_string (node));
  else if (type == G_TYPE_INT64)
    write_int (out, json_node_get_int (node));
  else if (type == G_TYPE_BOOLEAN)
    g_string_append (out, json_node_get_boolean (node) ? "true" : "false");
  else
    write_double (out, json_node_get_double (node));
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
write_object (GString *out, JsonObject *object)
{
  guint n = json_object_get_size (object);
  g_autofree const char **names = g_new (const char *, n + 1);
  JsonObjectIter iter;
  guint i = 0;

  json_object_iter_init (&iter, object);
  while (i < n && json_object_iter_next (&iter, &names[i], NULL))
    i++;
  qsort (names, i, sizeof *names, compare_names);
  g_string_append_c (out, '{');
  for (guint k = 0; k < i; k++)
    {
      if (k > 0)
        g_string_append_c (out, ',');
      write_text (out, names[k]);
      g_string_append_c (out, ':');
      write_node (out, json_object_get_member (object, names[k]));
    }
  g_string_append_c (out, '}');
}

static void
write_array (GString *out, JsonArray *array)
{
  g_string_append_c (out, '[');
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      if (i > 0)
        g_string_append_c (out, ',');
      write_node (out, json_array_get_element (array, i));
    }
  g_string_append_c (out, ']');
}

static void
write_node (GString *out, JsonNode *node)
{
  switch (json_node_get_node_type (node))
    {
    case JSON_NODE_OBJECT:
      write_object (out, json_node_get_object (node));
      break;
    case JSON_NODE_ARRAY:
      write_array (out, json_node_get_array (node));
      break;
    case JSON_NODE_VALUE:
      write_value (out, node);
      break;
    default:
      g_string_append (out, "null");
    }
}

char *
regie_store_json_write (JsonObject *object)
{
  GString *out = g_string_sized_new (1024);

  write_object (out, object);

  return g_string_free_and_steal (out);
}

JsonObject *
regie_store_json_read (const char *text)
{
  g_autoptr (JsonParser) parser = NULL;
  JsonNode *root;

  if (text == NULL)
    return NULL;
  parser = json_parser_new ();
  if (!json_parser_load_from_data (parser, text, -1, NULL))
    return NULL;
  root = json_parser_get_root (parser);

  return root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_object_ref (json_node_get_object (root)) : NULL;
}

static void
add_words (GString *words, JsonNode *node)
{
  if (words->len > MAX_WORDS_BYTES)
    return;
  if (JSON_NODE_HOLDS_OBJECT (node))
    {
      JsonObjectIter iter;
      JsonNode *member;

      json_object_iter_init_ordered (&iter, json_node_get_object (node));
      while (json_object_iter_next_ordered (&iter, NULL, &member))
        add_words (words, member);
    }
  else if (JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *array = json_node_get_array (node);

      for (guint i = 0; i < json_array_get_length (array); i++)
        add_words (words, json_array_get_element (array, i));
    }
  else if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
    {
      const char *text = json_node_get_string (node);

      g_string_append_len (words, text, MIN (strlen (text), MAX_WORDS_BYTES));
      g_string_append_c (words, '\n');
    }
}

void
regie_store_json_words (const RegieKind *kind, JsonObject *record, GString *words)
{
  for (guint i = 0; i < kind->n_fields; i++)
    {
      JsonNode *node = (kind->fields[i].flags & REGIE_FIELD_SEARCHED)
                           ? json_object_get_member (record, kind->fields[i].name)
                           : NULL;

      if (node != NULL)
        add_words (words, node);
    }
}
