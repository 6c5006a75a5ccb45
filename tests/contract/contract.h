/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-exchange.h"

G_BEGIN_DECLS

/* An answer of a backend as it was recorded, in a file of its own: {"request": "METHOD /path with {id}",
 * "status", "type", "etag", "body" (JSON) or "text"}. */

/* Reads FOLDER/NAME.json; NULL when there is none. */
JsonObject *contract_read (const char *folder, const char *name);
void contract_write (const char *folder, const char *name, JsonObject *recording);

JsonObject *contract_record (RegieHttpRequest *request, RegieHttpResponse *response);
RegieHttpResponse *contract_replay (JsonObject *recording);

/* What is the same each time: request, status, and the names and types of all members. Two recordings with
 * the same shape mean that nothing drifted. */
char *contract_get_shape (JsonObject *recording);

G_END_DECLS
