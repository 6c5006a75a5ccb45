/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "regie-store.h"

G_BEGIN_DECLS

/* The row in which the value of a field is edited, by the field's type. */
typedef struct
{
  /* A new row with the field's title, empty. */
  GtkWidget *(*create) (const RegieField *field, RegieStore *store, const char *connection);

  /* Emitted by the row when the user (or set) changes the value. */
  const char *signal;

  /* NULL or null: no value. */
  void (*set) (GtkWidget *row, const RegieField *field, JsonNode *value);

  /* A new node, or NULL for none. PROBLEM is set to a code as of regie_field_check() when what is typed is
   * no value at all; then NULL comes back. */
  JsonNode *(*get) (GtkWidget *row, const RegieField *field, const char **problem);
} RegieEditor;

const RegieEditor *regie_editor_get (const RegieField *field);

/* That of enumerations, languages and zones. */
const RegieEditor *regie_choice_editor_get (void);

/* The widget of ROW that is typed in: has the focus and the accessible states. */
GtkWidget *regie_editor_get_focus (GtkWidget *row);

G_END_DECLS
