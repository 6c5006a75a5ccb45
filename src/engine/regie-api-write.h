/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-api-private.h"

G_BEGIN_DECLS

/* --- regie-api-check.c --- */

/* What can be said of a body by itself: unknown members are refused unless they begin with "x_", the rest is
 * checked and brought into canonical form. In a PATCH null stays where there is no default. */
gboolean
regie_api_check_body (const RegieKind *kind, JsonObject *body, RegieValidateMode mode, GError **error);

/* What depends on other records: those it refers to are there, and it is the only one of its sort. In the
 * transaction. */
gboolean regie_api_check_new (RegieTxn *txn, const RegieKind *kind, JsonObject *record, GError **error);
gboolean regie_api_check_restored (RegieTxn *txn, const RegieKind *kind, JsonObject *record, GError **error);

/* The members of AFTER that differ from BEFORE (either may be NULL), as the journal keeps them: without
 * bookkeeping and what is computed, long ones shortened. NULL when there are none. */
JsonObject *regie_api_journal_values (const RegieKind *kind, JsonObject *before, JsonObject *after);

gboolean regie_api_restore (RegieCall *call, GError **error);

G_END_DECLS
