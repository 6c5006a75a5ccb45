/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-address-page.h"

#include <glib/gi18n.h>

#include "regie-format.h"
#include "regie-kit-future.h"
#include "regie-sign-in-page.h"

struct _RegieAddressPage
{
  AdwNavigationPage parent_instance;

  AdwEntryRow *address_row;
  AdwSwitchRow *plain_row;
  GtkLabel *problem;
  GtkStack *buttons; /* "find" or "busy" */

  GPtrArray *profiles;
  GCancellable *search; /* NULL: nothing is looked for */
};

G_DEFINE_FINAL_TYPE (RegieAddressPage, regie_address_page, ADW_TYPE_NAVIGATION_PAGE)

static guint found_signal;

char *
regie_address_page_dup_address (RegieAddressPage *self)
{
  char *address;

  g_return_val_if_fail (REGIE_IS_ADDRESS_PAGE (self), NULL);

  address = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->address_row))));
  /* A name alone means the protected way there. */
  if (*address != '\0' && strstr (address, "://") == NULL && !g_str_has_prefix (address, "unix:"))
    {
      char *whole = g_strconcat ("https://", address, NULL);

      g_free (address);
      return whole;
    }

  return address;
}

RegieEndpointFlags
regie_address_page_get_flags (RegieAddressPage *self)
{
  g_return_val_if_fail (REGIE_IS_ADDRESS_PAGE (self), REGIE_ENDPOINT_NONE);

  return gtk_widget_get_visible (GTK_WIDGET (self->plain_row)) && adw_switch_row_get_active (self->plain_row)
             ? REGIE_ENDPOINT_ALLOW_PLAIN
             : REGIE_ENDPOINT_NONE;
}

static gboolean
is_address (const char *address, RegieEndpointFlags flags)
{
  g_autoptr (RegieEndpoint) endpoint = regie_endpoint_parse (address, flags, NULL);

  return endpoint != NULL;
}

static void
update (RegieAddressPage *self)
{
  g_autofree char *address = regie_address_page_dup_address (self);
  gboolean could = is_address (address, REGIE_ENDPOINT_ALLOW_PLAIN);
  gboolean plain = could && !is_address (address, REGIE_ENDPOINT_NONE);
  gboolean idle = self->search == NULL;

  gtk_widget_set_visible (GTK_WIDGET (self->plain_row), plain);
  regie_sign_in_mark_row (GTK_WIDGET (self->address_row), could || *address == '\0'
                                                              ? NULL
                                                              : _ ("Not an address. It looks like "
                                                                   "https://example.com"));
  gtk_editable_set_editable (GTK_EDITABLE (self->address_row), idle);
  gtk_widget_set_sensitive (GTK_WIDGET (self->plain_row), idle);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "address.find",
                                 idle && could && is_address (address, regie_address_page_get_flags (self)));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "address.cancel", !idle);
  gtk_stack_set_visible_child_name (self->buttons, idle ? "find" : "busy");
}

static void
on_edited (RegieAddressPage *self)
{
  regie_sign_in_show_problem (self->problem, NULL);
  update (self);
}

/* --- finding --- */

static void
on_found (gpointer search, const GValue *value, const GError *error)
{
  RegieAddressPage *self = g_object_get_data (search, "page");
  g_autofree char *text = NULL;

  if (self == NULL || self->search != search)
    return;
  g_clear_object (&self->search);
  update (self);
  if (value != NULL)
    {
      g_signal_emit (self, found_signal, 0, g_value_get_object (value));
      return;
    }
  if (g_error_matches (error, REGIE_ERROR, REGIE_ERROR_PROTOCOL))
    text = g_strdup (_ ("Something answers there, but nothing that Régie knows how to speak to."));
  else if (g_error_matches (error, REGIE_ERROR, REGIE_ERROR_UNREACHABLE))
    text = g_strdup (_ ("Nobody answers there. Check the address and your network."));
  else
    text = regie_format_error (error);
  regie_sign_in_show_problem (self->problem, text);
  gtk_widget_grab_focus (GTK_WIDGET (self->address_row));
}

static void
on_find (GtkWidget *widget, const char *name, GVariant *parameter)
{
  RegieAddressPage *self = REGIE_ADDRESS_PAGE (widget);
  g_autofree char *address = regie_address_page_dup_address (self);

  if (self->profiles == NULL)
    self->profiles = regie_profiles_load_all (NULL);
  regie_sign_in_show_problem (self->problem, NULL);
  self->search = g_cancellable_new ();
  g_object_set_data (G_OBJECT (self->search), "page", self);
  update (self);
  regie_when_settled (
      dex_future_first (regie_backend_find (self->profiles, address, regie_address_page_get_flags (self)),
                        dex_cancellable_new_from_cancellable (self->search), NULL),
      self->search, on_found);
}

void
regie_address_page_cancel (RegieAddressPage *self)
{
  g_autoptr (GCancellable) search = NULL;

  g_return_if_fail (REGIE_IS_ADDRESS_PAGE (self));

  search = g_steal_pointer (&self->search);
  if (search == NULL)
    return;
  g_object_set_data (G_OBJECT (search), "page", NULL);
  g_cancellable_cancel (search);
}

static void
on_cancel (GtkWidget *widget, const char *name, GVariant *parameter)
{
  regie_address_page_cancel (REGIE_ADDRESS_PAGE (widget));
  update (REGIE_ADDRESS_PAGE (widget));
  gtk_widget_grab_focus (GTK_WIDGET (REGIE_ADDRESS_PAGE (widget)->address_row));
}

/* --- the widget --- */

static void
on_entered (RegieAddressPage *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "address.find", NULL);
}

static GtkWidget *
create_find_button (void)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (_ ("_Find"));

  gtk_widget_add_css_class (button, "suggested-action");
  gtk_widget_add_css_class (button, "pill");
  gtk_widget_set_halign (button, GTK_ALIGN_CENTER);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "address.find");

  return button;
}

static GtkWidget *
create_busy_box (void)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *cancel = gtk_button_new_with_mnemonic (_ ("_Cancel"));

  gtk_widget_set_halign (box, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (box), adw_spinner_new ());
  gtk_box_append (GTK_BOX (box), gtk_label_new (_ ("Looking…")));
  gtk_widget_add_css_class (cancel, "pill");
  gtk_actionable_set_action_name (GTK_ACTIONABLE (cancel), "address.cancel");
  gtk_box_append (GTK_BOX (box), cancel);

  return box;
}

static void
build (RegieAddressPage *self)
{
  GtkWidget *view = adw_toolbar_view_new ();
  GtkWidget *page = adw_preferences_page_new ();
  GtkWidget *group = adw_preferences_group_new ();
  GtkWidget *end = adw_preferences_group_new ();

  adw_preferences_group_set_description (ADW_PREFERENCES_GROUP (group),
                                         _ ("Where the server is. Régie asks there and finds out what it "
                                            "is; nothing about you is sent."));
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->address_row), _ ("Address"));
  gtk_text_set_input_purpose (GTK_TEXT (gtk_editable_get_delegate (GTK_EDITABLE (self->address_row))),
                              GTK_INPUT_PURPOSE_URL);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->plain_row), _ ("Go There Unprotected"));
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self->plain_row),
                               _ ("This address is plain http on another machine: everybody on the way can "
                                  "read and change what goes over it, your password too."));
  gtk_widget_add_css_class (GTK_WIDGET (self->plain_row), "regie-warned");
  adw_action_row_add_prefix (ADW_ACTION_ROW (self->plain_row),
                             gtk_image_new_from_icon_name ("dialog-warning-symbolic"));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), GTK_WIDGET (self->address_row));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), GTK_WIDGET (self->plain_row));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), GTK_WIDGET (self->problem));
  gtk_stack_add_named (self->buttons, create_find_button (), "find");
  gtk_stack_add_named (self->buttons, create_busy_box (), "busy");
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (end), GTK_WIDGET (self->buttons));
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (page), ADW_PREFERENCES_GROUP (group));
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (page), ADW_PREFERENCES_GROUP (end));
  adw_toolbar_view_add_top_bar (ADW_TOOLBAR_VIEW (view), adw_header_bar_new ());
  adw_toolbar_view_set_content (ADW_TOOLBAR_VIEW (view), page);
  adw_navigation_page_set_child (ADW_NAVIGATION_PAGE (self), view);
}

static void
regie_address_page_dispose (GObject *object)
{
  RegieAddressPage *self = REGIE_ADDRESS_PAGE (object);

  regie_address_page_cancel (self);
  g_clear_pointer (&self->profiles, g_ptr_array_unref);

  G_OBJECT_CLASS (regie_address_page_parent_class)->dispose (object);
}

static void
regie_address_page_class_init (RegieAddressPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = regie_address_page_dispose;
  found_signal = g_signal_new ("found", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                               G_TYPE_NONE, 1, REGIE_TYPE_BACKEND);
  gtk_widget_class_install_action (widget_class, "address.find", NULL, on_find);
  gtk_widget_class_install_action (widget_class, "address.cancel", NULL, on_cancel);
}

static void
regie_address_page_init (RegieAddressPage *self)
{
  self->address_row = ADW_ENTRY_ROW (adw_entry_row_new ());
  self->plain_row = ADW_SWITCH_ROW (adw_switch_row_new ());
  self->problem = regie_sign_in_create_problem ();
  self->buttons = GTK_STACK (gtk_stack_new ());
  build (self);
  g_signal_connect_object (self->address_row, "changed", G_CALLBACK (on_edited), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->address_row, "entry-activated", G_CALLBACK (on_entered), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->plain_row, "notify::active", G_CALLBACK (on_edited), self,
                           G_CONNECT_SWAPPED);
  update (self);
}

AdwNavigationPage *
regie_address_page_new (void)
{
  return g_object_new (REGIE_TYPE_ADDRESS_PAGE, "title", _ ("Add a Connection"), "tag", "address", NULL);
}
