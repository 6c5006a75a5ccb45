/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-context.h"

G_BEGIN_DECLS

/* The settings of a Digital Human to be read, and the way to change them. */

#define REGIE_TYPE_SETTINGS_VIEW (regie_settings_view_get_type ())
G_DECLARE_FINAL_TYPE (RegieSettingsView, regie_settings_view, REGIE, SETTINGS_VIEW, AdwBin)

GtkWidget *regie_settings_view_new (RegieContext *context, RegieRecord *record);

G_END_DECLS
