/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-table-private.h"

#include "regie-cell.h"
#include "regie-status-label.h"
#include "regie-text-safe.h"

/* --- rows of two lines --- */

typedef struct
{
  GtkWidget *title;  /* a title cell */
  GtkWidget *detail; /* one line */
  GtkWidget *status; /* NULL without */
} Row;

static Row *
get_row (GtkListItem *item)
{
  return g_object_get_data (G_OBJECT (gtk_list_item_get_child (item)), "regie-row");
}

static char *
join_details (RegieTable *self, RegieRecord *record)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < self->narrow_details->len; i++)
    {
      const RegieField *field = g_ptr_array_index (self->narrow_details, i);
      g_autofree char *one = regie_cell_format (field, record, self->titles);

      if (*one != '\0')
        g_string_append_printf (text, "%s%s", text->len > 0 ? " · " : "", one);
    }

  return g_strdup (text->str);
}

static void
show_row (RegieTable *self, gpointer target, RegieColumn *column, RegieRecord *record)
{
  GtkListItem *item = target;
  Row *row = get_row (item);
  g_autofree char *details = join_details (self, record);
  gboolean loaded = regie_record_is_loaded (record);

  regie_title_cell_show (row->title, record, self->show_connection);
  if (self->narrow_title != NULL && loaded)
    {
      g_autofree char *title = regie_cell_format (self->narrow_title, record, self->titles);

      if (*title != '\0')
        regie_title_cell_set_title (row->title, title);
    }
  gtk_widget_set_margin_start (row->detail, self->show_connection ? 12 : 0);
  regie_inscription_set_safe_text (GTK_INSCRIPTION (row->detail), details);
  if (row->status != NULL)
    regie_status_label_set_value (REGIE_STATUS_LABEL (row->status), self->narrow_status,
                                  loaded ? regie_record_get_text (record, self->narrow_status->name) : NULL);
  gtk_list_item_set_accessible_label (item, loaded ? regie_cell_get_title (record) : "");
  gtk_list_item_set_accessible_description (item, details);
}

static void
on_setup (RegieTable *self, GtkListItem *item)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *lines = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);
  Row *row = g_new0 (Row, 1);

  row->title = regie_title_cell_new ();
  row->detail = gtk_inscription_new (NULL);
  gtk_inscription_set_min_chars (GTK_INSCRIPTION (row->detail), 8);
  gtk_inscription_set_text_overflow (GTK_INSCRIPTION (row->detail), GTK_INSCRIPTION_OVERFLOW_ELLIPSIZE_END);
  gtk_widget_add_css_class (row->detail, "dimmed");
  gtk_widget_add_css_class (row->detail, "caption");
  gtk_box_append (GTK_BOX (lines), row->title);
  gtk_box_append (GTK_BOX (lines), row->detail);
  gtk_widget_set_hexpand (lines, TRUE);
  gtk_box_append (GTK_BOX (box), lines);
  if (self->narrow_status != NULL)
    {
      row->status = regie_status_label_new ();
      gtk_box_append (GTK_BOX (box), row->status);
    }
  gtk_widget_add_css_class (box, "regie-narrow-row");
  g_object_set_data_full (G_OBJECT (box), "regie-row", row, g_free);
  g_object_set_data (G_OBJECT (box), "regie-item", item);
  gtk_list_item_set_child (item, box);
}

static void
on_bind (RegieTable *self, GtkListItem *item)
{
  regie_table_bind (self, gtk_list_item_get_item (item), item, NULL, show_row);
}

static void
on_unbind (RegieTable *self, GtkListItem *item)
{
  regie_table_unbind (self, gtk_list_item_get_item (item), item);
}

/* --- taps --- */

static void
toggle (RegieTable *self, guint position)
{
  GtkSelectionModel *model = GTK_SELECTION_MODEL (self->selection);

  if (gtk_selection_model_is_selected (model, position))
    gtk_selection_model_unselect_item (model, position);
  else
    gtk_selection_model_select_item (model, position, FALSE);
  self->selecting = regie_selection_get_n_selected (self->selection) > 0;
}

/* GTK's own rows select on a click; here one tap opens, as on a phone, and selecting starts by a long
 * press. With a modifier it stays GTK's. */
static void
on_released (GtkGestureClick *gesture, int n_press, double x, double y, RegieTable *self)
{
  GdkModifierType modifiers = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture));
  guint position = regie_table_pick (self, GTK_WIDGET (self->list_view), x, y);

  if (position == GTK_INVALID_LIST_POSITION || (modifiers & (GDK_CONTROL_MASK | GDK_SHIFT_MASK)))
    return;
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  if (self->selecting)
    toggle (self, position);
  else if (n_press == 1)
    regie_table_emit_open (self, position);
}

static void
on_long_press (GtkGestureLongPress *gesture, double x, double y, RegieTable *self)
{
  guint position = regie_table_pick (self, GTK_WIDGET (self->list_view), x, y);

  if (position == GTK_INVALID_LIST_POSITION)
    return;
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  toggle (self, position);
}

static void
add_gestures (RegieTable *self)
{
  GtkGesture *click = gtk_gesture_click_new ();
  GtkGesture *press = gtk_gesture_long_press_new ();

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_PRIMARY);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (click), GTK_PHASE_CAPTURE);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (press), GTK_PHASE_CAPTURE);
  g_signal_connect_object (click, "released", G_CALLBACK (on_released), self, G_CONNECT_DEFAULT);
  g_signal_connect_object (press, "pressed", G_CALLBACK (on_long_press), self, G_CONNECT_DEFAULT);
  gtk_widget_add_controller (GTK_WIDGET (self->list_view), GTK_EVENT_CONTROLLER (click));
  gtk_widget_add_controller (GTK_WIDGET (self->list_view), GTK_EVENT_CONTROLLER (press));
  gtk_gesture_group (click, press);
}

/* --- which fields --- */

static void
choose_fields (RegieTable *self)
{
  const RegieField *state = regie_kind_find_field (self->kind, "state");

  self->narrow_title = regie_kind_find_field (self->kind, self->kind->title_field);
  self->narrow_status = state != NULL && regie_status_field_has_marks (state) ? state : NULL;
  for (guint i = 0; i < self->kind->n_fields && self->narrow_details->len < 3; i++)
    {
      const RegieField *field = &self->kind->fields[i];

      if ((field->flags & REGIE_FIELD_COLUMN) && field != self->narrow_title &&
          field != self->narrow_status && field->type != REGIE_FIELD_SERIES &&
          field->type != REGIE_FIELD_BOOL)
        g_ptr_array_add (self->narrow_details, (gpointer) field);
    }
}

void
regie_table_set_narrow_fields (RegieTable *self,
                               const char *title,
                               const char *const *details,
                               const char *status)
{
  g_return_if_fail (REGIE_IS_TABLE (self));

  self->narrow_title = regie_kind_find_field (self->kind, title != NULL ? title : self->kind->title_field);
  self->narrow_status = status != NULL ? regie_kind_find_field (self->kind, status) : NULL;
  g_ptr_array_set_size (self->narrow_details, 0);
  for (guint i = 0; details != NULL && details[i] != NULL; i++)
    {
      const RegieField *field = regie_kind_find_field (self->kind, details[i]);

      g_return_if_fail (field != NULL);
      g_ptr_array_add (self->narrow_details, (gpointer) field);
    }
}

void
regie_table_narrow_init (RegieTable *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  self->narrow_details = g_ptr_array_new ();
  choose_fields (self);
  g_signal_connect_object (factory, "setup", G_CALLBACK (on_setup), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (factory, "bind", G_CALLBACK (on_bind), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (factory, "unbind", G_CALLBACK (on_unbind), self, G_CONNECT_SWAPPED);
  gtk_list_view_set_factory (self->list_view, factory);
  g_object_unref (factory);
  add_gestures (self);
}

/* Only the view that is seen has the model: each builds up to 200 rows. */
void
regie_table_apply_narrow (RegieTable *self, gboolean narrow)
{
  GtkSelectionModel *model = self->ready ? GTK_SELECTION_MODEL (self->selection) : NULL;

  self->narrow = narrow;
  self->selecting = narrow && regie_selection_get_n_selected (self->selection) > 0;
  gtk_column_view_set_model (self->column_view, narrow ? NULL : model);
  gtk_list_view_set_model (self->list_view, narrow ? model : NULL);
  gtk_widget_set_halign (GTK_WIDGET (self->search), narrow ? GTK_ALIGN_FILL : GTK_ALIGN_START);
  gtk_widget_set_visible (GTK_WIDGET (self->count_label), !narrow);
  for (GtkWidget *button = gtk_widget_get_first_child (GTK_WIDGET (self->selection_actions)); button != NULL;
       button = gtk_widget_get_next_sibling (button))
    regie_table_show_action_label (button, !narrow);
  regie_table_update_state (self);
  regie_table_update_selection_bar (self);
}
