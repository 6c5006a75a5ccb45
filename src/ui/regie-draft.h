/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "regie-store.h"

G_BEGIN_DECLS

/* Keeps what is typed into BUFFER as the store value NAME, 300 ms after a change, and puts what was kept
 * there before back into it, if nothing was typed meanwhile. An empty text removes the value. Lives as long
 * as the buffer. Main thread. */
void regie_draft_attach (GtkTextBuffer *buffer, RegieStore *store, const char *name);

/* Keeps the present text now, for who closes what holds the buffer. */
void regie_draft_flush (GtkTextBuffer *buffer);

G_END_DECLS
