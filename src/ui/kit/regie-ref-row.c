/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-ref-row.h"

#include <glib/gi18n.h>

#include "regie-chooser.h"
#include "regie-ref-titles.h"
#include "regie-text-safe.h"

struct _RegieRefRow
{
  AdwActionRow parent_instance;

  RegieStore *store;
  const RegieKind *kind;
  char *connection;
  gboolean optional;
  RegieQuery *query;
  RegieRefTitles *titles;
  char *value;

  GtkWidget *label;
};

enum
{
  PROP_0,
  PROP_VALUE,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (RegieRefRow, regie_ref_row, ADW_TYPE_ACTION_ROW)

static void
update_label (RegieRefRow *self)
{
  const char *title = NULL;

  if (self->value == NULL)
    title = self->optional ? _ ("None") : _ ("Choose…");
  else
    title = regie_ref_titles_lookup (self->titles, self->connection, self->kind, self->value);
  regie_label_set_safe_text (GTK_LABEL (self->label), title != NULL ? title : "…", FALSE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT,
                                  title != NULL ? title : "", -1);
}

static void
on_chosen (RegieRefRow *self, RegieRecord *record)
{
  regie_ref_row_set_value (self, record != NULL ? regie_record_get_ref (record) : NULL);
}

static void
regie_ref_row_activate (AdwActionRow *row)
{
  RegieRefRow *self = REGIE_REF_ROW (row);
  g_autoptr (RegieQuery) query =
      self->query != NULL ? regie_query_copy (self->query) : regie_query_new (self->kind);
  const RegieField *title = regie_kind_find_field (self->kind, self->kind->title_field);
  RegieChooser *chooser;

  if (self->connection != NULL && self->query == NULL)
    regie_query_where (query, "connection", REGIE_OP_EQ, self->connection);
  if (title != NULL && (title->flags & REGIE_FIELD_INDEXED) && regie_query_get_sort (query, NULL) == NULL)
    regie_query_sort (query, title->name, FALSE);
  chooser = regie_chooser_new (self->store, query, adw_preferences_row_get_title (ADW_PREFERENCES_ROW (self)),
                               self->optional);
  g_signal_connect_object (chooser, "chosen", G_CALLBACK (on_chosen), self, G_CONNECT_SWAPPED);
  adw_dialog_present (ADW_DIALOG (chooser), GTK_WIDGET (self));
}

static void
regie_ref_row_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  switch (id)
    {
    case PROP_VALUE:
      g_value_set_string (value, REGIE_REF_ROW (object)->value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
regie_ref_row_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  switch (id)
    {
    case PROP_VALUE:
      regie_ref_row_set_value (REGIE_REF_ROW (object), g_value_get_string (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
regie_ref_row_dispose (GObject *object)
{
  RegieRefRow *self = REGIE_REF_ROW (object);

  g_clear_object (&self->titles);
  g_clear_object (&self->store);
  G_OBJECT_CLASS (regie_ref_row_parent_class)->dispose (object);
}

static void
regie_ref_row_finalize (GObject *object)
{
  RegieRefRow *self = REGIE_REF_ROW (object);

  g_clear_pointer (&self->query, regie_query_free);
  g_clear_pointer (&self->connection, g_free);
  g_clear_pointer (&self->value, g_free);
  G_OBJECT_CLASS (regie_ref_row_parent_class)->finalize (object);
}

static void
regie_ref_row_class_init (RegieRefRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = regie_ref_row_get_property;
  object_class->set_property = regie_ref_row_set_property;
  object_class->dispose = regie_ref_row_dispose;
  object_class->finalize = regie_ref_row_finalize;
  ADW_ACTION_ROW_CLASS (klass)->activate = regie_ref_row_activate;

  properties[PROP_VALUE] = g_param_spec_string (
      "value", NULL, NULL, NULL, G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
regie_ref_row_init (RegieRefRow *self)
{
  self->label = gtk_label_new (NULL);
  gtk_label_set_ellipsize (GTK_LABEL (self->label), PANGO_ELLIPSIZE_END);
  gtk_label_set_max_width_chars (GTK_LABEL (self->label), 30);
  gtk_widget_add_css_class (self->label, "dimmed");
  adw_action_row_add_suffix (ADW_ACTION_ROW (self), self->label);
  adw_action_row_add_suffix (ADW_ACTION_ROW (self), gtk_image_new_from_icon_name ("pan-down-symbolic"));
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (self), TRUE);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (self), FALSE);
}

GtkWidget *
regie_ref_row_new (RegieStore *store, const RegieKind *kind, const char *connection, gboolean optional)
{
  RegieRefRow *self = g_object_new (REGIE_TYPE_REF_ROW, NULL);

  self->store = g_object_ref (store);
  self->kind = kind;
  self->connection = g_strdup (connection);
  self->optional = optional;
  self->titles = regie_ref_titles_new (store);
  g_signal_connect_object (self->titles, "changed", G_CALLBACK (update_label), self, G_CONNECT_SWAPPED);
  update_label (self);

  return GTK_WIDGET (self);
}

void
regie_ref_row_set_value (RegieRefRow *self, const char *value)
{
  g_return_if_fail (REGIE_IS_REF_ROW (self));

  if (value != NULL && *value == '\0')
    value = NULL;
  if (!g_set_str (&self->value, value))
    return;
  update_label (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_VALUE]);
}

const char *
regie_ref_row_get_value (RegieRefRow *self)
{
  g_return_val_if_fail (REGIE_IS_REF_ROW (self), NULL);

  return self->value;
}

void
regie_ref_row_set_query (RegieRefRow *self, const RegieQuery *query)
{
  g_return_if_fail (REGIE_IS_REF_ROW (self));
  g_return_if_fail (query == NULL || regie_query_get_kind (query) == self->kind);

  g_clear_pointer (&self->query, regie_query_free);
  self->query = query != NULL ? regie_query_copy (query) : NULL;
}
