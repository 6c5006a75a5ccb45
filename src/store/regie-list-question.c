/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-store"

#include "regie-list-question.h"

#include "regie-list-diff.h"
#include "regie-list-private.h"
#include "regie-list-refresh.h"
#include "regie-query-private.h"
#include "regie-store-order.h"

#define MAX_SPLICES 64
/* More rows than this changed: the whole order is asked for. */
#define MAX_CHANGED 300

static void
question_free (gpointer data)
{
  RegieListQuestion *self = data;

  g_weak_ref_clear (&self->list);
  regie_query_free (self->query);
  g_array_unref (self->shown);
  g_clear_pointer (&self->rows, g_array_unref);
  g_clear_pointer (&self->splices, g_array_unref);
  g_clear_pointer (&self->known, regie_known_order_unref);
  g_free (self);
}

/* The first rows of an answer, ahead of the rest. */
typedef struct
{
  RegieList *list;
  GArray *rows;
  guint question;
} First;

static gboolean
on_first_rows (gpointer data)
{
  First *first = data;

  regie_list_take_first_rows (first->list, first->question, first->rows);

  return G_SOURCE_REMOVE;
}

static void
first_free (gpointer data)
{
  First *first = data;

  g_object_unref (first->list);
  g_array_unref (first->rows);
  g_free (first);
}

static void
send_first_rows (const guint32 *rows, guint n, gpointer data)
{
  RegieListQuestion *self = data;
  RegieList *list = g_weak_ref_get (&self->list);
  First *first;

  if (list == NULL)
    return;
  first = g_new0 (First, 1);
  first->list = list;
  first->question = self->number;
  first->rows = g_array_sized_new (FALSE, FALSE, sizeof (guint32), n);
  g_array_append_vals (first->rows, rows, n);
  g_idle_add_full (G_PRIORITY_DEFAULT, on_first_rows, first, first_free);
}

/* Only what changed, where that is known and the list is long. */
static gboolean
answer_by_changes (sqlite3 *db, RegieStoreJob *job, gint64 generation, GError **error)
{
  RegieListQuestion *self = job->data;
  g_autoptr (GArray) changed = NULL;

  if (self->new_query || self->generation < 0 || self->shown->len < regie_order_limits.few_rows)
    return TRUE;
  changed =
      regie_store_list_changes (job->store, self->query->kind, self->generation, generation, MAX_CHANGED);
  if (changed == NULL)
    return TRUE;
  self->rows = regie_list_refresh (db, self->query, self->shown, changed, &self->splices, error);

  return self->rows != NULL;
}

/* What the words pick from an order that is known. Where that is too old its rows are the first to be shown,
 * and asked for all the same. */
static gboolean
answer_by_picking (sqlite3 *db, RegieStoreJob *job, gint64 generation, GError **error)
{
  RegieListQuestion *self = job->data;
  g_autoptr (RegieKnownOrder) known = NULL;
  g_autoptr (GError) wrong = NULL;
  g_autoptr (GArray) rows = NULL;

  if (self->known == NULL)
    return TRUE;
  known = regie_known_order_refresh (self->known, job->store, db, generation, &wrong);
  if (wrong != NULL)
    return g_propagate_error (error, g_steal_pointer (&wrong)), FALSE;
  rows = regie_known_order_pick (known != NULL ? known : self->known, db, self->query, error);
  if (rows == NULL)
    return FALSE;
  if (known == NULL)
    {
      send_first_rows ((const guint32 *) (gpointer) rows->data, MIN (rows->len, REGIE_LIST_FIRST_ROWS), self);
      return TRUE;
    }
  regie_known_order_unref (self->known);
  self->known = g_steal_pointer (&known);
  self->rows = g_steal_pointer (&rows);

  return TRUE;
}

static gboolean
answer (sqlite3 *db, RegieStoreJob *job, GError **error)
{
  RegieListQuestion *self = job->data;
  gint64 generation = regie_store_read_generation (db);
  gboolean sends_first = self->new_query && self->known == NULL;

  if (!answer_by_changes (db, job, generation, error) || !answer_by_picking (db, job, generation, error))
    return FALSE;
  self->generation = generation;
  if (self->rows != NULL)
    return TRUE;
  self->rows = regie_store_order (db, self->query, REGIE_LIST_FIRST_ROWS,
                                  sends_first ? send_first_rows : NULL, self, error);
  if (self->rows == NULL)
    return FALSE;
  if (!self->new_query)
    self->splices =
        regie_list_diff ((const guint32 *) (gpointer) self->shown->data, self->shown->len,
                         (const guint32 *) (gpointer) self->rows->data, self->rows->len, MAX_SPLICES);

  return TRUE;
}

RegieListQuestion *
regie_list_question_new (RegieList *list, const RegieQuery *query, GArray *shown)
{
  RegieListQuestion *self = g_new0 (RegieListQuestion, 1);

  g_weak_ref_init (&self->list, list);
  self->query = regie_query_copy (query);
  self->shown = g_array_ref (shown);

  return self;
}

DexFuture *
regie_list_question_ask (RegieListQuestion *self,
                         RegieStore *store,
                         gboolean (*answered) (RegieStoreJob *job))
{
  RegieStoreJob *job = regie_store_job_new (store, answer, self, question_free);

  job->finished_func = answered;

  return regie_store_job_read_cache (job);
}
