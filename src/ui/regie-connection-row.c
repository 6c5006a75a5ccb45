/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-connection-row.h"

#include <glib/gi18n.h>

#include "regie-connection-dialog.h"
#include "regie-connection-mark.h"
#include "regie-connection-words.h"
#include "regie-format.h"
#include "regie-json.h"
#include "regie-text-safe.h"
#include "regie-text.h"

/* The health answer's members that say something to a person. */
static const struct
{
  const char *member;
  const char *label;
} facts[] = {
  { "version", N_ ("Version") },
  { "pid", N_ ("Process") },
  { "data_dir", N_ ("Folder") },
  { "workspaces", N_ ("Workspaces") },
  { "running", N_ ("Digital Humans at work") },
};

struct _RegieConnectionRow
{
  AdwExpanderRow parent_instance;

  RegieContext *context;
  RegieConnection *connection;
  GtkWidget *icon;
  GtkWidget *facts[G_N_ELEMENTS (facts)];
  GtkWidget *account; /* of one that was added, like those below: else NULL */
  GtkWidget *keyring, *sign_in;
};

G_DEFINE_FINAL_TYPE (RegieConnectionRow, regie_connection_row, ADW_TYPE_EXPANDER_ROW)

/* --- how it is --- */

static char *
dup_fact (JsonNode *value)
{
  if (value == NULL || !JSON_NODE_HOLDS_VALUE (value))
    return NULL;
  if (json_node_get_value_type (value) == G_TYPE_STRING)
    return g_strdup (json_node_get_string (value));
  if (json_node_get_value_type (value) != G_TYPE_INT64)
    return NULL;

  return g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (value));
}

static void
show_facts (RegieConnectionRow *self)
{
  JsonObject *info = regie_connection_get_info (self->connection);

  for (guint i = 0; i < G_N_ELEMENTS (facts); i++)
    {
      g_autofree char *shown =
          dup_fact (info != NULL ? json_object_get_member (info, facts[i].member) : NULL);

      regie_row_set_safe_subtitle (ADW_PREFERENCES_ROW (self->facts[i]),
                                   shown != NULL ? shown : REGIE_FORMAT_NONE);
      /* Other backends do not say all of it. */
      gtk_widget_set_visible (self->facts[i], shown != NULL || self->account == NULL);
    }
}

static void
show_account (RegieConnectionRow *self)
{
  static const char *const members[] = { "identifier", "email", "workspace" };
  RegieBackend *backend = regie_connection_get_backend (self->connection);
  JsonObject *account = regie_backend_get_account (backend);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; account != NULL && i < G_N_ELEMENTS (members); i++)
    {
      const char *value = regie_json_get_text (account, members[i], NULL);

      if (value != NULL)
        g_string_append_printf (text, "%s%s", text->len > 0 ? " · " : "", value);
    }
  regie_row_set_safe_subtitle (ADW_PREFERENCES_ROW (self->account),
                               text->len > 0 ? text->str : REGIE_FORMAT_NONE);
  gtk_widget_set_visible (self->sign_in,
                          regie_connection_get_state (self->connection) == REGIE_CONNECTION_SIGNED_OUT);
  gtk_widget_set_visible (self->keyring, !regie_connection_get_keyring (self->connection) &&
                                             regie_backend_is_signed_in (backend));
}

static void
show (RegieConnectionRow *self)
{
  g_autofree char *state = regie_connection_words_state (self->connection);
  const char *message = regie_connection_get_message (self->connection);
  g_autofree char *text = message != NULL ? g_strdup_printf ("%s · %s", state, message) : g_strdup (state);

  regie_row_set_safe_title (ADW_PREFERENCES_ROW (self), regie_connection_get_title (self->connection));
  regie_row_set_safe_subtitle (ADW_PREFERENCES_ROW (self), text);
  gtk_image_set_from_icon_name (GTK_IMAGE (self->icon), regie_connection_words_icon (self->connection));
  show_facts (self);
  if (self->account != NULL)
    show_account (self);
}

/* --- what can be done --- */

static void
on_sign_in (RegieConnectionRow *self)
{
  adw_dialog_present (regie_connection_dialog_new_sign_in (self->context, self->connection),
                      GTK_WIDGET (self));
}

/* The row goes with the connection, so the fiber holds what it needs. */
typedef struct
{
  RegieContext *context;
  char *id;
} Removal;

static void
removal_free (gpointer data)
{
  Removal *self = data;

  g_object_unref (self->context);
  g_free (self->id);
  g_free (self);
}

static DexFuture *
remove_fiber (gpointer data)
{
  Removal *self = data;
  g_autoptr (GError) error = NULL;

  if (dex_await (regie_connections_remove (regie_context_get_connections (self->context), self->id), &error))
    regie_context_say (self->context, _ ("The connection is removed"), NULL);
  else
    regie_context_say_error (self->context, _ ("The connection could not be removed"), error);

  return NULL;
}

static void
on_remove_response (RegieConnectionRow *self, const char *response)
{
  Removal *removal;

  if (!g_str_equal (response, "remove"))
    return;
  removal = g_new0 (Removal, 1);
  removal->context = g_object_ref (self->context);
  removal->id = g_strdup (regie_connection_get_id (self->connection));
  dex_future_disown (dex_scheduler_spawn (NULL, 0, remove_fiber, removal, removal_free));
}

static void
on_remove (RegieConnectionRow *self)
{
  g_autofree char *title = regie_text_visible (regie_connection_get_title (self->connection), FALSE);
  g_autofree char *body =
      g_strdup_printf (_ ("Régie forgets what it read from “%s”, what signs you in, and the changes that "
                          "were not sent yet: these are lost. Nothing is deleted on the server itself."),
                       title);
  AdwDialog *dialog = adw_alert_dialog_new (_ ("Remove It?"), body);

  adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (dialog), "cancel", _ ("_Cancel"), "remove", _ ("_Remove"),
                                  NULL);
  adw_alert_dialog_set_response_appearance (ADW_ALERT_DIALOG (dialog), "remove", ADW_RESPONSE_DESTRUCTIVE);
  adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (dialog), "cancel");
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (dialog), "cancel");
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_remove_response), self, G_CONNECT_SWAPPED);
  adw_dialog_present (dialog, GTK_WIDGET (self));
}

/* --- the widget --- */

static GtkWidget *
add_fact (RegieConnectionRow *self, const char *label)
{
  GtkWidget *fact = adw_action_row_new ();

  gtk_widget_add_css_class (fact, "property");
  regie_row_set_safe_title (ADW_PREFERENCES_ROW (fact), label);
  adw_action_row_set_subtitle_selectable (ADW_ACTION_ROW (fact), TRUE);
  adw_expander_row_add_row (ADW_EXPANDER_ROW (self), fact);

  return fact;
}

static GtkWidget *
add_button (RegieConnectionRow *self, const char *name, const char *title, GCallback activated)
{
  GtkWidget *row = adw_button_row_new ();

  regie_row_set_safe_title (ADW_PREFERENCES_ROW (row), title);
  gtk_widget_set_name (row, name);
  g_signal_connect_object (row, "activated", activated, self, G_CONNECT_SWAPPED);
  adw_expander_row_add_row (ADW_EXPANDER_ROW (self), row);

  return row;
}

static void
build_added (RegieConnectionRow *self)
{
  GtkWidget *remove;

  self->account = add_fact (self, _ ("Account"));
  self->keyring = adw_action_row_new ();
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->keyring), _ ("The Keyring Keeps Nothing"));
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self->keyring),
                               _ ("There is no keyring, or it does not open: you sign in again when Régie "
                                  "starts anew."));
  adw_action_row_add_prefix (ADW_ACTION_ROW (self->keyring),
                             gtk_image_new_from_icon_name ("dialog-warning-symbolic"));
  adw_expander_row_add_row (ADW_EXPANDER_ROW (self), self->keyring);
  self->sign_in = add_button (self, "sign-in", _ ("Sign In…"), G_CALLBACK (on_sign_in));
  remove = add_button (self, "remove", _ ("Remove…"), G_CALLBACK (on_remove));
  gtk_widget_add_css_class (remove, "destructive-action");
}

static void
build (RegieConnectionRow *self)
{
  GtkWidget *retry = gtk_button_new_from_icon_name ("view-refresh-symbolic");
  GtkWidget *mark = regie_connection_mark_new ();

  regie_connection_mark_set_connection (REGIE_CONNECTION_MARK (mark),
                                        regie_connection_get_id (self->connection));
  gtk_widget_set_margin_top (mark, 12);
  gtk_widget_set_margin_bottom (mark, 12);
  gtk_widget_set_valign (retry, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (retry, "flat");
  gtk_widget_set_tooltip_text (retry, _ ("Connect now"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (retry), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Connect now"),
                                  -1);
  g_signal_connect_object (retry, "clicked", G_CALLBACK (regie_connection_retry), self->connection,
                           G_CONNECT_SWAPPED);
  self->icon = gtk_image_new ();
  adw_expander_row_add_prefix (ADW_EXPANDER_ROW (self), self->icon);
  adw_expander_row_add_prefix (ADW_EXPANDER_ROW (self), mark);
  adw_expander_row_add_suffix (ADW_EXPANDER_ROW (self), retry);
  for (guint i = 0; i < G_N_ELEMENTS (facts); i++)
    self->facts[i] = add_fact (self, _ (facts[i].label));
  if (!g_str_equal (regie_connection_get_id (self->connection), "local"))
    build_added (self);
  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (self), TRUE);
}

static void
regie_connection_row_dispose (GObject *object)
{
  RegieConnectionRow *self = REGIE_CONNECTION_ROW (object);

  g_clear_object (&self->connection);
  g_clear_object (&self->context);

  G_OBJECT_CLASS (regie_connection_row_parent_class)->dispose (object);
}

static void
regie_connection_row_class_init (RegieConnectionRowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = regie_connection_row_dispose;
}

static void
regie_connection_row_init (RegieConnectionRow *self)
{
}

GtkWidget *
regie_connection_row_new (RegieContext *context, RegieConnection *connection)
{
  RegieConnectionRow *self = g_object_new (REGIE_TYPE_CONNECTION_ROW, NULL);

  self->context = g_object_ref (context);
  self->connection = g_object_ref (connection);
  build (self);
  g_signal_connect_object (connection, "notify", G_CALLBACK (show), self, G_CONNECT_SWAPPED);
  show (self);

  return GTK_WIDGET (self);
}

RegieConnection *
regie_connection_row_get_connection (RegieConnectionRow *self)
{
  g_return_val_if_fail (REGIE_IS_CONNECTION_ROW (self), NULL);

  return self->connection;
}
