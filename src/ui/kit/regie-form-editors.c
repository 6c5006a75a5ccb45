/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-form-editors.h"

#include <math.h>
#include <string.h>

#include "regie-format-private.h"
#include "regie-format.h"
#include "regie-json.h"
#include "regie-ref-row.h"
#include "regie-text-row.h"
#include "regie-text-safe.h"
#include "regie-time.h"

static JsonNode *
new_text (const char *text)
{
  return text != NULL && *text != '\0' ? json_node_init_string (json_node_alloc (), text) : NULL;
}

static gboolean
is_none (JsonNode *value)
{
  return value == NULL || JSON_NODE_HOLDS_NULL (value);
}

/* What the value says as text; for values of another type than the field's, too. */
static char *
dup_text (JsonNode *value)
{
  if (is_none (value))
    return g_strdup ("");
  if (JSON_NODE_HOLDS_VALUE (value) && json_node_get_value_type (value) == G_TYPE_STRING)
    return g_strdup (json_node_get_string (value));

  return regie_json_to_string (value);
}

static void
set_title (GtkWidget *row, const RegieField *field, gboolean with_unit)
{
  g_autofree char *title = regie_format_field_title (field, with_unit);

  regie_row_set_safe_title (ADW_PREFERENCES_ROW (row), title);
}

/* --- one line --- */

static GtkWidget *
create_entry (const RegieField *field, RegieStore *store, const char *connection)
{
  GtkWidget *row = adw_entry_row_new ();

  set_title (row, field, FALSE);
  if (field->type == REGIE_FIELD_EMAIL)
    adw_entry_row_set_input_purpose (ADW_ENTRY_ROW (row), GTK_INPUT_PURPOSE_EMAIL);

  return row;
}

static void
set_entry (GtkWidget *row, const RegieField *field, JsonNode *value)
{
  g_autofree char *text = dup_text (value);

  gtk_editable_set_text (GTK_EDITABLE (row), text);
}

static char *
dup_trimmed (GtkWidget *row)
{
  return g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (row))));
}

static JsonNode *
get_entry (GtkWidget *row, const RegieField *field, const char **problem)
{
  g_autofree char *text = dup_trimmed (row);

  return new_text (text);
}

/* "9:30" is meant as "09:30". */
static JsonNode *
get_clock (GtkWidget *row, const RegieField *field, const char **problem)
{
  g_autofree char *text = dup_trimmed (row);
  g_autofree char *padded = g_strconcat ("0", text, NULL);

  return new_text (strlen (text) == 4 && text[1] == ':' ? padded : text);
}

static void
set_time (GtkWidget *row, const RegieField *field, JsonNode *value)
{
  gint64 time = is_none (value) ? 0 : json_node_get_int (value);
  g_autoptr (GDateTime) local = time != 0 ? g_date_time_new_from_unix_local_usec (time) : NULL;
  g_autofree char *text = local != NULL ? g_date_time_format (local, "%Y-%m-%d %H:%M") : g_strdup ("");

  gtk_editable_set_text (GTK_EDITABLE (row), text);
}

static JsonNode *
get_time (GtkWidget *row, const RegieField *field, const char **problem)
{
  g_autofree char *text = dup_trimmed (row);
  g_autoptr (GTimeZone) zone = g_time_zone_new_local ();
  gint64 time;

  if (*text == '\0')
    return NULL;
  if (regie_time_parse (text, zone, &time))
    return json_node_init_int (json_node_alloc (), time);
  *problem = "format";

  return NULL;
}

/* --- several lines --- */

static GtkWidget *
create_text (const RegieField *field, RegieStore *store, const char *connection)
{
  return regie_text_row_new (regie_format_label (field->label), field->type == REGIE_FIELD_JSON);
}

static void
set_text (GtkWidget *row, const RegieField *field, JsonNode *value)
{
  g_autofree char *text = dup_text (value);

  regie_text_row_set_text (REGIE_TEXT_ROW (row), text);
}

static JsonNode *
get_text (GtkWidget *row, const RegieField *field, const char **problem)
{
  g_autofree char *text = regie_text_row_dup_text (REGIE_TEXT_ROW (row));

  return new_text (text);
}

static void
set_list (GtkWidget *row, const RegieField *field, JsonNode *value)
{
  g_autoptr (GString) text = g_string_new (NULL);
  JsonArray *array = !is_none (value) && JSON_NODE_HOLDS_ARRAY (value) ? json_node_get_array (value) : NULL;

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      g_autofree char *item = dup_text (json_array_get_element (array, i));

      g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "", item);
    }
  regie_text_row_set_text (REGIE_TEXT_ROW (row), text->str);
}

static JsonNode *
get_list (GtkWidget *row, const RegieField *field, const char **problem)
{
  g_autofree char *text = regie_text_row_dup_text (REGIE_TEXT_ROW (row));
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (JsonArray) array = json_array_new ();

  for (guint i = 0; lines[i] != NULL; i++)
    {
      if (*g_strstrip (lines[i]) != '\0')
        json_array_add_string_element (array, lines[i]);
    }
  if (json_array_get_length (array) == 0)
    return NULL;

  return json_node_init_array (json_node_alloc (), array);
}

static void
set_json (GtkWidget *row, const RegieField *field, JsonNode *value)
{
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autofree char *text = NULL;

  if (!is_none (value))
    {
      json_generator_set_root (generator, value);
      json_generator_set_pretty (generator, TRUE);
      text = json_generator_to_data (generator, NULL);
    }
  regie_text_row_set_text (REGIE_TEXT_ROW (row), text);
}

static JsonNode *
get_json (GtkWidget *row, const RegieField *field, const char **problem)
{
  g_autofree char *text = g_strstrip (regie_text_row_dup_text (REGIE_TEXT_ROW (row)));
  JsonNode *node;

  if (*text == '\0')
    return NULL;
  node = regie_json_parse (text, -1, NULL);
  if (node == NULL)
    *problem = "type";

  return node;
}

/* --- numbers --- */

/* A spin row has no empty state: as long as nobody turned it, no value stays no value. */
#define UNTOUCHED "regie-untouched"

static double
get_scale (const RegieField *field)
{
  return field->type == REGIE_FIELD_MONEY ? 1e6 : 1;
}

static void
on_number_changed (GtkWidget *row)
{
  g_object_set_data (G_OBJECT (row), UNTOUCHED, NULL);
}

static GtkWidget *
create_number (const RegieField *field, RegieStore *store, const char *connection)
{
  gboolean whole = field->type == REGIE_FIELD_INT || field->type == REGIE_FIELD_DURATION;
  double least = field->has_min ? field->min : field->type == REGIE_FIELD_DURATION ? 0 : -1e12;
  double most = field->has_max ? field->max : 1e12;
  GtkWidget *row = adw_spin_row_new_with_range (least / get_scale (field), most / get_scale (field), 1);

  adw_spin_row_set_digits (ADW_SPIN_ROW (row), whole ? 0 : 2);
  adw_spin_row_set_numeric (ADW_SPIN_ROW (row), TRUE);
  set_title (row, field, TRUE);
  g_signal_connect (row, "notify::value", G_CALLBACK (on_number_changed), NULL);

  return row;
}

static void
set_number (GtkWidget *row, const RegieField *field, JsonNode *value)
{
  double number = is_none (value) ? (field->has_min ? MAX (field->min, 0) : 0) : json_node_get_double (value);

  adw_spin_row_set_value (ADW_SPIN_ROW (row), number / get_scale (field));
  if (is_none (value))
    g_object_set_data (G_OBJECT (row), UNTOUCHED, GINT_TO_POINTER (TRUE));
}

static JsonNode *
get_number (GtkWidget *row, const RegieField *field, const char **problem)
{
  double number = adw_spin_row_get_value (ADW_SPIN_ROW (row)) * get_scale (field);

  if (g_object_get_data (G_OBJECT (row), UNTOUCHED) != NULL)
    return NULL;
  if (field->type == REGIE_FIELD_NUMBER)
    return json_node_init_double (json_node_alloc (), number);

  return json_node_init_int (json_node_alloc (), (gint64) llround (number));
}

/* --- rates --- */

static GtkAdjustment *
get_adjustment (GtkWidget *row)
{
  return gtk_range_get_adjustment (GTK_RANGE (g_object_get_data (G_OBJECT (row), "regie-scale")));
}

static char *
format_rate (GtkScale *scale, double value, gpointer data)
{
  return regie_format_rate (round (value) / 100);
}

/* The scale is what changes; the row passes it on, so that every editor has one signal on its row. */
static void
on_scale_changed (GtkWidget *row)
{
  g_object_notify (G_OBJECT (row), "subtitle");
}

static GtkWidget *
create_rate (const RegieField *field, RegieStore *store, const char *connection)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *scale = gtk_scale_new_with_range (GTK_ORIENTATION_HORIZONTAL, 0, 100, 1);

  set_title (row, field, FALSE);
  gtk_scale_set_draw_value (GTK_SCALE (scale), TRUE);
  gtk_scale_set_value_pos (GTK_SCALE (scale), GTK_POS_LEFT);
  gtk_scale_set_format_value_func (GTK_SCALE (scale), format_rate, NULL, NULL);
  gtk_widget_set_size_request (scale, 180, -1);
  gtk_widget_set_valign (scale, GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (scale), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  regie_format_label (field->label), -1);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), scale);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), scale);
  g_object_set_data (G_OBJECT (row), "regie-scale", scale);
  g_signal_connect_object (gtk_range_get_adjustment (GTK_RANGE (scale)), "value-changed",
                           G_CALLBACK (on_scale_changed), row, G_CONNECT_SWAPPED);

  return row;
}

static void
set_rate (GtkWidget *row, const RegieField *field, JsonNode *value)
{
  gtk_adjustment_set_value (get_adjustment (row), is_none (value) ? 0 : json_node_get_double (value) * 100);
}

static JsonNode *
get_rate (GtkWidget *row, const RegieField *field, const char **problem)
{
  return json_node_init_double (json_node_alloc (),
                                round (gtk_adjustment_get_value (get_adjustment (row))) / 100);
}

/* --- yes or no --- */

static GtkWidget *
create_switch (const RegieField *field, RegieStore *store, const char *connection)
{
  GtkWidget *row = adw_switch_row_new ();

  set_title (row, field, FALSE);

  return row;
}

static void
set_switch (GtkWidget *row, const RegieField *field, JsonNode *value)
{
  adw_switch_row_set_active (ADW_SWITCH_ROW (row), !is_none (value) && json_node_get_boolean (value));
}

static JsonNode *
get_switch (GtkWidget *row, const RegieField *field, const char **problem)
{
  return json_node_init_boolean (json_node_alloc (), adw_switch_row_get_active (ADW_SWITCH_ROW (row)));
}

/* --- refs --- */

static GtkWidget *
create_ref (const RegieField *field, RegieStore *store, const char *connection)
{
  GtkWidget *row = regie_ref_row_new (store, regie_kind_get (field->ref), connection,
                                      !(field->flags & REGIE_FIELD_REQUIRED));

  set_title (row, field, FALSE);

  return row;
}

static void
set_ref (GtkWidget *row, const RegieField *field, JsonNode *value)
{
  g_autofree char *text = dup_text (value);

  regie_ref_row_set_value (REGIE_REF_ROW (row), text);
}

static JsonNode *
get_ref (GtkWidget *row, const RegieField *field, const char **problem)
{
  return new_text (regie_ref_row_get_value (REGIE_REF_ROW (row)));
}

static const RegieEditor entry_editor = { create_entry, "changed", set_entry, get_entry };
static const RegieEditor clock_editor = { create_entry, "changed", set_entry, get_clock };
static const RegieEditor time_editor = { create_entry, "changed", set_time, get_time };
static const RegieEditor text_editor = { create_text, "notify::text", set_text, get_text };
static const RegieEditor list_editor = { create_text, "notify::text", set_list, get_list };
static const RegieEditor json_editor = { create_text, "notify::text", set_json, get_json };
static const RegieEditor number_editor = { create_number, "notify::value", set_number, get_number };
static const RegieEditor rate_editor = { create_rate, "notify::subtitle", set_rate, get_rate };
static const RegieEditor switch_editor = { create_switch, "notify::active", set_switch, get_switch };
static const RegieEditor ref_editor = { create_ref, "notify::value", set_ref, get_ref };

const RegieEditor *
regie_editor_get (const RegieField *field)
{
  switch (field->type)
    {
    case REGIE_FIELD_MULTILINE:
      return &text_editor;
    case REGIE_FIELD_INT:
    case REGIE_FIELD_NUMBER:
    case REGIE_FIELD_DURATION:
    case REGIE_FIELD_MONEY:
      return &number_editor;
    case REGIE_FIELD_RATE:
      return &rate_editor;
    case REGIE_FIELD_BOOL:
      return &switch_editor;
    case REGIE_FIELD_ENUM:
    case REGIE_FIELD_LANGUAGE:
    case REGIE_FIELD_ZONE:
      return regie_choice_editor_get ();
    case REGIE_FIELD_CLOCK:
      return &clock_editor;
    case REGIE_FIELD_TIME:
      return &time_editor;
    case REGIE_FIELD_REF:
      return &ref_editor;
    case REGIE_FIELD_LIST:
      return &list_editor;
    case REGIE_FIELD_SERIES:
    case REGIE_FIELD_JSON:
      return &json_editor;
    default:
      return &entry_editor;
    }
}

GtkWidget *
regie_editor_get_focus (GtkWidget *row)
{
  if (REGIE_IS_TEXT_ROW (row))
    return regie_text_row_get_view (REGIE_TEXT_ROW (row));
  if (GTK_IS_EDITABLE (row))
    {
      GtkEditable *delegate = gtk_editable_get_delegate (GTK_EDITABLE (row));

      return delegate != NULL ? GTK_WIDGET (delegate) : row;
    }

  return row;
}
