/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-filter-popover.h"

#include <glib/gi18n.h>

#include "regie-chooser.h"
#include "regie-format.h"

struct _RegieFilterPopover
{
  GtkPopover parent_instance;

  RegieStore *store;
  GtkWidget *content;
};

G_DEFINE_FINAL_TYPE (RegieFilterPopover, regie_filter_popover, GTK_TYPE_POPOVER)

enum
{
  TOGGLED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

typedef struct
{
  RegieFilterPopover *popover; /* lives longer: it owns the buttons */
  const RegieField *field;
  char *value;
} Choice;

static void
choice_free (gpointer data, GClosure *closure)
{
  Choice *choice = data;

  g_free (choice->value);
  g_free (choice);
}

static void
on_toggled (GtkCheckButton *button, gpointer data)
{
  Choice *choice = data;

  g_signal_emit (choice->popover, signals[TOGGLED], 0, choice->field->name, choice->value,
                 gtk_check_button_get_active (button));
}

static void
add_check (RegieFilterPopover *self,
           const RegieField *field,
           const char *value,
           const char *label,
           gboolean on)
{
  GtkWidget *button = gtk_check_button_new_with_label (label);
  Choice *choice = g_new0 (Choice, 1);

  choice->popover = self;
  choice->field = field;
  choice->value = g_strdup (value);
  gtk_check_button_set_active (GTK_CHECK_BUTTON (button), on);
  g_signal_connect_data (button, "toggled", G_CALLBACK (on_toggled), choice, choice_free, G_CONNECT_DEFAULT);
  gtk_box_append (GTK_BOX (self->content), button);
}

/* --- refs: one is chosen at a time, from a searched list --- */

typedef struct
{
  GWeakRef popover;
  const RegieField *field;
} Asking;

static void
asking_free (gpointer data, GClosure *closure)
{
  Asking *asking = data;

  g_weak_ref_clear (&asking->popover);
  g_free (asking);
}

static void
on_chosen (RegieChooser *chooser, RegieRecord *record, gpointer data)
{
  Asking *asking = data;
  g_autoptr (RegieFilterPopover) self = g_weak_ref_get (&asking->popover);

  if (self != NULL)
    g_signal_emit (self, signals[TOGGLED], 0, asking->field->name,
                   record != NULL ? regie_record_get_ref (record) : "", TRUE);
}

static void
on_choose_clicked (GtkButton *button, RegieFilterPopover *self)
{
  const RegieField *field = g_object_get_data (G_OBJECT (button), "regie-field");
  const RegieKind *kind = regie_kind_get (field->ref);
  g_autoptr (RegieQuery) query = regie_query_new (kind);
  GtkWidget *root = GTK_WIDGET (gtk_widget_get_root (GTK_WIDGET (self)));
  RegieChooser *chooser;
  Asking *asking = g_new0 (Asking, 1);
  const RegieField *title = regie_kind_find_field (kind, kind->title_field);

  if (title != NULL && (title->flags & REGIE_FIELD_INDEXED))
    regie_query_sort (query, title->name, FALSE);
  g_weak_ref_init (&asking->popover, self);
  asking->field = field;
  chooser = regie_chooser_new (self->store, query, regie_format_label (field->label),
                               !(field->flags & REGIE_FIELD_REQUIRED));
  g_signal_connect_data (chooser, "chosen", G_CALLBACK (on_chosen), asking, asking_free, G_CONNECT_DEFAULT);
  gtk_popover_popdown (GTK_POPOVER (self));
  adw_dialog_present (ADW_DIALOG (chooser), root);
}

static void
add_choose_button (RegieFilterPopover *self, const RegieField *field)
{
  GtkWidget *button = gtk_button_new_with_label (_ ("Choose…"));
  g_autofree char *name = NULL;

  /* Translators: a button that opens a list to choose from; %s is a field such as "Workspace" */
  name = g_strdup_printf (_ ("Choose: %s"), regie_format_label (field->label));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  gtk_widget_set_halign (button, GTK_ALIGN_START);
  g_object_set_data (G_OBJECT (button), "regie-field", (gpointer) field);
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_choose_clicked), self, G_CONNECT_DEFAULT);
  gtk_box_append (GTK_BOX (self->content), button);
}

/* --- the whole --- */

static void
add_field (RegieFilterPopover *self, const RegieField *field, RegieFilterSet *filters)
{
  GtkWidget *title = gtk_label_new (regie_format_label (field->label));

  gtk_widget_add_css_class (title, "heading");
  gtk_label_set_xalign (GTK_LABEL (title), 0);
  if (gtk_widget_get_first_child (self->content) != NULL)
    gtk_widget_set_margin_top (title, 12);
  gtk_box_append (GTK_BOX (self->content), title);

  if (field->type == REGIE_FIELD_REF)
    add_choose_button (self, field);
  else if (field->type == REGIE_FIELD_BOOL)
    {
      add_check (self, field, "1", _ ("Yes"), regie_filter_set_has (filters, field, "1"));
      add_check (self, field, "0", _ ("No"), regie_filter_set_has (filters, field, "0"));
    }
  else
    {
      for (guint i = 0; i < field->n_values; i++)
        add_check (self, field, field->values[i].name, regie_format_label (field->values[i].label),
                   regie_filter_set_has (filters, field, field->values[i].name));
    }
}

static gboolean
is_offered (const RegieField *field, const RegieQuery *base)
{
  return regie_filter_is_possible (field) && (base == NULL || !regie_query_has_condition (base, field->name));
}

gboolean
regie_filter_popover_has_fields (const RegieKind *kind, const RegieQuery *base)
{
  for (guint i = 0; i < kind->n_fields; i++)
    {
      if (is_offered (&kind->fields[i], base))
        return TRUE;
    }

  return FALSE;
}

static void
regie_filter_popover_dispose (GObject *object)
{
  g_clear_object (&REGIE_FILTER_POPOVER (object)->store);
  G_OBJECT_CLASS (regie_filter_popover_parent_class)->dispose (object);
}

static void
regie_filter_popover_class_init (RegieFilterPopoverClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = regie_filter_popover_dispose;
  signals[TOGGLED] = g_signal_new ("toggled", REGIE_TYPE_FILTER_POPOVER, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_BOOLEAN);
}

static void
regie_filter_popover_init (RegieFilterPopover *self)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();

  self->content = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  gtk_widget_set_margin_start (self->content, 12);
  gtk_widget_set_margin_end (self->content, 12);
  gtk_widget_set_margin_top (self->content, 12);
  gtk_widget_set_margin_bottom (self->content, 12);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scroller), 420);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), self->content);
  gtk_widget_set_size_request (scroller, 200, -1);
  gtk_popover_set_child (GTK_POPOVER (self), scroller);
}

GtkWidget *
regie_filter_popover_new (RegieStore *store,
                          const RegieKind *kind,
                          const RegieQuery *base,
                          RegieFilterSet *filters)
{
  RegieFilterPopover *self = g_object_new (REGIE_TYPE_FILTER_POPOVER, NULL);

  self->store = g_object_ref (store);
  for (guint i = 0; i < kind->n_fields; i++)
    {
      if (is_offered (&kind->fields[i], base))
        add_field (self, &kind->fields[i], filters);
    }

  return GTK_WIDGET (self);
}
