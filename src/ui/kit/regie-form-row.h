/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-form-editors.h"

G_BEGIN_DECLS

/* One field in a form: its row, the note under it (help, or what is wrong), and what is known of its value.
 *
 * Signal "changed" (): by the user, or by _set_typed(). */
#define REGIE_TYPE_FORM_ROW (regie_form_row_get_type ())
G_DECLARE_FINAL_TYPE (RegieFormRow, regie_form_row, REGIE, FORM_ROW, GObject)

RegieFormRow *regie_form_row_new (const RegieField *field, RegieStore *store, const char *connection);

const RegieField *regie_form_row_get_field (RegieFormRow *self);
GtkWidget *regie_form_row_get_row (RegieFormRow *self);
GtkWidget *regie_form_row_get_note (RegieFormRow *self);

/* What the value is compared with; shown unless the user has typed something. Borrowed; NULL: none. */
void regie_form_row_set_base (RegieFormRow *self, JsonNode *base);

/* Shows VALUE as if typed. */
void regie_form_row_set_typed (RegieFormRow *self, JsonNode *value);

/* Forgets what was typed. */
void regie_form_row_reset (RegieFormRow *self);

/* A new node, NULL for no value. */
JsonNode *regie_form_row_get_value (RegieFormRow *self);

gboolean regie_form_row_is_changed (RegieFormRow *self);
gboolean regie_form_row_is_valid (RegieFormRow *self);

/* Whether what is wrong is shown also when the field was not touched. */
void regie_form_row_show_problem (RegieFormRow *self);

/* MESSAGE until the next change; NULL: none. */
void regie_form_row_set_error (RegieFormRow *self, const char *message);

void regie_form_row_grab_focus (RegieFormRow *self);

G_END_DECLS
