/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "regie-error.h"
#include "regie-record.h"

G_BEGIN_DECLS

/* Why something failed or was refused, for people: a stable code with its values, from which the engine makes
 * the English text of its records and problems, and the dashboard a sentence in the user's language. The
 * table of codes is in regie-cause.c; docs/engine-api.md says what they are.
 *
 * A cause is a JsonObject: {"code": "process-signal", "args": {"signal": 9, "name": "Killed"}}, or {"text":
 * …} for what somebody else said (the system, a server). A value is a text, a number or again a cause. */

/* ARGS (transfer full) may be NULL. The code must be in the table, with all of its values given. */
JsonObject *regie_cause_new (const char *code, JsonObject *args);
JsonObject *regie_cause_new_text (const char *text);
/* The cause that ERROR carries; else by its code a full disk or a folder that cannot be written, with what it
 * says as "detail"; else its message. */
JsonObject *regie_cause_new_for_error (const GError *error);

/* In English, as the engine writes it. */
char *regie_cause_to_english (JsonObject *cause);

/* Sets MEMBER, MEMBER_code and MEMBER_args of OBJECT; all null for a CAUSE that is NULL. */
void regie_cause_store (JsonObject *object, const char *member, JsonObject *cause);

/* What is to be shown for MEMBER of OBJECT or RECORD: in the user's language where its code is known and its
 * values are there, else the text as it came. NULL when there is none. Untrusted. Newly allocated. */
char *regie_cause_read (JsonObject *object, const char *member);
char *regie_cause_read_record (RegieRecord *record, const char *member);

/* The same for a text, its code and its args (each may be NULL). */
char *regie_cause_word (const char *text, const char *code, JsonObject *args);

/* Sets ERROR (may be NULL) with the cause's English text, after "POINTER: " unless that is NULL, and lets it
 * carry the cause. Takes CAUSE over. */
void regie_cause_set_error (GError **error, RegieError code, const char *pointer, JsonObject *cause);

/* The cause that an error of the domain REGIE_ERROR carries, or NULL. New object. */
JsonObject *regie_error_get_cause (const GError *error);

/* Lets ERROR carry CODE, known or not, with ARGS (or NULL). Another domain's error is left alone. */
void regie_error_set_cause (GError *error, const char *code, JsonObject *args);

G_END_DECLS
