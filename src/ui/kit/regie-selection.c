/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-selection.h"

#include "regie-kit-future.h"

/* Up to this many selected rows are followed when they move. */
#define MOST_FOLLOWED 256

typedef struct
{
  guint position;
  RegieRecord *record;
} Followed;

struct _RegieSelection
{
  GObject parent_instance;

  RegieList *list;
  GtkBitset *selected;
  GArray *followed; /* of Followed; empty when too many are selected */
};

static void regie_selection_list_model_init (GListModelInterface *iface);
static void regie_selection_selection_model_init (GtkSelectionModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (RegieSelection,
                               regie_selection,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, regie_selection_list_model_init)
                                   G_IMPLEMENT_INTERFACE (GTK_TYPE_SELECTION_MODEL,
                                                          regie_selection_selection_model_init))

/* --- the list behind --- */

static GType
get_item_type (GListModel *model)
{
  return REGIE_TYPE_RECORD;
}

static guint
get_n_items (GListModel *model)
{
  RegieSelection *self = REGIE_SELECTION (model);

  return self->list != NULL ? g_list_model_get_n_items (G_LIST_MODEL (self->list)) : 0;
}

static gpointer
get_item (GListModel *model, guint position)
{
  RegieSelection *self = REGIE_SELECTION (model);

  return self->list != NULL ? g_list_model_get_item (G_LIST_MODEL (self->list), position) : NULL;
}

static void
regie_selection_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

/* --- following those that move --- */

static void
followed_clear (gpointer data)
{
  g_clear_object (&((Followed *) data)->record);
}

static void
follow_selected (RegieSelection *self)
{
  GtkBitsetIter iter;
  guint position;

  g_array_set_size (self->followed, 0);
  if (gtk_bitset_get_size (self->selected) > MOST_FOLLOWED)
    return;
  if (!gtk_bitset_iter_init_first (&iter, self->selected, &position))
    return;
  do
    {
      Followed one = { position, get_item (G_LIST_MODEL (self), position) };

      if (one.record != NULL)
        g_array_append_val (self->followed, one);
    }
  while (gtk_bitset_iter_next (&iter, &position));
}

static void
on_found (gpointer object, const GValue *value, const GError *error)
{
  RegieSelection *self = object;
  guint position = value != NULL ? g_value_get_uint (value) : GTK_INVALID_LIST_POSITION;

  if (position >= get_n_items (G_LIST_MODEL (self)) || gtk_bitset_contains (self->selected, position))
    return;
  gtk_bitset_add (self->selected, position);
  follow_selected (self);
  gtk_selection_model_selection_changed (GTK_SELECTION_MODEL (self), position, 1);
}

/* Those of the rows taken out at POSITION that were selected are asked for by key when others came in: they
 * may only have moved. */
static void
splice_followed (RegieSelection *self, guint position, guint removed, guint added)
{
  guint i = 0;

  while (i < self->followed->len)
    {
      Followed *one = &g_array_index (self->followed, Followed, i);
      const char *key = regie_record_get_key (one->record);

      if (one->position >= position + removed)
        one->position += added - removed;
      else if (one->position >= position)
        {
          if (key != NULL)
            regie_when_settled (regie_list_find (self->list, key), self, on_found);
          g_array_remove_index (self->followed, i);
          continue;
        }
      i++;
    }
}

static void
on_items_changed (RegieSelection *self, guint position, guint removed, guint added)
{
  gtk_bitset_splice (self->selected, position, removed, added);
  splice_followed (self, position, removed, added);
  g_list_model_items_changed (G_LIST_MODEL (self), position, removed, added);
}

/* --- selecting --- */

static gboolean
is_selected (GtkSelectionModel *model, guint position)
{
  return gtk_bitset_contains (REGIE_SELECTION (model)->selected, position);
}

static GtkBitset *
get_selection_in_range (GtkSelectionModel *model, guint position, guint n_items)
{
  return gtk_bitset_ref (REGIE_SELECTION (model)->selected);
}

static gboolean
set_selection (GtkSelectionModel *model, GtkBitset *wanted, GtkBitset *mask)
{
  RegieSelection *self = REGIE_SELECTION (model);
  g_autoptr (GtkBitset) changes = gtk_bitset_copy (self->selected);
  guint n_items = get_n_items (G_LIST_MODEL (model));

  /* What differs between now and wanted, where the mask says so. */
  gtk_bitset_difference (changes, wanted);
  gtk_bitset_intersect (changes, mask);
  if (n_items > 0)
    gtk_bitset_remove_range_closed (changes, n_items, G_MAXUINT);
  if (n_items == 0 || gtk_bitset_is_empty (changes))
    return TRUE;

  gtk_bitset_difference (self->selected, changes);
  follow_selected (self);
  gtk_selection_model_selection_changed (
      model, gtk_bitset_get_minimum (changes),
      gtk_bitset_get_maximum (changes) - gtk_bitset_get_minimum (changes) + 1);

  return TRUE;
}

static void
regie_selection_selection_model_init (GtkSelectionModelInterface *iface)
{
  /* The others of the interface are made from this one by GTK. */
  iface->is_selected = is_selected;
  iface->get_selection_in_range = get_selection_in_range;
  iface->set_selection = set_selection;
}

static void
regie_selection_dispose (GObject *object)
{
  RegieSelection *self = REGIE_SELECTION (object);

  g_clear_object (&self->list);
  g_array_set_size (self->followed, 0);
  G_OBJECT_CLASS (regie_selection_parent_class)->dispose (object);
}

static void
regie_selection_finalize (GObject *object)
{
  RegieSelection *self = REGIE_SELECTION (object);

  g_clear_pointer (&self->selected, gtk_bitset_unref);
  g_clear_pointer (&self->followed, g_array_unref);
  G_OBJECT_CLASS (regie_selection_parent_class)->finalize (object);
}

static void
regie_selection_class_init (RegieSelectionClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = regie_selection_dispose;
  G_OBJECT_CLASS (klass)->finalize = regie_selection_finalize;
}

static void
regie_selection_init (RegieSelection *self)
{
  self->selected = gtk_bitset_new_empty ();
  self->followed = g_array_new (FALSE, FALSE, sizeof (Followed));
  g_array_set_clear_func (self->followed, followed_clear);
}

RegieSelection *
regie_selection_new (void)
{
  return g_object_new (REGIE_TYPE_SELECTION, NULL);
}

void
regie_selection_set_list (RegieSelection *self, RegieList *list)
{
  guint before = get_n_items (G_LIST_MODEL (self));

  g_return_if_fail (REGIE_IS_SELECTION (self));

  if (list == self->list)
    return;
  if (self->list != NULL)
    g_signal_handlers_disconnect_by_func (self->list, on_items_changed, self);
  gtk_bitset_remove_all (self->selected);
  g_array_set_size (self->followed, 0);
  g_set_object (&self->list, list);
  if (list != NULL)
    g_signal_connect_object (list, "items-changed", G_CALLBACK (on_items_changed), self, G_CONNECT_SWAPPED);
  g_list_model_items_changed (G_LIST_MODEL (self), 0, before, get_n_items (G_LIST_MODEL (self)));
}

RegieList *
regie_selection_get_list (RegieSelection *self)
{
  g_return_val_if_fail (REGIE_IS_SELECTION (self), NULL);

  return self->list;
}

guint64
regie_selection_get_n_selected (RegieSelection *self)
{
  g_return_val_if_fail (REGIE_IS_SELECTION (self), 0);

  return gtk_bitset_get_size (self->selected);
}

guint
regie_selection_get_first (RegieSelection *self)
{
  g_return_val_if_fail (REGIE_IS_SELECTION (self), GTK_INVALID_LIST_POSITION);

  return gtk_bitset_is_empty (self->selected) ? GTK_INVALID_LIST_POSITION
                                              : gtk_bitset_get_minimum (self->selected);
}

guint *
regie_selection_dup_positions (RegieSelection *self, guint *n_positions)
{
  GtkBitsetIter iter;
  guint *positions;
  guint position, n = 0;

  g_return_val_if_fail (REGIE_IS_SELECTION (self), NULL);

  positions = g_new (guint, gtk_bitset_get_size (self->selected));
  if (gtk_bitset_iter_init_first (&iter, self->selected, &position))
    {
      do
        positions[n++] = position;
      while (gtk_bitset_iter_next (&iter, &position));
    }
  *n_positions = n;

  return positions;
}
