/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* CHILD in the middle of a page that scrolls, no wider than what reads well. */
GtkWidget *regie_page_scroller_new (GtkWidget *child);

G_END_DECLS
