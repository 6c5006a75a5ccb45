/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-log-view.h"

#include <glib/gi18n.h>

#include "regie-format.h"
#include "regie-json.h"
#include "regie-text.h"
#include "regie-time.h"

/* Older lines leave at the front. */
#define MOST_LINES 5000
#define POLL_MS    1000

struct _RegieLogView
{
  AdwBin parent_instance;

  RegieContext *context;
  char *source;
  gint64 next; /* where the next lines begin, -1 before the first answer */
  GtkStringList *lines;
  GtkFilterListModel *shown;
  DexFuture *request;
  guint timeout;

  GtkDropDown *level;
  GtkSearchEntry *filter;
  GtkToggleButton *follow;
  GtkStack *stack;
  GtkScrolledWindow *scroller;
  GtkListView *list;
};

G_DEFINE_FINAL_TYPE (RegieLogView, regie_log_view, ADW_TYPE_BIN)

static const char *const levels[] = { "", "message", "warning", "error" };

static char *
format_line (JsonObject *line)
{
  gint64 at = regie_json_get_int (line, "at", 0);
  g_autofree char *clock = NULL;
  g_autofree char *text = regie_text_visible (regie_json_get_text (line, "text", ""), FALSE);

  if (at == 0)
    regie_time_parse (regie_json_get_text (line, "at", NULL), NULL, &at);
  clock = regie_format_time_clock (at, TRUE);

  return g_strdup_printf ("%s  %-8s %s", clock, regie_json_get_text (line, "level", ""), text);
}

static gboolean
scroll_down (gpointer data)
{
  RegieLogView *self = data;
  guint n = self->shown != NULL ? g_list_model_get_n_items (G_LIST_MODEL (self->shown)) : 0;

  if (n > 0 && self->list != NULL)
    gtk_list_view_scroll_to (self->list, n - 1, GTK_LIST_SCROLL_NONE, NULL);

  return G_SOURCE_REMOVE;
}

static void
add_lines (RegieLogView *self, JsonArray *lines)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) texts = NULL;
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->lines));
  guint n_new = json_array_get_length (lines);
  guint n_gone = n + n_new > MOST_LINES ? MIN (n, n + n_new - MOST_LINES) : 0;

  if (n_new == 0)
    return;
  for (guint i = 0; i < n_new; i++)
    g_strv_builder_take (builder, format_line (json_array_get_object_element (lines, i)));
  texts = g_strv_builder_end (builder);
  gtk_string_list_splice (self->lines, n, 0, (const char *const *) texts);
  if (n_gone > 0)
    gtk_string_list_splice (self->lines, 0, n_gone, NULL);
  if (gtk_toggle_button_get_active (self->follow))
    g_idle_add_full (G_PRIORITY_LOW, scroll_down, g_object_ref (self), g_object_unref);
}

static void ask (RegieLogView *self);

static gboolean
on_timeout (gpointer data)
{
  RegieLogView *self = data;

  self->timeout = 0;
  ask (self);

  return G_SOURCE_REMOVE;
}

static DexFuture *
on_answer (DexFuture *future, gpointer data)
{
  RegieLogView *self = data;
  const GValue *value = dex_future_get_value (future, NULL);
  JsonObject *answer = value != NULL ? g_value_get_boxed (value) : NULL;

  if (answer != NULL)
    {
      JsonArray *lines = regie_json_get_array (answer, "lines");

      self->next = regie_json_get_int (answer, "next", self->next);
      if (lines != NULL)
        add_lines (self, lines);
    }
  gtk_stack_set_visible_child_name (
      self->stack, g_list_model_get_n_items (G_LIST_MODEL (self->lines)) > 0 ? "log" : "empty");
  if (gtk_widget_get_mapped (GTK_WIDGET (self)) && self->timeout == 0)
    self->timeout = g_timeout_add (POLL_MS, on_timeout, self);

  return NULL;
}

static void
ask (RegieLogView *self)
{
  RegieConnection *local = regie_context_get_local (self->context);
  const char *level = levels[MIN (gtk_drop_down_get_selected (self->level), G_N_ELEMENTS (levels) - 1)];
  g_autoptr (JsonObject) params = regie_json_object_new ("source", 's', self->source, NULL);

  if (self->next >= 0)
    json_object_set_int_member (params, "after", self->next);
  if (*level != '\0')
    json_object_set_string_member (params, "level", level);
  dex_clear (&self->request);
  self->request =
      dex_future_finally (regie_backend_request (regie_connection_get_backend (local), "logs", params, NULL),
                          on_answer, self, NULL);
}

static void
start_over (RegieLogView *self)
{
  self->next = -1;
  gtk_string_list_splice (self->lines, 0, g_list_model_get_n_items (G_LIST_MODEL (self->lines)), NULL);
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    ask (self);
}

static gboolean
is_shown (gpointer item, gpointer data)
{
  RegieLogView *self = data;
  const char *words = gtk_editable_get_text (GTK_EDITABLE (self->filter));

  return *words == '\0' || strcasestr (gtk_string_object_get_string (item), words) != NULL;
}

static void
on_filter_changed (RegieLogView *self)
{
  gtk_filter_changed (gtk_filter_list_model_get_filter (self->shown), GTK_FILTER_CHANGE_DIFFERENT);
}

static void
on_copy (RegieLogView *self)
{
  GString *text = g_string_new (NULL);
  GListModel *model = G_LIST_MODEL (self->shown);

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (GtkStringObject) line = g_list_model_get_item (model, i);

      g_string_append (text, gtk_string_object_get_string (line));
      g_string_append_c (text, '\n');
    }
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), text->str);
  g_string_free (text, TRUE);
  regie_context_say (self->context, _ ("Log copied"), NULL);
}

/* Who scrolls up wants to read, not to be carried away. */
static void
on_scrolled (RegieLogView *self)
{
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (self->scroller);
  double end = gtk_adjustment_get_upper (adjustment) - gtk_adjustment_get_page_size (adjustment);

  if (gtk_toggle_button_get_active (self->follow) && gtk_adjustment_get_value (adjustment) < end - 400)
    gtk_toggle_button_set_active (self->follow, FALSE);
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "monospace");
  gtk_list_item_set_child (item, label);
  gtk_list_item_set_activatable (item, FALSE);
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkStringObject *line = gtk_list_item_get_item (item);

  gtk_label_set_text (GTK_LABEL (gtk_list_item_get_child (item)), gtk_string_object_get_string (line));
}

static void
regie_log_view_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (regie_log_view_parent_class)->map (widget);
  ask (REGIE_LOG_VIEW (widget));
}

static void
regie_log_view_unmap (GtkWidget *widget)
{
  RegieLogView *self = REGIE_LOG_VIEW (widget);

  g_clear_handle_id (&self->timeout, g_source_remove);
  dex_clear (&self->request);
  GTK_WIDGET_CLASS (regie_log_view_parent_class)->unmap (widget);
}

static void
regie_log_view_dispose (GObject *object)
{
  RegieLogView *self = REGIE_LOG_VIEW (object);

  g_clear_handle_id (&self->timeout, g_source_remove);
  dex_clear (&self->request);
  gtk_widget_dispose_template (GTK_WIDGET (self), REGIE_TYPE_LOG_VIEW);
  g_clear_object (&self->shown);
  g_clear_object (&self->lines);
  g_clear_object (&self->context);
  g_clear_pointer (&self->source, g_free);

  G_OBJECT_CLASS (regie_log_view_parent_class)->dispose (object);
}

static void
regie_log_view_class_init (RegieLogViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = regie_log_view_dispose;
  widget_class->map = regie_log_view_map;
  widget_class->unmap = regie_log_view_unmap;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/regie/Regie/ui/regie-log-view.ui");
  gtk_widget_class_bind_template_child (widget_class, RegieLogView, level);
  gtk_widget_class_bind_template_child (widget_class, RegieLogView, filter);
  gtk_widget_class_bind_template_child (widget_class, RegieLogView, follow);
  gtk_widget_class_bind_template_child (widget_class, RegieLogView, stack);
  gtk_widget_class_bind_template_child (widget_class, RegieLogView, scroller);
  gtk_widget_class_bind_template_child (widget_class, RegieLogView, list);
  gtk_widget_class_bind_template_callback (widget_class, on_copy);
}

static void
regie_log_view_init (RegieLogView *self)
{
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();
  g_autoptr (GtkNoSelection) selection = NULL;

  gtk_widget_init_template (GTK_WIDGET (self));
  self->next = -1;
  self->lines = gtk_string_list_new (NULL);
  self->shown = gtk_filter_list_model_new (g_object_ref (G_LIST_MODEL (self->lines)),
                                           GTK_FILTER (gtk_custom_filter_new (is_shown, self, NULL)));
  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), NULL);
  selection = gtk_no_selection_new (g_object_ref (G_LIST_MODEL (self->shown)));
  gtk_list_view_set_factory (self->list, factory);
  gtk_list_view_set_model (self->list, GTK_SELECTION_MODEL (selection));
  g_signal_connect_object (self->level, "notify::selected", G_CALLBACK (start_over), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->filter, "search-changed", G_CALLBACK (on_filter_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (gtk_scrolled_window_get_vadjustment (self->scroller), "value-changed",
                           G_CALLBACK (on_scrolled), self, G_CONNECT_SWAPPED);
}

GtkWidget *
regie_log_view_new (RegieContext *context, const char *source)
{
  RegieLogView *self = g_object_new (REGIE_TYPE_LOG_VIEW, NULL);

  self->context = g_object_ref (context);
  self->source = g_strdup (source);

  return GTK_WIDGET (self);
}
