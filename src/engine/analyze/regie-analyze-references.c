/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-analyze-private.h"

#include <string.h>

/* References of orders, requests, tickets and files: a word that announces one, perhaps a few words and "n°",
 * then something with digits. Invoices and contracts count as files; customers, parts and parcels have
 * numbers of their own. */

#define MAX_WORDS_BEFORE_MARK 4
#define MAX_REFERENCE         40

static const char *const announcing[] = {
  "commande",  "commandes",   "cde",         "cmd",        "cmde",       "order",        "orders",
  "po",        "dossier",     "dossiers",    "ticket",     "tickets",    "demande",      "demandes",
  "requete",   "request",     "requests",    "case",       "cases",      "file",         "files",
  "ref",       "refs",        "reference",   "references", "incident",   "incidents",    "sav",
  "booking",   "reservation", "rma",         "claim",      "sinistre",   "reclamation",  "intervention",
  "tkt",       "rfq",         "bc",          "retour",     "return",     "complaint",    "enquiry",
  "inquiry",   "application", "candidature", "facture",    "factures",   "invoice",      "invoices",
  "contrat",   "contract",    "contrats",    "contracts",  "abonnement", "subscription", "ordre",
  "police",    "policy",      "devis",       "quote",      "quotation",  "bon",          "livraison",
  "ordr",      "comande",     "commade",     "oder",       "dosier",     "tiket",        "mandat",
  "agreement", "engagement",
};

/* A number after one of these is something else. */
static const char *const other_things[] = {
  "client",   "customer", "telephone", "tel",       "phone",        "compte",  "account", "serie",
  "serial",   "colis",    "parcel",    "suivi",     "tracking",     "article", "item",    "piece",
  "pieces",   "part",     "parts",     "produit",   "product",      "model",   "modele",  "compteur",
  "meter",    "chassis",  "vin",       "siret",     "iban",         "tva",     "vat",     "adherent",
  "member",   "membre",   "carte",     "card",      "appelez",      "call",    "mobile",  "oem",
  "chambre",  "room",     "abonne",    "site",      "montant",      "amount",  "total",   "immatriculation",
  "portable", "whatsapp", "gsm",       "fabricant", "constructeur", "code",    "erreur",  "error",
  "version",
};

/* A quantity or a thing follows, not the number of what was announced. */
static const char *const purposes[] = {
  "pour", "for", "sur", "on", "avec", "with", "from", "to", "at", "chez",
};

/* Parts and goods have references of their own: "amortisseurs (réf. 31316786001)". */
static const char *const goods[] = {
  "amortisseur",  "filtre",     "plaquette", "disque",   "pneu",     "pneus",    "phare",      "retroviseur",
  "alternateur",  "demarreur",  "moteur",    "courroie", "disc",     "discs",    "pads",       "brake",
  "filter",       "tyre",       "tyres",     "tire",     "tires",    "bumper",   "alternator", "starter",
  "amortisseurs", "plaquettes", "disques",   "article",  "articles", "produit",  "produits",   "piece",
  "pieces",       "part",       "parts",     "product",  "products", "item",     "items",      "modele",
  "model",        "chaussures", "robe",      "manteau",  "canape",   "lampe",    "shoes",      "dress",
  "coat",         "sofa",       "lamp",      "jante",    "jantes",   "batterie", "battery",
};

static const char *const glue[] = {
  "est",     "is",        "le",    "la",  "l",   "was",  "suivante",
  "suivant", "following", "etait", "the", "are", "sont", "es",
};

static const char *const marks[] = {
  "n", "no", "nr", "num", "numero", "numeros", "number", "numbers", "id", "nb", "ref", "reference",
};

/* Beginnings that need no word before them: "CMD-1042", "INC0045127". */
static const char *const prefixes[] = {
  "cmd",     "cde",     "ord",  "order", "po",   "tck", "tkt", "tk",  "ticket", "req", "inc",  "res",
  "sav",     "dos",     "case", "ref",   "rma",  "bc",  "sr",  "cs",  "dem",    "cas", "resa", "bk",
  "bkg",     "wo",      "so",   "rfq",   "ritm", "clm", "sin", "rdv", "web",    "rec", "int",  "tic",
  "dossier", "demande", "fac",  "fact",  "inv",  "ctr", "mnt", "sub", "or",     "oc",
};

static gboolean
word_is (Text *text, guint start, guint end, const char *const *words, guint n)
{
  for (guint i = 0; i < n; i++)
    if (strlen (words[i]) == end - start && memcmp (text->fold + start, words[i], end - start) == 0)
      return TRUE;
  return FALSE;
}

#define WORD_IS(text, start, end, words) word_is (text, start, end, words, G_N_ELEMENTS (words))

typedef struct
{
  guint end;
  guint digits;
  guint letters;
  guint small;  /* small letters */
  guint joints; /* dashes, slashes, dots */
} Shape;

/* The run of letters, digits and joints at AT. */
static Shape
read_shape (Text *text, guint at)
{
  Shape shape = { .end = at };
  guint i = at;

  while (i - at < MAX_REFERENCE)
    {
      guint8 c = text->fold[i];

      if (fold_is_digit (c))
        shape.digits++;
      else if (fold_is_alpha (c) && c != FOLD_LETTER)
        {
          shape.letters++;
          shape.small += text->chars[i] < 0x80 && g_ascii_islower ((char) text->chars[i]);
        }
      else if (c != 0 && strchr ("-/_.", c) != NULL && i > at && fold_is_alnum (text->fold[i + 1]) &&
               text->fold[i + 1] != FOLD_LETTER)
        shape.joints++;
      else
        break;
      i++;
    }
  shape.end = i;
  return shape;
}

static gboolean
is_plain_year (Text *text, guint at, const Shape *shape)
{
  return shape->digits == 4 && shape->letters == 0 && shape->joints == 0 &&
         ((text->fold[at] == '1' && text->fold[at + 1] == '9') ||
          (text->fold[at] == '2' && text->fold[at + 1] == '0'));
}

static gboolean
scan_amount_at (Text *text, guint at)
{
  FoundEntity other = { 0 };
  guint end = scan_amount (text, at, &other);

  g_free (other.value);
  return end != 0;
}

static gboolean
is_something_else (Text *text, guint at, guint end)
{
  FoundEntity other = { 0 };
  guint date = scan_date (text, at, REGIE_LANGUAGE_FR, &other);
  guint amount;

  g_clear_pointer (&other.value, g_free);
  if (date >= end)
    return TRUE;
  amount = scan_amount (text, at, &other);
  g_clear_pointer (&other.value, g_free);
  return amount >= end;
}

/* "order 1000 flyers" is no reference, "order 10482" is. */
static gboolean
looks_like_quantity (Text *text, guint at, const Shape *shape)
{
  guint next = text_skip_spaces (text, shape->end);
  guint end = shape->end, before = at;

  if (shape->letters > 0 || shape->joints > 0)
    return FALSE;
  while (before > 0 && text->fold[before - 1] == ' ')
    before--;
  while (before > 0 && fold_is_alpha (text->fold[before - 1]))
    before--;
  while (before > 0 && text->fold[before - 1] == ' ')
    before--;
  if (before >= 2 && memcmp (text->fold + before - 2, "to", 2) == 0 &&
      (before == 2 || !fold_is_alnum (text->fold[before - 3])))
    return TRUE;
  return text->fold[end - 1] == '0' && text->fold[end - 2] == '0' && fold_is_alpha (text->fold[next]);
}

/* "401 882 119": groups of three or more digits belong together behind "n°". */
static guint
with_groups (Text *text, guint at, const Shape *shape)
{
  guint end = shape->end;

  if (shape->digits < 2)
    return 0;
  for (guint groups = 0; groups < 3 && text->fold[end] == ' ' && shape->digits >= 2; groups++)
    {
      Shape next = read_shape (text, end + 1);

      if (next.letters > 0 || next.joints > 0 || next.digits < 3 || fold_is_alnum (text->fold[next.end]) ||
          is_plain_year (text, end + 1, &next) || scan_amount_at (text, end + 1))
        break;
      end = next.end;
    }
  return end;
}

/* "MNT-0452", "2025-PR-118", "2024/00183": nothing else looks so, even some words after "dossier". */
static gboolean
is_unmistakable (Text *text, guint at)
{
  Shape shape = read_shape (text, at);

  return shape.joints > 0 && shape.digits >= 3 && shape.small == 0 &&
         (shape.letters > 0 || shape.digits >= 7) &&
         !(g_ascii_isdigit (text->fold[at]) && shape.letters == 1);
}

/* What stands at AT as a reference: its end, or 0. MARKED: "n°", "#", "number" or the like stands before it.
 */
static guint
reference_at (Text *text, guint at, gboolean marked)
{
  Shape shape = read_shape (text, at);

  if (shape.digits == 0 || shape.end - at < 2 || fold_is_alnum (text->fold[shape.end]) ||
      text->fold[shape.end] == '@')
    return 0;
  if (shape.end - at >= MAX_REFERENCE || is_something_else (text, at, shape.end))
    return 0;
  if (marked && shape.letters == 0 && shape.joints == 0)
    return with_groups (text, at, &shape);
  if (marked)
    return shape.digits >= 2 || shape.letters >= 2 ? shape.end : 0;
  if (is_plain_year (text, at, &shape) || looks_like_quantity (text, at, &shape))
    return 0;
  if (shape.letters == 0)
    return shape.digits >= 4 ? shape.end : 0;
  if (shape.small > 0)
    return shape.digits >= 3 && (shape.joints > 0 || shape.digits >= 4) && !g_ascii_isdigit (text->fold[at])
               ? shape.end
           : shape.digits >= 4 && shape.joints > 0 ? shape.end
                                                   : 0;
  return shape.digits >= 2 && shape.end - at >= 4 ? shape.end : 0;
}

static void
keep_reference (Text *text, GArray *found, guint start, guint end, const char *rule)
{
  FoundEntity entity = { .kind = REGIE_ENTITY_ORDER, .start = start, .end = end, .rule = rule };

  entity.value = text_slice (text, start, end);
  g_array_append_val (found, entity);
}

/* "n.", "no.", "réf." */
static gboolean
after_abbreviation (Text *text, guint at)
{
  guint start = at;

  while (start > 0 && fold_is_alpha (text->fold[start - 1]) && at - start < 12)
    start--;
  return at > start && at - start <= 4 &&
         (WORD_IS (text, start, at, marks) || WORD_IS (text, start, at, announcing));
}

/* "°", "º", "#", ":", "(", quotes … between the word and the number. */
static guint
skip_marks (Text *text, guint at, gboolean *marked)
{
  for (;; at++)
    {
      guint8 c = text->fold[at];

      if (c == FOLD_DEGREE || c == '#')
        *marked = TRUE;
      else if ((c == 0 || strchr (" :(\"=-[\t*", c) == NULL) && !(c == '.' && after_abbreviation (text, at)))
        return at;
    }
}

/* "… 12345 et 12346": what follows in the same form. */
static guint
scan_more (Text *text, GArray *found, guint end)
{
  static const char *const joins[] = { "et", "and", "ou", "or" };

  for (;;)
    {
      guint at = text_skip_spaces (text, end), last;
      gboolean joined = text->fold[at] == ',' || text->fold[at] == '&' || text->fold[at] == '+',
               marked = FALSE;

      if (joined)
        at = text_skip_spaces (text, at + 1);
      for (guint i = 0; i < G_N_ELEMENTS (joins); i++)
        if (text_word_at (text, at, joins[i]))
          {
            at += (guint) strlen (joins[i]);
            joined = TRUE;
          }
      if (!joined)
        return end;
      at = skip_marks (text, at, &marked);
      if (text_word_at (text, at, "n") || text_word_at (text, at, "no"))
        at = skip_marks (text, at + (text->fold[at + 1] == 'o' ? 2 : 1), &marked);
      last = reference_at (text, at, marked);
      if (last == 0)
        return end;
      keep_reference (text, found, at, last, "entity.order.list");
      end = last;
    }
}

static gboolean
other_thing_before (Text *text, guint at)
{
  guint end = at, start;

  for (guint words = 0; words < 3; words++)
    {
      while (end > 0 && text->fold[end - 1] != 0 &&
             (strchr (" :(\"=", text->fold[end - 1]) != NULL || text->fold[end - 1] == FOLD_DEGREE ||
              text->fold[end - 1] == '.'))
        end--;
      start = end;
      while (start > 0 && fold_is_alpha (text->fold[start - 1]) && end - start < 20)
        start--;
      if (start == end)
        return FALSE;
      if (WORD_IS (text, start, end, other_things))
        return TRUE;
      if (!WORD_IS (text, start, end, marks) && !WORD_IS (text, start, end, glue))
        return FALSE;
      end = start;
    }
  return FALSE;
}

/* From the end of the announcing word on. */
static guint
scan_after_word (Text *text, guint at, gboolean marked, GArray *found)
{
  guint skipped = 0, first = at;

  for (guint steps = 0; steps < 10; steps++)
    {
      guint word, end;

      at = skip_marks (text, at, &marked);
      end = marked || skipped == 0 || (skipped <= 3 && is_unmistakable (text, at))
                ? reference_at (text, at, marked)
                : 0;
      if (end != 0)
        {
          keep_reference (text, found, at, end, "entity.order.announced");
          return scan_more (text, found, end);
        }
      word = at;
      while (fold_is_alpha (text->fold[word]) && word - at < 24)
        word++;
      if (word == at || fold_is_alnum (text->fold[word]) || WORD_IS (text, at, word, other_things) ||
          (!marked && WORD_IS (text, at, word, purposes)))
        return first;
      if (WORD_IS (text, at, word, marks))
        marked = TRUE;
      else if (WORD_IS (text, at, word, announcing))
        return at;
      else if (!WORD_IS (text, at, word, glue) && ++skipped > (marked ? 2 : MAX_WORDS_BEFORE_MARK))
        return first;
      at = word;
      if (text->fold[at] == '\'')
        at++;
    }
  return first;
}

/* "customer ref. 4471", "filtre à huile (réf. 1457429)": a reference of something else. */
static gboolean
of_goods (Text *text, guint at, guint end)
{
  guint start = at > 40 ? at - 40 : 0;

  if (memcmp (text->fold + at, "ref", 3) != 0)
    return FALSE;
  if (other_thing_before (text, at))
    return TRUE;
  for (guint i = at; i > start; i--)
    {
      guint word = i - 1, stop = word;

      if (strchr (".!?\n", text->fold[word]) != NULL)
        return FALSE;
      if (!fold_is_alpha (text->fold[word]) || (word > 0 && fold_is_alpha (text->fold[word - 1])))
        continue;
      while (fold_is_alpha (text->fold[stop]) && stop - word < 24)
        stop++;
      if (WORD_IS (text, word, stop, announcing))
        return FALSE;
      if (WORD_IS (text, word, stop, goods))
        return TRUE;
    }
  return FALSE;
}

static gboolean
has_prefix_form (Text *text, guint at, guint *end)
{
  Shape shape = read_shape (text, at);
  guint letters = at;

  while (fold_is_alpha (text->fold[letters]) && letters < shape.end)
    letters++;
  if (!WORD_IS (text, at, letters, prefixes) || shape.digits < 3 || shape.digits + shape.joints == 0)
    return FALSE;
  if (text->fold[letters] != '-' && text->fold[letters] != '_' && text->fold[letters] != '/' &&
      !fold_is_digit (text->fold[letters]))
    return FALSE;
  if (shape.end - at >= MAX_REFERENCE || fold_is_alnum (text->fold[shape.end]))
    return FALSE;
  *end = shape.end;
  return TRUE;
}

void
scan_references (Text *text, GArray *found)
{
  for (guint at = 0; at < text->n_chars;)
    {
      guint end = at, reference;

      if (text->fold[at] == '#' && (at == 0 || !fold_is_alnum (text->fold[at - 1])))
        {
          reference = reference_at (text, at + 1, TRUE);
          if (reference > at + 3 && !other_thing_before (text, at))
            {
              keep_reference (text, found, at + 1, reference, "entity.order.hash");
              at = scan_more (text, found, reference);
              continue;
            }
        }
      if (!fold_is_alpha (text->fold[at]) ||
          (at > 0 && (fold_is_alnum (text->fold[at - 1]) || text->fold[at - 1] == '@')))
        {
          at++;
          continue;
        }
      if (has_prefix_form (text, at, &reference) && !other_thing_before (text, at))
        {
          keep_reference (text, found, at, reference, "entity.order.form");
          at = scan_more (text, found, reference);
          continue;
        }
      while (fold_is_alpha (text->fold[end]) && end - at < 24)
        end++;
      if (WORD_IS (text, at, end, announcing) && !fold_is_digit (text->fold[end]) &&
          !(text->fold[at] == 'r' && of_goods (text, at, end)))
        at = MAX (end, scan_after_word (text, end, FALSE, found));
      else
        at = end;
    }
}
