/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The window's workspace switcher, and the line that says how the connection is. */

#include <glib/gi18n.h>

#include "regie-connection-words.h"
#include "regie-text.h"
#include "regie-window-private.h"

/* The switcher's model: "All workspaces" (a string) ahead of the records. */
static char *
dup_choice_title (gpointer item)
{
  if (GTK_IS_STRING_OBJECT (item))
    return g_strdup (gtk_string_object_get_string (item));

  return regie_text_visible (regie_record_get_title (item), FALSE);
}

static const char *
get_choice (gpointer item)
{
  const char *ref = REGIE_IS_RECORD (item) ? regie_context_get_ref (item) : "";

  return ref != NULL ? ref : "";
}

static void
on_choice_made (RegieWindow *self)
{
  gpointer item = gtk_drop_down_get_selected_item (self->workspace_switcher);

  if (!self->choosing && item != NULL)
    regie_context_set_workspace (self->context, get_choice (item));
}

/* Selects what the context says, whenever the list of workspaces or the context changes. */
static void
select_workspace (RegieWindow *self)
{
  GListModel *model = gtk_drop_down_get_model (self->workspace_switcher);
  const char *wanted = regie_context_get_workspace (self->context);
  guint position = 0;

  for (guint i = 1; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (model, i);

      if (*wanted != '\0' && g_str_equal (get_choice (item), wanted))
        position = i;
    }
  self->choosing = TRUE;
  gtk_drop_down_set_selected (self->workspace_switcher, position);
  self->choosing = FALSE;
}

static void
on_label_setup (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_list_item_set_child (item, label);
}

static void
update_label (GtkListItem *item)
{
  gpointer object = gtk_list_item_get_item (item);
  g_autofree char *title = object != NULL ? dup_choice_title (object) : g_strdup ("");
  GtkWidget *label = gtk_list_item_get_child (item);

  gtk_label_set_text (GTK_LABEL (label), title);
  gtk_widget_set_tooltip_text (label, title);
}

static void
on_label_bind (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  gpointer object = gtk_list_item_get_item (item);

  update_label (item);
  if (REGIE_IS_RECORD (object))
    g_signal_connect_object (object, "changed", G_CALLBACK (update_label), item, G_CONNECT_SWAPPED);
}

static void
on_label_unbind (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  gpointer object = gtk_list_item_get_item (item);

  if (REGIE_IS_RECORD (object))
    g_signal_handlers_disconnect_by_func (object, update_label, item);
}

static void
init_workspaces (RegieWindow *self)
{
  g_autoptr (RegieQuery) query = regie_query_new (regie_kind_get ("workspace"));
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();
  const char *all[] = { _ ("All workspaces"), NULL };
  GListStore *models = g_list_store_new (G_TYPE_LIST_MODEL);
  g_autoptr (GtkStringList) first = gtk_string_list_new (all);
  g_autoptr (GtkFlattenListModel) model = NULL;

  regie_query_sort (query, "name", FALSE);
  self->workspaces = regie_store_list (regie_context_get_store (self->context), query);
  g_list_store_append (models, first);
  g_list_store_append (models, self->workspaces);
  model = gtk_flatten_list_model_new (G_LIST_MODEL (models));

  g_signal_connect (factory, "setup", G_CALLBACK (on_label_setup), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (on_label_bind), NULL);
  g_signal_connect (factory, "unbind", G_CALLBACK (on_label_unbind), NULL);
  gtk_drop_down_set_factory (self->workspace_switcher, factory);

  self->choosing = TRUE;
  gtk_drop_down_set_model (self->workspace_switcher, G_LIST_MODEL (model));
  self->choosing = FALSE;
  g_signal_connect_object (model, "items-changed", G_CALLBACK (select_workspace), self,
                           G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  g_signal_connect_object (self->context, "notify::workspace", G_CALLBACK (select_workspace), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->workspace_switcher, "notify::selected", G_CALLBACK (on_choice_made), self,
                           G_CONNECT_SWAPPED);
  select_workspace (self);
}

static void
update_connection (RegieWindow *self)
{
  RegieConnection *local = regie_context_get_local (self->context);
  g_autofree char *title = regie_text_visible (regie_connection_get_title (local), FALSE);
  g_autofree char *state = regie_connection_words_state (local);

  gtk_label_set_text (self->connection_title, title);
  gtk_label_set_text (self->connection_state, state);
  gtk_image_set_from_icon_name (self->connection_icon, regie_connection_words_icon (local));
  _regie_window_actions_update (self);
}

void
_regie_window_switchers_init (RegieWindow *self)
{
  RegieConnection *local = regie_context_get_local (self->context);

  init_workspaces (self);
  g_signal_connect_object (local, "notify", G_CALLBACK (update_connection), self, G_CONNECT_SWAPPED);
  update_connection (self);
}
