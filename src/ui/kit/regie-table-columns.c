/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-table-private.h"

#include <glib/gi18n.h>

#include "regie-cell.h"
#include "regie-connection-mark.h"
#include "regie-format.h"
#include "regie-json.h"
#include "regie-text-cell.h"

G_DEFINE_FINAL_TYPE (RegieColumn, regie_column, G_TYPE_OBJECT)

static void
regie_column_dispose (GObject *object)
{
  RegieColumn *self = REGIE_COLUMN (object);

  if (self->own.destroy != NULL)
    self->own.destroy (self->own.data);
  self->own.destroy = NULL;
  g_clear_weak_pointer (&self->table);
  g_clear_object (&self->view);
  g_clear_pointer (&self->id, g_free);
  g_clear_pointer (&self->title, g_free);
  g_clear_pointer (&self->sort_field, g_free);
  G_OBJECT_CLASS (regie_column_parent_class)->dispose (object);
}

static void
regie_column_class_init (RegieColumnClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = regie_column_dispose;
}

static void
regie_column_init (RegieColumn *self)
{
}

/* --- cells --- */

static void
show_cell (RegieTable *self, gpointer target, RegieColumn *column, RegieRecord *record)
{
  GtkWidget *cell = target;

  if (column->is_title)
    regie_title_cell_show (cell, record, self->show_connection);
  else if (column->field != NULL)
    regie_cell_show (cell, column->field, record, self->titles);
  else if (regie_record_is_loaded (record))
    column->own.update (cell, record, column->own.data);
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkColumnViewCell *cell, RegieColumn *column)
{
  GtkWidget *child;

  if (column->is_title)
    child = regie_title_cell_new ();
  else if (column->field != NULL)
    child = regie_cell_new (column->field);
  else
    child = column->own.create (column->table, column->own.data);
  g_object_set_data (G_OBJECT (child), "regie-item", cell);
  gtk_column_view_cell_set_child (cell, child);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkColumnViewCell *cell, RegieColumn *column)
{
  if (column->table != NULL)
    regie_table_bind (column->table, gtk_column_view_cell_get_item (cell),
                      gtk_column_view_cell_get_child (cell), column, show_cell);
}

static void
on_unbind (GtkSignalListItemFactory *factory, GtkColumnViewCell *cell, RegieColumn *column)
{
  if (column->table != NULL)
    regie_table_unbind (column->table, gtk_column_view_cell_get_item (cell),
                        gtk_column_view_cell_get_child (cell));
}

/* A screen reader says the name of the row, not only the cell. */
static void
show_row (RegieTable *self, gpointer target, RegieColumn *column, RegieRecord *record)
{
  gtk_column_view_row_set_accessible_label (
      target, regie_record_is_loaded (record) ? regie_cell_get_title (record) : "");
}

static void
on_bind_row (RegieTable *self, GtkColumnViewRow *row)
{
  regie_table_bind (self, gtk_column_view_row_get_item (row), row, NULL, show_row);
}

static void
on_unbind_row (RegieTable *self, GtkColumnViewRow *row)
{
  regie_table_unbind (self, gtk_column_view_row_get_item (row), row);
}

/* --- making --- */

static GtkListItemFactory *
create_factory (RegieColumn *column)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  g_signal_connect_object (factory, "setup", G_CALLBACK (on_setup), column, G_CONNECT_DEFAULT);
  g_signal_connect_object (factory, "bind", G_CALLBACK (on_bind), column, G_CONNECT_DEFAULT);
  g_signal_connect_object (factory, "unbind", G_CALLBACK (on_unbind), column, G_CONNECT_DEFAULT);

  return factory;
}

static gboolean
is_numeric_title (RegieTable *self, const char *title)
{
  for (guint i = 0; i < self->columns->len; i++)
    {
      RegieColumn *column = g_ptr_array_index (self->columns, i);

      if (column->numeric && g_strcmp0 (column->title, title) == 0)
        return TRUE;
    }

  return FALSE;
}

/* GTK has no way to say it: the labels are looked for by what they say. The arrow goes before the label, so
 * that the label ends where the numbers do. */
static void
align_titles (RegieTable *self, GtkWidget *widget)
{
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *arrow = gtk_widget_get_next_sibling (child);

      if (!GTK_IS_LABEL (child))
        align_titles (self, child);
      else if (is_numeric_title (self, gtk_label_get_text (GTK_LABEL (child))))
        {
          gtk_widget_set_hexpand (child, TRUE);
          gtk_widget_set_halign (child, GTK_ALIGN_END);
          if (arrow != NULL && GTK_IS_BOX (widget))
            gtk_box_reorder_child_after (GTK_BOX (widget), arrow, NULL);
        }
    }
}

void
regie_table_align_headers (RegieTable *self)
{
  GtkWidget *header;

  /* Columns also go when the table does. */
  if (self->column_view == NULL)
    return;
  header = gtk_widget_get_first_child (GTK_WIDGET (self->column_view));
  if (header != NULL && g_str_equal (gtk_widget_get_css_name (header), "header"))
    align_titles (self, header);
}

static void
on_column_notify (RegieTable *self)
{
  regie_table_align_headers (self);
  regie_table_queue_save (self);
}

static void
create_view (RegieTable *self, RegieColumn *column, gboolean expand, int width)
{
  g_autoptr (GtkListItemFactory) factory = create_factory (column);

  column->view = gtk_column_view_column_new (column->title, g_object_ref (factory));
  gtk_column_view_column_set_id (column->view, column->id);
  gtk_column_view_column_set_resizable (column->view, TRUE);
  gtk_column_view_column_set_expand (column->view, expand);
  gtk_column_view_column_set_visible (column->view, column->shown);
  if (width > 0)
    gtk_column_view_column_set_fixed_width (column->view, width);
  if (column->sort_field != NULL)
    {
      /* Sorts nothing: it makes the header one to click, the store does the sorting. */
      g_autoptr (GtkSorter) sorter = GTK_SORTER (gtk_custom_sorter_new (NULL, NULL, NULL));

      gtk_column_view_column_set_sorter (column->view, sorter);
    }
  g_signal_connect_object (column->view, "notify::visible", G_CALLBACK (on_column_notify), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (column->view, "notify::fixed-width", G_CALLBACK (on_column_notify), self,
                           G_CONNECT_SWAPPED);
}

static RegieColumn *
create_column (RegieTable *self, const char *id, const char *title)
{
  RegieColumn *column = g_object_new (REGIE_TYPE_COLUMN, NULL);

  g_set_weak_pointer (&column->table, self);
  column->id = g_strdup (id);
  column->title = g_strdup (title);

  return column;
}

static void
insert_column (RegieTable *self, RegieColumn *column, guint at)
{
  g_ptr_array_insert (self->columns, at, column);
  gtk_column_view_insert_column (self->column_view, at, column->view);
}

static RegieColumn *
create_field_column (RegieTable *self, const RegieField *field)
{
  RegieColumn *column = create_column (self, field->name, regie_format_label (field->label));

  column->field = field;
  column->is_title = g_strcmp0 (field->name, self->kind->title_field) == 0;
  column->numeric = regie_format_is_numeric (field);
  column->shown = (field->flags & REGIE_FIELD_COLUMN) != 0;
  if ((field->flags & REGIE_FIELD_INDEXED) && field->type != REGIE_FIELD_REF)
    column->sort_field = g_strdup (field->name);
  create_view (self, column, column->is_title || field->type == REGIE_FIELD_MULTILINE, 0);

  return column;
}

static GtkWidget *
create_connection_cell (RegieTable *table, gpointer data)
{
  return regie_text_cell_new (8, 14, 0);
}

static void
show_connection_cell (GtkWidget *cell, RegieRecord *record, gpointer data)
{
  const char *connection = regie_record_get_connection (record);

  regie_text_cell_set_text (REGIE_TEXT_CELL (cell),
                            connection != NULL ? regie_connection_mark_get_title (connection) : "");
}

/* The title first, then its state, then the rest as the kind has them. */
static guint
rank (RegieTable *self, const RegieField *field)
{
  if (g_strcmp0 (field->name, self->kind->title_field) == 0)
    return 0;

  return g_str_equal (field->name, "state") ? 1 : 2;
}

void
regie_table_make_columns (RegieTable *self)
{
  const RegieTableColumn connection = { .id = "connection",
                                        .title = _ ("Connection"),
                                        .sort_field = "connection",
                                        .hidden = TRUE,
                                        .create = create_connection_cell,
                                        .update = show_connection_cell };
  GtkListItemFactory *rows = gtk_signal_list_item_factory_new ();

  for (guint pass = 0; pass < 3; pass++)
    {
      for (guint i = 0; i < self->kind->n_fields; i++)
        {
          const RegieField *field = &self->kind->fields[i];

          if (!(field->flags & REGIE_FIELD_HIDDEN) && field->type != REGIE_FIELD_JSON &&
              rank (self, field) == pass)
            insert_column (self, create_field_column (self, field), self->columns->len);
        }
    }
  regie_table_add_column (self, &connection, NULL);

  g_signal_connect_object (rows, "bind", G_CALLBACK (on_bind_row), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (rows, "unbind", G_CALLBACK (on_unbind_row), self, G_CONNECT_SWAPPED);
  gtk_column_view_set_row_factory (self->column_view, rows);
  g_object_unref (rows);
  g_signal_connect_object (gtk_column_view_get_columns (self->column_view), "items-changed",
                           G_CALLBACK (on_column_notify), self, G_CONNECT_SWAPPED);
}

RegieColumn *
regie_table_find_column (RegieTable *self, const char *id)
{
  for (guint i = 0; i < self->columns->len; i++)
    {
      RegieColumn *column = g_ptr_array_index (self->columns, i);

      if (g_strcmp0 (column->id, id) == 0)
        return column;
    }

  return NULL;
}

void
regie_table_add_column (RegieTable *self, const RegieTableColumn *given, const char *after)
{
  RegieColumn *column, *old;
  guint at;

  g_return_if_fail (REGIE_IS_TABLE (self));
  g_return_if_fail (given->id != NULL && given->create != NULL && given->update != NULL);

  self->settings_frozen++;
  column = create_column (self, given->id, given->title);
  column->own = *given;
  column->numeric = given->numeric;
  column->shown = !given->hidden;
  column->sort_field = g_strdup (given->sort_field);
  create_view (self, column, given->expand, given->width);

  at = self->columns->len;
  old = regie_table_find_column (self, given->id);
  if (old != NULL)
    {
      g_ptr_array_find (self->columns, old, &at);
      gtk_column_view_remove_column (self->column_view, old->view);
      g_ptr_array_remove_index (self->columns, at);
    }
  else if (after != NULL && (old = regie_table_find_column (self, after)) != NULL)
    {
      g_ptr_array_find (self->columns, old, &at);
      at++;
    }
  insert_column (self, column, at);
  self->settings_frozen--;
}

void
regie_table_set_default_columns (RegieTable *self, const char *const *ids)
{
  guint at = 0;

  g_return_if_fail (REGIE_IS_TABLE (self));

  for (guint i = 0; i < self->columns->len; i++)
    {
      RegieColumn *column = g_ptr_array_index (self->columns, i);

      column->shown = g_strv_contains (ids, column->id);
    }
  for (guint i = 0; ids[i] != NULL; i++)
    {
      RegieColumn *column = regie_table_find_column (self, ids[i]);
      guint from;

      if (column == NULL)
        {
          g_warning ("%s: no such column", ids[i]);
          continue;
        }
      g_ptr_array_find (self->columns, column, &from);
      g_ptr_array_insert (self->columns, at++, g_ptr_array_steal_index (self->columns, from));
    }
  regie_table_reset_columns (self);
}

void
regie_table_reset_columns (RegieTable *self)
{
  self->settings_frozen++;
  for (guint i = 0; i < self->columns->len; i++)
    {
      RegieColumn *column = g_ptr_array_index (self->columns, i);
      gboolean fixed =
          self->base != NULL && column->field != NULL && regie_query_has_condition (self->base, column->id);

      gtk_column_view_insert_column (self->column_view, i, column->view);
      gtk_column_view_column_set_visible (column->view, column->shown && !fixed);
      gtk_column_view_column_set_fixed_width (column->view, column->own.width > 0 ? column->own.width : -1);
    }
  self->settings_frozen--;
  regie_table_queue_save (self);
}

JsonArray *
regie_table_columns_to_json (RegieTable *self)
{
  GListModel *views = gtk_column_view_get_columns (self->column_view);
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < g_list_model_get_n_items (views); i++)
    {
      g_autoptr (GtkColumnViewColumn) view = g_list_model_get_item (views, i);

      json_array_add_object_element (
          array, regie_json_object_new ("id", 's', gtk_column_view_column_get_id (view), "visible", 'b',
                                        gtk_column_view_column_get_visible (view), "width", 'i',
                                        (gint64) gtk_column_view_column_get_fixed_width (view), NULL));
    }

  return array;
}

void
regie_table_columns_from_json (RegieTable *self, JsonArray *columns)
{
  guint at = 0;

  for (guint i = 0; i < json_array_get_length (columns); i++)
    {
      JsonNode *node = json_array_get_element (columns, i);
      JsonObject *state = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
      RegieColumn *column =
          state != NULL ? regie_table_find_column (self, regie_json_get_text (state, "id", NULL)) : NULL;
      gint64 width;

      /* A column that an older or newer version had. */
      if (column == NULL)
        continue;
      width = regie_json_get_int (state, "width", -1);
      gtk_column_view_insert_column (self->column_view, at++, column->view);
      gtk_column_view_column_set_visible (column->view,
                                          regie_json_get_bool (state, "visible", column->shown));
      gtk_column_view_column_set_fixed_width (column->view, width > 0 ? CLAMP (width, 40, 2000) : -1);
    }
}

void
regie_table_show_sort (RegieTable *self)
{
  gboolean descending;
  const char *field = regie_query_get_sort (self->query, &descending);

  self->settings_frozen++;
  gtk_column_view_sort_by_column (self->column_view, NULL, GTK_SORT_ASCENDING);
  for (guint i = 0; field != NULL && i < self->columns->len; i++)
    {
      RegieColumn *column = g_ptr_array_index (self->columns, i);

      if (g_strcmp0 (column->sort_field, field) == 0)
        {
          gtk_column_view_sort_by_column (self->column_view, column->view,
                                          descending ? GTK_SORT_DESCENDING : GTK_SORT_ASCENDING);
          break;
        }
    }
  self->settings_frozen--;
}
