/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-context.h"

G_BEGIN_DECLS

/* Tells the desktop when a Digital Human or a task fails, as the preferences allow: at most one notification
 * per Digital Human and ten minutes, none in the quiet hours or for a muted one, and taken back when it
 * recovers. */

#define REGIE_TYPE_NOTIFIER (regie_notifier_get_type ())
G_DECLARE_FINAL_TYPE (RegieNotifier, regie_notifier, REGIE, NOTIFIER, GObject)

RegieNotifier *regie_notifier_new (GApplication *application, RegieContext *context);

/* Minutes since midnight of "HH:MM", -1 when it is none. */
int regie_notifier_parse_clock (const char *text);

/* Whether MINUTE of the day lies in the quiet hours; they may go over midnight. */
gboolean regie_notifier_is_quiet (int minute, int start, int end);

G_END_DECLS
