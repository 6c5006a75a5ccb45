/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "core/regie-json.h"
#include "engine/regie-supervisor.h"

G_BEGIN_DECLS

/* A supervisor in this process over a store of its own, with workers that are the real program; for what
 * needs other timings or another clock than the engine has. Main thread; each function fails the test where
 * it cannot do what it says. */
typedef struct
{
  char *folder;
  RegieEngineStore *store;
  RegieSupervisor *supervisor;
  char *workspace;
} Fixture;

/* From here on a warning is written but does not end the test; a fixture calls it. */
void test_expect_warnings (void);

/* Short timings: heartbeats each 50 ms, restarts after 100 ms. */
Fixture *fixture_new (void);
void fixture_free (Fixture *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)

/* Drains, closes the store, and begins anew on the same folder. */
void fixture_restart (Fixture *self);
/* The same without draining first: the workers are killed as if the engine were gone. */
void fixture_open (Fixture *self);
void fixture_close (Fixture *self);

/* Runs the main context until FUTURE settles; consumes it. NULL with ERROR when it is rejected (ERROR NULL:
 * the test fails). */
gboolean test_await (DexFuture *future, GError **error);
JsonObject *test_await_object (DexFuture *future, GError **error);

/* Records, put as the API does it. SETTINGS and PAYLOAD are JSON text ("{}"). Return the id. */
char *test_put (Fixture *self, const char *kind, const char *settings);
char *test_put_human (Fixture *self, const char *name, const char *settings);
char *
test_put_task (Fixture *self, const char *human, const char *type, const char *priority, const char *payload);
void test_patch (Fixture *self, const char *kind, const char *id, const char *patch);
void test_delete (Fixture *self, const char *kind, const char *id);

JsonObject *test_get (Fixture *self, const char *kind, const char *id);
/* The items of a kind that have FIELD = VALUE (FIELD NULL: all), oldest first. */
JsonArray *test_list (Fixture *self, const char *kind, const char *field, const char *value);
JsonObject *test_act (Fixture *self, const char *kind, const char *id, const char *action, GError **error);

/* Waits until the record's state is STATE, and returns it. */
JsonObject *test_wait_state (Fixture *self, const char *kind, const char *id, const char *state);
/* Until it is done, failed, unknown or cancelled. */
JsonObject *test_wait_task (Fixture *self, const char *id);
/* Starts it and waits until it is idle; returns its pid. */
GPid test_start (Fixture *self, const char *human);

/* Runs the main context until FUNC says TRUE, 60 s at most. */
void test_until (gboolean (*func) (gpointer data), gpointer data);
/* Whether a process is there (a zombie is not). */
gboolean test_is_alive (GPid pid);
/* The number in the path of a JSON object's members, "/result/worker/pid". */
gint64 test_int_at (JsonObject *object, const char *pointer);
const char *test_text_at (JsonObject *object, const char *pointer);

/* --- a web server on 127.0.0.1 --- */

typedef struct _TestServer TestServer;

/* Answers /hello with 200 "hello", /slow never, /moved with 302 to /hello, /large with 2 MiB, /json with the
 * body it was sent, /fail with 500, everything else 404. */
TestServer *test_server_new (void);
void test_server_free (TestServer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TestServer, test_server_free)
guint test_server_get_port (TestServer *self);
/* Requests to PATH so far. */
guint test_server_count (TestServer *self, const char *path);
/* A header of the last request, or NULL. */
const char *test_server_get_header (TestServer *self, const char *name);

G_END_DECLS
