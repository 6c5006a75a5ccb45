/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-table-private.h"

#include <glib/gi18n.h>

#include "regie-export.h"
#include "regie-format.h"
#include "regie-text-safe.h"

DexFuture *
regie_table_export (RegieTable *self, GFile *file, const char *format)
{
  g_return_val_if_fail (REGIE_IS_TABLE (self), NULL);
  g_return_val_if_fail (G_IS_FILE (file), NULL);

  return regie_export_list (self->store, regie_table_get_list (self), file, format);
}

static void
say_done (RegieTable *self, gint64 n_rows)
{
  GtkWidget *overlay = gtk_widget_get_ancestor (GTK_WIDGET (self), ADW_TYPE_TOAST_OVERLAY);
  g_autofree char *number = regie_format_count (n_rows);
  g_autofree char *text = NULL;

  text = g_strdup_printf (ngettext ("%s row exported", "%s rows exported", (gulong) n_rows), number);
  if (overlay != NULL)
    adw_toast_overlay_add_toast (ADW_TOAST_OVERLAY (overlay), regie_toast_new_safe (text));
}

static void
say_failed (RegieTable *self, const GError *error)
{
  g_autofree char *what = regie_format_error (error);
  AdwDialog *dialog = adw_alert_dialog_new (_ ("The List Was Not Exported"), what);
  GtkWidget *details = gtk_label_new (NULL);

  /* The words of the system, as text. */
  regie_label_set_safe_text (GTK_LABEL (details), error->message, TRUE);
  gtk_label_set_wrap (GTK_LABEL (details), TRUE);
  gtk_label_set_selectable (GTK_LABEL (details), TRUE);
  gtk_widget_add_css_class (details, "dimmed");
  adw_alert_dialog_set_extra_child (ADW_ALERT_DIALOG (dialog), details);
  adw_alert_dialog_add_response (ADW_ALERT_DIALOG (dialog), "close", _ ("_Close"));
  adw_dialog_present (dialog, GTK_WIDGET (self));
}

static void
on_exported (gpointer object, const GValue *value, const GError *error)
{
  RegieTable *self = object;

  if (self->store == NULL)
    return;
  if (value != NULL)
    say_done (self, g_value_get_int64 (value));
  else
    say_failed (self, error);
}

static void
on_file_chosen (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (RegieTable) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GFile) file = gtk_file_dialog_save_finish (GTK_FILE_DIALOG (source), result, &error);
  const char *format = g_object_get_data (source, "regie-format");

  if (self->store == NULL)
    return;
  if (file != NULL)
    regie_when_settled (regie_table_export (self, file, format), self, on_exported);
  else if (!g_error_matches (error, GTK_DIALOG_ERROR, GTK_DIALOG_ERROR_DISMISSED) &&
           !g_error_matches (error, GTK_DIALOG_ERROR, GTK_DIALOG_ERROR_CANCELLED))
    say_failed (self, error);
}

void
regie_table_ask_export (RegieTable *self, const char *format)
{
  g_autoptr (GtkFileDialog) dialog = gtk_file_dialog_new ();
  g_autofree char *name = g_strdup_printf ("%s.%s", self->kind->path, format);
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  gtk_file_dialog_set_title (dialog, _ ("Export"));
  gtk_file_dialog_set_initial_name (dialog, name);
  g_object_set_data (G_OBJECT (dialog), "regie-format", (gpointer) g_intern_string (format));
  gtk_file_dialog_save (dialog, GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL, NULL, on_file_chosen,
                        g_object_ref (self));
}
