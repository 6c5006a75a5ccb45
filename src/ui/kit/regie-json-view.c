/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <string.h>

#include "regie-detail.h"
#include "regie-json.h"
#include "regie-kit-private.h"
#include "regie-text.h"

/* More is of no use on a page; the copy has it all. */
#define MOST_CHARS  50000
#define MOST_HEIGHT 360
#define MOST_DEPTH  64

/* --- JSON as text that is read --- */

static void append_node (GString *text, JsonNode *node, guint depth);

static void
append_indent (GString *text, guint depth)
{
  for (guint i = 0; i < depth; i++)
    g_string_append (text, "  ");
}

static gboolean
is_nested (JsonNode *node)
{
  if (JSON_NODE_HOLDS_OBJECT (node))
    return json_object_get_size (json_node_get_object (node)) > 0;

  return JSON_NODE_HOLDS_ARRAY (node) && json_array_get_length (json_node_get_array (node)) > 0;
}

/* A value of one line, or text whose further lines are set in under the first. */
static void
append_scalar (GString *text, JsonNode *node, guint depth)
{
  g_autofree char *shown = NULL;
  g_auto (GStrv) lines = NULL;

  if (JSON_NODE_HOLDS_NULL (node) || JSON_NODE_HOLDS_OBJECT (node) || JSON_NODE_HOLDS_ARRAY (node))
    {
      g_string_append (text, REGIE_FORMAT_NONE);
      return;
    }
  if (json_node_get_value_type (node) == G_TYPE_BOOLEAN)
    {
      g_string_append (text, json_node_get_boolean (node) ? _ ("Yes") : _ ("No"));
      return;
    }
  if (json_node_get_value_type (node) == G_TYPE_STRING)
    shown = regie_text_visible (json_node_get_string (node), TRUE);
  else if (json_node_get_value_type (node) == G_TYPE_DOUBLE)
    shown = regie_format_number (json_node_get_double (node), 6);
  else
    shown = regie_json_to_string (node);

  lines = g_strsplit (shown, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      if (i > 0)
        {
          g_string_append_c (text, '\n');
          append_indent (text, depth + 1);
        }
      g_string_append (text, lines[i]);
    }
}

static void
append_object (GString *text, JsonObject *object, guint depth)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;

  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, &value))
    {
      g_autofree char *visible = regie_text_visible (name, FALSE);

      append_indent (text, depth);
      g_string_append_printf (text, "%s:%s", visible, is_nested (value) ? "\n" : " ");
      if (is_nested (value))
        append_node (text, value, depth + 1);
      else
        {
          append_scalar (text, value, depth);
          g_string_append_c (text, '\n');
        }
    }
}

static void
append_array (GString *text, JsonArray *array, guint depth)
{
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *item = json_array_get_element (array, i);
      gsize at;

      append_indent (text, depth);
      if (!is_nested (item))
        {
          g_string_append (text, "– ");
          append_scalar (text, item, depth);
          g_string_append_c (text, '\n');
          continue;
        }
      /* The dash takes the place of the first line's indent. */
      g_string_append (text, "– ");
      at = text->len;
      append_node (text, item, depth + 1);
      if (text->len >= at + 2 * (depth + 1))
        g_string_erase (text, at, 2 * (depth + 1));
    }
}

static void
append_node (GString *text, JsonNode *node, guint depth)
{
  if (depth > MOST_DEPTH)
    g_string_append (text, "…\n");
  else if (JSON_NODE_HOLDS_OBJECT (node))
    append_object (text, json_node_get_object (node), depth);
  else
    append_array (text, json_node_get_array (node), depth);
}

char *
regie_json_to_readable (JsonNode *node, gsize max_chars)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (node == NULL)
    return g_strdup (REGIE_FORMAT_NONE);
  if (is_nested (node))
    append_node (text, node, 0);
  else
    append_scalar (text, node, 0);
  while (text->len > 0 && text->str[text->len - 1] == '\n')
    g_string_truncate (text, text->len - 1);

  return max_chars > 0 && (gsize) g_utf8_strlen (text->str, -1) > max_chars
             ? regie_text_shorten (text->str, max_chars)
             : g_strdup (text->str);
}

/* --- the view --- */

struct _RegieJsonView
{
  GtkWidget parent_instance;

  GtkWidget *overlay, *view, *copy;
  JsonNode *value;
};

G_DEFINE_FINAL_TYPE (RegieJsonView, regie_json_view, GTK_TYPE_WIDGET)

static void
on_copy (RegieJsonView *self)
{
  g_autofree char *json = self->value != NULL ? regie_json_to_string (self->value) : g_strdup ("");

  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), json);
}

static void
regie_json_view_dispose (GObject *object)
{
  RegieJsonView *self = REGIE_JSON_VIEW (object);

  g_clear_pointer (&self->overlay, gtk_widget_unparent);
  g_clear_pointer (&self->value, json_node_unref);
  G_OBJECT_CLASS (regie_json_view_parent_class)->dispose (object);
}

static void
regie_json_view_class_init (RegieJsonViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = regie_json_view_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "regiejson");
  regie_kit_ensure_style ();
}

static void
regie_json_view_init (RegieJsonView *self)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();

  self->view = gtk_text_view_new ();
  gtk_text_view_set_editable (GTK_TEXT_VIEW (self->view), FALSE);
  gtk_text_view_set_cursor_visible (GTK_TEXT_VIEW (self->view), FALSE);
  gtk_text_view_set_accepts_tab (GTK_TEXT_VIEW (self->view), FALSE);
  gtk_text_view_set_monospace (GTK_TEXT_VIEW (self->view), TRUE);
  gtk_text_view_set_wrap_mode (GTK_TEXT_VIEW (self->view), GTK_WRAP_WORD_CHAR);
  gtk_text_view_set_left_margin (GTK_TEXT_VIEW (self->view), 12);
  gtk_text_view_set_right_margin (GTK_TEXT_VIEW (self->view), 48);
  gtk_text_view_set_top_margin (GTK_TEXT_VIEW (self->view), 12);
  gtk_text_view_set_bottom_margin (GTK_TEXT_VIEW (self->view), 12);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scroller), MOST_HEIGHT);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), self->view);

  self->copy = gtk_button_new_from_icon_name ("edit-copy-symbolic");
  gtk_widget_set_tooltip_text (self->copy, _ ("Copy as JSON"));
  gtk_widget_set_halign (self->copy, GTK_ALIGN_END);
  gtk_widget_set_valign (self->copy, GTK_ALIGN_START);
  gtk_widget_set_margin_top (self->copy, 6);
  gtk_widget_set_margin_end (self->copy, 6);
  gtk_widget_add_css_class (self->copy, "flat");
  g_signal_connect_object (self->copy, "clicked", G_CALLBACK (on_copy), self, G_CONNECT_SWAPPED);

  self->overlay = gtk_overlay_new ();
  gtk_widget_add_css_class (self->overlay, "card");
  gtk_overlay_set_child (GTK_OVERLAY (self->overlay), scroller);
  gtk_overlay_add_overlay (GTK_OVERLAY (self->overlay), self->copy);
  gtk_widget_set_overflow (self->overlay, GTK_OVERFLOW_HIDDEN);
  gtk_widget_set_parent (self->overlay, GTK_WIDGET (self));
}

GtkWidget *
regie_json_view_new (void)
{
  return g_object_new (REGIE_TYPE_JSON_VIEW, NULL);
}

void
regie_json_view_set (RegieJsonView *self, const char *label, JsonNode *value)
{
  g_autofree char *text = NULL;

  g_return_if_fail (REGIE_IS_JSON_VIEW (self));

  text = regie_json_to_readable (value, MOST_CHARS);
  g_clear_pointer (&self->value, json_node_unref);
  self->value = value != NULL ? json_node_copy (value) : NULL;
  gtk_text_buffer_set_text (gtk_text_view_get_buffer (GTK_TEXT_VIEW (self->view)), text, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  GTK_ACCESSIBLE_PROPERTY_READ_ONLY, TRUE, -1);
}
