/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "regie-help-dialog.h"
#include "regie-kit.h"

#include <glib/gi18n.h>

static const struct
{
  const char *question;
  const char *answer;
} topics[] = {
  { N_ ("What is a Digital Human?"),
    N_ ("An AI agent with a name, a role, a tone and working hours. While it runs it is a process of its "
        "own, with a "
        "database of its own; it stops when you say so, and starts again by itself when it breaks.") },
  { N_ ("How do I begin?"),
    N_ ("Open Digital Humans, choose “autodin” of the sample workspace and press Start. Then open it and "
        "write to it "
        "under Talk. When you have seen enough, remove the sample under Workspaces.") },
  { N_ ("Why is one red?"), N_ ("A failing Digital Human says its cause in one line, on the overview and at "
                                "the top of its page. Its log has "
                                "the rest. It starts again by itself, waiting longer after each failure.") },
  { N_ ("What may a Digital Human do?"), N_ ("Under Services: each service is allowed, limited to some uses "
                                             "an hour, or denied. What has no entry of its own "
                                             "follows the workspace. Each refusal stands in the journal.") },
  { N_ ("How do I stop everything at once?"), N_ ("Pause stops outward actions: of one Digital Human, of a "
                                                  "workspace, or of all (Ctrl+Shift+P). They go on "
                                                  "reading and thinking, but nothing leaves.") },
  { N_ ("What happens without a connection?"), N_ ("Everything known stays visible, with its age. What you "
                                                   "change is kept on this computer first and sent as soon "
                                                   "as the backend answers.") },
  { N_ ("Where is my data?"),
    N_ ("On this computer, in one file per workspace and one per Digital Human. Each can be backed up, "
        "checked and "
        "restored under Database, and a whole workspace can be exported to one file.") },
};

AdwDialog *
regie_help_dialog_new (void)
{
  AdwDialog *dialog = adw_dialog_new ();
  GtkWidget *view = adw_toolbar_view_new ();
  GtkWidget *page = adw_preferences_page_new ();
  GtkWidget *group = adw_preferences_group_new ();

  for (guint i = 0; i < G_N_ELEMENTS (topics); i++)
    {
      GtkWidget *row = adw_expander_row_new ();
      GtkWidget *answer = gtk_label_new (_ (topics[i].answer));

      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ (topics[i].question));
      gtk_label_set_wrap (GTK_LABEL (answer), TRUE);
      gtk_label_set_xalign (GTK_LABEL (answer), 0);
      gtk_label_set_selectable (GTK_LABEL (answer), TRUE);
      gtk_widget_set_margin_start (answer, 12);
      gtk_widget_set_margin_end (answer, 12);
      gtk_widget_set_margin_top (answer, 12);
      gtk_widget_set_margin_bottom (answer, 12);
      adw_expander_row_add_row (ADW_EXPANDER_ROW (row), answer);
      adw_expander_row_set_expanded (ADW_EXPANDER_ROW (row), i == 1);
      adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), row);
    }

  adw_preferences_page_add (ADW_PREFERENCES_PAGE (page), ADW_PREFERENCES_GROUP (group));
  adw_toolbar_view_add_top_bar (ADW_TOOLBAR_VIEW (view), adw_header_bar_new ());
  adw_toolbar_view_set_content (ADW_TOOLBAR_VIEW (view), page);
  adw_dialog_set_title (dialog, _ ("Help"));
  adw_dialog_set_content_width (dialog, 560);
  adw_dialog_set_content_height (dialog, 600);
  adw_dialog_set_child (dialog, view);
  regie_kit_fit_dialog (dialog, NULL);

  return dialog;
}
