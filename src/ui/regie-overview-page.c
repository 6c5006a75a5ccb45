/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-overview-page.h"

#include <glib/gi18n.h>

#include "regie-attention-row.h"
#include "regie-connection-words.h"
#include "regie-format.h"
#include "regie-json.h"
#include "regie-kind-fields.h"
#include "regie-summary.h"
#include "regie-text-safe.h"
#include "regie-tile.h"
#include "regie-chart-card.h"

#define CHART_WIDTH  300
#define CHART_HEIGHT 180

typedef enum
{
  TILE_ACTIVE,
  TILE_STOPPED,
  TILE_FAILING,
  TILE_TASKS,
  TILE_ERRORS,
  TILE_LATENCY,
  N_TILES
} Tile;

struct _RegieOverviewPage
{
  AdwNavigationPage parent_instance;

  RegieContext *context;
  RegieSummary *summary;
  RegieList *samples; /* the sample workspace, while it is there */
  GPtrArray *attention_rows;
  GtkWidget *tile[N_TILES];
  RegieTimeChart *tasks_chart;
  RegieTimeChart *latency_chart;

  AdwBanner *offline_banner;
  AdwBanner *sample_banner;
  AdwWrapBox *tiles;
  AdwPreferencesGroup *attention_group;
  AdwToggleGroup *window_toggle;
  AdwWrapBox *charts;
};

G_DEFINE_FINAL_TYPE (RegieOverviewPage, regie_overview_page, ADW_TYPE_NAVIGATION_PAGE)

/* --- showing --- */

static void
set_count (RegieOverviewPage *self, Tile tile, const char *member, const char *tone)
{
  gint64 count = regie_json_get_int (regie_summary_get (self->summary), member, 0);
  g_autofree char *text = regie_format_count (count);

  regie_tile_set_value (REGIE_TILE (self->tile[tile]), text, count > 0 ? tone : NULL);
}

static void
show_tiles (RegieOverviewPage *self)
{
  JsonObject *summary = regie_summary_get (self->summary);
  gint64 latency = regie_json_get_int (summary, "latency_p95", -1);
  g_autofree char *text = latency >= 0 ? regie_format_duration (latency) : g_strdup (REGIE_FORMAT_NONE);

  set_count (self, TILE_ACTIVE, "active", "success");
  set_count (self, TILE_STOPPED, "stopped", NULL);
  set_count (self, TILE_FAILING, "failing", "error");
  set_count (self, TILE_TASKS, "tasks", NULL);
  set_count (self, TILE_ERRORS, "errors", "error");
  regie_tile_set_value (REGIE_TILE (self->tile[TILE_LATENCY]), text, NULL);
}

/* --- without the engine: what the store knows --- */

static const char *const tile_states[N_TILES] = {
  "idle,thinking,processing,initializing", "stopped,stopping", "error", NULL, NULL, NULL
};

static DexFuture *
count_fiber (gpointer data)
{
  RegieOverviewPage *self = data;
  RegieStore *store = regie_context_get_store (self->context);

  for (guint i = 0; i <= TILE_FAILING; i++)
    {
      g_autoptr (RegieQuery) query =
          regie_context_query (self->context, regie_kind_get (REGIE_DIGITAL_HUMAN_KIND));
      g_autofree char *text = NULL;

      regie_query_where (query, "state", REGIE_OP_IN, tile_states[i]);
      text = regie_format_count (dex_await_int64 (regie_store_count (store, query), NULL));
      if (self->tile[i] != NULL)
        regie_tile_set_value (REGIE_TILE (self->tile[i]), text, NULL);
    }

  return NULL;
}

static void
show_attention (RegieOverviewPage *self)
{
  JsonArray *items = regie_json_get_array (regie_summary_get (self->summary), "attention");
  guint n_items = items != NULL ? json_array_get_length (items) : 0;

  for (guint i = 0; i < self->attention_rows->len; i++)
    adw_preferences_group_remove (self->attention_group, g_ptr_array_index (self->attention_rows, i));
  g_ptr_array_set_size (self->attention_rows, 0);

  for (guint i = 0; i < n_items; i++)
    {
      GtkWidget *row = regie_attention_row_new (self->context, json_array_get_object_element (items, i));

      adw_preferences_group_add (self->attention_group, row);
      g_ptr_array_add (self->attention_rows, row);
    }
  if (n_items == 0)
    {
      GtkWidget *row = adw_action_row_new ();

      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ ("All is well"));
      adw_action_row_set_subtitle (ADW_ACTION_ROW (row), _ ("Nothing fails, and nothing is paused."));
      adw_action_row_add_prefix (ADW_ACTION_ROW (row),
                                 gtk_image_new_from_icon_name ("object-select-symbolic"));
      adw_preferences_group_add (self->attention_group, row);
      g_ptr_array_add (self->attention_rows, row);
    }
}

static void
show_series (RegieOverviewPage *self, RegieTimeChart *chart, guint number, const char *name)
{
  g_autofree gint64 *times = NULL;
  g_autofree double *values = NULL;
  guint n = regie_summary_dup_series (self->summary, name, &times, &values);

  regie_time_chart_set_data (chart, number, times, values, n);
  if (n > 1)
    regie_time_chart_set_step (chart, times[1] - times[0]);
}

static void
on_summary_changed (RegieOverviewPage *self)
{
  show_tiles (self);
  show_attention (self);
  show_series (self, self->tasks_chart, 0, "tasks");
  show_series (self, self->tasks_chart, 1, "errors");
  show_series (self, self->latency_chart, 0, "latency_p50");
  show_series (self, self->latency_chart, 1, "latency_p95");
}

static void
on_connection_changed (RegieOverviewPage *self)
{
  RegieConnection *local = regie_context_get_local (self->context);
  gboolean offline = regie_connection_get_state (local) != REGIE_CONNECTION_ONLINE &&
                     regie_connection_get_state (local) != REGIE_CONNECTION_CONNECTING;
  g_autofree char *state = regie_connection_words_state (local);
  g_autofree char *age = regie_format_time_exact (regie_connection_get_synced_at (local));
  g_autofree char *text = g_strdup_printf (_ ("%s. What is shown is from %s."), state, age);

  regie_banner_set_safe_title (self->offline_banner, text);
  adw_banner_set_revealed (self->offline_banner, offline);
  if (offline)
    regie_spawn (self, count_fiber);
}

static void
on_samples_changed (RegieOverviewPage *self)
{
  adw_banner_set_revealed (self->sample_banner, g_list_model_get_n_items (G_LIST_MODEL (self->samples)) > 0);
}

/* --- acting --- */

static void
on_retry (RegieOverviewPage *self)
{
  regie_connection_retry (regie_context_get_local (self->context));
}

static void
on_remove_sample (RegieOverviewPage *self)
{
  g_autoptr (RegieRecord) sample = g_list_model_get_item (G_LIST_MODEL (self->samples), 0);
  const char *keys[] = { sample != NULL ? regie_record_get_key (sample) : NULL, NULL };

  if (keys[0] != NULL)
    regie_context_delete_many (self->context, regie_kind_get (REGIE_WORKSPACE_KIND), keys);
}

static void
on_tile (GtkWidget *tile, RegieOverviewPage *self)
{
  for (guint i = 0; i < N_TILES; i++)
    {
      if (self->tile[i] == tile)
        gtk_widget_activate_action (GTK_WIDGET (self), "win.show-humans", "s",
                                    tile_states[i] != NULL ? tile_states[i] : "");
    }
}

static void
on_window_changed (RegieOverviewPage *self)
{
  const char *window = adw_toggle_group_get_active_name (self->window_toggle);

  regie_summary_set_window (self->summary, window);
  g_settings_set_string (regie_context_get_settings (self->context), "overview-window", window);
}

/* --- making --- */

static void
build (RegieOverviewPage *self)
{
  static const char *const labels[N_TILES] = { N_ ("Active"), N_ ("Stopped"), N_ ("Failing"),
                                               N_ ("Tasks"),  N_ ("Errors"),  N_ ("Latency p95") };

  for (guint i = 0; i < N_TILES; i++)
    {
      self->tile[i] = regie_tile_new (_ (labels[i]));
      g_signal_connect_object (self->tile[i], "activated", G_CALLBACK (on_tile), self, 0);
      adw_wrap_box_append (self->tiles, self->tile[i]);
    }

  self->tasks_chart = regie_chart_card_add_tasks (self->charts, CHART_WIDTH, CHART_HEIGHT);
  self->latency_chart = regie_chart_card_add_latency (self->charts, CHART_WIDTH, CHART_HEIGHT);
}

static void
regie_overview_page_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (regie_overview_page_parent_class)->map (widget);
  regie_summary_set_active (REGIE_OVERVIEW_PAGE (widget)->summary, TRUE);
}

static void
regie_overview_page_unmap (GtkWidget *widget)
{
  regie_summary_set_active (REGIE_OVERVIEW_PAGE (widget)->summary, FALSE);
  GTK_WIDGET_CLASS (regie_overview_page_parent_class)->unmap (widget);
}

static void
regie_overview_page_dispose (GObject *object)
{
  RegieOverviewPage *self = REGIE_OVERVIEW_PAGE (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), REGIE_TYPE_OVERVIEW_PAGE);
  memset (self->tile, 0, sizeof self->tile);
  g_clear_object (&self->summary);
  g_clear_object (&self->samples);
  g_clear_object (&self->context);
  g_clear_pointer (&self->attention_rows, g_ptr_array_unref);

  G_OBJECT_CLASS (regie_overview_page_parent_class)->dispose (object);
}

static void
regie_overview_page_class_init (RegieOverviewPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = regie_overview_page_dispose;
  widget_class->map = regie_overview_page_map;
  widget_class->unmap = regie_overview_page_unmap;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/regie/Regie/ui/regie-overview-page.ui");
  gtk_widget_class_bind_template_child (widget_class, RegieOverviewPage, offline_banner);
  gtk_widget_class_bind_template_child (widget_class, RegieOverviewPage, sample_banner);
  gtk_widget_class_bind_template_child (widget_class, RegieOverviewPage, tiles);
  gtk_widget_class_bind_template_child (widget_class, RegieOverviewPage, attention_group);
  gtk_widget_class_bind_template_child (widget_class, RegieOverviewPage, window_toggle);
  gtk_widget_class_bind_template_child (widget_class, RegieOverviewPage, charts);
  gtk_widget_class_bind_template_callback (widget_class, on_retry);
  gtk_widget_class_bind_template_callback (widget_class, on_remove_sample);
}

static void
regie_overview_page_init (RegieOverviewPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->attention_rows = g_ptr_array_new ();
  build (self);
}

AdwNavigationPage *
regie_overview_page_new (RegieContext *context)
{
  RegieOverviewPage *self = g_object_new (REGIE_TYPE_OVERVIEW_PAGE, NULL);
  RegieConnection *local = regie_context_get_local (context);
  g_autofree char *window = g_settings_get_string (regie_context_get_settings (context), "overview-window");
  g_autoptr (RegieQuery) query = regie_query_new (regie_kind_get (REGIE_WORKSPACE_KIND));

  self->context = g_object_ref (context);
  self->summary = regie_summary_new (context, NULL);
  g_signal_connect_object (self->summary, "changed", G_CALLBACK (on_summary_changed), self,
                           G_CONNECT_SWAPPED);
  adw_toggle_group_set_active_name (self->window_toggle, window);
  regie_summary_set_window (self->summary, window);
  g_signal_connect_object (self->window_toggle, "notify::active-name", G_CALLBACK (on_window_changed), self,
                           G_CONNECT_SWAPPED);

  regie_query_where (query, "sample", REGIE_OP_EQ, "1");
  self->samples = regie_store_list (regie_context_get_store (context), query);
  g_signal_connect_object (self->samples, "items-changed", G_CALLBACK (on_samples_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (local, "notify", G_CALLBACK (on_connection_changed), self, G_CONNECT_SWAPPED);
  on_connection_changed (self);
  on_samples_changed (self);

  return ADW_NAVIGATION_PAGE (self);
}
