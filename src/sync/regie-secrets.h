/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>
#include <libdex.h>

G_BEGIN_DECLS

/* Where the tokens of connections are kept: the user's keyring (Secret Service). Where there is none, or it
 * does not open, they are kept in memory until the program ends, and nowhere else. Main context. */

/* Resolves to a boolean: TRUE when the keyring has them, FALSE when only this program remembers. SECRETS
 * NULL: they are forgotten in both. Never rejects. */
DexFuture *regie_secrets_save (const char *connection, JsonObject *secrets);

/* Resolves to a JsonObject, or to NULL when nothing is kept or the keyring does not open. Never rejects. */
DexFuture *regie_secrets_load (const char *connection);

G_END_DECLS
