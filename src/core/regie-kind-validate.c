/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "regie-cause.h"
#include "regie-json.h"
#include "regie-kinds-private.h"
#include "regie-limits.h"
#include "regie-text.h"
#include "regie-time.h"

static gboolean
is_text (JsonNode *value)
{
  return JSON_NODE_HOLDS_VALUE (value) && json_node_get_value_type (value) == G_TYPE_STRING;
}

static gboolean
is_number (JsonNode *value)
{
  GType type;

  if (!JSON_NODE_HOLDS_VALUE (value))
    return FALSE;
  type = json_node_get_value_type (value);

  return type == G_TYPE_INT64 || type == G_TYPE_DOUBLE;
}

static gboolean
is_whole (JsonNode *value)
{
  return is_number (value) && fmod (json_node_get_double (value), 1) == 0;
}

static char *refuse (const char **code, const char *stable, const char *format, ...) G_GNUC_PRINTF (3, 4);

static char *
refuse (const char **code, const char *stable, const char *format, ...)
{
  va_list args;
  char *message;

  if (code != NULL)
    *code = stable;
  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);

  return message;
}

static gboolean
is_clock (const char *text)
{
  if (strlen (text) != 5 || text[2] != ':')
    return FALSE;
  for (int i = 0; i < 5; i++)
    {
      if (i != 2 && !g_ascii_isdigit (text[i]))
        return FALSE;
    }

  return (text[0] - '0') * 10 + (text[1] - '0') < 24 && text[3] < '6';
}

/* One @, something on both sides, no white space, a dot or a local name behind: what mail servers accept in
 * practice. */
static gboolean
is_email (const char *text)
{
  const char *at = strchr (text, '@');

  if (at == NULL || at == text || at[1] == '\0' || strchr (at + 1, '@') != NULL)
    return FALSE;
  if (at[1] == '.' || text[strlen (text) - 1] == '.')
    return FALSE;

  return strpbrk (text, " \t\n<>,;()\"") == NULL;
}

static gboolean
is_zone (const char *text)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier (text);

  return zone != NULL;
}

static gboolean
is_language (const char *text)
{
  if (!g_ascii_isalpha (text[0]) || !g_ascii_isalpha (text[1]))
    return FALSE;

  return strspn (text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == strlen (text);
}

static char *
check_format (const RegieField *field, const char *text, const char **code)
{
  switch (field->type)
    {
    case REGIE_FIELD_EMAIL:
      return is_email (text) ? NULL : refuse (code, "format", "is not an e-mail address");
    case REGIE_FIELD_CLOCK:
      return is_clock (text) ? NULL : refuse (code, "format", "must be a time of day such as 09:30");
    case REGIE_FIELD_ZONE:
      return is_zone (text) ? NULL : refuse (code, "format", "is not a time zone such as Europe/Paris");
    case REGIE_FIELD_LANGUAGE:
      return is_language (text) ? NULL : refuse (code, "format", "is not a language tag such as fr");
    case REGIE_FIELD_ENUM:
      return regie_field_find_value (field, text) != NULL
                 ? NULL
                 : refuse (code, "choice", "is none of the values it may have");
    default:
      return NULL;
    }
}

static char *
check_text (const RegieField *field, JsonNode *value, const char **code)
{
  const char *text;
  glong length;
  double longest = field->has_max ? field->max : REGIE_LIMIT_TEXT_CHARS;

  if (!is_text (value))
    return refuse (code, "type", "must be text");

  text = json_node_get_string (value);
  length = g_utf8_strlen (text, -1);
  if (length == 0)
    return (field->flags & REGIE_FIELD_REQUIRED) ? refuse (code, "required", "is needed") : NULL;
  if (length > longest)
    return refuse (code, "too-long", "has %ld characters; %.0f is the most", length, longest);
  if (field->has_min && length < field->min)
    return refuse (code, "too-short", "needs at least %.0f characters", field->min);
  for (const char *p = text; *p != '\0'; p++)
    {
      if ((guchar) *p < 0x20 && !(field->type == REGIE_FIELD_MULTILINE && strchr ("\n\t\r", *p) != NULL))
        return refuse (code, "format", "has a control character (U+%04X)", (guchar) *p);
    }

  return check_format (field, text, code);
}

static char *
check_number (const RegieField *field, JsonNode *value, const char **code)
{
  double number;

  if (!is_number (value))
    return refuse (code, "type", "must be a number");
  if (field->type != REGIE_FIELD_NUMBER && field->type != REGIE_FIELD_RATE && !is_whole (value))
    return refuse (code, "type", "must be a whole number");

  number = json_node_get_double (value);
  if (!isfinite (number))
    return refuse (code, "range", "is not a finite number");
  if (field->has_min && number < field->min)
    return refuse (code, "range", "must be %g or more", field->min);
  if (field->has_max && number > field->max)
    return refuse (code, "range", "must be %g or less", field->max);

  return NULL;
}

static char *
check_time (JsonNode *value, const char **code)
{
  gint64 time;

  if (is_whole (value))
    return NULL;
  if (is_text (value) && regie_time_parse (json_node_get_string (value), NULL, &time))
    return NULL;

  return refuse (code, "format", "must be a time such as 2026-11-20T12:28:05Z");
}

static char *
check_list (const RegieField *field, JsonNode *value, const char **code)
{
  JsonArray *array;

  if (!JSON_NODE_HOLDS_ARRAY (value))
    return refuse (code, "type", "must be a list");

  array = json_node_get_array (value);
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *item = json_array_get_element (array, i);

      if (field->type == REGIE_FIELD_LIST ? !is_text (item) : !is_number (item))
        return refuse (code, "type", "must hold only %s",
                       field->type == REGIE_FIELD_LIST ? "texts" : "numbers");
    }

  return NULL;
}

char *
regie_field_check (const RegieField *field, JsonNode *value, const char **code)
{
  if (value == NULL || JSON_NODE_HOLDS_NULL (value))
    return (field->flags & REGIE_FIELD_REQUIRED) ? refuse (code, "required", "is needed") : NULL;

  switch (field->type)
    {
    case REGIE_FIELD_INT:
    case REGIE_FIELD_NUMBER:
    case REGIE_FIELD_DURATION:
    case REGIE_FIELD_MONEY:
    case REGIE_FIELD_RATE:
      return check_number (field, value, code);
    case REGIE_FIELD_BOOL:
      if (JSON_NODE_HOLDS_VALUE (value) && json_node_get_value_type (value) == G_TYPE_BOOLEAN)
        return NULL;
      return refuse (code, "type", "must be true or false");
    case REGIE_FIELD_TIME:
      return check_time (value, code);
    case REGIE_FIELD_LIST:
    case REGIE_FIELD_SERIES:
      return check_list (field, value, code);
    case REGIE_FIELD_JSON:
      return NULL;
    default:
      return check_text (field, value, code);
    }
}

/* Trims one-line text, and turns a time into µs. */
static void
canonicalise (const RegieField *field, JsonObject *object)
{
  JsonNode *value = json_object_get_member (object, field->name);
  gint64 time;

  if (!is_text (value))
    return;
  if (field->type == REGIE_FIELD_TIME)
    {
      if (regie_time_parse (json_node_get_string (value), NULL, &time))
        json_object_set_int_member (object, field->name, time);
    }
  else if (field->type != REGIE_FIELD_MULTILINE && field->type != REGIE_FIELD_JSON)
    {
      g_autofree char *trimmed = g_strstrip (g_strdup (json_node_get_string (value)));
      json_object_set_string_member (object, field->name, trimmed);
    }
}

static void
set_default (const RegieField *field, JsonObject *object)
{
  if (field->fallback != NULL)
    json_object_set_member (object, field->name, json_from_string (field->fallback, NULL));
  else
    json_object_remove_member (object, field->name);
}

static gboolean
validate_field (const RegieField *field, JsonObject *object, RegieValidateMode mode, GError **error)
{
  JsonNode *value = json_object_get_member (object, field->name);
  g_autofree char *wrong = NULL;
  const char *code = NULL;

  if (value != NULL && ((field->flags & REGIE_FIELD_READ_ONLY) ||
                        (mode == REGIE_VALIDATE_PATCH && (field->flags & REGIE_FIELD_CREATE_ONLY))))
    wrong = (field->flags & REGIE_FIELD_READ_ONLY)
                ? refuse (&code, "set-by-regie", "is set by Régie and cannot be written")
                : refuse (&code, "create-only", "cannot be changed once the record is made");
  else if (value == NULL && mode == REGIE_VALIDATE_PATCH)
    return TRUE;

  if (wrong == NULL && value != NULL)
    {
      canonicalise (field, object);
      value = json_object_get_member (object, field->name);
    }
  if (wrong == NULL)
    wrong = regie_field_check (field, value, &code);
  if (wrong != NULL)
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID, "/%s: %s", field->name, wrong);
      if (error != NULL)
        regie_error_set_cause (*error, code, NULL);
      return FALSE;
    }
  if (value == NULL || JSON_NODE_HOLDS_NULL (value))
    set_default (field, object);

  return TRUE;
}

gboolean
regie_kind_validate (const RegieKind *kind, JsonObject *object, RegieValidateMode mode, GError **error)
{
  for (guint i = 0; i < kind->n_fields; i++)
    {
      if (!validate_field (&kind->fields[i], object, mode, error))
        return FALSE;
    }

  return TRUE;
}

JsonObject *
regie_kind_to_wire (const RegieKind *kind, JsonObject *record)
{
  JsonObject *wire = regie_json_copy (record);

  for (guint i = 0; i < kind->n_fields; i++)
    {
      const RegieField *field = &kind->fields[i];
      JsonNode *value = json_object_get_member (wire, field->name);
      g_autofree char *text = NULL;

      if (field->type != REGIE_FIELD_TIME || value == NULL || !is_number (value))
        continue;
      text = regie_time_to_rfc3339 (json_node_get_int (value));
      if (text != NULL)
        json_object_set_string_member (wire, field->name, text);
      else
        json_object_set_null_member (wire, field->name);
    }

  return wire;
}

JsonObject *
regie_kind_from_wire (const RegieKind *kind, JsonObject *wire)
{
  JsonObject *record = regie_json_copy (wire);

  for (guint i = 0; i < kind->n_fields; i++)
    {
      if (kind->fields[i].type == REGIE_FIELD_TIME && json_object_has_member (record, kind->fields[i].name))
        canonicalise (&kind->fields[i], record);
    }

  return record;
}
