/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-profile-private.h"

G_BEGIN_DECLS

/* A backend's JSON to our records and back, by a profile. Any thread; results are new and share nothing
 * that is counted without care with what they were made from. */

/* A record in canonical form: "id" as text, the mapped fields, "rev" where the profile says what the version
 * is, and every member that the profile does not speak of, as it came. What a converter cannot read stays as
 * it came. NULL with PROTOCOL when WIRE is no object or has no id. */
JsonObject *
regie_mapping_from_wire (RegieProfile *profile, const RegieKind *kind, JsonNode *wire, GError **error);

/* Fields or a patch in canonical form as this backend writes them. Fields that it cannot take: INVALID,
 * "/field: …". */
JsonObject *
regie_mapping_to_wire (RegieProfile *profile, const RegieKind *kind, JsonObject *fields, GError **error);

/* One VALUE of field NAME of KIND (may be NULL) as this backend writes it. Transfer full. */
JsonNode *
regie_mapping_value_to_wire (RegieProfile *profile, const RegieKind *kind, const char *name, JsonNode *value);

/* The first of POINTERS (may be NULL) that finds something other than null below ROOT; borrowed, or NULL. */
JsonNode *regie_mapping_find (JsonNode *root, const char *const *pointers);

/* A text or a number as text; NULL for anything else. Transfer full. */
char *regie_mapping_dup_scalar (JsonNode *node);

/* An instant as the backend writes it (RFC 3339). FIELD's VALUE for a filter: times in digits become that,
 * everything else stays. Transfer full. */
char *regie_mapping_filter_value (const RegieKind *kind, const char *field, const char *value);

G_END_DECLS
