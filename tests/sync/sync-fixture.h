/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "fault-proxy.h"
#include "regie-connection.h"
#include "regie-engine-harness.h"
#include "scripted-server.h"

G_BEGIN_DECLS

/* A dashboard without its window: a store in a folder of its own, and its connection to this computer. */
typedef struct
{
  char *dir;
  RegieStore *store;
  RegieConnections *connections;
  RegieConnection *local; /* borrowed */
} Client;

/* DIR NULL: a new folder, which client_free() removes; else that one, which stays. */
Client *client_new (const char *socket, const char *dir);
void client_free (Client *self);
/* Ends it as the end of the program does, and keeps the folder, which is returned. Transfer full. */
char *client_end (Client *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Client, client_free)

void client_wait_state (Client *self, RegieConnectionState state);
/* Online, and a first pull is through. */
void client_wait_synced (Client *self);
/* Nothing waits in the outbox any more: all is sent, failed, or in conflict. */
void client_wait_sent (Client *self);

/* Each returns once it is on the disk. The first returns the key, the others the intent's id. Transfer full.
 */
char *client_create (Client *self, const char *kind, const char *json);
char *client_update (Client *self, const char *kind, const char *key, const char *json);
char *client_delete (Client *self, const char *kind, const char *key);
char *client_act (Client *self, const char *kind, const char *key, const char *action);

/* Rows of the kind where FIELD is VALUE (FIELD NULL: all). */
gint64 client_count (Client *self, const char *kind, const char *field, const char *value);
void client_wait_count (Client *self, const char *kind, const char *field, const char *value, gint64 wanted);
/* The one record of the kind named NAME, waited for. Transfer full. */
RegieRecord *client_find (Client *self, const char *kind, const char *name);
/* The id of a record at the engine, once it has one. Transfer full. */
char *client_wait_remote_id (Client *self, const char *kind, const char *key);
/* Waits until the text of FIELD is VALUE. */
void client_wait_text (Client *self, const char *kind, const char *key, const char *field, const char *value);

/* State of an intent; "" when it is not listed. */
char *client_intent_state (Client *self, const char *intent, char **error);

/* Removes the folder PATH and all in it. */
void test_remove_tree (const char *path);

/* --- the engine's side, asked directly --- */

/* Records of the collection that QUERY ("?name=x", or "") leaves. */
gint64 engine_count (RegieEngineHarness *engine, const char *collection, const char *query);
JsonObject *engine_get (RegieEngineHarness *engine, const char *collection, const char *id);
/* A workspace named NAME; its id. */
char *engine_add_workspace (RegieEngineHarness *engine, const char *name);
char *engine_add_human (RegieEngineHarness *engine, const char *workspace, const char *name);

G_END_DECLS
