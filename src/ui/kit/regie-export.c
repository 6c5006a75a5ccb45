/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-export.h"

#include "regie-json.h"
#include "regie-kit-future.h"

#define PAGE_ROWS 500

typedef struct
{
  RegieStore *store;
  RegieList *list;
  const RegieKind *kind;
  GFile *file;
  gboolean csv;

  /* on the thread only */
  GFileOutputStream *stream;
  GCancellable *cancellable;
  gint64 n_rows;
} Export;

/* The stream of a file that is not complete is given up: what was there before stays. */
static void
export_clear (gpointer data)
{
  Export *export = data;

  if (export->stream != NULL)
    {
      g_cancellable_cancel (export->cancellable);
      g_output_stream_close (G_OUTPUT_STREAM (export->stream), export->cancellable, NULL);
    }
  g_clear_object (&export->stream);
  g_clear_object (&export->cancellable);
  g_clear_object (&export->store);
  g_clear_object (&export->list);
  g_clear_object (&export->file);
}

static void
export_release (gpointer data)
{
  g_rc_box_release_full (data, export_clear);
}

/* --- on the thread: one page --- */

typedef struct
{
  Export *export;
  GPtrArray *rows; /* of JsonObject, in order; NULL: the end */
  gboolean first;
} Page;

static void
page_free (gpointer data)
{
  Page *page = data;

  g_clear_pointer (&page->rows, g_ptr_array_unref);
  g_free (page);
}

static DexFuture *
write_text (Export *export, const char *text, gsize length)
{
  g_autoptr (GError) error = NULL;

  if (!g_output_stream_write_all (G_OUTPUT_STREAM (export->stream), text, length, NULL, NULL, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_true ();
}

static DexFuture *
open_file (gpointer data)
{
  Page *page = data;
  Export *export = page->export;
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) head = g_string_new (NULL);

  export->stream = g_file_replace (export->file, NULL, FALSE, G_FILE_CREATE_NONE, NULL, &error);
  if (export->stream == NULL)
    return dex_future_new_for_error (g_steal_pointer (&error));

  if (export->csv)
    {
      /* The mark by which spreadsheets know that it is UTF-8. */
      g_string_append (head, "\xef\xbb\xbf");
      regie_export_append_csv_head (head, export->kind);
    }
  else
    g_string_append (head, "[");

  return write_text (export, head->str, head->len);
}

static DexFuture *
write_page (gpointer data)
{
  Page *page = data;
  Export *export = page->export;
  g_autoptr (GString) text = g_string_sized_new (64 * 1024);

  for (guint i = 0; i < page->rows->len; i++)
    {
      g_autoptr (JsonObject) wire = regie_kind_to_wire (export->kind, g_ptr_array_index (page->rows, i));

      if (export->csv)
        regie_export_append_csv (text, export->kind, wire);
      else
        {
          g_autofree char *json = regie_json_object_to_string (wire);

          g_string_append_printf (text, "%s\n%s", export->n_rows > 0 ? "," : "", json);
        }
      export->n_rows++;
    }

  return write_text (export, text->str, text->len);
}

static DexFuture *
close_file (gpointer data)
{
  Page *page = data;
  Export *export = page->export;
  g_autoptr (GError) error = NULL;
  g_autoptr (DexFuture) written = export->csv ? NULL : write_text (export, "\n]\n", 3);

  if (written != NULL && !dex_future_is_resolved (written))
    return g_steal_pointer (&written);
  if (!g_output_stream_close (G_OUTPUT_STREAM (export->stream), NULL, &error))
    return dex_future_new_for_error (g_steal_pointer (&error));
  g_clear_object (&export->stream);

  return dex_future_new_for_int64 (export->n_rows);
}

static DexFuture *
on_thread (Export *export, RegieThreadFunc func, GPtrArray *rows)
{
  Page *page = g_new0 (Page, 1);

  page->export = export;
  page->rows = rows;

  return regie_run_in_thread (func, page, page_free);
}

/* --- in the fiber --- */

/* The records of these keys, in their order; one that is gone meanwhile is left out. */
static GPtrArray *
order_rows (GPtrArray *records, char **keys, guint n_keys)
{
  g_autoptr (GHashTable) by_key = g_hash_table_new (g_str_hash, g_str_equal);
  GPtrArray *rows = g_ptr_array_new_with_free_func ((GDestroyNotify) json_object_unref);

  for (guint i = 0; i < records->len; i++)
    {
      RegieRecord *record = g_ptr_array_index (records, i);

      g_hash_table_insert (by_key, (char *) regie_record_get_key (record), record);
    }
  for (guint i = 0; i < n_keys; i++)
    {
      RegieRecord *record = g_hash_table_lookup (by_key, keys[i]);

      if (record != NULL && regie_record_is_loaded (record))
        g_ptr_array_add (rows, json_object_ref (regie_record_get_data (record)));
    }

  return rows;
}

static DexFuture *
fetch_keys (Export *export, char **keys, guint n_keys)
{
  g_autoptr (RegieQuery) query = regie_query_new (export->kind);
  g_autoptr (GString) all = g_string_sized_new (n_keys * 37);

  for (guint i = 0; i < n_keys; i++)
    g_string_append_printf (all, "%s%s", i > 0 ? "," : "", keys[i]);
  regie_query_where (query, "key", REGIE_OP_IN, all->str);

  return regie_store_fetch (export->store, query, n_keys);
}

static gboolean
export_keys (Export *export, char **keys, GError **error)
{
  guint n_keys = g_strv_length (keys);

  for (guint from = 0; from < n_keys; from += PAGE_ROWS)
    {
      guint n = MIN (PAGE_ROWS, n_keys - from);
      g_autoptr (GPtrArray) records = dex_await_boxed (fetch_keys (export, keys + from, n), error);

      if (records == NULL)
        return FALSE;
      if (!dex_await (on_thread (export, write_page, order_rows (records, keys + from, n)), error))
        return FALSE;
    }

  return TRUE;
}

static DexFuture *
export_fiber (gpointer data)
{
  Export *export = data;
  guint n = g_list_model_get_n_items (G_LIST_MODEL (export->list));
  g_autofree guint *positions = g_new (guint, n);
  g_autoptr (DexFuture) keys = NULL;
  g_autoptr (GError) error = NULL;
  const GValue *value;

  for (guint i = 0; i < n; i++)
    positions[i] = i;
  keys = regie_list_dup_keys (export->list, positions, n);
  if (!dex_await (on_thread (export, open_file, NULL), &error) || !dex_await (dex_ref (keys), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  /* Not dex_await_boxed(): it would copy a million strings. */
  value = dex_future_get_value (keys, &error);
  if (value == NULL || !export_keys (export, g_value_get_boxed (value), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  if (!dex_await (on_thread (export, close_file, NULL), &error))
    return dex_future_new_for_error (g_steal_pointer (&error));

  return dex_future_new_for_int64 (export->n_rows);
}

DexFuture *
regie_export_list (RegieStore *store, RegieList *list, GFile *file, const char *format)
{
  Export *export;

  g_return_val_if_fail (REGIE_IS_LIST (list), NULL);
  g_return_val_if_fail (g_str_equal (format, "csv") || g_str_equal (format, "json"), NULL);

  export = g_rc_box_new0 (Export);
  export->store = g_object_ref (store);
  export->list = g_object_ref (list);
  export->kind = regie_query_get_kind (regie_list_get_query (list));
  export->file = g_object_ref (file);
  export->csv = g_str_equal (format, "csv");
  export->cancellable = g_cancellable_new ();

  return dex_scheduler_spawn (NULL, 0, export_fiber, export, export_release);
}
