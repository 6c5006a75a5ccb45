/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-window.h"

G_BEGIN_DECLS

struct _RegieWindow
{
  AdwApplicationWindow parent_instance;

  RegieContext *context;
  GHashTable *pages; /* name → AdwNavigationPage, made when first shown */
  char *page;
  RegieList *workspaces;
  gboolean choosing; /* the switcher is being filled, not used */
  GtkWidget *frames;

  AdwToastOverlay *toasts;
  AdwNavigationSplitView *split_view;
  AdwNavigationView *navigation;
  AdwNavigationPage *content_page;
  GtkOverlay *overlay;
  GtkListBox *pages_list;
  GtkDropDown *workspace_switcher;
  GtkWidget *pause_button;
  GtkImage *connection_icon;
  GtkLabel *connection_title;
  GtkLabel *connection_state;
};

/* The actions of regie-window-actions.c. */
void _regie_window_class_actions_init (RegieWindowClass *klass);
void _regie_window_actions_update (RegieWindow *self);

/* The workspace and connection switchers of regie-window-switchers.c. */
void _regie_window_switchers_init (RegieWindow *self);

G_END_DECLS
