/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-context.h"

G_BEGIN_DECLS

/* Talk to a Digital Human: what one writes becomes an answer task, what it answers stands below, with the
 * words it rests on. */

#define REGIE_TYPE_TALK_VIEW (regie_talk_view_get_type ())
G_DECLARE_FINAL_TYPE (RegieTalkView, regie_talk_view, REGIE, TALK_VIEW, AdwBin)

GtkWidget *regie_talk_view_new (RegieContext *context, RegieRecord *record);

G_END_DECLS
