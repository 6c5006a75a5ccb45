/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "regie-backend.h"

G_BEGIN_DECLS

/* Signs in to a backend by the steps of its profile: a row for each field, a button for each step. What is
 * typed goes to the backend and nowhere else. Signal "signed-in" (). */

#define REGIE_TYPE_SIGN_IN_PAGE (regie_sign_in_page_get_type ())
G_DECLARE_FINAL_TYPE (RegieSignInPage, regie_sign_in_page, REGIE, SIGN_IN_PAGE, AdwNavigationPage)

AdwNavigationPage *regie_sign_in_page_new (RegieBackend *backend);

/* The line under a form that says what went wrong; floating. PROBLEM NULL: nothing, it is hidden. */
GtkLabel *regie_sign_in_create_problem (void);
void regie_sign_in_show_problem (GtkLabel *label, const char *problem);

/* Marks ROW as wrong, with PROBLEM as its tooltip and its description for assistive technology; NULL: it is
 * fine. */
void regie_sign_in_mark_row (GtkWidget *row, const char *problem);

G_END_DECLS
