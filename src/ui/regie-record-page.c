/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-record-page.h"

#include <glib/gi18n.h>

#include "regie-detail.h"
#include "regie-format.h"
#include "regie-page-scroller.h"
#include "regie-record-dialog.h"
#include "regie-text.h"

struct _RegieRecordPage
{
  AdwNavigationPage parent_instance;

  RegieContext *context;
  RegieRecord *record;
};

G_DEFINE_FINAL_TYPE (RegieRecordPage, regie_record_page, ADW_TYPE_NAVIGATION_PAGE)

static void
on_record_changed (RegieRecordPage *self)
{
  const RegieKind *kind = regie_record_get_kind (self->record);
  g_autofree char *title = NULL;

  /* Only a name is short enough for a title bar. */
  if (!regie_record_is_loaded (self->record) || !g_str_equal (kind->title_field, "name"))
    return;
  title = regie_text_visible (regie_record_get_title (self->record), FALSE);
  adw_navigation_page_set_title (ADW_NAVIGATION_PAGE (self), title);
}

static void
on_act (GtkWidget *widget, const char *name, GVariant *parameter)
{
  RegieRecordPage *self = REGIE_RECORD_PAGE (widget);

  regie_context_act (self->context, regie_record_get_kind (self->record), regie_record_get_key (self->record),
                     g_variant_get_string (parameter, NULL));
}

static void
on_edit (GtkWidget *widget, const char *name, GVariant *parameter)
{
  RegieRecordPage *self = REGIE_RECORD_PAGE (widget);
  RegieRecordDialog *dialog = regie_record_dialog_new (
      regie_context_get_store (self->context), regie_record_get_kind (self->record), NULL, self->record);

  adw_dialog_present (ADW_DIALOG (dialog), widget);
}

static void
on_delete (GtkWidget *widget, const char *name, GVariant *parameter)
{
  RegieRecordPage *self = REGIE_RECORD_PAGE (widget);
  const char *keys[] = { regie_record_get_key (self->record), NULL };

  regie_context_delete_many (self->context, regie_record_get_kind (self->record), keys);
  gtk_widget_activate_action (widget, "navigation.pop", NULL);
}

/* The kind's actions, then what can be done with any record. */
static GMenu *
build_menu (const RegieKind *kind)
{
  GMenu *menu = g_menu_new ();
  g_autoptr (GMenu) actions = g_menu_new ();
  g_autoptr (GMenu) common = g_menu_new ();

  for (guint i = 0; i < kind->n_actions; i++)
    {
      g_autoptr (GMenuItem) item = g_menu_item_new (regie_format_label (kind->actions[i].label), NULL);

      g_menu_item_set_action_and_target (item, "record.act", "s", kind->actions[i].name);
      g_menu_append_item (actions, item);
    }
  if (kind->can_update)
    g_menu_append (common, _ ("_Edit…"), "record.edit");
  if (kind->can_delete)
    g_menu_append (common, _ ("_Delete"), "record.delete");
  g_menu_append_section (menu, NULL, G_MENU_MODEL (actions));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (common));

  return menu;
}

/* What one comes for stands above the fold; a kind that is not named here has one part. */
static const struct
{
  const char *kind;
  const char *fields[8];
} first_fields[] = {
  { "task", { "state", "type", "error", "payload", "result" } },
  { "audit", { "at", "who", "action", "title", "reason", "before", "after" } },
};

static const char *const *
find_first_fields (const RegieKind *kind)
{
  for (guint i = 0; i < G_N_ELEMENTS (first_fields); i++)
    {
      if (g_str_equal (first_fields[i].kind, kind->name))
        return first_fields[i].fields;
    }

  return NULL;
}

/* A detail of the fields that are in NAMES, or of those that are not. */
static GtkWidget *
create_part (RegieRecordPage *self, const char *const *names, gboolean in)
{
  const RegieKind *kind = regie_record_get_kind (self->record);
  RegieDetail *detail = regie_detail_new (regie_context_get_store (self->context), kind);
  g_autoptr (GPtrArray) hidden = g_ptr_array_new ();

  for (guint i = 0; names != NULL && i < kind->n_fields; i++)
    {
      if (g_strv_contains (names, kind->fields[i].name) != in)
        g_ptr_array_add (hidden, (gpointer) kind->fields[i].name);
    }
  g_ptr_array_add (hidden, NULL);
  regie_detail_hide_fields (detail, (const char *const *) hidden->pdata);
  regie_detail_set_record (detail, self->record);

  return GTK_WIDGET (detail);
}

static GtkWidget *
create_content (RegieRecordPage *self)
{
  const char *const *first = find_first_fields (regie_record_get_kind (self->record));
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 24);

  if (first != NULL)
    gtk_box_append (GTK_BOX (box), create_part (self, first, TRUE));
  gtk_box_append (GTK_BOX (box), create_part (self, first, FALSE));

  return regie_page_scroller_new (box);
}

static void
build (RegieRecordPage *self)
{
  const RegieKind *kind = regie_record_get_kind (self->record);
  GtkWidget *view = adw_toolbar_view_new ();
  GtkWidget *bar = adw_header_bar_new ();
  g_autoptr (GMenu) menu = build_menu (kind);

  if (kind->n_actions > 0 || kind->can_update || kind->can_delete)
    {
      GtkWidget *button = gtk_menu_button_new ();

      gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (button), "view-more-symbolic");
      gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (button), G_MENU_MODEL (menu));
      gtk_widget_set_tooltip_text (button, _ ("More actions"));
      gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                      _ ("More actions"), -1);
      adw_header_bar_pack_end (ADW_HEADER_BAR (bar), button);
    }
  adw_toolbar_view_add_top_bar (ADW_TOOLBAR_VIEW (view), bar);
  adw_toolbar_view_set_content (ADW_TOOLBAR_VIEW (view), create_content (self));
  adw_navigation_page_set_child (ADW_NAVIGATION_PAGE (self), view);
}

static void
regie_record_page_dispose (GObject *object)
{
  RegieRecordPage *self = REGIE_RECORD_PAGE (object);

  g_clear_object (&self->record);
  g_clear_object (&self->context);

  G_OBJECT_CLASS (regie_record_page_parent_class)->dispose (object);
}

static void
regie_record_page_class_init (RegieRecordPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = regie_record_page_dispose;
  gtk_widget_class_install_action (widget_class, "record.act", "s", on_act);
  gtk_widget_class_install_action (widget_class, "record.edit", NULL, on_edit);
  gtk_widget_class_install_action (widget_class, "record.delete", NULL, on_delete);
}

static void
regie_record_page_init (RegieRecordPage *self)
{
}

AdwNavigationPage *
regie_record_page_new (RegieContext *context, const RegieKind *kind, const char *key)
{
  RegieRecordPage *self =
      g_object_new (REGIE_TYPE_RECORD_PAGE, "title", regie_format_label (kind->label), NULL);

  self->context = g_object_ref (context);
  self->record = regie_store_get (regie_context_get_store (context), kind, key);
  build (self);
  g_signal_connect_object (self->record, "changed", G_CALLBACK (on_record_changed), self, G_CONNECT_SWAPPED);
  on_record_changed (self);

  return ADW_NAVIGATION_PAGE (self);
}
