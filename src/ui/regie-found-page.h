/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "regie-backend.h"

G_BEGIN_DECLS

/* Says in words what answers at an address: what it is, whether the link is protected, what it cannot do.
 * Signal "continue" (). */

#define REGIE_TYPE_FOUND_PAGE (regie_found_page_get_type ())
G_DECLARE_FINAL_TYPE (RegieFoundPage, regie_found_page, REGIE, FOUND_PAGE, AdwNavigationPage)

AdwNavigationPage *regie_found_page_new (RegieBackend *backend, const char *address);

G_END_DECLS
