/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-ref-titles.h"

#include "regie-kit-future.h"

/* More than any screen shows; then all are forgotten and those in sight come back. */
#define MOST_ENTRIES 4000

struct _RegieRefTitles
{
  GObject parent_instance;

  RegieStore *store;
  GHashTable *entries; /* "connection\nkind\nid" → RegieRefEntry */
  guint changed_source;
};

/* An object of its own, so that a lookup under way does not keep the whole alive. */
#define REGIE_TYPE_REF_ENTRY (regie_ref_entry_get_type ())
G_DECLARE_FINAL_TYPE (RegieRefEntry, regie_ref_entry, REGIE, REF_ENTRY, GObject)

struct _RegieRefEntry
{
  GObject parent_instance;

  RegieRefTitles *titles; /* weak */
  const RegieKind *kind;
  char *id;
  RegieRecord *record;
  gboolean missing;
};

G_DEFINE_FINAL_TYPE (RegieRefEntry, regie_ref_entry, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE (RegieRefTitles, regie_ref_titles, G_TYPE_OBJECT)

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static gboolean
emit_changed (gpointer data)
{
  RegieRefTitles *self = data;

  self->changed_source = 0;
  g_signal_emit (self, signals[CHANGED], 0);

  return G_SOURCE_REMOVE;
}

static void
queue_changed (RegieRefTitles *self)
{
  if (self->changed_source == 0)
    self->changed_source = g_idle_add (emit_changed, self);
}

static void
on_record_changed (RegieRefEntry *entry)
{
  if (entry->titles != NULL)
    queue_changed (entry->titles);
}

static void
take_record (RegieRefEntry *entry, const char *key)
{
  entry->record = regie_store_get (entry->titles->store, entry->kind, key);
  g_signal_connect_object (entry->record, "changed", G_CALLBACK (on_record_changed), entry,
                           G_CONNECT_SWAPPED);
  if (regie_record_is_loaded (entry->record))
    queue_changed (entry->titles);
}

static const char *
get_first_key (const GValue *value)
{
  GPtrArray *records = value != NULL ? g_value_get_boxed (value) : NULL;

  return records != NULL && records->len > 0 ? regie_record_get_key (g_ptr_array_index (records, 0)) : NULL;
}

static void
on_fetched_by_key (gpointer object, const GValue *value, const GError *error)
{
  RegieRefEntry *entry = object;
  const char *key = get_first_key (value);

  if (entry->titles == NULL)
    return;
  entry->missing = key == NULL;
  if (key != NULL)
    take_record (entry, key);
  else
    queue_changed (entry->titles);
}

static void
fetch (RegieRefEntry *entry, const char *field, RegieSettled settled)
{
  g_autoptr (RegieQuery) query = regie_query_new (entry->kind);

  regie_query_where (query, field, REGIE_OP_EQ, entry->id);
  regie_when_settled (regie_store_fetch (entry->titles->store, query, 1), entry, settled);
}

/* A record that is not yet made at its connection is named by its key. */
static void
on_fetched_by_id (gpointer object, const GValue *value, const GError *error)
{
  RegieRefEntry *entry = object;
  const char *key = get_first_key (value);

  if (entry->titles == NULL)
    return;
  if (key != NULL)
    take_record (entry, key);
  else
    fetch (entry, "key", on_fetched_by_key);
}

static void
on_key_found (gpointer object, const GValue *value, const GError *error)
{
  RegieRefEntry *entry = object;
  const char *key = value != NULL ? g_value_get_string (value) : NULL;

  if (entry->titles == NULL)
    return;
  if (key != NULL)
    take_record (entry, key);
  else
    fetch (entry, "key", on_fetched_by_key);
}

static void
regie_ref_entry_dispose (GObject *object)
{
  RegieRefEntry *entry = REGIE_REF_ENTRY (object);

  g_clear_weak_pointer (&entry->titles);
  g_clear_object (&entry->record);
  g_clear_pointer (&entry->id, g_free);
  G_OBJECT_CLASS (regie_ref_entry_parent_class)->dispose (object);
}

static void
regie_ref_entry_class_init (RegieRefEntryClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = regie_ref_entry_dispose;
}

static void
regie_ref_entry_init (RegieRefEntry *entry)
{
}

static void
regie_ref_titles_dispose (GObject *object)
{
  RegieRefTitles *self = REGIE_REF_TITLES (object);

  g_clear_handle_id (&self->changed_source, g_source_remove);
  g_hash_table_remove_all (self->entries);
  g_clear_object (&self->store);
  G_OBJECT_CLASS (regie_ref_titles_parent_class)->dispose (object);
}

static void
regie_ref_titles_finalize (GObject *object)
{
  g_hash_table_unref (REGIE_REF_TITLES (object)->entries);
  G_OBJECT_CLASS (regie_ref_titles_parent_class)->finalize (object);
}

static void
regie_ref_titles_class_init (RegieRefTitlesClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = regie_ref_titles_dispose;
  object_class->finalize = regie_ref_titles_finalize;
  signals[CHANGED] =
      g_signal_new ("changed", REGIE_TYPE_REF_TITLES, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
regie_ref_titles_init (RegieRefTitles *self)
{
  self->entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
}

/* What was not there may have come in now. */
static void
on_store_changed (RegieRefTitles *self, const char *kind)
{
  GHashTableIter iter;
  gpointer entry;
  gboolean any = FALSE;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &entry))
    {
      if (REGIE_REF_ENTRY (entry)->missing && g_str_equal (REGIE_REF_ENTRY (entry)->kind->name, kind))
        {
          g_hash_table_iter_remove (&iter);
          any = TRUE;
        }
    }
  if (any)
    queue_changed (self);
}

RegieRefTitles *
regie_ref_titles_new (RegieStore *store)
{
  RegieRefTitles *self = g_object_new (REGIE_TYPE_REF_TITLES, NULL);

  self->store = g_object_ref (store);
  g_signal_connect_object (store, "changed", G_CALLBACK (on_store_changed), self, G_CONNECT_SWAPPED);

  return self;
}

static RegieRefEntry *
add_entry (RegieRefTitles *self, char *name, const char *connection, const RegieKind *kind, const char *id)
{
  RegieRefEntry *entry = g_object_new (REGIE_TYPE_REF_ENTRY, NULL);

  if (g_hash_table_size (self->entries) >= MOST_ENTRIES)
    g_hash_table_remove_all (self->entries);
  g_set_weak_pointer (&entry->titles, self);
  entry->kind = kind;
  entry->id = g_strdup (id);
  g_hash_table_insert (self->entries, name, entry);
  if (connection != NULL)
    regie_when_settled (regie_store_find_key (self->store, connection, kind, id), entry, on_key_found);
  else
    fetch (entry, "remote_id", on_fetched_by_id);

  return entry;
}

const char *
regie_ref_titles_lookup (RegieRefTitles *self, const char *connection, const RegieKind *kind, const char *id)
{
  g_autofree char *name = NULL;
  RegieRefEntry *entry;

  g_return_val_if_fail (REGIE_IS_REF_TITLES (self), NULL);
  g_return_val_if_fail (kind != NULL && id != NULL, NULL);

  name = g_strconcat (connection != NULL ? connection : "", "\n", kind->name, "\n", id, NULL);
  entry = g_hash_table_lookup (self->entries, name);
  if (entry == NULL)
    entry = add_entry (self, g_steal_pointer (&name), connection, kind, id);
  if (entry->missing)
    return entry->id;

  return entry->record != NULL && regie_record_is_loaded (entry->record)
             ? regie_record_get_title (entry->record)
             : NULL;
}
