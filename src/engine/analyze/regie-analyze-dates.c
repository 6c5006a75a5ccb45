/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-analyze-private.h"

#include <string.h>

/* Dates with a day and a month; a month alone, a weekday or "tomorrow" is a time cue for the rules, not a
 * date. */

static const struct
{
  const char *name;
  guint8 month;
  gboolean before_day; /* may stand before the day: "March 3", never "mars 3" */
} months[] = {
  { "janvier", 1, FALSE },   { "january", 1, TRUE },    { "janv", 1, FALSE },     { "jan", 1, TRUE },
  { "fevrier", 2, FALSE },   { "february", 2, TRUE },   { "fevr", 2, FALSE },     { "fev", 2, FALSE },
  { "febuary", 2, TRUE },    { "feb", 2, TRUE },        { "mars", 3, FALSE },     { "march", 3, TRUE },
  { "mar", 3, TRUE },        { "avril", 4, FALSE },     { "april", 4, TRUE },     { "avr", 4, FALSE },
  { "apr", 4, TRUE },        { "mai", 5, FALSE },       { "may", 5, TRUE },       { "juin", 6, FALSE },
  { "june", 6, TRUE },       { "jun", 6, TRUE },        { "juillet", 7, FALSE },  { "july", 7, TRUE },
  { "juil", 7, FALSE },      { "jul", 7, TRUE },        { "aout", 8, FALSE },     { "august", 8, TRUE },
  { "aug", 8, TRUE },        { "septembre", 9, FALSE }, { "september", 9, TRUE }, { "sept", 9, TRUE },
  { "sep", 9, TRUE },        { "octobre", 10, FALSE },  { "october", 10, TRUE },  { "oct", 10, TRUE },
  { "novembre", 11, FALSE }, { "november", 11, TRUE },  { "nov", 11, TRUE },      { "decembre", 12, FALSE },
  { "december", 12, TRUE },  { "dec", 12, TRUE },
};

static guint
month_at (Text *text, guint at, guint *month, gboolean *before_day)
{
  for (guint i = 0; i < G_N_ELEMENTS (months); i++)
    {
      gsize n = strlen (months[i].name);

      if (at + n > text->n_chars || memcmp (text->fold + at, months[i].name, n) != 0)
        continue;
      if (fold_is_alpha (text->fold[at + n]))
        continue;
      *month = months[i].month;
      *before_day = months[i].before_day;
      return at + (guint) n;
    }
  return 0;
}

/* At most MAX digits; more of them is no match. */
static guint
digits_at (Text *text, guint at, guint max, guint *value)
{
  guint end = at;

  *value = 0;
  while (fold_is_digit (text->fold[end]) && end - at < max)
    *value = *value * 10 + (guint) (text->fold[end++] - '0');
  return end > at && !fold_is_digit (text->fold[end]) ? end : 0;
}

static gboolean
is_year (guint year)
{
  return year >= 1900 && year < 2100;
}

static gboolean
day_fits (guint day, guint month, guint year)
{
  return month >= 1 && month <= 12 && day >= 1 &&
         day <= g_date_get_days_in_month ((GDateMonth) month, (GDateYear) (year != 0 ? year : 2024));
}

static guint
keep_date (FoundEntity *found, guint end, guint day, guint month, guint year, const char *rule)
{
  if (!day_fits (day, month, year))
    return 0;
  found->kind = REGIE_ENTITY_DATE;
  found->rule = rule;
  found->value = year != 0 ? g_strdup_printf ("%04u-%02u-%02u", year, month, day)
                           : g_strdup_printf ("--%02u-%02u", month, day);
  return end;
}

/* ", 2025" or " 2025" after a month or day; returns END unchanged without one. */
static guint
year_after (Text *text, guint end, guint *year)
{
  guint at = end, after, value;

  *year = 0;
  if (text->fold[at] == '.')
    at++;
  if (text->fold[at] == ',')
    at++;
  if (text->fold[at] == '-' || text->fold[at] == '/')
    at++;
  else
    at = text_skip_spaces (text, at);
  if (text_word_at (text, at, "de"))
    at = text_skip_spaces (text, at + 2);
  after = digits_at (text, at, 4, &value);
  if (after != at + 4 || !is_year (value))
    return end;
  *year = value;
  return after;
}

/* "12 mars 2025", "1er avril", "3rd of May", "14-Feb-2025", "premier mai" */
static guint
scan_day_month (Text *text, guint at, FoundEntity *found)
{
  static const char *const suffixes[] = { "er", "ere", "st", "nd", "rd", "th", "eme", "e" };
  guint day = 1, month, year, end, after;
  gboolean before;

  end = text_word_at (text, at, "premier") ? at + 7 : digits_at (text, at, 2, &day);
  if (end == 0)
    return 0;
  after = text->fold[end] == ' ' ? end + 1 : end;
  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      gsize n = strlen (suffixes[i]);

      if (memcmp (text->fold + after, suffixes[i], MIN (n, text->n_chars - after)) == 0 &&
          after + n <= text->n_chars && !fold_is_alnum (text->fold[after + n]))
        {
          end = after + (guint) n;
          break;
        }
    }
  if (strchr ("-/.", text->fold[end]) != NULL && text->fold[end] != 0 && fold_is_alpha (text->fold[end + 1]))
    end++;
  end = text_skip_spaces (text, end);
  if (text_word_at (text, end, "of") || text_word_at (text, end, "de"))
    end = text_skip_spaces (text, end + 2);
  end = month_at (text, end, &month, &before);
  if (end == 0)
    return 0;
  end = year_after (text, end, &year);
  return keep_date (found, end, day, month, year, "entity.date.day-month");
}

/* "March 12th, 2025", "Jan. 3" */
static guint
scan_month_day (Text *text, guint at, FoundEntity *found)
{
  guint month, day, year, end, after;
  gboolean before;

  end = month_at (text, at, &month, &before);
  if (end == 0 || !before)
    return 0;
  if (text->fold[end] == '.')
    end++;
  end = text_skip_spaces (text, end);
  if (text_word_at (text, end, "the"))
    end = text_skip_spaces (text, end + 3);
  end = digits_at (text, end, 2, &day);
  if (end == 0 || text->fold[end] == ':')
    return 0;
  after = end;
  if (strchr ("snrt", text->fold[end]) != NULL && text->fold[end] != 0 && fold_is_alpha (text->fold[end + 1]))
    after = end + 2;
  if (fold_is_alnum (text->fold[after]))
    return 0;
  end = year_after (text, after, &year);
  return keep_date (found, end, day, month, year, "entity.date.month-day");
}

/* Words after which "12/03" or "12.03" is a date and not a fraction, a note or a measure. */
static gboolean
date_word_before (Text *text, guint at)
{
  static const char *const words[] = { "le",       "du",        "au",       "depuis", "avant",    "apres",
                                       "des",      "on",        "by",       "since",  "from",     "until",
                                       "before",   "after",     "dated",    "date",   "lundi",    "mardi",
                                       "mercredi", "jeudi",     "vendredi", "samedi", "dimanche", "monday",
                                       "tuesday",  "wednesday", "thursday", "friday", "saturday", "sunday",
                                       "till",     "of",        "l" };
  guint end = at, start;

  while (end > 0 && (text->fold[end - 1] == ' ' || text->fold[end - 1] == '(' || text->fold[end - 1] == ':'))
    end--;
  start = end;
  while (start > 0 && fold_is_alpha (text->fold[start - 1]) && end - start < 12)
    start--;
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (strlen (words[i]) == end - start && memcmp (text->fold + start, words[i], end - start) == 0)
      return TRUE;
  return FALSE;
}

static guint
keep_numeric (FoundEntity *found, guint end, guint first, guint second, guint year, RegieLanguage language)
{
  gboolean month_first = first <= 12 && (second > 12 || language == REGIE_LANGUAGE_EN);

  found->ambiguous = first <= 12 && second <= 12 && first != second && language != REGIE_LANGUAGE_FR;
  return month_first ? keep_date (found, end, second, first, year, "entity.date.numeric")
                     : keep_date (found, end, first, second, year, "entity.date.numeric");
}

static gboolean
goes_on (Text *text, guint end)
{
  guint8 c = text->fold[end];

  if (fold_is_alnum (c))
    return TRUE;
  return strchr ("-/.,", c) != NULL && c != 0 && fold_is_digit (text->fold[end + 1]);
}

/* "12/03/2025", "12.03.25", "2025-03-12", and "12/03" where it cannot be anything else. */
static guint
scan_numeric_date (Text *text, guint at, RegieLanguage language, FoundEntity *found)
{
  guint first, second, third, end, middle, last;
  guint8 sep;

  end = digits_at (text, at, 4, &first);
  sep = end != 0 ? text->fold[end] : 0;
  if (end == 0 || (sep != '/' && sep != '-' && sep != '.') || end - at == 3)
    return 0;
  middle = digits_at (text, end + 1, 2, &second);
  if (middle == 0)
    return 0;
  if (text->fold[middle] == sep && (last = digits_at (text, middle + 1, 4, &third)) != 0)
    {
      if (goes_on (text, last))
        return 0;
      if (end - at == 4)
        return last - middle <= 3 && is_year (first)
                   ? keep_date (found, last, third, second, first, "entity.date.iso")
                   : 0;
      if (last - middle == 3)
        third += 2000;
      else if (last - middle != 5 || !is_year (third))
        return 0;
      return keep_numeric (found, last, first, second, third, language);
    }
  if (end - at > 2 || goes_on (text, middle))
    return 0;
  if (!date_word_before (text, at) &&
      (sep != '/' || end - at != 2 || middle - end != 3 || (first == 10 && second == 10)))
    return 0;
  if (sep != '/' && middle - end != 3)
    return 0;
  /* "24/7" */
  if (first == 24 && second == 7)
    return 0;
  return keep_numeric (found, middle, first, second, 0, language);
}

guint
scan_date (Text *text, guint at, RegieLanguage language, FoundEntity *found)
{
  guint end = 0;

  if (at > 1 && strchr ("-/.", text->fold[at - 1]) != NULL && fold_is_digit (text->fold[at - 2]))
    return 0;
  if (fold_is_digit (text->fold[at]))
    {
      end = scan_day_month (text, at, found);
      return end != 0 ? end : scan_numeric_date (text, at, language, found);
    }
  if (text->fold[at] == 'p')
    return scan_day_month (text, at, found);
  return scan_month_day (text, at, found);
}
