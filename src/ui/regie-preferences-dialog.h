/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-context.h"

G_BEGIN_DECLS

#define REGIE_TYPE_PREFERENCES_DIALOG (regie_preferences_dialog_get_type ())
G_DECLARE_FINAL_TYPE (RegiePreferencesDialog,
                      regie_preferences_dialog,
                      REGIE,
                      PREFERENCES_DIALOG,
                      AdwPreferencesDialog)

AdwDialog *regie_preferences_dialog_new (RegieContext *context);

G_END_DECLS
