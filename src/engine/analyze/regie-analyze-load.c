/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-analyze-rules-private.h"

#include <string.h>

/* The tables' grammar is described in rules/README. */

static const char *const field_names[N_FIELDS] = {
  "mask", "urgency", "category", "sentiment", "request", "budget", "authority", "need", "timeline",
};

static const char *const field_values[N_FIELDS][6] = {
  [FIELD_URGENCY] = { "low", "high", "severe", "critical" },
  [FIELD_CATEGORY] = { "support", "sales", "complaint", "information", "general" },
  [FIELD_SENTIMENT] = { "negative", "neutral", "positive" },
  [FIELD_REQUEST] = { "ask", "notice", "thanks", "problem", "question" },
  [FIELD_BUDGET] = { "unknown", "implied", "discussed", "confirmed" },
  [FIELD_AUTHORITY] = { "unknown", "influencer", "decision_maker", "champion" },
  [FIELD_NEED] = { "curious", "problem_aware", "actively_solving", "urgent" },
  [FIELD_TIMELINE] = { "someday", "this_year", "this_quarter", "this_month" },
};

typedef struct
{
  RuleSet *rules;
  const char *name;
  guint line;
  guint first; /* rules that the patterns below the header speak for */
  guint count;
  guint lang;
  enum
  {
    PART_NONE,
    PART_RULE,
    PART_WORDS,
    PART_EXPAND
  } part;
  GHashTable *list;
  const char *expand_lang;
} Reader;

static int
name_index (const char *const *names, guint n, const char *name)
{
  for (guint i = 0; i < n && names[i] != NULL; i++)
    if (g_str_equal (names[i], name))
      return (int) i;
  return -1;
}

/* "mask.sentiment+urgency.x": the fields that the mask hides its words from. */
static guint
mask_bits (const char *names)
{
  g_auto (GStrv) parts = g_strsplit (names, "+", -1);
  guint bits = 0;

  for (guint i = 0; parts[i] != NULL; i++)
    {
      int field = name_index (field_names, N_FIELDS, parts[i]);

      if (g_str_equal (parts[i], "all"))
        bits = (1u << N_FIELDS) - 1;
      else if (field >= 0)
        bits |= 1u << field;
    }
  return bits;
}

static gboolean
add_rule (Reader *reader, const char *target, const char *id, const char *weight, char **flags)
{
  g_auto (GStrv) parts = g_strsplit (target, ".", 3);
  Rule *rule;
  int field;

  if (parts[0] == NULL || parts[1] == NULL)
    return FALSE;
  field = name_index (field_names, N_FIELDS, parts[0]);
  if (field < 0)
    return FALSE;
  rule = g_new0 (Rule, 1);
  rule->index = reader->rules->rules->len;
  rule->id = g_strdup (id);
  rule->field = (RuleField) field;
  rule->value = g_strdup (parts[1]);
  rule->weight = weight != NULL ? g_ascii_strtod (weight, NULL) : 1;
  for (; flags != NULL && *flags != NULL; flags++)
    {
      rule->verb |= g_str_equal (*flags, "verb");
      rule->no_negate |= g_str_equal (*flags, "no-negate");
      rule->question |= g_str_equal (*flags, "question");
      rule->quiet |= g_str_equal (*flags, "quiet");
    }
  g_ptr_array_add (reader->rules->rules, rule);
  reader->count++;
  if (rule->field == FIELD_MASK)
    return (rule->mask = mask_bits (parts[1])) != 0;
  rule->code = name_index (field_values[field], 6, parts[1]);
  return rule->code >= 0;
}

static gboolean
read_header (Reader *reader, char **words)
{
  if (g_str_equal (words[0], "rule") && words[1] != NULL)
    {
      reader->part = PART_RULE;
      reader->first = reader->rules->rules->len;
      reader->count = 0;
      return add_rule (reader, words[1], words[1], words[2], words[2] != NULL ? words + 3 : NULL);
    }
  if (g_str_equal (words[0], "also") && words[1] != NULL && reader->part == PART_RULE)
    {
      const Rule *main_rule = g_ptr_array_index (reader->rules->rules, reader->first);

      return add_rule (reader, words[1], main_rule->id, words[2], words[2] != NULL ? words + 3 : NULL);
    }
  if (g_str_equal (words[0], "words") && words[1] != NULL)
    {
      reader->part = PART_WORDS;
      reader->list = g_hash_table_lookup (reader->rules->lists, words[1]);
      if (reader->list == NULL)
        {
          reader->list = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
          g_hash_table_insert (reader->rules->lists, g_strdup (words[1]), reader->list);
        }
      return TRUE;
    }
  if (g_str_equal (words[0], "expand") && words[1] != NULL)
    {
      reader->part = PART_EXPAND;
      reader->expand_lang = g_str_equal (words[1], "fr") ? "fr" : "en";
      return TRUE;
    }
  return FALSE;
}

/* "word" or "word:2.5". */
static void
read_words (Reader *reader, char **words)
{
  for (; *words != NULL; words++)
    {
      char *colon = strchr (*words, ':');
      double weight = 1;

      if (**words == '\0')
        continue;
      if (colon != NULL && colon > *words)
        {
          weight = g_ascii_strtod (colon + 1, NULL);
          *colon = '\0';
        }
      g_hash_table_insert (reader->list, g_strdup (*words), g_memdup2 (&weight, sizeof weight));
    }
}

/* "bjr slt = bonjour" */
static gboolean
read_expansion (Reader *reader, const char *line)
{
  g_auto (GStrv) sides = g_strsplit (line, "=", 2);
  g_auto (GStrv) shorts = NULL;

  if (sides[0] == NULL || sides[1] == NULL)
    return FALSE;
  shorts = g_strsplit_set (sides[0], " \t", -1);
  for (guint i = 0; shorts[i] != NULL; i++)
    if (shorts[i][0] != '\0')
      g_hash_table_insert (reader->rules->expansions,
                           g_strdup_printf ("%s:%s", reader->expand_lang, shorts[i]),
                           g_strdup (g_strstrip (sides[1])));
  return TRUE;
}

static gboolean
read_patterns (Reader *reader, char *line)
{
  g_auto (GStrv) patterns = NULL;

  if (g_str_has_prefix (line, "fr "))
    reader->lang = REGIE_LANG_FR;
  else if (g_str_has_prefix (line, "en "))
    reader->lang = REGIE_LANG_EN;
  else if (g_str_has_prefix (line, "any "))
    reader->lang = REGIE_LANG_ANY;
  else if (*line != ' ')
    return FALSE;
  if (*line != ' ')
    line = strchr (line, ' ');
  patterns = g_strsplit (line, ";", -1);
  for (guint i = 0; patterns[i] != NULL; i++)
    if (*g_strstrip (patterns[i]) != '\0' &&
        !rules_add_pattern (reader->rules, patterns[i], reader->first, reader->count, reader->lang))
      g_critical ("%s:%u: not a pattern: %s", reader->name, reader->line, patterns[i]);
  return TRUE;
}

static gboolean
read_line (Reader *reader, char *line)
{
  g_auto (GStrv) words = NULL;
  gboolean indented = *line == ' ';

  if (*line == '\0' || *line == '#')
    return TRUE;
  words = g_strsplit_set (line, " \t", -1);
  if (!indented && read_header (reader, words))
    return TRUE;
  switch (reader->part)
    {
    case PART_RULE:
      return read_patterns (reader, line);
    case PART_WORDS:
      read_words (reader, words);
      return indented;
    case PART_EXPAND:
      return indented && read_expansion (reader, line);
    case PART_NONE:
    default:
      return FALSE;
    }
}

/* A line that ends within a group goes on in the next one: "(one|two|" "three)". */
static guint
join_lines (char **lines, guint first, GString *joined)
{
  guint last = first;

  g_string_assign (joined, g_strchomp (lines[first]));
  while (g_str_has_suffix (joined->str, "|") && lines[last + 1] != NULL)
    g_string_append (joined, g_strstrip (lines[++last]));
  return last;
}

void
rules_load_table (RuleSet *rules, const char *name, const char *table)
{
  g_auto (GStrv) lines = g_strsplit (table, "\n", -1);
  g_autoptr (GString) line = g_string_new (NULL);
  Reader reader = { .rules = rules, .name = name };

  for (guint i = 0; lines[i] != NULL; i++)
    {
      reader.line = i + 1;
      i = join_lines (lines, i, line);
      if (!read_line (&reader, line->str))
        g_critical ("%s:%u: not a rule: %s", name, reader.line, line->str);
    }
}
