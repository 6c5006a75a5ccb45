/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libsoup/soup.h>

#include "regie-api.h"

G_BEGIN_DECLS

/* What the files of the API share: regie-api*.c, regie-events-socket.c, regie-metrics-text.c. */

/* --- one request, from its arrival to its answer --- */

typedef struct _RegieListener RegieListener;

typedef struct
{
  RegieApi *api; /* referenced */
  SoupServerMessage *message;
  const char *method; /* interned */
  GStrv path;         /* its parts, unescaped */
  GPtrArray *query;   /* name, value, name, value …, unescaped */
  GBytes *body;
  const char *who;
  char *key;         /* Idempotency-Key, or NULL */
  char *fingerprint; /* of the request it goes with */
  gint64 if_match;   /* -1: whatever it is */

  /* What the route stands for. */
  const RegieKind *kind;
  const char *id, *action;

  guint status;
  GBytes *answer;
  const char *content_type;
  char *etag, *location, *allow;
  gboolean replayed;
  guint retry_after; /* s, 0: not said */
  gboolean is_bad_json;
  gboolean finished; /* the client is gone */
} RegieCall;

/* Works in a fiber of the main context. Sets the answer, or fails. */
typedef gboolean (*RegieRouteFunc) (RegieCall *call, GError **error);

/* "GET" "health"; ":kind", ":id" and ":action" stand for anything that is one. A listener has a table of its
 * own, so that another one (the network) can offer less. */
typedef struct
{
  const char *method;
  const char *pattern;
  RegieRouteFunc func;
} RegieRoute;

extern const RegieRoute regie_api_local_routes[];

/* The route for CALL, with kind, id and action set in it; otherwise a problem was set as the answer. */
const RegieRoute *regie_api_find_route (const RegieRoute *routes, RegieCall *call);

const char *regie_call_get_query (RegieCall *call, const char *name);
/* Refuses a query parameter that is none of NAMES (NULL-terminated). */
gboolean regie_call_check_query (RegieCall *call, const char *const *names, GError **error);
gboolean regie_call_get_query_int (RegieCall *call,
                                   const char *name,
                                   gint64 min,
                                   gint64 max,
                                   gint64 *value,
                                   GError **error);

/* The body as a JSON object (transfer full), an empty one when there is none and OPTIONAL. */
JsonObject *regie_call_read_object (RegieCall *call, gboolean optional, GError **error);

void regie_call_answer_bytes (RegieCall *call, guint status, const char *content_type, GBytes *bytes);
/* Serialises on a plain thread. */
gboolean regie_call_answer_object (RegieCall *call, guint status, JsonObject *object, GError **error);
gboolean regie_call_answer_record (RegieCall *call,
                                   guint status,
                                   const RegieKind *kind,
                                   JsonObject *record,
                                   GError **error);
/* A page of *_store_page(), its items still canonical. */
gboolean regie_call_answer_page (RegieCall *call, const RegieKind *kind, JsonObject *page, GError **error);
void regie_call_answer_problem (RegieCall *call, const GError *error);
/* Any status with the problem's parts. */
void regie_call_answer_refusal (RegieCall *call,
                                guint status,
                                const char *code,
                                const char *detail,
                                const char *field);

/* CAUSE (or NULL): what the detail says, for "code" and "args". */
GBytes *regie_problem_to_bytes (guint status,
                                const char *code,
                                const char *detail,
                                const char *field,
                                JsonObject *cause);
const char *regie_problem_title (guint status);

/* A record on the wire: times as text, "deleted_at" included. */
JsonObject *regie_api_to_wire (const RegieKind *kind, JsonObject *record);
GBytes *regie_api_record_to_bytes (const RegieKind *kind, JsonObject *record);

/* --- the server --- */

RegieEngineStore *regie_api_get_store (RegieApi *self);
RegieSupervisor *regie_api_get_supervisor (RegieApi *self);
gint64 regie_api_get_started_at (RegieApi *self);
const char *regie_api_get_build (RegieApi *self);
void regie_api_request_drain (RegieApi *self);
GCancellable *regie_api_get_ended (RegieApi *self); /* cancelled by regie_api_stop() */
GHashTable *regie_api_get_claims (RegieApi *self);  /* key -> DexPromise */

/* Waits while another request with the call's key runs, then holds the key until *_release_key. */
gboolean regie_api_claim_key (RegieCall *call, GError **error);
void regie_api_release_key (RegieCall *call);

/* Answers before the request was read to its end, and closes. regie-api-refuse.c */
void regie_api_refuse_early (RegieApi *api,
                             SoupServerMessage *message,
                             guint status,
                             const char *code,
                             const char *detail);

/* --- records: regie-api-records.c, -write.c, -actions.c --- */

gboolean regie_api_list (RegieCall *call, GError **error);
gboolean regie_api_get (RegieCall *call, GError **error);
gboolean regie_api_create (RegieCall *call, GError **error);
gboolean regie_api_patch (RegieCall *call, GError **error);
gboolean regie_api_delete (RegieCall *call, GError **error);
gboolean regie_api_act (RegieCall *call, GError **error);

/* --- repeating safely: regie-api-repeat.c --- */

/* Answers with what was stored for the call's key, if anything was: TRUE. FALSE without ERROR: nothing. */
gboolean regie_api_replay (RegieCall *call, GError **error);
/* To be called in the change's transaction. */
gboolean regie_call_remember (RegieTxn *txn,
                              const char *key,
                              const char *fingerprint,
                              guint status,
                              const RegieKind *kind,
                              JsonObject *record,
                              GError **error);

/* The same for what the supervisor changes: *_remember is its RegieRememberFunc, whose data is a note of the
 * call's key, freed by *_free. */
gpointer regie_call_note_new (RegieCall *call, const RegieKind *kind, guint status);
gboolean regie_call_note_remember (RegieTxn *txn, JsonObject *record, gpointer note, GError **error);
void regie_call_note_free (gpointer note);

/* --- the rest: regie-api-rest.c --- */

gboolean regie_api_health (RegieCall *call, GError **error);
gboolean regie_api_openapi (RegieCall *call, GError **error);
gboolean regie_api_metrics (RegieCall *call, GError **error);
gboolean regie_api_summary (RegieCall *call, GError **error);
gboolean regie_api_effective_rights (RegieCall *call, GError **error);
gboolean regie_api_logs (RegieCall *call, GError **error);
gboolean regie_api_pause (RegieCall *call, GError **error);
gboolean regie_api_resume (RegieCall *call, GError **error);
gboolean regie_api_export (RegieCall *call, GError **error);
gboolean regie_api_import (RegieCall *call, GError **error);
gboolean regie_api_sample (RegieCall *call, GError **error);
gboolean regie_api_drain (RegieCall *call, GError **error);

/* regie-openapi.c, regie-metrics-text.c */
JsonObject *regie_openapi_new (void);
DexFuture *regie_metrics_text (RegieApi *api); /* resolves to a string */

/* --- connections: regie-api-listener.c, regie-api-stream.c --- */

/* Takes PATH; *_start() hands connections to the API's server from then on. Whoever connects before waits. */
RegieListener *regie_listener_new (SoupServer *server, const char *path, GError **error);
void regie_listener_start (RegieListener *self);
void regie_listener_free (RegieListener *self);
guint regie_listener_count (RegieListener *self);

/* A stream that knows how many bytes went out. */
#define REGIE_TYPE_API_STREAM (regie_api_stream_get_type ())
G_DECLARE_FINAL_TYPE (RegieApiStream, regie_api_stream, REGIE, API_STREAM, GIOStream)
RegieApiStream *regie_api_stream_new (GIOStream *base);
guint64 regie_api_stream_get_written (RegieApiStream *self);
/* The stream that REQUEST came in on, or NULL. */
RegieApiStream *regie_listener_find_stream (SoupServerMessage *request);

/* "written" (): some bytes went out; not to be answered with more at once. */

/* --- events: regie-events-socket.c --- */

typedef struct _RegieEventsHub RegieEventsHub;
RegieEventsHub *regie_events_hub_new (RegieApi *api);
void regie_events_hub_free (RegieEventsHub *self);
guint regie_events_hub_count (RegieEventsHub *self);
/* Whether the "after" in the query of REQUEST, if any, says numbers of workspaces. */
gboolean regie_events_hub_accepts (SoupServerMessage *request);
/* Takes over a WebSocket that was opened by REQUEST, whose query says from where on ("after", "epoch",
 * "workspace") and was accepted. */
void
regie_events_hub_add (RegieEventsHub *self, SoupWebsocketConnection *connection, SoupServerMessage *request);

G_END_DECLS
