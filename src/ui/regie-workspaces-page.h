/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-context.h"

G_BEGIN_DECLS

/* The workspaces: make, rename, pause, export, import, remove. */

#define REGIE_TYPE_WORKSPACES_PAGE (regie_workspaces_page_get_type ())
G_DECLARE_FINAL_TYPE (RegieWorkspacesPage, regie_workspaces_page, REGIE, WORKSPACES_PAGE, AdwNavigationPage)

AdwNavigationPage *regie_workspaces_page_new (RegieContext *context);

G_END_DECLS
