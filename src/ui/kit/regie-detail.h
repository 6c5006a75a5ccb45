/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "regie-store.h"

G_BEGIN_DECLS

/* All about one record, to be read: a group for each section of its kind, values that can be copied, exact
 * times, JSON as readable text. Follows the record. */
#define REGIE_TYPE_DETAIL (regie_detail_get_type ())
G_DECLARE_FINAL_TYPE (RegieDetail, regie_detail, REGIE, DETAIL, GtkWidget)

RegieDetail *regie_detail_new (RegieStore *store, const RegieKind *kind);

/* NULL: empty. */
void regie_detail_set_record (RegieDetail *self, RegieRecord *record);

/* Leaves fields out (shown elsewhere on the page); NULL-terminated. Empty fields are left out by themselves
 * unless "show-empty". */
void regie_detail_hide_fields (RegieDetail *self, const char *const *names);
void regie_detail_set_show_empty (RegieDetail *self, gboolean show);

/* --- JSON to be read --- */

/* A value as text that people read: indented "name: value" lines, no quotes or braces, lists with "– ". New
 * text; never NULL. At most MAX_CHARS characters, cut with "…" (0: no end). */
char *regie_json_to_readable (JsonNode *node, gsize max_chars);

/* That text in a selectable monospace view with a copy button (which copies the JSON itself). */
#define REGIE_TYPE_JSON_VIEW (regie_json_view_get_type ())
G_DECLARE_FINAL_TYPE (RegieJsonView, regie_json_view, REGIE, JSON_VIEW, GtkWidget)

GtkWidget *regie_json_view_new (void);

/* LABEL is its accessible name; VALUE may be NULL. */
void regie_json_view_set (RegieJsonView *self, const char *label, JsonNode *value);

G_END_DECLS
