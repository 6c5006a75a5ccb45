/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-context.h"

G_BEGIN_DECLS

/* The dashboard as a program: opens the store, connects, makes windows, notifies, and ends in order. */

#define REGIE_TYPE_APPLICATION (regie_application_get_type ())
G_DECLARE_FINAL_TYPE (RegieApplication, regie_application, REGIE, APPLICATION, AdwApplication)

RegieApplication *regie_application_new (void);

/* NULL until the store is open. */
RegieContext *regie_application_get_context (RegieApplication *self);

/* "$XDG_DATA_HOME/regie/dashboard", or REGIE_STORE. Transfer full. */
char *regie_application_dup_store_dir (void);

/* Without a display: makes sure of the engine, prints the Digital Humans as a table and how to get the
 * window, FROM_SOURCE also by make. Returns the exit status. */
int regie_headless_run (gboolean from_source);

G_END_DECLS
