/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-right-row.h"

#include <glib/gi18n.h>

#include "regie-format.h"
#include "regie-json.h"
#include "regie-kind-fields.h"
#include "regie-status-label.h"
#include "regie-text-safe.h"

/* In the order of the row's choices; the first is "no entry of its own". */
static const char *const choices[] = { NULL, "allowed", "limited", "denied" };

struct _RegieRightRow
{
  AdwExpanderRow parent_instance;

  RegieContext *context;
  RegieRecord *human;
  char *service;
  char *right; /* remote id of its own entry, or NULL */
  gboolean showing;

  RegieStatusLabel *state;
  AdwComboRow *access_row;
  AdwSpinRow *limit_row;
  AdwEntryRow *hosts_row;
};

G_DEFINE_FINAL_TYPE (RegieRightRow, regie_right_row, ADW_TYPE_EXPANDER_ROW)

/* --- writing --- */

static JsonArray *
parse_hosts (RegieRightRow *self)
{
  g_auto (GStrv) parts = g_strsplit_set (gtk_editable_get_text (GTK_EDITABLE (self->hosts_row)), " ,\t", -1);
  JsonArray *hosts = json_array_new ();

  for (guint i = 0; parts[i] != NULL; i++)
    {
      if (*parts[i] != '\0')
        json_array_add_string_element (hosts, parts[i]);
    }

  return hosts;
}

static JsonObject *
build_values (RegieRightRow *self)
{
  JsonObject *values =
      regie_json_object_new ("access", 's', choices[adw_combo_row_get_selected (self->access_row)],
                             "per_hour", 'i', (gint64) adw_spin_row_get_value (self->limit_row), NULL);

  if (g_str_equal (self->service, "web"))
    json_object_set_array_member (values, "hosts", parse_hosts (self));

  return values;
}

static DexFuture *
create_right (RegieRightRow *self, JsonObject *values)
{
  json_object_set_string_member (values, "workspace", regie_digital_human_get_workspace (self->human));
  json_object_set_string_member (values, "digital_human", regie_context_get_ref (self->human));
  json_object_set_string_member (values, "service", self->service);

  return regie_store_create (regie_context_get_store (self->context), "local",
                             regie_kind_get (REGIE_RIGHT_KIND), values, 0);
}

static DexFuture *
save_fiber (gpointer data)
{
  RegieRightRow *self = data;
  RegieStore *store = regie_context_get_store (self->context);
  const RegieKind *kind = regie_kind_get (REGIE_RIGHT_KIND);
  gboolean inherit = adw_combo_row_get_selected (self->access_row) == 0;
  g_autoptr (JsonObject) values = inherit ? NULL : build_values (self);
  g_autofree char *key = NULL;
  g_autoptr (GError) error = NULL;
  gboolean done = TRUE;

  if (self->right != NULL)
    key = dex_await_string (regie_store_find_key (store, "local", kind, self->right), NULL);
  if (inherit && key != NULL)
    done = dex_await (regie_store_delete (store, kind, key, 0), &error);
  else if (!inherit && key != NULL)
    done = dex_await (regie_store_update (store, kind, key, values, 0), &error);
  else if (!inherit)
    done = dex_await (create_right (self, values), &error);
  if (!done)
    regie_context_say_error (self->context, _ ("The right could not be changed"), error);

  return NULL;
}

static void
on_changed (RegieRightRow *self)
{
  if (!self->showing)
    regie_spawn (self, save_fiber);
}

/* --- showing --- */

static char *
describe (JsonObject *item)
{
  const char *source = regie_json_get_text (item, "source", "");
  gint64 used = regie_json_get_int (item, "used", 0);
  gint64 per_hour = regie_json_get_int (item, "per_hour", 0);
  const char *why;

  if (g_str_equal (source, "digital-human"))
    why = _ ("Its own entry");
  else if (g_str_equal (source, "workspace"))
    why = _ ("From its workspace");
  else if (g_str_equal (source, "pause"))
    why = _ ("Paused");
  else
    why = _ ("Built in, nobody said otherwise");

  if (g_str_equal (regie_json_get_text (item, "access", ""), "limited"))
    return g_strdup_printf (_ ("%s · %d of %d uses in this hour"), why, (int) used, (int) per_hour);

  return g_strdup (why);
}

static char *
join_hosts (JsonObject *item)
{
  JsonArray *hosts = regie_json_get_array (item, "hosts");
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) parts = NULL;

  for (guint i = 0; hosts != NULL && i < json_array_get_length (hosts); i++)
    g_strv_builder_add (builder, json_array_get_string_element (hosts, i));
  parts = g_strv_builder_end (builder);

  return g_strjoinv (", ", parts);
}

void
regie_right_row_set_item (RegieRightRow *self, JsonObject *item)
{
  const RegieKind *kind = regie_kind_get (REGIE_RIGHT_KIND);
  const RegieField *service = regie_kind_find_field (kind, "service");
  const RegieField *access = regie_kind_find_field (kind, "access");
  const char *effective = regie_json_get_text (item, "access", "");
  gboolean own = g_str_equal (regie_json_get_text (item, "source", ""), "digital-human");
  const RegieEnumValue *value;
  g_autofree char *why = describe (item);
  g_autofree char *hosts = join_hosts (item);
  guint chosen = 0;

  g_set_str (&self->service, regie_json_get_text (item, "service", ""));
  g_set_str (&self->right, own ? regie_json_get_text (item, "right", NULL) : NULL);
  value = regie_field_find_value (service, self->service);
  regie_row_set_safe_title (ADW_PREFERENCES_ROW (self),
                            value != NULL ? regie_format_label (value->label) : self->service);
  regie_row_set_safe_subtitle (ADW_PREFERENCES_ROW (self), why);
  regie_status_label_set_value (self->state, access, effective);

  for (guint i = 1; own && i < G_N_ELEMENTS (choices); i++)
    {
      if (g_str_equal (choices[i], effective))
        chosen = i;
    }
  self->showing = TRUE;
  adw_combo_row_set_selected (self->access_row, chosen);
  if (regie_json_get_int (item, "per_hour", 0) > 0)
    adw_spin_row_set_value (self->limit_row, regie_json_get_int (item, "per_hour", 0));
  if (!gtk_widget_has_focus (GTK_WIDGET (self->hosts_row)) && *hosts != '\0')
    gtk_editable_set_text (GTK_EDITABLE (self->hosts_row), hosts);
  gtk_widget_set_visible (GTK_WIDGET (self->limit_row), g_strcmp0 (choices[chosen], "limited") == 0);
  gtk_widget_set_visible (GTK_WIDGET (self->hosts_row), chosen != 0 && g_str_equal (self->service, "web"));
  self->showing = FALSE;
}

static void
build (RegieRightRow *self)
{
  const char *labels[] = { _ ("As the workspace says"), _ ("Allowed"), _ ("Limited"), _ ("Denied"), NULL };
  g_autoptr (GtkStringList) model = gtk_string_list_new (labels);

  self->state = REGIE_STATUS_LABEL (regie_status_label_new ());
  gtk_widget_set_valign (GTK_WIDGET (self->state), GTK_ALIGN_CENTER);
  adw_expander_row_add_suffix (ADW_EXPANDER_ROW (self), GTK_WIDGET (self->state));

  self->access_row = ADW_COMBO_ROW (adw_combo_row_new ());
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->access_row), _ ("Access"));
  adw_combo_row_set_model (self->access_row, G_LIST_MODEL (model));
  self->limit_row = ADW_SPIN_ROW (adw_spin_row_new_with_range (1, 1000000, 1));
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->limit_row), _ ("Uses an hour at most"));
  self->hosts_row = ADW_ENTRY_ROW (adw_entry_row_new ());
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->hosts_row),
                                 _ ("Allowed hosts, with commas between"));
  adw_entry_row_set_show_apply_button (self->hosts_row, TRUE);

  adw_expander_row_add_row (ADW_EXPANDER_ROW (self), GTK_WIDGET (self->access_row));
  adw_expander_row_add_row (ADW_EXPANDER_ROW (self), GTK_WIDGET (self->limit_row));
  adw_expander_row_add_row (ADW_EXPANDER_ROW (self), GTK_WIDGET (self->hosts_row));
  g_signal_connect_object (self->access_row, "notify::selected", G_CALLBACK (on_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->limit_row, "notify::value", G_CALLBACK (on_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->hosts_row, "apply", G_CALLBACK (on_changed), self, G_CONNECT_SWAPPED);
}

static void
regie_right_row_dispose (GObject *object)
{
  RegieRightRow *self = REGIE_RIGHT_ROW (object);

  g_clear_object (&self->context);
  g_clear_object (&self->human);
  g_clear_pointer (&self->service, g_free);
  g_clear_pointer (&self->right, g_free);

  G_OBJECT_CLASS (regie_right_row_parent_class)->dispose (object);
}

static void
regie_right_row_class_init (RegieRightRowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = regie_right_row_dispose;
}

static void
regie_right_row_init (RegieRightRow *self)
{
  build (self);
}

GtkWidget *
regie_right_row_new (RegieContext *context, RegieRecord *human)
{
  RegieRightRow *self = g_object_new (REGIE_TYPE_RIGHT_ROW, NULL);

  self->context = g_object_ref (context);
  self->human = g_object_ref (human);

  return GTK_WIDGET (self);
}
