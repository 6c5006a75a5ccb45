/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-analyze-private.h"

#include <string.h>

#define MAX_LOCAL  64
#define MAX_DOMAIN 255

static gboolean
is_local_char (guint8 c)
{
  return fold_is_alnum (c) || (c != 0 && strchr ("._%+-", c) != NULL);
}

/* Labels parted by single dots, the last of two letters or more. */
static guint
scan_domain (Text *text, guint at)
{
  guint end = at, last_dot = 0, good = 0;

  while (end - at < MAX_DOMAIN)
    {
      guint8 c = text->fold[end];

      if (c == '.' && end > at && fold_is_alnum (text->fold[end - 1]) && fold_is_alnum (text->fold[end + 1]))
        last_dot = end;
      else if (!fold_is_alnum (c) && c != '-')
        break;
      end++;
      if (last_dot != 0 && end - last_dot >= 3 && fold_is_alpha (text->fold[end - 1]) &&
          fold_is_alpha (text->fold[last_dot + 1]))
        good = end;
    }
  return good;
}

static gboolean
scan_email (Text *text, guint at_sign, FoundEntity *found)
{
  guint start = at_sign, end;
  g_autofree char *words = NULL;

  while (start > 0 && at_sign - start < MAX_LOCAL && is_local_char (text->fold[start - 1]))
    start--;
  while (start < at_sign && !fold_is_alnum (text->fold[start]))
    start++;
  if (start == at_sign || text->fold[at_sign - 1] == '.')
    return FALSE;
  end = scan_domain (text, at_sign + 1);
  if (end == 0)
    return FALSE;
  words = text_slice (text, start, end);
  found->kind = REGIE_ENTITY_EMAIL;
  found->start = start;
  found->end = end;
  found->value = g_utf8_strdown (words, -1);
  found->rule = "entity.email.address";
  return TRUE;
}

static guint
scan_url (Text *text, guint at)
{
  static const char *const starts[] = { "http://", "https://", "www.", "ftp://" };

  for (guint i = 0; i < G_N_ELEMENTS (starts); i++)
    {
      gsize n = strlen (starts[i]);
      guint end = at + (guint) n;

      if (end >= text->n_chars || memcmp (text->fold + at, starts[i], n) != 0)
        continue;
      while (text->fold[end] > ' ' && strchr ("<>\"", text->fold[end]) == NULL)
        end++;
      while (end > at + n && strchr (".,;:!?)'", text->fold[end - 1]) != NULL)
        end--;
      return end;
    }
  return 0;
}

static gboolean
is_free (const guint8 *taken, guint start, guint end)
{
  return memchr (taken + start, 1, end - start) == NULL;
}

static void
keep (GArray *all, guint8 *taken, FoundEntity *found)
{
  if (found->end <= found->start || !is_free (taken, found->start, found->end))
    {
      g_free (found->value);
      return;
    }
  memset (taken + found->start, 1, found->end - found->start);
  g_array_append_val (all, *found);
}

static void
find_addresses (Text *text, GArray *all, guint8 *taken)
{
  for (guint i = 0; i < text->n_chars; i++)
    {
      FoundEntity found = { 0 };

      if (text->fold[i] == '@' && scan_email (text, i, &found))
        {
          guint end = found.end;

          keep (all, taken, &found);
          i = end - 1;
          continue;
        }
      if ((text->fold[i] == 'h' || text->fold[i] == 'w' || text->fold[i] == 'f') &&
          (i == 0 || !fold_is_alnum (text->fold[i - 1])))
        {
          found.start = i;
          found.end = scan_url (text, i);
          found.hidden = TRUE;
          found.rule = "entity.url";
          if (found.end != 0)
            {
              guint end = found.end;

              keep (all, taken, &found);
              i = end - 1;
            }
        }
    }
}

static guint
scan_values (Text *text, guint at, RegieLanguage language, FoundEntity *found)
{
  guint end = scan_amount (text, at, found);

  if (end == 0)
    end = scan_date (text, at, language, found);
  return end != 0 ? end : scan_phone (text, at, language, found);
}

static void
find_values (Text *text, GArray *all, guint8 *taken, RegieLanguage language)
{
  for (guint i = 0; i < text->n_chars; i++)
    {
      guint8 c = text->fold[i];
      FoundEntity found = { .start = i };

      if (taken[i] || c == ' ' || c == '\n' ||
          (fold_is_alnum (c) && i > 0 && fold_is_alnum (text->fold[i - 1])))
        continue;
      /* "1.250" starts at its first digit only. */
      if (fold_is_digit (c) && i > 1 && (text->fold[i - 1] == '.' || text->fold[i - 1] == ',') &&
          fold_is_digit (text->fold[i - 2]))
        continue;
      found.end = scan_values (text, i, language, &found);
      if (found.end != 0)
        {
          guint end = found.end;
          gboolean free_place = is_free (taken, i, end);

          keep (all, taken, &found);
          if (free_place)
            i = end - 1;
        }
    }
}

static int
by_start (gconstpointer a, gconstpointer b)
{
  const FoundEntity *left = a, *right = b;

  return left->start < right->start ? -1 : left->start > right->start;
}

static void
clear_found (gpointer data)
{
  g_free (((FoundEntity *) data)->value);
}

GArray *
entities_find (Text *text, RegieLanguage language)
{
  GArray *all = g_array_new (FALSE, TRUE, sizeof (FoundEntity));
  g_autoptr (GArray) references = g_array_new (FALSE, TRUE, sizeof (FoundEntity));
  g_autofree guint8 *taken = g_malloc0 (text->n_chars + 1);

  g_array_set_clear_func (all, clear_found);
  find_addresses (text, all, taken);
  scan_references (text, references);
  for (guint i = 0; i < references->len; i++)
    keep (all, taken, &g_array_index (references, FoundEntity, i));
  find_values (text, all, taken, language);
  g_array_sort (all, by_start);
  return all;
}
