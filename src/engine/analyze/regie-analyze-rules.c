/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-analyze-rules-private.h"

#include <string.h>

#include "regie-analyze-resources.h"

/* Shorter words are too near to each other for a typing error to be told from another word. */
#define MIN_REPAIR 7

static guint32
node_new (RuleSet *rules)
{
  Node node = { 0 };

  node.edges = g_array_new (FALSE, FALSE, sizeof (Edge));
  g_array_append_val (rules->nodes, node);
  return rules->nodes->len - 1;
}

static void
node_link (RuleSet *rules, guint32 from, guint32 symbol, guint32 to, gboolean joins)
{
  Node *node = &g_array_index (rules->nodes, Node, from);
  Edge edge = { symbol, to, joins };

  g_array_append_val (node->edges, edge);
  node->signature |= symbol_bit (symbol);
  if (symbol >= SYMBOL_GAP && symbol <= SYMBOL_GAP + MAX_GAP)
    node->gaps |= 1u << (symbol - SYMBOL_GAP);
}

static guint32
node_follow (RuleSet *rules, guint32 at, guint32 symbol)
{
  GArray *edges = g_array_index (rules->nodes, Node, at).edges;
  guint32 next;

  for (guint i = 0; i < edges->len; i++)
    {
      const Edge *edge = &g_array_index (edges, Edge, i);

      if (edge->symbol == symbol && !edge->joins)
        return edge->node;
    }
  next = node_new (rules);
  node_link (rules, at, symbol, next, FALSE);
  return next;
}

static guint32
symbol_for (RuleSet *rules, GHashTable *table, const char *word, guint lang)
{
  guint32 symbol = GPOINTER_TO_UINT (g_hash_table_lookup (table, word));

  if (symbol == 0)
    {
      guint8 none = 0;

      symbol = rules->symbol_lang->len;
      g_array_append_val (rules->symbol_lang, none);
      g_hash_table_insert (table, g_strdup (word), GUINT_TO_POINTER (symbol));
    }
  g_array_index (rules->symbol_lang, guint8, symbol) |= (guint8) lang;
  return symbol;
}

static guint32
special_symbol (RuleSet *rules, const char *atom, guint lang)
{
  if (g_str_equal (atom, "{num}"))
    return SYMBOL_NUMBER;
  if (g_str_equal (atom, "{time}"))
    return SYMBOL_TIME;
  if (g_str_equal (atom, "{upper}"))
    return SYMBOL_UPPER;
  return *atom == '{' ? symbol_for (rules, rules->exact, atom, lang) : 0;
}

/* The symbols of one atom: "word", "stem*", "{num}", "two_words*". NULL when it does not parse. */
static GArray *
atom_symbols (RuleSet *rules, const char *atom, guint lang)
{
  g_autoptr (GArray) symbols = g_array_new (FALSE, FALSE, sizeof (guint32));
  guint32 symbol = special_symbol (rules, atom, lang);
  g_auto (GStrv) parts = NULL;

  if (symbol != 0)
    {
      g_array_append_val (symbols, symbol);
      return g_steal_pointer (&symbols);
    }
  parts = g_strsplit (atom, "_", -1);
  for (guint p = 0; parts[p] != NULL; p++)
    {
      char *star = strchr (parts[p], '*');
      gboolean stem = star != NULL && star[1] == '\0';
      g_auto (GStrv) words = NULL;

      if ((star != NULL && !stem) || strchr (parts[p], '?') != NULL)
        return NULL;
      if (stem)
        *star = '\0';
      words = text_normalize_words (parts[p]);
      if (words[0] == NULL)
        return NULL;
      for (guint i = 0; words[i] != NULL; i++)
        {
          symbol =
              symbol_for (rules, stem && words[i + 1] == NULL ? rules->stems : rules->exact, words[i], lang);
          g_array_append_val (symbols, symbol);
        }
    }
  return g_steal_pointer (&symbols);
}

static guint32
follow_all (RuleSet *rules, guint32 node, GArray *symbols, guint n)
{
  for (guint i = 0; i < n; i++)
    node = node_follow (rules, node, g_array_index (symbols, guint32, i));
  return node;
}

static void
join_group (RuleSet *rules, guint32 word, guint32 group)
{
  GArray *groups = g_hash_table_lookup (rules->member_of, GUINT_TO_POINTER (word));

  if (groups == NULL)
    {
      groups = g_array_new (FALSE, FALSE, sizeof (guint32));
      g_hash_table_insert (rules->member_of, GUINT_TO_POINTER (word), groups);
    }
  for (guint i = 0; i < groups->len; i++)
    if (g_array_index (groups, guint32, i) == group)
      return;
  g_array_append_val (groups, group);
}

/* "(a|b*|c_d)": one node behind all of them, so that patterns do not multiply. 0 when it does not parse. */
static guint32
add_group (RuleSet *rules, guint32 from, const char *group, guint lang)
{
  guint32 symbol = symbol_for (rules, rules->groups, group, lang);
  guint32 to = node_follow (rules, from, symbol);
  g_autofree char *inner = g_strndup (group + 1, strlen (group) - 2);
  g_auto (GStrv) atoms = g_strsplit (inner, "|", -1);

  for (guint i = 0; atoms[i] != NULL; i++)
    {
      g_autoptr (GArray) symbols = atom_symbols (rules, atoms[i], lang);

      if (symbols == NULL)
        return 0;
      if (symbols->len == 1)
        join_group (rules, g_array_index (symbols, guint32, 0), symbol);
      else
        node_link (rules, follow_all (rules, from, symbols, symbols->len - 1),
                   g_array_index (symbols, guint32, symbols->len - 1), to, TRUE);
    }
  return to;
}

/* Adds one element behind the node FROM; the node behind it, or 0 when it does not parse. */
static guint32
add_element (RuleSet *rules, guint32 from, const char *element, guint lang)
{
  gsize n = strlen (element);
  g_autoptr (GArray) symbols = NULL;

  if (g_str_equal (element, "^"))
    return node_follow (rules, from, SYMBOL_START);
  if (element[0] == '~')
    {
      guint64 gap = g_ascii_strtoull (element + 1, NULL, 10);

      return gap >= 1 && gap <= MAX_GAP ? node_follow (rules, from, SYMBOL_GAP + (guint32) gap) : 0;
    }
  if (n > 2 && element[0] == '(' && element[n - 1] == ')')
    return add_group (rules, from, element, lang);
  symbols = atom_symbols (rules, element, lang);
  return symbols != NULL ? follow_all (rules, from, symbols, symbols->len) : 0;
}

static void
accept_rules (RuleSet *rules, guint32 node, guint first, guint count, guint lang)
{
  Node *at = &g_array_index (rules->nodes, Node, node);

  if (at->accepts == NULL)
    at->accepts = g_array_new (FALSE, FALSE, sizeof (Accept));
  for (guint i = first; i < first + count; i++)
    {
      Accept accept = { (guint16) i, (guint8) lang };

      g_array_append_val (at->accepts, accept);
    }
}

gboolean
rules_add_pattern (RuleSet *rules, const char *pattern, guint first, guint count, guint lang)
{
  g_auto (GStrv) parts = g_strsplit (pattern, "'(", -1);
  g_autofree char *spaced = g_strjoinv ("' (", parts); /* "d'(eau|internet)" */
  g_auto (GStrv) elements = g_strsplit_set (spaced, " \t", -1);
  g_autoptr (GArray) ends = g_array_new (FALSE, FALSE, sizeof (guint32));
  guint32 root = 0;

  g_array_append_val (ends, root);
  for (guint i = 0; elements[i] != NULL; i++)
    {
      gsize n = strlen (elements[i]);
      gboolean optional = n > 1 && elements[i][n - 1] == '?';
      guint n_ends = ends->len;

      if (n == 0)
        continue;
      if (optional)
        elements[i][n - 1] = '\0';
      for (guint e = 0; e < n_ends; e++)
        {
          guint32 next = add_element (rules, g_array_index (ends, guint32, e), elements[i], lang);

          if (next == 0)
            return FALSE;
          if (optional)
            g_array_append_val (ends, next);
          else
            g_array_index (ends, guint32, e) = next;
        }
    }
  for (guint e = 0; e < ends->len; e++)
    {
      /* A pattern of nothing but options would match everywhere. */
      if (g_array_index (ends, guint32, e) == 0)
        return FALSE;
      accept_rules (rules, g_array_index (ends, guint32, e), first, count, lang);
    }
  return TRUE;
}

static int
edge_compare (gconstpointer a, gconstpointer b)
{
  const Edge *left = a, *right = b;

  return left->symbol < right->symbol ? -1 : left->symbol > right->symbol;
}

const Edge *
rules_edges (const RuleSet *rules, guint32 node, guint32 symbol, guint *n_edges)
{
  GArray *edges = g_array_index (rules->nodes, Node, node).edges;
  guint low = 0, high = edges->len, end;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (g_array_index (edges, Edge, middle).symbol < symbol)
        low = middle + 1;
      else
        high = middle;
    }
  for (end = low; end < edges->len && g_array_index (edges, Edge, end).symbol == symbol; end++)
    ;
  *n_edges = end - low;
  return *n_edges > 0 ? &g_array_index (edges, Edge, low) : NULL;
}

/* --- words --- */

gboolean
rules_word_in (const RuleSet *rules, const char *list, const char *word)
{
  GHashTable *words = g_hash_table_lookup (rules->lists, list);

  return words != NULL && g_hash_table_contains (words, word);
}

double
rules_word_weight (const RuleSet *rules, const char *list, const char *word)
{
  GHashTable *words = g_hash_table_lookup (rules->lists, list);
  double *weight = words != NULL ? g_hash_table_lookup (words, word) : NULL;

  return weight != NULL ? *weight : 0;
}

const char *
rules_expansion (const RuleSet *rules, const char *word, guint lang)
{
  char key[64];
  const char *found = NULL;

  if (strlen (word) > 48)
    return NULL;
  if (lang & REGIE_LANG_FR)
    {
      g_snprintf (key, sizeof key, "fr:%s", word);
      found = g_hash_table_lookup (rules->expansions, key);
    }
  if (found == NULL && (lang & REGIE_LANG_EN))
    {
      g_snprintf (key, sizeof key, "en:%s", word);
      found = g_hash_table_lookup (rules->expansions, key);
    }
  return found;
}

gboolean
rules_knows_word (const RuleSet *rules, const char *word, guint lang)
{
  guint32 symbol = GPOINTER_TO_UINT (g_hash_table_lookup (rules->exact, word));

  return symbol != 0 && (g_array_index (rules->symbol_lang, guint8, symbol) & lang) != 0;
}

void
rules_each_deletion (const char *word,
                     gsize len,
                     void (*each) (const char *key, gpointer data),
                     gpointer data)
{
  char key[64];

  if (len >= sizeof key)
    return;
  memcpy (key, word, len);
  key[len] = '\0';
  each (key, data);
  for (gsize out = 0; out < len; out++)
    {
      memcpy (key, word, out);
      memcpy (key + out, word + out + 1, len - out - 1);
      key[len - 1] = '\0';
      each (key, data);
    }
}

typedef struct
{
  RuleSet *rules;
  char *word;
} Deletion;

static void
add_deletion (const char *key, gpointer data)
{
  Deletion *deletion = data;
  GPtrArray *words = g_hash_table_lookup (deletion->rules->deletions, key);

  if (words == NULL)
    {
      words = g_ptr_array_new ();
      g_hash_table_insert (deletion->rules->deletions, g_strdup (key), words);
    }
  g_ptr_array_add (words, deletion->word);
}

static void
index_for_repair (RuleSet *rules, GHashTable *table)
{
  GHashTableIter iter;
  gpointer word;

  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, &word, NULL))
    if (strlen (word) >= MIN_REPAIR && *(char *) word != '{')
      {
        Deletion deletion = { rules, word };

        rules_each_deletion (word, strlen (word), add_deletion, &deletion);
      }
}

char *
rules_resource (const char *name)
{
  g_autofree char *path = g_strconcat ("/org/regie/analyze/", name, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes =
      g_resource_lookup_data (regie_analyze_get_resource (), path, G_RESOURCE_LOOKUP_FLAGS_NONE, &error);

  if (bytes == NULL)
    g_error ("The table %s is not in the program: %s", name, error->message);
  return g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

static void
load_resource (RuleSet *rules, const char *name)
{
  g_autofree char *table = rules_resource (name);

  rules_load_table (rules, name, table);
}

static gpointer
rules_make (gpointer unused)
{
  static const char *const tables[] = { "language.rules",  "words.rules",       "masks.rules",
                                        "urgency.rules",   "support.rules",     "sales.rules",
                                        "complaint.rules", "information.rules", "general.rules",
                                        "sentiment.rules", "bant.rules" };
  RuleSet *rules = g_new0 (RuleSet, 1);

  rules->rules = g_ptr_array_new ();
  rules->nodes = g_array_new (FALSE, FALSE, sizeof (Node));
  rules->exact = g_hash_table_new (g_str_hash, g_str_equal);
  rules->stems = g_hash_table_new (g_str_hash, g_str_equal);
  rules->groups = g_hash_table_new (g_str_hash, g_str_equal);
  rules->member_of = g_hash_table_new (NULL, NULL);
  rules->symbol_lang = g_array_new (FALSE, TRUE, sizeof (guint8));
  g_array_set_size (rules->symbol_lang, FIRST_WORD);
  rules->lists = g_hash_table_new (g_str_hash, g_str_equal);
  rules->expansions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  rules->deletions = g_hash_table_new (g_str_hash, g_str_equal);
  node_new (rules);
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    load_resource (rules, tables[i]);
  for (guint i = 0; i < rules->nodes->len; i++)
    g_array_sort (g_array_index (rules->nodes, Node, i).edges, edge_compare);
  index_for_repair (rules, rules->exact);
  index_for_repair (rules, rules->stems);
  return rules;
}

const RuleSet *
rules_get (void)
{
  static GOnce once = G_ONCE_INIT;

  return g_once (&once, rules_make, NULL);
}
