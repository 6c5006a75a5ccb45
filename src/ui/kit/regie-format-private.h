/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-kinds.h"

G_BEGIN_DECLS

typedef struct
{
  const char *tag;
  const char *name; /* untranslated */
} RegieLanguage;

/* The languages that forms offer. */
const RegieLanguage *regie_format_list_languages (guint *n_languages);

/* What stands in the journal's fields "action" and "kind", as words; NULL when FIELD is another or the word
 * is not known. Borrowed. */
const char *regie_format_journal_word (const RegieField *field, const char *text);

G_END_DECLS
