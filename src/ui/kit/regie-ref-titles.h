/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-store.h"

G_BEGIN_DECLS

/* The titles of records that ref fields name, looked up in the store once and kept while they are used.
 *
 * Signal "changed" (): a title came in or is another one; once for many. Main thread. */
#define REGIE_TYPE_REF_TITLES (regie_ref_titles_get_type ())
G_DECLARE_FINAL_TYPE (RegieRefTitles, regie_ref_titles, REGIE, REF_TITLES, GObject)

RegieRefTitles *regie_ref_titles_new (RegieStore *store);

/* The title of the record of KIND with this ID (or, before it has one, key) at CONNECTION (NULL: any); NULL
 * while it is being looked up; ID itself when there is no such record. Valid until "changed". */
const char *
regie_ref_titles_lookup (RegieRefTitles *self, const char *connection, const RegieKind *kind, const char *id);

G_END_DECLS
