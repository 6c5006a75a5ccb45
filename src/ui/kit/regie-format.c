/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-format.h"

#include <glib/gi18n.h>
#include <locale.h>
#include <math.h>
#include <string.h>

#include "regie-format-private.h"
#include "regie-json.h"
#include "regie-text.h"

#define ONE_LINE_CHARS 240

const char *
regie_format_label (const char *msgid)
{
  /* gettext of "" is the header of the catalogue. */
  return msgid != NULL && *msgid != '\0' ? gettext (msgid) : "";
}

char *
regie_format_count (gint64 count)
{
  return g_strdup_printf ("%'" G_GINT64_FORMAT, count);
}

char *
regie_format_number (double number, guint decimals)
{
  g_autofree char *text = NULL;
  const char *point = localeconv ()->decimal_point;
  char *at;

  if (!isfinite (number))
    return g_strdup (REGIE_FORMAT_NONE);

  text = g_strdup_printf ("%'.*f", (int) decimals, number);
  at = decimals > 0 ? strstr (text, point) : NULL;
  if (at != NULL)
    {
      char *end = text + strlen (text);

      while (end > at && end[-1] == '0')
        *--end = '\0';
      if (end == at + strlen (point))
        *at = '\0';
    }

  return g_steal_pointer (&text);
}

static char *
format_size_unit (const char *number, guint unit)
{
  /* Translators: units of file sizes, 1024 of one make one of the next */
  switch (unit)
    {
    case 0:
      return g_strdup_printf (_ ("%s B"), number);
    case 1:
      return g_strdup_printf (_ ("%s KiB"), number);
    case 2:
      return g_strdup_printf (_ ("%s MiB"), number);
    case 3:
      return g_strdup_printf (_ ("%s GiB"), number);
    default:
      return g_strdup_printf (_ ("%s TiB"), number);
    }
}

char *
regie_format_size (gint64 bytes)
{
  double size = bytes;
  guint unit = 0;
  g_autofree char *number = NULL;

  while (fabs (size) >= 1024 && unit < 4)
    {
      size /= 1024;
      unit++;
    }
  number = regie_format_number (size, unit == 0 || fabs (size) >= 100 ? 0 : 1);

  return format_size_unit (number, unit);
}

char *
regie_format_rate (double rate)
{
  double percent = rate * 100;
  g_autofree char *number = regie_format_number (percent, fabs (percent) < 10 ? 1 : 0);

  /* Translators: a percentage */
  return g_strdup_printf (_ ("%s%%"), number);
}

char *
regie_format_money (gint64 micro, const char *currency)
{
  g_autofree char *number = g_strdup_printf ("%'.2f", micro / 1e6);

  if (currency == NULL || *currency == '\0')
    return g_steal_pointer (&number);

  /* Translators: an amount and its currency, as "12.50 EUR" */
  return g_strdup_printf (_ ("%s %s"), number, currency);
}

/* --- fields --- */

gboolean
regie_format_is_numeric (const RegieField *field)
{
  switch (field->type)
    {
    case REGIE_FIELD_INT:
    case REGIE_FIELD_NUMBER:
    case REGIE_FIELD_DURATION:
    case REGIE_FIELD_MONEY:
    case REGIE_FIELD_RATE:
      return TRUE;
    default:
      return FALSE;
    }
}

char *
regie_format_field_title (const RegieField *field, gboolean with_unit)
{
  const char *label = regie_format_label (field->label);

  if (!with_unit || field->unit == NULL)
    return g_strdup (label);

  /* Translators: the name of a number and its unit, as "Delay before a reply (s)" */
  return g_strdup_printf (_ ("%s (%s)"), label, field->unit);
}

/* Numbers that name something are not grouped. */
static gboolean
is_identifier (const RegieField *field)
{
  return g_str_equal (field->name, "pid") || g_str_has_suffix (field->name, "_pid") ||
         g_str_equal (field->name, "rev");
}

static char *
format_int (const RegieField *field, gint64 value)
{
  static const char *const sizes[] = { "B", "KiB", "MiB", "GiB" };
  g_autofree char *number = NULL;

  for (guint i = 0; field->unit != NULL && i < G_N_ELEMENTS (sizes); i++)
    {
      if (g_str_equal (field->unit, sizes[i]))
        return regie_format_size (value << (10 * i));
    }
  if (g_strcmp0 (field->unit, "ms") == 0)
    return regie_format_duration (value);
  if (g_strcmp0 (field->unit, "s") == 0)
    return regie_format_duration (value * 1000);
  if (is_identifier (field))
    return g_strdup_printf ("%" G_GINT64_FORMAT, value);

  number = regie_format_count (value);
  if (field->unit == NULL)
    return g_steal_pointer (&number);
  if (g_str_equal (field->unit, "%"))
    return g_strdup_printf (_ ("%s%%"), number);

  /* Translators: a number and its unit */
  return g_strdup_printf (_ ("%s %s"), number, field->unit);
}

static char *
format_items (JsonArray *array, const char *between)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *item = json_array_get_element (array, i);
      g_autofree char *one = NULL;

      if (JSON_NODE_HOLDS_VALUE (item) && json_node_get_value_type (item) == G_TYPE_STRING)
        one = regie_text_visible (json_node_get_string (item), FALSE);
      else
        one = regie_json_to_string (item);
      g_string_append_printf (text, "%s%s", i > 0 ? between : "", one);
    }

  return g_strdup (text->str);
}

static char *
format_series (JsonArray *array)
{
  guint length = json_array_get_length (array);

  return length > 0
             ? regie_format_number (json_node_get_double (json_array_get_element (array, length - 1)), 2)
             : g_strdup (REGIE_FORMAT_NONE);
}

static char *
format_array (const RegieField *field, JsonArray *array, gboolean full)
{
  if (field->type == REGIE_FIELD_SERIES && !full)
    return format_series (array);
  if (json_array_get_length (array) == 0)
    return g_strdup (REGIE_FORMAT_NONE);

  return format_items (array, full && field->type == REGIE_FIELD_LIST ? "\n" : ", ");
}

static char *
format_text (const RegieField *field, const char *text, gboolean full)
{
  if (*text == '\0')
    return g_strdup (REGIE_FORMAT_NONE);
  if (field->type == REGIE_FIELD_LANGUAGE)
    return regie_format_language (text);
  if (field->type == REGIE_FIELD_ENUM)
    {
      const RegieEnumValue *value = regie_field_find_value (field, text);

      return value != NULL ? g_strdup (regie_format_label (value->label)) : regie_text_visible (text, FALSE);
    }
  if (regie_format_journal_word (field, text) != NULL)
    return g_strdup (regie_format_journal_word (field, text));
  if (!full)
    {
      g_autofree char *start = regie_text_shorten (text, ONE_LINE_CHARS);

      return regie_text_visible (start, FALSE);
    }

  return regie_text_visible (text, TRUE);
}

static char *
format_number (const RegieField *field, JsonNode *value, gboolean full)
{
  switch (field->type)
    {
    case REGIE_FIELD_TIME:
      return full ? regie_format_time_exact (json_node_get_int (value))
                  : regie_format_time_relative (json_node_get_int (value));
    case REGIE_FIELD_DURATION:
      return regie_format_duration (json_node_get_int (value));
    case REGIE_FIELD_RATE:
      return regie_format_rate (json_node_get_double (value));
    case REGIE_FIELD_MONEY:
      return regie_format_money (json_node_get_int (value), NULL);
    case REGIE_FIELD_INT:
      return format_int (field, json_node_get_int (value));
    default:
      return regie_format_number (json_node_get_double (value), 3);
    }
}

/* By what the value is, not by what the field says it should be: a backend may send anything. */
static char *
format_any (const RegieField *field, JsonNode *value, gboolean full)
{
  GType type;
  g_autofree char *json = NULL;

  if (value == NULL || JSON_NODE_HOLDS_NULL (value))
    return g_strdup (REGIE_FORMAT_NONE);
  if (JSON_NODE_HOLDS_ARRAY (value) && field->type != REGIE_FIELD_JSON)
    return format_array (field, json_node_get_array (value), full);
  if (JSON_NODE_HOLDS_VALUE (value))
    {
      type = json_node_get_value_type (value);
      if (type == G_TYPE_STRING)
        return format_text (field, json_node_get_string (value), full);
      if (type == G_TYPE_BOOLEAN)
        return g_strdup (json_node_get_boolean (value) ? _ ("Yes") : _ ("No"));
      return format_number (field, value, full);
    }

  json = regie_json_to_string (value);
  return full ? regie_text_visible (json, TRUE) : regie_text_shorten (json, ONE_LINE_CHARS);
}

char *
regie_format_value (const RegieField *field, JsonNode *value)
{
  g_return_val_if_fail (field != NULL, NULL);

  return format_any (field, value, FALSE);
}

char *
regie_format_value_full (const RegieField *field, JsonNode *value)
{
  g_return_val_if_fail (field != NULL, NULL);

  return format_any (field, value, TRUE);
}

char *
regie_format_field (RegieRecord *record, const RegieField *field)
{
  JsonNode *value = regie_record_get_node (record, field->name);
  g_autofree char *currency_field = NULL;

  if (field->type != REGIE_FIELD_MONEY || value == NULL || JSON_NODE_HOLDS_NULL (value))
    return regie_format_value (field, value);

  currency_field = g_strconcat (field->name, "_currency", NULL);
  return regie_format_money (regie_record_get_int (record, field->name),
                             regie_record_get_text (record, currency_field));
}
