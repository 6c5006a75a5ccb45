/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-why-dialog.h"

#include <glib/gi18n.h>

#include "regie-cause.h"
#include "regie-format.h"
#include "regie-kind-fields.h"
#include "regie-text.h"

static gboolean
is_state (RegieRecord *record, const char *state)
{
  return g_strcmp0 (regie_digital_human_get_state (record), state) == 0;
}

static void
append_line (GString *text, const char *line)
{
  if (line == NULL || *line == '\0')
    return;
  if (text->len > 0)
    g_string_append (text, "\n\n");
  g_string_append (text, line);
}

static void
append_restarts (GString *text, RegieRecord *record)
{
  gint64 next = regie_digital_human_get_next_restart_at (record);
  gint64 restarts = regie_digital_human_get_restarts (record);
  g_autofree char *when = regie_format_time_relative (next);
  g_autofree char *line = NULL;

  if (restarts > 0)
    line = g_strdup_printf (
        ngettext ("It was restarted by itself %d time.", "It was restarted by itself %d times.", restarts),
        (int) restarts);
  append_line (text, line);
  if (next > 0 && !is_state (record, "stopped"))
    {
      g_autofree char *again = g_strdup_printf (_ ("It is tried again %s."), when);
      append_line (text, again);
    }
}

char *
regie_why_describe (RegieRecord *record, const char *last_error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *cause = regie_cause_read_record (record, "cause");
  gint64 errors = regie_digital_human_get_errors_day (record);

  append_line (text, cause);
  append_restarts (text, record);
  if (errors > 0)
    {
      g_autofree char *line = g_strdup_printf (
          ngettext ("%d task failed in the last 24 hours.", "%d tasks failed in the last 24 hours.", errors),
          (int) errors);
      append_line (text, line);
    }
  if (last_error != NULL && *last_error != '\0')
    {
      g_autofree char *visible = regie_text_visible (last_error, FALSE);
      g_autofree char *line = g_strdup_printf (_ ("The last error: %s"), visible);
      append_line (text, line);
    }
  if (regie_digital_human_get_paused (record))
    append_line (text, _ ("Its outward actions are paused."));
  if (text->len == 0)
    append_line (text, is_state (record, "stopped") ? _ ("It was not started, or it was stopped by hand.")
                                                    : _ ("Nothing is wrong."));

  return g_strdup (text->str);
}

/* --- the dialog --- */

typedef struct
{
  RegieContext *context;
  RegieRecord *record;
} Why;

static void
why_free (gpointer data)
{
  Why *self = data;

  g_object_unref (self->context);
  g_object_unref (self->record);
  g_free (self);
}

static DexFuture *
on_tasks (DexFuture *future, gpointer data)
{
  AdwAlertDialog *dialog = data;
  Why *self = g_object_get_data (G_OBJECT (dialog), "why");
  GPtrArray *tasks = g_value_get_boxed (dex_future_get_value (future, NULL));
  g_autofree char *error =
      tasks->len > 0 ? regie_cause_read_record (g_ptr_array_index (tasks, 0), "error") : NULL;
  g_autofree char *text = regie_why_describe (self->record, error);

  adw_alert_dialog_set_body (dialog, text);

  return NULL;
}

static void
ask_last_error (AdwAlertDialog *dialog, Why *self)
{
  g_autoptr (RegieQuery) query = regie_query_new (regie_kind_get (REGIE_TASK_KIND));

  regie_query_where (query, "digital_human", REGIE_OP_EQ, regie_context_get_ref (self->record));
  regie_query_where (query, "state", REGIE_OP_EQ, "failed");
  regie_query_sort (query, "created_at", TRUE);
  dex_future_disown (dex_future_then (regie_store_fetch (regie_context_get_store (self->context), query, 1),
                                      on_tasks, g_object_ref (dialog), g_object_unref));
}

static void
on_response (AdwAlertDialog *dialog, const char *response)
{
  Why *self = g_object_get_data (G_OBJECT (dialog), "why");
  const RegieKind *kind = regie_record_get_kind (self->record);
  const char *key = regie_record_get_key (self->record);

  if (g_str_equal (response, "open"))
    regie_context_open (self->context, kind, key);
  else if (!g_str_equal (response, "close"))
    regie_context_act (self->context, kind, key, response);
}

AdwDialog *
regie_why_dialog_new (RegieContext *context, RegieRecord *record)
{
  g_autofree char *name = regie_text_visible (regie_record_get_title (record), FALSE);
  const RegieField *state = regie_kind_find_field (regie_record_get_kind (record), "state");
  g_autofree char *word = regie_format_value (state, regie_record_get_node (record, "state"));
  g_autofree char *heading = g_strdup_printf (_ ("%s: %s"), name, word);
  g_autofree char *text = regie_why_describe (record, NULL);
  AdwAlertDialog *dialog = ADW_ALERT_DIALOG (adw_alert_dialog_new (heading, text));
  gboolean stopped = is_state (record, "stopped");
  Why *self = g_new0 (Why, 1);

  self->context = g_object_ref (context);
  self->record = g_object_ref (record);
  g_object_set_data_full (G_OBJECT (dialog), "why", self, why_free);
  adw_alert_dialog_add_responses (dialog, "close", _ ("_Close"), "open", _ ("_Open"),
                                  stopped ? "start" : "restart", stopped ? _ ("_Start") : _ ("_Restart"),
                                  NULL);
  adw_alert_dialog_set_close_response (dialog, "close");
  adw_alert_dialog_set_default_response (dialog, "open");
  g_signal_connect (dialog, "response", G_CALLBACK (on_response), NULL);
  ask_last_error (dialog, self);

  return ADW_DIALOG (dialog);
}
