/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-wake.h"

#include <gio/gio.h>
#include <time.h>

#define LOOK_S    15
#define ASLEEP_US (2 * G_TIME_SPAN_SECOND)

struct _RegieWake
{
  GObject parent_instance;
  GNetworkMonitor *network;
  gint64 (*asleep) (void);
  gint64 last;
  guint source;
};

G_DEFINE_FINAL_TYPE (RegieWake, regie_wake, G_TYPE_OBJECT)

enum
{
  WOKE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static gint64
read_clock (clockid_t id)
{
  struct timespec time;

  return clock_gettime (id, &time) == 0 ? time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000 : 0;
}

/* The boot clock goes on while the machine sleeps, the monotonic one does not. */
static gint64
time_asleep (void)
{
  return read_clock (CLOCK_BOOTTIME) - read_clock (CLOCK_MONOTONIC);
}

void
regie_wake_look (RegieWake *self)
{
  gint64 now = self->asleep ();
  gboolean slept = now - self->last > ASLEEP_US;

  self->last = now;
  if (slept)
    g_signal_emit (self, signals[WOKE], 0);
}

static gboolean
on_look (gpointer data)
{
  regie_wake_look (data);

  return G_SOURCE_CONTINUE;
}

static void
on_network_changed (RegieWake *self, gboolean available)
{
  if (available)
    g_signal_emit (self, signals[WOKE], 0);
}

static void
regie_wake_dispose (GObject *object)
{
  RegieWake *self = REGIE_WAKE (object);

  g_clear_handle_id (&self->source, g_source_remove);

  G_OBJECT_CLASS (regie_wake_parent_class)->dispose (object);
}

static void
regie_wake_class_init (RegieWakeClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = regie_wake_dispose;

  signals[WOKE] = g_signal_new ("woke", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 0);
}

static void
regie_wake_init (RegieWake *self)
{
  self->asleep = time_asleep;
  self->last = time_asleep ();
  self->source = g_timeout_add_seconds (LOOK_S, on_look, self);
  self->network = g_network_monitor_get_default ();
  g_signal_connect_object (self->network, "network-changed", G_CALLBACK (on_network_changed), self,
                           G_CONNECT_SWAPPED);
}

RegieWake *
regie_wake_new (void)
{
  return g_object_new (REGIE_TYPE_WAKE, NULL);
}

void
regie_wake_set_clock (RegieWake *self, gint64 (*asleep) (void))
{
  self->asleep = asleep != NULL ? asleep : time_asleep;
  self->last = self->asleep ();
}
