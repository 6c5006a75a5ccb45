/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-query.h"

#include "regie-query-private.h"

#include "core/regie-json.h"
#include "core/regie-text.h"

static const char *const op_names[] = {
  [REGIE_OP_EQ] = "eq", [REGIE_OP_NE] = "ne", [REGIE_OP_LT] = "lt", [REGIE_OP_LE] = "le",
  [REGIE_OP_GT] = "gt", [REGIE_OP_GE] = "ge", [REGIE_OP_IN] = "in",
};

static const char *const op_sql[] = {
  [REGIE_OP_EQ] = "=", [REGIE_OP_NE] = "IS NOT", [REGIE_OP_LT] = "<",  [REGIE_OP_LE] = "<=",
  [REGIE_OP_GT] = ">", [REGIE_OP_GE] = ">=",     [REGIE_OP_IN] = "IN",
};

/* Columns that every table has, under their own names. */
static const char *const own_columns[] = { "connection", "key", "remote_id", "pending", NULL };

static void
condition_free (gpointer data)
{
  RegieCondition *self = data;

  g_free (self->field);
  g_free (self->value);
  g_free (self);
}

RegieQuery *
regie_query_new (const RegieKind *kind)
{
  RegieQuery *self;

  g_return_val_if_fail (kind != NULL, NULL);

  self = g_new0 (RegieQuery, 1);
  self->kind = kind;
  self->conditions = g_ptr_array_new_with_free_func (condition_free);

  return self;
}

RegieQuery *
regie_query_copy (const RegieQuery *self)
{
  RegieQuery *copy = regie_query_new (self->kind);

  for (guint i = 0; i < self->conditions->len; i++)
    {
      const RegieCondition *condition = g_ptr_array_index (self->conditions, i);

      regie_query_where (copy, condition->field, condition->op, condition->value);
    }
  copy->words = g_strdup (self->words);
  copy->sort = g_strdup (self->sort);
  copy->descending = self->descending;

  return copy;
}

void
regie_query_free (RegieQuery *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->conditions);
  g_free (self->words);
  g_free (self->sort);
  g_free (self);
}

const RegieKind *
regie_query_get_kind (const RegieQuery *self)
{
  return self->kind;
}

static gboolean
is_queryable (const RegieKind *kind, const char *name)
{
  const RegieField *field;

  if (g_strv_contains (own_columns, name))
    return TRUE;
  field = regie_kind_find_field (kind, name);

  return field != NULL && (field->flags & REGIE_FIELD_INDEXED);
}

void
regie_query_where (RegieQuery *self, const char *field, RegieOp op, const char *value)
{
  RegieCondition *condition;

  g_return_if_fail (self != NULL && field != NULL && value != NULL);
  g_return_if_fail ((guint) op < G_N_ELEMENTS (op_sql));
  g_return_if_fail (is_queryable (self->kind, field));

  condition = g_new0 (RegieCondition, 1);
  condition->field = g_strdup (field);
  condition->op = op;
  condition->value = g_strdup (value);
  g_ptr_array_add (self->conditions, condition);
}

void
regie_query_search (RegieQuery *self, const char *words)
{
  g_return_if_fail (self != NULL);

  g_free (self->words);
  self->words = words != NULL && *words != '\0' ? g_strdup (words) : NULL;
}

void
regie_query_sort (RegieQuery *self, const char *field, gboolean descending)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (field == NULL || is_queryable (self->kind, field));

  g_free (self->sort);
  self->sort = g_strdup (field);
  self->descending = descending;
}

const char *
regie_query_get_words (const RegieQuery *self)
{
  return self->words;
}

const char *
regie_query_get_sort (const RegieQuery *self, gboolean *descending)
{
  if (descending != NULL)
    *descending = self->descending;

  return self->sort;
}

/* --- JSON --- */

JsonObject *
regie_query_to_json (const RegieQuery *self)
{
  JsonArray *where = json_array_new ();
  g_autofree char *sort = NULL;

  for (guint i = 0; i < self->conditions->len; i++)
    {
      const RegieCondition *condition = g_ptr_array_index (self->conditions, i);
      JsonArray *item = json_array_new ();

      json_array_add_string_element (item, condition->field);
      json_array_add_string_element (item, op_names[condition->op]);
      json_array_add_string_element (item, condition->value);
      json_array_add_array_element (where, item);
    }
  if (self->sort != NULL || self->descending)
    sort = g_strconcat (self->descending ? "-" : "", self->sort, NULL);

  return regie_json_object_new ("kind", 's', self->kind->name, "where", 'a', where, "words", 's', self->words,
                                "sort", 's', sort, NULL);
}

static const char *
get_text_element (JsonArray *array, guint i)
{
  JsonNode *node =
      array != NULL && i < json_array_get_length (array) ? json_array_get_element (array, i) : NULL;

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING
             ? json_node_get_string (node)
             : NULL;
}

static gboolean
read_condition (RegieQuery *self, guint i, JsonNode *node, GError **error)
{
  JsonArray *item = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  const char *field = get_text_element (item, 0);
  const char *op = get_text_element (item, 1);
  const char *value = get_text_element (item, 2);
  guint o = 0;

  if (field == NULL || value == NULL || !is_queryable (self->kind, field))
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID, "/where/%u: no such field to filter by", i);
      return FALSE;
    }
  while (o < G_N_ELEMENTS (op_names) && g_strcmp0 (op_names[o], op) != 0)
    o++;
  if (o == G_N_ELEMENTS (op_names))
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID, "/where/%u: no such operator", i);
      return FALSE;
    }
  regie_query_where (self, field, o, value);

  return TRUE;
}

RegieQuery *
regie_query_from_json (JsonObject *json, GError **error)
{
  const char *name = regie_json_get_text (json, "kind", NULL);
  const RegieKind *kind = name != NULL ? regie_kind_get (name) : NULL;
  const char *sort = regie_json_get_text (json, "sort", NULL);
  JsonArray *where = regie_json_get_array (json, "where");
  g_autoptr (RegieQuery) self = NULL;
  gboolean descending;

  if (kind == NULL)
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID, "/kind: no such kind");
      return NULL;
    }
  self = regie_query_new (kind);
  for (guint i = 0; where != NULL && i < json_array_get_length (where); i++)
    if (!read_condition (self, i, json_array_get_element (where, i), error))
      return NULL;
  regie_query_search (self, regie_json_get_text (json, "words", NULL));
  descending = sort != NULL && *sort == '-';
  if (descending)
    sort++;
  if (sort != NULL && *sort != '\0' && !is_queryable (kind, sort))
    {
      g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID, "/sort: no such field to sort by");
      return NULL;
    }
  regie_query_sort (self, sort != NULL && *sort != '\0' ? sort : NULL, descending);

  return g_steal_pointer (&self);
}

gboolean
regie_query_equal (const RegieQuery *a, const RegieQuery *b)
{
  if (a->kind != b->kind || a->descending != b->descending || g_strcmp0 (a->words, b->words) != 0 ||
      g_strcmp0 (a->sort, b->sort) != 0 || a->conditions->len != b->conditions->len)
    return FALSE;

  for (guint i = 0; i < a->conditions->len; i++)
    {
      const RegieCondition *x = g_ptr_array_index (a->conditions, i);
      const RegieCondition *y = g_ptr_array_index (b->conditions, i);

      if (x->op != y->op || !g_str_equal (x->field, y->field) || !g_str_equal (x->value, y->value))
        return FALSE;
    }

  return TRUE;
}

/* --- SQL --- */

char *
regie_query_column (const RegieKind *kind, const char *name)
{
  if (g_strv_contains (own_columns, name))
    return g_strdup (name);

  return g_strconcat ("f_", name, NULL);
}

/* As the column holds it: folded text, the place of an enumeration's value. NULL stands for "no value". */
char *
regie_query_column_value (const RegieKind *kind, const char *name, const char *value)
{
  const RegieField *field = g_strv_contains (own_columns, name) ? NULL : regie_kind_find_field (kind, name);
  const RegieEnumValue *choice;

  if (*value == '\0')
    return NULL;
  if (field == NULL)
    return g_strdup (value);
  if (regie_field_is_folded (field))
    return regie_text_fold (value);
  if (field->type == REGIE_FIELD_ENUM && (choice = regie_field_find_value (field, value)) != NULL)
    return g_strdup_printf ("%d", (int) (choice - field->values));

  return g_strdup (value);
}

static void
append_in (const RegieQuery *self, const RegieCondition *condition, GString *sql, GPtrArray *values)
{
  g_autofree char *column = regie_query_column (self->kind, condition->field);
  g_auto (GStrv) parts = g_strsplit (condition->value, ",", -1);
  gboolean with_none = FALSE;
  guint n = 0;

  g_string_append_printf (sql, "(%s IN (", column);
  for (guint i = 0; parts[i] != NULL; i++)
    {
      char *value = regie_query_column_value (self->kind, condition->field, parts[i]);

      if (value == NULL)
        {
          with_none = TRUE;
          continue;
        }
      g_string_append (sql, n++ > 0 ? ",?" : "?");
      g_ptr_array_add (values, value);
    }
  g_string_append_c (sql, ')');
  if (with_none)
    g_string_append_printf (sql, " OR %s IS NULL", column);
  g_string_append_c (sql, ')');
}

void
regie_query_append_condition (const RegieQuery *self,
                              const RegieCondition *condition,
                              GString *sql,
                              GPtrArray *values)
{
  g_autofree char *column = regie_query_column (self->kind, condition->field);
  char *value;

  if (condition->op == REGIE_OP_IN)
    {
      append_in (self, condition, sql, values);
      return;
    }
  value = regie_query_column_value (self->kind, condition->field, condition->value);
  if (value != NULL)
    {
      g_string_append_printf (sql, "%s %s ?", column, op_sql[condition->op]);
      g_ptr_array_add (values, value);
    }
  else if (condition->op == REGIE_OP_NE || condition->op == REGIE_OP_GT)
    g_string_append_printf (sql, "%s IS NOT NULL", column);
  else if (condition->op == REGIE_OP_EQ || condition->op == REGIE_OP_LE)
    g_string_append_printf (sql, "%s IS NULL", column);
  else
    g_string_append (sql, condition->op == REGIE_OP_GE ? "1" : "0");
}

char *
regie_query_build_sql (const RegieQuery *self, GPtrArray *values)
{
  GString *sql = g_string_new (NULL);
  const char *order = self->descending ? " DESC" : "";
  g_autofree char *match = regie_query_build_match (self->words);

  g_string_append_printf (sql, "SELECT rowid FROM %s", self->kind->table);
  for (guint i = 0; i < self->conditions->len; i++)
    {
      g_string_append (sql, i > 0 ? " AND " : " WHERE ");
      regie_query_append_condition (self, g_ptr_array_index (self->conditions, i), sql, values);
    }
  if (match != NULL)
    {
      g_string_append_printf (sql, "%s rowid IN (SELECT rowid FROM %s_words WHERE %s_words MATCH ?)",
                              self->conditions->len > 0 ? " AND" : " WHERE", self->kind->table,
                              self->kind->table);
      g_ptr_array_add (values, g_steal_pointer (&match));
    }
  if (self->sort != NULL)
    {
      g_autofree char *column = regie_query_column (self->kind, self->sort);

      g_string_append_printf (sql, " ORDER BY %s%s, rowid%s", column, order, order);
    }
  else
    {
      g_string_append_printf (sql, " ORDER BY rowid%s", order);
    }

  return g_string_free_and_steal (sql);
}

/* What FTS5's unicode61 takes for a part of a word. */
static gboolean
is_word_character (gunichar character)
{
  return g_unichar_isalnum (character) || g_unichar_ismark (character) ||
         g_unichar_type (character) == G_UNICODE_PRIVATE_USE ||
         g_unichar_type (character) == G_UNICODE_OTHER_NUMBER ||
         g_unichar_type (character) == G_UNICODE_LETTER_NUMBER;
}

char *
regie_query_build_match (const char *words)
{
  g_autofree char *text = words != NULL ? g_utf8_normalize (words, -1, G_NORMALIZE_DEFAULT_COMPOSE) : NULL;
  GString *match = g_string_new (NULL);
  gboolean in_word = FALSE;

  for (const char *p = text; p != NULL && *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar character = g_utf8_get_char (p);
      gboolean part = is_word_character (character);

      if (part && !in_word)
        g_string_append (match, match->len > 0 ? " AND \"" : "\"");
      else if (!part && in_word)
        g_string_append_c (match, '"');
      if (part)
        g_string_append_unichar (match, character);
      in_word = part;
    }
  if (in_word)
    g_string_append (match, "\"*");
  else if (match->len > 0)
    g_string_append_c (match, '*');
  if (match->len == 0)
    return g_string_free (match, TRUE), NULL;

  return g_string_free_and_steal (match);
}
