/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-draft.h"

#include "regie-json.h"

#define SAVE_AFTER_MS 300

typedef struct
{
  GtkTextBuffer *buffer; /* not owned: it owns us */
  RegieStore *store;
  DexFuture *restore;
  char *name;
  guint timeout;
} Draft;

static void
save (Draft *self)
{
  GtkTextIter start, end;
  g_autofree char *text = NULL;
  g_autoptr (JsonObject) value = NULL;

  gtk_text_buffer_get_bounds (self->buffer, &start, &end);
  text = gtk_text_buffer_get_text (self->buffer, &start, &end, FALSE);
  if (*text != '\0')
    value = regie_json_object_new ("text", 's', text, NULL);
  dex_future_disown (regie_store_put_value (self->store, self->name, value));
}

static gboolean
on_timeout (gpointer data)
{
  Draft *self = data;

  self->timeout = 0;
  save (self);

  return G_SOURCE_REMOVE;
}

static void
on_changed (GtkTextBuffer *buffer, Draft *self)
{
  g_clear_handle_id (&self->timeout, g_source_remove);
  self->timeout = g_timeout_add (SAVE_AFTER_MS, on_timeout, self);
}

static DexFuture *
on_restored (DexFuture *future, gpointer data)
{
  Draft *self = data;
  JsonObject *value = g_value_get_boxed (dex_future_get_value (future, NULL));

  if (value != NULL && gtk_text_buffer_get_char_count (self->buffer) == 0)
    gtk_text_buffer_set_text (self->buffer, regie_json_get_text (value, "text", ""), -1);

  return NULL;
}

static void
draft_free (gpointer data)
{
  Draft *self = data;

  g_clear_handle_id (&self->timeout, g_source_remove);
  dex_clear (&self->restore);
  g_object_unref (self->store);
  g_free (self->name);
  g_free (self);
}

void
regie_draft_attach (GtkTextBuffer *buffer, RegieStore *store, const char *name)
{
  Draft *self = g_new0 (Draft, 1);

  self->buffer = buffer;
  self->store = g_object_ref (store);
  self->name = g_strdup (name);
  g_object_set_data_full (G_OBJECT (buffer), "regie-draft", self, draft_free);
  g_signal_connect (buffer, "changed", G_CALLBACK (on_changed), self);
  self->restore = dex_future_then (regie_store_get_value (store, name), on_restored, self, NULL);
}

void
regie_draft_flush (GtkTextBuffer *buffer)
{
  Draft *self = g_object_get_data (G_OBJECT (buffer), "regie-draft");

  g_return_if_fail (self != NULL);

  g_clear_handle_id (&self->timeout, g_source_remove);
  save (self);
}
