/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  const char *tag;
  const char *name; /* untranslated */
} RegieLanguage;

/* The languages that forms offer. */
const RegieLanguage *regie_format_list_languages (guint *n_languages);

G_END_DECLS
