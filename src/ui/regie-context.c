/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-context.h"

#include <glib/gi18n.h>

#include "regie-config.h"
#include "regie-connection-mark.h"
#include "regie-format.h"
#include "regie-text.h"

/* How long an undo takes back what was not sent yet. */
#define HOLD_MS 10000

#define MOST_UNDOS 20

struct _RegieContext
{
  GObject parent_instance;

  RegieStore *store;
  RegieConnections *connections;
  GSettings *settings;
  char *workspace;
  GPtrArray *undoable; /* GStrv of intents done together, the newest last */
  AdwToast *offer;     /* weak: the line that offers to undo the newest */
};

enum
{
  PROP_0,
  PROP_WORKSPACE,
  PROP_CAN_UNDO,
  N_PROPS
};

enum
{
  TOAST,
  OPEN,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (RegieContext, regie_context, G_TYPE_OBJECT)

static void
regie_context_finalize (GObject *object)
{
  RegieContext *self = REGIE_CONTEXT (object);

  g_clear_object (&self->connections);
  g_clear_object (&self->store);
  g_clear_object (&self->settings);
  g_clear_pointer (&self->workspace, g_free);
  g_clear_weak_pointer (&self->offer);
  g_clear_pointer (&self->undoable, g_ptr_array_unref);

  G_OBJECT_CLASS (regie_context_parent_class)->finalize (object);
}

static void
regie_context_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  switch (id)
    {
    case PROP_WORKSPACE:
      g_value_set_string (value, REGIE_CONTEXT (object)->workspace);
      break;
    case PROP_CAN_UNDO:
      g_value_set_boolean (value, REGIE_CONTEXT (object)->undoable->len > 0);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
regie_context_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  switch (id)
    {
    case PROP_WORKSPACE:
      regie_context_set_workspace (REGIE_CONTEXT (object), g_value_get_string (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
regie_context_class_init (RegieContextClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = regie_context_finalize;
  object_class->get_property = regie_context_get_property;
  object_class->set_property = regie_context_set_property;

  properties[PROP_WORKSPACE] = g_param_spec_string (
      "workspace", NULL, NULL, "", G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  properties[PROP_CAN_UNDO] =
      g_param_spec_boolean ("can-undo", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[TOAST] = g_signal_new ("toast", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 1, ADW_TYPE_TOAST);
  signals[OPEN] = g_signal_new ("open", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
}

static void
regie_context_init (RegieContext *self)
{
  self->settings = g_settings_new (REGIE_APP_ID);
  self->workspace = g_strdup ("");
  self->undoable = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
}

/* What lists show of a connection by its id alone. */
static void
on_connections_changed (RegieContext *self, guint position, guint removed, guint added, GListModel *model)
{
  for (guint i = position; i < position + added; i++)
    {
      g_autoptr (RegieConnection) connection = g_list_model_get_item (model, i);

      regie_connection_mark_register (regie_connection_get_id (connection),
                                      regie_connection_get_hue (connection),
                                      regie_connection_get_title (connection));
    }
}

RegieContext *
regie_context_new (RegieStore *store, RegieConnections *connections)
{
  RegieContext *self = g_object_new (REGIE_TYPE_CONTEXT, NULL);

  self->store = g_object_ref (store);
  self->connections = g_object_ref (connections);
  g_signal_connect_object (connections, "items-changed", G_CALLBACK (on_connections_changed), self,
                           G_CONNECT_SWAPPED);
  on_connections_changed (self, 0, 0, g_list_model_get_n_items (G_LIST_MODEL (connections)),
                          G_LIST_MODEL (connections));
  g_settings_bind (self->settings, "workspace", self, "workspace", G_SETTINGS_BIND_DEFAULT);

  return self;
}

RegieStore *
regie_context_get_store (RegieContext *self)
{
  return self->store;
}

RegieConnections *
regie_context_get_connections (RegieContext *self)
{
  return self->connections;
}

RegieConnection *
regie_context_get_local (RegieContext *self)
{
  return regie_connections_get (self->connections, "local");
}

GSettings *
regie_context_get_settings (RegieContext *self)
{
  return self->settings;
}

const char *
regie_context_get_workspace (RegieContext *self)
{
  return self->workspace;
}

void
regie_context_set_workspace (RegieContext *self, const char *workspace)
{
  if (g_set_str (&self->workspace, workspace != NULL ? workspace : ""))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_WORKSPACE]);
}

const char *
regie_context_get_ref (RegieRecord *record)
{
  const char *remote_id = regie_record_get_remote_id (record);

  return remote_id != NULL ? remote_id : regie_record_get_key (record);
}

RegieQuery *
regie_context_query (RegieContext *self, const RegieKind *kind)
{
  RegieQuery *query = regie_query_new (kind);

  if (*self->workspace != '\0' && regie_kind_find_field (kind, "workspace") != NULL)
    regie_query_where (query, "workspace", REGIE_OP_EQ, self->workspace);

  return query;
}

void
regie_context_open (RegieContext *self, const RegieKind *kind, const char *key)
{
  g_signal_emit (self, signals[OPEN], 0, kind->name, key);
}

void
regie_spawn (gpointer self, DexFiberFunc fiber)
{
  dex_future_disown (dex_scheduler_spawn (NULL, 0, fiber, g_object_ref (self), g_object_unref));
}

/* --- saying --- */

typedef struct
{
  RegieContext *context;
  GStrv intents;
} Undo;

static void
undo_free (gpointer data)
{
  Undo *undo = data;

  g_object_unref (undo->context);
  g_strfreev (undo->intents);
  g_free (undo);
}

static DexFuture *
undo_fiber (gpointer data)
{
  Undo *undo = data;

  guint n_undone = 0;

  for (guint i = 0; undo->intents[i] != NULL; i++)
    {
      g_autoptr (GError) error = NULL;

      if (dex_await (regie_store_undo (undo->context->store, undo->intents[i]), &error))
        n_undone++;
      else
        regie_context_say_error (undo->context, _ ("It could not be undone"), error);
    }
  if (n_undone > 0)
    regie_context_say (undo->context, _ ("Undone"), NULL);

  return NULL;
}

static void
remember_undo (RegieContext *self, const char *const *intents)
{
  if (self->undoable->len == MOST_UNDOS)
    g_ptr_array_remove_index (self->undoable, 0);
  g_ptr_array_add (self->undoable, g_strdupv ((char **) intents));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CAN_UNDO]);
}

static void
forget_undo (RegieContext *self, const char *const *intents)
{
  for (guint i = self->undoable->len; i > 0; i--)
    {
      if (g_strv_equal (intents, g_ptr_array_index (self->undoable, i - 1)))
        {
          g_ptr_array_remove_index (self->undoable, i - 1);
          break;
        }
    }
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CAN_UNDO]);
}

static void
begin_undo (RegieContext *self, const char *const *intents)
{
  Undo *undo = g_new0 (Undo, 1);

  undo->context = g_object_ref (self);
  undo->intents = g_strdupv ((char **) intents);
  if (self->offer != NULL)
    adw_toast_dismiss (self->offer);
  forget_undo (self, (const char *const *) undo->intents);
  dex_future_disown (dex_scheduler_spawn (NULL, 0, undo_fiber, undo, undo_free));
}

static void
on_undo (AdwToast *toast, Undo *undo)
{
  begin_undo (undo->context, (const char *const *) undo->intents);
}

void
regie_context_undo (RegieContext *self)
{
  if (self->undoable->len > 0)
    begin_undo (self, g_ptr_array_index (self->undoable, self->undoable->len - 1));
}

void
regie_context_say (RegieContext *self, const char *text, const char *const *undo)
{
  g_autofree char *visible = regie_text_visible (text, FALSE);
  AdwToast *toast = adw_toast_new ("");

  adw_toast_set_use_markup (toast, FALSE);
  adw_toast_set_title (toast, visible);
  if (undo != NULL && undo[0] != NULL)
    {
      Undo *data = g_new0 (Undo, 1);

      data->context = g_object_ref (self);
      data->intents = g_strdupv ((char **) undo);
      adw_toast_set_button_label (toast, _ ("_Undo"));
      adw_toast_set_timeout (toast, HOLD_MS / 1000);
      g_object_set_data_full (G_OBJECT (toast), "undo", data, undo_free);
      g_signal_connect (toast, "button-clicked", G_CALLBACK (on_undo), data);
      remember_undo (self, undo);
      g_set_weak_pointer (&self->offer, toast);
    }
  g_signal_emit (self, signals[TOAST], 0, g_object_ref_sink (toast));
  g_object_unref (toast);
}

static void
on_details (AdwToast *toast, RegieContext *self)
{
  const char *doing = g_object_get_data (G_OBJECT (toast), "doing");
  const char *meaning = g_object_get_data (G_OBJECT (toast), "meaning");
  const char *details = g_object_get_data (G_OBJECT (toast), "details");
  g_autofree char *body = g_strdup_printf ("%s\n\n%s\n%s", meaning, _ ("Details:"), details);
  AdwDialog *dialog = adw_alert_dialog_new (doing, body);
  GtkWidget *window =
      GTK_WIDGET (gtk_application_get_active_window (GTK_APPLICATION (g_application_get_default ())));

  adw_alert_dialog_add_response (ADW_ALERT_DIALOG (dialog), "close", _ ("_Close"));
  adw_dialog_present (dialog, window);
}

void
regie_context_say_error (RegieContext *self, const char *doing, const GError *error)
{
  g_autofree char *meaning = regie_format_error (error);
  g_autofree char *text = g_strdup_printf ("%s. %s", doing, meaning);
  AdwToast *toast = adw_toast_new ("");

  adw_toast_set_use_markup (toast, FALSE);
  adw_toast_set_title (toast, text);
  adw_toast_set_timeout (toast, 10);
  adw_toast_set_button_label (toast, _ ("_Details"));
  adw_toast_set_priority (toast, ADW_TOAST_PRIORITY_HIGH);
  g_object_set_data_full (G_OBJECT (toast), "doing", g_strdup (doing), g_free);
  g_object_set_data_full (G_OBJECT (toast), "meaning", g_steal_pointer (&meaning), g_free);
  g_object_set_data_full (G_OBJECT (toast), "details",
                          regie_text_visible (error != NULL ? error->message : "", TRUE), g_free);
  g_signal_connect_object (toast, "button-clicked", G_CALLBACK (on_details), self, 0);
  g_signal_emit (self, signals[TOAST], 0, g_object_ref_sink (toast));
  g_object_unref (toast);
}
