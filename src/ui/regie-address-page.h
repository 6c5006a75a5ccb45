/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "regie-backend.h"

G_BEGIN_DECLS

/* Asks for the address of a backend and finds out which one answers there. Signal "found" (RegieBackend *).
 */

#define REGIE_TYPE_ADDRESS_PAGE (regie_address_page_get_type ())
G_DECLARE_FINAL_TYPE (RegieAddressPage, regie_address_page, REGIE, ADDRESS_PAGE, AdwNavigationPage)

AdwNavigationPage *regie_address_page_new (void);

/* What was typed, as it is to be kept. Newly allocated. */
char *regie_address_page_dup_address (RegieAddressPage *self);

/* What the user agreed to. */
RegieEndpointFlags regie_address_page_get_flags (RegieAddressPage *self);

/* Gives up finding; nothing happens when nothing is looked for. */
void regie_address_page_cancel (RegieAddressPage *self);

G_END_DECLS
