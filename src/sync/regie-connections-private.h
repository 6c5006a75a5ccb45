/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "regie-connection-private.h"
#include "regie-wake.h"

G_BEGIN_DECLS

struct _RegieConnections
{
  GObject parent_instance;
  RegieStore *store;
  GPtrArray *items; /* RegieConnection, "local" first */
  RegieWake *wake;
  DexFuture *loaded;
  gboolean ended; /* nothing is started any more */
};

/* Takes CONNECTION, tells of it and starts it; ends it and tells of that. */
void regie_connections_insert (RegieConnections *self, RegieConnection *connection);
void regie_connections_drop (RegieConnections *self, RegieConnection *connection);

/* --- regie-connections-kept.c --- */

/* Brings the kept connections back; resolves to TRUE. */
DexFuture *regie_connections_load (RegieConnections *self);

G_END_DECLS
