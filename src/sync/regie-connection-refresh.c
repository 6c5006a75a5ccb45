/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-sync"

#include <string.h>

#include "regie-connection-private.h"
#include "regie-json.h"

/* Some fields are computed by the backend for each answer (tasks in 24 hours, how many run), so they change
 * without an event of their own. What refers to such a record tells that it may have: a task of its Digital
 * Human, a Digital Human of its workspace. */

#define PAUSE_MS 2000
#define MAX_IDS  100
#define ALIVE_US G_TIME_SPAN_MINUTE

static gboolean
has_figures (const RegieKind *kind)
{
  for (guint i = 0; i < kind->n_fields; i++)
    {
      if (kind->fields[i].flags & REGIE_FIELD_TRANSIENT)
        return kind->replication == REGIE_REPLICATE_FULL;
    }

  return FALSE;
}

/* Up to MAX_IDS of the stale ones of KIND, with commas between, which are no longer stale; NULL: none. */
static char *
take_ids (RegieConnection *self, const RegieKind *kind)
{
  GHashTable *ids = g_hash_table_lookup (self->stale, kind);
  g_autoptr (GString) list = g_string_new (NULL);
  GHashTableIter iter;
  gpointer id;

  if (ids == NULL)
    return NULL;
  g_hash_table_iter_init (&iter, ids);
  for (guint n = 0; n < MAX_IDS && g_hash_table_iter_next (&iter, &id, NULL); n++)
    {
      g_string_append_printf (list, "%s%s", list->len > 0 ? "," : "", (char *) id);
      g_hash_table_iter_remove (&iter);
    }
  if (g_hash_table_size (ids) == 0)
    g_hash_table_remove (self->stale, kind);

  return g_string_free_and_steal (g_steal_pointer (&list));
}

static void
await_kind (RegieConnection *self, const RegieKind *kind, const char *ids)
{
  g_autoptr (JsonObject) params = regie_json_object_new ("id.in", 's', ids, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) page =
      dex_await_boxed (regie_backend_list (self->backend, kind, params, NULL, MAX_IDS), &error);

  if (page == NULL)
    g_debug ("%s: %s were not read again: %s", self->id, kind->path, error->message);
  else if (self->online)
    dex_await (regie_store_put_remote (self->store, self->id, kind, regie_json_get_array (page, "items")),
               NULL);
}

static void
await_info (RegieConnection *self)
{
  g_autoptr (JsonObject) info = NULL;

  self->info_stale = FALSE;
  info = dex_await_boxed (regie_connection_while_here (self, regie_backend_probe (self->backend)), NULL);
  if (info != NULL && self->online)
    regie_connection_set_info (self, info);
}

static DexFuture *
info_fiber (gpointer data)
{
  await_info (data);

  return dex_future_new_true ();
}

void
regie_connection_refresh_info (RegieConnection *self)
{
  dex_future_disown (dex_scheduler_spawn (NULL, 0, info_fiber, g_object_ref (self), g_object_unref));
}

static void arm (RegieConnection *self);

static DexFuture *
refresh_fiber (gpointer data)
{
  RegieConnection *self = data;
  guint n;
  const RegieKind *const *kinds = regie_kinds_list (&n);

  for (guint i = 0; i < n && self->online; i++)
    {
      g_autofree char *ids = take_ids (self, kinds[i]);

      if (ids != NULL)
        await_kind (self, kinds[i], ids);
    }
  if (self->info_stale && self->online)
    await_info (self);
  self->refreshing = FALSE;
  arm (self);

  return dex_future_new_true ();
}

static void
on_pause_over (gpointer data)
{
  RegieConnection *self = data;

  self->refresh_source = 0;
  self->refreshing = TRUE;
  dex_future_disown (dex_scheduler_spawn (NULL, 0, refresh_fiber, g_object_ref (self), g_object_unref));
}

/* A burst of events makes one look, and looks keep a distance. */
static void
arm (RegieConnection *self)
{
  if (self->refresh_source == 0 && !self->refreshing && self->online &&
      (g_hash_table_size (self->stale) > 0 || self->info_stale))
    self->refresh_source = g_timeout_add_once (PAUSE_MS, on_pause_over, self);
}

static void
add_stale (RegieConnection *self, const RegieKind *kind, const char *id)
{
  GHashTable *ids = g_hash_table_lookup (self->stale, kind);

  if (ids == NULL)
    {
      ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      g_hash_table_insert (self->stale, (gpointer) kind, ids);
    }
  g_hash_table_add (ids, g_strdup (id));
  arm (self);
}

void
regie_connection_note_change (RegieConnection *self, JsonObject *event)
{
  const RegieKind *kind = regie_kind_get (regie_json_get_text (event, "kind", ""));
  JsonObject *record = regie_json_get_object (event, "record");

  if (kind == NULL || kind->replication == REGIE_REPLICATE_REMOTE)
    return;
  /* A journal entry or a workspace: the whole may be paused, or have one more. */
  if (g_str_equal (kind->name, "audit") || g_str_equal (kind->name, "workspace"))
    {
      self->info_stale = TRUE;
      arm (self);
    }
  for (guint i = 0; i < kind->n_fields; i++)
    {
      const RegieField *field = &kind->fields[i];
      const RegieKind *other = field->type == REGIE_FIELD_REF ? regie_kind_get (field->ref) : NULL;
      const char *id;

      if (other == NULL || !has_figures (other))
        continue;
      /* Of a deleted record nothing is told but its workspace. */
      id = record != NULL ? regie_json_get_text (record, field->name, NULL) : NULL;
      if (record == NULL && g_str_equal (field->name, "workspace"))
        id = regie_json_get_text (event, "workspace", NULL);
      if (id != NULL && *id != '\0' && strchr (id, ',') == NULL)
        add_stale (self, other, id);
    }
}

void
regie_connection_note_alive (RegieConnection *self, JsonObject *heartbeat)
{
  const char *id = regie_json_get_text (heartbeat, "id", NULL);
  const RegieKind *kind = regie_kind_get ("digital-human");
  gint64 now = g_get_monotonic_time ();
  gint64 *last;
  gboolean first;

  if (id == NULL || kind == NULL)
    return;
  last = g_hash_table_lookup (self->looked, id);
  first = last == NULL;
  if (!first && now - *last < ALIVE_US)
    return;
  g_hash_table_insert (self->looked, g_strdup (id), g_memdup2 (&now, sizeof now));
  if (!first) /* what was just pulled is fresh */
    add_stale (self, kind, id);
}

void
regie_connection_stop_refresh (RegieConnection *self)
{
  g_clear_handle_id (&self->refresh_source, g_source_remove);
  g_hash_table_remove_all (self->stale);
  g_hash_table_remove_all (self->looked);
}
