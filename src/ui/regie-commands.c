/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-commands.h"

#include <glib/gi18n.h>

static const RegieCommand commands[] = {
  { "win.command-palette", N_ ("Command palette"), N_ ("General"), "<Control>k", TRUE, FALSE },
  { "win.new-digital-human", N_ ("New Digital Human"), N_ ("General"), "<Control>n", FALSE, FALSE },
  { "win.new-workspace", N_ ("New workspace"), N_ ("General"), "<Control><Shift>n", FALSE, FALSE },
  { "win.import-workspace", N_ ("Import a workspace…"), N_ ("General"), NULL, FALSE, FALSE },
  { "win.add-sample", N_ ("Add the sample workspace"), N_ ("General"), NULL, FALSE, FALSE },
  { "win.add-connection", N_ ("Add a connection…"), N_ ("General"), "<Control><Shift>o", FALSE, FALSE },
  { "win.pause-everything", N_ ("Pause all outward actions"), N_ ("General"), "<Control><Shift>p", FALSE,
    FALSE },
  { "win.resume-everything", N_ ("Resume all outward actions"), N_ ("General"), NULL, FALSE, FALSE },
  { "win.undo", N_ ("Undo"), N_ ("General"), "<Control>z", FALSE, TRUE },
  { "app.preferences", N_ ("Preferences"), N_ ("General"), "<Control>comma", FALSE, FALSE },
  { "app.shortcuts", N_ ("Keyboard shortcuts"), N_ ("General"), "<Control>question", FALSE, FALSE },
  { "app.help", N_ ("Help"), N_ ("General"), "F1", FALSE, FALSE },
  { "app.about", N_ ("About Régie"), N_ ("General"), NULL, FALSE, FALSE },
  { "app.new-window", N_ ("New window"), N_ ("General"), "<Control><Alt>n", FALSE, FALSE },
  { "window.close", N_ ("Close the window"), N_ ("General"), "<Control>w", TRUE, FALSE },
  { "app.quit", N_ ("Quit"), N_ ("General"), "<Control>q", FALSE, FALSE },
  { "win.show-page::overview", N_ ("Overview"), N_ ("Pages"), "<Control>1", FALSE, FALSE },
  { "win.show-page::digital-humans", N_ ("Digital Humans"), N_ ("Pages"), "<Control>2", FALSE, FALSE },
  { "win.show-page::workspaces", N_ ("Workspaces"), N_ ("Pages"), "<Control>3", FALSE, FALSE },
  { "win.show-page::journal", N_ ("Journal"), N_ ("Pages"), "<Control>4", FALSE, FALSE },
  { "win.show-page::connections", N_ ("Connections"), N_ ("Pages"), "<Control>5", FALSE, FALSE },
  { "win.show-log", N_ ("Log of the engine"), N_ ("Pages"), NULL, FALSE, FALSE },
  { "page.search", N_ ("Search in the list"), N_ ("Lists"), "<Control>f", TRUE, FALSE },
  { "humans.start", N_ ("Start what is selected"), N_ ("Lists"), "<Control>Return", TRUE, FALSE },
  { "humans.stop", N_ ("Stop what is selected"), N_ ("Lists"), "<Control>period", TRUE, FALSE },
  { "humans.restart", N_ ("Restart what is selected"), N_ ("Lists"), "<Control>r", TRUE, FALSE },
  { "humans.edit", N_ ("Edit what is selected"), N_ ("Lists"), "F2", TRUE, TRUE },
  { "humans.delete", N_ ("Delete what is selected"), N_ ("Lists"), "Delete", TRUE, TRUE },
  { "humans.open", N_ ("Open what is selected"), N_ ("Lists"), "Return", TRUE, TRUE },
  { "win.toggle-frames", N_ ("Show frame times"), N_ ("Debugging"), "<Control><Shift>f", FALSE, FALSE },
};

const RegieCommand *
regie_commands_list (guint *n_commands)
{
  *n_commands = G_N_ELEMENTS (commands);

  return commands;
}

void
regie_commands_bind (GtkApplication *application)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      const char *accels[] = { commands[i].accel, NULL };

      if (commands[i].accel != NULL && !commands[i].local)
        gtk_application_set_accels_for_action (application, commands[i].action, accels);
    }
}
