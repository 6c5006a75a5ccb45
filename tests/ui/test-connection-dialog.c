/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Adds connections by the dialog, against servers that answer as the deployed ones do; signs in again and
 * removes them by the page. */

#include <adwaita.h>
#include <glib/gstdio.h>

#include "regie-connection-dialog.h"
#include "regie-connection-row.h"
#include "regie-connections-page.h"
#include "regie-sign-in-page.h"
#include "regie-test-widget.h"
#include "scripted-backend.h"

typedef struct
{
  char *dir;
  RegieStore *store;
  RegieConnections *connections;
  RegieContext *context;
  GtkWindow *window;
  AdwDialog *dialog;
} Fixture;

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }
  g_remove (path);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *socket = NULL, *engine = NULL, *store = NULL;

  f->dir = g_dir_make_tmp ("regie-connection-dialog-XXXXXX", &error);
  g_assert_no_error (error);
  socket = g_build_filename (f->dir, "engine.sock", NULL);
  engine = g_build_filename (f->dir, "engine", NULL);
  store = g_build_filename (f->dir, "store", NULL);
  f->store = regie_store_open (store, NULL, &error);
  g_assert_no_error (error);
  f->connections = regie_connections_new (f->store, socket, engine, FALSE);
  f->context = regie_context_new (f->store, f->connections);
  f->window = regie_test_present (GTK_WIDGET (regie_connections_page_new (f->context)), 700, 700);
}

static gboolean
is_done (DexFuture *future)
{
  return dex_future_get_status (future) != DEX_FUTURE_STATUS_PENDING;
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_autoptr (DexFuture) ended = NULL;

  regie_test_close (f->window);
  ended = regie_connections_shutdown (f->connections, TRUE);
  REGIE_TEST_UNTIL (is_done (ended));
  regie_test_settle ();
  g_clear_object (&f->context);
  g_clear_object (&f->connections);
  regie_store_close (f->store);
  g_clear_object (&f->store);
  remove_tree (f->dir);
  g_free (f->dir);
}

/* --- finding and using --- */

/* The mapped descendant that is called NAME, or whose action is NAME. */
static GtkWidget *
find (GtkWidget *root, const char *name)
{
  const char *action =
      GTK_IS_ACTIONABLE (root) ? gtk_actionable_get_action_name (GTK_ACTIONABLE (root)) : NULL;

  if (gtk_widget_get_mapped (root) &&
      (g_strcmp0 (gtk_widget_get_name (root), name) == 0 || g_strcmp0 (action, name) == 0))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find (child, name);

      if (found != NULL)
        return found;
    }

  return NULL;
}

static GtkWidget *
page_of (Fixture *f)
{
  AdwNavigationView *view = regie_connection_dialog_get_navigation (REGIE_CONNECTION_DIALOG (f->dialog));

  return GTK_WIDGET (adw_navigation_view_get_visible_page (view));
}

static gboolean
is_at (Fixture *f, const char *tag)
{
  return g_strcmp0 (adw_navigation_page_get_tag (ADW_NAVIGATION_PAGE (page_of (f))), tag) == 0;
}

static GtkWidget *
get (Fixture *f, const char *name)
{
  GtkWidget *widget;

  REGIE_TEST_UNTIL ((widget = find (page_of (f), name)) != NULL);

  return widget;
}

static void
type (Fixture *f, const char *field, const char *text)
{
  gtk_editable_set_text (GTK_EDITABLE (get (f, field)), text);
}

static void
click (Fixture *f, const char *name)
{
  GtkWidget *button = get (f, name);

  REGIE_TEST_UNTIL (gtk_widget_is_sensitive (button));
  g_signal_emit_by_name (button, "clicked");
}

static GtkEditable *
address_of (Fixture *f)
{
  return GTK_EDITABLE (regie_test_find (page_of (f), ADW_TYPE_ENTRY_ROW));
}

static void
open_dialog (Fixture *f)
{
  f->dialog = regie_connection_dialog_new (f->context);
  adw_dialog_present (f->dialog, GTK_WIDGET (f->window));
  g_object_add_weak_pointer (G_OBJECT (f->dialog), (gpointer *) &f->dialog);
  get (f, "address.find");
}

static void
find_server (Fixture *f, const char *address)
{
  open_dialog (f);
  gtk_editable_set_text (address_of (f), address);
  click (f, "address.find");
  REGIE_TEST_UNTIL (is_at (f, "found"));
}

/* The row of the newest connection. */
static RegieConnectionRow *
get_row (Fixture *f, guint n_connections)
{
  GListModel *model = G_LIST_MODEL (f->connections);
  GtkWidget *row;

  REGIE_TEST_UNTIL (g_list_model_get_n_items (model) == n_connections);
  row = regie_test_find (GTK_WIDGET (f->window), REGIE_TYPE_CONNECTION_ROW);
  for (guint i = 1; i < n_connections; i++)
    {
      do
        row = gtk_widget_get_next_sibling (row);
      while (!REGIE_IS_CONNECTION_ROW (row));
    }

  return REGIE_CONNECTION_ROW (row);
}

static gboolean
has_state (RegieConnectionRow *row, RegieConnectionState state)
{
  return regie_connection_get_state (regie_connection_row_get_connection (row)) == state;
}

static void
remove_by_row (Fixture *f, RegieConnectionRow *row)
{
  GtkWidget *button = find (GTK_WIDGET (row), "remove");
  GListModel *model = G_LIST_MODEL (f->connections);
  guint n = g_list_model_get_n_items (model);
  AdwDialog *dialog = NULL;

  g_assert_nonnull (button);
  g_signal_emit_by_name (button, "activated");
  REGIE_TEST_UNTIL ((dialog = adw_window_get_visible_dialog (ADW_WINDOW (f->window))) != NULL &&
                    ADW_IS_ALERT_DIALOG (dialog));
  g_assert_cmpuint (g_list_model_get_n_items (model), ==, n);
  g_signal_emit_by_name (dialog, "response", "remove");
  adw_dialog_force_close (dialog);
  REGIE_TEST_UNTIL (g_list_model_get_n_items (model) == n - 1);
}

/* --- the tests --- */

static void
test_address (Fixture *f, gconstpointer data)
{
  GtkWidget *plain, *button;

  open_dialog (f);
  button = get (f, "address.find");
  plain = regie_test_find (page_of (f), ADW_TYPE_SWITCH_ROW);
  g_assert_false (gtk_widget_is_sensitive (button));
  gtk_editable_set_text (address_of (f), "https://user:word@example.com");
  g_assert_true (gtk_widget_has_css_class (GTK_WIDGET (address_of (f)), "error"));
  g_assert_false (gtk_widget_is_sensitive (button));
  gtk_editable_set_text (address_of (f), "http://example.com");
  g_assert_false (gtk_widget_has_css_class (GTK_WIDGET (address_of (f)), "error"));
  g_assert_true (gtk_widget_get_visible (plain));
  g_assert_false (gtk_widget_is_sensitive (button));
  adw_switch_row_set_active (ADW_SWITCH_ROW (plain), TRUE);
  g_assert_true (gtk_widget_is_sensitive (button));
  gtk_editable_set_text (address_of (f), "example.com");
  g_assert_false (gtk_widget_get_visible (plain));
  g_assert_true (gtk_widget_is_sensitive (button));
  gtk_editable_set_text (address_of (f), "http://127.0.0.1:1");
  click (f, "address.find");
  REGIE_TEST_UNTIL (regie_test_find_text (page_of (f), "Nobody answers there. Check the address and your "
                                                       "network.") != NULL);
  adw_dialog_force_close (f->dialog);
}

/* Somebody takes the connection and says nothing. */
static void
test_cancel (Fixture *f, gconstpointer data)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);
  g_autofree char *address = g_strdup_printf ("http://127.0.0.1:%u", port);

  open_dialog (f);
  gtk_editable_set_text (address_of (f), address);
  click (f, "address.find");
  g_assert_false (gtk_editable_get_editable (address_of (f)));
  click (f, "address.cancel");
  g_assert_true (gtk_editable_get_editable (address_of (f)));
  g_assert_true (is_at (f, "address"));
  click (f, "address.find");
  adw_dialog_force_close (f->dialog);
  regie_test_settle ();
}

static void
test_mailed_code (Fixture *f, gconstpointer data)
{
  const char *args[] = { "--generation", "F3", NULL };
  g_autoptr (ScriptedBackend) server = scripted_backend_new ("qwanyx.py", args);
  g_autofree char *code = NULL;
  RegieConnectionRow *row;

  find_server (f, scripted_backend_get_address (server));
  g_assert_nonnull (regie_test_find_text (page_of (f), "This server does not do that."));
  click (f, "continue");
  g_assert_false (gtk_widget_is_sensitive (get (f, "request-code-step")));
  type (f, "email", "phil@demo.test");
  type (f, "workspace", " demo ");
  click (f, "request-code-step");
  REGIE_TEST_UNTIL (regie_test_find_text (page_of (f), "The server agreed. Go on with the next step.") !=
                    NULL);
  code = scripted_backend_wait_code (server);
  type (f, "code", "000000");
  click (f, "verify-code-step");
  g_assert_false (gtk_editable_get_editable (GTK_EDITABLE (get (f, "code"))));
  REGIE_TEST_UNTIL (gtk_editable_get_editable (GTK_EDITABLE (get (f, "code"))));
  g_assert_null (regie_test_find_text (page_of (f), "The server agreed. Go on with the next step."));
  g_assert_true (is_at (f, "sign-in"));
  type (f, "code", code);
  click (f, "verify-code-step");
  REGIE_TEST_UNTIL (is_at (f, "name"));
  g_assert_cmpstr (gtk_editable_get_text (address_of (f)), ==, "QWANYX · demo");
  gtk_editable_set_text (address_of (f), "");
  g_assert_false (gtk_widget_is_sensitive (get (f, "add")));
  gtk_editable_set_text (address_of (f), "<b>Ours</b> & theirs");
  click (f, "add");
  REGIE_TEST_UNTIL (f->dialog == NULL);
  row = get_row (f, 2);
  REGIE_TEST_UNTIL (has_state (row, REGIE_CONNECTION_ONLINE));
  g_assert_cmpstr (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (row)), ==, "<b>Ours</b> & theirs");
  g_assert_cmpuint (regie_connection_get_hue (regie_connection_row_get_connection (row)), ==, 28);
  remove_by_row (f, row);
}

static void
test_password (Fixture *f, gconstpointer data)
{
  g_autoptr (ScriptedBackend) server = scripted_backend_new ("ava.py", NULL);
  RegieConnectionRow *row;
  RegieBackend *backend;

  find_server (f, scripted_backend_get_address (server));
  g_assert_nonnull (regie_test_find_text (page_of (f), "AVA cannot delete assistants."));
  click (f, "continue");
  type (f, "identifier", "admin@example.com");
  g_assert_true (ADW_IS_PASSWORD_ENTRY_ROW (get (f, "password")));
  type (f, "password", "AvaTest123!");
  click (f, "password-step");
  REGIE_TEST_UNTIL (is_at (f, "name"));
  click (f, "add");
  REGIE_TEST_UNTIL (f->dialog == NULL);
  row = get_row (f, 2);
  REGIE_TEST_UNTIL (has_state (row, REGIE_CONNECTION_ONLINE));
  g_assert_null (find (GTK_WIDGET (row), "sign-in"));

  /* Signed out, and in again from the row. */
  backend = regie_connection_get_backend (regie_connection_row_get_connection (row));
  regie_backend_set_secrets (backend, NULL);
  regie_connection_retry (regie_connection_row_get_connection (row));
  g_signal_emit_by_name (backend, "signed-out");
  REGIE_TEST_UNTIL (has_state (row, REGIE_CONNECTION_SIGNED_OUT));
  REGIE_TEST_UNTIL (find (GTK_WIDGET (row), "sign-in") != NULL);
  g_signal_emit_by_name (find (GTK_WIDGET (row), "sign-in"), "activated");
  REGIE_TEST_UNTIL ((f->dialog = adw_window_get_visible_dialog (ADW_WINDOW (f->window))) != NULL);
  g_object_add_weak_pointer (G_OBJECT (f->dialog), (gpointer *) &f->dialog);
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (get (f, "identifier"))), ==, "admin@example.com");
  type (f, "password", "AvaTest123!");
  click (f, "password-step");
  REGIE_TEST_UNTIL (has_state (row, REGIE_CONNECTION_ONLINE) && f->dialog == NULL);
  remove_by_row (f, row);
}

int
main (int argc, char **argv)
{
  regie_test_init (&argc, &argv);
  g_test_add ("/connection-dialog/address", Fixture, NULL, set_up, test_address, tear_down);
  g_test_add ("/connection-dialog/cancel", Fixture, NULL, set_up, test_cancel, tear_down);
  g_test_add ("/connection-dialog/mailed-code", Fixture, NULL, set_up, test_mailed_code, tear_down);
  g_test_add ("/connection-dialog/password", Fixture, NULL, set_up, test_password, tear_down);

  return g_test_run ();
}
