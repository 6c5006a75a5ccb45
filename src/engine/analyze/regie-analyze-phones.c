/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-analyze-private.h"

#include <string.h>

#define MAX_DIGITS 15
#define MIN_DIGITS 7

typedef struct
{
  char digits[MAX_DIGITS + 1];
  guint n_digits;
  guint groups[MAX_DIGITS]; /* digits in each */
  guint n_groups;
  guint ends[MAX_DIGITS]; /* characters: where each group ends */
  gboolean plus;
  gboolean alone; /* nothing else on its line */
} Number;

/* Words that announce a telephone number, so that its form matters less. */
static gboolean
phone_word_before (Text *text, guint at)
{
  static const char *const stems[] = { "tel",   "phone", "mobile",  "gsm",  "portable", "whatsapp",
                                       "appel", "joign", "joindre", "call", "ring",     "text",
                                       "cell",  "fax",   "contact", "sms",  "rappel",   "landline",
                                       "ligne", "line",  "reach",   "fixe" };
  static const char *const others[] = { "part",      "order",   "serial",   "account",  "customer",
                                        "reference", "model",   "chassis",  "commande", "serie",
                                        "piece",     "client",  "contrat",  "compte",   "dossier",
                                        "facture",   "invoice", "contract", "ticket",   "siret" };
  guint start = at > 30 ? at - 30 : 0;

  for (guint i = at; i > start; i--)
    {
      if (text->fold[i - 1] == '\n')
        break;
      if (!fold_is_alpha (text->fold[i - 1]) || (i > 1 && fold_is_alpha (text->fold[i - 2])))
        continue;
      for (guint s = 0; s < G_N_ELEMENTS (others); s++)
        if (memcmp (text->fold + i - 1, others[s], strlen (others[s])) == 0)
          return FALSE;
      for (guint s = 0; s < G_N_ELEMENTS (stems); s++)
        if (memcmp (text->fold + i - 1, stems[s], strlen (stems[s])) == 0)
          return TRUE;
    }
  return FALSE;
}

static guint
separators (Text *text, guint at)
{
  guint end = at;

  while (end - at < 3 && text->fold[end] != 0 && strchr (" .-/()", text->fold[end]) != NULL)
    end++;
  return end;
}

static void
read_number (Text *text, guint at, Number *number)
{
  guint end = at;

  if (text->fold[end] == '+')
    {
      number->plus = TRUE;
      end++;
    }
  else if (text->fold[end] == '(')
    end++;
  while (number->n_digits < MAX_DIGITS && number->n_groups < MAX_DIGITS)
    {
      guint run = 0, next;

      if (number->n_groups > 0 && memcmp (text->fold + end, "0)", 2) == 0 && text->fold[end - 1] == '(')
        {
          end += 2;
          end = separators (text, end);
        }
      while (fold_is_digit (text->fold[end]) && number->n_digits < MAX_DIGITS)
        {
          number->digits[number->n_digits++] = (char) text->fold[end++];
          run++;
        }
      if (run == 0)
        break;
      number->groups[number->n_groups] = run;
      number->ends[number->n_groups++] = end;
      if (fold_is_alnum (text->fold[end]))
        {
          /* "06 12 34 56 7h": the last group is not part of it. */
          number->n_groups--;
          number->n_digits -= run;
          break;
        }
      next = separators (text, end);
      if (next == end || !fold_is_digit (text->fold[next]))
        break;
      end = next;
    }
}

static gboolean
is_pairs (const Number *number, guint from, guint groups)
{
  for (guint i = from; i < groups; i++)
    if (number->groups[i] != 2)
      return FALSE;
  return TRUE;
}

/* A national number that starts with 0, by its grouping. */
static char *
national_value (const Number *number, guint n, guint groups, RegieLanguage language)
{
  const char *rest = number->digits + 1;
  int len = (int) n - 1;

  if (n == 11)
    return g_strdup_printf ("+44%.*s", len, rest);
  if (n == 9)
    return g_strdup_printf ("+32%.*s", len, rest);
  if (groups > 1 && number->groups[0] == 4 && number->digits[1] == '4' && is_pairs (number, 1, groups))
    return g_strdup_printf ("+32%.*s", len, rest);
  if (groups == 4 && number->groups[0] == 3 && number->groups[1] == 3)
    return g_strdup_printf ("+41%.*s", len, rest);
  if (language == REGIE_LANGUAGE_EN && !(groups == 5 && is_pairs (number, 0, groups)))
    return g_strdup_printf ("%.*s", (int) n, number->digits);
  return g_strdup_printf ("+33%.*s", len, rest);
}

/* The E.164 form of the first GROUPS groups, or NULL when they are no telephone number. */
static char *
phone_value (const Number *number, guint groups, gboolean announced, RegieLanguage language)
{
  guint n = 0;

  for (guint i = 0; i < groups; i++)
    n += number->groups[i];
  if (n < MIN_DIGITS)
    return NULL;
  if (number->plus)
    return n >= 8 ? g_strdup_printf ("+%.*s", (int) n, number->digits) : NULL;
  if (number->digits[0] == '0' && number->digits[1] == '0')
    return n >= 11 ? g_strdup_printf ("+%.*s", (int) n - 2, number->digits + 2) : NULL;
  if (number->digits[0] == '0' && n >= 9 && n <= 11 && (n == 10 || announced || groups > 1))
    return national_value (number, n, groups, language);
  /* North America: 555-123-4567, (555) 123-4567, 1-800-555-0199. */
  if (n == 10 && groups == 3 && number->groups[0] == 3 && number->groups[1] == 3)
    return g_strdup_printf ("+1%.*s", 10, number->digits);
  if (n == 11 && number->digits[0] == '1' && groups == 4 && number->groups[0] == 1 && number->groups[1] == 3)
    return g_strdup_printf ("+%.*s", 11, number->digits);
  if (announced && n == 10 && number->digits[0] > '1' && language != REGIE_LANGUAGE_FR)
    return g_strdup_printf ("+1%.*s", 10, number->digits);
  if (n == 7 && groups == 2 && number->groups[0] == 3 && (announced || number->alone))
    return g_strdup_printf ("%.*s", 7, number->digits);
  if (announced && n <= 13)
    return g_strdup_printf ("%.*s", (int) n, number->digits);
  return NULL;
}

guint
scan_phone (Text *text, guint at, RegieLanguage language, FoundEntity *found)
{
  Number number = { 0 };
  gboolean announced;

  if (!fold_is_digit (text->fold[at]) &&
      !((text->fold[at] == '+' || text->fold[at] == '(') && fold_is_digit (text->fold[at + 1])))
    return 0;
  read_number (text, at, &number);
  if (number.n_digits < MIN_DIGITS)
    return 0;
  announced = phone_word_before (text, at);
  number.alone =
      (at == 0 || text->fold[at - 1] == '\n') && (text->fold[number.ends[number.n_groups - 1]] == '\n' ||
                                                  text->fold[number.ends[number.n_groups - 1]] == 0);
  /* The longest that makes sense: what follows may be an hour or another number. */
  for (guint groups = number.n_groups; groups > 0; groups--)
    {
      guint n = 0;

      found->value = NULL;
      for (guint i = 0; i < groups; i++)
        n += number.groups[i];
      if (!number.plus && number.digits[0] == '0' && number.digits[1] != '0' && n > 11)
        continue;
      /* Five pairs are a whole French number. */
      if (!number.plus && groups == 6 && n == 12 && number.digits[0] != '0' && is_pairs (&number, 0, 6))
        continue;
      found->value = phone_value (&number, groups, announced, language);
      if (found->value == NULL)
        continue;
      found->kind = REGIE_ENTITY_PHONE;
      found->rule = number.plus ? "entity.phone.international" : "entity.phone.national";
      return number.ends[groups - 1];
    }
  return 0;
}
