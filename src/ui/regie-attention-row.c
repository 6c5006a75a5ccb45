/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-attention-row.h"

#include <glib/gi18n.h>

#include "regie-cause.h"
#include "regie-format.h"
#include "regie-json.h"
#include "regie-text-safe.h"

typedef struct
{
  RegieContext *context;
  const RegieKind *kind;
  char *id;
  char *action; /* NULL: open it */
} Attention;

static void
attention_free (gpointer data)
{
  Attention *self = data;

  g_object_unref (self->context);
  g_free (self->id);
  g_free (self->action);
  g_free (self);
}

static DexFuture *
on_key (DexFuture *future, gpointer data)
{
  Attention *self = data;
  const char *key = g_value_get_string (dex_future_get_value (future, NULL));

  if (self->action != NULL)
    regie_context_act (self->context, self->kind, key, self->action);
  else
    regie_context_open (self->context, self->kind, key);

  return NULL;
}

static Attention *
attention_new (RegieContext *context, const RegieKind *kind, const char *id, const char *action)
{
  Attention *self = g_new0 (Attention, 1);

  self->context = g_object_ref (context);
  self->kind = kind;
  self->id = g_strdup (id);
  self->action = g_strdup (action);

  return self;
}

static void
follow (Attention *self)
{
  RegieStore *store = regie_context_get_store (self->context);

  dex_future_disown (dex_future_then (regie_store_find_key (store, "local", self->kind, self->id), on_key,
                                      attention_new (self->context, self->kind, self->id, self->action),
                                      attention_free));
}

static void
on_clicked (GtkWidget *widget)
{
  follow (g_object_get_data (G_OBJECT (widget), "attention"));
}

/* A picture alone: the words of some actions would leave no room for the cause in a narrow window. */
static GtkWidget *
create_button (const char *icon, const char *label)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (button, label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);

  return button;
}

/* Everything is paused: no record is at fault, the window itself can go on. */
static void
add_resume_button (AdwActionRow *row)
{
  GtkWidget *button = create_button ("media-playback-start-symbolic", _ ("Resume"));

  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "win.resume-everything");
  adw_action_row_add_suffix (row, button);
}

GtkWidget *
regie_attention_row_new (RegieContext *context, JsonObject *item)
{
  const RegieKind *kind = regie_kind_get (regie_json_get_text (item, "kind", ""));
  const char *id = regie_json_get_text (item, "id", "");
  const char *action_name = regie_json_get_text (item, "action", NULL);
  const RegieAction *action = kind != NULL ? regie_kind_find_action (kind, action_name) : NULL;
  gboolean everything = g_strcmp0 (regie_json_get_text (item, "kind", NULL), "engine") == 0;
  g_autofree char *cause = regie_cause_read (item, "cause");
  GtkWidget *row = adw_action_row_new ();

  regie_row_set_safe_title (ADW_PREFERENCES_ROW (row),
                            everything ? _ ("All outward actions") : regie_json_get_text (item, "title", ""));
  regie_row_set_safe_subtitle (ADW_PREFERENCES_ROW (row), cause != NULL ? cause : "");
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), gtk_image_new_from_icon_name ("dialog-warning-symbolic"));
  if (everything)
    add_resume_button (ADW_ACTION_ROW (row));
  if (kind == NULL)
    return row;

  g_object_set_data_full (G_OBJECT (row), "attention", attention_new (context, kind, id, NULL),
                          attention_free);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  g_signal_connect (row, "activated", G_CALLBACK (on_clicked), NULL);
  if (action != NULL)
    {
      GtkWidget *button = create_button (action->icon, regie_format_label (action->label));

      g_object_set_data_full (G_OBJECT (button), "attention", attention_new (context, kind, id, action->name),
                              attention_free);
      g_signal_connect (button, "clicked", G_CALLBACK (on_clicked), NULL);
      adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
    }

  return row;
}
