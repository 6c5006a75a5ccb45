/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-kinds.h"

G_BEGIN_DECLS

/* One thing of a kind, as shown in the dashboard: server base with the pending intents applied. Main thread
 * only, except that a new one may be made on any thread before it is handed over. A list hands out records
 * that are still empty
 * ("loaded" FALSE) and fills them in place; "changed" is emitted then and whenever the content is replaced.
 */

#define REGIE_TYPE_RECORD (regie_record_get_type ())
G_DECLARE_FINAL_TYPE (RegieRecord, regie_record, REGIE, RECORD, GObject)

RegieRecord *regie_record_new (const RegieKind *kind);

const RegieKind *regie_record_get_kind (RegieRecord *self);

/* The local key (UUIDv7), the connection it came from and its id there (NULL until created there). */
const char *regie_record_get_key (RegieRecord *self);
const char *regie_record_get_connection (RegieRecord *self);
const char *regie_record_get_remote_id (RegieRecord *self);
/* Version at the backend as an ETag, or NULL where it has none. */
const char *regie_record_get_etag (RegieRecord *self);
/* µs UTC of the last time that the backend gave it. */
gint64 regie_record_get_fetched_at (RegieRecord *self);
gboolean regie_record_is_loaded (RegieRecord *self);
/* Writes that wait for the backend touch it: "" none, else the state of the oldest one ("queued",
 * "sending", "failed" …). */
const char *regie_record_get_pending (RegieRecord *self);

typedef struct
{
  const char *key, *connection, *remote_id, *etag, *pending;
  gint64 fetched_at;
  JsonObject *data; /* canonical form */
} RegieRecordContent;

/* Replaces the content and emits "changed" and notify::loaded. CONTENT is copied, its data referenced. */
void regie_record_set_content (RegieRecord *self, const RegieRecordContent *content);

/* Values by field name; missing or of another type: NULL, 0, FALSE, 0.0. Text is valid until the content is
 * replaced. */
const char *regie_record_get_text (RegieRecord *self, const char *field);
gint64 regie_record_get_int (RegieRecord *self, const char *field);
double regie_record_get_number (RegieRecord *self, const char *field);
gboolean regie_record_get_bool (RegieRecord *self, const char *field);
JsonNode *regie_record_get_node (RegieRecord *self, const char *field);
JsonObject *regie_record_get_data (RegieRecord *self);

/* What names it: the title field, else its id. Plain text, never markup. */
const char *regie_record_get_title (RegieRecord *self);

G_END_DECLS
