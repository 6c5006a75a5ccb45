/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-kit.h"

#include "regie-kit-private.h"

#include "regie-kit-resources.h"

/* The platform dims second-rank text to 55 %, which is less than the 4.5 : 1 that it takes to be read by
 * many; its own high contrast has 90 %. */
static void
update_dimming (AdwStyleManager *manager, GParamSpec *pspec, GtkCssProvider *provider)
{
  gtk_css_provider_load_from_string (
      provider, adw_style_manager_get_high_contrast (manager) ? "" : ":root { --dim-opacity: 75%; }");
}

static void
add_dimming (GdkDisplay *display)
{
  AdwStyleManager *manager = adw_style_manager_get_for_display (display);
  GtkCssProvider *provider = gtk_css_provider_new ();

  gtk_style_context_add_provider_for_display (display, GTK_STYLE_PROVIDER (provider),
                                              GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
  g_signal_connect_object (manager, "notify::high-contrast", G_CALLBACK (update_dimming), provider,
                           G_CONNECT_DEFAULT);
  update_dimming (manager, NULL, provider);
  g_object_unref (provider);
}

void
regie_kit_ensure_style (void)
{
  static gsize done = 0;

  if (g_once_init_enter (&done))
    {
      GtkCssProvider *provider = gtk_css_provider_new ();

      regie_kit_register_resource ();
      gtk_css_provider_load_from_resource (provider, "/org/regie/Regie/kit/style.css");
      gtk_style_context_add_provider_for_display (gdk_display_get_default (), GTK_STYLE_PROVIDER (provider),
                                                  GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
      g_object_unref (provider);
      add_dimming (gdk_display_get_default ());
      g_once_init_leave (&done, 1);
    }
}

void
regie_kit_init (void)
{
  regie_kit_ensure_style ();
  g_type_ensure (REGIE_TYPE_STATUS_LABEL);
  g_type_ensure (REGIE_TYPE_CONNECTION_MARK);
  g_type_ensure (REGIE_TYPE_TABLE);
  g_type_ensure (REGIE_TYPE_FORM);
  g_type_ensure (REGIE_TYPE_REF_ROW);
  g_type_ensure (REGIE_TYPE_DETAIL);
  g_type_ensure (REGIE_TYPE_JSON_VIEW);
  g_type_ensure (REGIE_TYPE_RECORD_DIALOG);
}

void
regie_kit_add_accept_key (GtkWidget *dialog, const char *action_name)
{
  static const char *const triggers[] = { "<Control>Return", "<Control>KP_Enter" };
  GtkEventController *keys = gtk_shortcut_controller_new ();

  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  for (guint i = 0; i < G_N_ELEMENTS (triggers); i++)
    gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (keys),
                                          gtk_shortcut_new (gtk_shortcut_trigger_parse_string (triggers[i]),
                                                            gtk_named_action_new (action_name)));
  gtk_widget_add_controller (dialog, keys);
}

/* What the user's text is enlarged by; 1 at 96 dpi. */
static double
get_text_scale (void)
{
  int dpi;

  g_object_get (gtk_settings_get_default (), "gtk-xft-dpi", &dpi, NULL);

  return dpi > 0 ? MAX (1, dpi / 1024.0 / 96) : 1;
}

void
regie_kit_fit_dialog (AdwDialog *dialog, AdwHeaderBar *header)
{
  double scale = get_text_scale ();
  AdwBreakpoint *breakpoint;
  GValue hidden = G_VALUE_INIT;

  adw_dialog_set_content_width (dialog, adw_dialog_get_content_width (dialog) * scale);
  adw_dialog_set_content_height (dialog, adw_dialog_get_content_height (dialog) * scale);
  if (header == NULL)
    return;
  /* With breakpoints the dialog may be smaller than what is in it, and has to say how small. */
  gtk_widget_set_size_request (GTK_WIDGET (dialog), 240, 180);
  breakpoint = adw_breakpoint_new (adw_breakpoint_condition_parse ("max-width: 300sp"));
  g_value_init (&hidden, G_TYPE_BOOLEAN);
  adw_breakpoint_add_setter (breakpoint, G_OBJECT (header), "show-title", &hidden);
  adw_dialog_add_breakpoint (dialog, breakpoint);
}
