/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "regie-store.h"

G_BEGIN_DECLS

/* A dialog that picks one record out of a list of any length, searched as one types.
 *
 * Signal "chosen" (RegieRecord *): NULL stands for "none". The dialog closes by itself. */
#define REGIE_TYPE_CHOOSER (regie_chooser_get_type ())
G_DECLARE_FINAL_TYPE (RegieChooser, regie_chooser, REGIE, CHOOSER, AdwDialog)

/* QUERY is copied; TITLE translated. WITH_NONE offers "None". */
RegieChooser *
regie_chooser_new (RegieStore *store, const RegieQuery *query, const char *title, gboolean with_none);

/* How a ref field names a record: its id at the connection or, before it has one, its key. Borrowed. */
const char *regie_record_get_ref (RegieRecord *record);

G_END_DECLS
