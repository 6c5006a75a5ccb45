/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-application.h"

#include <glib/gi18n.h>

#include "regie-application-private.h"
#include "regie-commands.h"
#include "regie-config.h"
#include "regie-engine-process.h"
#include "regie-format.h"
#include "regie-kit.h"
#include "regie-window.h"

G_DEFINE_FINAL_TYPE (RegieApplication, regie_application, ADW_TYPE_APPLICATION)

char *
regie_application_dup_store_dir (void)
{
  const char *given = g_getenv ("REGIE_STORE");

  return given != NULL ? g_strdup (given)
                       : g_build_filename (g_get_user_data_dir (), "regie", "dashboard", NULL);
}

RegieContext *
regie_application_get_context (RegieApplication *self)
{
  return self->context;
}

static void
on_notice (RegieApplication *self, GError *error)
{
  regie_context_say_error (self->context, _ ("Something needs your attention"), error);
}

/* Opening is a few milliseconds on an SSD; a migration takes longer, and then nothing may be shown before it
 * is done anyway. */
static gboolean
open_store (RegieApplication *self, GError **error)
{
  g_autofree char *dir = regie_application_dup_store_dir ();
  g_autofree char *socket = regie_engine_process_default_socket ();
  g_autofree char *data_dir = regie_engine_process_default_data_dir ();
  g_autoptr (RegieStore) store = regie_store_open (dir, NULL, error);
  g_autoptr (RegieConnections) connections = NULL;

  if (store == NULL)
    return FALSE;

  connections = regie_connections_new (store, socket, data_dir, TRUE);
  self->context = regie_context_new (store, connections);
  g_signal_connect_object (store, "notice", G_CALLBACK (on_notice), self, G_CONNECT_SWAPPED);
  self->notifier = regie_notifier_new (G_APPLICATION (self), self->context);

  return TRUE;
}

static void
show_failure (RegieApplication *self, const GError *error)
{
  g_autofree char *meaning = regie_format_error (error);
  g_autofree char *text = g_strdup_printf ("%s\n\n%s", meaning, error->message);
  g_autofree char *escaped = g_markup_escape_text (text, -1);
  GtkWidget *window = adw_application_window_new (GTK_APPLICATION (self));
  GtkWidget *view = adw_toolbar_view_new ();
  GtkWidget *status = adw_status_page_new ();

  adw_toolbar_view_add_top_bar (ADW_TOOLBAR_VIEW (view), adw_header_bar_new ());
  adw_status_page_set_icon_name (ADW_STATUS_PAGE (status), "dialog-error-symbolic");
  adw_status_page_set_title (ADW_STATUS_PAGE (status), _ ("Régie Cannot Start"));
  adw_status_page_set_description (ADW_STATUS_PAGE (status), escaped);
  adw_toolbar_view_set_content (ADW_TOOLBAR_VIEW (view), status);
  adw_application_window_set_content (ADW_APPLICATION_WINDOW (window), view);
  gtk_window_set_title (GTK_WINDOW (window), _ ("Régie"));
  gtk_window_set_default_size (GTK_WINDOW (window), 560, 420);
  gtk_window_present (GTK_WINDOW (window));
}

static void
regie_application_activate (GApplication *application)
{
  RegieApplication *self = REGIE_APPLICATION (application);
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (self));
  g_autoptr (GError) error = NULL;

  if (window == NULL && self->context == NULL && !open_store (self, &error))
    {
      g_printerr ("regie: %s\n", error->message);
      show_failure (self, error);
      return;
    }
  if (window == NULL)
    {
      window = GTK_WINDOW (regie_window_new (GTK_APPLICATION (self), self->context));
      _regie_application_watch_window (self, window);
      _regie_application_begin (self);
    }
  gtk_window_present (window);
}

static void
regie_application_startup (GApplication *application)
{
  G_APPLICATION_CLASS (regie_application_parent_class)->startup (application);

  regie_kit_init ();
  gtk_window_set_default_icon_name (REGIE_APP_ID);
  regie_commands_bind (GTK_APPLICATION (application));
}

static void
regie_application_shutdown (GApplication *application)
{
  RegieApplication *self = REGIE_APPLICATION (application);

  g_clear_object (&self->notifier);
  if (self->context != NULL)
    regie_store_close (regie_context_get_store (self->context));
  g_clear_object (&self->context);

  G_APPLICATION_CLASS (regie_application_parent_class)->shutdown (application);
}

static int
regie_application_handle_local_options (GApplication *application, GVariantDict *options)
{
  if (g_variant_dict_contains (options, "version"))
    {
      g_print ("regie %s\n", REGIE_VERSION);
      return 0;
    }

  return -1;
}

static void
regie_application_class_init (RegieApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  application_class->activate = regie_application_activate;
  application_class->startup = regie_application_startup;
  application_class->shutdown = regie_application_shutdown;
  application_class->handle_local_options = regie_application_handle_local_options;
}

static void
regie_application_init (RegieApplication *self)
{
  static const GOptionEntry entries[] = {
    { "version", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Print the version"), NULL },
    { "no-display", 0, 0, G_OPTION_ARG_NONE, NULL,
      N_ ("Print the Digital Humans as a table, without a window"), NULL },
    { NULL },
  };

  g_application_add_main_option_entries (G_APPLICATION (self), entries);
  _regie_application_actions_init (self);
}

RegieApplication *
regie_application_new (void)
{
  return g_object_new (REGIE_TYPE_APPLICATION, "application-id", REGIE_APP_ID, "resource-base-path",
                       "/org/regie/Regie", NULL);
}
