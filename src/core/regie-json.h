/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "regie-error.h"

G_BEGIN_DECLS

/* JSON from outside. Thread-safe, no state. */

/* Parses TEXT under the limits of regie-limits.h, which are looked at before the parser runs (json-glib
 * recurses). LENGTH -1: NUL-terminated. Errors: TOO_LARGE, INVALID ("line 3: …"). */
JsonNode *regie_json_parse (const char *text, gssize length, GError **error);

/* The same, and it must be an object. */
JsonObject *regie_json_parse_object (const char *text, gssize length, GError **error);

/* Compact text, keys in the order they were set; _sorted: keys in byte order, so that equal objects give
 * equal text. */
char *regie_json_to_string (JsonNode *node);
char *regie_json_object_to_string (JsonObject *object);
char *regie_json_object_to_sorted_string (JsonObject *object);

/* The value at a JSON Pointer (RFC 6901), borrowed, or NULL. */
JsonNode *regie_json_pointer_get (JsonNode *root, const char *pointer);

/* Member as the type asked for, or the fallback; never warns, unlike json_object_get_…_member(). */
const char *regie_json_get_text (JsonObject *object, const char *member, const char *fallback);
gint64 regie_json_get_int (JsonObject *object, const char *member, gint64 fallback);
double regie_json_get_number (JsonObject *object, const char *member, double fallback);
gboolean regie_json_get_bool (JsonObject *object, const char *member, gboolean fallback);
JsonObject *regie_json_get_object (JsonObject *object, const char *member);
JsonArray *regie_json_get_array (JsonObject *object, const char *member);

/* A deep copy; and one with PATCH's members put over it (shallow: a member replaces, null stays null). New
 * objects. */
JsonObject *regie_json_copy (JsonObject *object);
JsonObject *regie_json_apply (JsonObject *base, JsonObject *patch);

/* The members of AFTER that differ from BEFORE; NULL when none does. New object. */
JsonObject *regie_json_diff (JsonObject *before, JsonObject *after);

gboolean regie_json_node_equal (JsonNode *a, JsonNode *b);

/* Builds an object from name, format letter, value … NULL; letters: s const char * (NULL → JSON null), i
 * gint64, d double, b gboolean, o JsonObject * (taken), a JsonArray * (taken), n JsonNode * (taken). */
JsonObject *regie_json_object_new (const char *name, ...) G_GNUC_NULL_TERMINATED;

G_END_DECLS
