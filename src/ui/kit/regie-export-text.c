/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-export.h"

#include <string.h>

#include "regie-json.h"

static gboolean
is_exported (const RegieField *field)
{
  return !(field->flags & REGIE_FIELD_HIDDEN);
}

/* A cell that begins so is a formula to spreadsheets, and a formula can read and send what the sheet holds.
 * The white space that some of them skip first is looked through. */
static gboolean
is_formula (const char *text)
{
  while (*text == ' ' || *text == '\t' || *text == '\r' || *text == '\n')
    text++;

  return *text != '\0' && strchr ("=+-@|", *text) != NULL;
}

static void
append_cell (GString *text, const char *value)
{
  if (strpbrk (value, ",;\"\r\n\t'") == NULL && *value != ' ')
    {
      g_string_append (text, value);
      return;
    }
  g_string_append_c (text, '"');
  for (const char *p = value; *p != '\0'; p++)
    {
      if (*p == '"')
        g_string_append_c (text, '"');
      g_string_append_c (text, *p);
    }
  g_string_append_c (text, '"');
}

static void
append_text_cell (GString *text, const char *value)
{
  g_autofree char *harmless = is_formula (value) ? g_strconcat ("'", value, NULL) : NULL;

  append_cell (text, harmless != NULL ? harmless : value);
}

/* 0.6, not 0.59999999999999998: as few digits as read back as the same number. */
static void
append_number (GString *text, double number)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (digits, sizeof digits, "%.15g", number);
  if (g_ascii_strtod (digits, NULL) != number)
    g_ascii_dtostr (digits, sizeof digits, number);
  g_string_append (text, digits);
}

static void
append_node (GString *text, JsonNode *node)
{
  g_autofree char *json = NULL;

  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return;
  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
    {
      append_text_cell (text, json_node_get_string (node));
      return;
    }
  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_DOUBLE)
    {
      append_number (text, json_node_get_double (node));
      return;
    }
  json = regie_json_to_string (node);
  append_cell (text, json);
}

void
regie_export_append_csv_head (GString *text, const RegieKind *kind)
{
  gboolean first = TRUE;

  for (guint i = 0; i < kind->n_fields; i++)
    {
      if (!is_exported (&kind->fields[i]))
        continue;
      if (!first)
        g_string_append_c (text, ',');
      append_cell (text, kind->fields[i].name);
      first = FALSE;
    }
  g_string_append (text, "\r\n");
}

void
regie_export_append_csv (GString *text, const RegieKind *kind, JsonObject *wire)
{
  gboolean first = TRUE;

  for (guint i = 0; i < kind->n_fields; i++)
    {
      if (!is_exported (&kind->fields[i]))
        continue;
      if (!first)
        g_string_append_c (text, ',');
      append_node (text, json_object_get_member (wire, kind->fields[i].name));
      first = FALSE;
    }
  g_string_append (text, "\r\n");
}
