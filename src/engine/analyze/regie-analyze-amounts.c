/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-analyze-private.h"

#include <string.h>

#define MICROS     G_GINT64_CONSTANT (1000000)
#define MAX_UNITS  G_GINT64_CONSTANT (1000000000000) /* more is no amount but a long number */
#define MAX_GROUPS 5

static const struct
{
  const char *word;
  char currency[4];
  gint64 parts; /* of one unit: 100 for cents */
} units[] = {
  { "euros", "EUR", 1 },
  { "euro", "EUR", 1 },
  { "eur", "EUR", 1 },
  { "eurs", "EUR", 1 },
  { "balles", "EUR", 1 },
  { "dollars", "USD", 1 },
  { "dollar", "USD", 1 },
  { "usd", "USD", 1 },
  { "bucks", "USD", 1 },
  { "us$", "USD", 1 },
  { "pounds", "GBP", 1 },
  { "pound", "GBP", 1 },
  { "gbp", "GBP", 1 },
  { "quid", "GBP", 1 },
  { "livres sterling", "GBP", 1 },
  { "francs suisses", "CHF", 1 },
  { "chf", "CHF", 1 },
  { "swiss francs", "CHF", 1 },
  { "cad", "CAD", 1 },
  { "aud", "AUD", 1 },
  { "francs cfa", "XOF", 1 },
  { "fcfa", "XOF", 1 },
  { "f cfa", "XOF", 1 },
  { "xof", "XOF", 1 },
  { "xaf", "XAF", 1 },
  { "dirhams", "MAD", 1 },
  { "dirham", "MAD", 1 },
  { "mad", "MAD", 1 },
  { "dhs", "MAD", 1 },
  { "dh", "MAD", 1 },
  { "dinars", "TND", 1 },
  { "yens", "JPY", 1 },
  { "yen", "JPY", 1 },
  { "jpy", "JPY", 1 },
  { "roupies", "INR", 1 },
  { "rupees", "INR", 1 },
  { "inr", "INR", 1 },
  { "centimes", "EUR", 100 },
  { "cents", "USD", 100 },
  { "pence", "GBP", 100 },
  { "francs", "CHF", 1 },
};

static const struct
{
  const char *word;
  gint64 times;
} multipliers[] = {
  { "millions d'", 1000000 }, { "million d'", 1000000 }, { "millions", 1000000 },
  { "million", 1000000 },     { "milliers d'", 1000 },   { "mille", 1000 },
  { "thousand", 1000 },       { "grand", 1000 },         { "mio", 1000000 },
};

guint
scan_number (Text *text, guint at, gint64 *micros)
{
  guint end = at, groups = 1, decimals = 0;
  gint64 value = 0, scale = MICROS;

  while (fold_is_digit (text->fold[end]) && value < MAX_UNITS)
    value = value * 10 + (text->fold[end++] - '0');
  if (end == at || fold_is_digit (text->fold[end]))
    return 0;
  /* Groups of three are thousands, whatever stands between them; one or two digits are decimals. */
  while (end - at > 0 && groups < MAX_GROUPS)
    {
      guint8 sep = text->fold[end];
      guint next = end + 1, run = 0;
      gint64 part = 0;

      if (sep != '.' && sep != ',' && sep != ' ' && sep != '\'')
        break;
      while (fold_is_digit (text->fold[next + run]) && run < 4)
        part = part * 10 + (text->fold[next + run++] - '0');
      if (run == 3 && end - at <= 3 + 4 * (groups - 1) && value != 0)
        value = value * 1000 + part;
      else if ((run == 1 || run == 2) && (sep == '.' || sep == ','))
        {
          decimals = run;
          value = value * (run == 1 ? 10 : 100) + part;
          end = next + run;
          break;
        }
      else
        break;
      end = next + run;
      groups++;
    }
  for (guint i = 0; i < decimals; i++)
    scale /= 10;
  if (value > G_MAXINT64 / scale)
    return 0;
  *micros = value * scale;
  return end;
}

static gint64
times (gint64 micros, gint64 factor)
{
  gint64 product;

  return __builtin_mul_overflow (micros, factor, &product) ? G_MAXINT64 : product;
}

/* "k", "K€", "millions d'": returns the end, or AT when there is none. */
static guint
scan_multiplier (Text *text, guint at, gint64 *micros)
{
  guint word = text_skip_spaces (text, at);

  for (guint i = 0; i < G_N_ELEMENTS (multipliers); i++)
    if (text_word_at (text, word, multipliers[i].word))
      {
        *micros = times (*micros, multipliers[i].times);
        return word + (guint) strlen (multipliers[i].word);
      }
  if (text->fold[at] == ' ' && (text->fold[word] == 'k' || text->chars[word] == 'M') &&
      text->fold[word + 1] < FOLD_EURO && text->fold[word + 1] != '$')
    return at;
  if (text->fold[word] == 'k' && !fold_is_digit (text->fold[word + 1]))
    {
      *micros = times (*micros, 1000);
      return word + 1;
    }
  if (text->chars[word] == 'M' && !fold_is_alnum (text->fold[word + 1]))
    {
      *micros = times (*micros, 1000000);
      return word + 1;
    }
  return at;
}

static const char *
symbol_at (Text *text, guint at)
{
  switch (text->fold[at])
    {
    case FOLD_EURO:
      return "EUR";
    case FOLD_POUND:
      return "GBP";
    case FOLD_YEN:
      return "JPY";
    case '$':
      return "USD";
    default:
      return NULL;
    }
}

static guint
keep_amount (FoundEntity *found, guint end, gint64 micros, const char *currency, const char *rule)
{
  gint64 whole = micros / MICROS, rest = micros % MICROS / (MICROS / 100);

  found->kind = REGIE_ENTITY_AMOUNT;
  found->rule = rule;
  found->micros = micros;
  g_strlcpy (found->currency, currency, sizeof found->currency);
  found->value = g_strdup_printf ("%s %" G_GINT64_FORMAT ".%02" G_GINT64_FORMAT, currency, whole, rest);
  return end;
}

/* "€ 45", "$1,200", "US$ 30", "EUR 99", "CHF 120.50" */
static guint
scan_prefixed (Text *text, guint at, FoundEntity *found)
{
  static const char *const codes[] = { "eur", "usd", "gbp", "chf", "cad", "aud", "mad", "xof", "jpy", "inr" };
  static const struct
  {
    const char *prefix;
    const char *currency;
  } dollars[] = { { "us$", "USD" }, { "ca$", "CAD" }, { "c$", "CAD" }, { "a$", "AUD" }, { "au$", "AUD" } };
  const char *currency = symbol_at (text, at);
  char code[4] = { 0 };
  guint number = at + 1, end;
  gint64 micros;

  for (guint i = 0; currency == NULL && i < G_N_ELEMENTS (dollars); i++)
    if (strlen (dollars[i].prefix) + at < text->n_chars &&
        memcmp (text->fold + at, dollars[i].prefix, strlen (dollars[i].prefix)) == 0)
      {
        currency = dollars[i].currency;
        number = at + (guint) strlen (dollars[i].prefix);
      }
  for (guint i = 0; currency == NULL && i < G_N_ELEMENTS (codes); i++)
    if (at + 3 < text->n_chars && memcmp (text->fold + at, codes[i], 3) == 0 &&
        !fold_is_alpha (text->fold[at + 3]))
      {
        for (guint c = 0; c < 3; c++)
          code[c] = g_ascii_toupper (codes[i][c]);
        currency = code;
        number = at + 3;
      }
  if (currency == NULL)
    return 0;
  number = text_skip_spaces (text, number);
  end = scan_number (text, number, &micros);
  if (end == 0)
    return 0;
  end = scan_multiplier (text, end, &micros);
  if (fold_is_alnum (text->fold[end]))
    return 0;
  return keep_amount (found, end, micros, currency, "entity.amount.before");
}

/* "45€90": the cents stand behind the sign. */
static guint
scan_cents (Text *text, guint end, gint64 *micros)
{
  guint at = text->fold[end] == ' ' ? end + 1 : end;
  guint after = at + 2;

  if (!fold_is_digit (text->fold[at]) || !fold_is_digit (text->fold[at + 1]) ||
      fold_is_alnum (text->fold[after]) || *micros % MICROS != 0)
    return end;
  /* "pour 45 € 10 pneus" is two things. */
  if (at != end && fold_is_alpha (text->fold[text_skip_spaces (text, after)]))
    return end;
  if (strchr (".,-/:", text->fold[after]) != NULL && text->fold[after] != 0 &&
      fold_is_digit (text->fold[after + 1]))
    return end;
  *micros += ((text->fold[at] - '0') * 10 + (text->fold[at + 1] - '0')) * (MICROS / 100);
  return after;
}

guint
scan_amount (Text *text, guint at, FoundEntity *found)
{
  guint end, unit;
  gint64 micros;

  if (!fold_is_digit (text->fold[at]))
    return scan_prefixed (text, at, found);
  end = scan_number (text, at, &micros);
  if (end == 0)
    return 0;
  end = scan_multiplier (text, end, &micros);
  unit = text_skip_spaces (text, end);
  if (symbol_at (text, unit) != NULL)
    {
      const char *currency = symbol_at (text, unit);

      /* "les 3 $50" belongs to the next number; "45€90" to this one. */
      if (unit > end && text->fold[unit] == '$' && fold_is_digit (text->fold[unit + 1]))
        return 0;
      end = scan_cents (text, unit + 1, &micros);
      return keep_amount (found, end, micros, currency, "entity.amount.after");
    }
  for (guint i = 0; i < G_N_ELEMENTS (units); i++)
    if (text_word_at (text, unit, units[i].word) ||
        (unit == end && end > at && text->n_chars >= unit + strlen (units[i].word) &&
         memcmp (text->fold + unit, units[i].word, strlen (units[i].word)) == 0 &&
         !fold_is_alnum (text->fold[unit + strlen (units[i].word)])))
      {
        end = unit + (guint) strlen (units[i].word);
        if (units[i].parts > 1)
          micros /= units[i].parts;
        else
          end = scan_cents (text, end, &micros);
        return keep_amount (found, end, micros, units[i].currency, "entity.amount.word");
      }
  return 0;
}
