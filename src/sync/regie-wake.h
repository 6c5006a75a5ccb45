/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* Tells when it is worth trying again at once: the machine woke from sleep, or its network changed. Main
 * context. */

#define REGIE_TYPE_WAKE (regie_wake_get_type ())
G_DECLARE_FINAL_TYPE (RegieWake, regie_wake, REGIE, WAKE, GObject)

/* Signal "woke" (). */
RegieWake *regie_wake_new (void);

/* For tests: what counts the time asleep, in µs (NULL: the system), and one look at it now. */
void regie_wake_set_clock (RegieWake *self, gint64 (*asleep) (void));
void regie_wake_look (RegieWake *self);

G_END_DECLS
