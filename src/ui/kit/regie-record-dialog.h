/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "regie-form.h"
#include "regie-store.h"

G_BEGIN_DECLS

/* Makes or edits one record. What is typed is kept as the store value "draft/KIND/KEY or new" 300 ms after a
 * change, and offered again after a kill or a close without saving.
 *
 * Signal "saved" (const char *key, const char *intent): it is on the disk. INTENT is for regie_store_undo();
 * NULL for a new record. */
#define REGIE_TYPE_RECORD_DIALOG (regie_record_dialog_get_type ())
G_DECLARE_FINAL_TYPE (RegieRecordDialog, regie_record_dialog, REGIE, RECORD_DIALOG, AdwDialog)

/* RECORD NULL: a new one at CONNECTION. Otherwise CONNECTION may be NULL: the record's own. */
RegieRecordDialog *regie_record_dialog_new (RegieStore *store,
                                            const RegieKind *kind,
                                            const char *connection,
                                            RegieRecord *record);

/* The form inside, to hide fields, set first values (regie_form_set_values()) or add to rows. Borrowed. */
RegieForm *regie_record_dialog_get_form (RegieRecordDialog *self);

/* How long undo may still cancel what was saved (10,000 ms at first). */
void regie_record_dialog_set_hold (RegieRecordDialog *self, guint hold_ms);

/* Saves as the button does. Resolves to the key; rejects when something is wrong, which is then shown. */
DexFuture *regie_record_dialog_save (RegieRecordDialog *self);

/* Resolves to whether a draft was found and restored. */
DexFuture *regie_record_dialog_when_ready (RegieRecordDialog *self);

/* Fills VALUES in, as likely ones: they stay when a draft is discarded, and alone they are no draft. */
void regie_record_dialog_preset (RegieRecordDialog *self, JsonObject *values);

G_END_DECLS
