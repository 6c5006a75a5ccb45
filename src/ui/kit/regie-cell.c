/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-cell.h"

#include <glib/gi18n.h>
#include <math.h>

#include "regie-connection-mark.h"
#include "regie-format-private.h"
#include "regie-format.h"
#include "regie-sparkline.h"
#include "regie-status-label.h"
#include "regie-text-cell.h"

#define MOST_SERIES_VALUES 240

int
regie_cell_get_chars (const RegieField *field)
{
  switch (field->type)
    {
    case REGIE_FIELD_INT:
    case REGIE_FIELD_NUMBER:
    case REGIE_FIELD_RATE:
    case REGIE_FIELD_BOOL:
    case REGIE_FIELD_CLOCK:
    case REGIE_FIELD_DURATION:
      return 9;
    case REGIE_FIELD_TIME:
    case REGIE_FIELD_MONEY:
      return 13;
    case REGIE_FIELD_ENUM:
    case REGIE_FIELD_REF:
    case REGIE_FIELD_ZONE:
    case REGIE_FIELD_LANGUAGE:
      return 15;
    default:
      return 20;
    }
}

/* In characters, of the words that FIELD may say. */
static int
get_longest_word (const RegieField *field)
{
  int longest = 1;

  for (guint i = 0; i < field->n_values; i++)
    longest = MAX (longest, (int) g_utf8_strlen (regie_format_label (field->values[i].label), -1));

  return longest;
}

/* --- tooltips, made only when asked for --- */

static gboolean
on_query_tooltip (GtkWidget *cell, int x, int y, gboolean keyboard, GtkTooltip *tooltip, gpointer data)
{
  const RegieField *field = data;
  gint64 time;
  const char *text;

  if (field->type == REGIE_FIELD_TIME)
    {
      g_autofree char *exact = NULL;

      time = *(gint64 *) g_object_get_data (G_OBJECT (cell), "regie-time");
      if (time == 0)
        return FALSE;
      exact = regie_format_time_exact (time);
      gtk_tooltip_set_text (tooltip, exact);
      return TRUE;
    }

  text = regie_text_cell_get_text (REGIE_TEXT_CELL (cell));
  if (g_utf8_strlen (text, -1) < regie_cell_get_chars (field))
    return FALSE;
  gtk_tooltip_set_text (tooltip, text);

  return TRUE;
}

/* --- making --- */

GtkWidget *
regie_cell_new (const RegieField *field)
{
  GtkWidget *cell;

  if (field->type == REGIE_FIELD_SERIES)
    return regie_sparkline_new ();
  if (regie_status_field_has_marks (field))
    {
      cell = regie_status_label_new ();
      regie_status_label_set_fixed_chars (REGIE_STATUS_LABEL (cell), get_longest_word (field));
      return cell;
    }

  cell = regie_text_cell_new (MIN (regie_cell_get_chars (field), 8), regie_cell_get_chars (field),
                              regie_format_is_numeric (field) ? 1 : 0);
  if (field->type == REGIE_FIELD_TIME)
    g_object_set_data_full (G_OBJECT (cell), "regie-time", g_new0 (gint64, 1), g_free);
  gtk_widget_set_has_tooltip (cell, TRUE);
  g_signal_connect (cell, "query-tooltip", G_CALLBACK (on_query_tooltip), (gpointer) field);

  return cell;
}

GtkWidget *
regie_title_cell_new (void)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 9);
  GtkWidget *mark = regie_connection_mark_new ();
  GtkWidget *name = regie_text_cell_new (16, 24, 0);
  GtkWidget *pending = gtk_image_new_from_icon_name ("content-loading-symbolic");

  gtk_box_append (GTK_BOX (box), mark);
  gtk_widget_set_hexpand (name, TRUE);
  gtk_box_append (GTK_BOX (box), name);
  gtk_widget_add_css_class (pending, "dimmed");
  gtk_widget_set_visible (pending, FALSE);
  gtk_box_append (GTK_BOX (box), pending);

  return box;
}

/* --- showing --- */

static void
show_series (RegieSparkline *line, const RegieField *field, JsonNode *value)
{
  double values[MOST_SERIES_VALUES];
  JsonArray *array = value != NULL && JSON_NODE_HOLDS_ARRAY (value) ? json_node_get_array (value) : NULL;
  guint length = array != NULL ? json_array_get_length (array) : 0;
  guint skipped = length > MOST_SERIES_VALUES ? length - MOST_SERIES_VALUES : 0;
  guint n = length - skipped;
  double most = 0;

  for (guint i = 0; i < n; i++)
    {
      JsonNode *item = json_array_get_element (array, skipped + i);

      values[i] = JSON_NODE_HOLDS_VALUE (item) ? json_node_get_double (item) : NAN;
      if (values[i] > most)
        most = values[i];
    }
  regie_sparkline_set_values (line, values, n);

  if (n > 0)
    {
      g_autofree char *last = regie_format_number (values[n - 1], 1);
      g_autofree char *highest = regie_format_number (most, 1);
      g_autofree char *text = NULL;

      /* Translators: what a small chart shows: its name, the last value, the highest one */
      text = g_strdup_printf (_ ("%s: last %s, most %s"), regie_format_label (field->label), last, highest);
      regie_sparkline_set_description (line, text);
    }
  else
    regie_sparkline_set_description (line, NULL);
}

char *
regie_cell_format (const RegieField *field, RegieRecord *record, RegieRefTitles *titles)
{
  JsonNode *value = regie_record_is_loaded (record) ? regie_record_get_node (record, field->name) : NULL;
  const char *id, *title;

  if (value == NULL || JSON_NODE_HOLDS_NULL (value))
    return g_strdup ("");
  if (field->type != REGIE_FIELD_REF)
    {
      g_autofree char *text = regie_format_field (record, field);

      return g_str_equal (text, REGIE_FORMAT_NONE) ? g_strdup ("") : g_steal_pointer (&text);
    }

  id = regie_record_get_text (record, field->name);
  if (id == NULL || *id == '\0' || field->ref == NULL)
    return g_strdup ("");
  title =
      regie_ref_titles_lookup (titles, regie_record_get_connection (record), regie_kind_get (field->ref), id);

  return g_strdup (title != NULL ? title : "");
}

void
regie_cell_show (GtkWidget *cell, const RegieField *field, RegieRecord *record, RegieRefTitles *titles)
{
  gboolean loaded = regie_record_is_loaded (record);

  if (REGIE_IS_SPARKLINE (cell))
    show_series (REGIE_SPARKLINE (cell), field, loaded ? regie_record_get_node (record, field->name) : NULL);
  else if (REGIE_IS_STATUS_LABEL (cell))
    regie_status_label_set_value (REGIE_STATUS_LABEL (cell), field,
                                  loaded ? regie_record_get_text (record, field->name) : NULL);
  else
    {
      g_autofree char *text = regie_cell_format (field, record, titles);
      gint64 *time = g_object_get_data (G_OBJECT (cell), "regie-time");

      if (time != NULL)
        *time = loaded ? regie_record_get_int (record, field->name) : 0;
      regie_text_cell_set_text (REGIE_TEXT_CELL (cell), text);
    }
}

const char *
regie_cell_describe_pending (RegieRecord *record)
{
  const char *pending = regie_record_is_loaded (record) ? regie_record_get_pending (record) : NULL;

  if (pending == NULL || *pending == '\0')
    return NULL;
  if (g_str_equal (pending, "failed"))
    return _ ("A change was refused");
  if (g_str_equal (pending, "conflict"))
    return _ ("Changed elsewhere as well");
  if (g_str_equal (pending, "unknown"))
    return _ ("It is not known whether a change arrived");

  return _ ("A change waits to be sent");
}

const char *
regie_cell_get_title (RegieRecord *record)
{
  const RegieKind *kind = regie_record_get_kind (record);
  const char *title = regie_record_get_title (record);
  const char *word = NULL;

  /* Most kinds have names, and rows are bound while one scrolls. */
  if (title != NULL && kind->title_field != NULL && g_str_equal (kind->title_field, "action"))
    word = regie_format_journal_word (regie_kind_find_field (kind, "action"), title);

  return word != NULL ? word : title;
}

void
regie_title_cell_show (GtkWidget *cell, RegieRecord *record, gboolean with_connection)
{
  GtkWidget *mark = gtk_widget_get_first_child (cell);
  GtkWidget *name = gtk_widget_get_next_sibling (mark);
  GtkWidget *pending = gtk_widget_get_next_sibling (name);
  const char *waits = regie_cell_describe_pending (record);
  gboolean loaded = regie_record_is_loaded (record);

  gtk_widget_set_visible (mark, with_connection);
  regie_connection_mark_set_connection (
      REGIE_CONNECTION_MARK (mark), with_connection && loaded ? regie_record_get_connection (record) : NULL);
  regie_text_cell_set_text (REGIE_TEXT_CELL (name), loaded ? regie_cell_get_title (record) : "");
  gtk_widget_set_visible (pending, waits != NULL);
  /* Setting it asks the display server where the pointer is and waits for the answer, changed or not. */
  if (g_strcmp0 (gtk_widget_get_tooltip_text (pending), waits) != 0)
    gtk_widget_set_tooltip_text (pending, waits);
}

void
regie_title_cell_set_title (GtkWidget *cell, const char *title)
{
  GtkWidget *mark = gtk_widget_get_first_child (cell);

  regie_text_cell_set_text (REGIE_TEXT_CELL (gtk_widget_get_next_sibling (mark)), title);
}
