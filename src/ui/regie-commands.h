/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Every action that a person can call, once: the command palette, the shortcuts dialog and the key bindings
 * are made from this table. */
typedef struct
{
  const char *action; /* detailed name, "win.show-page::overview" */
  const char *title;  /* untranslated */
  const char *group;  /* untranslated */
  const char *accel;  /* as gtk_accelerator_parse() reads it, or NULL */
  gboolean hidden;    /* not in the palette (it opens it, or acts on what has the focus) */
  gboolean local;     /* the key is bound by the widget that has the focus, not for the whole application */
} RegieCommand;

const RegieCommand *regie_commands_list (guint *n_commands);

/* Binds the keys. */
void regie_commands_bind (GtkApplication *application);

G_END_DECLS
