/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-store-private.h"

static void
changed_rows_free (gpointer data)
{
  RegieChangedRows *self = data;

  g_array_unref (self->rowids);
  g_ptr_array_unref (self->keys);
  g_free (self);
}

void
regie_store_base_free (RegieStoreBase *base)
{
  if (base == NULL)
    return;
  g_free (base->connection);
  g_free (base->key);
  g_free (base->remote_id);
  g_free (base->etag);
  g_clear_pointer (&base->data, json_object_unref);
  g_free (base);
}

RegieStoreBase *
regie_store_base_new_for_done (RegieIntent *intent)
{
  RegieStoreBase *base = g_new0 (RegieStoreBase, 1);

  base->kind = intent->kind;
  base->connection = g_strdup (intent->connection);
  base->key = g_strdup (intent->key);
  base->remote_id = g_strdup (intent->remote_id);
  base->etag = g_strdup (intent->answer_etag);
  base->at = intent->ended_at;
  if (intent->op != REGIE_INTENT_DELETE && intent->answer != NULL)
    base->data = json_object_ref (intent->answer);

  return base;
}

RegieStoreJob *
regie_store_job_new (RegieStore *store, RegieStoreFunc func, gpointer data, GDestroyNotify destroy)
{
  RegieStoreJob *self = g_new0 (RegieStoreJob, 1);

  self->store = g_object_ref (store);
  self->func = func;
  self->data = data;
  self->destroy = destroy;

  return self;
}

void
regie_store_job_free (RegieStoreJob *self)
{
  if (self == NULL)
    return;
  if (self->destroy != NULL)
    self->destroy (self->data);
  if (G_IS_VALUE (&self->result))
    g_value_unset (&self->result);
  dex_clear (&self->promise);
  dex_clear (&self->inner);
  g_clear_pointer (&self->mirror, g_ptr_array_unref);
  g_clear_pointer (&self->bases, g_ptr_array_unref);
  g_clear_pointer (&self->journal, g_ptr_array_unref);
  g_clear_pointer (&self->forget, g_free);
  g_clear_pointer (&self->due, g_hash_table_unref);
  g_clear_pointer (&self->changes, g_hash_table_unref);
  g_clear_pointer (&self->found, g_ptr_array_unref);
  g_clear_error (&self->failed);
  g_clear_object (&self->store);
  g_free (self);
}

/* --- what a job gives --- */

void
regie_store_job_take_string (RegieStoreJob *self, char *text)
{
  g_value_init (&self->result, G_TYPE_STRING);
  g_value_take_string (&self->result, text);
}

void
regie_store_job_take_boxed (RegieStoreJob *self, GType type, gpointer boxed)
{
  g_value_init (&self->result, type);
  g_value_take_boxed (&self->result, boxed);
}

void
regie_store_job_set_int64 (RegieStoreJob *self, gint64 number)
{
  g_value_init (&self->result, G_TYPE_INT64);
  g_value_set_int64 (&self->result, number);
}

void
regie_store_job_note_row (RegieStoreJob *self, const RegieKind *kind, gint64 rowid, const char *key)
{
  RegieChangedRows *rows;
  guint32 small = rowid;

  if (self->changes == NULL)
    self->changes = g_hash_table_new_full (g_direct_hash, g_direct_equal, NULL, changed_rows_free);
  rows = g_hash_table_lookup (self->changes, kind);
  if (rows == NULL)
    {
      rows = g_new0 (RegieChangedRows, 1);
      rows->kind = kind;
      rows->rowids = g_array_new (FALSE, FALSE, sizeof (guint32));
      rows->keys = g_ptr_array_new_with_free_func (g_free);
      g_hash_table_insert (self->changes, (gpointer) kind, rows);
    }
  g_array_append_val (rows->rowids, small);
  g_ptr_array_add (rows->keys, g_strdup (key));
}

void
regie_store_job_mirror (RegieStoreJob *self, RegieIntent *intent)
{
  if (self->mirror == NULL)
    self->mirror = g_ptr_array_new_with_free_func ((GDestroyNotify) regie_intent_unref);
  g_ptr_array_add (self->mirror, regie_intent_ref (intent));
  self->intents_changed = TRUE;
}

void
regie_store_job_take_base (RegieStoreJob *self, RegieStoreBase *base)
{
  if (self->bases == NULL)
    self->bases = g_ptr_array_new_with_free_func ((GDestroyNotify) regie_store_base_free);
  g_ptr_array_add (self->bases, base);
}

/* --- the second half: what user.db decided, into the cache --- */

static gboolean
derive_key (sqlite3 *db, RegieStoreJob *self, const RegieKind *kind, const char *key, GError **error)
{
  g_auto (RegieRow) row = { 0 };

  if (!regie_row_find (db, kind, key, &row, error))
    return FALSE;
  if (row.key == NULL)
    row.key = g_strdup (key);

  return regie_row_derive (db, self, kind, &row, NULL, error);
}

gboolean
regie_store_job_apply (sqlite3 *db, RegieStoreJob *self, GError **error)
{
  for (guint i = 0; self->mirror != NULL && i < self->mirror->len; i++)
    if (!regie_store_mirror_intent (db, g_ptr_array_index (self->mirror, i), error))
      return FALSE;
  for (guint i = 0; self->bases != NULL && i < self->bases->len; i++)
    if (!regie_row_put_base (db, self, g_ptr_array_index (self->bases, i), error))
      return FALSE;
  if (self->finished > 0 &&
      !regie_db_run (db, error, "INSERT OR REPLACE INTO meta (name, value) VALUES ('finished', ?1)", "i",
                     self->finished))
    return FALSE;
  for (guint i = 0; self->mirror != NULL && i < self->mirror->len; i++)
    {
      RegieIntent *intent = g_ptr_array_index (self->mirror, i);

      if (!derive_key (db, self, intent->kind, intent->key, error))
        return FALSE;
    }
  for (guint i = 0; self->journal != NULL && i < self->journal->len; i++)
    if (!regie_journal_put_cache (db, self, g_ptr_array_index (self->journal, i), error))
      return FALSE;
  if (self->forget != NULL && !regie_store_forget_rows (db, self, self->forget, error))
    return FALSE;

  return TRUE;
}

static gboolean
has_cache_half (RegieStoreJob *self)
{
  return self->mirror != NULL || self->bases != NULL || self->journal != NULL || self->forget != NULL;
}

/* --- threads --- */

static void
settle (RegieStoreJob *self, GError *error)
{
  RegieStore *store = self->store;

  if (error != NULL)
    regie_store_note_failure (store, error);
  if (self->failed != NULL)
    regie_store_note_failure (store, self->failed);
  if (error == NULL && self->failed == NULL && self->writes)
    g_clear_error (&store->sick);
  if (error == NULL)
    {
      if (self->due != NULL)
        regie_store_set_due (store, self->due);
      if (self->changes != NULL)
        regie_store_emit_changes (store, self->changes);
      if (self->without_indexes)
        regie_store_build_indexes_later (store);
      if (self->build_indexes)
        regie_store_build_indexes (store);
      if (self->found != NULL)
        regie_store_settle_found (store, self->found);
      if (self->intents_changed)
        regie_store_emit_intents_changed (store);
    }

  if (error != NULL)
    dex_promise_reject (self->promise, error);
  else if (G_IS_VALUE (&self->result))
    dex_promise_resolve (self->promise, &self->result);
  else
    dex_promise_resolve_boolean (self->promise, TRUE);
  regie_store_job_free (self);
}

/* Work is handed to a database's thread on the main thread only; when it is settled there, it comes back by
 * the store's queue "done", in the order of the commits, and goes on here. */

/* Nothing on the main thread may take long: the rest waits for the next turn of the loop. */
#define SLICE_US 2000

static gboolean
run_func (sqlite3 *db, gpointer data, GError **error)
{
  RegieStoreJob *self = data;

  return self->func (db, self, error);
}

static gboolean
run_cache (sqlite3 *db, gpointer data, GError **error)
{
  RegieStoreJob *self = data;

  return self->func (db, self, error) && regie_store_note_changes (db, self, error);
}

static gboolean
run_read (sqlite3 *db, gpointer data, GError **error)
{
  RegieStoreJob *self = data;

  if (g_cancellable_is_cancelled (dex_promise_get_cancellable (self->promise)))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Nobody waits for it any more");
      return FALSE;
    }

  return self->func (db, self, error);
}

static gboolean
run_cache_half (sqlite3 *db, gpointer data, GError **error)
{
  RegieStoreJob *self = data;

  return regie_store_job_apply (db, self, error) && regie_store_note_changes (db, self, error);
}

static void on_settled (gpointer data);

static void
start (RegieStoreJob *self, RegieStoreStep step)
{
  RegieStore *store = self->store;

  dex_clear (&self->inner);
  self->step = step;
  switch (step)
    {
    case REGIE_STEP_USER:
      self->inner = regie_db_write (store->user, run_func, self, on_settled);
      break;
    case REGIE_STEP_CACHE:
      self->inner = regie_db_write (store->cache, run_cache, self, on_settled);
      break;
    case REGIE_STEP_CACHE_HALF:
      self->inner = regie_db_write (store->cache, run_cache_half, self, on_settled);
      break;
    case REGIE_STEP_READ_USER:
      self->inner = regie_db_read (store->user, run_read, self, on_settled);
      break;
    case REGIE_STEP_READ_CACHE:
      self->inner = regie_db_read (store->cache, run_read, self, on_settled);
      break;
    default:
      g_assert_not_reached ();
    }
}

/* Whether it has more to do before it settles; then it goes on in the next slice. */
static gboolean
has_more (RegieStoreJob *self, const GError *error)
{
  return error == NULL && self->finished_func != NULL && self->finished_func (self);
}

/* What the user did is safe in user.db, so a cache that cannot be written fails nothing: it is brought up to
 * date at the next opening. */
/* TRUE when it wants to be called again. */
static gboolean
go_on (RegieStoreJob *self)
{
  GError *error = NULL;

  dex_future_get_value (self->inner, &error);
  if (self->step == REGIE_STEP_CACHE_HALF)
    {
      self->failed = error;
      if (error != NULL)
        g_clear_pointer (&self->changes, g_hash_table_unref);
      settle (self, NULL);
    }
  else if (self->step == REGIE_STEP_USER && error == NULL && has_cache_half (self))
    start (self, REGIE_STEP_CACHE_HALF);
  else if (has_more (self, error))
    return TRUE;
  else
    settle (self, error);

  return FALSE;
}

static gboolean
drain (gpointer data)
{
  g_autoptr (RegieStore) store = g_object_ref (data);
  gint64 deadline = g_get_monotonic_time () + SLICE_US;

  do
    {
      RegieStoreJob *job;

      g_mutex_lock (&store->done_lock);
      job = g_queue_pop_head (&store->done);
      store->draining = job != NULL;
      g_mutex_unlock (&store->done_lock);
      if (job == NULL)
        return G_SOURCE_REMOVE;
      if (go_on (job))
        {
          g_mutex_lock (&store->done_lock);
          g_queue_push_head (&store->done, job);
          g_mutex_unlock (&store->done_lock);
        }
    }
  while (g_get_monotonic_time () < deadline);

  return G_SOURCE_CONTINUE;
}

/* Any thread. */
static void
on_settled (gpointer data)
{
  RegieStoreJob *self = data;
  RegieStore *store = self->store;
  gboolean wake;

  g_mutex_lock (&store->done_lock);
  g_queue_push_tail (&store->done, self);
  wake = !store->draining;
  store->draining = TRUE;
  /* The source keeps the store: its last job may be let go of at the end of a slice, before the source runs
   * again. */
  if (wake)
    g_idle_add_full (G_PRIORITY_DEFAULT, drain, g_object_ref (store), g_object_unref);
  g_mutex_unlock (&store->done_lock);
}

static DexFuture *
begin (RegieStoreJob *self, DexPromise *promise, RegieStoreStep step)
{
  self->promise = promise;
  self->writes = step < REGIE_STEP_READ_USER;
  dex_ref (promise);
  start (self, step);

  return DEX_FUTURE (promise);
}

DexFuture *
regie_store_job_write_user (RegieStoreJob *self)
{
  return begin (self, dex_promise_new (), REGIE_STEP_USER);
}

DexFuture *
regie_store_job_write_cache (RegieStoreJob *self)
{
  return begin (self, dex_promise_new (), REGIE_STEP_CACHE);
}

DexFuture *
regie_store_job_read_cache (RegieStoreJob *self)
{
  return begin (self, dex_promise_new_cancellable (), REGIE_STEP_READ_CACHE);
}

DexFuture *
regie_store_job_read_user (RegieStoreJob *self)
{
  return begin (self, dex_promise_new_cancellable (), REGIE_STEP_READ_USER);
}
