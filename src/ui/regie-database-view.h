/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-context.h"

G_BEGIN_DECLS

/* The database of one Digital Human and its backups. */

#define REGIE_TYPE_DATABASE_VIEW (regie_database_view_get_type ())
G_DECLARE_FINAL_TYPE (RegieDatabaseView, regie_database_view, REGIE, DATABASE_VIEW, AdwBin)

GtkWidget *regie_database_view_new (RegieContext *context, RegieRecord *record);

G_END_DECLS
