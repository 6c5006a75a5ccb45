/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-connection-dialog.h"

#include <glib/gi18n.h>

#include "regie-address-page.h"
#include "regie-connection-name-page.h"
#include "regie-format.h"
#include "regie-found-page.h"
#include "regie-json.h"
#include "regie-kit-future.h"
#include "regie-sign-in-page.h"

struct _RegieConnectionDialog
{
  AdwDialog parent_instance;

  RegieContext *context;
  RegieConnection *connection; /* that is signed in to again, or NULL */
  RegieBackend *backend;       /* what was found, or NULL */
  AdwNavigationView *navigation;
  RegieAddressPage *address_page;
  RegieConnectionNamePage *name_page; /* the newest, or NULL */
};

G_DEFINE_FINAL_TYPE (RegieConnectionDialog, regie_connection_dialog, ADW_TYPE_DIALOG)

/* --- the way --- */

static void
on_added (gpointer object, const GValue *value, const GError *error)
{
  RegieConnectionDialog *self = object;
  RegieConnection *connection;

  if (value == NULL)
    {
      g_autofree char *meaning = regie_format_error (error);

      regie_connection_name_page_set_busy (self->name_page, FALSE);
      regie_connection_name_page_show_problem (self->name_page, meaning);
      return;
    }
  connection =
      regie_connections_get (regie_context_get_connections (self->context), g_value_get_string (value));
  if (connection != NULL && !regie_connection_get_keyring (connection))
    regie_context_say (self->context,
                       _ ("The connection is added. There is no keyring that keeps what signs you in: you "
                          "sign in again when Régie starts anew."),
                       NULL);
  else
    regie_context_say (self->context, _ ("The connection is added"), NULL);
  adw_dialog_force_close (ADW_DIALOG (self));
}

static void
on_add (RegieConnectionDialog *self)
{
  g_autofree char *address = regie_address_page_dup_address (self->address_page);
  g_autofree char *title = regie_connection_name_page_dup_title (self->name_page);
  gboolean plain = regie_address_page_get_flags (self->address_page) & REGIE_ENDPOINT_ALLOW_PLAIN;
  g_autoptr (JsonObject) definition = regie_json_object_new (
      "title", 's', title, "hue", 'i', (gint64) regie_connection_name_page_get_hue (self->name_page),
      "endpoints", 'o', regie_json_object_new ("api", 's', address, NULL), "plain", 'b', plain, NULL);

  regie_connection_name_page_set_busy (self->name_page, TRUE);
  regie_connection_name_page_show_problem (self->name_page, NULL);
  regie_when_settled (
      regie_connections_add (regie_context_get_connections (self->context), definition, self->backend), self,
      on_added);
}

static void
show_name (RegieConnectionDialog *self)
{
  AdwNavigationPage *page = regie_connection_name_page_new (self->context, self->backend);

  self->name_page = REGIE_CONNECTION_NAME_PAGE (page);
  g_signal_connect_object (page, "add", G_CALLBACK (on_add), self, G_CONNECT_SWAPPED);
  adw_navigation_view_push (self->navigation, page);
}

static void
on_signed_in (RegieConnectionDialog *self)
{
  if (self->connection == NULL)
    {
      /* Whoever goes back from here does not sign in twice. */
      adw_navigation_view_pop (self->navigation);
      show_name (self);
      return;
    }
  dex_future_disown (regie_connections_keep_account (regie_context_get_connections (self->context),
                                                     regie_connection_get_id (self->connection)));
  regie_connection_retry (self->connection);
  regie_context_say (self->context, _ ("You are signed in"), NULL);
  adw_dialog_force_close (ADW_DIALOG (self));
}

static AdwNavigationPage *
create_sign_in (RegieConnectionDialog *self, RegieBackend *backend)
{
  AdwNavigationPage *page = regie_sign_in_page_new (backend);

  g_signal_connect_object (page, "signed-in", G_CALLBACK (on_signed_in), self, G_CONNECT_SWAPPED);

  return page;
}

static void
on_continue (RegieConnectionDialog *self)
{
  if (regie_backend_is_signed_in (self->backend))
    show_name (self);
  else
    adw_navigation_view_push (self->navigation, create_sign_in (self, self->backend));
}

static void
on_found (RegieConnectionDialog *self, RegieBackend *backend)
{
  g_autofree char *address = regie_address_page_dup_address (self->address_page);
  AdwNavigationPage *page = regie_found_page_new (backend, address);

  g_set_object (&self->backend, backend);
  g_signal_connect_object (page, "continue", G_CALLBACK (on_continue), self, G_CONNECT_SWAPPED);
  adw_navigation_view_push (self->navigation, page);
}

static void
on_closed (RegieConnectionDialog *self)
{
  if (self->address_page != NULL)
    regie_address_page_cancel (self->address_page);
}

/* --- the widget --- */

static void
regie_connection_dialog_dispose (GObject *object)
{
  RegieConnectionDialog *self = REGIE_CONNECTION_DIALOG (object);

  g_clear_object (&self->backend);
  g_clear_object (&self->connection);
  g_clear_object (&self->context);
  g_clear_object (&self->address_page);

  G_OBJECT_CLASS (regie_connection_dialog_parent_class)->dispose (object);
}

static void
regie_connection_dialog_class_init (RegieConnectionDialogClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = regie_connection_dialog_dispose;
}

static void
regie_connection_dialog_init (RegieConnectionDialog *self)
{
  self->navigation = ADW_NAVIGATION_VIEW (adw_navigation_view_new ());
  adw_dialog_set_child (ADW_DIALOG (self), GTK_WIDGET (self->navigation));
  adw_dialog_set_content_width (ADW_DIALOG (self), 520);
  adw_dialog_set_content_height (ADW_DIALOG (self), 520);
  g_signal_connect_object (self, "closed", G_CALLBACK (on_closed), self, G_CONNECT_SWAPPED);
}

AdwDialog *
regie_connection_dialog_new (RegieContext *context)
{
  RegieConnectionDialog *self =
      g_object_new (REGIE_TYPE_CONNECTION_DIALOG, "title", _ ("Add a Connection"), NULL);
  AdwNavigationPage *page = regie_address_page_new ();

  self->context = g_object_ref (context);
  self->address_page = g_object_ref (REGIE_ADDRESS_PAGE (page));
  g_signal_connect_object (page, "found", G_CALLBACK (on_found), self, G_CONNECT_SWAPPED);
  adw_navigation_view_push (self->navigation, page);

  return ADW_DIALOG (self);
}

AdwDialog *
regie_connection_dialog_new_sign_in (RegieContext *context, RegieConnection *connection)
{
  RegieConnectionDialog *self = g_object_new (REGIE_TYPE_CONNECTION_DIALOG, "title", _ ("Sign In"), NULL);

  self->context = g_object_ref (context);
  self->connection = g_object_ref (connection);
  adw_navigation_view_push (self->navigation,
                            create_sign_in (self, regie_connection_get_backend (connection)));

  return ADW_DIALOG (self);
}

AdwNavigationView *
regie_connection_dialog_get_navigation (RegieConnectionDialog *self)
{
  g_return_val_if_fail (REGIE_IS_CONNECTION_DIALOG (self), NULL);

  return self->navigation;
}
