/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-record-dialog.h"

#include <glib/gi18n.h>

#include "regie-format.h"
#include "regie-json.h"
#include "regie-kit-future.h"
#include "regie-kit-private.h"
#include "regie-kit.h"
#include "regie-time.h"

#define DRAFT_AFTER_MS 300
#define HOLD_MS        10000

struct _RegieRecordDialog
{
  AdwDialog parent_instance;

  RegieStore *store;
  const RegieKind *kind;
  char *connection;
  RegieRecord *record; /* NULL: a new one */
  guint hold_ms;

  JsonObject *preset; /* what the page had filled in before the draft came back */
  gboolean restored;
  gboolean done; /* saved or discarded: no draft any more */
  gboolean saving;
  guint draft_source;
  DexPromise *when_ready;

  RegieForm *form;
  AdwHeaderBar *header;
  AdwWindowTitle *title;
  AdwBanner *draft_banner, *error_banner;
  AdwClamp *clamp;
  GtkButton *save_button;
};

enum
{
  SAVED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (RegieRecordDialog, regie_record_dialog, ADW_TYPE_DIALOG)

/* --- drafts --- */

static char *
get_draft_name (RegieRecordDialog *self)
{
  const char *key = self->record != NULL ? regie_record_get_key (self->record) : "new";

  return g_strconcat ("draft/", self->kind->name, "/", key, NULL);
}

/* Whether nothing but what the page filled in stands there. */
static gboolean
is_preset (RegieRecordDialog *self, JsonObject *values)
{
  g_autofree char *now = regie_json_object_to_sorted_string (values);
  g_autofree char *then = self->preset != NULL ? regie_json_object_to_sorted_string (self->preset) : NULL;

  return g_strcmp0 (now, then) == 0;
}

static void
write_draft (RegieRecordDialog *self)
{
  g_autofree char *name = get_draft_name (self);
  g_autoptr (JsonObject) values = regie_form_get_patch (self->form);
  g_autoptr (JsonObject) draft = NULL;

  if (json_object_get_size (values) > 0 && !is_preset (self, values))
    draft =
        regie_json_object_new ("at", 'i', regie_time_now (), "values", 'o', json_object_ref (values), NULL);
  dex_future_disown (regie_store_put_value (self->store, name, draft));
}

static void
remove_draft (RegieRecordDialog *self)
{
  g_autofree char *name = get_draft_name (self);

  g_clear_handle_id (&self->draft_source, g_source_remove);
  dex_future_disown (regie_store_put_value (self->store, name, NULL));
}

static gboolean
on_draft_due (gpointer data)
{
  RegieRecordDialog *self = data;

  self->draft_source = 0;
  write_draft (self);

  return G_SOURCE_REMOVE;
}

static void
on_changed (RegieRecordDialog *self)
{
  adw_banner_set_revealed (self->error_banner, FALSE);
  if (self->done)
    return;
  g_clear_handle_id (&self->draft_source, g_source_remove);
  self->draft_source = g_timeout_add (DRAFT_AFTER_MS, on_draft_due, self);
}

static void
restore (RegieRecordDialog *self, JsonObject *draft)
{
  JsonObject *values = regie_json_get_object (draft, "values");
  g_autofree char *when = regie_format_time_relative (regie_json_get_int (draft, "at", 0));
  g_autofree char *text = NULL;

  if (values == NULL || json_object_get_size (values) == 0)
    return;
  if (self->preset == NULL)
    self->preset = regie_form_get_patch (self->form);
  regie_form_set_values (self->form, values);
  g_clear_handle_id (&self->draft_source, g_source_remove);
  /* Translators: %s is a time such as "3 min ago" */
  text = g_strdup_printf (_ ("Restored what you typed %s"), when);
  regie_banner_set_safe_title (self->draft_banner, text);
  adw_banner_set_revealed (self->draft_banner, TRUE);
  self->restored = TRUE;
}

static void
on_draft_read (gpointer object, const GValue *value, const GError *error)
{
  RegieRecordDialog *self = object;
  JsonObject *draft =
      value != NULL && G_VALUE_HOLDS (value, JSON_TYPE_OBJECT) ? g_value_get_boxed (value) : NULL;

  if (self->store == NULL)
    return;
  if (draft != NULL)
    restore (self, draft);
  dex_promise_resolve_boolean (self->when_ready, self->restored);
}

static void
on_discard (RegieRecordDialog *self)
{
  adw_banner_set_revealed (self->draft_banner, FALSE);
  regie_form_reset (self->form);
  if (self->preset != NULL)
    regie_form_set_values (self->form, self->preset);
  remove_draft (self);
}

/* --- saving --- */

static void
show_error (RegieRecordDialog *self, const GError *error)
{
  g_autofree char *text = NULL;

  if (regie_form_set_error (self->form, error))
    {
      regie_form_focus_first_invalid (self->form);
      return;
    }
  text = regie_format_error (error);
  regie_banner_set_safe_title (self->error_banner, text);
  regie_widget_set_safe_tooltip (GTK_WIDGET (self->error_banner), error->message);
  adw_banner_set_revealed (self->error_banner, TRUE);
}

static DexFuture *
ask_store (RegieRecordDialog *self, JsonObject *patch)
{
  g_autoptr (JsonObject) values = NULL;

  if (self->record != NULL)
    return regie_store_update (self->store, self->kind, regie_record_get_key (self->record), patch,
                               self->hold_ms);
  values = regie_form_get_values (self->form);

  return regie_store_create (self->store, self->connection, self->kind, values, self->hold_ms);
}

static void
finish (RegieRecordDialog *self, const char *key, const char *intent)
{
  self->done = TRUE;
  remove_draft (self);
  g_signal_emit (self, signals[SAVED], 0, key, intent);
  adw_dialog_close (ADW_DIALOG (self));
}

static DexFuture *
save_fiber (gpointer data)
{
  RegieRecordDialog *self = data;
  g_autoptr (JsonObject) patch = regie_form_get_patch (self->form);
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = NULL;
  g_autofree char *key = NULL;

  if (self->record != NULL && json_object_get_size (patch) == 0)
    {
      self->done = TRUE;
      remove_draft (self);
      adw_dialog_close (ADW_DIALOG (self));
      return dex_future_new_for_string (regie_record_get_key (self->record));
    }

  answer = dex_await_string (ask_store (self, patch), &error);
  self->saving = FALSE;
  if (self->store == NULL)
    return dex_future_new_reject (REGIE_ERROR, REGIE_ERROR_STATE, "The dialog is gone");
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "dialog.save", TRUE);
  if (answer == NULL)
    {
      show_error (self, error);
      return dex_future_new_for_error (g_steal_pointer (&error));
    }

  key = g_strdup (self->record != NULL ? regie_record_get_key (self->record) : answer);
  finish (self, key, self->record != NULL ? answer : NULL);

  return dex_future_new_for_string (key);
}

DexFuture *
regie_record_dialog_save (RegieRecordDialog *self)
{
  g_return_val_if_fail (REGIE_IS_RECORD_DIALOG (self), NULL);

  if (self->saving)
    return dex_future_new_reject (REGIE_ERROR, REGIE_ERROR_STATE, "It is being saved");
  if (regie_form_focus_first_invalid (self->form))
    return dex_future_new_reject (REGIE_ERROR, REGIE_ERROR_INVALID, "A value is not accepted");
  self->saving = TRUE;
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "dialog.save", FALSE);

  return dex_scheduler_spawn (NULL, 0, save_fiber, g_object_ref (self), g_object_unref);
}

static void
on_save (GtkWidget *widget, const char *name, GVariant *parameter)
{
  dex_future_disown (regie_record_dialog_save (REGIE_RECORD_DIALOG (widget)));
}

static void
on_cancel (GtkWidget *widget, const char *name, GVariant *parameter)
{
  adw_dialog_close (ADW_DIALOG (widget));
}

/* --- the object --- */

static void
regie_record_dialog_closed (AdwDialog *dialog)
{
  RegieRecordDialog *self = REGIE_RECORD_DIALOG (dialog);

  if (self->draft_source == 0)
    return;
  g_clear_handle_id (&self->draft_source, g_source_remove);
  write_draft (self);
}

static void
regie_record_dialog_dispose (GObject *object)
{
  RegieRecordDialog *self = REGIE_RECORD_DIALOG (object);

  g_clear_handle_id (&self->draft_source, g_source_remove);
  gtk_widget_dispose_template (GTK_WIDGET (object), REGIE_TYPE_RECORD_DIALOG);
  g_clear_object (&self->record);
  g_clear_object (&self->store);
  g_clear_pointer (&self->preset, json_object_unref);
  g_clear_pointer (&self->connection, g_free);
  dex_clear (&self->when_ready);
  G_OBJECT_CLASS (regie_record_dialog_parent_class)->dispose (object);
}

static void
regie_record_dialog_class_init (RegieRecordDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = regie_record_dialog_dispose;
  ADW_DIALOG_CLASS (klass)->closed = regie_record_dialog_closed;
  signals[SAVED] = g_signal_new ("saved", REGIE_TYPE_RECORD_DIALOG, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);

  regie_kit_ensure_style ();
  gtk_widget_class_set_template_from_resource (widget_class, "/org/regie/Regie/kit/regie-record-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, RegieRecordDialog, header);
  gtk_widget_class_bind_template_child (widget_class, RegieRecordDialog, title);
  gtk_widget_class_bind_template_child (widget_class, RegieRecordDialog, draft_banner);
  gtk_widget_class_bind_template_child (widget_class, RegieRecordDialog, error_banner);
  gtk_widget_class_bind_template_child (widget_class, RegieRecordDialog, clamp);
  gtk_widget_class_bind_template_child (widget_class, RegieRecordDialog, save_button);
  gtk_widget_class_install_action (widget_class, "dialog.save", NULL, on_save);
  gtk_widget_class_install_action (widget_class, "dialog.cancel", NULL, on_cancel);
}

static void
regie_record_dialog_init (RegieRecordDialog *self)
{
  self->hold_ms = HOLD_MS;
  self->when_ready = dex_promise_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  regie_kit_add_accept_key (GTK_WIDGET (self), "dialog.save");
  regie_kit_fit_dialog (ADW_DIALOG (self), self->header);
  g_signal_connect_object (self->draft_banner, "button-clicked", G_CALLBACK (on_discard), self,
                           G_CONNECT_SWAPPED);
}

static void
update_title (RegieRecordDialog *self)
{
  const char *kind = regie_format_label (self->kind->label);
  /* Translators: under the name of a kind, in the head of the dialog that makes one */
  const char *which = self->record != NULL ? regie_record_get_title (self->record) : _ ("New");

  regie_window_title_set_safe (self->title, kind, which);
  adw_dialog_set_title (ADW_DIALOG (self), kind);
  gtk_button_set_label (self->save_button, self->record != NULL ? _ ("_Save") : _ ("_Create"));
}

RegieRecordDialog *
regie_record_dialog_new (RegieStore *store,
                         const RegieKind *kind,
                         const char *connection,
                         RegieRecord *record)
{
  RegieRecordDialog *self;
  g_autofree char *name = NULL;

  g_return_val_if_fail (REGIE_IS_STORE (store), NULL);
  g_return_val_if_fail (record != NULL || connection != NULL, NULL);

  self = g_object_new (REGIE_TYPE_RECORD_DIALOG, NULL);
  self->store = g_object_ref (store);
  self->kind = kind;
  self->record = record != NULL ? g_object_ref (record) : NULL;
  self->connection =
      g_strdup (connection != NULL || record == NULL ? connection : regie_record_get_connection (record));
  self->form = regie_form_new (store, kind, self->connection);
  if (record != NULL)
    regie_form_set_record (self->form, record);
  adw_clamp_set_child (self->clamp, GTK_WIDGET (self->form));
  g_signal_connect_object (self->form, "changed", G_CALLBACK (on_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self, "map", G_CALLBACK (gtk_widget_grab_focus), self->form, G_CONNECT_SWAPPED);
  update_title (self);

  name = get_draft_name (self);
  regie_when_settled (regie_store_get_value (store, name), self, on_draft_read);

  return self;
}

RegieForm *
regie_record_dialog_get_form (RegieRecordDialog *self)
{
  g_return_val_if_fail (REGIE_IS_RECORD_DIALOG (self), NULL);

  return self->form;
}

void
regie_record_dialog_set_hold (RegieRecordDialog *self, guint hold_ms)
{
  g_return_if_fail (REGIE_IS_RECORD_DIALOG (self));

  self->hold_ms = hold_ms;
}

DexFuture *
regie_record_dialog_when_ready (RegieRecordDialog *self)
{
  g_return_val_if_fail (REGIE_IS_RECORD_DIALOG (self), NULL);

  return dex_ref (DEX_FUTURE (self->when_ready));
}

void
regie_record_dialog_preset (RegieRecordDialog *self, JsonObject *values)
{
  g_return_if_fail (REGIE_IS_RECORD_DIALOG (self));

  regie_form_set_values (self->form, values);
  g_clear_pointer (&self->preset, json_object_unref);
  self->preset = regie_form_get_patch (self->form);
  g_clear_handle_id (&self->draft_source, g_source_remove);
}
