/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-log-page.h"

#include <glib/gi18n.h>

#include "regie-log-view.h"

struct _RegieLogPage
{
  AdwNavigationPage parent_instance;
};

G_DEFINE_FINAL_TYPE (RegieLogPage, regie_log_page, ADW_TYPE_NAVIGATION_PAGE)

static void
regie_log_page_class_init (RegieLogPageClass *klass)
{
}

static void
regie_log_page_init (RegieLogPage *self)
{
}

AdwNavigationPage *
regie_log_page_new (RegieContext *context)
{
  AdwNavigationPage *self = g_object_new (REGIE_TYPE_LOG_PAGE, "title", _ ("Log of the Engine"), NULL);
  GtkWidget *view = adw_toolbar_view_new ();

  adw_toolbar_view_add_top_bar (ADW_TOOLBAR_VIEW (view), adw_header_bar_new ());
  adw_toolbar_view_set_content (ADW_TOOLBAR_VIEW (view), regie_log_view_new (context, "engine"));
  adw_navigation_page_set_child (self, view);

  return self;
}
