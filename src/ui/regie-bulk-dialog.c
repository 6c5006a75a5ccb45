/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-bulk-dialog.h"
#include "regie-kit.h"

#include <glib/gi18n.h>

#include "regie-bulk-form.h"

typedef struct
{
  RegieContext *context;
  const RegieKind *kind;
  GStrv keys;
  RegieBulkForm *form; /* owned by the dialog */
  GtkWidget *save;     /* likewise */
} Bulk;

static void
bulk_free (gpointer data)
{
  Bulk *self = data;

  g_object_unref (self->context);
  g_strfreev (self->keys);
  g_free (self);
}

static void
on_save (AdwDialog *dialog)
{
  Bulk *self = g_object_get_data (G_OBJECT (dialog), "bulk");
  g_autoptr (JsonObject) patch = NULL;

  if (regie_bulk_form_get_n_chosen (self->form) == 0 || regie_bulk_form_focus_first_invalid (self->form))
    return;
  patch = regie_bulk_form_get_patch (self->form);
  regie_context_update_many (self->context, self->kind, (const char *const *) self->keys, patch);
  adw_dialog_close (dialog);
}

static void
on_chosen (AdwDialog *dialog)
{
  Bulk *self = g_object_get_data (G_OBJECT (dialog), "bulk");

  gtk_widget_set_sensitive (self->save, regie_bulk_form_get_n_chosen (self->form) > 0);
}

static RegieBulkForm *
create_form (RegieContext *context, const RegieKind *kind)
{
  /* A name or an address of one's own makes no sense for several. */
  static const char *const own[] = { "name", "email", "avatar", "workspace", "description", NULL };

  return regie_bulk_form_new (regie_context_get_store (context), kind, NULL, own);
}

AdwDialog *
regie_bulk_dialog_new (RegieContext *context, const RegieKind *kind, const char *const *keys)
{
  AdwDialog *dialog = adw_dialog_new ();
  GtkWidget *view = adw_toolbar_view_new ();
  GtkWidget *bar = adw_header_bar_new ();
  GtkWidget *save = gtk_button_new_with_mnemonic (_ ("_Apply"));
  GtkWidget *cancel = gtk_button_new_with_mnemonic (_ ("_Cancel"));
  guint n_keys = g_strv_length ((char **) keys);
  g_autofree char *title = g_strdup_printf (ngettext ("Edit %u Record", "Edit %u Records", n_keys), n_keys);
  Bulk *self = g_new0 (Bulk, 1);

  self->context = g_object_ref (context);
  self->kind = kind;
  self->keys = g_strdupv ((char **) keys);
  self->form = create_form (context, kind);
  self->save = save;
  g_object_set_data_full (G_OBJECT (dialog), "bulk", self, bulk_free);
  g_signal_connect_object (self->form, "notify::n-chosen", G_CALLBACK (on_chosen), dialog, G_CONNECT_SWAPPED);
  on_chosen (dialog);

  gtk_widget_add_css_class (save, "suggested-action");
  g_signal_connect_object (save, "clicked", G_CALLBACK (on_save), dialog, G_CONNECT_SWAPPED);
  g_signal_connect_object (cancel, "clicked", G_CALLBACK (adw_dialog_close), dialog, G_CONNECT_SWAPPED);
  adw_header_bar_set_show_end_title_buttons (ADW_HEADER_BAR (bar), FALSE);
  adw_header_bar_pack_start (ADW_HEADER_BAR (bar), cancel);
  adw_header_bar_pack_end (ADW_HEADER_BAR (bar), save);
  adw_toolbar_view_add_top_bar (ADW_TOOLBAR_VIEW (view), bar);
  adw_toolbar_view_set_content (ADW_TOOLBAR_VIEW (view), GTK_WIDGET (self->form));
  adw_dialog_set_title (dialog, title);
  adw_dialog_set_default_widget (dialog, save);
  adw_dialog_set_content_width (dialog, 520);
  adw_dialog_set_content_height (dialog, 640);
  adw_dialog_set_child (dialog, view);
  regie_kit_fit_dialog (dialog, NULL);

  return dialog;
}
