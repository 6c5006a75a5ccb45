/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-summary.h"

#include <math.h>

#include "regie-json.h"
#include "regie-time.h"

#define QUIET_MS 2000

struct _RegieSummary
{
  GObject parent_instance;

  RegieContext *context;
  char *human;
  char *window;
  JsonObject *summary;
  DexFuture *request;
  guint timeout;
  guint minute;
  gboolean active;
};

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (RegieSummary, regie_summary, G_TYPE_OBJECT)

static DexFuture *
on_answer (DexFuture *future, gpointer data)
{
  RegieSummary *self = data;
  const GValue *value = dex_future_get_value (future, NULL);
  JsonObject *answer = value != NULL ? g_value_get_boxed (value) : NULL;

  if (answer != NULL)
    {
      json_object_ref (answer);
      g_clear_pointer (&self->summary, json_object_unref);
      self->summary = answer;
      g_signal_emit (self, signals[CHANGED], 0);
    }

  return NULL;
}

static void
ask (RegieSummary *self)
{
  RegieConnection *local = regie_context_get_local (self->context);
  const char *workspace = regie_context_get_workspace (self->context);
  g_autoptr (JsonObject) params = regie_json_object_new ("window", 's', self->window, NULL);

  g_clear_handle_id (&self->timeout, g_source_remove);
  dex_clear (&self->request);
  if (regie_connection_get_state (local) != REGIE_CONNECTION_ONLINE)
    return;
  if (self->human != NULL)
    json_object_set_string_member (params, "digital_human", self->human);
  else if (*workspace != '\0')
    json_object_set_string_member (params, "workspace", workspace);

  self->request =
      dex_future_then (regie_backend_request (regie_connection_get_backend (local), "summary", params, NULL),
                       on_answer, self, NULL);
}

static gboolean
on_timeout (gpointer data)
{
  RegieSummary *self = data;

  self->timeout = 0;
  ask (self);

  return G_SOURCE_REMOVE;
}

static gboolean
on_minute (gpointer data)
{
  ask (data);

  return G_SOURCE_CONTINUE;
}

static void
on_event (RegieSummary *self, JsonObject *event)
{
  if (self->active && self->timeout == 0 && regie_json_get_text (event, "kind", NULL) != NULL)
    self->timeout = g_timeout_add (QUIET_MS, on_timeout, self);
}

static void
on_scope_changed (RegieSummary *self)
{
  if (self->active)
    ask (self);
}

static void
regie_summary_dispose (GObject *object)
{
  RegieSummary *self = REGIE_SUMMARY (object);

  g_clear_handle_id (&self->timeout, g_source_remove);
  g_clear_handle_id (&self->minute, g_source_remove);
  dex_clear (&self->request);
  g_clear_pointer (&self->summary, json_object_unref);
  g_clear_pointer (&self->human, g_free);
  g_clear_pointer (&self->window, g_free);
  g_clear_object (&self->context);

  G_OBJECT_CLASS (regie_summary_parent_class)->dispose (object);
}

static void
regie_summary_class_init (RegieSummaryClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = regie_summary_dispose;
  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
}

static void
regie_summary_init (RegieSummary *self)
{
  self->window = g_strdup ("24h");
}

RegieSummary *
regie_summary_new (RegieContext *context, const char *human)
{
  RegieSummary *self = g_object_new (REGIE_TYPE_SUMMARY, NULL);
  RegieConnection *local = regie_context_get_local (context);

  self->context = g_object_ref (context);
  self->human = g_strdup (human);
  g_signal_connect_object (local, "event", G_CALLBACK (on_event), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (local, "notify::state", G_CALLBACK (on_scope_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (context, "notify::workspace", G_CALLBACK (on_scope_changed), self,
                           G_CONNECT_SWAPPED);

  return self;
}

void
regie_summary_set_window (RegieSummary *self, const char *window)
{
  if (g_set_str (&self->window, window) && self->active)
    ask (self);
}

void
regie_summary_set_active (RegieSummary *self, gboolean active)
{
  if (self->active == active)
    return;
  self->active = active;
  if (active)
    {
      self->minute = g_timeout_add_seconds (60, on_minute, self);
      ask (self);
    }
  else
    {
      g_clear_handle_id (&self->minute, g_source_remove);
      g_clear_handle_id (&self->timeout, g_source_remove);
    }
}

JsonObject *
regie_summary_get (RegieSummary *self)
{
  return self->summary;
}

/* Times come canonical (µs) or as the wire has them. */
static gint64
get_time (JsonObject *bucket)
{
  gint64 time = regie_json_get_int (bucket, "at", 0);

  if (time == 0)
    regie_time_parse (regie_json_get_text (bucket, "at", NULL), NULL, &time);

  return time;
}

guint
regie_summary_dup_series (RegieSummary *self, const char *name, gint64 **times, double **values)
{
  JsonArray *series = self->summary != NULL ? regie_json_get_array (self->summary, "series") : NULL;
  guint n = series != NULL ? json_array_get_length (series) : 0;

  gboolean something = FALSE;

  *times = g_new0 (gint64, n);
  *values = g_new0 (double, n);
  for (guint i = 0; i < n; i++)
    {
      JsonObject *bucket = json_array_get_object_element (series, i);

      (*times)[i] = get_time (bucket);
      (*values)[i] = regie_json_get_number (bucket, name, NAN);
      something |= (*values)[i] > 0;
    }

  return something ? n : 0;
}
