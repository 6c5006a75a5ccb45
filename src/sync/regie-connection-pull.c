/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-sync"

#include "regie-backend-private.h"
#include "regie-connection-private.h"
#include "regie-json.h"
#include "regie-limits.h"
#include "regie-offload.h"
#include "regie-time.h"

#define WINDOW_ROWS 500

/* What a fiber works with. */
typedef struct
{
  RegieConnection *self;
  const RegieKind *kind;
  JsonObject *params;
  guint limit;
  guint serial; /* of the link it was started on */
} Work;

static void
work_free (gpointer data)
{
  Work *work = data;

  g_object_unref (work->self);
  g_clear_pointer (&work->params, json_object_unref);
  g_free (work);
}

static Work *
work_new (RegieConnection *self, const RegieKind *kind)
{
  Work *work = g_new0 (Work, 1);

  work->self = g_object_ref (self);
  work->kind = kind;
  work->serial = self->serial;

  return work;
}

static gboolean
went_away (Work *work, GError **error)
{
  if (work->self->online && work->self->serial == work->serial)
    return FALSE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "the connection is gone");

  return TRUE;
}

/* --- one page --- */

/* Reads a page and puts it into the store. NEXT gets the cursor of the following one, or NULL. The number of
 * rows that changed, or -1. */
static gint64
await_page (Work *work,
            const RegieKind *kind,
            JsonObject *params,
            const char *cursor,
            guint limit,
            char **next,
            GError **error)
{
  RegieConnection *self = work->self;
  g_autoptr (JsonObject) page = dex_await_boxed (
      regie_connection_while_here (self, regie_backend_list (self->backend, kind, params, cursor, limit)),
      error);
  g_autoptr (GError) wrong = NULL;
  g_autoptr (JsonArray) items = NULL;
  gint64 changed;

  if (page == NULL || went_away (work, error))
    return -1;
  items = json_array_ref (regie_json_get_array (page, "items"));
  *next = g_strdup (regie_json_get_text (page, "next", NULL));
  if (*next != NULL && (json_array_get_length (items) == 0 || g_strcmp0 (*next, cursor) == 0))
    g_clear_pointer (next, g_free); /* a page that leads nowhere would never end */

  changed = dex_await_int64 (regie_store_put_remote (self->store, self->id, kind, items), &wrong);
  g_clear_pointer (&page, json_object_unref);
  regie_offload_free (g_steal_pointer (&items), (GDestroyNotify) json_array_unref);
  if (wrong != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&wrong));
      return -1;
    }

  return went_away (work, error) ? -1 : changed;
}

static JsonObject *
newest_first (JsonObject *params)
{
  JsonObject *all = params != NULL ? regie_json_copy (params) : json_object_new ();

  if (!json_object_has_member (all, "sort"))
    json_object_set_string_member (all, "sort", "-created_at");

  return all;
}

static DexFuture *
fetch_window_fiber (gpointer data)
{
  Work *work = data;
  g_autofree char *next = NULL;
  g_autoptr (GError) error = NULL;
  gint64 changed = await_page (work, work->kind, work->params, NULL, work->limit, &next, &error);

  return error == NULL ? dex_future_new_for_int64 (changed)
                       : dex_future_new_for_error (g_steal_pointer (&error));
}

DexFuture *
regie_connection_fetch_window (RegieConnection *self, const RegieKind *kind, JsonObject *params, guint limit)
{
  Work *work;

  g_return_val_if_fail (REGIE_IS_CONNECTION (self), NULL);
  g_return_val_if_fail (kind != NULL, NULL);

  if (!self->online)
    return dex_future_new_reject (REGIE_ERROR, REGIE_ERROR_UNREACHABLE, "%s",
                                  self->message != NULL ? self->message : "offline");
  if (kind->replication == REGIE_REPLICATE_REMOTE)
    return dex_future_new_reject (REGIE_ERROR, REGIE_ERROR_STATE, "%s are not kept here", kind->plural);

  work = work_new (self, kind);
  work->params = newest_first (params);
  work->limit = CLAMP (limit, 1, REGIE_LIMIT_PAGE_ROWS);

  return dex_scheduler_spawn (NULL, 0, fetch_window_fiber, work, work_free);
}

/* --- all of a kind --- */

static gboolean
await_kind (Work *work, const RegieKind *kind, GError **error)
{
  RegieConnection *self = work->self;
  g_autofree char *cursor = NULL;

  if (!dex_await (regie_store_begin_pull (self->store, self->id, kind), error))
    return FALSE;
  do
    {
      g_autofree char *next = NULL;

      if (await_page (work, kind, NULL, cursor, REGIE_LIMIT_PAGE_ROWS, &next, error) < 0)
        return FALSE;
      g_set_str (&cursor, next);
    }
  while (cursor != NULL);

  return dex_await (regie_store_end_pull (self->store, self->id, kind), error) && !went_away (work, error);
}

void
regie_connection_note_deleted (RegieConnection *self, JsonObject *event, gboolean deleted)
{
  g_autofree char *name = NULL;

  if (!self->pulling)
    return;
  name = g_strdup_printf ("%s %s", regie_json_get_text (event, "kind", ""),
                          regie_json_get_text (event, "id", ""));
  if (deleted)
    g_hash_table_add (self->deleted, g_steal_pointer (&name));
  else
    g_hash_table_remove (self->deleted, name);
}

/* A page that was asked for before a record was deleted may have come after. */
static gboolean
await_deleted (RegieConnection *self, GError **error)
{
  g_autoptr (GPtrArray) names = g_hash_table_steal_all_keys (self->deleted);

  g_ptr_array_set_free_func (names, g_free);
  for (guint i = 0; i < names->len; i++)
    {
      g_auto (GStrv) parts = g_strsplit (g_ptr_array_index (names, i), " ", 2);

      if (!dex_await (regie_store_remove_remote (self->store, self->id, regie_kind_get (parts[0]), parts[1]),
                      error))
        return FALSE;
    }

  return TRUE;
}

/* Full kinds first: they are what the first page shows. */
static gboolean
await_all (Work *work, GError **error)
{
  RegieConnection *self = work->self;
  guint n;
  const RegieKind *const *kinds = regie_kinds_list (&n);

  for (guint i = 0; i < n; i++)
    {
      if (kinds[i]->replication == REGIE_REPLICATE_FULL &&
          regie_backend_can (self->backend, kinds[i], "list", NULL) && !await_kind (work, kinds[i], error))
        return FALSE;
    }
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (JsonObject) params = NULL;
      g_autofree char *next = NULL;

      if (kinds[i]->replication != REGIE_REPLICATE_WINDOW ||
          !regie_backend_can (self->backend, kinds[i], "list", NULL))
        continue;
      params = newest_first (NULL);
      if (await_page (work, kinds[i], params, NULL, WINDOW_ROWS, &next, error) < 0)
        return FALSE;
    }

  return TRUE;
}

static DexFuture *
pull_fiber (gpointer data)
{
  Work *work = data;
  RegieConnection *self = work->self;
  g_autoptr (GError) error = NULL;
  gboolean done;

  do
    {
      self->pull_again = FALSE;
      done = await_all (work, &error) && await_deleted (self, &error);
    }
  while (done && self->pull_again);

  self->pulling = FALSE;
  g_hash_table_remove_all (self->deleted);
  if (done)
    {
      self->pulled = TRUE;
      self->synced_at = regie_time_now ();
      regie_connection_save_soon (self);
    }
  regie_connection_notify_syncing (self);
  if (!done && !went_away (work, NULL))
    regie_connection_lose (self, error);
  else if (self->online && !self->pulled)
    regie_connection_pull (self); /* found again meanwhile */
  else if (self->online && self->follower == NULL)
    regie_connection_poll_in (self, regie_backend_get_poll_s (self->backend) * 1000);

  return dex_future_new_true ();
}

static void
on_poll (gpointer data)
{
  RegieConnection *self = data;

  self->poll_source = 0;
  regie_connection_pull (self);
}

void
regie_connection_poll_in (RegieConnection *self, guint ms)
{
  gint64 at = g_get_monotonic_time () + ms * G_TIME_SPAN_MILLISECOND;

  if (!self->online || self->stopped || (self->poll_source != 0 && self->poll_at <= at))
    return;
  g_clear_handle_id (&self->poll_source, g_source_remove);
  self->poll_at = at;
  self->poll_source = g_timeout_add_once (ms, on_poll, self);
}

void
regie_connection_stop_poll (RegieConnection *self)
{
  g_clear_handle_id (&self->poll_source, g_source_remove);
}

void
regie_connection_pull (RegieConnection *self)
{
  if (self->pulling)
    {
      self->pull_again = TRUE;
      return;
    }
  self->pulling = TRUE;
  regie_connection_notify_syncing (self);
  dex_future_disown (dex_scheduler_spawn (NULL, 0, pull_fiber, work_new (self, NULL), work_free));
}
