/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-application.h"
#include "regie-notifier.h"

G_BEGIN_DECLS

struct _RegieApplication
{
  AdwApplication parent_instance;

  RegieContext *context;
  RegieNotifier *notifier;
  gboolean begun;
  gboolean ending;
};

/* regie-application-actions.c */
void _regie_application_actions_init (RegieApplication *self);

/* regie-application-life.c: the first run, and what becomes of running Digital Humans when the last window
 * closes. */
void _regie_application_begin (RegieApplication *self);
void _regie_application_watch_window (RegieApplication *self, GtkWindow *window);

G_END_DECLS
