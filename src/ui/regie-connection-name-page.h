/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-context.h"

G_BEGIN_DECLS

/* The name and the colour of a new connection. Signal "add" (). */

#define REGIE_TYPE_CONNECTION_NAME_PAGE (regie_connection_name_page_get_type ())
G_DECLARE_FINAL_TYPE (RegieConnectionNamePage,
                      regie_connection_name_page,
                      REGIE,
                      CONNECTION_NAME_PAGE,
                      AdwNavigationPage)

/* Proposes a name after BACKEND and a colour that no connection has yet. */
AdwNavigationPage *regie_connection_name_page_new (RegieContext *context, RegieBackend *backend);

char *regie_connection_name_page_dup_title (RegieConnectionNamePage *self);
guint regie_connection_name_page_get_hue (RegieConnectionNamePage *self); /* 0..359 */

/* BUSY: it is being added; nothing can be changed. */
void regie_connection_name_page_set_busy (RegieConnectionNamePage *self, gboolean busy);
void regie_connection_name_page_show_problem (RegieConnectionNamePage *self, const char *problem);

G_END_DECLS
