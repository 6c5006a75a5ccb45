/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-detail.h"

#include <glib/gi18n.h>

#include "regie-cause.h"
#include "regie-cell.h"
#include "regie-format.h"
#include "regie-kit-private.h"

struct _RegieDetail
{
  GtkWidget parent_instance;

  RegieStore *store;
  const RegieKind *kind;
  RegieRecord *record;
  RegieRefTitles *titles;
  GStrv hidden;
  gboolean show_empty;

  GPtrArray *groups; /* of Group */
  GPtrArray *places; /* of Place */
};

typedef struct
{
  const char *name; /* NULL: the one without a title */
  GtkWidget *widget;
  guint n_visible;
} Group;

/* Where a field is shown: a row, or for JSON a group of its own with a view. */
typedef struct
{
  const RegieField *field;
  Group *group;
  GtkWidget *row;
  GtkWidget *json_group, *json_view;
} Place;

G_DEFINE_FINAL_TYPE (RegieDetail, regie_detail, GTK_TYPE_WIDGET)

/* --- showing --- */

static gboolean
is_hidden (RegieDetail *self, const RegieField *field)
{
  return (field->flags & REGIE_FIELD_HIDDEN) ||
         (self->hidden != NULL && g_strv_contains ((const char *const *) self->hidden, field->name));
}

static gboolean
is_empty (JsonNode *value)
{
  if (value == NULL || JSON_NODE_HOLDS_NULL (value))
    return TRUE;

  return JSON_NODE_HOLDS_VALUE (value) && json_node_get_value_type (value) == G_TYPE_STRING &&
         *json_node_get_string (value) == '\0';
}

/* Engines say these in English, with a code that has words in the user's language. */
static gboolean
is_cause (const RegieField *field)
{
  static const char *const names[] = { "cause", "error", "reason", NULL };

  return field->type == REGIE_FIELD_TEXT && (field->flags & REGIE_FIELD_READ_ONLY) &&
         g_strv_contains (names, field->name);
}

static char *
format (RegieDetail *self, const RegieField *field, JsonNode *value)
{
  g_autofree char *text = NULL;

  if (is_empty (value))
    return g_strdup (REGIE_FORMAT_NONE);
  if (field->type == REGIE_FIELD_REF)
    text = regie_cell_format (field, self->record, self->titles);
  else if (is_cause (field))
    text = regie_cause_read_record (self->record, field->name);
  else if (field->type == REGIE_FIELD_MONEY)
    text = regie_format_field (self->record, field);
  else
    text = regie_format_value_full (field, value);

  return g_steal_pointer (&text);
}

static void
show_place (RegieDetail *self, Place *place)
{
  gboolean loaded = self->record != NULL && regie_record_is_loaded (self->record);
  JsonNode *value = loaded ? regie_record_get_node (self->record, place->field->name) : NULL;
  gboolean shown = loaded && !is_hidden (self, place->field) && (self->show_empty || !is_empty (value));

  if (place->json_view != NULL)
    {
      gtk_widget_set_visible (place->json_group, shown);
      if (shown)
        regie_json_view_set (REGIE_JSON_VIEW (place->json_view), regie_format_label (place->field->label),
                             value);
      return;
    }
  gtk_widget_set_visible (place->row, shown);
  if (shown)
    {
      g_autofree char *text = format (self, place->field, value);

      regie_row_set_safe_subtitle (ADW_PREFERENCES_ROW (place->row), text);
      place->group->n_visible++;
    }
}

static void
show_record (RegieDetail *self)
{
  for (guint i = 0; i < self->groups->len; i++)
    ((Group *) g_ptr_array_index (self->groups, i))->n_visible = 0;
  for (guint i = 0; i < self->places->len; i++)
    show_place (self, g_ptr_array_index (self->places, i));
  for (guint i = 0; i < self->groups->len; i++)
    {
      Group *group = g_ptr_array_index (self->groups, i);

      gtk_widget_set_visible (group->widget, group->n_visible > 0);
    }
}

/* --- copying --- */

static void
on_copy (GtkButton *button, RegieDetail *self)
{
  const RegieField *field = g_object_get_data (G_OBJECT (button), "regie-field");
  JsonNode *value = self->record != NULL ? regie_record_get_node (self->record, field->name) : NULL;
  GtkWidget *overlay = gtk_widget_get_ancestor (GTK_WIDGET (self), ADW_TYPE_TOAST_OVERLAY);
  g_autofree char *text = NULL;

  /* What a text is, not what it is shown as: an address with hidden characters must be seen as such only. */
  if (field->type != REGIE_FIELD_ENUM && field->type != REGIE_FIELD_LANGUAGE && value != NULL &&
      JSON_NODE_HOLDS_VALUE (value) && json_node_get_value_type (value) == G_TYPE_STRING)
    text = g_strdup (json_node_get_string (value));
  else
    text = format (self, field, value);
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), text);
  if (overlay != NULL)
    adw_toast_overlay_add_toast (ADW_TOAST_OVERLAY (overlay), regie_toast_new_safe (_ ("Copied")));
}

static GtkWidget *
create_copy_button (RegieDetail *self, const RegieField *field)
{
  GtkWidget *button = gtk_button_new_from_icon_name ("edit-copy-symbolic");
  g_autofree char *name = NULL;

  /* Translators: a button; %s is a field such as "E-mail address" */
  name = g_strdup_printf (_ ("Copy %s"), regie_format_label (field->label));
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (button, name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  g_object_set_data (G_OBJECT (button), "regie-field", (gpointer) field);
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_copy), self, G_CONNECT_DEFAULT);

  return button;
}

/* --- building --- */

static Group *
ensure_group (RegieDetail *self, const char *name)
{
  Group *group;

  for (guint i = 0; i < self->groups->len; i++)
    {
      group = g_ptr_array_index (self->groups, i);
      if (g_strcmp0 (group->name, name) == 0)
        return group;
    }
  group = g_new0 (Group, 1);
  group->name = name;
  group->widget = adw_preferences_group_new ();
  if (name != NULL)
    regie_group_set_safe_title (ADW_PREFERENCES_GROUP (group->widget), regie_format_label (name));
  gtk_widget_set_parent (group->widget, GTK_WIDGET (self));
  g_ptr_array_add (self->groups, group);

  return group;
}

static void
add_row (RegieDetail *self, const RegieField *field)
{
  Place *place = g_new0 (Place, 1);

  place->field = field;
  place->group = ensure_group (self, field->group);
  place->row = adw_action_row_new ();
  gtk_widget_add_css_class (place->row, "property");
  regie_row_set_safe_title (ADW_PREFERENCES_ROW (place->row), regie_format_label (field->label));
  adw_action_row_set_subtitle_selectable (ADW_ACTION_ROW (place->row), TRUE);
  adw_action_row_add_suffix (ADW_ACTION_ROW (place->row), create_copy_button (self, field));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (place->group->widget), place->row);
  g_ptr_array_add (self->places, place);
}

static void
add_json (RegieDetail *self, const RegieField *field)
{
  Place *place = g_new0 (Place, 1);

  place->field = field;
  place->json_group = adw_preferences_group_new ();
  place->json_view = regie_json_view_new ();
  regie_group_set_safe_title (ADW_PREFERENCES_GROUP (place->json_group), regie_format_label (field->label));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (place->json_group), place->json_view);
  gtk_widget_set_parent (place->json_group, GTK_WIDGET (self));
  g_ptr_array_add (self->places, place);
}

static void
build (RegieDetail *self)
{
  for (guint i = 0; i < self->kind->n_fields; i++)
    {
      const RegieField *field = &self->kind->fields[i];

      if (!(field->flags & REGIE_FIELD_HIDDEN) && field->type != REGIE_FIELD_JSON)
        add_row (self, field);
    }
  /* Long things last. */
  for (guint i = 0; i < self->kind->n_fields; i++)
    {
      if (!(self->kind->fields[i].flags & REGIE_FIELD_HIDDEN) &&
          self->kind->fields[i].type == REGIE_FIELD_JSON)
        add_json (self, &self->kind->fields[i]);
    }
  show_record (self);
}

static void
regie_detail_dispose (GObject *object)
{
  RegieDetail *self = REGIE_DETAIL (object);
  GtkWidget *child;

  g_clear_pointer (&self->places, g_ptr_array_unref);
  g_clear_pointer (&self->groups, g_ptr_array_unref);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_object (&self->record);
  g_clear_object (&self->titles);
  g_clear_object (&self->store);
  g_clear_pointer (&self->hidden, g_strfreev);
  G_OBJECT_CLASS (regie_detail_parent_class)->dispose (object);
}

static void
regie_detail_class_init (RegieDetailClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = regie_detail_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BOX_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "regiedetail");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  regie_kit_ensure_style ();
}

static void
regie_detail_init (RegieDetail *self)
{
  GtkLayoutManager *layout = gtk_widget_get_layout_manager (GTK_WIDGET (self));

  gtk_orientable_set_orientation (GTK_ORIENTABLE (layout), GTK_ORIENTATION_VERTICAL);
  gtk_box_layout_set_spacing (GTK_BOX_LAYOUT (layout), 24);
  self->groups = g_ptr_array_new_with_free_func (g_free);
  self->places = g_ptr_array_new_with_free_func (g_free);
}

RegieDetail *
regie_detail_new (RegieStore *store, const RegieKind *kind)
{
  RegieDetail *self = g_object_new (REGIE_TYPE_DETAIL, NULL);

  self->store = g_object_ref (store);
  self->kind = kind;
  self->titles = regie_ref_titles_new (store);
  g_signal_connect_object (self->titles, "changed", G_CALLBACK (show_record), self, G_CONNECT_SWAPPED);
  build (self);

  return self;
}

void
regie_detail_set_record (RegieDetail *self, RegieRecord *record)
{
  g_return_if_fail (REGIE_IS_DETAIL (self));
  g_return_if_fail (record == NULL || regie_record_get_kind (record) == self->kind);

  if (record == self->record)
    return;
  if (self->record != NULL)
    g_signal_handlers_disconnect_by_func (self->record, show_record, self);
  g_set_object (&self->record, record);
  if (record != NULL)
    g_signal_connect_object (record, "changed", G_CALLBACK (show_record), self, G_CONNECT_SWAPPED);
  show_record (self);
}

void
regie_detail_hide_fields (RegieDetail *self, const char *const *names)
{
  g_return_if_fail (REGIE_IS_DETAIL (self));

  g_strfreev (self->hidden);
  self->hidden = g_strdupv ((GStrv) names);
  show_record (self);
}

void
regie_detail_set_show_empty (RegieDetail *self, gboolean show)
{
  g_return_if_fail (REGIE_IS_DETAIL (self));

  self->show_empty = show;
  show_record (self);
}
