/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* gtk_accessible_announce(), at medium priority, that also runs under GTK_A11Y=test: the context that GTK
 * makes for tests has no such function (4.18) and the call would jump to NULL. TEXT is plain and translated.
 */
void regie_announce (GtkWidget *widget, const char *text);

G_END_DECLS
