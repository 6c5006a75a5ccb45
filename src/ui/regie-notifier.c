/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-notifier.h"

#include <glib/gi18n.h>
#include <string.h>

#include "regie-cause.h"
#include "regie-format.h"
#include "regie-json.h"
#include "regie-text.h"
#include "regie-time.h"

#define PAUSE_BETWEEN (10 * 60 * G_USEC_PER_SEC)

struct _RegieNotifier
{
  GObject parent_instance;

  GApplication *application; /* not owned: it owns us */
  RegieContext *context;
  GHashTable *told; /* remote id → time of the last notification (gint64 *) */
};

G_DEFINE_FINAL_TYPE (RegieNotifier, regie_notifier, G_TYPE_OBJECT)

int
regie_notifier_parse_clock (const char *text)
{
  int hour, minute;

  if (strlen (text) != 5 || text[2] != ':' || !g_ascii_isdigit (text[0]) || !g_ascii_isdigit (text[1]) ||
      !g_ascii_isdigit (text[3]) || !g_ascii_isdigit (text[4]))
    return -1;
  hour = (text[0] - '0') * 10 + text[1] - '0';
  minute = (text[3] - '0') * 10 + text[4] - '0';

  return hour < 24 && minute < 60 ? hour * 60 + minute : -1;
}

gboolean
regie_notifier_is_quiet (int minute, int start, int end)
{
  if (start < 0 || end < 0 || start == end)
    return FALSE;

  return start < end ? minute >= start && minute < end : minute >= start || minute < end;
}

static gboolean
is_quiet_now (GSettings *settings)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *start = g_settings_get_string (settings, "quiet-start");
  g_autofree char *end = g_settings_get_string (settings, "quiet-end");

  if (!g_settings_get_boolean (settings, "quiet-hours"))
    return FALSE;

  return regie_notifier_is_quiet (g_date_time_get_hour (now) * 60 + g_date_time_get_minute (now),
                                  regie_notifier_parse_clock (start), regie_notifier_parse_clock (end));
}

static gboolean
may_tell (RegieNotifier *self, const char *setting, const char *id)
{
  GSettings *settings = regie_context_get_settings (self->context);
  g_auto (GStrv) muted = g_settings_get_strv (settings, "muted");
  gint64 now = regie_time_now ();
  gint64 *last = g_hash_table_lookup (self->told, id);

  if (!g_settings_get_boolean (settings, setting) || is_quiet_now (settings))
    return FALSE;
  if (g_strv_contains ((const char *const *) muted, id) || (last != NULL && now - *last < PAUSE_BETWEEN))
    return FALSE;

  last = g_new (gint64, 1);
  *last = now;
  g_hash_table_insert (self->told, g_strdup (id), last);

  return TRUE;
}

static DexFuture *
tell_with_key (DexFuture *future, gpointer data)
{
  GNotification *notification = data;
  const char *key = g_value_get_string (dex_future_get_value (future, NULL));
  const char *kind = g_object_get_data (G_OBJECT (notification), "kind");
  const char *id = g_object_get_data (G_OBJECT (notification), "id");

  g_notification_set_default_action_and_target (notification, "app.open-record", "(ss)", kind, key);
  g_notification_add_button_with_target (notification, _ ("Open"), "app.open-record", "(ss)", kind, key);
  if (g_str_equal (kind, "digital-human"))
    g_notification_add_button_with_target (notification, _ ("Restart"), "app.restart-digital-human", "s",
                                           key);
  g_application_send_notification (g_application_get_default (), id, notification);

  return NULL;
}

static void
tell (RegieNotifier *self, const char *kind, const char *id, const char *title, const char *body)
{
  g_autofree char *visible_title = regie_text_visible (title, FALSE);
  g_autofree char *visible_body = regie_text_visible (body, FALSE);
  GNotification *notification = g_notification_new (visible_title);

  g_notification_set_body (notification, visible_body);
  g_notification_set_priority (notification, G_NOTIFICATION_PRIORITY_HIGH);
  g_object_set_data_full (G_OBJECT (notification), "kind", g_strdup (kind), g_free);
  g_object_set_data_full (G_OBJECT (notification), "id", g_strdup (id), g_free);
  dex_future_disown (dex_future_then (
      regie_store_find_key (regie_context_get_store (self->context), "local", regie_kind_get (kind), id),
      tell_with_key, notification, g_object_unref));
}

static void
on_human (RegieNotifier *self, JsonObject *record)
{
  const char *id = regie_json_get_text (record, "id", "");
  const char *state = regie_json_get_text (record, "state", "");
  g_autofree char *title = NULL;
  g_autofree char *cause = NULL;

  if (g_str_equal (state, "idle") || g_str_equal (state, "stopped"))
    g_application_withdraw_notification (self->application, id);
  if (!g_str_equal (state, "error") || !may_tell (self, "notify-failures", id))
    return;

  title = g_strdup_printf (_ ("%s is failing"), regie_json_get_text (record, "name", ""));
  cause = regie_cause_read (record, "cause");
  tell (self, "digital-human", id, title, cause != NULL ? cause : "");
}

static void
on_task (RegieNotifier *self, JsonObject *record)
{
  const char *human = regie_json_get_text (record, "digital_human", "");
  g_autofree char *limit = g_strconcat ("task-", human, NULL);
  g_autofree char *error = regie_cause_read (record, "error");

  if (!g_str_equal (regie_json_get_text (record, "state", ""), "failed") ||
      !may_tell (self, "notify-tasks", limit))
    return;
  tell (self, "task", regie_json_get_text (record, "id", ""), _ ("A task failed"),
        error != NULL ? error : "");
}

static void
on_event (RegieNotifier *self, JsonObject *event)
{
  const char *kind = regie_json_get_text (event, "kind", "");
  JsonObject *record = regie_json_get_object (event, "record");

  if (record == NULL)
    return;
  if (g_str_equal (kind, "digital-human"))
    on_human (self, record);
  else if (g_str_equal (kind, "task"))
    on_task (self, record);
}

static void
regie_notifier_finalize (GObject *object)
{
  RegieNotifier *self = REGIE_NOTIFIER (object);

  g_clear_object (&self->context);
  g_clear_pointer (&self->told, g_hash_table_unref);

  G_OBJECT_CLASS (regie_notifier_parent_class)->finalize (object);
}

static void
regie_notifier_class_init (RegieNotifierClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = regie_notifier_finalize;
}

static void
regie_notifier_init (RegieNotifier *self)
{
  self->told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

RegieNotifier *
regie_notifier_new (GApplication *application, RegieContext *context)
{
  RegieNotifier *self = g_object_new (REGIE_TYPE_NOTIFIER, NULL);

  self->application = application;
  self->context = g_object_ref (context);
  g_signal_connect_object (regie_context_get_local (context), "event", G_CALLBACK (on_event), self,
                           G_CONNECT_SWAPPED);

  return self;
}
