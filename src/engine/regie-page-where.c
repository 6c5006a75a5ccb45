/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-engine"

#include "regie-engine-store-private.h"

#include "core/regie-error.h"
#include "core/regie-text.h"
#include "core/regie-time.h"

#define MAX_WORDS 32
#define MAX_IN    200

/* What stands for "no value" in a sort expression; see regie_field_sort_expression(). */
#define NO_INTEGER (-G_MAXINT64)

/* --- values --- */

void
regie_bound_free (RegieBound *self)
{
  g_free (self->text);
  g_free (self);
}

static RegieBound *
bound_new_text (const char *text)
{
  RegieBound *self = g_new0 (RegieBound, 1);

  self->type = REGIE_BOUND_TEXT;
  self->text = g_strdup (text);

  return self;
}

static RegieBound *
bound_new_int (gint64 integer)
{
  RegieBound *self = g_new0 (RegieBound, 1);

  self->type = REGIE_BOUND_INT;
  self->integer = integer;

  return self;
}

void
regie_bound_bind (const RegieBound *self, sqlite3_stmt *stmt, int i)
{
  switch (self->type)
    {
    case REGIE_BOUND_INT:
      sqlite3_bind_int64 (stmt, i, self->integer);
      break;
    case REGIE_BOUND_NUMBER:
      sqlite3_bind_double (stmt, i, self->number);
      break;
    default:
      sqlite3_bind_text (stmt, i, self->text, -1, SQLITE_TRANSIENT);
      break;
    }
}

RegieBound *
regie_bound_column (sqlite3_stmt *stmt, int column, RegieBoundType type)
{
  RegieBound *self = g_new0 (RegieBound, 1);

  self->type = type;
  if (type == REGIE_BOUND_INT)
    self->integer = sqlite3_column_int64 (stmt, column);
  else if (type == REGIE_BOUND_NUMBER)
    self->number = sqlite3_column_double (stmt, column);
  else
    self->text = g_strdup (regie_db_column_text (stmt, column));

  return self;
}

int
regie_bound_compare (const RegieBound *a, const RegieBound *b)
{
  if (a->type == REGIE_BOUND_INT)
    return (a->integer > b->integer) - (a->integer < b->integer);
  if (a->type == REGIE_BOUND_NUMBER)
    return (a->number > b->number) - (a->number < b->number);

  return g_strcmp0 (a->text, b->text);
}

RegieBoundType
regie_field_bound_type (const RegieField *field)
{
  switch (field->type)
    {
    case REGIE_FIELD_INT:
    case REGIE_FIELD_BOOL:
    case REGIE_FIELD_ENUM:
    case REGIE_FIELD_TIME:
    case REGIE_FIELD_DURATION:
    case REGIE_FIELD_MONEY:
      return REGIE_BOUND_INT;
    case REGIE_FIELD_NUMBER:
    case REGIE_FIELD_RATE:
      return REGIE_BOUND_NUMBER;
    default:
      return REGIE_BOUND_TEXT;
    }
}

static gboolean
refuse (GError **error, const char *name, const char *what)
{
  g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID, "/%s: %s", name, what);

  return FALSE;
}

/* VALUE as FIELD's sort expression holds it; "" stands for none. */
static RegieBound *
read_value (const RegieField *field, const char *value, GError **error)
{
  RegieBound *bound = g_new0 (RegieBound, 1);
  gboolean ok = TRUE;

  bound->type = regie_field_bound_type (field);
  if (field->type == REGIE_FIELD_TEXT)
    bound->text = regie_text_fold (value);
  else if (bound->type == REGIE_BOUND_TEXT)
    bound->text = g_strdup (value);
  else if (field->type == REGIE_FIELD_ENUM)
    ok = (bound->integer = regie_field_rank (field, value)) >= 0 || *value == '\0';
  else if (field->type == REGIE_FIELD_BOOL)
    ok = (bound->integer = g_str_equal (value, "true")) || g_str_equal (value, "false");
  else if (*value == '\0')
    bound->integer = NO_INTEGER, bound->number = -G_MAXDOUBLE;
  else if (field->type == REGIE_FIELD_TIME)
    ok = regie_time_parse (value, NULL, &bound->integer);
  else if (bound->type == REGIE_BOUND_NUMBER)
    bound->number = g_ascii_strtod (value, NULL);
  else
    ok = g_ascii_string_to_signed (value, 10, -G_MAXINT64 + 1, G_MAXINT64, &bound->integer, NULL);
  if (ok)
    return bound;
  regie_bound_free (bound);
  refuse (error, field->name, "the filter's value is none that it may have");

  return NULL;
}

/* --- the clause --- */

RegieWhere *
regie_where_new (const RegieKind *kind)
{
  RegieWhere *self = g_new0 (RegieWhere, 1);

  self->kind = kind;
  self->sql = g_string_new (NULL);
  self->values = g_ptr_array_new_with_free_func ((GDestroyNotify) regie_bound_free);

  return self;
}

void
regie_where_free (RegieWhere *self)
{
  g_string_free (self->sql, TRUE);
  g_ptr_array_unref (self->values);
  g_free (self);
}

const RegieField *
regie_page_find_field (const RegieKind *kind, const char *name, const char *purpose, GError **error)
{
  const RegieField *field = regie_kind_find_field (kind, name);

  if (field != NULL && ((field->flags & REGIE_FIELD_INDEXED) || g_str_equal (name, "id")))
    return field;
  g_set_error (error, REGIE_ERROR, REGIE_ERROR_INVALID, "/%s: %s %s cannot be %s by it", name,
               field == NULL ? "there is no such field;" : "it is not indexed;", kind->plural, purpose);

  return NULL;
}

static const char *
operator_of (const char *op)
{
  static const char *const names[][2] = {
    { "eq", "=" }, { "ne", "<>" }, { "lt", "<" },  { "le", "<=" },
    { "gt", ">" }, { "ge", ">=" }, { "in", "IN" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      if (g_strcmp0 (names[i][0], op) == 0)
        return names[i][1];
    }

  return NULL;
}

/* Text is sorted by its folded form, but equal only to itself. */
static gboolean
is_folded (RegieWhere *self, const RegieField *field)
{
  return field->type == REGIE_FIELD_TEXT && !g_str_equal (field->name, "id");
}

static gboolean
add_in (RegieWhere *self, const RegieField *field, const char *expression, const char *value, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (value, ",", MAX_IN + 1);
  g_autoptr (GString) marks = g_string_new ("?");

  if (g_strv_length (parts) > MAX_IN)
    return refuse (error, field->name, "too many values");
  for (guint i = 1; i < g_strv_length (parts); i++)
    g_string_append (marks, ", ?");
  if (is_folded (self, field))
    g_string_append_printf (self->sql, " AND ifnull (t.\"%s\", '') IN (%s)", field->name, marks->str);
  for (guint i = 0; is_folded (self, field) && parts[i] != NULL; i++)
    g_ptr_array_add (self->values, bound_new_text (parts[i]));
  g_string_append_printf (self->sql, " AND %s IN (%s)", expression, marks->str);
  for (guint i = 0; i < MAX (g_strv_length (parts), 1); i++)
    {
      RegieBound *bound = read_value (field, parts[i] != NULL ? parts[i] : "", error);

      if (bound == NULL)
        return FALSE;
      g_ptr_array_add (self->values, bound);
    }

  return TRUE;
}

gboolean
regie_where_add (RegieWhere *self, const char *name, const char *op, const char *value, GError **error)
{
  const RegieField *field = regie_page_find_field (self->kind, name, "filtered", error);
  const char *operator= operator_of (op);
  g_autofree char *expression = NULL;
  RegieBound *bound;

  if (field == NULL)
    return FALSE;
  if (operator== NULL)
    return refuse (error, name, "there is no such operator; there are eq, ne, lt, le, gt, ge and in");
  expression = regie_field_sort_expression (self->kind, field);
  self->uses_day |= (field->flags & REGIE_FIELD_TRANSIENT) != 0;
  if (g_str_equal (op, "in"))
    return add_in (self, field, expression, value, error);
  if (is_folded (self, field) && (g_str_equal (op, "eq") || g_str_equal (op, "ne")))
    {
      g_string_append_printf (self->sql, " AND ifnull (t.\"%s\", '') %s ?", name, operator);
      g_ptr_array_add (self->values, bound_new_text (value));
      if (g_str_equal (op, "ne"))
        return TRUE;
    }
  bound = read_value (field, value, error);
  if (bound == NULL)
    return FALSE;
  /* What has no value is neither before nor after one. */
  if (*operator== '<' && bound->type == REGIE_BOUND_INT && !g_str_equal (op, "ne"))
    {
      g_string_append_printf (self->sql, " AND %s > ?", expression);
      g_ptr_array_add (self->values, bound_new_int (field->type == REGIE_FIELD_ENUM ? -1 : NO_INTEGER));
    }
  g_string_append_printf (self->sql, " AND %s %s ?", expression, operator);
  g_ptr_array_add (self->values, bound);

  return TRUE;
}

static gboolean
has_letter (const char *word)
{
  for (const char *p = word; *p != '\0'; p = g_utf8_next_char (p))
    {
      if (g_unichar_isalnum (g_utf8_get_char (p)))
        return TRUE;
    }

  return FALSE;
}

/* Each word as a phrase in quotes, so that nothing in it is syntax; the last one a prefix. */
static char *
match_expression (const char *words)
{
  g_auto (GStrv) parts = g_strsplit_set (words, " \t\r\n", -1);
  g_autoptr (GString) expression = g_string_new (NULL);
  guint n_words = 0;

  for (guint i = 0; parts[i] != NULL && n_words < MAX_WORDS; i++)
    {
      g_auto (GStrv) quotes = NULL;
      g_autofree char *escaped = NULL;

      if (!has_letter (parts[i]))
        continue;
      quotes = g_strsplit (parts[i], "\"", -1);
      escaped = g_strjoinv ("\"\"", quotes);
      g_string_append_printf (expression, "%s\"%s\"", n_words > 0 ? " AND " : "", escaped);
      n_words++;
    }
  if (n_words == 0)
    return NULL;
  g_string_append (expression, " *");

  return g_string_free (g_steal_pointer (&expression), FALSE);
}

gboolean
regie_where_add_words (RegieWhere *self, const char *words, GError **error)
{
  g_autofree char *expression = match_expression (words);

  if (!regie_table_of (self->kind)->searched)
    return refuse (error, "q", "there is no text to search in this kind of record");
  if (expression == NULL)
    return TRUE;
  g_string_append_printf (self->sql,
                          " AND t.n IN (SELECT rowid FROM \"%s_words\" WHERE \"%s_words\" MATCH ?)",
                          self->kind->table, self->kind->table);
  g_ptr_array_add (self->values, bound_new_text (expression));

  return TRUE;
}
