/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-application-private.h"

#include <glib/gi18n.h>

#include "regie-json.h"
#include "regie-window.h"

/* --- the first run --- */

/* Whether a sample was ever offered is remembered in the store, so that one who removed it does not get it
 * again. */
static DexFuture *
begin_fiber (gpointer data)
{
  RegieApplication *self = data;
  RegieStore *store = regie_context_get_store (self->context);
  RegieConnection *local = regie_context_get_local (self->context);
  g_autoptr (JsonObject) done = dex_await_boxed (regie_store_get_value (store, "first-run"), NULL);
  g_autoptr (JsonObject) answer = NULL;
  g_autoptr (GError) error = NULL;

  if (done != NULL)
    return NULL;

  for (guint i = 0; i < 300 && regie_connection_get_state (local) != REGIE_CONNECTION_ONLINE; i++)
    dex_await (dex_timeout_new_msec (100), NULL);

  answer = dex_await_boxed (
      regie_backend_request (regie_connection_get_backend (local), "sample", NULL, NULL), &error);
  if (answer == NULL && !g_error_matches (error, REGIE_ERROR, REGIE_ERROR_STATE) &&
      !g_error_matches (error, REGIE_ERROR, REGIE_ERROR_CONFLICT))
    {
      regie_context_say_error (self->context, _ ("The sample workspace could not be made"), error);
      return NULL;
    }

  done = regie_json_object_new ("sample", 'b', TRUE, NULL);
  dex_await (regie_store_put_value (store, "first-run", done), NULL);

  return NULL;
}

void
_regie_application_begin (RegieApplication *self)
{
  if (self->begun)
    return;
  self->begun = TRUE;
  regie_spawn (self, begin_fiber);
}

/* --- the end --- */

static void
end (RegieApplication *self)
{
  g_autoptr (GList) windows = g_list_copy (gtk_application_get_windows (GTK_APPLICATION (self)));

  for (GList *l = windows; l != NULL; l = l->next)
    gtk_window_destroy (l->data);
}

/* In a Flatpak the desktop decides who may stay; asking is what makes it show up in its settings. */
static void
request_background (void)
{
  g_autoptr (GDBusConnection) bus = NULL;
  GVariantBuilder options;

  if (!g_file_test ("/.flatpak-info", G_FILE_TEST_EXISTS))
    return;
  bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  if (bus == NULL)
    return;

  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (
      &options, "{sv}", "reason",
      g_variant_new_string (_ ("Digital Humans go on working while the window is closed")));
  g_dbus_connection_call (bus, "org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop",
                          "org.freedesktop.portal.Background", "RequestBackground",
                          g_variant_new ("(sa{sv})", "", &options), NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL,
                          NULL, NULL);
}

typedef struct
{
  RegieApplication *application;
  gboolean keep;
} Ending;

static void
ending_free (gpointer data)
{
  Ending *self = data;

  g_object_unref (self->application);
  g_free (self);
}

static DexFuture *
end_fiber (gpointer data)
{
  Ending *self = data;
  RegieConnections *connections = regie_context_get_connections (self->application->context);

  g_application_hold (G_APPLICATION (self->application));
  if (self->keep)
    request_background ();
  dex_await (regie_connections_shutdown (connections, self->keep), NULL);
  end (self->application);
  g_application_release (G_APPLICATION (self->application));

  return NULL;
}

static void
begin_end (RegieApplication *self, gboolean keep)
{
  Ending *ending = g_new0 (Ending, 1);

  ending->application = g_object_ref (self);
  ending->keep = keep;
  dex_future_disown (dex_scheduler_spawn (NULL, 0, end_fiber, ending, ending_free));
}

static void
on_background_response (RegieApplication *self, const char *response, AdwAlertDialog *dialog)
{
  GtkCheckButton *remember = GTK_CHECK_BUTTON (adw_alert_dialog_get_extra_child (dialog));
  GSettings *settings = regie_context_get_settings (self->context);

  if (g_str_equal (response, "cancel"))
    {
      self->ending = FALSE;
      return;
    }
  if (gtk_check_button_get_active (remember))
    g_settings_set_string (settings, "background", response);
  begin_end (self, g_str_equal (response, "keep"));
}

static void
ask (RegieApplication *self, GtkWindow *window, gint64 n_running)
{
  g_autofree char *body = g_strdup_printf (
      ngettext ("%d Digital Human is at work. It can go on without the window.",
                "%d Digital Humans are at work. They can go on without the window.", n_running),
      (int) n_running);
  AdwAlertDialog *dialog =
      ADW_ALERT_DIALOG (adw_alert_dialog_new (_ ("Keep Working in the Background?"), body));

  adw_alert_dialog_add_responses (dialog, "cancel", _ ("_Cancel"), "stop", _ ("_Stop Them"), "keep",
                                  _ ("_Keep Working"), NULL);
  adw_alert_dialog_set_response_appearance (dialog, "keep", ADW_RESPONSE_SUGGESTED);
  adw_alert_dialog_set_default_response (dialog, "keep");
  adw_alert_dialog_set_close_response (dialog, "cancel");
  adw_alert_dialog_set_extra_child (dialog, gtk_check_button_new_with_mnemonic (_ ("_Do not ask again")));
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_background_response), self, G_CONNECT_SWAPPED);
  adw_dialog_present (ADW_DIALOG (dialog), GTK_WIDGET (window));
}

static DexFuture *
close_fiber (gpointer data)
{
  RegieApplication *self = data;
  g_autoptr (RegieQuery) query = regie_query_new (regie_kind_get ("digital-human"));
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (self));
  g_autofree char *background =
      g_settings_get_string (regie_context_get_settings (self->context), "background");
  gint64 n_running;

  regie_query_where (query, "wanted", REGIE_OP_EQ, "running");
  regie_query_where (query, "connection", REGIE_OP_EQ, "local");
  n_running = dex_await_int64 (regie_store_count (regie_context_get_store (self->context), query), NULL);

  if (n_running > 0 && g_str_equal (background, "ask") && window != NULL)
    ask (self, window, n_running);
  else
    begin_end (self, n_running > 0 && !g_str_equal (background, "stop"));

  return NULL;
}

static gboolean
on_window_close (RegieApplication *self, GtkWindow *window)
{
  GList *windows = gtk_application_get_windows (GTK_APPLICATION (self));

  if (windows != NULL && windows->next != NULL)
    return GDK_EVENT_PROPAGATE;
  if (!self->ending)
    {
      self->ending = TRUE;
      regie_spawn (self, close_fiber);
    }

  return GDK_EVENT_STOP;
}

void
_regie_application_watch_window (RegieApplication *self, GtkWindow *window)
{
  g_signal_connect_object (window, "close-request", G_CALLBACK (on_window_close), self, G_CONNECT_SWAPPED);
}
