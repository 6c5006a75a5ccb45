/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-kinds.h"

G_BEGIN_DECLS

/* One kind out of its description; never freed, kinds live as long as the program. NULL and ERROR names
 * what is wrong. */
RegieKind *regie_kind_load (JsonObject *description, GError **error);

gboolean regie_field_type_from_string (const char *name, RegieFieldType *type);

G_END_DECLS
