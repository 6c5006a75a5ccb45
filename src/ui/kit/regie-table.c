/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-table-private.h"

#include <glib/gi18n.h>

#include "regie-filter-popover.h"
#include "regie-kit-private.h"
#include "regie-text-safe.h"

#define NARROW_BELOW "max-width: 500sp"

enum
{
  PROP_0,
  PROP_NARROW,
  PROP_SHOW_CONNECTION,
  N_PROPS
};

enum
{
  OPEN,
  SELECTION_CHANGED,
  QUERY_CHANGED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (RegieTable, regie_table, ADW_TYPE_BIN)

/* --- what the parts tell --- */

GtkWidget *
regie_table_get_view (RegieTable *self)
{
  return self->narrow ? GTK_WIDGET (self->list_view) : GTK_WIDGET (self->column_view);
}

void
regie_table_emit_open (RegieTable *self, guint position)
{
  g_autoptr (RegieRecord) record = g_list_model_get_item (G_LIST_MODEL (self->selection), position);

  if (record != NULL && regie_record_is_loaded (record))
    g_signal_emit (self, signals[OPEN], 0, record);
}

void
regie_table_emit_query_changed (RegieTable *self)
{
  g_signal_emit (self, signals[QUERY_CHANGED], 0);
}

static void
on_activate (RegieTable *self, guint position)
{
  regie_table_emit_open (self, position);
}

static void
on_selection_changed (RegieTable *self)
{
  regie_table_update_selection_bar (self);
  g_signal_emit (self, signals[SELECTION_CHANGED], 0);
}

static void
on_items_changed (RegieTable *self)
{
  guint64 n = regie_selection_get_n_selected (self->selection);

  regie_table_update_state (self);
  /* Rows that went took their selection with them. */
  if (n > 0 || gtk_action_bar_get_revealed (self->selection_bar))
    on_selection_changed (self);
}

static void
on_apply (RegieTable *self)
{
  regie_table_apply_narrow (self, TRUE);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_NARROW]);
}

static void
on_unapply (RegieTable *self)
{
  regie_table_apply_narrow (self, FALSE);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_NARROW]);
}

/* --- the object --- */

static void
regie_table_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  RegieTable *self = REGIE_TABLE (object);

  switch (id)
    {
    case PROP_NARROW:
      g_value_set_boolean (value, self->narrow);
      break;
    case PROP_SHOW_CONNECTION:
      g_value_set_boolean (value, self->show_connection);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
regie_table_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  switch (id)
    {
    case PROP_SHOW_CONNECTION:
      regie_table_set_show_connection (REGIE_TABLE (object), g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
regie_table_dispose (GObject *object)
{
  RegieTable *self = REGIE_TABLE (object);

  if (self->store != NULL)
    regie_table_flush_save (self);
  /* What is taken apart from here on is no wish of the user. */
  self->settings_frozen++;
  g_clear_handle_id (&self->loading_source, g_source_remove);
  if (self->column_view != NULL)
    gtk_column_view_set_model (self->column_view, NULL);
  if (self->list_view != NULL)
    gtk_list_view_set_model (self->list_view, NULL);
  regie_table_menus_dispose (self);
  /* AdwBin would unparent its child again. */
  adw_bin_set_child (ADW_BIN (self), NULL);
  /* AdwBin would unparent its child once more. */
  adw_bin_set_child (ADW_BIN (self), NULL);
  gtk_widget_dispose_template (GTK_WIDGET (object), REGIE_TYPE_TABLE);
  regie_table_rows_dispose (self);
  g_clear_pointer (&self->columns, g_ptr_array_unref);
  g_clear_object (&self->selection);
  g_clear_object (&self->list);
  g_clear_object (&self->titles);
  g_clear_object (&self->store);
  dex_clear (&self->when_ready);
  G_OBJECT_CLASS (regie_table_parent_class)->dispose (object);
}

static void
regie_table_finalize (GObject *object)
{
  RegieTable *self = REGIE_TABLE (object);

  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->base, regie_query_free);
  g_clear_pointer (&self->query, regie_query_free);
  g_clear_pointer (&self->filters, regie_filter_set_free);
  g_clear_pointer (&self->words, g_free);
  g_clear_pointer (&self->sort, g_free);
  g_clear_pointer (&self->narrow_details, g_ptr_array_unref);
  g_clear_pointer (&self->views, json_object_unref);
  G_OBJECT_CLASS (regie_table_parent_class)->finalize (object);
}

static gboolean
regie_table_grab_focus (GtkWidget *widget)
{
  RegieTable *self = REGIE_TABLE (widget);

  return gtk_widget_grab_focus (regie_table_get_view (self)) ||
         gtk_widget_grab_focus (GTK_WIDGET (self->search));
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, RegieTable, bin);
  gtk_widget_class_bind_template_child (widget_class, RegieTable, toolbar);
  gtk_widget_class_bind_template_child (widget_class, RegieTable, toolbar_end);
  gtk_widget_class_bind_template_child (widget_class, RegieTable, search);
  gtk_widget_class_bind_template_child (widget_class, RegieTable, filter_button);
  gtk_widget_class_bind_template_child (widget_class, RegieTable, menu_button);
  gtk_widget_class_bind_template_child (widget_class, RegieTable, count_label);
  gtk_widget_class_bind_template_child (widget_class, RegieTable, chips);
  gtk_widget_class_bind_template_child (widget_class, RegieTable, banner);
  gtk_widget_class_bind_template_child (widget_class, RegieTable, stack);
  gtk_widget_class_bind_template_child (widget_class, RegieTable, column_view);
  gtk_widget_class_bind_template_child (widget_class, RegieTable, list_view);
  gtk_widget_class_bind_template_child (widget_class, RegieTable, empty_page);
  gtk_widget_class_bind_template_child (widget_class, RegieTable, error_page);
  gtk_widget_class_bind_template_child (widget_class, RegieTable, empty_button);
  gtk_widget_class_bind_template_child (widget_class, RegieTable, selection_bar);
  gtk_widget_class_bind_template_child (widget_class, RegieTable, selection_label);
  gtk_widget_class_bind_template_child (widget_class, RegieTable, selection_actions);
}

static void
regie_table_class_init (RegieTableClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = regie_table_get_property;
  object_class->set_property = regie_table_set_property;
  object_class->dispose = regie_table_dispose;
  object_class->finalize = regie_table_finalize;
  widget_class->grab_focus = regie_table_grab_focus;

  properties[PROP_NARROW] =
      g_param_spec_boolean ("narrow", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_SHOW_CONNECTION] =
      g_param_spec_boolean ("show-connection", NULL, NULL, FALSE,
                            G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[OPEN] = g_signal_new ("open", REGIE_TYPE_TABLE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                1, REGIE_TYPE_RECORD);
  signals[SELECTION_CHANGED] = g_signal_new ("selection-changed", REGIE_TYPE_TABLE, G_SIGNAL_RUN_LAST, 0,
                                             NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[QUERY_CHANGED] = g_signal_new ("query-changed", REGIE_TYPE_TABLE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                         NULL, G_TYPE_NONE, 0);

  regie_kit_ensure_style ();
  gtk_widget_class_set_template_from_resource (widget_class, "/org/regie/Regie/kit/regie-table.ui");
  bind_children (widget_class);
  regie_table_menus_class_init (widget_class);
}

static void
add_breakpoint (RegieTable *self)
{
  AdwBreakpoint *breakpoint = adw_breakpoint_new (adw_breakpoint_condition_parse (NARROW_BELOW));

  g_signal_connect_object (breakpoint, "apply", G_CALLBACK (on_apply), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (breakpoint, "unapply", G_CALLBACK (on_unapply), self, G_CONNECT_SWAPPED);
  adw_breakpoint_bin_add_breakpoint (self->bin, breakpoint);
}

static void
regie_table_init (RegieTable *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->when_ready = dex_promise_new ();
  self->columns = g_ptr_array_new_with_free_func (g_object_unref);
  self->selection = regie_selection_new ();
  g_signal_connect_object (self->selection, "selection-changed", G_CALLBACK (on_selection_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->selection, "items-changed", G_CALLBACK (on_items_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->column_view, "activate", G_CALLBACK (on_activate), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->list_view, "activate", G_CALLBACK (on_activate), self, G_CONNECT_SWAPPED);
  gtk_search_entry_set_key_capture_widget (self->search, GTK_WIDGET (self->stack));
  add_breakpoint (self);
}

RegieTable *
regie_table_new (RegieStore *store, const RegieKind *kind, const char *name)
{
  RegieTable *self;

  g_return_val_if_fail (kind != NULL && name != NULL, NULL);

  self = g_object_new (REGIE_TYPE_TABLE, NULL);
  self->store = g_object_ref (store);
  self->kind = kind;
  self->name = g_strdup (name);
  self->filters = regie_filter_set_new (kind);
  self->titles = regie_ref_titles_new (store);
  regie_table_rows_init (self);
  regie_table_make_columns (self);
  regie_table_narrow_init (self);
  regie_table_menus_init (self);
  regie_table_query_init (self);
  gtk_widget_set_visible (GTK_WIDGET (self->filter_button), regie_filter_popover_has_fields (kind, NULL));
  regie_table_update_query (self);
  regie_table_update_selection_bar (self);
  regie_table_restore (self);

  return self;
}

/* --- the public rest --- */

RegieList *
regie_table_get_list (RegieTable *self)
{
  g_return_val_if_fail (REGIE_IS_TABLE (self), NULL);

  if (self->list == NULL && self->store != NULL)
    {
      self->list = regie_store_list (self->store, self->query);
      g_signal_connect_object (self->list, "notify::loading", G_CALLBACK (regie_table_update_state), self,
                               G_CONNECT_SWAPPED);
      g_signal_connect_object (self->list, "notify::error-message", G_CALLBACK (regie_table_update_state),
                               self, G_CONNECT_SWAPPED);
      regie_selection_set_list (self->selection, self->list);
    }

  return self->list;
}

void
regie_table_set_empty (RegieTable *self,
                       const char *icon,
                       const char *title,
                       const char *description,
                       const char *action_label,
                       const char *action_name)
{
  g_return_if_fail (REGIE_IS_TABLE (self));

  adw_status_page_set_icon_name (self->empty_page, icon);
  regie_status_page_set_safe_title (self->empty_page, title);
  regie_status_page_set_safe_description (self->empty_page, description);
  gtk_widget_set_visible (GTK_WIDGET (self->empty_button), action_label != NULL);
  if (action_label == NULL)
    return;
  gtk_button_set_label (self->empty_button, action_label);
  gtk_actionable_set_detailed_action_name (GTK_ACTIONABLE (self->empty_button), action_name);
}

void
regie_table_show_action_label (GtkWidget *button, gboolean show)
{
  GtkWidget *content = gtk_button_get_child (GTK_BUTTON (button));
  GtkWidget *label = gtk_widget_get_last_child (content);

  /* One without an icon always has its word. */
  gtk_widget_set_visible (label, show || label == gtk_widget_get_first_child (content));
}

void
regie_table_add_selection_action (RegieTable *self,
                                  const char *label,
                                  const char *icon,
                                  const char *action_name,
                                  gboolean destructive)
{
  GtkWidget *button, *content;

  g_return_if_fail (REGIE_IS_TABLE (self));

  button = gtk_button_new ();
  content = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  if (icon != NULL)
    gtk_box_append (GTK_BOX (content), gtk_image_new_from_icon_name (icon));
  gtk_box_append (GTK_BOX (content), gtk_label_new (label));
  gtk_button_set_child (GTK_BUTTON (button), content);
  regie_table_show_action_label (button, !self->narrow);
  gtk_widget_set_tooltip_text (button, label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  gtk_actionable_set_detailed_action_name (GTK_ACTIONABLE (button), action_name);
  if (destructive)
    gtk_widget_add_css_class (button, "destructive-action");
  gtk_box_append (self->selection_actions, button);
  regie_table_update_selection_bar (self);
}

void
regie_table_add_toolbar_widget (RegieTable *self, GtkWidget *widget)
{
  g_return_if_fail (REGIE_IS_TABLE (self));

  gtk_box_append (self->toolbar_end, widget);
}

guint64
regie_table_get_n_selected (RegieTable *self)
{
  g_return_val_if_fail (REGIE_IS_TABLE (self), 0);

  return regie_selection_get_n_selected (self->selection);
}

DexFuture *
regie_table_dup_selected_keys (RegieTable *self)
{
  g_autofree guint *positions = NULL;
  guint n;

  g_return_val_if_fail (REGIE_IS_TABLE (self), NULL);

  positions = regie_selection_dup_positions (self->selection, &n);

  return regie_list_dup_keys (regie_table_get_list (self), positions, n);
}

RegieRecord *
regie_table_dup_selected_record (RegieTable *self)
{
  g_return_val_if_fail (REGIE_IS_TABLE (self), NULL);

  if (regie_selection_get_n_selected (self->selection) != 1)
    return NULL;

  return g_list_model_get_item (G_LIST_MODEL (self->selection), regie_selection_get_first (self->selection));
}

/* --- selecting by key --- */

typedef struct
{
  RegieTable *table;
  char *key;
} Selecting;

static void
selecting_free (gpointer data)
{
  Selecting *selecting = data;

  g_object_unref (selecting->table);
  g_free (selecting->key);
  g_free (selecting);
}

static DexFuture *
select_fiber (gpointer data)
{
  Selecting *selecting = data;
  RegieTable *self = selecting->table;
  guint position;

  dex_await (regie_table_when_ready (self), NULL);
  if (self->store == NULL)
    return dex_future_new_for_boolean (FALSE);
  position = dex_await_uint (regie_list_find (regie_table_get_list (self), selecting->key), NULL);
  if (self->selection == NULL || position >= g_list_model_get_n_items (G_LIST_MODEL (self->selection)))
    return dex_future_new_for_boolean (FALSE);

  gtk_selection_model_select_item (GTK_SELECTION_MODEL (self->selection), position, TRUE);
  if (self->narrow)
    gtk_list_view_scroll_to (self->list_view, position, GTK_LIST_SCROLL_FOCUS, NULL);
  else
    gtk_column_view_scroll_to (self->column_view, position, NULL, GTK_LIST_SCROLL_FOCUS, NULL);

  return dex_future_new_for_boolean (TRUE);
}

DexFuture *
regie_table_select_key (RegieTable *self, const char *key)
{
  Selecting *selecting;

  g_return_val_if_fail (REGIE_IS_TABLE (self), NULL);
  g_return_val_if_fail (key != NULL, NULL);

  selecting = g_new0 (Selecting, 1);
  selecting->table = g_object_ref (self);
  selecting->key = g_strdup (key);

  return dex_scheduler_spawn (NULL, 0, select_fiber, selecting, selecting_free);
}

void
regie_table_unselect_all (RegieTable *self)
{
  g_return_if_fail (REGIE_IS_TABLE (self));

  self->selecting = FALSE;
  gtk_selection_model_unselect_all (GTK_SELECTION_MODEL (self->selection));
}

void
regie_table_focus_search (RegieTable *self)
{
  g_return_if_fail (REGIE_IS_TABLE (self));

  gtk_widget_grab_focus (GTK_WIDGET (self->search));
}

void
regie_table_focus_rows (RegieTable *self)
{
  g_return_if_fail (REGIE_IS_TABLE (self));

  gtk_widget_grab_focus (regie_table_get_view (self));
}

gboolean
regie_table_get_narrow (RegieTable *self)
{
  g_return_val_if_fail (REGIE_IS_TABLE (self), FALSE);

  return self->narrow;
}

void
regie_table_set_show_connection (RegieTable *self, gboolean show)
{
  g_return_if_fail (REGIE_IS_TABLE (self));

  if (show == self->show_connection)
    return;
  self->show_connection = show;
  regie_table_refresh_bound (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SHOW_CONNECTION]);
}

DexFuture *
regie_table_when_ready (RegieTable *self)
{
  g_return_val_if_fail (REGIE_IS_TABLE (self), NULL);

  return dex_ref (DEX_FUTURE (self->when_ready));
}
