/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-context.h"

G_BEGIN_DECLS

/* The main window: pages on the left, what they show on the right. */

#define REGIE_TYPE_WINDOW (regie_window_get_type ())
G_DECLARE_FINAL_TYPE (RegieWindow, regie_window, REGIE, WINDOW, AdwApplicationWindow)

RegieWindow *regie_window_new (GtkApplication *application, RegieContext *context);

/* Shows a top page by its name ("overview", "digital-humans", "workspaces", "journal", "connections"). */
void regie_window_show_page (RegieWindow *self, const char *name);

/* Shows a record on a page of its own, over its list. */
void regie_window_show_record (RegieWindow *self, const RegieKind *kind, const char *key);

RegieContext *regie_window_get_context (RegieWindow *self);

G_END_DECLS
