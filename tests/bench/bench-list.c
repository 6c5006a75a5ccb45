/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <adwaita.h>
#include <sys/resource.h>
#include <time.h>

#include "regie-kit.h"
#include "regie-table.h"

/* bench-list STORE [PART…]: opens the list of Digital Humans of that store in a window, scrolls it, searches
 * in it and lets it be; prints what was measured as one JSON object. Times in ms, memory in MB. PART (row,
 * page, drag, search, idle): only these, to look at one with a profiler.
 *
 * "work" is the time from the begin of a frame (its events) to the end of its painting; "cpu" all that the
 * main thread did between one painting and the next, whatever the cause. A frame counts as distinct when the
 * list stands elsewhere than in the one before and every row in sight has its content. */

#define SCROLL_MS 5000
#define IDLE_MS   10000
#define REOPENED  5
#define OPEN_US   (20 * G_USEC_PER_SEC)

typedef struct
{
  GtkWidget *window;
  AdwBin *bin;
  RegieStore *store;
  RegieTable *table;
  GtkAdjustment *adjustment;
  GdkFrameClock *clock;
  JsonObject *result;
  char **parts; /* none: all */

  gint64 frame_start;
  gint64 cpu_start; /* ns, of this thread, at the end of the last frame */
  double step;      /* px a frame */
  double last_value;
  gboolean changed; /* the list, since this was last set */
  gboolean recording;
  guint n_frames, n_distinct, n_unfilled;
  GArray *work, *cpu, *gaps;
  gint64 last_paint;
  DexPromise *frame;
} Bench;

/* --- clocks --- */

static gint64
thread_cpu (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);

  return time.tv_sec * G_GINT64_CONSTANT (1000000000) + time.tv_nsec;
}

static double
process_cpu_ms (void)
{
  struct timespec time;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &time);

  return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static double
pss_mb (void)
{
  g_autofree char *text = NULL;
  const char *line;

  if (!g_file_get_contents ("/proc/self/smaps_rollup", &text, NULL, NULL) ||
      (line = strstr (text, "\nPss:")) == NULL)
    return 0;

  return g_ascii_strtoull (line + strlen ("\nPss:"), NULL, 10) * 1024 / 1e6;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

static double
percentile (GArray *values, double p)
{
  if (values->len == 0)
    return 0;
  g_array_sort (values, compare);

  return g_array_index (values, double, MIN (values->len - 1, (guint) (values->len * p)));
}

/* --- frames --- */

static gboolean
is_filled (Bench *self)
{
  GListModel *list = G_LIST_MODEL (regie_table_get_list (self->table));
  guint n = g_list_model_get_n_items (list);
  double upper = gtk_adjustment_get_upper (self->adjustment);
  double row = n > 0 ? upper / n : 0;
  guint from, to;

  if (n == 0 || upper <= 0)
    return FALSE;
  from = gtk_adjustment_get_value (self->adjustment) / row;
  to = (gtk_adjustment_get_value (self->adjustment) + gtk_adjustment_get_page_size (self->adjustment)) / row;
  for (guint i = from; i <= to && i < n; i++)
    {
      g_autoptr (RegieRecord) record = g_list_model_get_item (list, i);

      if (!regie_record_is_loaded (record))
        return FALSE;
    }

  return TRUE;
}

/* A frame begins with its events where there are any, else before its painting. */
static void
on_frame_begins (Bench *self)
{
  if (self->frame_start <= self->last_paint)
    self->frame_start = g_get_monotonic_time ();
}

static void
record_frame (Bench *self, gint64 now, gint64 cpu)
{
  double value = gtk_adjustment_get_value (self->adjustment);
  double work_ms = (now - self->frame_start) / 1e3;
  double cpu_ms = (cpu - self->cpu_start) / 1e6;
  double gap_ms = (now - self->last_paint) / 1e3;

  self->n_frames++;
  if (!is_filled (self))
    self->n_unfilled++;
  else if (value != self->last_value)
    self->n_distinct++;
  self->last_value = value;
  g_array_append_val (self->work, work_ms);
  g_array_append_val (self->cpu, cpu_ms);
  if (self->last_paint != 0)
    g_array_append_val (self->gaps, gap_ms);
}

static void
on_after_paint (Bench *self)
{
  gint64 now = g_get_monotonic_time ();

  if (self->recording)
    record_frame (self, now, thread_cpu ());
  self->last_paint = now;
  self->cpu_start = thread_cpu ();
  if (self->frame != NULL)
    {
      g_autoptr (DexPromise) frame = g_steal_pointer (&self->frame);

      dex_promise_resolve_boolean (frame, TRUE);
    }
}

static double
get_end (Bench *self)
{
  return gtk_adjustment_get_upper (self->adjustment) - gtk_adjustment_get_page_size (self->adjustment);
}

static gboolean
on_tick (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  Bench *self = data;
  double value = gtk_adjustment_get_value (self->adjustment);

  if (value + self->step > get_end (self) || value + self->step < 0)
    self->step = -self->step;
  gtk_adjustment_set_value (self->adjustment, value + self->step);

  return G_SOURCE_CONTINUE;
}

/* The end of the next frame, which is asked for; nothing is drawn in it that would not be drawn anyway. */
static DexFuture *
next_frame (Bench *self)
{
  gdk_frame_clock_request_phase (self->clock, GDK_FRAME_CLOCK_PHASE_AFTER_PAINT);
  if (self->frame == NULL)
    self->frame = dex_promise_new ();

  return dex_ref (DEX_FUTURE (self->frame));
}

/* --- opening --- */

static GtkWidget *
find_child (GtkWidget *parent, GType type)
{
  if (G_TYPE_CHECK_INSTANCE_TYPE (parent, type))
    return parent;
  for (GtkWidget *child = gtk_widget_get_first_child (parent); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_child (child, type);

      if (found != NULL)
        return found;
    }

  return NULL;
}

/* As the page of the dashboard makes it. */
static RegieTable *
make_table (RegieStore *store)
{
  static const char *const details[] = { "workspace", "last_activity_at", NULL };
  static const char *const columns[] = { "state",     "name",       "workspace",   "activity",
                                         "tasks_day", "errors_day", "latency_p95", "last_activity_at",
                                         NULL };
  const RegieKind *kind = regie_kind_get ("digital-human");
  RegieTable *table = regie_table_new (store, kind, "bench");
  g_autoptr (RegieQuery) query = regie_query_new (kind);

  regie_table_set_default_columns (table, columns);
  regie_table_set_narrow_fields (table, "name", details, "state");
  regie_query_sort (query, "name", FALSE);
  regie_table_set_base_query (table, query);

  return table;
}

static void
on_items_changed (Bench *self)
{
  self->changed = TRUE;
}

/* Gives the time to the end of the first frame with rows, and in WHOLE to when all rows are known. */
static double
open_list (Bench *self, double *whole)
{
  gint64 start = g_get_monotonic_time (), shown;

  self->table = make_table (self->store);
  adw_bin_set_child (self->bin, GTK_WIDGET (self->table));
  self->adjustment = gtk_scrollable_get_vadjustment (
      GTK_SCROLLABLE (find_child (GTK_WIDGET (self->table), GTK_TYPE_COLUMN_VIEW)));
  do
    dex_await (next_frame (self), NULL);
  while (!is_filled (self) && self->last_paint < start + OPEN_US);
  if (self->last_paint >= start + OPEN_US)
    g_error ("No rows were shown");
  shown = self->last_paint;
  while (regie_list_get_loading (regie_table_get_list (self->table)))
    dex_await (next_frame (self), NULL);
  *whole = (self->last_paint - start) / 1e3;
  g_signal_connect_swapped (regie_table_get_list (self->table), "items-changed",
                            G_CALLBACK (on_items_changed), self);

  return (shown - start) / 1e3;
}

/* Lets what follows an opening come to an end. */
static void
rest (Bench *self)
{
  dex_await (dex_timeout_new_msec (700), NULL);
}

static void
measure_opening (Bench *self)
{
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (double));
  double whole;

  json_object_set_double_member (self->result, "first_paint", open_list (self, &whole));
  json_object_set_double_member (self->result, "first_whole", whole);
  rest (self);
  for (guint i = 0; i < REOPENED; i++)
    {
      double time;

      adw_bin_set_child (self->bin, NULL);
      rest (self);
      time = open_list (self, &whole);
      g_array_append_val (times, time);
      rest (self);
    }
  json_object_set_double_member (self->result, "reopened", percentile (times, 0.5));
  json_object_set_double_member (self->result, "pss_open", pss_mb ());
  json_object_set_int_member (self->result, "rows",
                              g_list_model_get_n_items (G_LIST_MODEL (regie_table_get_list (self->table))));
}

/* --- scrolling --- */

static void
measure_scrolling (Bench *self, const char *name, double step)
{
  JsonObject *figures = json_object_new ();
  gint64 start;
  double seconds, cpu;
  guint tick;

  gtk_adjustment_set_value (self->adjustment, 0);
  rest (self);
  g_array_set_size (self->work, 0);
  g_array_set_size (self->cpu, 0);
  g_array_set_size (self->gaps, 0);
  self->n_frames = self->n_distinct = self->n_unfilled = 0;
  self->step = step;
  tick = gtk_widget_add_tick_callback (self->window, on_tick, self, NULL);
  dex_await (next_frame (self), NULL);
  start = g_get_monotonic_time ();
  cpu = process_cpu_ms ();
  self->recording = TRUE;
  dex_await (dex_timeout_new_msec (SCROLL_MS), NULL);
  self->recording = FALSE;
  gtk_widget_remove_tick_callback (self->window, tick);
  seconds = (g_get_monotonic_time () - start) / 1e6;

  json_object_set_double_member (figures, "distinct_per_second", self->n_distinct / seconds);
  json_object_set_double_member (figures, "unfilled", (double) self->n_unfilled / MAX (1, self->n_frames));
  json_object_set_double_member (figures, "work_p50", percentile (self->work, 0.5));
  json_object_set_double_member (figures, "work_p95", percentile (self->work, 0.95));
  json_object_set_double_member (figures, "work_max", percentile (self->work, 1));
  json_object_set_double_member (figures, "cpu_p50", percentile (self->cpu, 0.5));
  json_object_set_double_member (figures, "cpu_p95", percentile (self->cpu, 0.95));
  json_object_set_double_member (figures, "gap_p95", percentile (self->gaps, 0.95));
  json_object_set_double_member (figures, "gap_max", percentile (self->gaps, 1));
  json_object_set_double_member (figures, "cpu_per_frame",
                                 (process_cpu_ms () - cpu) / MAX (1, self->n_frames));
  json_object_set_object_member (self->result, name, figures);
}

/* --- searching --- */

/* Whether the frame that ended now shows the answer to WORDS, or the first rows of it. */
static gboolean
is_answered (Bench *self, const char *words)
{
  RegieList *list = regie_table_get_list (self->table);
  const char *asked = regie_query_get_words (regie_list_get_query (list));
  g_autofree char *stripped = g_strchomp (g_strdup (asked != NULL ? asked : ""));

  return g_str_equal (stripped, words) && (self->changed || !regie_list_get_loading (list)) &&
         is_filled (self);
}

/* From a letter typed to the end of the first frame that shows all rows in sight of the new answer. */
static double
type_letter (Bench *self, GtkEditable *entry, const char *words, gunichar letter)
{
  gint64 start = g_get_monotonic_time (), deadline = start + 5 * G_USEC_PER_SEC;
  char text[8] = { 0 };
  int position = -1;

  g_unichar_to_utf8 (letter, text);
  self->changed = FALSE;
  gtk_editable_insert_text (entry, text, -1, &position);
  do
    dex_await (next_frame (self), NULL);
  while (self->last_paint < deadline && !is_answered (self, words));
  if (self->last_paint >= deadline)
    g_printerr ("bench-list: no answer to \"%s\"\n", words);

  return (self->last_paint - start) / 1e3;
}

static void
measure_searching (Bench *self)
{
  static const char *const searches[] = { "sofia", "martin", "quentin vid" };
  GtkEditable *entry = GTK_EDITABLE (find_child (GTK_WIDGET (self->table), GTK_TYPE_SEARCH_ENTRY));
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (double));
  JsonArray *letters = json_array_new ();

  for (guint i = 0; i < G_N_ELEMENTS (searches); i++)
    {
      g_autoptr (GString) words = g_string_new (NULL);

      for (const char *c = searches[i]; *c != '\0'; c = g_utf8_next_char (c))
        {
          g_autofree char *stripped = NULL;
          double time;

          g_string_append_unichar (words, g_utf8_get_char (c));
          stripped = g_strchomp (g_strdup (words->str));
          time = type_letter (self, entry, stripped, g_utf8_get_char (c));
          g_array_append_val (times, time);
          json_array_add_double_element (letters, time);
          rest (self);
        }
      gtk_editable_set_text (entry, "");
      rest (self);
    }
  json_object_set_array_member (self->result, "search_letters", letters);
  json_object_set_double_member (self->result, "search_p50", percentile (times, 0.5));
  json_object_set_double_member (self->result, "search_max", percentile (times, 1));
}

/* --- rest --- */

static void
measure_idle (Bench *self)
{
  double cpu;

  dex_await (dex_timeout_new_msec (2000), NULL);
  cpu = process_cpu_ms ();
  self->n_frames = 0;
  self->recording = TRUE;
  dex_await (dex_timeout_new_msec (IDLE_MS), NULL);
  self->recording = FALSE;
  json_object_set_double_member (self->result, "idle_cpu", process_cpu_ms () - cpu);
  json_object_set_int_member (self->result, "idle_frames", self->n_frames);
}

static gboolean
is_wanted (Bench *self, const char *part)
{
  return self->parts[0] == NULL || g_strv_contains ((const char *const *) self->parts, part);
}

static DexFuture *
run (gpointer data)
{
  Bench *self = data;

  dex_await (dex_timeout_new_msec (1500), NULL);
  measure_opening (self);
  if (is_wanted (self, "row"))
    measure_scrolling (self, "row", 40);
  if (is_wanted (self, "page"))
    measure_scrolling (self, "page", 640);
  if (is_wanted (self, "drag"))
    measure_scrolling (self, "drag", get_end (self) / 290);
  gtk_adjustment_set_value (self->adjustment, 0);
  rest (self);
  if (is_wanted (self, "search"))
    measure_searching (self);
  if (is_wanted (self, "idle"))
    measure_idle (self);
  json_object_set_double_member (self->result, "pss_end", pss_mb ());

  return NULL;
}

static DexFuture *
finished (DexFuture *future, gpointer data)
{
  Bench *self = data;
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_autofree char *text = NULL;

  json_node_set_object (node, self->result);
  text = json_to_string (node, FALSE);
  g_print ("%s\n", text);
  gtk_window_destroy (GTK_WINDOW (self->window));

  return NULL;
}

/* --- window --- */

static void
on_map (Bench *self)
{
  self->clock = gtk_widget_get_frame_clock (self->window);
  g_signal_connect_swapped (self->clock, "flush-events", G_CALLBACK (on_frame_begins), self);
  g_signal_connect_swapped (self->clock, "before-paint", G_CALLBACK (on_frame_begins), self);
  g_signal_connect_data (self->clock, "after-paint", G_CALLBACK (on_after_paint), self, NULL,
                         G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  dex_future_disown (
      dex_future_finally (dex_scheduler_spawn (NULL, 0, run, self, NULL), finished, self, NULL));
}

static void
on_activate (GtkApplication *application, Bench *self)
{
  regie_kit_init ();
  self->window = adw_application_window_new (application);
  self->bin = ADW_BIN (adw_bin_new ());
  gtk_window_set_default_size (GTK_WINDOW (self->window), 1280, 800);
  adw_application_window_set_content (ADW_APPLICATION_WINDOW (self->window), GTK_WIDGET (self->bin));
  g_signal_connect_swapped (self->window, "map", G_CALLBACK (on_map), self);
  gtk_window_present (GTK_WINDOW (self->window));
}

int
main (int argc, char **argv)
{
  g_autoptr (AdwApplication) application = NULL;
  g_autoptr (GError) error = NULL;
  Bench self = { 0 };

  if (argc < 2)
    {
      g_printerr ("bench-list STORE [PART…]\n");
      return 2;
    }
  /* As the dashboard does. */
  g_setenv ("GDK_DISABLE", "gl,vulkan", FALSE);
  dex_init ();
  self.store = regie_store_open (argv[1], NULL, &error);
  if (self.store == NULL)
    {
      g_printerr ("bench-list: %s\n", error->message);
      return 1;
    }
  self.result = json_object_new ();
  self.parts = argv + 2;
  self.work = g_array_new (FALSE, FALSE, sizeof (double));
  self.cpu = g_array_new (FALSE, FALSE, sizeof (double));
  self.gaps = g_array_new (FALSE, FALSE, sizeof (double));
  application = adw_application_new ("org.regie.Bench", G_APPLICATION_NON_UNIQUE);
  g_signal_connect (application, "activate", G_CALLBACK (on_activate), &self);
  g_application_run (G_APPLICATION (application), 0, NULL);
  regie_store_close (self.store);

  return 0;
}
