/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-rights-view.h"

#include <glib/gi18n.h>

#include "regie-format.h"
#include "regie-json.h"
#include "regie-kind-fields.h"
#include "regie-right-row.h"
#include "regie-text-safe.h"

struct _RegieRightsView
{
  AdwBin parent_instance;

  RegieContext *context;
  RegieRecord *human;
  DexFuture *request;
  guint timeout;
  AdwPreferencesGroup *group;
  GPtrArray *rows;
};

G_DEFINE_FINAL_TYPE (RegieRightsView, regie_rights_view, ADW_TYPE_BIN)

static void
show (RegieRightsView *self, JsonArray *items)
{
  for (guint i = 0; i < json_array_get_length (items); i++)
    {
      JsonObject *item = json_array_get_object_element (items, i);
      GtkWidget *row;

      if (i >= self->rows->len)
        {
          row = regie_right_row_new (self->context, self->human);
          adw_preferences_group_add (self->group, row);
          g_ptr_array_add (self->rows, row);
        }
      regie_right_row_set_item (REGIE_RIGHT_ROW (g_ptr_array_index (self->rows, i)), item);
    }
}

static DexFuture *
on_answer (DexFuture *future, gpointer data)
{
  RegieRightsView *self = data;
  JsonObject *answer = g_value_get_boxed (dex_future_get_value (future, NULL));
  JsonArray *items = regie_json_get_array (answer, "items");

  if (items != NULL)
    show (self, items);

  return NULL;
}

static void
ask (RegieRightsView *self)
{
  RegieConnection *local = regie_context_get_local (self->context);
  g_autoptr (JsonObject) params =
      regie_json_object_new ("id", 's', regie_context_get_ref (self->human), NULL);

  dex_clear (&self->request);
  if (regie_connection_get_state (local) != REGIE_CONNECTION_ONLINE)
    return;
  self->request = dex_future_then (
      regie_backend_request (regie_connection_get_backend (local), "effective-rights", params, NULL),
      on_answer, self, NULL);
}

static gboolean
on_timeout (gpointer data)
{
  RegieRightsView *self = data;

  self->timeout = 0;
  ask (self);

  return G_SOURCE_REMOVE;
}

/* What was changed here reaches the engine a moment later, and comes back as an event. */
static void
on_event (RegieRightsView *self, JsonObject *event)
{
  const char *kind = regie_json_get_text (event, "kind", "");

  if ((g_str_equal (kind, "right") || g_str_equal (kind, "digital-human") ||
       g_str_equal (kind, "workspace")) &&
      self->timeout == 0 && gtk_widget_get_mapped (GTK_WIDGET (self)))
    self->timeout = g_timeout_add (200, on_timeout, self);
}

static void
regie_rights_view_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (regie_rights_view_parent_class)->map (widget);
  ask (REGIE_RIGHTS_VIEW (widget));
}

static void
build (RegieRightsView *self)
{
  GtkWidget *page = adw_preferences_page_new ();

  self->group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());
  adw_preferences_group_set_title (self->group, _ ("Services"));
  adw_preferences_group_set_description (
      self->group,
      _ ("What it may use. Its own entry goes before the workspace's, that before the built-in one."));
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (page), self->group);
  adw_bin_set_child (ADW_BIN (self), page);
}

static void
regie_rights_view_dispose (GObject *object)
{
  RegieRightsView *self = REGIE_RIGHTS_VIEW (object);

  g_clear_handle_id (&self->timeout, g_source_remove);
  dex_clear (&self->request);
  g_clear_object (&self->human);
  g_clear_object (&self->context);
  g_clear_pointer (&self->rows, g_ptr_array_unref);

  G_OBJECT_CLASS (regie_rights_view_parent_class)->dispose (object);
}

static void
regie_rights_view_class_init (RegieRightsViewClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = regie_rights_view_dispose;
  GTK_WIDGET_CLASS (klass)->map = regie_rights_view_map;
}

static void
regie_rights_view_init (RegieRightsView *self)
{
  self->rows = g_ptr_array_new ();
  build (self);
}

GtkWidget *
regie_rights_view_new (RegieContext *context, RegieRecord *record)
{
  RegieRightsView *self = g_object_new (REGIE_TYPE_RIGHTS_VIEW, NULL);
  RegieConnection *local = regie_context_get_local (context);

  self->context = g_object_ref (context);
  self->human = g_object_ref (record);
  g_signal_connect_object (local, "event", G_CALLBACK (on_event), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (local, "notify::state", G_CALLBACK (ask), self, G_CONNECT_SWAPPED);
  ask (self);

  return GTK_WIDGET (self);
}
