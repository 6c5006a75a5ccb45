/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Draws every page of the dashboard over a real engine with the sample workspace, in the look that the
 * options say, and checks the pictures. Usage: regie-screenshots FOLDER LOOK… where LOOK is a list of words:
 * dark, narrow, large, contrast. */

#include <adwaita.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <locale.h>

#include "regie-application.h"
#include "regie-config.h"
#include "regie-connection-dialog.h"
#include "regie-connection-name-page.h"
#include "regie-engine-process.h"
#include "regie-found-page.h"
#include "regie-json.h"
#include "regie-kind-fields.h"
#include "regie-kit.h"
#include "regie-preferences-dialog.h"
#include "regie-record-dialog.h"
#include "regie-shot.h"
#include "regie-sign-in-page.h"
#include "regie-task-dialog.h"
#include "regie-window.h"

typedef struct
{
  GtkApplication *application;
  RegieContext *context;
  GtkWidget *window;
  char *folder;
  char *look;
  char *autodin; /* key */
  char *task;    /* key of an answered one */
  gboolean ready;
  guint n_pictures, n_faults;
} Studio;

static void
wait_for (Studio *self, gboolean *flag, guint limit_ms)
{
  gint64 end = g_get_monotonic_time () + (gint64) limit_ms * 1000;

  while (!*flag && g_get_monotonic_time () < end)
    {
      if (!g_main_context_iteration (NULL, FALSE))
        g_usleep (2000);
    }
}

static void
take (Studio *self, const char *name)
{
  g_autofree char *file = g_strdup_printf ("%s/%s-%s.png", self->folder, name, self->look);
  g_autoptr (GdkTexture) texture = NULL;
  g_auto (GStrv) faults = NULL;

  regie_shot_settle (self->window, 350, 4000);
  texture = regie_shot_take (self->window);
  if (texture == NULL || !gdk_texture_save_to_png (texture, file))
    {
      g_printerr ("%s: no picture\n", file);
      self->n_faults++;
      return;
    }
  faults = regie_shot_check (self->window, texture);
  self->n_pictures++;
  for (guint i = 0; faults[i] != NULL; i++)
    {
      g_print ("%s-%s: %s\n", name, self->look, faults[i]);
      self->n_faults++;
    }
}

/* --- something to see: real work of a real engine --- */

static const char *const messages[] = {
  "Bonjour, ma commande CMD-48213 du 12 mars n'est toujours pas arrivée, c'est urgent, rappelez-moi au 06 12 "
  "34 56 78.",
  "Hello, how much would 40 brake pads for a 2019 Golf cost? We need a quote by Friday.",
  "Merci beaucoup, tout est parfait !",
  "Votre service est inadmissible, je veux être remboursé de 149,90 € immédiatement.",
  "What are your opening hours on Saturdays?",
};

static char *
await_key (Studio *self, const char *kind, const char *name)
{
  g_autoptr (RegieQuery) query = regie_query_new (regie_kind_get (kind));
  RegieStore *store = regie_context_get_store (self->context);

  if (name != NULL)
    regie_query_where (query, "name", REGIE_OP_EQ, name);
  else
    regie_query_where (query, "state", REGIE_OP_EQ, "done");
  for (guint i = 0; i < 200; i++)
    {
      g_autoptr (GPtrArray) records = dex_await_boxed (regie_store_fetch (store, query, 1), NULL);

      if (records != NULL && records->len > 0)
        return g_strdup (regie_record_get_key (g_ptr_array_index (records, 0)));
      dex_await (dex_timeout_new_msec (50), NULL);
    }

  return NULL;
}

static void
give_messages (Studio *self)
{
  RegieStore *store = regie_context_get_store (self->context);
  g_autoptr (RegieRecord) human =
      regie_store_get (store, regie_kind_get (REGIE_DIGITAL_HUMAN_KIND), self->autodin);

  for (guint i = 0; i < 100 && !regie_record_is_loaded (human); i++)
    dex_await (dex_timeout_new_msec (20), NULL);
  for (guint i = 0; i < G_N_ELEMENTS (messages); i++)
    {
      g_autoptr (JsonObject) fields = regie_json_object_new (
          "digital_human", 's', regie_context_get_ref (human), "type", 's', i % 2 == 0 ? "answer" : "analyze",
          "payload", 'o', regie_json_object_new ("text", 's', messages[i], NULL), NULL);

      dex_await (regie_store_create (store, "local", regie_kind_get (REGIE_TASK_KIND), fields, 0), NULL);
    }
}

static DexFuture *
prepare_fiber (gpointer data)
{
  Studio *self = data;
  RegieConnection *local = regie_context_get_local (self->context);
  RegieStore *store = regie_context_get_store (self->context);
  const RegieKind *human = regie_kind_get (REGIE_DIGITAL_HUMAN_KIND);
  g_autofree char *cash = NULL;

  for (guint i = 0; i < 400 && regie_connection_get_state (local) != REGIE_CONNECTION_ONLINE; i++)
    dex_await (dex_timeout_new_msec (50), NULL);
  dex_await (regie_backend_request (regie_connection_get_backend (local), "sample", NULL, NULL), NULL);
  self->autodin = await_key (self, "digital-human", "autodin");
  cash = await_key (self, "digital-human", "cash");
  if (self->autodin != NULL)
    {
      dex_await (regie_store_act (store, human, self->autodin, "start", NULL, 0), NULL);
      give_messages (self);
      self->task = await_key (self, "task", NULL);
    }
  if (cash != NULL)
    dex_await (regie_store_act (store, human, cash, "pause", NULL, 0), NULL);
  dex_await (dex_timeout_new_msec (2500), NULL);
  self->ready = TRUE;

  return NULL;
}

/* --- the tour --- */

static void
tour_top_pages (Studio *self, const char *prefix)
{
  static const char *const pages[] = { "overview", "digital-humans", "workspaces", "journal", "connections" };

  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    {
      g_autofree char *name = g_strconcat (prefix, pages[i], NULL);

      regie_window_show_page (REGIE_WINDOW (self->window), pages[i]);
      take (self, name);
    }
}

static AdwViewStack *
find_stack (GtkWidget *widget)
{
  if (ADW_IS_VIEW_STACK (widget) && gtk_widget_get_mapped (widget))
    return ADW_VIEW_STACK (widget);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      AdwViewStack *found = find_stack (child);

      if (found != NULL)
        return found;
    }

  return NULL;
}

static void
tour_human (Studio *self)
{
  static const char *const parts[] = { "status", "talk", "tasks", "services", "database", "log", "settings" };
  AdwViewStack *stack;

  if (self->autodin == NULL)
    return;
  regie_window_show_record (REGIE_WINDOW (self->window), regie_kind_get (REGIE_DIGITAL_HUMAN_KIND),
                            self->autodin);
  regie_shot_settle (self->window, 300, 3000);
  stack = find_stack (self->window);
  for (guint i = 0; stack != NULL && i < G_N_ELEMENTS (parts); i++)
    {
      g_autofree char *name = g_strconcat ("human-", parts[i], NULL);

      adw_view_stack_set_visible_child_name (stack, parts[i]);
      take (self, name);
    }
  if (self->task != NULL)
    {
      regie_window_show_record (REGIE_WINDOW (self->window), regie_kind_get (REGIE_TASK_KIND), self->task);
      take (self, "task");
    }
}

static void
take_dialog (Studio *self, const char *name)
{
  AdwDialog *dialog;

  regie_shot_settle (self->window, 300, 3000);
  take (self, name);
  dialog = adw_application_window_get_visible_dialog (ADW_APPLICATION_WINDOW (self->window));
  if (dialog != NULL)
    adw_dialog_force_close (dialog);
  regie_shot_settle (self->window, 300, 3000);
}

/* The pages of the dialog that adds a connection, as they are for a QWANYX. */
static void
tour_connection_dialog (Studio *self)
{
  static const char *const address = "https://qwanyx.example";
  g_autoptr (GPtrArray) profiles = regie_profiles_load_all (NULL);
  g_autoptr (GHashTable) endpoints = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (RegieBackend) backend = NULL;
  AdwDialog *dialog = regie_connection_dialog_new (self->context);
  AdwNavigationView *view = regie_connection_dialog_get_navigation (REGIE_CONNECTION_DIALOG (dialog));

  g_hash_table_insert (endpoints, (gpointer) "api", (gpointer) address);
  backend = regie_backend_new (regie_profiles_find (profiles, "qwanyx"), endpoints, REGIE_ENDPOINT_NONE);
  adw_dialog_present (dialog, self->window);
  take (self, "dialog-connection-address");
  adw_navigation_view_push (view, regie_found_page_new (backend, address));
  take (self, "dialog-connection-found");
  adw_navigation_view_push (view, regie_sign_in_page_new (backend));
  take (self, "dialog-connection-sign-in");
  adw_navigation_view_push (view, regie_connection_name_page_new (self->context, backend));
  take_dialog (self, "dialog-connection-name");
}

static void
tour_dialogs (Studio *self)
{
  RegieStore *store = regie_context_get_store (self->context);
  const RegieKind *human = regie_kind_get (REGIE_DIGITAL_HUMAN_KIND);
  g_autoptr (RegieRecord) record = NULL;

  regie_window_show_page (REGIE_WINDOW (self->window), "digital-humans");
  adw_dialog_present (regie_preferences_dialog_new (self->context), self->window);
  take_dialog (self, "dialog-preferences");
  gtk_widget_activate_action (self->window, "win.command-palette", NULL);
  take_dialog (self, "dialog-palette");
  g_action_group_activate_action (G_ACTION_GROUP (self->application), "shortcuts", NULL);
  take_dialog (self, "dialog-shortcuts");
  g_action_group_activate_action (G_ACTION_GROUP (self->application), "help", NULL);
  take_dialog (self, "dialog-help");
  g_action_group_activate_action (G_ACTION_GROUP (self->application), "about", NULL);
  take_dialog (self, "dialog-about");
  tour_connection_dialog (self);
  gtk_widget_activate_action (self->window, "win.new-digital-human", NULL);
  take_dialog (self, "dialog-new-human");
  if (self->autodin != NULL)
    {
      record = regie_store_get (store, human, self->autodin);
      adw_dialog_present (regie_task_dialog_new (self->context, record), self->window);
      take_dialog (self, "dialog-new-task");
    }
}

static void
set_look (Studio *self)
{
  gboolean dark = strstr (self->look, "dark") != NULL;

  adw_style_manager_set_color_scheme (adw_style_manager_get_default (),
                                      dark ? ADW_COLOR_SCHEME_FORCE_DARK : ADW_COLOR_SCHEME_FORCE_LIGHT);
  g_object_set (gtk_settings_get_default (), "gtk-xft-dpi",
                strstr (self->look, "large") != NULL ? 192 * 1024 : 96 * 1024, "gtk-enable-animations", FALSE,
                NULL);
}

static void
open_window (Studio *self, const char *look)
{
  gboolean narrow = strstr (look, "narrow") != NULL;

  g_clear_pointer (&self->look, g_free);
  self->look = g_strdup (look);
  set_look (self);
  self->window = GTK_WIDGET (regie_window_new (self->application, self->context));
  gtk_window_set_default_size (GTK_WINDOW (self->window), narrow ? 370 : 1120, narrow ? 640 : 760);
  gtk_window_present (GTK_WINDOW (self->window));
  regie_shot_settle (self->window, 400, 4000);
}

static void
tour (Studio *self, char **looks)
{
  open_window (self, looks[0]);
  tour_top_pages (self, "empty-");
  gtk_window_destroy (GTK_WINDOW (self->window));

  dex_future_disown (dex_scheduler_spawn (NULL, 0, prepare_fiber, self, NULL));
  wait_for (self, &self->ready, 40000);
  for (guint i = 0; looks[i] != NULL; i++)
    {
      open_window (self, looks[i]);
      tour_top_pages (self, "");
      tour_human (self);
      tour_dialogs (self);
      gtk_window_destroy (GTK_WINDOW (self->window));
    }
}

static DexFuture *
drain_fiber (gpointer data)
{
  Studio *self = data;
  RegieConnection *local = regie_context_get_local (self->context);

  self->ready = FALSE;
  dex_await (regie_backend_request (regie_connection_get_backend (local), "drain", NULL, NULL), NULL);
  for (guint i = 0; i < 100 && regie_connection_get_state (local) == REGIE_CONNECTION_ONLINE; i++)
    dex_await (dex_timeout_new_msec (50), NULL);
  self->ready = TRUE;

  return NULL;
}

static void
tour_offline (Studio *self, char **looks)
{
  g_setenv ("REGIE_ENGINE", "/bin/false", TRUE);
  dex_future_disown (dex_scheduler_spawn (NULL, 0, drain_fiber, self, NULL));
  self->ready = FALSE;
  wait_for (self, &self->ready, 10000);
  open_window (self, looks[0]);
  tour_top_pages (self, "offline-");
  gtk_window_destroy (GTK_WINDOW (self->window));
}

static void
on_activate (GtkApplication *application, Studio *self)
{
}

int
main (int argc, char **argv)
{
  g_autofree char *dir = g_dir_make_tmp ("regie-screenshots-XXXXXX", NULL);
  g_autofree char *socket = g_build_filename (dir, "run", "engine.sock", NULL);
  g_autofree char *data = g_build_filename (dir, "engine", NULL);
  g_autofree char *store_dir = g_build_filename (dir, "store", NULL);
  g_autofree char *sheet = NULL;
  g_autoptr (RegieStore) store = NULL;
  g_autoptr (RegieConnections) connections = NULL;
  g_autoptr (GError) error = NULL;
  Studio self = { 0 };

  g_assert_cmpint (argc, >, 2);
  setlocale (LC_ALL, "");
  bindtextdomain (REGIE_GETTEXT_DOMAIN, g_getenv ("REGIE_LOCALEDIR"));
  bind_textdomain_codeset (REGIE_GETTEXT_DOMAIN, "UTF-8");
  textdomain (REGIE_GETTEXT_DOMAIN);
  dex_init ();
  self.folder = g_strdup (argv[1]);
  g_mkdir_with_parents (self.folder, 0755);
  self.application = GTK_APPLICATION (
      g_object_new (regie_application_get_type (), "application-id", "org.regie.Regie.Screenshots", "flags",
                    G_APPLICATION_NON_UNIQUE, "resource-base-path", "/org/regie/Regie", NULL));
  g_signal_connect (self.application, "activate", G_CALLBACK (on_activate), &self);
  g_application_register (G_APPLICATION (self.application), NULL, NULL);
  regie_kit_init ();
  store = regie_store_open (store_dir, NULL, &error);
  g_assert_no_error (error);
  connections = regie_connections_new (store, socket, data, TRUE);
  self.context = regie_context_new (store, connections);

  tour (&self, argv + 2);
  tour_offline (&self, argv + 2);
  sheet = g_build_filename (self.folder, "sheet.png", NULL);
  regie_shot_make_sheet (self.folder, sheet, NULL);
  g_print ("%u pictures, %u faults\n", self.n_pictures, self.n_faults);
  regie_store_close (store);

  return self.n_faults == 0 ? 0 : 1;
}
