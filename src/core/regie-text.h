/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Text from elsewhere is data. Everything shown passes through here; results are newly allocated. */

/* Safe inside Pango markup: escaped, and made visible as regie_text_visible() does. */
char *regie_text_escape (const char *text);

/* For plain labels: control characters and bidi controls as visible marks (U+2400 block, "[RLO]"), invalid
 * UTF-8 replaced; newlines become spaces unless MULTILINE. NULL gives "". */
char *regie_text_visible (const char *text, gboolean multiline);

/* At most MAX_CHARS characters, cut at a cluster with "…". */
char *regie_text_shorten (const char *text, gsize max_chars);

/* For comparing and searching: lower case, no diacritics. */
char *regie_text_fold (const char *text);

/* Whether a link may be opened: https, mailto or tel, no user part, no control characters. */
gboolean regie_text_uri_is_safe (const char *uri);

/* Whether a name is free of what no name has: control and bidi characters. */
gboolean regie_text_is_plain (const char *text, gboolean multiline);

G_END_DECLS
