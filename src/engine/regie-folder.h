/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Makes the folder PATH and those above it that are missing, mode 0700, each of them on the disk when this
 * returns: a file that is synced is only found again when its folder is there. FULL or READ_ONLY. Blocks. */
gboolean regie_folder_make (const char *path, GError **error);

G_END_DECLS
