/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-command-palette.h"
#include "regie-kit.h"

#include <glib/gi18n.h>

#include "regie-commands.h"
#include "regie-format.h"
#include "regie-text.h"

#define MOST_RECORDS 20

/* One line: a command or a record. */
#define REGIE_TYPE_FINDING (regie_finding_get_type ())
G_DECLARE_FINAL_TYPE (RegieFinding, regie_finding, REGIE, FINDING, GObject)

struct _RegieFinding
{
  GObject parent_instance;

  const RegieCommand *command;
  RegieRecord *record;
  char *title;
  char *detail;
  const char *icon;
};

G_DEFINE_FINAL_TYPE (RegieFinding, regie_finding, G_TYPE_OBJECT)

static void
regie_finding_finalize (GObject *object)
{
  RegieFinding *self = REGIE_FINDING (object);

  g_clear_object (&self->record);
  g_free (self->title);
  g_free (self->detail);

  G_OBJECT_CLASS (regie_finding_parent_class)->finalize (object);
}

static void
regie_finding_class_init (RegieFindingClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = regie_finding_finalize;
}

static void
regie_finding_init (RegieFinding *self)
{
}

struct _RegieCommandPalette
{
  AdwDialog parent_instance;

  RegieWindow *window; /* not owned: a dialog does not outlive its window */
  GListStore *findings;
  GtkSingleSelection *selection;
  DexFuture *search;
  char *words; /* that the findings are for */

  GtkSearchEntry *entry;
  GtkStack *stack;
  GtkListView *list;
};

G_DEFINE_FINAL_TYPE (RegieCommandPalette, regie_command_palette, ADW_TYPE_DIALOG)

static char *
dup_keys (const RegieCommand *command)
{
  guint key;
  GdkModifierType modifiers;

  if (command->accel == NULL || !gtk_accelerator_parse (command->accel, &key, &modifiers))
    return g_strdup (_ (command->group));

  return gtk_accelerator_get_label (key, modifiers);
}

/* Every word must begin a word of the title or of its English original, whatever the accents. */
static gboolean
matches (const char *title, const char *words)
{
  return *words == '\0' || g_str_match_string (words, title, TRUE);
}

static void
add_commands (RegieCommandPalette *self, const char *words)
{
  guint n_commands;
  const RegieCommand *commands = regie_commands_list (&n_commands);

  for (guint i = 0; i < n_commands; i++)
    {
      g_autoptr (RegieFinding) finding = NULL;

      if (commands[i].hidden ||
          !(matches (_ (commands[i].title), words) || matches (commands[i].title, words)))
        continue;
      finding = g_object_new (REGIE_TYPE_FINDING, NULL);
      finding->command = &commands[i];
      finding->title = g_strdup (_ (commands[i].title));
      finding->detail = dup_keys (&commands[i]);
      finding->icon = "system-run-symbolic";
      g_list_store_append (self->findings, finding);
    }
}

static void
show_state (RegieCommandPalette *self)
{
  gboolean found = g_list_model_get_n_items (G_LIST_MODEL (self->findings)) > 0;

  gtk_stack_set_visible_child_name (self->stack, found ? "results" : "nothing");
  if (found)
    gtk_single_selection_set_selected (self->selection, 0);
}

static DexFuture *
on_records_found (DexFuture *future, gpointer data)
{
  RegieCommandPalette *self = data;
  const GValue *value = dex_future_get_value (future, NULL);
  GPtrArray *records = value != NULL ? g_value_get_boxed (value) : NULL;

  for (guint i = 0; records != NULL && i < records->len; i++)
    {
      RegieRecord *record = g_ptr_array_index (records, i);
      const RegieKind *kind = regie_record_get_kind (record);
      g_autoptr (RegieFinding) finding = g_object_new (REGIE_TYPE_FINDING, NULL);

      finding->record = g_object_ref (record);
      finding->title = regie_text_visible (regie_record_get_title (record), FALSE);
      finding->detail = g_strdup (regie_format_label (kind->label));
      finding->icon = kind->icon;
      g_list_store_append (self->findings, finding);
    }
  show_state (self);

  return NULL;
}

static void
find (RegieCommandPalette *self)
{
  g_autofree char *words = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->entry))));
  RegieStore *store = regie_context_get_store (regie_window_get_context (self->window));

  if (g_strcmp0 (words, self->words) == 0)
    return;
  g_set_str (&self->words, words);
  dex_clear (&self->search);
  g_list_store_remove_all (self->findings);
  add_commands (self, words);
  show_state (self);
  if (*words != '\0')
    self->search =
        dex_future_then (regie_store_search (store, words, MOST_RECORDS), on_records_found, self, NULL);
}

static void
on_activate (RegieCommandPalette *self)
{
  g_autoptr (RegieFinding) finding = NULL;
  RegieWindow *window = self->window;

  /* One who types fast and presses Enter means these words, not what was found for the ones before. */
  find (self);
  g_set_object (&finding, gtk_single_selection_get_selected_item (self->selection));
  if (finding == NULL)
    return;
  adw_dialog_close (ADW_DIALOG (self));

  if (finding->record != NULL)
    {
      regie_window_show_record (window, regie_record_get_kind (finding->record),
                                regie_record_get_key (finding->record));
    }
  else
    {
      g_autofree char *name = NULL;
      g_autoptr (GVariant) target = NULL;

      g_action_parse_detailed_name (finding->command->action, &name, &target, NULL);
      gtk_widget_activate_action_variant (GTK_WIDGET (window), name, target);
    }
}

static void
move (RegieCommandPalette *self, int by)
{
  int n = g_list_model_get_n_items (G_LIST_MODEL (self->findings));
  int at = (int) gtk_single_selection_get_selected (self->selection) + by;

  if (n > 0)
    gtk_list_view_scroll_to (self->list, CLAMP (at, 0, n - 1), GTK_LIST_SCROLL_SELECT, NULL);
}

/* The entry keeps the focus; the arrows move in the list all the same. */
static gboolean
on_key (RegieCommandPalette *self, guint key)
{
  if (key == GDK_KEY_Down || key == GDK_KEY_KP_Down)
    move (self, 1);
  else if (key == GDK_KEY_Up || key == GDK_KEY_KP_Up)
    move (self, -1);
  else
    return GDK_EVENT_PROPAGATE;

  return GDK_EVENT_STOP;
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *title = gtk_label_new (NULL);
  GtkWidget *detail = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (title), 0);
  gtk_label_set_wrap (GTK_LABEL (title), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (title), PANGO_WRAP_WORD_CHAR);
  gtk_widget_set_hexpand (title, TRUE);
  gtk_widget_add_css_class (detail, "dimmed");
  gtk_box_append (GTK_BOX (box), gtk_image_new ());
  gtk_box_append (GTK_BOX (box), title);
  gtk_box_append (GTK_BOX (box), detail);
  gtk_list_item_set_child (item, box);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  RegieFinding *finding = gtk_list_item_get_item (item);
  GtkWidget *icon = gtk_widget_get_first_child (gtk_list_item_get_child (item));
  GtkWidget *title = gtk_widget_get_next_sibling (icon);
  GtkWidget *detail = gtk_widget_get_next_sibling (title);

  gtk_image_set_from_icon_name (GTK_IMAGE (icon), finding->icon);
  gtk_label_set_text (GTK_LABEL (title), finding->title);
  gtk_label_set_text (GTK_LABEL (detail), finding->detail);
  gtk_list_item_set_accessible_label (item, finding->title);
}

static void
regie_command_palette_dispose (GObject *object)
{
  RegieCommandPalette *self = REGIE_COMMAND_PALETTE (object);

  dex_clear (&self->search);
  gtk_widget_dispose_template (GTK_WIDGET (self), REGIE_TYPE_COMMAND_PALETTE);
  g_clear_object (&self->selection);
  g_clear_object (&self->findings);
  g_clear_pointer (&self->words, g_free);

  G_OBJECT_CLASS (regie_command_palette_parent_class)->dispose (object);
}

static void
regie_command_palette_class_init (RegieCommandPaletteClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = regie_command_palette_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/regie/Regie/ui/regie-command-palette.ui");
  gtk_widget_class_bind_template_child (widget_class, RegieCommandPalette, entry);
  gtk_widget_class_bind_template_child (widget_class, RegieCommandPalette, stack);
  gtk_widget_class_bind_template_child (widget_class, RegieCommandPalette, list);
}

static void
regie_command_palette_init (RegieCommandPalette *self)
{
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  regie_kit_fit_dialog (ADW_DIALOG (self), NULL);
  self->findings = g_list_store_new (REGIE_TYPE_FINDING);
  self->selection = gtk_single_selection_new (g_object_ref (G_LIST_MODEL (self->findings)));
  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), NULL);
  gtk_list_view_set_factory (self->list, factory);
  gtk_list_view_set_model (self->list, GTK_SELECTION_MODEL (self->selection));

  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect_object (keys, "key-pressed", G_CALLBACK (on_key), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (GTK_WIDGET (self->entry), keys);
  g_signal_connect_object (self->entry, "search-changed", G_CALLBACK (find), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->entry, "activate", G_CALLBACK (on_activate), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->entry, "stop-search", G_CALLBACK (adw_dialog_close), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->list, "activate", G_CALLBACK (on_activate), self, G_CONNECT_SWAPPED);
}

AdwDialog *
regie_command_palette_new (RegieWindow *window)
{
  RegieCommandPalette *self = g_object_new (REGIE_TYPE_COMMAND_PALETTE, NULL);

  self->window = window;
  gtk_search_entry_set_search_delay (self->entry, 0);
  find (self);

  return ADW_DIALOG (self);
}
