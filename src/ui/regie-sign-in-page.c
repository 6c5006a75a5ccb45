/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-sign-in-page.h"

#include <glib/gi18n.h>

#include "regie-format.h"
#include "regie-json.h"
#include "regie-kit-future.h"
#include "regie-text-safe.h"

typedef struct
{
  char *name;
  GStrv fields;
  gboolean grants;
  GtkWidget *button;
} Step;

struct _RegieSignInPage
{
  AdwNavigationPage parent_instance;

  RegieBackend *backend;
  GHashTable *rows; /* field → AdwEntryRow */
  GPtrArray *steps; /* Step */
  GtkWidget *form;
  GtkLabel *problem, *news;
  GtkWidget *spinner;
  guint asked; /* number of the step under way, from 1; 0: none */
};

G_DEFINE_FINAL_TYPE (RegieSignInPage, regie_sign_in_page, ADW_TYPE_NAVIGATION_PAGE)

static guint signed_in_signal;

static const struct
{
  const char *name, *label;
  GtkInputPurpose purpose;
} known_fields[] = {
  { "email", N_ ("E-mail address"), GTK_INPUT_PURPOSE_EMAIL },
  { "workspace", N_ ("Workspace"), GTK_INPUT_PURPOSE_FREE_FORM },
  { "code", N_ ("Code from the Mail"), GTK_INPUT_PURPOSE_FREE_FORM },
  { "identifier", N_ ("User Name or E-Mail Address"), GTK_INPUT_PURPOSE_EMAIL },
  { "password", N_ ("Password"), GTK_INPUT_PURPOSE_PASSWORD },
};

static void
step_free (gpointer data)
{
  Step *self = data;

  g_free (self->name);
  g_strfreev (self->fields);
  g_free (self);
}

/* --- what goes wrong --- */

GtkLabel *
regie_sign_in_create_problem (void)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_widget_add_css_class (label, "error");
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_set_margin_top (label, 12);
  gtk_widget_set_visible (label, FALSE);

  return GTK_LABEL (label);
}

void
regie_sign_in_show_problem (GtkLabel *label, const char *problem)
{
  regie_label_set_safe_text (label, problem, TRUE);
  gtk_widget_set_visible (GTK_WIDGET (label), problem != NULL);
  if (problem != NULL)
    gtk_accessible_announce (GTK_ACCESSIBLE (label), gtk_label_get_text (label),
                             GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_HIGH);
}

void
regie_sign_in_mark_row (GtkWidget *row, const char *problem)
{
  if (problem != NULL)
    gtk_widget_add_css_class (row, "error");
  else
    gtk_widget_remove_css_class (row, "error");
  regie_widget_set_safe_tooltip (row, problem);
  gtk_accessible_update_state (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_STATE_INVALID,
                               problem != NULL ? GTK_ACCESSIBLE_INVALID_TRUE : GTK_ACCESSIBLE_INVALID_FALSE,
                               -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  problem != NULL ? problem : "", -1);
}

static const char *
get_text (GtkWidget *row)
{
  return gtk_editable_get_text (GTK_EDITABLE (row));
}

static gboolean
is_filled (RegieSignInPage *self, const Step *step)
{
  for (guint i = 0; step->fields[i] != NULL; i++)
    {
      if (*get_text (g_hash_table_lookup (self->rows, step->fields[i])) == '\0')
        return FALSE;
    }

  return TRUE;
}

static void
update (RegieSignInPage *self)
{
  GHashTableIter iter;
  gpointer row;

  gtk_widget_set_visible (self->spinner, self->asked != 0);
  /* The row that has the focus keeps it. */
  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, NULL, &row))
    gtk_editable_set_editable (row, self->asked == 0);
  for (guint i = 0; i < self->steps->len; i++)
    {
      Step *step = g_ptr_array_index (self->steps, i);

      gtk_widget_set_sensitive (step->button, self->asked == 0 && is_filled (self, step));
    }
}

static void
forget_problems (RegieSignInPage *self)
{
  GHashTableIter iter;
  gpointer row;

  regie_sign_in_show_problem (self->problem, NULL);
  regie_sign_in_show_problem (self->news, NULL);
  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, NULL, &row))
    regie_sign_in_mark_row (row, NULL);
}

/* "/code: words" → the row of "code", and WORDS after it. */
static GtkWidget *
find_row (RegieSignInPage *self, const char *message, const char **words)
{
  const char *end = *message == '/' ? strstr (message, ": ") : NULL;
  const char *slash;
  g_autofree char *pointer = NULL;

  *words = message;
  if (end == NULL)
    return NULL;
  *words = end + 2;
  pointer = g_strndup (message, end - message);
  slash = strrchr (pointer, '/');

  return g_hash_table_lookup (self->rows, slash + 1);
}

static void
show_error (RegieSignInPage *self, const GError *error)
{
  g_autofree char *meaning = NULL, *text = NULL;
  const char *words;
  GtkWidget *row = find_row (self, error->message, &words);

  if (g_error_matches (error, REGIE_ERROR, REGIE_ERROR_DENIED) ||
      g_error_matches (error, REGIE_ERROR, REGIE_ERROR_SIGNED_OUT) ||
      g_error_matches (error, REGIE_ERROR, REGIE_ERROR_NOT_FOUND))
    meaning = g_strdup (_ ("The server does not accept this."));
  else
    meaning = regie_format_error (error);
  text = g_strdup_printf (_ ("%s It says: %s"), meaning, words);
  regie_sign_in_show_problem (self->problem, text);
  if (row == NULL)
    return;
  regie_sign_in_mark_row (row, words);
  gtk_widget_grab_focus (row);
}

/* --- a step --- */

static void
go_on (RegieSignInPage *self, guint number)
{
  Step *next = number < self->steps->len ? g_ptr_array_index (self->steps, number) : NULL;

  regie_sign_in_show_problem (self->news, _ ("The server agreed. Go on with the next step."));
  for (guint i = 0; next != NULL && next->fields[i] != NULL; i++)
    {
      GtkWidget *row = g_hash_table_lookup (self->rows, next->fields[i]);

      if (*get_text (row) != '\0')
        continue;
      gtk_widget_grab_focus (row);
      break;
    }
}

static void
clear_typed (RegieSignInPage *self)
{
  static const char *const secret[] = { "password", "code" };

  for (guint i = 0; i < G_N_ELEMENTS (secret); i++)
    {
      GtkWidget *row = g_hash_table_lookup (self->rows, secret[i]);

      if (row != NULL)
        gtk_editable_set_text (GTK_EDITABLE (row), "");
    }
}

static void
on_answered (gpointer object, const GValue *value, const GError *error)
{
  RegieSignInPage *self = object;
  guint number = self->asked;
  Step *step = g_ptr_array_index (self->steps, number - 1);

  self->asked = 0;
  update (self);
  if (value == NULL)
    {
      show_error (self, error);
      return;
    }
  if (!step->grants)
    {
      go_on (self, number);
      return;
    }
  clear_typed (self);
  g_signal_emit (self, signed_in_signal, 0);
}

static void
take_step (RegieSignInPage *self, guint number)
{
  Step *step = g_ptr_array_index (self->steps, number - 1);
  g_autoptr (JsonObject) params = json_object_new ();

  if (self->asked != 0 || !is_filled (self, step))
    return;
  for (guint i = 0; step->fields[i] != NULL; i++)
    {
      gboolean exact = g_str_equal (step->fields[i], "password");
      g_autofree char *text = g_strdup (get_text (g_hash_table_lookup (self->rows, step->fields[i])));

      json_object_set_string_member (params, step->fields[i], exact ? text : g_strstrip (text));
    }
  forget_problems (self);
  self->asked = number;
  update (self);
  regie_when_settled (regie_backend_sign_in (self->backend, step->name, params), self, on_answered);
}

static void
on_step (GtkWidget *button, RegieSignInPage *self)
{
  take_step (self, GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (button), "number")));
}

static void
on_edited (RegieSignInPage *self)
{
  regie_sign_in_show_problem (self->problem, NULL);
  update (self);
}

/* --- the form --- */

static GtkWidget *
create_row (RegieSignInPage *self, const char *field, guint number)
{
  GtkWidget *row = g_str_equal (field, "password") ? adw_password_entry_row_new () : adw_entry_row_new ();
  JsonObject *account = regie_backend_get_account (self->backend);
  const char *kept = account != NULL ? regie_json_get_text (account, field, NULL) : NULL;

  regie_row_set_safe_title (ADW_PREFERENCES_ROW (row), field);
  gtk_widget_set_name (row, field);
  for (guint i = 0; i < G_N_ELEMENTS (known_fields); i++)
    {
      if (!g_str_equal (field, known_fields[i].name))
        continue;
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ (known_fields[i].label));
      gtk_text_set_input_purpose (GTK_TEXT (gtk_editable_get_delegate (GTK_EDITABLE (row))),
                                  known_fields[i].purpose);
    }
  if (kept != NULL)
    gtk_editable_set_text (GTK_EDITABLE (row), kept);
  g_object_set_data (G_OBJECT (row), "number", GUINT_TO_POINTER (number));
  g_signal_connect_object (row, "changed", G_CALLBACK (on_edited), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (row, "entry-activated", G_CALLBACK (on_step), self, 0);
  g_hash_table_insert (self->rows, g_strdup (field), row);

  return row;
}

static GtkWidget *
create_button (RegieSignInPage *self, Step *step, const char *title, guint number)
{
  GtkWidget *button = gtk_button_new_with_label (regie_format_label (title));
  g_autofree char *name = g_strconcat (step->name, "-step", NULL);

  gtk_widget_add_css_class (button, "pill");
  if (step->grants)
    gtk_widget_add_css_class (button, "suggested-action");
  gtk_widget_set_halign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_margin_top (button, 18);
  gtk_widget_set_name (button, name);
  g_object_set_data (G_OBJECT (button), "number", GUINT_TO_POINTER (number));
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_step), self, 0);

  return button;
}

/* A group for each step, with the fields that no earlier one has. */
static GtkWidget *
create_step (RegieSignInPage *self, JsonObject *given)
{
  GtkWidget *group = adw_preferences_group_new ();
  JsonArray *fields = regie_json_get_array (given, "fields");
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  Step *step = g_new0 (Step, 1);
  guint number = self->steps->len + 1;

  step->name = g_strdup (regie_json_get_text (given, "name", ""));
  step->grants = regie_json_get_bool (given, "tokens", FALSE);
  g_ptr_array_add (self->steps, step);
  for (guint i = 0; i < json_array_get_length (fields); i++)
    {
      const char *field = json_array_get_string_element (fields, i);

      g_strv_builder_add (names, field);
      if (!g_hash_table_contains (self->rows, field))
        adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), create_row (self, field, number));
    }
  step->fields = g_strv_builder_end (names);
  step->button = create_button (self, step, regie_json_get_text (given, "title", step->name), number);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), step->button);

  return group;
}

static void
build (RegieSignInPage *self)
{
  g_autoptr (JsonArray) steps = regie_backend_get_steps (self->backend);
  GtkWidget *view = adw_toolbar_view_new ();
  GtkWidget *header = adw_header_bar_new ();
  GtkWidget *end = adw_preferences_group_new ();

  self->form = adw_preferences_page_new ();
  self->spinner = adw_spinner_new ();
  self->problem = regie_sign_in_create_problem ();
  self->news = regie_sign_in_create_problem ();
  gtk_widget_remove_css_class (GTK_WIDGET (self->news), "error");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->spinner), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Waiting for the server"), -1);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (end), GTK_WIDGET (self->news));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (end), GTK_WIDGET (self->problem));
  for (guint i = 0; i < json_array_get_length (steps); i++)
    {
      GtkWidget *group = create_step (self, json_array_get_object_element (steps, i));

      adw_preferences_page_add (ADW_PREFERENCES_PAGE (self->form), ADW_PREFERENCES_GROUP (group));
    }
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (self->form), ADW_PREFERENCES_GROUP (end));
  adw_header_bar_pack_end (ADW_HEADER_BAR (header), self->spinner);
  adw_toolbar_view_add_top_bar (ADW_TOOLBAR_VIEW (view), header);
  adw_toolbar_view_set_content (ADW_TOOLBAR_VIEW (view), self->form);
  adw_navigation_page_set_child (ADW_NAVIGATION_PAGE (self), view);
  update (self);
}

static void
regie_sign_in_page_dispose (GObject *object)
{
  g_clear_object (&REGIE_SIGN_IN_PAGE (object)->backend);

  G_OBJECT_CLASS (regie_sign_in_page_parent_class)->dispose (object);
}

static void
regie_sign_in_page_finalize (GObject *object)
{
  RegieSignInPage *self = REGIE_SIGN_IN_PAGE (object);

  g_hash_table_unref (self->rows);
  g_ptr_array_unref (self->steps);

  G_OBJECT_CLASS (regie_sign_in_page_parent_class)->finalize (object);
}

static void
regie_sign_in_page_class_init (RegieSignInPageClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = regie_sign_in_page_dispose;
  G_OBJECT_CLASS (klass)->finalize = regie_sign_in_page_finalize;
  signed_in_signal = g_signal_new ("signed-in", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
}

static void
regie_sign_in_page_init (RegieSignInPage *self)
{
  self->rows = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->steps = g_ptr_array_new_with_free_func (step_free);
}

AdwNavigationPage *
regie_sign_in_page_new (RegieBackend *backend)
{
  RegieSignInPage *self =
      g_object_new (REGIE_TYPE_SIGN_IN_PAGE, "title", _ ("Sign In"), "tag", "sign-in", NULL);

  self->backend = g_object_ref (backend);
  build (self);

  return ADW_NAVIGATION_PAGE (self);
}
