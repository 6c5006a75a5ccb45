/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-journal-page.h"

#include <glib/gi18n.h>

#include "regie-kind-fields.h"
#include "regie-table.h"

struct _RegieJournalPage
{
  AdwNavigationPage parent_instance;

  RegieContext *context;
  RegieTable *table;
};

G_DEFINE_FINAL_TYPE (RegieJournalPage, regie_journal_page, ADW_TYPE_NAVIGATION_PAGE)

static void
on_open (RegieJournalPage *self, RegieRecord *entry)
{
  regie_context_open (self->context, regie_record_get_kind (entry), regie_record_get_key (entry));
}

static DexFuture *
verify_fiber (gpointer data)
{
  RegieJournalPage *self = data;
  g_autoptr (GError) error = NULL;

  if (dex_await (regie_store_verify_journal (regie_context_get_store (self->context)), &error))
    regie_context_say (self->context, _ ("Every entry of this dashboard's journal is as it was written"),
                       NULL);
  else
    regie_context_say_error (self->context, _ ("The journal was changed from outside"), error);

  return NULL;
}

static void
on_verify (GtkWidget *widget, const char *name, GVariant *parameter)
{
  regie_spawn (widget, verify_fiber);
}

static void
on_search (GtkWidget *widget, const char *name, GVariant *parameter)
{
  regie_table_focus_search (REGIE_JOURNAL_PAGE (widget)->table);
}

static void
build (RegieJournalPage *self)
{
  static const char *const columns[] = { "at", "who", "action", "kind", "title", NULL };
  static const char *const details[] = { "action", "who", "at", NULL };
  const RegieKind *kind = regie_kind_get (REGIE_AUDIT_KIND);
  g_autoptr (RegieQuery) query = regie_query_new (kind);
  g_autoptr (GMenu) menu = g_menu_new ();
  GtkWidget *view = adw_toolbar_view_new ();

  self->table = regie_table_new (regie_context_get_store (self->context), kind, "journal");
  regie_query_sort (query, "at", TRUE);
  regie_table_set_default_columns (self->table, columns);
  regie_table_set_narrow_fields (self->table, "title", details, NULL);
  regie_table_set_base_query (self->table, query);
  regie_table_set_empty (self->table, "view-list-symbolic", _ ("Nothing Was Written Yet"),
                         _ ("Each change stands here: who made it, when, and the values before and after."),
                         NULL, NULL);
  g_menu_append (menu, _ ("_Verify the Journal"), "journal.verify");
  regie_table_set_extra_menu (self->table, G_MENU_MODEL (menu));
  g_signal_connect_object (self->table, "open", G_CALLBACK (on_open), self, G_CONNECT_SWAPPED);

  adw_toolbar_view_add_top_bar (ADW_TOOLBAR_VIEW (view), adw_header_bar_new ());
  adw_toolbar_view_set_content (ADW_TOOLBAR_VIEW (view), GTK_WIDGET (self->table));
  adw_navigation_page_set_child (ADW_NAVIGATION_PAGE (self), view);
}

static void
regie_journal_page_dispose (GObject *object)
{
  g_clear_object (&REGIE_JOURNAL_PAGE (object)->context);

  G_OBJECT_CLASS (regie_journal_page_parent_class)->dispose (object);
}

static void
regie_journal_page_class_init (RegieJournalPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = regie_journal_page_dispose;
  gtk_widget_class_install_action (widget_class, "journal.verify", NULL, on_verify);
  gtk_widget_class_install_action (widget_class, "page.search", NULL, on_search);
}

static void
regie_journal_page_init (RegieJournalPage *self)
{
}

AdwNavigationPage *
regie_journal_page_new (RegieContext *context)
{
  RegieJournalPage *self =
      g_object_new (REGIE_TYPE_JOURNAL_PAGE, "title", _ ("Journal"), "tag", "journal", NULL);

  self->context = g_object_ref (context);
  build (self);

  return ADW_NAVIGATION_PAGE (self);
}
