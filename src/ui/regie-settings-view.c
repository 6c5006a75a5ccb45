/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-settings-view.h"

#include <glib/gi18n.h>

#include "regie-detail.h"
#include "regie-page-scroller.h"

struct _RegieSettingsView
{
  AdwBin parent_instance;
};

G_DEFINE_FINAL_TYPE (RegieSettingsView, regie_settings_view, ADW_TYPE_BIN)

static void
regie_settings_view_class_init (RegieSettingsViewClass *klass)
{
}

static void
regie_settings_view_init (RegieSettingsView *self)
{
}

/* What is shown on the other parts of the page. */
static const char *const elsewhere[] = {
  "wanted",     "state",        "cause",       "paused",          "pid",
  "started_at", "heartbeat_at", "restarts",    "next_restart_at", "last_activity_at",
  "tasks_day",  "errors_day",   "latency_p50", "latency_p95",     "activity",
  NULL
};

GtkWidget *
regie_settings_view_new (RegieContext *context, RegieRecord *record)
{
  RegieSettingsView *self = g_object_new (REGIE_TYPE_SETTINGS_VIEW, NULL);
  RegieDetail *detail = regie_detail_new (regie_context_get_store (context), regie_record_get_kind (record));
  GtkWidget *view = adw_toolbar_view_new ();
  GtkWidget *edit = gtk_button_new_with_mnemonic (_ ("_Edit Settings…"));

  regie_detail_hide_fields (detail, elsewhere);
  regie_detail_set_show_empty (detail, TRUE);
  regie_detail_set_record (detail, record);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (edit), "human.edit");
  gtk_widget_add_css_class (edit, "suggested-action");
  gtk_widget_add_css_class (edit, "pill");
  gtk_widget_set_halign (edit, GTK_ALIGN_CENTER);
  gtk_widget_set_margin_top (edit, 6);
  gtk_widget_set_margin_bottom (edit, 12);
  adw_toolbar_view_set_content (ADW_TOOLBAR_VIEW (view), regie_page_scroller_new (GTK_WIDGET (detail)));
  adw_toolbar_view_add_bottom_bar (ADW_TOOLBAR_VIEW (view), edit);
  adw_bin_set_child (ADW_BIN (self), view);

  return GTK_WIDGET (self);
}
