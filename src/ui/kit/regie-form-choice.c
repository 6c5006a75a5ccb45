/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <string.h>

#include "regie-form-editors.h"
#include "regie-format-private.h"
#include "regie-format.h"
#include "regie-text-safe.h"
#include "regie-text.h"

/* One out of some values: enumerations, languages, time zones. The row's words and the values they stand for
 * are two lists side by side; "" is no value. */
typedef struct
{
  GtkStringList *words;
  GPtrArray *values;
} Choices;

static void
choices_free (gpointer data)
{
  Choices *choices = data;

  g_object_unref (choices->words);
  g_ptr_array_unref (choices->values);
  g_free (choices);
}

static Choices *
get_choices (GtkWidget *row)
{
  return g_object_get_data (G_OBJECT (row), "regie-choices");
}

static void
add (Choices *choices, const char *value, const char *word)
{
  g_ptr_array_add (choices->values, g_strdup (value));
  gtk_string_list_append (choices->words, word);
}

static void
add_languages (Choices *choices)
{
  guint n;
  const RegieLanguage *languages = regie_format_list_languages (&n);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *word = regie_format_language (languages[i].tag);

      add (choices, languages[i].tag, word);
    }
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* The names that the system knows, read once; 17 KiB. */
static const GPtrArray *
list_zones (void)
{
  static GPtrArray *zones = NULL;
  g_autofree char *table = NULL;
  g_auto (GStrv) lines = NULL;

  if (zones != NULL)
    return zones;
  zones = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (zones, g_strdup ("UTC"));
  if (!g_file_get_contents ("/usr/share/zoneinfo/zone.tab", &table, NULL, NULL))
    return zones;

  lines = g_strsplit (table, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) parts = g_strsplit (lines[i], "\t", 4);

      if (lines[i][0] != '#' && g_strv_length (parts) >= 3)
        g_ptr_array_add (zones, g_strdup (parts[2]));
    }
  g_ptr_array_sort (zones, compare_names);

  return zones;
}

static void
add_zones (Choices *choices)
{
  const GPtrArray *zones = list_zones ();

  for (guint i = 0; i < zones->len; i++)
    add (choices, g_ptr_array_index (zones, i), g_ptr_array_index (zones, i));
}

static GtkWidget *
create_choice (const RegieField *field, RegieStore *store, const char *connection)
{
  GtkWidget *row = adw_combo_row_new ();
  Choices *choices = g_new0 (Choices, 1);
  gboolean long_list = field->type != REGIE_FIELD_ENUM || field->n_values > 12;

  choices->words = gtk_string_list_new (NULL);
  choices->values = g_ptr_array_new_with_free_func (g_free);
  if (!(field->flags & REGIE_FIELD_REQUIRED) && field->fallback == NULL)
    add (choices, "", _ ("None"));
  if (field->type == REGIE_FIELD_LANGUAGE)
    add_languages (choices);
  else if (field->type == REGIE_FIELD_ZONE)
    add_zones (choices);
  for (guint i = 0; i < field->n_values; i++)
    add (choices, field->values[i].name, regie_format_label (field->values[i].label));

  regie_row_set_safe_title (ADW_PREFERENCES_ROW (row), regie_format_label (field->label));
  g_object_set_data_full (G_OBJECT (row), "regie-choices", choices, choices_free);
  if (long_list)
    {
      g_autoptr (GtkExpression) word = gtk_property_expression_new (GTK_TYPE_STRING_OBJECT, NULL, "string");

      adw_combo_row_set_expression (ADW_COMBO_ROW (row), word);
      adw_combo_row_set_search_match_mode (ADW_COMBO_ROW (row), GTK_STRING_FILTER_MATCH_MODE_SUBSTRING);
      adw_combo_row_set_enable_search (ADW_COMBO_ROW (row), TRUE);
    }
  adw_combo_row_set_model (ADW_COMBO_ROW (row), G_LIST_MODEL (choices->words));
  adw_combo_row_set_selected (ADW_COMBO_ROW (row), GTK_INVALID_LIST_POSITION);

  return row;
}

static void
set_choice (GtkWidget *row, const RegieField *field, JsonNode *value)
{
  Choices *choices = get_choices (row);
  const char *text =
      value != NULL && JSON_NODE_HOLDS_VALUE (value) && json_node_get_value_type (value) == G_TYPE_STRING
          ? json_node_get_string (value)
          : "";
  guint at = GTK_INVALID_LIST_POSITION;

  if (!g_ptr_array_find_with_equal_func (choices->values, text, g_str_equal, &at))
    {
      at = GTK_INVALID_LIST_POSITION;
      /* One that this version does not know is kept, not lost. */
      if (*text != '\0')
        {
          g_autofree char *visible = regie_text_visible (text, FALSE);

          at = choices->values->len;
          add (choices, text, visible);
        }
    }
  adw_combo_row_set_selected (ADW_COMBO_ROW (row), at);
}

static JsonNode *
get_choice (GtkWidget *row, const RegieField *field, const char **problem)
{
  Choices *choices = get_choices (row);
  guint at = adw_combo_row_get_selected (ADW_COMBO_ROW (row));
  const char *value = at < choices->values->len ? g_ptr_array_index (choices->values, at) : "";

  return *value != '\0' ? json_node_init_string (json_node_alloc (), value) : NULL;
}

const RegieEditor *
regie_choice_editor_get (void)
{
  static const RegieEditor editor = { create_choice, "notify::selected", set_choice, get_choice };

  return &editor;
}
