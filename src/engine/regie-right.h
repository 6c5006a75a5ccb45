/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "core/regie-json.h"
#include "db/regie-db.h"

G_BEGIN_DECLS

/* What a Digital Human may do, worked out from the records of kind "right". No state; any thread.
 *
 * For each service the Digital Human's own right decides; without one that of its workspace; without one the
 * built-in default: what acts on the outside world is denied, memory and files are allowed. Where two rights
 * speak for the same Digital Human and service, the stricter one holds. A pause denies what acts outside,
 * whatever the rights say.
 *
 * Talking to one's own Digital Human in the window (task "answer") and having it read a message (task
 * "analyze") needs no right: nothing leaves the machine. */

/* Whether SERVICE acts on the outside world. */
gboolean regie_right_is_outward (const char *service);

/* {"service", "access", "per_hour" (null unless limited), "used" (0), "source", "right" (id or null),
 * "hosts", "reason"} for each service, as in the API's effective-rights. RIGHTS are the records of the
 * workspace; PAUSED is the code of why outward actions are paused, or NULL; then "reason_code" says
 * it too. New array. */
JsonArray *regie_right_effective (JsonArray *rights, const char *digital_human, const char *paused);

/* The rights in a workspace's file that speak for DIGITAL_HUMAN: its own and those of all. New array. */
JsonArray *regie_right_read (sqlite3 *db, const char *digital_human, GError **error);

/* The item of SERVICE in what regie_right_effective() gave, borrowed; NULL when there is none. */
JsonObject *regie_right_find (JsonArray *effective, const char *service);

/* Fills "used" from {service: n}. */
void regie_right_set_used (JsonArray *effective, JsonObject *usage);

/* NULL and DENIED, or STATE while paused, when ITEM does not allow its service at all; the message names the
 * right and where to change it. */
gboolean regie_right_check (JsonObject *item, GError **error);

/* STATE, for PAUSED being the code of why outward actions are paused. */
void regie_right_refuse_paused (const char *paused, GError **error);

/* Whether one of HOSTS names the place of URI. An entry is HOST (the scheme's own port), HOST:PORT, or either
 * after "http://", which alone permits plain http to anything but this computer. DENIED says what to add. */
gboolean regie_right_check_host (JsonArray *hosts, GUri *uri, GError **error);

G_END_DECLS
