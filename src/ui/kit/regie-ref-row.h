/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "regie-store.h"

G_BEGIN_DECLS

/* A row that picks one record of a kind: shows its title, opens a searched list of any length. */
#define REGIE_TYPE_REF_ROW (regie_ref_row_get_type ())
G_DECLARE_FINAL_TYPE (RegieRefRow, regie_ref_row, REGIE, REF_ROW, AdwActionRow)

/* CONNECTION: only its records are offered; NULL: those of all. OPTIONAL: "None" may be chosen. */
GtkWidget *
regie_ref_row_new (RegieStore *store, const RegieKind *kind, const char *connection, gboolean optional);

/* The id as a ref field holds it: the remote id, or the key of a record that has none yet; NULL for none.
 * Property "value", notified. */
void regie_ref_row_set_value (RegieRefRow *self, const char *value);
const char *regie_ref_row_get_value (RegieRefRow *self);

/* Only records for which all conditions of QUERY hold are offered (copied). */
void regie_ref_row_set_query (RegieRefRow *self, const RegieQuery *query);

G_END_DECLS
