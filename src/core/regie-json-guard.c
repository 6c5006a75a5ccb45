/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-json-guard.h"

#include <math.h>
#include <string.h>

#include "regie-limits.h"

/* So few digits cannot be too many. */
#define SAFE_DIGITS 300

typedef struct
{
  const char *text;
  gsize length;
  gsize at;
  guint line;
  guint depth;
  guint items[REGIE_LIMIT_JSON_DEPTH + 1];
} Guard;

/* From the opening quote to behind the closing one. */
static gboolean
skip_string (Guard *self, GError **error)
{
  gsize start = ++self->at;

  while (self->at < self->length && self->text[self->at] != '"')
    self->at += self->text[self->at] == '\\' ? 2 : 1;

  if (self->at - start > REGIE_LIMIT_STRING_BYTES)
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_TOO_LARGE, "line %u: a text is longer than %u bytes",
                   self->line, REGIE_LIMIT_STRING_BYTES);
      return FALSE;
    }
  self->at++;

  return TRUE;
}

static gboolean
open_container (Guard *self, GError **error)
{
  if (self->depth == REGIE_LIMIT_JSON_DEPTH)
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_TOO_LARGE, "line %u: nested deeper than %u levels",
                   self->line, REGIE_LIMIT_JSON_DEPTH);
      return FALSE;
    }
  self->items[++self->depth] = 0;
  self->at++;

  return TRUE;
}

static gboolean
count_item (Guard *self, GError **error)
{
  if (++self->items[self->depth] >= REGIE_LIMIT_ARRAY_ITEMS)
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_TOO_LARGE, "line %u: more than %u items in one list",
                   self->line, REGIE_LIMIT_ARRAY_ITEMS);
      return FALSE;
    }
  self->at++;

  return TRUE;
}

/* A number beyond all that a double can hold would be kept as infinity, which no JSON can say again. */
static gboolean
skip_number (Guard *self, GError **error)
{
  const char *start = self->text + self->at;
  gsize size = 0;
  gsize left = self->length - self->at;
  g_autofree char *number = NULL;

  while (size < left && (g_ascii_isdigit (start[size]) || strchr ("+-.eE", start[size]) != NULL) &&
         start[size] != '\0')
    size++;
  self->at += size;
  if (size < SAFE_DIGITS && memchr (start, 'e', size) == NULL && memchr (start, 'E', size) == NULL)
    return TRUE;
  number = g_strndup (start, size);
  if (isfinite (g_ascii_strtod (number, NULL)))
    return TRUE;
  g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID, "line %u: a number is too large", self->line);

  return FALSE;
}

static gboolean
step (Guard *self, GError **error)
{
  switch (self->text[self->at])
    {
    case '"':
      return skip_string (self, error);
    case '[':
    case '{':
      return open_container (self, error);
    case ',':
      return count_item (self, error);
    case ']':
    case '}':
      if (self->depth > 0)
        self->depth--;
      break;
    case '\n':
      self->line++;
      break;
    case '-':
      return skip_number (self, error);
    default:
      if (g_ascii_isdigit (self->text[self->at]))
        return skip_number (self, error);
      break;
    }
  self->at++;

  return TRUE;
}

gboolean
regie_json_guard (const char *text, gsize length, GError **error)
{
  Guard self = { .text = text, .length = length, .line = 1 };

  if (length > REGIE_LIMIT_JSON_BYTES)
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_TOO_LARGE,
                   "%" G_GSIZE_FORMAT " bytes of JSON; %u is the most", length, REGIE_LIMIT_JSON_BYTES);
      return FALSE;
    }
  if (!g_utf8_validate_len (text, length, NULL))
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID, "not UTF-8 text");
      return FALSE;
    }

  while (self.at < length)
    {
      if (!step (&self, error))
        return FALSE;
    }

  return TRUE;
}
