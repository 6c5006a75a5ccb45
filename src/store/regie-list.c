/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "regie-store"

#include "regie-known-order.h"
#include "regie-list-diff.h"
#include "regie-list-private.h"
#include "regie-list-question.h"
#include "regie-list-windows.h"
#include "regie-query-private.h"

/* The rest comes once nobody has asked anything else for a while, and so that no frame is missed for it. */
#define REST_AFTER_MS 150
#define REST_STEP_MS  25
#define REST_STEP     32
#define BUILT_ROWS    256
/* The order is asked for anew at most this often. */
#define REFRESH_INTERVAL_MS 250
/* A refresh asks so many times as long for nothing as the last one took. */
#define REST_FACTOR 2

struct _RegieList
{
  GObject parent_instance;

  RegieStore *store;
  RegieQuery *query;
  RegieWindows *windows;
  GArray *rows;      /* guint32, in order; never changed once it is here */
  gint64 generation; /* of the cache, which ROWS are the whole answer of; -1: they are not */

  /* While a change is told splice by splice: the model is ROWS up to ROWS_END, then OLD from OLD_FROM. */
  GArray *old;
  guint rows_end, old_from;

  gboolean loading;
  char *error_message;

  GArray *rest; /* all rows of the answer, while only the first are told; else NULL */
  guint rest_source;

  RegieKnownOrder *known; /* the last whole answer without words; may be NULL */

  guint question; /* counts them; the answer to an old one is dropped */
  gboolean asking;
  gboolean stale;     /* something changed since the question */
  gboolean new_query; /* the question is another one than that which ROWS answers */
  gint64 answered;    /* generation of the last answer */
  gint64 asked_at, took;
  guint refresh_source;
};

enum
{
  PROP_0,
  PROP_LOADING,
  PROP_ERROR_MESSAGE,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static void regie_list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (RegieList,
                               regie_list,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, regie_list_model_init))

/* --- the model --- */

static guint
count_rows (RegieList *self)
{
  return self->old != NULL ? self->rows_end + (self->old->len - self->old_from) : self->rows->len;
}

static guint32
get_row (RegieList *self, guint position)
{
  if (self->old != NULL && position >= self->rows_end)
    return g_array_index (self->old, guint32, position - self->rows_end + self->old_from);

  return g_array_index (self->rows, guint32, position);
}

static GType
get_item_type (GListModel *model)
{
  return REGIE_TYPE_RECORD;
}

static guint
get_n_items (GListModel *model)
{
  return count_rows (REGIE_LIST (model));
}

static void
request_window (RegieList *self, guint position)
{
  guint32 rowids[REGIE_WINDOW_ROWS];
  guint first = position - position % REGIE_WINDOW_ROWS;
  guint n = MIN (REGIE_WINDOW_ROWS, count_rows (self) - first);

  for (guint i = 0; i < n; i++)
    rowids[i] = get_row (self, first + i);
  regie_windows_request (self->windows, rowids, n);
}

static gpointer
get_item (GListModel *model, guint position)
{
  RegieList *self = REGIE_LIST (model);
  RegieRecord *record;
  guint32 row;

  if (position >= count_rows (self))
    return NULL;
  row = get_row (self, position);
  record = regie_store_live_get (self->store, self->query->kind, row);
  if (!regie_record_is_loaded (record) && !regie_windows_is_waiting (self->windows, row))
    request_window (self, position);

  return record;
}

static void
regie_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static void
take_rows (RegieList *self, GArray *rows, GArray *splices)
{
  g_autoptr (GArray) old = g_steal_pointer (&self->rows);

  self->rows = g_array_ref (rows);
  self->old = old;
  self->rows_end = self->old_from = 0;
  for (guint i = 0; i < splices->len; i++)
    {
      const RegieSplice *splice = &g_array_index (splices, RegieSplice, i);

      self->rows_end = splice->new_position + splice->n_added;
      self->old_from = splice->old_position + splice->n_removed;
      g_list_model_items_changed (G_LIST_MODEL (self), splice->new_position, splice->n_removed,
                                  splice->n_added);
    }
  self->old = NULL;
}

/* --- asking for the order --- */

void
regie_list_take_first_rows (RegieList *self, guint question, GArray *rows)
{
  g_autoptr (GArray) splices = NULL;

  if (self->question != question || !self->asking || !self->new_query || self->rest != NULL ||
      self->store == NULL)
    return;
  splices = regie_list_diff_ends ((const guint32 *) (gpointer) self->rows->data, self->rows->len,
                                  (const guint32 *) (gpointer) rows->data, rows->len);
  take_rows (self, rows, splices);
  self->generation = -1;
}

static void ask (RegieList *self);

static void
set_error (RegieList *self, const char *message)
{
  if (g_strcmp0 (self->error_message, message) == 0)
    return;
  g_free (self->error_message);
  self->error_message = g_strdup (message);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ERROR_MESSAGE]);
}

static void
set_loading (RegieList *self, gboolean loading)
{
  if (self->loading == loading)
    return;
  self->loading = loading;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LOADING]);
}

static gboolean
on_refresh (gpointer data)
{
  RegieList *self = data;

  self->refresh_source = 0;
  ask (self);

  return G_SOURCE_REMOVE;
}

/* A change that comes long after the last question is asked about at once; a flood of them four times a
 * second. */
static void
schedule (RegieList *self)
{
  gint64 passed = (g_get_monotonic_time () - self->asked_at) / 1000;
  gint64 interval = MAX (REFRESH_INTERVAL_MS, self->took / 1000 * (1 + REST_FACTOR));

  self->stale = TRUE;
  if (self->asking || self->refresh_source != 0 || self->store == NULL)
    return;
  if (passed >= interval)
    ask (self);
  else
    self->refresh_source = g_timeout_add (interval - passed, on_refresh, self);
}

/* The present question is answered. */
static void
end_question (RegieList *self)
{
  self->asking = FALSE;
  self->new_query = FALSE;
  self->generation = self->answered;
  set_error (self, NULL);
  set_loading (self, FALSE);
  if (self->stale)
    schedule (self);
}

/* Tells the first N rows of the answer, where there are so many. */
static void
show_rest (RegieList *self, guint n)
{
  g_autoptr (GArray) rows = NULL;
  g_autoptr (GArray) splices = NULL;

  if (n < self->rest->len)
    {
      rows = g_array_sized_new (FALSE, FALSE, sizeof (guint32), n);
      g_array_append_vals (rows, self->rest->data, n);
    }
  else
    {
      rows = g_steal_pointer (&self->rest);
    }
  splices = regie_list_diff_ends ((const guint32 *) (gpointer) self->rows->data, self->rows->len,
                                  (const guint32 *) (gpointer) rows->data, rows->len);
  take_rows (self, rows, splices);
}

static void
drop_rest (RegieList *self)
{
  g_clear_handle_id (&self->rest_source, g_source_remove);
  g_clear_pointer (&self->rest, g_array_unref);
}

void
regie_list_show_all (RegieList *self)
{
  g_return_if_fail (REGIE_IS_LIST (self));

  if (self->rest == NULL)
    return;
  g_clear_handle_id (&self->rest_source, g_source_remove);
  show_rest (self, G_MAXUINT);
  end_question (self);
}

static gboolean
on_rest (gpointer data)
{
  RegieList *self = data;

  self->rest_source = 0;
  if (self->rows->len + REST_STEP >= MIN (BUILT_ROWS, self->rest->len))
    {
      regie_list_show_all (self);
    }
  else
    {
      show_rest (self, self->rows->len + REST_STEP);
      /* Who was told may have asked for all, or for something else. */
      if (self->rest != NULL && self->rest_source == 0)
        self->rest_source = g_timeout_add (REST_STEP_MS, on_rest, self);
    }

  return G_SOURCE_REMOVE;
}

static void
keep_order (RegieList *self, RegieListQuestion *question)
{
  RegieKnownOrder *known = NULL;

  if (question->query->words == NULL)
    known = regie_known_order_new (question->query, question->rows, question->generation);
  else if (question->known != NULL)
    known = regie_known_order_ref (question->known);
  else
    return;
  g_clear_pointer (&self->known, regie_known_order_unref);
  self->known = known;
}

static gboolean
on_answer (RegieStoreJob *job)
{
  RegieListQuestion *question = job->data;
  g_autoptr (RegieList) self = g_weak_ref_get (&question->list);
  g_autoptr (GArray) splices = NULL;

  if (self == NULL || self->question != question->number || self->store == NULL)
    return FALSE;
  self->took = g_get_monotonic_time () - self->asked_at;
  keep_order (self, question);
  self->answered = question->generation;
  self->took = g_get_monotonic_time () - self->asked_at;
  if (question->new_query && question->rows->len > REGIE_LIST_FIRST_ROWS)
    {
      self->rest = g_array_ref (question->rows);
      show_rest (self, REGIE_LIST_FIRST_ROWS);
      if (self->rest != NULL && self->rest_source == 0)
        self->rest_source = g_timeout_add (REST_AFTER_MS, on_rest, self);
      return FALSE;
    }
  if (question->splices != NULL && self->rows == question->shown)
    splices = g_array_ref (question->splices);
  else
    splices = regie_list_diff_ends ((const guint32 *) (gpointer) self->rows->data, self->rows->len,
                                    (const guint32 *) (gpointer) question->rows->data, question->rows->len);
  take_rows (self, question->rows, splices);
  end_question (self);

  return FALSE;
}

typedef struct
{
  GWeakRef list;
  guint question;
} Waiting;

static DexFuture *
on_refused (DexFuture *future, gpointer data)
{
  Waiting *waiting = data;
  g_autoptr (RegieList) self = g_weak_ref_get (&waiting->list);
  g_autoptr (GError) error = NULL;

  dex_future_get_value (future, &error);
  if (self != NULL && self->question == waiting->question && error != NULL)
    {
      self->asking = FALSE;
      set_error (self, error->message);
      set_loading (self, FALSE);
    }

  return dex_future_new_for_boolean (TRUE);
}

static void
waiting_free (gpointer data)
{
  Waiting *waiting = data;

  g_weak_ref_clear (&waiting->list);
  g_free (waiting);
}

static void
ask (RegieList *self)
{
  RegieListQuestion *question = regie_list_question_new (self, self->query, self->rows);
  Waiting *waiting = g_new0 (Waiting, 1);

  g_clear_handle_id (&self->refresh_source, g_source_remove);
  drop_rest (self);
  self->asking = TRUE;
  self->stale = FALSE;
  self->asked_at = g_get_monotonic_time ();
  question->number = ++self->question;
  question->new_query = self->new_query;
  question->generation = self->generation;
  if (self->new_query && self->known != NULL && regie_known_order_fits (self->known, self->query))
    question->known = regie_known_order_ref (self->known);
  g_weak_ref_init (&waiting->list, self);
  waiting->question = self->question;
  dex_future_disown (dex_future_catch (regie_list_question_ask (question, self->store, on_answer), on_refused,
                                       waiting, waiting_free));
}

static void
on_changed (RegieStore *store, const char *kind, RegieList *self)
{
  if (g_str_equal (kind, self->query->kind->name))
    schedule (self);
}

/* --- life --- */

static void
regie_list_dispose (GObject *object)
{
  RegieList *self = REGIE_LIST (object);

  g_clear_handle_id (&self->refresh_source, g_source_remove);
  drop_rest (self);
  g_clear_pointer (&self->known, regie_known_order_unref);
  g_clear_pointer (&self->windows, regie_windows_free);
  g_clear_object (&self->store);

  G_OBJECT_CLASS (regie_list_parent_class)->dispose (object);
}

static void
regie_list_finalize (GObject *object)
{
  RegieList *self = REGIE_LIST (object);

  g_clear_pointer (&self->query, regie_query_free);
  g_clear_pointer (&self->rows, g_array_unref);
  g_free (self->error_message);

  G_OBJECT_CLASS (regie_list_parent_class)->finalize (object);
}

static void
regie_list_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  RegieList *self = REGIE_LIST (object);

  switch (id)
    {
    case PROP_LOADING:
      g_value_set_boolean (value, self->loading);
      break;
    case PROP_ERROR_MESSAGE:
      g_value_set_string (value, self->error_message);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
regie_list_class_init (RegieListClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->dispose = regie_list_dispose;
  object_class->finalize = regie_list_finalize;
  object_class->get_property = regie_list_get_property;

  properties[PROP_LOADING] = g_param_spec_boolean ("loading", NULL, NULL, TRUE, flags);
  properties[PROP_ERROR_MESSAGE] = g_param_spec_string ("error-message", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
regie_list_init (RegieList *self)
{
  self->rows = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->loading = TRUE;
  self->generation = -1;
}

RegieList *
regie_list_new (RegieStore *store, const RegieQuery *query)
{
  RegieList *self = g_object_new (REGIE_TYPE_LIST, NULL);

  self->store = g_object_ref (store);
  self->query = regie_query_copy (query);
  self->windows = regie_windows_new (store, query->kind);
  self->new_query = TRUE;
  g_signal_connect_object (store, "changed", G_CALLBACK (on_changed), self, 0);
  ask (self);

  return self;
}

/* --- what others call --- */

void
regie_list_set_query (RegieList *self, const RegieQuery *query)
{
  gboolean other_kind;

  g_return_if_fail (REGIE_IS_LIST (self) && query != NULL);

  if (regie_query_equal (self->query, query))
    return;
  other_kind = self->query->kind != query->kind;
  if (other_kind)
    {
      g_autoptr (GArray) none = g_array_new (FALSE, FALSE, sizeof (guint32));
      g_autoptr (GArray) splices =
          regie_list_diff_ends ((const guint32 *) (gpointer) self->rows->data, self->rows->len, NULL, 0);

      take_rows (self, none, splices);
      regie_windows_free (self->windows);
      self->windows = regie_windows_new (self->store, query->kind);
    }
  regie_query_free (self->query);
  self->query = regie_query_copy (query);
  self->new_query = TRUE;
  self->generation = -1;
  set_loading (self, TRUE);
  ask (self);
}

const RegieQuery *
regie_list_get_query (RegieList *self)
{
  g_return_val_if_fail (REGIE_IS_LIST (self), NULL);

  return self->query;
}

gboolean
regie_list_get_loading (RegieList *self)
{
  g_return_val_if_fail (REGIE_IS_LIST (self), FALSE);

  return self->loading;
}

const char *
regie_list_get_error_message (RegieList *self)
{
  g_return_val_if_fail (REGIE_IS_LIST (self), NULL);

  return self->error_message;
}

/* --- for regie-list-find.c --- */

RegieStore *
regie_list_get_store (RegieList *self)
{
  return self->store;
}

guint
regie_list_find_row (RegieList *self, guint32 row)
{
  guint n;

  regie_list_show_all (self);
  n = count_rows (self);

  for (guint i = 0; i < n; i++)
    if (get_row (self, i) == row)
      return i;

  return G_MAXUINT;
}

gboolean
regie_list_get_row (RegieList *self, guint position, guint32 *row)
{
  if (position >= count_rows (self))
    return FALSE;
  *row = get_row (self, position);

  return TRUE;
}
