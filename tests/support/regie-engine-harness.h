/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* The real regie-engine with a folder of its own, for a test. Every function fails the test where it cannot
 * do what it says. Main thread. */

typedef struct _RegieEngineHarness RegieEngineHarness;

/* Makes an empty folder below the temporary one; nothing is started yet. */
RegieEngineHarness *regie_engine_harness_new (void);

/* new, then start. */
RegieEngineHarness *regie_engine_harness_new_started (void);

/* Stops the engine if it runs (it must end with 0) and removes the folder. */
void regie_engine_harness_free (RegieEngineHarness *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RegieEngineHarness, regie_engine_harness_free)

/* Starts it and waits until it answers. */
void regie_engine_harness_start (RegieEngineHarness *self);

/* Starts it with ARGS after --data-dir and --socket (NULL-terminated, or NULL) and UID (0: as this process),
 * does not wait. */
void regie_engine_harness_launch (RegieEngineHarness *self, const char *const *args, guint uid);
void regie_engine_harness_wait_ready (RegieEngineHarness *self);

/* Waits for its end by itself; returns the exit status, or -N when signal N ended it. */
int regie_engine_harness_wait_end (RegieEngineHarness *self);

/* SIGTERM, and waits: it must end with 0. */
void regie_engine_harness_stop (RegieEngineHarness *self);
/* SIGKILL, and waits. */
void regie_engine_harness_kill (RegieEngineHarness *self);

GPid regie_engine_harness_get_pid (RegieEngineHarness *self); /* 0: it does not run */
const char *regie_engine_harness_get_socket (RegieEngineHarness *self);
const char *regie_engine_harness_get_data_dir (RegieEngineHarness *self);
const char *regie_engine_harness_get_folder (RegieEngineHarness *self); /* of both */
/* Takes another data folder or socket for the next start. */
void regie_engine_harness_set_data_dir (RegieEngineHarness *self, const char *path);
void regie_engine_harness_set_socket (RegieEngineHarness *self, const char *path);
/* What all starts so far wrote to standard error. Newly allocated. */
char *regie_engine_harness_read_errors (RegieEngineHarness *self);

/* --- calls --- */

typedef struct
{
  guint status; /* 0: no answer came */
  char *content_type;
  char *etag;
  char *location;
  char *allow;
  gboolean replayed;
  char *text;       /* NUL-terminated */
  JsonObject *json; /* NULL when it is none */
} RegieAnswer;

void regie_answer_free (RegieAnswer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RegieAnswer, regie_answer_free)

/* One request. BODY is JSON text or NULL; HEADERS pairs of name and value, NULL-terminated, or NULL. Blocks.
 */
RegieAnswer *regie_engine_harness_call (RegieEngineHarness *self,
                                        const char *method,
                                        const char *path,
                                        const char *body,
                                        const char *const *headers);

/* The same, where STATUS must come back; returns the JSON object (transfer full; NULL when the answer has
 * none). BODY, a printf format for JSON text, may be NULL. */
JsonObject *regie_engine_harness_expect (RegieEngineHarness *self,
                                         guint status,
                                         const char *method,
                                         const char *path,
                                         const char *body,
                                         ...) G_GNUC_PRINTF (5, 6);

/* POST that must answer 201; returns the id. */
char *regie_engine_harness_create (RegieEngineHarness *self, const char *path, const char *body, ...)
    G_GNUC_PRINTF (3, 4);

/* --- events --- */

typedef struct _RegieEventReader RegieEventReader;

/* Opens WS /v1/events?QUERY (NULL: none) and collects what comes while the main context runs. */
RegieEventReader *regie_engine_harness_read_events (RegieEngineHarness *self, const char *query);
void regie_event_reader_free (RegieEventReader *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RegieEventReader, regie_event_reader_free)
/* All so far, in order; owned by the reader. */
GPtrArray *regie_event_reader_get_events (RegieEventReader *self);
/* Waits until one after the first START has MEMBER with the text VALUE; returns its index. */
guint regie_event_reader_wait (RegieEventReader *self, guint start, const char *member, const char *value);
gboolean regie_event_reader_is_closed (RegieEventReader *self);

/* --- waiting --- */

/* Runs the main context until FUNC says TRUE, at most 30 s (more under sanitizers); else the test fails. */
typedef gboolean (*RegieConditionFunc) (gpointer data);
void regie_test_wait_until (RegieConditionFunc func, gpointer data);

G_END_DECLS
