/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-commands.h"

#include <glib/gi18n.h>

static const RegieCommand commands[] = {
  { "win.command-palette", N_ ("Command palette"), N_ ("General"), "<Control>k", TRUE },
  { "win.new-digital-human", N_ ("New Digital Human"), N_ ("General"), "<Control>n", FALSE },
  { "win.new-workspace", N_ ("New workspace"), N_ ("General"), "<Control><Shift>n", FALSE },
  { "win.import-workspace", N_ ("Import a workspace…"), N_ ("General"), NULL, FALSE },
  { "win.add-sample", N_ ("Add the sample workspace"), N_ ("General"), NULL, FALSE },
  { "win.pause-everything", N_ ("Pause all outward actions"), N_ ("General"), "<Control><Shift>p", FALSE },
  { "win.resume-everything", N_ ("Resume all outward actions"), N_ ("General"), NULL, FALSE },
  { "app.preferences", N_ ("Preferences"), N_ ("General"), "<Control>comma", FALSE },
  { "app.shortcuts", N_ ("Keyboard shortcuts"), N_ ("General"), "<Control>question", FALSE },
  { "app.help", N_ ("Help"), N_ ("General"), "F1", FALSE },
  { "app.about", N_ ("About Régie"), N_ ("General"), NULL, FALSE },
  { "app.new-window", N_ ("New window"), N_ ("General"), "<Control><Alt>n", FALSE },
  { "window.close", N_ ("Close the window"), N_ ("General"), "<Control>w", TRUE },
  { "app.quit", N_ ("Quit"), N_ ("General"), "<Control>q", FALSE },
  { "win.show-page::overview", N_ ("Overview"), N_ ("Pages"), "<Control>1", FALSE },
  { "win.show-page::digital-humans", N_ ("Digital Humans"), N_ ("Pages"), "<Control>2", FALSE },
  { "win.show-page::workspaces", N_ ("Workspaces"), N_ ("Pages"), "<Control>3", FALSE },
  { "win.show-page::journal", N_ ("Journal"), N_ ("Pages"), "<Control>4", FALSE },
  { "win.show-page::connections", N_ ("Connections"), N_ ("Pages"), "<Control>5", FALSE },
  { "win.show-log", N_ ("Log of the engine"), N_ ("Pages"), NULL, FALSE },
  { "page.search", N_ ("Search in the list"), N_ ("Lists"), "<Control>f", TRUE },
  { "humans.start", N_ ("Start what is selected"), N_ ("Lists"), "<Control>Return", TRUE },
  { "humans.stop", N_ ("Stop what is selected"), N_ ("Lists"), "<Control>period", TRUE },
  { "humans.restart", N_ ("Restart what is selected"), N_ ("Lists"), "<Control>r", TRUE },
  { "win.toggle-frames", N_ ("Show frame times"), N_ ("Debugging"), "<Control><Shift>f", FALSE },
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

      if (commands[i].accel != NULL)
        gtk_application_set_accels_for_action (application, commands[i].action, accels);
    }
}
