/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-database-view.h"

#include <glib/gi18n.h>

#include "regie-format.h"
#include "regie-kind-fields.h"
#include "regie-record-dialog.h"
#include "regie-text-safe.h"

struct _RegieDatabaseView
{
  AdwBin parent_instance;

  RegieContext *context;
  RegieRecord *human;
  RegieList *databases; /* none before its first start, then one */
  RegieList *backups;

  GtkStack *stack;
  AdwPreferencesGroup *facts;
  AdwActionRow *schedule;
  GtkListBox *backups_list;
};

G_DEFINE_FINAL_TYPE (RegieDatabaseView, regie_database_view, ADW_TYPE_BIN)

static const char *const fact_fields[] = {
  "file", "size", "rows", "integrity", "checked_at", "last_backup_at"
};

static RegieRecord *
dup_database (RegieDatabaseView *self)
{
  return g_list_model_get_item (G_LIST_MODEL (self->databases), 0);
}

/* --- showing --- */

static void
show_database (RegieDatabaseView *self)
{
  g_autoptr (RegieRecord) database = dup_database (self);

  gtk_stack_set_visible_child_name (self->stack, database != NULL ? "database" : "empty");
  if (database == NULL || !regie_record_is_loaded (database))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (fact_fields); i++)
    {
      const RegieField *field = regie_kind_find_field (regie_record_get_kind (database), fact_fields[i]);
      JsonNode *value = regie_record_get_node (database, fact_fields[i]);
      g_autofree char *text = g_str_equal (fact_fields[i], "size") && value != NULL
                                  ? regie_format_size (regie_database_get_size (database))
                                  : regie_format_value (field, value);

      GtkWidget *row = g_object_get_data (G_OBJECT (self->facts), fact_fields[i]);
      regie_row_set_safe_subtitle (ADW_PREFERENCES_ROW (row), text);
    }
}

static void
show_schedule (RegieDatabaseView *self)
{
  const char *time = regie_digital_human_get_backup_time (self->human);

  regie_row_set_safe_subtitle (ADW_PREFERENCES_ROW (self->schedule),
                               time != NULL && *time != '\0' ? time : _ ("Not scheduled"));
}

/* The one setting, where it is thought of; it stands among the others as well. */
static void
on_schedule (RegieDatabaseView *self)
{
  static const char *const only[] = { "backup_time", NULL };
  RegieRecordDialog *dialog = regie_record_dialog_new (
      regie_context_get_store (self->context), regie_record_get_kind (self->human), NULL, self->human);

  regie_form_show_only (regie_record_dialog_get_form (dialog), only);
  adw_dialog_set_content_height (ADW_DIALOG (dialog), 260);
  adw_dialog_present (ADW_DIALOG (dialog), GTK_WIDGET (self));
}

static void
build_schedule (RegieDatabaseView *self)
{
  GtkWidget *button = gtk_button_new_with_label (_ ("Change…"));

  self->schedule = ADW_ACTION_ROW (adw_action_row_new ());
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->schedule), _ ("Daily backup"));
  gtk_widget_add_css_class (GTK_WIDGET (self->schedule), "property");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_schedule), self, G_CONNECT_SWAPPED);
  adw_action_row_add_suffix (self->schedule, button);
  adw_preferences_group_add (self->facts, GTK_WIDGET (self->schedule));
  g_signal_connect_object (self->human, "changed", G_CALLBACK (show_schedule), self, G_CONNECT_SWAPPED);
  show_schedule (self);
}

static void
watch_database (RegieDatabaseView *self)
{
  g_autoptr (RegieRecord) database = dup_database (self);

  if (database != NULL)
    {
      g_signal_handlers_disconnect_by_func (database, show_database, self);
      g_signal_connect_object (database, "changed", G_CALLBACK (show_database), self, G_CONNECT_SWAPPED);
    }
  show_database (self);
}

/* --- acting --- */

static void
on_database_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  RegieDatabaseView *self = REGIE_DATABASE_VIEW (widget);
  g_autoptr (RegieRecord) database = dup_database (self);

  if (database != NULL)
    regie_context_act (self->context, regie_record_get_kind (database), regie_record_get_key (database),
                       name + strlen ("database."));
}

static void
on_restore_response (AdwAlertDialog *dialog, const char *response, RegieDatabaseView *self)
{
  RegieRecord *backup = g_object_get_data (G_OBJECT (dialog), "backup");

  if (g_str_equal (response, "restore"))
    regie_context_act (self->context, regie_record_get_kind (backup), regie_record_get_key (backup),
                       "restore-database");
}

/* There is no undo of a restore but the backup that is made before it; so this one is asked. */
static void
on_restore (GtkWidget *button, RegieDatabaseView *self)
{
  RegieRecord *backup = g_object_get_data (G_OBJECT (button), "backup");
  g_autofree char *when = regie_format_time_exact (regie_backup_get_created_at (backup));
  g_autofree char *body =
      g_strdup_printf (_ ("It will know only what it knew on %s. What it has now is backed up first."), when);
  AdwAlertDialog *dialog = ADW_ALERT_DIALOG (adw_alert_dialog_new (_ ("Restore This Backup?"), body));

  adw_alert_dialog_add_responses (dialog, "cancel", _ ("_Cancel"), "restore", _ ("_Restore"), NULL);
  adw_alert_dialog_set_response_appearance (dialog, "restore", ADW_RESPONSE_DESTRUCTIVE);
  g_object_set_data_full (G_OBJECT (dialog), "backup", g_object_ref (backup), g_object_unref);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_restore_response), self, 0);
  adw_dialog_present (ADW_DIALOG (dialog), GTK_WIDGET (self));
}

static void
on_delete_backup (GtkWidget *button, RegieDatabaseView *self)
{
  RegieRecord *backup = g_object_get_data (G_OBJECT (button), "backup");
  const char *keys[] = { regie_record_get_key (backup), NULL };

  regie_context_delete_many (self->context, regie_record_get_kind (backup), keys);
}

static void
show_backup (RegieRecord *backup, GtkWidget *row)
{
  const RegieField *field = regie_kind_find_field (regie_record_get_kind (backup), "cause");
  g_autofree char *when = regie_format_time_exact (regie_backup_get_created_at (backup));
  g_autofree char *size = regie_format_size (regie_backup_get_size (backup));
  g_autofree char *cause = regie_format_value (field, regie_record_get_node (backup, "cause"));
  g_autofree char *detail = g_strdup_printf ("%s · %s", size, cause);

  regie_row_set_safe_title (ADW_PREFERENCES_ROW (row), when);
  regie_row_set_safe_subtitle (ADW_PREFERENCES_ROW (row), detail);
}

static GtkWidget *
create_backup_row (gpointer item, gpointer data)
{
  RegieDatabaseView *self = data;
  RegieRecord *backup = item;
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *restore = gtk_button_new_with_label (_ ("Restore…"));
  GtkWidget *delete = gtk_button_new_from_icon_name ("user-trash-symbolic");

  gtk_widget_set_valign (restore, GTK_ALIGN_CENTER);
  gtk_widget_set_valign (delete, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (delete, "flat");
  gtk_widget_set_tooltip_text (delete, _ ("Delete this backup"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (delete), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Delete this backup"), -1);
  g_object_set_data_full (G_OBJECT (restore), "backup", g_object_ref (backup), g_object_unref);
  g_object_set_data_full (G_OBJECT (delete), "backup", g_object_ref (backup), g_object_unref);
  g_signal_connect_object (restore, "clicked", G_CALLBACK (on_restore), self, 0);
  g_signal_connect_object (delete, "clicked", G_CALLBACK (on_delete_backup), self, 0);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), restore);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), delete);
  g_signal_connect_object (backup, "changed", G_CALLBACK (show_backup), row, 0);
  if (regie_record_is_loaded (backup))
    show_backup (backup, row);

  return row;
}

/* --- making --- */

static RegieList *
list (RegieDatabaseView *self, const char *kind_name)
{
  g_autoptr (RegieQuery) query = regie_query_new (regie_kind_get (kind_name));

  regie_query_where (query, "digital_human", REGIE_OP_EQ, regie_context_get_ref (self->human));
  regie_query_sort (query, "created_at", TRUE);

  return regie_store_list (regie_context_get_store (self->context), query);
}

static void
build_facts (RegieDatabaseView *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (fact_fields); i++)
    {
      const RegieField *field = regie_kind_find_field (regie_kind_get (REGIE_DATABASE_KIND), fact_fields[i]);
      GtkWidget *row = adw_action_row_new ();

      gtk_widget_add_css_class (row, "property");
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), regie_format_label (field->label));
      adw_action_row_set_subtitle_selectable (ADW_ACTION_ROW (row), TRUE);
      adw_preferences_group_add (self->facts, row);
      g_object_set_data (G_OBJECT (self->facts), fact_fields[i], row);
    }
}

static void
regie_database_view_dispose (GObject *object)
{
  RegieDatabaseView *self = REGIE_DATABASE_VIEW (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), REGIE_TYPE_DATABASE_VIEW);
  g_clear_object (&self->databases);
  g_clear_object (&self->backups);
  g_clear_object (&self->human);
  g_clear_object (&self->context);

  G_OBJECT_CLASS (regie_database_view_parent_class)->dispose (object);
}

static void
regie_database_view_class_init (RegieDatabaseViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = regie_database_view_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/regie/Regie/ui/regie-database-view.ui");
  gtk_widget_class_bind_template_child (widget_class, RegieDatabaseView, stack);
  gtk_widget_class_bind_template_child (widget_class, RegieDatabaseView, facts);
  gtk_widget_class_bind_template_child (widget_class, RegieDatabaseView, backups_list);
  gtk_widget_class_install_action (widget_class, "database.check", NULL, on_database_action);
  gtk_widget_class_install_action (widget_class, "database.backup", NULL, on_database_action);
  gtk_widget_class_install_action (widget_class, "database.compact", NULL, on_database_action);
}

static void
regie_database_view_init (RegieDatabaseView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  build_facts (self);
}

GtkWidget *
regie_database_view_new (RegieContext *context, RegieRecord *record)
{
  RegieDatabaseView *self = g_object_new (REGIE_TYPE_DATABASE_VIEW, NULL);

  self->context = g_object_ref (context);
  self->human = g_object_ref (record);
  build_schedule (self);
  self->databases = list (self, REGIE_DATABASE_KIND);
  self->backups = list (self, REGIE_BACKUP_KIND);
  g_signal_connect_object (self->databases, "items-changed", G_CALLBACK (watch_database), self,
                           G_CONNECT_SWAPPED);
  gtk_list_box_bind_model (self->backups_list, G_LIST_MODEL (self->backups), create_backup_row, self, NULL);
  watch_database (self);

  return GTK_WIDGET (self);
}
