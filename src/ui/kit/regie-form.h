/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "regie-store.h"

G_BEGIN_DECLS

/* An editor made from a kind: a group for each section, a row for each field, checked while one types.
 *
 * Signal "changed" (): some value was changed by the user. Property "valid" (notified). */
#define REGIE_TYPE_FORM (regie_form_get_type ())
G_DECLARE_FINAL_TYPE (RegieForm, regie_form, REGIE, FORM, GtkWidget)

/* A form for a new record until regie_form_set_record(). CONNECTION: whose records ref fields offer, or NULL
 * for all. */
RegieForm *regie_form_new (RegieStore *store, const RegieKind *kind, const char *connection);

/* Edits RECORD from now on: its values are the ones that get_patch compares with; create-only fields become
 * read-only. Loaded or not: when it is not yet, the form fills in once it is. A change of the record
 * from elsewhere is taken over in fields that the user did not touch. */
void regie_form_set_record (RegieForm *self, RegieRecord *record);

/* Shows these values as if typed, others stay; unknown members are ignored. For drafts and duplicates. */
void regie_form_set_values (RegieForm *self, JsonObject *values);

/* Back to the record's values or the defaults. */
void regie_form_reset (RegieForm *self);

/* Leaves fields out (hand-made elsewhere), or shows only these; NULL-terminated. Before the form is shown. */
void regie_form_hide_fields (RegieForm *self, const char *const *names);
void regie_form_show_only (RegieForm *self, const char *const *names);

/* Whether fields set by the backend are shown as well, as rows that cannot be edited (FALSE at first). */
void regie_form_set_show_read_only (RegieForm *self, gboolean show);

/* All editable values in canonical form, without those that are empty and optional; new object. */
JsonObject *regie_form_get_values (RegieForm *self);

/* The members that differ from the record (null: emptied) or, for a new one, from the defaults; new object,
 * empty when nothing changed. */
JsonObject *regie_form_get_patch (RegieForm *self);

gboolean regie_form_is_changed (RegieForm *self);
gboolean regie_form_is_valid (RegieForm *self);

/* Shows what is wrong everywhere (also in fields not yet touched) and moves the focus to the first such
 * field. FALSE when nothing is wrong. */
gboolean regie_form_focus_first_invalid (RegieForm *self);

/* MESSAGE (translated; NULL: none) at the field until it is changed. FALSE when the form has no such row. */
gboolean regie_form_set_field_error (RegieForm *self, const char *name, const char *message);

/* Puts a REGIE_ERROR_INVALID ("/field: …") at its field. FALSE when it names none. */
gboolean regie_form_set_error (RegieForm *self, const GError *error);

/* The row of a field, to add suffixes to it; NULL when there is none. */
GtkWidget *regie_form_get_row (RegieForm *self, const char *name);

void regie_form_focus_field (RegieForm *self, const char *name);

G_END_DECLS
