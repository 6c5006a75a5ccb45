/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "regie-store.h"

G_BEGIN_DECLS

/* An editor for several records of a kind at once: a row for each field, closed and left alone until it is
 * switched on. What is switched on is set in all of them, also to a value that some of them or the default
 * have already.
 *
 * Property "n-chosen" (notified): how many fields are switched on. */
#define REGIE_TYPE_BULK_FORM (regie_bulk_form_get_type ())
G_DECLARE_FINAL_TYPE (RegieBulkForm, regie_bulk_form, REGIE, BULK_FORM, AdwBin)

/* CONNECTION: whose records ref fields offer, or NULL for all. WITHOUT: fields that are not offered, because
 * they make no sense for several; NULL-terminated. */
RegieBulkForm *regie_bulk_form_new (RegieStore *store,
                                    const RegieKind *kind,
                                    const char *connection,
                                    const char *const *without);

/* The members to set (null: emptied), one for each field that is switched on; new object. */
JsonObject *regie_bulk_form_get_patch (RegieBulkForm *self);

/* Shows what is wrong in the fields that are switched on and moves the focus to the first. FALSE when nothing
 * is. */
gboolean regie_bulk_form_focus_first_invalid (RegieBulkForm *self);

/* As if the person had switched FIELD on or off, or had typed VALUE (NULL: nothing) in it, which switches it
 * on. */
void regie_bulk_form_choose (RegieBulkForm *self, const char *field, gboolean chosen);
void regie_bulk_form_set_value (RegieBulkForm *self, const char *field, JsonNode *value);

guint regie_bulk_form_get_n_chosen (RegieBulkForm *self);

G_END_DECLS
