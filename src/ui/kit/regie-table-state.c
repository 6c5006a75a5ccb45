/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-table-private.h"

#include "regie-json.h"

#define SAVE_AFTER_MS 500

static char *
get_value_name (RegieTable *self)
{
  return g_strconcat ("table/", self->name, NULL);
}

static void
save (RegieTable *self)
{
  g_autofree char *name = get_value_name (self);
  g_autoptr (JsonObject) settings = regie_table_dup_settings (self, FALSE);

  /* Where a table stood is no loss when it cannot be kept. */
  dex_future_disown (regie_store_put_value (self->store, name, settings));
}

static gboolean
on_save (gpointer data)
{
  RegieTable *self = data;

  self->save_source = 0;
  save (self);

  return G_SOURCE_REMOVE;
}

void
regie_table_queue_save (RegieTable *self)
{
  if (!self->ready || self->settings_frozen > 0)
    return;
  g_clear_handle_id (&self->save_source, g_source_remove);
  self->save_source = g_timeout_add (SAVE_AFTER_MS, on_save, self);
}

void
regie_table_flush_save (RegieTable *self)
{
  if (self->save_source == 0)
    return;
  g_clear_handle_id (&self->save_source, g_source_remove);
  save (self);
}

/* From here on the table lists. Until then nothing was asked, so that the first question is the right one. */
static void
become_ready (RegieTable *self)
{
  if (self->ready)
    return;
  regie_table_update_query (self);
  regie_table_get_list (self);
  self->ready = TRUE;
  regie_table_show_sort (self);
  regie_table_apply_narrow (self, self->narrow);
  regie_table_update_chips (self);
  dex_promise_resolve_boolean (self->when_ready, TRUE);
}

static void
on_state_read (gpointer object, const GValue *value, const GError *error)
{
  RegieTable *self = object;
  JsonObject *settings =
      value != NULL && G_VALUE_HOLDS (value, JSON_TYPE_OBJECT) ? g_value_get_boxed (value) : NULL;

  if (self->store == NULL)
    return;
  /* A filter that the page set meanwhile is newer than what was kept. */
  if (settings != NULL && self->filters->filters->len == 0)
    regie_table_apply_settings (self, settings, FALSE);
  else if (settings != NULL && regie_json_get_array (settings, "columns") != NULL)
    regie_table_columns_from_json (self, regie_json_get_array (settings, "columns"));
  become_ready (self);
}

void
regie_table_restore (RegieTable *self)
{
  g_autofree char *name = get_value_name (self);

  regie_when_settled (regie_store_get_value (self->store, name), self, on_state_read);
  regie_table_load_views (self);
}
