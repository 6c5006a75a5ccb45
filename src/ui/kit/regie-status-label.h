/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "regie-kinds.h"

G_BEGIN_DECLS

typedef enum
{
  REGIE_STATUS_NEUTRAL, /* ring */
  REGIE_STATUS_ACCENT,  /* half a disc: on its way */
  REGIE_STATUS_SUCCESS, /* disc */
  REGIE_STATUS_WARNING, /* diamond */
  REGIE_STATUS_ERROR    /* cross */
} RegieStatusStyle;

/* "neutral", "success", … of a RegieEnumValue; NULL and unknown ones are neutral. */
RegieStatusStyle regie_status_style_from_string (const char *name);

/* Whether a field is shown by marks and words: an enum of which a value has a style. */
gboolean regie_status_field_has_marks (const RegieField *field);

/* A mark and a word for a state: the shape says as much as the colour. Its accessible label is
 * the word. Asks for the room of its word; where that is less, the word is cut. */
#define REGIE_TYPE_STATUS_LABEL (regie_status_label_get_type ())
G_DECLARE_FINAL_TYPE (RegieStatusLabel, regie_status_label, REGIE, STATUS_LABEL, GtkWidget)

GtkWidget *regie_status_label_new (void);

/* Any word, shown as it is; "" hides the mark. Properties "text" and "status" (RegieStatusStyle). */
void regie_status_label_set (RegieStatusLabel *self, RegieStatusStyle style, const char *text);

/* The word and style of an enum field's value; an unknown value is shown as it came; that and values
 * without a style get no mark. */
void regie_status_label_set_value (RegieStatusLabel *self, const RegieField *field, const char *value);

/* Only the mark is drawn; the word stays as accessible label and tooltip. Property "mark-only". */
void regie_status_label_set_mark_only (RegieStatusLabel *self, gboolean mark_only);

/* For cells that are used again and again: a new word does not change the size asked for, which is CHARS
 * average characters and the mark; 0 (the default) follows the word. Set before the first word. */
void regie_status_label_set_fixed_chars (RegieStatusLabel *self, int chars);

const char *regie_status_label_get_text (RegieStatusLabel *self);
RegieStatusStyle regie_status_label_get_status (RegieStatusLabel *self);

G_END_DECLS
