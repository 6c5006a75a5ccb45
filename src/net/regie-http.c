/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-http.h"

#include "regie-config.h"
#include "regie-http-private.h"
#include "regie-net-thread.h"

#define CONNECTIONS_PER_HOST 8
#define IDLE_SECONDS         1 /* no connection is used twice, see regie-http-exchange.c */
#define USER_AGENT           "Regie/" REGIE_VERSION

struct _RegieHttp
{
  GObject parent_instance;
  RegieHttpClient *client;
};

G_DEFINE_FINAL_TYPE (RegieHttp, regie_http, G_TYPE_OBJECT)

static void
client_drop (gpointer data)
{
  RegieHttpClient *client = data;

  if (client->session != NULL)
    soup_session_abort (client->session);
  g_clear_object (&client->session);
  regie_endpoint_unref (client->endpoint);
  g_free (client);
}

void
regie_http_client_unref (RegieHttpClient *self)
{
  if (g_atomic_ref_count_dec (&self->refs))
    regie_net_invoke (client_drop, self, NULL);
}

RegieHttpClient *
regie_http_client_ref (RegieHttpClient *self)
{
  g_atomic_ref_count_inc (&self->refs);

  return self;
}

static SoupSession *
make_session (RegieEndpoint *endpoint)
{
  g_autoptr (GSocketConnectable) remote = NULL;
  SoupSession *session;

  if (regie_endpoint_get_socket (endpoint) != NULL)
    remote = regie_endpoint_get_connectable (endpoint);
  session = g_object_new (SOUP_TYPE_SESSION, "remote-connectable", remote, "max-conns",
                          CONNECTIONS_PER_HOST * 2, "max-conns-per-host", CONNECTIONS_PER_HOST, "user-agent",
                          USER_AGENT, "idle-timeout", IDLE_SECONDS, "timeout", 0, NULL);
  /* Signing in is the profile's business: a 401 is an answer like any other. */
  soup_session_remove_feature_by_type (session, SOUP_TYPE_AUTH_MANAGER);

  return session;
}

typedef struct
{
  RegieHttpClient *client;
  RegieHttpRequest *request;
  DexPromise *promise;
} Job;

static void
job_free (gpointer data)
{
  Job *job = data;

  regie_http_client_unref (job->client);
  regie_http_request_unref (job->request);
  dex_unref (job->promise);
  g_free (job);
}

static void
job_run (gpointer data)
{
  Job *job = data;

  if (job->client->session == NULL)
    job->client->session = make_session (job->client->endpoint);
  regie_http_exchange_start (job->client, job->request, job->promise);
}

static void
regie_http_finalize (GObject *object)
{
  RegieHttp *self = REGIE_HTTP (object);

  g_clear_pointer (&self->client, regie_http_client_unref);

  G_OBJECT_CLASS (regie_http_parent_class)->finalize (object);
}

static void
regie_http_class_init (RegieHttpClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = regie_http_finalize;
}

static void
regie_http_init (RegieHttp *self)
{
}

RegieHttp *
regie_http_new (RegieEndpoint *endpoint)
{
  RegieHttp *self = g_object_new (REGIE_TYPE_HTTP, NULL);

  self->client = g_new0 (RegieHttpClient, 1);
  g_atomic_ref_count_init (&self->client->refs);
  self->client->endpoint = regie_endpoint_ref (endpoint);

  return self;
}

RegieEndpoint *
regie_http_get_endpoint (RegieHttp *self)
{
  g_return_val_if_fail (REGIE_IS_HTTP (self), NULL);

  return self->client->endpoint;
}

/* A promise does not notice that nobody holds its future any more; one that waits for it does, and passes
 * that on as a cancellation. */
static DexFuture *
pass_on (DexFuture *settled, gpointer data)
{
  return dex_ref (settled);
}

DexFuture *
regie_http_send (RegieHttp *self, RegieHttpRequest *request)
{
  Job *job;
  DexFuture *future;

  g_return_val_if_fail (REGIE_IS_HTTP (self), NULL);
  g_return_val_if_fail (request != NULL, NULL);

  job = g_new0 (Job, 1);
  job->client = regie_http_client_ref (self->client);
  job->request = regie_http_request_ref (request);
  job->promise = dex_promise_new_cancellable ();
  future = dex_ref (DEX_FUTURE (job->promise));
  regie_net_invoke (job_run, job, job_free);

  return dex_future_finally (future, pass_on, NULL, NULL);
}

guint
regie_http_get_n_sent (RegieHttp *self)
{
  g_return_val_if_fail (REGIE_IS_HTTP (self), 0);

  return g_atomic_int_get (&self->client->n_sent);
}
