/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-connection.h"

G_BEGIN_DECLS

/* How a connection is, in the user's words: "Online", "Offline since 14:02" … Newly allocated. */
char *regie_connection_words_state (RegieConnection *connection);

/* A symbolic icon for its state. */
const char *regie_connection_words_icon (RegieConnection *connection);

G_END_DECLS
