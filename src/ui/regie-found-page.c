/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-found-page.h"

#include <glib/gi18n.h>

#include "regie-format.h"
#include "regie-kind-fields.h"
#include "regie-text-safe.h"

struct _RegieFoundPage
{
  AdwNavigationPage parent_instance;
};

G_DEFINE_FINAL_TYPE (RegieFoundPage, regie_found_page, ADW_TYPE_NAVIGATION_PAGE)

static guint continue_signal;

/* What people do with Digital Humans besides the actions of the kind. */
static const struct
{
  const char *name, *label;
} main_ops[] = {
  { "create", N_ ("Make new ones") },
  { "update", N_ ("Change them") },
  { "delete", N_ ("Delete them") },
  { "restore", N_ ("Bring deleted ones back") },
};

/* --- what it cannot do --- */

/* One line for each reason: what it stands in the way of. */
typedef struct
{
  GPtrArray *reasons; /* const char * */
  GPtrArray *things;  /* GString, one for each */
} Lacks;

static void
string_free (gpointer data)
{
  g_string_free (data, TRUE);
}

static void
add_lack (Lacks *lacks, const char *reason, const char *thing)
{
  GString *text;
  guint at;

  if (!g_ptr_array_find_with_equal_func (lacks->reasons, reason, g_str_equal, &at))
    {
      at = lacks->reasons->len;
      g_ptr_array_add (lacks->reasons, (gpointer) reason);
      g_ptr_array_add (lacks->things, g_string_new (NULL));
    }
  text = g_ptr_array_index (lacks->things, at);
  if (text->len > 0)
    g_string_append (text, _ (", "));
  g_string_append (text, thing);
}

static void
find_lacks (RegieBackend *backend, Lacks *lacks)
{
  const RegieKind *human = regie_kind_get (REGIE_DIGITAL_HUMAN_KIND);
  const char *reason;
  guint n_kinds;
  const RegieKind *const *kinds = regie_kinds_list (&n_kinds);

  for (guint i = 0; i < G_N_ELEMENTS (main_ops); i++)
    {
      if (!regie_backend_can (backend, human, main_ops[i].name, &reason))
        add_lack (lacks, reason, _ (main_ops[i].label));
    }
  for (guint i = 0; i < human->n_actions; i++)
    {
      if (!regie_backend_can (backend, human, human->actions[i].name, &reason))
        add_lack (lacks, reason, regie_format_label (human->actions[i].label));
    }
  for (guint i = 0; i < n_kinds; i++)
    {
      if (!regie_backend_can (backend, kinds[i], "list", &reason))
        add_lack (lacks, reason, regie_format_label (kinds[i]->plural));
    }
}

static GtkWidget *
create_row (const char *icon, const char *title, const char *subtitle)
{
  GtkWidget *row = adw_action_row_new ();

  regie_row_set_safe_title (ADW_PREFERENCES_ROW (row), title);
  regie_row_set_safe_subtitle (ADW_PREFERENCES_ROW (row), subtitle);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), gtk_image_new_from_icon_name (icon));

  return row;
}

static GtkWidget *
create_lacks (RegieBackend *backend)
{
  GtkWidget *group = adw_preferences_group_new ();
  g_autoptr (GPtrArray) reasons = g_ptr_array_new ();
  g_autoptr (GPtrArray) things = g_ptr_array_new_with_free_func (string_free);
  Lacks lacks = { reasons, things };

  find_lacks (backend, &lacks);
  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (group), _ ("What It Cannot Do"));
  if (reasons->len == 0)
    adw_preferences_group_add (
        ADW_PREFERENCES_GROUP (group),
        create_row ("object-select-symbolic", _ ("It does everything that Régie knows of."), NULL));
  for (guint i = 0; i < reasons->len; i++)
    {
      GString *text = g_ptr_array_index (things, i);

      adw_preferences_group_add (ADW_PREFERENCES_GROUP (group),
                                 create_row ("action-unavailable-symbolic", text->str,
                                             regie_format_label (g_ptr_array_index (reasons, i))));
    }

  return group;
}

/* --- what it is --- */

static GtkWidget *
create_link_row (const char *address)
{
  g_autoptr (RegieEndpoint) endpoint = regie_endpoint_parse (address, REGIE_ENDPOINT_ALLOW_PLAIN, NULL);
  g_autoptr (RegieEndpoint) careful = regie_endpoint_parse (address, REGIE_ENDPOINT_NONE, NULL);

  if (endpoint != NULL && regie_endpoint_get_socket (endpoint) == NULL && regie_endpoint_is_secure (endpoint))
    return create_row ("channel-secure-symbolic", _ ("The link is protected"),
                       _ ("Nobody on the way can read or change what goes over it."));
  if (careful != NULL)
    return create_row ("computer-symbolic", _ ("The link stays on this computer"), address);

  return create_row ("channel-insecure-symbolic", _ ("The link is not protected"),
                     _ ("Everybody on the way can read and change what goes over it."));
}

static GtkWidget *
create_what (RegieProfile *profile, const char *address)
{
  GtkWidget *group = adw_preferences_group_new ();
  const char *about = regie_profile_get_about (profile);

  regie_group_set_safe_title (ADW_PREFERENCES_GROUP (group),
                              regie_format_label (regie_profile_get_title (profile)));
  if (about != NULL)
    regie_group_set_safe_description (ADW_PREFERENCES_GROUP (group), regie_format_label (about));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), create_link_row (address));

  return group;
}

static void
on_continue (RegieFoundPage *self)
{
  g_signal_emit (self, continue_signal, 0);
}

static void
build (RegieFoundPage *self, RegieBackend *backend, const char *address)
{
  GtkWidget *view = adw_toolbar_view_new ();
  GtkWidget *page = adw_preferences_page_new ();
  GtkWidget *button = gtk_button_new_with_mnemonic (_ ("C_ontinue"));

  gtk_widget_add_css_class (button, "suggested-action");
  gtk_widget_add_css_class (button, "pill");
  gtk_widget_set_halign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_margin_top (button, 12);
  gtk_widget_set_margin_bottom (button, 12);
  gtk_widget_set_name (button, "continue");
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_continue), self, G_CONNECT_SWAPPED);
  /* There is nothing else to do here. */
  g_signal_connect_object (self, "shown", G_CALLBACK (gtk_widget_grab_focus), button, G_CONNECT_SWAPPED);
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (page), ADW_PREFERENCES_GROUP (create_what (
                                                             regie_backend_get_profile (backend), address)));
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (page), ADW_PREFERENCES_GROUP (create_lacks (backend)));
  adw_toolbar_view_add_top_bar (ADW_TOOLBAR_VIEW (view), adw_header_bar_new ());
  adw_toolbar_view_set_content (ADW_TOOLBAR_VIEW (view), page);
  adw_toolbar_view_add_bottom_bar (ADW_TOOLBAR_VIEW (view), button);
  adw_navigation_page_set_child (ADW_NAVIGATION_PAGE (self), view);
}

static void
regie_found_page_class_init (RegieFoundPageClass *klass)
{
  continue_signal = g_signal_new ("continue", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 0);
}

static void
regie_found_page_init (RegieFoundPage *self)
{
}

AdwNavigationPage *
regie_found_page_new (RegieBackend *backend, const char *address)
{
  RegieFoundPage *self =
      g_object_new (REGIE_TYPE_FOUND_PAGE, "title", _ ("What Was Found"), "tag", "found", NULL);

  build (self, backend, address);

  return ADW_NAVIGATION_PAGE (self);
}
