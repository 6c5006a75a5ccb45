/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-table-private.h"

#include <glib/gi18n.h>

#include "regie-announce.h"
#include "regie-filter-popover.h"
#include "regie-format.h"
#include "regie-json.h"
#include "regie-text-safe.h"
#include "regie-text.h"

/* A spinner that shows for less is only flicker. */
#define SPINNER_AFTER_MS 300

/* --- building the query --- */

gboolean
regie_table_is_filtered (RegieTable *self)
{
  return self->filters->filters->len > 0 || self->words != NULL;
}

static RegieQuery *
build_query (RegieTable *self)
{
  RegieQuery *query = self->base != NULL ? regie_query_copy (self->base) : regie_query_new (self->kind);

  regie_filter_set_apply (self->filters, query);
  if (self->words != NULL)
    regie_query_search (query, self->words);
  if (self->sort != NULL)
    regie_query_sort (query, self->sort, self->descending);

  return query;
}

void
regie_table_update_query (RegieTable *self)
{
  g_autoptr (RegieQuery) query = NULL;

  if (self->settings_frozen > 0)
    return;
  query = build_query (self);
  if (self->query != NULL && regie_query_equal (query, self->query))
    return;

  g_clear_pointer (&self->query, regie_query_free);
  self->query = g_steal_pointer (&query);
  if (self->list != NULL)
    regie_list_set_query (self->list, self->query);
  self->announce = regie_table_is_filtered (self);
  regie_table_show_sort (self);
  regie_table_update_state (self);
  regie_table_queue_save (self);
  regie_table_emit_query_changed (self);
}

void
regie_table_set_base_query (RegieTable *self, const RegieQuery *query)
{
  g_return_if_fail (REGIE_IS_TABLE (self));
  g_return_if_fail (query == NULL || regie_query_get_kind (query) == self->kind);

  g_clear_pointer (&self->base, regie_query_free);
  self->base = query != NULL ? regie_query_copy (query) : NULL;
  if (!self->ready)
    regie_table_reset_columns (self);
  regie_table_update_query (self);
}

const RegieQuery *
regie_table_get_query (RegieTable *self)
{
  g_return_val_if_fail (REGIE_IS_TABLE (self), NULL);

  return self->query;
}

void
regie_table_set_filter (RegieTable *self, const char *name, const char *const *values)
{
  const RegieField *field;

  g_return_if_fail (REGIE_IS_TABLE (self));
  field = regie_kind_find_field (self->kind, name);
  g_return_if_fail (field != NULL && regie_filter_is_possible (field));

  if (!regie_filter_set_put (self->filters, field, values))
    return;
  regie_table_update_chips (self);
  regie_table_update_query (self);
}

void
regie_table_clear_filters (RegieTable *self)
{
  g_return_if_fail (REGIE_IS_TABLE (self));

  self->settings_frozen++;
  regie_filter_set_clear (self->filters);
  regie_table_set_words (self, NULL);
  self->settings_frozen--;
  regie_table_update_chips (self);
  regie_table_update_query (self);
}

void
regie_table_set_words (RegieTable *self, const char *words)
{
  g_return_if_fail (REGIE_IS_TABLE (self));

  if (words != NULL && *words == '\0')
    words = NULL;
  if (!g_set_str (&self->words, words))
    return;
  if (g_strcmp0 (gtk_editable_get_text (GTK_EDITABLE (self->search)), words != NULL ? words : "") != 0)
    gtk_editable_set_text (GTK_EDITABLE (self->search), words != NULL ? words : "");
  regie_table_update_query (self);
}

static void
on_search_changed (RegieTable *self)
{
  g_autofree char *words = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->search))));

  /* A space behind the last word asks for nothing else. */
  regie_table_set_words (self, words);
}

static void
on_stop_search (RegieTable *self)
{
  gtk_editable_set_text (GTK_EDITABLE (self->search), "");
  regie_table_set_words (self, NULL);
  regie_table_focus_rows (self);
}

/* --- the order, from the header --- */

static void
on_sorter_changed (RegieTable *self, GtkSorterChange change, GtkSorter *sorter)
{
  GtkColumnViewColumn *view =
      gtk_column_view_sorter_get_primary_sort_column (GTK_COLUMN_VIEW_SORTER (sorter));
  GtkSortType order = gtk_column_view_sorter_get_primary_sort_order (GTK_COLUMN_VIEW_SORTER (sorter));
  RegieColumn *column;

  if (self->settings_frozen > 0 || view == NULL)
    return;
  column = regie_table_find_column (self, gtk_column_view_column_get_id (view));
  if (column == NULL || column->sort_field == NULL)
    return;
  g_set_str (&self->sort, column->sort_field);
  self->descending = order == GTK_SORT_DESCENDING;
  regie_table_update_query (self);
}

/* --- filters that are on --- */

char *
regie_table_describe_filter (RegieTable *self, const RegieFilter *filter)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < filter->values->len; i++)
    {
      const char *value = g_ptr_array_index (filter->values, i);
      const RegieEnumValue *known =
          filter->field->type == REGIE_FIELD_ENUM ? regie_field_find_value (filter->field, value) : NULL;
      const char *shown = value;

      if (*value == '\0')
        shown = _ ("None");
      else if (known != NULL)
        shown = regie_format_label (known->label);
      else if (filter->field->type == REGIE_FIELD_BOOL)
        shown = g_str_equal (value, "1") ? _ ("Yes") : _ ("No");
      else if (filter->field->type == REGIE_FIELD_REF)
        shown = regie_ref_titles_lookup (self->titles, NULL, regie_kind_get (filter->field->ref), value);
      g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", shown != NULL ? shown : "…");
    }

  /* Translators: a filter that is on: the name of the field and the values that are shown */
  return g_strdup_printf (_ ("%s: %s"), regie_format_label (filter->field->label), text->str);
}

static void
on_chip_clicked (GtkButton *chip, RegieTable *self)
{
  regie_table_set_filter (self, g_object_get_data (G_OBJECT (chip), "regie-field"), NULL);
}

static GtkWidget *
create_chip (RegieTable *self, const RegieFilter *filter)
{
  GtkWidget *chip = gtk_button_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *label = gtk_label_new (NULL);
  g_autofree char *text = regie_table_describe_filter (self, filter);
  g_autofree char *visible = regie_text_visible (text, FALSE);
  g_autofree char *name = NULL;

  /* Translators: a button that takes a filter away, as "Remove the filter State: Failing" */
  name = g_strdup_printf (_ ("Remove the filter %s"), visible);
  gtk_label_set_text (GTK_LABEL (label), visible);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 40);
  gtk_box_append (GTK_BOX (box), label);
  gtk_box_append (GTK_BOX (box), gtk_image_new_from_icon_name ("window-close-symbolic"));
  gtk_button_set_child (GTK_BUTTON (chip), box);
  gtk_widget_add_css_class (chip, "pill");
  gtk_widget_add_css_class (chip, "regie-chip");
  gtk_widget_set_tooltip_text (chip, name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (chip), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  g_object_set_data (G_OBJECT (chip), "regie-field", (gpointer) filter->field->name);
  g_signal_connect_object (chip, "clicked", G_CALLBACK (on_chip_clicked), self, G_CONNECT_DEFAULT);

  return chip;
}

void
regie_table_update_chips (RegieTable *self)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->chips))) != NULL)
    adw_wrap_box_remove (self->chips, child);
  for (guint i = 0; i < self->filters->filters->len; i++)
    adw_wrap_box_append (self->chips, create_chip (self, g_ptr_array_index (self->filters->filters, i)));
  gtk_widget_set_visible (GTK_WIDGET (self->chips), self->filters->filters->len > 0);
}

static void
on_titles_changed (RegieTable *self)
{
  regie_table_refresh_bound (self);
  regie_table_update_chips (self);
}

static void
on_filter_toggled (RegieTable *self, const char *name, const char *value, gboolean on)
{
  const RegieField *field = regie_kind_find_field (self->kind, name);

  if (!regie_filter_set_toggle (self->filters, field, value, on))
    return;
  regie_table_update_chips (self);
  regie_table_update_query (self);
}

/* The content is made when it opens: it follows the base query and the filters of that moment. */
static void
create_filter_popover (GtkMenuButton *button, gpointer data)
{
  RegieTable *self = data;
  GtkWidget *popover = regie_filter_popover_new (self->store, self->kind, self->base, self->filters);

  g_signal_connect_object (popover, "toggled", G_CALLBACK (on_filter_toggled), self, G_CONNECT_SWAPPED);
  gtk_menu_button_set_popover (button, popover);
}

/* --- what is seen --- */

static void
set_page (RegieTable *self, const char *name)
{
  if (!g_str_equal (name, "loading"))
    g_clear_handle_id (&self->loading_source, g_source_remove);
  gtk_stack_set_visible_child_name (self->stack, name);
}

static gboolean
show_spinner (gpointer data)
{
  RegieTable *self = data;

  self->loading_source = 0;
  gtk_stack_set_visible_child_name (self->stack, "loading");

  return G_SOURCE_REMOVE;
}

static void
update_count (RegieTable *self, guint n)
{
  g_autofree char *number = regie_format_count (n);
  g_autofree char *text = NULL;

  /* Translators: how many rows a table has: a number and the name of what it lists, as "12 Digital Humans" */
  text = g_strdup_printf (_ ("%s %s"), number,
                          regie_format_label (n == 1 ? self->kind->label : self->kind->plural));
  gtk_label_set_text (self->count_label, n > 0 ? text : "");
  if (self->announce && !regie_list_get_loading (self->list))
    {
      self->announce = FALSE;
      regie_announce (GTK_WIDGET (self), text);
    }
}

static void
show_error (RegieTable *self, const char *message, guint n)
{
  gboolean failed = message != NULL;

  adw_banner_set_revealed (self->banner, failed && n > 0);
  if (!failed)
    return;
  regie_banner_set_safe_title (self->banner, _ ("The list could not be brought up to date"));
  regie_widget_set_safe_tooltip (GTK_WIDGET (self->banner), message);
  regie_status_page_set_safe_description (self->error_page, message);
}

void
regie_table_update_state (RegieTable *self)
{
  guint n = self->list != NULL ? g_list_model_get_n_items (G_LIST_MODEL (self->list)) : 0;
  const char *message = self->list != NULL ? regie_list_get_error_message (self->list) : NULL;

  if (self->list == NULL)
    return;
  /* Rows are told step by step at first: how many there are is known at the end. */
  if (n == 0 || !regie_list_get_loading (self->list))
    update_count (self, n);
  show_error (self, message, n);
  if (n > 0)
    set_page (self, self->narrow ? "rows" : "columns");
  else if (message != NULL)
    set_page (self, "error");
  else if (!regie_list_get_loading (self->list))
    set_page (self, regie_table_is_filtered (self) ? "no-match" : "empty");
  else if (self->loading_source == 0 &&
           !g_str_equal (gtk_stack_get_visible_child_name (self->stack), "loading"))
    self->loading_source = g_timeout_add (SPINNER_AFTER_MS, show_spinner, self);
}

void
regie_table_update_selection_bar (RegieTable *self)
{
  guint64 n = regie_selection_get_n_selected (self->selection);
  g_autofree char *number = regie_format_count (n);
  g_autofree char *text = NULL;

  /* Translators: %s is a number of rows */
  text = g_strdup_printf (ngettext ("%s selected", "%s selected", n), number);
  if (n > 0)
    gtk_label_set_text (self->selection_label, text);
  gtk_action_bar_set_revealed (
      self->selection_bar,
      n > 0 && gtk_widget_get_first_child (GTK_WIDGET (self->selection_actions)) != NULL);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "table.select-none", n > 0);
}

static void
on_banner_clicked (RegieTable *self)
{
  if (self->list != NULL)
    regie_list_set_query (self->list, self->query);
}

/* --- settings: filters, order, columns, words --- */

JsonObject *
regie_table_dup_settings (RegieTable *self, gboolean with_words)
{
  g_autoptr (RegieQuery) query = regie_query_new (self->kind);

  regie_filter_set_apply (self->filters, query);
  if (with_words && self->words != NULL)
    regie_query_search (query, self->words);
  if (self->sort != NULL)
    regie_query_sort (query, self->sort, self->descending);

  return regie_json_object_new ("query", 'o', regie_query_to_json (query), "columns", 'a',
                                regie_table_columns_to_json (self), NULL);
}

void
regie_table_apply_settings (RegieTable *self, JsonObject *settings, gboolean with_words)
{
  JsonObject *query_json = regie_json_get_object (settings, "query");
  JsonArray *columns = regie_json_get_array (settings, "columns");
  g_autoptr (RegieQuery) query = query_json != NULL ? regie_query_from_json (query_json, NULL) : NULL;

  self->settings_frozen++;
  if (columns != NULL)
    regie_table_columns_from_json (self, columns);
  /* One of another kind, or with fields that are gone, is not taken half. */
  if (query != NULL && regie_query_get_kind (query) == self->kind)
    {
      regie_filter_set_read (self->filters, query);
      g_set_str (&self->sort, regie_query_get_sort (query, &self->descending));
      if (with_words)
        regie_table_set_words (self, regie_query_get_words (query));
    }
  self->settings_frozen--;
  regie_table_update_chips (self);
  regie_table_update_query (self);
}

static gboolean
on_search_down (GtkWidget *search, GVariant *args, gpointer data)
{
  regie_table_focus_rows (REGIE_TABLE (gtk_widget_get_ancestor (search, REGIE_TYPE_TABLE)));

  return GDK_EVENT_STOP;
}

static void
add_search_keys (RegieTable *self)
{
  GtkEventController *keys = gtk_shortcut_controller_new ();

  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  gtk_shortcut_controller_add_shortcut (
      GTK_SHORTCUT_CONTROLLER (keys),
      gtk_shortcut_new (gtk_shortcut_trigger_parse_string ("Down|KP_Down"),
                        gtk_callback_action_new (on_search_down, NULL, NULL)));
  gtk_widget_add_controller (GTK_WIDGET (self->search), keys);
}

void
regie_table_query_init (RegieTable *self)
{
  add_search_keys (self);
  /* The list drops what was overtaken by itself. */
  gtk_search_entry_set_search_delay (self->search, 0);
  g_signal_connect_object (self->search, "search-changed", G_CALLBACK (on_search_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->search, "activate", G_CALLBACK (regie_table_focus_rows), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->search, "stop-search", G_CALLBACK (on_stop_search), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (gtk_column_view_get_sorter (self->column_view), "changed",
                           G_CALLBACK (on_sorter_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->titles, "changed", G_CALLBACK (on_titles_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->banner, "button-clicked", G_CALLBACK (on_banner_clicked), self,
                           G_CONNECT_SWAPPED);
  gtk_menu_button_set_create_popup_func (self->filter_button, create_filter_popover, self, NULL);
}
