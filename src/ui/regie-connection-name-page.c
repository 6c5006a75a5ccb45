/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-connection-name-page.h"

#include <glib/gi18n.h>

#include "regie-connection-mark.h"
#include "regie-format.h"
#include "regie-json.h"
#include "regie-sign-in-page.h"
#include "regie-text-safe.h"

#define DOT         22
#define PREVIEW     "new connection"
#define TITLE_CHARS 80

struct _RegieConnectionNamePage
{
  AdwNavigationPage parent_instance;

  AdwPreferencesPage *form;
  AdwEntryRow *title_row;
  AdwActionRow *preview;
  GtkWidget *button;
  GtkLabel *problem;
  guint hue;
  gboolean busy;
};

G_DEFINE_FINAL_TYPE (RegieConnectionNamePage, regie_connection_name_page, ADW_TYPE_NAVIGATION_PAGE)

static guint add_signal;

static const struct
{
  guint hue;
  const char *id; /* of its colour in the marks' register */
  const char *label;
} hues[] = {
  { 28, "hue 28", N_ ("Orange") }, { 145, "hue 145", N_ ("Green") },     { 285, "hue 285", N_ ("Purple") },
  { 0, "hue 0", N_ ("Red") },      { 180, "hue 180", N_ ("Turquoise") }, { 325, "hue 325", N_ ("Pink") },
  { 50, "hue 50", N_ ("Yellow") }, { 213, "hue 213", N_ ("Blue") },
};

char *
regie_connection_name_page_dup_title (RegieConnectionNamePage *self)
{
  g_return_val_if_fail (REGIE_IS_CONNECTION_NAME_PAGE (self), NULL);

  return g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->title_row))));
}

guint
regie_connection_name_page_get_hue (RegieConnectionNamePage *self)
{
  g_return_val_if_fail (REGIE_IS_CONNECTION_NAME_PAGE (self), 0);

  return self->hue;
}

static void
update (RegieConnectionNamePage *self)
{
  g_autofree char *title = regie_connection_name_page_dup_title (self);
  gboolean fits = g_utf8_strlen (title, -1) <= TITLE_CHARS;

  regie_connection_mark_register (PREVIEW, self->hue, title);
  regie_row_set_safe_title (ADW_PREFERENCES_ROW (self->preview), *title != '\0' ? title : REGIE_FORMAT_NONE);
  regie_sign_in_mark_row (GTK_WIDGET (self->title_row), fits ? NULL : _ ("This is too long"));
  gtk_editable_set_editable (GTK_EDITABLE (self->title_row), !self->busy);
  gtk_widget_set_sensitive (self->button, *title != '\0' && fits && !self->busy);
}

void
regie_connection_name_page_set_busy (RegieConnectionNamePage *self, gboolean busy)
{
  g_return_if_fail (REGIE_IS_CONNECTION_NAME_PAGE (self));

  self->busy = busy;
  update (self);
}

void
regie_connection_name_page_show_problem (RegieConnectionNamePage *self, const char *problem)
{
  g_return_if_fail (REGIE_IS_CONNECTION_NAME_PAGE (self));

  regie_sign_in_show_problem (self->problem, problem);
}

static void
on_add (RegieConnectionNamePage *self)
{
  if (gtk_widget_is_sensitive (self->button))
    g_signal_emit (self, add_signal, 0);
}

/* --- colours --- */

static void
draw_dot (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer id)
{
  GdkRGBA color;

  regie_connection_mark_get_color (id, adw_style_manager_get_dark (adw_style_manager_get_default ()), &color);
  gdk_cairo_set_source_rgba (cr, &color);
  cairo_arc (cr, width / 2.0, height / 2.0, MIN (width, height) / 2.0, 0, 2 * G_PI);
  cairo_fill (cr);
  if (!gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (gtk_widget_get_parent (GTK_WIDGET (area)))))
    return;
  cairo_set_source_rgb (cr, 0, 0, 0);
  cairo_arc (cr, width / 2.0, height / 2.0, MIN (width, height) / 5.0, 0, 2 * G_PI);
  cairo_fill (cr);
}

static void
on_chosen (GtkToggleButton *button, GParamSpec *pspec, RegieConnectionNamePage *self)
{
  gtk_widget_queue_draw (gtk_button_get_child (GTK_BUTTON (button)));
  if (!gtk_toggle_button_get_active (button))
    return;
  self->hue = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (button), "hue"));
  update (self);
}

static GtkWidget *
create_hue (RegieConnectionNamePage *self, guint i)
{
  GtkWidget *button = gtk_toggle_button_new ();
  GtkWidget *dot = gtk_drawing_area_new ();

  regie_connection_mark_register (hues[i].id, hues[i].hue, _ (hues[i].label));
  gtk_drawing_area_set_content_width (GTK_DRAWING_AREA (dot), DOT);
  gtk_drawing_area_set_content_height (GTK_DRAWING_AREA (dot), DOT);
  gtk_drawing_area_set_draw_func (GTK_DRAWING_AREA (dot), draw_dot, (gpointer) hues[i].id, NULL);
  g_signal_connect_object (adw_style_manager_get_default (), "notify::dark",
                           G_CALLBACK (gtk_widget_queue_draw), dot, G_CONNECT_SWAPPED);
  gtk_button_set_child (GTK_BUTTON (button), dot);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, "circular");
  gtk_widget_set_tooltip_text (button, _ (hues[i].label));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, _ (hues[i].label),
                                  -1);
  g_object_set_data (G_OBJECT (button), "hue", GUINT_TO_POINTER (hues[i].hue));
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (button), hues[i].hue == self->hue);
  g_signal_connect_object (button, "notify::active", G_CALLBACK (on_chosen), self, 0);

  return button;
}

static GtkWidget *
create_hues (RegieConnectionNamePage *self)
{
  GtkWidget *box = adw_wrap_box_new ();
  GtkToggleButton *first = NULL;

  gtk_widget_set_margin_top (box, 12);
  adw_wrap_box_set_child_spacing (ADW_WRAP_BOX (box), 6);
  adw_wrap_box_set_line_spacing (ADW_WRAP_BOX (box), 6);
  gtk_accessible_update_property (GTK_ACCESSIBLE (box), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Colour"), -1);
  for (guint i = 0; i < G_N_ELEMENTS (hues); i++)
    {
      GtkWidget *button = create_hue (self, i);

      if (first == NULL)
        first = GTK_TOGGLE_BUTTON (button);
      else
        gtk_toggle_button_set_group (GTK_TOGGLE_BUTTON (button), first);
      adw_wrap_box_append (ADW_WRAP_BOX (box), button);
    }

  return box;
}

static guint
find_free_hue (RegieContext *context)
{
  GListModel *connections = G_LIST_MODEL (regie_context_get_connections (context));

  for (guint i = 0; i < G_N_ELEMENTS (hues); i++)
    {
      gboolean taken = FALSE;

      for (guint k = 0; k < g_list_model_get_n_items (connections); k++)
        {
          g_autoptr (RegieConnection) connection = g_list_model_get_item (connections, k);

          taken |= regie_connection_get_hue (connection) == hues[i].hue;
        }
      if (!taken)
        return hues[i].hue;
    }

  return hues[0].hue;
}

/* "QWANYX · demo": what it is, and whose. Newly allocated. */
static char *
propose_title (RegieBackend *backend)
{
  const char *title = regie_format_label (regie_profile_get_title (regie_backend_get_profile (backend)));
  JsonObject *account = regie_backend_get_account (backend);
  const char *workspace = account != NULL ? regie_json_get_text (account, "workspace", NULL) : NULL;

  return workspace != NULL ? g_strdup_printf ("%s · %s", title, workspace) : g_strdup (title);
}

/* --- the widget --- */

static void
build (RegieConnectionNamePage *self)
{
  GtkWidget *view = adw_toolbar_view_new ();
  GtkWidget *names = adw_preferences_group_new ();
  GtkWidget *colors = adw_preferences_group_new ();
  GtkWidget *mark = regie_connection_mark_new ();

  regie_connection_mark_set_connection (REGIE_CONNECTION_MARK (mark), PREVIEW);
  gtk_widget_set_margin_top (mark, 12);
  gtk_widget_set_margin_bottom (mark, 12);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->title_row), _ ("Name"));
  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (colors), _ ("Colour"));
  adw_preferences_group_set_description (ADW_PREFERENCES_GROUP (colors),
                                         _ ("A thin line of it marks in lists what comes from there."));
  adw_action_row_add_prefix (self->preview, mark);
  adw_action_row_set_subtitle (self->preview, _ ("This is how it will look"));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (names), GTK_WIDGET (self->title_row));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (colors), GTK_WIDGET (self->preview));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (colors), create_hues (self));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (colors), GTK_WIDGET (self->problem));
  adw_preferences_page_add (self->form, ADW_PREFERENCES_GROUP (names));
  adw_preferences_page_add (self->form, ADW_PREFERENCES_GROUP (colors));
  adw_toolbar_view_add_top_bar (ADW_TOOLBAR_VIEW (view), adw_header_bar_new ());
  adw_toolbar_view_set_content (ADW_TOOLBAR_VIEW (view), GTK_WIDGET (self->form));
  adw_toolbar_view_add_bottom_bar (ADW_TOOLBAR_VIEW (view), self->button);
  adw_navigation_page_set_child (ADW_NAVIGATION_PAGE (self), view);
}

static void
regie_connection_name_page_class_init (RegieConnectionNamePageClass *klass)
{
  add_signal =
      g_signal_new ("add", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
regie_connection_name_page_init (RegieConnectionNamePage *self)
{
  self->form = ADW_PREFERENCES_PAGE (adw_preferences_page_new ());
  self->title_row = ADW_ENTRY_ROW (adw_entry_row_new ());
  self->preview = ADW_ACTION_ROW (adw_action_row_new ());
  self->problem = regie_sign_in_create_problem ();
  self->button = gtk_button_new_with_mnemonic (_ ("_Add"));
  gtk_widget_add_css_class (self->button, "suggested-action");
  gtk_widget_add_css_class (self->button, "pill");
  gtk_widget_set_halign (self->button, GTK_ALIGN_CENTER);
  gtk_widget_set_margin_top (self->button, 12);
  gtk_widget_set_margin_bottom (self->button, 12);
  gtk_widget_set_name (self->button, "add");
}

AdwNavigationPage *
regie_connection_name_page_new (RegieContext *context, RegieBackend *backend)
{
  RegieConnectionNamePage *self =
      g_object_new (REGIE_TYPE_CONNECTION_NAME_PAGE, "title", _ ("Name and Colour"), "tag", "name", NULL);
  g_autofree char *title = propose_title (backend);

  self->hue = find_free_hue (context);
  build (self);
  gtk_editable_set_text (GTK_EDITABLE (self->title_row), title);
  g_signal_connect_object (self->title_row, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->title_row, "entry-activated", G_CALLBACK (on_add), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->button, "clicked", G_CALLBACK (on_add), self, G_CONNECT_SWAPPED);
  update (self);

  return ADW_NAVIGATION_PAGE (self);
}
