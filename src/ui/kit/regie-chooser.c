/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-chooser.h"

#include <glib/gi18n.h>

#include "regie-connection-mark.h"
#include "regie-kit-private.h"

struct _RegieChooser
{
  AdwDialog parent_instance;

  RegieList *list;
  RegieQuery *query;

  GtkSearchEntry *search;
  GtkStack *stack;
  GtkListView *rows;
  GtkButton *none_button;
};

G_DEFINE_FINAL_TYPE (RegieChooser, regie_chooser, ADW_TYPE_DIALOG)

enum
{
  CHOSEN,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

const char *
regie_record_get_ref (RegieRecord *record)
{
  const char *id = regie_record_get_remote_id (record);

  return id != NULL && *id != '\0' ? id : regie_record_get_key (record);
}

/* --- rows --- */

static void
show_record (GtkListItem *item)
{
  GtkWidget *box = gtk_list_item_get_child (item);
  RegieRecord *record = gtk_list_item_get_item (item);
  GtkWidget *mark = gtk_widget_get_first_child (box);

  if (record == NULL || !regie_record_is_loaded (record))
    return;
  regie_connection_mark_set_connection (REGIE_CONNECTION_MARK (mark), regie_record_get_connection (record));
  regie_label_set_safe_text (GTK_LABEL (gtk_widget_get_next_sibling (mark)), regie_record_get_title (record),
                             FALSE);
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 9);
  GtkWidget *mark = regie_connection_mark_new ();
  GtkWidget *label = gtk_label_new (NULL);

  gtk_widget_set_valign (mark, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (box), mark);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand (label, TRUE);
  gtk_box_append (GTK_BOX (box), label);
  gtk_list_item_set_child (item, box);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  g_signal_connect_object (gtk_list_item_get_item (item), "changed", G_CALLBACK (show_record), item,
                           G_CONNECT_SWAPPED);
  show_record (item);
}

static void
on_unbind (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  g_signal_handlers_disconnect_by_func (gtk_list_item_get_item (item), show_record, item);
}

/* --- choosing --- */

static void
choose (RegieChooser *self, RegieRecord *record)
{
  g_autoptr (RegieChooser) kept = g_object_ref (self);

  g_signal_emit (self, signals[CHOSEN], 0, record);
  adw_dialog_close (ADW_DIALOG (self));
}

static void
on_activate (RegieChooser *self, guint position)
{
  g_autoptr (RegieRecord) record = g_list_model_get_item (G_LIST_MODEL (self->list), position);

  if (record != NULL && regie_record_is_loaded (record))
    choose (self, record);
}

static void
on_none (RegieChooser *self)
{
  choose (self, NULL);
}

static void
on_search (RegieChooser *self)
{
  regie_query_search (self->query, gtk_editable_get_text (GTK_EDITABLE (self->search)));
  regie_list_set_query (self->list, self->query);
}

/* Enter in the entry takes the first one. */
static void
on_search_activate (RegieChooser *self)
{
  if (g_list_model_get_n_items (G_LIST_MODEL (self->list)) > 0)
    on_activate (self, 0);
}

static void
on_list_changed (RegieChooser *self)
{
  gboolean nothing =
      g_list_model_get_n_items (G_LIST_MODEL (self->list)) == 0 && !regie_list_get_loading (self->list);

  gtk_stack_set_visible_child_name (self->stack, nothing ? "nothing" : "rows");
}

static void
regie_chooser_dispose (GObject *object)
{
  RegieChooser *self = REGIE_CHOOSER (object);

  if (self->rows != NULL)
    gtk_list_view_set_model (self->rows, NULL);
  gtk_widget_dispose_template (GTK_WIDGET (object), REGIE_TYPE_CHOOSER);
  g_clear_object (&self->list);
  g_clear_pointer (&self->query, regie_query_free);
  G_OBJECT_CLASS (regie_chooser_parent_class)->dispose (object);
}

static void
regie_chooser_class_init (RegieChooserClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = regie_chooser_dispose;
  signals[CHOSEN] = g_signal_new ("chosen", REGIE_TYPE_CHOOSER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, REGIE_TYPE_RECORD);

  regie_kit_ensure_style ();
  gtk_widget_class_set_template_from_resource (widget_class, "/org/regie/Regie/kit/regie-chooser.ui");
  gtk_widget_class_bind_template_child (widget_class, RegieChooser, search);
  gtk_widget_class_bind_template_child (widget_class, RegieChooser, stack);
  gtk_widget_class_bind_template_child (widget_class, RegieChooser, rows);
  gtk_widget_class_bind_template_child (widget_class, RegieChooser, none_button);
}

static void
regie_chooser_init (RegieChooser *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_search_entry_set_search_delay (self->search, 30);
  gtk_search_entry_set_key_capture_widget (self->search, GTK_WIDGET (self));
  adw_dialog_set_focus (ADW_DIALOG (self), GTK_WIDGET (self->search));
  g_signal_connect_object (self->search, "search-changed", G_CALLBACK (on_search), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->search, "activate", G_CALLBACK (on_search_activate), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->rows, "activate", G_CALLBACK (on_activate), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->none_button, "clicked", G_CALLBACK (on_none), self, G_CONNECT_SWAPPED);

  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), NULL);
  g_signal_connect (factory, "unbind", G_CALLBACK (on_unbind), NULL);
  gtk_list_view_set_factory (self->rows, factory);
  g_object_unref (factory);
}

RegieChooser *
regie_chooser_new (RegieStore *store, const RegieQuery *query, const char *title, gboolean with_none)
{
  RegieChooser *self = g_object_new (REGIE_TYPE_CHOOSER, "title", title, NULL);
  g_autoptr (GtkSelectionModel) model = NULL;

  self->query = regie_query_copy (query);
  self->list = regie_store_list (store, query);
  model = GTK_SELECTION_MODEL (gtk_no_selection_new (g_object_ref (G_LIST_MODEL (self->list))));
  gtk_list_view_set_model (self->rows, model);
  g_signal_connect_object (self->list, "items-changed", G_CALLBACK (on_list_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->list, "notify::loading", G_CALLBACK (on_list_changed), self,
                           G_CONNECT_SWAPPED);
  gtk_widget_set_visible (GTK_WIDGET (self->none_button), with_none);
  on_list_changed (self);

  return self;
}
