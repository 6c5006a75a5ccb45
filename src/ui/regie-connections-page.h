/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-context.h"

G_BEGIN_DECLS

/* The connections and how each is. */

#define REGIE_TYPE_CONNECTIONS_PAGE (regie_connections_page_get_type ())
G_DECLARE_FINAL_TYPE (RegieConnectionsPage,
                      regie_connections_page,
                      REGIE,
                      CONNECTIONS_PAGE,
                      AdwNavigationPage)

AdwNavigationPage *regie_connections_page_new (RegieContext *context);

G_END_DECLS
