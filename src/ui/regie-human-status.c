/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-human-status.h"

#include <glib/gi18n.h>
#include <math.h>

#include "regie-format.h"
#include "regie-json.h"
#include "regie-kind-fields.h"
#include "regie-summary.h"
#include "regie-text-safe.h"
#include "regie-chart-card.h"

#define CHART_WIDTH  280
#define CHART_HEIGHT 160

typedef enum
{
  CHART_TASKS,
  CHART_LATENCY,
  CHART_MEMORY,
  CHART_CPU,
  N_CHARTS
} Chart;

struct _RegieHumanStatus
{
  AdwBin parent_instance;

  RegieContext *context;
  RegieRecord *record;
  RegieSummary *summary;
  GtkWidget *facts; /* AdwPreferencesGroup */
  AdwWrapBox *charts_box;
  RegieTimeChart *charts[N_CHARTS];
  AdwToggleGroup *window;
  GHashTable *rows; /* field name → AdwActionRow */
};

G_DEFINE_FINAL_TYPE (RegieHumanStatus, regie_human_status, ADW_TYPE_BIN)

/* What stands on the page, in this order; the rest is under Settings. */
static const char *const fact_fields[] = {
  "cause",     "pid",        "started_at",  "heartbeat_at", "restarts", "next_restart_at", "last_activity_at",
  "tasks_day", "errors_day", "latency_p50", "latency_p95"
};

static void
show_facts (RegieHumanStatus *self)
{
  const RegieKind *kind = regie_record_get_kind (self->record);

  for (guint i = 0; i < G_N_ELEMENTS (fact_fields); i++)
    {
      const RegieField *field = regie_kind_find_field (kind, fact_fields[i]);
      GtkWidget *row = g_hash_table_lookup (self->rows, fact_fields[i]);
      JsonNode *value = regie_record_get_node (self->record, fact_fields[i]);
      gboolean empty = value == NULL || JSON_NODE_HOLDS_NULL (value) ||
                       (field->type == REGIE_FIELD_TEXT && *json_node_get_string (value) == '\0') ||
                       ((field->type == REGIE_FIELD_TIME || g_str_equal (field->name, "pid")) &&
                        json_node_get_int (value) == 0);
      g_autofree char *text = regie_format_value (field, value);

      gtk_widget_set_visible (row, !empty);
      regie_row_set_safe_subtitle (ADW_PREFERENCES_ROW (row), text);
      if (field->type == REGIE_FIELD_TIME && !empty)
        {
          g_autofree char *exact = regie_format_time_exact (json_node_get_int (value));
          gtk_widget_set_tooltip_text (row, exact);
        }
    }
}

static void
show_series (RegieHumanStatus *self, Chart chart, guint number, const char *name)
{
  g_autofree gint64 *times = NULL;
  g_autofree double *values = NULL;
  guint n = regie_summary_dup_series (self->summary, name, &times, &values);

  regie_time_chart_set_data (self->charts[chart], number, times, values, n);
  if (n > 1)
    regie_time_chart_set_step (self->charts[chart], times[1] - times[0]);
}

/* What is measured and not counted: nothing where no process ran, and nothing yet in the minute that runs. */
static void
show_measure (RegieHumanStatus *self, Chart chart, const char *name)
{
  g_autofree gint64 *times = NULL;
  g_autofree double *values = NULL;
  guint n = regie_summary_dup_series (self->summary, name, &times, &values);

  for (guint i = 0; i < n; i++)
    {
      if (values[i] <= 0 && (chart == CHART_MEMORY || i == n - 1))
        values[i] = NAN;
    }
  regie_time_chart_set_data (self->charts[chart], 0, times, values, n);
  if (n > 1)
    regie_time_chart_set_step (self->charts[chart], times[1] - times[0]);
}

static void
on_summary_changed (RegieHumanStatus *self)
{
  show_series (self, CHART_TASKS, 0, "tasks");
  show_series (self, CHART_TASKS, 1, "errors");
  show_series (self, CHART_LATENCY, 0, "latency_p50");
  show_series (self, CHART_LATENCY, 1, "latency_p95");
  show_measure (self, CHART_MEMORY, "memory");
  show_measure (self, CHART_CPU, "cpu");
}

static void
on_window_changed (RegieHumanStatus *self)
{
  regie_summary_set_window (self->summary, adw_toggle_group_get_active_name (self->window));
}

/* --- making --- */

static char *
format_kib (double value, gpointer data)
{
  return regie_format_size (llround (value) * 1024);
}

static void
build_charts (RegieHumanStatus *self)
{
  RegieTimeChart *tasks = regie_chart_card_add_tasks (self->charts_box, CHART_WIDTH, CHART_HEIGHT);
  RegieTimeChart *latency = regie_chart_card_add_latency (self->charts_box, CHART_WIDTH, CHART_HEIGHT);
  RegieTimeChart *memory = regie_chart_card_add (self->charts_box, _ ("Memory"), CHART_WIDTH, CHART_HEIGHT);
  RegieTimeChart *cpu =
      regie_chart_card_add (self->charts_box, _ ("Processor time"), CHART_WIDTH, CHART_HEIGHT);

  regie_time_chart_add_series (memory, _ ("Memory"), REGIE_CHART_AREA, REGIE_CHART_ACCENT);
  regie_time_chart_set_format (memory, format_kib, NULL, NULL);
  regie_time_chart_add_series (cpu, _ ("Processor time"), REGIE_CHART_AREA, REGIE_CHART_ACCENT);
  regie_time_chart_set_format (cpu, regie_chart_format_duration, NULL, NULL);
  self->charts[CHART_TASKS] = tasks;
  self->charts[CHART_LATENCY] = latency;
  self->charts[CHART_MEMORY] = memory;
  self->charts[CHART_CPU] = cpu;
}

static void
build_facts (RegieHumanStatus *self)
{
  const RegieKind *kind = regie_record_get_kind (self->record);

  for (guint i = 0; i < G_N_ELEMENTS (fact_fields); i++)
    {
      const RegieField *field = regie_kind_find_field (kind, fact_fields[i]);
      GtkWidget *row = adw_action_row_new ();

      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), regie_format_label (field->label));
      gtk_widget_add_css_class (row, "property");
      adw_action_row_set_subtitle_selectable (ADW_ACTION_ROW (row), TRUE);
      adw_preferences_group_add (ADW_PREFERENCES_GROUP (self->facts), row);
      g_hash_table_insert (self->rows, (char *) fact_fields[i], row);
    }
}

static void
build_window_toggle (RegieHumanStatus *self)
{
  static const char *const names[] = { "1h", "24h", "7d" };
  const char *labels[] = { _ ("1 h"), _ ("24 h"), _ ("7 d") };

  self->window = ADW_TOGGLE_GROUP (adw_toggle_group_new ());
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      AdwToggle *toggle = adw_toggle_new ();

      adw_toggle_set_name (toggle, names[i]);
      adw_toggle_set_label (toggle, labels[i]);
      adw_toggle_group_add (self->window, toggle);
    }
  gtk_widget_add_css_class (GTK_WIDGET (self->window), "round");
  gtk_widget_set_halign (GTK_WIDGET (self->window), GTK_ALIGN_END);
  g_signal_connect_object (self->window, "notify::active-name", G_CALLBACK (on_window_changed), self,
                           G_CONNECT_SWAPPED);
}

static void
build (RegieHumanStatus *self)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();
  GtkWidget *clamp = adw_clamp_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 18);

  self->facts = adw_preferences_group_new ();
  self->charts_box = ADW_WRAP_BOX (adw_wrap_box_new ());
  adw_wrap_box_set_wrap_policy (self->charts_box, ADW_WRAP_MINIMUM);
  adw_wrap_box_set_child_spacing (self->charts_box, 12);
  adw_wrap_box_set_line_spacing (self->charts_box, 12);
  adw_wrap_box_set_justify (self->charts_box, ADW_JUSTIFY_FILL);
  build_facts (self);
  build_charts (self);
  build_window_toggle (self);

  gtk_widget_add_css_class (box, "page-box");
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->window));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->charts_box));
  gtk_box_append (GTK_BOX (box), self->facts);
  adw_clamp_set_maximum_size (ADW_CLAMP (clamp), 1000);
  adw_clamp_set_child (ADW_CLAMP (clamp), box);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), clamp);
  adw_bin_set_child (ADW_BIN (self), scroller);
}

static void
regie_human_status_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (regie_human_status_parent_class)->map (widget);
  regie_summary_set_active (REGIE_HUMAN_STATUS (widget)->summary, TRUE);
}

static void
regie_human_status_unmap (GtkWidget *widget)
{
  regie_summary_set_active (REGIE_HUMAN_STATUS (widget)->summary, FALSE);
  GTK_WIDGET_CLASS (regie_human_status_parent_class)->unmap (widget);
}

static void
regie_human_status_dispose (GObject *object)
{
  RegieHumanStatus *self = REGIE_HUMAN_STATUS (object);

  g_clear_pointer (&self->rows, g_hash_table_unref);
  g_clear_object (&self->summary);
  g_clear_object (&self->record);
  g_clear_object (&self->context);

  G_OBJECT_CLASS (regie_human_status_parent_class)->dispose (object);
}

static void
regie_human_status_class_init (RegieHumanStatusClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = regie_human_status_dispose;
  GTK_WIDGET_CLASS (klass)->map = regie_human_status_map;
  GTK_WIDGET_CLASS (klass)->unmap = regie_human_status_unmap;
}

static void
regie_human_status_init (RegieHumanStatus *self)
{
  self->rows = g_hash_table_new (g_str_hash, g_str_equal);
}

GtkWidget *
regie_human_status_new (RegieContext *context, RegieRecord *record)
{
  RegieHumanStatus *self = g_object_new (REGIE_TYPE_HUMAN_STATUS, NULL);

  self->context = g_object_ref (context);
  self->record = g_object_ref (record);
  self->summary = regie_summary_new (context, regie_context_get_ref (record));
  build (self);
  adw_toggle_group_set_active_name (self->window, "1h");
  regie_summary_set_window (self->summary, "1h");
  g_signal_connect_object (self->summary, "changed", G_CALLBACK (on_summary_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (record, "changed", G_CALLBACK (show_facts), self, G_CONNECT_SWAPPED);
  show_facts (self);

  return GTK_WIDGET (self);
}
