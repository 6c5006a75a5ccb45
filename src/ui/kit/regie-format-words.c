/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-format.h"

#include <glib/gi18n.h>

#include "regie-cause.h"
#include "regie-format-private.h"
#include "regie-json.h"
#include "regie-text.h"

/* Languages that are offered; any other tag can still be shown and kept. */
static const RegieLanguage languages[] = {
  { "ar", N_ ("Arabic") },    { "bg", N_ ("Bulgarian") },  { "ca", N_ ("Catalan") },
  { "zh", N_ ("Chinese") },   { "hr", N_ ("Croatian") },   { "cs", N_ ("Czech") },
  { "da", N_ ("Danish") },    { "nl", N_ ("Dutch") },      { "en", N_ ("English") },
  { "et", N_ ("Estonian") },  { "fi", N_ ("Finnish") },    { "fr", N_ ("French") },
  { "de", N_ ("German") },    { "el", N_ ("Greek") },      { "he", N_ ("Hebrew") },
  { "hi", N_ ("Hindi") },     { "hu", N_ ("Hungarian") },  { "id", N_ ("Indonesian") },
  { "it", N_ ("Italian") },   { "ja", N_ ("Japanese") },   { "ko", N_ ("Korean") },
  { "lv", N_ ("Latvian") },   { "lt", N_ ("Lithuanian") }, { "no", N_ ("Norwegian") },
  { "pl", N_ ("Polish") },    { "pt", N_ ("Portuguese") }, { "ro", N_ ("Romanian") },
  { "ru", N_ ("Russian") },   { "sk", N_ ("Slovak") },     { "sl", N_ ("Slovenian") },
  { "es", N_ ("Spanish") },   { "sv", N_ ("Swedish") },    { "tr", N_ ("Turkish") },
  { "uk", N_ ("Ukrainian") }, { "vi", N_ ("Vietnamese") },
};

const RegieLanguage *
regie_format_list_languages (guint *n_languages)
{
  *n_languages = G_N_ELEMENTS (languages);

  return languages;
}

char *
regie_format_language (const char *tag)
{
  g_auto (GStrv) parts = NULL;

  if (tag == NULL || *tag == '\0')
    return g_strdup (REGIE_FORMAT_NONE);

  parts = g_strsplit (tag, "-", 2);
  for (guint i = 0; i < G_N_ELEMENTS (languages); i++)
    {
      if (g_ascii_strcasecmp (parts[0], languages[i].tag) == 0)
        /* Translators: a language and its tag, as "French (fr)" */
        return g_strdup_printf (_ ("%s (%s)"), _ (languages[i].name), tag);
    }

  return regie_text_visible (tag, FALSE);
}

static char *
describe_range (const RegieField *field)
{
  g_autofree char *least = regie_format_number (field->min, 2);
  g_autofree char *most = regie_format_number (field->max, 2);

  if (field->has_min && field->has_max)
    /* Translators: the numbers that may be typed */
    return g_strdup_printf (_ ("This must be from %s to %s"), least, most);
  if (field->has_min)
    return g_strdup_printf (_ ("This must be %s or more"), least);
  if (field->has_max)
    return g_strdup_printf (_ ("This must be %s or less"), most);

  return g_strdup (_ ("This is not a number that can be used"));
}

static char *
describe_format (const RegieField *field)
{
  switch (field->type)
    {
    case REGIE_FIELD_EMAIL:
      return g_strdup (_ ("An e-mail address looks like name@example.org"));
    case REGIE_FIELD_CLOCK:
      return g_strdup (_ ("A time of day looks like 09:30"));
    case REGIE_FIELD_ZONE:
      return g_strdup (_ ("A time zone looks like Europe/Paris"));
    case REGIE_FIELD_LANGUAGE:
      return g_strdup (_ ("A language tag looks like fr or pt-BR"));
    case REGIE_FIELD_TIME:
      return g_strdup (_ ("A time looks like 2026-11-20 12:28"));
    default:
      return g_strdup (_ ("This holds a character that cannot be used"));
    }
}

static char *
describe_type (const RegieField *field)
{
  switch (field->type)
    {
    case REGIE_FIELD_JSON:
      return g_strdup (_ ("This is not valid JSON"));
    case REGIE_FIELD_INT:
    case REGIE_FIELD_DURATION:
      return g_strdup (_ ("This must be a whole number"));
    case REGIE_FIELD_NUMBER:
    case REGIE_FIELD_RATE:
    case REGIE_FIELD_MONEY:
      return g_strdup (_ ("This must be a number"));
    default:
      return g_strdup (_ ("This value is of the wrong type"));
    }
}

char *
regie_format_problem (const RegieField *field, const char *code)
{
  g_return_val_if_fail (field != NULL, NULL);

  if (g_strcmp0 (code, "required") == 0)
    return g_strdup (_ ("This is needed"));
  if (g_strcmp0 (code, "too-long") == 0)
    {
      guint most = field->has_max ? field->max : 0;

      if (most == 0)
        return g_strdup (_ ("This is too long"));
      return g_strdup_printf (ngettext ("At most %u character", "At most %u characters", most), most);
    }
  if (g_strcmp0 (code, "too-short") == 0)
    return g_strdup_printf (ngettext ("At least %u character", "At least %u characters", (gulong) field->min),
                            (guint) field->min);
  if (g_strcmp0 (code, "range") == 0)
    return describe_range (field);
  if (g_strcmp0 (code, "choice") == 0)
    return g_strdup (_ ("Choose one of the values offered"));
  if (g_strcmp0 (code, "type") == 0)
    return describe_type (field);

  return describe_format (field);
}

static const char *
describe_regie_error (int code)
{
  switch (code)
    {
    case REGIE_ERROR_INVALID:
      return _ ("A value was not accepted. Correct it and try again.");
    case REGIE_ERROR_NOT_FOUND:
      return _ ("It is not there any more. It may have been deleted elsewhere.");
    case REGIE_ERROR_CONFLICT:
      return _ ("It was changed elsewhere in the meantime. Look at the present values and try again.");
    case REGIE_ERROR_DENIED:
      return _ ("You do not have the right to do this.");
    case REGIE_ERROR_TOO_LARGE:
      return _ ("It is too large. Shorten it and try again.");
    case REGIE_ERROR_NEWER:
      return _ ("The file was written by a newer version of Régie. Update Régie to open it.");
    case REGIE_ERROR_CORRUPT:
      return _ ("The file is damaged. Restore a backup.");
    case REGIE_ERROR_FULL:
      return _ ("The disk is full. Free some space and try again.");
    case REGIE_ERROR_READ_ONLY:
      return _ ("The folder cannot be written to. Check its permissions.");
    case REGIE_ERROR_LOCKED:
      return _ ("Another program is using it. Close that program and try again.");
    case REGIE_ERROR_UNREACHABLE:
      return _ ("The server does not answer. It will be tried again.");
    case REGIE_ERROR_UNKNOWN:
      return _ ("No answer came, so it is not known whether it was done. Check before doing it again.");
    case REGIE_ERROR_PROTOCOL:
      return _ ("The server gave an answer that makes no sense.");
    case REGIE_ERROR_LIMITED:
      return _ ("Too many requests were made. Wait a little and try again.");
    case REGIE_ERROR_STATE:
      return _ ("This is not possible at the moment.");
    default:
      return _ ("Something went wrong.");
    }
}

/* What is wrong with a value is said at its field, and a disk's or folder's trouble has words of its own;
 * here what else is known by its code. */
static char *
describe_cause (const GError *error)
{
  g_autoptr (JsonObject) cause = regie_error_get_cause (error);

  if (cause == NULL || error->message[0] == '/' || error->code == REGIE_ERROR_FULL ||
      error->code == REGIE_ERROR_READ_ONLY)
    return NULL;

  return regie_cause_word (NULL, regie_json_get_text (cause, "code", NULL),
                           regie_json_get_object (cause, "args"));
}

char *
regie_format_error (const GError *error)
{
  char *words = NULL;

  g_return_val_if_fail (error != NULL, NULL);

  if (error->domain == REGIE_ERROR)
    words = describe_cause (error);
  if (words != NULL)
    return words;
  if (error->domain == REGIE_ERROR)
    return g_strdup (describe_regie_error (error->code));
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE))
    return g_strdup (describe_regie_error (REGIE_ERROR_FULL));
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_READ_ONLY) ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    return g_strdup (describe_regie_error (REGIE_ERROR_READ_ONLY));

  return g_strdup (describe_regie_error (REGIE_ERROR_FAILED));
}

char *
regie_format_refusal (const RegieField *field, const GError *error, const char *text)
{
  static const char *const field_codes[] = { "required", "too-long", "too-short", "range",
                                             "choice",   "type",     "format",    NULL };
  g_autoptr (JsonObject) cause = regie_error_get_cause (error);
  const char *code = regie_json_get_text (cause, "code", NULL);

  if (code != NULL && g_strv_contains (field_codes, code))
    return regie_format_problem (field, code);

  return regie_cause_word (text, code, regie_json_get_object (cause, "args"));
}

/* --- the journal --- */

/* What every kind can have done to it; the rest are actions of kinds, with labels of their own. */
static const struct
{
  const char *name, *label;
} writes[] = {
  { "create", N_ ("Created") },   { "update", N_ ("Changed") },    { "delete", N_ ("Deleted") },
  { "restore", N_ ("Restored") }, { "cancel", N_ ("Taken back") }, { "refused", N_ ("Refused") },
  { "import", N_ ("Imported") },  { "crash", N_ ("Crashed") },
};

static const char *
find_action_label (const char *name)
{
  guint n_kinds;
  const RegieKind *const *kinds = regie_kinds_list (&n_kinds);

  for (guint i = 0; i < G_N_ELEMENTS (writes); i++)
    {
      if (g_str_equal (writes[i].name, name))
        return _ (writes[i].label);
    }
  for (guint i = 0; i < n_kinds; i++)
    {
      const RegieAction *action = regie_kind_find_action (kinds[i], name);

      if (action != NULL)
        return regie_format_label (action->label);
    }

  return NULL;
}

const char *
regie_format_journal_word (const RegieField *field, const char *text)
{
  const RegieKind *journal = regie_kind_get ("audit");
  const RegieKind *kind;

  if (field == regie_kind_find_field (journal, "action"))
    return find_action_label (text);
  if (field != regie_kind_find_field (journal, "kind"))
    return NULL;
  kind = regie_kind_get (text);

  return kind != NULL ? regie_format_label (kind->label) : NULL;
}
